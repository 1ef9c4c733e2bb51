//! Sending: what is journalled, read again, refused, lost, read back.

use rstest::rstest;

use super::*;
use crate::domain::Stage::{Over, Sending, Step};
use crate::domain::{Diff, Meanwhile};

#[test]
fn a_confirmed_change_is_journalled_sent_once_and_read_back() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    let steps = Mutex::new(Vec::new());
    let tell = |stage| locked(&steps).push(stage);
    let results = run(apply(&[stage.road()], &plan, Watch { tell: &tell, gate: &Gate::default() }));
    let [Applied::Confirmed { read_back, visible, messages, .. }] = results.as_slice() else {
        panic!("{results:?}");
    };
    assert!(visible);
    assert_eq!(read_back.as_ref().unwrap().values.get("business_name"), "Acme Ltd");
    assert_eq!(messages[0].raw(), "noted");
    let steps = locked(&steps);
    let [Step("reading again"), Step("sending"), Sending(0), Over(0, over), Step("reading back")] = steps.as_slice()
    else {
        panic!("{steps:?}");
    };
    assert!(matches!(**over, Applied::Confirmed { visible: false, .. }), "told before it is read back: {over:?}");
    assert_eq!(stage.fake.asked("execute"), 1);
    let (intended, sent) = (JournalState::Intended, JournalState::Sent);
    assert_eq!(stage.states(), [intended, sent, JournalState::Confirmed]);
    let records = stage.journal.records().unwrap().records;
    assert!(records.iter().all(|record| record.change == records[0].change));
    assert!(records[0].change.starts_with(&plan.id));
    assert_eq!(records[0].before.get("business_name"), "Acme");
    assert_eq!(records[0].reason.as_deref(), Some("ticket 7"));
    assert_eq!(unsettled(&records), []);
    let snapshot = stage.inventory.snapshot();
    let known = &snapshot.profile(&subject()).unwrap().value;
    assert_eq!(known.values.get("business_name"), "Acme Ltd");
}

#[test]
fn the_record_is_on_its_way_to_disk_before_the_first_byte_goes_out() {
    let mut stage = stage();
    let folder = tempfile::tempdir().unwrap();
    let journal = FileJournal::new(folder.path().join("journal"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (path, notes) = (folder.path().join("journal"), Arc::clone(&seen));
    stage.fake.execute = answer(move |_| {
        let records = FileJournal::new(path.clone()).records().unwrap().records;
        locked(&notes).extend(records.iter().map(|record| record.state));
        Err(failure(FailureKind::Refused).with_delivery(Delivery::Answered))
    });
    let plan = stage.plan(rename()).unwrap();
    let road = Road { journal: &journal, ..stage.road() };
    let results = run(apply(&[road], &plan, Watch { tell: &|_| (), gate: &Gate::default() }));
    assert!(matches!(results[0], Applied::Refused(_)));
    assert_eq!(*locked(&seen), [JournalState::Intended, JournalState::Sent]);
}

#[test]
fn an_account_that_was_moved_between_plan_and_send_is_said_so_once() {
    let world = super::world::world(&[("x", Some("b"))]).synced();
    let plan = world.plan(vec![super::world::moving("x", "c")]).unwrap();
    world.put("x", Some("a"));
    let watch = Watch { tell: &|_| (), gate: &Gate::default() };
    let results = run(apply(&[world.road()], &plan, watch));
    let [Applied::Outdated(renewed)] = results.as_slice() else { panic!("{results:?}") };
    let moved = Diff { field: Diff::PLACE.into(), from: Some("b".into()), to: Some("a".into()) };
    assert_eq!(renewed.changes[0].meanwhile, [Meanwhile::Field(moved)]);
    assert_eq!(renewed.changes[0].change.values.get(Change::FROM), "a");
}

#[test]
fn what_changed_meanwhile_is_shown_again_and_not_overwritten() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    stage.store("business_email", "new@acme.example");
    let Applied::Outdated(renewed) = stage.apply_one(&plan) else {
        panic!("sent");
    };
    assert!(renewed.renewed);
    assert!(!renewed.has_conflicts());
    let [from, to] = ["old@acme.example", "new@acme.example"].map(|it| Some(it.to_owned()));
    let meanwhile = Meanwhile::Field(Diff { field: "business_email".into(), from, to });
    assert_eq!(renewed.changes[0].meanwhile, [meanwhile], "which field, and how");
    assert_ne!(renewed.id, plan.id);
    assert_eq!(renewed.changes[0].change.values.get("business_email"), "new@acme.example");
    assert_eq!(stage.fake.asked("execute"), 0);
    assert!(stage.states().is_empty());
    // The renewed plan holds, and goes through.
    assert!(matches!(stage.apply_one(&renewed), Applied::Confirmed { visible: true, .. }));
    assert_eq!(locked(&stage.stored).values.get("business_email"), "new@acme.example");
}

#[test]
fn the_same_field_changed_meanwhile_waits_for_a_decision() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    stage.store("business_name", "Acme GmbH");
    let Applied::Outdated(renewed) = stage.apply_one(&plan) else {
        panic!("sent");
    };
    assert!(renewed.has_conflicts());
    assert!(matches!(stage.apply_one(&renewed), Applied::NotSent(_)));
    assert_eq!(stage.fake.asked("execute"), 0);
}

#[test]
fn what_already_is_as_wanted_is_nothing_to_do() {
    let stage = stage();
    let plan = stage.plan(vec![change([("business_name", "Acme")])]).unwrap();
    assert!(plan.is_empty());
    assert_eq!(stage.apply_one(&plan), Applied::NothingToDo);
    // Also if somebody did the same between plan and send.
    let plan = stage.plan(rename()).unwrap();
    stage.store("business_name", "Acme Ltd");
    assert_eq!(stage.apply_one(&plan), Applied::NothingToDo);
    assert_eq!(stage.fake.asked("execute"), 0);
    assert!(stage.states().is_empty());
}

#[test]
fn another_identity_stops_plan_and_send_again_and_again_until_the_user_says_who_holds() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    replace(&stage.fake.identity, |()| Ok(identity("rival")));
    stage.ask_who();
    let Applied::NotSent(failure) = stage.apply_one(&plan) else {
        panic!("sent");
    };
    assert!(failure.cause.contains("answers as rival, before as owner"), "{failure}");
    for _ in 0..3 {
        let failure = stage.plan(rename()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict);
        assert!(failure.hint.as_deref().unwrap().contains("which of them holds"), "{failure:?}");
        assert!(matches!(stage.apply_one(&plan), Applied::NotSent(_)));
    }
    stage.inventory.rule(&connection(), Holder::Known, &identity("rival"));
    let failure = stage.plan(rename()).unwrap_err();
    assert_eq!(
        (failure.kind, failure.hint.as_deref()),
        (FailureKind::Conflict, Some("put that of owner back, then r"))
    );
    assert!(matches!(stage.apply_one(&plan), Applied::NotSent(_)));
    stage.inventory.rule(&connection(), Holder::New, &identity("rival"));
    assert!(matches!(stage.apply_one(&plan), Applied::NotSent(_)), "the plan was made as another one");
    assert_eq!(stage.fake.asked("execute"), 0);
    assert!(stage.states().is_empty());
    let plan = stage.plan(rename()).unwrap();
    assert_eq!(plan.parts[0].identity, identity("rival"));
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
}

#[test]
fn the_known_identity_that_answers_again_goes_on_where_it_was() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    replace(&stage.fake.identity, |()| Ok(identity("rival")));
    stage.ask_who();
    assert!(stage.plan(rename()).is_err());
    replace(&stage.fake.identity, |()| Ok(identity("owner")));
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
}

#[rstest]
#[case(JournalState::Intended)]
#[case(JournalState::Sent)]
fn nothing_is_sent_if_the_journal_cannot_be_written_and_the_failure_says_so(#[case] fails: JournalState) {
    let mut stage = stage();
    stage.journal.fails = Some(fails);
    let plan = stage.plan(rename()).unwrap();
    let Applied::NotSent(failure) = stage.apply_one(&plan) else {
        panic!("sent");
    };
    assert_eq!(failure.kind, FailureKind::Local);
    assert!(failure.cause.contains("was sent, because no record of it can be kept"), "{failure}");
    assert!(failure.cause.starts_with("nothing"), "{failure}");
    assert_eq!(stage.fake.asked("execute"), 0);
}

#[test]
fn a_success_that_the_journal_cannot_note_is_a_success_that_says_so() {
    let mut stage = stage();
    stage.journal.fails = Some(JournalState::Confirmed);
    let plan = stage.plan(rename()).unwrap();
    let Applied::Confirmed { messages, .. } = stage.apply_one(&plan) else {
        panic!("not confirmed");
    };
    assert!(messages[1].raw().contains("journal"));
    assert_eq!(unsettled(&stage.journal.records().unwrap().records).len(), 1);
}

#[rstest]
#[case(Delivery::Unsent, JournalState::Refused, 0)]
#[case(Delivery::Answered, JournalState::Refused, 0)]
#[case(Delivery::Unknown, JournalState::Unknown, 1)]
fn a_failed_send_is_what_its_delivery_says(
    #[case] delivery: Delivery,
    #[case] state: JournalState,
    #[case] left: usize,
) {
    let mut stage = stage();
    stage.fake.execute = answer(move |_| Err(failure(FailureKind::Server).with_delivery(delivery)));
    let plan = stage.plan(rename()).unwrap();
    let applied = stage.apply_one(&plan);
    let as_expected = match delivery {
        Delivery::Unsent => matches!(applied, Applied::NotSent(_)),
        Delivery::Answered => matches!(applied, Applied::Refused(_)),
        Delivery::Unknown => matches!(applied, Applied::Unknown(_)),
    };
    assert!(as_expected, "{applied:?}");
    assert_eq!(stage.fake.asked("execute"), 1, "never sent again");
    let records = stage.journal.records().unwrap().records;
    assert_eq!(records.last().unwrap().state, state);
    assert!(records.last().unwrap().failure.is_some());
    assert_eq!(unsettled(&records).len(), left);
}

#[test]
fn a_write_that_is_dropped_on_its_way_is_listed_as_unsettled() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    replace(&stage.fake.execute, |_| panic!("the program ends here"));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stage.apply(&plan)));
    assert!(ended.is_err());
    let left = unsettled(&stage.journal.records().unwrap().records);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].state, JournalState::Sent);
}

#[test]
fn an_eventually_consistent_provider_is_read_until_it_shows_the_value() {
    let mut stage = stage();
    let plan = stage.plan(rename()).unwrap();
    let (held, mut reads) = (Arc::clone(&stage.stored), 0);
    let old = locked(&stage.stored).clone();
    stage.fake.profile = answer(move |_| {
        reads += 1;
        // The second read, then two that are stale.
        Ok(if reads <= 3 { old.clone() } else { locked(&held).clone() })
    });
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { visible: true, .. }));
}

#[test]
fn several_changes_go_out_in_the_plans_order_each_with_its_own_result() {
    let mut stage = stage();
    stage.fake.profile = answer(|subject| {
        let values = values([("business_name", "Old")]);
        Ok(Profile { subject, exists: true, values })
    });
    stage.fake.execute = answer(|_| Err(failure(FailureKind::Refused).with_delivery(Delivery::Answered)));
    let changes = ["b", "a", "c"].map(|id| Change {
        subject: Subject::Account(key(id)),
        ..change([("business_name", if id == "a" { "Old" } else { "New" })])
    });
    let plan = stage.plan(changes.into_iter().collect()).unwrap();
    let results = stage.apply(&plan);
    let [Applied::Refused(_), Applied::NothingToDo, Applied::Refused(_)] = results.as_slice() else {
        panic!("{results:?}");
    };
    let asked = locked(&stage.fake.asked);
    let sent: Vec<&String> = asked.iter().filter(|asked| asked.starts_with("execute")).collect();
    assert_eq!(sent, ["execute b", "execute c"]);
    let records = stage.journal.records().unwrap().records;
    assert_ne!(records[0].change, records.last().unwrap().change);
}

#[test]
fn a_write_can_run_on_any_thread() {
    fn is_send(_: &(impl Send + ?Sized)) {}
    let stage = stage();
    let plan_of_one = stage.plan(rename()).unwrap();
    let road = stage.road();
    is_send(&plan(std::slice::from_ref(&road), rename(), Way::default()));
    let gate = Gate::default();
    is_send(&apply(std::slice::from_ref(&road), &plan_of_one, Watch { tell: &|_| (), gate: &gate }));
}
