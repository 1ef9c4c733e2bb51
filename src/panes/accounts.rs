//! The account list: virtual (only visible rows are built), filtered as you type, sorted by column, marked by id.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexSet;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, Motion, Remote, RequestId, Row, State, inside};
use crate::domain::{Account, AccountKey, ConnectionName, Failure, Filter, Key, KeyCode, Role};
use crate::forms::TextField;
use crate::inventory::{Direction, Found, ListQuery, Scope, Snapshot, Sort, SyncState};
use crate::panes::PaneId;
use crate::provider::{Column, ColumnValue, ListScope};
use crate::view::{Line, Theme, bordered, put, put_line, scroll_to, wrap};

/// Columns where several kinds of provider stand in one list.
const MIXED: &[Column] = &[
    column("name", "Name", 'n', ColumnValue::Name, (16, 120, 0)),
    column("connection", "Connection", 'c', ColumnValue::Connection, (10, 18, 1)),
    column("organization", "Organization", 'o', ColumnValue::Parent, (12, 28, 2)),
    column("type", "Type", 't', ColumnValue::Kind, (8, 12, 3)),
    column("status", "Status", 's', ColumnValue::Status, (8, 12, 4)),
    column("created", "Created", 'r', ColumnValue::Created, (10, 10, 5)),
    column("id", "ID", 'i', ColumnValue::Id, (12, 32, 6)),
];

const fn column(
    id: &'static str,
    title: &'static str,
    letter: char,
    value: ColumnValue,
    (min, max, priority): (u16, u16, u8),
) -> Column {
    Column { id, title, letter, value, min, max, priority }
}

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
    /// Whether the filter line has the focus.
    pub filtering: bool,
    /// The chosen order.
    pub sort: Option<Sort>,
    /// `s` was pressed: the next letter chooses a column.
    pub sorting: bool,
    /// The rows on screen.
    pub found: Remote<Found>,
    /// The snapshot's generation (and whose) and the query that were asked for last.
    asked: Option<(Arc<Snapshot>, Arc<ListQuery>)>,
    /// The account under the cursor.
    pub selected: Option<AccountKey>,
    cursor: usize,
    /// Whether the user has moved the cursor: until then it stays on the first row while pages come in.
    moved: bool,
    offset: usize,
    /// Marked accounts, in the order of marking.
    pub marks: IndexSet<AccountKey>,
    /// What the last `u` took away.
    unmarked: IndexSet<AccountKey>,
    /// A remote search's answer stands in the list's place.
    pub remote: Option<RemoteList>,
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
    /// Waits for a column's letter.
    Sort,
}

/// The list's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Accounts(Act::Open), "open").hint(1).when(has_row),
    Row::new(&[Key::char(' ')], Action::Accounts(Act::Mark), "mark").hint(8).when(has_row),
    Row::new(&[Key::char('*')], Action::Accounts(Act::MarkAll), "mark all shown").when(has_row),
    Row::new(&[Key::char('u')], Action::Accounts(Act::Unmark), "unmark all, again brings them back").when(has_marks),
    Row::new(&[Key::char('s')], Action::Accounts(Act::Sort), "sort, then a column's letter").hint(8),
];

fn has_row(state: &State) -> Avail {
    if state.accounts.selected.is_some() { Avail::Yes } else { Avail::no("the list is empty") }
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
    }

    /// The rows on screen, newest known.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        self.found.value().map_or(&[], |found| found.rows.as_slice())
    }

    /// The account at a place in the list.
    fn at(&self, place: usize) -> Option<&Arc<Account>> {
        let found = self.found.value()?;
        found.snapshot.account(*found.rows.get(place)?)
    }

    /// The account under the cursor, as the list has it.
    #[must_use]
    pub fn current(&self) -> Option<&Arc<Account>> {
        self.at(self.cursor).filter(|account| Some(&account.key) == self.selected.as_ref())
    }

    fn select(&mut self, place: usize) {
        self.cursor = place;
        self.selected = self.at(place).map(|account| account.key.clone());
    }
}

/// Asks for rows if what the list should show differs from what was asked last.
pub fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    let snapshot = state.accounts.remote.as_ref().map_or(&state.snapshot, |remote| &remote.snapshot);
    let scope = if state.accounts.remote.is_some() { Scope::All } else { state.scope() };
    if let Some((asked, query)) = &state.accounts.asked {
        let same = query.filter.text() == state.accounts.filter.value()
            && query.scope == scope
            && query.sort == state.accounts.sort
            && (Arc::ptr_eq(asked, snapshot) || asked.generation() == snapshot.generation() && asked.generation() > 0);
        if same {
            return;
        }
    }
    let snapshot = Arc::clone(snapshot);
    let query = Arc::new(ListQuery {
        filter: Filter::parse(state.accounts.filter.value()),
        scope,
        sort: state.accounts.sort,
        only: None,
    });
    state.accounts.asked = Some((Arc::clone(&snapshot), Arc::clone(&query)));
    let id = state.request_id();
    state.accounts.found.begin(id);
    effects.push(Effect::Search { id, snapshot, query });
}

/// Takes rows; the cursor stays on its account, goes to the best match if the filter is new, or stays in place if its
/// account is gone.
pub fn found(state: &mut State, id: RequestId, found: Found) {
    let before = state.accounts.found.value().map(|found| Arc::clone(&found.query));
    let typed = before.is_none_or(|before| before.filter != found.query.filter);
    let best = if typed && !found.query.filter.is_empty() { found.best } else { None };
    if !state.accounts.found.settle(id, Ok(found)) {
        return;
    }
    let pane = &mut state.accounts;
    let place = {
        let Some(found) = pane.found.value() else {
            return;
        };
        let kept = pane.selected.as_ref().and_then(|key| found.snapshot.row(key));
        let place_of = |row: u32| found.rows.iter().position(|other| *other == row);
        let kept = kept.filter(|_| pane.moved);
        best.and_then(place_of).or_else(|| kept.and_then(place_of))
    };
    let last = pane.rows().len().saturating_sub(1);
    let stays = pane.moved && !typed;
    let place = place.unwrap_or_else(|| if stays { pane.cursor.min(last) } else { 0 });
    pane.select(place);
    scroll(state);
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    let pane = &mut state.accounts;
    let to = motion.apply(pane.cursor, pane.rows().len(), page);
    pane.moved = true;
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
        Act::Mark => mark(state),
        Act::MarkAll => mark_all(state),
        Act::Unmark => {
            let pane = &mut state.accounts;
            if pane.marks.is_empty() {
                pane.marks = std::mem::take(&mut pane.unmarked);
            } else {
                pane.unmarked = std::mem::take(&mut pane.marks);
            }
        }
        Act::Sort => state.accounts.sorting = true,
    }
}

fn mark(state: &mut State) {
    let Some(key) = state.accounts.selected.clone() else {
        return;
    };
    if !state.accounts.marks.shift_remove(&key) {
        state.accounts.marks.insert(key);
    }
    move_cursor(state, Motion::Down);
}

fn mark_all(state: &mut State) {
    let keys: Vec<AccountKey> = {
        let Some(found) = state.accounts.found.value() else {
            return;
        };
        found.rows.iter().filter_map(|row| found.snapshot.account(*row)).map(|account| account.key.clone()).collect()
    };
    state.accounts.marks.extend(keys);
}

/// The letter after `s`: sorts by its column, again the other way round; any other letter sorts no more.
pub fn choose_sort(state: &mut State, letter: char) {
    state.accounts.sorting = false;
    let chosen = columns(state).iter().find(|column| column.letter == letter.to_ascii_lowercase());
    let before = state.accounts.sort;
    state.accounts.sort = chosen.map(|column| match before {
        Some(Sort { by, direction: Direction::Ascending }) if by == column.value => {
            Sort { by, direction: Direction::Descending }
        }
        Some(_) | None => Sort { by: column.value, direction: Direction::Ascending },
    });
}

/// The columns of the list: the provider's, or general ones where several kinds stand together.
#[must_use]
pub fn columns(state: &State) -> &'static [Column] {
    let mut specs: Vec<_> = match &state.accounts.remote {
        Some(remote) => state.connection(&remote.connection).map(|setup| setup.spec).into_iter().collect(),
        None => state.scope_connections().map(|setup| setup.spec).collect(),
    };
    match specs.pop() {
        Some(spec) if specs.is_empty() => spec.columns,
        Some(_) | None => MIXED,
    }
}

/// Columns that fit, in their order, each with its width.
fn fitting(columns: &'static [Column], room: u16) -> Vec<(&'static Column, u16)> {
    let mut by_priority: Vec<&Column> = columns.iter().collect();
    by_priority.sort_by_key(|column| column.priority);
    let mut left = room;
    let mut kept: Vec<&Column> = Vec::new();
    for column in by_priority {
        // The name comes first in more than its place: other columns come only when it has room to be read.
        let need = if kept.is_empty() { column.min.max((room / 2).min(32)) } else { column.min + 2 };
        if need > left && !kept.is_empty() {
            break;
        }
        left = left.saturating_sub(need);
        kept.push(column);
    }
    let mut fitted: Vec<(&Column, u16)> = columns
        .iter()
        .filter(|column| kept.iter().any(|kept| kept.id == column.id))
        .map(|column| (column, column.min))
        .collect();
    // The name takes half of what is left first, the others their most, the name the rest.
    let first = left / 2;
    left -= first;
    if let Some((_, width)) = fitted.first_mut() {
        *width = (*width).max((room / 2).min(32)).min(room);
    }
    for (column, width) in fitted.iter_mut().skip(1) {
        let more = (column.max - column.min.min(column.max)).min(left);
        *width += more;
        left -= more;
    }
    if let Some((_, width)) = fitted.first_mut() {
        *width += first + left;
    }
    fitted
}

/// Draws the list.
pub fn draw(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let focused = state.focus == PaneId::Accounts && state.modals.is_empty();
    let inner = bordered(buf, area, &title(state), theme, focused);
    if inner.height == 0 || inner.width == 0 {
        return;
    }
    let mut y = inner.y;
    if shows_filter(state) {
        draw_filter(state, Rect { height: 1, ..inner }, buf, theme);
        y += 1;
    }
    let fitted = fitting(columns(state), inner.width.saturating_sub(2));
    if y < inner.bottom() {
        draw_head(state, &fitted, Rect { y, height: 1, ..inner }, buf, theme);
        y += 1;
    }
    let troubles = troubles(state, inner.width);
    let bottom = inner.bottom().saturating_sub(u16::try_from(troubles.len()).unwrap_or(0)).max(y);
    let body = Rect { y, height: bottom - y, ..inner };
    if state.accounts.rows().is_empty() {
        draw_empty(state, body, buf, theme);
    } else {
        draw_rows(state, &fitted, body, buf, theme, focused);
    }
    for (y, line) in (bottom..inner.bottom()).zip(&troubles) {
        put_line(buf, inner.x, y, inner.width, line, theme, Style::new());
    }
}

fn title(state: &State) -> Line {
    let pane = &state.accounts;
    let shown = pane.rows().len();
    let total = pane.found.value().map_or(0, |found| found.in_scope);
    let mut line = Line::of(Role::Title, format!("Accounts {}/{}", grouped(shown), grouped(total)));
    if let Some(remote) = &pane.remote {
        line.push(Role::Warn, format!(" · {}", remote.title));
        match (remote.running, remote.total) {
            (Some(_), Some(total)) => {
                line.push(Role::Dim, format!(" · of {} …", grouped_u64(total)));
            }
            (Some(_), None) => line.push(Role::Dim, " · loading …"),
            (None, _) => {}
        }
    }
    if !pane.marks.is_empty() {
        let hidden = hidden_marks(state);
        let words = if hidden > 0 { format!(" ({hidden} hidden)") } else { String::new() };
        line.push(Role::Marked, format!(" · {} marked{words}", pane.marks.len()));
    }
    line
}

fn hidden_marks(state: &State) -> usize {
    let Some(found) = state.accounts.found.value() else {
        return 0;
    };
    // Without a filter or scope everything listed is shown: no need to look.
    if found.rows.len() == found.snapshot.len() {
        return state.accounts.marks.iter().filter(|key| found.snapshot.row(key).is_none()).count();
    }
    let shown: HashSet<u32> = found.rows.iter().copied().collect();
    state.accounts.marks.iter().filter(|key| found.snapshot.row(key).is_none_or(|row| !shown.contains(&row))).count()
}

/// `4,031`.
#[must_use]
pub fn grouped(number: usize) -> String {
    grouped_u64(number as u64)
}

fn grouped_u64(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn draw_filter(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let pane = &state.accounts;
    let part = partial_words(state);
    let room = area.width.saturating_sub(u16::try_from(part.width()).unwrap_or(0));
    let used = put_line(buf, area.x, area.y, room, &Line::of(Role::Key, "/ "), theme, Style::new());
    pane.filter.draw(buf, (area.x + used, area.y, room.saturating_sub(used)), theme, Role::Text, pane.filtering);
    put_line(buf, area.x + room, area.y, area.width - room, &part, theme, Style::new());
}

/// What the filter does not see, if it sees only part.
fn partial_words(state: &State) -> Line {
    let mut missing = false;
    for connection in state.scope_connections() {
        missing |= state.snapshot.connection(&connection.name).is_some_and(|view| match view.sync {
            SyncState::Running { loaded, total, .. } => total.is_none_or(|total| loaded < total),
            SyncState::Partial { .. } | SyncState::Failed { .. } => true,
            SyncState::Never | SyncState::Complete { .. } => false,
        });
    }
    if missing && state.accounts.remote.is_none() {
        Line::of(Role::Warn, " only part is loaded")
    } else {
        Line::default()
    }
}

fn draw_head(state: &State, fitted: &[(&Column, u16)], area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut x = area.x + 2;
    for (column, width) in fitted {
        let sign = match state.accounts.sort {
            Some(Sort { by, direction: Direction::Ascending }) if by == column.value => "↑",
            Some(Sort { by, direction: Direction::Descending }) if by == column.value => "↓",
            Some(_) | None => "",
        };
        let style = theme.style(Role::Dim).add_modifier(ratatui::style::Modifier::BOLD);
        let used = put(buf, x, area.y, *width, column.title, style);
        put(buf, x + used, area.y, width.saturating_sub(used), sign, theme.style(Role::Key));
        let letter = column.title.to_ascii_lowercase().find(column.letter);
        if let (Some(at), true) = (letter, state.focus == PaneId::Accounts) {
            let cell = Rect::new(x + u16::try_from(at).unwrap_or(0), area.y, 1, 1).intersection(area);
            let role = if state.accounts.sorting { Role::Key } else { Role::Input };
            buf.set_style(cell, theme.style(role).add_modifier(ratatui::style::Modifier::UNDERLINED));
        }
        x += width + 2;
    }
}

fn draw_rows(state: &State, fitted: &[(&Column, u16)], area: Rect, buf: &mut Buffer, theme: Theme, focused: bool) {
    let pane = &state.accounts;
    let Some(found) = pane.found.value() else {
        return;
    };
    for (nth, y) in (area.y..area.bottom()).enumerate() {
        let Some(account) = pane.at(pane.offset + nth) else {
            return;
        };
        let under = Some(&account.key) == pane.selected.as_ref();
        let marked = pane.marks.contains(&account.key);
        let style = match (under, focused, marked) {
            (true, true, _) => theme.style(Role::Selected),
            (true, false, _) => theme.style(Role::SelectedDim),
            (false, _, true) => theme.style(Role::Marked),
            (false, _, false) => theme.style(Role::Text),
        };
        if under && focused {
            buf.set_style(Rect { y, height: 1, ..area }, style);
        }
        put(buf, area.x, y, 1, if under && !focused { "▌" } else { " " }, style);
        put(buf, area.x + 1, y, 1, if marked { "●" } else { " " }, style);
        let mut x = area.x + 2;
        for (column, width) in fitted {
            let text = column.value.text(account);
            if column.value == ColumnValue::Name {
                let nameless = text.is_empty();
                let name = if nameless { "(no name)" } else { &text };
                put(buf, x, y, *width, name, if nameless { style.patch(theme.style(Role::Dim)) } else { style });
                let matched = if nameless { Vec::new() } else { found.query.filter.matched(&text) };
                highlight(buf, (x, y, *width), &text, &matched, theme);
            } else {
                put(buf, x, y, *width, &text, if under { style } else { style.patch(theme.style(Role::Dim)) });
            }
            x += width + 2;
        }
    }
}

/// Lays the match's style over the characters that the filter matched.
fn highlight(buf: &mut Buffer, (x, y, columns): (u16, u16, u16), text: &str, matched: &[usize], theme: Theme) {
    if matched.is_empty() {
        return;
    }
    let mut column = 0;
    let mut matched = matched.iter().peekable();
    for (at, char) in text.chars().enumerate() {
        let wide = crate::domain::width(char.encode_utf8(&mut [0; 4]));
        if matched.peek() == Some(&&at) {
            matched.next();
            // The last column may hold the sign that the text was cut.
            if column + wide > usize::from(columns) {
                return;
            }
            let cell = Rect::new(x + u16::try_from(column).unwrap_or(0), y, u16::try_from(wide).unwrap_or(1), 1);
            buf.set_style(cell.intersection(buf.area), theme.style(Role::Match));
        }
        column += wide;
    }
}

/// What to say where there are no rows: loading, failed, nothing matches, nothing there.
fn draw_empty(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut lines: Vec<Line> = Vec::new();
    let columns = usize::from(area.width.saturating_sub(4)).max(1);
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(&crate::domain::shown(text), columns).into_iter().map(|text| Line::of(role, text)));
    };
    let filter = state.accounts.filter.value();
    if let Some(remote) = &state.accounts.remote {
        match (&remote.failure, remote.running) {
            (Some(failure), _) => say_failure(failure, &mut say),
            (None, Some(_)) => say(Role::Dim, "Asking the provider …"),
            (None, None) => say(Role::Text, "The provider found no account. Esc goes back to the inventory."),
        }
    } else {
        empty_words(state, filter, &mut say);
    }
    let y = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 3;
    for (y, line) in (y..area.bottom()).zip(&lines) {
        put_line(buf, area.x + 2, y, area.width.saturating_sub(4), line, theme, Style::new());
    }
}

fn empty_words(state: &State, filter: &str, say: &mut dyn FnMut(Role, &str)) {
    let mut loading = state.accounts.found.is_loading() && state.accounts.found.value().is_none();
    for connection in state.scope_connections() {
        match state.snapshot.connection(&connection.name).map(|view| &view.sync) {
            Some(SyncState::Failed { why, .. }) => {
                say(Role::Bad, &format!("{}: {}", connection.name, why.kind.words()));
                say_failure(why, say);
                say(Role::Dim, &format!("The credential comes from {}.", connection.credential));
                say(Role::Dim, "r tries again; the rest goes on.");
                say(Role::Dim, "");
            }
            Some(SyncState::Running { .. } | SyncState::Never) | None => loading = true,
            Some(SyncState::Complete { .. } | SyncState::Partial { .. }) => {}
        }
    }
    let total = state.accounts.found.value().map_or(0, |found| found.in_scope);
    if loading {
        say(Role::Dim, "Loading accounts …");
    } else if total > 0 && !filter.is_empty() {
        say(Role::Text, &format!("None of {} accounts matches “{filter}”.", grouped(total)));
        say(Role::Dim, "Esc clears the filter.");
    } else if state.scope() == Scope::All {
        say(Role::Text, "No accounts.");
    } else {
        say(Role::Text, "No accounts here.");
        say(Role::Dim, "Esc goes back to all accounts.");
    }
}

fn say_failure(failure: &Failure, say: &mut dyn FnMut(Role, &str)) {
    say(Role::Text, &failure.to_string());
    if let Some(hint) = &failure.hint {
        say(Role::Text, hint);
    }
}

/// Lines below the rows: listings that are partial, or failed while others go on.
fn troubles(state: &State, columns: u16) -> Vec<Line> {
    if state.accounts.rows().is_empty() {
        return Vec::new();
    }
    if let Some(remote) = &state.accounts.remote {
        let failure = remote.failure.iter();
        return failure.map(|failure| Line::of(Role::Bad, format!("! partial: {failure}"))).collect();
    }
    let mut lines = Vec::new();
    for connection in state.scope_connections() {
        let Some(view) = state.snapshot.connection(&connection.name) else {
            continue;
        };
        let text = match &view.sync {
            SyncState::Partial { page, why, .. } => {
                format!("! {} is partial: {page}: {why}", connection.name)
            }
            SyncState::Failed { why, .. } => format!("! {}: {why}", connection.name),
            SyncState::Never | SyncState::Running { .. } | SyncState::Complete { .. } => continue,
        };
        let room = usize::from(columns).saturating_sub(12);
        let text = crate::domain::clip(&text, room).into_owned();
        lines.push(Line::of(Role::Bad, text).and(Role::Key, "  R").and(Role::Dim, " retries"));
    }
    lines.truncate(3);
    lines
}
