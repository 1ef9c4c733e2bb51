//! Request bodies: JSON objects, read field by field.

use serde_json::{Map, Value};

use crate::sim::assume::Choices;
use crate::sim::request::Ask;

use super::open;
use super::problem::Problem;
use super::rows::Tags;

/// The longest name of an account or unit (assumption: that of an account's id).
const LONGEST_NAME: usize = 64;
/// Huawei documentation: keys up to 128 characters, values up to 255.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 255;

/// A body whose fields are being taken.
pub(super) struct Fields<'a> {
    map: Map<String, Value>,
    choices: &'a Choices,
}

impl<'a> Fields<'a> {
    /// The body as a JSON object.
    pub(super) fn of(ask: &Ask, choices: &'a Choices) -> Result<Self, Problem> {
        if !ask.headers.contains_key("content-type") && choices.of(open::CONTENT_TYPE) != "ignored" {
            return Err(Problem::of(choices.of(open::CONTENT_TYPE), "Not found for http header."));
        }
        let wrong = |message: String| Problem::of(choices.of(open::INVALID), message);
        match serde_json::from_slice(&ask.body) {
            Ok(Value::Object(map)) => Ok(Self { map, choices }),
            Ok(_) => Err(wrong("The request body must be a JSON object.".to_owned())),
            Err(error) => Err(wrong(format!("The request body is not valid JSON: {error}."))),
        }
    }

    /// The refusal of a field.
    pub(super) fn wrong(&self, field: &str, rule: &str) -> Problem {
        Problem::of(self.choices.of(open::INVALID), format!("The parameter {field} {rule}."))
    }

    /// A field's value, unless it is absent or null.
    pub(super) fn value(&self, field: &str) -> Option<&Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// A string that may be absent or null.
    pub(super) fn text(&self, field: &str) -> Result<Option<String>, Problem> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(field, "must be a string")),
        }
    }

    /// A string that must be there.
    pub(super) fn required(&self, field: &str) -> Result<String, Problem> {
        self.text(field)?.filter(|text| !text.is_empty()).ok_or_else(|| self.wrong(field, "is required"))
    }

    /// A name that must be there.
    pub(super) fn name(&self) -> Result<String, Problem> {
        let name = self.required("name")?;
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(self.wrong("name", "must have 1 to 64 characters and no control characters"));
        }
        Ok(name)
    }

    /// A yes or no that may be absent.
    pub(super) fn flag(&self, field: &str) -> Result<bool, Problem> {
        match self.value(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(field, "must be true or false")),
        }
    }

    /// A list of objects that may be absent.
    pub(super) fn list(&self, field: &str) -> Result<&[Value], Problem> {
        match self.value(field) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(self.wrong(field, "must be a list")),
        }
    }

    /// `tags`: keys and values; a value may be empty and not null (Huawei documentation).
    pub(super) fn tags(&self) -> Result<Tags, Problem> {
        let mut tags = Tags::new();
        for tag in self.list("tags")? {
            let key = tag.get("key").and_then(Value::as_str).unwrap_or("");
            if key.is_empty() || key.chars().count() > LONGEST_KEY {
                return Err(self.wrong("tags", "has a key that does not have 1 to 128 characters"));
            }
            let value = tag.get("value").and_then(Value::as_str);
            let value = value.filter(|value| value.chars().count() <= LONGEST_VALUE);
            let value = value.ok_or_else(|| self.wrong("tags", "has a value that is no string of up to 255"))?;
            tags.insert(key.to_owned(), value.to_owned());
        }
        Ok(tags)
    }
}
