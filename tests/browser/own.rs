//! The user's own: completion and history of the filter line, labels and notes, and a session that comes back.

use acctui::app::{Effect, Fact, Keep, Kept};
use acctui::domain::{Key, KeyCode, Protection};
use acctui::inventory::{Direction, Scope};
use acctui::panes::PaneId;
use acctui::panes::detail::Tab;
use acctui::provider::ColumnValue;

use crate::harness::{Browser, World, account_key, organization_key, setup, snap};

const SIZES: [(u16, u16); 3] = [(140, 40), (100, 30), (60, 20)];

/// Started over what an earlier run kept.
fn over(kept: Kept, width: u16, height: u16) -> Browser {
    let mut browser = Browser::with(setup(Protection::Confirm), World::default(), width, height);
    browser.send(Fact::Own(Box::new(kept)));
    browser
}

/// What was to be kept so far.
fn keeps(browser: &Browser) -> Vec<Keep> {
    let keeps = browser.effects.iter().filter_map(|effect| match effect {
        Effect::Keep(keep) => Some(keep.clone()),
        _ => None,
    });
    keeps.collect()
}

fn session(browser: &Browser) -> Option<String> {
    keeps(browser).into_iter().rev().find_map(|keep| match keep {
        Keep::Session { text, .. } => Some(text),
        _ => None,
    })
}

fn typed(browser: &Browser) -> &str {
    browser.state.accounts.filter.value()
}

#[test]
fn tab_completes_fields_and_values_and_else_leaves_to_the_list() {
    let mut browser = over(Kept::default(), 100, 30);
    browser.keys("/typ<tab>");
    assert_eq!(typed(&browser), "type:");
    browser.keys("<tab>");
    assert_eq!(typed(&browser), "type:enterprise ");
    browser.keys("<tab>");
    assert_eq!(typed(&browser), "type:standard ");
    browser.keys("<tab>");
    assert_eq!(typed(&browser), "type:enterprise ", "after the last comes the first");
    browser.keys("store<tab>");
    assert_eq!(typed(&browser), "type:enterprise store");
    assert!(!browser.state.accounts.filtering, "nothing fits: the list has the keys");
    // What the records have is a field, too.
    browser.keys("/<c-u>settings.enforce_twofactor:true");
    assert_eq!(browser.state.accounts.read.error(), None);
    assert_eq!(browser.state.accounts.read.paths().collect::<Vec<_>>(), ["settings.enforce_twofactor"]);
    browser.keys("<c-u>org:retail<tab>");
    assert_eq!(typed(&browser), "org:\"Retail North\" ");
}

#[test]
fn candidates_stand_under_the_line() {
    for (width, height) in SIZES {
        let mut browser = over(Kept::default(), width, height);
        browser.keys("/org:<tab><tab>");
        browser.pass(1000);
        snap(&format!("filter_candidates_{width}x{height}"), &mut browser);
    }
}

#[test]
fn alt_up_and_down_walk_the_filters_that_were_used() {
    let filters = vec!["status:active".to_owned(), "aurora".to_owned()];
    let mut browser = over(Kept { filters, ..Kept::default() }, 100, 30);
    browser.keys("/store<enter>");
    assert_eq!(keeps(&browser)[0], Keep::Filter("store".into()));
    browser.keys("/<c-u>half");
    let (up, down) = (Key::alt(KeyCode::Up), Key::alt(KeyCode::Down));
    for (key, there) in [
        (up, "store"),
        (up, "status:active"),
        (up, "aurora"),
        (up, "aurora"),
        (down, "status:active"),
        (down, "store"),
        (down, "half"),
        (down, "half"),
    ] {
        browser.press(key);
        assert_eq!(typed(&browser), there);
    }
    // The same filter once more is no other one.
    let before = keeps(&browser).len();
    browser.keys("<c-u>store<enter>");
    assert_eq!(keeps(&browser).iter().skip(before).filter(|keep| matches!(keep, Keep::Filter(_))).count(), 0);
}

#[test]
fn labels_are_put_on_the_marked_accounts_and_filtered_by() {
    let mut browser = over(Kept::default(), 140, 40);
    browser.keys("/store<enter>*Ltier-1<enter>");
    assert_eq!(browser.state.accounts.marks.len(), 3);
    let labelled = keeps(&browser).into_iter().find(|keep| matches!(keep, Keep::Label { .. }));
    let Some(Keep::Label { label, on: true, accounts }) = labelled else { panic!("{:?}", keeps(&browser)) };
    assert_eq!((label.as_str(), accounts.len()), ("tier-1", 3));
    assert!(accounts[0].identity.contains("admin@example.com"), "it stays with who answered: {accounts:?}");
    assert!(browser.state.modals.is_empty(), "as in the note's line, Enter is the end of it");
    browser.keys("u/<c-u>label:tier<enter>");
    assert_eq!(browser.state.accounts.rows().len(), 3);
    // Taken off the one under the cursor, the list follows.
    browser.keys("L<down><enter><esc>");
    assert_eq!(browser.state.accounts.rows().len(), 2);
    assert!(browser.text().contains("Labels"), "{}", browser.text());
    browser.keys("/<c-u>label:<tab>");
    assert_eq!(typed(&browser), "label:tier-1 ");
    // Commas part several.
    browser.keys("<c-u>lone<enter>Lshops, , night<enter>");
    let put_on: Vec<String> = keeps(&browser)
        .into_iter()
        .filter_map(|keep| match keep {
            Keep::Label { label, on: true, .. } => Some(label),
            _ => None,
        })
        .collect();
    assert_eq!(put_on, ["tier-1", "shops", "night"]);
    // Esc says that it leaves out what is still being typed; Ctrl-s does not.
    browser.keys("Lhalf");
    browser.says(&["Esc done, without the new label"]);
    browser.keys("<esc>Lwhole<c-s>");
    let last = keeps(&browser).into_iter().rev().find_map(|keep| match keep {
        Keep::Label { label, on: true, .. } => Some(label),
        _ => None,
    });
    assert_eq!(last.as_deref(), Some("whole"));
    assert!(browser.state.modals.is_empty());
}

#[test]
fn a_note_is_kept_and_shown_in_the_detail() {
    let mut browser = over(Kept::default(), 140, 40);
    browser.keys("/lone<enter>L<down>call Ada first<enter>");
    browser.pass(1000);
    assert!(browser.state.modals.is_empty());
    let note = keeps(&browser).into_iter().find_map(|keep| match keep {
        Keep::Note { text, .. } => Some(text),
        _ => None,
    });
    assert_eq!(note.as_deref(), Some("call Ada first"));
    assert!(browser.text().contains("call Ada first"), "{}", browser.text());
    // It is filtered by, and taken away the list follows.
    browser.keys("/<c-u>note:ada<enter>");
    assert_eq!(browser.state.accounts.rows().len(), 1);
    browser.keys("L<down><c-u><enter>");
    assert_eq!(browser.state.accounts.rows().len(), 0);
    browser.keys("/<c-u>missing:note<enter>");
    assert!(browser.state.accounts.rows().len() > 1);
}

#[test]
fn the_labels_on_screen() {
    for (width, height) in SIZES {
        let mut browser = over(Kept::default(), width, height);
        browser.keys("/store<enter>*Lshops<enter>u/<c-u>lone<enter>Ltier-1<enter>u /<c-u><enter>Lti");
        browser.pass(1000);
        snap(&format!("labels_{width}x{height}"), &mut browser);
        browser.keys("<esc>");
        browser.pass(1000);
        snap(&format!("labelled_{width}x{height}"), &mut browser);
    }
}

#[test]
fn a_second_column_keeps_the_first_as_the_tie_breaker() {
    let mut browser = over(Kept::default(), 140, 40);
    browser.keys("snsnst");
    let names: Vec<String> = names(&browser);
    let sort = &browser.state.accounts.sort;
    assert_eq!((sort[0].by, sort[0].direction), (ColumnValue::Kind, Direction::Ascending));
    assert_eq!((sort[1].by, sort[1].direction), (ColumnValue::Name, Direction::Descending));
    // Every fifth is of the enterprise type: they come first, each group by name from its end.
    assert_eq!(names[..3], ["株式会社みらい", "evil\u{1b}[2Jname\u{202e}txt", "Aurora Corporate"]);
    assert_eq!(names[3], "Кофейня Север");
    assert!(browser.text().contains("Name↓2"), "{}", browser.text());
    let by = |browser: &Browser| browser.state.accounts.sort.iter().map(|key| key.by).collect::<Vec<_>>();
    browser.keys("si");
    assert_eq!(by(&browser), [ColumnValue::Id, ColumnValue::Kind, ColumnValue::Name]);
    browser.keys("so");
    assert_eq!(by(&browser)[1..], [ColumnValue::Id, ColumnValue::Kind], "up to three, the last one first");
    browser.keys("s-");
    assert!(browser.state.accounts.sort.is_empty());
}

fn names(browser: &Browser) -> Vec<String> {
    let snapshot = &browser.state.accounts.found.value().unwrap().snapshot;
    browser.state.accounts.rows().iter().map(|&row| snapshot.get(row).unwrap().name().to_owned()).collect()
}

#[test]
fn a_session_comes_back_but_neither_focus_nor_marks() {
    let mut browser = over(Kept::default(), 140, 40);
    browser.keys("<backtab>l<down><right><down><enter>/store<enter>sn<down> <down>");
    let scope = browser.state.accounts.scope.clone();
    assert_ne!(scope, Scope::All);
    let selected = browser.state.accounts.selected.clone();
    browser.keys("<enter>ll");
    browser.pass(500);
    assert_eq!(session(&browser), None, "it has not rested");
    browser.pass(1500);
    let text = session(&browser).unwrap();
    let marks = browser.state.accounts.marks.iter(&browser.state.snapshot).collect::<Vec<_>>();
    assert_eq!(marks.len(), 1);
    assert!(keeps(&browser).contains(&Keep::Marks(marks.clone())));

    let mut again = over(Kept { session: Some(text), marks: marks.clone(), ..Kept::default() }, 140, 40);
    assert_eq!(again.state.accounts.scope, scope);
    assert_eq!(typed(&again), "store");
    assert_eq!(again.state.accounts.sort, browser.state.accounts.sort);
    assert_eq!(again.state.accounts.selected, selected);
    assert_eq!(again.state.detail.tab, Tab::Hierarchy);
    assert_eq!(again.state.focus, PaneId::Accounts);
    assert_eq!(again.state.organizations.cursor(), browser.state.organizations.cursor());
    assert!(again.state.accounts.marks.is_empty() && !again.state.accounts.filtering);
    assert!(again.text().contains("u brings back 1 mark of the last session"), "{}", again.text());
    // That is said in every pane, so the key does it in every pane.
    for _ in PaneId::ALL {
        again.keys("u");
        let came = again.state.accounts.marks.iter(&again.state.snapshot).collect::<Vec<_>>();
        assert_eq!(came, marks, "with the focus in {:?}", again.state.focus);
        again.keys("u<tab>");
        assert!(again.state.accounts.marks.is_empty());
    }
}

#[test]
fn a_session_is_kept_at_the_end_and_never_before_the_disk_has_told_what_it_has() {
    let mut browser = Browser::start(100, 30);
    browser.keys("/store<enter>q");
    assert_eq!(session(&browser), None);
    let mut browser = over(Kept::default(), 100, 30);
    browser.keys("/store<enter>");
    browser.press(Key::char('q'));
    assert!(session(&browser).unwrap().contains("store"));
}

#[test]
fn a_session_that_is_broken_of_others_or_late_does_no_harm() {
    let mut browser = over(Kept { session: Some("{\"filter\":7}".into()), ..Kept::default() }, 100, 30);
    assert!(browser.text().contains("the last session can't be read"), "{}", browser.text());
    assert_eq!(typed(&browser), "");

    let foreign = r#"{"version":9,"scope":{"connection":"gone"},"tab":"Later","selected":{"connection":"gone","id":"1"},
        "cursor":{"organization":{"connection":"gone","id":"1"}},"sort":[{"column":"nobody","descending":true}],"new":1}"#;
    let browser = over(Kept { session: Some(foreign.into()), ..Kept::default() }, 100, 30);
    assert_eq!((&browser.state.accounts.scope, browser.state.accounts.sort.len()), (&Scope::All, 0));
    assert_eq!(browser.state.accounts.selected, Some(account_key("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b")));

    let mut browser = Browser::start(100, 30);
    browser.keys("j");
    let late = r#"{"filter":"store"}"#;
    browser.send(Fact::Own(Box::new(Kept { session: Some(late.into()), ..Kept::default() })));
    assert_eq!(typed(&browser), "");
    assert!(browser.text().contains("it is not brought back"), "{}", browser.text());
}

#[test]
fn a_scope_of_an_organization_comes_back_before_its_tree_is_there() {
    let text = r#"{"scope":{"organization":{"connection":"prod","id":"o3"}}}"#;
    let browser = over(Kept { session: Some(text.into()), ..Kept::default() }, 100, 30);
    assert_eq!(browser.state.accounts.scope, Scope::Organization(organization_key("o3")));
    assert_eq!(browser.state.accounts.rows().len(), 5);
}
