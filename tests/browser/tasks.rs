//! The tasks of docs/tasks.md, done by the keys that stand there, and as many of them as it says.

use acctui::app::{Effect, Modal};
use acctui::domain::{AccountId, Subject};
use acctui::panes::detail::Tab;
use acctui::provider::ColumnValue;

use crate::harness::{Browser, account_key};

const PAGE: &str = include_str!("../../docs/tasks.md");
const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";

/// A row of the page: what is to be done, the keys with what is typed as text between « and », how many keys that takes.
struct Task {
    what: String,
    keys: String,
    count: usize,
}

/// What stands before it, and what is so once it is done.
struct Proof(&'static str, &'static str, fn(&mut Browser) -> bool);

const PROOFS: &[Proof] = &[
    Proof("Find an account", "", |browser| {
        browser.text().contains("Lone Wolf Studio") && name(browser) == "Lone Wolf Studio"
    }),
    Proof("See which organizations hold it", "/web shop<enter>", |browser| {
        let screen = browser.text();
        browser.state.detail.tab == Tab::Hierarchy
            && screen.contains("Aurora Group")
            && screen.contains("Aurora Retail")
    }),
    Proof("Edit one field of its profile", "/corporate<enter>", |browser| business_name(browser).ends_with(" Ltd")),
    Proof("Undo that", "/corporate<enter>e<end> Ltd<c-s><enter>", |browser| !business_name(browser).ends_with(" Ltd")),
    Proof("Undo all that a plan of many did, from its summary", "/store<enter>*mgroup<enter><c-s><enter>", |browser| {
        is_moved_back(browser)
    }),
    Proof("The same later", "/store<enter>*mgroup<enter><c-s><enter><esc>", is_moved_back),
    Proof("Move it to another organization", "/wolf<enter>", |browser| moved(browser) == 1),
    Proof("Move all that a filter shows", "", |browser| moved(browser) == 3),
    Proof("Delete it", "/tromso<enter>", |browser| browser.world.ended.lock().unwrap().len() == 1),
    Proof("Copy its id", "/corporate<enter>", |browser| {
        browser.effects.iter().any(|effect| matches!(effect, Effect::Copy { what, .. } if what == "the id"))
    }),
    Proof("Order the list by type", "", |browser| {
        browser.state.accounts.sort.first().is_some_and(|sort| sort.by == ColumnValue::Kind)
    }),
    Proof("Keep the list as a view, and come back to it", "/store<enter>", |browser| {
        browser.state.accounts.filter.value() == "store" && browser.text().contains("stores")
    }),
    Proof("Run a command by its name", "", |browser| matches!(browser.state.modals.last(), Some(Modal::Activity(_)))),
];

fn name(browser: &Browser) -> String {
    let key = browser.state.accounts.selected.clone().unwrap();
    browser.state.snapshot.find(&key).unwrap().name().to_owned()
}

fn business_name(browser: &Browser) -> String {
    let subject = Subject::Account(account_key(CORPORATE));
    browser.world.profiles.lock().unwrap()[&subject].get("business_name").to_owned()
}

fn moved(browser: &Browser) -> usize {
    let moved: Vec<AccountId> = browser.world.moved.lock().unwrap().keys().cloned().collect();
    moved.len()
}

/// Whether each account that was moved stands again where it stood at first.
fn is_moved_back(browser: &mut Browser) -> bool {
    let moved = browser.world.moved.lock().unwrap();
    let stood = |id: &AccountId| browser.world.accounts.iter().find(|it| it.key.id == *id)?.parent.clone();
    moved.iter().all(|(id, to)| stood(id).is_some_and(|parent| parent.id == *to))
}

fn tasks() -> Vec<Task> {
    let task = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [what, keys, count] = cells[..] else { return None };
        Some(Task { what: what.to_owned(), keys: keys.strip_prefix('`')?.replace('`', ""), count: count.parse().ok()? })
    };
    PAGE.lines().filter_map(task).collect()
}

/// The keys as the harness takes them, and how many there are beside the text.
fn script(keys: &str) -> (String, usize) {
    let (mut count, mut is_text, mut is_named) = (0, false, false);
    for char in keys.chars() {
        match char {
            '«' => is_text = true,
            '»' => is_text = false,
            _ if is_text => {}
            '<' => is_named = true,
            '>' => {
                is_named = false;
                count += 1;
            }
            _ if is_named => {}
            _ => count += 1,
        }
    }
    (keys.replace(['«', '»'], ""), count)
}

#[test]
fn each_task_is_done_by_as_many_keys_as_the_page_says() {
    let tasks = tasks();
    assert_eq!(tasks.len(), PROOFS.len(), "each row has its proof");
    for Task { what, keys, count } in tasks {
        let Proof(_, before, is_done) = PROOFS.iter().find(|proof| proof.0 == what).unwrap_or_else(|| panic!("{what}"));
        let mut browser = Browser::start(140, 40);
        browser.keys(before);
        assert!(!is_done(&mut browser), "{what}: it is done before");
        let (script, pressed) = script(&keys);
        assert_eq!(pressed, count, "{what}: {keys}");
        browser.keys(&script);
        assert!(is_done(&mut browser), "{what}: {keys}\n{}", browser.text());
    }
}
