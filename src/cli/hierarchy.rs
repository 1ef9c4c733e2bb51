//! `tree`, and where a hierarchy comes from.

use std::collections::HashMap;
use std::sync::Arc;

use super::args::{Format, HierarchyView};
use super::desk::{Desk, Opened};
use super::kept::{self, Wanted, is_kept};
use super::list::go_on;
use super::rows::{Celled, Rows};
use super::stop::{Stop, Tally, status};
use super::{find, forest, pages};
use crate::domain::{Failure, FailureKind, Organization, OrganizationId, Tree, shown};
use crate::inventory::{Consent, Hierarchy, Meter, Metered};
use crate::provider::{Capability, Cursor, Levels, Offer, OrganizationScope};

/// `tree [ORG]`.
pub(super) async fn run(desk: &Desk, org: Option<&str>, wanted: Wanted, view: &HierarchyView) -> Result<(), Stop> {
    let shape = Rows::new(&view.rows(), &CSV)?;
    let opened = desk.open_to_read()?;
    let mut tally = Tally::default();
    let mut trees: Vec<(&Opened, Tree)> = Vec::new();
    for it in &opened {
        let (tree, trouble) = of(desk, it, wanted).await;
        count(&mut tally, it, trouble.as_ref(), tree.len());
        trees.push((it, tree));
    }
    if let Some(org) = org {
        let id = OrganizationId::new(org);
        let holders: Vec<_> = trees.iter().filter(|(_, tree)| tree.node(&id).is_some()).collect();
        if holders.len() > 1 {
            return Err(find::ambiguous("organization", org, holders.iter().map(|(it, _)| it.name())));
        }
        let Some((it, tree)) = holders.first() else {
            // A connection that failed may have it.
            tally.undelivered().end()?;
            let names: Vec<String> = opened.iter().map(|it| it.name().to_string()).collect();
            let words = format!("{}: there is no organization {}", names.join(", "), shown(org));
            return Err(Stop::new(status::NOT_FOUND, words));
        };
        write(desk, &shape, &[(*it, tree, vec![id])])?;
        return tally.end();
    }
    if tally.is_deliverable() {
        let all: Vec<_> = trees.iter().map(|(it, tree)| (*it, tree, tree.roots().to_vec())).collect();
        write(desk, &shape, &all)?;
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
pub(super) async fn of(desk: &Desk, opened: &Opened, wanted: Wanted) -> (Tree, Option<Trouble>) {
    let spec = opened.provider.spec();
    if let Offer::No(why) = spec.offer(Capability::Hierarchy) {
        desk.whisper(&format!("{}: {why}", opened.name()));
        return (Tree::default(), None);
    }
    if (wanted == Wanted::Kept || desk.common.offline)
        && let Some(tree) = whole(desk, opened).await
    {
        return (tree, None);
    }
    let mut organizations = HashMap::new();
    match listed(opened, &mut organizations).await {
        Ok(()) => (Tree::new(organizations.into_values()), None),
        Err(why) if is_withheld(&why) && organizations.is_empty() => {
            let (tree, failed) = derived(desk, opened, wanted).await;
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

async fn derived(desk: &Desk, opened: &Opened, wanted: Wanted) -> (Tree, Option<Failure>) {
    let inventory = desk.inventory().await;
    let synced = kept::bring(desk, [opened], &inventory, wanted, &|_| ()).await;
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

/// The names of csv: an organization's own, and its parent's id.
const CSV: [&str; 5] = ["connection", "id", "name", "type", "parent_id"];

/// The organizations of trees as rows, each before those below it.
fn rows(trees: &[Roots<'_>]) -> impl Iterator<Item = Celled<(), 5>> {
    trees.iter().flat_map(|(it, tree, roots)| {
        let below = roots.iter().flat_map(|root| tree.subtree(root));
        below.filter_map(|id| tree.node(&id)).map(|node| {
            let Organization { key, name, kind, parent, .. } = &*node.organization;
            let parent = parent.as_ref().map_or("", |parent| parent.id.as_str());
            let cells = [it.name().as_str(), key.id.as_str(), name.raw(), kind.raw(), parent].map(str::to_owned);
            Celled { row: (), cells }
        })
    })
}

fn write(desk: &Desk, shape: &Rows, trees: &[Roots<'_>]) -> Result<(), Stop> {
    let mut out = desk.out();
    let all = || trees.iter().flat_map(|(it, tree, roots)| roots.iter().map(|root| (it.name(), *tree, root)));
    match desk.format() {
        Format::Json => out.pieces(|to| forest::array(to, all(), shape.limit()))?,
        Format::Ndjson => out.pieces(|to| forest::lines(to, all(), shape.limit()))?,
        Format::Csv => {
            out.csv(shape.header().into_iter().map(Into::into))?;
            for row in rows(trees).take(shape.limit()) {
                out.csv(shape.chosen(&row).into_iter().map(Into::into))?;
            }
        }
        Format::Table if shape.is_chosen() => {
            let rows = rows(trees).take(shape.limit()).map(|row| shape.safe(&row));
            out.table(&shape.headings(), &rows.collect::<Vec<_>>())?;
        }
        Format::Table => {
            let mut left = shape.limit();
            for (it, tree, roots) in trees {
                if trees.len() > 1 {
                    let none = format!("  (no {})", it.provider.spec().hierarchy.many);
                    out.line(&format!("{}{}", it.name(), if roots.is_empty() { none.as_str() } else { "" }))?;
                }
                for line in forest::drawn(tree, roots, desk.signs(), out.columns()).take(left) {
                    out.line(&line)?;
                    left -= 1;
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
