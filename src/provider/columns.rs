//! The columns of an account list, as data.

use std::borrow::Cow;

use crate::domain::{Account, shown};

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
    column("connection", "Connection", 'c', ColumnValue::Connection, (10, 18, 3)),
    column("organization", "Organization", 'o', ColumnValue::Parent, (12, 28, 2)),
    column("type", "Type", 't', ColumnValue::Kind, (8, 12, 5)),
    column("status", "Status", 's', ColumnValue::Status, (8, 12, 4)),
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
    pub fn text<'a>(&self, account: &'a Account) -> Cow<'a, str> {
        let untrusted =
            |text: &'a Option<crate::domain::Untrusted>| text.as_ref().map_or(Cow::Borrowed(""), |text| text.shown());
        match self {
            Self::Name => account.name.shown(),
            Self::Id => shown(account.key.id.as_str()),
            Self::Connection => shown(account.key.connection.as_str()),
            Self::Provider => shown(account.provider.as_str()),
            Self::Kind => untrusted(&account.kind),
            Self::Status => untrusted(&account.status),
            Self::Email => untrusted(&account.email),
            Self::Created => date(untrusted(&account.created_at)),
            Self::Updated => date(untrusted(&account.updated_at)),
            Self::Parent => account.parent.as_ref().map_or(Cow::Borrowed(""), |parent| {
                if parent.name.is_empty() { shown(parent.id.as_str()) } else { parent.name.shown() }
            }),
            Self::Path(path) => account.raw.at(path).map_or(Cow::Borrowed(""), |value| match value {
                serde_json::Value::Null => Cow::Borrowed(""),
                serde_json::Value::Bool(flag) => Cow::Borrowed(if flag { "yes" } else { "no" }),
                serde_json::Value::String(text) => Cow::Owned(shown(&text).into_owned()),
                serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_string) => {
                    let texts: Vec<_> = items.iter().filter_map(|item| item.as_str().map(shown)).collect();
                    Cow::Owned(texts.join(", "))
                }
                other @ (serde_json::Value::Number(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_)) => {
                    Cow::Owned(shown(&other.to_string()).into_owned())
                }
            }),
        }
    }
}

/// The date of an RFC 3339 time; any other text whole.
fn date(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_time = text.len() > 10 && text.is_ascii() && text.as_bytes()[10] == b'T';
    match text {
        Cow::Borrowed(text) if is_time => Cow::Borrowed(&text[..10]),
        Cow::Owned(mut text) if is_time => {
            text.truncate(10);
            Cow::Owned(text)
        }
        whole @ (Cow::Borrowed(_) | Cow::Owned(_)) => whole,
    }
}
