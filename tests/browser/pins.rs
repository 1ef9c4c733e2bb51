//! Favourites: what is pinned stands first wherever it is listed, from the first screen on, until it is taken down.

use std::sync::Arc;

use acctui::app::{Effect, Fact, Keep, Kept};
use acctui::domain::{Organization, Protection};
use acctui::panes::PaneId;

use crate::harness::{Browser, World, account_key, organization_key, setup, snap};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];
const WOLF: &str = "11f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";

fn over(kept: Kept, (width, height): (u16, u16)) -> Browser {
    let mut browser = Browser::with(setup(Protection::Confirm), World::default(), width, height);
    browser.send(Fact::Own(Box::new(kept)));
    browser
}

fn started() -> Browser {
    over(Kept::default(), (140, 40))
}

/// The names in the list, as far as they tell accounts apart, from above.
fn listed(browser: &Browser) -> Vec<String> {
    let found = browser.state.accounts.found.value().unwrap();
    let name = |row: &u32| found.snapshot.get(*row).unwrap().name().to_owned();
    found.rows.iter().map(name).collect()
}

/// What was kept of pins, in order.
fn pins(browser: &Browser) -> Vec<(String, Option<String>)> {
    let kept = browser.effects.iter().filter_map(|effect| match effect {
        Effect::Keep(Keep::Named { name, text }) if name.starts_with("pin ") => Some((name.clone(), text.clone())),
        _ => None,
    });
    kept.collect()
}

/// As the next start finds what this run kept.
fn again(browser: &Browser, size: (u16, u16)) -> Browser {
    let mut named = std::collections::BTreeMap::new();
    for (name, text) in pins(browser) {
        match text {
            Some(text) => drop(named.insert(name, text)),
            None => drop(named.remove(&name)),
        }
    }
    over(Kept { named: named.into_iter().collect(), ..Kept::default() }, size)
}

#[test]
fn a_pinned_account_stands_first_in_every_list_that_has_it() {
    let mut browser = started();
    let before = listed(&browser);
    assert_ne!(before[0], "Lone Wolf Studio");
    browser.keys("/wolf<enter>f<esc>");
    let after = listed(&browser);
    assert_eq!(after[0], "Lone Wolf Studio");
    let rest: Vec<&String> = before.iter().filter(|name| *name != "Lone Wolf Studio").collect();
    assert_eq!(after[1..].iter().collect::<Vec<_>>(), rest, "nothing else moves");
    // Under a filter that others match better, and in a chosen order.
    browser.keys("/st");
    let found = listed(&browser);
    assert_eq!((found[0].as_str(), found.len() > 1), ("Lone Wolf Studio", true), "{found:?}");
    browser.keys("<esc>snsn");
    assert_eq!(listed(&browser)[0], "Lone Wolf Studio");
    // What does not match is not shown, pinned or not.
    browser.keys("/bergen");
    assert_eq!(listed(&browser), ["Store 002 Bergen"]);
    // A scope that it does not belong to is not its place.
    browser.keys("<esc>:retail north<enter>");
    assert!(!listed(&browser).contains(&"Lone Wolf Studio".to_owned()));
}

#[test]
fn the_cursor_goes_to_the_best_match_though_a_pinned_one_stands_above() {
    let mut browser = started();
    browser.keys("/wolf<enter>f<esc>g/store");
    browser.keys("<c-u>sto");
    assert_eq!(listed(&browser)[0], "Lone Wolf Studio");
    let selected = browser.state.accounts.selected.clone().unwrap();
    assert_ne!(selected, account_key(WOLF), "{}", browser.text());
}

#[test]
fn pins_are_there_at_the_next_start_and_after_a_sync_and_again_takes_them_down() {
    let mut browser = started();
    browser.keys("/wolf<enter>f<esc>");
    for size in SIZES {
        let mut next = again(&browser, size);
        snap(&format!("pins_{}x{}", size.0, size.1), &mut next);
        assert!(next.text().contains("★Lone Wolf Studio"), "{}", next.text());
        assert_eq!(listed(&next)[0], "Lone Wolf Studio");
    }
    let mut next = again(&browser, (140, 40));
    let mut world = World::default();
    world.accounts.insert(0, {
        let mut new = world.accounts[2].clone();
        new.key = account_key("new");
        new.name = "AAA".into();
        new
    });
    next.world = Arc::new(world);
    next.keys("R");
    next.pass(2_000);
    assert_eq!(listed(&next)[..2], ["Lone Wolf Studio", "AAA"]);
    next.keys("gf");
    assert_eq!(listed(&next)[0], "AAA");
    assert_eq!(pins(&next).last().unwrap().1, None, "nothing is kept of what is not pinned");
}

#[test]
fn what_another_program_left_under_the_name_of_a_pin_harms_nobody() {
    for name in ["pin ", "pin {}", "pin nonsense", "pin {\"team\":{\"id\":\"1\"}}", "pin {\"account\":7}"] {
        let kept = Kept { named: vec![(name.into(), "1".into())], ..Kept::default() };
        assert_eq!(listed(&over(kept, (100, 30))), listed(&started()), "{name}");
    }
}

#[test]
fn a_pinned_organization_stands_first_among_those_beside_it() {
    let mut browser = started();
    let above = |browser: &mut Browser, one: &str, other: &str| {
        let text = browser.text();
        let tree = |line: &str| line.chars().take(34).collect::<String>();
        let place = |words: &str| text.lines().position(|line| tree(line).contains(words));
        place(one).unwrap() < place(other).unwrap()
    };
    let harbour = |organization: &Organization| organization.key == organization_key("o4");
    assert!(browser.world.organizations.iter().any(harbour));
    assert!(above(&mut browser, "Aurora Group", "Harbour Holdings"));
    browser.keys("<tab><tab>");
    assert_eq!(browser.state.focus, PaneId::Organizations);
    browser.keys("Gf");
    let text = browser.text();
    assert!(text.contains("Harbour Holdings ★") && above(&mut browser, "Harbour Holdings ★", "Aurora Group"), "{text}");
    let mut next = again(&browser, (140, 40));
    assert!(above(&mut next, "Harbour Holdings ★", "Aurora Group"), "{}", next.text());
}

#[test]
fn the_palette_begins_with_what_is_pinned() {
    let mut browser = started();
    browser.keys("/wolf<enter>f<esc><tab><tab>Gf<tab>:");
    let text = browser.text();
    let first: Vec<&str> = text.lines().filter(|line| line.contains('★') && line.contains("prod")).collect();
    assert!(first.iter().any(|line| line.contains("Lone Wolf")) && first.iter().any(|line| line.contains("Harbour")));
    browser.keys("<enter>");
    assert_eq!(browser.state.accounts.selected, Some(account_key(WOLF)), "{text}");
    assert_eq!(browser.state.focus, PaneId::Detail);
    // What is typed finds it once.
    browser.keys(":lone wolf");
    let text = browser.text();
    let found = text.lines().filter(|line| line.contains("account") && line.contains("Lone Wolf Studio"));
    assert_eq!(found.count(), 1, "{text}");
}

#[test]
fn only_accounts_and_organizations_are_pinned() {
    let mut browser = started();
    browser.keys("<tab><tab>gf");
    assert!(browser.text().contains("choose an account or an organization first"), "{}", browser.text());
    assert!(pins(&browser).is_empty());
}
