//! What the inventory hands to the disk, and takes from it again.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::Inventory;
use super::disk::{ConnectionState, Disk, FactKind, RowId, StoredFact};
use super::history::History;
use super::keeper::{Keeper, OnDisk, Tell, facts_of};
use super::ops::{Op, Tick};
use super::reads::Which;
use super::store::State;
use crate::domain::{Account, AccountKey, ConnectionName, Organization, OrganizationId};
use crate::provider::{Clock, OrganizationScope};

impl Inventory {
    /// An inventory that is kept on a disk. It is empty until [`Inventory::load`] has read what is there: nothing must be
    /// taken in before that. `tell` hears what the user should know of the disk, each sentence once.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn over(disk: Disk, clock: Clock, tell: Tell) -> io::Result<Self> {
        let inventory = Self::default();
        {
            let mut state = inventory.state();
            let keeper = Keeper::start(disk, clock, tell)?;
            state.records = Box::new(OnDisk(Arc::clone(&keeper.stock)));
            state.work.raws = Some(state.records.raws());
            state.keeper = Some(keeper);
        }
        Ok(inventory)
    }

    /// Reads of the disk what is kept of these connections alone: of others nothing is shown.
    #[must_use]
    pub fn with_only(self, connections: impl IntoIterator<Item = ConnectionName>) -> Self {
        self.state().only = Some(Arc::new(connections.into_iter().collect()));
        self
    }

    /// Has what differs from now on written down, too.
    #[must_use]
    pub fn with_history(self, history: &Arc<History>) -> Self {
        if let Some(keeper) = &self.state().keeper {
            // One that has a history keeps it.
            let _ = keeper.stock.history.set(Arc::clone(history));
        }
        self
    }

    /// Has everything written that was taken in so far; false if that takes longer than `wait`. What can't be written is
    /// said, and counts as done.
    pub fn flush(&self, wait: Duration) -> bool {
        let done = {
            let mut state = self.state();
            state.post(None);
            state.keeper.as_ref().map(Keeper::flush)
        };
        done.is_none_or(|done| done.recv_timeout(wait).is_ok())
    }

    /// Keeps these rows as what the next start shows first.
    pub fn keep_first(&self, rows: &[u32]) {
        let stock = self.state().keeper.as_ref().map(|keeper| Arc::clone(&keeper.stock));
        if let Some(stock) = stock.filter(|_| !rows.is_empty()) {
            let wanted: Vec<RowId> = rows.iter().filter_map(|row| stock.row_id(*row)).collect();
            // Where none of them is on the disk yet, what was kept before is more than nothing.
            if !wanted.is_empty()
                && let Err(error) = stock.disk.save_first(&wanted)
            {
                stock.fault(&error);
            }
        }
    }

    /// Whether a connection has said who it is since the program runs.
    pub(super) fn is_identified(&self, connection: &ConnectionName) -> bool {
        let state = self.state();
        let has_said = state.books.get(connection).is_some_and(|book| book.identified);
        has_said && state.work.connections.get(connection).is_some_and(|view| view.identity.is_some())
    }
}

impl State {
    /// Queues something for the disk, if there is one.
    pub(super) fn send(&self, op: impl FnOnce() -> Op) {
        if let Some(keeper) = &self.keeper {
            keeper.send(op());
        }
    }

    /// Queues the accounts that were filed.
    pub(super) fn post(&mut self, tick: Option<(&ConnectionName, Tick)>) {
        let rows = self.take_outbox();
        let mut tick = tick;
        for (connection, rows) in by_connection(rows) {
            // Rows of other connections may wait beside those of the page: its tick is about its own.
            let own = tick.take_if(|(of, _)| **of == connection).map(|(_, tick)| tick);
            self.send(|| Op::Accounts { connection, rows, tick: own });
        }
        if let Some((connection, tick)) = tick {
            self.send(|| Op::Accounts { connection: connection.clone(), rows: Vec::new(), tick: Some(tick) });
        }
    }

    /// Accounts that are there for sure, though a listing may not have given them: with it they are not gone.
    pub(super) fn there(&mut self, connection: &ConnectionName) -> Vec<(u32, Arc<Account>)> {
        if self.keeper.is_none() {
            return Vec::new();
        }
        let ids = self.book(connection).sure_of();
        let keys = ids.into_iter().map(|id| AccountKey { connection: connection.clone(), id });
        let rows: Vec<u32> = keys.filter_map(|key| self.row(&key)).collect();
        rows.into_iter().filter_map(|row| Some((row, Arc::new(self.recall(row)?)))).collect()
    }

    /// Keeps how a connection's listing is.
    pub(super) fn keep_view(&mut self, connection: &ConnectionName) {
        if self.keeper.is_none() {
            return;
        }
        let view = self.view(connection);
        let state = ConnectionState {
            sync: view.sync.clone(),
            hierarchy: view.hierarchy.clone(),
            messages: view.messages.clone(),
            kept_at: view.kept_at,
        };
        self.post(None);
        self.send(|| Op::State(connection.clone(), Box::new(state)));
    }

    /// Takes in organizations, and keeps them.
    pub(super) fn organizations(&mut self, connection: &ConnectionName, organizations: Vec<Organization>) {
        self.keep_organizations(connection, organizations.clone());
        self.book(connection).list(organizations);
    }

    pub(super) fn keep_organizations(&self, connection: &ConnectionName, organizations: Vec<Organization>) {
        if !organizations.is_empty() {
            self.send(|| Op::Organizations(connection.clone(), organizations));
        }
    }

    /// A listing of this scope ended with all its pages.
    pub(super) fn settle_level(
        &mut self,
        connection: &ConnectionName,
        scope: &OrganizationScope,
        came: &HashSet<OrganizationId>,
    ) {
        let gone = self.book(connection).settle(scope, came);
        self.drop_organizations(connection, gone.into_iter().collect());
        self.call_places(connection, Which::All);
    }

    pub(super) fn drop_organizations(&self, connection: &ConnectionName, gone: Vec<OrganizationId>) {
        if gone.is_empty() {
            return;
        }
        for id in &gone {
            self.send(|| Op::FactGone(connection.clone(), FactKind::Organization, id.as_str().to_owned()));
        }
        self.send(|| Op::OrganizationsGone(connection.clone(), gone));
    }

    pub(super) fn keep_fact(&self, connection: &ConnectionName, fact: impl FnOnce() -> StoredFact) {
        self.send(|| Op::Fact(connection.clone(), fact()));
    }

    /// What an account's lineage says holds no more.
    pub(super) fn drop_lineage(&mut self, key: &AccountKey) {
        if Arc::make_mut(&mut self.work.lineages).remove(key).is_some() {
            self.send(|| Op::FactGone(key.connection.clone(), FactKind::Lineage, key.id.as_str().to_owned()));
        }
    }

    /// An account is gone, with all that was read of it by itself.
    pub(super) fn drop_account(&mut self, key: &AccountKey) {
        self.post(None);
        self.send(|| Op::Gone(key.clone()));
        for (kind, subject) in facts_of(&key.id) {
            self.send(|| Op::FactGone(key.connection.clone(), kind, subject));
        }
        let subject = StoredFact::profile_subject(&crate::domain::Subject::Account(key.clone()));
        self.send(|| Op::FactGone(key.connection.clone(), FactKind::Profile, subject));
    }

    /// Reads an account's own record from the disk, if an earlier run asked for it; whether there was one.
    pub(super) fn bring_detail(&mut self, key: &AccountKey) -> bool {
        if self.work.details.contains_key(key) {
            return false;
        }
        let Some(keeper) = &self.keeper else { return false };
        let Some(owner) = self.books.get(&key.connection).and_then(|book| book.owner) else { return false };
        match keeper.stock.disk.fact(owner, FactKind::Detail, key.id.as_str()) {
            Ok(Some(StoredFact::Detail(fact))) => {
                Arc::make_mut(&mut self.work.details).insert(key.clone(), fact);
                self.touch(key);
                true
            }
            Ok(_) => false,
            Err(error) => {
                keeper.stock.fault(&error);
                false
            }
        }
    }
}

/// Accounts with their rows.
type Rows = Vec<(u32, Arc<Account>)>;

/// Rows in runs of one connection each.
fn by_connection(rows: Rows) -> Vec<(ConnectionName, Rows)> {
    let mut runs: Vec<(ConnectionName, Rows)> = Vec::new();
    for (row, account) in rows {
        match runs.last_mut() {
            Some((connection, run)) if *connection == account.key.connection => run.push((row, account)),
            Some(_) | None => runs.push((account.key.connection.clone(), vec![(row, account)])),
        }
    }
    runs
}
