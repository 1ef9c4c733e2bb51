//! What a provider said, as text: kept whole, so that no field is lost that the program does not understand.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// One JSON document as text (a parsed tree takes ten times the memory). Always well-formed; fields known to be secret
/// have been replaced by `"<secret>"` before it is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// Takes a text that is one JSON value.
    ///
    /// # Errors
    /// The parser's complaint if it is none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&RawValue>(text).map(|raw| Self(raw.get().into()))
    }

    /// The text, as the provider wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The parsed tree, keys in the provider's order.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    /// Indented by two spaces, for people.
    #[must_use]
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(&self.value()).unwrap_or_else(|_| self.0.to_string())
    }

    /// The value at a path with dots, e.g. `settings.enforce_twofactor`; `None` if a step is missing.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<Value> {
        let mut value = self.value();
        for step in path.split('.') {
            value = value.get_mut(step)?.take();
        }
        Some(value)
    }
}

impl From<Value> for RawJson {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(to)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <Box<RawValue>>::deserialize(from).map_err(D::Error::custom)?;
        Ok(Self(raw.get().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_stay_in_order_and_paths_reach_them() {
        let raw = RawJson::parse(r#"{"z":1,"a":{"b":{"c":null,"d":"x"}}}"#).unwrap();
        assert_eq!(raw.at("a.b.d"), Some(Value::from("x")));
        assert_eq!(raw.at("a.b.c"), Some(Value::Null));
        assert_eq!(raw.at("a.q"), None);
        assert!(raw.pretty().starts_with("{\n  \"z\": 1"));
        assert_eq!(serde_json::to_string(&raw).unwrap(), raw.text());
    }
}
