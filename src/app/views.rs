//! Saved views: what the list shows, under a name - scope, filter, order, columns. Each is kept on its own, so that what
//! another process saves meanwhile stays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::columns::{self, Choice};
use super::session::{Place, SavedSort, place_of, saved_sort, sort_of};
use super::{Effect, Keep, Slot, State};
use crate::forms::TextField;
use crate::inventory::Scope;
use crate::panes::PaneId;

/// Under what a view is kept, before its name.
pub(super) const KEPT: &str = "view ";
/// The number keys that a view may be on.
const NUMBERS: std::ops::RangeInclusive<u8> = 1..=9;

/// One view. Names are only added to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// The number key that opens it.
    pub number: Option<u8>,
    filter: String,
    scope: Option<Place>,
    sort: Vec<SavedSort>,
    /// `None`: those that the scope has anyway.
    columns: Option<Vec<Choice>>,
}

/// The user's views.
#[derive(Clone, Debug, Default)]
pub struct Views {
    all: BTreeMap<String, View>,
    /// What the last change took away or replaced: by name, as it was.
    undo: Vec<(String, Option<View>)>,
    /// The one that was opened last.
    opened: Option<String>,
}

impl Views {
    /// What the disk had of this name.
    pub(super) fn read(&mut self, name: &str, text: &str) {
        let Some(name) = name.strip_prefix(KEPT) else { return };
        let Ok(mut view) = serde_json::from_str::<View>(text) else { return };
        // Two processes may have given the same key.
        let is_taken = self.all.values().any(|known| known.number == view.number);
        view.number = view.number.filter(|number| NUMBERS.contains(number) && !is_taken);
        self.all.entry(name.to_owned()).or_insert(view);
    }

    /// The one that was opened last.
    pub(super) fn opened(&self) -> Option<&String> {
        self.opened.as_ref()
    }

    /// The one that an earlier run had opened last, if it is still there.
    pub(super) fn open_again(&mut self, name: Option<String>) {
        self.opened = name.filter(|name| self.all.contains_key(name));
    }
}

impl View {
    /// What the list shows now.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let whose = columns::whose(state);
        Self {
            number: None,
            filter: state.accounts.filter.value().to_owned(),
            scope: place_of(&state.accounts.scope),
            sort: saved_sort(state),
            columns: columns::chosen(state, whose.as_ref()).map(<[Choice]>::to_vec),
        }
    }

    fn scope(&self) -> Scope {
        self.scope.clone().map_or(Scope::All, |place| place.node().scope())
    }

    /// What it shows, in words.
    #[must_use]
    pub fn words(&self, state: &State) -> String {
        let mut words = vec![match self.scope() {
            Scope::All => "all accounts".to_owned(),
            Scope::Connection(name) => name.to_string(),
            Scope::Organization(key) => {
                let found = state.snapshot.organization(&key).map(|found| found.name.shown().into_owned());
                found.filter(|name| !name.is_empty()).unwrap_or_else(|| key.id.to_string())
            }
        }];
        if !self.filter.is_empty() {
            words.push(format!("/{}", self.filter));
        }
        if !self.sort.is_empty() {
            let by: Vec<String> = self.sort.iter().map(SavedSort::words).collect();
            words.push(format!("by {}", by.join(", ")));
        }
        if let Some(columns) = &self.columns {
            words.push(format!("{} columns", columns.len()));
        }
        words.join(" · ")
    }
}

/// All views with their names: those on number keys first, in the order of these, then by name.
pub fn all(state: &State) -> impl Iterator<Item = (&str, &View)> {
    let mut views: Vec<(&str, &View)> = state.own.views.all.iter().map(|(name, view)| (name.as_str(), view)).collect();
    views.sort_by_key(|(_, view)| view.number.unwrap_or(u8::MAX));
    views.into_iter()
}

/// The view on a number key.
#[must_use]
pub fn on_key(state: &State, number: u8) -> Option<&str> {
    all(state).find(|(_, view)| view.number == Some(number)).map(|(name, _)| name)
}

/// The view that was opened, as long as the list shows just that.
#[must_use]
pub fn current(state: &State) -> Option<&str> {
    let name = state.own.views.opened.as_deref()?;
    let view = state.own.views.all.get(name)?;
    let now = View { number: view.number, ..View::of(state) };
    (state.accounts.remote.is_none() && now == *view).then_some(name)
}

/// Shows what a view shows, and goes there.
pub fn open(state: &mut State, name: &str, effects: &mut Vec<Effect>) {
    let Some(view) = state.own.views.all.get(name).cloned() else {
        return state.refuse_key(format!("there is no view {name} any more"), effects);
    };
    let scope = view.scope();
    let connection = match &scope {
        Scope::All => None,
        Scope::Connection(name) => Some(name),
        Scope::Organization(key) => Some(&key.connection),
    };
    if let Some(missing) = connection.filter(|name| state.connection(name).is_none()) {
        return state.refuse_key(format!("{name} is a view of {missing}, which is not among the connections"), effects);
    }
    if state.accounts.remote.is_some() {
        effects.push(Effect::Cancel(Slot::Remote));
    }
    let sort = sort_of(state, view.sort);
    state.accounts.set_scope(scope.clone());
    state.accounts.filter = TextField::new(&view.filter);
    state.accounts.filtering = false;
    state.accounts.sort = sort;
    columns::of_view(state, scope, view.columns);
    state.focus = PaneId::Accounts;
    state.own.views.opened = Some(name.to_owned());
}

/// Puts a view in its place, or takes it away; gives what was there.
fn put(state: &mut State, name: &str, view: Option<View>, effects: &mut Vec<Effect>) -> (String, Option<View>) {
    // It is made of names and numbers: there is nothing in it that JSON has not.
    let text = view.as_ref().and_then(|view| serde_json::to_string(view).ok());
    effects.push(Effect::Keep(Keep::Named { name: format!("{KEPT}{name}"), text }));
    let all = &mut state.own.views.all;
    let before = match view {
        Some(view) => all.insert(name.to_owned(), view),
        None => all.remove(name),
    };
    (name.to_owned(), before)
}

/// Saves what the list shows under a name, on its key of before or the first that is free. True if that took another's
/// place.
pub fn save(state: &mut State, name: &str, effects: &mut Vec<Effect>) -> bool {
    let known = state.own.views.all.get(name).map(|view| view.number);
    let number = known.unwrap_or_else(|| NUMBERS.into_iter().find(|number| on_key(state, *number).is_none()));
    let view = View { number, ..View::of(state) };
    let before = put(state, name, Some(view), effects);
    state.own.views.opened = Some(name.to_owned());
    let replaced = before.1.is_some();
    state.own.views.undo = vec![before];
    replaced
}

/// Takes a view away.
pub fn drop(state: &mut State, name: &str, effects: &mut Vec<Effect>) {
    state.own.views.undo = vec![put(state, name, None, effects)];
}

/// Gives a view another name; one that has this name makes room.
pub fn rename(state: &mut State, from: &str, to: &str, effects: &mut Vec<Effect>) {
    let Some(view) = state.own.views.all.get(from).cloned() else { return };
    if from == to {
        return;
    }
    state.own.views.undo = vec![put(state, to, Some(view), effects), put(state, from, None, effects)];
    if state.own.views.opened.as_deref() == Some(from) {
        state.own.views.opened = Some(to.to_owned());
    }
}

/// Puts a view on a number key; the one that was there is on none.
pub fn number(state: &mut State, name: &str, number: u8, effects: &mut Vec<Effect>) {
    let holder = on_key(state, number).map(str::to_owned);
    let wanted = [(holder, None), (Some(name.to_owned()), Some(number))];
    for (name, number) in wanted {
        let Some((name, view)) = name.and_then(|name| state.own.views.all.get(&name).cloned().map(|view| (name, view)))
        else {
            continue;
        };
        put(state, &name, Some(View { number, ..view }), effects);
    }
}

/// Whether the last change of a view can be taken back.
#[must_use]
pub fn can_undo(state: &State) -> bool {
    !state.own.views.undo.is_empty()
}

/// Takes the last change back; again does it anew.
pub fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let undo = std::mem::take(&mut state.own.views.undo);
    for (name, view) in undo {
        // The key may be another's by now.
        let is_taken = |number: &u8| on_key(state, *number).is_some_and(|holder| holder != name);
        let view = view.map(|view| View { number: view.number.filter(|number| !is_taken(number)), ..view });
        let now = put(state, &name, view, effects);
        state.own.views.undo.push(now);
    }
}
