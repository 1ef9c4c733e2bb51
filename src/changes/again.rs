//! Again: what a plan of the journal did not get done, as changes for a new plan.

use indexmap::IndexMap;

use super::Keep;
use super::reconcile::{UNDER_WAY, settled};
use super::road::{Road, Way, Wish, plan_wished};
use super::undo::{has_secrets, named, settle_first};
use crate::domain::{Change, Failure, FailureKind, JournalRecord, JournalState, Plan, shown};

/// What is left of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Again {
    /// What was not done, in the plan's order.
    pub changes: Vec<Change>,
    /// What is left out all the same, in sentences: nobody knows whether it was done, or its secrets are on no disk.
    pub left_out: Vec<String>,
}

/// What of a plan was not done: about to be sent when the program ended, refused, or found not to be done. What may have
/// been done is left out until it is settled.
///
/// # Errors
/// `NotFound` for a plan that the journal does not have; `Refused` if nothing is left of it that can be planned, with
/// the reason.
pub fn again(records: &[JournalRecord], plan: &str) -> Result<Again, Failure> {
    let newest = of_plan(records, plan);
    let what = || format!("plan {}", shown(plan));
    if newest.is_empty() {
        return Err(Failure::new(FailureKind::NotFound, what(), "the journal has no such plan"));
    }
    let mut found = Again::default();
    for record in newest {
        let words = |why: &str| format!("left out: {} ({}): {why}", named(record), shown(record.subject.id()));
        match (record.state, record.is_done()) {
            (_, Some(true)) => {}
            (JournalState::Sent | JournalState::Unknown, _) => {
                found.left_out.push(words(&format!("nobody knows whether it was done; {}", settle_first(record))));
            }
            _ if has_secrets(record) => {
                found.left_out.push(words("its secrets are kept on no disk; make it again with its form"));
            }
            (
                JournalState::Intended | JournalState::Confirmed | JournalState::Refused | JournalState::Reconciled,
                _,
            ) => found.changes.push(change(record)),
        }
    }
    if found.changes.is_empty() {
        let cause = match found.left_out.as_slice() {
            [] => "all of it is done".to_owned(),
            left_out => left_out.join("; "),
        };
        return Err(Failure::new(FailureKind::Refused, what(), cause));
    }
    Ok(found)
}

/// The plan of what an earlier one did not get done; what is left out stands among the plan's warnings. What the earlier one
/// never sent is settled as not done: it goes on under a new id.
///
/// # Errors
/// Those of [`again`] and of planning; `Conflict` if a connection is not who made the earlier plan; `Local` if the journal
/// can't be written.
pub async fn plan_again(roads: &[Road<'_>], records: &[JournalRecord], earlier: &str) -> Result<Plan, Failure> {
    if roads.first().is_some_and(|road| road.journal.is_held(earlier)) {
        return Err(Failure::new(FailureKind::Refused, format!("plan {}", shown(earlier)), UNDER_WAY));
    }
    let Again { changes, left_out } = again(records, earlier)?;
    let own = of_plan(records, earlier);
    for road in roads {
        // A connection that nothing is left for need not be who it was.
        let goes_on = changes.iter().any(|change| change.subject.connection() == road.connection);
        if let (Some(record), true) = (own.iter().find(|record| record.connection == *road.connection), goes_on) {
            road.owns(record).await?;
        }
    }
    for road in roads {
        let unsent = own.iter().filter(|record| {
            record.state == JournalState::Intended && !record.kind.makes() && record.connection == *road.connection
        });
        let now = (road.clock)();
        let settled: Vec<JournalRecord> = unsent.map(|record| settled(record, now, false, None)).collect();
        if !settled.is_empty() {
            road.journal.written(settled, Keep::Synced).await?;
        }
    }
    let mut plan = plan_wished(roads, changes, Way::default(), Wish::Kept).await?;
    plan.warnings.extend(left_out);
    Ok(plan)
}

/// The newest record of each change of a plan, in the plan's order.
pub(super) fn of_plan<'r>(records: &'r [JournalRecord], plan: &str) -> Vec<&'r JournalRecord> {
    let mut newest: IndexMap<&str, &JournalRecord> = IndexMap::new();
    for record in records.iter().filter(|record| record.plan() == plan) {
        newest.insert(&record.change, record);
    }
    newest.into_values().collect()
}

/// A change of the journal as it was wanted. Its base is what stood before: what somebody else altered since is a
/// conflict, and fields that it left alone are left alone.
fn change(record: &JournalRecord) -> Change {
    Change {
        subject: record.subject.clone(),
        kind: record.kind,
        values: record.values.clone(),
        secrets: std::collections::BTreeMap::new(),
        base: (!record.kind.makes()).then(|| record.before.clone()),
        // A provider that refused made nothing and may give the same answer to the same key; of all else it must make
        // nothing twice.
        key: record.key.clone().filter(|_| record.state != JournalState::Refused),
    }
}
