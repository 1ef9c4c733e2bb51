//! Replies in any order, late, twice or failed: a stale one changes nothing, and no write is doubled.

use std::collections::HashMap;

use acctui::app::{Effect, Fact, RequestId};
use acctui::domain::{Failure, FailureKind, Filter, Key, KeyCode};
use proptest::prelude::*;

use crate::harness::Browser;

/// One step of a random run.
#[derive(Clone, Debug)]
enum Step {
    /// A key of the table below.
    Press(usize),
    /// An effect that waits is done now, the newest being 0.
    Answer(usize),
    /// An effect that waits fails now.
    Fail(usize),
    /// An effect that was done is done once more: its answers are all stale.
    Again(usize),
    /// Time passes.
    Pass(u64),
}

const KEYS: [Key; 18] = [
    Key::char('j'),
    Key::char('k'),
    Key::char('/'),
    Key::char('o'),
    Key::char('r'),
    Key::char('e'),
    Key::char('l'),
    Key::char('R'),
    Key::char('s'),
    Key::plain(KeyCode::Enter),
    Key::plain(KeyCode::Enter),
    Key::plain(KeyCode::Esc),
    Key::plain(KeyCode::Tab),
    Key::plain(KeyCode::BackTab),
    Key::ctrl('s'),
    Key::char('F'),
    Key::char('J'),
    Key::char('U'),
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..KEYS.len()).prop_map(Step::Press),
        5 => (0usize..4).prop_map(Step::Answer),
        1 => (0usize..4).prop_map(Step::Fail),
        2 => (0usize..6).prop_map(Step::Again),
        2 => (0u64..900).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..80)
}

/// The id of an effect that is answered, and the name of what it fills: a newer effect makes an older one stale.
fn slot(effect: &Effect) -> Option<(RequestId, String)> {
    match effect {
        Effect::Fetch { id, slot, .. } => Some((*id, format!("{slot:?}"))),
        Effect::Sync { id, connection } => Some((*id, format!("sync {connection}"))),
        Effect::Search { id, .. } => Some((*id, "rows".into())),
        Effect::Look { id, .. } => Some((*id, "palette".into())),
        Effect::List { id, .. } => Some((*id, "remote".into())),
        Effect::Plan { id, .. } | Effect::Undo { id, .. } | Effect::Again { id, .. } => Some((*id, "plan".into())),
        Effect::ReadJournal { id } => Some((*id, "journal".into())),
        Effect::ReadHistory { id, account, .. } => Some((*id, format!("history {account:?}"))),
        Effect::Reconcile { id } | Effect::Settle { id, .. } => Some((*id, "settling".into())),
        Effect::Apply { id, .. } => Some((*id, "write".into())),
        // Nobody presses its key here.
        Effect::SignIn { .. }
        | Effect::Revisit { .. }
        | Effect::TakeVanished(_)
        | Effect::SaveDraft(_)
        | Effect::Keep(_)
        | Effect::DropDraft { .. }
        | Effect::Edit { .. }
        | Effect::Sheet { .. }
        | Effect::Gate(_)
        | Effect::Rule { .. }
        | Effect::Recall(_)
        | Effect::Cancel(_)
        | Effect::Timer { .. }
        | Effect::Mouse(_)
        | Effect::Suspend
        | Effect::Open(_)
        | Effect::Copy { .. }
        | Effect::Demo
        | Effect::Pause(_)
        | Effect::GoOn(_)
        | Effect::Quit => None,
    }
}

/// The browser, and the effects that wait to be done.
struct Run {
    browser: Browser,
    waiting: Vec<Effect>,
    done: Vec<Effect>,
    newest: HashMap<String, RequestId>,
    seen: usize,
}

impl Run {
    fn new() -> Self {
        let mut browser = Browser::start(80, 16);
        browser.answers = false;
        browser.searches = false;
        let seen = browser.effects.len();
        Self { browser, waiting: Vec::new(), done: Vec::new(), newest: HashMap::new(), seen }
    }

    /// Takes up what the last event asked for.
    fn collect(&mut self) {
        for effect in self.browser.effects[self.seen..].iter().cloned() {
            if let Some((id, slot)) = slot(&effect) {
                self.newest.insert(slot, id);
                self.waiting.push(effect);
            }
        }
        self.seen = self.browser.effects.len();
    }

    fn take(&mut self, at: usize) -> Option<Effect> {
        let at = self.waiting.len().checked_sub(at + 1)?;
        Some(self.waiting.remove(at))
    }

    /// Sends answers; if a newer request for the same slot has gone out since, nothing on the screen may change.
    fn deliver(&mut self, effect: &Effect, facts: Vec<Fact>, spent: bool) {
        let (id, name) = slot(effect).unwrap();
        let stale = spent || self.newest.get(&name) != Some(&id);
        for fact in facts {
            // What a provider said is true whoever asked: snapshots of the inventory are never stale by request.
            let is_news = matches!(fact, Fact::Inventory(_));
            let before = self.browser.screen();
            self.browser.send(fact);
            if stale && !is_news {
                assert_eq!(before, self.browser.screen(), "a stale answer for {name} changed the screen");
            }
            self.collect();
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Press(at) => self.browser.press(KEYS[*at]),
            Step::Pass(millis) => self.browser.pass(*millis),
            Step::Answer(at) => {
                let Some(effect) = self.take(*at) else { return };
                let facts = self.browser.answer(effect.clone());
                self.deliver(&effect, facts, false);
                self.done.push(effect);
            }
            Step::Fail(at) => {
                let Some(effect) = self.take(*at) else { return };
                // A search of the inventory does not fail, and listings and writes say in their answers how they ended.
                let Effect::Fetch { id, slot, .. } = &effect else { return self.waiting.push(effect) };
                let failure = Failure::new(FailureKind::TimedOut, "GET /x", "no answer");
                let fact = Fact::Replied { id: *id, slot: slot.clone(), result: Err(failure) };
                self.deliver(&effect, vec![fact], false);
                self.done.push(effect);
            }
            Step::Again(at) => {
                let Some(at) = self.done.len().checked_sub(at + 1) else { return };
                let effect = self.done[at].clone();
                // A write is sent once by its effect; what may come twice is its answer.
                if !matches!(effect, Effect::Apply { .. } | Effect::Sync { .. }) {
                    let facts = self.browser.answer(effect.clone());
                    self.deliver(&effect, facts, true);
                }
            }
        }
        self.collect();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_interleaving_lets_a_stale_answer_through_or_doubles_a_write(steps in steps()) {
        let mut run = Run::new();
        run.collect();
        for step in &steps {
            run.step(step);
        }
        while let Some(effect) = run.take(0) {
            let facts = run.browser.answer(effect.clone());
            run.deliver(&effect, facts, false);
        }
        let sent = run.browser.effects.iter().filter(|effect| matches!(effect, Effect::Apply { .. })).count();
        prop_assert!(run.browser.world.writes.lock().unwrap().len() <= sent);
        prop_assert!(run.browser.state.writing.is_none(), "every write came to an end");
        let shown = run.browser.state.accounts.found.value().unwrap().query.filter.text().to_owned();
        let filter = run.browser.state.accounts.filter.value();
        // Of what can't be understood the last good result stays.
        if Filter::parse(filter).error().is_none() {
            prop_assert_eq!(shown, filter);
        }
        prop_assert!(!run.browser.state.accounts.found.is_loading());
    }
}
