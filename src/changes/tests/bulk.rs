//! Plans of many changes: order, width, what stops one and what stops all, pause, batch, reading back.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::many::{Fate, Hall, Many};
use super::*;
use crate::domain::{Signal, Untrusted};
use crate::provider::BatchMoved;

fn is_confirmed(applied: &Applied) -> bool {
    matches!(applied, Applied::Confirmed { visible: true, .. })
}

fn why(applied: &Applied) -> &Failure {
    match applied {
        Applied::NotSent(failure) | Applied::Refused(failure) | Applied::Unknown(failure) => failure,
        Applied::Confirmed { .. } | Applied::Accepted { .. } | Applied::NothingToDo | Applied::Outdated(_) => {
            panic!("{applied:?}")
        }
    }
}

#[test]
fn many_changes_start_in_the_plans_order_eight_at_a_time_with_one_synced_append_before_them_all() {
    let hall = Hall::new(40);
    let results = hall.apply(&hall.moves());
    assert!(results.iter().all(is_confirmed), "{results:?}");
    let sent: Vec<String> = (0..40).map(|nth| format!("send a{nth}")).collect();
    assert_eq!(hall.many.asked("send"), sent);
    assert_eq!(hall.many.flight.1.load(Ordering::SeqCst), 8);
    // Read again by one listing of each side, read back by the one where they should be.
    assert_eq!(hall.many.asked("list"), ["list old", "list new", "list new"].map(str::to_owned));
    assert_eq!(hall.many.asked("lineage").len() + hall.many.asked("account").len(), 0);
    let appends = locked(&hall.journal.appends).clone();
    assert_eq!(appends[0], (40, JournalState::Intended, Keep::Synced));
    let count = |state, keep| appends.iter().filter(|append| **append == (1, state, keep)).count();
    assert_eq!(count(JournalState::Sent, Keep::Written), 40);
    assert_eq!(count(JournalState::Confirmed, Keep::Synced), 40);
    assert_eq!(appends.len(), 81);
    assert_eq!(hall.last()["a7"].request_id.as_deref(), Some("ray-a7"));
    assert_eq!(hall.last()["a7"].change, "plan-8");
    assert_eq!(hall.row("a7"), "new");
}

#[test]
fn each_change_is_told_as_it_goes_out_and_as_it_is_over() {
    use crate::domain::Stage;
    let hall = Hall::new(3);
    let _ = hall.apply(&hall.moves());
    let stages = locked(&hall.stages);
    for nth in 0..3 {
        let at = |wanted: &dyn Fn(&Stage) -> bool| stages.iter().position(wanted).unwrap();
        let out = at(&|stage| matches!(stage, Stage::Sending(which) if *which == nth));
        let over = at(&|stage| matches!(stage, Stage::Over(which, _) if *which == nth));
        assert!(at(&|stage| *stage == Stage::Step("sending")) < out && out < over);
        assert!(over < at(&|stage| *stage == Stage::Step("reading back")));
    }
}

#[test]
fn what_differs_from_the_plan_comes_back_singly_and_the_others_go_on() {
    let hall = Hall::new(5);
    let plan = hall.plan(ChangeKind::Profile);
    hall.many.put("a1", "elsewhere");
    hall.many.put("a3", "new");
    let results = hall.apply(&plan);
    let Applied::Outdated(renewed) = &results[1] else { panic!("{results:?}") };
    assert_eq!((renewed.changes.len(), renewed.changes[0].change.subject.id()), (1, "a1"));
    assert!(renewed.renewed);
    assert_eq!(results[3], Applied::NothingToDo);
    assert!([0, 2, 4].iter().all(|nth| is_confirmed(&results[*nth])), "{results:?}");
    assert_eq!(hall.many.asked("send"), ["send a0", "send a2", "send a4"].map(str::to_owned));
    assert_eq!(hall.last().into_keys().collect::<Vec<_>>(), ["a0", "a2", "a4"]);
}

#[test]
fn a_refused_item_is_never_sent_and_one_with_nothing_to_do_leaves_no_record() {
    let hall = Hall::new(4);
    let mut plan = hall.moves();
    plan.changes[0].refusal = Some(failure(FailureKind::NotFound));
    plan.changes[2].diff.clear();
    let results = hall.apply(&plan);
    assert_eq!(results[0], Applied::NotSent(failure(FailureKind::NotFound)));
    assert_eq!(results[2], Applied::NothingToDo);
    assert!(is_confirmed(&results[1]) && is_confirmed(&results[3]));
    assert_eq!(hall.last().into_keys().collect::<Vec<_>>(), ["a1", "a3"]);
    // If nothing is left to send, nobody is asked.
    let asked = locked(&hall.many.asked).len();
    plan.changes.retain(|planned| planned.diff.is_empty());
    assert_eq!(hall.apply(&plan), [Applied::NothingToDo]);
    assert_eq!(locked(&hall.many.asked).len(), asked);
}

#[test]
fn one_failure_does_not_stop_the_rest_but_a_credential_that_is_not_accepted_does() {
    let hall = Hall::new(40);
    for (id, fate) in [("a1", Fate::Refused), ("a2", Fate::Unsent), ("a3", Fate::LostAfter), ("a9", Fate::Auth)] {
        hall.many.fate(id, fate);
    }
    let results = hall.apply(&hall.moves());
    assert!(matches!(results[1], Applied::Refused(_)));
    assert!(matches!(results[2], Applied::NotSent(_)));
    assert!(matches!(results[3], Applied::Unknown(_)));
    assert!(matches!(results[9], Applied::Refused(_)));
    let sent = hall.many.asked("send").len();
    assert!((10..=17).contains(&sent), "what was under way comes to its end: {sent}");
    for applied in &results[sent..] {
        assert!(matches!(applied, Applied::NotSent(failure) if failure.kind == FailureKind::Auth), "{applied:?}");
    }
    // They keep their records: they were about to be sent, and can be planned again.
    let last = hall.last();
    assert_eq!(last["a39"].state, JournalState::Intended);
    assert_eq!(last["a3"].state, JournalState::Unknown);
}

#[test]
fn another_connection_goes_on_beside_one_that_fails() {
    let journal = Arc::<Memory>::default();
    let first = Hall::of(Many::new(20), Arc::clone(&journal));
    let second = Hall::of(Many::at(ConnectionName::new("other"), 20), journal);
    first.many.fate("a0", Fate::Auth);
    let mut plan = first.moves();
    let other = second.moves();
    plan.parts.extend(other.parts);
    let turns = plan.changes.into_iter().zip(other.changes);
    plan.changes = turns.flat_map(|(mine, theirs)| [mine, theirs]).collect();
    let gate = Gate::default();
    let results = run(apply(&[first.road(), second.road()], &plan, Watch { tell: &|_| (), gate: &gate }));
    assert!(results.iter().skip(1).step_by(2).all(is_confirmed), "{results:?}");
    assert!(first.many.asked("send").len() < 20);
    assert_eq!(second.many.asked("send").len(), 20);
    let appends = locked(&first.journal.appends).clone();
    assert_eq!(appends[0], (40, JournalState::Intended, Keep::Synced), "one append for all connections");
}

#[test]
fn a_journal_that_fails_midway_stops_all_that_is_not_sent_yet() {
    let journal = Memory { fails_at: Some(30), ..Memory::default() };
    let hall = Hall::of(Many::new(40), Arc::new(journal));
    let results = hall.apply(&hall.moves());
    let sent = hall.many.asked("send").len();
    assert!(sent < 40, "{sent}");
    let not_sent = results.iter().filter(|applied| matches!(applied, Applied::NotSent(_))).count();
    assert_eq!(not_sent, 40 - sent);
    let last = why(results.last().unwrap());
    assert_eq!((last.kind.clone(), last.cause.as_str()), (FailureKind::Local, "no room"));
}

#[test]
fn a_stop_keeps_the_rest_from_being_sent_and_their_records_say_so() {
    let hall = Hall::new(40);
    let plan = hall.moves();
    let results = run(hall.applying_until(&plan, 10, Signal::Stop));
    let sent = hall.many.asked("send").len();
    assert!((10..40).contains(&sent), "{sent}");
    assert!(results[..sent].iter().all(is_confirmed));
    for applied in &results[sent..] {
        assert_eq!(why(applied).kind, FailureKind::Stopped);
    }
    let intended = hall.last().into_values().filter(|record| record.state == JournalState::Intended).count();
    assert_eq!(intended, 40 - sent);
}

#[test]
fn a_pause_waits_and_after_a_long_one_what_is_left_is_read_again_at_once() {
    let hall = Hall::new(40);
    let plan = hall.plan(ChangeKind::Profile);
    let results = run(async {
        let resume = async {
            tokio::time::sleep(Duration::from_secs(300)).await;
            hall.many.put("a39", "elsewhere");
            let sent = hall.many.asked("send").len();
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(hall.many.asked("send").len(), sent, "nothing goes out meanwhile");
            hall.gate.set(Signal::Go);
            sent
        };
        let (results, sent) = futures::join!(hall.applying_until(&plan, 10, Signal::Pause), resume);
        assert!((10..40).contains(&sent), "{sent}");
        assert_eq!(hall.many.asked("profile a38").len(), 3, "read, read again, read back");
        assert_eq!(hall.many.asked("profile a0").len(), 2);
        results
    });
    assert!(results[..39].iter().all(is_confirmed), "{results:?}");
    assert!(matches!(results[39], Applied::Outdated(_)), "{:?}", results[39]);
    assert_eq!(hall.many.asked("send a39").len(), 0);
}

#[test]
fn confirmed_moves_show_in_the_list_though_the_providers_reads_are_stale() {
    let hall = Hall::new(6);
    *locked(&hall.many.stale) = Some(locked(&hall.many.places).clone());
    let results = hall.apply(&hall.moves());
    for applied in &results {
        assert!(matches!(applied, Applied::Confirmed { visible: false, .. }), "{applied:?}");
    }
    for id in ["a0", "a5"] {
        assert_eq!(hall.row(id), "new");
        assert_eq!(hall.last()[id].state, JournalState::Confirmed);
    }
}

#[test]
fn an_operation_that_goes_on_is_accepted_and_noted_with_its_name() {
    let mut stage = stage();
    stage.fake.execute = answer(|_| Ok(Executed { operation: Some("job-7".into()), ..Executed::default() }));
    let plan = stage.plan(rename()).unwrap();
    let applied = stage.apply_one(&plan);
    assert!(matches!(applied, Applied::Accepted { ref operation, .. } if operation == "job-7"), "{applied:?}");
    let records = stage.journal.records().unwrap().records;
    let last = records.last().unwrap();
    assert_eq!((last.state, last.operation.as_deref()), (JournalState::Sent, Some("job-7")));
    assert_eq!(unsettled(&records).len(), 1);
    assert_eq!(locked(&stage.journal.appends).last().unwrap().2, Keep::Synced);
}

/// Moves all, refuses `a1`, and says nothing of `a2` and `a3`, of which it moves the first.
#[expect(clippy::unnecessary_wraps, reason = "a call's answer")]
fn partly(many: &Many, accounts: &[crate::domain::AccountId], to: &OrganizationId) -> Result<Vec<BatchMoved>, Failure> {
    let told = accounts.iter().filter_map(|account| {
        let moved = !matches!(account.as_str(), "a1" | "a3");
        if moved {
            many.put(account.as_str(), to.as_str());
        }
        let message = (!moved).then(|| Untrusted::from("not this one"));
        let named = !matches!(account.as_str(), "a2" | "a3");
        named.then(|| BatchMoved { account: account.clone(), moved, message })
    });
    Ok(told.collect())
}

#[test]
fn a_batch_is_one_call_whose_answer_is_taken_account_by_account_and_what_it_does_not_name_is_read_back() {
    let hall = Hall::new(6);
    *locked(&hall.many.batch) = Some(partly);
    let plan = Plan { batch: true, ..hall.moves() };
    let results = hall.apply(&plan);
    assert_eq!(hall.many.asked("batch"), ["batch of 6 to new"]);
    assert_eq!(hall.many.asked("send").len(), 0);
    assert!([0, 2, 4, 5].iter().all(|nth| is_confirmed(&results[*nth])), "{results:?}");
    assert!(matches!(&results[1], Applied::Refused(failure) if failure.cause == "not this one"));
    assert!(matches!(results[3], Applied::Unknown(_)));
    let last = hall.last();
    let state = |id: &str| (last[id].state, last[id].done, last[id].batch);
    assert_eq!(state("a0"), (JournalState::Confirmed, None, true));
    assert_eq!(state("a1"), (JournalState::Refused, None, true));
    assert_eq!(state("a2"), (JournalState::Reconciled, Some(true), true));
    assert_eq!(state("a3"), (JournalState::Unknown, None, true));
    assert_eq!(hall.row("a2"), "new");
}

#[test]
fn a_server_that_has_no_batch_call_is_asked_once_and_the_journal_says_which_way_they_went() {
    let hall = Hall::new(120);
    let plan = Plan { batch: true, ..hall.moves() };
    let results = hall.apply(&plan);
    assert!(results.iter().all(is_confirmed));
    assert_eq!(hall.many.asked("batch").len(), 1);
    assert_eq!(hall.many.asked("send").len(), 120);
    assert!(hall.last().values().all(|record| !record.batch && record.state == JournalState::Confirmed));
}

#[test]
fn a_batch_that_is_lost_leaves_all_of_its_moves_unknown_and_none_is_sent_again() {
    let hall = Hall::new(60);
    *locked(&hall.many.batch) = Some(|many, accounts, to| {
        for account in accounts {
            many.put(account.as_str(), to.as_str());
        }
        Err(failure(FailureKind::TimedOut).with_delivery(Delivery::Unknown))
    });
    let plan = Plan { batch: true, ..hall.moves() };
    let results = hall.apply(&plan);
    assert_eq!(hall.many.asked("batch"), ["batch of 50 to new", "batch of 10 to new"]);
    assert!(results.iter().all(|applied| matches!(applied, Applied::Unknown(_))));
    assert_eq!(hall.many.asked("send").len(), 0);
    assert_eq!(unsettled(&hall.journal.records().unwrap().records).len(), 60);
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Done),
        1 => Just(Fate::Refused),
        1 => Just(Fate::LostAfter),
        1 => Just(Fate::LostBefore),
        1 => Just(Fate::Unsent),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_becomes_of_each_nothing_is_doubled_nothing_lost_and_the_sum_adds_up(
        fates in proptest::collection::vec(fate(), 1..40),
        moved_before in proptest::collection::btree_set(0_usize..40, 0..4),
        stop in proptest::option::of(1_usize..40),
    ) {
        let hall = Hall::new(fates.len());
        for (nth, fate) in fates.iter().enumerate() {
            hall.many.fate(&format!("a{nth}"), *fate);
        }
        let plan = hall.plan(ChangeKind::Profile);
        for nth in moved_before.iter().filter(|nth| **nth < fates.len()) {
            hall.many.put(&format!("a{nth}"), "new");
        }
        let results = run(hall.applying_until(&plan, stop.unwrap_or(usize::MAX), Signal::Stop));
        let sent = hall.many.asked("send");
        prop_assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), sent.len(), "sent once at most");
        let last = hall.last();
        let left: BTreeSet<String> = unsettled(&hall.journal.records().unwrap().records)
            .iter()
            .map(|record| record.subject.id().to_owned())
            .collect();
        for (nth, applied) in results.iter().enumerate() {
            let id = format!("a{nth}");
            let was_sent = sent.contains(&format!("send {id}"));
            let state = last.get(&id).map(|record| record.state);
            let expected = match (applied, fates[nth]) {
                (Applied::NothingToDo, _) => !was_sent && moved_before.contains(&nth) && state.is_none(),
                (Applied::Confirmed { visible, .. }, Fate::Done) => {
                    was_sent && *visible && state == Some(JournalState::Confirmed)
                }
                (Applied::Refused(_), Fate::Refused) => was_sent && state == Some(JournalState::Refused),
                (Applied::Unknown(_), Fate::LostAfter | Fate::LostBefore) => {
                    was_sent && state == Some(JournalState::Unknown) && left.contains(&id)
                }
                (Applied::NotSent(_), Fate::Unsent) if was_sent => state == Some(JournalState::Refused),
                (Applied::NotSent(why), _) => {
                    !was_sent && why.kind == FailureKind::Stopped && state == Some(JournalState::Intended)
                }
                _ => false,
            };
            prop_assert!(expected, "{} {:?} {:?} {:?}", id, fates[nth], applied, state);
        }
    }
}
