//! A plan on screen: what would change, for whom, as whom; then the sending.
//!
//! Its identity, target and diff are frozen when it is made: what is confirmed is what is changed.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, Modal, Motion, RequestId, Row, Slot, State, centred};
use crate::domain::{
    Applied, Change, ChangeKind, Diff, Failure, Key, KeyCode, Plan, PlannedChange, Protection, Role, Stage, Subject,
    shown,
};
use crate::forms::{self, TextField};
use crate::panes::{conflict, failure};
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// How far a plan is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The provider is read afresh.
    Reading(RequestId),
    /// Waiting for Enter.
    Ready(Arc<Plan>),
    /// Waiting for the typed word.
    Typing(Arc<Plan>, TextField),
    /// On its way; nothing stops it now.
    Sending {
        /// Whose answer is waited for.
        id: RequestId,
        /// What is sent.
        plan: Arc<Plan>,
        /// Where it is.
        step: &'static str,
    },
    /// It could not be made.
    Failed(Failure),
}

/// A plan on screen.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// How far it is.
    pub phase: Phase,
    offset: usize,
    /// Whether the exact requests are shown.
    requests: bool,
}

/// What keys do in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends it, or asks for the word.
    Send,
    /// Shows or hides the exact requests.
    Requests,
    /// Back to the form.
    Back,
}

/// The plan's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Plan(Act::Send), "send").hint(1).confirms().when(can_send),
    Row::new(&[Key::char('x')], Action::Plan(Act::Requests), "show the exact requests").hint(2).when(is_made),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Plan(Act::Back), "back").hint(3).when(can_leave),
];

fn on_top(state: &State) -> Option<&PlanView> {
    if let Some(Modal::Plan(view)) = state.modals.last() { Some(view) } else { None }
}

fn can_send(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(plan)) if plan.protection() == Protection::ReadOnly => {
            Avail::no("this connection is read-only")
        }
        Some(Phase::Ready(_) | Phase::Typing(..)) => Avail::Yes,
        Some(Phase::Reading(_)) => Avail::no("the plan is still being made"),
        Some(Phase::Sending { .. }) => Avail::no("it is being sent"),
        Some(Phase::Failed(_)) | None => Avail::Hidden,
    }
}

fn is_made(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(_) | Phase::Sending { .. }) => Avail::Yes,
        Some(Phase::Reading(_) | Phase::Typing(..) | Phase::Failed(_)) | None => Avail::Hidden,
    }
}

fn can_leave(state: &State) -> Avail {
    match on_top(state).map(|view| &view.phase) {
        Some(Phase::Sending { .. }) => {
            Avail::no("it is being sent and can't be taken back; its outcome comes in a moment")
        }
        Some(Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) | Phase::Failed(_)) | None => Avail::Yes,
    }
}

impl PlanView {
    /// The field of the typed word, while it is asked for.
    #[must_use]
    pub fn word(&self) -> Option<&TextField> {
        match &self.phase {
            Phase::Typing(_, word) => Some(word),
            Phase::Reading(_) | Phase::Ready(_) | Phase::Sending { .. } | Phase::Failed(_) => None,
        }
    }

    /// The same, to type into.
    pub fn word_mut(&mut self) -> Option<&mut TextField> {
        match &mut self.phase {
            Phase::Typing(_, word) => Some(word),
            Phase::Reading(_) | Phase::Ready(_) | Phase::Sending { .. } | Phase::Failed(_) => None,
        }
    }

    fn plan(&self) -> Option<&Arc<Plan>> {
        match &self.phase {
            Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } => Some(plan),
            Phase::Reading(_) | Phase::Failed(_) => None,
        }
    }

    /// Scrolls.
    pub fn scroll(&mut self, motion: Motion) {
        self.offset = motion.apply(self.offset, 200, 10);
    }
}

/// A subject's name for the screen.
#[must_use]
pub fn subject_name(state: &State, subject: &Subject) -> String {
    let name = match subject {
        Subject::Account(key) => {
            let listed =
                state.snapshot.find(key).or_else(|| state.accounts.current().filter(|account| account.key == *key));
            listed.map(|account| account.name.shown().into_owned())
        }
        Subject::Organization(key) => state.snapshot.organization(key).map(|found| found.name.shown().into_owned()),
        Subject::Connection(_) => None,
    };
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| shown(subject.id()).into_owned())
}

/// Asks for a plan and shows it being made.
pub fn ask(state: &mut State, changes: Vec<Change>, effects: &mut Vec<Effect>) {
    ask_for(state, effects, |id| Effect::Plan { id, changes });
}

/// Shows a plan being made, by an effect that is answered with it.
pub fn ask_for(state: &mut State, effects: &mut Vec<Effect>, effect: impl FnOnce(RequestId) -> Effect) {
    let id = state.request_id();
    let view = PlanView { phase: Phase::Reading(id), offset: 0, requests: false };
    state.open(Modal::Plan(Box::new(view)));
    effects.push(effect(id));
}

/// A plan was made, or could not be.
pub fn planned(state: &mut State, id: RequestId, result: Result<Box<Plan>, Failure>, effects: &mut Vec<Effect>) {
    let Some(Modal::Plan(view)) = state.modals.last_mut() else {
        return;
    };
    if view.phase != Phase::Reading(id) {
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
        Ok(plan) => {
            view.phase = Phase::Ready(Arc::from(plan));
            state.unsee();
        }
        Err(failure) => {
            view.phase = Phase::Failed(failure);
            state.unsee();
        }
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Send => send(state, effects),
        Act::Requests => {
            if let Some(Modal::Plan(view)) = state.modals.last_mut() {
                view.requests = !view.requests;
                view.offset = 0;
            }
        }
        Act::Back => back(state, effects),
    }
}

fn back(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Plan(view)) = state.modals.last_mut() else {
        return;
    };
    if let Phase::Typing(plan, _) = &view.phase {
        view.phase = Phase::Ready(Arc::clone(plan));
        return state.unsee();
    }
    state.close();
    effects.push(Effect::Cancel(Slot::Plan));
}

/// The word that must be typed for a plan.
fn word(state: &State, plan: &Plan) -> String {
    plan.word(|name| {
        let rows = (0..).map_while(|row| state.snapshot.account(row));
        rows.filter(|account| account.name.raw() == name).count() <= 1
    })
}

fn send(state: &mut State, effects: &mut Vec<Effect>) {
    let (plan, typed) = match on_top(state).map(|view| &view.phase) {
        Some(Phase::Ready(plan)) => (Arc::clone(plan), None),
        Some(Phase::Typing(plan, typed)) => (Arc::clone(plan), Some(typed.value().to_owned())),
        Some(Phase::Reading(_) | Phase::Sending { .. } | Phase::Failed(_)) | None => return,
    };
    if plan.protection() == Protection::Typed {
        let wanted = word(state, &plan);
        match typed {
            None => return set_phase(state, Phase::Typing(plan, TextField::default())),
            Some(typed) if typed.trim() != wanted => {
                return state.toast(Role::Warn, format!("Type {} to confirm", shown(&wanted)), effects);
            }
            Some(_) => {}
        }
    }
    let id = state.request_id();
    state.writing = Some(id);
    set_phase(state, Phase::Sending { id, plan: Arc::clone(&plan), step: "reading again" });
    effects.push(Effect::Apply { id, plan });
}

fn set_phase(state: &mut State, phase: Phase) {
    if let Some(Modal::Plan(view)) = state.modals.last_mut() {
        view.phase = phase;
    }
    state.unsee();
}

/// A write is at this step.
pub fn progressed(state: &mut State, id: RequestId, stage: Stage) {
    let now = match stage {
        Stage::Step(words) => words,
        Stage::Sending(_) => "sending",
        Stage::Over(..) => return,
    };
    for modal in &mut state.modals {
        if let Modal::Plan(view) = modal
            && let Phase::Sending { id: sent, step, .. } = &mut view.phase
            && *sent == id
        {
            *step = now;
        }
    }
}

/// A write is over. Its plan goes away; what became of it is said.
pub fn applied(state: &mut State, id: RequestId, results: Vec<Applied>, effects: &mut Vec<Effect>) {
    if state.writing != Some(id) {
        return;
    }
    state.writing = None;
    let kind = state.modals.iter().find_map(|modal| {
        let Modal::Plan(view) = modal else { return None };
        view.plan()?.changes.first().map(|planned| planned.change.kind)
    });
    state.modals.retain(|modal| !matches!(modal, Modal::Plan(_)));
    state.unsee();
    let words = kind.map_or(("Saved", "Saving"), |kind| (kind.done(), kind.running()));
    for result in results {
        settle(state, result, words, effects);
    }
    if state.interrupted {
        effects.push(Effect::Quit);
    }
}

fn settle(state: &mut State, result: Applied, (done, running): (&str, &str), effects: &mut Vec<Effect>) {
    match result {
        Applied::Confirmed { visible, messages, made, .. } => {
            forms::settled(state, effects);
            if let Some(made) = made {
                forms::made(state, made);
            }
            let mut text = done.to_owned();
            if !visible {
                text.push_str(", not visible yet: the provider may take a while to show it");
            }
            for message in &messages {
                text.push_str(" · ");
                text.push_str(&message.shown());
            }
            state.toast(Role::Good, text, effects);
        }
        Applied::Accepted { .. } => {
            forms::accepted(state, effects);
            state.toast(Role::Good, running, effects);
        }
        Applied::NothingToDo => {
            forms::settled(state, effects);
            state.toast(Role::Dim, "nothing to do: it already is as wanted", effects);
        }
        Applied::Outdated(plan) if plan.has_conflicts() => {
            state.open(Modal::Conflict(Box::new(conflict::ConflictView::new(*plan))));
        }
        Applied::Outdated(plan) => {
            let view = PlanView { phase: Phase::Ready(Arc::from(plan)), offset: 0, requests: false };
            state.open(Modal::Plan(Box::new(view)));
        }
        Applied::Refused(why) => {
            if let Some(Modal::Form(form)) = state.modals.last_mut() {
                form.refuse(&why);
            }
            state.open(Modal::Failure(failure::FailureView::refused(why)));
        }
        Applied::Unknown(why) => state.open(Modal::Failure(failure::FailureView::unknown(why))),
        Applied::NotSent(why) => state.open(Modal::Failure(failure::FailureView::not_sent(why))),
    }
}

/// Draws a plan.
pub fn draw(state: &State, view: &PlanView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let columns = whole.width.min(92).saturating_sub(4);
    let lines = lines(state, view, usize::from(columns));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(8, whole.height.max(8));
    let area = centred(whole, 92, height);
    let title = match &view.phase {
        Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) => Line::of(Role::Title, "Plan"),
        Phase::Sending { .. } => Line::of(Role::Title, "Plan").and(Role::Warn, " · sending"),
        Phase::Failed(_) => Line::of(Role::Title, "Plan").and(Role::Bad, " · could not be made"),
    };
    let inner = modal_frame(buf, area, &title, theme);
    let page = usize::from(inner.height);
    let offset = view.offset.min(lines.len().saturating_sub(page));
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
    if let Phase::Typing(_, word) = &view.phase {
        let y = inner.bottom().saturating_sub(1);
        buf.set_style(
            Rect { x: inner.x + 1, y, width: inner.width.saturating_sub(2), height: 1 },
            theme.style(Role::Input),
        );
        word.draw(buf, (inner.x + 1, y, inner.width.saturating_sub(2)), theme, Role::Input, true);
    }
}

fn lines(state: &State, view: &PlanView, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    match &view.phase {
        Phase::Reading(_) => lines.push(Line::of(Role::Dim, "Reading afresh what is there now …")),
        Phase::Failed(why) => failure::lines(why, columns, &mut lines),
        Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } => {
            head(state, plan, columns, &mut lines);
            for planned in &plan.changes {
                change(planned, columns, &mut lines);
                if view.requests {
                    request(planned, &mut lines);
                }
            }
            tail(state, view, plan, &mut lines);
        }
    }
    lines
}

fn head(state: &State, plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    if plan.renewed {
        let words = "Changed meanwhile: this is the plan as it would be now. Nothing was sent.";
        lines.extend(wrap(words, columns).into_iter().map(|text| Line::of(Role::Warn, text)));
    }
    let stale = plan.changes.iter().any(|planned| changed_since(state, planned));
    if stale {
        lines.push(Line::of(
            Role::Warn,
            "The target changed since this plan was made; it is read again before sending.",
        ));
    }
    for warning in plan.changes.iter().flat_map(|planned| &planned.warnings) {
        lines
            .extend(wrap(&format!("! {}", shown(warning)), columns).into_iter().map(|text| Line::of(Role::Warn, text)));
    }
    for part in &plan.parts {
        let who = format!("{} ({})", part.identity.user.shown(), shown(&part.identity.credential));
        lines.push(Line::of(Role::Dim, "as          ").and(Role::Text, who));
        let protection = format!("{} · {} · {}", part.connection, part.protection.word(), shown(&part.identity.origin));
        lines.push(Line::of(Role::Dim, "connection  ").and(Role::Text, protection));
    }
}

/// Whether the inventory has learned something newer about a target that differs from what the plan read.
fn changed_since(state: &State, planned: &PlannedChange) -> bool {
    let fact = state.snapshot.profile(&planned.change.subject);
    planned.change.kind == ChangeKind::Profile
        && fact
            .is_some_and(|fact| (fact.value.exists, &fact.value.values) != (planned.read.exists, &planned.read.values))
}

fn change(planned: &PlannedChange, columns: usize, lines: &mut Vec<Line>) {
    let subject = &planned.change.subject;
    lines.push(Line::default());
    let verb = format!("{} profile of {} ", planned.change.kind.verb(), subject.noun());
    lines.push(Line::of(Role::Text, verb).and(Role::Title, planned.name.shown().into_owned()));
    lines.push(Line::of(Role::Dim, "id          ").and(Role::Text, shown(subject.id()).into_owned()));
    let crumbs = match &planned.lineage {
        Some(lineage) if lineage.steps.is_empty() => "in no organization".to_owned(),
        Some(lineage) => lineage.crumbs(),
        None => "not known".to_owned(),
    };
    for (nth, text) in wrap(&crumbs, columns.saturating_sub(12).max(8)).into_iter().enumerate() {
        lines.push(Line::of(Role::Dim, if nth == 0 { "inside      " } else { "            " }).and(Role::Text, text));
    }
    lines.push(Line::default());
    for diff in &planned.diff {
        diff_lines(diff, columns, lines);
    }
}

/// `field: old → new`, on one line if it fits, else below each other.
pub(super) fn diff_lines(diff: &Diff, columns: usize, lines: &mut Vec<Line>) {
    let words = |value: &Option<String>| match value.as_deref() {
        None | Some("") => "(empty)".to_owned(),
        Some(text) => shown(text).into_owned(),
    };
    let (from, to) = (words(&diff.from), words(&diff.to));
    let label = format!("{:<18}", shown(&diff.field));
    let one = Line::of(Role::Text, label.clone())
        .and(Role::Removed, from.clone())
        .and(Role::Dim, " → ")
        .and(Role::Added, to.clone());
    if one.width() <= columns {
        return lines.push(one);
    }
    lines.push(Line::of(Role::Text, label));
    for (role, sign, text) in [(Role::Removed, "- ", from), (Role::Added, "+ ", to)] {
        for part in wrap(&text, columns.saturating_sub(4).max(8)) {
            lines.push(Line::of(Role::Dim, format!("  {sign}")).and(role, part));
        }
    }
}

fn request(planned: &PlannedChange, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    let request = &planned.request;
    lines.push(Line::of(Role::Key, request.method.clone()).and(Role::Text, format!(" {}", shown(&request.path))));
    let body = serde_json::to_string_pretty(&request.body).unwrap_or_default();
    lines.extend(body.lines().map(|line| Line::of(Role::Text, shown(line))));
}

fn tail(state: &State, view: &PlanView, plan: &Plan, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    match &view.phase {
        Phase::Typing(..) => {
            lines.push(Line::of(Role::Warn, format!("Type {} to confirm", shown(&word(state, plan)))));
            lines.push(Line::default());
        }
        Phase::Sending { step, .. } => lines.push(Line::of(Role::Warn, format!("{step} …"))),
        Phase::Reading(_) | Phase::Ready(_) | Phase::Failed(_) => {
            lines.push(Line::of(Role::Key, "Enter").and(Role::Text, " sends this change"));
        }
    }
}
