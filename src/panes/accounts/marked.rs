//! Which accounts are marked: one by one by their keys, or all that are shown by one bit a row. A million marks cost a
//! frame as little as one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use indexmap::IndexSet;

use crate::domain::{AccountKey, ConnectionName};
use crate::inventory::{Found, RowSet, Snapshot};

/// Marking so many at once is done by their keys, which keeps the order of marking; more by a bit each.
const FEW: usize = 1_000;

/// So many accounts are changed or labelled at once at most, and kept as marks for the next start: lists of their keys
/// are made in a frame or two.
pub const MOST: usize = 100_000;

/// The marked accounts.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Marked one by one, in that order.
    keys: IndexSet<AccountKey>,
    /// Marked all at once: the inventory's rows, those of `keys` aside.
    bulk: Arc<RowSet>,
    /// The inventory's rows of both, as far as it has them.
    rows: Arc<RowSet>,
    /// How many there are at each connection.
    counts: BTreeMap<ConnectionName, usize>,
    /// Their marks are spent; taken out all together.
    spent: Vec<AccountKey>,
    /// The listing in which the keys' rows were found; nothing if they have to be found again.
    found_in: Option<u64>,
}

impl Marks {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len() + self.bulk.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.bulk.is_empty()
    }

    /// Whether an account is marked; `row` is the inventory's, if it has one.
    #[must_use]
    pub fn has(&self, key: &AccountKey, row: Option<u32>) -> bool {
        row.is_some_and(|row| self.bulk.has(row)) || self.keys.contains(key)
    }

    /// The accounts, those that were marked one by one first. Makes their keys: not for a frame.
    pub fn iter<'m>(&'m self, inventory: &'m Snapshot) -> impl Iterator<Item = AccountKey> + 'm {
        let bulk = self.bulk.rows().filter_map(|row| inventory.get(row).map(|row| row.key()));
        self.keys.iter().cloned().chain(bulk)
    }

    /// The one that was marked last by itself.
    pub(super) fn last(&self) -> Option<&AccountKey> {
        self.keys.last()
    }

    /// Their rows in the inventory.
    pub(crate) fn rows(&self) -> &Arc<RowSet> {
        &self.rows
    }

    /// How many there are at each connection.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<ConnectionName, usize> {
        &self.counts
    }

    /// How many of them the inventory does not list any more, or not yet.
    #[must_use]
    pub fn unlisted(&self, inventory: &Snapshot) -> usize {
        let keys = self.keys.iter().filter(|key| inventory.row(key).is_none()).count();
        keys + self.bulk.len().saturating_sub(inventory.listed_among(&self.bulk))
    }

    /// Marks these by their keys.
    pub(super) fn of(keys: impl IntoIterator<Item = AccountKey>) -> Self {
        let mut marks = Self::default();
        for key in keys {
            marks.insert(key);
        }
        marks
    }

    fn insert(&mut self, key: AccountKey) {
        let connection = key.connection.clone();
        if self.keys.insert(key) {
            *self.counts.entry(connection).or_default() += 1;
            self.found_in = None;
        }
    }

    fn uncount(&mut self, connection: &ConnectionName) {
        if let Some(count) = self.counts.get_mut(connection) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(connection);
            }
        }
    }

    /// Marks an account, or takes its mark away.
    pub(super) fn toggle(&mut self, key: AccountKey, row: Option<u32>) {
        if let Some(row) = row.filter(|row| self.bulk.has(*row)) {
            Arc::make_mut(&mut self.bulk).remove(row);
        } else if !self.keys.shift_remove(&key) {
            if let Some(row) = row {
                Arc::make_mut(&mut self.rows).add(row);
            }
            *self.counts.entry(key.connection.clone()).or_default() += 1;
            self.keys.insert(key);
            return;
        }
        if let Some(row) = row {
            Arc::make_mut(&mut self.rows).remove(row);
        }
        self.uncount(&key.connection);
    }

    /// Marks all that a search found.
    pub(super) fn add_all(&mut self, found: &Found, inventory: &Snapshot, is_inventorys: bool) {
        if !is_inventorys || found.rows.len() <= FEW {
            for row in found.rows.iter().filter_map(|row| found.snapshot.get(*row)) {
                let key = row.key();
                if !self.has(&key, inventory.row(&key)) {
                    self.insert(key);
                }
            }
            return;
        }
        let bulk = Arc::make_mut(&mut self.bulk);
        bulk.join(&found.passed);
        for row in self.keys.iter().filter_map(|key| inventory.row(key)) {
            bulk.remove(row);
        }
        self.recount(inventory);
        self.found_in = None;
    }

    fn recount(&mut self, inventory: &Snapshot) {
        self.counts = inventory.connections_of(&self.bulk);
        for key in &self.keys {
            *self.counts.entry(key.connection.clone()).or_default() += 1;
        }
    }

    /// An account's mark is spent, with the next [`Marks::follow`].
    pub(super) fn spend(&mut self, key: &AccountKey) {
        if !self.is_empty() {
            self.spent.push(key.clone());
        }
    }

    /// The marks of a connection go.
    pub(super) fn forget(&mut self, connection: &ConnectionName, inventory: &Snapshot) {
        self.keys.retain(|key| key.connection != *connection);
        let stays = |row: &u32| inventory.get(*row).is_some_and(|row| row.connection() != connection);
        self.bulk = Arc::new(self.bulk.rows().filter(stays).collect());
        self.recount(inventory);
        self.found_in = None;
    }

    /// Takes spent marks out, and finds the rows of those that the inventory has got or lost.
    pub(super) fn follow(&mut self, inventory: &Snapshot) {
        let spent: HashSet<AccountKey> = self.spent.drain(..).collect();
        if !spent.is_empty() {
            self.keys.retain(|key| !spent.contains(key));
            let bulk = Arc::make_mut(&mut self.bulk);
            spent.iter().filter_map(|key| inventory.row(key)).for_each(|row| bulk.remove(row));
            self.recount(inventory);
            self.found_in = None;
        }
        if self.found_in == Some(inventory.listing()) {
            return;
        }
        self.found_in = Some(inventory.listing());
        let mut rows = RowSet::clone(&self.bulk);
        self.keys.iter().filter_map(|key| inventory.row(key)).for_each(|row| rows.add(row));
        // Searches know marks that did not change by their being the same.
        if !rows.rows().eq(self.rows.rows()) {
            self.rows = Arc::new(rows);
        }
    }

    /// How many of them a list does not show.
    pub(super) fn hidden(&self, found: &Found, inventory: &Snapshot, is_inventorys: bool) -> usize {
        let shown = if is_inventorys {
            self.rows.common(&found.passed)
        } else {
            let rows = found.rows.iter().filter_map(|row| found.snapshot.get(*row)).map(|row| row.key());
            rows.filter(|key| self.has(key, inventory.row(key))).count()
        };
        self.len().saturating_sub(shown)
    }
}
