//! What a provider said, as text: kept whole, so that no field is lost that the program does not understand.

use std::sync::Arc;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::text::careful;

/// One JSON document as text (a parsed tree takes ten times the memory). Well-formed, but for what was broken while it was
/// kept; fields known to be secret have been replaced by `"<secret>"` before it is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// Takes a text that is one JSON value.
    ///
    /// # Errors
    /// The parser's complaint if it is none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&RawValue>(text).map(|raw| Self(raw.get().into()))
    }

    /// Takes a text that was one JSON value when it was kept. Where that was broken since, it is written as `null`.
    #[must_use]
    pub(crate) fn kept(text: &str) -> Self {
        Self(text.into())
    }

    /// Takes a part of a text that was read: it is well-formed already.
    #[must_use]
    pub fn of(raw: &RawValue) -> Self {
        Self(raw.get().into())
    }

    /// The text, as the provider wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The parsed tree, keys in the provider's order.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    /// Indented by two spaces, for people.
    #[must_use]
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(&self.value()).unwrap_or_else(|_| self.0.to_string())
    }

    /// The value at a path with dots, e.g. `settings.enforce_twofactor`; `None` if a step is missing.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<Value> {
        serde_json::from_str(self.slice(path)?).ok()
    }

    /// The same as the provider wrote it. What the path passes by is skipped, not built.
    #[must_use]
    pub fn slice(&self, path: &str) -> Option<&str> {
        slice(&self.0, path)
    }
}

/// The value at a path with dots in a JSON document, as it is written there. What the path passes by is skipped, not
/// built.
#[must_use]
pub fn slice<'t>(mut text: &'t str, path: &str) -> Option<&'t str> {
    for step in path.split('.') {
        let mut reader = serde_json::Deserializer::from_str(text);
        text = Step(step).deserialize(&mut reader).ok()??.get();
    }
    Some(text)
}

/// The values at several paths with dots, as [`slice()`] gives each, in one go over the document.
#[must_use]
pub fn slices<'t>(text: &'t str, paths: &[&str]) -> Vec<Option<&'t str>> {
    let mut found = vec![None; paths.len()];
    let wanted: Vec<(&str, usize)> = paths.iter().copied().zip(0..).collect();
    Steps { wanted: &wanted, found: &mut found }.read(text);
    found
}

/// The members of a JSON object in their order, as they are written there; `None` of what is no object.
#[must_use]
pub fn members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::Deserializer::from_str(text).deserialize_map(Members).ok()
}

/// Reads an object's members.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// Reads the keys of an object that paths begin with, and below them what is left of the paths.
struct Steps<'s, 't> {
    /// What is left of each path, with its place.
    wanted: &'s [(&'s str, usize)],
    found: &'s mut [Option<&'t str>],
}

impl<'t> Steps<'_, 't> {
    fn read(self, text: &'t str) {
        // What is no object has nothing at any path.
        let _ = serde_json::Deserializer::from_str(text).deserialize_map(self);
    }
}

impl<'de> Visitor<'de> for Steps<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(below) = map.next_key_seed(Begins(self.wanted))? {
            if below.is_empty() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<&RawValue>()?.get();
            let mut deeper = Vec::new();
            for (rest, place) in below {
                // Of keys that come twice the last counts, with all below it.
                self.found[place] = if rest.is_none() { Some(value) } else { None };
                deeper.extend(rest.map(|rest| (rest, place)));
            }
            if !deeper.is_empty() {
                Steps { wanted: &deeper, found: &mut *self.found }.read(value);
            }
        }
        Ok(())
    }
}

/// Which paths begin with a key: what is left of each behind it, if anything is.
struct Begins<'s>(&'s [(&'s str, usize)]);

impl<'de, 's> DeserializeSeed<'de> for Begins<'s> {
    type Value = Vec<(Option<&'s str>, usize)>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for Begins<'s> {
    type Value = Vec<(Option<&'s str>, usize)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        let rest = |(path, place): &(&'s str, usize)| {
            let (first, rest) = path.split_once('.').map_or((*path, None), |(first, rest)| (first, Some(rest)));
            (first == key).then_some((rest, *place))
        };
        Ok(self.0.iter().filter_map(rest).collect())
    }
}

/// Reads one key of an object, the last of that name. Anything else has none.
struct Step<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Key(self.0))? {
            if is_it {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a key is this one.
struct Key<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

impl From<Value> for RawJson {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

/// Writes a text that was one JSON document when it was kept, as [`RawJson`] is serialised and made [`careful`]: what was
/// broken since is `null`. A list does this for each of its rows, and next to all of them are looked at once and copied.
pub(crate) fn write_kept(text: &str, to: &mut String) {
    if is_plain(text) {
        to.push_str(&careful(text));
        return;
    }
    let written = serde_json::to_string(&RawJson::kept(text)).unwrap_or_else(|_| "null".into());
    to.push_str(&careful(&written));
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // A tree costs ten times what its text does, and most texts are what it would be written as.
        match serde_json::from_str::<&RawValue>(&self.0) {
            Ok(raw) if is_settled(&self.0) => raw.serialize(to),
            Ok(_) | Err(_) => self.value().serialize(to),
        }
    }
}

/// Whether a well-formed JSON document stands as its value would be written again: nothing between its tokens, no escapes,
/// no numbers but short whole ones. Says no rather too often, but keys that come twice are not looked for.
fn is_settled(text: &str) -> bool {
    let (mut rest, mut digits) = (text.as_bytes(), 0_u8);
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'"' {
            match memchr::memchr2(b'"', b'\\', after) {
                Some(end) if after[end] == b'"' => rest = &after[end + 1..],
                Some(_) | None => return false,
            }
        }
        let is_exponent = digits > 0 && matches!(byte, b'e' | b'E');
        digits = if byte.is_ascii_digit() { digits.saturating_add(1) } else { 0 };
        if is_exponent || digits > 18 || matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'-' | b'.') {
            return false;
        }
    }
    true
}

/// How deep a plain document goes at most: a bit each.
const DEPTH: u32 = u128::BITS;

/// Whether a text is one JSON document, and stands as its value would be written again: both in one go over it, without
/// a parser. Of a text that is no JSON it never says yes, whatever became of the file that it was kept in; of one that is
/// it says no rather too often, as [`is_settled`] does, and keys that come twice are not looked for.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Of each list and object that is open a bit, the innermost last: whether it is an object.
    let (mut kinds, mut depth, mut at) = (0_u128, 0_u32, 0_usize);
    loop {
        let after = match bytes.get(at) {
            Some(b'"') => string_end(bytes, at + 1),
            Some(b'{' | b'[') if depth == DEPTH => None,
            Some(b'{') if bytes.get(at + 1) == Some(&b'}') => Some(at + 2),
            Some(b'[') if bytes.get(at + 1) == Some(&b']') => Some(at + 2),
            Some(b'{') => {
                let Some(value) = key_end(bytes, at + 1) else { return false };
                (kinds, depth, at) = (kinds << 1 | 1, depth + 1, value);
                continue;
            }
            Some(b'[') => {
                (kinds, depth, at) = (kinds << 1, depth + 1, at + 1);
                continue;
            }
            Some(b't') => bytes[at..].starts_with(b"true").then_some(at + 4),
            Some(b'n') => bytes[at..].starts_with(b"null").then_some(at + 4),
            Some(b'f') => bytes[at..].starts_with(b"false").then_some(at + 5),
            Some(b'0') => Some(at + 1),
            Some(b'1'..=b'9') => {
                let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                (digits <= 18).then_some(at + digits)
            }
            Some(_) | None => None,
        };
        let Some(after) = after else { return false };
        at = after;
        // Behind a value: what ends here, and then a comma before the next one.
        while depth > 0 && bytes.get(at) == Some(if kinds & 1 == 1 { &b'}' } else { &b']' }) {
            (kinds, depth, at) = (kinds >> 1, depth - 1, at + 1);
        }
        if depth == 0 {
            return at == bytes.len();
        }
        if bytes.get(at) != Some(&b',') {
            return false;
        }
        let next = if kinds & 1 == 1 { key_end(bytes, at + 1) } else { Some(at + 1) };
        let Some(next) = next else { return false };
        at = next;
    }
}

/// The place of a value behind its key and the colon.
fn key_end(bytes: &[u8], at: usize) -> Option<usize> {
    let colon = (bytes.get(at) == Some(&b'"')).then(|| string_end(bytes, at + 1)).flatten()?;
    (bytes.get(colon) == Some(&b':')).then_some(colon + 1)
}

/// The place behind a string that has no escapes.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes.get(at..)?.iter().position(|byte| *byte == b'"' || *byte == b'\\' || *byte < b' ')?;
    (bytes[at + length] == b'"').then_some(at + length + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// JSON as providers write it and as nobody should: texts of documents, with blanks, escapes and all kinds of numbers.
    fn documents() -> impl Strategy<Value = String> {
        let number = "-?(0|[1-9][0-9]{0,22})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?";
        let text = r#""([a-zé€𝄞 :,{}\[\]0-9\x7f]|\\[nt"/\\]|\\u00[0-9a-f]{2}){0,6}""#;
        let leaf = prop_oneof![Just("null".to_owned()), Just("true".into()), Just("false".into()), number, text];
        let blank = "( |\n|)";
        leaf.prop_recursive(3, 24, 4, move |inner| {
            let member = (inner.clone(), blank);
            let list = prop::collection::vec((inner, blank), 0..4);
            let object = prop::collection::vec(member, 0..4);
            prop_oneof![
                list.prop_map(|all| {
                    let all: Vec<String> = all.into_iter().map(|(value, blank)| blank + &value).collect();
                    format!("[{}]", all.join(","))
                }),
                object.prop_map(|all| {
                    let member =
                        |(nth, (value, blank)): (usize, (String, String))| format!("\"k{nth}\":{blank}{value}");
                    format!("{{{}}}", all.into_iter().enumerate().map(member).collect::<Vec<_>>().join(","))
                }),
            ]
        })
    }

    fn serialised(text: &str) -> String {
        careful(&serde_json::to_string(&RawJson::kept(text)).unwrap()).into_owned()
    }

    proptest! {
        #[test]
        fn a_document_is_written_as_its_value_is(text in documents()) {
            let Ok(raw) = RawJson::parse(&text) else { return Ok(()) };
            prop_assert_eq!(serde_json::to_string(&raw).unwrap(), raw.value().to_string());
        }

        #[test]
        fn a_kept_text_is_written_as_it_is_serialised(text in documents()) {
            let mut written = String::new();
            write_kept(&text, &mut written);
            prop_assert_eq!(written, serialised(&text));
            // Without blanks and escapes it is plain, so that the short way is looked at too.
            let compact = serde_json::from_str::<Value>(&text).unwrap_or_default().to_string();
            prop_assert!(!is_plain(&compact) || is_settled(&compact));
            prop_assert!(is_plain(&compact) || !is_settled(&compact));
        }

        #[test]
        fn whatever_became_of_a_kept_text_one_document_is_written(
            text in documents(),
            at in any::<prop::sample::Index>(),
            length in 0usize..4,
            put in r#"[ -~é\n\x00]{0,3}|[\[\]{},:"\\0]{0,3}"#,
        ) {
            for text in [serde_json::from_str::<Value>(&text).unwrap_or_default().to_string(), text] {
                let chars: Vec<char> = text.chars().collect();
                let at = at.index(chars.len() + 1);
                let rest = chars.iter().skip(at + length);
                let broken: String = chars[..at].iter().copied().chain(put.chars()).chain(rest.copied()).collect();
                prop_assert!(!is_plain(&broken) || serde_json::from_str::<&RawValue>(&broken).is_ok(), "{}", broken);
                let mut written = String::new();
                write_kept(&broken, &mut written);
                prop_assert!(serde_json::from_str::<&RawValue>(&written).is_ok(), "{}", written);
                prop_assert_eq!(written, serialised(&broken));
            }
        }
    }

    #[test]
    fn what_is_plain_is_one_document_as_it_would_be_written() {
        for text in [r#"{"a":[true,false,null,"e-5.1 x"],"n":123456789012345678}"#, "7", "0", "[]", "{}", r#""é""#] {
            assert!(is_plain(text), "{text}");
        }
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(is_plain(&deep(128)) && !is_plain(&deep(129)));
        for text in [
            "",
            " 1",
            "01",
            "-1",
            "1.5",
            "1e5",
            "1234567890123456789",
            "[1,]",
            "[,1]",
            "[1",
            "1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1}",
            "{\"a\":1]",
            "\"a",
            "\"\u{1}\"",
            "tru",
            "nulll",
            "[1]2",
            "[1 ]",
            r#""\n""#,
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_is_settled_needs_no_tree() {
        for text in [r#"{"a":[true,false,null,"e-5.1 x"],"n":123456789012345678}"#, "7", "[]", r#""é""#] {
            assert!(is_settled(text), "{text}");
        }
        for text in ["1e5", "[1E5]", "-1", "1.5", "[1, 2]", "1234567890123456789", r#""\n""#, r#"{"a": 1}"#] {
            assert!(!is_settled(text), "{text}");
        }
    }

    #[test]
    fn what_was_broken_while_it_was_kept_makes_no_broken_document() {
        let kept = [RawJson::kept(r#"{"id":"a"}"#), RawJson::kept(r#"{"id":"#), RawJson::kept("")];
        assert_eq!(serde_json::to_string(&kept).unwrap(), r#"[{"id":"a"},null,null]"#);
    }

    #[test]
    fn unknown_keys_stay_in_order_and_paths_reach_them() {
        let raw = RawJson::parse(r#"{"z":1,"a":{"b":{"c":null,"d":"x"}}}"#).unwrap();
        assert_eq!(raw.at("a.b.d"), Some(Value::from("x")));
        assert_eq!(raw.at("a.b.c"), Some(Value::Null));
        assert_eq!(raw.at("a.q"), None);
        assert_eq!((raw.at("z.a"), raw.at(""), raw.at("a.b.d.e")), (None, None, None));
        assert_eq!(raw.slice("a.b"), Some(r#"{"c":null,"d":"x"}"#));
        let odd = RawJson::parse(r#"{"a":[{"b":1}],"k\u0065y":{"b": 2},"b":1,"b":3}"#).unwrap();
        assert_eq!((odd.at("a.b"), odd.at("key.b"), odd.at("b")), (None, Some(2.into()), Some(3.into())));
        assert!(raw.pretty().starts_with("{\n  \"z\": 1"));
        assert_eq!(serde_json::to_string(&raw).unwrap(), raw.text());
    }

    #[test]
    fn several_paths_in_one_go_lead_where_each_leads_by_itself() {
        let texts = [
            r#"{"z":1,"a":{"b":{"c":null,"d":"x"},"b2":[1,{"c":2}]},"":{"":5},"a.b":7}"#,
            r#"{"a":{"b":1,"c":2},"a":{"c":3}}"#,
            r#"{"a":{"b":1},"a":4}"#,
            r#"{"\u0061":{"b":"\u0000"}}"#,
            "[{\"a\":1}]",
            "7",
            " {\"a\" : { \"b\" : [ ] } } ",
        ];
        let paths = ["z", "a", "a.b", "a.b.c", "a.b.d", "a.c", "a.b2", "a.b2.c", "", ".", "q", "a.q", "a.b.c.d", "a"];
        for text in texts {
            let each: Vec<Option<&str>> = paths.iter().map(|path| slice(text, path)).collect();
            assert_eq!(slices(text, &paths), each, "{text}");
        }
        assert!(slices("{}", &[]).is_empty());
    }
}
