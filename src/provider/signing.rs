//! What the signatures of several providers share: access keys, a request in one fixed spelling, hashes, hexadecimal
//! digits, times.
//! Which of them are signed, in which order and with which key, is each provider's own.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};
use url::Url;

use crate::domain::{Credentials, Failure, FailureKind, Moment, Secret};

/// An access key, with a token if it is a temporary one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    /// Public: it names the key.
    pub(super) id: &'a str,
    pub(super) secret: &'a Secret,
    /// Sent and signed with every request if there is one.
    pub(super) token: Option<&'a Secret>,
}

/// What a provider calls the parts of an access key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyFields {
    pub(super) id: &'static str,
    pub(super) secret: &'static str,
    pub(super) token: &'static str,
}

impl<'a> Key<'a> {
    /// The key that was given; `None` unless both of its parts are there. An empty token is none.
    pub(super) fn of(credentials: &'a Credentials, fields: KeyFields) -> Option<Self> {
        let filled = |field: &str| credentials.get(field).filter(|value| !value.expose().is_empty());
        Some(Self { id: filled(fields.id)?.expose(), secret: filled(fields.secret)?, token: filled(fields.token) })
    }

    /// The kind of credential in words.
    pub(super) fn words(&self) -> &'static str {
        if self.token.is_some() { "temporary access key" } else { "access key" }
    }
}

/// A header's value, marked so that no log shows it; `field` is the part of the credential that is in it.
///
/// # Errors
/// `Auth` for a value that no header can carry, without showing it.
pub(super) fn header(text: &str, field: &str, what: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let cause = format!("the {field} holds characters that no credential has, perhaps a line break");
        Failure::new(FailureKind::Auth, what, cause).with_hint("look at where the credential comes from")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// All but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Escapes a text so strictly that there is only one way to do it.
fn escape(text: &[u8]) -> String {
    percent_encode(text, ESCAPED).to_string()
}

/// The path with each step escaped strictly, whatever way it was escaped for sending.
pub(super) fn path(url: &Url) -> String {
    let plain: Vec<u8> = percent_decode_str(url.path()).collect();
    plain.split(|byte| *byte == b'/').map(escape).collect::<Vec<_>>().join("/")
}

/// The query parameters by name, then by value, escaped strictly; empty without any.
pub(super) fn query(url: &Url) -> String {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort();
    let escaped = pairs.iter().map(|(name, value)| format!("{}={}", escape(name.as_bytes()), escape(value.as_bytes())));
    escaped.collect::<Vec<_>>().join("&")
}

/// The `Host` header as it is sent: with the port, unless that is the scheme's own.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The headers to be signed: a line each by name, and their names. Names come in lower case.
pub(super) fn headers(headers: &[(&str, &str)]) -> (String, String) {
    let mut sorted = headers.to_vec();
    sorted.sort_unstable();
    let lines = sorted.iter().flat_map(|(name, value)| [*name, ":", value.trim(), "\n"]).collect();
    let names = sorted.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    (lines, names)
}

/// SHA-256 in lower case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// HMAC-SHA256.
pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Lower case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A time as signatures write it, e.g. `20241021T080000Z`.
pub(super) fn stamp(now: Moment) -> String {
    let millis = i64::try_from(now.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A time as a signature carries it, e.g. `20211217T064303Z`; `None` for any other text.
pub(super) fn moment(stamp: &str) -> Option<Moment> {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    let millis = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
    u64::try_from(millis).ok().map(Moment)
}

/// A clock that is too far off, in a sentence: what this machine's said in a signature, and what `title`'s said of it.
pub(super) fn clock_words(own: Moment, server: Moment, title: &str) -> String {
    let minutes = own.0.abs_diff(server.0) / 60_000;
    let off = if own < server { "behind" } else { "ahead" };
    let (own, server) = (shown_time(own), shown_time(server));
    format!("your clock is {minutes} min {off}: it says {own} UTC, {title}'s says {server} UTC")
}

fn shown_time(moment: Moment) -> String {
    let millis = i64::try_from(moment.0).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_signatures_are_read_back() {
        assert_eq!(moment("20241021T080000Z"), Some(Moment(1_729_497_600_000)));
        for text in ["", "2024-10-21", "20241321T080000Z", "20241021T080000Zx"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn one_request_has_one_spelling() {
        let url = Url::parse("http://[::1]:8080/huawei/a:b/%e7%a0%94/?z=1&b=2&a=x+y&a=%20~*").unwrap();
        assert_eq!(path(&url), "/huawei/a%3Ab/%E7%A0%94/");
        assert_eq!(query(&url), "a=%20~%2A&a=x%20y&b=2&z=1");
        assert_eq!(host(&url), "[::1]:8080");
        assert_eq!(host(&Url::parse("https://x.example:443/").unwrap()), "x.example");
        let (lines, names) = headers(&[("x-date", "1"), ("host", " h ")]);
        assert_eq!((lines.as_str(), names.as_str()), ("host:h\nx-date:1\n", "host;x-date"));
    }

    #[test]
    fn times_have_no_separators() {
        assert_eq!(stamp(Moment(1_729_497_600_999)), "20241021T080000Z");
        assert_eq!(stamp(Moment(0)), "19700101T000000Z");
    }

    #[test]
    fn hashes_are_the_standards_own() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        // RFC 4231, test case 2.
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
