//! Refusals, in the shapes of the REST half and of the legacy half.

use serde_json::{Value, json};

use crate::sim::assume::Choices;
use crate::sim::request::{Answer, Body};

use super::open;

/// Which half of Landscape a refusal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// `/api/v2`.
    Rest,
    /// `/api/?action=…`.
    Legacy,
}

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: u16,
    /// The error's class.
    pub(super) error: String,
    pub(super) message: String,
    /// Whether a null `detail` comes with it, as in one of the vendor's tests.
    detail: bool,
    /// The parts of a `MultiError`.
    parts: Vec<Problem>,
}

impl Problem {
    /// A refusal of a class.
    pub(super) fn new(status: u16, error: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, error: error.into(), message: message.into(), detail: false, parts: Vec::new() }
    }

    /// The refusal of a status, with the class that goes with it.
    pub(super) fn status(status: u16, message: impl Into<String>) -> Self {
        let error = match status {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            405 => "MethodNotAllowed",
            415 => "UnsupportedMediaType",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            _ => "InternalServerError",
        };
        Self::new(status, error, message)
    }

    /// 400.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::status(400, message)
    }

    /// 404.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::status(404, message)
    }

    /// The refusal that a value such as `401-AuthFailure` stands for; without a class, the one of the status.
    pub(super) fn of(choice: &str, message: &str) -> Self {
        match choice.split_once('-') {
            Some((status, error)) => Self::new(status.parse().unwrap_or(400), error, message),
            None => Self::status(choice.parse().unwrap_or(400), message),
        }
    }

    /// The same refusal with a null `detail`.
    pub(super) fn with_detail(mut self) -> Self {
        self.detail = true;
        self
    }

    /// Several refusals at once, as the vendor's Python client decodes them.
    pub(super) fn several(parts: Vec<Self>) -> Self {
        Self { parts, ..Self::new(400, "MultiError", "Several errors occurred") }
    }

    /// The refusal as an answer.
    pub(super) fn answer(&self, half: Half, choices: &Choices) -> Answer {
        let (error, message) = (&self.error, &self.message);
        if half == Half::Legacy {
            let mut body = json!({"error": error, "message": message});
            if !self.parts.is_empty() {
                let part = |one: &Self| json!({"error": one.error, "message": one.message});
                body["errors"] = self.parts.iter().map(part).collect();
            }
            return Answer::json(self.status, body);
        }
        match choices.of(open::ERROR_BODY) {
            "empty" => nothing(self.status),
            "code-message" => Answer::json(self.status, json!({"code": error, "message": message})),
            "with-detail" => {
                Answer::json(self.status, json!({"error": error, "message": message, "detail": Value::Null}))
            }
            _ if self.detail => {
                Answer::json(self.status, json!({"error": error, "message": message, "detail": Value::Null}))
            }
            _ => Answer::json(self.status, json!({"error": error, "message": message})),
        }
    }
}

/// A reply of a status without a body.
pub(super) fn nothing(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), body: Body::Empty, changed: false }
}
