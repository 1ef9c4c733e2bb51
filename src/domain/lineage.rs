//! The organizations that contain or manage an account, root first.

use serde::Serialize;

use super::Organization;

/// One organization on the way from the root to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The organization.
    pub organization: Organization,
    /// False where the provider gives it a parent other than the row before it: such a row is marked, never re-linked.
    pub linked: bool,
}

/// The way from the root to an account: root first, the account's own parent last, the account not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// The steps in the provider's order.
    pub steps: Vec<Step>,
}

impl Step {
    /// What people read beside a row whose parent is not the row before it.
    pub const UNLINKED: &'static str = "not inside the one above";
}

impl Lineage {
    /// Takes the provider's order as it is and marks the rows whose parent is not the row before them.
    #[must_use]
    pub fn new(organizations: Vec<Organization>) -> Self {
        let mut steps: Vec<Step> = Vec::with_capacity(organizations.len());
        for organization in organizations {
            let above = steps.last().map(|step| &step.organization.key.id);
            let linked = organization.parent.as_ref().map(|parent| &parent.id) == above;
            steps.push(Step { organization, linked });
        }
        Self { steps }
    }

    /// The organization that holds the account directly.
    #[must_use]
    pub fn parent(&self) -> Option<&Organization> {
        self.steps.last().map(|step| &step.organization)
    }

    /// The root of the hierarchy, if the way to it has no gap: a first step that names a parent is none.
    #[must_use]
    pub fn root(&self) -> Option<&Organization> {
        let whole = self.steps.iter().all(|step| step.linked);
        self.steps.first().filter(|_| whole).map(|step| &step.organization)
    }

    /// `Root › Division › Team`, safe for a terminal; empty for an account outside any organization.
    #[must_use]
    pub fn crumbs(&self) -> String {
        self.steps.iter().map(|step| step.organization.name.shown().into_owned()).collect::<Vec<_>>().join(" › ")
    }
}
