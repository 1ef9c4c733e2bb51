//! Settles changes whose outcome nobody knows: by reading back, by what the provider says of its own operation, or by the
//! user's word. Sends nothing.

use std::time::Duration;

use super::back::shows;
use super::road::Road;
use super::send::confirmed;
use super::undo::SECRET;
use super::{Journal, Keep, unsettled};
use crate::domain::{
    Before, Change, ChangeKind, Diff, Failure, FailureKind, JournalRecord, JournalState, Moment, Subject,
};
use crate::provider::http::Policy;
use crate::provider::{Progress, RequestBudget};

/// How long after a change was sent its effect may still be on its way into the provider's answers.
const PATIENCE_MILLIS: u64 = 10_000;

/// The wait before the second look; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// After so many milliseconds no process can be in the middle of a change any more: it is two requests at the most (an
/// update, and the same as an older server wants it), each with all its attempts, and then the read-back.
#[expect(clippy::cast_possible_truncation, reason = "minutes in milliseconds")]
const OF_AGE_MILLIS: u64 = 2 * Policy::DEFAULT.longest().as_millis() as u64 + PATIENCE_MILLIS;

/// Why nothing is said of a change whose plan is being sent.
pub(super) const UNDER_WAY: &str = "another acctui is sending it";

/// What the journal gives as the reason of what the user settled.
const BY_HAND: &str = "settled by hand";

/// What reading back came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconciled {
    /// The records of what is settled now, in the order of the changes.
    pub settled: Vec<JournalRecord>,
    /// The changes that nobody knows the outcome of still, by their last records, each with the reason in a sentence.
    pub left: Vec<(JournalRecord, String)>,
}

/// What reading back says of a change.
enum Verdict {
    Done(Option<Subject>),
    NotDone(Option<Failure>),
    /// As it was before. That is an answer once the provider has had its time to show the change.
    NotSeen,
    /// It can't be told, because of this.
    Unclear(String),
}

/// Settles a change whose outcome nobody knows, given by its newest record: the change shows, or it does not by the time
/// that ten seconds have passed since it was sent. The journal's new record; `None` if it stays unknown.
///
/// # Errors
/// `Conflict` if the connection is not who made the change; the provider's failure if it can't be read; `Local` if the
/// journal can't be written.
pub async fn reconcile(road: &Road<'_>, record: &JournalRecord) -> Result<Option<JournalRecord>, Failure> {
    road.owns(record).await?;
    let mut found = reconcile_all(road, vec![record.clone()]).await?;
    Ok(found.settled.pop())
}

/// The same for many changes of one connection: reads are shared where a listing answers for several of them, and the
/// journal is written once. What was made as somebody else is left, with the reason.
///
/// # Errors
/// `Conflict` if the connection is contested; the failure to ask who it is; `Local` if the journal can't be written.
pub async fn reconcile_all(road: &Road<'_>, records: Vec<JournalRecord>) -> Result<Reconciled, Failure> {
    let identity = road.identity().await?;
    let mut found = Reconciled::default();
    let mut open = Vec::new();
    for record in records {
        if record.is_done().is_some() {
            continue;
        }
        if road.journal.is_held(record.plan()) {
            found.left.push((record, UNDER_WAY.to_owned()));
        } else if identity.is_same(&record.identity) {
            open.push(record);
        } else {
            let why = format!("{} answers as {}", road.connection, identity.beside(&record.identity));
            found.left.push((record, why));
        }
    }
    let mut wait = FIRST_WAIT;
    let mut waited = Duration::ZERO;
    while !open.is_empty() {
        let verdicts = look(road, &open).await;
        let now = (road.clock)();
        let mut not_seen = Vec::new();
        for (record, verdict) in std::mem::take(&mut open).into_iter().zip(verdicts) {
            match verdict {
                Verdict::Done(made) => found.settled.push(settled(&record, now, true, made)),
                Verdict::NotDone(failure) => {
                    found.settled.push(JournalRecord { failure, ..settled(&record, now, false, None) });
                }
                // By this program's own waiting, too: the clock may have been set back.
                Verdict::NotSeen if is_over(&record, now) || waited.as_millis() >= u128::from(PATIENCE_MILLIS) => {
                    found.settled.push(settled(&record, now, false, None));
                }
                Verdict::NotSeen => not_seen.push(record),
                Verdict::Unclear(why) => found.left.push((record, why)),
            }
        }
        open = not_seen;
        if !open.is_empty() {
            let left = open.iter().map(|record| PATIENCE_MILLIS.saturating_sub(now.since(record.at))).max();
            let step = wait.min(Duration::from_millis(left.unwrap_or(0).max(1)));
            tokio::time::sleep(step).await;
            waited += step;
            wait *= 2;
        }
    }
    spare_known(road, &mut found.settled);
    if !found.settled.is_empty() {
        road.journal.written(found.settled.clone(), Keep::Synced).await?;
        let done = found.settled.iter().filter(|record| record.done == Some(true) && !record.kind.makes());
        let learned = done.flat_map(|record| confirmed(road.provider.spec(), &wanted(record), None)).collect();
        road.inventory.confirm(road.connection, learned, (road.clock)());
    }
    Ok(found)
}

/// Leaves out what another process has settled meanwhile: its word stands. A journal that can't be read can't be written
/// either, which says so.
fn spare_known(road: &Road<'_>, settled: &mut Vec<JournalRecord>) {
    let records = road.journal.records().unwrap_or_default().records;
    let newest = |change: &str| records.iter().rev().find(|record| record.change == change);
    settled.retain(|record| newest(&record.change).is_none_or(|newest| newest.is_done().is_none()));
}

/// The user's word on a change whose outcome nobody knows.
///
/// # Errors
/// `Local` if the journal can't be read or written; `NotFound` for a change that it does not have; `Refused` if the
/// outcome is known meanwhile.
pub fn settle(journal: &dyn Journal, change: &str, done: bool, now: Moment) -> Result<JournalRecord, Failure> {
    let refused = |kind, cause: &str| Failure::new(kind, format!("settling change {change}"), cause);
    let records = journal.records()?.records;
    let newest = records.iter().rev().find(|record| record.change == change);
    let newest = newest.ok_or_else(|| refused(FailureKind::NotFound, "the journal has no such change"))?;
    if newest.is_done().is_some() {
        return Err(refused(FailureKind::Refused, "its outcome is known by now"));
    }
    if journal.is_held(newest.plan()) {
        return Err(refused(FailureKind::Refused, UNDER_WAY));
    }
    let record = JournalRecord { reason: Some(BY_HAND.into()), ..settled(newest, now, done, None) };
    journal.record(std::slice::from_ref(&record), Keep::Synced)?;
    Ok(record)
}

/// When a change of unknown outcome may be read back though nobody asks for it: not before each process that could be in
/// the middle of it is done. A clock that was set back makes nobody wait longer than that. `None` for what is not looked
/// at without being asked: what certainly was not sent, what is followed to its end in any case, and a create, of which
/// reading tells nothing (no provider here can be asked what became of a request by its id or key).
#[must_use]
pub fn due(record: &JournalRecord, now: Moment) -> Option<Moment> {
    let can_tell = match record.state {
        JournalState::Sent => record.operation.is_none() && !record.kind.makes(),
        JournalState::Unknown => record.operation.is_some() || !record.kind.makes(),
        JournalState::Intended | JournalState::Confirmed | JournalState::Refused | JournalState::Reconciled => false,
    };
    can_tell.then(|| record.at.min(now).plus(OF_AGE_MILLIS))
}

/// Of the changes that were [`due`], those that are due still: no process has written of them since. One whose time is to
/// come was waited for.
fn is_due(record: &JournalRecord, now: Moment) -> bool {
    record.at > now || due(record, now).is_some_and(|due| due <= now)
}

/// Settles what it can, by reading back, of changes that were due, one connection after the other. Where little of the
/// request budget is left nothing is asked. What is left has its reason; what was written of meanwhile has none.
pub async fn revisit(roads: &[Road<'_>], records: &[JournalRecord], changes: &[String]) -> Reconciled {
    let mut open = unsettled(records);
    open.retain(|record| changes.contains(&record.change));
    let mut asked = Vec::new();
    let mut all = Reconciled::default();
    for road in roads {
        let now = (road.clock)();
        let own = |record: &JournalRecord| record.connection == *road.connection;
        let is_low = road.provider.budget().await.is_some_and(RequestBudget::is_low);
        for record in open.extract_if(.., |record| own(record)) {
            if !is_due(&record, now) {
                all.left.push((record, String::new()));
            } else if is_low {
                let why = "less than a quarter of the request budget is left; S in the journal asks all the same";
                all.left.push((record, why.into()));
            } else {
                asked.push(record);
            }
        }
    }
    let found = reconcile_each(roads, &asked).await;
    all.settled.extend(found.settled);
    all.left.extend(found.left);
    all
}

/// Settles what it can of all that a journal has open at these connections; what is open at others is not in the result.
pub async fn reconcile_open(roads: &[Road<'_>], records: &[JournalRecord]) -> Reconciled {
    reconcile_each(roads, &unsettled(records)).await
}

/// The same for these changes, one connection after the other.
async fn reconcile_each(roads: &[Road<'_>], open: &[JournalRecord]) -> Reconciled {
    let mut all = Reconciled::default();
    for road in roads {
        let own: Vec<JournalRecord> =
            open.iter().filter(|record| record.connection == *road.connection).cloned().collect();
        if own.is_empty() {
            continue;
        }
        match reconcile_all(road, own.clone()).await {
            Ok(found) => {
                all.settled.extend(found.settled);
                all.left.extend(found.left);
            }
            Err(failure) => {
                let why = failure.to_string();
                all.left.extend(own.into_iter().map(|record| (record, why.clone())));
            }
        }
    }
    all
}

fn is_over(record: &JournalRecord, now: Moment) -> bool {
    // What never went out needs no time to show.
    record.state == JournalState::Intended || now.since(record.at) >= PATIENCE_MILLIS
}

pub(super) fn settled(record: &JournalRecord, now: Moment, done: bool, made: Option<Subject>) -> JournalRecord {
    JournalRecord {
        at: now,
        state: JournalState::Reconciled,
        done: Some(done),
        made: made.or_else(|| record.made.clone()),
        failure: None,
        ..record.clone()
    }
}

/// One look at each of them.
async fn look(road: &Road<'_>, records: &[JournalRecord]) -> Vec<Verdict> {
    let asks = |record: &&JournalRecord| record.operation.is_none() && !record.kind.makes();
    let changes: Vec<Change> = records.iter().filter(asks).map(wanted).collect();
    let mut befores = road.befores(&changes.iter().collect::<Vec<_>>()).await.into_iter();
    let mut verdicts = Vec::with_capacity(records.len());
    for record in records {
        verdicts.push(match &record.operation {
            Some(operation) => ask(road, record, operation).await,
            None if record.kind.makes() => Verdict::Unclear(by_hand(record)),
            // One answer a change, in their order.
            None => befores.next().map_or_else(|| Verdict::Unclear(String::new()), |before| read(record, before)),
        });
    }
    verdicts
}

/// The change of a record, for a fresh read.
fn wanted(record: &JournalRecord) -> Change {
    Change {
        subject: record.subject.clone(),
        kind: record.kind,
        values: record.values.clone(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    }
}

/// What the provider says of its own operation.
async fn ask(road: &Road<'_>, record: &JournalRecord, operation: &str) -> Verdict {
    match road.provider.progress(record.kind, operation).await {
        Ok(Progress::Done(account)) => Verdict::Done(super::follow::made(road, account)),
        Ok(Progress::Failed(failure)) => Verdict::NotDone(Some(failure)),
        Ok(Progress::Running) => Verdict::Unclear("the provider is still at it".into()),
        Err(failure) => Verdict::Unclear(format!("it could not be asked for: {failure}")),
    }
}

/// What settles a create: nothing that is read back tells two things of one name apart.
fn by_hand(record: &JournalRecord) -> String {
    let twice = match record.key {
        Some(_) => "planned again with the same key it is not made twice",
        None => "planning it again could make it twice",
    };
    format!(
        "whether it was made only you can tell: look for it, then say d or n in the journal (J), or `acctui journal \
         --settle {}=done` (or not-done); {twice}",
        crate::domain::shown(&record.change)
    )
}

/// What a fresh read says of a change.
fn read(record: &JournalRecord, before: Result<Before, Failure>) -> Verdict {
    let before = match before {
        Ok(before) => before,
        Err(failure) if failure.kind == FailureKind::NotFound => return gone(record),
        Err(failure) => return Verdict::Unclear(format!("it could not be read back: {failure}")),
    };
    let open: Vec<Diff> = record.diff.iter().filter(|diff| diff.to.as_deref() != Some(SECRET)).cloned().collect();
    if open.is_empty() {
        return Verdict::Unclear("nothing that it set can be read back".into());
    }
    if shows(record.kind, &open, &Ok(before.clone())) {
        return Verdict::Done(None);
    }
    let was = |field: &str, diff: &Diff| before.values.get(field) == diff.from.as_deref().unwrap_or_default();
    match record.kind {
        ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => {
            if open.iter().all(|diff| was(&diff.field, diff)) {
                return Verdict::NotSeen;
            }
            // Whether they wrote over this change or instead of it can't be told.
            Verdict::Unclear("somebody has changed the same fields since".into())
        }
        ChangeKind::MoveAccount if open.iter().all(|diff| was(Change::FROM, diff)) => Verdict::NotSeen,
        ChangeKind::MoveAccount => Verdict::Unclear("it stands in a third organization by now".into()),
        ChangeKind::RemoveAccount if !open.iter().all(|diff| was(Change::FROM, diff)) => Verdict::Done(None),
        ChangeKind::RemoveAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::DeleteOrganization
        | ChangeKind::CloseAccount => Verdict::NotSeen,
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
            Verdict::Unclear(by_hand(record))
        }
    }
}

/// What it means that the target is gone.
fn gone(record: &JournalRecord) -> Verdict {
    if record.kind.ends() { Verdict::Done(None) } else { Verdict::Unclear("its target is gone by now".into()) }
}
