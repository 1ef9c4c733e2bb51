//! Signatures of the legacy API: HMAC-SHA256 over method, host, path and sorted query (Landscape documentation). Only
//! for servers that have no login by access key; everything newer takes the login's token for legacy calls too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use url::Url;

use crate::domain::{Moment, Secret};
use crate::provider::http::Unsigned;

/// What stays as it is; a space is `%20`.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The request's URL with the access key, the time and the signature in its query. The signature is the last parameter
/// and not part of what is signed.
pub(super) fn signed(request: &Unsigned<'_>, access_key: &Secret, secret_key: &Secret) -> Url {
    let mut parameters: Vec<(String, String)> =
        request.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let own = [
        ("access_key_id", access_key.expose().to_owned()),
        ("signature_method", "HmacSHA256".to_owned()),
        ("signature_version", "2".to_owned()),
        ("timestamp", time(request.now)),
    ];
    parameters.extend(own.map(|(name, value)| (name.to_owned(), value)));
    parameters.sort();
    let query: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let query = query.join("&");
    let host = request.url.host_str().unwrap_or_default().to_lowercase();
    // The port belongs to the host where it is not the scheme's own.
    let host = request.url.port().map_or(host.clone(), |port| format!("{host}:{port}"));
    let text = format!("{}\n{host}\n{}\n{query}", request.method.word(), request.url.path());
    let signature = hmac(secret_key.expose(), &text);
    let mut url = request.url.clone();
    url.set_query(Some(&format!("{query}&signature={}", escaped(&signature))));
    url
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, &UNRESERVED).to_string()
}

fn hmac(key: &str, text: &str) -> String {
    // A key of any length is taken, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// UTC, to the second.
fn time(now: Moment) -> String {
    let millis = i64::try_from(now.0).unwrap_or_default();
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::http::Method;

    fn query(url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let unsigned = Unsigned { method: Method::Get, url: &url, body: "", now: Moment(1_314_360_000_000) };
        let url = signed(&unsigned, &Secret::new("0GS7553JW74RRM612K02EXAMPLE"), &Secret::new("secret key/+=~"));
        url.as_str().to_owned()
    }

    /// Worked out beside this program, with Python's hmac and urllib.
    #[test]
    fn the_signature_covers_method_host_path_and_sorted_query() {
        assert_eq!(
            query("https://Landscape.Canonical.com/api/?action=GetComputers&query=access-group:a+b~*&names.1=%C3%BC"),
            "https://landscape.canonical.com/api/?access_key_id=0GS7553JW74RRM612K02EXAMPLE&action=GetComputers\
             &names.1=%C3%BC&query=access-group%3Aa%20b~%2A&signature_method=HmacSHA256&signature_version=2\
             &timestamp=2011-08-26T12%3A00%3A00Z&signature=RQZ%2FDV8fAzZ%2F%2BXRCOQmU9HP4kI84G0eNOnrsulKoc%2FQ%3D"
        );
        assert_eq!(
            query("http://127.0.0.1:8080/landscape/api/?action=GetRoles&version=2011-08-01"),
            "http://127.0.0.1:8080/landscape/api/?access_key_id=0GS7553JW74RRM612K02EXAMPLE&action=GetRoles\
             &signature_method=HmacSHA256&signature_version=2&timestamp=2011-08-26T12%3A00%3A00Z\
             &version=2011-08-01&signature=YkRO4J47nCdaArm%2BFN%2FyxPpIMzMKvpJcwUfm8mMga%2Fc%3D"
        );
    }
}
