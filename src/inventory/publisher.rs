//! When a sync shows what has come: at most ten times a second, and never late.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};

use super::{Inventory, Snapshot};
use crate::domain::Moment;
use crate::provider::Clock;

/// Milliseconds between two publications: a screen that changes more often shows nothing more to a person.
const EVERY: u64 = 100;

/// Hands out snapshots of a sync.
pub(super) struct Publisher<'a> {
    inventory: &'a Inventory,
    clock: &'a Clock,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    published: &'a mut (dyn FnMut(Arc<Snapshot>) + Send),
    last: Option<Moment>,
    /// Whether something came that was not published yet.
    pending: bool,
}

impl<'a> Publisher<'a> {
    pub(super) fn new(
        inventory: &'a Inventory,
        clock: &'a Clock,
        published: &'a mut (dyn FnMut(Arc<Snapshot>) + Send),
    ) -> Self {
        Self { inventory, clock, state: Mutex::new(State { published, last: None, pending: false }) }
    }

    /// Something came: it is published if the last time is long enough ago, else with what comes next.
    pub(super) fn offer(&self) {
        let now = (self.clock)();
        let soon = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.pending = true;
            state.last.is_some_and(|last| now.since(last) < EVERY)
        };
        if !soon {
            self.publish();
        }
    }

    /// Publishes now.
    pub(super) fn publish(&self) {
        let snapshot = self.inventory.publish();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pending = false;
        state.last = Some((self.clock)());
        (state.published)(snapshot);
    }

    /// Waits for an answer; if it takes long, what is pending is published meanwhile.
    pub(super) async fn wait<F: Future>(&self, answer: F) -> F::Output {
        let mut answer = pin!(answer);
        let pending = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.pending
        };
        if pending {
            let late = pin!(tokio::time::sleep(Duration::from_millis(EVERY)));
            match select(answer.as_mut(), late).await {
                Either::Left((answer, _)) => return answer,
                Either::Right(_) => self.publish(),
            }
        }
        answer.await
    }
}
