//! A connection that answers as somebody else: what is hidden, what is not filed, and what each decision does.

use proptest::prelude::*;

use super::*;

fn who(user: &str) -> Reply {
    Reply::Identity(identity(user))
}

fn answers_as(inventory: &Inventory, user: &str) -> Arc<Snapshot> {
    absorb(inventory, &Query::Identity, &who(user))
}

fn subject() -> Subject {
    Subject::Account(key("id0"))
}

/// Three accounts, one with a profile and a lineage, seen by `owner`.
fn known() -> (Inventory, Fake) {
    let inventory = Inventory::default();
    let mut fake = filled(3);
    fake.organizations = answer(|_| Ok(page(vec![organization("r", None)], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let profile = Profile { subject: subject(), exists: true, values: Values::default() };
    absorb(&inventory, &Query::Profile(subject()), &Reply::Profile(profile));
    let lineage = Lineage::new(vec![organization("r", None)]);
    absorb(&inventory, &Query::Lineage(AccountId::new("id0")), &Reply::Lineage(lineage));
    (inventory, fake)
}

fn view(inventory: &Inventory) -> ConnectionView {
    inventory.snapshot().connection(&connection()).unwrap().clone()
}

fn is_whole(inventory: &Inventory) -> bool {
    let snapshot = inventory.snapshot();
    snapshot.len() == 3
        && snapshot.profile(&subject()).is_some()
        && snapshot.lineage(&key("id0")).is_some()
        && roots(inventory) == ["r"]
        && view(inventory).accounts == 3
        && (0..3).all(|row| snapshot.row(&snapshot.get(row).unwrap().key()) == Some(row))
}

#[test]
fn another_identity_hides_what_the_earlier_one_had_seen_and_nothing_is_filed() {
    let (inventory, fake) = known();
    assert!(answers_as(&inventory, "owner").len() == 3 && is_whole(&inventory));
    let snapshot = answers_as(&inventory, "rival");
    assert_eq!((snapshot.len(), snapshot.profile(&subject())), (0, None));
    assert_eq!((snapshot.lineage(&key("id0")), roots(&inventory).len()), (None, 0));
    let seen = view(&inventory);
    assert!(seen.is_hidden() && matches!(seen.sync, SyncState::Failed { .. }));
    assert_eq!(seen.contest_words().unwrap(), "answers as rival, before as owner");
    assert_eq!(seen.identity.unwrap().value, identity("owner"), "both are kept");
    listed(&inventory, vec![account("theirs", "Theirs")]);
    absorb(&inventory, &Query::Account(AccountId::new("id0"), DetailOptions::default()), &{
        Reply::Account(Box::new(account("id0", "Theirs")))
    });
    assert_eq!(inventory.snapshot().len(), 0);
    replace(&fake.identity, |()| Ok(identity("rival")));
    let asked = fake.asked("accounts");
    assert_eq!(synced(&inventory, &fake).0.unwrap_err().kind, FailureKind::Conflict);
    assert_eq!(fake.asked("accounts"), asked, "nothing is listed before it is settled whose rows these are");
    assert!(inventory.admits(&connection(), &Query::Profile(subject())).is_err());
    assert_eq!(inventory.admits(&connection(), &Query::Identity), Ok(()));
    assert_eq!(inventory.snapshot().len(), 0);
    replace(&fake.identity, |()| Ok(identity("owner")));
    assert_eq!(synced(&inventory, &fake).0, Ok(()), "the earlier one is back");
    assert!(view(&inventory).contest.is_none() && is_whole(&inventory));
    assert_eq!(inventory.snapshot().find(&key("id0")).unwrap().name(), "Account 0");
}

#[test]
fn the_new_one_holds_drops_what_was_known_and_lists_anew() {
    let (inventory, fake) = known();
    answers_as(&inventory, "rival");
    inventory.rule(&connection(), Holder::New, &identity("somebody third"));
    assert!(view(&inventory).is_hidden(), "the one that the user was shown is not the one that answers");
    inventory.rule(&connection(), Holder::New, &identity("rival"));
    let held = view(&inventory);
    assert_eq!((held.contest, held.sync, held.accounts), (None, SyncState::Never, 0));
    assert_eq!(held.identity.unwrap().value, identity("rival"));
    replace(&fake.accounts, |_| Ok(page(vec![account("theirs", "Theirs")], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(names(&inventory.snapshot()), ["Theirs"]);
    assert_eq!(inventory.snapshot().profile(&subject()), None);
    assert!(
        answers_as(&inventory, "owner").connection(&connection()).unwrap().is_hidden(),
        "now that one is the rival"
    );
}

#[test]
fn the_known_one_holds_brings_its_rows_back_and_nothing_else_in_until_it_answers() {
    let (inventory, fake) = known();
    answers_as(&inventory, "rival");
    inventory.rule(&connection(), Holder::Known, &identity("rival"));
    assert!(is_whole(&inventory) && !view(&inventory).is_hidden());
    assert!(matches!(view(&inventory).sync, SyncState::Complete { .. }), "as it was before");
    let refusal = inventory.admits(&connection(), &Query::Profile(subject())).unwrap_err();
    assert!(refusal.cause.contains("is that of rival"), "{refusal}");
    assert_eq!(refusal.hint.as_deref(), Some("put that of owner back, then r"));
    listed(&inventory, vec![account("theirs", "Theirs")]);
    replace(&fake.identity, |()| Ok(identity("rival")));
    assert!(synced(&inventory, &fake).0.is_err());
    assert!(is_whole(&inventory), "what the rival says is not filed");
    // The decision can be taken back.
    let other = known().0;
    answers_as(&other, "rival");
    other.rule(&connection(), Holder::Known, &identity("rival"));
    assert_eq!(other.rule(&connection(), Holder::New, &identity("rival")).len(), 0);
    assert_eq!(view(&other).identity.unwrap().value, identity("rival"));
    replace(&fake.identity, |()| Ok(identity("owner")));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert!(view(&inventory).contest.is_none() && is_whole(&inventory));
}

#[test]
fn a_listing_that_was_under_way_counts_no_more() {
    let (inventory, _) = known();
    let run = inventory.begin(&connection(), Moment(1)).run;
    answers_as(&inventory, "rival");
    assert_eq!(inventory.list(&connection(), run, vec![account("theirs", "Theirs")], |_| <_>::default()), 0);
    answers_as(&inventory, "owner");
    inventory.complete(&connection(), run, 1, Moment(9));
    inventory.publish();
    assert!(is_whole(&inventory), "its end takes no rows away");
    assert!(!matches!(state(&inventory), SyncState::Running { .. }), "and it does not run for ever");
}

/// One step of a random run; the provider's accounts bear the name of who answers.
#[derive(Clone, Debug)]
enum Step {
    Switch(usize),
    Sync,
    Ask,
    Rule(Holder),
    /// The user decides on a dialog that is out of date.
    RuleOn(Holder, usize),
    Page,
}

const USERS: [&str; 3] = ["ada", "bob", "cy"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let holder = || prop_oneof![Just(Holder::Known), Just(Holder::New)];
    let step = prop_oneof![
        2 => (0..USERS.len()).prop_map(Step::Switch),
        3 => Just(Step::Sync),
        3 => Just(Step::Ask),
        2 => holder().prop_map(Step::Rule),
        1 => (holder(), 0..USERS.len()).prop_map(|(holder, user)| Step::RuleOn(holder, user)),
        1 => Just(Step::Page),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_always_those_of_the_one_that_is_known(steps in steps()) {
        let (inventory, fake) = (Inventory::default(), Fake::new(&NUMBERED));
        let now = Arc::new(Mutex::new(USERS[0]));
        let (asked, listed) = (Arc::clone(&now), Arc::clone(&now));
        replace(&fake.identity, move |()| Ok(identity(*locked(&asked))));
        let row = |user: &'static str| page(vec![account(user, user), account("shared", user)], None);
        replace(&fake.accounts, move |_| Ok(row(*locked(&listed))));
        for step in steps {
            let user = *locked(&now);
            match step {
                Step::Switch(to) => *locked(&now) = USERS[to],
                // A sync asks who it is only where that is open; here it is always asked.
                Step::Sync => {
                    answers_as(&inventory, user);
                    let _ = synced(&inventory, &fake);
                }
                Step::Ask => drop(answers_as(&inventory, user)),
                Step::Rule(holder) => drop(inventory.rule(&connection(), holder, &identity(user))),
                Step::RuleOn(holder, seen) => drop(inventory.rule(&connection(), holder, &identity(USERS[seen]))),
                Step::Page => {
                    answers_as(&inventory, user);
                    let query = Query::Accounts(ListScope::all(), Cursor::First);
                    absorb(&inventory, &query, &Reply::Accounts(row(user)));
                }
            }
            let snapshot = inventory.snapshot();
            let Some(view) = snapshot.connection(&connection()) else { continue };
            let known = view.identity.as_ref().map(|fact| fact.value.user.raw().to_owned());
            for name in names(&snapshot) {
                prop_assert_eq!(Some(name), known.clone());
            }
            prop_assert_eq!(view.accounts, snapshot.len() as u64);
            prop_assert!(!view.is_hidden() || snapshot.is_empty());
            let runs = matches!(view.sync, SyncState::Running { .. });
            prop_assert!(!runs);
        }
    }
}
