//! What is checked on a body before any parser sees it, and what is wrong with it in words.

use serde::de::IgnoredAny;

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// It says, or shows, that it is something else.
    NotJson(String),
    /// Not UTF-8, from this byte on.
    Encoding(usize),
    /// More levels than the cap.
    TooDeep(usize),
    /// It ends in the middle.
    Cut,
    /// Not well-formed, with the parser's words.
    Malformed(String),
}

impl BodyFault {
    /// One sentence for a person.
    pub(super) fn words(&self) -> String {
        match self {
            Self::NotJson(kind) => format!("not JSON: {kind}; a proxy or login page?"),
            Self::Encoding(at) => format!("not valid UTF-8 from byte {at} on"),
            Self::TooDeep(cap) => format!("JSON nested more than {cap} levels deep"),
            Self::Cut => "the JSON ends in the middle".into(),
            Self::Malformed(error) => format!("malformed JSON: {error}"),
        }
    }
}

/// Takes a body for JSON text. An empty one is `None`.
pub(super) fn json(body: Vec<u8>, content_type: &str, nesting_cap: usize) -> Result<Option<String>, BodyFault> {
    let text = String::from_utf8(body).map_err(|error| BodyFault::Encoding(error.utf8_error().valid_up_to()))?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    let begin = text.trim_start();
    if begin.is_empty() {
        return Ok(None);
    }
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    // Some gateways send JSON as text/plain, and servers for tests send it as text/html; a page that looks like none is
    // named by what it says it is.
    let says_json = kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json");
    let looks_json = begin.starts_with(['{', '[']);
    if !(says_json || looks_json) {
        let named = if kind.is_empty() { "no content type" } else { kind };
        return Err(BodyFault::NotJson(named.to_owned()));
    }
    let text = mend_surrogates(text);
    if depth_exceeds(text.as_bytes(), nesting_cap) {
        return Err(BodyFault::TooDeep(nesting_cap));
    }
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => Ok(Some(text)),
        Err(_) if kind.eq_ignore_ascii_case("text/html") => Err(BodyFault::NotJson(kind.to_owned())),
        Err(error) if error.is_eof() => Err(BodyFault::Cut),
        Err(error) => Err(BodyFault::Malformed(error.to_string())),
    }
}

/// Puts U+FFFD for halves of surrogate pairs written as escapes (`"\ud800"`): JSON's grammar lets them pass and no text
/// can hold them, so one in a name would spoil its whole record.
fn mend_surrogates(text: String) -> String {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text;
    }
    let mut mended = text.into_bytes();
    let mut at = 0;
    while at < mended.len() {
        if mended[at] != b'\\' {
            at += 1;
            continue;
        }
        match (escaped_unit(&mended, at), escaped_unit(&mended, at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
            (Some(0xd800..=0xdfff), _) => {
                mended[at + 2..at + 6].copy_from_slice(b"fffd");
                at += 6;
            }
            // Any other escape, of which `\\` must not be taken for the start of the next one.
            _ => at += 2,
        }
    }
    // Only ASCII was put in the place of ASCII, so this cannot fail.
    String::from_utf8(mended).unwrap_or_default()
}

/// The UTF-16 unit of an escape like `\u12ab` at this place.
fn escaped_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Whether brackets outside of strings nest deeper than `cap`. Works on any bytes, in one pass and without recursion.
fn depth_exceeds(body: &[u8], cap: usize) -> bool {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        at += 1;
        match byte {
            // Most of a page is texts: they are skipped in strides.
            b'"' => at = string_end(body, at),
            b'[' | b'{' => {
                depth += 1;
                if depth > cap {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Where the string ends that begins here: behind its quote, or with the bytes.
fn string_end(body: &[u8], mut at: usize) -> usize {
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let Some(stop) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else { return body.len() };
        match rest[stop] {
            b'"' => return at + stop + 1,
            // Whatever is escaped is none of the two.
            _ => at += stop + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(body: &[u8], kind: &str) -> Result<Option<String>, BodyFault> {
        json(body.to_vec(), kind, 8)
    }

    #[test]
    fn each_bad_body_is_named() {
        let json = "application/json";
        assert_eq!(check(b"", json), Ok(None));
        assert_eq!(check(b" \n", ""), Ok(None));
        assert_eq!(check(b"{}", "text/plain"), Ok(Some("{}".into())));
        assert_eq!(check(b"\xef\xbb\xbf{}", "application/problem+json; charset=utf-8"), Ok(Some("{}".into())));
        assert_eq!(check(b"<html>", "text/html; charset=utf-8"), Err(BodyFault::NotJson("text/html".into())));
        assert_eq!(check(b"{\"a\":1}", "text/html"), Ok(Some("{\"a\":1}".into())));
        assert_eq!(check(b"{{ page }}", "text/html"), Err(BodyFault::NotJson("text/html".into())));
        assert_eq!(check(b"hello", ""), Err(BodyFault::NotJson("no content type".into())));
        assert_eq!(check(b"{\"a\":\"\xff\"}", json), Err(BodyFault::Encoding(6)));
        assert_eq!(check(b"{\"a\":[1,", json), Err(BodyFault::Cut));
        assert!(matches!(check(b"{\"a\":nope}", json), Err(BodyFault::Malformed(_))));
        assert_eq!(check(b"[[[[[[[[[]]]]]]]]]", json), Err(BodyFault::TooDeep(8)));
        assert!(check(b"[[[[[[[[]]]]]]]]", json).is_ok());
        assert!(check(br#"["[[[[[[[[[[\"[[[["]"#, json).is_ok());
    }

    #[test]
    fn brackets_in_texts_do_not_nest_whatever_is_escaped_there() {
        let depth = |text: &str| (0..10).find(|cap| !depth_exceeds(text.as_bytes(), *cap)).unwrap();
        for (text, nested) in [
            (r#"[{"a":"[[["}]"#, 2),
            (r#"["\\",["\"[[",[]]]"#, 3),
            (r#"["a\\\"[",[]]"#, 2),
            (r#"["never ends [["#, 1),
            (r#"["ends in an escape\"#, 1),
            ("[[\"\u{e9}[\"]]", 2),
        ] {
            assert_eq!(depth(text), nested, "{text}");
        }
    }

    #[test]
    fn a_million_brackets_do_not_overflow_the_stack() {
        let body = vec![b'['; 1_000_000];
        assert_eq!(json(body, "application/json", usize::MAX), Err(BodyFault::Cut));
    }

    #[test]
    fn half_surrogates_become_replacement_characters_and_pairs_stay() {
        let mended = |text: &str| {
            let text = json(text.into(), "application/json", 8).unwrap().unwrap();
            serde_json::from_str::<Vec<String>>(&text).unwrap().remove(0)
        };
        assert_eq!(mended(r#"["a\ud800b"]"#), "a\u{fffd}b");
        assert_eq!(mended(r#"["\uDE00"]"#), "\u{fffd}");
        assert_eq!(mended(r#"["\ud83d\ude00"]"#), "\u{1f600}");
        assert_eq!(mended(r#"["\ud83d\ud83d\ude00"]"#), "\u{fffd}\u{1f600}");
        assert_eq!(mended(r#"["\\ud800"]"#), "\\ud800");
        assert_eq!(mended(r#"["\u0041\ud800\n"]"#), "A\u{fffd}\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = json(body, "application/json", 8);
        }
    }
}
