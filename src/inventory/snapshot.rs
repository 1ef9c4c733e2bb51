//! What the inventory holds at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::alike::Alike;
use super::columns::{Columns, Row};
use super::contest::Contest;
use super::filing::Filing;
use super::records::Recalled;
use super::search::{Raws, RowSet};
use super::table::Ranking;
use super::told::Told;
use crate::domain::{
    Account, AccountKey, ConnectionName, Failure, Identity, Lineage, Moment, Organization, OrganizationKey, Profile,
    Subject, Tree, Untrusted,
};

/// Something a provider said, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<T> {
    /// What it said.
    pub value: T,
    /// When.
    pub at: Moment,
}

/// How far the listing of a connection's accounts is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SyncState {
    /// Nobody has asked.
    #[default]
    Never,
    /// Pages are coming in.
    Running {
        /// Accounts so far.
        loaded: u64,
        /// Accounts in all, where the provider says so.
        total: Option<u64>,
        /// Pages so far.
        pages: u32,
    },
    /// Every page came.
    Complete {
        /// When the last page came.
        at: Moment,
    },
    /// Some pages came, then one failed: the listing says so.
    Partial {
        /// When it failed.
        at: Moment,
        /// The page that failed, in words: `page 3 of 12`.
        page: String,
        /// Why.
        why: Failure,
    },
    /// Nothing came.
    Failed {
        /// When it failed.
        at: Moment,
        /// Why.
        why: Failure,
    },
}

impl SyncState {
    /// Why the listing is not whole, if it is not.
    #[must_use]
    pub fn trouble(&self) -> Option<&Failure> {
        match self {
            Self::Partial { why, .. } | Self::Failed { why, .. } => Some(why),
            Self::Never | Self::Running { .. } | Self::Complete { .. } => None,
        }
    }
}

/// Where a connection's hierarchy comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Hierarchy {
    /// Not asked yet.
    #[default]
    Unknown,
    /// The provider has none: accounts are flat.
    Flat,
    /// The provider listed its organizations.
    Listed {
        /// When.
        at: Moment,
    },
    /// The provider does not let this credential list organizations (for most users they are not enabled at all): the
    /// tree is built from what accounts name as their parents and from the lineages seen.
    Derived {
        /// What it answered.
        why: Failure,
    },
    /// The listing failed for another reason; what is known is shown.
    Failed {
        /// Why.
        why: Failure,
    },
}

impl Hierarchy {
    /// Why the listing of organizations is not whole, if it was to be.
    #[must_use]
    pub fn trouble(&self) -> Option<&Failure> {
        match self {
            Self::Failed { why } => Some(why),
            Self::Unknown | Self::Flat | Self::Listed { .. } | Self::Derived { .. } => None,
        }
    }
}

/// What is known of one connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionView {
    /// Who it turned out to be: all that is known of it is what this one saw.
    pub identity: Option<Fact<Identity>>,
    /// It answers as somebody else now.
    pub contest: Option<Contest>,
    /// How far its listing is.
    pub sync: SyncState,
    /// Where its hierarchy comes from.
    pub hierarchy: Hierarchy,
    /// Its organizations.
    pub tree: Arc<Tree>,
    /// Accounts listed so far.
    pub accounts: u64,
    /// What the provider said along with the pages of the newest listing.
    pub messages: Vec<Untrusted>,
    /// When the listing ended that gave the oldest of its rows: none of them is older.
    pub kept_at: Option<Moment>,
    /// The rows that the listing under way has given, or the one that ended before its last page.
    pub(super) given: Arc<RowSet>,
}

impl ConnectionView {
    /// Its listing ended, or stands where an earlier one ended.
    pub(super) fn end(&mut self, sync: SyncState) {
        self.kept_at = match &sync {
            SyncState::Complete { at } => Some(*at),
            // What it did not give is as old as before.
            SyncState::Partial { at, .. } => self.kept_at.or(Some(*at)),
            SyncState::Never | SyncState::Running { .. } | SyncState::Failed { .. } => self.kept_at,
        };
        self.sync = sync;
    }

    /// When a row of it was listed; `None` of one that the listing under way has given, or where nobody knows.
    #[must_use]
    pub fn row_at(&self, row: u32) -> Option<Moment> {
        match &self.sync {
            SyncState::Running { .. } if self.given.has(row) => None,
            SyncState::Partial { at, .. } if self.given.has(row) => Some(*at),
            SyncState::Never
            | SyncState::Running { .. }
            | SyncState::Complete { .. }
            | SyncState::Partial { .. }
            | SyncState::Failed { .. } => self.kept_at,
        }
    }
}

/// The inventory at one moment. Cheap to clone behind its `Arc`; never changes.
#[derive(Clone, Default)]
pub struct Snapshot {
    pub(super) generation: u64,
    /// The generation in which what a search reads changed last.
    pub(super) listing: u64,
    pub(super) rows: Columns,
    /// Whose records changed lately.
    pub(super) told: Told,
    /// The order by name, shared by all snapshots with the same rows.
    pub(super) ranking: Arc<Ranking>,
    /// Which names look the same, shared by all snapshots with the same listing.
    pub(super) alike: Arc<Alike>,
    /// Of a list of its own the whole records, by row.
    pub(super) whole: Arc<Vec<Arc<Account>>>,
    /// Whole records of the inventory's rows that were asked for lately.
    pub(super) recalled: Arc<Recalled>,
    /// Where the inventory's records are, for filters that ask for what rows do not have.
    pub(super) raws: Option<Arc<dyn Raws>>,
    pub(super) connections: Arc<BTreeMap<ConnectionName, ConnectionView>>,
    pub(super) details: Arc<HashMap<AccountKey, Fact<Arc<Account>>>>,
    /// When what is not asked by default came of an account.
    pub(super) extras: Arc<HashMap<AccountKey, Moment>>,
    pub(super) lineages: Arc<HashMap<AccountKey, Fact<Arc<Lineage>>>>,
    pub(super) profiles: Arc<HashMap<Subject, Fact<Arc<Profile>>>>,
    pub(super) organizations: Arc<HashMap<OrganizationKey, Fact<Arc<Organization>>>>,
}

/// The next generation: one counter for all snapshots of the process, so that lists of their own never pass for another.
pub(super) fn next_generation() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Its generation and size: never its rows, which no log or test's output wants.
impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot(generation {}, {} accounts)", self.generation, self.len())
    }
}

/// Two snapshots are the same if their generations are: they come from one counter.
impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.generation == other.generation
    }
}

impl Snapshot {
    /// Counts up with every change; 0 is the empty inventory.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The generation in which rows, or the trees that scopes are made of, changed last: a search that was made since is
    /// still good.
    #[must_use]
    pub fn listing(&self) -> u64 {
        self.listing
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.alive
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.alive == 0
    }

    /// The account of a row, gone ones too; `None` for a number that no row has, or that of a hidden or forgotten one.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<Row<'_>> {
        self.rows.get(row)
    }

    /// The row of an account that is in the list. It is good in every later snapshot, too.
    #[must_use]
    pub fn row(&self, key: &AccountKey) -> Option<u32> {
        self.find(key).map(|row| row.number())
    }

    /// An account that is in the list, by its key.
    #[must_use]
    pub fn find(&self, key: &AccountKey) -> Option<Row<'_>> {
        self.seen(key).filter(Row::is_alive)
    }

    /// An account by its key, whether it is gone or not.
    #[must_use]
    pub fn seen(&self, key: &AccountKey) -> Option<Row<'_>> {
        self.rows.get(self.rows.row(key)?)
    }

    /// All accounts in the list, first come first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.alive()
    }

    /// How many of these rows are in the list.
    #[must_use]
    pub fn listed_among(&self, rows: &RowSet) -> usize {
        let is_alive = |row: &u32| {
            let (segment, at) = self.rows.segment(*row);
            segment.is_alive(at)
        };
        rows.rows().filter(|row| *row < self.rows.rows).filter(is_alive).count()
    }

    /// Whether another account of its connection has a name that can be taken for its own, as far as a search of these
    /// rows has told.
    #[must_use]
    pub fn is_alike(&self, row: u32) -> bool {
        self.alike.made().is_some_and(|alike| alike.near.has(row))
    }

    /// The same of an account of another connection.
    #[must_use]
    pub fn is_alike_elsewhere(&self, row: u32) -> bool {
        self.alike.made().is_some_and(|alike| alike.far.has(row))
    }

    /// The first accounts in the list, at most so many, whose name can be taken for this one.
    #[must_use]
    pub fn look_alikes(&self, name: &str, most: usize) -> Vec<Row<'_>> {
        super::alike::like(&self.rows, name, most).into_iter().filter_map(|row| self.rows.get(row)).collect()
    }

    /// How many of these rows each connection has.
    #[must_use]
    pub fn connections_of(&self, rows: &RowSet) -> BTreeMap<ConnectionName, usize> {
        let mut counts = vec![0; self.rows.shapes.len()];
        for row in rows.rows().filter(|row| *row < self.rows.rows) {
            let (segment, at) = self.rows.segment(row);
            counts[segment.shape(at)] += 1;
        }
        let mut connections = BTreeMap::new();
        for (shape, count) in self.rows.shapes.iter().zip(counts).filter(|(_, count)| *count > 0) {
            *connections.entry(shape.connection.clone()).or_default() += count;
        }
        connections
    }

    /// How many rows there ever were: numbers below this one may be rows.
    #[must_use]
    pub fn ever(&self) -> u32 {
        self.rows.rows
    }

    /// What its rows, their index and their order take in memory, in bytes: what was allocated, used or not.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.ranking.bytes() + self.alike.bytes()
    }

    /// Every connection that has been asked for anything.
    pub fn connections(&self) -> impl Iterator<Item = (&ConnectionName, &ConnectionView)> {
        self.connections.iter()
    }

    /// One connection.
    #[must_use]
    pub fn connection(&self, name: &ConnectionName) -> Option<&ConnectionView> {
        self.connections.get(name)
    }

    /// An organization, from a fresh read, a listing, a lineage, or an account that names it as its parent.
    #[must_use]
    pub fn organization(&self, key: &OrganizationKey) -> Option<Arc<Organization>> {
        let tree = self.connections.get(&key.connection).map(|view| &view.tree);
        if let Some(fact) = self.organizations.get(key) {
            // A record of its own names its parent by the id alone.
            let parent = fact.value.parent.as_ref().filter(|parent| parent.name.is_empty());
            let named = parent.and_then(|parent| tree?.node(&parent.id)).map(|node| &node.organization.name);
            let Some(name) = named.filter(|name| !name.is_empty()) else { return Some(Arc::clone(&fact.value)) };
            let mut organization = (*fact.value).clone();
            if let Some(parent) = &mut organization.parent {
                parent.name.clone_from(name);
            }
            return Some(Arc::new(organization));
        }
        Some(Arc::clone(&tree?.node(&key.id)?.organization))
    }

    /// An account as its own request gave it.
    #[must_use]
    pub fn detail(&self, key: &AccountKey) -> Option<&Fact<Arc<Account>>> {
        self.details.get(key)
    }

    /// When what is not asked by default (contact data, tags, servers) came of an account: it is kept while later records
    /// say nothing of it.
    #[must_use]
    pub fn extra_at(&self, key: &AccountKey) -> Option<Moment> {
        self.extras.get(key).copied()
    }

    /// When an organization was last read by itself.
    #[must_use]
    pub fn organization_detail(&self, key: &OrganizationKey) -> Option<&Fact<Arc<Organization>>> {
        self.organizations.get(key)
    }

    /// The organizations above an account.
    #[must_use]
    pub fn lineage(&self, key: &AccountKey) -> Option<&Fact<Arc<Lineage>>> {
        self.lineages.get(key)
    }

    /// A profile.
    #[must_use]
    pub fn profile(&self, subject: &Subject) -> Option<&Fact<Arc<Profile>>> {
        self.profiles.get(subject)
    }

    /// The words for types that rows have, some more than once.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.rows.shapes.iter().filter_map(|shape| shape.kind.as_ref()).map(Untrusted::raw)
    }

    /// The words for statuses that rows have, some more than once.
    pub fn statuses(&self) -> impl Iterator<Item = &str> {
        self.rows.shapes.iter().filter_map(|shape| shape.status.as_ref()).map(Untrusted::raw)
    }

    /// The names of organizations that hold rows or stand in a tree, some more than once.
    pub fn organization_names(&self) -> impl Iterator<Item = &str> {
        let parents = self.rows.shapes.iter().filter_map(|shape| shape.parent.as_ref()).map(|parent| parent.name.raw());
        let trees = self.connections.values().flat_map(|view| view.tree.nodes());
        parents.chain(trees.map(|node| node.organization.name.raw()))
    }

    /// A snapshot of a list that is not part of the inventory: the answer of a remote search. Its whole records are at
    /// hand.
    #[must_use]
    pub fn of(accounts: Vec<Account>) -> Self {
        let (mut rows, mut filing) = (Columns::default(), Filing::default());
        for account in &accounts {
            filing.push(&mut rows, account);
        }
        let generation = next_generation();
        let whole = Arc::new(accounts.into_iter().map(Arc::new).collect());
        Self { generation, listing: generation, rows, whole, ..Self::default() }
    }
}
