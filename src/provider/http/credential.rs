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
    lease: Option<Lease>,
}

impl Keeper {
    /// The credential, fetched if there is none.
    pub(super) async fn lease(
        &self,
        settings: &Settings,
        endpoint: &Endpoint,
        service: &Service,
    ) -> Result<Lease, Failure> {
        let mut held = self.held.lock().await;
        if let Some(lease) = &held.lease {
            return Ok(lease.clone());
        }
        let credentials = (settings.credentials)().await?;
        held.generation += 1;
        self.fetched.store(held.generation, Ordering::Relaxed);
        let limit = service.limit.filter(|_| endpoint.is_public());
        let lease = Lease {
            generation: held.generation,
            budget: Budget::of(&endpoint.origin(), &credentials, service.in_flight, limit, settings.budget),
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

    /// The provider refused it. True if the request may try once more with what [`Keeper::lease`] gives next.
    pub(super) async fn refused(&self, lease: &Lease) -> bool {
        let mut held = self.held.lock().await;
        let is_current = held.lease.as_ref().is_some_and(|current| current.generation == lease.generation);
        if !is_current {
            // Another request was refused first and had it fetched anew.
            return true;
        }
        held.lease = None;
        !self.is_suspect.swap(true, Ordering::Relaxed)
    }
}
