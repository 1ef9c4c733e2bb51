//! The tree's filter: where the cursor goes while it is typed, and how it is left.

use acctui::inventory::Scope;
use acctui::panes::PaneId;
use acctui::panes::organizations::Node;

use crate::harness::{Browser, organization_key};

/// The id of what has the tree's cursor.
fn tree_cursor(browser: &Browser) -> String {
    match browser.state.organizations.cursor() {
        Some(Node::Organization(key)) => key.id.to_string(),
        Some(Node::Connection(name)) => name.to_string(),
        None => String::new(),
    }
}

#[test]
fn the_trees_filter_leads_the_cursor_to_what_matches_and_enter_shows_its_accounts() {
    let mut browser = Browser::start(140, 40);
    browser.keys("<backtab>/");
    assert_eq!(tree_cursor(&browser), "prod");
    assert!(browser.text().contains("Enter show these accounts  Esc clear  ↑ ↓ matches"), "{}", browser.text());
    browser.keys("retail");
    assert_eq!(tree_cursor(&browser), "o2", "the first that matches, not what leads to it");
    browser.keys("<down>");
    assert_eq!(tree_cursor(&browser), "o3");
    browser.keys("<down>");
    assert_eq!(tree_cursor(&browser), "o3", "among matches it ends there");
    browser.keys("<up>");
    assert_eq!(tree_cursor(&browser), "o2");
    browser.keys(" n");
    assert_eq!(tree_cursor(&browser), "o3", "another text begins anew");
    browser.keys("<enter>");
    assert_eq!(browser.state.accounts.scope, Scope::Organization(organization_key("o3")));
    assert_eq!(browser.state.focus, PaneId::Accounts);
    assert_eq!(browser.state.organizations.filter.value(), "", "it has led there: the tree is whole again");
    assert_eq!(tree_cursor(&browser), "o3");
    let screen = browser.screen();
    assert!(screen.contains("Retail North") && screen.contains("Harbour Holdings"), "{screen}");
    browser.keys("<esc>");
    assert_eq!(browser.state.accounts.scope, Scope::All);
}

#[test]
fn each_esc_undoes_one_layer_of_what_the_tree_was_narrowed_by() {
    let mut browser = Browser::start(140, 40);
    browser.keys("<backtab>/north<esc>");
    assert_eq!((browser.state.organizations.filter.value(), browser.state.focus), ("", PaneId::Organizations));
    assert_eq!(tree_cursor(&browser), "o1", "what holds it where it is closed");
    // Tab leaves the line, and then the tree: the filter stays, and what leads to a match has the cursor too.
    browser.keys("/north<tab>k");
    assert_eq!(tree_cursor(&browser), "o2");
    browser.keys("<tab>");
    assert_eq!((browser.state.organizations.filter.value(), browser.state.focus), ("north", PaneId::Accounts));
    browser.keys("<esc>");
    assert_eq!(browser.state.organizations.filter.value(), "");
}
