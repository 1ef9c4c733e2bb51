//! What a provider sees of a request and what it answers, free of sockets; and the trait that a provider fills.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use serde::Serialize;
use serde_json::Value;

use super::credential;
use super::fault::Weather;
use super::limits::Usage;

/// One request, read to its end.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// The path as sent, mount included.
    pub(super) path: String,
    /// Where the provider is mounted that answers it.
    pub(super) mount: &'static str,
    /// The segments below the mount, percent-decoded.
    pub(super) segments: Vec<String>,
    /// The query's pairs in their order, decoded.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// What happens to it.
    pub(super) weather: Weather,
}

impl Ask {
    /// A header's text, if it is there and is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The last value of a query parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A reply's body.
#[derive(Debug)]
pub(super) enum Body {
    /// No body, as with 204.
    Empty,
    /// JSON.
    Json(Value),
    /// JSON that is written already: long lists, where a tree of values would cost more than all else.
    Written(Vec<u8>),
    /// Anything else.
    Text {
        /// Its media type.
        media: &'static str,
        /// The text itself.
        text: String,
    },
}

/// One reply.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Headers beside those of the body.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
    /// Whether the state was changed.
    pub(super) changed: bool,
}

impl Answer {
    /// A JSON reply that changed nothing.
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body), changed: false }
    }

    /// A JSON reply that changed nothing, written at once.
    pub(super) fn written(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => Self { status, headers: Vec::new(), body: Body::Written(bytes), changed: false },
            Err(error) => Self::text(500, "text/plain", error.to_string()),
        }
    }

    /// 204 without a body.
    pub(super) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Empty, changed: false }
    }

    /// A reply that is no JSON.
    pub(super) fn text(status: u16, media: &'static str, text: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: Body::Text { media, text: text.into() }, changed: false }
    }

    /// The same reply, marked as one that changed the state.
    pub(super) fn changed(mut self) -> Self {
        self.changed = true;
        self
    }

    /// The same reply with one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A refusal that the shared machinery asks for, in the provider's own words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// The provider's throttle answer, with the seconds until it may be asked again.
    Throttled(u64),
    /// A server error.
    Broken,
    /// A refusal with status 200.
    SuccessFalse,
}

/// Who a request counts for, where requests are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Payer {
    /// The user or other owner of a budget.
    pub(super) name: &'static str,
    /// How many requests a window holds.
    pub(super) limit: u32,
    /// The window's length in seconds.
    pub(super) window: u64,
}

/// One simulated provider: its state behind a lock of its own.
pub(super) trait Provider: Send + Sync {
    /// The mount under which it answers this path, without a slash at the end; `None` if the path is not its own. A
    /// provider with several mounts has several services behind one state, or one service in several places.
    fn mount(&self, path: &str) -> Option<&'static str>;
    /// Its sections of `config.toml`.
    fn connection(&self, origin: &str) -> String;
    /// The kind of credential that came with the request.
    fn credential(&self, ask: &Ask) -> credential::Kind;
    /// The query parameters whose values the request log must not show.
    fn secret_parameters(&self) -> &'static [&'static str] {
        &[]
    }
    /// The path and the query under which faults know a request, where its own do not tell what it asks for.
    fn told_apart(&self, _path: &str, _headers: &HeaderMap, _body: &Bytes) -> Option<(String, String)> {
        None
    }
    /// Whose budget the request is taken from; `None` if the credential is not known.
    fn payer(&self, ask: &Ask) -> Option<Payer>;
    /// The headers that tell a client about its budget.
    fn budget(&self, usage: &Usage) -> Vec<(&'static str, String)>;
    /// Answers the request.
    fn answer(&self, ask: &Ask) -> Answer;
    /// Refuses the request without looking at the state.
    fn refuse(&self, ask: &Ask, refusal: Refusal) -> Answer;
}

/// Whether a path is the mount or stands below it.
pub(super) fn is_under(path: &str, mount: &str) -> bool {
    path.strip_prefix(mount).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}
