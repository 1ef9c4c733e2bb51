//! How AWS signs requests and says no: two services, one way.

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::refusal;
use super::signature::{self, Scope, Signed};
use super::wire;
use crate::domain::{Credentials, Failure, FailureKind, Secret};
use crate::provider::http::{Answer, Dialect, Effect, Operation, Refusal, Service, Unsigned};
use crate::provider::signing::{self, header};

/// The commercial partition's one endpoint (AWS documentation). The others have their own, which has to be given.
pub(super) const BASE_URL: &str = "https://organizations.us-east-1.amazonaws.com";

/// Organizations documents no rates of its own; people get by with two at a time. Names of the header are those that AWS's
/// SDKs read.
const SERVICE: Service =
    Service { title: "AWS", base_url: BASE_URL, limit: None, in_flight: 2, request_id: REQUEST_ID, notices: &[] };

static ORGANIZATIONS: Service = SERVICE;

/// Its limits are one for each call (AWS documentation), not one for all; both services share what one key may have in
/// flight.
static ACCOUNT: Service = Service { base_url: "https://account.us-east-1.amazonaws.com", ..SERVICE };

const REQUEST_ID: &[&str] = &["x-amzn-requestid", "x-amz-request-id"];
const DATE_HEADER: &str = "x-amz-date";
const TOKEN_HEADER: &str = "x-amz-security-token";

/// The header that names the call (JSON 1.1).
pub(super) const TARGET: &str = "x-amz-target";

/// The header of the body's type, which is signed.
pub(super) const CONTENT_TYPE: &str = "content-type";

/// The partition's home region, where nothing else is said.
const REGION: &str = "us-east-1";

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// Organizations: accounts and the tree.
    Organizations,
    /// Account Management: names and contacts.
    Account,
}

impl Host {
    /// The service's name in signatures.
    fn word(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Account => "account",
        }
    }
}

/// AWS's way with HTTP.
pub(super) struct AwsDialect {
    pub(super) host: Host,
}

impl Dialect for AwsDialect {
    fn service(&self) -> &'static Service {
        match self.host {
            Host::Organizations => &ORGANIZATIONS,
            Host::Account => &ACCOUNT,
        }
    }

    fn steps(&self) -> &'static [&'static str] {
        &["getAccountInformation", "getContactInformation", "getAlternateContact"]
    }

    /// Signs what is surely sent: host and date, the type of the body, the call, and the token where there is one.
    fn sign(
        &self,
        request: &Unsigned<'_>,
        credentials: &Credentials,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let what = format!("{} {}", request.method.word(), request.url.path());
        let Some(key) = signature::key(credentials) else {
            return Err(Failure::new(FailureKind::Auth, what, "there is no access key").with_hint(
                "give the connection access_key_id and secret_access_key, and session_token with a temporary key",
            ));
        };
        let date = signing::stamp(request.now);
        let host = signing::host(request.url);
        let mut headers = vec![("host", host.as_str()), (DATE_HEADER, date.as_str())];
        headers.extend(request.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let token = key.token.map(Secret::expose);
        headers.extend(token.map(|token| (TOKEN_HEADER, token)));
        let scope = Scope {
            date: &date,
            region: region(request.url.host_str().unwrap_or_default()),
            service: self.host.word(),
        };
        let signed = Signed { method: request.method, url: request.url, headers: &headers, body: request.body };
        let authorization = signed.authorization(scope, key);
        let mut sent = vec![
            (HeaderName::from_static(DATE_HEADER), header(&date, "date", &what)?),
            (AUTHORIZATION, header(&authorization, "access_key_id", &what)?),
        ];
        if let Some(token) = token {
            sent.push((HeaderName::from_static(TOKEN_HEADER), header(token, "session_token", &what)?));
        }
        Ok(sent)
    }

    /// `PROVIDER1:PROVIDER2:REGION:SERVICE` (curl's manual).
    fn curl_signing(&self, url: &url::Url) -> Option<String> {
        Some(format!("aws:amz:{}:{}", region(url.host_str().unwrap_or_default()), self.host.word()))
    }

    fn code_header(&self) -> Option<&'static str> {
        Some("x-amzn-errortype")
    }

    fn refusal(&self, operation: &Operation, answer: &Answer, credentials: &Credentials) -> Option<Refusal> {
        if answer.is_success() {
            return None;
        }
        let refusal = refusal::read(answer, credentials, wire::error(answer), self.host);
        Some(if names_one(operation) { refusal::of_an_id(refusal) } else { refusal })
    }
}

/// Whether it reads something by its id and holds nothing else that could be wrong.
fn names_one(operation: &Operation) -> bool {
    let has = |field: &str| operation.body.as_ref().is_some_and(|body| body.get(field).is_some());
    let ids = ["AccountId", "ParentId", "ChildId", "OrganizationalUnitId", "CreateAccountRequestId"];
    operation.effect == Effect::Read && ids.into_iter().any(has) && !has("NextToken")
}

/// The region that a host is in: `organizations.REGION.amazonaws.com` and the like, else the commercial home.
fn region(host: &str) -> &str {
    let mut labels = host.split('.');
    let (first, second) = (labels.next(), labels.next());
    let is_aws = labels.next() == Some("amazonaws") && matches!(first, Some("organizations" | "account"));
    second.filter(|_| is_aws).unwrap_or(REGION)
}

/// Where the account service is beside an Organizations endpoint that was given: in AWS's own partitions a host of its
/// own, anywhere else the same.
pub(super) fn account_url(given: &str) -> String {
    let own = given.strip_prefix("https://organizations.").filter(|rest| rest.contains(".amazonaws.com"));
    own.map_or_else(|| given.to_owned(), |rest| format!("https://account.{rest}"))
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

    fn sign(host: Host, fields: &[(&str, &str)]) -> Result<Vec<(String, HeaderValue)>, Failure> {
        let url = url::Url::parse("http://127.0.0.1:8080/aws/").unwrap();
        let headers =
            [(TARGET, "AWSOrganizationsV20161128.ListRoots".to_owned()), (CONTENT_TYPE, "application/x".to_owned())];
        let unsigned =
            Unsigned { method: Method::Post, url: &url, body: "{}", headers: &headers, now: Moment(1_440_938_160_000) };
        let headers = AwsDialect { host }.sign(&unsigned, &credentials(fields))?;
        Ok(headers.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect())
    }

    fn authorization(headers: &[(String, HeaderValue)]) -> &str {
        let (_, value) = headers.iter().find(|(name, _)| name == "authorization").unwrap();
        value.to_str().unwrap()
    }

    #[test]
    fn what_is_sent_is_signed_for_its_service() {
        let key = [("access_key_id", "AK"), ("secret_access_key", "canary")];
        let plain = sign(Host::Organizations, &key).unwrap();
        let scope = "Credential=AK/20150830/us-east-1/organizations/aws4_request";
        assert!(authorization(&plain).contains(scope), "{}", authorization(&plain));
        assert!(authorization(&plain).contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target,"));
        assert!(plain.iter().any(|(name, value)| name == "x-amz-date" && value == "20150830T123600Z"));
        let temporary = [&key[..], &[("session_token", "canary-token")]].concat();
        let headers = sign(Host::Account, &temporary).unwrap();
        assert!(authorization(&headers).contains("/us-east-1/account/aws4_request"));
        assert!(authorization(&headers).contains("=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,"));
        assert!(headers.iter().any(|(name, value)| name == "x-amz-security-token" && value == "canary-token"));
        assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused_without_being_shown() {
        for fields in [
            &[("access_key_id", "canary\n"), ("secret_access_key", "canary")][..],
            &[("access_key_id", "AK"), ("secret_access_key", "canary"), ("session_token", "canary\n")],
            &[("access_key_id", "canary")],
            &[],
        ] {
            let failure = sign(Host::Organizations, fields).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth);
            assert!(failure.hint.is_some());
            assert!(!format!("{failure:?}").contains("canary"));
        }
    }

    #[test]
    fn other_partitions_have_their_own_hosts_and_regions() {
        let china = "https://organizations.cn-northwest-1.amazonaws.com.cn";
        assert_eq!(account_url(china), "https://account.cn-northwest-1.amazonaws.com.cn");
        assert_eq!(account_url("http://127.0.0.1:1/aws"), "http://127.0.0.1:1/aws");
        assert_eq!(region("organizations.cn-northwest-1.amazonaws.com.cn"), "cn-northwest-1");
        assert_eq!(region("account.us-gov-west-1.amazonaws.com"), "us-gov-west-1");
        for other in ["127.0.0.1", "localhost", "organizations.example.com", ""] {
            assert_eq!(region(other), "us-east-1", "{other}");
        }
    }
}
