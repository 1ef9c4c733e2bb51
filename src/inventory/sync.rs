//! Fills the inventory from a provider: all pages of accounts, and the organizations.

use std::collections::{HashSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::{Either, join, select};
use futures::stream::FuturesUnordered;

use super::listing::{Job, Listing};
use super::publisher::Publisher;
use super::walk::{Came, Step, Walk};
use super::{Hierarchy, Inventory, Meter, Metered, Snapshot, SyncState};
use crate::domain::{Account, ConnectionName, Failure, FailureKind, OrganizationId};
use crate::provider::{
    Capability, Clock, Cursor, Levels, ListScope, Offer, OrganizationScope, Page, Paging, Provider, Query, Reply,
};

/// Levels of a hierarchy that are asked for at a time: the pages of accounts come at the same time, and the shared
/// client allows 8 requests.
const LEVELS_AT_ONCE: usize = 3;

/// Lists everything that a connection sees, page by page, and calls `published` with a snapshot as pages come in (at
/// most ten times a second) and at the end. Old rows stay until the new listing is complete. Dropping the future gives
/// the listing up: what came stays and is called partial.
///
/// # Errors
/// The failure that made the list of accounts partial or empty; the inventory holds what came. How the organizations
/// fared is the view's `hierarchy`.
pub async fn sync(
    inventory: &Inventory,
    provider: &dyn Provider,
    connection: &ConnectionName,
    clock: &Clock,
    published: &mut (dyn FnMut(Arc<Snapshot>) + Send),
) -> Result<(), Failure> {
    let shown = Publisher::new(inventory, clock, published);
    let consent = inventory.consent(connection);
    let pause = inventory.unpaused(connection);
    let job = Job { inventory, provider, connection, clock, publisher: &shown, consent, pause: &pause };
    let (identified, first) = meet(job).await;
    // Whose rows would these be? Nothing is listed before that is settled; what the connection says of itself stays.
    let snapshot = inventory.snapshot();
    if let Some(failure) = snapshot.connection(connection).and_then(|view| view.contested(connection)) {
        shown.publish();
        return Err(identified.err().unwrap_or(failure));
    }
    let listing = Listing::begin(job).with_first(first);
    let result = match identified {
        Ok(()) => {
            shown.offer();
            side_by_side(job, listing).await
        }
        Err(failure) => listing.refuse(failure),
    };
    shown.publish();
    result
}

/// Accounts and organizations at the same time.
async fn side_by_side(job: Job<'_>, listing: Listing<'_>) -> Result<(), Failure> {
    let accounts = pin!(listing.run());
    let organizations = pin!(organizations(job));
    match select(accounts, organizations).await {
        Either::Left((result, organizations)) => {
            job.publisher.wait(organizations).await;
            result
        }
        Either::Right(((), accounts)) => job.publisher.wait(accounts).await,
    }
}

/// What the first page of a listing came to, if it was asked for already.
type First = Option<Result<Page<Account>, Failure>>;

/// Asks who the connection is, and at its first listing for the first page at the same time: two answers in the time of
/// one. The page is looked at once it is settled whose it is. Where more is known there is more to ask about first: what
/// it costs, and whether somebody else answers.
async fn meet(job: Job<'_>) -> (Result<(), Failure>, First) {
    let snapshot = job.inventory.snapshot();
    let is_new =
        snapshot.connection(job.connection).is_none_or(|view| view.sync == SyncState::Never && view.accounts == 0);
    if !is_new || job.provider.spec().paging != Paging::Numbered {
        return (identify(job).await, None);
    }
    let scope = ListScope::all();
    let first = job.pause.ask(|| job.provider.accounts(&scope, &Cursor::First));
    let (identified, first) = join(identify(job), first).await;
    (identified, Some(first))
}

/// Asks who the connection is, if that is not known or contested, or the credential was refused the last time.
async fn identify(job: Job<'_>) -> Result<(), Failure> {
    let snapshot = job.inventory.snapshot();
    // Who an earlier run found may be another by now.
    if let Some(view) = snapshot.connection(job.connection)
        && job.inventory.is_identified(job.connection)
        && view.contest.is_none()
        && !was_refused(&view.sync)
    {
        return Ok(());
    }
    match job.pause.ask(|| job.provider.identity()).await {
        Ok(identity) => {
            let at = (job.clock)();
            let reply = Reply::Identity(identity);
            job.inventory.absorb(job.connection, &Query::Identity, &reply, at);
            Ok(())
        }
        // A listing would fail in the same way; behind any other failure it may well work.
        Err(failure) => match failure.kind {
            FailureKind::Auth
            | FailureKind::Unreachable
            | FailureKind::Tls
            | FailureKind::Crashed
            | FailureKind::Local => Err(failure),
            FailureKind::Forbidden
            | FailureKind::NotFound
            | FailureKind::Refused
            | FailureKind::Conflict
            | FailureKind::Throttled { .. }
            | FailureKind::TimedOut
            | FailureKind::Server
            | FailureKind::Unreadable
            | FailureKind::Unsupported
            | FailureKind::Stopped => Ok(()),
        },
    }
}

fn was_refused(sync: &SyncState) -> bool {
    sync.trouble().is_some_and(|why| why.kind == FailureKind::Auth)
}

/// While organizations are asked for, those that accounts name by their ids stand nowhere yet.
struct Asking<'a>(Job<'a>);

impl<'a> Asking<'a> {
    fn begin(job: Job<'a>) -> Self {
        job.inventory.asks_organizations(job.connection, true);
        Self(job)
    }
}

/// One that is given up asks no more, either.
impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.inventory.asks_organizations(self.0.connection, false);
    }
}

/// Lists the organizations, or says why the hierarchy comes from elsewhere.
async fn organizations(job: Job<'_>) {
    let asking = Asking::begin(job);
    let spec = job.provider.spec();
    let hierarchy = match spec.offer(Capability::Hierarchy) {
        Offer::No(_) => Hierarchy::Flat,
        Offer::Yes => {
            let scope =
                if spec.levels == Levels::Together { OrganizationScope::Every } else { OrganizationScope::Roots };
            let listed = list_organizations(job, &scope).await;
            // Below roots that came, one level may well be closed to a credential that sees the others.
            let is_below = listed.is_ok();
            let listed = match listed {
                Ok(roots) if spec.levels == Levels::Walked => {
                    walk_levels(job, roots).await.map(|came| (OrganizationScope::Every, came))
                }
                Ok(level) => Ok((scope, level.came)),
                Err(why) => Err(why),
            };
            match listed {
                Ok((scope, came)) => {
                    job.inventory.settle_organizations(job.connection, &scope, &came);
                    let at = (job.clock)();
                    Hierarchy::Listed { at }
                }
                Err(why) if is_withheld(&why) && !is_below => Hierarchy::Derived { why },
                Err(why) => Hierarchy::Failed { why },
            }
        }
    };
    drop(asking);
    job.inventory.set_hierarchy(job.connection, hierarchy);
    job.publisher.offer();
}

/// Whether this credential may not list organizations, or there is nothing to list them from: a normal state.
fn is_withheld(why: &Failure) -> bool {
    matches!(why.kind, FailureKind::Forbidden | FailureKind::NotFound | FailureKind::Unsupported)
}

/// Lists level after level below the roots, several at a time, and gives the ids of all that came. A level that fails
/// does not keep the others from coming; where the rest is dear, none is asked for any more.
async fn walk_levels(job: Job<'_>, roots: Level) -> Result<HashSet<OrganizationId>, Failure> {
    let mut meter = Meter::new(job.provider, Metered::Organizations, job.consent);
    meter.used(roots.requests);
    let mut waiting: VecDeque<OrganizationId> = roots.came.iter().cloned().collect();
    let mut came = roots.came;
    let mut asked = FuturesUnordered::new();
    let mut failed = None;
    loop {
        if let Some(why) = meter.asks((waiting.len() + asked.len()) as u64).await {
            return Err(why);
        }
        while asked.len() < LEVELS_AT_ONCE
            && let Some(id) = waiting.pop_front()
        {
            asked.push(async move { list_organizations(job, &OrganizationScope::Below(id)).await });
        }
        match asked.next().await {
            // Whatever came before does not come again, so a hierarchy that leads back to itself ends, too.
            Some(Ok(level)) => {
                meter.used(level.requests);
                waiting.extend(level.came.into_iter().filter(|id| came.insert(id.clone())));
            }
            Some(Err(why)) => failed = Some(why),
            None => return failed.map_or(Ok(came), Err),
        }
    }
}

/// What a listing of organizations gave.
struct Level {
    came: HashSet<OrganizationId>,
    requests: u64,
}

/// Files every page of organizations and gives the ids that came.
async fn list_organizations(job: Job<'_>, scope: &OrganizationScope) -> Result<Level, Failure> {
    let (mut came, mut held) = (HashSet::new(), HashSet::new());
    let mut walk = Walk::default();
    let mut cursor = Cursor::First;
    let mut requests = 0;
    let mut meter = Meter::new(job.provider, Metered::Organizations, job.consent);
    loop {
        let mut page = job.pause.ask(|| job.provider.organizations(scope, &cursor)).await?;
        // A page may give accounts alone: thousands of them may stand in one organization.
        let (rows, before) = (page.rows.len() + page.holds.len(), came.len() + held.len());
        came.extend(page.rows.iter().map(|row| row.key.id.clone()));
        held.extend(page.holds.iter().cloned());
        let fresh = came.len() + held.len() - before;
        meter.saw(&page);
        requests += 1;
        // What comes while the connection is contested is lost, so what follows would be no whole listing.
        let next = page.next.take();
        job.inventory.list_organizations(job.connection, scope, page)?;
        job.publisher.offer();
        let step = walk.step(Came::of(rows, fresh), next);
        cursor = match step {
            Step::Next(cursor) => match meter.asks(0).await {
                Some(failure) => return Err(failure),
                None => cursor,
            },
            Step::End => return Ok(Level { came, requests }),
            Step::Stuck(failure) => return Err(failure),
        };
    }
}
