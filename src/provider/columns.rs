//! The columns of an account list, as data.

use std::borrow::Cow;

use serde_json::Value;

use crate::domain::{AtPath, Listed, shown};

/// Where a column's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnValue {
    /// The name.
    Name,
    /// The id.
    Id,
    /// The connection.
    Connection,
    /// The kind of service.
    Provider,
    /// The type.
    Kind,
    /// The status.
    Status,
    /// The e-mail address.
    Email,
    /// When it was made: the date alone.
    Created,
    /// When it was changed: the date alone.
    Updated,
    /// The organization that holds it directly.
    Parent,
    /// A path with dots into what the provider said, e.g. `settings.enforce_twofactor`.
    Path(&'static str),
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its stable name: COL of `--sort COL` and `--columns A,B`.
    pub id: &'static str,
    /// Its title on screen.
    pub title: &'static str,
    /// The letter that sorts by it after `s`; one of the title's, lower case, unique among a provider's columns.
    pub letter: char,
    /// Where its text comes from.
    pub value: ColumnValue,
    /// The least columns of the screen that it needs.
    pub min: u16,
    /// The most that it uses; the name column takes what is left.
    pub max: u16,
    /// Which columns stay when there is little room: 0 stays longest.
    pub priority: u8,
}

/// Columns where several connections stand in one list.
pub const COMMON_COLUMNS: &[Column] = &[
    column("name", "Name", 'n', ColumnValue::Name, (16, 120, 0)),
    column("provider", "Provider", 'p', ColumnValue::Provider, (10, 10, 1)),
    column("connection", "Connection", 'c', ColumnValue::Connection, (10, 18, 4)),
    column("organization", "Organization", 'o', ColumnValue::Parent, (12, 28, 3)),
    column("type", "Type", 't', ColumnValue::Kind, (8, 12, 5)),
    column("status", "Status", 's', ColumnValue::Status, (8, 12, 2)),
    column("created", "Created", 'r', ColumnValue::Created, (10, 10, 6)),
    column("id", "ID", 'i', ColumnValue::Id, (12, 32, 7)),
];

const fn column(
    id: &'static str,
    title: &'static str,
    letter: char,
    value: ColumnValue,
    (min, max, priority): (u16, u16, u8),
) -> Column {
    Column { id, title, letter, value, min, max, priority }
}

impl ColumnValue {
    /// The text for the screen: one safe line, empty where there is nothing.
    #[must_use]
    pub fn text<'a>(&self, account: &'a (impl Listed + ?Sized)) -> Cow<'a, str> {
        let safe = |text: Option<&'a str>| text.map_or(Cow::Borrowed(""), shown);
        match self {
            Self::Name => shown(account.name()),
            Self::Id => shown(account.id()),
            Self::Connection => shown(account.connection().as_str()),
            Self::Provider => shown(account.provider().as_str()),
            Self::Kind => safe(account.kind()),
            Self::Status => safe(account.status()),
            Self::Email => safe(account.email()),
            Self::Created => date(account.created_at()),
            Self::Updated => date(account.updated_at()),
            Self::Parent => account.parent().map_or(Cow::Borrowed(""), |parent| {
                if parent.name.is_empty() { shown(parent.id.as_str()) } else { parent.name.shown() }
            }),
            Self::Path(path) => match account.path(path) {
                AtPath::Value(value) => words(&value),
                AtPath::Missing | AtPath::Unread => Cow::Borrowed(""),
            },
        }
    }
}

/// A value of a record in one safe line: what people read, not JSON.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is serde_json's, and the rest is told as JSON")]
fn words<'a>(value: &Value) -> Cow<'a, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Bool(flag) => Cow::Borrowed(if *flag { "yes" } else { "no" }),
        Value::String(text) => Cow::Owned(shown(text).into_owned()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts: Vec<_> = items.iter().filter_map(|item| item.as_str().map(shown)).collect();
            Cow::Owned(texts.join(", "))
        }
        other => Cow::Owned(shown(&other.to_string()).into_owned()),
    }
}

/// The date of an RFC 3339 time; any other text whole, made safe.
fn date(text: Option<Cow<'_, str>>) -> Cow<'_, str> {
    let is_time = |text: &str| text.len() > 10 && text.is_ascii() && text.as_bytes()[10] == b'T';
    let text = match text {
        None => return Cow::Borrowed(""),
        Some(Cow::Borrowed(text)) => shown(text),
        Some(Cow::Owned(text)) => Cow::Owned(shown(&text).into_owned()),
    };
    match text {
        Cow::Borrowed(text) if is_time(text) => Cow::Borrowed(&text[..10]),
        Cow::Owned(mut text) if is_time(&text) => {
            text.truncate(10);
            Cow::Owned(text)
        }
        whole @ (Cow::Borrowed(_) | Cow::Owned(_)) => whole,
    }
}
