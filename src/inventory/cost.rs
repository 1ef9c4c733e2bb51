//! What an action costs in requests, counted while it goes on, and the question whether it may go on: one for listings,
//! remote searches and walks over organizations.
//!
//! Over a tenth of a window of the request budget an action stops and says what it costs. Asking for the same again is
//! the consent.

use crate::domain::{Failure, FailureKind};
use crate::provider::{Page, Provider};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metered {
    /// The listing of all accounts.
    Listing,
    /// A list with the provider's own parameters.
    Search,
    /// The listing of organizations, at once or level by level.
    Organizations,
}

impl Metered {
    const ALL: [Self; 3] = [Self::Listing, Self::Search, Self::Organizations];

    fn words(self) -> &'static str {
        match self {
            Self::Listing => "listing all accounts",
            Self::Search => "searching at the provider",
            Self::Organizations => "listing all organizations",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Listing | Self::Organizations => "sync again to go on: R",
            Self::Search => "search again to go on: r",
        }
    }
}

/// Whether a dear action has to be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It has.
    Needed,
    /// The user has agreed to the cost.
    Given,
}

/// Counts the requests of one action.
pub struct Meter<'a> {
    provider: &'a dyn Provider,
    metered: Metered,
    consent: Consent,
    /// Requests so far.
    used: u64,
    /// Pages of the listing under way so far.
    pages: u64,
    /// How many pages the listing under way has, if that can be known.
    expected: Option<u64>,
    /// Whether the listing under way goes on.
    goes_on: bool,
    /// No more rows than these are wanted.
    rows: Option<u64>,
}

impl<'a> Meter<'a> {
    /// Nothing has been asked yet.
    #[must_use]
    pub fn new(provider: &'a dyn Provider, metered: Metered, consent: Consent) -> Self {
        Self { provider, metered, consent, used: 0, pages: 0, expected: None, goes_on: false, rows: None }
    }

    /// The same where no more rows are wanted than these.
    #[must_use]
    pub fn up_to(self, rows: Option<u64>) -> Self {
        Self { rows, ..self }
    }

    /// The user agrees to the cost.
    pub fn agree(&mut self) {
        self.consent = Consent::Given;
    }

    /// A listing is expected to take so many pages: it took them the last time.
    pub fn expect(&mut self, pages: Option<u64>) {
        (self.expected, self.goes_on) = (pages, true);
    }

    /// A page came.
    pub fn saw<T>(&mut self, page: &Page<T>) {
        self.used += 1;
        if self.pages == 0 {
            let rows = page.rows.len() as u64;
            let enough = self.rows.filter(|_| rows > 0).map(|wanted| wanted.div_ceil(rows));
            self.expected = match (pages_of(page), enough) {
                (Some(all), Some(enough)) => Some(all.min(enough)),
                (all, enough) => all.or(enough),
            };
        }
        self.goes_on = page.next.is_some();
        self.pages = if self.goes_on { self.pages + 1 } else { 0 };
    }

    /// Something beside a listing was asked for.
    pub(super) fn used(&mut self, requests: u64) {
        self.used += requests;
    }

    /// Why the rest is not asked for yet, if what was used and what is known to come is dear: the rest of the listing
    /// under way, and `beside` it at least so many requests.
    pub async fn asks(&self, beside: u64) -> Option<Failure> {
        let rest = self.expected.filter(|_| self.goes_on).map(|expected| expected.saturating_sub(self.pages));
        let to_come = rest.unwrap_or(u64::from(self.goes_on)) + beside;
        if self.consent == Consent::Given || to_come == 0 {
            return None;
        }
        let cost = self.used + to_come;
        let budget = self.provider.budget().await.filter(|budget| budget.is_dear(cost))?;
        let least = if self.goes_on && rest.is_none() || beside > 0 { "at least " } else { "" };
        let cause = format!(
            "it costs {least}{cost} of {} requests that the provider's limit allows, {} were made",
            budget.limit, self.used
        );
        Some(Failure::new(FailureKind::Stopped, self.metered.words(), cause).with_hint(self.metered.hint()))
    }
}

/// How many pages a listing has, by its first one.
fn pages_of<T>(page: &Page<T>) -> Option<u64> {
    let rows = page.rows.len() as u64;
    let counted = page.total.filter(|_| rows > 0).map(|total| total.div_ceil(rows));
    page.pages.map(u64::from).max(counted)
}

/// Whether a failure is the question whether to go on at this cost: asking for the same again answers yes.
#[must_use]
pub fn is_dear_failure(failure: &Failure) -> bool {
    failure.kind == FailureKind::Stopped && Metered::ALL.iter().any(|metered| failure.what == metered.words())
}
