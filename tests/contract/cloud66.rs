//! What only Cloud 66 has.

use acctui::domain::{AccountId, FailureKind};
use acctui::provider::{Cursor, ListScope};
use acctui::sim::Options;
use futures::future::LocalBoxFuture;

use crate::house::{House, Link};
use crate::reads::{FULL, PLAIN, Seen};
use crate::ways::{self, Ways};
use crate::worlds;

/// More than two pages of 30.
const ACCOUNTS: usize = 75;

/// The name of the account that is restricted in some worlds.
const RESTRICTED: &str = "Nordics";

pub const WAYS: Ways = Ways {
    id: "cloud66",
    accounts: |_| ACCOUNTS,
    is_one_page: false,
    closed: |world, account| {
        let is_it = world.says("cloud66.restricted-account", "one") && account.name.raw() == RESTRICTED;
        is_it.then_some(FailureKind::Refused)
    },
    unknown: |_| vec![("999999999", FailureKind::NotFound), ("nosuch", FailureKind::NotFound)],
    search: None,
    agrees: ways::is_the_way,
    profile: &[],
    accounts_made: ("name", &[]),
    first_in_root: false,
    edits: &[],
    standalone: &[],
    organization: ("", ""),
    removable: |_| false,
    refused: ways::never,
    against: |_, against| panic!("{against:?} is not known here"),
    goes_on: false,
    wrong: &[&[("token", "nobody's")], &[("token", "sim-token-expired")]],
    wrong_listed: |_| FailureKind::Auth,
    more,
    after: ways::nothing::<[AccountId]>,
};

fn more<'a>(link: &'a Link, seen: &'a Seen) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let provider = link.provider();
        assert!(seen.all.iter().all(|account| !account.name.is_empty() && account.parent.is_none()));
        let primary: Vec<_> = seen.all.iter().filter(|account| account.kind.is_some()).collect();
        assert_eq!(primary.len(), 1);
        let identity = provider.identity().await.unwrap();
        assert_eq!(identity.organization.unwrap().raw(), primary[0].key.id.as_str());
        assert!(!identity.user.is_empty());
        for account in seen.open.iter().take(2).chain(primary.iter().copied()) {
            let plain = provider.account(&account.key.id, PLAIN).await.unwrap();
            assert_eq!(plain.secrets, account.secrets);
            assert!(plain.raw.at("unmanaged_servers").is_none_or(|servers| servers.is_null()), "not asked");
            let full = provider.account(&account.key.id, FULL).await.unwrap();
            let servers = full.raw.at("unmanaged_servers").unwrap_or_default();
            assert_eq!(servers.is_array(), account.key == primary[0].key, "{servers}");
        }
        let page = provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
        let link_in = provider.sign_in().await.unwrap();
        let is_warned = link.world.says("cloud66.warning", "present");
        assert_eq!((!page.messages.is_empty(), !link_in.messages.is_empty()), (is_warned, is_warned));
        assert_eq!(link_in.page, format!("{}/cloud66/otp", link.origin));
        let path = link_in.page.strip_prefix(&link.origin).unwrap();
        let target = format!("{path}?{}={}", link_in.parameter, link_in.code.expose());
        assert!(link.status_of(&target).await < 400);
        assert!(link.status_of(&target).await >= 400, "it works once");
        assert!(!format!("{:?} {:?}", seen.all, link.records()).contains("curl "), "a secret can be seen");
        nothing_without_a_scope(link).await;
    })
}

async fn nothing_without_a_scope(link: &Link) {
    let scopeless = link.with(&[("token", "sim-token-noscope")]);
    let provider = scopeless.provider();
    assert!(provider.identity().await.unwrap().user.raw().starts_with("unknown user"));
    for failure in
        [provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err(), provider.sign_in().await.unwrap_err()]
    {
        assert_eq!(failure.kind, FailureKind::Forbidden, "{failure}");
        assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("scope `users`")), "{failure:?}");
    }
}

#[tokio::test]
async fn a_restricted_account_is_listed_and_its_refusal_explained() {
    let house = House::open(worlds::options(1, &["cloud66.restricted-account=one".into()])).await;
    let link = house.link("cloud66");
    let mut refused = Vec::new();
    let all = crate::reads::accounts(link.provider(), &ListScope::all()).await.unwrap();
    for account in &all {
        refused.extend(link.provider().account(&account.key.id, PLAIN).await.err());
    }
    assert_eq!(refused.len(), 1);
    assert_eq!((&refused[0].kind, refused[0].status), (&FailureKind::Refused, Some(400)));
    assert!(refused[0].hint.as_ref().is_some_and(|hint| hint.contains("restricted")), "{:?}", refused[0]);
}

#[tokio::test]
async fn the_oldest_account_of_many_pages_is_found_to_be_the_users() {
    for order in ["by-id", "newest-first"] {
        let options = worlds::options(1, &[format!("cloud66.accounts-order={order}")]);
        let house = House::open(Options { accounts: vec!["cloud66=700".parse().unwrap()], ..options }).await;
        let link = house.link("cloud66");
        assert!(link.provider().identity().await.unwrap().organization.is_some(), "{order}");
    }
}

#[tokio::test]
async fn answers_that_cannot_be_used_are_failures() {
    for (fault, kind) in
        [("html=1", FailureKind::Unreadable), ("success-false=1", FailureKind::Refused), ("500=1", FailureKind::Server)]
    {
        let house = House::open(Options { faults: vec![fault.parse().unwrap()], ..worlds::options(1, &[]) }).await;
        let link = house.link("cloud66");
        let failure = link.provider().accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{fault}: {failure}");
        assert_eq!(link.provider().sign_in().await.unwrap_err().kind, kind, "{fault}");
    }
}
