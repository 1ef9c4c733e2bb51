//! Cloudflare: accounts, organizations and their profiles.
//!
//! Facts are cited where they are used, with how sure they are: "Cloudflare schema" (official schema or SDK source),
//! "reported live" (by third parties), "assumption". The organization family is in public beta since April 2026.

mod dialect;
mod effects;
mod listing;
mod rows;
mod spec;
mod wire;
mod writes;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::Value;
use serde_json::value::RawValue;

use self::dialect::{CloudflareDialect, Kind, is_about_organizations, not_accepted, organizations_closed};
use self::listing::{PAGE_SIZE, PER_PAGE};
use self::rows::Rows;
use self::wire::{AccountRow, Envelope, TokenRow};
use super::http::{Answer, Client, Operation, Policy};
use super::{
    BatchMoved, Cursor, DetailOptions, Executed, ListScope, OrganizationScope, Page, Provider, Settings, Spec,
};
use crate::domain::{
    Account, AccountId, Change, ChangeKind, ConnectionName, Credentials, Failure, FailureKind, Identity, Lineage,
    Organization, OrganizationId, Profile, ProviderId, RequestPreview, Secret, SideEffect, Subject, Untrusted,
};
use crate::provider::RequestBudget;

pub use self::spec::SPEC;

/// A connection to Cloudflare.
pub struct Cloudflare {
    client: Client,
    connection: ConnectionName,
    provider: ProviderId,
    /// The server refused our page size in the organization family; its default is taken from then on.
    takes_no_page_size: AtomicBool,
}

/// Opens a connection. Nothing is asked or read yet.
///
/// # Errors
/// A base URL that can't be used.
pub fn open(settings: Settings) -> Result<Arc<dyn Provider>, Failure> {
    Ok(Arc::new(Cloudflare::new(settings, Policy::DEFAULT)?))
}

impl Cloudflare {
    /// Opens a connection with another patience than the usual one.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn new(settings: Settings, policy: Policy) -> Result<Self, Failure> {
        let connection = settings.connection.clone();
        Ok(Self {
            client: Client::open(settings, Arc::new(CloudflareDialect), policy)?,
            connection,
            provider: SPEC.id(),
            takes_no_page_size: AtomicBool::new(false),
        })
    }

    fn rows(&self) -> Rows<'_> {
        Rows { connection: &self.connection, provider: &self.provider }
    }

    /// One object, made a noun by `make`; `None` from it is an answer of another shape.
    async fn one<T>(&self, operation: &Operation, make: impl FnOnce(&RawValue) -> Option<T>) -> Result<T, Failure> {
        let answer = self.client.send(operation).await?;
        let envelope = envelope(&answer)?;
        envelope.result.and_then(make).ok_or_else(|| answer.unreadable("the answer holds no record with an id"))
    }

    /// A page whose next one is named by a token.
    async fn chained<T>(
        &self,
        operation: Operation,
        cursor: &Cursor,
        has_page_size: bool,
        make: impl Fn(&RawValue) -> Option<T>,
    ) -> Result<Page<T>, Failure> {
        let operation = match cursor {
            Cursor::Token(token) => operation.with("page_token", token),
            Cursor::First | Cursor::Page(_) => operation,
        };
        let asks_size = !has_page_size && !self.takes_no_page_size.load(Ordering::Relaxed);
        let sized = asks_size.then(|| operation.clone().with("page_size", PAGE_SIZE.to_string()));
        let answer = match self.client.send(sized.as_ref().unwrap_or(&operation)).await {
            Err(failure) if asks_size && failure.status == Some(400) => {
                // Perhaps the size: its upper limit is not documented. If not, the second refusal says what.
                let answer = self.client.send(&operation).await?;
                self.takes_no_page_size.store(true, Ordering::Relaxed);
                answer
            }
            other => other?,
        };
        let envelope = envelope(&answer)?;
        let (rows, messages) = rows_and_messages(&answer, &envelope, make)?;
        Ok(Page {
            rows,
            next: listing::chained(&envelope),
            total: envelope.info().total_size(),
            pages: None,
            messages,
            holds: Vec::new(),
        })
    }

    /// All accounts that the credential sees, by numbered pages.
    async fn all_accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        let number = match cursor {
            Cursor::Page(number) => *number,
            Cursor::First | Cursor::Token(_) => 1,
        };
        let given = parameters(scope);
        let mut operation = Operation::read(&["accounts"]).with("page", number.to_string());
        if !given.iter().any(|(name, _)| name == "per_page") {
            operation = operation.with("per_page", PER_PAGE.to_string());
        }
        let is_filtered = given.iter().any(|(name, _)| name == "name");
        operation.query.extend(given);
        let answer = self.client.send(&operation).await.map_err(explain_listing)?;
        let envelope = envelope(&answer)?;
        let info = envelope.info();
        let rows = self.rows();
        let (rows, messages) = rows_and_messages(&answer, &envelope, |raw| rows.account(raw, None))?;
        let numbered = listing::numbered(number, rows.len(), is_filtered, &info);
        Ok(Page {
            rows,
            next: numbered.next,
            // The count ignores filters, so beside one it would be untrue.
            total: info.total_count().filter(|_| !is_filtered),
            pages: numbered.pages,
            messages,
            holds: Vec::new(),
        })
    }

    /// Tells "may not" from "is not signed in" for a call of the organization family. 401 with 10000 stands for both
    /// (reported live), so somebody has to ask whether the credential is good elsewhere.
    async fn explain_organizations(&self, mut failure: Failure) -> Failure {
        if failure.kind == FailureKind::Auth
            && failure.status == Some(401)
            && self.identity().await.is_ok()
            && let Ok(credentials) = self.client.credentials().await
        {
            let (cause, hint) = organizations_closed(&credentials);
            failure.kind = FailureKind::Forbidden;
            failure.cause = cause;
            failure.hint = Some(hint);
        }
        failure
    }

    /// Verifies a token as the user's own, else as one that an account owns.
    async fn token_identity(&self, credentials: &Credentials) -> Result<Identity, Failure> {
        let by_user = Operation::read(&["user", "tokens", "verify"]);
        let refused = match self.verify(&by_user.clone().probing()).await {
            Ok(token) => return self.token_owner(token, "API token", None),
            Err(failure) if is_answered_no(&failure.kind) => failure,
            Err(failure) => return Err(failure),
        };
        // To an account-owned token the listing shows its one account (reported live).
        let listed = self.all_accounts(&ListScope::all(), &Cursor::First).await;
        let first = listed.map_err(|failure| refuse_credential(failure, credentials))?;
        if let Some(account) = first.rows.first() {
            let id = account.key.id.as_str();
            let by_account = Operation::read(&["accounts", id, "tokens", "verify"]).probing();
            if let Ok(token) = self.verify(&by_account).await {
                return self.token_owner(token, "account-owned API token", Some(id));
            }
        }
        // The listing may have fetched the credential anew: ask once more before giving up.
        match self.verify(&by_user.probing()).await {
            Ok(token) => self.token_owner(token, "API token", None),
            Err(_) => Err(refused),
        }
    }

    async fn verify(&self, operation: &Operation) -> Result<TokenRow, Failure> {
        self.one(operation, |raw| serde_json::from_str(raw.get()).ok()).await
    }

    fn token_owner(&self, token: TokenRow, credential: &str, account: Option<&str>) -> Result<Identity, Failure> {
        let status = token.status.or_empty();
        if !matches!(status.raw(), "" | "active") {
            return Err(Failure::new(
                FailureKind::Auth,
                "verifying the API token",
                format!("the token is {}", status.shown()),
            )
            .with_hint("make a new one at https://dash.cloudflare.com/profile/api-tokens"));
        }
        Ok(Identity {
            provider: self.provider.clone(),
            origin: self.client.endpoint().origin(),
            organization: account.map(Untrusted::new),
            user: token.id.or_empty(),
            credential: credential.to_owned(),
            expires_at: token.expires_on.filled(),
        })
    }

    /// Sends an update again with the account's type, after a server refused it for lacking one: as the schema has it, and
    /// not as live servers are reported to do. The type is read just before, so that it stays what it is.
    async fn update_with_type(
        &self,
        change: &Change,
        update: Operation,
        refused: Failure,
    ) -> Result<Executed, Failure> {
        let read = Operation::read(&["accounts", change.subject.id()]);
        let kind = self.one(&read, |raw| AccountRow::read(raw).kind.filled()).await;
        // A refusal has no effect: without a type to send it stays the last word.
        let Ok(kind) = kind else { return Err(refused) };
        let answer = self.client.send(&writes::with_type(update, &kind)).await.map_err(|mut failure| {
            failure.resent += refused.resent;
            failure
        })?;
        let mut executed = writes::executed(self.rows(), change, &answer)?;
        executed.resent += refused.resent;
        executed.messages.push(Untrusted::from(format!(
            "this server wants the account's type in an update: it was sent with {} as it is",
            kind.raw()
        )));
        Ok(executed)
    }

    /// Whether a profile's 404 means that its subject is there and has none. One more read, unless the words say it.
    async fn has_no_profile(&self, subject: &Subject, failure: &Failure) -> Result<bool, Failure> {
        if failure.kind != FailureKind::NotFound || has_code(failure, "7003") {
            return Ok(false);
        }
        let says_profile = |text: &Untrusted| text.raw().to_lowercase().contains("profile");
        if failure.items.iter().any(|item| says_profile(&item.message)) {
            return Ok(true);
        }
        let found = self.client.send(&Operation::read(&home(subject))).await;
        match found {
            Ok(_) => Ok(true),
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

#[async_trait]
impl Provider for Cloudflare {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.client.budget().await
    }

    fn is_identified(&self) -> bool {
        self.client.is_identified()
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        let credentials = self.client.credentials().await?;
        if Kind::of(&credentials) != Some(Kind::Key) {
            let identity = self.token_identity(&credentials).await?;
            self.client.identified();
            return Ok(identity);
        }
        // 5 is the smallest page (Cloudflare schema); the rows are not looked at.
        let cheap = Operation::read(&["accounts"]).with("per_page", "5");
        self.client.send(&cheap).await.map_err(|failure| refuse_credential(failure, &credentials))?;
        self.client.identified();
        Ok(Identity {
            provider: self.provider.clone(),
            origin: self.client.endpoint().origin(),
            organization: None,
            user: Untrusted::new(credentials.get("email").map_or("", Secret::expose)),
            credential: Kind::Key.words().to_owned(),
            expires_at: None,
        })
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        let Some(organization) = &scope.organization else {
            return self.all_accounts(scope, cursor).await;
        };
        let mut operation = Operation::read(&["organizations", organization.as_str(), "accounts"]);
        operation.query = parameters(scope);
        let has_size = operation.query.iter().any(|(name, _)| name == "page_size");
        let rows = self.rows();
        let page = self.chained(operation, cursor, has_size, |raw| rows.account(raw, Some(organization))).await;
        match page {
            Ok(page) => Ok(page),
            Err(failure) => Err(self.explain_organizations(failure).await),
        }
    }

    async fn account(&self, id: &AccountId, _options: DetailOptions) -> Result<Account, Failure> {
        let rows = self.rows();
        self.one(&Operation::read(&["accounts", id.as_str()]), |raw| rows.account(raw, None)).await
    }

    async fn organizations(&self, scope: &OrganizationScope, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        let operation = Operation::read(&["organizations"]);
        let operation = match scope {
            OrganizationScope::Every => operation,
            // The word `null` means "those without a parent" (Cloudflare schema).
            OrganizationScope::Roots => operation.with("parent.id", "null"),
            OrganizationScope::Below(id) => operation.with("parent.id", id.as_str()),
        };
        let rows = self.rows();
        let page = self.chained(operation, cursor, false, |raw| rows.organization(raw)).await;
        match page {
            Ok(page) => Ok(page),
            Err(failure) => Err(self.explain_organizations(failure).await),
        }
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        let rows = self.rows();
        let operation = Operation::read(&["organizations", id.as_str()]);
        match self.one(&operation, |raw| rows.organization(raw)).await {
            Ok(organization) => Ok(organization),
            Err(failure) => Err(self.explain_organizations(failure).await),
        }
    }

    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        let operation = Operation::read(&["accounts", id.as_str(), "organizations"]);
        let answer = match self.client.send(&operation).await {
            Ok(answer) => answer,
            Err(failure) => return Err(self.explain_organizations(failure).await),
        };
        let envelope = envelope(&answer)?;
        let rows = self.rows();
        let (steps, _) = rows_and_messages(&answer, &envelope, |raw| rows.organization(raw))?;
        Ok(Lineage::new(steps))
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        let failure = match self.client.send(&profile_operation(subject)).await {
            Ok(answer) => {
                let envelope = envelope(&answer)?;
                let found: Option<Value> = envelope.result.and_then(|raw| serde_json::from_str(raw.get()).ok());
                let has_shape = found.as_ref().is_none_or(Value::is_object);
                return if has_shape {
                    Ok(rows::profile(subject, found.as_ref()))
                } else {
                    Err(answer.unreadable("the profile is no object"))
                };
            }
            Err(failure) => failure,
        };
        if self.has_no_profile(subject, &failure).await? {
            return Ok(rows::profile(subject, None));
        }
        Err(match subject {
            Subject::Account(_) | Subject::Connection(_) => failure,
            Subject::Organization(_) => self.explain_organizations(failure).await,
        })
    }

    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        let operation = writes::operation(change)?;
        let url = self.client.endpoint().url(&operation)?;
        Ok(RequestPreview {
            method: operation.method.word().to_owned(),
            path: url.path().to_owned(),
            body: operation.body.unwrap_or(Value::Null),
        })
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        let operation = writes::operation(change)?;
        let sent = match self.client.send(&operation).await {
            Ok(answer) => writes::executed(self.rows(), change, &answer),
            Err(failure) if change.kind == ChangeKind::UpdateAccount && writes::wants_type(&failure) => {
                self.update_with_type(change, operation.clone(), failure).await
            }
            Err(failure) => Err(failure),
        };
        match sent {
            Err(failure) if is_about_organizations(&operation) => Err(self.explain_organizations(failure).await),
            other => other,
        }
    }

    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        effects::of(self, change).await
    }

    async fn move_batch(&self, accounts: &[AccountId], to: &OrganizationId) -> Result<Vec<BatchMoved>, Failure> {
        match self.client.send(&writes::batch(accounts, to)).await {
            Ok(answer) => writes::batch_moved(&answer),
            Err(failure) => Err(writes::without_batch(self.explain_organizations(failure).await)),
        }
    }
}

fn envelope(answer: &Answer) -> Result<Envelope<'_>, Failure> {
    answer.decode()
}

/// The rows that can be used and the messages; how many can't be used is a message too, so that no row is lost unseen.
fn rows_and_messages<T>(
    answer: &Answer,
    envelope: &Envelope<'_>,
    make: impl Fn(&RawValue) -> Option<T>,
) -> Result<(Vec<T>, Vec<Untrusted>), Failure> {
    let all = envelope.rows().ok_or_else(|| answer.unreadable("the answer holds no list"))?;
    let rows: Vec<T> = all.iter().filter_map(|raw| make(raw)).collect();
    let mut messages = envelope.message_texts();
    let lost = all.len() - rows.len();
    if lost > 0 {
        messages.push(Untrusted::from(format!("{lost} of {} rows hold no id and were left out", all.len())));
    }
    Ok((rows, messages))
}

/// The caller's list parameters that are set, without those of paging: the cursor has them.
fn parameters(scope: &ListScope) -> Vec<(String, String)> {
    scope
        .parameters
        .iter()
        .filter(|(name, value)| !value.is_empty() && name != "page_token" && name != "page")
        .cloned()
        .collect()
}

/// What an account-owned token was told by the accounts listing in 2024 (reported live: 400 with 1001); since then the
/// listing answers with the one account.
fn explain_listing(mut failure: Failure) -> Failure {
    let is_about_owner = failure.items.iter().any(|item| {
        let text = item.message.raw().to_lowercase();
        text.contains("token") && (text.contains("account") || text.contains("support"))
    });
    if failure.status == Some(400) && has_code(&failure, "1001") && is_about_owner {
        failure.cause = "this token is owned by an account, and the list of accounts takes only a user's token".into();
        failure.hint = Some(
            "use a user's API token or an e-mail with its Global API Key; single accounts can be asked for by id"
                .into(),
        );
    }
    failure
}

/// Everybody may list the accounts that they see and verify their own token: a credential that may not is none, also
/// where the status is 403 (reported live with 10000 and 9109).
fn refuse_credential(mut failure: Failure, credentials: &Credentials) -> Failure {
    if failure.kind == FailureKind::Forbidden {
        let (cause, hint) = not_accepted(credentials);
        failure.kind = FailureKind::Auth;
        failure.cause = cause;
        failure.hint = Some(hint);
    }
    failure
}

fn has_code(failure: &Failure, code: &str) -> bool {
    failure.items.iter().any(|item| item.code.as_ref().is_some_and(|own| own.raw() == code))
}

/// Whether the provider answered that this is not for this credential, in one of the ways it has.
fn is_answered_no(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::Auth | FailureKind::Forbidden | FailureKind::NotFound | FailureKind::Refused)
}

fn home(subject: &Subject) -> [&str; 2] {
    match subject {
        Subject::Account(key) => ["accounts", key.id.as_str()],
        Subject::Organization(key) => ["organizations", key.id.as_str()],
        // No connection has a profile: such a path is not found.
        Subject::Connection(name) => ["connections", name.as_str()],
    }
}

fn profile_operation(subject: &Subject) -> Operation {
    let [family, id] = home(subject);
    Operation::read(&[family, id, "profile"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureItem;

    #[test]
    fn a_listing_refused_to_an_account_owned_token_is_explained() {
        let refused = |message: &str| {
            let mut failure = Failure::new(FailureKind::Refused, "GET /accounts", "x");
            failure.status = Some(400);
            failure.items = vec![FailureItem {
                code: Some(Untrusted::new("1001")),
                message: Untrusted::new(message),
                ..FailureItem::default()
            }];
            explain_listing(failure)
        };
        let explained = refused("Account-owned tokens are not supported for this endpoint");
        assert!(explained.cause.contains("owned by an account"));
        assert_eq!(refused("per_page is out of range").cause, "x");
    }

    #[test]
    fn empty_parameters_and_those_of_paging_are_not_sent() {
        let scope = ListScope {
            organization: None,
            parameters: [("name.contains", "a"), ("direction", ""), ("page_token", "t")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            extra: false,
        };
        assert_eq!(parameters(&scope), [("name.contains".to_owned(), "a".to_owned())]);
    }
}
