//! Which operation a method and a path name.

use axum::http::Method;

/// A kind of resource that can be tagged, as paths name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Accounts,
    Units,
    Roots,
    Policies,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "organizations:accounts" => Some(Self::Accounts),
            "organizations:ous" => Some(Self::Units),
            "organizations:roots" => Some(Self::Roots),
            "organizations:policies" => Some(Self::Policies),
            _ => None,
        }
    }
}

/// How tags are taken away: by key and value, or by keys alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untag {
    Tags,
    Keys,
}

/// The operations, with the ids that their paths carry. Tags name a resource with its kind (the older style) or by id
/// alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Organization,
    ListRoots,
    ListUnits,
    CreateUnit,
    Unit(&'a str),
    RenameUnit(&'a str),
    DeleteUnit(&'a str),
    ListEntities,
    ListAccounts,
    Account(&'a str),
    CreateAccount,
    CreateResourceAccount,
    ListCreations,
    Creation(&'a str),
    MoveAccount(&'a str),
    UpdateAccount(&'a str),
    RemoveAccount(&'a str),
    CloseAccount(&'a str),
    ListClosings,
    Invite,
    ListHandshakes,
    Handshake(&'a str),
    CancelHandshake(&'a str),
    ListReceived,
    AcceptHandshake(&'a str),
    DeclineHandshake(&'a str),
    Tags(Option<Kind>, &'a str),
    Tag(Option<Kind>, &'a str),
    Untag(Option<Kind>, &'a str, Untag),
    KindTags(Kind),
    Find(Kind),
    Count(Kind),
    Quotas,
    ListDelegates,
    DelegatedServices(&'a str),
    ListPolicies,
    Policy(&'a str),
    EffectivePolicies,
}

/// Why a method and a path name no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// No such path.
    Path,
    /// The path is there, the method is not.
    Method,
}

/// The operation that a method and a path's segments name.
pub(super) fn operation<'a>(method: &Method, segments: &[&'a str]) -> Result<Operation<'a>, Lost> {
    let verb = method.as_str();
    let segments = match segments {
        [head @ .., ""] => head,
        all => all,
    };
    match segments {
        ["v2", "organizations", "accounts"] if verb == "POST" => Ok(Operation::CreateResourceAccount),
        ["v2", "organizations", "accounts"] => Err(Lost::Method),
        ["v1", "received-handshakes", rest @ ..] => received(verb, rest),
        ["v1", "organizations", "accounts", rest @ ..] => account(verb, rest),
        ["v1", "organizations", "organizational-units", rest @ ..] => unit(verb, rest),
        ["v1", "organizations", "handshakes", rest @ ..] => handshake(verb, rest),
        ["v1", "organizations", "resources", rest @ ..] => resource(verb, rest),
        ["v1", "organizations", kind, rest @ ..] if kind.starts_with("organizations:") => typed(verb, kind, rest),
        ["v1", "organizations", rest @ ..] => read_only(verb, rest),
        _ => Err(Lost::Path),
    }
}

fn account<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    Ok(match (verb, rest) {
        ("GET", []) => Operation::ListAccounts,
        ("POST", []) => Operation::CreateAccount,
        ("POST", ["invite"]) => Operation::Invite,
        ("GET", [id]) => Operation::Account(id),
        ("PATCH", [id]) => Operation::UpdateAccount(id),
        ("POST", [id, "move"]) => Operation::MoveAccount(id),
        ("POST", [id, "remove"]) => Operation::RemoveAccount(id),
        ("POST", [id, "close"]) => Operation::CloseAccount(id),
        ("GET", [id, "delegated-services"]) => Operation::DelegatedServices(id),
        (_, [] | [_] | [_, "move" | "remove" | "close" | "delegated-services"]) => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    })
}

fn unit<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    Ok(match (verb, rest) {
        ("GET", []) => Operation::ListUnits,
        ("POST", []) => Operation::CreateUnit,
        ("GET", [id]) => Operation::Unit(id),
        ("PATCH", [id]) => Operation::RenameUnit(id),
        ("DELETE", [id]) => Operation::DeleteUnit(id),
        (_, [] | [_]) => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    })
}

fn handshake<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    Ok(match (verb, rest) {
        ("GET", []) => Operation::ListHandshakes,
        ("GET", [id]) => Operation::Handshake(id),
        ("POST", [id, "cancel"]) => Operation::CancelHandshake(id),
        (_, [] | [_] | [_, "cancel"]) => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    })
}

fn received<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    Ok(match (verb, rest) {
        ("GET", []) => Operation::ListReceived,
        ("POST", [id, "accept"]) => Operation::AcceptHandshake(id),
        ("POST", [id, "decline"]) => Operation::DeclineHandshake(id),
        (_, [] | [_, "accept" | "decline"]) => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    })
}

fn resource<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    Ok(match (verb, rest) {
        ("GET", [id, "tags"]) => Operation::Tags(None, id),
        ("POST", [id, "tag"]) => Operation::Tag(None, id),
        ("POST", [id, "untag"]) => Operation::Untag(None, id, Untag::Keys),
        (_, [_, "tags" | "tag" | "untag"]) => return Err(Lost::Method),
        _ => return Err(Lost::Path),
    })
}

fn typed<'a>(verb: &str, kind: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    let kind = Kind::from_word(kind).ok_or(Lost::Path)?;
    Ok(match (verb, rest) {
        ("GET", ["tags"]) => Operation::KindTags(kind),
        ("POST", ["resource-instances", "filter"]) => Operation::Find(kind),
        ("POST", ["resource-instances", "count"]) => Operation::Count(kind),
        ("GET", [id, "tags"]) => Operation::Tags(Some(kind), id),
        ("POST", [id, "tags", "create"]) => Operation::Tag(Some(kind), id),
        ("POST", [id, "tags", "delete"]) => Operation::Untag(Some(kind), id, Untag::Tags),
        (_, ["tags"] | ["resource-instances", "filter" | "count"] | [_, "tags"] | [_, "tags", "create" | "delete"]) => {
            return Err(Lost::Method);
        }
        _ => return Err(Lost::Path),
    })
}

fn read_only<'a>(verb: &str, rest: &[&'a str]) -> Result<Operation<'a>, Lost> {
    let found = match rest {
        [] => Operation::Organization,
        ["roots"] => Operation::ListRoots,
        ["entities"] => Operation::ListEntities,
        ["entities", "effective-policies"] => Operation::EffectivePolicies,
        ["create-account-status"] => Operation::ListCreations,
        ["create-account-status", id] => Operation::Creation(id),
        ["close-account-status"] => Operation::ListClosings,
        ["quotas"] => Operation::Quotas,
        ["delegated-administrators"] => Operation::ListDelegates,
        ["policies"] => Operation::ListPolicies,
        ["policies", id] => Operation::Policy(id),
        _ => return Err(Lost::Path),
    };
    if verb == "GET" { Ok(found) } else { Err(Lost::Method) }
}

impl Operation<'_> {
    /// Whether it changes the state.
    pub(super) fn writes(self) -> bool {
        matches!(
            self,
            Self::CreateUnit
                | Self::RenameUnit(_)
                | Self::DeleteUnit(_)
                | Self::CreateAccount
                | Self::CreateResourceAccount
                | Self::MoveAccount(_)
                | Self::UpdateAccount(_)
                | Self::RemoveAccount(_)
                | Self::CloseAccount(_)
                | Self::Invite
                | Self::CancelHandshake(_)
                | Self::AcceptHandshake(_)
                | Self::DeclineHandshake(_)
                | Self::Tag(..)
                | Self::Untag(..)
        )
    }

    /// Whether it concerns invitations that other organizations sent, for which one need not be in any.
    pub(super) fn of_received(self) -> bool {
        matches!(self, Self::ListReceived | Self::AcceptHandshake(_) | Self::DeclineHandshake(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_name_operations_or_say_what_is_missing() {
        let find = |method: Method, path: &'static str| {
            let segments: Vec<&str> = path.split('/').collect();
            operation(&method, &segments)
        };
        assert_eq!(find(Method::GET, "v1/organizations"), Ok(Operation::Organization));
        assert_eq!(find(Method::GET, "v1/organizations/"), Ok(Operation::Organization));
        assert_eq!(find(Method::POST, "v1/organizations/accounts/invite"), Ok(Operation::Invite));
        assert_eq!(find(Method::POST, "v2/organizations/accounts"), Ok(Operation::CreateResourceAccount));
        let tags = Operation::Tags(Some(Kind::Units), "x");
        assert_eq!(find(Method::GET, "v1/organizations/organizations:ous/x/tags"), Ok(tags));
        assert_eq!(find(Method::PUT, "v1/organizations/accounts"), Err(Lost::Method));
        assert_eq!(find(Method::GET, "v1/organizations/organizations:zones/x/tags"), Err(Lost::Path));
        assert_eq!(find(Method::GET, "v2/organizations"), Err(Lost::Path));
    }
}
