//! The tree's visible rows: every open connection and organization, in order. One walk over what is open, without
//! recursion, so that neither 50,000 children in one node nor a chain of 100,000 is a matter.

use std::collections::HashSet;

use super::{Node, Pane, tree};
use crate::app::State;
use crate::domain::{ConnectionName, OrganizationId, OrganizationKey, Tree, TreeFault, TreeNode};
use crate::provider::{Capability, Levels, Offer};

/// One visible row.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// The node.
    pub node: Node,
    /// 0 for connections.
    pub depth: usize,
    /// The row of the node above; none for connections.
    pub above: Option<usize>,
    /// Whether something stands, or may stand, below it.
    pub parent: bool,
    /// Why it stands among the roots although it names a parent.
    pub fault: Option<TreeFault>,
    /// Whether the user pinned it.
    pub pinned: bool,
    /// Whether the filter asks for itself, not for something below it.
    pub named: bool,
}

/// The rows as the inventory and the tree's state have them now.
pub(super) fn visible(state: &State) -> Vec<TreeRow> {
    let needle = state.organizations.filter.value().trim().to_lowercase();
    let mut rows = Vec::new();
    for connection in &state.setup.connections {
        let node = Node::Connection(connection.name.clone());
        let tree = tree(&state.snapshot, &connection.name);
        let flat = matches!(connection.spec.offer(Capability::Hierarchy), Offer::No(_));
        let at = rows.len();
        let is_open = state.organizations.expanded.contains(&node);
        let named = !needle.is_empty() && connection.name.as_str().to_lowercase().contains(&needle);
        rows.push(TreeRow { node, depth: 0, above: None, parent: !flat, fault: None, pinned: false, named });
        let Some(tree) = tree else { continue };
        let hierarchy =
            Hierarchy { connection: &connection.name, tree, pinned: state.own.pins.organizations(&connection.name) };
        if !needle.is_empty() {
            matching(&mut rows, &hierarchy, &needle);
            if rows.len() == at + 1 && !named {
                rows.truncate(at);
            }
        } else if is_open {
            let lazy = connection.spec.levels == Levels::ByRoot;
            open(&mut rows, &hierarchy, &state.organizations, lazy);
        }
    }
    rows
}

/// One connection's organizations, and which of them the user pinned.
struct Hierarchy<'a> {
    connection: &'a ConnectionName,
    tree: &'a Tree,
    pinned: HashSet<&'a OrganizationId>,
}

impl Hierarchy<'_> {
    /// Organizations that stand beside each other, pinned ones first.
    fn ordered<'t>(&self, ids: &'t [OrganizationId]) -> Vec<&'t OrganizationId> {
        let mut ids: Vec<&OrganizationId> = ids.iter().collect();
        if !self.pinned.is_empty() {
            ids.sort_by_cached_key(|id| !self.pinned.contains(id));
        }
        ids
    }
}

fn node(connection: &ConnectionName, id: &OrganizationId) -> Node {
    Node::Organization(OrganizationKey { connection: connection.clone(), id: id.clone() })
}

/// The expanded part of one hierarchy, below the last row. The arena's children never lead back, so the walk ends. `lazy`:
/// what stands below the roots comes only when it is asked for.
fn open(rows: &mut Vec<TreeRow>, hierarchy: &Hierarchy<'_>, pane: &Pane, lazy: bool) {
    let Hierarchy { connection, tree, pinned } = hierarchy;
    // What is still to come on each level that is open: the nodes, and the row above them.
    let mut levels = vec![(hierarchy.ordered(tree.roots()).into_iter(), rows.len() - 1)];
    while let Some((ids, above)) = levels.last_mut() {
        let Some(id) = ids.next() else {
            levels.pop();
            continue;
        };
        let Some(found) = tree.node(id) else { continue };
        let (node, above, depth) = (node(connection, id), *above, levels.len());
        let unknown = lazy && depth == 1 && !pane.asked.contains(&node);
        let parent = !found.children.is_empty() || unknown;
        if pane.expanded.contains(&node) {
            levels.push((hierarchy.ordered(&found.children).into_iter(), rows.len()));
        }
        let (fault, pinned) = (found.fault, pinned.contains(id));
        rows.push(TreeRow { node, depth, above: Some(above), parent, fault, pinned, named: false });
    }
}

/// One organization while a filter is looked for.
struct Looked<'a> {
    id: &'a OrganizationId,
    node: &'a TreeNode,
    depth: usize,
    /// Where the one above stands among those that were looked at.
    above: Option<usize>,
    /// Whether it matches itself.
    named: bool,
    /// Its row, once it or something below it matches; 0 until the rows are made.
    row: Option<usize>,
}

/// While a filter narrows the tree: the organizations whose name matches, and all above them.
fn matching(rows: &mut Vec<TreeRow>, hierarchy: &Hierarchy<'_>, needle: &str) {
    let Hierarchy { connection, tree, pinned } = hierarchy;
    let connection_row = rows.len() - 1;
    let mut looked: Vec<Looked> = Vec::with_capacity(tree.len());
    let mut stack: Vec<(&OrganizationId, usize, Option<usize>)> =
        hierarchy.ordered(tree.roots()).into_iter().rev().map(|id| (id, 1, None)).collect();
    while let Some((id, depth, above)) = stack.pop() {
        let Some(node) = tree.node(id) else { continue };
        let here = looked.len();
        let named =
            node.organization.name.raw().to_lowercase().contains(needle) || id.as_str().to_lowercase().contains(needle);
        looked.push(Looked { id, node, depth, above, named, row: None });
        stack.extend(hierarchy.ordered(&node.children).into_iter().rev().map(|child| (child, depth + 1, Some(here))));
        if named {
            // What stands above one that is kept is kept already: no step is taken twice.
            let mut at = Some(here);
            while let Some(one) = at.filter(|&one| looked[one].row.is_none()) {
                looked[one].row = Some(0);
                at = looked[one].above;
            }
        }
    }
    for at in 0..looked.len() {
        if looked[at].row.is_none() {
            continue;
        }
        looked[at].row = Some(rows.len());
        let one = &looked[at];
        let above = one.above.map_or(Some(connection_row), |above| looked[above].row);
        let node = node(connection, one.id);
        let pinned = pinned.contains(one.id);
        let (depth, fault, named) = (one.depth, one.node.fault, one.named);
        rows.push(TreeRow { node, depth, above, parent: false, fault, pinned, named });
    }
}
