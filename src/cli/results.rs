//! What became of changes: data on stdout, words on stderr, an exit status.

use std::borrow::Cow;

use serde::Serialize;

use super::args::Format;
use super::desk::Desk;
use super::planned::{self, by_name, meanwhile};
use super::stop::{Failed, Stop, code, lines, status};
use super::targets::Lost;
use super::write::Shape;
use crate::changes::{self, FileJournal};
use crate::domain::{Applied, ChangeKind, ConnectionName, Ended, Failure, PlannedChange, Subject, Untrusted, shown};

/// What is said where nothing would be sent.
pub(super) const NOTHING: &str = "it already is as wanted: nothing to do";

/// What a table has where nothing was asked for.
const UNTOUCHED: &str = "unchanged: nothing to do";

/// What became of one change, in a word of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Confirmed,
    Accepted,
    NothingToDo,
    Refused,
    Unknown,
    NotSent,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Accepted => "accepted",
            Self::NothingToDo => "nothing_to_do",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
        }
    }

    /// Whether a request may have gone out for it.
    pub(super) fn is_sent(self) -> bool {
        match self {
            Self::Confirmed | Self::Accepted | Self::Refused | Self::Unknown => true,
            Self::NothingToDo | Self::NotSent => false,
        }
    }

    /// Whether the change is done, or on its way with the provider's word.
    fn is_good(self) -> bool {
        match self {
            Self::Confirmed | Self::Accepted | Self::NothingToDo => true,
            Self::Refused | Self::Unknown | Self::NotSent => false,
        }
    }
}

/// What became of one change.
pub(super) struct Entry {
    connection: Option<ConnectionName>,
    target: String,
    kind: ChangeKind,
    /// The target's name, for people.
    name: Untrusted,
    /// Where a move leads to, for people.
    to: Option<String>,
    pub(super) outcome: Outcome,
    made: Option<Subject>,
    /// The change's id in the journal; `None` where nothing was sent.
    pub(super) change: Option<String>,
    /// One line; empty where there is nothing to say.
    message: String,
    /// What is said on stderr, and the exit status of this change alone.
    stop: Option<Stop>,
}

/// The JSON of an entry, a contract.
#[derive(Serialize)]
struct EntryRow<'a> {
    connection: Option<&'a str>,
    target: &'a str,
    kind: ChangeKind,
    outcome: Outcome,
    made: Option<&'a str>,
    message: &'a str,
    change: Option<&'a str>,
}

impl Entry {
    fn new(planned: &PlannedChange, outcome: Outcome) -> Self {
        let subject = &planned.change.subject;
        Self {
            connection: Some(subject.connection().clone()),
            target: subject.id().to_owned(),
            kind: planned.change.kind,
            name: planned.name.clone(),
            to: planned::destination(planned),
            outcome,
            made: None,
            change: None,
            message: String::new(),
            stop: None,
        }
    }

    fn saying(self, messages: &[Untrusted]) -> Self {
        let message = messages.iter().map(Untrusted::shown).collect::<Vec<_>>().join("; ");
        Self { message, ..self }
    }

    /// Its failure; the exit status follows from its kind unless one is given.
    fn failed(mut self, failure: &Failure, code_is: Option<i32>) -> Self {
        let words = match &self.connection {
            Some(connection) => lines(connection, failure),
            None => vec![failure.to_string()],
        };
        self.message = failure.to_string();
        let failures = self.connection.iter().map(|at| Failed::at(at, failure)).collect();
        self.stop = Some(Stop { code: code_is.unwrap_or(code(&failure.kind)), words, failures });
        self
    }

    /// What became of a planned change.
    pub(super) fn of(planned: &PlannedChange, applied: &Applied) -> Self {
        if let Some(refusal) = &planned.refusal {
            return Self::new(planned, Outcome::Refused).failed(refusal, None);
        }
        match applied {
            Applied::Confirmed { visible, messages, made, read_back: _ } => {
                let mut entry = Self::new(planned, Outcome::Confirmed).saying(messages);
                entry.made.clone_from(made);
                if !visible {
                    entry.add("the provider does not show it yet");
                }
                entry
            }
            Applied::Accepted { messages, operation: _ } => Self::new(planned, Outcome::Accepted).saying(messages),
            Applied::NothingToDo => Self::new(planned, Outcome::NothingToDo),
            Applied::Outdated(renewed) => {
                let mut entry = Self::new(planned, Outcome::NotSent);
                let first = format!("{} was changed by somebody else just now: nothing was sent", planned.name);
                let place = |anew: &PlannedChange, id: &str| by_name(planned.lineage.iter().chain(&anew.lineage), id);
                let anew = renewed.changes.iter();
                let fields = anew.clone().flat_map(|anew| meanwhile(anew, |id| place(anew, id)));
                let warnings = anew.flat_map(|anew| &anew.warnings).map(|warning| shown(warning).into_owned());
                let at = planned.change.subject.connection();
                let mut words = vec![format!("{at}: {first}, look again with --dry-run")];
                words.extend(fields.chain(warnings).map(|words| format!("  {words}")));
                (entry.message, entry.stop) = (first, Some(Stop { code: status::FAILED, words, ..Stop::default() }));
                entry
            }
            // Its hint is for reads: to try again.
            Applied::Unknown(failure) => Self::new(planned, Outcome::Unknown)
                .failed(&Failure { hint: None, ..failure.clone() }, Some(status::UNKNOWN)),
            Applied::Refused(failure) => Self::new(planned, Outcome::Refused).failed(failure, None),
            Applied::NotSent(failure) => Self::new(planned, Outcome::NotSent).failed(failure, None),
        }
    }

    /// The journal has it under this id: by it an unknown outcome is settled.
    pub(super) fn filed_under(&mut self, change: String) {
        self.change = Some(change);
        self.look();
    }

    /// Says how an unknown outcome is found out, for people and in the data of the error.
    fn look(&mut self) {
        let (Outcome::Unknown, Some(change), Some(stop)) = (self.outcome, &self.change, &mut self.stop) else { return };
        let look = if self.kind.makes() {
            format!(
                "nobody knows whether it was made: look whether it is there, then say so with `acctui journal --settle \
                 {change}=done` (or not-done); until then an equal one is refused"
            )
        } else {
            format!(
                "nobody knows whether it was done: `acctui journal` has it as {change}, and the same command again reads \
                 back first"
            )
        };
        for failed in &mut stop.failures {
            failed.advise(&look);
        }
        stop.words.push(look);
    }

    /// An id that no connection has.
    pub(super) fn lost(lost: &Lost) -> Self {
        Self {
            connection: lost.connection.clone(),
            target: lost.id.clone(),
            kind: lost.kind,
            name: Untrusted::default(),
            to: None,
            outcome: Outcome::Refused,
            made: None,
            change: None,
            message: lost.stop.words.first().cloned().unwrap_or_default(),
            stop: Some(lost.stop.clone()),
        }
    }

    /// How it ended that went on after the provider's answer.
    pub(super) fn end(&mut self, ended: Result<Ended, Failure>) {
        let at = self.connection.clone();
        let stop = |failure: &Failure, code| {
            let words = at.as_ref().map(|at| lines(at, failure)).unwrap_or_default();
            Stop { code, words, failures: at.iter().map(|at| Failed::at(at, failure)).collect() }
        };
        match ended {
            Ok(Ended::Done(made)) => {
                self.outcome = Outcome::Confirmed;
                self.made = made.or(self.made.take());
            }
            Ok(Ended::Failed(failure)) => {
                self.outcome = Outcome::Refused;
                self.message = failure.to_string();
                self.stop = Some(stop(&failure, code(&failure.kind)));
            }
            Ok(Ended::Running) => self.go_on(),
            Err(failure) => {
                self.outcome = Outcome::Unknown;
                self.message = failure.to_string();
                // Its hint is for reads: to try again.
                self.stop = Some(stop(&Failure { hint: None, ..failure }, status::UNKNOWN));
                self.look();
            }
        }
    }

    /// It goes on at the provider, and nobody waits for its end any longer.
    pub(super) fn go_on(&mut self) {
        self.add("it goes on still: `acctui journal` lists it");
    }

    fn add(&mut self, words: &str) {
        let between = if self.message.is_empty() { "" } else { "; " };
        self.message = format!("{}{between}{words}", self.message);
    }

    /// Says how to take it back, where there is a way.
    fn say_way_back(&self, desk: &Desk) {
        let Some(change) = self.change.as_ref().filter(|_| self.outcome == Outcome::Confirmed) else { return };
        let records = FileJournal::new(desk.paths.journal()).read().unwrap_or_default().records;
        if changes::undo(&records, change).is_ok() {
            desk.whisper(&format!("acctui journal --undo {} takes it back", shown(change)));
        }
    }

    fn row(&self) -> EntryRow<'_> {
        EntryRow {
            connection: self.connection.as_ref().map(ConnectionName::as_str),
            target: &self.target,
            kind: self.kind,
            outcome: self.outcome,
            made: self.made.as_ref().map(Subject::id),
            message: &self.message,
            change: self.change.as_deref(),
        }
    }

    /// What a table has of a change that came to what was wanted. Of what was made its id alone, and of what goes on its
    /// outcome and the change's id: scripts take them.
    fn line(&self) -> Option<String> {
        match self.outcome {
            Outcome::Confirmed => Some(match &self.made {
                Some(made) => shown(made.id()).into_owned(),
                None => format!("{} {}", self.kind.done().to_lowercase(), self.whom()),
            }),
            Outcome::Accepted => self.change.as_ref().map(|change| format!("{}  {change}", self.outcome.word())),
            Outcome::NothingToDo => Some(format!("unchanged {}", self.whom())),
            Outcome::Refused | Outcome::Unknown | Outcome::NotSent => None,
        }
    }

    /// `NAME (ID) to WHERE`
    fn whom(&self) -> String {
        let target = shown(&self.target);
        let to = self.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
        match (self.kind.makes(), self.name.is_empty()) {
            // What it is made in is not what was made.
            (true, _) => self.name.shown().into_owned(),
            (false, true) => format!("{target}{to}"),
            (false, false) => format!("{} ({target}){to}", self.name),
        }
    }

    /// Whether a table on stdout says of it all that there is to say, and nobody wants more.
    fn is_told(&self, desk: &Desk, shape: Shape) -> bool {
        let is_table = desk.format() == Format::Table && shape == Shape::Results && desk.common.verbose == 0;
        is_table && self.made.is_none() && self.line().is_some()
    }

    /// The word of the browser's toast, and where a move led to; or the word of the contract.
    fn words(&self) -> Cow<'static, str> {
        let done = match self.outcome {
            Outcome::Confirmed => self.kind.done(),
            Outcome::Accepted => self.kind.running(),
            Outcome::NothingToDo => return NOTHING.into(),
            Outcome::Refused => return "refused".into(),
            Outcome::Unknown => return "nobody knows".into(),
            Outcome::NotSent => return "not sent".into(),
        };
        self.to.as_ref().map_or(done.into(), |to| format!("{done} to {to}").into())
    }
}

/// One line on a change that is over, while others are still to come; nothing where stdout says it at the end.
pub(super) fn progress(
    desk: &Desk,
    planned: &PlannedChange,
    applied: &Applied,
    nth: usize,
    of: usize,
) -> Option<String> {
    let entry = Entry::of(planned, applied);
    let is_told = entry.is_told(desk, Shape::Results);
    (!is_told).then(|| format!("{nth}/{of} {} ({}): {}", planned.name, shown(&entry.target), entry.words()))
}

/// Writes all entries in the chosen format. In a table's place stands a line for each change that came to what was wanted;
/// what became of the others is said on stderr.
pub(super) fn write(desk: &Desk, entries: &[Entry]) -> Result<(), Stop> {
    let rows: Vec<EntryRow<'_>> = entries.iter().map(Entry::row).collect();
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(&rows)?,
        Format::Ndjson => {
            for row in &rows {
                out.object(row)?;
            }
        }
        Format::Csv => {
            out.csv(["connection", "target", "kind", "outcome", "made", "message", "change"].map(Into::into))?;
            for row in &rows {
                let (connection, made) = (row.connection.unwrap_or_default(), row.made.unwrap_or_default());
                let kind = serde_json::to_value(row.kind).ok();
                let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
                let cells = [
                    connection,
                    row.target,
                    kind,
                    row.outcome.word(),
                    made,
                    row.message,
                    row.change.unwrap_or_default(),
                ];
                out.csv(cells.map(Into::into))?;
            }
        }
        // A sheet that nobody altered is no change at all.
        Format::Table if entries.is_empty() => out.whole(UNTOUCHED)?,
        Format::Table => {
            for line in entries.iter().filter_map(Entry::line) {
                out.whole(&line)?;
            }
        }
    }
    Ok(out.flush()?)
}

/// Says what became of them, and gives the exit status.
pub(super) fn end(desk: &Desk, entries: &[Entry], shape: Shape) -> Result<(), Stop> {
    if let [entry] = entries {
        if !entry.message.is_empty() && entry.stop.is_none() {
            desk.whisper(&entry.message);
        }
        if let Some(stop) = &entry.stop {
            return Err(stop.clone());
        }
        if !entry.is_told(desk, shape) {
            desk.whisper(&entry.words());
        }
        entry.say_way_back(desk);
        return Ok(());
    }
    if entries.is_empty() {
        return Ok(());
    }
    let mut words: Vec<String> = entries.iter().flat_map(said).collect();
    words.push(summary(entries));
    match status_of(entries) {
        status::OK => {
            for words in &words {
                desk.whisper(words);
            }
            Ok(())
        }
        code => {
            let stops = entries.iter().filter_map(|entry| entry.stop.as_ref());
            let failures = stops.flat_map(|stop| stop.failures.iter().cloned()).collect();
            Err(Stop { code, words, failures })
        }
    }
}

/// A failed change of several: which one, then why.
fn said(entry: &Entry) -> Vec<String> {
    let Some(stop) = &entry.stop else { return Vec::new() };
    let target = shown(&entry.target);
    let which = if entry.name.is_empty() { target.into_owned() } else { format!("{} ({target})", entry.name) };
    let head = format!("{which}: {}: {}", entry.words(), stop.words.first().map_or("", String::as_str));
    std::iter::once(head).chain(stop.words.iter().skip(1).map(|words| format!("  {words}"))).collect()
}

/// `12 changes: 10 confirmed, 1 nothing to do, 1 refused`
fn summary(entries: &[Entry]) -> String {
    let all = [
        Outcome::Confirmed,
        Outcome::Accepted,
        Outcome::NothingToDo,
        Outcome::Refused,
        Outcome::Unknown,
        Outcome::NotSent,
    ];
    let counts: Vec<String> = all
        .into_iter()
        .filter_map(|outcome| {
            let count = entries.iter().filter(|entry| entry.outcome == outcome).count();
            (count > 0).then(|| format!("{count} {}", outcome.word().replace('_', " ")))
        })
        .collect();
    format!("{} changes: {}", entries.len(), counts.join(", "))
}

/// The exit status of all: unknown before partial before the first failure.
fn status_of(entries: &[Entry]) -> i32 {
    let mut failures = entries.iter().filter_map(|entry| Some(entry.stop.as_ref()?.code));
    let Some(first) = failures.next() else { return status::OK };
    if entries.iter().any(|entry| entry.outcome == Outcome::Unknown) {
        return status::UNKNOWN;
    }
    if entries.iter().any(|entry| entry.outcome.is_good()) { status::PARTIAL } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn entry(outcome: Outcome, code: Option<i32>) -> Entry {
        Entry {
            connection: Some(ConnectionName::new("c")),
            target: "t".into(),
            kind: ChangeKind::MoveAccount,
            name: Untrusted::new("n"),
            to: None,
            outcome,
            made: None,
            change: None,
            message: String::new(),
            stop: code.map(|code| Stop::new(code, "why")),
        }
    }

    #[test]
    fn the_status_of_many_is_unknown_before_partial_before_the_first_failure() {
        let (good, none) = (|| entry(Outcome::Confirmed, None), || entry(Outcome::NothingToDo, None));
        let refused = |code| entry(Outcome::Refused, Some(code));
        let unknown = || entry(Outcome::Unknown, Some(status::UNKNOWN));
        assert_eq!(status_of(&[good(), none()]), status::OK);
        assert_eq!(status_of(&[good(), refused(1)]), status::PARTIAL);
        assert_eq!(status_of(&[none(), refused(7)]), status::PARTIAL);
        assert_eq!(status_of(&[refused(7), refused(1)]), status::NOT_FOUND);
        assert_eq!(status_of(&[refused(7), unknown(), good()]), status::UNKNOWN);
        assert_eq!(
            summary(&[good(), good(), none(), refused(1)]),
            "4 changes: 2 confirmed, 1 nothing to do, 1 refused"
        );
    }

    #[test]
    fn what_went_on_ends_as_its_provider_says() {
        let mut done = entry(Outcome::Accepted, None);
        done.end(Ok(Ended::Done(Some(Subject::Connection("new".into())))));
        assert_eq!((done.outcome, done.row().made), (Outcome::Confirmed, Some("new")));
        let mut failed = entry(Outcome::Accepted, None);
        failed.end(Ok(Ended::Failed(Failure::new(FailureKind::Refused, "create", "taken"))));
        assert_eq!((failed.outcome, status_of(&[failed])), (Outcome::Refused, status::FAILED));
        let mut runs = entry(Outcome::Accepted, None);
        runs.end(Ok(Ended::Running));
        assert_eq!((runs.outcome, status_of(&[runs])), (Outcome::Accepted, status::OK));
        let mut lost = entry(Outcome::Accepted, None);
        lost.end(Err(Failure::new(FailureKind::Auth, "GET", "expired")));
        assert_eq!((lost.outcome, status_of(&[lost])), (Outcome::Unknown, status::UNKNOWN));
    }
}
