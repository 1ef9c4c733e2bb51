//! What only Huawei Cloud has: contact data, three kinds of keys, one that is locked after wrong signatures.

use acctui::domain::{Account, AccountId, ChangeKind, FailureKind, Subject, Untrusted};
use acctui::inventory::{Hierarchy, Inventory, sync};
use acctui::provider::{Cursor, ListScope, OrganizationScope};
use acctui::sim::Options;
use futures::future::LocalBoxFuture;

use crate::house::{House, Link, change};
use crate::reads::{FULL, PLAIN, Seen, accounts, ids};
use crate::ways::{self, Against, Ways, kind_of};
use crate::{worlds, writes};

/// More than one page of 200; more than two where nothing is assumed.
const ACCOUNTS: usize = 230;
const MANY: usize = 450;

pub const WAYS: Ways = Ways {
    id: "huawei",
    accounts: |world| if world.is_likeliest() { MANY } else { ACCOUNTS },
    is_one_page: false,
    closed: ways::all_open,
    unknown: |world| {
        let unknown = by_id(world.value("huawei.unknown-account"));
        let malformed = world.value("huawei.malformed-id");
        let malformed = if malformed == "as-unknown" { unknown.clone() } else { by_id(malformed) };
        vec![("ffffffffffffffffffffffffffffffff", unknown), ("no id", malformed)]
    },
    search: None,
    agrees: ways::is_the_way,
    profile: &[],
    accounts_made: (
        "name",
        &[
            &[("name", "contract-resource"), ("description", "made here")],
            &[("name", "contract-own"), ("email", "own@new.example"), ("phone", "13800138000")],
        ],
    ),
    first_in_root: true,
    edits: &[&[("description", "Nåw \"quoted\" 研发")], &[("description", "")]],
    standalone: &[],
    organization: ("Contract unit", "Renamed"),
    removable: |account| is(account.kind.as_ref(), "invited") && is(account.status.as_ref(), "active"),
    refused: ways::never,
    against: |world, against| {
        let name = match against {
            // Whatever status says it: it is about what is in it, and nobody changed anything meanwhile.
            Against::NotEmpty => return Some(FailureKind::Refused),
            Against::Elsewhere => "huawei.move-from-elsewhere",
            Against::Gone => return Some(by_id(world.value("huawei.unknown-unit"))),
            Against::Kept => "huawei.remove-delegate",
            Against::Leads => "huawei.close-management",
        };
        Some(kind_of(world.value(name)))
    },
    goes_on: true,
    wrong: &[
        &[
            ("access_key", "SIMACCESSKEY"),
            ("secret_key", "sim-secret-key"),
            ("security_token", "sim-security-token-expired"),
        ],
        &[("access_key", "NOBODYSKEY"), ("secret_key", "sim-secret-key")],
        &[("access_key", "SIMACCESSKEY-READONLY"), ("secret_key", "wrong-secret")],
    ],
    wrong_listed: |_| FailureKind::Auth,
    more,
    after,
};

/// What a status is to a read that holds nothing but an id.
fn by_id(value: &str) -> FailureKind {
    if value.starts_with("400") { FailureKind::NotFound } else { kind_of(value) }
}

fn is(text: Option<&Untrusted>, word: &str) -> bool {
    text.is_some_and(|text| text.raw() == word)
}

fn more<'a>(link: &'a Link, seen: &'a Seen) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        let identity = provider.identity().await.unwrap();
        assert_eq!(identity.user.raw(), "SIMACCESSKEY");
        assert!(identity.organization.is_some());
        assert!(seen.all.iter().all(|account| !account.has_extra && account.email.is_none()));
        let full = accounts(provider, &ListScope { extra: true, ..ListScope::all() }).await.unwrap();
        assert_eq!(ids(&full), ids(&seen.all));
        assert!(full.iter().all(|account| account.has_extra));
        assert!(full.iter().any(|account| account.email.is_some()), "contact data comes when asked for");
        for listed in seen.all.iter().take(4) {
            contact_data_is_the_profile(link, listed).await;
        }
        assert_eq!(seen.holder.keys().cloned().collect::<std::collections::BTreeSet<_>>(), ids(&seen.all));
        assert!(seen.organizations.len() > 3);
        assert_eq!(ways::root(&seen.organizations).kind.raw(), "root");
        for (id, holder) in seen.holder.iter().take(4) {
            let direct = accounts(provider, &crate::reads::inside(holder, &[])).await.unwrap();
            assert!(direct.iter().all(|account| account.parent.as_ref().unwrap().id == *holder));
            assert!(ids(&direct).contains(id));
        }
        roles_are_told_from_keys(link).await;
    })
}

async fn contact_data_is_the_profile(link: &Link, listed: &Account) {
    let id = &listed.key.id;
    let plain = link.provider().account(id, PLAIN).await.unwrap();
    assert_eq!(plain.raw.value(), listed.raw.value());
    let full = link.provider().account(id, FULL).await.unwrap();
    let profile = link.provider().profile(&Subject::Account(listed.key.clone())).await.unwrap();
    assert_eq!(profile.values.get("email"), full.email.as_ref().map_or("", Untrusted::raw));
    assert!(profile.values.0.values().all(|value| !value.contains("null")), "{profile:?}");
}

async fn roles_are_told_from_keys(link: &Link) {
    let key = |key: &str, secret: &str| link.with(&[("access_key", key), ("secret_key", secret)]);
    let member = key("SIMACCESSKEY-MEMBER", "sim-secret-key");
    assert!(member.provider().identity().await.unwrap().organization.is_some());
    let failure = accounts(member.provider(), &ListScope::all()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
    assert!(failure.cause.contains("the key is good"), "{failure}");
    let temporary = [("access_key", "SIMACCESSKEY"), ("secret_key", "sim-secret-key")];
    let temporary = link.with(&[&temporary[..], &[("security_token", "sim-security-token")]].concat());
    assert_eq!(temporary.provider().identity().await.unwrap().credential, "temporary access key");
    let late = link.behind(3_600_000);
    for wrong in [key("NOBODYSKEY", "sim-secret-key"), key("SIMACCESSKEY-READONLY", "wrong-secret"), late.clone()] {
        for _ in 0..8 {
            let failure = accounts(wrong.provider(), &ListScope::all()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth, "{failure}");
        }
    }
    let late = link.behind(3_600_000).provider().identity().await.unwrap_err();
    assert!(late.cause.contains("60 min behind"), "{late}");
    // Eight tries with a wrong secret would have locked the key, had they been sent.
    let delegate = key("SIMACCESSKEY-READONLY", "sim-secret-key");
    assert!(accounts(delegate.provider(), &ListScope::all()).await.is_ok());
}

fn after<'a>(link: &'a Link, made: &'a [AccountId]) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        assert_eq!(made.len(), 2);
        let account = provider.account(&made[0], PLAIN).await.unwrap();
        assert!(is(account.kind.as_ref(), "created") && is(account.status.as_ref(), "suspended"), "{account:?}");
        assert_eq!(provider.account(&made[1], FULL).await.unwrap().name.raw(), "contract-own");
        let again = change(ChangeKind::CreateAccount, link.subject(), &[("name", "contract-resource")]);
        // At once or later, with whatever status: a name is taken, and nobody changed anything meanwhile.
        let failure = writes::made(link, &again).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    })
}

#[tokio::test]
async fn no_organization_at_all_is_a_state() {
    for value in ["401-Organizations.1015", "404-Organizations.1015"] {
        let options = worlds::options(1, &[format!("huawei.no-organization={value}")]);
        let house = House::open(Options { faults: vec!["no-organizations".parse().unwrap()], ..options }).await;
        let link = house.link("huawei");
        let provider = link.provider();
        assert_eq!(provider.identity().await.unwrap().organization, None);
        let page = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
        assert!(page.rows.is_empty() && page.messages[0].raw().contains("in no organization"));
        let roots = provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap();
        assert!(roots.rows.is_empty());
    }
}

#[tokio::test]
async fn a_sync_says_where_ten_thousand_accounts_stand() {
    let options = Options { accounts: vec!["huawei=10000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let link = house.link("huawei");
    let (provider, settings) = (link.provider(), link.settings());
    let inventory = Inventory::default();
    sync(&inventory, provider, &link.name, &settings.clock, &mut |_| ()).await.unwrap();
    let snapshot = inventory.snapshot();
    let view = snapshot.connection(&link.name).unwrap();
    assert!(matches!(view.hierarchy, Hierarchy::Listed { .. }), "{:?}", view.hierarchy);
    let all = accounts(provider, &ListScope::all()).await.unwrap();
    assert_eq!(all.len(), 10_000);
    for account in &all {
        assert!(snapshot.find(&account.key).unwrap().parent().is_some());
    }
    // 50 pages of accounts and the levels' own, twice 50 for the two listings: never one request an account.
    assert!(link.requests() < 400, "{}", link.requests());
}
