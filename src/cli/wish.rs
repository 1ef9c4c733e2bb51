//! `--filter`: what it means where the connections, their records and the user's labels are known, as in the browser.

use std::collections::HashMap;
use std::sync::Arc;

use super::desk::{Desk, Opened, say};
use super::stop::Stop;
use crate::domain::filter::{Field, Quote, Vocabulary};
use crate::domain::{AccountKey, Filter, Moment, OwnKey};
use crate::inventory::disk::Own;
use crate::inventory::{ListQuery, Scope, Snapshot, Sort};
use crate::provider::{ColumnValue, Spec};

/// The labels of accounts.
type Labels = HashMap<AccountKey, Vec<String>>;

/// A filter that was understood, and what it asks of the user's own.
#[derive(Default)]
pub(super) struct Filtered {
    filter: Filter,
    labels: Option<Arc<Labels>>,
    notes: Option<Arc<HashMap<AccountKey, String>>>,
    marks: Vec<AccountKey>,
    now: Moment,
}

impl Filtered {
    /// Reads `--filter`. Makes no request.
    pub(super) async fn read(desk: &Desk, text: Option<&str>, opened: &[Opened]) -> Result<Self, Stop> {
        let text = text.unwrap_or_default();
        let vocabulary = vocabulary(desk, text, opened).await;
        let filter = Filter::parse_with(text, &vocabulary);
        if let Some(wrong) = filter.error() {
            return Err(Stop::usage(format!("--filter: {wrong}")));
        }
        // Nobody goes on typing here.
        if let Some(open) = filter.quote().filter(|quote| *quote == Quote::Open) {
            return Err(Stop::usage(format!("--filter: {}", open.words())));
        }
        let asks = |field: &Field| filter.clauses().any(|clause| clause.field == *field);
        let (labels, notes, marks) = (asks(&Field::Label), asks(&Field::Note), asks(&Field::Marked));
        let own = if labels || notes || marks { own(desk).await } else { Kept::default() };
        let labels = labels.then(|| Arc::new(own.labels));
        let notes = notes.then(|| Arc::new(own.notes));
        Ok(Self { filter, labels, notes, marks: own.marks, now: (desk.clock)() })
    }

    /// The search of a part of a snapshot.
    pub(super) fn query(&self, snapshot: &Snapshot, scope: Scope, sort: Vec<Sort>) -> ListQuery {
        let marked = self.marks.iter().filter_map(|key| snapshot.row(key)).collect();
        ListQuery {
            filter: self.filter.clone(),
            scope,
            sort,
            now: self.now,
            labels: self.labels.clone(),
            notes: self.notes.clone(),
            marked: (!self.marks.is_empty()).then(|| Arc::new(marked)),
            ..ListQuery::default()
        }
    }
}

/// The names at the top of the connections' records: those that providers are known to give, and those of a record each
/// that is kept.
async fn vocabulary(desk: &Desk, text: &str, opened: &[Opened]) -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    // A filter of words alone names no field.
    if !text.contains(':') {
        return vocabulary;
    }
    for it in opened {
        names_of(it.provider.spec(), &mut vocabulary);
    }
    let inventory = desk.inventory().await;
    let snapshot = inventory.snapshot();
    let first = |it: &Opened| snapshot.rows().find(|row| row.connection() == it.name()).map(|row| row.number());
    let rows: Vec<u32> = opened.iter().filter_map(first).collect();
    for account in inventory.records(rows) {
        vocabulary.learn(account.raw.text());
    }
    vocabulary
}

/// The names that a provider's records have, as far as this program shows them.
fn names_of(spec: &Spec, vocabulary: &mut Vocabulary) {
    let path = |value: ColumnValue| if let ColumnValue::Path(path) = value { Some(path) } else { None };
    let columns = spec.columns.iter().filter_map(|column| path(column.value));
    let details = spec.details.iter().map(|detail| detail.path);
    for name in columns.chain(details).chain(spec.told.iter().copied()) {
        vocabulary.add(name.split('.').next().unwrap_or(name));
    }
}

/// What of the user's own a filter or a column can ask for.
#[derive(Default)]
pub(super) struct Kept {
    labels: Labels,
    notes: HashMap<AccountKey, String>,
    marks: Vec<AccountKey>,
}

impl Kept {
    /// An account's labels, in order.
    pub(super) fn labels_of(&self, account: &AccountKey) -> &[String] {
        self.labels.get(account).map_or(&[], Vec::as_slice)
    }

    /// An account's note; empty if there is none.
    pub(super) fn note_of(&self, account: &AccountKey) -> &str {
        self.notes.get(account).map_or("", String::as_str)
    }
}

/// Reads the user's own file. Where there is none, nothing is labelled: looking makes no file.
pub(super) async fn own(desk: &Desk) -> Kept {
    let (path, now) = (desk.paths.own(), (desk.clock)());
    if !path.exists() {
        return Kept::default();
    }
    let snapshot = desk.inventory().await.snapshot();
    let read = move || {
        let opened = Own::open(&path, now);
        (opened.notices, opened.own.labels(), opened.own.notes(), opened.own.marks())
    };
    let Ok((notices, labels, notes, marks)) = tokio::task::spawn_blocking(read).await else { return Kept::default() };
    for notice in &notices {
        say(notice.words());
    }
    for why in [labels.as_ref().err(), notes.as_ref().err(), marks.as_ref().err()].into_iter().flatten() {
        say(&format!("what you kept can't be read: {why}"));
    }
    let mut kept = Kept { marks: marks.unwrap_or_default(), ..Kept::default() };
    // A label or a note belongs to an account as one identity saw it; what was put on before anybody answered, to all.
    let key = |owner: OwnKey| {
        let identity = snapshot.connection(&owner.connection).and_then(|view| view.identity.as_ref());
        let current = identity.map(|fact| fact.value.key()).unwrap_or_default();
        let is_current = owner.identity.is_empty() || owner.identity == current;
        is_current.then_some(AccountKey { connection: owner.connection, id: owner.account })
    };
    for (owner, label) in labels.unwrap_or_default() {
        if let Some(key) = key(owner) {
            kept.labels.entry(key).or_default().push(label);
        }
    }
    for labels in kept.labels.values_mut() {
        labels.sort_unstable();
        labels.dedup();
    }
    for (owner, note, _) in notes.unwrap_or_default() {
        // The one that is this identity's own counts before nobody's.
        let is_nobodys = owner.identity.is_empty();
        match key(owner) {
            Some(key) if is_nobodys => drop(kept.notes.entry(key).or_insert(note)),
            Some(key) => drop(kept.notes.insert(key, note)),
            None => {}
        }
    }
    kept
}
