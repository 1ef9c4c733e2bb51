//! The user's own: history, labels and notes, marks, views, the filters typed. It can't be fetched again, so a commit
//! waits for the disk, broken files are all kept, and a copy is made before a file is brought up to date.

mod history;

use std::path::Path;

use rusqlite::{OptionalExtension, Row, params};

use super::base::Base;
use super::rows::{moment, stored, text};
use super::{DiskError, Mode, Notice, sql};
use crate::domain::{AccountId, AccountKey, ConnectionName, Moment, OwnKey};

pub use history::{HistoryQuery, Retention};
pub(super) use history::{columns, letter_of};

/// Filters that are remembered.
const FILTERS_KEPT: u32 = 500;

/// The user's own file. One for the program; threads share it.
#[derive(Debug)]
pub struct Own {
    base: Base,
}

/// The user's own file, ready for use, and what had to be done for it.
#[derive(Debug)]
pub struct OwnOpened {
    /// The file; in memory if nothing else could be had.
    pub own: Own,
    /// What the user should hear.
    pub notices: Vec<Notice>,
}

impl Own {
    /// Opens or makes the file. Never fails: see the notices.
    #[must_use]
    pub fn open(path: &Path, now: Moment) -> OwnOpened {
        let (base, notices) = Base::open(path, &sql::OWN, now);
        OwnOpened { own: Self { base }, notices }
    }

    /// One that ends with the program.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { base: Base::in_memory(&sql::OWN) }
    }

    /// How the file is used.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.base.mode()
    }

    /// The file in words.
    #[must_use]
    pub(in crate::inventory) fn name(&self) -> String {
        self.base.name()
    }

    /// After [`DiskError::Damaged`]: as [`super::Disk::mend`].
    pub fn mend(&self, now: Moment) -> Vec<Notice> {
        self.base.mend(now)
    }

    /// Puts a label on accounts; on those that have it nothing changes.
    ///
    /// # Errors
    /// If it can't be written; then none has it.
    pub fn add_label(&self, label: &str, to: &[OwnKey]) -> Result<(), DiskError> {
        self.each(sql::ADD_LABEL, label, to)
    }

    /// Takes a label from accounts.
    ///
    /// # Errors
    /// If it can't be written; then all still have it.
    pub fn drop_label(&self, label: &str, from: &[OwnKey]) -> Result<(), DiskError> {
        self.each(sql::DROP_LABEL, label, from)
    }

    fn each(&self, statement: &str, label: &str, keys: &[OwnKey]) -> Result<(), DiskError> {
        self.base.write(|transaction| {
            let mut statement = transaction.prepare_cached(statement)?;
            for key in keys {
                statement.execute(params![key.connection.as_str(), key.identity, key.account.as_str(), label])?;
            }
            Ok(())
        })
    }

    /// Every label with its account, sorted.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn labels(&self) -> Result<Vec<(OwnKey, String)>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::LABELS)?;
            statement.query_and_then([], |row| Ok((own_key(row)?, row.get(3)?)))?.collect()
        })
    }

    /// Sets an account's note; an empty one takes it away.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn set_note(&self, key: &OwnKey, note: &str, at: Moment) -> Result<(), DiskError> {
        let (connection, account) = (key.connection.as_str(), key.account.as_str());
        self.base.write(|transaction| {
            if note.is_empty() {
                transaction.execute(sql::DROP_NOTE, params![connection, key.identity, account])?;
            } else {
                let note = params![connection, key.identity, account, note, stored(at)];
                transaction.execute(sql::SET_NOTE, note)?;
            }
            Ok(())
        })
    }

    /// Every note with its account and the time when it was written, sorted.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn notes(&self) -> Result<Vec<(OwnKey, String, Moment)>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::NOTES)?;
            statement.query_and_then([], |row| Ok((own_key(row)?, row.get(3)?, moment(row.get(4)?))))?.collect()
        })
    }

    /// Keeps the marks, for `u` after a restart, in the order in which they were made.
    ///
    /// # Errors
    /// If they can't be written; then those of before are kept.
    pub fn set_marks(&self, marks: &[AccountKey]) -> Result<(), DiskError> {
        self.base.write(|transaction| {
            transaction.execute(sql::CLEAR_MARKS, [])?;
            let mut statement = transaction.prepare_cached(sql::ADD_MARK)?;
            for (position, mark) in (0_i64..).zip(marks) {
                statement.execute(params![position, mark.connection.as_str(), mark.id.as_str()])?;
            }
            Ok(())
        })
    }

    /// The marks that were kept.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn marks(&self) -> Result<Vec<AccountKey>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::MARKS)?;
            let mark = |row: &Row<'_>| {
                Ok(AccountKey { connection: ConnectionName::new(text(row, 0)?), id: AccountId::new(text(row, 1)?) })
            };
            statement.query_and_then([], mark)?.collect()
        })
    }

    /// Keeps a text under a name: a view, the session. `None` takes it away.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep(&self, name: &str, value: Option<&str>) -> Result<(), DiskError> {
        self.base.write(|transaction| match value {
            Some(value) => transaction.execute(sql::SET_KEPT, [name, value]).map(drop),
            None => transaction.execute(sql::DROP_KEPT, [name]).map(drop),
        })
    }

    /// What was kept under a name.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn kept(&self, name: &str) -> Result<Option<String>, DiskError> {
        self.base
            .read(|connection| connection.prepare_cached(sql::KEPT)?.query_row([name], |row| row.get(0)).optional())
    }

    /// All that was kept under names that begin so, each with its name, in the names' order.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn kept_under(&self, beginning: &str) -> Result<Vec<(String, String)>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::KEPT_UNDER)?;
            statement.query_map([beginning], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// Remembers a filter that was used, as the newest; the last 500 different ones are kept.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn add_filter(&self, filter: &str, at: Moment) -> Result<(), DiskError> {
        self.base.write(|transaction| {
            transaction.execute(sql::DROP_FILTER, [filter])?;
            transaction.execute(sql::ADD_FILTER, params![filter, stored(at)])?;
            transaction.execute(sql::PRUNE_FILTERS, [FILTERS_KEPT]).map(drop)
        })
    }

    /// Filters that were used, newest first.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn filters(&self, limit: u32) -> Result<Vec<String>, DiskError> {
        self.base
            .read(|connection| connection.prepare_cached(sql::FILTERS)?.query_map([limit], |row| row.get(0))?.collect())
    }

    #[cfg(test)]
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut rusqlite::Connection) -> T) -> T {
        self.base.with(work)
    }
}

fn own_key(row: &Row<'_>) -> rusqlite::Result<OwnKey> {
    Ok(OwnKey {
        connection: ConnectionName::new(text(row, 0)?),
        identity: text(row, 1)?.to_owned(),
        account: AccountId::new(text(row, 2)?),
    })
}
