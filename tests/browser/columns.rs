//! The list's columns: which, in which order, how wide; kept for each connection and for all of them together.

use acctui::app::columns::columns;
use acctui::app::{Effect, Fact, Keep, Kept};
use acctui::domain::{ConnectionName, Protection};

use crate::harness::{Browser, World, connection, setup, snap, spec, spec_of};

fn over(kept: Kept, width: u16, height: u16) -> Browser {
    let mut browser = Browser::with(setup(Protection::Confirm), World::default(), width, height);
    browser.send(Fact::Own(Box::new(kept)));
    browser
}

fn ids(browser: &Browser) -> Vec<&'static str> {
    columns(&browser.state).iter().map(|column| column.id).collect()
}

/// What was to be kept last under a name of its own.
fn kept(browser: &Browser) -> (String, Option<String>) {
    let keeps = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(Keep::Named { name, text }) => Some((name.clone(), text.clone())),
        _ => None,
    });
    keeps.unwrap()
}

fn head(browser: &mut Browser) -> String {
    let text = browser.text();
    text.lines().find(|line| line.contains("Name")).unwrap_or_default().to_owned()
}

#[test]
fn columns_are_hidden_shown_and_moved_and_that_comes_back() {
    let mut browser = over(Kept::default(), 140, 40);
    let usual = ids(&browser);
    assert_eq!(usual[0], "name");
    // The second goes, and the third to the front.
    browser.keys("Cj<space>jKK<esc>");
    let expected: Vec<&str> = [usual[2], "name"].into_iter().chain(usual[3..].iter().copied()).collect();
    assert_eq!(ids(&browser), expected);
    let (name, text) = kept(&browser);
    assert_eq!(name, "columns prod");
    let again = over(Kept { named: vec![(name.clone(), text.unwrap())], ..Kept::default() }, 140, 40);
    assert_eq!(ids(&again), expected);
    browser.keys("Cr<esc>");
    assert_eq!(ids(&browser), usual);
    assert_eq!(kept(&browser), (name, None), "nothing is kept of what is as usual");
}

#[test]
fn the_name_is_always_shown_whatever_is_on_disk() {
    let mut browser = over(Kept::default(), 140, 40);
    browser.keys("C<space>");
    assert!(browser.text().contains("the name is always shown"), "{}", browser.text());
    for text in ["[]", "[{\"column\":\"of a later version\"}]", "no JSON"] {
        let kept = Kept { named: vec![("columns prod".into(), text.into())], ..Kept::default() };
        assert!(ids(&over(kept, 140, 40)).contains(&"name"), "{text}");
    }
}

#[test]
fn a_width_of_ones_own_is_kept_to_and_given_up_again() {
    let mut browser = over(Kept::default(), 140, 40);
    let second = columns(&browser.state)[1];
    browser.keys("Cj+++<esc>");
    assert_eq!(columns(&browser.state)[1].min, second.min + 6);
    assert_eq!(columns(&browser.state)[1].max, second.min + 6);
    let (_, text) = kept(&browser);
    assert!(text.unwrap().contains(&format!("\"width\":{}", second.min + 6)));
    browser.keys("Cj");
    for _ in 0..40 {
        browser.keys("-");
    }
    browser.keys("<esc>");
    assert_eq!(columns(&browser.state)[1].min, 2, "something of it stays");
    browser.keys("Cj=<esc>");
    assert_eq!((columns(&browser.state)[1].min, columns(&browser.state)[1].max), (second.min, second.max));
}

#[test]
fn a_name_of_fixed_width_leaves_the_rest_to_the_others_at_every_size() {
    let mut browser = over(Kept::default(), 140, 40);
    browser.keys("C----<esc>");
    assert!(head(&mut browser).contains("Name"));
    for (width, height) in [(140, 40), (100, 30), (60, 20), (20, 6), (500, 200)] {
        browser = over(
            Kept {
                named: vec![(
                    "columns prod".into(),
                    "[{\"column\":\"name\",\"width\":200},{\"column\":\"id\",\"width\":200}]".into(),
                )],
                ..Kept::default()
            },
            width,
            height,
        );
        assert!(browser.text().contains("Name"), "{width}x{height}");
    }
}

#[test]
fn the_list_of_all_connections_has_its_own_and_every_letter_once() {
    let mut both = setup(Protection::Confirm);
    let lab = ConnectionName::new("lab");
    both.connections.push(connection(lab.clone(), spec_of("huawei"), Protection::Confirm));
    let other = World { connection: lab, kind: spec_of("huawei"), ..World::default() };
    let mut browser = Browser::among(both, World::default(), vec![other], 140, 40);
    browser.send(Fact::Own(Box::default()));
    browser.keys("C");
    let text = browser.text();
    assert!(text.contains("Columns · all connections"), "{text}");
    let listed = text.to_lowercase();
    assert!(spec().columns.iter().all(|column| listed.contains(&column.title.to_lowercase())), "{text}");
    // All of them.
    browser.keys("G");
    let hidden = text.matches('○').count();
    for _ in 0..hidden {
        browser.keys("<space>k");
    }
    browser.keys("<esc>");
    assert_eq!(kept(&browser).0, "columns ");
    let columns = columns(&browser.state);
    let mut letters: Vec<char> = columns.iter().map(|column| column.letter).collect();
    letters.sort_unstable();
    letters.dedup();
    assert_eq!(letters.len(), columns.len(), "{columns:?}");
}

#[test]
fn the_choice_stands_over_the_list() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut browser = over(Kept::default(), width, height);
        browser.keys("Cj<space>j++");
        browser.pass(1000);
        snap(&format!("columns_{width}x{height}"), &mut browser);
    }
}

#[test]
fn where_there_is_little_room_the_status_stays_longer_than_the_place() {
    let head = |kinds: &[(&str, &'static acctui::provider::Spec)], width: u16| {
        let world = World { kind: kinds[0].1, ..World::default() };
        let mut browser = Browser::with(crate::forms::setup_of(kinds), world, width, 20);
        browser.text().lines().find(|line| line.contains("Name")).unwrap().to_owned()
    };
    let (aws, huawei, cloudflare) = (spec_of("aws"), spec_of("huawei"), spec_of("cloudflare"));
    for (kind, title) in [(aws, "State"), (huawei, "Status")] {
        let narrow = head(&[("prod", kind)], 50);
        assert!(narrow.contains(title) && !narrow.contains("Organization"), "{narrow}");
        let wider = head(&[("prod", kind)], 60);
        assert!(wider.contains(title) && wider.contains("Organization"), "{wider}");
    }
    let all = head(&[("prod", cloudflare), ("other", aws)], 60);
    assert!(all.contains("Provider") && all.contains("Status") && !all.contains("Organization"), "{all}");
}
