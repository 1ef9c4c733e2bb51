//! Providers: one trait, what each can do as data, and the one HTTP client that they share.
//!
//! This room knows `domain` only. A provider is one folder and one line in [`registry`].

pub mod aws;
pub mod cloud66;
pub mod cloudflare;
mod columns;
pub mod http;
pub mod huawei;
mod json;
pub mod landscape;
mod outside;
mod query;
mod request;
mod signing;
mod spec;
mod units;

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::domain::{
    Account, AccountId, Change, ChangeKind, Credentials, Failure, FailureKind, Identity, Lineage, Moment, Organization,
    OrganizationId, Profile, RequestPreview, Secret, SideEffect, Subject, Untrusted,
};

pub use columns::{COMMON_COLUMNS, Column, ColumnValue};
pub use outside::{Command, Dashboard, Outside};
pub use query::{Query, Reply, run};
pub use request::{Asked, AskedBody, RequestRecord, RequestState};
pub use spec::{
    Capability, ClosingQuota, DetailField, HierarchyWords, Levels, ListSearch, MakeReach, MoveReach, Offer, Paging,
    Reading, Spec, UNREAD,
};

/// Where a listing stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cursor {
    /// The first page.
    First,
    /// A page number, from 1.
    Page(u32),
    /// The provider's opaque token or marker.
    Token(String),
}

/// Which accounts to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListScope {
    /// Only those directly in this organization; `None` lists all that the credential sees.
    pub organization: Option<OrganizationId>,
    /// The provider's own list parameters by their wire names, e.g. `name.contains`; sent with every page.
    pub parameters: Vec<(String, String)>,
    /// Also what is not asked by default ([`Spec::extra`]), where a listing can give it.
    pub extra: bool,
}

impl ListScope {
    /// Everything that the credential sees.
    #[must_use]
    pub fn all() -> Self {
        Self { organization: None, parameters: Vec::new(), extra: false }
    }
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows in the provider's order.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Cursor>,
    /// How many rows there are in all with these parameters, where the provider says so truthfully.
    pub total: Option<u64>,
    /// How many pages there are, where pages are numbered and the provider says so: they may be fetched side by side.
    pub pages: Option<u32>,
    /// Messages that came with the answer.
    pub messages: Vec<Untrusted>,
    /// Accounts that stand directly in the organization asked for, where a page of organizations says so (Huawei's
    /// entities); their own records need not name it.
    pub holds: Vec<AccountId>,
}

/// Which organizations to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationScope {
    /// All at once, where the provider has a flat listing.
    Every,
    /// Those without a parent.
    Roots,
    /// One level below this one. Rows from further below may come along; each names its parent.
    Below(OrganizationId),
}

/// What to ask beyond the default when one account is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DetailOptions {
    /// Also what costs more and is not asked by default (servers, contact data).
    pub extra: bool,
}

/// How many requests this program may make in a window of the provider's limit, and how many of them are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestBudget {
    /// In a whole window.
    pub limit: u64,
    /// Now.
    pub left: u64,
}

impl RequestBudget {
    /// Whether so little is left that nothing may be asked which nobody asked for: under a quarter.
    #[must_use]
    pub fn is_low(self) -> bool {
        self.left.saturating_mul(4) < self.limit
    }

    /// Whether so many requests should be asked about first: over a tenth of a window.
    #[must_use]
    pub fn is_dear(self, requests: u64) -> bool {
        requests.saturating_mul(10) > self.limit
    }
}

/// What a write that the provider accepted came back with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Executed {
    /// Messages that came with the success.
    pub messages: Vec<Untrusted>,
    /// How often it was sent again after the provider's own throttle refusal: see [`http::Answer::resent`].
    pub resent: u32,
    /// What was made, as far as the answer says.
    pub made: Option<Made>,
    /// The provider's name for what goes on after its answer; `None` where all is done. [`Provider::progress`] follows it.
    pub operation: Option<String>,
    /// The provider's id of the request, where its answer gave one.
    pub request_id: Option<Untrusted>,
}

/// What a call that moves several accounts at once said of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchMoved {
    /// Which account.
    pub account: AccountId,
    /// Whether it was moved; `false` is a refusal.
    pub moved: bool,
    /// Why not, where it says so.
    pub message: Option<Untrusted>,
}

/// Something that a write made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// An account.
    Account(Box<Account>),
    /// An organization.
    Organization(Box<Organization>),
}

/// How far an operation is that goes on after the answer to its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Running,
    /// It is done, and made this.
    Done(Option<AccountId>),
    /// It failed; nothing was made.
    Failed(Failure),
}

/// A link into the provider's web dashboard that signs its user in. The link holds the code: it is a secret like a
/// password, and never on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The page without the code, e.g. `https://app.cloud66.com/otp`; safe to show.
    pub page: String,
    /// The query parameter that takes the code.
    pub parameter: &'static str,
    /// The code: works once, for a short time.
    pub code: Secret,
    /// Messages that came with it.
    pub messages: Vec<Untrusted>,
}

/// A kind of service behind one credential. Every method is one logical request (which may be retried if it reads).
///
/// All errors are [`Failure`]s in one shape. Dropping a future cancels the request; a write must not be dropped.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it is and can do.
    fn spec(&self) -> &'static Spec;

    /// How much of the request budget is left, where a limit is known. Asks nobody.
    async fn budget(&self) -> Option<RequestBudget> {
        None
    }

    /// Who this credential is. Asked once and again after an authentication failure.
    async fn identity(&self) -> Result<Identity, Failure>;

    /// Whether the last answer of [`Provider::identity`] is still about the credential in use: one that was fetched anew
    /// since may be somebody else's. Asks nobody.
    fn is_identified(&self) -> bool {
        true
    }

    /// One page of accounts.
    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure>;

    /// One account in full.
    async fn account(&self, id: &AccountId, options: DetailOptions) -> Result<Account, Failure>;

    /// One page of organizations.
    async fn organizations(&self, scope: &OrganizationScope, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        let _ = (scope, cursor);
        Err(not_offered(self.spec(), Capability::Hierarchy))
    }

    /// One organization in full.
    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        let _ = id;
        Err(not_offered(self.spec(), Capability::Hierarchy))
    }

    /// The organizations that contain or manage an account, in the provider's order.
    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        let _ = id;
        Err(not_offered(self.spec(), Capability::Lineage))
    }

    /// The profile of an account or organization; `exists: false` where there is none yet.
    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        let capability = match subject {
            Subject::Account(_) | Subject::Connection(_) => Capability::ReadAccountProfile,
            Subject::Organization(_) => Capability::ReadOrganizationProfile,
        };
        Err(not_offered(self.spec(), capability))
    }

    /// A one-time link into the web dashboard. Getting one is no write.
    async fn sign_in(&self) -> Result<SignIn, Failure> {
        Err(not_offered(self.spec(), Capability::SignIn))
    }

    /// Makes one account of several the current one: proves that the credential reaches it.
    async fn switch(&self, id: &AccountId) -> Result<Account, Failure> {
        let _ = id;
        Err(not_offered(self.spec(), Capability::Switch))
    }

    /// How far the operation is that a write of this kind began; `operation` is from [`Executed`].
    async fn progress(&self, kind: ChangeKind, operation: &str) -> Result<Progress, Failure> {
        let _ = (kind, operation);
        Err(unsupported(self.spec(), "operations that go on after their answer"))
    }

    /// What this change would bring along beyond its fields, in sentences: members locked out, resources deleted with an
    /// account, quotas. At most two reads; what can't be read is said as such and never fails the plan.
    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        let _ = change;
        Vec::new()
    }

    /// How many accounts it closes, where that is documented. Asks nobody.
    fn closing_quota(&self) -> Option<ClosingQuota> {
        None
    }

    /// How many accounts it is closing now; `None` where it can't be asked. One request at most.
    async fn closing_now(&self) -> Result<Option<usize>, Failure> {
        Ok(None)
    }

    /// Moves several accounts by one call, sent once. Accounts that the answer does not name are not in the result.
    ///
    /// # Errors
    /// `Unsupported` where the provider, or this server, has no such call: nothing was moved then.
    async fn move_batch(&self, accounts: &[AccountId], to: &OrganizationId) -> Result<Vec<BatchMoved>, Failure> {
        let _ = (accounts, to);
        Err(not_offered(self.spec(), Capability::BatchMove))
    }

    /// The exact request that [`Provider::execute`] would send, secrets masked. No request is made.
    ///
    /// # Errors
    /// `Unsupported` if the provider has no such write.
    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        Err(not_offered(self.spec(), Capability::of(change.kind, &change.subject)))
    }

    /// Sends one change, once. The change's values are complete. A failure's `delivery` says whether it can have had
    /// an effect.
    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        Err(not_offered(self.spec(), Capability::of(change.kind, &change.subject)))
    }
}

/// The failure of a call that a provider does not have.
#[must_use]
pub fn unsupported(spec: &Spec, what: &str) -> Failure {
    Failure::new(FailureKind::Unsupported, what, format!("{} offers no {what}", spec.title))
}

/// The failure of a call that a provider does not have, with the reason that its capabilities give.
#[must_use]
pub fn not_offered(spec: &Spec, capability: Capability) -> Failure {
    match spec.offer(capability) {
        Offer::No(reason) => Failure::new(FailureKind::Unsupported, spec.title, reason),
        Offer::Yes => unsupported(spec, "such call"),
    }
}

/// Fetches a credential from its sources; called on first use and once more after an authentication failure.
pub type CredentialSource = Arc<dyn Fn() -> BoxFuture<'static, Result<Credentials, Failure>> + Send + Sync>;

/// Hears of every request as it starts, is retried and ends.
pub type Recorder = Arc<dyn Fn(RequestRecord) + Send + Sync>;

/// Tells the time (milliseconds since 1970): rooms that may not read a clock are handed one.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What a connection hands to its provider.
#[derive(Clone)]
pub struct Settings {
    /// The connection's name: part of every account's key.
    pub connection: crate::domain::ConnectionName,
    /// Where the API is, with its path and without a slash at the end; `None` for the provider's public one.
    pub base_url: Option<String>,
    /// The part of a known limit that this program may use, 0 to 1.
    pub budget: f32,
    /// Where the credential comes from.
    pub credentials: CredentialSource,
    /// Who hears of requests.
    pub recorder: Recorder,
    /// Where the time comes from.
    pub clock: Clock,
    /// How requests go out.
    pub net: Arc<http::Net>,
}

/// A kind of provider: its data, and how to open a connection. Opening makes no request and reads no credential.
pub struct Kind {
    /// What it is and can do.
    pub spec: &'static Spec,
    /// Opens a connection.
    ///
    /// # Errors
    /// A base URL that can't be used: not https and not loopback, or no URL at all.
    pub open: fn(Settings) -> Result<Arc<dyn Provider>, Failure>,
}

/// All providers, one line each.
#[must_use]
pub fn registry() -> &'static [Kind] {
    const {
        &[
            Kind { spec: &cloudflare::SPEC, open: cloudflare::open },
            Kind { spec: &cloud66::SPEC, open: cloud66::open },
            Kind { spec: &landscape::SPEC, open: landscape::open },
            Kind { spec: &huawei::SPEC, open: huawei::open },
            Kind { spec: &aws::SPEC, open: aws::open },
        ]
    }
}
