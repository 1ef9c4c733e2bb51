//! Files what single reads give: one account, one level of organizations, one lineage, one profile.

use std::sync::Arc;

use super::columns::Row;
use super::disk::StoredFact;
use super::store::{State, parent_of};
use super::{Fact, Hierarchy};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Lineage, Moment, Organization, ParentRef, Profile, Untrusted,
};
use crate::provider::{Cursor, OrganizationScope, Page, Query};

/// Of which rows the places are called by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Of all.
    All,
    /// Of those that give theirs by an id alone.
    Unnamed,
}

impl State {
    /// A fresh record also updates its row; what only listings say is kept.
    pub(super) fn detail(&mut self, connection: &ConnectionName, account: &Account, at: Moment) {
        let mut whole = account.clone();
        if whole.parent.is_some() {
            self.book(connection).sure.put(&mut whole);
            whole.parent = self.overrule(&whole.key, whole.parent.take());
            let book = self.book(connection);
            whole.parent = whole.parent.map(|parent| book.named(parent));
            book.name(&whole);
        }
        self.heard_extra(account, at);
        if let Some(row) = self.row(&account.key) {
            self.complete_extras(row, &mut whole);
            if let Some(known) = self.work.rows.any(row) {
                fill(&mut whole, &known);
            }
            self.replace(row, &Arc::new(whole.clone()));
        }
        let fact = Fact { value: Arc::new(whole), at };
        self.keep_fact(connection, || StoredFact::Detail(fact.clone()));
        Arc::make_mut(&mut self.work.details).insert(account.key.clone(), fact);
        self.touch(&account.key);
    }

    pub(super) fn level(&mut self, connection: &ConnectionName, query: &Query, page: &Page<Organization>, at: Moment) {
        self.organizations(connection, page.rows.clone());
        let Query::Organizations(scope, cursor) = query else {
            return;
        };
        self.hold(connection, scope, &page.holds);
        if *cursor == Cursor::First && page.next.is_none() {
            let came = page.rows.iter().map(|row| row.key.id.clone()).collect();
            self.settle_level(connection, scope, &came);
            if !matches!(scope, OrganizationScope::Below(_)) {
                self.view(connection).hierarchy = Hierarchy::Listed { at };
                self.keep_view(connection);
            }
        }
    }

    /// Puts accounts into the organization whose listing named them, also those that are listed already.
    pub(super) fn hold(&mut self, connection: &ConnectionName, scope: &OrganizationScope, accounts: &[AccountId]) {
        let OrganizationScope::Below(organization) = scope else {
            return;
        };
        self.book(connection).hold(organization, accounts);
        for id in accounts {
            if self.book(connection).sure.is_stale(id, Some(organization)) {
                continue;
            }
            let key = AccountKey { connection: connection.clone(), id: id.clone() };
            if self.row(&key).is_some() {
                let holder = self.book(connection).holder(id).cloned();
                let parent = self.overrule(&key, holder);
                self.place(&key, parent);
            }
        }
    }

    /// Rows that name their organization by an id alone, or by a name that it had before, get the name that it has.
    pub(super) fn call_places(&mut self, connection: &ConnectionName, which: Which) {
        let Some(book) = self.books.get(connection) else { return };
        let shapes = self.work.rows.shapes.iter();
        let is_asked = |parent: &&ParentRef| match which {
            Which::All => true,
            Which::Unnamed => parent.name.is_empty(),
        };
        let called: Vec<Option<ParentRef>> = shapes
            .map(|shape| {
                let parent = shape.parent.as_ref().filter(|_| shape.connection == *connection);
                book.called(parent.filter(is_asked)?)
            })
            .collect();
        if called.iter().all(Option::is_none) {
            return;
        }
        for row in self.rows_of(connection) {
            let (segment, at) = self.work.rows.segment(row);
            if let Some(Some(parent)) = called.get(segment.shape(at)) {
                self.put(row, Some(parent.clone()));
            }
        }
    }

    pub(super) fn organization(&mut self, connection: &ConnectionName, organization: &Organization, at: Moment) {
        if self.book(connection).sure.has(&organization.key.id) == Some(false) {
            return;
        }
        self.book(connection).read(organization);
        let fact = Fact { value: Arc::new(organization.clone()), at };
        self.keep_fact(connection, || StoredFact::Organization(fact.clone()));
        Arc::make_mut(&mut self.work.organizations).insert(organization.key.clone(), fact);
    }

    pub(super) fn lineage(&mut self, connection: &ConnectionName, query: &Query, lineage: &Lineage, at: Moment) {
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
            let listed = self.work.rows.any(row).and_then(|row| row.parent().cloned());
            let book = self.book(connection);
            book.overrule(id, listed);
            let parent = parent_of(lineage).map(|parent| book.named(parent));
            self.put(row, parent);
        }
        let fact = Fact { value: Arc::new(lineage.clone()), at };
        self.keep_fact(connection, || StoredFact::Lineage(id.clone(), fact.clone()));
        Arc::make_mut(&mut self.work.lineages).insert(key, fact);
    }

    pub(super) fn profile(&mut self, profile: &Profile, at: Moment) {
        let fact = Fact { value: Arc::new(profile.clone()), at };
        self.keep_fact(profile.subject.connection(), || StoredFact::Profile(fact.clone()));
        Arc::make_mut(&mut self.work.profiles).insert(profile.subject.clone(), fact);
    }
}

/// Keeps of an earlier record what the later one is silent about.
fn fill(later: &mut Account, earlier: &Row<'_>) {
    if later.name.is_empty() {
        later.name = Untrusted::new(earlier.name());
    }
    let fields = [
        (&mut later.kind, earlier.kind().map(Untrusted::new)),
        (&mut later.status, earlier.status().map(Untrusted::new)),
        (&mut later.email, earlier.email().map(Untrusted::new)),
        (&mut later.created_at, earlier.created_at().map(Untrusted::new)),
        (&mut later.updated_at, earlier.updated_at().map(Untrusted::new)),
    ];
    for (later, earlier) in fields {
        if later.is_none() {
            *later = earlier;
        }
    }
    if later.parent.is_none() {
        later.parent = earlier.parent().cloned();
    }
}
