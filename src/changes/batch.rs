//! Several moves by one call of the provider, where it has one and the plan asks for it.

use indexmap::IndexMap;

use super::apply::{Lane, Sending, locked};
use super::failpoint::failpoint;
use super::send::Entry;
use crate::domain::{
    AccountId, Change, ChangeKind, Delivery, Failure, FailureKind, JournalState, OrganizationId, Subject,
};
use crate::provider::{BatchMoved, Capability, Executed, Offer};

/// So many accounts at most go into one call: no provider says how many it takes, and a call that is lost leaves as many
/// outcomes unknown.
const AT_ONCE: usize = 50;

/// What a call was tried for.
const WHAT: &str = "moving several accounts at once";

impl Sending<'_> {
    /// Sends the moves that go by the provider's call for several. Gives what is left to be sent one by one: all of it,
    /// if the provider, or this server, turns out to have no such call.
    pub(super) async fn send_batches(&self, lane: &Lane<'_, '_>) -> Vec<usize> {
        let mut groups: IndexMap<&str, Vec<usize>> = IndexMap::new();
        if self.plan.batch && lane.road.provider.spec().offer(Capability::BatchMove) == Offer::Yes {
            for nth in &lane.items {
                let change = &self.plan.changes[*nth].change;
                if change.kind == ChangeKind::MoveAccount {
                    groups.entry(change.values.get(Change::TO)).or_default().push(*nth);
                }
            }
        }
        let mut singly: Vec<usize> = lane.items.clone();
        groups.retain(|_, items| items.len() > 1);
        for (to, items) in groups {
            for chunk in items.chunks(AT_ONCE) {
                if !self.send_batch(lane, chunk, &OrganizationId::new(to)).await {
                    singly.retain(|nth| self.result(*nth).is_none());
                    return singly;
                }
                singly.retain(|nth| !chunk.contains(nth));
            }
        }
        singly
    }

    /// Sends one call. False if there is no such call: nothing was moved then, and what was noted as sent is noted again
    /// when it goes out by itself.
    async fn send_batch(&self, lane: &Lane<'_, '_>, chunk: &[usize], to: &OrganizationId) -> bool {
        let mut items = Vec::with_capacity(chunk.len());
        for nth in chunk {
            if self.may_send(lane, *nth).await {
                items.push(*nth);
            }
        }
        let sent = items.iter().map(|nth| self.record(lane, *nth, Entry::of(JournalState::Sent).batched())).collect();
        if items.is_empty() || !self.note_sent(lane, sent, &items).await {
            return true;
        }
        let accounts: Vec<AccountId> = items.iter().filter_map(|nth| self.account(*nth)).collect();
        let answer = lane.road.provider.move_batch(&accounts, to).await;
        failpoint("after-request");
        let answer = match answer {
            Err(failure) if failure.kind == FailureKind::Unsupported => return false,
            answer => answer,
        };
        let results: Vec<(usize, Result<Executed, Failure>)> =
            items.iter().map(|nth| (*nth, self.outcome(*nth, &answer))).collect();
        let unnamed = |result: &Result<Executed, Failure>| {
            answer.is_ok() && result.as_ref().is_err_and(|failure| failure.delivery == Delivery::Unknown)
        };
        locked(&lane.unnamed).extend(results.iter().filter(|(_, result)| unnamed(result)).map(|(nth, _)| *nth));
        let entries = results.iter().map(|(nth, result)| {
            let entry = match result {
                Ok(executed) => Entry::yes(executed.clone()),
                Err(failure) => Entry::no(failure.clone()),
            };
            self.record(lane, *nth, entry.batched())
        });
        let written = self.note(lane, entries.collect()).await;
        failpoint("after-outcome");
        for (nth, result) in results {
            self.end(lane, nth, result, written.clone());
        }
        true
    }

    fn account(&self, nth: usize) -> Option<AccountId> {
        match &self.plan.changes[nth].change.subject {
            Subject::Account(key) => Some(key.id.clone()),
            Subject::Organization(_) | Subject::Connection(_) => None,
        }
    }

    /// What an answer says of one of the accounts. What it does not name nobody knows, before it is read back.
    fn outcome(&self, nth: usize, answer: &Result<Vec<BatchMoved>, Failure>) -> Result<Executed, Failure> {
        let named = match answer {
            Ok(named) => named,
            Err(failure) => return Err(failure.clone()),
        };
        let id = self.account(nth);
        match named.iter().find(|moved| Some(&moved.account) == id.as_ref()) {
            Some(BatchMoved { moved: true, message, .. }) => {
                Ok(Executed { messages: message.iter().cloned().collect(), ..Executed::default() })
            }
            Some(BatchMoved { moved: false, message, .. }) => {
                let said = message.as_ref().map(|message| message.shown().into_owned());
                let cause = said.unwrap_or_else(|| "the provider says that it did not move it, and not why".into());
                Err(Failure::new(FailureKind::Refused, WHAT, cause).with_delivery(Delivery::Answered))
            }
            None => {
                let cause = "the provider's answer does not name this account";
                Err(Failure::new(FailureKind::Unreadable, WHAT, cause).with_delivery(Delivery::Unknown))
            }
        }
    }
}
