//! What Huawei Cloud's refusals mean.
//!
//! Two parties refuse. The API gateway (`APIGW.…`, older ones `APIG.…`) judges the signature; behind it Organizations
//! (`Organizations.…`) judges what the caller is. Both use status 401 (Huawei documentation), so the code decides.

use super::guard::Why;
use super::signature;
use crate::domain::{Credentials, FailureItem, FailureKind, Moment, Untrusted};
use crate::provider::http::{Answer, Refusal};
use crate::provider::signing::{clock_words, moment};

/// The caller's account is in no organization.
pub(super) const NO_ORGANIZATION: &str = "Organizations.1015";

/// The organization is being changed by something else (Huawei documentation).
const CONCURRENT: &str = "Organizations.1003";

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

/// What a read by an id was refused with as a bad request: how an id is refused that does not have the documented shape is
/// not documented (assumption: 400), and there can be no such thing.
pub(super) fn of_an_id(refusal: Refusal) -> Refusal {
    if refusal.kind != FailureKind::Refused {
        return refusal;
    }
    let cause = "this organization has no such thing: Huawei Cloud does not take the id";
    Refusal { kind: FailureKind::NotFound, cause: cause.into(), hint: None, ..refusal }
}

/// What a write can be refused with that no code is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// Something that is not empty is to be deleted.
    Holds,
    /// Something like it is there already.
    There,
}

/// A 409 says that a write does not go with what is there; only that of 1003 is about somebody else who is at it at the
/// same time (Huawei documentation). The code of an OU that is not empty is not published.
pub(super) fn of_a_clash(refusal: Refusal, clash: Clash) -> Refusal {
    let code = refusal.items.first().and_then(|item| item.code.as_ref()).map_or("", Untrusted::raw);
    if refusal.kind != FailureKind::Conflict || code == CONCURRENT {
        return refusal;
    }
    let (cause, hint) = match clash {
        Clash::Holds => (
            "Huawei Cloud deletes only an OU that is empty",
            "move its accounts elsewhere and delete the OUs in it first",
        ),
        Clash::There => ("this does not go with what is there already", "look whether there is one of that name"),
    };
    Refusal { kind: FailureKind::Refused, cause: cause.into(), hint: Some(hint.into()), ..refusal }
}

/// Codes go before statuses: the status of some is not documented.
fn kind_of(status: u16, code: &str) -> FailureKind {
    match (status, code) {
        (429, _) | (_, "APIGW.0308" | "APIG.0308") => FailureKind::Throttled { retry_after: None },
        (_, "Organizations.1001" | "Organizations.1002" | "Organizations.1007") => FailureKind::Forbidden,
        (_, NO_ORGANIZATION) => FailureKind::NotFound,
        (_, CONCURRENT | "Organizations.1205") => FailureKind::Conflict,
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
    let kind = signature::key(credentials).map_or("access key", |key| key.words());
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
    let cause = clock_words(*own, *server, "Huawei Cloud");
    Some(KeyRefusal { why: Why::Clock(*server), cause, hint })
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
        CONCURRENT => {
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
        "Organizations.1900" => (
            "a service that this needs is not trusted by the organization",
            Some("the management account enables it as a trusted service in the Huawei Cloud console"),
        ),
        "Organizations.1004" | "Organizations.1005" | "Organizations.1006" | "Organizations.1008"
        | "Organizations.1009" | "Organizations.1011" | "Organizations.1012" | "Organizations.1013" => (
            "Huawei Cloud could not make out the rights of this key within its own services",
            Some("try again; if it stays so, give Huawei Cloud's support the request id"),
        ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Secret;

    fn credentials() -> Credentials {
        let fields = ["access_key", "secret_key"].map(|name| (name.to_owned(), Secret::new("canary-value")));
        Credentials { fields: fields.into(), source: "environment variable HUAWEICLOUD_SDK_AK".into(), expires: None }
    }

    fn refused(status: u16, code: &str, message: &str) -> (Refusal, Option<Why>) {
        let answer = Answer {
            status,
            json: Some("{}".into()),
            content_type: "application/json".into(),
            code: None,
            request_id: None,
            notices: Vec::new(),
            what: "GET /v1/organizations/accounts".into(),
            resent: 0,
        };
        let code = (!code.is_empty()).then(|| Untrusted::new(code));
        let item = FailureItem { code, message: Untrusted::new(message), ..FailureItem::default() };
        read(&answer, &credentials(), Some(item))
    }

    #[test]
    fn codes_and_statuses_become_kinds() {
        for (status, code, kind) in [
            (401, "APIGW.0301", FailureKind::Auth),
            (401, "APIG.0301", FailureKind::Auth),
            (401, "", FailureKind::Auth),
            (401, "Organizations.1001", FailureKind::Forbidden),
            (401, "Organizations.1002", FailureKind::Forbidden),
            (403, "Organizations.1001", FailureKind::Forbidden),
            (401, "Organizations.1999", FailureKind::Forbidden),
            (401, "Organizations.1015", FailureKind::NotFound),
            (403, "Organizations.1007", FailureKind::Forbidden),
            (403, "APIGW.0302", FailureKind::Forbidden),
            (404, "Organizations.1010", FailureKind::Refused),
            (409, "Organizations.1003", FailureKind::Conflict),
            (409, "Organizations.1205", FailureKind::Conflict),
            (400, "Organizations.1204", FailureKind::Refused),
            (400, "Organizations.1305", FailureKind::Refused),
            (400, "Organizations.1004", FailureKind::Refused),
            (404, "Organizations.1301", FailureKind::NotFound),
            (404, "APIGW.0101", FailureKind::NotFound),
            (429, "APIGW.0308", FailureKind::Throttled { retry_after: None }),
            (405, "", FailureKind::Unsupported),
            (502, "", FailureKind::Server),
        ] {
            let (refusal, why) = refused(status, code, "m");
            assert_eq!(refusal.kind, kind, "{status} {code}");
            assert_eq!(why.is_some(), kind == FailureKind::Auth, "{status} {code}");
            assert!(!refusal.cause.is_empty());
        }
    }

    #[test]
    fn a_role_is_told_from_a_key() {
        let (management, _) = refused(401, "Organizations.1001", "m");
        assert!(management.cause.contains("only the organization's management account"), "{}", management.cause);
        let (delegated, _) = refused(401, "Organizations.1002", "m");
        assert!(delegated.cause.contains("delegated administrator") && delegated.cause.contains("the key is good"));
        let (concurrent, _) = refused(409, "Organizations.1003", "m");
        assert!(concurrent.hint.unwrap().contains("later"));
    }

    #[test]
    fn what_is_not_empty_is_not_said_to_have_changed_meanwhile() {
        for code in ["Organizations.1206", "Organizations.1205", ""] {
            let full = of_a_clash(refused(409, code, "m").0, Clash::Holds);
            assert_eq!(full.kind, FailureKind::Refused, "{code}");
            assert!(full.cause.contains("empty") && full.hint.unwrap().contains("move its accounts"), "{code}");
        }
        let there = of_a_clash(refused(409, "Organizations.1302", "m").0, Clash::There);
        assert!(there.hint.unwrap().contains("of that name"));
        for (status, code) in [(409, "Organizations.1003"), (403, "Organizations.1001")] {
            let (as_it_was, _) = refused(status, code, "m");
            let (kind, cause) = (as_it_was.kind.clone(), as_it_was.cause.clone());
            let now = of_a_clash(as_it_was, Clash::Holds);
            assert_eq!((now.kind, now.cause), (kind, cause), "{code}");
        }
    }

    #[test]
    fn each_fault_of_a_key_is_named_without_its_value() {
        for (message, expected, why) in [
            ("Incorrect IAM authentication information: verify aksk signature fail", "secret_key does not", Why::Key),
            (
                "Incorrect IAM authentication information: Get secretKey failed,ak:******,err:ak not exist",
                "knows no such access key",
                Why::Key,
            ),
            (
                "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden.",
                "has locked this access key",
                Why::Locked,
            ),
            ("Incorrect IAM authentication information: decrypt token fail", "security_token", Why::Key),
            ("anything", "does not accept", Why::Key),
        ] {
            let (refusal, found) = refused(401, "APIGW.0301", message);
            assert!(refusal.cause.contains(expected), "{}", refusal.cause);
            assert!(refusal.cause.contains("HUAWEICLOUD_SDK_AK"), "{}", refusal.cause);
            assert!(refusal.hint.as_ref().unwrap().contains("5 minutes"));
            assert!(!format!("{refusal:?}").contains("canary"));
            assert_eq!(found, Some(why), "{message}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_named_with_both_times() {
        let text = |own: &str, server: &str| {
            format!(
                "Incorrect IAM authentication information: calc aksk signature fail:signature expired, signature \
                 time:{own},server time:{server}"
            )
        };
        let (slow, why) = refused(401, "APIGW.0301", &text("20211217T064303Z", "20211217T065904Z"));
        assert_eq!(
            slow.cause,
            "your clock is 16 min behind: it says 2021-12-17 06:43:03 UTC, Huawei Cloud's says 2021-12-17 06:59:04 UTC"
        );
        assert!(slow.hint.unwrap().contains("set the clock"));
        assert_eq!(why, moment("20211217T065904Z").map(Why::Clock));
        let (fast, _) = refused(401, "APIGW.0301", &text("20211217T075904Z", "20211217T065904Z"));
        assert!(fast.cause.contains("60 min ahead"), "{}", fast.cause);
        let (odd, why) = refused(401, "APIGW.0301", &text("yesterday", "now"));
        assert!(odd.cause.starts_with("your clock"), "{}", odd.cause);
        assert_eq!(why, Some(Why::Key));
    }
}
