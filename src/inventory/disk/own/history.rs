//! Differences that syncs observed. Their order is the order in which they were observed, whatever the clock said.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::rows::{broken, maybe, moment, stored, text};
use super::Own;
use crate::domain::{
    AccountId, AccountKey, ConnectionName, Difference, HistoryEntry, Moment, Observed, Untrusted, Vanished,
};
use crate::inventory::disk::{DiskError, Letter, sql};

/// Under what the number of the last letter of a cache is kept, its name behind it.
const HEARD: &str = "heard of ";

/// The columns of a difference: kind, field, old, new. The kinds' numbers are stored.
pub(in crate::inventory::disk) fn columns(difference: &Difference) -> (u8, &str, Option<&str>, Option<&str>) {
    match difference {
        Difference::Appeared { record } => (1, "", None, Some(record)),
        Difference::Gone { record } => (2, "", Some(record), None),
        Difference::Field { field, from, to } => (3, field, from.as_deref(), to.as_deref()),
        Difference::Moved { from, to } => (4, "", from.as_deref(), to.as_deref()),
        Difference::Order { field, from, to } => (5, field, Some(from), Some(to)),
        Difference::Asked { field, from, to } => (6, field, from.as_deref(), Some(to)),
    }
}

fn difference(kind: u8, field: &str, old: Option<String>, new: Option<String>) -> Option<Difference> {
    let field = field.to_owned();
    Some(match kind {
        1 => Difference::Appeared { record: new? },
        2 => Difference::Gone { record: old? },
        3 => Difference::Field { field, from: old, to: new },
        4 => Difference::Moved { from: old, to: new },
        5 => Difference::Order { field, from: old?, to: new? },
        6 => Difference::Asked { field, from: old, to: new? },
        _ => return None,
    })
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Those observed at this time or later; all by default.
    pub since: Moment,
    /// Those after this number: where the page before ended; 0 for the first.
    pub after: i64,
    /// Those of one connection.
    pub connection: Option<ConnectionName>,
    /// Those of one account.
    pub account: Option<AccountId>,
    /// Those of the time when the connection was this one: [`crate::domain::Identity::key`].
    pub identity: Option<String>,
}

/// How much of the history is kept: whichever leaves less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Milliseconds.
    pub age: u64,
    /// Entries.
    pub entries: u32,
}

/// 400 days (a year and what it takes to look back at it) and a million entries.
impl Default for Retention {
    fn default() -> Self {
        Self { age: 400 * 24 * 60 * 60 * 1000, entries: 1_000_000 }
    }
}

impl Own {
    /// Writes down what a sync observed: all or nothing.
    ///
    /// # Errors
    /// If it can't be written; then nothing of it is.
    pub fn observe(&self, observed: &[Observed]) -> Result<(), DiskError> {
        self.base.write(|transaction| add(transaction, observed))
    }

    /// Takes what a cache of this name tells, in the order of its numbers, each letter once however often it comes: all or
    /// nothing. `read` gives the letters behind a number. Gives the number of the last one that this file has.
    ///
    /// # Errors
    /// If they can't be read or written; then none is taken.
    pub(in crate::inventory) fn take_letters(
        &self,
        name: &str,
        read: impl FnOnce(i64) -> Result<Vec<(i64, Letter)>, DiskError>,
    ) -> Result<i64, DiskError> {
        let name = format!("{HEARD}{name}");
        let mut unread = None;
        let taken = self.base.write(|transaction| {
            let last: Option<String> = transaction.query_row(sql::KEPT, [&name], |row| row.get(0)).optional()?;
            let last = last.and_then(|last| last.parse().ok()).unwrap_or(0);
            let letters = match read(last) {
                Ok(letters) => letters,
                Err(why) => {
                    unread = Some(why);
                    return Ok(last);
                }
            };
            let newest = letters.last().map_or(last, |(number, _)| *number);
            for (_, letter) in &letters {
                take(transaction, letter)?;
            }
            if newest > last {
                transaction.execute(sql::SET_KEPT, params![name, newest.to_string()])?;
            }
            Ok(newest)
        })?;
        unread.map_or(Ok(taken), Err)
    }

    /// What vanished and is held back, by connection and identity, each listing by itself, the oldest first.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn vanished(&self) -> Result<Vec<Vanished>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::VANISHED)?;
            let vanished = |row: &Row<'_>| {
                Ok(Vanished {
                    connection: ConnectionName::new(text(row, 0)?),
                    identity: text(row, 1)?.to_owned(),
                    accounts: row.get::<_, i64>(2)?.unsigned_abs(),
                    at: moment(row.get(3)?),
                })
            };
            statement.query_and_then([], vanished)?.collect()
        })
    }

    /// What the record of an account was that vanished and is held back.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn held(&self, key: &AccountKey, identity: &str) -> Result<Option<String>, DiskError> {
        self.base.read(|connection| {
            let mut statement = connection.prepare_cached(sql::HELD)?;
            let key = params![key.connection.as_str(), identity, key.id.as_str()];
            statement.query_row(key, |row| row.get(0)).optional()
        })
    }

    /// Takes what vanished by one listing into the history, as far as it is held back still; gives how many accounts that
    /// were. What vanished since waits for a word of its own.
    ///
    /// # Errors
    /// If it can't be written; then all of it is held back still.
    pub fn take_vanished(&self, vanished: &Vanished) -> Result<usize, DiskError> {
        let Vanished { connection, identity, at, .. } = vanished;
        self.base.write(|transaction| {
            let taken = transaction.execute(sql::TAKE_HELD, params![connection.as_str(), identity, stored(*at)])?;
            transaction.execute(sql::DROP_TAKEN, params![connection.as_str(), identity, stored(*at)])?;
            Ok(taken)
        })
    }

    /// The newest entries, the newest first, at most so many. Of an account those of this identity, or of any.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn newest(&self, query: &HistoryQuery, most: u32) -> Result<Vec<HistoryEntry>, DiskError> {
        let connection = query.connection.as_ref().map(ConnectionName::as_str);
        let since = Some(query.since).filter(|since| since.0 > 0).map(stored);
        self.base.read(|reader| {
            if let Some(account) = &query.account {
                let mut statement = reader.prepare_cached(sql::NEWEST_OF_ACCOUNT)?;
                statement.query_and_then(params![account.as_str(), connection, query.identity, most], entry)?.collect()
            } else {
                let mut statement = reader.prepare_cached(sql::NEWEST_HISTORY)?;
                statement.query_and_then(params![since, connection, most], entry)?.collect()
            }
        })
    }

    /// Entries in the order in which they were observed. Ends early where `each` breaks.
    ///
    /// # Errors
    /// If they can't be read; `each` may have had some of them.
    pub fn history(
        &self,
        query: &HistoryQuery,
        each: impl FnMut(HistoryEntry) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        self.each_entry(sql::HISTORY, query, each)
    }

    /// The same, the newest first: whoever wants the last few reads no more than those.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn history_back(
        &self,
        query: &HistoryQuery,
        each: impl FnMut(HistoryEntry) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        self.each_entry(sql::HISTORY_BACK, query, each)
    }

    fn each_entry(
        &self,
        statement: &str,
        query: &HistoryQuery,
        mut each: impl FnMut(HistoryEntry) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        self.base.read(|reader| {
            let mut statement = reader.prepare_cached(statement)?;
            let connection = query.connection.as_ref().map(ConnectionName::as_str);
            let account = query.account.as_ref().map(AccountId::as_str);
            let identity = query.identity.as_deref();
            let mut rows = statement.query(params![stored(query.since), query.after, connection, account, identity])?;
            while let Some(row) = rows.next()? {
                if each(entry(row)?).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Removes what is older or more than is kept, and says how many entries that were. A clock that runs ahead does not
    /// make everything old: nothing is older than the newest entry makes it.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn prune_history(&self, now: Moment, keep: Retention) -> Result<usize, DiskError> {
        self.base.write(|transaction| {
            let newest: Option<i64> = {
                let mut statement = transaction.prepare_cached(sql::LAST_HISTORY_AT)?;
                statement.query_row([], |row| row.get(0)).optional()?
            };
            let Some(newest) = newest else {
                return Ok(0);
            };
            let limit = now.min(moment(newest)).0.saturating_sub(keep.age);
            let old = transaction.execute(sql::PRUNE_OLD, [stored(Moment(limit))])?;
            Ok(old + transaction.execute(sql::PRUNE_MANY, [keep.entries])?)
        })
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// If they can't be counted.
    pub fn history_len(&self) -> Result<u64, DiskError> {
        self.base
            .read(|reader| reader.query_row(sql::COUNT_HISTORY, [], |row| row.get::<_, i64>(0).map(i64::unsigned_abs)))
    }
}

fn add(transaction: &Connection, observed: &[Observed]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(sql::ADD_HISTORY)?;
    for one in observed {
        let (kind, field, old, new) = columns(&one.difference);
        let (connection, account) = (one.key.connection.as_str(), one.key.id.as_str());
        let name = one.name.raw();
        let at = stored(one.at);
        statement.execute(params![at, connection, one.identity, account, name, kind, field, old, new])?;
    }
    Ok(())
}

fn take(transaction: &Connection, letter: &Letter) -> rusqlite::Result<()> {
    match letter {
        Letter::Observed(one) => add(transaction, std::slice::from_ref(one)),
        Letter::Held(one) => {
            let (_, _, record, _) = columns(&one.difference);
            let (connection, account) = (one.key.connection.as_str(), one.key.id.as_str());
            let mut hold = transaction.prepare_cached(sql::HOLD)?;
            hold.execute(params![connection, one.identity, account, stored(one.at), one.name.raw(), record]).map(drop)
        }
        Letter::Again(one) => {
            let mut again = transaction.prepare_cached(sql::DROP_HELD)?;
            again.execute(params![one.key.connection.as_str(), one.identity, one.key.id.as_str()]).map(drop)
        }
    }
}

/// A letter of a cache, with its number.
pub(in crate::inventory::disk) fn letter_of(row: &Row<'_>) -> rusqlite::Result<(i64, Letter)> {
    let HistoryEntry { seq, observed } = entry(row)?;
    let what = row.get(10)?;
    let unknown = || broken(10, std::io::Error::other(format!("a letter of an unknown kind, {what}")));
    Ok((seq, Letter::new(what, observed).ok_or_else(unknown)?))
}

fn entry(row: &Row<'_>) -> rusqlite::Result<HistoryEntry> {
    let kind = row.get(6)?;
    let (old, new) = (maybe(row, 8)?.map(str::to_owned), maybe(row, 9)?.map(str::to_owned));
    let unknown = || broken(6, std::io::Error::other(format!("a difference of an unknown kind, {kind}")));
    let difference = difference(kind, text(row, 7)?, old, new).ok_or_else(unknown)?;
    let key = AccountKey { connection: ConnectionName::new(text(row, 2)?), id: AccountId::new(text(row, 4)?) };
    let (identity, name) = (text(row, 3)?.to_owned(), Untrusted::new(text(row, 5)?));
    let observed = Observed { at: moment(row.get(1)?), key, identity, name, difference };
    Ok(HistoryEntry { seq: row.get(0)?, observed })
}
