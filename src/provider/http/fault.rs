//! From what went wrong on the wire to a [`Failure`], and whether the request may go out again.

use std::error::Error as _;
use std::time::Duration;

use super::scan::BodyFault;
use super::{Answer, Effect, Operation, Refusal};
use crate::domain::{Delivery, Failure, FailureKind};

/// What may follow a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it is an answer.
    Stop,
    /// Another attempt: certainly nothing reached the provider.
    Again,
    /// Another attempt if it only reads; the server may have named a wait.
    AgainIfRead(Option<Duration>),
    /// Another attempt after the pause that the provider asked for: it did nothing but refuse.
    Throttled(Option<Duration>),
    /// Another attempt with the credential fetched once more.
    Renew,
}

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) failure: Failure,
    pub(super) next: Next,
}

/// A write that went out without an answer is unknown. A read has no effect whatever became of it.
pub(super) fn unanswered(effect: Effect) -> Delivery {
    match effect {
        Effect::Read => Delivery::Unsent,
        Effect::Write => Delivery::Unknown,
    }
}

/// A fault of the connection, before or within an answer.
pub(super) fn of_wire(error: reqwest::Error, operation: &Operation, host: &str) -> Fault {
    // The URL is in `what`; its query is nobody's business in a message.
    let error = error.without_url();
    let is_unsent = error.is_connect() || error.is_builder();
    let (kind, cause, hint) = words_of_wire(&error, host);
    let delivery = if is_unsent { Delivery::Unsent } else { unanswered(operation.effect) };
    let next = if error.is_builder() || kind == FailureKind::Tls {
        Next::Stop
    } else if is_unsent {
        Next::Again
    } else {
        Next::AgainIfRead(None)
    };
    let mut failure = Failure::new(kind, operation.what(), cause).with_delivery(delivery);
    failure.hint = Some(hint);
    Fault { failure, next }
}

fn words_of_wire(error: &reqwest::Error, host: &str) -> (FailureKind, String, String) {
    if let Some(tls) = tls_error(error) {
        return (FailureKind::Tls, format!("no trusted connection to {host}: {tls}"), tls_hint(&tls).into());
    }
    let depth = deepest(error);
    if error.is_timeout() {
        let cause = if error.is_connect() {
            format!("no connection to {host} within the time allowed")
        } else {
            format!("no complete answer from {host} within the time allowed")
        };
        return (
            FailureKind::TimedOut,
            cause,
            "try again; if it stays so, look at the network and at the provider's status page".into(),
        );
    }
    if error.is_connect() {
        return (
            FailureKind::Unreachable,
            format!("no connection to {host}: {depth}"),
            "look at the network, a proxy (HTTPS_PROXY) and the connection's base_url".into(),
        );
    }
    (
        FailureKind::Unreachable,
        format!("the connection to {host} broke: {depth}"),
        "try again; if it stays so, look at the network between here and the provider".into(),
    )
}

/// The innermost cause: the outer ones only say that something failed.
fn deepest(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

fn tls_error(error: &reqwest::Error) -> Option<rustls::Error> {
    let mut next = error.source();
    while let Some(inner) = next {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        // An I/O error's source is that of the error in it, which would be passed over.
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => inner.source(),
        };
    }
    None
}

fn tls_hint(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return "does this port speak TLS? look at the connection's base_url and at proxies";
    };
    if matches!(
        certificate,
        Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. }
    ) {
        "is this machine's clock right? else the server's certificate is out of date, and whoever runs it must renew it"
    } else if matches!(certificate, Certificate::NotValidForName | Certificate::NotValidForNameContext { .. }) {
        "the certificate belongs to another name: look at the connection's base_url"
    } else if matches!(certificate, Certificate::UnknownIssuer) {
        "behind a proxy that re-signs traffic its CA must be installed on this machine, or named with --ca-cert"
    } else {
        "the server's certificate can't be trusted; ask whoever runs it"
    }
}

/// A fault of the body. The status came, so a write that failed was answered; one that succeeded is unknown, because
/// who sends such bodies may not be the provider.
pub(super) fn of_body(
    status: u16,
    effect: Effect,
    what: String,
    fault: &BodyFault,
    request_id: Option<&crate::domain::Untrusted>,
) -> Fault {
    let mut failure = Failure::new(FailureKind::Unreadable, what, fault.words()).with_delivery(match effect {
        Effect::Read => Delivery::Answered,
        Effect::Write => Delivery::Unknown,
    });
    failure.status = Some(status);
    failure.request_id = request_id.cloned();
    failure.hint = matches!(fault, BodyFault::NotJson(_))
        .then(|| "open the base URL in a browser: a sign-in page of the network, or a wrong base_url".into());
    let next = match fault {
        BodyFault::Cut => Next::AgainIfRead(None),
        BodyFault::NotJson(_) | BodyFault::Encoding(_) | BodyFault::TooDeep(_) | BodyFault::Malformed(_) => Next::Stop,
    };
    Fault { failure, next }
}

/// A redirect: named, never followed.
pub(super) fn of_redirect(status: u16, location: Option<&str>, url: &url::Url, operation: &Operation) -> Fault {
    let target = location.and_then(|location| url.join(location).ok());
    let place = match (&target, location) {
        (Some(target), _) => {
            let host = target.host_str().unwrap_or("no host");
            format!("{}://{host}", target.scheme())
        }
        (None, Some(_)) => "a place that is no URL".into(),
        (None, None) => "nowhere".into(),
    };
    let mut failure = Failure::new(
        FailureKind::Stopped,
        operation.what(),
        format!("the server redirects to {place}; redirects are not followed, and the credential was not sent there"),
    )
    .with_hint("if the API lives there now, set the connection's base_url")
    .with_delivery(Delivery::Answered);
    failure.status = Some(status);
    Fault { failure, next: Next::Stop }
}

/// What to do about a refusal that its provider's own codes say nothing more of.
fn next_step(kind: &FailureKind) -> &'static str {
    match kind {
        FailureKind::Auth => "look at the credential: `acctui doctor` says where it comes from and whether it is taken",
        FailureKind::Forbidden => "use a credential that may do this, or ask an administrator for the right",
        FailureKind::NotFound => "look at the id, and whether this credential sees it: `acctui list --live` asks anew",
        FailureKind::Refused => "change what the provider names, then try again",
        FailureKind::Conflict => "refresh, then try again",
        FailureKind::Throttled { .. } => "wait, then ask again; other programs may use the same credential",
        FailureKind::Server | FailureKind::TimedOut => "try again; if it stays so, see the provider's status page",
        FailureKind::Unsupported => "do it in the provider's dashboard; look at base_url if it should be there",
        FailureKind::Unreachable
        | FailureKind::Tls
        | FailureKind::Unreadable
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => "run `acctui doctor`",
    }
}

/// A refusal by the provider.
pub(super) fn of_refusal(
    refusal: Refusal,
    answer: &Answer,
    operation: &Operation,
    retry_after: Option<Duration>,
) -> Fault {
    // "Not offered" is an answer, whatever its status: Cloud 66 says so with 503.
    // And a failure is one, whatever its status: AWS Organizations answers with 400 throughout.
    let is_failing = answer.status == 408 || answer.status >= 500 || refusal.kind == FailureKind::Server;
    let is_unsure = is_failing && answer.status != 501 && refusal.kind != FailureKind::Unsupported;
    let delivery = match (&refusal.kind, operation.effect) {
        (FailureKind::Throttled { .. }, _) => Delivery::Answered,
        (_, Effect::Write) if is_unsure => Delivery::Unknown,
        (_, Effect::Read | Effect::Write) => Delivery::Answered,
    };
    let next = if matches!(refusal.kind, FailureKind::Throttled { .. }) {
        Next::Throttled(retry_after)
    } else if is_unsure {
        Next::AgainIfRead(retry_after)
    } else if refusal.kind == FailureKind::Auth && !operation.is_probe {
        Next::Renew
    } else {
        Next::Stop
    };
    Fault {
        failure: Failure {
            hint: Some(refusal.hint.unwrap_or_else(|| next_step(&refusal.kind).to_owned())),
            kind: refusal.kind,
            what: operation.what(),
            cause: refusal.cause,
            status: Some(answer.status),
            request_id: answer.request_id.clone(),
            items: refusal.items,
            delivery,
            resent: 0,
        },
        next,
    }
}
