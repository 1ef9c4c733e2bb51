//! What the inventory holds at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::contest::Contest;
use super::index::Index;
use super::table::Table;
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
}

/// The inventory at one moment. Cheap to clone behind its `Arc`; never changes.
#[derive(Clone, Default)]
pub struct Snapshot {
    pub(super) generation: u64,
    pub(super) accounts: Arc<Vec<Arc<Account>>>,
    pub(super) by_key: Arc<Index>,
    /// Made by the first search that needs it, shared by all snapshots with the same rows.
    pub(super) table: Arc<OnceLock<Table>>,
    pub(super) connections: Arc<BTreeMap<ConnectionName, ConnectionView>>,
    pub(super) details: Arc<HashMap<AccountKey, Fact<Arc<Account>>>>,
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
        write!(f, "Snapshot(generation {}, {} accounts)", self.generation, self.accounts.len())
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

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The account at a row, in listing order. Rows are good within one snapshot only.
    #[must_use]
    pub fn account(&self, row: u32) -> Option<&Arc<Account>> {
        self.accounts.get(row as usize)
    }

    /// The row of an account.
    #[must_use]
    pub fn row(&self, key: &AccountKey) -> Option<u32> {
        self.by_key.row(&self.accounts, key)
    }

    /// An account by its key.
    #[must_use]
    pub fn find(&self, key: &AccountKey) -> Option<&Arc<Account>> {
        self.row(key).and_then(|row| self.account(row))
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
        if let Some(fact) = self.organizations.get(key) {
            return Some(Arc::clone(&fact.value));
        }
        let node = self.connections.get(&key.connection)?.tree.node(&key.id)?;
        Some(Arc::clone(&node.organization))
    }

    /// An account as its own request gave it.
    #[must_use]
    pub fn detail(&self, key: &AccountKey) -> Option<&Fact<Arc<Account>>> {
        self.details.get(key)
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

    /// A snapshot of a list that is not part of the inventory: the answer of a remote search.
    #[must_use]
    pub fn of(accounts: Vec<Account>) -> Self {
        let accounts: Vec<Arc<Account>> = accounts.into_iter().map(Arc::new).collect();
        Self {
            generation: next_generation(),
            by_key: Arc::new(Index::of(&accounts)),
            accounts: Arc::new(accounts),
            ..Self::default()
        }
    }
}
