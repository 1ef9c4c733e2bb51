//! Marks: which accounts writes act on, and editing them together.

use indexmap::IndexSet;

use super::marked::MOST;
use super::{Pane, grouped};
use crate::app::{Effect, Modal, Motion, RequestId, State};
use crate::domain::{AccountKey, Change, ChangeKind, ConnectionName, Failure, Role, Subject};
use crate::inventory::{Found, Snapshot};
use crate::panes::{PaneId, chooser, detail, failure, plan};

/// Reading more accounts than these takes so long that it is said.
const READ_AT_ONCE: usize = 1_000;

/// The text of marked accounts that is in the user's editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    id: RequestId,
    accounts: Vec<AccountKey>,
}

impl Pane {
    /// The marks of a connection whose rows are dropped go with them.
    pub fn forget_marks(&mut self, connection: &ConnectionName, inventory: &Snapshot) {
        self.marks.forget(connection, inventory);
        self.unmarked.forget(connection, inventory);
    }

    /// What was asked of an account is done: its mark is spent.
    pub fn spend_mark(&mut self, key: &AccountKey) {
        self.marks.spend(key);
        self.unmarked.spend(key);
    }

    /// How many marked accounts are not among the shown rows.
    #[must_use]
    pub fn hidden_marks(&self, inventory: &Snapshot) -> usize {
        let Some(found) = self.found.value() else { return self.marks.len() };
        self.marks.hidden(found, inventory, self.remote.is_none())
    }
}

/// Marked accounts that are not among the shown rows.
#[must_use]
pub fn hidden_marks(state: &State) -> IndexSet<AccountKey> {
    let marks = state.accounts.marks.iter(&state.snapshot);
    let Some(found) = state.accounts.found.value() else {
        return marks.collect();
    };
    marks.filter(|key| !is_shown(found, key)).collect()
}

fn is_shown(found: &Found, key: &AccountKey) -> bool {
    found.snapshot.row(key).is_some_and(|row| found.passed.has(row))
}

/// Marks or unmarks: in the list the account under the cursor, which moves on; in the detail the account that it shows.
pub(super) fn mark(state: &mut State) {
    let key = match (state.focus, &state.detail.target) {
        (PaneId::Detail, Some(detail::Target::Of(Subject::Account(key)))) => Some(key.clone()),
        (PaneId::Detail, _) => None,
        (PaneId::Accounts | PaneId::Organizations, _) => state.accounts.selected.clone(),
    };
    let Some(key) = key else {
        return;
    };
    let row = state.snapshot.row(&key);
    state.accounts.marks.toggle(key, row);
    if state.focus != PaneId::Detail {
        super::move_cursor(state, Motion::Down);
    }
}

/// Marks all that are shown, however many that are.
pub(super) fn mark_all(state: &mut State, effects: &mut Vec<Effect>) {
    let pane = &mut state.accounts;
    let Some(found) = pane.found.value() else {
        return;
    };
    pane.marks.add_all(found, &state.snapshot, pane.remote.is_none());
    pane.marks.follow(&state.snapshot);
    let count = pane.marks.len();
    if count > MOST {
        let (count, most) = (grouped(count), grouped(MOST));
        let words = format!("{count} are marked: at most {most} are changed at once, and kept for the next start");
        state.toast(Role::Warn, words, effects);
    }
}

/// Why nothing is done to the marked accounts: they are too many.
#[must_use]
pub fn too_many_marks(state: &State) -> Option<String> {
    let count = state.accounts.marks.len();
    let words = || format!("{} are marked, at most {} are changed at once", grouped(count), grouped(MOST));
    (count > MOST).then(words)
}

pub(super) fn unmark(pane: &mut Pane) {
    if pane.marks.is_empty() {
        pane.marks = std::mem::take(&mut pane.unmarked);
    } else {
        pane.unmarked = std::mem::take(&mut pane.marks);
    }
}

/// Asks how the marked accounts are to be edited: as a text, or one field on all of them.
pub(super) fn edit(state: &mut State, kind: ChangeKind) {
    let accounts: Vec<AccountKey> = state.targets().into_iter().filter_map(account_of).collect();
    let chooser = chooser::edit(state, accounts, kind);
    state.open(Modal::Chooser(Box::new(chooser)));
}

fn account_of(subject: Subject) -> Option<AccountKey> {
    match subject {
        Subject::Account(key) => Some(key),
        Subject::Organization(_) | Subject::Connection(_) => None,
    }
}

/// Hands the accounts' fields to the user's editor; `text` is what was saved before and could not be taken.
pub fn edit_as_text(state: &mut State, accounts: Vec<AccountKey>, text: Option<String>, effects: &mut Vec<Effect>) {
    if accounts.len() > READ_AT_ONCE {
        let words = format!("reading {} accounts for the editor …", grouped(accounts.len()));
        state.toast(Role::Dim, words, effects);
    }
    let id = state.request_id();
    state.accounts.sheet = Some(Sheet { id, accounts: accounts.clone() });
    effects.push(Effect::Sheet { id, accounts, text });
}

/// The text came back from the editor.
pub fn sheet(
    state: &mut State,
    id: RequestId,
    result: Result<Vec<Change>, (String, Failure)>,
    effects: &mut Vec<Effect>,
) {
    let Some(sheet) = state.accounts.sheet.take_if(|sheet| sheet.id == id) else {
        return;
    };
    match result {
        Ok(changes) if changes.is_empty() => state.toast(Role::Dim, "nothing was changed", effects),
        Ok(changes) => plan::ask(state, changes, effects),
        Err((text, why)) => {
            let view = failure::FailureView::sheet(why, sheet.accounts, text);
            state.open(Modal::Failure(view));
        }
    }
}
