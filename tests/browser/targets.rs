//! What was confirmed is what is changed: whatever keys are pressed, whatever changes meanwhile, nothing is sent but what
//! a frame showed, with its ids, its connection and its identity, before the key that confirmed it.

use std::sync::atomic::{AtomicU32, Ordering};

use acctui::app::{Effect, Modal};
use acctui::domain::{Account, ConnectionName, Key, KeyCode, Plan, Protection, Untrusted};
use proptest::prelude::*;

use crate::harness::{Browser, World, connection, setup, spec};

/// One step of a random run.
#[derive(Clone, Debug)]
enum Step {
    /// A key of the table below, after so many milliseconds.
    Press(usize, u64),
    /// Towards a plan: so many accounts are marked, `m`, so many rows down, Enter, Ctrl-s.
    Move(usize, usize),
    /// Enter so often, each time when the screen was there to be read.
    Enters(usize),
    /// The word that the screen asks for is typed.
    Word,
    /// Somebody else moves an account to another organization.
    Elsewhere(usize, usize),
    /// The connections are listed again.
    Listed,
}

const KEYS: [Key; 24] = [
    Key::char(' '),
    Key::char(' '),
    Key::char('*'),
    Key::char('u'),
    Key::char('j'),
    Key::char('k'),
    Key::char('m'),
    Key::char('m'),
    Key::char('D'),
    Key::char('/'),
    Key::char('a'),
    Key::char('s'),
    Key::char('x'),
    Key::char('r'),
    Key::char('p'),
    Key::plain(KeyCode::Enter),
    Key::plain(KeyCode::Enter),
    Key::plain(KeyCode::Enter),
    Key::plain(KeyCode::Down),
    Key::plain(KeyCode::Esc),
    Key::plain(KeyCode::Tab),
    Key::plain(KeyCode::BackTab),
    Key::ctrl('s'),
    Key::ctrl('s'),
];

/// Waits around the guard of confirming keys, and none at all: a double key.
fn waits() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(249), Just(250), 200u64..600]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        16 => ((0..KEYS.len()), waits()).prop_map(|(key, wait)| Step::Press(key, wait)),
        // Single keys seldom lead that far.
        4 => ((1usize..5), (0usize..4)).prop_map(|(marks, down)| Step::Move(marks, down)),
        2 => (1usize..5).prop_map(Step::Enters),
        3 => Just(Step::Word),
        1 => ((0usize..5), (0usize..4)).prop_map(|(account, to)| Step::Elsewhere(account, to)),
        1 => Just(Step::Listed),
    ];
    prop::collection::vec(step, 1..70)
}

/// Five accounts, some of one name, at each of two connections that have the same ids.
fn world(name: &str) -> World {
    let whole = World::default();
    let titles = ["Atlas", "Atlas", "Store", "Atlas Store", ""];
    let accounts: Vec<Account> = whole
        .accounts
        .into_iter()
        .zip(titles)
        .map(|(account, title)| Account { name: Untrusted::new(title), ..account })
        .collect();
    World { accounts, connection: ConnectionName::new(name), ..World::default() }
}

struct Run {
    browser: Browser,
    /// Milliseconds since the start.
    clock: u64,
    /// Which plan stands on the screen, whether it asks for its word, and since when.
    since: (Option<(String, bool)>, u64),
    /// Every frame that this plan was on, so far.
    frames: String,
    sent: usize,
    /// Whether what was sent had more than one page.
    paged: bool,
}

impl Run {
    /// On a screen that is high enough for any plan, or on a low one, where many changes take pages.
    fn new(height: u16) -> Self {
        let mut setup = setup(Protection::Confirm);
        setup.connections.push(connection("twin".into(), spec(), Protection::Typed));
        let mut browser = Browser::among(setup, world("prod"), vec![world("twin")], 96, height);
        browser.draws = false;
        Self { browser, clock: 0, since: (None, 0), frames: String::new(), sent: 0, paged: false }
    }

    fn plan(&self) -> Option<(Plan, bool)> {
        match self.browser.state.modals.last() {
            Some(Modal::Plan(view)) => view.plan().map(|plan| ((**plan).clone(), view.word().is_some())),
            _ => None,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Press(key, wait) => {
                self.wait(*wait);
                self.press(KEYS[*key]);
            }
            Step::Move(marks, down) => {
                for _ in 0..*marks {
                    self.press(Key::char(' '));
                }
                self.press(Key::char('m'));
                for _ in 0..*down {
                    self.press(Key::plain(KeyCode::Down));
                }
                self.press(Key::plain(KeyCode::Enter));
                self.press(Key::ctrl('s'));
            }
            Step::Enters(times) => {
                for _ in 0..*times {
                    self.wait(300);
                    self.press(Key::plain(KeyCode::Enter));
                }
            }
            Step::Word => {
                let screen = self.browser.text();
                let word = screen.split_once(" to confirm").and_then(|(before, _)| before.rsplit_once("Type "));
                let Some(word) = word.map(|(_, word)| word.to_owned()) else { return };
                for char in word.chars() {
                    self.press(Key::char(char));
                }
                self.wait(300);
                self.press(Key::plain(KeyCode::Enter));
            }
            Step::Elsewhere(account, to) => {
                let id = self.browser.world.accounts[*account].key.id.clone();
                let to = self.browser.world.organizations[*to].key.id.clone();
                self.browser.world.moved.lock().unwrap().insert(id, to);
            }
            Step::Listed => self.browser.listed(),
        }
        self.look();
    }

    fn wait(&mut self, millis: u64) {
        self.browser.pass(millis);
        self.clock += millis;
    }

    /// Notes when another plan, or another question about it, came on the screen.
    fn look(&mut self) {
        let now = self.plan().map(|(plan, is_asked)| (plan.id, is_asked));
        if now != self.since.0 {
            let known = self.since.0.as_ref().map(|(id, _)| id);
            if now.as_ref().is_some_and(|(id, _)| Some(id) != known) {
                self.frames.clear();
            }
            self.since = (now, self.clock);
        }
        if self.since.0.is_some() {
            let frame = self.browser.text();
            self.frames.push_str(&frame);
        }
    }

    fn press(&mut self, key: Key) {
        let before = self.plan().filter(|_| key == Key::plain(KeyCode::Enter));
        let frame = before.map(|(plan, _)| (self.browser.text(), plan));
        let seen = self.browser.effects.len();
        self.browser.press(key);
        for effect in self.browser.effects.split_off(seen) {
            if let Effect::Apply { plan, .. } = effect {
                self.sent += plan.changes.iter().filter(|planned| planned.is_sent()).count();
                let (screen, shown) = frame.as_ref().unwrap();
                assert_eq!(*shown, *plan, "the plan on the screen is the plan that is sent:\n{screen}");
                assert!(screen.contains(" Plan "), "{screen}");
                judge(&self.frames, &plan);
                self.paged |= plan.changes.iter().any(|planned| !screen.contains(planned.change.subject.id()));
                assert!(self.clock >= self.since.1 + 250, "it was seen long enough to be read:\n{screen}");
            }
        }
        self.look();
    }
}

/// The frames of a plan, before the key that sent it, showed each target, its connection and identity.
fn judge(screen: &str, plan: &Plan) {
    for planned in &plan.changes {
        let subject = &planned.change.subject;
        assert!(screen.contains(subject.id()), "{} is not on\n{screen}", subject.id());
        let part = plan.part(subject.connection()).unwrap();
        assert!(screen.contains(&*part.identity.user.shown()), "{screen}");
        assert!(screen.contains(&format!("{} · {}", part.connection, part.protection.word())), "{screen}");
    }
}

/// `ACCTUI_TARGET_CASES=10000 cargo test --test browser wrong_target` runs more than the usual 300.
fn cases() -> u32 {
    std::env::var("ACCTUI_TARGET_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(300)
}

/// Runs that sent something: a property of runs that send nothing would say nothing.
static REACHED: AtomicU32 = AtomicU32::new(0);
/// Runs that sent what took more than one page.
static PAGED: AtomicU32 = AtomicU32::new(0);

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    fn runs(steps in steps(), height in prop_oneof![Just(44), Just(13)]) {
        let mut run = Run::new(height);
        for step in &steps {
            run.step(step);
        }
        REACHED.fetch_add(u32::from(run.sent > 0), Ordering::Relaxed);
        PAGED.fetch_add(u32::from(run.paged), Ordering::Relaxed);
        let writes = |world: &World| world.writes.lock().unwrap().len();
        let written = writes(&run.browser.world) + run.browser.others.iter().map(|world| writes(world)).sum::<usize>();
        prop_assert!(written <= run.sent, "nothing is written that was not confirmed, and nothing twice");
    }
}

#[test]
fn no_keys_send_a_change_to_a_wrong_target() {
    runs();
    let reached = REACHED.load(Ordering::Relaxed);
    let paged = PAGED.load(Ordering::Relaxed);
    println!("{reached} of {} runs sent something, {paged} of them what took more than one page", cases());
    assert!(paged > 0, "no run sent what took more than one page");
    assert!(reached * 10 > cases(), "only {reached} of {} runs sent anything", cases());
}

#[test]
fn the_random_keys_reach_what_they_are_about() {
    let mut run = Run::new(44);
    let press = |key: Key| Step::Press(KEYS.iter().position(|other| *other == key).unwrap(), 300);
    let enter = press(Key::plain(KeyCode::Enter));
    let down = press(Key::plain(KeyCode::Down));
    let steps = [
        press(Key::char(' ')),
        press(Key::char('m')),
        press(Key::char('k')),
        down,
        enter.clone(),
        press(Key::ctrl('s')),
        enter,
    ];
    for step in &steps {
        run.step(step);
    }
    assert!(run.sent > 0, "{}", run.browser.text());
}
