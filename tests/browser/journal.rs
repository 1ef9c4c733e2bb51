//! The journal: what it lists, what its keys do, and what is said of changes that end by themselves.

use acctui::app::{Effect, Fact, Modal, RequestId, Setup, Unsettled};
use acctui::changes;
use acctui::domain::{
    ChangeKind, Delivery, Diff, Ended, Failure, FailureKind, Identity, JournalRecord, JournalState, Moment, Protection,
    Subject, Untrusted, Values,
};
use acctui::provider::{Provider, RequestRecord, RequestState};

use crate::harness::{ADMIN, Browser, World, account_key, refusal, setup, snap};

const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
const HOUR: u64 = 3_600_000;
/// When the harness starts.
const START: u64 = 1_767_323_045_000;

/// The identity of the credential.
fn identity(browser: &Browser) -> Identity {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(browser.world.identity()).unwrap()
}

/// A change of an earlier run.
fn record(browser: &Browser, change: &str, kind: ChangeKind, state: JournalState) -> JournalRecord {
    let diff = |field: &str, from: Option<&str>, to: &str| Diff {
        field: field.into(),
        from: from.map(Into::into),
        to: Some(to.into()),
    };
    let (diff, values): (_, Values) = match kind {
        ChangeKind::MoveAccount => {
            (diff("organization", Some("o1"), "o2"), [("from", "o1"), ("to", "o2")].into_iter().collect())
        }
        ChangeKind::CreateAccount => (diff("name", None, "New Shop"), [("name", "New Shop")].into_iter().collect()),
        _ => (
            diff("business_name", Some("Aurora Corporate AS"), "Aurora"),
            [("business_name", "Aurora")].into_iter().collect(),
        ),
    };
    let subject = match kind {
        ChangeKind::CreateAccount => Subject::Connection("prod".into()),
        _ => Subject::Account(account_key(CORPORATE)),
    };
    JournalRecord {
        change: change.into(),
        at: Moment(START - 2 * HOUR),
        state,
        connection: "prod".into(),
        identity: identity(browser),
        subject,
        name: Untrusted::new("Aurora Corporate"),
        kind,
        diff: vec![diff],
        before: [("business_name", "Aurora Corporate AS")].into_iter().collect(),
        values,
        existed: true,
        reason: None,
        failure: None,
        resent: 0,
        key: None,
        operation: None,
        made: None,
        done: None,
        request_id: None,
        batch: false,
        undoes: None,
    }
}

fn lost() -> Failure {
    Failure::new(FailureKind::TimedOut, "PUT /accounts/{id}/profile", "no answer within 30 s")
        .with_delivery(Delivery::Unknown)
}

/// A browser whose journal has one change of each fate: saved here, refused, lost, moved and made by earlier runs.
fn with_past(width: u16, height: u16) -> Browser {
    let mut browser = Browser::start(width, height);
    let moved = record(&browser, "a-1", ChangeKind::MoveAccount, JournalState::Confirmed);
    let made = record(&browser, "b-1", ChangeKind::CreateAccount, JournalState::Unknown);
    let intended = JournalRecord { state: JournalState::Intended, ..made.clone() };
    let lost_create = JournalRecord { failure: Some(lost()), ..made };
    browser.note(&[moved, intended, lost_create]);
    edit(&mut browser, " Ltd", None);
    edit(&mut browser, "!", Some(refusal()));
    leave(&mut browser);
    edit(&mut browser, "?", Some(lost()));
    leave(&mut browser);
    browser.pass(6_000);
    assert!(browser.state.modals.is_empty(), "{:?}", browser.state.modals);
    browser
}

/// Leaves what is open; where that asks, yes.
fn leave(browser: &mut Browser) {
    browser.keys("<esc><esc>");
    if matches!(browser.state.modals.last(), Some(Modal::Confirm(_))) {
        browser.keys("y");
    }
}

fn edit(browser: &mut Browser, text: &str, answer: Option<Failure>) {
    *browser.world.refusal.lock().unwrap() = answer;
    browser.keys("<esc>/corporate<enter>e<end>").keys(text).keys("<c-s><enter>");
}

#[track_caller]
fn says(browser: &mut Browser, words: &str) {
    let screen = browser.screen();
    assert!(screen.contains(words), "{words} is missing in\n{screen}");
}

fn name_now(browser: &Browser) -> String {
    let subject = Subject::Account(account_key(CORPORATE));
    browser.world.profiles.lock().unwrap()[&subject].get("business_name").to_owned()
}

#[test]
fn the_journal_at_every_size() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut browser = with_past(width, height);
        browser.keys("J");
        snap(&format!("journal_{width}x{height}"), &mut browser);
        browser.keys("/unk");
        snap(&format!("journal_filter_{width}x{height}"), &mut browser);
        browser.keys("<enter>j<enter>");
        snap(&format!("journal_detail_{width}x{height}"), &mut browser);
        browser.keys("n");
        snap(&format!("journal_settle_{width}x{height}"), &mut browser);
        browser.keys("nd");
        snap(&format!("journal_done_{width}x{height}"), &mut browser);
    }
}

#[test]
fn each_change_is_one_line_newest_first_and_what_cannot_be_read_is_said() {
    let mut browser = with_past(140, 40);
    browser.keys("J");
    let screen = browser.screen();
    assert!(screen.contains("Journal 5/5 · 2 unsettled · 1 line can't be read"), "{screen}");
    let at =
        |word: &str| screen.lines().position(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}\n{screen}"));
    assert!(at("refused") < at("confirmed") && at("confirmed") < at("New Shop"), "{screen}");
    assert!(screen.contains("Aurora Group → Aurora Retail"), "organizations have names\n{screen}");
}

#[test]
fn the_filter_finds_by_any_word_and_esc_goes_back_layer_by_layer() {
    let mut browser = with_past(140, 40);
    browser.keys("J/unknown new");
    says(&mut browser, "Journal 1/5");
    browser.keys("<enter><enter>");
    says(&mut browser, "Look for it, then say d");
    browser.keys("<esc>");
    says(&mut browser, "Journal 1/5");
    browser.keys("<esc>");
    says(&mut browser, "Journal 5/5");
    browser.keys("/nothing has this");
    says(&mut browser, "No change matches");
    browser.keys("<esc><esc>");
    assert!(browser.state.modals.is_empty());
}

#[test]
fn undo_makes_a_plan_that_goes_the_same_road_and_the_journal_follows() {
    let mut browser = with_past(140, 40);
    assert_eq!(name_now(&browser), "Aurora Corporate AS Ltd");
    browser.keys("J/confirmed edit<enter>U");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Journal(_), Modal::Plan(_)]));
    says(&mut browser, "Aurora Corporate AS Ltd → Aurora Corporate AS");
    browser.keys("<enter>");
    assert_eq!(name_now(&browser), "Aurora Corporate AS");
    says(&mut browser, "Journal 2/6");
    let last = browser.noted().pop().unwrap();
    assert!(last.undoes.is_some_and(|undone| undone != last.change));
    assert!(browser.screen().contains("confirmed  undo "), "{}", browser.screen());
    // The cursor is still on the change that was undone.
    assert!(browser.screen().contains("undone     edit "), "{}", browser.screen());
    assert!(browser.noted().iter().any(|record| record.undoes.is_none() && record.state == JournalState::Confirmed));
    browser.keys("U");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Journal(_)]));
    says(&mut browser, "it was undone already: U on that undo brings it back");
    browser.keys("<enter>");
    says(&mut browser, "A later change took it back");
    // The undo is undone: what it took back holds again.
    browser.keys("<esc>kU<enter>");
    assert_eq!(name_now(&browser), "Aurora Corporate AS Ltd");
    let screen = browser.screen();
    assert!(screen.contains("undone     undo ") && screen.contains("confirmed  edit "), "{screen}");
}

#[test]
fn the_text_of_a_change_is_searched() {
    let mut browser = with_past(100, 30);
    browser.keys("J/confirmed edit<enter><enter>/confirmed");
    says(&mut browser, "1 of 1");
    browser.keys("<enter>]");
    says(&mut browser, "1 of 1");
    browser.keys("<esc>");
    assert!(!browser.screen().contains("1 of 1"));
    says(&mut browser, "edit of account Aurora Corporate");
    browser.keys("<esc>");
    says(&mut browser, "Journal 1/5");
}

#[test]
fn all_that_a_plan_did_is_undone_in_one_plan() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*mgroup<enter><c-s><enter>");
    assert_eq!(browser.noted().iter().filter(|it| it.is_done() == Some(true)).count(), 3, "{}", browser.screen());
    browser.keys("<esc>J?");
    says(&mut browser, "undo all that its plan did");
    // Of a plan of one change it would be the same as to undo that.
    let mut single = with_past(140, 40);
    single.keys("J/confirmed<enter>P").says(&["Plan"]);
    browser.keys("<esc>P");
    says(&mut browser, "Plan · undo: move 3 accounts");
    browser.keys("<enter>");
    let undone: Vec<_> = browser.noted().into_iter().filter_map(|it| it.undoes).collect();
    assert!(undone.len() >= 3, "{undone:?}");
    let moved = browser.world.moved.lock().unwrap().clone();
    for (id, to) in &moved {
        let account = World::default().accounts.into_iter().find(|it| it.key.id == *id).unwrap();
        assert_eq!(account.parent.map(|parent| parent.id).as_ref(), Some(to), "each is where it was");
    }
    assert_eq!(moved.len(), 3);
}

#[test]
fn the_summary_of_what_ended_offers_no_undo() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*D<enter>delete 3<enter>");
    says(&mut browser, "3 done");
    assert!(!browser.screen().contains("U undoes"), "{}", browser.screen());
    browser.keys("U");
    says(&mut browser, "nothing of it was done that can be undone");
}

#[test]
fn what_is_unknown_is_settled_by_reading_back_and_undone_only_then() {
    let mut browser = with_past(140, 40);
    browser.keys("J/unknown edit<enter>U");
    says(&mut browser, "nobody knows yet whether it was done");
    browser.keys("S");
    says(&mut browser, "Journal 0/5 · 1 unsettled");
    assert_eq!(browser.state.unsettled.len(), 1, "the create is left");
    browser.keys("<esc>/corporate not<enter>U");
    says(&mut browser, "it was not done: there is nothing to undo");
    browser.keys("A");
    says(&mut browser, "Aurora Corporate AS Ltd → Aurora Corporate AS Ltd!?");
    let writes = browser.world.writes.lock().unwrap().len();
    browser.keys("<enter>");
    assert_eq!(browser.world.writes.lock().unwrap().len(), writes + 1);
    assert_eq!(name_now(&browser), "Aurora Corporate AS Ltd!?");
}

/// A browser whose journal has these changes of an earlier run, and which has found them.
fn found_at_start(width: u16, height: u16, records: impl FnOnce(&Browser) -> Vec<JournalRecord>) -> Browser {
    let mut browser = Browser::start(width, height);
    let records = records(&browser);
    browser.note(&records);
    let told = changes::unsettled(&records).into_iter().map(|record| Unsettled {
        words: changes::unsettled_words(&record, Moment(START)),
        due: changes::due(&record, Moment(START)),
        change: record.change,
        connection: record.connection,
        identity: record.identity,
    });
    browser.send(Fact::Unsettled(Ok(told.collect())));
    browser
}

fn revisits(browser: &Browser) -> Vec<Vec<String>> {
    let named = |effect: &Effect| if let Effect::Revisit { changes } = effect { Some(changes.clone()) } else { None };
    browser.effects.iter().filter_map(named).collect()
}

#[test]
fn what_an_earlier_run_left_is_read_back_at_start_and_a_create_stays_listed() {
    let mut browser = found_at_start(140, 40, |browser| {
        let sent = record(browser, "a-1", ChangeKind::Profile, JournalState::Sent);
        let lost = record(browser, "a-2", ChangeKind::MoveAccount, JournalState::Unknown);
        vec![sent, lost, record(browser, "b-1", ChangeKind::CreateAccount, JournalState::Unknown)]
    });
    assert!(browser.state.modals.is_empty(), "nothing takes the focus at start");
    assert_eq!(revisits(&browser), [["a-1", "a-2"]]);
    says(&mut browser, "2 of 3 unknown changes settled; 1 is listed in the journal (J)");
    assert_eq!(browser.state.unsettled.len(), 1);
    assert!(browser.world.writes.lock().unwrap().is_empty());
    browser.keys("J");
    says(&mut browser, "1 unsettled");
}

#[test]
fn what_another_process_leaves_meanwhile_joins_what_is_listed_is_said_once_and_read_back_in_its_time() {
    let mut browser = found_at_start(140, 40, |browser| {
        vec![record(browser, "b-1", ChangeKind::CreateAccount, JournalState::Unknown)]
    });
    let lost = record(&browser, "c-1", ChangeKind::MoveAccount, JournalState::Sent);
    browser.note(std::slice::from_ref(&lost));
    let left = Unsettled {
        words: "the move of one that was lost".into(),
        due: Some(Moment(START + 90_000)),
        change: lost.change,
        connection: lost.connection,
        identity: lost.identity,
    };
    browser.send(Fact::Left(vec![left.clone()]));
    says(&mut browser, "unknown outcome: the move of one that was lost · J lists them");
    assert!(browser.state.modals.is_empty(), "it takes no focus");
    assert_eq!((browser.state.unsettled.len(), revisits(&browser).len()), (2, 0));
    browser.send(Fact::Left(vec![left]));
    assert_eq!(browser.state.unsettled.len(), 2, "it is known");
    browser.pass(100_000);
    assert_eq!(revisits(&browser), [["c-1"]]);
}

#[test]
fn what_another_process_may_be_in_the_middle_of_is_looked_at_once_it_is_of_age_and_never_while_something_is_sent() {
    let young = |browser: &Browser| {
        let sent = record(browser, "a-1", ChangeKind::Profile, JournalState::Sent);
        vec![JournalRecord { at: Moment(START - 60_000), ..sent }]
    };
    let mut browser = found_at_start(140, 40, young);
    assert_eq!(revisits(&browser), [[""; 0]; 0]);
    says(&mut browser, "unknown outcome: edit of account");
    browser.pass(10 * 60_000);
    assert_eq!(revisits(&browser), [[""; 0]; 0]);
    let timers =
        browser.effects.iter().filter(|effect| matches!(effect, Effect::Timer { after, .. } if *after > 600_000));
    assert_eq!(timers.count(), 1, "one timer, nothing in between");
    browser.pass(72_000);
    assert_eq!(revisits(&browser), [["a-1"]]);
    says(&mut browser, "the unknown change is settled by reading back");

    let mut browser = found_at_start(140, 40, young);
    browser.state.writing = Some(RequestId(9_999));
    browser.pass(20 * 60_000);
    assert_eq!(revisits(&browser), [[""; 0]; 0]);
    browser.state.writing = None;
    browser.send(Fact::Applied { id: RequestId(9_999), results: Vec::new() });
    assert_eq!(revisits(&browser), [["a-1"]]);
}

#[test]
fn what_somebody_else_made_is_left_alone_and_said() {
    let mut browser = found_at_start(140, 40, |browser| {
        let mine = record(browser, "a-1", ChangeKind::Profile, JournalState::Sent);
        let theirs = Identity { user: Untrusted::new("rival@example.org"), ..mine.identity.clone() };
        vec![JournalRecord { identity: theirs, ..mine }]
    });
    says(&mut browser, "answers as admin@example.com");
    assert_eq!((browser.noted().len(), browser.state.unsettled.len()), (1, 1));
}

#[test]
fn on_a_narrow_screen_what_comes_over_an_announcement_takes_none_of_its_time() {
    let create = |browser: &Browser| vec![record(browser, "b-1", ChangeKind::CreateAccount, JournalState::Unknown)];
    let mut browser = found_at_start(60, 20, create);
    says(&mut browser, "unknown outcome: create");
    browser.send(Fact::Requested(notice()));
    says(&mut browser, "has no account yet");
    browser.pass(6_000);
    says(&mut browser, "unknown outcome: create");
    assert!(!browser.screen().contains("has no account yet"));
    browser.pass(3_000);
    says(&mut browser, "unknown outcome: create");
    browser.pass(3_000);
    assert!(browser.state.toasts.is_empty());
}

/// A read that a server answered with a word of its own.
fn notice() -> RequestRecord {
    RequestRecord {
        id: 7,
        began: Moment(START),
        at: Moment(START),
        connection: "fresh".into(),
        method: "GET",
        path: "/standalone-account".into(),
        asked: None,
        attempt: 1,
        state: RequestState::Answered(200),
        waited: 0,
        bytes: 2,
        request_id: None,
        failure: None,
        budget: None,
        notices: vec![Untrusted::new("the server has no account yet")],
    }
}

#[test]
fn a_create_that_nobody_knows_of_is_settled_by_the_users_word_once_it_was_asked_for() {
    for (key, state) in [("d", "was done"), ("n", "not done")] {
        let mut browser = with_past(140, 40);
        browser.keys("J/new shop<enter>").keys(key);
        assert_eq!(browser.state.modals.len(), 1, "only where all of it is seen");
        browser.keys("<enter>").keys(key);
        assert!(matches!(browser.state.modals.last(), Some(Modal::Confirm(_))));
        browser.keys("<esc>");
        assert_eq!(browser.noted().last().unwrap().done, None);
        browser.keys(key).keys("y");
        let last = browser.noted().pop().unwrap();
        assert_eq!((last.state, last.done, last.failure), (JournalState::Reconciled, Some(key == "d"), None));
        says(&mut browser, state);
        says(&mut browser, "settled by hand");
        browser.keys(key);
        assert!(matches!(browser.state.modals.as_slice(), [Modal::Journal(_)]), "it is settled");
    }
}

#[test]
fn undo_is_offered_where_there_is_a_way_back_alone() {
    for (kind, why) in [
        (ChangeKind::DeleteAccount, "no provider brings one back"),
        (ChangeKind::CloseAccount, "only the provider's support can open it again"),
        (ChangeKind::CreateAccount, "that is not taken back"),
        (ChangeKind::MoveAccount, "nothing to do"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.note(&[record(&browser, "a-1", kind, JournalState::Confirmed)]);
        browser.keys("J");
        let has_way_back = kind == ChangeKind::MoveAccount;
        assert_eq!(browser.screen().contains("U undo"), has_way_back, "{}", browser.screen());
        browser.keys("U");
        let asked = browser.effects.iter().any(|effect| matches!(effect, Effect::Undo { .. }));
        assert_eq!((asked, browser.state.modals.len()), (has_way_back, 1));
        says(&mut browser, why);
    }
}

#[test]
fn what_another_process_is_sending_is_not_to_be_settled_and_its_outcome_comes_with_a_new_look() {
    let mut browser = Browser::start(140, 40);
    let sent = record(&browser, "a-1", ChangeKind::Profile, JournalState::Sent);
    browser.note(&[sent.clone(), record(&browser, "a-2", ChangeKind::MoveAccount, JournalState::Intended)]);
    browser.elsewhere("a", true);
    browser.keys("J");
    says(&mut browser, "sending");
    assert!(!browser.screen().contains("unsettled"));
    for key in ["S", "U", "A", "<enter>d", "n"] {
        browser.keys(key);
        says(&mut browser, "another acctui is sending it");
        assert!(matches!(browser.state.modals.as_slice(), [Modal::Journal(_)]), "{key}");
        browser.pass(7_000);
    }
    says(&mut browser, "its outcome comes by itself");
    browser.note(&[JournalRecord { state: JournalState::Confirmed, ..sent }]);
    browser.elsewhere("a", false);
    browser.keys("<esc>r");
    says(&mut browser, "confirmed");
    says(&mut browser, "Journal 2/2 · 1 unsettled");
}

#[test]
fn nothing_is_undone_where_nothing_may_be_written_or_somebody_else_answers() {
    let read_only = Setup { read_only: true, ..setup(Protection::Confirm) };
    let mut browser = Browser::with(read_only, World::default(), 140, 40);
    browser.note(&[record(&browser, "a-1", ChangeKind::Profile, JournalState::Confirmed)]);
    browser.keys("JU");
    says(&mut browser, "nothing is written");

    let mut browser = Browser::start(140, 40);
    let mine = record(&browser, "a-1", ChangeKind::Profile, JournalState::Confirmed);
    let theirs = Identity { user: Untrusted::new("rival@example.org"), ..mine.identity.clone() };
    browser.note(&[JournalRecord { identity: theirs, ..mine }]);
    browser.keys("JU");
    says(&mut browser, &format!("it was made as rival@example.org; prod answers as {ADMIN}"));
    assert!(!browser.effects.iter().any(|effect| matches!(effect, Effect::Undo { .. })));
}

#[test]
fn the_selection_stays_on_its_change_while_new_ones_come() {
    let mut browser = with_past(140, 40);
    browser.keys("Jjj");
    let before = browser.noted().len();
    let new = record(&browser, "z-1", ChangeKind::MoveAccount, JournalState::Confirmed);
    browser.note(&[new]);
    let ended = record(&browser, "y-1", ChangeKind::CreateAccount, JournalState::Sent);
    browser.send(Fact::Ended { record: Box::new(ended), ended: Ok(Ended::Done(None)), earlier: true });
    says(&mut browser, "Journal 6/6");
    browser.keys("<enter>");
    says(&mut browser, "confirmed");
    says(&mut browser, "→ Aurora Corporate AS Ltd");
    assert_eq!(browser.noted().len(), before + 1);
}

#[test]
fn what_ends_by_itself_is_said_and_takes_the_focus_from_nobody() {
    let gone = || Ok(Ended::Failed(refusal()));
    for (ended, earlier, keys, words, opens) in [
        (Ok(Ended::Done(None)), false, "", "Created: New Shop", false),
        (Ok(Ended::Done(None)), true, "/sto", "Created: New Shop", false),
        (gone(), true, "", "create of New Shop failed", false),
        (gone(), false, "/sto", "create of New Shop failed", false),
        (gone(), false, "?", "create of New Shop failed", false),
        (gone(), false, "", "Refused", true),
        (Ok(Ended::Running), false, "", "goes on and is waited for no longer", false),
        (Err(lost()), false, "", "can't be followed", false),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(keys);
        let modals = browser.state.modals.len();
        let record = record(&browser, "b-1", ChangeKind::CreateAccount, JournalState::Sent);
        browser.send(Fact::Ended { record: Box::new(record), ended, earlier });
        says(&mut browser, words);
        assert_eq!(browser.state.modals.len() > modals, opens, "{words}");
    }
}
