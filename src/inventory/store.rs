//! The one owner of the inventory: takes in facts, hands out snapshots.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::book::Book;
use super::contest::HiddenBooks;
use super::index::Index;
use super::snapshot::next_generation;
use super::{ConnectionView, Consent, Fact, Hierarchy, Snapshot, SyncState, is_dear_failure};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Failure, Lineage, Moment, Organization, OrganizationId, ParentRef,
    Profile, Untrusted,
};
use crate::provider::{Cursor, ListScope, OrganizationScope, Page, Query, Reply};

/// The inventory. Shared by the tasks that read; every change makes a new [`Snapshot`].
#[derive(Debug, Default)]
pub struct Inventory {
    state: Mutex<State>,
}

/// What the lock guards. `work` is the next snapshot in the making: its parts are shared with the published one and
/// copied at most once between two publications, so that a page costs what is on it.
#[derive(Debug, Default)]
pub(super) struct State {
    current: Arc<Snapshot>,
    pub(super) work: Snapshot,
    pub(super) books: BTreeMap<ConnectionName, Book>,
    /// What nobody may see before the user has said who holds its connection.
    pub(super) hidden: HiddenBooks,
    /// For each row the listing that gave it last; 0 for none.
    runs: Vec<u32>,
    last_run: u32,
    /// Whether rows came, went or changed what search reads of them since the last publication.
    reordered: bool,
}

impl Inventory {
    /// The inventory as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().current)
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
        match reply {
            Reply::Identity(identity) => state.identify(connection, identity, at),
            Reply::Accounts(page) => state.visit(connection, query, page),
            Reply::Account(account) => state.detail(connection, account, at),
            Reply::Organizations(page) => state.level(connection, query, page, at),
            Reply::Organization(organization) => state.organization(connection, organization, at),
            Reply::Lineage(lineage) => state.lineage(connection, query, lineage, at),
            Reply::Profile(profile) => state.profile(profile, at),
        }
        state.publish()
    }

    /// Makes what was taken in visible.
    pub(super) fn publish(&self) -> Arc<Snapshot> {
        self.state().publish()
    }

    /// The user agrees to what the next sync of a connection costs.
    pub fn agree(&self, connection: &ConnectionName) {
        self.state().book(connection).agreed = true;
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

    /// Begins a listing of accounts: gives the number that names it, how far the listing before it came, and how many
    /// pages the last whole one had.
    pub(super) fn begin(&self, connection: &ConnectionName) -> (u32, SyncState, Option<u64>) {
        let mut state = self.state();
        state.last_run += 1;
        let run = state.last_run;
        if state.is_contested(connection) {
            return (run, SyncState::Never, None);
        }
        state.book(connection).run = run;
        let running = SyncState::Running { loaded: 0, total: None, pages: 0 };
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
        (run, before, state.book(connection).pages)
    }

    /// Files a page of a listing and gives how many of its accounts this listing had not given yet.
    pub(super) fn list(&self, connection: &ConnectionName, run: u32, accounts: Vec<Account>) -> usize {
        let mut state = self.state();
        let fresh = accounts.into_iter().map(|account| state.file(connection, account, Some(run)));
        fresh.filter(|fresh| *fresh).count()
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
            state.view(connection).sync = sync;
        }
    }

    /// Ends a listing that gave every page: rows that it did not give are gone.
    pub(super) fn complete(&self, connection: &ConnectionName, run: u32, pages: u32, at: Moment) {
        let mut state = self.state();
        if state.counts(connection, run) {
            state.book(connection).sure.tick(at);
            let sure = std::mem::take(&mut state.book(connection).sure);
            state.keep(|account, last| {
                account.key.connection != *connection || last == run || sure.is_there(&account.key.id)
            });
            state.book(connection).sure = sure;
            state.rename(connection);
            state.book(connection).pages = Some(u64::from(pages));
            state.view(connection).sync = SyncState::Complete { at };
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
        state.book(connection).list(page.rows);
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
            state.book(connection).settle(scope, came);
        }
    }

    /// Says where a connection's hierarchy comes from.
    pub(super) fn set_hierarchy(&self, connection: &ConnectionName, hierarchy: Hierarchy) {
        let mut state = self.state();
        if !state.is_contested(connection) {
            state.book(connection).changed = true;
            state.view(connection).hierarchy = hierarchy;
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn publish(&mut self) -> Arc<Snapshot> {
        let connections = Arc::make_mut(&mut self.work.connections);
        for (name, book) in &mut self.books {
            let view = connections.entry(name.clone()).or_default();
            view.accounts = book.accounts;
            if std::mem::take(&mut book.changed) {
                let asking = matches!(view.sync, SyncState::Running { .. });
                view.tree = Arc::new(book.tree(&view.hierarchy, asking));
            }
        }
        if std::mem::take(&mut self.reordered) {
            self.work.table = Arc::default();
        }
        self.work.generation = next_generation();
        self.current = Arc::new(self.work.clone());
        Arc::clone(&self.current)
    }

    pub(super) fn book(&mut self, connection: &ConnectionName) -> &mut Book {
        self.books.entry(connection.clone()).or_default()
    }

    pub(super) fn view(&mut self, connection: &ConnectionName) -> &mut ConnectionView {
        Arc::make_mut(&mut self.work.connections).entry(connection.clone()).or_default()
    }

    /// A page that is not part of a sync: accounts that are known are brought up to date. New ones come in only from
    /// a page of everything: what a search answers need not be in the listing.
    fn visit(&mut self, connection: &ConnectionName, query: &Query, page: &Page<Account>) {
        let everything = matches!(query, Query::Accounts(scope, _) if *scope == ListScope::all());
        for account in &page.rows {
            if everything || self.row(&account.key).is_some() {
                self.file(connection, account.clone(), None);
            }
        }
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
        self.overrule(&mut account);
        self.book(connection).name(&account);
        let run = run.unwrap_or_default();
        let Some(row) = self.row(&account.key) else {
            self.add(connection, Arc::new(account), run);
            return true;
        };
        self.replace(row, account);
        let last = &mut self.runs[row as usize];
        let fresh = *last != run;
        if run != 0 {
            *last = run;
        }
        fresh
    }

    pub(super) fn add(&mut self, connection: &ConnectionName, account: Arc<Account>, run: u32) {
        let Ok(row) = u32::try_from(self.work.accounts.len()) else {
            return;
        };
        Arc::make_mut(&mut self.work.by_key).insert(&account.key, row);
        Arc::make_mut(&mut self.work.accounts).push(account);
        self.reordered = true;
        self.runs.push(run);
        self.book(connection).accounts += 1;
    }

    pub(super) fn replace(&mut self, row: u32, account: Account) {
        let known = &self.work.accounts[row as usize];
        if **known == account {
            return;
        }
        let read = |account: &Account| (account.name.clone(), account.email.clone(), account.parent.clone());
        self.reordered |= read(known) != read(&account);
        Arc::make_mut(&mut self.work.accounts)[row as usize] = Arc::new(account);
    }

    pub(super) fn row(&self, key: &AccountKey) -> Option<u32> {
        self.work.row(key)
    }

    /// Lets the lineage's parent stand for the listing's, unless the listing has changed its mind since.
    fn overrule(&mut self, account: &mut Account) {
        let Some(lineage) = self.work.lineages.get(&account.key) else {
            return;
        };
        let parent = parent_of(&lineage.value);
        let book = self.books.entry(account.key.connection.clone());
        let listed = account.parent.as_ref();
        if book.or_default().stands(&account.key.id, parent.as_ref(), listed) {
            account.parent = parent;
        } else {
            Arc::make_mut(&mut self.work.lineages).remove(&account.key);
        }
    }

    /// Keeps the rows of which `stays` (account, its last listing) says so; the order of the others stays.
    pub(super) fn keep(&mut self, stays: impl Fn(&Account, u32) -> bool) {
        let accounts = &self.work.accounts;
        let kept: Vec<(Arc<Account>, u32)> = accounts
            .iter()
            .zip(&self.runs)
            .filter(|(account, run)| stays(account, **run))
            .map(|(account, run)| (Arc::clone(account), *run))
            .collect();
        if kept.len() == accounts.len() {
            return;
        }
        for book in self.books.values_mut() {
            book.accounts = 0;
        }
        for (account, _) in &kept {
            if let Some(book) = self.books.get_mut(&account.key.connection) {
                book.accounts += 1;
            }
        }
        let (accounts, runs): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        self.work.by_key = Arc::new(Index::of(&accounts));
        self.work.accounts = Arc::new(accounts);
        self.reordered = true;
        self.runs = runs;
    }

    /// Asks all rows of a connection again whom they name as their parents.
    fn rename(&mut self, connection: &ConnectionName) {
        let accounts = Arc::clone(&self.work.accounts);
        let book = self.book(connection);
        book.forget_names();
        for account in accounts.iter() {
            if account.key.connection == *connection {
                book.name(account);
            }
        }
    }

    /// A fresh record also updates its row; what only listings say is kept.
    fn detail(&mut self, connection: &ConnectionName, account: &Account, at: Moment) {
        let mut whole = account.clone();
        if whole.parent.is_some() {
            self.book(connection).sure.put(&mut whole);
            self.overrule(&mut whole);
            self.book(connection).name(&whole);
        }
        if let Some(row) = self.row(&account.key) {
            fill(&mut whole, &self.work.accounts[row as usize]);
            self.replace(row, whole.clone());
        }
        Arc::make_mut(&mut self.work.details).insert(account.key.clone(), Fact { value: Arc::new(whole), at });
    }

    fn level(&mut self, connection: &ConnectionName, query: &Query, page: &Page<Organization>, at: Moment) {
        self.book(connection).list(page.rows.clone());
        let Query::Organizations(scope, cursor) = query else {
            return;
        };
        self.hold(connection, scope, &page.holds);
        let book = self.book(connection);
        if *cursor == Cursor::First && page.next.is_none() {
            let came = page.rows.iter().map(|row| row.key.id.clone()).collect();
            book.settle(scope, &came);
            if !matches!(scope, OrganizationScope::Below(_)) {
                self.view(connection).hierarchy = Hierarchy::Listed { at };
            }
        }
    }

    /// Puts accounts into the organization whose listing named them, also those that are listed already.
    fn hold(&mut self, connection: &ConnectionName, scope: &OrganizationScope, accounts: &[AccountId]) {
        let OrganizationScope::Below(organization) = scope else {
            return;
        };
        self.book(connection).hold(organization, accounts);
        for id in accounts {
            if self.book(connection).sure.is_stale(id, Some(organization)) {
                continue;
            }
            let key = AccountKey { connection: connection.clone(), id: id.clone() };
            if let Some(row) = self.row(&key) {
                let mut account = (*self.work.accounts[row as usize]).clone();
                account.parent = self.book(connection).holder(id).cloned();
                self.overrule(&mut account);
                self.book(connection).name(&account);
                self.replace(row, account);
            }
        }
    }

    fn organization(&mut self, connection: &ConnectionName, organization: &Organization, at: Moment) {
        if self.book(connection).sure.has(&organization.key.id) == Some(false) {
            return;
        }
        self.book(connection).read(organization);
        Arc::make_mut(&mut self.work.organizations)
            .insert(organization.key.clone(), Fact { value: Arc::new(organization.clone()), at });
    }

    fn lineage(&mut self, connection: &ConnectionName, query: &Query, lineage: &Lineage, at: Moment) {
        let Query::Lineage(id) = query else {
            return;
        };
        let here = lineage.parent().map(|organization| &organization.key.id);
        if self.book(connection).sure.is_stale(id, here) {
            return;
        }
        self.book(connection).trace(lineage);
        let key = AccountKey { connection: connection.clone(), id: id.clone() };
        if let Some(row) = self.row(&key) {
            let mut account = (*self.work.accounts[row as usize]).clone();
            self.book(connection).overrule(id, account.parent.take());
            account.parent = parent_of(lineage);
            self.replace(row, account);
        }
        let value = Arc::new(lineage.clone());
        Arc::make_mut(&mut self.work.lineages).insert(key, Fact { value, at });
    }

    pub(super) fn profile(&mut self, profile: &Profile, at: Moment) {
        let value = Arc::new(profile.clone());
        Arc::make_mut(&mut self.work.profiles).insert(profile.subject.clone(), Fact { value, at });
    }
}

/// The organization that a lineage ends at; `None` outside any.
fn parent_of(lineage: &Lineage) -> Option<ParentRef> {
    lineage.parent().map(|organization| ParentRef { id: organization.key.id.clone(), name: organization.name.clone() })
}

/// Keeps of an earlier record what the later one is silent about.
fn fill(later: &mut Account, earlier: &Account) {
    if later.name.is_empty() {
        later.name.clone_from(&earlier.name);
    }
    let fields = [
        (&mut later.kind, &earlier.kind),
        (&mut later.status, &earlier.status),
        (&mut later.email, &earlier.email),
        (&mut later.created_at, &earlier.created_at),
        (&mut later.updated_at, &earlier.updated_at),
    ];
    for (later, earlier) in fields {
        if later.is_none() {
            later.clone_from(earlier);
        }
    }
    if later.parent.is_none() {
        later.parent.clone_from(&earlier.parent);
    }
}
