//! The journal's drawing: a line a change, or all of one change.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::entry::{Entry, Loaded, state_word};
use super::{Journal, on_top};
use crate::app::{State, spread};
use crate::domain::{JournalRecord, Moment, Role, age_words, clip, shown, width};
use crate::panes::accounts::grouped;
use crate::panes::{failure, plan};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, scroll_to, wrap, wrap_cut};

/// From so many columns on the title says the order, too.
const WORDY: u16 = 80;
/// The most lines of a name above what else is known of a change; the whole of a longer one stands at the end.
const NAME_ROWS: usize = 3;
/// Columns of a line before the target's name: its age, where it stands, and what it did.
const BEFORE: usize = 29;
/// A name of more columns than this is cut, so that one does not take what a whole page says beside it.
const LONG: usize = 120;
/// What such a name has of the line, or half of it, if that is more.
const NAME: usize = 24;
/// What a change altered is shown where so many columns are left for it: less says nothing.
const ALTERED: usize = 16;
/// Columns of the words before a value in the detail.
const LABEL: usize = 12;

fn area_of(whole: Rect) -> Rect {
    spread(whole)
}

/// Columns and rows inside the frame, for what scrolls.
fn room(state: &State) -> (usize, usize) {
    let whole = Rect { x: 0, y: 1, width: state.size.width, height: state.size.height.saturating_sub(2) };
    let area = area_of(whole);
    (usize::from(area.width.saturating_sub(4)), usize::from(area.height.saturating_sub(2)))
}

/// The lines of the open detail (none without one), and how many fit.
pub(super) fn detail_on_screen(state: &State) -> (Vec<Line>, usize) {
    let (columns, rows) = room(state);
    let journal = on_top(state).filter(|journal| journal.opened.is_some());
    let searches = journal.is_some_and(|journal| journal.finder.shows());
    let entry = journal.and_then(Journal::current);
    let lines = entry.map(|entry| detail(state, entry, columns)).unwrap_or_default();
    (lines, rows.saturating_sub(usize::from(searches)).max(1))
}

/// Draws the journal.
pub fn draw(state: &State, journal: &Journal, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = area_of(whole);
    let inner = modal_frame(buf, area, &title(state, journal), theme);
    let columns = inner.width.saturating_sub(2);
    if let (Some((_, offset)), Some(entry)) = (&journal.opened, journal.current()) {
        let lines = detail(state, entry, usize::from(columns));
        let page = usize::from(inner.height).saturating_sub(usize::from(journal.finder.shows()));
        let offset = (*offset).min(lines.len().saturating_sub(page));
        let room = Rect { x: inner.x + 1, width: columns, ..inner };
        journal.finder.draw(&lines, offset, room, buf, theme);
        return frame_more(buf, area, offset, lines.len().saturating_sub(offset + page), theme);
    }
    let mut list = inner;
    if journal.filtering || !journal.filter.value().is_empty() {
        let used = put_line(buf, inner.x + 1, inner.y, columns, &Line::of(Role::Key, "/ "), theme, Style::new());
        let line = (inner.x + 1 + used, inner.y, columns.saturating_sub(used));
        journal.filter.draw(buf, line, theme, Role::Input, journal.filtering);
        list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    }
    let (above, below) = rows(state, journal, list, buf, theme);
    frame_more(buf, area, above, below, theme);
}

/// Gives how many changes there are above and below.
fn rows(state: &State, journal: &Journal, area: Rect, buf: &mut Buffer, theme: Theme) -> (usize, usize) {
    let columns = area.width.saturating_sub(2);
    let shown = journal.shown();
    if shown.is_empty() {
        for (y, line) in (area.y..area.bottom()).zip(nothing(journal, usize::from(columns))) {
            put_line(buf, area.x + 1, y, columns, &line, theme, Style::new());
        }
        return (0, 0);
    }
    let cursor = shown.iter().position(|entry| Some(entry.id()) == journal.selected.as_deref());
    let offset = scroll_to(cursor.unwrap_or(0), 0, usize::from(area.height), shown.len());
    let page = || shown.iter().skip(offset).take(usize::from(area.height)).copied();
    let widths = Widths::of(page(), usize::from(columns));
    let visible = shown.iter().enumerate().skip(offset);
    for (y, (at, entry)) in (area.y..area.bottom()).zip(visible) {
        let here = cursor == Some(at);
        let over = if here { theme.style(Role::Selected) } else { Style::new() };
        if here {
            buf.set_style(Rect { y, height: 1, ..area }, over);
        }
        put_line(buf, area.x + 1, y, columns, &row(state, entry, widths), theme, over);
    }
    (offset, shown.len().saturating_sub(offset + usize::from(area.height)))
}

/// What is said in the place of rows.
fn nothing(journal: &Journal, columns: usize) -> Vec<Line> {
    if let Some(why) = journal.loaded.failure() {
        let mut lines = Vec::new();
        failure::lines(why, columns, &mut lines);
        return lines;
    }
    let words = match journal.loaded.value() {
        None => "Reading the journal …",
        Some(loaded) if loaded.entries.is_empty() => "No change was made from here yet.",
        Some(_) => "No change matches. Esc shows all of them.",
    };
    vec![Line::of(Role::Dim, words)]
}

fn title(state: &State, journal: &Journal) -> Line {
    let mut line = Line::of(Role::Title, "Journal");
    let Some(loaded) = journal.loaded.value() else { return line };
    let (all, shown) = (loaded.entries.len(), journal.shown().len());
    line.push(Role::Title, format!(" {}/{}", grouped(shown), grouped(all)));
    if let Some(unsettled) = Some(loaded.unsettled()).filter(|count| *count > 0) {
        line.push(Role::Warn, format!(" · {} unsettled", grouped(unsettled)));
    }
    line.push(Role::Warn, skipped(loaded));
    if state.reconciling.is_some() {
        line.push(Role::Key, " · reading back …");
    }
    if journal.loaded.failure().is_some() {
        line.push(Role::Bad, " · can't be read again");
    }
    if all > 1 && journal.opened.is_none() && state.size.width >= WORDY {
        line.push(Role::Dim, " · newest first");
    }
    line
}

fn skipped(loaded: &Loaded) -> String {
    match loaded.skipped {
        0 => String::new(),
        1 => " · 1 line can't be read".into(),
        count => format!(" · {} lines can't be read", grouped(count)),
    }
}

/// The columns of a page behind a line's beginning. When, where it stands, what and to whom survive on any screen: what was
/// altered gives way first, then the connection. A name is cut where nothing else is left, and a very long one takes nothing
/// from the other lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Widths {
    name: usize,
    connection: usize,
    altered: usize,
}

impl Widths {
    fn of<'e>(page: impl Iterator<Item = &'e Entry>, columns: usize) -> Self {
        let rest = columns.saturating_sub(BEFORE);
        let (mut name, mut connection) = (0, 0);
        for entry in page {
            let wanted = width(&entry.name()) + 2;
            name = name.max(if wanted > LONG { NAME.max(rest / 2) } else { wanted });
            connection = connection.max(width(entry.last().connection.as_str()) + 2);
        }
        let name = name.min(rest);
        let left = rest - name;
        let connection = if connection <= left { connection } else { 0 };
        let left = left - connection;
        Self { name, connection, altered: if left >= ALTERED { left } else { 0 } }
    }
}

/// A change in one line: its age, where it stands, what it did to whom; where there is room at which connection, and from
/// what to what.
fn row(state: &State, entry: &Entry, widths: Widths) -> Line {
    let record = entry.last();
    let (role, word) = entry.state();
    let age = age_words(state.now.since(entry.records[0].at));
    let mut line = Line::of(Role::Dim, format!("{age:<11}"));
    line.push(role, format!("{word:<11}"));
    line.push(Role::Text, format!("{:<7}", entry.verb()));
    if widths.connection + widths.altered == 0 {
        line.push(Role::Title, clip(&entry.name(), widths.name));
        return line;
    }
    line.push(Role::Title, cell(&entry.name(), widths.name));
    if widths.connection > 0 {
        line.push(Role::Dim, cell(record.connection.as_str(), widths.connection));
    }
    if widths.altered > 0 {
        line.push(Role::Text, clip(&entry.short(state), widths.altered));
    }
    line
}

/// Text in so many columns, one of them free.
fn cell(text: &str, columns: usize) -> String {
    let text = clip(text, columns.saturating_sub(1)).into_owned();
    let pad = columns.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(pad))
}

/// All of a change.
fn detail(state: &State, entry: &Entry, columns: usize) -> Vec<Line> {
    let record = entry.last();
    let mut lines = Vec::new();
    let undo = if record.undoes.is_some() { "undo: " } else { "" };
    let what = format!("{undo}{} of {} ", record.kind.verb(), record.kind.noun(&record.subject));
    let name = entry.name();
    if width(&what) + width(&name) <= columns {
        lines.push(Line::of(Role::Text, what).and(Role::Title, name.clone()));
    } else {
        lines.push(Line::of(Role::Text, what.trim_end()));
        lines.extend(wrap_cut(&name, columns, NAME_ROWS).into_iter().map(|text| Line::of(Role::Title, text)));
    }
    for (label, text) in facts(state, entry) {
        for (nth, text) in wrap(&text, columns.saturating_sub(LABEL).max(8)).into_iter().enumerate() {
            let label = if nth == 0 { label } else { "" };
            lines.push(Line::of(Role::Dim, format!("{label:<LABEL$}")).and(Role::Text, text));
        }
    }
    let diffs = entry.diffs(state);
    if !diffs.is_empty() {
        lines.push(Line::default());
    }
    for diff in &diffs {
        plan::diff_lines(diff, columns, &mut lines);
    }
    lines.push(Line::default());
    for record in &entry.records {
        step(state, record, columns, &mut lines);
    }
    if entry.is_undone() {
        let words = "A later change took it back: the provider has again what was there before.";
        lines.push(Line::default());
        lines.extend(wrap(words, columns).into_iter().map(|text| Line::of(Role::Text, text)));
    }
    if let Some(words) = advice(entry) {
        lines.push(Line::default());
        lines.extend(wrap(words, columns).into_iter().map(|text| Line::of(Role::Warn, text)));
    }
    let whole = wrap(&name, columns);
    if whole.len() > NAME_ROWS {
        lines.extend([Line::default(), Line::of(Role::Dim, "its whole name")]);
        lines.extend(whole.into_iter().map(|text| Line::of(Role::Title, text)));
    }
    lines
}

fn facts(state: &State, entry: &Entry) -> Vec<(&'static str, String)> {
    let record = entry.last();
    let identity = &record.identity;
    let mut facts = Vec::new();
    // What is made has no id of its own before it is made.
    if !record.target_id().is_empty() {
        facts.push(("id", shown(record.target_id()).into_owned()));
    }
    facts.extend(entry.places(state));
    if let Some(status) = entry.status_before() {
        facts.push(("status", format!("{} before", shown(status))));
    }
    facts.extend([
        ("connection", format!("{} · {}", record.connection, shown(&identity.origin))),
        ("as", format!("{} ({})", identity.user.shown(), shown(&identity.credential))),
        ("change", shown(&record.change).into_owned()),
    ]);
    let mut more = |label, text: Option<&str>| {
        if let Some(text) = text {
            facts.push((label, shown(text).into_owned()));
        }
    };
    more("undoes", record.undoes.as_deref());
    more("reason", record.reason.as_deref());
    more("operation", record.operation.as_deref());
    more("request id", record.request_id.as_deref());
    if record.resent > 0 {
        facts.push(("sent again", format!("{} times, each after a throttle refusal", record.resent)));
    }
    facts
}

/// One record: when, which state, and what went wrong.
fn step(state: &State, record: &JournalRecord, columns: usize, lines: &mut Vec<Line>) {
    let (role, word) = state_word(record);
    let age = age_words(state.now.since(record.at));
    lines.push(
        Line::of(Role::Dim, format!("{}  ", moment(record.at))).and(role, word).and(Role::Dim, format!(" · {age}")),
    );
    if let Some(why) = &record.failure {
        let mut said = Vec::new();
        failure::lines(why, columns.saturating_sub(2), &mut said);
        for line in said {
            let mut indented = Line::of(Role::Text, "  ");
            indented.0.extend(line.0);
            lines.push(indented);
        }
    }
}

/// A moment as a date and a time of day; a journal is compared with the provider's own times.
fn moment(at: Moment) -> String {
    let stamp = i64::try_from(at.0).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    stamp.map_or_else(|| "(no time)".into(), |stamp| stamp.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// What to do about a change that nobody knows the outcome of.
fn advice(entry: &Entry) -> Option<&'static str> {
    let record = entry.last();
    if entry.is_under_way() {
        return Some(
            "An acctui that is running now is sending it: its outcome comes by itself. r reads the journal again.",
        );
    }
    if !entry.is_unsettled() {
        return None;
    }
    Some(if record.operation.is_some() {
        "The provider said yes and goes on with it. S asks how far it is."
    } else if !record.kind.makes() {
        "Nobody knows whether it was done. S reads back; where that can't tell, say d (it was) or n (it was not)."
    } else if record.key.is_some() {
        "Nobody knows whether it was made, and reading back can't tell two of one name apart. Look for it, then say d (it \
         was made) or n (it was not). After n, A plans it again with the same key: the provider makes it only once."
    } else {
        "Nobody knows whether it was made, and reading back can't tell two of one name apart. Look for it, then say d (it \
         was made) or n (it was not)."
    })
}
