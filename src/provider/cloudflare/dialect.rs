//! How Cloudflare signs requests and says no.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::wire::Envelope;
use crate::domain::{Credentials, Failure, FailureItem, FailureKind, Secret};
use crate::provider::http::{Answer, Dialect, Limit, Operation, Refusal, Service, Unsigned};

/// The public API (Cloudflare schema).
pub(super) const BASE_URL: &str = "https://api.cloudflare.com/client/v4";

/// The limit is documented per user, summed over dashboard, keys and tokens.
static SERVICE: Service = Service {
    title: "Cloudflare",
    base_url: BASE_URL,
    limit: Some(Limit { requests: 1200, window: Duration::from_secs(300) }),
    in_flight: 8,
    request_id: &["cf-ray"],
    notices: &[],
};

/// Which kind of credential is used. Sending both confuses Cloudflare's own SDKs: one is picked, and said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Authorization: Bearer`
    Token,
    /// `X-Auth-Email` and `X-Auth-Key`
    Key,
}

impl Kind {
    /// The kind that was given; a token goes before e-mail and key.
    pub(super) fn of(credentials: &Credentials) -> Option<Self> {
        let has = |field: &str| credentials.get(field).is_some_and(|value| !value.expose().is_empty());
        if has("token") {
            Some(Self::Token)
        } else if has("email") && has("key") {
            Some(Self::Key)
        } else {
            None
        }
    }

    /// The kind in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Token => "API token",
            Self::Key => "e-mail and Global API Key",
        }
    }
}

/// Cloudflare's way with HTTP.
pub(super) struct CloudflareDialect;

impl Dialect for CloudflareDialect {
    fn service(&self) -> &'static Service {
        &SERVICE
    }

    fn sign(
        &self,
        request: &Unsigned<'_>,
        credentials: &Credentials,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let what = || format!("{} {}", request.method.word(), request.url.path());
        let field = |name: &str| credentials.get(name).map_or("", Secret::expose);
        match Kind::of(credentials) {
            Some(Kind::Token) => {
                let value = header(&format!("Bearer {}", field("token")), "token", &what)?;
                Ok(vec![(AUTHORIZATION, value)])
            }
            Some(Kind::Key) => Ok(vec![
                (HeaderName::from_static("x-auth-email"), header(field("email"), "email", &what)?),
                (HeaderName::from_static("x-auth-key"), header(field("key"), "key", &what)?),
            ]),
            None => Err(Failure::new(FailureKind::Auth, what(), "there is no credential")
                .with_hint("give the connection a token, or email and key")),
        }
    }

    fn refusal(&self, operation: &Operation, answer: &Answer, credentials: &Credentials) -> Option<Refusal> {
        let envelope = answer.json.as_deref().and_then(Envelope::read);
        let says_no = envelope.as_ref().is_some_and(Envelope::says_no);
        if answer.is_success() && !says_no {
            return None;
        }
        let items = envelope.as_ref().map(Envelope::failure_items).unwrap_or_default();
        let kind = kind_of(answer.status, &items);
        let (cause, hint) = words_of(&kind, operation, answer, credentials, &items);
        Some(Refusal { kind, cause, hint, items })
    }
}

/// A header's value, marked so that no log shows it.
fn header(text: &str, field: &str, what: &dyn Fn() -> String) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Failure::new(
            FailureKind::Auth,
            what(),
            format!("the {field} holds characters that no credential has, perhaps a line break"),
        )
        .with_hint("look at where the credential comes from")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Codes are not unique in meaning, so the HTTP status decides first, then the code.
fn kind_of(status: u16, items: &[FailureItem]) -> FailureKind {
    let has =
        |codes: &[&str]| items.iter().any(|item| item.code.as_ref().is_some_and(|code| codes.contains(&code.raw())));
    // 971 is reported live with any status.
    if status == 429 || has(&["971"]) {
        return FailureKind::Throttled { retry_after: None };
    }
    match status {
        401 => FailureKind::Auth,
        // Malformed Authorization header or key; and what account-owned tokens get where they are not taken (reported live).
        400 if has(&["6003", "6103", "6111", "9106"]) => FailureKind::Auth,
        // The identifier cannot be routed; an example in the schema, reported with 400 and with 404.
        400..=499 if has(&["7003"]) => FailureKind::NotFound,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        405 | 501 => FailureKind::Unsupported,
        408 => FailureKind::TimedOut,
        409 | 412 => FailureKind::Conflict,
        500..=599 => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

fn words_of(
    kind: &FailureKind,
    operation: &Operation,
    answer: &Answer,
    credentials: &Credentials,
    items: &[FailureItem],
) -> (String, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    let credential = Kind::of(credentials).map_or("credential", Kind::words);
    match kind {
        FailureKind::Auth => {
            let (cause, hint) = not_accepted(credentials);
            (cause, Some(hint))
        }
        FailureKind::Forbidden if is_about_organizations(operation) => {
            let (cause, hint) = organizations_closed(credentials);
            (cause, Some(hint))
        }
        FailureKind::Forbidden => (
            format!("this {credential} may not do this{}", from(credentials)),
            hint("give the token the permission, or use a credential that has it"),
        ),
        FailureKind::NotFound => {
            ("Cloudflare knows no such thing, or does not show it to this credential".into(), None)
        }
        FailureKind::Throttled { .. } => (
            "Cloudflare's request limit is spent; over it all calls are blocked for about five minutes".into(),
            hint("wait; other programs with this user share the limit"),
        ),
        FailureKind::Server => (
            format!("Cloudflare failed{}", instead_of_json(answer)),
            hint("try again; if it stays so, see https://www.cloudflarestatus.com"),
        ),
        FailureKind::Unsupported => ("Cloudflare does not offer this here".into(), None),
        FailureKind::Conflict => ("something else changed meanwhile".into(), None),
        FailureKind::TimedOut => ("Cloudflare gave up waiting for the request".into(), None),
        FailureKind::Refused
        | FailureKind::Unreachable
        | FailureKind::Tls
        | FailureKind::Unreadable
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => match items.first() {
            Some(item) => (item.message.shown().into_owned(), None),
            None => (format!("Cloudflare said no without a reason{}", instead_of_json(answer)), None),
        },
    }
}

/// Cause and hint of a credential that Cloudflare refuses as such.
pub(super) fn not_accepted(credentials: &Credentials) -> (String, String) {
    let kind = Kind::of(credentials).map_or("credential", Kind::words);
    (
        format!("Cloudflare does not accept this {kind}{}", from(credentials)),
        "check the credential, or make a new one at https://dash.cloudflare.com/profile/api-tokens".into(),
    )
}

fn from(credentials: &Credentials) -> String {
    if credentials.source.is_empty() { String::new() } else { format!(" (from {})", credentials.source) }
}

fn instead_of_json(answer: &Answer) -> String {
    if answer.json.is_some() || answer.content_type.is_empty() {
        return String::new();
    }
    let kind = answer.content_type.split(';').next().unwrap_or_default();
    format!(": its answer was {}", crate::domain::shown(kind.trim()))
}

/// `/organizations…` and `/accounts/{id}/organizations`.
fn is_about_organizations(operation: &Operation) -> bool {
    let is = |step: Option<&String>| step.is_some_and(|step| step == "organizations");
    is(operation.path.first()) || (operation.path.len() == 3 && is(operation.path.last()))
}

/// Cause and hint of a forbidden organization call: the normal case for most users.
pub(super) fn organizations_closed(credentials: &Credentials) -> (String, String) {
    let kind = Kind::of(credentials);
    let cause =
        format!("organizations are not enabled for this {}, or not open to it", kind.map_or("credential", Kind::words));
    let hint = match kind {
        // Cloudflare's documentation, since August 2026.
        Some(Kind::Token) => {
            "user tokens cover only some organization operations; an e-mail with its Global API Key covers all"
        }
        Some(Kind::Key) | None => "organizations are an Enterprise feature that a Super Administrator turns on",
    };
    (cause, hint.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Untrusted;

    fn answer(status: u16, json: &str) -> Answer {
        Answer {
            status,
            json: (!json.is_empty()).then(|| json.to_owned()),
            content_type: "text/html; charset=utf-8".into(),
            request_id: None,
            notices: Vec::new(),
            what: "GET /accounts".into(),
            resent: 0,
        }
    }

    fn credentials(fields: &[(&str, &str)]) -> Credentials {
        Credentials {
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect(),
            source: "environment variable CLOUDFLARE_API_TOKEN".into(),
        }
    }

    fn refusal(path: &[&str], status: u16, json: &str) -> Option<Refusal> {
        let token = credentials(&[("token", "canary-value")]);
        CloudflareDialect.refusal(&Operation::read(path), &answer(status, json), &token)
    }

    #[test]
    fn one_kind_of_credential_is_picked() {
        let all = [("token", "t"), ("email", "e"), ("key", "k")];
        assert_eq!(Kind::of(&credentials(&all)), Some(Kind::Token));
        assert_eq!(Kind::of(&credentials(&all[1..])), Some(Kind::Key));
        assert_eq!(Kind::of(&credentials(&all[2..])), None);
        assert_eq!(Kind::of(&credentials(&[("token", ""), ("email", "e"), ("key", "k")])), Some(Kind::Key));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
        let url = url::Url::parse(BASE_URL).unwrap();
        let unsigned =
            Unsigned { method: crate::provider::http::Method::Get, url: &url, body: "", now: crate::domain::Moment(0) };
        let failure = CloudflareDialect.sign(&unsigned, &credentials(&[("token", "canary\nvalue")])).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(!format!("{failure:?}").contains("canary"));
        let signed =
            CloudflareDialect.sign(&unsigned, &credentials(&[("email", "e@x.example"), ("key", "canary")])).unwrap();
        assert_eq!(signed.len(), 2);
        assert!(!format!("{signed:?}").contains("canary"));
    }

    #[test]
    fn statuses_and_codes_become_kinds() {
        let error =
            |code: &str| format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"m"}}],"result":null}}"#);
        for (status, code, kind) in [
            (401, "10000", FailureKind::Auth),
            (403, "10000", FailureKind::Forbidden),
            (403, "9109", FailureKind::Forbidden),
            (400, "9106", FailureKind::Auth),
            (400, "6003", FailureKind::Auth),
            (400, "\"6003\"", FailureKind::Auth),
            (400, "7003", FailureKind::NotFound),
            (404, "7003", FailureKind::NotFound),
            (404, "1003", FailureKind::NotFound),
            (400, "1001", FailureKind::Refused),
            (400, "971", FailureKind::Throttled { retry_after: None }),
            (429, "0", FailureKind::Throttled { retry_after: None }),
            (405, "10405", FailureKind::Unsupported),
            (409, "1", FailureKind::Conflict),
            (502, "1", FailureKind::Server),
            (200, "1001", FailureKind::Refused),
        ] {
            let refusal = refusal(&["accounts"], status, &error(code)).unwrap();
            assert_eq!(refusal.kind, kind, "{status} {code}");
        }
    }

    #[test]
    fn every_error_item_is_kept_with_its_chain_pointer_and_url() {
        let refusal = refusal(
            &["accounts", "a", "profile"],
            400,
            r#"{"success":false,"errors":[
                {"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format"}]},
                {"message":"no code","source":{"pointer":"/business_email"},"documentation_url":"https://d.example"},
                {"code":"7","message":null,"source":null},
                "odd"
            ],"messages":null,"result":{}}"#,
        )
        .unwrap();
        let items: Vec<_> = refusal
            .items
            .iter()
            .map(|item| {
                (item.code.as_ref().map(Untrusted::raw), item.message.raw(), item.pointer.as_ref().map(Untrusted::raw))
            })
            .collect();
        assert_eq!(
            items,
            [
                (Some("6003"), "Invalid request headers", None),
                (Some("6111"), "Invalid format", None),
                (None, "no code", Some("/business_email")),
                (Some("7"), "", None),
                (None, "odd", None),
            ]
        );
    }

    #[test]
    fn success_false_in_a_200_is_a_refusal_and_a_message_code_is_none() {
        assert!(refusal(&["accounts"], 200, r#"{"success":false,"errors":[]}"#).is_some());
        assert!(
            refusal(&["user"], 200, r#"{"success":true,"messages":[{"code":10000,"message":"active"}],"result":{}}"#)
                .is_none()
        );
        assert!(refusal(&["accounts", "a", "profile"], 204, "").is_none());
    }

    #[test]
    fn a_wrong_token_names_its_source_and_not_its_value() {
        let refusal = refusal(&["accounts"], 401, "").unwrap();
        assert!(refusal.cause.contains("CLOUDFLARE_API_TOKEN"), "{}", refusal.cause);
        assert!(!format!("{refusal:?}").contains("canary"));
    }

    #[test]
    fn closed_organizations_are_worded_for_the_kind_of_credential() {
        for path in [&["organizations"][..], &["organizations", "o", "profile"], &["accounts", "a", "organizations"]] {
            let refusal = refusal(path, 403, "").unwrap();
            assert_eq!(refusal.kind, FailureKind::Forbidden);
            assert!(refusal.cause.contains("organizations are not enabled"));
            assert!(refusal.cause.contains("API token"));
            assert!(refusal.hint.unwrap().contains("Global API Key"));
        }
        let plain = refusal(&["accounts", "a"], 403, "").unwrap();
        assert!(!plain.cause.contains("organizations"));
    }
}
