//! The detail: what is related is one key away, times both ways, long lines of Raw.

use acctui::app::Effect;
use acctui::domain::Subject;
use acctui::inventory::Scope;
use acctui::panes::{PaneId, detail};
use acctui::provider::Query;

use crate::forms::setup_of;
use crate::harness::{Browser, World, organization_key, setup, spec_of};

#[test]
fn what_stands_beside_an_account_is_one_key_away_and_the_cursor_stays_on_it() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter><enter>");
    let selected = browser.state.accounts.selected.clone();
    browser.keys("b");
    assert_eq!(browser.state.accounts.scope, Scope::Organization(organization_key("o3")));
    assert_eq!(browser.state.focus, PaneId::Accounts);
    assert_eq!(browser.state.accounts.selected, selected);
    browser.keys("<esc><esc>/wolf<enter><enter>b");
    assert!(browser.text().contains("no organization is known that holds it"), "{}", browser.text());
}

#[test]
fn the_profile_of_the_organization_that_holds_an_account_is_one_key_away() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter><enter>O");
    browser.pass(1_000);
    let subject = Subject::Organization(organization_key("o3"));
    assert_eq!(browser.state.detail.target, Some(detail::Target::Of(subject.clone())));
    let asked = |effect: &Effect| matches!(effect, Effect::Fetch { query: Query::Profile(of), .. } if *of == subject);
    assert!(browser.effects.iter().any(asked), "{:?}", browser.effects);
}

#[test]
fn times_are_shown_both_ways_and_the_choice_is_kept() {
    let mut browser = Browser::start(180, 40);
    browser.keys("/bergen<enter><enter>");
    browser.pass(1_000);
    assert!(browser.text().contains("2023-05-06T07:08:09Z") && browser.text().contains("as of just now"));
    browser.keys("T");
    assert!(browser.text().contains("971 d ago"), "{}", browser.text());
    assert!(browser.text().contains("as of 2026-01-02 03:04Z"), "{}", browser.text());
    browser.keys("T");
    assert!(browser.text().contains("2023-05-06T07:08:09Z"), "{}", browser.text());
}

#[test]
fn long_lines_of_raw_are_scrolled_to_their_end_and_back() {
    let mut world = World::default();
    let long = format!("{}株式THE-END", "x".repeat(200));
    world.accounts[0].raw = serde_json::json!({ "id": 1, "comment": long }).into();
    let mut browser = Browser::with(setup(acctui::domain::Protection::Confirm), world, 100, 30);
    browser.keys("/aurora corp<enter><enter>lll");
    assert!(!browser.text().contains("THE-END"), "{}", browser.text());
    browser.keys(")))))))))))))))");
    assert!(browser.text().contains("THE-END"), "{}", browser.text());
    browser.keys("(((((((((((((((");
    assert!(browser.text().contains("\"comment\""), "{}", browser.text());
}

#[test]
fn what_was_asked_for_once_has_an_age_of_its_own_beside_the_accounts() {
    let kind = spec_of("aws");
    let mut world = World { kind, has_extra: true, ..World::default() };
    world.accounts.iter_mut().for_each(|account| account.provider = kind.id());
    let mut browser = Browser::with(setup_of(&[("prod", kind)]), world, 140, 50);
    browser.keys("/corporate<enter>");
    browser.pass(1_000);
    assert_eq!(browser.text().matches("not asked").count(), 1, "once for all of it\n{}", browser.text());
    browser.keys("i");
    browser.pass(1_000);
    assert!(browser.text().contains("env  prod") && !browser.text().contains("not asked"), "{}", browser.text());
    assert!(!browser.text().contains("contact data and tags: as of"), "it is as old as the rest\n{}", browser.text());
    // Another one's came with a listing.
    browser.extras_came();
    browser.pass(3 * 3_600_000);
    browser.keys("<esc>/oslo<enter>");
    browser.pass(1_000);
    let screen = browser.text();
    assert!(screen.contains("env  prod"), "{screen}");
    assert!(screen.contains("as of just now") && screen.contains("contact data and tags: as of 3 h ago"), "{screen}");
}

#[test]
fn esc_in_the_tree_puts_its_words_away_for_this_run_and_then_leaves_it() {
    let mut world = World { organizations: Vec::new(), ..World::default() };
    world.accounts.iter_mut().for_each(|account| account.parent = None);
    let mut browser = Browser::with(setup(acctui::domain::Protection::Confirm), world, 140, 40);
    let none = spec_of("cloudflare").hierarchy.none.split_whitespace().next().unwrap();
    browser.keys("t<backtab>");
    let screen = browser.text();
    assert_eq!(browser.state.focus, PaneId::Organizations, "{screen}");
    assert!(screen.contains(&format!("prod · {none}")) && screen.contains("hides this."), "{screen}");
    browser.keys("<esc>");
    assert_eq!(browser.state.focus, PaneId::Organizations, "one layer");
    assert!(!browser.text().contains("prod · "), "{}", browser.text());
    browser.keys("<esc>");
    assert_eq!(browser.state.focus, PaneId::Accounts);
}
