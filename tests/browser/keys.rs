//! Keys of the user's own: every place that speaks of keys speaks of these.

use acctui::app::{Keymap, Modal, all};
use acctui::domain::{Binding, Key, KeyCode, Protection};
use acctui::panes::PaneId;

use crate::harness::{Browser, World, setup};

fn binding(scope: &str, action: &str, keys: &[&str]) -> Binding {
    let keys = keys.iter().map(|key| Key::parse(key).unwrap()).collect();
    Binding { scope: scope.into(), action: action.into(), keys, place: (1, 1) }
}

fn with(bindings: &[Binding]) -> Browser {
    let mut setup = setup(Protection::Confirm);
    setup.keys = Keymap::resolve(bindings).unwrap();
    Browser::with(setup, World::default(), 140, 40)
}

#[test]
fn a_new_key_does_it_and_the_old_one_no_more_in_every_table() {
    let mut browser = with(&[binding("everywhere", "journal", &["Z", "F6"]), binding("everywhere", "refresh", &["w"])]);
    browser.keys("J");
    assert!(browser.state.modals.is_empty());
    for key in [Key::char('Z'), Key::plain(KeyCode::F(6))] {
        browser.press(key);
        assert!(matches!(browser.state.modals.last(), Some(Modal::Journal(_))));
        browser.keys("q");
    }
    assert!(browser.text().contains("w refresh"), "{}", browser.text());
    browser.keys("?/journal");
    assert!(browser.text().contains("Z F6               journal"), "{}", browser.text());
    browser.keys("<esc><esc>:journal");
    assert!(browser.text().contains(" Z F6 ┃"), "{}", browser.text());
}

#[test]
fn an_unbound_action_is_run_from_the_palette() {
    let mut browser = with(&[binding("everywhere", "delete", &[])]);
    browser.keys("D");
    assert!(browser.state.modals.is_empty());
    browser.keys("?/delete");
    assert!(browser.text().contains("(no key)           delete, close or remove"), "{}", browser.text());
    browser.keys("<esc><esc>:delete<enter>");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Plan(_))));
}

#[test]
fn keys_that_always_work_stay_whatever_is_bound() {
    let mut browser = with(&[
        binding("accounts", "open", &[]),
        binding("moving", "down", &["x"]),
        binding("everywhere", "help", &[]),
        binding("everywhere", "palette", &[]),
    ]);
    let first = browser.state.accounts.selected.clone();
    browser.keys("<down>");
    assert_ne!(browser.state.accounts.selected, first);
    browser.keys("<up>x<up>");
    assert_eq!(browser.state.accounts.selected, first);
    browser.keys("<enter>");
    assert_eq!(browser.state.focus, PaneId::Detail);
    browser.keys("<f1>");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Help(_))));
    browser.keys("<f1><f3>");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Palette(_))));
}

#[test]
fn with_marks_a_rebound_edit_is_still_about_the_marks() {
    let mut browser = with(&[binding("everywhere", "edit-profile", &["w"])]);
    browser.keys("  w");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Chooser(_))), "{}", browser.text());
}

#[test]
fn the_help_says_what_is_taken_and_what_is_hidden() {
    let mut browser = with(&[binding("accounts", "mark", &["q", "u"])]);
    browser.keys("?G");
    let text = browser.text();
    assert!(text.contains("[accounts] u is taken from unmark and given to mark"), "{text}");
    assert!(text.contains("[accounts] q (mark) hides [everywhere] quit there"), "{text}");
}

#[test]
fn arrows_enter_escape_tab_and_function_keys_reach_every_action() {
    // What has none of these is in the palette, which F3 opens everywhere.
    let mut browser = Browser::start(140, 40);
    for scope in all() {
        let closes = ["Palette", "Dialogs", "Everywhere"].contains(&scope.title);
        let f3 = scope.rows.iter().any(|row| row.keys.contains(&Key::plain(KeyCode::F(3))));
        assert_eq!(closes, f3, "{}", scope.title);
    }
    browser.keys("<f3>");
    for _ in 0..2 {
        browser.keys("<down>");
    }
    browser.keys("<up><enter>");
    assert!(browser.state.modals.is_empty());
    assert!(browser.text().contains("1 marked"), "the second is `mark`: {}", browser.text());
}
