//! What was changed over the demo data, and, when reads are to lag, what it was a while ago; and the one-time passwords.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::gateways::Gateway;
use super::otp::Codes;

/// One change of the state.
#[derive(Debug, Clone)]
pub(super) enum Delta {
    /// The account's gateways are these from now on.
    Gateways(u32, Vec<Gateway>),
    /// The user's access profile is so from now on.
    Profile(u64, Value),
}

/// What differs from the demo data.
#[derive(Debug, Clone, Default)]
pub(super) struct Edits {
    gateways: HashMap<u32, Vec<Gateway>>,
    profiles: HashMap<u64, Value>,
}

impl Edits {
    /// The account's gateways, if they were changed.
    pub(super) fn gateways(&self, account: u32) -> Option<&Vec<Gateway>> {
        self.gateways.get(&account)
    }

    /// The user's access profile, if it was changed.
    pub(super) fn profile(&self, user: u64) -> Option<&Value> {
        self.profiles.get(&user)
    }

    fn apply(&mut self, delta: Delta) {
        match delta {
            Delta::Gateways(account, gateways) => {
                self.gateways.insert(account, gateways);
            }
            Delta::Profile(user, profile) => {
                self.profiles.insert(user, profile);
            }
        }
    }
}

/// The provider's state.
pub(super) struct Store {
    /// As it is now.
    pub(super) live: Edits,
    /// As it was, and what happened since.
    past: Option<(Edits, VecDeque<(Instant, Delta)>)>,
    /// The one-time passwords that are out.
    pub(super) codes: Codes,
    /// How many gateways were created.
    pub(super) created: u64,
}

impl Store {
    pub(super) fn new(seed: u64, lags: bool) -> Self {
        let past = lags.then(|| (Edits::default(), VecDeque::new()));
        Self { live: Edits::default(), past, codes: Codes::new(seed), created: 0 }
    }

    /// Changes the state.
    pub(super) fn change(&mut self, delta: Delta, now: Instant) {
        self.live.apply(delta.clone());
        if let Some((_, since)) = &mut self.past {
            since.push_back((now, delta));
        }
    }

    /// The state that a read sees.
    pub(super) fn seen(&mut self, lag: Option<Duration>, now: Instant) -> &Edits {
        let (Some(lag), Some((past, since))) = (lag, &mut self.past) else {
            return &self.live;
        };
        while since.front().is_some_and(|(at, _)| now.duration_since(*at) >= lag) {
            if let Some((_, delta)) = since.pop_front() {
                past.apply(delta);
            }
        }
        past
    }
}
