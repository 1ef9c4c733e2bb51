//! A provider with accounts in organizations that can be changed behind everybody's back, and a road to it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;

use super::*;
use crate::domain::SideEffect;
use crate::domain::{
    Account, AccountId, AccountKey, Before, Field, FieldKind, FormSpec, Identity, Lineage, Organization, PlannedChange,
    RequestPreview, Secret, Untrusted,
};
use crate::inventory::sync;
use crate::provider::{Capability, ClosingQuota, DetailOptions, ListScope, Offer, Page, Provider, RequestBudget, Spec};

pub(super) const fn field(name: &'static str, kind: FieldKind, required: bool) -> Field {
    Field { name, label: name, help: "", kind, required }
}

const fn form(kind: ChangeKind, fields: &'static [Field]) -> FormSpec {
    FormSpec { title: "", kind, fields }
}

const ALL: &[(Capability, Offer)] = &[
    (Capability::Hierarchy, Offer::Yes),
    (Capability::Lineage, Offer::Yes),
    (Capability::ReadAccountProfile, Offer::Yes),
    (Capability::WriteAccountProfile, Offer::Yes),
    (Capability::CreateAccount, Offer::Yes),
    (Capability::CreateStandalone, Offer::Yes),
    (Capability::UpdateAccount, Offer::Yes),
    (Capability::DeleteAccount, Offer::Yes),
    (Capability::CloseAccount, Offer::Yes),
    (Capability::RemoveAccount, Offer::Yes),
    (Capability::MoveAccount, Offer::Yes),
    (Capability::CreateOrganization, Offer::Yes),
    (Capability::RenameOrganization, Offer::Yes),
    (Capability::DeleteOrganization, Offer::Yes),
];

const NAME: Field = field("name", FieldKind::Text, true);

/// Everything offered, everything with a form.
pub(super) const EVERYTHING: Spec = Spec {
    capabilities: ALL,
    forms: &[
        form(ChangeKind::Profile, &[field("business_name", FieldKind::Text, false)]),
        form(ChangeKind::CreateAccount, &[NAME, field("email", FieldKind::Email, false)]),
        form(
            ChangeKind::CreateStandalone,
            &[field("email", FieldKind::Email, true), field("password", FieldKind::NewPassword, true)],
        ),
        form(
            ChangeKind::UpdateAccount,
            &[NAME, field("settings.two", FieldKind::Flag, false), field("settings.mail", FieldKind::Email, false)],
        ),
        form(ChangeKind::CreateOrganization, &[NAME]),
        form(ChangeKind::RenameOrganization, &[NAME]),
    ],
    ..NUMBERED
};

/// The same without a way to ask for one account's lineage.
pub(super) const UNLINKED: Spec = Spec {
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (Capability::MoveAccount, Offer::Yes),
        (Capability::DeleteAccount, Offer::No("accounts are closed here")),
        (Capability::CreateAccount, Offer::Yes),
    ],
    ..EVERYTHING
};

/// Where listings do not say where accounts stand.
pub(super) const WALKED: Spec = Spec { levels: crate::provider::Levels::Walked, ..EVERYTHING };

/// Where accounts stay in their hierarchy.
pub(super) const ROOTED: Spec =
    Spec { moves: crate::provider::MoveReach::OneHierarchy { otherwise: "ask the keeper" }, ..EVERYTHING };

/// Rows of a page.
pub(super) const PAGE: usize = 50;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) raw: serde_json::Value,
}

/// What the provider holds.
#[derive(Default)]
pub(super) struct Holding {
    pub(super) accounts: BTreeMap<String, Held>,
    /// Id to name and parent.
    pub(super) organizations: BTreeMap<String, (String, Option<String>)>,
    /// Organizations whose listing fails, and how.
    pub(super) closed: BTreeMap<String, FailureKind>,
    pub(super) asked: Vec<String>,
    pub(super) effects: Vec<String>,
    /// Profiles that were written, by the ids of what they are of.
    pub(super) profiles: BTreeMap<String, Values>,
}

pub(super) struct World {
    pub(super) spec: &'static Spec,
    pub(super) holding: Mutex<Holding>,
    pub(super) budget: Option<RequestBudget>,
    pub(super) connection: ConnectionName,
    pub(super) journal: Memory,
    pub(super) inventory: Inventory,
    pub(super) clock: Clock,
    /// Milliseconds.
    pub(super) now: Arc<AtomicU64>,
    pub(super) protection: Protection,
    pub(super) max_delete: u32,
    /// How many accounts it closes.
    pub(super) closing: Option<ClosingQuota>,
    /// How many it closes now, where it can be asked.
    pub(super) closing_now: Option<usize>,
}

/// Root `r` with `a` and `b` in it, `c` in `a`; accounts by name and place.
pub(super) fn world(accounts: &[(&str, Option<&str>)]) -> World {
    let now = Arc::new(AtomicU64::new(1_000_000));
    let clock = Arc::clone(&now);
    let world = World {
        spec: &EVERYTHING,
        holding: Mutex::default(),
        budget: None,
        connection: connection(),
        journal: Memory::default(),
        inventory: Inventory::default(),
        clock: Arc::new(move || Moment(clock.load(Ordering::Relaxed))),
        now,
        protection: Protection::Confirm,
        max_delete: 10,
        closing: None,
        closing_now: None,
    };
    let mut holding = locked(&world.holding);
    for (id, parent) in [("r", None), ("a", Some("r")), ("b", Some("r")), ("c", Some("a")), ("empty", Some("r"))] {
        holding.organizations.insert(id.into(), (format!("Org {id}"), parent.map(str::to_owned)));
    }
    for (id, parent) in accounts {
        let held = Held {
            name: format!("Account {id}"),
            status: Some("active".into()),
            parent: parent.map(str::to_owned),
            raw: json!({"id": id, "name": format!("Account {id}"), "settings": {"two": false, "mail": null}}),
        };
        holding.accounts.insert((*id).into(), held);
    }
    drop(holding);
    world
}

/// So many accounts in one place.
pub(super) fn crowd(from: usize, count: usize, parent: &str) -> Vec<(String, String)> {
    (from..from + count).map(|nth| (format!("n{nth:04}"), parent.to_owned())).collect()
}

pub(super) fn world_of(crowds: &[Vec<(String, String)>]) -> World {
    let rows: Vec<(&str, Option<&str>)> =
        crowds.iter().flatten().map(|(id, parent)| (id.as_str(), Some(parent.as_str()))).collect();
    world(&rows)
}

impl World {
    pub(super) fn road(&self) -> Road<'_> {
        Road {
            connection: &self.connection,
            protection: self.protection,
            provider: self,
            journal: &self.journal,
            inventory: &self.inventory,
            clock: &self.clock,
            reason: None,
            max_delete: self.max_delete,
        }
    }

    /// The inventory learns everything, and what was asked for it is forgotten.
    pub(super) fn synced(self) -> Self {
        run(sync(&self.inventory, &self, &self.connection, &self.clock, &mut |_| ())).unwrap();
        locked(&self.holding).asked.clear();
        self
    }

    pub(super) fn plan(&self, changes: Vec<Change>) -> Result<Plan, Failure> {
        run(plan(&[self.road()], changes, Way::default()))
    }

    pub(super) fn plan_one(&self, change: Change) -> PlannedChange {
        let mut plan = self.plan(vec![change]).unwrap();
        assert_eq!(plan.changes.len(), 1);
        plan.changes.remove(0)
    }

    pub(super) fn befores(&self, changes: &[Change]) -> Vec<Result<Before, Failure>> {
        let changes: Vec<&Change> = changes.iter().collect();
        run(self.road().befores(&changes))
    }

    pub(super) fn put(&self, account: &str, parent: Option<&str>) {
        locked(&self.holding).accounts.get_mut(account).unwrap().parent = parent.map(str::to_owned);
    }

    pub(super) fn end(&self, account: &str) {
        locked(&self.holding).accounts.remove(account).unwrap();
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.holding).asked)
    }

    pub(super) fn pass(&self, millis: u64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    pub(super) fn recorded(&self, change: &Change, state: JournalState, id: &str) {
        let record = JournalRecord {
            change: id.into(),
            at: Moment(1),
            state,
            connection: connection(),
            identity: identity("owner"),
            subject: change.subject.clone(),
            name: Untrusted::new("As it was"),
            kind: change.kind,
            diff: Vec::new(),
            values: change.values.clone(),
            before: Values::default(),
            existed: true,
            reason: None,
            failure: None,
            resent: 0,
            key: None,
            operation: None,
            made: None,
            done: None,
            request_id: None,
            batch: false,
            undoes: None,
        };
        locked(&self.journal.records).push(record);
    }

    fn ask(&self, what: String) -> std::sync::MutexGuard<'_, Holding> {
        let mut holding = locked(&self.holding);
        holding.asked.push(what);
        holding
    }
}

impl Holding {
    fn row(&self, id: &str) -> Result<Account, Failure> {
        let held = self.accounts.get(id).ok_or_else(|| failure(FailureKind::NotFound))?;
        let row = Account {
            status: held.status.as_deref().map(Untrusted::new),
            raw: held.raw.clone().into(),
            ..super::account(id, &held.name)
        };
        Ok(match &held.parent {
            Some(parent) => within(row, parent),
            None => row,
        })
    }

    /// Does what has a way back; the rest of the kinds is for the tests to script.
    fn take(&mut self, change: &Change) {
        let id = change.subject.id();
        match change.kind {
            ChangeKind::Profile => {
                self.profiles.insert(id.into(), change.values.clone());
            }
            ChangeKind::MoveAccount => {
                let account = self.accounts.get_mut(id).unwrap();
                account.parent = Some(change.values.get(Change::TO).into());
            }
            ChangeKind::RenameOrganization => {
                self.organizations.get_mut(id).unwrap().0 = change.values.get("name").into();
            }
            ChangeKind::UpdateAccount => {
                let account = self.accounts.get_mut(id).unwrap();
                let text = |field: &str| change.values.get(field).to_owned();
                let mail = Some(text("settings.mail")).filter(|mail| !mail.is_empty());
                account.name = text("name");
                account.raw["name"] = json!(account.name);
                account.raw["settings"] = json!({"two": text("settings.two") == "true", "mail": mail});
            }
            ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::DeleteOrganization => {}
        }
    }

    fn container(&self, id: &str) -> Result<Organization, Failure> {
        let (name, parent) = self.organizations.get(id).ok_or_else(|| failure(FailureKind::NotFound))?;
        Ok(Organization { name: Untrusted::new(name), ..organization(id, parent.as_deref()) })
    }
}

#[async_trait]
impl Provider for World {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.budget
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        drop(self.ask("identity".into()));
        Ok(identity("owner"))
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        let place = scope.organization.as_ref().map(|id| id.as_str().to_owned());
        let number = number(cursor);
        let holding = self.ask(format!("list {} {number}", place.as_deref().unwrap_or("all")));
        if let Some(kind) = holding.closed.get(place.as_deref().unwrap_or("all")) {
            return Err(failure(kind.clone()));
        }
        let is_walked = self.spec.levels == crate::provider::Levels::Walked;
        let own = |held: &Held| place.is_none() || held.parent == place;
        let ids: Vec<&String> = holding.accounts.iter().filter(|(_, held)| own(held)).map(|(id, _)| id).collect();
        let mut rows: Vec<Account> = ids
            .chunks(PAGE)
            .nth(number as usize - 1)
            .unwrap_or(&[])
            .iter()
            .map(|id| holding.row(id).unwrap())
            .collect();
        if is_walked && place.is_none() {
            for row in &mut rows {
                row.parent = None;
            }
        }
        let pages = u32::try_from(ids.len().div_ceil(PAGE)).unwrap();
        let next = (number < pages).then_some(Cursor::Page(number + 1));
        Ok(Page { pages: Some(pages), total: Some(ids.len() as u64), ..page(rows, next) })
    }

    async fn account(&self, id: &AccountId, _: DetailOptions) -> Result<Account, Failure> {
        let mut row = self.ask(format!("account {id}")).row(id.as_str())?;
        if self.spec.levels == crate::provider::Levels::Walked {
            row.parent = None;
        }
        Ok(row)
    }

    async fn organizations(&self, scope: &OrganizationScope, _: &Cursor) -> Result<Page<Organization>, Failure> {
        let holding = self.ask(format!("organizations {scope:?}"));
        let below = |parent: &Option<String>| match scope {
            OrganizationScope::Every => true,
            OrganizationScope::Roots => parent.is_none(),
            OrganizationScope::Below(id) => parent.as_deref() == Some(id.as_str()),
        };
        let ids = holding.organizations.iter().filter(|(_, (_, parent))| below(parent));
        let rows = ids.map(|(id, _)| holding.container(id).unwrap()).collect();
        let held = |held: &Held| match scope {
            OrganizationScope::Below(id) => held.parent.as_deref() == Some(id.as_str()),
            OrganizationScope::Every | OrganizationScope::Roots => false,
        };
        let holds = holding.accounts.iter().filter(|(_, account)| held(account));
        let holds = holds.map(|(id, _)| AccountId::new(id)).collect();
        Ok(Page { holds, ..page(rows, None) })
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        self.ask(format!("organization {id}")).container(id.as_str())
    }

    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        let holding = self.ask(format!("lineage {id}"));
        let mut at = holding.row(id.as_str())?.parent.map(|parent| parent.id);
        let mut way = Vec::new();
        while let Some(here) = at {
            let container = holding.container(here.as_str())?;
            at = container.parent.as_ref().map(|parent| parent.id.clone());
            way.insert(0, container);
        }
        Ok(Lineage::new(way))
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        let written = self.ask(format!("profile {}", subject.id())).profiles.get(subject.id()).cloned();
        let values = written.unwrap_or_else(|| values([("business_name", "Acme")]));
        Ok(Profile { subject: subject.clone(), exists: true, values })
    }

    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        let holding = self.ask(format!("effects {}", change.subject.id()));
        holding.effects.iter().map(SideEffect::from).collect()
    }

    fn closing_quota(&self) -> Option<ClosingQuota> {
        self.closing
    }

    async fn closing_now(&self) -> Result<Option<usize>, Failure> {
        Ok(self.closing_now)
    }

    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        Ok(RequestPreview { method: "POST".into(), path: change.subject.id().into(), body: json!(change.values) })
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        self.ask(format!("execute {}", change.subject.id())).take(change);
        Ok(Executed::default())
    }
}

pub(super) fn of_account<const N: usize>(kind: ChangeKind, id: &str, pairs: [(&str, &str); N]) -> Change {
    about(Subject::Account(key(id)), kind, pairs)
}

pub(super) fn of_organization<const N: usize>(kind: ChangeKind, id: &str, pairs: [(&str, &str); N]) -> Change {
    about(Subject::Organization(organization_key(id)), kind, pairs)
}

pub(super) fn about<const N: usize>(subject: Subject, kind: ChangeKind, pairs: [(&str, &str); N]) -> Change {
    Change { subject, kind, values: values(pairs), secrets: BTreeMap::new(), base: None, key: None }
}

pub(super) fn moving(id: &str, to: &str) -> Change {
    of_account(ChangeKind::MoveAccount, id, [(Change::TO, to)])
}

pub(super) fn deleting(id: &str) -> Change {
    of_account(ChangeKind::DeleteAccount, id, [])
}

pub(super) fn secret(text: &str) -> Secret {
    Secret::new(text)
}

pub(super) fn account_key(id: &str) -> AccountKey {
    key(id)
}
