//! A container in a hierarchy.

use serde::{Deserialize, Serialize};

use super::{AccountId, OrganizationKey, ParentRef, ProviderId, RawJson, Untrusted};

/// A Cloudflare organization, a Huawei or AWS root or OU, or a Landscape access group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// What names it among all.
    pub key: OrganizationKey,
    /// The kind of service that reported it.
    pub provider: ProviderId,
    /// The name; empty where the provider gave none.
    pub name: Untrusted,
    /// The provider's own word for what it is, e.g. `organization`, `root`, `ou`.
    pub kind: Untrusted,
    /// The organization above; `None` for a root.
    pub parent: Option<ParentRef>,
    /// The account that it stands inside, where containers hold what belongs to one account (Landscape's access groups)
    /// and not accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// When it was made, as the provider writes it.
    pub created_at: Option<Untrusted>,
    /// The whole record; `None` where the organization is known only because accounts name it as their parent.
    pub raw: Option<RawJson>,
}

impl<'de> Deserialize<'de> for ParentRef {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            id: String,
            #[serde(default)]
            name: Option<Untrusted>,
        }
        let wire = Wire::deserialize(from)?;
        Ok(Self { id: super::OrganizationId::new(wire.id), name: wire.name.unwrap_or_default() })
    }
}
