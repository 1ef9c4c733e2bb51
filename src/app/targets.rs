//! What the keys of writes act on: the marks, or what the cursor is on; and which of them nothing may be done to.

use indexmap::IndexSet;

use super::{Avail, State};
use crate::domain::{AccountId, AccountKey, Change, ChangeKind, ConnectionName, Protection, Subject};
use crate::panes::{PaneId, accounts};
use crate::provider::{Capability, Offer};

/// The ways to end an account, the most final first.
const ENDS: [ChangeKind; 3] = [ChangeKind::DeleteAccount, ChangeKind::CloseAccount, ChangeKind::RemoveAccount];

/// Why a connection is not moved.
const CONNECTION: &str = "this is a connection, and only accounts move: choose one in the list";

impl State {
    /// Whether writes act on the marks: in the tree they always act on its node.
    #[must_use]
    pub fn acts_on_marks(&self) -> bool {
        let in_reach = match self.focus {
            PaneId::Organizations => false,
            PaneId::Accounts | PaneId::Detail => true,
        };
        in_reach && !self.accounts.marks.is_empty()
    }

    /// What writes act on: the marked accounts, those that are not shown first, or else what the cursor is on.
    #[must_use]
    pub fn targets(&self) -> Vec<Subject> {
        if !self.acts_on_marks() {
            return self.subject().into_iter().collect();
        }
        let hidden = accounts::hidden_marks(self);
        let marks = self.accounts.marks.iter(&self.snapshot);
        let shown: Vec<AccountKey> = marks.filter(|key| !hidden.contains(key)).collect();
        hidden.into_iter().chain(shown).map(Subject::Account).collect()
    }

    /// One of what writes act on for each connection: what hangs on those alone is known without all of them.
    fn samples(&self) -> Vec<Subject> {
        if !self.acts_on_marks() {
            return self.subject().into_iter().collect();
        }
        let sample = |name: &ConnectionName| AccountKey { connection: name.clone(), id: AccountId::new("") };
        self.accounts.marks.counts().keys().map(sample).map(Subject::Account).collect()
    }

    /// Why nothing may be written to the marked accounts; `None` if something may.
    pub(super) fn read_only_marks(&self) -> Option<String> {
        if !self.acts_on_marks() {
            return None;
        }
        let is_read_only =
            |name: &ConnectionName| self.connection(name).is_some_and(|setup| setup.protection == Protection::ReadOnly);
        let counts = self.accounts.marks.counts();
        let off: Vec<(&ConnectionName, &usize)> = counts.iter().filter(|(name, _)| is_read_only(name)).collect();
        let (first, _) = off.first()?;
        let count: usize = off.iter().map(|(_, count)| **count).sum();
        let words = accounts::grouped(count);
        Some(format!("{words} of the marked accounts {} at {first}, which is read-only", are(count)))
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The connections of some subjects, in the order in which they come.
#[must_use]
pub fn connections_of(targets: &[Subject]) -> IndexSet<ConnectionName> {
    targets.iter().map(|subject| subject.connection().clone()).collect()
}

/// A change without fields, e.g. a delete.
#[must_use]
pub fn bare(kind: ChangeKind, subject: Subject) -> Change {
    Change {
        subject,
        kind,
        values: crate::domain::Values::default(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    }
}

/// Why nothing is done to the marks: they are too many.
fn too_many(state: &State) -> Option<String> {
    if state.acts_on_marks() { accounts::too_many_marks(state) } else { None }
}

/// Whether `m` applies; the reason if not.
pub(super) fn can_move(state: &State) -> Avail {
    if state.writing.is_some() {
        return Avail::no("a change is being sent");
    }
    if let Some(reason) = too_many(state) {
        return Avail::No(reason);
    }
    let targets = state.samples();
    let Some(first) = targets.first() else {
        let is_connection = state.focus == PaneId::Organizations && state.organizations.cursor().is_some();
        return Avail::no(if is_connection { CONNECTION } else { "choose an account first" });
    };
    match first {
        Subject::Account(_) => {}
        Subject::Organization(_) => {
            return Avail::no("no provider moves an organization: only accounts move between them");
        }
        Subject::Connection(_) => return Avail::no(CONNECTION),
    }
    let connections = connections_of(&targets);
    if connections.len() > 1 {
        let names: Vec<String> = connections.iter().map(ToString::to_string).collect();
        return Avail::no(format!(
            "the marked accounts are at {} connections ({}), and an account moves within its own: unmark the others",
            connections.len(),
            names.join(", ")
        ));
    }
    match state.offer(first.connection(), Capability::MoveAccount) {
        Offer::Yes => state.uncontested(first.connection()),
        Offer::No(reason) => Avail::no(reason),
    }
}

/// The ways to end some subjects that at least one of their connections offers.
#[must_use]
pub fn ends(state: &State, targets: &[Subject]) -> Vec<ChangeKind> {
    let offered = |kind: ChangeKind| {
        targets.iter().any(|subject| state.offer(subject.connection(), Capability::of(kind, subject)) == Offer::Yes)
    };
    match targets.first() {
        Some(Subject::Account(_)) => ENDS.into_iter().filter(|kind| offered(*kind)).collect(),
        Some(Subject::Organization(_)) => {
            Some(ChangeKind::DeleteOrganization).into_iter().filter(|kind| offered(*kind)).collect()
        }
        Some(Subject::Connection(_)) | None => Vec::new(),
    }
}

/// Whether `D` applies; the reason if not.
pub(super) fn can_end(state: &State) -> Avail {
    if state.writing.is_some() {
        return Avail::no("a change is being sent");
    }
    if let Some(reason) = too_many(state) {
        return Avail::No(reason);
    }
    let targets = state.samples();
    let Some(first) = targets.first() else {
        return Avail::no(match state.focus {
            PaneId::Organizations => "a connection ends in config.toml; nothing is deleted by that",
            PaneId::Accounts | PaneId::Detail => "choose an account first",
        });
    };
    if ends(state, &targets).is_empty() {
        let kind = match first {
            Subject::Account(_) => ENDS[0],
            Subject::Organization(_) | Subject::Connection(_) => ChangeKind::DeleteOrganization,
        };
        return match state.offer(first.connection(), Capability::of(kind, first)) {
            Offer::No(reason) => Avail::no(reason),
            Offer::Yes => Avail::no("choose an account first"),
        };
    }
    if let Some(reason) = unsafe_to_end(state) {
        return Avail::No(reason);
    }
    let connections = connections_of(&targets);
    let contested = connections.iter().map(|name| state.uncontested(name)).find(|avail| *avail != Avail::Yes);
    contested.unwrap_or(Avail::Yes)
}

/// Why the marked accounts may not be ended together: what is not seen is not ended, nor more than the limit at once.
fn unsafe_to_end(state: &State) -> Option<String> {
    if !state.acts_on_marks() {
        return None;
    }
    let marks = &state.accounts.marks;
    let (hidden, gone) = (state.accounts.hidden_marks(&state.snapshot), marks.unlisted(&state.snapshot));
    if gone > 0 {
        let are = are(gone);
        let words = format!("{gone} of the marked accounts {are} not listed any more: unmark all (u), then mark anew");
        return Some(words);
    }
    if hidden > 0 {
        return Some(format!(
            "{hidden} of the marked accounts {} not shown: only what is seen is ended. Clear the filter, or unmark all (u)",
            are(hidden)
        ));
    }
    for (name, marked) in marks.counts() {
        let most = state.connection(name).map_or(0, |setup| setup.max_delete as usize);
        if *marked > most {
            return Some(format!(
                "{marked} {} marked at {name}, at most {most} end at once (max_delete in config.toml)",
                are(*marked)
            ));
        }
    }
    None
}

/// Whether marked accounts can be edited; without marks the key means something else.
#[must_use]
pub fn can_edit_marks(state: &State) -> Avail {
    if !state.acts_on_marks() {
        return Avail::Hidden;
    }
    if state.writing.is_some() {
        return Avail::no("a change is being sent");
    }
    if let Some(reason) = too_many(state) {
        return Avail::No(reason);
    }
    let connections = connections_of(&state.samples());
    let contested = connections.iter().map(|name| state.uncontested(name)).find(|avail| *avail != Avail::Yes);
    contested.unwrap_or(Avail::Yes)
}
