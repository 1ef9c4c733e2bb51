//! What syncs observed, on screen: the tab of the detail, all of it, and the question about what vanished.

use acctui::app::{Effect, Fact, Modal};
use acctui::domain::{
    Account, AccountKey, Difference, HistoryEntry, Moment, Observed, Protection, Untrusted, Vanished,
};
use acctui::panes::detail::Tab;

use crate::harness::{Browser, World, account_key, setup, snap};

const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
const HOUR: u64 = 3_600_000;
/// When the harness starts.
const START: u64 = 1_767_323_045_000;

fn entry(seq: i64, at: u64, key: AccountKey, name: &str, difference: Difference) -> HistoryEntry {
    let observed = Observed { at: Moment(at), key, identity: String::new(), name: name.into(), difference };
    HistoryEntry { seq, observed }
}

fn field(field: &str, from: Option<&str>, to: Option<&str>) -> Difference {
    Difference::Field { field: field.into(), from: from.map(Into::into), to: to.map(Into::into) }
}

/// Two syncs, the newest entry first.
fn history() -> Vec<HistoryEntry> {
    let place = |id: &str, name: &str| Some(format!(r#"{{"id":"{id}","name":"{name}"}}"#));
    let moved = Difference::Moved { from: place("o1", "Shops"), to: place("o2", "Nordics") };
    let corporate = || account_key(CORPORATE);
    let (new, old) = (account_key("new"), account_key("old"));
    let (now, then) = (START - 2 * HOUR, START - 30 * HOUR);
    vec![
        entry(
            6,
            now + 400,
            corporate(),
            "Aurora Corporate",
            field("name", Some("\"Aurora\""), Some("\"Aurora Corporate\"")),
        ),
        entry(5, now + 400, corporate(), "Aurora Corporate", moved),
        entry(4, now, new, "Evil \u{202e}name\u{1b}[31m", Difference::Appeared { record: "{}".into() }),
        entry(3, then, old, "Old shop", Difference::Gone { record: "{}".into() }),
        entry(2, then, corporate(), "Aurora", field("raw.settings.enforce_twofactor", Some("false"), Some("true"))),
        entry(1, then, corporate(), "Aurora", field("raw.managed_by", None, Some(r#"{"parent_org_id":"o1"}"#))),
    ]
}

fn browser(width: u16, height: u16) -> Browser {
    let mut browser = Browser::start(width, height);
    browser.history = history();
    browser
}

#[test]
fn the_tab_and_all_of_it_at_every_size() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut tab = browser(width, height);
        tab.keys("/corporate<enter><enter>h");
        tab.pass(1000);
        snap(&format!("history_tab_{width}x{height}"), &mut tab);
        let mut all = browser(width, height);
        all.keys("aHj");
        snap(&format!("history_{width}x{height}"), &mut all);
    }
}

#[test]
fn looking_at_the_tab_asks_no_provider_and_reads_each_account_once() {
    let mut browser = browser(140, 40);
    browser.keys("/corporate<enter><enter>");
    browser.pass(1000);
    let before = browser.requests();
    browser.keys("h");
    browser.pass(1000);
    browser.keys("jk");
    assert_eq!(browser.requests(), before);
    let reads =
        |browser: &Browser| browser.effects.iter().filter(|it| matches!(it, Effect::ReadHistory { .. })).count();
    assert_eq!(reads(&browser), 1);
    assert!(browser.screen().contains("moved: Shops → Nordics"));
    browser.keys("r");
    assert_eq!(reads(&browser), 2, "it is read again if it is asked for");
}

#[test]
fn a_filter_finds_words_and_enter_goes_to_the_account() {
    let mut browser = browser(140, 40);
    browser.keys("aH/nordics<enter>");
    let screen = browser.screen();
    assert!(screen.contains("History 1/6") && screen.contains("moved: Shops → Nordics"), "{screen}");
    browser.keys("<enter>");
    browser.pass(1000);
    assert!(browser.state.modals.is_empty());
    assert_eq!(browser.state.accounts.selected, Some(account_key(CORPORATE)));
    assert_eq!(browser.state.detail.tab, Tab::History);
    // What is not in the list any more can't be gone to.
    browser.keys("aHG<up><up><up><enter>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Activity(_), Modal::History(_)]));
    assert!(browser.screen().contains("not in the list any more"), "{}", browser.screen());
    // Each layer by itself.
    browser.keys("/zzqq");
    assert!(browser.screen().contains("No entry matches"), "{}", browser.screen());
    browser.keys("<esc>");
    assert!(browser.screen().contains("History 6/6"), "{}", browser.screen());
    browser.keys("<esc>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Activity(_)]));
}

#[test]
fn what_vanished_is_asked_about_and_only_a_yes_takes_it() {
    let mut browser = browser(140, 40);
    let vanished = Vanished { connection: "prod".into(), identity: "i".into(), accounts: 43, at: Moment(START) };
    browser.send(Fact::Vanished(vec![vanished.clone()]));
    let words = "prod: 43 accounts are no longer visible to this credential";
    assert!(browser.screen().contains(words), "{}", browser.screen());
    browser.keys("aHT");
    browser.pass(1000);
    browser.says(&["Are they gone?", "prod: 43 accounts are no longer visible", "Yes: they leave", "No: they"]);
    browser.keys("n");
    let takes = |browser: &Browser| browser.effects.iter().any(|it| *it == Effect::TakeVanished(vanished.clone()));
    assert!(!takes(&browser) && browser.screen().contains(words));
    browser.keys("T");
    browser.pass(1000);
    browser.keys("y");
    assert!(takes(&browser) && browser.state.vanished.is_empty());
    assert!(!browser.screen().contains("T: they are gone"), "{}", browser.screen());
}

#[test]
fn how_many_vanished_and_the_key_that_answers_are_whole_on_any_screen() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        for name in ["prod", "a-connection-with-quite-a-long-name"] {
            let mut browser = browser(width, height);
            let at = Moment(START);
            let vanished = Vanished { connection: name.into(), identity: "i".into(), accounts: 43, at };
            browser.send(Fact::Vanished(vec![vanished]));
            browser.keys("aH");
            browser.pass(6_000);
            browser.says(&["43 accounts", "no longer visible", "· T: they are gone"]);
        }
    }
}

#[test]
fn pictures_of_the_question_about_what_vanished() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut browser = browser(width, height);
        let at = Moment(START);
        let vanished = Vanished { connection: "prod".into(), identity: "i".into(), accounts: 43, at };
        browser.send(Fact::Vanished(vec![vanished]));
        browser.keys("aHT");
        snap(&format!("vanished_{width}x{height}"), &mut browser);
    }
}

/// So many accounts, called by their numbers.
fn shops(count: usize) -> World {
    let template = World::default().accounts[11].clone();
    let one = |nth: usize| Account {
        key: account_key(&format!("{nth:032x}")),
        name: Untrusted::from(format!("Shop {nth:02}")),
        ..template.clone()
    };
    World { accounts: (0..count).map(one).collect(), ..World::default() }
}

/// So many of them that vanished together with this one.
fn wave(browser: &Browser, nth: usize, accounts: u64) -> Vanished {
    let snapshot = &browser.state.snapshot;
    let identity = snapshot.connection(&"prod".into()).unwrap().identity.as_ref().unwrap().value.key();
    let at = snapshot.seen(&account_key(&format!("{nth:032x}"))).unwrap().gone_since().unwrap();
    Vanished { connection: "prod".into(), identity, accounts, at }
}

#[test]
fn what_vanished_all_at_once_stays_on_the_screen_until_the_user_says_that_it_is_gone() {
    let mut browser = Browser::with(setup(Protection::Confirm), shops(60), 140, 40);
    browser.world = std::sync::Arc::new(shops(30));
    browser.keys("R");
    assert!(browser.text().contains("Accounts 30/30"), "{}", browser.text());
    let vanished = wave(&browser, 45, 30);
    browser.send(Fact::Vanished(vec![vanished.clone()]));
    let text = browser.text();
    assert!(text.contains("Accounts 60/60"), "{text}");
    assert!(text.contains("! prod: 30 accounts are no longer visible"), "{text}");
    browser.keys("/'shop 45<enter>");
    assert!(browser.text().contains("Shop 45  unseen since just now"), "{}", browser.text());
    // Another one's are not in the list at all.
    browser.send(Fact::Vanished(vec![Vanished { identity: "somebody else".into(), ..vanished.clone() }]));
    assert!(browser.text().contains("Accounts 0/30"), "{}", browser.text());
    browser.send(Fact::Vanished(vec![vanished]));
    assert!(browser.text().contains("Accounts 1/60"), "{}", browser.text());
    browser.send(Fact::Vanished(Vec::new()));
    assert!(browser.text().contains("Accounts 0/30"), "the user has said that they are gone: {}", browser.text());
}

#[test]
fn a_mass_that_vanishes_while_another_waits_is_listed_beside_it_and_asked_about_by_itself() {
    let mut browser = Browser::with(setup(Protection::Confirm), shops(60), 140, 40);
    for count in [30, 5] {
        browser.pass(1000);
        browser.world = std::sync::Arc::new(shops(count));
        browser.keys("R");
    }
    let (first, second) = (wave(&browser, 45, 30), wave(&browser, 15, 25));
    assert_ne!(first.at, second.at);
    browser.send(Fact::Vanished(vec![first.clone(), second.clone()]));
    let text = browser.text();
    assert!(text.contains("Accounts 60/60"), "both stay on the screen: {text}");
    assert!(text.contains("! prod: 30 accounts") && text.contains("! prod: 25 accounts"), "{text}");
    browser.keys("aHT");
    browser.pass(1000);
    browser.keys("y");
    let taken = |browser: &Browser| -> Vec<Vanished> {
        let taken = browser.effects.iter().filter_map(|effect| match effect {
            Effect::TakeVanished(vanished) => Some(vanished.clone()),
            _ => None,
        });
        taken.collect()
    };
    assert_eq!(taken(&browser), [first], "the yes is about the older one alone");
    browser.send(Fact::Vanished(vec![second]));
    browser.keys("<esc><esc>");
    assert!(browser.text().contains("Accounts 30/30"), "{}", browser.text());
}
