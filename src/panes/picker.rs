//! Where to move: the tree of the accounts' connection in a modal, with a filter of its own. What can't be a destination
//! is shown with the reason. It only chooses: the Plan comes behind it.

use std::collections::{BTreeMap, HashSet};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, Modal, Motion, Row, State, bare, centred, inside};
use crate::domain::{
    AccountKey, Change, ChangeKind, ConnectionName, Key, KeyCode, OrganizationId, OrganizationKey, Role, Subject, Tree,
    TreeFault, shown,
};
use crate::forms::{TextField, takes};
use crate::inventory::Hierarchy;
use crate::panes::{accounts, chooser, organizations, plan};
use crate::provider::Levels;
use crate::view::{Line, Theme, modal_frame, put_line, scroll_to, wrap};

/// The widest the picker gets: a name, its depth and a reason stand in one row.
const COLUMNS: u16 = 92;
/// How many places of origin are named; the rest is counted.
const ORIGINS: usize = 3;
/// The fewest rows for the tree: a word about why there are none fits.
const LEAST: usize = 3;

/// The picker's state. Whom it moves is fixed when it opens.
#[derive(Clone, Debug)]
pub struct Picker {
    connection: ConnectionName,
    accounts: Vec<AccountKey>,
    /// Where each of them is, as far as known.
    places: Vec<Option<OrganizationId>>,
    cursor: Option<OrganizationId>,
    collapsed: HashSet<OrganizationId>,
    asked: HashSet<OrganizationId>,
    /// The marked destination.
    chosen: Option<OrganizationId>,
    filter: TextField,
    /// Whether the filter line has the focus.
    pub filtering: bool,
    offset: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens a closed node, else marks it as the destination.
    Choose,
    /// To the plan.
    Review,
    /// Opens the filter line.
    Filter,
    /// Shows what is below.
    Expand,
    /// Hides what is below, or goes to the node above.
    Collapse,
    /// Leaves the filter, or the picker.
    Back,
}

/// The picker's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Picker(Act::Choose), "open, or mark the destination").hint(2),
    Row::new(&[Key::ctrl('s')], Action::Picker(Act::Review), "go on to the plan").hint(1).when(can_review),
    Row::new(&[Key::char('/')], Action::Picker(Act::Filter), "filter").hint(3),
    Row::new(&[Key::char('l'), Key::plain(KeyCode::Right)], Action::Picker(Act::Expand), "expand"),
    Row::new(&[Key::char('h'), Key::plain(KeyCode::Left)], Action::Picker(Act::Collapse), "collapse"),
    Row::new(&[Key::ctrl('n')], Action::Move(Motion::Down), "down, also in the filter"),
    Row::new(&[Key::ctrl('p')], Action::Move(Motion::Up), "up, also in the filter"),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Picker(Act::Back), "back").hint(4),
];

fn on_top(state: &State) -> Option<&Picker> {
    if let Some(Modal::Picker(picker)) = state.modals.last() { Some(picker) } else { None }
}

fn on_top_mut(state: &mut State) -> Option<&mut Picker> {
    if let Some(Modal::Picker(picker)) = state.modals.last_mut() { Some(picker) } else { None }
}

fn can_review(state: &State) -> Avail {
    let Some(picker) = on_top(state) else {
        return Avail::Hidden;
    };
    match picker.destination(state) {
        Ok(_) => Avail::Yes,
        Err(reason) => Avail::No(reason),
    }
}

/// One visible row.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    id: OrganizationId,
    depth: usize,
    /// Whether something stands, or may stand, below it; and whether that is hidden.
    below: Below,
    fault: Option<TreeFault>,
    /// Why it can't be the destination.
    refusal: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Nothing,
    Shown,
    Hidden,
}

impl Picker {
    fn tree<'a>(&self, state: &'a State) -> Option<&'a Tree> {
        state.snapshot.connection(&self.connection).map(|view| view.tree.as_ref())
    }

    /// The organization to move to: the marked one, else the one under the cursor.
    fn destination(&self, state: &State) -> Result<OrganizationId, String> {
        let none = || "mark the destination first: Enter".to_owned();
        let id = self.chosen.as_ref().or(self.cursor.as_ref()).ok_or_else(none)?;
        let tree = self.tree(state).filter(|tree| tree.node(id).is_some()).ok_or_else(none)?;
        match self.refusal(tree, id) {
            None => Ok(id.clone()),
            Some(reason) => Err(format!("it can't be the destination: {reason}")),
        }
    }

    /// Why an organization can't be the destination.
    fn refusal(&self, tree: &Tree, id: &OrganizationId) -> Option<String> {
        let inside = |id: &OrganizationId| tree.node(id).and_then(|node| node.organization.account.clone());
        let mut above = tree.above(id);
        above.push(id.clone());
        if above.iter().filter_map(inside).any(|account| self.accounts.iter().any(|key| key.id == account)) {
            return Some("it is inside the account itself".into());
        }
        if above.iter().any(|id| inside(id).is_some()) {
            return Some("it holds what belongs to an account, no accounts".into());
        }
        let here = self.places.iter().filter(|place| place.as_ref() == Some(id)).count();
        (here == self.places.len()).then(|| if here == 1 { "it is there".into() } else { "all are there".into() })
    }

    fn rows(&self, state: &State) -> Vec<Place> {
        let Some(tree) = self.tree(state) else {
            return Vec::new();
        };
        let needle = self.filter.value().trim().to_lowercase();
        let lazy = state.connection(&self.connection).is_some_and(|setup| setup.spec.levels == Levels::ByRoot);
        let kept = (!needle.is_empty()).then(|| matching(tree, &needle));
        let mut rows = Vec::new();
        let mut stack: Vec<(&OrganizationId, usize)> = tree.roots().iter().rev().map(|id| (id, 0)).collect();
        // The arena's children never lead back, so the walk ends.
        while let Some((id, depth)) = stack.pop() {
            let Some(node) = tree.node(id) else { continue };
            if kept.as_ref().is_some_and(|kept| !kept.contains(id)) {
                continue;
            }
            let unknown = lazy && depth == 0 && !self.asked.contains(id);
            let closed = unknown || self.collapsed.contains(id);
            let below = match (node.children.is_empty() && !unknown, closed && kept.is_none()) {
                (true, _) => Below::Nothing,
                (false, true) => Below::Hidden,
                (false, false) => Below::Shown,
            };
            if below == Below::Shown {
                stack.extend(node.children.iter().rev().map(|child| (child, depth + 1)));
            }
            rows.push(Place { id: id.clone(), depth, below, fault: node.fault, refusal: self.refusal(tree, id) });
        }
        rows
    }

    fn at(&self, rows: &[Place]) -> usize {
        self.cursor.as_ref().and_then(|id| rows.iter().position(|row| row.id == *id)).unwrap_or(0)
    }

    /// Takes a paste into the filter.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(text);
        self.cursor = None;
    }
}

/// The organizations whose name or id matches, and all above them.
fn matching(tree: &Tree, needle: &str) -> HashSet<OrganizationId> {
    let mut kept = HashSet::new();
    for id in tree.roots().iter().flat_map(|root| tree.subtree(root)) {
        let named = tree.node(&id).is_some_and(|node| node.organization.name.raw().to_lowercase().contains(needle));
        if named || id.as_str().to_lowercase().contains(needle) {
            kept.extend(tree.above(&id));
            kept.insert(id);
        }
    }
    kept
}

/// Where an account is, as far as known: what its lineage says wins over what a listing says.
fn place_of(state: &State, key: &AccountKey) -> Option<OrganizationId> {
    if let Some(fact) = state.snapshot.lineage(key) {
        return fact.value.parent().map(|parent| parent.key.id.clone());
    }
    state.listed(key)?.parent().map(|parent| parent.id.clone())
}

/// Opens the picker for what `m` acts on: the cursor stands where the first of them is.
pub fn open(state: &mut State) {
    let keys = state.targets().into_iter().filter_map(|subject| match subject {
        Subject::Account(key) => Some(key),
        Subject::Organization(_) | Subject::Connection(_) => None,
    });
    let accounts: Vec<AccountKey> = keys.collect();
    let Some(first) = accounts.first() else {
        return;
    };
    let places: Vec<Option<OrganizationId>> = accounts.iter().map(|key| place_of(state, key)).collect();
    let picker = Picker {
        connection: first.connection.clone(),
        cursor: places[0].clone(),
        accounts,
        places,
        collapsed: HashSet::new(),
        asked: HashSet::new(),
        chosen: None,
        filter: TextField::default(),
        filtering: false,
        offset: 0,
    };
    state.open(Modal::Picker(Box::new(picker)));
    settle(state);
}

/// Gives a key to the filter: characters that no other key takes begin it. False if it takes none.
pub fn typed(state: &mut State, key: Key) -> bool {
    let filtering = on_top(state).is_some_and(|picker| picker.filtering);
    let begins = key.text().is_some_and(|char| char != ' ') && crate::app::lookup(state, key).is_none();
    if !takes(key) || !(filtering || begins) {
        return false;
    }
    let Some(picker) = on_top_mut(state) else {
        return false;
    };
    picker.filtering = true;
    picker.filter.key(key);
    best_match(state);
    true
}

/// After another filter the cursor stands on the first that matches by itself.
fn best_match(state: &mut State) {
    let Some(picker) = on_top(state) else { return };
    let needle = picker.filter.value().trim().to_lowercase();
    let tree = picker.tree(state);
    let rows = picker.rows(state);
    let named = |row: &&Place| {
        let name = tree.and_then(|tree| tree.node(&row.id)).map(|node| node.organization.name.raw().to_lowercase());
        name.is_some_and(|name| name.contains(&needle)) || row.id.as_str().to_lowercase().contains(&needle)
    };
    let best = rows.iter().find(|row| row.refusal.is_none() && named(row)).or_else(|| rows.iter().find(named));
    let best = best.map(|row| row.id.clone());
    if let Some(picker) = on_top_mut(state)
        && !needle.is_empty()
    {
        picker.cursor = best;
    }
    settle(state);
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let Some(picker) = on_top(state) else { return };
    let rows = picker.rows(state);
    let page = page(state, picker);
    let to = motion.apply(picker.at(&rows), rows.len(), page);
    let id = rows.get(to).map(|row| row.id.clone());
    if let Some(picker) = on_top_mut(state) {
        picker.cursor = id;
    }
    settle(state);
}

/// Keeps the cursor on a row, and the row on screen.
fn settle(state: &mut State) {
    let Some(picker) = on_top(state) else { return };
    let rows = picker.rows(state);
    let at = picker.at(&rows);
    let id = rows.get(at).map(|row| row.id.clone());
    let offset = scroll_to(at, picker.offset, page(state, picker), rows.len());
    if let Some(picker) = on_top_mut(state) {
        picker.cursor = id.or_else(|| picker.cursor.take());
        picker.offset = offset;
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Choose => choose(state, effects),
        Act::Review => review(state, effects),
        Act::Filter => {
            if let Some(picker) = on_top_mut(state) {
                picker.filtering = true;
            }
        }
        Act::Expand => expand(state, effects),
        Act::Collapse => collapse(state),
        Act::Back => back(state),
    }
    settle(state);
}

fn back(state: &mut State) {
    let Some(picker) = on_top_mut(state) else { return };
    if picker.filtering || !picker.filter.value().is_empty() {
        picker.filtering = false;
        picker.filter = TextField::default();
    } else {
        state.close();
    }
}

fn choose(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(picker) = on_top(state) else { return };
    let rows = picker.rows(state);
    let Some(row) = rows.get(picker.at(&rows)) else {
        return state.refuse_key("nothing matches: Esc clears the filter", effects);
    };
    if row.below == Below::Hidden {
        return expand(state, effects);
    }
    if let Some(reason) = &row.refusal {
        let words = format!("it can't be the destination: {reason}");
        return state.refuse_key(words, effects);
    }
    let id = row.id.clone();
    if let Some(picker) = on_top_mut(state) {
        picker.filtering = false;
        picker.cursor = Some(id.clone());
        picker.chosen = Some(id);
    }
}

fn expand(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(picker) = on_top(state) else { return };
    let rows = picker.rows(state);
    let Some(row) = rows.get(picker.at(&rows)).filter(|row| row.below == Below::Hidden).cloned() else {
        return;
    };
    let lazy = state.connection(&picker.connection).is_some_and(|setup| setup.spec.levels == Levels::ByRoot);
    let key = OrganizationKey { connection: picker.connection.clone(), id: row.id.clone() };
    let asks = lazy && row.depth == 0 && !picker.asked.contains(&row.id);
    if asks {
        organizations::ask(state, &key, effects);
    }
    if let Some(picker) = on_top_mut(state) {
        picker.collapsed.remove(&row.id);
        picker.asked.insert(row.id);
    }
}

fn collapse(state: &mut State) {
    let Some(picker) = on_top(state) else { return };
    let rows = picker.rows(state);
    let at = picker.at(&rows);
    let Some(row) = rows.get(at).cloned() else { return };
    let above = rows[..at].iter().rev().find(|above| above.depth < row.depth).map(|above| above.id.clone());
    let Some(picker) = on_top_mut(state) else { return };
    if row.below == Below::Shown && picker.filter.value().is_empty() {
        picker.collapsed.insert(row.id);
    } else if above.is_some() {
        picker.cursor = above;
    }
}

fn review(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(picker) = on_top(state) else { return };
    let Ok(to) = picker.destination(state) else { return };
    let changes = picker.accounts.iter().map(|key| {
        let mut change = bare(ChangeKind::MoveAccount, Subject::Account(key.clone()));
        change.values.set(Change::TO, to.as_str());
        change
    });
    let changes = changes.collect();
    if let Some(picker) = on_top_mut(state) {
        picker.filtering = false;
        picker.chosen = Some(to);
    }
    plan::ask(state, changes, effects);
}

/// Whom it moves, and from where.
fn head(state: &State, picker: &Picker, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let [key] = picker.accounts.as_slice() {
        lines.push(
            Line::of(Role::Dim, "account  ")
                .and(Role::Title, plan::subject_name(state, &Subject::Account(key.clone()))),
        );
        lines.push(Line::of(Role::Dim, "id       ").and(Role::Text, key.id.to_string()));
    } else {
        let names: Vec<String> = picker
            .accounts
            .iter()
            .take(ORIGINS)
            .map(|key| plan::subject_name(state, &Subject::Account(key.clone())))
            .collect();
        let rest = picker.accounts.len().saturating_sub(ORIGINS);
        let rest = if rest > 0 { format!(" and {} more", accounts::grouped(rest)) } else { String::new() };
        for (nth, text) in
            wrap(&format!("{}{rest}", names.join(", ")), columns.saturating_sub(9)).into_iter().enumerate()
        {
            lines.push(Line::of(Role::Dim, if nth == 0 { "accounts " } else { "         " }).and(Role::Text, text));
        }
    }
    for (nth, text) in wrap(&origins(state, picker), columns.saturating_sub(9)).into_iter().enumerate() {
        lines.push(Line::of(Role::Dim, if nth == 0 { "from     " } else { "         " }).and(Role::Text, text));
    }
    let to = picker.chosen.as_ref().map(|id| crumbs(state, &picker.connection, id));
    let to = to.map_or_else(|| Line::of(Role::Dim, "not marked yet"), |crumbs| Line::of(Role::Added, crumbs));
    let mut line = Line::of(Role::Dim, "to       ");
    line.0.extend(to.0);
    lines.push(line);
    lines
}

fn origins(state: &State, picker: &Picker) -> String {
    let mut counts: BTreeMap<Option<&OrganizationId>, usize> = BTreeMap::new();
    for place in &picker.places {
        *counts.entry(place.as_ref()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let several = picker.places.len() > 1;
    let words = counts.iter().take(ORIGINS).map(|(place, count)| {
        let place = place.map_or_else(|| "no organization".to_owned(), |id| crumbs(state, &picker.connection, id));
        if several { format!("{place} ({count})") } else { place }
    });
    let mut words: Vec<String> = words.collect();
    if counts.len() > ORIGINS {
        words.push(format!("{} more places", counts.len() - ORIGINS));
    }
    words.join(", ")
}

/// `Root › Division › Team`.
fn crumbs(state: &State, connection: &ConnectionName, id: &OrganizationId) -> String {
    let tree = state.snapshot.connection(connection).map(|view| view.tree.as_ref());
    let mut ids = tree.map(|tree| tree.above(id)).unwrap_or_default();
    ids.push(id.clone());
    let names = ids.into_iter().map(|id| {
        let key = OrganizationKey { connection: connection.clone(), id };
        plan::subject_name(state, &Subject::Organization(key))
    });
    names.collect::<Vec<_>>().join(" › ")
}

/// Why there are no rows, or not all.
fn tail(state: &State, picker: &Picker) -> Vec<Line> {
    let mut lines = Vec::new();
    let view = state.snapshot.connection(&picker.connection);
    let Some(setup) = state.connection(&picker.connection) else {
        return lines;
    };
    let words = match view.map(|view| &view.hierarchy) {
        None | Some(Hierarchy::Unknown) => Some(format!("Loading {} …", setup.spec.hierarchy.many)),
        Some(Hierarchy::Flat) => Some(setup.spec.hierarchy.none.to_owned()),
        Some(Hierarchy::Derived { .. }) => {
            Some("Only what accounts name as their parents is known here: other places may exist.".to_owned())
        }
        Some(Hierarchy::Failed { why }) => Some(format!("{} did not all come: {why}", setup.spec.hierarchy.many)),
        Some(Hierarchy::Listed { .. }) if picker.tree(state).is_none_or(Tree::is_empty) => {
            Some(setup.spec.hierarchy.none.to_owned())
        }
        Some(Hierarchy::Listed { .. }) => None,
    };
    if let Some(words) = words {
        lines.push(Line::of(Role::Dim, shown(&words).into_owned()));
    }
    let others: Vec<&str> = state
        .setup
        .connections
        .iter()
        .map(|setup| setup.name.as_str())
        .filter(|name| *name != picker.connection.as_str())
        .collect();
    if !others.is_empty() {
        let words = format!("{}: another connection, and an account moves within its own", shown(&others.join(", ")));
        lines.push(Line::of(Role::Dim, words));
    }
    lines
}

/// As high as the whole tree needs: a filter does not make it smaller.
fn area(state: &State, picker: &Picker) -> Rect {
    let room = Rect::new(0, 1, state.size.width, state.size.height.saturating_sub(2));
    let columns = usize::from(room.width.min(COLUMNS).saturating_sub(4));
    let around = head(state, picker, columns).len() + 2 + wrapped(&tail(state, picker), columns).len();
    let organizations = picker.tree(state).map_or(0, Tree::len);
    let height = u16::try_from(around + organizations.max(LEAST) + 2).unwrap_or(u16::MAX);
    centred(room, COLUMNS, height)
}

/// How many rows of the tree are on screen.
fn page(state: &State, picker: &Picker) -> usize {
    let inner = inside(area(state, picker));
    let columns = usize::from(inner.width.saturating_sub(2));
    let around = head(state, picker, columns).len() + 2 + wrapped(&tail(state, picker), columns).len();
    usize::from(inner.height).saturating_sub(around).max(1)
}

fn wrapped(lines: &[Line], columns: usize) -> Vec<Line> {
    lines
        .iter()
        .flat_map(|line| {
            if line.width() <= columns {
                return vec![line.clone()];
            }
            let role = line.0.first().map_or(Role::Text, |(role, _)| *role);
            let text: String = line.0.iter().map(|(_, text)| text.as_str()).collect();
            wrap(&text, columns).into_iter().map(|text| Line::of(role, text)).collect()
        })
        .collect()
}

/// Draws the picker.
pub fn draw(state: &State, picker: &Picker, buf: &mut Buffer, theme: Theme) {
    let area = area(state, picker);
    let subjects: Vec<Subject> = picker.accounts.iter().cloned().map(Subject::Account).collect();
    let title = Line::of(Role::Title, "Move")
        .and(Role::Dim, format!(" · {} · {}", chooser::whom(state, &subjects), picker.connection));
    let inner = modal_frame(buf, area, &title, theme);
    let body = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let columns = usize::from(body.width);
    let mut y = body.y;
    let mut say = |line: &Line, y: &mut u16| {
        if *y < body.bottom() {
            put_line(buf, body.x, *y, body.width, line, theme, Style::new());
            *y += 1;
        }
    };
    for line in head(state, picker, columns) {
        say(&line, &mut y);
    }
    let line_of_filter = y;
    y += 2;
    let rows = picker.rows(state);
    let page = page(state, picker);
    let at = picker.at(&rows);
    for (nth, row) in rows.iter().enumerate().skip(picker.offset).take(page) {
        if y >= body.bottom() {
            break;
        }
        let place = Rect { y, height: 1, ..body };
        draw_row(state, picker, row, nth == at, place, buf, theme);
        y += 1;
    }
    if rows.is_empty() && !picker.filter.value().is_empty() {
        let none = Line::of(Role::Text, "None matches. ").and(Role::Key, "Esc").and(Role::Dim, " clears");
        put_line(buf, body.x, y, body.width, &none, theme, Style::new());
    }
    let below = wrapped(&tail(state, picker), columns);
    y = body.bottom().saturating_sub(u16::try_from(below.len()).unwrap_or(0)).max(y);
    for line in below {
        if y < body.bottom() {
            put_line(buf, body.x, y, body.width, &line, theme, Style::new());
            y += 1;
        }
    }
    if line_of_filter < body.bottom() && (picker.filtering || !picker.filter.value().is_empty()) {
        let used = put_line(buf, body.x, line_of_filter, body.width, &Line::of(Role::Key, "/ "), theme, Style::new());
        let field = (body.x + used, line_of_filter, body.width.saturating_sub(used));
        picker.filter.draw(buf, field, theme, Role::Text, picker.filtering);
    }
}

fn draw_row(state: &State, picker: &Picker, row: &Place, under: bool, area: Rect, buf: &mut Buffer, theme: Theme) {
    let over = if under { theme.style(Role::Selected) } else { Style::new() };
    if under {
        buf.set_style(area, over);
    }
    let chosen = picker.chosen.as_ref() == Some(&row.id);
    let sign = match row.below {
        Below::Nothing => "  ",
        Below::Shown => "▾ ",
        Below::Hidden => "▸ ",
    };
    let mut line = Line::of(Role::Marked, if chosen { "●" } else { " " });
    line.push(Role::Text, "  ".repeat(row.depth.min(24)));
    line.push(Role::Dim, sign);
    let key = OrganizationKey { connection: picker.connection.clone(), id: row.id.clone() };
    let role = match (chosen, &row.refusal) {
        (true, _) => Role::Marked,
        (false, Some(_)) => Role::Dim,
        (false, None) => Role::Text,
    };
    line.push(role, plan::subject_name(state, &Subject::Organization(key)));
    match row.fault {
        Some(TreeFault::Orphan) => line.push(Role::Warn, "  ! its parent is not listed"),
        Some(TreeFault::Cycle) => line.push(Role::Warn, "  ! its parents lead in a circle"),
        None => {}
    }
    let here = picker.places.iter().filter(|place| place.as_ref() == Some(&row.id)).count();
    match &row.refusal {
        Some(reason) => line.push(Role::Dim, format!("  ({reason})")),
        None if here > 0 => line.push(Role::Dim, format!("  ({here} of them are there)")),
        None => {}
    }
    put_line(buf, area.x, area.y, area.width, &line, theme, over);
}
