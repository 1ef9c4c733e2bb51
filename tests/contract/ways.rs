//! What the suite must be told of a provider: values for its forms, and what an assumption makes impossible.

use acctui::domain::{Account, AccountId, ChangeKind, FailureKind, Lineage, Organization, OrganizationId};
use futures::future::LocalBoxFuture;

use crate::house::{Link, World};
use crate::reads::Seen;
use crate::{aws, cloud66, cloudflare, huawei, landscape};

/// Fields of a form and what to write into them.
pub type Fields = &'static [(&'static str, &'static str)];

/// One provider, as its documents and its simulator have it.
pub struct Ways {
    /// The provider's id.
    pub id: &'static str,
    /// How many accounts its simulator gets in a world: more than two pages, or enough for what the world is about.
    pub accounts: fn(&World) -> usize,
    /// Whether a listing is one page however many accounts there are: then it is whole, or failed, and nothing between.
    pub is_one_page: bool,
    /// Why a listed account cannot be opened in this world; `None` where it must open.
    pub closed: fn(&World, &Account) -> Option<FailureKind>,
    /// Ids that no account has, one of another shape among them, and how each is refused in this world.
    pub unknown: fn(&World) -> Vec<(&'static str, FailureKind)>,
    /// A list parameter that takes an account's whole name.
    pub search: Option<&'static str>,
    /// Whether an account's lineage agrees with the way to it through the listings of organizations, root first.
    pub agrees: fn(&Lineage, &[OrganizationId]) -> bool,
    /// What is written into a profile.
    pub profile: Fields,
    /// Accounts to make, with the field that holds the name. The first one is moved, edited and closed, the second one
    /// deleted.
    pub accounts_made: (&'static str, &'static [Fields]),
    /// Whether the first of them is made in the root organization.
    pub first_in_root: bool,
    /// Edits of an account, one after the other; the fields are paths in its record.
    pub edits: &'static [Fields],
    /// The first account of a new server; the last field is secret.
    pub standalone: Fields,
    /// An organization to make, and its later name; the field is `name`.
    pub organization: (&'static str, &'static str),
    /// Whether an account may be one that can be taken out of its organization.
    pub removable: fn(&Account) -> bool,
    /// How this connection refuses a write that its provider advertises; `None` where it must work.
    pub refused: fn(&Link, ChangeKind) -> Option<FailureKind>,
    /// How this world refuses what stands against a write: see [`Against`]. `None` where it does not.
    pub against: fn(&World, Against) -> Option<FailureKind>,
    /// Whether some write goes on after its answer.
    pub goes_on: bool,
    /// Credentials that are refused.
    pub wrong: &'static [Fields],
    /// What a listing by those is refused as in this world, before anybody asks who they are.
    pub wrong_listed: fn(&World) -> FailureKind,
    /// What only this provider has, in every world. Runs before anything is written.
    pub more: for<'a> fn(&'a Link, &'a Seen) -> LocalBoxFuture<'a, ()>,
    /// The same after the writes.
    pub after: for<'a> fn(&'a Link, &'a [AccountId]) -> LocalBoxFuture<'a, ()>,
}

/// What can stand against a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The organization to delete holds something.
    NotEmpty,
    /// The account to move is not where the move says.
    Elsewhere,
    /// The organization is gone.
    Gone,
    /// The account has a role and is not removed.
    Kept,
    /// The account leads the organization and is not removed.
    Leads,
}

/// Every provider's, in no order.
pub const ALL: [&Ways; 5] = [&cloudflare::WAYS, &cloud66::WAYS, &landscape::WAYS, &huawei::WAYS, &aws::WAYS];

/// Those of a connection's provider: a new provider has to say them.
pub fn of(link: &Link) -> &'static Ways {
    let id = link.kind.spec.facts.id;
    ALL.into_iter().find(|ways| ways.id == id).unwrap_or_else(|| panic!("nobody said how {id} is tested"))
}

/// What a status is, where a provider's codes say no more than it.
pub fn kind_of(value: &str) -> FailureKind {
    match value.split('-').next() {
        Some("400") => FailureKind::Refused,
        Some("401") => FailureKind::Auth,
        Some("403") => FailureKind::Forbidden,
        Some("404") => FailureKind::NotFound,
        Some("409") => FailureKind::Conflict,
        other => panic!("{other:?} is no status of a refusal"),
    }
}

/// Nothing, where a provider has no more of it.
pub fn nothing<'a, T: ?Sized>(_: &'a Link, _: &'a T) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {})
}

/// For providers whose accounts all open.
pub fn all_open(_: &World, _: &Account) -> Option<FailureKind> {
    None
}

/// For providers whose lineages are the way itself.
pub fn is_the_way(lineage: &Lineage, way: &[OrganizationId]) -> bool {
    crate::reads::way(lineage) == way
}

/// For providers whose advertised writes all work everywhere.
pub fn never(_: &Link, _: ChangeKind) -> Option<FailureKind> {
    None
}

/// The root of a hierarchy: where something is made.
pub fn root(organizations: &[Organization]) -> &Organization {
    organizations.iter().find(|one| one.parent.is_none()).unwrap()
}
