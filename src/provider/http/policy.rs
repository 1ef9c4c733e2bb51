//! How patient the client is: numbers with their reasons, so that tests can be quick.

use std::time::Duration;

/// Times, sizes and counts of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Name resolution, TCP and TLS together.
    pub connect: Duration,
    /// The longest silence within an answer.
    pub read: Duration,
    /// One attempt from its first byte to its last.
    pub total: Duration,
    /// Bytes of a decompressed body.
    pub body_cap: usize,
    /// Levels of arrays and objects in a JSON body.
    pub nesting_cap: usize,
    /// Attempts of one request in all, unless it is throttled.
    pub attempts: u32,
    /// Attempts of one request that is throttled: the server said "later", not "no". All beyond [`Self::attempts`] begin
    /// within [`Self::throttle_window`].
    pub throttled: u32,
    /// The first wait after a failure is a random part of this; it doubles with each attempt.
    pub backoff: Duration,
    /// The longest wait after a failure that the server gave no time for.
    pub backoff_cap: Duration,
    /// The longest pause that a server can talk a credential into.
    pub pause_cap: Duration,
    /// The longest pause that one request sits out; a longer one fails it at once.
    pub patience: Duration,
    /// So many failures in a row, over all requests of a credential, and nothing is retried until something works.
    pub storm: u32,
}

impl Policy {
    /// What the program uses. 32 MiB is some 20 times the largest page seen; real answers nest less than ten levels and
    /// the JSON parser stops at 128; Cloudflare's documented block lasts five minutes; its own command line program
    /// gives up at once on waits above 60 s. Pauses of 1, 2, 4 … 32 s make seven attempts within the window; a server that asks
    /// for shorter ones hears twelve.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(10),
        read: Duration::from_secs(30),
        total: Duration::from_secs(60),
        body_cap: 32 << 20,
        nesting_cap: 120,
        attempts: 3,
        throttled: 12,
        backoff: Duration::from_millis(500),
        backoff_cap: Duration::from_secs(8),
        pause_cap: Duration::from_secs(300),
        patience: Duration::from_secs(60),
        storm: 10,
    };

    /// How long after its first answer a request that is throttled may still go out again: as long as one further attempt
    /// can take, so that [`Self::longest`] holds for it as well.
    #[must_use]
    pub const fn throttle_window(&self) -> Duration {
        self.patience.saturating_add(self.total).saturating_mul(self.attempts.saturating_sub(2))
    }

    /// The longest that one request can take, from the moment that somebody wants it: each attempt waits for its turn and
    /// then for its answer. One that is throttled takes no longer: its first attempt, the window, and its last one.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.patience.saturating_add(self.total).saturating_mul(self.attempts)
    }

    /// The most that the wait before the attempt after `attempt` (from 1) may last.
    #[must_use]
    pub fn backoff_after(&self, attempt: u32) -> Duration {
        let doubled = self.backoff.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        doubled.min(self.backoff_cap)
    }
}

/// A random part of a wait ("full jitter"), so that requests which failed together do not come back together.
#[must_use]
pub(super) fn jitter(most: Duration) -> Duration {
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(fastrand::u64(0..=millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_cap_and_jitter_stays_below() {
        let policy = Policy::DEFAULT;
        let waits: Vec<u128> = (1..=7).map(|attempt| policy.backoff_after(attempt).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(policy.backoff_after(u32::MAX), policy.backoff_cap);
        for _ in 0..1000 {
            assert!(jitter(Duration::from_millis(7)) <= Duration::from_millis(7));
        }
        assert_eq!(jitter(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_throttled_request_ends_within_the_longest_time_of_any() {
        let policy = Policy::DEFAULT;
        let attempt = policy.patience + policy.total;
        assert_eq!(attempt + policy.throttle_window() + attempt, policy.longest());
        assert_eq!(Policy { attempts: 1, ..policy }.throttle_window(), Duration::ZERO);
    }
}
