//! Names that can be taken for each other: a mark beside them, the ids on screen whatever else goes, and a word where
//! something is about to be changed.

use std::sync::Arc;

use acctui::app::{Fact, Kept};
use acctui::domain::{Organization, Protection, Untrusted};

use crate::harness::{Browser, World, account_key, organization_key, setup};

/// Two accounts and two organizations with names that look the same: one has Cyrillic letters.
fn world() -> World {
    let mut world = World::default();
    world.accounts[1].name = Untrusted::new("Store OO2 Bеrgеn\u{202e} ");
    world.accounts[7].name = Untrusted::new("Store 002 Bergen");
    let twin = |organization: &Organization| {
        let mut twin = organization.clone();
        twin.key = organization_key("o5");
        twin.name = Untrusted::new("HARB0UR HОLDlNGS");
        twin
    };
    let harbour = twin(&world.organizations[3]);
    world.organizations.push(harbour);
    world
}

fn among(world: World, kept: Kept, (width, height): (u16, u16)) -> Browser {
    let mut browser = Browser::with(setup(Protection::Confirm), world, width, height);
    browser.send(Fact::Own(Box::new(kept)));
    browser
}

fn snap(name: &str, browser: &mut Browser) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, browser.screen());
    });
}

fn line(browser: &mut Browser, words: &str) -> String {
    let text = browser.text();
    let line = text.lines().find(|line| line.contains(words));
    line.unwrap_or_else(|| panic!("{words} is not in\n{text}")).to_owned()
}

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];

#[test]
fn names_that_look_the_same_have_a_mark_and_the_ids_come_on_screen() {
    for size in SIZES {
        let mut plain = among(World::default(), Kept::default(), size);
        assert!(!plain.text().contains('≈'), "{}", plain.text());
        let mut browser = among(world(), Kept::default(), size);
        snap(&format!("alike_{}x{}", size.0, size.1), &mut browser);
        let bergen = line(&mut browser, "Store 002 Bergen");
        assert!(bergen.contains("≈") && bergen.contains("07f0c3d7"), "{bergen}");
        let other = line(&mut browser, "Store OO2");
        assert!(other.contains("≈") && other.contains("01f0c3d7"), "{other}");
        assert!(!line(&mut browser, "Store 001 Oslo").contains('≈'));
    }
}

#[test]
fn the_ids_stay_while_a_name_that_looks_like_another_is_listed() {
    for size in SIZES {
        let mut browser = among(world(), Kept::default(), size);
        assert!(line(&mut browser, "Name").contains("ID"));
        // The other one is filtered away: what is listed can still be taken for it.
        browser.keys("/'002 bergen");
        let bergen = line(&mut browser, "Store 002 Bergen");
        assert!(bergen.contains("≈") && bergen.contains("07f0c3d7"), "{bergen}");
    }
    let mut browser = among(world(), Kept::default(), (60, 20));
    browser.keys("/oslo");
    let mut plain = among(World::default(), Kept::default(), (60, 20));
    plain.keys("/oslo");
    assert_eq!(browser.text(), plain.text(), "no name of this list looks like another");
}

#[test]
fn columns_of_the_users_own_without_the_id_have_it_all_the_same() {
    let named = vec![("columns prod".into(), "[{\"column\":\"name\"},{\"column\":\"type\"}]".into())];
    let mut browser = among(world(), Kept { named: named.clone(), ..Kept::default() }, (140, 40));
    assert!(line(&mut browser, "Name").contains("ID"));
    browser.keys("si");
    assert!(line(&mut browser, "Name").contains("ID↑"), "it sorts like any other");
    // The choice itself is as it was.
    browser.keys("C");
    let id = browser.text().lines().rfind(|line| line.contains("ID")).unwrap_or_default().to_owned();
    assert!(!id.contains('✓') && !id.contains('●'), "{}", browser.text());
    let mut plain = among(World::default(), Kept { named, ..Kept::default() }, (140, 40));
    assert!(!line(&mut plain, "Name").contains("ID"));
}

#[test]
fn the_mark_has_an_ascii_form() {
    let mut setup = setup(Protection::Confirm);
    setup.ascii = true;
    let mut browser = Browser::with(setup, world(), 100, 30);
    assert!(line(&mut browser, "Store 002 Bergen").contains(" = "), "{}", browser.text());
}

#[test]
fn plans_say_that_another_account_has_the_name_and_show_escapes() {
    for size in SIZES {
        let mut browser = among(world(), Kept::default(), size);
        browser.keys("/OO2<enter>D");
        snap(&format!("alike_plan_{}x{}", size.0, size.1), &mut browser);
        let text = browser.text();
        assert!(text.contains("≈ another account has this name") && text.contains("\\u{202e}"), "{text}");
    }
    let mut browser = among(world(), Kept::default(), (140, 40));
    browser.keys("/store<enter>*D");
    let text = browser.text();
    assert_eq!(text.matches("≈ another account has this name").count(), 2, "{text}");
    let mut browser = among(world(), Kept::default(), (140, 40));
    browser.keys("/lone<enter>D");
    assert!(browser.text().contains("Plan") && !browser.text().contains("has this name"), "{}", browser.text());
}

#[test]
fn organizations_that_stand_beside_each_other_are_told_apart_by_their_ids() {
    let mut browser = among(world(), Kept::default(), (140, 40));
    let harbour = line(&mut browser, "HARB0UR");
    assert!(harbour.contains("≈ o5"), "{harbour}");
    browser.keys("/lone<enter>m");
    let text = browser.text();
    assert!(text.contains("≈ o4") && text.contains("≈ o5"), "{text}");
}

#[test]
fn a_name_that_is_changed_is_told_apart_no_longer() {
    let mut browser = among(world(), Kept::default(), (140, 40));
    assert!(line(&mut browser, "Store 002 Bergen").contains('≈'));
    let mut world = world();
    world.accounts[1].name = Untrusted::new("Aurora Web Shop");
    browser.world = Arc::new(world);
    browser.keys("R");
    browser.pass(2_000);
    assert!(!line(&mut browser, "Store 002 Bergen").contains('≈'), "{}", browser.text());
    assert!(browser.state.snapshot.row(&account_key("07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b")).is_some());
}
