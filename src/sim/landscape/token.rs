//! Tokens: JWTs signed with HS256. Landscape documentation: the claims are `exp`, `iat`, `sub` (the e-mail), `acc` (the
//! account's name) and `id`; there are no permissions inside, and nothing refreshes a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The first part of every token: `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// The length of a signature in base64.
const SIGNATURE: usize = 43;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// Seconds since 1970.
    pub(super) exp: i64,
    /// Seconds since 1970.
    pub(super) iat: i64,
    pub(super) sub: String,
    /// Empty for a user without an account.
    pub(super) acc: String,
    pub(super) id: u32,
}

/// Why a token is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It was not made here, or was invalidated.
    Invalid,
    /// Its time is over.
    Expired,
}

/// The token of these claims. `dotted` is false for one whose three parts are not told apart.
pub(super) fn issue(claims: &Claims, secret: &[u8], dotted: bool) -> String {
    let payload = URL_SAFE_NO_PAD.encode(serde_json::json!(claims).to_string());
    let signed = format!("{HEADER}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(mac(secret, &signed).finalize().into_bytes());
    if dotted { format!("{signed}.{signature}") } else { format!("{HEADER}{payload}{signature}") }
}

/// The claims of a token, whose signature is not looked at: enough to know which secret it must be signed with.
pub(super) fn read(token: &str) -> Option<Claims> {
    let (payload, _) = parts(token)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// Whether a token was signed with this secret, and is not over at `now`.
pub(super) fn check(token: &str, claims: &Claims, secret: &[u8], now: i64) -> Result<(), Flaw> {
    let (payload, signature) = parts(token).ok_or(Flaw::Invalid)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Flaw::Invalid)?;
    let mac = mac(secret, &format!("{HEADER}.{payload}"));
    mac.verify_slice(&signature).map_err(|_| Flaw::Invalid)?;
    if claims.exp > now { Ok(()) } else { Err(Flaw::Expired) }
}

/// The payload and the signature; only this one header is accepted, so that no other algorithm (or none) is.
fn parts(token: &str) -> Option<(&str, &str)> {
    let rest = token.strip_prefix(HEADER)?;
    match rest.strip_prefix('.') {
        Some(rest) => rest.split_once('.'),
        None => rest.split_at_checked(rest.len().checked_sub(SIGNATURE)?),
    }
}

fn mac(secret: &[u8], text: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims { exp: 2_000, iat: 1_000, sub: "a@b.example".to_owned(), acc: "onward".to_owned(), id: 1 }
    }

    #[test]
    fn a_token_holds_until_its_time_and_for_its_secret_only() {
        for dotted in [true, false] {
            let token = issue(&claims(), b"secret", dotted);
            assert_eq!(token.matches('.').count(), if dotted { 2 } else { 0 });
            let read = read(&token).unwrap();
            assert_eq!(read, claims());
            assert_eq!(check(&token, &read, b"secret", 1_999), Ok(()));
            assert_eq!(check(&token, &read, b"secret", 2_000), Err(Flaw::Expired));
            assert_eq!(check(&token, &read, b"other", 1_999), Err(Flaw::Invalid));
        }
    }

    #[test]
    fn the_header_is_the_one_of_hs256() {
        let header = URL_SAFE_NO_PAD.decode(HEADER).unwrap();
        assert_eq!(header, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_token_with_another_algorithm_or_other_claims_is_none() {
        let token = issue(&claims(), b"secret", true);
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        parts[1] = URL_SAFE_NO_PAD.encode(serde_json::json!(Claims { id: 2, ..claims() }).to_string());
        let forged = parts.join(".");
        assert_eq!(check(&forged, &read(&forged).unwrap(), b"secret", 1_500), Err(Flaw::Invalid));
        let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), parts[1]);
        assert_eq!(read(&unsigned), None);
        assert_eq!(read("sim-token"), None);
    }
}
