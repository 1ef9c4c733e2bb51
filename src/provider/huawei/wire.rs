//! Huawei Cloud's JSON. Nothing here fails because a field is missing, null, of another type or unknown: documents and
//! SDK disagree on which fields are always there.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{FailureItem, Untrusted};
use crate::provider::json;

pub(super) use crate::provider::json::{filled, parse, raw_json, text};

/// A field of contact data, if it is not empty. The document's own sample has the texts `null,` in the place of a number
/// that is not set.
pub(super) fn contact(row: &Value, field: &str) -> Option<Untrusted> {
    filled(row, field).filter(|text| !matches!(text.raw().trim(), "" | "null" | "null,"))
}

/// The parts of an answer, still as text.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a>(json::Envelope<'a>);

impl<'a> Envelope<'a> {
    /// Reads an answer; empty if it is no object.
    pub(super) fn read(text: Option<&'a str>) -> Self {
        Self(json::Envelope::read(text))
    }

    /// One part, if it is an object.
    pub(super) fn one(&self, name: &str) -> Option<&'a RawValue> {
        self.0.one(name)
    }

    /// A list's rows; `None` if the answer holds no such list. An empty one may be null, or missing beside its paging
    /// part.
    pub(super) fn rows(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        self.0.rows(name).or_else(|| {
            let is_left_out = self.0.is_without(name) && self.one("page_info").is_some();
            is_left_out.then(Vec::new)
        })
    }

    /// Where the next page begins. The last page says null (documented); nothing and an empty text mean the same.
    pub(super) fn next_marker(&self) -> Option<String> {
        let info = parse(self.one("page_info")?);
        filled(&info, "next_marker").map(|marker| marker.raw().to_owned())
    }
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
