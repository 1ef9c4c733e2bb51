//! The way of a write: what it needs, and the plan that is made before anything is sent.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::legal::whole;
use super::merge::what;
use super::namesakes::{namesakes, taken};
use super::planned::Desk;
use super::read::{Found, SIDE_BY_SIDE};
use super::{Journal, dear};
use crate::domain::{
    Change, ConnectionName, Failure, FailureKind, Identity, Part, Plan, PlannedChange, Profile, Protection, Subject,
};
use crate::inventory::Inventory;
use crate::provider::{Clock, Provider, Query, Reply};

/// What a write needs on its way.
pub struct Road<'a> {
    /// The connection that it goes to.
    pub connection: &'a ConnectionName,
    /// How that connection is protected; `ReadOnly` also for `--read-only`.
    pub protection: Protection,
    /// The connection's provider.
    pub provider: &'a dyn Provider,
    /// Where its record is kept.
    pub journal: &'a dyn Journal,
    /// What learns of reads and outcomes.
    pub inventory: &'a Inventory,
    /// Where the time comes from.
    pub clock: &'a Clock,
    /// The person's reason (`--reason`), kept in the journal.
    pub reason: Option<String>,
    /// How many accounts one plan may delete, close or remove at most (`max_delete`).
    pub max_delete: u32,
}

/// The head of every refusal for read-only connections.
const READ_ONLY: &str = "writing to a read-only connection";

/// The refusal of a write to a read-only connection.
#[must_use]
pub fn read_only_failure(connection: &ConnectionName) -> Failure {
    let cause = format!("the connection {connection} is read-only: nothing is written to it");
    Failure::new(FailureKind::Refused, READ_ONLY, cause)
        .with_hint("name the connection in config.toml with another protection, and leave out --read-only")
}

/// Whether a failure is the refusal of [`read_only_failure`]: the command line exits with 5 for it.
#[must_use]
pub fn is_read_only_failure(failure: &Failure) -> bool {
    failure.kind == FailureKind::Refused && failure.what == READ_ONLY
}

/// Says what the changes would do, by fresh reads and what the inventory knows freshly enough. Sends nothing.
///
/// Of several changes each that can't be done says why in its place of the plan; a plan of one fails.
///
/// # Errors
/// `Refused` with a sentence for read-only connections, for more ends than a plan may have, for the same thing twice,
/// and for fields that the form's spec does not have or does not take (its items point at the fields); `Unsupported`
/// with the reason where the provider has no such write; `Conflict` if the connection turned out to be somebody else than
/// the inventory knows, until the user says which holds; the provider's failure if a read fails.
pub async fn plan(roads: &[Road<'_>], changes: Vec<Change>, way: Way) -> Result<Plan, Failure> {
    plan_wished(roads, changes, way, Wish::Typed).await
}

/// Where the values of a plan's changes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Somebody typed them: the form's spec says what is wrong with them.
    Typed,
    /// The journal has them: what stood is brought back, whatever a form would say of it today.
    Kept,
}

/// As [`plan`], for values of either origin.
pub(super) async fn plan_wished(
    roads: &[Road<'_>],
    changes: Vec<Change>,
    way: Way,
    wish: Wish,
) -> Result<Plan, Failure> {
    whole(roads, &changes)?;
    let lawful = changes.iter().map(|change| road_of(roads, change).and_then(|road| road.lawful(change, wish)));
    let refusals: Vec<Option<Failure>> = lawful.map(Result::err).collect();
    if refusals.iter().all(Option::is_some)
        && let Some(first) = refusals.first().cloned().flatten()
    {
        return Err(first);
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut planned: Vec<Option<Result<PlannedChange, Failure>>> = changes.iter().map(|_| None).collect();
    let mut warnings = Vec::new();
    for road in by_appearance(roads, &changes) {
        let part = road.part().await?;
        let own = |nth: &usize| changes[*nth].subject.connection() == road.connection && refusals[*nth].is_none();
        let own: Vec<usize> = (0..changes.len()).filter(own).collect();
        let asked: Vec<&Change> = own.iter().map(|nth| &changes[*nth]).collect();
        let (outcomes, whole) = road.plan_all(&asked, &part.identity).await;
        for (nth, outcome) in own.into_iter().zip(outcomes) {
            planned[nth] = Some(outcome);
        }
        warnings.extend(whole.into_iter().map(|words| (road.connection, words)));
        parts.push(part);
    }
    let outcomes = planned.into_iter().zip(refusals).map(|(planned, refusal)| match (planned, refusal) {
        (Some(outcome), None) => Some(outcome),
        (_, Some(refusal)) => Some(Err(refusal)),
        (None, None) => None,
    });
    let outcomes: Vec<Result<PlannedChange, Failure>> = outcomes.flatten().collect();
    let gone = changes.iter().zip(&outcomes).filter(|(_, outcome)| outcome.as_ref().is_err_and(Failure::is_gone));
    let gone: Vec<Change> = gone.map(|(change, _)| change.clone()).collect();
    // Filed once the rows have the names by which the inventory knows them still.
    let file = || gone.iter().filter_map(|change| Some((road_of(roads, change).ok()?, change)));
    if let Some(failure) = failed_as_one(&outcomes) {
        file().for_each(|(road, change)| road.note_gone(change));
        return Err(failure);
    }
    let mut rows = Vec::with_capacity(changes.len());
    for (change, outcome) in changes.into_iter().zip(outcomes) {
        let road = road_of(roads, &change)?;
        rows.push(outcome.unwrap_or_else(|why| road.refused(change, why)));
    }
    file().for_each(|(road, change)| road.note_gone(change));
    for road in roads {
        road.closes_few(&rows).await?;
    }
    let mut plan = plan_of(roads, parts, rows, way).await;
    let is_one = plan.parts.len() == 1;
    plan.warnings.extend(warnings.into_iter().map(|(at, words)| if is_one { words } else { format!("{at}: {words}") }));
    Ok(plan)
}

/// The roads of these changes, in the order in which they need them.
fn by_appearance<'r, 'a>(roads: &'r [Road<'a>], changes: &[Change]) -> Vec<&'r Road<'a>> {
    let mut found: Vec<&Road<'a>> = Vec::new();
    for road in changes.iter().filter_map(|change| road_of(roads, change).ok()) {
        if !found.iter().any(|known| known.connection == road.connection) {
            found.push(road);
        }
    }
    found
}

/// Why there is no plan at all: the only change fails, or none could be looked at, which says nothing of any of them.
fn failed_as_one(outcomes: &[Result<PlannedChange, Failure>]) -> Option<Failure> {
    let is_of_the_change = |failure: &Failure| match failure.kind {
        FailureKind::NotFound
        | FailureKind::Refused
        | FailureKind::Conflict
        | FailureKind::Forbidden
        | FailureKind::Unsupported => true,
        FailureKind::Auth
        | FailureKind::Throttled { .. }
        | FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::Tls
        | FailureKind::Server
        | FailureKind::Unreadable
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => false,
    };
    match outcomes {
        [Err(only)] => Some(only.clone()),
        [Err(first), ..] => {
            let blind = |outcome: &Result<_, Failure>| outcome.as_ref().is_err_and(|why| !is_of_the_change(why));
            outcomes.iter().all(blind).then(|| first.clone())
        }
        [] | [Ok(_), ..] => None,
    }
}

/// How a plan is to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Try the provider's call for several moves at once first (`--batch`).
    pub batch: bool,
}

/// The road of a change's connection.
pub(super) fn road_of<'r, 'a>(roads: &'r [Road<'a>], change: &Change) -> Result<&'r Road<'a>, Failure> {
    let connection = change.subject.connection();
    roads.iter().find(|road| road.connection == connection).ok_or_else(|| {
        let cause = format!("the connection {connection} is not in use");
        Failure::new(FailureKind::Refused, what(change), cause)
    })
}

/// A plan of changes that have been read for. What is dear says so first.
pub(super) async fn plan_of(roads: &[Road<'_>], parts: Vec<Part>, changes: Vec<PlannedChange>, way: Way) -> Plan {
    let mut warnings = Vec::new();
    let mut at = crate::domain::Moment::default();
    for road in roads.iter().filter(|road| parts.iter().any(|part| part.connection == *road.connection)) {
        at = (road.clock)();
        let own = |planned: &&PlannedChange| planned.change.subject.connection() == road.connection;
        let sent: Vec<&Change> =
            changes.iter().filter(own).filter(|planned| planned.is_sent()).map(|planned| &planned.change).collect();
        if let Some(dear) = dear(road, sent).await {
            warnings.push(if parts.len() == 1 { dear } else { format!("{}: {dear}", road.connection) });
        }
    }
    warnings.extend(namesakes(&changes));
    for part in &parts {
        let road = roads.iter().find(|road| *road.connection == part.connection);
        let words = road.map(|road| taken(road, part, &changes)).unwrap_or_default();
        let said = |words| if parts.len() == 1 { words } else { format!("{}: {words}", part.connection) };
        warnings.extend(words.into_iter().map(said));
    }
    Plan {
        // The time tells plans apart, chance those of two processes.
        id: format!("{:x}-{:08x}", at.0, fastrand::u32(..)),
        at,
        parts,
        changes,
        warnings,
        batch: way.batch,
        renewed: false,
        undoes: Vec::new(),
    }
}

impl Road<'_> {
    /// This connection's part of a plan.
    pub(super) async fn part(&self) -> Result<Part, Failure> {
        let identity = self.identity().await?;
        Ok(Part { connection: self.connection.clone(), identity, protection: self.protection })
    }

    /// What each of these changes of this connection would do, in their order, and what to know of all of them.
    async fn plan_all(
        &self,
        changes: &[&Change],
        identity: &Identity,
    ) -> (Vec<Result<PlannedChange, Failure>>, Vec<String>) {
        let desk = Desk::of(self, changes, identity).await;
        let found = self.look(changes, &desk).await;
        let laid = changes.iter().zip(found).map(|(change, found)| -> BoxFuture<'_, _> {
            self.lay_out((*change).clone(), found, identity, &desk).boxed()
        });
        let laid: Vec<_> = laid.collect();
        let mut planned: Vec<_> = stream::iter(laid).buffered(SIDE_BY_SIDE).collect().await;
        let whole = self.add_side_effects(&mut planned).await;
        (planned, whole)
    }

    /// What stands before each change: from the inventory where that was read a moment ago, else read now.
    async fn look(&self, changes: &[&Change], desk: &Desk) -> Vec<Result<Found, Failure>> {
        let mut found: Vec<Option<Result<Found, Failure>>> =
            changes.iter().map(|change| self.warm(change, &desk.ends).map(Ok)).collect();
        let cold: Vec<usize> = (0..changes.len()).filter(|nth| found[*nth].is_none()).collect();
        let asked: Vec<&Change> = cold.iter().map(|nth| changes[*nth]).collect();
        for (nth, read) in cold.into_iter().zip(self.finds(&asked).await) {
            found[nth] = Some(read);
        }
        found.into_iter().flatten().collect()
    }

    /// Lets the inventory know what was read.
    pub(super) fn learn(&self, query: &Query, reply: &Reply) {
        let at = (self.clock)();
        self.inventory.absorb(self.connection, query, reply, at);
    }

    /// Who the connection is, where the inventory knows it: it is asked again after every refusal of the credential.
    pub(super) fn known_identity(&self) -> Option<Identity> {
        if !self.provider.is_identified() {
            return None;
        }
        let snapshot = self.inventory.snapshot();
        let view = snapshot.connection(self.connection)?;
        let was_refused = view.sync.trouble().is_some_and(|why| why.kind == FailureKind::Auth);
        let fact = view.identity.as_ref().filter(|_| !was_refused)?;
        Some(fact.value.clone())
    }

    /// Who the connection is: as the inventory knows it, else asked.
    ///
    /// # Errors
    /// `Conflict` if it is somebody else than what is known of it belongs to, until the user says which holds.
    pub(super) async fn identity(&self) -> Result<Identity, Failure> {
        let contested = || {
            let snapshot = self.inventory.snapshot();
            snapshot.connection(self.connection).and_then(|view| view.contested(self.connection))
        };
        if let (Some(identity), None) = (self.known_identity(), contested()) {
            return Ok(identity);
        }
        let identity = self.provider.identity().await?;
        self.learn(&Query::Identity, &Reply::Identity(identity.clone()));
        match contested() {
            Some(failure) => Err(failure),
            None => Ok(identity),
        }
    }

    pub(super) async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        let profile = self.provider.profile(subject).await?;
        let query = Query::Profile(subject.clone());
        self.learn(&query, &Reply::Profile(profile.clone()));
        Ok(profile)
    }

    /// The failure of a write whose connection is not the same any more.
    pub(super) fn somebody_else(&self, before: &Identity, now: &Identity) -> Failure {
        let cause = format!(
            "the connection {} now answers as {}, the plan was made as {}: nothing was sent",
            self.connection,
            now.beside(before),
            before.beside(now)
        );
        Failure::new(FailureKind::Conflict, "checking the identity", cause)
            .with_hint("look which of them you mean, then open the form again")
    }
}
