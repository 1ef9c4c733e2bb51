//! Huawei Cloud's JSON. Nothing here fails because a field is missing, null, of another type or unknown: documents and
//! SDK disagree on which fields are always there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{FailureItem, Untrusted};

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

/// The same of a field of contact data. The document's own sample has the texts `null,` in the place of a number
/// that is not set.
pub(super) fn contact(row: &Value, field: &str) -> Option<Untrusted> {
    filled(row, field).filter(|text| !matches!(text.raw().trim(), "" | "null" | "null,"))
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

    /// A list's rows; `None` if the answer holds no such list. An empty one may be null, or missing beside its paging
    /// part.
    pub(super) fn rows(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        match self.0.get(name) {
            Some(raw) if raw.get() == "null" => Some(Vec::new()),
            Some(raw) => serde_json::from_str(raw.get()).ok(),
            None => self.one("page_info").map(|_| Vec::new()),
        }
    }

    /// Where the next page begins. The last page says null (documented); nothing and an empty text mean the same.
    pub(super) fn next_marker(&self) -> Option<String> {
        let info = parse(self.one("page_info")?);
        filled(&info, "next_marker").map(|marker| marker.raw().to_owned())
    }
}

/// The tree of a part.
pub(super) fn parse(raw: &RawValue) -> Value {
    // A raw value is one well-formed JSON value, so this cannot fail.
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// The error that an answer speaks of, in all the spellings that the SDK understands: `error_code`, `errorCode`, `code`,
/// each with its message, at the top or one level below it.
pub(super) fn error(text: Option<&str>) -> Option<FailureItem> {
    let value: Value = serde_json::from_str(text?).ok()?;
    let inner = value.as_object()?.values().filter(|value| value.is_object());
    std::iter::once(&value).chain(inner).find_map(error_of)
}

fn error_of(value: &Value) -> Option<FailureItem> {
    let first = |names: &[&str]| names.iter().find_map(|name| filled(value, name));
    let code = first(&["error_code", "errorCode", "code"]);
    let message = first(&["error_msg", "errorMsg", "message"]);
    if code.is_none() && message.is_none() {
        return None;
    }
    Some(FailureItem { code, message: message.unwrap_or_default(), ..FailureItem::default() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn three_spellings_of_no_value_are_none() {
        for value in [json!(null), json!(""), json!("  "), json!("null"), json!("null,"), json!(" null, "), json!([1])]
        {
            assert_eq!(contact(&json!({"email": value}), "email"), None, "{value}");
        }
        assert_eq!(contact(&json!({}), "email"), None);
        assert_eq!(contact(&json!({"p": 86}), "p"), Some(Untrusted::new("86")));
        assert_eq!(contact(&json!({"p": " 0086"}), "p"), Some(Untrusted::new(" 0086")));
    }

    #[test]
    fn paging_ends_with_null_empty_or_nothing() {
        let next = |info: &str| Envelope::read(Some(&format!(r#"{{"accounts":[]{info}}}"#))).next_marker();
        assert_eq!(next(r#","page_info":{"next_marker":"m","current_count":7}"#), Some("m".into()));
        assert_eq!(next(r#","page_info":{"next_marker":7}"#), Some("7".into()));
        for end in ["", r#","page_info":null"#, r#","page_info":{}"#, r#","page_info":[]"#] {
            assert_eq!(next(end), None, "{end}");
        }
        for end in ["null", "\"\"", "{}"] {
            assert_eq!(next(&format!(r#","page_info":{{"next_marker":{end}}}"#)), None, "{end}");
        }
    }

    #[test]
    fn an_answer_without_a_list_is_no_empty_list() {
        let rows = |text: &str| Envelope::read(Some(text)).rows("accounts").map(|rows| rows.len());
        assert_eq!(rows(r#"{"accounts":[1,{}]}"#), Some(2));
        assert_eq!(rows(r#"{"accounts":null}"#), Some(0));
        assert_eq!(rows(r#"{"page_info":{"current_count":0}}"#), Some(0));
        for text in ["{}", "[]", "7", r#"{"accounts":{}}"#, r#"{"roots":[]}"#] {
            assert_eq!(rows(text), None, "{text}");
        }
        assert!(Envelope::read(None).rows("accounts").is_none());
    }

    #[test]
    fn errors_are_found_in_every_spelling() {
        for text in [
            r#"{"error_code":"APIGW.0301","error_msg":"no","request_id":"r"}"#,
            r#"{"errorCode":"APIGW.0301","errorMsg":"no"}"#,
            r#"{"code":"APIGW.0301","message":"no"}"#,
            r#"{"error":{"code":"APIGW.0301","message":"no"}}"#,
            r#"{"request_id":"r","error":{"error_code":"APIGW.0301","error_msg":"no"}}"#,
        ] {
            let item = error(Some(text)).unwrap();
            assert_eq!(item.code, Some(Untrusted::new("APIGW.0301")), "{text}");
            assert_eq!(item.message.raw(), "no", "{text}");
        }
        for text in ["{}", "[]", "null", r#"{"account":{"id":"a","name":"n"}}"#] {
            assert_eq!(error(Some(text)), None, "{text}");
        }
        assert_eq!(error(None), None);
    }
}
