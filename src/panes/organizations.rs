//! The tree: connections, and below each its hierarchy. Expandable, lazy, safe against cycles and orphans (the arena in
//! `domain` sees to that). The cursor and what is expanded are ids, never rows.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, ConnectionSetup, Effect, Motion, Row, Setup, Slot, State, Urgency, inside};
use crate::domain::{ConnectionName, Key, KeyCode, OrganizationId, OrganizationKey, Role, Tree, TreeFault};
use crate::forms::TextField;
use crate::inventory::{Hierarchy, Scope, Snapshot, SyncState, is_dear_failure};
use crate::panes::PaneId;
use crate::provider::{Capability, Cursor, Levels, Offer, OrganizationScope, Query};
use crate::view::{Line, Theme, bordered, put_line, scroll_to, wrap};

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

/// One visible row.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// The node.
    pub node: Node,
    /// 0 for connections.
    pub depth: usize,
    /// Whether something stands, or may stand, below it.
    pub parent: bool,
    /// Why it stands among the roots although it names a parent.
    pub fault: Option<TreeFault>,
}

/// The tree's state.
#[derive(Clone, Debug, Default)]
pub struct Pane {
    cursor: Option<Node>,
    expanded: HashSet<Node>,
    /// Nodes whose children were asked for, where the provider lists level by level.
    asked: HashSet<Node>,
    rows: Vec<TreeRow>,
    /// What the rows were built from: the snapshot's generation, and the count of changes here.
    built: (u64, u64),
    revision: u64,
    offset: usize,
    /// What narrows the tree.
    pub filter: TextField,
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

    /// Whether no connection has any organization.
    #[must_use]
    pub fn is_flat(&self, state: &State) -> bool {
        state.snapshot.connections().all(|(_, view)| view.tree.is_empty())
    }

    fn index(&self) -> usize {
        self.cursor.as_ref().and_then(|node| self.rows.iter().position(|row| row.node == *node)).unwrap_or(0)
    }
}

/// Builds the visible rows anew if the inventory or the tree's state changed, and keeps the cursor on a row.
pub fn rebuild(state: &mut State) {
    let key = (state.snapshot.generation(), state.organizations.revision);
    if state.organizations.built == key {
        return;
    }
    let rows = visible(state);
    let pane = &mut state.organizations;
    let at = pane.index();
    pane.rows = rows;
    pane.built = key;
    let gone = !pane.cursor.as_ref().is_some_and(|node| pane.rows.iter().any(|row| row.node == *node));
    if gone {
        let at = at.min(pane.rows.len().saturating_sub(1));
        pane.cursor = pane.rows.get(at).map(|row| row.node.clone());
    }
    scroll(state);
}

fn visible(state: &State) -> Vec<TreeRow> {
    let needle = state.organizations.filter.value().trim().to_lowercase();
    let mut rows = Vec::new();
    for connection in &state.setup.connections {
        let node = Node::Connection(connection.name.clone());
        let tree = tree(&state.snapshot, &connection.name);
        let flat = matches!(connection.spec.offer(Capability::Hierarchy), Offer::No(_));
        let at = rows.len();
        rows.push(TreeRow { node: node.clone(), depth: 0, parent: !flat, fault: None });
        let named = connection.name.as_str().to_lowercase().contains(&needle);
        let Some(tree) = tree else { continue };
        if !needle.is_empty() {
            matching(&mut rows, tree, &connection.name, &needle);
            if rows.len() == at + 1 && !named {
                rows.truncate(at);
            }
        } else if state.organizations.expanded.contains(&node) {
            let mut walk = Walk { rows: &mut rows, tree, connection: &connection.name, pane: &state.organizations };
            for root in tree.roots() {
                walk.push(root, 1, connection.spec.levels == Levels::ByRoot);
            }
        }
    }
    rows
}

fn tree<'a>(snapshot: &'a Snapshot, connection: &ConnectionName) -> Option<&'a Tree> {
    snapshot.connection(connection).map(|view| view.tree.as_ref())
}

/// The expanded part of one hierarchy. The arena's children never lead back, so the walk ends.
struct Walk<'a> {
    rows: &'a mut Vec<TreeRow>,
    tree: &'a Tree,
    connection: &'a ConnectionName,
    pane: &'a Pane,
}

impl Walk<'_> {
    fn push(&mut self, id: &OrganizationId, depth: usize, lazy: bool) {
        let Some(found) = self.tree.node(id) else {
            return;
        };
        let node = Node::Organization(OrganizationKey { connection: self.connection.clone(), id: id.clone() });
        let open = self.pane.expanded.contains(&node);
        let unknown = lazy && depth == 1 && !self.pane.asked.contains(&node);
        let parent = !found.children.is_empty() || unknown;
        self.rows.push(TreeRow { node, depth, parent, fault: found.fault });
        if open {
            for child in &found.children {
                self.push(child, depth + 1, lazy);
            }
        }
    }
}

/// While a filter narrows the tree: the organizations whose name matches, and all above them.
fn matching(rows: &mut Vec<TreeRow>, tree: &Tree, connection: &ConnectionName, needle: &str) {
    let key =
        |id: &OrganizationId| Node::Organization(OrganizationKey { connection: connection.clone(), id: id.clone() });
    let mut kept: HashSet<OrganizationId> = HashSet::new();
    let mut stack: Vec<OrganizationId> = tree.roots().iter().rev().cloned().collect();
    let mut order = Vec::new();
    while let Some(id) = stack.pop() {
        let Some(node) = tree.node(&id) else { continue };
        if node.organization.name.raw().to_lowercase().contains(needle) || id.as_str().contains(needle) {
            kept.extend(tree.above(&id));
            kept.insert(id.clone());
        }
        stack.extend(node.children.iter().rev().cloned());
        order.push(id);
    }
    for id in order.iter().filter(|id| kept.contains(*id)) {
        let depth = tree.above(id).len() + 1;
        let fault = tree.node(id).and_then(|node| node.fault);
        rows.push(TreeRow { node: key(id), depth, parent: false, fault });
    }
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    let pane = &mut state.organizations;
    let to = motion.apply(pane.index(), pane.rows.len(), page);
    pane.cursor = pane.rows.get(to).map(|row| row.node.clone());
    scroll(state);
}

/// Puts the cursor on a visible row, counted from the top of the screen.
pub fn click(state: &mut State, row: usize) {
    let pane = &mut state.organizations;
    if let Some(row) = pane.rows.get(pane.offset + row) {
        pane.cursor = Some(row.node.clone());
    }
}

fn page(state: &State) -> usize {
    let area = crate::app::layout(state).organizations.map(inside);
    area.map_or(1, |area| usize::from(area.height.saturating_sub(u16::from(shows_filter(state)))))
}

fn shows_filter(state: &State) -> bool {
    state.organizations.filtering || !state.organizations.filter.value().is_empty()
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
            }
        }
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
    let is_root = pane_depth(state, &node) == Some(1);
    if setup.spec.levels != Levels::ByRoot || !is_root || state.organizations.asked.contains(&node) {
        return;
    }
    if let Node::Organization(key) = &node {
        ask(state, key, effects);
        state.organizations.asked.insert(node);
    }
}

/// How deep a visible node stands.
fn pane_depth(state: &State, node: &Node) -> Option<usize> {
    state.organizations.rows.iter().find(|row| row.node == *node).map(|row| row.depth)
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
    let depth = pane.rows.get(at).map_or(0, |row| row.depth);
    if let Some(above) = pane.rows[..at].iter().rev().find(|row| row.depth < depth) {
        pane.cursor = Some(above.node.clone());
        scroll(state);
    }
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
    pane.cursor = Some(Node::Organization(key.clone()));
    pane.touch();
    rebuild(state);
    scroll(state);
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
    if under && focused {
        buf.set_style(area, over);
    }
    let open = pane.expanded.contains(&row.node);
    let sign = match (row.parent, open) {
        (true, true) => "▾ ",
        (true, false) => "▸ ",
        (false, _) => "  ",
    };
    let mut line = Line::of(Role::Text, if under && !focused { "▌" } else { " " });
    line.push(Role::Text, "  ".repeat(row.depth.min(24)));
    line.push(Role::Dim, sign);
    match &row.node {
        Node::Connection(name) => connection_words(state, name, &mut line),
        Node::Organization(key) => {
            let name = state.snapshot.organization(key).map(|organization| organization.name.shown().into_owned());
            let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| key.id.to_string());
            line.push(if scoped { Role::Title } else { Role::Text }, name);
        }
    }
    match row.fault {
        Some(TreeFault::Orphan) => line.push(Role::Warn, "  ! its parent is not listed"),
        Some(TreeFault::Cycle) => line.push(Role::Warn, "  ! its parents lead in a circle"),
        None => {}
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
    match &view.sync {
        SyncState::Never if state.syncs.contains_key(name) => line.push(Role::Dim, "  …"),
        SyncState::Never => {}
        SyncState::Running { .. } => line.push(Role::Dim, format!("  {} …", view.accounts)),
        SyncState::Complete { .. } => line.push(Role::Dim, format!("  {}", view.accounts)),
        SyncState::Partial { .. } => line.push(Role::Warn, format!("  {} partial", view.accounts)),
        SyncState::Failed { .. } => line.push(Role::Bad, "  failed"),
    }
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
    for connection in &state.setup.connections {
        let Some(view) = state.snapshot.connection(&connection.name) else {
            continue;
        };
        let words = match &view.hierarchy {
            Hierarchy::Derived { why } if view.tree.is_empty() => {
                format!("{} {}", connection.spec.hierarchy.none, why.hint.clone().unwrap_or_default())
            }
            Hierarchy::Derived { .. } => format!(
                "{} may not be listed with this credential: built from what accounts name as their parents.",
                connection.spec.hierarchy.many
            ),
            Hierarchy::Listed { .. } if view.tree.is_empty() => connection.spec.hierarchy.none.to_owned(),
            Hierarchy::Failed { why } if is_dear_failure(why) => {
                format!("{} are not all here: {}. R goes on.", connection.spec.hierarchy.many, why.cause)
            }
            Hierarchy::Failed { why } => {
                format!("{} did not come: {why}. r tries again.", connection.spec.hierarchy.many)
            }
            Hierarchy::Unknown | Hierarchy::Flat | Hierarchy::Listed { .. } => continue,
        };
        let words = format!("{} · {words}", connection.name);
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
