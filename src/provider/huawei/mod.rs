//! Huawei Cloud Organizations: accounts, roots and OUs, contact data.
//!
//! Facts are cited where they are used, with how sure they are: "Huawei documentation", "Huawei SDK" (its source),
//! "reported live" (by third parties), "assumption".

mod dialect;
mod effects;
mod guard;
mod refusal;
mod rows;
mod signature;
mod spec;
mod wire;
mod writes;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use serde_json::value::RawValue;

use self::dialect::HuaweiDialect;
use self::guard::Guard;
use self::refusal::NO_ORGANIZATION;
use self::rows::{Contact, Entity, ROOT, Rows, UNIT, is_root};
use self::wire::{Envelope, filled, parse};
use self::writes::{ACCOUNTS, ORGANIZATIONS, UNITS, V1};
use super::http::{Answer, Client, Operation, Policy};
use super::{
    Capability, ClosingQuota, Cursor, DetailOptions, Executed, ListScope, Offer, OrganizationScope, Page, Progress,
    Provider, RequestBudget, Settings, Spec, unsupported,
};
use crate::domain::{
    Account, AccountId, Change, ChangeKind, ConnectionName, Failure, FailureKind, Identity, Lineage, Organization,
    OrganizationId, ParentRef, Profile, ProviderId, RequestPreview, SideEffect, Subject, Untrusted,
};

pub use self::spec::SPEC;

/// Rows of a page: the most that a listing with contact data takes. Without a limit 1000 is usual, but what happens to
/// that with contact data is not documented (Huawei documentation; its Terraform provider always sends 200).
const LIMIT: &str = "200";

/// The most levels between an account and the root: OUs nest 5 deep (Huawei documentation), and limits are raised.
const DEEPEST: usize = 10;

/// A connection to Huawei Cloud.
pub struct Huawei {
    client: Client,
    guard: Arc<Guard>,
    connection: ConnectionName,
    provider: ProviderId,
}

/// Opens a connection. Nothing is asked or read yet.
///
/// # Errors
/// A base URL that can't be used.
pub fn open(settings: Settings) -> Result<Arc<dyn Provider>, Failure> {
    Ok(Arc::new(Huawei::new(settings, Policy::DEFAULT)?))
}

impl Huawei {
    /// Opens a connection with another patience than the usual one.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn new(settings: Settings, policy: Policy) -> Result<Self, Failure> {
        let connection = settings.connection.clone();
        let guard = Arc::new(Guard::default());
        let dialect = Arc::new(HuaweiDialect { guard: Arc::clone(&guard) });
        let client = Client::open(guarded(settings, &guard), dialect, policy)?;
        Ok(Self { client, guard, connection, provider: SPEC.id() })
    }

    fn rows(&self) -> Rows<'_> {
        Rows { connection: &self.connection, provider: &self.provider }
    }

    async fn send(&self, operation: &Operation) -> Result<Answer, Failure> {
        let _turn = self.guard.turn().await;
        self.client.send(operation).await
    }

    /// One object, made a noun by `make`; `None` from it is an answer of another shape.
    async fn one<T>(
        &self,
        operation: &Operation,
        name: &str,
        make: impl FnOnce(&RawValue) -> Option<T>,
    ) -> Result<T, Failure> {
        let answer = self.send(operation).await?;
        let envelope = Envelope::read(answer.json.as_deref());
        let made = envelope.one(name).and_then(make);
        made.ok_or_else(|| answer.unreadable(format!("the answer holds no {name} with an id")))
    }

    /// A page of a list; rows of which nothing can be made are counted, so that none is lost unseen.
    async fn page<T>(
        &self,
        operation: Operation,
        cursor: &Cursor,
        name: &str,
        make: impl Fn(&RawValue) -> Option<T>,
    ) -> Result<Page<T>, Failure> {
        let operation = operation.with("limit", LIMIT);
        let operation = match cursor {
            Cursor::Token(marker) => operation.with("marker", marker),
            Cursor::First | Cursor::Page(_) => operation,
        };
        let answer = self.send(&operation).await?;
        let envelope = Envelope::read(answer.json.as_deref());
        let all =
            envelope.rows(name).ok_or_else(|| answer.unreadable(format!("the answer holds no list of {name}")))?;
        let rows: Vec<T> = all.iter().filter_map(|raw| make(raw)).collect();
        let lost = all.len() - rows.len();
        let messages = (lost > 0)
            .then(|| Untrusted::from(format!("{lost} of {} rows hold no id and were left out", all.len())))
            .into_iter()
            .collect();
        Ok(Page { next: envelope.next_marker().map(Cursor::Token), messages, ..page_of(rows) })
    }

    /// The roots. There is one in an organization (Huawei documentation: quota).
    async fn roots(&self, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        let rows = self.rows();
        self.page(family("roots"), cursor, "roots", |raw| rows.organization(raw, ROOT, None)).await
    }

    /// What stands directly below a root or OU: OUs as rows, accounts as what it holds.
    async fn below(&self, id: &OrganizationId, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        let rows = self.rows();
        let operation = family("entities").with("parent_id", id.as_str());
        let entities = self.page(operation, cursor, "entities", |raw| rows.entity(raw, Some(id))).await?;
        let mut page = Page { next: entities.next, messages: entities.messages, ..page_of(Vec::new()) };
        for entity in entities.rows {
            match entity {
                Entity::Account(account) => page.holds.push(account),
                // Nothing stands below itself.
                Entity::Organization(child) if child.key.id == *id => {}
                Entity::Organization(child) => page.rows.push(*child),
                Entity::Unknown(kind) => {
                    page.messages.push(Untrusted::from(format!("an entry of the unknown type {kind} was left out")));
                }
            }
        }
        Ok(page)
    }

    /// What stands directly above an account or OU; `None` for a root.
    async fn above(&self, id: &str) -> Result<Option<Organization>, Failure> {
        let rows = self.rows();
        let operation = family("entities").with("child_id", id);
        let entities = self.page(operation, &Cursor::First, "entities", |raw| rows.entity(raw, None)).await?;
        Ok(entities.rows.into_iter().find_map(|entity| match entity {
            Entity::Organization(above) if above.key.id.as_str() != id => Some(*above),
            Entity::Organization(_) | Entity::Account(_) | Entity::Unknown(_) => None,
        }))
    }

    /// The organization of the key's account; `None` if it is in none or may not know it.
    async fn own_organization(&self) -> Result<Option<Untrusted>, Failure> {
        let answer = match self.send(&Operation::read(&[V1, ORGANIZATIONS])).await {
            Ok(answer) => answer,
            // Both come from behind the signature's check: the key is good.
            Err(failure) if is_without_organization(&failure) || failure.kind == FailureKind::Forbidden => {
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        let organization = Envelope::read(answer.json.as_deref()).one("organization").map(parse);
        let organization = organization.ok_or_else(|| answer.unreadable("the answer holds no organization"))?;
        let names = ["id", "management_account_id", "management_account_name"];
        Ok(names.iter().find_map(|name| filled(&organization, name)))
    }

    async fn closing(&self, account: &str) -> Result<Progress, Failure> {
        // This list has no pages (Huawei SDK).
        let answer = self.send(&family("close-account-status")).await?;
        let envelope = Envelope::read(answer.json.as_deref());
        let statuses = envelope
            .rows("close_account_statuses")
            .ok_or_else(|| answer.unreadable("the answer holds no list of close_account_statuses"))?;
        if let Some(progress) = writes::closing(&statuses, account, &answer) {
            return Ok(progress);
        }
        match self.account(&AccountId::new(account), DetailOptions::default()).await {
            Ok(account) => {
                let status = account.status.unwrap_or_default();
                Ok(writes::closed(status.raw(), account.key.id.as_str()))
            }
            // Closed and no longer listed.
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(Progress::Done(None)),
            Err(failure) => Err(failure),
        }
    }
}

/// The same settings with a source that does not give out a key that Huawei Cloud has refused: after a refusal the
/// client fetches the credential once more, and only another one may go out.
fn guarded(settings: Settings, guard: &Arc<Guard>) -> Settings {
    let (source, clock, guard) = (Arc::clone(&settings.credentials), Arc::clone(&settings.clock), Arc::clone(guard));
    let credentials: super::CredentialSource = Arc::new(move || {
        let (fetched, clock, guard) = (source(), Arc::clone(&clock), Arc::clone(&guard));
        Box::pin(async move {
            let credentials = fetched.await?;
            guard.check(&credentials, clock())?;
            Ok(credentials)
        })
    });
    Settings { credentials, ..settings }
}

fn family(name: &str) -> Operation {
    Operation::read(&[V1, ORGANIZATIONS, name])
}

fn page_of<T>(rows: Vec<T>) -> Page<T> {
    Page { rows, next: None, total: None, pages: None, messages: Vec::new(), holds: Vec::new() }
}

fn with_contact(operation: Operation, contact: Contact) -> Operation {
    match contact {
        Contact::Asked => operation.with("with_register_contact_info", "true"),
        Contact::NotAsked => operation,
    }
}

/// Whether the key's account is in no organization: a state, not a fault.
fn is_without_organization(failure: &Failure) -> bool {
    failure.items.iter().any(|item| item.code.as_ref().is_some_and(|code| code.raw() == NO_ORGANIZATION))
}

#[async_trait]
impl Provider for Huawei {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.client.budget().await
    }

    /// Any member may ask (Huawei documentation), so this says nothing about what the key may do. A temporary key has
    /// another id each time it is made: it is called so, lest every new one be taken for somebody else.
    fn is_identified(&self) -> bool {
        self.client.is_identified()
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        let organization = self.own_organization().await?;
        let credentials = self.client.credentials().await?;
        let key = signature::key(&credentials);
        let is_temporary = key.is_some_and(|key| key.token.is_some());
        let user = match key {
            Some(key) if is_temporary && organization.is_some() => key.words(),
            Some(key) => key.id,
            None => "",
        };
        self.client.identified();
        Ok(Identity {
            provider: self.provider.clone(),
            origin: self.client.endpoint().origin(),
            user: Untrusted::new(user),
            credential: key.map_or("access key", |key| key.words()).to_owned(),
            organization,
            expires_at: None,
        })
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        if scope.parameters.iter().any(|(_, value)| !value.is_empty()) {
            return Err(not_offered(Capability::RemoteSearch, "searching accounts"));
        }
        let contact = Contact::of(scope.extra);
        let parent = scope.organization.as_ref();
        let mut operation = with_contact(family(ACCOUNTS), contact);
        if let Some(parent) = parent {
            operation = operation.with("parent_id", parent.as_str());
        }
        let rows = self.rows();
        match self.page(operation, cursor, ACCOUNTS, |raw| rows.account(raw, contact, parent)).await {
            Err(failure) if parent.is_none() && is_without_organization(&failure) => {
                let message = format!("{}: there are no accounts to list", failure.cause);
                Ok(Page { messages: vec![Untrusted::from(message)], ..page_of(Vec::new()) })
            }
            other => other,
        }
    }

    async fn account(&self, id: &AccountId, options: DetailOptions) -> Result<Account, Failure> {
        let contact = Contact::of(options.extra);
        let rows = self.rows();
        let operation = with_contact(account_operation(id), contact);
        self.one(&operation, "account", |raw| rows.account(raw, contact, None)).await
    }

    async fn organizations(&self, scope: &OrganizationScope, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        match scope {
            OrganizationScope::Every => Err(unsupported(&SPEC, "list of OUs that says where they stand")),
            OrganizationScope::Roots => match self.roots(cursor).await {
                Err(failure) if is_without_organization(&failure) => {
                    Ok(Page { messages: vec![Untrusted::from(failure.cause)], ..page_of(Vec::new()) })
                }
                other => other,
            },
            OrganizationScope::Below(id) => self.below(id, cursor).await,
        }
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        if is_root(id.as_str()) {
            let roots = self.roots(&Cursor::First).await?;
            return roots.rows.into_iter().find(|root| root.key.id == *id).ok_or_else(|| {
                let what = format!("the root {id}");
                Failure::new(FailureKind::NotFound, what, "the organization of this key has no such root")
            });
        }
        let rows = self.rows();
        let operation = Operation::read(&[V1, ORGANIZATIONS, UNITS, id.as_str()]);
        let unit = self.one(&operation, "organizational_unit", |raw| rows.organization(raw, UNIT, None)).await?;
        // An OU's own record does not say where it stands.
        let above = self.above(id.as_str()).await?;
        Ok(Organization { parent: above.map(|above| ParentRef { id: above.key.id, name: above.name }), ..unit })
    }

    /// Climbs from the account to the root, one request a level.
    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        let mut climbed: Vec<Organization> = Vec::new();
        let mut next = id.as_str().to_owned();
        while let Some(above) = self.above(&next).await? {
            if let Some(below) = climbed.last_mut() {
                below.parent = Some(ParentRef { id: above.key.id.clone(), name: above.name.clone() });
            }
            let is_known = climbed.iter().any(|known| known.key.id == above.key.id);
            // What is cut off here names a parent that is not there, and is marked for it.
            if is_known || climbed.len() == DEEPEST {
                break;
            }
            above.key.id.as_str().clone_into(&mut next);
            let is_top = above.kind.raw() == ROOT || is_root(&next);
            climbed.push(above);
            if is_top {
                break;
            }
        }
        climbed.reverse();
        Ok(Lineage::new(climbed))
    }

    /// The contact data. Asking for it is what makes it come.
    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        match subject {
            Subject::Account(key) => {
                let operation = with_contact(account_operation(&key.id), Contact::Asked);
                let profile = |raw: &RawValue| {
                    let is_account = filled(&parse(raw), "id").is_some();
                    is_account.then(|| rows::profile(subject, raw))
                };
                self.one(&operation, "account", profile).await
            }
            Subject::Organization(_) | Subject::Connection(_) => {
                Err(not_offered(Capability::ReadOrganizationProfile, "reading a profile"))
            }
        }
    }

    async fn progress(&self, kind: ChangeKind, operation: &str) -> Result<Progress, Failure> {
        match kind {
            ChangeKind::CreateAccount => {
                let asked = Operation::read(&[V1, ORGANIZATIONS, "create-account-status", operation]);
                let answer = self.send(&asked).await?;
                let status = Envelope::read(answer.json.as_deref()).one("create_account_status").map(parse);
                let status = status.ok_or_else(|| answer.unreadable("the answer holds no create_account_status"))?;
                Ok(writes::creation(&status, &answer))
            }
            ChangeKind::CloseAccount => self.closing(operation).await,
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

    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        let operation = writes::operation(change)?;
        let url = self.client.endpoint().url(&operation)?;
        Ok(RequestPreview {
            method: operation.method.word().to_owned(),
            path: url.path().to_owned(),
            body: operation.body.unwrap_or(Value::Null),
        })
    }

    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        effects::of(self, change).await.into_iter().map(SideEffect::from).collect()
    }

    fn closing_quota(&self) -> Option<ClosingQuota> {
        Some(effects::CLOSING)
    }

    async fn closing_now(&self) -> Result<Option<usize>, Failure> {
        effects::running(self).await.map(Some)
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        let answer = self.send(&writes::operation(change)?).await?;
        let executed = writes::executed(self.rows(), change, &answer)?;
        Ok(Executed { resent: answer.resent, request_id: answer.request_id, ..executed })
    }
}

fn account_operation(id: &AccountId) -> Operation {
    Operation::read(&[V1, ORGANIZATIONS, ACCOUNTS, id.as_str()])
}

fn not_offered(capability: Capability, what: &str) -> Failure {
    let reason = match SPEC.offer(capability) {
        Offer::No(reason) => reason,
        Offer::Yes => "Huawei Cloud offers this otherwise",
    };
    Failure::new(FailureKind::Unsupported, what, reason)
}
