//! Nothing is sent before it was on the screen: who and where always stands in sight, and what does not fit is scrolled
//! through first.

use acctui::app::{Event, Fact, Size, Stamp, update};
use acctui::domain::{Account, AccountId, AccountKey, Key, KeyCode, Protection, SideEffect, Taken, Untrusted};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::harness::{Browser, World, setup};

/// An edit of every field of a profile: longer than a small screen.
const LONG: &str = "/corporate<enter>e<end> Ltd<tab><c-u>accounts.payable@aurora-corporate.example<tab><c-u>+47 22 11 11 11<tab><c-u>Storgata 2, \
                    0155 Oslo, Norway, third floor<c-s>";
/// What stands in sight whatever is scrolled.
const HEAD: [&str; 5] = [
    "edit profile of account Aurora Corporate",
    "id          00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b",
    "inside      Aurora Group",
    "connection  prod · ",
    "as          admin@example.com",
];

fn writes(browser: &Browser) -> usize {
    browser.world.writes.lock().unwrap().len()
}

#[test]
fn a_plan_that_does_not_fit_is_sent_after_its_last_line_was_seen() {
    let mut browser = Browser::start(60, 20);
    browser.keys(LONG);
    browser.says(&HEAD);
    browser.says(&["Business name", "more lines, then it sends"]);
    assert!(!browser.text().contains("Storgata 2"), "{}", browser.text());
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 0, "{}", browser.text());
    browser.says(&HEAD);
    browser.says(&["Storgata 2", "not sent: ", "Enter sends this change"]);
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 1, "{}", browser.text());
}

/// Before anybody says that it was painted: what stands on it is to be read, not still to come.
#[test]
fn the_first_frame_of_a_plan_that_fits_says_what_enter_does() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<c-s>");
    browser.says(&["Enter sends this change"]);
    let stamp = Stamp { at: browser.state.now, frame: 1 };
    let size = Size { width: 120, height: 36 };
    update(&mut browser.state, Event { stamp, fact: Fact::Resized(size) });
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| acctui::view::draw(&browser.state, frame)).unwrap();
    let screen = terminal.backend().to_string();
    assert!(screen.contains("Enter sends this change") && !screen.contains("more line"), "{screen}");
}

#[test]
fn who_jumps_to_the_end_is_led_back_to_what_was_left_out() {
    let mut browser = Browser::start(60, 16);
    browser.keys(LONG).keys("G");
    browser.says(&["Storgata 2"]);
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 0);
    browser.says(&["it@aurora.example"]);
    for _ in 0..8 {
        browser.keys("<pgdn>");
    }
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 1, "{}", browser.text());
}

#[test]
fn lines_that_came_on_the_screen_a_moment_ago_are_not_confirmed_yet() {
    let mut browser = Browser::start(60, 20);
    browser.keys(LONG);
    let enter = acctui::domain::Key::plain(acctui::domain::KeyCode::Enter);
    browser.pass(300);
    browser.press(enter);
    browser.press(enter);
    assert_eq!(writes(&browser), 0, "a held key goes no further than a screen");
    browser.says(&["came before this could be read"]);
    browser.pass(300);
    browser.press(enter);
    assert_eq!(writes(&browser), 1);
}

#[test]
fn what_a_smaller_screen_hides_is_seen_again_first() {
    let mut browser = Browser::start(140, 40);
    browser.keys(LONG);
    browser.says(&["Enter sends this change"]);
    browser.send(Fact::Resized(Size { width: 60, height: 20 }));
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 0, "{}", browser.text());
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 1, "{}", browser.text());
}

#[test]
fn while_the_word_is_typed_the_target_stays_in_sight() {
    for (width, height) in [(60, 20), (80, 24)] {
        let mut browser = Browser::with(setup(Protection::Typed), World::default(), width, height);
        browser.keys(LONG).keys("<pgdn><pgdn><enter>");
        browser.says(&HEAD);
        browser.says(&["Type Aurora Corporate to confirm"]);
        browser.keys("Aurora Corporate<enter>");
        assert_eq!(writes(&browser), 1, "{}", browser.text());
    }
}

#[test]
fn a_screen_without_room_for_the_head_shows_all_of_it_line_by_line() {
    let mut browser = Browser::start(60, 10);
    browser.keys(LONG);
    let mut seen = String::new();
    for _ in 0..40 {
        if writes(&browser) > 0 {
            break;
        }
        seen.push_str(&browser.text());
        browser.keys("<enter>");
    }
    assert_eq!(writes(&browser), 1, "{}", browser.text());
    for words in HEAD.iter().chain(&["Business name", "Storgata 2"]) {
        assert!(seen.contains(words), "{words:?} was never on the screen:\n{seen}");
    }
}

#[test]
fn x_brings_the_request_on_the_screen_and_again_takes_it_away() {
    let mut browser = Browser::start(60, 20);
    browser.keys(LONG);
    let before = browser.text();
    assert!(!before.contains("PUT "));
    browser.keys("x");
    browser.says(&["PUT /client/v4/accounts/"]);
    browser.says(&HEAD);
    browser.keys("x");
    assert_eq!(browser.text(), before);
    let mut browser = Browser::start(60, 20);
    browser.keys("/store<enter>*mgroup<enter><c-s>x");
    browser.says(&["PUT /client/v4/accounts/06f0"]);
}

#[test]
fn of_a_plan_of_many_the_head_stays_and_few_are_seen_to_the_last() {
    let mut browser = Browser::start(60, 16);
    browser.keys("/store<enter>*mgroup<enter><c-s>");
    browser.says(&["3 to send", "connection  prod · confirm", "more lines, then it sends"]);
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 0);
    browser.says(&["3 to send", "connection  prod · confirm", "Store 003 Tromso", "Enter sends these 3 changes"]);
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 3);
}

/// A move of so many accounts, with a plan on the screen.
fn crowd(count: usize, width: u16, height: u16) -> Browser {
    let mut accounts = World::default().accounts;
    let first = accounts[6].clone();
    accounts.extend((0..count).map(|nth| {
        let id = AccountId::new(format!("{nth:032x}"));
        let key = AccountKey { connection: first.key.connection.clone(), id };
        Account { key, name: Untrusted::new(format!("Crowd {nth:04}")), ..first.clone() }
    }));
    let world = World { accounts, ..World::default() };
    let mut browser = Browser::with(setup(Protection::Confirm), world, width, height);
    browser.keys("/crowd<enter>*mgroup<enter><c-s>");
    browser
}

#[test]
fn enter_leads_from_page_to_page_and_sends_when_each_change_was_on_the_screen() {
    let mut browser = crowd(100, 100, 30);
    browser.says(&["100 to send", "Enter reads on: ", " more lines, then it sends"]);
    let (mut seen, mut pages) = (browser.text(), 1);
    while !browser.text().contains("Enter sends these 100 changes") {
        browser.keys("<enter>");
        assert_eq!(writes(&browser), 0, "{}", browser.text());
        seen.push_str(&browser.text());
        pages += 1;
        assert!(pages < 20, "{}", browser.text());
    }
    for nth in 0..100 {
        assert!(seen.contains(&format!("{nth:032x}")), "{nth} was never on the screen");
    }
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 100);
}

#[test]
fn a_page_begins_where_a_change_does_so_that_each_is_whole_on_one() {
    for (keys, height) in [("<enter>", 20), ("<enter>", 21), ("<pgdn>", 22), ("<enter>", 23)] {
        let mut browser = crowd(12, 60, height);
        let mut whole = Vec::new();
        for _ in 0..12 {
            let screen = browser.text();
            let lines: Vec<&str> = screen.lines().collect();
            for (at, line) in lines.iter().enumerate() {
                let Some((_, name)) = line.split_once("· Crowd") else { continue };
                let own = lines[at + 1..].iter().take_while(|line| !line.contains("· Crowd"));
                if own.clone().any(|line| line.contains("Retail North")) && own.clone().any(|line| line.contains('→'))
                {
                    whole.extend(name.split_whitespace().next().map(str::to_owned));
                }
            }
            if screen.contains("Enter sends these") {
                break;
            }
            browser.keys(keys);
        }
        for nth in 0..12 {
            let name = format!("{nth:04}");
            assert!(whole.contains(&name), "{name} was torn ({keys}, {height}): {}", browser.text());
        }
    }
}

#[test]
fn enter_that_is_held_down_leads_to_the_last_page_and_sends_nothing() {
    let mut browser = crowd(40, 100, 24);
    for _ in 0..200 {
        browser.pass(40);
        browser.press(Key::plain(KeyCode::Enter));
    }
    browser.says(&["Enter sends these 40 changes", "is held down"]);
    assert_eq!(writes(&browser), 0);
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 40);
}

#[test]
fn of_a_thousand_each_is_on_the_screen_before_the_first_is_sent() {
    let mut browser = crowd(1_000, 140, 40);
    let mut seen = browser.text();
    for _ in 0..300 {
        browser.pass(100);
        browser.press(Key::plain(KeyCode::Enter));
        let frame = browser.text();
        if !seen.ends_with(&frame) {
            seen.push_str(&frame);
        }
    }
    assert_eq!(writes(&browser), 0, "held down it sends nothing");
    browser.says(&["Enter sends these 1,000 changes"]);
    for nth in 0..1_000 {
        assert!(seen.contains(&format!("{nth:032x}")), "{nth} was never on the screen");
    }
    browser.keys("<enter>");
    assert_eq!(writes(&browser), 1_000);
}

#[test]
fn of_many_each_stands_on_one_line_where_all_have_room() {
    let mut browser = crowd(12, 140, 40);
    let line = |id: usize| format!("· Crowd {id:04}  {id:032x}  ");
    let screen = browser.text();
    let found = screen.lines().find(|text| text.contains(&line(3))).unwrap_or_else(|| panic!("{screen}"));
    assert!(found.contains(" → "), "{screen}");
    let mut browser = crowd(12, 60, 30);
    let screen = browser.text();
    let at = screen.lines().position(|text| text.contains("· Crowd 0003")).unwrap();
    assert!(screen.lines().nth(at + 1).unwrap().contains("Aurora Group › Aurora Retail › Retail North"), "{screen}");
}

#[test]
fn warnings_say_whom_they_are_about_and_what_goes_with_all_of_them() {
    let zones = |count: usize| SideEffect {
        words: format!("{count} zones go with it"),
        takes: Some(Taken { one: "zone", many: "zones", count: Some(count), or_more: false }),
    };
    let id = |at: usize| AccountId::new(format!("{at:02}f0c3d7a9b14e5f8a6b2c1d0e9f8a7b"));
    let effects = [(id(6), vec![zones(4)]), (id(7), vec![zones(4)]), (id(8), vec![zones(3)])].into();
    let mut browser = Browser::with(setup(Protection::Confirm), World { effects, ..World::default() }, 140, 40);
    browser.keys("/store<enter>*D");
    browser.says(&[
        "! 11 zones in 3 accounts go with them",
        "! all 3: deleting an account can't be undone",
        "! 2 of 3 (Store 001 Oslo, Store 002 Bergen): 4 zones go with it",
        "! Store 003 Tromso: 3 zones go with it",
    ]);
}

#[test]
fn what_is_said_of_one_of_several_is_never_said_without_its_name() {
    let first = AccountId::new("06f0c3d7a9b14e5f8a6b2c1d0e9f8a7b");
    let effects = [(first, vec![SideEffect::from("a member is locked out")])].into();
    let mut browser = Browser::with(setup(Protection::Confirm), World { effects, ..World::default() }, 140, 40);
    browser.keys("/store<enter>*D");
    browser.says(&["! Store 001 Oslo: a member is locked out"]);
}
