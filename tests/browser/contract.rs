//! The contract of the keys and the words: what others learned by heart, or wrote scripts of, line by line.

use acctui::domain::{AccountKey, Key, KeyCode, Protection};
use acctui::panes::PaneId;

use crate::harness::{Browser, World, setup};

/// Keys that lead into each line that is typed into, and its name.
const FIELDS: &[(&str, &str)] = &[
    ("/", "the list's filter"),
    ("<backtab>/", "the tree's filter"),
    ("<enter>lll/", "the search in Raw"),
    ("/corporate<enter>e", "a field of a form"),
    ("m/", "the picker's filter"),
    ("J/", "the journal's filter"),
    ("<enter>hH/", "the history's filter"),
    ("a/", "the activity's filter"),
    ("L", "a label"),
    (":", "the palette"),
    ("?/", "the help's search"),
    ("V", "a view's name"),
];

/// What a key could have changed beside the text.
fn whereabouts(browser: &Browser) -> (PaneId, String, Option<AccountKey>, bool) {
    let state = &browser.state;
    let modals: Vec<_> = state.modals.iter().map(std::mem::discriminant).collect();
    let cursor = state.accounts.selected.clone();
    (state.focus, format!("{modals:?}"), cursor, state.prefix.is_some())
}

#[test]
fn of_control_and_alt_keys_only_those_of_the_contract_pass_a_field() {
    for (opens, what) in FIELDS {
        let ctrl = ('a'..='z').filter(|letter| !"abfkuw".contains(*letter) && !"npsxcz".contains(*letter));
        let alt = ('a'..='z').filter(|letter| !"bfde".contains(*letter));
        let dead = ctrl.map(Key::ctrl).chain(alt.map(|letter| Key::alt(KeyCode::Char(letter)))).chain([
            Key::alt(KeyCode::Enter),
            Key::alt(KeyCode::Left),
            Key::alt(KeyCode::Char(':')),
            Key::alt(KeyCode::Char('e')),
            Key::alt(KeyCode::Up),
        ]);
        // A form's field goes to the editor, and is left for the one above.
        let is_bound =
            |key: &Key| *what == "a field of a form" && [KeyCode::Char('e'), KeyCode::Up].contains(&key.code);
        let mut browser = Browser::start(140, 40);
        browser.keys(opens).keys("st");
        browser.pass(1_000);
        let (before, text) = (whereabouts(&browser), browser.text());
        for key in dead.filter(|key| !(is_bound(key) && key.alt)) {
            browser.press(key);
            // The line is there still: it takes a letter.
            browser.press(Key::char('o'));
            browser.press(Key::plain(KeyCode::Backspace));
            assert_eq!(whereabouts(&browser), before, "{key} leads somewhere in {what}");
            assert_eq!(browser.text(), text, "{key} in {what}");
        }
    }
}

/// Two hundred accounts, so that pages differ from ends.
fn many() -> World {
    let mut world = World::default();
    let pattern = world.accounts[6].clone();
    world.accounts = (0..200)
        .map(|at| {
            let mut account = pattern.clone();
            account.key = crate::harness::account_key(&format!("{at:03}"));
            account.name = acctui::domain::Untrusted::new(&format!("Store {at:03}"));
            account
        })
        .collect();
    world
}

#[test]
fn each_key_that_moves_moves_in_the_list() {
    let mut browser = Browser::with(setup(Protection::Confirm), many(), 140, 40);
    let at =
        |browser: &Browser| -> usize { browser.state.accounts.selected.as_ref().unwrap().id.as_str().parse().unwrap() };
    let mut walked = Vec::new();
    for keys in ["j", "<down>", "k", "<up>", "G", "g", "<pgdn>", "<pgup>", "<c-d>", "<c-d>", "<c-u>", "<end>", "<home>"]
    {
        browser.keys(keys);
        walked.push(at(&browser));
    }
    let page = walked[6];
    let half = walked[8];
    assert!(page > 20 && half > 10 && half < page, "{walked:?}");
    assert_eq!(walked, [1, 2, 1, 0, 199, 0, page, 0, half, 2 * half, half, 199, 0]);
    // The same keys scroll a modal, and move in the tree and the detail.
    for (opens, walks) in [("?", true), ("<backtab>", false), ("<enter>lll", true)] {
        let mut browser = Browser::with(setup(Protection::Confirm), many(), 140, 12);
        browser.keys(opens);
        browser.pass(1_000);
        for keys in ["j", "<down>", "G", "<pgdn>", "<c-d>"].iter().filter(|_| walks) {
            let before = browser.screen();
            browser.keys("g");
            let first = browser.screen();
            browser.keys(keys);
            assert_ne!(browser.screen(), first, "{keys} after {opens} {before}");
        }
        for back in ["k", "<up>", "<pgup>", "<c-u>"] {
            browser.keys("G");
            let last = browser.screen();
            browser.keys(back);
            assert_ne!(browser.screen(), last, "{back} after {opens}");
        }
    }
}
