//! The Landscape provider against the simulator: whichever of the things holds that Landscape's documents leave open,
//! all accounts and access groups come, what is written is read back, and what is not offered asks nobody.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acctui::domain::{
    Account, AccountId, Change, ChangeKind, ConnectionName, Credentials, Failure, FailureKind, Moment, Organization,
    OrganizationId, OrganizationKey, Secret, Subject, Tree,
};
use acctui::provider::http::Policy;
use acctui::provider::landscape::{Landscape, SPEC};
use acctui::provider::{
    Capability, Cursor, DetailOptions, ListScope, Made, Offer, OrganizationScope, Provider, RequestRecord, Settings,
};
use acctui::sim::{AccountsSpec, Options, Sim, assumptions};

const EMAIL: &[(&str, &str)] = &[("email", "admin@example.com"), ("password", "Sim-Passw0rd")];
const KEY: &[(&str, &str)] = &[("access_key", "SIMACCESSKEY"), ("secret_key", "sim-secret-key")];

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

    /// A connection to the server at this mount.
    fn at(&self, mount: &str, fields: &[(&str, &str)]) -> Landscape {
        let fields: BTreeMap<String, Secret> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(*text))).collect();
        let records = self.records.clone();
        let settings = Settings {
            connection: ConnectionName::new("sim"),
            base_url: Some(format!("{}/{mount}/api/v2", self.origin)),
            budget: 0.5,
            credentials: Arc::new(move || {
                let fields = fields.clone();
                Box::pin(async { Ok(Credentials { fields, source: "a test".into() }) })
            }),
            recorder: Arc::new(move |record| records.lock().unwrap().push(record)),
            clock: Arc::new(now),
        };
        Landscape::new(settings, POLICY).unwrap()
    }

    fn requests(&self) -> usize {
        let records = self.records.lock().unwrap();
        records.iter().map(|record| record.id).collect::<BTreeSet<_>>().len()
    }
}

#[expect(clippy::disallowed_methods, reason = "no runtime hands the time in here")]
fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment(u64::try_from(since.as_millis()).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// Enough for every kind of account that the simulator has.
const ALL_KINDS: usize = 24;

/// Enough where the kinds do not matter.
const FEW: usize = 8;

fn with(count: usize, assume: &[String]) -> Options {
    let accounts: AccountsSpec = format!("landscape={count}").parse().unwrap();
    let assume = assume.iter().map(|text| text.parse().unwrap()).collect();
    Options { accounts: vec![accounts], assume, ..Options::default() }
}

async fn listed(provider: &Landscape) -> Vec<Account> {
    let page = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert_eq!(page.next, None);
    page.rows
}

async fn groups(provider: &Landscape, scope: OrganizationScope) -> Result<Vec<Organization>, Failure> {
    Ok(provider.organizations(&scope, &Cursor::First).await?.rows)
}

fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    Change { subject, kind, values: fields.iter().copied().collect(), secrets: BTreeMap::new(), base: None }
}

fn here() -> Subject {
    Subject::Connection(ConnectionName::new("sim"))
}

/// All that must hold whichever way the open questions are answered.
async fn keeps_the_contract(count: usize, options: Options) {
    let is_likeliest = options.assume.is_empty();
    let house = House::open(options).await;
    for fields in [EMAIL, KEY] {
        let provider = house.at("landscape", fields);
        assert_eq!(provider.identity().await.unwrap().user.raw(), "admin@example.com");
        let all = listed(&provider).await;
        let ids: BTreeSet<&AccountId> = all.iter().map(|account| &account.key.id).collect();
        assert_eq!((all.len(), ids.len()), (count, count));
        let mut reached = Vec::new();
        // An access key logs in to the same accounts, and where the kinds do not matter some stand for all.
        let asked = if fields == KEY || count == FEW { 2 } else { count };
        for account in all.iter().take(asked) {
            if account_is_whole(&provider, account).await {
                reached.push(account);
            }
        }
        // Some may live at hosts of their own, or be disabled and listed.
        assert!(reached.len() * 2 >= asked && (reached.len() == asked || !is_likeliest), "{reached:?}");
        groups_make_a_tree(&provider, &all, &reached).await;
        title_is_written(&provider, reached[reached.len() - 1]).await;
    }
    let provider = house.at("landscape", EMAIL);
    account_is_made(&provider, count).await;
    the_rest_asks_nobody(&house, &provider).await;
    standalone_is_made(&house).await;
    for wrong in [
        &[("email", "admin@example.com"), ("password", "wrong")][..],
        &[("access_key", "SIMACCESSKEY"), ("secret_key", "wrong")],
        &[],
    ] {
        let provider = house.at("landscape", wrong);
        let failure = provider.identity().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth, "{failure}");
        let failure = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth, "{failure}");
    }
}

/// Whether it can be reached; where it can't, the failure must say why and what to do.
async fn account_is_whole(provider: &Landscape, row: &Account) -> bool {
    let account = match provider.account(&row.key.id, DetailOptions::default()).await {
        Err(failure) => {
            let is_explained = matches!(
                failure.kind,
                FailureKind::Forbidden | FailureKind::Refused | FailureKind::NotFound | FailureKind::Server
            );
            let hint = failure.hint.as_deref().unwrap_or_default();
            assert!(is_explained && (hint.contains("subdomain") || hint.contains("disabled")), "{failure:?}");
            return false;
        }
        Ok(account) => account,
    };
    assert_eq!((&account.key, &account.name, &account.kind), (&row.key, &row.name, &row.kind));
    assert_eq!(account.raw.at("login"), row.raw.at("login"));
    for part in ["preferences", "administrators", "roles", "computers", "licenses", "contracts", "invitations"] {
        let value = account.raw.at(part);
        assert!(value.is_some_and(|value| !value.is_null()), "{part}: {:?}", account.raw.at("messages"));
    }
    let secret = "preferences.registration_password";
    let is_masked = account.raw.at(secret).is_some_and(|value| value.as_str() == Some("<secret>"));
    assert_eq!(is_masked, account.secrets.contains_key(secret));
    true
}

async fn groups_make_a_tree(provider: &Landscape, all: &[Account], reached: &[&Account]) {
    let roots = groups(provider, OrganizationScope::Roots).await.unwrap();
    assert_eq!(roots.len(), all.len());
    let mut most = Vec::new();
    // A few of each kind tell: the rest is more of the same.
    for root in roots.iter().take(2).chain(roots.iter().skip(12)) {
        let is_reached = reached.iter().any(|account| Some(&account.key.id) == root.account.as_ref());
        let below = match groups(provider, OrganizationScope::Below(root.key.id.clone())).await {
            Err(_) if !is_reached => continue,
            other => other.unwrap(),
        };
        let tree = Tree::new([root].into_iter().chain(&below).cloned().map(Arc::new));
        assert_eq!((&tree.roots()[0], tree.len()), (&root.key.id, below.len() + 1), "no group is lost");
        // A group whose parent leads nowhere stands beside the root, and is marked.
        assert!(tree.roots()[1..].iter().all(|id| tree.node(id).unwrap().fault.is_some()));
        if below.len() > most.len() {
            most = below;
        }
    }
    for group in most {
        let one = provider.organization(&group.key.id).await.unwrap();
        assert_eq!((&one.key, &one.name, &one.parent), (&group.key, &group.name, &group.parent));
        assert!(one.raw.unwrap().at("computers.count").is_some_and(|count| count.is_u64()));
    }
}

async fn title_is_written(provider: &Landscape, account: &Account) {
    let subject = Subject::Account(account.key.clone());
    let before = provider.profile(&subject).await.unwrap();
    let title = format!("{} 7", before.values.get("title"));
    let mut values = before.values.clone();
    values.set("title", &title);
    let change = Change { values: values.clone(), ..change(ChangeKind::Profile, subject.clone(), &[]) };
    assert_eq!(provider.preview(&change).unwrap().method, "PATCH");
    provider.execute(&change).await.unwrap();
    assert_eq!(provider.profile(&subject).await.unwrap().values, values);
    let row = listed(provider).await.into_iter().find(|row| row.key == account.key).unwrap();
    assert_eq!(row.name.raw(), title);
    let switched = provider.switch(&account.key.id).await.unwrap();
    assert_eq!(switched.name.raw(), title);
}

async fn account_is_made(provider: &Landscape, count: usize) {
    let create = change(ChangeKind::CreateAccount, here(), &[("title", "Onward Inc")]);
    let executed = match provider.execute(&create).await {
        // Somebody who has an account may not be let make another one; the server's words are shown.
        Err(failure) => {
            assert!(matches!(failure.kind, FailureKind::Refused | FailureKind::Forbidden), "{failure:?}");
            assert!(failure.hint.is_some(), "{failure:?}");
            assert_eq!(listed(provider).await.len(), count, "nothing was made");
            return;
        }
        Ok(executed) => executed,
    };
    let Some(Made::Account(made)) = executed.made else { panic!("{executed:?}") };
    assert_eq!(made.name.raw(), "Onward Inc");
    let row = listed(provider).await.into_iter().find(|row| row.key == made.key).unwrap();
    assert_eq!(row.raw.at("as_of_creation"), made.raw.at("as_of_creation"));
    let account = provider.account(&made.key.id, DetailOptions::default()).await.unwrap();
    assert_eq!(account.raw.at("preferences.title"), Some("Onward Inc".into()));
    assert_eq!(account.created_at, made.created_at);
}

async fn standalone_is_made(house: &House) {
    let fields = [("email", "first@example.com"), ("password", "Passw0rd-Passw0rd")];
    let mut create = change(ChangeKind::CreateStandalone, here(), &[("email", fields[0].1), ("name", "First")]);
    create.secrets.insert("password".into(), Secret::new(fields[1].1));
    let provider = house.at("landscape-new", &[]);
    let before = provider.accounts(&ListScope::all(), &Cursor::First).await;
    let executed = match provider.execute(&create).await {
        // A server that answers 404 before it has an account can't be told from one that never has one.
        Err(failure) => {
            assert_eq!(failure.kind, FailureKind::Unsupported, "{failure:?}");
            assert_eq!(before.unwrap_err().kind, FailureKind::Auth);
            return;
        }
        Ok(executed) => executed,
    };
    let before = before.unwrap();
    assert!(before.rows.is_empty() && before.messages[0].raw().contains("standalone"));
    let Some(Made::Account(made)) = executed.made else { panic!("{executed:?}") };
    assert_eq!(provider.execute(&create).await.unwrap_err().kind, FailureKind::Refused);
    assert_eq!(provider.identity().await.unwrap_err().kind, FailureKind::Auth, "a credential is needed now");
    let provider = house.at("landscape-new", &fields);
    assert_eq!(provider.identity().await.unwrap().user.raw(), "first@example.com");
    let all = listed(&provider).await;
    assert_eq!((all.len(), &all[0].key), (1, &made.key));
    assert!(account_is_whole(&provider, &all[0]).await);
    groups_make_a_tree(&provider, &all, &[&all[0]]).await;
}

async fn the_rest_asks_nobody(house: &House, provider: &Landscape) {
    let before = house.requests();
    let account = Subject::Account(acctui::domain::AccountKey {
        connection: ConnectionName::new("sim"),
        id: AccountId::new("standalone"),
    });
    let group = Subject::Organization(OrganizationKey {
        connection: ConnectionName::new("sim"),
        id: OrganizationId::new("standalone/global"),
    });
    for kind in [
        ChangeKind::Profile,
        ChangeKind::CreateAccount,
        ChangeKind::CreateStandalone,
        ChangeKind::UpdateAccount,
        ChangeKind::DeleteAccount,
        ChangeKind::CloseAccount,
        ChangeKind::RemoveAccount,
        ChangeKind::MoveAccount,
        ChangeKind::CreateOrganization,
        ChangeKind::RenameOrganization,
        ChangeKind::DeleteOrganization,
    ] {
        for subject in [&account, &group] {
            let Offer::No(why) = SPEC.offer(Capability::of(kind, subject)) else { continue };
            let change = change(kind, subject.clone(), &[("title", "T"), ("name", "N"), ("to", "x")]);
            let failure = provider.execute(&change).await.unwrap_err();
            assert_eq!((failure.kind, failure.cause.as_str()), (FailureKind::Unsupported, why));
        }
    }
    assert!(provider.lineage(&AccountId::new("standalone")).await.is_err());
    assert!(provider.profile(&group).await.is_err());
    assert!(provider.sign_in().await.is_err());
    assert_eq!(house.requests(), before);
}

#[tokio::test]
async fn the_likeliest_landscape_is_understood() {
    keeps_the_contract(ALL_KINDS, with(ALL_KINDS, &[])).await;
}

#[tokio::test]
async fn every_value_of_every_assumption_is_understood() {
    let own = assumptions().into_iter().filter(|one| one.name.starts_with("landscape."));
    let own: Vec<_> = own.collect();
    assert!(!own.is_empty());
    for assumption in own {
        let is_about_kinds =
            ["disabled", "subdomain", "default", "extras"].iter().any(|word| assumption.name.contains(word));
        let count = if is_about_kinds { ALL_KINDS } else { FEW };
        for value in &assumption.values[1..] {
            let assume = format!("{}={value}", assumption.name);
            eprintln!("{assume}");
            keeps_the_contract(count, with(count, &[assume])).await;
        }
    }
}

#[tokio::test]
async fn twenty_draws_of_all_assumptions_are_understood() {
    for seed in 0..20 {
        eprintln!("seed {seed}");
        let count = if seed % 4 == 0 { ALL_KINDS } else { FEW };
        keeps_the_contract(count, Options { seed, ..with(count, &["seed".into()]) }).await;
    }
}
