//! When listings are made anew without a key: at the start those in view that are old, later where the config says so.

use super::{Effect, State, TimerId, actions};
use crate::domain::{ConnectionName, Moment};
use crate::inventory::{self, SyncState};

/// At the start a listing younger than this is shown as it is, in milliseconds: a quarter of an hour.
const YOUNG: u64 = 900_000;

/// When a row was listed, where it is out of date: it is older than its connection's listing may become, or a newer
/// listing ended without it.
pub(crate) fn stale(state: &State, row: &inventory::Row<'_>) -> Option<Moment> {
    let connection = row.connection();
    let view = state.snapshot.connection(connection)?;
    let at = view.row_at(row.number())?;
    let is_left_out = match &view.sync {
        SyncState::Partial { at: ended, .. } => at < *ended,
        SyncState::Failed { .. } => true,
        SyncState::Never | SyncState::Running { .. } | SyncState::Complete { .. } => false,
    };
    (is_left_out || is_old(state, connection, at)).then_some(at)
}

/// Whether what came at this time is older than a connection's listing may become.
pub(crate) fn is_old(state: &State, connection: &ConnectionName, at: Moment) -> bool {
    let may = state.connection(connection).and_then(|setup| setup.refresh_after).unwrap_or(YOUNG);
    state.now.since(at) >= may
}

/// The inventory is as the disk has it: what is old is asked for.
pub(super) fn loaded(state: &mut State, effects: &mut Vec<Effect>) {
    state.is_loaded = true;
    let due: Vec<ConnectionName> = state
        .scope_connections()
        .filter(|setup| {
            age(state, &setup.name, Since::Whole).is_none_or(|age| age >= setup.refresh_after.unwrap_or(YOUNG))
        })
        .map(|setup| setup.name.clone())
        .collect();
    for connection in due {
        actions::sync(state, connection, effects);
    }
}

/// A timer at the moment when the next connection in view is due by its config.
pub(super) fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    if state.refresh_timer.is_some() || state.setup.offline || !state.is_loaded {
        return;
    }
    let left = |setup: &super::ConnectionSetup| {
        let after = setup.refresh_after.filter(|_| !state.syncs.contains_key(&setup.name))?;
        Some(after.saturating_sub(age(state, &setup.name, Since::Ended)?).max(1_000))
    };
    let Some(after) = state.scope_connections().filter_map(left).min() else { return };
    let id = state.timer_id();
    state.refresh_timer = Some(id);
    effects.push(Effect::Timer { id, after });
}

/// The timer is over.
pub(super) fn rested(state: &mut State, id: TimerId, effects: &mut Vec<Effect>) {
    if state.refresh_timer != Some(id) {
        return;
    }
    state.refresh_timer = None;
    let is_due = |setup: &&super::ConnectionSetup| {
        let age = age(state, &setup.name, Since::Ended);
        setup.refresh_after.zip(age).is_some_and(|(after, age)| age >= after)
    };
    let due: Vec<ConnectionName> = state.scope_connections().filter(is_due).map(|setup| setup.name.clone()).collect();
    for connection in due {
        actions::sync(state, connection, effects);
    }
}

/// What makes a listing as old as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Since {
    /// That it was whole.
    Whole,
    /// That it ended, however it did: what failed is not asked for again and again.
    Ended,
}

/// How old a connection's listing is, if it has ended so.
fn age(state: &State, connection: &ConnectionName, since: Since) -> Option<u64> {
    let at: Moment = match state.snapshot.connection(connection).map(|view| &view.sync)? {
        SyncState::Complete { at } => *at,
        SyncState::Partial { at, .. } | SyncState::Failed { at, .. } if since == Since::Ended => *at,
        SyncState::Partial { .. } | SyncState::Failed { .. } | SyncState::Never | SyncState::Running { .. } => {
            return None;
        }
    };
    // A clock that went back makes nothing young for ever.
    (at <= state.now).then(|| state.now.since(at))
}
