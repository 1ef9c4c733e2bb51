//! What a provider confirmed holds at once, also while its reads still say what was before.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::disk::StoredFact;
use super::reads::Which;
use super::store::State;
use super::{Fact, Inventory, Snapshot};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Moment, Organization, OrganizationId, OrganizationKey, ParentRef,
    Profile, RawJson, Subject, Untrusted,
};
use crate::provider::Made;

/// How long a read that contradicts a confirmed write counts as stale, in milliseconds. Nobody documents a bound; a
/// minute is longer than any lag that was reported.
const SURE_FOR: u64 = 60_000;

/// A confirmed write, as far as lists and details show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// An account stands in this organization now.
    Moved(AccountId, OrganizationId),
    /// An account or organization is not in the list any more.
    Gone(Subject),
    /// It is there now.
    Made(Made),
    /// An organization has this name now.
    Renamed(OrganizationId, Untrusted),
    /// Fields of an account's record have these values now, by their paths with dots.
    Edited(AccountId, Vec<(String, String)>),
    /// A profile is this now.
    Profile(Profile),
}

impl Confirmed {
    /// The account that is another now.
    fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Moved(id, _) | Self::Edited(id, _) => Some(id),
            Self::Gone(_) | Self::Made(_) | Self::Renamed(..) | Self::Profile(_) => None,
        }
    }
}

/// Where an account is for sure.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// In an organization; reads that still find it where it was are stale.
    In { from: Option<OrganizationId>, to: ParentRef },
    /// Nowhere.
    Gone,
    /// In the list, whether that shows it or not.
    There,
}

/// What is known for sure of one connection, from its confirmed writes.
#[derive(Debug, Default)]
pub(super) struct Sure {
    /// The latest time that anybody told.
    now: Moment,
    accounts: HashMap<AccountId, (Moment, Place)>,
    /// Whether an organization is there.
    organizations: HashMap<OrganizationId, (Moment, bool)>,
}

impl Sure {
    /// It is this late. What is old is not sure any more.
    pub(super) fn tick(&mut self, at: Moment) {
        self.now = self.now.max(at);
        let now = self.now;
        self.accounts.retain(|_, (since, _)| now.since(*since) < SURE_FOR);
        self.organizations.retain(|_, (since, _)| now.since(*since) < SURE_FOR);
    }

    /// Whether an account is gone for sure.
    pub(super) fn is_gone(&self, id: &AccountId) -> bool {
        matches!(self.accounts.get(id), Some((_, Place::Gone)))
    }

    /// Whether an account is there for sure, though a listing may not show it.
    pub(super) fn is_there(&self, id: &AccountId) -> bool {
        matches!(self.accounts.get(id), Some((_, Place::There | Place::In { .. })))
    }

    /// All that are.
    pub(super) fn there(&self) -> Vec<AccountId> {
        self.accounts.keys().filter(|id| self.is_there(id)).cloned().collect()
    }

    /// Whether an organization is there, if that is known for sure.
    pub(super) fn has(&self, id: &OrganizationId) -> Option<bool> {
        self.organizations.get(id).map(|(_, there)| *there)
    }

    /// Whether a read that finds an account here is stale.
    pub(super) fn is_stale(&self, id: &AccountId, here: Option<&OrganizationId>) -> bool {
        matches!(self.accounts.get(id), Some((_, Place::In { from, to })) if from.as_ref() == here && Some(&to.id) != here)
    }

    /// Puts an account where it is for sure, if the read that gave it is stale. One that finds it at a third place is
    /// newer: somebody else moved it on.
    pub(super) fn put(&mut self, account: &mut Account) {
        let here = account.parent.as_ref().map(|parent| &parent.id);
        let Some((_, Place::In { from, to })) = self.accounts.get(&account.key.id) else { return };
        if from.as_ref() == here {
            account.parent = Some(to.clone());
        } else if here.is_some_and(|here| *here != to.id) {
            self.accounts.remove(&account.key.id);
        }
    }
}

impl Inventory {
    /// Takes in what a provider confirmed: lists and details show it at once, without a new read, and for a minute no
    /// stale read undoes it. Gives the new snapshot.
    pub fn confirm(&self, connection: &ConnectionName, confirmed: Vec<Confirmed>, at: Moment) -> Arc<Snapshot> {
        if let Some(beside) = &self.beside {
            let named = confirmed.iter().filter_map(Confirmed::account);
            for id in named {
                // What is on the disk of it has to follow, too.
                beside.bring(&AccountKey { connection: connection.clone(), id: id.clone() });
            }
            beside.confirm(connection, confirmed.clone(), at);
        }
        let mut state = self.state();
        if !state.is_contested(connection) {
            state.book(connection).sure.tick(at);
            for one in confirmed {
                state.confirm(connection, one, at);
            }
        }
        state.publish()
    }
}

impl State {
    fn confirm(&mut self, connection: &ConnectionName, confirmed: Confirmed, at: Moment) {
        let account = |id: &AccountId| AccountKey { connection: connection.clone(), id: id.clone() };
        match confirmed {
            Confirmed::Moved(id, to) => self.moved(&account(&id), to, at),
            Confirmed::Gone(Subject::Account(key)) => self.account_gone(&key, at),
            Confirmed::Gone(Subject::Organization(key)) => {
                let book = self.book(connection);
                book.sure.organizations.insert(key.id.clone(), (at, false));
                book.forget_one(&key.id);
                Arc::make_mut(&mut self.work.organizations).remove(&key);
                self.drop_organizations(connection, vec![key.id]);
            }
            Confirmed::Gone(Subject::Connection(_)) => {}
            Confirmed::Made(Made::Account(account)) => {
                let id = account.key.id.clone();
                self.book(connection).sure.accounts.insert(id, (at, Place::There));
                self.file(connection, *account, None);
            }
            Confirmed::Made(Made::Organization(organization)) => {
                let book = self.book(connection);
                book.sure.organizations.insert(organization.key.id.clone(), (at, true));
                self.organizations(connection, vec![*organization]);
            }
            Confirmed::Renamed(id, name) => self.renamed(connection, id, name, at),
            Confirmed::Edited(id, fields) => self.edited(&account(&id), &fields),
            Confirmed::Profile(profile) => self.profile(&profile, at),
        }
    }

    fn moved(&mut self, key: &AccountKey, to: OrganizationId, at: Moment) {
        let to = ParentRef { id: to, name: Untrusted::default() };
        let to = self.book(&key.connection).named(to);
        let known = self.work.find(key);
        let from = known.and_then(|account| account.parent()).map(|parent| parent.id.clone());
        let book = self.book(&key.connection);
        // Moved twice: reads of the first place are as stale as those of the second, but only one can be told.
        book.sure.accounts.insert(key.id.clone(), (at, Place::In { from, to: to.clone() }));
        book.hold(&to.id, std::slice::from_ref(&key.id));
        // The lineage that was read is that of the place before.
        self.drop_lineage(key);
        self.place(key, Some(to.clone()));
        self.alter_detail(key, |account| account.parent = Some(to));
    }

    fn account_gone(&mut self, key: &AccountKey, at: Moment) {
        self.book(&key.connection).sure.accounts.insert(key.id.clone(), (at, Place::Gone));
        if let Some(row) = self.row(key) {
            self.gone(row, Some(at));
        }
        Arc::make_mut(&mut self.work.details).remove(key);
        Arc::make_mut(&mut self.work.extras).remove(key);
        Arc::make_mut(&mut self.work.lineages).remove(key);
        Arc::make_mut(&mut self.work.profiles).remove(&Subject::Account(key.clone()));
        self.drop_account(key);
    }

    fn renamed(&mut self, connection: &ConnectionName, id: OrganizationId, name: Untrusted, at: Moment) {
        let key = OrganizationKey { connection: connection.clone(), id };
        let view = self.work.connections.get(connection);
        let node = view.and_then(|view| view.tree.node(&key.id)).map(|node| (*node.organization).clone());
        if let Some(known) = node {
            let known = Organization { name: name.clone(), ..known };
            self.book(connection).read(&known);
            self.keep_organizations(connection, vec![known]);
            self.call_places(connection, Which::All);
        }
        if let Some(fact) = Arc::make_mut(&mut self.work.organizations).get_mut(&key) {
            let value = Organization { name, ..(*fact.value).clone() };
            *fact = Fact { value: Arc::new(value), at };
            let fact = fact.clone();
            self.keep_fact(connection, || StoredFact::Organization(fact));
        }
    }

    fn edited(&mut self, key: &AccountKey, fields: &[(String, String)]) {
        if let Some(row) = self.row(key)
            && let Some(mut account) = self.recall(row)
        {
            edit(&mut account, fields);
            self.replace(row, &Arc::new(account));
        }
        self.alter_detail(key, |account| edit(account, fields));
    }

    fn alter_detail(&mut self, key: &AccountKey, alter: impl FnOnce(&mut Account)) {
        if let Some(fact) = Arc::make_mut(&mut self.work.details).get_mut(key) {
            let mut account = (*fact.value).clone();
            alter(&mut account);
            fact.value = Arc::new(account);
            let fact = fact.clone();
            self.touch(key);
            self.keep_fact(&key.connection, || StoredFact::Detail(fact));
        }
    }
}

/// Sets fields in an account's record, and its name where one of them is that.
fn edit(account: &mut Account, fields: &[(String, String)]) {
    let mut record = account.raw.value();
    for (path, text) in fields {
        let Some(place) = path.split('.').try_fold(&mut record, |value, step| value.get_mut(step)) else { continue };
        if !path.contains('.') && place.as_str() == Some(account.name.raw()) {
            account.name = Untrusted::new(text);
        }
        *place = match place {
            Value::Bool(_) => Value::Bool(text == "true"),
            Value::Number(_) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())),
            Value::Null | Value::String(_) => Value::from(text.as_str()),
            // Lists have a text of their own in a form: the next read brings them.
            Value::Array(_) | Value::Object(_) => continue,
        };
    }
    account.raw = RawJson::from(record);
}
