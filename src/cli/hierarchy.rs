//! `tree`, and where a hierarchy comes from.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::args::Format;
use super::desk::{Desk, Opened};
use super::kept::{self, Wanted, is_kept};
use super::list::go_on;
use super::pages;
use super::stop::{Stop, Tally, status};
use crate::domain::{Failure, FailureKind, Organization, OrganizationId, Tree, TreeFault, Untrusted, shown};
use crate::inventory::{Consent, Hierarchy, Meter, Metered};
use crate::provider::{Capability, Cursor, Levels, Offer, OrganizationScope};

/// One organization with all below it.
#[derive(Serialize)]
struct Node<'a> {
    connection: &'a str,
    id: &'a str,
    name: &'a Untrusted,
    #[serde(rename = "type")]
    kind: &'a Untrusted,
    children: Vec<Node<'a>>,
}

/// `tree [ORG]`.
pub(super) async fn run(desk: &Desk, org: Option<&str>) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    let mut tally = Tally::default();
    let mut trees: Vec<(&Opened, Tree)> = Vec::new();
    for it in &opened {
        let (tree, trouble) = of(desk, it).await;
        count(&mut tally, it, trouble.as_ref(), tree.len());
        trees.push((it, tree));
    }
    if let Some(org) = org {
        let id = OrganizationId::new(org);
        let Some((it, tree)) = trees.iter().find(|(_, tree)| tree.node(&id).is_some()) else {
            // A connection that failed may have it.
            tally.undelivered().end()?;
            let names: Vec<String> = opened.iter().map(|it| it.name().to_string()).collect();
            let words = format!("{}: there is no organization {}", names.join(", "), shown(org));
            return Err(Stop::new(status::NOT_FOUND, words));
        };
        write(desk, &[(*it, tree, vec![id])])?;
        return tally.end();
    }
    if tally.is_deliverable() {
        let all: Vec<_> = trees.iter().map(|(it, tree)| (*it, tree, tree.roots().to_vec())).collect();
        write(desk, &all)?;
    }
    tally.end()
}

/// Why a connection's organizations are not all there.
pub(super) enum Trouble {
    /// The listing failed.
    Failed(Failure),
    /// They may not be listed, for this reason: those that there are come from the accounts.
    Derived(Failure),
}

/// Says how a connection's listing of organizations ended, after `came` of them.
pub(super) fn count(tally: &mut Tally, opened: &Opened, trouble: Option<&Trouble>, came: usize) {
    match trouble {
        None => tally.whole(),
        Some(Trouble::Failed(failure)) => tally.failed(opened.name(), failure, came),
        Some(Trouble::Derived(why)) => {
            let many = opened.provider.spec().hierarchy.many;
            let words = format!(
                "{many} may not be listed with this credential: these {came} are derived from accounts, which name \
                 their parents"
            );
            tally.derived(opened.name(), &words, why, came);
        }
    }
}

/// A connection's organizations, and what kept it from giving all. Where the provider lets nobody list them, they are
/// those that its accounts name as their parents.
pub(super) async fn of(desk: &Desk, opened: &Opened) -> (Tree, Option<Trouble>) {
    let spec = opened.provider.spec();
    if let Offer::No(why) = spec.offer(Capability::Hierarchy) {
        desk.whisper(&format!("{}: {why}", opened.name()));
        return (Tree::default(), None);
    }
    if let Some(tree) = whole(desk, opened).await {
        return (tree, None);
    }
    let mut organizations = HashMap::new();
    match listed(opened, &mut organizations).await {
        Ok(()) => (Tree::new(organizations.into_values()), None),
        Err(why) if is_withheld(&why) && organizations.is_empty() => {
            let (tree, failed) = derived(desk, opened).await;
            (tree, Some(failed.map_or(Trouble::Derived(why), Trouble::Failed)))
        }
        Err(why) => (Tree::new(organizations.into_values()), Some(Trouble::Failed(why))),
    }
}

/// The organizations as a whole listing gave them, if one is kept.
async fn whole(desk: &Desk, opened: &Opened) -> Option<Tree> {
    let snapshot = desk.inventory().await.snapshot();
    let view = snapshot.connection(opened.name())?;
    let is_whole = matches!(view.hierarchy, Hierarchy::Listed { .. }) && is_kept(&snapshot, opened.name());
    is_whole.then(|| (*view.tree).clone())
}

/// Whether this credential may not list organizations, or there is nothing to list them from: a normal state.
fn is_withheld(why: &Failure) -> bool {
    matches!(why.kind, FailureKind::Forbidden | FailureKind::NotFound | FailureKind::Unsupported)
}

/// All organizations in one listing, or level by level.
async fn listed(
    opened: &Opened,
    organizations: &mut HashMap<OrganizationId, Arc<Organization>>,
) -> Result<(), Failure> {
    let kind = opened.provider.spec().levels;
    let mut meter = Meter::new(&*opened.provider, Metered::Organizations, Consent::Needed);
    let mut scopes = vec![if kind == Levels::Together { OrganizationScope::Every } else { OrganizationScope::Roots }];
    while let Some(scope) = scopes.pop() {
        // Each level that is known of costs at least one request more.
        let levels = scopes.len() as u64;
        let fetch = async |cursor: &_| {
            let this = u64::from(*cursor == Cursor::First);
            go_on(opened, &mut meter, levels + this).await?;
            let page = opened.provider.organizations(&scope, cursor).await?;
            meter.saw(&page);
            Ok(page)
        };
        let mut came = Vec::new();
        let ended = pages::each(
            fetch,
            |row| row.key.id.clone(),
            |mut rows| {
                came.append(&mut rows);
                std::ops::ControlFlow::Continue(())
            },
        );
        let ended = ended.await;
        for organization in came {
            let id = organization.key.id.clone();
            let is_new = organizations.insert(id.clone(), Arc::new(organization)).is_none();
            if is_new && goes_deeper(kind, &scope) {
                scopes.push(OrganizationScope::Below(id));
            }
        }
        ended?;
    }
    Ok(())
}

/// Whether what stands below a listing's rows has to be asked for.
fn goes_deeper(levels: Levels, scope: &OrganizationScope) -> bool {
    match levels {
        Levels::Together => false,
        Levels::ByRoot => *scope == OrganizationScope::Roots,
        Levels::Walked => true,
    }
}

async fn derived(desk: &Desk, opened: &Opened) -> (Tree, Option<Failure>) {
    let inventory = desk.inventory().await;
    let synced = kept::bring(desk, [opened], &inventory, Wanted::Kept, &|_| ()).await;
    let snapshot = inventory.snapshot();
    let tree = snapshot.connection(opened.name()).map(|view| (*view.tree).clone());
    (tree.unwrap_or_default(), synced.into_iter().find_map(Result::err))
}

/// The organizations of a tree, each before those below it.
pub(super) fn flat(tree: &Tree) -> Vec<Arc<Organization>> {
    let below = tree.roots().iter().flat_map(|root| tree.subtree(root));
    below.filter_map(|id| tree.node(&id)).map(|node| Arc::clone(&node.organization)).collect()
}

type Roots<'a> = (&'a Opened, &'a Tree, Vec<OrganizationId>);

fn write(desk: &Desk, trees: &[Roots<'_>]) -> Result<(), Stop> {
    let mut out = desk.out();
    let nodes = || trees.iter().flat_map(|(it, tree, roots)| roots.iter().filter_map(|id| node(it, tree, id)));
    match desk.format() {
        Format::Json => out.document(&nodes().collect::<Vec<_>>())?,
        Format::Ndjson => {
            for node in nodes() {
                out.object(&node)?;
            }
        }
        Format::Csv => {
            out.csv(["connection", "id", "name", "type", "parent_id"].map(Into::into))?;
            for (it, tree, roots) in trees {
                for id in roots.iter().flat_map(|root| tree.subtree(root)) {
                    let Some(node) = tree.node(&id) else { continue };
                    let Organization { name, kind, parent, .. } = &*node.organization;
                    let parent = parent.as_ref().map_or("", |parent| parent.id.as_str());
                    let cells = [it.name().as_str(), id.as_str(), name.raw(), kind.raw(), parent];
                    out.csv(cells.map(Into::into))?;
                }
            }
        }
        Format::Table => {
            for (it, tree, roots) in trees {
                if trees.len() > 1 {
                    out.line(&it.name().to_string())?;
                }
                for line in lines(tree, roots) {
                    out.line(&line)?;
                }
            }
        }
    }
    out.flush()?;
    drop(out);
    if let [(it, _, roots)] = trees
        && roots.is_empty()
    {
        desk.whisper(it.provider.spec().hierarchy.none);
    }
    Ok(())
}

fn node<'a>(opened: &'a Opened, tree: &'a Tree, id: &OrganizationId) -> Option<Node<'a>> {
    let node = tree.node(id)?;
    Some(Node {
        connection: opened.name().as_str(),
        id: node.organization.key.id.as_str(),
        name: &node.organization.name,
        kind: &node.organization.kind,
        children: node.children.iter().filter_map(|child| self::node(opened, tree, child)).collect(),
    })
}

/// The tree as people draw it. With an own stack: no answer of a provider is too deep for it.
fn lines(tree: &Tree, roots: &[OrganizationId]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut stack: Vec<(OrganizationId, String, String)> =
        roots.iter().rev().map(|root| (root.clone(), String::new(), String::new())).collect();
    while let Some((id, before, below)) = stack.pop() {
        let Some(node) = tree.node(&id) else { continue };
        let name = &node.organization.name;
        let fault = match node.fault {
            None => "",
            Some(TreeFault::Orphan) => "  (its parent is not visible)",
            Some(TreeFault::Cycle) => "  (its parents lead back to it)",
        };
        lines.push(format!("{before}{name}  {id}{fault}"));
        for (nth, child) in node.children.iter().enumerate().rev() {
            let is_last = nth + 1 == node.children.len();
            let (branch, bar) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            stack.push((child.clone(), format!("{below}{branch}"), format!("{below}{bar}")));
        }
    }
    lines
}
