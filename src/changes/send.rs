//! Sends the changes of a plan one by one, several at a time, and notes what became of each.

use futures::{StreamExt, stream};
use tokio::sync::Semaphore;

use super::Keep;
use super::apply::{Lane, Sending, locked, unrecorded};
use super::failpoint::failpoint;
use crate::domain::{
    Applied, Change, ChangeKind, Delivery, Failure, FailureKind, JournalRecord, JournalState, OrganizationId, Profile,
    Stage, Subject, Untrusted,
};
use crate::inventory::Confirmed;
use crate::provider::{Executed, Made, Spec};

/// Requests of one connection under way at a time: as many as the shared client has in flight at most.
pub(super) const WIDTH: usize = 8;

/// Changes of one connection under way at a time: while the answers of some are being written down others go out.
const UNDER_WAY: usize = 2 * WIDTH;

/// What a journal record says beside what its change is.
pub(super) struct Entry {
    state: JournalState,
    failure: Option<Failure>,
    executed: Executed,
    batch: bool,
    done: Option<bool>,
}

impl Entry {
    /// A state, and nothing of an answer.
    pub(super) fn of(state: JournalState) -> Self {
        Self { state, failure: None, executed: Executed::default(), batch: false, done: None }
    }

    /// The provider said yes; with an operation that goes on, it is not done yet.
    pub(super) fn yes(executed: Executed) -> Self {
        let state = if executed.operation.is_some() { JournalState::Sent } else { JournalState::Confirmed };
        Self { executed, ..Self::of(state) }
    }

    /// It failed.
    pub(super) fn no(failure: Failure) -> Self {
        let state = match failure.delivery {
            Delivery::Unsent | Delivery::Answered => JournalState::Refused,
            Delivery::Unknown => JournalState::Unknown,
        };
        Self { failure: Some(failure), ..Self::of(state) }
    }

    /// Reading back found it done.
    pub(super) fn found() -> Self {
        Self { done: Some(true), ..Self::of(JournalState::Reconciled) }
    }

    /// It goes, or went, out with others in one call.
    pub(super) fn batched(self) -> Self {
        Self { batch: true, ..self }
    }
}

/// What was made, by its key.
pub(super) fn subject_of(made: &Made) -> Subject {
    match made {
        Made::Account(account) => Subject::Account(account.key.clone()),
        Made::Organization(organization) => Subject::Organization(organization.key.clone()),
    }
}

/// What the inventory learns of a change that a provider confirmed.
pub(super) fn confirmed(spec: &Spec, change: &Change, made: Option<Made>) -> Vec<Confirmed> {
    let fields = || change.values.0.iter().map(|(field, text)| (field.clone(), text.clone()));
    match (change.kind, &change.subject) {
        (ChangeKind::Profile, subject) => {
            let profile = Profile { subject: subject.clone(), exists: true, values: change.values.clone() };
            std::iter::once(Confirmed::Profile(profile)).chain(shared(spec, change)).collect()
        }
        (ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization, _) => {
            made.map(Confirmed::Made).into_iter().collect()
        }
        (ChangeKind::UpdateAccount, Subject::Account(key)) => {
            let places = fields().flat_map(|(field, text)| places(spec, &field, &text));
            vec![Confirmed::Edited(key.id.clone(), places.collect())]
        }
        (ChangeKind::DeleteAccount | ChangeKind::RemoveAccount | ChangeKind::DeleteOrganization, subject) => {
            vec![Confirmed::Gone(subject.clone())]
        }
        (ChangeKind::MoveAccount, Subject::Account(key)) => {
            vec![Confirmed::Moved(key.id.clone(), OrganizationId::new(change.values.get(Change::TO)))]
        }
        (ChangeKind::RenameOrganization, Subject::Organization(key)) => {
            vec![Confirmed::Renamed(key.id.clone(), Untrusted::new(change.values.get("name")))]
        }
        // What a closed account's status is called is the provider's to say: the read-back brings it.
        (
            ChangeKind::CloseAccount
            | ChangeKind::UpdateAccount
            | ChangeKind::MoveAccount
            | ChangeKind::RenameOrganization,
            _,
        ) => Vec::new(),
    }
}

/// What a profile has in common with its account's own record: a field of both forms stands there, too (Landscape's title
/// is the account's name), and so does what the record holds of the profile itself.
fn shared(spec: &Spec, change: &Change) -> Option<Confirmed> {
    let Subject::Account(key) = &change.subject else { return None };
    let own = spec.form(ChangeKind::UpdateAccount);
    let is_own = |field: &str| own.is_some_and(|form| form.field(field).is_some());
    let own = change.values.0.iter().filter(|(field, _)| is_own(field));
    let fields: Vec<_> = own.flat_map(|(field, text)| places(spec, field, text)).collect();
    (!fields.is_empty()).then(|| Confirmed::Edited(key.id.clone(), fields))
}

/// Where a field's value stands in an account's record: at its own name, and where the profile is a part of the record
/// there and wherever the detail shows a field of that name. The name alone comes last: it may be the account's.
fn places(spec: &Spec, field: &str, text: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    if !spec.profile_at.is_empty() {
        paths.push(format!("{}{field}", spec.profile_at));
        let details = spec.details.iter().map(|detail| detail.path);
        let same = details.filter(|path| path.rsplit_once('.').is_some_and(|(_, last)| last == field));
        paths.extend(same.map(str::to_owned));
    }
    paths.push(field.to_owned());
    paths.into_iter().map(|path| (path, text.to_owned())).collect()
}

impl Sending<'_> {
    /// Sends all of a lane; the inventory learns what was confirmed.
    pub(super) async fn send(&self, lane: &Lane<'_, '_>) {
        let singly = self.send_batches(lane).await;
        let permits = Semaphore::new(WIDTH);
        let sends: Vec<_> = singly.into_iter().map(|nth| self.send_one(lane, &permits, nth)).collect();
        stream::iter(sends).buffer_unordered(UNDER_WAY).collect::<()>().await;
        let learned = std::mem::take(&mut *locked(&lane.learned));
        lane.road.inventory.confirm(lane.road.connection, learned, (lane.road.clock)());
    }

    /// Sends one change, once, when it is its turn.
    async fn send_one(&self, lane: &Lane<'_, '_>, permits: &Semaphore, nth: usize) {
        let permit = permits.acquire().await;
        if !self.may_send(lane, nth).await {
            return;
        }
        if !self.note_sent(lane, vec![self.record(lane, nth, Entry::of(JournalState::Sent))], &[nth]).await {
            return;
        }
        let result = lane.road.provider.execute(&self.plan.changes[nth].change).await;
        failpoint("after-request");
        drop(permit);
        let entry = match &result {
            Ok(executed) => Entry::yes(executed.clone()),
            Err(failure) => Entry::no(failure.clone()),
        };
        let written = self.note(lane, vec![self.record(lane, nth, entry)]).await;
        failpoint("after-outcome");
        self.end(lane, nth, result, written);
    }

    /// Waits while the gate is shut. Whether a change may be sent; if not, that is its end.
    pub(super) async fn may_send(&self, lane: &Lane<'_, '_>, nth: usize) -> bool {
        let stopped = || {
            let cause = "it was stopped before this was sent";
            Failure::new(FailureKind::Stopped, "sending the plan", cause).with_hint("plan it again to go on")
        };
        let against = if !self.watch.gate.pass().await {
            Some(Applied::NotSent(stopped()))
        } else if let Some(failure) = self.halted(lane) {
            Some(Applied::NotSent(failure))
        } else {
            self.outdated(lane, nth).await
        };
        match against {
            Some(applied) => {
                self.over(nth, applied);
                false
            }
            None => true,
        }
    }

    /// Notes that requests are about to go out: from here on a crash leaves an outcome that nobody knows. If that can't
    /// be noted they do not go out, and nothing after them.
    pub(super) async fn note_sent(&self, lane: &Lane<'_, '_>, records: Vec<JournalRecord>, items: &[usize]) -> bool {
        let written = lane.road.journal.written(records, Keep::Written).await;
        if let Err(failure) = written.map_err(|failure| unrecorded("nothing more", failure)) {
            self.halt(&failure);
            for nth in items {
                self.over(*nth, Applied::NotSent(failure.clone()));
            }
            return false;
        }
        for nth in items {
            (self.watch.tell)(Stage::Sending(*nth));
        }
        failpoint("after-sent");
        true
    }

    /// Notes outcomes. Without a journal nothing more is sent.
    pub(super) async fn note(&self, lane: &Lane<'_, '_>, records: Vec<JournalRecord>) -> Result<(), Failure> {
        let written = lane.road.journal.written(records, Keep::Synced).await;
        if let Err(failure) = &written {
            self.halt(failure);
        }
        written
    }

    /// A change was answered, or was not. If the journal can't take that, its last word stays "sent": the change is
    /// listed as unsettled, which asks for a look and sends nothing.
    pub(super) fn end(
        &self,
        lane: &Lane<'_, '_>,
        nth: usize,
        result: Result<Executed, Failure>,
        written: Result<(), Failure>,
    ) {
        let applied = match result {
            Ok(Executed { operation: Some(operation), messages, .. }) => {
                Applied::Accepted { operation, messages: said(messages, written) }
            }
            Ok(executed) => {
                let made = executed.made.as_ref().map(subject_of);
                locked(&lane.learned).extend(confirmed(
                    lane.road.provider.spec(),
                    &self.plan.changes[nth].change,
                    executed.made,
                ));
                let messages = said(executed.messages, written);
                Applied::Confirmed { read_back: None, visible: false, messages, made }
            }
            Err(failure) => {
                if failure.kind == FailureKind::Auth {
                    locked(&lane.halted).get_or_insert_with(|| failure.clone());
                }
                match failure.delivery {
                    Delivery::Unsent => Applied::NotSent(failure),
                    Delivery::Answered => Applied::Refused(failure),
                    Delivery::Unknown => Applied::Unknown(failure),
                }
            }
        };
        self.over(nth, applied);
    }

    /// A record of a change.
    pub(super) fn record(&self, lane: &Lane<'_, '_>, nth: usize, entry: Entry) -> JournalRecord {
        let planned = &self.plan.changes[nth];
        let Entry { state, failure, executed, batch, done } = entry;
        let (resent, request_id) = match &failure {
            Some(failure) => (failure.resent, failure.request_id.clone()),
            None => (executed.resent, executed.request_id),
        };
        JournalRecord {
            change: self.plan.change_id(nth),
            at: (lane.road.clock)(),
            state,
            connection: lane.road.connection.clone(),
            identity: lane.part.identity.clone(),
            subject: planned.change.subject.clone(),
            name: planned.name.clone(),
            kind: planned.change.kind,
            diff: planned.diff.clone(),
            values: planned.change.values.clone(),
            before: planned.read.values.clone(),
            existed: planned.read.exists,
            reason: lane.road.reason.clone(),
            failure,
            resent,
            key: planned.change.key.clone(),
            operation: executed.operation,
            made: executed.made.as_ref().map(subject_of),
            done,
            request_id: request_id.map(|id| id.raw().to_owned()),
            batch,
            undoes: self.plan.undoes.get(nth).cloned(),
        }
    }
}

/// The provider's messages, and a word if the journal could not note the success.
pub(super) fn said(messages: Vec<Untrusted>, written: Result<(), Failure>) -> Vec<Untrusted> {
    let unwritten = written
        .err()
        .map(|failure| Untrusted::from(format!("the change is done, but the journal does not know: {failure}")));
    messages.into_iter().chain(unwritten).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::registry;

    #[test]
    fn a_title_that_was_saved_stands_wherever_the_record_has_it() {
        let spec = registry().iter().map(|kind| kind.spec).find(|spec| spec.facts.id == "landscape").unwrap();
        let subject = Subject::Account(crate::inventory::fake::key("a1"));
        for kind in [ChangeKind::Profile, ChangeKind::UpdateAccount] {
            let change = Change {
                subject: subject.clone(),
                kind,
                values: [("title", "New")].into_iter().collect(),
                secrets: std::collections::BTreeMap::new(),
                base: None,
                key: None,
            };
            let learned = confirmed(spec, &change, None);
            let edited = learned.iter().find_map(|one| match one {
                Confirmed::Edited(_, fields) => Some(fields.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>()),
                Confirmed::Moved(..)
                | Confirmed::Gone(_)
                | Confirmed::Made(_)
                | Confirmed::Renamed(..)
                | Confirmed::Profile(_) => None,
            });
            assert_eq!(edited.unwrap(), ["preferences.title", "login.title", "title"], "{kind:?}");
        }
    }
}
