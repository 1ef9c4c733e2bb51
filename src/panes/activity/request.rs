//! One request of the activity: all that is known of it, why it failed, and it as a command.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Act, current};
use crate::app::{Avail, Effect, State};
use crate::domain::{Failure, Role, shown};
use crate::panes::{copy as clipboard, failure};
use crate::provider::{RequestRecord, RequestState};
use crate::view::{Line, Theme, put_line, wrap};

/// Columns of the words before a value.
const LABEL: usize = 12;
/// Lines of the strip that says why the request under the cursor failed.
const STRIP: usize = 3;

/// Whether a request has all of these words, in lower case: in what was asked, where, and what became of it.
pub(super) fn has_all(record: &RequestRecord, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let state = match &record.state {
        RequestState::Running => "running".to_owned(),
        RequestState::Waiting { why, .. } => format!("waits {why}"),
        RequestState::Answered(status) => status.to_string(),
        RequestState::Failed(why) => format!("failed {why}"),
    };
    let failure = record.failure.as_ref().map(|failure| format!("{failure} {}", failure.hint.as_deref().unwrap_or("")));
    let id = record.request_id.as_ref().map(|id| id.raw().to_owned());
    let text = [
        record.method.to_owned(),
        record.path.clone(),
        record.connection.to_string(),
        state,
        failure.unwrap_or_default(),
        id.unwrap_or_default(),
    ];
    let text = text.join(" ").to_lowercase();
    words.iter().all(|word| text.contains(word))
}

/// All that is known of a request, in lines.
pub(super) fn lines(state: &State, record: &RequestRecord, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let asked = format!("{} {}", record.method, shown(&record.path));
    lines.extend(wrap(&asked, columns).into_iter().map(|text| Line::of(Role::Title, text)));
    let mut fields = vec![("connection", record.connection.to_string())];
    if let Some(setup) = state.connection(&record.connection) {
        fields.push(("server", origin(&setup.base_url)));
    }
    fields.push(("began", record.began.rfc3339()));
    fields.push(("took", format!("{} ms", record.at.since(record.began))));
    if record.attempt > 1 {
        fields.push(("attempts", record.attempt.to_string()));
    }
    if record.waited > 0 {
        fields.push(("waited", format!("{} ms", record.waited)));
    }
    fields.push(match &record.state {
        RequestState::Running => ("state", "runs".to_owned()),
        RequestState::Waiting { why, .. } => ("state", format!("waits: {why}")),
        RequestState::Answered(status) => ("answer", status.to_string()),
        RequestState::Failed(why) => ("failed", why.clone()),
    });
    fields.push(("bytes", record.bytes.to_string()));
    if let Some(id) = &record.request_id {
        fields.push(("request id", id.raw().to_owned()));
    }
    fields.extend(record.notices.iter().map(|notice| ("says", notice.raw().to_owned())));
    for (label, value) in fields {
        let room = columns.saturating_sub(LABEL).max(8);
        for (nth, text) in wrap(&shown(&value), room).into_iter().enumerate() {
            let label = if nth == 0 { label } else { "" };
            lines.push(Line::of(Role::Dim, format!("{label:<LABEL$}")).and(Role::Text, text));
        }
    }
    if let Some(why) = &record.failure {
        lines.push(Line::default());
        failure::lines(why, columns, &mut lines);
    }
    lines
}

/// Why a request failed and what to do, in few lines: all of it is one key away.
pub(super) fn why(record: &RequestRecord, columns: usize) -> Vec<Line> {
    let Some(failure) = &record.failure else { return Vec::new() };
    let mut lines: Vec<Line> =
        wrap(&shown(&words(failure)), columns).into_iter().map(|text| Line::of(Role::Bad, text)).collect();
    lines.truncate(STRIP - 1);
    if let Some(hint) = &failure.hint {
        lines.extend(wrap(&shown(hint), columns).into_iter().take(1).map(|text| Line::of(Role::Text, text)));
    }
    lines
}

fn words(failure: &Failure) -> String {
    if failure.cause.is_empty() { failure.to_string() } else { failure.cause.clone() }
}

/// Draws the strip at the foot of an area, if there is room; what is left of it.
pub(super) fn draw_why(buf: &mut Buffer, inner: Rect, why: &[Line], theme: Theme) -> Rect {
    let height = u16::try_from(why.len()).unwrap_or(0);
    if height == 0 || inner.height < height + 4 {
        return inner;
    }
    let top = inner.bottom() - height;
    for (y, line) in (top..inner.bottom()).zip(why) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
    // A line stays free between them.
    Rect { height: inner.height - height - 1, ..inner }
}

/// Where a connection's server is.
fn origin(base_url: &str) -> String {
    let rest = base_url.find("://").map_or(0, |at| at + 3);
    let end = base_url[rest..].find('/').map_or(base_url.len(), |at| rest + at);
    base_url[..end].to_owned()
}

/// The request as `curl`, its secrets as variables.
fn curl(state: &State, record: &RequestRecord) -> Result<String, String> {
    let asked = record
        .asked
        .as_deref()
        .ok_or("only what reads is copied: a write belongs on the road that checks, asks and keeps a journal")?;
    let setup = state.connection(&record.connection).ok_or("its connection is not there")?;
    let identity = state.snapshot.connection(&record.connection).and_then(|view| view.identity.as_ref());
    let credential = identity.map(|identity| identity.value.credential.as_str());
    setup.spec.curl(asked, credential)
}

fn available(found: Option<Result<(), String>>) -> Avail {
    match found {
        Some(Ok(())) => Avail::Yes,
        Some(Err(why)) => Avail::No(why),
        None => Avail::Hidden,
    }
}

pub(super) fn has_curl(state: &State) -> Avail {
    available(current(state).map(|record| curl(state, record).map(|_| ())))
}

pub(super) fn has_id(state: &State) -> Avail {
    let found =
        |record: &RequestRecord| record.request_id.as_ref().map(|_| ()).ok_or("its answer gave none".to_owned());
    available(current(state).map(found))
}

pub(super) fn has_error(state: &State) -> Avail {
    let found = |record: &RequestRecord| record.failure.as_ref().map(|_| ()).ok_or("it did not fail".to_owned());
    available(current(state).map(found))
}

/// Copies of the request under the cursor what a key asks for.
pub(super) fn copy(state: &State, act: Act, effects: &mut Vec<Effect>) {
    let Some(record) = current(state) else { return };
    let (what, text) = match act {
        Act::CopyCurl => ("the request as curl", curl(state, record).ok()),
        Act::CopyId => ("the request's id", record.request_id.as_ref().map(|id| id.raw().to_owned())),
        Act::CopyError => {
            let error =
                |why: &Failure| [Some(why.to_string()), why.hint.clone()].into_iter().flatten().collect::<Vec<_>>();
            ("the error", record.failure.as_deref().map(|why| error(why).join("; ")))
        }
        Act::Cancel
        | Act::Pause
        | Act::History
        | Act::Open
        | Act::Filter
        | Act::NextMatch
        | Act::PreviousMatch
        | Act::Copy
        | Act::Back => return,
    };
    if let Some(text) = text {
        clipboard::texts(what.into(), &[text], effects);
    }
}
