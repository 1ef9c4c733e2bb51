//! Fresh reads: what each kind of change reads, and what many of them share.

use rstest::rstest;

use super::world::*;
use super::*;

fn from(before: &Result<crate::domain::Before, Failure>) -> &str {
    before.as_ref().unwrap().values.get(Change::FROM)
}

#[rstest]
#[case(of_account(ChangeKind::Profile, "x", []), &[("business_name", "Acme")], "profile x")]
#[case(
    of_account(ChangeKind::UpdateAccount, "x", []),
    &[("name", "Account x"), ("settings.two", "false")],
    "account x"
)]
#[case(moving("x", "b"), &[("from", "c")], "lineage x")]
#[case(deleting("x"), &[("name", "Account x"), ("status", "active"), ("from", "c")], "account x")]
#[case(
    of_account(ChangeKind::CloseAccount, "x", []),
    &[("name", "Account x"), ("status", "active"), ("from", "c")],
    "account x"
)]
#[case(
    of_account(ChangeKind::RemoveAccount, "x", []),
    &[("name", "Account x"), ("status", "active"), ("from", "c")],
    "account x"
)]
#[case(
    of_organization(ChangeKind::RenameOrganization, "c", []),
    &[("name", "Org c"), ("parent", "a")],
    "organization c"
)]
#[case(
    of_organization(ChangeKind::DeleteOrganization, "r", []),
    &[("name", "Org r")],
    "organization r"
)]
fn each_kind_reads_the_fields_that_it_is_about(
    #[case] change: Change,
    #[case] expected: &[(&str, &str)],
    #[case] asked: &str,
) {
    let world = world(&[("x", Some("c"))]);
    let before = run(world.road().before(&change)).unwrap();
    assert!(before.exists);
    assert_eq!(before.values, expected.iter().copied().collect());
    assert_eq!(world.asked(), [asked]);
}

#[rstest]
#[case(ChangeKind::CreateAccount)]
#[case(ChangeKind::CreateStandalone)]
#[case(ChangeKind::CreateOrganization)]
fn what_is_to_be_made_is_not_there_and_not_asked_for(#[case] kind: ChangeKind) {
    let world = world(&[]);
    let before = run(world.road().before(&of_organization(kind, "a", [("name", "New")]))).unwrap();
    assert_eq!(before, crate::domain::Before::default());
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn an_account_that_stands_nowhere_moves_from_nowhere_and_one_that_is_gone_is_not_found() {
    let mut world = world(&[("x", None)]);
    assert_eq!(from(&run(world.road().before(&moving("x", "b")))), "");
    let gone = run(world.road().before(&moving("y", "b"))).unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound);
    world.spec = &UNLINKED;
    world.asked();
    world.put("x", Some("a"));
    assert_eq!(from(&run(world.road().before(&moving("x", "b")))), "a");
    assert_eq!(world.asked(), ["account x"], "where no lineage can be asked for, the record says it");
}

#[test]
fn many_moves_cost_one_listing_of_each_source_and_destination() {
    let world = world_of(&[crowd(0, 60, "a"), crowd(100, 60, "c"), crowd(200, 10, "b")]).synced();
    let changes: Vec<Change> =
        crowd(0, 60, "a").iter().chain(&crowd(100, 60, "c")).map(|(id, _)| moving(id, "b")).collect();
    let befores = world.befores(&changes);
    assert!(befores[..60].iter().all(|before| from(before) == "a"));
    assert!(befores[60..].iter().all(|before| from(before) == "c"));
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, ["list a 1", "list a 2", "list b 1", "list c 1", "list c 2"]);
    // Three are read for one by one.
    world.befores(&changes[..3]);
    assert_eq!(world.asked(), ["lineage n0000", "lineage n0001", "lineage n0002"]);
}

#[test]
fn listings_show_who_is_there_already_who_moved_elsewhere_and_who_is_gone() {
    let world = world_of(&[crowd(0, 8, "a"), crowd(10, 4, "c")]).synced();
    world.put("n0001", Some("b"));
    world.put("n0002", Some("c"));
    world.put("n0003", Some("empty"));
    world.end("n0004");
    let changes: Vec<Change> = ["n0000", "n0001", "n0002", "n0003", "n0004", "n0010"].map(|id| moving(id, "b")).into();
    let befores = world.befores(&changes);
    let places: Vec<&str> =
        befores.iter().map(|before| before.as_ref().map_or("gone", |before| before.values.get("from"))).collect();
    assert_eq!(places, ["a", "b", "c", "empty", "gone", "c"]);
    assert_eq!(befores[4].as_ref().unwrap_err().kind, FailureKind::NotFound);
    let asked = world.asked();
    let singly: Vec<&String> = asked.iter().filter(|asked| asked.starts_with("lineage")).collect();
    assert_eq!(singly, ["lineage n0003", "lineage n0004"], "only who is in no listing");
}

#[test]
fn more_than_a_handful_that_no_listing_shows_are_refused_and_not_asked_for() {
    let world = world_of(&[crowd(0, 10, "a")]).synced();
    for nth in 0..7 {
        world.end(&format!("n{nth:04}"));
    }
    let changes: Vec<Change> = crowd(0, 10, "a").iter().map(|(id, _)| moving(id, "b")).collect();
    let befores = world.befores(&changes);
    let why = befores[0].as_ref().unwrap_err();
    assert_eq!(why.kind, FailureKind::Conflict);
    assert!(why.cause.contains("like 6 others") && why.hint.as_deref().unwrap().contains("sync"), "{why:?}");
    assert_eq!(from(&befores[9]), "a");
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, ["list a 1", "list b 1"]);
}

#[test]
fn accounts_of_which_nobody_knows_the_place_cost_one_listing_of_the_connection() {
    let world = world_of(&[crowd(0, 60, "a"), crowd(100, 60, "c")]);
    let changes: Vec<Change> = ["n0000", "n0001", "n0100", "n0101"].map(|id| moving(id, "b")).into();
    let befores = world.befores(&changes);
    assert_eq!(befores.iter().map(from).collect::<Vec<_>>(), ["a", "a", "c", "c"]);
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, ["list all 1", "list all 2", "list all 3", "list b 1"]);
    // Now it is known where they stand.
    world.befores(&changes);
    assert!(!world.asked().iter().any(|asked| asked.starts_with("list all")));
}

#[test]
fn where_records_do_not_say_it_the_organizations_are_walked_once_and_not_each_account_asked_for() {
    let mut world = world_of(&[crowd(0, 20, "a"), crowd(100, 20, "c")]);
    world.spec = &WALKED;
    let changes: Vec<Change> =
        crowd(0, 20, "a").iter().chain(&crowd(100, 20, "c")).map(|(id, _)| moving(id, "b")).collect();
    let befores = world.befores(&changes);
    assert_eq!((from(&befores[0]), from(&befores[39])), ("a", "c"));
    let asked = world.asked();
    assert!(!asked.iter().any(|asked| asked.starts_with("lineage") || asked.starts_with("account")), "{asked:?}");
    // The root listing, one level below each of five organizations, identity, accounts, destination.
    assert!(asked.len() <= 10, "{asked:?}");
    world.befores(&changes);
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, ["list a 1", "list b 1", "list c 1"]);
}

#[test]
fn a_source_whose_listing_is_closed_is_answered_for_by_the_connections_own() {
    let world = world_of(&[crowd(0, 6, "a")]).synced();
    locked(&world.holding).closed.insert("a".into(), FailureKind::Forbidden);
    locked(&world.holding).closed.insert("b".into(), FailureKind::Forbidden);
    let changes: Vec<Change> = crowd(0, 6, "a").iter().map(|(id, _)| moving(id, "b")).collect();
    assert!(world.befores(&changes).iter().all(|before| from(before) == "a"));
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, ["list a 1", "list all 1", "list b 1"]);
    // A failure that would hit the other listing as well is what it is.
    locked(&world.holding).closed.insert("a".into(), FailureKind::Auth);
    let befores = world.befores(&changes);
    assert!(befores.iter().all(|before| before.as_ref().unwrap_err().kind == FailureKind::Auth));
    assert!(!world.asked().iter().any(|asked| asked == "list all 1"));
}

#[test]
fn deletes_and_updates_share_listings_and_profiles_and_organizations_are_read_singly_in_their_order() {
    let world = world_of(&[crowd(0, 60, "a")]).synced();
    let changes = [
        of_account(ChangeKind::Profile, "n0009", []),
        deleting("n0000"),
        of_account(ChangeKind::UpdateAccount, "n0001", []),
        of_account(ChangeKind::RemoveAccount, "n0002", []),
        of_account(ChangeKind::CloseAccount, "n0051", []),
        of_organization(ChangeKind::RenameOrganization, "c", []),
        of_account(ChangeKind::Profile, "n0008", []),
    ];
    let befores: Vec<Values> = world.befores(&changes).into_iter().map(|before| before.unwrap().values).collect();
    assert_eq!(befores[0].get("business_name"), "Acme");
    assert_eq!((befores[1].get("name"), befores[1].get("from")), ("Account n0000", "a"));
    assert_eq!((befores[2].get("settings.two"), befores[2].0.contains_key("from")), ("false", false));
    assert_eq!((befores[4].get("status"), befores[5].get("name")), ("active", "Org c"));
    assert_eq!(world.asked(), ["list a 1", "list a 2", "profile n0009", "organization c", "profile n0008"]);
    // The same by single reads.
    for (change, before) in changes.iter().zip(befores) {
        assert_eq!(run(world.road().before(change)).unwrap().values, before, "{:?}", change.kind);
    }
}

#[test]
fn a_listing_that_leaves_out_what_an_update_needs_is_not_taken_for_it() {
    let world = world_of(&[crowd(0, 6, "a")]).synced();
    locked(&world.holding).accounts.get_mut("n0002").unwrap().raw = serde_json::json!({"id": "n0002"});
    let changes: Vec<Change> =
        crowd(0, 6, "a").iter().map(|(id, _)| of_account(ChangeKind::UpdateAccount, id, [])).collect();
    world.befores(&changes);
    assert_eq!(world.asked(), ["list a 1", "account n0002"]);
}

#[test]
fn what_our_own_journal_ended_is_not_asked_for_however_many_they_are() {
    let world = world_of(&[crowd(0, 12, "a")]).synced();
    let changes: Vec<Change> = crowd(0, 12, "a").iter().map(|(id, _)| deleting(id)).collect();
    for (nth, change) in changes[..8].iter().enumerate() {
        world.recorded(change, JournalState::Sent, &format!("p-{nth}"));
        world.end(change.subject.id());
    }
    let befores = world.befores(&changes);
    assert!(befores[..8].iter().all(|before| before.as_ref().unwrap_err().kind == FailureKind::NotFound));
    assert!(befores[8..].iter().all(Result::is_ok));
    assert_eq!(world.asked(), ["list a 1"]);
}

#[test]
fn the_inventory_learns_of_listings() {
    let world = world_of(&[crowd(0, 6, "a")]).synced();
    world.put("n0000", Some("b"));
    let changes: Vec<Change> = crowd(0, 6, "a").iter().map(|(id, _)| moving(id, "b")).collect();
    world.befores(&changes);
    let snapshot = world.inventory.snapshot();
    let known = snapshot.find(&account_key("n0000")).unwrap();
    assert_eq!(known.parent().unwrap().id.as_str(), "b");
}
