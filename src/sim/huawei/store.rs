//! The state over time: the newest, and, when reads are to lag, the one of a while ago.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::demo::Demo;
use super::rows::{Delta, Rows};

/// The provider's state.
#[derive(Debug)]
pub(super) struct Store {
    /// As it is now.
    pub(super) live: Rows,
    /// As it was, and what happened since.
    past: Option<(Rows, VecDeque<(Instant, Delta)>)>,
}

impl Store {
    pub(super) fn new(demo: Arc<Demo>, lags: bool) -> Self {
        let live = Rows::new(demo);
        Self { past: lags.then(|| (live.clone(), VecDeque::new())), live }
    }

    /// Changes the state.
    pub(super) fn change(&mut self, delta: Delta, now: Instant) {
        self.live.apply(&delta);
        if let Some((_, since)) = &mut self.past {
            since.push_back((now, delta));
        }
    }

    /// The state that a read sees.
    pub(super) fn seen(&mut self, lag: Option<Duration>, now: Instant) -> &Rows {
        let (Some(lag), Some((past, since))) = (lag, &mut self.past) else {
            return &self.live;
        };
        while let Some((at, delta)) = since.front() {
            if now.duration_since(*at) < lag {
                break;
            }
            past.apply(delta);
            since.pop_front();
        }
        past
    }
}
