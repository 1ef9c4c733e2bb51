//! What went wrong with a request, in one shape for every provider.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Untrusted;

/// Why a request failed: what a caller decides on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The credential was not accepted, or could not be had from its source.
    Auth,
    /// The credential is good, but may not do this.
    Forbidden,
    /// There is no such thing, or it is not visible to this credential.
    NotFound,
    /// The provider understood and said no: a validation error, or a 2xx that says `success:false`.
    Refused,
    /// Something else changed meanwhile (409, 412).
    Conflict,
    /// Too many requests; milliseconds to wait where the server said so.
    Throttled {
        /// What `Retry-After` or its like said, in milliseconds.
        retry_after: Option<u64>,
    },
    /// No connection: name resolution, refused, reset.
    Unreachable,
    /// No answer within the time allowed.
    TimedOut,
    /// The TLS handshake failed.
    Tls,
    /// The provider failed (5xx).
    Server,
    /// The answer was not what the provider's documents say: HTML, cut JSON, wrong types.
    Unreadable,
    /// The provider has no such thing at all.
    Unsupported,
    /// The program gave up on purpose: a budget that is spent, a size cap, a redirect.
    Stopped,
    /// A bug in the program: a task panicked.
    Crashed,
    /// Something on this machine: a file that can't be written, say.
    Local,
}

impl FailureKind {
    /// Two or three words for the head of an error.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Auth => "not signed in",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not found",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::Throttled { .. } => "too many requests",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed out",
            Self::Tls => "TLS failed",
            Self::Server => "the provider failed",
            Self::Unreadable => "unreadable answer",
            Self::Unsupported => "not offered",
            Self::Stopped => "stopped",
            Self::Crashed => "internal error",
            Self::Local => "failed on this machine",
        }
    }
}

/// Whether a request can have had an effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Certainly not sent: no connection was made, or the program refused.
    #[default]
    Unsent,
    /// The provider answered, and its answer says that nothing was done.
    Answered,
    /// Sent, and nobody knows what became of it.
    Unknown,
}

/// One item of a provider's error list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureItem {
    /// The provider's own code, as text.
    pub code: Option<Untrusted>,
    /// The provider's own words.
    pub message: Untrusted,
    /// The field or parameter it is about, as the provider points at it, e.g. `/business_email`.
    pub pointer: Option<Untrusted>,
    /// Where the provider explains it.
    pub documentation_url: Option<Untrusted>,
}

/// What is said of a target that is not there any more, after its name.
const GONE: &str = " is gone at the provider meanwhile: nothing was sent";

/// A failed request: what failed, on what, why as far as known, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Failure {
    /// Why.
    pub kind: FailureKind,
    /// What was tried, e.g. `GET /accounts` or `reading the journal`.
    pub what: String,
    /// One sentence with the cause, in the program's words.
    pub cause: String,
    /// What to do next, if anybody knows.
    pub hint: Option<String>,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The provider's id of the request, for its support.
    pub request_id: Option<Untrusted>,
    /// Every item of the provider's own error list, in its order.
    pub items: Vec<FailureItem>,
    /// Whether the request can have had an effect.
    pub delivery: Delivery,
    /// How often it had been sent again after the provider's own throttle refusal.
    #[serde(default)]
    pub resent: u32,
}

impl Failure {
    /// A failure without an answer; `Delivery::Unsent`.
    pub fn new(kind: FailureKind, what: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            cause: cause.into(),
            hint: None,
            status: None,
            request_id: None,
            items: Vec::new(),
            delivery: Delivery::Unsent,
            resent: 0,
        }
    }

    /// The target of a change is not there any more: nothing was sent for it.
    #[must_use]
    pub fn gone(what: impl Into<String>, name: &Untrusted) -> Self {
        Self::new(FailureKind::NotFound, what, format!("{}{GONE}", name.raw()))
            .with_hint("sync the connection to see what is there now")
    }

    /// Whether this is such a failure.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.kind == FailureKind::NotFound && self.cause.ends_with(GONE)
    }

    /// The same with what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with another delivery.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }
}

/// One line: `GET /accounts: forbidden (403): cause; item (code 9109)`. Safe for a terminal.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", super::shown(&self.what), self.kind.words())?;
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        if !self.cause.is_empty() {
            write!(f, ": {}", super::shown(&self.cause))?;
        }
        for item in &self.items {
            let words = item.message.shown();
            if !words.is_empty() && words != self.cause {
                write!(f, "; {words}")?;
            }
            if let Some(code) = &item.code {
                write!(f, " (code {code})")?;
            }
        }
        Ok(())
    }
}
