//! The user's own file.

use std::ops::ControlFlow;

use super::world::*;
use crate::domain::OwnKey;
use crate::domain::{AccountId, AccountKey, Difference, Moment, Observed, Untrusted};
use crate::inventory::disk::{HistoryQuery, Own, Retention};

fn key(id: &str) -> OwnKey {
    OwnKey { connection: name("prod"), identity: "ada".into(), account: AccountId::new(id) }
}

fn seen(at: u64, id: &str, difference: Difference) -> Observed {
    let key = AccountKey { connection: name("prod"), id: AccountId::new(id) };
    Observed { at: Moment(at), key, identity: "ada".into(), name: Untrusted::new("Ærø\0"), difference }
}

fn appeared(at: u64, id: &str) -> Observed {
    seen(at, id, Difference::Appeared { record: "{}".into() })
}

fn history(own: &Own, query: &HistoryQuery) -> Vec<Observed> {
    let mut found = Vec::new();
    own.history(query, |entry| {
        found.push(entry.observed);
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

#[test]
fn history_comes_back_in_the_order_of_observation_whatever_the_clock_said() {
    let (_folder, path) = place();
    let text = |text: &str| Some(text.to_owned());
    let all = vec![
        appeared(100, "1"),
        seen(200, "1", Difference::Field { field: "name".into(), from: None, to: text("") }),
        seen(150, "2", Difference::Moved { from: text("a"), to: None }),
        seen(120, "2", Difference::Order { field: "raw".into(), from: "[]".into(), to: "[1]".into() }),
        seen(50, "1", Difference::Gone { record: "{}".into() }),
    ];
    let own = Own::open(&path, NOW).own;
    own.observe(&all[..2]).unwrap();
    own.observe(&all[2..]).unwrap();
    drop(own);
    let own = Own::open(&path, NOW).own;
    assert_eq!(history(&own, &HistoryQuery::default()), all);
    let since = HistoryQuery { since: Moment(150), ..HistoryQuery::default() };
    assert_eq!(history(&own, &since), all[1..3]);
    let one = HistoryQuery { account: Some(AccountId::new("1")), after: 1, ..HistoryQuery::default() };
    assert_eq!(history(&own, &one), [all[1].clone(), all[4].clone()]);
    let nobody = HistoryQuery { connection: Some(name("test")), ..HistoryQuery::default() };
    assert_eq!(history(&own, &nobody), []);
}

#[test]
fn old_and_many_entries_are_removed_but_not_because_a_clock_runs_ahead() {
    let own = Own::in_memory();
    let keep = Retention { age: 100, entries: 3 };
    assert_eq!(own.prune_history(Moment(1), keep).unwrap(), 0);
    own.observe(&[appeared(10, "a"), appeared(200, "b"), appeared(210, "c")]).unwrap();
    assert_eq!(own.prune_history(Moment(u64::MAX), keep).unwrap(), 1);
    assert_eq!(own.history_len().unwrap(), 2);
    own.observe(&(0..5).map(|nth| appeared(220 + nth, "d")).collect::<Vec<_>>()).unwrap();
    assert_eq!(own.prune_history(Moment(300), keep).unwrap(), 4);
    let left: Vec<u64> = history(&own, &HistoryQuery::default()).iter().map(|one| one.at.0).collect();
    assert_eq!(left, [222, 223, 224]);
    assert_eq!(Retention::default(), Retention { age: 34_560_000_000, entries: 1_000_000 });
}

#[test]
fn labels_notes_marks_views_and_filters_are_kept() {
    let (_folder, path) = place();
    let own = Own::open(&path, NOW).own;
    own.add_label("vip", &[key("2"), key("1"), key("1")]).unwrap();
    own.add_label("old", &[key("1")]).unwrap();
    own.drop_label("vip", &[key("2"), key("3")]).unwrap();
    own.set_note(&key("1"), "call\nback", Moment(5)).unwrap();
    own.set_note(&key("2"), "x", Moment(6)).unwrap();
    own.set_note(&key("2"), "", Moment(7)).unwrap();
    let mark = |id: &str| AccountKey { connection: name("prod"), id: AccountId::new(id) };
    own.set_marks(&[mark("1"), mark("2")]).unwrap();
    own.set_marks(&[mark("9"), mark("3")]).unwrap();
    own.keep("session", Some("{}")).unwrap();
    own.keep("session", Some("{\"scope\":1}")).unwrap();
    own.keep("view", Some("x")).unwrap();
    own.keep("view", None).unwrap();
    for filter in ["a", "b", "a", "c"] {
        own.add_filter(filter, NOW).unwrap();
    }
    drop(own);
    let own = Own::open(&path, NOW).own;
    assert_eq!(own.labels().unwrap(), [(key("1"), "old".to_owned()), (key("1"), "vip".to_owned())]);
    assert_eq!(own.notes().unwrap(), [(key("1"), "call\nback".to_owned(), Moment(5))]);
    assert_eq!(own.marks().unwrap(), [mark("9"), mark("3")]);
    assert_eq!(own.kept("session").unwrap().as_deref(), Some("{\"scope\":1}"));
    assert_eq!(own.kept("view").unwrap(), None);
    assert_eq!(own.filters(2).unwrap(), ["c", "a"]);
    for nth in 0..510 {
        own.add_filter(&nth.to_string(), NOW).unwrap();
    }
    assert_eq!(own.filters(9_999).unwrap().len(), 500);
}

#[test]
fn what_is_not_written_whole_is_not_written_at_all() {
    let own = Own::in_memory();
    own.set_marks(&[AccountKey { connection: name("prod"), id: AccountId::new("1") }]).unwrap();
    own.with(|connection| {
        connection
            .execute_batch("CREATE TEMP TRIGGER t BEFORE INSERT ON mark WHEN new.account = 'bad' BEGIN SELECT raise(ABORT, 'no'); END")
            .unwrap();
    });
    let mark = |id: &str| AccountKey { connection: name("prod"), id: AccountId::new(id) };
    assert!(own.set_marks(&[mark("2"), mark("bad")]).is_err());
    assert_eq!(own.marks().unwrap(), [mark("1")]);
}
