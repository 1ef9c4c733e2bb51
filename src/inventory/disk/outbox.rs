//! What a batch tells the history, kept in the batch's own transaction until the user's file has it: the two are two
//! files, and whenever the program ends between their commits, nothing is lost and nothing is told twice.
//!
//! Letters are numbered in the order of their batches. The user's file keeps the number of the last one that it has,
//! under the name of the cache that it came from, in the same transaction as what that one says.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use super::own::{columns, letter_of};
use super::owners::OwnerNo;
use super::rows::{RowId, stored};
use super::write::{Batch, Written, write};
use super::{Disk, DiskError, read, sql};
use crate::domain::{Account, Observed};

/// What the history shall hear.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::inventory) enum Letter {
    /// It was observed.
    Observed(Observed),
    /// It is gone, and held back.
    Held(Observed),
    /// It is held back no longer.
    Again(Observed),
}

impl Letter {
    fn parts(&self) -> (u8, &Observed) {
        match self {
            Self::Observed(one) => (0, one),
            Self::Held(one) => (1, one),
            Self::Again(one) => (2, one),
        }
    }

    pub(super) fn new(what: u8, one: Observed) -> Option<Self> {
        Some(match what {
            0 => Self::Observed(one),
            1 => Self::Held(one),
            2 => Self::Again(one),
            _ => return None,
        })
    }
}

/// A cache whose batch is written and not yet committed.
pub(in crate::inventory) struct Midst<'a> {
    disk: &'a Disk,
    connection: &'a Connection,
}

impl Midst<'_> {
    /// Whole accounts, in the order of their rows.
    pub(in crate::inventory) fn records(&self, mut rows: Vec<RowId>) -> Result<Vec<Account>, DiskError> {
        rows.sort_unstable();
        let mut found = Vec::with_capacity(rows.len());
        let done = read::each_record(self.connection, rows, |stored| {
            found.push(stored.account);
            ControlFlow::Continue(())
        });
        done.map(|()| found).map_err(|error| self.disk.base.error(&error))
    }

    /// How many accounts of an owner are there, gone ones left out.
    pub(in crate::inventory) fn count(&self, owner: OwnerNo) -> Result<u64, DiskError> {
        let count = self.connection.query_row(sql::COUNT, [owner.0], |row| row.get::<_, i64>(0));
        count.map(i64::unsigned_abs).map_err(|error| self.disk.base.error(&error))
    }
}

impl Disk {
    /// Writes a batch together with what it tells the history. Where `tell` fails the batch is written all the same.
    ///
    /// # Errors
    /// If the batch can't be written; then nothing of it is, and nothing is told.
    pub(in crate::inventory) fn write_telling<T>(
        &self,
        batch: &Batch,
        tell: impl FnOnce(&Midst<'_>, &Written) -> Result<(T, Vec<Letter>), DiskError>,
    ) -> Result<(Written, Result<T, DiskError>), DiskError> {
        self.base.write(|transaction| {
            let written = write(transaction, batch)?;
            let told = match tell(&Midst { disk: self, connection: transaction }, &written) {
                Ok((told, letters)) => {
                    put(transaction, &letters)?;
                    Ok(told)
                }
                Err(why) => Err(why),
            };
            Ok((written, told))
        })
    }

    /// The name of this cache, if letters wait in it.
    pub(in crate::inventory) fn waiting(&self) -> Result<Option<String>, DiskError> {
        self.base.read(|connection| connection.query_row(sql::OUTBOX, [], |row| row.get(0)).optional())
    }

    /// From now on not even a loss of power takes the letters back that wait: the history must not be ahead of what told it.
    pub(in crate::inventory) fn make_durable(&self) -> Result<(), DiskError> {
        self.base.maintain(|connection| connection.execute_batch(sql::MAKE_DURABLE))
    }

    /// The letters behind a number, with theirs.
    pub(in crate::inventory) fn letters(&self, after: i64) -> Result<Vec<(i64, Letter)>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::LETTERS)?;
            statement.query_and_then([after], letter_of)?.collect()
        })
    }

    /// The history has all up to this one.
    pub(in crate::inventory) fn drop_letters(&self, upto: i64) -> Result<(), DiskError> {
        self.base.write(|transaction| transaction.execute(sql::DROP_LETTERS, [upto]).map(drop))
    }
}

fn put(connection: &Connection, letters: &[Letter]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::ADD_LETTER)?;
    for letter in letters {
        let (what, one) = letter.parts();
        let (kind, field, old, new) = columns(&one.difference);
        let (connection, account) = (one.key.connection.as_str(), one.key.id.as_str());
        let (name, at) = (one.name.raw(), stored(one.at));
        statement.execute(params![what, at, connection, one.identity, account, name, kind, field, old, new])?;
    }
    Ok(())
}
