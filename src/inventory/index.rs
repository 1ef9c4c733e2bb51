//! From an account's key to its row.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::domain::{Account, AccountKey};

/// Rows by the hash of their key. It holds no key of its own: a copy (one a published snapshot) is a copy of plain
/// numbers, where a map of keys would copy every id.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    hasher: RandomState,
    rows: HashMap<u64, u32>,
    /// Rows whose hash another row has already: next to none.
    clashes: Vec<u32>,
}

impl Index {
    /// The index of these rows. Of two rows with one key the first counts.
    pub(super) fn of(accounts: &[Arc<Account>]) -> Self {
        let mut index = Self::default();
        index.rows.reserve(accounts.len());
        for (row, account) in (0u32..).zip(accounts) {
            if index.row(accounts, &account.key).is_none() {
                index.insert(&account.key, row);
            }
        }
        index
    }

    /// The row of a key, looked up among the rows that the index was made for.
    pub(super) fn row(&self, accounts: &[Arc<Account>], key: &AccountKey) -> Option<u32> {
        let first = *self.rows.get(&self.hasher.hash_one(key))?;
        std::iter::once(first).chain(self.clashes.iter().copied()).find(|&row| {
            let account = accounts.get(row as usize);
            account.is_some_and(|account| account.key == *key)
        })
    }

    /// Files a row whose key is not in the index yet.
    pub(super) fn insert(&mut self, key: &AccountKey, row: u32) {
        match self.rows.entry(self.hasher.hash_one(key)) {
            Entry::Vacant(place) => {
                place.insert(row);
            }
            Entry::Occupied(_) => self.clashes.push(row),
        }
    }
}
