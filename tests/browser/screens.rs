//! Pictures of screens: one line of keys in, one screen out.

use acctui::app::Effect;
use acctui::domain::{Failure, FailureKind, Protection};

use crate::harness::{Browser, World, setup, snap};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];

/// The same keys at every size of the contract.
fn at_sizes(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys(keys);
        browser.pass(1000);
        snap(&format!("{name}_{width}x{height}"), &mut browser);
    }
}

#[test]
fn the_list_at_start() {
    at_sizes("start", "");
}

#[test]
fn a_filter_narrows_and_highlights() {
    at_sizes("filter", "/store");
}

#[test]
fn a_filter_that_is_wrong_says_so_and_the_last_good_result_stays() {
    at_sizes("filter_wrong", "/store created:soon e");
    let mut browser = Browser::start(140, 40);
    browser.keys("/store");
    browser.pass(1000);
    let rows = browser.state.accounts.rows().to_vec();
    assert!(!rows.is_empty());
    browser.keys(" created:soon e");
    browser.pass(1000);
    assert_eq!(browser.state.accounts.rows(), rows);
    assert!(browser.screen().contains("`soon` is no date"));

    // A slip in a field's name, and then the right one.
    browser.keys("<c-u>stats:x");
    browser.pass(1000);
    assert!(browser.screen().contains("no field `stats:`; did you mean `status:`?"));
    browser.keys("<c-u>store status:active");
    browser.pass(1000);
    assert_eq!(browser.state.accounts.read.error(), None);
    assert!(browser.state.accounts.rows().is_empty(), "no account of these has a status");
}

#[test]
fn the_tree_walked_to_a_leaf_previews_its_subtree() {
    at_sizes("tree", "t<backtab>tj<right>j<right>j");
}

#[test]
fn the_hierarchy_tab_draws_the_lineage() {
    at_sizes("hierarchy", "/bergen<enter><enter>ll");
}

#[test]
fn the_profile_tab() {
    at_sizes("profile", "/corporate<enter><enter>l");
}

#[test]
fn raw_is_searchable() {
    at_sizes("raw", "<enter>hh/twofactor<enter>");
}

#[test]
fn the_form_with_a_fault_and_a_dirty_field() {
    at_sizes("form", "/corporate<enter>e<end> Ltd<tab>x<c-u>nobody");
}

#[test]
fn the_plan_with_its_diff() {
    at_sizes("plan", "/corporate<enter>e<end> Ltd<c-s>");
}

#[test]
fn the_exact_request() {
    at_sizes("request", "/corporate<enter>e<end> Ltd<c-s>x");
}

#[test]
fn saved() {
    at_sizes("saved", "/corporate<enter><enter>le<end> Ltd<c-s><enter>");
}

#[test]
fn the_help() {
    at_sizes("help", "?");
}

#[test]
fn the_connections() {
    at_sizes("connections", "<f2>");
}

#[test]
fn marks_and_sort() {
    at_sizes("marks", "sns- jj ");
}

#[test]
fn a_refused_change_says_what_the_provider_said() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        *browser.world.refusal.lock().unwrap() = Some(crate::harness::refusal());
        browser.keys("/corporate<enter>e<end> Ltd<c-s><enter>");
        snap(&format!("refused_{width}x{height}"), &mut browser);
        browser.keys("<esc>");
        snap(&format!("refused_form_{width}x{height}"), &mut browser);
    }
}

#[test]
fn a_wrong_token_says_which_source_and_what_to_do() {
    let world = World::default();
    let failure = Failure::new(FailureKind::Auth, "GET /accounts", "the token was not accepted")
        .with_hint("Check the token, or make a new one.");
    *world.listing_fails.lock().unwrap() = Some(failure);
    let mut browser = Browser::with(setup(Protection::Confirm), world, 100, 30);
    snap("wrong_token", &mut browser);
}

#[test]
fn the_remote_search_form_and_its_answer() {
    let mut browser = Browser::start(140, 40);
    browser.keys("<backtab>jj<enter>F");
    snap("remote_form", &mut browser);
    browser.keys("<tab>shop<c-s>");
    snap("remote_answer", &mut browser);
}

#[test]
fn without_colour_bold_reverse_and_underline_are_left() {
    let plain = acctui::app::Setup { no_color: true, ..setup(Protection::Confirm) };
    let mut browser = Browser::with(plain, World::default(), 100, 30);
    browser.keys("/store");
    snap("no_color", &mut browser);
}

#[test]
fn nothing_configured_offers_the_demo() {
    let empty = acctui::app::Setup { connections: Vec::new(), ..setup(Protection::Confirm) };
    for (width, height) in SIZES {
        let mut browser = Browser::with(empty.clone(), World::default(), width, height);
        snap(&format!("welcome_{width}x{height}"), &mut browser);
    }
}

#[test]
fn a_typed_plan_names_its_word() {
    let mut browser = Browser::with(setup(Protection::Typed), World::default(), 100, 30);
    browser.keys("/corporate<enter>e<end> Ltd<c-s><enter>");
    snap("typed", &mut browser);
}

#[test]
fn who_holds_a_connection() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys("/corporate<enter>e<end> Ltd");
        *browser.world.user.lock().unwrap() = "rival@example.org";
        browser.keys("<c-s><esc><esc><esc>");
        snap(&format!("contested_{width}x{height}"), &mut browser);
        browser.keys("<f2>w");
        snap(&format!("holder_{width}x{height}"), &mut browser);
    }
}

/// The same keys at every size, with a provider that offers every form.
fn forms_at_sizes(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut browser = crate::forms::whole(width, height);
        browser.keys(keys);
        browser.pass(1000);
        snap(&format!("{name}_{width}x{height}"), &mut browser);
    }
}

#[test]
fn a_form_with_every_kind_of_field() {
    forms_at_sizes("kinds", "nFresh<tab><right><tab>t<tab>a long text<tab>web, eu<tab>weak<up>");
}

#[test]
fn an_accounts_own_fields() {
    forms_at_sizes("own", "/corporate<enter>E<tab><left><tab>nobody<tab>");
}

#[test]
fn a_form_that_continues_a_draft() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys("/corporate<enter>e<end> Ltd<esc>");
        browser.pass(5 * 60_000);
        browser.keys("e<tab>");
        snap(&format!("draft_{width}x{height}"), &mut browser);
    }
}

#[test]
fn a_text_of_several_lines_in_a_form() {
    for (width, height) in SIZES {
        let mut browser = crate::forms::whole(width, height);
        browser.keys("n<tab><tab><tab>");
        let text =
            "one\ntwo, which is quite a long line that does not fit into one row of the form at all\n\nthree\nfour";
        browser.send(acctui::app::Fact::Paste(text.into()));
        snap(&format!("long_{width}x{height}"), &mut browser);
    }
}

#[test]
fn the_top_line_says_that_a_credential_ends_within_a_week_and_below_20x6_that_the_screen_is_too_small() {
    for (expires, words) in [
        ("2026-01-01T00:00:00Z", " expired"),
        ("2026-01-05T12:00:00Z", " expires in 3 d"),
        ("2026-01-09T04:00:00Z", ""),
    ] {
        let world = World { expires: Some(expires), ..World::default() };
        let mut browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
        let text = browser.text();
        let top = text.lines().next().unwrap_or_default();
        assert!(top.contains(&format!("admin@example.com{words}")), "{top}");
        assert_eq!(top.contains("expire"), !words.is_empty(), "{top}");
    }
    for (size, is_small) in [((19, 6), true), ((20, 5), true), ((20, 6), false)] {
        assert_eq!(Browser::start(size.0, size.1).text().contains("too small"), is_small, "{size:?}");
    }
}

#[test]
fn every_size_draws() {
    for (width, height) in
        [(1, 1), (2, 1), (19, 5), (20, 6), (21, 7), (40, 10), (79, 24), (80, 24), (110, 6), (500, 200)]
    {
        for keys in ["", "/st", "?", "e", "<f2>", "a", "<backtab>", "<enter>l", "<enter>ll", "e<end>x<c-s>"] {
            let mut browser = Browser::start(width, height);
            browser.keys(keys);
            browser.screen();
        }
    }
}

#[test]
fn among_several_connections_a_coloured_one_stands_out_in_its_column() {
    let prod = setup(Protection::Confirm).connections.remove(0);
    let other = acctui::domain::ConnectionName::new("staging");
    let staging = crate::harness::connection(other.clone(), prod.spec, Protection::Confirm);
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].colour = acctui::domain::Colour::read("red");
    setup.connections.push(staging);
    let second = World { connection: other, accounts: Vec::new(), ..World::default() };
    let mut browser = Browser::among(setup, World::default(), vec![second], 200, 40);
    let frame = browser.frame();
    let theme = browser.state.theme();
    let red = theme.style(acctui::domain::Role::Tint(acctui::domain::Colour::read("red").unwrap()));
    let banded = |y: u16| (0..200).filter(|x| frame[(*x, y)].bg == red.bg.unwrap()).collect::<Vec<u16>>();
    let rows: Vec<Vec<u16>> = (1..39).map(banded).filter(|columns| !columns.is_empty()).collect();
    assert!(rows.len() > 3, "{}", browser.text());
    assert!(rows.iter().all(|columns| columns.len() == "prod".len()), "the name alone: {rows:?}");
}

#[test]
fn a_connection_is_listed_anew_by_itself_once_its_listing_is_as_old_as_its_config_says_and_never_without_that() {
    for (after, times) in [(Some(60_000), 3), (None, 0)] {
        let mut setup = setup(Protection::Confirm);
        setup.connections[0].refresh_after = after;
        let mut browser = Browser::with(setup, World::default(), 100, 30);
        browser.keys("/store<enter>j");
        let before = (browser.state.accounts.selected.clone(), browser.state.focus);
        browser.effects.clear();
        for _ in 0..3 {
            browser.pass(61_000);
        }
        let syncs = browser.effects.iter().filter(|effect| matches!(effect, Effect::Sync { .. })).count();
        assert_eq!(syncs, times, "{after:?}");
        assert_eq!((browser.state.accounts.selected.clone(), browser.state.focus), before, "nothing takes the focus");
    }
}
