//! A hierarchy as an arena of organizations, safe against what no hierarchy should have.
//!
//! Providers can answer with parents that are not visible, with an organization above itself, with the same row twice.
//! Each organization stands in the tree exactly once whatever they say, and every walk ends.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Organization, OrganizationId, Untrusted, look, natural, skeleton};

/// What is wrong with an organization's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// Its parent was not listed (not visible to this credential, say).
    Orphan,
    /// Following its parents leads back to it, or it is its own parent.
    Cycle,
}

impl TreeFault {
    /// What people read beside it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Orphan => "its parent is not listed",
            Self::Cycle => "its parents lead in a circle",
        }
    }
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

impl TreeNode {
    /// The parent that the tree follows: none for a root, faulty or not.
    fn parent(&self) -> Option<&OrganizationId> {
        if self.fault.is_some() {
            return None;
        }
        self.organization.parent.as_ref().map(|parent| &parent.id)
    }
}

/// The organizations of one connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    nodes: IndexMap<OrganizationId, TreeNode>,
    roots: Vec<OrganizationId>,
    /// Those whose name can be taken for that of one beside them.
    alike: HashSet<OrganizationId>,
}

impl Tree {
    /// Arranges organizations in any order. Cycles and orphans become roots with a fault; nothing is lost or followed
    /// twice. Of two rows with one id the later counts, but a whole record counts before a mere mention.
    #[must_use]
    pub fn new(organizations: impl IntoIterator<Item = Arc<Organization>>) -> Self {
        let mut nodes: IndexMap<OrganizationId, TreeNode> = IndexMap::new();
        for organization in organizations {
            let known = nodes.get(&organization.key.id);
            let whole = known.is_some_and(|node| node.organization.raw.is_some());
            if organization.raw.is_some() || !whole {
                let node = TreeNode { organization: Arc::clone(&organization), children: Vec::new(), fault: None };
                nodes.insert(organization.key.id.clone(), node);
            }
        }
        for (at, fault) in faults(&nodes).into_iter().enumerate() {
            nodes[at].fault = fault;
        }
        name_parents(&mut nodes);
        let mut tree = Self { nodes, ..Self::default() };
        tree.link();
        tree.compare();
        tree
    }

    /// Files each organization under its parent or among the roots, by name.
    fn link(&mut self) {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by_cached_key(|&at| order_key(&self.nodes[at]));
        for at in order {
            let id = self.nodes[at].organization.key.id.clone();
            match self.nodes[at].parent().cloned() {
                Some(parent) => self.nodes[&parent].children.push(id),
                None => self.roots.push(id),
            }
        }
    }

    /// Compares the names of organizations that stand beside each other: of others the way tells which is meant.
    fn compare(&mut self) {
        let levels = self.nodes.values().map(|node| &node.children).chain([&self.roots]);
        let mut alike = HashSet::new();
        let mut looks: Vec<(u32, &OrganizationId)> = Vec::new();
        for level in levels.filter(|level| level.len() > 1) {
            looks.clear();
            looks.extend(level.iter().map(|id| (look(self.nodes[id].organization.name.raw()), id)));
            looks.sort_unstable();
            for same in looks.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1 && same[0].0 != 0) {
                let seen = |id: &OrganizationId| skeleton(self.nodes[id].organization.name.raw());
                let names: Vec<String> = same.iter().map(|(_, id)| seen(id)).collect();
                // Numbers may be the same by chance.
                let is_again = |nth: usize| names.iter().enumerate().any(|(at, name)| at != nth && *name == names[nth]);
                alike.extend(
                    same.iter().enumerate().filter(|(nth, _)| is_again(*nth)).map(|(_, (_, id))| (*id).clone()),
                );
            }
        }
        self.alike = alike;
    }

    /// Whether its name can be taken for that of an organization beside it.
    #[must_use]
    pub fn is_alike(&self, id: &OrganizationId) -> bool {
        self.alike.contains(id)
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

    /// All of them, in the order in which they came.
    pub fn nodes(&self) -> impl Iterator<Item = &TreeNode> {
        self.nodes.values()
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

    /// The organization and all below it, each parent before its children; empty if it is not in the tree.
    #[must_use]
    pub fn subtree(&self, id: &OrganizationId) -> Vec<OrganizationId> {
        let mut found = Vec::new();
        let mut waiting: Vec<&OrganizationId> = self.nodes.get_key_value(id).map_or_else(Vec::new, |(id, _)| vec![id]);
        while let Some(id) = waiting.pop() {
            found.push(id.clone());
            waiting.extend(self.nodes[id].children.iter().rev());
        }
        found
    }

    /// The organization that holds it; none for a root, and for what is not in the tree.
    #[must_use]
    pub fn parent(&self, id: &OrganizationId) -> Option<&OrganizationId> {
        self.nodes.get(id).and_then(TreeNode::parent)
    }

    /// The organizations above it, root first, itself not in it.
    #[must_use]
    pub fn above(&self, id: &OrganizationId) -> Vec<OrganizationId> {
        let mut found = Vec::new();
        let mut at = self.parent(id);
        while let Some(id) = at {
            found.push(id.clone());
            at = self.parent(id);
        }
        found.reverse();
        found
    }
}

/// Faulty ones last, then by name without case (nameless ones last), then by id: the same answer gives the same order.
fn order_key(node: &TreeNode) -> (bool, bool, Vec<u8>, OrganizationId) {
    let organization = &node.organization;
    let mut name = Vec::new();
    natural(organization.name.raw(), &mut name);
    (node.fault.is_some(), organization.name.is_empty(), name, organization.key.id.clone())
}

/// What is wrong with each organization's place: one walk up from each, never over the same step twice.
fn faults(nodes: &IndexMap<OrganizationId, TreeNode>) -> Vec<Option<TreeFault>> {
    /// How far the walk is with an organization.
    #[derive(Clone, Copy, PartialEq)]
    enum Walk {
        Untouched,
        /// On the walk that began at this index.
        On(usize),
        Settled,
    }
    let parents: Vec<Option<Option<usize>>> = nodes
        .values()
        .map(|node| {
            let parent = node.organization.parent.as_ref()?;
            Some(nodes.get_index_of(&parent.id))
        })
        .collect();
    let mut faults: Vec<Option<TreeFault>> =
        parents.iter().map(|parent| matches!(parent, Some(None)).then_some(TreeFault::Orphan)).collect();
    let mut walks = vec![Walk::Untouched; nodes.len()];
    for start in 0..nodes.len() {
        let mut way = Vec::new();
        let mut at = Some(start);
        while let Some(here) = at
            && walks[here] == Walk::Untouched
        {
            walks[here] = Walk::On(start);
            way.push(here);
            at = parents[here].flatten();
        }
        // The walk met itself: from there on it is a circle.
        if let Some(again) = at.filter(|&here| walks[here] == Walk::On(start)) {
            for &member in way.iter().skip_while(|&&member| member != again) {
                faults[member] = Some(TreeFault::Cycle);
            }
        }
        for here in way {
            walks[here] = Walk::Settled;
        }
    }
    faults
}

/// Rows that name their parents by ids alone get the names that those have: what lists say of one place is the same
/// everywhere.
fn name_parents(nodes: &mut IndexMap<OrganizationId, TreeNode>) {
    let named: Vec<(usize, Untrusted)> = nodes
        .values()
        .enumerate()
        .filter_map(|(at, node)| {
            let parent = node.organization.parent.as_ref().filter(|parent| parent.name.is_empty())?;
            let name = &nodes.get(&parent.id)?.organization.name;
            (!name.is_empty()).then(|| (at, name.clone()))
        })
        .collect();
    for (at, name) in named {
        if let Some(parent) = Arc::make_mut(&mut nodes[at].organization).parent.as_mut() {
            parent.name = name;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ConnectionName, OrganizationKey, ParentRef, ProviderId};

    fn organization(id: &str, name: &str, parent: Option<&str>) -> Arc<Organization> {
        Arc::new(Organization {
            key: OrganizationKey { connection: ConnectionName::new("test"), id: OrganizationId::new(id) },
            provider: ProviderId::new("test"),
            name: Untrusted::new(name),
            kind: Untrusted::new("organization"),
            parent: parent.map(|id| ParentRef { id: OrganizationId::new(id), name: Untrusted::default() }),
            account: None,
            created_at: None,
            raw: Some(serde_json::json!({}).into()),
        })
    }

    fn words(ids: &[OrganizationId]) -> Vec<&str> {
        ids.iter().map(OrganizationId::as_str).collect()
    }

    fn id(text: &str) -> OrganizationId {
        OrganizationId::new(text)
    }

    #[test]
    fn a_parent_that_is_named_by_its_id_alone_is_called_by_its_name() {
        let tree = Tree::new([organization("b", "Below", Some("a")), organization("a", "Above", None)]);
        let parent = tree.node(&id("b")).unwrap().organization.parent.clone().unwrap();
        assert_eq!((parent.id.as_str(), parent.name.raw()), ("a", "Above"));
    }

    #[test]
    fn children_stand_below_their_parents_by_name_whatever_the_order_of_rows() {
        let tree = Tree::new([
            organization("c2", "beta", Some("r")),
            organization("g", "Leaf", Some("c1")),
            organization("r2", "aardvark", None),
            organization("c1", "Alpha", Some("r")),
            organization("r", "Zoo", None),
            organization("c3", "", Some("r")),
        ]);
        assert_eq!(words(tree.roots()), ["r2", "r"]);
        let teams = ["team 10", "Team 9", "team 1"].map(|name| organization(name, name, None));
        assert_eq!(words(Tree::new(teams).roots()), ["team 1", "Team 9", "team 10"], "as people count");
        assert_eq!(words(&tree.node(&id("r")).unwrap().children), ["c1", "c2", "c3"]);
        assert_eq!(words(&tree.subtree(&id("r"))), ["r", "c1", "g", "c2", "c3"]);
        assert_eq!(words(&tree.above(&id("g"))), ["r", "c1"]);
        assert_eq!(words(&tree.above(&id("r"))), [""; 0]);
        assert_eq!(words(&tree.subtree(&id("nobody"))), [""; 0]);
    }

    #[test]
    fn orphans_and_circles_become_marked_roots_behind_the_sound_ones() {
        let tree = Tree::new([
            organization("self", "a", Some("self")),
            organization("x", "b", Some("y")),
            organization("y", "c", Some("x")),
            organization("below", "d", Some("x")),
            organization("lost", "e", Some("unseen")),
            organization("root", "z", None),
        ]);
        assert_eq!(words(tree.roots()), ["root", "self", "x", "y", "lost"]);
        let fault = |text| tree.node(&id(text)).unwrap().fault;
        assert_eq!(fault("self"), Some(TreeFault::Cycle));
        assert_eq!(fault("x"), Some(TreeFault::Cycle));
        assert_eq!(fault("y"), Some(TreeFault::Cycle));
        assert_eq!(fault("lost"), Some(TreeFault::Orphan));
        assert_eq!(fault("below"), None);
        assert_eq!(words(&tree.above(&id("below"))), ["x"]);
    }

    #[test]
    fn a_whole_record_counts_before_a_mere_mention() {
        let mention =
            Arc::new(Organization { raw: None, parent: None, ..(*organization("b", "mention", None)).clone() });
        let tree = Tree::new([organization("a", "A", None), organization("b", "whole", Some("a")), mention]);
        assert_eq!(tree.len(), 2);
        assert_eq!(words(&tree.above(&id("b"))), ["a"]);
    }

    proptest! {
        #[test]
        fn every_organization_is_reached_exactly_once_and_every_walk_ends(
            parents in proptest::collection::vec(proptest::option::of(0usize..24), 0..20)
        ) {
            let rows = parents.iter().enumerate().map(|(at, parent)| {
                let parent = parent.map(|parent| parent.to_string());
                organization(&at.to_string(), &format!("n{}", at % 3), parent.as_deref())
            });
            let tree = Tree::new(rows);
            let mut reached: HashMap<OrganizationId, u32> = HashMap::new();
            for root in tree.roots() {
                prop_assert!(tree.above(root).is_empty());
                for id in tree.subtree(root) {
                    *reached.entry(id).or_default() += 1;
                }
            }
            prop_assert_eq!(reached.len(), parents.len());
            prop_assert!(reached.values().all(|&times| times == 1));
            for id in reached.keys() {
                for above in tree.above(id) {
                    prop_assert!(tree.subtree(&above).contains(id));
                }
            }
        }
    }
}
