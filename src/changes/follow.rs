//! Follows a change that its provider accepted and goes on with, to its end.

use std::time::Duration;

use super::Keep;
use super::road::Road;
use crate::domain::{
    AccountId, AccountKey, Ended, Failure, FailureKind, JournalRecord, JournalState, Subject, Untrusted,
};
use crate::inventory::Confirmed;
use crate::provider::{DetailOptions, Made, Progress, Query, Reply};

/// The wait before the first look and after it; each further one is half as long again, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long anybody waits: creations take minutes at the most (Huawei and AWS documentation), closures may take days.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long the provider may not know what it has just named itself.
const UNSEEN: Duration = Duration::from_secs(30);

/// Waits for the end of a change that goes on after the provider's answer, given by its newest record, and writes it into
/// the journal. Longer than ten minutes nobody waits: then it stays listed.
///
/// # Errors
/// `Conflict` if the connection is not who made the change; the provider's failure if it can't say how far it is, for
/// good; `Local` if the end can't be written into the journal.
pub async fn follow(road: &Road<'_>, record: &JournalRecord) -> Result<Ended, Failure> {
    let Some(operation) = &record.operation else {
        let cause = "the provider gave no name for what goes on";
        return Err(Failure::new(FailureKind::Unsupported, format!("following change {}", record.change), cause));
    };
    road.owns(record).await?;
    let mut wait = FIRST_WAIT;
    let mut waited = Duration::ZERO;
    let ended = loop {
        match road.provider.progress(record.kind, operation).await {
            Ok(Progress::Done(account)) => break Ended::Done(made(road, account)),
            Ok(Progress::Failed(failure)) => break Ended::Failed(failure),
            // What was begun just now may not show yet: providers are eventually consistent.
            Err(failure) if failure.kind == FailureKind::NotFound && waited < UNSEEN => {}
            Err(failure) if is_final(&failure) => return Err(failure),
            // The network's bad minute is not the operation's end.
            Ok(Progress::Running) | Err(_) => {}
        }
        if waited >= PATIENCE {
            return Ok(Ended::Running);
        }
        tokio::time::sleep(wait).await;
        waited += wait;
        wait = (wait * 3 / 2).min(LONGEST_WAIT);
    };
    note(road, record, &ended).await?;
    look_at(road, record, &ended).await;
    Ok(match ended {
        // What ends is no new thing, though its provider names it.
        Ended::Done(made) => Ended::Done(made.filter(|_| record.kind.makes())),
        other @ (Ended::Failed(_) | Ended::Running) => other,
    })
}

/// What an operation made, as a subject.
pub(super) fn made(road: &Road<'_>, account: Option<AccountId>) -> Option<Subject> {
    account.map(|id| Subject::Account(AccountKey { connection: road.connection.clone(), id }))
}

/// Whether asking again would get the same answer.
fn is_final(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Auth
        | FailureKind::Forbidden
        | FailureKind::NotFound
        | FailureKind::Refused
        | FailureKind::Unsupported
        | FailureKind::Local
        | FailureKind::Crashed => true,
        FailureKind::Conflict
        | FailureKind::Throttled { .. }
        | FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::Tls
        | FailureKind::Server
        | FailureKind::Unreadable
        | FailureKind::Stopped => false,
    }
}

/// The end in the journal, unless another process has noted it meanwhile.
async fn note(road: &Road<'_>, record: &JournalRecord, ended: &Ended) -> Result<(), Failure> {
    let (state, failure, made) = match ended {
        Ended::Done(made) => (JournalState::Confirmed, None, made.clone()),
        Ended::Failed(failure) => (JournalState::Refused, Some(failure.clone()), None),
        Ended::Running => return Ok(()),
    };
    let records = road.journal.records()?.records;
    let newest = records.iter().rev().find(|other| other.change == record.change);
    if newest.is_some_and(|newest| newest.is_done().is_some()) {
        return Ok(());
    }
    // What ends is no new thing, though its provider names it.
    let made = made.filter(|_| record.kind.makes()).or_else(|| record.made.clone());
    let at = (road.clock)();
    let request_id = failure.as_ref().and_then(|failure| failure.request_id.as_ref());
    let request_id = request_id.map(Untrusted::raw).map(str::to_owned).or_else(|| record.request_id.clone());
    let last = JournalRecord { at, state, failure, made, request_id, ..record.clone() };
    road.journal.written(vec![last], Keep::Synced).await.map_err(|failure| {
        let what = match ended {
            Ended::Done(_) | Ended::Running => "it is done",
            Ended::Failed(_) => "it failed",
        };
        Failure { cause: format!("{what}, but the journal does not know: {}", failure.cause), ..failure }
    })
}

/// The inventory learns what there is now; what can't be read now is read when somebody looks at it.
async fn look_at(road: &Road<'_>, record: &JournalRecord, ended: &Ended) {
    let subject = match ended {
        Ended::Done(made) => made.as_ref().unwrap_or(&record.subject),
        Ended::Failed(_) | Ended::Running => return,
    };
    let Subject::Account(key) = subject else { return };
    let options = DetailOptions::default();
    if let Ok(account) = road.provider.account(&key.id, options).await {
        if record.kind.makes() {
            let made = Confirmed::Made(Made::Account(Box::new(account.clone())));
            road.inventory.confirm(road.connection, vec![made], (road.clock)());
        }
        road.learn(&Query::Account(key.id.clone(), options), &Reply::Account(Box::new(account)));
    }
}
