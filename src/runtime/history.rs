//! What the executor's tasks do with the history: read it, tell what waits for the user's word, take it.

use std::sync::Arc;
use std::time::Duration;

use super::tasks::Shared;
use crate::app::{Fact, RequestId};
use crate::domain::{AccountKey, Failure, FailureKind, Vanished};
use crate::inventory::disk::{DiskError, HistoryQuery, Own};

/// How long what was observed lately is waited for: a queue that is longer shows with the next reading.
const PATIENCE: Duration = Duration::from_secs(2);

/// Does something with the user's own file where blocking harms nobody.
async fn with_own<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce(&Own) -> Result<T, DiskError> + Send + 'static,
) -> Result<T, Failure> {
    let (history, inventory) = (Arc::clone(&shared.surroundings.history), Arc::clone(&shared.surroundings.inventory));
    let failed = |why: DiskError| {
        Failure::new(FailureKind::Local, "the history", why.to_string()).with_hint(why.hint().to_owned())
    };
    match tokio::task::spawn_blocking(move || {
        // What came lately is on its way to the disk.
        inventory.flush(PATIENCE);
        work(history.own())
    })
    .await
    {
        Ok(done) => done.map_err(failed),
        Err(error) => {
            let cause = format!("a bug in acctui stopped it: {error}");
            Err(Failure::new(FailureKind::Crashed, "the history", cause))
        }
    }
}

/// The newest entries; of an account those of the time when its connection was who it is now.
pub(super) async fn read(shared: Arc<Shared>, id: RequestId, account: Option<AccountKey>, most: u32) {
    let snapshot = shared.surroundings.inventory.snapshot();
    let identity = account
        .as_ref()
        .and_then(|key| snapshot.connection(&key.connection)?.identity.as_ref())
        .map(|fact| fact.value.key());
    let query = HistoryQuery {
        connection: account.as_ref().map(|key| key.connection.clone()),
        account: account.map(|key| key.id),
        identity,
        ..HistoryQuery::default()
    };
    let result = with_own(&shared, move |own| own.newest(&query, most)).await;
    shared.tell(Fact::History { id, result });
}

/// What can't be read now is read after the next sync.
pub(super) async fn find_vanished(shared: Arc<Shared>) {
    if let Ok(found) = with_own(&shared, Own::vanished).await {
        shared.tell(Fact::Vanished(found));
    }
}

pub(super) async fn take(shared: Arc<Shared>, vanished: Vanished) {
    let meant = vanished.clone();
    let taken = with_own(&shared, move |own| own.take_vanished(&meant)).await;
    if let Err(why) = taken {
        let hint = why.hint.as_deref().unwrap_or("try again");
        let words = format!("{}: the history can't take what vanished: {}; {hint}", vanished.connection, why.cause);
        shared.tell(Fact::Notice(words));
    }
    find_vanished(shared).await;
}
