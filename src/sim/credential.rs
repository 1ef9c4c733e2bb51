//! The published credentials and what each of them stands for. They protect nothing: the simulator is loopback only.

/// The tokens' common beginning; alone it is the token that may do everything.
pub(super) const TOKEN: &str = "sim-token";
/// The e-mail of the one user.
pub(super) const EMAIL: &str = "admin@example.com";
/// That user's API key.
pub(super) const KEY: &str = "sim-key";
/// That user's password.
pub(super) const PASSWORD: &str = "Sim-Passw0rd";
/// The access key.
pub(super) const ACCESS_KEY: &str = "SIMACCESSKEY";
/// The access key's secret.
pub(super) const SECRET_KEY: &str = "sim-secret-key";

/// What a credential may do. Each provider decides what that means for its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything.
    Full,
    /// A user's token: what real user tokens are reported to be allowed.
    User,
    /// A token that belongs to one account and to no user.
    Account,
    /// Reads only.
    ReadOnly,
    /// A valid token without any permission.
    NoScope,
    /// A token past its time.
    Expired,
}

/// What the token stands for; `None` if it was never published.
pub(super) fn token(text: &str) -> Option<Standing> {
    match text {
        TOKEN => Some(Standing::Full),
        "sim-token-user" => Some(Standing::User),
        "sim-token-account" => Some(Standing::Account),
        "sim-token-readonly" => Some(Standing::ReadOnly),
        "sim-token-noscope" => Some(Standing::NoScope),
        "sim-token-expired" => Some(Standing::Expired),
        _ => None,
    }
}

/// The kind of credential that a request came with, as the request log names it; never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bearer token.
    Token,
    /// An e-mail and a key.
    Key,
    /// A token that a login gave.
    Jwt,
    /// An access key with a signature.
    AccessKey,
    /// Nothing.
    None,
}

impl Kind {
    /// The word in the request log.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Key => "key",
            Self::Jwt => "jwt",
            Self::AccessKey => "access-key",
            Self::None => "none",
        }
    }
}
