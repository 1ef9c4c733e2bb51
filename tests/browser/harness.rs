//! Drives the browser's real `update` and `draw` with a script of keys, its effects done at once against a provider in
//! memory: no clock, no network, no threads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use acctui::app::{
    ConnectionSetup, Effect, Event, Fact, RequestId, Setup, Size, Slot, Stamp, State, Syncing, TimerId, Unsettled,
    update,
};
use acctui::changes::{self, Drafts, Journal, Keep, Road};
use acctui::domain::{
    Account, AccountId, AccountKey, Change, ChangeKind, ConnectionName, Failure, FailureItem, FailureKind,
    HistoryEntry, Identity, JournalRecord, Key, KeyCode, Lineage, Moment, Organization, OrganizationId,
    OrganizationKey, ParentRef, Profile, Protection, RawJson, Records, RequestPreview, SideEffect, Subject, Untrusted,
    Values,
};
use acctui::inventory::{self, Inventory};
use acctui::provider::{
    self, Cursor, DetailOptions, Executed, ListScope, OrganizationScope, Page, Provider, Spec, registry,
};
use async_trait::async_trait;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// 2026-01-02T03:04:05Z: any moment will do, it only moves when the harness says so.
const START: u64 = 1_767_323_045_000;
/// How much time passes with each key: more than the guard of confirming keys.
const KEY_MILLIS: u64 = 300;

/// What the provider in memory holds.
pub struct World {
    pub accounts: Vec<Account>,
    pub organizations: Vec<Organization>,
    pub profiles: Mutex<BTreeMap<Subject, Values>>,
    /// Profile writes that arrived.
    pub writes: Mutex<Vec<Change>>,
    /// What the next write answers, if not yes.
    pub refusal: Mutex<Option<Failure>>,
    /// What the listing answers, if not rows.
    pub listing_fails: Mutex<Option<Failure>>,
    /// What the listings of organizations answer, if not rows.
    pub organizations_fail: Option<Failure>,
    /// Who the credential is.
    pub user: Mutex<&'static str>,
    /// When the credential ends.
    pub expires: Option<&'static str>,
    /// Whom it was said to be.
    pub told: Mutex<Option<&'static str>>,
    /// What comes along with a page of accounts.
    pub messages: Vec<Untrusted>,
    /// Where it is.
    pub connection: ConnectionName,
    /// What it is and can do.
    pub kind: &'static Spec,
    /// Accounts that were moved, and where to.
    pub moved: Mutex<BTreeMap<AccountId, OrganizationId>>,
    /// Accounts that were deleted, closed or removed.
    pub ended: Mutex<BTreeSet<AccountId>>,
    /// Whether closures go on after their answer.
    pub closes_later: bool,
    /// Whether it has what is not asked by default.
    pub has_extra: bool,
    /// Accounts whose writes are refused.
    pub refuses: Mutex<BTreeSet<AccountId>>,
    /// What changes of these accounts bring along.
    pub effects: BTreeMap<AccountId, Vec<SideEffect>>,
}

/// Who the credential is at first.
pub const ADMIN: &str = "admin@example.com";

fn name() -> ConnectionName {
    ConnectionName::new("prod")
}

pub fn organization_key(id: &str) -> OrganizationKey {
    OrganizationKey { connection: name(), id: OrganizationId::new(id) }
}

pub fn account_key(id: &str) -> AccountKey {
    AccountKey { connection: name(), id: AccountId::new(id) }
}

fn organization(id: &str, title: &str, parent: Option<(&str, &str)>) -> Organization {
    Organization {
        key: organization_key(id),
        provider: spec().id(),
        name: Untrusted::new(title),
        kind: Untrusted::new("organization"),
        parent: parent.map(|(id, name)| ParentRef { id: OrganizationId::new(id), name: Untrusted::new(name) }),
        created_at: Some(Untrusted::new("2024-03-01T09:00:00Z")),
        account: None,
        raw: Some(RawJson::parse(&format!("{{\"id\":\"{id}\",\"meta\":{{\"tenant_flags\":{{}}}}}}")).unwrap()),
    }
}

fn account(at: usize, title: &str, parent: Option<(&str, &str)>) -> Account {
    let id = format!("{at:02}f0c3d7a9b14e5f8a6b2c1d0e9f8a7b");
    let raw = serde_json::json!({
        "id": id, "name": title, "type": if at.is_multiple_of(5) { "enterprise" } else { "standard" },
        "created_on": "2023-05-06T07:08:09Z",
        "settings": { "enforce_twofactor": at.is_multiple_of(2), "abuse_contact_email": null },
    });
    Account {
        key: account_key(&id),
        provider: spec().id(),
        name: Untrusted::new(title),
        kind: Some(Untrusted::new(if at.is_multiple_of(5) { "enterprise" } else { "standard" })),
        status: None,
        email: None,
        created_at: Some(Untrusted::new("2023-05-06T07:08:09Z")),
        updated_at: None,
        parent: parent.map(|(id, name)| ParentRef { id: OrganizationId::new(id), name: Untrusted::new(name) }),
        raw: RawJson::from(raw),
        secrets: std::collections::BTreeMap::new(),
        has_extra: false,
    }
}

pub fn spec() -> &'static Spec {
    spec_of("cloudflare")
}

pub fn spec_of(id: &str) -> &'static Spec {
    registry().iter().map(|kind| kind.spec).find(|spec| spec.facts.id == id).unwrap()
}

impl Default for World {
    fn default() -> Self {
        let group = Some(("o1", "Aurora Group"));
        let retail = Some(("o2", "Aurora Retail"));
        let north = Some(("o3", "Retail North"));
        let titles = [
            ("Aurora Corporate", group),
            ("Aurora Web Shop", retail),
            ("Bäckerei Müller", retail),
            ("Harbour Shipping", Some(("o4", "Harbour Holdings"))),
            ("Кофейня Север", north),
            ("株式会社みらい", north),
            ("Store 001 Oslo", north),
            ("Store 002 Bergen", north),
            ("Store 003 Tromso", north),
            ("", None),
            ("evil\u{1b}[2Jname\u{202e}txt", None),
            ("Lone Wolf Studio", None),
        ];
        let accounts = titles.into_iter().enumerate().map(|(at, (title, parent))| account(at, title, parent)).collect();
        let profile: Values = [
            ("business_name", "Aurora Corporate AS"),
            ("business_email", "it@aurora.example"),
            ("business_phone", "+47 22 00 00 00"),
            ("business_address", "Storgata 1, Oslo"),
            ("external_metadata", "{\"tier\":1}"),
        ]
        .into_iter()
        .collect();
        let key = account_key("00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b");
        Self {
            accounts,
            organizations: vec![
                organization("o1", "Aurora Group", None),
                organization("o2", "Aurora Retail", group),
                organization("o3", "Retail North", retail),
                organization("o4", "Harbour Holdings", None),
            ],
            profiles: Mutex::new([(Subject::Account(key), profile)].into()),
            writes: Mutex::default(),
            refusal: Mutex::default(),
            listing_fails: Mutex::default(),
            organizations_fail: None,
            user: Mutex::new(ADMIN),
            expires: None,
            told: Mutex::default(),
            messages: Vec::new(),
            connection: name(),
            kind: spec(),
            moved: Mutex::default(),
            ended: Mutex::default(),
            closes_later: false,
            has_extra: false,
            refuses: Mutex::default(),
            effects: BTreeMap::new(),
        }
    }
}

impl World {
    /// Does a write.
    fn take(&self, change: &Change) -> Result<Executed, Failure> {
        let id = AccountId::new(change.subject.id());
        if self.refuses.lock().unwrap().contains(&id) {
            return Err(refusal());
        }
        match change.kind {
            ChangeKind::Profile => {
                self.profiles.lock().unwrap().insert(change.subject.clone(), change.values.clone());
            }
            ChangeKind::MoveAccount => {
                let to = OrganizationId::new(change.values.get(Change::TO));
                self.moved.lock().unwrap().insert(id, to);
            }
            ChangeKind::CloseAccount if self.closes_later => {
                return Ok(Executed { operation: Some(id.as_str().to_owned()), ..Executed::default() });
            }
            ChangeKind::DeleteAccount | ChangeKind::CloseAccount | ChangeKind::RemoveAccount => {
                self.ended.lock().unwrap().insert(id);
            }
            other => panic!("nobody does {other:?} here"),
        }
        Ok(Executed::default())
    }

    /// The accounts as they are now, keyed by this world's connection.
    pub fn accounts_now(&self) -> Vec<Account> {
        let (moved, ended) = (self.moved.lock().unwrap(), self.ended.lock().unwrap());
        let left = self.accounts.iter().filter(|account| !ended.contains(&account.key.id));
        let now = left.map(|account| {
            let mut account = account.clone();
            account.key.connection = self.connection.clone();
            if let Some(to) = moved.get(&account.key.id) {
                let held = self.organizations.iter().find(|organization| organization.key.id == *to).unwrap();
                account.parent = Some(ParentRef { id: to.clone(), name: held.name.clone() });
            }
            account
        });
        now.collect()
    }

    fn organizations_now(&self) -> Vec<Organization> {
        let keyed = self.organizations.iter().cloned().map(|mut organization| {
            organization.key.connection = self.connection.clone();
            organization
        });
        keyed.collect()
    }
}

fn whole<T>(rows: Vec<T>) -> Page<T> {
    let total = Some(rows.len() as u64);
    Page { rows, next: None, total, pages: Some(1), messages: Vec::new(), holds: Vec::new() }
}

fn not_found(what: &str) -> Failure {
    Failure::new(FailureKind::NotFound, what, "there is no such thing")
}

#[async_trait]
impl Provider for World {
    fn spec(&self) -> &'static Spec {
        self.kind
    }

    fn is_identified(&self) -> bool {
        *self.told.lock().unwrap() == Some(*self.user.lock().unwrap())
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        *self.told.lock().unwrap() = Some(*self.user.lock().unwrap());
        Ok(Identity {
            provider: spec().id(),
            origin: "https://api.example".into(),
            organization: None,
            user: Untrusted::new(*self.user.lock().unwrap()),
            credential: "API token".into(),
            expires_at: self.expires.map(Untrusted::new),
        })
    }

    async fn accounts(&self, scope: &ListScope, _: &Cursor) -> Result<Page<Account>, Failure> {
        if let Some(failure) = self.listing_fails.lock().unwrap().clone() {
            return Err(failure);
        }
        let wanted =
            scope.parameters.iter().find(|(name, _)| name.starts_with("name")).map(|(_, value)| value.to_lowercase());
        let inside = |account: &&Account| {
            let here = scope.organization.as_ref();
            here.is_none_or(|id| account.parent.as_ref().is_some_and(|parent| parent.id == *id))
                && wanted.as_ref().is_none_or(|wanted| account.name.raw().to_lowercase().contains(wanted))
        };
        let now = self.accounts_now();
        let rows = now.iter().filter(inside).cloned().collect();
        Ok(Page { messages: self.messages.clone(), ..whole(rows) })
    }

    async fn account(&self, id: &AccountId, options: DetailOptions) -> Result<Account, Failure> {
        let mut found = self.accounts_now().into_iter().find(|account| account.key.id == *id);
        if let Some(account) = found.as_mut().filter(|_| self.has_extra && options.extra) {
            give_extra(account);
        }
        found.ok_or_else(|| not_found("GET /accounts/{id}"))
    }

    async fn organizations(&self, _: &OrganizationScope, _: &Cursor) -> Result<Page<Organization>, Failure> {
        self.organizations_fail.clone().map_or_else(|| Ok(whole(self.organizations_now())), Err)
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        let found = self.organizations_now().into_iter().find(|organization| organization.key.id == *id);
        found.ok_or_else(|| not_found("GET /organizations/{id}"))
    }

    async fn lineage(&self, id: &AccountId) -> Result<Lineage, Failure> {
        let account = self.account(id, DetailOptions::default()).await?;
        let mut steps = Vec::new();
        let mut next = account.parent.map(|parent| parent.id);
        while let Some(id) = next {
            let found = self.organization(&id).await?;
            next = found.parent.as_ref().map(|parent| parent.id.clone());
            steps.insert(0, found);
        }
        Ok(Lineage::new(steps))
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        if self.ended.lock().unwrap().iter().any(|id| id.as_str() == subject.id()) {
            return Err(not_found("GET /accounts/{id}/profile"));
        }
        let held = self.profiles.lock().unwrap().get(subject).cloned();
        let exists = held.is_some();
        let profile = spec().form(ChangeKind::Profile).unwrap();
        let empty = || profile.fields.iter().map(|field| (field.name, "")).collect();
        Ok(Profile { subject: subject.clone(), exists, values: held.unwrap_or_else(empty) })
    }

    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        self.effects.get(&AccountId::new(change.subject.id())).cloned().unwrap_or_default()
    }

    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        Ok(RequestPreview {
            method: "PUT".into(),
            path: format!("/client/v4/accounts/{}/profile", change.subject.id()),
            body: serde_json::to_value(&change.values).unwrap(),
        })
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        self.writes.lock().unwrap().push(change.clone());
        if let Some(failure) = self.refusal.lock().unwrap().take() {
            return Err(failure);
        }
        self.take(change)
    }
}

/// Gives an account what is not asked by default.
fn give_extra(account: &mut Account) {
    let mut raw = account.raw.value();
    raw["Tags"] = serde_json::json!({ "env": "prod" });
    (account.raw, account.has_extra) = (RawJson::from(raw), true);
}

/// A refusal that names a field.
pub fn refusal() -> Failure {
    let mut failure = Failure::new(FailureKind::Refused, "PUT /accounts/{id}/profile", "the provider said no")
        .with_delivery(acctui::domain::Delivery::Answered);
    failure.status = Some(400);
    failure.items = vec![FailureItem {
        code: Some(Untrusted::new("1001")),
        message: Untrusted::new("business_phone must have a country code"),
        pointer: Some(Untrusted::new("/business_phone")),
        documentation_url: Some(Untrusted::new("https://developers.example/errors/1001")),
    }];
    failure
}

/// The newest record of a change that went on.
pub fn record(subject: Subject, kind: acctui::domain::ChangeKind) -> JournalRecord {
    JournalRecord {
        change: "1-1".into(),
        at: Moment(START),
        state: acctui::domain::JournalState::Sent,
        connection: subject.connection().clone(),
        identity: Identity {
            provider: spec().id(),
            origin: "https://api.example".into(),
            organization: None,
            user: Untrusted::new(ADMIN),
            credential: "API token".into(),
            expires_at: None,
        },
        subject,
        name: Untrusted::new("prod"),
        kind,
        diff: Vec::new(),
        values: Values::default(),
        before: Values::default(),
        existed: false,
        reason: None,
        failure: None,
        resent: 0,
        key: None,
        operation: Some("op".into()),
        made: None,
        done: None,
        request_id: None,
        batch: false,
        undoes: None,
    }
}

#[derive(Default)]
struct Memory(Mutex<Vec<JournalRecord>>, Mutex<BTreeSet<String>>);

/// Lines of the journal that can't be read.
pub const SKIPPED: usize = 1;

impl Journal for Memory {
    fn record(&self, records: &[JournalRecord], _: Keep) -> Result<(), Failure> {
        self.0.lock().unwrap().extend_from_slice(records);
        Ok(())
    }

    fn records(&self) -> Result<Records, Failure> {
        let (records, under_way) = (self.0.lock().unwrap().clone(), self.1.lock().unwrap().clone());
        Ok(Records { records, skipped: SKIPPED, under_way, ..Records::default() })
    }
}

/// The browser under test.
pub struct Browser {
    pub state: State,
    pub world: Arc<World>,
    /// The worlds of further connections.
    pub others: Vec<Arc<World>>,
    inventory: Inventory,
    journal: Memory,
    /// What syncs observed, the newest first.
    pub history: Vec<HistoryEntry>,
    now: u64,
    frame: u64,
    timers: VecDeque<(u64, TimerId)>,
    /// Every effect so far.
    pub effects: Vec<Effect>,
    terminal: Terminal<TestBackend>,
    /// Whether fetches are answered; when not, their ids wait in `effects`.
    pub answers: bool,
    /// Whether local searches are answered at once.
    pub searches: bool,
    /// Whether each frame is drawn; when not, it counts as seen all the same.
    pub draws: bool,
    runtime: tokio::runtime::Runtime,
    drafts: Drafts,
    /// The user's editor; without one its answer is a fact of the test.
    pub editor: Option<fn(String) -> Result<String, Failure>>,
    /// Where drafts are: what is left when the program ends.
    pub home: Arc<tempfile::TempDir>,
}

pub fn setup(protection: Protection) -> Setup {
    Setup {
        connections: vec![connection(name(), spec(), protection)],
        mouse: true,
        config_path: "~/.config/acctui/config.toml".into(),
        ..Setup::default()
    }
}

/// One connection's setup.
pub fn connection(name: ConnectionName, spec: &'static Spec, protection: Protection) -> ConnectionSetup {
    ConnectionSetup {
        name,
        spec,
        protection,
        group: None,
        colour: None,
        credential: "environment variable CLOUDFLARE_API_TOKEN".into(),
        unnamed: false,
        base_url: "https://api.example/client/v4".into(),
        max_delete: 10,
        refresh_after: None,
        columns: spec.columns,
    }
}

impl Browser {
    /// Started at a size, everything loaded.
    pub fn start(width: u16, height: u16) -> Self {
        Self::with(setup(Protection::Confirm), World::default(), width, height)
    }

    pub fn with(setup: Setup, world: World, width: u16, height: u16) -> Self {
        Self::at_home(setup, world, (width, height), Arc::new(tempfile::tempdir().unwrap()))
    }

    /// The same over what an earlier run left on disk.
    pub fn at_home(setup: Setup, world: World, size: (u16, u16), home: Arc<tempfile::TempDir>) -> Self {
        Self::made_of(setup, world, Vec::new(), size, home)
    }

    /// With further connections, each with its world.
    pub fn among(setup: Setup, world: World, others: Vec<World>, width: u16, height: u16) -> Self {
        Self::made_of(setup, world, others, (width, height), Arc::new(tempfile::tempdir().unwrap()))
    }

    fn made_of(
        setup: Setup,
        world: World,
        others: Vec<World>,
        (width, height): (u16, u16),
        home: Arc<tempfile::TempDir>,
    ) -> Self {
        let mut browser = Self {
            drafts: Drafts::new(home.path().join("drafts")),
            editor: None,
            home,
            state: State::new(setup),
            world: Arc::new(world),
            others: others.into_iter().map(Arc::new).collect(),
            inventory: Inventory::default(),
            journal: Memory::default(),
            history: Vec::new(),
            now: START,
            frame: 0,
            timers: VecDeque::new(),
            effects: Vec::new(),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            answers: true,
            searches: true,
            draws: true,
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap(),
        };
        browser.send(Fact::Resized(Size { width, height }));
        browser.send(Fact::Started);
        let found = browser.drafts.read().unwrap();
        if !found.drafts.is_empty() {
            browser.send(Fact::Drafts(Ok(found.drafts)));
        }
        browser
    }

    /// Sends an event and does its effects; then the frame is drawn and seen.
    pub fn send(&mut self, fact: Fact) {
        let mut queue = VecDeque::from([fact]);
        while let Some(fact) = queue.pop_front() {
            let stamp = Stamp { at: Moment(self.now), frame: self.frame };
            for effect in update(&mut self.state, Event { stamp, fact }) {
                self.effects.push(effect.clone());
                queue.extend(self.perform(effect));
            }
        }
        self.paint();
    }

    fn paint(&mut self) {
        self.frame += 1;
        if self.draws {
            let state = &self.state;
            self.terminal.draw(|frame| acctui::view::draw(state, frame)).unwrap();
        }
        self.state.drawn();
        if self.state.awaits_paint() {
            let fact = Fact::Painted { frame: self.frame, at: Moment(self.now) };
            let stamp = Stamp { at: Moment(self.now), frame: self.frame };
            update(&mut self.state, Event { stamp, fact });
        }
    }

    fn perform(&mut self, effect: Effect) -> Vec<Fact> {
        match &effect {
            Effect::Timer { .. } => self.answer(effect),
            Effect::Search { .. } | Effect::Look { .. } if self.searches => self.answer(effect),
            _ if self.answers => self.answer(effect),
            _ => Vec::new(),
        }
    }

    /// Does an effect; what it is answered with.
    #[expect(clippy::too_many_lines, reason = "a row for each effect")]
    pub fn answer(&mut self, effect: Effect) -> Vec<Fact> {
        let clock: provider::Clock = {
            let now = self.now;
            Arc::new(move || Moment(now))
        };
        match effect {
            Effect::Search { id, snapshot, query } | Effect::Look { id, snapshot, query } => {
                inventory::search(&snapshot, &query, &|| false)
                    .map(|found| Fact::Found { id, found })
                    .into_iter()
                    .collect()
            }
            Effect::Timer { id, after } => {
                self.timers.push_back((self.now + after, id));
                Vec::new()
            }
            Effect::Fetch { id, connection, slot, query, .. } => self.fetched(id, &connection, slot, &query),
            Effect::Sync { id, connection } => self.listing(id, connection, &clock),
            Effect::List { id, scope, .. } => match self.wait(self.world.accounts(&scope, &Cursor::First)) {
                Ok(page) => {
                    let snapshot = Arc::new(inventory::Snapshot::of(page.rows));
                    vec![Fact::Listed { id, snapshot, total: page.total, complete: true }]
                }
                Err(failure) => vec![Fact::ListFailed { id, failure }],
            },
            Effect::Plan { id, changes } => {
                let connections = Self::connections_of(changes.iter().map(|change| change.subject.connection()));
                let roads: Vec<Road<'_>> = connections.iter().map(|it| self.road(it, &clock)).collect();
                let result = self.wait(changes::plan(&roads, changes, changes::Way::default()));
                vec![Fact::Inventory(self.inventory.snapshot()), Fact::Planned { id, result: result.map(Box::new) }]
            }
            Effect::Apply { id, plan } => {
                let connections = Self::connections_of(plan.parts.iter().map(|part| &part.connection));
                let roads: Vec<Road<'_>> = connections.iter().map(|it| self.road(it, &clock)).collect();
                let stages = Mutex::new(Vec::new());
                let tell = |stage| stages.lock().unwrap().push(stage);
                let watch = changes::Watch { tell: &tell, gate: &changes::Gate::default() };
                let results = self.wait(changes::apply(&roads, &plan, watch));
                let stages = stages.into_inner().unwrap().into_iter();
                let mut facts: Vec<Fact> = stages.map(|stage| Fact::Progressed { id, stage }).collect();
                facts.extend([Fact::Inventory(self.inventory.snapshot()), Fact::Applied { id, results }]);
                facts
            }
            effect @ (Effect::Undo { .. }
            | Effect::Again { .. }
            | Effect::ReadJournal { .. }
            | Effect::Reconcile { .. }
            | Effect::Revisit { .. }
            | Effect::Settle { .. }) => self.past(effect, &clock),
            Effect::ReadHistory { id, account, most } => {
                let is_meant = |entry: &&HistoryEntry| account.as_ref().is_none_or(|key| entry.observed.key == *key);
                let found = self.history.iter().filter(is_meant).take(most as usize).cloned();
                vec![Fact::History { id, result: Ok(found.collect()) }]
            }
            Effect::TakeVanished(_) => vec![Fact::Vanished(Vec::new())],
            Effect::Recall(key) => vec![Fact::Inventory(self.inventory.bring(&key))],
            Effect::Rule { connection, holder, seen } => {
                vec![Fact::Inventory(self.inventory.rule(&connection, holder, &seen))]
            }
            // What comes of a sign-in is a fact of the test.
            Effect::SaveDraft(draft) => {
                let saved = self.drafts.save(&draft);
                saved.err().map(Fact::DraftFailed).into_iter().collect()
            }
            Effect::DropDraft { subject, on_all, kind, identity } => {
                let removed = self.drafts.remove(&subject, &on_all, kind, identity.as_deref());
                removed.err().map(Fact::DraftFailed).into_iter().collect()
            }
            Effect::Edit { id, text, .. } => match &self.editor {
                Some(editor) => vec![Fact::Edited { id, result: editor(text) }],
                None => Vec::new(),
            },
            Effect::Sheet { .. }
            | Effect::Pause(_)
            | Effect::GoOn(_)
            | Effect::Gate(_)
            | Effect::Keep(_)
            | Effect::SignIn { .. }
            | Effect::Cancel(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Open(_)
            | Effect::Copy { .. }
            | Effect::Demo
            | Effect::Quit => Vec::new(),
        }
    }

    /// A listing came with what is not asked by default.
    pub fn extras_came(&mut self) {
        let mut rows = self.world.accounts_now();
        rows.iter_mut().for_each(give_extra);
        let query = provider::Query::Accounts(ListScope { extra: true, ..ListScope::all() }, Cursor::First);
        let reply = provider::Reply::Accounts(whole(rows));
        let snapshot = self.inventory.absorb(&name(), &query, &reply, Moment(self.now));
        self.send(Fact::Inventory(snapshot));
    }

    fn fetched(&self, id: RequestId, connection: &ConnectionName, slot: Slot, query: &provider::Query) -> Vec<Fact> {
        let admitted = self.inventory.admits(connection, query);
        let result = admitted.and_then(|()| self.wait(provider::run(&*self.world_of(connection), query)));
        let mut facts = Vec::new();
        if let Ok(reply) = &result {
            facts.push(Fact::Inventory(self.inventory.absorb(connection, query, reply, Moment(self.now))));
        }
        facts.push(Fact::Replied { id, slot, result });
        facts
    }

    /// What is done with changes of the past.
    fn past(&self, effect: Effect, clock: &provider::Clock) -> Vec<Fact> {
        let records = || self.journal.records();
        let all = || records().unwrap().records;
        let connections = Self::connections_of([&name()].into_iter());
        let roads: Vec<Road<'_>> = connections.iter().map(|it| self.road(it, clock)).collect();
        let planned = |id, result: Result<_, Failure>| {
            vec![Fact::Inventory(self.inventory.snapshot()), Fact::Planned { id, result: result.map(Box::new) }]
        };
        match effect {
            Effect::Undo { id, change } => planned(id, self.wait(changes::plan_undo(&roads, &all(), &change))),
            Effect::Again { id, plan } => planned(id, self.wait(changes::plan_again(&roads, &all(), &plan))),
            Effect::Settle { id, change, done } => {
                let settled = changes::settle(&self.journal, &change, done, Moment(self.now));
                vec![Fact::Journal { id, result: settled.and_then(|_| records()) }]
            }
            Effect::Reconcile { id } => {
                let found = self.wait(changes::reconcile_open(&roads, &all()));
                let left = found.left.into_iter().map(|(record, why)| Unsettled {
                    words: format!("{}; {why}", changes::unsettled_words(&record, Moment(self.now))),
                    change: record.change,
                    connection: record.connection,
                    identity: record.identity,
                    due: None,
                });
                let left = Fact::Unsettled(Ok(left.collect()));
                vec![Fact::Inventory(self.inventory.snapshot()), Fact::Journal { id, result: records() }, left]
            }
            Effect::Revisit { changes } => {
                let found = self.wait(changes::revisit(&roads, &all(), &changes));
                let left = found.left.into_iter().map(|(record, why)| Unsettled {
                    words: format!("{}; {why}", changes::unsettled_words(&record, Moment(self.now))),
                    due: changes::due(&record, Moment(self.now)).filter(|_| why.is_empty()),
                    change: record.change,
                    connection: record.connection,
                    identity: record.identity,
                });
                let left = Ok(left.collect());
                vec![Fact::Inventory(self.inventory.snapshot()), Fact::Revisited { changes, left }]
            }
            Effect::ReadJournal { id } => vec![Fact::Journal { id, result: records() }],
            _ => unreachable!("not of the past"),
        }
    }

    fn listing(&self, id: RequestId, connection: ConnectionName, clock: &provider::Clock) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut published = |snapshot| facts.push(Fact::Inventory(snapshot));
        let world = self.world_of(&connection);
        let listed = inventory::sync(&self.inventory, &*world, &connection, clock, &mut published);
        let result = self.wait(listed);
        facts.push(Fact::Synced { id, connection, result });
        facts
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn connections_of<'c>(named: impl Iterator<Item = &'c ConnectionName>) -> Vec<ConnectionName> {
        let unique: std::collections::BTreeSet<&ConnectionName> = named.collect();
        unique.into_iter().cloned().collect()
    }

    fn at(&self, connection: &ConnectionName) -> &Arc<World> {
        self.others.iter().find(|world| world.connection == *connection).unwrap_or(&self.world)
    }

    fn world_of(&self, connection: &ConnectionName) -> Arc<World> {
        Arc::clone(self.at(connection))
    }

    fn road<'a>(&'a self, connection: &'a ConnectionName, clock: &'a provider::Clock) -> Road<'a> {
        let protection = self.state.connection(connection).unwrap().protection;
        Road {
            connection,
            protection,
            provider: &**self.at(connection),
            journal: &self.journal,
            inventory: &self.inventory,
            clock,
            reason: None,
            max_delete: 10,
        }
    }

    /// Every connection is listed again, and the frame is drawn.
    pub fn listed(&mut self) {
        for connection in self.state.setup.connections.iter().map(|setup| setup.name.clone()).collect::<Vec<_>>() {
            let id = self.state.request_id();
            self.state.syncs.insert(connection.clone(), Syncing::new(id, self.state.now));
            for fact in self.answer(Effect::Sync { id, connection }) {
                self.send(fact);
            }
        }
    }

    /// A page of accounts comes, and is searched, before a frame could show it.
    pub fn page_without_a_frame(&mut self, page: Page<Account>) {
        let accounts = page.rows.into_iter().chain(self.world.accounts.iter().cloned()).collect();
        self.world = Arc::new(World { accounts, ..World::default() });
        let id = self.state.request_id();
        self.state.syncs.insert(name(), Syncing::new(id, self.state.now));
        let stamp = Stamp { at: Moment(self.now), frame: self.frame };
        for fact in self.answer(Effect::Sync { id, connection: name() }) {
            for effect in update(&mut self.state, Event { stamp, fact }) {
                for fact in self.perform(effect) {
                    update(&mut self.state, Event { stamp, fact });
                }
            }
        }
    }

    /// What earlier runs left in the journal.
    pub fn note(&self, records: &[JournalRecord]) {
        self.journal.record(records, Keep::Synced).unwrap();
    }

    /// Another process begins to send a plan, or is done with it.
    pub fn elsewhere(&self, plan: &str, sends: bool) {
        let mut under_way = self.journal.1.lock().unwrap();
        if sends {
            under_way.insert(plan.to_owned());
        } else {
            under_way.remove(plan);
        }
    }

    /// All that stands in the journal.
    pub fn noted(&self) -> Vec<JournalRecord> {
        self.journal.records().unwrap().records
    }

    /// Lets time pass; timers that are over send their events.
    pub fn pass(&mut self, millis: u64) {
        let until = self.now + millis;
        while let Some(at) = self.timers.iter().position(|(due, _)| *due <= until) {
            let (due, id) = self.timers.remove(at).unwrap();
            self.now = self.now.max(due);
            self.send(Fact::TimerDone(id));
        }
        self.now = until;
    }

    /// Plays a script of keys: characters, and names in angle brackets, e.g. `jj<enter>/acme<esc><c-s>`.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script;
        while let Some(char) = rest.chars().next() {
            let (key, used) = match (char, rest.find('>')) {
                ('<', Some(end)) => (named(&rest[1..end]), end + 1),
                _ => (Key::char(char), char.len_utf8()),
            };
            rest = &rest[used..];
            self.pass(KEY_MILLIS);
            self.send(Fact::Key(key));
        }
        self
    }

    /// One key at once: no time passes.
    pub fn press(&mut self, key: Key) {
        self.send(Fact::Key(key));
    }

    /// The screen as text, and a hash of its styles: colour changes are noticed without cluttering the picture.
    pub fn screen(&mut self) -> String {
        let buffer = self.drawing();
        let mut hasher = DefaultHasher::new();
        for cell in &buffer.content {
            format!("{:?}", cell.style()).hash(&mut hasher);
        }
        format!("{}styles {:016x}\n", text(&buffer), hasher.finish())
    }

    /// The screen as text alone.
    pub fn text(&mut self) -> String {
        text(&self.drawing())
    }

    /// Fails unless all of these words stand on the screen.
    #[track_caller]
    pub fn says(&mut self, words: &[&str]) {
        let screen = self.text();
        for words in words {
            assert!(screen.contains(words), "{words} is missing in\n{screen}");
        }
    }

    /// Fails if any of these words stands on the screen.
    #[track_caller]
    pub fn says_not(&mut self, words: &[&str]) {
        let screen = self.text();
        for words in words {
            assert!(!screen.contains(words), "{words} is in\n{screen}");
        }
    }

    /// The frame with its styles.
    pub fn frame(&mut self) -> Buffer {
        self.drawing()
    }

    /// The frame as drawn, not the backend: a real terminal overwrites both halves of a wide character, the test one keeps
    /// what stood under the second.
    fn drawing(&mut self) -> Buffer {
        let area = ratatui::layout::Rect::new(0, 0, self.state.size.width, self.state.size.height);
        let state = &self.state;
        let frame = self.terminal.draw(|frame| acctui::view::draw(state, frame)).unwrap();
        assert_eq!(frame.area, area);
        let drawn = frame.buffer.clone();
        self.in_ascii(&drawn);
        drawn
    }

    /// The same frame for a terminal without box drawing: what is left in it beside ASCII is text that somebody wrote.
    fn in_ascii(&mut self, drawn: &Buffer) {
        self.state.setup.ascii = true;
        let mut terminal = Terminal::new(TestBackend::new(drawn.area.width, drawn.area.height)).unwrap();
        let state = &self.state;
        let plain = terminal.draw(|frame| acctui::view::draw(state, frame)).unwrap().buffer.clone();
        self.state.setup.ascii = false;
        for (cell, (plain, at)) in drawn.content.iter().zip(plain.content.iter().zip(0..)) {
            let symbol = plain.symbol();
            // Names have letters, pictures of two columns, and a dash that no sign of the program is.
            let is_written = symbol.chars().any(|char| char.is_alphanumeric() || char == '⸻');
            let is_written = is_written || acctui::domain::width(symbol) > 1;
            assert!(symbol.is_ascii() || is_written, "{symbol} of {:?}\n{}", drawn.pos_of(at), text(drawn));
            assert_eq!(cell.symbol().is_empty(), symbol.is_empty());
            let wide = |symbol| acctui::domain::width(symbol).max(1);
            assert_eq!(wide(symbol), wide(cell.symbol()), "{symbol} is as wide as {}", cell.symbol());
        }
    }

    /// How many requests to the provider were asked for so far.
    pub fn requests(&self) -> usize {
        let asks =
            |effect: &&Effect| matches!(effect, Effect::Fetch { .. } | Effect::Sync { .. } | Effect::List { .. });
        self.effects.iter().filter(asks).count()
    }
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = acctui::domain::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Compares the screen with the snapshot of this name.
#[track_caller]
pub fn snap(name: &str, browser: &mut Browser) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, browser.screen());
    });
}

fn named(name: &str) -> Key {
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "end" => KeyCode::End,
        "home" => KeyCode::Home,
        "space" => return Key::char(' '),
        "bs" => KeyCode::Backspace,
        "f1" => KeyCode::F(1),
        "f2" => KeyCode::F(2),
        "f3" => KeyCode::F(3),
        "f4" => KeyCode::F(4),
        "f5" => KeyCode::F(5),
        "f7" => KeyCode::F(7),
        "pgdn" => KeyCode::PageDown,
        "pgup" => KeyCode::PageUp,
        "del" => KeyCode::Delete,
        "a-up" => return Key::alt(KeyCode::Up),
        "a-down" => return Key::alt(KeyCode::Down),
        other => match other.strip_prefix("c-") {
            Some(letter) => return Key::ctrl(letter.chars().next().unwrap()),
            None => panic!("no key is called <{other}>"),
        },
    };
    Key::plain(code)
}
