//! What single reads and listings of organizations make of the inventory.

use rstest::rstest;

use super::*;

#[rstest]
#[case(FailureKind::Forbidden)]
#[case(FailureKind::NotFound)]
#[case(FailureKind::Unsupported)]
fn without_leave_to_list_organizations_accounts_tell_the_tree(#[case] kind: FailureKind) {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|_| Ok(page(vec![within(account("a", "A"), "x"), within(account("b", "B"), "y")], None)));
    fake.organizations = answer(move |_| Err(failure(kind.clone())));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert!(matches!(hierarchy(&inventory), Hierarchy::Derived { .. }));
    assert_eq!(roots(&inventory), ["x", "y"]);
    let known = inventory.snapshot().organization(&organization_key("x")).unwrap();
    assert_eq!((known.name.raw(), known.raw.is_none()), ("Org x", true));
    // The lineage of one of them tells more.
    let lineage = Lineage::new(vec![organization("r", None), organization("x", Some("r"))]);
    absorb(&inventory, &Query::Lineage(AccountId::new("a")), &Reply::Lineage(lineage));
    assert_eq!(roots(&inventory), ["r", "y"]);
}

#[test]
fn organizations_that_fail_otherwise_are_a_failed_hierarchy_and_accounts_go_on() {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.organizations = answer(|_| Err(failure(FailureKind::Server)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert!(matches!(hierarchy(&inventory), Hierarchy::Failed { .. }));
    assert_eq!(inventory.snapshot().len(), 3);
}

#[test]
fn a_flat_provider_is_not_asked_for_organizations() {
    let inventory = Inventory::default();
    let fake = Fake::new(&FLAT);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(hierarchy(&inventory), Hierarchy::Flat);
    assert_eq!(fake.asked("organizations"), 0);
}

#[test]
fn a_whole_listing_of_organizations_replaces_the_one_before() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.organizations = answer(|(scope, cursor)| {
        assert_eq!(scope, OrganizationScope::Every);
        Ok(match cursor {
            Cursor::First => {
                page(vec![organization("r", None), organization("gone", None)], Some(Cursor::Token("2".into())))
            }
            Cursor::Page(_) | Cursor::Token(_) => {
                page(vec![organization("c", Some("r")), organization("lost", Some("?"))], None)
            }
        })
    });
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["gone", "r", "lost"]);
    let snapshot = inventory.snapshot();
    let lost = snapshot.connection(&connection()).unwrap().tree.node(&OrganizationId::new("lost"));
    assert_eq!(lost.unwrap().fault, Some(TreeFault::Orphan));
    replace(&fake.organizations, |_| Ok(page(vec![organization("r", None)], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["r"]);
}

#[test]
fn levels_are_merged_and_a_level_that_shrinks_loses_what_is_gone_with_all_below() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&CHAINED);
    fake.organizations = answer(|_| Ok(page(vec![organization("r", None)], None)));
    fake.accounts = answer(|_| Ok(page(vec![within(account("a", "A"), "deep")], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(roots(&inventory), ["r"], "`deep` stands somewhere below");
    let below = |id: &str, rows: Vec<_>| {
        let scope = OrganizationScope::Below(OrganizationId::new(id));
        let query = Query::Organizations(scope, Cursor::First);
        absorb(&inventory, &query, &Reply::Organizations(page(rows, None)));
    };
    below("r", vec![organization("c", Some("r")), organization("d", Some("r"))]);
    below("c", vec![organization("deep", Some("c"))]);
    let tree = |id: &str| {
        let snapshot = inventory.snapshot();
        let tree = &snapshot.connection(&connection()).unwrap().tree;
        let ids = tree.subtree(&OrganizationId::new(id));
        ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(tree("r"), ["r", "c", "deep", "d"]);
    below("r", vec![organization("d", Some("r"))]);
    assert_eq!(tree("r"), ["r", "d"]);
}

#[test]
fn a_fresh_detail_updates_its_row_and_keeps_what_only_listings_say() {
    let inventory = Inventory::default();
    listed(&inventory, vec![within(account("a", "Old"), "x")]);
    let query = Query::Account(AccountId::new("a"), DetailOptions::default());
    let snapshot = absorb(&inventory, &query, &Reply::Account(Box::new(account("a", "New"))));
    let row = snapshot.find(&key("a")).unwrap();
    assert_eq!(row.name(), "New");
    assert_eq!(row.parent().unwrap().id.as_str(), "x");
    let detail = snapshot.detail(&key("a")).unwrap();
    assert_eq!((detail.value.name.raw(), detail.at), ("New", Moment(7)));
    // One that no listing gave is a detail, but no row.
    let query = Query::Account(AccountId::new("b"), DetailOptions::default());
    let snapshot = absorb(&inventory, &query, &Reply::Account(Box::new(account("b", "B"))));
    assert_eq!(snapshot.len(), 1);
    assert!(snapshot.detail(&key("b")).is_some());
}

#[test]
fn a_lineage_wins_over_the_listing_until_the_listing_changes_its_mind() {
    let inventory = Inventory::default();
    let parent = |snapshot: &Snapshot| {
        let parent = snapshot.find(&key("a")).unwrap().parent().cloned();
        parent.map(|parent| parent.id.as_str().to_owned())
    };
    listed(&inventory, vec![within(account("a", "A"), "manager")]);
    let lineage = Lineage::new(vec![organization("r", None), organization("home", Some("r"))]);
    let query = Query::Lineage(AccountId::new("a"));
    let snapshot = absorb(&inventory, &query, &Reply::Lineage(lineage));
    assert_eq!(parent(&snapshot).as_deref(), Some("home"));
    listed(&inventory, vec![within(account("a", "A"), "manager")]);
    assert_eq!(parent(&inventory.snapshot()).as_deref(), Some("home"));
    assert!(inventory.snapshot().lineage(&key("a")).is_some());
    listed(&inventory, vec![within(account("a", "A"), "elsewhere")]);
    assert_eq!(parent(&inventory.snapshot()).as_deref(), Some("elsewhere"));
    assert_eq!(inventory.snapshot().lineage(&key("a")), None, "it is out of date");
}

#[test]
fn organizations_read_by_themselves_are_facts_and_stand_in_the_tree() {
    let inventory = Inventory::default();
    let query = Query::Organization(OrganizationId::new("o"));
    let snapshot = absorb(&inventory, &query, &Reply::Organization(Box::new(organization("o", None))));
    assert!(snapshot.organization_detail(&organization_key("o")).is_some());
    assert_eq!(roots(&inventory), ["o"]);
}

#[test]
fn lists_of_their_own_never_pass_for_another() {
    let (one, other) = (Snapshot::of(vec![account("a", "A")]), Snapshot::of(Vec::new()));
    assert_ne!(one, other);
    assert_ne!(one, Snapshot::default());
    assert_eq!(one.row(&key("a")), Some(0));
}
