//! A connection that answers as somebody else than its rows belong to: what is hidden, and what the user decides.
//!
//! Nothing is filed for a contested connection: what it answers is the new one's, what is known is the old one's.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use super::book::Book;
use super::ops::Op;
use super::store::State;
use super::{ConnectionView, Fact, Inventory, Snapshot, SyncState};
use crate::domain::{
    Account, AccountKey, ConnectionName, Failure, FailureKind, Identity, Lineage, Moment, Organization,
    OrganizationKey, Profile, Subject,
};
use crate::provider::Query;

/// What the user has said of a contested connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing yet: its rows are hidden.
    Open,
    /// The one that is known holds: its rows are shown, and nothing is asked until it is the one that answers.
    KnownHolds,
}

/// A connection answers as somebody else than it is known as.
#[derive(Clone, Debug, PartialEq)]
pub struct Contest {
    /// Who answers now.
    pub now: Fact<Identity>,
    /// What the user has said.
    pub ruling: Ruling,
}

/// Whom the user wants a contested connection to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The one that its rows belong to.
    Known,
    /// The one that answers now.
    New,
}

/// What is hidden of a connection while nobody has said who holds it.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    book: Book,
    view: ConnectionView,
    details: HashMap<AccountKey, Fact<Arc<Account>>>,
    extras: HashMap<AccountKey, Moment>,
    lineages: HashMap<AccountKey, Fact<Arc<Lineage>>>,
    profiles: HashMap<Subject, Fact<Arc<Profile>>>,
    organizations: HashMap<OrganizationKey, Fact<Arc<Organization>>>,
}

/// What is hidden, by connection.
pub(super) type HiddenBooks = BTreeMap<ConnectionName, Hidden>;

/// The head of every refusal for a contested connection.
const CONTESTED: &str = "checking the identity";

impl ConnectionView {
    /// Whether its rows are hidden until the user says who holds it.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.contest.as_ref().is_some_and(|contest| contest.ruling == Ruling::Open)
    }

    /// `answers as X, before as Y`, if it is contested. Safe for a terminal.
    #[must_use]
    pub fn contest_words(&self) -> Option<String> {
        let (known, now) = self.rivals()?;
        Some(format!("answers as {}, before as {}", now.beside(known), known.beside(now)))
    }

    /// Why nothing may be asked of it or sent to it, if it is contested.
    #[must_use]
    pub fn contested(&self, connection: &ConnectionName) -> Option<Failure> {
        let (known, now) = self.rivals()?;
        let words = self.contest_words()?;
        let failure = |cause: String| Failure::new(FailureKind::Conflict, CONTESTED, cause);
        Some(match self.contest.as_ref()?.ruling {
            Ruling::Open => failure(format!("{connection} {words}: its rows are hidden, and nothing is sent"))
                .with_hint("say which of them holds: F2, then w; or put the other credential back, then r"),
            Ruling::KnownHolds => failure(format!("the credential of {connection} is that of {}", now.beside(known)))
                .with_hint(format!("put that of {} back, then r", known.beside(now))),
        })
    }

    /// Who it is known as, and who answers.
    fn rivals(&self) -> Option<(&Identity, &Identity)> {
        Some((&self.identity.as_ref()?.value, &self.contest.as_ref()?.now.value))
    }
}

impl Inventory {
    /// Whether a connection may be asked this: not while it is contested, but who it is may always be asked.
    ///
    /// # Errors
    /// `Conflict`, with what to do.
    pub fn admits(&self, connection: &ConnectionName, query: &Query) -> Result<(), Failure> {
        if *query == Query::Identity {
            return Ok(());
        }
        match self.snapshot().connection(connection).and_then(|view| view.contested(connection)) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// The user says who holds a contested connection, having been shown that it answers as `seen`. The new one: all
    /// that is known is forgotten, and it is to be listed anew. The known one: its rows come back. Nothing changes if the
    /// connection is not contested any more, or the new one is another one by now.
    pub fn rule(&self, connection: &ConnectionName, holder: Holder, seen: &Identity) -> Arc<Snapshot> {
        let mut state = self.state();
        let contest = state.view(connection).contest.clone();
        match (holder, contest) {
            (Holder::New, Some(contest)) if contest.now.value.is_same(seen) => {
                state.forget(connection);
                state.book(connection).identified = true;
                state.send(|| Op::Taken(connection.clone(), contest.now.value.clone()));
                state.view(connection).identity = Some(contest.now);
            }
            (Holder::Known, Some(contest)) => {
                state.restore(connection);
                state.view(connection).contest = Some(Contest { ruling: Ruling::KnownHolds, ..contest });
            }
            (Holder::New, Some(_)) | (Holder::New | Holder::Known, None) => {}
        }
        state.publish()
    }
}

impl State {
    /// Whether nothing may be filed for a connection.
    pub(super) fn is_contested(&mut self, connection: &ConnectionName) -> bool {
        self.work.connections.get(connection).is_some_and(|view| view.contest.is_some())
    }

    /// A connection says who it is: the one that is known, or a rival.
    pub(super) fn identify(&mut self, connection: &ConnectionName, identity: &Identity, at: Moment) {
        let now = Fact { value: identity.clone(), at };
        let known = self.view(connection).identity.as_ref();
        if known.is_none_or(|known| known.value.is_same(identity)) {
            self.restore(connection);
            let view = self.view(connection);
            (view.identity, view.contest) = (Some(now), None);
            self.book(connection).identified = true;
            self.send(|| Op::Identified(connection.clone(), identity.clone()));
            return;
        }
        let ruling = self.view(connection).contest.as_ref().map(|contest| contest.ruling);
        if ruling.is_none() {
            self.hide(connection, at);
        }
        let ruling = ruling.unwrap_or(Ruling::Open);
        let view = self.view(connection);
        view.contest = Some(Contest { now, ruling });
        if let (Ruling::Open, Some(why)) = (ruling, view.contested(connection)) {
            view.sync = SyncState::Failed { at, why };
        }
    }

    /// Puts away all that is known of a connection. A listing that is under way counts no more.
    fn hide(&mut self, connection: &ConnectionName, at: Moment) {
        let mut view = self.view(connection).clone();
        if let SyncState::Running { loaded, pages, .. } = view.sync {
            let why =
                Failure::new(FailureKind::Stopped, "listing accounts", "the connection answered as somebody else");
            let page = format!("page {}", pages + 1);
            view.end(if loaded == 0 { SyncState::Never } else { SyncState::Partial { at, page, why } });
        }
        let identity = view.identity.clone();
        let mut book = self.books.insert(connection.clone(), Book::default()).unwrap_or_default();
        book.run = 0;
        for row in self.rows_of(connection) {
            self.hidden(row, true);
        }
        *self.view(connection) = ConnectionView { identity, ..ConnectionView::default() };
        let hidden = Hidden {
            book,
            view,
            details: take_of(&mut self.work.details, |key| key.connection == *connection),
            extras: take_of(&mut self.work.extras, |key| key.connection == *connection),
            lineages: take_of(&mut self.work.lineages, |key| key.connection == *connection),
            profiles: take_of(&mut self.work.profiles, |key| key.connection() == connection),
            organizations: take_of(&mut self.work.organizations, |key| key.connection == *connection),
        };
        self.hidden.insert(connection.clone(), hidden);
    }

    /// Brings back what was put away, if anything was.
    fn restore(&mut self, connection: &ConnectionName) {
        let Some(hidden) = self.hidden.remove(connection) else {
            return;
        };
        let Hidden { mut book, view, details, extras, lineages, profiles, organizations } = hidden;
        (book.accounts, book.changed) = (0, true);
        self.books.insert(connection.clone(), book);
        let contest = self.view(connection).contest.take();
        *self.view(connection) = ConnectionView { contest, ..view };
        for row in self.rows_of(connection) {
            self.hidden(row, false);
        }
        give_back(&mut self.work.details, details);
        give_back(&mut self.work.extras, extras);
        give_back(&mut self.work.lineages, lineages);
        give_back(&mut self.work.profiles, profiles);
        give_back(&mut self.work.organizations, organizations);
    }

    /// Everything that is known of a connection is gone, what was put away too. Its listing, if one is under way, files
    /// into the void.
    fn forget(&mut self, connection: &ConnectionName) {
        if !self.hidden.contains_key(connection) {
            self.hide(connection, Moment::default());
        }
        self.hidden.remove(connection);
        for row in self.rows_of(connection) {
            self.forgotten(row, true);
            self.hidden(row, false);
            self.gone(row, None);
        }
        self.books.insert(connection.clone(), Book::default());
        self.book(connection).changed = true;
        *self.view(connection) = ConnectionView::default();
    }
}

/// Takes away what belongs to a connection.
fn take_of<K: Clone + Eq + Hash, V: Clone>(facts: &mut Arc<HashMap<K, V>>, mine: impl Fn(&K) -> bool) -> HashMap<K, V> {
    if !facts.keys().any(&mine) {
        return HashMap::new();
    }
    Arc::make_mut(facts).extract_if(|key, _| mine(key)).collect()
}

fn give_back<K: Clone + Eq + Hash, V: Clone>(facts: &mut Arc<HashMap<K, V>>, back: HashMap<K, V>) {
    if !back.is_empty() {
        Arc::make_mut(facts).extend(back);
    }
}
