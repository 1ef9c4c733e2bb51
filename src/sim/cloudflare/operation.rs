//! Which operation a method and a path name.

use axum::http::Method;

use super::envelope::Family;

/// The operations, with the ids that their paths carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    ListAccounts,
    CreateAccount,
    BatchMove,
    Account(&'a str),
    UpdateAccount(&'a str),
    DeleteAccount(&'a str),
    MoveAccount(&'a str),
    AccountOrganizations(&'a str),
    AccountProfile(&'a str),
    SetAccountProfile(&'a str),
    Members(&'a str),
    VerifyAccountToken(&'a str),
    VerifyUserToken,
    ListZones,
    ListOrganizations,
    CreateOrganization,
    Organization(&'a str),
    RenameOrganization(&'a str),
    DeleteOrganization(&'a str),
    OrganizationProfile(&'a str),
    SetOrganizationProfile(&'a str),
    OrganizationAccounts(&'a str),
}

/// Why a method and a path name no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// No such path.
    Path,
    /// The path is there, the method is not.
    Method,
    /// The path's id is empty.
    EmptyId,
}

/// The operation that a method and a path's segments name.
pub(super) fn operation<'a>(method: &Method, segments: &[&'a str]) -> Result<Operation<'a>, Lost> {
    let segments = match segments {
        [head @ .., ""] if !head.is_empty() => {
            if head.len() == 1 && (method == Method::PUT || method == Method::DELETE) {
                return Err(Lost::EmptyId);
            }
            head
        }
        all => all,
    };
    let verb = method.as_str();
    let found = match segments {
        ["accounts", "move"] if verb == "POST" => Operation::BatchMove,
        ["accounts", rest @ ..] => account(verb, rest)?,
        ["organizations", rest @ ..] => organization(verb, rest)?,
        ["zones"] if verb == "GET" => Operation::ListZones,
        ["user", "tokens", "verify"] if verb == "GET" => Operation::VerifyUserToken,
        ["zones"] | ["user", "tokens", "verify"] => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    };
    Ok(found)
}

fn account<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    let found = match (verb, rest) {
        ("GET", []) => Operation::ListAccounts,
        ("POST", []) => Operation::CreateAccount,
        ("GET", [id]) => Operation::Account(id),
        ("PUT", [id]) => Operation::UpdateAccount(id),
        ("DELETE", [id]) => Operation::DeleteAccount(id),
        ("POST", [id, "move"]) => Operation::MoveAccount(id),
        ("GET", [id, "organizations"]) => Operation::AccountOrganizations(id),
        ("GET", [id, "profile"]) => Operation::AccountProfile(id),
        ("PUT", [id, "profile"]) => Operation::SetAccountProfile(id),
        ("GET", [id, "members"]) => Operation::Members(id),
        ("GET", [id, "tokens", "verify"]) => Operation::VerifyAccountToken(id),
        (_, [] | [_] | [_, "move" | "organizations" | "profile" | "members"] | [_, "tokens", "verify"]) => {
            return Err(Lost::Method);
        }
        _ => return Err(Lost::Path),
    };
    Ok(found)
}

fn organization<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    let found = match (verb, rest) {
        ("GET", []) => Operation::ListOrganizations,
        ("POST", []) => Operation::CreateOrganization,
        ("GET", [id]) => Operation::Organization(id),
        ("PUT", [id]) => Operation::RenameOrganization(id),
        ("DELETE", [id]) => Operation::DeleteOrganization(id),
        ("GET", [id, "profile"]) => Operation::OrganizationProfile(id),
        ("PUT", [id, "profile"]) => Operation::SetOrganizationProfile(id),
        ("GET", [id, "accounts"]) => Operation::OrganizationAccounts(id),
        (_, [] | [_] | [_, "profile" | "accounts"]) => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    };
    Ok(found)
}

impl<'a> Operation<'a> {
    /// The schema that its refusals follow.
    pub(super) fn family(self) -> Family {
        match self {
            Self::ListAccounts
            | Self::CreateAccount
            | Self::Account(_)
            | Self::UpdateAccount(_)
            | Self::DeleteAccount(_)
            | Self::Members(_)
            | Self::VerifyAccountToken(_)
            | Self::VerifyUserToken
            | Self::ListZones => Family::Account,
            Self::BatchMove
            | Self::MoveAccount(_)
            | Self::AccountOrganizations(_)
            | Self::AccountProfile(_)
            | Self::SetAccountProfile(_)
            | Self::ListOrganizations
            | Self::CreateOrganization
            | Self::Organization(_)
            | Self::RenameOrganization(_)
            | Self::DeleteOrganization(_)
            | Self::OrganizationProfile(_)
            | Self::SetOrganizationProfile(_)
            | Self::OrganizationAccounts(_) => Family::Organization,
        }
    }

    /// Whether it changes the state.
    pub(super) fn writes(self) -> bool {
        matches!(
            self,
            Self::CreateAccount
                | Self::BatchMove
                | Self::UpdateAccount(_)
                | Self::DeleteAccount(_)
                | Self::MoveAccount(_)
                | Self::SetAccountProfile(_)
                | Self::CreateOrganization
                | Self::RenameOrganization(_)
                | Self::DeleteOrganization(_)
                | Self::SetOrganizationProfile(_)
        )
    }

    /// Whether its path is under `/organizations`, or it moves accounts between organizations: the operations that
    /// only a key, or nobody without the feature, may use.
    pub(super) fn of_organizations(self) -> bool {
        let account_route =
            matches!(self, Self::AccountOrganizations(_) | Self::AccountProfile(_) | Self::SetAccountProfile(_));
        self.family() == Family::Organization && !account_route
    }

    /// The account that its path names.
    pub(super) fn account(self) -> Option<&'a str> {
        match self {
            Self::Account(id)
            | Self::UpdateAccount(id)
            | Self::DeleteAccount(id)
            | Self::MoveAccount(id)
            | Self::AccountOrganizations(id)
            | Self::AccountProfile(id)
            | Self::SetAccountProfile(id)
            | Self::Members(id)
            | Self::VerifyAccountToken(id) => Some(id),
            Self::ListAccounts
            | Self::CreateAccount
            | Self::BatchMove
            | Self::VerifyUserToken
            | Self::ListZones
            | Self::ListOrganizations
            | Self::CreateOrganization
            | Self::Organization(_)
            | Self::RenameOrganization(_)
            | Self::DeleteOrganization(_)
            | Self::OrganizationProfile(_)
            | Self::SetOrganizationProfile(_)
            | Self::OrganizationAccounts(_) => None,
        }
    }

    /// The query parameters that it knows.
    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::ListAccounts => &["name", "page", "per_page", "direction"],
            Self::ListZones => &["account.id", "page", "per_page"],
            Self::Members(_) => &["page", "per_page", "status"],
            Self::ListOrganizations => &[
                "id",
                "name",
                "name.startsWith",
                "name.endsWith",
                "name.contains",
                "containing.account",
                "containing.organization",
                "containing.user",
                "parent.id",
                "page_token",
                "page_size",
            ],
            Self::OrganizationAccounts(_) => &[
                "name",
                "name.startsWith",
                "name.endsWith",
                "name.contains",
                "account_pubname",
                "account_pubname.startsWith",
                "account_pubname.endsWith",
                "account_pubname.contains",
                "order_by",
                "direction",
                "page_token",
                "page_size",
            ],
            Self::CreateAccount
            | Self::BatchMove
            | Self::Account(_)
            | Self::UpdateAccount(_)
            | Self::DeleteAccount(_)
            | Self::MoveAccount(_)
            | Self::AccountOrganizations(_)
            | Self::AccountProfile(_)
            | Self::SetAccountProfile(_)
            | Self::VerifyAccountToken(_)
            | Self::VerifyUserToken
            | Self::CreateOrganization
            | Self::Organization(_)
            | Self::RenameOrganization(_)
            | Self::DeleteOrganization(_)
            | Self::OrganizationProfile(_)
            | Self::SetOrganizationProfile(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_name_operations_or_say_what_is_missing() {
        let find = |method: Method, path: &'static [&'static str]| operation(&method, path);
        assert_eq!(find(Method::POST, &["accounts", "move"]), Ok(Operation::BatchMove));
        assert_eq!(find(Method::GET, &["accounts", "x"]), Ok(Operation::Account("x")));
        assert_eq!(find(Method::GET, &["accounts", ""]), Ok(Operation::ListAccounts));
        assert_eq!(find(Method::PUT, &["accounts", ""]), Err(Lost::EmptyId));
        assert_eq!(find(Method::PATCH, &["accounts", "x"]), Err(Lost::Method));
        assert_eq!(find(Method::GET, &["accounts", "x", "members"]), Ok(Operation::Members("x")));
        assert_eq!(find(Method::GET, &["zones"]), Ok(Operation::ListZones));
        assert_eq!(find(Method::POST, &["zones"]), Err(Lost::Method));
        assert_eq!(find(Method::GET, &["ips"]), Err(Lost::Path));
    }
}
