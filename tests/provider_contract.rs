//! The provider against the simulator: whichever of the things holds that Cloudflare's documents leave open, all rows
//! come once, what is written is read back, and each failure says truthfully what became of the request.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use acctui::domain::{
    Account, AccountId, Change, ChangeKind, ConnectionName, Credentials, Delivery, Failure, FailureKind, Moment,
    Organization, OrganizationId, Secret, Subject,
};
use acctui::provider::cloudflare::Cloudflare;
use acctui::provider::http::Policy;
use acctui::provider::{Cursor, DetailOptions, ListScope, OrganizationScope, Page, Provider, Settings};
use acctui::sim::{AccountsSpec, Options, Sim, assumptions};

const ADMIN: &[(&str, &str)] = &[("email", "admin@example.com"), ("key", "sim-key")];

/// Quick, but as stubborn as the program.
const POLICY: Policy =
    Policy { backoff: Duration::from_millis(1), backoff_cap: Duration::from_millis(5), ..Policy::DEFAULT };

/// A simulator that runs as long as this lives.
struct House {
    base_url: String,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl House {
    async fn open(options: Options) -> Self {
        let sim = Sim::bind(options).await.unwrap();
        let base_url = format!("http://{}/cloudflare/client/v4", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move { drop(stopped.await) });
        spawn(async move { serving.await.unwrap() });
        Self { base_url, _stop: stop }
    }

    fn provider(&self, fields: &[(&str, &str)]) -> Cloudflare {
        let fields: BTreeMap<String, Secret> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(*text))).collect();
        let settings = Settings {
            connection: ConnectionName::new("sim"),
            base_url: Some(self.base_url.clone()),
            budget: 0.5,
            credentials: Arc::new(move || {
                let fields = fields.clone();
                Box::pin(async { Ok(Credentials { fields, source: "a test".into() }) })
            }),
            recorder: Arc::new(|_| ()),
            clock: Arc::new(|| Moment(1_790_000_000_000)),
        };
        Cloudflare::new(settings, POLICY).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

fn small() -> Options {
    let accounts: AccountsSpec = "cloudflare=120".parse().unwrap();
    Options { accounts: vec![accounts], ..Options::default() }
}

async fn pages<T>(mut page: impl AsyncFnMut(Cursor) -> Result<Page<T>, Failure>) -> Result<Vec<T>, Failure> {
    let mut rows = Vec::new();
    let mut next = Some(Cursor::First);
    while let Some(cursor) = next {
        let page = page(cursor).await?;
        rows.extend(page.rows);
        next = page.next;
    }
    Ok(rows)
}

async fn accounts(provider: &Cloudflare, scope: &ListScope) -> Result<Vec<Account>, Failure> {
    pages(async |cursor| provider.accounts(scope, &cursor).await).await
}

async fn organizations(provider: &Cloudflare, scope: OrganizationScope) -> Result<Vec<Organization>, Failure> {
    pages(async |cursor| provider.organizations(&scope, &cursor).await).await
}

fn inside(organization: &OrganizationId, parameters: &[(&str, &str)]) -> ListScope {
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    ListScope {
        organization: Some(organization.clone()),
        parameters: parameters.iter().map(own).collect(),
        extra: false,
    }
}

fn ids(accounts: &[Account]) -> BTreeSet<AccountId> {
    accounts.iter().map(|account| account.key.id.clone()).collect()
}

/// All that must hold whichever way the open questions are answered.
async fn keeps_the_contract(options: Options) {
    let house = House::open(options).await;
    let provider = house.provider(ADMIN);
    assert_eq!(provider.identity().await.unwrap().user.raw(), "admin@example.com");
    assert_eq!(house.provider(&[("token", "sim-token")]).identity().await.unwrap().credential, "API token");
    let all = accounts(&provider, &ListScope::all()).await.unwrap();
    assert_eq!((all.len(), ids(&all).len()), (120, 120));
    hierarchy_agrees(&provider, &all).await;
    for account in all.iter().take(3) {
        profile_is_written(&provider, Subject::Account(account.key.clone())).await;
    }
    let organization = organizations(&provider, OrganizationScope::Roots).await.unwrap().remove(0);
    profile_is_written(&provider, Subject::Organization(organization.key.clone())).await;
    let unroutable = provider.account(&AccountId::new("no id"), DetailOptions::default()).await.unwrap_err();
    assert_eq!(unroutable.kind, FailureKind::NotFound, "{unroutable}");
    for wrong in
        [&[("token", "nobody's")][..], &[("token", "sim-token-expired")], &[("email", "a@b.example"), ("key", "x")]]
    {
        let failure = house.provider(wrong).identity().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth, "{failure}");
    }
}

async fn hierarchy_agrees(provider: &Cloudflare, all: &[Account]) {
    let every = organizations(provider, OrganizationScope::Every).await.unwrap();
    let mut level = organizations(provider, OrganizationScope::Roots).await.unwrap();
    let mut walked = 0;
    while let Some(organization) = level.pop() {
        walked += 1;
        let id = &organization.key.id;
        assert_eq!(&provider.organization(id).await.unwrap().key.id, id);
        level.extend(organizations(provider, OrganizationScope::Below(id.clone())).await.unwrap());
        let direct = accounts(provider, &inside(id, &[])).await.unwrap();
        let named: Vec<Account> = all
            .iter()
            .filter(|account| account.parent.as_ref().is_some_and(|parent| &parent.id == id))
            .cloned()
            .collect();
        assert_eq!(ids(&direct), ids(&named), "the listing and managed_by agree");
        if let Some(account) = direct.first() {
            let lineage = provider.lineage(&account.key.id).await.unwrap();
            assert_eq!(&lineage.parent().unwrap().key.id, id);
            assert_eq!(account.parent.as_ref().unwrap().id, *id);
        }
    }
    assert_eq!(walked, every.len());
}

async fn profile_is_written(provider: &Cloudflare, subject: Subject) {
    let before = provider.profile(&subject).await.unwrap();
    let mut values = before.values.clone();
    values.set("business_name", "Nåw Ltd \"quoted\"");
    values.set("business_email", "office@new.example");
    let change = Change {
        subject: subject.clone(),
        kind: ChangeKind::Profile,
        values: values.clone(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
    };
    provider.execute(&change).await.unwrap();
    let after = provider.profile(&subject).await.unwrap();
    assert!(after.exists);
    assert_eq!(after.values, values);
}

#[tokio::test]
async fn the_likeliest_cloudflare_is_understood() {
    keeps_the_contract(small()).await;
}

#[tokio::test]
async fn every_value_of_every_assumption_is_understood() {
    let all = assumptions();
    let most = all.iter().map(|assumption| assumption.values.len()).max().unwrap();
    for place in 1..most {
        // The questions do not depend on each other, so one house can hold a value of each.
        let nth = all.iter().filter_map(|one| Some(format!("{}={}", one.name, one.values.get(place)?)));
        let assume = nth.map(|text| text.parse().unwrap()).collect();
        eprintln!("value {place} of each");
        keeps_the_contract(Options { assume, ..small() }).await;
    }
}

#[tokio::test]
async fn twenty_draws_of_all_assumptions_are_understood() {
    for seed in 0..20 {
        eprintln!("seed {seed}");
        let assume = vec!["seed".parse().unwrap()];
        keeps_the_contract(Options { seed, assume, ..small() }).await;
    }
}

#[tokio::test]
async fn an_organizations_filters_and_order_reach_the_server() {
    let house = House::open(small()).await;
    let provider = house.provider(ADMIN);
    let all = accounts(&provider, &ListScope::all()).await.unwrap();
    let with_parent = |account: &&Account| account.parent.is_some() && account.name.raw().is_ascii();
    let account = all.iter().find(with_parent).unwrap();
    let (id, name) = (&account.parent.as_ref().unwrap().id, account.name.raw());
    let part = name.split(' ').next().unwrap();
    let whole = accounts(&provider, &inside(id, &[])).await.unwrap();
    for (parameter, text) in
        [("name", name), ("name.startsWith", part), ("name.contains", part), ("name.endsWith", name)]
    {
        for prefix in ["", "account_pub"] {
            let parameter = format!("{prefix}{parameter}");
            let found = accounts(&provider, &inside(id, &[(&parameter, text), ("page_size", "1")])).await.unwrap();
            assert!(ids(&found).contains(&account.key.id), "{parameter}={text}");
            assert!(ids(&found).is_subset(&ids(&whole)) && found.len() < whole.len().max(2), "{parameter}={text}");
        }
    }
    let order = |direction| inside(id, &[("order_by", "account_name"), ("direction", direction)]);
    let mut up = accounts(&provider, &order("asc")).await.unwrap();
    let down = accounts(&provider, &order("desc")).await.unwrap();
    up.reverse();
    let names = |accounts: &[Account]| accounts.iter().map(|one| one.name.raw().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&up), names(&down));
}

#[tokio::test]
async fn each_published_credential_is_what_it_says() {
    let house = House::open(small()).await;
    let token = |name: &'static str| house.provider(&[("token", name)]);
    let user = token("sim-token-user");
    assert_eq!(user.identity().await.unwrap().organization, None);
    let root = organizations(&house.provider(ADMIN), OrganizationScope::Roots).await.unwrap().remove(0);
    let failure = accounts(&user, &inside(&root.key.id, &[])).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.cause.contains("organizations are not enabled"), "{failure}");
    let owned = token("sim-token-account");
    let identity = owned.identity().await.unwrap();
    assert!(identity.credential.contains("account-owned"), "{identity:?}");
    let listed = accounts(&owned, &ListScope::all()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(identity.organization.unwrap().raw(), listed[0].key.id.as_str());
    let change = Change {
        subject: Subject::Account(listed[0].key.clone()),
        kind: ChangeKind::Profile,
        values: [("business_name", "x")].into_iter().collect(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
    };
    let failure = token("sim-token-readonly").execute(&change).await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Forbidden, Delivery::Answered));
}

fn with_faults(faults: &[&str]) -> Options {
    Options { faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(), ..small() }
}

#[tokio::test]
async fn a_rough_road_loses_no_row_and_doubles_none() {
    let rough = with_faults(&["429=0.05", "500=0.1", "reset=0.1", "truncate=0.05"]);
    let house = House::open(rough).await;
    let provider = house.provider(ADMIN);
    let mut complete = 0;
    for _ in 0..10 {
        if let Ok(all) = accounts(&provider, &ListScope::all()).await {
            assert_eq!((all.len(), ids(&all).len()), (120, 120));
            complete += 1;
        }
    }
    assert!(complete >= 5, "{complete} of 10");
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown() {
    for fault in ["drop-after-write=1", "500-after-write=1"] {
        let house = House::open(with_faults(&[fault])).await;
        let provider = house.provider(ADMIN);
        let account = accounts(&provider, &ListScope::all()).await.unwrap().remove(0);
        let subject = Subject::Account(account.key);
        let mut values = provider.profile(&subject).await.unwrap().values;
        values.set("business_name", "Written");
        let change = Change {
            subject: subject.clone(),
            kind: ChangeKind::Profile,
            values,
            secrets: std::collections::BTreeMap::new(),
            base: None,
        };
        let failure = provider.execute(&change).await.unwrap_err();
        assert_eq!(failure.delivery, Delivery::Unknown, "{fault}: {failure}");
        // And indeed: it was done.
        assert_eq!(provider.profile(&subject).await.unwrap().values.get("business_name"), "Written");
    }
}

#[tokio::test]
async fn no_organizations_at_all_leaves_the_accounts() {
    let house = House::open(with_faults(&["no-organizations"])).await;
    let provider = house.provider(ADMIN);
    assert_eq!(accounts(&provider, &ListScope::all()).await.unwrap().len(), 120);
    let failure = organizations(&provider, OrganizationScope::Every).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
}
