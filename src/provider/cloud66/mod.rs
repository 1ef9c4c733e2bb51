//! Cloud 66: a flat list of accounts, and one-time passwords into its dashboard.
//!
//! Facts are cited where they are used, with how sure they are: "its documents" and "model page" (the vendor's pages for
//! version 3), "its help", "its source" (its own library and command line program), "assumption". The server's code is
//! closed and no recorded traffic is known.

mod dialect;
mod listing;
mod rows;
mod spec;
mod token;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;

use self::dialect::{Cloud66Dialect, OTP};
use self::rows::{PRIMARY, Rows};
use self::wire::Envelope;
use super::http::{Answer, Client, Method, Operation, Policy};
use super::{Capability, Cursor, DetailOptions, ListScope, Page, Provider, Settings, SignIn, Spec, not_offered};
use crate::domain::{
    Account, AccountId, ConnectionName, Delivery, Failure, FailureKind, Identity, ProviderId, Secret, Untrusted,
};
use crate::provider::RequestBudget;

pub use self::spec::SPEC;

/// How many pages of accounts beyond the first and the last one are looked through for the primary one when a connection
/// is asked who it is.
const PAGES_FOR_IDENTITY: usize = 4;

/// A connection to Cloud 66.
pub struct Cloud66 {
    client: Client,
    connection: ConnectionName,
    provider: ProviderId,
}

/// Opens a connection. Nothing is asked or read yet.
///
/// # Errors
/// A base URL that can't be used.
pub fn open(settings: Settings) -> Result<Arc<dyn Provider>, Failure> {
    Ok(Arc::new(Cloud66::new(settings, Policy::DEFAULT)?))
}

impl Cloud66 {
    /// Opens a connection with another patience than the usual one.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn new(mut settings: Settings, policy: Policy) -> Result<Self, Failure> {
        let connection = settings.connection.clone();
        let source = Arc::clone(&settings.credentials);
        settings.credentials = Arc::new(move || {
            let given = source();
            Box::pin(async move { token::plain(given.await?) })
        });
        Ok(Self { client: Client::open(settings, Arc::new(Cloud66Dialect), policy)?, connection, provider: SPEC.id() })
    }

    /// One page of accounts, 30 of them: no parameter for its size is documented, or sent by any client that is known.
    async fn page(&self, number: u32) -> Result<Page<Account>, Failure> {
        let operation = Operation::read(&["accounts"]).with("page", number.to_string());
        let answer = self.client.send(&operation).await?;
        let envelope = envelope(&answer)?;
        let listed = envelope.rows().ok_or_else(|| answer.unreadable("the answer holds no list"))?;
        let make = self.rows(false);
        let rows: Vec<Account> = listed.iter().filter_map(|raw| make.account(raw.get())).collect();
        let rest = listing::after(number, listed.len(), envelope.pagination());
        let mut messages = answer.notices.clone();
        let lost = listed.len() - rows.len();
        if lost > 0 {
            messages.push(Untrusted::from(format!("{lost} of {} rows hold no id and were left out", listed.len())));
        }
        if rest.loops {
            let ends = if rest.next.is_some() { "the next one is asked all the same" } else { "the list ends there" };
            messages.push(Untrusted::from(format!("page {number} names no later page as its next one: {ends}")));
        }
        Ok(Page { rows, next: rest.next, total: rest.total, pages: rest.pages, messages, holds: Vec::new() })
    }

    fn rows(&self, has_extra: bool) -> Rows<'_> {
        Rows { connection: &self.connection, provider: &self.provider, has_extra }
    }

    /// The account that is marked as the user's own, if one of a few pages has it: the first ones, and the last one,
    /// because the order is not documented and that account is often the user's oldest.
    async fn primary(&self) -> Result<Option<Account>, Failure> {
        let first = self.page(1).await?;
        let last = first.pages.filter(|last| *last > 1);
        let mut next = following(&first);
        let mut found = marked(first);
        if let (None, Some(last)) = (&found, last) {
            found = marked(self.page(last).await?);
        }
        for _ in 0..PAGES_FOR_IDENTITY {
            let (None, Some(number)) = (&found, next.filter(|next| Some(*next) != last)) else {
                break;
            };
            let page = self.page(number).await?;
            next = following(&page);
            found = marked(page);
        }
        Ok(found)
    }

    /// Asks for a one-time password. The documents say POST; Cloud 66's own library has used GET all along (its source), so
    /// a server that has nothing at POST is asked so. Each answer is another password: none is asked for twice by itself.
    async fn one_time_password(&self) -> Result<Answer, Failure> {
        let ask = |method| Operation { method, ..Operation::read(&["accounts", OTP]) }.once();
        let refused = match self.client.send(&ask(Method::Post)).await {
            Err(failure) if is_not_there(&failure) => failure,
            other => return other,
        };
        let answer = self.client.send(&ask(Method::Get)).await;
        answer.map_err(|failure| if is_not_there(&failure) { refused } else { failure })
    }

    /// Where people sign in: the web base, which is the API's without its path (the source of `cx login`).
    fn sign_in_page(&self) -> Result<String, Failure> {
        let base = self.client.endpoint().url(&Operation::read(&[]))?;
        let base = base.as_str().trim_end_matches('/');
        let web = base.rsplit_once("/api/").filter(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(format!("{}/otp", web.map_or(base, |(web, _)| web)))
    }
}

#[async_trait]
impl Provider for Cloud66 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.client.budget().await
    }

    /// No call that says who one is is known. The best that there is: the owner of the account that is marked as the
    /// user's primary one (model page: what the mark means; assumption: that its owner is the user). A token that may not
    /// list accounts was accepted all the same.
    fn is_identified(&self) -> bool {
        self.client.is_identified()
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        let found = match self.primary().await {
            Ok(found) => found,
            Err(failure) if failure.status == Some(403) => None,
            Err(failure) => return Err(failure),
        };
        let credentials = self.client.credentials().await?;
        let user = match &found {
            Some(account) => account.email.clone().unwrap_or_else(|| {
                Untrusted::from(format!("unknown user (primary account #{})", account.key.id.as_str()))
            }),
            None => Untrusted::new("unknown user (the token shows no primary account)"),
        };
        self.client.identified();
        Ok(Identity {
            provider: self.provider.clone(),
            origin: self.client.endpoint().origin(),
            organization: found.map(|account| Untrusted::new(account.key.id.as_str())),
            user,
            credential: "access token".into(),
            expires_at: credentials.get(token::EXPIRY).map(|expiry| Untrusted::new(expiry.expose())),
        })
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        if scope.organization.is_some() {
            return Err(not_offered(&SPEC, Capability::Hierarchy));
        }
        if scope.parameters.iter().any(|(_, value)| !value.is_empty()) {
            return Err(not_offered(&SPEC, Capability::RemoteSearch));
        }
        let number = match cursor {
            Cursor::Page(number) => *number,
            Cursor::First | Cursor::Token(_) => 1,
        };
        self.page(number).await
    }

    async fn account(&self, id: &AccountId, options: DetailOptions) -> Result<Account, Failure> {
        let mut operation = Operation::read(&["accounts", id.as_str()]);
        if is_one_time_password(id) {
            // Cloud 66 answers this address with a password (its library asks there by GET).
            return Err(Failure::new(FailureKind::NotFound, operation.what(), "this is no account's id"));
        }
        if options.extra {
            operation = operation.with("include_servers", "true");
        }
        let answer = self.client.send(&operation).await?;
        let account = envelope(&answer)?.record().and_then(|text| self.rows(options.extra).account(text));
        account.ok_or_else(|| answer.unreadable("the answer holds no account with an id"))
    }

    async fn sign_in(&self) -> Result<SignIn, Failure> {
        let page = self.sign_in_page()?;
        let answer = self.one_time_password().await?;
        let code = envelope(&answer)?.response().and_then(|response| response.text(OTP));
        // The words of this failure hold nothing of the body: a password may stand anywhere in it.
        let code = code.ok_or_else(|| answer.unreadable("the answer holds no one-time password"))?;
        Ok(SignIn { page, parameter: "otp", code: Secret::new(code.raw()), messages: answer.notices })
    }
}

/// The account of a page that is marked as the user's own.
fn marked(page: Page<Account>) -> Option<Account> {
    page.rows.into_iter().find(|row| row.kind.as_ref().is_some_and(|kind| kind.raw() == PRIMARY))
}

/// The number of the page after one.
fn following(page: &Page<Account>) -> Option<u32> {
    match page.next {
        Some(Cursor::Page(next)) => Some(next),
        Some(Cursor::First | Cursor::Token(_)) | None => None,
    }
}

fn envelope(answer: &Answer) -> Result<Envelope<'_>, Failure> {
    let read = answer.json.as_deref().and_then(Envelope::read);
    read.ok_or_else(|| answer.unreadable("the answer is not of the shape that Cloud 66's documents show"))
}

/// Whether a server has nothing at an address and method.
fn is_not_there(failure: &Failure) -> bool {
    matches!(failure.status, Some(404 | 405)) && failure.delivery == Delivery::Answered
}

/// Whether this is the address of the one-time passwords; an ending like `.json` leads there as well (its source).
fn is_one_time_password(id: &AccountId) -> bool {
    id.as_str().split('.').next().is_some_and(|stem| stem.trim().eq_ignore_ascii_case(OTP))
}
