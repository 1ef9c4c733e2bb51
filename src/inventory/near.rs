//! What stands around an account, for filters: its organizations, the age of what is known, what was asked for.

use std::collections::HashMap;

use super::{ListQuery, RowSet, Snapshot, SyncState};
use crate::domain::filter::{Answer, Around, Field, TextTest};
use crate::domain::{Account, AccountKey, Listed, Moment};
use crate::provider::registry;

/// A snapshot, seen from one of its rows at one time.
#[derive(Clone, Copy)]
pub(super) struct Near<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) now: Moment,
    pub(super) marked: Option<&'a RowSet>,
    pub(super) labels: Option<&'a HashMap<AccountKey, Vec<String>>>,
    pub(super) notes: Option<&'a HashMap<AccountKey, String>>,
    /// Whether what accounts' own requests gave counts.
    reads_details: bool,
    /// Whether rows count as asked for with what is not asked by default, whatever they are.
    is_asked: bool,
}

impl<'a> Near<'a> {
    /// What stands around the rows of a snapshot when this is asked.
    pub(super) fn new(snapshot: &'a Snapshot, query: &'a ListQuery) -> Self {
        let (marked, labels, notes) = (query.marked.as_deref(), query.labels.as_deref(), query.notes.as_deref());
        Self { snapshot, now: query.now, marked, labels, notes, reads_details: true, is_asked: false }
    }

    /// The same for a row of which nothing but its listing is known.
    pub(super) fn of_listing(self) -> Self {
        Self { marked: None, labels: None, notes: None, reads_details: false, ..self }
    }

    /// The same for a row that was asked for with what is not asked by default.
    pub(super) fn of_asked(self) -> Self {
        Self { is_asked: true, ..self.of_listing() }
    }

    fn detail(&self, row: &dyn Listed) -> Option<&Account> {
        if !self.reads_details || self.snapshot.details.is_empty() {
            return None;
        }
        self.snapshot.detail(&row.key()).map(|fact| fact.value.as_ref())
    }
}

impl Around for Near<'_> {
    fn now(&self) -> Moment {
        self.now
    }

    /// The parent as the account's record has it, and what the tree has above it.
    fn within(&self, row: &dyn Listed, test: &TextTest) -> Answer {
        let Some(parent) = row.parent() else { return Answer::No };
        if test.matches(parent.id.as_str()) || test.matches(parent.name.raw()) {
            return Answer::Yes;
        }
        let Some(view) = self.snapshot.connection(row.connection()) else { return Answer::No };
        let ids = std::iter::once(parent.id.clone()).chain(view.tree.above(&parent.id));
        let mut nodes = ids.filter_map(|id| view.tree.node(&id));
        nodes
            .any(|node| test.matches(node.organization.key.id.as_str()) || test.matches(node.organization.name.raw()))
            .into()
    }

    fn is_marked(&self, row: &dyn Listed) -> bool {
        let row = || self.snapshot.rows.find(row.connection(), row.id());
        self.marked.is_some_and(|marked| row().is_some_and(|row| marked.has(row)))
    }

    fn is_gone(&self, row: &dyn Listed) -> bool {
        let rows = &self.snapshot.rows;
        let row = rows.find(row.connection(), row.id()).and_then(|row| rows.get(row));
        row.is_some_and(|row| row.gone_since().is_some())
    }

    fn labels(&self, row: &dyn Listed, each: &mut dyn FnMut(&str)) {
        let labels = self.labels.and_then(|labels| labels.get(&row.key()));
        labels.into_iter().flatten().for_each(|label| each(label));
    }

    fn note(&self, row: &dyn Listed) -> Option<&str> {
        self.notes.and_then(|notes| notes.get(&row.key())).map(String::as_str)
    }

    /// When its own record came, or else the listing.
    fn seen(&self, row: &dyn Listed) -> Option<Moment> {
        let has_details = self.reads_details && !self.snapshot.details.is_empty();
        if let Some(fact) = has_details.then(|| self.snapshot.detail(&row.key())).flatten() {
            return Some(fact.at);
        }
        let view = self.snapshot.connection(row.connection())?;
        match &view.sync {
            SyncState::Complete { at } | SyncState::Partial { at, .. } => Some(*at),
            // What is kept is of an earlier one.
            SyncState::Failed { .. } | SyncState::Running { .. } => view.kept_at,
            SyncState::Never => None,
        }
    }

    /// What a provider does not give by default is known only where it was asked for.
    fn is_fetched(&self, row: &dyn Listed, field: &Field) -> bool {
        let path = match field {
            Field::Path(path) => path.as_ref(),
            Field::Email => "email",
            Field::Name
            | Field::Id
            | Field::Type
            | Field::Status
            | Field::Provider
            | Field::Connection
            | Field::Parent
            | Field::Org
            | Field::Created
            | Field::Updated
            | Field::Age
            | Field::Seen
            | Field::Marked
            | Field::Gone
            | Field::Label
            | Field::Note => return true,
        };
        let Some(kind) = registry().iter().find(|kind| kind.spec.facts.id == row.provider().as_str()) else {
            return true;
        };
        let begins =
            |extra: &str| path.strip_prefix(extra).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let is_extra = kind.spec.details.iter().any(|detail| detail.is_extra && begins(detail.path));
        let is_row_asked = || {
            let rows = &self.snapshot.rows;
            let row = rows.find(row.connection(), row.id()).and_then(|row| rows.any(row));
            self.reads_details && row.is_some_and(|row| row.has_extra())
        };
        !is_extra || self.is_asked || self.detail(row).is_some_and(|account| account.has_extra) || is_row_asked()
    }
}
