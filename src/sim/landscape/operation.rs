//! Which operation of the REST half a method and a path name.

use axum::http::Method;

/// The operations, by what they need: nothing, a token, or a token of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Public(Public<'a>),
    Own(Own<'a>),
    Held(Held<'a>),
}

/// The operations that anybody may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Public<'a> {
    Login,
    LoginWithKey,
    LoginMethods,
    About,
    Me,
    Logout,
    StandaloneAccount,
    CreateStandalone,
    InvitationSummary(&'a str),
}

/// The operations of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own<'a> {
    SwitchAccount,
    CreateAccount,
    Person,
    SetPerson,
    TestEmail,
    SetPassword,
    Credentials,
    RenewCredentials,
    Accept,
    Reject,
    Invalidate(Scope<'a>),
}

/// Whose tokens are invalidated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope<'a> {
    Me,
    Account,
    System,
    Named(&'a str),
}

/// The operations on what an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held<'a> {
    Preferences,
    SetPreferences,
    Invitations,
    Invite,
    Invitation(&'a str),
    Resend(&'a str),
    Uninvite(&'a str),
    SetRoles(&'a str),
    Computers,
    Computer(&'a str),
    Licenses,
    License(&'a str),
    Contracts,
    Contract(&'a str),
}

/// Why a method and a path name no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// No such path.
    Path,
    /// The path is there, the method is not.
    Method,
}

/// The operation that a method and the segments after `v2` name.
pub(super) fn operation<'a>(method: &Method, segments: &[&'a str]) -> Result<Operation<'a>, Lost> {
    // Documented examples have a slash at the end of some paths (`/computers/?query=…`).
    let segments = match segments {
        [head @ .., ""] if !head.is_empty() => head,
        all => all,
    };
    if let Some(found) = find(method.as_str(), segments) {
        return Ok(found);
    }
    let others = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let elsewhere = others.iter().any(|verb| find(verb, segments).is_some());
    Err(if elsewhere { Lost::Method } else { Lost::Path })
}

fn find<'a>(verb: &str, segments: &[&'a str]) -> Option<Operation<'a>> {
    let public = public(verb, segments).map(Operation::Public);
    let own = || own(verb, segments).map(Operation::Own);
    let held = || held(verb, segments).map(Operation::Held);
    public.or_else(own).or_else(held)
}

fn public<'a>(verb: &str, segments: &[&'a str]) -> Option<Public<'a>> {
    let found = match (verb, segments) {
        ("POST", ["login"]) => Public::Login,
        ("POST", ["login", "access-key"]) => Public::LoginWithKey,
        ("GET", ["login", "methods"]) => Public::LoginMethods,
        ("GET", ["about"]) => Public::About,
        ("GET", ["me"]) => Public::Me,
        ("POST", ["logout"]) => Public::Logout,
        ("GET", ["standalone-account"]) => Public::StandaloneAccount,
        ("POST", ["standalone-account"]) => Public::CreateStandalone,
        ("GET", ["invitations", id, "summary"]) => Public::InvitationSummary(id),
        _ => return None,
    };
    Some(found)
}

fn own<'a>(verb: &str, segments: &[&'a str]) -> Option<Own<'a>> {
    let found = match (verb, segments) {
        ("POST", ["switch-account"]) => Own::SwitchAccount,
        ("POST", ["accounts"]) => Own::CreateAccount,
        ("GET", ["person"]) => Own::Person,
        ("POST", ["person"]) => Own::SetPerson,
        ("POST", ["person:test-email"]) => Own::TestEmail,
        ("PUT", ["password"]) => Own::SetPassword,
        ("GET", ["credentials"]) => Own::Credentials,
        ("POST", ["credentials"]) => Own::RenewCredentials,
        ("POST", ["accept-invitation"]) => Own::Accept,
        ("POST", ["reject-invitation"]) => Own::Reject,
        ("POST", ["tokens", "invalidate-me"]) => Own::Invalidate(Scope::Me),
        ("POST", ["tokens", "invalidate-account"]) => Own::Invalidate(Scope::Account),
        ("POST", ["tokens", "invalidate-system"]) => Own::Invalidate(Scope::System),
        ("POST", ["tokens", "invalidate-system", "account", name]) => Own::Invalidate(Scope::Named(name)),
        _ => return None,
    };
    Some(found)
}

fn held<'a>(verb: &str, segments: &[&'a str]) -> Option<Held<'a>> {
    let found = match (verb, segments) {
        ("GET", ["preferences"]) => Held::Preferences,
        ("PATCH", ["preferences"]) => Held::SetPreferences,
        ("GET", ["invitations"]) => Held::Invitations,
        ("POST", ["invitations"]) => Held::Invite,
        ("GET", ["invitations", id]) => Held::Invitation(id),
        ("POST", ["invitations", id]) => Held::Resend(id),
        ("DELETE", ["invitations", id]) => Held::Uninvite(id),
        ("PUT", ["administrators", id]) => Held::SetRoles(id),
        ("GET", ["computers"]) => Held::Computers,
        ("GET", ["computers", id]) => Held::Computer(id),
        ("GET", ["legacy-licenses"]) => Held::Licenses,
        ("GET", ["legacy-licenses", id]) => Held::License(id),
        ("GET", ["contracts"]) => Held::Contracts,
        ("GET", ["contracts", id]) => Held::Contract(id),
        _ => return None,
    };
    Some(found)
}

impl Operation<'_> {
    /// Whether it changes the state.
    pub(super) fn writes(self) -> bool {
        match self {
            Self::Public(public) => public == Public::CreateStandalone,
            Self::Own(own) => !matches!(own, Own::SwitchAccount | Own::Person | Own::Credentials | Own::TestEmail),
            Self::Held(held) => matches!(
                held,
                Held::SetPreferences | Held::Invite | Held::Resend(_) | Held::Uninvite(_) | Held::SetRoles(_)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_name_operations_or_say_what_is_missing() {
        let find = |method: Method, path: &'static [&'static str]| operation(&method, path);
        assert_eq!(find(Method::GET, &["computers", ""]), Ok(Operation::Held(Held::Computers)));
        assert_eq!(find(Method::POST, &["person:test-email"]), Ok(Operation::Own(Own::TestEmail)));
        assert_eq!(find(Method::GET, &["accounts"]), Err(Lost::Method));
        assert_eq!(find(Method::GET, &["accounts", "onward"]), Err(Lost::Path));
        assert_eq!(find(Method::GET, &[""]), Err(Lost::Path));
        let named = find(Method::POST, &["tokens", "invalidate-system", "account", "x"]);
        assert_eq!(named, Ok(Operation::Own(Own::Invalidate(Scope::Named("x")))));
    }
}
