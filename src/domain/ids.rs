//! Ids as newtypes, so that an organization's id cannot stand where an account's belongs.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::text::shown;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// Takes the text as it is: ids are compared byte by byte.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(CompactString::from(text.as_ref()))
            }

            /// The id as the provider writes it. Not for the screen: see [`fmt::Display`].
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// One line, safe for a terminal.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&shown(&self.0))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

id! {
    /// An account's id as its provider writes it, e.g. 32 hex digits at Cloudflare. Always text, also where a
    /// provider sends a number.
    AccountId
}
id! {
    /// The id of a container in a hierarchy.
    OrganizationId
}
id! {
    /// The name of a connection, given by the user in config.toml.
    ConnectionName
}
id! {
    /// A kind of service: `cloudflare`, `cloud66`, `landscape`, `huawei`, `aws`.
    ProviderId
}

/// What names one account among all: the same id may exist at two connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountKey {
    /// The connection that reported it.
    pub connection: ConnectionName,
    /// The provider's id.
    pub id: AccountId,
}

/// What names one organization among all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrganizationKey {
    /// The connection that reported it.
    pub connection: ConnectionName,
    /// The provider's id.
    pub id: OrganizationId,
}

/// What a label or note is on: it stays with the identity, not with the connection's name alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnKey {
    /// The connection's name.
    pub connection: ConnectionName,
    /// Who it answered as: [`super::Identity::key`]; empty if it had not said.
    pub identity: String,
    /// The provider's id.
    pub account: AccountId,
}

/// What a profile, a form or a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One account.
    Account(AccountKey),
    /// One organization.
    Organization(OrganizationKey),
    /// The connection itself: where something is made that stands in no organization.
    Connection(ConnectionName),
}

impl Subject {
    /// The connection that the subject lives at.
    #[must_use]
    pub fn connection(&self) -> &ConnectionName {
        match self {
            Self::Account(key) => &key.connection,
            Self::Organization(key) => &key.connection,
            Self::Connection(name) => name,
        }
    }

    /// The provider's id, as it writes it; of a connection its name.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Account(key) => key.id.as_str(),
            Self::Organization(key) => key.id.as_str(),
            Self::Connection(name) => name.as_str(),
        }
    }

    /// `account`, `organization` or `connection`.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Organization(_) => "organization",
            Self::Connection(_) => "connection",
        }
    }
}
