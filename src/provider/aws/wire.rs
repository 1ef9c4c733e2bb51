//! AWS's JSON: paging, times, paths of an organization, errors. Every field of a record may be missing (AWS's own model of
//! its API).

use serde_json::Value;

use crate::domain::{FailureItem, Moment, OrganizationId, Untrusted};
use crate::provider::http::Answer;

pub(super) use crate::provider::json::{Envelope, filled, parse, raw_json, text};

/// Where the next page begins; on the last one it is missing (AWS documentation).
pub(super) fn next_token(envelope: &Envelope<'_>) -> Option<String> {
    envelope.filled("NextToken").map(|token| token.raw().to_owned())
}

/// A time: Organizations writes seconds since 1970, with a fraction (JSON 1.1), the account service RFC 3339. Any other
/// text stays as it is.
pub(super) fn time(value: Option<&Value>) -> Option<Untrusted> {
    let Some(seconds) = value?.as_f64() else {
        return text(value).filter(|text| !text.is_empty());
    };
    let millis = (seconds * 1_000.0).round();
    if !(0.0..253_402_300_800_000.0).contains(&millis) {
        return text(value);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the years 1970 to 9999")]
    let moment = Moment(millis as u64);
    Some(Untrusted::from(moment.rfc3339()))
}

/// The root and OUs of a path like `o-a1b2c3d4e5/r-f6g7/ou-f6g7-awsccccc/`, root first; what else stands in it (the
/// organization, the account itself) is left out.
pub(super) fn places(path: &str) -> Vec<OrganizationId> {
    path.split('/').filter(|step| is_root(step) || step.starts_with("ou-")).map(OrganizationId::new).collect()
}

/// The places above something, by the `Path` or the first of the `Paths` of its record, root first; `None` where it has
/// none, as in servers that are older than that field. An OU's own id is not above it.
pub(super) fn above(row: &Value, own: &str) -> Option<Vec<OrganizationId>> {
    let first = row.get("Paths").and_then(Value::as_array).and_then(|paths| paths.first());
    let path = first.or_else(|| row.get("Path"))?.as_str()?;
    let mut places = places(path);
    places.retain(|place| place.as_str() != own);
    (!places.is_empty()).then_some(places)
}

/// Whether an id is a root's (AWS documentation: `r-` and 4 to 32 characters; an OU's begins with `ou-`).
pub(super) fn is_root(id: &str) -> bool {
    id.starts_with("r-")
}

/// What an answer says of an error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Its name as the code, and its message.
    pub(super) item: FailureItem,
    /// Why a constraint was violated or an input is invalid, in AWS's own word, e.g. `CLOSE_ACCOUNT_QUOTA_EXCEEDED`; empty
    /// where it says none.
    pub(super) reason: String,
}

/// The error that an answer speaks of. Organizations names it in its body's `__type`, perhaps behind a prefix and a `#`;
/// the account service in a header, perhaps before a `:` and an address.
pub(super) fn error(answer: &Answer) -> Option<Said> {
    let body: Value = answer.json.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let first = |names: &[&str]| names.iter().find_map(|name| filled(&body, name));
    let code = answer.code.clone().or_else(|| first(&["__type", "code", "Code"]));
    let code = code.map(|code| {
        let name = code.raw().split(':').next().unwrap_or_default();
        Untrusted::new(name.rsplit('#').next().unwrap_or_default().trim())
    });
    let message = first(&["Message", "message", "errorMessage"]);
    if code.is_none() && message.is_none() {
        return None;
    }
    let reason = first(&["Reason", "reason"]).map(|reason| reason.raw().to_owned()).unwrap_or_default();
    let mut message = message.unwrap_or_default();
    if !reason.is_empty() && !message.raw().contains(&reason) {
        message = Untrusted::from(format!("{} ({reason})", message.raw()).trim_start().to_owned());
    }
    Some(Said { item: FailureItem { code, message, ..FailureItem::default() }, reason })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_told_alike_however_they_are_written() {
        for (value, told) in [
            (json!(1_481_835_741.044_f64), Some("2016-12-15T21:02:21.044Z")),
            (json!(1.481_835_741_044E9), Some("2016-12-15T21:02:21.044Z")),
            (json!(0), Some("1970-01-01T00:00:00.000Z")),
            (json!("2016-12-15T21:02:21Z"), Some("2016-12-15T21:02:21Z")),
            (json!(-5), Some("-5")),
            (json!(1e300), Some("1e+300")),
            (json!(null), None),
            (json!(""), None),
            (json!([1]), None),
        ] {
            assert_eq!(time(Some(&value)).as_ref().map(Untrusted::raw), told, "{value}");
        }
        assert_eq!(time(None), None);
    }

    #[test]
    fn places_are_taken_from_either_path() {
        let ids = |row: Value, own: &str| {
            above(&row, own).map(|all| all.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>())
        };
        let way = Some(vec!["r-1".to_owned(), "ou-1-a".to_owned()]);
        assert_eq!(ids(json!({"Paths": ["o-1/r-1/ou-1-a/"]}), "111"), way);
        assert_eq!(ids(json!({"Paths": ["o-1/r-1/ou-1-a/111/"]}), "111"), way);
        assert_eq!(ids(json!({"Path": "o-1/r-1/ou-1-a/ou-1-b/"}), "ou-1-b"), way);
        assert_eq!(ids(json!({"Path": "o-1/r-1/ou-1-a"}), "ou-1-b"), way);
        for none in [json!({}), json!({"Paths": []}), json!({"Paths": [7]}), json!({"Path": "x"}), json!(null)] {
            assert_eq!(ids(none.clone(), "111"), None, "{none}");
        }
    }

    #[test]
    fn errors_are_named_without_what_stands_around_their_names() {
        let of = |code: Option<&str>, body: &str| {
            let answer = Answer {
                status: 400,
                json: Some(body.to_owned()),
                content_type: String::new(),
                request_id: None,
                code: code.map(Untrusted::new),
                notices: Vec::new(),
                what: String::new(),
                resent: 0,
            };
            error(&answer)
                .map(|said| said.item)
                .map(|item| (item.code.unwrap_or_default().raw().to_owned(), item.message.raw().to_owned()))
        };
        let told = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
        for body in [
            r#"{"__type":"com.amazonaws.organizations#AccountNotFoundException","Message":"no"}"#,
            r#"{"__type":"AccountNotFoundException","message":"no"}"#,
            r#"{"code":"AccountNotFoundException","message":"no"}"#,
        ] {
            assert_eq!(of(None, body), told("AccountNotFoundException", "no"), "{body}");
        }
        let header = "ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon/";
        assert_eq!(of(Some(header), r#"{"message":"none"}"#), told("ResourceNotFoundException", "none"));
        let body = r#"{"__type":"ConstraintViolationException","Message":"no","Reason":"TOO_MANY"}"#;
        assert_eq!(of(None, body), told("ConstraintViolationException", "no (TOO_MANY)"));
        assert_eq!(of(None, "{}"), None);
    }
}
