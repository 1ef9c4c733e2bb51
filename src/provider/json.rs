//! JSON part by part, for providers whose documents can't be relied on for which field is there: nothing here fails
//! because one is missing, null, of another type or unknown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{RawJson, Untrusted};

/// Any scalar as text: a number is its digits. Null, missing, arrays and objects are none.
pub(super) fn text(value: Option<&Value>) -> Option<Untrusted> {
    let value = value?;
    match value.as_str() {
        Some(text) => Some(Untrusted::new(text)),
        None if value.is_number() || value.is_boolean() => Some(Untrusted::from(value.to_string())),
        None => None,
    }
}

/// The same of a row's field, if it is not empty.
pub(super) fn filled(row: &Value, field: &str) -> Option<Untrusted> {
    text(row.get(field)).filter(|text| !text.is_empty())
}

/// The tree of a part.
pub(super) fn parse(raw: &RawValue) -> Value {
    // A raw value is one well-formed JSON value, so this cannot fail.
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// A part as an account's or organization's record.
pub(super) fn raw_json(raw: &RawValue) -> RawJson {
    RawJson::of(raw)
}

/// The parts of an answer, still as text.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Envelope<'a> {
    /// Reads an answer; empty if it is no object.
    pub(super) fn read(text: Option<&'a str>) -> Self {
        #[derive(serde::Deserialize, PartialEq, Eq, PartialOrd, Ord)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        let parts: BTreeMap<Name<'a>, &'a RawValue> =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self(parts.into_iter().map(|(name, raw)| (name.0, raw)).collect())
    }

    /// One part, if it is an object.
    pub(super) fn one(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied().filter(|raw| raw.get().starts_with('{'))
    }

    /// A list's rows; `None` if the answer holds no such list. An empty one may be null.
    pub(super) fn rows(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        match self.0.get(name)? {
            raw if raw.get() == "null" => Some(Vec::new()),
            raw => serde_json::from_str(raw.get()).ok(),
        }
    }

    /// Whether there is no part of this name.
    pub(super) fn is_without(&self, name: &str) -> bool {
        !self.0.contains_key(name)
    }

    /// A part that is a scalar and not empty, as text.
    pub(super) fn filled(&self, name: &str) -> Option<Untrusted> {
        let value = parse(self.0.get(name)?);
        text(Some(&value)).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_as_they_are_or_not_at_all() {
        let answer = Envelope::read(Some(r#"{"list":[1,{}],"none":null,"one":{"a":1},"next":7,"empty":""}"#));
        assert_eq!(answer.rows("list").map(|rows| rows.len()), Some(2));
        assert_eq!(answer.rows("none").map(|rows| rows.len()), Some(0));
        assert!(answer.rows("one").is_none() && answer.rows("missing").is_none());
        assert_eq!(answer.one("one").map(RawValue::get), Some(r#"{"a":1}"#));
        assert!(answer.one("list").is_none());
        assert_eq!(answer.filled("next"), Some(Untrusted::new("7")));
        assert_eq!((answer.filled("empty"), answer.filled("one")), (None, None));
        for text in [None, Some("[]"), Some("7")] {
            assert!(Envelope::read(text).rows("list").is_none(), "{text:?}");
        }
    }
}
