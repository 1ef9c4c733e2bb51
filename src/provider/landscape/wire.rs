//! Landscape's JSON, member by member. Nothing here fails because a field is missing, null, of another type or unknown:
//! the documents contradict each other, and half of what is read is documented nowhere.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{RawJson, Secret, Untrusted};

/// What stands in the place of a secret.
const MASK: &str = "<secret>";

/// Members that are secret wherever they stand: the key that registers machines, the code that accepts an invitation,
/// and what `GET /credentials` gives in clear (Landscape documentation).
const SECRETS: [&str; 4] = ["registration_password", "secure_id", "secret_key", "password"];

/// An object's members as they came, in their order; of a key that stands twice the last value.
#[derive(Debug)]
pub(super) struct Object<'a>(IndexMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    /// Reads an object; `None` if the text is none.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The members in their order.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), raw.get()))
    }

    /// A member's JSON text; null is none.
    pub(super) fn raw(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).map(|raw| raw.get()).filter(|text| *text != "null")
    }

    /// A scalar as text.
    pub(super) fn text(&self, key: &str) -> Option<Untrusted> {
        scalar(self.raw(key)?).map(Untrusted::from)
    }

    /// A scalar as text, if it is not empty.
    pub(super) fn filled(&self, key: &str) -> Option<Untrusted> {
        self.text(key).filter(|text| !text.is_empty())
    }

    /// A flag, also one written as text.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.text(key)?.raw() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A whole number, also one written as text.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.raw().parse().ok()
    }

    /// The entries of a list.
    pub(super) fn list(&self, key: &str) -> Option<Vec<&'a str>> {
        list(self.raw(key)?)
    }
}

/// The entries of a list as they came; `None` if the text is no list.
pub(super) fn list(text: &str) -> Option<Vec<&str>> {
    let entries: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(entries.into_iter().map(RawValue::get).collect())
}

/// Any scalar as text; a number is its digits.
pub(super) fn scalar(text: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text).ok()? {
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(text.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An object that is put together from parts, each kept as it came but for its secrets.
#[derive(Default)]
pub(super) struct Assembly {
    members: Vec<(String, String)>,
    secrets: BTreeMap<String, Secret>,
}

impl Assembly {
    /// Adds a member; its secrets go to [`Assembly::finish`]'s second half, by their paths.
    pub(super) fn put(&mut self, key: &str, text: &str) {
        // Without an escape no other spelling of a secret's key is possible.
        let is_plain = !text.contains("\\u") && SECRETS.iter().all(|secret| !text.contains(secret));
        let kept = if is_plain {
            text.to_owned()
        } else {
            let mut value: Value = serde_json::from_str(text).unwrap_or_default();
            hide(&mut value, key, &mut self.secrets);
            value.to_string()
        };
        self.members.push((key.to_owned(), kept));
    }

    /// Puts a member in the place of one of the same name, or adds it.
    pub(super) fn replace(&mut self, key: &str, text: &str) {
        self.members.retain(|(own, _)| own != key);
        self.put(key, text);
    }

    /// Adds a member that is made here.
    pub(super) fn say(&mut self, key: &str, value: &Value) {
        self.members.push((key.to_owned(), value.to_string()));
    }

    /// The object, and the secrets in it by their paths.
    pub(super) fn finish(self) -> (RawJson, BTreeMap<String, Secret>) {
        let members: Vec<String> =
            self.members.iter().map(|(key, text)| format!("{}:{text}", Value::from(key.as_str()))).collect();
        // Every part is one JSON value, so this cannot fail.
        let raw = RawJson::parse(&format!("{{{}}}", members.join(",")));
        (raw.unwrap_or_else(|_| RawJson::from(Value::Null)), self.secrets)
    }
}

/// Puts the mask in the place of every secret that is set.
fn hide(value: &mut Value, path: &str, secrets: &mut BTreeMap<String, Secret>) {
    if let Some(entries) = value.as_array_mut() {
        for (at, entry) in entries.iter_mut().enumerate() {
            hide(entry, &format!("{path}.{at}"), secrets);
        }
        return;
    }
    for (key, member) in value.as_object_mut().into_iter().flatten() {
        let path = format!("{path}.{key}");
        if !SECRETS.contains(&key.as_str()) {
            hide(member, &path, secrets);
        } else if !member.is_null() && member.as_str() != Some("") {
            let text = member.as_str().map_or_else(|| member.to_string(), str::to_owned);
            secrets.insert(path, Secret::new(text));
            *member = MASK.into();
        }
    }
}

/// A text in which a secret that the server repeated is masked. Very short ones are no secret, and would tear holes.
pub(super) fn without(text: &str, secret: &Secret) -> String {
    if secret.expose().len() < 3 { text.to_owned() } else { text.replace(secret.expose(), MASK) }
}

/// A JSON text in which a secret that the server repeated is masked; as it came if it is not there.
pub(super) fn json_without(text: &str, secret: &Secret) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return without(text, secret);
    };
    if mask_text(&mut value, secret) { value.to_string() } else { text.to_owned() }
}

/// Whether there was something to mask.
fn mask_text(value: &mut Value, secret: &Secret) -> bool {
    if let Some(text) = value.as_str() {
        let masked = without(text, secret);
        let is_masked = masked != text;
        *value = masked.into();
        return is_masked;
    }
    let mut is_masked = false;
    for entry in value.as_array_mut().into_iter().flatten() {
        is_masked |= mask_text(entry, secret);
    }
    for (_, member) in value.as_object_mut().into_iter().flatten() {
        is_masked |= mask_text(member, secret);
    }
    is_masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shape_of_a_member_spoils_another() {
        let object =
            Object::read(r#"{"a":1,"b":null,"c":{"x":[]},"d":"true","e":"12","f":[1,{}],"g":"","a":2}"#).unwrap();
        assert_eq!(object.text("a").unwrap().raw(), "2");
        assert_eq!((object.text("b"), object.text("c"), object.text("z")), (None, None, None));
        assert_eq!((object.flag("d"), object.flag("a"), object.number("e")), (Some(true), None, Some(12)));
        assert_eq!(object.list("f").unwrap(), ["1", "{}"]);
        assert_eq!((object.filled("g"), object.list("a")), (None, None));
        for none in ["[]", "7", "null", "\"x\"", ""] {
            assert!(Object::read(none).is_none(), "{none}");
        }
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand_and_the_rest_is_kept_as_it_came() {
        let mut assembly = Assembly::default();
        assembly.put("plain", r#"{"big": 12345678901234567890123, "z": null}"#);
        assembly.put("preferences", r#"{"title":"T","registration_password":"canary-1","x":{"secure_id":7}}"#);
        assembly.put("odd", r#"[{"registration\u005fpassword":"canary-2"}]"#);
        assembly.put("none", r#"{"registration_password":null,"password":""}"#);
        let (raw, secrets) = assembly.finish();
        assert!(raw.text().contains(r#""plain":{"big": 12345678901234567890123, "z": null}"#));
        assert!(!raw.text().contains("canary"), "{}", raw.text());
        assert_eq!(raw.at("preferences.registration_password"), Some(MASK.into()));
        assert_eq!(raw.at("none.registration_password"), Some(Value::Null));
        assert_eq!(secrets["preferences.registration_password"].expose(), "canary-1");
        assert_eq!(secrets["preferences.x.secure_id"].expose(), "7");
        assert_eq!(secrets["odd.0.registration_password"].expose(), "canary-2");
        assert_eq!(secrets.len(), 3);
    }

    #[test]
    fn a_repeated_secret_is_masked() {
        let secret = Secret::new("hunter22");
        assert_eq!(without("bad password hunter22!", &secret), "bad password <secret>!");
        assert_eq!(without("a", &Secret::new("a")), "a");
        let quoted = Secret::new("a\"b\\c");
        assert_eq!(json_without(r#"{"x":["no a\"b\\c"]}"#, &quoted), r#"{"x":["no <secret>"]}"#);
        assert_eq!(json_without(r#"{"x": 1.0}"#, &quoted), r#"{"x": 1.0}"#);
    }
}
