//! Who asks, and whether they may.

use crate::sim::assume::Choices;
use crate::sim::credential::{self, Kind, Standing};
use crate::sim::request::{Ask, Payer};

use super::envelope::Problem;
use super::open;
use super::operation::Operation;

/// Known to Cloud 66 alone, beside the published tokens: the token of a user whose trial is over (402).
const TRIAL_TOKEN: &str = "sim-token-trial";
/// Cloud 66 documentation: an hour.
const WINDOW: u64 = 3_600;

/// What a token was granted. `redeploy` and `jobs` are not needed for anything here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Public,
    Users,
    Admin,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Users => "users",
            Self::Admin => "admin",
        }
    }
}

/// The kind of credential that a request carries.
pub(super) fn kind(ask: &Ask) -> Kind {
    if ask.headers.contains_key("authorization") { Kind::Token } else { Kind::None }
}

/// The token of a request; the word before it may be in any case (the documentation writes it in two).
fn bearer(ask: &Ask) -> Option<&str> {
    let (word, token) = ask.header("authorization")?.split_once(' ')?;
    word.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who asks: what the credential stands for, or how it is refused.
pub(super) fn standing(ask: &Ask) -> Result<Standing, Problem> {
    if kind(ask) == Kind::None {
        return Err(Problem::unauthenticated("No authentication token was passed in the request"));
    }
    let token = bearer(ask).unwrap_or_default();
    if token == TRIAL_TOKEN {
        return Err(Problem::trial_expired());
    }
    match credential::token(token) {
        None => Err(Problem::unauthenticated("The access token is invalid")),
        Some(Standing::Expired) => Err(Problem::unauthenticated("The access token expired")),
        Some(standing) => Ok(standing),
    }
}

/// Whether this standing may use the operation.
pub(super) fn permit(standing: Standing, operation: Operation<'_>, choices: &Choices) -> Result<(), Problem> {
    let users_need = if choices.of(open::USERS_SCOPE) == "users" { Scope::Users } else { Scope::Admin };
    let Some(scope) = operation.scope(users_need) else {
        return Ok(());
    };
    if !holds(standing, scope, operation) {
        return Err(Problem::forbidden(format!("The access token lacks the required scope `{}`", scope.word())));
    }
    if operation == Operation::Otp {
        return permit_otp(standing, choices);
    }
    Ok(())
}

/// Whether the standing's token holds the scope.
fn holds(standing: Standing, scope: Scope, operation: Operation<'_>) -> bool {
    match standing {
        Standing::Full | Standing::Account => true,
        // A team member's personal token, granted what the account calls need and no more.
        Standing::User => scope != Scope::Admin,
        Standing::ReadOnly => !operation.writes(),
        Standing::NoScope => scope == Scope::Public,
        Standing::Expired => false,
    }
}

/// Cloud 66 help pages: service accounts have no web login, so there is nothing for a one-time password to open.
fn permit_otp(standing: Standing, choices: &Choices) -> Result<(), Problem> {
    let refused = match standing {
        Standing::Account => choices.of(open::SERVICE_OTP) == "refused",
        Standing::ReadOnly => choices.of(open::READONLY_OTP) == "refused",
        Standing::Full | Standing::User | Standing::NoScope | Standing::Expired => false,
    };
    if refused { Err(Problem::forbidden("This user may not sign in to the dashboard")) } else { Ok(()) }
}

/// Cloud 66 documentation: 3,000 requests per user and hour. All tokens are of one user but the service account's.
pub(super) fn payer(ask: &Ask, choices: &Choices) -> Option<Payer> {
    let name = match standing(ask) {
        Ok(Standing::Account) => "cloud66 service account",
        Ok(_) => "cloud66 user",
        Err(_) => return None,
    };
    let limit = choices.of(open::HOURLY_LIMIT).parse().unwrap_or(3_000);
    Some(Payer { name, limit, window: WINDOW })
}
