//! Timers: any number of them, and one wake-up at the next one's end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::TimerId;

/// The timers that run. A timer that nobody waits for any more still ends, and is ignored by its id.
#[derive(Debug, Default)]
pub(super) struct Timers {
    running: BinaryHeap<Reverse<(Instant, TimerId)>>,
}

impl Timers {
    /// Starts one.
    pub(super) fn start(&mut self, id: TimerId, after: Duration) {
        self.running.push(Reverse((Instant::now() + after, id)));
    }

    /// Waits for the next one's end; for ever if none runs. Can be dropped and called again.
    pub(super) async fn next(&mut self) -> TimerId {
        let Some(Reverse((at, _))) = self.running.peek() else {
            return std::future::pending().await;
        };
        tokio::time::sleep_until(*at).await;
        match self.running.pop() {
            Some(Reverse((_, id))) => id,
            None => std::future::pending().await,
        }
    }

    /// The next one that is over already.
    pub(super) fn over(&mut self) -> Option<TimerId> {
        let Reverse((at, id)) = *self.running.peek()?;
        if at > Instant::now() {
            return None;
        }
        self.running.pop();
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn timers_end_in_the_order_of_their_ends() {
        let mut timers = Timers::default();
        timers.start(TimerId(3), Duration::from_secs(1_000));
        timers.start(TimerId(1), Duration::from_millis(20));
        timers.start(TimerId(2), Duration::ZERO);
        assert_eq!(timers.next().await, TimerId(2));
        assert_eq!(timers.next().await, TimerId(1));
        assert_eq!(timers.over(), None);
    }
}
