//! The detail: what is related is one key away, times both ways, long lines of Raw.

use acctui::app::Effect;
use acctui::domain::Subject;
use acctui::inventory::Scope;
use acctui::panes::{PaneId, detail};
use acctui::provider::{DetailField, Query, Spec};

use crate::forms::setup_of;
use crate::harness::{Browser, World, organization_key, setup, snap, spec, spec_of};

#[test]
fn what_stands_beside_an_account_is_one_key_away_and_the_cursor_stays_on_it() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter><enter>");
    let selected = browser.state.accounts.selected.clone();
    browser.keys("b");
    assert_eq!(browser.state.accounts.scope, Scope::Organization(organization_key("o3")));
    assert_eq!(browser.state.focus, PaneId::Accounts);
    assert_eq!(browser.state.accounts.selected, selected);
    browser.keys("<esc><esc>/wolf<enter><enter>b");
    assert!(browser.text().contains("no organization is known that holds it"), "{}", browser.text());
}

#[test]
fn the_profile_of_the_organization_that_holds_an_account_is_one_key_away() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter><enter>O");
    browser.pass(1_000);
    let subject = Subject::Organization(organization_key("o3"));
    assert_eq!(browser.state.detail.target, Some(detail::Target::Of(subject.clone())));
    let asked = |effect: &Effect| matches!(effect, Effect::Fetch { query: Query::Profile(of), .. } if *of == subject);
    assert!(browser.effects.iter().any(asked), "{:?}", browser.effects);
}

#[test]
fn times_are_shown_both_ways_and_the_choice_is_kept() {
    let mut browser = Browser::start(180, 40);
    browser.keys("/bergen<enter><enter>");
    browser.pass(1_000);
    assert!(browser.text().contains("2023-05-06T07:08:09Z") && browser.text().contains("as of just now"));
    browser.keys("T");
    assert!(browser.text().contains("971 d ago"), "{}", browser.text());
    assert!(browser.text().contains("as of 2026-01-02 03:04Z"), "{}", browser.text());
    browser.keys("T");
    assert!(browser.text().contains("2023-05-06T07:08:09Z"), "{}", browser.text());
}

#[test]
fn in_the_hierarchy_no_word_behind_a_long_name_is_cut() {
    for (title, tagged) in [("Store 002 Bergen", true), ("Store 002 Bergen and all its neighbours", false)] {
        let mut world = World::default();
        world.accounts[7].name = acctui::domain::Untrusted::new(title);
        let mut browser = Browser::with(setup(acctui::domain::Protection::Confirm), world, 100, 30);
        browser.keys("/bergen<enter><enter>ll");
        browser.pass(1_000);
        let text = browser.text();
        let line = text.lines().find(|line| line.contains("└─ Store 002")).unwrap();
        assert_eq!((line.contains("this account"), line.contains(" th")), (tagged, tagged), "{line}");
    }
}

#[test]
fn long_lines_of_raw_are_scrolled_to_their_end_and_back() {
    let mut world = World::default();
    let long = format!("{}株式THE-END", "x".repeat(200));
    world.accounts[0].raw = serde_json::json!({ "id": 1, "comment": long }).into();
    let mut browser = Browser::with(setup(acctui::domain::Protection::Confirm), world, 100, 30);
    browser.keys("/aurora corp<enter><enter>lll");
    assert!(!browser.text().contains("THE-END"), "{}", browser.text());
    browser.keys(")))))))))))))))");
    assert!(browser.text().contains("THE-END"), "{}", browser.text());
    browser.keys("(((((((((((((((");
    assert!(browser.text().contains("\"comment\""), "{}", browser.text());
}

#[test]
fn what_was_asked_for_once_has_an_age_of_its_own_beside_the_accounts() {
    let kind = spec_of("aws");
    let mut world = World { kind, has_extra: true, ..World::default() };
    world.accounts.iter_mut().for_each(|account| account.provider = kind.id());
    let mut browser = Browser::with(setup_of(&[("prod", kind)]), world, 140, 50);
    browser.keys("/corporate<enter>");
    browser.pass(1_000);
    assert_eq!(browser.text().matches("not asked").count(), 1, "once for all of it\n{}", browser.text());
    browser.keys("i");
    browser.pass(1_000);
    assert!(browser.text().contains("env  prod") && !browser.text().contains("not asked"), "{}", browser.text());
    assert!(!browser.text().contains("contact data and tags: as of"), "it is as old as the rest\n{}", browser.text());
    // Another one's came with a listing.
    browser.extras_came();
    browser.pass(3 * 3_600_000);
    browser.keys("<esc>/oslo<enter>");
    browser.pass(1_000);
    let screen = browser.text();
    assert!(screen.contains("env  prod"), "{screen}");
    assert!(screen.contains("as of just now") && screen.contains("contact data and tags: as of 3 h ago"), "{screen}");
}

#[test]
fn esc_in_the_tree_puts_its_words_away_for_this_run_and_then_leaves_it() {
    let mut world = World { organizations: Vec::new(), ..World::default() };
    world.accounts.iter_mut().for_each(|account| account.parent = None);
    let mut browser = Browser::with(setup(acctui::domain::Protection::Confirm), world, 140, 40);
    let none = spec_of("cloudflare").hierarchy.none.split_whitespace().next().unwrap();
    browser.keys("t<backtab>");
    let screen = browser.text();
    assert_eq!(browser.state.focus, PaneId::Organizations, "{screen}");
    assert!(screen.contains(&format!("prod · {none}")) && screen.contains("hides this."), "{screen}");
    browser.keys("<esc>");
    assert_eq!(browser.state.focus, PaneId::Organizations, "one layer");
    assert!(!browser.text().contains("prod · "), "{}", browser.text());
    browser.keys("<esc>");
    assert_eq!(browser.state.focus, PaneId::Accounts);
}

/// An account with a value that takes many lines, an address and a number.
fn told() -> World {
    let mut world = World::default();
    world.accounts[0].raw = serde_json::json!({
        "id": 1,
        "comment": format!("first line\nsecond line {}THE-END", "word ".repeat(400)),
        "contact": { "mail": "ops+eu@aurora.example", "phone": "+47 22 00 00 00", "tags": ["a", { "deep": "needle" }] },
        "empty": {},
    })
    .into();
    world
}

fn over(world: World, (width, height): (u16, u16)) -> Browser {
    let mut browser = Browser::with(setup(acctui::domain::Protection::Confirm), world, width, height);
    browser.keys("/aurora corp<enter><enter>");
    browser
}

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];

/// The text of the line under the cursor: it alone is laid over with its own style.
fn under_cursor(browser: &mut Browser) -> String {
    let area = acctui::app::layout(&browser.state).detail.unwrap();
    let theme = browser.state.theme();
    let wanted = theme.style(acctui::domain::Role::Selected);
    let buf = browser.frame();
    let row = |y: u16| (area.x + 1..area.right() - 1).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>();
    let is_under = |y: &u16| {
        let cell = &buf[(area.x + 2, *y)];
        wanted.bg.is_some_and(|bg| cell.bg == bg) || cell.modifier.contains(wanted.add_modifier) && wanted.bg.is_none()
    };
    let found: Vec<u16> = (area.y + 2..area.bottom() - 1).filter(is_under).collect();
    assert!(found.len() <= 1, "{found:?}");
    found.first().map(|y| row(*y).trim().to_owned()).unwrap_or_default()
}

/// Moves down to the line that holds these words.
fn down_to(browser: &mut Browser, words: &str) {
    browser.keys("g");
    for _ in 0..200 {
        if under_cursor(browser).contains(words) {
            return;
        }
        browser.keys("j");
    }
    panic!("{words} is not there: {}", browser.text());
}

fn copied(browser: &Browser) -> Option<acctui::app::Copied> {
    browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { copied, .. } => Some(copied.clone()),
        _ => None,
    })
}

fn opened(browser: &Browser) -> Option<&str> {
    browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Open(url) => Some(url.as_str()),
        _ => None,
    })
}

#[test]
fn a_cursor_moves_from_line_to_line_and_the_pane_scrolls_with_it() {
    for size in SIZES {
        let mut browser = over(told(), size);
        assert!(under_cursor(&mut browser).contains("Name"), "{}", browser.text());
        browser.keys("j");
        assert!(under_cursor(&mut browser).contains("ID"), "{}", browser.text());
        browser.keys("k");
        assert!(under_cursor(&mut browser).contains("Name"));
        browser.keys("G");
        assert!(under_cursor(&mut browser).contains("as of"), "{}", browser.text());
        browser.keys("g");
        assert!(under_cursor(&mut browser).contains("Name"));
        for _ in 0..80 {
            browser.keys("j");
            assert_ne!(browser.text().matches("┃").count(), 0);
        }
        assert!(under_cursor(&mut browser).contains("as of"), "it stays on the last line");
    }
}

#[test]
fn a_long_value_is_shown_whole_and_copied() {
    for size in SIZES {
        let mut browser = over(told(), size);
        assert!(!browser.text().contains("THE-END"));
        down_to(&mut browser, "comment");
        browser.keys("<enter>");
        snap(&format!("value_{}x{}", size.0, size.1), &mut browser);
        let text = browser.text();
        assert!(text.contains("Value · comment"), "{text}");
        let first = text.lines().find(|line| line.contains("┃ first line")).unwrap_or_default();
        assert!(!first.contains("second"), "its lines are as they were: {text}");
        browser.keys("GG");
        assert!(browser.text().contains("THE-END"), "{}", browser.text());
        browser.keys("y");
        let Some(acctui::app::Copied::Text(text)) = copied(&browser) else { panic!("it was not copied") };
        assert!(text.starts_with("first line") && text.ends_with("THE-END"));
        browser.keys("<esc>");
        assert!(browser.state.modals.is_empty());
        assert!(under_cursor(&mut browser).contains("comment"), "the cursor stays where it was");
    }
}

#[test]
fn addresses_and_numbers_are_opened_by_the_key_that_opens_and_copied_by_yy() {
    let mut browser = over(told(), (140, 40));
    down_to(&mut browser, "ops+eu@");
    browser.keys("o");
    assert_eq!(opened(&browser), Some("mailto:ops+eu@aurora.example"));
    down_to(&mut browser, "+47 22");
    browser.keys("o");
    assert_eq!(opened(&browser), Some("tel:+4722000000"));
    browser.keys("yy");
    assert_eq!(copied(&browser), Some(acctui::app::Copied::Text("+47 22 00 00 00".into())));
    browser.keys("<enter>");
    assert!(browser.text().contains("Value · phone · phone"), "{}", browser.text());
    browser.keys("o");
    assert_eq!(opened(&browser), Some("tel:+4722000000"));
    // Elsewhere the key means what it always means.
    browser.effects.clear();
    browser.keys("<esc>go");
    assert_eq!(opened(&browser), None);
    assert!(browser.text().contains("where the dashboard of Cloudflare is"), "{}", browser.text());
}

#[test]
fn a_secret_is_neither_shown_whole_nor_copied_by_the_cursor() {
    let details: Vec<DetailField> =
        vec![DetailField { path: "hook", label: "Web hook", absent: "not set", none: "none", is_extra: false }];
    let kind: &'static Spec = Box::leak(Box::new(Spec { details: details.leak(), ..*spec() }));
    let mut setup = setup(acctui::domain::Protection::Confirm);
    setup.connections[0].spec = kind;
    let mut world = told();
    world.accounts[0].secrets.insert("hook".into(), acctui::domain::Secret::new("5ec3e7-5ec3e7"));
    let mut browser = Browser::with(setup, world, 140, 40);
    browser.keys("/aurora corp<enter><enter>");
    browser.pass(2_000);
    browser.keys("v");
    assert!(browser.text().contains("5ec3e7"), "{}", browser.text());
    down_to(&mut browser, "Web hook");
    assert!(browser.text().contains("5ec3e7"), "it is still shown");
    browser.keys("<enter>yy");
    assert!(browser.state.modals.is_empty() && copied(&browser).is_none(), "{}", browser.text());
}

#[test]
fn raw_folds_and_unfolds_at_the_cursor_and_all_of_it() {
    for size in SIZES {
        let mut browser = over(told(), size);
        browser.keys("lll");
        down_to(&mut browser, "\"contact\"");
        browser.keys("<enter>");
        assert!(browser.text().contains("\"contact\": { … },  3 fields"), "{}", browser.text());
        assert!(!browser.text().contains("needle"));
        snap(&format!("raw_folded_{}x{}", size.0, size.1), &mut browser);
        browser.keys("<enter>");
        assert!(browser.text().contains("\"contact\": {") && !browser.text().contains("3 fields"));
        browser.keys("-");
        assert!(browser.text().contains("\"contact\": { … },  3 fields"), "{}", browser.text());
        assert!(under_cursor(&mut browser).contains("\"contact\""), "the cursor stays on what it was on");
        browser.keys("+");
        assert!(!browser.text().contains("3 fields"), "{}", browser.text());
        browser.keys("+");
        assert!(browser.text().contains("nothing is folded"), "{}", browser.text());
        // At a closing bracket the same, and the cursor goes with it.
        down_to(&mut browser, "\"deep\"");
        browser.keys("j<enter>");
        assert!(under_cursor(&mut browser).contains("{ … }  1 field"), "{}", browser.text());
        browser.keys("<enter>");
        down_to(&mut browser, "\"deep\"");
        browser.keys("-");
        assert!(under_cursor(&mut browser).contains("\"contact\""), "what hides it has the cursor: {}", browser.text());
        // A value is shown whole.
        down_to(&mut browser, "\"comment\"");
        browser.keys("<enter>");
        assert!(browser.text().contains("Value · comment"), "{}", browser.text());
    }
}

#[test]
fn a_search_in_raw_unfolds_what_it_finds() {
    let mut browser = over(told(), (100, 30));
    browser.keys("lll-");
    assert!(!browser.text().contains("needle"));
    browser.keys("/needle<enter>");
    assert!(under_cursor(&mut browser).contains("needle"), "{}", browser.text());
    browser.keys("-");
    assert!(!browser.text().contains("\"needle\""), "{}", browser.text());
    browser.keys("]");
    assert!(under_cursor(&mut browser).contains("needle"), "{}", browser.text());
    browser.keys("[");
    assert!(under_cursor(&mut browser).contains("needle"), "it is the only one");
}

#[test]
fn a_search_in_raw_says_which_match_of_how_many_the_cursor_is_on() {
    for size in [(140, 40), (60, 20)] {
        let mut browser = over(told(), size);
        // Also of what is folded away.
        for fold in ["", "-"] {
            browser.keys("lll").keys(fold).keys("/+");
            assert!(browser.text().contains("1 of 2"), "{}", browser.text());
            browser.keys("<enter>]");
            assert!(browser.text().contains("2 of 2"), "{}", browser.text());
            browser.keys("g");
            assert!(browser.text().contains("2 found"), "{}", browser.text());
            browser.keys("<esc>+hhh");
        }
    }
}

#[test]
fn a_search_in_raw_that_finds_nothing_says_so() {
    for size in [(140, 40), (60, 20)] {
        let mut browser = over(told(), size);
        // What is folded is looked through as well.
        browser.keys("lll-/needle");
        assert!(!browser.text().contains("no match"), "{}", browser.text());
        browser.keys("<c-u>nothing has this");
        let text = browser.text();
        assert!(text.lines().any(|line| line.contains("/ nothing has this") && line.contains("no match")), "{text}");
        browser.keys("<esc>");
        assert!(!browser.text().contains("no match"), "{}", browser.text());
    }
}

#[test]
fn another_account_is_shown_unfolded() {
    let mut browser = over(told(), (140, 40));
    browser.keys("lll-<tab><tab><esc>/corporate<enter>");
    browser.pass(1_000);
    browser.keys("<esc>/store 001<enter>");
    browser.pass(1_000);
    assert!(!browser.text().contains("fields"), "{}", browser.text());
}
