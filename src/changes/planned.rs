//! One change of a plan: what it would do to what was read, where its target stands, and what to know before.

use std::collections::{HashMap, HashSet};

use super::legal::{ends_of, own_end};
use super::merge::{check_whole, lay, what};
use super::read::{Found, NAME, SINGLY, STATUS, held, moved};
use super::road::Road;
use super::{unsettled, unsettled_words};
use crate::domain::{
    Account, AccountKey, Before, Change, ChangeKind, Failure, FailureKind, Identity, JournalRecord, JournalState,
    Lineage, Meanwhile, Moment, Organization, OrganizationId, OrganizationKey, PlannedChange, RequestPreview, Subject,
    Tree, Untrusted, age_words,
};
use crate::inventory::Confirmed;
use crate::provider::{Levels, Query, Reply};

/// Milliseconds for which what was read of a target's own fields need not be read again for a plan: sending reads again
/// in any case.
const FRESH: u64 = 60_000;

/// The most levels that are climbed from an organization to its root: five or six are usual limits.
const DEEPEST: usize = 12;

/// What planning has looked up for all changes of a connection.
pub(super) struct Desk {
    /// Changes whose outcome nobody knows, made as the same identity.
    unsettled: Vec<JournalRecord>,
    /// Creates of a key that the user settled as not done, by their last records.
    unmade: Vec<JournalRecord>,
    /// Ends that were sent.
    pub(super) ends: Vec<JournalRecord>,
    /// Where things are moved to and made in.
    places: HashMap<OrganizationId, Result<Place, Failure>>,
    /// Whether they are too many to ask about each one's surroundings.
    many: bool,
    now: Moment,
}

/// Where something is moved to or made in.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The organizations above it, root first, itself last; `None` where they can't be read.
    lineage: Option<Lineage>,
    /// Why not.
    trouble: Option<String>,
}

impl Desk {
    /// Looks up what these changes have in common. A journal that can't be read stops the sending, not the plan.
    pub(super) async fn of(road: &Road<'_>, changes: &[&Change], identity: &Identity) -> Self {
        let records = road.journal.records().unwrap_or_default().records;
        let mut unsettled = unsettled(&records);
        unsettled.retain(|record| record.identity.is_same(identity));
        let unmade = unmade(&records, identity);
        let ends = ends_of(&records).into_iter().cloned().collect();
        let wanted: HashSet<OrganizationId> = changes.iter().filter_map(|change| place_of(change)).collect();
        let mut places = HashMap::with_capacity(wanted.len());
        for id in wanted {
            let place = road.place(&id).await;
            places.insert(id, place);
        }
        Self { unsettled, unmade, ends, places, many: changes.len() > SINGLY, now: (road.clock)() }
    }

    /// Nothing is made twice: while nobody knows whether an equal one was made, another is not planned.
    fn refuse_double(&self, change: &Change) -> Result<(), Failure> {
        let is_equal = |record: &&JournalRecord| {
            record.subject == change.subject
                && record.kind == change.kind
                && record.values == change.values
                && record.state != JournalState::Intended
        };
        let Some(record) = self.unsettled.iter().filter(|_| change.kind.makes()).find(is_equal) else {
            return Ok(());
        };
        let cause = format!("an equal one is not settled, and it may be there: {}", unsettled_words(record, self.now));
        let hint = format!(
            "look whether it is there, then say so: in the journal (J) with d or n, or with `acctui journal --settle {}=done` \
             (or not-done)",
            record.change
        );
        Err(Failure::new(FailureKind::Refused, what(change), cause).with_hint(hint))
    }

    /// The key under which an equal one went out that the user then said was not made. Under the same key a provider makes
    /// it once at the most, so that nobody's mistake doubles it (Cloudflare documentation: the key is to be used again on a
    /// retry). It goes out again by the user's plan alone: a key settles nothing that nobody asked for, since asking with
    /// it is the create itself. A provider without keys is not told of it.
    fn key_of(&self, change: &Change) -> Option<String> {
        let is_equal = |record: &&JournalRecord| {
            record.subject == change.subject && record.kind == change.kind && record.values == change.values
        };
        self.unmade.iter().rev().find(is_equal)?.key.clone()
    }

    /// What to know of earlier changes of the same target whose outcome nobody knows.
    fn earlier(&self, subject: &Subject) -> impl Iterator<Item = String> {
        let own = self.unsettled.iter().filter(move |record| record.subject == *subject);
        own.map(|record| format!("an earlier change is not settled: {}", unsettled_words(record, self.now)))
    }
}

/// Creates of a key whose last word is that they were not done, though they may have been sent.
fn unmade(records: &[JournalRecord], identity: &Identity) -> Vec<JournalRecord> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (nth, record) in records.iter().enumerate().filter(|(_, record)| record.kind.makes()) {
        last.insert(&record.change, nth);
    }
    let is_unmade = |record: &&JournalRecord| {
        record.state == JournalState::Reconciled && record.done == Some(false) && record.identity.is_same(identity)
    };
    // A key that something was made with since, or refused, would get that answer once more.
    let is_spent = |key: &Option<String>| {
        let is_answer =
            |record: &JournalRecord| record.state == JournalState::Refused || record.is_done() == Some(true);
        last.values().any(|nth| records[*nth].key == *key && is_answer(&records[*nth]))
    };
    let mut found: Vec<usize> = last.values().copied().collect();
    found.sort_unstable();
    let found = found.into_iter().map(|nth| &records[nth]).filter(is_unmade);
    found.filter(|record| record.key.is_some() && !is_spent(&record.key)).cloned().collect()
}

/// The organization that a change moves to or makes something in.
fn place_of(change: &Change) -> Option<OrganizationId> {
    match (&change.subject, change.kind) {
        (_, ChangeKind::MoveAccount) => Some(OrganizationId::new(change.values.get(Change::TO))),
        (Subject::Organization(key), kind) if kind.makes() => Some(key.id.clone()),
        _ => None,
    }
}

impl Road<'_> {
    /// What a change would do to what was read just now.
    pub(super) async fn planned(
        &self,
        change: Change,
        read: Before,
        identity: &Identity,
    ) -> Result<PlannedChange, Failure> {
        let desk = Desk::of(self, &[&change], identity).await;
        let found = Found { before: read, name: None };
        let mut planned = [self.lay_out(change, Ok(found), identity, &desk).await];
        self.add_side_effects(&mut planned).await;
        let [planned] = planned;
        planned
    }

    /// The same for one of several, without the provider's side effects.
    pub(super) async fn lay_out(
        &self,
        mut change: Change,
        found: Result<Found, Failure>,
        identity: &Identity,
        desk: &Desk,
    ) -> Result<PlannedChange, Failure> {
        let form = self.form(&change)?;
        let found = match found {
            Ok(found) => found,
            Err(why) => return self.gone(change, why, identity, desk),
        };
        let place = match place_of(&change).and_then(|id| desk.places.get(&id)) {
            Some(place) => Some(place.clone()?),
            None => None,
        };
        // An organization's place is known from its own record at the latest: the name comes first.
        let name = self.name(&change, &found, desk).await?;
        let lineage = self.lineage(&change, &found.before, desk).await;
        let from = lineage.as_ref().ok().and_then(Option::as_ref);
        self.within_reach(&change, from, place.as_ref().and_then(|place| place.lineage.as_ref()))?;
        let read = found.before;
        let mut merged = lay(form, &change, &read);
        if is_closing(&change, &read, desk, identity) {
            merged.diff.clear();
        }
        if !merged.diff.is_empty() || change.kind.makes() {
            check_whole(form, &change, &merged.values)?;
        }
        change.values = merged.values;
        desk.refuse_double(&change)?;
        if change.kind.makes() && change.key.is_none() {
            // It names one thing that is to be made: chance suffices, nobody is to be kept from guessing it.
            change.key = desk.key_of(&change).or_else(|| Some(format!("{:032x}", fastrand::u128(..))));
        }
        let is_new = change.kind == ChangeKind::Profile && !read.exists && !merged.diff.is_empty();
        let is_new = is_new.then(|| format!("this {} has no profile yet: it will be made", change.subject.noun()));
        let unread = lineage.as_ref().err().map(|why| format!("the organizations above it can't be read: {why}"));
        let untold = place.as_ref().and_then(|place| place.trouble.clone());
        let warnings = is_new.into_iter().chain(desk.earlier(&change.subject)).chain(unread).chain(untold).collect();
        Ok(PlannedChange {
            request: self.provider.preview(&change)?,
            change,
            name,
            lineage: lineage.ok().flatten(),
            after: place.and_then(|place| place.lineage),
            read,
            meanwhile: merged.meanwhile.map(Meanwhile::Field).into_iter().collect(),
            diff: merged.diff,
            conflicts: merged.conflicts,
            warnings,
            refusal: None,
        })
    }

    /// A target that can't be read. One that our own change ended is as wanted.
    fn gone(&self, change: Change, why: Failure, identity: &Identity, desk: &Desk) -> Result<PlannedChange, Failure> {
        if why.kind != FailureKind::NotFound {
            return Err(why);
        }
        let Some(record) = own_end(&desk.ends, &change, identity) else {
            let name = self.known_name(&change.subject);
            return Err(name.map_or(why, |name| Failure::gone(what(&change), &name)));
        };
        let age = age_words(desk.now.since(record.at));
        let words = format!("it is gone: the journal has its {}, {age}", change.kind.verb());
        let name = record.name.clone();
        Ok(PlannedChange { name, warnings: vec![words], refusal: None, ..self.refused(change, why) })
    }

    /// Lets the inventory know that a target was not found: its row is filed as gone.
    pub(super) fn note_gone(&self, change: &Change) {
        if !change.kind.makes() {
            let gone = vec![Confirmed::Gone(change.subject.clone())];
            self.inventory.confirm(self.connection, gone, (self.clock)());
        }
    }

    /// A change that can't be done, as one of several: it is shown and never sent.
    pub(super) fn refused(&self, change: Change, why: Failure) -> PlannedChange {
        let nothing = || RequestPreview { method: String::new(), path: String::new(), body: serde_json::Value::Null };
        let lineage = match &change.subject {
            Subject::Account(key) => self.known_lineage(key),
            Subject::Organization(key) => self.above(key),
            Subject::Connection(_) => None,
        };
        PlannedChange {
            request: self.provider.preview(&change).unwrap_or_else(|_| nothing()),
            name: self.known_name(&change.subject).unwrap_or_default(),
            change,
            lineage,
            after: None,
            read: Before::default(),
            diff: Vec::new(),
            conflicts: Vec::new(),
            warnings: Vec::new(),
            meanwhile: Vec::new(),
            refusal: Some(why),
        }
    }

    /// What stands before a change, if it was read a moment ago. What our own change ended is looked for again.
    pub(super) fn warm(&self, change: &Change, ends: &[JournalRecord]) -> Option<Found> {
        if change.kind.makes() {
            return Some(Found { before: Before::default(), name: None });
        }
        if change.kind.ends() && ends.iter().any(|record| record.subject == change.subject) {
            return None;
        }
        match (change.kind, &change.subject) {
            (ChangeKind::Profile, subject) => {
                let snapshot = self.inventory.snapshot();
                let fact = snapshot.profile(subject).filter(|fact| self.is_fresh(fact.at))?;
                Some(Found { before: Before::from((*fact.value).clone()), name: None })
            }
            (ChangeKind::MoveAccount, Subject::Account(key)) if self.has_lineage() => {
                let snapshot = self.inventory.snapshot();
                let fact = snapshot.lineage(key).filter(|fact| self.is_fresh(fact.at))?;
                Some(moved(fact.value.parent().map(|above| &above.key.id), None))
            }
            (ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization, Subject::Organization(key)) => {
                let snapshot = self.inventory.snapshot();
                let fact = snapshot.organization_detail(key).filter(|fact| self.is_fresh(fact.at))?;
                Some(held(&fact.value))
            }
            (_, Subject::Account(key)) => {
                let account = self.fresh_account(key)?;
                if self.options(change).extra && !account.has_extra {
                    return None;
                }
                let above = account.parent.as_ref().map(|parent| parent.id.clone());
                let above = above.or_else(|| self.known_parent(key));
                // Where the hierarchy alone says where accounts stand, their own records do not say that they stand nowhere.
                if above.is_none() && self.provider.spec().levels == Levels::Walked {
                    return None;
                }
                Some(self.found(change, &account, above.as_ref()))
            }
            (_, Subject::Organization(_) | Subject::Connection(_)) => None,
        }
    }

    fn is_fresh(&self, at: Moment) -> bool {
        (self.clock)().since(at) <= FRESH
    }

    /// An account's own record, if it was read a moment ago.
    pub(super) fn fresh_account(&self, key: &AccountKey) -> Option<Account> {
        let snapshot = self.inventory.snapshot();
        let fact = snapshot.detail(key).filter(|fact| self.is_fresh(fact.at))?;
        Some((*fact.value).clone())
    }

    /// A target's name, as the inventory knows it.
    pub(super) fn known_name(&self, subject: &Subject) -> Option<Untrusted> {
        let snapshot = self.inventory.snapshot();
        let name = match subject {
            Subject::Account(key) => {
                let seen = || snapshot.detail(key).map(|fact| fact.value.name.clone());
                snapshot.find(key).map(|account| Untrusted::new(account.name())).or_else(seen)
            }
            Subject::Organization(key) => snapshot.organization(key).map(|known| known.name.clone()),
            Subject::Connection(name) => Some(Untrusted::new(name.as_str())),
        };
        name.filter(|name| !name.is_empty())
    }

    /// The target's name: as just read, as known where that is enough, else asked for. A target that is gone fails here
    /// at the latest.
    async fn name(&self, change: &Change, found: &Found, desk: &Desk) -> Result<Untrusted, Failure> {
        if let Some(name) = &found.name {
            return Ok(name.clone());
        }
        if let Some(name) = found.before.values.0.get(NAME).filter(|_| change.kind.ends()) {
            return Ok(Untrusted::new(name));
        }
        // A move changes nothing that could tell two accounts of one name apart later: it is looked up afresh.
        let is_known_enough = desk.many || change.kind != ChangeKind::MoveAccount;
        match &change.subject {
            Subject::Account(key) => match self.fresh_account(key) {
                Some(account) => Ok(account.name),
                None => match self.known_name(&change.subject).filter(|_| is_known_enough) {
                    Some(name) => Ok(name),
                    None => self.account(key).await.map(|account| account.name),
                },
            },
            Subject::Organization(key) => match self.known_name(&change.subject) {
                Some(name) => Ok(name),
                None => self.organization(&key.id).await.map(|organization| organization.name),
            },
            Subject::Connection(name) => Ok(Untrusted::new(name.as_str())),
        }
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        let organization = self.provider.organization(id).await?;
        self.learn(&Query::Organization(id.clone()), &Reply::Organization(Box::new(organization.clone())));
        Ok(organization)
    }

    /// The organizations above an account, as the inventory knows them: as the provider gave them, or as the tree has
    /// them.
    pub(super) fn known_lineage(&self, key: &AccountKey) -> Option<Lineage> {
        let snapshot = self.inventory.snapshot();
        let given = snapshot.lineage(key).map(|fact| (*fact.value).clone());
        given.or_else(|| self.down_to(&snapshot.find(key)?.parent()?.id))
    }

    /// The organizations above the target: as known, of an account else asked for where the provider offers it and they
    /// are few. `None` where neither is so.
    async fn lineage(&self, change: &Change, read: &Before, desk: &Desk) -> Result<Option<Lineage>, Failure> {
        let key = match &change.subject {
            Subject::Account(key) => key,
            Subject::Organization(key) => return Ok(self.above(key)),
            Subject::Connection(_) => return Ok(None),
        };
        let stands = |lineage: &Lineage| match read.values.0.get(Change::FROM) {
            Some(from) => lineage.parent().map_or("", |above| above.key.id.as_str()) == from,
            None => true,
        };
        if let Some(known) = self.known_lineage(key).filter(stands) {
            return Ok(Some(known));
        }
        match read.values.0.get(Change::FROM) {
            Some(from) if from.is_empty() => return Ok(Some(Lineage::default())),
            Some(from) => {
                if let Some(lineage) = self.down_to(&OrganizationId::new(from)) {
                    return Ok(Some(lineage));
                }
            }
            None => {}
        }
        if desk.many || !self.has_lineage() {
            return Ok(None);
        }
        let lineage = self.provider.lineage(&key.id).await?;
        self.learn(&Query::Lineage(key.id.clone()), &Reply::Lineage(lineage.clone()));
        Ok(Some(lineage))
    }

    /// The organizations above one, root first, as the tree has them.
    fn above(&self, key: &OrganizationKey) -> Option<Lineage> {
        let snapshot = self.inventory.snapshot();
        let tree = &snapshot.connection(self.connection)?.tree;
        tree.node(&key.id)?;
        Some(lineage_of(tree, &tree.above(&key.id)))
    }

    /// The same with itself last, if the tree knows its way to the root.
    fn down_to(&self, id: &OrganizationId) -> Option<Lineage> {
        let snapshot = self.inventory.snapshot();
        let tree = &snapshot.connection(self.connection)?.tree;
        let mut way = tree.above(id);
        way.push(id.clone());
        // A mere mention does not say what is above it.
        let is_whole = |id: &OrganizationId| {
            tree.node(id).is_some_and(|node| node.fault.is_none() && node.organization.raw.is_some())
        };
        way.iter().all(is_whole).then(|| lineage_of(tree, &way))
    }

    /// Where something is to be moved to or made in: as the tree has it, else asked for, up to its root.
    ///
    /// # Errors
    /// `NotFound` if there is no such organization; `Refused` if it is one of another connection.
    async fn place(&self, id: &OrganizationId) -> Result<Place, Failure> {
        if let Some(lineage) = self.down_to(id) {
            return Ok(Place { lineage: Some(lineage), trouble: None });
        }
        self.is_elsewhere(id)?;
        let first = match self.organization(id).await {
            Ok(organization) => organization,
            Err(why) if why.kind == FailureKind::NotFound => {
                let cause = format!("there is no organization {id} at the connection {}", self.connection);
                let failure = Failure { cause, ..why };
                return Err(failure.with_hint("name another destination; a new one shows after a sync"));
            }
            // What can't be looked at is still the provider's to take or refuse.
            Err(why) => {
                let trouble = format!("the organization {id} can't be looked at: {why}");
                return Ok(Place { lineage: None, trouble: Some(trouble) });
            }
        };
        let mut climbed = vec![first];
        while let Some(parent) = climbed.last().and_then(|organization| organization.parent.clone()) {
            let is_circle = climbed.iter().any(|known| known.key.id == parent.id);
            if is_circle || climbed.len() > DEEPEST {
                break;
            }
            if let Some(known) = self.down_to(&parent.id) {
                climbed.extend(known.steps.into_iter().rev().map(|step| step.organization));
                break;
            }
            match self.organization(&parent.id).await {
                Ok(organization) => climbed.push(organization),
                // What is above may be closed to this credential: the row is marked.
                Err(_) => break,
            }
        }
        climbed.reverse();
        Ok(Place { lineage: Some(Lineage::new(climbed)), trouble: None })
    }

    /// An organization that another connection has, and this one has not, is no destination here.
    fn is_elsewhere(&self, id: &OrganizationId) -> Result<(), Failure> {
        let snapshot = self.inventory.snapshot();
        let has = |name, view: &crate::inventory::ConnectionView| (view.tree.node(id).is_some(), name);
        let holders: Vec<_> = snapshot.connections().map(|(name, view)| has(name, view)).collect();
        let is_here = holders.iter().any(|(holds, name)| *holds && *name == self.connection);
        match holders.iter().find(|(holds, _)| *holds && !is_here) {
            Some((_, name)) => {
                let cause =
                    format!("the organization {id} is one of the connection {name}, not of {}", self.connection);
                Err(Failure::new(FailureKind::Refused, "choosing the destination", cause))
            }
            None => Ok(()),
        }
    }
}

fn lineage_of(tree: &Tree, way: &[OrganizationId]) -> Lineage {
    let nodes = way.iter().filter_map(|id| tree.node(id));
    Lineage::new(nodes.map(|node| (*node.organization).clone()).collect())
}

/// Whether an account is being closed already: a second request would be refused.
fn is_closing(change: &Change, read: &Before, desk: &Desk, identity: &Identity) -> bool {
    // AWS and Huawei documentation: on its way to being closed; suspended is what some of them call a closed one, and
    // others one that is only held up.
    match (change.kind, read.values.get(STATUS).to_lowercase().as_str()) {
        (ChangeKind::CloseAccount, "pending_closure") => true,
        (ChangeKind::CloseAccount, "suspended") => own_end(&desk.ends, change, identity).is_some(),
        _ => false,
    }
}
