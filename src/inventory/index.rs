//! From an account's key to its row.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Up to this many rows are copied with each publication while pages come in.
const FEW: usize = 8_192;

/// Rows by the hash of their keys, which stand in the columns alone. Most rows are in `base`; what came lately is in
/// `recent`, so that a publication copies a few thousand numbers and not millions.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    hasher: DefaultHashBuilder,
    base: Arc<HashTable<u32>>,
    recent: Arc<HashTable<u32>>,
}

impl Index {
    /// The hash of a key.
    pub(super) fn hash(&self, connection: &str, id: &str) -> u64 {
        self.hasher.hash_one((connection, id))
    }

    /// What hashes keys.
    pub(super) fn hasher(&self) -> DefaultHashBuilder {
        self.hasher.clone()
    }

    /// The row with this hash that `is` it.
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let is = |row: &u32| is(*row);
        self.base.find(hash, is).or_else(|| self.recent.find(hash, is)).copied()
    }

    /// Files a row that is not in the index yet; `hashes` gives the hash of any row that is.
    pub(super) fn insert(&mut self, hash: u64, row: u32, hashes: impl Fn(u32) -> u64) {
        let hashes = |row: &u32| hashes(*row);
        Arc::make_mut(&mut self.recent).insert_unique(hash, row, hashes);
        if self.recent.len() < FEW.max(self.base.len() / 16) {
            return;
        }
        let base = Arc::make_mut(&mut self.base);
        base.reserve(self.recent.len(), hashes);
        for row in self.recent.iter() {
            base.insert_unique(hashes(row), *row, hashes);
        }
        self.recent = Arc::default();
    }

    /// Files all rows anew: runs of rows, each with the number of its first one and their hashes. Of equal keys both are
    /// filed.
    pub(super) fn fill(&mut self, runs: &[(u32, Vec<u64>)]) {
        let of = |row: &u32| {
            let mut behind = runs.iter().filter_map(|(first, hashes)| hashes.get(row.checked_sub(*first)? as usize));
            behind.next().copied().unwrap_or_default()
        };
        let mut base = HashTable::with_capacity(runs.iter().map(|(_, hashes)| hashes.len()).sum());
        for (first, hashes) in runs {
            for (row, hash) in (*first..).zip(hashes) {
                base.insert_unique(*hash, row, of);
            }
        }
        (self.base, self.recent) = (Arc::new(base), Arc::default());
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.base.allocation_size() + self.recent.allocation_size()
    }
}
