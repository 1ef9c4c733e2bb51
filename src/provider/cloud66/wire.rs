//! Cloud 66's JSON. Nothing here fails because a field is missing, null, of another type or unknown: the documents, the
//! model page and the clients contradict each other in all of these ways.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::{FailureItem, Untrusted};

/// An object's entries as they stand: order, numbers and keys that come twice are kept.
#[derive(Debug, Default)]
pub(super) struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// Reads an object; `None` for anything else.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// All entries.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), *value))
    }

    /// A value; of a key that comes twice the last one. Null is missing.
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.iter().filter(|(own, _)| *own == key).last().map(|(_, value)| value).filter(|value| value.get() != "null")
    }

    /// Whether the key is there, with null or anything else.
    pub(super) fn has(&self, key: &str) -> bool {
        self.iter().any(|(own, _)| own == key)
    }

    /// The object below a key.
    pub(super) fn object(&self, key: &str) -> Option<Self> {
        Self::read(self.get(key)?.get())
    }

    /// A scalar as text, if there is one and it is not empty.
    pub(super) fn text(&self, key: &str) -> Option<Untrusted> {
        scalar(self.get(key)?).filter(|text| !text.is_empty())
    }

    /// A whole number, also one written as text or like `7.0`.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        let text = self.text(key)?;
        whole(text.raw()).parse().ok()
    }

    /// Yes or no, in the ways that web frameworks write them; `None` for anything else.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.text(key)?.raw() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// The id: integer in the documents, text in a client.
    pub(super) fn id(&self) -> Option<Untrusted> {
        self.text("id").map(|text| Untrusted::new(whole(text.raw())))
    }
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Entries<'de>, A::Error> {
                let mut all = Vec::with_capacity(entries.size_hint().unwrap_or_default());
                while let Some(entry) = entries.next_entry()? {
                    all.push(entry);
                }
                Ok(Entries(all))
            }
        }

        from.deserialize_map(Object)
    }
}

/// Any scalar as text: a number is its digits as they stand, so that an id is text whatever it came as.
fn scalar(raw: &RawValue) -> Option<Untrusted> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(text).ok().map(Untrusted::from),
        b'-' | b'0'..=b'9' | b't' | b'f' => Some(Untrusted::new(text)),
        _ => None,
    }
}

fn whole(number: &str) -> &str {
    number.strip_suffix(".0").unwrap_or(number)
}

/// What is around an answer: `{"response", "count", "pagination"}` (Cloud 66's documents).
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    entries: Entries<'a>,
    /// The whole text, for answers that come without an envelope (an old sample shows one).
    bare: &'a str,
}

impl<'a> Envelope<'a> {
    /// Reads an answer; `None` for a text that is neither an object nor a list.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let is_list = || text.trim_start().starts_with('[');
        let entries = Entries::read(text).or_else(|| is_list().then(Entries::default))?;
        Some(Self { entries, bare: text })
    }

    /// The one record; `None` if there is none with an id.
    pub(super) fn record(&self) -> Option<&'a str> {
        let inner = self.entries.get("response").map(RawValue::get);
        inner.or_else(|| self.entries.has("id").then_some(self.bare))
    }

    /// The object that is the answer.
    pub(super) fn response(&self) -> Option<Entries<'a>> {
        self.entries.object("response")
    }

    /// The rows of a list; `None` if this is no list. A null is an empty one.
    pub(super) fn rows(&self) -> Option<Vec<&'a RawValue>> {
        match self.entries.get("response") {
            Some(raw) => serde_json::from_str(raw.get()).ok(),
            None if self.entries.has("response") => Some(Vec::new()),
            None => serde_json::from_str(self.bare).ok(),
        }
    }

    /// What it says about pages; all of it may be missing, and then there is one page (some lists have none in the
    /// documents).
    pub(super) fn pagination(&self) -> Pagination {
        let Some(said) = self.entries.object("pagination") else {
            return Pagination::default();
        };
        Pagination { next: said.number("next"), count: said.number("count"), pages: said.number("pages") }
    }

    /// Whether a success's body says that it is none: `ok` or `success` is false, or there is an error and no answer.
    pub(super) fn says_no(&self) -> bool {
        let is_no = |entries: &Entries<'_>| entries.flag("ok") == Some(false) || entries.flag("success") == Some(false);
        let is_inner_no = |inner: Entries<'_>| !inner.has("id") && is_no(&inner);
        is_no(&self.entries)
            || self.response().is_some_and(is_inner_no)
            || (self.entries.get("error").is_some()
                && self.entries.get("response").is_none()
                && !self.entries.has("id"))
    }

    /// The error that it holds, in one item for each of its texts; the best one is first and has the error's id.
    ///
    /// The body of an error is not documented. Cloud 66's own library reads `error` (an id), `error_description` and
    /// `details`, and prefers the last one (its source).
    pub(super) fn failure_items(&self) -> Vec<FailureItem> {
        let inner = self.response().filter(|_| !self.entries.has("error"));
        let from = inner.as_ref().unwrap_or(&self.entries);
        let error = from.get("error").and_then(words);
        let (code, sentence) = match error {
            Some(text) if text.raw().contains(char::is_whitespace) => (None, Some(text)),
            other => (other, None),
        };
        let told = ["details", "error_description", "message"].map(|key| from.get(key).and_then(words));
        let mut messages: Vec<Untrusted> = Vec::new();
        for text in told.into_iter().chain([sentence]).flatten() {
            if !messages.contains(&text) {
                messages.push(text);
            }
        }
        if messages.is_empty() {
            messages.extend(code.clone());
        }
        let items = messages.into_iter().map(|message| FailureItem { message, ..FailureItem::default() });
        let mut items: Vec<FailureItem> = items.collect();
        if let Some(first) = items.first_mut() {
            first.code = code;
        }
        items
    }
}

/// A text, or what stands there instead of one as JSON; `None` for nothing.
fn words(raw: &RawValue) -> Option<Untrusted> {
    let text = scalar(raw).unwrap_or_else(|| Untrusted::new(raw.get()));
    (!matches!(text.raw().trim(), "" | "[]" | "{}")).then_some(text)
}

/// The `pagination` object. `previous`, `current` and `per_page` decide nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pagination {
    /// The page after this one; null after the last one.
    pub(super) next: Option<u64>,
    /// Rows in all. Whether the `count` beside `pagination` is the same is not documented: that one is not read.
    pub(super) count: Option<u64>,
    /// Pages in all.
    pub(super) pages: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Entries<'_> {
        Entries::read(text).unwrap()
    }

    #[test]
    fn scalars_of_any_type_are_text_and_the_last_of_two_counts() {
        let all = entries(r#"{"id":139.0,"a":"x","n":18446744073709551616,"t":true,"o":{},"z":null,"e":"","a":"y\n"}"#);
        assert_eq!(all.id().unwrap().raw(), "139");
        assert_eq!(all.text("a").unwrap().raw(), "y\n");
        assert_eq!(all.text("n").unwrap().raw(), "18446744073709551616");
        assert_eq!(all.flag("t"), Some(true));
        for key in ["o", "z", "e", "missing"] {
            assert_eq!(all.text(key), None, "{key}");
        }
        assert!(all.has("z") && all.get("z").is_none());
        assert!(Entries::read("[1]").is_none() && Entries::read("7").is_none());
    }

    #[test]
    fn lists_come_with_and_without_an_envelope() {
        let rows = |text: &str| Envelope::read(text).and_then(|envelope| envelope.rows().map(|rows| rows.len()));
        assert_eq!(rows(r#"{"response":[{},{}],"count":2}"#), Some(2));
        assert_eq!(rows(r#"{"response":null}"#), Some(0));
        assert_eq!(rows(r"[1]"), Some(1));
        assert_eq!(rows(r#"{"response":{}}"#), None);
        assert_eq!(rows("{}"), None);
        assert_eq!(rows("7"), None);
        let record = |text| Envelope::read(text).unwrap().record();
        assert_eq!(record(r#"{"response":{"id":1}}"#), Some(r#"{"id":1}"#));
        assert_eq!(record(r#"{"id":1}"#), Some(r#"{"id":1}"#));
        assert_eq!(record(r#"{"response":null}"#), None);
    }

    #[test]
    fn parts_of_the_paging_may_be_missing_null_or_text() {
        let said = |text: &str| {
            let text = format!(r#"{{"response":[],"pagination":{text}}}"#);
            Envelope::read(&text).unwrap().pagination()
        };
        assert_eq!(said("null"), Pagination::default());
        assert_eq!(said("7"), Pagination::default());
        let whole = Pagination { next: Some(2), count: Some(31), pages: Some(2) };
        assert_eq!(said(r#"{"next":2,"count":31,"pages":2,"current":1}"#), whole);
        assert_eq!(said(r#"{"next":"2","count":31.0,"pages":2,"previous":{}}"#), whole);
        assert_eq!(said(r#"{"next":null,"count":-1,"pages":[]}"#), Pagination::default());
    }

    #[test]
    fn a_success_that_says_no_is_known_and_an_account_with_such_a_key_is_none() {
        let says_no = |text: &str| Envelope::read(text).unwrap().says_no();
        for no in [
            r#"{"response":{"ok":false}}"#,
            r#"{"response":{"ok":"false","otp":"x"}}"#,
            r#"{"ok":false}"#,
            r#"{"success":false,"response":[]}"#,
            r#"{"error":"forbidden"}"#,
            r#"{"error":"forbidden","response":null}"#,
        ] {
            assert!(says_no(no), "{no}");
        }
        for yes in [
            r#"{"response":{"ok":true}}"#,
            r#"{"response":{"ok":null,"otp":"x"}}"#,
            r#"{"response":{"id":1,"ok":false}}"#,
            r#"{"response":[],"error":null}"#,
            "[]",
        ] {
            assert!(!says_no(yes), "{yes}");
        }
    }

    #[test]
    fn the_best_text_of_an_error_is_first_and_the_others_are_kept() {
        let items = |text: &str| -> Vec<(Option<String>, String)> {
            let items = Envelope::read(text).unwrap().failure_items().into_iter();
            items.map(|item| (item.code.map(|code| code.raw().to_owned()), item.message.raw().to_owned())).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            items(r#"{"error":"forbidden","error_description":"d","details":"best","message":"d"}"#),
            [(some("forbidden"), "best".into()), (None, "d".into())]
        );
        assert_eq!(
            items(r#"{"error":"x","details":null,"error_description":"","message":"m"}"#),
            [(some("x"), "m".into())]
        );
        assert_eq!(items(r#"{"error":"not_found"}"#), [(some("not_found"), "not_found".into())]);
        assert_eq!(items(r#"{"error":"Not found here"}"#), [(None, "Not found here".into())]);
        assert_eq!(items(r#"{"details":{"page":["bad"]}}"#), [(None, r#"{"page":["bad"]}"#.into())]);
        assert_eq!(items(r#"{"response":{"ok":false,"message":"no"}}"#), [(None, "no".into())]);
        assert_eq!(items(r#"{"details":[],"hello":1}"#), []);
    }
}
