//! What the inventory's queue holds: one thing each that is to be on the disk.

use std::sync::{Arc, mpsc};

use super::disk::{ConnectionState, FactKind, Resume, StoredFact};
use crate::domain::{
    Account, AccountKey, ConnectionName, Identity, Moment, Organization, OrganizationId, ParentRef, ProviderId,
};

/// What is to be written, in the order in which it was learned.
#[derive(Debug)]
pub(super) enum Op {
    /// A connection says who it is, and nobody doubts it.
    Identified(ConnectionName, Identity),
    /// The user gave a connection to the one that answers now.
    Taken(ConnectionName, Identity),
    /// A listing begins.
    Begun { connection: ConnectionName, run: u32, way: Way },
    /// Accounts with their rows, as pages of a listing or one by one.
    Accounts { connection: ConnectionName, rows: Vec<(u32, Arc<Account>)>, tick: Option<Tick> },
    /// A listing gave every page. Accounts that are there for sure, though it did not give them, come with it.
    Ended { connection: ConnectionName, run: u32, pages: u32, at: Moment, there: Vec<(u32, Arc<Account>)> },
    /// An account stands in another organization.
    Placed(AccountKey, Option<ParentRef>),
    /// An account is gone.
    Gone(AccountKey),
    /// Organizations that a listing gave, or that were made or renamed.
    Organizations(ConnectionName, Vec<Organization>),
    /// Organizations that are gone.
    OrganizationsGone(ConnectionName, Vec<OrganizationId>),
    /// Something was read by itself.
    Fact(ConnectionName, StoredFact),
    /// That holds no more.
    FactGone(ConnectionName, FactKind, String),
    /// How a connection's listing is.
    State(ConnectionName, Box<ConnectionState>),
    /// Everything before it is to be written now; then this is told.
    Flush(mpsc::Sender<()>),
}

/// How a listing begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// With its first page.
    Anew,
    /// Where one of an earlier run of the program ended, by the number that the disk knows that by.
    After(u64),
    /// Where the one before it was given up.
    On,
}

/// How far a listing is with some of its accounts.
#[derive(Clone, Debug)]
pub(super) struct Tick {
    pub(super) run: u32,
    pub(super) resume: Resume,
}

impl Op {
    pub(super) fn connection(&self) -> Option<&ConnectionName> {
        match self {
            Self::Identified(connection, _)
            | Self::Taken(connection, _)
            | Self::Begun { connection, .. }
            | Self::Accounts { connection, .. }
            | Self::Ended { connection, .. }
            | Self::Organizations(connection, _)
            | Self::OrganizationsGone(connection, _)
            | Self::Fact(connection, _)
            | Self::FactGone(connection, ..)
            | Self::State(connection, _) => Some(connection),
            Self::Placed(key, _) | Self::Gone(key) => Some(&key.connection),
            Self::Flush(_) => None,
        }
    }

    /// A batch is written in this order: what has to come before what is in it already begins a new one.
    pub(super) fn stage(&self) -> u8 {
        match self {
            Self::Accounts { .. } => 0,
            Self::Placed(..) => 1,
            Self::Gone(_) => 2,
            Self::Organizations(..) => 3,
            Self::OrganizationsGone(..) => 4,
            Self::Fact(..) => 5,
            Self::FactGone(..) => 6,
            Self::Ended { .. } => 7,
            Self::State(..) => 8,
            Self::Identified(..) | Self::Taken(..) | Self::Begun { .. } | Self::Flush(_) => 9,
        }
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Accounts { rows, .. } | Self::Ended { there: rows, .. } => rows.len(),
            Self::Identified(..)
            | Self::Taken(..)
            | Self::Begun { .. }
            | Self::Placed(..)
            | Self::Gone(_)
            | Self::Organizations(..)
            | Self::OrganizationsGone(..)
            | Self::Fact(..)
            | Self::FactGone(..)
            | Self::State(..)
            | Self::Flush(_) => 0,
        }
    }

    pub(super) fn provider(&self) -> Option<&ProviderId> {
        match self {
            Self::Identified(_, identity) | Self::Taken(_, identity) => Some(&identity.provider),
            Self::Accounts { rows, .. } | Self::Ended { there: rows, .. } => {
                rows.first().map(|(_, account)| &account.provider)
            }
            Self::Organizations(_, organizations) => organizations.first().map(|organization| &organization.provider),
            Self::Fact(_, StoredFact::Detail(fact)) => Some(&fact.value.provider),
            Self::Fact(_, StoredFact::Organization(fact)) => Some(&fact.value.provider),
            Self::Fact(_, StoredFact::Lineage(..) | StoredFact::Profile(_) | StoredFact::Extra(..))
            | Self::Begun { .. }
            | Self::Placed(..)
            | Self::Gone(_)
            | Self::OrganizationsGone(..)
            | Self::FactGone(..)
            | Self::State(..)
            | Self::Flush(_) => None,
        }
    }
}
