//! What a plan costs in requests, from its reading to the read-backs.

use crate::domain::{Change, Subject};
use crate::provider::{Capability, Offer, Provider};

/// The requests of a plan, each counted once: a provider may need more for one, and throttling adds its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// To make the plan: identity, names, lineages, profiles.
    pub planning: u64,
    /// To read again before sending: identity, profiles.
    pub again: u64,
    /// To send.
    pub sends: u64,
    /// To read back.
    pub backs: u64,
}

impl Cost {
    /// What these changes cost at a provider.
    pub fn of<'c>(provider: &dyn Provider, changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let has_lineage = provider.spec().offer(Capability::Lineage) == Offer::Yes;
        let identity = Self { planning: 1, again: 1, ..Self::default() };
        changes.into_iter().fold(identity, |cost, change| {
            let lineage = has_lineage && matches!(change.subject, Subject::Account(_));
            Self {
                planning: cost.planning + 2 + u64::from(lineage),
                again: cost.again + 1,
                sends: cost.sends + 1,
                backs: cost.backs + 1,
            }
        })
    }

    /// All of it.
    #[must_use]
    pub fn total(self) -> u64 {
        self.planning + self.again + self.sends + self.backs
    }
}

/// What these changes cost, in a sentence, if that is so much that it is asked about: over a tenth of a window of the
/// request budget.
pub async fn dear<'c>(provider: &dyn Provider, changes: impl IntoIterator<Item = &'c Change>) -> Option<String> {
    let cost = Cost::of(provider, changes);
    let budget = provider.budget().await.filter(|budget| budget.is_dear(cost.total()))?;
    let Cost { planning, again, sends, backs } = cost;
    Some(format!(
        "this costs {} of {} requests that the provider's limit allows: {planning} to plan, {again} to read again, \
         {sends} to send, {backs} to read back",
        cost.total(),
        budget.limit
    ))
}
