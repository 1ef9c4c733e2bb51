//! The command palette: what it lists, where it leads, and that it leads nowhere else than keys do.

use acctui::app::{Effect, Fact, Keep, Kept, Modal};
use acctui::domain::{Key, KeyCode, Protection};
use acctui::inventory::Scope;
use acctui::panes::PaneId;
use acctui::panes::organizations::Node;

use crate::harness::{Browser, World, organization_key, setup, snap, spec_of};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];

fn is_open(browser: &Browser) -> bool {
    matches!(browser.state.modals.last(), Some(Modal::Palette(_)))
}

#[test]
fn the_palette_lists_all_that_can_be_done_at_every_size() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys(":");
        snap(&format!("palette_{width}x{height}"), &mut browser);
    }
}

#[test]
fn what_is_typed_finds_actions_organizations_and_accounts_best_first() {
    let mut browser = Browser::start(100, 30);
    browser.keys(":aurora");
    snap("palette_typed", &mut browser);
}

#[test]
fn each_of_its_keys_opens_it_and_escape_closes_it() {
    let mut browser = Browser::start(100, 30);
    for script in [":", "<c-p>", "<f3>"] {
        browser.keys(script);
        assert!(is_open(&browser), "{script}");
        browser.keys("<esc>");
        assert!(browser.state.modals.is_empty());
    }
    // In a line the colon is text, and Ctrl-p moves in the result; F3 passes.
    browser.keys("/st:<c-p>");
    assert_eq!(browser.state.accounts.filter.value(), "st:");
    browser.keys("<bs><f3>");
    assert!(is_open(&browser));
    browser.keys("<esc>");
    assert_eq!((browser.state.accounts.filter.value(), browser.state.accounts.filtering), ("st", false));
}

#[test]
fn the_filter_line_moves_in_its_result_by_ctrl_n_and_ctrl_p() {
    let mut browser = Browser::start(100, 30);
    browser.keys("/store");
    let first = browser.state.accounts.selected.clone();
    browser.keys("<c-n>");
    assert_ne!(browser.state.accounts.selected, first);
    browser.keys("<c-p>");
    assert_eq!(browser.state.accounts.selected, first);
    assert!(browser.state.accounts.filtering);
}

#[test]
fn an_action_does_what_its_key_does_where_the_user_was() {
    let mut by_key = Browser::start(100, 30);
    by_key.keys("jjE");
    let mut by_palette = Browser::start(100, 30);
    by_palette.keys("jj:edit-account<enter>");
    assert_eq!(by_key.text(), by_palette.text());
    assert!(matches!(by_palette.state.modals.as_slice(), [Modal::Form(_)]));
    // In the tree the same name is about the node.
    let mut tree = Browser::start(140, 40);
    tree.keys("<backtab>j");
    assert_eq!(tree.state.focus, PaneId::Organizations);
    tree.keys(":expand<enter>");
    assert_eq!(tree.state.focus, PaneId::Organizations);
    assert!(tree.text().contains("Aurora Retail"), "{}", tree.text());
}

#[test]
fn with_marks_only_what_is_about_the_marks_can_be_run() {
    let mut browser = Browser::start(140, 40);
    browser.keys("  :edit profile");
    let text = browser.text();
    assert!(text.contains("edit the profiles of the marked accounts"), "{text}");
    assert!(!text.contains("action       edit profile "), "{text}");
}

#[test]
fn what_does_not_apply_says_why_and_the_palette_stays() {
    let mut browser = Browser::with(setup(Protection::ReadOnly), World::default(), 140, 40);
    browser.keys(":delete<enter>");
    assert!(is_open(&browser));
    let text = browser.text();
    assert!(text.contains("delete, close or remove: prod is read-only"), "{text}");
    assert!(browser.effects.iter().all(|effect| !matches!(effect, Effect::Plan { .. })));
}

#[test]
fn destructive_actions_go_down_the_same_road() {
    let mut browser = Browser::start(140, 40);
    browser.keys(":delete<enter>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Plan(_)]), "{}", browser.text());
    assert!(browser.text().contains("Type "), "{}", browser.text());
    assert!(browser.world.ended.lock().unwrap().is_empty());
    // What answers the dialog is pressed in it.
    browser.keys("<f3>send<enter>");
    assert!(is_open(&browser));
    assert!(browser.effects.iter().all(|effect| !matches!(effect, Effect::Apply { .. })));
}

#[test]
fn in_a_dialog_it_runs_the_dialogs_own_actions_and_leads_nowhere_else() {
    let mut browser = Browser::start(140, 40);
    browser.keys("J:");
    let text = browser.text();
    assert!(text.contains("action       undo") && !text.contains("connection   prod"), "{text}");
    browser.keys("aurora");
    assert!(browser.text().contains("Nothing matches."), "{}", browser.text());
    browser.keys("<c-u>filter<enter>");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Journal(journal)) if journal.is_filtering()));
}

#[test]
fn a_connection_and_an_organization_become_the_scope() {
    let mut browser = Browser::start(140, 40);
    browser.keys(":retail north<enter>");
    assert_eq!(browser.state.accounts.scope, Scope::Organization(organization_key("o3")));
    assert_eq!(browser.state.focus, PaneId::Accounts);
    browser.keys(":prod<enter>");
    assert!(matches!(&browser.state.accounts.scope, Scope::Connection(name) if name.as_str() == "prod"));
}

#[test]
fn an_account_is_selected_and_opened_wherever_the_list_was() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/harbour<enter>:lone wolf<enter>");
    assert_eq!(browser.state.focus, PaneId::Detail);
    let selected = browser.state.accounts.current().map(|row| row.name().to_owned());
    assert_eq!(selected.as_deref(), Some("Lone Wolf Studio"));
    assert!(browser.state.modals.is_empty());
}

#[test]
fn enter_waits_for_the_accounts_that_are_looked_for() {
    let mut browser = Browser::start(140, 40);
    browser.answers = false;
    browser.searches = false;
    browser.keys(":lone wolf<enter>");
    assert!(is_open(&browser), "nothing is run before it is seen what matches");
    let look = browser.effects.iter().rev().find(|effect| matches!(effect, Effect::Look { .. })).cloned().unwrap();
    for fact in browser.answer(look) {
        browser.send(fact);
    }
    assert_eq!(browser.state.focus, PaneId::Detail);
    assert_eq!(browser.state.accounts.current().map(|row| row.name().to_owned()).as_deref(), Some("Lone Wolf Studio"));
}

#[test]
fn what_was_run_comes_first_and_what_was_typed_comes_back_also_in_the_next_run() {
    let mut browser = Browser::start(100, 30);
    browser.send(Fact::Own(Box::default()));
    browser.keys(":journal<enter>q:activ<enter>q");
    browser.pass(3_000);
    let session = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(Keep::Session { text, .. }) => Some(text.clone()),
        _ => None,
    });
    let mut next = Browser::start(100, 30);
    next.send(Fact::Own(Box::new(Kept { session, ..Kept::default() })));
    for mut browser in [browser, next] {
        browser.keys(":");
        let text = browser.text();
        let at = |words: &str| text.lines().position(|line| line.contains(words)).unwrap();
        assert_eq!(
            (at("action       activity") + 1, at("action       activity") - at("Palette")),
            (at("action       journal"), 2),
            "{text}"
        );
        browser.keys("jour<a-up>");
        assert!(browser.text().contains(": activ"), "{}", browser.text());
        browser.keys("<c-r>");
        assert!(browser.text().contains(": journal"), "{}", browser.text());
        browser.keys("<a-down><a-down>");
        assert!(browser.text().contains(": jour "), "{}", browser.text());
    }
}

#[test]
fn pasted_text_is_searched_for_and_runs_nothing() {
    let mut browser = Browser::start(100, 30);
    browser.keys(":");
    browser.send(Fact::Paste("lone\nwolf\n".repeat(500)));
    assert!(is_open(&browser));
    browser.keys("<c-u>");
    browser.press(Key::plain(KeyCode::Enter));
    assert!(!is_open(&browser));
}

#[test]
fn who_goes_to_a_connection_finds_the_tree_there_too() {
    let kinds = [("prod", spec_of("cloudflare")), ("other", spec_of("aws"))];
    let there = Some(Node::Connection("other".into()));
    for keys in [":other<enter>", "<f2>j<enter>"] {
        let mut browser = Browser::with(crate::forms::setup_of(&kinds), World::default(), 140, 40);
        assert_ne!(browser.state.organizations.cursor().cloned(), there);
        browser.keys(keys);
        assert_eq!(browser.state.accounts.scope, Scope::Connection("other".into()), "{keys}");
        assert_eq!(browser.state.organizations.cursor().cloned(), there);
    }
}
