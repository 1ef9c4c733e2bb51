//! How Huawei Cloud signs requests and says no.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::guard::Guard;
use super::refusal::{self, Clash};
use super::signature::{self, Signed};
use super::wire;
use crate::domain::{Credentials, Delivery, Failure, FailureKind, Secret};
use crate::provider::http::{Answer, Dialect, Effect, Method, Operation, Refusal, Service, Unsigned};
use crate::provider::signing::{self, header};

/// The one public endpoint for all regions (Huawei documentation and SDK). The European site's documentation names its
/// own, which no stored copy shows: there it has to be given.
pub(super) const BASE_URL: &str = "https://organizations.myhuaweicloud.com";

/// No limit is documented. Five wrong signatures in a row lock a key (API gateway's FAQ), and what is in flight when a key
/// goes bad can't be called back: four of them do not. The request id's header is where the SDK reads it.
static SERVICE: Service = Service {
    title: "Huawei Cloud",
    base_url: BASE_URL,
    limit: None,
    in_flight: 4,
    request_id: &["x-request-id"],
    notices: &[],
};

const TOKEN_HEADER: &str = "x-security-token";
const DATE_HEADER: &str = "x-sdk-date";

/// Huawei Cloud's way with HTTP.
pub(super) struct HuaweiDialect {
    pub(super) guard: Arc<Guard>,
}

impl Dialect for HuaweiDialect {
    fn service(&self) -> &'static Service {
        &SERVICE
    }

    fn steps(&self) -> &'static [&'static str] {
        &["v1", "organizations", "roots", "entities", "accounts", "organizational-units", "create-account-status"]
    }

    /// Signs what is surely sent: host and date, and content type and token where there are such.
    fn sign(
        &self,
        request: &Unsigned<'_>,
        credentials: &Credentials,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let what = format!("{} {}", request.method.word(), request.url.path());
        self.guard.check(credentials, request.now).map_err(|failure| Failure { what: what.clone(), ..failure })?;
        let Some(key) = signature::key(credentials) else {
            return Err(Failure::new(FailureKind::Auth, what, "there is no access key")
                .with_hint("give the connection access_key and secret_key, and security_token with a temporary key"));
        };
        let date = signing::stamp(request.now);
        let host = signing::host(request.url);
        let mut headers = vec![("host", host.as_str()), (DATE_HEADER, date.as_str())];
        if !request.body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        let token = key.token.map(Secret::expose);
        headers.extend(token.map(|token| (TOKEN_HEADER, token)));
        let signed = Signed { method: request.method, url: request.url, headers: &headers, body: request.body };
        let authorization = signed.authorization(&date, key);
        let mut sent = vec![
            (HeaderName::from_static(DATE_HEADER), header(&date, "date", &what)?),
            (AUTHORIZATION, header(&authorization, "access_key", &what)?),
        ];
        if let Some(token) = token {
            sent.push((HeaderName::from_static(TOKEN_HEADER), header(token, "security_token", &what)?));
        }
        Ok(sent)
    }

    fn refusal(&self, operation: &Operation, answer: &Answer, credentials: &Credentials) -> Option<Refusal> {
        let item = wire::error(answer.json.as_deref()).filter(|item| item.code.is_some() || !answer.is_success());
        if answer.is_success() && item.is_none() {
            self.guard.accepted();
            return None;
        }
        let (refusal, why) = refusal::read(answer, credentials, item);
        match why {
            Some(why) => {
                let failure = Failure {
                    kind: refusal.kind.clone(),
                    // Whoever uses the key says what for.
                    what: "signing in".into(),
                    cause: refusal.cause.clone(),
                    hint: refusal.hint.clone(),
                    status: Some(answer.status),
                    request_id: answer.request_id.clone(),
                    items: refusal.items.clone(),
                    delivery: Delivery::Unsent,
                    resent: 0,
                };
                self.guard.refused(credentials, why, failure);
            }
            None if refusal::is_from_behind_the_gateway(&refusal) => self.guard.accepted(),
            None => {}
        }
        let refusal = match clash(operation) {
            Some(clash) => refusal::of_a_clash(refusal, clash),
            None => refusal,
        };
        let is_about_an_id = answer.status == 400 && names_one(operation);
        Some(if is_about_an_id { refusal::of_an_id(refusal) } else { refusal })
    }
}

/// What a 409 says of a write: `DELETE …/{id}`, or a `POST` that makes something.
fn clash(operation: &Operation) -> Option<Clash> {
    match (operation.method, operation.path.len()) {
        (Method::Delete, _) => Some(Clash::Holds),
        // `/v1/organizations/organizational-units` and `/v1/organizations/accounts`: a longer path is about what is there.
        (Method::Post, 3) => Some(Clash::There),
        (Method::Get | Method::Post | Method::Put | Method::Patch, _) => None,
    }
}

/// Whether it reads something by its id and holds nothing else that could be wrong.
fn names_one(operation: &Operation) -> bool {
    let has = |wanted: &str| operation.query.iter().any(|(name, _)| name == wanted);
    // `/v1/organizations/accounts/{id}` and the like.
    let is_by_id = operation.path.len() > 3 || has("parent_id") || has("child_id");
    operation.effect == Effect::Read && is_by_id && !has("marker")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Moment;
    use crate::provider::http::Method;

    fn credentials(fields: &[(&str, &str)]) -> Credentials {
        Credentials {
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect(),
            source: "a test".into(),
            expires: None,
        }
    }

    fn dialect() -> HuaweiDialect {
        HuaweiDialect { guard: Arc::new(Guard::default()) }
    }

    fn sign(fields: &[(&str, &str)], body: &str) -> Result<Vec<(String, HeaderValue)>, Failure> {
        let url = url::Url::parse("http://127.0.0.1:8080/huawei/v1/organizations/accounts").unwrap();
        let unsigned = Unsigned { method: Method::Post, url: &url, body, headers: &[], now: Moment(1_729_497_600_000) };
        let headers = dialect().sign(&unsigned, &credentials(fields))?;
        Ok(headers.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect())
    }

    fn signed_names(headers: &[(String, HeaderValue)]) -> String {
        let (_, value) = headers.iter().find(|(name, _)| name == "authorization").unwrap();
        let names = value.to_str().unwrap().split("SignedHeaders=").nth(1).unwrap();
        names.split(',').next().unwrap().to_owned()
    }

    #[test]
    fn what_is_sent_is_signed() {
        let key = [("access_key", "AK"), ("secret_key", "canary")];
        let plain = sign(&key, "").unwrap();
        assert_eq!(signed_names(&plain), "host;x-sdk-date");
        assert!(plain.iter().any(|(name, value)| name == "x-sdk-date" && value == "20241021T080000Z"));
        assert_eq!(signed_names(&sign(&key, "{}").unwrap()), "content-type;host;x-sdk-date");
        let temporary = [&key[..], &[("security_token", "canary-token")]].concat();
        let headers = sign(&temporary, "{}").unwrap();
        assert_eq!(signed_names(&headers), "content-type;host;x-sdk-date;x-security-token");
        assert!(headers.iter().any(|(name, value)| name == "x-security-token" && value == "canary-token"));
        assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused_without_being_shown() {
        for fields in [
            &[("access_key", "canary\n"), ("secret_key", "canary")][..],
            &[("access_key", "AK"), ("secret_key", "canary"), ("security_token", "canary\n")],
            &[("access_key", "canary")],
            &[],
        ] {
            let failure = sign(fields, "").unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth);
            assert!(failure.hint.is_some());
            assert!(!format!("{failure:?}").contains("canary"));
        }
    }
}
