//! What tells which keys there are: the menu after a prefix, the first-run line, the searchable help, the bottom line.

use acctui::app::{Effect, Fact, Keep, Kept, Modal, Prefix};
use acctui::domain::{Key, KeyCode, Protection};

use crate::harness::{Browser, World, setup, snap};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];

fn waits(browser: &Browser) -> bool {
    browser.state.prefix.is_some_and(|waiting| waiting.after == Prefix::Sort)
}

#[test]
fn a_menu_shows_what_may_follow_a_prefix() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys("s");
        snap(&format!("sort_menu_{width}x{height}"), &mut browser);
    }
}

#[test]
fn escape_leaves_the_menu_and_nothing_else() {
    let mut browser = Browser::start(100, 30);
    browser.keys("/store<enter>s<esc>");
    assert!(!waits(&browser));
    assert_eq!(browser.state.accounts.filter.value(), "store", "one layer at a time");
}

#[test]
fn a_key_that_means_nothing_after_a_prefix_says_what_would_and_does_nothing() {
    let mut browser = Browser::start(140, 40);
    browser.keys("snsz");
    assert!(waits(&browser));
    assert_eq!(browser.state.accounts.sort.len(), 1, "the order stays");
    let text = browser.text();
    assert!(text.contains("z means nothing after sort by: n "), "{text}");
    browser.keys("-");
    assert!(!waits(&browser) && browser.state.accounts.sort.is_empty());
    browser.keys("s-");
    assert!(browser.text().contains("nothing is sorted"), "{}", browser.text());
}

#[test]
fn arrows_and_enter_choose_from_the_menu() {
    let mut by_letter = Browser::start(140, 40);
    by_letter.keys("sn");
    let mut by_arrows = Browser::start(140, 40);
    by_arrows.keys("s<down><up><enter>");
    assert_eq!(by_letter.state.accounts.sort, by_arrows.state.accounts.sort);
    by_arrows.keys("s<up><enter>");
    assert!(by_arrows.state.accounts.sort.is_empty(), "the last one sorts no more");
}

#[test]
fn the_first_run_has_a_line_that_takes_no_focus_and_goes_for_good() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        assert!(!browser.text().contains("Esc hides"), "before the disk has told, nobody knows");
        browser.send(Fact::Own(Box::default()));
        snap(&format!("first_run_{width}x{height}"), &mut browser);
        browser.keys("jj");
        assert!(browser.text().contains("Esc hides"));
        browser.keys("<esc>");
        assert!(!browser.text().contains("Esc hides"));
        browser.pass(3_000);
        let session = browser.effects.iter().rev().find_map(|effect| match effect {
            Effect::Keep(Keep::Session { text, .. }) => Some(text.clone()),
            _ => None,
        });
        let mut next = Browser::with(setup(Protection::Confirm), World::default(), width, height);
        next.send(Fact::Own(Box::new(Kept { session, ..Kept::default() })));
        assert!(!next.text().contains("Esc hides"));
    }
}

#[test]
fn a_few_keys_put_the_first_run_line_away() {
    let mut browser = Browser::start(100, 30);
    browser.send(Fact::Own(Box::default()));
    browser.keys("jkjkjk");
    assert!(!browser.text().contains("Esc hides"));
}

#[test]
fn the_help_is_searched_and_keeps_reasons() {
    let mut browser = Browser::with(setup(Protection::ReadOnly), World::default(), 100, 30);
    browser.keys("?/DELete");
    snap("help_searched", &mut browser);
    let text = browser.text();
    assert!(text.contains("delete, close or remove") && text.contains("is read-only"), "{text}");
    assert!(!text.contains("next pane"), "{text}");
    browser.keys("<enter>");
    assert!(browser.text().contains("delete, close or remove"));
    browser.keys("<esc>");
    assert!(browser.text().contains("next pane") && matches!(browser.state.modals.last(), Some(Modal::Help(_))));
    browser.keys("/nosuchthing");
    assert!(browser.text().contains("No key does that here."), "{}", browser.text());
    browser.keys("<esc><esc>");
    assert!(browser.state.modals.is_empty());
}

#[test]
fn the_helps_search_finds_what_may_follow_a_key() {
    let mut browser = Browser::start(100, 30);
    browser.keys("?");
    assert!(!browser.text().contains("row as JSON"), "the list says that a menu follows: {}", browser.text());
    browser.keys("/json");
    browser.says(&["y r", "copy row as JSON"]);
    browser.keys("<esc>/curl");
    browser.says(&["y p", "provider's own command"]);
    browser.keys("<esc>/order name");
    browser.says(&["s n", "sort by Name"]);
}

#[test]
fn a_question_mark_and_q_are_text_in_the_helps_search() {
    let mut browser = Browser::start(100, 30);
    browser.keys("?/q?");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Help(_)]));
    browser.press(Key::plain(KeyCode::F(1)));
    assert!(browser.state.modals.is_empty());
}

#[test]
fn why_something_does_not_follow_is_never_cut() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys("y");
        let text = browser.text();
        let menu: String = text.lines().filter_map(|line| line.rsplit('┃').nth(1)).collect::<Vec<_>>().join(" ");
        let words = menu.split_whitespace().collect::<Vec<_>>().join(" ");
        for reason in ["no secret is known of this account", "no value is under the cursor: Tab leads to the detail"] {
            assert!(words.contains(reason), "{reason} is not whole in\n{text}");
        }
        // The cursor reaches what stands below the reasons.
        browser.keys("<up>");
        assert!(browser.text().contains("value under the detail's cursor"), "{}", browser.text());
    }
}

/// Each pane's frame is whole, and each of its rows is between its sides.
fn frames_are_whole(browser: &mut Browser, what: &str) {
    let screen = browser.text();
    let panes: Vec<&str> = screen.lines().skip_while(|line| !line.starts_with(['┏', '╭'])).collect();
    let end = panes.iter().position(|line| line.starts_with(['┗', '╰'])).unwrap_or_else(|| panic!("{what}\n{screen}"));
    let is_frame = |char: char| "┗━┛╰─╯ ↑↓0123456789zallpanes".contains(char);
    assert!(panes[end].chars().all(is_frame), "{what} lies over a frame\n{screen}");
    let sides = |line: &&str| line.starts_with(['┃', '│']) && line.ends_with(['┃', '│']);
    assert!(panes[1..end].iter().all(sides), "{what} lies over a pane\n{screen}");
}

#[test]
fn the_line_of_the_first_run_and_messages_lie_over_nothing() {
    for (width, height) in [(140, 40), (100, 30), (60, 20), (60, 12), (38, 14)] {
        let mut browser = Browser::start(width, height);
        browser.send(Fact::Own(Box::default()));
        frames_are_whole(&mut browser, "the first run");
        assert!(browser.text().contains("Esc hides"), "{}", browser.text());
        browser.press(Key::plain(KeyCode::Esc));
        let words =
            "2 drafts are kept: Aurora Corporate (profile), Store 001 Oslo (profile); e opens one of them again";
        let mut effects = Vec::new();
        browser.state.announce(acctui::domain::Role::Warn, words, &mut effects);
        browser.keys("Gk");
        frames_are_whole(&mut browser, "a message");
        let screen = browser.text();
        let said: String = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{screen}");
        let last = browser.state.accounts.current().map(|row| row.name().to_owned()).unwrap();
        let begin: String = last.chars().take(5).collect();
        assert!(
            !begin.is_empty() && screen.contains(&begin),
            "the row under the cursor, {last}, stays in sight\n{screen}"
        );
    }
}

#[test]
fn on_the_smallest_screen_a_message_has_the_bottom_of_the_panes() {
    for size in [(20, 6), (20, 7), (24, 11), (500, 6)] {
        let mut browser = Browser::start(size.0, size.1);
        browser.send(Fact::Own(Box::default()));
        browser.text();
        browser.state.announce(acctui::domain::Role::Warn, "word ".repeat(200), &mut Vec::new());
        browser.text();
        browser.keys("Gk<enter>?<esc>");
        browser.text();
    }
}
