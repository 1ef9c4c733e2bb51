//! The headless end of every write: plan, confirmation, sending, what became of it.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use futures::future::join_all;

use super::args::WriteArgs;
use super::confirm::confirm;
use super::desk::{Desk, Opened, say};
use super::progress::Progress;
use super::results::{Entry, Outcome};
use super::stop::{Stop, status};
use super::targets::Lost;
use super::{planned, profile, results};
use crate::changes::{self, FileJournal, Journal, Road, Watch, Way};
use crate::domain::{Applied, Change, ConnectionName, JournalRecord, Plan, Protection, Stage, Subject, shown};
use crate::inventory::Inventory;

/// What a command wants.
pub(super) struct Wish {
    pub(super) what: What,
    /// Ids that no connection has: the others go on without them.
    pub(super) lost: Vec<Lost>,
    pub(super) way: Way,
    pub(super) wait: Wait,
    pub(super) shape: Shape,
}

/// What is to be planned.
pub(super) enum What {
    Changes(Vec<Change>),
    /// The inverse of a change of the journal, or of all of a plan, by its id, at these connections.
    Undo(Vec<ConnectionName>, String),
}

/// Whether what goes on after the provider's answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    ForTheEnd,
    No,
}

/// What is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// What became of each change.
    Results,
    /// The profile as it was read back.
    Profile,
}

impl Wish {
    pub(super) fn of(changes: Vec<Change>) -> Self {
        Self {
            what: What::Changes(changes),
            lost: Vec::new(),
            way: Way::default(),
            wait: Wait::ForTheEnd,
            shape: Shape::Results,
        }
    }
}

impl What {
    fn touches(&self, name: &ConnectionName) -> bool {
        match self {
            Self::Changes(changes) => changes.iter().any(|change| change.subject.connection() == name),
            Self::Undo(connections, _) => connections.contains(name),
        }
    }
}

/// Plans what is wanted at the connections in use, has it confirmed, sends it, and says what became of it.
pub(super) async fn run(
    desk: &Desk,
    all: &[Opened],
    inventory: &Inventory,
    wish: Wish,
    args: &WriteArgs,
) -> Result<(), Stop> {
    for it in all.iter().filter(|it| wish.what.touches(it.name())) {
        refuse_read_only(desk, it)?;
    }
    let journal = FileJournal::new(desk.paths.journal());
    let roads: Vec<Road<'_>> = all.iter().map(|it| road(desk, it, &journal, inventory, args)).collect();
    if !args.dry_run {
        settle_earlier(desk, &roads, &journal, &wish.what).await;
    }
    let nothing = match &wish.what {
        What::Changes(_) => results::NOTHING,
        What::Undo(..) => "it stands as it did before that change, which is undone already: nothing to do",
    };
    let plan = plan(&roads, &journal, wish.what, wish.way).await?;
    if args.dry_run {
        return planned::print(desk, &plan, &wish.lost, inventory, nothing);
    }
    let lost = wish.lost.iter().map(Entry::lost);
    let mut entries: Vec<Entry> = if plan.is_empty() {
        if wish.shape == Shape::Profile {
            print_profile(desk, all, &plan, &[Applied::NothingToDo])?;
        }
        plan.changes.iter().map(|planned| Entry::of(planned, &Applied::NothingToDo)).collect()
    } else {
        send(desk, all, &roads, &plan, args, wish.wait, wish.shape).await?
    };
    entries.extend(lost);
    if wish.shape == Shape::Results {
        results::write(desk, &entries)?;
    }
    results::end(desk, &entries, wish.shape)
}

fn road<'a>(
    desk: &'a Desk,
    opened: &'a Opened,
    journal: &'a FileJournal,
    inventory: &'a Inventory,
    args: &WriteArgs,
) -> Road<'a> {
    Road {
        connection: opened.name(),
        protection: opened.protection,
        provider: &*opened.provider,
        journal,
        inventory,
        clock: &desk.clock,
        reason: args.reason.clone(),
        max_delete: opened.connection.max_delete,
    }
}

/// Refuses where a connection is read-only, in words that say why it is.
pub(super) fn refuse_read_only(desk: &Desk, opened: &Opened) -> Result<(), Stop> {
    if opened.protection != Protection::ReadOnly {
        return Ok(());
    }
    let name = opened.name();
    let words = if desk.common.read_only {
        format!("{name}: nothing is written with --read-only")
    } else if opened.connection.named {
        format!("{name}: the connection is read-only (protection = \"read-only\")")
    } else {
        format!(
            "{name}: connections from environment variables are read-only until {} names them",
            desk.paths.config.display()
        )
    };
    Err(Stop::new(status::PROTECTED, words))
}

/// Settles earlier changes of the same targets by reading back, so that a command goes on where a killed one stopped.
/// What can't be settled stands among the plan's warnings.
async fn settle_earlier(desk: &Desk, roads: &[Road<'_>], journal: &FileJournal, what: &What) {
    let Ok(records) = journal.records() else { return };
    let open = changes::unsettled(&records.records);
    let is_meant = |record: &JournalRecord| match what {
        What::Changes(changes) => {
            changes.iter().any(|change| change.subject == record.subject && change.kind.makes() == record.kind.makes())
        }
        What::Undo(_, id) => *id == record.change || id == record.plan(),
    };
    for road in roads {
        let own = open.iter().filter(|record| record.connection == *road.connection && is_meant(record));
        let own: Vec<JournalRecord> = own.cloned().collect();
        if own.is_empty() {
            continue;
        }
        desk.whisper("reading back what an earlier run left open");
        match changes::reconcile_all(road, own).await {
            Ok(found) => {
                for record in &found.settled {
                    let done = if record.done == Some(true) { "is done" } else { "was not done" };
                    let (verb, target) = (record.kind.verb(), shown(record.subject.id()));
                    desk.whisper(&format!("the earlier {verb} of {} ({target}) {done}", record.name));
                }
            }
            Err(failure) => desk.whisper(&format!("{}: {failure}", road.connection)),
        }
    }
}

async fn plan(roads: &[Road<'_>], journal: &FileJournal, what: What, way: Way) -> Result<Plan, Stop> {
    match what {
        What::Changes(changes) => {
            // Whose failure it is, is known where there is one connection only.
            let name = changes.first().map(|change| change.subject.connection().clone());
            let planned = changes::plan(roads, changes, way).await;
            planned.map_err(|why| Stop::failure(&name.unwrap_or_else(|| ConnectionName::new("")), &why))
        }
        What::Undo(connections, id) => {
            let name = connections.first().cloned().unwrap_or_else(|| ConnectionName::new(""));
            let records = journal.records().map_err(|why| Stop::failure(&name, &why))?;
            let planned = changes::plan_undo(roads, &records.records, &id).await;
            planned.map_err(|why| Stop::failure(&name, &why))
        }
    }
}

/// Has a plan confirmed and sends it: what became of each change.
async fn send(
    desk: &Desk,
    all: &[Opened],
    roads: &[Road<'_>],
    plan: &Plan,
    args: &WriteArgs,
    wait: Wait,
    shape: Shape,
) -> Result<Vec<Entry>, Stop> {
    planned::refuse_conflicts(plan)?;
    let inventory = roads.first().map(|road| road.inventory);
    let Some(inventory) = inventory else { return Ok(Vec::new()) };
    let mut dear = Vec::new();
    for road in roads.iter().filter(|road| plan.part(road.connection).is_some()) {
        let own = plan.changes.iter().filter(|planned| planned.change.subject.connection() == road.connection);
        dear.extend(changes::dear(road, own.map(|planned| &planned.change)).await);
    }
    confirm(plan, all, inventory, &dear, args).await?;
    desk.writing.store(true, Ordering::SeqCst);
    let many = plan.changes.len();
    let bar = Mutex::new((0, Progress::before_data(desk, "changes", Some(many as u64))));
    let tell = |stage| match stage {
        Stage::Step(words) if desk.common.verbose > 0 => say(words),
        Stage::Over(nth, applied) if many > 1 => {
            let (count, bar) = &mut *bar.lock().unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            if let Some(planned) = plan.changes.get(nth) {
                bar.wipe();
                if let Some(words) = results::progress(desk, planned, &applied, *count, many) {
                    desk.whisper(&words);
                }
                bar.at(*count as u64);
            }
        }
        Stage::Step(_) | Stage::Sending(_) | Stage::Over(..) => {}
    };
    let applied = changes::apply(roads, plan, Watch { tell: &tell, gate: &desk.gate }).await;
    drop(bar);
    // What goes on at the provider is in the journal: a signal may end the waiting for it.
    desk.writing.store(false, Ordering::SeqCst);
    let mut entries: Vec<Entry> =
        plan.changes.iter().zip(&applied).map(|(planned, applied)| Entry::of(planned, applied)).collect();
    if entries.is_empty() {
        return Err(Stop::new(status::FAILED, "nothing was sent"));
    }
    for (nth, (entry, planned)) in entries.iter_mut().zip(&plan.changes).enumerate() {
        // What was never sent stands nowhere in the journal.
        if planned.is_sent() && entry.outcome.is_sent() {
            entry.filed_under(plan.change_id(nth));
        }
    }
    match wait {
        Wait::ForTheEnd => follow(desk, roads, &mut entries).await,
        Wait::No => entries.iter_mut().filter(|entry| entry.outcome == Outcome::Accepted).for_each(Entry::go_on),
    }
    if shape == Shape::Profile {
        print_profile(desk, all, plan, &applied)?;
    }
    Ok(entries)
}

/// Waits for what goes on after the provider's answer, side by side.
async fn follow(desk: &Desk, roads: &[Road<'_>], entries: &mut [Entry]) {
    let running = entries.iter().filter(|entry| entry.outcome == Outcome::Accepted).count();
    if running == 0 {
        return;
    }
    desk.whisper("the provider goes on with it; waiting for its end (--no-wait does not)");
    let records = roads.first().and_then(|road| road.journal.records().ok()).unwrap_or_default().records;
    let waits = entries.iter().enumerate().filter(|(_, entry)| entry.outcome == Outcome::Accepted).filter_map(
        |(nth, entry)| {
            let id = entry.change.as_ref()?;
            let record = records.iter().rev().find(|record| record.change == *id)?;
            let road = roads.iter().find(|road| *road.connection == record.connection)?;
            Some(async move { (nth, changes::follow(road, record).await) })
        },
    );
    for (nth, ended) in join_all(waits.collect::<Vec<_>>()).await {
        entries[nth].end(ended);
    }
}

/// The one profile that was written, as it was read back; or as it was read where it already was as wanted.
fn print_profile(desk: &Desk, all: &[Opened], plan: &Plan, applied: &[Applied]) -> Result<(), Stop> {
    let ([planned], [applied]) = (plan.changes.as_slice(), applied) else { return Ok(()) };
    let values = match applied {
        Applied::Confirmed { read_back: Some(read), .. } => &read.values,
        // What the provider said yes to, where it could not be read back.
        Applied::Confirmed { read_back: None, .. } => &planned.change.values,
        Applied::NothingToDo => &planned.read.values,
        Applied::Accepted { .. }
        | Applied::Outdated(_)
        | Applied::Refused(_)
        | Applied::Unknown(_)
        | Applied::NotSent(_) => return Ok(()),
    };
    let connection = Subject::connection(&planned.change.subject);
    match all.iter().find(|it| it.name() == connection) {
        Some(opened) => profile::print(desk, opened, values),
        None => Ok(()),
    }
}
