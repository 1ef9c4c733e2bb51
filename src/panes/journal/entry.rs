//! One change of the journal, with all its records: its words, and what the filter finds.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::app::State;
use crate::domain::{
    Change, ChangeKind, Diff, JournalRecord, JournalState, OrganizationId, OrganizationKey, Records, Role, Subject,
    shown, undone,
};
use crate::panes::plan;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its records, oldest first; at least one.
    pub(super) records: Vec<JournalRecord>,
    /// Whether a running process is sending its plan.
    under_way: bool,
    /// Whether a later change took it back, and nothing took that back since. Its own records stay as they are.
    undone: bool,
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
        let entry = |records: Vec<JournalRecord>| {
            let under_way = records.last().is_some_and(|last| found.under_way.contains(last.plan()));
            Entry::new(records, under_way)
        };
        let mut entries: Vec<Entry> = changes.into_values().rev().map(entry).collect();
        note_undone(&mut entries);
        Self { entries, skipped: found.skipped + found.torn }
    }
}

/// Notes which changes others took back.
fn note_undone(entries: &mut [Entry]) {
    let undone = undone(entries.iter().map(Entry::last));
    let undone: Vec<bool> = entries.iter().map(|entry| undone.contains(entry.id())).collect();
    for (entry, undone) in entries.iter_mut().zip(undone) {
        entry.undone = undone;
        entry.find_by();
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
    fn new(records: Vec<JournalRecord>, under_way: bool) -> Self {
        Self { records, under_way, undone: false, hay: String::new() }
    }

    /// Puts together what the filter looks in.
    fn find_by(&mut self) {
        let last = self.last();
        let words = [
            self.name(),
            last.name.shown().into_owned(),
            shown(last.subject.id()).into_owned(),
            shown(last.target_id()).into_owned(),
            last.connection.to_string(),
            last.kind.verb().to_owned(),
            last.undoes.as_deref().map_or_else(String::new, |undone| format!("undo of {}", shown(undone))),
            self.state().1.to_owned(),
            if self.is_undone() { state_word(last).1.to_owned() } else { String::new() },
            if self.is_unsettled() { "unsettled".to_owned() } else { String::new() },
            shown(&last.change).into_owned(),
        ];
        self.hay = words.join("\n").to_lowercase();
    }

    pub(super) fn id(&self) -> &str {
        &self.last().change
    }

    pub(super) fn last(&self) -> &JournalRecord {
        // Entries are made of at least one record.
        &self.records[self.records.len() - 1]
    }

    /// What it does, in a word: one that undoes another is called so.
    pub(super) fn verb(&self) -> &'static str {
        if self.last().undoes.is_some() { "undo" } else { self.last().kind.verb() }
    }

    /// Whether nobody knows its outcome. Of what is being sent somebody will.
    pub(super) fn is_unsettled(&self) -> bool {
        self.last().is_done().is_none() && !self.under_way
    }

    /// Whether a running process is sending it, or about to.
    pub(super) fn is_under_way(&self) -> bool {
        self.last().is_done().is_none() && self.under_way
    }

    /// Whether it was done and a later change took it back.
    pub(super) fn is_undone(&self) -> bool {
        self.undone && self.last().is_done() == Some(true)
    }

    /// Whether planning it again can make sense: it was not done for sure.
    pub(super) fn is_open(&self) -> bool {
        !self.under_way && (self.last().state == JournalState::Intended || self.last().is_done() == Some(false))
    }

    /// Where it stands, in a word.
    pub(super) fn state(&self) -> (Role, &'static str) {
        if self.is_under_way() && self.last().state == JournalState::Intended {
            return (Role::Key, "waits");
        }
        if self.is_under_way() && self.last().operation.is_none() && self.last().state == JournalState::Sent {
            return (Role::Key, "sending");
        }
        if self.is_undone() {
            return (Role::Dim, "undone");
        }
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
                let ends = [&first.from, &first.to].map(|end| end.as_deref().unwrap_or_default().trim());
                let field = self.label(state, &first.field);
                if ends[0] == ends[1] {
                    // At the end of a line they would be cut off.
                    return format!("{field}: blanks alone{more}");
                }
                let [from, to] = plan::sides(first);
                format!("{field}: {from} → {to}{more}")
            }
            ChangeKind::MoveAccount => {
                let [from, to] = self.ends();
                match from {
                    "" => format!("into {}", self.place(state, to)),
                    from => format!("{} → {}", self.place(state, from), self.place(state, to)),
                }
            }
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
                let place = record.name.shown();
                match &record.made {
                    Some(made) => format!("{} · in {place}", shown(made.id())),
                    None => format!("in {place}"),
                }
            }
            ChangeKind::RemoveAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::DeleteOrganization => {
                let before = if record.kind == ChangeKind::RemoveAccount { "out of" } else { "in" };
                match self.stood_in() {
                    "" => shown(record.subject.id()).into_owned(),
                    id => format!("{before} {}", self.place(state, id)),
                }
            }
        }
    }

    /// The organizations of a move, by their ids; nothing where it stood in none.
    fn ends(&self) -> [&str; 2] {
        let record = self.last();
        let diff = record.diff.first();
        let from = diff.and_then(|diff| diff.from.as_deref()).unwrap_or_default();
        [from, diff.and_then(|diff| diff.to.as_deref()).unwrap_or_else(|| record.values.get(Change::TO))]
    }

    /// The organization that held what was ended, as far as that was read.
    fn stood_in(&self) -> &str {
        let record = self.last();
        let removed = record.diff.first().filter(|_| record.kind == ChangeKind::RemoveAccount);
        let from = removed.and_then(|diff| diff.from.as_deref());
        from.unwrap_or_else(|| match record.kind {
            ChangeKind::DeleteOrganization => record.before.get("parent"),
            ChangeKind::Profile
            | ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::UpdateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::MoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization => record.before.get(Change::FROM),
        })
    }

    /// An organization by its name, where that is known.
    fn place(&self, state: &State, id: &str) -> String {
        self.called(state, id).unwrap_or_else(|| shown(id).into_owned())
    }

    /// The same with its id beside it: two may have one name.
    fn exact_place(&self, state: &State, id: &str) -> String {
        self.called(state, id).map_or_else(|| shown(id).into_owned(), |name| format!("{name} ({})", shown(id)))
    }

    fn called(&self, state: &State, id: &str) -> Option<String> {
        let record = self.last();
        // It is named in the record itself where something was made.
        let own = Some(record.name.shown()).filter(|_| record.kind.makes() && record.subject.id() == id);
        let key = OrganizationKey { connection: record.connection.clone(), id: OrganizationId::new(id) };
        let found = || state.snapshot.organization(&key).map(|found| found.name.shown().into_owned());
        own.map(Cow::into_owned).filter(|name| !name.is_empty()).or_else(found).filter(|name| !name.is_empty())
    }

    /// Where what it is about stood, stands, or was made, in labels and words.
    pub(super) fn places(&self, state: &State) -> Vec<(&'static str, String)> {
        let record = self.last();
        let place = |id: &str| self.exact_place(state, id);
        match record.kind {
            ChangeKind::MoveAccount => {
                let [from, to] = self.ends();
                let from = Some(from).filter(|from| !from.is_empty()).map(|from| ("from", place(from)));
                from.into_iter().chain([("to", place(to))]).collect()
            }
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
                match &record.subject {
                    Subject::Organization(key) => vec![("made in", place(key.id.as_str()))],
                    Subject::Account(_) | Subject::Connection(_) => {
                        vec![("made in", shown(record.subject.id()).into_owned())]
                    }
                }
            }
            ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::DeleteOrganization => {
                let label = if record.kind == ChangeKind::RemoveAccount {
                    "out of"
                } else if record.kind == ChangeKind::CloseAccount {
                    // It stays listed where it is.
                    "in"
                } else {
                    "was in"
                };
                let stood = Some(self.stood_in()).filter(|id| !id.is_empty());
                stood.map(|id| (label, place(id))).into_iter().collect()
            }
            ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => Vec::new(),
        }
    }

    /// A field as its form calls it.
    fn label(&self, state: &State, field: &str) -> String {
        let record = self.last();
        plan::label(state, &record.connection, record.kind, field)
    }

    /// The altered fields, called as in their form. Of what was moved or ended the places and the state say it: no field
    /// of it got another value from here.
    pub(super) fn diffs(&self, state: &State) -> Vec<Diff> {
        let record = self.last();
        match record.kind {
            ChangeKind::MoveAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::DeleteOrganization => Vec::new(),
            ChangeKind::Profile
            | ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::UpdateAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization => {
                let labelled = |diff: &Diff| Diff { field: self.label(state, &diff.field), ..diff.clone() };
                record.diff.iter().map(labelled).collect()
            }
        }
    }

    /// The status that an account had before it was closed. What it is called then is the provider's to say.
    pub(super) fn status_before(&self) -> Option<&str> {
        let record = self.last();
        record.diff.first().filter(|_| record.kind == ChangeKind::CloseAccount)?.from.as_deref()
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
