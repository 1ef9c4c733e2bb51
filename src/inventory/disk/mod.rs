//! What providers said, kept on disk: SQLite below the cache directory, and a file of the user's own beside the journal.
//!
//! Everything here blocks: async code calls it from a blocking task. Opening never fails: what can't be used is set
//! aside, read only, or replaced by memory, and a [`Notice`] says so. Secrets never enter: an account's `secrets` are
//! not written, and its raw text has `"<secret>"` in their places already. No time that was stored is trusted to be
//! before a later one: clocks go back.

mod base;
mod digest;
mod error;
mod facts;
mod file;
mod listing;
mod open;
mod outbox;
mod own;
mod owners;
mod read;
mod record;
mod rows;
mod sql;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

use base::Base;

pub use error::DiskError;
pub use facts::{FactKind, StoredFact};
pub(in crate::inventory) use listing::Seen;
pub use listing::{Ending, PageSet, Progress, Resume};
pub use open::Notice;
pub(in crate::inventory) use outbox::{Letter, Midst};
pub use own::{HistoryQuery, Own, OwnOpened, Retention};
pub use owners::{ConnectionState, Identified, OwnerNo, Standing, StoredOwner};
pub use read::KnownId;
pub use rows::{Dictionaries, RowId, StoredAccount, StoredRow};
pub use write::{Batch, Written};

use crate::domain::Moment;

/// The cache of what providers said. One for the program; threads share it.
#[derive(Debug)]
pub struct Disk {
    base: Base,
}

/// A cache that is ready for use, and what had to be done for it.
#[derive(Debug)]
pub struct Opened {
    /// The cache; in memory if nothing else could be had.
    pub disk: Disk,
    /// What the user should hear.
    pub notices: Vec<Notice>,
}

/// How a file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Read and written.
    Writable,
    /// Only read: made by a later version, or on a file system that cannot be written.
    ReadOnly,
    /// Nothing is kept beyond the end of the program.
    Memory,
}

impl Disk {
    /// Opens or makes the file. Never fails: see the notices.
    #[must_use]
    pub fn open(path: &Path, now: Moment) -> Opened {
        let (base, notices) = Base::open(path, &sql::CACHE, now);
        Opened { disk: Self { base }, notices }
    }

    /// A cache that ends with the program.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { base: Base::in_memory(&sql::CACHE) }
    }

    /// How the file is used.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.base.mode()
    }

    /// After [`DiskError::Damaged`]: opens the file again, sets it aside if a check finds it broken, and says what was
    /// done. What the disk held may be gone; the next sync brings it back.
    pub fn mend(&self, now: Moment) -> Vec<Notice> {
        self.base.mend(now)
    }

    /// From now on there is no room for more.
    #[cfg(test)]
    pub(in crate::inventory) fn fill_up(&self) {
        self.base.with(|connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
            connection.pragma_update(None, "max_page_count", pages).unwrap();
        });
    }

    /// Gives page caches back: after a sync, or when the program idles.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub fn rest(&self) -> Result<(), DiskError> {
        self.base.rest()
    }
}
