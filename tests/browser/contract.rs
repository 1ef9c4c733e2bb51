//! The contract of the keys and the words: what others learned by heart, or wrote scripts of, line by line.

use acctui::app::{Effect, Fact, Modal, Slot, layout};
use acctui::domain::{AccountKey, Key, KeyCode, Protection};
use acctui::panes::PaneId;
use ratatui::style::Modifier;

use crate::harness::{Browser, World, setup};

/// Keys that lead into each line that is typed into, and its name.
const FIELDS: &[(&str, &str)] = &[
    ("/", "the list's filter"),
    ("<backtab>/", "the tree's filter"),
    ("<enter>lll/", "the search in Raw"),
    ("/corporate<enter>e", "a field of a form"),
    ("m/", "the picker's filter"),
    ("J/", "the journal's filter"),
    ("<enter>hH/", "the history's filter"),
    ("a/", "the activity's filter"),
    ("L", "a label"),
    (":", "the palette"),
    ("?/", "the help's search"),
    ("V", "a view's name"),
];

/// What a key could have changed beside the text.
fn whereabouts(browser: &Browser) -> (PaneId, String, Option<AccountKey>, bool) {
    let state = &browser.state;
    let modals: Vec<_> = state.modals.iter().map(std::mem::discriminant).collect();
    let cursor = state.accounts.selected.clone();
    (state.focus, format!("{modals:?}"), cursor, state.prefix.is_some())
}

#[test]
fn of_control_and_alt_keys_only_those_of_the_contract_pass_a_field() {
    for (opens, what) in FIELDS {
        let ctrl = ('a'..='z').filter(|letter| !"abfkuw".contains(*letter) && !"npsxcz".contains(*letter));
        let alt = ('a'..='z').filter(|letter| !"bfde".contains(*letter));
        let dead = ctrl.map(Key::ctrl).chain(alt.map(|letter| Key::alt(KeyCode::Char(letter)))).chain([
            Key::alt(KeyCode::Enter),
            Key::alt(KeyCode::Left),
            Key::alt(KeyCode::Char(':')),
            Key::alt(KeyCode::Char('e')),
            Key::alt(KeyCode::Up),
        ]);
        // A form's field goes to the editor, and is left for the one above.
        let is_bound =
            |key: &Key| *what == "a field of a form" && [KeyCode::Char('e'), KeyCode::Up].contains(&key.code);
        let mut browser = Browser::start(140, 40);
        browser.keys(opens).keys("st");
        browser.pass(1_000);
        let (before, text) = (whereabouts(&browser), browser.text());
        for key in dead.filter(|key| !(is_bound(key) && key.alt)) {
            browser.press(key);
            // The line is there still: it takes a letter.
            browser.press(Key::char('o'));
            browser.press(Key::plain(KeyCode::Backspace));
            assert_eq!(whereabouts(&browser), before, "{key} leads somewhere in {what}");
            assert_eq!(browser.text(), text, "{key} in {what}");
        }
    }
}

/// Two hundred accounts, so that pages differ from ends.
fn many() -> World {
    let mut world = World::default();
    let pattern = world.accounts[6].clone();
    world.accounts = (0..200)
        .map(|at| {
            let mut account = pattern.clone();
            account.key = crate::harness::account_key(&format!("{at:03}"));
            account.name = acctui::domain::Untrusted::new(format!("Store {at:03}"));
            account
        })
        .collect();
    world
}

#[test]
fn each_key_that_moves_moves_in_the_list() {
    let mut browser = Browser::with(setup(Protection::Confirm), many(), 140, 40);
    let at =
        |browser: &Browser| -> usize { browser.state.accounts.selected.as_ref().unwrap().id.as_str().parse().unwrap() };
    let mut walked = Vec::new();
    for keys in ["j", "<down>", "k", "<up>", "G", "g", "<pgdn>", "<pgup>", "<c-d>", "<c-d>", "<c-u>", "<end>", "<home>"]
    {
        browser.keys(keys);
        walked.push(at(&browser));
    }
    let page = walked[6];
    let half = walked[8];
    assert!(page > 20 && half > 10 && half < page, "{walked:?}");
    assert_eq!(walked, [1, 2, 1, 0, 199, 0, page, 0, half, 2 * half, half, 199, 0]);
    // The same keys scroll a modal, and move in the tree and the detail.
    for (opens, walks) in [("?", true), ("<backtab>", false), ("<enter>lll", true)] {
        let mut browser = Browser::with(setup(Protection::Confirm), many(), 140, 12);
        browser.keys(opens);
        browser.pass(1_000);
        for keys in ["j", "<down>", "G", "<pgdn>", "<c-d>"].iter().filter(|_| walks) {
            let before = browser.screen();
            browser.keys("g");
            let first = browser.screen();
            browser.keys(keys);
            assert_ne!(browser.screen(), first, "{keys} after {opens} {before}");
        }
        for back in ["k", "<up>", "<pgup>", "<c-u>"] {
            browser.keys("G");
            let last = browser.screen();
            browser.keys(back);
            assert_ne!(browser.screen(), last, "{back} after {opens}");
        }
    }
}

fn top(browser: &mut Browser) -> String {
    browser.text().lines().next().unwrap_or_default().to_owned()
}

/// Which panes stand on the screen, from left to right.
fn panes(browser: &Browser) -> Vec<PaneId> {
    let areas = layout(&browser.state);
    PaneId::ALL.into_iter().filter(|pane| areas.pane(*pane).is_some()).collect()
}

#[test]
fn three_panes_from_110_columns_two_from_80_and_else_one() {
    use PaneId::{Accounts, Detail, Organizations};
    for (width, shown) in [
        (79, vec![Accounts]),
        (80, vec![Accounts, Detail]),
        (109, vec![Accounts, Detail]),
        (110, vec![Organizations, Accounts, Detail]),
    ] {
        let mut browser = Browser::start(width, 30);
        assert_eq!(panes(&browser), shown, "{width}");
        assert_eq!(browser.state.focus, Accounts, "the list has the focus at start");
        for title in PaneId::ALL {
            let title = format!(" {title:?} ");
            assert_eq!(browser.text().contains(&title), shown.iter().any(|pane| title.contains(&format!("{pane:?}"))));
        }
    }
    // Between, the tree is behind its key, and the same key hides it.
    let mut browser = Browser::start(100, 30);
    browser.keys("<tab><tab>");
    assert_eq!(browser.state.focus, Accounts, "what is not shown is not on the way");
    browser.keys("t");
    assert_eq!((panes(&browser), browser.state.focus), (vec![Organizations, Accounts], Organizations));
    browser.keys("t");
    assert_eq!((panes(&browser), browser.state.focus), (vec![Accounts, Detail], Accounts));
    // On a narrow one each is reached by Tab, and says where it stands.
    let mut browser = Browser::start(60, 20);
    for (keys, pane) in [("", Accounts), ("<tab>", Detail), ("<tab>", Organizations), ("<backtab>", Detail)] {
        browser.keys(keys);
        assert_eq!((panes(&browser), browser.state.focus), (vec![pane], pane));
    }
    browser.keys("<tab>jl");
    browser.keys("j<enter>");
    assert!(top(&mut browser).contains("Aurora Group › Aurora Retail"), "{}", browser.text());
    // Where nothing stands in it the tree has no room.
    let mut world = World { organizations: Vec::new(), ..World::default() };
    world.accounts.iter_mut().for_each(|account| account.parent = None);
    let browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
    assert_eq!(panes(&browser), [Accounts, Detail]);
}

#[test]
fn tab_and_shift_tab_go_round_the_panes() {
    use PaneId::{Accounts, Detail, Organizations};
    let mut browser = Browser::start(140, 40);
    for (key, pane) in [
        ("<tab>", Detail),
        ("<tab>", Organizations),
        ("<tab>", Accounts),
        ("<backtab>", Organizations),
        ("<backtab>", Detail),
        ("<backtab>", Accounts),
    ] {
        browser.keys(key);
        assert_eq!(browser.state.focus, pane);
    }
    // Out of a line, too: it keeps what was typed.
    for (opens, key, pane) in [
        ("/st", "<backtab>", Organizations),
        ("/oslo", "<tab>", Accounts),
        ("<backtab>/re", "<backtab>", Detail),
        ("<enter>lll/st", "<backtab>", Accounts),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens).keys(key);
        assert_eq!(browser.state.focus, pane, "{opens}{key}");
        let state = &browser.state;
        assert!(!state.accounts.filtering && !state.organizations.filtering && !state.detail.searching, "{opens}{key}");
        browser.keys("?");
        assert!(browser.text().contains("┏ Help"), "the keys are the pane's again\n{}", browser.text());
    }
}

/// Keys that open each modal, and a word of its title.
const MODALS: &[(&str, &str)] = &[
    ("?", "Help"),
    (":", "Palette"),
    ("<c-p>", "Palette"),
    ("a", "Activity"),
    ("J", "Journal"),
    ("<f2>", "Connections"),
    ("<c-o>", "Connections"),
    ("e", "Edit profile"),
    ("m", "Move"),
    ("D", "Plan"),
    ("e<end>!<c-s>", "Plan"),
    ("F", "Search"),
    ("V", "Views"),
    ("C", "Columns"),
    ("L", "Labels"),
    ("<enter>hH", "History"),
];

#[test]
fn each_modal_has_its_title_and_q_and_esc_close_it() {
    for (opens, title) in MODALS {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens);
        let depth = browser.state.modals.len();
        assert!(depth > 0, "{opens}\n{}", browser.text());
        assert!(browser.text().contains(&format!("┏ {title}")), "{title}\n{}", browser.text());
        if browser.state.is_typed_into() {
            browser.keys("q");
            assert_eq!(browser.state.modals.len(), depth, "q is text in {title}");
            browser.keys("<bs>");
        } else {
            let mut other = Browser::start(140, 40);
            other.keys(opens).keys("q");
            assert_eq!(other.state.modals.len(), depth - 1, "q in {title}\n{}", other.text());
            assert!(!other.effects.contains(&Effect::Quit), "q in {title}");
        }
        browser.keys("<esc>");
        assert_eq!(browser.state.modals.len(), depth - 1, "Esc in {title}\n{}", browser.text());
    }
    for pane in ["", "<enter>", "<backtab>"] {
        let mut browser = Browser::start(140, 40);
        browser.keys(pane).keys("q");
        assert!(browser.effects.contains(&Effect::Quit), "after {pane}");
    }
}

#[test]
fn ctrl_c_quits_at_once_and_ctrl_z_suspends_anywhere() {
    let lines = FIELDS.iter().map(|(opens, _)| *opens);
    let modals = MODALS.iter().map(|(opens, _)| *opens);
    for opens in lines.chain(modals).chain(["", "<enter>", "<backtab>", "s", "y"]) {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens);
        let before = (whereabouts(&browser), browser.text());
        browser.effects.clear();
        browser.press(Key::ctrl('z'));
        assert!(browser.effects.contains(&Effect::Suspend), "after {opens}");
        assert_eq!((whereabouts(&browser), browser.text()), before, "after {opens}");
        browser.press(Key::ctrl('c'));
        assert!(browser.effects.contains(&Effect::Quit), "after {opens}");
    }
}

#[test]
fn in_a_modal_no_key_of_the_panes_means_what_it_means_there() {
    // Each is another one's, or nobody's: what was meant for the panes does nothing behind a dialog.
    for (opens, title) in MODALS.iter().filter(|(_, title)| !["Edit profile", "Palette", "Search"].contains(title)) {
        for key in ["e", "E", "N", "m", "D", "F", "i", "R", "*", "o"] {
            let mut browser = Browser::start(140, 40);
            browser.keys(opens);
            browser.pass(1_000);
            let (before, effects) = (browser.state.modals.len(), browser.effects.len());
            let marks = browser.state.accounts.marks.len();
            browser.keys(key);
            assert_eq!(browser.state.modals.len(), before, "{key} in {title}\n{}", browser.text());
            assert_eq!(browser.state.accounts.marks.len(), marks);
            let asks =
                browser.effects[effects..].iter().filter(|it| matches!(it, Effect::Sync { .. } | Effect::Fetch { .. }));
            assert_eq!(asks.count(), 0, "{key} in {title}");
        }
    }
}

#[test]
fn the_letter_that_sorts_is_underlined_in_its_columns_title_and_again_reverses() {
    let mut browser = Browser::start(140, 40);
    let letters = |browser: &mut Browser| -> Vec<String> {
        let frame = browser.frame();
        let list = layout(&browser.state).accounts.unwrap();
        let cells = (list.left()..list.right()).map(|x| &frame[(x, list.y + 1)]);
        cells
            .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED))
            .map(|cell| cell.symbol().to_lowercase())
            .collect()
    };
    let found = letters(&mut browser);
    assert!(found.len() >= 3, "{found:?}");
    for letter in found {
        let mut browser = Browser::start(140, 40);
        browser.keys("s").keys(&letter);
        let first = browser.state.accounts.sort.clone();
        browser.keys("s").keys(&letter);
        let second = browser.state.accounts.sort.clone();
        assert_eq!((first.len(), second.len()), (1, 1), "{letter}");
        assert_ne!(first[0].direction, second[0].direction, "{letter}");
    }
}

#[test]
fn the_detail_follows_after_120_ms_and_asks_after_400_if_its_fact_is_older_than_5_minutes() {
    let mut browser = Browser::start(140, 40);
    browser.pass(2_000);
    browser.effects.clear();
    let target = |browser: &Browser| format!("{:?}", browser.state.detail.target);
    let before = target(&browser);
    browser.press(Key::char('j'));
    browser.pass(119);
    assert_eq!(target(&browser), before);
    browser.pass(1);
    let after = target(&browser);
    assert_ne!(after, before);
    browser.pass(279);
    assert_eq!(browser.requests(), 0);
    browser.pass(1);
    assert_eq!(browser.requests(), 1, "400 ms after the key");
    // There and back: young facts are not asked for again, r asks all the same.
    for (age, asked) in [(0, 0), (4 * 60_000, 0), (70_000, 1)] {
        browser.press(Key::char('k'));
        browser.pass(60);
        browser.press(Key::char('j'));
        browser.pass(age);
        browser.press(Key::char('k'));
        browser.pass(60);
        browser.effects.clear();
        browser.press(Key::char('j'));
        browser.pass(2_000);
        assert_eq!((target(&browser), browser.requests()), (after.clone(), asked), "{age}");
    }
    browser.effects.clear();
    browser.press(Key::plain(KeyCode::Enter));
    browser.press(Key::char('r'));
    assert_eq!(browser.requests(), 1, "at once");
}

fn form(browser: &Browser) -> &acctui::forms::Form {
    let Some(Modal::Form(form)) = browser.state.modals.last() else { panic!("no form is on top") };
    form
}

#[test]
fn a_form_opens_on_its_first_field_and_each_key_changes_fields() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e!");
    assert_eq!(form(&browser).fields[0].input.value(), "Aurora Corporate AS!", "the cursor was at its end");
    for (keys, field) in [
        ("<tab>", 1),
        ("<backtab>", 0),
        ("<down>", 1),
        ("<up>", 0),
        ("<c-n>", 1),
        ("<c-p>", 0),
        ("<a-down>", 1),
        ("<a-up>", 0),
        ("<enter>", 1),
        ("<enter><enter><enter>", 4),
    ] {
        browser.keys(keys);
        assert_eq!(form(&browser).focus, field, "{keys}");
    }
    // Behind the last field stands the button; Enter on it leads to the Plan and sends nothing.
    browser.keys("<enter>");
    browser.says(&["[ Review ]"]);
    assert!(matches!(browser.state.modals.last(), Some(Modal::Form(_))));
    browser.keys("<enter>");
    assert!(matches!(browser.state.modals.last(), Some(Modal::Plan(_))), "{}", browser.text());
    assert!(browser.world.writes.lock().unwrap().is_empty());
}

#[test]
fn from_every_form_and_the_picker_ctrl_s_leads_to_the_plan_and_enter_there_only_chooses() {
    for (opens, types) in [
        ("/corporate<enter>e", "!"),
        ("/corporate<enter>E", "!"),
        ("n", "Newcomer"),
        ("<backtab>jN", "Newcomer"),
        ("<backtab>jE", "!"),
        ("<backtab>je", "!"),
        ("  e<enter>", "<tab>x@example.com"),
        ("/oslo<enter>mgroup<enter>", ""),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens).keys(types);
        assert!(!matches!(browser.state.modals.last(), Some(Modal::Plan(_))), "{opens}\n{}", browser.text());
        browser.keys("<c-s>");
        assert!(matches!(browser.state.modals.last(), Some(Modal::Plan(_))), "{opens}\n{}", browser.text());
        assert!(browser.world.writes.lock().unwrap().is_empty(), "{opens}");
    }
}

#[test]
fn in_the_filter_line_pages_move_in_the_result_and_text_stays() {
    let mut browser = Browser::with(setup(Protection::Confirm), many(), 140, 40);
    browser.keys("/store");
    let first = browser.state.accounts.selected.clone();
    for (key, back) in [("<down>", "<up>"), ("<c-n>", "<c-p>"), ("<pgdn>", "<pgup>")] {
        browser.keys(key);
        assert_ne!(browser.state.accounts.selected, first, "{key}");
        browser.keys(back);
        assert_eq!(browser.state.accounts.selected, first, "{back}");
    }
    assert_eq!((browser.state.accounts.filter.value(), browser.state.accounts.filtering), ("store", true));
    for (key, opens) in [("<f1>", "┏ Help"), ("<f2>", "┏ Connections"), ("<f3>", "┏ Palette")] {
        let mut browser = Browser::start(140, 40);
        browser.keys("/store").keys(key);
        browser.says(&[opens]);
    }
}

#[test]
fn the_word_is_the_name_where_it_is_ascii_at_most_40_long_and_nobody_elses() {
    let forty = "A name of forty letters, not one of more";
    assert_eq!(forty.len(), 40);
    let longer = format!("{forty}!");
    for (name, also, word) in [
        (forty, "another", forty),
        (longer.as_str(), "another", "0e9f8a7b"),
        ("Bäckerei", "another", "0e9f8a7b"),
        ("tab\there", "another", "0e9f8a7b"),
        ("", "another", "0e9f8a7b"),
        ("Twice", "Twice", "0e9f8a7b"),
        ("Twice", "twice", "Twice"),
    ] {
        let mut world = World::default();
        world.accounts[0].name = acctui::domain::Untrusted::new(name);
        world.accounts[1].name = acctui::domain::Untrusted::new(also);
        world.accounts.truncate(2);
        let mut browser = Browser::with(setup(Protection::Typed), world, 140, 40);
        browser.keys("/00f0c3<enter>D<enter>");
        assert!(browser.text().contains(&format!("Type {word} to confirm")), "{name}\n{}", browser.text());
        browser.keys(word).keys("<enter>");
        let ended = browser.world.ended.lock().unwrap().len();
        assert_eq!(ended, 1, "{name}\n{}", browser.text());
    }
}

#[test]
fn what_became_of_a_write_stays_two_seconds_and_q_asks_nothing_then() {
    for (keys, word) in [
        ("/corporate<enter>e<end>!<c-s><enter>", "Saved"),
        ("/oslo<enter>mgroup<enter><c-s><enter>", "Moved"),
        ("/oslo<enter>D<enter>Store 001 Oslo<enter>", "Deleted"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(keys);
        browser.says(&[word]);
        browser.pass(2_000);
        browser.says(&[word]);
        browser.keys("j");
        browser.says(&[word]);
        browser.keys("q");
        assert!(browser.effects.contains(&Effect::Quit), "{word}");
        assert!(browser.state.modals.is_empty(), "{word}");
        browser.pass(10_000);
        browser.says_not(&[word]);
    }
}

#[test]
fn the_list_counts_what_is_shown_of_how_many_with_commas() {
    let mut world = many();
    let pattern = world.accounts[0].clone();
    world.accounts = (0..4_031)
        .map(|at| {
            let mut account = pattern.clone();
            account.key = crate::harness::account_key(&format!("{at:05}"));
            account.name = acctui::domain::Untrusted::new(format!("Store {at:05}"));
            account
        })
        .collect();
    let mut browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
    browser.says(&["Accounts 4,031/4,031"]);
    browser.keys("/'0123");
    browser.says(&["Accounts 11/4,031"]);
}

#[test]
fn the_top_line_says_connection_level_scope_identity_age_jobs_and_what_is_left() {
    use acctui::domain::Role;
    let mut browser = Browser::start(140, 40);
    let line = top(&mut browser);
    for words in ["prod confirm", "All accounts", "admin@example.com", "as of just now"] {
        assert!(line.contains(words), "{words}: {line}");
    }
    browser.keys("<backtab>j");
    assert!(top(&mut browser).contains("Aurora Group"), "{}", top(&mut browser));
    browser.answers = false;
    browser.keys("R");
    assert!(top(&mut browser).contains("loading"), "{}", top(&mut browser));
    // Each level has its word and a look of its own.
    let mut looks = Vec::new();
    for level in [Protection::Open, Protection::Confirm, Protection::Typed, Protection::ReadOnly] {
        let mut browser = Browser::with(setup(level), World::default(), 140, 40);
        let line = top(&mut browser);
        assert!(line.contains(&format!("prod {}", level.word())), "{line}");
        let x = acctui::domain::width(line.split(level.word()).next().unwrap());
        let frame = browser.frame();
        let cell = &frame[(u16::try_from(x).unwrap(), 0)];
        assert_eq!(cell.style().bg, browser.state.theme().style(Role::Level(level)).bg.or(cell.style().bg));
        looks.push((cell.fg, cell.bg));
    }
    for (at, look) in looks.iter().enumerate() {
        assert!(!looks[..at].contains(look), "{looks:?}");
    }
    // What is left of the budget is said where it is low, and not else.
    for (left, says) in [(12, true), (400, false)] {
        let mut browser = Browser::start(140, 40);
        browser.send(Fact::Requested(acctui::provider::RequestRecord {
            id: 9,
            connection: "prod".into(),
            began: browser.state.now,
            at: browser.state.now,
            method: "GET",
            path: "/accounts".into(),
            asked: None,
            attempt: 1,
            waited: 0,
            state: acctui::provider::RequestState::Answered(200),
            bytes: 0,
            request_id: None,
            notices: Vec::new(),
            failure: None,
            budget: Some(acctui::provider::RequestBudget { limit: 600, left }),
        }));
        assert_eq!(top(&mut browser).contains("requests left"), says, "{}", top(&mut browser));
    }
    let world = World { expires: Some("2026-01-05T12:00:00Z"), ..World::default() };
    let mut browser = Browser::with(setup(Protection::Confirm), world, 140, 40);
    let line = top(&mut browser);
    let x = acctui::domain::width(line.split("expires").next().unwrap());
    let frame = browser.frame();
    assert_eq!(frame[(u16::try_from(x).unwrap(), 0)].fg, browser.state.theme().style(Role::Bad).fg.unwrap(), "red");
}

#[test]
fn a_dialog_that_confirms_shows_id_connection_identity_and_lineage() {
    for (keys, id, inside) in [
        (
            "/bergen<enter>e<end>!<c-s>",
            "07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b",
            "Aurora Group › Aurora Retail › Retail North",
        ),
        ("/bergen<enter>D", "07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b", "Aurora Group › Aurora Retail › Retail North"),
        ("/bergen<enter>D<enter>", "07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b", "Aurora Group › Aurora Retail › Retail North"),
        (
            "/bergen<enter>mgroup<enter><c-s>",
            "07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b",
            "Aurora Group › Aurora Retail › Retail North",
        ),
        ("<backtab>jljE<end>!<c-s>", "o2", "Aurora Group"),
    ] {
        for (width, height) in [(140, 40), (60, 20)] {
            let mut browser = Browser::start(width, height);
            let keys = if width == 60 { keys.replace("<backtab>", "<tab><tab>") } else { keys.to_owned() };
            browser.keys(&keys);
            assert!(matches!(browser.state.modals.last(), Some(Modal::Plan(_))), "{keys}\n{}", browser.text());
            let joined = browser.text().replace(['┃', '\n'], " ");
            let joined = joined.split_whitespace().collect::<Vec<_>>().join(" ");
            for words in [id, inside, "prod", "admin@example.com"] {
                assert!(joined.contains(words), "{words} is missing after {keys}\n{}", browser.text());
            }
        }
    }
}

#[test]
fn what_is_old_stays_dim_with_its_age_while_newer_is_read() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter><enter>");
    browser.pass(6 * 60_000);
    let look = |browser: &mut Browser| {
        let (text, frame) = (browser.text(), browser.frame());
        let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains("Type          enterprise")).unwrap();
        let x = acctui::domain::width(line.split("enterprise").nth(1).unwrap_or_default());
        let at = acctui::domain::width(line.rsplit_once("enterprise").unwrap().0);
        assert!(x > 0);
        let cell = &frame[(u16::try_from(at).unwrap(), u16::try_from(y).unwrap())];
        (cell.fg, cell.modifier)
    };
    let before = look(&mut browser);
    browser.answers = false;
    browser.keys("r");
    browser.says(&["as of 6 min ago, refreshing …"]);
    assert_ne!(look(&mut browser), before, "dim\n{}", browser.text());
    let asked = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Fetch { id, slot: Slot::Detail, .. } => Some(*id),
        _ => None,
    });
    let failure = acctui::domain::Failure::new(acctui::domain::FailureKind::TimedOut, "GET /x", "no answer");
    browser.send(Fact::Replied { id: asked.unwrap(), slot: Slot::Detail, result: Err(failure) });
    browser.says(&["as of 6 min ago", "no answer"]);
    assert_eq!(look(&mut browser), before);
}

#[test]
fn a_write_that_is_on_its_way_holds_the_end_up_until_it_is_journalled_or_ctrl_c_comes_twice() {
    let quits = |browser: &Browser| browser.effects.contains(&Effect::Quit);
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end>!<c-s>");
    browser.answers = false;
    browser.keys("<enter>");
    let apply = browser.effects.iter().rev().find(|effect| matches!(effect, Effect::Apply { .. })).cloned().unwrap();
    browser.keys("q<esc>");
    assert!(!quits(&browser));
    browser.press(Key::ctrl('c'));
    assert!(!quits(&browser));
    browser.says(&["Ctrl-c again leaves at once"]);
    let mut other = Browser::start(140, 40);
    other.keys("/corporate<enter>e<end>!<c-s>");
    other.answers = false;
    other.keys("<enter>");
    other.press(Key::ctrl('c'));
    other.press(Key::ctrl('c'));
    assert!(quits(&other), "the second leaves");
    for fact in browser.answer(apply) {
        browser.send(fact);
    }
    assert!(quits(&browser), "journalled, it leaves by itself");
}

#[test]
fn what_is_typed_for_the_word_is_taken_at_once_and_enter_after_250_ms() {
    let mut browser = Browser::with(setup(Protection::Typed), World::default(), 140, 40);
    browser.keys("/corporate<enter>e<end>!<c-s><enter>");
    for char in "Aurora Corporate".chars() {
        browser.press(Key::char(char));
    }
    let typed = |browser: &Browser| match browser.state.modals.last() {
        Some(Modal::Plan(view)) => view.word().map(|word| word.value().to_owned()),
        _ => None,
    };
    assert_eq!(typed(&browser).as_deref(), Some("Aurora Corporate"), "no letter is dropped");
    browser.pass(249);
    browser.press(Key::plain(KeyCode::Enter));
    assert!(browser.world.writes.lock().unwrap().is_empty(), "and none of them sends");
    browser.says(&["press it again"]);
    browser.send(Fact::Mouse(acctui::app::MouseKind::Click, 70, 20));
    browser.pass(1_000);
    browser.send(Fact::Mouse(acctui::app::MouseKind::Click, 70, 20));
    assert!(browser.world.writes.lock().unwrap().is_empty(), "no click confirms");
    browser.press(Key::plain(KeyCode::Enter));
    assert_eq!(browser.world.writes.lock().unwrap().len(), 1);
}

#[test]
fn at_rest_one_timer_a_minute_is_all_and_that_is_for_ages() {
    let mut browser = Browser::start(140, 40);
    browser.keys("j");
    browser.pass(60_000);
    browser.effects.clear();
    browser.pass(3 * 3_600_000);
    let timers = browser.effects.iter().filter(|effect| matches!(effect, Effect::Timer { .. })).count();
    // Minutes in the first hour, hours after it.
    assert!((59..=64).contains(&timers), "{timers}");
    assert_eq!(timers, browser.effects.len(), "{:?}", noticed(&browser));
}

fn noticed(browser: &Browser) -> Vec<&Effect> {
    browser.effects.iter().filter(|effect| !matches!(effect, Effect::Timer { .. })).collect()
}

#[test]
fn the_news_of_a_write_offers_its_undo_where_there_is_one() {
    for (keys, word) in [
        ("/corporate<enter>e<end>!<c-s><enter>", "Saved · J U undoes"),
        ("/bergen<enter>mgroup<enter><c-s><enter>", "Moved · J U undoes"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(keys);
        browser.says(&[word]);
        let done = browser.world.writes.lock().unwrap().len();
        browser.keys("JU<enter>");
        assert_eq!(browser.world.writes.lock().unwrap().len(), done + 1, "these very keys undo it\n{word}");
    }
    // No profile can be taken away, and nothing deleted comes back.
    for keys in ["/bergen<enter>eBergen AS<c-s><enter>", "/bergen<enter>D<enter>Store 002 Bergen<enter>"] {
        let mut browser = Browser::start(140, 40);
        browser.keys(keys);
        assert!(browser.text().contains("Saved") || browser.text().contains("Deleted"), "{}", browser.text());
        browser.says_not(&["undoes"]);
    }
}

#[test]
fn the_filter_key_is_about_the_pane_that_has_the_focus_and_from_the_detail_about_the_list() {
    for (opens, pane, typed) in [
        ("/zz", PaneId::Accounts, "zz//"),
        ("<backtab>/zz", PaneId::Organizations, "/zz/"),
        ("<enter>/zz", PaneId::Accounts, "zz//"),
        ("<enter>ll/zz", PaneId::Accounts, "zz//"),
        ("<enter>lll/zz", PaneId::Detail, "//zz"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens);
        let state = &browser.state;
        let lines = [state.accounts.filter.value(), state.organizations.filter.value(), state.detail.search.value()];
        assert_eq!((state.focus, lines.join("/").as_str()), (pane, typed), "{opens}");
    }
}

#[test]
fn h_and_l_and_the_arrows_open_and_close_in_the_tree_and_turn_tabs_in_the_detail() {
    for (open, close) in [("l", "h"), ("<right>", "<left>")] {
        let mut browser = Browser::start(140, 40);
        browser.keys("<backtab>j").keys(open);
        let rows = |browser: &Browser| browser.state.organizations.rows().len();
        let opened = rows(&browser);
        browser.keys(close);
        assert!(rows(&browser) < opened, "{close}");
        browser.keys("<tab>");
        let tab = |browser: &Browser| browser.state.detail.tab.title();
        let mut walked = Vec::new();
        browser.keys("<tab>");
        for key in [open, open, open, open, close] {
            walked.push(tab(&browser));
            browser.keys(key);
        }
        assert_eq!(walked, ["Overview", "Profile", "Hierarchy", "Raw", "History"]);
        assert_eq!(tab(&browser), "Raw");
    }
}

#[test]
fn each_of_the_two_keys_hands_a_field_to_the_editor() {
    for key in [Key::ctrl('x'), Key::alt(KeyCode::Char('e'))] {
        let mut browser = Browser::start(140, 40);
        browser.editor = Some(|text| Ok(text + ", edited"));
        browser.keys("/corporate<enter>e");
        browser.press(key);
        assert_eq!(form(&browser).fields[0].input.value(), "Aurora Corporate AS, edited", "{key}");
    }
}

#[test]
fn at_first_the_scope_is_all_and_that_spans_every_connection() {
    let prod = setup(Protection::Confirm).connections.remove(0);
    let other = acctui::domain::ConnectionName::new("staging");
    let mut setup = setup(Protection::Confirm);
    setup.connections.push(crate::harness::connection(other.clone(), prod.spec, Protection::Typed));
    let second = World { connection: other, ..World::default() };
    let mut browser = Browser::among(setup, World::default(), vec![second], 140, 40);
    browser.send(Fact::Own(Box::default()));
    assert_eq!(browser.state.accounts.scope, acctui::inventory::Scope::All);
    browser.says(&["2 connections", "All accounts", "Accounts 24/24"]);
    // The tree begins with them, and each is a scope.
    browser.keys("<backtab>");
    let first: Vec<String> = browser
        .state
        .organizations
        .rows()
        .iter()
        .filter_map(|row| match &row.node {
            acctui::panes::organizations::Node::Connection(name) => Some(name.to_string()),
            acctui::panes::organizations::Node::Organization(_) => None,
        })
        .collect();
    assert_eq!(first, ["prod", "staging"]);
    browser.keys("<enter>");
    browser.says(&["prod confirm", "Accounts 12/12"]);
}

#[test]
fn r_and_shift_r_ask_anew_for_what_is_shown_and_for_the_connection() {
    let syncs = |browser: &Browser| browser.effects.iter().filter(|it| matches!(it, Effect::Sync { .. })).count();
    for (opens, key, listings, fetches) in [
        ("", "r", 1, 0),
        ("<backtab>", "r", 1, 0),
        ("<enter>", "r", 0, 1),
        ("<enter>l", "r", 0, 1),
        ("", "R", 1, 0),
        ("<backtab>j", "R", 1, 0),
        ("<enter>", "R", 1, 0),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens);
        browser.pass(1_000);
        browser.effects.clear();
        browser.press(Key::char(key.chars().next().unwrap()));
        let asked = browser.effects.iter().filter(|it| matches!(it, Effect::Fetch { slot: Slot::Detail, .. })).count();
        assert_eq!((syncs(&browser), asked), (listings, fetches), "{key} after {opens}");
    }
}

#[test]
fn on_a_connection_of_the_tree_m_says_what_is_moved_instead() {
    let mut browser = Browser::start(140, 40);
    browser.keys("<backtab>m");
    browser.says(&["this is a connection, and only accounts move: choose one in the list"]);
    assert!(browser.state.modals.is_empty());
}

#[test]
fn a_typed_plan_is_read_and_its_requests_shown_before_the_word_is_asked_for() {
    let mut browser = Browser::with(setup(Protection::Typed), World::default(), 100, 20);
    browser.keys("/corporate<enter>e<end>!<c-s>");
    browser.says_not(&["PUT /client/v4"]);
    browser.keys("x");
    browser.says(&["PUT /client/v4/accounts"]);
    let before = browser.text();
    browser.keys("G");
    assert_ne!(browser.text(), before, "it scrolls");
    browser.keys("xg");
    browser.says_not(&["to confirm"]);
    browser.keys("<enter><enter>");
    browser.says(&["Type Aurora Corporate to confirm"]);
    browser.keys("xG");
    for slip in [Key::alt(KeyCode::Char('m')), Key::alt(KeyCode::Up), Key::ctrl('o'), Key::ctrl('d'), Key::ctrl('e')] {
        browser.press(slip);
    }
    let typed = match browser.state.modals.last() {
        Some(Modal::Plan(view)) => view.word().map(|word| word.value().to_owned()),
        _ => None,
    };
    assert_eq!(typed.as_deref(), Some("xG"), "now they are letters");
}

#[test]
fn a_long_paste_outside_of_a_field_does_nothing_and_says_so() {
    let text = "q\nD\ny\r\n".repeat(1_000);
    for opens in ["", "<backtab>", "<enter>lll", "?", "a", "J", "D", "m", "<f2>", "C", "s", "y"] {
        let mut browser = Browser::start(140, 40);
        browser.keys(opens);
        browser.pass(1_000);
        browser.effects.clear();
        let before = whereabouts(&browser);
        browser.send(Fact::Paste(text.clone()));
        assert_eq!(whereabouts(&browser), before, "after {opens}");
        assert!(browser.world.ended.lock().unwrap().is_empty() && browser.world.writes.lock().unwrap().is_empty());
        browser.says(&["pasted text is taken by text fields only"]);
        assert!(noticed(&browser).is_empty(), "{:?}", noticed(&browser));
    }
}

#[test]
fn the_filter_key_on_a_filter_begins_a_new_one_or_goes_on_with_it() {
    for (keys, there) in [
        ("/store<enter>/oslo", "oslo"),
        ("/store<enter>/ oslo", "store oslo"),
        ("/store<enter>/<left>!", "stor!e"),
        ("/store<enter>/<bs>", "stor"),
        ("/store<enter>/<end>s", "stores"),
        ("/store<enter>/<c-u>x", "x"),
        ("/store<enter>/<enter>", "store"),
        ("/store<enter>/<esc>", ""),
        ("/store<enter>/<enter>j/q", "q"),
        ("/store<enter><enter>/oslo", "oslo"),
    ] {
        let mut browser = Browser::start(140, 40);
        browser.keys(keys);
        assert_eq!(browser.state.accounts.filter.value(), there, "{keys}");
    }
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>/");
    browser.says(&["type a new filter; Space, ← or Backspace goes on with this one", "/ store"]);
    browser.send(Fact::Paste("oslo".into()));
    assert_eq!(browser.state.accounts.filter.value(), "oslo");
}
