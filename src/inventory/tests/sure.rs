//! Confirmed writes: they show at once, and stale reads do not undo them.

use super::*;
use crate::domain::{Organization, OrganizationKey, ParentRef, Untrusted};
use crate::inventory::fake::key;
use crate::provider::Made;

const LATER: u64 = 61_000;

fn confirm(inventory: &Inventory, confirmed: Confirmed) -> Arc<Snapshot> {
    inventory.confirm(&connection(), vec![confirmed], Moment(7))
}

fn absorb_at(inventory: &Inventory, query: &Query, reply: &Reply, at: u64) -> Arc<Snapshot> {
    inventory.absorb(&connection(), query, reply, Moment(at))
}

fn moved(id: &str, to: &str) -> Confirmed {
    Confirmed::Moved(AccountId::new(id), OrganizationId::new(to))
}

fn place(snapshot: &Snapshot, id: &str) -> Option<String> {
    let parent = snapshot.find(&key(id)).unwrap().parent().cloned();
    parent.map(|parent| parent.id.as_str().to_owned())
}

fn lineage(at: &str) -> Reply {
    Reply::Lineage(Lineage::new(vec![organization(at, None)]))
}

/// `a` and `b` in `x`, `c` in `y`.
fn three() -> Inventory {
    let inventory = Inventory::default();
    let rows = vec![within(account("a", "A"), "x"), within(account("b", "B"), "x"), within(account("c", "C"), "y")];
    listed(&inventory, rows);
    inventory
}

#[test]
fn a_moved_account_stands_in_its_new_place_whatever_stale_reads_say_for_a_minute() {
    let inventory = three();
    let asks = Query::Lineage(AccountId::new("a"));
    absorb(&inventory, &asks, &lineage("x"));
    let snapshot = confirm(&inventory, moved("a", "y"));
    assert_eq!(place(&snapshot, "a").as_deref(), Some("y"));
    assert_eq!(snapshot.find(&key("a")).unwrap().parent().unwrap().name.raw(), "Org y");
    assert!(snapshot.lineage(&key("a")).is_none(), "that of the place before");
    let all = Query::Accounts(ListScope::all(), Cursor::First);
    let stale = || Reply::Accounts(page(vec![within(account("a", "A"), "x")], None));
    assert_eq!(place(&absorb(&inventory, &all, &stale()), "a").as_deref(), Some("y"));
    let detail = Query::Account(AccountId::new("a"), DetailOptions::default());
    let answer = Reply::Account(Box::new(within(account("a", "A"), "x")));
    assert_eq!(place(&absorb(&inventory, &detail, &answer), "a").as_deref(), Some("y"));
    let snapshot = absorb(&inventory, &asks, &lineage("x"));
    assert_eq!((place(&snapshot, "a").as_deref(), snapshot.lineage(&key("a"))), (Some("y"), None));
    // A lineage that agrees is taken in; so is any once a minute is over.
    assert!(absorb(&inventory, &asks, &lineage("y")).lineage(&key("a")).is_some());
    let snapshot = absorb_at(&inventory, &asks, &lineage("x"), LATER + 7);
    assert_eq!(place(&snapshot, "a").as_deref(), Some("x"));
}

#[test]
fn a_third_place_is_news() {
    let inventory = three();
    confirm(&inventory, moved("a", "y"));
    let all = Query::Accounts(ListScope::all(), Cursor::First);
    let row = |at| Reply::Accounts(page(vec![within(account("a", "A"), at)], None));
    assert_eq!(place(&absorb(&inventory, &all, &row("z")), "a").as_deref(), Some("z"));
    assert_eq!(place(&absorb(&inventory, &all, &row("x")), "a").as_deref(), Some("x"), "nothing is sure any more");
}

#[test]
fn a_listing_of_an_organization_that_still_holds_a_moved_account_does_not_bring_it_back() {
    let inventory = Inventory::default();
    listed(&inventory, vec![account("a", "A")]);
    let below = |id: &str| Query::Organizations(OrganizationScope::Below(OrganizationId::new(id)), Cursor::First);
    let holds = || Reply::Organizations(Page { holds: vec![AccountId::new("a")], ..page(Vec::new(), None) });
    absorb(&inventory, &below("x"), &holds());
    assert_eq!(place(&inventory.snapshot(), "a").as_deref(), Some("x"));
    confirm(&inventory, moved("a", "y"));
    assert_eq!(place(&absorb(&inventory, &below("x"), &holds()), "a").as_deref(), Some("y"));
    // Its own record says nothing of a place.
    let all = Query::Accounts(ListScope::all(), Cursor::First);
    let row = Reply::Accounts(page(vec![account("a", "A")], None));
    assert_eq!(place(&absorb(&inventory, &all, &row), "a").as_deref(), Some("y"));
}

#[test]
fn what_is_gone_leaves_the_list_and_stays_away_and_what_was_made_stays_though_a_listing_lacks_it() {
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|_| Ok(page(vec![account("a", "A"), account("b", "B")], None)));
    let inventory = Inventory::default();
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    confirm(&inventory, Confirmed::Gone(Subject::Account(key("a"))));
    let snapshot = confirm(&inventory, Confirmed::Made(Made::Account(Box::new(account("n", "New")))));
    assert_eq!(names(&snapshot), ["B", "New"]);
    assert_eq!(snapshot.connection(&connection()).unwrap().accounts, 2);
    // The next listing is stale.
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["B", "New"]);
    // One that comes a minute later is not.
    absorb_at(&inventory, &Query::Identity, &Reply::Identity(identity("owner")), LATER + 1_000);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["A", "B"]);
}

#[test]
fn organizations_that_were_made_renamed_and_deleted_show_so() {
    let mut fake = Fake::new(&NUMBERED);
    fake.organizations = answer(|_| Ok(page(vec![organization("r", None), organization("s", None)], None)));
    let inventory = Inventory::default();
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let gone = OrganizationKey { connection: connection(), id: OrganizationId::new("s") };
    confirm(&inventory, Confirmed::Gone(Subject::Organization(gone)));
    confirm(&inventory, Confirmed::Made(Made::Organization(Box::new(organization("t", Some("r"))))));
    confirm(&inventory, Confirmed::Renamed(OrganizationId::new("r"), Untrusted::new("Renamed")));
    let known = || inventory.snapshot().organization(&organization_key("r")).unwrap().name.raw().to_owned();
    assert_eq!((roots(&inventory), known().as_str()), (vec!["r".to_owned()], "Renamed"));
    assert!(inventory.snapshot().organization(&organization_key("t")).is_some());
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["r"], "a stale listing brings nothing back");
    assert!(inventory.snapshot().organization(&organization_key("t")).is_some(), "and takes nothing away");
}

#[test]
fn edited_fields_and_profiles_are_known_at_once() {
    let inventory = Inventory::default();
    let record = serde_json::json!({"id": "a", "name": "Old", "settings": {"two": false}, "text": "Old"});
    listed(&inventory, vec![Account { raw: record.into(), ..account("a", "Old") }]);
    let fields = [("name", "New"), ("settings.two", "true"), ("absent", "x")];
    let fields = fields.map(|(field, text)| (field.to_owned(), text.to_owned()));
    let snapshot = confirm(&inventory, Confirmed::Edited(AccountId::new("a"), fields.to_vec()));
    let account = snapshot.find(&key("a")).unwrap();
    assert_eq!(account.name(), "New");
    assert_eq!(
        inventory.recall(&key("a")).unwrap().raw.text(),
        r#"{"id":"a","name":"New","settings":{"two":true},"text":"Old"}"#
    );
    let subject = Subject::Account(key("a"));
    let values = Values::from_iter([("business_name", "Acme")]);
    let profile = Profile { subject: subject.clone(), exists: true, values };
    let snapshot = confirm(&inventory, Confirmed::Profile(profile.clone()));
    assert_eq!(*snapshot.profile(&subject).unwrap().value, profile);
}

#[test]
fn nothing_is_taken_in_while_somebody_else_answers() {
    let inventory = three();
    for user in ["owner", "rival"] {
        absorb(&inventory, &Query::Identity, &Reply::Identity(identity(user)));
    }
    let snapshot = confirm(&inventory, Confirmed::Made(Made::Account(Box::new(account("n", "New")))));
    assert!(snapshot.is_empty());
}

/// The same account, its place by the id alone.
fn unnamed(id: &str, name: &str, at: &str) -> Account {
    let parent = ParentRef { id: OrganizationId::new(at), name: Untrusted::default() };
    Account { parent: Some(parent), ..account(id, name) }
}

#[test]
fn a_place_that_is_given_by_its_id_alone_keeps_its_name() {
    let inventory = three();
    let name = |snapshot: &Snapshot, id: &str| {
        let parent = snapshot.find(&key(id)).unwrap().parent().cloned().unwrap();
        format!("{} {}", parent.id.as_str(), parent.name.raw())
    };
    // A listing of one place gives its accounts without the name, as do the accounts' own records.
    let scope = ListScope { organization: Some(OrganizationId::new("x")), ..ListScope::all() };
    let one = Reply::Accounts(page(vec![unnamed("a", "A", "x"), unnamed("b", "B", "x")], None));
    let snapshot = absorb(&inventory, &Query::Accounts(scope, Cursor::First), &one);
    assert_eq!((name(&snapshot, "a"), name(&snapshot, "b")), ("x Org x".into(), "x Org x".into()));
    let detail = Query::Account(AccountId::new("c"), DetailOptions::default());
    let snapshot = absorb(&inventory, &detail, &Reply::Account(Box::new(unnamed("c", "C", "y"))));
    assert_eq!(name(&snapshot, "c"), "y Org y");
    assert_eq!(snapshot.detail(&key("c")).unwrap().value.parent.as_ref().unwrap().name.raw(), "Org y");
    let holds = Reply::Organizations(Page { holds: vec![AccountId::new("c")], ..page(Vec::new(), None) });
    let below = Query::Organizations(OrganizationScope::Below(OrganizationId::new("y")), Cursor::First);
    assert_eq!(name(&absorb(&inventory, &below, &holds), "c"), "y Org y");
    assert_eq!(name(&confirm(&inventory, moved("b", "y")), "b"), "y Org y");
    let nameless = Organization { name: Untrusted::default(), ..organization("x", None) };
    let lineage = Reply::Lineage(Lineage::new(vec![nameless]));
    assert_eq!(name(&absorb(&inventory, &Query::Lineage(AccountId::new("a")), &lineage), "a"), "x Org x");
}

#[test]
fn a_listing_of_one_organization_takes_nothing_from_a_fuller_record() {
    let raw = |text: &str| crate::domain::RawJson::parse(text).unwrap();
    let full = Account { raw: raw(r#"{"id":"a","managed_by":{"x":1},"settings":{"two":true}}"#), ..account("a", "A") };
    let mut fake = Fake::new(&NUMBERED);
    let rows = vec![full.clone()];
    fake.accounts = answer(move |_| Ok(page(rows.clone(), None)));
    let inventory = Inventory::default();
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let poor = Account { raw: raw(r#"{"id":"a","settings":{}}"#), ..full.clone() };
    let scope = ListScope { organization: Some(OrganizationId::new("x")), ..ListScope::all() };
    let query = Query::Accounts(scope, Cursor::First);
    let kept = |account: &Account| {
        absorb(&inventory, &query, &Reply::Accounts(page(vec![account.clone()], None)));
        let row = inventory.snapshot().row(&key("a")).unwrap();
        inventory.records([row]).next().unwrap()
    };
    assert_eq!(kept(&poor).raw, full.raw, "it says nothing new");
    let renamed = Account { name: Untrusted::new("Renamed"), ..poor.clone() };
    assert_eq!(kept(&renamed).name.raw(), "Renamed");
}

#[test]
fn accounts_say_the_new_name_of_a_renamed_organization() {
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|_| Ok(page(vec![within(account("a", "A"), "r")], None)));
    fake.organizations = answer(|_| Ok(page(vec![organization("r", None)], None)));
    let inventory = Inventory::default();
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let snapshot = confirm(&inventory, Confirmed::Renamed(OrganizationId::new("r"), Untrusted::new("Renamed")));
    assert_eq!(snapshot.find(&key("a")).unwrap().parent().unwrap().name.raw(), "Renamed");
}
