//! What events do to the state, and which effects they have.

use acctui::app::{Effect, Fact, Modal, Slot};
use acctui::domain::{Key, KeyCode, Protection, Subject};
use acctui::panes::PaneId;
use acctui::provider::Query;

use crate::harness::{Browser, World, account_key, setup};

const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";

fn profile_of(browser: &Browser, field: &str) -> String {
    let profiles = browser.world.profiles.lock().unwrap();
    profiles.get(&Subject::Account(account_key(CORPORATE))).unwrap().get(field).to_owned()
}

#[test]
fn a_profile_is_edited_planned_sent_once_and_read_back() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<tab><tab><tab><end>, 2nd floor<c-s>");
    assert!(browser.screen().contains("Plan"), "{}", browser.screen());
    assert!(browser.world.writes.lock().unwrap().is_empty(), "nothing is sent before Enter");
    browser.keys("<enter>");
    assert!(browser.screen().contains("Saved"), "{}", browser.screen());
    assert_eq!(browser.world.writes.lock().unwrap().len(), 1);
    assert_eq!(profile_of(&browser, "business_name"), "Aurora Corporate AS Ltd");
    assert_eq!(profile_of(&browser, "business_address"), "Storgata 1, Oslo, 2nd floor");
    assert_eq!(profile_of(&browser, "business_phone"), "+47 22 00 00 00", "fields not touched stay");
    assert!(browser.state.modals.is_empty());
}

#[test]
fn a_thousand_cursor_moves_cost_no_request() {
    let mut browser = Browser::start(140, 40);
    let before = browser.requests();
    for at in 0..1000 {
        browser.pass(50);
        browser.press(Key::char(if at % 20 < 10 { 'j' } else { 'k' }));
    }
    assert_eq!(browser.requests(), before);
    browser.pass(1000);
    assert_eq!(browser.requests(), before + 1, "the open tab asks once the cursor rests");
    browser.pass(10_000);
    assert_eq!(browser.requests(), before + 1);
}

#[test]
fn a_confirming_key_before_the_plan_was_seen_is_dropped_with_a_hint() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end>!<c-s>");
    browser.press(Key::plain(KeyCode::Enter));
    assert!(browser.world.writes.lock().unwrap().is_empty());
    assert!(browser.screen().contains("press it again"), "{}", browser.screen());
    browser.pass(250);
    browser.press(Key::plain(KeyCode::Enter));
    assert_eq!(browser.world.writes.lock().unwrap().len(), 1);
}

#[test]
fn somebody_elses_change_is_never_overwritten_unseen() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd");
    let subject = Subject::Account(account_key(CORPORATE));
    browser.world.profiles.lock().unwrap().get_mut(&subject).unwrap().set("business_name", "Renamed by Bob");
    // The plan is made of what the form was opened on just now; it is read again before anything is sent.
    browser.keys("<c-s><enter>");
    let screen = browser.screen();
    for words in ["Changed meanwhile", "Renamed by Bob", "Aurora Corporate AS Ltd"] {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    browser.keys("<enter>");
    assert!(browser.world.writes.lock().unwrap().is_empty(), "an undecided field is not sent");
    browser.keys("m<enter><enter>");
    assert_eq!(profile_of(&browser, "business_name"), "Aurora Corporate AS Ltd");
}

#[test]
fn a_change_between_plan_and_enter_brings_the_plan_back() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<c-s>");
    let subject = Subject::Account(account_key(CORPORATE));
    browser.world.profiles.lock().unwrap().get_mut(&subject).unwrap().set("business_phone", "+47 99 99 99 99");
    browser.keys("<enter>");
    assert!(browser.world.writes.lock().unwrap().is_empty());
    assert!(browser.screen().contains("Changed meanwhile"), "{}", browser.screen());
    browser.keys("<enter>");
    assert_eq!(profile_of(&browser, "business_phone"), "+47 99 99 99 99", "theirs stays where mine was not touched");
    assert_eq!(profile_of(&browser, "business_name"), "Aurora Corporate AS Ltd");
}

#[test]
fn a_refusal_keeps_the_text_and_marks_the_field() {
    let mut browser = Browser::start(140, 40);
    *browser.world.refusal.lock().unwrap() = Some(crate::harness::refusal());
    browser.keys("/corporate<enter>e<tab><tab><end>9<c-s><enter>");
    assert!(browser.screen().contains("Refused"));
    browser.keys("<esc>");
    let screen = browser.screen();
    assert!(screen.contains("+47 22 00 00 009") && screen.contains("! business_phone must have"), "{screen}");
    browser.keys("<bs>1<c-s><enter>");
    assert_eq!(profile_of(&browser, "business_phone"), "+47 22 00 00 001");
}

#[test]
fn keys_typed_while_the_profile_loads_are_not_lost() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>");
    browser.answers = false;
    browser.keys("e Ltd");
    let asked = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Fetch { id, slot: Slot::Form, query: Query::Profile(_), .. } => Some(*id),
        _ => None,
    });
    let values = browser.world.profiles.lock().unwrap().values().next().unwrap().clone();
    let profile = acctui::domain::Profile { subject: Subject::Account(account_key(CORPORATE)), exists: true, values };
    let result = Ok(acctui::provider::Reply::Profile(profile));
    browser.send(Fact::Replied { id: asked.unwrap(), slot: Slot::Form, result });
    assert!(browser.screen().contains("Aurora Corporate AS Ltd"), "{}", browser.screen());
}

#[test]
fn q_types_a_q_in_the_filter_and_esc_undoes_one_layer_at_a_time() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/q?");
    assert_eq!(browser.state.accounts.filter.value(), "q?");
    assert!(!browser.effects.contains(&Effect::Quit));
    browser.keys("<esc>");
    assert_eq!((browser.state.accounts.filter.value(), browser.state.focus), ("", PaneId::Accounts));
    browser.keys("q");
    assert!(browser.effects.contains(&Effect::Quit));
}

#[test]
fn the_preview_goes_back_to_the_fixed_scope_unless_enter_fixes_it() {
    let mut browser = Browser::start(140, 40);
    let all = browser.state.accounts.rows().len();
    browser.keys("<backtab>j");
    let preview = browser.state.accounts.rows().len();
    assert!(preview < all);
    browser.keys("<tab>");
    assert_eq!(browser.state.accounts.rows().len(), all);
    browser.keys("<backtab><enter>");
    assert_eq!((browser.state.accounts.rows().len(), browser.state.focus), (preview, PaneId::Accounts));
    browser.keys("<esc>");
    assert_eq!(browser.state.accounts.rows().len(), all);
}

#[test]
fn the_selection_is_an_account_and_survives_a_refresh() {
    let mut browser = Browser::start(140, 40);
    browser.keys("jjjj");
    let selected = browser.state.accounts.selected.clone();
    browser.keys("R");
    assert_eq!(browser.state.accounts.selected, selected);
    browser.keys("sn");
    assert_eq!(browser.state.accounts.selected, selected, "sorting keeps the account under the cursor");
}

#[test]
fn a_read_only_connection_says_why_e_does_nothing() {
    let mut browser = Browser::with(setup(Protection::ReadOnly), World::default(), 140, 40);
    browser.keys("e");
    assert!(browser.state.modals.is_empty());
    assert!(browser.screen().contains("read-only"), "{}", browser.screen());
    assert!(!browser.screen().contains("marked accounts"), "nothing is marked: {}", browser.screen());
}

#[test]
fn a_typed_connection_sends_only_with_the_word() {
    let mut browser = Browser::with(setup(Protection::Typed), World::default(), 140, 40);
    browser.keys("/corporate<enter>e<end>!<c-s><enter>wrong<enter>");
    assert!(browser.world.writes.lock().unwrap().is_empty());
    browser.keys("<c-u>Aurora Corporate<enter>");
    assert_eq!(browser.world.writes.lock().unwrap().len(), 1);
}

#[test]
fn hostile_names_are_visible_and_harmless() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/evil");
    let screen = browser.screen();
    assert!(screen.contains("evil\\u{1b}[2Jname\\u{202e}txt"), "{screen}");
    assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
}

#[test]
fn a_form_modal_does_not_let_q_quit() {
    let mut browser = Browser::start(140, 40);
    browser.keys("eq");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Form(_))));
    assert!(!browser.effects.contains(&Effect::Quit));
}

#[test]
fn an_alt_key_bound_to_nothing_is_esc_and_the_key() {
    let mut browser = Browser::start(140, 40);
    browser.keys("?");
    browser.press(Key::alt(KeyCode::Char('a')));
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Activity(_)]), "Esc closed the help, a opened activity");
}

#[test]
fn update_twice_with_and_without_a_draw_between_is_the_same() {
    let script = "jj/st<enter>jG<enter>lle";
    let mut drawn = Browser::start(100, 30);
    drawn.keys(script);
    let mut again = Browser::start(100, 30);
    again.keys(script);
    for _ in 0..3 {
        again.screen();
    }
    assert_eq!(drawn.screen(), again.screen());
}

#[test]
fn keys_md_is_what_the_rows_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/KEYS.md");
    let text = acctui::app::keys_markdown();
    if std::env::var_os("ACCTUI_UPDATE_KEYS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == text, "KEYS.md is old: run ACCTUI_UPDATE_KEYS=1 cargo test --test browser keys_md");
}

#[test]
fn no_key_stands_twice_in_a_scope() {
    for scope in acctui::app::all() {
        let mut seen = Vec::new();
        for key in scope.rows.iter().flat_map(|row| row.keys) {
            // `Enter` and the letters of hidden rows may stand once more further out, never twice in one scope.
            assert!(!seen.contains(key), "{key} stands twice in {}", scope.title);
            seen.push(*key);
        }
        assert!(scope.rows.iter().all(|row| !row.text.is_empty() && !row.keys.is_empty()));
    }
}

#[test]
fn what_a_provider_says_along_with_a_listing_is_shown() {
    let messages = vec![acctui::domain::Untrusted::new("this endpoint moves\u{1b}[2J next year")];
    let mut browser = Browser::with(setup(Protection::Confirm), World { messages, ..World::default() }, 140, 40);
    assert!(browser.screen().contains("prod: this endpoint moves\\u{1b}[2J next year"), "{}", browser.screen());
}

#[test]
fn tab_before_the_cursor_has_rested_shows_what_it_was_on() {
    let mut browser = Browser::start(140, 40);
    browser.press(Key::plain(KeyCode::Tab));
    assert!(browser.screen().contains("┃   00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b"), "{}", browser.screen());
    browser.press(Key::char('e'));
    assert!(matches!(browser.state.modals.last(), Some(Modal::Form(_))));
}

#[test]
fn the_first_key_acts_on_the_row_that_was_seen_not_on_one_that_came_after() {
    let mut world = World::default();
    let early = world.accounts.remove(0);
    let mut browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
    let seen = browser.state.accounts.selected.clone().unwrap();
    // A page comes whose account sorts first; no frame has shown it yet when the key is pressed.
    let page = acctui::provider::Page {
        rows: vec![early],
        next: None,
        total: None,
        pages: None,
        messages: Vec::new(),
        holds: Vec::new(),
    };
    browser.page_without_a_frame(page);
    assert_ne!(browser.state.accounts.selected.as_ref(), Some(&seen), "untouched, the cursor waits on the first row");
    browser.press(Key::char('e'));
    assert_eq!(browser.state.accounts.selected, Some(seen));
}

/// The answers to the searches that wait, the oldest first.
fn searched(browser: &mut Browser, from: usize) {
    let waiting: Vec<Effect> =
        browser.effects[from..].iter().filter(|effect| matches!(effect, Effect::Search { .. })).cloned().collect();
    for search in waiting {
        for fact in browser.answer(search) {
            browser.send(fact);
        }
    }
}

#[test]
fn a_key_typed_ahead_of_the_list_acts_on_what_the_filter_finds() {
    let mut browser = Browser::start(140, 40);
    let before = browser.state.accounts.selected.clone().unwrap();
    browser.searches = false;
    browser.answers = false;
    let from = browser.effects.len();
    browser.keys("/bergen<enter>ej");
    assert!(browser.state.modals.is_empty(), "the row under the cursor is not the one that was looked for");
    searched(&mut browser, from);
    let found = browser.state.accounts.selected.clone().unwrap();
    assert_ne!(found, before);
    let Some(Modal::Form(form)) = browser.state.modals.last() else { panic!("no form: {}", browser.screen()) };
    assert_eq!(form.change().unwrap().1, &Subject::Account(found));
}

#[test]
fn what_was_typed_ahead_of_the_list_is_taken_back_with_esc() {
    let mut browser = Browser::start(140, 40);
    browser.searches = false;
    browser.answers = false;
    let from = browser.effects.len();
    browser.keys("/corporate<enter>e<esc>");
    searched(&mut browser, from);
    assert!(browser.state.modals.is_empty());
    assert!(!browser.state.accounts.filtering, "Esc left the line, and Enter is not done after it");
}

#[test]
fn a_search_that_failed_says_so_and_lets_go_of_what_was_typed_ahead() {
    let mut browser = Browser::start(140, 40);
    browser.searches = false;
    browser.answers = false;
    browser.keys("/corporate<enter>e");
    let id = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Search { id, .. } => Some(*id),
        _ => None,
    });
    let failure = acctui::domain::Failure::new(acctui::domain::FailureKind::Crashed, "searching", "the search ended");
    browser.send(Fact::Replied { id: id.unwrap(), slot: Slot::Rows, result: Err(failure) });
    assert!(matches!(browser.state.modals.last(), Some(Modal::Form(_))), "{}", browser.screen());
    assert!(browser.screen().contains("the search ended"), "{}", browser.screen());
}

#[test]
fn a_form_whose_profile_did_not_come_tries_again_and_leaves_without_asking() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>");
    browser.answers = false;
    browser.keys("eX");
    let asks = |browser: &Browser| {
        browser.effects.iter().filter(|effect| matches!(effect, Effect::Fetch { slot: Slot::Form, .. })).count()
    };
    let id = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Fetch { id, slot: Slot::Form, .. } => Some(*id),
        _ => None,
    });
    let failure = acctui::domain::Failure::new(acctui::domain::FailureKind::TimedOut, "GET /x", "no answer");
    browser.send(Fact::Replied { id: id.unwrap(), slot: Slot::Form, result: Err(failure) });
    assert!(browser.screen().contains("try again"), "{}", browser.screen());
    let before = asks(&browser);
    browser.keys("r");
    assert_eq!(asks(&browser), before + 1);
}

#[test]
fn a_request_that_is_tried_again_is_one_row_of_the_activity() {
    use acctui::provider::{RequestRecord, RequestState};
    let mut browser = Browser::start(140, 40);
    let record = |attempt, state| RequestRecord {
        id: 7,
        connection: "prod".into(),
        began: acctui::domain::Moment(0),
        at: acctui::domain::Moment(5),
        method: "GET",
        path: "/accounts".into(),
        asked: None,
        attempt,
        waited: 0,
        state,
        bytes: 0,
        request_id: None,
        notices: Vec::new(),
        failure: None,
        budget: None,
    };
    browser.send(Fact::Requested(record(1, RequestState::Running)));
    browser.send(Fact::Requested(record(1, RequestState::Waiting { millis: 900, why: "too many requests".into() })));
    browser.send(Fact::Requested(record(2, RequestState::Running)));
    browser.send(Fact::Requested(record(2, RequestState::Answered(200))));
    browser.keys("a");
    assert!(browser.screen().contains("1 request, 0 running"), "{}", browser.screen());
}

#[test]
fn the_cursor_of_the_activity_stays_on_its_request_and_its_job() {
    use acctui::provider::{RequestRecord, RequestState};
    let mut browser = Browser::start(60, 20);
    let record = |id: u64| RequestRecord {
        id,
        connection: "prod".into(),
        began: acctui::domain::Moment(0),
        at: acctui::domain::Moment(5),
        method: "GET",
        path: format!("/accounts/row{id}"),
        asked: None,
        attempt: 1,
        waited: 0,
        state: RequestState::Answered(200),
        bytes: 0,
        request_id: None,
        notices: Vec::new(),
        failure: None,
        budget: None,
    };
    let under = |browser: &mut Browser| {
        let buffer = browser.frame();
        let is_selected = |y: &u16| buffer[(4, *y)].style().add_modifier.contains(ratatui::style::Modifier::REVERSED);
        let y = (0..20).find(is_selected).unwrap();
        (0..60).map(|x| buffer[(x, y)].symbol()).collect::<String>()
    };
    for id in 1..4 {
        browser.send(Fact::Requested(record(id)));
    }
    browser.keys("aj");
    assert!(under(&mut browser).contains("row2"), "{}", browser.screen());
    browser.send(Fact::Requested(record(4)));
    assert!(under(&mut browser).contains("row2"), "a newer one came above it\n{}", browser.screen());
    browser.keys("<esc>");
    browser.answers = false;
    browser.keys("Ra");
    assert!(under(&mut browser).contains("listing prod"), "{}", browser.screen());
    browser.keys("x");
    assert!(under(&mut browser).contains("row4"), "a job that is over is followed by no other\n{}", browser.screen());
}

#[test]
fn a_tree_filter_that_matches_nothing_says_so_and_changes_no_scope() {
    let mut browser = Browser::start(140, 40);
    browser.keys("<backtab>/zzzzqq");
    assert!(browser.screen().contains("None matches"), "{}", browser.screen());
    browser.keys("<enter>");
    assert_eq!(browser.state.accounts.scope, acctui::inventory::Scope::All);
}

#[test]
fn a_narrow_screen_shows_the_scope() {
    let mut browser = Browser::start(60, 20);
    browser.keys("<backtab>j<enter>");
    assert!(browser.screen().lines().next().unwrap().contains("Aurora Group"), "{}", browser.screen());
}

#[test]
fn a_list_that_failed_does_not_claim_that_there_are_no_accounts() {
    let world = World::default();
    let failure = acctui::domain::Failure::new(acctui::domain::FailureKind::Server, "GET /accounts", "broken");
    *world.listing_fails.lock().unwrap() = Some(failure);
    let mut browser = Browser::with(setup(Protection::Confirm), world, 100, 30);
    assert!(!browser.screen().contains("No accounts"), "{}", browser.screen());
}

#[test]
fn where_nothing_can_be_reached_the_top_line_says_no_network() {
    for (kind, word) in
        [(acctui::domain::FailureKind::Unreachable, "no network"), (acctui::domain::FailureKind::Server, "1 failed")]
    {
        let world = World::default();
        let failure = acctui::domain::Failure::new(kind, "GET /accounts", "broken");
        *world.listing_fails.lock().unwrap() = Some(failure);
        let mut browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
        let screen = browser.screen();
        assert!(screen.lines().next().unwrap().contains(word), "{screen}");
    }
}

#[test]
fn a_listing_tells_its_rate_and_the_time_left() {
    use acctui::app::{RequestId, Syncing};
    use acctui::domain::Moment;
    let mut sync = Syncing::new(RequestId(1), Moment::default());
    assert_eq!(sync.rate(Moment(10_000), 500), None);
    sync.pace = Some((Moment(10_000), 500));
    assert_eq!(sync.rate(Moment(11_000), 5_000), None);
    assert_eq!(sync.rate(Moment(14_000), 4_500), Some(1_000), "what came before does not count");
    assert_eq!(sync.rate(Moment(14_000), 500), None, "nothing came");
    assert_eq!(sync.rate(Moment(9_000), 4_500), None, "the clock went back");
}

#[test]
fn what_is_read_after_the_accounts_is_not_called_loading_them() {
    let mut browser = Browser::start(140, 40);
    let top = |browser: &mut Browser| browser.text().lines().next().unwrap_or_default().to_owned();
    assert!(top(&mut browser).contains("as of just now"));
    let id = browser.state.request_id();
    let asked = |began| acctui::app::Syncing::new(id, began);
    // The listing that is on screen is an older one.
    browser.state.syncs.insert("prod".into(), asked(browser.state.now));
    assert!(top(&mut browser).contains("loading "), "{}", top(&mut browser));
    // It is of this run: only organizations are still to come.
    browser.state.syncs.insert("prod".into(), asked(acctui::domain::Moment(1)));
    let line = top(&mut browser);
    assert!(line.contains("reading the organizations of prod") && line.contains("as of just now"), "{line}");
    assert!(!line.contains("loading"), "{line}");
}

#[test]
fn a_running_listing_is_a_job_that_can_be_cancelled_and_a_wait_counts_down() {
    use acctui::provider::{RequestBudget, RequestRecord, RequestState};
    let mut browser = Browser::start(140, 40);
    browser.answers = false;
    browser.keys("R");
    let at = browser.state.now;
    browser.send(Fact::Requested(RequestRecord {
        id: 9,
        connection: "prod".into(),
        began: at,
        at,
        method: "GET",
        path: "/accounts".into(),
        asked: None,
        attempt: 1,
        waited: 30_000,
        state: RequestState::Waiting { millis: 30_000, why: "too many requests".into() },
        bytes: 0,
        request_id: None,
        notices: Vec::new(),
        failure: None,
        budget: Some(RequestBudget { limit: 600, left: 12 }),
    }));
    browser.keys("a");
    let screen = browser.screen();
    for words in ["listing prod", "12 of 600 requests left", "waits 30 s"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    browser.keys("x");
    assert!(browser.effects.iter().any(|effect| matches!(effect, Effect::Cancel(Slot::Sync(_)))));
    assert!(!browser.screen().contains("listing prod"), "{}", browser.screen());
}

#[test]
fn a_dear_remote_search_says_its_cost_and_r_goes_on() {
    use acctui::domain::{Failure, FailureKind};
    use acctui::inventory::{Consent, Snapshot};
    let mut browser = Browser::start(140, 40);
    browser.answers = false;
    browser.keys("<backtab>jj<enter>F<tab>shop<c-s>");
    let consents = |browser: &Browser| -> Vec<Consent> {
        let lists = browser.effects.iter().filter_map(|effect| match effect {
            Effect::List { consent, .. } => Some(*consent),
            _ => None,
        });
        lists.collect()
    };
    assert_eq!(consents(&browser), [Consent::Needed]);
    let id = browser.state.accounts.remote.as_ref().unwrap().running.unwrap();
    let rows = vec![browser.world.accounts[1].clone()];
    let snapshot = std::sync::Arc::new(Snapshot::of(rows));
    browser.send(Fact::Listed { id, snapshot, total: Some(90), complete: false });
    let cause = "it costs 90 of 600 requests that the provider's limit allows, 1 were made";
    let failure = Failure::new(FailureKind::Stopped, "searching at the provider", cause);
    browser.send(Fact::ListFailed { id, failure });
    let screen = browser.screen();
    assert!(screen.contains("it costs 90 of 600 requests") && screen.contains("r goes on"), "{screen}");
    browser.keys("r");
    assert_eq!(consents(&browser), [Consent::Needed, Consent::Given]);
}

#[test]
fn a_request_that_runs_is_not_forgotten_however_many_end_meanwhile() {
    use acctui::provider::{RequestRecord, RequestState};
    let mut browser = Browser::start(140, 40);
    let record = |id, state| RequestRecord {
        id,
        connection: "prod".into(),
        began: acctui::domain::Moment(0),
        at: acctui::domain::Moment(5),
        method: "GET",
        path: "/accounts".into(),
        asked: None,
        attempt: 1,
        waited: 0,
        state,
        bytes: 0,
        request_id: None,
        notices: Vec::new(),
        failure: None,
        budget: None,
    };
    browser.state.remember(record(1_000, RequestState::Running));
    for id in 1_001..2_000 {
        browser.state.remember(record(id, RequestState::Answered(200)));
    }
    browser.keys("a");
    assert!(browser.screen().contains("500 requests, 1 running"), "{}", browser.screen());
}

#[test]
fn the_help_of_a_modal_is_about_that_modal_and_esc_goes_back_to_it() {
    for (opens, title, row, other) in [
        ("a", "Activity", "cancel the job", "say who holds it"),
        ("<f2>", "Connections", "test", "show / hide the tree"),
        ("J", "Journal", "settle by reading back", "show / hide the tree"),
        ("m", "Move", "to the plan", "show / hide the tree"),
        ("D", "Plan", "show the exact requests", "show / hide the tree"),
    ] {
        let mut browser = Browser::start(140, 40);
        if title == "Activity" {
            // A job, so that the row that cancels it applies.
            browser.answers = false;
            browser.keys("R");
        }
        browser.keys(opens).keys("?");
        assert!(matches!(browser.state.modals.as_slice(), [_, Modal::Help(_)]), "{title}");
        let screen = browser.screen();
        for words in [title, row, "Moving", "quit at once"] {
            assert!(screen.contains(words), "{words} is missing in\n{screen}");
        }
        assert!(!screen.contains(other), "{screen}");
        browser.keys("<esc>");
        match browser.state.modals.as_slice() {
            [Modal::Activity(_)] => assert_eq!(title, "Activity"),
            [Modal::Connections(_)] => assert_eq!(title, "Connections"),
            [Modal::Journal(_)] => assert_eq!(title, "Journal"),
            [Modal::Picker(_)] => assert_eq!(title, "Move"),
            [Modal::Plan(_)] => assert_eq!(title, "Plan"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_modal_that_takes_no_text_has_its_help() {
    for scope in acctui::app::all() {
        let helps = scope.rows.iter().any(|row| row.keys.contains(&Key::char('?')));
        // The panes find theirs further out.
        let panes = ["Moving", "Organizations", "Accounts", "Detail", "Saved views", "Welcome", "Dialogs"];
        let is_pane = panes.contains(&scope.title);
        // What follows a prefix stands in its menu.
        let is_menu = scope.title.starts_with("After ");
        assert!(helps || is_pane || is_menu || scope.title == "Form", "{} has no help", scope.title);
    }
}

#[test]
fn a_conflict_says_whose_fields_they_are_and_fits_the_smallest_screen() {
    let mut browser = Browser::start(60, 20);
    browser.keys("/corporate<enter>e<end> Ltd");
    let key = acctui::domain::Subject::Account(crate::harness::account_key("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b"));
    browser.world.profiles.lock().unwrap().get_mut(&key).unwrap().set("business_name", "Borealis AS");
    browser.pass(61_000);
    browser.keys("<c-s>");
    let screen = browser.screen();
    for words in [
        "account     Aurora Corporate",
        "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b",
        "prod · as admin@example.com",
        "Borealis AS",
    ] {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    browser.keys("<enter>");
    assert!(browser.screen().contains("to the new plan: decide each field first: m or t"), "{}", browser.screen());
}

#[test]
fn enter_keeps_a_filter_that_matches_nothing_and_leaves_its_line() {
    for (keys, size) in [("/zzqq", (140, 40)), ("<backtab>/zzqq", (140, 40)), ("<enter>hh/zzqq", (60, 20))] {
        let mut browser = Browser::start(size.0, size.1);
        browser.keys(keys).keys("<enter>");
        let state = &browser.state;
        assert!(!state.accounts.filtering && !state.organizations.filtering && !state.detail.searching, "{keys}");
        let kept = [state.accounts.filter.value(), state.organizations.filter.value(), state.detail.search.value()];
        assert_eq!(kept.concat(), "zzqq", "{keys}");
        let screen = browser.screen();
        assert!(!screen.contains("the list is empty"), "{screen}");
        browser.keys("<esc>");
        let state = &browser.state;
        let left = [state.accounts.filter.value(), state.organizations.filter.value(), state.detail.search.value()];
        assert_eq!(left.concat(), "", "{keys}");
    }
    let mut browser = Browser::start(140, 40);
    browser.keys("/zzqq<enter>");
    assert!(browser.screen().contains("None of 12 accounts matches “zzqq”."), "{}", browser.screen());
    browser.keys("<enter>");
    assert!(browser.screen().contains("open: the list is empty"), "outside the line Enter opens: {}", browser.screen());
}

#[test]
fn what_is_said_of_missing_organizations_names_the_connection() {
    let mut world = World { organizations: Vec::new(), ..World::default() };
    // Rows imply organizations too.
    world.accounts.iter_mut().for_each(|account| account.parent = None);
    let mut browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
    browser.keys("t");
    assert!(browser.screen().contains("prod · No organizations:"), "{}", browser.screen());
}

/// The fields of a profile that can be read and not written, as at Huawei Cloud.
#[test]
fn the_profile_tab_says_titles_and_raw_names_only_where_nothing_is_known() {
    use acctui::provider::{DetailField, Spec};
    let mut details = crate::harness::spec().details.to_vec();
    let phone = DetailField { path: "mobile_phone", label: "Mobile phone", absent: "", none: "", is_extra: true };
    details.push(phone);
    let spec: &'static Spec =
        Box::leak(Box::new(Spec { details: details.leak(), forms: &[], ..*crate::harness::spec() }));
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].spec = spec;
    let world = World::default();
    let subject = Subject::Account(account_key(CORPORATE));
    let values = [("mobile_phone", "555 0100"), ("a_field_that_nobody_has_a_title_for", "last word")];
    world.profiles.lock().unwrap().insert(subject, values.into_iter().collect());
    let mut browser = Browser::with(setup, world, 60, 20);
    browser.keys("/corporate<enter><enter>l");
    browser.pass(1000);
    let screen = browser.screen();
    assert!(screen.contains("Mobile phone       555 0100") && !screen.contains("mobile_phone"), "{screen}");
    assert!(screen.contains("a_field_that_nobody_has_a_title_for  last word"), "{screen}");
}

#[test]
fn what_a_provider_says_beside_one_account_is_said_and_beside_a_listing_at_its_end() {
    use acctui::provider::{RequestRecord, RequestState};
    let mut browser = Browser::start(140, 40);
    let record = |id, method, path: &str, words: &str| RequestRecord {
        id,
        connection: "prod".into(),
        began: acctui::domain::Moment(0),
        at: acctui::domain::Moment(5),
        method,
        path: path.into(),
        asked: None,
        attempt: 1,
        waited: 0,
        state: RequestState::Answered(200),
        bytes: 0,
        request_id: None,
        notices: vec![acctui::domain::Untrusted::new(words)],
        failure: None,
        budget: None,
    };
    browser.send(Fact::Requested(record(1, "POST", "/accounts/otp", "Quiet")));
    assert!(!browser.screen().contains("Quiet"), "who asked says it");
    browser.send(Fact::Requested(record(2, "GET", "/accounts/a1", "Old client\u{1b}[2J")));
    browser.send(Fact::Requested(record(3, "GET", "/accounts/a1", "Old client\u{1b}[2J")));
    let screen = browser.screen();
    assert_eq!(screen.matches("prod: Old client\\u{1b}[2J").count(), 1, "{screen}");
    browser.answers = false;
    browser.keys("R");
    browser.send(Fact::Requested(record(4, "GET", "/accounts?page=1", "Later")));
    assert!(!browser.screen().contains("Later"), "{}", browser.screen());
}

#[test]
fn a_listing_is_paused_by_a_key_and_goes_on_by_the_same_or_by_a_new_sync() {
    let mut browser = Browser::start(140, 40);
    browser.answers = false;
    browser.keys("p");
    assert!(!browser.effects.iter().any(|effect| matches!(effect, Effect::Pause(_))), "nothing runs");
    browser.keys("Rp");
    let last = |browser: &Browser| browser.effects.iter().rev().find(|it| !matches!(it, Effect::Timer { .. })).cloned();
    assert_eq!(last(&browser), Some(Effect::Pause("prod".into())));
    assert!(browser.text().lines().next().unwrap().contains("paused "), "{}", browser.text());
    let requests = browser.requests();
    browser.pass(60_000);
    assert_eq!(browser.requests(), requests);
    browser.keys("p");
    assert_eq!(last(&browser), Some(Effect::GoOn("prod".into())));
    assert!(!browser.text().contains("paused"), "{}", browser.text());
    browser.keys("a");
    assert!(browser.text().contains("▶ listing prod"), "{}", browser.text());
    browser.keys("p");
    assert_eq!(last(&browser), Some(Effect::Pause("prod".into())));
    assert!(browser.text().contains("‖ listing prod, paused"), "{}", browser.text());
    browser.keys("<esc>R");
    assert_eq!(last(&browser), Some(Effect::GoOn("prod".into())), "R goes on, too");
    // After a pause of an hour its pages would be of two times.
    browser.keys("p");
    browser.pass(3_700_000);
    browser.keys("p");
    assert!(browser.effects.iter().any(|effect| matches!(effect, Effect::Cancel(Slot::Sync(_)))));
    assert!(browser.state.syncs.values().all(|sync| !sync.is_paused()) && browser.requests() == requests + 1);
}

#[test]
fn rows_that_are_out_of_date_are_dim_and_say_how_old_they_are() {
    use ratatui::style::Modifier;
    let dim = |browser: &mut Browser| {
        let text = browser.text();
        let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains("Harbour Shipping")).unwrap();
        let at = line.split_once("Harbour Shipping").unwrap().0;
        let frame = browser.frame();
        let x = u16::try_from(acctui::domain::width(at)).unwrap();
        let name = frame[(x, u16::try_from(y).unwrap())].style();
        (name.fg, name.add_modifier.contains(Modifier::DIM))
    };
    let mut browser = Browser::start(140, 40);
    let fresh = dim(&mut browser);
    let title =
        |browser: &mut Browser| browser.text().lines().find(|line| line.contains("Accounts 12/12")).unwrap().to_owned();
    assert!(!title(&mut browser).contains("as of"));
    browser.pass(3 * 3_600_000 + 1_000);
    browser.keys("j");
    assert!(title(&mut browser).contains("as of 3 h ago"), "{}", title(&mut browser));
    assert!(browser.text().matches("as of 3 h ago").count() >= 3, "the tree says so, too\n{}", browser.text());
    assert_ne!(dim(&mut browser), fresh);
    // A sync that fails leaves the rows as old as they are; one that comes makes them new.
    *browser.world.listing_fails.lock().unwrap() = Some(acctui::domain::Failure::new(
        acctui::domain::FailureKind::Unreachable,
        "GET /accounts",
        "no route to host",
    ));
    browser.keys("R");
    let screen = browser.text();
    assert!(title(&mut browser).contains("as of 3 h ago"), "{screen}");
    assert!(screen.lines().next().unwrap().contains("as of 3 h ago"), "{screen}");
    *browser.world.listing_fails.lock().unwrap() = None;
    browser.keys("R");
    assert!(!title(&mut browser).contains("as of"), "{}", title(&mut browser));
    assert_eq!(dim(&mut browser), fresh);
}
