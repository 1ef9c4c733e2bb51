//! The inventory and its sync against a scripted provider.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use rstest::rstest;

use super::fake::*;
use super::*;
use crate::domain::{
    AccountId, Failure, FailureKind, Lineage, Moment, OrganizationId, Profile, Subject, TreeFault, Values,
};
use crate::provider::{Clock, Cursor, DetailOptions, ListScope, OrganizationScope, Page, Query, Reply};

/// A clock that moves by `step` milliseconds with each look.
fn clock(step: u64) -> Clock {
    let now = AtomicU64::new(1_000);
    Arc::new(move || Moment(now.fetch_add(step, Ordering::Relaxed)))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Syncs, with the lengths of the snapshots that were published.
fn synced(inventory: &Inventory, fake: &Fake) -> (Result<(), Failure>, Vec<usize>) {
    let mut lengths = Vec::new();
    let mut published = |snapshot: Arc<Snapshot>| lengths.push(snapshot.len());
    let clock = clock(1);
    let connection = connection();
    let sync = sync(inventory, fake, &connection, &clock, &mut published);
    let result = runtime().block_on(sync);
    (result, lengths)
}

fn state(inventory: &Inventory) -> SyncState {
    let snapshot = inventory.snapshot();
    snapshot.connection(&connection()).unwrap().sync.clone()
}

fn hierarchy(inventory: &Inventory) -> Hierarchy {
    let snapshot = inventory.snapshot();
    snapshot.connection(&connection()).unwrap().hierarchy.clone()
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    let mut names: Vec<String> = (0..snapshot.len())
        .map(|row| snapshot.account(u32::try_from(row).unwrap()).unwrap())
        .map(|account| account.name.to_string())
        .collect();
    names.sort();
    names
}

fn roots(inventory: &Inventory) -> Vec<String> {
    let snapshot = inventory.snapshot();
    let tree = &snapshot.connection(&connection()).unwrap().tree;
    let roots = tree.roots().iter();
    roots.map(|id| id.as_str().to_owned()).collect()
}

fn absorb(inventory: &Inventory, query: &Query, reply: &Reply) -> Arc<Snapshot> {
    inventory.absorb(&connection(), query, reply, Moment(7))
}

fn listed(inventory: &Inventory, accounts: Vec<crate::domain::Account>) {
    let query = Query::Accounts(ListScope::all(), Cursor::First);
    absorb(inventory, &query, &Reply::Accounts(page(accounts, None)));
}

fn filled(ids: u32) -> Fake {
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(move |cursor| Ok(numbered(number(&cursor), 1, ids)));
    fake
}

#[test]
fn all_numbered_pages_come_in_whatever_order_and_none_twice() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 40, 5)));
    let (result, lengths) = synced(&inventory, &fake);
    assert_eq!(result, Ok(()));
    assert_eq!(inventory.snapshot().len(), 200);
    assert!(matches!(state(&inventory), SyncState::Complete { .. }));
    assert_eq!(fake.asked("accounts"), 40);
    assert!(lengths.contains(&5), "the first page is shown at once: {lengths:?}");
    assert_eq!(lengths.last(), Some(&200));
    assert!(lengths.len() < 10, "published for every page: {lengths:?}");
    let snapshot = inventory.snapshot();
    assert_eq!(snapshot.connection(&connection()).unwrap().accounts, 200);
    for row in 0..200 {
        let account = snapshot.account(row).unwrap();
        assert_eq!(snapshot.row(&account.key), Some(row));
    }
}

#[test]
fn chained_pages_are_followed_to_the_last_one() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&CHAINED);
    fake.accounts = answer(|cursor| {
        Ok(match cursor {
            Cursor::First => page(vec![account("a", "A")], Some(Cursor::Token("t1".into()))),
            Cursor::Token(token) if token == "t1" => page(Vec::new(), Some(Cursor::Token("t2".into()))),
            Cursor::Token(_) | Cursor::Page(_) => page(vec![account("b", "B")], None),
        })
    });
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["A", "B"]);
}

#[test]
fn the_same_page_for_every_number_ends_the_listing() {
    // Cloudflare, reported live: an account-owned token.
    for pages in [None, Some(1), Some(1_000_000)] {
        let inventory = Inventory::default();
        let mut fake = Fake::new(&NUMBERED);
        fake.accounts = answer(move |cursor| {
            let next = Some(Cursor::Page(number(&cursor) + 1));
            Ok(Page { pages, total: Some(1), ..page(vec![account("a", "A")], next) })
        });
        assert_eq!(synced(&inventory, &fake).0, Ok(()), "{pages:?}");
        assert_eq!(names(&inventory.snapshot()), ["A"]);
        assert!(fake.asked("accounts") < 20, "{pages:?}");
    }
}

#[test]
fn a_token_that_comes_again_ends_a_listing_that_says_it_is_partial() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&CHAINED);
    let mut nth = 0;
    fake.accounts = answer(move |_| {
        nth += 1;
        let row = account(&format!("a{nth}"), "A");
        Ok(page(vec![row], Some(Cursor::Token("again".into()))))
    });
    assert!(synced(&inventory, &fake).0.is_err());
    assert_eq!(fake.asked("accounts"), 2);
    assert!(matches!(state(&inventory), SyncState::Partial { .. }));
}

#[test]
fn a_failing_page_is_named_and_the_others_still_come() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| match number(&cursor) {
        3 => Err(failure(FailureKind::Server)),
        number => Ok(numbered(number, 12, 5)),
    });
    let (result, _) = synced(&inventory, &fake);
    assert_eq!(result.unwrap_err().kind, FailureKind::Server);
    assert_eq!(inventory.snapshot().len(), 55);
    let SyncState::Partial { page, .. } = state(&inventory) else {
        panic!("{:?}", state(&inventory));
    };
    assert_eq!(page, "page 3 of 12");
}

#[test]
fn a_provider_that_fails_and_fails_is_not_asked_for_ever() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| match number(&cursor) {
        1 => Ok(numbered(1, 1_000, 5)),
        _ => Err(failure(FailureKind::TimedOut)),
    });
    assert!(synced(&inventory, &fake).0.is_err());
    assert!(fake.asked("accounts") < 20);
}

#[test]
fn a_first_page_that_fails_leaves_the_old_rows() {
    let inventory = Inventory::default();
    let fake = filled(5);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    replace(&fake.accounts, |_| Err(failure(FailureKind::Unreachable)));
    assert!(synced(&inventory, &fake).0.is_err());
    assert!(matches!(state(&inventory), SyncState::Failed { .. }));
    assert_eq!(inventory.snapshot().len(), 5);
}

#[test]
fn fewer_rows_than_the_provider_counts_is_not_complete() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    // A row slipped from page 2 to page 1 between the two requests.
    fake.accounts = answer(|cursor| {
        let mut page = numbered(number(&cursor), 2, 2);
        if cursor != Cursor::First {
            page.rows[0] = account("id0", "Account 0");
        }
        Ok(page)
    });
    assert!(synced(&inventory, &fake).0.is_err());
    assert!(matches!(state(&inventory), SyncState::Partial { .. }));
    assert_eq!(inventory.snapshot().len(), 3);
}

#[test]
fn rows_vanish_only_when_every_page_has_come() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 2, 3)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    replace(&fake.accounts, |cursor| match number(&cursor) {
        1 => Ok(Page { pages: Some(2), ..page(vec![account("id0", "Renamed")], Some(Cursor::Page(2))) }),
        _ => Err(failure(FailureKind::Server)),
    });
    assert!(synced(&inventory, &fake).0.is_err());
    assert_eq!(inventory.snapshot().len(), 6);
    assert_eq!(inventory.snapshot().find(&key("id0")).unwrap().name.raw(), "Renamed");
    replace(&fake.accounts, |_| Ok(page(vec![account("id4", "Last"), account("new", "New")], None)));
    let before = inventory.snapshot();
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["Last", "New"]);
    assert_eq!(inventory.snapshot().find(&key("id0")), None);
    assert_eq!(before.len(), 6, "a snapshot never changes");
}

#[test]
fn a_refused_credential_fails_the_sync_before_anything_is_listed() {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.identity = answer(|()| Err(failure(FailureKind::Auth)));
    assert_eq!(synced(&inventory, &fake).0.unwrap_err().kind, FailureKind::Auth);
    assert!(matches!(state(&inventory), SyncState::Failed { .. }));
    assert_eq!(fake.asked("accounts"), 0);
    replace(&fake.identity, |()| Ok(identity("owner")));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(fake.asked("identity"), 2);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(fake.asked("identity"), 2, "it is known by now");
}

#[test]
fn an_identity_that_cannot_be_asked_for_does_not_keep_accounts_from_being_listed() {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.identity = answer(|()| Err(failure(FailureKind::Forbidden)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(inventory.snapshot().len(), 3);
}

#[test]
fn another_identity_hides_what_the_earlier_one_had_seen() {
    let inventory = Inventory::default();
    assert_eq!(synced(&inventory, &filled(3)).0, Ok(()));
    let subject = Subject::Account(key("id0"));
    let profile = Profile { subject: subject.clone(), exists: true, values: Values::default() };
    absorb(&inventory, &Query::Profile(subject.clone()), &Reply::Profile(profile));
    let same = Reply::Identity(identity("owner"));
    assert_eq!(absorb(&inventory, &Query::Identity, &same).len(), 3);
    let other = Reply::Identity(identity("somebody else"));
    let snapshot = absorb(&inventory, &Query::Identity, &other);
    assert_eq!(snapshot.len(), 0);
    assert_eq!(snapshot.profile(&subject), None);
    let view = snapshot.connection(&connection()).unwrap();
    assert_eq!((&view.sync, view.accounts), (&SyncState::Never, 0));
    assert_eq!(view.identity.as_ref().unwrap().value.user.raw(), "somebody else");
}

#[rstest]
#[case(FailureKind::Forbidden)]
#[case(FailureKind::NotFound)]
#[case(FailureKind::Unsupported)]
fn without_leave_to_list_organizations_accounts_tell_the_tree(#[case] kind: FailureKind) {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|_| Ok(page(vec![within(account("a", "A"), "x"), within(account("b", "B"), "y")], None)));
    fake.organizations = answer(move |_| Err(failure(kind.clone())));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert!(matches!(hierarchy(&inventory), Hierarchy::Derived { .. }));
    assert_eq!(roots(&inventory), ["x", "y"]);
    let known = inventory.snapshot().organization(&organization_key("x")).unwrap();
    assert_eq!((known.name.raw(), known.raw.is_none()), ("Org x", true));
    // The lineage of one of them tells more.
    let lineage = Lineage::new(vec![organization("r", None), organization("x", Some("r"))]);
    absorb(&inventory, &Query::Lineage(AccountId::new("a")), &Reply::Lineage(lineage));
    assert_eq!(roots(&inventory), ["r", "y"]);
}

#[test]
fn organizations_that_fail_otherwise_are_a_failed_hierarchy_and_accounts_go_on() {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.organizations = answer(|_| Err(failure(FailureKind::Server)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert!(matches!(hierarchy(&inventory), Hierarchy::Failed { .. }));
    assert_eq!(inventory.snapshot().len(), 3);
}

#[test]
fn a_flat_provider_is_not_asked_for_organizations() {
    let inventory = Inventory::default();
    let fake = Fake::new(&FLAT);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(hierarchy(&inventory), Hierarchy::Flat);
    assert_eq!(fake.asked("organizations"), 0);
}

#[test]
fn a_whole_listing_of_organizations_replaces_the_one_before() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.organizations = answer(|(scope, cursor)| {
        assert_eq!(scope, OrganizationScope::Every);
        Ok(match cursor {
            Cursor::First => {
                page(vec![organization("r", None), organization("gone", None)], Some(Cursor::Token("2".into())))
            }
            Cursor::Page(_) | Cursor::Token(_) => {
                page(vec![organization("c", Some("r")), organization("lost", Some("?"))], None)
            }
        })
    });
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["gone", "r", "lost"]);
    let snapshot = inventory.snapshot();
    let lost = snapshot.connection(&connection()).unwrap().tree.node(&OrganizationId::new("lost"));
    assert_eq!(lost.unwrap().fault, Some(TreeFault::Orphan));
    replace(&fake.organizations, |_| Ok(page(vec![organization("r", None)], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["r"]);
}

#[test]
fn levels_are_merged_and_a_level_that_shrinks_loses_what_is_gone_with_all_below() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&CHAINED);
    fake.organizations = answer(|_| Ok(page(vec![organization("r", None)], None)));
    fake.accounts = answer(|_| Ok(page(vec![within(account("a", "A"), "deep")], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["r"], "`deep` stands somewhere below");
    let below = |id: &str, rows: Vec<_>| {
        let scope = OrganizationScope::Below(OrganizationId::new(id));
        let query = Query::Organizations(scope, Cursor::First);
        absorb(&inventory, &query, &Reply::Organizations(page(rows, None)));
    };
    below("r", vec![organization("c", Some("r")), organization("d", Some("r"))]);
    below("c", vec![organization("deep", Some("c"))]);
    let tree = |id: &str| {
        let snapshot = inventory.snapshot();
        let tree = &snapshot.connection(&connection()).unwrap().tree;
        let ids = tree.subtree(&OrganizationId::new(id));
        ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(tree("r"), ["r", "c", "deep", "d"]);
    below("r", vec![organization("d", Some("r"))]);
    assert_eq!(tree("r"), ["r", "d"]);
}

#[test]
fn a_fresh_detail_updates_its_row_and_keeps_what_only_listings_say() {
    let inventory = Inventory::default();
    listed(&inventory, vec![within(account("a", "Old"), "x")]);
    let query = Query::Account(AccountId::new("a"), DetailOptions::default());
    let snapshot = absorb(&inventory, &query, &Reply::Account(Box::new(account("a", "New"))));
    let row = snapshot.find(&key("a")).unwrap();
    assert_eq!(row.name.raw(), "New");
    assert_eq!(row.parent.as_ref().unwrap().id.as_str(), "x");
    let detail = snapshot.detail(&key("a")).unwrap();
    assert_eq!((detail.value.name.raw(), detail.at), ("New", Moment(7)));
    // One that no listing gave is a detail, but no row.
    let query = Query::Account(AccountId::new("b"), DetailOptions::default());
    let snapshot = absorb(&inventory, &query, &Reply::Account(Box::new(account("b", "B"))));
    assert_eq!(snapshot.len(), 1);
    assert!(snapshot.detail(&key("b")).is_some());
}

#[test]
fn a_lineage_wins_over_the_listing_until_the_listing_changes_its_mind() {
    let inventory = Inventory::default();
    let parent = |snapshot: &Snapshot| {
        let parent = snapshot.find(&key("a")).unwrap().parent.clone();
        parent.map(|parent| parent.id.as_str().to_owned())
    };
    listed(&inventory, vec![within(account("a", "A"), "manager")]);
    let lineage = Lineage::new(vec![organization("r", None), organization("home", Some("r"))]);
    let query = Query::Lineage(AccountId::new("a"));
    let snapshot = absorb(&inventory, &query, &Reply::Lineage(lineage));
    assert_eq!(parent(&snapshot).as_deref(), Some("home"));
    listed(&inventory, vec![within(account("a", "A"), "manager")]);
    assert_eq!(parent(&inventory.snapshot()).as_deref(), Some("home"));
    assert!(inventory.snapshot().lineage(&key("a")).is_some());
    listed(&inventory, vec![within(account("a", "A"), "elsewhere")]);
    assert_eq!(parent(&inventory.snapshot()).as_deref(), Some("elsewhere"));
    assert_eq!(inventory.snapshot().lineage(&key("a")), None, "it is out of date");
}

#[test]
fn organizations_read_by_themselves_are_facts_and_stand_in_the_tree() {
    let inventory = Inventory::default();
    let query = Query::Organization(OrganizationId::new("o"));
    let snapshot = absorb(&inventory, &query, &Reply::Organization(Box::new(organization("o", None))));
    assert!(snapshot.organization_detail(&organization_key("o")).is_some());
    assert_eq!(roots(&inventory), ["o"]);
}

#[test]
fn a_listing_that_is_given_up_is_partial_and_does_not_run_for_ever() {
    struct Silent(Fake);
    #[async_trait::async_trait]
    impl crate::provider::Provider for Silent {
        fn spec(&self) -> &'static crate::provider::Spec {
            self.0.spec()
        }
        async fn identity(&self) -> Result<crate::domain::Identity, Failure> {
            self.0.identity().await
        }
        async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<crate::domain::Account>, Failure> {
            match cursor {
                Cursor::First => self.0.accounts(scope, cursor).await,
                Cursor::Page(_) | Cursor::Token(_) => pending().await,
            }
        }
        async fn account(&self, _: &AccountId, _: DetailOptions) -> Result<crate::domain::Account, Failure> {
            pending().await
        }
    }
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 9, 2)));
    let (silent, connection, clock) = (Silent(fake), connection(), clock(1));
    let mut published = |_| ();
    {
        let runtime = runtime();
        let _inside = runtime.enter();
        let sync = sync(&inventory, &silent, &connection, &clock, &mut published);
        assert!(sync.now_or_never().is_none());
    }
    let SyncState::Partial { page, why, .. } = state(&inventory) else {
        panic!("{:?}", state(&inventory));
    };
    assert_eq!((page.as_str(), why.kind), ("page 2 of 9", FailureKind::Stopped));
    assert_eq!(inventory.snapshot().len(), 2);
}

#[test]
fn publications_keep_to_ten_a_second_of_the_given_clock() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 200, 1)));
    let at = Arc::new(Mutex::new(Vec::new()));
    let clock = clock(10);
    let (seen, connection) = (Arc::clone(&at), connection());
    let look = Arc::clone(&clock);
    let mut published = move |_| seen.lock().unwrap().push(look().0);
    let done = sync(&inventory, &fake, &connection, &clock, &mut published);
    assert_eq!(runtime().block_on(done), Ok(()));
    let at = at.lock().unwrap();
    let close = at.windows(2).filter(|pair| pair[1] - pair[0] < 100).count();
    assert!(close <= 3, "only what begins and ends it may follow at once: {at:?}");
    assert!(at.len() > 5, "pages are shown while they come: {at:?}");
}

#[test]
fn lists_of_their_own_never_pass_for_another() {
    let (one, other) = (Snapshot::of(vec![account("a", "A")]), Snapshot::of(Vec::new()));
    assert_ne!(one, other);
    assert_ne!(one, Snapshot::default());
    assert_eq!(one.row(&key("a")), Some(0));
}

#[test]
fn a_sync_can_run_on_any_thread() {
    fn is_send(_: &(impl Send + ?Sized)) {}
    let (inventory, fake, connection, clock) = (Inventory::default(), Fake::new(&NUMBERED), connection(), clock(1));
    let mut published = |_| ();
    let sync = sync(&inventory, &fake, &connection, &clock, &mut published);
    is_send(&sync);
}
