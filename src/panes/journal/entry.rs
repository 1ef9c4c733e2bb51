//! One change of the journal, with all its records: its words, and what the filter finds.

use indexmap::IndexMap;

use crate::app::State;
use crate::domain::{
    Change, ChangeKind, Diff, JournalRecord, JournalState, OrganizationId, OrganizationKey, Records, Role, shown,
};
use crate::panes::plan;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its records, oldest first; at least one.
    pub(super) records: Vec<JournalRecord>,
    /// What the filter looks in, in small letters.
    hay: String,
}

/// A journal that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Loaded {
    /// The changes, newest first.
    pub(super) entries: Vec<Entry>,
    /// Lines that can't be read.
    pub(super) skipped: usize,
}

impl From<Records> for Loaded {
    fn from(found: Records) -> Self {
        let mut changes: IndexMap<String, Vec<JournalRecord>> = IndexMap::new();
        for record in found.records {
            changes.entry(record.change.clone()).or_default().push(record);
        }
        let entries = changes.into_values().rev().map(Entry::new).collect();
        Self { entries, skipped: found.skipped + found.torn }
    }
}

impl Loaded {
    /// The change of an id.
    pub(super) fn find(&self, change: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id() == change)
    }

    /// How many changes nobody knows the outcome of.
    pub(super) fn unsettled(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_unsettled()).count()
    }

    /// The changes that have each of these words in them.
    pub(super) fn shown(&self, filter: &str) -> Vec<&Entry> {
        let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
        let has = |entry: &&Entry| words.iter().all(|word| entry.hay.contains(word));
        self.entries.iter().filter(has).collect()
    }
}

impl Entry {
    fn new(records: Vec<JournalRecord>) -> Self {
        let mut entry = Self { records, hay: String::new() };
        let last = entry.last();
        let words = [
            entry.name(),
            last.name.shown().into_owned(),
            shown(last.subject.id()).into_owned(),
            shown(last.target_id()).into_owned(),
            last.connection.to_string(),
            last.kind.verb().to_owned(),
            entry.state().1.to_owned(),
            if entry.is_unsettled() { "unsettled".to_owned() } else { String::new() },
            shown(&last.change).into_owned(),
        ];
        entry.hay = words.join("\n").to_lowercase();
        entry
    }

    pub(super) fn id(&self) -> &str {
        &self.last().change
    }

    pub(super) fn last(&self) -> &JournalRecord {
        // Entries are made of at least one record.
        &self.records[self.records.len() - 1]
    }

    /// Whether nobody knows its outcome.
    pub(super) fn is_unsettled(&self) -> bool {
        self.last().is_done().is_none()
    }

    /// Whether planning it again can make sense: it was not done for sure.
    pub(super) fn is_open(&self) -> bool {
        self.last().state == JournalState::Intended || self.last().is_done() == Some(false)
    }

    /// Where it stands, in a word.
    pub(super) fn state(&self) -> (Role, &'static str) {
        state_word(self.last())
    }

    /// What it is about; of a create what was to be made.
    pub(super) fn name(&self) -> String {
        shown(self.last().title()).into_owned()
    }

    /// From what to what, in short.
    pub(super) fn short(&self, state: &State) -> String {
        let record = self.last();
        match record.kind {
            ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => {
                let Some(first) = record.diff.first() else { return String::new() };
                let more = match record.diff.len() {
                    0 | 1 => String::new(),
                    count => format!(" (+{})", count - 1),
                };
                format!(
                    "{}: {} → {}{more}",
                    self.label(state, &first.field),
                    side(first.from.as_deref()),
                    side(first.to.as_deref())
                )
            }
            ChangeKind::MoveAccount | ChangeKind::RemoveAccount => {
                let diff = record.diff.first();
                let from = diff.and_then(|diff| diff.from.as_deref()).unwrap_or_default();
                let to = diff.and_then(|diff| diff.to.as_deref()).unwrap_or_else(|| record.values.get(Change::TO));
                format!("{} → {}", self.place(state, from), self.place(state, to))
            }
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
                let place = record.name.shown();
                match &record.made {
                    Some(made) => format!("{} · in {place}", shown(made.id())),
                    None => format!("in {place}"),
                }
            }
            ChangeKind::DeleteAccount | ChangeKind::CloseAccount | ChangeKind::DeleteOrganization => {
                shown(record.subject.id()).into_owned()
            }
        }
    }

    /// An organization by its name, where that is known.
    pub(super) fn place(&self, state: &State, id: &str) -> String {
        if id.is_empty() {
            return "no organization".into();
        }
        let key = OrganizationKey { connection: self.last().connection.clone(), id: OrganizationId::new(id) };
        let found = state.snapshot.organization(&key).map(|found| found.name.shown().into_owned());
        found.filter(|name| !name.is_empty()).unwrap_or_else(|| shown(id).into_owned())
    }

    /// A field as its form calls it.
    fn label(&self, state: &State, field: &str) -> String {
        let record = self.last();
        plan::label(state, &record.connection, record.kind, field)
    }

    /// The altered fields, organizations by their names.
    pub(super) fn diffs(&self, state: &State) -> Vec<Diff> {
        let record = self.last();
        let by_name = |value: &Option<String>| value.as_deref().map(|id| self.place(state, id));
        let named = |diff: &Diff| match record.kind {
            ChangeKind::MoveAccount | ChangeKind::RemoveAccount => {
                Diff { field: diff.field.clone(), from: by_name(&diff.from), to: by_name(&diff.to) }
            }
            ChangeKind::Profile
            | ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::UpdateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization
            | ChangeKind::DeleteOrganization => Diff { field: self.label(state, &diff.field), ..diff.clone() },
        };
        record.diff.iter().map(named).collect()
    }
}

/// Where a record says that its change stands, in a word.
pub(super) fn state_word(record: &JournalRecord) -> (Role, &'static str) {
    match record.state {
        JournalState::Intended => (Role::Warn, "intended"),
        JournalState::Sent if record.operation.is_some() => (Role::Key, "going on"),
        JournalState::Sent => (Role::Warn, "sent"),
        JournalState::Confirmed => (Role::Good, "confirmed"),
        JournalState::Refused => (Role::Bad, "refused"),
        JournalState::Unknown => (Role::Warn, "unknown"),
        JournalState::Reconciled if record.done == Some(false) => (Role::Text, "not done"),
        JournalState::Reconciled => (Role::Good, "was done"),
    }
}

fn side(value: Option<&str>) -> String {
    match value {
        None | Some("") => "(empty)".to_owned(),
        Some(text) => shown(text).into_owned(),
    }
}
