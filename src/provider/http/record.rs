//! Tells the recorder how a request fares, also if nobody waits for it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Effect, Operation};
use crate::domain::{Failure, Moment, Untrusted};
use crate::provider::{Asked, AskedBody, RequestBudget, RequestRecord, RequestState, Settings};

/// Counts up within the process.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The record of one request while it runs. Dropped before its end it says that it was cancelled.
pub(super) struct Trace<'a> {
    settings: &'a Settings,
    id: u64,
    began: Moment,
    method: &'static str,
    path: String,
    /// What it asked, if it is a read.
    asked: Option<Arc<Asked>>,
    /// The attempt, from 1; 0 before the first.
    pub(super) attempt: u32,
    /// Bytes of the decompressed body of the last attempt.
    pub(super) bytes: u64,
    /// The provider's id of the last attempt.
    pub(super) request_id: Option<Untrusted>,
    /// Words for people that came with the last attempt's answer.
    pub(super) notices: Vec<Untrusted>,
    /// What was last known to be left of the budget.
    pub(super) budget: Option<RequestBudget>,
    /// Why it failed, at its end.
    failure: Option<Box<Failure>>,
    /// Milliseconds of all waits so far.
    waited: AtomicU64,
    is_over: bool,
}

impl<'a> Trace<'a> {
    /// Begins and says so.
    pub(super) fn begin(
        settings: &'a Settings,
        (operation, url): (&Operation, &url::Url),
        signing: Option<String>,
    ) -> Self {
        let mut path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        if let Some(call) = operation.call {
            path = format!("{path} {call}");
        }
        let trace = Self {
            settings,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            began: (settings.clock)(),
            method: operation.method.word(),
            path,
            asked: asked(operation, url, signing),
            attempt: 1,
            bytes: 0,
            request_id: None,
            notices: Vec::new(),
            budget: None,
            failure: None,
            waited: AtomicU64::new(0),
            is_over: false,
        };
        trace.tell(RequestState::Running);
        trace
    }

    /// Another attempt begins.
    pub(super) fn again(&mut self) {
        self.attempt += 1;
        self.bytes = 0;
        self.request_id = None;
        self.notices.clear();
    }

    /// It goes out, or waits for its turn.
    pub(super) fn running(&self) {
        self.tell(RequestState::Running);
    }

    /// It waits, and why.
    pub(super) fn waiting(&self, wait: Duration, why: impl Into<String>) {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.waited.fetch_add(millis, Ordering::Relaxed);
        self.tell(RequestState::Waiting { millis, why: why.into() });
    }

    /// It is over.
    pub(super) fn end(mut self, result: Result<u16, &Failure>) {
        self.is_over = true;
        self.failure = result.err().map(|failure| Box::new(bare(failure)));
        self.tell(match result {
            Ok(status) => RequestState::Answered(status),
            Err(failure) => match failure.status {
                // A refusal is an answer; one that can't be used is not.
                Some(status) if !(200..400).contains(&status) => RequestState::Answered(status),
                Some(_) | None => RequestState::Failed(failure.to_string()),
            },
        });
    }

    fn tell(&self, state: RequestState) {
        (self.settings.recorder)(RequestRecord {
            id: self.id,
            connection: self.settings.connection.clone(),
            began: self.began,
            at: (self.settings.clock)(),
            method: self.method,
            path: self.path.clone(),
            asked: self.asked.clone(),
            attempt: self.attempt,
            waited: self.waited.load(Ordering::Relaxed),
            state,
            bytes: self.bytes,
            request_id: self.request_id.clone(),
            notices: self.notices.clone(),
            failure: self.failure.clone(),
            budget: self.budget,
        });
    }
}

impl Drop for Trace<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.tell(RequestState::Failed("cancelled".into()));
        }
    }
}

/// What a read asks; what may change something is not to be repeated from a record.
fn asked(operation: &Operation, url: &url::Url, signing: Option<String>) -> Option<Arc<Asked>> {
    let body = match &operation.body {
        None => AskedBody::None,
        Some(body) if operation.is_open => AskedBody::Kept(body.to_string()),
        Some(_) => AskedBody::Secret,
    };
    let asked = || Asked { url: url.to_string(), headers: operation.headers.clone(), body, signing };
    (operation.effect == Effect::Read).then(|| Arc::new(asked()))
}

/// A failure without what the server wrote: it may repeat a secret that it was sent, and records are kept and shown. Codes
/// stay; where the server's words are the cause, its kind is.
fn bare(failure: &Failure) -> Failure {
    let mut bare = failure.clone();
    let is_in = |cause: &str, text: &Untrusted| {
        !text.is_empty() && (cause.contains(text.raw()) || cause.contains(text.shown().as_ref()))
    };
    if failure.items.iter().any(|item| is_in(&failure.cause, &item.message)) {
        let codes: Vec<String> =
            failure.items.iter().filter_map(|item| item.code.as_ref()).map(|code| code.shown().into_owned()).collect();
        let codes = if codes.is_empty() { String::new() } else { format!(" ({})", codes.join(", ")) };
        bare.cause = format!("the server refused it{codes}; its words stand where it was asked for");
    }
    for item in &mut bare.items {
        item.message = Untrusted::default();
        item.pointer = None;
        item.documentation_url = None;
    }
    bare
}
