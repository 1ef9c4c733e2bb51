//! What the inventory keeps on disk: a queue, and one thread that writes what is in it, some thousand rows at a time.
//!
//! What could not be written stays in memory and is said once; the next sync brings it again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::disk::{Batch, Disk, DiskError, Ending, FactKind, Mode, OwnerNo, Progress, RowId, Written};
use super::history::History;
use super::ops::{Op, Way};
use super::records::{Record, Records};
use super::search::Raws;
use crate::domain::{Account, AccountId, AccountKey, ConnectionName, Identity, Moment, ProviderId, Secret};
use crate::provider::Clock;

/// Rows of a transaction. The ids of a page stand all over the index, so that a transaction writes most of it, however few
/// rows it has; above this number another process that wants to write waits.
const BATCH: usize = 10_000;
/// Rows of a batch whose log is carried over as soon as nothing waits: few rows are not worth a disk's work each time.
const LOG: usize = 1_000;
/// How long what came lately waits for more, in milliseconds: what a kill takes with it is asked for again.
const PATIENCE: u64 = 100;
/// Numbers on the disk between two rows that are read in one go: reading a few more costs less than looking for the next.
const NEAR: i64 = 16;
/// Rows that may wait to be written. A sync waits for the disk then: its pages stand in memory meanwhile.
const MOST: usize = 40_000;

/// Hears what the user should: one sentence, each said once.
pub type Tell = Box<dyn Fn(String) + Send + Sync>;

/// The disk, and what waits to be written to it.
pub(super) struct Stock {
    pub(super) disk: Disk,
    /// What learns of differences.
    pub(super) history: OnceLock<Arc<History>>,
    clock: Clock,
    tell: Tell,
    shelf: Mutex<Shelf>,
    /// Rows in the queue.
    queued: AtomicUsize,
    eased: Notify,
}

#[derive(Default)]
struct Shelf {
    /// Accounts that are not on the disk yet, or not as they are now.
    pending: HashMap<u32, Arc<Account>>,
    /// Each row's number on the disk; 0 where it has none.
    at: Vec<u32>,
    /// The values of secret fields never leave memory.
    secrets: HashMap<u32, BTreeMap<String, Secret>>,
    said: HashSet<String>,
}

impl fmt::Debug for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stock").field("disk", &self.disk).finish_non_exhaustive()
    }
}

impl Stock {
    /// Says something once.
    pub(super) fn say(&self, words: &str) {
        if self.shelf().said.insert(words.to_owned()) {
            (self.tell)(words.to_owned());
        }
    }

    /// A read or write failed: it is said, and a damaged file is mended.
    pub(super) fn fault(&self, error: &DiskError) {
        // What is read-only was said when it was opened.
        if !(matches!(error, DiskError::ReadOnly { .. }) && self.disk.mode() == Mode::ReadOnly) {
            self.say(&format!("The inventory is not kept: {error}; {}", error.hint()));
        }
        if matches!(error, DiskError::Damaged { .. }) {
            for notice in self.disk.mend((self.clock)()) {
                self.say(notice.words());
            }
            self.shelf().at.clear();
        }
    }

    /// Writes a batch, and what differs by it to the history.
    fn write(&self, batch: &mut Batch) -> Result<Written, DiskError> {
        let Some(history) = self.history.get() else { return self.disk.write(batch) };
        let heard = history.write(&self.disk, batch)?;
        for notice in history.notices() {
            self.say(notice.words());
        }
        if let Some(why) = heard.trouble {
            self.say(&format!("The history is not kept: {why}; {}", why.hint()));
        }
        Ok(heard.written)
    }

    /// Has the history hear what an earlier process left for it.
    fn deliver(&self) {
        if let Some(Err(why)) = self.history.get().map(|history| history.deliver(&self.disk)) {
            self.say(&format!("The history is not kept: {why}; {}", why.hint()));
        }
    }

    /// Where rows stand on the disk that were read from there.
    pub(super) fn settle(&self, rows: Vec<u32>) {
        self.shelf().at = rows;
    }

    /// These are on the disk now.
    fn written(&self, rows: &[(u32, Arc<Account>)], written: &Written) {
        let mut shelf = self.shelf();
        for ((row, account), at) in rows.iter().zip(&written.rows) {
            let place = *row as usize;
            if shelf.at.len() <= place {
                shelf.at.resize(place + 1, 0);
            }
            let Ok(at) = u32::try_from(at.0) else { continue };
            shelf.at[place] = at;
            if shelf.pending.get(row).is_some_and(|pending| Arc::ptr_eq(pending, account)) {
                shelf.pending.remove(row);
            }
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn eases(&self, rows: usize) {
        self.queued.fetch_sub(rows, Ordering::Relaxed);
        self.eased.notify_waiters();
    }

    /// Waits until no more is queued than the disk can be expected to take soon.
    pub(super) async fn breathe(&self) {
        while self.queued.load(Ordering::Relaxed) > MOST {
            let eased = self.eased.notified();
            if self.queued.load(Ordering::Relaxed) <= MOST {
                return;
            }
            // Woken by the clock, too: what is woken between the two lines above is not heard.
            let _ = tokio::time::timeout(Duration::from_millis(50), eased).await;
        }
    }

    /// A row's number on the disk.
    pub(super) fn row_id(&self, row: u32) -> Option<RowId> {
        let at = self.shelf().at.get(row as usize).copied().filter(|at| *at != 0)?;
        Some(RowId(i64::from(at)))
    }

    /// A row's account as it waits to be written, or where it stands on the disk.
    pub(super) fn whereabouts(&self, row: u32) -> Option<Whereabouts> {
        let shelf = self.shelf();
        if let Some(account) = shelf.pending.get(&row) {
            return Some(Whereabouts::Pending(Arc::clone(account)));
        }
        let at = shelf.at.get(row as usize).copied().filter(|at| *at != 0)?;
        Some(Whereabouts::Disk(RowId(i64::from(at))))
    }
}

/// Where the rest of a row's record is.
#[derive(Debug)]
pub(super) enum Whereabouts {
    Pending(Arc<Account>),
    Disk(RowId),
}

/// In whatever order the disk has them, without making records of them.
impl Raws for Stock {
    fn each(&self, rows: &[u32], each: &mut dyn FnMut(u32, &str) -> ControlFlow<()>) {
        let mut stored: Vec<(RowId, u32)> = Vec::new();
        for row in rows {
            match self.whereabouts(*row) {
                Some(Whereabouts::Disk(at)) => stored.push((at, *row)),
                Some(Whereabouts::Pending(account)) if each(*row, account.raw.text()).is_break() => return,
                Some(Whereabouts::Pending(_)) | None => {}
            }
        }
        stored.sort_unstable();
        // What lies between two rows far apart is not read along with them.
        for run in stored.chunk_by(|(one, _), (next, _)| next.0 - one.0 <= NEAR) {
            match self.read_run(run, each) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return,
                Err(error) => return self.fault(&error),
            }
        }
    }
}

impl Stock {
    /// Hands over the records of rows that lie near each other, until `each` breaks.
    fn read_run(
        &self,
        run: &[(RowId, u32)],
        each: &mut dyn FnMut(u32, &str) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, DiskError> {
        let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) else {
            return Ok(ControlFlow::Continue(()));
        };
        let (mut next, mut flow) = (0, ControlFlow::Continue(()));
        self.disk.raws(*first..=*last, |at, text| {
            while run.get(next).is_some_and(|(wanted, _)| *wanted < at) {
                next += 1;
            }
            match run.get(next) {
                Some((wanted, row)) if *wanted == at => {
                    flow = each(*row, text);
                    flow
                }
                Some(_) => ControlFlow::Continue(()),
                None => ControlFlow::Break(()),
            }
        })?;
        Ok(flow)
    }
}

/// The records of an inventory over a disk.
#[derive(Debug)]
pub(super) struct OnDisk(pub(super) Arc<Stock>);

impl Records for OnDisk {
    fn keep(&mut self, row: u32, account: &Arc<Account>) {
        let mut shelf = self.0.shelf();
        shelf.pending.insert(row, Arc::clone(account));
        if account.secrets.is_empty() {
            shelf.secrets.remove(&row);
        } else {
            shelf.secrets.insert(row, account.secrets.clone());
        }
    }

    fn get(&self, row: u32, key: &AccountKey) -> Option<Record> {
        let secrets = self.0.shelf().secrets.get(&row).cloned().unwrap_or_default();
        match self.0.whereabouts(row)? {
            Whereabouts::Pending(account) => {
                Some(Record { raw: account.raw.clone(), secrets, has_extra: account.has_extra })
            }
            Whereabouts::Disk(at) => {
                let mut found = None;
                let read = self.0.disk.records([at], |stored| {
                    found = Some(stored.account);
                    ControlFlow::Break(())
                });
                if let Err(error) = read {
                    self.0.fault(&error);
                }
                // Another process may have forgotten it, and the number be another's.
                let account = found.filter(|account| account.key == *key)?;
                Some(Record { raw: account.raw, secrets, has_extra: account.has_extra })
            }
        }
    }

    fn forget(&mut self, row: u32) {
        let mut shelf = self.0.shelf();
        shelf.pending.remove(&row);
        shelf.secrets.remove(&row);
        if let Some(at) = shelf.at.get_mut(row as usize) {
            *at = 0;
        }
    }

    fn raws(&self) -> Arc<dyn Raws> {
        Arc::clone(&self.0) as Arc<dyn Raws>
    }
}

/// The queue's own end.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) stock: Arc<Stock>,
    ops: mpsc::Sender<Op>,
}

impl Keeper {
    /// Starts the thread that writes. It ends when the queue's end is dropped and all is written.
    pub(super) fn start(disk: Disk, clock: Clock, tell: Tell) -> io::Result<Self> {
        let stock = Arc::new(Stock {
            disk,
            history: OnceLock::new(),
            clock,
            tell,
            shelf: Mutex::default(),
            queued: AtomicUsize::new(0),
            eased: Notify::new(),
        });
        let (ops, queue) = mpsc::channel();
        let writer = Writer {
            stock: Arc::clone(&stock),
            lines: HashMap::new(),
            rows: 0,
            since: None,
            has_written: false,
            has_log: false,
        };
        std::thread::Builder::new().name("inventory".into()).spawn(move || writer.run(&queue))?;
        Ok(Self { stock, ops })
    }

    /// Queues something. A thread that ended has said why.
    pub(super) fn send(&self, op: Op) {
        self.stock.queued.fetch_add(op.rows(), Ordering::Relaxed);
        let _ = self.ops.send(op);
    }

    /// Has everything written that is queued; waits for the answer elsewhere.
    pub(super) fn flush(&self) -> mpsc::Receiver<()> {
        let (done, wait) = mpsc::channel();
        let _ = self.ops.send(Op::Flush(done));
        wait
    }
}

/// What the writer knows of one connection.
#[derive(Default)]
struct Line {
    provider: Option<ProviderId>,
    identity: Option<Identity>,
    owner: Option<OwnerNo>,
    /// The listing under way: its number in memory, and on the disk once that knows it.
    run: Option<(u32, Option<u64>)>,
    open: Option<Open>,
}

/// A batch in the making.
struct Open {
    batch: Batch,
    /// The rows of its accounts.
    rows: Vec<u32>,
    stage: u8,
}

struct Writer {
    stock: Arc<Stock>,
    lines: HashMap<ConnectionName, Line>,
    /// Rows in open batches.
    rows: usize,
    /// When the oldest of them came.
    since: Option<Moment>,
    /// Since the last flush.
    has_written: bool,
    /// Whether a whole batch stands in the log, and nothing but that.
    has_log: bool,
}

impl Writer {
    fn run(mut self, queue: &mpsc::Receiver<Op>) {
        loop {
            let op = match queue.try_recv() {
                Ok(op) => op,
                Err(TryRecvError::Disconnected) => break,
                // While pages are on their way: at the end somebody waits for it.
                Err(TryRecvError::Empty) if std::mem::take(&mut self.has_log) => {
                    let _ = self.stock.disk.carry_over();
                    continue;
                }
                Err(TryRecvError::Empty) => match self.wait(queue) {
                    Ok(op) => op,
                    Err(RecvTimeoutError::Timeout) => {
                        self.write_all();
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                },
            };
            self.take(op);
            let is_late = self.since.is_some_and(|since| (self.stock.clock)().since(since) >= PATIENCE);
            if self.rows >= BATCH || is_late {
                self.has_log = self.rows >= LOG;
                self.write_all();
            }
        }
        self.write_all();
    }

    fn wait(&self, queue: &mpsc::Receiver<Op>) -> Result<Op, RecvTimeoutError> {
        match self.since {
            Some(_) => queue.recv_timeout(Duration::from_millis(PATIENCE)),
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn take(&mut self, op: Op) {
        let now = (self.stock.clock)();
        let Some(connection) = op.connection().cloned() else {
            self.write_all();
            self.stock.deliver();
            if let Op::Flush(done) = op {
                // What stands in the log is kept already.
                if std::mem::take(&mut self.has_written) {
                    let _ = self.stock.disk.carry_over();
                }
                let _ = done.send(());
            }
            return;
        };
        let line = self.lines.entry(connection.clone()).or_default();
        if let Some(provider) = op.provider() {
            line.provider = Some(provider.clone());
        }
        let cuts = line.open.as_ref().is_some_and(|open| op.stage() < open.stage);
        let is_turn = matches!(op, Op::Identified(..) | Op::Taken(..) | Op::Begun { .. });
        if cuts || is_turn {
            self.write(&connection);
        }
        match op {
            Op::Identified(connection, identity) => self.identified(&connection, identity, now),
            Op::Taken(connection, identity) => self.taken(&connection, identity, now),
            Op::Begun { connection, run, way } => {
                let line = self.line(&connection);
                line.run = match (way, line.run) {
                    (Way::Anew, _) => Some((run, None)),
                    (Way::After(known), _) | (Way::On, Some((_, Some(known)))) => Some((run, Some(known))),
                    // Some of it could not be kept: ended as if it were whole, it would take that for gone.
                    (Way::On, Some((_, None)) | None) => None,
                };
            }
            op @ (Op::Accounts { .. }
            | Op::Ended { .. }
            | Op::Placed(..)
            | Op::Gone(_)
            | Op::Organizations(..)
            | Op::OrganizationsGone(..)
            | Op::Fact(..)
            | Op::FactGone(..)
            | Op::State(..)
            | Op::Flush(_)) => self.add(&connection, op, now),
        }
    }

    fn line(&mut self, connection: &ConnectionName) -> &mut Line {
        self.lines.entry(connection.clone()).or_default()
    }

    fn identified(&mut self, connection: &ConnectionName, identity: Identity, now: Moment) {
        let found = self.stock.disk.identify(connection, &identity.provider, Some(&identity), now);
        let current = found.and_then(|found| self.stock.disk.make_current(found.owner).map(|()| found.owner));
        let line = self.line(connection);
        line.identity = Some(identity);
        match current {
            Ok(owner) => line.owner = Some(owner),
            Err(error) => self.fault(&error),
        }
    }

    /// What is kept of the one that it was before stays, and is not this one's.
    fn taken(&mut self, connection: &ConnectionName, identity: Identity, now: Moment) {
        let line = self.line(connection);
        (line.run, line.owner) = (None, None);
        self.identified(connection, identity, now);
    }

    /// Puts something into the connection's batch.
    fn add(&mut self, connection: &ConnectionName, op: Op, now: Moment) {
        let Some(owner) = self.owner(connection, now) else {
            self.stock.eases(op.rows());
            return;
        };
        self.since.get_or_insert(now);
        let (listing, stage) = (self.listing(connection, owner, &op, now), op.stage());
        let line = self.line(connection);
        let open = line.open.get_or_insert_with(|| Open { batch: Batch::new(owner, now), rows: Vec::new(), stage: 0 });
        open.stage = open.stage.max(stage);
        let batch = &mut open.batch;
        batch.at = now;
        let mut taken = 0;
        match op {
            Op::Accounts { rows, tick, .. } => {
                taken = rows.len();
                open.take(rows);
                if let (Some(run), Some(tick)) = (listing, tick) {
                    open.batch.progress = Some(Progress { run, resume: tick.resume });
                }
            }
            Op::Ended { pages, at, there, .. } => {
                open.take(there);
                open.batch.ended_at = Some(at);
                open.batch.ending = listing.map(|run| Ending { run, pages });
                line.run = None;
            }
            Op::Placed(key, parent) => batch.places.push((key.id, parent)),
            Op::Gone(key) => batch.gone.push(key.id),
            Op::Organizations(_, organizations) => batch.organizations.extend(organizations),
            Op::OrganizationsGone(_, ids) => batch.organizations_gone.extend(ids),
            Op::Fact(_, fact) => batch.facts.push(fact),
            Op::FactGone(_, kind, subject) => batch.facts_gone.push((kind, subject)),
            Op::State(_, state) => batch.state = Some(*state),
            Op::Identified(..) | Op::Taken(..) | Op::Begun { .. } | Op::Flush(_) => {}
        }
        self.rows += taken;
    }

    /// The owner of what a connection says. One whose provider nobody has named yet has said nothing worth keeping.
    fn owner(&mut self, connection: &ConnectionName, now: Moment) -> Option<OwnerNo> {
        let line = self.lines.get(connection)?;
        if line.owner.is_some() {
            return line.owner;
        }
        let provider = line.provider.clone().or_else(|| self.known_provider(connection))?;
        let identity = line.identity.clone();
        match self.stock.disk.identify(connection, &provider, identity.as_ref(), now) {
            Ok(found) => {
                self.line(connection).owner = Some(found.owner);
                Some(found.owner)
            }
            Err(error) => {
                self.fault(&error);
                None
            }
        }
    }

    fn known_provider(&self, connection: &ConnectionName) -> Option<ProviderId> {
        let owners = self.stock.disk.owners().ok()?;
        let mine = owners.into_iter().find(|owner| owner.connection == *connection && owner.is_current);
        mine.map(|owner| owner.provider)
    }

    /// The number on the disk of the listing that something belongs to, if it still counts there.
    fn listing(&mut self, connection: &ConnectionName, owner: OwnerNo, op: &Op, now: Moment) -> Option<u64> {
        let asked = match op {
            Op::Accounts { tick, .. } => tick.as_ref()?.run,
            Op::Ended { run, .. } => *run,
            Op::Identified(..)
            | Op::Taken(..)
            | Op::Begun { .. }
            | Op::Placed(..)
            | Op::Gone(_)
            | Op::Organizations(..)
            | Op::OrganizationsGone(..)
            | Op::Fact(..)
            | Op::FactGone(..)
            | Op::State(..)
            | Op::Flush(_) => return None,
        };
        let (run, known) = self.line(connection).run?;
        if run != asked || known.is_some() {
            return known.filter(|_| run == asked);
        }
        match self.stock.disk.begin(owner, now) {
            Ok(known) => {
                self.line(connection).run = Some((run, Some(known)));
                Some(known)
            }
            Err(error) => {
                self.fault(&error);
                self.line(connection).run = None;
                None
            }
        }
    }

    fn write_all(&mut self) {
        let connections: Vec<ConnectionName> =
            self.lines.iter().filter(|(_, line)| line.open.is_some()).map(|(name, _)| name.clone()).collect();
        for connection in connections {
            self.write(&connection);
        }
        (self.since, self.rows) = (None, 0);
    }

    /// Writes a connection's batch.
    fn write(&mut self, connection: &ConnectionName) {
        let Some(Open { mut batch, rows, .. }) = self.line(connection).open.take() else { return };
        self.rows = self.rows.saturating_sub(rows.len());
        let count = rows.len();
        self.has_written = true;
        for again in [true, false] {
            match self.stock.write(&mut batch) {
                Ok(written) => {
                    let rows: Vec<_> = rows.iter().copied().zip(batch.accounts.iter().map(Arc::clone)).collect();
                    self.stock.written(&rows, &written);
                    break;
                }
                Err(error) => {
                    self.fault(&error);
                    // What follows of its listing would end it without these.
                    let line = self.line(connection);
                    line.run = None;
                    (batch.progress, batch.ending) = (None, None);
                    let is_other = matches!(error, DiskError::Damaged { .. } | DiskError::Forgotten { .. });
                    if !(again && is_other) {
                        break;
                    }
                    let Some(owner) = self.owner(connection, batch.at) else { break };
                    batch.owner = owner;
                }
            }
        }
        self.stock.eases(count);
    }

    /// Says what went wrong. Whatever the disk knew may be another's now.
    fn fault(&mut self, error: &DiskError) {
        let is_other = matches!(error, DiskError::Damaged { .. } | DiskError::Forgotten { .. });
        if !matches!(error, DiskError::Forgotten { .. }) {
            self.stock.fault(error);
        }
        if is_other {
            for line in self.lines.values_mut() {
                (line.owner, line.run) = (None, None);
            }
        }
    }
}

impl Open {
    fn take(&mut self, rows: Vec<(u32, Arc<Account>)>) {
        for (row, account) in rows {
            self.rows.push(row);
            self.batch.accounts.push(account);
        }
    }
}

/// What names an account's own facts.
pub(super) fn facts_of(id: &AccountId) -> [(FactKind, String); 3] {
    [FactKind::Detail, FactKind::Lineage, FactKind::Extra].map(|kind| (kind, id.as_str().to_owned()))
}
