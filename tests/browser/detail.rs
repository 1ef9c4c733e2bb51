//! The detail: what is related is one key away, times both ways, long lines of Raw.

use acctui::app::Effect;
use acctui::domain::Subject;
use acctui::inventory::Scope;
use acctui::panes::{PaneId, detail};
use acctui::provider::Query;

use crate::harness::{Browser, World, organization_key, setup};

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
