//! The loop: one owner of the state, which takes what happens one by one, and draws once when that is done.
//!
//! Nothing here runs at a fixed rate: without an event there is no wake-up.

mod lent;

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use self::lent::{Asked, ended};
use super::clipboard::{Carried, Clipboard};
use super::drafts::Keeper;
use super::editor::{Editing, Editor};
use super::first::FirstScreen;
use super::guard::{self, Guard};
use super::input::Keyboard;
use super::kept::KeptSheet;
use super::own;
use super::screen::Screen;
use super::sheets::Made;
use super::sign_in::Find;
use super::signals::{Listener, Told};
use super::timers::Timers;
use super::{Departure, Executor, Requests};
use crate::app::{self, Effect, Event, Fact, RequestId, Setup, Size, Stamp, State};
use crate::inventory::{self, ListQuery, Snapshot};
use crate::provider::Clock;

/// How many rounds are taken in before the next frame: what is queued becomes one frame, but a flood does not keep the
/// screen from changing.
const ROUNDS: u32 = 32;
/// How long a frame waits for the rows of a search that has just begun: about as long as drawing it twice would take.
const FOR_ROWS: Duration = Duration::from_millis(2);
/// How long a signal waits for a write to be journalled.
const FOR_A_WRITE: Duration = Duration::from_secs(5);
/// The same without a terminal: the program must be gone within a second then.
const WITHOUT_TERMINAL: Duration = Duration::from_millis(700);
/// Exit status of one who lost the terminal: as if by SIGHUP, which says the same.
const HUNG_UP: i32 = 128 + signal_hook::consts::SIGHUP;

/// How long a terminal has for what it is asked at the start, once the user leaves at once: what it says later would be
/// typed into the shell.
const FOR_AN_ANSWER: Duration = Duration::from_millis(50);
/// Nothing comes any more of what was asked longer ago.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Rows that the next start shows at once: as many as a tall terminal has.
const FIRST_SCREEN: u16 = 100;

/// What woke the loop.
enum Wake {
    Told(Told),
    Fact(Fact),
    Reaped(Option<Fact>),
    Input(Option<Event>),
    Timer(crate::app::TimerId),
    Requests,
    FirstScreen,
    Made(Made),
    Carried(Carried),
    Edited(io::Result<ExitStatus>),
    OutOfTime,
}

/// The end has been decided from outside; a write may still be waited for.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    status: i32,
    deadline: Instant,
}

/// Everything that the loop owns.
pub(super) struct Session {
    state: State,
    screen: Screen,
    /// Gives the terminal back when the session ends.
    _guard: Guard,
    executor: Executor,
    /// The search that begins before the next frame.
    wanted: Option<(RequestId, Arc<Snapshot>, Arc<ListQuery>)>,
    timers: Timers,
    facts: mpsc::UnboundedReceiver<Fact>,
    drafts: Keeper,
    own: own::Keeper,
    editor: Editor,
    /// The sheet that could not be taken, if there is one.
    sheets: KeptSheet,
    /// What was made of sheets meanwhile.
    made: (mpsc::UnboundedSender<Made>, mpsc::UnboundedReceiver<Made>),
    clipboard: Clipboard,
    /// What opens pages.
    browser: Find,
    /// What was copied meanwhile, as far as that goes without the terminal.
    carried: (mpsc::UnboundedSender<Carried>, mpsc::UnboundedReceiver<Carried>),
    /// The editor that has the terminal, and whose answer its text will be.
    editing: Option<(Asked, Editing)>,
    /// None while the editor has the terminal.
    keyboard: Option<Keyboard>,
    /// When the terminal was asked for its background, until it says it.
    asked: Option<Instant>,
    /// The number of the last frame, for the keyboard.
    frames: Arc<AtomicU64>,
    signals: Listener,
    requests: Arc<Requests>,
    clock: Clock,
    /// The number of the last frame.
    frame: u64,
    /// The newest inventory that the state has seen: tasks that run side by side may publish out of order.
    generation: u64,
    /// What the next start shows first.
    first: FirstScreen,
    /// The screen is not what was drawn last.
    repaint: bool,
    /// The SIGCONT of a stop of our own is still to come.
    awaits_continue: bool,
    /// There is no terminal any more.
    gone: bool,
    leaving: Option<Leaving>,
    /// The user has left.
    left: Option<Departure>,
}

/// What a session is made of, beside the state.
pub(super) struct Parts {
    pub(super) guard: Guard,
    pub(super) signals: Listener,
    pub(super) clock: Clock,
    pub(super) requests: Arc<Requests>,
    pub(super) facts: mpsc::UnboundedReceiver<Fact>,
    pub(super) drafts: Keeper,
    pub(super) own: own::Keeper,
    pub(super) editor: Editor,
    pub(super) clipboard: Clipboard,
    pub(super) browser: Find,
    pub(super) sheets: KeptSheet,
}

/// What is known before the first frame: what the disk had stands there when the browser starts.
fn at_start(size: Size, preview: Option<Arc<Snapshot>>, parts: &mut Parts) -> Vec<Fact> {
    parts.own.wait_for_first();
    let (own, other): (Vec<Fact>, Vec<Fact>) =
        std::iter::from_fn(|| parts.facts.try_recv().ok()).partition(|fact| matches!(fact, Fact::Own(_)));
    let kept = preview.map(Fact::Inventory);
    [Fact::Resized(size)].into_iter().chain(kept).chain(own).chain([Fact::Started]).chain(other).collect()
}

impl Session {
    /// Draws the first frame, then starts the rest: `executor` is called after it, and the keyboard read.
    ///
    /// # Errors
    /// The terminal is gone, or no thread can be made.
    pub(super) fn start(
        setup: Setup,
        preview: Option<Arc<Snapshot>>,
        mut parts: Parts,
        executor: impl FnOnce() -> Executor,
    ) -> io::Result<Self> {
        let frames = Arc::new(AtomicU64::new(0));
        let size = guard::size();
        let mut screen = Screen::new(size, Arc::clone(&frames))?;
        let mut state = State::new(setup);
        let stamp = Stamp { at: (parts.clock)(), frame: 0 };
        let mut effects = Vec::new();
        let is_loading = preview.is_some();
        for fact in at_start(size, preview, &mut parts) {
            effects.extend(app::update(&mut state, Event { stamp, fact }));
        }
        if is_loading {
            effects = searched(&mut state, stamp, effects);
        }
        let asked = state.setup.asks_background.then(Instant::now);
        if asked.is_some() {
            screen.ask_background();
        }
        let frame = screen.draw(&state)?;
        state.drawn();
        let mut session = Self {
            state,
            screen,
            _guard: parts.guard,
            executor: executor(),
            wanted: None,
            timers: Timers::default(),
            facts: parts.facts,
            drafts: parts.drafts,
            own: parts.own,
            editor: parts.editor,
            sheets: parts.sheets,
            made: mpsc::unbounded_channel(),
            clipboard: parts.clipboard,
            browser: parts.browser,
            carried: mpsc::unbounded_channel(),
            editing: None,
            keyboard: Some(Keyboard::start(Arc::clone(&frames), Arc::clone(&parts.clock))?),
            asked,
            frames,
            signals: parts.signals,
            requests: parts.requests,
            clock: parts.clock,
            frame,
            generation: 0,
            first: FirstScreen::default(),
            repaint: false,
            awaits_continue: false,
            gone: false,
            leaving: None,
            left: None,
        };
        if is_loading {
            session.first = FirstScreen::of(session.in_view());
            session.executor.load();
        }
        session.begin(effects)?;
        Ok(session)
    }

    /// What the first frame leaves to do.
    fn begin(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        self.executor.find_unsettled();
        self.executor.find_vanished();
        for effect in effects {
            self.perform(effect)?;
        }
        self.search();
        Ok(())
    }

    /// Runs until the end. Beside how it was left: what to say once the terminal is the shell's again.
    pub(super) async fn run(mut self) -> (Departure, Option<String>) {
        loop {
            if let Err(why) = self.turn().await {
                tracing::warn!(%why, "the terminal is gone");
                self.lose_terminal();
            }
            if let Some(departure) = self.departure() {
                self.executor.cancel_all();
                self.keep_first();
                self.hear_out().await;
                return (departure, self.sheets.words());
            }
        }
    }

    /// Waits a little for what the terminal was asked, and takes it: it is not for the shell.
    async fn hear_out(&mut self) {
        let is_due = self.asked.is_some_and(|at| at.elapsed() < ANSWERS_WITHIN);
        if let Some(keyboard) = self.keyboard.as_mut().filter(|_| is_due && !self.gone) {
            keyboard.hear_out(FOR_AN_ANSWER).await;
        }
    }

    /// Keeps what the list shows as the first screen of the next start.
    fn keep_first(&self) {
        self.executor.inventory().keep_first(&self.in_view());
    }

    /// The rows that the next start would show at once.
    fn in_view(&self) -> Vec<u32> {
        self.state.accounts.in_view(usize::from(FIRST_SCREEN))
    }

    /// One event and what is queued behind it, then one frame. Letters and the rows that they find are one frame, where
    /// those come about as fast as a frame is drawn.
    async fn turn(&mut self) -> io::Result<()> {
        let wake = self.next().await;
        self.take(wake)?;
        self.drain()?;
        if self.search()
            && let Ok(Some(fact)) = tokio::time::timeout(FOR_ROWS, self.facts.recv()).await
        {
            self.take(Wake::Fact(fact))?;
            self.drain()?;
            self.search();
        }
        self.paint()
    }

    /// Takes in what is queued.
    fn drain(&mut self) -> io::Result<()> {
        for _ in 0..ROUNDS {
            if !self.take_queued()? {
                break;
            }
        }
        Ok(())
    }

    /// Begins the search that is wanted now, if one is: of letters that came together only the last one's.
    fn search(&mut self) -> bool {
        let Some((id, snapshot, query)) = self.wanted.take() else { return false };
        self.executor.search(id, snapshot, query);
        true
    }

    /// How it ends, once it is time.
    fn departure(&self) -> Option<Departure> {
        if self.left.is_some() {
            return self.left;
        }
        let leaving = self.leaving?;
        let over = !self.executor.is_writing() || Instant::now() >= leaving.deadline;
        over.then_some(Departure::Exit(leaving.status))
    }

    /// Waits for whatever comes first. Answers before keys, so that a key sees the newest there is.
    async fn next(&mut self) -> Wake {
        let deadline = self.leaving.map(|leaving| leaving.deadline);
        tokio::select! {
            biased;
            told = self.signals.next() => Wake::Told(told),
            Some(fact) = self.facts.recv() => Wake::Fact(fact),
            fact = self.executor.reap() => Wake::Reaped(fact),
            () = self.requests.arrived() => Wake::Requests,
            input = next_key(&mut self.keyboard), if !self.gone => Wake::Input(input),
            ended = ended(&mut self.editing) => Wake::Edited(ended),
            Some(made) = self.made.1.recv() => Wake::Made(made),
            Some(carried) = self.carried.1.recv() => Wake::Carried(carried),
            timer = self.timers.next() => Wake::Timer(timer),
            () = until(self.first.due()) => Wake::FirstScreen,
            () = until(deadline) => Wake::OutOfTime,
        }
    }

    /// Takes one of each kind that is there already; false if nothing is. One of each, so that neither answers nor keys
    /// wait for the end of a flood of the other.
    fn take_queued(&mut self) -> io::Result<bool> {
        let mut any = false;
        if let Ok(fact) = self.facts.try_recv() {
            any = true;
            self.take(Wake::Fact(fact))?;
        }
        if !self.gone
            && let Some(input) = self.keyboard.as_mut().and_then(Keyboard::queued)
        {
            any = true;
            self.take(Wake::Input(Some(input)))?;
        }
        if let Some(timer) = self.timers.over() {
            any = true;
            self.take(Wake::Timer(timer))?;
        }
        Ok(any)
    }

    fn take(&mut self, wake: Wake) -> io::Result<()> {
        match wake {
            Wake::Told(told) => self.told(told),
            Wake::Fact(Fact::Inventory(snapshot)) => {
                if snapshot.generation() <= self.generation {
                    return Ok(());
                }
                self.generation = snapshot.generation();
                self.feed(Fact::Inventory(snapshot))
            }
            Wake::Fact(fact) => self.feed(fact),
            Wake::Reaped(fact) => fact.map_or(Ok(()), |fact| self.feed(fact)),
            Wake::Input(Some(event)) => {
                if matches!(event.fact, Fact::Background(_)) {
                    self.asked = None;
                }
                self.update(event)
            }
            Wake::Input(None) => {
                self.lose_terminal();
                Ok(())
            }
            Wake::Timer(id) => self.feed(Fact::TimerDone(id)),
            Wake::Requests => {
                for record in self.requests.take() {
                    self.feed(Fact::Requested(record))?;
                }
                Ok(())
            }
            Wake::FirstScreen => {
                let rows = self.in_view();
                self.executor.keep_first(rows.clone());
                self.first.keep(rows);
                Ok(())
            }
            Wake::Made(made) => self.made(made),
            Wake::Carried(carried) => self.carried(carried),
            Wake::Edited(ended) => self.edited(ended),
            Wake::OutOfTime => Ok(()),
        }
    }

    fn told(&mut self, told: Told) -> io::Result<()> {
        match told {
            Told::End(signal) => {
                self.end_editing()?;
                // A second signal does not wait any more.
                let wait = match self.leaving {
                    Some(_) => Duration::ZERO,
                    None if signal == signal_hook::consts::SIGHUP => WITHOUT_TERMINAL,
                    None => FOR_A_WRITE,
                };
                // The state agrees to leave, but does not know the status, nor for how long to wait.
                let left = self.left;
                self.feed(Fact::Terminated)?;
                self.left = left;
                self.leaving = Some(Leaving { status: 128 + signal, deadline: Instant::now() + wait });
                Ok(())
            }
            Told::Stop => self.suspend(),
            Told::Continued if std::mem::take(&mut self.awaits_continue) || self.editing.is_some() => Ok(()),
            Told::Continued => {
                guard::retake()?;
                self.renew()
            }
            Told::Resized => self.resize(),
        }
    }

    fn lose_terminal(&mut self) {
        self.gone = true;
        self.leaving.get_or_insert(Leaving { status: HUNG_UP, deadline: Instant::now() + WITHOUT_TERMINAL });
        // What is typed is kept; when to leave is decided here.
        let left = self.left;
        if let Err(why) = self.feed(Fact::Terminated) {
            tracing::warn!(%why, "leaving without a terminal");
        }
        self.left = left;
    }

    /// Tells the state of something that happened now.
    fn feed(&mut self, fact: Fact) -> io::Result<()> {
        let stamp = Stamp { at: (self.clock)(), frame: self.frame };
        self.update(Event { stamp, fact })
    }

    fn update(&mut self, event: Event) -> io::Result<()> {
        for effect in app::update(&mut self.state, event) {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Fetch { id, connection, slot, query, urgency } => {
                self.executor.fetch(id, connection, slot, query, urgency);
            }
            Effect::Sync { id, connection } => self.executor.sync(id, connection),
            Effect::Pause(connection) => self.executor.inventory().pause(&connection),
            Effect::GoOn(connection) => self.executor.inventory().go_on(&connection),
            Effect::Search { id, snapshot, query } => self.wanted = Some((id, snapshot, query)),
            Effect::Look { id, snapshot, query } => self.executor.look(id, snapshot, query),
            Effect::List { id, connection, scope, consent } => self.executor.list(id, connection, scope, consent),
            Effect::Plan { id, changes } => self.executor.plan(id, changes),
            Effect::Undo { id, change } => self.executor.undo(id, change),
            Effect::Again { id, plan } => self.executor.again(id, plan),
            Effect::ReadJournal { id } => self.executor.read_journal(id),
            Effect::ReadHistory { id, account, most } => self.executor.read_history(id, account, most),
            Effect::TakeVanished(vanished) => self.executor.take_vanished(vanished),
            Effect::Reconcile { id } => self.executor.reconcile(id),
            Effect::Revisit { changes } => self.executor.revisit(changes),
            Effect::Settle { id, change, done } => self.executor.settle(id, change, done),
            Effect::SaveDraft(draft) => self.drafts.save(draft),
            Effect::DropDraft { subject, on_all, kind, identity } => {
                self.drafts.remove(subject, on_all, kind, identity);
            }
            Effect::Keep(keep) => self.own.keep(keep),
            Effect::Edit { id, text, suffix } => return self.edit(Asked::Field(id), &text, suffix),
            Effect::Sheet { id, accounts, text } => self.sheet(id, accounts, text),
            Effect::Gate(signal) => self.executor.gate(signal),
            Effect::Apply { id, plan } => self.executor.apply(id, plan),
            Effect::Rule { connection, holder, seen } => self.executor.rule(&connection, holder, &seen),
            Effect::Recall(key) => self.executor.recall(key),
            Effect::Cancel(slot) => self.executor.cancel(&slot),
            Effect::Timer { id, after } => self.timers.start(id, Duration::from_millis(after)),
            Effect::Mouse(reports) => return guard::mouse(reports),
            Effect::Suspend => return self.suspend(),
            Effect::SignIn { id, connection } => self.executor.sign_in(id, connection),
            Effect::Copy { what, copied } => {
                self.executor.copy((what, copied), self.clipboard.clone(), self.carried.0.clone());
            }
            Effect::Open(url) => self.executor.open(url, Arc::clone(&self.browser)),
            Effect::Demo => self.left = Some(Departure::Demo),
            // While a write is waited for after a signal, it says not to wait any more.
            Effect::Quit => self.left = Some(Departure::Exit(self.leaving.map_or(0, |leaving| leaving.status))),
        }
        Ok(())
    }

    /// Stops until the shell continues the program.
    fn suspend(&mut self) -> io::Result<()> {
        if self.editing.is_some() {
            // The editor's own stop; it draws itself when it goes on.
            if guard::stop_lent()? {
                self.awaits_continue = true;
            }
            return Ok(());
        }
        if guard::stop()? {
            self.awaits_continue = true;
        }
        self.renew()
    }

    /// The terminal may be another one now: its size is asked for, and all of it drawn.
    fn renew(&mut self) -> io::Result<()> {
        self.screen.forget()?;
        self.resize()
    }

    fn resize(&mut self) -> io::Result<()> {
        let size = guard::size();
        self.screen.resize(size);
        self.repaint = true;
        self.feed(Fact::Resized(size))
    }

    /// Draws if something changed. Twice if something waited to be seen: what follows from its being seen shows at once.
    fn paint(&mut self) -> io::Result<()> {
        for _ in 0..2 {
            if self.gone || self.keyboard.is_none() {
                return Ok(());
            }
            if self.repaint || self.state.is_dirty() {
                self.repaint = false;
                self.frame = self.screen.draw(&self.state)?;
                self.state.drawn();
                if self.state.is_loaded {
                    self.first.shows(&self.in_view());
                }
            }
            if !self.state.awaits_paint() {
                return Ok(());
            }
            let frame = self.frame;
            let at = (self.clock)();
            self.feed(Fact::Painted { frame, at })?;
        }
        Ok(())
    }
}

/// Searches the few rows of the first frame at once, and gives what is left to do: it shows them, and waits for nothing.
fn searched(state: &mut State, stamp: Stamp, effects: Vec<Effect>) -> Vec<Effect> {
    let mut left = Vec::new();
    for effect in effects {
        if let Effect::Search { id, snapshot, query } = &effect {
            if let Some(found) = inventory::search(snapshot, query, &|| false) {
                left.extend(app::update(state, Event { stamp, fact: Fact::Found { id: *id, found } }));
            }
        } else {
            left.push(effect);
        }
    }
    left
}

/// The next key; none comes while another program has the terminal.
async fn next_key(keyboard: &mut Option<Keyboard>) -> Option<Event> {
    match keyboard {
        Some(keyboard) => keyboard.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever without a moment.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
