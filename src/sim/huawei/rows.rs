//! The state: what was changed, over the demo data that everything starts from. All changes are
//! [`Delta`]s, so that a second copy of the state can follow the first one with a delay.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use crate::sim::timeline::{State, Timeline};

use super::demo::Demo;

/// The place of the root among the units.
pub(super) const ROOT: usize = 0;

/// An optional text, and how it looks when there is none: Huawei's samples know three ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Maybe {
    Set(String),
    /// JSON null.
    Null,
    /// No key.
    #[default]
    Missing,
    /// The text `null,`, as in the published sample.
    Junk,
}

/// An account's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    PendingClosure,
    Suspended,
}

impl Status {
    /// The word on the wire.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::PendingClosure => "pending_closure",
            Self::Suspended => "suspended",
        }
    }
}

/// What is known about how to reach an account's owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) email: Maybe,
    /// Digits without the country.
    pub(super) phone: Maybe,
    /// The country's digits alone; how they are written is an assumption.
    pub(super) prefix: Maybe,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) status: Status,
    /// Whether it joined by invitation.
    pub(super) invited: bool,
    pub(super) joined: Timestamp,
    pub(super) description: Maybe,
    pub(super) contact: Contact,
    /// The unit, or the root, that holds it.
    pub(super) parent: usize,
}

/// One organizational unit, or the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) name: String,
    /// `None` for the root.
    pub(super) parent: Option<usize>,
    pub(super) created: Timestamp,
}

/// What can be tagged or listed with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Entity {
    Unit(usize),
    Account(u32),
    Policy(usize),
}

/// Tags, by key.
pub(super) type Tags = BTreeMap<String, String>;

/// How a creation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// So many looks will still see it in progress.
    Waiting(u32),
    /// The account that it made, and when.
    Succeeded(u32, Timestamp),
    /// Why not, and since when.
    Failed(String, Timestamp),
}

/// A request to create an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Creation {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tags: Tags,
    pub(super) created: Timestamp,
    pub(super) outcome: Outcome,
}

/// A request to close an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// How many looks will still see it pending; `None` if nothing happens any more.
    pub(super) waiting: Option<u32>,
    pub(super) done: bool,
    pub(super) reason: Option<String>,
}

/// An invitation, sent or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Handshake {
    /// Whether this organization received it, and from whom.
    pub(super) from: Option<String>,
    /// `account` or `name`.
    pub(super) kind: String,
    pub(super) entity: String,
    pub(super) notes: String,
    pub(super) status: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
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
    Handshake(usize, Handshake),
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
    tags: HashMap<Entity, Tags>,
    pub(super) creations: Vec<Creation>,
    pub(super) closings: BTreeMap<u32, Closing>,
    pub(super) handshakes: Vec<Handshake>,
}

impl Rows {
    pub(super) fn new(demo: Arc<Demo>) -> Self {
        let units: Vec<_> = demo.units().into_iter().map(Some).collect();
        let mut members = vec![Vec::new(); units.len()];
        for number in 0..demo.count {
            members[demo.parent(number)].push(number);
        }
        Self {
            edited: HashMap::new(),
            gone: BTreeSet::new(),
            end: demo.count,
            members,
            units,
            tags: HashMap::new(),
            creations: demo.creations(),
            closings: demo.closings(),
            handshakes: demo.handshakes(),
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

    /// The numbers of all accounts in a range.
    pub(super) fn numbers(&self, range: Range<u32>) -> impl DoubleEndedIterator<Item = u32> + '_ {
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

    /// The account's name alone, for scans over all of them.
    pub(super) fn name(&self, number: u32) -> String {
        self.edited.get(&number).map_or_else(|| self.demo.name(number), |account| account.name.clone())
    }

    /// The account with this id.
    pub(super) fn account_of_id(&self, id: &str) -> Option<(u32, Arc<Account>)> {
        let number = self.demo.account_number(id)?;
        Some((number, self.account(number)?))
    }

    /// The unit at this place.
    pub(super) fn unit(&self, place: usize) -> Option<&Unit> {
        self.units.get(place)?.as_ref()
    }

    /// The unit, or the root, with this id.
    pub(super) fn unit_of_id(&self, id: &str) -> Option<usize> {
        let place = self.demo.unit_place(id)?;
        self.unit(place).map(|_| place)
    }

    /// Every unit and the root, in order of creation here.
    pub(super) fn units(&self) -> impl Iterator<Item = (usize, &Unit)> {
        self.units.iter().enumerate().filter_map(|(place, one)| Some((place, one.as_ref()?)))
    }

    /// The units right below one.
    pub(super) fn children(&self, parent: usize) -> impl Iterator<Item = (usize, &Unit)> {
        self.units().filter(move |(_, unit)| unit.parent == Some(parent))
    }

    /// The accounts that a unit holds itself.
    pub(super) fn members(&self, unit: usize) -> &[u32] {
        self.members.get(unit).map_or(&[], Vec::as_slice)
    }

    /// How many levels a unit lies below the root.
    pub(super) fn depth(&self, unit: usize) -> usize {
        let above = |place: &usize| self.unit(*place).and_then(|one| one.parent);
        std::iter::successors(Some(unit), above).take(self.units.len()).count() - 1
    }

    /// The tags of a resource.
    pub(super) fn tags(&self, entity: Entity) -> Tags {
        if let Some(tags) = self.tags.get(&entity) {
            return tags.clone();
        }
        match entity {
            Entity::Account(number) if number < self.demo.count => self.demo.tags(number),
            Entity::Policy(place) => self.demo.policy_tags(place),
            Entity::Unit(place) => self.demo.unit_tags(place),
            Entity::Account(_) => Tags::new(),
        }
    }

    fn set_account(&mut self, number: u32, account: Option<&Arc<Account>>) {
        if let Some(old) = self.account(number) {
            self.members[old.parent].retain(|held| *held != number);
        }
        self.end = self.end.max(number.saturating_add(1));
        let Some(account) = account else {
            self.edited.remove(&number);
            self.gone.insert(number);
            return;
        };
        let held = &mut self.members[account.parent];
        held.insert(held.partition_point(|other| *other < number), number);
        self.edited.insert(number, Arc::clone(account));
    }
}

impl State for Rows {
    type Delta = Delta;

    fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::Account(number, account) => self.set_account(*number, account.as_ref()),
            Delta::Unit(place, unit) => {
                if *place >= self.units.len() {
                    self.units.resize(place + 1, None);
                    self.members.resize(place + 1, Vec::new());
                }
                self.units[*place].clone_from(unit);
            }
            Delta::Tags(entity, tags) => {
                self.tags.insert(*entity, tags.clone());
            }
            Delta::Creation(place, creation) => put(&mut self.creations, *place, creation),
            Delta::Closing(number, closing) => {
                self.closings.insert(*number, closing.clone());
            }
            Delta::Handshake(place, handshake) => put(&mut self.handshakes, *place, handshake),
        }
    }
}

/// The state over time.
pub(super) type Store = Timeline<Rows>;

/// Changes a row, or adds the next one.
fn put<T: Clone>(list: &mut Vec<T>, place: usize, row: &T) {
    match list.get_mut(place) {
        Some(old) => old.clone_from(row),
        None => list.push(row.clone()),
    }
}
