//! The one function that changes the state: routing, a line an event.

use std::sync::Arc;

use super::input::{pasted, pointed, pressed, typed_ahead};
use super::{
    Effect, Event, Fact, Modal, MouseKind, RequestId, Size, Slot, State, actions, contest, own, refresh, session,
};
use crate::domain::{Background, Failure, Moment, Role};
use crate::forms;
use crate::inventory::{Found, Snapshot, SyncState};
use crate::panes::{
    accounts, activity, connections, copy, detail, history, journal, labels, organizations, palette, plan,
};
use crate::provider::{Reply, RequestRecord, RequestState};

/// Takes an event and gives effects: never async, no I/O, no clock.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.now = state.now.max(event.stamp.at);
    let drags_nothing = state.dragged.is_none()
        && matches!(&event.fact, Fact::Mouse(kind, ..) if matches!(kind, MouseKind::Drag | MouseKind::Release));
    let quiet = drags_nothing || matches!(&event.fact, Fact::Requested(_) | Fact::Painted { .. });
    route(state, event, &mut effects);
    if !quiet || matches!(state.modals.last(), Some(Modal::Activity(_))) {
        state.dirty = true;
    }
    follow(state, &mut effects);
    while let Some((key, stamp)) = typed_ahead(state) {
        pressed(state, key, stamp, &mut effects);
        follow(state, &mut effects);
    }
    detail::follow(state, &mut effects);
    forms::follow(state, &mut effects);
    plan::follow(state);
    activity::follow(state);
    journal::follow(state);
    age(state, &mut effects);
    refresh::follow(state, &mut effects);
    count_down(state, &mut effects);
    session::follow(state, &mut effects);
    state.show_again(&mut effects);
    effects
}

/// What keys act on follows what was done.
fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    organizations::rebuild(state);
    own::follow(state);
    accounts::follow(state, effects);
    palette::follow(state, effects);
}

fn route(state: &mut State, event: Event, effects: &mut Vec<Effect>) {
    match event.fact {
        Fact::Started => started(state, effects),
        Fact::Key(key) => pressed(state, key, event.stamp, effects),
        Fact::Paste(text) => pasted(state, &text, effects),
        Fact::Mouse(kind, column, row) => pointed(state, kind, column, row),
        Fact::Resized(size) => resized(state, size),
        Fact::Background(rgb) => state.background = Background::of(rgb),
        Fact::Painted { at, .. } => seen(state, at),
        Fact::Inventory(snapshot) => inventory(state, snapshot, effects),
        Fact::Loaded => refresh::loaded(state, effects),
        Fact::Notice(words) => state.announce(Role::Warn, words, effects),
        Fact::Replied { id, slot, result } => replied(state, id, &slot, result, effects),
        Fact::Synced { id, connection, .. } => actions::synced(state, id, &connection, effects),
        Fact::Found { id, found } => came(state, id, found),
        Fact::Reading { id, reading } => accounts::reading(state, id, reading),
        Fact::Listed { id, snapshot, total, complete } => listed(state, id, snapshot, total, complete),
        Fact::ListFailed { id, failure } => list_failed(state, id, failure),
        Fact::Planned { id, result } => plan::planned(state, id, result, effects),
        Fact::Progressed { id, stage } => plan::progressed(state, id, stage),
        Fact::Applied { id, results } => {
            plan::applied(state, id, results, effects);
            journal::reread(state, effects);
            history::reread(state, effects);
            contest::revisit(state, effects);
        }
        Fact::SignedIn { id, result } => actions::signed_in(state, id, result, effects),
        Fact::Opened { url, result } => actions::opened(state, &url, result, effects),
        Fact::Copied { what, missing, result } => copy::copied(state, &what, missing, result, effects),
        Fact::Requested(record) => requested(state, record, effects),
        Fact::Unsettled(found) => contest::unsettled(state, found, effects),
        Fact::Left(found) => contest::left(state, found, effects),
        Fact::Revisited { changes, left } => {
            contest::revisited(state, &changes, left, effects);
            journal::reread(state, effects);
        }
        Fact::Ended { record, ended, earlier } => {
            if let Ok(ended) = &ended {
                forms::ended(state, &record, ended, effects);
            }
            journal::ended(state, &record, (ended, earlier), effects);
        }
        Fact::History { id, result } => history::replied(state, id, result),
        Fact::Vanished(found) => history::vanished(state, found, effects),
        Fact::Journal { id, result } => journal::replied(state, id, result, effects),
        Fact::Drafts(found) => forms::found_drafts(state, found, effects),
        Fact::DraftFailed(failure) => forms::draft_failed(state, failure, effects),
        Fact::Own(kept) => own::read(state, *kept, effects),
        Fact::OwnFailed(failure) => own::failed(state, &failure, effects),
        Fact::Edited { id, result } => forms::edited(state, id, result, effects),
        Fact::Sheet { id, result } => accounts::sheet(state, id, result, effects),
        Fact::TimerDone(id) => timer(state, id, effects),
        Fact::Terminated => {
            forms::keep(state, effects);
            labels::keep(state, effects);
            effects.push(Effect::Quit);
        }
    }
}

/// The result of a search: the palette's, or the list's.
fn came(state: &mut State, id: RequestId, found: Found) {
    if !palette::found(state, id, &found) {
        accounts::found(state, id, found);
        accounts::come_back(state);
    }
}

fn requested(state: &mut State, record: RequestRecord, effects: &mut Vec<Effect>) {
    // Waiting is said in the list's place, and what a provider says beside its answer on the bottom line; all else only
    // the activity shows.
    state.dirty |= matches!(record.state, RequestState::Waiting { .. });
    // A sync says at its end what came with its pages; whatever is no read hands it to whoever asked.
    let is_unsaid = record.method == "GET" && !state.syncs.contains_key(&record.connection);
    if is_unsaid && matches!(record.state, RequestState::Answered(_)) {
        for notice in &record.notices {
            state.announce(Role::Text, format!("{}: {}", record.connection, notice.shown()), effects);
            state.dirty = true;
        }
    }
    state.remember(record);
}

fn started(state: &mut State, effects: &mut Vec<Effect>) {
    state.say_notices(effects);
    if !state.setup.is_loading {
        refresh::loaded(state, effects);
    }
}

fn seen(state: &mut State, at: Moment) {
    if state.awaits_paint() {
        state.seen = Some(at);
        plan::painted(state);
    }
}

fn inventory(state: &mut State, snapshot: Arc<Snapshot>, effects: &mut Vec<Effect>) {
    // Several tasks publish: the newest generation counts, whatever the order of arrival.
    if snapshot.generation() > state.snapshot.generation() {
        let before = std::mem::replace(&mut state.snapshot, snapshot);
        for (name, sync) in &mut state.syncs {
            if let (Some(SyncState::Running { loaded, .. }), None) =
                (state.snapshot.connection(name).map(|view| &view.sync), sync.pace)
            {
                sync.pace = Some((state.now, *loaded));
            }
        }
        contest::watch(state, &before, effects);
        forms::look_for_made(state);
    }
}

fn replied(
    state: &mut State,
    id: super::RequestId,
    slot: &Slot,
    result: Result<Reply, Failure>,
    effects: &mut Vec<Effect>,
) {
    match slot {
        Slot::Detail => detail::replied(state, id, result.map(|_| ())),
        Slot::Form => forms::replied(state, id, result, effects),
        Slot::Tree(_) => {
            if let Err(failure) = result {
                state.toast(Role::Bad, failure.to_string(), effects);
            }
        }
        Slot::Plan => {
            if let Err(failure) = result {
                plan::planned(state, id, Err(failure), effects);
            }
        }
        Slot::Write => {
            // The sending itself failed inside this program: nobody knows how far it came.
            if let Err(failure) = result {
                plan::applied(state, id, vec![crate::domain::Applied::Unknown(failure)], effects);
            }
        }
        Slot::Sync(connection) => {
            if let (Err(failure), true) = (result, state.syncs.get(connection).is_some_and(|sync| sync.id == id)) {
                state.syncs.remove(connection);
                state.toast(Role::Bad, failure.to_string(), effects);
            }
        }
        Slot::Remote => {
            if let Err(failure) = result {
                list_failed(state, id, failure);
            }
        }
        Slot::Identity(name) => connections::tested(state, name, result.map(|_| ()), effects),
        Slot::Palette => {
            if let Err(failure) = result {
                palette::failed(state, id, failure);
            }
        }
        Slot::Rows => {
            if let Err(failure) = result {
                let words = failure.to_string();
                if state.accounts.found.settle(id, Err(failure)) {
                    state.toast(Role::Bad, words, effects);
                }
            }
        }
    }
}

fn listed(state: &mut State, id: super::RequestId, snapshot: Arc<Snapshot>, total: Option<u64>, complete: bool) {
    if let Some(remote) = state.accounts.remote.as_mut().filter(|remote| remote.running == Some(id)) {
        remote.snapshot = snapshot;
        remote.total = total;
        remote.running = (!complete).then_some(id);
    }
}

fn list_failed(state: &mut State, id: super::RequestId, failure: Failure) {
    if let Some(remote) = state.accounts.remote.as_mut().filter(|remote| remote.running == Some(id)) {
        remote.failure = Some(failure);
        remote.running = None;
    }
}

fn resized(state: &mut State, size: Size) {
    state.size = size;
    organizations::touch_scroll(state);
    accounts::scroll(state);
}

fn timer(state: &mut State, id: super::TimerId, effects: &mut Vec<Effect>) {
    state.toast_over(id);
    if state.age_timer == Some(id) {
        state.age_timer = None;
    }
    if state.countdown == Some(id) {
        state.countdown = None;
    }
    refresh::rested(state, id, effects);
    if state.revisit_timer == Some(id) {
        state.revisit_timer = None;
        contest::revisit(state, effects);
    }
    session::timer(state, id, effects);
    detail::rested(state, id, effects);
    forms::timer(state, id, effects);
}

/// One timer at the next change of an age's words, if an age is on screen.
fn age(state: &mut State, effects: &mut Vec<Effect>) {
    if state.age_timer.is_some() {
        return;
    }
    let listed = oldest(state).map(|at| {
        let age = state.now.since(at);
        let step = if age < 3_600_000 { 60_000 } else { 3_600_000 };
        step - age % step
    });
    let Some(after) = listed.into_iter().chain(journal::next_age(state)).min() else { return };
    let id = state.timer_id();
    state.age_timer = Some(id);
    effects.push(Effect::Timer { id, after });
}

/// A timer a second while a countdown is on screen.
fn count_down(state: &mut State, effects: &mut Vec<Effect>) {
    if state.countdown.is_none() && activity::counts_down(state) {
        let id = state.timer_id();
        state.countdown = Some(id);
        effects.push(Effect::Timer { id, after: 1_000 });
    }
}

/// When the oldest listing in view came: where a newer one failed, that of what is kept.
pub(crate) fn oldest(state: &State) -> Option<Moment> {
    state.scope_connections().filter_map(|setup| state.snapshot.connection(&setup.name)?.kept_at).min()
}
