//! What Huawei Cloud's refusals mean.
//!
//! Two parties refuse. The API gateway (`APIGW.…`, older ones `APIG.…`) judges the signature; behind it Organizations
//! (`Organizations.…`) judges what the caller is. Both use status 401 (Huawei documentation), so the code decides.

use super::guard::Why;
use super::signature::{Key, moment};
use crate::domain::{Credentials, FailureItem, FailureKind, Moment, Untrusted};
use crate::provider::http::{Answer, Refusal};

/// The caller's account is in no organization.
pub(super) const NO_ORGANIZATION: &str = "Organizations.1015";

/// The family of codes of the service itself.
const SERVICE_CODES: &str = "Organizations.";

/// What a refusal means, and if it is one of the key, why.
pub(super) fn read(answer: &Answer, credentials: &Credentials, item: Option<FailureItem>) -> (Refusal, Option<Why>) {
    let code = item.as_ref().and_then(|item| item.code.as_ref()).map_or("", Untrusted::raw).to_owned();
    let message = item.as_ref().map_or("", |item| item.message.raw()).to_owned();
    let items: Vec<FailureItem> = item.into_iter().collect();
    let kind = kind_of(answer.status, &code);
    if kind == FailureKind::Auth {
        let KeyRefusal { why, cause, hint } = of_key(&message, credentials);
        return (Refusal { kind, cause, hint: Some(hint), items }, Some(why));
    }
    let (cause, hint) = words(&kind, &code, &message, answer);
    (Refusal { kind, cause, hint: hint.map(str::to_owned), items }, None)
}

/// Whether the service itself answered: the gateway has taken the signature.
pub(super) fn is_from_behind_the_gateway(refusal: &Refusal) -> bool {
    let code = refusal.items.first().and_then(|item| item.code.as_ref());
    code.is_some_and(|code| code.raw().starts_with(SERVICE_CODES))
}

/// Codes go before statuses: the status of some is not documented.
fn kind_of(status: u16, code: &str) -> FailureKind {
    match (status, code) {
        (429, _) | (_, "APIGW.0308" | "APIG.0308") => FailureKind::Throttled { retry_after: None },
        (_, "Organizations.1001" | "Organizations.1002" | "Organizations.1007") => FailureKind::Forbidden,
        (_, NO_ORGANIZATION) => FailureKind::NotFound,
        (_, "Organizations.1003" | "Organizations.1205") => FailureKind::Conflict,
        // Documented with 404, but about a header and not about what was asked for.
        (_, "Organizations.1010") => FailureKind::Refused,
        (401, code) if code.starts_with(SERVICE_CODES) => FailureKind::Forbidden,
        (401, _) => FailureKind::Auth,
        (403, _) => FailureKind::Forbidden,
        (404 | 410, _) => FailureKind::NotFound,
        (405 | 501, _) => FailureKind::Unsupported,
        (408, _) => FailureKind::TimedOut,
        (409 | 412, _) => FailureKind::Conflict,
        (500..=599, _) => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

struct KeyRefusal {
    why: Why,
    cause: String,
    hint: String,
}

/// What a gateway that does not take the signature has against it. All cases share one code; the words are those of the
/// gateway's FAQ and of reports.
fn of_key(message: &str, credentials: &Credentials) -> KeyRefusal {
    const STOPPED: &str =
        "nothing more is sent with it: after five refusals in a row Huawei Cloud locks a key for 5 minutes";
    let kind = Key::of(credentials).map_or("access key", |key| key.words());
    let from = if credentials.source.is_empty() { String::new() } else { format!(" (from {})", credentials.source) };
    let lower = message.to_lowercase();
    if let Some(refusal) = of_clock(&lower, message) {
        return refusal;
    }
    if lower.contains("failed to reach the limit") || lower.contains("locked") {
        return KeyRefusal {
            why: Why::Locked,
            cause: format!("Huawei Cloud has locked this {kind}{from}: too many wrong signatures in a row"),
            hint: "it is free again after 5 minutes; look which program signs with a wrong secret_key".into(),
        };
    }
    let (cause, hint) = if lower.contains("not exist") || lower.contains("secretkey failed") {
        (format!("Huawei Cloud knows no such {kind}{from}"), "check access_key, or make a new key under My Credentials")
    } else if lower.contains("signature fail") {
        (
            format!("the secret_key does not belong to this {kind}{from}"),
            "check secret_key for a missing or an extra character",
        )
    } else if lower.contains("token") {
        (format!("Huawei Cloud does not take the security_token of this {kind}{from}"), "get a new temporary key")
    } else {
        (format!("Huawei Cloud does not accept this {kind}{from}"), "check access_key, secret_key and security_token")
    };
    KeyRefusal { why: Why::Key, cause, hint: format!("{hint}; {STOPPED}") }
}

/// `…signature expired, signature time:20211217T064303Z,server time:20211217T065804Z` (reported live).
fn of_clock(lower: &str, message: &str) -> Option<KeyRefusal> {
    if !lower.contains("signature expired") {
        return None;
    }
    let words = message.split(|char: char| !char.is_ascii_alphanumeric());
    let times: Vec<Moment> = words.filter_map(moment).collect();
    let hint = "set the clock of this machine: it may be off by 15 minutes at most".to_owned();
    let [own, server] = times.as_slice() else {
        let cause = "your clock is wrong: Huawei Cloud calls a signature expired that was made just now";
        return Some(KeyRefusal { why: Why::Key, cause: cause.into(), hint });
    };
    let minutes = own.0.abs_diff(server.0) / 60_000;
    let off = if own < server { "behind" } else { "ahead" };
    let cause = format!(
        "your clock is {minutes} min {off}: it says {} UTC, Huawei Cloud's says {} UTC",
        shown_time(*own),
        shown_time(*server)
    );
    Some(KeyRefusal { why: Why::Clock(*server), cause, hint })
}

fn shown_time(moment: Moment) -> String {
    let millis = i64::try_from(moment.0).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Cause and hint of everything but a key that is refused.
fn words(kind: &FailureKind, code: &str, message: &str, answer: &Answer) -> (String, Option<&'static str>) {
    let own = of_code(code);
    let (cause, hint) = match kind {
        FailureKind::Forbidden => own.unwrap_or(("this key may not do this", Some("ask for the permission"))),
        FailureKind::NotFound if own.is_none() && is_about_the_api(code) => (
            "there is no such API at this address",
            Some("look at the connection's base_url: it has no path at Huawei Cloud's public host"),
        ),
        FailureKind::NotFound => own.unwrap_or((
            "this organization has no such thing, or does not show it to this key",
            Some("refresh: somebody may have removed it"),
        )),
        FailureKind::Conflict => own.unwrap_or(("something else changed meanwhile", Some("refresh, then try again"))),
        FailureKind::Throttled { .. } => ("Huawei Cloud asks to slow down", Some("wait a little")),
        FailureKind::Server => return (format!("Huawei Cloud failed{}", instead_of_json(answer)), Some("try again")),
        FailureKind::Unsupported => ("Huawei Cloud does not offer this here", None),
        FailureKind::TimedOut => ("Huawei Cloud gave up waiting for the request", Some("try again")),
        FailureKind::Auth
        | FailureKind::Refused
        | FailureKind::Unreachable
        | FailureKind::Tls
        | FailureKind::Unreadable
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => match own {
            Some(own) => own,
            None if message.is_empty() => {
                return (format!("Huawei Cloud said no without a reason{}", instead_of_json(answer)), None);
            }
            None => return (crate::domain::shown(message).into_owned(), None),
        },
    };
    (cause.to_owned(), hint)
}

/// Codes whose meaning is documented.
fn of_code(code: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match code {
        "Organizations.1001" => (
            "only the organization's management account may do this; the key is good",
            Some("use a key of the management account"),
        ),
        "Organizations.1002" => (
            "only the management account or a delegated administrator may do this; the key is good",
            Some("use a key of the management account, or have this account made a delegated administrator"),
        ),
        "Organizations.1003" => {
            ("the organization is being changed by something else at this moment", Some("try again a little later"))
        }
        "Organizations.1007" => {
            ("a policy denies this to this key", Some("look at the policies of its user or agency"))
        }
        "Organizations.1010" => ("Huawei Cloud misses a header in the request", Some("a proxy may have taken it out")),
        NO_ORGANIZATION => (
            "the account of this key is in no organization",
            Some("create an organization in the Huawei Cloud console, or use a key of an account that is in one"),
        ),
        "Organizations.1204" => {
            ("the organization has as many OUs as it may", Some("delete one, or have the quota raised by a ticket"))
        }
        "Organizations.1205" => {
            ("there is such an OU already, or the OU is in use", Some("look what stands at that place"))
        }
        "Organizations.1305" => {
            ("the organization has as many accounts as it may", Some("have the quota raised by a ticket"))
        }
        "Organizations.1900" => ("a service that this needs is not trusted by the organization", None),
        _ => return None,
    })
}

/// The gateway's own "not found" (its error codes): nothing is published at this path.
fn is_about_the_api(code: &str) -> bool {
    matches!(code, "APIGW.0101" | "APIG.0101")
}

fn instead_of_json(answer: &Answer) -> String {
    if answer.json.is_some() || answer.content_type.is_empty() {
        return String::new();
    }
    let kind = answer.content_type.split(';').next().unwrap_or_default();
    format!(": its answer was {}", crate::domain::shown(kind.trim()))
}
