//! How Landscape's requests carry who asks, and how Landscape says no.

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use url::Url;

use super::sign;
use super::wire::{self, Object};
use crate::domain::{Credentials, Failure, FailureItem, FailureKind, Untrusted, shown};
use crate::provider::http::{Answer, Dialect, Operation, Refusal, Service, Unsigned};

/// The public REST API (Landscape documentation). Self-hosted servers have theirs at the same path.
pub(super) const BASE_URL: &str = "https://landscape.canonical.com/api/v2";

/// The field of a credential that holds a login's token.
pub(super) const TOKEN: &str = "jwt";

/// No limit is documented.
static SERVICE: Service =
    Service { title: "Landscape", base_url: BASE_URL, limit: None, in_flight: 8, request_id: &[], notices: &[] };

/// How requests of a client carry who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Not at all: logging in, and what can be asked before.
    Door,
    /// By the token of a login.
    Token,
    /// By the legacy signature of an access key.
    Signed,
}

impl Dialect for Way {
    /// The token is one of the login's, which stays the same.
    fn keeps_holder(&self) -> bool {
        true
    }

    fn service(&self) -> &'static Service {
        &SERVICE
    }

    fn steps(&self) -> &'static [&'static str] {
        &[
            "v2",
            "login",
            "access-key",
            "computers",
            "preferences",
            "legacy-licenses",
            "contracts",
            "invitations",
            "standalone-account",
            "switch-account",
        ]
    }

    fn sign(
        &self,
        request: &Unsigned<'_>,
        credentials: &Credentials,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let Self::Token = self else {
            return Ok(Vec::new());
        };
        let token = credentials.get(TOKEN);
        let value = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok());
        let mut value = value.ok_or_else(|| {
            let what = format!("{} {}", request.method.word(), request.url.path());
            Failure::new(FailureKind::Auth, what, "the login's token holds characters that no token has")
        })?;
        value.set_sensitive(true);
        Ok(vec![(AUTHORIZATION, value)])
    }

    fn signed_url(&self, request: &Unsigned<'_>, credentials: &Credentials) -> Result<Option<Url>, Failure> {
        let Self::Signed = self else {
            return Ok(None);
        };
        let (Some(key), Some(secret)) = (credentials.get("access_key"), credentials.get("secret_key")) else {
            let what = format!("{} {}", request.method.word(), request.url.path());
            return Err(Failure::new(FailureKind::Auth, what, "there is no access key")
                .with_hint("give the connection access_key and secret_key"));
        };
        Ok(Some(sign::signed(request, key, secret)))
    }

    fn refusal(&self, operation: &Operation, answer: &Answer, _credentials: &Credentials) -> Option<Refusal> {
        let items = answer.json.as_deref().map(items).unwrap_or_default();
        if answer.is_success() && !says_no(answer) {
            return None;
        }
        let kind = kind_of(operation, answer.status, &items);
        let (cause, hint) = self.words_of(&kind, answer, &items);
        let hint = hint.or_else(|| hint_of(&items)).map(str::to_owned);
        Some(Refusal { kind, cause, hint, items })
    }
}

impl Way {
    fn words_of(self, kind: &FailureKind, answer: &Answer, items: &[FailureItem]) -> (String, Option<&'static str>) {
        match kind {
            FailureKind::Auth => match self {
                Self::Door => ("Landscape does not accept this login".into(), None),
                Self::Token => ("Landscape does not take this login's token any more".into(), Some("log in again")),
                Self::Signed => (
                    "Landscape does not accept this access key's signature".into(),
                    Some("look at access_key and secret_key, and at this machine's clock: the time is signed too"),
                ),
            },
            FailureKind::Forbidden => (
                "this user may not do this in this account, or the account is disabled".into(),
                Some(
                    "an administrator of the account gives roles; a disabled account is enabled by whoever runs the server",
                ),
            ),
            FailureKind::NotFound => ("Landscape knows no such thing, or does not show it to this user".into(), None),
            FailureKind::Unsupported => (
                "this server does not offer this".into(),
                Some("the REST API needs Landscape 24.04 or newer; base_url ends in /api/v2"),
            ),
            FailureKind::Server => (
                format!("Landscape failed{}", instead_of_json(answer)),
                Some("try again; servers before 26.04 fail like this for a disabled account, too"),
            ),
            FailureKind::Throttled { .. } => ("Landscape asks for fewer requests".into(), Some("wait a little")),
            FailureKind::TimedOut => ("Landscape gave up waiting for the request".into(), None),
            FailureKind::Refused if answer.status == 415 => (
                "the server does not take the content type, though JSON was sent".into(),
                Some("does a proxy between here and the server change requests?"),
            ),
            FailureKind::Refused
            | FailureKind::Conflict
            | FailureKind::Unreachable
            | FailureKind::Tls
            | FailureKind::Unreadable
            | FailureKind::Stopped
            | FailureKind::Crashed
            | FailureKind::Local => (said(answer, items), None),
        }
    }
}

/// A 2xx that says that the request failed.
fn says_no(answer: &Answer) -> bool {
    let object = answer.json.as_deref().and_then(Object::read);
    object.is_some_and(|object| object.flag("success") == Some(false) || object.filled("error").is_some())
}

/// All errors in any of the shapes: `{error, message}` (Landscape documentation), `{code, message}` (reported),
/// `{errors: [{error, message}]}` (legacy).
fn items(text: &str) -> Vec<FailureItem> {
    let Some(object) = Object::read(text) else {
        return Vec::new();
    };
    if let Some(errors) = object.list("errors") {
        return errors.into_iter().map(item).collect();
    }
    let is_empty = ["error", "code", "message", "detail"].iter().all(|key| object.raw(key).is_none());
    if is_empty { Vec::new() } else { vec![item(text)] }
}

fn item(text: &str) -> FailureItem {
    let Some(object) = Object::read(text) else {
        let message = wire::scalar(text).unwrap_or_else(|| text.to_owned());
        return FailureItem { message: Untrusted::from(message), ..FailureItem::default() };
    };
    let first = |keys: &[&str]| keys.iter().find_map(|key| object.filled(key));
    FailureItem {
        code: first(&["error", "code"]),
        message: first(&["message", "detail"]).unwrap_or_default(),
        ..FailureItem::default()
    }
}

/// The status decides, then the code: legacy calls say much with 400.
fn kind_of(operation: &Operation, status: u16, items: &[FailureItem]) -> FailureKind {
    let has = |codes: &[&str]| {
        let code = |item: &FailureItem| item.code.as_ref().is_some_and(|code| codes.contains(&code.raw()));
        items.iter().any(code)
    };
    match status {
        // A login that fails is answered with 400 or 401 (reported).
        400 if is_login(operation) => FailureKind::Auth,
        401 => FailureKind::Auth,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        405 | 501 => FailureKind::Unsupported,
        408 => FailureKind::TimedOut,
        409 | 412 => FailureKind::Conflict,
        429 => FailureKind::Throttled { retry_after: None },
        500..=599 => FailureKind::Server,
        _ if has(&["SignatureDoesNotMatch", "AuthFailure", "InvalidCredentials"]) => FailureKind::Auth,
        _ if has(&["Unauthorised", "Unauthorized", "Forbidden"]) => FailureKind::Forbidden,
        _ if has(&["UnknownAccessGroup", "UnknownAccessGroups", "UnknownRole", "NotFound"]) => FailureKind::NotFound,
        _ => FailureKind::Refused,
    }
}

fn is_login(operation: &Operation) -> bool {
    operation.path.iter().any(|step| step == "login")
}

/// What to do about some of the codes (Landscape documentation names them).
fn hint_of(items: &[FailureItem]) -> Option<&'static str> {
    let code = items.iter().find_map(|item| item.code.as_ref())?;
    match code.raw() {
        "DuplicateAccessGroup" | "DuplicateRoleName" => Some("take another name"),
        "InvalidAccessGroup" => Some("a title takes letters, digits, spaces, . and -"),
        "ReadOnlyRole" => Some("GlobalAdmin cannot be changed"),
        "MaximumAccountAdministrators" => Some("the account's licence takes no more administrators"),
        "RepeatedInvitation" => Some("an invitation is open already; it can be sent again"),
        "PersonNotMemberOfAccount" => Some("invite the person first"),
        "SelfRevokeGlobalAdmin" => Some("another administrator has to do it"),
        "MissingParameter" => Some("a value is missing: fill in every field"),
        _ => None,
    }
}

/// The provider's own words, or what there is instead.
fn said(answer: &Answer, items: &[FailureItem]) -> String {
    let words = items.iter().find_map(|item| {
        let is_said = !item.message.is_empty();
        is_said
            .then(|| item.message.shown().into_owned())
            .or_else(|| item.code.as_ref().map(|code| code.shown().into_owned()))
    });
    words.unwrap_or_else(|| format!("Landscape said no without a reason{}", instead_of_json(answer)))
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
    use crate::domain::Secret;

    fn refusal(path: &[&str], status: u16, json: &str) -> Option<Refusal> {
        let answer = Answer {
            status,
            json: (!json.is_empty()).then(|| json.to_owned()),
            content_type: "text/html; charset=utf-8".into(),
            code: None,
            request_id: None,
            notices: Vec::new(),
            what: "GET /v2/x".into(),
            resent: 0,
        };
        Way::Token.refusal(&Operation::read(path), &answer, &Credentials::default())
    }

    #[test]
    fn statuses_and_codes_become_kinds() {
        for (path, status, code, kind) in [
            ("preferences", 401, "Unauthorized", FailureKind::Auth),
            ("preferences", 403, "Forbidden", FailureKind::Forbidden),
            ("preferences", 404, "NotFound", FailureKind::NotFound),
            ("login", 400, "BadRequest", FailureKind::Auth),
            ("login", 403, "Forbidden", FailureKind::Forbidden),
            ("accounts", 400, "BadRequest", FailureKind::Refused),
            ("accounts", 415, "UnsupportedMediaType", FailureKind::Refused),
            ("api", 400, "SignatureDoesNotMatch", FailureKind::Auth),
            ("api", 400, "Unauthorised", FailureKind::Forbidden),
            ("api", 400, "UnknownAccessGroup", FailureKind::NotFound),
            ("api", 405, "x", FailureKind::Unsupported),
            ("api", 429, "x", FailureKind::Throttled { retry_after: None }),
            ("api", 502, "x", FailureKind::Server),
            ("accounts", 200, "BadRequest", FailureKind::Refused),
        ] {
            let body = format!(r#"{{"error":"{code}","message":"m","detail":null}}"#);
            assert_eq!(refusal(&["v2", path], status, &body).unwrap().kind, kind, "{path} {status} {code}");
        }
    }

    #[test]
    fn every_shape_of_an_error_is_read() {
        let said = |json: &str| {
            let refusal = refusal(&["v2", "accounts"], 400, json).unwrap();
            let items = refusal.items.into_iter();
            let items: Vec<_> = items
                .map(|item| (item.code.map(|code| code.raw().to_owned()), item.message.raw().to_owned()))
                .collect();
            (refusal.cause, items)
        };
        let one = |code: &str, message: &str| vec![(Some(code.to_owned()), message.to_owned())];
        assert_eq!(said(r#"{"error":"BadRequest","message":"No"}"#), ("No".into(), one("BadRequest", "No")));
        assert_eq!(said(r#"{"code":17,"message":"No"}"#), ("No".into(), one("17", "No")));
        assert_eq!(said(r#"{"error":"BadRequest","message":null}"#), ("BadRequest".into(), one("BadRequest", "")));
        let (cause, items) = said(r#"{"errors":[{"error":"A","message":"1"},{"error":"B"},"odd",null]}"#);
        assert_eq!((cause.as_str(), items.len()), ("1", 4));
        assert_eq!(items[2], (None, "odd".into()));
        for empty in ["", "{}", "[]", "null"] {
            assert!(said(empty).0.starts_with("Landscape said no without a reason"), "{empty}");
        }
    }

    #[test]
    fn a_success_is_no_refusal() {
        for json in ["", "{}", "[]", r#"{"error":null,"message":"hello"}"#, r#"{"exists":false}"#] {
            assert!(refusal(&["v2", "x"], 200, json).is_none(), "{json}");
        }
        assert!(refusal(&["v2", "x"], 200, r#"{"success":false}"#).is_some());
    }

    #[test]
    fn each_refusal_that_has_a_way_out_says_it() {
        let hint = |status, code: &str| {
            refusal(&["v2", "x"], status, &format!(r#"{{"error":"{code}","message":"m"}}"#)).unwrap().hint.unwrap()
        };
        assert!(hint(403, "Forbidden").contains("disabled"));
        assert!(hint(415, "x").contains("proxy"));
        assert!(hint(400, "DuplicateAccessGroup").contains("another name"));
        assert!(hint(405, "x").contains("24.04"));
    }

    #[test]
    fn a_token_is_marked_sensitive_and_one_that_no_header_can_carry_is_not_shown() {
        let url = Url::parse(BASE_URL).unwrap();
        let unsigned = Unsigned {
            method: crate::provider::http::Method::Get,
            url: &url,
            body: "",
            headers: &[],
            now: crate::domain::Moment(0),
        };
        let with = |token: &str| Credentials {
            fields: [(TOKEN.to_owned(), Secret::new(token))].into(),
            source: String::new(),
            expires: None,
        };
        let signed = Way::Token.sign(&unsigned, &with("canary")).unwrap();
        assert!(!format!("{signed:?}").contains("canary"));
        let failure = Way::Token.sign(&unsigned, &with("canary\n")).unwrap_err();
        assert!(!format!("{failure:?}").contains("canary"));
        assert!(Way::Door.sign(&unsigned, &with("canary")).unwrap().is_empty());
    }
}
