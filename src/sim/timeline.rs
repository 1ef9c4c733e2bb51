//! A state over time: the newest, and, when reads are to lag, the one of a while ago.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A state that is changed by deltas only, so that a second copy of it can follow the first one with a delay.
pub(super) trait State: Clone {
    /// One change.
    type Delta: std::fmt::Debug;
    /// Makes the change.
    fn apply(&mut self, delta: &Self::Delta);
}

/// A provider's state.
#[derive(Debug)]
pub(super) struct Timeline<S: State> {
    /// As it is now.
    pub(super) live: S,
    /// As it was, and what happened since.
    past: Option<(S, Since<S>)>,
}

/// The changes that a copy is behind, with their moments.
type Since<S> = VecDeque<(Instant, <S as State>::Delta)>;

impl<S: State> Timeline<S> {
    /// From this state on; `lags` if reads may want to see the past.
    pub(super) fn new(live: S, lags: bool) -> Self {
        Self { past: lags.then(|| (live.clone(), VecDeque::new())), live }
    }

    /// Changes the state.
    pub(super) fn change(&mut self, delta: S::Delta, now: Instant) {
        self.live.apply(&delta);
        if let Some((_, since)) = &mut self.past {
            since.push_back((now, delta));
        }
    }

    /// The state that a read sees.
    pub(super) fn seen(&mut self, lag: Option<Duration>, now: Instant) -> &S {
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

#[cfg(test)]
mod tests {
    use super::*;

    impl State for u32 {
        type Delta = u32;
        fn apply(&mut self, delta: &u32) {
            *self += delta;
        }
    }

    #[test]
    fn a_read_that_lags_sees_a_change_when_its_time_has_come() {
        let start = super::super::clock::instant();
        let lag = Some(Duration::from_secs(3));
        let mut line = Timeline::new(1, true);
        line.change(2, start);
        assert_eq!(*line.seen(None, start), 3);
        assert_eq!(*line.seen(lag, start + Duration::from_secs(2)), 1);
        assert_eq!(*line.seen(lag, start + Duration::from_secs(3)), 3);
        let mut quick = Timeline::new(1, false);
        quick.change(2, start);
        assert_eq!(*quick.seen(lag, start), 3);
    }
}
