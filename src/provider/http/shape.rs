//! What a JSON text looks like: its keys and the types of its values, and never a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

/// A key that stands for keys which look like data: ids, names, addresses.
const ANY: &str = "*";
/// The longest key that is a word of an API and no data.
const LONGEST: usize = 48;

/// The places of a JSON text, e.g. `result[].id`, each with the types that stood there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape(BTreeMap<String, BTreeSet<Type>>);

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// `1`
    Number,
    /// `true`
    Boolean,
    /// `null`
    Null,
}

impl Type {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(_) => Self::Object,
            Value::Array(_) => Self::Array,
            Value::String(_) => Self::String,
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Boolean,
            Value::Null => Self::Null,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Shape {
    /// The shape of a text; that of no body where it is no JSON.
    #[must_use]
    pub fn of(json: &str) -> Self {
        let mut shape = Self::default();
        if let Ok(value) = serde_json::from_str::<Value>(json) {
            shape.add(String::new(), &value);
        }
        shape
    }

    /// Its places in order, with their types.
    pub fn places(&self) -> impl Iterator<Item = (&str, &BTreeSet<Type>)> {
        self.0.iter().map(|(place, types)| (place.as_str(), types))
    }

    /// The types at a place; `None` where nothing stood there.
    #[must_use]
    pub fn at(&self, place: &str) -> Option<&BTreeSet<Type>> {
        self.0.get(place)
    }

    /// Takes in another one.
    pub fn join(&mut self, other: Self) {
        for (place, types) in other.0 {
            self.0.entry(place).or_default().extend(types);
        }
    }

    /// Whether nothing stood there at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, place: String, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let key = if is_word(key) { key } else { ANY };
                    let below = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
                    self.add(below, value);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.add(format!("{place}[]"), value);
                }
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
        self.0.entry(place).or_default().insert(Type::of(value));
    }
}

/// Whether a key is a word of an API: letters first, no long run of digits, not endless.
fn is_word(key: &str) -> bool {
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.len() <= LONGEST
        && digits <= 4
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_every_place_and_no_value() {
        let shape = Shape::of(
            r#"{"result":[{"id":"canary","n":1,"x":null},{"id":null,"tags":{"a@b.example":"canary"}}],"ok":true}"#,
        );
        let text: Vec<String> = shape
            .places()
            .map(|(place, types)| {
                let words: Vec<&str> = types.iter().map(|kind| kind.word()).collect();
                format!("{place}: {}", words.join("|"))
            })
            .collect();
        assert_eq!(
            text,
            [
                ": object",
                "ok: boolean",
                "result: array",
                "result[]: object",
                "result[].id: string|null",
                "result[].n: number",
                "result[].tags: object",
                "result[].tags.*: string",
                "result[].x: null",
            ]
        );
        assert!(!format!("{shape:?}").contains("canary") && !format!("{shape:?}").contains("a@b"));
        assert!(Shape::of("<html>").is_empty());
    }
}
