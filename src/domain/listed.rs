//! What lists, columns and filters read of an account, whoever keeps it.

use std::borrow::Cow;

use serde_json::Value;

use super::{Account, AccountId, AccountKey, ConnectionName, ParentRef, ProviderId, Untrusted};

/// What a path leads to in the record that a provider gave.
#[derive(Clone, Debug, PartialEq)]
pub enum AtPath<'a> {
    /// This, which may be `null`.
    Value(Cow<'a, Value>),
    /// Nothing: the record has no such path.
    Missing,
    /// Nobody can tell here: the record is not at hand, and the path is none of those that are kept beside it.
    Unread,
}

/// An account as far as lists show it. All texts are the provider's own, unsafe for a terminal (see
/// [`super::shown`]).
pub trait Listed {
    /// The connection that reported it.
    fn connection(&self) -> &ConnectionName;

    /// The kind of service.
    fn provider(&self) -> &ProviderId;

    /// The provider's id.
    fn id(&self) -> &str;

    /// The name; empty where the provider gave none.
    fn name(&self) -> &str;

    /// The provider's own word for the account's type.
    fn kind(&self) -> Option<&str>;

    /// The provider's own word for the account's status.
    fn status(&self) -> Option<&str>;

    /// The e-mail address that belongs to the account itself.
    fn email(&self) -> Option<&str>;

    /// When it was made, as the provider writes it.
    fn created_at(&self) -> Option<Cow<'_, str>>;

    /// When it was last changed, as the provider writes it.
    fn updated_at(&self) -> Option<Cow<'_, str>>;

    /// The organization that holds it directly.
    fn parent(&self) -> Option<&ParentRef>;

    /// What stands at a path with dots in its record, e.g. `settings.enforce_twofactor`.
    fn path(&self, path: &str) -> AtPath<'_>;

    /// What names it among all.
    fn key(&self) -> AccountKey {
        AccountKey { connection: self.connection().clone(), id: AccountId::new(self.id()) }
    }

    /// Whether this key names it.
    fn has_key(&self, key: &AccountKey) -> bool {
        self.id() == key.id.as_str() && *self.connection() == key.connection
    }
}

impl Listed for Account {
    fn connection(&self) -> &ConnectionName {
        &self.key.connection
    }

    fn provider(&self) -> &ProviderId {
        &self.provider
    }

    fn id(&self) -> &str {
        self.key.id.as_str()
    }

    fn name(&self) -> &str {
        self.name.raw()
    }

    fn kind(&self) -> Option<&str> {
        self.kind.as_ref().map(Untrusted::raw)
    }

    fn status(&self) -> Option<&str> {
        self.status.as_ref().map(Untrusted::raw)
    }

    fn email(&self) -> Option<&str> {
        self.email.as_ref().map(Untrusted::raw)
    }

    fn created_at(&self) -> Option<Cow<'_, str>> {
        self.created_at.as_ref().map(|text| text.raw().into())
    }

    fn updated_at(&self) -> Option<Cow<'_, str>> {
        self.updated_at.as_ref().map(|text| text.raw().into())
    }

    fn parent(&self) -> Option<&ParentRef> {
        self.parent.as_ref()
    }

    fn path(&self, path: &str) -> AtPath<'_> {
        self.raw.at(path).map_or(AtPath::Missing, |value| AtPath::Value(Cow::Owned(value)))
    }

    fn key(&self) -> AccountKey {
        self.key.clone()
    }
}
