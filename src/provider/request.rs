//! The record of a request, for the activity pane: what was asked, and what became of it. Holds no secret.

use std::sync::Arc;

use super::RequestBudget;
use crate::domain::{ConnectionName, Failure, Moment, Untrusted};

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Waiting for its turn in the request budget, or for its answer.
    Running,
    /// It will be tried again after so many milliseconds, because of this.
    Waiting {
        /// Milliseconds until the next attempt.
        millis: u64,
        /// Why the last attempt failed.
        why: String,
    },
    /// It came back with a status.
    Answered(u16),
    /// It failed without an answer, or with one that can't be used.
    Failed(String),
}

/// What a read asked: enough to ask the same again from outside of this program. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The whole address, without credentials.
    pub url: String,
    /// Headers of its own, by their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: AskedBody,
    /// How `curl` is told to sign it, where it knows the way: what its `--aws-sigv4` takes.
    pub signing: Option<String>,
}

/// The body of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedBody {
    /// It had none.
    None,
    /// This one: ids and marks of pages.
    Kept(String),
    /// It may hold a secret and is not kept.
    Secret,
}

/// One request as the activity pane shows it. Records of one request share `id`; the newest counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Counts up within the process.
    pub id: u64,
    /// Whose request it is.
    pub connection: ConnectionName,
    /// When it began.
    pub began: Moment,
    /// When this record was made.
    pub at: Moment,
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query as sent, without credentials; behind them the name of the call, where the path does not say it.
    pub path: String,
    /// What it asked, if it is a read, whatever its method; `None` of what may have changed something.
    pub asked: Option<Arc<Asked>>,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Milliseconds that it waited so far, for its turn and between attempts.
    pub waited: u64,
    /// How far it is.
    pub state: RequestState,
    /// Bytes of the decompressed body that came.
    pub bytes: u64,
    /// The provider's id of the request.
    pub request_id: Option<Untrusted>,
    /// Words for people that came in headers of the answer. Listings and whatever is no read give them along with what
    /// they came with.
    pub notices: Vec<Untrusted>,
    /// Why it failed, or was refused, with what to do.
    pub failure: Option<Box<Failure>>,
    /// What was left of the credential's request budget then, where a limit is known.
    pub budget: Option<RequestBudget>,
}
