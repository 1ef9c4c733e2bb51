//! Why a command ends before its time: the exit status and the words for stderr.

use serde::Serialize;

use super::args::Format;
use crate::config::ConfigError;
use crate::domain::{ConnectionName, Failure, FailureItem, FailureKind, careful, shown};

/// The exit statuses, a contract.
pub(super) mod status {
    /// It worked.
    pub(crate) const OK: i32 = 0;
    /// It failed.
    pub(crate) const FAILED: i32 = 1;
    /// The command line or the config asks for something that can't be.
    pub(crate) const USAGE: i32 = 2;
    /// Something was delivered, but not all.
    pub(crate) const PARTIAL: i32 = 3;
    /// A credential is missing or was not accepted.
    pub(crate) const AUTHENTICATION: i32 = 4;
    /// Protection or a missing confirmation forbids it.
    pub(crate) const PROTECTED: i32 = 5;
    /// A write was sent and nobody knows what became of it.
    pub(crate) const UNKNOWN: i32 = 6;
    /// There is no such thing.
    pub(crate) const NOT_FOUND: i32 = 7;
}

/// An early end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stop {
    /// The exit status.
    pub(super) code: i32,
    /// Lines for stderr, safe for a terminal.
    pub(super) words: Vec<String>,
    /// The failed requests behind them, as data.
    pub(super) failures: Vec<Failed>,
}

/// A request that failed, and at which connection: part of the JSON of an error, a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Failed {
    connection: Option<ConnectionName>,
    #[serde(flatten)]
    failure: Failure,
}

impl Failed {
    pub(super) fn at(connection: &ConnectionName, failure: &Failure) -> Self {
        let connection = Some(connection.clone()).filter(|name| !name.as_str().is_empty());
        Self { connection, failure: failure.clone() }
    }
}

impl Failed {
    /// Says what to do next where the failure itself does not know.
    pub(super) fn advise(&mut self, hint: &str) {
        self.failure.hint = Some(hint.to_owned());
    }
}

/// What `-o json` says on stderr, a contract: `exit`, `message` (the first line), `details` (the other lines), `failures`.
#[derive(Serialize)]
struct ErrorRow<'a> {
    exit: i32,
    message: &'a str,
    details: &'a [String],
    failures: &'a [Failed],
}

impl Stop {
    pub(super) fn new(code: i32, words: impl Into<String>) -> Self {
        Self { code, words: vec![words.into()], failures: Vec::new() }
    }

    /// Both, with the status of this one.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.words.extend(other.words);
        self.failures.extend(other.failures);
        self
    }

    pub(super) fn usage(words: impl Into<String>) -> Self {
        Self::new(status::USAGE, words)
    }

    /// Nobody reads stdout any more (`acctui list | head`): quiet, and no failure.
    pub(super) fn closed() -> Self {
        Self::default()
    }

    /// A request of a connection failed.
    pub(super) fn failure(connection: &ConnectionName, failure: &Failure) -> Self {
        let failures = vec![Failed::at(connection, failure)];
        Self { code: code(&failure.kind), words: lines(connection, failure), failures }
    }

    /// What goes to stderr, line by line: words for people, one JSON object where data is asked for as JSON.
    pub(super) fn said(&self, format: Format) -> Vec<String> {
        let Some((message, details)) = self.words.split_first() else { return Vec::new() };
        match format {
            Format::Table | Format::Csv => self.words.iter().map(|words| format!("acctui: {words}")).collect(),
            Format::Json | Format::Ndjson => {
                let row = ErrorRow { exit: self.code, message, details, failures: &self.failures };
                let text = serde_json::json!({ "error": row }).to_string();
                vec![careful(&text).into_owned()]
            }
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::closed();
        }
        Self::new(status::FAILED, format!("stdout can't be written: {error}"))
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        let words = error.to_string().lines().map(str::to_owned).collect();
        Self { code: status::USAGE, words, failures: Vec::new() }
    }
}

/// What failed where nobody may be asked.
pub(super) const OFFLINE: &str = "--offline";

/// The exit status of a failure.
pub(super) fn code(kind: &FailureKind) -> i32 {
    match kind {
        FailureKind::Auth => status::AUTHENTICATION,
        FailureKind::NotFound => status::NOT_FOUND,
        FailureKind::Forbidden
        | FailureKind::Refused
        | FailureKind::Conflict
        | FailureKind::Throttled { .. }
        | FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::Tls
        | FailureKind::Server
        | FailureKind::Unreadable
        | FailureKind::Unsupported
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => status::FAILED,
    }
}

/// A failure in words: one line with cause and hint, and one more for each item that points somewhere.
pub(super) fn lines(connection: &ConnectionName, failure: &Failure) -> Vec<String> {
    // Nothing was tried that could have failed: the cause says all.
    let is_offline = failure.kind == FailureKind::Stopped && failure.what == OFFLINE;
    let words = if is_offline { failure.cause.clone() } else { failure.to_string() };
    let mut first = format!("{connection}: {words}");
    if let Some(hint) = &failure.hint {
        first = format!("{first} ({})", shown(hint));
    }
    if let Some(id) = &failure.request_id {
        first = format!("{first} [request {id}]");
    }
    let mut lines = vec![first];
    lines.extend(failure.items.iter().filter_map(item_line));
    lines
}

fn item_line(item: &FailureItem) -> Option<String> {
    if item.pointer.is_none() && item.documentation_url.is_none() {
        return None;
    }
    let mut line = String::from("  ");
    if let Some(pointer) = &item.pointer {
        line = format!("{line}{pointer}: ");
    }
    line = format!("{line}{}", item.message);
    if let Some(url) = &item.documentation_url {
        line = format!("{line}, see {url}");
    }
    Some(line)
}

/// How the connections fared that were asked side by side.
#[derive(Debug, Default)]
pub(super) struct Tally {
    delivered: bool,
    first: Option<i32>,
    words: Vec<String>,
    failures: Vec<Failed>,
}

impl Tally {
    /// Whether there is anything to write: not if every connection failed and gave nothing.
    pub(super) fn is_deliverable(&self) -> bool {
        self.delivered || self.first.is_none()
    }

    /// This connection gave all that it has.
    pub(super) fn whole(&mut self) {
        self.delivered = true;
    }

    /// This connection failed, after `rows` rows.
    pub(super) fn failed(&mut self, connection: &ConnectionName, failure: &Failure, rows: usize) {
        self.delivered |= rows > 0;
        self.first.get_or_insert(code(&failure.kind));
        self.failures.push(Failed::at(connection, failure));
        let mut lines = lines(connection, failure);
        if rows > 0 {
            lines[0] = format!("only {rows} came from {}", lines[0]);
        }
        self.words.append(&mut lines);
    }

    /// This connection could not be asked for what is wanted; `rows` of it are known from elsewhere, as `words` say.
    pub(super) fn derived(&mut self, connection: &ConnectionName, words: &str, why: &Failure, rows: usize) {
        if rows == 0 {
            return self.failed(connection, why, 0);
        }
        self.delivered = true;
        self.first.get_or_insert(code(&why.kind));
        self.failures.push(Failed::at(connection, why));
        self.words.push(format!("{connection}: {words} ({why})"));
    }

    /// Nothing of what came is what was asked for.
    pub(super) fn undelivered(self) -> Self {
        Self { delivered: false, ..self }
    }

    /// The end of the command: partial only where something was delivered, else the first failure's status.
    pub(super) fn end(self) -> Result<(), Stop> {
        match self.first {
            None => Ok(()),
            Some(first) => {
                let code = if self.delivered { status::PARTIAL } else { first };
                Err(Stop { code, words: self.words, failures: self.failures })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Untrusted;

    #[test]
    fn every_item_of_a_refusal_is_said_with_its_pointer_and_documentation() {
        let mut failure = Failure::new(FailureKind::Refused, "PUT /x", "bad profile");
        failure.items.push(FailureItem {
            code: Some("1001".into()),
            message: Untrusted::new("too\u{1b}[2Jlong"),
            pointer: Some("/business_name".into()),
            documentation_url: Some("https://example.com/doc".into()),
        });
        let stop = Stop::failure(&ConnectionName::new("prod"), &failure);
        assert_eq!(stop.code, status::FAILED);
        assert_eq!(
            stop.words,
            [
                "prod: PUT /x: refused: bad profile; too\\u{1b}[2Jlong (code 1001)",
                "  /business_name: too\\u{1b}[2Jlong, see https://example.com/doc",
            ]
        );
    }

    #[test]
    fn partial_is_said_only_where_something_was_delivered() {
        let name = ConnectionName::new("prod");
        let auth = Failure::new(FailureKind::Auth, "GET /x", "");
        let mut tally = Tally::default();
        tally.failed(&name, &auth, 0);
        assert_eq!(tally.end().unwrap_err().code, status::AUTHENTICATION);
        let mut tally = Tally::default();
        tally.failed(&name, &auth, 20);
        assert_eq!(tally.end().unwrap_err().code, status::PARTIAL);
        let mut tally = Tally::default();
        tally.failed(&name, &auth, 0);
        tally.whole();
        assert_eq!(tally.end().unwrap_err().code, status::PARTIAL);
        let mut tally = Tally::default();
        tally.whole();
        assert_eq!(tally.end(), Ok(()));
    }
}
