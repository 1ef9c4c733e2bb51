//! The tree: connections, and below each its hierarchy. Expandable, lazy, safe against cycles and orphans (the arena in
//! `domain` sees to that). The cursor and what is expanded are ids, never rows.
//!
//! A node may have 50,000 children: the rows are built when the tree or what is open changes, once over all of them; a
//! key and a frame cost the same however many there are.

mod rows;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, ConnectionSetup, Effect, Motion, Row, Setup, Slot, State, Urgency, inside, is_old, pins};
use crate::domain::{ConnectionName, Key, KeyCode, OrganizationKey, Role, Tree, age_words, grouped};
use crate::forms::TextField;
use crate::inventory::{Hierarchy, Scope, Snapshot, SyncState, is_dear_failure};
use crate::panes::{PaneId, accounts};
use crate::provider::{Cursor, Levels, OrganizationScope, Query};
use crate::view::{Line, Theme, bordered, frame_more, put_line, scroll_to, wrap};

pub use rows::TreeRow;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A connection: the first level.
    Connection(ConnectionName),
    /// An organization.
    Organization(OrganizationKey),
}

impl Node {
    /// The connection that the node belongs to.
    #[must_use]
    pub fn connection(&self) -> &ConnectionName {
        match self {
            Self::Connection(name) => name,
            Self::Organization(key) => &key.connection,
        }
    }

    /// What the list shows for it: its whole subtree.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Connection(name) => Scope::Connection(name.clone()),
            Self::Organization(key) => Scope::Organization(key.clone()),
        }
    }
}

/// The tree's state.
#[derive(Clone, Debug, Default)]
pub struct Pane {
    cursor: Option<Node>,
    /// Where the cursor was left by an earlier run, until its node is there or the user moves.
    wanted: Option<Node>,
    expanded: HashSet<Node>,
    /// Nodes whose children were asked for, where the provider lists level by level.
    asked: HashSet<Node>,
    rows: Vec<TreeRow>,
    /// The cursor's place among the rows, as long as it is there.
    at: usize,
    /// What the rows were built from: the connections' trees, and the count of changes here.
    built: (Vec<Option<Arc<Tree>>>, u64),
    revision: u64,
    offset: usize,
    /// Connections whose words below the rows were put away, until the program ends.
    put_away: HashSet<ConnectionName>,
    /// What narrows the tree.
    pub filter: TextField,
    /// What the rows were narrowed by: with other text the cursor goes to the first match again.
    sought: String,
    /// Whether the filter line has the focus.
    pub filtering: bool,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows what is below.
    Expand,
    /// Hides what is below, or goes to the node above.
    Collapse,
    /// Fixes the scope and goes to the list.
    Scope,
}

/// The tree's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Organizations(Act::Scope), "show these accounts").hint(1),
    Row::new(&[Key::char('l'), Key::plain(KeyCode::Right)], Action::Organizations(Act::Expand), "expand").hint(1),
    Row::new(&[Key::char('h'), Key::plain(KeyCode::Left)], Action::Organizations(Act::Collapse), "collapse").hint(2),
    accounts::UNMARK,
    pins::PIN,
];

impl Pane {
    /// The tree at start: every connection open, the cursor on the first. Where each account has a root of its own the
    /// roots would be the list once more, so there the connection is closed.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let node = |connection: &ConnectionSetup| Node::Connection(connection.name.clone());
        let open = setup.connections.iter().filter(|connection| connection.spec.levels != Levels::ByRoot);
        Self {
            cursor: setup.connections.first().map(node),
            expanded: open.map(node).collect(),
            revision: 1,
            ..Self::default()
        }
    }

    /// The node under the cursor.
    #[must_use]
    pub fn cursor(&self) -> Option<&Node> {
        self.cursor.as_ref()
    }

    /// The visible rows, as of the last [`rebuild`].
    #[must_use]
    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// Something changed that the rows depend on.
    pub fn touch(&mut self) {
        self.revision += 1;
    }

    /// Where the cursor is, or comes back to.
    #[must_use]
    pub fn stays_at(&self) -> Option<&Node> {
        self.wanted.as_ref().or(self.cursor.as_ref())
    }

    /// Counts what was opened and closed.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The nodes that are open.
    pub fn open(&self) -> impl Iterator<Item = &Node> {
        self.expanded.iter()
    }

    /// Opens and closes nodes as an earlier run left them; connections that it did not know stay as they are.
    pub fn bring_back(&mut self, open: Vec<Node>, closed: &[ConnectionName], cursor: Option<Node>) {
        self.expanded.extend(open);
        for name in closed {
            self.expanded.remove(&Node::Connection(name.clone()));
        }
        self.wanted = cursor;
        self.touch();
    }

    /// Whether a filter narrows it.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.filter.value().is_empty()
    }

    /// Whether no connection has any organization.
    #[must_use]
    pub fn is_flat(&self, state: &State) -> bool {
        state.snapshot.connections().all(|(_, view)| view.tree.is_empty())
    }

    /// The cursor's place among the rows; the first one if it is on none.
    fn index(&self) -> usize {
        let stands = self.rows.get(self.at).is_some_and(|row| self.cursor.as_ref() == Some(&row.node));
        if stands { self.at } else { 0 }
    }

    /// Puts the cursor on a row, if there is one.
    fn put(&mut self, at: usize) {
        self.at = at;
        self.cursor = self.rows.get(at).map(|row| row.node.clone());
    }
}

/// Builds the visible rows anew if a tree or what is open changed, and keeps the cursor on a row. Trees are told apart by
/// where they are: a list that grows leaves them as they were.
pub fn rebuild(state: &mut State) {
    let pane = &state.organizations;
    let connections = state.setup.connections.iter();
    let trees = connections.map(|connection| state.snapshot.connection(&connection.name).map(|view| &view.tree));
    let same = |(old, new): (&Option<Arc<Tree>>, Option<&Arc<Tree>>)| match (old, new) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let (old, revision) = &pane.built;
    if *revision == pane.revision && old.len() == trees.len() && old.iter().zip(trees.clone()).all(same) {
        return;
    }
    let built = (trees.map(Option::<&_>::cloned).collect(), pane.revision);
    let rows = rows::visible(state);
    let pane = &mut state.organizations;
    let before = pane.index();
    pane.rows = rows;
    pane.built = built;
    let sought = pane.filter.value().trim().to_lowercase();
    let is_new = sought != pane.sought;
    pane.sought = sought;
    if is_new && !pane.sought.is_empty() {
        pane.wanted = None;
    }
    let best = || pane.rows.iter().position(|row| row.named);
    let place = |node: &Node| pane.rows.iter().position(|row| row.node == *node);
    let stays = || pane.cursor.as_ref().and_then(place);
    let wanted = pane.wanted.as_ref().and_then(place);
    let found = if is_new { best().or(wanted).or_else(stays) } else { wanted.or_else(stays).or_else(best) };
    if wanted.is_some() {
        pane.wanted = None;
    }
    let found = found.or_else(|| holder(state));
    let pane = &mut state.organizations;
    pane.put(found.unwrap_or_else(|| before.min(pane.rows.len().saturating_sub(1))));
    scroll(state);
}

/// The row that holds what the cursor was on, once that stands below what is closed: the nearest one.
fn holder(state: &State) -> Option<usize> {
    let pane = &state.organizations;
    let Some(Node::Organization(key)) = &pane.cursor else { return None };
    let connection = &key.connection;
    let above: HashSet<_> = tree(&state.snapshot, connection)?.above(&key.id).into_iter().collect();
    pane.rows.iter().rposition(|row| match &row.node {
        Node::Connection(name) => name == connection,
        Node::Organization(key) => key.connection == *connection && above.contains(&key.id),
    })
}

fn tree<'a>(snapshot: &'a Snapshot, connection: &ConnectionName) -> Option<&'a Tree> {
    snapshot.connection(connection).map(|view| view.tree.as_ref())
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    let pane = &mut state.organizations;
    pane.wanted = None;
    let at = pane.index();
    // While it is typed, what only leads to a match is passed over.
    let mut named = pane.rows.iter().enumerate().filter(|(_, row)| row.named).map(|(at, _)| at);
    let to = match (motion, pane.filtering && !pane.sought.is_empty()) {
        (Motion::Down, true) => named.find(|to| *to > at),
        (Motion::Up, true) => named.take_while(|to| *to < at).last(),
        (motion, _) => Some(motion.apply(at, pane.rows.len(), page)),
    };
    if let Some(to) = to {
        pane.put(to);
    }
    scroll(state);
}

/// Puts the cursor on a visible row, counted from the top of the screen.
pub fn click(state: &mut State, row: usize) {
    let pane = &mut state.organizations;
    let at = pane.offset + row;
    if at < pane.rows.len() {
        pane.wanted = None;
        pane.put(at);
    }
}

fn page(state: &State) -> usize {
    let area = crate::app::layout(state).organizations.map(inside);
    area.map_or(1, |area| usize::from(area.height.saturating_sub(u16::from(shows_filter(state)))))
}

fn shows_filter(state: &State) -> bool {
    state.organizations.filtering || state.organizations.is_narrowed()
}

/// The screen's size changed.
pub fn touch_scroll(state: &mut State) {
    scroll(state);
}

fn scroll(state: &mut State) {
    let page = page(state);
    let pane = &mut state.organizations;
    pane.offset = scroll_to(pane.index(), pane.offset, page, pane.rows.len());
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Expand => expand(state, effects),
        Act::Collapse => collapse(state),
        Act::Scope => {
            state.organizations.filtering = false;
            if let Some(node) = state.organizations.cursor.clone() {
                state.accounts.set_scope(node.scope());
                state.focus = PaneId::Accounts;
                leave_filter(state, &node);
            }
        }
    }
}

/// The filter has led to a node: the whole tree is there again, open down to it.
fn leave_filter(state: &mut State, node: &Node) {
    if !state.organizations.is_narrowed() {
        return;
    }
    match node {
        Node::Connection(name) => come_to(state, name),
        Node::Organization(key) => reveal(state, key),
    }
}

fn expand(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(node) = state.organizations.cursor.clone() else {
        return;
    };
    state.organizations.expanded.insert(node.clone());
    state.organizations.touch();
    let Some(setup) = state.connection(node.connection()) else {
        return;
    };
    // Elsewhere the listing has given all there is.
    let pane = &state.organizations;
    let is_root = pane.rows.get(pane.index()).is_some_and(|row| row.node == node && row.depth == 1);
    if setup.spec.levels != Levels::ByRoot || !is_root || state.organizations.asked.contains(&node) {
        return;
    }
    if let Node::Organization(key) = &node {
        ask(state, key, effects);
        state.organizations.asked.insert(node);
    }
}

/// The root above an organization, or itself.
#[must_use]
pub fn root_of(state: &State, key: OrganizationKey) -> OrganizationKey {
    let above = tree(&state.snapshot, &key.connection).map(|tree| tree.above(&key.id)).unwrap_or_default();
    let root = above.into_iter().next();
    root.map_or(key.clone(), |id| OrganizationKey { connection: key.connection, id })
}

/// Asks for the level below an organization.
pub fn ask(state: &mut State, key: &OrganizationKey, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    effects.push(Effect::Fetch {
        id,
        connection: key.connection.clone(),
        slot: Slot::Tree(key.connection.clone()),
        query: Query::Organizations(OrganizationScope::Below(key.id.clone()), Cursor::First),
        urgency: Urgency::Asked,
    });
}

fn collapse(state: &mut State) {
    let pane = &mut state.organizations;
    let Some(node) = pane.cursor.clone() else {
        return;
    };
    let at = pane.index();
    let open = pane.expanded.contains(&node) && pane.rows.get(at).is_some_and(|row| row.parent);
    if open {
        pane.expanded.remove(&node);
        pane.touch();
        return;
    }
    if let Some(above) = pane.rows.get(at).and_then(|row| row.above) {
        pane.put(above);
        scroll(state);
    }
}

/// Puts the cursor on a connection: the list is about it from now on, and so is a key that is pressed in the tree.
pub fn come_to(state: &mut State, connection: &ConnectionName) {
    let pane = &mut state.organizations;
    pane.filter = TextField::default();
    pane.wanted = None;
    pane.cursor = Some(Node::Connection(connection.clone()));
    pane.touch();
    rebuild(state);
    scroll(state);
}

/// Puts the cursor on an organization and opens all above it.
pub fn reveal(state: &mut State, key: &OrganizationKey) {
    let connection = &key.connection;
    let above = tree(&state.snapshot, connection).map(|tree| tree.above(&key.id)).unwrap_or_default();
    let pane = &mut state.organizations;
    pane.expanded.insert(Node::Connection(connection.clone()));
    for id in above {
        pane.expanded.insert(Node::Organization(OrganizationKey { connection: connection.clone(), id }));
    }
    pane.filter = TextField::default();
    pane.wanted = None;
    pane.cursor = Some(Node::Organization(key.clone()));
    pane.touch();
    rebuild(state);
    scroll(state);
}

/// Takes the filter away.
pub fn widen(state: &mut State) {
    state.organizations.filter = TextField::default();
    state.organizations.touch();
}

/// Draws the tree.
pub fn draw(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let focused = state.focus == PaneId::Organizations && state.modals.is_empty();
    let title = Line::of(Role::Title, "Organizations");
    let inner = bordered(buf, area, &title, theme, focused);
    let pane = &state.organizations;
    let mut top = inner.y;
    if shows_filter(state) && inner.height > 1 {
        let used = put_line(buf, inner.x, top, inner.width, &Line::of(Role::Key, "/ "), theme, Style::new());
        let field = (inner.x + used, top, inner.width.saturating_sub(used));
        pane.filter.draw(buf, field, theme, Role::Text, pane.filtering);
        top += 1;
    }
    let height = usize::from(inner.bottom().saturating_sub(top));
    let mut y = top;
    for row in pane.rows.iter().skip(pane.offset).take(height) {
        draw_row(state, row, Rect { y, height: 1, ..inner }, buf, theme, focused);
        y += 1;
    }
    draw_words(state, Rect { y, height: inner.bottom().saturating_sub(y), ..inner }, buf, theme);
    frame_more(buf, area, pane.offset, pane.rows.len().saturating_sub(pane.offset + height), theme);
}

fn draw_row(state: &State, row: &TreeRow, area: Rect, buf: &mut Buffer, theme: Theme, focused: bool) {
    let pane = &state.organizations;
    let under = pane.cursor.as_ref() == Some(&row.node);
    let scoped = row.node.scope() == state.accounts.scope;
    let over = match (under, focused) {
        (true, true) => theme.style(Role::Selected),
        (true, false) => theme.style(Role::SelectedDim),
        (false, _) => Style::new(),
    };
    if under && (focused || theme.is_band(Role::SelectedDim)) {
        buf.set_style(area, over);
    }
    let open = pane.expanded.contains(&row.node);
    let sign = match (row.parent, open) {
        (true, true) => "▾ ",
        (true, false) => "▸ ",
        (false, _) => "  ",
    };
    let mut line = Line::of(Role::Text, if under && !focused { "▌" } else { " " });
    // Half of the width is the name's: what stands deeper than that says how deep.
    let deepest = usize::from(area.width / 4);
    if row.depth > deepest {
        line.push(Role::Dim, format!("{:>room$}", row.depth, room = 2 * deepest));
    } else {
        line.push(Role::Text, "  ".repeat(row.depth));
    }
    line.push(Role::Dim, sign);
    match &row.node {
        Node::Connection(name) => connection_words(state, name, &mut line),
        Node::Organization(key) => {
            let name = state.snapshot.organization(key).map(|organization| organization.name.shown().into_owned());
            let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| key.id.to_string());
            line.push(if scoped { Role::Title } else { Role::Text }, name);
            if tree(&state.snapshot, &key.connection).is_some_and(|tree| tree.is_alike(&key.id)) {
                line.push(Role::Warn, " ≈ ");
                line.push(Role::Dim, crate::domain::shown(key.id.as_str()));
            }
        }
    }
    if let Some(fault) = row.fault {
        line.push(Role::Warn, format!("  ! {}", fault.words()));
    }
    if row.pinned {
        line.push(Role::Marked, " ★");
    }
    if scoped {
        line.push(Role::Good, " •");
    }
    put_line(buf, area.x, area.y, area.width, &line, theme, over);
}

fn connection_words(state: &State, name: &ConnectionName, line: &mut Line) {
    line.push(Role::Title, name.to_string());
    let Some(view) = state.snapshot.connection(name) else {
        if state.syncs.contains_key(name) {
            line.push(Role::Dim, "  …");
        }
        return;
    };
    if let Some(words) = view.contest_words() {
        return line.push(Role::Bad, format!("  {words}"));
    }
    let accounts = grouped(usize::try_from(view.accounts).unwrap_or(usize::MAX));
    match &view.sync {
        SyncState::Never if state.syncs.contains_key(name) => line.push(Role::Dim, "  …"),
        SyncState::Never => {}
        SyncState::Running { .. } => line.push(Role::Dim, format!("  {accounts} …")),
        SyncState::Complete { at } if is_old(state, name, *at) => {
            line.push(Role::Dim, format!("  {accounts} as of {}", age_words(state.now.since(*at))));
        }
        SyncState::Complete { .. } => line.push(Role::Dim, format!("  {accounts}")),
        SyncState::Partial { .. } => line.push(Role::Warn, format!("  {accounts} partial")),
        SyncState::Failed { .. } => {
            if let Some(at) = view.kept_at {
                line.push(Role::Dim, format!("  {accounts} as of {}", age_words(state.now.since(at))));
            }
            line.push(Role::Bad, "  failed");
        }
    }
}

/// Puts away the words below the rows, but for failures; false if there are none.
pub fn put_away_words(state: &mut State) -> bool {
    let said = |connection: &&ConnectionSetup| {
        let words = words(state, connection);
        words.is_some_and(|(kind, _)| kind == Words::Normal)
    };
    let said: Vec<ConnectionName> = state.setup.connections.iter().filter(said).map(|it| it.name.clone()).collect();
    let any = !said.is_empty();
    state.organizations.put_away.extend(said);
    any
}

/// What words below the rows tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    /// A normal state.
    Normal,
    /// Something that did not come.
    Failure,
}

/// Why a connection has no more rows; nothing if that was put away.
fn words(state: &State, connection: &ConnectionSetup) -> Option<(Words, String)> {
    let view = state.snapshot.connection(&connection.name)?;
    let (kind, words) = match &view.hierarchy {
        Hierarchy::Derived { why } if view.tree.is_empty() => {
            let hint = why.hint.clone().unwrap_or_default();
            (Words::Normal, format!("{} {hint}", connection.spec.hierarchy.none))
        }
        Hierarchy::Derived { .. } => (
            Words::Normal,
            format!(
                "{} may not be listed with this credential: built from what accounts name as their parents.",
                connection.spec.hierarchy.many
            ),
        ),
        Hierarchy::Listed { .. } if view.tree.is_empty() => (Words::Normal, connection.spec.hierarchy.none.to_owned()),
        Hierarchy::Failed { why } if is_dear_failure(why) => {
            let words = format!("{} are not all here: {}. R goes on.", connection.spec.hierarchy.many, why.cause);
            (Words::Failure, words)
        }
        Hierarchy::Failed { why } => {
            (Words::Failure, format!("{} did not come: {why}. r tries again.", connection.spec.hierarchy.many))
        }
        Hierarchy::Unknown | Hierarchy::Flat | Hierarchy::Listed { .. } => return None,
    };
    let is_away = kind == Words::Normal && state.organizations.put_away.contains(&connection.name);
    (!is_away).then(|| (kind, format!("{} · {words}", connection.name)))
}

/// Below the rows: why there are no more.
fn draw_words(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    if area.height < 2 || area.width < 8 {
        return;
    }
    let mut y = area.y + 1;
    if state.organizations.rows.is_empty() && shows_filter(state) {
        let line = Line::of(Role::Text, "None matches. ").and(Role::Key, "Esc").and(Role::Dim, " clears");
        put_line(buf, area.x + 1, y, area.width - 2, &line, theme, Style::new());
        return;
    }
    let focused = state.focus == PaneId::Organizations && state.modals.is_empty();
    for connection in &state.setup.connections {
        let Some((kind, mut words)) = words(state, connection) else { continue };
        if focused && kind == Words::Normal {
            words.push_str(" Esc hides this.");
        }
        for text in wrap(&crate::domain::shown(&words), usize::from(area.width.saturating_sub(2))) {
            if y >= area.bottom() {
                return;
            }
            put_line(buf, area.x + 1, y, area.width - 2, &Line::of(Role::Dim, text), theme, Style::new());
            y += 1;
        }
        y += 1;
    }
}
