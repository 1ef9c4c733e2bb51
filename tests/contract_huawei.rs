//! Huawei Cloud's provider against the simulator: whichever of the things holds that its documents leave open, all rows
//! come once, what is written is read back, and what is refused says why.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acctui::domain::{
    Account, AccountId, Change, ChangeKind, ConnectionName, Credentials, Failure, FailureKind, Lineage, Moment,
    OrganizationId, Secret, Subject,
};
use acctui::inventory::{Hierarchy, Inventory, sync};
use acctui::provider::http::Policy;
use acctui::provider::huawei::Huawei;
use acctui::provider::{
    Cursor, DetailOptions, ListScope, Made, OrganizationScope, Page, Progress, Provider, RequestState, Settings,
};
use acctui::sim::{AccountsSpec, Options, Sim, assumptions};

const ADMIN: &[(&str, &str)] = &[("access_key", "SIMACCESSKEY"), ("secret_key", "sim-secret-key")];

/// Quick, but as stubborn as the program.
const POLICY: Policy =
    Policy { backoff: Duration::from_millis(1), backoff_cap: Duration::from_millis(5), ..Policy::DEFAULT };

const PLAIN: DetailOptions = DetailOptions { extra: false };
const FULL: DetailOptions = DetailOptions { extra: true };

/// A simulator that runs as long as this lives.
struct House {
    base_url: String,
    /// Requests that were answered at once.
    requests: Arc<AtomicU64>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl House {
    async fn open(options: Options) -> Self {
        let sim = Sim::bind(options).await.unwrap();
        let base_url = format!("http://{}/huawei", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move { drop(stopped.await) });
        spawn(async move { serving.await.unwrap() });
        Self { base_url, requests: Arc::default(), _stop: stop }
    }

    fn provider(&self, fields: &[(&str, &str)]) -> Huawei {
        self.provider_with(fields, 0)
    }

    /// With a clock that is off by so many milliseconds.
    fn provider_with(&self, fields: &[(&str, &str)], behind: u64) -> Huawei {
        let fields: BTreeMap<String, Secret> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(*text))).collect();
        let mut settings = self.settings();
        settings.credentials = Arc::new(move || {
            let fields = fields.clone();
            Box::pin(async { Ok(Credentials { fields, source: "a test".into() }) })
        });
        settings.clock = Arc::new(move || Moment(now().0 - behind));
        Huawei::new(settings, POLICY).unwrap()
    }

    /// Without a credential.
    fn settings(&self) -> Settings {
        let requests = Arc::clone(&self.requests);
        Settings {
            connection: ConnectionName::new("test"),
            base_url: Some(self.base_url.clone()),
            budget: 0.5,
            credentials: Arc::new(|| Box::pin(async { Ok(Credentials::default()) })),
            recorder: Arc::new(move |record| {
                if record.attempt == 1 && matches!(record.state, RequestState::Answered(_)) {
                    requests.fetch_add(1, Ordering::Relaxed);
                }
            }),
            clock: Arc::new(now),
        }
    }

    /// Requests that were answered at once.
    fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

/// The simulator holds signatures against the real time.
fn now() -> Moment {
    Moment(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

fn small(accounts: u32) -> Options {
    let accounts: AccountsSpec = format!("huawei={accounts}").parse().unwrap();
    Options { accounts: vec![accounts], ..Options::default() }
}

async fn pages<T>(mut page: impl AsyncFnMut(Cursor) -> Result<Page<T>, Failure>) -> Result<Vec<Page<T>>, Failure> {
    let mut pages = Vec::new();
    let mut next = Some(Cursor::First);
    while let Some(cursor) = next.take() {
        let page = page(cursor).await?;
        next.clone_from(&page.next);
        pages.push(page);
    }
    Ok(pages)
}

async fn accounts(provider: &Huawei, scope: &ListScope) -> Result<Vec<Account>, Failure> {
    let pages = pages(async |cursor| provider.accounts(scope, &cursor).await).await?;
    Ok(pages.into_iter().flat_map(|page| page.rows).collect())
}

fn ids(accounts: &[Account]) -> BTreeSet<AccountId> {
    accounts.iter().map(|account| account.key.id.clone()).collect()
}

fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    Change { subject, kind, values: fields.iter().copied().collect(), secrets: BTreeMap::new(), base: None }
}

/// Where everything stands, by walking: organization to what stands above it, account to what holds it.
#[derive(Default)]
struct Walked {
    above: BTreeMap<OrganizationId, Option<OrganizationId>>,
    holder: BTreeMap<AccountId, OrganizationId>,
}

impl Walked {
    async fn walk(provider: &Huawei) -> Self {
        let mut walked = Self::default();
        let roots =
            pages(async |cursor| provider.organizations(&OrganizationScope::Roots, &cursor).await).await.unwrap();
        let mut waiting: Vec<OrganizationId> = Vec::new();
        for root in roots.into_iter().flat_map(|page| page.rows) {
            assert_eq!((root.kind.raw(), root.parent), ("root", None));
            walked.above.insert(root.key.id.clone(), None);
            waiting.push(root.key.id);
        }
        while let Some(id) = waiting.pop() {
            let scope = OrganizationScope::Below(id.clone());
            for page in pages(async |cursor| provider.organizations(&scope, &cursor).await).await.unwrap() {
                for unit in page.rows {
                    assert_eq!(unit.parent.unwrap().id, id);
                    assert!(walked.above.insert(unit.key.id.clone(), Some(id.clone())).is_none());
                    waiting.push(unit.key.id);
                }
                for account in page.holds {
                    assert!(walked.holder.insert(account, id.clone()).is_none(), "an account stands in one place");
                }
            }
        }
        walked
    }

    fn root(&self) -> &OrganizationId {
        self.above.iter().find(|(_, above)| above.is_none()).unwrap().0
    }

    /// The way to an account, root first.
    fn way(&self, account: &AccountId) -> Vec<OrganizationId> {
        let mut way = vec![self.holder[account].clone()];
        while let Some(Some(above)) = way.last().map(|id| self.above[id].clone()) {
            way.push(above);
        }
        way.reverse();
        way
    }
}

fn way(lineage: &Lineage) -> Vec<OrganizationId> {
    assert!(lineage.steps.iter().all(|step| step.linked));
    lineage.steps.iter().map(|step| step.organization.key.id.clone()).collect()
}

/// All that must hold whichever way the open questions are answered.
async fn keeps_the_contract(options: Options, count: usize) {
    let house = House::open(options).await;
    let provider = house.provider(ADMIN);
    let identity = provider.identity().await.unwrap();
    assert_eq!(identity.user.raw(), "SIMACCESSKEY");
    assert!(identity.organization.is_some());
    let all = accounts(&provider, &ListScope::all()).await.unwrap();
    assert_eq!((all.len(), ids(&all).len()), (count, count));
    assert!(all.iter().all(|account| !account.has_extra && account.email.is_none()));
    let full = accounts(&provider, &ListScope { extra: true, ..ListScope::all() }).await.unwrap();
    assert_eq!(ids(&full), ids(&all));
    assert!(full.iter().all(|account| account.has_extra));
    assert!(full.iter().any(|account| account.email.is_some()), "contact data comes when asked for");
    details_agree(&provider, &all).await;
    let walked = Walked::walk(&provider).await;
    hierarchy_agrees(&provider, &all, &walked).await;
    roles_are_told_from_keys(&house).await;
    writes_are_read_back(&provider, &all, &walked).await;
}

async fn details_agree(provider: &Huawei, all: &[Account]) {
    for listed in all.iter().take(4) {
        let id = &listed.key.id;
        let plain = provider.account(id, PLAIN).await.unwrap();
        assert_eq!((&plain.key, &plain.name, &plain.status), (&listed.key, &listed.name, &listed.status));
        assert_eq!(plain.raw.value(), listed.raw.value());
        let full = provider.account(id, FULL).await.unwrap();
        assert!(full.has_extra && !plain.has_extra);
        let profile = provider.profile(&Subject::Account(listed.key.clone())).await.unwrap();
        assert_eq!(profile.values.get("email"), full.email.as_ref().map_or("", acctui::domain::Untrusted::raw));
        assert!(profile.values.0.values().all(|value| !value.contains("null")), "{profile:?}");
    }
    let unknown = provider.account(&AccountId::new("ffffffffffffffffffffffffffffffff"), PLAIN).await.unwrap_err();
    let refused = matches!(unknown.kind, FailureKind::NotFound | FailureKind::Refused | FailureKind::Forbidden);
    assert!(refused, "{unknown}");
}

async fn hierarchy_agrees(provider: &Huawei, all: &[Account], walked: &Walked) {
    assert_eq!(walked.holder.keys().cloned().collect::<BTreeSet<_>>(), ids(all));
    assert!(walked.above.len() > 3);
    for (id, above) in walked.above.iter().take(4) {
        let organization = provider.organization(id).await.unwrap();
        assert_eq!(organization.parent.map(|parent| parent.id), *above);
        let scope = ListScope { organization: Some(id.clone()), parameters: Vec::new(), extra: false };
        let direct = accounts(provider, &scope).await.unwrap();
        let held = walked.holder.iter().filter(|(_, holder)| *holder == id).map(|(account, _)| account.clone());
        assert_eq!(ids(&direct), held.collect());
        assert!(direct.iter().all(|account| account.parent.as_ref().unwrap().id == *id));
    }
    let root = walked.root();
    assert_eq!(provider.organization(root).await.unwrap().key.id, *root);
    for id in walked.holder.keys().take(4) {
        assert_eq!(way(&provider.lineage(id).await.unwrap()), walked.way(id));
    }
}

async fn roles_are_told_from_keys(house: &House) {
    let with = |key: &'static str, more: &[(&str, &'static str)]| {
        house.provider(&[&[("access_key", key), ("secret_key", "sim-secret-key")], more].concat())
    };
    let member = with("SIMACCESSKEY-MEMBER", &[]);
    assert!(member.identity().await.unwrap().organization.is_some());
    let failure = accounts(&member, &ListScope::all()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
    assert!(failure.cause.contains("the key is good"), "{failure}");
    let temporary = with("SIMACCESSKEY", &[("security_token", "sim-security-token")]);
    assert_eq!(temporary.identity().await.unwrap().credential, "temporary access key");
    for wrong in [
        with("SIMACCESSKEY", &[("security_token", "sim-security-token-expired")]),
        with("NOBODYSKEY", &[]),
        house.provider(&[("access_key", "SIMACCESSKEY-READONLY"), ("secret_key", "wrong")]),
        house.provider_with(ADMIN, 3_600_000),
    ] {
        for _ in 0..8 {
            let failure = accounts(&wrong, &ListScope::all()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth, "{failure}");
        }
    }
    let late = house.provider_with(ADMIN, 3_600_000).identity().await.unwrap_err();
    assert!(late.cause.contains("60 min behind"), "{late}");
    // Eight tries with a wrong secret would have locked the key, had they been sent.
    assert!(accounts(&with("SIMACCESSKEY-READONLY", &[]), &ListScope::all()).await.is_ok());
}

/// Follows what goes on after its answer.
async fn ended(provider: &Huawei, kind: ChangeKind, operation: &str) -> Progress {
    for _ in 0..40 {
        match provider.progress(kind, operation).await.unwrap() {
            Progress::Running => {}
            over @ (Progress::Done(_) | Progress::Failed(_)) => return over,
        }
    }
    panic!("{operation} does not end");
}

async fn created(provider: &Huawei, fields: &[(&str, &str)]) -> Result<AccountId, Failure> {
    let connection = Subject::Connection(ConnectionName::new("test"));
    let executed = provider.execute(&change(ChangeKind::CreateAccount, connection, fields)).await?;
    if let Some(Made::Account(account)) = executed.made {
        return Ok(account.key.id);
    }
    match ended(provider, ChangeKind::CreateAccount, &executed.operation.unwrap()).await {
        Progress::Done(account) => Ok(account.unwrap()),
        Progress::Failed(failure) => Err(failure),
        Progress::Running => unreachable!("it has ended"),
    }
}

async fn writes_are_read_back(provider: &Huawei, all: &[Account], walked: &Walked) {
    let resource = created(provider, &[("name", "contract-resource"), ("description", "made here")]).await.unwrap();
    let account = provider.account(&resource, PLAIN).await.unwrap();
    assert_eq!((account.name.raw(), account.kind.clone().unwrap().raw()), ("contract-resource", "created"));
    let own = [("name", "contract-own"), ("email", "own@new.example"), ("phone", "13800138000")];
    let own = created(provider, &own).await.unwrap();
    assert_eq!(provider.account(&own, FULL).await.unwrap().name.raw(), "contract-own");
    let again = created(provider, &[("name", "contract-resource")]).await.unwrap_err();
    assert!(matches!(again.kind, FailureKind::Refused | FailureKind::Conflict), "{again}");
    let subject = Subject::Account(account.key.clone());
    for text in ["Nåw \"quoted\" 研发", ""] {
        provider.execute(&change(ChangeKind::UpdateAccount, subject.clone(), &[("description", text)])).await.unwrap();
        let read = provider.account(&resource, PLAIN).await.unwrap().raw.at("description").unwrap_or_default();
        assert_eq!(read.as_str().unwrap_or(""), text);
    }
    units_are_made_and_unmade(provider, walked, &subject, &resource).await;
    // The new account is closed; a closed one stays in the list.
    let closed = provider.execute(&change(ChangeKind::CloseAccount, subject, &[])).await.unwrap();
    let end = ended(provider, ChangeKind::CloseAccount, &closed.operation.unwrap()).await;
    assert_eq!(end, Progress::Done(Some(resource.clone())));
    assert_eq!(provider.account(&resource, PLAIN).await.unwrap().status.unwrap().raw(), "suspended");
    an_invited_account_is_removed(provider, all).await;
}

async fn units_are_made_and_unmade(provider: &Huawei, walked: &Walked, subject: &Subject, account: &AccountId) {
    let root = provider.organization(walked.root()).await.unwrap().key;
    let make =
        change(ChangeKind::CreateOrganization, Subject::Organization(root.clone()), &[("name", "Contract unit")]);
    let Some(Made::Organization(unit)) = provider.execute(&make).await.unwrap().made else { panic!("it was made") };
    assert_eq!(unit.parent.as_ref().unwrap().id, root.id);
    let there = Subject::Organization(unit.key.clone());
    provider.execute(&change(ChangeKind::RenameOrganization, there.clone(), &[("name", "Renamed")])).await.unwrap();
    assert_eq!(provider.organization(&unit.key.id).await.unwrap().name.raw(), "Renamed");
    let (top, below) = (root.id.as_str(), unit.key.id.as_str());
    let moved = |from, to| change(ChangeKind::MoveAccount, subject.clone(), &[(Change::FROM, from), (Change::TO, to)]);
    provider.execute(&moved(top, below)).await.unwrap();
    assert_eq!(way(&provider.lineage(account).await.unwrap()), [root.id.clone(), unit.key.id.clone()]);
    let elsewhere = provider.execute(&moved(top, below)).await.unwrap_err();
    let refused = matches!(elsewhere.kind, FailureKind::Refused | FailureKind::NotFound | FailureKind::Conflict);
    assert!(refused, "{elsewhere}");
    let delete = change(ChangeKind::DeleteOrganization, there, &[]);
    let full = provider.execute(&delete).await.unwrap_err();
    assert!(matches!(full.kind, FailureKind::Refused | FailureKind::Conflict), "{full}");
    provider.execute(&moved(below, top)).await.unwrap();
    provider.execute(&delete).await.unwrap();
    let gone = provider.organization(&unit.key.id).await.unwrap_err();
    assert!(matches!(gone.kind, FailureKind::NotFound | FailureKind::Refused | FailureKind::Forbidden), "{gone}");
}

async fn an_invited_account_is_removed(provider: &Huawei, all: &[Account]) {
    let invited = |account: &&Account| {
        let word = |text: &Option<acctui::domain::Untrusted>| text.as_ref().map(|text| text.raw().to_owned());
        word(&account.kind).as_deref() == Some("invited") && word(&account.status).as_deref() == Some("active")
    };
    for account in all.iter().filter(invited) {
        let remove = change(ChangeKind::RemoveAccount, Subject::Account(account.key.clone()), &[]);
        match provider.execute(&remove).await {
            Ok(_) => {
                assert!(!ids(&accounts(provider, &ListScope::all()).await.unwrap()).contains(&account.key.id));
                return;
            }
            // The management account, a delegated administrator.
            Err(failure) => {
                let kinds = [FailureKind::Refused, FailureKind::Conflict, FailureKind::Forbidden];
                assert!(kinds.contains(&failure.kind), "{failure}");
            }
        }
    }
    panic!("no account can be removed");
}

#[tokio::test]
async fn the_likeliest_huawei_cloud_is_understood() {
    keeps_the_contract(small(450), 450).await;
}

#[tokio::test]
async fn every_value_of_every_assumption_is_understood() {
    let own = || assumptions().into_iter().filter(|assumption| assumption.name.starts_with("huawei."));
    let most = own().map(|assumption| assumption.values.len()).max().unwrap();
    for place in 1..most {
        // The questions do not depend on each other, so one house can hold a value of each.
        let nth = own().filter_map(|one| Some(format!("{}={}", one.name, one.values.get(place)?)));
        let assume = nth.map(|text| text.parse().unwrap()).collect();
        eprintln!("value {place} of each");
        keeps_the_contract(Options { assume, ..small(230) }, 230).await;
    }
}

#[tokio::test]
async fn twenty_draws_of_all_assumptions_are_understood() {
    for seed in 0..20 {
        eprintln!("seed {seed}");
        let assume = vec!["seed".parse().unwrap()];
        keeps_the_contract(Options { seed, assume, ..small(230) }, 230).await;
    }
}

fn with_faults(faults: &[&str], count: u32) -> Options {
    Options { faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(), ..small(count) }
}

#[tokio::test]
async fn no_organization_at_all_is_a_state() {
    for value in ["401-Organizations.1015", "404-Organizations.1015"] {
        let assume = vec![format!("huawei.no-organization={value}").parse().unwrap()];
        let house = House::open(Options { assume, ..with_faults(&["no-organizations"], 20) }).await;
        let provider = house.provider(ADMIN);
        assert_eq!(provider.identity().await.unwrap().organization, None);
        let page = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
        assert!(page.rows.is_empty() && page.messages[0].raw().contains("in no organization"));
        let roots = provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap();
        assert!(roots.rows.is_empty());
    }
}

#[tokio::test]
async fn a_rough_road_loses_no_row_and_doubles_none() {
    let rough = with_faults(&["429=0.05", "500=0.1", "reset=0.1", "truncate=0.05"], 450);
    let house = House::open(rough).await;
    let provider = house.provider(ADMIN);
    let mut complete = 0;
    for _ in 0..10 {
        if let Ok(all) = accounts(&provider, &ListScope::all()).await {
            assert_eq!((all.len(), ids(&all).len()), (450, 450));
            complete += 1;
        }
    }
    assert!(complete >= 5, "{complete} of 10");
}

#[tokio::test]
async fn a_sync_says_where_ten_thousand_accounts_stand() {
    let house = House::open(small(10_000)).await;
    let provider = house.provider(ADMIN);
    let settings = house.settings();
    let inventory = Inventory::default();
    sync(&inventory, &provider, &settings.connection, &settings.clock, &mut |_| ()).await.unwrap();
    let snapshot = inventory.snapshot();
    let view = snapshot.connection(&settings.connection).unwrap();
    assert!(matches!(view.hierarchy, Hierarchy::Listed { .. }), "{:?}", view.hierarchy);
    let all = accounts(&provider, &ListScope::all()).await.unwrap();
    assert_eq!(all.len(), 10_000);
    for account in &all {
        assert!(snapshot.find(&account.key).unwrap().parent.is_some());
    }
    // 50 pages of accounts and the levels' own, twice 50 for the two listings: never one request an account.
    assert!(house.requests() < 400, "{}", house.requests());
}
