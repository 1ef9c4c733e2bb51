//! Fresh reads: what stands now in the fields that a change is about.

use super::road::Road;
use crate::domain::{Before, Change, Failure};

impl Road<'_> {
    /// What stands now for one change. Always asks the provider; the inventory learns it.
    ///
    /// # Errors
    /// The provider's failure; `NotFound` for a target that is gone.
    pub(super) async fn before(&self, change: &Change) -> Result<Before, Failure> {
        self.profile(&change.subject).await.map(Before::from)
    }

    /// The same for many changes of this connection, in their order; where a listing answers for several of them, it is
    /// asked once for all.
    pub(super) async fn befores(&self, changes: &[&Change]) -> Vec<Result<Before, Failure>> {
        let mut befores = Vec::with_capacity(changes.len());
        for change in changes {
            befores.push(self.before(change).await);
        }
        befores
    }
}
