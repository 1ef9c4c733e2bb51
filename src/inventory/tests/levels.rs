//! A hierarchy that a sync walks level by level, whose levels say which accounts they hold.

use super::*;
use crate::domain::Untrusted;
use crate::provider::{Levels, Spec};

const WALKED: Spec = Spec { levels: Levels::Walked, ..CHAINED };

/// A root with two units, one of them in the other, and an account in each.
fn stage() -> Fake {
    let fake = Fake::new(&WALKED);
    replace(&fake.accounts, |_| {
        Ok(page(vec![account("in-root", "A"), account("in-upper", "B"), account("in-lower", "C")], None))
    });
    replace(&fake.organizations, |(scope, _)| {
        Ok(match scope {
            OrganizationScope::Every => panic!("there is no such listing"),
            OrganizationScope::Roots => page(vec![organization("root", None)], None),
            OrganizationScope::Below(id) => match id.as_str() {
                "root" => level(&[("upper", "root")], "in-root"),
                "upper" => level(&[("lower", "upper")], "in-upper"),
                // A cycle: what stands above comes again.
                _ => level(&[("upper", "lower")], "in-lower"),
            },
        })
    });
    fake
}

fn level(below: &[(&str, &str)], holds: &str) -> Page<crate::domain::Organization> {
    let rows = below.iter().map(|(id, parent)| organization(id, Some(parent))).collect();
    Page { holds: vec![AccountId::new(holds)], ..page(rows, None) }
}

fn parent(inventory: &Inventory, id: &str) -> Option<String> {
    let snapshot = inventory.snapshot();
    snapshot.find(&key(id)).unwrap().parent().map(|parent| parent.id.to_string())
}

#[test]
fn every_level_is_asked_once_and_says_where_accounts_stand() {
    let (inventory, fake) = (Inventory::default(), stage());
    synced(&inventory, &fake).0.unwrap();
    assert_eq!(fake.asked("organizations"), 4);
    let parents = ["in-root", "in-upper", "in-lower"].map(|id| parent(&inventory, id).unwrap());
    assert_eq!(parents, ["root", "upper", "lower"]);
    assert!(matches!(hierarchy(&inventory), Hierarchy::Listed { .. }));
}

#[test]
fn an_account_that_another_level_holds_now_has_moved() {
    let (inventory, fake) = (Inventory::default(), stage());
    synced(&inventory, &fake).0.unwrap();
    let below = OrganizationScope::Below(OrganizationId::new("root"));
    let query = Query::Organizations(below, Cursor::First);
    let reply = Reply::Organizations(level(&[("upper", "root")], "in-lower"));
    inventory.absorb(&connection(), &query, &reply, Moment(5_000));
    assert_eq!(parent(&inventory, "in-lower").as_deref(), Some("root"));
    // A record of its own that names no organization leaves it there.
    let query = Query::Account(AccountId::new("in-lower"), DetailOptions::default());
    let reply = Reply::Account(Box::new(account("in-lower", "C")));
    inventory.absorb(&connection(), &query, &reply, Moment(6_000));
    assert_eq!(parent(&inventory, "in-lower").as_deref(), Some("root"));
}

#[test]
fn a_level_that_fails_keeps_no_other_from_coming() {
    let (inventory, fake) = (Inventory::default(), stage());
    replace(&fake.organizations, |(scope, _)| match scope {
        OrganizationScope::Every => panic!("there is no such listing"),
        OrganizationScope::Roots => Ok(page(vec![organization("root", None)], None)),
        OrganizationScope::Below(id) => match id.as_str() {
            "root" => Ok(level(&[("closed", "root"), ("open", "root")], "in-root")),
            "closed" => Err(Failure::new(FailureKind::Server, "GET /entities", "no")),
            _ => Ok(level(&[], "in-lower")),
        },
    });
    synced(&inventory, &fake).0.unwrap();
    assert_eq!(parent(&inventory, "in-lower").as_deref(), Some("open"));
    assert!(matches!(hierarchy(&inventory), Hierarchy::Failed { .. }));
}

#[test]
fn a_level_of_accounts_alone_is_listed_to_its_end() {
    let (inventory, fake) = (Inventory::default(), stage());
    replace(&fake.organizations, |(scope, cursor)| {
        let OrganizationScope::Below(_) = scope else { return Ok(page(vec![organization("root", None)], None)) };
        let nth: u32 = match cursor {
            Cursor::Token(token) => token.parse().unwrap(),
            Cursor::First | Cursor::Page(_) => 0,
        };
        let next = (nth < 40).then(|| Cursor::Token((nth + 1).to_string()));
        let holds = if nth == 40 { "in-lower".to_owned() } else { format!("other-{nth}") };
        Ok(Page { next, ..level(&[], &holds) })
    });
    synced(&inventory, &fake).0.unwrap();
    assert_eq!(parent(&inventory, "in-lower").as_deref(), Some("root"));
    assert!(matches!(hierarchy(&inventory), Hierarchy::Listed { .. }));
}

/// Accounts that name their organizations by ids alone, whose names a listing of organizations gives.
#[test]
fn places_that_are_known_by_their_ids_alone_get_the_names_that_they_have() {
    let (inventory, fake) = (Inventory::default(), Fake::new(&NUMBERED));
    let stands = |id: &str| {
        let parent = Some(crate::domain::ParentRef { id: OrganizationId::new("upper"), name: Untrusted::default() });
        crate::domain::Account { parent, ..account(id, "A") }
    };
    replace(&fake.accounts, move |_| Ok(page(vec![stands("a"), stands("b")], None)));
    for name in ["First", "Second"] {
        replace(&fake.organizations, move |_| {
            let called = crate::domain::Organization { name: Untrusted::new(name), ..organization("upper", None) };
            Ok(page(vec![called], None))
        });
        synced(&inventory, &fake).0.unwrap();
        let snapshot = inventory.snapshot();
        for id in ["a", "b"] {
            assert_eq!(snapshot.find(&key(id)).unwrap().parent().unwrap().name.raw(), name);
        }
    }
}

/// Accounts came with their parents' ids, and the organizations are under way: no id stands among the roots for a while.
#[test]
fn what_accounts_name_stands_nowhere_while_organizations_are_asked_for() {
    let (inventory, fake) = (Arc::new(Inventory::default()), Fake::new(&WALKED));
    let parent = Some(crate::domain::ParentRef { id: OrganizationId::new("lower"), name: Untrusted::default() });
    replace(&fake.accounts, move |_| {
        Ok(page(vec![crate::domain::Account { parent: parent.clone(), ..account("a", "A") }], None))
    });
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (looks, roots) = (Arc::clone(&inventory), Arc::clone(&seen));
    replace(&fake.organizations, move |(scope, _)| {
        let snapshot = looks.publish();
        let tree = &snapshot.connection(&connection()).unwrap().tree;
        roots.lock().unwrap().extend(tree.roots().iter().map(ToString::to_string));
        Ok(match scope {
            OrganizationScope::Every => panic!("there is no such listing"),
            OrganizationScope::Roots => page(vec![organization("root", None)], None),
            OrganizationScope::Below(id) => match id.as_str() {
                "root" => level(&[("upper", "root")], "x"),
                "upper" => level(&[("lower", "upper")], "y"),
                _ => page(Vec::new(), None),
            },
        })
    });
    synced(&inventory, &fake).0.unwrap();
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|root| root == "root"), "{seen:?}");
}
