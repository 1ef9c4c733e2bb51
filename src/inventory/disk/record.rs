//! JSON forms of what is kept whole. Raw texts stand in them as strings, so that they come back byte for byte.

use serde::{Deserialize, Serialize};

use super::listing::{PageSet, Resume};
use super::owners::ConnectionState;
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Failure, FailureKind, Identity, Lineage, Moment, Organization,
    OrganizationId, OrganizationKey, ParentRef, Profile, ProviderId, RawJson, Step, Untrusted,
};
use crate::inventory::{Hierarchy, SyncState};
use crate::provider::Cursor;

type Read<T> = Result<T, serde_json::Error>;

/// Plain data with text keys always has a JSON form.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

pub(super) fn identity(identity: &Identity) -> String {
    text(identity)
}

pub(super) fn read_identity(from: &str) -> Read<Identity> {
    serde_json::from_str(from)
}

pub(super) fn profile(profile: &Profile) -> String {
    text(profile)
}

pub(super) fn read_profile(from: &str) -> Read<Profile> {
    serde_json::from_str(from)
}

#[derive(Serialize, Deserialize)]
enum StoredCursor {
    First,
    Page(u32),
    Token(String),
}

#[derive(Serialize, Deserialize)]
struct ResumeForm {
    next: Option<StoredCursor>,
    done: PageSet,
    of: Option<u32>,
    loaded: u64,
    total: Option<u64>,
    began_at: Moment,
}

pub(super) fn resume(resume: &Resume) -> String {
    let next = resume.next.as_ref().map(|cursor| match cursor {
        Cursor::First => StoredCursor::First,
        Cursor::Page(number) => StoredCursor::Page(*number),
        Cursor::Token(token) => StoredCursor::Token(token.clone()),
    });
    let Resume { next: _, done, of, loaded, total, began_at } = resume.clone();
    text(&ResumeForm { next, done, of, loaded, total, began_at })
}

pub(super) fn read_resume(from: &str) -> Read<Resume> {
    let ResumeForm { next, done, of, loaded, total, began_at } = serde_json::from_str(from)?;
    let next = next.map(|cursor| match cursor {
        StoredCursor::First => Cursor::First,
        StoredCursor::Page(number) => Cursor::Page(number),
        StoredCursor::Token(token) => Cursor::Token(token),
    });
    Ok(Resume { next, done, of, loaded, total, began_at })
}

#[derive(Serialize, Deserialize)]
enum SyncForm {
    Never,
    Running { loaded: u64, total: Option<u64>, pages: u32 },
    Complete { at: Moment },
    Partial { at: Moment, page: String, why: Failure },
    Failed { at: Moment, why: Failure },
}

#[derive(Serialize, Deserialize)]
enum HierarchyForm {
    Unknown,
    Flat,
    Listed { at: Moment },
    Derived { why: Failure },
    Failed { why: Failure },
}

#[derive(Serialize, Deserialize)]
struct StateForm {
    sync: SyncForm,
    hierarchy: HierarchyForm,
    messages: Vec<Untrusted>,
    /// Earlier versions did not keep it: the last whole listing's time stands in for it.
    #[serde(default)]
    kept_at: Option<Moment>,
}

pub(super) fn state(state: &ConnectionState) -> String {
    let ConnectionState { sync, hierarchy, messages, kept_at } = state.clone();
    let sync = match sync {
        SyncState::Never => SyncForm::Never,
        SyncState::Running { loaded, total, pages } => SyncForm::Running { loaded, total, pages },
        SyncState::Complete { at } => SyncForm::Complete { at },
        SyncState::Partial { at, page, why } => SyncForm::Partial { at, page, why },
        SyncState::Failed { at, why } => SyncForm::Failed { at, why },
    };
    let hierarchy = match hierarchy {
        Hierarchy::Unknown => HierarchyForm::Unknown,
        Hierarchy::Flat => HierarchyForm::Flat,
        Hierarchy::Listed { at } => HierarchyForm::Listed { at },
        Hierarchy::Derived { why } => HierarchyForm::Derived { why },
        Hierarchy::Failed { why } => HierarchyForm::Failed { why },
    };
    text(&StateForm { sync, hierarchy, messages, kept_at })
}

pub(super) fn read_state(from: &str) -> Read<ConnectionState> {
    let StateForm { sync, hierarchy, messages, kept_at } = serde_json::from_str(from)?;
    let sync = match sync {
        SyncForm::Never => SyncState::Never,
        SyncForm::Running { loaded, total, pages } => SyncState::Running { loaded, total, pages },
        SyncForm::Complete { at } => SyncState::Complete { at },
        SyncForm::Partial { at, page, why } => SyncState::Partial { at, page, why },
        SyncForm::Failed { at, why } => SyncState::Failed { at, why },
    };
    let hierarchy = match hierarchy {
        HierarchyForm::Unknown => Hierarchy::Unknown,
        HierarchyForm::Flat => Hierarchy::Flat,
        HierarchyForm::Listed { at } => Hierarchy::Listed { at },
        HierarchyForm::Derived { why } => Hierarchy::Derived { why },
        HierarchyForm::Failed { why } => Hierarchy::Failed { why },
    };
    Ok(ConnectionState { sync, hierarchy, messages, kept_at })
}

/// Nothing that is read from a file is running: that program ended.
pub(super) fn interrupted(state: &mut ConnectionState, at: Moment) {
    if let SyncState::Running { pages, .. } = state.sync {
        let why = Failure::new(FailureKind::Stopped, "listing accounts", "the program ended before its end");
        let page = format!("page {}", pages.saturating_add(1));
        state.sync = SyncState::Partial { at, page, why };
    }
}

#[derive(Serialize, Deserialize)]
struct AccountForm {
    id: AccountId,
    provider: ProviderId,
    name: Untrusted,
    kind: Option<Untrusted>,
    status: Option<Untrusted>,
    email: Option<Untrusted>,
    created_at: Option<Untrusted>,
    updated_at: Option<Untrusted>,
    parent: Option<ParentRef>,
    has_extra: bool,
    raw: String,
}

pub(super) fn account(account: &Account) -> String {
    // Named one by one: whoever adds a field to an account decides here whether it is kept. Secrets are not.
    let Account {
        key,
        provider,
        name,
        kind,
        status,
        email,
        created_at,
        updated_at,
        parent,
        raw,
        secrets: _,
        has_extra,
    } = account.clone();
    let raw = raw.text().to_owned();
    let form =
        AccountForm { id: key.id, provider, name, kind, status, email, created_at, updated_at, parent, has_extra, raw };
    text(&form)
}

pub(super) fn read_account(from: &str, connection: &ConnectionName) -> Read<Account> {
    let form: AccountForm = serde_json::from_str(from)?;
    Ok(Account {
        key: AccountKey { connection: connection.clone(), id: form.id },
        provider: form.provider,
        name: form.name,
        kind: form.kind,
        status: form.status,
        email: form.email,
        created_at: form.created_at,
        updated_at: form.updated_at,
        parent: form.parent,
        raw: RawJson::parse(&form.raw)?,
        secrets: std::collections::BTreeMap::new(),
        has_extra: form.has_extra,
    })
}

#[derive(Serialize, Deserialize)]
struct OrganizationForm {
    id: OrganizationId,
    provider: ProviderId,
    name: Untrusted,
    kind: Untrusted,
    parent: Option<ParentRef>,
    account: Option<AccountId>,
    created_at: Option<Untrusted>,
    raw: Option<String>,
}

impl OrganizationForm {
    fn of(organization: &Organization) -> Self {
        let Organization { key, provider, name, kind, parent, account, created_at, raw } = organization.clone();
        let raw = raw.map(|raw| raw.text().to_owned());
        Self { id: key.id, provider, name, kind, parent, account, created_at, raw }
    }

    fn read(self, connection: &ConnectionName) -> Read<Organization> {
        Ok(Organization {
            key: OrganizationKey { connection: connection.clone(), id: self.id },
            provider: self.provider,
            name: self.name,
            kind: self.kind,
            parent: self.parent,
            account: self.account,
            created_at: self.created_at,
            raw: self.raw.map(|raw| RawJson::parse(&raw)).transpose()?,
        })
    }
}

pub(super) fn organization(organization: &Organization) -> String {
    text(&OrganizationForm::of(organization))
}

pub(super) fn read_organization(from: &str, connection: &ConnectionName) -> Read<Organization> {
    serde_json::from_str::<OrganizationForm>(from)?.read(connection)
}

#[derive(Serialize, Deserialize)]
struct StepForm {
    organization: OrganizationForm,
    linked: bool,
}

pub(super) fn lineage(lineage: &Lineage) -> String {
    let form = |step: &Step| StepForm { organization: OrganizationForm::of(&step.organization), linked: step.linked };
    text(&lineage.steps.iter().map(form).collect::<Vec<_>>())
}

pub(super) fn read_lineage(from: &str, connection: &ConnectionName) -> Read<Lineage> {
    let forms: Vec<StepForm> = serde_json::from_str(from)?;
    let steps = forms
        .into_iter()
        .map(|form| Ok(Step { organization: form.organization.read(connection)?, linked: form.linked }));
    Ok(Lineage { steps: steps.collect::<Read<_>>()? })
}
