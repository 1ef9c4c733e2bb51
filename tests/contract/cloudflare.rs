//! What only Cloudflare has.

use std::collections::{BTreeMap, BTreeSet};

use acctui::domain::{AccountId, Change, ChangeKind, Delivery, FailureKind, Lineage, OrganizationId, Step, Subject};
use acctui::inventory::{Came, Step as Way, SyncState, Walk};
use acctui::provider::{Cursor, ListScope, OrganizationScope};
use acctui::sim::Options;
use futures::future::LocalBoxFuture;

use crate::bad_input::listed;
use crate::house::{House, Link, change};
use crate::reads::{PLAIN, Seen, accounts, ids, inside, organizations};
use crate::ways::{self, Against, Ways};
use crate::worlds;
use crate::writes::{self, subject};

const ADMIN: ways::Fields = &[("email", "admin@example.com"), ("key", "sim-key")];

/// More than two pages of 50.
const ACCOUNTS: usize = 120;

pub const WAYS: Ways = Ways {
    id: "cloudflare",
    accounts: |_| ACCOUNTS,
    is_one_page: false,
    closed: ways::all_open,
    // What cannot be an id is not found in every world.
    unknown: |_| vec![("no id", FailureKind::NotFound), ("nosuch", FailureKind::NotFound)],
    search: Some("name"),
    agrees: has_the_ends,
    profile: &[("business_name", "Nåw Ltd \"quoted\""), ("business_email", "office@new.example")],
    accounts_made: (
        "name",
        &[&[("name", "Contract inside")], &[("name", "Contract standalone"), ("type", "enterprise"), ("unit.id", "")]],
    ),
    first_in_root: true,
    edits: &[
        &[
            ("name", "Nåw \"quoted\" 研发"),
            ("settings.abuse_contact_email", "abuse@new.example"),
            ("settings.enforce_twofactor", "true"),
        ],
        &[("name", "Contract inside"), ("settings.enforce_twofactor", "false")],
    ],
    standalone: &[],
    organization: ("Contract unit", "Renamed"),
    removable: |_| false,
    refused: ways::never,
    against: |world, against| match against {
        Against::NotEmpty => Some(FailureKind::Refused),
        // A move names no source: only one to the same place may be refused.
        Against::Elsewhere => world.says("cloudflare.move-to-same", "refused").then_some(FailureKind::Refused),
        Against::Gone => Some(ways::kind_of(world.value("cloudflare.unknown-id"))),
        Against::Kept | Against::Leads => panic!("{against:?} is not known here"),
    },
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
    after,
};

/// A lineage also names who manages the account, marked as not linked: its ends are the hierarchy's.
fn has_the_ends(lineage: &Lineage, way: &[OrganizationId]) -> bool {
    let named = |step: &Step| step.organization.key.id.clone();
    let ends = [lineage.steps.first().map(named), lineage.steps.last().map(named)];
    ends == [way.first().cloned(), way.last().cloned()]
}

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

fn after<'a>(link: &'a Link, made: &'a [AccountId]) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        one_key_makes_one_account(link).await;
        a_setting_is_cleared_and_others_stay(link, &made[0]).await;
        moves_stay_in_their_hierarchy(link, &made[0]).await;
        what_comes_along_is_said(link, &made[0]).await;
    })
}

async fn one_key_makes_one_account(link: &Link) {
    let count = accounts(link.provider(), &ListScope::all()).await.unwrap().len();
    let create = change(ChangeKind::CreateAccount, link.subject(), &[("name", "Contract once")]);
    let create = Change { key: Some("contract-once".into()), ..create };
    let first = writes::made(link, &create).await.unwrap();
    assert_eq!(writes::made(link, &create).await.unwrap(), first);
    let mut other = create.clone();
    other.values.set("name", "Contract twice");
    match writes::made(link, &other).await {
        Ok(same) => assert_eq!(same, first),
        Err(failure) => {
            assert!(link.world.says("cloudflare.key-reused", "refused"), "{failure}");
            assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        }
    }
    let all = accounts(link.provider(), &ListScope::all()).await.unwrap();
    assert_eq!(all.len(), count + 1, "one was made");
    let mut keyless = create;
    keyless.key = None;
    let refused = writes::made(link, &keyless).await.err().map(|failure| failure.kind);
    let is_needed = link.world.says("cloudflare.standalone-needs-key", "yes");
    assert_eq!(refused, is_needed.then_some(FailureKind::Refused));
}

async fn a_setting_is_cleared_and_others_stay(link: &Link, account: &AccountId) {
    let fields = [("name", "Contract inside"), ("settings.abuse_contact_email", "")];
    let mut edit = change(ChangeKind::UpdateAccount, subject(link, account), &fields);
    let contact = async || {
        let record = link.provider().account(account, PLAIN).await.unwrap().raw;
        assert_eq!(record.at("settings.enforce_twofactor"), Some(false.into()));
        record.at("settings.abuse_contact_email").and_then(|contact| contact.as_str().map(str::to_owned))
    };
    // Nothing says that it was more than empty before: it is kept.
    writes::sent(link, &edit).await.unwrap();
    assert_eq!(contact().await.as_deref(), Some("abuse@new.example"));
    edit.base = Some([("settings.abuse_contact_email", "abuse@new.example")].into_iter().collect());
    writes::sent(link, &edit).await.unwrap();
    assert_eq!(contact().await, None);
}

async fn moves_stay_in_their_hierarchy(link: &Link, account: &AccountId) {
    let provider = link.provider();
    let own = provider.lineage(account).await.unwrap();
    let roots = organizations(provider, &OrganizationScope::Roots).await.unwrap();
    let roots = roots.iter().flat_map(|page| &page.rows);
    let other = roots.map(|root| &root.key.id).find(|id| own.steps[0].organization.key.id != **id).unwrap();
    let fields = [(Change::FROM, own.steps[0].organization.key.id.as_str()), (Change::TO, other.as_str())];
    let away = change(ChangeKind::MoveAccount, subject(link, account), &fields);
    let failure = writes::sent(link, &away).await.unwrap_err();
    assert_eq!((failure.kind.clone(), failure.delivery), (FailureKind::Refused, Delivery::Answered), "{failure}");
    assert!(failure.cause.contains("another hierarchy") && failure.hint.unwrap().contains("Support"));
    let value = link.world.value("cloudflare.batch-move");
    let accounts = [account.clone(), AccountId::new("ffffffffffffffffffffffffffffffff")];
    match (value, provider.move_batch(&accounts, other).await) {
        ("works" | "works-list", Ok(statuses)) => {
            assert_eq!(statuses.len(), if value == "works" { 1 } else { 2 });
            assert!(statuses.iter().all(|status| !status.moved && status.message.is_some()), "{statuses:?}");
            assert_eq!(statuses[0].account, *account);
        }
        ("405" | "501" | "404", Err(failure)) => {
            assert_eq!(failure.kind, FailureKind::Unsupported, "{failure}");
            assert!(failure.hint.unwrap().contains("one by one"));
        }
        (value, result) => panic!("{value}: {result:?}"),
    }
    assert_eq!(provider.lineage(account).await.unwrap(), own);
    // A destination that there is not is no server without the call.
    let nowhere = provider.move_batch(&accounts, &acctui::domain::OrganizationId::new("nowhere")).await.unwrap_err();
    let knows_it = value.starts_with("works");
    assert_eq!(nowhere.kind == FailureKind::Unsupported, !knows_it, "{nowhere}");
}

async fn what_comes_along_is_said(link: &Link, made: &AccountId) {
    let provider = link.provider();
    let delete = |id: &AccountId| change(ChangeKind::DeleteAccount, subject(link, id), &[]);
    let mut counts = std::collections::BTreeSet::new();
    for account in accounts(provider, &ListScope::all()).await.unwrap().iter().take(6) {
        let before = link.requests();
        let said = provider.side_effects(&delete(&account.key.id)).await;
        assert_eq!(link.requests() - before, 1, "zones are counted by one request");
        assert!(said[0].words.contains("zone") && said[1].words.contains("can't be undone"), "{said:?}");
        counts.insert(said[0].words.clone());
    }
    assert!(counts.len() > 1, "{counts:?}");
    assert!(provider.side_effects(&delete(made)).await[0].words.starts_with("no zones"));
    let mut on = change(ChangeKind::UpdateAccount, subject(link, made), &[("settings.enforce_twofactor", "true")]);
    for (base, requests) in [(None, 2), (Some("false"), 1), (Some("true"), 0)] {
        on.base = base.map(|base| [("settings.enforce_twofactor", base)].into_iter().collect());
        let before = link.requests();
        let said = provider.side_effects(&on).await;
        assert_eq!((link.requests() - before, said.len()), (requests, requests.min(1)), "{said:?}");
        assert!(said.iter().all(|said| said.words.contains("of 1 members")), "{said:?}");
    }
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

/// The organization family pages by token, which nothing counts.
#[tokio::test]
async fn an_organizations_listing_whose_token_repeats_ends_and_says_so() {
    let house = house(&["repeat-token"]).await;
    let link = house.link("cloudflare");
    let provider = link.provider();
    let mut held: BTreeMap<OrganizationId, usize> = BTreeMap::new();
    for account in accounts(provider, &ListScope::all()).await.unwrap() {
        *held.entry(account.parent.map_or(OrganizationId::new(""), |parent| parent.id)).or_default() += 1;
    }
    let (id, count) =
        held.into_iter().filter(|(id, _)| !id.as_str().is_empty()).max_by_key(|(_, count)| *count).unwrap();
    let scope = inside(&id, &[("page_size", "1")]);
    let (mut walk, mut cursor) = (Walk::default(), Cursor::First);
    let mut came = BTreeSet::new();
    let end = loop {
        let page = provider.accounts(&scope, &cursor).await.unwrap();
        let before = came.len();
        came.extend(page.rows.iter().map(|account| account.key.id.clone()));
        match walk.step(Came::of(page.rows.len(), came.len() - before), page.next) {
            Way::Next(next) => cursor = next,
            end @ (Way::End | Way::Stuck(_)) => break end,
        }
    };
    assert!(count > 2 && came.len() < count, "{} of {count}", came.len());
    assert!(matches!(end, Way::Stuck(_)), "it is not taken for whole: {end:?}");
}

/// To an account-owned token every page is the same one (reported live), whatever is said of pages beside it.
#[tokio::test]
async fn an_account_owned_token_lists_its_account_once_however_often_the_page_comes() {
    for info in ["full", "absent"] {
        let world = worlds::options(1, &[format!("cloudflare.result-info={info}")]);
        let house = House::open(world).await;
        let link = house.link("cloudflare").with(&[("token", "sim-token-account")]);
        let (rows, view) = listed(&link, link.provider()).await;
        assert_eq!(rows, 1, "{info}: {:?}", view.sync);
        assert!(matches!(view.sync, SyncState::Complete { .. }), "{info}: {:?}", view.sync);
        // Who the token is asks for the first page, too; where nothing is said of pages the second one shows the end.
        let asked = accounts_asked(&link);
        assert!(asked <= 3, "{info}: {asked} pages");
    }
}

/// How many pages of accounts were asked for.
fn accounts_asked(link: &Link) -> usize {
    let asked = link.records().into_iter().filter(|record| record.path.contains("/accounts?page="));
    asked.map(|record| record.id).collect::<BTreeSet<_>>().len()
}
