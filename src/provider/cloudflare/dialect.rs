//! How Cloudflare signs requests and says no.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::wire::Envelope;
use crate::domain::{Credentials, Failure, FailureItem, FailureKind, Secret};
use crate::provider::http::{Answer, Dialect, Limit, Method, Operation, Refusal, Service, Unsigned};

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

    fn steps(&self) -> &'static [&'static str] {
        &["accounts", "organizations", "user", "tokens", "verify", "profile", "members", "zones"]
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
        let kind = kind_of(operation, answer.status, &items);
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
fn kind_of(operation: &Operation, status: u16, items: &[FailureItem]) -> FailureKind {
    let has =
        |codes: &[&str]| items.iter().any(|item| item.code.as_ref().is_some_and(|code| codes.contains(&code.raw())));
    // 971 is reported live with any status.
    if status == 429 || has(&["971"]) {
        return FailureKind::Throttled { retry_after: None };
    }
    let write = Write::of(operation);
    match status {
        // Reported live, with no status: only tenant administrators may.
        400..=499 if matches!(write, Some(Write::Create | Write::Delete)) && has(&["1002"]) => FailureKind::Forbidden,
        401 => FailureKind::Auth,
        // Malformed Authorization header or key; and what account-owned tokens get where they are not taken (reported live).
        400 if has(&["6003", "6103", "6111", "9106"]) => FailureKind::Auth,
        // The identifier cannot be routed; an example in the schema, reported with 400 and with 404.
        400..=499 if has(&["7003"]) => FailureKind::NotFound,
        // A method that a path does not have (reported live; the statuses are not).
        400 if has(&["7001", "10405"]) => FailureKind::Unsupported,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        405 | 501 => FailureKind::Unsupported,
        408 => FailureKind::TimedOut,
        // Nothing changed meanwhile: what is not empty is not deleted, a key is not used twice, a name may be taken, and a
        // move may not be one that there is.
        409 if write.is_some_and(|write| write != Write::Delete) => FailureKind::Refused,
        409 | 412 => FailureKind::Conflict,
        500..=599 => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

/// Writes whose refusals have a meaning or a hint of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Create,
    Delete,
    Move,
    CreateOrganization,
    DeleteOrganization,
}

impl Write {
    fn of(operation: &Operation) -> Option<Self> {
        let path: Vec<&str> = operation.path.iter().map(String::as_str).collect();
        match (operation.method, path.as_slice()) {
            (Method::Post, ["accounts"]) => Some(Self::Create),
            (Method::Delete, ["accounts", _]) => Some(Self::Delete),
            (Method::Post, ["accounts", _, "move"] | ["accounts", "move"]) => Some(Self::Move),
            (Method::Post, ["organizations"]) => Some(Self::CreateOrganization),
            (Method::Delete, ["organizations", _]) => Some(Self::DeleteOrganization),
            _ => None,
        }
    }

    /// What to do after a refusal. The organization family's own codes are not published.
    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("leave the type empty if it is about that: Cloudflare decides what a tenant may make"),
            Self::Delete | Self::CreateOrganization => None,
            // Cloudflare documentation.
            Self::Move => Some(
                "Cloudflare moves a standalone account into an organization, or an account within its hierarchy; all \
                 else only its Support does",
            ),
            Self::DeleteOrganization => Some("move or delete what it holds first: organizations, accounts and members"),
        }
    }
}

fn has_code(items: &[FailureItem], code: &str) -> bool {
    items.iter().any(|item| item.code.as_ref().is_some_and(|own| own.raw() == code))
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
    let write = Write::of(operation);
    match kind {
        FailureKind::Auth => {
            let (cause, hint) = not_accepted(credentials);
            (cause, Some(hint))
        }
        FailureKind::Forbidden if has_code(items, "1002") && matches!(write, Some(Write::Create | Write::Delete)) => (
            "only tenant administrators may create or delete accounts by the API".into(),
            hint("use a tenant administrator's credential; who is none does it in the dashboard"),
        ),
        FailureKind::Forbidden if write == Some(Write::DeleteOrganization) => (
            format!("this {credential} may not delete the organization{}", from(credentials)),
            hint(
                "Cloudflare deletes Enterprise organizations only, for their Super Administrators; an e-mail with its \
                  Global API Key covers more than a token",
            ),
        ),
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
            Some(item) => (item.message.shown().into_owned(), write.and_then(Write::hint).map(str::to_owned)),
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

/// `/organizations…`, `/accounts/{id}/organizations` and the moves.
pub(super) fn is_about_organizations(operation: &Operation) -> bool {
    let is = |step: Option<&String>| step.is_some_and(|step| step == "organizations");
    is(operation.path.first())
        || (operation.path.len() == 3 && is(operation.path.last()))
        || Write::of(operation) == Some(Write::Move)
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
            code: None,
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
            expires: None,
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
        let unsigned = Unsigned {
            method: crate::provider::http::Method::Get,
            url: &url,
            body: "",
            headers: &[],
            now: crate::domain::Moment(0),
        };
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
            (400, "7001", FailureKind::Unsupported),
            (409, "1", FailureKind::Conflict),
            (502, "1", FailureKind::Server),
            (200, "1001", FailureKind::Refused),
        ] {
            let refusal = refusal(&["accounts"], status, &error(code)).unwrap();
            assert_eq!(refusal.kind, kind, "{status} {code}");
        }
    }

    #[test]
    fn refused_writes_say_who_may_and_what_to_do_first() {
        let token = credentials(&[("token", "canary-value")]);
        let refused = |method, path: &[&str], status, code: &str, message: &str| {
            let json =
                format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"{message}"}}],"result":null}}"#);
            let operation = Operation::write(method, path, None);
            CloudflareDialect.refusal(&operation, &answer(status, &json), &token).unwrap()
        };
        for (method, path) in [(Method::Post, &["accounts"][..]), (Method::Delete, &["accounts", "a"])] {
            for status in [400, 403, 422] {
                let refusal = refused(method, path, status, "1002", "no");
                assert_eq!(refusal.kind, FailureKind::Forbidden, "{status}");
                assert!(refusal.cause.contains("tenant administrators"), "{}", refusal.cause);
                assert!(refusal.hint.unwrap().contains("tenant administrator's credential"));
            }
        }
        // The code means something else elsewhere.
        assert_eq!(refused(Method::Put, &["accounts", "a"], 400, "1002", "no").kind, FailureKind::Refused);
        let full = refused(Method::Delete, &["organizations", "o"], 409, "1", "it holds accounts");
        assert_eq!((full.kind, full.cause.as_str()), (FailureKind::Refused, "it holds accounts"));
        assert!(full.hint.unwrap().contains("accounts and members"));
        let enterprise = refused(Method::Delete, &["organizations", "o"], 403, "10000", "no");
        assert!(enterprise.hint.unwrap().contains("Enterprise organizations only"));
        let elsewhere = refused(Method::Post, &["accounts", "a", "move"], 400, "1", "another hierarchy");
        assert_eq!((elsewhere.kind, elsewhere.cause.as_str()), (FailureKind::Refused, "another hierarchy"));
        assert!(elsewhere.hint.unwrap().contains("Support"));
        for path in [&["accounts", "a", "move"][..], &["accounts", "move"]] {
            let closed = refused(Method::Post, path, 403, "10000", "Forbidden");
            assert!(closed.cause.contains("organizations are not enabled"), "{}", closed.cause);
        }
        for (path, words) in
            [(&["organizations"][..], "the name is taken"), (&["accounts", "a", "move"], "it is there")]
        {
            let clash = refused(Method::Post, path, 409, "1", words);
            assert_eq!((clash.kind, clash.cause.as_str()), (FailureKind::Refused, words));
        }
        let used = refused(Method::Post, &["accounts"], 409, "1001", "the key was used");
        assert_eq!(used.kind, FailureKind::Refused);
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
