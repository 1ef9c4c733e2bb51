//! The way of a write: what it needs, and the plan that is made before anything is sent.

use super::merge::{check_given, check_whole, merge, what};
use super::{Journal, dear, unsettled_of, unsettled_words};
use crate::domain::{
    Before, Change, ChangeKind, ConnectionName, Failure, FailureKind, FormSpec, Identity, Lineage, OrganizationKey,
    Part, Plan, PlannedChange, Profile, Protection, Subject, Untrusted,
};
use crate::inventory::Inventory;
use crate::provider::{Capability, Clock, DetailOptions, Offer, Provider, Query, Reply};

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

/// Reads afresh (identity, target's name, lineage, profile) and says what the changes would do. Sends nothing.
///
/// # Errors
/// `Refused` with a sentence for read-only connections and fields that the form's spec does not have or does not take
/// (its items point at the fields); `Unsupported` with the reason where the provider has no such write; `Conflict` if
/// the connection turned out to be somebody else than the inventory knows, until the user says which holds; the provider's failure if a read fails.
pub async fn plan(roads: &[Road<'_>], changes: Vec<Change>, way: Way) -> Result<Plan, Failure> {
    for change in &changes {
        let road = road_of(roads, change)?;
        if road.protection == Protection::ReadOnly {
            return Err(read_only_failure(road.connection));
        }
        check_given(road.form(change)?, change)?;
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut planned = Vec::with_capacity(changes.len());
    for change in changes {
        let road = road_of(roads, &change)?;
        let part = match parts.iter().position(|part| part.connection == *road.connection) {
            Some(at) => at,
            None => {
                parts.push(road.part().await?);
                parts.len() - 1
            }
        };
        let before = road.before(&change).await?;
        planned.push(road.planned(change, before, &parts[part].identity).await?);
    }
    Ok(plan_of(roads, parts, planned, way).await)
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
pub(super) async fn plan_of(roads: &[Road<'_>], parts: Vec<Part>, mut changes: Vec<PlannedChange>, way: Way) -> Plan {
    let mut at = crate::domain::Moment::default();
    for road in roads.iter().filter(|road| parts.iter().any(|part| part.connection == *road.connection)) {
        at = (road.clock)();
        let own = |planned: &&PlannedChange| planned.change.subject.connection() == road.connection;
        let dear = dear(road.provider, changes.iter().filter(own).map(|planned| &planned.change)).await;
        if let (Some(dear), Some(first)) = (dear, changes.iter_mut().find(|planned| own(&&**planned))) {
            first.warnings.insert(0, dear);
        }
    }
    Plan {
        // The time tells plans apart, chance those of two processes.
        id: format!("{:x}-{:08x}", at.0, fastrand::u32(..)),
        at,
        parts,
        changes,
        batch: way.batch,
        renewed: false,
    }
}

impl Road<'_> {
    /// This connection's part of a plan.
    pub(super) async fn part(&self) -> Result<Part, Failure> {
        let identity = self.identity().await?;
        Ok(Part { connection: self.connection.clone(), identity, protection: self.protection })
    }

    /// What a change would do to what was read just now.
    pub(super) async fn planned(
        &self,
        mut change: Change,
        read: Before,
        identity: &Identity,
    ) -> Result<PlannedChange, Failure> {
        let form = self.form(&change)?;
        // An organization's place is known from its own record at the latest: the name comes first.
        let name = self.name(&change.subject).await?;
        let lineage = self.lineage(&change.subject).await;
        let merged = merge(form, &change, &read);
        if !merged.diff.is_empty() {
            check_whole(form, &change, &merged.values)?;
        }
        change.values = merged.values;
        let mut warnings = Vec::new();
        if !read.exists && !merged.diff.is_empty() {
            let noun = change.subject.noun();
            warnings.push(format!("this {noun} has no profile yet: it will be made"));
        }
        warnings.extend(self.earlier(&change.subject, identity));
        if let Err(why) = &lineage {
            warnings.push(format!("the organizations above it can't be read: {why}"));
        }
        Ok(PlannedChange {
            request: self.provider.preview(&change)?,
            change,
            name,
            lineage: lineage.ok().flatten(),
            after: None,
            read,
            diff: merged.diff,
            conflicts: merged.conflicts,
            warnings,
            refusal: None,
        })
    }

    /// What to know of earlier changes of the same target whose outcome nobody knows. A journal that can't be read stops
    /// the sending, not the plan.
    fn earlier(&self, subject: &Subject, identity: &Identity) -> Vec<String> {
        let records = self.journal.records().unwrap_or_default();
        let left = unsettled_of(&records.records, subject, identity);
        let now = (self.clock)();
        left.iter()
            .map(|record| format!("an earlier change is not settled: {}", unsettled_words(record, now)))
            .collect()
    }

    /// The form that a change was made with, if the provider has such a write for such a subject.
    fn form(&self, change: &Change) -> Result<&'static FormSpec, Failure> {
        if change.subject.connection() != self.connection {
            let cause = format!("it is not at the connection {}", self.connection);
            return Err(Failure::new(FailureKind::Refused, what(change), cause));
        }
        let spec = self.provider.spec();
        let refused = |cause: &str| Failure::new(FailureKind::Unsupported, what(change), cause);
        if change.kind != ChangeKind::Profile {
            return Err(refused("this version of acctui makes plans for profiles only"));
        }
        match spec.offer(Capability::of(change.kind, &change.subject)) {
            Offer::No(reason) => Err(refused(reason)),
            Offer::Yes => spec.form(change.kind).ok_or_else(|| refused("there is no form for it")),
        }
    }

    /// Lets the inventory know what was read.
    pub(super) fn learn(&self, query: &Query, reply: &Reply) {
        let at = (self.clock)();
        self.inventory.absorb(self.connection, query, reply, at);
    }

    /// Who the connection is now.
    ///
    /// # Errors
    /// `Conflict` if it is somebody else than what is known of it belongs to, until the user says which holds.
    pub(super) async fn identity(&self) -> Result<Identity, Failure> {
        let identity = self.provider.identity().await?;
        self.learn(&Query::Identity, &Reply::Identity(identity.clone()));
        let snapshot = self.inventory.snapshot();
        match snapshot.connection(self.connection).and_then(|view| view.contested(self.connection)) {
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

    /// The target's name, read afresh: a target that is gone fails here.
    async fn name(&self, subject: &Subject) -> Result<Untrusted, Failure> {
        match subject {
            Subject::Account(key) => {
                let options = DetailOptions::default();
                let account = self.provider.account(&key.id, options).await?;
                let name = account.name.clone();
                let query = Query::Account(key.id.clone(), options);
                self.learn(&query, &Reply::Account(Box::new(account)));
                Ok(name)
            }
            Subject::Organization(key) => {
                let organization = self.provider.organization(&key.id).await?;
                let name = organization.name.clone();
                let query = Query::Organization(key.id.clone());
                self.learn(&query, &Reply::Organization(Box::new(organization)));
                Ok(name)
            }
            Subject::Connection(name) => Ok(Untrusted::new(name.as_str())),
        }
    }

    /// The organizations above the target: an account's are asked for where the provider offers it, an organization's
    /// stand in the tree. `None` where neither is so.
    async fn lineage(&self, subject: &Subject) -> Result<Option<Lineage>, Failure> {
        match subject {
            Subject::Account(key) => match self.provider.spec().offer(Capability::Lineage) {
                Offer::No(_) => Ok(None),
                Offer::Yes => {
                    let lineage = self.provider.lineage(&key.id).await?;
                    let query = Query::Lineage(key.id.clone());
                    self.learn(&query, &Reply::Lineage(lineage.clone()));
                    Ok(Some(lineage))
                }
            },
            Subject::Organization(key) => Ok(self.above(key)),
            Subject::Connection(_) => Ok(None),
        }
    }

    fn above(&self, key: &OrganizationKey) -> Option<Lineage> {
        let snapshot = self.inventory.snapshot();
        let tree = &snapshot.connection(self.connection)?.tree;
        tree.node(&key.id)?;
        let above = tree.above(&key.id);
        let nodes = above.iter().filter_map(|id| tree.node(id));
        let organizations = nodes.map(|node| (*node.organization).clone());
        Some(Lineage::new(organizations.collect()))
    }
}
