//! Refusals: of the gateway (`APIGW.…`) and of Organizations itself.

use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;
use crate::sim::request::Answer;

use super::open;

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: u16,
    code: String,
    message: String,
}

impl Problem {
    /// A refusal with a documented status and code.
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// The refusal that a value such as `404-Organizations.1301` stands for.
    pub(super) fn of(choice: &str, message: impl Into<String>) -> Self {
        let (status, code) = choice.split_once('-').unwrap_or((choice, "Organizations.1000"));
        let status = status.parse().unwrap_or(400);
        if code == "Organizations.1007" {
            return Self::denied("organizations:resources:get");
        }
        Self::new(status, code, message)
    }

    /// A credential that the gateway does not take (reported live: status, code and these first words).
    pub(super) fn credential(detail: impl std::fmt::Display) -> Self {
        Self::new(401, "APIGW.0301", format!("Incorrect IAM authentication information: {detail}"))
    }

    /// A refusal by policy (Huawei's table of error codes).
    pub(super) fn denied(action: &str) -> Self {
        Self::new(403, "Organizations.1007", format!("Policy doesn't allow '{action}' to be performed."))
    }

    /// The refusal as an answer to the request with this id.
    pub(super) fn answer(&self, id: &str, choices: &Choices) -> Answer {
        let (code, message) = match choices.of(open::ERROR_SHAPE) {
            "errorCode" => ("errorCode", "errorMsg"),
            "code" => ("code", "message"),
            _ => ("error_code", "error_msg"),
        };
        let mut map = Map::new();
        map.insert(message.into(), self.message.clone().into());
        map.insert(code.into(), self.code.clone().into());
        let gateway = self.code.starts_with("APIGW.");
        if gateway || choices.of(open::REQUEST_ID) == "always" {
            map.insert("request_id".into(), id.into());
        }
        if self.code == "Organizations.1007" && choices.of(open::DENIED_DETAIL) == "present" {
            map.insert("encoded_authorization_message".into(), "ZGVuaWVkIGJ5IHBvbGljeQ==".into());
        }
        let mut body = Value::Object(map);
        if choices.of(open::ERROR_SHAPE) == "nested" {
            body = json!({"error": body});
        }
        Answer::json(self.status, body)
    }
}
