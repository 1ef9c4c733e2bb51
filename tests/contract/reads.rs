//! What a provider advertises to read works, and says the same in every way it can be asked.

use std::collections::{BTreeMap, BTreeSet};

use acctui::domain::{Account, AccountId, Failure, Lineage, Organization, OrganizationId, Subject};
use acctui::provider::{
    Capability, Cursor, DetailOptions, Levels, ListScope, Offer, OrganizationScope, Page, Provider,
};

use crate::house::Link;
use crate::ways::Ways;

pub const PLAIN: DetailOptions = DetailOptions { extra: false };
pub const FULL: DetailOptions = DetailOptions { extra: true };

/// How many of many are looked at one by one.
const SOME: usize = 4;

/// What reading showed.
#[derive(Default)]
pub struct Seen {
    /// All accounts.
    pub all: Vec<Account>,
    /// Those that open.
    pub open: Vec<Account>,
    /// All organizations that a listing gives without looking into accounts.
    pub organizations: Vec<Organization>,
    /// Where accounts stand, by the listings of the organizations.
    pub holder: BTreeMap<AccountId, OrganizationId>,
}

impl Seen {
    /// The way to an account, root first.
    fn way(&self, account: &AccountId) -> Vec<OrganizationId> {
        let mut way = Vec::new();
        let mut above = self.holder.get(account).cloned();
        while let Some(id) = above {
            let organization = self.organizations.iter().find(|one| one.key.id == id).unwrap();
            above = organization.parent.as_ref().map(|parent| parent.id.clone());
            way.insert(0, id);
        }
        way
    }
}

pub fn offers(link: &Link, capability: Capability) -> bool {
    link.kind.spec.offer(capability) == Offer::Yes
}

pub async fn pages<T>(mut page: impl AsyncFnMut(Cursor) -> Result<Page<T>, Failure>) -> Result<Vec<Page<T>>, Failure> {
    let mut pages = Vec::new();
    let mut next = Some(Cursor::First);
    while let Some(cursor) = next.take() {
        let page = page(cursor).await?;
        next.clone_from(&page.next);
        pages.push(page);
    }
    Ok(pages)
}

pub async fn accounts(provider: &dyn Provider, scope: &ListScope) -> Result<Vec<Account>, Failure> {
    let pages = pages(async |cursor| provider.accounts(scope, &cursor).await).await?;
    Ok(pages.into_iter().flat_map(|page| page.rows).collect())
}

pub async fn organizations(
    provider: &dyn Provider,
    scope: &OrganizationScope,
) -> Result<Vec<Page<Organization>>, Failure> {
    pages(async |cursor| provider.organizations(scope, &cursor).await).await
}

fn rows(pages: Vec<Page<Organization>>) -> Vec<Organization> {
    pages.into_iter().flat_map(|page| page.rows).collect()
}

pub fn ids(accounts: &[Account]) -> BTreeSet<AccountId> {
    accounts.iter().map(|account| account.key.id.clone()).collect()
}

pub fn inside(organization: &OrganizationId, parameters: &[(&str, &str)]) -> ListScope {
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let parameters = parameters.iter().map(own).collect();
    ListScope { organization: Some(organization.clone()), parameters, extra: false }
}

/// All that the provider advertises to read, but the profile, which is read where it is written.
pub async fn all_agree(link: &Link, ways: &Ways) -> Seen {
    let provider = link.provider();
    let identity = provider.identity().await.unwrap();
    assert_eq!(identity.provider.as_str(), ways.id);
    let all = accounts(provider, &ListScope::all()).await.unwrap();
    let count = (ways.accounts)(&link.world);
    assert_eq!((all.len(), ids(&all).len()), (count, count), "{}", link.name);
    assert!(all.iter().all(|account| !account.key.id.as_str().is_empty() && account.key.connection == link.name));
    let mut seen = Seen { all, ..Seen::default() };
    seen.open = details(link, ways, &seen.all).await;
    if offers(link, Capability::Hierarchy) {
        hierarchy(link, ways, &mut seen).await;
    }
    if offers(link, Capability::Lineage) {
        lineages(link, ways, &seen).await;
    }
    if offers(link, Capability::RemoteSearch) {
        searches(link, ways, &seen).await;
    }
    if offers(link, Capability::SignIn) {
        signs_in(link).await;
    }
    if offers(link, Capability::Switch) {
        for account in seen.open.iter().take(2) {
            assert_eq!(provider.switch(&account.key.id).await.unwrap().key, account.key);
        }
    }
    seen
}

/// Some accounts in full, and all of those that may be closed to us.
async fn details(link: &Link, ways: &Ways, all: &[Account]) -> Vec<Account> {
    let provider = link.provider();
    let mut open = Vec::new();
    for (place, row) in all.iter().enumerate() {
        let closed = (ways.closed)(&link.world, row);
        if closed.is_none() && place >= SOME && place + 1 < all.len() {
            open.push(row.clone());
            continue;
        }
        let read = provider.account(&row.key.id, PLAIN).await;
        if let Some(kind) = closed {
            let failure = read.expect_err(row.key.id.as_str());
            assert_eq!(failure.kind, kind, "{failure}");
            assert!(failure.hint.is_some(), "what to do about it: {failure:?}");
            continue;
        }
        let account = read.unwrap();
        assert_eq!((&account.key, &account.name, &account.kind), (&row.key, &row.name, &row.kind));
        assert_eq!(account.status, row.status);
        extra(link, &account).await;
        open.push(row.clone());
    }
    for (id, kind) in (ways.unknown)(&link.world) {
        let failure = provider.account(&AccountId::new(id), PLAIN).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
    }
    open
}

async fn extra(link: &Link, plain: &Account) {
    assert!(!plain.has_extra);
    let full = link.provider().account(&plain.key.id, FULL).await.unwrap();
    assert_eq!(full.key, plain.key);
    assert_eq!(full.has_extra, offers(link, Capability::Extra), "{}", link.name);
}

async fn hierarchy(link: &Link, ways: &Ways, seen: &mut Seen) {
    let provider = link.provider();
    let spec = link.kind.spec;
    let roots = rows(organizations(provider, &OrganizationScope::Roots).await.unwrap());
    assert!(!roots.is_empty() && roots.iter().all(|root| root.parent.is_none()));
    if spec.levels == Levels::ByRoot {
        for root in roots.iter().filter(|root| is_open(root, seen)).take(2) {
            below_a_root(provider, root).await;
        }
        for account in seen.all.iter().filter(|account| (ways.closed)(&link.world, account).is_some()) {
            let root = roots.iter().find(|root| root.account.as_ref() == Some(&account.key.id)).unwrap();
            let scope = OrganizationScope::Below(root.key.id.clone());
            provider.organizations(&scope, &Cursor::First).await.unwrap_err();
        }
        seen.organizations = roots;
        return;
    }
    let mut held = BTreeMap::new();
    let mut waiting = roots;
    while let Some(organization) = waiting.pop() {
        let id = organization.key.id.clone();
        let below = organizations(provider, &OrganizationScope::Below(id.clone())).await.unwrap();
        held.extend(below.iter().flat_map(|page| &page.holds).map(|account| (account.clone(), id.clone())));
        let below = rows(below);
        assert!(below.iter().all(|one| one.parent.as_ref().is_some_and(|parent| parent.id == id)));
        waiting.extend(below);
        for account in accounts(provider, &inside(&id, &[])).await.unwrap() {
            let before = seen.holder.insert(account.key.id, id.clone());
            assert_eq!(before, None, "an account stands in one place");
        }
        assert!(seen.organizations.iter().all(|one| one.key != organization.key), "an organization comes once");
        seen.organizations.push(organization);
    }
    for organization in seen.organizations.iter().take(SOME) {
        let read = provider.organization(&organization.key.id).await.unwrap();
        assert_eq!((&read.key, &read.name), (&organization.key, &organization.name));
        let above = |one: &Organization| one.parent.as_ref().map(|parent| parent.id.clone());
        assert_eq!(above(&read), above(organization));
    }
    if spec.levels == Levels::Together {
        let every = rows(organizations(provider, &OrganizationScope::Every).await.unwrap());
        let keys = |all: &[Organization]| all.iter().map(|one| one.key.id.clone()).collect::<BTreeSet<_>>();
        assert_eq!((every.len(), keys(&every)), (seen.organizations.len(), keys(&seen.organizations)));
    } else {
        assert_eq!(held, seen.holder, "what the levels hold is what their listings give");
    }
    assert!(seen.holder.keys().all(|id| seen.all.iter().any(|account| account.key.id == *id)));
    for account in &seen.all {
        let named = account.parent.as_ref().map(|parent| &parent.id);
        assert!(named.is_none() || named == seen.holder.get(&account.key.id), "{account:?}");
    }
}

fn is_open(root: &Organization, seen: &Seen) -> bool {
    seen.open.iter().any(|account| Some(&account.key.id) == root.account.as_ref())
}

/// All below a root comes at once; each can be asked for by itself.
async fn below_a_root(provider: &dyn Provider, root: &Organization) {
    let below = rows(organizations(provider, &OrganizationScope::Below(root.key.id.clone())).await.unwrap());
    let keys: BTreeSet<_> = below.iter().chain([root]).map(|one| one.key.id.clone()).collect();
    assert_eq!(keys.len(), below.len() + 1);
    for organization in below.iter().take(SOME) {
        let read = provider.organization(&organization.key.id).await.unwrap();
        assert_eq!((&read.key, &read.name), (&organization.key, &organization.name));
        assert_eq!(read.parent, organization.parent);
    }
    assert_eq!(provider.organization(&root.key.id).await.unwrap().key, root.key);
}

pub fn way(lineage: &Lineage) -> Vec<OrganizationId> {
    assert!(lineage.steps.iter().all(|step| step.linked), "{lineage:?}");
    lineage.steps.iter().map(|step| step.organization.key.id.clone()).collect()
}

async fn lineages(link: &Link, ways: &Ways, seen: &Seen) {
    let mut shown = BTreeSet::new();
    // One of each organization, as far as it goes: ways of every length.
    let placed = seen.holder.iter().filter(|(_, holder)| shown.insert((*holder).clone())).take(2 * SOME);
    for (id, _) in placed {
        let lineage = link.provider().lineage(id).await.unwrap();
        assert_eq!(lineage.steps[0].organization.parent, None, "the root comes first");
        let stands = seen.way(id);
        assert!((ways.agrees)(&lineage, &stands), "{lineage:?} against {stands:?}");
    }
    assert!(!shown.is_empty());
}

async fn searches(link: &Link, ways: &Ways, seen: &Seen) {
    let parameter = ways.search.expect("a provider with a search says by what");
    let placed = |account: &&Account| {
        let name = account.name.raw();
        seen.holder.contains_key(&account.key.id) && name.is_ascii() && !name.is_empty()
    };
    let account = seen.all.iter().find(placed).unwrap();
    for search in link.kind.spec.searches {
        assert!(search.fields.iter().any(|field| field.name == parameter));
        let mut scope = inside(&seen.holder[&account.key.id], &[(parameter, account.name.raw())]);
        if !search.in_organization {
            scope.organization = None;
        }
        let found = ids(&accounts(link.provider(), &scope).await.unwrap());
        assert!(
            found.contains(&account.key.id) && found.len() < seen.all.len(),
            "{}: {account:?} among {found:?}",
            search.title
        );
    }
}

async fn signs_in(link: &Link) {
    let provider = link.provider();
    let [first, second] = [provider.sign_in().await.unwrap(), provider.sign_in().await.unwrap()];
    assert!(first.page.starts_with(&link.origin) && !first.parameter.is_empty());
    assert_ne!(first.code, second.code);
    let seen = format!("{:?} {first:?}", link.records());
    assert!(!seen.contains(first.code.expose()) && !seen.contains(second.code.expose()));
}

/// The subjects that have profiles: an account that opens and the root.
pub fn profiled(link: &Link, seen: &Seen) -> Vec<Subject> {
    let mut subjects = Vec::new();
    if offers(link, Capability::ReadAccountProfile) {
        subjects.extend(seen.open.iter().take(2).map(|account| Subject::Account(account.key.clone())));
    }
    if offers(link, Capability::ReadOrganizationProfile) {
        subjects.push(Subject::Organization(crate::ways::root(&seen.organizations).key.clone()));
    }
    subjects
}
