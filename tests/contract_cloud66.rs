//! The Cloud 66 provider against the simulator: whichever of the things holds that the documents leave open, all accounts
//! come once, what is offered works, and what is not offered gives its reason and asks nobody.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acctui::domain::{Account, AccountId, Credentials, Failure, FailureKind, Moment, Secret};
use acctui::inventory::{Inventory, SyncState, sync};
use acctui::provider::cloud66::{Cloud66, SPEC};
use acctui::provider::http::Policy;
use acctui::provider::{
    Capability, Clock, Cursor, DetailOptions, ListScope, Offer, OrganizationScope, Provider, RequestRecord, Settings,
    SignIn,
};
use acctui::sim::{AccountsSpec, Options, Sim, assumptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// More than two pages of 30.
const ACCOUNTS: usize = 75;

/// Quick, but as stubborn as the program.
const POLICY: Policy =
    Policy { backoff: Duration::from_millis(1), backoff_cap: Duration::from_millis(5), ..Policy::DEFAULT };

/// A simulator that runs as long as this lives.
struct House {
    origin: String,
    records: Arc<Mutex<Vec<RequestRecord>>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl House {
    async fn open(options: Options) -> Self {
        let sim = Sim::bind(options).await.unwrap();
        let origin = format!("http://{}", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move { drop(stopped.await) });
        spawn(async move { serving.await.unwrap() });
        Self { origin, records: Arc::default(), _stop: stop }
    }

    fn provider(&self, token: &'static str) -> Cloud66 {
        let records = Arc::clone(&self.records);
        let settings = Settings {
            connection: "sim".into(),
            base_url: Some(format!("{}/cloud66/api/3", self.origin)),
            budget: 0.5,
            credentials: Arc::new(move || {
                let fields = [("token".to_owned(), Secret::new(token))].into();
                Box::pin(async { Ok(Credentials { fields, source: "a test".into() }) })
            }),
            recorder: Arc::new(move |record| records.lock().unwrap().push(record)),
            clock: Arc::new(|| Moment(1_790_000_000_000)),
        };
        Cloud66::new(settings, POLICY).unwrap()
    }

    /// How many records of requests there are so far.
    fn heard(&self) -> usize {
        self.records.lock().unwrap().len()
    }

    /// The status that the dashboard answers a link with.
    async fn open_link(&self, link: &SignIn) -> u16 {
        let path = link.page.strip_prefix(&self.origin).unwrap();
        let host = self.origin.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let target = format!("{path}?{}={}", link.parameter, link.code.expose());
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

fn small() -> Options {
    let accounts: AccountsSpec = format!("cloud66={ACCOUNTS}").parse().unwrap();
    Options { accounts: vec![accounts], ..Options::default() }
}

/// Lists everything as the program does.
async fn listed(provider: &Cloud66) -> (Vec<Account>, SyncState) {
    let connection = "sim".into();
    let inventory = Inventory::default();
    let clock: Clock = Arc::new(|| Moment(1));
    // How it ended stands in the state.
    let _ = sync(&inventory, provider, &connection, &clock, &mut |_| ()).await;
    let snapshot = inventory.snapshot();
    let rows = (0..).map_while(|row| snapshot.account(row)).map(|row| Account::clone(row)).collect();
    (rows, snapshot.connection(&connection).unwrap().sync.clone())
}

/// All that must hold whichever way the open questions are answered.
async fn keeps_the_contract(options: Options) {
    let house = House::open(options).await;
    let provider = house.provider("sim-token");
    let (all, state) = listed(&provider).await;
    assert!(matches!(state, SyncState::Complete { .. }), "{state:?}");
    assert_eq!(all.len(), ACCOUNTS);
    assert!(all.iter().all(|account| !account.name.is_empty() && account.parent.is_none()));
    let primary = all.iter().find(|account| account.kind.is_some()).unwrap();
    assert_eq!(all.iter().filter(|account| account.kind.is_some()).count(), 1);
    let identity = provider.identity().await.unwrap();
    assert_eq!(identity.organization.unwrap().raw(), primary.key.id.as_str());
    assert!(!identity.user.is_empty());
    details_agree(&provider, &all, primary).await;
    signs_in(&house, &provider).await;
    not_offered_asks_nobody(&house, &provider, primary).await;
    refuses_others(&house).await;
    let kept = format!("{all:?} {:?}", house.records.lock().unwrap());
    assert!(!kept.contains("sim-token") && !kept.contains("curl "), "a secret is where it can be seen");
}

async fn details_agree(provider: &Cloud66, all: &[Account], primary: &Account) {
    let others = all.iter().filter(|account| account.key != primary.key).take(2);
    for account in others.chain([primary]) {
        let id = &account.key.id;
        let plain = provider.account(id, DetailOptions::default()).await.unwrap();
        assert_eq!((&plain.key, &plain.name, &plain.kind), (&account.key, &account.name, &account.kind));
        assert_eq!(plain.secrets, account.secrets);
        assert!(!plain.has_extra);
        assert!(plain.raw.at("unmanaged_servers").is_none_or(|servers| servers.is_null()), "not asked");
        let full = provider.account(id, DetailOptions { extra: true }).await.unwrap();
        assert!(full.has_extra);
        let servers = full.raw.at("unmanaged_servers").unwrap_or_default();
        assert_eq!(servers.is_array(), account.key == primary.key, "{servers}");
    }
    let absent = provider.account(&AccountId::new("999999999"), DetailOptions::default()).await.unwrap_err();
    assert_eq!(absent.kind, FailureKind::NotFound, "{absent}");
}

async fn signs_in(house: &House, provider: &Cloud66) {
    let [first, second] = [provider.sign_in().await.unwrap(), provider.sign_in().await.unwrap()];
    assert_eq!(first.page, format!("{}/cloud66/otp", house.origin));
    assert_ne!(first.code, second.code);
    assert!(house.open_link(&first).await < 400);
    assert!(house.open_link(&first).await >= 400, "it works once");
    let heard = format!("{:?} {first:?}", house.records.lock().unwrap());
    assert!(!heard.contains(first.code.expose()) && !heard.contains(second.code.expose()));
}

async fn not_offered_asks_nobody(house: &House, provider: &Cloud66, account: &Account) {
    let before = house.heard();
    let reason = |failure: Failure, capability| match SPEC.offer(capability) {
        Offer::No(reason) => assert_eq!((failure.kind, failure.cause.as_str()), (FailureKind::Unsupported, reason)),
        Offer::Yes => panic!("{capability:?} is offered"),
    };
    let every = OrganizationScope::Every;
    reason(provider.organizations(&every, &Cursor::First).await.unwrap_err(), Capability::Hierarchy);
    reason(provider.lineage(&account.key.id).await.unwrap_err(), Capability::Lineage);
    reason(provider.switch(&account.key.id).await.unwrap_err(), Capability::Switch);
    let subject = acctui::domain::Subject::Account(account.key.clone());
    reason(provider.profile(&subject).await.unwrap_err(), Capability::ReadAccountProfile);
    for kind in [acctui::domain::ChangeKind::Profile, acctui::domain::ChangeKind::DeleteAccount] {
        let change = acctui::domain::Change {
            subject: subject.clone(),
            kind,
            values: acctui::domain::Values::default(),
            secrets: std::collections::BTreeMap::new(),
            base: None,
        };
        reason(provider.execute(&change).await.unwrap_err(), Capability::of(kind, &subject));
    }
    assert_eq!(house.heard(), before);
}

async fn refuses_others(house: &House) {
    for token in ["nobody's", "sim-token-expired"] {
        let failure = house.provider(token).identity().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth, "{failure}");
    }
    let scopeless = house.provider("sim-token-noscope");
    assert!(scopeless.identity().await.unwrap().user.raw().starts_with("unknown user"));
    for failure in [
        scopeless.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err(),
        scopeless.sign_in().await.unwrap_err(),
    ] {
        assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
        assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("scope `users`")), "{failure:?}");
    }
}

#[tokio::test]
async fn the_likeliest_cloud66_is_understood() {
    keeps_the_contract(small()).await;
}

#[tokio::test]
async fn every_value_of_every_assumption_is_understood() {
    let own: Vec<_> = assumptions().into_iter().filter(|one| one.name.starts_with("cloud66.")).collect();
    assert!(!own.is_empty());
    for assumption in own {
        for value in &assumption.values[1..] {
            eprintln!("{}={value}", assumption.name);
            let assume = vec![format!("{}={value}", assumption.name).parse().unwrap()];
            keeps_the_contract(Options { assume, ..small() }).await;
        }
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

fn assuming(assumed: &str) -> Options {
    Options { assume: vec![assumed.parse().unwrap()], ..small() }
}

#[tokio::test]
async fn a_restricted_account_is_listed_and_its_refusal_explained() {
    let house = House::open(assuming("cloud66.restricted-account=one")).await;
    let provider = house.provider("sim-token");
    let (all, _) = listed(&provider).await;
    let mut refused = Vec::new();
    for account in &all {
        refused.extend(provider.account(&account.key.id, DetailOptions::default()).await.err());
    }
    assert_eq!(refused.len(), 1);
    assert_eq!((&refused[0].kind, refused[0].status), (&FailureKind::Refused, Some(400)));
    assert!(refused[0].hint.as_ref().is_some_and(|hint| hint.contains("restricted")), "{:?}", refused[0]);
}

#[tokio::test]
async fn a_warning_comes_with_every_page_and_link() {
    let house = House::open(assuming("cloud66.warning=present")).await;
    let provider = house.provider("sim-token");
    assert!(!provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap().messages.is_empty());
    assert!(!provider.sign_in().await.unwrap().messages.is_empty());
}

#[tokio::test]
async fn the_oldest_account_of_many_pages_is_found_to_be_the_users() {
    let accounts: AccountsSpec = "cloud66=700".parse().unwrap();
    for order in ["by-id", "newest-first"] {
        let assumed = assuming(&format!("cloud66.accounts-order={order}"));
        let house = House::open(Options { accounts: vec![accounts.clone()], ..assumed }).await;
        assert!(house.provider("sim-token").identity().await.unwrap().organization.is_some(), "{order}");
    }
}

fn with_faults(faults: &[&str]) -> Options {
    Options { faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(), ..small() }
}

#[tokio::test]
async fn a_rough_road_loses_no_row_and_doubles_none() {
    let house = House::open(with_faults(&["429=0.05", "500=0.1", "reset=0.1", "truncate=0.05"])).await;
    let provider = house.provider("sim-token");
    let mut complete = 0;
    for _ in 0..10 {
        let (all, state) = listed(&provider).await;
        match state {
            SyncState::Complete { .. } => {
                assert_eq!(all.len(), ACCOUNTS);
                complete += 1;
            }
            SyncState::Never | SyncState::Running { .. } | SyncState::Partial { .. } | SyncState::Failed { .. } => {}
        }
    }
    assert!(complete >= 5, "{complete} of 10");
}

#[tokio::test]
async fn pages_that_overlap_come_short_or_are_shuffled_lose_no_row() {
    for fault in ["dup", "short-pages", "shuffle"] {
        let house = House::open(with_faults(&[fault])).await;
        let (all, state) = listed(&house.provider("sim-token")).await;
        assert_eq!(all.len(), ACCOUNTS, "{fault}: {state:?}");
    }
}

#[tokio::test]
async fn answers_that_cannot_be_used_are_failures() {
    for (fault, kind) in
        [("html=1", FailureKind::Unreadable), ("success-false=1", FailureKind::Refused), ("500=1", FailureKind::Server)]
    {
        let house = House::open(with_faults(&[fault])).await;
        let provider = house.provider("sim-token");
        let failure = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{fault}: {failure}");
        assert_eq!(provider.sign_in().await.unwrap_err().kind, kind, "{fault}");
    }
}
