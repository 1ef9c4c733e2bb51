//! What only Landscape has: access groups inside accounts, replies that no call gives again, and a server without an
//! account.

use std::collections::BTreeSet;
use std::sync::Arc;

use acctui::domain::{Account, AccountId, ChangeKind, FailureKind, Organization, Subject, Tree};
use acctui::provider::{Cursor, ListScope, Made, OrganizationScope, Provider};
use futures::future::LocalBoxFuture;

use crate::absent::asks_nobody;
use crate::house::{Link, World};
use crate::reads::{PLAIN, Seen, accounts, ids};
use crate::ways::{self, Fields, Ways};
use crate::worlds::is_refused;
use crate::writes::{sent, standalone};

/// The connection to a server that has no account yet.
pub const NEW: &str = "landscape-new";

/// Enough for every kind of account that the simulator has.
const ALL_KINDS: usize = 24;

/// Enough where the kinds do not matter.
const FEW: usize = 8;

/// Lives on a subdomain of its own.
const ON_SUBDOMAIN: &str = "harbor-partners";

/// Disabled in worlds where the list has such accounts.
const DISABLED: [&str; 2] = ["fabrikam-health", "defus"];

const KEY: Fields = &[("access_key", "SIMACCESSKEY"), ("secret_key", "sim-secret-key")];

pub const WAYS: Ways = Ways {
    id: "landscape",
    accounts: |world| {
        let is_plain = [("disabled-listed", "no"), ("subdomain-switch", "token")];
        let is_few = is_plain.iter().all(|(name, value)| world.says(&format!("landscape.{name}"), value));
        if is_few && !world.is_likeliest() { FEW } else { ALL_KINDS }
    },
    is_one_page: true,
    closed,
    // The login names every account that there is: nobody else is asked for.
    unknown: |_| vec![("nobodys", FailureKind::NotFound), ("no id", FailureKind::NotFound)],
    search: None,
    agrees: ways::is_the_way,
    profile: &[("title", "Nåw Ltd \"quoted\" 7")],
    accounts_made: ("title", &[&[("title", "Onward Inc")]]),
    first_in_root: false,
    edits: &[&[("title", "Edited \"quoted\"")], &[("title", "Onward Inc")]],
    standalone: &[("email", "first@example.com"), ("name", "First"), ("password", "Passw0rd-Passw0rd")],
    organization: ("", ""),
    removable: |_| false,
    refused,
    against: |_, against| panic!("{against:?} is not known here"),
    goes_on: false,
    wrong: &[
        &[("email", "admin@example.com"), ("password", "wrong-password")],
        &[("identity", "nobody"), ("password", "wrong-password")],
        &[("access_key", "SIMACCESSKEY"), ("secret_key", "wrong-secret")],
    ],
    wrong_listed: |_| FailureKind::Auth,
    more,
    after,
};

fn closed(world: &World, account: &Account) -> Option<FailureKind> {
    let id = account.key.id.as_str();
    if DISABLED.contains(&id) && world.says("landscape.disabled-listed", "yes") {
        let fails = world.says("landscape.disabled-login", "token") && world.says("landscape.disabled-account", "500");
        return Some(if fails { FailureKind::Server } else { FailureKind::Forbidden });
    }
    let refused = id == ON_SUBDOMAIN && world.says("landscape.subdomain-switch", "refused");
    // The login itself is for the default account: nobody switches to it.
    let refused = refused && world.says("landscape.default-account", "first");
    refused.then_some(FailureKind::Refused)
}

fn refused(link: &Link, kind: ChangeKind) -> Option<FailureKind> {
    let world = &link.world;
    if kind == ChangeKind::CreateStandalone {
        // A server that answers 404 before it has an account can't be told from one that never has one.
        let is_told = link.name.as_str() == NEW && world.says("landscape.standalone-absent", "exists-false");
        return (!is_told).then_some(FailureKind::Unsupported);
    }
    if kind != ChangeKind::CreateAccount {
        return None;
    }
    match (world.value("landscape.self-service"), world.value("landscape.create-account")) {
        ("disabled-403", _) => Some(FailureKind::Forbidden),
        ("disabled-400", _) | (_, "refused-has-account") => Some(FailureKind::Refused),
        _ => None,
    }
}

fn more<'a>(link: &'a Link, seen: &'a Seen) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        assert_eq!(provider.identity().await.unwrap().user.raw(), "admin@example.com");
        // Only the likeliest world looks at every account: each takes a dozen requests.
        let step = if link.world.is_likeliest() { 1 } else { 4 };
        let looked: Vec<Account> = seen.open.iter().step_by(step).cloned().collect();
        for account in &looked {
            is_whole(provider, account).await;
        }
        groups_make_a_tree(provider, &seen.organizations, &looked).await;
        let elsewhere = provider.switch(&AccountId::new("nobodys")).await.unwrap_err();
        assert_eq!(elsewhere.kind, ways::kind_of(link.world.value("landscape.account-not-yours")), "{elsewhere}");
        says_nothing_of_itself(&link.with(&[])).await;
        let key = link.with(KEY);
        assert_eq!(key.provider().identity().await.unwrap().user.raw(), "admin@example.com");
        assert_eq!(ids(&accounts(key.provider(), &ListScope::all()).await.unwrap()), ids(&seen.all));
        for account in seen.open.iter().take(2) {
            is_whole(key.provider(), account).await;
        }
    })
}

/// To somebody without a credential a server that answers 404 to the question whether it has an account may be new or
/// not: the list is empty and says what to do.
async fn says_nothing_of_itself(nobody: &Link) {
    nobody.provider().identity().await.unwrap();
    let page = nobody.provider().accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert!(page.rows.is_empty() && page.next.is_none());
    let words = page.messages[0].raw();
    assert!(words.contains("did not say whether an account may be created"), "{words}");
}

/// An account put together from several calls has all of its parts.
async fn is_whole(provider: &dyn Provider, row: &Account) {
    let account = provider.account(&row.key.id, PLAIN).await.unwrap();
    assert_eq!((&account.key, &account.name, &account.kind), (&row.key, &row.name, &row.kind));
    assert_eq!(account.raw.at("login"), row.raw.at("login"));
    for part in ["preferences", "administrators", "roles", "computers", "licenses", "contracts", "invitations"] {
        let value = account.raw.at(part);
        assert!(value.is_some_and(|value| !value.is_null()), "{part}: {:?}", account.raw.at("messages"));
    }
    let secret = "preferences.registration_password";
    let is_masked = account.raw.at(secret).is_some_and(|value| value.as_str() == Some("<secret>"));
    assert_eq!(is_masked, account.secrets.contains_key(secret));
}

async fn groups_make_a_tree(provider: &dyn Provider, roots: &[Organization], open: &[Account]) {
    let mut most = Vec::new();
    for root in roots.iter().filter(|root| open.iter().any(|account| Some(&account.key.id) == root.account.as_ref())) {
        let scope = OrganizationScope::Below(root.key.id.clone());
        let below = provider.organizations(&scope, &Cursor::First).await.unwrap().rows;
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

/// The title is the account's name everywhere, and the reply to a creation is kept.
fn after<'a>(link: &'a Link, made: &'a [AccountId]) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        let all = accounts(provider, &ListScope::all()).await.unwrap();
        let title = WAYS.profile[0].1;
        let renamed: BTreeSet<AccountId> =
            all.iter().filter(|row| row.name.raw() == title).map(|row| row.key.id.clone()).collect();
        assert_eq!(renamed.len(), 2);
        for id in &renamed {
            assert_eq!(provider.switch(id).await.unwrap().name.raw(), title);
        }
        for id in made {
            let row = all.iter().find(|row| row.key.id == *id).unwrap();
            let created = row.raw.at("as_of_creation").unwrap();
            assert!(created.is_object(), "{created}");
            let account = provider.account(id, PLAIN).await.unwrap();
            assert_eq!(account.raw.at("as_of_creation"), Some(created));
            assert_eq!(account.raw.at("preferences.title"), Some("Onward Inc".into()));
            assert!(account.created_at.is_some());
        }
    })
}

/// A server without an account: an empty list with its own words, until its first account is made.
pub async fn a_new_server(link: &Link) {
    let provider = link.provider();
    let create = standalone(link, &WAYS);
    let before = provider.accounts(&ListScope::all(), &Cursor::First).await;
    let nobody = acctui::domain::AccountKey { connection: link.name.clone(), id: AccountId::new("standalone") };
    asks_nobody(link, &WAYS, &nobody).await;
    if let Some(kind) = refused(link, create.kind) {
        assert!(before.unwrap().rows.is_empty());
        says_nothing_of_itself(link).await;
        assert_eq!(sent(link, &create).await.unwrap_err().kind, kind);
        return;
    }
    let before = before.unwrap();
    assert!(before.rows.is_empty() && before.messages[0].raw().contains("standalone"));
    let Some(Made::Account(made)) = sent(link, &create).await.unwrap().made else { panic!("it was made") };
    assert_eq!(sent(link, &create).await.unwrap_err().kind, FailureKind::Refused);
    is_refused(link).await;
    let password = create.secrets["password"].expose().to_owned();
    let own = link.with(&[("email", create.values.get("email")), ("password", &password)]);
    assert_eq!(own.provider().identity().await.unwrap().user.raw(), create.values.get("email"));
    let all = accounts(own.provider(), &ListScope::all()).await.unwrap();
    assert_eq!((all.len(), &all[0].key), (1, &made.key));
    is_whole(own.provider(), &all[0]).await;
    let roots = own.provider().organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap().rows;
    assert_eq!(roots.len(), 1);
    groups_make_a_tree(own.provider(), &roots, &all).await;
    assert!(own.provider().profile(&Subject::Account(made.key)).await.unwrap().exists);
}
