//! What a row is outside SQLite.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::owners::{OwnerNo, StoredOwner};
use super::{listing, owners, sql};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Moment, OrganizationId, ParentRef, ProviderId, RawJson, Untrusted,
};

/// The number of an account's row in one file: the same until the account is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub i64);

/// One row of the narrow table, its texts borrowed from SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRow<'a> {
    /// Its number.
    pub row: RowId,
    /// Whose it is.
    pub owner: OwnerNo,
    /// The provider's id.
    pub id: &'a str,
    /// The name; empty where the provider gave none.
    pub name: &'a str,
    /// The organization that holds it: a number of [`Dictionaries::place`].
    pub place: Option<u32>,
    /// The provider's word for its type: a number of [`Dictionaries::word`].
    pub kind: Option<u32>,
    /// The provider's word for its status: a number of [`Dictionaries::word`].
    pub status: Option<u32>,
    /// Its e-mail address.
    pub email: Option<&'a str>,
    /// When it was made, as the provider writes it.
    pub created_at: Option<&'a str>,
    /// When it was changed, as the provider writes it.
    pub updated_at: Option<&'a str>,
    /// Since when a whole listing does not name it any more.
    pub gone_since: Option<Moment>,
    /// The values that its provider's columns show, so that a list needs no raw text: see `kept_text`.
    pub kept: Option<&'a str>,
    /// Whether it was asked for with what is not asked by default.
    pub has_extra: bool,
}

/// What the numbers in rows mean. Numbers keep their meaning and are never used for another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionaries {
    words: Vec<Option<Box<str>>>,
    places: Vec<Option<ParentRef>>,
    owners: Vec<StoredOwner>,
}

impl Dictionaries {
    /// A type's or a status's word.
    #[must_use]
    pub fn word(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize)?.as_deref()
    }

    /// An organization that holds accounts.
    #[must_use]
    pub fn place(&self, number: u32) -> Option<&ParentRef> {
        self.places.get(number as usize)?.as_ref()
    }

    /// Connections with their identities, by number.
    #[must_use]
    pub fn owners(&self) -> &[StoredOwner] {
        &self.owners
    }

    /// One connection as one identity.
    #[must_use]
    pub fn owner(&self, number: OwnerNo) -> Option<&StoredOwner> {
        self.owners.iter().find(|owner| owner.no == number)
    }

    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut made = Self { owners: owners::all(connection)?, ..Self::default() };
        let mut statement = connection.prepare_cached(sql::WORDS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            put(&mut made.words, row.get(0)?, row.get(1)?);
        }
        let mut statement = connection.prepare_cached(sql::PLACES)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let place = ParentRef { id: OrganizationId::new(text(row, 1)?), name: Untrusted::new(text(row, 2)?) };
            put(&mut made.places, row.get(0)?, place);
        }
        Ok(made)
    }
}

fn put<T: Clone>(list: &mut Vec<Option<T>>, number: u32, value: T) {
    let at = number as usize;
    if list.len() <= at {
        list.resize(at + 1, None);
    }
    list[at] = Some(value);
}

/// A whole account as it is kept, without its secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAccount {
    /// The number of its row.
    pub row: RowId,
    /// Whose it is.
    pub owner: OwnerNo,
    /// The account.
    pub account: Account,
    /// When the provider last named it.
    pub heard_at: Moment,
    /// Since when a whole listing does not name it any more.
    pub gone_since: Option<Moment>,
}

/// When rows were heard: a listing that gives what is known already writes no row, it only ticks it off.
#[derive(Debug, Default)]
pub(super) struct Ages {
    owners: HashMap<u32, Age>,
}

#[derive(Debug, Default)]
struct Age {
    whole_at: Option<Moment>,
    heard_at: Option<Moment>,
    seen: listing::Seen,
}

impl Ages {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut ages = Self::default();
        for owner in owners::all(connection)? {
            let seen = match owner.resume {
                Some(_) => listing::Seen::read(connection, owner.no)?,
                None => listing::Seen::default(),
            };
            let age = Age { whole_at: owner.whole_at, heard_at: owner.heard_at, seen };
            ages.owners.insert(owner.no.0, age);
        }
        Ok(ages)
    }

    /// When a row was heard, that was written at `written`.
    pub(super) fn of(&self, owner: OwnerNo, row: RowId, written: Moment, gone: bool) -> Moment {
        match self.owners.get(&owner.0) {
            Some(age) if !gone => {
                let listed = age.heard_at.filter(|_| age.seen.has(row));
                let whole = age.whole_at.unwrap_or(written);
                listed.unwrap_or(written).max(whole).max(written)
            }
            _ => written,
        }
    }
}

/// A text that is there.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    row.get_ref(column)?.as_str().map_err(|why| broken(column, why))
}

/// A text or NULL.
pub(super) fn maybe<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Option<&'a str>> {
    row.get_ref(column)?.as_str_or_null().map_err(|why| broken(column, why))
}

pub(super) fn untrusted(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Untrusted>> {
    Ok(maybe(row, column)?.map(Untrusted::new))
}

pub(super) fn broken(column: usize, why: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(why))
}

/// A JSON text that was checked when it came from the provider.
pub(super) fn raw(row: &Row<'_>, column: usize) -> rusqlite::Result<RawJson> {
    RawJson::parse(text(row, column)?).map_err(|why| broken(column, why))
}

/// Times are kept as SQLite's signed numbers.
pub(super) fn stored(at: Moment) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

pub(super) fn moment(number: i64) -> Moment {
    Moment(u64::try_from(number).unwrap_or(0))
}

pub(super) fn maybe_moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Moment>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(moment))
}

/// A number that a dictionary gave out.
fn code(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u32>> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "SQLite's own types")]
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => {
            u32::try_from(number).map(Some).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
        }
        _ => row.get(column),
    }
}

/// A row of [`sql::LOAD`].
pub(super) fn narrow<'a>(row: &'a Row<'_>) -> rusqlite::Result<StoredRow<'a>> {
    Ok(StoredRow {
        row: RowId(row.get(0)?),
        owner: OwnerNo(row.get(1)?),
        id: text(row, 2)?,
        name: text(row, 3)?,
        place: code(row, 4)?,
        kind: code(row, 5)?,
        status: code(row, 6)?,
        email: maybe(row, 7)?,
        created_at: maybe(row, 8)?,
        updated_at: maybe(row, 9)?,
        gone_since: maybe_moment(row, 10)?,
        kept: maybe(row, 11)?,
        has_extra: row.get(12)?,
    })
}

/// A row of [`sql::RECORD`].
pub(super) fn whole(row: &Row<'_>, ages: &Ages) -> rusqlite::Result<StoredAccount> {
    let place = maybe(row, 5)?.map(OrganizationId::new);
    let name = untrusted(row, 6)?.unwrap_or_default();
    let (number, owner) = (RowId(row.get(0)?), OwnerNo(row.get(15)?));
    let gone_since = maybe_moment(row, 14)?;
    let account = Account {
        key: AccountKey { connection: ConnectionName::new(text(row, 1)?), id: AccountId::new(text(row, 3)?) },
        provider: ProviderId::new(text(row, 2)?),
        name: Untrusted::new(text(row, 4)?),
        kind: untrusted(row, 7)?,
        status: untrusted(row, 8)?,
        email: untrusted(row, 9)?,
        created_at: untrusted(row, 10)?,
        updated_at: untrusted(row, 11)?,
        parent: place.map(|id| ParentRef { id, name }),
        raw: raw(row, 16)?,
        secrets: std::collections::BTreeMap::new(),
        has_extra: row.get(12)?,
    };
    let heard_at = ages.of(owner, number, moment(row.get(13)?), gone_since.is_some());
    Ok(StoredAccount { row: number, owner, account, heard_at, gone_since })
}
