//! The request budget of one credential: how many requests may be in flight, how fast they may follow each other, and
//! pauses that the server asked for. Shared by all connections with the same credential at the same origin.
//!
//! [`Ledger`] is plain arithmetic on instants that are handed in; [`Budget`] lets tasks wait for it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::policy::jitter;
use super::signals::Signals;
use super::{Limit, Policy};
use crate::domain::Credentials;
use crate::provider::RequestBudget;

/// The part of an allowance that may go out at once; the rest is spread over the window, so that no window of any
/// position sees more than the allowance.
const BURST: f64 = 0.1;

/// What each success gives back of the requests in flight that throttle answers took: eight successes, one more.
const RECOVERY: f64 = 0.125;

/// The first pause after a throttle answer without a time; doubles with each further one.
const UNTIMED_PAUSE: Duration = Duration::from_secs(1);

/// Why a request has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The server asked for a pause.
    Paused,
    /// The server says that nothing is left of its limit.
    Spent,
    /// Our own share of the documented limit.
    Share,
}

impl Why {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Paused => "the provider asked to slow down: every request of this credential waits",
            Self::Spent => "the provider's limit is spent until its next window",
            Self::Share => "keeping to this program's share of the provider's limit",
        }
    }
}

/// Whether a request may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Now; it is counted.
    Now,
    /// Not before so long.
    After(Duration, Why),
    /// When another one is done.
    Full,
}

/// A token bucket.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Requests that this program may make in one window.
    allowance: f64,
    tokens: f64,
    capacity: f64,
    per_second: f64,
    filled: Instant,
}

impl Bucket {
    fn new(limit: Limit, share: f32, now: Instant) -> Self {
        let allowance = (f64::from(limit.requests) * f64::from(share.clamp(0.01, 1.0))).max(2.0);
        let capacity = (allowance * BURST).max(1.0);
        Self {
            allowance,
            tokens: capacity,
            capacity,
            per_second: (allowance - capacity) / limit.window.as_secs_f64().max(0.001),
            filled: now,
        }
    }

    /// Fills up and says how long until there is a whole token.
    fn wait(&mut self, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.capacity);
        self.filled = now;
        if self.tokens >= 1.0 {
            return Duration::ZERO;
        }
        // Rounded up to a millisecond, so that the wait is not over a hair too early.
        Duration::from_secs_f64((1.0 - self.tokens) / self.per_second) + Duration::from_millis(1)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests, never negative")]
fn whole(requests: f64) -> u64 {
    requests.max(0.0) as u64
}

/// The arithmetic.
#[derive(Debug)]
struct Ledger {
    in_flight: u32,
    /// Requests in flight at most; throttle answers halve it, successes raise it slowly up to `most`.
    ceiling: f64,
    most: f64,
    bucket: Option<Bucket>,
    paused_until: Option<Instant>,
    /// What the server said is left, and until when that holds.
    left: Option<(u64, Instant)>,
    /// The most that the server ever said was left: the size of its window, as far as known.
    window: u64,
    /// Throttle answers in a row; those to requests that were on their way together count as one.
    throttles: u32,
    /// Failures in a row.
    faults: u32,
}

impl Ledger {
    fn new(in_flight: u8, bucket: Option<Bucket>) -> Self {
        let most = f64::from(in_flight.max(1));
        Self {
            in_flight: 0,
            ceiling: most,
            most,
            bucket,
            paused_until: None,
            left: None,
            window: 0,
            throttles: 0,
            faults: 0,
        }
    }

    fn turn(&mut self, now: Instant) -> Turn {
        if let Some(until) = self.paused_until {
            if now < until {
                return Turn::After(until - now, Why::Paused);
            }
            self.paused_until = None;
        }
        if f64::from(self.in_flight) + 1.0 > self.ceiling {
            return Turn::Full;
        }
        if self.left.is_some_and(|(_, until)| now >= until) {
            self.left = None;
        }
        if let Some((0, until)) = self.left {
            return Turn::After(until - now, Why::Spent);
        }
        if let Some(bucket) = &mut self.bucket {
            let wait = bucket.wait(now);
            if !wait.is_zero() {
                return Turn::After(wait, Why::Share);
            }
            bucket.tokens -= 1.0;
        }
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        self.in_flight += 1;
        Turn::Now
    }

    fn heard(&mut self, signals: &Signals, now: Instant, pause_cap: Duration) {
        if let (Some(remaining), Some(reset)) = (signals.remaining, signals.reset) {
            // Those in flight may not be counted in what the server saw.
            let others = u64::from(self.in_flight.saturating_sub(1));
            let left = remaining.saturating_sub(others);
            self.window = self.window.max(remaining);
            self.left = Some((left, now + reset.min(pause_cap)));
        }
    }

    /// How much is left, where a limit is known: the tighter of this program's share and what the server says.
    fn left(&mut self, now: Instant) -> Option<RequestBudget> {
        let share = self.bucket.as_mut().map(|bucket| {
            bucket.wait(now);
            let left = bucket.allowance * bucket.tokens / bucket.capacity;
            RequestBudget { limit: whole(bucket.allowance), left: whole(left) }
        });
        let said = self.left.filter(|(_, until)| now < *until);
        let said = said.map(|(left, _)| RequestBudget { limit: self.window, left });
        match (share, said) {
            (Some(share), Some(said)) => Some(if said.left < share.left { said } else { share }),
            (share, said) => share.or(said),
        }
    }

    fn succeeded(&mut self) {
        self.throttles = 0;
        self.faults = 0;
        self.ceiling = (self.ceiling + RECOVERY).min(self.most);
    }

    /// Returns how long the whole credential now pauses.
    fn throttled(&mut self, asked: Option<Duration>, now: Instant, policy: &Policy) -> Duration {
        self.ceiling = (self.ceiling / 2.0).max(1.0);
        // Those that were on their way together are put off together: that is one word of the server.
        if self.paused_until.is_none_or(|until| now >= until) {
            self.throttles = self.throttles.saturating_add(1);
        }
        let doubled = UNTIMED_PAUSE
            .min(policy.backoff.saturating_mul(2))
            .saturating_mul(2_u32.saturating_pow(self.throttles.saturating_sub(1)))
            .min(policy.patience);
        let pause = asked.unwrap_or(doubled).min(policy.pause_cap);
        let until = now + pause;
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
        pause
    }
}

/// The budget of one credential.
#[derive(Debug)]
pub(super) struct Budget {
    ledger: Mutex<Ledger>,
    turn: Notify,
}

/// A request's place among those in flight; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a>(&'a Budget);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut ledger = self.0.ledger();
        ledger.in_flight = ledger.in_flight.saturating_sub(1);
        drop(ledger);
        self.0.turn.notify_waiters();
    }
}

impl Budget {
    fn new(in_flight: u8, limit: Option<Limit>, share: f32) -> Self {
        let bucket = limit.map(|limit| Bucket::new(limit, share, Instant::now()));
        Self { ledger: Mutex::new(Ledger::new(in_flight, bucket)), turn: Notify::new() }
    }

    /// The budget of a credential at an origin: the same one for all that hold it. `limit` is `None` where none is known.
    pub(super) fn of(
        origin: &str,
        credentials: &Credentials,
        in_flight: u8,
        limit: Option<Limit>,
        share: f32,
    ) -> Arc<Self> {
        /// By a hash with a random key of this process: values cannot be had back from it.
        static SHARED: LazyLock<Mutex<HashMap<u64, Weak<Budget>>>> = LazyLock::new(Mutex::default);
        static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let fields: Vec<(&str, &str)> =
            credentials.fields.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        let key = HASHER.hash_one((origin, fields));
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(budget) = shared.get(&key).and_then(Weak::upgrade) {
            return budget;
        }
        shared.retain(|_, budget| budget.strong_count() > 0);
        let budget = Arc::new(Self::new(in_flight, limit, share));
        shared.insert(key, Arc::downgrade(&budget));
        budget
    }

    /// Waits for a turn. `on_wait` hears of each wait that has a length.
    ///
    /// # Errors
    /// How long the pause lasts, if that is longer than `patience`. Our own share is always waited for.
    pub(super) async fn admit(
        &self,
        patience: Duration,
        mut on_wait: impl FnMut(Duration, Why),
    ) -> Result<Permit<'_>, Duration> {
        let mut told = None;
        loop {
            let mut changed = std::pin::pin!(self.turn.notified());
            // Registered before the look, so that a change between look and wait is not missed.
            changed.as_mut().enable();
            let turn = self.ledger().turn(Instant::now());
            match turn {
                Turn::Now => return Ok(Permit(self)),
                Turn::Full => changed.await,
                Turn::After(wait, why) => {
                    if wait > patience && why != Why::Share {
                        return Err(wait);
                    }
                    if told != Some(why) {
                        told = Some(why);
                        on_wait(wait, why);
                    }
                    // A little later than asked for: those who waited together do not all come at once.
                    tokio::time::sleep(wait + jitter(wait.min(Duration::from_secs(2)) / 10)).await;
                }
            }
        }
    }

    /// Takes in what an answer's headers said.
    pub(super) fn heard(&self, signals: &Signals, policy: &Policy) {
        self.ledger().heard(signals, Instant::now(), policy.pause_cap);
    }

    /// How much is left, where a limit is known.
    pub(super) fn left(&self) -> Option<RequestBudget> {
        self.ledger().left(Instant::now())
    }

    /// Something worked.
    pub(super) fn succeeded(&self) {
        self.ledger().succeeded();
    }

    /// The server throttled: everything of this credential pauses for the returned time.
    pub(super) fn throttled(&self, asked: Option<Duration>, policy: &Policy) -> Duration {
        self.ledger().throttled(asked, Instant::now(), policy)
    }

    /// Something failed that may work again. True if retrying makes sense; not in a storm of failures.
    pub(super) fn failed(&self, policy: &Policy) -> bool {
        let mut ledger = self.ledger();
        ledger.faults = ledger.faults.saturating_add(1);
        ledger.faults < policy.storm
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Nothing that runs under the lock leaves it half done.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUDFLARE: Limit = Limit { requests: 1200, window: Duration::from_secs(300) };

    fn admitted(ledger: &mut Ledger, start: Instant, millis: impl Iterator<Item = u64>) -> usize {
        let mut count = 0;
        for at in millis {
            let now = start + Duration::from_millis(at);
            while ledger.turn(now) == Turn::Now {
                ledger.in_flight -= 1;
                count += 1;
            }
        }
        count
    }

    #[test]
    fn no_window_sees_more_than_half_of_the_documented_limit() {
        let start = Instant::now();
        let mut ledger = Ledger::new(8, Some(Bucket::new(CLOUDFLARE, 0.5, start)));
        let first = admitted(&mut ledger, start, std::iter::once(0));
        assert_eq!(first, 60, "a tenth at once");
        let rest = admitted(&mut ledger, start, (1..300_000).step_by(50));
        assert!((530..=540).contains(&rest), "{rest}: the others spread");
        let Turn::After(wait, Why::Share) = ledger.turn(start + Duration::from_secs(300)) else {
            panic!("the bucket is empty");
        };
        assert!(wait <= Duration::from_millis(600), "{wait:?}");
    }

    #[test]
    fn what_is_left_is_the_tighter_of_the_share_and_the_servers_word() {
        let start = Instant::now();
        let limit = Limit { requests: 1_200, window: Duration::from_secs(300) };
        let mut ledger = Ledger::new(8, Some(Bucket::new(limit, 0.5, start)));
        assert_eq!(ledger.left(start), Some(RequestBudget { limit: 600, left: 600 }));
        let said = Signals { remaining: Some(40), reset: Some(Duration::from_secs(60)), retry_after: None };
        ledger.heard(&said, start, Duration::from_secs(300));
        assert_eq!(ledger.left(start), Some(RequestBudget { limit: 40, left: 40 }));
        assert_eq!(Ledger::new(8, None).left(start), None, "where no limit is known there is nothing to keep to");
    }

    #[test]
    fn throttle_answers_halve_and_successes_restore_slowly() {
        let now = Instant::now();
        let mut ledger = Ledger::new(8, None);
        for expected in [4.0, 2.0, 1.0, 1.0] {
            ledger.throttled(Some(Duration::ZERO), now, &Policy::DEFAULT);
            assert!((ledger.ceiling - expected).abs() < 1e-9);
        }
        assert_eq!(ledger.turn(now), Turn::Now);
        assert_eq!(ledger.turn(now), Turn::Full);
        for _ in 0..8 {
            ledger.succeeded();
        }
        assert_eq!(ledger.turn(now), Turn::Now);
        assert_eq!(ledger.turn(now), Turn::Full);
        for _ in 0..100 {
            ledger.succeeded();
        }
        assert!((ledger.ceiling - 8.0).abs() < 1e-9);
    }

    #[test]
    fn pauses_are_capped_grow_without_a_time_and_never_shrink() {
        let now = Instant::now();
        let policy = Policy::DEFAULT;
        let mut ledger = Ledger::new(8, None);
        let hour = Some(Duration::from_secs(3600));
        assert_eq!(ledger.throttled(hour, now, &policy), policy.pause_cap);
        ledger.throttled(Some(Duration::from_secs(1)), now, &policy);
        assert_eq!(ledger.turn(now), Turn::After(policy.pause_cap, Why::Paused), "the longer one holds");
        let mut ledger = Ledger::new(8, None);
        let mut later = now;
        let waits = (0..8).map(|_| {
            let pause = ledger.throttled(None, later, &policy);
            assert_eq!(
                ledger.throttled(None, later, &policy),
                pause,
                "one that was on its way, too, makes it no longer"
            );
            later += pause;
            pause.as_secs()
        });
        assert_eq!(waits.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn what_the_server_says_is_left_is_never_overdrawn() {
        let now = Instant::now();
        let mut ledger = Ledger::new(8, None);
        let heard =
            |remaining| Signals { retry_after: None, remaining: Some(remaining), reset: Some(Duration::from_secs(10)) };
        assert_eq!(ledger.turn(now), Turn::Now);
        ledger.heard(&heard(2), now, Duration::from_secs(300));
        assert_eq!(ledger.turn(now), Turn::Now);
        assert_eq!(ledger.turn(now), Turn::Now);
        let spent = Turn::After(Duration::from_secs(10), Why::Spent);
        assert_eq!(ledger.turn(now), spent);
        // An answer to the first of three: the other two may not be counted in it.
        ledger.heard(&heard(2), now, Duration::from_secs(300));
        assert_eq!(ledger.turn(now), spent);
        assert_eq!(ledger.turn(now + Duration::from_secs(10)), Turn::Now);
    }

    #[test]
    fn one_credential_has_one_budget() {
        let credentials = |token: &str| Credentials {
            fields: [("token".to_owned(), crate::domain::Secret::new(token))].into(),
            source: String::new(),
            expires: None,
        };
        let of = |origin: &str, token: &str| Budget::of(origin, &credentials(token), 8, None, 0.5);
        let one = of("https://one.example", "a");
        assert!(Arc::ptr_eq(&one, &of("https://one.example", "a")));
        assert!(!Arc::ptr_eq(&one, &of("https://one.example", "b")));
        assert!(!Arc::ptr_eq(&one, &of("https://two.example", "a")));
    }

    #[tokio::test]
    async fn a_pause_is_told_and_sat_out_or_refused_if_it_is_long() {
        let budget = Budget::new(8, None, 0.5);
        let asked = Duration::from_millis(20);
        budget.throttled(Some(asked), &Policy::DEFAULT);
        let before = Instant::now();
        let mut told = Vec::new();
        let permit = budget.admit(Duration::from_secs(60), |wait, why| told.push((wait, why))).await.unwrap();
        assert!(matches!(told[..], [(wait, Why::Paused)] if wait <= asked));
        assert!(before.elapsed() >= Duration::from_millis(19));
        drop(permit);
        budget.throttled(Some(Duration::from_secs(300)), &Policy::DEFAULT);
        let refused = budget.admit(Duration::from_secs(60), |_, _| ()).await;
        assert!(refused.is_err_and(|wait| wait > Duration::from_secs(290)));
    }

    #[tokio::test]
    async fn the_ninth_waits_for_one_of_eight() {
        let budget = Budget::new(8, None, 0.5);
        let mut permits = Vec::new();
        for _ in 0..8 {
            permits.push(budget.admit(Duration::ZERO, |_, _| ()).await.unwrap());
        }
        let ninth = budget.admit(Duration::ZERO, |_, _| ());
        tokio::pin!(ninth);
        assert!(futures::poll!(ninth.as_mut()).is_pending());
        permits.pop();
        ninth.await.unwrap();
    }
}
