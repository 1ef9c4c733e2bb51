//! The state over time: the newest, and, when reads are to lag, the one of a while ago; and what tokens hang on.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::demo::Demo;
use super::rows::{Delta, Rows};

/// How often tokens were invalidated, by whom they concern. These numbers are part of what a token is signed with.
#[derive(Debug, Default)]
pub(super) struct Eras {
    pub(super) system: u32,
    pub(super) person: u32,
    pub(super) accounts: HashMap<u32, u32>,
}

impl Eras {
    /// What a token of this account is signed with beside the secret.
    pub(super) fn of(&self, account: Option<u32>) -> (u32, u32, u32) {
        let own = account.and_then(|number| self.accounts.get(&number)).copied().unwrap_or(0);
        (self.system, self.person, own)
    }
}

/// A service's state.
#[derive(Debug)]
pub(super) struct Store {
    /// As it is now.
    pub(super) live: Rows,
    /// As it was, and what happened since.
    past: Option<(Rows, VecDeque<(Instant, Delta)>)>,
    /// What makes tokens invalid.
    pub(super) eras: Eras,
}

impl Store {
    pub(super) fn new(demo: Arc<Demo>, lags: bool) -> Self {
        let live = Rows::new(demo);
        Self { past: lags.then(|| (live.clone(), VecDeque::new())), live, eras: Eras::default() }
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
