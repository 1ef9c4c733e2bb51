//! Who asks, and whether they may. The access key [`ACCESS_KEY`] may do everything; `SIMACCESSKEY-READONLY` belongs to a
//! member account that is a delegated administrator, `SIMACCESSKEY-MEMBER` to a plain member. All have the same secret,
//! and may come with the security token `sim-security-token` of temporary credentials.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::sim::assume::Choices;
use crate::sim::credential::{ACCESS_KEY, Kind, SECRET_KEY, TOKEN};
use crate::sim::request::Ask;

use super::open;
use super::operation::Operation;
use super::problem::Problem;
use super::signature::{Claim, Signed};

const READ_ONLY_KEY: &str = "SIMACCESSKEY-READONLY";
const MEMBER_KEY: &str = "SIMACCESSKEY-MEMBER";
/// The security token of temporary credentials that hold.
const SECURITY_TOKEN: &str = "sim-security-token";
/// The security token of temporary credentials past their time.
const EXPIRED_TOKEN: &str = "sim-security-token-expired";

const DATE: &str = "%Y%m%dT%H%M%SZ";
/// How far a client's clock may be off, in seconds (reported live).
const SKEW: i64 = 15 * 60;
/// Huawei documentation: more than five failures in a row lock the key for five minutes.
const FAILURES: u32 = 5;
const LOCKED: Duration = Duration::from_secs(5 * 60);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The management account.
    Management,
    /// A member that is a delegated administrator of some service.
    Delegate,
    /// Any other member.
    Member,
}

/// The failures in a row of each access key, and since when it is locked.
#[derive(Debug, Default)]
pub(super) struct Locks(Mutex<HashMap<String, (u32, Option<Instant>)>>);

impl Locks {
    /// Whether the key is locked now. A lock that is over leaves no failures behind.
    fn is_locked(&self, key: &str, now: Instant) -> bool {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = keys.get(key).and_then(|(_, since)| *since);
        let Some(since) = since else { return false };
        let locked = now.duration_since(since) < LOCKED;
        if !locked {
            keys.remove(key);
        }
        locked
    }

    fn failed(&self, key: &str, now: Instant) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (failures, since) = keys.entry(key.to_owned()).or_insert((0, None));
        *failures += 1;
        if *failures > FAILURES {
            *since = Some(now);
        }
    }

    fn succeeded(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// The kind of credential that a request carries.
pub(super) fn kind(ask: &Ask) -> Kind {
    match ask.header("authorization") {
        Some(header) if header.starts_with("SDK-") => Kind::AccessKey,
        Some(_) => Kind::Token,
        None if ask.headers.contains_key("x-auth-token") => Kind::Token,
        None => Kind::None,
    }
}

/// Who asks: whom the access key belongs to, or how it is refused. The words are those of live answers where some are
/// reported; the status and the code are always the same.
pub(super) fn caller(
    ask: &Ask,
    choices: &Choices,
    locks: &Locks,
    wall: Timestamp,
    now: Instant,
) -> Result<Caller, Problem> {
    let Some(header) = ask.header("authorization") else {
        return iam_token(ask, choices);
    };
    let claim = Claim::parse(header).ok_or_else(|| Problem::credential("the Authorization header is malformed"))?;
    let key = claim.access_key;
    let caller = match key {
        ACCESS_KEY => Caller::Management,
        READ_ONLY_KEY => Caller::Delegate,
        MEMBER_KEY => Caller::Member,
        _ => return Err(Problem::credential(format_args!("ak {key} not exist"))),
    };
    if locks.is_locked(key, now) {
        let detail = format_args!("ak {key} is locked after too many signature failures, try again in 5 minutes");
        return Err(Problem::credential(detail));
    }
    let date = match date(ask, &claim, wall) {
        Ok(date) => date,
        Err(problem) => {
            if choices.of(open::LOCK_COUNTS) == "signatures-and-clock" {
                locks.failed(key, now);
            }
            return Err(problem);
        }
    };
    signed_headers(ask, choices, &claim)?;
    let signed = Signed {
        method: ask.method.as_str(),
        path: &ask.path,
        query: &ask.query,
        headers: &ask.headers,
        body: &ask.body,
    };
    let raw = choices.of(open::UNENCODED_PATH) == "refused" && ask.path.contains(':');
    let verified = if raw { Err(ask.path.clone()) } else { claim.verify(&signed, date, SECRET_KEY) };
    if let Err(canonical) = verified {
        locks.failed(key, now);
        let detail = format_args!("verify aksk signature fail, canonicalRequest:{canonical}");
        return Err(Problem::credential(detail));
    }
    locks.succeeded(key);
    security_token(ask)?;
    Ok(caller)
}

/// `X-Auth-Token`, the other credential of Huawei's services, which no table of Organizations lists.
fn iam_token(ask: &Ask, choices: &Choices) -> Result<Caller, Problem> {
    match ask.header("x-auth-token") {
        None => Err(Problem::credential("x-auth-token not found")),
        Some(TOKEN) if choices.of(open::IAM_TOKEN) == "accepted" => Ok(Caller::Management),
        Some(_) => Err(Problem::credential("decrypt token fail")),
    }
}

/// The signature's date, signed and not too far from now.
fn date<'a>(ask: &'a Ask, claim: &Claim<'_>, wall: Timestamp) -> Result<&'a str, Problem> {
    let failed = |detail: &str| Problem::credential(format_args!("calc aksk signature fail:{detail}"));
    let text = ask.header("x-sdk-date").map(str::trim).ok_or_else(|| failed("x-sdk-date not found"))?;
    if !claim.signs("x-sdk-date") {
        return Err(failed("x-sdk-date is not among the signed headers"));
    }
    let civil = DateTime::strptime(DATE, text).map_err(|_| failed("x-sdk-date is malformed"))?;
    let moment = civil.to_zoned(TimeZone::UTC).map_err(|_| failed("x-sdk-date is malformed"))?.timestamp();
    if (moment.as_second() - wall.as_second()).abs() > SKEW {
        let server = wall.strftime(DATE);
        return Err(failed(&format!("signature expired, signature time:{text},server time:{server}")));
    }
    Ok(text)
}

/// Whether the headers that must be signed are.
fn signed_headers(ask: &Ask, choices: &Choices, claim: &Claim<'_>) -> Result<(), Problem> {
    let unsigned = |header: &str| {
        Problem::credential(format_args!("calc aksk signature fail:{header} is not among the signed headers"))
    };
    if !claim.signs("host") && choices.of(open::UNSIGNED_HOST) == "refused" {
        return Err(unsigned("host"));
    }
    let token = ask.headers.contains_key("x-security-token") && !claim.signs("x-security-token");
    if token && choices.of(open::UNSIGNED_TOKEN) == "refused" {
        return Err(unsigned("x-security-token"));
    }
    Ok(())
}

/// The token of temporary credentials.
fn security_token(ask: &Ask) -> Result<(), Problem> {
    let Some(token) = ask.headers.get("x-security-token") else {
        return Ok(());
    };
    if token == SECURITY_TOKEN {
        Ok(())
    } else if token == EXPIRED_TOKEN {
        Err(Problem::credential("security token has expired"))
    } else {
        Err(Problem::credential("security token is invalid"))
    }
}

/// Whether this caller may use the operation (Huawei documentation: any member may see the organization, delegated
/// administrators may read).
pub(super) fn permit(caller: Caller, operation: Operation<'_>) -> Result<(), Problem> {
    let management = "This operation can be called only from the management account of an organization";
    match caller {
        Caller::Management => Ok(()),
        Caller::Member if operation == Operation::Organization => Ok(()),
        Caller::Delegate if !operation.writes() => Ok(()),
        Caller::Delegate | Caller::Member if operation.writes() => {
            Err(Problem::new(401, "Organizations.1001", format!("{management}.")))
        }
        Caller::Delegate | Caller::Member => {
            let message =
                format!("{management} or by a member account that is a delegated administrator for a service.");
            Err(Problem::new(401, "Organizations.1002", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_failure_in_a_row_locks_a_key_for_five_minutes() {
        let locks = Locks::default();
        let start = crate::sim::clock::instant();
        for _ in 0..5 {
            locks.failed("k", start);
        }
        assert!(!locks.is_locked("k", start));
        locks.succeeded("k");
        for _ in 0..6 {
            locks.failed("k", start);
        }
        assert!(locks.is_locked("k", start + Duration::from_secs(299)));
        assert!(!locks.is_locked("other", start));
        assert!(!locks.is_locked("k", start + Duration::from_secs(300)));
        locks.failed("k", start + Duration::from_secs(300));
        assert!(!locks.is_locked("k", start + Duration::from_secs(300)));
    }
}
