//! What a plan costs in requests, from its reading to the read-backs.

use std::collections::HashMap;

use super::listings::Wanted;
use super::read::SINGLY;
use super::road::Road;
use crate::domain::{Change, ChangeKind, OrganizationId, Subject};
use crate::provider::Levels;

/// The requests of a plan, each counted once: a provider may need more for one, and throttling adds its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// To make the plan: what the inventory does not know, or not freshly enough.
    pub planning: u64,
    /// To read again before sending.
    pub again: u64,
    /// To send.
    pub sends: u64,
    /// To read back.
    pub backs: u64,
}

impl Cost {
    /// What these changes cost at a road's connection, by what the inventory knows now.
    pub fn of<'c>(road: &Road<'_>, changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let changes: Vec<&Change> = changes.into_iter().filter(|change| is_own(road, change)).collect();
        if changes.is_empty() {
            return Self::default();
        }
        let again = reads(road, &changes);
        let made = changes.iter().filter(|change| change.kind.makes()).count() as u64;
        Self { planning: planning(road, &changes), again, sends: changes.len() as u64, backs: again + made }
    }

    /// All of it.
    #[must_use]
    pub fn total(self) -> u64 {
        self.planning + self.again + self.sends + self.backs
    }
}

fn is_own(road: &Road<'_>, change: &Change) -> bool {
    change.subject.connection() == road.connection
}

/// The reads of what stands before these changes.
fn reads(road: &Road<'_>, changes: &[&Change]) -> u64 {
    let (listed, singly): (Vec<&Change>, Vec<&Change>) =
        changes.iter().copied().filter(|change| !change.kind.makes()).partition(|change| road.is_listed(change));
    let listings = Wanted::of(road, changes).map_or(listed.len() as u64, |wanted| pages(road, &wanted));
    singly.len() as u64 + listings
}

/// The pages of these listings, by the known sizes of the organizations.
fn pages(road: &Road<'_>, wanted: &Wanted) -> u64 {
    let snapshot = road.inventory.snapshot();
    let places = || wanted.sources.iter().chain(&wanted.destinations);
    let mut sizes: HashMap<&OrganizationId, u64> = places().map(|place| (place, 0)).collect();
    for account in snapshot.rows().filter(|account| account.connection() == road.connection) {
        if let Some(size) = account.parent().and_then(|parent| sizes.get_mut(&parent.id)) {
            *size += 1;
        }
    }
    let rows = road.provider.spec().page_rows.max(1);
    let pages = |size: u64| size.div_ceil(rows).max(1);
    let organizations: u64 = sizes.into_values().map(pages).sum();
    let view = snapshot.connection(road.connection);
    let all = match (wanted.all, view) {
        (false, _) => 0,
        (true, None) => 1,
        (true, Some(view)) => {
            let is_walked = road.provider.spec().levels == Levels::Walked;
            pages(view.accounts) + if is_walked { 1 + view.tree.len() as u64 } else { 0 }
        }
    };
    organizations + all
}

/// The reads that a plan makes: those of the changes, and of the identity, names and lineages that nobody knows.
fn planning(road: &Road<'_>, changes: &[&Change]) -> u64 {
    let cold: Vec<&Change> = changes.iter().copied().filter(|change| road.warm(change, &[]).is_none()).collect();
    let identity = u64::from(road.known_identity().is_none());
    let is_few = changes.len() <= SINGLY;
    let beside = changes.iter().map(|change| {
        let Subject::Account(key) = &change.subject else {
            let names = !change.kind.makes() && change.kind == ChangeKind::Profile;
            return u64::from(names && road.known_name(&change.subject).is_none());
        };
        let name = match change.kind {
            ChangeKind::Profile => road.known_name(&change.subject).is_none(),
            ChangeKind::MoveAccount => is_few && road.has_lineage() && road.fresh_account(key).is_none(),
            ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::UpdateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization
            | ChangeKind::DeleteOrganization => false,
        };
        let is_asked = is_few && road.has_lineage() && change.kind != ChangeKind::MoveAccount;
        u64::from(name) + u64::from(is_asked && road.known_lineage(key).is_none())
    });
    identity + reads(road, &cold) + beside.sum::<u64>()
}

/// What these changes cost, in a sentence, if that is so much that it is asked about: over a tenth of a window of the
/// request budget.
pub async fn dear<'c>(road: &Road<'_>, changes: impl IntoIterator<Item = &'c Change>) -> Option<String> {
    let cost = Cost::of(road, changes);
    let budget = road.provider.budget().await.filter(|budget| budget.is_dear(cost.total()))?;
    let Cost { planning, again, sends, backs } = cost;
    let planning = if planning == 0 { String::new() } else { format!("{planning} to plan, ") };
    Some(format!(
        "this costs {} of {} requests that the provider's limit allows: {planning}{again} to read again, {sends} to \
         send, {backs} to read back",
        cost.total(),
        budget.limit
    ))
}
