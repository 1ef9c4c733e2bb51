//! Refusals, in the words of either service.

use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;
use crate::sim::request::Answer;

use super::open;
use super::operation::Service;

/// The media type of JSON 1.1.
pub(super) const JSON: &str = "application/x-amz-json-1.1";

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// The exception's name.
    pub(super) kind: String,
    message: String,
    /// The exception's `Reason`, where it has one.
    reason: Option<&'static str>,
    /// The field that is wrong, as Account Management tells it.
    field: Option<String>,
    /// Whether it is about the credential, which either service answers with a status of its own.
    about_credential: bool,
}

impl Problem {
    /// An exception.
    pub(super) fn new(kind: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind: kind.to_owned(), message, reason: None, field: None, about_credential: false }
    }

    /// A credential or signature that is not taken.
    pub(super) fn credential(kind: &str, message: impl Into<String>) -> Self {
        Self { about_credential: true, ..Self::new(kind, message) }
    }

    /// A parameter that breaks the rules: `InvalidInputException` with a reason, or `ValidationException` with a field.
    pub(super) fn invalid(service: Service, field: &str, reason: &'static str, rule: impl Into<String>) -> Self {
        match service {
            Service::Organizations => Self { reason: Some(reason), ..Self::new("InvalidInputException", rule) },
            Service::Account => Self { field: Some(field.to_owned()), ..Self::new("ValidationException", rule) },
        }
    }

    /// A quota or another rule of the organization that would be broken.
    pub(super) fn constraint(reason: &'static str, message: &str) -> Self {
        Self { reason: Some(reason), ..Self::new("ConstraintViolationException", message) }
    }

    /// A caller who may not.
    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", message)
    }

    /// A path, method or target that names no operation.
    pub(super) fn lost() -> Self {
        Self::new("UnknownOperationException", "The operation does not exist.")
    }

    /// The HTTP status: nearly always 400 at Organizations, telling at Account Management (its service model).
    fn status(&self, service: Service, choices: &Choices) -> u16 {
        let kind = self.kind.as_str();
        if self.about_credential {
            let plain = service == Service::Organizations && choices.of(open::CREDENTIAL_STATUS) == "by-service";
            return if plain || kind == "IncompleteSignatureException" { 400 } else { 403 };
        }
        match (service, kind) {
            (_, "ServiceException" | "InternalServerException") => 500,
            (Service::Account, "AccessDeniedException") => 403,
            (_, "UnknownOperationException") | (Service::Account, "ResourceNotFoundException") => 404,
            (Service::Account, "ConflictException") => 409,
            (Service::Account, "TooManyRequestsException" | "ThrottlingException") => 429,
            _ => 400,
        }
    }

    /// The refusal as an answer.
    pub(super) fn answer(&self, service: Service, choices: &Choices) -> Answer {
        let status = self.status(service, choices);
        match service {
            Service::Organizations => self.organizations(status, choices),
            Service::Account => self.account(status, choices),
        }
    }

    /// The same with another status: a refusal that says that all is well.
    pub(super) fn with_status(&self, status: u16, service: Service, choices: &Choices) -> Answer {
        Answer { status, ..self.answer(service, choices) }
    }

    fn organizations(&self, status: u16, choices: &Choices) -> Answer {
        let kind = &self.kind;
        let shape = choices.of(open::ERROR_TYPE);
        let mut map = Map::new();
        if shape != "header" {
            let prefix = if shape == "prefixed" { "com.amazonaws.organizations#" } else { "" };
            map.insert("__type".into(), format!("{prefix}{kind}").into());
        }
        // What stands before the service itself spells it in lower case (reported live).
        let upper = !self.about_credential && choices.of(open::MESSAGE_KEY) == "Message";
        map.insert(if upper { "Message" } else { "message" }.into(), self.message.as_str().into());
        if let Some(reason) = self.reason {
            map.insert("Reason".into(), reason.into());
        }
        let answer = Answer::text(status, JSON, Value::Object(map).to_string());
        match shape {
            "header" | "both" => answer.with("x-amzn-errortype", kind.as_str()),
            _ => answer,
        }
    }

    fn account(&self, status: u16, choices: &Choices) -> Answer {
        let mut map = Map::from_iter([("message".to_owned(), Value::from(self.message.as_str()))]);
        if let Some(field) = &self.field {
            map.insert("reason".into(), "fieldValidationFailed".into());
            map.insert("fieldList".into(), json!([{"name": field, "message": self.message}]));
        }
        let kind = match choices.of(open::ACCOUNT_ERROR_TYPE) {
            "with-address" => format!("{}:http://internal.amazon.com/coral/com.amazon.coral.service/", self.kind),
            _ => self.kind.clone(),
        };
        Answer::json(status, map.into()).with("x-amzn-errortype", kind)
    }
}
