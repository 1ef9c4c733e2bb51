//! Signatures of the legacy API: HMAC-SHA256 over method, host, path and sorted query (Landscape documentation). Only
//! for servers that have no login by access key; everything newer takes the login's token for legacy calls too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::domain::{Moment, Secret};
use crate::provider::http::Unsigned;
use crate::provider::signing;

/// The request's URL with the access key, the time and the signature in its query. The signature is the last parameter
/// and not part of what is signed.
pub(super) fn signed(request: &Unsigned<'_>, access_key: &Secret, secret_key: &Secret) -> Url {
    let mut url = request.url.clone();
    url.query_pairs_mut().extend_pairs([
        ("access_key_id", access_key.expose()),
        ("signature_method", "HmacSHA256"),
        ("signature_version", "2"),
        ("timestamp", &time(request.now)),
    ]);
    let query = signing::query(&url);
    let host = signing::host(&url).to_lowercase();
    let text = format!("{}\n{host}\n{}\n{query}", request.method.word(), url.path());
    let signature = STANDARD.encode(signing::hmac_sha256(secret_key.expose().as_bytes(), text.as_bytes()));
    url.set_query(Some(&query));
    // Escaped alike: what base64 has beside letters and digits.
    url.query_pairs_mut().append_pair("signature", &signature);
    url
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
        let unsigned =
            Unsigned { method: Method::Get, url: &url, body: "", headers: &[], now: Moment(1_314_360_000_000) };
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
