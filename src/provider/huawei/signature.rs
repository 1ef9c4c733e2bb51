//! `SDK-HMAC-SHA256`: how Huawei Cloud's requests are signed with an access key.
//!
//! Like AWS's signature, but without a derived key, a region or a service, and with a path that always ends in a slash
//! (Huawei SDK source; the values of the tests come from its own signer).

use url::Url;

use crate::domain::Credentials;
use crate::provider::http::Method;
use crate::provider::signing::{self, Key, KeyFields};

/// What the parts of an access key are called.
const FIELDS: KeyFields = KeyFields { id: "access_key", secret: "secret_key", token: "security_token" };

/// The key that was given; `None` unless both of its parts are there.
pub(super) fn key(credentials: &Credentials) -> Option<Key<'_>> {
    Key::of(credentials, FIELDS)
}

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    /// Names in lower case, `host` and `x-sdk-date` among them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// The exact bytes; empty for none.
    pub(super) body: &'a str,
}

impl Signed<'_> {
    /// The request in its one spelling, and the names of the signed headers.
    fn canonical(&self) -> (String, String) {
        let mut path = signing::path(self.url);
        if !path.ends_with('/') {
            path.push('/');
        }
        let (headers, names) = signing::headers(self.headers);
        let lines = [
            self.method.word(),
            &path,
            &signing::query(self.url),
            &headers,
            &names,
            &signing::sha256(self.body.as_bytes()),
        ];
        (lines.join("\n"), names)
    }

    /// The `Authorization` header. `date` is the `x-sdk-date` among the headers.
    pub(super) fn authorization(&self, date: &str, key: Key<'_>) -> String {
        let (canonical, names) = self.canonical();
        let to_sign = format!("SDK-HMAC-SHA256\n{date}\n{}", signing::sha256(canonical.as_bytes()));
        let signature = signing::hmac_sha256(key.secret.expose().as_bytes(), to_sign.as_bytes());
        format!("SDK-HMAC-SHA256 Access={}, SignedHeaders={names}, Signature={}", key.id, signing::hex(&signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Secret;

    const DATE: &str = "20241021T080000Z";
    const HOST: (&str, &str) = ("host", "organizations.myhuaweicloud.com");
    const TIME: (&str, &str) = ("x-sdk-date", DATE);
    const JSON: (&str, &str) = ("content-type", "application/json");
    const ACCOUNT: &str = "/v1/organizations/accounts/05261f923e80d3890f33c0056e9b3f80";
    const CONTACT: &str = "?with_register_contact_info=true";

    struct Vector {
        name: &'static str,
        method: Method,
        target: String,
        headers: Vec<(&'static str, &'static str)>,
        body: &'static str,
        canonical: &'static str,
        signature: &'static str,
    }

    fn credentials() -> Credentials {
        let fields =
            [("access_key", "EXAMPLEAK0123456789A"), ("secret_key", "ExampleSecretKey0123456789abcdefghijklmnop")];
        Credentials {
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect(),
            source: "a test".into(),
            expires: None,
        }
    }

    fn get(name: &'static str, target: String, canonical: &'static str, signature: &'static str) -> Vector {
        Vector { name, method: Method::Get, target, headers: vec![HOST, TIME], body: "", canonical, signature }
    }

    fn post(
        name: &'static str,
        target: String,
        body: &'static str,
        canonical: &'static str,
        signature: &'static str,
    ) -> Vector {
        Vector { name, method: Method::Post, target, headers: vec![JSON, TIME, HOST], body, canonical, signature }
    }

    /// Made by Huawei Cloud's own Python signer at a fixed time.
    fn vectors() -> Vec<Vector> {
        [contact_reads(), other_reads(), writes()].into_iter().flatten().collect()
    }

    fn contact_reads() -> Vec<Vector> {
        let contact = format!("{ACCOUNT}{CONTACT}");
        vec![
            get(
                "V1",
                contact.clone(),
                "f698eba1769659fe2289f8f83d5011195d7ee2db1a48df78575d3ada9fd02abc",
                "b3f36e45ce023ff3eb20a54da8e08ff7b54e0d2f80a79c04e0491d34492a6197",
            ),
            Vector {
                headers: vec![JSON, HOST, ("x-domain-id", "0a6d25d23900d45c0faac010e0fb4de0"), TIME],
                ..get(
                    "V2",
                    contact.clone(),
                    "84658d6c123f65a0012fe202ffdad614b6d70985d8a198db72b72c9b05145559",
                    "b3f2143ad349f89f49c3f711255ae3a0c032299849cc128c811d727ca7f1b737",
                )
            },
            Vector {
                headers: vec![("x-security-token", "EXAMPLETOKEN=="), HOST, TIME],
                ..get(
                    "V3",
                    contact,
                    "b5cb90c0002349e828285d922c7d6abe2b7ca20684eba1769f2906b324cef821",
                    "35220ecdb8701a13ef7f24e902c583927cdb458a05464ca31c0deb38085bc7f0",
                )
            },
        ]
    }

    fn other_reads() -> Vec<Vector> {
        vec![
            get(
                "V5",
                "/v1/organizations/accounts?parent_id=ou-a6bjn4hat8o2txs5wduj19unte80&with_register_contact_info=true\
                 &limit=200&marker=a+b%2Fc%2Bd%3De~f"
                    .into(),
                "1a99e235066cdf395ee157b96382ac5a6b2db5d6e0e37081ae5fe917496a0463",
                "fb171a23b89371f9202f0a0b04744692a5de553cc88e05c9e9512ce6ccca6983",
            ),
            get(
                "V6",
                "/v1/organizations/create-account-status?states=succeeded&states=failed&limit=5".into(),
                "1cdb447eb448f2f2fde3864e40580011fab48479415b0242a22390be797337e8",
                "f2baaa048c8521f6ce1ba89d558ce5a476c11241c5800bd7987ed0ab99327a9b",
            ),
            get(
                "V7",
                "/v1/organizations/organizations:accounts/05261f923e80d3890f33c0056e9b3f80/tags?limit=200".into(),
                "63ddd8e656f4bc8c1363ca058856f03f81153f6974c2bdf2cdeeb97044042ded",
                "6e8614a84fe4edf6c54016eb6500b9aca57240851d040bcfa9560ddc98db58ca",
            ),
        ]
    }

    fn writes() -> Vec<Vector> {
        vec![
            post(
                "V4",
                format!("{ACCOUNT}/move"),
                r#"{"source_parent_id":"r-upg5m6wbw042","destination_parent_id":"ou-a6bjn4hat8o2txs5wduj19unte80"}"#,
                "1ab027f6217caaf778f4384efb1b6c7ab55c6cb73ae499f127c36cb3a4274a32",
                "6f6206aa2e95ea74885afe4245407f396c4705e75a613da15a5f4e5b6cc5dafb",
            ),
            post(
                "V8",
                "/v1/organizations/organizational-units".into(),
                r#"{"name":"研发部","parent_id":"r-upg5m6wbw042"}"#,
                "09248b24c207686a221b8c110d7232469cd1dcf84f5db8f7fe9ba5a3b83a4283",
                "28fd2ababd9976fd6ac03e5a5c9bebf9897b028b7bab6a9e2e7ec65c1191ddf2",
            ),
            post(
                "V9",
                format!("{ACCOUNT}/close"),
                "",
                "d7115814c00b4c392eb8f2de3284c78a3c40f11cffc41f4ff97ba8253dc1f8f9",
                "0181b677f6dda64f2215e8ae05528a8248304a61e575860d75050809608fe910",
            ),
        ]
    }

    #[test]
    fn every_published_vector_is_reproduced() {
        let credentials = credentials();
        let key = key(&credentials).unwrap();
        let vectors = vectors();
        assert_eq!(vectors.len(), 9);
        for vector in vectors {
            let url = Url::parse(&format!("https://organizations.myhuaweicloud.com{}", vector.target)).unwrap();
            let signed = Signed { method: vector.method, url: &url, headers: &vector.headers, body: vector.body };
            let (canonical, names) = signed.canonical();
            assert_eq!(signing::sha256(canonical.as_bytes()), vector.canonical, "{}: {canonical}", vector.name);
            assert_eq!(
                signed.authorization(DATE, key),
                format!(
                    "SDK-HMAC-SHA256 Access=EXAMPLEAK0123456789A, SignedHeaders={names}, Signature={}",
                    vector.signature
                ),
                "{}",
                vector.name
            );
        }
    }

    #[test]
    fn the_first_vectors_text_is_the_published_one() {
        let url = Url::parse(&format!("https://organizations.myhuaweicloud.com{ACCOUNT}{CONTACT}")).unwrap();
        let signed = Signed { method: Method::Get, url: &url, headers: &[TIME, HOST], body: "" };
        let (canonical, names) = signed.canonical();
        assert_eq!(names, "host;x-sdk-date");
        assert_eq!(
            canonical,
            "GET\n/v1/organizations/accounts/05261f923e80d3890f33c0056e9b3f80/\nwith_register_contact_info=true\n\
             host:organizations.myhuaweicloud.com\nx-sdk-date:20241021T080000Z\n\nhost;x-sdk-date\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_key_needs_both_parts_and_an_empty_token_is_none() {
        let mut given = credentials();
        given.fields.insert("security_token".into(), Secret::new(""));
        assert_eq!(key(&given).unwrap().words(), "access key");
        given.fields.insert("security_token".into(), Secret::new("t"));
        assert_eq!(key(&given).unwrap().words(), "temporary access key");
        given.fields.insert("secret_key".into(), Secret::new(""));
        assert!(key(&given).is_none());
    }
}
