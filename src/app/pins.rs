//! Favourites: accounts and organizations that the user pinned. They stand first wherever they are listed. Each is kept on
//! its own, so that what another process pins meanwhile stays.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Action, Avail, Effect, Keep, Row, State};
use crate::domain::{AccountKey, ConnectionName, Key, OrganizationId, OrganizationKey, Role, Subject};
use crate::inventory::{RowSet, Snapshot};
use crate::panes::{accounts, plan};

/// Under what a pin is kept, before what is pinned.
pub(super) const KEPT: &str = "pin ";
/// What is kept under it: that it is there is all that counts.
const THERE: &str = "1";
/// More would be no favourites, and a screen of nothing else.
const MOST: usize = 200;

/// Pins what the cursor is on, in each pane.
pub const PIN: Row =
    Row::new(&[Key::char('f')], Action::Accounts(accounts::Act::Pin), "pin on top / unpin").now(words).when(can_pin);

/// What is pinned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// An account.
    Account(AccountKey),
    /// An organization.
    Organization(OrganizationKey),
}

impl Pin {
    fn of(subject: Subject) -> Option<Self> {
        match subject {
            Subject::Account(key) => Some(Self::Account(key)),
            Subject::Organization(key) => Some(Self::Organization(key)),
            Subject::Connection(_) => None,
        }
    }
}

/// All pins, and the inventory's rows of those that are accounts.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    all: BTreeSet<Pin>,
    rows: Option<Arc<RowSet>>,
    /// The listing in which the rows were found; nothing if they have to be found again.
    found_in: Option<u64>,
}

impl Pins {
    /// What the disk had of this name.
    pub(super) fn read(&mut self, name: &str) {
        let Some(pin) = name.strip_prefix(KEPT) else { return };
        if let Ok(pin) = serde_json::from_str(pin) {
            self.all.insert(pin);
            self.found_in = None;
        }
    }

    /// Whether nothing is pinned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them: accounts, then organizations.
    pub fn iter(&self) -> impl Iterator<Item = &Pin> {
        self.all.iter()
    }

    /// The pinned organizations of a connection.
    #[must_use]
    pub fn organizations(&self, connection: &ConnectionName) -> HashSet<&OrganizationId> {
        let own = self.all.iter().filter_map(|pin| match pin {
            Pin::Organization(key) if key.connection == *connection => Some(&key.id),
            Pin::Account(_) | Pin::Organization(_) => None,
        });
        own.collect()
    }

    /// Whether something is pinned.
    #[must_use]
    pub fn has(&self, subject: &Subject) -> bool {
        !self.all.is_empty() && Pin::of(subject.clone()).is_some_and(|pin| self.all.contains(&pin))
    }

    /// The rows of the pinned accounts that the inventory lists, for searches; `None` if there is none.
    #[must_use]
    pub fn rows(&self) -> Option<&Arc<RowSet>> {
        self.rows.as_ref()
    }

    /// Finds the rows of pinned accounts that the inventory has got or lost.
    fn follow(&mut self, inventory: &Snapshot) {
        if self.all.is_empty() && self.rows.is_none() || self.found_in == Some(inventory.listing()) {
            return;
        }
        self.found_in = Some(inventory.listing());
        let accounts = self.all.iter().filter_map(|pin| match pin {
            Pin::Account(key) => inventory.row(key),
            Pin::Organization(_) => None,
        });
        let rows: RowSet = accounts.collect();
        // Searches know pins that did not change by their being the same.
        let same = self.rows.as_ref().map_or(rows.is_empty(), |known| **known == rows);
        if !same {
            self.rows = (!rows.is_empty()).then(|| Arc::new(rows));
        }
    }
}

/// Every update: finds the rows of what is pinned.
pub(super) fn follow(state: &mut State) {
    state.own.pins.follow(&state.snapshot);
}

fn words(state: &State) -> Option<&'static str> {
    let pin = Pin::of(state.subject()?)?;
    Some(if state.own.pins.all.contains(&pin) { "unpin" } else { "pin on top" })
}

fn can_pin(state: &State) -> Avail {
    match state.subject().and_then(Pin::of) {
        Some(pin) if state.own.pins.all.len() >= MOST && !state.own.pins.all.contains(&pin) => {
            Avail::no(format!("{MOST} are pinned already"))
        }
        Some(_) => Avail::Yes,
        None => Avail::no("choose an account or an organization first"),
    }
}

/// Pins what the cursor is on, or takes its pin away.
pub fn toggle(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(subject) = state.subject() else { return };
    let name = plan::subject_name(state, &subject);
    let Some(pin) = Pin::of(subject) else { return };
    // It is made of names: there is nothing in it that JSON has not.
    let Ok(kept) = serde_json::to_string(&pin) else { return };
    let pins = &mut state.own.pins;
    let is_new = !pins.all.remove(&pin);
    if is_new {
        pins.all.insert(pin);
    }
    pins.found_in = None;
    let text = is_new.then(|| THERE.to_owned());
    effects.push(Effect::Keep(Keep::Named { name: format!("{KEPT}{kept}"), text }));
    state.organizations.touch();
    let words = if is_new { format!("pinned {name}; again takes it down") } else { format!("unpinned {name}") };
    state.toast(Role::Good, words, effects);
}
