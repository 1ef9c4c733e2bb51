//! Search over small lists, and against the obvious way.

mod equal;

use super::within::Within;
use super::*;
use crate::domain::{Account, Moment, ProviderId};
use crate::inventory::Inventory;
use crate::inventory::fake::*;
use crate::provider::{Cursor, ListScope, OrganizationScope, Query, Reply};

fn found(snapshot: &Arc<Snapshot>, query: ListQuery) -> (Vec<String>, Found) {
    let found = search(snapshot, &Arc::new(query), &|| false).unwrap();
    let names = found.rows.iter().map(|&row| snapshot.get(row).unwrap().name().to_owned()).collect();
    (names, found)
}

fn people() -> Arc<Snapshot> {
    let row =
        |id: &str, name: &str, status: Option<&str>| Account { status: status.map(Into::into), ..account(id, name) };
    Arc::new(Snapshot::of(vec![
        row("1", "team 10", Some("open")),
        row("2", "Acme Prod", None),
        row("3", "Team 2", Some("closed")),
        row("4", "acme", Some("open")),
        row("5", "", Some("Closed")),
        row("6", "Big Macme", None),
    ]))
}

#[test]
fn without_a_filter_rows_come_by_name_and_with_one_by_match() {
    let people = people();
    let (names, all) = found(&people, ListQuery::default());
    assert_eq!(names, ["acme", "Acme Prod", "Big Macme", "Team 2", "team 10", ""]);
    assert_eq!((all.in_scope, all.best), (6, None));
    let (names, hits) = found(&people, ListQuery { filter: Filter::parse("acme"), ..ListQuery::default() });
    assert_eq!(names, ["acme", "Acme Prod", "Big Macme"]);
    assert_eq!((hits.in_scope, hits.best), (6, Some(3)));
}

#[test]
fn a_chosen_order_holds_with_a_filter_and_missing_values_are_last() {
    let people = people();
    let query = |direction, filter: &str| ListQuery {
        filter: Filter::parse(filter),
        sort: vec![Sort { by: ColumnValue::Status, direction }],
        ..ListQuery::default()
    };
    let (names, _) = found(&people, query(Direction::Ascending, ""));
    assert_eq!(names, ["Team 2", "", "acme", "team 10", "Acme Prod", "Big Macme"]);
    let (names, _) = found(&people, query(Direction::Descending, ""));
    assert_eq!(names, ["acme", "team 10", "Team 2", "", "Acme Prod", "Big Macme"]);
    let (names, hits) = found(&people, query(Direction::Ascending, "am"));
    assert_eq!(names.len(), hits.rows.len());
    assert!(hits.best.is_some());
}

#[test]
fn a_scope_is_a_connection_or_an_organization_with_all_below_it() {
    let inventory = Inventory::default();
    let every = Query::Organizations(OrganizationScope::Every, Cursor::First);
    let rows = vec![organization("r", None), organization("c", Some("r")), organization("s", None)];
    inventory.absorb(&connection(), &every, &Reply::Organizations(page(rows, None)), Moment(1));
    let accounts = [("1", "r"), ("2", "c"), ("3", "s"), ("4", "unlisted")];
    let accounts = accounts.map(|(id, parent)| within(account(id, id), parent));
    let rows = accounts.into_iter().chain([account("5", "5")]).collect();
    let query = Query::Accounts(ListScope::all(), Cursor::First);
    let snapshot = inventory.absorb(&connection(), &query, &Reply::Accounts(page(rows, None)), Moment(1));
    let scoped = |scope| found(&snapshot, ListQuery { scope, ..ListQuery::default() });
    let organization = |id| Scope::Organization(organization_key(id));
    assert_eq!(scoped(organization("r")).0, ["1", "2"]);
    assert_eq!(scoped(organization("r")).1.in_scope, 2);
    assert_eq!(scoped(organization("c")).0, ["2"]);
    assert_eq!(scoped(organization("unlisted")).0, ["4"]);
    assert_eq!(scoped(organization("nobody")).0, [""; 0]);
    assert_eq!(scoped(Scope::Connection(connection())).0.len(), 5);
    assert_eq!(scoped(Scope::Connection("other".into())).0.len(), 0);
    let only = Some(Arc::new(HashSet::from([key("3"), key("5")])));
    let (names, found) = found(&snapshot, ListQuery { only, ..ListQuery::default() });
    assert_eq!((names.len(), found.in_scope), (2, 5));
}

#[test]
fn a_search_that_nobody_wants_any_more_ends_without_an_answer() {
    let people = people();
    let query = Arc::new(ListQuery::default());
    assert_eq!(search(&people, &query, &|| true), None);
}

/// Counts the records that are read.
#[derive(Debug)]
struct Counting(Arc<dyn Raws>, Arc<std::sync::atomic::AtomicUsize>);

impl Raws for Counting {
    fn each(&self, rows: &[u32], each: &mut dyn FnMut(u32, &str) -> std::ops::ControlFlow<()>) {
        self.0.each(rows, &mut |row, record| {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            each(row, record)
        });
    }
}

#[test]
fn while_a_filter_of_a_path_is_typed_on_only_what_passed_is_read_again_and_what_changed_since() {
    let inventory = Inventory::default();
    let told = |nth: u32, word: &str| Account {
        raw: serde_json::json!({"deep": {"word": word}}).into(),
        ..account(&format!("id{nth}"), &format!("Account {nth}"))
    };
    let rows = (0..300).map(|nth| told(nth, ["apple", "apricot", "pear"][nth as usize % 3])).collect();
    let query = Query::Accounts(ListScope::all(), Cursor::First);
    let mut snapshot = inventory.absorb(&connection(), &query, &Reply::Accounts(page(rows, None)), Moment(1));
    let read = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut searcher = Searcher::default();
    let mut ask = |snapshot: &Arc<Snapshot>, filter: &str, now: u64| {
        let counting = Counting(Arc::clone(snapshot.raws.as_ref().unwrap()), Arc::clone(&read));
        let snapshot = Arc::new(Snapshot { raws: Some(Arc::new(counting)), ..Snapshot::clone(snapshot) });
        let query = Arc::new(ListQuery { filter: Filter::parse(filter), now: Moment(now), ..ListQuery::default() });
        let asking = Asking { cancelled: &|| false, late: &|| false, partial: &|_| (), reading: &|_| () };
        let found = searcher.search(&snapshot, &query, &asking).unwrap();
        (found.matched, found.in_scope, read.swap(0, std::sync::atomic::Ordering::Relaxed))
    };
    assert_eq!(ask(&snapshot, "deep.word:a", 1), (300, 300, 300));
    assert_eq!(ask(&snapshot, "deep.word:ap", 2), (200, 300, 300), "all of those have an a");
    assert_eq!(ask(&snapshot, "deep.word:apr", 3), (100, 300, 200));
    assert_eq!(ask(&snapshot, "deep.word:apri", 4), (100, 300, 100));
    // Another one's record changes, which its row does not show; the one under the cursor is looked at.
    let detail = Query::Account("id2".into(), crate::provider::DetailOptions::default());
    snapshot = inventory.absorb(&connection(), &detail, &Reply::Account(Box::new(told(2, "apricots"))), Moment(5));
    snapshot =
        if inventory.bring(&key("id7")).generation() > snapshot.generation() { inventory.snapshot() } else { snapshot };
    assert_eq!(ask(&snapshot, "deep.word:apric", 6), (101, 300, 101));
    assert_eq!(ask(&snapshot, "deep.word:ap", 7), (201, 300, 300), "a shorter one begins anew");
}
