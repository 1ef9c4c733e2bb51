//! The editable business details of an account or an organization.

use serde::{Deserialize, Serialize};

use super::{Subject, Values};

/// A profile as the provider gave it. A subject without one has `exists: false` and no values, which is not the same
/// as one whose fields are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose profile it is.
    pub subject: Subject,
    /// Whether the provider has one at all.
    pub exists: bool,
    /// The provider's own field names, in its order.
    pub values: Values,
}
