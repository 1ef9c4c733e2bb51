//! What a provider is and can do, as data: rows of keys, help and forms read it without asking anybody.

use super::Column;
use crate::domain::{ChangeKind, Field, FormSpec, ProviderFacts};

/// Something that a provider can or can't do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Accounts stand in a hierarchy of organizations.
    Hierarchy,
    /// The organizations above one account can be asked for.
    Lineage,
    /// An account's profile can be read.
    ReadAccountProfile,
    /// An account's profile can be written.
    WriteAccountProfile,
    /// An organization's profile can be read.
    ReadOrganizationProfile,
    /// An organization's profile can be written.
    WriteOrganizationProfile,
    /// The provider's own list parameters can be used.
    RemoteSearch,
}

impl Capability {
    /// All of them: a test holds that every provider answers to each.
    pub const ALL: [Self; 7] = [
        Self::Hierarchy,
        Self::Lineage,
        Self::ReadAccountProfile,
        Self::WriteAccountProfile,
        Self::ReadOrganizationProfile,
        Self::WriteOrganizationProfile,
        Self::RemoteSearch,
    ];
}

/// Whether a provider does something; what it does not do has a sentence that says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It does.
    Yes,
    /// It does not, because of this.
    No(&'static str),
}

/// What the containers are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HierarchyWords {
    /// One container, e.g. `organization`.
    pub one: &'static str,
    /// Many containers.
    pub many: &'static str,
    /// What it means that there are none, or none visible: a normal state with its own words.
    pub none: &'static str,
}

/// How account listings are paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Numbered pages that may be fetched side by side.
    Numbered,
    /// Each page names the next one.
    Chained,
}

/// The provider's own list parameters, as a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListSearch {
    /// The form's title, e.g. `Search in an organization`.
    pub title: &'static str,
    /// Whether it lists one organization's accounts (or all that the credential sees).
    pub in_organization: bool,
    /// The parameters; a field's name is its wire name, e.g. `name.contains`.
    pub fields: &'static [Field],
}

/// A kind of provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// What config must know.
    pub facts: ProviderFacts,
    /// The service's name for people, e.g. `Cloudflare`.
    pub title: &'static str,
    /// The public API's base URL with its path.
    pub base_url: &'static str,
    /// Every capability with its offer.
    pub capabilities: &'static [(Capability, Offer)],
    /// What containers are called.
    pub hierarchy: HierarchyWords,
    /// How accounts are paged.
    pub paging: Paging,
    /// Whether [`super::OrganizationScope::Every`] is one listing.
    pub flat_organizations: bool,
    /// The account list's columns, the name first.
    pub columns: &'static [Column],
    /// The forms.
    pub forms: &'static [FormSpec],
    /// Remote searches.
    pub searches: &'static [ListSearch],
}

impl Spec {
    /// The provider's id, e.g. `cloudflare`.
    #[must_use]
    pub fn id(&self) -> crate::domain::ProviderId {
        crate::domain::ProviderId::new(self.facts.id)
    }

    /// Whether it does something.
    #[must_use]
    pub fn offer(&self, capability: Capability) -> Offer {
        self.capabilities
            .iter()
            .find(|(listed, _)| *listed == capability)
            .map_or(Offer::No("not known to this version of acctui"), |(_, offer)| *offer)
    }

    /// The form for a kind of change.
    #[must_use]
    pub fn form(&self, kind: ChangeKind) -> Option<&'static FormSpec> {
        self.forms.iter().find(|form| form.kind == kind)
    }
}
