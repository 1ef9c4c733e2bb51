//! JSON bodies, member by member.

use serde_json::{Map, Value};

use crate::sim::assume::Choices;
use crate::sim::request::Ask;

use super::open;
use super::problem::Problem;

/// A body that is an object.
pub(super) struct Members<'a> {
    map: Map<String, Value>,
    choices: &'a Choices,
}

impl<'a> Members<'a> {
    /// The body of a request; `known` are the members that the operation reads.
    pub(super) fn of(ask: &Ask, choices: &'a Choices, known: &[&str]) -> Result<Self, Problem> {
        let value: Value = serde_json::from_slice(&ask.body)
            .map_err(|error| Problem::bad(format!("The request body is not valid JSON: {error}")))?;
        let Value::Object(map) = value else {
            return Err(Problem::bad("The request body must be a JSON object"));
        };
        if choices.of(open::UNKNOWN_FIELD) == "refused"
            && let Some(stray) = map.keys().find(|key| !known.contains(&key.as_str()))
        {
            return Err(Problem::bad(format!("Unknown parameter: {stray}")));
        }
        Ok(Self { map, choices })
    }

    /// A member's value, if it was sent; null is a value.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }

    /// A text that must be there and must not be empty.
    pub(super) fn text(&self, name: &str) -> Result<String, Problem> {
        let found = self.optional_text(name)?;
        match found {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(Problem::bad(format!("{name} must not be empty"))),
            None => Err(self.lacks(name)),
        }
    }

    /// A text that may be left out or null.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, Problem> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Problem::bad(format!("{name} must be a string"))),
        }
    }

    /// True or false, if it was sent.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Problem::bad(format!("{name} must be a boolean"))),
        }
    }

    /// A whole number, if it was sent.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(value) = self.map.get(name) else {
            return Ok(None);
        };
        let number = value.as_i64().ok_or_else(|| Problem::bad(format!("{name} must be an integer")))?;
        Ok(Some(number))
    }

    /// A list of texts, if it was sent.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let wrong = || Problem::bad(format!("{name} must be a list of strings"));
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(list)) => {
                let texts = list.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong));
                Ok(Some(texts.collect::<Result<_, _>>()?))
            }
            Some(_) => Err(wrong()),
        }
    }

    /// The refusal of a member that is missing.
    pub(super) fn lacks(&self, name: &str) -> Problem {
        let class = self.choices.of(open::MISSING_FIELD);
        Problem::new(400, class, format!("Missing required parameter: {name}"))
    }
}
