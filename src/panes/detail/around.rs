//! What is related to what the detail shows, one key away: the accounts beside it, and the profile of who holds it. From
//! there Esc leads back to where one was.

use super::{Tab, Target, holder, set_tab, show, wait_for_call};
use crate::app::{Effect, State};
use crate::domain::filter::quoted;
use crate::domain::{AccountKey, OrganizationKey, Subject};
use crate::forms::TextField;
use crate::inventory::Scope;
use crate::panes::{PaneId, accounts, organizations};

/// Where the detail was before it went to who holds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Visit {
    from: Target,
    tab: Tab,
    offset: usize,
}

/// Lists what stands in the same organization, the cursor on what was shown, and the tree's on the organization. What
/// stands further down is no sibling: of accounts the filter says so, where it can be seen and taken away.
pub(super) fn siblings(state: &mut State) {
    let Some(key) = holder(state) else { return };
    let mut filter = String::new();
    accounts::leave_for_siblings(state);
    if let Some(Target::Of(Subject::Account(account))) = state.detail.target.clone() {
        filter = directly_in(state, &account, &key).unwrap_or_default();
        accounts::choose(state, account);
    }
    organizations::reveal(state, &key);
    state.accounts.set_scope(Scope::Organization(key));
    // What is beside it need not have what was looked for.
    state.accounts.filter = TextField::new(&filter);
    state.focus = PaneId::Accounts;
}

/// The filter for what an organization holds directly; `None` where the list does not know that it holds the account.
fn directly_in(state: &State, account: &AccountKey, holder: &OrganizationKey) -> Option<String> {
    let row = state.snapshot.find(account)?;
    row.parent().filter(|parent| parent.id == holder.id)?;
    let tree = &state.snapshot.connection(&holder.connection)?.tree;
    let name = tree.node(&holder.id).map(|node| node.organization.name.raw().to_owned()).unwrap_or_default();
    let namesakes = tree.nodes().filter(|node| node.organization.name.raw() == name).count();
    // A name reads better than an id, where it is one's own.
    let is_own = namesakes == 1 && !name.trim().is_empty();
    Some(format!("parent:={}", quoted(if is_own { &name } else { holder.id.as_str() })))
}

/// Shows the profile of the organization that holds what is shown.
pub(super) fn visit_holder(state: &mut State, effects: &mut Vec<Effect>) {
    let (Some(key), Some(from)) = (holder(state), state.detail.target.clone()) else { return };
    let mut visits = std::mem::take(&mut state.detail.visits);
    visits.push(Visit { from, tab: state.detail.tab, offset: state.detail.offset });
    show(state, Target::Of(Subject::Organization(key)));
    state.detail.visits = visits;
    set_tab(state, Tab::Profile, effects);
}

/// Goes back to where the detail was before the last visit.
pub fn back(state: &mut State, effects: &mut Vec<Effect>) {
    let mut visits = std::mem::take(&mut state.detail.visits);
    let Some(Visit { from, tab, offset }) = visits.pop() else { return };
    show(state, from);
    state.detail.visits = visits;
    (state.detail.tab, state.detail.offset) = (tab, offset);
    wait_for_call(state, effects);
}

/// Something else is shown by other ways than back: the tab is again the one before the visits.
pub(super) fn left(state: &mut State) {
    if let Some(first) = state.detail.visits.drain(..).next() {
        state.detail.tab = first.tab;
    }
}

/// Whom the detail visits, by name.
pub(super) fn whom(state: &State) -> Option<String> {
    state.detail.visits.last()?;
    let Some(Target::Of(Subject::Organization(key))) = &state.detail.target else { return None };
    let name = state.snapshot.organization(key).map(|found| found.name.shown().into_owned());
    Some(name.filter(|name| !name.is_empty()).unwrap_or_else(|| key.id.to_string()))
}
