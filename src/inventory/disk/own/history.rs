//! Differences that syncs observed. Their order is the order in which they were observed, whatever the clock said.

use std::ops::ControlFlow;

use rusqlite::{Row, params};

use super::super::rows::{broken, maybe, moment, stored, text};
use super::{Own, OwnKey};
use crate::domain::{AccountId, ConnectionName, Moment, Untrusted};
use crate::inventory::disk::{DiskError, sql};

/// What became different. The numbers are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The account was not there before.
    Appeared {
        /// What it was then, as its sync writes it down.
        record: Option<String>,
    },
    /// A whole listing did not name it any more.
    Gone {
        /// What it was before.
        record: Option<String>,
    },
    /// A field changed.
    Field {
        /// The field's name or its path in the raw text.
        field: String,
        /// Before; `None` if it was not there.
        from: Option<String>,
        /// After; `None` if it is not there any more.
        to: Option<String>,
    },
    /// It stands in another organization.
    Moved {
        /// The one before; `None` outside any.
        from: Option<String>,
        /// The one after; `None` outside any.
        to: Option<String>,
    },
}

impl Difference {
    /// The columns: kind, field, old, new.
    fn columns(&self) -> (u8, &str, Option<&str>, Option<&str>) {
        match self {
            Self::Appeared { record } => (1, "", None, record.as_deref()),
            Self::Gone { record } => (2, "", record.as_deref(), None),
            Self::Field { field, from, to } => (3, field, from.as_deref(), to.as_deref()),
            Self::Moved { from, to } => (4, "", from.as_deref(), to.as_deref()),
        }
    }

    fn of(kind: u8, field: &str, old: Option<String>, new: Option<String>) -> Option<Self> {
        match kind {
            1 => Some(Self::Appeared { record: new }),
            2 => Some(Self::Gone { record: old }),
            3 => Some(Self::Field { field: field.to_owned(), from: old, to: new }),
            4 => Some(Self::Moved { from: old, to: new }),
            _ => None,
        }
    }
}

/// One difference, as a sync saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// When.
    pub at: Moment,
    /// On what.
    pub key: OwnKey,
    /// The account's name then.
    pub name: Untrusted,
    /// What.
    pub difference: Difference,
}

/// One entry of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its number: later ones have greater numbers.
    pub seq: i64,
    /// What was observed.
    pub observed: Observed,
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
        self.base.write(|transaction| {
            let mut statement = transaction.prepare_cached(sql::ADD_HISTORY)?;
            for one in observed {
                let (kind, field, old, new) = one.difference.columns();
                statement.execute(params![
                    stored(one.at),
                    one.key.connection.as_str(),
                    one.key.identity,
                    one.key.account.as_str(),
                    one.name.raw(),
                    kind,
                    field,
                    old,
                    new
                ])?;
            }
            Ok(())
        })
    }

    /// Entries in the order in which they were observed. Ends early where `each` breaks.
    ///
    /// # Errors
    /// If they can't be read; `each` may have had some of them.
    pub fn history(
        &self,
        query: &HistoryQuery,
        mut each: impl FnMut(HistoryEntry) -> ControlFlow<()>,
    ) -> Result<(), DiskError> {
        self.base.read(|reader| {
            let mut statement = reader.prepare_cached(sql::HISTORY)?;
            let connection = query.connection.as_ref().map(ConnectionName::as_str);
            let account = query.account.as_ref().map(AccountId::as_str);
            let mut rows = statement.query(params![stored(query.since), query.after, connection, account])?;
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
                rusqlite::OptionalExtension::optional(statement.query_row([], |row| row.get(0)))?
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

fn entry(row: &Row<'_>) -> rusqlite::Result<HistoryEntry> {
    let kind = row.get(6)?;
    let (old, new) = (maybe(row, 8)?.map(str::to_owned), maybe(row, 9)?.map(str::to_owned));
    let unknown = || broken(6, std::io::Error::other(format!("a difference of an unknown kind, {kind}")));
    let difference = Difference::of(kind, text(row, 7)?, old, new).ok_or_else(unknown)?;
    let key = OwnKey {
        connection: ConnectionName::new(text(row, 2)?),
        identity: text(row, 3)?.to_owned(),
        account: AccountId::new(text(row, 4)?),
    };
    let observed = Observed { at: moment(row.get(1)?), key, name: Untrusted::new(text(row, 5)?), difference };
    Ok(HistoryEntry { seq: row.get(0)?, observed })
}
