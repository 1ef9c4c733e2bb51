//! The envelope around every success, and the refusals.

use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;
use crate::sim::request::Answer;

use super::open;

/// A refusal. The ids are those that Cloud 66's documentation lists beside its statuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: u16,
    /// What tells two refusals of one status apart: both `throttled` and `not_implemented` are 503.
    pub(super) id: &'static str,
    /// What it says to a reader.
    pub(super) text: String,
}

impl Problem {
    fn new(status: u16, id: &'static str, text: impl Into<String>) -> Self {
        Self { status, id, text: text.into() }
    }

    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(400, "bad_request", text)
    }

    pub(super) fn unauthenticated(text: impl Into<String>) -> Self {
        Self::new(401, "unauthenticated", text)
    }

    pub(super) fn trial_expired() -> Self {
        Self::new(402, "trial_expired", "Your Cloud 66 trial period has expired")
    }

    pub(super) fn forbidden(text: impl Into<String>) -> Self {
        Self::new(403, "forbidden", text)
    }

    /// One answer for what is absent and for what is not the user's.
    pub(super) fn not_found() -> Self {
        Self::new(404, "not_found", "The requested resource could not be found")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(405, "method_not_allowed", "The path does not have this method")
    }

    pub(super) fn not_implemented() -> Self {
        let text = "This resource is not actively implemented in this version of the API";
        Self::new(503, "not_implemented", text)
    }

    pub(super) fn throttled() -> Self {
        let text = "The maximum of requests per hour is reached; retry in the next hourly interval";
        Self::new(503, "throttled", text)
    }

    pub(super) fn broken() -> Self {
        Self::new(500, "internal_server_error", "Something went wrong on our side")
    }

    /// The refusal as an answer. The library reads `error`, `details`, else `error_description`, and falls back to the
    /// status if the body is no JSON.
    pub(super) fn answer(&self, choices: &Choices) -> Answer {
        let answer = match choices.of(open::ERROR_BODY) {
            "text" => Answer::text(self.status, "text/plain; charset=utf-8", format!("{}\n", self.text)),
            "details" => {
                let general = self.id.replace('_', " ");
                let body = json!({"error": self.id, "error_description": general, "details": self.text});
                Answer::json(self.status, body)
            }
            _ => Answer::json(self.status, json!({"error": self.id, "error_description": self.text})),
        };
        if self.status == 401 { answer.with("www-authenticate", "Bearer realm=\"Cloud 66\"") } else { answer }
    }
}

/// A success.
pub(super) fn success(response: Value) -> Answer {
    let mut body = Map::new();
    body.insert("response".into(), response);
    Answer::json(200, body.into())
}

/// What the calls answer that have nothing to show.
pub(super) fn done() -> Answer {
    success(json!({"ok": true}))
}

/// A list, with its pagination if it has one.
pub(super) fn list(rows: Vec<Value>, count: usize, pagination: Option<Value>) -> Answer {
    let mut body = Map::new();
    body.insert("response".into(), rows.into());
    body.insert("count".into(), count.into());
    if let Some(pagination) = pagination {
        body.insert("pagination".into(), pagination);
    }
    Answer::json(200, body.into())
}
