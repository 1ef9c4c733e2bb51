//! The user's own across providers: labels, notes, the filters that were used. What is here is what the disk has, as
//! far as it came; every change goes to the disk by an effect.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Effect, State};
use crate::domain::{AccountKey, ConnectionName, Failure, OwnKey, Role};

/// Filters that the line remembers: more than anybody walks through.
const FILTERS: usize = 500;

/// What the names of the texts begin with that are told at start.
pub const NAMED: &[&str] = &[super::columns::KEPT, super::views::KEPT, super::pins::KEPT];

/// What is to be kept on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Keep {
    /// How the browser was left, as JSON.
    Session {
        /// Of which configuration.
        name: String,
        /// The text.
        text: String,
    },
    /// A text under a name of its own: a view, a choice of columns. Each stands alone, so that what another process
    /// keeps beside it stays.
    Named {
        /// The name.
        name: String,
        /// The text; `None` takes it away.
        text: Option<String>,
    },
    /// The marks, in their order.
    Marks(Vec<AccountKey>),
    /// A filter that was used.
    Filter(String),
    /// A label is put on accounts, or taken from them.
    Label {
        /// The label.
        label: String,
        /// Whether they have it from now on.
        on: bool,
        /// The accounts.
        accounts: Vec<OwnKey>,
    },
    /// An account's note; an empty one takes it away.
    Note {
        /// The account.
        account: OwnKey,
        /// The note.
        text: String,
    },
}

/// What was kept on disk by earlier runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// How the browser was left, as JSON.
    pub session: Option<String>,
    /// Texts under names of their own.
    pub named: Vec<(String, String)>,
    /// The marks of then.
    pub marks: Vec<AccountKey>,
    /// Filters that were used, newest first.
    pub filters: Vec<String>,
    /// Every label with its account.
    pub labels: Vec<(OwnKey, String)>,
    /// Every note with its account.
    pub notes: Vec<(OwnKey, String)>,
    /// What the user should hear.
    pub notices: Vec<String>,
}

/// The user's own, as far as the disk has told.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Whether it has.
    pub(super) is_read: bool,
    /// Filters that were used, newest first.
    pub filters: Vec<String>,
    /// The columns that the user chose.
    pub(super) columns: super::columns::Chosen,
    /// The views that the user saved.
    pub(super) views: super::views::Views,
    /// What the user pinned.
    pub pins: super::pins::Pins,
    labels: BTreeMap<OwnKey, BTreeSet<String>>,
    notes: HashMap<OwnKey, String>,
    /// Who each connection is, as labels are kept for; and the snapshot's generation that said so.
    identities: (u64, BTreeMap<ConnectionName, String>),
    /// The labels of the accounts of those who answer now.
    shown: Arc<HashMap<AccountKey, Vec<String>>>,
    /// Their notes.
    shown_notes: Arc<HashMap<AccountKey, String>>,
    /// Why something could not be kept was said.
    said: bool,
}

impl Own {
    /// The labels of the accounts in view, by account, in order.
    #[must_use]
    pub fn labels(&self) -> &Arc<HashMap<AccountKey, Vec<String>>> {
        &self.shown
    }

    /// An account's labels, in order.
    #[must_use]
    pub fn labels_of(&self, account: &AccountKey) -> &[String] {
        self.shown.get(account).map_or(&[], Vec::as_slice)
    }

    /// The notes on the accounts in view, by account.
    #[must_use]
    pub fn notes(&self) -> &Arc<HashMap<AccountKey, String>> {
        &self.shown_notes
    }

    /// An account's note; empty if there is none.
    #[must_use]
    pub fn note_of(&self, account: &AccountKey) -> &str {
        self.shown_notes.get(account).map_or("", String::as_str)
    }

    /// Every label that is in use, in order.
    #[must_use]
    pub fn known_labels(&self) -> BTreeSet<&str> {
        self.labels.values().flatten().map(String::as_str).collect()
    }

    /// Under what an account's labels and note are kept: they stay with the one who answers now.
    fn key(&self, account: &AccountKey) -> OwnKey {
        let identity = self.identities.1.get(&account.connection).cloned().unwrap_or_default();
        OwnKey { connection: account.connection.clone(), identity, account: account.id.clone() }
    }

    /// What accounts' labels and notes are by now: what was put on before anybody answered counts for all.
    fn take_apart(&mut self) {
        let mut shown: HashMap<AccountKey, Vec<String>> = HashMap::new();
        for (key, labels) in &self.labels {
            let current = self.identities.1.get(&key.connection).map_or("", String::as_str);
            if key.identity.is_empty() || key.identity == current {
                let account = AccountKey { connection: key.connection.clone(), id: key.account.clone() };
                let all = shown.entry(account).or_default();
                all.extend(labels.iter().cloned());
                all.sort_unstable();
                all.dedup();
            }
        }
        self.shown = Arc::new(shown);
        let mut notes: HashMap<AccountKey, String> = HashMap::new();
        for (key, note) in self.notes.iter().filter(|(_, note)| !note.is_empty()) {
            let current = self.identities.1.get(&key.connection).map_or("", String::as_str);
            let account = || AccountKey { connection: key.connection.clone(), id: key.account.clone() };
            // The one that is this identity's own counts before nobody's.
            if key.identity == current {
                notes.insert(account(), note.clone());
            } else if key.identity.is_empty() {
                notes.entry(account()).or_insert_with(|| note.clone());
            }
        }
        self.shown_notes = Arc::new(notes);
    }
}

/// What the disk had came.
pub(super) fn read(state: &mut State, kept: Kept, effects: &mut Vec<Effect>) {
    for words in kept.notices {
        state.announce(Role::Warn, words, effects);
    }
    let own = &mut state.own;
    own.is_read = true;
    // What was used since the start is newer.
    let newest = std::mem::take(&mut own.filters);
    own.filters = newest;
    for filter in kept.filters {
        if !own.filters.contains(&filter) {
            own.filters.push(filter);
        }
    }
    for (name, text) in &kept.named {
        own.columns.read(name, text);
        own.views.read(name, text);
        own.pins.read(name);
    }
    for (key, label) in kept.labels {
        own.labels.entry(key).or_default().insert(label);
    }
    own.notes.extend(kept.notes);
    own.take_apart();
    state.organizations.touch();
    super::session::restore(state, kept.session.as_deref(), kept.marks, effects);
}

/// Something can't be kept: said once, it would be said again with every key.
pub(super) fn failed(state: &mut State, failure: &Failure, effects: &mut Vec<Effect>) {
    if !std::mem::replace(&mut state.own.said, true) {
        state.toast(Role::Warn, format!("your own things are not kept: {}", failure.cause), effects);
    }
}

/// A connection may have said who it is.
pub(super) fn follow(state: &mut State) {
    super::pins::follow(state);
    let generation = state.snapshot.generation();
    if state.own.identities.0 == generation {
        return;
    }
    let known = state.snapshot.connections().filter_map(|(name, view)| {
        let identity = view.identity.as_ref()?;
        Some((name.clone(), identity.value.key()))
    });
    let known: BTreeMap<ConnectionName, String> = known.collect();
    let changed = known != state.own.identities.1;
    state.own.identities = (generation, known);
    if changed && !(state.own.labels.is_empty() && state.own.notes.is_empty()) {
        state.own.take_apart();
    }
}

/// Remembers a filter as the newest.
pub(crate) fn use_filter(state: &mut State, filter: &str, effects: &mut Vec<Effect>) {
    let filters = &mut state.own.filters;
    if filter.trim().is_empty() || filters.first().is_some_and(|newest| newest == filter) {
        return;
    }
    filters.retain(|known| known != filter);
    filters.insert(0, filter.to_owned());
    filters.truncate(FILTERS);
    effects.push(Effect::Keep(Keep::Filter(filter.to_owned())));
}

/// Puts a label on accounts, or takes it from them.
pub(crate) fn label(state: &mut State, label: &str, on: bool, accounts: &[AccountKey], effects: &mut Vec<Effect>) {
    let own = &mut state.own;
    let mut keys: Vec<OwnKey> = accounts.iter().map(|account| own.key(account)).collect();
    if !on {
        let nobody = keys.iter().map(|key| OwnKey { identity: String::new(), ..key.clone() });
        let nobody: Vec<OwnKey> = nobody.filter(|key| own.labels.contains_key(key)).collect();
        keys.extend(nobody);
    }
    for key in &keys {
        let labels = own.labels.entry(key.clone()).or_default();
        if on {
            labels.insert(label.to_owned());
        } else {
            labels.remove(label);
        }
        if labels.is_empty() {
            own.labels.remove(key);
        }
    }
    own.take_apart();
    effects.push(Effect::Keep(Keep::Label { label: label.to_owned(), on, accounts: keys }));
}

/// Sets an account's note; an empty one takes it away.
pub(crate) fn note(state: &mut State, account: &AccountKey, text: &str, effects: &mut Vec<Effect>) {
    let own = &mut state.own;
    if own.note_of(account) == text {
        return;
    }
    let key = own.key(account);
    let nobody = OwnKey { identity: String::new(), ..key.clone() };
    if nobody != key && own.notes.remove(&nobody).is_some() {
        effects.push(Effect::Keep(Keep::Note { account: nobody, text: String::new() }));
    }
    if text.is_empty() {
        own.notes.remove(&key);
    } else {
        own.notes.insert(key.clone(), text.to_owned());
    }
    own.take_apart();
    effects.push(Effect::Keep(Keep::Note { account: key, text: text.to_owned() }));
}
