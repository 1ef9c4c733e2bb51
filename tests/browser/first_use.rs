//! What somebody meets who uses the program for the first time: nothing is lost on the way to the tree and back, keys that
//! do nothing here say so, and what is on screen says what it is.

use acctui::app::{Effect, Fact};
use acctui::domain::{Difference, HistoryEntry, Key, Moment, Observed, Protection, Subject, Untrusted};
use acctui::inventory::Scope;
use acctui::panes::{PaneId, detail, organizations};
use ratatui::style::Modifier;

use crate::harness::{Browser, World, account_key, connection, organization_key, setup, spec_of};

/// So many accounts that the list has to be scrolled.
fn long_list(width: u16, height: u16) -> Browser {
    let mut world = World::default();
    for nth in 0..200 {
        let mut account = world.accounts[nth % 9].clone();
        account.key = account_key(&format!("f{nth:04}"));
        account.name = Untrusted::new(format!("Depot {nth:04}"));
        world.accounts.push(account);
    }
    Browser::with(setup(Protection::Confirm), world, width, height)
}

/// The list as it is on screen: scope, account under the cursor, and the rows that are seen.
fn list(browser: &mut Browser) -> (Scope, Option<String>, Vec<u32>) {
    let pane = &browser.state.accounts;
    let selected = pane.selected.as_ref().map(|key| key.id.to_string());
    (pane.scope.clone(), selected, pane.in_view(10))
}

#[test]
fn leaving_the_tree_without_a_choice_brings_back_scope_cursor_and_scroll() {
    for (width, height, way_in, way_out) in [
        (140, 40, "<backtab>", "<tab>"),
        (140, 40, "<backtab>", "<esc>"),
        (140, 40, "<tab><tab>", "<tab>"),
        (100, 30, "t", "t"),
        (100, 30, "t", "<esc>"),
        (60, 20, "<backtab>", "<esc>"),
    ] {
        let mut browser = long_list(width, height);
        browser.keys("Gkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk");
        let before = list(&mut browser);
        browser.keys(way_in);
        assert_eq!(browser.state.focus, PaneId::Organizations);
        for key in "jjjjj".chars() {
            browser.press(Key::char(key));
        }
        browser.keys(way_out);
        assert_eq!(browser.state.focus, PaneId::Accounts, "{way_in} {way_out}");
        assert_eq!(list(&mut browser), before, "{width} {way_in} {way_out}");
        browser.keys("j");
        assert_ne!(list(&mut browser).1, before.1, "the next key goes on from there");
    }
}

#[test]
fn enter_in_the_tree_stays_there_and_a_click_on_a_previewed_row_is_a_choice() {
    let mut browser = long_list(140, 40);
    browser.keys("G<backtab>jjj<enter>");
    assert_eq!(browser.state.accounts.scope, Scope::Organization(organization_key("o4")));
    let mut clicked = long_list(140, 40);
    clicked.keys("G<backtab>jjj");
    clicked.send(Fact::Mouse(acctui::app::MouseKind::Click, 60, 4));
    let shown = clicked.state.accounts.selected.clone().unwrap();
    assert_ne!(shown, account_key("f0199"));
    assert!(clicked.state.accounts.current().is_some_and(|row| row.has_key(&shown)));
}

#[test]
fn keys_typed_while_the_way_back_is_looked_for_act_on_the_rows_that_come() {
    let mut browser = long_list(140, 40);
    browser.keys("Gkkk");
    let before = list(&mut browser);
    browser.keys("<backtab>jj");
    browser.searches = false;
    browser.keys("<tab>k");
    let search = browser.effects.iter().rev().find(|effect| matches!(effect, Effect::Search { .. })).cloned();
    for fact in browser.answer(search.unwrap()) {
        browser.send(fact);
    }
    assert_ne!(list(&mut browser).1, before.1);
    browser.searches = true;
    browser.keys("j");
    assert_eq!(list(&mut browser).1, before.1);
}

#[test]
fn an_order_by_columns_that_are_not_on_screen_stands_in_the_title() {
    let mut browser = Browser::start(200, 40);
    browser.keys("sc");
    assert!(!browser.text().contains("by Created"), "the column's title has the sign: {}", browser.text());
    // Hidden: in the list of columns it is among the first.
    browser.keys("C");
    let lines = browser.text();
    let at = lines.lines().skip_while(|line| !line.contains("Columns · ")).skip(1);
    let at = at.take_while(|line| line.contains('┃')).position(|line| line.contains("Created")).unwrap();
    browser.keys(&format!("{}<space><esc>", "j".repeat(at)));
    browser.says(&["· by Created↑"]);
    browser.keys("sn");
    browser.says(&["· by Name↑, Created↑"]);
    // Without room.
    let mut narrow = Browser::start(60, 20);
    narrow.keys("scsn");
    narrow.says(&["· by Name↑, Created↑"]);
}

#[test]
fn notices_of_the_start_are_all_said_a_line_each() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut setup = setup(Protection::Confirm);
        setup.notices = vec!["keys.toml:3:1: no such action".into(), "theme.toml:1:8: no such theme".into()];
        let mut browser = Browser::with(setup.clone(), World::default(), width, height);
        browser.says(&["keys.toml:3:1: no such action", "theme.toml:1:8: no such theme"]);
        browser.pass(6_000);
        browser.says(&["keys.toml:3:1: no such action"]);
        browser.pass(6_000);
        assert!(!browser.text().contains("no such"), "{}", browser.text());
        setup.notices.extend(["a third".into(), "a fourth".into()]);
        let mut many = Browser::with(setup, World::default(), width, height);
        many.says(&["no such action", "no such theme", "and 2 more: acctui config check says all"]);
    }
}

#[test]
fn the_choice_of_columns_says_which_have_no_room_and_how_to_leave_it() {
    let mut browser = Browser::start(60, 20);
    browser.keys("C");
    browser.says(&["no room", "Esc done"]);
    let mut wide = Browser::start(200, 40);
    wide.keys("zC");
    assert!(!wide.text().contains("no room"), "{}", wide.text());
}

#[test]
fn tab_behind_a_field_without_known_values_stays_and_says_what_it_takes() {
    let mut browser = Browser::start(100, 30);
    browser.keys("/name:<tab>");
    assert!(browser.state.accounts.filtering);
    browser.says(&["name: takes a text"]);
    browser.keys("wolf<tab>");
    assert!(!browser.state.accounts.filtering, "with a value there is nothing to complete: it leaves to the list");
    browser.keys("<esc>/created:<tab>");
    browser.says(&["created: takes a date"]);
}

#[test]
fn siblings_are_in_the_same_organization_and_the_tree_stands_on_it() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/web shop<enter><enter>b");
    let shown = browser.state.accounts.rows().len();
    assert_eq!(shown, 2, "Aurora Retail holds two accounts, and more further down: {}", browser.text());
    assert_eq!(browser.state.accounts.filter.value(), "parent:=\"Aurora Retail\"");
    let node = organizations::Node::Organization(organization_key("o2"));
    assert_eq!(browser.state.organizations.cursor(), Some(&node));
    let selected = browser.state.accounts.current().map(|row| row.name().to_owned());
    assert_eq!(selected.as_deref(), Some("Aurora Web Shop"));
    // Esc undoes it: the list is as it was, with its filter.
    browser.keys("j<esc>");
    assert_eq!((browser.state.accounts.filter.value(), &browser.state.accounts.scope), ("web shop", &Scope::All));
    let selected = browser.state.accounts.current().map(|row| row.name().to_owned());
    assert_eq!(selected.as_deref(), Some("Aurora Web Shop"));
    browser.keys("<esc>");
    assert_eq!(browser.state.accounts.rows().len(), 12, "then the filter goes");
    // What was typed since is what Esc clears; the scope stays.
    browser.keys("/web shop<enter><enter>b/<c-u>bäck<enter><esc>");
    assert_eq!(browser.state.accounts.filter.value(), "");
    assert_ne!(browser.state.accounts.scope, Scope::All);
    assert!(browser.state.accounts.rows().len() > shown);
}

#[test]
fn a_quote_that_may_not_mean_what_it_was_typed_for_is_said() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/name:\"aurora type:standard");
    browser.pass(1_000);
    browser.says(&["In the filter the quote is open", "until another \" closes it"]);
    browser.keys("<c-u>name:\"aurora\"");
    browser.pass(1_000);
    assert!(!browser.text().contains("quote"), "{}", browser.text());
    browser.keys("<c-u>\"aurora web\"");
    browser.pass(1_000);
    browser.says(&["a quote is a letter like others", "holds words together"]);
}

#[test]
fn the_holders_profile_says_whose_it_is_and_esc_leads_back_to_the_tab() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter><enter>ll");
    let target = browser.state.detail.target.clone();
    browser.keys("O");
    browser.pass(1_000);
    assert_eq!(browser.state.detail.target, Some(detail::Target::Of(Subject::Organization(organization_key("o3")))));
    browser.says(&["Detail · Retail North · Esc back"]);
    browser.keys("<esc>");
    assert_eq!((browser.state.focus, browser.state.detail.tab), (PaneId::Detail, detail::Tab::Hierarchy));
    assert_eq!(browser.state.detail.target, target);
    assert!(!browser.text().contains("Esc back"));
    // By any other way out, too.
    browser.keys("O<tab><tab><tab>");
    browser.pass(1_000);
    assert_eq!((browser.state.detail.tab, &browser.state.detail.target), (detail::Tab::Hierarchy, &target));
}

#[test]
fn moments_stay_in_one_piece() {
    let mut world = World::default();
    world.accounts[0].created_at = Some(Untrusted::new("2023-05-06T07:08:09.123456Z"));
    for (width, height) in [(140, 40), (110, 30), (100, 30), (60, 20)] {
        let world = World { accounts: world.accounts.clone(), ..World::default() };
        let mut browser = Browser::with(setup(Protection::Confirm), world, width, height);
        browser.keys("/aurora corporate<enter><enter>");
        browser.pass(1_000);
        browser.says(&["2023-05-06T07:08:09.123456Z"]);
    }
}

#[test]
fn raw_is_never_scrolled_sideways_to_a_blank_page() {
    let mut world = World::default();
    let long = format!("{}THE-END", "x".repeat(300));
    let mut raw = serde_json::json!({ "id": 1, "a": long });
    for nth in 0..100 {
        raw[format!("k{nth:03}")] = "v".into();
    }
    world.accounts[0].raw = raw.into();
    let mut browser = Browser::with(setup(Protection::Confirm), world, 100, 30);
    browser.keys("/aurora corp<enter><enter>lll");
    browser.keys(&")".repeat(30));
    browser.says(&["THE-END"]);
    browser.keys("G");
    browser.says(&["\"k099\": \"v\""]);
    browser.keys("(g");
    browser.says(&["\"id\": 1"]);
}

#[test]
fn the_palette_leaves_out_number_keys_without_a_view() {
    let mut browser = Browser::start(140, 60);
    browser.keys(":open the view");
    assert!(!browser.text().contains("open the view on this key"), "{}", browser.text());
}

#[test]
fn the_palette_ranks_a_whole_name_before_loose_letters() {
    let mut setup = setup(Protection::Confirm);
    setup.connections.push(connection("west".into(), spec_of("aws"), Protection::Confirm));
    let mut world = World::default();
    world.accounts[0].name = Untrusted::new("always on");
    world.accounts[1].name = Untrusted::new("Awsome Things");
    let other = World { connection: "west".into(), kind: spec_of("aws"), accounts: Vec::new(), ..World::default() };
    let mut browser = Browser::among(setup, world, vec![other], 140, 40);
    let first = |browser: &mut Browser| {
        let text = browser.text();
        let line = text.lines().skip_while(|line| !line.contains("Palette")).nth(2).unwrap_or_default().to_owned();
        line.split('┃').nth(1).unwrap_or_default().to_owned()
    };
    // The provider's name is a word of its own; a name begins with it; letters are somewhere.
    browser.keys(":aws");
    assert!(first(&mut browser).contains("connection   west"), "{}", browser.text());
    let text = browser.text();
    let text = text.split("Palette").nth(1).unwrap_or_default();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(place("Awsome") < place("always on"), "{text}");
    browser.keys("<esc>:exit");
    assert!(first(&mut browser).contains("action       quit"), "{}", browser.text());
}

#[test]
fn why_an_action_does_not_apply_is_not_louder_than_what_does() {
    let mut setup = setup(Protection::ReadOnly);
    setup.no_color = true;
    let mut browser = Browser::with(setup, World::default(), 140, 40);
    browser.keys(":edit profile");
    let frame = browser.frame();
    let text = browser.text();
    let y = text.lines().position(|line| line.contains("is read-only")).unwrap();
    let row = (0..140).map(|x| &frame[(x, u16::try_from(y).unwrap())]);
    let line: String = row.clone().map(ratatui::buffer::Cell::symbol).collect();
    let from = line.chars().take_while(|char| *char != '·').count();
    assert!(row.skip(from).take(20).all(|cell| !cell.modifier.contains(Modifier::BOLD)), "{text}");
}

#[test]
fn the_help_is_found_by_what_other_programs_call_it() {
    for (typed, shows) in [
        ("exit", "quit"),
        ("rename", "edit the account's own fields"),
        ("find", "filter"),
        ("reload", "refresh"),
        ("yank", "copy, then what"),
        ("clipboard", "copy, then what"),
        ("org", "organization"),
        ("colour", "theme.toml"),
        ("changes", "journal"),
        ("erase", "delete, close or remove"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(&format!("?/{typed}"));
        browser.says(&[shows]);
    }
}

#[test]
fn a_key_that_waits_elsewhere_says_that_it_does_nothing_here() {
    for (way, key, words) in [
        ("<backtab>", "s", "s does nothing here; in Accounts it is: sort"),
        ("<tab>", "s", "s does nothing here; in Accounts it is: sort"),
        ("J", "s", "s does nothing here; in Accounts it is: sort"),
        ("J", "y", "y does nothing here; in the panes it is: copy"),
        ("?", "y", "y does nothing here"),
        ("<f2>", "y", "y does nothing here"),
        ("aH", "y", "y does nothing here"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(way);
        let modals = browser.state.modals.len();
        browser.keys(key);
        assert!(browser.state.prefix.is_none() && browser.state.modals.len() == modals, "{way}{key}");
        browser.says(&[words]);
        // It swallows nothing: the next key means what it means.
        browser.keys("?");
        assert!(browser.state.modals.len() != modals, "{way}{key}?");
    }
}

#[test]
fn a_toast_that_was_replaced_does_not_come_back_and_news_that_nobody_could_read_does() {
    let mut browser = Browser::start(140, 40);
    let copied =
        |what: &str| Fact::Copied { what: what.into(), missing: 0, result: Ok(acctui::app::CopyWay::Terminal) };
    browser.send(copied("the id"));
    browser.pass(300);
    browser.send(copied("the name"));
    assert!(!browser.text().contains("earlier"), "{}", browser.text());
    browser.pass(300);
    // A hint goes with the next key, and nothing comes in its place.
    browser.keys("s-j");
    assert!(!browser.text().contains("copied"), "{}", browser.text());
    browser.send(Fact::Notice("nobody asked for this".into()));
    browser.pass(100);
    browser.send(copied("the id"));
    browser.pass(6_000);
    browser.says(&["nobody asked for this"]);
    browser.pass(2_500);
    browser.send(copied("the id"));
    browser.pass(6_000);
    assert!(!browser.text().contains("nobody asked"), "it was read: {}", browser.text());
}

#[test]
fn a_rename_stands_once_in_the_history() {
    let entry = |seq, field: &str, from: &str, to: &str| HistoryEntry {
        seq,
        observed: Observed {
            at: Moment(1_767_323_000_000),
            key: account_key("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b"),
            identity: String::new(),
            name: Untrusted::new("Aurora Corporate"),
            difference: Difference::Field { field: field.into(), from: Some(from.into()), to: Some(to.into()) },
        },
    };
    let mut browser = Browser::start(140, 40);
    browser.history = vec![
        entry(4, "name", "\"Old\"", "\"Aurora Corporate\""),
        entry(3, "raw.name", "\"Old\"", "\"Aurora Corporate\""),
        entry(2, "raw.settings.enforce_twofactor", "false", "true"),
    ];
    browser.keys("/corporate<enter><enter>llll");
    browser.pass(1_000);
    browser.says(&["name: Old → Aurora Corporate", "raw.settings.enforce_twofactor:", "false → true"]);
    assert!(!browser.text().contains("raw.name"), "{}", browser.text());
    browser.keys("aH");
    assert!(!browser.text().contains("raw.name"), "{}", browser.text());
    browser.says(&["raw.settings.enforce_twofactor"]);
}
