//! What lists, details, exports and filters read.
//!
//! The functions that are handed in run between two rows, some of them while the file's state is held: they must not
//! call the same [`Disk`].

use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::{Connection, OptionalExtension, params};

use super::owners::OwnerNo;
use super::rows::{self, Ages, Dictionaries, RowId, StoredAccount, StoredRow, text};
use super::{Disk, DiskError, Mode, digest, sql};
use crate::domain::{AccountKey, ConnectionName};

/// Rows that are read of one state of the file: a reader that stays longer keeps its log from being carried over.
const STRIDE: i64 = 16_384;

/// An id that is known, whose it is, and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownId {
    /// Where it is known.
    pub connection: ConnectionName,
    /// The id.
    pub id: String,
    /// The name of what it names, as the provider writes it.
    pub name: String,
}

fn known_ids(connection: &Connection, statement: &str, begun: &str, limit: u32) -> rusqlite::Result<Vec<KnownId>> {
    let mut statement = connection.prepare_cached(statement)?;
    let known = |row: &rusqlite::Row<'_>| {
        let connection: String = row.get(0)?;
        Ok(KnownId { connection: ConnectionName::new(connection), id: row.get(1)?, name: row.get(2)? })
    };
    statement.query_map(params![begun, limit], known)?.collect()
}

impl Disk {
    /// What the numbers in rows mean.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn dictionaries(&self) -> Result<Dictionaries, DiskError> {
        self.base.read(Dictionaries::read)
    }

    /// The first and the last row, of all owners; `None` if there is none.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn span(&self) -> Result<Option<RangeInclusive<RowId>>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::SPAN)?;
            let (first, last): (Option<i64>, Option<i64>) =
                statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(first.zip(last).map(|(first, last)| RowId(first)..=RowId(last)))
        })
    }

    /// All rows of these owners, by number, gone ones with their flag. Give an empty list for the current owners of
    /// all connections. Ends early where `each` breaks. The dictionaries are handed over before the first row.
    ///
    /// # Errors
    /// If they can't be read; `each` may have had some of them.
    pub fn load(
        &self,
        owners: &[OwnerNo],
        begin: impl FnOnce(&Dictionaries),
        each: impl FnMut(StoredRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        self.base.read(|connection| {
            let dictionaries = Dictionaries::read(connection)?;
            begin(&dictionaries);
            scan(connection, &wanted(&dictionaries, owners), &(RowId(i64::MIN)..=RowId(i64::MAX)), each)
        })
    }

    /// The same in two halves on two threads, each with a function of its own; the first gets the lower numbers. The
    /// dictionaries are handed to `begin`, which makes the two. In memory one half is read after the other.
    /// A number that the dictionaries don't hold was given out by another process in between: the next load knows it.
    ///
    /// # Errors
    /// If they can't be read; the functions may have had some of them.
    pub fn load_halves<A, B>(
        &self,
        owners: &[OwnerNo],
        begin: impl FnOnce(&Dictionaries) -> (A, B),
    ) -> Result<(), DiskError>
    where
        A: FnMut(StoredRow<'_>) -> ControlFlow<()> + Send,
        B: FnMut(StoredRow<'_>) -> ControlFlow<()> + Send,
    {
        let Some(span) = self.span()? else {
            return self.base.read(Dictionaries::read).map(|dictionaries| {
                begin(&dictionaries);
            });
        };
        let dictionaries = self.dictionaries()?;
        let wanted = wanted(&dictionaries, owners);
        let (lower, upper) = begin(&dictionaries);
        let (first, last) = (span.start().0, span.end().0);
        let middle = first + (last - first) / 2;
        let (low, high) = (RowId(first)..=RowId(middle), RowId(middle + 1)..=RowId(last));
        if self.mode() == Mode::Memory {
            self.base.read(|connection| scan(connection, &wanted, &low, lower))?;
            return self.base.read(|connection| scan(connection, &wanted, &high, upper));
        }
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.base.read(|connection| scan(connection, &wanted, &high, upper)));
            let own = self.base.read(|connection| scan(connection, &wanted, &low, lower));
            let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            own.and(other)
        })
    }

    /// Keeps what the list shows now as the first screen of the next start.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn save_first(&self, rows: &[RowId]) -> Result<(), DiskError> {
        self.base.write(|transaction| {
            transaction.execute(sql::CLEAR_FIRST, [])?;
            let mut statement = transaction.prepare_cached(sql::ADD_FIRST)?;
            for (position, row) in (0_i64..).zip(rows) {
                statement.execute(params![position, row.0])?;
            }
            Ok(())
        })
    }

    /// The rows of the last view, at most `limit`; the first ones where none were kept.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn first(&self, limit: u32) -> Result<Vec<StoredAccount>, DiskError> {
        self.base.read(|connection| {
            let mut found = numbers(connection, sql::FIRST_SCREEN, limit)?;
            if found.is_empty() {
                found = numbers(connection, sql::FIRST_ROWS, limit)?;
            }
            let ages = Ages::read(connection)?;
            let mut accounts = Vec::with_capacity(found.len());
            for row in found {
                accounts.extend(record(connection, row, &ages)?);
            }
            Ok(accounts)
        })
    }

    /// Accounts whose ids begin so, at most `limit`: for those who type one.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn account_ids(&self, begun: &str, limit: u32) -> Result<Vec<KnownId>, DiskError> {
        self.base.read(|connection| known_ids(connection, sql::ACCOUNT_IDS, begun, limit))
    }

    /// The same of organizations.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn organization_ids(&self, begun: &str, limit: u32) -> Result<Vec<KnownId>, DiskError> {
        self.base.read(|connection| known_ids(connection, sql::ORGANIZATION_IDS, begun, limit))
    }

    /// The row of an account.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn row(&self, owner: OwnerNo, key: &AccountKey) -> Result<Option<RowId>, DiskError> {
        self.base.read(|connection| row_of(connection, owner, key))
    }

    /// An account as it is kept, gone or not.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn record(&self, owner: OwnerNo, key: &AccountKey) -> Result<Option<StoredAccount>, DiskError> {
        self.base.read(|connection| match row_of(connection, owner, key)? {
            Some(row) => record(connection, row, &Ages::read(connection)?),
            None => Ok(None),
        })
    }

    /// Whole accounts in the order of `wanted`; a row that is not there any more is left out. Ends early where `each`
    /// breaks. `each` may take its time: the file is not held meanwhile for longer than a few thousand rows.
    ///
    /// # Errors
    /// If they can't be read; `each` may have had some of them.
    pub fn records(
        &self,
        wanted: impl IntoIterator<Item = RowId>,
        mut each: impl FnMut(StoredAccount) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        let mut wanted = wanted.into_iter().peekable();
        while wanted.peek().is_some() {
            let flow = self.base.read(|connection| {
                let ages = Ages::read(connection)?;
                for _ in 0..STRIDE {
                    let Some(row) = wanted.next() else {
                        return Ok(ControlFlow::Break(()));
                    };
                    if let Some(account) = record(connection, row, &ages)?
                        && each(account).is_break()
                    {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The raw texts of these rows, in their order, with the place of each; a row that is not there any more, or is of
    /// another account by now, is left out. Far cheaper than their [records](Disk::records), and not looked through once
    /// more. The file is held until the last one.
    ///
    /// # Errors
    /// If they can't be read; `each` may have had some of them.
    pub fn texts(&self, wanted: &[(RowId, &str)], mut each: impl FnMut(usize, &str)) -> Result<(), DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::RAW)?;
            for (nth, (row, id)) in wanted.iter().enumerate() {
                let mut found = statement.query([row.0])?;
                let Some(found) = found.next()? else { continue };
                // A record that names its account needs no second look: that would be another page of the file.
                let is_its = text(found, 0)?.contains(id) || id_of(connection, *row)?.as_deref() == Some(*id);
                if is_its {
                    each(nth, text(found, 0)?);
                }
            }
            Ok(())
        })
    }

    /// The raw texts of rows, by number. Ends early where `each` breaks.
    ///
    /// # Errors
    /// If they can't be read; `each` may have had some of them.
    pub fn raws(
        &self,
        rows: RangeInclusive<RowId>,
        mut each: impl FnMut(RowId, &str) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        let Some(span) = self.span()? else {
            return Ok(());
        };
        let (mut next, last) = (rows.start().0.max(span.start().0), rows.end().0.min(span.end().0));
        while next <= last {
            let end = last.min(next.saturating_add(STRIDE - 1));
            let flow = self.base.read(|connection| raw_stride(connection, next, end, &mut each))?;
            if flow.is_break() {
                break;
            }
            next = end + 1;
        }
        Ok(())
    }
}

fn raw_stride(
    connection: &Connection,
    first: i64,
    last: i64,
    each: &mut impl FnMut(RowId, &str) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    let mut statement = connection.prepare_cached(sql::RAWS)?;
    let mut found = statement.query(params![first, last])?;
    while let Some(row) = found.next()? {
        if each(RowId(row.get(0)?), text(row, 1)?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Whose rows are asked for.
fn wanted(dictionaries: &Dictionaries, owners: &[OwnerNo]) -> Vec<OwnerNo> {
    if !owners.is_empty() {
        return owners.to_vec();
    }
    dictionaries.owners().iter().filter(|owner| owner.is_current).map(|owner| owner.no).collect()
}

fn scan(
    connection: &Connection,
    owners: &[OwnerNo],
    span: &RangeInclusive<RowId>,
    mut each: impl FnMut(StoredRow<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::LOAD)?;
    let mut found = statement.query(params![span.start().0, span.end().0])?;
    while let Some(row) = found.next()? {
        let row = rows::narrow(row)?;
        if owners.contains(&row.owner) && each(row).is_break() {
            break;
        }
    }
    Ok(())
}

fn numbers(connection: &Connection, statement: &str, limit: u32) -> rusqlite::Result<Vec<RowId>> {
    let mut statement = connection.prepare_cached(statement)?;
    statement.query_map([limit], |row| row.get(0).map(RowId))?.collect()
}

fn id_of(connection: &Connection, row: RowId) -> rusqlite::Result<Option<String>> {
    connection.prepare_cached(sql::ID)?.query_row([row.0], |row| row.get(0)).optional()
}

fn row_of(connection: &Connection, owner: OwnerNo, key: &AccountKey) -> rusqlite::Result<Option<RowId>> {
    let mut statement = connection.prepare_cached(sql::FIND)?;
    let hash = digest::key(owner, &key.id);
    statement.query_row(params![hash, owner.0, key.id.as_str()], |row| row.get(0).map(RowId)).optional()
}

/// Whole accounts within a transaction; a row that is not there any more is left out.
pub(super) fn each_record(
    connection: &Connection,
    rows: impl IntoIterator<Item = RowId>,
    mut each: impl FnMut(StoredAccount) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let ages = Ages::read(connection)?;
    for row in rows {
        if let Some(account) = record(connection, row, &ages)?
            && each(account).is_break()
        {
            break;
        }
    }
    Ok(())
}

fn record(connection: &Connection, row: RowId, ages: &Ages) -> rusqlite::Result<Option<StoredAccount>> {
    let mut statement = connection.prepare_cached(sql::RECORD)?;
    statement.query_row([row.0], |row| rows::whole(row, ages)).optional()
}
