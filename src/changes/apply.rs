//! Sends a confirmed plan: reads again, journals, sends once, reads back.

use std::collections::BTreeSet;
use std::time::Duration;

use super::road::{Road, read_only_failure};
use crate::domain::{
    Applied, Delivery, Failure, FailureKind, JournalRecord, JournalState, Plan, PlannedChange, Profile, Protection,
    Untrusted, shown,
};
use crate::provider::Executed;

/// How long a confirmed change is looked for: providers are eventually consistent, people are not patient.
const PATIENCE: Duration = Duration::from_secs(10);

/// The wait before the second look; each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Hears each step in words.
type Progress<'a> = &'a (dyn Fn(&'static str) + Send + Sync);

/// Sends a confirmed plan: identity and target are read again, and if they differ nothing is sent. One result a change,
/// in the plan's order. `progress` hears each step in words (`reading again`, `sending`, `reading back`).
pub async fn apply(road: &Road<'_>, plan: &Plan, progress: Progress<'_>) -> Vec<Applied> {
    progress("reading again");
    if let Err(failure) = check(road, plan).await {
        let not_sent = |_: &PlannedChange| Applied::NotSent(failure.clone());
        return plan.changes.iter().map(not_sent).collect();
    }
    let mut results = Vec::with_capacity(plan.changes.len());
    for (nth, planned) in (1..).zip(&plan.changes) {
        if nth > 1 {
            progress("reading again");
        }
        let id = format!("{}-{nth}", plan.id);
        results.push(apply_one(road, plan, &id, planned, progress).await);
    }
    results
}

/// What must hold for the plan as a whole.
async fn check(road: &Road<'_>, plan: &Plan) -> Result<(), Failure> {
    let refused = |cause: String| Failure::new(FailureKind::Refused, "sending the plan", cause);
    if road.protection == Protection::ReadOnly {
        return Err(read_only_failure(road.connection));
    }
    if plan.connection != *road.connection {
        let cause = format!("it was made for the connection {}", plan.connection);
        return Err(refused(cause));
    }
    if plan.has_conflicts() {
        let cause = "somebody else changed the same fields: choose mine or theirs for each first";
        return Err(refused(cause.into()));
    }
    let identity = road.identity().await?;
    if !identity.is_same(&plan.identity) {
        return Err(road.somebody_else(&plan.identity, &identity));
    }
    Ok(())
}

async fn apply_one(road: &Road<'_>, plan: &Plan, id: &str, planned: &PlannedChange, progress: Progress<'_>) -> Applied {
    let now = match road.profile(&planned.change.subject).await {
        Ok(now) => now,
        Err(failure) => return Applied::NotSent(failure),
    };
    if now != planned.read {
        return renew(road, plan, planned, now).await;
    }
    if planned.diff.is_empty() {
        return Applied::NothingToDo;
    }
    let record = |state, resent, failure| record(road, plan, id, planned, (state, resent, failure));
    let written = record(JournalState::Intended, 0, None);
    // The request is about to go out: from here on a crash leaves an outcome that nobody knows.
    if let Err(failure) = written.and_then(|()| record(JournalState::Sent, 0, None)) {
        return Applied::NotSent(failure);
    }
    progress("sending");
    match road.provider.execute(&planned.change).await {
        Ok(executed) => {
            let written = record(JournalState::Confirmed, executed.resent, None);
            progress("reading back");
            let (read_back, visible) = read_back(road, planned, PATIENCE).await;
            Applied::Confirmed { read_back, visible, messages: messages(executed, written) }
        }
        Err(failure) => refused(failure, record),
    }
}

/// What a failed request means for the change. If the journal can't take it, its last word stays "sent": the change is
/// listed as unsettled, which asks for a look and sends nothing.
fn refused(failure: Failure, record: impl Fn(JournalState, u32, Option<Failure>) -> Result<(), Failure>) -> Applied {
    let (state, applied): (_, fn(Failure) -> Applied) = match failure.delivery {
        Delivery::Unsent => (JournalState::Refused, Applied::NotSent),
        Delivery::Answered => (JournalState::Refused, Applied::Refused),
        Delivery::Unknown => (JournalState::Unknown, Applied::Unknown),
    };
    let _ = record(state, failure.resent, Some(failure.clone()));
    applied(failure)
}

/// The provider's messages, and a word if the journal could not note the success.
fn messages(executed: Executed, written: Result<(), Failure>) -> Vec<Untrusted> {
    let unwritten = written
        .err()
        .map(|failure| Untrusted::from(format!("the change is done, but the journal does not know: {failure}")));
    executed.messages.into_iter().chain(unwritten).collect()
}

/// The second read differs from the plan: the plan as it would be now. What the plan would not have altered takes what
/// was read; what it would have altered and somebody else did, too, is a conflict.
async fn renew(road: &Road<'_>, plan: &Plan, planned: &PlannedChange, now: Profile) -> Applied {
    let mut change = planned.change.clone();
    change.base = Some(planned.read.values.clone());
    match road.planned(change, now, &plan.identity).await {
        // It already is as wanted: somebody did the same, or an earlier try arrived after all.
        Ok(anew) if anew.diff.is_empty() && anew.conflicts.is_empty() => Applied::NothingToDo,
        Ok(mut anew) => {
            anew.warnings.splice(0..0, meanwhile(&planned.read, &anew.read));
            let mut renewed = road.plan_of(plan.identity.clone(), vec![anew]).await;
            renewed.renewed = true;
            Applied::Outdated(Box::new(renewed))
        }
        Err(failure) => Applied::NotSent(failure),
    }
}

/// Each field that somebody else changed between two reads, in words.
fn meanwhile(before: &Profile, now: &Profile) -> Vec<String> {
    let side = |profile: &Profile, field: &str| match profile.values.get(field) {
        "" => "(empty)".to_owned(),
        text => format!("\"{}\"", shown(text)),
    };
    let fields: BTreeSet<&String> = before.values.0.keys().chain(now.values.0.keys()).collect();
    let mut words: Vec<String> = fields
        .into_iter()
        .filter(|field| before.values.get(field) != now.values.get(field))
        .map(|field| format!("changed meanwhile: {}: {} -> {}", shown(field), side(before, field), side(now, field)))
        .collect();
    match (before.exists, now.exists) {
        (true, false) => words.insert(0, "changed meanwhile: the profile was taken away".into()),
        (false, true) => words.insert(0, "changed meanwhile: somebody made the profile".into()),
        (true, true) | (false, false) => {}
    }
    words
}

fn record(
    road: &Road<'_>,
    plan: &Plan,
    id: &str,
    planned: &PlannedChange,
    (state, resent, failure): (JournalState, u32, Option<Failure>),
) -> Result<(), Failure> {
    let record = JournalRecord {
        change: id.to_owned(),
        at: (road.clock)(),
        state,
        connection: road.connection.clone(),
        identity: plan.identity.clone(),
        subject: planned.change.subject.clone(),
        name: planned.name.clone(),
        kind: planned.change.kind,
        diff: planned.diff.clone(),
        before: planned.read.values.clone(),
        existed: planned.read.exists,
        reason: road.reason.clone(),
        failure,
        resent,
    };
    road.journal.record(&record)
}

/// Reads until the new values show or patience ends. Gives the last read and whether it shows them.
async fn read_back(road: &Road<'_>, planned: &PlannedChange, patience: Duration) -> (Option<Profile>, bool) {
    let mut last = None;
    let looking = async {
        let mut wait = FIRST_WAIT;
        loop {
            if let Ok(profile) = road.profile(&planned.change.subject).await {
                let visible = shows(&profile, planned);
                last = Some(profile);
                if visible {
                    return;
                }
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    };
    let visible = tokio::time::timeout(patience, looking).await.is_ok();
    (last, visible)
}

/// Whether a profile has what the change set.
fn shows(profile: &Profile, planned: &PlannedChange) -> bool {
    let to = |diff: &crate::domain::Diff| {
        let to = diff.to.as_deref().unwrap_or_default();
        profile.values.get(&diff.field) == to
    };
    profile.exists && planned.diff.iter().all(to)
}
