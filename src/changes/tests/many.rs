//! A provider with many accounts that takes time to answer, and does with each what the test says.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::domain::{
    Account, AccountId, Before, Diff, Identity, Lineage, Part, PlannedChange, RequestPreview, Signal, Stage, Untrusted,
};
use crate::provider::{BatchMoved, Capability, DetailOptions, ListScope, Offer, Page, Provider, Spec, unsupported};

pub(super) const MANY: Spec = Spec {
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (Capability::Lineage, Offer::Yes),
        (Capability::WriteAccountProfile, Offer::Yes),
        (Capability::MoveAccount, Offer::Yes),
        (Capability::BatchMove, Offer::Yes),
    ],
    ..NUMBERED
};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is done and answered.
    #[default]
    Done,
    /// It is answered with no.
    Refused,
    /// It is done, and the answer is lost.
    LostAfter,
    /// It is lost before it has an effect.
    LostBefore,
    /// It does not go out.
    Unsent,
    /// The credential is not accepted.
    Auth,
}

type Call = fn(&Many, &[AccountId], &OrganizationId) -> Result<Vec<BatchMoved>, Failure>;

/// The provider.
pub(super) struct Many {
    pub(super) connection: ConnectionName,
    /// Where each account stands.
    pub(super) places: Mutex<BTreeMap<String, String>>,
    /// Where reads say that it stands, if they are stale.
    pub(super) stale: Mutex<Option<BTreeMap<String, String>>>,
    pub(super) fates: Mutex<HashMap<String, Fate>>,
    pub(super) batch: Mutex<Option<Call>>,
    pub(super) asked: Mutex<Vec<String>>,
    /// Requests under way now, and at most.
    pub(super) flight: (AtomicUsize, AtomicUsize),
}

impl Many {
    pub(super) fn new(count: usize) -> Self {
        Self::at(connection(), count)
    }

    pub(super) fn at(connection: ConnectionName, count: usize) -> Self {
        let places = (0..count).map(|nth| (format!("a{nth}"), "old".to_owned())).collect();
        Self {
            connection,
            places: Mutex::new(places),
            stale: Mutex::default(),
            fates: Mutex::default(),
            batch: Mutex::default(),
            asked: Mutex::default(),
            flight: Default::default(),
        }
    }

    pub(super) fn asked(&self, what: &str) -> Vec<String> {
        locked(&self.asked).iter().filter(|asked| asked.starts_with(what)).cloned().collect()
    }

    pub(super) fn fate(&self, id: &str, fate: Fate) {
        locked(&self.fates).insert(id.to_owned(), fate);
    }

    pub(super) fn put(&self, id: &str, place: &str) {
        locked(&self.places).insert(id.to_owned(), place.to_owned());
    }

    fn note(&self, what: String) {
        locked(&self.asked).push(what);
    }

    /// What reads say.
    fn seen(&self) -> BTreeMap<String, String> {
        locked(&self.stale).clone().unwrap_or_else(|| locked(&self.places).clone())
    }

    fn account_at(&self, id: &str, place: &str) -> Account {
        let account = within(account(id, id), place);
        Account { key: crate::domain::AccountKey { connection: self.connection.clone(), ..account.key }, ..account }
    }
}

#[async_trait]
impl Provider for Many {
    fn spec(&self) -> &'static Spec {
        &MANY
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        Ok(identity("owner"))
    }

    async fn accounts(&self, scope: &ListScope, _: &Cursor) -> Result<Page<Account>, Failure> {
        let held = scope.organization.as_ref().map(|organization| organization.as_str().to_owned());
        self.note(format!("list {}", held.as_deref().unwrap_or("all")));
        let seen = self.seen();
        let mine = seen.iter().filter(|(_, place)| held.as_ref().is_none_or(|held| held == *place));
        Ok(page(mine.map(|(id, place)| self.account_at(id, place)).collect(), None))
    }

    async fn account(&self, id: &AccountId, _: DetailOptions) -> Result<Account, Failure> {
        self.note(format!("account {id}"));
        let place = self.seen().get(id.as_str()).cloned();
        place.map(|place| self.account_at(id.as_str(), &place)).ok_or_else(|| failure(FailureKind::NotFound))
    }

    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        self.note(format!("lineage {id}"));
        let place = self.seen().get(id.as_str()).cloned().ok_or_else(|| failure(FailureKind::NotFound))?;
        Ok(Lineage::new(vec![organization(&place, None)]))
    }

    /// An account's business name is the place where it stands.
    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        self.note(format!("profile {}", subject.id()));
        let place = self.seen().get(subject.id()).cloned().unwrap_or_default();
        Ok(Profile { subject: subject.clone(), exists: true, values: values([("business_name", &place)]) })
    }

    async fn move_batch(&self, accounts: &[AccountId], to: &OrganizationId) -> Result<Vec<BatchMoved>, Failure> {
        self.note(format!("batch of {} to {to}", accounts.len()));
        let call = *locked(&self.batch);
        call.map_or_else(|| Err(unsupported(&MANY, "such call")), |call| call(self, accounts, to))
    }

    fn preview(&self, _: &Change) -> Result<RequestPreview, Failure> {
        Ok(RequestPreview { method: "POST".into(), path: "/move".into(), body: serde_json::Value::Null })
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        let id = change.subject.id();
        let flight = self.flight.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.flight.1.fetch_max(flight, Ordering::SeqCst);
        self.note(format!("send {id}"));
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.flight.0.fetch_sub(1, Ordering::SeqCst);
        let fate = locked(&self.fates).get(id).copied().unwrap_or_default();
        if matches!(fate, Fate::Done | Fate::LostAfter) {
            let field = if change.kind == ChangeKind::MoveAccount { Change::TO } else { "business_name" };
            self.put(id, change.values.get(field));
        }
        let failed = |kind, delivery| Err(failure(kind).with_delivery(delivery));
        match fate {
            Fate::Done => {
                let request_id = Some(Untrusted::from(format!("ray-{id}")));
                Ok(Executed { request_id, ..Executed::default() })
            }
            Fate::Refused => failed(FailureKind::Refused, Delivery::Answered),
            Fate::LostAfter | Fate::LostBefore => failed(FailureKind::TimedOut, Delivery::Unknown),
            Fate::Unsent => failed(FailureKind::Unreachable, Delivery::Unsent),
            Fate::Auth => failed(FailureKind::Auth, Delivery::Answered),
        }
    }
}

/// A provider with all that a road needs.
pub(super) struct Hall {
    pub(super) many: Many,
    pub(super) journal: Arc<Memory>,
    pub(super) inventory: Inventory,
    clock: Clock,
    pub(super) gate: Gate,
    pub(super) stages: Mutex<Vec<Stage>>,
}

impl Hall {
    pub(super) fn new(count: usize) -> Self {
        Self::of(Many::new(count), Arc::default())
    }

    pub(super) fn of(many: Many, journal: Arc<Memory>) -> Self {
        let now = AtomicU64::new(1_000);
        let hall = Self {
            many,
            journal,
            inventory: Inventory::default(),
            clock: Arc::new(move || Moment(now.fetch_add(1, Ordering::Relaxed))),
            gate: Gate::default(),
            stages: Mutex::default(),
        };
        let places = locked(&hall.many.places).clone();
        let rows = places.iter().map(|(id, place)| hall.many.account_at(id, place)).collect();
        let query = Query::Accounts(ListScope::all(), Cursor::First);
        let answer = Reply::Accounts(page(rows, None));
        hall.inventory.absorb(&hall.many.connection, &query, &answer, Moment(1));
        hall
    }

    pub(super) fn road(&self) -> Road<'_> {
        Road {
            connection: &self.many.connection,
            protection: Protection::Confirm,
            provider: &self.many,
            journal: &*self.journal,
            inventory: &self.inventory,
            clock: &self.clock,
            reason: None,
            max_delete: 10,
        }
    }

    /// A move from `old` to `new`, as a plan has it.
    pub(super) fn planned(&self, id: &str, kind: ChangeKind) -> PlannedChange {
        let is_move = kind == ChangeKind::MoveAccount;
        let field = if is_move { "organization" } else { "business_name" };
        let (wanted, read) = if is_move {
            (values([(Change::FROM, "old"), (Change::TO, "new")]), values([(Change::FROM, "old")]))
        } else {
            (values([("business_name", "new")]), values([("business_name", "old")]))
        };
        let key = crate::domain::AccountKey { connection: self.many.connection.clone(), id: AccountId::new(id) };
        PlannedChange {
            change: Change { kind, subject: Subject::Account(key), values: wanted, ..change([]) },
            name: id.into(),
            lineage: None,
            after: None,
            read: Before { exists: true, values: read },
            diff: vec![Diff { field: field.into(), from: Some("old".into()), to: Some("new".into()) }],
            conflicts: Vec::new(),
            request: RequestPreview { method: "POST".into(), path: "/move".into(), body: serde_json::Value::Null },
            warnings: Vec::new(),
            meanwhile: Vec::new(),
            refusal: None,
        }
    }

    /// A plan that moves all accounts.
    pub(super) fn moves(&self) -> Plan {
        self.plan(ChangeKind::MoveAccount)
    }

    pub(super) fn plan(&self, kind: ChangeKind) -> Plan {
        let count = locked(&self.many.places).len();
        Plan {
            id: "plan".into(),
            at: Moment(1),
            parts: vec![Part {
                connection: self.many.connection.clone(),
                identity: identity("owner"),
                protection: Protection::Confirm,
            }],
            changes: (0..count).map(|nth| self.planned(&format!("a{nth}"), kind)).collect(),
            warnings: Vec::new(),
            batch: false,
            renewed: false,
            undoes: Vec::new(),
        }
    }

    pub(super) fn apply(&self, plan: &Plan) -> Vec<Applied> {
        run(self.applying(plan))
    }

    pub(super) async fn applying(&self, plan: &Plan) -> Vec<Applied> {
        let tell = |stage| locked(&self.stages).push(stage);
        apply(&[self.road()], plan, Watch { tell: &tell, gate: &self.gate }).await
    }

    /// Sends a plan and sets the gate once so many changes have gone out.
    pub(super) async fn applying_until(&self, plan: &Plan, sent: usize, signal: Signal) -> Vec<Applied> {
        let out = AtomicUsize::new(0);
        let tell = |stage| {
            if matches!(stage, Stage::Sending(_)) && out.fetch_add(1, Ordering::SeqCst) + 1 == sent {
                self.gate.set(signal);
            }
        };
        apply(&[self.road()], plan, Watch { tell: &tell, gate: &self.gate }).await
    }

    /// The last records, by account.
    pub(super) fn last(&self) -> BTreeMap<String, JournalRecord> {
        let records = self.journal.records().unwrap().records;
        records.into_iter().map(|record| (record.subject.id().to_owned(), record)).collect()
    }

    /// Where the inventory says that an account stands.
    pub(super) fn row(&self, id: &str) -> String {
        let snapshot = self.inventory.snapshot();
        let parent = snapshot.find(&key(id)).unwrap().parent().cloned();
        parent.unwrap().id.as_str().to_owned()
    }
}
