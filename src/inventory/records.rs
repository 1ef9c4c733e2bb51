//! Whole records: what lists do not read. They are asked for one by one, or streamed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use indexmap::IndexMap;

use super::columns::Row;
use super::disk::RowId;
use super::keeper::Whereabouts;
use super::search::Raws;
use super::{Inventory, Snapshot};
use crate::domain::{Account, AccountKey, RawJson, Secret, Untrusted};

/// How many records that were asked for stay at hand: what a person looks at, one after the other.
pub(super) const AT_HAND: usize = 256;

/// Rows between two locks of a stream. They are read in the order of the disk, so that many share a page of it.
const BATCH: usize = 8_192;

/// What an account's row has not: the rest of its record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// The whole record as text.
    pub(super) raw: RawJson,
    /// The values of secret fields. They never leave memory.
    pub(super) secrets: BTreeMap<String, Secret>,
    /// Whether it was asked with what is not asked by default.
    pub(super) has_extra: bool,
}

/// A row as it was found.
pub(super) enum Told<'t> {
    /// In memory.
    Whole(Box<Account>),
    /// On the disk: its text, which was one JSON document when it was kept.
    Text(Row<'t>, &'t str),
}

/// Keeps the rest of each row's record. Rows are named by their numbers; `key` is that of the row.
pub(super) trait Records: Debug + Send {
    /// Keeps an account's record in the place of the one before.
    fn keep(&mut self, row: u32, account: &Arc<Account>);

    /// The record of a row.
    fn get(&self, row: u32, key: &AccountKey) -> Option<Record>;

    /// The row was forgotten.
    fn forget(&mut self, row: u32);

    /// The same records, for searches.
    fn raws(&self) -> Arc<dyn Raws>;
}

/// All in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    rows: Arc<Texts>,
    /// Next to no account has one.
    secrets: HashMap<u32, BTreeMap<String, Secret>>,
}

/// Records as texts, by row, and whether each was asked with what is not asked by default.
#[derive(Debug, Default)]
struct Texts(RwLock<Vec<Option<(RawJson, bool)>>>);

impl Texts {
    fn write(&self) -> RwLockWriteGuard<'_, Vec<Option<(RawJson, bool)>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Option<(RawJson, bool)>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Raws for Texts {
    fn each(&self, rows: &[u32], each: &mut dyn FnMut(u32, &str) -> ControlFlow<()>) {
        let kept = self.read();
        for row in rows {
            if let Some(Some((raw, _))) = kept.get(*row as usize)
                && each(*row, raw.text()).is_break()
            {
                return;
            }
        }
    }
}

impl Records for Memory {
    fn keep(&mut self, row: u32, account: &Arc<Account>) {
        let at = row as usize;
        let mut rows = self.rows.write();
        if rows.len() <= at {
            rows.resize(at + 1, None);
        }
        rows[at] = Some((account.raw.clone(), account.has_extra));
        if account.secrets.is_empty() {
            self.secrets.remove(&row);
        } else {
            self.secrets.insert(row, account.secrets.clone());
        }
    }

    fn get(&self, row: u32, _: &AccountKey) -> Option<Record> {
        let (raw, has_extra) = self.rows.read().get(row as usize)?.clone()?;
        let secrets = self.secrets.get(&row).cloned().unwrap_or_default();
        Some(Record { raw, secrets, has_extra })
    }

    fn forget(&mut self, row: u32) {
        if let Some(kept) = self.rows.write().get_mut(row as usize) {
            *kept = None;
        }
        self.secrets.remove(&row);
    }

    fn raws(&self) -> Arc<dyn Raws> {
        Arc::clone(&self.rows) as Arc<dyn Raws>
    }
}

impl Row<'_> {
    /// The whole account: the row and the rest of its record.
    pub(super) fn whole(&self, record: Record) -> Account {
        let text = |text: Option<&str>| text.map(Untrusted::new);
        Account {
            key: self.key(),
            provider: self.provider().clone(),
            name: Untrusted::new(self.name()),
            kind: text(self.kind()),
            status: text(self.status()),
            email: text(self.email()),
            created_at: text(self.created_at().as_deref()),
            updated_at: text(self.updated_at().as_deref()),
            parent: self.parent().cloned(),
            raw: record.raw,
            secrets: record.secrets,
            has_extra: record.has_extra,
        }
    }
}

impl Inventory {
    /// The whole record of an account as its listing gave it; `None` if no row is its, or it is forgotten or hidden.
    /// May read the disk: not for the thread that draws.
    #[must_use]
    pub fn recall(&self, key: &AccountKey) -> Option<Arc<Account>> {
        let state = self.state();
        let row = state.work.rows.row(key)?;
        state.recall(row).map(Arc::new)
    }

    /// Recalls an account's whole record, so that the snapshot given back has it at hand: [`Snapshot::recalled`]. May
    /// read the disk.
    pub fn bring(&self, key: &AccountKey) -> Arc<Snapshot> {
        let mut state = self.state();
        let at_hand = state.work.recalled(key).is_some();
        let whole = state.work.rows.row(key).filter(|_| !at_hand).and_then(|row| state.recall(row));
        let read = state.bring_detail(key);
        if let Some(whole) = whole {
            let recalled = Arc::make_mut(&mut state.work.recalled);
            recalled.insert(key.clone(), Arc::new(whole));
            while recalled.len() > AT_HAND {
                recalled.shift_remove_index(0);
            }
        } else if !read {
            return state.current();
        }
        state.publish()
    }

    /// The whole records of rows, one after the other: a million rows stream. What is forgotten or hidden meanwhile is left
    /// out.
    pub fn records(&self, rows: impl IntoIterator<Item = u32>) -> impl Iterator<Item = Account> {
        let mut rows = rows.into_iter();
        std::iter::from_fn(move || {
            let batch: Vec<u32> = rows.by_ref().take(BATCH).collect();
            (!batch.is_empty()).then(|| self.batch(&batch))
        })
        .flatten()
    }

    fn batch(&self, rows: &[u32]) -> Vec<Account> {
        let mut accounts: Vec<Option<Account>> = vec![None; rows.len()];
        self.told(rows, |nth, told| {
            accounts[nth] = Some(match told {
                Told::Whole(account) => *account,
                Told::Text(row, text) => {
                    row.whole(Record { raw: RawJson::kept(text), secrets: BTreeMap::new(), has_extra: row.has_extra() })
                }
            });
        });
        accounts.into_iter().flatten().collect()
    }

    /// What is known of a few rows, each with its place among them, in any order; gives the snapshot that they are rows of.
    /// The disk is asked for nothing but what the rows don't have, and without holding up anybody else.
    pub(super) fn told(&self, rows: &[u32], mut each: impl FnMut(usize, Told<'_>)) -> Arc<Snapshot> {
        let mut wanted: Vec<(RowId, usize)> = Vec::new();
        let (snapshot, stock) = {
            let state = self.state();
            for (nth, row) in rows.iter().enumerate() {
                match state.keeper.as_ref().and_then(|keeper| keeper.stock.whereabouts(*row)) {
                    Some(Whereabouts::Disk(at)) => wanted.push((at, nth)),
                    Some(Whereabouts::Pending(_)) | None => {
                        if let Some(account) = state.recall(*row) {
                            each(nth, Told::Whole(Box::new(account)));
                        }
                    }
                }
            }
            (state.current(), state.keeper.as_ref().map(|keeper| Arc::clone(&keeper.stock)))
        };
        if let Some(stock) = stock {
            wanted.sort_unstable();
            // What is forgotten or hidden by now is left out.
            let found: Vec<_> =
                wanted.iter().filter_map(|(at, nth)| Some((*at, *nth, snapshot.get(rows[*nth])?))).collect();
            let at: Vec<(RowId, &str)> = found.iter().map(|(at, _, row)| (*at, row.id())).collect();
            let read = stock.disk.texts(&at, |place, text| {
                let (_, nth, row) = &found[place];
                each(*nth, Told::Text(*row, text));
            });
            if let Err(error) = read {
                stock.fault(&error);
            }
        }
        snapshot
    }
}

impl Snapshot {
    /// The whole record of an account as a listing gave it, if it is at hand: one that was brought lately, or one of a list
    /// of its own.
    #[must_use]
    pub fn recalled(&self, key: &AccountKey) -> Option<&Arc<Account>> {
        let own = || self.whole.get(self.rows.row(key)? as usize);
        self.recalled.get(key).or_else(own)
    }

    /// The whole record of an account, if it is at hand: as its own request gave it, else as a listing did.
    #[must_use]
    pub fn whole(&self, key: &AccountKey) -> Option<&Arc<Account>> {
        self.detail(key).map(|fact| &fact.value).or_else(|| self.recalled(key))
    }

    /// The whole records of a list of its own ([`Snapshot::of`]), by row; none of the inventory's.
    #[must_use]
    pub fn own(&self) -> &[Arc<Account>] {
        &self.whole
    }
}

/// The records at hand, the one that was brought first at the beginning.
pub(super) type Recalled = IndexMap<AccountKey, Arc<Account>>;
