//! Which columns the list has and how wide they are, as the user chose: over what the config names, for each connection
//! and for the list of all of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Effect, Keep, State};
use crate::domain::{AccountKey, ConnectionName};
use crate::inventory::{Scope, Snapshot};
use crate::provider::{COMMON_COLUMNS, Column, ColumnValue};

/// Under what a choice is kept, before the connection's name.
pub(super) const KEPT: &str = "columns ";
/// The least columns of the screen that a column can be given: a letter and the sign that it was cut.
const LEAST: u16 = 2;
/// The most: more than any id or address has.
const MOST: u16 = 200;

/// One column of the list as the user wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The column's id.
    pub column: String,
    /// Its width; `None` leaves that to the room there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
}

/// The user's choices.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// For each connection; `None` is the list of several.
    kept: BTreeMap<Option<ConnectionName>, Vec<Choice>>,
    /// Those of the view that was opened, as long as the list has its scope.
    of_view: Option<(Scope, Vec<Choice>)>,
}

impl Chosen {
    /// What the disk had of this name.
    pub(super) fn read(&mut self, name: &str, text: &str) {
        let Some(connection) = name.strip_prefix(KEPT) else { return };
        let connection = (!connection.is_empty()).then(|| ConnectionName::new(connection));
        if let Ok(choices) = serde_json::from_str(text) {
            self.kept.entry(connection).or_insert(choices);
        }
    }
}

/// Whose columns the list has: one connection's; `None` where several stand together.
#[must_use]
pub fn whose(state: &State) -> Option<ConnectionName> {
    if let Some(remote) = &state.accounts.remote {
        return Some(remote.connection.clone());
    }
    let mut setups = state.scope_connections();
    let first = setups.next()?;
    setups.next().is_none().then(|| first.name.clone())
}

/// The columns that the list has unless the user wants others.
fn usual(state: &State, whose: Option<&ConnectionName>) -> &'static [Column] {
    whose.and_then(|name| state.connection(name)).map_or(COMMON_COLUMNS, |setup| setup.columns)
}

/// All columns that the list may have: the usual ones, then all others of the providers in view.
#[must_use]
pub fn all(state: &State, whose: Option<&ConnectionName>) -> Vec<Column> {
    let providers = state.setup.connections.iter().filter(|setup| whose.is_none_or(|name| setup.name == *name));
    let others = providers.flat_map(|setup| setup.columns.iter().chain(setup.spec.columns)).chain(COMMON_COLUMNS);
    let mut columns: Vec<Column> = Vec::new();
    for column in usual(state, whose).iter().chain(others) {
        if !columns.iter().any(|known| known.id == column.id || known.value == column.value) {
            columns.push(*column);
        }
    }
    columns
}

/// All columns that an order may be by.
#[must_use]
pub fn sortable(state: &State) -> Vec<Column> {
    let setups = state.setup.connections.iter();
    setups.flat_map(|setup| setup.columns.iter().chain(setup.spec.columns)).chain(COMMON_COLUMNS).copied().collect()
}

/// What the user chose for the list on screen, if anything.
#[must_use]
pub fn chosen<'s>(state: &'s State, whose: Option<&ConnectionName>) -> Option<&'s [Choice]> {
    let chosen = &state.own.columns;
    let of_view = that_of_view(state).filter(|_| state.accounts.remote.is_none());
    of_view.or_else(|| chosen.kept.get(&whose.cloned())).map(Vec::as_slice)
}

/// The columns of the list, in their order. A width of the user's own is the least and the most at once.
#[must_use]
pub fn columns(state: &State) -> Vec<Column> {
    let whose = whose(state);
    let Some(choices) = chosen(state, whose.as_ref()) else {
        return usual(state, whose.as_ref()).to_vec();
    };
    let all = all(state, whose.as_ref());
    let found = choices.iter().filter_map(|choice| {
        let column = all.iter().find(|column| column.id == choice.column)?;
        let (min, max) = choice.width.map_or((column.min, column.max), |width| (width, width));
        Some(Column { min, max, ..*column })
    });
    let mut columns: Vec<Column> = found.collect();
    // An account without its name is nobody's wish, and a later version may not know any of the columns.
    if !columns.iter().any(|column| column.value == ColumnValue::Name)
        && let Some(name) = all.iter().find(|column| column.value == ColumnValue::Name)
    {
        columns.insert(0, *name);
    }
    // What stands further left was wanted more.
    for (at, column) in (1..).zip(&mut columns) {
        column.priority = if column.value == ColumnValue::Name { 0 } else { at };
    }
    letters(&mut columns);
    columns
}

/// The columns of the list as they are on screen: where names can be taken for each other, ids tell accounts apart, and
/// connections those of several, whatever the user chose and however little room there is.
#[must_use]
pub fn on_screen(state: &State) -> Vec<Column> {
    let mut columns = columns(state);
    let (ids, connections) = (state.accounts.needs.ids, needs_connections(state));
    if !ids && !connections {
        return columns;
    }
    let needed = [(ids, ColumnValue::Id), (connections, ColumnValue::Connection)];
    for (_, value) in needed.into_iter().filter(|(is_needed, _)| *is_needed) {
        if !columns.iter().any(|column| column.value == value) {
            let all = all(state, whose(state).as_ref());
            let common = || COMMON_COLUMNS.iter().find(|column| column.value == value).copied();
            columns.extend(all.into_iter().find(|column| column.value == value).or_else(common));
            letters(&mut columns);
        }
    }
    for column in &mut columns {
        column.priority = match column.value {
            ColumnValue::Name => 0,
            ColumnValue::Id if ids => 1,
            ColumnValue::Connection if connections => 2,
            ColumnValue::Id
            | ColumnValue::Connection
            | ColumnValue::Provider
            | ColumnValue::Kind
            | ColumnValue::Status
            | ColumnValue::Email
            | ColumnValue::Created
            | ColumnValue::Updated
            | ColumnValue::Parent
            | ColumnValue::Path(_) => column.priority.saturating_add(2),
        };
    }
    columns
}

/// How many columns beside the name the list can't do without, since they tell accounts apart.
#[must_use]
pub fn needed(state: &State) -> usize {
    usize::from(state.accounts.needs.ids) + usize::from(needs_connections(state))
}

/// Whether names of several connections in the list can be taken for each other and nothing but the connection tells: where
/// each provider has one connection, its column does.
fn needs_connections(state: &State) -> bool {
    let setups: Vec<_> = state.scope_connections().collect();
    let providers: BTreeSet<&str> = setups.iter().map(|setup| setup.spec.facts.id).collect();
    state.accounts.needs.connections && providers.len() < setups.len()
}

/// Whether another account of its connection has a name that can be taken for this one's.
#[must_use]
pub fn has_look_alike(state: &State, key: &AccountKey) -> bool {
    is_told(state, key, Snapshot::is_alike)
}

/// Whether an account of another connection has a name that can be taken for this one's.
#[must_use]
pub fn has_look_alike_elsewhere(state: &State, key: &AccountKey) -> bool {
    is_told(state, key, Snapshot::is_alike_elsewhere)
}

fn is_told(state: &State, key: &AccountKey, told: fn(&Snapshot, u32) -> bool) -> bool {
    // The newest snapshot may not have been searched yet: then the one on screen tells.
    let shown = state.accounts.found.value().map(|found| &found.snapshot);
    let is_alike = |snapshot: &Snapshot| snapshot.row(key).is_some_and(|row| told(snapshot, row));
    is_alike(&state.snapshot) || shown.is_some_and(|snapshot| is_alike(snapshot))
}

/// Columns of several providers may want the same letter to be sorted by: who comes later takes another of its title's.
fn letters(columns: &mut [Column]) {
    for at in 1..columns.len() {
        let (before, rest) = columns.split_at_mut(at);
        let Some(column) = rest.first_mut() else { continue };
        let is_free = |letter: &char| !before.iter().any(|one| one.letter == *letter);
        if !is_free(&column.letter) {
            let own = column.title.chars().map(|char| char.to_ascii_lowercase()).filter(char::is_ascii_lowercase);
            column.letter = own.chain('a'..='z').find(is_free).unwrap_or(column.letter);
        }
    }
}

/// A width as it may be.
#[must_use]
pub fn bounded(width: u16) -> u16 {
    width.clamp(LEAST, MOST)
}

/// The user chose columns for the list on screen; `None` goes back to the usual ones.
pub fn choose(
    state: &mut State,
    whose: Option<ConnectionName>,
    choices: Option<Vec<Choice>>,
    effects: &mut Vec<Effect>,
) {
    let name = format!("{KEPT}{}", whose.as_ref().map_or("", ConnectionName::as_str));
    // It is made of names and numbers: there is nothing in it that JSON has not.
    let text = choices.as_ref().and_then(|choices| serde_json::to_string(choices).ok());
    let own = &mut state.own.columns;
    own.of_view = None;
    match choices {
        Some(choices) => own.kept.insert(whose, choices),
        None => own.kept.remove(&whose),
    };
    effects.push(Effect::Keep(Keep::Named { name, text }));
}

/// The columns of the view that was opened, as long as the list has them.
pub(super) fn that_of_view(state: &State) -> Option<&Vec<Choice>> {
    let of_view = state.own.columns.of_view.as_ref().filter(|(scope, _)| *scope == state.accounts.scope);
    of_view.map(|(_, choices)| choices)
}

/// A view was opened that has its own columns, or none.
pub(super) fn of_view(state: &mut State, scope: Scope, choices: Option<Vec<Choice>>) {
    state.own.columns.of_view = choices.map(|choices| (scope, choices));
}
