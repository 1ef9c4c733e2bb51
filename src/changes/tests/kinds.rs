//! Plans of every kind of change: what they alter, what they refuse, what they say before.

use rstest::rstest;

use super::world::*;
use super::*;
use crate::domain::{Diff, Meanwhile};
use crate::provider::{ClosingQuota, RequestBudget};

fn diff(field: &str, from: Option<&str>, to: Option<&str>) -> Diff {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Diff { field: field.into(), from: owned(from), to: owned(to) }
}

fn crumbs(lineage: Option<&crate::domain::Lineage>) -> String {
    lineage.map_or_else(|| "-".into(), crate::domain::Lineage::crumbs)
}

#[test]
fn a_move_says_from_where_to_where_and_what_stands_above_before_and_after() {
    let world = world(&[("x", Some("b"))]).synced();
    let planned = world.plan_one(moving("x", "c"));
    assert_eq!(planned.diff, [diff("organization", Some("b"), Some("c"))]);
    assert_eq!(planned.change.values, values([("from", "b"), ("to", "c")]));
    assert_eq!(planned.read.values, values([("from", "b")]));
    assert_eq!(crumbs(planned.lineage.as_ref()), "Org r › Org b");
    assert_eq!(crumbs(planned.after.as_ref()), "Org r › Org a › Org c", "the destination itself last");
    assert_eq!(planned.name.raw(), "Account x");
    assert_eq!(planned.request.body["from"], "b", "the request is that of the fresh read");
    assert_eq!(planned.warnings, [""; 0]);
    assert_eq!(world.asked(), ["lineage x", "account x", "effects x"]);
}

#[test]
fn a_destination_that_the_inventory_does_not_know_is_asked_for_up_to_its_root() {
    let world = world(&[("x", Some("b"))]);
    let planned = world.plan_one(moving("x", "c"));
    assert_eq!(crumbs(planned.after.as_ref()), "Org r › Org a › Org c");
    let asked = world.asked();
    assert!(asked.iter().any(|asked| asked == "organization r"), "{asked:?}");
    let failure = world.plan(vec![moving("x", "nowhere")]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.cause.contains("no organization nowhere at the connection fake"), "{failure}");
}

#[test]
fn a_destination_of_another_connection_is_refused() {
    let world = world(&[("x", Some("b"))]).synced();
    let mut other = organization("their", None);
    other.key.connection = ConnectionName::new("other");
    let query = Query::Organizations(OrganizationScope::Every, Cursor::First);
    let reply = Reply::Organizations(page(vec![other], None));
    world.inventory.absorb(&ConnectionName::new("other"), &query, &reply, Moment(1));
    let failure = world.plan(vec![moving("x", "their")]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.cause.contains("one of the connection other"), "{failure}");
}

#[test]
fn a_move_to_another_hierarchy_is_refused_where_both_roots_are_known_and_nothing_else_is() {
    let mut world = world(&[("x", Some("b")), ("free", None), ("odd", Some("lost"))]);
    for (id, parent) in [("z", None), ("y", Some("z")), ("lost", Some("unseen"))] {
        locked(&world.holding).organizations.insert(id.into(), (format!("Org {id}"), parent.map(str::to_owned)));
    }
    world = world.synced();
    assert_eq!(world.plan_one(moving("x", "y")).diff.len(), 1, "a provider that says nothing of it is asked");
    world.spec = &ROOTED;
    let failure = world.plan(vec![moving("x", "y")]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.cause.contains("another hierarchy, that of Org z (z)"), "{failure}");
    assert!(failure.cause.contains("that of Org r (r)"), "{failure}");
    assert_eq!(failure.hint.as_deref(), Some("ask the keeper"));
    for (id, to) in [("x", "c"), ("free", "y"), ("x", "lost")] {
        assert_eq!(world.plan_one(moving(id, to)).diff.len(), 1, "{id} to {to}");
    }
    let mixed = world.plan(vec![moving("x", "y"), moving("free", "y")]).unwrap();
    assert_eq!(mixed.changes.iter().map(|row| row.refusal.is_some()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_move_to_the_same_place_is_nothing_to_do_and_one_without_a_place_is_refused() {
    let world = world(&[("x", Some("b"))]).synced();
    let plan = world.plan(vec![moving("x", "b")]).unwrap();
    assert!(plan.is_empty());
    let failure = world.plan(vec![of_account(ChangeKind::MoveAccount, "x", [])]).unwrap_err();
    assert!(failure.cause.contains("to: the organization to move to must be named"), "{failure}");
}

#[test]
fn a_move_out_of_no_organization_is_one_way_and_no_other_is() {
    let world = world(&[("x", None), ("y", Some("b"))]).synced();
    let planned = world.plan_one(moving("x", "c"));
    assert_eq!(planned.diff, [diff("organization", None, Some("c"))]);
    assert_eq!(crumbs(planned.lineage.as_ref()), "");
    assert!(planned.warnings[0].contains("can't be undone"), "{:?}", planned.warnings);
    assert_eq!(world.plan_one(moving("y", "c")).warnings, [""; 0]);
    // The provider's own words for it stand alone.
    locked(&world.holding).effects = vec!["no call takes an account out of an organization again: ask".into()];
    let planned = world.plan_one(moving("x", "a"));
    assert_eq!(planned.warnings, ["no call takes an account out of an organization again: ask"]);
}

#[test]
fn an_account_that_was_moved_meanwhile_moves_from_where_it_is_now_and_the_plan_says_so() {
    let world = world(&[("x", Some("b"))]).synced();
    world.put("x", Some("a"));
    let mut change = moving("x", "c");
    change.base = Some(values([("from", "b")]));
    let planned = world.plan_one(change.clone());
    assert_eq!(planned.meanwhile, [Meanwhile::Field(diff("organization", Some("b"), Some("a")))]);
    assert_eq!(planned.change.values.get(Change::FROM), "a");
    assert_eq!(crumbs(planned.lineage.as_ref()), "Org r › Org a", "not the way that was known");
    // Somebody did it already.
    world.pass(120_000);
    world.put("x", Some("c"));
    assert_eq!(world.plan_one(change).diff, []);
}

#[rstest]
#[case(ChangeKind::DeleteAccount, diff("account", Some("Account x"), None), "deleting an account can't be undone")]
#[case(ChangeKind::CloseAccount, diff("status", Some("active"), Some("closed")), "closing an account can't be undone")]
#[case(ChangeKind::RemoveAccount, diff("organization", Some("b"), None), "removing an account can't be undone")]
fn an_end_says_what_ends_and_that_it_cannot_be_undone(
    #[case] kind: ChangeKind,
    #[case] expected: Diff,
    #[case] warning: &str,
) {
    let world = world(&[("x", Some("b"))]).synced();
    locked(&world.holding).effects = vec!["2 zones go with it".into()];
    let plan = world.plan(vec![of_account(kind, "x", [])]).unwrap();
    assert_eq!(plan.protection(), Protection::Typed);
    let planned = &plan.changes[0];
    assert_eq!(planned.diff, [expected]);
    assert_eq!((planned.name.raw(), planned.after.as_ref()), ("Account x", None));
    assert_eq!(crumbs(planned.lineage.as_ref()), "Org r › Org b");
    assert!(planned.warnings[0].starts_with(warning), "{:?}", planned.warnings);
    assert_eq!(planned.warnings[1], "2 zones go with it");
    assert_eq!(world.asked(), ["account x", "effects x"]);
}

#[test]
fn an_account_that_is_being_closed_is_nothing_to_do() {
    let world = world(&[("x", Some("b"))]).synced();
    let close = of_account(ChangeKind::CloseAccount, "x", []);
    let with = |status: &str| {
        world.pass(120_000);
        locked(&world.holding).accounts.get_mut("x").unwrap().status = Some(status.into());
        world.plan_one(close.clone()).diff.len()
    };
    assert_eq!((with("active"), with("CLOSED"), with("PENDING_CLOSURE"), with("suspended")), (1, 0, 0, 1));
    world.recorded(&close, JournalState::Confirmed, "p-1");
    assert_eq!(with("suspended"), 0, "ours is what suspended it");
}

#[test]
fn a_rename_and_an_update_meet_what_others_did_as_profiles_do() {
    let world = world(&[("x", Some("b"))]).synced();
    let mut rename = of_organization(ChangeKind::RenameOrganization, "c", [("name", "Mine")]);
    rename.base = Some(values([("name", "Org c")]));
    let planned = world.plan_one(rename.clone());
    assert_eq!(planned.diff, [diff("name", Some("Org c"), Some("Mine"))]);
    assert_eq!(planned.change.values, values([("name", "Mine")]), "and nothing of where it stands");
    assert_eq!(crumbs(planned.lineage.as_ref()), "Org r › Org a");
    rename.base = Some(values([("name", "Before")]));
    let conflict = &world.plan_one(rename).conflicts[0];
    assert_eq!((&*conflict.base, &*conflict.theirs, &*conflict.mine), ("Before", "Org c", "Mine"));

    let mut update =
        of_account(ChangeKind::UpdateAccount, "x", [("settings.two", "true"), ("settings.mail", ""), ("name", "Was")]);
    update.base = Some(values([("settings.two", "false"), ("settings.mail", ""), ("name", "Was")]));
    let planned = world.plan_one(update);
    assert_eq!(
        planned.diff,
        [diff("settings.two", Some("false"), Some("true"))],
        "theirs is kept where mine is as it was"
    );
    let whole = values([("name", "Account x"), ("settings.two", "true"), ("settings.mail", "")]);
    assert_eq!(planned.change.values, whole);
    let failure = world.plan(vec![of_account(ChangeKind::UpdateAccount, "x", [("name", "")])]).unwrap_err();
    assert!(failure.cause.contains("name: name must not be empty"), "{failure}");
}

#[test]
fn what_is_made_comes_from_nothing_under_a_key_that_stays() {
    let world = world(&[]).synced();
    let create = of_organization(ChangeKind::CreateAccount, "c", [("name", "New"), ("email", "")]);
    let planned = world.plan_one(create);
    assert_eq!(planned.diff, [diff("name", None, Some("New"))]);
    assert_eq!(planned.read, crate::domain::Before::default());
    assert_eq!(crumbs(planned.after.as_ref()), "Org r › Org a › Org c");
    assert_eq!((planned.name.raw(), crumbs(planned.lineage.as_ref()).as_str()), ("Org c", "Org r › Org a"));
    let made = planned.change.key.clone().unwrap();
    assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    assert_eq!(world.plan_one(planned.change.clone()).change.key, Some(made.clone()), "planned again");
    let other = Change { key: None, ..planned.change };
    assert_ne!(world.plan_one(other).change.key, Some(made));
    let top = about(Subject::Connection(connection()), ChangeKind::CreateOrganization, [("name", "Top")]);
    assert_eq!(world.plan_one(top).after, None);
    let twice = of_organization(ChangeKind::CreateOrganization, "c", [("name", "Twin")]);
    let twice = world.plan(vec![twice.clone(), twice]).unwrap();
    assert!(twice.warnings.contains(&"2 organizations will have the same name: Twin".into()), "{:?}", twice.warnings);
    let nowhere = of_organization(ChangeKind::CreateAccount, "nowhere", [("name", "New")]);
    assert_eq!(world.plan(vec![nowhere]).unwrap_err().kind, FailureKind::NotFound);
    let nameless = of_organization(ChangeKind::CreateAccount, "c", []);
    assert!(world.plan(vec![nameless]).unwrap_err().cause.contains("name must not be empty"));
}

#[test]
fn secrets_are_masked_required_and_not_among_what_is_kept() {
    let world = world(&[]);
    let subject = Subject::Connection(connection());
    let mut create = about(subject, ChangeKind::CreateStandalone, [("email", "a@b.example")]);
    let failure = world.plan(vec![create.clone()]).unwrap_err();
    assert_eq!(failure.items[0].pointer.as_ref().unwrap().raw(), "/password");
    create.secrets.insert("password".into(), secret(""));
    assert!(world.plan(vec![create.clone()]).is_err());
    create.secrets.insert("password".into(), secret("5ec3eT-word"));
    let plan = world.plan(vec![create.clone()]).unwrap();
    assert_eq!(plan.changes[0].diff[1], diff("password", None, Some("<secret>")));
    assert!(!format!("{plan:?}").contains("5ec3eT"));
    create.secrets.insert("pass".into(), secret("x"));
    assert!(world.plan(vec![create.clone()]).unwrap_err().cause.contains("there is no field pass"));
    create.secrets.clear();
    create.values.set("password", "5ec3eT-word");
    let failure = world.plan(vec![create]).unwrap_err();
    assert!(failure.cause.contains("is a secret") && !format!("{failure:?}").contains("5ec3eT"), "{failure}");
}

#[test]
fn an_organization_that_holds_something_is_not_deleted() {
    let world = world(&[("x", Some("a")), ("y", Some("a")), ("z", Some("b"))]).synced();
    let delete = |id| of_organization(ChangeKind::DeleteOrganization, id, []);
    for (id, words) in [
        ("a", "it holds 1 organization and 2 accounts"),
        ("b", "it holds 0 organizations and 1 account"),
        ("r", "it holds 3 organizations and 0 accounts"),
    ] {
        let failure = world.plan(vec![delete(id)]).unwrap_err();
        assert!(failure.kind == FailureKind::Refused && failure.cause.contains(words), "{failure}");
    }
    assert_eq!(world.asked(), [""; 0]);
    let planned = world.plan_one(delete("empty"));
    assert_eq!(planned.diff, [diff("organization", Some("Org empty"), None)]);
}

#[rstest]
#[case(of_organization(ChangeKind::MoveAccount, "a", [("to", "c")]), FailureKind::Unsupported, "descendants")]
#[case(of_organization(ChangeKind::DeleteAccount, "a", []), FailureKind::Refused, "done to an account")]
#[case(of_account(ChangeKind::DeleteOrganization, "x", []), FailureKind::Refused, "done to an organization")]
#[case(of_account(ChangeKind::CreateAccount, "x", [("name", "N")]), FailureKind::Refused, "done to a connection or")]
#[case(of_account(ChangeKind::DeleteAccount, "x", [("name", "N")]), FailureKind::Refused, "there is no field name")]
fn what_cannot_be_is_refused_before_anything_is_asked(
    #[case] change: Change,
    #[case] kind: FailureKind,
    #[case] cause: &str,
) {
    let world = world(&[("x", Some("b"))]);
    let failure = world.plan(vec![change]).unwrap_err();
    assert!(failure.kind == kind && failure.cause.contains(cause), "{failure}");
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn what_a_provider_has_not_is_refused_with_its_reason_and_what_nothing_takes_away_is_said() {
    let mut world = world(&[("x", Some("b"))]).synced();
    world.spec = &UNLINKED;
    let failure = world.plan(vec![deleting("x")]).unwrap_err();
    assert_eq!((failure.kind, failure.cause.as_str()), (FailureKind::Unsupported, "accounts are closed here"));
    let planned = world.plan_one(of_organization(ChangeKind::CreateAccount, "c", [("name", "New")]));
    assert!(planned.warnings[0].contains("nothing takes it away again"), "{:?}", planned.warnings);
}

#[test]
fn one_that_fails_among_several_is_shown_and_the_others_go_on() {
    let world = world(&[("x", Some("b")), ("y", Some("b"))]).synced();
    world.end("y");
    let changes = vec![
        moving("x", "c"),
        moving("y", "c"),
        of_organization(ChangeKind::DeleteOrganization, "a", []),
        of_account(ChangeKind::Profile, "x", [("nickname", "N")]),
    ];
    // The same account twice is refused, but a profile stands beside nothing of a move.
    assert!(world.plan(changes.clone()).unwrap_err().cause.contains("in the plan twice: move and edit"));
    let plan = world.plan(changes[..3].to_vec()).unwrap();
    let refusals: Vec<Option<FailureKind>> =
        plan.changes.iter().map(|planned| planned.refusal.as_ref().map(|why| why.kind.clone())).collect();
    assert_eq!(refusals, [None, Some(FailureKind::NotFound), Some(FailureKind::Refused)]);
    assert_eq!(plan.changes[1].name.raw(), "Account y", "as it was known");
    assert!(plan.changes[0].is_sent() && !plan.changes[1].is_sent() && !plan.is_empty());
    assert_eq!(world.plan(vec![moving("y", "c")]).unwrap_err().kind, FailureKind::NotFound);
}

#[test]
fn a_connection_that_does_not_answer_is_no_plan_of_refusals() {
    let world = world_of(&[crowd(0, 6, "a")]).synced();
    locked(&world.holding).closed.insert("a".into(), FailureKind::Unreachable);
    let changes = crowd(0, 6, "a").iter().map(|(id, _)| moving(id, "b")).collect();
    assert_eq!(world.plan(changes).unwrap_err().kind, FailureKind::Unreachable);
}

#[test]
fn a_plan_ends_no_more_than_the_connection_allows() {
    let mut world = world_of(&[crowd(0, 12, "a")]).synced();
    let changes: Vec<Change> = crowd(0, 12, "a").iter().map(|(id, _)| deleting(id)).collect();
    let failure = world.plan(changes[..11].to_vec()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.as_deref().unwrap().contains("max_delete = 11"), "{failure:?}");
    assert_eq!(world.asked(), [""; 0]);
    assert_eq!(world.plan(changes[..10].to_vec()).unwrap().changes.len(), 10);
    world.max_delete = 12;
    assert_eq!(world.plan(changes).unwrap().word(|_| true), "delete 12");
}

#[test]
fn the_same_thing_is_in_a_plan_once() {
    let world = world(&[("x", Some("b"))]).synced();
    let twice = |first: Change, second: Change| world.plan(vec![first, second]);
    let profile = || of_account(ChangeKind::Profile, "x", [("business_name", "N")]);
    let update = || of_account(ChangeKind::UpdateAccount, "x", [("settings.two", "true")]);
    assert!(twice(deleting("x"), deleting("x")).is_err());
    assert!(twice(profile(), deleting("x")).is_err());
    assert!(twice(update(), update()).is_err());
    assert!(twice(profile(), update()).is_ok());
    let create = |name| of_organization(ChangeKind::CreateAccount, "c", [("name", name)]);
    assert!(twice(create("N"), create("M")).is_ok());
}

#[test]
fn the_same_deletes_again_go_on_where_they_stopped() {
    let world = world_of(&[crowd(0, 6, "a")]).synced();
    let changes: Vec<Change> = crowd(0, 6, "a").iter().map(|(id, _)| deleting(id)).collect();
    for (nth, state) in
        [JournalState::Confirmed, JournalState::Unknown, JournalState::Sent, JournalState::Refused].iter().enumerate()
    {
        world.recorded(&changes[nth], JournalState::Sent, &format!("p-{nth}"));
        world.recorded(&changes[nth], *state, &format!("p-{nth}"));
        world.end(changes[nth].subject.id());
    }
    let plan = world.plan(changes.clone()).unwrap();
    let states: Vec<(usize, bool)> =
        plan.changes.iter().map(|planned| (planned.diff.len(), planned.refusal.is_some())).collect();
    assert_eq!(states, [(0, false), (0, false), (0, false), (0, true), (1, false), (1, false)]);
    assert_eq!(plan.changes[0].name.raw(), "As it was");
    assert!(plan.changes[0].warnings[0].starts_with("it is gone: the journal has its delete"));
    // One alone, also if it was looked at a moment ago.
    let alone = world.plan(changes[..1].to_vec()).unwrap();
    assert!(alone.is_empty());
    assert_eq!(world.plan(changes[3..4].to_vec()).unwrap_err().kind, FailureKind::NotFound);
}

#[test]
fn many_moves_are_planned_by_listings_alone() {
    let world = world_of(&[crowd(0, 60, "a"), crowd(100, 20, "b")]).synced();
    let changes: Vec<Change> = crowd(0, 60, "a").iter().map(|(id, _)| moving(id, "b")).collect();
    let plan = world.plan(changes.clone()).unwrap();
    assert!(plan.changes.iter().all(|planned| planned.diff.len() == 1));
    assert_eq!(plan.changes[59].name.raw(), "Account n0059");
    assert_eq!(crumbs(plan.changes[59].lineage.as_ref()), "Org r › Org a");
    assert_eq!(crumbs(plan.changes[59].after.as_ref()), "Org r › Org b");
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, ["effects n0000", "list a 1", "list a 2", "list b 1"]);
    // Half of them stand there by now.
    for (id, _) in &crowd(0, 30, "a") {
        world.put(id, Some("b"));
    }
    let plan = world.plan(changes).unwrap();
    let left: Vec<bool> = plan.changes.iter().map(crate::domain::PlannedChange::is_sent).collect();
    assert!(left[..30].iter().all(|sent| !sent) && left[30..].iter().all(|sent| *sent));
}

#[test]
fn many_updates_are_asked_about_singly_up_to_a_number_and_then_said_not_to_be() {
    let world = world_of(&[crowd(0, 14, "a")]).synced();
    let update = |id: &str| of_account(ChangeKind::UpdateAccount, id, [("settings.two", "true")]);
    let changes = crowd(0, 14, "a").iter().map(|(id, _)| update(id)).collect();
    let plan = world.plan(changes).unwrap();
    let asked = world.asked();
    assert_eq!(asked.iter().filter(|asked| asked.starts_with("effects")).count(), 10);
    assert!(plan.warnings[0].contains("what 4 of the changes bring along"));
}

/// Read at opening, read again, write, read back.
#[test]
fn open_edit_save_from_a_warm_inventory_costs_four_requests() {
    let world = world(&[("x", Some("c"))]).synced();
    let subject = Subject::Account(key("x"));
    run(world.road().profile(&subject)).unwrap();
    world.pass(59_000);
    let mut change = of_account(ChangeKind::Profile, "x", [("business_name", "New")]);
    change.base = Some(values([("business_name", "Acme")]));
    let plan = world.plan(vec![change.clone()]).unwrap();
    assert_eq!(plan.changes[0].name.raw(), "Account x");
    assert_eq!(crumbs(plan.changes[0].lineage.as_ref()), "Org r › Org a › Org c");
    assert_eq!(plan.parts[0].identity, identity("owner"));
    let cost = Cost::of(&world.road(), [&change]);
    assert_eq!(cost, Cost { planning: 0, again: 1, sends: 1, backs: 1 });
    let asked = world.asked();
    let requests = asked.iter().filter(|asked| !asked.starts_with("effects")).count() as u64;
    assert!(requests + cost.total() <= 4, "{asked:?}");
    // Longer ago it is read again.
    world.pass(2_000);
    world.plan(vec![change]).unwrap();
    assert!(world.asked().contains(&"profile x".to_owned()));
}

#[test]
fn a_target_that_was_renamed_is_named_as_it_is_now() {
    let world = world(&[("x", Some("b")), ("y", Some("b"))]).synced();
    locked(&world.holding).accounts.get_mut("x").unwrap().name = "Account y".into();
    assert_eq!(world.plan_one(deleting("x")).name.raw(), "Account y");
    world.pass(120_000);
    locked(&world.holding).accounts.get_mut("x").unwrap().name = "Account z".into();
    assert_eq!(world.plan_one(moving("x", "c")).name.raw(), "Account z");
}

#[test]
fn bulk_costs_are_counted_by_the_sizes_of_the_organizations() {
    let mut world = world_of(&[crowd(0, 120, "a"), crowd(200, 51, "b")]).synced();
    let changes: Vec<Change> = crowd(0, 100, "a").iter().map(|(id, _)| moving(id, "b")).collect();
    let cost = Cost::of(&world.road(), &changes);
    assert_eq!(cost, Cost { planning: 5, again: 5, sends: 100, backs: 5 });
    world.asked();
    world.befores(&changes);
    assert_eq!(world.asked().len() as u64, cost.again, "the numbers are what it takes");
    world.budget = Some(RequestBudget { limit: 1_200, left: 1_200 });
    let plan = world.plan(changes.clone()).unwrap();
    assert!(!plan.warnings.iter().any(|words| words.starts_with("this costs")));
    world.budget = Some(RequestBudget { limit: 1_000, left: 1_000 });
    let plan = world.plan(changes).unwrap();
    let words = &plan.warnings[0];
    assert!(words.starts_with("this costs 11") && words.contains("100 to send"), "{words}");
}

#[test]
fn a_create_costs_its_sending_and_its_read_back() {
    let world = world(&[]).synced();
    let create = of_organization(ChangeKind::CreateAccount, "c", [("name", "New")]);
    let cost = Cost::of(&world.road(), [&create]);
    assert_eq!(cost, Cost { planning: 0, again: 0, sends: 1, backs: 1 });
}

#[test]
fn what_the_user_said_was_not_made_is_planned_again_under_the_same_key_until_it_is_made() {
    let world = world(&[]).synced();
    let create = || about(Subject::Connection(connection()), ChangeKind::CreateAccount, [("name", "New")]);
    let key_of = |change: Change| world.plan_one(change).change.key;
    let note = |id: &str, state, done| {
        world.recorded(&create(), state, id);
        let mut records = locked(&world.journal.records);
        let record = records.last_mut().unwrap();
        (record.key, record.done) = (Some("first".into()), done);
    };
    note("p-1", JournalState::Unknown, None);
    note("p-1", JournalState::Reconciled, Some(false));
    assert_eq!(key_of(create()).as_deref(), Some("first"));
    let other = about(Subject::Connection(connection()), ChangeKind::CreateAccount, [("name", "Another")]);
    assert_ne!(key_of(other).as_deref(), Some("first"));
    note("p-2", JournalState::Confirmed, None);
    assert_ne!(key_of(create()).as_deref(), Some("first"), "a second one of that name is another one");
}

#[test]
fn nothing_is_made_twice_while_nobody_knows_whether_an_equal_one_was() {
    let world = world(&[]).synced();
    let create = |name| of_organization(ChangeKind::CreateAccount, "c", [("name", name)]);
    let planned = world.plan_one(create("New"));
    world.recorded(&planned.change, JournalState::Intended, "p-1");
    world.plan_one(create("New"));
    world.recorded(&planned.change, JournalState::Unknown, "p-1");
    let failure = world.plan(vec![create("New")]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.cause.contains("may be there"), "{failure}");
    assert!(failure.hint.unwrap().contains("--settle p-1=done"));
    world.plan_one(create("Another"));
    world.recorded(&planned.change, JournalState::Reconciled, "p-1");
    world.plan_one(create("New"));
}

fn closing(id: &str) -> Change {
    of_account(ChangeKind::CloseAccount, id, [])
}

#[test]
fn no_more_accounts_are_closed_at_a_time_than_the_provider_takes() {
    let ids = ["w", "x", "y", "z"];
    let mut world = world(&ids.map(|id| (id, Some("a")))).synced();
    world.closing = Some(ClosingQuota { at_once: 3, days: 30, percent: 100, least: 3, most: 200 });
    let refused = |world: &World, ids: &[&str]| {
        let plan = world.plan(ids.iter().map(|id| closing(id)).collect());
        plan.map(|plan| plan.changes.iter().filter(|planned| planned.is_sent()).count()).map_err(|why| why.cause)
    };
    let words = refused(&world, &ids).unwrap_err();
    assert!(words.contains("closes at most 3 accounts at a time, and these are 4"), "{words}");
    assert_eq!(refused(&world, &ids[..3]), Ok(3));
    // What is being closed already is none of them, and counts as long as it goes on.
    world.pass(120_000);
    locked(&world.holding).accounts.get_mut("w").unwrap().status = Some("PENDING_CLOSURE".into());
    assert_eq!(refused(&world, &ids), Ok(3));
    world.closing_now = Some(1);
    let words = refused(&world, &ids).unwrap_err();
    assert!(words.contains("3 accounts at a time: 1 is being closed now, and these are 3 more"), "{words}");
    assert_eq!(refused(&world, &ids[..3]), Ok(2));
    // Where the provider can't be asked, the journal tells.
    world.closing_now = None;
    let record = |state, id: &str| {
        world.recorded(&closing("w"), state, id);
        locked(&world.journal.records).last_mut().unwrap().operation = Some("w".into());
    };
    record(JournalState::Sent, "p-1");
    assert!(refused(&world, &ids[1..]).is_err());
    record(JournalState::Confirmed, "p-1");
    assert_eq!(refused(&world, &ids[1..]), Ok(3));
}

#[test]
fn a_target_that_is_gone_is_called_by_its_name() {
    let world = world(&[("x", Some("a"))]).synced();
    world.end("x");
    let failure = world.plan(vec![moving("x", "b")]).unwrap_err();
    assert!(failure.is_gone() && failure.cause.starts_with("Account x is gone"), "{failure}");
    // Who is gone is another question than where to.
    let failure = world.plan(vec![moving("y", "nowhere")]).unwrap_err();
    assert!(!failure.is_gone(), "{failure}");
}
