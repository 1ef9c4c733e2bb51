//! How a listing of accounts goes on, ends, fails and is shown.

use futures::FutureExt;

use super::*;

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
        let account = snapshot.get(row).unwrap();
        assert_eq!(snapshot.row(&account.key()), Some(row));
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
fn a_provider_whose_counts_differ_is_asked_until_a_page_gives_nothing_new() {
    for counts in [[20, 20, 30, 20], [20, 20, 20, 20], [3, 3, 3, 3], [30, 5, 20, 0]] {
        let inventory = Inventory::default();
        let mut fake = Fake::new(&NUMBERED);
        fake.accounts = answer(move |cursor| {
            let number = number(&cursor);
            let rows = if number <= 6 { numbered(number, 6, 5).rows } else { Vec::new() };
            let total = counts[(number as usize - 1) % 4];
            let next = (u64::from(number) * 5 < total).then_some(Cursor::Page(number + 1));
            Ok(Page { total: Some(total), pages: u32::try_from(total.div_ceil(5)).ok(), ..page(rows, next) })
        });
        assert_eq!(synced(&inventory, &fake).0, Ok(()), "{counts:?}");
        // One that says the same each time, and gives no more than that, is believed.
        let all = if counts == [20; 4] { 20 } else { 30 };
        assert_eq!(inventory.snapshot().len(), all, "{counts:?}");
        assert!(matches!(state(&inventory), SyncState::Complete { .. }), "{counts:?}");
        assert!(fake.asked("accounts") <= 8, "{counts:?}");
    }
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
    assert_eq!(inventory.snapshot().find(&key("id0")).unwrap().name(), "Renamed");
    replace(&fake.accounts, |_| Ok(page(vec![account("id4", "Last"), account("new", "New")], None)));
    let before = inventory.snapshot();
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["Last", "New"]);
    assert!(inventory.snapshot().find(&key("id0")).is_none());
    assert_eq!(before.len(), 6, "a snapshot never changes");
}

#[test]
fn a_refused_credential_fails_the_sync_before_anything_is_listed() {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.identity = answer(|()| Err(failure(FailureKind::Auth)));
    assert_eq!(synced(&inventory, &fake).0.unwrap_err().kind, FailureKind::Auth);
    assert!(matches!(state(&inventory), SyncState::Failed { .. }));
    assert_eq!(fake.asked("accounts"), 1, "the first page is asked for beside the identity");
    assert_eq!(inventory.snapshot().len(), 0, "and is not looked at");
    assert_eq!(synced(&inventory, &fake).0.unwrap_err().kind, FailureKind::Auth);
    assert_eq!(fake.asked("accounts"), 1, "what was refused once is asked by itself");
    replace(&fake.identity, |()| Ok(identity("owner")));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(fake.asked("identity"), 3);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(fake.asked("identity"), 3, "it is known by now");
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
fn a_sync_can_run_on_any_thread() {
    fn is_send(_: &(impl Send + ?Sized)) {}
    let (inventory, fake, connection, clock) = (Inventory::default(), Fake::new(&NUMBERED), connection(), clock(1));
    let mut published = |_| ();
    let sync = sync(&inventory, &fake, &connection, &clock, &mut published);
    is_send(&sync);
}

#[test]
fn a_listing_that_costs_more_than_a_tenth_of_the_budget_asks_first_and_goes_on_when_asked_again() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 40, 5)));
    fake.budget = Some(crate::provider::RequestBudget { limit: 300, left: 300 });
    let (result, _) = synced(&inventory, &fake);
    assert!(crate::inventory::is_dear_failure(&result.unwrap_err()));
    assert_eq!((fake.asked("accounts"), inventory.snapshot().len()), (1, 5), "the first page is kept");
    assert!(matches!(state(&inventory), SyncState::Partial { .. }));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(inventory.snapshot().len(), 200);
}

#[test]
fn a_listing_whose_cost_is_known_from_the_last_one_asks_before_its_first_page() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 40, 5)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()), "no limit is known yet");
    let SyncState::Complete { at } = state(&inventory) else { panic!() };
    fake.budget = Some(crate::provider::RequestBudget { limit: 300, left: 300 });
    let dear = synced(&inventory, &fake).0.unwrap_err();
    assert!(crate::inventory::is_dear_failure(&dear) && dear.cause.contains("it costs 40 of 300"), "{dear}");
    assert_eq!((fake.asked("accounts"), inventory.snapshot().len()), (40, 200), "nothing was asked, the rows stay");
    assert!(matches!(state(&inventory), SyncState::Partial { at: then, .. } if then == at), "with their age");
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(fake.asked("accounts"), 80);
    inventory.agree(&connection());
    assert_eq!(synced(&inventory, &fake).0, Ok(()), "or it is agreed to beforehand");
    assert!(synced(&inventory, &fake).0.is_err(), "once");
}

#[test]
fn organizations_are_counted_while_they_come() {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.organizations = answer(|(_, cursor)| {
        let at = match cursor {
            Cursor::First => 0,
            Cursor::Page(_) => panic!(),
            Cursor::Token(token) => token.parse().unwrap(),
        };
        let next = (at < 39).then(|| Cursor::Token((at + 1).to_string()));
        Ok(page(vec![organization(&format!("o{at}"), None)], next))
    });
    fake.budget = Some(crate::provider::RequestBudget { limit: 100, left: 100 });
    assert_eq!(synced(&inventory, &fake).0, Ok(()), "the accounts are cheap");
    let Hierarchy::Failed { why } = hierarchy(&inventory) else { panic!() };
    assert!(crate::inventory::is_dear_failure(&why) && why.cause.contains("at least 11 of 100"), "{why}");
    assert_eq!((fake.asked("organizations"), roots(&inventory).len()), (10, 10));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory).len(), 40);
}

#[test]
fn a_paused_sync_asks_for_nothing_and_goes_on_where_it_stands() {
    for spec in [&NUMBERED, &CHAINED] {
        let inventory = Arc::new(Inventory::default());
        let mut fake = Fake::new(spec);
        let pauser = Arc::clone(&inventory);
        fake.accounts = answer(move |cursor| {
            let nth = match &cursor {
                Cursor::First => 1,
                Cursor::Page(number) => *number,
                Cursor::Token(token) => token.parse().unwrap(),
            };
            if nth == 3 {
                pauser.pause(&connection());
            }
            let mut page = numbered(nth, 40, 5);
            if spec.paging == crate::provider::Paging::Chained {
                page.pages = None;
                page.next = (nth < 40).then(|| Cursor::Token((nth + 1).to_string()));
            }
            Ok(page)
        });
        let (connection, clock, runtime) = (connection(), clock(1), runtime());
        let _inside = runtime.enter();
        let mut published = |_| ();
        let mut sync = std::pin::pin!(sync(&inventory, &fake, &connection, &clock, &mut published));
        // What was answered before the pause is filed still.
        for _ in 0..100 {
            assert_eq!(sync.as_mut().now_or_never(), None);
        }
        let asked = fake.asked("");
        assert!((3..=13).contains(&fake.asked("accounts")), "{}", fake.asked("accounts"));
        for _ in 0..3 {
            assert_eq!(sync.as_mut().now_or_never(), None);
        }
        assert_eq!(fake.asked(""), asked, "while it is paused nothing is asked");
        inventory.publish();
        let SyncState::Running { loaded, .. } = state(&inventory) else { panic!("{:?}", state(&inventory)) };
        assert_eq!(loaded, fake.asked("accounts") as u64 * 5, "what came before the pause is there");
        inventory.go_on(&connection);
        assert_eq!(runtime.block_on(sync), Ok(()));
        assert_eq!(inventory.snapshot().len(), 200);
        assert_eq!(fake.asked("accounts"), 40, "no page came twice");
    }
}

#[test]
fn a_pause_that_was_given_up_holds_no_later_sync() {
    let inventory = Inventory::default();
    let fake = filled(5);
    inventory.pause(&connection());
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
}

#[test]
fn what_is_kept_keeps_its_age_when_a_newer_listing_fails() {
    let inventory = Inventory::default();
    let fake = filled(5);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let view = |inventory: &Inventory| inventory.snapshot().connection(&connection()).unwrap().clone();
    let SyncState::Complete { at } = view(&inventory).sync else { panic!("{:?}", view(&inventory).sync) };
    replace(&fake.accounts, |_| Err(failure(FailureKind::Unreachable)));
    assert!(synced(&inventory, &fake).0.is_err());
    assert_eq!((view(&inventory).kept_at, view(&inventory).row_at(0)), (Some(at), Some(at)));
    // Of a listing that ended in its midst what came is younger than the rest.
    replace(&fake.accounts, |cursor| match number(&cursor) {
        1 => Ok(Page { rows: numbered(1, 1, 3).rows, ..numbered(1, 2, 3) }),
        _ => Err(failure(FailureKind::Unreachable)),
    });
    assert!(synced(&inventory, &fake).0.is_err());
    let SyncState::Partial { at: ended, .. } = view(&inventory).sync else { panic!("{:?}", view(&inventory).sync) };
    assert_eq!(view(&inventory).row_at(2), Some(ended));
    assert_eq!(view(&inventory).row_at(3), Some(at));
    assert_eq!(view(&inventory).kept_at, Some(at));
}

/// A listing of three pages that is given up after its first.
fn given_up(inventory: &Arc<Inventory>) -> Fake {
    let mut fake = Fake::new(&CHAINED);
    let pauser = Arc::clone(inventory);
    fake.accounts = answer(move |_| {
        pauser.pause(&connection());
        Ok(Page { total: Some(3), ..page(vec![account("a", "A")], Some(Cursor::Token("t1".into()))) })
    });
    let (connection, clock, runtime) = (connection(), clock(1), runtime());
    let _inside = runtime.enter();
    let mut published = |_| ();
    assert!(sync(inventory, &fake, &connection, &clock, &mut published).now_or_never().is_none());
    fake
}

/// The same listing later on.
fn once_more(inventory: &Inventory, fake: &Fake) -> Result<(), Failure> {
    let (connection, later): (_, Clock) = (connection(), Arc::new(|| Moment(5_000)));
    runtime().block_on(sync(inventory, fake, &connection, &later, &mut |_| ()))
}

#[test]
fn a_listing_by_tokens_goes_on_with_the_token_that_it_had() {
    let inventory = Arc::new(Inventory::default());
    let fake = given_up(&inventory);
    replace(&fake.accounts, |cursor| {
        Ok(match cursor {
            Cursor::Token(token) if token == "t1" => page(vec![account("b", "B")], Some(Cursor::Token("t2".into()))),
            Cursor::Token(token) if token == "t2" => page(vec![account("c", "C")], None),
            other @ (Cursor::First | Cursor::Page(_) | Cursor::Token(_)) => panic!("{other:?} was asked for once more"),
        })
    });
    assert_eq!(once_more(&inventory, &fake), Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["A", "B", "C"]);
    assert!(inventory.snapshot().connection(&connection()).unwrap().messages.is_empty());
}

#[test]
fn a_token_that_the_provider_forgot_begins_the_listing_anew_and_that_is_said() {
    for kind in [FailureKind::Refused, FailureKind::NotFound] {
        let inventory = Arc::new(Inventory::default());
        let fake = given_up(&inventory);
        let refused = kind.clone();
        replace(&fake.accounts, move |cursor| match cursor {
            Cursor::First => Ok(page(vec![account("b", "B"), account("c", "C")], Some(Cursor::Token("n1".into())))),
            Cursor::Token(token) if token == "n1" => Ok(page(vec![account("d", "D")], None)),
            Cursor::Token(_) | Cursor::Page(_) => Err(failure(refused.clone())),
        });
        assert_eq!(once_more(&inventory, &fake), Ok(()), "{kind:?}");
        assert_eq!(names(&inventory.snapshot()), ["B", "C", "D"], "what the first half had alone is gone");
        let snapshot = inventory.snapshot();
        let said: Vec<&str> =
            snapshot.connection(&connection()).unwrap().messages.iter().map(crate::domain::Untrusted::raw).collect();
        assert!(said.len() == 1 && said[0].contains("began anew"), "{said:?}");
    }
    // A refusal of another kind is one, and what came stays.
    let inventory = Arc::new(Inventory::default());
    let fake = given_up(&inventory);
    replace(&fake.accounts, |_| Err(failure(FailureKind::Unreachable)));
    assert!(once_more(&inventory, &fake).is_err());
    assert_eq!(names(&inventory.snapshot()), ["A"]);
}
