//! Request bodies: JSON objects, read field by field.

use serde_json::{Map, Value};

use crate::sim::request::Ask;

use super::operation::Service;
use super::problem::Problem;
use super::rows::Tags;

/// AWS documentation: keys up to 128 characters, values up to 256.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// A body whose fields are being taken.
pub(super) struct Fields {
    map: Map<String, Value>,
    service: Service,
}

impl Fields {
    /// The body as a JSON object; none is an empty one.
    pub(super) fn of(ask: &Ask, service: Service) -> Result<Self, Problem> {
        if ask.body.is_empty() {
            return Ok(Self { map: Map::new(), service });
        }
        match serde_json::from_slice(&ask.body) {
            Ok(Value::Object(map)) => Ok(Self { map, service }),
            Ok(_) | Err(_) => {
                Err(Problem::new("SerializationException", "Start of structure or map found where not expected."))
            }
        }
    }

    /// The fields of an object.
    pub(super) fn within(&self, field: &str) -> Result<Self, Problem> {
        match self.value(field) {
            Some(Value::Object(map)) => Ok(Self { map: map.clone(), service: self.service }),
            Some(_) => Err(Problem::new("SerializationException", format!("{field} is no structure."))),
            None => Err(self.missing(field)),
        }
    }

    /// The refusal of a field.
    pub(super) fn wrong(&self, field: &str, reason: &'static str, rule: &str) -> Problem {
        Problem::invalid(self.service, field, reason, format!("{field}: {rule}"))
    }

    fn missing(&self, field: &str) -> Problem {
        self.wrong(field, "INPUT_REQUIRED", "You must include a value for all required parameters.")
    }

    /// A field's value, unless it is absent or null.
    pub(super) fn value(&self, field: &str) -> Option<&Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// A string that may be absent or null.
    pub(super) fn text(&self, field: &str) -> Result<Option<&str>, Problem> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::new("SerializationException", format!("{field} can not be converted to a String"))),
        }
    }

    /// A string that must be there.
    pub(super) fn required(&self, field: &str) -> Result<&str, Problem> {
        self.text(field)?.ok_or_else(|| self.missing(field))
    }

    /// A string of bounded length, if it is there.
    pub(super) fn sized(&self, field: &str, least: usize, most: usize) -> Result<Option<&str>, Problem> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        let length = text.chars().count();
        if length < least {
            return Err(self.wrong(
                field,
                "MIN_LENGTH_EXCEEDED",
                "You provided a string that is shorter than allowed.",
            ));
        }
        if length > most {
            return Err(self.wrong(field, "MAX_LENGTH_EXCEEDED", "You provided a string that is longer than allowed."));
        }
        Ok(Some(text))
    }

    /// A string of bounded length that must be there.
    pub(super) fn needed(&self, field: &str, least: usize, most: usize) -> Result<&str, Problem> {
        self.sized(field, least, most)?.ok_or_else(|| self.missing(field))
    }

    /// A string that follows a pattern, in words.
    pub(super) fn follows(&self, field: &str, fits: bool) -> Result<(), Problem> {
        if fits {
            return Ok(());
        }
        Err(self.wrong(field, "INVALID_PATTERN", "You provided a value that doesn't match the required pattern."))
    }

    /// One of some words, if it is there.
    pub(super) fn word(&self, field: &str, known: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        let found = known.iter().copied().find(|word| *word == text);
        found.map(Some).ok_or_else(|| self.wrong(field, "INVALID_ENUM", "You specified an invalid value."))
    }

    /// A list that may be absent.
    pub(super) fn list(&self, field: &str) -> Result<&[Value], Problem> {
        match self.value(field) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Problem::new("SerializationException", format!("{field} is no list."))),
        }
    }

    /// `Tags`: keys, each once, and values; a value may be empty and not null (AWS documentation).
    pub(super) fn tags(&self) -> Result<Tags, Problem> {
        let mut tags = Tags::new();
        for tag in self.list("Tags")? {
            let text = |key: &str| tag.get(key).and_then(Value::as_str);
            let key = text("Key").filter(|key| (1..=LONGEST_KEY).contains(&key.chars().count()));
            let value = text("Value").filter(|value| value.chars().count() <= LONGEST_VALUE);
            let Some((key, value)) = key.zip(value) else {
                return Err(self.wrong("Tags", "INVALID_LIST_MEMBER", "You provided a list with an invalid value."));
            };
            if key.starts_with("aws:") {
                let rule = "You specified a tag key that is a system tag.";
                return Err(self.wrong("Tags", "INVALID_SYSTEM_TAGS_PARAMETER", rule));
            }
            if tags.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(self.wrong("Tags", "DUPLICATE_TAG_KEY", "Tag keys must be unique."));
            }
        }
        Ok(tags)
    }

    /// Whether an address is one that AWS takes for an account: 6 to 64 ASCII characters, one `@`, a domain with a dot.
    pub(super) fn is_email(text: &str) -> bool {
        let parts = text.split_once('@');
        let local = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && !part.contains(|c: char| " \"'()<>[]:;,\\|%&".contains(c))
        };
        let domain = |part: &str| part.split('.').filter(|label| !label.is_empty()).count() > 1 && !part.contains('@');
        (6..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && parts.is_some_and(|(front, back)| local(front) && domain(back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_documented_rules() {
        for good in ["a@b.io", "aws+7@acme.example", "first.last@sub.acme.example"] {
            assert!(Fields::is_email(good), "{good}");
        }
        let long = format!("{}@b.example", "a".repeat(60));
        for bad in
            ["", "a@b", "a@b.", "@b.example", ".a@b.example", "a b@c.example", "a@b@c.example", "ä@b.example", &long]
        {
            assert!(!Fields::is_email(bad), "{bad}");
        }
    }
}
