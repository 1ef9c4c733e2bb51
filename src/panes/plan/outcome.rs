//! What became of a plan: words on the bottom line, a dialog, or the summary of many changes with what failed first.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Item, Phase, PlanView, words as plan_words};
use crate::app::{Effect, Modal, RequestId, State};
use crate::domain::{
    Applied, Change, ChangeKind, Ended, Failure, FailureKind, JournalRecord, Plan, PlannedChange, Role, Subject,
};
use crate::forms;
use crate::panes::failure::{About, FailureView, Typed};
use crate::panes::{accounts, conflict};

/// How one change of many ended, in the order of the summary: what failed comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// The provider said no, or it could not be planned.
    Refused,
    /// Somebody changed it meanwhile; nothing was sent.
    Outdated,
    /// Nobody knows.
    Unknown,
    /// Nothing was sent.
    NotSent,
    /// The provider goes on with it.
    Accepted,
    /// It is done.
    Done,
    /// It was as wanted.
    NothingToDo,
}

impl Fate {
    pub(super) const ALL: [Self; 7] =
        [Self::Refused, Self::Outdated, Self::Unknown, Self::NotSent, Self::Accepted, Self::Done, Self::NothingToDo];

    /// The order of counts, as plans have it: what is done, what failed, what needed nothing.
    pub(super) const COUNTED: [Self; 7] =
        [Self::Done, Self::Accepted, Self::Refused, Self::Outdated, Self::Unknown, Self::NotSent, Self::NothingToDo];

    /// How many ended in each way, where any did.
    pub(super) fn counted(fates: &[Self]) -> impl Iterator<Item = (Self, usize)> {
        let count = |fate: Self| fates.iter().filter(|other| **other == fate).count();
        Self::COUNTED.into_iter().map(move |fate| (fate, count(fate))).filter(|(_, count)| *count > 0)
    }

    /// What a change that is over came to. What the plan refused was never sent.
    pub(super) fn of(planned: &PlannedChange, applied: &Applied) -> Self {
        match applied {
            Applied::NotSent(_) if planned.refusal.is_some() => Self::Refused,
            Applied::Confirmed { .. } => Self::Done,
            Applied::Accepted { .. } => Self::Accepted,
            Applied::NothingToDo => Self::NothingToDo,
            Applied::Outdated(_) => Self::Outdated,
            Applied::Refused(_) => Self::Refused,
            Applied::Unknown(_) => Self::Unknown,
            Applied::NotSent(_) => Self::NotSent,
        }
    }

    /// Its word in counts, e.g. `3 refused`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Outdated => "changed meanwhile",
            Self::Unknown => "unknown",
            Self::NotSent => "not sent",
            Self::Accepted => "going on",
            Self::Done => "done",
            Self::NothingToDo => "nothing to do",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Self::Refused => Role::Bad,
            Self::Outdated | Self::Unknown | Self::NotSent => Role::Warn,
            Self::Accepted | Self::Done => Role::Good,
            Self::NothingToDo => Role::Dim,
        }
    }

    /// One column that says it where there is no room for words.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Refused => "✗",
            Self::Outdated => "↻",
            Self::Unknown => "?",
            Self::NotSent => "–",
            Self::Accepted => "…",
            Self::Done => "✓",
            Self::NothingToDo => "=",
        }
    }

    /// Whether what was asked for is done, or sure to be.
    pub(super) fn is_well(self) -> bool {
        match self {
            Self::Accepted | Self::Done | Self::NothingToDo => true,
            Self::Refused | Self::Outdated | Self::Unknown | Self::NotSent => false,
        }
    }
}

/// Why it ended so, where there is a reason.
pub(super) fn reason(state: &State, planned: &PlannedChange, applied: &Applied) -> Option<String> {
    match applied {
        Applied::Refused(why) | Applied::Unknown(why) | Applied::NotSent(why) => {
            Some(words(planned.refusal.as_ref().unwrap_or(why)))
        }
        Applied::Outdated(now) => {
            let changed: Vec<String> =
                now.changes.iter().flat_map(|planned| plan_words::meanwhile(state, planned)).collect();
            Some(if changed.is_empty() { "it is not as the plan says any more".to_owned() } else { changed.join("; ") })
        }
        Applied::Confirmed { messages, visible, .. } => {
            let mut said: Vec<String> = messages.iter().map(ToString::to_string).collect();
            if !visible {
                said.insert(0, "not visible yet".to_owned());
            }
            (!said.is_empty()).then(|| said.join(" · "))
        }
        Applied::Accepted { .. } | Applied::NothingToDo => None,
    }
}

/// A failure of one among many in a sentence.
pub(super) fn words(failure: &Failure) -> String {
    // What this program refuses says so in a sentence; what a provider said has its parts.
    let own = (matches!(failure.kind, FailureKind::Refused | FailureKind::Unsupported) || failure.is_gone())
        && failure.items.is_empty()
        && failure.status.is_none();
    let mut text = if own { failure.cause.clone() } else { failure.to_string() };
    if let Some(hint) = &failure.hint {
        text.push_str(": ");
        text.push_str(hint);
    }
    text
}

/// The changes of a plan that failed and may be asked for again. What nobody knows is not among them: it is settled first.
pub(super) fn failed(plan: &Plan, results: &[Applied]) -> Vec<Change> {
    let again = plan.changes.iter().zip(results).filter_map(|(planned, applied)| match Fate::of(planned, applied) {
        Fate::Refused | Fate::Outdated | Fate::NotSent => Some(again(planned)),
        Fate::Unknown | Fate::Accepted | Fate::Done | Fate::NothingToDo => None,
    });
    again.collect()
}

/// A planned change as it was asked for: what the fresh read filled in is read again, and what somebody changed since is
/// not overwritten unseen.
fn again(planned: &PlannedChange) -> Change {
    let mut change = planned.change.clone();
    match change.kind {
        ChangeKind::MoveAccount => {
            change.values.0.shift_remove(Change::FROM);
            change.base = None;
        }
        ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => {
            // A refused plan may never have read it.
            if planned.refusal.is_none() {
                change.base = Some(planned.read.values.clone());
            }
        }
        ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::CreateOrganization
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::DeleteOrganization => {}
    }
    change
}

/// Makes a plan of what failed, in the summary's place.
pub(super) fn retry(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return;
    };
    let Phase::Over { plan, results } = &view.phase else {
        return;
    };
    let changes = failed(plan, results);
    state.close();
    super::ask(state, changes, effects);
}

/// Whether something of what is over can be taken back; the journal knows what can't in the end.
pub(super) fn can_be_undone(plan: &Plan, results: &[Applied]) -> bool {
    let has_way_back = |kind: ChangeKind| !kind.ends() && !kind.makes();
    plan.changes
        .iter()
        .zip(results)
        .any(|(planned, applied)| Fate::of(planned, applied) == Fate::Done && has_way_back(planned.change.kind))
}

/// Asks for the plan that takes back what the one on top did.
pub(super) fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return;
    };
    let Some(plan) = view.plan().cloned() else {
        return;
    };
    let about = About { what: "undo all that this plan did".into(), ..view.about.clone() };
    state.close();
    super::ask_for(state, about, effects, |id| Effect::Undo { id, change: plan.id.clone() });
}

/// A write is over. What became of one change is said, of many it is listed.
pub fn applied(state: &mut State, id: RequestId, results: Vec<Applied>, effects: &mut Vec<Effect>) {
    if state.writing != Some(id) {
        return;
    }
    state.writing = None;
    // A question about the sending has no object any more.
    state.modals.retain(|modal| !matches!(modal, Modal::Confirm(confirm) if confirm.is_about_sending()));
    let sent = state.modals.iter().rposition(|modal| matches!(modal, Modal::Plan(_)));
    if let Some(at) = sent
        && let Modal::Plan(view) = state.modals.remove(at)
        && let Phase::Sending { plan, progress, .. } = &view.phase
    {
        let results = complete(plan, &progress.items, results);
        spend_marks(state, plan, &results);
        if plan.changes.len() > 1 {
            let over = Phase::Over { plan: Arc::clone(plan), results };
            let view = PlanView::new(over, view.about.clone(), view.hidden.clone());
            sum_up(state, at, view, effects);
        } else if let (Some(planned), Some(result)) = (plan.changes.first(), results.into_iter().next()) {
            settle(state, planned, result, effects);
        }
    }
    state.unsee();
    if state.interrupted {
        effects.push(Effect::Quit);
    }
}

/// One result a change. Where the sending broke down inside this program, what was over is kept, and of the rest nobody
/// knows.
fn complete(plan: &Plan, items: &[Item], results: Vec<Applied>) -> Vec<Applied> {
    if results.len() == plan.changes.len() {
        return results;
    }
    let nobody_knows = || {
        let cause = "the sending broke down inside this program: the journal says how far it came";
        Applied::Unknown(Failure::new(FailureKind::Crashed, "sending", cause))
    };
    let last = results.into_iter().next_back().unwrap_or_else(nobody_knows);
    let over = items.iter().map(|item| match item {
        Item::Over(applied) => (**applied).clone(),
        Item::Waiting | Item::Sending => last.clone(),
    });
    over.collect()
}

/// What is done loses its mark.
fn spend_marks(state: &mut State, plan: &Plan, results: &[Applied]) {
    for (planned, applied) in plan.changes.iter().zip(results) {
        if let (Subject::Account(key), true) = (&planned.change.subject, Fate::of(planned, applied).is_well()) {
            state.accounts.spend_mark(key);
        }
    }
}

/// Many changes are over: the summary takes the plan's place.
fn sum_up(state: &mut State, at: usize, view: PlanView, effects: &mut Vec<Effect>) {
    let Phase::Over { plan, results } = &view.phase else {
        return;
    };
    let fates: Vec<Fate> = plan.changes.iter().zip(results).map(|(planned, it)| Fate::of(planned, it)).collect();
    let (role, words) = toast(plan, &fates);
    state.announce(role, words, effects);
    let all_well = fates.iter().all(|fate| fate.is_well());
    let done = plan.changes.iter().zip(&fates).filter(|(_, fate)| fate.is_well());
    let done: HashSet<Subject> = done.map(|(planned, _)| planned.change.subject.clone()).collect();
    state.modals.insert(at, Modal::Plan(Box::new(view)));
    if all_well {
        forget_forms(state, effects);
    } else {
        forms::narrow(state, |subject| done.contains(subject), effects);
    }
    // What led to the plan is answered; what was typed stays while something failed.
    state.modals.retain(|modal| match modal {
        Modal::Picker(_) | Modal::Chooser(_) => false,
        Modal::Form(_) => !all_well,
        Modal::Help(_)
        | Modal::Plan(_)
        | Modal::Place(_)
        | Modal::Conflict(_)
        | Modal::Confirm(_)
        | Modal::Identity(_)
        | Modal::Failure(_)
        | Modal::Activity(_)
        | Modal::Connections(_)
        | Modal::Journal(_)
        | Modal::Labels(_)
        | Modal::Palette(_)
        | Modal::Columns(_)
        | Modal::Value(_)
        | Modal::Views(_)
        | Modal::History(_) => true,
    });
}

/// What the provider went on with came to its end: the summary that lists it says so.
pub fn ended(state: &mut State, record: &JournalRecord, ended: &Ended) {
    let applied = match ended {
        Ended::Done(made) => {
            Applied::Confirmed { read_back: None, visible: true, messages: Vec::new(), made: made.clone() }
        }
        Ended::Failed(why) => Applied::Refused(why.clone()),
        Ended::Running => return,
    };
    for modal in &mut state.modals {
        let Modal::Plan(view) = modal else { continue };
        let Phase::Over { plan, results } = &mut view.phase else { continue };
        let nth = (0..results.len()).find(|nth| plan.change_id(*nth) == record.change);
        if let Some(result) = nth.and_then(|nth| results.get_mut(nth)) {
            *result = applied;
            view.kept = None;
            return;
        }
    }
}

/// `Moved 197, 3 refused`.
fn toast(plan: &Plan, fates: &[Fate]) -> (Role, String) {
    let kinds: Vec<ChangeKind> = plan.changes.iter().map(|planned| planned.change.kind).collect();
    let same = kinds.first().filter(|first| kinds.iter().all(|kind| kind.done() == first.done()));
    let (done, running) = same.map_or(("Done", "Going on"), |kind| (kind.done(), kind.running()));
    let words = |(fate, count): (Fate, usize)| match (fate, accounts::grouped(count)) {
        (Fate::Done, count) => format!("{done} {count}"),
        (Fate::Accepted, count) => format!("{running} {count}"),
        (Fate::Refused | Fate::Outdated | Fate::Unknown | Fate::NotSent | Fate::NothingToDo, count) => {
            format!("{count} {}", fate.word())
        }
    };
    let parts: Vec<String> = Fate::counted(fates).map(words).collect();
    let role = if fates.iter().all(|fate| fate.is_well()) { Role::Good } else { Role::Warn };
    (role, parts.join(", "))
}

/// Whether the journal has the way back from a change that was done.
fn is_taken_back(planned: &PlannedChange) -> bool {
    let has_secrets = !planned.change.secrets.is_empty();
    match planned.change.kind {
        ChangeKind::Profile => planned.read.exists && !has_secrets,
        ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => !has_secrets,
        ChangeKind::MoveAccount => {
            planned.diff.first().and_then(|diff| diff.from.as_deref()).is_some_and(|from| !from.is_empty())
        }
        ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::CreateOrganization
        | ChangeKind::DeleteAccount
        | ChangeKind::DeleteOrganization
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount => false,
    }
}

fn settle(state: &mut State, planned: &PlannedChange, result: Applied, effects: &mut Vec<Effect>) {
    let kind = planned.change.kind;
    let about = plan_words::about_planned(state, planned);
    let typed = if matches!(state.modals.last(), Some(Modal::Form(_))) { Typed::Kept } else { Typed::None };
    match result {
        Applied::Confirmed { visible, messages, made, .. } => {
            close_leading(state, effects);
            forms::settled(state, effects);
            if let Some(made) = made {
                forms::made(state, made);
            }
            let mut text = kind.done().to_owned();
            if !visible {
                text.push_str(", not visible yet: the provider may take a while to show it");
            }
            for message in &messages {
                text.push_str(" · ");
                text.push_str(&message.shown());
            }
            // The newest change is the one that the journal opens on.
            if is_taken_back(planned) {
                text.push_str(" · J U undoes");
            }
            state.announce(Role::Good, text, effects);
        }
        Applied::Accepted { .. } => {
            close_leading(state, effects);
            forms::accepted(state, effects);
            state.announce(Role::Good, kind.running(), effects);
        }
        Applied::NothingToDo => {
            close_leading(state, effects);
            forms::settled(state, effects);
            state.toast(Role::Dim, "nothing to do: it already is as wanted", effects);
        }
        Applied::Outdated(plan) if plan.has_conflicts() => {
            state.open(Modal::Conflict(Box::new(conflict::ConflictView::new(*plan))));
        }
        Applied::Outdated(plan) => {
            let mut view = PlanView::new(Phase::Ready(Arc::from(plan)), about, indexmap::IndexSet::new());
            view.watch(state);
            state.open(Modal::Plan(Box::new(view)));
        }
        Applied::Refused(why) => {
            if let Some(Modal::Form(form)) = state.modals.last_mut() {
                form.refuse(&why);
            }
            state.open(Modal::Failure(FailureView::refused(about, why, typed)));
        }
        Applied::Unknown(why) => {
            if let (Some(Modal::Form(form)), true) = (state.modals.last_mut(), kind.makes()) {
                form.may_be_made();
                return state.open(Modal::Failure(FailureView::may_be_made(about, why)));
            }
            state.open(Modal::Failure(FailureView::unknown(about, why, typed)));
        }
        Applied::NotSent(why) if why.is_gone() => gone(state, why, effects),
        Applied::NotSent(why) => state.open(Modal::Failure(FailureView::not_sent(about, why, typed))),
    }
}

/// What a change was about is gone: so is what led to it, and what was typed for it has nowhere to go any more. It is
/// shown once more, so that nobody loses it unseen.
pub(super) fn gone(state: &mut State, why: Failure, effects: &mut Vec<Effect>) {
    let form =
        state.modals.iter().rev().find_map(|modal| if let Modal::Form(form) = modal { Some(form) } else { None });
    let typed = form.map(|form| form.typed()).unwrap_or_default();
    close_leading(state, effects);
    forms::settled(state, effects);
    state.open(Modal::Failure(FailureView::gone(why, typed)));
}

/// What was set on several is set: no draft of it is of use.
fn forget_forms(state: &mut State, effects: &mut Vec<Effect>) {
    let form = |modal: &Modal| if let Modal::Form(form) = modal { Some(form.clone()) } else { None };
    let open: Vec<_> = state.modals.iter().filter_map(form).collect();
    for form in &open {
        forms::done_on_all(state, form, effects);
    }
}

/// What led to the plan goes away with it; a form and its draft go by themselves.
fn close_leading(state: &mut State, effects: &mut Vec<Effect>) {
    forget_forms(state, effects);
    let leads = |modal: &Modal| match modal {
        Modal::Picker(_) | Modal::Chooser(_) => true,
        Modal::Form(form) => form.change().is_none(),
        Modal::Help(_)
        | Modal::Plan(_)
        | Modal::Place(_)
        | Modal::Conflict(_)
        | Modal::Confirm(_)
        | Modal::Identity(_)
        | Modal::Failure(_)
        | Modal::Activity(_)
        | Modal::Connections(_)
        | Modal::Journal(_)
        | Modal::Labels(_)
        | Modal::Palette(_)
        | Modal::Columns(_)
        | Modal::Value(_)
        | Modal::Views(_)
        | Modal::History(_) => false,
    };
    while state.modals.last().is_some_and(leads) {
        state.close();
    }
}
