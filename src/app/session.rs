//! How the browser was left, and bringing that back: scope, filter, order, selection, the tree, the tab, the
//! panes' widths. Never the focus, and marks only when `u` asks for them.

use serde::{Deserialize, Serialize};

use super::columns::{self, Choice, sortable};
use super::sizes::Sizes;
use super::{Effect, Keep, State, TimerId};
use crate::domain::{AccountKey, ConnectionName, Moment, OrganizationKey, Role};
use crate::forms::TextField;
use crate::inventory::{Direction, Scope, Sort};
use crate::panes::organizations::Node;
use crate::panes::{accounts, detail};

/// How long nothing changes before it is kept: longer than a pause between two keys.
const REST_MILLIS: u64 = 1_000;
/// Nodes of the tree whose being open is kept: more than anybody opens by hand.
const NODES: usize = 5_000;
/// The format that this version writes.
const VERSION: u32 = 1;

/// What is known of the session that is on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// What the disk has been told of last.
    kept: Option<Look>,
    /// What is on screen, if it is another, and since when.
    fresh: Option<(Look, Moment)>,
    timer: Option<TimerId>,
    /// A key came already: what the disk says now is too late.
    pub(super) touched: bool,
}

/// What a session is made of, as far as it shows that something changed.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    scope: Scope,
    filter: String,
    sort: Vec<Sort>,
    selected: Option<AccountKey>,
    tree: Option<bool>,
    cursor: Option<Node>,
    /// Counts what is opened and closed in the tree.
    nodes: u64,
    tab: detail::Tab,
    swaps_times: bool,
    marks: (usize, Option<AccountKey>),
    /// Counts what the palette remembers.
    commands: u64,
    sizes: Sizes,
    view: Option<String>,
    columns: Option<Vec<Choice>>,
}

/// A session on disk. Names are only added to.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Saved {
    version: u32,
    scope: Option<Place>,
    filter: String,
    sort: Vec<SavedSort>,
    selected: Option<AccountKey>,
    tree: Option<bool>,
    cursor: Option<Place>,
    open: Vec<Place>,
    closed: Vec<ConnectionName>,
    tab: String,
    commands: super::Commands,
    swaps_times: bool,
    sizes: Sizes,
    /// The view that was opened last.
    view: Option<String>,
    /// Its columns, as long as the list had them.
    columns: Option<Vec<Choice>>,
}

/// A scope that is not all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Place {
    Connection(ConnectionName),
    Organization(OrganizationKey),
}

/// A column that counts in the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedSort {
    column: String,
    descending: bool,
}

impl SavedSort {
    /// `created ↓`.
    pub(super) fn words(&self) -> String {
        format!("{} {}", self.column, if self.descending { "↓" } else { "↑" })
    }
}

/// The order of the list as it is kept.
pub(super) fn saved_sort(state: &State) -> Vec<SavedSort> {
    let columns = sortable(state);
    let sort = state.accounts.sort.iter().filter_map(|sort| {
        let column = columns.iter().find(|column| column.value == sort.by)?;
        Some(SavedSort { column: column.id.to_owned(), descending: sort.direction == Direction::Descending })
    });
    sort.collect()
}

/// An order that was kept, as far as its columns are known.
pub(super) fn sort_of(state: &State, saved: Vec<SavedSort>) -> Vec<Sort> {
    let columns = sortable(state);
    let sort = saved.into_iter().filter_map(|sort| {
        let column = columns.iter().find(|column| column.id == sort.column)?;
        let direction = if sort.descending { Direction::Descending } else { Direction::Ascending };
        Some(Sort { by: column.value, direction })
    });
    sort.collect()
}

/// A scope as it is kept.
pub(super) fn place_of(scope: &Scope) -> Option<Place> {
    match scope {
        Scope::All => None,
        Scope::Connection(name) => Some(Place::Connection(name.clone())),
        Scope::Organization(key) => Some(Place::Organization(key.clone())),
    }
}

impl Place {
    fn of(node: &Node) -> Self {
        match node {
            Node::Connection(name) => Self::Connection(name.clone()),
            Node::Organization(key) => Self::Organization(key.clone()),
        }
    }

    pub(super) fn node(self) -> Node {
        match self {
            Self::Connection(name) => Node::Connection(name),
            Self::Organization(key) => Node::Organization(key),
        }
    }
}

fn look(state: &State) -> Look {
    let pane = &state.accounts;
    Look {
        scope: pane.scope.clone(),
        filter: pane.filter.value().to_owned(),
        sort: pane.sort.clone(),
        selected: pane.stays_on().cloned(),
        tree: state.tree_wanted,
        cursor: state.organizations.stays_at().cloned(),
        nodes: state.organizations.revision(),
        tab: state.detail.tab,
        swaps_times: state.detail.swaps_times,
        marks: pane.kept_marks(),
        commands: state.commands.revision(),
        sizes: state.sizes,
        view: state.own.views.opened().cloned(),
        columns: columns::that_of_view(state).cloned(),
    }
}

/// Every update: what changed is kept when it has rested, and at the end of the program at once.
pub(super) fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    // Before the disk has told what it has, nothing may take its place.
    if !state.own.is_read || state.accounts.remote.is_some() {
        return;
    }
    let now = look(state);
    let before = state.session.fresh.as_ref().map(|(look, _)| look).or(state.session.kept.as_ref());
    if before.is_none() {
        state.session.kept = Some(now);
    } else if before != Some(&now) {
        state.session.fresh = Some((now, state.now));
        if state.session.timer.is_none() {
            rest(state, REST_MILLIS, effects);
        }
    }
    if effects.contains(&Effect::Quit) {
        keep(state, effects);
    }
}

fn rest(state: &mut State, after: u64, effects: &mut Vec<Effect>) {
    let id = state.timer_id();
    state.session.timer = Some(id);
    effects.push(Effect::Timer { id, after });
}

/// A timer is over: what has rested is kept, for the rest it waits on.
pub(super) fn timer(state: &mut State, id: TimerId, effects: &mut Vec<Effect>) {
    if state.session.timer != Some(id) {
        return;
    }
    state.session.timer = None;
    let Some((_, since)) = &state.session.fresh else { return };
    let rested = state.now.since(*since);
    if rested >= REST_MILLIS {
        keep(state, effects);
    } else {
        rest(state, REST_MILLIS - rested, effects);
    }
}

fn keep(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((look, _)) = state.session.fresh.take() else { return };
    let marks_changed = state.session.kept.as_ref().is_none_or(|kept| kept.marks != look.marks);
    state.session.kept = Some(look);
    // It is made of names and numbers: there is nothing in it that JSON has not.
    if let Ok(text) = serde_json::to_string(&saved(state)) {
        effects.push(Effect::Keep(Keep::Session { name: session_name(&state.setup.config_path), text }));
    }
    if marks_changed {
        effects.push(Effect::Keep(Keep::Marks(state.accounts.marks_to_keep(&state.snapshot))));
    }
}

fn saved(state: &State) -> Saved {
    let pane = &state.accounts;
    let tree = &state.organizations;
    let open = tree.open().filter(|node| matches!(node, Node::Organization(_)));
    let is_closed = |name: &ConnectionName| !tree.open().any(|node| *node == Node::Connection(name.clone()));
    let names = state.setup.connections.iter().map(|setup| setup.name.clone());
    Saved {
        version: VERSION,
        scope: place_of(&pane.scope),
        filter: pane.filter.value().to_owned(),
        sort: saved_sort(state),
        selected: pane.stays_on().cloned(),
        swaps_times: state.detail.swaps_times,
        tree: state.tree_wanted,
        cursor: tree.stays_at().map(Place::of),
        open: open.take(NODES).map(Place::of).collect(),
        closed: names.filter(is_closed).collect(),
        tab: state.detail.tab.title().to_owned(),
        commands: state.commands.clone(),
        sizes: state.sizes,
        view: state.own.views.opened().cloned(),
        columns: columns::that_of_view(state).cloned(),
    }
}

/// Under which name the session of a configuration is kept: another one's connections are others.
#[must_use]
pub fn session_name(config_path: &str) -> String {
    format!("session {config_path}")
}

/// Brings back how the browser was left; nobody who has pressed a key already is carried off.
pub(super) fn restore(state: &mut State, text: Option<&str>, marks: Vec<AccountKey>, effects: &mut Vec<Effect>) {
    if state.setup.fresh {
        return;
    }
    let marks = marks.into_iter().filter(|key| state.connection(&key.connection).is_some()).collect();
    let count = state.accounts.offer_marks(marks);
    if count > 0 {
        let words = format!("u brings back {} of the last session", accounts::marks_words(count));
        state.announce_in_panes(Role::Text, words, effects);
    }
    let Some(text) = text else { return };
    let mut saved: Saved = match serde_json::from_str(text) {
        Ok(saved) => saved,
        Err(why) => {
            let words = format!("the last session can't be read and is left: {why}");
            return state.announce(Role::Warn, words, effects);
        }
    };
    state.commands.bring_back(std::mem::take(&mut saved.commands));
    if state.session.touched {
        return state.announce(
            Role::Dim,
            "the last session came after your first key: it is not brought back",
            effects,
        );
    }
    bring_back(state, saved);
}

fn bring_back(state: &mut State, saved: Saved) {
    let is_here = |node: &Node| state.connection(node.connection()).is_some();
    let scope = saved.scope.map(Place::node).filter(is_here).map_or(Scope::All, |node| node.scope());
    let sort = sort_of(state, saved.sort);
    let open: Vec<Node> = saved.open.into_iter().map(Place::node).filter(is_here).collect();
    let cursor = saved.cursor.map(Place::node).filter(is_here);
    let selected = saved.selected.filter(|key| state.connection(&key.connection).is_some());
    columns::of_view(state, scope.clone(), saved.columns);
    state.own.views.open_again(saved.view);
    state.accounts.set_scope(scope);
    state.accounts.filter = TextField::new(&saved.filter);
    state.accounts.sort = sort;
    state.accounts.returning = selected;
    state.tree_wanted = saved.tree;
    state.detail.swaps_times = saved.swaps_times;
    state.sizes = saved.sizes;
    state.organizations.bring_back(open, &saved.closed, cursor);
    // A later version may have another tab.
    let tab = detail::Tab::ALL.into_iter().find(|tab| tab.title() == saved.tab);
    state.detail.tab = tab.unwrap_or_default();
}
