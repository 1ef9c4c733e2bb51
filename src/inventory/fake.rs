//! A provider for tests: answers from closures, notes what it was asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::json;

use crate::domain::{
    Account, AccountId, AccountKey, Change, ChangeKind, ConnectionName, Failure, FailureKind, Field, FieldKind,
    FormSpec, Guide, Identity, Lineage, Organization, OrganizationId, OrganizationKey, ParentRef, Profile,
    ProviderFacts, ProviderId, RequestPreview, Subject, Untrusted,
};
use crate::provider::{
    Capability, Cursor, DetailOptions, Executed, HierarchyWords, Levels, ListScope, MoveReach, Offer,
    OrganizationScope, Page, Paging, Progress, Provider, Spec,
};

const fn field(name: &'static str, kind: FieldKind) -> Field {
    Field { name, label: name, help: "", kind, required: false }
}

/// Numbered pages, one listing of all organizations, everything offered.
pub(crate) const NUMBERED: Spec = Spec {
    facts: ProviderFacts { id: "fake", base_url_env: &[], credentials: &[], guide: Guide::NONE },
    title: "Fake",
    base_url: "http://127.0.0.1",
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (Capability::Lineage, Offer::Yes),
        (Capability::ReadAccountProfile, Offer::Yes),
        (Capability::WriteAccountProfile, Offer::Yes),
        (Capability::ReadOrganizationProfile, Offer::Yes),
        (Capability::WriteOrganizationProfile, Offer::Yes),
    ],
    hierarchy: HierarchyWords { one: "organization", many: "organizations", none: "none" },
    paging: Paging::Numbered,
    levels: Levels::Together,
    page_rows: 50,
    moves: MoveReach::Anywhere,
    makes: crate::provider::MakeReach::Anywhere,
    columns: &[],
    details: &[],
    profile_at: "",
    closing: "",
    told: &[],
    extra: None,
    forms: &[FormSpec {
        title: "Edit profile",
        kind: ChangeKind::Profile,
        fields: &[
            field("business_name", FieldKind::Text),
            field("business_email", FieldKind::Email),
            field("business_phone", FieldKind::Phone),
        ],
    }],
    searches: &[],
    outside: crate::provider::Outside::NONE,
};

/// Each page names the next one, organizations level by level.
pub(crate) const CHAINED: Spec = Spec { paging: Paging::Chained, levels: Levels::ByRoot, ..NUMBERED };

/// No hierarchy at all.
pub(crate) const FLAT: Spec =
    Spec { capabilities: &[(Capability::Hierarchy, Offer::No("accounts are flat"))], ..NUMBERED };

type Answer<A, R> = Mutex<Box<dyn FnMut(A) -> Result<R, Failure> + Send>>;

/// The provider. Each answer can be replaced at any time.
pub(crate) struct Fake {
    pub(crate) spec: &'static Spec,
    pub(crate) identity: Answer<(), Identity>,
    pub(crate) accounts: Answer<Cursor, Page<Account>>,
    pub(crate) account: Answer<AccountId, Account>,
    pub(crate) organizations: Answer<(OrganizationScope, Cursor), Page<Organization>>,
    pub(crate) organization: Answer<OrganizationId, Organization>,
    pub(crate) lineage: Answer<AccountId, Lineage>,
    pub(crate) profile: Answer<Subject, Profile>,
    pub(crate) execute: Answer<Change, Executed>,
    pub(crate) progress: Answer<String, Progress>,
    pub(crate) budget: Option<crate::provider::RequestBudget>,
    /// What was asked, in order.
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Fake {
    pub(crate) fn new(spec: &'static Spec) -> Self {
        Self {
            budget: None,
            spec,
            identity: answer(|()| Ok(identity("owner"))),
            accounts: answer(|_| Ok(page(Vec::new(), None))),
            account: answer(|id: AccountId| Ok(account(id.as_str(), "name"))),
            organizations: answer(|_| Ok(page(Vec::new(), None))),
            organization: answer(|id: OrganizationId| Ok(organization(id.as_str(), None))),
            lineage: answer(|_| Ok(Lineage::default())),
            profile: answer(|subject| Ok(Profile { subject, exists: false, values: crate::domain::Values::default() })),
            execute: answer(|_| Ok(Executed::default())),
            progress: answer(|_| Ok(Progress::Running)),
            asked: Mutex::default(),
        }
    }

    pub(crate) fn asked(&self, what: &str) -> usize {
        let asked = locked(&self.asked);
        asked.iter().filter(|asked| asked.starts_with(what)).count()
    }

    fn ask<A, R>(&self, what: String, answer: &Answer<A, R>, argument: A) -> Result<R, Failure> {
        locked(&self.asked).push(what);
        (locked(answer))(argument)
    }
}

/// Makes an answer.
pub(crate) fn answer<A, R>(answer: impl FnMut(A) -> Result<R, Failure> + Send + 'static) -> Answer<A, R> {
    Mutex::new(Box::new(answer))
}

/// Replaces an answer of a provider that is in use.
pub(crate) fn replace<A, R>(place: &Answer<A, R>, answer: impl FnMut(A) -> Result<R, Failure> + Send + 'static) {
    *locked(place) = Box::new(answer);
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Provider for Fake {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    async fn budget(&self) -> Option<crate::provider::RequestBudget> {
        self.budget
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        self.ask("identity".into(), &self.identity, ())
    }

    async fn accounts(&self, _: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        let what = format!("accounts {cursor:?}");
        self.ask(what, &self.accounts, cursor.clone())
    }

    async fn account(&self, id: &AccountId, _: DetailOptions) -> Result<Account, Failure> {
        self.ask(format!("account {id}"), &self.account, id.clone())
    }

    async fn organizations(&self, scope: &OrganizationScope, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        let what = format!("organizations {scope:?} {cursor:?}");
        self.ask(what, &self.organizations, (scope.clone(), cursor.clone()))
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        self.ask(format!("organization {id}"), &self.organization, id.clone())
    }

    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        self.ask(format!("lineage {id}"), &self.lineage, id.clone())
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        let what = format!("profile {}", subject.id());
        self.ask(what, &self.profile, subject.clone())
    }

    async fn progress(&self, _: ChangeKind, operation: &str) -> Result<Progress, Failure> {
        self.ask(format!("progress {operation}"), &self.progress, operation.to_owned())
    }

    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        Ok(RequestPreview {
            method: "PUT".into(),
            path: format!("/accounts/{}/profile", change.subject.id()),
            body: json!(change.values),
        })
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        let what = format!("execute {}", change.subject.id());
        self.ask(what, &self.execute, change.clone())
    }
}

pub(crate) fn connection() -> ConnectionName {
    ConnectionName::new("fake")
}

pub(crate) fn identity(user: &str) -> Identity {
    Identity {
        provider: ProviderId::new("fake"),
        origin: "http://127.0.0.1".into(),
        organization: None,
        user: Untrusted::new(user),
        credential: "API token".into(),
        expires_at: None,
    }
}

pub(crate) fn key(id: &str) -> AccountKey {
    AccountKey { connection: connection(), id: AccountId::new(id) }
}

pub(crate) fn organization_key(id: &str) -> OrganizationKey {
    OrganizationKey { connection: connection(), id: OrganizationId::new(id) }
}

pub(crate) fn account(id: &str, name: &str) -> Account {
    Account {
        key: key(id),
        provider: ProviderId::new("fake"),
        name: Untrusted::new(name),
        kind: None,
        status: None,
        email: None,
        created_at: None,
        updated_at: None,
        parent: None,
        raw: json!({"id": id, "name": name}).into(),
        secrets: std::collections::BTreeMap::new(),
        has_extra: false,
    }
}

pub(crate) fn within(account: Account, parent: &str) -> Account {
    Account {
        parent: Some(ParentRef { id: OrganizationId::new(parent), name: Untrusted::new(format!("Org {parent}")) }),
        ..account
    }
}

pub(crate) fn organization(id: &str, parent: Option<&str>) -> Organization {
    Organization {
        key: organization_key(id),
        provider: ProviderId::new("fake"),
        name: Untrusted::new(format!("Org {id}")),
        kind: Untrusted::new("organization"),
        parent: parent.map(|id| ParentRef { id: OrganizationId::new(id), name: Untrusted::default() }),
        account: None,
        created_at: None,
        raw: Some(json!({"id": id}).into()),
    }
}

pub(crate) fn page<T>(rows: Vec<T>, next: Option<Cursor>) -> Page<T> {
    Page { rows, next, total: None, pages: None, messages: Vec::new(), holds: Vec::new() }
}

/// Page `number` of `of` numbered pages of `size` accounts each.
pub(crate) fn numbered(number: u32, of: u32, size: u32) -> Page<Account> {
    let rows = (0..size)
        .map(|nth| (number - 1) * size + nth)
        .map(|nth| account(&format!("id{nth}"), &format!("Account {nth}")))
        .collect();
    Page {
        total: Some(u64::from(of * size)),
        pages: Some(of),
        ..page(rows, (number < of).then_some(Cursor::Page(number + 1)))
    }
}

/// The number that a cursor of numbered pages stands for.
pub(crate) fn number(cursor: &Cursor) -> u32 {
    match cursor {
        Cursor::First => 1,
        Cursor::Page(number) => *number,
        Cursor::Token(token) => panic!("a token where a number belongs: {token}"),
    }
}

pub(crate) fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "asking the fake", "scripted")
}
