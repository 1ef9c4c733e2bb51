//! Saved views: saved under a name, opened by their list or a number key, renamed, deleted and brought back.

use acctui::app::{Effect, Fact, Keep, Kept, views};
use acctui::domain::Protection;
use acctui::inventory::Scope;

use crate::harness::{Browser, World, organization_key, setup, snap};

fn over(named: Vec<(String, String)>, width: u16, height: u16) -> Browser {
    let mut browser = Browser::with(setup(Protection::Confirm), World::default(), width, height);
    browser.send(Fact::Own(Box::new(Kept { named, ..Kept::default() })));
    browser
}

fn started() -> Browser {
    over(Vec::new(), 140, 40)
}

fn names(browser: &Browser) -> Vec<(String, Option<u8>)> {
    views::all(&browser.state).map(|(name, view)| (name.to_owned(), view.number)).collect()
}

fn typed(browser: &Browser) -> &str {
    browser.state.accounts.filter.value()
}

/// All that the disk has in the end.
fn kept(browser: &Browser) -> Vec<(String, String)> {
    let mut all = std::collections::BTreeMap::new();
    for effect in &browser.effects {
        if let Effect::Keep(Keep::Named { name, text }) = effect {
            all.insert(name.clone(), text.clone());
        }
    }
    all.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

#[test]
fn a_view_brings_back_scope_filter_order_and_columns_also_after_a_restart() {
    let mut browser = started();
    browser.state.accounts.set_scope(Scope::Organization(organization_key("o3")));
    browser.keys("/store<enter>snCjj<space><esc>");
    let (sort, columns) = (browser.state.accounts.sort.clone(), acctui::app::columns::columns(&browser.state));
    browser.keys("VStores 1<enter>");
    assert!(browser.text().contains("Stores 1 is saved: 1 opens it"), "{}", browser.text());
    assert_eq!(names(&browser), [("Stores 1".to_owned(), Some(1))]);
    let mut named = kept(&browser);
    // What the connection has by itself is another choice.
    named.retain(|(name, _)| name.starts_with("view "));
    let mut again = over(named, 140, 40);
    again.keys("1");
    assert_eq!(again.state.accounts.scope, Scope::Organization(organization_key("o3")));
    assert_eq!(typed(&again), "store");
    assert_eq!(again.state.accounts.sort, sort);
    assert_eq!(acctui::app::columns::columns(&again.state), columns);
    assert!(again.text().contains("Stores 1"), "the title says which view it is");
    again.keys("<esc>");
    assert!(!again.text().contains("Stores 1"), "it is another now");
    again.keys(":stores 1<enter>");
    assert_eq!((typed(&again), again.state.modals.len()), ("store", 0), "the palette has it, too");
}

#[test]
fn digits_are_text_in_fields_and_say_what_they_lack() {
    let mut browser = started();
    browser.keys("1");
    assert!(browser.text().contains("no view is on this key: V saves one"), "{}", browser.text());
    browser.keys("/lone<enter>Vlone<enter><esc>/12");
    assert_eq!(typed(&browser), "12");
    browser.keys("<esc>V1");
    assert!(browser.text().contains("Save as    1"), "{}", browser.text());
}

#[test]
fn what_is_deleted_comes_back() {
    let mut browser = started();
    browser.keys("/lone<enter>Vlone<enter><esc>V<down>d");
    assert!(names(&browser).is_empty());
    assert!(kept(&browser).is_empty());
    browser.keys("u");
    assert_eq!(names(&browser), [("lone".to_owned(), Some(1))]);
    assert_eq!(kept(&browser).len(), 1);
    browser.keys("<enter>");
    assert_eq!(typed(&browser), "lone");
}

#[test]
fn a_view_gets_another_name_and_another_key() {
    let mut browser = started();
    browser.keys("Vall<enter>/lone<enter>Vlone<enter>V<down><down>r<c-u>wolf<enter>");
    assert_eq!(names(&browser), [("all".to_owned(), Some(1)), ("wolf".to_owned(), Some(2))]);
    browser.keys("1");
    assert_eq!(names(&browser), [("wolf".to_owned(), Some(1)), ("all".to_owned(), None)]);
    let again = over(kept(&browser), 140, 40);
    assert_eq!(names(&again), names(&browser));
}

#[test]
fn a_name_that_is_taken_takes_the_new_look_and_the_old_one_comes_back() {
    let mut browser = started();
    browser.keys("/lone<enter>Vmine<enter><esc>/store<enter>Vmine<enter><esc>1");
    assert_eq!(typed(&browser), "store");
    browser.keys("V<down>u<enter>");
    assert_eq!(typed(&browser), "lone");
}

#[test]
fn a_view_without_a_name_or_of_a_connection_that_is_not_here_says_so() {
    let mut browser = started();
    browser.keys("V<enter>");
    assert!(browser.text().contains("a view needs a name"), "{}", browser.text());
    let other = ("view lab".to_owned(), "{\"number\":1,\"scope\":{\"connection\":\"lab\"}}".to_owned());
    let broken = ("view broken".to_owned(), "no JSON".to_owned());
    let mut browser = over(vec![broken, other], 140, 40);
    browser.keys("1");
    assert!(browser.text().contains("not among the connections"), "{}", browser.text());
    assert_eq!(browser.state.accounts.scope, Scope::All);
}

#[test]
fn the_views_stand_in_a_list() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut browser = over(Vec::new(), width, height);
        browser.keys("Veverything<enter>/store<enter>snVStores in the north<enter>V<down>");
        browser.pass(10_000);
        snap(&format!("views_{width}x{height}"), &mut browser);
    }
}

#[test]
fn the_columns_of_the_view_that_was_open_come_back_with_the_session() {
    let mut browser = started();
    browser.keys("Cjj<space><esc>");
    browser.keys("VFew columns<enter>");
    let mut named = kept(&browser);
    // What the connection has by itself is as usual.
    named.retain(|(name, _)| name.starts_with("view "));
    let mut opened = over(named.clone(), 140, 40);
    let usual = acctui::app::columns::columns(&opened.state);
    opened.keys("1");
    let columns = acctui::app::columns::columns(&opened.state);
    assert_ne!(columns, usual);
    opened.keys("q");
    let session = opened.effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(Keep::Session { text, .. }) => Some(text.clone()),
        _ => None,
    });
    let after = |named: &[(String, String)]| {
        let mut browser = Browser::with(setup(Protection::Confirm), World::default(), 140, 40);
        let (session, named) = (session.clone(), named.to_vec());
        assert!(session.is_some());
        browser.send(Fact::Own(Box::new(Kept { session, named, ..Kept::default() })));
        browser
    };
    let mut again = after(&named);
    assert_eq!(acctui::app::columns::columns(&again.state), columns);
    assert!(again.text().contains("Few columns"), "{}", again.text());
    // A view that another process deleted leaves its columns, and no name.
    let mut without = after(&[]);
    assert_eq!(acctui::app::columns::columns(&without.state), columns);
    assert!(!without.text().contains("Few columns"), "{}", without.text());
    // Another choice of columns takes their place.
    again.keys("Cr<esc>");
    assert_eq!(acctui::app::columns::columns(&again.state), usual);
}
