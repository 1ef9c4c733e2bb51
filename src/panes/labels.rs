//! The user's own labels and note on accounts: on the marked ones, or on the one under the cursor. No provider hears of
//! them, so nothing here is a write: what is said is kept at once.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{self, Action, Avail, Effect, HELP, Modal, Motion, Row, State, centred};
use crate::domain::{AccountKey, Key, KeyCode, Role, Subject, clip, shown};
use crate::forms::TextField;
use crate::panes::{PaneId, accounts, chooser};
use crate::view::{Line, Theme, modal_frame, put, put_line};

/// The longest label, in characters: a column shows it whole.
const LONGEST: usize = 40;
/// Where fields begin, behind their titles.
const INDENT: u16 = 11;

/// The labels on screen. Whom they are about is fixed when they open.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    whom: String,
    targets: Vec<AccountKey>,
    /// The labels that any of them has, or had when this opened, each with how many have it.
    counts: BTreeMap<String, usize>,
    /// A label to put on.
    new: TextField,
    /// The note, where it is about one account.
    note: Option<TextField>,
    /// 0 is the new label, then come the labels, then the note.
    cursor: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Puts the one under the cursor on or off; in the lines that are typed into it keeps what was typed and closes.
    Enter,
    /// Completes the new label, or goes on to the next line.
    Next,
    /// Keeps the note and closes.
    Done,
    /// Puts the new label on too, wherever the cursor is.
    Save,
}

/// The rows that open it, in the list and in the detail.
pub const OPEN: Row =
    Row::new(&[Key::char('L')], Action::Accounts(accounts::Act::Labels), "your labels and note").when(can_open);

/// Its keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter), Key::char(' ')], Action::Labels(Act::Enter), "put on / take off")
        .now(in_a_line)
        .hint(1),
    Row::new(&[Key::plain(KeyCode::Tab)], Action::Labels(Act::Next), "complete, or next line").hint(2),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Labels(Act::Done), "done: all is kept")
        .now(without_new)
        .hint(3),
    Row::new(&[Key::ctrl('s')], Action::Labels(Act::Save), "keep, and done"),
    HELP,
];

/// In a line that is typed into Enter is the end of it.
fn in_a_line(state: &State) -> Option<&'static str> {
    matches!(state.modals.last(), Some(Modal::Labels(view)) if view.takes_text()).then_some("keep, and done")
}

/// A label that is still being typed is put on by no Esc.
fn without_new(state: &State) -> Option<&'static str> {
    let types = |view: &Labels| !view.new.value().trim().is_empty();
    matches!(state.modals.last(), Some(Modal::Labels(view)) if types(view)).then_some("done, without the new label")
}

fn can_open(state: &State) -> Avail {
    match (state.focus, state.subject()) {
        _ if state.acts_on_marks() => accounts::too_many_marks(state).map_or(Avail::Yes, Avail::No),
        (PaneId::Organizations, _) | (_, Some(Subject::Organization(_) | Subject::Connection(_))) => {
            Avail::no("only accounts have labels")
        }
        (PaneId::Accounts | PaneId::Detail, Some(Subject::Account(_))) => Avail::Yes,
        (PaneId::Accounts | PaneId::Detail, None) => Avail::no("choose an account first"),
    }
}

/// Opens it for the marked accounts, or else for the one under the cursor.
pub fn open(state: &mut State) {
    let subjects = state.targets();
    let whom = chooser::whom(state, &subjects);
    let targets: Vec<AccountKey> = subjects
        .into_iter()
        .filter_map(|subject| match subject {
            Subject::Account(key) => Some(key),
            Subject::Organization(_) | Subject::Connection(_) => None,
        })
        .collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for label in targets.iter().flat_map(|key| state.own.labels_of(key)) {
        *counts.entry(label.clone()).or_default() += 1;
    }
    let note = match targets.as_slice() {
        [one] => Some(TextField::new(state.own.note_of(one))),
        _ => None,
    };
    let view = Labels { whom, targets, counts, new: TextField::default(), note, cursor: 0 };
    state.open(Modal::Labels(Box::new(view)));
}

impl Labels {
    /// How many lines the cursor can be on.
    fn places(&self) -> usize {
        1 + self.counts.len() + usize::from(self.note.is_some())
    }

    /// Moves between the lines.
    pub fn move_cursor(&mut self, motion: Motion) {
        self.cursor = motion.apply(self.cursor, self.places(), 5);
    }

    /// The text field under the cursor.
    pub fn line(&mut self) -> Option<&mut TextField> {
        match self.cursor {
            0 => Some(&mut self.new),
            at if at > self.counts.len() => self.note.as_mut(),
            _ => None,
        }
    }

    /// Whether a text field is under the cursor.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        self.cursor == 0 || self.cursor > self.counts.len()
    }

    fn label_at(&self, cursor: usize) -> Option<(&String, usize)> {
        self.counts.iter().nth(cursor.checked_sub(1)?).map(|(label, count)| (label, *count))
    }

    /// Known labels that begin as what is typed, and that not all have.
    fn candidates(&self, state: &State) -> Vec<String> {
        let typed = self.new.value().trim().to_lowercase();
        let lacks = |label: &str| self.counts.get(label).is_none_or(|count| *count < self.targets.len());
        let known = state.own.known_labels().into_iter();
        known
            .filter(|label| lacks(label) && label.to_lowercase().starts_with(&typed) && *label != self.new.value())
            .map(str::to_owned)
            .collect()
    }
}

/// A label as it can be kept: one line, not too long.
fn label_of(text: &str) -> String {
    text.trim().chars().filter(|char| !char.is_control()).take(LONGEST).collect()
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Enter => enter(state, effects),
        Act::Next => next(state),
        Act::Done => done(state, effects),
        Act::Save => save(state, effects),
    }
}

/// On a label: puts it on or takes it off. In the line of the new one, as in the note's, what was typed is kept and it
/// closes; commas part several, as they stand in the list.
fn enter(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Labels(view)) = state.modals.last_mut() else { return };
    let targets = view.targets.clone();
    match view.label_at(view.cursor).map(|(label, count)| (label.clone(), count < targets.len())) {
        Some((label, on)) => {
            view.counts.insert(label.clone(), if on { targets.len() } else { 0 });
            app::label(state, &label, on, &targets, effects);
        }
        None => save(state, effects),
    }
}

fn save(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Labels(view)) = state.modals.last() else { return };
    let (typed, targets) = (view.new.value().to_owned(), view.targets.clone());
    for label in typed.split(',').map(label_of).filter(|label| !label.is_empty()) {
        app::label(state, &label, true, &targets, effects);
    }
    done(state, effects);
}

fn next(state: &mut State) {
    let Some(Modal::Labels(view)) = state.modals.last() else { return };
    let typed = !view.new.value().trim().is_empty();
    let found = if view.cursor == 0 && typed { view.candidates(state).into_iter().next() } else { None };
    if let Some(Modal::Labels(view)) = state.modals.last_mut() {
        match found {
            Some(label) => view.new = TextField::new(&label),
            None => view.cursor = (view.cursor + 1) % view.places(),
        }
    }
}

fn done(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Labels(view)) = state.close() else { return };
    if let (Some(note), [one]) = (&view.note, view.targets.as_slice()) {
        app::note(state, one, note.value().trim(), effects);
    }
}

/// The program ends while it is open: the note is kept.
pub fn keep(state: &mut State, effects: &mut Vec<Effect>) {
    let open = state.modals.iter().find_map(|modal| if let Modal::Labels(view) = modal { Some(view) } else { None });
    let Some(view) = open else { return };
    if let (Some(note), [one]) = (&view.note, view.targets.as_slice()) {
        let (one, note) = (one.clone(), note.value().trim().to_owned());
        app::note(state, &one, &note, effects);
    }
}

/// Draws it.
pub fn draw(state: &State, view: &Labels, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let (counts, note) = (view.counts.len(), usize::from(view.note.is_some()));
    // Above the labels, and above the note, a free row.
    let height = 4 + if counts > 0 { counts + 1 } else { 0 } + 2 * note;
    let area = centred(whole, 66, u16::try_from(height).unwrap_or(u16::MAX));
    let title = Line::of(Role::Title, "Labels").and(Role::Dim, format!(" · {}", view.whom));
    let inner = modal_frame(buf, area, &title, theme);
    let room = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    draw_field("New label", &view.new, view.cursor == 0, room, buf, theme);
    let below = |rows: u16| Rect { y: room.y.saturating_add(rows), height: room.height.saturating_sub(rows), ..room };
    draw_words(state, view, below(1), buf, theme);
    let last = u16::from(view.note.is_some()) * 2;
    let list = Rect { height: room.height.saturating_sub(3 + last), ..below(3) };
    draw_labels(view, list, buf, theme);
    if let Some(note) = &view.note {
        let y = room.bottom().saturating_sub(1).max(room.y);
        draw_field("Note", note, view.cursor > view.counts.len(), Rect { y, height: 1, ..room }, buf, theme);
    }
}

fn draw_field(title: &str, field: &TextField, focused: bool, area: Rect, buf: &mut Buffer, theme: Theme) {
    if area.height == 0 {
        return;
    }
    let style = theme.style(if focused { Role::Title } else { Role::Dim });
    put(buf, area.x, area.y, INDENT.min(area.width), title, style);
    let place = Rect { x: area.x + INDENT, width: area.width.saturating_sub(INDENT), height: 1, ..area };
    buf.set_style(place.intersection(buf.area), theme.style(Role::Input));
    field.draw(buf, (place.x, place.y, place.width), theme, Role::Input, focused);
}

/// The known labels that fit what is typed.
fn draw_words(state: &State, view: &Labels, area: Rect, buf: &mut Buffer, theme: Theme) {
    if area.height == 0 {
        return;
    }
    let found = view.candidates(state);
    let words = match (view.new.value().trim().is_empty(), found.is_empty()) {
        (true, true) if area.width >= 62 => "a word of your own; the provider never hears of it".to_owned(),
        (true, true) => "your own word; no provider hears of it".to_owned(),
        (false, true) => "a new label".to_owned(),
        (_, false) => format!("known: {}", found.iter().map(|label| shown(label)).collect::<Vec<_>>().join(", ")),
    };
    let columns = area.width.saturating_sub(INDENT);
    let words = clip(&words, usize::from(columns)).into_owned();
    put_line(buf, area.x + INDENT, area.y, columns, &Line::of(Role::Dim, words), theme, Style::new());
}

fn draw_labels(view: &Labels, area: Rect, buf: &mut Buffer, theme: Theme) {
    let page = usize::from(area.height);
    let under = view.cursor.checked_sub(1).filter(|at| *at < view.counts.len());
    let offset = under.map_or(0, |under| (under + 1).saturating_sub(page));
    for (y, (nth, (label, count))) in (area.y..area.bottom()).zip(view.counts.iter().enumerate().skip(offset)) {
        let sign = match *count {
            0 => "○",
            all if all == view.targets.len() => "●",
            _ => "◐",
        };
        let is_under = under == Some(nth);
        let role = if *count == 0 { Role::Dim } else { Role::Text };
        let mut line = Line::of(role, format!("{} {sign} {}", if is_under { "▌" } else { " " }, shown(label)));
        if view.targets.len() > 1 {
            let (some, all) = (accounts::grouped(*count), accounts::grouped(view.targets.len()));
            line.push(Role::Dim, format!("  {some} of {all}"));
        }
        let over = if is_under { theme.style(Role::Selected) } else { Style::new() };
        put_line(buf, area.x, y, area.width, &line, theme, over);
    }
}
