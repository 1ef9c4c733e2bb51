//! What AWS's refusals mean. Organizations answers with HTTP 400 nearly throughout, so the name of the error decides; the
//! status is asked where a name is not known. Names and reasons are those of AWS's own model of its API.

use super::dialect::Host;
use super::signature;
use super::wire::Said;
use crate::domain::{Credentials, FailureKind, Moment, Untrusted};
use crate::provider::http::{Answer, Refusal};
use crate::provider::signing::{clock_words, moment};

/// The key's account is in no organization.
pub(super) const NO_ORGANIZATION: &str = "AWSOrganizationsNotInUseException";

/// What stands in the place of a contact that is not set: no error.
pub(super) const NOT_SET: &str = "ResourceNotFoundException";

/// What a refusal means.
pub(super) fn read(answer: &Answer, credentials: &Credentials, said: Option<Said>, host: Host) -> Refusal {
    let code = said.as_ref().and_then(|said| said.item.code.as_ref()).map_or("", Untrusted::raw).to_owned();
    let message = said.as_ref().map_or("", |said| said.item.message.raw()).to_owned();
    let reason = said.as_ref().map_or("", |said| said.reason.as_str()).to_owned();
    let kind = kind_of(answer.status, &code);
    let (cause, hint) = if kind == FailureKind::Auth {
        of_key(&code, &message, credentials)
    } else {
        let said = Words { kind: &kind, code: &code, reason: &reason, message: &message };
        let (cause, hint) = said.words(answer, host);
        (cause, hint.map(str::to_owned))
    };
    Refusal { kind, cause, hint, items: said.into_iter().map(|said| said.item).collect() }
}

/// What a read by an id was refused with as invalid input: an id of another shape, and there can be no such thing.
pub(super) fn of_an_id(refusal: Refusal) -> Refusal {
    let code = refusal.items.first().and_then(|item| item.code.as_ref()).map_or("", Untrusted::raw);
    if refusal.kind != FailureKind::Refused || !matches!(code, "InvalidInputException" | "ValidationException") {
        return refusal;
    }
    let cause = "this organization has no such thing: AWS does not take the id";
    Refusal { kind: FailureKind::NotFound, cause: cause.into(), hint: None, ..refusal }
}

/// Names go before statuses.
fn kind_of(status: u16, code: &str) -> FailureKind {
    match code {
        // Refused without an effect, and to be tried again: both by the SDKs and here.
        "TooManyRequestsException"
        | "ThrottlingException"
        | "Throttling"
        | "RequestLimitExceeded"
        | "ConcurrentModificationException" => FailureKind::Throttled { retry_after: None },
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "RequestExpired"
        | "AuthFailure" => FailureKind::Auth,
        "AccessDeniedException" | "AccessDenied" | "AccessDeniedForDependencyException" | "OptInRequired" => {
            FailureKind::Forbidden
        }
        NO_ORGANIZATION
        | NOT_SET
        | "AccountNotFoundException"
        | "ChildNotFoundException"
        | "CreateAccountStatusNotFoundException"
        | "DestinationParentNotFoundException"
        | "OrganizationalUnitNotFoundException"
        | "ParentNotFoundException"
        | "RootNotFoundException"
        | "TargetNotFoundException" => FailureKind::NotFound,
        // The account stands elsewhere by now.
        "SourceParentNotFoundException" => FailureKind::Conflict,
        "UnsupportedAPIEndpointException" | "UnknownOperationException" => FailureKind::Unsupported,
        "ServiceException" | "InternalServerException" | "InternalFailure" | "ServiceUnavailable" => {
            FailureKind::Server
        }
        // The rest of Organizations' own is about what was asked for.
        _ => of_status(status),
    }
}

fn of_status(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::Auth,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        405 | 501 => FailureKind::Unsupported,
        408 => FailureKind::TimedOut,
        409 | 412 => FailureKind::Conflict,
        429 => FailureKind::Throttled { retry_after: None },
        500..=599 => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

/// What AWS has against a key.
fn of_key(code: &str, message: &str, credentials: &Credentials) -> (String, Option<String>) {
    let kind = signature::key(credentials).map_or("access key", |key| key.words());
    let from = if credentials.source.is_empty() { String::new() } else { format!(" (from {})", credentials.source) };
    if let Some(of_clock) = of_clock(message) {
        return of_clock;
    }
    let (cause, hint) = match code {
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => {
            (format!("this {kind}{from} has expired"), "sign in anew: `aws sso login`, or get a new temporary key")
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" => (
            format!(
                "AWS does not take this {kind}{from}: it is unknown, switched off, or its session_token is another's"
            ),
            "check access_key_id, and session_token with a temporary key",
        ),
        "InvalidSignatureException" | "SignatureDoesNotMatch" => (
            format!("the secret_access_key does not belong to this {kind}{from}"),
            "check secret_access_key for a missing or an extra character",
        ),
        _ => (
            format!("AWS does not accept this {kind}{from}"),
            "check access_key_id, secret_access_key and session_token",
        ),
    };
    (cause, Some(hint.to_owned()))
}

/// `Signature expired: 20150830T123600Z is now earlier than 20150830T130100Z (20150830T131600Z - 15 min.)`, and `Signature
/// not yet current: … is still later than …` (AWS documentation).
fn of_clock(message: &str) -> Option<(String, Option<String>)> {
    let lower = message.to_lowercase();
    if !lower.contains("signature expired") && !lower.contains("not yet current") {
        return None;
    }
    let words = message.split(|char: char| !char.is_ascii_alphanumeric());
    let times: Vec<Moment> = words.filter_map(moment).collect();
    let cause = match times.as_slice() {
        // The last one is the server's own; the one before it is that less what is allowed.
        [own, .., server] => clock_words(*own, *server, "AWS"),
        [] | [_] => "your clock is wrong: AWS calls a signature expired that was made just now".to_owned(),
    };
    Some((cause, Some("set the clock of this machine: it may be off by five minutes at most".into())))
}

/// What is known of a refusal that is not of the key.
struct Words<'a> {
    kind: &'a FailureKind,
    code: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl Words<'_> {
    fn words(&self, answer: &Answer, host: Host) -> (String, Option<&'static str>) {
        if let Some((cause, hint)) = of_reason(self.reason).or_else(|| of_code(self.code, host)) {
            return (cause.to_owned(), hint);
        }
        let (cause, hint) = match self.kind {
            FailureKind::Forbidden => ("this key may not do this", Some("ask for the permission")),
            FailureKind::NotFound => (
                "this organization has no such thing, or does not show it to this key",
                Some("refresh: somebody may have removed it"),
            ),
            FailureKind::Conflict => ("something else changed meanwhile", Some("refresh, then try again")),
            FailureKind::Throttled { .. } => ("AWS asks to slow down", Some("wait a little")),
            FailureKind::Server => return (format!("AWS failed{}", instead_of_json(answer)), Some("try again")),
            FailureKind::Unsupported => ("AWS does not offer this here", None),
            FailureKind::TimedOut => ("AWS gave up waiting for the request", Some("try again")),
            FailureKind::Auth
            | FailureKind::Refused
            | FailureKind::Unreachable
            | FailureKind::Tls
            | FailureKind::Unreadable
            | FailureKind::Stopped
            | FailureKind::Crashed
            | FailureKind::Local
                if self.message.is_empty() =>
            {
                return (format!("AWS said no without a reason{}", instead_of_json(answer)), None);
            }
            FailureKind::Auth
            | FailureKind::Refused
            | FailureKind::Unreachable
            | FailureKind::Tls
            | FailureKind::Unreadable
            | FailureKind::Stopped
            | FailureKind::Crashed
            | FailureKind::Local => return (crate::domain::shown(self.message).into_owned(), None),
        };
        (cause.to_owned(), hint)
    }
}

type Told = (&'static str, Option<&'static str>);

/// Names of errors, in sentences.
fn of_code(code: &str, host: Host) -> Option<Told> {
    Some(match code {
        "AccessDeniedException" | "AccessDenied" if host == Host::Account => (
            "AWS Account Management does not let this key at the account's names and contacts",
            Some(
                "have the organization trust the service (Organizations > Services > AWS Account Management), and ask for \
                 the permissions account:Get… and account:Put…",
            ),
        ),
        "AccessDeniedException" | "AccessDenied" => (
            "this key may not do this: most calls are the management account's, and those of its delegated administrators",
            Some("use a key of the management account, or ask for the permission"),
        ),
        NO_ORGANIZATION => (
            "the account of this key is in no organization",
            Some("create an organization in the AWS console, or use a key of an account that is in one"),
        ),
        "ConcurrentModificationException" => {
            ("the organization is being changed by something else at this moment", Some("try again a little later"))
        }
        "SourceParentNotFoundException" => {
            ("the account does not stand where it is to be taken from", Some("refresh, then plan it anew"))
        }
        "DuplicateAccountException" => ("the account stands there already", None),
        "DuplicateOrganizationalUnitException" => {
            ("there is an OU of that name in the same place", Some("choose another name"))
        }
        "OrganizationalUnitNotEmptyException" => {
            ("AWS deletes only an OU that is empty", Some("move its accounts elsewhere and delete the OUs in it first"))
        }
        "AccountAlreadyClosedException" => ("the account is closed already", None),
        "FinalizingOrganizationException" => ("the organization is still being made", Some("try again in an hour")),
        _ => return None,
    })
}

/// Reasons of constraints, in sentences.
fn of_reason(reason: &str) -> Option<Told> {
    Some(match reason {
        "CLOSE_ACCOUNT_QUOTA_EXCEEDED" => (
            "as many accounts were closed within 30 days as AWS closes",
            Some("close it when the first of them is 30 days closed"),
        ),
        "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED" => {
            ("as many accounts are being closed as AWS closes at a time", Some("wait for them, then close it"))
        }
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT" => ("the management account is not closed from its organization", None),
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED" => {
            ("the organization has as many accounts as it may", Some("have the quota raised in the AWS console"))
        }
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED" => {
            ("AWS has made as many accounts for a day as it makes in one", Some("try again tomorrow"))
        }
        "OU_NUMBER_LIMIT_EXCEEDED" => ("the organization has as many OUs as it may", Some("delete one")),
        "OU_DEPTH_LIMIT_EXCEEDED" => ("AWS nests OUs five deep", Some("choose a place further up")),
        _ => return None,
    })
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
    use crate::domain::{FailureItem, Secret};

    fn refused(status: u16, code: &str, reason: &str, message: &str) -> Refusal {
        let answer = Answer {
            status,
            json: Some("{}".into()),
            content_type: "application/x-amz-json-1.1".into(),
            request_id: None,
            code: None,
            notices: Vec::new(),
            what: "POST / ListAccounts".into(),
            resent: 0,
        };
        let fields = ["access_key_id", "secret_access_key"].map(|name| (name.to_owned(), Secret::new("canary-value")));
        let credentials = Credentials {
            fields: fields.into(),
            source: "environment variable AWS_ACCESS_KEY_ID".into(),
            expires: None,
        };
        let code = (!code.is_empty()).then(|| Untrusted::new(code));
        let item = FailureItem { code, message: Untrusted::new(message), ..FailureItem::default() };
        read(&answer, &credentials, Some(Said { item, reason: reason.into() }), Host::Organizations)
    }

    #[test]
    fn names_and_statuses_become_kinds() {
        for (status, code, kind) in [
            (400, "TooManyRequestsException", FailureKind::Throttled { retry_after: None }),
            (400, "ConcurrentModificationException", FailureKind::Throttled { retry_after: None }),
            (429, "", FailureKind::Throttled { retry_after: None }),
            (400, "UnrecognizedClientException", FailureKind::Auth),
            (403, "InvalidSignatureException", FailureKind::Auth),
            (400, "ExpiredTokenException", FailureKind::Auth),
            (403, "ExpiredTokenException", FailureKind::Auth),
            (400, "AccessDeniedException", FailureKind::Forbidden),
            (403, "", FailureKind::Forbidden),
            (400, "AWSOrganizationsNotInUseException", FailureKind::NotFound),
            (400, "AccountNotFoundException", FailureKind::NotFound),
            (404, "ResourceNotFoundException", FailureKind::NotFound),
            (400, "SourceParentNotFoundException", FailureKind::Conflict),
            (409, "ConflictException", FailureKind::Conflict),
            (400, "OrganizationalUnitNotEmptyException", FailureKind::Refused),
            (400, "InvalidInputException", FailureKind::Refused),
            (400, "SomethingNewException", FailureKind::Refused),
            (400, "UnsupportedAPIEndpointException", FailureKind::Unsupported),
            (400, "ServiceException", FailureKind::Server),
            (502, "", FailureKind::Server),
        ] {
            let refusal = refused(status, code, "", "m");
            assert_eq!(refusal.kind, kind, "{status} {code}");
            assert!(!refusal.cause.is_empty());
            assert!(!format!("{refusal:?}").contains("canary"));
        }
    }

    #[test]
    fn an_id_of_another_shape_is_nothings() {
        assert_eq!(of_an_id(refused(400, "InvalidInputException", "", "m")).kind, FailureKind::NotFound);
        for code in ["AccessDeniedException", "ConstraintViolationException", "TooManyRequestsException"] {
            let as_it_was = refused(400, code, "", "m").kind;
            assert_eq!(of_an_id(refused(400, code, "", "m")).kind, as_it_was, "{code}");
        }
    }

    #[test]
    fn each_fault_of_a_key_is_named_with_its_source() {
        for (code, expected) in [
            ("UnrecognizedClientException", "does not take this access key"),
            ("SignatureDoesNotMatch", "secret_access_key does not belong"),
            ("ExpiredTokenException", "has expired"),
            ("AuthFailure", "does not accept"),
        ] {
            let refusal = refused(403, code, "", "m");
            assert!(refusal.cause.contains(expected), "{}", refusal.cause);
            assert!(refusal.cause.contains("AWS_ACCESS_KEY_ID"), "{}", refusal.cause);
            assert!(refusal.hint.is_some());
        }
    }

    #[test]
    fn a_clock_that_is_off_is_named_with_both_times() {
        let text =
            "Signature expired: 20211217T064303Z is now earlier than 20211217T064404Z (20211217T065904Z - 15 min.)";
        let slow = refused(403, "InvalidSignatureException", "", text);
        assert_eq!(
            slow.cause,
            "your clock is 16 min behind: it says 2021-12-17 06:43:03 UTC, AWS's says 2021-12-17 06:59:04 UTC"
        );
        let text = "Signature not yet current: 20211217T075904Z is still later than 20211217T071404Z \
                    (20211217T065904Z + 15 min.)";
        let fast = refused(403, "SignatureDoesNotMatch", "", text);
        assert!(fast.cause.contains("60 min ahead"), "{}", fast.cause);
        assert!(refused(403, "SignatureDoesNotMatch", "", "Signature expired").cause.starts_with("your clock"));
    }

    #[test]
    fn quotas_of_closing_are_named() {
        let refusal = refused(400, "ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED", "m");
        assert_eq!(refusal.kind, FailureKind::Refused);
        assert!(refusal.cause.contains("30 days") && refusal.hint.is_some());
        let other = refused(400, "ConstraintViolationException", "SOMETHING_NEW", "the words of AWS");
        assert_eq!(other.cause, "the words of AWS");
    }
}
