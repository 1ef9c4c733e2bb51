//! The state: what was changed, over the demo data that everything starts from. All changes are [`Delta`]s, so that a
//! second copy of the state can follow the first one with a delay.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sim::timeline::{State as Changing, Timeline};

use super::demo::Demo;

/// The place of the root among the units.
pub(super) const ROOT: usize = 0;

/// An account's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    PendingActivation,
    Active,
    Suspended,
    PendingClosure,
    Closed,
    /// One that no document names, where that is assumed; else active.
    Unnamed,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Every field of an account is optional (AWS service model).
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) state: State,
    /// Whether it joined by invitation.
    pub(super) invited: bool,
    pub(super) joined: Timestamp,
    /// The unit, or the root, that holds it.
    pub(super) parent: usize,
}

/// One organizational unit, or the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) name: String,
    /// `None` for the root.
    pub(super) parent: Option<usize>,
}

/// What can be tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Entity {
    Unit(usize),
    Account(u32),
}

/// Tags, by key.
pub(super) type Tags = BTreeMap<String, String>;

/// A contact, as it is on the wire.
pub(super) type Contact = Map<String, Value>;

/// The kinds of alternate contacts: one of each at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Alternate {
    Billing,
    Operations,
    Security,
}

impl Alternate {
    pub(super) const ALL: [Self; 3] = [Self::Billing, Self::Operations, Self::Security];

    /// The word on the wire.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Billing => "BILLING",
            Self::Operations => "OPERATIONS",
            Self::Security => "SECURITY",
        }
    }
}

/// How a creation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// So many looks will still see it in progress.
    Waiting(u32),
    /// The account that it made, and when.
    Succeeded(u32, Timestamp),
    /// The `FailureReason`, and since when.
    Failed(String, Timestamp),
}

/// A request to create an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Creation {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) tags: Tags,
    pub(super) requested: Timestamp,
    pub(super) outcome: Outcome,
}

/// A request to close an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) requested: Timestamp,
    /// How many looks will still see it pending; `None` if nothing happens any more.
    pub(super) waiting: Option<u32>,
}

/// One change of the state.
#[derive(Debug, Clone)]
pub(super) enum Delta {
    /// The account is so from now on, or is gone.
    Account(u32, Option<Arc<Account>>),
    /// The unit is so from now on, or is gone.
    Unit(usize, Option<Unit>),
    Tags(Entity, Tags),
    Creation(usize, Creation),
    Closing(u32, Closing),
    Contact(u32, Contact),
    /// The alternate contact is so from now on, or is gone.
    Alternate(u32, Alternate, Option<Contact>),
    /// The address that an account is to have once it is confirmed, or none any more.
    NextEmail(u32, Option<String>),
}

/// The state.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) demo: Arc<Demo>,
    edited: HashMap<u32, Arc<Account>>,
    gone: BTreeSet<u32>,
    /// The first number that no account has had.
    end: u32,
    /// The accounts of each unit, by number.
    members: Vec<Vec<u32>>,
    units: Vec<Option<Unit>>,
    /// The units right below each, by place.
    below: Vec<BTreeSet<usize>>,
    tags: HashMap<Entity, Tags>,
    pub(super) creations: Vec<Creation>,
    pub(super) closings: BTreeMap<u32, Closing>,
    contacts: HashMap<u32, Contact>,
    alternates: HashMap<(u32, Alternate), Option<Contact>>,
    next_emails: HashMap<u32, String>,
}

impl Rows {
    pub(super) fn new(demo: Arc<Demo>) -> Self {
        let units: Vec<_> = demo.units().into_iter().map(Some).collect();
        let mut members = vec![Vec::new(); units.len()];
        for number in 0..demo.count {
            members[demo.parent(number)].push(number);
        }
        let mut below = vec![BTreeSet::new(); units.len()];
        for (place, unit) in units.iter().enumerate() {
            if let Some(parent) = unit.as_ref().and_then(|unit| unit.parent) {
                below[parent].insert(place);
            }
        }
        Self {
            edited: HashMap::new(),
            gone: BTreeSet::new(),
            end: demo.count,
            members,
            units,
            below,
            tags: HashMap::new(),
            creations: demo.creations(),
            closings: demo.closings(),
            contacts: HashMap::new(),
            alternates: HashMap::new(),
            next_emails: HashMap::new(),
            demo,
        }
    }

    /// The first number that no account has had.
    pub(super) fn next_account(&self) -> u32 {
        self.end
    }

    /// The first place that no unit has had.
    pub(super) fn next_unit(&self) -> usize {
        self.units.len()
    }

    /// How many accounts there are.
    pub(super) fn count(&self) -> usize {
        self.end as usize - self.gone.len()
    }

    /// How many units there are, without the root.
    pub(super) fn unit_count(&self) -> usize {
        self.units.iter().flatten().count().saturating_sub(1)
    }

    /// The numbers of all accounts in a range.
    pub(super) fn numbers(&self, range: Range<u32>) -> impl Iterator<Item = u32> + '_ {
        (range.start..range.end.min(self.end)).filter(|number| !self.gone.contains(number))
    }

    /// The account with this number.
    pub(super) fn account(&self, number: u32) -> Option<Arc<Account>> {
        if number >= self.end || self.gone.contains(&number) {
            return None;
        }
        let edited = self.edited.get(&number).map(Arc::clone);
        Some(edited.unwrap_or_else(|| Arc::new(self.demo.account(number))))
    }

    /// The account with this id.
    pub(super) fn account_of_id(&self, id: &str) -> Option<(u32, Arc<Account>)> {
        let number = self.demo.ids.account_number(id)?;
        Some((number, self.account(number)?))
    }

    /// Whether an account has this address, found without looking at all of them.
    pub(super) fn has_email(&self, email: &str) -> bool {
        let is_its = |number: u32| self.account(number).is_some_and(|one| one.email.as_deref() == Some(email));
        self.edited.values().any(|one| one.email.as_deref() == Some(email)) || self.demo.owners(email).any(is_its)
    }

    /// The unit at this place.
    pub(super) fn unit(&self, place: usize) -> Option<&Unit> {
        self.units.get(place)?.as_ref()
    }

    /// The unit, or the root, with this id.
    pub(super) fn unit_of_id(&self, id: &str) -> Option<usize> {
        let place = self.demo.ids.unit_place(id)?;
        self.unit(place).map(|_| place)
    }

    /// The units right below one, in order of creation here.
    pub(super) fn children(&self, parent: usize) -> impl Iterator<Item = (usize, &Unit)> {
        let places = self.below.get(parent).into_iter().flatten();
        places.filter_map(|place| Some((*place, self.unit(*place)?)))
    }

    /// The accounts that a unit holds itself.
    pub(super) fn members(&self, unit: usize) -> &[u32] {
        self.members.get(unit).map_or(&[], Vec::as_slice)
    }

    /// The places from a unit up to the root.
    pub(super) fn upwards(&self, unit: usize) -> impl Iterator<Item = usize> + '_ {
        let above = |place: &usize| self.unit(*place).and_then(|one| one.parent);
        std::iter::successors(Some(unit), above).take(self.units.len())
    }

    /// The tags of a resource.
    pub(super) fn tags(&self, entity: Entity) -> Tags {
        if let Some(tags) = self.tags.get(&entity) {
            return tags.clone();
        }
        match entity {
            Entity::Account(number) if number < self.demo.count => self.demo.tags(number),
            Entity::Unit(place) => self.demo.unit_tags(place),
            Entity::Account(_) => Tags::new(),
        }
    }

    /// The contact information of an account; `None` if it has none.
    pub(super) fn contact(&self, number: u32) -> Option<Contact> {
        let changed = self.contacts.get(&number).cloned();
        // A new account gets that of the management account (AWS documentation).
        changed.or_else(|| self.demo.contact(if number < self.demo.count { number } else { 0 }))
    }

    /// An alternate contact of an account.
    pub(super) fn alternate(&self, number: u32, kind: Alternate) -> Option<Contact> {
        match self.alternates.get(&(number, kind)) {
            Some(changed) => changed.clone(),
            None => self.demo.alternate(number, kind),
        }
    }

    /// The address that waits for its confirmation.
    pub(super) fn next_email(&self, number: u32) -> Option<&String> {
        self.next_emails.get(&number)
    }

    fn set_account(&mut self, number: u32, account: Option<&Arc<Account>>) {
        let stays = |old: &Account| account.is_some_and(|new| new.parent == old.parent);
        let old = self.account(number);
        let moves = !old.as_deref().is_some_and(stays);
        if let Some(old) = old.filter(|_| moves) {
            let held = &mut self.members[old.parent];
            if let Ok(at) = held.binary_search(&number) {
                held.remove(at);
            }
        }
        self.end = self.end.max(number.saturating_add(1));
        let Some(account) = account else {
            self.edited.remove(&number);
            self.gone.insert(number);
            return;
        };
        if moves {
            let held = &mut self.members[account.parent];
            held.insert(held.partition_point(|other| *other < number), number);
        }
        self.edited.insert(number, Arc::clone(account));
    }

    fn set_unit(&mut self, place: usize, unit: Option<&Unit>) {
        if place >= self.units.len() {
            self.units.resize(place + 1, None);
            self.members.resize(place + 1, Vec::new());
            self.below.resize(place + 1, BTreeSet::new());
        }
        if let Some(parent) = self.units[place].as_ref().and_then(|old| old.parent) {
            self.below[parent].remove(&place);
        }
        if let Some(parent) = unit.and_then(|unit| unit.parent) {
            self.below[parent].insert(place);
        }
        self.units[place] = unit.cloned();
    }
}

impl Changing for Rows {
    type Delta = Delta;

    fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::Account(number, account) => self.set_account(*number, account.as_ref()),
            Delta::Unit(place, unit) => self.set_unit(*place, unit.as_ref()),
            Delta::Tags(entity, tags) => {
                self.tags.insert(*entity, tags.clone());
            }
            Delta::Creation(place, creation) => match self.creations.get_mut(*place) {
                Some(old) => old.clone_from(creation),
                None => self.creations.push(creation.clone()),
            },
            Delta::Closing(number, closing) => {
                self.closings.insert(*number, *closing);
            }
            Delta::Contact(number, contact) => {
                self.contacts.insert(*number, contact.clone());
            }
            Delta::Alternate(number, kind, contact) => {
                self.alternates.insert((*number, *kind), contact.clone());
            }
            Delta::NextEmail(number, Some(email)) => {
                self.next_emails.insert(*number, email.clone());
            }
            Delta::NextEmail(number, None) => {
                self.next_emails.remove(number);
            }
        }
    }
}

/// The state over time.
pub(super) type Store = Timeline<Rows>;
