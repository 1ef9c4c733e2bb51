//! The fields that `field:value` knows, by name.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::members;

/// What a clause asks about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The account's name.
    Name,
    /// The provider's id.
    Id,
    /// The account's own e-mail address.
    Email,
    /// The provider's word for its type.
    Type,
    /// The provider's word for its status.
    Status,
    /// The kind of service.
    Provider,
    /// The connection that reported it.
    Connection,
    /// The organization that holds it directly.
    Parent,
    /// An organization and all below it.
    Org,
    /// When it was made.
    Created,
    /// When it was last changed.
    Updated,
    /// How long ago it was made.
    Age,
    /// How long ago the provider said what is shown.
    Seen,
    /// Whether it is marked.
    Marked,
    /// Whether a complete sync no longer found it.
    Gone,
    /// The user's own labels.
    Label,
    /// The user's own note.
    Note,
    /// A path into what the provider said, e.g. `settings.enforce_twofactor`.
    Path(Box<str>),
}

/// What may be asked of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// For a text.
    Text,
    /// For a time.
    Time,
    /// For a length of time.
    Age,
    /// For yes or no.
    Truth,
    /// For whatever JSON has.
    Value,
}

/// Names, the first is the one that completion offers, and what the field says.
const NAMED: &[(&[&str], Field, &str)] = &[
    (&["name"], Field::Name, "the account's name"),
    (&["id"], Field::Id, "the provider's id"),
    (&["email"], Field::Email, "the account's own e-mail address"),
    (&["type"], Field::Type, "the provider's word for its type"),
    (&["status"], Field::Status, "the provider's word for its status"),
    (&["provider"], Field::Provider, "the kind of service"),
    (&["conn", "connection"], Field::Connection, "the connection that reported it"),
    (&["org", "organization"], Field::Org, "inside an organization, however deep"),
    (&["parent"], Field::Parent, "directly inside an organization"),
    (&["created", "created_at"], Field::Created, "when it was made"),
    (&["updated", "updated_at"], Field::Updated, "when it was last changed"),
    (&["age"], Field::Age, "how long ago it was made"),
    (&["seen"], Field::Seen, "how long ago the provider said so"),
    (&["marked"], Field::Marked, "marked with Space"),
    (&["gone"], Field::Gone, "no longer found by a sync"),
    (&["label"], Field::Label, "your own labels"),
    (&["note"], Field::Note, "your own note"),
];

/// `missing:FIELD` is written like a field.
pub(super) const MISSING: &str = "missing";

impl Field {
    /// The field of this name, whatever its case; a path is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = NAMED.iter().find(|(names, ..)| names.iter().any(|other| other.eq_ignore_ascii_case(name)));
        found.map(|(_, field, _)| field.clone())
    }

    /// All that have a name, with what they say.
    pub fn all() -> impl Iterator<Item = (&'static str, Self, &'static str)> {
        NAMED.iter().map(|(names, field, says)| (names[0], field.clone(), *says))
    }

    /// What may be asked of it.
    #[must_use]
    pub fn asks(&self) -> Asks {
        match self {
            Self::Name
            | Self::Id
            | Self::Email
            | Self::Type
            | Self::Status
            | Self::Provider
            | Self::Connection
            | Self::Parent
            | Self::Org
            | Self::Label
            | Self::Note => Asks::Text,
            Self::Created | Self::Updated => Asks::Time,
            Self::Age | Self::Seen => Asks::Age,
            Self::Marked | Self::Gone => Asks::Truth,
            Self::Path(_) => Asks::Value,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Path(path) = self {
            return f.write_str(path);
        }
        let found = NAMED.iter().find(|(_, field, _)| field == self);
        f.write_str(found.map_or("", |(names, ..)| names[0]))
    }
}

/// The names at the top of the records that were seen: they are fields too, and where any are known a path begins with
/// one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    names: BTreeSet<Box<str>>,
    /// Paths of two steps, for those who begin one; at most [`MOST_PATHS`].
    paths: BTreeSet<Box<str>>,
}

/// The most paths that are learned: tags have as many names as people think of.
const MOST_PATHS: usize = 2_000;

impl Vocabulary {
    /// Learns the names at the top of a record (a JSON object), and those in the objects there; whether any at the top was
    /// new.
    pub fn learn(&mut self, record: &str) -> bool {
        let before = self.names.len();
        for (name, value) in members(record).unwrap_or_default() {
            if value.get().starts_with('{') {
                let below = members(value.get()).unwrap_or_default();
                for (step, _) in below {
                    self.add_path(&name, &step);
                }
            }
            self.add(&name);
        }
        self.names.len() > before
    }

    fn add_path(&mut self, name: &str, step: &str) {
        let is_plain = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
        if self.paths.len() < MOST_PATHS && !step.is_empty() && step.chars().all(is_plain) {
            self.paths.insert(format!("{name}.{step}").into());
        }
    }

    /// Learns one name.
    pub fn add(&mut self, name: &str) {
        if !self.names.contains(name) {
            self.names.insert(name.into());
        }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// The paths of two steps that were seen, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(AsRef::as_ref)
    }

    /// Whether nothing is known yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// What a word before a colon is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A field.
    Field(Field),
    /// `missing:`.
    Missing,
    /// No field, but one letter away from this one.
    Near(String),
    /// Text.
    Text,
}

/// Reads the word before a colon.
pub(super) fn read(word: &str, vocabulary: &Vocabulary) -> Named {
    if word.eq_ignore_ascii_case(MISSING) {
        return Named::Missing;
    }
    if let Some(field) = Field::named(word) {
        return Named::Field(field);
    }
    let top = word.split('.').next().unwrap_or(word);
    let is_path = word.contains('.') && word.split('.').all(|step| !step.is_empty());
    if vocabulary.has(top) && (is_path || top == word) || is_path && vocabulary.is_empty() {
        return Named::Field(Field::Path(word.into()));
    }
    if is_path {
        // A host and its port: only a slip in a name that is known is a path.
        let near = vocabulary.names().find(|name| name.len() >= LONG && is_near(name, top));
        return near.map_or(Named::Text, |name| Named::Near(format!("{name}{}", &word[top.len()..])));
    }
    near(word, vocabulary).map_or(Named::Text, Named::Near)
}

/// The field whose name is one letter away, or the same but for its case.
pub(super) fn near(word: &str, vocabulary: &Vocabulary) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let is_own = |name: &&str| is_near(name, &lower);
    let is_recorded = |name: &&str| {
        let name = name.to_ascii_lowercase();
        name == lower || name.len() >= LONG && is_near(&name, &lower)
    };
    let mut own = NAMED.iter().flat_map(|(names, ..)| *names).copied().chain([MISSING]);
    own.find(is_own).or_else(|| vocabulary.names().find(is_recorded)).map(str::to_owned)
}

/// Names of records that are shorter have too many words one letter away: AWS's `Arn` has `urn`.
const LONG: usize = 4;

/// Whether a name is one of the program's own fields, or `missing`.
pub(super) fn is_own(name: &str) -> bool {
    name.eq_ignore_ascii_case(MISSING) || Field::named(name).is_some()
}

/// Whether one letter more, less or other, or two swapped, make one word the other.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[same..], &long[same..]);
    match long.len() - short.len() {
        0 => {
            let swapped = || short.len() >= 2 && short[0] == long[1] && short[1] == long[0] && short[2..] == long[2..];
            short.is_empty() || short[1..] == long[1..] || swapped()
        }
        1 => *short == long[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_away_is_near() {
        for (one, other, good) in [
            ("status", "stats", true),
            ("status", "statuss", true),
            ("status", "statas", true),
            ("status", "sttaus", true),
            ("status", "status", true),
            ("status", "stat", false),
            ("status", "tsatsu", false),
            ("id", "i", true),
            ("id", "di", true),
            ("org", "urn", false),
            ("age", "arn", false),
        ] {
            assert_eq!(is_near(one, other), good, "{one} {other}");
            assert_eq!(is_near(other, one), good, "{other} {one}");
        }
    }

    #[test]
    fn a_word_is_a_field_a_path_a_slip_or_text() {
        let none = Vocabulary::default();
        let mut known = Vocabulary::default();
        assert!(known.learn(r#"{"settings":{"a":1},"managed_by":null,"st\u0061te":"x"}"#));
        assert!(!known.learn(r#"{"settings":{}}"#) && !known.learn("[1]") && !known.learn("{\"settings\""));
        assert_eq!(known.names().collect::<Vec<_>>(), ["managed_by", "settings", "state"]);
        let path = |path: &str| Named::Field(Field::Path(path.into()));
        assert_eq!(read("Status", &none), Named::Field(Field::Status));
        assert_eq!(read("connection", &none), Named::Field(Field::Connection));
        assert_eq!(read("stats", &none), Named::Near("status".into()));
        assert_eq!(read("urn", &none), Named::Text);
        assert_eq!(read("settings.a", &none), path("settings.a"));
        assert_eq!(read("settings", &none), Named::Text);
        assert_eq!(read("settings", &known), path("settings"));
        assert_eq!(read("setting.a", &known), Named::Near("settings.a".into()));
        assert_eq!(read("example.com", &known), Named::Text);
        assert_eq!(read("a..b", &none), Named::Text);
        assert_eq!(read("State", &known), Named::Near("state".into()));
        known.add("Arn");
        assert_eq!(read("Arn", &known), path("Arn"));
        assert_eq!(read("arn", &known), Named::Near("Arn".into()));
        assert_eq!(read("urn", &known), Named::Text);
    }
}
