//! Where the list was before `b` showed what stands beside an account: Esc leads back there, filter and all, as long as
//! neither the scope nor the filter was changed since.

use crate::app::State;
use crate::domain::AccountKey;
use crate::forms::TextField;
use crate::inventory::Scope;

/// Where the list was.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Before {
    scope: Scope,
    filter: String,
    selected: Option<AccountKey>,
    /// What is listed since, once that is known.
    since: Option<(Scope, String)>,
}

/// The list is about to show what stands beside an account. Of several such steps in a row each is kept by the one
/// before it alone: Esc undoes the last.
pub fn leave_for(state: &mut State) {
    let pane = &mut state.accounts;
    let (scope, filter, selected) = (pane.scope.clone(), pane.filter.value().to_owned(), pane.selected.clone());
    // A remote search's answer is gone for good.
    let is_kept = pane.remote.is_none();
    pane.beside = is_kept.then_some(Before { scope, filter, selected, since: None });
}

/// What is listed now is what stands beside it.
pub(super) fn arrived(state: &mut State) {
    let pane = &mut state.accounts;
    let now = (pane.scope.clone(), pane.filter.value().to_owned());
    match &mut pane.beside {
        Some(before) if before.since.is_none() => before.since = Some(now),
        // Something else was chosen or typed: the way back is another.
        Some(before) if before.since.as_ref() != Some(&now) => pane.beside = None,
        Some(_) | None => {}
    }
}

/// Whether the list is as `b` left it.
#[must_use]
pub fn is_beside(state: &State) -> bool {
    let pane = &state.accounts;
    let since = pane.beside.as_ref().and_then(|before| before.since.as_ref());
    since.is_some_and(|(scope, filter)| *scope == pane.scope && filter == pane.filter.value()) && pane.remote.is_none()
}

/// Leads back to where it was.
pub fn leave(state: &mut State) {
    let Some(before) = state.accounts.beside.take() else { return };
    state.accounts.set_scope(before.scope);
    state.accounts.filter = TextField::new(&before.filter);
    if let Some(key) = before.selected {
        super::choose(state, key);
    }
}
