//! Sends a confirmed plan: reads again, journals, sends once, reads back.

use std::collections::BTreeSet;
use std::time::Duration;

use super::road::{Road, Way, plan_of, read_only_failure, road_of};
use super::{Gate, Keep};
use crate::domain::{
    Applied, Before, Delivery, Failure, FailureKind, JournalRecord, JournalState, Part, Plan, PlannedChange,
    Protection, Stage, Untrusted, shown,
};
use crate::provider::Executed;

/// How long a confirmed change is looked for: providers are eventually consistent, people are not patient.
const PATIENCE: Duration = Duration::from_secs(10);

/// The wait before the second look; each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Who looks on while a plan is sent.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Hears how far it is.
    pub tell: &'a (dyn Fn(Stage) + Send + Sync),
    /// Asked before each change is sent.
    pub gate: &'a Gate,
}

impl Watch<'_> {
    fn step(&self, words: &'static str) {
        (self.tell)(Stage::Step(words));
    }
}

/// Sends a confirmed plan: identity and target are read again, and if they differ nothing is sent. One result a change,
/// in the plan's order. `watch` hears each step in words (`reading again`, `sending`, `reading back`).
pub async fn apply(roads: &[Road<'_>], plan: &Plan, watch: Watch<'_>) -> Vec<Applied> {
    watch.step("reading again");
    let mut results = Vec::with_capacity(plan.changes.len());
    for (nth, planned) in plan.changes.iter().enumerate() {
        if nth > 0 {
            watch.step("reading again");
        }
        let applied = match road_of(roads, &planned.change) {
            Err(failure) => Applied::NotSent(failure),
            Ok(road) => match check(road, plan).await {
                Err(failure) => Applied::NotSent(failure),
                Ok(part) => {
                    let id = format!("{}-{}", plan.id, nth + 1);
                    apply_one(road, (plan, &part), &id, planned, watch).await
                }
            },
        };
        results.push(applied);
    }
    results
}

/// What must hold for a connection's part as a whole.
async fn check(road: &Road<'_>, plan: &Plan) -> Result<Part, Failure> {
    let refused = |cause: String| Failure::new(FailureKind::Refused, "sending the plan", cause);
    if road.protection == Protection::ReadOnly {
        return Err(read_only_failure(road.connection));
    }
    let Some(part) = plan.part(road.connection) else {
        return Err(refused(format!("it was not made for the connection {}", road.connection)));
    };
    if plan.has_conflicts() {
        let cause = "somebody else changed the same fields: choose mine or theirs for each first";
        return Err(refused(cause.into()));
    }
    let identity = road.identity().await?;
    if !identity.is_same(&part.identity) {
        return Err(road.somebody_else(&part.identity, &identity));
    }
    Ok(part.clone())
}

async fn apply_one(
    road: &Road<'_>,
    (plan, part): (&Plan, &Part),
    id: &str,
    planned: &PlannedChange,
    watch: Watch<'_>,
) -> Applied {
    let now: Before = match road.profile(&planned.change.subject).await {
        Ok(now) => now.into(),
        Err(failure) => return Applied::NotSent(failure),
    };
    if now != planned.read {
        return renew(road, (plan, part), planned, now).await;
    }
    if planned.diff.is_empty() {
        return Applied::NothingToDo;
    }
    let record = |state, resent, failure| record(road, part, id, planned, (state, resent, failure));
    let written = record(JournalState::Intended, 0, None);
    // The request is about to go out: from here on a crash leaves an outcome that nobody knows.
    if let Err(failure) = written.and_then(|()| record(JournalState::Sent, 0, None)) {
        return Applied::NotSent(failure);
    }
    watch.step("sending");
    match road.provider.execute(&planned.change).await {
        Ok(executed) => {
            let written = record(JournalState::Confirmed, executed.resent, None);
            watch.step("reading back");
            let (read_back, visible) = read_back(road, planned, PATIENCE).await;
            Applied::Confirmed { read_back, visible, messages: messages(executed, written), made: None }
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
async fn renew(road: &Road<'_>, (plan, part): (&Plan, &Part), planned: &PlannedChange, now: Before) -> Applied {
    let mut change = planned.change.clone();
    change.base = Some(planned.read.values.clone());
    match road.planned(change, now, &part.identity).await {
        // It already is as wanted: somebody did the same, or an earlier try arrived after all.
        Ok(anew) if anew.diff.is_empty() && anew.conflicts.is_empty() => Applied::NothingToDo,
        Ok(mut anew) => {
            anew.warnings.splice(0..0, meanwhile(&planned.read, &anew.read));
            let mut renewed =
                plan_of(std::slice::from_ref(road), vec![part.clone()], vec![anew], Way { batch: plan.batch }).await;
            renewed.renewed = true;
            Applied::Outdated(Box::new(renewed))
        }
        Err(failure) => Applied::NotSent(failure),
    }
}

/// Each field that somebody else changed between two reads, in words.
fn meanwhile(before: &Before, now: &Before) -> Vec<String> {
    let side = |profile: &Before, field: &str| match profile.values.get(field) {
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
    part: &Part,
    id: &str,
    planned: &PlannedChange,
    (state, resent, failure): (JournalState, u32, Option<Failure>),
) -> Result<(), Failure> {
    let record = JournalRecord {
        change: id.to_owned(),
        at: (road.clock)(),
        state,
        connection: road.connection.clone(),
        identity: part.identity.clone(),
        subject: planned.change.subject.clone(),
        name: planned.name.clone(),
        kind: planned.change.kind,
        diff: planned.diff.clone(),
        values: planned.change.values.clone(),
        before: planned.read.values.clone(),
        existed: planned.read.exists,
        reason: road.reason.clone(),
        failure,
        resent,
        key: planned.change.key.clone(),
        operation: None,
        made: None,
        done: None,
        request_id: None,
    };
    road.journal.record(std::slice::from_ref(&record), Keep::Synced)
}

/// Reads until the new values show or patience ends. Gives the last read and whether it shows them.
async fn read_back(road: &Road<'_>, planned: &PlannedChange, patience: Duration) -> (Option<Before>, bool) {
    let mut last = None;
    let looking = async {
        let mut wait = FIRST_WAIT;
        loop {
            if let Ok(profile) = road.profile(&planned.change.subject).await {
                let now = Before::from(profile);
                let visible = shows(&now, planned);
                last = Some(now);
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
fn shows(profile: &Before, planned: &PlannedChange) -> bool {
    let to = |diff: &crate::domain::Diff| {
        let to = diff.to.as_deref().unwrap_or_default();
        profile.values.get(&diff.field) == to
    };
    profile.exists && planned.diff.iter().all(to)
}
