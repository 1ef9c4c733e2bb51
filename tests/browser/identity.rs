//! A connection that answers as somebody else: its rows are hidden, nothing is sent, and the user says who holds it.

use acctui::app::{Effect, Fact, Modal, Syncing, Unsettled};
use acctui::domain::{Identity, Key, KeyCode, Subject, Untrusted};
use acctui::panes::PaneId;
use acctui::provider::Provider;

use crate::harness::{ADMIN, Browser, account_key};

const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
const RIVAL: &str = "rival@example.org";

/// A form is filled in; then the credential turns out to be somebody else's, which the plan finds out.
fn contested(width: u16, height: u16) -> Browser {
    let mut browser = Browser::start(width, height);
    browser.keys("/corporate<enter>e<end> Ltd");
    *browser.world.user.lock().unwrap() = RIVAL;
    browser.keys("<c-s>");
    browser
}

fn says(browser: &mut Browser, words: &str) {
    let screen = browser.screen();
    let flat = screen.replace(['│', '┃', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(words), "{words:?} is missing in\n{screen}");
}

fn writes(browser: &Browser) -> usize {
    browser.world.writes.lock().unwrap().len()
}

#[test]
fn its_rows_are_hidden_and_a_plan_is_refused_again_and_again() {
    let mut browser = contested(140, 40);
    for _ in 0..3 {
        says(&mut browser, "answers as rival@example.org, before as admin@example.com");
        assert!(browser.screen().contains("could not be made"));
        browser.keys("<enter><esc>");
        assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]), "the text is kept");
        browser.keys("<c-s>");
    }
    assert_eq!(writes(&browser), 0);
    browser.keys("<esc><esc><esc><esc>");
    assert_eq!(browser.state.accounts.rows().len(), 0);
    let screen = browser.screen();
    assert!(!screen.contains("Aurora"), "no row, no organization, no detail of the earlier one: {screen}");
    assert!(!screen.contains("No accounts"), "nobody knows whether there are any: {screen}");
    browser.keys("e");
    assert!(browser.state.modals.is_empty());
    // The list, the tree and the connections say it in words.
    browser.keys("t<f2>");
    let screen = browser.screen();
    assert!(screen.matches("answers as rival@example.org, before as admin@example.com").count() >= 2, "{screen}");
    let before = browser.state.accounts.scope.clone();
    browser.keys("<enter>");
    assert_eq!(browser.state.accounts.scope, before, "its rows can't be shown yet");
}

#[test]
fn it_is_announced_without_taking_the_focus() {
    let mut browser = Browser::start(140, 40);
    let focus = browser.state.focus;
    *browser.world.user.lock().unwrap() = RIVAL;
    let identity = acctui::provider::Query::Identity;
    let id = browser.state.request_id();
    let fetch = Effect::Fetch {
        id,
        connection: "prod".into(),
        slot: acctui::app::Slot::Identity("prod".into()),
        query: identity,
        urgency: acctui::app::Urgency::Background,
    };
    for fact in browser.answer(fetch) {
        browser.send(fact);
    }
    assert!(browser.state.modals.is_empty());
    assert_eq!(browser.state.focus, focus);
    says(&mut browser, "its rows are hidden until you say who holds it: F2, then w");
}

#[test]
fn the_new_one_holds_drops_the_rows_and_their_marks_and_lists_anew() {
    let mut browser = Browser::start(140, 40);
    browser.keys("  ");
    assert_eq!(browser.state.accounts.marks.len(), 2);
    *browser.world.user.lock().unwrap() = RIVAL;
    browser.keys("<f2>tw");
    browser.press(Key::char('n'));
    assert!(matches!(browser.state.modals.last(), Some(Modal::Identity(_))), "it must have been read first");
    browser.keys("n");
    let listed = browser.effects.iter().filter(|effect| matches!(effect, Effect::Sync { .. })).count();
    assert_eq!(listed, 2);
    assert!(browser.state.accounts.marks.is_empty());
    browser.keys("<esc><esc>");
    assert_eq!(browser.state.accounts.rows().len(), browser.world.accounts.len());
    browser.keys("/corporate<enter>e<end> Ltd<c-s><enter>");
    assert_eq!(writes(&browser), 1);
}

#[test]
fn the_old_one_holds_shows_its_rows_and_refuses_all_else_until_it_answers_again() {
    let mut browser = contested(140, 40);
    browser.keys("<esc><esc><f2>wo<esc><esc>");
    assert_eq!(browser.state.accounts.rows().len(), browser.world.accounts.len());
    says(
        &mut browser,
        "the credential of prod is that of rival@example.org: put that of admin@example.com back, then r",
    );
    browser.keys("e");
    assert!(browser.state.modals.is_empty());
    browser.keys("rF");
    assert!(browser.state.modals.is_empty(), "no remote search either");
    assert_eq!(writes(&browser), 0);
    *browser.world.user.lock().unwrap() = ADMIN;
    browser.keys("r");
    says(&mut browser, "prod answers as admin@example.com");
    browser.keys("/corporate<enter>e<end> Ltd<c-s><enter>");
    assert_eq!(writes(&browser), 1);
}

#[test]
fn an_answer_to_a_question_that_is_out_of_date_does_nothing() {
    let mut browser = contested(140, 40);
    browser.keys("<esc><esc><f2>w");
    *browser.world.user.lock().unwrap() = "third@example.net";
    let id = browser.state.request_id();
    browser.state.syncs.insert("prod".into(), Syncing::new(id, browser.state.now));
    for fact in browser.answer(Effect::Sync { id, connection: "prod".into() }) {
        browser.send(fact);
    }
    says(&mut browser, "answers otherwise by now");
    browser.keys("n");
    assert!(!browser.effects.iter().any(|effect| matches!(effect, Effect::Rule { .. })));
    browser.keys("<esc>w");
    says(&mut browser, "third@example.net holds it");
}

#[test]
fn the_detail_of_a_hidden_account_says_why_it_is_hidden() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter><enter>");
    assert_eq!(browser.state.focus, PaneId::Detail);
    *browser.world.user.lock().unwrap() = RIVAL;
    browser.keys("e<end>!<c-s><esc><esc>");
    says(&mut browser, "its rows are hidden, and nothing is sent");
    assert!(!browser.screen().contains("Aurora Corporate"), "{}", browser.screen());
}

fn lost(browser: &Browser, user: &str) -> Unsettled {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let own = runtime.block_on(browser.world.identity()).unwrap();
    let subject = Subject::Account(account_key(CORPORATE));
    Unsettled {
        change: "p-1".into(),
        connection: "prod".into(),
        identity: Identity { user: Untrusted::new(user), ..own },
        words: format!(
            "edit of account Aurora Corporate ({}) at prod as {user}, 5 min ago: it was sent, and nobody knows what \
             became of it",
            subject.id()
        ),
        due: None,
    }
}

#[test]
fn changes_of_unknown_outcome_are_their_owners_and_said_whole_on_a_narrow_screen() {
    for (width, height) in [(140, 40), (60, 20)] {
        let mut browser = Browser::start(width, height);
        let found = vec![lost(&browser, ADMIN), lost(&browser, "bob@example.org")];
        browser.send(Fact::Unsettled(Ok(found)));
        assert!(browser.state.modals.is_empty(), "nothing takes the focus at start");
        says(&mut browser, "nobody knows what became of it");
        assert!(!browser.screen().contains("more)"), "another one's does not count: {}", browser.screen());
        browser.keys("<f2>");
        if width > 100 {
            says(&mut browser, "1 of unknown outcome · 1 of unknown outcome of bob@example.org");
        }
    }
    let mut browser = Browser::start(140, 40);
    let found = vec![lost(&browser, "bob@example.org")];
    browser.send(Fact::Unsettled(Ok(found)));
    says(&mut browser, "of another identity: edit of account Aurora Corporate");
    browser.press(Key::plain(KeyCode::Esc));
}
