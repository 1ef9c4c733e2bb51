//! What only Cloudflare has.

use acctui::domain::{AccountId, Change, ChangeKind, Delivery, FailureKind, Subject};
use acctui::provider::{Cursor, ListScope, OrganizationScope};
use acctui::sim::Options;
use futures::future::LocalBoxFuture;

use crate::house::{House, Link, change};
use crate::reads::{PLAIN, Seen, accounts, ids, inside, organizations};
use crate::ways::{self, Ways};
use crate::worlds;

const ADMIN: ways::Fields = &[("email", "admin@example.com"), ("key", "sim-key")];

/// More than two pages of 50.
const ACCOUNTS: usize = 120;

pub const WAYS: Ways = Ways {
    id: "cloudflare",
    accounts: |_| ACCOUNTS,
    closed: ways::all_open,
    // What cannot be an id is not found in every world.
    unknown: |_| vec![("no id", FailureKind::NotFound), ("nosuch", FailureKind::NotFound)],
    search: Some("name"),
    profile: &[("business_name", "Nåw Ltd \"quoted\""), ("business_email", "office@new.example")],
    accounts_made: ("name", &[]),
    edits: &[],
    standalone: &[],
    organization: ("Contract unit", "Renamed"),
    removable: |_| false,
    refused: ways::never,
    against: |_, against| panic!("{against:?} is not known here"),
    goes_on: false,
    wrong: &[
        &[("token", "nobody's")],
        &[("token", "sim-token-expired")],
        &[("email", "somebody@else.example"), ("key", "wrong-key")],
    ],
    // 403 stands for a missing permission as well; only the identity's own question tells them apart.
    wrong_listed: |world| {
        let is_like_a_permission = world.value("cloudflare.wrong-token").starts_with("403");
        if is_like_a_permission { FailureKind::Forbidden } else { FailureKind::Auth }
    },
    more,
    after: ways::nothing::<[AccountId]>,
};

fn more<'a>(link: &'a Link, seen: &'a Seen) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        assert_eq!(link.provider().identity().await.unwrap().credential, "API token");
        let admin = link.with(ADMIN);
        assert_eq!(admin.provider().identity().await.unwrap().user.raw(), "admin@example.com");
        let all = accounts(admin.provider(), &ListScope::all()).await.unwrap();
        assert_eq!(ids(&all), ids(&seen.all));
        // An account names its organization, and so its listing holds it and no other.
        for account in &seen.all {
            let named = account.parent.as_ref().map(|parent| &parent.id);
            assert_eq!(named, seen.holder.get(&account.key.id));
        }
    })
}

async fn house(faults: &[&str]) -> House {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    House::open(Options { faults, ..worlds::options(1, &[]) }).await
}

#[tokio::test]
async fn an_organizations_filters_and_order_reach_the_server() {
    let house = house(&[]).await;
    let link = house.link("cloudflare");
    let provider = link.provider();
    let all = accounts(provider, &ListScope::all()).await.unwrap();
    let account = all.iter().find(|account| account.parent.is_some() && account.name.raw().is_ascii()).unwrap();
    let (id, name) = (&account.parent.as_ref().unwrap().id, account.name.raw());
    let part = name.split(' ').next().unwrap();
    let whole = accounts(provider, &inside(id, &[])).await.unwrap();
    for (parameter, text) in
        [("name", name), ("name.startsWith", part), ("name.contains", part), ("name.endsWith", name)]
    {
        for prefix in ["", "account_pub"] {
            let parameter = format!("{prefix}{parameter}");
            let found = accounts(provider, &inside(id, &[(&parameter, text), ("page_size", "1")])).await.unwrap();
            assert!(ids(&found).contains(&account.key.id), "{parameter}={text}");
            assert!(ids(&found).is_subset(&ids(&whole)) && found.len() < whole.len().max(2), "{parameter}={text}");
        }
    }
    let order = |direction| inside(id, &[("order_by", "account_name"), ("direction", direction)]);
    let mut up = accounts(provider, &order("asc")).await.unwrap();
    let down = accounts(provider, &order("desc")).await.unwrap();
    up.reverse();
    let names =
        |accounts: &[acctui::domain::Account]| accounts.iter().map(|one| one.name.raw().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&up), names(&down));
}

fn profile_of(link: &Link, subject: Subject) -> Change {
    let name = [("business_name", "Written")];
    assert_eq!(subject.connection(), &link.name);
    change(ChangeKind::Profile, subject, &name)
}

#[tokio::test]
async fn each_published_credential_is_what_it_says() {
    let house = house(&[]).await;
    let link = house.link("cloudflare");
    let token = |name: &str| link.with(&[("token", name)]);
    let user = token("sim-token-user");
    assert_eq!(user.provider().identity().await.unwrap().organization, None);
    let roots = organizations(link.with(ADMIN).provider(), &OrganizationScope::Roots).await.unwrap();
    let failure = accounts(user.provider(), &inside(&roots[0].rows[0].key.id, &[])).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.cause.contains("organizations are not enabled"), "{failure}");
    let owned = token("sim-token-account");
    let identity = owned.provider().identity().await.unwrap();
    assert!(identity.credential.contains("account-owned"), "{identity:?}");
    let listed = accounts(owned.provider(), &ListScope::all()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(identity.organization.unwrap().raw(), listed[0].key.id.as_str());
    let write = profile_of(&link, Subject::Account(listed[0].key.clone()));
    let failure = token("sim-token-readonly").provider().execute(&write).await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Forbidden, Delivery::Answered));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown() {
    for fault in ["drop-after-write=1", "500-after-write=1"] {
        let house = house(&[fault]).await;
        let link = house.link("cloudflare");
        let provider = link.provider();
        let account = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap().rows.remove(0);
        assert_eq!(provider.account(&account.key.id, PLAIN).await.unwrap().key, account.key);
        let subject = Subject::Account(account.key);
        let mut values = provider.profile(&subject).await.unwrap().values;
        values.set("business_name", "Written");
        let write = Change { values, ..profile_of(&link, subject.clone()) };
        let failure = provider.execute(&write).await.unwrap_err();
        assert_eq!(failure.delivery, Delivery::Unknown, "{fault}: {failure}");
        // And indeed: it was done.
        assert_eq!(provider.profile(&subject).await.unwrap().values.get("business_name"), "Written");
    }
}

#[tokio::test]
async fn no_organizations_at_all_leaves_the_accounts() {
    let house = house(&["no-organizations"]).await;
    let link = house.link("cloudflare").with(ADMIN);
    assert_eq!(accounts(link.provider(), &ListScope::all()).await.unwrap().len(), ACCOUNTS);
    let failure = organizations(link.provider(), &OrganizationScope::Every).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
}
