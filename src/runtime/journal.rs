//! What the executor's tasks do with changes of the past: read the journal, undo, plan again, settle, follow to the end.

use std::sync::Arc;

use super::tasks::Shared;
use crate::app::{Fact, RequestId, Unsettled};
use crate::changes::{self, Reconciled, unsettled, unsettled_words};
use crate::domain::{ConnectionName, Failure, FailureKind, JournalRecord, JournalState, Moment, Plan, Records};
use crate::provider::Provider;

/// Does something with the journal where blocking harms nobody: reading takes as long as the file is.
async fn with_journal<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce(&dyn changes::Journal) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let journal = Arc::clone(&shared.surroundings.journal);
    let done = tokio::task::spawn_blocking(move || work(&*journal)).await;
    done.unwrap_or_else(|error| {
        let cause = format!("a bug in acctui stopped it: {error}");
        Err(Failure::new(FailureKind::Crashed, "using the journal", cause))
    })
}

async fn records(shared: &Shared) -> Result<Records, Failure> {
    with_journal(shared, |journal| journal.records()).await
}

pub(super) async fn read_journal(shared: Arc<Shared>, id: RequestId) {
    let result = records(&shared).await;
    shared.tell(Fact::Journal { id, result });
}

pub(super) async fn undo(shared: Arc<Shared>, id: RequestId, change: String) {
    let planned = async {
        let records = records(&shared).await?.records;
        let inverse = changes::undo(&records, &change)?.changes;
        let connections = inverse.iter().map(|change| change.subject.connection().clone()).collect();
        let providers = shared.providers(connections).await?;
        changes::plan_undo(&shared.roads(&providers), &records, &change).await
    };
    let result = planned.await;
    planned_so(&shared, id, result);
}

pub(super) async fn again(shared: Arc<Shared>, id: RequestId, plan: String) {
    let planned = async {
        let records = records(&shared).await?.records;
        let left = changes::again(&records, &plan)?;
        let connections = left.changes.iter().map(|change| change.subject.connection().clone()).collect();
        let providers = shared.providers(connections).await?;
        changes::plan_again(&shared.roads(&providers), &records, &plan).await
    };
    let result = planned.await;
    planned_so(&shared, id, result);
}

/// The fresh read is in the inventory, whatever became of the plan.
fn planned_so(shared: &Shared, id: RequestId, result: Result<Plan, Failure>) {
    shared.publish();
    shared.tell(Fact::Planned { id, result: result.map(Box::new) });
}

pub(super) async fn reconcile(shared: Arc<Shared>, id: RequestId) {
    match settle_all(&shared).await {
        Ok(left) => {
            shared.publish();
            read_journal(Arc::clone(&shared), id).await;
            shared.tell(Fact::Unsettled(Ok(left)));
        }
        Err(failure) => shared.tell(Fact::Journal { id, result: Err(failure) }),
    }
}

/// Reads back what nobody knows the outcome of; what is left, with the reason.
async fn settle_all(shared: &Shared) -> Result<Vec<Unsettled>, Failure> {
    let records = records(shared).await?.records;
    let (opened, closed) = open_for(shared, &unsettled(&records)).await;
    let Reconciled { mut left, .. } = changes::reconcile_open(&shared.roads(&opened), &records).await;
    left.extend(closed);
    let now = (shared.surroundings.clock)();
    Ok(left.into_iter().map(|(record, why)| left_words(record, &why, now)).collect())
}

/// Opens the connections of changes; the changes of those that can't be opened, with the reason.
async fn open_for(
    shared: &Shared,
    open: &[JournalRecord],
) -> (Vec<(ConnectionName, Arc<dyn Provider>)>, Vec<(JournalRecord, String)>) {
    let mut opened: Vec<(ConnectionName, Arc<dyn Provider>)> = Vec::new();
    let mut closed: Vec<(JournalRecord, String)> = Vec::new();
    for record in open {
        let is_same = |known: &(JournalRecord, String)| known.0.connection == record.connection;
        if opened.iter().any(|(name, _)| *name == record.connection) {
            continue;
        }
        if let Some(why) = closed.iter().find(|known| is_same(known)).map(|(_, why)| why.clone()) {
            closed.push((record.clone(), why));
            continue;
        }
        match shared.provider(&record.connection).await {
            Ok(provider) => opened.push((record.connection.clone(), provider)),
            Err(failure) => closed.push((record.clone(), failure.to_string())),
        }
    }
    (opened, closed)
}

fn left_words(record: JournalRecord, why: &str, now: Moment) -> Unsettled {
    let words = format!("{}; {why}", unsettled_words(&record, now));
    told_of(record, words)
}

fn told_of(record: JournalRecord, words: String) -> Unsettled {
    Unsettled { words, change: record.change, connection: record.connection, identity: record.identity, due: None }
}

/// Settles by reading back what earlier runs left and is old enough.
pub(super) async fn revisit(shared: Arc<Shared>, changes: Vec<String>) {
    let looked = async {
        let records = records(&shared).await?.records;
        let mut open = unsettled(&records);
        open.retain(|record| changes.contains(&record.change));
        let (opened, closed) = open_for(&shared, &open).await;
        let Reconciled { mut left, .. } = changes::revisit(&shared.roads(&opened), &records, &changes).await;
        left.extend(closed);
        let now = (shared.surroundings.clock)();
        let left = left.into_iter().map(|(record, why)| match why.as_str() {
            "" => {
                Unsettled { due: changes::due(&record, now), ..told_of(record.clone(), unsettled_words(&record, now)) }
            }
            why => left_words(record, why, now),
        });
        Ok(left.collect::<Vec<_>>())
    };
    let left = looked.await;
    shared.publish();
    shared.tell(Fact::Revisited { changes, left });
}

pub(super) async fn settle(shared: Arc<Shared>, id: RequestId, change: String, done: bool) {
    let now = (shared.surroundings.clock)();
    let settled = with_journal(&shared, move |journal| changes::settle(journal, &change, done, now)).await;
    match settled {
        Ok(_) => read_journal(shared, id).await,
        Err(failure) => shared.tell(Fact::Journal { id, result: Err(failure) }),
    }
}

/// Tells of changes of earlier runs whose outcome nobody knows, if there are any, and follows those that go on.
pub(super) async fn find_unsettled(shared: Arc<Shared>) {
    let found = open(&shared).await;
    for record in found.iter().flatten() {
        shared.tells(&record.change);
    }
    let told = found.as_ref().map_err(Clone::clone).map(|left| told_now(&shared, left));
    if told.as_ref().map_or(true, |told| !told.is_empty()) {
        shared.tell(Fact::Unsettled(told));
    }
    follow_each(&shared, found.unwrap_or_default(), true).await;
}

/// The same for those that another process has left since: this one knows nothing of them yet. A journal that can't be
/// read is said where it is looked at.
pub(super) async fn find_left(shared: Arc<Shared>) {
    let mut found = open(&shared).await.unwrap_or_default();
    found.retain(|record| shared.tells(&record.change));
    if !found.is_empty() {
        shared.tell(Fact::Left(told_now(&shared, &found)));
        follow_each(&shared, found, true).await;
    }
}

/// The changes that nobody knows the outcome of and nobody is sending.
async fn open(shared: &Shared) -> Result<Vec<JournalRecord>, Failure> {
    let found = records(shared).await?;
    let mut open = unsettled(&found.records);
    // What another process is sending is its own, and no news.
    open.retain(|record| !found.under_way.contains(record.plan()));
    Ok(open)
}

fn told_now(shared: &Shared, left: &[JournalRecord]) -> Vec<Unsettled> {
    let now = (shared.surroundings.clock)();
    let told = left.iter().map(|record| Unsettled {
        due: changes::due(record, now),
        ..told_of(record.clone(), unsettled_words(record, now))
    });
    told.collect()
}

/// Follows changes of this run, by their ids.
pub(super) async fn follow(shared: Arc<Shared>, accepted: Vec<String>) {
    let found = records(&shared).await.map(|records| unsettled(&records.records));
    let found = found.unwrap_or_default().into_iter().filter(|record| accepted.contains(&record.change));
    follow_each(&shared, found.collect(), false).await;
}

/// Follows those of the changes that their provider goes on with, side by side; nothing is asked for the others.
async fn follow_each(shared: &Shared, left: Vec<JournalRecord>, earlier: bool) {
    let going = left.into_iter().filter(|record| record.state == JournalState::Sent && record.operation.is_some());
    futures::future::join_all(going.map(|record| follow_one(shared, record, earlier))).await;
}

async fn follow_one(shared: &Shared, record: JournalRecord, earlier: bool) {
    let end = async {
        let providers = shared.providers(vec![record.connection.clone()]).await?;
        match shared.roads(&providers).as_slice() {
            [road, ..] => changes::follow(road, &record).await,
            [] => Err(Failure::new(FailureKind::Local, "following a change", "its connection is not there")),
        }
    };
    let ended = end.await;
    shared.publish();
    shared.tell(Fact::Ended { record: Box::new(record), ended, earlier });
}
