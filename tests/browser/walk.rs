//! What a person meets who walks through every write by hand: plans, forms, pickers, dialogs, the help and the footer say
//! what is so, whom they are about, and which keys work now.

use acctui::app::{Effect, Fact, Modal};
use acctui::domain::{
    AccountId, ChangeKind, Failure, FailureItem, FailureKind, Key, KeyCode, Protection, Role, Subject, Untrusted, width,
};

use crate::harness::{Browser, World, account_key, record, refusal, setup, spec_of};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];
const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
const LONE: &str = "11f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
const LONG: &str = "Aurora Corporate Holdings and Subsidiaries in the Nordic and Baltic Countries";

fn at(size: (u16, u16)) -> Browser {
    Browser::start(size.0, size.1)
}

/// What stands in modals: their lines without the frames, one after the other.
fn inside(browser: &mut Browser) -> String {
    let screen = browser.text();
    let middle = |line: &str| {
        let parts: Vec<&str> = line.split('┃').collect();
        (parts.len() > 1).then(|| parts[parts.len() / 2].trim().to_owned())
    };
    screen.lines().filter_map(middle).collect::<Vec<_>>().join(" ")
}

fn footer(browser: &mut Browser) -> String {
    browser.text().lines().last().unwrap_or_default().to_owned()
}

fn typed() -> Browser {
    Browser::with(setup(Protection::Typed), World::default(), 100, 30)
}

fn of(provider: &str, size: (u16, u16)) -> Browser {
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].spec = spec_of(provider);
    setup.connections[0].columns = spec_of(provider).columns;
    Browser::with(setup, World { kind: spec_of(provider), ..World::default() }, size.0, size.1)
}

#[test]
fn a_hierarchy_that_did_not_come_whole_is_said_below_the_rows_with_whose_it_is() {
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].spec = spec_of("huawei");
    let why = Failure::new(FailureKind::Server, "GET /v1/organizations/entities", "the provider failed");
    let world = World { kind: spec_of("huawei"), organizations_fail: Some(why), ..World::default() };
    let mut browser = Browser::with(setup, world, 140, 40);
    let screen = browser.screen();
    assert!(screen.contains("! prod: not every account's OU is known"), "{screen}");
}

/// An account with a name that no title has room for.
fn long() -> World {
    let mut world = World::default();
    world.accounts[0].name = Untrusted::new(LONG);
    world
}

#[test]
fn a_typed_plan_says_that_enter_asks_for_the_word_and_then_what_was_typed_wrong() {
    let mut browser = typed();
    browser.keys("/lone<enter>mharbour<enter><c-s>");
    browser.says(&["Enter asks for the word that sends this change"]);
    assert!(footer(&mut browser).starts_with("Enter go on to the typed word"), "{}", footer(&mut browser));
    browser.keys("<enter>");
    browser.says(&["Type Lone Wolf Studio to confirm"]);
    let words = footer(&mut browser);
    assert!(words.starts_with("Enter check the word") && !words.contains("send"), "{words}");
    assert!(words.contains("F1 help") && !words.contains("? help"), "{words}");
    browser.keys("<enter>");
    browser.says(&["not sent: nothing is typed yet, “Lone Wolf Studio” is asked for"]);
    browser.keys("Lone Wolf?<enter>");
    browser.says(&["not sent: “Lone Wolf?” is not “Lone Wolf Studio”"]);
    assert!(browser.world.writes.lock().unwrap().is_empty());
    browser.keys("<bs> Studio");
    assert!(footer(&mut browser).starts_with("Enter send "), "{}", footer(&mut browser));
    browser.keys("<enter>");
    assert_eq!(browser.world.writes.lock().unwrap().len(), 1);
}

#[test]
fn a_form_shows_where_its_account_is_made_and_the_picker_changes_it() {
    for size in SIZES {
        let mut browser = at(size);
        browser.keys(if size.0 == 140 { "<backtab>jn" } else { "tjn" });
        browser.says(&["New account", "in Aurora Group (o1)", "F4 place"]);
        browser.says_not(&["┃ Organization"]);
        browser.keys("Kiosk<f4>");
        browser.says(&["Where?", "in no organization", "(it is to be made here)"]);
        browser.keys("north<enter>");
        browser.says(&["in Aurora Group › Aurora Retail › Retail North (o3)", "Kiosk"]);
        assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]));
        // Its draft went along.
        browser.pass(1_000);
        browser.keys("<esc>");
        browser.says(&["draft kept: n in Retail North"]);
        browser.keys("n");
        browser.says_not(&["Kiosk"]);
        browser.keys("Kiosk<f4>north<c-s>");
        assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_), Modal::Plan(_)]));
        assert!(inside(&mut browser).contains("Retail North (o3)"), "{}", browser.text());
        let plan = browser.effects.iter().rev().find_map(|effect| match effect {
            Effect::Plan { changes, .. } => Some(changes.clone()),
            _ => None,
        });
        assert_eq!(plan.unwrap()[0].subject.id(), "o3");
    }
}

#[test]
fn a_new_organization_gets_its_parent_from_the_picker_too() {
    for size in SIZES {
        let mut browser = at(size);
        browser.keys(if size.0 == 140 { "<backtab>jN" } else { "tjN" });
        browser.says(&["in Aurora Group (o1)", "F4 place"]);
        browser.keys("Kiosks<f4>");
        browser.says(&["Where?", "a new organization", "at the top", "(it is to be made here)"]);
        browser.keys("north<enter>");
        browser.says(&["in Aurora Group › Aurora Retail › Retail North (o3)", "Kiosks"]);
        browser.keys("<f4>at the top<enter>");
        browser.says(&["at the top", "Kiosks"]);
        browser.keys("<f4>north<c-s>");
        assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_), Modal::Plan(_)]));
        let plan = browser.effects.iter().rev().find_map(|effect| match effect {
            Effect::Plan { changes, .. } => Some(changes.clone()),
            _ => None,
        });
        assert_eq!(plan.unwrap()[0].subject.id(), "o3");
    }
}

#[test]
fn a_new_account_can_be_taken_out_of_any_organization_before_it_is_made() {
    let mut browser = at((100, 30));
    browser.keys("tjnKiosk<f4>in no<enter>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]));
    browser.says(&["in no organization", "Kiosk"]);
    browser.keys("<c-s>");
    browser.says(&["made in", "prod, in no organization"]);
}

#[test]
fn the_place_that_a_new_account_has_already_is_not_picked_again() {
    let mut browser = at((100, 30));
    browser.keys("tjn<f4><enter>");
    browser.says(&["it can't be the destination: it is to be made there"]);
    browser.keys("<esc>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]));
}

#[test]
fn a_refusal_names_its_target_and_says_nothing_twice() {
    for size in SIZES {
        let mut browser = at(size);
        let words = "this account may not be moved.";
        *browser.world.refusal.lock().unwrap() = Some(Failure {
            items: vec![FailureItem {
                code: Some(Untrusted::new("1009")),
                message: Untrusted::new(words),
                ..FailureItem::default()
            }],
            cause: words.into(),
            ..refusal()
        });
        browser.keys("/lone<enter>mharbour<enter><c-s><enter>");
        browser.says(&["Refused", "move account Lone Wolf Studio", "connection  prod", LONE, "code 1009"]);
        let inside = inside(&mut browser);
        assert_eq!(inside.matches("may not be moved").count(), 1, "{}", browser.text());
        assert!(!browser.text().lines().any(|line| line.split('┃').nth(1).is_some_and(|line| line.trim() == ".")));
    }
}

#[test]
fn a_plan_whose_target_is_gone_names_it() {
    for size in SIZES {
        let mut browser = at(size);
        browser.keys("/lone<enter>mharbour<enter>");
        browser.world.ended.lock().unwrap().insert(AccountId::new(LONE));
        browser.keys("<c-s>");
        browser.says(&["Gone meanwhile"]);
        let words = inside(&mut browser);
        assert!(words.contains(LONE) && words.contains("Lone Wolf Studio is gone at the provider"), "{words}");
    }
}

#[test]
fn of_what_is_not_sent_a_plan_shows_no_request() {
    let mut browser = at((140, 40));
    browser.keys("/store<enter>*<esc>/lone<enter> mnorth<enter><c-s>");
    browser.says(&["1 to send · 3 nothing to do"]);
    browser.keys("x");
    let screen = browser.text();
    assert_eq!(screen.matches("no request: it will not be sent").count(), 3, "{screen}");
    assert_eq!(screen.matches("PUT /client/v4").count(), 1, "{screen}");
}

#[test]
fn a_forms_head_cuts_neither_a_name_nor_an_id() {
    for (width, height) in SIZES {
        let mut browser = Browser::with(setup(Protection::Confirm), long(), width, height);
        browser.keys("/holdings<enter>e");
        let words = inside(&mut browser);
        assert!(words.contains(LONG) && words.contains(CORPORATE), "{}", browser.text());
        assert!(words.contains("prod confirm as admin@example.com"), "{}", browser.text());
    }
}

#[test]
fn a_message_leaves_the_hints_of_keys_in_sight() {
    for size in SIZES {
        let mut browser = at(size);
        let before = footer(&mut browser);
        browser.keys("M");
        browser.says(&["mouse off: the terminal selects text"]);
        let first: Vec<&str> = before.split("  ").take(3).collect();
        let after = footer(&mut browser);
        assert!(first.iter().all(|hint| after.contains(hint)), "{before}\n{after}");
        // A modal that leaves a row free leaves it for the message.
        browser.keys("M/lone<enter>mgroup<enter>");
        let mut effects = Vec::new();
        browser.state.announce(Role::Text, "prod: something was said beside an answer of the provider", &mut effects);
        let words = footer(&mut browser);
        assert!(words.contains("to the plan") && words.contains("Esc"), "{words}\n{}", browser.text());
    }
}

#[test]
fn a_message_about_a_key_of_the_panes_is_not_shown_in_a_modal() {
    let mut browser = at((100, 30));
    browser.state.announce_in_panes(Role::Text, "u brings back 2 marks", &mut Vec::new());
    browser.says(&["u brings back 2 marks"]);
    browser.keys("?");
    browser.says_not(&["u brings back 2 marks"]);
    browser.keys("<esc>");
    browser.says(&["u brings back 2 marks"]);
}

#[test]
fn the_help_says_every_reason_whole() {
    for (width, height) in SIZES {
        let mut browser = at((width, height));
        browser.keys("?");
        let mut all = inside(&mut browser);
        for _ in 0..40 {
            browser.keys("j");
            let screen = browser.text();
            let cut = screen.lines().filter(|line| line.contains('┃') && line.contains("…┃"));
            assert_eq!(cut.count(), 0, "{screen}");
            all.push_str(&inside(&mut browser));
        }
        assert!(all.contains("nothing is marked"), "{all}");
        assert!(!all.contains('…'), "{all}");
    }
}

#[test]
fn the_footer_shows_the_keys_that_work_in_a_line_that_is_typed_into() {
    for size in SIZES {
        let mut browser = at(size);
        browser.keys("/lone<enter>m");
        let words = footer(&mut browser);
        assert!(words.contains("/ filter"), "{words}");
        browser.keys("/");
        let words = footer(&mut browser);
        assert!(!words.contains("/ filter") && !words.contains("? help"), "{words}");
        assert!(words.contains("Enter mark it") && words.contains("Esc clear the filter"), "{words}");
    }
    let mut browser = at((100, 30));
    browser.keys("J/");
    let words = footer(&mut browser);
    assert!(words.contains("Enter keep the filter") && words.contains("Esc clear the filter"), "{words}");
    assert!(!words.contains("/ filter") && words.contains("F1 help"), "{words}");
    browser.keys("<esc>");
    assert!(footer(&mut browser).contains("Esc back"), "{}", footer(&mut browser));
}

#[test]
fn the_choice_begins_where_something_can_be_chosen() {
    let mut browser = of("huawei", (100, 30));
    browser.keys("  e");
    browser.says(&["Edit the marked profiles"]);
    assert!(footer(&mut browser).starts_with("Enter choose"), "{}", browser.text());
    browser.keys("<enter>");
    assert!(browser.effects.iter().any(|effect| matches!(effect, Effect::Sheet { .. })), "{}", browser.text());
}

#[test]
fn in_the_form_for_several_no_field_is_starred() {
    let mut browser = at((100, 30));
    browser.keys("  E<enter>");
    browser.says(&["on 2 marked accounts, blank: untouched", "Name"]);
    browser.says_not(&["Name *"]);
    let mut one = at((100, 30));
    one.keys(" E");
    one.says(&["Edit the marked account ", "Set fields on it"]);
    one.keys("<enter>");
    one.says(&["on 1 marked account, blank: untouched"]);
}

#[test]
fn two_keys_that_would_open_forms_of_the_same_fields_open_one() {
    for key in ["e", "E"] {
        let mut browser = of("landscape", (100, 30));
        browser.keys(key);
        browser.says(&["Edit profile"]);
    }
}

#[test]
fn a_line_of_the_journal_keeps_its_time_its_outcome_and_its_target_on_any_screen() {
    for (size, name) in [((60, 20), "Aurora Corporate Nordics"), ((100, 30), LONG.split_at(60).0), ((140, 40), LONG)] {
        let mut browser = at(size);
        let mut record = record(Subject::Account(account_key(CORPORATE)), ChangeKind::Profile);
        record.name = Untrusted::new(name);
        record.operation = None;
        browser.note(&[record]);
        browser.keys("J");
        browser.says(&["just now   sent       edit   ", name]);
    }
}

#[test]
fn a_plan_calls_a_field_as_its_form_does_and_the_request_as_the_provider_does() {
    let mut browser = at((100, 30));
    browser.keys("/corporate<enter>e Ltd<c-s>");
    browser.says(&["Business name     Aurora Corporate AS → Aurora Corporate AS Ltd"]);
    browser.says_not(&["business_name"]);
    browser.keys("x");
    browser.says(&["\"business_name\": \"Aurora Corporate AS Ltd\""]);
    browser.keys("<enter>J");
    browser.says(&["Business name: Aurora"]);
}

#[test]
fn every_modal_has_its_help() {
    for (keys, title) in [("a", "Activity"), ("<f2>", "Connections"), ("J", "Journal"), ("/lone<enter>m", "Move")] {
        let mut browser = at((100, 30));
        browser.keys(keys).keys("?");
        assert!(matches!(browser.state.modals.as_slice(), [_, Modal::Help(_)]), "{title}");
        assert!(inside(&mut browser).contains(title), "{}", browser.text());
        browser.keys("?");
        assert_eq!(browser.state.modals.len(), 1, "{title}");
    }
    let mut browser = at((100, 30));
    browser.keys("/corporate<enter>e");
    assert!(footer(&mut browser).contains("F1 help"), "{}", footer(&mut browser));
    browser.keys("?<f1>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_), Modal::Help(_)]), "{}", browser.text());
    browser.keys("<f1>");
    browser.says(&["Aurora Corporate AS?"]);
}

/// Nothing is written into the further columns of a wide character: a terminal would show half of one.
fn is_whole(browser: &mut Browser) {
    let frame = browser.frame();
    for y in 0..frame.area.height {
        for x in 0..frame.area.width {
            let columns = u16::try_from(width(frame[(x, y)].symbol())).unwrap();
            for after in x + 1..(x + columns).min(frame.area.width) {
                assert_eq!(frame[(after, y)].symbol(), " ", "at {x}, {y} of\n{}", browser.text());
            }
        }
    }
}

#[test]
fn modals_over_wide_characters_leave_no_half_of_one_at_any_width() {
    for wide in 56..76 {
        let mut world = World::default();
        for (account, name) in world.accounts.iter_mut().zip(
            ["株式会社オーロラ商事株式会社オーロラ", "ﾌﾟﾛｼﾞｪｸﾄﾊﾞﾝｸﾌﾟﾛｼﾞｪｸﾄ", "🏪🏪🏪🏪🏪🏪🏪🏪🏪🏪🏪🏪", "⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻"]
                .into_iter()
                .cycle(),
        ) {
            account.name = Untrusted::new(name);
        }
        let mut browser = Browser::with(setup(Protection::Confirm), world, wide * 2, 30);
        for key in
            ["?", "<esc>", "e", "<f1>", "<esc>", "<esc>", "m", "<esc>", "D", "<esc>", "<f2>", "<esc>", "L", "<esc>"]
        {
            browser.keys(key);
            is_whole(&mut browser);
        }
        browser.send(Fact::Key(Key::plain(KeyCode::Esc)));
    }
}

#[test]
fn what_may_have_been_made_is_looked_for_before_it_is_asked_for_again() {
    for size in SIZES {
        let mut browser = at(size);
        browser.keys("nKiosk<c-s>");
        browser.answers = false;
        browser.keys("<enter>");
        let sent = browser.effects.iter().rev().find_map(|effect| match effect {
            Effect::Apply { id, .. } => Some(*id),
            _ => None,
        });
        let why = Failure::new(acctui::domain::FailureKind::TimedOut, "POST /accounts", "no answer");
        let results = vec![acctui::domain::Applied::Unknown(why)];
        browser.send(Fact::Applied { id: sent.unwrap(), results });
        let said = inside(&mut browser);
        assert!(said.contains("Before you ask for it again: R lists anew"), "{}", browser.text());
        assert!(!said.contains("press r in the detail"), "{}", browser.text());
        browser.keys("<esc><esc>");
        browser.says(&["it may have been made:", "draft kept"]);
        let line = browser.text();
        assert!(!line.contains("continues it"), "it asks for no second one\n{line}");
        browser.keys("n");
        browser.says(&["Kiosk"]);
    }
}
