//! Reading afresh, merging and refusing: nothing is sent.

use rstest::rstest;

use super::*;

#[test]
fn a_plan_holds_every_field_the_diff_and_all_that_was_read() {
    let stage = stage();
    let plan = stage.plan(rename()).unwrap();
    let [planned] = plan.changes.as_slice() else {
        panic!("{plan:?}");
    };
    let expected = values([
        ("business_name", "Acme Ltd"),
        ("business_email", "old@acme.example"),
        ("business_phone", ""),
        ("extra", "kept"),
    ]);
    assert_eq!(planned.change.values, expected);
    let [diff] = planned.diff.as_slice() else {
        panic!("{:?}", planned.diff);
    };
    assert_eq!(diff.field, "business_name");
    assert_eq!(diff.from.as_deref(), Some("Acme"));
    assert_eq!(diff.to.as_deref(), Some("Acme Ltd"));
    assert_eq!(planned.name.raw(), "name");
    assert_eq!(planned.lineage.as_ref().unwrap().crumbs(), "Org r › Org c");
    assert_eq!(planned.request.method, "PUT");
    assert_eq!(planned.request.body["business_name"], "Acme Ltd");
    assert!(planned.warnings.is_empty(), "{:?}", planned.warnings);
    assert_eq!((plan.renewed, plan.is_empty(), plan.has_conflicts()), (false, false, false));
    assert_eq!(stage.fake.asked("execute"), 0);
    let snapshot = stage.inventory.snapshot();
    assert!(snapshot.profile(&subject()).is_some(), "the inventory learns of reads");
    assert!(snapshot.lineage(&key("a1")).is_some());
    assert_ne!(plan.id, stage.plan(rename()).unwrap().id);
}

#[test]
fn a_lineage_that_cannot_be_read_is_said_and_keeps_nobody_from_going_on() {
    let mut stage = stage();
    stage.fake.lineage = answer(|_| Err(failure(FailureKind::Forbidden)));
    let plan = stage.plan(rename()).unwrap();
    assert_eq!(plan.changes[0].lineage, None);
    assert_eq!(plan.changes[0].warnings.len(), 1);
}

#[test]
fn an_organization_stands_below_those_that_the_tree_has_above_it() {
    let stage = stage();
    let rows = vec![organization("r", None), organization("o", Some("r"))];
    let query = Query::Organizations(OrganizationScope::Every, Cursor::First);
    let reply = Reply::Organizations(page(rows, None));
    stage.inventory.absorb(&connection(), &query, &reply, Moment(1));
    locked(&stage.stored).subject = Subject::Organization(organization_key("o"));
    let mut change = rename().remove(0);
    change.subject = Subject::Organization(organization_key("o"));
    let plan = stage.plan(vec![change]).unwrap();
    let lineage = plan.changes[0].lineage.as_ref().unwrap();
    assert_eq!(lineage.parent().unwrap().key.id, OrganizationId::new("r"));
    assert_eq!(plan.changes[0].name.raw(), "Org o");
}

#[test]
fn a_missing_profile_will_be_made_and_the_plan_says_so() {
    let stage = stage();
    *locked(&stage.stored) = Profile { subject: subject(), exists: false, values: Values::default() };
    let plan = stage.plan(rename()).unwrap();
    assert_eq!(plan.changes[0].diff.len(), 1);
    assert_eq!(plan.changes[0].diff[0].from, None);
    assert!(plan.changes[0].warnings[0].contains("will be made"));
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { visible: true, .. }));
    assert!(!stage.journal.records().unwrap().records[0].existed);
}

#[rstest]
#[case([("nickname", "x")], "there is no field nickname")]
#[case([("business_email", "nobody")], "business_email: an e-mail address is expected")]
#[case([("business_name", "two\nlines")], "business_name: one line")]
fn fields_that_are_not_there_or_do_not_fit_are_refused_before_anything_is_read(
    #[case] pairs: [(&str, &str); 1],
    #[case] cause: &str,
) {
    let stage = stage();
    let failure = stage.plan(vec![change(pairs)]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.cause.contains(cause), "{failure}");
    assert!(!is_read_only_failure(&failure));
    assert!(locked(&stage.fake.asked).is_empty());
}

#[test]
fn a_read_only_connection_plans_and_sends_nothing() {
    let mut stage = stage();
    let plan = stage.plan(rename()).unwrap();
    stage.protection = Protection::ReadOnly;
    assert!(is_read_only_failure(&stage.plan(rename()).unwrap_err()));
    let Applied::NotSent(failure) = stage.apply_one(&plan) else {
        panic!("sent");
    };
    assert!(is_read_only_failure(&failure));
    assert_eq!(stage.fake.asked("execute"), 0);
}

#[test]
fn a_write_that_the_provider_has_not_is_refused_with_its_reason() {
    let mut stage = stage();
    stage.fake.spec = &FLAT;
    let failure = stage.plan(rename()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
}

#[rstest]
// base, theirs, mine: what is planned, and whether somebody must decide.
#[case("A", "A", "B", "B", false)]
#[case("A", "B", "A", "B", false)]
#[case("A", "B", "B", "B", false)]
#[case("A", "B", "C", "C", true)]
#[case("A", "A", "A", "A", false)]
#[case("", "B", "C", "C", true)]
fn mine_theirs_and_base_meet_field_by_field(
    #[case] base: &str,
    #[case] theirs: &str,
    #[case] mine: &str,
    #[case] planned: &str,
    #[case] conflict: bool,
) {
    let stage = stage();
    stage.store("business_name", theirs);
    let mut change = change([("business_name", mine)]);
    change.base = Some(values([("business_name", base)]));
    let plan = stage.plan(vec![change]).unwrap();
    assert_eq!(plan.changes[0].change.values.get("business_name"), planned);
    assert_eq!(plan.has_conflicts(), conflict);
    if conflict {
        let found = &plan.changes[0].conflicts[0];
        assert_eq!((&*found.base, &*found.theirs, &*found.mine), (base, theirs, mine));
        assert!(matches!(stage.apply_one(&plan), Applied::NotSent(_)));
        assert_eq!(stage.fake.asked("execute"), 0);
    }
}

#[test]
fn what_somebody_left_as_it_was_is_not_theirs_to_mend() {
    let stage = stage();
    stage.store("business_email", "nobody");
    let mut change = change([("business_email", "nobody"), ("business_name", "New")]);
    change.base = Some(values([("business_email", "nobody"), ("business_name", "Acme")]));
    assert!(stage.plan(vec![change]).is_ok());
}

#[test]
fn an_earlier_change_without_an_outcome_is_said_to_the_one_who_made_it_alone() {
    let mut stage = stage();
    let lost = answer(|_| Err(failure(FailureKind::TimedOut).with_delivery(Delivery::Unknown)));
    let works = std::mem::replace(&mut stage.fake.execute, lost);
    let plan = stage.plan(rename()).unwrap();
    assert!(matches!(stage.apply_one(&plan), Applied::Unknown(_)));
    let warnings = &stage.plan(rename()).unwrap().changes[0].warnings;
    assert!(warnings[0].contains("not settled") && warnings[0].contains("as owner"), "{warnings:?}");
    // Another process, whose connection of the same name is somebody else's: no word of it, and no hindrance.
    stage.inventory = Inventory::default();
    replace(&stage.fake.identity, |()| Ok(identity("rival")));
    stage.fake.execute = works;
    let plan = stage.plan(rename()).unwrap();
    assert_eq!(plan.changes[0].warnings, [] as [String; 0]);
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { .. }));
    let records = stage.journal.records().unwrap().records;
    assert_eq!(unsettled_of(&records, &subject(), &identity("owner")).len(), 1, "it stays with its owner");
    assert_eq!(unsettled_of(&records, &subject(), &identity("rival")).len(), 0);
}

#[test]
fn a_dear_plan_says_what_it_costs() {
    let mut stage = stage();
    let plan_with = |stage: &Stage| stage.plan(rename()).unwrap().warnings;
    stage.fake.budget = Some(crate::provider::RequestBudget { limit: 30, left: 30 });
    assert_eq!(plan_with(&stage), [] as [String; 0], "three requests are a tenth");
    stage.fake.budget = Some(crate::provider::RequestBudget { limit: 29, left: 29 });
    let words =
        "this costs 3 of 29 requests that the provider's limit allows: 1 to read again, 1 to send, 1 to read back";
    assert_eq!(plan_with(&stage), [words]);
    // The numbers are what it takes.
    let plan = stage.plan(rename()).unwrap();
    let asked = locked(&stage.fake.asked).len();
    assert!(matches!(stage.apply_one(&plan), Applied::Confirmed { visible: true, .. }));
    assert_eq!(locked(&stage.fake.asked).len() - asked, 3);
    // And those of a plan that is not made yet.
    stage.inventory = Inventory::default();
    let cost = Cost::of(&stage.road(), &rename());
    let asked = locked(&stage.fake.asked).len();
    stage.plan(rename()).unwrap();
    assert_eq!((locked(&stage.fake.asked).len() - asked) as u64, cost.planning);
    assert_eq!(cost.planning, 4, "identity, name, lineage, profile");
}
