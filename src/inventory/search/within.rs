//! A scope, ready to be asked for every place.

use std::collections::HashSet;

use super::Scope;
use crate::domain::{AccountKey, ConnectionName, OrganizationId};
use crate::inventory::Snapshot;
use crate::inventory::columns::Shape;

/// A scope whose organizations have been looked up.
pub(super) enum Within<'a> {
    All,
    Connection(&'a ConnectionName),
    Organizations(&'a ConnectionName, HashSet<OrganizationId>),
    /// The one account that a container stands inside.
    Account(Option<u32>),
}

impl<'a> Within<'a> {
    pub(super) fn of(snapshot: &Snapshot, scope: &'a Scope) -> Self {
        match scope {
            Scope::All => Self::All,
            Scope::Connection(name) => Self::Connection(name),
            Scope::Organization(key) => {
                let view = snapshot.connection(&key.connection);
                let node = view.and_then(|view| view.tree.node(&key.id));
                if let Some(id) = node.and_then(|node| node.organization.account.clone()) {
                    return Self::Account(snapshot.row(&AccountKey { connection: key.connection.clone(), id }));
                }
                let below = view.map_or_else(Vec::new, |view| view.tree.subtree(&key.id));
                // Accounts may name an organization that no tree has yet.
                let ids = below.into_iter().chain([key.id.clone()]).collect();
                Self::Organizations(&key.connection, ids)
            }
        }
    }

    /// Whether rows of this shape are in it, as far as that tells.
    pub(super) fn holds(&self, place: &Shape) -> bool {
        match self {
            Self::All | Self::Account(_) => true,
            Self::Connection(name) => place.connection == **name,
            Self::Organizations(name, ids) => {
                let parent = place.parent.as_ref();
                place.connection == **name && parent.is_some_and(|parent| ids.contains(&parent.id))
            }
        }
    }
}
