//! AWS Signature Version 4: how AWS's requests are signed with an access key (AWS documentation; the values of the tests
//! are those of its own examples).

use url::Url;

use crate::domain::Credentials;
use crate::provider::http::Method;
use crate::provider::signing::{self, Key, KeyFields};

/// The parts of an access key, as AWS's own files and `credential_process` call them in other cases.
const FIELDS: KeyFields = KeyFields { id: "access_key_id", secret: "secret_access_key", token: "session_token" };

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The key that was given; `None` unless both of its parts are there.
pub(super) fn key(credentials: &Credentials) -> Option<Key<'_>> {
    Key::of(credentials, FIELDS)
}

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    /// Names in lower case, `host` and `x-amz-date` among them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// The exact bytes; empty for none.
    pub(super) body: &'a str,
}

/// For what a signature holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// The time of the request, e.g. `20150830T123600Z`: the `x-amz-date` among the headers.
    pub(super) date: &'a str,
    /// E.g. `us-east-1`.
    pub(super) region: &'a str,
    /// The service's name in signatures, e.g. `organizations`.
    pub(super) service: &'a str,
}

impl Scope<'_> {
    fn day(&self) -> &str {
        self.date.split('T').next().unwrap_or_default()
    }

    fn words(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.day(), self.region, self.service)
    }

    /// The key of the day, the region and the service, made of the secret.
    fn signing_key(&self, key: Key<'_>) -> [u8; 32] {
        let secret = format!("AWS4{}", key.secret.expose());
        let parts = [self.region, self.service, "aws4_request"];
        let day = signing::hmac_sha256(secret.as_bytes(), self.day().as_bytes());
        parts.iter().fold(day, |key, part| signing::hmac_sha256(&key, part.as_bytes()))
    }
}

impl Signed<'_> {
    /// The request in its one spelling, and the names of the signed headers.
    fn canonical(&self) -> (String, String) {
        let (headers, names) = signing::headers(self.headers);
        let lines = [
            self.method.word(),
            &signing::path(self.url),
            &signing::query(self.url),
            &headers,
            &names,
            &signing::sha256(self.body.as_bytes()),
        ];
        (lines.join("\n"), names)
    }

    /// The `Authorization` header.
    pub(super) fn authorization(&self, scope: Scope<'_>, key: Key<'_>) -> String {
        let (canonical, names) = self.canonical();
        let words = scope.words();
        let to_sign = format!("{ALGORITHM}\n{}\n{words}\n{}", scope.date, signing::sha256(canonical.as_bytes()));
        let signature = signing::hex(&signing::hmac_sha256(&scope.signing_key(key), to_sign.as_bytes()));
        format!("{ALGORITHM} Credential={}/{words}, SignedHeaders={names}, Signature={signature}", key.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Secret;

    const DATE: &str = "20150830T123600Z";
    const TIME: (&str, &str) = ("x-amz-date", DATE);

    fn credentials(secret: &str) -> Credentials {
        let fields = [("access_key_id", "AKIDEXAMPLE"), ("secret_access_key", secret)];
        let fields = fields.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
        Credentials { fields, source: "a test".into(), expires: None }
    }

    fn signed(method: Method, url: &str, service: &str, headers: &[(&str, &str)], body: &str) -> String {
        let credentials = credentials("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let url = Url::parse(url).unwrap();
        let scope = Scope { date: DATE, region: "us-east-1", service };
        Signed { method, url: &url, headers, body }.authorization(scope, key(&credentials).unwrap())
    }

    #[test]
    fn the_examples_of_the_documentation_are_reproduced() {
        let host = ("host", "example.amazonaws.com");
        let scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
        for (method, headers, body, names, signature) in [
            (
                Method::Get,
                &[host, TIME][..],
                "",
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                Method::Post,
                &[TIME, host],
                "",
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                Method::Post,
                &[("content-type", "application/x-www-form-urlencoded"), host, TIME],
                "Param1=value1",
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            let authorization = signed(method, "https://example.amazonaws.com/", "service", headers, body);
            let expected = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders={names}, Signature={signature}");
            assert_eq!(authorization, expected);
        }
        let headers =
            [("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("host", "iam.amazonaws.com"), TIME];
        let url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
        let authorization = signed(Method::Get, url, "iam", &headers, "");
        assert!(
            authorization.ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
            "{authorization}"
        );
    }

    #[test]
    fn a_key_needs_both_parts_and_an_empty_token_is_none() {
        let mut given = credentials("s");
        given.fields.insert("session_token".into(), Secret::new(""));
        assert_eq!(key(&given).unwrap().words(), "access key");
        given.fields.insert("session_token".into(), Secret::new("t"));
        assert_eq!(key(&given).unwrap().words(), "temporary access key");
        assert!(key(&credentials("")).is_none());
    }
}
