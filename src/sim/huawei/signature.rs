//! The signature `SDK-HMAC-SHA256`, verified: like the fourth version of that of AWS, without derived keys, region, service and scope. As the
//! official signer computes it, over the path as it was sent.

use std::fmt::Write as _;

use axum::body::Bytes;
use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::sim::crypto::{hash, hex, mac, quote};

const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// What the official signer sends instead of a hash when the body is no JSON.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The `Authorization` header, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    pub(super) access_key: &'a str,
    /// The signed headers in lower case, sorted.
    pub(super) headers: Vec<String>,
    signature: &'a str,
}

/// What of a request is signed.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The query's pairs, decoded.
    pub(super) query: &'a [(String, String)],
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
}

impl<'a> Claim<'a> {
    /// `SDK-HMAC-SHA256 Access=…, SignedHeaders=a;b, Signature=…`
    pub(super) fn parse(header: &'a str) -> Option<Self> {
        let rest = header.trim().strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let (mut access_key, mut headers, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            match name {
                "Access" => access_key = Some(value),
                "SignedHeaders" => headers = Some(value),
                "Signature" => signature = Some(value),
                _ => return None,
            }
        }
        let mut headers: Vec<String> = headers?.split(';').map(str::to_ascii_lowercase).collect();
        headers.sort_unstable();
        Some(Self { access_key: access_key?, headers, signature: signature? })
    }

    /// Whether a header is among the signed ones.
    pub(super) fn signs(&self, header: &str) -> bool {
        self.headers.iter().any(|signed| signed == header)
    }

    /// Whether the signature is the one that the secret gives, or else the canonical request that it should have been
    /// computed over (the gateway tells it, its lines joined by `|`).
    pub(super) fn verify(&self, request: &Signed<'_>, date: &str, secret: &str) -> Result<(), String> {
        let canonical = canonical(request, &self.headers);
        let text = format!("{ALGORITHM}\n{date}\n{}", hash(canonical.as_bytes()));
        if hex(&mac(secret.as_bytes(), &text)).eq_ignore_ascii_case(self.signature) {
            return Ok(());
        }
        Err(canonical.replace('\n', "|"))
    }
}

/// The canonical request: six parts, a line each.
fn canonical(request: &Signed<'_>, headers: &[String]) -> String {
    let mut lines = String::new();
    for name in headers {
        let value = request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        // A signed header that was not sent makes a line that no client's signature fits.
        let _ = writeln!(lines, "{name}:{}", value.as_deref().unwrap_or("\u{0}").trim());
    }
    format!(
        "{}\n{}\n{}\n{lines}\n{}\n{}",
        request.method.to_ascii_uppercase(),
        uri(request.path),
        query(request.query),
        headers.join(";"),
        payload(request)
    )
}

/// The path un-quoted, each segment quoted again, always with a slash at the end.
fn uri(path: &str) -> String {
    let plain = percent_decode_str(path).decode_utf8_lossy();
    let mut uri = plain.split('/').map(quote).collect::<Vec<_>>().join("/");
    if !uri.ends_with('/') {
        uri.push('/');
    }
    uri
}

/// The pairs sorted by name, then value; repeated names stay apart.
fn query(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = pairs.iter().collect();
    sorted.sort();
    let pair = |(name, value): &(String, String)| format!("{}={}", quote(name), quote(value));
    sorted.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

fn payload(request: &Signed<'_>) -> String {
    let unsigned = request.headers.get("x-sdk-content-sha256").is_some_and(|value| value == UNSIGNED);
    if unsigned && !request.body.is_empty() { UNSIGNED.to_owned() } else { hash(request.body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "ExampleSecretKey0123456789abcdefghijklmnop";
    const DATE: &str = "20241021T080000Z";
    const ACCOUNT: &str = "/v1/organizations/accounts/05261f923e80d3890f33c0056e9b3f80";

    /// What differs between the published vectors.
    struct Vector {
        method: &'static str,
        path: String,
        query: &'static str,
        extra: &'static [(&'static str, &'static str)],
        body: &'static str,
        /// The hash of the canonical request, and the signature.
        wanted: [&'static str; 2],
    }

    fn get(path: &str, query: &'static str, wanted: [&'static str; 2]) -> Vector {
        Vector { method: "GET", path: path.to_owned(), query, extra: &[], body: "", wanted }
    }

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    /// The published hashes of the canonical requests, with their signatures.
    const WANTED: [[&str; 2]; 9] = [
        [
            "f698eba1769659fe2289f8f83d5011195d7ee2db1a48df78575d3ada9fd02abc",
            "b3f36e45ce023ff3eb20a54da8e08ff7b54e0d2f80a79c04e0491d34492a6197",
        ],
        [
            "84658d6c123f65a0012fe202ffdad614b6d70985d8a198db72b72c9b05145559",
            "b3f2143ad349f89f49c3f711255ae3a0c032299849cc128c811d727ca7f1b737",
        ],
        [
            "b5cb90c0002349e828285d922c7d6abe2b7ca20684eba1769f2906b324cef821",
            "35220ecdb8701a13ef7f24e902c583927cdb458a05464ca31c0deb38085bc7f0",
        ],
        [
            "1ab027f6217caaf778f4384efb1b6c7ab55c6cb73ae499f127c36cb3a4274a32",
            "6f6206aa2e95ea74885afe4245407f396c4705e75a613da15a5f4e5b6cc5dafb",
        ],
        [
            "1a99e235066cdf395ee157b96382ac5a6b2db5d6e0e37081ae5fe917496a0463",
            "fb171a23b89371f9202f0a0b04744692a5de553cc88e05c9e9512ce6ccca6983",
        ],
        [
            "1cdb447eb448f2f2fde3864e40580011fab48479415b0242a22390be797337e8",
            "f2baaa048c8521f6ce1ba89d558ce5a476c11241c5800bd7987ed0ab99327a9b",
        ],
        [
            "63ddd8e656f4bc8c1363ca058856f03f81153f6974c2bdf2cdeeb97044042ded",
            "6e8614a84fe4edf6c54016eb6500b9aca57240851d040bcfa9560ddc98db58ca",
        ],
        [
            "09248b24c207686a221b8c110d7232469cd1dcf84f5db8f7fe9ba5a3b83a4283",
            "28fd2ababd9976fd6ac03e5a5c9bebf9897b028b7bab6a9e2e7ec65c1191ddf2",
        ],
        [
            "d7115814c00b4c392eb8f2de3284c78a3c40f11cffc41f4ff97ba8253dc1f8f9",
            "0181b677f6dda64f2215e8ae05528a8248304a61e575860d75050809608fe910",
        ],
    ];

    fn vectors() -> Vec<Vector> {
        let flag = "with_register_contact_info=true";
        let with_domain: &[(&str, &str)] =
            &[("content-type", "application/json"), ("x-domain-id", "0a6d25d23900d45c0faac010e0fb4de0")];
        let list = "parent_id=ou-a6bjn4hat8o2txs5wduj19unte80&with_register_contact_info=true&limit=200&marker=a%20b%2Fc%2Bd%3De~f";
        let tags = "/v1/organizations/organizations:accounts/05261f923e80d3890f33c0056e9b3f80/tags";
        let post = |path: String, body: &'static str, wanted| Vector {
            method: "POST",
            path,
            query: "",
            extra: JSON,
            body,
            wanted,
        };
        vec![
            get(ACCOUNT, flag, WANTED[0]),
            Vector { extra: with_domain, ..get(ACCOUNT, flag, WANTED[1]) },
            Vector { extra: &[("x-security-token", "EXAMPLETOKEN==")], ..get(ACCOUNT, flag, WANTED[2]) },
            post(
                format!("{ACCOUNT}/move"),
                r#"{"source_parent_id":"r-upg5m6wbw042","destination_parent_id":"ou-a6bjn4hat8o2txs5wduj19unte80"}"#,
                WANTED[3],
            ),
            get("/v1/organizations/accounts", list, WANTED[4]),
            get("/v1/organizations/create-account-status", "states=succeeded&states=failed&limit=5", WANTED[5]),
            get(tags, "limit=200", WANTED[6]),
            get(&tags.replace(':', "%3A"), "limit=200", WANTED[6]),
            post(
                "/v1/organizations/organizational-units".to_owned(),
                r#"{"name":"研发部","parent_id":"r-upg5m6wbw042"}"#,
                WANTED[7],
            ),
            post(format!("{ACCOUNT}/close"), "", WANTED[8]),
        ]
    }

    fn check(vector: &Vector, secret: &str, date: &str) -> (String, Result<(), String>) {
        let mut headers = HeaderMap::new();
        headers.insert("host", "organizations.myhuaweicloud.com".parse().unwrap());
        headers.insert("x-sdk-date", date.parse().unwrap());
        for (name, value) in vector.extra {
            headers.insert(*name, value.parse().unwrap());
        }
        let mut names: Vec<&str> = headers.keys().map(axum::http::HeaderName::as_str).collect();
        names.sort_unstable();
        let authorization = format!(
            "SDK-HMAC-SHA256 Access=EXAMPLEAK0123456789A, SignedHeaders={}, Signature={}",
            names.join(";"),
            vector.wanted[1]
        );
        let claim = Claim::parse(&authorization).unwrap();
        let query: Vec<(String, String)> = url::form_urlencoded::parse(vector.query.as_bytes()).into_owned().collect();
        let body = Bytes::from_static(vector.body.as_bytes());
        let request =
            Signed { method: vector.method, path: &vector.path, query: &query, headers: &headers, body: &body };
        let canonical = hash(canonical(&request, &claim.headers).as_bytes());
        (canonical, claim.verify(&request, date, secret))
    }

    #[test]
    fn every_published_vector_is_verified() {
        for (place, vector) in vectors().iter().enumerate() {
            let (canonical, verified) = check(vector, SECRET, DATE);
            assert_eq!(canonical, vector.wanted[0], "vector {place}");
            assert_eq!(verified, Ok(()), "vector {place}");
        }
    }

    #[test]
    fn another_secret_date_path_or_body_does_not_fit() {
        for mut vector in vectors() {
            assert!(check(&vector, "ExampleSecretKey", DATE).1.is_err());
            assert!(check(&vector, SECRET, "20241021T080001Z").1.is_err());
            vector.path.push('x');
            assert!(check(&vector, SECRET, DATE).1.is_err());
            vector.path.pop();
            vector.body = "{}";
            assert!(check(&vector, SECRET, DATE).1.is_err());
        }
    }

    #[test]
    fn the_header_is_taken_apart_or_refused() {
        let claim = Claim::parse("SDK-HMAC-SHA256 Access=a, SignedHeaders=X-Sdk-Date;host, Signature=00").unwrap();
        assert_eq!(claim.access_key, "a");
        assert!(claim.signs("x-sdk-date") && claim.signs("host") && !claim.signs("content-type"));
        for bad in [
            "",
            "Bearer x",
            "SDK-HMAC-SM3 Access=a, SignedHeaders=host, Signature=00",
            "SDK-HMAC-SHA256 Access=a, Signature=00",
            "SDK-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=00",
        ] {
            assert_eq!(Claim::parse(bad), None, "{bad}");
        }
    }
}
