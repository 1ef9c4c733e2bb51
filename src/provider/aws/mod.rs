//! AWS Organizations and AWS Account Management: accounts, root and OUs, contact information.
//!
//! Facts are cited where they are used, with how sure they are: "AWS documentation", "AWS's model" (the description of
//! its API that its SDKs are made of), "reported live" (by third parties), "assumption".

mod contacts;
mod dialect;
mod effects;
mod listing;
mod refusal;
mod rows;
mod signature;
mod spec;
mod walk;
mod wire;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::future::join_all;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::dialect::{AwsDialect, CONTENT_TYPE, Host, TARGET, account_url};
use self::refusal::NO_ORGANIZATION;
use self::rows::{Rows, parent_ref};
use self::walk::{Place, Walks};
use self::wire::{Envelope, above, filled, is_root, parse};
use self::writes::Sent;
use super::http::{Answer, Client, Effect, Method, Operation, Policy};
use super::{
    Capability, ClosingQuota, Cursor, DetailOptions, Executed, ListScope, OrganizationScope, Page, Progress, Provider,
    RequestBudget, Settings, Spec, not_offered, unsupported,
};
use crate::domain::{
    Account, AccountId, Change, ChangeKind, ConnectionName, Failure, FailureKind, Identity, Lineage, Organization,
    OrganizationId, Profile, ProviderId, RequestPreview, SideEffect, Subject, Untrusted,
};

pub use self::spec::SPEC;

/// The most levels between an account and the root: OUs nest 5 deep (AWS documentation), and limits are raised.
const DEEPEST: usize = 10;

/// How many accounts AWS closes. Its documents differ: 10 % within 30 days and 10 at least, or 20 % and 250; what all of
/// them forbid is refused here, the rest is AWS's to refuse.
const CLOSING: ClosingQuota = ClosingQuota { at_once: 3, days: 30, percent: 20, least: 250, most: 1_000 };

/// What is known of whose the key is.
#[derive(Debug, Default)]
struct Known {
    /// The organization's management account.
    management: Told,
    /// The key's own account.
    caller: Told,
}

/// An account that somebody has to say.
#[derive(Clone, Debug, Default)]
enum Told {
    /// Nobody was asked yet.
    #[default]
    Unasked,
    /// What the answer named, if it named any.
    As(Option<AccountId>),
}

impl Told {
    fn account(&self) -> Option<AccountId> {
        match self {
            Self::Unasked => None,
            Self::As(account) => account.clone(),
        }
    }
}

/// A connection to AWS.
pub struct Aws {
    organizations: Client,
    account_service: Client,
    connection: ConnectionName,
    provider: ProviderId,
    known: Mutex<Known>,
    walks: Walks,
}

/// Opens a connection. Nothing is asked or read yet.
///
/// # Errors
/// A base URL that can't be used.
pub fn open(settings: Settings) -> Result<Arc<dyn Provider>, Failure> {
    Ok(Arc::new(Aws::new(settings, Policy::DEFAULT)?))
}

/// A call of Organizations: JSON 1.1, all calls at one path, told apart by a header.
fn organizations_call(call: &'static str, body: Value) -> Operation {
    let read = Operation { method: Method::Post, effect: Effect::Read, body: Some(body), ..Operation::read(&[]) };
    read.folder()
        .open()
        .calling(call)
        .with_header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .with_header(TARGET, format!("AWSOrganizationsV20161128.{call}"))
}

/// A call of the account service: REST JSON, a path each.
fn account_call(call: &'static str, body: Value) -> Operation {
    let read = Operation { method: Method::Post, effect: Effect::Read, body: Some(body), ..Operation::read(&[call]) };
    read.open().with_header(CONTENT_TYPE, "application/json")
}

impl Aws {
    /// Opens a connection with another patience than the usual one.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn new(settings: Settings, policy: Policy) -> Result<Self, Failure> {
        let connection = settings.connection.clone();
        let account_url = settings.base_url.as_deref().map(account_url);
        let organizations = Client::open(settings, Arc::new(AwsDialect { host: Host::Organizations }), policy)?;
        let account_service = organizations.also_at(account_url, Arc::new(AwsDialect { host: Host::Account }))?;
        Ok(Self {
            organizations,
            account_service,
            connection,
            provider: SPEC.id(),
            known: Mutex::default(),
            walks: Walks::default(),
        })
    }

    fn rows(&self) -> Rows<'_> {
        Rows { connection: &self.connection, provider: &self.provider }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing that runs under the lock leaves it half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, call: &'static str, body: Value) -> Result<Answer, Failure> {
        self.organizations.send(&organizations_call(call, body)).await
    }

    /// One object, made a noun by `make`; `None` from it is an answer of another shape.
    async fn one<T>(
        &self,
        call: &'static str,
        body: Value,
        name: &str,
        make: impl FnOnce(&RawValue) -> Option<T>,
    ) -> Result<T, Failure> {
        let answer = self.call(call, body).await?;
        let made = Envelope::read(answer.json.as_deref()).one(name).and_then(make);
        made.ok_or_else(|| answer.unreadable(format!("the answer holds no {name} with an id")))
    }

    /// What stands directly above an account or OU; `None` for a root.
    async fn parent_of(&self, id: &str) -> Result<Option<OrganizationId>, Failure> {
        if is_root(id) {
            return Ok(None);
        }
        let make = |raw: &RawValue| filled(&parse(raw), "Id").map(|id| OrganizationId::new(id.raw()));
        let parents = self.few("ListParents", json!({"ChildId": id}), "Parents", make).await?;
        Ok(parents.into_iter().find(|above| above.as_str() != id))
    }

    /// The way to an account, root first: by its paths, else climbed one request a level.
    async fn way(&self, id: &AccountId) -> Result<Vec<OrganizationId>, Failure> {
        let body = json!({"AccountId": id.as_str()});
        let row = self.one("DescribeAccount", body, "Account", |raw| Some(parse(raw))).await?;
        if let Some(way) = above(&row, id.as_str()) {
            return Ok(way);
        }
        let mut climbed: Vec<OrganizationId> = Vec::new();
        let mut next = self.parent_of(id.as_str()).await?;
        while let Some(above) = next {
            if climbed.contains(&above) || climbed.len() == DEEPEST {
                break;
            }
            // What stands above a place that is closed to this key nobody tells: the way begins there.
            next = match self.parent_of(above.as_str()).await {
                Err(failure) if failure.kind == FailureKind::Forbidden => None,
                next => next?,
            };
            climbed.push(above);
        }
        climbed.reverse();
        Ok(climbed)
    }

    /// A root or OU, without what stands above it.
    async fn place(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        if is_root(id.as_str()) {
            let roots = self.every_root().await?;
            return roots.into_iter().find(|root| root.key.id == *id).ok_or_else(|| {
                let what = format!("the root {id}");
                Failure::new(FailureKind::NotFound, what, "the organization of this key has no such root")
            });
        }
        let rows = self.rows();
        let body = json!({"OrganizationalUnitId": id.as_str()});
        let make = |raw: &RawValue| rows.organization(raw, None);
        self.one("DescribeOrganizationalUnit", body, "OrganizationalUnit", make).await
    }

    /// The organization of the key's account; `None` if it is in none or may not know it.
    async fn own_organization(&self) -> Result<Option<Value>, Failure> {
        let answer = match self.call("DescribeOrganization", json!({})).await {
            Ok(answer) => answer,
            // Both come from behind the signature's check: the key is good.
            Err(failure) if is_without_organization(&failure) || failure.kind == FailureKind::Forbidden => {
                self.known().management = Told::As(None);
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        let organization = Envelope::read(answer.json.as_deref()).one("Organization").map(parse);
        let organization = organization.ok_or_else(|| answer.unreadable("the answer holds no Organization"))?;
        let management = filled(&organization, "MasterAccountId").map(|id| AccountId::new(id.raw()));
        self.known().management = Told::As(management);
        Ok(Some(organization))
    }

    /// The organization's management account, asked for once; `None` where nobody says it.
    async fn management(&self) -> Result<Option<AccountId>, Failure> {
        let known = self.known().management.clone();
        if let Told::As(management) = known {
            return Ok(management);
        }
        self.own_organization().await?;
        Ok(self.known().management.account())
    }

    /// The request of a change, with what has to be known for it.
    async fn prepared(&self, change: &Change) -> Result<Sent, Failure> {
        let management = match (change.kind, &change.subject) {
            (ChangeKind::Profile | ChangeKind::UpdateAccount, Subject::Account(key)) => self.own(&key.id).await?,
            (ChangeKind::CloseAccount, _) => self.management().await?,
            _ => None,
        };
        writes::operation(change, management.as_ref())
    }

    fn client(&self, host: Host) -> &Client {
        match host {
            Host::Organizations => &self.organizations,
            Host::Account => &self.account_service,
        }
    }
}

fn page_of<T>(rows: Vec<T>) -> Page<T> {
    Page { rows, next: None, total: None, pages: None, messages: Vec::new(), holds: Vec::new() }
}

/// Whether the key's account is in no organization: a state, not a fault.
fn is_without_organization(failure: &Failure) -> bool {
    failure.items.iter().any(|item| item.code.as_ref().is_some_and(|code| code.raw() == NO_ORGANIZATION))
}

/// Nothing, with a word why, where there is no organization.
fn or_none<T>(result: Result<Page<T>, Failure>) -> Result<Page<T>, Failure> {
    match result {
        Err(failure) if is_without_organization(&failure) => {
            let message = format!("{}: there is nothing to list", failure.cause);
            Ok(Page { messages: vec![Untrusted::from(message)], ..page_of(Vec::new()) })
        }
        other => other,
    }
}

/// The plain token of a listing without a walk.
fn plain(cursor: &Cursor) -> Option<&str> {
    match cursor {
        Cursor::Token(token) => Some(token),
        Cursor::First | Cursor::Page(_) => None,
    }
}

fn paged<T>((page, next): (Page<T>, Option<String>)) -> Page<T> {
    Page { next: next.map(Cursor::Token), ..page }
}

#[async_trait]
impl Provider for Aws {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.organizations.budget().await
    }

    fn is_identified(&self) -> bool {
        self.organizations.is_identified()
    }

    /// Any member may ask (AWS documentation), so this says nothing about what the key may do. A temporary key has another
    /// id each time it is made: it is called so, lest every new one be taken for somebody else.
    async fn identity(&self) -> Result<Identity, Failure> {
        *self.known() = Known::default();
        let organization = self.own_organization().await?;
        let credentials = self.organizations.credentials().await?;
        let key = signature::key(&credentials);
        let is_temporary = key.is_some_and(|key| key.token.is_some());
        let user = match key {
            Some(key) if is_temporary && organization.is_some() => key.words(),
            Some(key) => key.id,
            None => "",
        };
        self.organizations.identified();
        let names = ["Id", "MasterAccountId"];
        Ok(Identity {
            provider: self.provider.clone(),
            origin: self.organizations.endpoint().origin(),
            user: Untrusted::new(user),
            credential: key.map_or("access key", |key| key.words()).to_owned(),
            organization: organization.and_then(|row| names.iter().find_map(|name| filled(&row, name))),
            expires_at: None,
        })
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        if scope.parameters.iter().any(|(_, value)| !value.is_empty()) {
            return Err(not_offered(&SPEC, Capability::RemoteSearch));
        }
        let mut page = match &scope.organization {
            Some(place) => self.accounts_in(place, plain(cursor)).await.map(paged),
            None => or_none(self.all_accounts(Place::read(cursor)?).await),
        }?;
        if scope.extra {
            // Asked for by name only: no listing gives it, so it is one account after the other, some at a time.
            page.rows = join_all(page.rows.into_iter().map(|account| self.in_full(account))).await;
        }
        Ok(page)
    }

    async fn account(&self, id: &AccountId, options: DetailOptions) -> Result<Account, Failure> {
        let rows = self.rows();
        let body = json!({"AccountId": id.as_str()});
        let mut account = self.one("DescribeAccount", body, "Account", |raw| rows.account(raw, None)).await?;
        if account.parent.is_none() {
            // A server that is older than the paths; where it stands is no reason not to show the rest.
            account.parent = self.parent_of(id.as_str()).await.ok().flatten().map(parent_ref);
        }
        Ok(if options.extra { self.in_full(account).await } else { account })
    }

    async fn organizations(&self, scope: &OrganizationScope, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        match scope {
            OrganizationScope::Every => or_none(self.every_unit(Place::read(cursor)?).await),
            OrganizationScope::Roots => or_none(self.roots(plain(cursor)).await.map(paged)),
            OrganizationScope::Below(id) => self.units(id, plain(cursor)).await.map(paged),
        }
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        let mut place = self.place(id).await?;
        if place.parent.is_none() {
            place.parent = self.parent_of(id.as_str()).await?.map(parent_ref);
        }
        Ok(place)
    }

    /// Where nobody tells the name of a place on the way it stands there by its id.
    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        let way = self.way(id).await?;
        let named = join_all(way.iter().map(|place| self.place(place))).await;
        let rows = self.rows();
        let mut above = None;
        let mut steps = Vec::new();
        for (id, place) in way.into_iter().zip(named) {
            let place = match place {
                Ok(place) => place,
                Err(failure) if failure.kind == FailureKind::Forbidden => rows.bare(&id),
                Err(failure) => return Err(failure),
            };
            let parent: Option<OrganizationId> = match above {
                Some(above) => Some(above),
                // A way that was cut off does not begin at a root: its first row names a parent that is not there.
                None => match self.parent_of(id.as_str()).await {
                    // It is not called the root: nobody tells what stands above it.
                    Err(failure) if failure.kind == FailureKind::Forbidden => Some(OrganizationId::new("")),
                    parent => parent?,
                },
            };
            above = Some(id);
            steps.push(Organization { parent: parent.map(parent_ref), ..place });
        }
        Ok(Lineage::new(steps))
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        match subject {
            Subject::Account(key) => self.contact_information(subject, key).await,
            Subject::Organization(_) | Subject::Connection(_) => {
                Err(not_offered(&SPEC, Capability::ReadOrganizationProfile))
            }
        }
    }

    async fn progress(&self, kind: ChangeKind, operation: &str) -> Result<Progress, Failure> {
        match kind {
            ChangeKind::CreateAccount => {
                let body = json!({"CreateAccountRequestId": operation});
                let answer = self.call("DescribeCreateAccountStatus", body).await?;
                let status = Envelope::read(answer.json.as_deref()).one("CreateAccountStatus").map(parse);
                let status = status.ok_or_else(|| answer.unreadable("the answer holds no CreateAccountStatus"))?;
                Ok(writes::creation(&status, &answer))
            }
            ChangeKind::CloseAccount => {
                let id = AccountId::new(operation);
                match self.account(&id, DetailOptions::default()).await {
                    Ok(account) => Ok(writes::closing(account.status.unwrap_or_default().raw(), &id)),
                    // Closed and no longer listed.
                    Err(failure) if failure.kind == FailureKind::NotFound => Ok(Progress::Done(None)),
                    Err(failure) => Err(failure),
                }
            }
            ChangeKind::Profile
            | ChangeKind::CreateStandalone
            | ChangeKind::UpdateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::MoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization
            | ChangeKind::DeleteOrganization => {
                Err(unsupported(&SPEC, "such operations that go on after their answer"))
            }
        }
    }

    /// Whether the management account's id is left out is known once it was asked who that is.
    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        let management = self.known().management.account();
        let Sent { host, operation } = writes::operation(change, management.as_ref())?;
        let path = self.client(host).endpoint().url(&operation)?.path().to_owned();
        Ok(RequestPreview {
            method: operation.method.word().to_owned(),
            path: operation.call.map_or_else(|| path.clone(), |call| format!("{path} {call}")),
            body: operation.body.unwrap_or(Value::Null),
        })
    }

    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        effects::of(change).into_iter().map(SideEffect::from).collect()
    }

    fn closing_quota(&self) -> Option<ClosingQuota> {
        Some(CLOSING)
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        let Sent { host, operation } = self.prepared(change).await?;
        let answer = self.client(host).send(&operation).await?;
        let executed = writes::executed(self.rows(), change, &answer)?;
        Ok(Executed { resent: answer.resent, request_id: answer.request_id, ..executed })
    }
}
