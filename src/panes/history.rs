//! What syncs observed, of all accounts: newest first, grouped by the sync that saw it; and the question about what
//! vanished all at once.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Remote, RequestId, Row, State, spread};
use crate::domain::{
    AccountKey, Difference, Failure, HistoryEntry, Key, KeyCode, Moment, Observed, Role, Vanished, clip, width,
};
use crate::forms::TextField;
use crate::panes::accounts::grouped;
use crate::panes::{accounts, confirm, detail, failure};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, scroll_to};

/// Entries on screen at most: more than anybody scrolls through; the command line has all.
pub const MOST: u32 = 5_000;
/// Entries of a connection this close to each other are one sync's: longer than its pages take, shorter than the rest
/// between two syncs.
const ONE_SYNC_MILLIS: u64 = 2 * 60_000;
/// From so many columns on, an entry has its account's name in a column of its own.
const WIDE: usize = 70;

/// The history on screen.
#[derive(Clone, Debug, Default)]
pub struct History {
    loaded: Remote<Vec<HistoryEntry>>,
    /// The entry under the cursor, by its number.
    selected: Option<i64>,
    filter: TextField,
    filtering: bool,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Goes to the account; from the filter line, keeps the filter.
    Open,
    /// Opens the filter line.
    Filter,
    /// Asks whether what vanished is gone.
    Take,
    /// Undoes one layer.
    Back,
}

/// The history's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::History(Act::Open), "go to the account")
        .now(keeps)
        .hint(1)
        .when(can_open),
    Row::new(&[Key::char('/')], Action::History(Act::Filter), "filter").hint(2),
    Row::new(&[Key::char('T')], Action::History(Act::Take), "take what vanished as gone").hint(3).when(can_take),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::History(Act::Back), "back").now(clears).hint(5),
    Row::new(&[Key::char('q')], Action::Close, "close"),
    HELP,
];

fn keeps(state: &State) -> Option<&'static str> {
    on_top(state).is_some_and(History::is_filtering).then_some("keep the filter")
}

fn clears(state: &State) -> Option<&'static str> {
    let is_there = |view: &History| view.filtering || !view.filter.value().is_empty();
    on_top(state).is_some_and(is_there).then_some("clear the filter")
}

fn on_top(state: &State) -> Option<&History> {
    if let Some(Modal::History(history)) = state.modals.last() { Some(history) } else { None }
}

fn on_top_mut(state: &mut State) -> Option<&mut History> {
    if let Some(Modal::History(history)) = state.modals.last_mut() { Some(history) } else { None }
}

impl History {
    /// Whether the filter line has the focus.
    #[must_use]
    pub fn is_filtering(&self) -> bool {
        self.filtering
    }

    /// The line that has the focus.
    pub fn line(&mut self) -> Option<&mut TextField> {
        self.filtering.then_some(&mut self.filter)
    }

    /// The filter's text changed.
    pub fn line_changed(&mut self) {
        self.keep_selection();
    }

    fn shown(&self) -> Vec<&HistoryEntry> {
        let filter = self.filter.value();
        let entries = self.loaded.value().map(Vec::as_slice).unwrap_or_default();
        without_echoes(entries.iter().filter(|entry| entry.observed.matches(filter)))
    }

    fn current(&self) -> Option<&HistoryEntry> {
        let seq = self.selected?;
        self.loaded.value()?.iter().find(|entry| entry.seq == seq)
    }

    /// The cursor stays on its entry; where that is not shown any more, it goes to the newest.
    fn keep_selection(&mut self) {
        let shown = self.shown();
        if !shown.iter().any(|entry| Some(entry.seq) == self.selected) {
            self.selected = shown.first().map(|entry| entry.seq);
        }
    }
}

/// Opens the history.
pub fn open(state: &mut State, effects: &mut Vec<Effect>) {
    state.open(Modal::History(Box::default()));
    reread(state, effects);
}

/// Reads the history again, if it is on screen.
pub fn reread(state: &mut State, effects: &mut Vec<Effect>) {
    detail::history_is_old(state);
    let id = state.request_id();
    for modal in &mut state.modals {
        if let Modal::History(history) = modal {
            history.loaded.begin(id);
            return effects.push(Effect::ReadHistory { id, account: None, most: MOST });
        }
    }
}

/// The history was read.
pub fn replied(state: &mut State, id: RequestId, result: Result<Vec<HistoryEntry>, Failure>) {
    let Some(result) = detail::history_replied(state, id, result) else { return };
    for modal in &mut state.modals {
        if let Modal::History(history) = modal {
            if history.loaded.awaits(id) {
                history.loaded.settle(id, result);
                history.keep_selection();
            }
            return;
        }
    }
}

/// The end of a sync is on the disk: there may be more to read, and this vanished all at once and waits for the user's
/// word. What is new of that is said.
pub fn vanished(state: &mut State, found: Vec<Vanished>, effects: &mut Vec<Effect>) {
    for one in &found {
        let is_known = |known: &Vanished| (&known.connection, known.at) == (&one.connection, one.at);
        if !state.vanished.iter().any(is_known) {
            state.announce(Role::Warn, format!("{} · a, then H asks", one.words()), effects);
        }
    }
    let held: Vec<_> =
        found.iter().filter(|one| is_here(state, one)).map(|one| (one.connection.clone(), one.at)).collect();
    state.held = (!held.is_empty()).then(|| std::sync::Arc::new(held));
    state.vanished = found;
    reread(state, effects);
}

/// Whether the connection is still the one whose accounts vanished: another one's rows are not in the list at all.
fn is_here(state: &State, vanished: &Vanished) -> bool {
    let view = state.snapshot.connection(&vanished.connection);
    let identity = view.and_then(|view| view.identity.as_ref()).map(|fact| fact.value.key());
    identity.unwrap_or_default() == vanished.identity
}

fn can_open(state: &State) -> Avail {
    match on_top(state) {
        Some(history) if history.filtering || history.current().is_some() => Avail::Yes,
        Some(_) => Avail::no("there is no entry"),
        None => Avail::Hidden,
    }
}

fn can_take(state: &State) -> Avail {
    if state.vanished.is_empty() { Avail::Hidden } else { Avail::Yes }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Open => open_current(state, effects),
        Act::Filter => {
            if let Some(history) = on_top_mut(state) {
                history.filtering = true;
            }
        }
        Act::Take => {
            if let Some(first) = state.vanished.first().cloned() {
                state.open(Modal::Confirm(confirm::Confirm::vanished(first)));
            }
        }
        Act::Back => back(state),
    }
}

fn open_current(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(history) = on_top_mut(state) else { return };
    if std::mem::take(&mut history.filtering) {
        return;
    }
    let Some(key) = history.current().map(|entry| entry.observed.key.clone()) else { return };
    if state.snapshot.find(&key).is_none() {
        return state.refuse_key(format!("{} is not in the list any more", key.id), effects);
    }
    state.close();
    jump(state, key, effects);
}

/// Puts the cursor on an account, wherever the list was, and opens its history.
fn jump(state: &mut State, key: AccountKey, effects: &mut Vec<Effect>) {
    state.modals.clear();
    accounts::show(state, key, effects);
    detail::set_tab(state, detail::Tab::History, effects);
}

/// Undoes one layer: the filter line, the filter, the history.
fn back(state: &mut State) {
    let Some(history) = on_top_mut(state) else { return };
    let filtered = std::mem::take(&mut history.filtering) || !history.filter.value().is_empty();
    if filtered {
        history.filter = TextField::default();
        return history.keep_selection();
    }
    state.close();
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let whole = Rect { x: 0, y: 1, width: state.size.width, height: state.size.height.saturating_sub(2) };
    let page = usize::from(area_of(whole).height.saturating_sub(2)).max(1);
    let Some(history) = on_top_mut(state) else { return };
    let shown = history.shown();
    let at = shown.iter().position(|entry| Some(entry.seq) == history.selected).unwrap_or(0);
    let at = motion.apply(at, shown.len(), page);
    history.selected = shown.get(at).map(|entry| entry.seq);
}

fn area_of(whole: Rect) -> Rect {
    spread(whole)
}

/// Entries without those that say again what another one does: a field that the program understands differs, and with it
/// what the provider calls it in its record.
#[must_use]
pub fn without_echoes<'e>(entries: impl Iterator<Item = &'e HistoryEntry>) -> Vec<&'e HistoryEntry> {
    let mut entries: Vec<&HistoryEntry> = entries.collect();
    let understood: HashSet<Said<'_>> =
        entries.iter().filter_map(|entry| said(entry)).filter(|(is_raw, _)| !is_raw).map(|(_, said)| said).collect();
    entries.retain(|entry| !said(entry).is_some_and(|(is_raw, said)| is_raw && understood.contains(&said)));
    entries
}

/// Of which account, when, from what, to what.
type Said<'e> = (&'e AccountKey, Moment, Option<&'e str>, Option<&'e str>);

/// What an entry says of a field, and whether that is one of the provider's own record.
fn said(entry: &HistoryEntry) -> Option<(bool, Said<'_>)> {
    let observed = &entry.observed;
    let Difference::Field { field, from, to } = &observed.difference else { return None };
    Some((field.starts_with("raw."), (&observed.key, observed.at, from.as_deref(), to.as_deref())))
}

/// Entries in groups, one a sync, each with its first entry's place.
#[must_use]
pub fn groups<'e>(entries: &[&'e HistoryEntry]) -> Vec<(usize, &'e Observed)> {
    let mut groups: Vec<(usize, &Observed)> = Vec::new();
    let mut last: Option<&Observed> = None;
    for (nth, entry) in entries.iter().enumerate() {
        let observed = &entry.observed;
        let same = last.is_some_and(|last| {
            let apart = last.at.since(observed.at).max(observed.at.since(last.at));
            last.key.connection == observed.key.connection && apart <= ONE_SYNC_MILLIS
        });
        if !same {
            groups.push((nth, observed));
        }
        last = Some(observed);
    }
    groups
}

/// The role of a difference's words.
#[must_use]
pub fn role(difference: &Difference) -> Role {
    match difference {
        Difference::Appeared { .. } => Role::Good,
        Difference::Gone { .. } => Role::Warn,
        Difference::Field { .. } | Difference::Moved { .. } => Role::Text,
        Difference::Order { .. } | Difference::Asked { .. } => Role::Dim,
    }
}

/// A line on screen: a group's heading, or an entry by its place.
enum Shown<'e> {
    Group(&'e Observed, usize),
    Entry(usize),
}

fn lines<'e>(entries: &[&'e HistoryEntry]) -> Vec<Shown<'e>> {
    let groups = groups(entries);
    let mut lines = Vec::with_capacity(entries.len() + groups.len());
    for (nth, (from, observed)) in groups.iter().enumerate() {
        let to = groups.get(nth + 1).map_or(entries.len(), |(next, _)| *next);
        lines.push(Shown::Group(observed, to - from));
        lines.extend((*from..to).map(Shown::Entry));
    }
    lines
}

/// Draws the history.
pub fn draw(state: &State, history: &History, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let shown = history.shown();
    let frame = area_of(whole);
    let inner = modal_frame(buf, frame, &title(history, shown.len()), theme);
    let columns = inner.width.saturating_sub(2);
    let mut top = inner.y;
    for (nth, vanished) in state.vanished.iter().enumerate() {
        let hint = if nth == 0 { " · T: they are gone" } else { "" };
        let line = Line::of(Role::Warn, no_longer(vanished, usize::from(columns).saturating_sub(width(hint))));
        let line = line.and(Role::Dim, hint);
        put_line(buf, inner.x + 1, top, columns, &line, theme, Style::new());
        top += 1;
    }
    if history.filtering || !history.filter.value().is_empty() {
        let used = put_line(buf, inner.x + 1, top, columns, &Line::of(Role::Key, "/ "), theme, Style::new());
        let line = (inner.x + 1 + used, top, columns.saturating_sub(used));
        history.filter.draw(buf, line, theme, Role::Input, history.filtering);
        top += 1;
    }
    let area = Rect { y: top, height: inner.bottom().saturating_sub(top), ..inner };
    if shown.is_empty() {
        for (y, line) in (area.y..area.bottom()).zip(nothing(history, usize::from(columns))) {
            put_line(buf, area.x + 1, y, columns, &line, theme, Style::new());
        }
        return;
    }
    let (above, below) = draw_entries(history, &shown, area, buf, theme);
    frame_more(buf, frame, above, below, theme);
}

/// What vanished, in so many columns: how many stays whole.
fn no_longer(vanished: &Vanished, columns: usize) -> String {
    let words = vanished.words();
    if width(&words) <= columns {
        return words;
    }
    let words =
        format!(": {} accounts no longer visible", grouped(usize::try_from(vanished.accounts).unwrap_or(usize::MAX)));
    let name = vanished.connection.to_string();
    format!("{}{words}", clip(&name, columns.saturating_sub(width(&words))))
}

/// Gives how many lines there are above and below.
fn draw_entries(
    history: &History,
    shown: &[&HistoryEntry],
    area: Rect,
    buf: &mut Buffer,
    theme: Theme,
) -> (usize, usize) {
    let columns = area.width.saturating_sub(2);
    let lines = lines(shown);
    let here = |line: &Shown<'_>| matches!(line, Shown::Entry(at) if Some(shown[*at].seq) == history.selected);
    let cursor = lines.iter().position(here).unwrap_or(0);
    // The heading above the cursor is seen, too.
    let offset = scroll_to(cursor, 0, usize::from(area.height), lines.len());
    let offset = if cursor == offset { offset.saturating_sub(1) } else { offset };
    for (y, (at, line)) in (area.y..area.bottom()).zip(lines.iter().enumerate().skip(offset)) {
        let over = if at == cursor { theme.style(Role::Selected) } else { Style::new() };
        if at == cursor {
            buf.set_style(Rect { y, height: 1, ..area }, over);
        }
        let line = match line {
            Shown::Group(observed, count) => heading(observed, *count),
            Shown::Entry(at) => entry(&shown[*at].observed, usize::from(columns)),
        };
        put_line(buf, area.x + 1, y, columns, &line, theme, over);
    }
    (offset, lines.len().saturating_sub(offset + usize::from(area.height)))
}

/// When, where, how many: `2026-01-31 09:05Z · prod · 12 differences`.
fn heading(observed: &Observed, count: usize) -> Line {
    let many = if count == 1 { "" } else { "s" };
    Line::of(Role::Title, format!("{}Z", observed.at.minute()))
        .and(Role::Dim, format!(" · {} · {} difference{many}", observed.key.connection, grouped(count)))
}

fn entry(observed: &Observed, columns: usize) -> Line {
    let name = if observed.name.is_empty() { observed.key.id.to_string() } else { observed.name.shown().into_owned() };
    let room = columns.saturating_sub(2);
    let part = if columns < WIDE { room / 3 } else { room * 2 / 5 };
    let name = clip(&name, part.saturating_sub(2)).into_owned();
    let pad = part.saturating_sub(width(&name));
    Line::of(Role::Title, format!("  {name}{}", " ".repeat(pad)))
        .and(role(&observed.difference), clip(&observed.difference.words(), room.saturating_sub(part)))
}

fn title(history: &History, shown: usize) -> Line {
    let mut line = Line::of(Role::Title, "History");
    let Some(loaded) = history.loaded.value() else { return line };
    line.push(Role::Title, format!(" {}/{}", grouped(shown), grouped(without_echoes(loaded.iter()).len())));
    if loaded.len() >= MOST as usize {
        line.push(Role::Dim, " · the newest; acctui history has all");
    }
    if history.loaded.failure().is_some() {
        line.push(Role::Bad, " · can't be read again");
    }
    line
}

/// What is said in the place of entries.
fn nothing(history: &History, columns: usize) -> Vec<Line> {
    if let Some(why) = history.loaded.failure() {
        let mut lines = Vec::new();
        failure::lines(why, columns, &mut lines);
        return lines;
    }
    let words = match history.loaded.value() {
        None => "Reading the history …",
        Some(entries) if entries.is_empty() => {
            "No sync has observed a difference yet: the first listing of a connection is what later ones are compared with."
        }
        Some(_) => "No entry matches. Esc shows all of them.",
    };
    crate::view::wrap(words, columns).into_iter().map(|text| Line::of(Role::Dim, text)).collect()
}
