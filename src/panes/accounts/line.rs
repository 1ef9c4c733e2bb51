//! The filter line beyond its text: completion of fields and values, the filters that were used, the names that records
//! are known to have; and the cursor's place that an earlier run left.

use std::collections::{BTreeSet, HashSet};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget as _};

use super::Pane;
use super::marked::{MOST, Marks};
use crate::app::{self, Effect, State, as_wide};
use crate::domain::filter::{Asks, Candidates, Completion, Field, Vocabulary, awaited, complete as completions};
use crate::domain::{AccountKey, Role, clip, shown, width};
use crate::forms::TextField;
use crate::inventory::Snapshot;
use crate::provider::{ColumnValue, Spec};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line};

/// Values that are offered at most: nobody steps through more.
const OFFERED: usize = 200;
/// Candidates on screen at once.
const ROWS: usize = 6;

/// What the filter line remembers.
#[derive(Clone, Debug, Default)]
pub struct FilterLine {
    /// The names at the top of the records of the providers in view.
    vocabulary: Vocabulary,
    /// Whose record was read for them last, and how long it was: more may have been asked for since.
    learned: Option<(AccountKey, usize)>,
    menu: Option<Menu>,
    past: Option<Past>,
    /// A filter that was kept stands there as one: a letter takes its place, any other key goes on with it.
    pub(super) as_one: bool,
}

/// Candidates that Tab goes through, as long as the text is the one that it made.
#[derive(Clone, Debug)]
struct Menu {
    choices: Vec<Completion>,
    at: usize,
    /// What was typed.
    typed: String,
    /// What stands there now.
    made: String,
}

/// A filter of the past, as long as the text is still it.
#[derive(Clone, Debug)]
struct Past {
    at: usize,
    /// What stood there before.
    typed: String,
    made: String,
}

impl FilterLine {
    /// The names at the top of the records: they are fields, too.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }
}

/// The line opens on a filter that was kept, perhaps by an earlier run: what is typed now is another one, unless it begins
/// with a blank.
pub fn opened(pane: &mut Pane) {
    pane.line.as_one = !pane.filter.value().is_empty();
}

/// This is about to be typed: a new filter's beginning takes the old one's place.
pub fn begins(pane: &mut Pane, typed: Option<char>) {
    let takes_its_place = std::mem::take(&mut pane.line.as_one) && typed.is_some_and(|char| !char.is_whitespace());
    if takes_its_place && pane.filtering {
        pane.filter = TextField::default();
    }
}

/// What may stand in a filter, as far as the inventory knows.
struct Known<'a>(&'a State);

impl Candidates for Known<'_> {
    fn values(&self, field: &Field) -> Vec<String> {
        let state = self.0;
        let setups = || state.setup.connections.iter();
        let mut values: BTreeSet<&str> = BTreeSet::new();
        match field {
            Field::Type => values.extend(state.snapshot.kinds()),
            Field::Status => values.extend(state.snapshot.statuses()),
            Field::Provider => values.extend(setups().map(|setup| setup.spec.facts.id)),
            Field::Connection => values.extend(setups().map(|setup| setup.name.as_str())),
            Field::Org | Field::Parent => values.extend(state.snapshot.organization_names()),
            Field::Label => values = state.own.known_labels(),
            Field::Name
            | Field::Id
            | Field::Email
            | Field::Created
            | Field::Updated
            | Field::Age
            | Field::Seen
            | Field::Marked
            | Field::Gone
            | Field::Note
            | Field::Path(_) => {}
        }
        values.into_iter().map(str::to_owned).collect()
    }

    fn vocabulary(&self) -> &Vocabulary {
        self.0.accounts.line.vocabulary()
    }
}

/// Tab: puts in what may stand at the cursor, again the next of several; where a field waits for a value that nobody can
/// offer, says what it takes. False if nothing fits.
pub fn complete(state: &mut State, effects: &mut Vec<Effect>) -> bool {
    if offer(state) {
        return true;
    }
    let (line, cursor) = (&state.accounts.filter, state.accounts.filter.byte());
    let Some((name, asks)) = awaited(line.value(), cursor, state.accounts.line.vocabulary()) else { return false };
    let words = match asks {
        Asks::Text => format!("{name}: takes a text: {name}:acme, {name}:\"Acme Prod\", {name}:acme*"),
        Asks::Time => format!("{name}: takes a date: {name}:2024-05, {name}:<2024, {name}:2024-05..2024-07"),
        Asks::Age => format!("{name}: takes a length of time: {name}:>1h, {name}:<30d"),
        Asks::Truth => format!("{name}: takes yes or no"),
        Asks::Value => format!("{name}: takes a value: {name}:true, {name}:>10, {name}:text"),
    };
    state.refuse_key(words, effects);
    true
}

/// Puts in what may stand at the cursor; false if nothing may.
fn offer(state: &mut State) -> bool {
    let text = state.accounts.filter.value().to_owned();
    let again = state.accounts.line.menu.take().filter(|menu| menu.made == text && menu.choices.len() > 1);
    let mut menu = if let Some(menu) = again {
        Menu { at: (menu.at + 1) % menu.choices.len(), ..menu }
    } else {
        let mut choices = completions(&text, state.accounts.filter.byte(), &Known(state));
        choices.retain(|choice| choice.insert.trim_end() != text[choice.replace.clone()].trim_end());
        // A record's key may be called as a field that all have.
        let mut seen = HashSet::new();
        choices.retain(|choice| seen.insert(choice.insert.clone()));
        choices.truncate(OFFERED);
        if choices.is_empty() {
            return false;
        }
        Menu { choices, at: 0, typed: text, made: String::new() }
    };
    let choice = &menu.choices[menu.at];
    let (before, after) = (&menu.typed[..choice.replace.start], &menu.typed[choice.replace.end..]);
    menu.made = format!("{before}{}{after}", choice.insert);
    let cursor = before.len() + choice.insert.len();
    state.accounts.filter = TextField::with_cursor(&menu.made, cursor);
    state.accounts.line.menu = Some(menu);
    true
}

/// The filter in the line is one that was used: it can be brought back.
pub fn keep_filter(state: &mut State, effects: &mut Vec<Effect>) {
    state.accounts.line.menu = None;
    if state.accounts.read.error().is_none() {
        let text = state.accounts.filter.value().to_owned();
        app::use_filter(state, text.trim(), effects);
    }
}

/// One filter further into the past, or back.
pub(super) fn walk(state: &mut State, older: bool) {
    let text = state.accounts.filter.value().to_owned();
    let past = state.accounts.line.past.take().filter(|past| past.made == text);
    let (at, typed) = match (past, older) {
        (None, true) => (0, text),
        (None, false) => return,
        (Some(past), true) => (past.at + 1, past.typed),
        (Some(Past { at: 0, typed, .. }), false) => {
            state.accounts.filter = TextField::new(&typed);
            return;
        }
        (Some(past), false) => (past.at - 1, past.typed),
    };
    let filters = &state.own.filters;
    // The last one stays where there is no older one.
    let at = at.min(filters.len().saturating_sub(1));
    if let Some(made) = filters.get(at).cloned() {
        state.accounts.filter = TextField::new(&made);
        state.accounts.line.past = Some(Past { at, typed, made });
    }
}

/// Learns the names at the top of records: those that providers are known to give, and those of the record at hand.
pub(super) fn learn(state: &mut State) {
    if state.accounts.line.vocabulary.is_empty() {
        for setup in &state.setup.connections {
            names_of(setup.spec, &mut state.accounts.line.vocabulary);
        }
    }
    let Some(key) = &state.accounts.selected else { return };
    let Some(raw) = state.whole(key).map(|account| account.raw.clone()) else { return };
    let is_learned = |(learned, length): &(AccountKey, usize)| learned == key && *length == raw.text().len();
    if !state.accounts.line.learned.as_ref().is_some_and(is_learned) {
        state.accounts.line.learned = Some((key.clone(), raw.text().len()));
        state.accounts.line.vocabulary.learn(raw.text());
    }
}

/// The names that a provider's records have, as far as this program shows them.
fn names_of(spec: &Spec, vocabulary: &mut Vocabulary) {
    let columns = spec.columns.iter().filter_map(|column| path(column.value));
    let details = spec.details.iter().map(|detail| detail.path);
    for name in columns.chain(details).chain(spec.told.iter().copied()) {
        vocabulary.add(name.split('.').next().unwrap_or(name));
    }
}

fn path(value: ColumnValue) -> Option<&'static str> {
    if let ColumnValue::Path(path) = value { Some(path) } else { None }
}

/// What the filter asks of a column's text; `None` where nothing it finds would be seen in it.
pub(super) fn field_of(value: ColumnValue) -> Option<Field> {
    match value {
        ColumnValue::Name => Some(Field::Name),
        ColumnValue::Id => Some(Field::Id),
        ColumnValue::Connection => Some(Field::Connection),
        ColumnValue::Provider => Some(Field::Provider),
        ColumnValue::Kind => Some(Field::Type),
        ColumnValue::Status => Some(Field::Status),
        ColumnValue::Email => Some(Field::Email),
        ColumnValue::Parent => Some(Field::Parent),
        ColumnValue::Path(path) => Some(Field::Path(path.into())),
        ColumnValue::Created | ColumnValue::Updated => None,
    }
}

/// Draws the candidates that Tab goes through over what is below the line.
pub(super) fn draw_menu(pane: &Pane, area: Rect, buf: &mut Buffer, theme: Theme) {
    let shows = |menu: &&Menu| pane.filtering && menu.choices.len() > 1 && menu.made == pane.filter.value();
    let Some(menu) = pane.line.menu.as_ref().filter(shows) else { return };
    let from = menu.at.saturating_sub(ROWS - 1);
    let page = menu.choices.iter().enumerate().skip(from).take(ROWS.min(usize::from(area.height)));
    let rows: Vec<(bool, Line)> = page.map(|(nth, choice)| (nth == menu.at, row(choice, nth == menu.at))).collect();
    let room = usize::from(area.width);
    let wide = rows.iter().map(|(_, row)| row.width()).max().unwrap_or(0).min(room);
    let wide = u16::try_from(wide).unwrap_or(area.width);
    let high = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
    // Without a frame it can't be told from the rows below it; only the lowest screens have no room for one.
    let area = if high <= area.height {
        let frame = Rect { width: as_wide(area.width, wide + 2).max(16).min(area.width), height: high, ..area };
        let inner = modal_frame(buf, frame, &Line::of(Role::Title, "Complete"), theme);
        frame_more(buf, frame, from, menu.choices.len().saturating_sub(from + rows.len()), theme);
        inner
    } else {
        Rect { width: wide, ..area }
    };
    for (y, (is_under, row)) in (area.y..area.bottom()).zip(rows) {
        let wide = area.width;
        let cells = Rect { y, height: 1, ..area };
        Clear.render(cells, buf);
        let over = if is_under { theme.style(Role::Selected) } else { Style::new() };
        buf.set_style(cells, over);
        put_line(buf, cells.x, y, wide, &row, theme, over);
    }
}

fn row(choice: &Completion, is_under: bool) -> Line {
    let label = clip(&shown(&choice.label), 40).into_owned();
    let gap = " ".repeat(16usize.saturating_sub(width(&label)).max(2));
    let line = Line::of(Role::Text, format!("{}{label}", if is_under { "▌" } else { " " }));
    if choice.says.is_empty() {
        line.and(Role::Text, " ")
    } else {
        line.and(Role::Dim, format!("{gap}{} ", choice.says))
    }
}

impl Pane {
    /// What shows that the marks changed: they are added at the end, and taken away.
    #[must_use]
    pub fn kept_marks(&self) -> (usize, Option<AccountKey>) {
        (self.marks.len(), self.marks.last().cloned())
    }

    /// The marks that `u` brings back at the next start; none of too many.
    #[must_use]
    pub fn marks_to_keep(&self, inventory: &Snapshot) -> Vec<AccountKey> {
        let marks = if self.marks.is_empty() { &self.unmarked } else { &self.marks };
        if marks.len() > MOST { Vec::new() } else { marks.iter(inventory).collect() }
    }

    /// Marks of an earlier run, for `u`; how many, 0 if there are marks already.
    pub fn offer_marks(&mut self, marks: Vec<AccountKey>) -> usize {
        if !self.marks.is_empty() || !self.unmarked.is_empty() {
            return 0;
        }
        self.unmarked = Marks::of(marks);
        self.unmarked.len()
    }
}

/// `1 mark`, `1,204 marks`.
#[must_use]
pub fn marks_words(count: usize) -> String {
    if count == 1 { "1 mark".into() } else { format!("{} marks", super::grouped(count)) }
}

/// Rows came: the cursor goes where an earlier run left it, until the user moves it.
pub fn come_back(state: &mut State) {
    let pane = &mut state.accounts;
    if pane.moved {
        pane.returning = None;
    }
    let Some(key) = &pane.returning else { return };
    let place = pane.found.value().and_then(|found| {
        let row = found.snapshot.row(key)?;
        found.rows.iter().position(|other| *other == row)
    });
    if let Some(place) = place {
        pane.select(place);
        super::scroll(state);
    }
}
