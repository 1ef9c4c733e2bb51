//! What is refused before anything is asked or sent.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::merge::{check_given, what};
use super::read::{account_of, wrong_subject};
use super::road::{Road, Wish, read_only_failure, road_of};
use crate::domain::{
    Change, ChangeKind, Failure, FailureKind, FormSpec, Identity, JournalRecord, JournalState, Lineage, Organization,
    OrganizationKey, PlannedChange, Protection, Subject, shown,
};
use crate::provider::{Capability, MoveReach, Offer};

/// The head of refusals of a whole plan.
const PLANNING: &str = "planning";

/// What must hold of a plan as a whole.
pub(super) fn whole(roads: &[Road<'_>], changes: &[Change]) -> Result<(), Failure> {
    for change in changes {
        let road = road_of(roads, change)?;
        if road.protection == Protection::ReadOnly {
            return Err(read_only_failure(road.connection));
        }
    }
    no_doubles(changes)?;
    few_ends(roads, changes)
}

/// The same thing is not changed twice in one plan, but for a profile and its subject's own fields, which are apart.
fn no_doubles(changes: &[Change]) -> Result<(), Failure> {
    let apart = |kind| matches!(kind, ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization);
    let mut seen: HashMap<&Subject, Vec<ChangeKind>> = HashMap::new();
    for change in changes.iter().filter(|change| !change.kind.makes()) {
        let before = seen.entry(&change.subject).or_default();
        let stands_beside = |kind: &ChangeKind| *kind != change.kind && apart(*kind) && apart(change.kind);
        if let Some(first) = before.iter().find(|kind| !stands_beside(kind)) {
            let (noun, id) = (change.subject.noun(), shown(change.subject.id()));
            let cause = match (first.verb(), change.kind.verb()) {
                (first, second) if first == second => format!("the {noun} {id} is in the plan twice: {first}"),
                (first, second) => format!("the {noun} {id} is in the plan twice: {first} and {second}"),
            };
            return Err(Failure::new(FailureKind::Refused, PLANNING, cause).with_hint("name each once"));
        }
        before.push(change.kind);
    }
    Ok(())
}

/// One plan ends at most `max_delete` accounts and organizations.
fn few_ends(roads: &[Road<'_>], changes: &[Change]) -> Result<(), Failure> {
    let ends: Vec<&Change> = changes.iter().filter(|change| change.kind.ends()).collect();
    let strictest = ends.iter().filter_map(|change| road_of(roads, change).ok()).min_by_key(|road| road.max_delete);
    let Some(road) = strictest.filter(|road| ends.len() > road.max_delete as usize) else {
        return Ok(());
    };
    let (most, count) = (road.max_delete, ends.len());
    let cause =
        format!("one plan deletes, closes or removes at most {most} at {}, and these are {count}", road.connection);
    let hint = format!("take fewer, or set max_delete = {count} for this connection in config.toml");
    Err(Failure::new(FailureKind::Refused, PLANNING, cause).with_hint(hint))
}

impl Road<'_> {
    /// One plan closes no more accounts than the provider does, together with those that are being closed already and
    /// those that the journal knows of. What is closed already is none of them.
    pub(super) async fn closes_few(&self, rows: &[PlannedChange]) -> Result<(), Failure> {
        let is_own =
            |kind, subject: &Subject| kind == ChangeKind::CloseAccount && subject.connection() == self.connection;
        let sent = rows.iter().filter(|row| row.is_sent()).map(|row| &row.change);
        let closed: HashSet<&Subject> =
            sent.filter(|change| is_own(change.kind, &change.subject)).map(|change| &change.subject).collect();
        let Some(quota) = self.provider.closing_quota().filter(|_| !closed.is_empty()) else { return Ok(()) };
        let records = self.journal.records().unwrap_or_default().records;
        let ends = ends_of(&records);
        let before = || {
            let own = ends.iter().filter(|record| is_own(record.kind, &record.subject));
            own.filter(|record| !closed.contains(&record.subject))
        };
        let going_on = self
            .going_on(
                before().filter(|record| record.state == JournalState::Sent && record.operation.is_some()).count(),
            )
            .await;
        let (count, title) = (closed.len(), self.provider.spec().title);
        let refused =
            |cause: String, hint: &str| Err(Failure::new(FailureKind::Refused, PLANNING, cause).with_hint(hint));
        if going_on + count > quota.at_once {
            let most = quota.at_once;
            let cause = if going_on == 0 {
                format!("{title} closes at most {most} accounts at a time, and these are {count}")
            } else {
                let these = if count == 1 { "this is 1 more".to_owned() } else { format!("these are {count} more") };
                let those = if going_on == 1 { "1 is" } else { &format!("{going_on} are") };
                format!("{title} closes at most {most} accounts at a time: {those} being closed now, and {these}")
            };
            return refused(
                cause,
                "close some of them, and the others once those are closed: the journal says how far they are",
            );
        }
        let since = (self.clock)().0.saturating_sub(quota.days * DAY_MILLIS);
        let before = before().filter(|record| record.at.0 >= since).count();
        let snapshot = self.inventory.snapshot();
        let accounts = snapshot.connection(self.connection).map_or(0, |view| view.accounts);
        let most = quota.of(usize::try_from(accounts).unwrap_or(usize::MAX));
        if before + count > most {
            let days = quota.days;
            let cause = format!(
                "{title} closes at most {most} accounts within {days} days: the journal has {before} of them already"
            );
            return refused(cause, &format!("close them when the first of those was closed {days} days ago"));
        }
        Ok(())
    }

    /// How many accounts are being closed now: as the provider says, where it can be asked, else as many as the journal
    /// has no end of. That the provider can't say it stops no plan.
    async fn going_on(&self, in_journal: usize) -> usize {
        match self.provider.closing_now().await {
            Ok(Some(count)) => count,
            Ok(None) | Err(_) => in_journal,
        }
    }
}

/// A day in milliseconds.
const DAY_MILLIS: u64 = 86_400_000;

/// Forms of changes that ask for nothing but their subject, where a provider has none of its own.
const fn bare(kind: ChangeKind) -> FormSpec {
    FormSpec { title: "", kind, fields: &[] }
}

const BARE: [FormSpec; 5] = [
    bare(ChangeKind::MoveAccount),
    bare(ChangeKind::DeleteAccount),
    bare(ChangeKind::CloseAccount),
    bare(ChangeKind::RemoveAccount),
    bare(ChangeKind::DeleteOrganization),
];

impl Road<'_> {
    /// What is wrong with one change, as far as that can be said without asking anybody.
    pub(super) fn lawful(&self, change: &Change, wish: Wish) -> Result<(), Failure> {
        check_given(self.form(change)?, change, wish)?;
        match (change.kind, &change.subject) {
            (ChangeKind::DeleteOrganization, Subject::Organization(key)) => self.is_empty(change, key),
            _ => Ok(()),
        }
    }

    /// The form that a change was made with, if the provider has such a write for such a subject.
    pub(super) fn form(&self, change: &Change) -> Result<&'static FormSpec, Failure> {
        if change.subject.connection() != self.connection {
            let cause = format!("it is not at the connection {}", self.connection);
            return Err(Failure::new(FailureKind::Refused, what(change), cause));
        }
        fits(change)?;
        let spec = self.provider.spec();
        let refused = |cause: &str| Failure::new(FailureKind::Unsupported, what(change), cause);
        match spec.offer(Capability::of(change.kind, &change.subject)) {
            Offer::No(reason) => Err(refused(reason)),
            Offer::Yes => {
                let bare = || BARE.iter().find(|form| form.kind == change.kind);
                spec.form_of(change).or_else(bare).ok_or_else(|| refused("there is no form for it"))
            }
        }
    }

    /// An account is not moved to where its provider moves none, as far as the roots of both ends are known.
    pub(super) fn within_reach(
        &self,
        change: &Change,
        from: Option<&Lineage>,
        to: Option<&Lineage>,
    ) -> Result<(), Failure> {
        let spec = self.provider.spec();
        let MoveReach::OneHierarchy { otherwise } = spec.moves else { return Ok(()) };
        let (Some(from), Some(to)) = (from.and_then(Lineage::root), to.and_then(Lineage::root)) else { return Ok(()) };
        if change.kind != ChangeKind::MoveAccount || from.key.id == to.key.id {
            return Ok(());
        }
        let named = |root: &Organization| format!("{} ({})", root.name.shown(), shown(root.key.id.as_str()));
        let cause = format!(
            "the destination is in another hierarchy, that of {}: {} moves accounts inside their own alone, here that of {}",
            named(to),
            spec.title,
            named(from)
        );
        Err(Failure::new(FailureKind::Refused, what(change), cause).with_hint(otherwise))
    }

    /// An organization that is known to hold something is not deleted: every provider refuses that.
    fn is_empty(&self, change: &Change, key: &OrganizationKey) -> Result<(), Failure> {
        let snapshot = self.inventory.snapshot();
        let node = snapshot.connection(self.connection).and_then(|view| view.tree.node(&key.id));
        let children = node.map_or(0, |node| node.children.len());
        let own = snapshot.rows().filter(|account| account.connection() == self.connection);
        let accounts = own.filter(|account| account.parent().is_some_and(|parent| parent.id == key.id)).count();
        if children == 0 && accounts == 0 {
            return Ok(());
        }
        let words = self.provider.spec().hierarchy;
        let cause = format!(
            "it is not empty: it holds {} and {}",
            counted(children, words.one, words.many),
            counted(accounts, "account", "accounts")
        );
        let failure = Failure::new(FailureKind::Refused, what(change), cause);
        Err(failure.with_hint("move or delete what it holds first; sync the connection if that is done already"))
    }
}

/// `1 account`, `3 accounts`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Whether a kind of change can be about such a subject at all.
fn fits(change: &Change) -> Result<(), Failure> {
    let subject = &change.subject;
    match change.kind {
        ChangeKind::MoveAccount if matches!(subject, Subject::Organization(_)) => {
            let cause = "no provider moves an organization, neither into its own descendants nor elsewhere";
            Err(Failure::new(FailureKind::Unsupported, what(change), cause))
        }
        ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount => account_of(change).map(|_| ()),
        ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization => match subject {
            Subject::Organization(_) => Ok(()),
            Subject::Account(_) | Subject::Connection(_) => Err(wrong_subject(change, "an organization")),
        },
        ChangeKind::Profile => match subject {
            Subject::Account(_) | Subject::Organization(_) => Ok(()),
            Subject::Connection(_) => Err(wrong_subject(change, "an account or organization")),
        },
        ChangeKind::CreateAccount | ChangeKind::CreateOrganization => match subject {
            Subject::Organization(_) | Subject::Connection(_) => Ok(()),
            Subject::Account(_) => Err(wrong_subject(change, "a connection or an organization")),
        },
        ChangeKind::CreateStandalone => match subject {
            Subject::Connection(_) => Ok(()),
            Subject::Account(_) | Subject::Organization(_) => Err(wrong_subject(change, "a connection")),
        },
    }
}

/// The last record of each change that ended something, or may have.
pub(super) fn ends_of(records: &[JournalRecord]) -> Vec<&JournalRecord> {
    let mut last: IndexMap<&str, &JournalRecord> = IndexMap::new();
    for record in records.iter().filter(|record| record.kind.ends()) {
        last.insert(&record.change, record);
    }
    let was_sent = |record: &&JournalRecord| match record.state {
        JournalState::Sent | JournalState::Unknown | JournalState::Confirmed => true,
        JournalState::Reconciled => record.done == Some(true),
        JournalState::Intended | JournalState::Refused => false,
    };
    last.into_values().filter(was_sent).collect()
}

/// Our own end of a change's subject, made as this identity.
pub(super) fn own_end<'r>(
    ends: &'r [JournalRecord],
    change: &Change,
    identity: &Identity,
) -> Option<&'r JournalRecord> {
    let is_own = |record: &&JournalRecord| {
        record.subject == change.subject && record.kind == change.kind && record.identity.is_same(identity)
    };
    ends.iter().rev().find(is_own)
}
