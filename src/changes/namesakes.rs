//! Names that a plan gives and that can be taken for others: for each other, and for those that are there already. They
//! are said and hinder nothing; ids tell apart.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Road;
use crate::domain::{AccountKey, ChangeKind, Identity, Part, PlannedChange, Subject, shown};
use crate::inventory::Snapshot;

/// What subjects are called, by the fields of the providers.
const NAMES: [&str; 3] = ["name", "AccountName", "title"];
/// New names of a plan that are compared with those that are there: each is a look at all accounts.
const COMPARED: usize = 32;
/// Accounts that look alike and are looked at for one of the same connection.
const MOST: usize = 1_000;

/// The name that a change gives, if it gives another one.
fn given(planned: &PlannedChange) -> Option<&str> {
    let is_meant = planned.is_sent() && !planned.change.kind.ends();
    let name = planned.diff.iter().find(|diff| is_meant && NAMES.contains(&diff.field.as_str()))?;
    name.to.as_deref().filter(|name| !name.is_empty())
}

/// Says which changes of a plan give one name to several: who marks many seldom means that.
pub(super) fn namesakes(changes: &[PlannedChange]) -> Vec<String> {
    let mut named: IndexMap<(&str, &str), usize> = IndexMap::new();
    for planned in changes {
        let noun = planned.change.kind.noun(&planned.change.subject);
        if let Some(name) = given(planned) {
            *named.entry((noun, name)).or_default() += 1;
        }
    }
    let several = named.into_iter().filter(|(_, count)| *count > 1);
    several.map(|((noun, name), count)| format!("{count} {noun}s will have the same name: {}", shown(name))).collect()
}

/// Says which names of a plan another account of the connection has, or another organization of the same place, or look
/// like theirs: as far as they are known, for nobody is asked.
pub(super) fn taken(road: &Road<'_>, part: &Part, changes: &[PlannedChange]) -> Vec<String> {
    let own = changes.iter().filter(|planned| planned.change.subject.connection() == road.connection);
    let named: Vec<(&PlannedChange, &str)> = own.filter_map(|planned| Some((planned, given(planned)?))).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let known = Known { names: road.inventory.known(), road };
    if !known.is_of(&part.identity) {
        return Vec::new();
    }
    let mut words: Vec<String> =
        named.iter().take(COMPARED).filter_map(|(planned, name)| known.taken(planned, name)).collect();
    if let Some(left @ 1..) = named.len().checked_sub(COMPARED) {
        words.push(format!("{left} of the names were not compared with those that are there: they are many"));
    }
    words
}

/// What is known of a connection.
struct Known<'r> {
    names: Arc<Snapshot>,
    road: &'r Road<'r>,
}

impl Known<'_> {
    /// Whether it was read as this one: somebody else's names are nothing to it.
    fn is_of(&self, identity: &Identity) -> bool {
        let view = self.names.connection(self.road.connection);
        let earlier = view.and_then(|view| view.identity.as_ref());
        earlier.is_none_or(|earlier| earlier.value.key() == identity.key())
    }

    fn taken(&self, planned: &PlannedChange, name: &str) -> Option<String> {
        let (subject, kind) = (&planned.change.subject, planned.change.kind);
        match kind {
            ChangeKind::CreateAccount | ChangeKind::UpdateAccount => self.account(subject, name),
            ChangeKind::CreateOrganization | ChangeKind::RenameOrganization => self.organization(subject, kind, name),
            // The name in it is its administrator's, or nobody's.
            ChangeKind::CreateStandalone
            | ChangeKind::Profile
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::MoveAccount
            | ChangeKind::DeleteOrganization => None,
        }
    }

    fn account(&self, subject: &Subject, name: &str) -> Option<String> {
        let own: Option<&AccountKey> = if let Subject::Account(key) = subject { Some(key) } else { None };
        let alike = self.names.look_alikes(name, MOST);
        let mut others = alike
            .iter()
            .filter(|row| row.connection() == self.road.connection && own.is_none_or(|own| !row.has_key(own)));
        let first = others.next()?;
        let other = if first.name() == name { first } else { others.find(|row| row.name() == name).unwrap_or(first) };
        Some(said("another account", other.name(), other.id(), name))
    }

    fn organization(&self, subject: &Subject, kind: ChangeKind, name: &str) -> Option<String> {
        let other = self.names.alike_beside(subject, kind, name)?;
        Some(said("an organization beside it", other.name.raw(), other.key.id.as_str(), name))
    }
}

/// `another account has this name: NAME (ID)`, or one that looks like it, which is shown beside.
fn said(who: &str, other: &str, id: &str, name: &str) -> String {
    let (seen, id) = (shown(other), shown(id));
    if other == name {
        format!("{who} has this name: {seen} ({id})")
    } else {
        format!("{who} has a name that looks the same as {}: {seen} ({id})", shown(name))
    }
}
