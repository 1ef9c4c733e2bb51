//! A connection's credential: fetched from its source on first use, by one request at a time, and once more when the
//! provider refuses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::budget::Budget;
use super::{Effect, Endpoint, Service};
use crate::domain::{Credentials, Failure, FailureKind, Moment};
use crate::provider::{RequestBudget, Settings};

/// A credential that ends is fetched anew this long before (milliseconds): no read is sent with one that ends on its way.
const EARLY: u64 = 60_000;

/// The same for a write. Its holder was looked at before it, so it goes out with the credential of that look unless that
/// is as good as over.
const LATE: u64 = 2_000;

/// A source may go on giving the same one until that ends: it is not asked more often (milliseconds).
const PAUSE: u64 = 10_000;

/// A credential in use, with the budget that belongs to it.
#[derive(Clone)]
pub(super) struct Lease {
    generation: u64,
    /// When it is to be fetched anew; `None` if it does not end.
    due: Option<Moment>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) budget: Arc<Budget>,
}

/// Where a credential comes from, and where it goes to.
pub(super) struct Source<'a> {
    pub(super) settings: &'a Settings,
    pub(super) endpoint: &'a Endpoint,
    pub(super) service: &'a Service,
}

/// Keeps the credential.
#[derive(Default)]
pub(super) struct Keeper {
    held: Mutex<Held>,
    /// The last word on it was a refusal: fetching it again by itself is no use before it worked once.
    is_suspect: AtomicBool,
    /// How often it was fetched.
    fetched: AtomicU64,
    /// The fetch whose holder is known; 0 if nobody was asked yet.
    identified: AtomicU64,
    /// When the one in use is to be fetched anew, in milliseconds since 1970; the highest number for never.
    due: AtomicU64,
}

impl Lease {
    /// Whether it is to be fetched anew before a request goes out.
    fn is_due(&self, effect: Effect, now: Moment) -> bool {
        match effect {
            Effect::Read => self.due.is_some_and(|due| due <= now),
            Effect::Write => !self.lasts(now.plus(LATE)),
        }
    }

    fn lasts(&self, until: Moment) -> bool {
        self.credentials.expires.is_none_or(|expires| until < expires)
    }
}

#[derive(Default)]
struct Held {
    generation: u64,
    /// `None` before the first use, and after a refusal until somebody asks for it again.
    lease: Option<Lease>,
    /// Fetching it again is worth a try after the refusal of this generation.
    is_worth_it: bool,
}

impl Keeper {
    /// The credential, fetched if there is none, or if the one that there is ends.
    pub(super) async fn lease(&self, from: &Source<'_>, effect: Effect) -> Result<Lease, Failure> {
        let mut held = self.held.lock().await;
        let Some(lease) = held.lease.clone() else {
            return self.fetch(&mut held, from).await;
        };
        let now = (from.settings.clock)();
        if !lease.is_due(effect, now) {
            return Ok(lease);
        }
        match fetched(from).await {
            // It is the same: its holder is, too.
            Ok(credentials) if credentials.fields == lease.credentials.fields => {
                let due = self.next(&credentials, now);
                let lease = Lease { credentials: Arc::new(credentials), due, ..lease };
                held.lease = Some(lease.clone());
                Ok(lease)
            }
            Ok(credentials) => Ok(self.take(&mut held, from, credentials)),
            // Perhaps the source is back before the end.
            Err(_) if lease.lasts(now.plus(LATE)) => {
                let due = Some(now.plus(PAUSE));
                self.due.store(now.plus(PAUSE).0, Ordering::Relaxed);
                held.lease = Some(Lease { due, ..lease.clone() });
                Ok(lease)
            }
            Err(failure) => Err(failure),
        }
    }

    /// The credential for a request that was refused with `spent`. `None` if a newer one was tried by another request
    /// meanwhile and refused too, or if the source gives the same once more: what was refused is not sent again.
    pub(super) async fn renewed(&self, spent: &Lease, from: &Source<'_>) -> Result<Option<Lease>, Failure> {
        let mut held = self.held.lock().await;
        match &held.lease {
            Some(lease) => Ok(Some(lease.clone())),
            None if held.generation == spent.generation => {
                let credentials = fetched(from).await?;
                if credentials.fields == spent.credentials.fields {
                    // It was looked at for all that were refused with it.
                    held.generation += 1;
                    return Ok(None);
                }
                Ok(Some(self.take(&mut held, from, credentials)))
            }
            None => Ok(None),
        }
    }

    async fn fetch(&self, held: &mut Held, from: &Source<'_>) -> Result<Lease, Failure> {
        let credentials = fetched(from).await?;
        Ok(self.take(held, from, credentials))
    }

    fn take(&self, held: &mut Held, from: &Source<'_>, credentials: Credentials) -> Lease {
        held.generation += 1;
        self.fetched.store(held.generation, Ordering::Relaxed);
        let (service, share) = (from.service, from.settings.budget);
        let limit = service.limit.filter(|_| from.endpoint.is_public());
        let lease = Lease {
            generation: held.generation,
            due: self.next(&credentials, (from.settings.clock)()),
            budget: Budget::of(&from.endpoint.origin(), &credentials, service.in_flight, limit, share),
            credentials: Arc::new(credentials),
        };
        held.lease = Some(lease.clone());
        lease
    }

    /// When a credential that was fetched now is to be fetched anew.
    fn next(&self, credentials: &Credentials, now: Moment) -> Option<Moment> {
        let early = |expires: Moment| Moment(expires.0.saturating_sub(EARLY)).max(now.plus(PAUSE));
        let due = credentials.expires.map(early);
        self.due.store(due.map_or(u64::MAX, |due| due.0), Ordering::Relaxed);
        due
    }

    /// How much of the budget of the credential in use is left; `None` where no limit is known, or none is in use yet.
    pub(super) async fn budget(&self) -> Option<RequestBudget> {
        self.held.lock().await.lease.as_ref()?.budget.left()
    }

    /// Its holder was asked for, and is known.
    pub(super) fn identified(&self) {
        self.identified.store(self.fetched.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Whether the holder of the one in use is known: a newer one may be somebody else's, and so may the one that is about
    /// to take its place.
    pub(super) fn is_identified(&self, now: Moment) -> bool {
        let identified = self.identified.load(Ordering::Relaxed);
        let is_current = identified != 0 && identified == self.fetched.load(Ordering::Relaxed);
        is_current && now.0 < self.due.load(Ordering::Relaxed)
    }

    /// The provider took it.
    pub(super) fn accepted(&self) {
        self.is_suspect.store(false, Ordering::Relaxed);
    }

    /// The provider refused it. True if the request may try once more with what [`Keeper::renewed`] gives.
    pub(super) async fn refused(&self, lease: &Lease) -> bool {
        let mut held = self.held.lock().await;
        match &held.lease {
            // Another request was refused first and had it fetched anew.
            Some(current) if current.generation != lease.generation => true,
            Some(_) => {
                held.lease = None;
                held.is_worth_it = !self.is_suspect.swap(true, Ordering::Relaxed);
                held.is_worth_it
            }
            // Another request was refused first. With the same one, what goes for that goes for this; with a newer one,
            // the fetching anew was tried and did not help.
            None => held.generation == lease.generation && held.is_worth_it,
        }
    }
}

/// Asks the source. What it gives must not be over.
async fn fetched(from: &Source<'_>) -> Result<Credentials, Failure> {
    let credentials = (from.settings.credentials)().await?;
    let now = (from.settings.clock)();
    match credentials.expires.filter(|expires| *expires <= now) {
        None => Ok(credentials),
        Some(expires) => {
            let what = format!("the credential from {}", credentials.source);
            let cause = format!("it ended at {}", expires.rfc3339());
            let hint = "sign in anew with the program that it comes from, or set this machine's clock";
            Err(Failure::new(FailureKind::Auth, what, cause).with_hint(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::domain::Secret;

    const SERVICE: Service = Service {
        title: "Test",
        base_url: "https://api.example.com/v4",
        limit: None,
        in_flight: 8,
        request_id: &[],
        notices: &[],
    };

    /// Requests that were refused together have it fetched once for all of them, whoever of them comes first.
    #[tokio::test]
    async fn it_is_fetched_once_more_and_not_again_before_it_worked() {
        let stage = Stage::new(credentials("a", u64::MAX));
        let from = stage.from();
        let keeper = Keeper::default();
        let first = keeper.lease(&from, Effect::Read).await.unwrap();
        stage.gives(Ok(credentials("b", u64::MAX)));
        assert!(keeper.refused(&first).await);
        assert!(keeper.refused(&first).await, "who hears of it next waits for the same fetch");
        let second = keeper.renewed(&first, &from).await.unwrap().unwrap();
        assert_eq!((first.generation, second.generation), (1, 2));
        assert_eq!(keeper.renewed(&first, &from).await.unwrap().map(|lease| lease.generation), Some(2));
        assert!(keeper.refused(&first).await, "the new one is there already");

        assert!(!keeper.refused(&second).await);
        assert!(!keeper.refused(&second).await);
        assert!(!keeper.refused(&first).await, "the new one was tried by another request, and did not help");
        assert!(keeper.renewed(&first, &from).await.unwrap().is_none());

        let third = keeper.lease(&from, Effect::Read).await.unwrap();
        keeper.accepted();
        stage.gives(Ok(credentials("c", u64::MAX)));
        assert!(keeper.refused(&third).await, "one that worked may have ended");
        assert_eq!(keeper.renewed(&third, &from).await.unwrap().unwrap().generation, 4);
    }
    /// A source that has nothing else is asked once for all requests that were refused together, and by the next one.
    #[tokio::test]
    async fn the_same_credential_is_not_tried_again() {
        let stage = Stage::new(credentials("a", u64::MAX));
        let (from, keeper) = (stage.from(), Keeper::default());
        let first = keeper.lease(&from, Effect::Read).await.unwrap();
        assert!(keeper.refused(&first).await && keeper.refused(&first).await);
        assert!(keeper.renewed(&first, &from).await.unwrap().is_none());
        assert!(keeper.renewed(&first, &from).await.unwrap().is_none());
        assert!(!keeper.refused(&first).await);
        assert_eq!(stage.asked.load(Ordering::Relaxed), 2);
        stage.gives(Ok(credentials("b", u64::MAX)));
        assert_eq!(stage.at(&keeper, 1_000_000, Effect::Read).await.unwrap(), ("b".into(), 3));
    }

    /// A source that says how long its credential lasts, and a clock that is set by hand.
    struct Stage {
        now: Arc<AtomicU64>,
        given: Arc<std::sync::Mutex<Result<Credentials, Failure>>>,
        asked: Arc<AtomicU64>,
        endpoint: Endpoint,
        settings: Settings,
    }

    fn credentials(value: &str, expires: u64) -> Credentials {
        let fields = [("token".to_owned(), Secret::new(value))].into();
        Credentials { fields, source: "a test".into(), expires: Some(Moment(expires)) }
    }

    impl Stage {
        fn new(first: Credentials) -> Self {
            let (now, asked) = (Arc::new(AtomicU64::new(1_000_000)), Arc::new(AtomicU64::new(0)));
            let given = Arc::new(std::sync::Mutex::new(Ok(first)));
            let (clock, count, gives) = (Arc::clone(&now), Arc::clone(&asked), Arc::clone(&given));
            let settings = Settings {
                connection: "test".into(),
                base_url: None,
                budget: 1.0,
                credentials: Arc::new(move || {
                    count.fetch_add(1, Ordering::Relaxed);
                    let given = gives.lock().unwrap().clone();
                    Box::pin(async { given })
                }),
                recorder: Arc::new(|_| ()),
                clock: Arc::new(move || Moment(clock.load(Ordering::Relaxed))),
                net: Arc::default(),
            };
            Self { now, given, asked, endpoint: Endpoint::parse(None, &SERVICE).unwrap(), settings }
        }

        fn from(&self) -> Source<'_> {
            Source { settings: &self.settings, endpoint: &self.endpoint, service: &SERVICE }
        }

        /// The value that a request gets at a time, and how often the source was asked by then.
        async fn at(&self, keeper: &Keeper, now: u64, effect: Effect) -> Result<(String, u64), Failure> {
            self.now.store(now, Ordering::Relaxed);
            let from = self.from();
            let lease = keeper.lease(&from, effect).await?;
            let value = lease.credentials.get("token").unwrap().expose().to_owned();
            Ok((value, self.asked.load(Ordering::Relaxed)))
        }

        fn gives(&self, next: Result<Credentials, Failure>) {
            *self.given.lock().unwrap() = next;
        }
    }

    #[tokio::test]
    async fn one_that_ends_is_fetched_anew_before_and_its_holder_is_looked_at_anew() {
        let stage = Stage::new(credentials("one", 2_000_000));
        let keeper = Keeper::default();
        let one = |asked| ("one".to_owned(), asked);
        assert_eq!(stage.at(&keeper, 1_000_000, Effect::Read).await.unwrap(), one(1));
        keeper.identified();
        assert_eq!(stage.at(&keeper, 1_939_999, Effect::Read).await.unwrap(), one(1));
        assert!(keeper.is_identified(Moment(1_939_999)));
        assert!(!keeper.is_identified(Moment(1_940_000)), "the next one may be somebody else's");
        // Its source has no newer one yet: it is not asked at each request.
        assert_eq!(stage.at(&keeper, 1_940_000, Effect::Read).await.unwrap(), one(2));
        assert_eq!(stage.at(&keeper, 1_949_999, Effect::Read).await.unwrap(), one(2));
        assert!(keeper.is_identified(Moment(1_949_999)), "it is the same");
        stage.gives(Ok(credentials("two", 9_000_000)));
        assert_eq!(
            stage.at(&keeper, 1_950_000, Effect::Write).await.unwrap(),
            one(2),
            "a write keeps what was looked at"
        );
        assert_eq!(stage.at(&keeper, 1_950_000, Effect::Read).await.unwrap(), ("two".to_owned(), 3));
        assert!(!keeper.is_identified(Moment(1_950_000)));
    }

    #[tokio::test]
    async fn a_source_that_fails_is_asked_again_until_the_end_and_one_that_ended_is_not_sent() {
        let stage = Stage::new(credentials("one", 2_000_000));
        let keeper = Keeper::default();
        stage.at(&keeper, 1_000_000, Effect::Read).await.unwrap();
        stage.gives(Err(Failure::new(FailureKind::Auth, "token", "locked")));
        assert_eq!(stage.at(&keeper, 1_950_000, Effect::Read).await.unwrap(), ("one".to_owned(), 2));
        assert_eq!(stage.at(&keeper, 1_951_000, Effect::Read).await.unwrap(), ("one".to_owned(), 2));
        let failure = stage.at(&keeper, 1_999_000, Effect::Read).await.unwrap_err();
        assert_eq!(failure.cause, "locked");
        stage.gives(Ok(credentials("one", 2_000_000)));
        let failure = stage.at(&keeper, 2_000_001, Effect::Write).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth);
        assert_eq!(failure.cause, "it ended at 1970-01-01T00:33:20.000Z");
    }
}
