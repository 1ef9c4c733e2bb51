//! Every row of keys, in every pane and dialog where it is offered, among 10,000 accounts: how long from the key to the
//! frame that answers it. `cargo bench --bench keys` prints the slowest ten and the 99th percentile of all; the budget is
//! 8 ms. What a key has other threads do (a search) is not in it, but the frame that shows what they found is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on should stop where it stands")]
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "what the tests' harness does, and a clock"
)]

use std::time::{Duration, Instant};

use acctui::app::{Avail, Effect, Event, Fact, Modal, Stamp, State, scopes, update};
use acctui::domain::{AccountId, AccountKey, Key, KeyCode, Moment, Protection, Untrusted};
use acctui::inventory::search;
use harness::{Browser, World, setup};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[expect(dead_code, reason = "this bench uses a part of it")]
#[path = "../tests/browser/harness.rs"]
mod harness;

const ACCOUNTS: usize = 10_000;
const SIZES: [(u16, u16); 2] = [(200, 60), (60, 20)];
/// How often each key is pressed, each time from the same state.
const TIMES: usize = 10;
/// Longer than a dialog must have been seen before a key confirms it.
const SEEN_MILLIS: u64 = 400;

/// Where keys are pressed: what it is called, and the keys that lead there.
const PLACES: &[(&str, &str)] = &[
    ("list", ""),
    ("list, filtered", "/store<enter>"),
    ("list, marks", "*"),
    ("filter line", "/stor"),
    ("after s", "s"),
    ("after y", "y"),
    ("tree", "<backtab>j"),
    ("tree, filter line", "<backtab>/a"),
    ("overview", "<enter>"),
    ("profile", "<enter>l"),
    ("hierarchy", "<enter>ll"),
    ("raw", "<enter>lll"),
    ("raw, search line", "<enter>lll/e"),
    ("history tab", "<enter>llll"),
    ("value", "<enter>j<enter>"),
    ("edit profile", "e"),
    ("edit account", "E"),
    ("new account", "n"),
    ("new organization", "<backtab>N"),
    ("on two", " j E<enter>"),
    ("choice", "  E"),
    ("picker", "m"),
    ("plan", "/store 00042<enter>e<end> Ltd<c-s>"),
    ("plan of two", " j D"),
    ("plan of 100", "/'store 000<enter>*e<enter>x<c-s>"),
    ("remote search", "F"),
    ("activity", "a"),
    ("connections", "<f2>"),
    ("journal", "J"),
    ("history", "aH"),
    ("labels", "L"),
    ("palette", ":"),
    ("palette, typed", ":stor"),
    ("columns", "C"),
    ("views", "V"),
    ("help", "?"),
];

/// 10,000 accounts in the organizations of the harness's world, some with names that look the same.
fn world() -> World {
    let mut world = World::default();
    let models = world.accounts.clone();
    for nth in models.len()..ACCOUNTS {
        let mut account = models[nth % models.len()].clone();
        let id = format!("{nth:05}0c3d7a9b14e5f8a6b2c1d0e9f8a7b");
        account.key = AccountKey { connection: account.key.connection, id: AccountId::new(&id) };
        account.name = Untrusted::new(format!("Store {:05} {}", nth / 2 * 2, ["Oslo", "Bergen", "Tromso"][nth % 3]));
        world.accounts.push(account);
    }
    world
}

/// Presses a key on a copy of the state and draws; the frame that shows what a search found is drawn, too.
fn press(state: &State, key: Key, terminal: &mut Terminal<TestBackend>) -> (Duration, Option<Duration>) {
    let draw = |state: &State, terminal: &mut Terminal<TestBackend>| {
        terminal.draw(|frame| acctui::view::draw(state, frame)).unwrap();
    };
    let mut state = state.clone();
    let stamp = Stamp { at: Moment(state.now.0 + SEEN_MILLIS), frame: u64::MAX };
    draw(&state, terminal);
    let began = Instant::now();
    let effects = update(&mut state, Event { stamp, fact: Fact::Key(key) });
    draw(&state, terminal);
    let spent = began.elapsed();
    let searched = effects.into_iter().find_map(|effect| match effect {
        Effect::Search { id, snapshot, query } | Effect::Look { id, snapshot, query } => {
            let found = search(&snapshot, &query, &|| false).unwrap();
            let began = Instant::now();
            update(&mut state, Event { stamp, fact: Fact::Found { id, found } });
            draw(&state, terminal);
            Some(began.elapsed())
        }
        _ => None,
    });
    (spent, searched)
}

/// The keys that mean something in this state, each with its words: those of the rows that are offered, and text where
/// that is typed.
fn keys(state: &State) -> Vec<(Key, String)> {
    let mut keys: Vec<(Key, String)> = Vec::new();
    let mut add = |key: Key, words: &str| {
        if !keys.iter().any(|(known, _)| *known == key) {
            keys.push((key, words.to_owned()));
        }
    };
    if let Some(waiting) = state.prefix {
        for follow in waiting.after.follows(state).into_iter().filter(|follow| follow.avail == Avail::Yes) {
            add(follow.key, &follow.words);
        }
        return keys;
    }
    if state.modals.last().map_or(state.types(), Modal::takes_text) {
        let text = [Key::char('e'), Key::char('9'), Key::plain(KeyCode::Backspace), Key::plain(KeyCode::Left)];
        for key in text {
            add(key, "text");
        }
    }
    for scope in scopes(state) {
        for (row, own) in state.setup.keys.rows(&scope).filter(|(row, _)| row.avail(state) == Avail::Yes) {
            for key in own {
                add(*key, row.words(state));
            }
        }
    }
    keys
}

/// One key in one place: its samples.
struct Measured {
    what: String,
    samples: Vec<Duration>,
}

fn percentile(samples: &mut [Duration], permille: usize) -> Duration {
    samples.sort_unstable();
    samples.get((samples.len() * permille / 1_000).min(samples.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn main() {
    let mut measured: Vec<Measured> = Vec::new();
    for (width, height) in SIZES {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        for (place, script) in PLACES {
            let mut browser = Browser::with(setup(Protection::Confirm), world(), width, height);
            browser.keys("/store 00042<enter><esc>");
            browser.keys(script);
            browser.pass(2_000);
            for (key, words) in keys(&browser.state) {
                let mut one =
                    Measured { what: format!("{width}x{height} {place}: {key} {words}"), samples: Vec::new() };
                let mut then = Measured { what: format!("{} (what was found)", one.what), samples: Vec::new() };
                for _ in 0..TIMES {
                    let (spent, searched) = press(&browser.state, key, &mut terminal);
                    one.samples.push(spent);
                    then.samples.extend(searched);
                }
                measured.push(one);
                measured.extend((!then.samples.is_empty()).then_some(then));
            }
        }
    }
    let mut all: Vec<Duration> = measured.iter().flat_map(|one| one.samples.iter().copied()).collect();
    eprintln!("{} keys in {} places, {} frames of {ACCOUNTS} accounts", measured.len(), PLACES.len(), all.len());
    for (name, permille) in [("median", 500), ("p99", 990), ("p99.9", 999), ("most", 1_000)] {
        eprintln!("{name:<8}{:?}", percentile(&mut all, permille));
    }
    measured.sort_by_cached_key(|one| std::cmp::Reverse(percentile(&mut one.samples.clone(), 500)));
    eprintln!("the slowest ten, by their median and most:");
    for one in measured.iter_mut().take(10) {
        let median = percentile(&mut one.samples, 500);
        eprintln!("{median:>12?} {:>12?}  {}", percentile(&mut one.samples, 1_000), one.what);
    }
}
