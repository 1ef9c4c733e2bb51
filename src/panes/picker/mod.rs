//! Where to move, or where a new account is to be made: the tree of a connection in a modal, with a filter of its own.
//! What can't be the destination is shown with the reason. It only chooses: the Plan, or the form, comes behind it.

use std::collections::{BTreeMap, HashSet};

mod draw;

pub(crate) use self::draw::crumbs;
pub use self::draw::draw;
use self::draw::page;
use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, State, bare};
use crate::domain::{
    AccountKey, Change, ChangeKind, ConnectionName, Key, KeyCode, OrganizationId, OrganizationKey, Subject, Tree,
    TreeFault,
};
use crate::forms::{self, TextField, takes};
use crate::panes::{organizations, plan};
use crate::provider::{Levels, MoveReach};
use crate::view::scroll_to;

/// What a destination is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// Accounts are moved there.
    Move,
    /// The account of the form below is made there.
    MakeAccount,
    /// The organization of the form below is made there.
    MakeOrganization,
}

impl Aim {
    /// Whether it is a form's place.
    fn makes(self) -> bool {
        match self {
            Self::Move => false,
            Self::MakeAccount | Self::MakeOrganization => true,
        }
    }

    /// The words for no organization, as a row.
    fn nowhere(self) -> &'static str {
        match self {
            Self::Move | Self::MakeAccount => "in no organization",
            Self::MakeOrganization => "at the top",
        }
    }
}

/// The picker's state. Whom it moves is fixed when it opens.
#[derive(Clone, Debug)]
pub struct Picker {
    aim: Aim,
    connection: ConnectionName,
    accounts: Vec<AccountKey>,
    /// Where they are, as far as known, and how many there.
    places: BTreeMap<Option<OrganizationId>, usize>,
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
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Picker(Act::Choose), "open, or mark the destination")
        .now(chooses)
        .hint(2),
    Row::new(&[Key::ctrl('s')], Action::Picker(Act::Review), "to the plan").hint(1).when(can_review),
    Row::new(&[Key::char('/')], Action::Picker(Act::Filter), "filter").hint(3),
    Row::new(&[Key::char('l'), Key::plain(KeyCode::Right)], Action::Picker(Act::Expand), "expand"),
    Row::new(&[Key::char('h'), Key::plain(KeyCode::Left)], Action::Picker(Act::Collapse), "collapse"),
    Row::new(&[Key::ctrl('n')], Action::Move(Motion::Down), "down, also in the filter"),
    Row::new(&[Key::ctrl('p')], Action::Move(Motion::Up), "up, also in the filter"),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Picker(Act::Back), "back").now(clears).hint(2),
    HELP,
];

fn on_top(state: &State) -> Option<&Picker> {
    if let Some(Modal::Picker(picker)) = state.modals.last() { Some(picker) } else { None }
}

fn on_top_mut(state: &mut State) -> Option<&mut Picker> {
    if let Some(Modal::Picker(picker)) = state.modals.last_mut() { Some(picker) } else { None }
}

fn clears(state: &State) -> Option<&'static str> {
    let is_there = |picker: &Picker| picker.filtering || !picker.filter.value().is_empty();
    on_top(state).is_some_and(is_there).then_some("clear the filter")
}

/// What Enter does to the row under the cursor.
fn chooses(state: &State) -> Option<&'static str> {
    let picker = on_top(state)?;
    let rows = picker.rows(state);
    let row = rows.get(picker.at(&rows))?;
    Some(match (row.below, picker.aim) {
        (Below::Hidden, _) => "open",
        (Below::Nothing | Below::Shown, Aim::Move) => "mark it",
        (Below::Nothing | Below::Shown, Aim::MakeAccount | Aim::MakeOrganization) => "make it here",
    })
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Nothing,
    Shown,
    Hidden,
}

impl Picker {
    fn new(aim: Aim, connection: ConnectionName, cursor: Option<OrganizationId>) -> Self {
        Self {
            aim,
            connection,
            accounts: Vec::new(),
            places: BTreeMap::new(),
            cursor,
            collapsed: HashSet::new(),
            asked: HashSet::new(),
            chosen: None,
            filter: TextField::default(),
            filtering: false,
            offset: 0,
        }
    }

    fn tree<'a>(&self, state: &'a State) -> Option<&'a Tree> {
        state.snapshot.connection(&self.connection).map(|view| view.tree.as_ref())
    }

    /// The organization to move to, or to make something in: the marked one, else the one under the cursor.
    fn destination(&self, state: &State) -> Result<OrganizationId, String> {
        let none = || "mark the destination first: Enter".to_owned();
        let id = self.chosen.as_ref().or(self.cursor.as_ref()).ok_or_else(none)?;
        let is_there = |tree: &&Tree| tree.node(id).is_some() || (self.aim.makes() && is_top(id));
        self.tree(state).filter(is_there).ok_or_else(none)?;
        match self.refusal(state, id) {
            None => Ok(id.clone()),
            Some(reason) => Err(format!("it can't be the destination: {reason}")),
        }
    }

    /// Why an organization can't be the destination.
    fn refusal(&self, state: &State, id: &OrganizationId) -> Option<String> {
        let tree = self.tree(state)?;
        if self.aim.makes() {
            return self.places.contains_key(&place_at(id)).then(|| "it is to be made there".into()).or_else(|| {
                if self.aim == Aim::MakeOrganization {
                    return None;
                }
                let mut held = tree.above(id).into_iter().chain([id.clone()]);
                let is_held = |id: OrganizationId| tree.node(&id).is_some_and(|it| it.organization.account.is_some());
                held.any(is_held).then(|| HOLDS_NONE.into())
            });
        }
        let inside = |id: &OrganizationId| tree.node(id).and_then(|node| node.organization.account.clone());
        let mut above = tree.above(id);
        above.push(id.clone());
        if above.iter().filter_map(inside).any(|account| self.accounts.iter().any(|key| key.id == account)) {
            return Some("it is inside the account itself".into());
        }
        if above.iter().any(|id| inside(id).is_some()) {
            return Some(HOLDS_NONE.into());
        }
        if let Some(reason) = self.out_of_reach(tree, id, self.reach(state)) {
            return Some(reason);
        }
        let here = self.here(id);
        (here == self.accounts.len()).then(|| if here == 1 { "it is there".into() } else { "all are there".into() })
    }

    /// How many of its accounts stand directly in an organization.
    fn here(&self, id: &OrganizationId) -> usize {
        self.places.get(&Some(id.clone())).copied().unwrap_or(0)
    }

    /// How far its accounts can be moved.
    fn reach(&self, state: &State) -> MoveReach {
        state.connection(&self.connection).map_or(MoveReach::Anywhere, |setup| setup.spec.moves)
    }

    /// Whether an organization is out of reach for all of them, as far as their roots are known: a plan refuses each of
    /// several by itself.
    fn out_of_reach(&self, tree: &Tree, id: &OrganizationId, reach: MoveReach) -> Option<String> {
        match reach {
            MoveReach::Anywhere => None,
            MoveReach::OneHierarchy { .. } => {
                let root = |id: &OrganizationId| tree.above(id).into_iter().next().unwrap_or_else(|| id.clone());
                let to = root(id);
                let known = |id: &OrganizationId| tree.node(id).is_some_and(|node| node.fault.is_none());
                let is_elsewhere =
                    |place: &Option<OrganizationId>| place.as_ref().is_some_and(|from| known(from) && root(from) != to);
                (known(id) && self.places.keys().all(is_elsewhere))
                    .then(|| "another hierarchy: an account moves inside its own".into())
            }
        }
    }

    fn rows(&self, state: &State) -> Vec<Place> {
        let Some(tree) = self.tree(state) else {
            return Vec::new();
        };
        let needle = self.filter.value().trim().to_lowercase();
        let lazy = state.connection(&self.connection).is_some_and(|setup| setup.spec.levels == Levels::ByRoot);
        let kept = (!needle.is_empty()).then(|| matching(tree, &needle));
        let mut rows = Vec::new();
        if self.aim.makes() && self.aim.nowhere().contains(&needle) && stand_alone(state, &self.connection) {
            rows.push(Place { id: OrganizationId::new(""), depth: 0, below: Below::Nothing, fault: None });
        }
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
            rows.push(Place { id: id.clone(), depth, below, fault: node.fault });
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

/// What holds no accounts at all.
const HOLDS_NONE: &str = "it holds what belongs to an account, no accounts";

/// Whether an id stands for no organization.
fn is_top(id: &OrganizationId) -> bool {
    id.as_str().is_empty()
}

fn place_at(id: &OrganizationId) -> Option<OrganizationId> {
    (!is_top(id)).then(|| id.clone())
}

/// The organizations whose name or id matches, and all above them.
fn matching<'a>(tree: &'a Tree, needle: &str) -> HashSet<&'a OrganizationId> {
    let mut kept = HashSet::new();
    for node in tree.nodes() {
        let (id, name) = (&node.organization.key.id, &node.organization.name);
        if name.raw().to_lowercase().contains(needle) || id.as_str().to_lowercase().contains(needle) {
            // What stands above one that is kept is kept already: no step is taken twice.
            let mut at = Some(id);
            while let Some(id) = at.filter(|id| kept.insert(*id)) {
                at = tree.parent(id);
            }
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
    let first_place = place_of(state, first);
    let mut places = BTreeMap::new();
    for key in &accounts {
        *places.entry(place_of(state, key)).or_default() += 1;
    }
    let picker = Picker::new(Aim::Move, first.connection.clone(), first_place);
    let picker = Picker { accounts, places, ..picker };
    state.open(Modal::Picker(Box::new(picker)));
    settle(state);
}

/// Opens the picker for the place of what the form on top would make.
pub fn open_for_place(state: &mut State, kind: ChangeKind, subject: &Subject) {
    let place = match subject {
        Subject::Organization(key) => Some(key.id.clone()),
        Subject::Account(_) | Subject::Connection(_) => None,
    };
    let cursor = place.clone().unwrap_or_else(|| OrganizationId::new(""));
    let aim = if kind == ChangeKind::CreateOrganization { Aim::MakeOrganization } else { Aim::MakeAccount };
    let mut picker = Picker::new(aim, subject.connection().clone(), Some(cursor));
    picker.places.insert(place, 1);
    state.open(Modal::Picker(Box::new(picker)));
    settle(state);
}

/// Whether accounts of a connection may stand in no organization at all: where they may not, a move always has an origin.
/// Where they may, an organization may have none above it, too.
#[must_use]
pub fn stand_alone(state: &State, connection: &ConnectionName) -> bool {
    let form = state.connection(connection).and_then(|setup| setup.spec.form(ChangeKind::MoveAccount));
    form.and_then(|form| form.field(Change::FROM)).is_none_or(|from| !from.required)
}

/// Where a provider makes what is to be made in no named organization, in words.
#[must_use]
pub fn nowhere(state: &State, connection: &ConnectionName, kind: ChangeKind) -> &'static str {
    if kind == ChangeKind::CreateOrganization {
        Aim::MakeOrganization.nowhere()
    } else if stand_alone(state, connection) {
        Aim::MakeAccount.nowhere()
    } else {
        "in the root"
    }
}

/// Whether there is anything to pick from: another place than the one where it would be made.
#[must_use]
pub fn has_places(state: &State, connection: &ConnectionName) -> bool {
    state.snapshot.connection(connection).is_some_and(|view| {
        let mut nodes = view.tree.nodes();
        nodes.any(|node| node.organization.account.is_none())
    })
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
    let best = rows
        .iter()
        .find(|row| named(row) && picker.refusal(state, &row.id).is_none())
        .or_else(|| rows.iter().find(named));
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
    if let Some(reason) = picker.refusal(state, &row.id) {
        let words = format!("it can't be the destination: {reason}");
        return state.refuse_key(words, effects);
    }
    let id = row.id.clone();
    if picker.aim.makes() {
        return take_place(state, &id, effects);
    }
    if let Some(picker) = on_top_mut(state) {
        picker.filtering = false;
        picker.cursor = Some(id.clone());
        picker.chosen = Some(id);
    }
}

/// The form below has its place: the picker goes.
fn take_place(state: &mut State, id: &OrganizationId, effects: &mut Vec<Effect>) {
    let Some(Modal::Picker(picker)) = state.close() else { return };
    let connection = picker.connection;
    let place = match place_at(id) {
        Some(id) => Subject::Organization(OrganizationKey { connection, id }),
        None => Subject::Connection(connection),
    };
    forms::put(state, place, effects);
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
    if picker.aim.makes() {
        take_place(state, &to, effects);
        return forms::act(state, forms::Act::Review, effects);
    }
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
