//! One SQLite file (or memory) that threads share: one writer, readers as they are needed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::Mode;
use super::error::DiskError;
use super::open::{self, Access, Found, Notice};
use super::sql::{self, Schema};
use crate::domain::Moment;

/// Readers that are kept open: the list's two halves, a scan of raw, and one for records.
const READERS: usize = 4;

/// A file and its connections.
pub(super) struct Base {
    path: Option<PathBuf>,
    schema: &'static Schema,
    found: Mutex<Found>,
    readers: Mutex<Pool>,
}

/// Readers at rest.
struct Pool {
    mode: Mode,
    access: Access,
    /// Counts how often the file was opened: a reader of an earlier one does not come back.
    opening: u64,
    idle: Vec<Connection>,
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base({}, {:?})", self.name(), self.mode())
    }
}

impl Base {
    pub(super) fn open(path: &Path, schema: &'static Schema, now: Moment) -> (Self, Vec<Notice>) {
        let (found, notices) = open::open(path, schema, now, false);
        (Self::of(Some(path.to_owned()), schema, found), notices)
    }

    #[expect(clippy::expect_used, reason = "making empty tables in memory fails only where no memory is left")]
    pub(super) fn in_memory(schema: &'static Schema) -> Self {
        let found = open::in_memory(schema).expect("the schema is sound, its tests make it");
        Self::of(None, schema, found)
    }

    fn of(path: Option<PathBuf>, schema: &'static Schema, found: Found) -> Self {
        let pool = Pool { mode: found.mode, access: found.access, opening: 0, idle: Vec::new() };
        Self { path, schema, found: Mutex::new(found), readers: Mutex::new(pool) }
    }

    pub(super) fn mode(&self) -> Mode {
        self.pool().mode
    }

    /// The file in words.
    pub(super) fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "memory".into(), |path| path.display().to_string())
    }

    pub(super) fn error(&self, error: &rusqlite::Error) -> DiskError {
        DiskError::of(&self.name(), error)
    }

    /// Opens the file again with a check of every page.
    pub(super) fn mend(&self, now: Moment) -> Vec<Notice> {
        let Some(path) = &self.path else {
            return Vec::new();
        };
        let mut found = self.found();
        self.pool().idle.clear();
        // Closed before it is renamed, so that its locks are not kept on what was set aside.
        if let Ok(nothing) = open::in_memory(self.schema) {
            *found = nothing;
        }
        let (opened, notices) = open::open(path, self.schema, now, true);
        let mut pool = self.pool();
        pool.opening += 1;
        pool.idle.clear();
        (pool.mode, pool.access) = (opened.mode, opened.access);
        *found = opened;
        notices
    }

    pub(super) fn rest(&self) -> Result<(), DiskError> {
        self.pool().idle.clear();
        let found = self.found();
        found.connection.execute_batch(sql::SHRINK).map_err(|error| self.error(&error))
    }

    /// Runs `work` in one transaction: all of it or nothing.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<T, DiskError> {
        let mut found = self.found();
        if found.mode == Mode::ReadOnly {
            return Err(DiskError::ReadOnly { file: self.name() });
        }
        // Immediate: it waits for its turn now, and not in its midst, where waiting would be in vain.
        let done = found
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| work(&transaction).and_then(|value| transaction.commit().map(|()| value)));
        let done = done.map_err(|error| self.error(&error));
        let wait = match &done {
            Ok(_) => open::WAIT,
            Err(DiskError::Busy { .. }) => open::WAIT_AGAIN,
            Err(_) => found.wait,
        };
        if wait != found.wait {
            found.wait = wait;
            // It can't fail: nothing but a number is kept.
            let _ = found.connection.busy_timeout(wait);
        }
        done
    }

    /// Runs `work` on the writing connection outside a transaction.
    pub(super) fn maintain(
        &self,
        work: impl FnOnce(&Connection) -> Result<(), rusqlite::Error>,
    ) -> Result<(), DiskError> {
        work(&self.found().connection).map_err(|error| self.error(&error))
    }

    /// Carries the log over into the file, as far as no reader needs it: who opens the file next would have to read all
    /// of it first. Waits for nobody.
    pub(super) fn carry_over(&self) -> Result<(), DiskError> {
        let found = self.found();
        let connection = &found.connection;
        let done = connection.busy_timeout(Duration::ZERO).and_then(|()| {
            let done = connection.query_row(sql::CHECKPOINT, [], |_| Ok(()));
            connection.busy_timeout(found.wait)?;
            done
        });
        done.map_err(|error| self.error(&error))
    }

    /// Runs `work` over one unchanging state of the file. In memory nothing is written meanwhile.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>) -> Result<T, DiskError> {
        if self.mode() == Mode::Memory {
            return work(&self.found().connection).map_err(|error| self.error(&error));
        }
        let (reader, opening) = self.reader().map_err(|error| self.error(&error))?;
        let done = reader.unchecked_transaction().and_then(|transaction| {
            let value = work(&reader)?;
            transaction.commit().map(|()| value)
        });
        let mut pool = self.pool();
        // After an error the file may be broken: the next reader looks anew.
        if done.is_ok() && pool.opening == opening && pool.idle.len() < READERS {
            pool.idle.push(reader);
        }
        done.map_err(|error| self.error(&error))
    }

    fn reader(&self) -> rusqlite::Result<(Connection, u64)> {
        let mut pool = self.pool();
        let (opening, access) = (pool.opening, pool.access);
        if let Some(reader) = pool.idle.pop() {
            return Ok((reader, opening));
        }
        drop(pool);
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        Ok((open::reader(path, access)?, opening))
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Statements of a test's own.
    #[cfg(test)]
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> T {
        work(&mut self.found().connection)
    }
}
