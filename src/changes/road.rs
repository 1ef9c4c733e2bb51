//! Plan and apply.

use super::Journal;
use crate::domain::{Applied, Change, ConnectionName, Failure, Moment, Plan, Protection};
use crate::inventory::Inventory;
use crate::provider::{Clock, Provider};

/// What a write needs on its way.
pub struct Road<'a> {
    /// The connection that it goes to.
    pub connection: &'a ConnectionName,
    /// How that connection is protected; `ReadOnly` also for `--read-only`.
    pub protection: Protection,
    /// The connection's provider.
    pub provider: &'a dyn Provider,
    /// Where its record is kept.
    pub journal: &'a dyn Journal,
    /// What learns of reads and outcomes.
    pub inventory: &'a Inventory,
    /// Where the time comes from.
    pub clock: &'a Clock,
    /// The person's reason (`--reason`), kept in the journal.
    pub reason: Option<String>,
}

/// Reads afresh (identity, target's name, lineage, profile) and says what the changes would do. Sends nothing.
///
/// # Errors
/// `Refused` with a sentence for read-only connections and fields that the form's spec does not have or does not take; the
/// provider's failure if a read fails.
pub async fn plan(road: &Road<'_>, changes: Vec<Change>) -> Result<Plan, Failure> {
    let _ = (road.connection, changes, Moment(0));
    Err(Failure::new(crate::domain::FailureKind::Unsupported, "plan", ""))
}

/// Sends a confirmed plan: identity and target are read again, and if they differ nothing is sent. One result a change,
/// in the plan's order. `progress` hears each step in words (`reading again`, `sending`, `reading back`).
pub async fn apply(road: &Road<'_>, plan: &Plan, progress: &(dyn Fn(&'static str) + Send + Sync)) -> Vec<Applied> {
    let _ = (road.connection, plan, progress);
    Vec::new()
}
