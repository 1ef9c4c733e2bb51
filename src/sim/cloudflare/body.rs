//! Request bodies: JSON objects, checked field by field, with every error at once.

use serde_json::{Map, Value};

use crate::sim::request::Ask;

use super::envelope::{Item, Problem};
use super::rows::Profile;

/// The longest name (Cloudflare schema of 2024).
const LONGEST_NAME: usize = 100;

/// A body whose fields are being taken; remembers what was wrong with them.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// Where the object stands in the body: empty, or `profile/`.
    place: &'static str,
    code: u32,
    errors: Vec<Item>,
}

/// The body as a JSON object.
pub(super) fn object(ask: &Ask, code: u32) -> Result<Map<String, Value>, Problem> {
    let wrong = |message: String| Problem::new(400, code, message);
    let value: Value = serde_json::from_slice(&ask.body)
        .map_err(|error| wrong(format!("The request body is not valid JSON: {error}")))?;
    if let Value::Object(map) = value {
        Ok(map)
    } else {
        Err(wrong("The request body must be a JSON object".to_owned()))
    }
}

impl<'a> Fields<'a> {
    /// Starts on the fields of an object.
    pub(super) fn new(map: &'a Map<String, Value>, place: &'static str, code: u32) -> Self {
        Self { map, place, code, errors: Vec::new() }
    }

    /// Notes an error about a field.
    pub(super) fn wrong(&mut self, field: &str, message: impl Into<String>) {
        let field = format!("{}{field}", self.place);
        self.errors.push(Item::about(self.code, &field, message));
    }

    /// A field's value, if it was sent.
    pub(super) fn value(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field)
    }

    /// A string that must be there.
    pub(super) fn string(&mut self, field: &str) -> String {
        match self.map.get(field) {
            Some(Value::String(text)) => return text.clone(),
            Some(_) => self.wrong(field, format!("{field} must be a string")),
            None => self.wrong(field, format!("{field} is required")),
        }
        String::new()
    }

    /// A name that must be there. Reported live: a missing name, one with invalid characters and one that is too long
    /// are refused with 1001; which characters are invalid is an assumption (control characters).
    pub(super) fn name(&mut self) -> String {
        let name = self.string("name");
        if matches!(self.map.get("name"), Some(Value::String(_))) {
            if name.trim().is_empty() {
                self.wrong("name", "name must not be empty");
            } else if name.chars().count() > LONGEST_NAME {
                self.wrong("name", format!("name is too long: at most {LONGEST_NAME} characters"));
            } else if name.chars().any(char::is_control) {
                self.wrong("name", "name contains invalid characters");
            }
        }
        name
    }

    /// An object that may be left out.
    pub(super) fn object(&mut self, field: &str) -> Option<&'a Map<String, Value>> {
        match self.map.get(field) {
            None | Some(Value::Null) => None,
            Some(Value::Object(map)) => Some(map),
            Some(_) => {
                self.wrong(field, format!("{field} must be an object"));
                None
            }
        }
    }

    /// The id of an object such as `unit` or `parent`, which may be left out.
    pub(super) fn id_of(&mut self, field: &str) -> Option<String> {
        let map = self.object(field)?;
        if let Some(Value::String(id)) = map.get("id") {
            return Some(id.clone());
        }
        self.wrong(&format!("{field}/id"), "id must be a string");
        None
    }

    /// The five fields of a profile, all required and all plain strings (Cloudflare schema).
    pub(super) fn profile(&mut self, check_email: bool) -> Profile {
        let profile = Profile {
            name: self.string("business_name"),
            email: self.string("business_email"),
            phone: self.string("business_phone"),
            address: self.string("business_address"),
            metadata: self.string("external_metadata"),
        };
        let email = &profile.email;
        if check_email && !email.is_empty() && !email.contains('@') {
            self.wrong("business_email", "business_email must be a valid e-mail address");
        }
        profile
    }

    /// Notes an error that was found elsewhere.
    pub(super) fn push(&mut self, error: Item) {
        self.errors.push(error);
    }

    /// What was wrong with the fields taken so far.
    pub(super) fn errors(self) -> Vec<Item> {
        self.errors
    }

    /// The end: all was well, or all that was wrong.
    pub(super) fn done(self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Problem { status: 400, items: self.errors })
    }
}
