//! A connection's credential: fetched from its source on first use, by one request at a time, and once more when the
//! provider refuses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::budget::Budget;
use super::{Endpoint, Service};
use crate::domain::{Credentials, Failure};
use crate::provider::{RequestBudget, Settings};

/// A credential in use, with the budget that belongs to it.
#[derive(Clone)]
pub(super) struct Lease {
    generation: u64,
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
    /// The credential, fetched if there is none.
    pub(super) async fn lease(&self, from: &Source<'_>) -> Result<Lease, Failure> {
        let mut held = self.held.lock().await;
        match &held.lease {
            Some(lease) => Ok(lease.clone()),
            None => self.fetch(&mut held, from).await,
        }
    }

    /// The credential for a request that was refused with `spent`. `None` if a newer one was tried by another request
    /// meanwhile and refused too: it is not fetched again for this one.
    pub(super) async fn renewed(&self, spent: &Lease, from: &Source<'_>) -> Result<Option<Lease>, Failure> {
        let mut held = self.held.lock().await;
        match &held.lease {
            Some(lease) => Ok(Some(lease.clone())),
            None if held.generation == spent.generation => self.fetch(&mut held, from).await.map(Some),
            None => Ok(None),
        }
    }

    async fn fetch(&self, held: &mut Held, from: &Source<'_>) -> Result<Lease, Failure> {
        let credentials = (from.settings.credentials)().await?;
        held.generation += 1;
        self.fetched.store(held.generation, Ordering::Relaxed);
        let (service, share) = (from.service, from.settings.budget);
        let limit = service.limit.filter(|_| from.endpoint.is_public());
        let lease = Lease {
            generation: held.generation,
            budget: Budget::of(&from.endpoint.origin(), &credentials, service.in_flight, limit, share),
            credentials: Arc::new(credentials),
        };
        held.lease = Some(lease.clone());
        Ok(lease)
    }

    /// How much of the budget of the credential in use is left; `None` where no limit is known, or none is in use yet.
    pub(super) async fn budget(&self) -> Option<RequestBudget> {
        self.held.lock().await.lease.as_ref()?.budget.left()
    }

    /// Its holder was asked for, and is known.
    pub(super) fn identified(&self) {
        self.identified.store(self.fetched.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Whether the holder of the one in use is known: a newer one may be somebody else's.
    pub(super) fn is_identified(&self) -> bool {
        let identified = self.identified.load(Ordering::Relaxed);
        identified != 0 && identified == self.fetched.load(Ordering::Relaxed)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Moment;

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
        let settings = Settings {
            connection: "test".into(),
            base_url: None,
            budget: 1.0,
            credentials: Arc::new(|| Box::pin(async { Ok(Credentials::default()) })),
            recorder: Arc::new(|_| ()),
            clock: Arc::new(|| Moment(1)),
            net: Arc::default(),
        };
        let endpoint = Endpoint::parse(None, &SERVICE).unwrap();
        let from = Source { settings: &settings, endpoint: &endpoint, service: &SERVICE };
        let keeper = Keeper::default();
        let first = keeper.lease(&from).await.unwrap();
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

        let third = keeper.lease(&from).await.unwrap();
        keeper.accepted();
        assert!(keeper.refused(&third).await, "one that worked may have ended");
        assert_eq!(keeper.renewed(&third, &from).await.unwrap().unwrap().generation, 4);
    }
}
