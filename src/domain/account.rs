//! One account as a provider reports it.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{AccountKey, OrganizationId, ProviderId, RawJson, Secret, Untrusted};

/// The organization that holds an account directly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ParentRef {
    /// The organization's id.
    pub id: OrganizationId,
    /// Its name as the account's own record gives it; empty if that says none.
    pub name: Untrusted,
}

/// One account. What the program understands is typed, the rest is in `raw`; an unknown value never loses a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What names it among all.
    pub key: AccountKey,
    /// The kind of service that reported it.
    pub provider: ProviderId,
    /// The name; empty where the provider gave none.
    pub name: Untrusted,
    /// The provider's own word for the account's type, e.g. `standard`.
    pub kind: Option<Untrusted>,
    /// The provider's own word for the account's status; `None` where it has no such thing.
    pub status: Option<Untrusted>,
    /// The e-mail address that belongs to the account itself, where there is one.
    pub email: Option<Untrusted>,
    /// When it was made, as the provider writes it (RFC 3339 everywhere so far).
    pub created_at: Option<Untrusted>,
    /// When it was last changed, as the provider writes it.
    pub updated_at: Option<Untrusted>,
    /// The organization that holds it directly, as a listing says or implies.
    pub parent: Option<ParentRef>,
    /// The whole record.
    pub raw: RawJson,
    /// The values of fields known to be secret, by their paths in `raw`, where `"<secret>"` stands in their place.
    pub secrets: BTreeMap<String, Secret>,
    /// Whether it was asked with what is not asked by default (servers, contact data): tells "not set" from "not asked".
    pub has_extra: bool,
}

/// The JSON of an account, a contract of the command line: names are stable and only added to.
impl Serialize for Account {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(11))?;
        map.serialize_entry("connection", &self.key.connection)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("id", &self.key.id)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("type", &self.kind)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("email", &self.email)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("updated_at", &self.updated_at)?;
        map.serialize_entry("parent", &self.parent)?;
        map.serialize_entry("raw", &self.raw)?;
        map.end()
    }
}
