//! Names that can be taken for each other: a mark beside them, the ids on screen whatever else goes, and a word where
//! something is about to be changed.

use std::sync::Arc;

use acctui::app::{Fact, Kept, Modal};
use acctui::domain::{Organization, Protection, Untrusted};
use acctui::panes::accounts;
use ratatui::style::Modifier;

use crate::harness::{Browser, World, account_key, connection, organization_key, setup, snap, spec_of};

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
    let before = line(&mut browser, "Name");
    for keys in ["/", "o", "s", "lo", "<esc>"] {
        browser.keys(keys);
        assert_eq!(line(&mut browser, "Name"), before, "no column jumps while a filter is typed: {keys}");
    }
    let mut plain = among(World::default(), Kept::default(), (60, 20));
    assert_ne!(line(&mut plain, "Name"), before, "no name of this list looks like another");
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

/// Two connections of one provider: an account of the second has the name of one of the first.
fn two(size: (u16, u16)) -> Browser {
    let mut setup = setup(Protection::Confirm);
    setup.connections.push(connection("lab".into(), spec_of("cloudflare"), Protection::Confirm));
    let mut other = World { connection: "lab".into(), ..World::default() };
    other.accounts.truncate(2);
    other.accounts[0].name = Untrusted::new("HARBOUR SHlPPING");
    other.accounts[1].name = Untrusted::new("Nobody else");
    Browser::among(setup, World::default(), vec![other], size.0, size.1)
}

#[test]
fn names_of_several_connections_that_look_the_same_have_a_mark_and_the_connection_beside_them() {
    for size in SIZES {
        let mut browser = two(size);
        let harbour = line(&mut browser, "Harbour Shipping");
        assert!(harbour.contains('≈') && harbour.contains("prod"), "{harbour}");
        let other = line(&mut browser, "HARBOUR SHlPPING");
        assert!(other.contains('≈') && other.contains("lab"), "{other}");
        assert!(!line(&mut browser, "Nobody else").contains('≈'));
    }
    // Without colours the row under the cursor is reversed, and nothing faint can be read in it.
    let mut browser = two((140, 40));
    browser.state.setup.no_color = true;
    browser.keys("/harbour s<enter>");
    let frame = browser.frame();
    let sign = frame.content.iter().find(|cell| cell.symbol() == "≈" && cell.modifier.contains(Modifier::REVERSED));
    assert!(!sign.unwrap().modifier.contains(Modifier::DIM), "{sign:?}");
    // The detail says it in words; where one connection is listed, nothing there can be taken for it.
    let mut browser = two((140, 40));
    browser.keys("/harbour s<enter><enter>");
    browser.pass(2_000);
    assert!(browser.text().contains("≈ an account of another"), "{}", browser.text());
    browser.keys("<esc><f2><enter>");
    assert!(!line(&mut browser, "Shipping").contains('≈'), "{}", browser.text());
}

#[test]
fn the_column_that_the_list_is_sorted_by_has_its_sign_however_narrow_it_is() {
    for width in (60..140).step_by(3) {
        let mut browser = two((width, 30));
        let head = line(&mut browser, "Name");
        let shown: Vec<&str> = head.split(|char: char| !char.is_alphabetic()).collect();
        for column in accounts::sort_keys(&browser.state).iter().filter(|column| shown.contains(&&*column.words)) {
            browser.keys("s").press(column.key);
            let head = line(&mut browser, "Name");
            let is_first = |after: &str| !after.starts_with(|char: char| char.is_ascii_digit());
            assert!(head.split('↑').skip(1).any(is_first), "{}, {width} columns: {head}", column.words);
        }
    }
}

#[test]
fn labels_take_no_room_from_what_tells_accounts_apart() {
    for size in SIZES {
        let mut setup = setup(Protection::Confirm);
        setup.connections.push(connection("lab".into(), spec_of("cloudflare"), Protection::Confirm));
        let mut other = World { connection: "lab".into(), ..World::default() };
        other.accounts.truncate(2);
        other.accounts[0].name = Untrusted::new("HARBOUR SHlPPING");
        other.accounts[1].name = Untrusted::new("Harbour Shipping");
        let mut browser = Browser::among(setup, World::default(), vec![other], size.0, size.1);
        browser.keys("/harbour s<enter>Lvip<enter>");
        let head = line(&mut browser, "Name");
        assert!(head.contains("ID") && head.contains("Connection"), "{size:?}: {}", browser.text());
        let other = line(&mut browser, "HARBOUR S");
        assert!(other.contains("lab"), "{other}");
    }
}

#[test]
fn a_form_says_that_another_one_has_the_name_or_one_that_looks_like_it_and_forbids_nothing() {
    for size in SIZES {
        let mut browser = two(size);
        browser.keys("<f2><enter>n");
        browser.keys("Harbour Shippin");
        assert!(!browser.text().contains('≈'), "{}", browser.text());
        browser.keys("g");
        assert!(browser.text().contains("≈ an account here has this name"), "{}", browser.text());
        browser.keys("<c-u>Nobody e1se");
        assert!(browser.text().contains("≈ an account of lab looks the same: Nobody"), "{}", browser.text());
        browser.keys("<c-u>harb0ur shipping<c-s>");
        assert!(matches!(browser.state.modals.last(), Some(Modal::Plan(_))), "{}", browser.text());
    }
    // Its own name is no other's.
    let mut browser = among(World::default(), Kept::default(), (140, 40));
    browser.keys("/harbour s<enter>E<end>x<bs>");
    assert!(!browser.text().contains('≈'), "{}", browser.text());
    browser.keys("<c-u>Lone Wolf Studio");
    assert!(browser.text().contains("≈ an account here has this name"), "{}", browser.text());
}

#[test]
fn a_form_of_organizations_looks_at_those_beside_it() {
    let mut browser = among(World::default(), Kept::default(), (140, 40));
    browser.keys("<backtab>Nharbour h0ldings");
    assert!(browser.text().contains("≈ one beside it looks the same: Harbour Holdings"), "{}", browser.text());
    browser.keys("<c-u>Aurora Retail");
    assert!(!browser.text().contains('≈'), "that one stands elsewhere: {}", browser.text());
}
