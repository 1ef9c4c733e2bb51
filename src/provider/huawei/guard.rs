//! Keeps a key from being locked. Huawei Cloud locks an access key for 5 minutes after five wrong signatures in a row
//! (its API gateway's FAQ), for every program that uses it. So a key that was refused is not sent again, and until
//! one answer has proven a key its requests go out one at a time: those behind the first one are then not sent. A proven
//! key that goes bad costs no more than what is in flight then: each request asks here once more as it goes out.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Credentials, Failure, Moment, Secret};

/// How far a clock may be off (reported live: 15 minutes).
const SKEW: Duration = Duration::from_secs(15 * 60);

/// How long a key stays locked (API gateway's FAQ).
const LOCKED: Duration = Duration::from_secs(5 * 60);

/// Why a key was refused, as far as that says when it may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Something about the key: never.
    Key,
    /// Others had it locked: when that is over.
    Locked,
    /// This machine's clock: when it was set. What the server's clock said.
    Clock(Moment),
}

/// A key that was refused.
#[derive(Debug)]
struct Refused {
    fields: BTreeMap<String, Secret>,
    why: Why,
    at: Instant,
    failure: Failure,
}

impl Refused {
    /// Whether what was wrong may have been put right.
    fn is_over(&self, now: Moment, instant: Instant) -> bool {
        let passed = instant.saturating_duration_since(self.at);
        match self.why {
            Why::Key => false,
            Why::Locked => passed >= LOCKED,
            Why::Clock(server) => {
                let server = server.0.saturating_add(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX));
                Duration::from_millis(server.abs_diff(now.0)) < SKEW
            }
        }
    }
}

#[derive(Debug, Default)]
struct State {
    refused: Vec<Refused>,
    /// The key in use has been taken by the provider.
    is_proven: bool,
}

/// What is known of a connection's keys.
#[derive(Debug, Default)]
pub(super) struct Guard {
    state: Mutex<State>,
    first: tokio::sync::Mutex<()>,
}

/// A turn of one of the first requests.
pub(super) type Turn<'a> = Option<tokio::sync::MutexGuard<'a, ()>>;

impl Guard {
    /// Waits until the request may go out beside others.
    pub(super) async fn turn(&self) -> Turn<'_> {
        if self.state().is_proven {
            return None;
        }
        let turn = self.first.lock().await;
        (!self.state().is_proven).then_some(turn)
    }

    /// The provider took the key.
    pub(super) fn accepted(&self) {
        self.state().is_proven = true;
    }

    /// The provider refused the key; `failure` is what every later use of it is told.
    pub(super) fn refused(&self, credentials: &Credentials, why: Why, failure: Failure) {
        let mut state = self.state();
        state.is_proven = false;
        state.refused.retain(|refused| refused.fields != credentials.fields);
        state.refused.push(Refused { fields: credentials.fields.clone(), why, at: Instant::now(), failure });
    }

    /// Whether this key may be sent now.
    ///
    /// # Errors
    /// The failure of the refusal.
    pub(super) fn check(&self, credentials: &Credentials, now: Moment) -> Result<(), Failure> {
        self.check_at(credentials, now, Instant::now())
    }

    fn check_at(&self, credentials: &Credentials, now: Moment, instant: Instant) -> Result<(), Failure> {
        let mut state = self.state();
        state.refused.retain(|refused| !refused.is_over(now, instant));
        match state.refused.iter().find(|refused| refused.fields == credentials.fields) {
            Some(refused) => Err(refused.failure.clone()),
            None => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock leaves it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    const NOW: Moment = Moment(1_700_000_000_000);

    fn key(name: &str) -> Credentials {
        Credentials {
            fields: [("access_key".to_owned(), Secret::new(name))].into(),
            source: String::new(),
            expires: None,
        }
    }

    fn refused(why: Why) -> Guard {
        let guard = Guard::default();
        guard.refused(&key("a"), why, Failure::new(FailureKind::Auth, "x", "y"));
        guard
    }

    #[tokio::test]
    async fn a_refused_key_stays_refused_and_another_one_is_free() {
        let guard = refused(Why::Key);
        let later = Instant::now() + LOCKED * 100;
        assert!(guard.check_at(&key("a"), NOW, later).is_err());
        assert!(guard.check_at(&key("b"), NOW, later).is_ok());
        guard.refused(&key("b"), Why::Key, Failure::new(FailureKind::Auth, "x", "z"));
        assert_eq!(guard.check(&key("b"), NOW).unwrap_err().cause, "z");
        assert_eq!(guard.check(&key("a"), NOW).unwrap_err().cause, "y", "the first one is not forgotten");
    }

    #[tokio::test]
    async fn a_locked_key_is_free_after_its_time() {
        let guard = refused(Why::Locked);
        let soon = Instant::now() + LOCKED / 2;
        assert!(guard.check_at(&key("a"), NOW, soon).is_err());
        assert!(guard.check_at(&key("a"), NOW, soon + LOCKED).is_ok());
    }

    #[tokio::test]
    async fn a_clock_that_was_set_frees_the_key() {
        let server = NOW.plus(3_600_000);
        let guard = refused(Why::Clock(server));
        let later = Instant::now() + Duration::from_secs(60);
        assert!(guard.check_at(&key("a"), NOW.plus(60_000), later).is_err());
        assert!(guard.check_at(&key("a"), server.plus(60_000), later).is_ok());
    }

    #[tokio::test]
    async fn until_a_key_is_proven_turns_come_one_at_a_time() {
        let guard = Guard::default();
        let first = guard.turn().await;
        assert!(first.is_some());
        let second = guard.turn();
        tokio::pin!(second);
        assert!(futures::poll!(&mut second).is_pending());
        guard.accepted();
        drop(first);
        assert!(second.await.is_none());
        assert!(guard.turn().await.is_none());
        guard.refused(&key("a"), Why::Key, Failure::new(FailureKind::Auth, "x", "y"));
        assert!(guard.turn().await.is_some());
    }
}
