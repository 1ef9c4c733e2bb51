//! Changes of the past: undone, planned again, settled, followed to their end.

use proptest::prelude::*;
use rstest::rstest;

use super::world::{World, account_key, deleting, of_account, of_organization, world};
use super::*;
use crate::changes::{again, follow, plan_again, plan_undo, reconcile, reconcile_all, settle, undo};
use crate::domain::{AccountId, Diff, Ended, Identity, Untrusted};
use crate::provider::{Progress, RequestBudget};

/// What a change of a kind alters, what stood before, and what is wanted.
fn content(kind: ChangeKind) -> (Vec<Diff>, Values, Values) {
    let diff = |field: &str, from: Option<&str>, to: Option<&str>| {
        vec![Diff { field: field.into(), from: from.map(Into::into), to: to.map(Into::into) }]
    };
    match kind {
        ChangeKind::MoveAccount => {
            let wanted = values([(Change::FROM, "o1"), (Change::TO, "o2")]);
            (diff("organization", Some("o1"), Some("o2")), values([(Change::FROM, "o1")]), wanted)
        }
        ChangeKind::RemoveAccount => (
            diff("organization", Some("o1"), None),
            values([("name", "name"), (Change::FROM, "o1")]),
            Values::default(),
        ),
        ChangeKind::DeleteAccount => {
            (diff("account", Some("name"), None), values([("name", "name")]), Values::default())
        }
        ChangeKind::DeleteOrganization => {
            (diff("organization", Some("name"), None), values([("name", "name")]), Values::default())
        }
        ChangeKind::CloseAccount => {
            (diff("status", Some("active"), Some("closed")), values([("status", "active")]), Values::default())
        }
        ChangeKind::RenameOrganization => {
            (diff("name", Some("Org o1"), Some("New")), values([("name", "Org o1")]), values([("name", "New")]))
        }
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
            (diff("name", None, Some("New")), Values::default(), values([("name", "New")]))
        }
        ChangeKind::Profile | ChangeKind::UpdateAccount => {
            let before = values([("business_name", "Acme"), ("business_email", "old@acme.example")]);
            let wanted = values([("business_name", "Acme Ltd"), ("business_email", "old@acme.example")]);
            (diff("business_name", Some("Acme"), Some("Acme Ltd")), before, wanted)
        }
    }
}

/// A change of the journal at one of its states.
fn record(change: &str, kind: ChangeKind, state: JournalState) -> JournalRecord {
    let (diff, before, values) = content(kind);
    let subject = match kind {
        ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization => {
            Subject::Organization(organization_key("o1"))
        }
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
            Subject::Connection(connection())
        }
        ChangeKind::Profile
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount => subject(),
    };
    JournalRecord {
        change: change.into(),
        at: Moment(1_000),
        state,
        connection: connection(),
        identity: identity("owner"),
        subject,
        name: Untrusted::new("name"),
        kind,
        diff,
        values,
        before,
        existed: true,
        reason: Some("ticket 7".into()),
        failure: None,
        resent: 0,
        key: None,
        operation: None,
        made: None,
        done: None,
        request_id: None,
        batch: false,
        undoes: None,
    }
}

fn confirmed(kind: ChangeKind) -> JournalRecord {
    record("p-1", kind, JournalState::Confirmed)
}

/// Every kind of change.
const KINDS: [ChangeKind; 11] = [
    ChangeKind::Profile,
    ChangeKind::CreateAccount,
    ChangeKind::CreateStandalone,
    ChangeKind::UpdateAccount,
    ChangeKind::DeleteAccount,
    ChangeKind::CloseAccount,
    ChangeKind::RemoveAccount,
    ChangeKind::MoveAccount,
    ChangeKind::CreateOrganization,
    ChangeKind::RenameOrganization,
    ChangeKind::DeleteOrganization,
];

#[test]
fn what_has_a_way_back_is_undone_and_the_rest_says_why_not() {
    for kind in KINDS {
        let undone = undo(&[confirmed(kind)], "p-1").map(|undo| undo.changes[0].clone());
        let why = match kind {
            ChangeKind::Profile | ChangeKind::UpdateAccount => {
                let undone = undone.unwrap();
                assert_eq!(undone.values, values([("business_name", "Acme")]), "only what it altered");
                assert_eq!(undone.base, Some(values([("business_name", "Acme Ltd")])));
                continue;
            }
            ChangeKind::RenameOrganization => {
                assert_eq!(undone.unwrap().values, values([("name", "Org o1")]));
                continue;
            }
            ChangeKind::MoveAccount => {
                let undone = undone.unwrap();
                assert_eq!(undone.values, values([(Change::FROM, "o2"), (Change::TO, "o1")]));
                assert_eq!(undone.base, Some(values([(Change::FROM, "o2")])));
                continue;
            }
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone => "only deleted or closed",
            ChangeKind::CreateOrganization => "only deleted",
            ChangeKind::DeleteAccount | ChangeKind::DeleteOrganization => "is deleted",
            ChangeKind::CloseAccount => "is closed",
            ChangeKind::RemoveAccount => "left its organization",
        };
        let failure = undone.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.cause.contains(why), "{kind:?}: {failure}");
    }
}

#[test]
fn a_move_out_of_no_organization_and_a_first_profile_have_no_way_back() {
    let mut moved = confirmed(ChangeKind::MoveAccount);
    moved.diff[0].from = None;
    moved.before = Values::default();
    assert!(undo(&[moved], "p-1").unwrap_err().cause.contains("no organization before"));
    let first = JournalRecord { existed: false, ..confirmed(ChangeKind::Profile) };
    let failure = undo(&[first], "p-1").unwrap_err();
    assert!(failure.cause.contains("there was no profile before") && failure.cause.contains("emptied"), "{failure}");
    let mut secret = confirmed(ChangeKind::UpdateAccount);
    secret.diff[0].to = Some("<secret>".into());
    assert!(undo(&[secret], "p-1").unwrap_err().cause.contains("it is a secret"));
}

#[rstest]
#[case(JournalState::Intended, None, "nobody knows")]
#[case(JournalState::Sent, None, "nobody knows")]
#[case(JournalState::Unknown, None, "nobody knows")]
#[case(JournalState::Refused, None, "it was refused")]
#[case(JournalState::Reconciled, Some(false), "found not to be done")]
fn what_was_not_done_for_sure_is_not_undone(
    #[case] state: JournalState,
    #[case] done: Option<bool>,
    #[case] why: &str,
) {
    let records = [
        record("p-1", ChangeKind::Profile, JournalState::Sent),
        JournalRecord { done, ..record("p-1", ChangeKind::Profile, state) },
    ];
    assert!(undo(&records, "p-1").unwrap_err().cause.contains(why));
    assert_eq!(undo(&records, "p-2").unwrap_err().kind, FailureKind::NotFound);
    let found = JournalRecord { done: Some(true), ..record("p-1", ChangeKind::Profile, JournalState::Reconciled) };
    assert!(undo(&[records[1].clone(), found], "p-1").is_ok(), "what was found done is done");
}

#[test]
fn by_its_plan_all_is_undone_that_stands_and_what_stays_is_said() {
    let of = |change: &str, kind, state, id: &str| {
        let record = record(change, kind, state);
        JournalRecord { subject: Subject::Account(account_key(id)), name: Untrusted::new(id), ..record }
    };
    let records = [
        of("p-1", ChangeKind::MoveAccount, JournalState::Confirmed, "x"),
        of("p-2", ChangeKind::Profile, JournalState::Confirmed, "taken back"),
        of("p-3", ChangeKind::Profile, JournalState::Refused, "refused"),
        of("p-4", ChangeKind::MoveAccount, JournalState::Unknown, "unknown"),
        of("p-5", ChangeKind::DeleteAccount, JournalState::Confirmed, "deleted"),
        of("p-6", ChangeKind::Profile, JournalState::Confirmed, "brought back"),
        of("other-1", ChangeKind::Profile, JournalState::Confirmed, "other"),
        JournalRecord { undoes: Some("p-2".into()), change: "t-1".into(), ..confirmed(ChangeKind::Profile) },
        JournalRecord { undoes: Some("p-6".into()), change: "u-1".into(), ..confirmed(ChangeKind::Profile) },
        JournalRecord { undoes: Some("u-1".into()), change: "v-1".into(), ..confirmed(ChangeKind::Profile) },
    ];
    let found = undo(&records, "p").unwrap();
    assert_eq!(found.undoes, ["p-1", "p-6"], "what an undo of the undo brought back is undone again");
    assert_eq!(found.changes.iter().map(|change| change.subject.id()).collect::<Vec<_>>(), ["x", "brought back"]);
    let said = found.left_out.join("; ");
    assert!(said.contains("(unknown): nobody knows") && said.contains("(deleted): "), "{said}");
    assert_eq!(found.left_out.len(), 2, "{said}");
    let all_refused = [of("p-3", ChangeKind::Profile, JournalState::Refused, "refused")];
    assert!(undo(&all_refused, "p").unwrap_err().cause.contains("nothing of it stands"));
    assert_eq!(undo(&records, "q").unwrap_err().kind, FailureKind::NotFound);
}

#[test]
fn an_undo_brings_back_what_no_form_would_take() {
    let stage = stage();
    stage.store("business_name", "two\nlines\u{7}");
    let plan = stage.plan(rename()).unwrap();
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
    let records = stage.journal.records().unwrap().records;
    let back = run(plan_undo(&[stage.road()], &records, &records[0].change)).unwrap();
    assert!(matches!(stage.apply_one(&back), Applied::Confirmed { .. }));
    assert_eq!(locked(&stage.stored).values.get("business_name"), "two\nlines\u{7}");
    assert!(stage.plan(vec![change([("business_name", "typed\n")])]).is_err(), "what is typed is looked at");
}

#[test]
fn an_undo_goes_the_same_road_once_and_keeps_what_others_wrote() {
    let mut stage = stage();
    let plan = stage.plan(rename()).unwrap();
    let change = format!("{}-1", plan.id);
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
    stage.store("business_phone", "+47 22 00 00 00");
    let undoing = |stage: &mut Stage| {
        // What was read a moment ago would do for a plan.
        stage.inventory = Inventory::default();
        let records = stage.journal.records().unwrap().records;
        run(plan_undo(&[stage.road()], &records, &change)).unwrap()
    };
    let plan = undoing(&mut stage);
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
    let stored = locked(&stage.stored).values.clone();
    assert_eq!((stored.get("business_name"), stored.get("business_phone")), ("Acme", "+47 22 00 00 00"));
    assert!(undoing(&mut stage).is_empty(), "a second time it is nothing to do");
    stage.store("business_name", "Somebody's");
    let plan = undoing(&mut stage);
    let conflict = &plan.changes[0].conflicts[0];
    assert_eq!((&*conflict.base, &*conflict.theirs, &*conflict.mine), ("Acme Ltd", "Somebody's", "Acme"));
}

#[test]
fn nothing_of_another_identity_is_undone_planned_again_or_settled() {
    let stage = stage();
    let mine = confirmed(ChangeKind::Profile);
    let theirs = Identity { user: Untrusted::new("rival"), ..mine.identity.clone() };
    let roads = [stage.road()];
    for state in [JournalState::Confirmed, JournalState::Intended, JournalState::Unknown] {
        let records = [JournalRecord { identity: theirs.clone(), state, ..mine.clone() }];
        let results = [
            run(plan_undo(&roads, &records, "p-1")).map(|_| ()),
            run(plan_again(&roads, &records, "p")).map(|_| ()),
            run(reconcile(&roads[0], &records[0])).map(|_| ()),
            run(follow(&roads[0], &JournalRecord { operation: Some("op".into()), ..records[0].clone() })).map(|_| ()),
        ];
        let conflicts = results.into_iter().filter_map(Result::err).filter(|why| why.kind == FailureKind::Conflict);
        assert!(conflicts.count() >= 2, "{state:?}");
        let left = run(reconcile_all(&roads[0], records.to_vec())).unwrap();
        assert_eq!(left.settled, []);
    }
    assert_eq!(stage.fake.asked("profile") + stage.fake.asked("execute") + stage.fake.asked("progress"), 0);
    assert!(stage.states().is_empty());
}

#[test]
fn again_takes_what_was_not_done_for_sure_and_names_the_rest() {
    let with = |change: &str, state, done| JournalRecord {
        done,
        key: Some(format!("key of {change}")),
        ..record(change, ChangeKind::Profile, state)
    };
    let mut secret = with("p-6", JournalState::Refused, None);
    secret.diff[0].to = Some("<secret>".into());
    let records = [
        with("p-1", JournalState::Intended, None),
        with("p-2", JournalState::Sent, None),
        with("p-2", JournalState::Confirmed, None),
        with("p-3", JournalState::Refused, None),
        with("p-4", JournalState::Unknown, None),
        with("p-5", JournalState::Reconciled, Some(false)),
        secret,
        with("q-1", JournalState::Intended, None),
        with("p-7", JournalState::Sent, None),
    ];
    let found = again(&records, "p").unwrap();
    let keys: Vec<Option<&str>> = found.changes.iter().map(|change| change.key.as_deref()).collect();
    assert_eq!(keys, [Some("key of p-1"), None, Some("key of p-5")], "a refused one begins anew");
    assert_eq!(found.changes[0].base, Some(records[0].before.clone()));
    assert_eq!(found.left_out.len(), 3, "{:?}", found.left_out);
    assert!(found.left_out[1].contains("its secrets are kept on no disk"));
    assert!(again(&records, "r").unwrap_err().kind == FailureKind::NotFound);
    assert!(again(&records[1..3], "p").unwrap_err().cause.contains("all of it is done"));
    let unknown = again(&records[4..5], "p").unwrap_err();
    assert!(unknown.cause.contains("settle it first"), "{unknown}");
}

#[test]
fn what_is_planned_again_is_no_longer_open_under_its_old_id() {
    let stage = stage();
    let unsent = record("p-1", ChangeKind::Profile, JournalState::Intended);
    stage.journal.record(std::slice::from_ref(&unsent), Keep::Synced).unwrap();
    let roads = [stage.road()];
    let plan = run(plan_again(&roads, &[unsent], "p")).unwrap();
    assert_eq!(plan.changes[0].diff.len(), 1);
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
    let records = stage.journal.records().unwrap().records;
    assert_eq!(unsettled(&records), []);
    assert!(again(&records, "p").is_ok(), "it was not done under that id");
}

/// Reads back a change whose request went out and was not answered.
fn look(stage: &Stage, kind: ChangeKind) -> Option<bool> {
    // Each its own: what is settled stays so.
    let open = record(&format!("p-{}", stage.states().len()), kind, JournalState::Unknown);
    run(reconcile(&stage.road(), &open)).unwrap().and_then(|record| record.done)
}

#[test]
fn an_edit_of_unknown_outcome_is_settled_by_what_stands_now() {
    let stage = stage();
    assert_eq!(look(&stage, ChangeKind::Profile), Some(false));
    stage.store("business_name", "Acme Ltd");
    assert_eq!(look(&stage, ChangeKind::Profile), Some(true));
    assert_eq!(stage.states(), [JournalState::Reconciled, JournalState::Reconciled]);
    stage.store("business_name", "Somebody's");
    assert_eq!(look(&stage, ChangeKind::Profile), None, "whether they wrote over it nobody can tell");
    replace(&stage.fake.profile, |_| Err(failure(FailureKind::Server)));
    assert_eq!(look(&stage, ChangeKind::Profile), None);
    assert_eq!(stage.states().len(), 2);
    assert_eq!(stage.fake.asked("execute"), 0, "nothing is sent");
}

#[test]
fn a_change_that_shows_late_is_waited_for_and_one_that_never_went_out_is_not() {
    let mut stage = stage();
    let (held, mut reads) = (locked(&stage.stored).clone(), 0);
    stage.fake.profile = answer(move |_| {
        reads += 1;
        let mut now = held.clone();
        if reads > 3 {
            now.values.set("business_name", "Acme Ltd");
        }
        Ok(now)
    });
    assert_eq!(look(&stage, ChangeKind::Profile), Some(true));
    assert_eq!(stage.fake.asked("profile"), 4);
    let stage = super::stage();
    let intended = record("p-1", ChangeKind::Profile, JournalState::Intended);
    let settled = run(reconcile(&stage.road(), &intended)).unwrap().unwrap();
    assert_eq!((settled.done, stage.fake.asked("profile")), (Some(false), 1));
}

#[rstest]
#[case(ChangeKind::MoveAccount, Some("o2"), Some(true))]
#[case(ChangeKind::MoveAccount, Some("o1"), Some(false))]
#[case(ChangeKind::MoveAccount, Some("o3"), None)]
#[case(ChangeKind::MoveAccount, None, None)]
#[case(ChangeKind::RemoveAccount, Some("o1"), Some(false))]
#[case(ChangeKind::RemoveAccount, Some("o2"), Some(true))]
#[case(ChangeKind::RemoveAccount, None, Some(true))]
#[case(ChangeKind::DeleteAccount, Some("o1"), Some(false))]
#[case(ChangeKind::DeleteAccount, None, Some(true))]
#[case(ChangeKind::CloseAccount, Some("active"), Some(false))]
#[case(ChangeKind::CloseAccount, Some("pending_closure"), Some(true))]
#[case(ChangeKind::CloseAccount, None, Some(true))]
fn a_change_of_an_accounts_place_or_life_is_settled_by_where_it_is(
    #[case] kind: ChangeKind,
    #[case] now: Option<&'static str>,
    #[case] expected: Option<bool>,
) {
    let stage = stage();
    replace(&stage.fake.account, move |id: AccountId| {
        let now = now.ok_or_else(|| failure(FailureKind::NotFound))?;
        let found = within(account(id.as_str(), "name"), now);
        Ok(crate::domain::Account { status: Some(Untrusted::new(now)), ..found })
    });
    replace(&stage.fake.lineage, move |_| {
        let now = now.ok_or_else(|| failure(FailureKind::NotFound))?;
        Ok(crate::domain::Lineage::new(vec![organization(now, None)]))
    });
    assert_eq!(look(&stage, kind), expected);
}

#[test]
fn a_create_of_unknown_outcome_is_settled_by_its_operation_or_by_the_users_word_alone() {
    let stage = stage();
    let open = record("p-1", ChangeKind::CreateAccount, JournalState::Unknown);
    assert_eq!(run(reconcile(&stage.road(), &open)).unwrap(), None);
    let found = run(reconcile_all(&stage.road(), vec![open.clone()])).unwrap();
    assert!(found.left[0].1.contains("only you can tell"), "{:?}", found.left);
    assert!(stage.states().is_empty());

    let going = JournalRecord { operation: Some("op".into()), state: JournalState::Sent, ..open.clone() };
    replace(&stage.fake.progress, |_| Ok(Progress::Done(Some(AccountId::new("new")))));
    let settled = run(reconcile(&stage.road(), &going)).unwrap().unwrap();
    assert_eq!((settled.done, settled.made), (Some(true), Some(Subject::Account(key("new")))));

    stage.journal.record(&[JournalRecord { change: "p-2".into(), ..open }], Keep::Synced).unwrap();
    let settled = settle(&stage.journal, "p-2", false, Moment(9_000)).unwrap();
    assert_eq!((settled.state, settled.done, settled.failure), (JournalState::Reconciled, Some(false), None));
    assert_eq!(settled.reason.as_deref(), Some("settled by hand"));
    assert_eq!(settle(&stage.journal, "p-2", true, Moment(9_000)).unwrap_err().kind, FailureKind::Refused);
    assert_eq!(settle(&stage.journal, "p-9", true, Moment(9_000)).unwrap_err().kind, FailureKind::NotFound);
    assert_eq!(stage.fake.asked("execute"), 0);
}

#[test]
fn unasked_only_that_is_read_back_which_no_process_can_be_in_the_middle_of_and_reading_tells_of() {
    use JournalState::{Confirmed, Intended, Sent, Unknown};
    let minutes = |count: u64| Moment(1_000 + count * 60_000);
    let going =
        |state| JournalRecord { operation: Some("op".into()), ..record("p-1", ChangeKind::CreateAccount, state) };
    let edit = |state| record("p-1", ChangeKind::Profile, state);
    for (record, looks) in [
        (edit(Sent), true),
        (edit(Unknown), true),
        (edit(Intended), false),
        (edit(Confirmed), false),
        (record("p-1", ChangeKind::CreateAccount, Unknown), false),
        (going(Unknown), true),
        (going(Sent), false),
    ] {
        let due = due(&record, minutes(60));
        assert_eq!(due.is_some(), looks, "{record:?}");
        // Two requests of three attempts, each a minute for its turn and one for its answer; the read-back.
        assert!(due.is_none_or(|due| due > minutes(12) && due < minutes(13)), "{due:?}");
    }
    let set_back = due(&edit(Sent), Moment(0)).unwrap();
    assert!(set_back < minutes(13), "{set_back:?}");
}

#[test]
fn what_is_of_age_is_read_back_within_the_budget_and_the_rest_left_alone() {
    let mut world = world(&[("x", Some("b")), ("y", Some("b"))]).synced();
    let changes = ["p-1".to_owned(), "p-2".into(), "p-3".into(), "p-4".into()];
    for (id, change) in [("p-1", "gone"), ("p-2", "gone too"), ("p-3", "x"), ("p-5", "y")] {
        world.recorded(&deleting(change), JournalState::Unknown, id);
    }
    locked(&world.journal.records)[1].at = Moment(990_000);
    locked(&world.journal.records)[2].identity = identity("rival");
    let all = world.journal.records().unwrap().records;
    let settled = |found: &Reconciled| found.settled.iter().map(|record| record.change.clone()).collect::<Vec<_>>();
    let left = |found: &Reconciled| {
        found.left.iter().map(|(record, why)| (record.change.clone(), why.clone())).collect::<Vec<_>>()
    };

    world.budget = Some(RequestBudget { limit: 100, left: 20 });
    let found = run(revisit(&[world.road()], &all, &changes));
    assert_eq!(settled(&found), [""; 0]);
    assert!(left(&found).iter().any(|(_, why)| why.contains("quarter of the request budget")), "{found:?}");
    assert_eq!(world.asked(), [""; 0]);

    world.budget = None;
    let found = run(revisit(&[world.road()], &all, &changes));
    assert_eq!(settled(&found), ["p-1"]);
    let [(young, none), (rivals, why)] = left(&found).try_into().unwrap();
    assert_eq!((young.as_str(), none.as_str(), rivals.as_str()), ("p-2", "", "p-3"));
    assert!(why.contains("answers as owner"), "{why}");
    assert!(!world.asked().iter().any(|asked| asked.starts_with("execute")));
    let last = world.journal.records().unwrap().records.pop().unwrap();
    assert_eq!((last.change.as_str(), last.state, last.done), ("p-1", JournalState::Reconciled, Some(true)));

    // Another process was quicker: its word stands.
    let count = world.journal.records().unwrap().records.len();
    let found = run(revisit(&[world.road()], &all, &changes[..1]));
    assert_eq!((settled(&found).len(), world.journal.records().unwrap().records.len()), (0, count));
}

#[test]
fn many_are_settled_by_one_append() {
    let stage = stage();
    let open = ["p-1", "p-2", "p-3"].map(|change| record(change, ChangeKind::Profile, JournalState::Unknown));
    let found = run(reconcile_all(&stage.road(), open.to_vec())).unwrap();
    let ids: Vec<&str> = found.settled.iter().map(|record| record.change.as_str()).collect();
    assert_eq!(ids, ["p-1", "p-2", "p-3"]);
    assert_eq!(stage.journal.records().unwrap().records, found.settled);
}

/// Follows a create that its provider goes on with, answering from a script.
fn followed(stage: &Stage, mut script: Vec<Result<Progress, Failure>>) -> Result<Ended, Failure> {
    script.reverse();
    replace(&stage.fake.progress, move |operation: String| {
        assert_eq!(operation, "op");
        script.pop().unwrap_or(Ok(Progress::Running))
    });
    let open = record("p-1", ChangeKind::CreateAccount, JournalState::Sent);
    run(follow(&stage.road(), &JournalRecord { operation: Some("op".into()), ..open }))
}

#[test]
fn what_goes_on_is_followed_to_its_end_through_a_bad_minute() {
    let stage = stage();
    let bad = || Err(failure(FailureKind::Unreachable));
    let script = vec![Ok(Progress::Running), bad(), Ok(Progress::Done(Some(AccountId::new("new"))))];
    let made = Some(Subject::Account(key("new")));
    assert_eq!(followed(&stage, script), Ok(Ended::Done(made.clone())));
    let records = stage.journal.records().unwrap().records;
    assert_eq!((records[0].state, records[0].made.clone()), (JournalState::Confirmed, made));
    assert!(stage.inventory.snapshot().find(&key("new")).is_some(), "the inventory knows it");
    // Another process may have noted the end: it is noted once.
    let script = vec![Ok(Progress::Failed(failure(FailureKind::Refused)))];
    assert!(matches!(followed(&stage, script), Ok(Ended::Failed(_))));
    assert_eq!(stage.states(), [JournalState::Confirmed]);
}

#[test]
fn what_ends_makes_nothing_though_the_provider_names_it() {
    let stage = stage();
    replace(&stage.fake.progress, |_: String| Ok(Progress::Done(Some(AccountId::new("a1")))));
    let open = record("p-1", ChangeKind::CloseAccount, JournalState::Sent);
    run(follow(&stage.road(), &JournalRecord { operation: Some("op".into()), ..open })).unwrap();
    let records = stage.journal.records().unwrap().records;
    assert_eq!((records[0].state, records[0].made.clone()), (JournalState::Confirmed, None));
}

#[test]
fn what_fails_later_is_refused_and_what_never_ends_stays_listed() {
    let stage = stage();
    let script = vec![Ok(Progress::Running), Ok(Progress::Failed(failure(FailureKind::Refused)))];
    assert!(matches!(followed(&stage, script), Ok(Ended::Failed(_))));
    let records = stage.journal.records().unwrap().records;
    assert_eq!((records[0].state, records[0].failure.is_some()), (JournalState::Refused, true));
    let stage = super::stage();
    assert_eq!(followed(&stage, Vec::new()), Ok(Ended::Running));
    assert!(stage.fake.asked("progress") < 100, "ever more seldom");
    let gone = followed(&stage, vec![Err(failure(FailureKind::NotFound)); 50]);
    assert_eq!(gone.unwrap_err().kind, FailureKind::NotFound);
    assert!(stage.states().is_empty());
}

#[test]
fn what_the_provider_has_just_named_and_does_not_know_yet_is_asked_for_again() {
    let stage = stage();
    let unseen = || Err(failure(FailureKind::NotFound));
    let script = vec![unseen(), unseen(), Ok(Progress::Done(Some(AccountId::new("new"))))];
    assert_eq!(followed(&stage, script), Ok(Ended::Done(Some(Subject::Account(key("new"))))));
    assert_eq!(stage.states(), [JournalState::Confirmed]);
}

#[test]
fn an_end_that_the_journal_cannot_note_is_said() {
    let mut stage = stage();
    stage.journal.fails = Some(JournalState::Confirmed);
    let failure = followed(&stage, vec![Ok(Progress::Done(None))]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Local);
    assert!(failure.cause.starts_with("it is done, but the journal does not know"), "{failure}");
}

#[test]
fn what_is_made_has_the_name_that_was_asked_for() {
    for field in ["name", "AccountName", "title"] {
        let made = record("p-1", ChangeKind::CreateAccount, JournalState::Confirmed);
        let made = JournalRecord { values: Values::from_iter([(field, "Fresh")]), ..made };
        assert_eq!(made.title(), "Fresh", "{field}");
    }
}

/// Something that has a way back.
#[derive(Clone, Debug)]
enum Op {
    Move(usize, usize),
    Name(usize, usize),
    Mail(usize, usize),
    Two(usize, bool),
    Profile(usize, usize),
    Rename(usize, usize),
}

const ACCOUNTS: [&str; 3] = ["x", "y", "z"];
const PLACES: [&str; 4] = ["a", "b", "c", "empty"];
const NAMES: [&str; 3] = ["Alpha", "Beta", "Account x"];
const MAILS: [&str; 3] = ["", "a@b.example", "c@d.example"];

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..3usize, 0..4usize).prop_map(|(account, place)| Op::Move(account, place)),
        (0..3usize, 0..3usize).prop_map(|(account, name)| Op::Name(account, name)),
        (0..3usize, 0..3usize).prop_map(|(account, mail)| Op::Mail(account, mail)),
        (0..3usize, any::<bool>()).prop_map(|(account, two)| Op::Two(account, two)),
        (0..3usize, 0..3usize).prop_map(|(account, name)| Op::Profile(account, name)),
        (0..4usize, 0..3usize).prop_map(|(place, name)| Op::Rename(place, name)),
    ]
}

impl Op {
    fn change(&self) -> Change {
        let edit =
            |account: &usize, field, to| of_account(ChangeKind::UpdateAccount, ACCOUNTS[*account], [(field, to)]);
        match self {
            Self::Move(account, place) => {
                of_account(ChangeKind::MoveAccount, ACCOUNTS[*account], [(Change::TO, PLACES[*place])])
            }
            Self::Name(account, name) => edit(account, "name", NAMES[*name]),
            Self::Mail(account, mail) => edit(account, "settings.mail", MAILS[*mail]),
            Self::Two(account, two) => edit(account, "settings.two", if *two { "true" } else { "false" }),
            Self::Profile(account, name) => {
                of_account(ChangeKind::Profile, ACCOUNTS[*account], [("business_name", NAMES[*name])])
            }
            Self::Rename(place, name) => {
                of_organization(ChangeKind::RenameOrganization, PLACES[*place], [("name", NAMES[*name])])
            }
        }
    }
}

/// All that the provider holds.
fn held(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let holding = locked(&world.holding);
    let acme = values([("business_name", "Acme")]);
    let written: Vec<_> = holding.profiles.clone().into_iter().filter(|(_, profile)| *profile != acme).collect();
    (holding.accounts.clone(), holding.organizations.clone(), written)
}

fn send(world: &World, plan: &Plan) -> Applied {
    let watch = Watch { tell: &|_| (), gate: &Gate::default() };
    run(apply(&[world.road()], plan, watch)).remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undoing_a_series_of_edits_and_moves_restores_what_stood_before(ops in prop::collection::vec(op(), 1..12)) {
        let world = world(&[("x", Some("a")), ("y", Some("b")), ("z", Some("c"))]).synced();
        let before = held(&world);
        let mut done = Vec::new();
        for op in &ops {
            world.pass(1_000);
            let plan = world.plan(vec![op.change()]).unwrap();
            if !plan.is_empty() {
                let applied = send(&world, &plan);
                prop_assert!(matches!(applied, Applied::Confirmed { visible: true, .. }), "{op:?}: {applied:?}");
                done.push(format!("{}-1", plan.id));
            }
        }
        for change in done.iter().rev() {
            world.pass(1_000);
            let records = world.journal.records().unwrap().records;
            let plan = run(plan_undo(&[world.road()], &records, change)).unwrap();
            let applied = send(&world, &plan);
            prop_assert!(matches!(applied, Applied::Confirmed { visible: true, .. }), "{applied:?}");
        }
        prop_assert_eq!(held(&world), before);
    }

    #[test]
    fn undoing_a_plan_of_many_restores_what_stood_before(ops in prop::collection::vec(op(), 2..6)) {
        let world = world(&[("x", Some("a")), ("y", Some("b")), ("z", Some("c"))]).synced();
        let before = held(&world);
        let mut changes: Vec<Change> = Vec::new();
        for change in ops.iter().map(Op::change) {
            if changes.iter().all(|other| other.subject != change.subject) {
                changes.push(change);
            }
        }
        let all = |plan: &Plan| {
            world.pass(1_000);
            run(apply(&[world.road()], plan, Watch { tell: &|_| (), gate: &Gate::default() }))
        };
        let plan = world.plan(changes).unwrap();
        prop_assume!(!plan.is_empty());
        let applied = all(&plan);
        let is_done = |it: &Applied| matches!(it, Applied::Confirmed { visible: true, .. } | Applied::NothingToDo);
        prop_assert!(applied.iter().all(is_done), "{applied:?}");
        let records = world.journal.records().unwrap().records;
        let back = run(plan_undo(&[world.road()], &records, &plan.id)).unwrap();
        prop_assert_eq!(back.undoes.len(), back.changes.len());
        let applied = all(&back);
        prop_assert!(applied.iter().all(is_done), "{applied:?}");
        prop_assert_eq!(held(&world), before);
        let records = world.journal.records().unwrap().records;
        let again = run(plan_undo(&[world.road()], &records, &plan.id)).unwrap_err();
        prop_assert!(again.cause.contains("nothing of it stands"), "{again}");
        run(plan_undo(&[world.road()], &records, &back.id)).unwrap();
    }
}
