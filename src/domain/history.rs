//! What syncs observed: how accounts differ from what was known of them before. Never called changes: those are this
//! program's own.
//!
//! Values are JSON texts as the command line writes them, so that an old export and the history since then give the
//! export of now.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{AccountId, AccountKey, ConnectionName, Moment, Untrusted, grouped, shown};

/// What became different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The account was not there before.
    Appeared {
        /// What it was then: its JSON.
        record: String,
    },
    /// A whole listing did not name it any more.
    Gone {
        /// What it was before: its JSON.
        record: String,
    },
    /// A field differs.
    Field {
        /// Where it stands in the account's JSON: keys with dots between them, e.g. `raw.settings.enforce_twofactor`. A dot
        /// or backslash in a key has a backslash before it.
        field: String,
        /// Before, as JSON; `None` if there was no such key, which is not `null`.
        from: Option<String>,
        /// After, as JSON; `None` if there is no such key any more.
        to: Option<String>,
    },
    /// It stands in another organization.
    Moved {
        /// The one before: JSON of its id and name; `None` outside any.
        from: Option<String>,
        /// The one after; `None` outside any.
        to: Option<String>,
    },
    /// The keys of an object stand in another order, and say the same: only who compares texts wants to know.
    Order {
        /// Where the object stands, as in `Field`.
        field: String,
        /// Its keys before, as a JSON array.
        from: String,
        /// Its keys after.
        to: String,
    },
    /// What is not asked by default was asked for the first time: the account is none other, only more of it is known.
    Asked {
        /// Where it stands, as in `Field`.
        field: String,
        /// Before, as JSON: what the provider writes where it is not asked.
        from: Option<String>,
        /// What it is, as JSON.
        to: String,
    },
}

impl Difference {
    /// The word of the command line.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Appeared { .. } => "appeared",
            Self::Gone { .. } => "gone",
            Self::Field { .. } => "field",
            Self::Moved { .. } => "moved",
            Self::Order { .. } => "order",
            Self::Asked { .. } => "asked",
        }
    }

    /// Whether the account is another by it. What else there is only tells who compares exports how the text came about.
    #[must_use]
    pub fn is_news(&self) -> bool {
        match self {
            Self::Appeared { .. } | Self::Gone { .. } | Self::Field { .. } | Self::Moved { .. } => true,
            Self::Order { .. } | Self::Asked { .. } => false,
        }
    }

    /// Which field, what was before, what is after, as JSON; of an account that appeared or is gone its record.
    #[must_use]
    pub fn values(&self) -> (Option<&str>, Option<&str>, Option<&str>) {
        match self {
            Self::Appeared { record } => (None, None, Some(record)),
            Self::Gone { record } => (None, Some(record), None),
            Self::Field { field, from, to } => (Some(field), from.as_deref(), to.as_deref()),
            Self::Moved { from, to } => (None, from.as_deref(), to.as_deref()),
            Self::Order { field, from, to } => (Some(field), Some(from), Some(to)),
            Self::Asked { field, from, to } => (Some(field), from.as_deref(), Some(to)),
        }
    }

    /// What differs, in words for people, safe for a terminal: `appeared`, `name`, `raw.settings.enforce_twofactor`.
    #[must_use]
    pub fn what(&self) -> Cow<'_, str> {
        match self {
            Self::Appeared { .. } | Self::Gone { .. } | Self::Moved { .. } => self.word().into(),
            Self::Field { field, .. } => shown(field),
            Self::Order { field, .. } => format!("{} (order of keys)", shown(field)).into(),
            Self::Asked { field, .. } => format!("{} (asked for the first time)", shown(field)).into(),
        }
    }

    /// Before, in words for people, safe for a terminal; empty where there is nothing to say.
    #[must_use]
    pub fn from_words(&self) -> String {
        match self {
            Self::Appeared { .. } | Self::Gone { .. } | Self::Order { .. } | Self::Asked { .. } => String::new(),
            Self::Field { from, .. } => value_words(from.as_deref()),
            Self::Moved { from, .. } => place_words(from.as_deref()),
        }
    }

    /// After, in words for people, safe for a terminal; empty where there is nothing to say.
    #[must_use]
    pub fn to_words(&self) -> String {
        match self {
            Self::Appeared { .. } | Self::Gone { .. } | Self::Order { .. } | Self::Asked { .. } => String::new(),
            Self::Field { to, .. } => value_words(to.as_deref()),
            Self::Moved { to, .. } => place_words(to.as_deref()),
        }
    }

    /// All of it in one line, safe for a terminal: `status: active → suspended`, `gone`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Appeared { .. } | Self::Gone { .. } | Self::Order { .. } | Self::Asked { .. } => {
                self.what().into_owned()
            }
            Self::Field { from: None, .. } => format!("{}: added, {}", self.what(), self.to_words()),
            Self::Field { to: None, .. } => format!("{}: removed, was {}", self.what(), self.from_words()),
            Self::Field { .. } | Self::Moved { .. } => {
                format!("{}: {} → {}", self.what(), self.from_words(), self.to_words())
            }
        }
    }
}

/// A text without its quotes, anything else as its JSON.
fn value_words(json: Option<&str>) -> String {
    let Some(json) = json else { return "not there".into() };
    match serde_json::from_str::<Cow<'_, str>>(json) {
        Ok(text) if text.is_empty() => "\"\"".into(),
        Ok(text) => shown(&text).into_owned(),
        Err(_) => shown(json).into_owned(),
    }
}

/// An organization by its name, by its id where it has none.
fn place_words(json: Option<&str>) -> String {
    let Some(json) = json else { return "no organization".into() };
    let place: Value = serde_json::from_str(json).unwrap_or_default();
    let text = |key: &str| place.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    shown(text("name").or(text("id")).unwrap_or(json)).into_owned()
}

/// One difference, as a sync saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// When.
    pub at: Moment,
    /// On what.
    pub key: AccountKey,
    /// Who the connection was then, in the inventory's own form; empty if it had not said.
    pub identity: String,
    /// The account's name then.
    pub name: Untrusted,
    /// What.
    pub difference: Difference,
}

impl Observed {
    /// Whether each of these words is in it somewhere: in the name, an id, the connection, the field or its values. Case
    /// does not count.
    #[must_use]
    pub fn matches(&self, words: &str) -> bool {
        let mut words = words.split_whitespace().map(str::to_lowercase).peekable();
        if words.peek().is_none() {
            return true;
        }
        let (name, id, connection) = (self.name.shown(), self.key.id.as_str(), self.key.connection.as_str());
        let hay = format!("{name}\n{id}\n{connection}\n{}", self.difference.words()).to_lowercase();
        words.all(|word| hay.contains(&word))
    }
}

/// One entry of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its number: later ones have greater numbers.
    pub seq: i64,
    /// What was observed.
    pub observed: Observed,
}

/// Accounts that vanished all at once, so many that the credential may be why: the history has not taken them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vanished {
    /// Whose they are.
    pub connection: ConnectionName,
    /// Who that was.
    pub identity: String,
    /// How many.
    pub accounts: u64,
    /// Since when.
    pub at: Moment,
}

impl Vanished {
    /// What is asked about, in one sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let accounts = grouped(usize::try_from(self.accounts).unwrap_or(usize::MAX));
        format!("{}: {accounts} accounts are no longer visible to this credential", self.connection)
    }
}

/// The form of the command line, where the connection alone says whose it is: names are stable and only added to. A value that was or is not there has no key.
#[derive(Serialize, Deserialize)]
struct Form<'e> {
    seq: i64,
    #[serde(with = "rfc3339")]
    at: Moment,
    connection: ConnectionName,
    id: AccountId,
    name: Untrusted,
    kind: Cow<'e, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'e, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    from: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    to: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    record: Option<Box<RawValue>>,
}

/// A key that is there, `null` too.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(from).map(Some)
}

/// A moment as RFC 3339 with milliseconds.
mod rfc3339 {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::Moment;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
    pub(super) fn serialize<S: Serializer>(at: &Moment, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&at.rfc3339())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(from)?;
        let at: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Moment(u64::try_from(at.as_millisecond()).unwrap_or(0)))
    }
}

impl Serialize for HistoryEntry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Observed { at, key, identity: _, name, difference } = &self.observed;
        let mut form = Form {
            seq: self.seq,
            at: *at,
            connection: key.connection.clone(),
            id: key.id.clone(),
            name: name.clone(),
            kind: difference.word().into(),
            field: None,
            from: None,
            to: None,
            record: None,
        };
        match difference {
            Difference::Appeared { record } | Difference::Gone { record } => form.record = Some(raw(record)),
            Difference::Field { field, from, to } => {
                form.field = Some(field.into());
                form.from = from.as_deref().map(raw);
                form.to = to.as_deref().map(raw);
            }
            Difference::Moved { from, to } => {
                form.from = Some(raw(from.as_deref().unwrap_or("null")));
                form.to = Some(raw(to.as_deref().unwrap_or("null")));
            }
            Difference::Order { field, from, to } => {
                form.field = Some(field.into());
                form.from = Some(raw(from));
                form.to = Some(raw(to));
            }
            Difference::Asked { field, from, to } => {
                form.field = Some(field.into());
                form.from = from.as_deref().map(raw);
                form.to = Some(raw(to));
            }
        }
        form.serialize(to)
    }
}

impl<'de> Deserialize<'de> for HistoryEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(from)?;
        let missing = || D::Error::custom(format!("entry {} lacks what its kind needs", form.seq));
        let text = |raw: &Option<Box<RawValue>>| raw.as_ref().map(|raw| raw.get().to_owned());
        let (from, to, record) = (text(&form.from), text(&form.to), text(&form.record));
        let field = || form.field.as_deref().map(str::to_owned).ok_or_else(missing);
        let outside = |place: Option<String>| place.filter(|place| place != "null");
        let difference = match &*form.kind {
            "appeared" => Difference::Appeared { record: record.ok_or_else(missing)? },
            "gone" => Difference::Gone { record: record.ok_or_else(missing)? },
            "field" => Difference::Field { field: field()?, from, to },
            "moved" => Difference::Moved { from: outside(from), to: outside(to) },
            "order" => {
                Difference::Order { field: field()?, from: from.ok_or_else(missing)?, to: to.ok_or_else(missing)? }
            }
            "asked" => Difference::Asked { field: field()?, from, to: to.ok_or_else(missing)? },
            other => return Err(D::Error::custom(format!("a difference of an unknown kind, {other}"))),
        };
        let key = AccountKey { connection: form.connection, id: form.id };
        let identity = String::new();
        Ok(Self { seq: form.seq, observed: Observed { at: form.at, key, identity, name: form.name, difference } })
    }
}

/// A text that is JSON already; `null` in its place if it should be none.
fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(difference: Difference) -> HistoryEntry {
        let key = AccountKey { connection: ConnectionName::new("prod"), id: AccountId::new("7") };
        let at = Moment(1_790_000_000_123);
        HistoryEntry {
            seq: 3,
            observed: Observed { at, key, identity: String::new(), name: Untrusted::new("A\u{202e}"), difference },
        }
    }

    #[test]
    fn every_kind_is_read_back_as_it_was_written_and_null_is_not_absent() {
        let some = |text: &str| Some(text.to_owned());
        let all = [
            Difference::Appeared { record: r#"{"id":"7","raw":{"n":1.50}}"#.into() },
            Difference::Gone { record: "{}".into() },
            Difference::Field { field: "raw.a\\.b".into(), from: None, to: some("null") },
            Difference::Field { field: "status".into(), from: some("null"), to: None },
            Difference::Moved { from: None, to: some(r#"{"id":"o","name":"Org"}"#) },
            Difference::Order { field: "raw".into(), from: r#"["a","b"]"#.into(), to: r#"["b","a"]"#.into() },
            Difference::Asked { field: "raw.Tags".into(), from: None, to: "[]".into() },
            Difference::Asked { field: "raw.email".into(), from: some("null"), to: "null".into() },
        ];
        for difference in all {
            let entry = entry(difference);
            let text = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<HistoryEntry>(&text).unwrap(), entry, "{text}");
        }
        let added = entry(Difference::Field { field: "status".into(), from: None, to: some("null") });
        let text = serde_json::to_string(&added).unwrap();
        assert!(text.contains(r#""at":"2026-09-21T14:13:20.123Z""#), "{text}");
        assert!(text.ends_with(r#""kind":"field","field":"status","to":null}"#), "{text}");
    }

    #[test]
    fn people_read_words_that_do_no_harm() {
        let some = |text: &str| Some(text.to_owned());
        let field = |from, to| Difference::Field { field: "name".into(), from, to }.words();
        assert_eq!(field(some("\"a\u{202e}\""), some("\"\"")), "name: a\\u{202e} → \"\"");
        assert_eq!(field(None, some("[1]")), "name: added, [1]");
        assert_eq!(field(some("null"), None), "name: removed, was null");
        let moved = Difference::Moved { from: some(r#"{"id":"o","name":""}"#), to: None };
        assert_eq!(moved.words(), "moved: o → no organization");
    }
}
