//! What the executor's tasks do. Each ends with one fact that says how it went.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Surroundings, sign_in};
use crate::app::{Fact, RequestId, Slot, Urgency};
use crate::changes::{self, Gate, Road, Watch, Way};
use crate::domain::{
    Account, AccountId, AccountKey, Applied, Change, ConnectionName, Failure, FailureKind, Identity, Plan, Protection,
    Stage,
};
use crate::inventory::{self, Asking, Consent, Holder, ListQuery, Meter, Metered, Searcher, Snapshot};
use crate::provider::RequestBudget;
use crate::provider::{self, Cursor, ListScope, Provider, Query, Recorder};

/// How often a listing that comes in is shown. Each time all its rows are copied.
const BETWEEN_PAGES: Duration = Duration::from_millis(100);
/// A search that takes longer shows what it has so far: a frame's time.
const LATE: Duration = Duration::from_millis(16);
/// How long a browser may take to start or to say why not.
const STARTING: Duration = Duration::from_secs(10);
/// How many pages without a row may follow each other before a listing counts as stuck.
const EMPTY_PAGES: u32 = 8;

type Opened = Arc<OnceCell<Arc<dyn Provider>>>;

/// What all tasks share.
pub(super) struct Shared {
    pub(super) surroundings: Surroundings,
    facts: mpsc::UnboundedSender<Fact>,
    recorder: Recorder,
    /// Opened with the first use, and kept.
    providers: Mutex<HashMap<ConnectionName, Opened>>,
    gate: Mutex<Gate>,
    /// Changes, by their ids, that their provider accepted and goes on with, until somebody follows them.
    accepted: Mutex<Vec<String>>,
    /// Changes, by their ids, that this run sent or has told of: what turns up beside them in the journal is news.
    told: Mutex<HashSet<String>>,
    /// Whether the inventory has all that the disk keeps: nothing is taken in before.
    ready: watch::Sender<bool>,
    /// Remembers what passed last. Who searches has it; who comes next has cancelled that one.
    searcher: Mutex<Searcher>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(surroundings: Surroundings, facts: mpsc::UnboundedSender<Fact>, recorder: Recorder) -> Self {
        Self {
            surroundings,
            facts,
            recorder,
            providers: Mutex::default(),
            gate: Mutex::default(),
            accepted: Mutex::default(),
            told: Mutex::default(),
            ready: watch::Sender::new(true),
            searcher: Mutex::default(),
        }
    }

    /// The inventory is to be read from the disk before anything else happens to it.
    pub(super) fn await_load(&self) {
        self.ready.send_replace(false);
    }

    /// Reads the inventory from the disk.
    pub(super) fn load(&self) {
        let snapshot = self.surroundings.inventory.load();
        self.ready.send_replace(true);
        self.tell(Fact::Inventory(snapshot));
        self.tell(Fact::Loaded);
    }

    /// A connection's provider, opened now if it was not yet. A failure is not kept: the next use tries again.
    pub(super) async fn provider(&self, connection: &ConnectionName) -> Result<Arc<dyn Provider>, Failure> {
        // The sender is here: waiting can't fail.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
        let cell = {
            let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(providers.entry(connection.clone()).or_default())
        };
        cell.get_or_try_init(async || (self.surroundings.open)(connection, Arc::clone(&self.recorder))).await.cloned()
    }

    /// How a connection's writes are asked about. One that nobody set up is not written to.
    fn protection(&self, connection: &ConnectionName) -> Protection {
        self.surroundings.protection.get(connection).copied().unwrap_or(Protection::ReadOnly)
    }

    /// The providers of some connections, each once.
    pub(super) async fn providers(
        &self,
        connections: Vec<ConnectionName>,
    ) -> Result<Vec<(ConnectionName, Arc<dyn Provider>)>, Failure> {
        let mut opened: Vec<(ConnectionName, Arc<dyn Provider>)> = Vec::new();
        for connection in connections {
            if !opened.iter().any(|(there, _)| *there == connection) {
                let provider = self.provider(&connection).await?;
                opened.push((connection, provider));
            }
        }
        Ok(opened)
    }

    pub(super) fn roads<'a>(&'a self, providers: &'a [(ConnectionName, Arc<dyn Provider>)]) -> Vec<Road<'a>> {
        let road = |(connection, provider): &'a (ConnectionName, Arc<dyn Provider>)| Road {
            connection,
            protection: self.protection(connection),
            provider: &**provider,
            journal: &*self.surroundings.journal,
            inventory: &self.surroundings.inventory,
            clock: &self.surroundings.clock,
            reason: None,
            max_delete: self.surroundings.max_delete.get(connection).copied().unwrap_or(10),
        };
        providers.iter().map(road).collect()
    }

    /// The gate of the plan that is being sent.
    pub(super) fn gate(&self) -> Gate {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A new gate for a plan that is about to be sent.
    pub(super) fn open_gate(&self) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Gate::default();
    }

    /// Changes that are to be followed, each given once.
    pub(super) fn take_accepted(&self) -> Vec<String> {
        std::mem::take(&mut *self.accepted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note of a change that nobody has to be told of any more; false if that was so already.
    pub(super) fn tells(&self, change: &str) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(change.to_owned())
    }

    /// Tells the loop. If it has ended there is nobody to tell.
    pub(super) fn tell(&self, fact: Fact) {
        let _ = self.facts.send(fact);
    }

    /// Tells the loop what the inventory holds now.
    pub(super) fn publish(&self) {
        self.tell(Fact::Inventory(self.surroundings.inventory.snapshot()));
    }
}

pub(super) async fn fetch(
    shared: Arc<Shared>,
    id: RequestId,
    connection: ConnectionName,
    slot: Slot,
    query: Query,
    urgency: Urgency,
) {
    let result = match shared.provider(&connection).await {
        Ok(provider)
            if urgency == Urgency::Background && provider.budget().await.is_some_and(RequestBudget::is_low) =>
        {
            let cause = "less than a quarter of the request budget is left";
            Err(Failure::new(FailureKind::Stopped, "reading by itself", cause).with_hint("r asks all the same"))
        }
        Ok(provider) => match shared.surroundings.inventory.admits(&connection, &query) {
            Ok(()) => provider::run(&*provider, &query).await,
            Err(failure) => Err(failure),
        },
        Err(failure) => Err(failure),
    };
    if let Ok(reply) = &result {
        let at = (shared.surroundings.clock)();
        let inventory = &shared.surroundings.inventory;
        shared.tell(Fact::Inventory(inventory.absorb(&connection, &query, reply, at)));
    }
    shared.tell(Fact::Replied { id, slot, result });
}

pub(super) async fn sync(shared: Arc<Shared>, id: RequestId, connection: ConnectionName) {
    let result = match shared.provider(&connection).await {
        Ok(provider) => {
            let Surroundings { inventory, clock, .. } = &shared.surroundings;
            let mut published = |snapshot| shared.tell(Fact::Inventory(snapshot));
            inventory::sync(inventory, &*provider, &connection, clock, &mut published).await
        }
        Err(failure) => Err(failure),
    };
    shared.tell(Fact::Synced { id, connection, result });
    super::history::find_vanished(shared).await;
}

pub(super) fn search(
    id: RequestId,
    snapshot: &Arc<Snapshot>,
    query: &Arc<ListQuery>,
    token: &CancellationToken,
    shared: &Shared,
) {
    let mut searcher = shared.searcher.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = Instant::now();
    let told = AtomicU64::new(0);
    let tell = |found| {
        if !token.is_cancelled() {
            shared.tell(Fact::Found { id, found });
        }
    };
    let reading = |reading| {
        // Each tenth of a second once.
        let now = u64::try_from((asked.elapsed().as_millis() / BETWEEN_PAGES.as_millis()) + 1).unwrap_or(u64::MAX);
        if told.swap(now, Ordering::Relaxed) != now && !token.is_cancelled() {
            shared.tell(Fact::Reading { id, reading });
        }
    };
    let asking = Asking {
        cancelled: &|| token.is_cancelled(),
        late: &|| asked.elapsed() >= LATE,
        partial: &tell,
        reading: &reading,
    };
    if let Some(found) = searcher.search(snapshot, query, &asking) {
        tell(found);
    }
}

/// A search of its own: the list's goes on beside it, and keeps what it knows of its last one.
pub(super) fn look(
    id: RequestId,
    snapshot: &Arc<Snapshot>,
    query: &Arc<ListQuery>,
    token: &CancellationToken,
    shared: &Shared,
) {
    if let Some(found) = inventory::search(snapshot, query, &|| token.is_cancelled())
        && !token.is_cancelled()
    {
        shared.tell(Fact::Found { id, found });
    }
}

/// The rows of a remote search so far.
#[derive(Default)]
struct Listing {
    rows: Vec<Account>,
    ids: HashSet<AccountId>,
    tokens: HashSet<String>,
    total: Option<u64>,
    empty: u32,
    shown: Option<Instant>,
}

impl Listing {
    /// Takes a page; where the next one is, or `None` at the end.
    fn take(&mut self, page: provider::Page<Account>) -> Result<Option<Cursor>, Failure> {
        self.total = page.total.or(self.total);
        let none = page.rows.is_empty();
        let before = self.rows.len();
        for row in page.rows {
            if self.ids.insert(row.key.id.clone()) {
                self.rows.push(row);
            }
        }
        let grew = self.rows.len() > before;
        self.empty = if none { self.empty + 1 } else { 0 };
        match page.next {
            Some(Cursor::Token(token)) => {
                let repeated = !self.tokens.insert(token.clone());
                if repeated || (!grew && !none) || self.empty > EMPTY_PAGES {
                    return Err(Failure::new(
                        FailureKind::Stopped,
                        "the remote search",
                        "the provider's pages repeat: the list may be incomplete",
                    ));
                }
                Ok(Some(Cursor::Token(token)))
            }
            // Some credentials get the same page for every number: without a new row it is the end.
            Some(Cursor::First | Cursor::Page(_)) if !grew => Ok(None),
            next @ (Some(Cursor::First | Cursor::Page(_)) | None) => Ok(next),
        }
    }

    fn show(&mut self, shared: &Shared, id: RequestId, complete: bool) {
        self.shown = Some(Instant::now());
        shared.tell(Fact::Listed {
            id,
            snapshot: Arc::new(Snapshot::of(self.rows.clone())),
            total: self.total,
            complete,
        });
    }
}

pub(super) async fn list(
    shared: Arc<Shared>,
    id: RequestId,
    connection: ConnectionName,
    scope: ListScope,
    consent: Consent,
) {
    let mut listing = Listing::default();
    if let Err(failure) = pages(&shared, id, (&connection, &scope), consent, &mut listing).await {
        if !listing.rows.is_empty() {
            listing.show(&shared, id, false);
        }
        shared.tell(Fact::ListFailed { id, failure });
    }
}

async fn pages(
    shared: &Shared,
    id: RequestId,
    (connection, scope): (&ConnectionName, &ListScope),
    consent: Consent,
    listing: &mut Listing,
) -> Result<(), Failure> {
    let provider = shared.provider(connection).await?;
    shared.surroundings.inventory.admits(connection, &Query::Accounts(scope.clone(), Cursor::First))?;
    let mut meter = Meter::new(&*provider, Metered::Search, consent);
    let mut cursor = Cursor::First;
    loop {
        let page = provider.accounts(scope, &cursor).await?;
        meter.saw(&page);
        let Some(next) = listing.take(page)? else {
            listing.show(shared, id, true);
            return Ok(());
        };
        if let Some(dear) = meter.asks(0).await {
            return Err(dear);
        }
        cursor = next;
        if listing.shown.is_none_or(|at| at.elapsed() >= BETWEEN_PAGES) {
            listing.show(shared, id, false);
        }
    }
}

pub(super) async fn plan(shared: Arc<Shared>, id: RequestId, changes: Vec<Change>) {
    let connections = changes.iter().map(|change| change.subject.connection().clone()).collect();
    let result = match shared.providers(connections).await {
        Ok(providers) => {
            let result = changes::plan(&shared.roads(&providers), changes, Way::default()).await;
            // The fresh read is in the inventory, whatever became of the plan.
            shared.publish();
            result
        }
        Err(failure) => Err(failure),
    };
    let result = result.map(Box::new);
    shared.tell(Fact::Planned { id, result });
}

pub(super) async fn apply(shared: Arc<Shared>, id: RequestId, plan: Arc<Plan>) {
    let connections = plan.parts.iter().map(|part| part.connection.clone()).collect();
    for nth in 0..plan.changes.len() {
        shared.tells(&plan.change_id(nth));
    }
    let results = match shared.providers(connections).await {
        Ok(providers) => {
            let tell = |stage| {
                // The inventory knows what was confirmed before that is read back, which may take seconds.
                if matches!(stage, Stage::Step(_)) {
                    shared.publish();
                }
                shared.tell(Fact::Progressed { id, stage });
            };
            let gate = shared.gate();
            let results = changes::apply(&shared.roads(&providers), &plan, Watch { tell: &tell, gate: &gate }).await;
            let accepted = (1..).zip(&results).filter(|(_, applied)| matches!(applied, Applied::Accepted { .. }));
            let accepted = accepted.map(|(nth, _)| format!("{}-{nth}", plan.id));
            shared.accepted.lock().unwrap_or_else(PoisonError::into_inner).extend(accepted);
            shared.publish();
            results
        }
        Err(failure) => vec![Applied::NotSent(failure); plan.changes.len()],
    };
    shared.tell(Fact::Applied { id, results });
}

pub(super) async fn sign_in(shared: Arc<Shared>, id: RequestId, connection: ConnectionName) {
    let result = match shared.provider(&connection).await {
        Ok(_) if shared.protection(&connection) == Protection::ReadOnly => {
            let cause = format!("{connection} is read-only, and whoever signs in may do everything");
            Err(Failure::new(FailureKind::Refused, "opening a sign-in link", cause))
        }
        Ok(provider) => match contested(&shared, &connection) {
            None => sign_in::open(&*provider, &shared.surroundings.browser).await,
            Some(failure) => Err(failure),
        },
        Err(failure) => Err(failure),
    };
    let result = result.map(|opened| opened.lines());
    shared.tell(Fact::SignedIn { id, result });
}

/// Why nobody may sign in at a connection that answers as somebody else: the dashboard would be that one's.
fn contested(shared: &Shared, connection: &ConnectionName) -> Option<Failure> {
    let snapshot = shared.surroundings.inventory.snapshot();
    snapshot.connection(connection).and_then(|view| view.contested(connection))
}

/// The user said who holds a connection.
pub(super) fn rule(shared: &Shared, connection: &ConnectionName, holder: Holder, seen: &Identity) {
    let snapshot = shared.surroundings.inventory.rule(connection, holder, seen);
    shared.tell(Fact::Inventory(snapshot));
}

/// Somebody looks at an account.
pub(super) fn recall(shared: &Shared, key: &AccountKey) {
    let snapshot = shared.surroundings.inventory.bring(key);
    shared.tell(Fact::Inventory(snapshot));
}

/// Hands a page to the user's browser. One that does not come back in time has started.
pub(super) async fn open(shared: Arc<Shared>, url: String, find: sign_in::Find) {
    let address = url.clone();
    let opening = tokio::task::spawn_blocking(move || {
        let opener = find().map_err(|failure| failure.cause)?;
        opener(&address).map_err(|why| format!("the browser did not start: {why}"))
    });
    let result = match tokio::time::timeout(STARTING, opening).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err("a bug in acctui stopped it".to_owned()),
        Err(_) => Ok(()),
    };
    shared.tell(Fact::Opened { url, result });
}
