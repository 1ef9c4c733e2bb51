//! Who asks, and whether they may. The access key [`ACCESS_KEY`] belongs to the management account and may do everything;
//! `SIMACCESSKEY-NOACCOUNT` is the same without any permission at Account Management, `SIMACCESSKEY-UNTRUSTED` one of an
//! organization that does not trust that service; `SIMACCESSKEY-READONLY` belongs to a delegated administrator who may
//! read, `SIMACCESSKEY-MEMBER` to a plain member. All have the same secret, and may come with the session token
//! `sim-session-token` of temporary credentials, or with `sim-session-token-until-SECONDS`, which expires at that moment
//! (seconds of the Unix epoch).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::sim::assume::Choices;
use crate::sim::credential::{ACCESS_KEY, Kind, SECRET_KEY};
use crate::sim::request::Ask;

use super::open;
use super::operation::{Operation, Service};
use super::problem::Problem;
use super::signature::{Claim, Signed};
use super::{DELEGATE, MANAGEMENT, MEMBER};

/// The session token of temporary credentials that hold.
const SESSION_TOKEN: &str = "sim-session-token";
/// The one region that both services are in.
const REGION: &str = "us-east-1";
const MOMENT: &str = "%Y%m%dT%H%M%SZ";
/// How far a client's clock may be off, in seconds (AWS documentation: within five minutes).
const SKEW: i64 = 5 * 60;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The management account.
    Management,
    /// The management account, by somebody who has no permission at Account Management.
    NoAccount,
    /// The management account of an organization that does not trust Account Management.
    Untrusted,
    /// A member that is a delegated administrator, by somebody who may read.
    Delegate,
    /// Any other member.
    Member,
}

impl Caller {
    fn of(access_key: &str) -> Option<Self> {
        match access_key.strip_prefix(ACCESS_KEY)? {
            "" => Some(Self::Management),
            "-NOACCOUNT" => Some(Self::NoAccount),
            "-UNTRUSTED" => Some(Self::Untrusted),
            "-READONLY" => Some(Self::Delegate),
            "-MEMBER" => Some(Self::Member),
            _ => None,
        }
    }

    /// The number of the account that the caller belongs to.
    pub(super) fn own(self) -> u32 {
        match self {
            Self::Management | Self::NoAccount | Self::Untrusted => MANAGEMENT,
            Self::Delegate => DELEGATE,
            Self::Member => MEMBER,
        }
    }

    /// The name of the caller's user.
    pub(super) fn user(self) -> &'static str {
        match self {
            Self::Management => "admin",
            Self::NoAccount => "organizer",
            Self::Untrusted => "untrusted",
            Self::Delegate => "auditor",
            Self::Member => "member",
        }
    }
}

/// The kind of credential that a request carries.
pub(super) fn kind(ask: &Ask) -> Kind {
    match ask.header("authorization") {
        Some(header) if header.starts_with("AWS4-") => Kind::AccessKey,
        Some(_) => Kind::Token,
        None => Kind::None,
    }
}

/// Who asks: whom the access key belongs to, or how it is refused, in words that are reported of live answers.
pub(super) fn caller(ask: &Ask, service: Service, choices: &Choices, wall: Timestamp) -> Result<Caller, Problem> {
    let Some(header) = ask.header("authorization") else {
        return Err(Problem::credential("MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let claim = Claim::parse(header).map_err(|lacks| incomplete(&format!("Authorization header requires {lacks}.")))?;
    let unknown =
        || Problem::credential("UnrecognizedClientException", "The security token included in the request is invalid.");
    let caller = Caller::of(claim.access_key).ok_or_else(unknown)?;
    session(ask, wall, unknown)?;
    let moment = moment(ask)?;
    scope(&claim, service, moment)?;
    skew(moment, wall)?;
    if choices.of(open::UNSIGNED_HEADERS) == "refused" {
        signed_headers(ask, &claim)?;
    }
    let signed = Signed {
        method: ask.method.as_str(),
        path: &ask.path,
        query: &ask.query,
        headers: &ask.headers,
        body: &ask.body,
    };
    claim.verify(&signed, moment, SECRET_KEY).map(|()| caller).map_err(|[canonical, text]| {
        invalid(format!(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for \
             this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{text}'\n"
        ))
    })
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::credential("InvalidSignatureException", message)
}

fn incomplete(message: &str) -> Problem {
    Problem::credential("IncompleteSignatureException", message)
}

/// The token of temporary credentials.
fn session(ask: &Ask, wall: Timestamp, unknown: impl Fn() -> Problem) -> Result<(), Problem> {
    let Some(token) = ask.headers.get("x-amz-security-token") else {
        return Ok(());
    };
    let token = token.to_str().ok().and_then(|token| token.strip_prefix(SESSION_TOKEN)).ok_or_else(&unknown)?;
    let holds = match token {
        "" => true,
        "-expired" => false,
        other => {
            let end: Option<i64> = other.strip_prefix("-until-").and_then(|end| end.parse().ok());
            wall.as_second() < end.ok_or_else(unknown)?
        }
    };
    if holds {
        return Ok(());
    }
    Err(Problem::credential("ExpiredTokenException", "The security token included in the request is expired"))
}

/// When the request was signed.
fn moment(ask: &Ask) -> Result<&str, Problem> {
    let text = ask.header("x-amz-date").map(str::trim);
    text.ok_or_else(|| {
        incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    })
}

/// The scope is this service's, in its region, of the day of the signature.
fn scope(claim: &Claim<'_>, service: Service, moment: &str) -> Result<(), Problem> {
    let day = moment.split('T').next().unwrap_or("");
    if claim.date != day {
        return Err(invalid(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}', \
             from '{moment}'.",
            claim.date
        )));
    }
    if claim.end != "aws4_request" {
        let message =
            format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.", claim.end);
        return Err(invalid(message));
    }
    if claim.region != REGION {
        return Err(invalid(format!("Credential should be scoped to a valid region, not '{}'. ", claim.region)));
    }
    if claim.service != service.name() {
        return Err(invalid(format!("Credential should be scoped to correct service: '{}'. ", service.name())));
    }
    Ok(())
}

/// The signature is neither too old nor too young.
fn skew(moment: &str, wall: Timestamp) -> Result<(), Problem> {
    let malformed = || incomplete("Date must be in ISO-8601 'basic format'.");
    let civil = DateTime::strptime(MOMENT, moment).map_err(|_| malformed())?;
    let signed = civil.to_zoned(TimeZone::UTC).map_err(|_| malformed())?.timestamp();
    let off = signed.as_second() - wall.as_second();
    let (now, bound) = (wall.strftime(MOMENT), |seconds: i64| {
        let bound = Timestamp::from_second(wall.as_second() + seconds).unwrap_or(wall);
        bound.strftime(MOMENT).to_string()
    });
    if off < -SKEW {
        let earliest = bound(-SKEW);
        return Err(invalid(format!("Signature expired: {moment} is now earlier than {earliest} ({now} - 5 min.)")));
    }
    if off > SKEW {
        let latest = bound(SKEW);
        return Err(invalid(format!(
            "Signature not yet current: {moment} is still later than {latest} ({now} + 5 min.)"
        )));
    }
    Ok(())
}

/// The host and every x-amz header are signed.
fn signed_headers(ask: &Ask, claim: &Claim<'_>) -> Result<(), Problem> {
    let sent = ask.headers.keys().map(axum::http::HeaderName::as_str);
    let needed = sent.filter(|name| name.starts_with("x-amz-")).chain(["host"]);
    match needed.into_iter().find(|name| !claim.signs(name)) {
        None => Ok(()),
        Some(name) => Err(invalid(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."))),
    }
}

/// Whether this caller may use an operation of Organizations at all (AWS documentation: any member may see the
/// organization, delegated administrators may read).
pub(super) fn permit(caller: Caller, operation: Operation) -> Result<(), Problem> {
    let allowed = match caller {
        Caller::Management | Caller::NoAccount | Caller::Untrusted => true,
        Caller::Delegate => !operation.writes(),
        Caller::Member => operation == Operation::DescribeOrganization,
    };
    if allowed {
        return Ok(());
    }
    Err(Problem::denied("You don't have permissions to access this resource."))
}
