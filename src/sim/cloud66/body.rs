//! The bodies of requests: JSON as the vendor's library sends it, or a form as its documentation's curl lines do.

use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::sim::request::Ask;

use super::envelope::Problem;

/// The body's fields; none for an empty body.
pub(super) fn fields(ask: &Ask) -> Result<Map<String, Value>, Problem> {
    let body = ask.body.trim_ascii();
    if body.is_empty() {
        return Ok(Map::new());
    }
    let json = ask.header("content-type").is_some_and(|media| media.to_ascii_lowercase().contains("json"));
    if json || body.starts_with(b"{") {
        let unread = || Problem::bad_request("The body could not be read as a JSON object");
        let value: Value = serde_json::from_slice(body).map_err(|_| unread())?;
        return if let Value::Object(map) = value { Ok(map) } else { Err(unread()) };
    }
    let pairs = form_urlencoded::parse(body).into_owned();
    Ok(pairs.map(|(key, value)| (key, Value::String(value))).collect())
}

/// A field that must be text if it is there; null counts as absent.
pub(super) fn text(map: &Map<String, Value>, field: &str) -> Result<Option<String>, Problem> {
    match map.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::bad_request(format!("{field} must be a string"))),
    }
}

/// A field that must be a whole number if it is there, also as a form writes it.
pub(super) fn number(map: &Map<String, Value>, field: &str) -> Result<Option<i64>, Problem> {
    let found = match map.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(other) => other.as_i64(),
    };
    found.map(Some).ok_or_else(|| Problem::bad_request(format!("{field} must be an integer")))
}
