//! The nouns of acctui: plain types that cross every wall of the house.
//!
//! This room knows no other room, does no I/O and reads no clock. Words are those of the glossary in
//! ARCHITECTURE.md: one word per thing.

mod account;
mod change;
mod colour;
mod credentials;
mod csv;
mod draft;
mod failure;
pub mod filter;
mod form;
mod history;
mod ids;
mod journal;
mod keys;
mod lineage;
mod listed;
mod look;
mod moment;
mod natural;
mod organization;
mod plan;
mod profile;
mod protection;
mod raw;
mod secret;
mod signs;
mod text;
mod theme;
mod tree;

pub use account::{Account, ParentRef};
pub use change::{Change, ChangeKind};
pub use colour::{Background, COLOUR_WORDS, Colour, Depth, contrast, indexed, luminance, nearest_indexed};
pub use credentials::{
    CredentialField, CredentialSet, Credentials, Guide, KeptFile, ProviderFacts, SharedCredentials, SharedFile,
};
pub use csv::{CSV, csv_cell, csv_line};
pub use draft::Draft;
pub use failure::{Delivery, Failure, FailureItem, FailureKind};
pub use filter::{Above, Filter, FilterError};
pub use form::{Field, FieldKind, FormSpec, Values};
pub use history::{Difference, HistoryEntry, Observed, Vanished};
pub use ids::{AccountId, AccountKey, ConnectionName, OrganizationId, OrganizationKey, OwnKey, ProviderId, Subject};
pub use journal::{JournalRecord, JournalState, Records, undone};
pub use keys::{Binding, Key, KeyCode};
pub use lineage::{Lineage, Step};
pub use listed::{AtPath, Listed};
pub use look::{look, skeleton};
pub use moment::{Moment, age_words};
pub use natural::natural;
pub use organization::Organization;
pub use plan::{
    Applied, Before, Conflict, Diff, Ended, Meanwhile, Part, Plan, PlannedChange, RequestPreview, SideEffect, Signal,
    Stage, Taken,
};
pub use profile::Profile;
pub use protection::Protection;
pub(crate) use raw::write_kept;
pub use raw::{RawJson, members, slice, slices};
pub use secret::Secret;
pub use signs::ascii_form;
pub use text::{
    Ambiguous, Untrusted, ambiguous, behind, careful, clip, clip_middle, clip_start, grouped, harmless, shown,
    shown_sides, shown_value, width,
};
pub use theme::{OwnTheme, Role, RoleLook, ThemeChoice};
pub use tree::{Tree, TreeFault, TreeNode};

/// Who a connection turned out to be. Inventory, drafts, journal and undo belong to an identity, not to a
/// connection's name: a name can be pointed at another credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The kind of service, e.g. `cloudflare`.
    pub provider: ProviderId,
    /// Scheme, host and port of the base URL, e.g. `https://api.cloudflare.com`.
    pub origin: String,
    /// The organization or management account that the credential belongs to, where the provider says so.
    pub organization: Option<Untrusted>,
    /// The user, e-mail or token id that the provider names.
    pub user: Untrusted,
    /// The credential's kind in words, e.g. `API token` or `e-mail and key`; never its value.
    pub credential: String,
    /// When the credential ends, as the provider says it (RFC 3339), if it ends.
    pub expires_at: Option<Untrusted>,
}

impl Identity {
    /// Whether two answers name the same owner. Expiry may change without the owner changing.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.provider == other.provider
            && self.origin == other.origin
            && self.organization == other.organization
            && self.user == other.user
    }

    /// Who it is and by what, in one line, safe for a terminal: `admin@example.com (API token)`. Where the provider names
    /// nobody the credential alone says it, e.g. `no credential`.
    #[must_use]
    pub fn words(&self) -> String {
        let credential = shown(&self.credential);
        if self.user.is_empty() { credential.into_owned() } else { format!("{} ({credential})", self.user.shown()) }
    }

    /// What two answers of the same identity have in common, as text: a change of expiry makes nobody another.
    #[must_use]
    pub fn key(&self) -> String {
        let organization = self.organization.as_ref().map(Untrusted::raw);
        serde_json::json!([self.provider.as_str(), self.origin, organization, self.user.raw()]).to_string()
    }

    /// Who it is in one line, safe for a terminal, told apart from `other`: the user, and what else differs.
    #[must_use]
    pub fn beside(&self, other: &Self) -> String {
        let mut words = if self.user.is_empty() { "nobody named".to_owned() } else { self.user.shown().into_owned() };
        if self.organization != other.organization {
            let of = self.organization.as_ref().map_or("no organization".into(), Untrusted::shown);
            words = format!("{words} of {of}");
        }
        if self.origin != other.origin {
            words = format!("{words} at {}", shown(&self.origin));
        }
        words
    }
}
