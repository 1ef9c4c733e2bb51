//! The two forms of a Cloud 66 credential: a plain token, and what Cloud 66's own command line program keeps of one.
//!
//! `cx` keeps `{"AccessToken","RefreshToken","Expiry","Extra"}` in a file; the environment variable `CLOUD66_TOKEN` holds
//! that file in base64 (its source and documentation). Whoever gives either form, to whatever field, means the token in it.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::domain::{Credentials, Failure, FailureKind, Secret};

/// The field of the token itself.
pub(super) const TOKEN: &str = "token";

/// The field of the time when the token ends, if it was given with one.
pub(super) const EXPIRY: &str = "expiry";

const PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Takes the token out of whatever form it came in; a plain one stays, but for blanks around it.
///
/// # Errors
/// `Auth` for a file of `cx` that holds no token; never with anything of it.
pub(super) fn plain(mut credentials: Credentials) -> Result<Credentials, Failure> {
    let Some(given) = credentials.fields.remove(TOKEN) else {
        return Ok(credentials);
    };
    let given = given.expose().trim();
    let Some(kept) = kept_by_cx(given) else {
        credentials.fields.insert(TOKEN.into(), Secret::new(given));
        return Ok(credentials);
    };
    let text = |name: &str| {
        // Go reads keys without looking at their case.
        let found = kept.iter().find(|(key, _)| key.replace('_', "").eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str()).map(str::trim).filter(|text| !text.is_empty())
    };
    let Some(token) = text("AccessToken") else {
        let what =
            if credentials.source.is_empty() { "token".into() } else { format!("token from {}", credentials.source) };
        return Err(Failure::new(
            FailureKind::Auth,
            what,
            "this is JSON, as cx keeps its tokens, without an AccessToken",
        )
        .with_hint("sign in anew with `cx login`, or give the token itself"));
    };
    credentials.fields.insert(TOKEN.into(), Secret::new(token));
    // Go's zero time: it never ends.
    if let Some(expiry) = text("Expiry").filter(|expiry| !expiry.starts_with("0001-")) {
        credentials.fields.insert(EXPIRY.into(), Secret::new(expiry));
    }
    Ok(credentials)
}

/// The object in a text that is one, or that is base64 of one.
fn kept_by_cx(text: &str) -> Option<Map<String, Value>> {
    if text.starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let text: String = text.split_whitespace().collect();
    [base64::alphabet::STANDARD, base64::alphabet::URL_SAFE].iter().find_map(|alphabet| {
        let bytes = GeneralPurpose::new(alphabet, PADDING).decode(&text).ok()?;
        serde_json::from_slice(&bytes).ok()
    })
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    use super::*;

    const KEPT: &str =
        r#"{"AccessToken":"canary-7","RefreshToken":"canary-r","Expiry":"0001-01-01T00:00:00Z","Extra":"??>>~~"}"#;

    fn read(given: &str) -> Result<Credentials, Failure> {
        let fields = [(TOKEN.to_owned(), Secret::new(given))].into();
        plain(Credentials { fields, source: "environment variable CLOUD66_TOKEN".into(), expires: None })
    }

    #[test]
    fn every_form_gives_the_same_credential() {
        let standard = BASE64_STANDARD.encode(KEPT);
        assert!(standard.contains(['+', '/']), "{standard}");
        let (head, tail) = standard.split_at(76);
        for given in [
            "canary-7",
            " canary-7\n",
            KEPT,
            &standard,
            &format!("{head}\n{tail}\n"),
            &BASE64_URL_SAFE_NO_PAD.encode(KEPT),
            &BASE64_STANDARD.encode(r#"{"access_token":"canary-7","Expiry":null}"#),
        ] {
            let credentials = read(given).unwrap();
            assert_eq!(credentials.fields.len(), 1, "{given}");
            assert_eq!(credentials.get(TOKEN).unwrap().expose(), "canary-7");
        }
    }

    #[test]
    fn a_token_that_ends_says_when() {
        let kept = KEPT.replace("0001", "2031");
        assert_eq!(read(&kept).unwrap().get(EXPIRY).unwrap().expose(), "2031-01-01T00:00:00Z");
    }

    #[test]
    fn plain_tokens_of_any_shape_stay() {
        for token in ["d8e7f0a1b2c3", "a-b_c", "eyJhbGciOiJIUzI1NiJ9.e30.x", "bnVsbA==", "{no json"] {
            assert_eq!(read(token).unwrap().get(TOKEN).unwrap().expose(), token);
        }
        assert!(plain(Credentials::default()).unwrap().fields.is_empty());
    }

    #[test]
    fn a_file_without_a_token_is_refused_without_being_shown() {
        for given in [&KEPT.replace("canary-7", ""), &BASE64_STANDARD.encode(r#"{"other":"canary"}"#)] {
            let failure = read(given).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth);
            assert!(failure.what.contains("CLOUD66_TOKEN"), "{failure}");
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }
}
