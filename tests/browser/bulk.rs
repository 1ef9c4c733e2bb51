//! Marks, the destination picker, the choice of ways, and plans of many changes from the reading to the summary.

use acctui::app::{Effect, Fact, Modal, RequestId};
use acctui::domain::{
    AccountId, Applied, Change, ChangeKind, Ended, Failure, FailureKind, Key, KeyCode, OrganizationId, Protection,
    Signal, Stage, Subject, Untrusted,
};
use acctui::panes::PaneId;
use acctui::panes::confirm::Confirm;

use crate::harness::{Browser, World, account_key, setup, snap, spec_of};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];
const BERGEN: &str = "07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";

fn marks(browser: &Browser) -> usize {
    browser.state.accounts.marks.len()
}

fn moves(browser: &Browser) -> Vec<(String, String)> {
    let moved = browser.world.moved.lock().unwrap();
    moved.iter().map(|(id, to)| (id.as_str()[..2].to_owned(), to.to_string())).collect()
}

fn huawei() -> Browser {
    huawei_world(World::default())
}

fn huawei_world(world: World) -> Browser {
    let (mut setup, spec) = (setup(Protection::Confirm), spec_of("huawei"));
    (setup.connections[0].spec, setup.connections[0].columns) = (spec, spec.columns);
    Browser::with(setup, World { kind: spec, ..world }, 140, 40)
}

#[test]
fn marks_survive_filter_refresh_scope_and_resize_and_the_title_counts_what_is_hidden() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*<esc>");
    assert_eq!(marks(&browser), 3);
    assert!(browser.screen().contains("3 marked "), "{}", browser.screen());
    browser.keys("/oslo<enter>");
    assert!(browser.screen().contains("3 marked (2 hidden)"), "{}", browser.screen());
    browser.keys("R<esc><backtab>jj");
    browser.send(Fact::Resized(acctui::app::Size { width: 100, height: 30 }));
    assert_eq!(marks(&browser), 3);
    browser.keys("<tab>u");
    assert_eq!(marks(&browser), 0);
    browser.keys("u");
    assert_eq!(marks(&browser), 3, "u again brings them back");
}

#[test]
fn space_marks_and_moves_down_and_in_the_detail_marks_its_account() {
    let mut browser = Browser::start(140, 40);
    browser.keys("  ");
    assert_eq!(marks(&browser), 2);
    browser.keys("<enter> ");
    assert_eq!((marks(&browser), browser.state.focus), (3, PaneId::Detail));
    browser.keys(" ");
    assert_eq!(marks(&browser), 2, "again unmarks it");
}

#[test]
fn an_account_is_moved_where_the_picker_says_and_the_plan_shows_both_ends() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter>m");
    let screen = browser.screen();
    assert!(screen.contains("Move · Store 002 Bergen") && screen.contains("(it is there)"), "{screen}");
    browser.keys("group<enter><c-s>");
    let screen = browser.screen();
    for words in [
        "Plan",
        "move account Store 002 Bergen",
        BERGEN,
        "Aurora Group › Aurora Retail › Retail North",
        "from        Aurora Group › Aurora Retail › Retail North",
        "to          Aurora Group",
    ] {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    assert!(browser.world.writes.lock().unwrap().is_empty());
    browser.keys("<enter>");
    assert!(browser.screen().contains("Moved"), "{}", browser.screen());
    assert_eq!(moves(&browser), [("07".into(), "o1".into())]);
    assert!(browser.state.modals.is_empty());
}

#[test]
fn in_ascii_the_arrow_of_a_move_is_no_step_of_a_way() {
    let mut setup = setup(Protection::Confirm);
    setup.ascii = true;
    let mut browser = Browser::with(setup, World::default(), 140, 40);
    browser.keys("/store<enter>*mgroup<enter><c-s>");
    let screen = browser.text();
    assert!(screen.contains("Aurora Group / Aurora Retail / Retail North > Aurora Group"), "{screen}");
}

#[test]
fn where_an_account_is_already_can_not_be_marked() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter>m<enter>");
    assert!(browser.screen().contains("it can't be the destination: it is there"), "{}", browser.screen());
    browser.keys("<c-s>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Picker(_)]));
    browser.keys("<esc>");
    assert!(browser.state.modals.is_empty());
}

#[test]
fn another_hierarchy_is_no_destination_where_the_provider_moves_inside_one() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter>mharbour");
    let words = "another hierarchy: an account moves inside its own";
    assert!(browser.screen().contains(&format!("Harbour Holdings  ({words})")), "{}", browser.screen());
    browser.keys("<enter><c-s>");
    assert!(browser.screen().contains(&format!("it can't be the destination: {words}")), "{}", browser.screen());
    // On a narrow screen the row has no room for the reason: it stands above, whole.
    let mut narrow = Browser::start(60, 20);
    narrow.keys("/bergen<enter>m/harbour<enter>");
    assert!(narrow.text().contains(words), "{}", narrow.text());
    browser.keys("<esc>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Picker(_)]));
    browser.keys("<esc><esc>");
    browser.keys("<esc>/lone<enter>mharbour<enter><c-s>");
    assert!(
        matches!(browser.state.modals.as_slice(), [Modal::Picker(_), Modal::Plan(_)]),
        "from nowhere it can go anywhere"
    );
}

#[test]
fn the_picker_opens_and_closes_nodes_and_its_filter_is_its_own() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter>mkh");
    assert!(!browser.screen().contains("Retail North  (it is there)"), "{}", browser.screen());
    browser.keys("<enter>");
    assert!(
        browser.screen().contains("Retail North  (it is there)"),
        "Enter opens a closed node\n{}",
        browser.screen()
    );
    browser.keys("/zzz");
    assert!(browser.screen().contains("None matches"));
    browser.keys("<esc>j");
    assert_eq!(browser.state.accounts.filter.value(), "bergen");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Picker(_)]), "one layer at a time");
}

#[test]
fn in_the_tree_m_says_why_not_and_marks_are_left_alone() {
    let mut browser = Browser::start(140, 40);
    browser.keys(" <backtab>jm");
    assert!(browser.state.modals.is_empty());
    assert!(browser.screen().contains("no provider moves an organization"), "{}", browser.screen());
}

#[test]
fn nothing_hidden_is_deleted_and_not_more_than_the_limit() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*<esc>/oslo<enter>D");
    assert!(browser.state.modals.is_empty());
    assert!(browser.screen().contains("2 of the marked accounts are not shown"), "{}", browser.screen());
    browser.keys("<esc>*D");
    assert!(browser.screen().contains("12 are marked at prod, at most 10 end at once"), "{}", browser.screen());
    assert!(browser.state.modals.is_empty());
}

#[test]
fn a_delete_wants_the_typed_word_and_several_want_their_number() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter>D<enter>");
    assert!(browser.screen().contains("Type Store 002 Bergen to confirm"), "{}", browser.screen());
    browser.keys("Store 002 Oslo<enter>");
    assert!(browser.world.ended.lock().unwrap().is_empty());
    browser.keys("<c-u>Store 002 Bergen<enter>");
    assert!(browser.screen().contains("Deleted"), "{}", browser.screen());
    assert_eq!(browser.world.ended.lock().unwrap().len(), 1);
    browser.keys("<esc>/store<enter>*D<enter>");
    assert!(browser.screen().contains("Type delete 2 to confirm"), "{}", browser.screen());
    browser.keys("delete 2<enter>");
    assert!(browser.screen().contains("Deleted 2"), "{}", browser.screen());
    assert_eq!((browser.world.ended.lock().unwrap().len(), marks(&browser)), (3, 0));
}

#[test]
fn nothing_moves_on_the_screen_when_the_word_is_asked_for_and_typed() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.keys("/store<enter>*D");
        // The smallest screen shows the rest first.
        browser.keys(if width == 60 { "<pgdn><pgdn>" } else { "" });
        let frame = |browser: &mut Browser| {
            let is_edge = |line: &&str| line.contains(['┏', '┗', '╭', '╰', '┌', '└']);
            let screen = browser.screen();
            screen.lines().enumerate().filter(|(_, line)| is_edge(line)).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let before = frame(&mut browser);
        assert!(!before.is_empty(), "{}", browser.screen());
        for keys in ["<enter>", "delete", " 3"] {
            browser.keys(keys);
            assert_eq!(frame(&mut browser), before, "after {keys}\n{}", browser.screen());
        }
        assert!(browser.screen().contains("Type delete 3 to confirm"), "{}", browser.screen());
    }
}

#[test]
fn where_there_are_close_and_remove_they_are_chosen_between() {
    let mut browser = huawei();
    browser.keys("/bergen<enter>D");
    let screen = browser.screen();
    assert!(screen.contains("Close") && screen.contains("Remove from the organization"), "{screen}");
    browser.keys("j<enter><enter>Store 002 Bergen<enter>");
    assert!(browser.screen().contains("Removed"), "{}", browser.screen());
    let writes = browser.world.writes.lock().unwrap();
    assert_eq!(writes.iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::RemoveAccount]);
}

#[test]
fn one_refusal_does_not_stop_the_rest_and_r_makes_a_plan_of_what_failed() {
    let mut browser = Browser::start(140, 40);
    browser.world.refuses.lock().unwrap().insert(AccountId::new(BERGEN));
    browser.keys("/store<enter>*mgroup<enter><c-s>");
    assert!(browser.screen().contains("Plan · move 3 accounts"), "{}", browser.screen());
    browser.keys("<enter>");
    let screen = browser.screen();
    for words in ["Moved 2, 1 refused", "2 done", "1 refused", "country code", "1 marked"] {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    assert_eq!(
        browser.state.accounts.marks.iter(&browser.state.snapshot).map(|key| key.id.to_string()).collect::<Vec<_>>(),
        [BERGEN]
    );
    browser.world.refuses.lock().unwrap().clear();
    browser.keys("r<enter>");
    assert!(browser.screen().contains("Moved"), "{}", browser.screen());
    assert_eq!(moves(&browser).len(), 3);
    assert_eq!((marks(&browser), browser.state.modals.len()), (0, 0));
}

#[test]
fn hidden_marks_come_first_in_the_plan_and_are_tagged() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*<esc>/oslo<enter>mgroup<enter><c-s>");
    let screen = browser.screen();
    let line = |word: &str| screen.lines().position(|line| line.contains('·') && line.contains(word)).unwrap();
    assert_eq!(screen.matches("hidden by the filter").count(), 2, "{screen}");
    assert!(line("Bergen") < line("Oslo") && line("Tromso") < line("Oslo"), "{screen}");
}

/// A browser in which a plan of three moves is being sent, and whose answers the test gives.
fn sending() -> (Browser, RequestId) {
    sending_at(140, 40)
}

fn sending_at(width: u16, height: u16) -> (Browser, RequestId) {
    let mut browser = Browser::start(width, height);
    browser.keys("/store<enter>*mgroup<enter><c-s>");
    browser.answers = false;
    browser.keys("<enter>");
    let id = browser.effects.iter().find_map(|effect| match effect {
        Effect::Apply { id, .. } => Some(*id),
        _ => None,
    });
    (browser, id.unwrap())
}

fn confirmed() -> Applied {
    Applied::Confirmed { read_back: None, visible: true, messages: Vec::new(), made: None }
}

fn last_gate(browser: &Browser) -> Option<Signal> {
    browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Gate(signal) => Some(*signal),
        _ => None,
    })
}

#[test]
fn the_sending_shows_its_progress_pauses_and_stops_only_when_asked_twice() {
    let (mut browser, id) = sending();
    browser.send(Fact::Progressed { id, stage: Stage::Sending(0) });
    browser.send(Fact::Progressed { id, stage: Stage::Over(0, Box::new(confirmed())) });
    let unknown = Failure::new(FailureKind::TimedOut, "POST /move", "no answer");
    browser.send(Fact::Progressed { id, stage: Stage::Over(1, Box::new(Applied::Unknown(unknown.clone()))) });
    assert!(browser.screen().contains("2/3 · 1 unknown"), "{}", browser.screen());
    browser.keys("p");
    assert_eq!(last_gate(&browser), Some(Signal::Pause));
    assert!(browser.screen().contains("paused, p goes on"), "{}", browser.screen());
    browser.keys("p");
    assert_eq!(last_gate(&browser), Some(Signal::Go));
    browser.keys("<esc>n");
    assert_eq!(last_gate(&browser), Some(Signal::Go), "no leaves it be");
    browser.keys("<esc>y");
    assert_eq!(last_gate(&browser), Some(Signal::Stop));
    let stopped = Failure::new(FailureKind::Stopped, "sending the plan", "it was stopped before this was sent");
    let results = vec![confirmed(), Applied::Unknown(unknown), Applied::NotSent(stopped)];
    browser.send(Fact::Applied { id, results });
    let screen = browser.screen();
    for words in
        ["Moved 1, 1 unknown, 1 not sent", "it was stopped before this was sent", "r makes a plan of what failed"]
    {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    assert_eq!(marks(&browser), 2, "what is done loses its mark, the rest keeps it");
}

#[test]
fn pictures_of_the_questions_about_a_sending() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let (mut browser, _) = sending_at(width, height);
        browser.keys("q");
        snap(&format!("stop_{width}x{height}"), &mut browser);
        // A plan that is being sent stays on the screen, so that no key leads to this one; it stands for whatever will.
        browser.keys("n");
        browser.state.open(Modal::Confirm(Confirm::quit()));
        snap(&format!("quit_{width}x{height}"), &mut browser);
    }
}

#[test]
fn a_summary_counts_what_failed_before_what_needed_nothing() {
    let (mut browser, id) = sending();
    let refused = || Applied::Refused(Failure::new(FailureKind::Refused, "POST /move", "no"));
    browser.send(Fact::Applied { id, results: vec![Applied::NothingToDo, refused(), confirmed()] });
    browser.says(&["Moved 1, 1 refused, 1 nothing to do", "1 done · 1 refused · 1 nothing to do"]);
}

#[test]
fn an_outcome_nobody_knows_is_never_tried_again_by_r() {
    let (mut browser, id) = sending();
    let unknown = || Applied::Unknown(Failure::new(FailureKind::TimedOut, "POST /move", "no answer"));
    browser.send(Fact::Applied { id, results: vec![confirmed(), unknown(), unknown()] });
    let before = browser.effects.len();
    browser.keys("r");
    assert!(!browser.effects[before..].iter().any(|effect| matches!(effect, Effect::Plan { .. })));
    assert!(browser.screen().contains("nothing failed that could be tried again"), "{}", browser.screen());
}

#[test]
fn a_sending_that_breaks_down_leaves_nothing_out() {
    let (mut browser, id) = sending();
    browser.send(Fact::Progressed { id, stage: Stage::Over(2, Box::new(confirmed())) });
    let crash = Failure::new(FailureKind::Crashed, "sending", "a task panicked");
    browser.send(Fact::Replied { id, slot: acctui::app::Slot::Write, result: Err(crash) });
    assert!(browser.screen().contains("Moved 1, 2 unknown"), "{}", browser.screen());
}

#[test]
fn ctrl_c_stops_a_plan_of_many_before_its_next_change_and_leaves_when_it_is_journalled() {
    let (mut browser, id) = sending();
    browser.keys("<c-c>");
    assert_eq!(last_gate(&browser), Some(Signal::Stop));
    assert!(!browser.effects.contains(&Effect::Quit));
    browser.send(Fact::Applied { id, results: vec![confirmed(), confirmed(), confirmed()] });
    assert!(browser.effects.contains(&Effect::Quit));
}

#[test]
fn one_name_for_several_is_warned_of() {
    let mut browser = Browser::start(140, 40);
    browser.keys(" j E<enter>Same<c-s>");
    let screen = browser.screen();
    assert!(screen.contains("2 accounts will have the same name: Same"), "{screen}");
}

#[test]
fn a_field_is_set_on_all_marked_and_what_stays_blank_is_left_alone() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter> <esc>/oslo<enter> <esc>e");
    let screen = browser.screen();
    assert!(screen.contains("Set fields on all 2") && screen.contains("Edit as text in $EDITOR"), "{screen}");
    browser.keys("<enter><tab><tab>+47 1234<c-s><enter>");
    assert!(browser.screen().contains("Saved 2"), "{}", browser.screen());
    let profiles = browser.world.profiles.lock().unwrap();
    let of = |id: &str| profiles.get(&Subject::Account(account_key(id))).unwrap();
    let corporate = of("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b");
    assert_eq!(corporate.get("business_phone"), "+47 1234");
    assert_eq!(corporate.get("business_name"), "Aurora Corporate AS");
    assert_eq!(of("06f0c3d7a9b14e5f8a6b2c1d0e9f8a7b").get("business_phone"), "+47 1234");
}

#[test]
fn a_text_that_can_not_be_taken_is_kept_and_edited_again() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*E");
    browser.keys("j<enter>");
    let sheets = |browser: &Browser| -> Vec<(RequestId, usize, Option<String>)> {
        let sheets = browser.effects.iter().filter_map(|effect| match effect {
            Effect::Sheet { id, accounts, text } => Some((*id, accounts.len(), text.clone())),
            _ => None,
        });
        sheets.collect()
    };
    let (id, count, text) = sheets(&browser)[0].clone();
    assert_eq!((count, text), (3, None));
    let why = Failure::new(FailureKind::Refused, "line 3", "there is no such account");
    browser.send(Fact::Sheet { id, result: Err(("my words".into(), why)) });
    assert!(browser.screen().contains("there is no such account"), "{}", browser.screen());
    browser.keys("e");
    let (id, count, text) = sheets(&browser)[1].clone();
    assert_eq!((count, text.as_deref()), (3, Some("my words")));
    let change = Change {
        subject: Subject::Account(account_key(BERGEN)),
        kind: ChangeKind::Profile,
        values: [("business_name", "Bergen AS")].into_iter().collect(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    };
    browser.send(Fact::Sheet { id, result: Ok(vec![change]) });
    assert!(browser.screen().contains("Bergen AS"), "{}", browser.screen());
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Plan(_)]));
}

#[test]
fn what_the_inventory_learns_of_a_target_meanwhile_is_said() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter>mgroup<enter><c-s>");
    assert!(!browser.screen().contains("another place"));
    browser.world.moved.lock().unwrap().insert(AccountId::new(BERGEN), OrganizationId::new("o2"));
    browser.listed();
    assert!(browser.screen().contains("in another place since this plan was made"), "{}", browser.screen());
}

#[test]
fn what_somebody_else_changed_has_the_words_of_plans() {
    let subject = |id: &str| Subject::Account(account_key(id));
    // Of many: one was edited by somebody else between the plan and its sending.
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter> <esc>/oslo<enter> <esc>e<enter><tab><tab>+47 1234<c-s>");
    let edited = subject("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b");
    browser.world.profiles.lock().unwrap().get_mut(&edited).unwrap().set("business_name", "Renamed by Bob");
    browser.keys("<enter>");
    browser.says(&["Saved 1", "Business name: Aurora Corporate AS → Renamed by Bob"]);
    browser.says_not(&["business_name"]);
    // One that was moved.
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>*mgroup<enter><c-s>");
    browser.world.moved.lock().unwrap().insert(AccountId::new(BERGEN), OrganizationId::new("o2"));
    browser.keys("<enter>");
    browser.says(&["organization: Aurora Group › Aurora Retail › Retail North → Aurora Group › Aurora Retail"]);
    // A plan of one says it in the same words.
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<c-s>");
    browser.world.profiles.lock().unwrap().get_mut(&edited).unwrap().set("business_phone", "+47 99 99 99 99");
    browser.keys("<enter>");
    browser.says(&["changed meanwhile: Business phone: +47 22 00 00 00 → +47 99 99 99 99"]);
}

#[test]
fn scrolling_ends_where_the_plan_ends() {
    let mut browser = Browser::start(60, 20);
    browser.keys("/store<enter>*<esc>* m group<enter><c-s>G");
    let bottom = browser.screen();
    browser.keys("jj<pgdn>");
    assert_eq!(browser.screen(), bottom);
    browser.keys("k");
    assert_ne!(browser.screen(), bottom, "the first step up is seen");
}

#[test]
fn a_read_only_connection_among_the_marks_says_so() {
    let mut browser = Browser::with(setup(Protection::ReadOnly), World::default(), 140, 40);
    browser.keys("  m");
    assert!(browser.state.modals.is_empty());
    assert!(
        browser.screen().contains("2 of the marked accounts are at prod, which is read-only"),
        "{}",
        browser.screen()
    );
}

#[test]
fn the_detail_of_marks_is_keyed_by_id_not_by_place() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/bergen<enter> <esc>sn");
    browser.press(Key::plain(KeyCode::Home));
    assert_eq!(browser.state.accounts.marks.iter(&browser.state.snapshot).next().unwrap().id.as_str(), BERGEN);
}

#[test]
fn pictures_of_the_picker_the_choice_and_the_plan_of_many() {
    for (width, height) in SIZES {
        let mut browser = Browser::start(width, height);
        browser.world.refuses.lock().unwrap().insert(AccountId::new(BERGEN));
        browser.keys("/store<enter>*<esc>/oslo<enter>m");
        snap(&format!("picker_{width}x{height}"), &mut browser);
        browser.keys("group<enter>");
        snap(&format!("picker_marked_{width}x{height}"), &mut browser);
        browser.keys("<c-s>");
        snap(&format!("plan_many_{width}x{height}"), &mut browser);
        // The smallest screen shows the rest first.
        browser.keys(if width == 60 { "<pgdn><enter>" } else { "<enter>" });
        snap(&format!("summary_{width}x{height}"), &mut browser);
    }
    let mut browser = huawei();
    browser.keys("/bergen<enter>D");
    snap("chooser", &mut browser);
    browser.keys("<enter><enter>");
    snap("typed_close", &mut browser);
    let (mut browser, id) = sending();
    let refused = Applied::Refused(Failure {
        items: vec![acctui::domain::FailureItem { message: Untrusted::new("moves are frozen"), ..Default::default() }],
        ..Failure::new(FailureKind::Refused, "POST /accounts/{id}/move", "the provider said no")
    });
    browser.send(Fact::Progressed { id, stage: Stage::Over(0, Box::new(refused)) });
    browser.send(Fact::Progressed { id, stage: Stage::Sending(1) });
    snap("sending_many", &mut browser);
}

#[test]
fn the_summary_follows_what_goes_on_to_its_end() {
    let mut browser = huawei_world(World { closes_later: true, ..World::default() });
    browser.keys("/store<enter>*D<enter><enter>close 3<enter>");
    assert!(browser.screen().contains("3 going on"), "{}", browser.screen());
    let records: Vec<_> = browser.noted().into_iter().filter(|record| record.operation.is_some()).collect();
    let ends = [Ended::Done(None), Ended::Failed(crate::harness::refusal()), Ended::Running];
    assert_eq!(records.len(), ends.len());
    for (record, ended) in records.into_iter().zip(ends) {
        browser.send(Fact::Ended { record: Box::new(record), ended: Ok(ended), earlier: false });
    }
    let screen = browser.screen();
    assert!(screen.contains("1 done · 1 going on · 1 refused"), "{screen}");
    assert!(screen.contains("the provider said no"), "{screen}");
    browser.keys("r");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Plan(view)] if view.plan().unwrap().changes.len() == 1));
    browser.keys("<esc>J<enter>");
    let screen = browser.screen();
    assert!(screen.contains("┃ in          Retail North (o3)"), "{screen}");
    assert!(!screen.contains("→ closed") && !screen.contains("made"), "{screen}");
}

/// So many accounts that they are marked by a bit each.
fn crowd(count: usize) -> Browser {
    let template = World::default().accounts[11].clone();
    let one = |nth: usize| acctui::domain::Account {
        key: account_key(&format!("{nth:032x}")),
        name: Untrusted::new(format!("Shop {nth}")),
        ..template.clone()
    };
    let world = World { accounts: (0..count).map(one).collect(), ..World::default() };
    Browser::with(setup(Protection::Confirm), world, 140, 40)
}

#[test]
fn thousands_are_marked_at_once_and_behave_as_those_marked_one_by_one() {
    let mut browser = crowd(2_500);
    browser.keys(" *");
    assert_eq!(marks(&browser), 2_500);
    assert!(browser.text().contains("· 2,500 marked"), "{}", browser.text());
    assert_eq!(browser.state.targets().len(), 2_500);
    browser.keys(" ");
    assert_eq!(marks(&browser), 2_499, "one of them is unmarked");
    browser.keys("/'999<enter>");
    let text = browser.text();
    assert!(text.contains("2,499 marked (2,49"), "{text}");
    let hidden = browser.state.accounts.hidden_marks(&browser.state.snapshot);
    let first: Vec<Subject> = browser.state.targets().into_iter().take(hidden).collect();
    let shown = |subject: &Subject| {
        let name = browser.state.snapshot.find(&account_key(subject.id())).unwrap().name().to_owned();
        name.contains("999")
    };
    assert!(hidden > 2_400 && !first.iter().any(shown), "what is not shown comes first");
    browser.keys("<esc>/marked:true<enter>");
    assert!(browser.text().contains("Accounts 2,499/2,500"), "{}", browser.text());
    browser.keys("<esc>u");
    assert_eq!(marks(&browser), 0);
    browser.keys("u");
    assert_eq!(marks(&browser), 2_499, "u again brings them back");
    browser.state.accounts.spend_mark(&account_key(&format!("{:032x}", 7)));
    browser.keys("j");
    assert_eq!(marks(&browser), 2_498, "what is done loses its mark");
}

#[test]
fn a_hundred_thousand_marks_and_more_are_no_matter_for_a_frame_but_nothing_is_done_to_so_many() {
    let mut browser = crowd(100_500);
    browser.keys("*");
    assert_eq!(marks(&browser), 100_500);
    assert!(browser.text().contains("100,500 are marked: at most 100,000 are changed at once"), "{}", browser.text());
    for key in ["m", "D", "E", "L"] {
        browser.keys(key);
        assert!(browser.state.modals.is_empty(), "{key}");
        assert!(browser.text().contains("at most 100,000 are changed at once"), "{key}: {}", browser.text());
    }
    let kept = browser.state.accounts.marks_to_keep(&browser.state.snapshot);
    assert!(kept.is_empty(), "so many are not kept for the next start");
}
