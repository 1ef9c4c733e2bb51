//! Reads for many changes at once: the listings of the organizations that they leave and go to.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::legal::ends_of;
use super::merge::what;
use super::read::{Found, SIDE_BY_SIDE, SINGLY, is_partial};
use super::road::Road;
use crate::domain::{
    Account, AccountId, AccountKey, Change, ChangeKind, Failure, FailureKind, OrganizationId, Subject,
};
use crate::inventory::{Came, Step, Walk, sync};
use crate::provider::{Capability, Cursor, Levels, ListScope, Offer, Page, Query, Reply};

/// So many accounts that no listing shows are asked for one by one: they are gone, or moved elsewhere. That more of them
/// are speaks against what is known of the connection.
const HANDFUL: usize = 5;

/// Where a listing showed an account.
struct Shown {
    account: Account,
    /// The organization that holds it; `None` outside any, or where the listing does not tell.
    above: Option<OrganizationId>,
    /// Whether no organization means that it stands in none.
    tells: bool,
}

/// What the listings of many changes showed.
#[derive(Default)]
pub(super) struct Listings {
    shown: HashMap<AccountId, Shown>,
    /// Accounts that stand where they are to be moved.
    there: HashSet<(OrganizationId, AccountId)>,
    /// Accounts that listings were to answer for and did not, and why they are not asked for one by one.
    refused: HashMap<AccountId, Failure>,
}

/// Whether listings can answer for a kind of change.
fn is_listed(kind: ChangeKind) -> bool {
    match kind {
        ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount => true,
        ChangeKind::Profile
        | ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => false,
    }
}

impl Road<'_> {
    /// Whether listings can answer for a change: not for one of fields that no listing gives.
    pub(super) fn is_listed(&self, change: &Change) -> bool {
        is_listed(change.kind) && !self.options(change).extra
    }
}

/// Which listings answer for many changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Organizations that hold the accounts, as far as is known.
    pub(super) sources: BTreeSet<OrganizationId>,
    /// Organizations that accounts are moved to, and that are no source.
    pub(super) destinations: BTreeSet<OrganizationId>,
    /// Whether all accounts of the connection are listed: of some nobody knows where they stand.
    pub(super) all: bool,
}

impl Wanted {
    /// The listings for these changes; `None` where each is read for by itself.
    pub(super) fn of(road: &Road<'_>, changes: &[&Change]) -> Option<Self> {
        let listed = || changes.iter().filter(|change| road.is_listed(change));
        if listed().count() <= SINGLY {
            return None;
        }
        let mut wanted = Self::default();
        let has_organizations = road.provider.spec().offer(Capability::Hierarchy) == Offer::Yes;
        for change in listed() {
            let Subject::Account(key) = &change.subject else {
                continue;
            };
            let given = Some(change.values.get(Change::FROM)).filter(|from| !from.is_empty());
            match road.known_parent(key).or_else(|| given.map(OrganizationId::new)) {
                Some(source) if has_organizations => {
                    wanted.sources.insert(source);
                }
                Some(_) | None => wanted.all = true,
            }
            let to = change.values.get(Change::TO);
            if has_organizations && change.kind == ChangeKind::MoveAccount && !to.is_empty() {
                wanted.destinations.insert(OrganizationId::new(to));
            }
        }
        wanted.destinations.retain(|destination| !wanted.sources.contains(destination));
        Some(wanted)
    }
}

impl Listings {
    /// Asks for what these changes need; nothing where each is read for by itself.
    pub(super) async fn of(road: &Road<'_>, changes: &[&Change]) -> Self {
        let mut found = Self::default();
        let Some(wanted) = Wanted::of(road, changes) else {
            return found;
        };
        let keys: HashSet<&AccountKey> = changes
            .iter()
            .filter(|change| road.is_listed(change))
            .filter_map(|change| match &change.subject {
                Subject::Account(key) => Some(key),
                Subject::Organization(_) | Subject::Connection(_) => None,
            })
            .collect();
        let trouble = found.ask(road, &wanted, &keys).await;
        found.settle_missing(road, changes, trouble.as_ref());
        found
    }

    /// Makes the listings. Gives the failure that keeps accounts from being shown, if there was one.
    async fn ask(&mut self, road: &Road<'_>, wanted: &Wanted, keys: &HashSet<&AccountKey>) -> Option<Failure> {
        let organizations = wanted.sources.iter().chain(&wanted.destinations);
        let listings = organizations.map(|organization| -> BoxFuture<'_, _> {
            async move { (organization, road.listing(Some(organization)).await) }.boxed()
        });
        let listings: Vec<_> = listings.collect();
        let listed: Vec<_> = stream::iter(listings).buffered(SIDE_BY_SIDE).collect().await;
        let mut trouble = None;
        let mut all = wanted.all;
        let mut held = Vec::new();
        for (organization, answer) in listed {
            match answer {
                Ok(accounts) => held.push((organization, accounts)),
                // A source answers for its accounts; that a destination can't be listed only hides who is there already.
                Err(why) if wanted.sources.contains(organization) => {
                    all |= is_closed(&why);
                    trouble = Some(why);
                }
                Err(_) => {}
            }
        }
        if all {
            match self.ask_all(road, keys).await {
                Ok(()) => trouble = None,
                Err(why) => trouble = Some(why),
            }
        }
        for (organization, accounts) in held {
            for account in accounts.into_iter().filter(|account| keys.contains(&account.key)) {
                self.there.insert((organization.clone(), account.key.id.clone()));
                let shown = Shown { above: Some(organization.clone()), tells: true, account };
                self.shown.insert(shown.account.key.id.clone(), shown);
            }
        }
        trouble
    }

    /// All accounts of the connection. Where their records do not say in which organization they stand, the organizations
    /// are walked as well.
    async fn ask_all(&mut self, road: &Road<'_>, keys: &HashSet<&AccountKey>) -> Result<(), Failure> {
        let is_walked = road.provider.spec().levels == Levels::Walked;
        let accounts = if is_walked {
            sync(road.inventory, road.provider, road.connection, road.clock, &mut |_| ()).await?;
            let snapshot = road.inventory.snapshot();
            let rows = keys.iter().filter_map(|key| snapshot.row(key));
            road.inventory.records(rows).collect()
        } else {
            road.listing(None).await?
        };
        for account in accounts.into_iter().filter(|account| keys.contains(&account.key)) {
            let above = account.parent.as_ref().map(|parent| parent.id.clone());
            self.shown.insert(account.key.id.clone(), Shown { account, above, tells: !is_walked });
        }
        Ok(())
    }

    /// Decides on accounts that no listing answers for.
    fn settle_missing(&mut self, road: &Road<'_>, changes: &[&Change], trouble: Option<&Failure>) {
        let missing: Vec<&&Change> =
            changes.iter().filter(|change| road.is_listed(change) && self.answer(road, change).is_none()).collect();
        let ended = if missing.iter().any(|change| change.kind.ends()) { ended(road) } else { HashSet::new() };
        let (ended, missing): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|change| ended.contains(&change.subject));
        for change in ended {
            let cause = "no listing shows it any more, and the journal has its end";
            self.refuse(change, Failure::new(FailureKind::NotFound, what(change), cause));
        }
        if let Some(why) = trouble {
            for change in missing {
                self.refuse(change, why.clone());
            }
        } else if missing.len() > HANDFUL {
            let cause = format!(
                "it does not stand where it was known to be, like {} others of this plan: they are gone, or were moved",
                missing.len() - 1
            );
            for change in missing {
                let failure = Failure::new(FailureKind::Conflict, what(change), cause.clone());
                self.refuse(change, failure.with_hint("sync the connection, then plan again"));
            }
        }
    }

    fn refuse(&mut self, change: &Change, failure: Failure) {
        if let Subject::Account(key) = &change.subject {
            self.refused.insert(key.id.clone(), failure);
        }
    }

    /// What the listings say for a change; `None` where it is read for by itself.
    pub(super) fn answer(&self, road: &Road<'_>, change: &Change) -> Option<Result<Found, Failure>> {
        let Subject::Account(key) = &change.subject else {
            return None;
        };
        if !road.is_listed(change) {
            return None;
        }
        if let Some(failure) = self.refused.get(&key.id) {
            return Some(Err(failure.clone()));
        }
        let shown = self.shown.get(&key.id)?;
        let is_move = change.kind == ChangeKind::MoveAccount;
        let to = OrganizationId::new(change.values.get(Change::TO));
        let above = if is_move && self.there.contains(&(to.clone(), key.id.clone())) {
            Some(to)
        } else if is_move {
            shown.above.clone()
        } else {
            // As a single read gives it: what the record says comes first.
            shown.account.parent.as_ref().map(|parent| parent.id.clone()).or_else(|| shown.above.clone())
        };
        if is_move && above.is_none() && !shown.tells {
            return None;
        }
        let found = road.found(change, &shown.account, above.as_ref());
        let is_update = change.kind == ChangeKind::UpdateAccount;
        let form = road.provider.spec().form_of(change);
        (!is_update || !is_partial(form, &found.before)).then_some(Ok(found))
    }
}

/// Whether an organization's listing is closed to this credential, or there is none: the connection's own may answer.
fn is_closed(why: &Failure) -> bool {
    matches!(why.kind, FailureKind::Forbidden | FailureKind::NotFound | FailureKind::Unsupported)
}

/// What the journal has an end of that was sent.
fn ended(road: &Road<'_>) -> HashSet<Subject> {
    let records = road.journal.records().unwrap_or_default().records;
    ends_of(&records).into_iter().map(|record| record.subject.clone()).collect()
}

impl Road<'_> {
    /// All accounts directly in an organization, or all of the connection. The inventory learns them at once.
    async fn listing(&self, organization: Option<&OrganizationId>) -> Result<Vec<Account>, Failure> {
        let scope = ListScope { organization: organization.cloned(), ..ListScope::all() };
        let mut came = Rows::default();
        let mut walk = Walk::default();
        let first = self.provider.accounts(&scope, &Cursor::First).await?;
        let pages = first.pages.unwrap_or_default();
        let mut next = came.take(first);
        if let (Some(Cursor::Page(_)), 2..) = (&next.1, pages) {
            // Numbered pages can be had side by side; the last of them says whether there are more by now.
            let numbers = 2..=pages;
            let asked = numbers.map(|number| -> BoxFuture<'_, _> {
                let scope = &scope;
                async move { self.provider.accounts(scope, &Cursor::Page(number)).await }.boxed()
            });
            let asked: Vec<_> = asked.collect();
            let mut answers = stream::iter(asked).buffered(SIDE_BY_SIDE);
            while let Some(page) = answers.next().await {
                next = came.take(page?);
                if next.0 != Came::Fresh {
                    break;
                }
            }
        }
        loop {
            let cursor = match walk.step(next.0, next.1) {
                Step::Next(cursor) => cursor,
                Step::End => break,
                Step::Stuck(_) if came.total.is_some_and(|total| came.ids.len() as u64 >= total) => break,
                Step::Stuck(failure) => return Err(failure),
            };
            next = came.take(self.provider.accounts(&scope, &cursor).await?);
        }
        let page = Page {
            rows: came.accounts.clone(),
            next: None,
            total: None,
            pages: None,
            messages: Vec::new(),
            holds: Vec::new(),
        };
        self.learn(&Query::Accounts(scope, Cursor::First), &Reply::Accounts(page));
        Ok(came.accounts)
    }
}

/// The accounts of a listing, each once.
#[derive(Default)]
struct Rows {
    ids: HashSet<AccountId>,
    accounts: Vec<Account>,
    /// The least total that a page named.
    total: Option<u64>,
}

impl Rows {
    fn take(&mut self, page: Page<Account>) -> (Came, Option<Cursor>) {
        let (rows, before) = (page.rows.len(), self.ids.len());
        for account in page.rows {
            if self.ids.insert(account.key.id.clone()) {
                self.accounts.push(account);
            }
        }
        self.total = match (self.total, page.total) {
            (Some(before), Some(now)) => Some(before.min(now)),
            (before, now) => before.or(now),
        };
        (Came::of(rows, self.ids.len() - before), page.next)
    }
}
