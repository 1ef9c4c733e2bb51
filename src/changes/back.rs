//! Looks whether what was confirmed shows: reads back, at growing distance, until all of it does or patience ends.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;

use super::Keep;
use super::apply::{Lane, Sending, locked};
use super::failpoint::failpoint;
use super::road::Road;
use super::send::{Entry, confirmed};
use crate::domain::{Applied, Before, Change, ChangeKind, Diff, Failure, FailureKind, Subject};
use crate::inventory::Confirmed;
use crate::provider::{DetailOptions, Query, Reply};

/// How long a confirmed change is looked for: providers are eventually consistent, people are not patient.
const PATIENCE: Duration = Duration::from_secs(10);

/// The wait before the second look; each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Whether a fresh read shows that a change is done.
pub(super) fn shows(kind: ChangeKind, diff: &[Diff], read: &Result<Before, Failure>) -> bool {
    let is_there = read.as_ref().ok().filter(|before| before.exists);
    let has = |field: &str, to: &Option<String>| {
        is_there.is_some_and(|before| before.values.get(field) == to.as_deref().unwrap_or_default())
    };
    match kind {
        ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => {
            is_there.is_some() && diff.iter().all(|diff| has(&diff.field, &diff.to))
        }
        ChangeKind::MoveAccount => diff.iter().all(|diff| has(Change::FROM, &diff.to)),
        // What the status is called then is the provider's to say.
        ChangeKind::CloseAccount => diff.iter().all(|diff| is_there.is_none() || !has(&diff.field, &diff.from)),
        ChangeKind::DeleteAccount | ChangeKind::RemoveAccount | ChangeKind::DeleteOrganization => match read {
            Ok(before) => !before.exists,
            Err(failure) => failure.kind == FailureKind::NotFound,
        },
        // Whether a new thing shows is asked of the thing itself.
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => false,
    }
}

impl Sending<'_> {
    /// Reads back what was confirmed, and what a call for several moves did not name.
    pub(super) async fn read_back(&self, lanes: &[Lane<'_, '_>]) {
        let looks: Vec<(&Lane<'_, '_>, BTreeSet<usize>)> =
            lanes.iter().map(|lane| (lane, self.unseen(lane))).filter(|(_, unseen)| !unseen.is_empty()).collect();
        if looks.is_empty() {
            return;
        }
        self.watch.step("reading back");
        failpoint("read-back");
        join_all(looks.into_iter().map(|(lane, unseen)| self.look(lane, unseen))).await;
    }

    /// What a lane is to look for.
    fn unseen(&self, lane: &Lane<'_, '_>) -> BTreeSet<usize> {
        let is_done = |nth: &usize| matches!(self.result(*nth), Some(Applied::Confirmed { .. }));
        let unnamed = locked(&lane.unnamed).clone();
        lane.items.iter().copied().filter(|nth| is_done(nth) || unnamed.contains(nth)).collect()
    }

    async fn look(&self, lane: &Lane<'_, '_>, mut unseen: BTreeSet<usize>) {
        let looking = async {
            let mut wait = FIRST_WAIT;
            loop {
                self.look_once(lane, &mut unseen).await;
                if unseen.is_empty() {
                    return;
                }
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        };
        // That something does not show yet alters nothing of what was confirmed.
        let _ = tokio::time::timeout(PATIENCE, looking).await;
        // Stale reads may have undone what the inventory had learned.
        let again = unseen.iter().filter(|nth| !locked(&lane.unnamed).contains(nth));
        let spec = lane.road.provider.spec();
        let again = again.flat_map(|nth| confirmed(spec, &self.plan.changes[*nth].change, None));
        let again: Vec<Confirmed> = again.collect();
        if !again.is_empty() {
            lane.road.inventory.confirm(lane.road.connection, again, (lane.road.clock)());
        }
    }

    /// One round for all that was not seen yet.
    async fn look_once(&self, lane: &Lane<'_, '_>, unseen: &mut BTreeSet<usize>) {
        let (made, there): (Vec<usize>, Vec<usize>) =
            unseen.iter().partition(|nth| self.plan.changes[**nth].change.kind.makes());
        if !there.is_empty() {
            let reads = lane.read(there.iter().map(|nth| &self.plan.changes[*nth].change).collect()).await;
            for (nth, read) in there.into_iter().zip(reads) {
                let planned = &self.plan.changes[nth];
                let visible = shows(planned.change.kind, &planned.diff, &read);
                self.saw(lane, nth, read.ok(), visible).await;
                if visible {
                    unseen.remove(&nth);
                }
            }
        }
        for nth in made {
            let subject = match self.result(nth) {
                Some(Applied::Confirmed { made, .. }) => made,
                Some(_) | None => None,
            };
            // What the answer did not name can't be looked for.
            let visible = match subject {
                Some(subject) => is_there(lane.road, &subject).await,
                None => true,
            };
            if visible {
                self.saw(lane, nth, None, true).await;
                unseen.remove(&nth);
            }
        }
    }

    /// A read came, and shows a change or does not.
    async fn saw(&self, lane: &Lane<'_, '_>, nth: usize, read: Option<Before>, visible: bool) {
        match self.result(nth) {
            Some(Applied::Confirmed { messages, made, read_back, .. }) => {
                self.settle(nth, Applied::Confirmed { read_back: read.or(read_back), visible, messages, made });
            }
            Some(Applied::Unknown(_)) if visible => self.found(lane, nth, read).await,
            Some(_) | None => {}
        }
    }

    /// What a call for several moves did not name turned out to be done.
    async fn found(&self, lane: &Lane<'_, '_>, nth: usize, read_back: Option<Before>) {
        let record = self.record(lane, nth, Entry::found().batched());
        if lane.road.journal.written(vec![record], Keep::Synced).await.is_err() {
            // It stays listed as unknown, and is found again.
            return;
        }
        let learned = confirmed(lane.road.provider.spec(), &self.plan.changes[nth].change, None);
        lane.road.inventory.confirm(lane.road.connection, learned, (lane.road.clock)());
        let messages = vec!["the provider's answer did not name it; reading back shows that it is done".into()];
        self.over(nth, Applied::Confirmed { read_back, visible: true, messages, made: None });
    }
}

/// Whether what was made can be read.
async fn is_there(road: &Road<'_>, made: &Subject) -> bool {
    let (query, reply) = match made {
        Subject::Account(key) => {
            let options = DetailOptions::default();
            let account = road.provider.account(&key.id, options).await;
            (Query::Account(key.id.clone(), options), account.map(|account| Reply::Account(Box::new(account))))
        }
        Subject::Organization(key) => {
            let organization = road.provider.organization(&key.id).await;
            (Query::Organization(key.id.clone()), organization.map(|it| Reply::Organization(Box::new(it))))
        }
        Subject::Connection(_) => return true,
    };
    reply.is_ok_and(|reply| {
        road.learn(&query, &reply);
        true
    })
}
