//! A plan on screen: what would change, for whom, as whom; then the sending, and what became of it.
//!
//! Its identities, targets and diffs are frozen when it is made: what is confirmed is what is changed.

mod draw;
mod outcome;
mod seen;
mod sheet;
mod summary;
mod words;

use std::sync::Arc;

use indexmap::IndexSet;

use crate::app::{Action, Avail, Effect, HELP, Modal, RequestId, Row, Slot, State};
use crate::domain::{
    AccountKey, Applied, Change, Failure, Key, KeyCode, OrganizationId, Plan, Protection, Role, Signal, Stage, Subject,
    Untrusted, shown,
};
use crate::forms::TextField;
use crate::panes::failure::About;
use crate::panes::{accounts, confirm, conflict};

pub use self::draw::{draw, scroll};
pub use self::outcome::{applied, ended};
use self::seen::Seen;
pub use self::seen::{follow, painted};
use self::sheet::Kept;
pub(super) use self::sheet::{diff_lines, sides};
pub(super) use self::words::{label, name};

/// How far a plan is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The provider is read afresh.
    Reading(RequestId),
    /// Waiting for Enter.
    Ready(Arc<Plan>),
    /// Waiting for the typed word.
    Typing(Arc<Plan>, TextField),
    /// On its way; what is on its way comes to its end whatever is pressed.
    Sending {
        /// Whose answer is waited for.
        id: RequestId,
        /// What is sent.
        plan: Arc<Plan>,
        /// Where it is.
        step: &'static str,
        /// Where each of its changes is.
        progress: Progress,
    },
    /// Many changes are over: what became of each.
    Over {
        /// What was sent.
        plan: Arc<Plan>,
        /// One result a change, in the plan's order.
        results: Vec<Applied>,
    },
    /// It could not be made.
    Failed(Failure),
}

/// Where the changes of a plan are that is being sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// One for each change.
    pub items: Vec<Item>,
    /// What the gate was told last.
    pub signal: Signal,
}

/// Where one change of a plan is.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// It waits.
    Waiting,
    /// It is on its way.
    Sending,
    /// It is over.
    Over(Box<Applied>),
}

/// What the inventory said of a target when its plan came: a later word that differs is news.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    name: Untrusted,
    parent: Option<OrganizationId>,
}

/// A plan on screen.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// How far it is.
    pub phase: Phase,
    offset: usize,
    /// Whether the exact requests are shown.
    requests: bool,
    /// Where it was scrolled to before they were.
    back: usize,
    /// How much of it has been on the screen.
    seen: Seen,
    /// Whether Enter led from one page to the next: one that is held down leads to the last, and sends nothing.
    paged: bool,
    /// What was asked for, for the case that no plan comes of it.
    about: About,
    /// Marked accounts that were not among the shown rows when the plan was asked for.
    hidden: IndexSet<AccountKey>,
    known: Vec<Option<Known>>,
    /// Whether the screen goes along with what is being sent, until it is scrolled.
    follows: bool,
    /// Its lines, from event to event.
    kept: Option<Box<Kept>>,
    /// The changes that have had news since.
    stale: Vec<usize>,
}

/// What keys do in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends it, or asks for the word.
    Send,
    /// Shows or hides the exact requests.
    Requests,
    /// Holds the sending up, or lets it go on.
    Pause,
    /// Makes a plan of what failed.
    Retry,
    /// Makes the plan that takes back what was done.
    Undo,
    /// Back to where it came from; while many are being sent, asks whether to stop.
    Back,
}

/// The plan's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Plan(Act::Send), "send")
        .now(short_of_sending)
        .hint(1)
        .confirms()
        .when(can_send),
    Row::new(&[Key::char('x')], Action::Plan(Act::Requests), "show the exact requests").hint(2).when(is_made),
    Row::new(&[Key::char('p')], Action::Plan(Act::Pause), "pause / go on").hint(1).when(can_pause),
    Row::new(&[Key::char('r')], Action::Plan(Act::Retry), "try the failed again").hint(1).when(can_retry),
    Row::new(&[Key::char('U')], Action::Plan(Act::Undo), "undo what was done").hint(2).when(can_undo),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Plan(Act::Back), "back").hint(3).when(can_leave),
    HELP,
];

fn on_top(state: &State) -> Option<&PlanView> {
    if let Some(Modal::Plan(view)) = state.modals.last() { Some(view) } else { None }
}

fn can_send(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(plan)) if plan.protection() == Protection::ReadOnly => {
            Avail::no("this connection is read-only")
        }
        Some(Phase::Ready(plan)) if !plan.changes.iter().any(crate::domain::PlannedChange::is_sent) => {
            Avail::no("there is nothing in it that can be sent")
        }
        Some(Phase::Ready(_) | Phase::Typing(..)) => Avail::Yes,
        Some(Phase::Reading(_)) => Avail::no("the plan is still being made"),
        Some(Phase::Sending { .. }) => Avail::no("it is being sent"),
        Some(Phase::Over { .. }) => Avail::no("it is over: Esc leaves"),
        Some(Phase::Failed(_)) | None => Avail::Hidden,
    }
}

/// What Enter does where it does not send yet: a typed plan asks for its word in a second step, and takes no other one.
fn short_of_sending(state: &State) -> Option<&'static str> {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(_)) if draw::has_more(state) => Some("read on"),
        Some(Phase::Ready(plan)) if plan.protection() == Protection::Typed => Some("go on to the typed word"),
        Some(Phase::Typing(plan, typed)) if wrong_word(state, plan, typed).is_some() => Some("check the word"),
        Some(
            Phase::Reading(_)
            | Phase::Ready(_)
            | Phase::Typing(..)
            | Phase::Sending { .. }
            | Phase::Over { .. }
            | Phase::Failed(_),
        )
        | None => None,
    }
}

fn is_made(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(_) | Phase::Sending { .. }) => Avail::Yes,
        Some(Phase::Reading(_) | Phase::Typing(..) | Phase::Over { .. } | Phase::Failed(_)) | None => Avail::Hidden,
    }
}

fn can_pause(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Sending { plan, progress, .. }) if plan.changes.len() > 1 => match progress.signal {
            Signal::Go | Signal::Pause => Avail::Yes,
            Signal::Stop => Avail::no("it was told to stop"),
        },
        Some(
            Phase::Reading(_)
            | Phase::Ready(_)
            | Phase::Typing(..)
            | Phase::Sending { .. }
            | Phase::Over { .. }
            | Phase::Failed(_),
        )
        | None => Avail::Hidden,
    }
}

fn can_retry(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Over { plan, results }) if outcome::failed(plan, results).is_empty() => {
            Avail::no("nothing failed that could be tried again")
        }
        Some(Phase::Over { .. }) => Avail::Yes,
        Some(Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) | Phase::Sending { .. } | Phase::Failed(_))
        | None => Avail::Hidden,
    }
}

fn can_undo(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Over { plan, results }) if outcome::can_be_undone(plan, results) => Avail::Yes,
        Some(Phase::Over { .. }) => Avail::no("nothing of it was done that can be undone"),
        Some(Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) | Phase::Sending { .. } | Phase::Failed(_))
        | None => Avail::Hidden,
    }
}

fn can_leave(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Sending { plan, progress, .. }) if plan.changes.len() > 1 => match progress.signal {
            Signal::Go | Signal::Pause => Avail::Yes,
            Signal::Stop => Avail::no("it stops as soon as what is on its way has come to its end"),
        },
        Some(Phase::Sending { .. }) => {
            Avail::no("it is being sent and can't be taken back; its outcome comes in a moment")
        }
        Some(Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) | Phase::Over { .. } | Phase::Failed(_))
        | None => Avail::Yes,
    }
}

impl PlanView {
    fn new(phase: Phase, about: About, hidden: IndexSet<AccountKey>) -> Self {
        Self {
            phase,
            offset: 0,
            requests: false,
            back: 0,
            seen: Seen::default(),
            paged: false,
            about,
            hidden,
            known: Vec::new(),
            follows: true,
            kept: None,
            stale: Vec::new(),
        }
    }

    /// Keeps what the inventory says of the targets now: what it says later may differ.
    fn watch(&mut self, state: &State) {
        let subjects = self.plan().into_iter().flat_map(|plan| &plan.changes).map(|planned| &planned.change.subject);
        self.known = subjects.map(|subject| known(state, subject)).collect();
    }

    /// The field of the typed word, while it is asked for.
    #[must_use]
    pub fn word(&self) -> Option<&TextField> {
        match &self.phase {
            Phase::Typing(_, word) => Some(word),
            Phase::Reading(_) | Phase::Ready(_) | Phase::Sending { .. } | Phase::Over { .. } | Phase::Failed(_) => None,
        }
    }

    /// The same, to type into.
    pub fn word_mut(&mut self) -> Option<&mut TextField> {
        match &mut self.phase {
            Phase::Typing(_, word) => Some(word),
            Phase::Reading(_) | Phase::Ready(_) | Phase::Sending { .. } | Phase::Over { .. } | Phase::Failed(_) => None,
        }
    }

    /// The plan, once it is made.
    #[must_use]
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        match &self.phase {
            Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } | Phase::Over { plan, .. } => {
                Some(plan)
            }
            Phase::Reading(_) | Phase::Failed(_) => None,
        }
    }
}

/// A subject's name for the screen.
#[must_use]
pub fn subject_name(state: &State, subject: &Subject) -> String {
    let name = match subject {
        Subject::Account(key) => state.listed(key).map(|account| shown(account.name()).into_owned()),
        Subject::Organization(key) => state.snapshot.organization(key).map(|found| found.name.shown().into_owned()),
        Subject::Connection(_) => None,
    };
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| shown(subject.id()).into_owned())
}

/// What the inventory says of a target now.
fn known(state: &State, subject: &Subject) -> Option<Known> {
    match subject {
        Subject::Account(key) => {
            let account = state.snapshot.find(key)?;
            let lineage = state.snapshot.lineage(key).map(|fact| fact.value.parent().map(|it| it.key.id.clone()));
            let listed = || account.parent().map(|parent| parent.id.clone());
            Some(Known { name: Untrusted::new(account.name()), parent: lineage.unwrap_or_else(listed) })
        }
        Subject::Organization(key) => {
            let organization = state.snapshot.organization(key)?;
            let parent = organization.parent.as_ref().map(|parent| parent.id.clone());
            Some(Known { name: organization.name.clone(), parent })
        }
        Subject::Connection(_) => None,
    }
}

/// Asks for a plan and shows it being made. Of marked accounts those that are not shown come first.
pub fn ask(state: &mut State, mut changes: Vec<Change>, effects: &mut Vec<Effect>) {
    let hidden = if state.acts_on_marks() { accounts::hidden_marks(state) } else { IndexSet::new() };
    changes.sort_by_key(|change| !is_hidden(&hidden, &change.subject));
    let about = words::about(state, &changes);
    let id = open(state, about, hidden);
    effects.push(Effect::Plan { id, changes });
}

/// Shows a plan of something being made, by an effect that is answered with it.
pub fn ask_for(state: &mut State, about: About, effects: &mut Vec<Effect>, effect: impl FnOnce(RequestId) -> Effect) {
    let id = open(state, about, IndexSet::new());
    effects.push(effect(id));
}

fn open(state: &mut State, about: About, hidden: IndexSet<AccountKey>) -> RequestId {
    let id = state.request_id();
    state.open(Modal::Plan(Box::new(PlanView::new(Phase::Reading(id), about, hidden))));
    id
}

fn is_hidden(hidden: &IndexSet<AccountKey>, subject: &Subject) -> bool {
    match subject {
        Subject::Account(key) => hidden.contains(key),
        Subject::Organization(_) | Subject::Connection(_) => false,
    }
}

/// A plan was made, or could not be.
pub fn planned(state: &mut State, id: RequestId, result: Result<Box<Plan>, Failure>, effects: &mut Vec<Effect>) {
    if !on_top(state).is_some_and(|view| view.phase == Phase::Reading(id)) {
        return;
    }
    match result {
        Ok(plan) if plan.has_conflicts() => {
            state.close();
            state.open(Modal::Conflict(Box::new(conflict::ConflictView::new(*plan))));
        }
        Ok(plan) if plan.is_empty() => {
            state.close();
            state.toast(Role::Dim, "nothing to do: it already is as wanted", effects);
        }
        Ok(plan) => show(state, Arc::from(plan)),
        Err(failure) if failure.is_gone() => {
            state.close();
            outcome::gone(state, failure, effects);
        }
        Err(failure) => set_phase(state, Phase::Failed(failure)),
    }
}

/// Shows a plan in the view on top; from now on the targets are watched.
fn show(state: &mut State, plan: Arc<Plan>) {
    let Some(Modal::Plan(mut view)) = state.close() else {
        return;
    };
    view.phase = Phase::Ready(plan);
    view.watch(state);
    state.open(Modal::Plan(view));
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Send => send(state, effects),
        Act::Requests => draw::toggle_requests(state),
        Act::Pause => pause(state, effects),
        Act::Retry => outcome::retry(state, effects),
        Act::Undo => outcome::undo(state, effects),
        Act::Back => back(state, effects),
    }
}

fn back(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Plan(view)) = state.modals.last_mut() else {
        return;
    };
    match &view.phase {
        Phase::Typing(plan, _) => {
            view.phase = Phase::Ready(Arc::clone(plan));
            state.unsee();
        }
        Phase::Sending { .. } => state.open(Modal::Confirm(confirm::Confirm::stop())),
        Phase::Reading(_) | Phase::Ready(_) | Phase::Over { .. } | Phase::Failed(_) => {
            state.close();
            effects.push(Effect::Cancel(Slot::Plan));
        }
    }
}

/// The progress of the plan that is being sent, wherever it stands among the modals.
fn progress(state: &mut State) -> Option<(RequestId, usize, &mut Progress, &mut &'static str)> {
    state.modals.iter_mut().find_map(|modal| {
        let Modal::Plan(view) = modal else { return None };
        let Phase::Sending { id, plan, step, progress } = &mut view.phase else { return None };
        Some((*id, plan.changes.len(), progress, step))
    })
}

fn pause(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((_, _, progress, _)) = progress(state) else {
        return;
    };
    progress.signal = match progress.signal {
        Signal::Go => Signal::Pause,
        Signal::Pause => Signal::Go,
        Signal::Stop => return,
    };
    effects.push(Effect::Gate(progress.signal));
}

/// Sends no more of the plan that is being sent; what is on its way comes to its end. A single change has gone already.
pub fn stop(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some((_, many, progress, _)) = progress(state)
        && many > 1
        && progress.signal != Signal::Stop
    {
        progress.signal = Signal::Stop;
        effects.push(Effect::Gate(Signal::Stop));
    }
}

/// The word that must be typed for a plan: unique among the rows that are loaded.
fn word(state: &State, plan: &Plan) -> String {
    let about = plan.changes.first().map(|planned| &planned.change.subject);
    plan.word(|name| match about {
        Some(Subject::Organization(_)) => {
            let trees = state.snapshot.connections().map(|(_, view)| &view.tree);
            let all = trees.flat_map(|tree| {
                tree.roots().iter().flat_map(|root| tree.subtree(root)).filter_map(|id| tree.node(&id))
            });
            all.filter(|node| node.organization.name.raw() == name).count() <= 1
        }
        Some(Subject::Account(_) | Subject::Connection(_)) | None => {
            state.snapshot.rows().filter(|account| account.name() == name).count() <= 1
        }
    })
}

/// What is wrong with the word as it is typed; `None` if it is the one that is asked for.
fn wrong_word(state: &State, plan: &Plan, typed: &TextField) -> Option<String> {
    let (wanted, typed) = (word(state, plan), typed.value().trim());
    (typed != wanted).then(|| {
        let wanted = shown(&wanted);
        if typed.is_empty() {
            format!("not sent: nothing is typed yet, “{wanted}” is asked for")
        } else {
            format!("not sent: “{}” is not “{wanted}”", shown(typed))
        }
    })
}

fn send(state: &mut State, effects: &mut Vec<Effect>) {
    let (plan, typed) = match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(plan)) => (Arc::clone(plan), None),
        Some(Phase::Typing(plan, typed)) => (Arc::clone(plan), Some(wrong_word(state, plan, typed))),
        Some(Phase::Reading(_) | Phase::Sending { .. } | Phase::Over { .. } | Phase::Failed(_)) | None => return,
    };
    let unread = draw::read_on(state);
    if unread > 0 {
        let lines = if unread == 1 { "line was" } else { "lines were" };
        let words = format!("not sent: {} {lines} still to be shown", accounts::grouped(unread));
        return state.refuse_key(words, effects);
    }
    if plan.protection() == Protection::Typed {
        match typed {
            None => return set_phase(state, Phase::Typing(plan, TextField::default())),
            Some(Some(wrong)) => return state.refuse_key(wrong, effects),
            Some(None) => {}
        }
    }
    let id = state.request_id();
    state.writing = Some(id);
    let progress = Progress { items: vec![Item::Waiting; plan.changes.len()], signal: Signal::Go };
    set_phase(state, Phase::Sending { id, plan: Arc::clone(&plan), step: "reading again", progress });
    effects.push(Effect::Apply { id, plan });
}

/// Whether Enter led through the pages of the plan on top, and would send it now.
#[must_use]
pub fn is_read_by_enter(state: &State) -> bool {
    on_top(state).is_some_and(|view| view.paged) && draw::is_read(state)
}

fn set_phase(state: &mut State, phase: Phase) {
    if let Some(Modal::Plan(view)) = state.modals.last_mut() {
        view.phase = phase;
        view.paged = false;
        view.follows = true;
    }
    state.unsee();
}

/// A write is at this step.
pub fn progressed(state: &mut State, id: RequestId, stage: Stage) {
    let Some((sent, _, progress, step)) = progress(state) else {
        return;
    };
    if sent != id {
        return;
    }
    let news = match stage {
        Stage::Step(words) => return *step = words,
        Stage::Sending(nth) => {
            *step = "sending";
            (nth, Item::Sending)
        }
        Stage::Over(nth, applied) => (nth, Item::Over(applied)),
    };
    let (nth, item) = news;
    if let Some(known) = progress.items.get_mut(nth) {
        *known = item;
    }
    for modal in &mut state.modals {
        if let Modal::Plan(view) = modal {
            view.stale.push(nth);
        }
    }
}
