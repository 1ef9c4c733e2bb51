//! The one owner of the inventory: takes in facts, hands out snapshots.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::book::{Book, Interrupted};
use super::columns::Row;
use super::contest::HiddenBooks;
use super::disk::Resume;
use super::extras;
use super::filing::Filing;
use super::keeper::Keeper;
use super::loading::Loader;
use super::ops::{Op, Tick, Way};
use super::pause::Pause;
use super::records::{Memory, Records};
use super::segment::Absence;
use super::snapshot::next_generation;
use super::told::Touched;
use super::{ConnectionView, Consent, Hierarchy, Snapshot, SyncState, is_dear_failure};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Failure, Lineage, Moment, Organization, OrganizationId, ParentRef,
    Untrusted,
};
use crate::provider::{ListScope, OrganizationScope, Page, Query, Reply};

/// The inventory. Shared by the tasks that read; every change makes a new [`Snapshot`].
#[derive(Debug, Default)]
pub struct Inventory {
    state: Mutex<State>,
    /// Hears of confirmed writes, and of what was read of its accounts, too.
    pub(super) beside: Option<Arc<Inventory>>,
}

/// What the lock guards. `work` is the next snapshot in the making: its parts are shared with the published one and
/// copied at most once between two publications, so that a page costs what is on it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) current: Arc<Snapshot>,
    pub(super) work: Snapshot,
    pub(super) filing: Filing,
    pub(super) records: Box<dyn Records>,
    /// The way to the disk, if anything is kept there.
    pub(super) keeper: Option<Keeper>,
    /// What was read of the disk so far.
    pub(super) preview: Option<Loader>,
    /// The connections in use, of which alone the disk is read; `None` for all.
    pub(super) only: Option<Arc<BTreeSet<ConnectionName>>>,
    /// Accounts that were filed and are to be kept, with their rows.
    outbox: Vec<(u32, Arc<Account>)>,
    pub(super) books: BTreeMap<ConnectionName, Book>,
    /// What nobody may see before the user has said who holds its connection.
    pub(super) hidden: HiddenBooks,
    last_run: u32,
    /// Whether anything that a search reads changed since the last publication.
    pub(super) altered: bool,
    /// Rows that have another name since then.
    renamed: Vec<u32>,
    /// Rows that have another record since then.
    pub(super) touched: Touched,
}

/// A listing that begins.
#[derive(Debug, Default)]
pub(super) struct Begun {
    /// The number that names it.
    pub(super) run: u32,
    /// How far the listing before it came.
    pub(super) before: SyncState,
    /// The pages of the last whole one.
    pub(super) pages: Option<u64>,
    /// Where it goes on, if it was begun before.
    pub(super) resume: Option<Resume>,
}

impl Default for State {
    fn default() -> Self {
        let records: Box<dyn Records> = Box::new(Memory::default());
        Self {
            current: Arc::default(),
            work: Snapshot { raws: Some(records.raws()), ..Snapshot::default() },
            filing: Filing::default(),
            records,
            keeper: None,
            preview: None,
            only: None,
            outbox: Vec::new(),
            books: BTreeMap::new(),
            hidden: HiddenBooks::new(),
            last_run: 0,
            altered: false,
            renamed: Vec::new(),
            touched: Touched::default(),
        }
    }
}

impl Inventory {
    /// An empty inventory that passes confirmed writes on to another one, and what is read of accounts that are there.
    #[must_use]
    pub fn beside(other: Arc<Self>) -> Self {
        Self { beside: Some(other), ..Self::default() }
    }

    /// The inventory as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().current)
    }

    /// What is known already: of one beside another that is what the other one has.
    #[must_use]
    pub fn known(&self) -> Arc<Snapshot> {
        self.beside.as_ref().map_or_else(|| self.snapshot(), |other| other.snapshot())
    }

    /// Takes in the answer to a read (of one account, organization, lineage, profile or identity, or of a page) and
    /// gives the new snapshot. An identity that differs from the earlier one of its connection makes the connection
    /// contested: all that the earlier one had seen is hidden, and nothing else is taken in, until the user says who
    /// holds it or the earlier one answers again.
    pub fn absorb(&self, connection: &ConnectionName, query: &Query, reply: &Reply, at: Moment) -> Arc<Snapshot> {
        let mut state = self.state();
        if let Some(book) = state.books.get_mut(connection) {
            book.sure.tick(at);
        }
        if state.is_contested(connection) && !matches!(reply, Reply::Identity(_)) {
            return state.publish();
        }
        if let (Some(beside), Reply::Account(account)) = (&self.beside, reply) {
            beside.relay(connection, query, account, at);
        }
        match reply {
            Reply::Identity(identity) => state.identify(connection, identity, at),
            Reply::Accounts(page) => state.visit(connection, query, page, at),
            Reply::Account(account) => state.detail(connection, account, at),
            Reply::Organizations(page) => state.level(connection, query, page, at),
            Reply::Organization(organization) => state.organization(connection, organization, at),
            Reply::Lineage(lineage) => state.lineage(connection, query, lineage, at),
            Reply::Profile(profile) => state.profile(profile, at),
        }
        state.publish()
    }

    /// What was read of an account on the way of a write, which the other inventory lists, too: what became of it there is
    /// its news as well.
    fn relay(&self, connection: &ConnectionName, query: &Query, account: &Account, at: Moment) {
        let is_listed = self.state().row(&account.key).is_some();
        if is_listed {
            self.absorb(connection, query, &Reply::Account(Box::new(account.clone())), at);
        }
    }

    /// Makes what was taken in visible.
    pub(super) fn publish(&self) -> Arc<Snapshot> {
        self.state().publish()
    }

    /// The user agrees to what the next sync of a connection costs.
    pub fn agree(&self, connection: &ConnectionName) {
        self.state().book(connection).agreed = true;
    }

    /// How many pages the last whole listing of a connection took.
    #[must_use]
    pub fn pages(&self, connection: &ConnectionName) -> Option<u64> {
        self.state().books.get(connection)?.pages
    }

    /// The sync of a connection that runs asks for nothing more until it goes on. The next one runs from its beginning.
    pub fn pause(&self, connection: &ConnectionName) {
        self.state().book(connection).pause.set(true);
    }

    /// A paused sync goes on where it stands.
    pub fn go_on(&self, connection: &ConnectionName) {
        self.state().book(connection).pause.set(false);
    }

    /// What holds up the sync of a connection that begins now: a pause of its own, so that one of before holds nothing.
    pub(super) fn unpaused(&self, connection: &ConnectionName) -> Pause {
        let pause = Pause::default();
        self.state().book(connection).pause = pause.clone();
        pause
    }

    /// Whether the user has agreed to what a sync costs: said so, or asked for it once more after being told.
    pub(super) fn consent(&self, connection: &ConnectionName) -> Consent {
        let mut state = self.state();
        let agreed = std::mem::take(&mut state.book(connection).agreed);
        let view = state.view(connection);
        let dear = |why: Option<&Failure>| why.is_some_and(is_dear_failure);
        let told = dear(view.sync.trouble()) || dear(view.hierarchy.trouble());
        if agreed || told { Consent::Given } else { Consent::Needed }
    }

    /// Begins a listing of accounts, or goes on with one that was interrupted a while ago.
    pub(super) fn begin(&self, connection: &ConnectionName, at: Moment) -> Begun {
        let mut state = self.state();
        state.last_run += 1;
        let run = state.last_run;
        if state.is_contested(connection) {
            return Begun { run, ..Begun::default() };
        }
        let interrupted = state.book(connection).interrupted.take().filter(|last| last.is_fresh(at));
        let book = state.book(connection);
        book.run = run;
        if interrupted.is_none() {
            book.given = Arc::default();
        }
        let loaded = interrupted.as_ref().map_or(0, |last| last.resume.loaded);
        let pages = interrupted.as_ref().map_or(0, Interrupted::pages);
        let running = SyncState::Running { loaded, total: None, pages };
        state.view(connection).messages.clear();
        let before = std::mem::replace(&mut state.view(connection).sync, running);
        let before = match before {
            // Its listing will not end any more: this one counts from now on.
            SyncState::Running { .. } => SyncState::Never,
            ended @ (SyncState::Never
            | SyncState::Complete { .. }
            | SyncState::Partial { .. }
            | SyncState::Failed { .. }) => ended,
        };
        let way = match &interrupted {
            None => Way::Anew,
            Some(Interrupted { run: Some(known), .. }) => Way::After(*known),
            Some(Interrupted { run: None, .. }) => Way::On,
        };
        state.send(|| Op::Begun { connection: connection.clone(), run, way });
        let pages = state.book(connection).pages;
        Begun { run, before, pages, resume: interrupted.map(|last| last.resume) }
    }

    /// A listing was given up in its midst: the next one goes on there.
    pub(super) fn interrupt(&self, connection: &ConnectionName, run: u32, resume: &Resume) {
        let mut state = self.state();
        if state.counts(connection, run) {
            state.book(connection).interrupted = Some(Interrupted { run: None, resume: resume.clone() });
        }
    }

    /// What was interrupted is of no use: its listing begins anew.
    pub(super) fn begin_anew(&self, connection: &ConnectionName, run: u32) {
        let mut state = self.state();
        if state.counts(connection, run) {
            state.book(connection).given = Arc::default();
            state.send(|| Op::Begun { connection: connection.clone(), run, way: Way::Anew });
        }
    }

    /// Files a page of a listing and gives how many of its accounts this listing had not given yet. `so_far` is told that,
    /// and says how far the listing is: after a restart it goes on there. Both at once: what is kept of a page without
    /// that would be taken for gone when a listing that goes on here ends.
    pub(super) fn list(
        &self,
        connection: &ConnectionName,
        run: u32,
        accounts: Vec<Account>,
        so_far: impl FnOnce(usize) -> (Resume, SyncState),
    ) -> usize {
        let mut state = self.state();
        let fresh = accounts.into_iter().map(|account| state.file(connection, account, Some(run)));
        let fresh = fresh.filter(|fresh| *fresh).count();
        let (resume, sync) = so_far(fresh);
        if state.counts(connection, run) {
            state.view(connection).sync = sync;
            state.post(Some((connection, Tick { run, resume })));
        }
        fresh
    }

    /// Waits until the disk has caught up with what was listed.
    pub(super) async fn breathe(&self) {
        let stock = self.state().keeper.as_ref().map(|keeper| Arc::clone(&keeper.stock));
        if let Some(stock) = stock {
            stock.breathe().await;
        }
    }

    /// Keeps what a provider said along with a page, each sentence once.
    pub(super) fn hear(&self, connection: &ConnectionName, messages: Vec<Untrusted>) {
        /// More than this many different sentences are noise.
        const MOST: usize = 8;
        let mut state = self.state();
        if state.is_contested(connection) {
            return;
        }
        let heard = &mut state.view(connection).messages;
        for message in messages {
            if heard.len() < MOST && !heard.contains(&message) {
                heard.push(message);
            }
        }
    }

    /// Says how far a listing is, if no newer one has begun.
    pub(super) fn advance(&self, connection: &ConnectionName, run: u32, sync: SyncState) {
        let mut state = self.state();
        if state.counts(connection, run) {
            state.view(connection).end(sync);
            state.keep_view(connection);
        }
    }

    /// Ends a listing that gave every page: rows that it did not give are gone.
    pub(super) fn complete(&self, connection: &ConnectionName, run: u32, pages: u32, at: Moment) {
        let mut state = self.state();
        if state.counts(connection, run) {
            state.settle(connection, at);
            state.rename(connection);
            state.book(connection).pages = Some(u64::from(pages));
            state.view(connection).end(SyncState::Complete { at });
            state.post(None);
            let there = state.there(connection);
            state.send(|| Op::Ended { connection: connection.clone(), run, pages, at, there });
            state.keep_view(connection);
        }
    }

    /// Files a page of organizations.
    ///
    /// # Errors
    /// `Conflict` while the connection is contested.
    pub(super) fn list_organizations(
        &self,
        connection: &ConnectionName,
        scope: &OrganizationScope,
        page: Page<Organization>,
    ) -> Result<(), Failure> {
        let mut state = self.state();
        if let Some(failure) = state.view(connection).contested(connection) {
            return Err(failure);
        }
        state.organizations(connection, page.rows);
        state.hold(connection, scope, &page.holds);
        Ok(())
    }

    /// Ends a listing of organizations that gave every page.
    pub(super) fn settle_organizations(
        &self,
        connection: &ConnectionName,
        scope: &OrganizationScope,
        came: &HashSet<OrganizationId>,
    ) {
        let mut state = self.state();
        if !state.is_contested(connection) {
            state.settle_level(connection, scope, came);
        }
    }

    /// A sync begins to ask for a connection's organizations, or does so no more.
    pub(super) fn asks_organizations(&self, connection: &ConnectionName, asking: bool) {
        let mut state = self.state();
        let book = state.book(connection);
        (book.asking, book.changed) = (asking, true);
    }

    /// Says where a connection's hierarchy comes from.
    pub(super) fn set_hierarchy(&self, connection: &ConnectionName, hierarchy: Hierarchy) {
        let mut state = self.state();
        if !state.is_contested(connection) {
            state.book(connection).changed = true;
            state.view(connection).hierarchy = hierarchy;
            state.keep_view(connection);
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn publish(&mut self) -> Arc<Snapshot> {
        self.post(None);
        let connections = Arc::make_mut(&mut self.work.connections);
        for (name, book) in &mut self.books {
            let view = connections.entry(name.clone()).or_default();
            view.accounts = book.accounts;
            view.given = Arc::clone(&book.given);
            if std::mem::take(&mut book.changed) {
                self.altered = true;
                let asking = book.asking || matches!(view.sync, SyncState::Running { .. });
                view.tree = Arc::new(book.tree(&view.hierarchy, asking));
            }
        }
        let renamed = std::mem::take(&mut self.renamed);
        if !renamed.is_empty() || self.work.rows.rows != self.current.rows.rows {
            self.work.ranking = Arc::new(self.work.ranking.next(renamed));
        }
        self.work.generation = next_generation();
        self.work.told.change(self.work.generation, self.touched.take());
        if std::mem::take(&mut self.altered) {
            (self.work.listing, self.work.alike) = (self.work.generation, Arc::default());
        }
        self.current = Arc::new(self.work.clone());
        Arc::clone(&self.current)
    }

    /// What was published last.
    pub(super) fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current)
    }

    pub(super) fn book(&mut self, connection: &ConnectionName) -> &mut Book {
        self.books.entry(connection.clone()).or_default()
    }

    pub(super) fn view(&mut self, connection: &ConnectionName) -> &mut ConnectionView {
        Arc::make_mut(&mut self.work.connections).entry(connection.clone()).or_default()
    }

    /// A page that is not part of a sync: accounts that are known are brought up to date. New ones come in only from
    /// a page of everything: what a search answers need not be in the listing. A listing of one organization, or a search,
    /// may give records that leave out what those of the whole listing say: where it tells nothing new they are no news.
    fn visit(&mut self, connection: &ConnectionName, query: &Query, page: &Page<Account>, at: Moment) {
        let everything = matches!(query, Query::Accounts(scope, _) if *scope == ListScope::all());
        for account in &page.rows {
            let is_known = || self.row(&account.key).is_some_and(|row| self.is_news(row, account));
            if everything || is_known() {
                self.file(connection, account.clone(), None);
                self.heard_extra(account, at);
            }
        }
    }

    /// Whether a record says something of a row that is not known, or not so. When it was made never changes.
    fn is_news(&self, row: u32, account: &Account) -> bool {
        let Some(known) = self.work.rows.any(row).filter(|_| self.is_alive(row)) else {
            return true;
        };
        let differs = |said: Option<&Untrusted>, known: Option<&str>| said.is_some_and(|it| Some(it.raw()) != known);
        let parent = |parent: &ParentRef| known.parent().is_none_or(|known| known.id != parent.id);
        account.has_extra
            || account.name.raw() != known.name()
            || differs(account.kind.as_ref(), known.kind())
            || differs(account.status.as_ref(), known.status())
            || differs(account.email.as_ref(), known.email())
            || differs(account.updated_at.as_ref(), known.updated_at().as_deref())
            || account.parent.as_ref().is_some_and(parent)
    }

    /// Whether a listing is the newest of its connection, and may still be filed.
    fn counts(&mut self, connection: &ConnectionName, run: u32) -> bool {
        self.book(connection).run == run && !self.is_contested(connection)
    }

    /// Adds or replaces one row, and says whether this listing had not given it yet.
    pub(super) fn file(&mut self, connection: &ConnectionName, mut account: Account, run: Option<u32>) -> bool {
        if run.is_some_and(|run| !self.counts(connection, run)) {
            return false;
        }
        let book = self.book(connection);
        if book.sure.is_gone(&account.key.id) {
            return false;
        }
        if account.parent.is_none() {
            account.parent = book.holder(&account.key.id).cloned();
        }
        book.sure.put(&mut account);
        account.parent = self.overrule(&account.key, account.parent.take());
        let book = self.book(connection);
        // Some records name their organization by its id alone.
        account.parent = account.parent.map(|parent| book.named(parent));
        book.name(&account);
        let Some(row) = self.work.rows.row(&account.key) else {
            return self.add(connection, &Arc::new(account), run);
        };
        self.complete_extras(row, &mut account);
        let account = Arc::new(account);
        let was_alive = self.is_alive(row);
        self.replace(row, &account);
        if !was_alive {
            self.revive(row);
        }
        run.map_or(!was_alive, |_| self.book(connection).give(row))
    }

    /// What was asked for once stays, while a record says nothing of it.
    pub(super) fn complete_extras(&self, row: u32, account: &mut Account) {
        if extras::is_wanting(account)
            && self.work.rows.any(row).is_some_and(|row| row.has_extra())
            && let Some(known) = self.recall(row)
        {
            extras::keep(account, &known);
        }
    }

    /// A row that nobody had before.
    fn add(&mut self, connection: &ConnectionName, account: &Arc<Account>, run: Option<u32>) -> bool {
        let Some(row) = self.filing.push(&mut self.work.rows, account) else {
            return false;
        };
        self.keep(row, account);
        self.altered = true;
        let book = self.book(connection);
        book.accounts += 1;
        if run.is_some() {
            book.give(row);
        }
        true
    }

    /// Writes a row anew, and with it the whole record that is at hand.
    pub(super) fn replace(&mut self, row: u32, account: &Arc<Account>) {
        let changed = self.filing.replace(&mut self.work.rows, row, account);
        self.altered |= changed.any;
        if changed.name {
            self.renamed.push(row);
        }
        self.keep(row, account);
        if self.work.recalled.get(&account.key).is_some_and(|known| known != account) {
            Arc::make_mut(&mut self.work.recalled).insert(account.key.clone(), Arc::clone(account));
        }
    }

    /// Keeps a row's record, here and on the disk.
    fn keep(&mut self, row: u32, account: &Arc<Account>) {
        self.records.keep(row, account);
        self.touched.add(row);
        if self.keeper.is_some() {
            self.outbox.push((row, Arc::clone(account)));
        }
    }

    pub(super) fn take_outbox(&mut self) -> Vec<(u32, Arc<Account>)> {
        std::mem::take(&mut self.outbox)
    }

    /// Puts a row into another organization.
    pub(super) fn put(&mut self, row: u32, parent: Option<ParentRef>) {
        if !self.filing.put(&mut self.work.rows, row, parent.clone()) {
            return;
        }
        self.altered = true;
        let Some(key) = self.work.rows.any(row).map(|row| row.key()) else { return };
        self.post(None);
        self.send(|| Op::Placed(key.clone(), parent.clone()));
        if let Some(whole) = Arc::make_mut(&mut self.work.recalled).get_mut(&key) {
            Arc::make_mut(whole).parent = parent;
        }
    }

    /// Puts an account into another organization, if it is in the list.
    pub(super) fn place(&mut self, key: &AccountKey, parent: Option<ParentRef>) {
        let Some(row) = self.row(key) else { return };
        self.put(row, parent);
        if let Some(known) = self.work.rows.any(row) {
            self.books.entry(key.connection.clone()).or_default().name(&known);
        }
    }

    /// What is known of an account beside its row changed.
    pub(super) fn touch(&mut self, key: &AccountKey) {
        if let Some(row) = self.work.rows.row(key) {
            self.touched.add(row);
        }
    }

    /// The row of an account that is in the list.
    pub(super) fn row(&self, key: &AccountKey) -> Option<u32> {
        self.work.row(key)
    }

    /// The whole account of a row that is neither hidden nor forgotten.
    pub(super) fn recall(&self, row: u32) -> Option<Account> {
        let known = self.work.rows.get(row)?;
        Some(known.whole(self.records.get(row, &known.key())?))
    }

    fn is_alive(&self, row: u32) -> bool {
        self.work.rows.any(row).is_some_and(|row| row.is_alive())
    }

    /// A row that was gone or forgotten came again.
    fn revive(&mut self, row: u32) {
        self.forgotten(row, false);
        self.gone(row, None);
    }

    /// A row is gone since then, or is not.
    pub(super) fn gone(&mut self, row: u32, since: Option<Moment>) {
        let turned = Filing::set_gone(&mut self.work.rows, row, since);
        self.count(row, turned);
        if since.is_some() {
            self.put_away(row);
        }
    }

    /// A row is hidden, or is not any more.
    pub(super) fn hidden(&mut self, row: u32, is_hidden: bool) {
        let turned = Filing::set_absent(&mut self.work.rows, row, Absence::Hidden, is_hidden);
        self.count(row, turned);
        if is_hidden {
            self.put_away(row);
        }
    }

    /// A row is forgotten: only its number stays; or it came again.
    pub(super) fn forgotten(&mut self, row: u32, is_forgotten: bool) {
        let turned = Filing::set_absent(&mut self.work.rows, row, Absence::Forgotten, is_forgotten);
        self.count(row, turned);
        if is_forgotten {
            self.records.forget(row);
            self.put_away(row);
        }
    }

    /// The whole record of an absent row is at hand no longer.
    fn put_away(&mut self, row: u32) {
        if let Some(row) = self.work.rows.any(row)
            && !self.work.recalled.is_empty()
        {
            let key = row.key();
            Arc::make_mut(&mut self.work.recalled).shift_remove(&key);
        }
    }

    /// Counts a row that lists show no longer, or again.
    fn count(&mut self, row: u32, turned: bool) {
        let Some(row) = self.work.rows.any(row).filter(|_| turned) else { return };
        self.altered = true;
        let book = self.books.entry(row.connection().clone()).or_default();
        if row.is_alive() {
            book.accounts += 1;
        } else {
            book.accounts = book.accounts.saturating_sub(1);
        }
    }

    /// The rows of a connection, whatever became of them.
    pub(super) fn rows_of(&self, connection: &ConnectionName) -> Vec<u32> {
        let columns = &self.work.rows;
        let mine: Vec<bool> = columns.shapes.iter().map(|shape| shape.connection == *connection).collect();
        let is_mine = |row: &u32| {
            let (segment, at) = columns.segment(*row);
            mine[segment.shape(at)]
        };
        (0..columns.rows).filter(is_mine).collect()
    }

    /// A whole listing has ended: what it did not give is gone, unless that is there for sure.
    fn settle(&mut self, connection: &ConnectionName, at: Moment) {
        self.book(connection).sure.tick(at);
        for row in self.rows_of(connection) {
            let Some(known) = self.work.rows.any(row).filter(Row::is_alive) else { continue };
            let book = self.books.get(connection);
            let stays = book.is_some_and(|book| book.given.has(row) || book.sure.is_there(&AccountId::new(known.id())));
            if !stays {
                self.gone(row, Some(at));
            }
        }
        self.book(connection).given = Arc::default();
    }

    /// Lets the lineage's parent stand for the listing's, unless the listing has changed its mind since.
    pub(super) fn overrule(&mut self, key: &AccountKey, listed: Option<ParentRef>) -> Option<ParentRef> {
        let Some(lineage) = self.work.lineages.get(key) else {
            return listed;
        };
        let parent = parent_of(&lineage.value);
        let book = self.books.entry(key.connection.clone());
        if book.or_default().stands(&key.id, parent.as_ref(), listed.as_ref()) {
            return parent;
        }
        self.drop_lineage(key);
        listed
    }

    /// Asks all rows of a connection again whom they name as their parents.
    fn rename(&mut self, connection: &ConnectionName) {
        self.book(connection).forget_names();
        let mut asked = vec![false; self.work.rows.shapes.len()];
        for row in self.rows_of(connection) {
            let (segment, at) = self.work.rows.segment(row);
            let shape = segment.shape(at);
            if segment.is_alive(at)
                && !std::mem::replace(&mut asked[shape], true)
                && let Some(known) = self.work.rows.any(row)
                && let Some(book) = self.books.get_mut(connection)
            {
                book.name(&known);
            }
        }
    }
}

/// The organization that a lineage ends at; `None` outside any.
pub(super) fn parent_of(lineage: &Lineage) -> Option<ParentRef> {
    lineage.parent().map(|organization| ParentRef { id: organization.key.id.clone(), name: organization.name.clone() })
}
