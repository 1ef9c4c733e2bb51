//! The help for where you are: the same rows that dispatch reads, with the reason where one does not apply.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Modal, Motion, Prefix, Row, State, as_wide, centred, scopes, synonyms};
use crate::domain::{Key, KeyCode, Role, shown, width};
use crate::forms::TextField;
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, wrap};

/// The widest it gets: a row and the reason why it does not apply read well up to there.
const COLUMNS: u16 = 110;
/// Columns of the keys, with their indent.
const KEYS: usize = 21;
/// The most of them.
const MOST_KEYS: usize = 29;

/// The help on screen: the rows as they applied when it was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    items: Vec<Item>,
    offset: usize,
    /// What is looked for.
    filter: TextField,
    filtering: bool,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens the filter line.
    Filter,
    /// Leaves the filter line and keeps what it shows.
    Keep,
    /// Undoes one layer.
    Back,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    /// The heading of a group of rows.
    Title(&'static str),
    /// A row: its keys, what it does, and why it does not apply.
    Row(String, &'static str, Option<String>),
    /// What may follow the row above it, as a row: found by the search, and left out of the list, where its key has a
    /// menu.
    Follow(String, String, Option<String>),
    /// What keys.toml brings about.
    Note(String),
}

/// The help's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Help(Act::Keep), "keep the search").hint(1).when(filters),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::Help(Act::Back), "close").now(clears).hint(1),
    Row::new(&[Key::char('/')], Action::Help(Act::Filter), "search").hint(2),
    Row::new(&[Key::char('q'), Key::char('?'), Key::plain(KeyCode::F(1))], Action::Close, "close"),
];

fn on_top(state: &State) -> Option<&Help> {
    if let Some(Modal::Help(help)) = state.modals.last() { Some(help) } else { None }
}

fn filters(state: &State) -> Avail {
    if on_top(state).is_some_and(Help::is_filtering) { Avail::Yes } else { Avail::Hidden }
}

fn clears(state: &State) -> Option<&'static str> {
    let is_there = |help: &Help| help.filtering || !help.filter.value().is_empty();
    on_top(state).is_some_and(is_there).then_some("clear the search")
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act) {
    let Some(Modal::Help(help)) = state.modals.last_mut() else { return };
    match act {
        Act::Filter => help.filtering = true,
        Act::Keep => help.filtering = false,
        Act::Back if help.filtering || !help.filter.value().is_empty() => {
            help.filter = TextField::default();
            help.filtering = false;
        }
        Act::Back => {
            state.close();
        }
    }
}

impl Help {
    /// The help for where the user is now.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let mut items = Vec::new();
        for scope in scopes(state) {
            items.push(Item::Title(scope.title));
            for (row, keys) in state.setup.keys.rows(&scope) {
                let first = keys.first().copied();
                let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                let keys = if keys.is_empty() { "(no key)".to_owned() } else { keys.join(" ") };
                match row.avail(state) {
                    Avail::Hidden => {}
                    Avail::Yes => items.push(Item::Row(keys, row.words(state), None)),
                    Avail::No(reason) => {
                        items.push(Item::Row(keys, row.words(state), Some(shown(&reason).into_owned())));
                    }
                }
                if let (Some(key), Some(prefix)) = (first, Prefix::behind(row)) {
                    items.extend(follows(state, key, prefix));
                }
            }
        }
        items.push(Item::Title(""));
        items.push(Item::Row("Ctrl-c".into(), "quit at once", None));
        items.push(Item::Row("Ctrl-z".into(), "suspend", None));
        items.push(Item::Title("In files beside config.toml"));
        items.push(Item::Row("theme.toml".into(), "colours of your own; [ui] in config.toml chooses the theme", None));
        items.push(Item::Row("keys.toml".into(), "keys of your own", None));
        let notes = &state.setup.keys.notes;
        if !notes.is_empty() {
            items.push(Item::Title("In keys.toml"));
            items.extend(notes.iter().map(|note| Item::Note(shown(note).into_owned())));
        }
        Self { items, offset: 0, filter: TextField::default(), filtering: false }
    }

    /// Whether the filter line has the focus.
    #[must_use]
    pub fn is_filtering(&self) -> bool {
        self.filtering
    }

    /// The line that has the focus.
    pub fn line(&mut self) -> Option<&mut TextField> {
        self.filtering.then_some(&mut self.filter)
    }

    /// Whether the filter line is on screen.
    fn shows_filter(&self) -> bool {
        self.filtering || !self.filter.value().is_empty()
    }

    /// The rows that have every word of the filter in their keys, words, reason, or what else people call what they do;
    /// headings with a row below them.
    fn shown(&self) -> Vec<&Item> {
        let filter = self.filter.value().to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        if words.is_empty() {
            return self.items.iter().filter(|item| !matches!(item, Item::Follow(..))).collect();
        }
        let found = |keys: &str, text: &str, reason: Option<&str>| {
            let (reason, others) = (reason.unwrap_or_default(), synonyms::others(text));
            let all = format!("{keys} {text} {reason} {others}").to_lowercase();
            words.iter().all(|word| all.contains(word))
        };
        let mut shown: Vec<&Item> = Vec::new();
        let mut title = None;
        for item in &self.items {
            match item {
                Item::Title(_) => title = Some(item),
                Item::Note(note) => {
                    let note = note.to_lowercase();
                    if words.iter().all(|word| note.contains(word)) {
                        shown.extend(title.take());
                        shown.push(item);
                    }
                }
                Item::Row(keys, text, reason) if found(keys, text, reason.as_deref()) => {
                    shown.extend(title.take());
                    shown.push(item);
                }
                Item::Follow(keys, text, reason) if found(keys, text, reason.as_deref()) => {
                    shown.extend(title.take());
                    shown.push(item);
                }
                Item::Row(..) | Item::Follow(..) => {}
            }
        }
        shown
    }

    /// Columns of the keys, and the gaps around them: where an action has many, all words stand further right.
    fn key_columns(&self) -> usize {
        let wide = |item: &Item| if let Item::Row(keys, ..) = item { width(keys) + 3 } else { 0 };
        self.items.iter().map(wide).max().unwrap_or(0).clamp(KEYS, MOST_KEYS)
    }

    fn lines(&self, columns: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let beside = self.key_columns();
        for item in self.shown() {
            match item {
                Item::Title(title) => {
                    if !lines.is_empty() {
                        lines.push(Line::default());
                    }
                    if !title.is_empty() {
                        lines.push(Line::of(Role::Title, *title));
                    }
                }
                Item::Note(note) => {
                    let notes = wrap(note, columns.saturating_sub(2).max(8));
                    lines.extend(notes.into_iter().map(|note| Line::of(Role::Warn, format!("  {note}"))));
                }
                Item::Row(keys, text, reason) => {
                    row_lines(keys, (text, reason.as_deref()), (beside, columns), &mut lines);
                }
                Item::Follow(keys, text, reason) => {
                    row_lines(keys, (text, reason.as_deref()), (beside, columns), &mut lines);
                }
            }
        }
        lines
    }

    /// Scrolls.
    fn scroll_by(&mut self, motion: Motion, lines: usize, page: usize) {
        let page = page.saturating_sub(usize::from(self.shows_filter())).max(1);
        let last = lines.saturating_sub(page);
        self.offset = motion.apply(self.offset.min(last), last + 1, page);
    }
}

/// What may follow a key, as rows.
fn follows(state: &State, key: Key, prefix: Prefix) -> impl Iterator<Item = Item> {
    let title = prefix.title().to_lowercase();
    prefix.follows(state).into_iter().filter_map(move |follow| {
        let reason = match follow.avail {
            Avail::Hidden => return None,
            Avail::Yes => None,
            Avail::No(reason) => Some(shown(&reason).into_owned()),
        };
        Some(Item::Follow(format!("{key} {}", follow.key), format!("{title} {}", follow.words), reason))
    })
}

/// One row: what it does beside its keys, and why it does not apply behind that, wrapped below each other.
fn row_lines(
    keys: &str,
    (text, reason): (&str, Option<&str>),
    (beside, columns): (usize, usize),
    lines: &mut Vec<Line>,
) {
    let keys = format!("  {keys:<wide$} ", wide = beside - 3);
    let room = columns.saturating_sub(beside).max(8);
    let Some(reason) = reason else {
        for (nth, text) in wrap(text, room).into_iter().enumerate() {
            let keys = if nth == 0 { keys.clone() } else { " ".repeat(beside) };
            lines.push(Line::of(Role::Key, keys).and(Role::Text, text));
        }
        return;
    };
    let one = Line::of(Role::Dim, format!("{keys}{text}")).and(Role::Text, format!(" · {reason}"));
    if one.width() <= columns {
        return lines.push(one);
    }
    lines.push(Line::of(Role::Dim, format!("{keys}{text}")));
    let indent = beside + 2;
    for text in wrap(reason, columns.saturating_sub(indent).max(8)) {
        lines.push(Line::of(Role::Text, " ".repeat(indent)).and(Role::Text, text));
    }
}

/// The columns of its lines on a screen.
fn columns(width: u16) -> usize {
    usize::from(as_wide(width, COLUMNS).saturating_sub(4))
}

/// The rows of the help on a screen.
#[must_use]
pub fn page(state: &State) -> usize {
    usize::from(state.size.height.saturating_sub(4))
}

/// Scrolls the help.
pub fn scroll(help: &mut Help, motion: Motion, (width, page): (u16, usize)) {
    let lines = help.lines(columns(width)).len();
    help.scroll_by(motion, lines, page);
}

/// Draws the help.
pub fn draw(help: &Help, whole: Rect, buf: &mut Buffer, theme: Theme) {
    // Its place stays while it is searched.
    let all = Help { filter: TextField::default(), filtering: false, ..help.clone() }.lines(columns(whole.width));
    let widest = all.iter().map(Line::width).max().unwrap_or(0).max(72).min(columns(whole.width));
    let lines = help.lines(widest);
    let wide = u16::try_from(widest + 4).unwrap_or(u16::MAX).min(COLUMNS);
    let area = centred(whole, wide, u16::try_from(all.len() + 2).unwrap_or(u16::MAX));
    let mut inner = modal_frame(buf, area, &Line::of(Role::Title, "Help"), theme);
    if help.shows_filter() && inner.height > 1 {
        let used = put_line(buf, inner.x + 1, inner.y, inner.width, &Line::of(Role::Key, "/ "), theme, Style::new());
        let place = (inner.x + 1 + used, inner.y, inner.width.saturating_sub(used + 2));
        help.filter.draw(buf, place, theme, Role::Input, help.filtering);
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        if lines.is_empty() {
            put_line(
                buf,
                inner.x + 1,
                inner.y,
                inner.width,
                &Line::of(Role::Dim, "No key does that here."),
                theme,
                Style::new(),
            );
        }
    }
    let offset = help.offset.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
    let below = lines.len().saturating_sub(offset + usize::from(inner.height));
    frame_more(buf, area, offset, below, theme);
}
