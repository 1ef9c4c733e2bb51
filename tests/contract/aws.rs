//! What only AWS has: a second service beside the first, contacts that cost a call each, places by paths or by a walk.

use acctui::domain::{Account, AccountId, ChangeKind, FailureKind, Subject, Untrusted};
use acctui::inventory::{Hierarchy, Inventory, SyncState, sync};
use acctui::provider::{Cursor, ListScope, OrganizationScope};
use acctui::sim::Options;
use futures::future::LocalBoxFuture;

use crate::house::{House, Link, change};
use crate::reads::{FULL, PLAIN, Seen, accounts, inside};
use crate::ways::{self, Against, Ways};
use crate::{worlds, writes};

/// More than two pages of 20.
const ACCOUNTS: usize = 50;

pub const WAYS: Ways = Ways {
    id: "aws",
    accounts: |_| ACCOUNTS,
    is_one_page: false,
    closed: ways::all_open,
    unknown: |_| vec![("000000000000", FailureKind::NotFound), ("no id", FailureKind::NotFound)],
    search: None,
    agrees: ways::is_the_way,
    profile: &[
        ("FullName", "Contract Office"),
        ("AddressLine1", "1 rue du Contrat"),
        ("AddressLine2", ""),
        ("City", "Paris"),
        ("PostalCode", "75001"),
        ("CountryCode", "FR"),
        ("PhoneNumber", "+33123456789"),
    ],
    accounts_made: (
        "AccountName",
        &[
            &[("AccountName", "contract-first"), ("Email", "first@new.example")],
            &[
                ("AccountName", "contract-second"),
                ("Email", "second@new.example"),
                ("RoleName", "ContractRole"),
                ("IamUserAccessToBilling", "DENY"),
                ("Tags", "env=contract, team=two words"),
            ],
        ],
    ),
    first_in_root: true,
    edits: &[&[("Name", "Renamed (here) #2")], &[("Name", "contract-first")]],
    standalone: &[],
    organization: ("Contract unit", "Renamed"),
    removable: |_| false,
    refused: ways::never,
    against: |_, against| match against {
        Against::NotEmpty => Some(FailureKind::Refused),
        Against::Elsewhere => Some(FailureKind::Conflict),
        Against::Gone => Some(FailureKind::NotFound),
        // Nothing is removed here.
        Against::Kept | Against::Leads => None,
    },
    goes_on: true,
    wrong: &[
        &[
            ("access_key_id", "SIMACCESSKEY"),
            ("secret_access_key", "sim-secret-key"),
            ("session_token", "sim-session-token-expired"),
        ],
        &[("access_key_id", "NOBODYSKEY"), ("secret_access_key", "sim-secret-key")],
        &[("access_key_id", "SIMACCESSKEY-READONLY"), ("secret_access_key", "wrong-secret")],
    ],
    wrong_listed: |_| FailureKind::Auth,
    more,
    after,
};

fn is(text: Option<&Untrusted>, word: &str) -> bool {
    text.is_some_and(|text| text.raw() == word)
}

fn key(link: &Link, id: &str) -> Link {
    link.with(&[("access_key_id", id), ("secret_access_key", "sim-secret-key")])
}

fn more<'a>(link: &'a Link, seen: &'a Seen) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        let identity = provider.identity().await.unwrap();
        assert_eq!(identity.user.raw(), "SIMACCESSKEY");
        assert!(identity.organization.is_some_and(|id| id.raw().starts_with("o-")));
        assert!(seen.all.iter().all(|account| !account.has_extra && account.status.is_some()));
        // By its paths or by the walk: a listing says of every account where it stands.
        for account in &seen.all {
            assert_eq!(
                account.parent.as_ref().map(|parent| &parent.id),
                seen.holder.get(&account.key.id),
                "{account:?}"
            );
        }
        let (holder, _) = seen.holder.iter().next().map(|(id, holder)| (holder, id)).unwrap();
        let direct = accounts(provider, &inside(holder, &[])).await.unwrap();
        assert!(direct.iter().all(|account| account.parent.as_ref().unwrap().id == *holder));
        assert_eq!(ways::root(&seen.organizations).kind.raw(), "root");
        for account in seen.open.iter().take(3) {
            contacts_come_and_go(link, account).await;
        }
        keys_may_what_they_may(link, seen).await;
        let late = link.behind(3_600_000).provider().identity().await.unwrap_err();
        assert!(late.kind == FailureKind::Auth && late.cause.contains("60 min behind"), "{late}");
    })
}

const CONTACT: [(&str, &str); 4] = [
    ("AlternateContacts.SECURITY.Name", "Ada Contract"),
    ("AlternateContacts.SECURITY.Title", "CISO"),
    ("AlternateContacts.SECURITY.EmailAddress", "ada@contract.example"),
    ("AlternateContacts.SECURITY.PhoneNumber", "+33123456789"),
];

/// An alternate contact is written by a form of its own, shown in the record that is asked for in full, and taken away by
/// clearing it; the others stay as they are.
async fn contacts_come_and_go(link: &Link, account: &Account) {
    let read = async || link.provider().account(&account.key.id, FULL).await.unwrap().raw;
    let before = read().await;
    assert!(before.at("AlternateContacts.BILLING").is_some() && before.at("Tags").is_some(), "{}", before.text());
    let subject = Subject::Account(account.key.clone());
    let put = change(ChangeKind::UpdateAccount, subject.clone(), &CONTACT);
    writes::sent(link, &put).await.unwrap();
    let after = read().await;
    for (path, text) in CONTACT {
        assert_eq!(after.at(path).unwrap(), text);
    }
    assert_eq!(after.at("AlternateContacts.BILLING"), before.at("AlternateContacts.BILLING"));
    let cleared = change(ChangeKind::UpdateAccount, subject, &CONTACT.map(|(path, _)| (path, "")));
    writes::sent(link, &cleared).await.unwrap();
    assert!(read().await.at("AlternateContacts.SECURITY").unwrap().is_null());
}

/// Where the account service is closed the contacts say why, and the rest works.
async fn keys_may_what_they_may(link: &Link, seen: &Seen) {
    let member = key(link, "SIMACCESSKEY-MEMBER");
    assert!(member.provider().identity().await.unwrap().organization.is_some());
    let failure = accounts(member.provider(), &ListScope::all()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
    let temporary = [("access_key_id", "SIMACCESSKEY"), ("secret_access_key", "sim-secret-key")];
    let temporary = link.with(&[&temporary[..], &[("session_token", "sim-session-token")]].concat());
    let identity = temporary.provider().identity().await.unwrap();
    assert_eq!((identity.credential.as_str(), identity.user.raw()), ("temporary access key", "temporary access key"));
    assert!(accounts(temporary.provider(), &ListScope::all()).await.is_ok());
    let other = &seen.open.iter().find(|account| !is_management(account)).unwrap().key;
    for closed in ["SIMACCESSKEY-NOACCOUNT", "SIMACCESSKEY-UNTRUSTED"] {
        let closed = key(link, closed);
        let provider = closed.provider();
        let failure = provider.profile(&Subject::Account(other.clone())).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
        assert!(failure.hint.as_ref().unwrap().contains("trust"), "{failure:?}");
        assert_eq!(accounts(provider, &ListScope::all()).await.unwrap().len(), seen.all.len());
        let full = provider.account(&other.id, FULL).await.unwrap();
        assert!(full.raw.at("AlternateContacts").unwrap().is_null());
        assert!(full.raw.at("Messages").unwrap().to_string().contains("alternate contacts"), "{}", full.raw.text());
        assert!(!full.raw.at("Tags").unwrap().is_null(), "the rest is there");
    }
    // A delegated administrator would read its own contacts for the management account's, asked without an id.
    let delegate = key(link, "SIMACCESSKEY-READONLY");
    let management = seen.all.iter().find(|account| is_management(account)).unwrap();
    let failure = delegate.provider().profile(&Subject::Account(management.key.clone())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
    assert!(link.provider().profile(&Subject::Account(management.key.clone())).await.unwrap().exists);
}

/// The management account's own id stands in the ARNs of all.
fn is_management(account: &Account) -> bool {
    let arn = account.raw.at("Arn").and_then(|arn| arn.as_str().map(str::to_owned)).unwrap();
    arn.split(':').nth(4) == Some(account.key.id.as_str())
}

fn after<'a>(link: &'a Link, made: &'a [AccountId]) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        assert_eq!(made.len(), 2);
        let closed = provider.account(&made[0], PLAIN).await.unwrap();
        assert!(is(closed.kind.as_ref(), "CREATED"), "{closed:?}");
        assert!(is(closed.status.as_ref(), "SUSPENDED") || is(closed.status.as_ref(), "CLOSED"), "{closed:?}");
        let second = provider.account(&made[1], FULL).await.unwrap();
        assert_eq!(second.email.unwrap().raw(), "second@new.example");
        assert_eq!(second.raw.at("Tags.team").unwrap(), "two words");
        let taken = [("AccountName", "contract-third"), ("Email", "second@new.example")];
        let again = change(ChangeKind::CreateAccount, link.subject(), &taken);
        // At once or later: an address is taken.
        let failure = writes::made(link, &again).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    })
}

#[tokio::test]
async fn no_organization_at_all_is_a_state() {
    let options = worlds::options(1, &[]);
    let house = House::open(Options { faults: vec!["no-organizations".parse().unwrap()], ..options }).await;
    let link = house.link("aws");
    let provider = link.provider();
    assert_eq!(provider.identity().await.unwrap().organization, None);
    let page = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert!(page.rows.is_empty() && page.messages[0].raw().contains("in no organization"));
    for scope in [OrganizationScope::Roots, OrganizationScope::Every] {
        assert!(provider.organizations(&scope, &Cursor::First).await.unwrap().rows.is_empty());
    }
}

/// However an organization says where its accounts stand, nobody is asked once an account.
#[tokio::test]
async fn a_sync_says_where_ten_thousand_accounts_stand() {
    for paths in ["present", "absent"] {
        let assume = vec![format!("aws.paths={paths}").parse().unwrap()];
        let options = Options { accounts: vec!["aws=10000".parse().unwrap()], assume, ..Options::default() };
        let house = House::open(options).await;
        let link = house.link("aws");
        let inventory = Inventory::default();
        sync(&inventory, link.provider(), &link.name, &link.settings().clock, &mut |_| ()).await.unwrap();
        let snapshot = inventory.snapshot();
        let view = snapshot.connection(&link.name).unwrap();
        assert!(matches!(view.hierarchy, Hierarchy::Listed { .. }), "{:?}", view.hierarchy);
        assert!(matches!(view.sync, SyncState::Complete { .. }), "{:?}", view.sync);
        assert_eq!(snapshot.len(), 10_000);
        for row in snapshot.rows() {
            let parent = row.parent().unwrap();
            assert!(!parent.name.is_empty(), "{paths}: {parent:?}");
        }
        // 500 pages of accounts and some of the OUs'; empty pages come beside.
        assert!(link.requests() < 1_000, "{paths}: {}", link.requests());
    }
}
