//! Walks TOML values with their places, and collects what is wrong.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Environment;
use super::fault::{Fault, Place, nearest};
use crate::domain::ProviderFacts;

/// A key or a name with its place.
pub(super) type Word<'i> = Spanned<Cow<'i, str>>;

/// A value with its place.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// The entries of a table in the file's order.
pub(super) fn entries<'v, 'i>(table: &'v DeTable<'i>) -> Vec<(&'v Word<'i>, &'v Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// What reading a config file needs to know, and the faults so far.
pub(super) struct Reader<'a> {
    /// The whole file: places are counted in it.
    pub(super) text: &'a str,
    /// The file.
    pub(super) path: &'a Path,
    /// Whether nobody but its owner can read the file.
    pub(super) private: bool,
    /// The user's home directory, for `~/`.
    pub(super) home: Option<PathBuf>,
    /// Handed on to the sources of credentials.
    pub(super) environment: Arc<Environment>,
    /// The providers of this version.
    pub(super) known: &'a [ProviderFacts],
    /// What is wrong so far.
    pub(super) faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Notes a fault at a byte of the file.
    pub(super) fn fault(&mut self, byte: usize, problem: impl Into<String>, hint: Option<String>) {
        self.faults.push(Fault { place: Some(Place::of(self.text, byte)), problem: problem.into(), hint });
    }

    /// Notes a key that does not belong where it stands.
    pub(super) fn unknown(&mut self, key: &Word<'_>, known: &[&str]) {
        let word = key.get_ref();
        let hint = match nearest(word, known.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("expected one of {}", known.join(", ")),
        };
        self.fault(key.span().start, format!("unknown key `{word}`"), Some(hint));
    }

    /// Notes a value of the wrong kind. The value is not quoted: it may be a secret.
    pub(super) fn expected(&mut self, key: &str, value: &Value<'_>, expected: &str) {
        let found = value.get_ref().type_str();
        self.fault(value.span().start, format!("`{key}` must be {expected}, and this is of type {found}"), None);
    }

    /// A text that is not empty.
    pub(super) fn string<'v>(&mut self, key: &str, value: &'v Value<'_>) -> Option<&'v str> {
        let Some(text) = value.get_ref().as_str() else {
            self.expected(key, value, "a text in quotes");
            return None;
        };
        if text.is_empty() {
            self.fault(value.span().start, format!("`{key}` must not be empty"), None);
            return None;
        }
        Some(text)
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.expected(key, value, "true or false");
        }
        flag
    }

    /// A list of texts that are not empty.
    pub(super) fn texts(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
        let word = |word: &Value<'_>| word.get_ref().as_str().filter(|word| !word.is_empty()).map(str::to_owned);
        let texts =
            value.get_ref().as_array().and_then(|array| array.iter().map(word).collect::<Option<Vec<String>>>());
        if texts.is_none() {
            self.expected(key, value, "a list of texts");
        }
        texts
    }

    /// One of a few words.
    pub(super) fn word<'v>(&mut self, key: &str, value: &'v Value<'_>, known: &[&str]) -> Option<&'v str> {
        let word = self.string(key, value)?;
        if known.contains(&word) {
            return Some(word);
        }
        let hint = nearest(word, known.iter().copied()).map(|near| format!("did you mean {near}?"));
        self.fault(value.span().start, format!("`{key}` must be one of {}", known.join(", ")), hint);
        None
    }
}
