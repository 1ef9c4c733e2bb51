//! The activity: what failed and why, the filter, all of one request, and requests as commands.

use std::sync::Arc;

use acctui::app::{Copied, Effect, Fact};
use acctui::domain::{Failure, FailureKind, Moment, Untrusted};
use acctui::provider::{Asked, AskedBody, RequestRecord, RequestState};

use crate::harness::Browser;

fn record(id: u64, method: &'static str, path: &str, state: RequestState) -> RequestRecord {
    RequestRecord {
        id,
        connection: "prod".into(),
        began: Moment(1_767_323_045_000),
        at: Moment(1_767_323_045_120),
        method,
        path: path.into(),
        asked: (method == "GET").then(|| {
            let url = format!("https://api.example{path}");
            Arc::new(Asked { url, headers: Vec::new(), body: AskedBody::None, signing: None })
        }),
        attempt: 1,
        waited: 0,
        state,
        bytes: 512,
        request_id: Some(Untrusted::new("9a8b7c6d5e4f3a2b-OSL")),
        notices: Vec::new(),
        failure: None,
        budget: None,
    }
}

fn refused() -> RequestRecord {
    let mut failure = Failure::new(FailureKind::Forbidden, "GET /accounts/7/profile", "the token lacks a permission")
        .with_hint("give the token Account Settings: Read");
    failure.status = Some(403);
    let record = record(3, "GET", "/client/v4/accounts/7/profile?x=1'2", RequestState::Answered(403));
    RequestRecord { failure: Some(Box::new(failure)), ..record }
}

fn browser(width: u16, height: u16) -> Browser {
    let mut browser = Browser::start(width, height);
    for fact in [
        record(1, "GET", "/client/v4/accounts?page=1", RequestState::Answered(200)),
        record(2, "PUT", "/client/v4/accounts/7/profile", RequestState::Answered(200)),
        refused(),
    ] {
        browser.send(Fact::Requested(fact));
    }
    browser.keys("a");
    browser
}

fn copied(browser: &Browser) -> Option<String> {
    browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { copied: Copied::Text(text), .. } => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn why_the_request_under_the_cursor_failed_and_what_to_do_stand_below_the_list() {
    for (width, height) in [(140, 40), (60, 20)] {
        let screen = browser(width, height).text();
        assert!(screen.contains("the token lacks a permission"), "{screen}");
        assert!(screen.contains("give the token Account Settings: Read"), "{screen}");
        let mut moved = browser(width, height);
        moved.keys("j");
        assert!(!moved.text().contains("lacks a permission"), "it was another request's: {}", moved.text());
    }
}

#[test]
fn enter_shows_all_of_a_request_and_esc_leads_back_layer_by_layer() {
    let mut browser = browser(100, 30);
    browser.keys("<enter>");
    let screen = browser.text();
    for words in ["server", "https://api.example", "120 ms", "403", "9a8b7c6d5e4f3a2b-OSL", "give the token"] {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    browser.keys("<esc>");
    assert!(browser.text().contains("3 requests"), "{}", browser.text());
    assert!(browser.text().contains("page=1"));
    browser.keys("<esc>");
    assert!(browser.state.modals.is_empty());
}

#[test]
fn the_filter_finds_by_words_of_the_request_and_of_its_error() {
    let mut browser = browser(140, 40);
    browser.keys("/lacks 403<enter>");
    assert!(!browser.text().contains("page=1"), "{}", browser.text());
    assert!(browser.text().contains("/accounts/7/profile?x=1"), "{}", browser.text());
    browser.keys("<esc>/nothing of it");
    assert!(browser.text().contains("No request has all these words."), "{}", browser.text());
    browser.keys("<esc>");
    assert!(browser.text().contains("page=1") && !browser.state.modals.is_empty());
}

#[test]
fn a_read_is_copied_as_curl_with_the_secret_as_a_variable_and_a_write_is_not() {
    let mut browser = browser(140, 40);
    browser.keys("yc");
    let expected = "curl -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" \
                    'https://api.example/client/v4/accounts/7/profile?x=1'\\''2'";
    assert_eq!(copied(&browser).as_deref(), Some(expected));
    browser.keys("yi");
    assert_eq!(copied(&browser).as_deref(), Some("9a8b7c6d5e4f3a2b-OSL"));
    browser.keys("ye");
    assert!(copied(&browser).unwrap().contains("the token lacks a permission"));
    browser.effects.clear();
    browser.keys("jyc");
    assert!(copied(&browser).is_none());
    assert!(browser.text().contains("only what reads is copied"), "{}", browser.text());
}

#[test]
fn the_text_of_a_request_is_searched_and_esc_takes_the_search_away_first() {
    for (width, height) in [(140, 40), (60, 20)] {
        let mut browser = browser(width, height);
        browser.keys("<enter>/acc");
        let text = browser.text();
        assert!(text.contains("/ acc") && text.contains("1 of "), "{text}");
        let count: usize =
            text.split("1 of ").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap();
        assert!(count > 1, "{text}");
        browser.keys("<enter>]");
        assert!(browser.text().contains(&format!("2 of {count}")), "{}", browser.text());
        browser.keys("[[");
        assert!(browser.text().contains(&format!("{count} of {count}")), "{}", browser.text());
        browser.keys("/<c-u>nothing has this");
        assert!(browser.text().contains("no match"), "{}", browser.text());
        browser.keys("<esc>");
        assert!(!browser.text().contains("no match") && browser.text().contains("server"), "{}", browser.text());
        browser.keys("<esc>");
        assert!(browser.text().contains("3 requests") && browser.text().contains("page=1"), "{}", browser.text());
    }
}

#[test]
fn the_footer_says_what_esc_takes_away_before_it_leaves() {
    let mut browser = browser(140, 40);
    let mut says = |keys: &str, words: &str| {
        let text = browser.keys(keys).text();
        assert!(text.lines().last().unwrap().contains(words), "{keys}: {text}");
    };
    says("", "Esc back");
    says("/lacks", "Esc clear the filter");
    says("<enter>", "Esc clear the filter");
    says("<enter>", "Esc back");
    says("/acc", "Esc clear the search");
    says("<esc>", "Esc back");
    says("<esc>", "Esc clear the filter");
    says("<esc>", "Esc back");
}
