//! Marks: which accounts writes act on, and editing them together.

use std::sync::Arc;

use indexmap::IndexSet;

use super::Pane;
use crate::app::{Effect, Modal, Motion, RequestId, State};
use crate::domain::{AccountKey, Change, ChangeKind, ConnectionName, Failure, Role, Subject};
use crate::inventory::{Found, Snapshot};
use crate::panes::{PaneId, chooser, detail, failure, plan};

/// The text of marked accounts that is in the user's editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    id: RequestId,
    accounts: Vec<AccountKey>,
}

impl Pane {
    /// The marks of a connection whose rows are dropped go with them.
    pub fn forget_marks(&mut self, connection: &ConnectionName) {
        self.marks.retain(|key| key.connection != *connection);
        self.unmarked.retain(|key| key.connection != *connection);
        self.marked_rows = Arc::default();
    }

    /// What was asked of an account is done: its mark is spent.
    pub fn spend_mark(&mut self, key: &AccountKey) {
        self.marks.shift_remove(key);
        self.unmarked.shift_remove(key);
        let row = self.found.value().filter(|_| self.remote.is_none()).and_then(|found| found.snapshot.row(key));
        match row {
            Some(row) => Arc::make_mut(&mut self.marked_rows).remove(row),
            None => self.marked_rows = Arc::default(),
        }
    }

    /// Finds the marked accounts' rows, if some are missing.
    pub(super) fn resolve_marks(&mut self, inventory: &Snapshot) {
        if self.marked_rows.len() != self.marks.len() {
            self.marked_rows = Arc::new(self.marks.iter().filter_map(|key| inventory.row(key)).collect());
        }
    }

    /// How many marked accounts are not among the shown rows.
    #[must_use]
    pub fn hidden_marks(&self) -> usize {
        let Some(found) = self.found.value() else { return self.marks.len() };
        let shown = if self.remote.is_none() {
            self.marked_rows.common(&found.passed)
        } else {
            self.marks.iter().filter(|key| is_shown(found, key)).count()
        };
        self.marks.len().saturating_sub(shown)
    }
}

/// Marked accounts that are not among the shown rows.
#[must_use]
pub fn hidden_marks(state: &State) -> IndexSet<AccountKey> {
    let marks = &state.accounts.marks;
    let Some(found) = state.accounts.found.value() else {
        return marks.clone();
    };
    marks.iter().filter(|key| !is_shown(found, key)).cloned().collect()
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
    let pane = &mut state.accounts;
    let is_marked = !pane.marks.shift_remove(&key);
    if is_marked {
        pane.marks.insert(key);
    }
    if let Some(row) = row {
        let rows = Arc::make_mut(&mut pane.marked_rows);
        if is_marked { rows.add(row) } else { rows.remove(row) }
    }
    if state.focus != PaneId::Detail {
        super::move_cursor(state, Motion::Down);
    }
}

pub(super) fn mark_all(state: &mut State) {
    let pane = &mut state.accounts;
    let Some(found) = pane.found.value() else {
        return;
    };
    let shown = found.rows.iter().filter_map(|row| found.snapshot.get(*row));
    pane.marks.extend(shown.map(|account| account.key()));
    if pane.remote.is_none() {
        Arc::make_mut(&mut pane.marked_rows).join(&found.passed);
    }
    pane.resolve_marks(&state.snapshot);
}

pub(super) fn unmark(pane: &mut Pane) {
    if pane.marks.is_empty() {
        pane.marks = std::mem::take(&mut pane.unmarked);
    } else {
        pane.unmarked = std::mem::take(&mut pane.marks);
    }
    pane.marked_rows = Arc::default();
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
