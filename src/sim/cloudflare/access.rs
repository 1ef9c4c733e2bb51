//! Who asks, and whether they may.

use crate::sim::assume::Choices;
use crate::sim::credential::{self, EMAIL, KEY, Kind, Standing};
use crate::sim::request::{Ask, Payer};

use super::envelope::Problem;
use super::open;
use super::operation::Operation;

/// Cloudflare documentation: 1,200 requests in five minutes for a user, over all tokens and keys.
const LIMIT: u32 = 1_200;
const WINDOW: u64 = 300;

/// The kind of credential that a request carries. A bearer token goes before a key (assumption).
pub(super) fn kind(ask: &Ask) -> Kind {
    if ask.headers.contains_key("authorization") {
        Kind::Token
    } else if ask.headers.contains_key("x-auth-key") || ask.headers.contains_key("x-auth-email") {
        Kind::Key
    } else {
        Kind::None
    }
}

/// Who asks: what the credential stands for, or how it is refused.
pub(super) fn standing(ask: &Ask, choices: &Choices) -> Result<Standing, Problem> {
    let wrong = || Problem::of(choices.of(open::WRONG_TOKEN), "Authentication error");
    let standing = match kind(ask) {
        Kind::Token => bearer(ask)?,
        Kind::Key => key(ask)?,
        Kind::None | Kind::Jwt | Kind::AccessKey => {
            let message = "Missing X-Auth-Key, X-Auth-Email or Authorization headers";
            return Err(Problem::of(choices.of(open::NO_CREDENTIAL), message));
        }
    };
    match standing {
        None | Some(Standing::Expired) => Err(wrong()),
        Some(known) => Ok(known),
    }
}

/// Reported live: a malformed `Authorization` header is 400 with 6003 and 6111.
fn bearer(ask: &Ask) -> Result<Option<Standing>, Problem> {
    let malformed = || Problem::header(6111, "Invalid format for Authorization header");
    let header = ask.header("authorization").ok_or_else(malformed)?;
    let (scheme, token) = header.split_once(' ').ok_or_else(malformed)?;
    let shaped = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !scheme.eq_ignore_ascii_case("bearer") || !shaped {
        return Err(malformed());
    }
    Ok(credential::token(token))
}

/// Reported live: a malformed `X-Auth-Key`, usually a token used as a key, is 400 with 6003 and 6103.
fn key(ask: &Ask) -> Result<Option<Standing>, Problem> {
    let malformed = || Problem::header(6103, "Invalid format for X-Auth-Key header");
    let Some(key) = ask.headers.get("x-auth-key") else {
        return Ok(None);
    };
    let key = key.to_str().map_err(|_| malformed())?;
    let shaped = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if key.is_empty() || key.len() > 45 || !shaped || key.starts_with(credential::TOKEN) {
        return Err(malformed());
    }
    let known = key == KEY && ask.header("x-auth-email") == Some(EMAIL);
    Ok(known.then_some(Standing::Full))
}

/// Whose budget a request is taken from.
pub(super) fn payer(ask: &Ask) -> Option<Payer> {
    let standing = match kind(ask) {
        Kind::Token => bearer(ask).ok()??,
        Kind::Key => key(ask).ok()??,
        Kind::None | Kind::Jwt | Kind::AccessKey => return None,
    };
    let name = match standing {
        Standing::Full | Standing::User | Standing::ReadOnly | Standing::NoScope => "cloudflare user",
        Standing::Account => "cloudflare account",
        Standing::Expired => return None,
    };
    Some(Payer { name, limit: LIMIT, window: WINDOW })
}

/// Whether this caller may use the operation; `own` is the id of the account that an account-owned token belongs to.
pub(super) fn permit(
    standing: Standing,
    operation: Operation<'_>,
    own: &str,
    choices: &Choices,
) -> Result<(), Problem> {
    let unauthorized = || Problem::new(403, 9109, "Unauthorized to access requested resource");
    let lacking = || Problem::new(403, 10000, "Authentication error");
    let verifies = matches!(operation, Operation::VerifyUserToken | Operation::VerifyAccountToken(_));
    match standing {
        Standing::Full => Ok(()),
        Standing::User if operation.of_organizations() => user_token(operation, choices),
        Standing::User | Standing::ReadOnly => {
            let account_token = matches!(operation, Operation::VerifyAccountToken(_));
            let writes = standing == Standing::ReadOnly && operation.writes();
            if account_token || writes { Err(lacking()) } else { Ok(()) }
        }
        Standing::NoScope if verifies => Ok(()),
        Standing::NoScope if operation.account().is_some() => Err(unauthorized()),
        Standing::NoScope | Standing::Expired => Err(lacking()),
        Standing::Account => account_token(operation, own, choices),
    }
}

/// What a token may do that belongs to an account: only what concerns this account, and nothing that needs a user.
fn account_token(operation: Operation<'_>, own: &str, choices: &Choices) -> Result<(), Problem> {
    if operation == Operation::VerifyUserToken {
        // Cloudflare tells a token without a user that it is no token at all (assumption).
        return Err(Problem::new(401, 1000, "Invalid API Token"));
    }
    if matches!(operation, Operation::CreateAccount | Operation::DeleteAccount(_)) {
        // Reported live: 1002 for those who are no tenant administrators.
        let message = "Only tenant administrators can create or delete accounts";
        return Err(Problem::new(403, 1002, message));
    }
    if operation.of_organizations() {
        return Err(no_organizations(choices));
    }
    if operation.account().is_some_and(|id| id != own) {
        return Err(Problem::new(403, 9109, "Unauthorized to access requested resource"));
    }
    Ok(())
}

/// Reported live: user tokens may use only some operations of the organization family; which ones is an assumption.
fn user_token(operation: Operation<'_>, choices: &Choices) -> Result<(), Problem> {
    let allowed = match choices.of(open::USER_TOKEN) {
        "reads" => !operation.writes(),
        "nothing" => false,
        _ => operation == Operation::ListOrganizations,
    };
    if allowed { Ok(()) } else { Err(no_organizations(choices)) }
}

/// How the organization family is refused.
pub(super) fn no_organizations(choices: &Choices) -> Problem {
    Problem::of(choices.of(open::FORBIDDEN_ORGANIZATION), "Forbidden")
}
