//! Which operation a method and a path name. The suffix `.json` is optional on every path: the vendor's library appends
//! it, its documentation no longer does.

use axum::http::Method;

use super::access::Scope;

/// The operations, with the ids that their paths carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Ping,
    PingAuthenticated,
    ListAccounts,
    Account(&'a str),
    Otp,
    ListGateways(&'a str),
    CreateGateway(&'a str),
    UpdateGateway(&'a str, &'a str),
    DeleteGateway(&'a str, &'a str),
    ListUsers,
    User(&'a str),
    UpdateUser(&'a str),
    ListStacks,
    Stack(&'a str),
}

/// Why a method and a path name no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// No such path.
    Path,
    /// The path is there, the method is not.
    Method,
    /// Cloud 66 has it and this simulator has not.
    NotSimulated,
}

/// The operation that a method and a path's segments name. `otp_by_get`: whether GET gives a one-time password too; if
/// not, that path is the one of an account with a strange id.
pub(super) fn operation<'a>(method: &Method, segments: &[&'a str], otp_by_get: bool) -> Result<Operation<'a>, Lost> {
    let segments = match segments {
        [head @ .., ""] if !head.is_empty() => head,
        all => all,
    };
    let mut plain = segments.to_vec();
    if let Some(last) = plain.last_mut() {
        *last = last.strip_suffix(".json").unwrap_or(last);
    }
    let found = match (method.as_str(), plain.as_slice()) {
        ("GET", ["ping"]) => Operation::Ping,
        ("GET", ["ping", "auth"]) => Operation::PingAuthenticated,
        ("GET", ["accounts"]) => Operation::ListAccounts,
        ("POST", ["accounts", "otp"]) => Operation::Otp,
        ("GET", ["accounts", "otp"]) if otp_by_get => Operation::Otp,
        ("GET", ["accounts", id]) => Operation::Account(id),
        ("GET", ["accounts", id, "gateways"]) => Operation::ListGateways(id),
        ("POST", ["accounts", id, "gateways"]) => Operation::CreateGateway(id),
        ("PUT", ["accounts", id, "gateways", gateway]) => Operation::UpdateGateway(id, gateway),
        ("DELETE", ["accounts", id, "gateways", gateway]) => Operation::DeleteGateway(id, gateway),
        ("GET", ["users"]) => Operation::ListUsers,
        ("GET", ["users", id]) => Operation::User(id),
        ("PUT", ["users", id]) => Operation::UpdateUser(id),
        ("GET", ["stacks"]) => Operation::ListStacks,
        ("GET", ["stacks", uid]) => Operation::Stack(uid),
        (_, path) => return Err(lost(path)),
    };
    Ok(found)
}

/// What is wrong with a path that names no operation with its method.
fn lost(path: &[&str]) -> Lost {
    match path {
        ["ping" | "accounts" | "users"]
        | ["ping", "auth"]
        | ["accounts" | "users", _]
        | ["accounts", _, "gateways"]
        | ["accounts", _, "gateways", _] => Lost::Method,
        [
            "stacks" | "users" | "clouds" | "failover_groups" | "ssh_keys" | "configstore" | "jwt" | "base_templates"
            | "stencils",
            ..,
        ] => Lost::NotSimulated,
        _ => Lost::Path,
    }
}

impl Operation<'_> {
    /// The scope that a token must hold for it; `None` if not even a token is needed.
    pub(super) fn scope(self, users_need: Scope) -> Option<Scope> {
        match self {
            Self::Ping => None,
            Self::PingAuthenticated | Self::ListGateways(_) | Self::ListStacks | Self::Stack(_) => Some(Scope::Public),
            Self::ListAccounts | Self::Account(_) | Self::Otp | Self::User(_) => Some(Scope::Users),
            Self::ListUsers => Some(users_need),
            Self::CreateGateway(_) | Self::UpdateGateway(..) | Self::DeleteGateway(..) | Self::UpdateUser(_) => {
                Some(Scope::Admin)
            }
        }
    }

    /// Whether it changes what later reads see. A one-time password changes nothing that can be read.
    pub(super) fn writes(self) -> bool {
        matches!(self, Self::CreateGateway(_) | Self::UpdateGateway(..) | Self::DeleteGateway(..) | Self::UpdateUser(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_name_operations_with_and_without_the_suffix() {
        let find = |method: Method, path: &'static [&'static str]| operation(&method, path, true);
        assert_eq!(find(Method::GET, &["accounts"]), Ok(Operation::ListAccounts));
        assert_eq!(find(Method::GET, &["accounts.json"]), Ok(Operation::ListAccounts));
        assert_eq!(find(Method::GET, &["accounts", "139.json"]), Ok(Operation::Account("139")));
        assert_eq!(find(Method::POST, &["accounts", "otp.json"]), Ok(Operation::Otp));
        assert_eq!(find(Method::GET, &["accounts", ""]), Ok(Operation::ListAccounts));
        assert_eq!(find(Method::DELETE, &["accounts", "1", "gateways", "2"]), Ok(Operation::DeleteGateway("1", "2")));
        assert_eq!(find(Method::DELETE, &["accounts", "1"]), Err(Lost::Method));
        assert_eq!(find(Method::GET, &["clouds"]), Err(Lost::NotSimulated));
        assert_eq!(find(Method::GET, &["zones"]), Err(Lost::Path));
        assert_eq!(operation(&Method::GET, &["accounts", "otp"], false), Ok(Operation::Account("otp")));
    }
}
