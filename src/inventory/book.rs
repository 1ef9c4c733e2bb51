//! The organizations of one connection: from listings, lineages, single reads, and accounts that name them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::Hierarchy;
use super::disk::{OwnerNo, Resume};
use super::pause::Pause;
use super::search::RowSet;
use super::sure::Sure;
use crate::domain::{
    AccountId, ConnectionName, Lineage, Listed, Moment, Organization, OrganizationId, OrganizationKey, ParentRef,
    ProviderId, Tree, Untrusted,
};
use crate::provider::OrganizationScope;

/// What one connection's tree is made of, and its current listing.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own, in any combination")]
pub(super) struct Book {
    /// From the provider's listings.
    listed: IndexMap<OrganizationId, Arc<Organization>>,
    /// From lineages and single reads: whole records with their parents.
    seen: HashMap<OrganizationId, Arc<Organization>>,
    /// Named by accounts as their parents: an id and at best a name.
    named: HashMap<OrganizationId, Arc<Organization>>,
    /// The organizations that hold accounts whose own records do not say so: from listings of organizations.
    held: HashMap<AccountId, ParentRef>,
    /// Whether `listed` is all there is, and not some levels of it.
    whole: bool,
    /// The parents that the listing gave accounts whose lineage says otherwise. When the listing changes its mind, the
    /// lineage is out of date.
    overruled: HashMap<AccountId, Option<ParentRef>>,
    /// What its confirmed writes say, whatever stale reads do.
    pub(super) sure: Sure,
    /// The listing of accounts that is under way or was the last.
    pub(super) run: u32,
    /// The rows that it gave.
    pub(super) given: Arc<RowSet>,
    /// A listing that was interrupted; the rows that it gave are in `given`.
    pub(super) interrupted: Option<Interrupted>,
    /// Whose rows these are on the disk, as it was when they were read.
    pub(super) owner: Option<OwnerNo>,
    /// Whether it has said who it is since the program runs.
    pub(super) identified: bool,
    /// Rows of this connection.
    pub(super) accounts: u64,
    /// Pages of the last whole listing of accounts.
    pub(super) pages: Option<u64>,
    /// Holds the sync up that runs.
    pub(super) pause: Pause,
    /// The user agrees to what the next sync costs.
    pub(super) agreed: bool,
    /// Whether a sync is asking for its organizations.
    pub(super) asking: bool,
    /// Whether the tree must be made anew.
    pub(super) changed: bool,
}

/// A listing that ended before its last page, and may go on.
#[derive(Clone, Debug)]
pub(super) struct Interrupted {
    /// The number that the disk knows it by, if an earlier run of the program began it.
    pub(super) run: Option<u64>,
    pub(super) resume: Resume,
}

impl Interrupted {
    /// What came of it counts for as long as one listing may well take: an hour, in milliseconds. Later the pages would
    /// be of two times.
    const FRESH: u64 = 3_600_000;

    pub(super) fn is_fresh(&self, now: Moment) -> bool {
        let began = self.resume.began_at;
        began <= now && now.since(began) < Self::FRESH
    }

    pub(super) fn pages(&self) -> u32 {
        u32::try_from(self.resume.done.len()).unwrap_or(u32::MAX)
    }
}

impl Book {
    /// The listing gave a row; says whether that is new.
    pub(super) fn give(&mut self, row: u32) -> bool {
        let is_new = !self.given.has(row);
        if is_new {
            Arc::make_mut(&mut self.given).add(row);
        }
        is_new
    }

    /// Takes in listed organizations.
    pub(super) fn list(&mut self, organizations: Vec<Organization>) {
        for organization in organizations {
            if self.sure.has(&organization.key.id) == Some(false) {
                continue;
            }
            self.changed = true;
            self.listed.insert(organization.key.id.clone(), Arc::new(organization));
        }
    }

    /// Takes note of the accounts that a listing of organizations puts into one of them.
    pub(super) fn hold(&mut self, organization: &OrganizationId, accounts: &[AccountId]) {
        let parent = self.named(ParentRef { id: organization.clone(), name: Untrusted::default() });
        let fresh = accounts.iter().filter(|account| !self.sure.is_stale(account, Some(organization)));
        self.held.extend(fresh.map(|account| (account.clone(), parent.clone())));
    }

    /// A parent by the name that a listing of organizations gives it; `None` if that is the name that it has. One known
    /// by its id alone takes the name that other accounts give it, where no listing knows it.
    pub(super) fn called(&self, parent: &ParentRef) -> Option<ParentRef> {
        let known = self.listed.get(&parent.id).or_else(|| self.seen.get(&parent.id));
        let by_accounts = || self.named.get(&parent.id).filter(|_| parent.name.is_empty());
        let known = known.filter(|known| !known.name.is_empty()).or_else(by_accounts)?;
        let is_news = known.name != parent.name && !known.name.is_empty();
        is_news.then(|| ParentRef { id: parent.id.clone(), name: known.name.clone() })
    }

    /// A parent with the name that is known of it, if it comes by its id alone: no name is ever forgotten for none.
    pub(super) fn named(&self, parent: ParentRef) -> ParentRef {
        if parent.name.is_empty() { self.called(&parent).unwrap_or(parent) } else { parent }
    }

    /// The organization that holds an account, where its own record does not say it and a listing of organizations does.
    pub(super) fn holder(&self, account: &AccountId) -> Option<&ParentRef> {
        self.held.get(account)
    }

    /// A listing of this scope ended with all its pages: what stood there and did not come again is gone, with all
    /// below it. Gives what is gone.
    pub(super) fn settle(
        &mut self,
        scope: &OrganizationScope,
        came: &HashSet<OrganizationId>,
    ) -> HashSet<OrganizationId> {
        self.changed = true;
        let stands_there = |organization: &Organization| {
            let parent = organization.parent.as_ref().map(|parent| &parent.id);
            match scope {
                OrganizationScope::Every => true,
                OrganizationScope::Roots => parent.is_none(),
                OrganizationScope::Below(id) => parent == Some(id),
            }
        };
        let gone: Vec<OrganizationId> = self
            .listed
            .values()
            .filter(|organization| stands_there(organization))
            .map(|organization| organization.key.id.clone())
            .filter(|id| !came.contains(id) && self.sure.has(id) != Some(true))
            .collect();
        if matches!(scope, OrganizationScope::Every) {
            self.whole = true;
        }
        if gone.is_empty() {
            return HashSet::new();
        }
        let tree = Tree::new(self.listed.values().cloned());
        let below = gone.iter().flat_map(|id| tree.subtree(id));
        let gone: HashSet<OrganizationId> = below.filter(|id| !came.contains(id)).collect();
        self.listed.retain(|id, _| !gone.contains(id));
        self.seen.retain(|id, _| !gone.contains(id));
        gone
    }

    /// The rows as they were kept: who stands in which organization where only listings of organizations say so, and that
    /// these are all there are.
    pub(super) fn recall(&mut self, whole: bool) {
        (self.whole, self.changed) = (whole, true);
    }

    /// Notes who holds an account, as it was kept.
    pub(super) fn held_by(&mut self, account: AccountId, parent: ParentRef) {
        self.held.insert(account, parent);
    }

    /// The accounts that are there for sure, whatever listings say.
    pub(super) fn sure_of(&self) -> Vec<AccountId> {
        self.sure.there()
    }

    /// Takes in one organization that was read by itself. A listed one keeps its parent if the single record names none.
    pub(super) fn read(&mut self, organization: &Organization) {
        if self.sure.has(&organization.key.id) == Some(false) {
            return;
        }
        self.changed = true;
        let id = organization.key.id.clone();
        let mut organization = organization.clone();
        let known = self.listed.get(&id).or_else(|| self.seen.get(&id));
        if let Some(known) = known.filter(|_| organization.parent.is_none()) {
            organization.parent.clone_from(&known.parent);
        }
        let organization = Arc::new(organization);
        match self.listed.get_mut(&id) {
            Some(listed) => *listed = organization,
            None => {
                self.seen.insert(id, organization);
            }
        }
    }

    /// An organization is gone.
    pub(super) fn forget_one(&mut self, id: &OrganizationId) {
        self.changed = true;
        self.listed.shift_remove(id);
        self.seen.remove(id);
        self.named.remove(id);
    }

    /// Takes in the organizations of a lineage; what a listing gave stays.
    pub(super) fn trace(&mut self, lineage: &Lineage) {
        for step in &lineage.steps {
            let organization = &step.organization;
            if !self.listed.contains_key(&organization.key.id) {
                self.changed = true;
                self.seen.insert(organization.key.id.clone(), Arc::new(organization.clone()));
            }
        }
    }

    /// Takes note of the organization that an account names as its parent.
    pub(super) fn name(&mut self, account: &impl Listed) {
        if let Some(parent) = account.parent() {
            self.name_one(account.connection(), account.provider(), parent);
        }
    }

    /// The same of an organization that accounts of this provider name.
    pub(super) fn name_one(&mut self, connection: &ConnectionName, provider: &ProviderId, parent: &ParentRef) {
        let known = self.named.get(&parent.id);
        if known.is_some_and(|known| !known.name.is_empty() || parent.name.is_empty()) {
            return;
        }
        self.changed = true;
        let organization = Organization {
            key: OrganizationKey { connection: connection.clone(), id: parent.id.clone() },
            provider: provider.clone(),
            name: parent.name.clone(),
            kind: Untrusted::new("organization"),
            parent: None,
            account: None,
            created_at: None,
            raw: None,
        };
        self.named.insert(parent.id.clone(), Arc::new(organization));
    }

    /// Forgets whom accounts named; they are asked again.
    pub(super) fn forget_names(&mut self) {
        self.changed = true;
        self.named.clear();
    }

    /// The tree of all that is known. While the provider lists its organizations level by level, the parents that
    /// accounts name are left out: they stand somewhere below, not among the roots.
    pub(super) fn tree(&self, hierarchy: &Hierarchy, asking: bool) -> Tree {
        let named = match hierarchy {
            Hierarchy::Unknown | Hierarchy::Flat => !asking,
            Hierarchy::Listed { .. } => self.whole,
            Hierarchy::Derived { .. } | Hierarchy::Failed { .. } => true,
        };
        let unlisted = |id: &OrganizationId| !self.listed.contains_key(id);
        let seen = self.seen.iter().filter(|(id, _)| unlisted(id));
        let named = self.named.iter().filter(|(id, _)| named && unlisted(id) && !self.seen.contains_key(*id));
        let rest = seen.chain(named).map(|(_, organization)| organization);
        Tree::new(self.listed.values().chain(rest).cloned())
    }

    /// Notes the parent that a listing gave before a lineage overruled it.
    pub(super) fn overrule(&mut self, id: &AccountId, listed: Option<ParentRef>) {
        self.overruled.entry(id.clone()).or_insert(listed);
    }

    /// Whether a lineage that ends at `parent` still counts for an account that the listing puts elsewhere: not if the
    /// listing has changed its mind since and does not agree.
    pub(super) fn stands(&mut self, id: &AccountId, parent: Option<&ParentRef>, listed: Option<&ParentRef>) -> bool {
        let place = |parent: Option<&ParentRef>| parent.map(|parent| parent.id.clone());
        let before = self.overruled.entry(id.clone()).or_insert_with(|| listed.cloned());
        if place(before.as_ref()) == place(listed) {
            return true;
        }
        let agrees = place(parent) == place(listed);
        if agrees {
            *before = listed.cloned();
        } else {
            self.overruled.remove(id);
        }
        agrees
    }
}
