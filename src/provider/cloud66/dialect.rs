//! How Cloud 66 signs requests and says no.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::token::TOKEN;
use super::wire::Envelope;
use crate::domain::{Credentials, Failure, FailureItem, FailureKind, Secret, shown};
use crate::provider::http::{Answer, Dialect, Limit, Operation, Refusal, Service, Unsigned};

/// The public API (Cloud 66's documents).
pub(super) const BASE_URL: &str = "https://app.cloud66.com/api/3";

/// The last step of the path that gives a one-time password.
pub(super) const OTP: &str = "otp";

/// The limit is documented for each user. No header is documented to name a request (assumption: Rails' own).
static SERVICE: Service = Service {
    title: "Cloud 66",
    base_url: BASE_URL,
    limit: Some(Limit { requests: 3000, window: Duration::from_secs(3600) }),
    in_flight: 8,
    request_id: &["x-request-id"],
    // Cloud 66's own library shows it beside a success (its source).
    notices: &["x-cloud66-warning"],
};

/// Cloud 66's way with HTTP.
pub(super) struct Cloud66Dialect;

impl Dialect for Cloud66Dialect {
    fn service(&self) -> &'static Service {
        &SERVICE
    }

    fn steps(&self) -> &'static [&'static str] {
        &["accounts", OTP]
    }

    fn sign(
        &self,
        request: &Unsigned<'_>,
        credentials: &Credentials,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let wrong = |cause: &str, hint: &str| {
            let what = format!("{} {}", request.method.word(), request.url.path());
            Failure::new(FailureKind::Auth, what, cause).with_hint(hint)
        };
        let token = credentials.get(TOKEN).map_or("", Secret::expose);
        if token.is_empty() {
            return Err(wrong("there is no credential", "give the connection a token"));
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
            wrong(
                "the token holds characters that no token has, perhaps a line break",
                "look at where the credential comes from",
            )
        })?;
        value.set_sensitive(true);
        Ok(vec![(AUTHORIZATION, value)])
    }

    fn refusal(&self, operation: &Operation, answer: &Answer, credentials: &Credentials) -> Option<Refusal> {
        let envelope = answer.json.as_deref().and_then(Envelope::read);
        let says_no = envelope.as_ref().is_some_and(Envelope::says_no);
        if answer.is_success() && !says_no {
            return None;
        }
        let items = envelope.as_ref().map(Envelope::failure_items).unwrap_or_default();
        let call = Call::of(operation);
        let mut kind = kind_of(answer.status, &items);
        // Ids are integers (Cloud 66's documents): what is none can be no account's, whatever the status says of it.
        if answer.status == 400 && call == Call::Malformed {
            kind = FailureKind::NotFound;
        }
        let cause = cause_of(&kind, call, answer, credentials, &items);
        let hint = hint_of(&kind, call, answer.status);
        Some(Refusal { kind, cause, hint: hint.map(str::to_owned), items })
    }
}

/// What was asked, as far as a refusal's words depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    List,
    Account,
    /// An account by an id that is no number.
    Malformed,
    Otp,
}

impl Call {
    fn of(operation: &Operation) -> Self {
        match operation.path.get(1).map(String::as_str) {
            None => Self::List,
            Some(OTP) => Self::Otp,
            Some(id) if id.bytes().all(|byte| byte.is_ascii_digit()) => Self::Account,
            Some(_) => Self::Malformed,
        }
    }
}

/// The statuses are documented. 503 stands for two things, which only the error's id tells apart: too many requests, and
/// not implemented (Cloud 66's documents).
fn kind_of(status: u16, items: &[FailureItem]) -> FailureKind {
    let code = items.first().and_then(|item| item.code.as_ref());
    let code = code.map(|code| code.raw().trim().to_ascii_lowercase().replace('-', "_")).unwrap_or_default();
    match status {
        429 => FailureKind::Throttled { retry_after: None },
        500..=599 if code == "throttled" => FailureKind::Throttled { retry_after: None },
        500..=599 if code == "not_implemented" => FailureKind::Unsupported,
        401 => FailureKind::Auth,
        402 | 403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        405 | 501 => FailureKind::Unsupported,
        408 => FailureKind::TimedOut,
        409 | 412 => FailureKind::Conflict,
        500..=599 => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

/// One sentence why. The provider's own words stand beside it in the items.
fn cause_of(
    kind: &FailureKind,
    call: Call,
    answer: &Answer,
    credentials: &Credentials,
    items: &[FailureItem],
) -> String {
    match kind {
        FailureKind::Auth => format!("Cloud 66 does not accept this access token{}", from(credentials)),
        FailureKind::Forbidden if answer.status == 402 => "the trial of this Cloud 66 account has expired".into(),
        FailureKind::Forbidden => match call {
            Call::List => format!("this access token{} lacks the scope `users`", from(credentials)),
            Call::Account | Call::Malformed => {
                format!("this access token{} lacks the scope `users`, or its user the access", from(credentials))
            }
            Call::Otp => format!("this access token{} may not have a one-time password", from(credentials)),
        },
        FailureKind::NotFound => match call {
            Call::Account => "Cloud 66 has no such account, or does not show it to this user".into(),
            Call::Malformed => "Cloud 66 has no such account: its accounts have numbers".into(),
            Call::List | Call::Otp => "Cloud 66 has nothing at this address".into(),
        },
        FailureKind::Throttled { .. } => "Cloud 66's limit of 3,000 requests an hour for each user is spent".into(),
        FailureKind::Server => format!("Cloud 66 failed{}", instead_of_json(answer)),
        FailureKind::Unsupported => "Cloud 66 does not offer this here".into(),
        FailureKind::Conflict => "something else changed meanwhile".into(),
        FailureKind::TimedOut => "Cloud 66 gave up waiting for the request".into(),
        FailureKind::Refused
        | FailureKind::Unreachable
        | FailureKind::Tls
        | FailureKind::Unreadable
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => match items.first() {
            Some(item) => item.message.shown().into_owned(),
            None => unexplained(call, answer),
        },
    }
}

/// What a refusal without words is about.
fn unexplained(call: Call, answer: &Answer) -> String {
    if answer.is_success() {
        return match call {
            Call::Otp => "Cloud 66 made no one-time password and did not say why".into(),
            Call::List | Call::Account | Call::Malformed => "Cloud 66 said no and did not say why".into(),
        };
    }
    if answer.status == 400 && call == Call::Account {
        return "a bad request, or the account is restricted".into();
    }
    let status = reqwest::StatusCode::from_u16(answer.status).ok();
    let words = status.and_then(|status| status.canonical_reason()).unwrap_or("no words that are known");
    format!("Cloud 66 said no without a reason ({words}){}", instead_of_json(answer))
}

/// What to do next.
fn hint_of(kind: &FailureKind, call: Call, status: u16) -> Option<&'static str> {
    match kind {
        // Tokens do not end by themselves, but an account's groups can set an end for their members (Cloud 66's help).
        FailureKind::Auth => Some(
            "it may be revoked, or have reached the end that its group sets: make a new one in Account > Authorized \
             Applications in the dashboard",
        ),
        FailureKind::Forbidden if status == 402 => {
            Some("choose a plan in the dashboard; until then its API stays shut")
        }
        FailureKind::Forbidden => Some(match call {
            Call::List | Call::Account | Call::Malformed => {
                "make a token with the scope `users` in Account > Authorized Applications in the dashboard"
            }
            Call::Otp => {
                "it needs the scope `users`; an owner can switch it off for a member, and service accounts have no \
                 sign-in to the dashboard"
            }
        }),
        FailureKind::NotFound => match call {
            Call::Account | Call::Malformed => None,
            Call::List | Call::Otp => Some("look at the connection's base_url: it ends with /api/3"),
        },
        FailureKind::Throttled { .. } => Some("wait for the next hour; other programs of this user share the limit"),
        FailureKind::Server | FailureKind::TimedOut => Some("try again"),
        FailureKind::Refused if status == 400 && call == Call::Account => {
            Some("Cloud 66 answers this way to a bad request and for an account that is restricted: see its dashboard")
        }
        FailureKind::Refused
        | FailureKind::Unsupported
        | FailureKind::Conflict
        | FailureKind::Unreachable
        | FailureKind::Tls
        | FailureKind::Unreadable
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => None,
    }
}

fn from(credentials: &Credentials) -> String {
    if credentials.source.is_empty() { String::new() } else { format!(" (from {})", credentials.source) }
}

fn instead_of_json(answer: &Answer) -> String {
    if answer.json.is_some() || answer.content_type.is_empty() {
        return String::new();
    }
    let kind = answer.content_type.split(';').next().unwrap_or_default();
    format!(": its answer was {}", shown(kind.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Moment;
    use crate::provider::http::Method;

    const SOURCE: &str = "environment variable CLOUD66_TOKEN";

    fn credentials(token: &str) -> Credentials {
        Credentials { fields: [(TOKEN.to_owned(), Secret::new(token))].into(), source: SOURCE.into(), expires: None }
    }

    fn refusal(path: &[&str], status: u16, json: &str) -> Option<Refusal> {
        let answer = Answer {
            status,
            json: (!json.is_empty()).then(|| json.to_owned()),
            content_type: "text/html; charset=utf-8".into(),
            code: None,
            request_id: None,
            notices: Vec::new(),
            what: "a test".into(),
            resent: 0,
        };
        Cloud66Dialect.refusal(&Operation::read(path), &answer, &credentials("canary"))
    }

    fn kind(status: u16, json: &str) -> FailureKind {
        refusal(&["accounts"], status, json).unwrap().kind
    }

    #[test]
    fn the_token_goes_into_one_header_and_no_message() {
        let url = url::Url::parse(BASE_URL).unwrap();
        let unsigned = Unsigned { method: Method::Get, url: &url, body: "", headers: &[], now: Moment(0) };
        let signed = Cloud66Dialect.sign(&unsigned, &credentials("canary")).unwrap();
        assert_eq!(signed[0].1.to_str().unwrap(), "Bearer canary");
        assert!(!format!("{signed:?}").contains("canary"));
        for token in ["", "canary\nvalue"] {
            let failure = Cloud66Dialect.sign(&unsigned, &credentials(token)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth);
            assert!(!format!("{failure:?}").contains("canary"));
        }
    }

    #[test]
    fn statuses_become_kinds_and_503_is_told_apart_by_the_errors_id() {
        let throttled = FailureKind::Throttled { retry_after: None };
        for (status, json, expected) in [
            (400, r#"{"error":"bad_request"}"#, FailureKind::Refused),
            (401, r#"{"error":"unauthenticated"}"#, FailureKind::Auth),
            (402, r#"{"error":"trial_expired"}"#, FailureKind::Forbidden),
            (403, "", FailureKind::Forbidden),
            (404, "<html>", FailureKind::NotFound),
            (408, "", FailureKind::TimedOut),
            (409, "", FailureKind::Conflict),
            (429, "", throttled.clone()),
            (500, "", FailureKind::Server),
            (503, "", FailureKind::Server),
            (503, r#"{"error":"Not-Implemented"}"#, FailureKind::Unsupported),
            (503, r#"{"error":"throttled","details":"3000 per hour"}"#, throttled),
            (200, r#"{"response":{"ok":false}}"#, FailureKind::Refused),
        ] {
            assert_eq!(kind(status, json), expected, "{status} {json}");
        }
        assert!(refusal(&["accounts"], 200, r#"{"response":[]}"#).is_none());
        assert!(refusal(&["accounts"], 204, "").is_none());
    }

    #[test]
    fn a_missing_scope_is_named_for_what_was_asked() {
        for (path, word) in
            [(&["accounts"][..], "lacks the scope `users`"), (&["accounts", "1"], "or its user the access")]
        {
            let refused = refusal(path, 403, "").unwrap();
            assert!(refused.cause.contains(word) && refused.cause.contains(SOURCE), "{}", refused.cause);
            assert!(refused.hint.unwrap().contains("Authorized Applications"));
        }
        let refused = refusal(&["accounts", OTP], 403, "").unwrap();
        assert!(refused.hint.unwrap().contains("service accounts"));
    }

    #[test]
    fn the_documented_double_meanings_are_said() {
        let restricted = refusal(&["accounts", "1"], 400, "").unwrap();
        assert!(restricted.cause.contains("restricted"));
        let restricted = refusal(&["accounts", "1"], 400, r#"{"details":"Nope"}"#).unwrap();
        assert_eq!(restricted.cause, "Nope");
        assert!(restricted.hint.unwrap().contains("restricted"));
        assert!(refusal(&["accounts", "1"], 404, "").unwrap().cause.contains("or does not show it"));
        assert!(refusal(&["accounts"], 404, "").unwrap().hint.unwrap().contains("base_url"));
        assert!(refusal(&["accounts"], 402, "").unwrap().cause.contains("trial"));
    }

    #[test]
    fn an_id_that_is_no_number_is_not_found_whatever_the_status() {
        for status in [400, 404] {
            let refused = refusal(&["accounts", "nosuch"], status, r#"{"error":"bad_request"}"#).unwrap();
            assert_eq!((refused.kind, refused.hint), (FailureKind::NotFound, None), "{status}");
        }
        assert_eq!(refusal(&["accounts", "nosuch"], 403, "").unwrap().kind, FailureKind::Forbidden);
        assert_eq!(refusal(&["accounts", "139"], 400, "").unwrap().kind, FailureKind::Refused, "restricted");
    }

    #[test]
    fn without_words_the_status_has_some() {
        let cause = |status| refusal(&["accounts"], status, "").unwrap().cause;
        assert_eq!(cause(422), "Cloud 66 said no without a reason (Unprocessable Entity): its answer was text/html");
        assert!(cause(499).contains("no words that are known"));
        assert!(refusal(&["accounts", OTP], 200, r#"{"response":{"ok":false}}"#).unwrap().cause.contains("password"));
    }
}
