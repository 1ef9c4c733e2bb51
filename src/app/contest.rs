//! Connections that answer as somebody else, and changes that belong to somebody else: what is said, and what is refused.

use super::{Avail, Effect, Slot, State, Unsettled, actions};
use crate::domain::{ConnectionName, Failure, Identity, Role, shown};
use crate::inventory::{ConnectionView, Holder, Snapshot};

/// A newer inventory came: connections that turned out to be somebody else, or are themselves again, are announced. What
/// was asked of the ones is given up; nothing takes the focus.
pub(super) fn watch(state: &mut State, before: &Snapshot, effects: &mut Vec<Effect>) {
    let names: Vec<ConnectionName> = state.setup.connections.iter().map(|setup| setup.name.clone()).collect();
    for name in names {
        let contest = |snapshot: &Snapshot| snapshot.connection(&name).and_then(|view| view.contest.clone());
        match (contest(before), contest(&state.snapshot)) {
            (None, Some(_)) => {
                give_up(state, &name, effects);
                announce(state, &name, effects);
            }
            (Some(before), Some(now)) if before.ruling != now.ruling || !before.now.value.is_same(&now.now.value) => {
                announce(state, &name, effects);
            }
            (Some(_), None) => {
                let view = state.snapshot.connection(&name);
                let known = view.and_then(|view| view.identity.as_ref()).map(|fact| &fact.value.user);
                let words = known.map(|user| format!("{name} answers as {user}"));
                state.toast(Role::Good, words.unwrap_or_default(), effects);
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

/// The listings of a connection would be somebody else's.
fn give_up(state: &mut State, name: &ConnectionName, effects: &mut Vec<Effect>) {
    if state.syncs.remove(name).is_some() {
        effects.push(Effect::Cancel(Slot::Sync(name.clone())));
    }
    if state.accounts.remote.as_ref().is_some_and(|remote| remote.connection == *name) {
        state.accounts.remote = None;
        effects.push(Effect::Cancel(Slot::Remote));
    }
}

/// Says that a connection answers as somebody else, and what to do.
pub(super) fn announce(state: &mut State, name: &ConnectionName, effects: &mut Vec<Effect>) {
    let Some(view) = state.snapshot.connection(name) else { return };
    let words = match (view.contest_words(), view.contested(name)) {
        (Some(words), _) if view.is_hidden() => {
            format!("{name} {words}: its rows are hidden until you say who holds it: F2, then w")
        }
        (_, Some(refusal)) => format!("{}: {}", refusal.cause, refusal.hint.unwrap_or_default()),
        (_, None) => return,
    };
    state.toast(Role::Bad, words, effects);
}

impl State {
    /// Why nothing may be asked of a connection or sent to it, if it answers as somebody else.
    #[must_use]
    pub fn contested(&self, name: &ConnectionName) -> Option<Failure> {
        self.snapshot.connection(name).and_then(|view| view.contested(name))
    }

    /// The same for a key.
    pub(crate) fn uncontested(&self, name: &ConnectionName) -> Avail {
        match self.contested(name) {
            Some(refusal) => Avail::no(format!("{}: {}", refusal.cause, refusal.hint.unwrap_or_default())),
            None => Avail::Yes,
        }
    }
}

/// The user said who holds a connection. The new one is listed anew, and the old one's marks are gone.
pub(crate) fn rule(
    state: &mut State,
    connection: ConnectionName,
    holder: Holder,
    seen: Identity,
    effects: &mut Vec<Effect>,
) {
    effects.push(Effect::Rule { connection: connection.clone(), holder, seen });
    if holder == Holder::New {
        state.accounts.forget_marks(&connection, &state.snapshot);
        state.syncs.remove(&connection);
        actions::sync(state, connection, effects);
    }
}

/// Changes of earlier runs whose outcome nobody knows are there: a line says so, and takes no focus.
pub(super) fn unsettled(state: &mut State, found: Result<Vec<Unsettled>, Failure>, effects: &mut Vec<Effect>) {
    // Nothing can be looked at where nothing is connected.
    if state.setup.connections.is_empty() {
        return;
    }
    match found {
        Ok(found) => {
            tell_unsettled(state, &found, effects);
            state.unsettled = found;
        }
        Err(failure) => {
            let words = format!("changes of unknown outcome can't be listed: {failure}");
            return state.toast(Role::Warn, words, effects);
        }
    }
    revisit(state, effects);
}

/// The same of changes that another process has left since.
pub(super) fn left(state: &mut State, found: Vec<Unsettled>, effects: &mut Vec<Effect>) {
    if state.setup.connections.is_empty() {
        return;
    }
    let is_known = |left: &Unsettled| state.unsettled.iter().any(|known| known.change == left.change);
    let new: Vec<Unsettled> = found.into_iter().filter(|left| !is_known(left)).collect();
    tell_unsettled(state, &new, effects);
    state.unsettled.extend(new);
    revisit(state, effects);
}

fn tell_unsettled(state: &mut State, found: &[Unsettled], effects: &mut Vec<Effect>) {
    let is_own = |change: &&Unsettled| owner(state, &change.connection).is_none_or(|own| own.is_same(&change.identity));
    let (own, others): (Vec<_>, Vec<_>) = found.iter().partition(is_own);
    let more = |count: usize| if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    let (role, words) = match (own.first(), others.first()) {
        (Some(first), _) => (Role::Warn, format!("unknown outcome: {}{}", shown(&first.words), more(own.len()))),
        (None, Some(first)) => {
            let words = format!("unknown outcome, of another identity: {}{}", shown(&first.words), more(others.len()));
            (Role::Dim, words)
        }
        (None, None) => return,
    };
    state.announce(role, format!("{words} · J lists them"), effects);
}

/// Has those read back whose time has come, and waits for that of the others with one timer. While a change is being sent
/// nothing is looked at: its own may be on its way.
pub(super) fn revisit(state: &mut State, effects: &mut Vec<Effect>) {
    if state.writing.is_some() {
        return;
    }
    let now = state.now;
    let mut changes = Vec::new();
    for left in &mut state.unsettled {
        if left.due.is_some_and(|due| due <= now) {
            left.due = None;
            changes.push(left.change.clone());
        }
    }
    if !changes.is_empty() {
        effects.push(Effect::Revisit { changes });
    }
    if let Some(due) = state.unsettled.iter().filter_map(|left| left.due).min()
        && state.revisit_timer.is_none()
    {
        let id = state.timer_id();
        state.revisit_timer = Some(id);
        effects.push(Effect::Timer { id, after: due.since(now) });
    }
}

/// Changes of earlier runs were read back: a line says what that came to.
pub(super) fn revisited(
    state: &mut State,
    changes: &[String],
    left: Result<Vec<Unsettled>, Failure>,
    effects: &mut Vec<Effect>,
) {
    let left = match left {
        Ok(left) => left,
        Err(failure) => {
            let words = format!("changes of unknown outcome can't be read back: {failure}");
            return state.announce(Role::Warn, words, effects);
        }
    };
    let before = state.unsettled.len();
    state.unsettled.retain(|known| !changes.contains(&known.change));
    let settled = before.saturating_sub(state.unsettled.len() + left.len());
    let was_looked_at = settled > 0 || left.iter().any(|left| left.due.is_none());
    let reason = left.first().map(|first| shown(&first.words).into_owned());
    state.unsettled.extend(left);
    let (role, words) = match (settled, state.unsettled.len(), reason) {
        (1, 0, _) => (Role::Good, "the unknown change is settled by reading back · J says how".into()),
        (_, 0, _) => (Role::Good, format!("all {settled} unknown changes settled by reading back · J says how")),
        (0, 1, Some(reason)) => (Role::Warn, format!("still of unknown outcome: {reason} · J lists it")),
        (_, left, _) => {
            let (all, are) = (settled + left, if left == 1 { "is" } else { "are" });
            (Role::Warn, format!("{settled} of {all} unknown changes settled; {left} {are} listed in the journal (J)"))
        }
    };
    if was_looked_at {
        state.announce(role, words, effects);
    }
    revisit(state, effects);
}

/// Who answers at a connection, as far as known.
pub(crate) fn owner<'a>(state: &'a State, name: &ConnectionName) -> Option<&'a Identity> {
    state.snapshot.connection(name).and_then(answering)
}

fn answering(view: &ConnectionView) -> Option<&Identity> {
    let rival = view.contest.as_ref().map(|contest| &contest.now);
    rival.or(view.identity.as_ref()).map(|fact| &fact.value)
}

/// How many changes of unknown outcome a connection has: those of the one who answers, and those of each other one.
pub(crate) fn unsettled_words(state: &State, name: &ConnectionName) -> Option<String> {
    let at = || state.unsettled.iter().filter(|change| change.connection == *name);
    let count = at().count();
    let Some(own) = owner(state, name) else {
        return (count > 0).then(|| format!("{count} of unknown outcome"));
    };
    let mut parts = Vec::new();
    let mine = at().filter(|change| change.identity.is_same(own)).count();
    if mine > 0 {
        parts.push(format!("{mine} of unknown outcome"));
    }
    if let Some(other) = at().find(|change| !change.identity.is_same(own)) {
        parts.push(format!("{} of unknown outcome of {}", count - mine, other.identity.beside(own)));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}
