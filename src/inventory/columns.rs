//! All rows as columns, and one row as a list reads it.
//!
//! A row's number is good for the life of the process: rows are only added, and what goes is marked.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::index::Index;
use super::segment::{ROWS, Segment, Text, When};
use crate::domain::{
    Account, AccountKey, AtPath, ConnectionName, Listed, Moment, ParentRef, ProviderId, RawJson, Untrusted,
};
use crate::provider::{ColumnValue, Spec, registry};

/// What many rows have in common: a few hundred for any number of rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) connection: ConnectionName,
    pub(super) provider: ProviderId,
    pub(super) parent: Option<ParentRef>,
    pub(super) kind: Option<Untrusted>,
    pub(super) status: Option<Untrusted>,
}

/// The rows. A copy costs a few pointers.
#[derive(Clone, Default)]
pub(super) struct Columns {
    pub(super) segments: Arc<Vec<Arc<Segment>>>,
    pub(super) shapes: Arc<Vec<Arc<Shape>>>,
    /// What kept paths lead to, each once, as JSON.
    pub(super) values: Arc<Vec<Arc<str>>>,
    pub(super) index: Index,
    /// Rows ever, absent ones too.
    pub(super) rows: u32,
    /// Rows that lists show.
    pub(super) alive: usize,
}

impl Columns {
    /// Where a row stands: segment and place in it.
    pub(super) fn place(row: u32) -> (usize, usize) {
        (row as usize / ROWS, row as usize % ROWS)
    }

    /// A row that may be shown: neither hidden nor forgotten.
    pub(super) fn get(&self, row: u32) -> Option<Row<'_>> {
        self.any(row).filter(|row| row.segment.is_known(row.at))
    }

    /// Any row, whatever became of it.
    pub(super) fn any(&self, row: u32) -> Option<Row<'_>> {
        let (segment, at) = Self::place(row);
        let segment = self.segments.get(segment).filter(|segment| at < segment.len())?;
        Some(Row { columns: self, segment, at, number: row })
    }

    /// The row of a key, whatever became of it.
    pub(super) fn find(&self, connection: &ConnectionName, id: &str) -> Option<u32> {
        let hash = self.index.hash(connection.as_str(), id);
        self.index
            .find(hash, |row| self.any(row).is_some_and(|row| row.id() == id && row.shape().connection == *connection))
    }

    /// The same by key.
    pub(super) fn row(&self, key: &AccountKey) -> Option<u32> {
        self.find(&key.connection, key.id.as_str())
    }

    /// The rows that lists show, first come first.
    pub(super) fn alive(&self) -> impl Iterator<Item = Row<'_>> {
        let places = self.segments.iter().flat_map(|segment| (0..segment.len()).map(move |at| (segment, at)));
        let rows = (0u32..).zip(places);
        rows.filter(|(_, (segment, at))| segment.is_alive(*at)).map(|(number, (segment, at))| Row {
            columns: self,
            segment,
            at,
            number,
        })
    }

    /// Search's own reading of a row.
    pub(super) fn segment(&self, row: u32) -> (&Segment, usize) {
        let (segment, at) = Self::place(row);
        (&self.segments[segment], at)
    }

    pub(super) fn text(&self, row: u32) -> Text<'_> {
        let (segment, at) = self.segment(row);
        segment.text(at)
    }

    /// What all of it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let segments = self.segments.iter().map(|segment| segment.bytes() + size_of::<Arc<Segment>>() + 16);
        // Their ids and names are mostly longer than what a name keeps in place.
        let heap = |text: &str| if text.len() > 24 { text.len() } else { 0 };
        let shapes = self.shapes.iter().map(|shape| {
            let parent = shape.parent.as_ref();
            let names = parent.map_or(0, |parent| heap(parent.id.as_str()) + heap(parent.name.raw()));
            size_of::<Arc<Shape>>() + 16 + size_of::<Shape>() + names
        });
        let values = self.values.iter().map(|value| size_of::<Arc<str>>() + 16 + value.len());
        segments.sum::<usize>() + shapes.sum::<usize>() + values.sum::<usize>() + self.index.bytes()
    }
}

/// One account as the inventory's lists have it: a view of a snapshot and a row's number.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    columns: &'a Columns,
    segment: &'a Segment,
    at: usize,
    number: u32,
}

impl<'a> Row<'a> {
    /// Its number, which it keeps as long as the program runs.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The name as the provider gave it; empty where it gave none.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.segment.name(self.at)
    }

    /// The provider's id.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.segment.id(self.at)
    }

    /// The connection that reported it.
    #[must_use]
    pub fn connection(&self) -> &'a ConnectionName {
        &self.shape().connection
    }

    /// The kind of service.
    #[must_use]
    pub fn provider(&self) -> &'a ProviderId {
        &self.shape().provider
    }

    /// The organization that holds it directly.
    #[must_use]
    pub fn parent(&self) -> Option<&'a ParentRef> {
        self.shape().parent.as_ref()
    }

    /// The provider's own word for the account's type.
    #[must_use]
    pub fn kind(&self) -> Option<&'a str> {
        self.shape().kind.as_ref().map(Untrusted::raw)
    }

    /// The provider's own word for the account's status.
    #[must_use]
    pub fn status(&self) -> Option<&'a str> {
        self.shape().status.as_ref().map(Untrusted::raw)
    }

    /// The e-mail address that belongs to the account itself.
    #[must_use]
    pub fn email(&self) -> Option<&'a str> {
        self.segment.email(self.at)
    }

    /// When it was made, as the provider writes it.
    #[must_use]
    pub fn created_at(&self) -> Option<Cow<'a, str>> {
        self.segment.created(self.at)
    }

    /// When it was last changed, as the provider writes it.
    #[must_use]
    pub fn updated_at(&self) -> Option<Cow<'a, str>> {
        self.segment.updated(self.at)
    }

    /// When it was made, in microseconds since 1970, where its text is such a time.
    #[must_use]
    pub fn created_micros(&self) -> Option<i64> {
        self.segment.micros(self.at)[0]
    }

    /// When it was last changed, in microseconds since 1970, where its text is such a time.
    #[must_use]
    pub fn updated_micros(&self) -> Option<i64> {
        self.segment.micros(self.at)[1]
    }

    /// Whether its record was asked for with what is not asked by default.
    #[must_use]
    pub fn has_extra(&self) -> bool {
        self.segment.has_extra(self.at)
    }

    /// Since when complete listings do not give it any more, if they don't.
    #[must_use]
    pub fn gone_since(&self) -> Option<Moment> {
        self.segment.gone_since(self.at)
    }

    /// Which letters its name has, case and accents folded, a bit each: a name that lacks one of a word's cannot match it.
    #[must_use]
    pub fn letters(&self) -> u32 {
        self.segment.letters(self.at)
    }

    /// Whether lists show it: it is not gone, not hidden, not forgotten.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.segment.is_alive(self.at)
    }

    /// What names it among all.
    #[must_use]
    pub fn key(&self) -> AccountKey {
        Listed::key(self)
    }

    /// Whether this key names it.
    #[must_use]
    pub fn has_key(&self, key: &AccountKey) -> bool {
        Listed::has_key(self, key)
    }

    /// Creation (0) or last change (1) as search reads it.
    pub(super) fn when(&self, nth: usize) -> When {
        self.segment.when(self.at, nth)
    }

    /// The number of its shape.
    pub(super) fn shape_code(&self) -> usize {
        self.segment.shape(self.at)
    }

    /// The number of the value in a column of kept paths, if it has any there.
    pub(super) fn value_code(&self, column: usize) -> Option<u32> {
        self.segment.value(self.at, column).checked_sub(1)
    }

    pub(super) fn shape(&self) -> &'a Arc<Shape> {
        &self.columns.shapes[self.segment.shape(self.at)]
    }
}

/// Where it stands, never its texts.
impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({})", self.number)
    }
}

impl Listed for Row<'_> {
    fn connection(&self) -> &ConnectionName {
        Row::connection(self)
    }

    fn provider(&self) -> &ProviderId {
        Row::provider(self)
    }

    fn id(&self) -> &str {
        Row::id(self)
    }

    fn name(&self) -> &str {
        Row::name(self)
    }

    fn kind(&self) -> Option<&str> {
        Row::kind(self)
    }

    fn status(&self) -> Option<&str> {
        Row::status(self)
    }

    fn email(&self) -> Option<&str> {
        Row::email(self)
    }

    fn created_at(&self) -> Option<Cow<'_, str>> {
        Row::created_at(self)
    }

    fn updated_at(&self) -> Option<Cow<'_, str>> {
        Row::updated_at(self)
    }

    fn parent(&self) -> Option<&ParentRef> {
        Row::parent(self)
    }

    fn path(&self, path: &str) -> AtPath<'_> {
        let kept = kept_paths(self.provider().as_str());
        let below = |kept: &str| path.strip_prefix(kept).and_then(|rest| rest.strip_prefix('.'));
        let found = kept.iter().position(|kept| *kept == path).map(|nth| (nth, None));
        let found = found.or_else(|| kept.iter().zip(0..).find_map(|(kept, nth)| Some((nth, Some(below(kept)?)))));
        let Some((nth, below)) = found else {
            return AtPath::Unread;
        };
        let Some(value) = (self.segment.value(self.at, nth) as usize).checked_sub(1) else {
            return AtPath::Missing;
        };
        let text = self.columns.values.get(value).map(|text| &**text);
        let text = match below {
            Some(below) => text.and_then(|text| crate::domain::slice(text, below)),
            None => text,
        };
        let value = text.and_then(|text| serde_json::from_str(text).ok());
        value.map_or(AtPath::Missing, |value| AtPath::Value(Cow::Owned(value)))
    }
}

/// A provider's paths whose values are kept beside the rows: those that its columns show, and those that only come when
/// asked for and that a list may show then.
pub(super) fn kept_paths(provider: &str) -> &'static [&'static str] {
    static KEPT: LazyLock<Vec<(&'static str, Vec<&'static str>)>> =
        LazyLock::new(|| registry().iter().map(|kind| (kind.spec.facts.id, paths_of(kind.spec))).collect());
    KEPT.iter().find(|(id, _)| *id == provider).map_or(&[], |(_, paths)| paths.as_slice())
}

fn paths_of(spec: &Spec) -> Vec<&'static str> {
    let mut paths: Vec<&'static str> = Vec::new();
    let extra = spec.details.iter().filter(|detail| detail.is_extra).map(|detail| detail.path);
    for path in spec.columns.iter().filter_map(|column| path_of(column.value)).chain(extra) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn path_of(value: ColumnValue) -> Option<&'static str> {
    match value {
        ColumnValue::Path(path) => Some(path),
        ColumnValue::Name
        | ColumnValue::Id
        | ColumnValue::Connection
        | ColumnValue::Provider
        | ColumnValue::Kind
        | ColumnValue::Status
        | ColumnValue::Email
        | ColumnValue::Created
        | ColumnValue::Updated
        | ColumnValue::Parent => None,
    }
}

/// The values of an account's kept paths, as JSON.
pub(super) fn kept_values<'r>(provider: &str, raw: &'r RawJson) -> impl Iterator<Item = Option<&'r str>> {
    crate::domain::slices(raw.text(), kept_paths(provider)).into_iter()
}

/// The same as one text that a row of the disk keeps, behind a number that stands for the paths: another version of the
/// program may keep others. Nothing where the record has none of them.
pub(super) fn kept_text(account: &Account) -> Option<String> {
    let provider = account.provider.as_str();
    let mut values = kept_values(provider, &account.raw).peekable();
    let mut text = paths_number(provider);
    let mut any = false;
    while let Some(value) = values.next() {
        any |= value.is_some();
        text.push_str(value.map_or("", |_| "="));
        text.push_str(value.unwrap_or_default());
        if values.peek().is_some() {
            // No JSON text has this character outside its strings' escapes.
            text.push(KEPT_END);
        }
    }
    any.then_some(text)
}

/// Reads such a text; nothing if it is that of other paths.
pub(super) fn read_kept<'t>(provider: &str, text: &'t str) -> Option<impl Iterator<Item = Option<&'t str>>> {
    let values = text.strip_prefix(paths_number(provider).as_str())?;
    Some(values.split(KEPT_END).map(|value| value.strip_prefix('=')))
}

/// Stands between two kept values.
const KEPT_END: char = '\u{1f}';

/// Four digits that differ where the paths do.
fn paths_number(provider: &str) -> String {
    let fold = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let sum = kept_paths(provider).iter().flat_map(|path| path.bytes().chain([0])).fold(0x811c_9dc5, fold);
    format!("{:04x}", (sum ^ (sum >> 16)) & 0xffff)
}
