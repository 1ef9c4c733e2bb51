//! The account list: virtual (only visible rows are built), filtered as you type, sorted by column, marked by id.

mod draw;
mod line;
mod marked;
mod marks;
mod preview;
mod row;
mod siblings;
mod slide;

use std::sync::Arc;

use crate::app::{
    self, Action, Avail, Effect, Follow, Motion, Prefix, Remote, RequestId, Row, Slot, State, Waiting, can_edit_marks,
    can_pause, inside, pause_scope, pins,
};
use crate::domain::filter::Field;
use crate::domain::{Account, AccountKey, ChangeKind, ConnectionName, Failure, Filter, Key, KeyCode};
use crate::forms::TextField;
use crate::inventory::{self, Direction, Found, ListQuery, Reading, Scope, Snapshot, Sort, place};
use crate::panes::{PaneId, columns, labels};
use crate::provider::ListScope;
use crate::view::scroll_to;

use self::draw::troubles;
pub use self::draw::{counted, draw, without_room};
pub use self::line::{FilterLine, begins, come_back, complete, keep_filter, marks_words, opened};
pub use self::marked::{MOST as MOST_MARKS, Marks};
pub use self::marks::{Sheet, edit_as_text, hidden_marks, sheet, too_many_marks};
pub use self::siblings::{is_beside, leave as leave_siblings, leave_for as leave_for_siblings};
pub use crate::domain::grouped;

/// Columns that count in an order: more can't be told apart on screen.
const SORTS: usize = 3;

/// The answer of a remote search: a list of its own.
#[derive(Clone, Debug)]
pub struct RemoteList {
    /// The connection that was asked.
    pub connection: ConnectionName,
    /// What was asked, in words.
    pub title: String,
    /// What was asked.
    pub scope: ListScope,
    /// The request; `None` when all pages have come.
    pub running: Option<RequestId>,
    /// The rows so far.
    pub snapshot: Arc<Snapshot>,
    /// The total that the provider says.
    pub total: Option<u64>,
    /// Why it ended early.
    pub failure: Option<Failure>,
}

/// The list's state.
#[derive(Clone, Debug, Default)]
pub struct Pane {
    /// The fixed scope.
    pub scope: Scope,
    /// What is typed after `/`.
    pub filter: TextField,
    /// What was typed last, read.
    pub read: Filter,
    /// Whether the filter line has the focus.
    pub filtering: bool,
    /// Completion and history of the filter line.
    pub line: FilterLine,
    /// The chosen order, what counts first at the beginning.
    pub sort: Vec<Sort>,
    /// The rows on screen.
    pub found: Remote<Found>,
    /// The last query whose whole answer came.
    answered: Option<Arc<ListQuery>>,
    /// How far the search is that reads records.
    pub reading: Option<Reading>,
    /// The snapshot and the query that were asked for last.
    asked: Option<(Arc<Snapshot>, Arc<ListQuery>)>,
    /// The account under the cursor.
    pub selected: Option<AccountKey>,
    cursor: usize,
    /// The account that an earlier run left the cursor on, until it is moved.
    pub returning: Option<AccountKey>,
    /// Whether the user has moved the cursor: until then it stays on the first row while pages come in.
    moved: bool,
    /// The cursor was put on an account whose rows are still to come: no better match takes it away.
    chosen: bool,
    /// What the cursor was on in the last frame, until it is moved: the first key acts on what was seen.
    seen: Option<AccountKey>,
    offset: usize,
    /// By how many columns long cells are slid.
    slid: usize,
    /// Where the list was when the tree began to preview its nodes.
    left: Option<preview::Left>,
    /// Where the list was before it showed what stands beside an account.
    beside: Option<siblings::Before>,
    /// The first row on screen when the rows of the scope that the tree was entered from are back.
    back_to: Option<usize>,
    /// Marked accounts.
    pub marks: Marks,
    /// What the last `u` took away.
    unmarked: Marks,
    /// The text of marked accounts that is in the user's editor.
    sheet: Option<Sheet>,
    /// A remote search's answer stands in the list's place.
    pub remote: Option<RemoteList>,
    /// What tells its accounts apart beside their names, whatever a filter leaves of them.
    pub needs: Needs,
}

/// Columns that a list has to have, since names in it can be taken for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Names of one connection.
    pub ids: bool,
    /// Names of several connections.
    pub connections: bool,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens the account in the detail.
    Open,
    /// Marks or unmarks the account.
    Mark,
    /// Marks all that are shown.
    MarkAll,
    /// Unmarks all; again brings them back.
    Unmark,
    /// Edits the profiles of the marked accounts.
    EditProfiles,
    /// Edits the marked accounts' own fields.
    EditFields,
    /// Waits for a column's letter.
    Sort,
    /// Pauses the listings that come in, or lets them go on.
    Pause,
    /// The user's own labels and note.
    Labels,
    /// Which columns there are, and how wide.
    Columns,
    /// Shows what stands further right in long cells.
    Right,
    /// Shows what stands further left in long cells.
    Left,
    /// Pins what the cursor is on, or takes its pin away.
    Pin,
    /// The filter that was used before this one.
    OlderFilter,
    /// The filter that was used after this one.
    NewerFilter,
}

/// The list's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Accounts(Act::Open), "open").hint(1).when(can_open),
    Row::new(&[Key::char(' ')], Action::Accounts(Act::Mark), "mark").hint(8).when(has_row),
    Row::new(&[Key::char('*')], Action::Accounts(Act::MarkAll), "mark all shown").when(has_all_rows),
    UNMARK,
    EDIT_PROFILES,
    EDIT_FIELDS,
    Row::new(&[Key::char('s')], Action::Accounts(Act::Sort), "sort, then a column's letter").hint(8),
    labels::OPEN,
    pins::PIN,
    Row::new(&[Key::char('C')], Action::Accounts(Act::Columns), "columns and their widths"),
    Row::new(&[Key::char(')')], Action::Accounts(Act::Right), "further right in long cells").when(slide::goes_right),
    Row::new(&[Key::char('(')], Action::Accounts(Act::Left), "further left in long cells").when(slide::goes_left),
    Row::new(&[Key::char('p')], Action::Accounts(Act::Pause), "pause the sync / go on").when(can_pause),
    Row::new(&[Key::alt(KeyCode::Up)], Action::Accounts(Act::OlderFilter), "the filter used before this one")
        .when(filters),
    Row::new(&[Key::alt(KeyCode::Down)], Action::Accounts(Act::NewerFilter), "the filter used after this one")
        .when(filters),
];

/// Marks are taken away and brought back from any pane: that there are some to bring back is said in all of them.
pub const UNMARK: Row =
    Row::new(&[Key::char('u')], Action::Accounts(Act::Unmark), "unmark all, again brings them back")
        .hint(6)
        .when(has_marks);
/// With marks `e` is about them, here and in the detail.
pub const EDIT_PROFILES: Row =
    Row::new(&[Key::char('e')], Action::Accounts(Act::EditProfiles), "edit the profiles of the marked accounts")
        .hint(6)
        .danger()
        .when(can_edit_marks);
/// With marks `E` is about them, here and in the detail.
pub const EDIT_FIELDS: Row = Row::new(&[Key::char('E')], Action::Accounts(Act::EditFields), "edit the marked accounts")
    .danger()
    .when(can_edit_marks);

/// Only the filter line walks its history.
fn filters(state: &State) -> Avail {
    match (state.accounts.filtering, state.own.filters.is_empty()) {
        (false, _) => Avail::Hidden,
        (true, true) => Avail::no("no filter was used yet"),
        (true, false) => Avail::Yes,
    }
}

/// In the filter line the same key keeps the filter, whatever it matches.
fn can_open(state: &State) -> Avail {
    if state.accounts.filtering { Avail::Yes } else { has_row(state) }
}

fn has_row(state: &State) -> Avail {
    if state.accounts.selected.is_some() { Avail::Yes } else { Avail::no("the list is empty") }
}

/// Of an answer in part only the first rows are listed.
fn has_all_rows(state: &State) -> Avail {
    let is_partial = state.accounts.found.value().is_some_and(|found| found.is_partial);
    if is_partial { Avail::no("the search goes on") } else { has_row(state) }
}

fn has_marks(state: &State) -> Avail {
    let pane = &state.accounts;
    if pane.marks.is_empty() && pane.unmarked.is_empty() { Avail::no("nothing is marked") } else { Avail::Yes }
}

impl Pane {
    /// Fixes the scope; a remote search's answer makes room for the inventory.
    pub fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
        self.remote = None;
        self.slid = 0;
    }

    /// The rows on screen, newest known.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        self.found.value().map_or(&[], |found| found.rows.as_slice())
    }

    /// The inventory's rows from the first one on screen on, at most so many; none of a remote search's.
    #[must_use]
    pub fn in_view(&self, most: usize) -> Vec<u32> {
        if self.remote.is_some() {
            return Vec::new();
        }
        self.rows().iter().skip(self.offset).take(most).copied().collect()
    }

    /// The account at a place in the list.
    fn at(&self, place: usize) -> Option<inventory::Row<'_>> {
        let found = self.found.value()?;
        found.snapshot.get(*found.rows.get(place)?)
    }

    /// The account under the cursor, as the list has it.
    #[must_use]
    pub fn current(&self) -> Option<inventory::Row<'_>> {
        self.at(self.cursor).filter(|account| self.selected.as_ref().is_some_and(|key| account.has_key(key)))
    }

    /// The whole record of the account under the cursor, where the list is one of its own.
    #[must_use]
    pub fn current_whole(&self) -> Option<&Arc<Account>> {
        let row = self.current()?.number();
        self.found.value()?.snapshot.own().get(row as usize)
    }

    /// Whether the rows are still those of another filter or scope than the one that is looked for.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        let differs = |shown: &ListQuery, asked: &ListQuery| shown.filter != asked.filter || shown.scope != asked.scope;
        let shown = self.found.value().map(|found| &found.query);
        self.found.is_loading()
            && self.asked.as_ref().is_some_and(|(_, asked)| shown.is_some_and(|shown| differs(shown, asked)))
    }

    /// The account that the cursor is on, or comes back to.
    #[must_use]
    pub fn stays_on(&self) -> Option<&AccountKey> {
        let before = self.left.as_ref().map_or(&self.selected, |left| &left.selected);
        self.returning.as_ref().or(before.as_ref())
    }

    fn select(&mut self, place: usize) {
        self.cursor = place;
        self.selected = self.at(place).map(|account| account.key());
    }
}

/// Asks for rows if what the list should show differs from what was asked last.
pub fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    line::learn(state);
    preview::follow(state);
    siblings::arrived(state);
    state.accounts.marks.follow(&state.snapshot);
    if state.accounts.read.text() != state.accounts.filter.value() {
        let pane = &mut state.accounts;
        pane.read = Filter::parse_with(pane.filter.value(), pane.line.vocabulary());
    }
    let filter = wanted(&state.accounts);
    let snapshot = state.accounts.remote.as_ref().map_or(&state.snapshot, |remote| &remote.snapshot);
    let scope = if state.accounts.remote.is_some() { Scope::All } else { state.scope() };
    if let Some((asked, query)) = &state.accounts.asked {
        let same = query.filter == filter
            && query.scope == scope
            && query.sort.iter().eq(&state.accounts.sort)
            && query.labels.as_ref().is_none_or(|labels| Arc::ptr_eq(labels, state.own.labels()))
            && query.notes.as_ref().is_none_or(|notes| Arc::ptr_eq(notes, state.own.notes()))
            && (query.held == state.held || state.accounts.remote.is_some())
            && (query.pinned.as_ref().map(Arc::as_ptr) == pinned(state).map(Arc::as_ptr))
            && query.marked.as_ref().is_none_or(|marked| Arc::ptr_eq(marked, state.accounts.marks.rows()))
            && (Arc::ptr_eq(asked, snapshot) || asked.listing() == snapshot.listing() && asked.listing() > 0);
        if same {
            return preview::arrive(state);
        }
    }
    let snapshot = Arc::clone(snapshot);
    // In each node that holds it the cursor is on the account that it was on before.
    if let Some(left) = &state.accounts.left {
        state.accounts.selected = left.selected.clone();
    }
    let query = Arc::new(query(state, &snapshot, filter, scope));
    state.accounts.asked = Some((Arc::clone(&snapshot), Arc::clone(&query)));
    state.accounts.reading = None;
    let id = state.request_id();
    state.accounts.found.begin(id);
    effects.push(Effect::Search { id, snapshot, query });
}

/// What is asked for.
fn query(state: &State, snapshot: &Snapshot, filter: Filter, scope: Scope) -> ListQuery {
    let pane = &state.accounts;
    let marked = filter.asks_for(&Field::Marked).then(|| Arc::clone(pane.marks.rows()));
    let labels = filter.asks_for(&Field::Label).then(|| Arc::clone(state.own.labels()));
    let notes = filter.asks_for(&Field::Note).then(|| Arc::clone(state.own.notes()));
    let cursor = pane.selected.as_ref().and_then(|key| snapshot.row(key));
    let held = if pane.remote.is_none() { state.held.clone() } else { None };
    let (sort, now, pinned) = (pane.sort.clone(), state.now, pinned(state).cloned());
    ListQuery { filter, scope, sort, now, marked, labels, notes, held, pinned, cursor, ..ListQuery::default() }
}

/// The rows that stand first; a remote search's list is its own.
fn pinned(state: &State) -> Option<&Arc<inventory::RowSet>> {
    state.own.pins.rows().filter(|_| state.accounts.remote.is_none())
}

/// What to search for: while what is typed cannot be understood, what was searched for last.
fn wanted(pane: &Pane) -> Filter {
    if pane.read.error().is_none() {
        return pane.read.clone();
    }
    pane.asked.as_ref().map_or_else(Filter::default, |(_, query)| query.filter.clone())
}

/// Takes rows; the cursor stays on its account, goes to the best match if the filter is new, or stays in place if its
/// account is gone.
pub fn found(state: &mut State, id: RequestId, found: Found) {
    let pane = &mut state.accounts;
    let typed = pane.answered.as_ref().is_none_or(|before| before.filter != found.query.filter);
    tell_apart(pane, &found);
    let best = found.best_at.filter(|_| typed && !found.query.filter.is_empty() && !pane.chosen);
    let is_whole = !found.is_partial;
    if is_whole && pane.found.awaits(id) {
        pane.answered = Some(Arc::clone(&found.query));
        pane.reading = None;
    }
    if !(if is_whole { pane.found.settle(id, Ok(found)) } else { pane.found.advance(id, found) }) {
        return;
    }
    let place = {
        let Some(found) = pane.found.value() else {
            return;
        };
        let kept = pane.selected.as_ref().filter(|_| pane.moved).and_then(|key| found.snapshot.row(key));
        // The place of the row under the cursor came along, unless the cursor has moved since.
        let place_of = |row| if found.query.cursor == Some(row) { found.cursor_at } else { place(&found.rows, row) };
        best.or_else(|| kept.and_then(place_of))
    };
    let last = pane.rows().len().saturating_sub(1);
    let stays = pane.moved && !typed && pane.left.is_none();
    let place = place.unwrap_or_else(|| if stays { pane.cursor.min(last) } else { 0 });
    pane.select(place);
    if let Some(offset) = pane.back_to {
        pane.offset = offset;
        pane.back_to = pane.back_to.filter(|_| !is_whole);
    }
    pane.chosen &= !is_whole;
    scroll(state);
}

/// What the list needs to tell its accounts apart. A filter that leaves none of them changes no columns: they would jump
/// while it is typed.
fn tell_apart(pane: &mut Pane, found: &Found) {
    let same_list = pane.found.value().is_some_and(|shown| shown.query.scope == found.query.scope);
    let stays = same_list && (found.is_partial || !found.query.filter.is_empty());
    pane.needs = Needs {
        ids: found.alike > 0 || stays && pane.needs.ids,
        connections: found.alike_elsewhere > 0 || stays && pane.needs.connections,
    };
}

/// A search has read this many records.
pub fn reading(state: &mut State, id: RequestId, reading: Reading) {
    if state.accounts.found.awaits(id) {
        state.accounts.reading = Some(reading);
    }
}

/// A frame was seen.
pub fn drawn(state: &mut State) {
    if !state.accounts.moved {
        state.accounts.seen = state.accounts.selected.clone();
    }
}

/// The user did something: from now on the cursor stays on its account, the one that was seen.
pub fn touched(state: &mut State) {
    let pane = &mut state.accounts;
    if pane.moved || pane.seen.is_none() {
        return;
    }
    pane.moved = true;
    let place = pane.found.value().and_then(|found| {
        let row = found.snapshot.row(pane.seen.as_ref()?)?;
        inventory::place(&found.rows, row)
    });
    if let Some(place) = place {
        pane.select(place);
        scroll(state);
    }
}

/// Puts the cursor on an account that is about to be shown: the search that is under way finds its place.
pub fn choose(state: &mut State, key: AccountKey) {
    let pane = &mut state.accounts;
    (pane.left, pane.back_to) = (None, None);
    (pane.moved, pane.chosen) = (true, true);
    state.accounts.selected = Some(key);
}

/// Puts the cursor on an account, wherever the list was; where it is listed already, only the cursor moves.
pub fn show(state: &mut State, key: AccountKey, effects: &mut Vec<Effect>) {
    let pane = &mut state.accounts;
    (pane.left, pane.back_to) = (None, None);
    pane.filtering = false;
    state.focus = PaneId::Accounts;
    let is_listed = pane.remote.is_none()
        && pane.found.value().is_some_and(|found| {
            found.snapshot.row(&key).is_some_and(|row| inventory::place(&found.rows, row).is_some())
        });
    if !is_listed {
        pane.filter = TextField::default();
        if pane.remote.take().is_some() {
            effects.push(Effect::Cancel(Slot::Remote));
        }
        pane.set_scope(Scope::All);
        return choose(state, key);
    }
    let place = pane.found.value().and_then(|found| inventory::place(&found.rows, found.snapshot.row(&key)?));
    pane.moved = true;
    pane.select(place.unwrap_or_default());
    scroll(state);
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    let pane = &mut state.accounts;
    let to = motion.apply(pane.cursor, pane.rows().len(), page);
    pane.moved = true;
    pane.back_to = None;
    pane.select(to);
    scroll(state);
}

/// Puts the cursor on a visible row, counted from the top of the pane's inside.
pub fn click(state: &mut State, row: usize) {
    let head = head(state);
    let Some(row) = row.checked_sub(head) else {
        return;
    };
    let to = state.accounts.offset + row;
    if to < state.accounts.rows().len() && row < page(state) {
        (state.accounts.left, state.accounts.back_to) = (None, None);
        state.accounts.moved = true;
        state.accounts.select(to);
    }
}

/// Rows above the accounts: the columns' titles, and the filter line if there is one.
fn head(state: &State) -> usize {
    1 + usize::from(shows_filter(state))
}

fn shows_filter(state: &State) -> bool {
    state.accounts.filtering || !state.accounts.filter.value().is_empty()
}

fn page(state: &State) -> usize {
    let Some(area) = crate::app::layout(state).accounts.map(inside) else {
        return 1;
    };
    usize::from(area.height).saturating_sub(head(state) + troubles(state, area.width).len()).max(1)
}

/// Keeps the cursor on screen.
pub fn scroll(state: &mut State) {
    let page = page(state);
    let pane = &mut state.accounts;
    pane.offset = scroll_to(pane.cursor, pane.offset, page, pane.rows().len());
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Open => {
            state.accounts.moved = true;
            state.focus = PaneId::Detail;
            crate::panes::detail::open_now(state, effects);
        }
        Act::Mark => marks::mark(state),
        Act::MarkAll => marks::mark_all(state, effects),
        Act::EditProfiles => marks::edit(state, ChangeKind::Profile),
        Act::EditFields => marks::edit(state, ChangeKind::UpdateAccount),
        Act::Unmark => {
            marks::unmark(&mut state.accounts);
            state.accounts.marks.follow(&state.snapshot);
        }
        Act::Sort => state.prefix = Some(Waiting::after(Prefix::Sort)),
        Act::Pause => pause_scope(state, effects),
        Act::Labels => labels::open(state),
        Act::Columns => columns::open(state),
        Act::Right => slide::slide(state, true),
        Act::Left => slide::slide(state, false),
        Act::Pin => pins::toggle(state, effects),
        Act::OlderFilter => line::walk(state, true),
        Act::NewerFilter => line::walk(state, false),
    }
}

/// What may follow `s`: the letters of the columns, and what sorts no more.
#[must_use]
pub fn sort_keys(state: &State) -> Vec<Follow> {
    let column = |column: &crate::provider::Column| Follow {
        key: Key::char(column.letter),
        words: column.title.to_owned(),
        avail: Avail::Yes,
    };
    let mut keys: Vec<Follow> = app::columns::on_screen(state).iter().map(column).collect();
    let avail = if state.accounts.sort.is_empty() { Avail::no("nothing is sorted") } else { Avail::Yes };
    keys.push(Follow { key: UNSORTED, words: "no column: best match first, else by name".into(), avail });
    keys
}

/// After `s`: sorts no more.
const UNSORTED: Key = Key::char('-');

/// The key after `s`: sorts by its column, again the other way round; the order of before goes on inside equal rows.
pub fn choose_sort(state: &mut State, key: Key) {
    if key == UNSORTED {
        return state.accounts.sort.clear();
    }
    let chosen = app::columns::on_screen(state).into_iter().find(|column| Key::char(column.letter) == key);
    let Some(by) = chosen.map(|column| column.value) else { return };
    let sort = &mut state.accounts.sort;
    let turned = sort.first() == Some(&Sort { by, direction: Direction::Ascending });
    let direction = if turned { Direction::Descending } else { Direction::Ascending };
    sort.retain(|sort| sort.by != by);
    sort.insert(0, Sort { by, direction });
    sort.truncate(SORTS);
}
