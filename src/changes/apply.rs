//! Sends a confirmed plan: reads again, journals, sends once, reads back.
//!
//! This file decides what may be sent; `send` and `batch` send it, `back` looks whether it shows.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, stream};
use tokio::time::Instant;

use super::failpoint::failpoint;
use super::merge::what;
use super::road::{Road, Way, plan_of, read_only_failure, road_of};
use super::send::{Entry, WIDTH};
use super::{Gate, Keep};
use crate::domain::{
    Applied, Before, Change, ChangeKind, Diff, Failure, FailureKind, JournalState, Meanwhile, Part, Plan,
    PlannedChange, Protection, Stage,
};
use crate::inventory::Confirmed;

/// What was read again holds for so long. Beyond it (a long bulk, a pause) what is left is read once more before the
/// next change goes out.
const FRESH: Duration = Duration::from_secs(120);

/// Who looks on while a plan is sent.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Hears how far it is.
    pub tell: &'a (dyn Fn(Stage) + Send + Sync),
    /// Asked before each change is sent.
    pub gate: &'a Gate,
}

impl Watch<'_> {
    pub(super) fn step(&self, words: &'static str) {
        (self.tell)(Stage::Step(words));
    }
}

/// Sends a confirmed plan: identity and targets are read again, and what differs from the plan is not sent. One result a
/// change, in the plan's order. Changes of one connection start in that order, several at a time; connections go side by
/// side. One failure does not keep the others from being sent, but for what would fail each of them: a credential that
/// is not accepted, a connection that is somebody else, a journal that can't be written.
///
/// `watch` hears each step in words (`reading again`, `sending`, `reading back`), each change as it goes out and as it is
/// over: a confirmed one with the provider's answer, before it was read back. A stopped gate keeps what was not sent yet
/// from being sent; the journal has it as intended.
pub async fn apply(roads: &[Road<'_>], plan: &Plan, watch: Watch<'_>) -> Vec<Applied> {
    let sending =
        Sending { plan, watch, results: Mutex::new(vec![None; plan.changes.len()]), halted: Mutex::default() };
    watch.step("reading again");
    let mut lanes = sending.lanes(roads);
    join_all(lanes.iter_mut().map(|lane| sending.read_again(lane))).await;
    lanes.retain(|lane| !lane.items.is_empty());
    // Held from before anybody can read of it until nothing more is sent.
    let _held = lanes.first().and_then(|lane| lane.road.journal.hold(&plan.id));
    if !lanes.is_empty() && sending.intend(&lanes).await {
        watch.step("sending");
        join_all(lanes.iter().map(|lane| sending.send(lane))).await;
        sending.read_back(&lanes).await;
    }
    sending.results()
}

/// A plan on its way.
pub(super) struct Sending<'s> {
    pub(super) plan: &'s Plan,
    pub(super) watch: Watch<'s>,
    /// What became of each change so far.
    results: Mutex<Vec<Option<Applied>>>,
    /// Why nothing more is sent, if something would fail all.
    halted: Mutex<Option<Failure>>,
}

/// One connection's share of a plan.
pub(super) struct Lane<'s, 'a> {
    pub(super) road: &'s Road<'a>,
    pub(super) part: Part,
    /// The places in the plan of what is to be sent, in its order.
    pub(super) items: Vec<usize>,
    /// Why nothing more is sent to this connection.
    pub(super) halted: Mutex<Option<Failure>>,
    /// Until when the last reading holds, and what came of reading once more.
    reading: tokio::sync::Mutex<Reading>,
    /// What was not begun yet.
    left: Mutex<BTreeSet<usize>>,
    /// What the inventory is to learn.
    pub(super) learned: Mutex<Vec<Confirmed>>,
    /// What a call for several moves did not name in its answer.
    pub(super) unnamed: Mutex<BTreeSet<usize>>,
}

/// What is known of the targets of a lane.
struct Reading {
    at: Instant,
    /// Of changes that a later reading stopped.
    stopped: HashMap<usize, Applied>,
}

/// Takes a lock; what it guards is whole between any two statements.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'s> Sending<'s> {
    /// Deals the changes out to their connections. What needs no sending is over.
    fn lanes<'a>(&self, roads: &'s [Road<'a>]) -> Vec<Lane<'s, 'a>> {
        let mut lanes: Vec<Lane<'s, 'a>> = Vec::new();
        for (nth, planned) in self.plan.changes.iter().enumerate() {
            let road = match planned.refusal.clone().map_or_else(|| road_of(roads, &planned.change), Err) {
                Ok(road) => road,
                Err(failure) => {
                    self.over(nth, Applied::NotSent(failure));
                    continue;
                }
            };
            if planned.diff.is_empty() && !self.plan.has_conflicts() {
                self.over(nth, Applied::NothingToDo);
                continue;
            }
            let lane = lanes.iter_mut().find(|lane| lane.road.connection == road.connection);
            match (lane, self.plan.part(road.connection)) {
                (Some(lane), _) => lane.items.push(nth),
                (None, Some(part)) => lanes.push(Lane::new(road, part.clone(), nth)),
                (None, None) => {
                    let cause = format!("it was not made for the connection {}", road.connection);
                    self.over(nth, Applied::NotSent(refused(cause)));
                }
            }
        }
        lanes
    }

    /// Reads again for all of a lane, and keeps in it what is as the plan says.
    async fn read_again(&self, lane: &mut Lane<'_, '_>) {
        let items = std::mem::take(&mut lane.items);
        if let Err(failure) = check(lane, self.plan).await {
            for nth in items {
                self.over(nth, Applied::NotSent(failure.clone()));
            }
            return;
        }
        let mut stopped = self.compare(lane, &items).await;
        for nth in items {
            match stopped.remove(&nth) {
                Some(applied) => self.over(nth, applied),
                None => lane.items.push(nth),
            }
        }
        lane.left = Mutex::new(lane.items.iter().copied().collect());
        lane.reading.get_mut().at = Instant::now();
    }

    /// Reads for some changes of a lane. Gives what became of those that are not as the plan says.
    async fn compare(&self, lane: &Lane<'_, '_>, items: &[usize]) -> HashMap<usize, Applied> {
        let reads = lane.read(items.iter().map(|nth| &self.plan.changes[*nth].change).collect()).await;
        let differing = items.iter().copied().zip(reads).filter_map(|(nth, read)| {
            let planned = &self.plan.changes[nth];
            match read {
                Ok(now) if now == planned.read => None,
                Ok(now) => Some((nth, Ok(now))),
                Err(failure) => Some((nth, Err(failure))),
            }
        });
        let renewals = differing.map(|(nth, read)| async move {
            let applied = match read {
                Ok(now) => renew(lane, self.plan, nth, now).await,
                Err(failure) => {
                    let planned = &self.plan.changes[nth];
                    if failure.kind == FailureKind::NotFound {
                        lane.road.note_gone(&planned.change);
                    }
                    Applied::NotSent(named(planned, failure))
                }
            };
            (nth, applied)
        });
        let renewals: Vec<_> = renewals.collect();
        stream::iter(renewals).buffer_unordered(WIDTH).collect().await
    }

    /// What a later reading says against sending a change. Reads for all that is left, once for all who wait for it.
    pub(super) async fn outdated(&self, lane: &Lane<'_, '_>, nth: usize) -> Option<Applied> {
        let mut reading = lane.reading.lock().await;
        if reading.at.elapsed() >= FRESH {
            let left: Vec<usize> = locked(&lane.left).iter().copied().collect();
            reading.stopped = self.compare(lane, &left).await;
            reading.at = Instant::now();
        }
        locked(&lane.left).remove(&nth);
        reading.stopped.remove(&nth)
    }

    /// Notes all that is about to be sent, in one go. If that can't be done nothing is sent.
    async fn intend(&self, lanes: &[Lane<'_, '_>]) -> bool {
        failpoint("before-intended");
        let mut items: Vec<(usize, &Lane<'_, '_>)> =
            lanes.iter().flat_map(|lane| lane.items.iter().map(move |nth| (*nth, lane))).collect();
        items.sort_by_key(|(nth, _)| *nth);
        let intended = || Entry::of(JournalState::Intended);
        let records = items.iter().map(|(nth, lane)| self.record(lane, *nth, intended())).collect();
        let Some((_, lane)) = items.first() else { return false };
        // One journal for all: where the first record goes the others go.
        let written = lane.road.journal.written(records, Keep::Synced).await;
        if let Err(failure) = written.map_err(|failure| unrecorded("nothing", failure)) {
            for (nth, _) in items {
                self.over(nth, Applied::NotSent(failure.clone()));
            }
            return false;
        }
        failpoint("after-intended");
        true
    }

    /// A change is over, for now.
    pub(super) fn over(&self, nth: usize, applied: Applied) {
        (self.watch.tell)(Stage::Over(nth, Box::new(applied.clone())));
        self.settle(nth, applied);
    }

    /// More is known of a change that is over.
    pub(super) fn settle(&self, nth: usize, applied: Applied) {
        locked(&self.results)[nth] = Some(applied);
    }

    /// What became of a change so far.
    pub(super) fn result(&self, nth: usize) -> Option<Applied> {
        locked(&self.results)[nth].clone()
    }

    fn results(self) -> Vec<Applied> {
        let results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unsaid = || Applied::NotSent(refused("it was left out".into()));
        results.into_iter().map(|applied| applied.unwrap_or_else(unsaid)).collect()
    }

    /// Nothing more is sent, to no connection.
    pub(super) fn halt(&self, failure: &Failure) {
        locked(&self.halted).get_or_insert_with(|| failure.clone());
    }

    /// Why nothing more is sent on a lane.
    pub(super) fn halted(&self, lane: &Lane<'_, '_>) -> Option<Failure> {
        let all = locked(&self.halted).clone();
        all.or_else(|| locked(&lane.halted).clone()).or_else(|| lane.contested())
    }
}

impl<'s, 'a> Lane<'s, 'a> {
    fn new(road: &'s Road<'a>, part: Part, first: usize) -> Self {
        let reading = Reading { at: Instant::now(), stopped: HashMap::new() };
        Self {
            road,
            part,
            items: vec![first],
            halted: Mutex::default(),
            reading: tokio::sync::Mutex::new(reading),
            left: Mutex::default(),
            learned: Mutex::default(),
            unnamed: Mutex::default(),
        }
    }

    /// What stands now, for one change or for many.
    pub(super) async fn read(&self, changes: Vec<&Change>) -> Vec<Result<Before, Failure>> {
        match changes.as_slice() {
            [change] => vec![self.road.before(change).await],
            changes => self.road.befores(changes).await,
        }
    }

    /// Why nothing may be sent to a connection that has turned out to be somebody else meanwhile.
    fn contested(&self) -> Option<Failure> {
        let snapshot = self.road.inventory.snapshot();
        snapshot.connection(self.road.connection)?.contested(self.road.connection)
    }
}

/// A record that must be there before its request goes out can't be written.
pub(super) fn unrecorded(what: &str, failure: Failure) -> Failure {
    let cause = format!("{what} was sent, because no record of it can be kept: {}", failure.cause);
    Failure { cause, ..failure }
}

fn refused(cause: String) -> Failure {
    Failure::new(FailureKind::Refused, "sending the plan", cause)
}

/// Of a target that is not there any more people hear its name; the provider's own words are in the activity.
fn named(planned: &PlannedChange, failure: Failure) -> Failure {
    let is_gone = failure.kind == FailureKind::NotFound && !planned.name.is_empty();
    if is_gone { Failure::gone(what(&planned.change), &planned.name) } else { failure }
}

/// What must hold for a connection's part as a whole.
async fn check(lane: &Lane<'_, '_>, plan: &Plan) -> Result<(), Failure> {
    let road = lane.road;
    if road.protection == Protection::ReadOnly {
        return Err(read_only_failure(road.connection));
    }
    if plan.has_conflicts() {
        let cause = "somebody else changed the same fields: choose mine or theirs for each first";
        return Err(refused(cause.into()));
    }
    let identity = road.identity().await?;
    if !identity.is_same(&lane.part.identity) {
        return Err(road.somebody_else(&lane.part.identity, &identity));
    }
    Ok(())
}

/// A later read differs from the plan: the plan as it would be now. What the plan would not have altered takes what was
/// read; what it would have altered and somebody else did, too, is a conflict.
async fn renew(lane: &Lane<'_, '_>, plan: &Plan, nth: usize, now: Before) -> Applied {
    let (road, planned) = (lane.road, &plan.changes[nth]);
    let mut change = planned.change.clone();
    // Where an account was, `meanwhile` says; on the base of where it is the new plan does not say it once more.
    let is_move = change.kind == ChangeKind::MoveAccount;
    change.base = Some(if is_move { now.values.clone() } else { planned.read.values.clone() });
    match road.planned(change, now, &lane.part.identity).await {
        // It already is as wanted: somebody did the same, or an earlier try arrived after all.
        Ok(anew) if anew.diff.is_empty() && anew.conflicts.is_empty() && anew.refusal.is_none() => Applied::NothingToDo,
        Ok(mut anew) => {
            anew.meanwhile = meanwhile(planned, &anew.read);
            let way = Way { batch: plan.batch };
            let mut renewed = plan_of(std::slice::from_ref(road), vec![lane.part.clone()], vec![anew], way).await;
            renewed.renewed = true;
            renewed.undoes = plan.undoes.get(nth).cloned().into_iter().collect();
            Applied::Outdated(Box::new(renewed))
        }
        Err(failure) => Applied::NotSent(failure),
    }
}

/// What somebody else changed between two reads.
fn meanwhile(planned: &PlannedChange, now: &Before) -> Vec<Meanwhile> {
    let before = &planned.read;
    let existence = match (before.exists, now.exists) {
        (true, false) => Some(Meanwhile::TakenAway),
        (false, true) => Some(Meanwhile::Made),
        (true, true) | (false, false) => None,
    };
    let side = |read: &Before, field: &str| Some(read.values.get(field)).filter(|it| !it.is_empty()).map(str::to_owned);
    let word = |field: &str| if field == Change::FROM { Diff::PLACE.to_owned() } else { field.to_owned() };
    let fields: BTreeSet<&String> = before.values.0.keys().chain(now.values.0.keys()).collect();
    let others = fields.into_iter().filter(|field| before.values.get(field) != now.values.get(field));
    let others = others.map(|field| Diff { field: word(field), from: side(before, field), to: side(now, field) });
    existence.into_iter().chain(others.map(Meanwhile::Field)).collect()
}
