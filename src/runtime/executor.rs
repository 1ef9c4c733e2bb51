//! The executor: the only place that spawns tasks.
//!
//! It has one cancellation token a slot under a root: a newer fetch for a slot cancels the older one. Cancelling saves
//! work, no more: that a late answer does no harm rests on the request's id alone. A panic in a task becomes a failed
//! reply. A write is never cancelled, replaced or retried.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::clipboard::{Carried, Clipboard};
use super::sign_in::Find;
use super::tasks::{self, Shared};
use super::{Requests, Surroundings};
use super::{history, journal};
use crate::app::{Copied, Fact, RequestId, Slot, Urgency};
use crate::domain::{
    AccountKey, Applied, Change, ConnectionName, Delivery, Failure, FailureKind, Identity, Plan, Signal, Vanished,
};
use crate::inventory::{Consent, Holder, Inventory, ListQuery, Snapshot};
use crate::provider::{ListScope, Query};

/// What a task was started for: who has to hear if it crashes.
#[derive(Debug)]
enum Job {
    Fetch(RequestId, Slot),
    Sync(RequestId, ConnectionName),
    Search(RequestId),
    List(RequestId),
    Plan(RequestId),
    /// With the number of its changes.
    Apply(RequestId, usize),
    SignIn(RequestId),
    Journal(RequestId),
    History(RequestId),
    /// Nobody waits for it.
    Aside,
}

impl Job {
    fn slot(&self) -> Option<(RequestId, Slot)> {
        match self {
            Self::Fetch(id, slot) => Some((*id, slot.clone())),
            Self::Sync(id, connection) => Some((*id, Slot::Sync(connection.clone()))),
            Self::Search(id) => Some((*id, Slot::Rows)),
            Self::List(id) => Some((*id, Slot::Remote)),
            Self::Plan(id) => Some((*id, Slot::Plan)),
            Self::Apply(id, _) => Some((*id, Slot::Write)),
            Self::SignIn(_) | Self::Journal(_) | Self::History(_) | Self::Aside => None,
        }
    }

    /// What is said of a crash.
    fn crashed(self, failure: Failure) -> Option<Fact> {
        Some(match self {
            Self::Fetch(id, slot) => Fact::Replied { id, slot, result: Err(failure) },
            Self::Sync(id, connection) => Fact::Synced { id, connection, result: Err(failure) },
            Self::Search(id) => Fact::Replied { id, slot: Slot::Rows, result: Err(failure) },
            Self::List(id) => Fact::ListFailed { id, failure },
            Self::Plan(id) => Fact::Planned { id, result: Err(failure) },
            Self::Apply(id, changes) => {
                let failure = failure.with_delivery(Delivery::Unknown);
                Fact::Applied { id, results: vec![Applied::Unknown(failure); changes] }
            }
            Self::SignIn(id) => Fact::SignedIn { id, result: Err(failure) },
            Self::History(id) => Fact::History { id, result: Err(failure) },
            Self::Journal(id) => Fact::Journal { id, result: Err(failure) },
            Self::Aside => return None,
        })
    }
}

/// Starts, cancels and reaps tasks. Facts go out through the channel that it was made with.
#[derive(Debug)]
pub struct Executor {
    shared: Arc<Shared>,
    facts: mpsc::UnboundedSender<Fact>,
    root: CancellationToken,
    slots: HashMap<Slot, (RequestId, CancellationToken)>,
    tasks: JoinSet<()>,
    jobs: HashMap<Id, Job>,
}

impl Executor {
    /// An executor without tasks. What it learns goes to `facts` and, of requests, to `requests`.
    #[must_use]
    pub fn new(surroundings: Surroundings, facts: mpsc::UnboundedSender<Fact>, requests: &Arc<Requests>) -> Self {
        Self {
            shared: Arc::new(Shared::new(surroundings, facts.clone(), requests.recorder())),
            facts,
            root: CancellationToken::new(),
            slots: HashMap::new(),
            tasks: JoinSet::new(),
            jobs: HashMap::new(),
        }
    }

    /// Asks a provider.
    pub fn fetch(&mut self, id: RequestId, connection: ConnectionName, slot: Slot, query: Query, urgency: Urgency) {
        let job = Job::Fetch(id, slot.clone());
        let body = tasks::fetch(Arc::clone(&self.shared), id, connection, slot, query, urgency);
        self.start(job, body);
    }

    /// Lists all of a connection.
    pub fn sync(&mut self, id: RequestId, connection: ConnectionName) {
        let job = Job::Sync(id, connection.clone());
        let body = tasks::sync(Arc::clone(&self.shared), id, connection);
        self.start(job, body);
    }

    /// Searches a snapshot, off the loop's thread.
    pub fn search(&mut self, id: RequestId, snapshot: Arc<Snapshot>, query: Arc<ListQuery>) {
        let token = self.claim(Slot::Rows, id);
        let shared = Arc::clone(&self.shared);
        let handle = self.tasks.spawn_blocking(move || tasks::search(id, &snapshot, &query, &token, &shared));
        self.jobs.insert(handle.id(), Job::Search(id));
    }

    /// Searches a snapshot for the palette, off the loop's thread, beside the list's own search.
    pub fn look(&mut self, id: RequestId, snapshot: Arc<Snapshot>, query: Arc<ListQuery>) {
        let token = self.claim(Slot::Palette, id);
        let shared = Arc::clone(&self.shared);
        let handle = self.tasks.spawn_blocking(move || tasks::look(id, &snapshot, &query, &token, &shared));
        self.jobs.insert(handle.id(), Job::Fetch(id, Slot::Palette));
    }

    /// Lists with the provider's own parameters.
    pub fn list(&mut self, id: RequestId, connection: ConnectionName, scope: ListScope, consent: Consent) {
        let body = tasks::list(Arc::clone(&self.shared), id, connection, scope, consent);
        self.start(Job::List(id), body);
    }

    /// Makes a plan.
    pub fn plan(&mut self, id: RequestId, changes: Vec<Change>) {
        let body = tasks::plan(Arc::clone(&self.shared), id, changes);
        self.start(Job::Plan(id), body);
    }

    /// Sends a plan. While another one is being sent it is refused, never put in its place.
    pub fn apply(&mut self, id: RequestId, plan: Arc<Plan>) {
        let changes = plan.changes.len();
        if self.is_writing() {
            let failure = Failure::new(FailureKind::Stopped, "sending the plan", "another plan is being sent");
            let results = vec![Applied::NotSent(failure); changes];
            // The loop, which is the other end, outlives the executor or has ended.
            let _ = self.facts.send(Fact::Applied { id, results });
            return;
        }
        self.shared.open_gate();
        let body = tasks::apply(Arc::clone(&self.shared), id, plan);
        self.start_uncancelled(Job::Apply(id, changes), body);
    }

    /// Holds up the plan that is being sent, lets it go on, or stops it before its next change.
    pub fn gate(&self, signal: Signal) {
        self.shared.gate().set(signal);
    }

    /// The user said who holds a connection: done at once, so that what is asked next is asked of that one.
    pub fn rule(&self, connection: &ConnectionName, holder: Holder, seen: &Identity) {
        tasks::rule(&self.shared, connection, holder, seen);
    }

    /// Has the whole record of an account at hand: reading it may take the disk's time.
    pub fn recall(&mut self, key: AccountKey) {
        let shared = Arc::clone(&self.shared);
        let handle = self.tasks.spawn_blocking(move || tasks::recall(&shared, &key));
        self.jobs.insert(handle.id(), Job::Aside);
    }

    /// Reads the inventory from the disk, off the loop's thread; tasks wait for that. Answered by `Inventory` and `Loaded`.
    pub fn load(&mut self) {
        self.shared.await_load();
        let shared = Arc::clone(&self.shared);
        let handle = self.tasks.spawn_blocking(move || shared.load());
        self.jobs.insert(handle.id(), Job::Aside);
    }

    /// Keeps these rows as the first screen of the next start, off the loop's thread.
    pub fn keep_first(&mut self, rows: Vec<u32>) {
        let inventory = self.inventory();
        self.aside(move || inventory.keep_first(&rows));
    }

    /// Does something that takes a while and that nobody has to hear of, off the loop's thread.
    pub(super) fn aside(&mut self, work: impl FnOnce() + Send + 'static) {
        let handle = self.tasks.spawn_blocking(work);
        self.jobs.insert(handle.id(), Job::Aside);
    }

    /// The inventory that its tasks fill.
    pub(super) fn inventory(&self) -> Arc<Inventory> {
        Arc::clone(&self.shared.surroundings.inventory)
    }

    /// Makes the plan that undoes a change of the journal, or by its id all that a plan of it did.
    pub fn undo(&mut self, id: RequestId, change: String) {
        let body = journal::undo(Arc::clone(&self.shared), id, change);
        self.start(Job::Plan(id), body);
    }

    /// Makes a plan of what an earlier one did not get done.
    pub fn again(&mut self, id: RequestId, plan: String) {
        let body = journal::again(Arc::clone(&self.shared), id, plan);
        self.start(Job::Plan(id), body);
    }

    /// Reads the journal.
    pub fn read_journal(&mut self, id: RequestId) {
        let body = journal::read_journal(Arc::clone(&self.shared), id);
        self.start(Job::Journal(id), body);
    }

    /// Reads the newest entries of the history, of an account or of all.
    pub fn read_history(&mut self, id: RequestId, account: Option<AccountKey>, most: u32) {
        let body = history::read(Arc::clone(&self.shared), id, account, most);
        self.start(Job::History(id), body);
    }

    /// Tells what vanished and waits for the user's word.
    pub fn find_vanished(&mut self) {
        let body = history::find_vanished(Arc::clone(&self.shared));
        self.start(Job::Aside, body);
    }

    /// The user says that it is gone.
    pub fn take_vanished(&mut self, vanished: Vanished) {
        let body = history::take(Arc::clone(&self.shared), vanished);
        self.start_uncancelled(Job::Aside, body);
    }

    /// Settles what nobody knows the outcome of by reading back.
    pub fn reconcile(&mut self, id: RequestId) {
        let body = journal::reconcile(Arc::clone(&self.shared), id);
        self.start(Job::Journal(id), body);
    }

    /// Notes the user's word on a change of unknown outcome.
    pub fn settle(&mut self, id: RequestId, change: String, done: bool) {
        let body = journal::settle(Arc::clone(&self.shared), id, change, done);
        self.start_uncancelled(Job::Journal(id), body);
    }

    /// Tells of changes whose outcome nobody knows, and follows those to their end that go on at their provider.
    pub fn find_unsettled(&mut self) {
        let body = journal::find_unsettled(Arc::clone(&self.shared));
        self.start(Job::Aside, body);
    }

    /// Settles by reading back what earlier runs left, where it is old enough.
    pub fn revisit(&mut self, changes: Vec<String>) {
        let body = journal::revisit(Arc::clone(&self.shared), changes);
        self.start(Job::Aside, body);
    }

    /// Copies something; what the desktop does not take comes back for the terminal.
    pub(super) fn copy(
        &mut self,
        (what, copied): (String, Copied),
        clipboard: Clipboard,
        tell: mpsc::UnboundedSender<Carried>,
    ) {
        let inventory = self.inventory();
        self.start_uncancelled(Job::Aside, async move {
            // A loop that has ended has nobody to tell.
            let _ = tell.send(clipboard.carry(what, copied, inventory).await);
        });
    }

    /// Opens a URL in the user's browser.
    pub fn open(&mut self, url: String, browser: Find) {
        self.start_uncancelled(Job::Aside, tasks::open(Arc::clone(&self.shared), url, browser));
    }

    /// Opens a one-time link into the web dashboard. A newer one takes no older one's place: each cost a code.
    pub fn sign_in(&mut self, id: RequestId, connection: ConnectionName) {
        let body = tasks::sign_in(Arc::clone(&self.shared), id, connection);
        self.start(Job::SignIn(id), body);
    }

    /// Gives up what fills a slot; not a write.
    pub fn cancel(&mut self, slot: &Slot) {
        if let Some((_, token)) = self.slots.remove(slot) {
            token.cancel();
        }
    }

    /// Gives up everything but writes.
    pub fn cancel_all(&mut self) {
        self.root.cancel();
        self.root = CancellationToken::new();
        self.slots.clear();
    }

    /// Whether a plan is being sent.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.jobs.values().any(|job| matches!(job, Job::Apply(_, _)))
    }

    /// How many tasks are not reaped yet.
    #[must_use]
    pub fn running(&self) -> usize {
        self.jobs.len()
    }

    /// How many slots have a token.
    #[must_use]
    pub fn filling(&self) -> usize {
        self.slots.len()
    }

    /// Waits for a task to end, for ever if there is none, and gives what is to be said of it: nothing, unless it
    /// crashed. Can be dropped and called again.
    pub async fn reap(&mut self) -> Option<Fact> {
        match self.tasks.join_next_with_id().await {
            None => std::future::pending().await,
            Some(Ok((task, ()))) => {
                self.forget(task);
                None
            }
            Some(Err(error)) => {
                let job = self.forget(error.id())?;
                job.crashed(crash(error)?)
            }
        }
    }

    /// Forgets a task that ended, and its slot's token if no newer one has it.
    fn forget(&mut self, task: Id) -> Option<Job> {
        let job = self.jobs.remove(&task)?;
        if let Some((id, slot)) = job.slot()
            && self.slots.get(&slot).is_some_and(|(holder, _)| *holder == id)
        {
            self.slots.remove(&slot);
        }
        match job {
            Job::Apply(..) => self.follow_accepted(),
            // Other processes write to the journal, too: these are moments to look at what one left that is gone since.
            Job::Sync(..) | Job::Journal(_) => self.start(Job::Aside, journal::find_left(Arc::clone(&self.shared))),
            Job::Fetch(..)
            | Job::Search(_)
            | Job::List(_)
            | Job::Plan(_)
            | Job::SignIn(_)
            | Job::History(_)
            | Job::Aside => {}
        }
        Some(job)
    }

    /// Follows to their end what a plan that was sent has left going on.
    fn follow_accepted(&mut self) {
        let accepted = self.shared.take_accepted();
        if !accepted.is_empty() {
            let body = journal::follow(Arc::clone(&self.shared), accepted);
            self.start(Job::Aside, body);
        }
    }

    /// Takes a slot: what filled it is given up.
    fn claim(&mut self, slot: Slot, id: RequestId) -> CancellationToken {
        let token = self.root.child_token();
        if let Some((_, older)) = self.slots.insert(slot, (id, token.clone())) {
            older.cancel();
        }
        token
    }

    fn start(&mut self, job: Job, body: impl Future<Output = ()> + Send + 'static) {
        let Some((id, slot)) = job.slot() else {
            let token = self.root.child_token();
            return self.start_uncancelled(job, async move {
                let _ = token.run_until_cancelled_owned(body).await;
            });
        };
        let listing = matches!(slot, Slot::Sync(_)).then(|| Arc::clone(&self.shared));
        let token = self.claim(slot, id);
        self.start_uncancelled(job, async move {
            // The whole body, its messages included: nothing is said after a cancel, but how much of a listing came.
            if token.run_until_cancelled_owned(body).await.is_none()
                && let Some(shared) = listing
            {
                shared.publish();
            }
        });
    }

    fn start_uncancelled(&mut self, job: Job, body: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(body);
        self.jobs.insert(handle.id(), job);
    }
}

/// The failure that a panic becomes; `None` for a task that was aborted.
fn crash(error: JoinError) -> Option<Failure> {
    let panic = error.try_into_panic().ok()?;
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Some(
        Failure::new(FailureKind::Crashed, "a task of acctui", format!("a bug in acctui stopped it: {words}"))
            .with_hint("try again; the rest of the program goes on"),
    )
}
