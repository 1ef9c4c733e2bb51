//! Names of thousands of characters: what they stand beside stays in sight.

use acctui::domain::{ChangeKind, Diff, Protection, Subject, Untrusted};

use crate::harness::{Browser, World, account_key, record, setup};

/// The names of the first three accounts of the world are these.
fn world() -> World {
    let mut world = World::default();
    for (account, words) in world.accounts.iter_mut().zip(["Aurora ", "株式会社", "x"]) {
        account.name = Untrusted::new(format!("Long {}THE-END", words.repeat(1_000)));
    }
    world.organizations[0].name = Untrusted::new(format!("Root {}", "of them ".repeat(200)));
    world
}

fn browser(size: (u16, u16)) -> Browser {
    Browser::with(setup(Protection::Confirm), world(), size.0, size.1)
}

/// How many lines stand from the first that has some words to the one before that with others.
fn lines_between(screen: &str, from: &str, to: &str) -> usize {
    let at = |words: &str| {
        screen.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}\n{screen}"))
    };
    at(to) - at(from)
}

#[test]
fn the_picker_has_room_for_its_tree() {
    for size in [(60, 20), (100, 24), (140, 40)] {
        let mut browser = browser(size);
        browser.keys("/long<enter>*m");
        let screen = browser.screen();
        assert!(lines_between(&screen, "┃ accounts ", "┃ from  ") <= 2, "{screen}");
        assert!(lines_between(&screen, "┃ from  ", "not marked yet") <= 2, "{screen}");
        assert!(screen.contains("Harbour Holdings") && !screen.contains("THE-END"), "{screen}");
        // Each of them is there by its beginning.
        assert_eq!(
            screen.split("┃ accounts ").nth(1).unwrap().split("from  ").next().unwrap().matches("Long").count(),
            3
        );
    }
}

#[test]
fn names_that_fit_into_two_lines_are_whole() {
    let mut browser = Browser::start(100, 24);
    browser.keys("/store<enter>*m");
    assert!(browser.screen().contains("Store 001 Oslo, Store 002 Bergen, Store 003 Tromso"), "{}", browser.screen());
}

#[test]
fn a_form_shows_its_fields_below_the_name() {
    for size in [(60, 20), (100, 24)] {
        for key in ["e", "E"] {
            let mut browser = browser(size);
            browser.keys("/long aurora<enter>").keys(key);
            let screen = browser.screen();
            assert!(lines_between(&screen, "┃ Long Aurora", "┃ prod confirm") <= 2, "{screen}");
            assert!(screen.contains(if key == "e" { "Business name" } else { "Name" }), "{screen}");
            assert!(screen.contains('…'), "{screen}");
        }
    }
}

#[test]
fn one_in_the_journal_takes_no_column_from_the_others() {
    let change = |at: &str, name: &str| {
        let mut record = record(Subject::Account(account_key("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b")), ChangeKind::Profile);
        record.change = at.into();
        record.name = Untrusted::new(name);
        record.diff = vec![Diff { field: "business_name".into(), from: Some("Old".into()), to: Some("New".into()) }];
        record
    };
    for size in [(140, 40), (100, 30)] {
        let mut browser = browser(size);
        browser.note(&[change("1-1", "Short"), change("1-2", &"Long ".repeat(500))]);
        browser.keys("J");
        let screen = browser.screen();
        let whole = screen.lines().filter(|line| line.contains("prod ") && line.contains("Old → "));
        assert_eq!(whole.count(), 2, "{screen}");
    }
}

#[test]
fn the_journal_and_titles_keep_what_stands_behind_a_long_name() {
    for size in [(60, 20), (100, 24), (140, 40)] {
        let mut browser = browser(size);
        browser.keys("/long aurora<enter>m");
        let screen = browser.screen();
        let title = screen.lines().find(|line| line.contains(" Move · Long Aurora")).unwrap();
        assert!(title.contains("… · prod "), "{screen}");
        // Where it leads to is what can't be cut away.
        browser.keys("/north<enter>");
        let screen = browser.screen();
        let to = screen.lines().find(|line| line.contains("┃ to ")).unwrap();
        assert!(to.contains("… › Aurora Retail › Retail North"), "{screen}");
    }
    let mut browser = browser((60, 20));
    browser.keys("/long aurora<enter>e<end> x<c-s>");
    for _ in 0..300 {
        if !browser.state.modals.is_empty() {
            browser.keys("<enter>");
        }
    }
    browser.keys("J<enter>");
    let screen = browser.screen();
    assert!(screen.contains("┃ edit profile of account  ") || screen.contains("┃ edit of account  "), "{screen}");
    assert_eq!(lines_between(&screen, "┃ Long Aurora", "┃ id  "), 3, "{screen}");
    browser.keys("G");
    assert!(browser.screen().contains("THE-END"), "the whole of it stands at the end\n{}", browser.screen());
}

/// How many presses of Enter lead from a plan's first page to its last.
fn pages(browser: &mut Browser) -> usize {
    let mut pages = 0;
    while browser.screen().contains(" reads on: ") {
        browser.keys("<enter>");
        pages += 1;
        assert!(pages < 300, "{}", browser.screen());
    }
    pages
}

#[test]
fn a_plan_tells_a_very_long_name_that_it_does_not_set_in_short_and_x_shows_it() {
    for size in [(60, 20), (100, 24), (140, 40)] {
        let mut browser = browser(size);
        browser.keys("/long aurora<enter>D");
        let mut screens = browser.screen();
        for _ in 0..12 {
            if screens.contains("Type ") {
                break;
            }
            browser.keys("<enter>");
            screens.push_str(&browser.screen());
        }
        assert!(screens.contains("Type "), "a dozen presses of Enter lead to the word\n{screens}");
        for words in ["Long Aurora", "THE-END", " characters in all: x", "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b"] {
            assert!(screens.contains(words), "{words} is not on any page\n{screens}");
        }
        let mut browser = self::browser(size);
        browser.keys("/long aurora<enter>Dx");
        assert!(!browser.screen().contains("x shows them"), "{}", browser.screen());
    }
}

#[test]
fn a_very_long_name_that_a_change_sets_is_on_the_screen_to_its_last_letter() {
    let mut browser = Browser::start(60, 20);
    browser.keys("/corporate<enter>e");
    browser.send(acctui::app::Fact::Paste("New ".repeat(300)));
    browser.keys("<c-s>");
    assert!(!browser.screen().contains("x shows them"), "{}", browser.screen());
    assert!(pages(&mut browser) >= 2, "{}", browser.screen());
}

#[test]
fn what_a_cell_has_no_room_for_is_slid_into_sight() {
    let mut world = World::default();
    let name = "Aurora Stores of the North and of the South, seen from the West THE-END";
    world.accounts[0].name = Untrusted::new(name);
    let mut browser = Browser::with(setup(Protection::Confirm), world, 60, 20);
    assert!(browser.screen().contains("Aurora Stores of"), "{}", browser.screen());
    assert!(!browser.screen().contains("THE-END"), "{}", browser.screen());
    browser.keys("))");
    let screen = browser.screen();
    assert!(screen.contains('…') && !screen.contains("Aurora Stores of"), "{screen}");
    assert!(screen.contains("Store 002 Bergen"), "what fits stays as it is: {screen}");
    // No further than to the end, and back from there at once.
    browser.keys("))))))))))))))))");
    assert!(browser.screen().contains("THE-END"), "{}", browser.screen());
    browser.keys("(");
    assert!(!browser.screen().contains("THE-END"), "{}", browser.screen());
    browser.keys("((((((((((((((((");
    assert!(browser.screen().contains("Aurora Stores of"), "{}", browser.screen());
    // What the filter matched is where it stands.
    browser.keys("/'the-end<enter>)))))))))))))))))");
    assert!(browser.screen().contains("THE-END"), "{}", browser.screen());
}
