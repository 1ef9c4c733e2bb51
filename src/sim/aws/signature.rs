//! The fourth version of AWS's signature, verified over the request as it was sent: keys derived from date, region and
//! service; every header that was signed; the path encoded once more, as all services but S3 have it.

use axum::body::Bytes;
use axum::http::HeaderMap;

use crate::sim::crypto::{hash, hex, mac, quote};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What ends a scope.
const REQUEST: &str = "aws4_request";

/// The `Authorization` header, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    pub(super) access_key: &'a str,
    /// `YYYYMMDD`
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// What ends the scope: `aws4_request`.
    pub(super) end: &'a str,
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
    /// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=…`; or what it
    /// lacks.
    pub(super) fn parse(header: &'a str) -> Result<Self, &'static str> {
        let rest = header.trim().strip_prefix(ALGORITHM).ok_or(ALGORITHM)?;
        let part = |name: &str| {
            let parts = rest.split(',').map(str::trim);
            parts.filter_map(|part| part.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let credential = part("Credential").ok_or("'Credential' parameter")?;
        let headers = part("SignedHeaders").ok_or("'SignedHeaders' parameter")?;
        let signature = part("Signature").ok_or("'Signature' parameter")?;
        // The key comes first and may hold anything but a slash.
        let pieces: Vec<&str> = credential.split('/').collect();
        let [access_key, date, region, service, end] = pieces[..] else {
            return Err("Credential of five parts");
        };
        let mut headers: Vec<String> = headers.split(';').map(str::to_ascii_lowercase).collect();
        headers.sort_unstable();
        Ok(Self { access_key, date, region, service, end, headers, signature })
    }

    /// Whether a header is among the signed ones.
    pub(super) fn signs(&self, header: &str) -> bool {
        self.headers.iter().any(|signed| signed == header)
    }

    /// Whether the signature is the one that the secret gives; or else the canonical request and the text to sign that
    /// it should have been computed over.
    pub(super) fn verify(&self, request: &Signed<'_>, moment: &str, secret: &str) -> Result<(), [String; 2]> {
        let canonical = canonical(request, &self.headers);
        let scope = format!("{}/{}/{}/{}", self.date, self.region, self.service, self.end);
        let text = format!("{ALGORITHM}\n{moment}\n{scope}\n{}", hash(canonical.as_bytes()));
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [self.date, self.region, self.service, REQUEST] {
            key = mac(&key, part);
        }
        if hex(&mac(&key, &text)) == self.signature { Ok(()) } else { Err([canonical, text]) }
    }
}

/// The canonical request: six parts, a line each.
fn canonical(request: &Signed<'_>, headers: &[String]) -> String {
    let lines: Vec<String> = headers.iter().map(|name| format!("{name}:{}\n", value(request.headers, name))).collect();
    format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        request.method.to_ascii_uppercase(),
        uri(request.path),
        query(request.query),
        lines.concat(),
        headers.join(";"),
        hash(request.body)
    )
}

/// A header's values, each with its spaces put together, joined by commas.
fn value(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let values = values.map(|value| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    let values: Vec<String> = values.collect();
    // A signed header that was not sent makes a line that no client's signature fits.
    if values.is_empty() { "\u{0}".to_owned() } else { values.join(",") }
}

/// The path with its segments encoded once more; `.`, `..` and empty segments are taken out.
fn uri(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.into_iter().map(quote).collect::<Vec<_>>().join("/"))
}

/// The pairs encoded and sorted by name, then value.
fn query(pairs: &[(String, String)]) -> String {
    let mut pairs: Vec<(String, String)> = pairs.iter().map(|(name, value)| (quote(name), quote(value))).collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key, scope and time of AWS's published test suite.
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const MOMENT: &str = "20150830T123600Z";

    fn check(
        method: &str,
        path: &str,
        query: &str,
        extra: &[(&'static str, &str)],
        body: &str,
        signature: &str,
    ) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", "example.amazonaws.com".parse().unwrap());
        headers.insert("x-amz-date", MOMENT.parse().unwrap());
        for (name, value) in extra {
            headers.append(*name, value.parse().unwrap());
        }
        let mut names: Vec<&str> = headers.keys().map(axum::http::HeaderName::as_str).collect();
        names.sort_unstable();
        let header = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, Signature={signature}",
            names.join(";")
        );
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let request = Signed { method, path, query: &query, headers: &headers, body: &body };
        Claim::parse(&header).unwrap().verify(&request, MOMENT, SECRET).is_ok()
    }

    const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

    #[test]
    fn the_published_requests_are_verified() {
        assert!(check("GET", "/", "", &[], "", VANILLA));
        let query = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
        assert!(check("GET", "/", "Param2=value2&Param1=value1", &[], "", query));
        let post = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        assert!(check("POST", "/", "", &[], "", post));
    }

    #[test]
    fn another_method_path_header_or_body_does_not_fit() {
        assert!(!check("POST", "/", "", &[], "", VANILLA));
        assert!(!check("GET", "/x", "", &[], "", VANILLA));
        assert!(!check("GET", "/", "", &[("x-amz-target", "a.b")], "", VANILLA));
        assert!(!check("GET", "/", "", &[], "{}", VANILLA));
    }

    #[test]
    fn paths_and_headers_are_made_plain() {
        assert_eq!(uri(""), "/");
        assert_eq!(uri("/"), "/");
        assert_eq!(uri("/aws"), "/aws");
        assert_eq!(uri("/aws/"), "/aws/");
        assert_eq!(uri("//a/./b/../c%20d"), "/a/c%2520d");
        let mut headers = HeaderMap::new();
        headers.append("a", "  x   y ".parse().unwrap());
        headers.append("a", "z".parse().unwrap());
        assert_eq!(value(&headers, "a"), "x y,z");
    }

    #[test]
    fn the_header_is_taken_apart_or_says_what_it_lacks() {
        let good = "AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request,SignedHeaders=X-Amz-Date;host, Signature=00";
        let claim = Claim::parse(good).unwrap();
        assert_eq!((claim.access_key, claim.service), ("k", "s"));
        assert!(claim.signs("x-amz-date") && !claim.signs("x-amz-target"));
        for (bad, lacks) in [
            ("Bearer x", ALGORITHM),
            ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00", "'Credential' parameter"),
            ("AWS4-HMAC-SHA256 Credential=k/d/r/s/e, SignedHeaders=host", "'Signature' parameter"),
            ("AWS4-HMAC-SHA256 Credential=k, SignedHeaders=host, Signature=00", "Credential of five parts"),
        ] {
            assert_eq!(Claim::parse(bad), Err(lacks), "{bad}");
        }
    }
}
