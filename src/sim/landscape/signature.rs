//! Signatures of legacy requests, as the vendor's documentation has them: `METHOD`, the `Host` header in lower case with
//! its port, the path as sent, and all parameters but the signature, percent-encoded and sorted by name; HMAC-SHA256 of
//! these lines in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

/// All but `A-Za-z0-9-_.~` (RFC 3986's unreserved characters).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What is signed.
pub(super) fn text(method: &str, host: &str, path: &str, parameters: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = parameters.iter().filter(|(name, _)| name != "signature").collect();
    sorted.sort();
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let pairs: Vec<String> =
        sorted.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let path = if path.is_empty() { "/" } else { path };
    format!("{method}\n{}\n{path}\n{}", host.to_ascii_lowercase(), pairs.join("&"))
}

/// Whether `signature` is the one of `text` under this secret.
pub(super) fn holds(secret: &str, text: &str, signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    mac(secret, text).verify_slice(&signature).is_ok()
}

fn mac(secret: &str, text: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_of_the_documented_example() {
        let pairs = [
            ("version", "2023-08-01"),
            ("timestamp", "2023-08-18T08:07:00Z"),
            ("action", "GetComputers"),
            ("access_key_id", "0GS7553JW74RRM612K02EXAMPLE"),
            ("signature_version", "2"),
            ("signature_method", "HmacSHA256"),
            ("signature", "ignored"),
        ];
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let wanted = "GET\nlandscape.canonical.com\n/api/\naccess_key_id=0GS7553JW74RRM612K02EXAMPLE&action=GetComputers\
            &signature_method=HmacSHA256&signature_version=2&timestamp=2023-08-18T08%3A07%3A00Z&version=2023-08-01";
        assert_eq!(text("GET", "Landscape.canonical.com", "/api/", &pairs), wanted);
    }

    #[test]
    fn a_signature_holds_for_its_secret_and_text_only() {
        // Made with Python's hmac and base64 modules.
        let signature = "6F7NthiReGgKarmPXXq7QG52wNL9+Xemx78N8IffvWg=";
        assert!(holds("sim-secret-key", "GET\nhost\n/api/\na=b%20c", signature));
        assert!(!holds("sim-secret-key", "GET\nhost\n/api/\na=b+c", signature));
        assert!(!holds("other", "GET\nhost\n/api/\na=b%20c", signature));
        assert!(!holds("sim-secret-key", "GET\nhost\n/api/\na=b%20c", "no base64"));
    }
}
