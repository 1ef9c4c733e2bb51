//! One listing of a connection's accounts: which rows it gave, where it goes on, and what it did not give.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::owners::OwnerNo;
use super::rows::{RowId, stored, text};
use super::{Disk, DiskError, record, sql};
use crate::domain::{AccountId, Moment};
use crate::provider::Cursor;

/// Rows to a block of [`Seen`]: half a kilobyte of bits, and a batch of pages in listing order touches one or two.
const BLOCK: i64 = 4_096;

/// Page numbers that came, as ranges: pages come side by side and out of order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageSet(Vec<(u32, u32)>);

impl PageSet {
    /// Ticks a page off.
    pub fn insert(&mut self, page: u32) {
        let at = self.0.partition_point(|&(_, last)| last.saturating_add(1) < page);
        match self.0.get_mut(at) {
            Some((first, _)) if page.saturating_add(1) < *first => self.0.insert(at, (page, page)),
            Some((first, last)) => {
                (*first, *last) = ((*first).min(page), (*last).max(page));
                let last = *last;
                if let Some(&(next, end)) = self.0.get(at + 1)
                    && last.saturating_add(1) >= next
                {
                    self.0[at].1 = end;
                    self.0.remove(at + 1);
                }
            }
            None => self.0.push((page, page)),
        }
    }

    /// Whether a page came.
    #[must_use]
    pub fn contains(&self, page: u32) -> bool {
        let at = self.0.partition_point(|&(_, last)| last < page);
        self.0.get(at).is_some_and(|&(first, _)| first <= page)
    }

    /// How many came.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Whether none came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where a listing goes on after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The page to ask for next, where pages lead from one to the next.
    pub next: Option<Cursor>,
    /// The pages that came, where they have numbers (else the count alone means something).
    pub done: PageSet,
    /// How many pages there are, where the provider says so.
    pub of: Option<u32>,
    /// Different accounts so far.
    pub loaded: u64,
    /// Accounts in all, where the provider says so.
    pub total: Option<u64>,
    /// When it began.
    pub began_at: Moment,
}

/// How far a listing is with the batch that this stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The listing's number, as [`Disk::begin`] gave it.
    pub run: u64,
    /// Where it goes on after this batch.
    pub resume: Resume,
}

/// The end of a listing that gave every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The listing's number.
    pub run: u64,
    /// How many pages it took.
    pub pages: u32,
}

/// Rows that a listing has given, one bit each: ticking off costs a fraction of writing rows again.
#[derive(Debug, Default)]
pub(in crate::inventory) struct Seen {
    blocks: BTreeMap<i64, Vec<u8>>,
}

impl Seen {
    pub(super) fn read(connection: &Connection, owner: OwnerNo) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(sql::SEEN)?;
        let blocks = statement.query_map([owner.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(Self { blocks })
    }

    pub(in crate::inventory) fn has(&self, row: RowId) -> bool {
        let (block, byte, bit) = place(row);
        self.blocks.get(&block).and_then(|bits| bits.get(byte)).is_some_and(|bits| bits & bit != 0)
    }

    /// Sets a row's bit, and says whether it was not set. Reads its block first if this is its first row.
    pub(super) fn tick(&mut self, connection: &Connection, owner: OwnerNo, row: RowId) -> rusqlite::Result<bool> {
        let (block, byte, bit) = place(row);
        let bits = match self.blocks.entry(block) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                let mut statement = connection.prepare_cached(sql::SEEN_BLOCK)?;
                let stored = statement.query_row(params![owner.0, block], |row| row.get(0)).optional()?;
                free.insert(stored.unwrap_or_default())
            }
        };
        if bits.len() <= byte {
            bits.resize(byte + 1, 0);
        }
        let is_new = bits[byte] & bit == 0;
        bits[byte] |= bit;
        Ok(is_new)
    }

    pub(super) fn write(&self, connection: &Connection, owner: OwnerNo) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(sql::SET_SEEN)?;
        for (block, bits) in &self.blocks {
            statement.execute(params![owner.0, block, bits])?;
        }
        Ok(())
    }
}

/// A row's block, byte and bit.
fn place(row: RowId) -> (i64, usize, u8) {
    let within = row.0.rem_euclid(BLOCK);
    (row.0.div_euclid(BLOCK), usize::try_from(within / 8).unwrap_or(0), 1 << (within % 8))
}

impl Disk {
    /// Begins a listing and gives its number. One that was under way is given up: its rows stay.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn begin(&self, owner: OwnerNo, at: Moment) -> Result<u64, DiskError> {
        self.base.write(|transaction| {
            transaction.execute(sql::CLEAR_SEEN, [owner.0])?;
            let resume = record::resume(&Resume { began_at: at, ..Resume::default() });
            let run: i64 = transaction.query_row(sql::BEGIN_RUN, params![owner.0, resume], |row| row.get(0))?;
            Ok(run.unsigned_abs())
        })
    }

    /// The accounts that would be gone if the listing under way ended whole now.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn missing(&self, owner: OwnerNo) -> Result<Vec<(RowId, AccountId)>, DiskError> {
        self.base.read(|connection| missing(connection, owner))
    }

    /// The rows that the listing under way has given so far.
    ///
    /// # Errors
    /// If they can't be read.
    pub(in crate::inventory) fn ticked(&self, owner: OwnerNo) -> Result<Seen, DiskError> {
        self.base.read(|connection| Seen::read(connection, owner))
    }

    /// How many accounts of an owner are there, gone ones left out.
    ///
    /// # Errors
    /// If they can't be counted.
    pub fn count(&self, owner: OwnerNo) -> Result<u64, DiskError> {
        self.base.read(|connection| {
            connection.query_row(sql::COUNT, [owner.0], |row| row.get::<_, i64>(0).map(i64::unsigned_abs))
        })
    }
}

fn missing(connection: &Connection, owner: OwnerNo) -> rusqlite::Result<Vec<(RowId, AccountId)>> {
    let seen = Seen::read(connection, owner)?;
    let mut statement = connection.prepare_cached(sql::PRESENT)?;
    let mut rows = statement.query([owner.0])?;
    let mut missing = Vec::new();
    while let Some(row) = rows.next()? {
        let number = RowId(row.get(0)?);
        if !seen.has(number) {
            missing.push((number, AccountId::new(text(row, 1)?)));
        }
    }
    Ok(missing)
}

/// Whether `run` is the owner's newest listing, and has not ended.
pub(super) fn is_open(connection: &Connection, owner: OwnerNo, run: u64) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(sql::OWNER_RUN)?;
    let (newest, open): (i64, bool) = statement.query_row([owner.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(open && newest.unsigned_abs() == run)
}

/// Marks gone what the listing did not give, and gives it.
pub(super) fn end(
    connection: &Connection,
    owner: OwnerNo,
    pages: u32,
    at: Moment,
) -> rusqlite::Result<Vec<(RowId, AccountId)>> {
    let missing = missing(connection, owner)?;
    let mut statement = connection.prepare_cached(sql::SET_GONE)?;
    for (row, _) in &missing {
        statement.execute(params![row.0, stored(at)])?;
    }
    connection.execute(sql::CLEAR_SEEN, [owner.0])?;
    connection.execute(sql::END_RUN, params![owner.0, stored(at), pages])?;
    Ok(missing)
}
