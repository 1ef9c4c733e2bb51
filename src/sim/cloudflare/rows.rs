//! The state: what was changed, over the demo data that everything starts from. All changes go through
//! [`Rows::apply`], so that a second copy of the state can follow the first one with a delay.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::demo::Demo;

/// An account's `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    Standard,
    Enterprise,
}

impl Plan {
    /// The word on the wire.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Enterprise => "enterprise",
        }
    }

    /// The plan that a word stands for.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Standard, Self::Enterprise].into_iter().find(|plan| plan.word() == word)
    }
}

/// An account's settings; what has no value is null or absent on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) abuse_contact: Option<String>,
    pub(super) twofactor: Option<bool>,
    pub(super) api_access: Option<bool>,
    pub(super) approval_expiry: Option<Timestamp>,
    pub(super) nameservers: Option<String>,
    pub(super) custom_ns: Option<bool>,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    /// Whether the organization family gives its name as null.
    pub(super) nameless: bool,
    pub(super) plan: Plan,
    pub(super) created: Timestamp,
    /// Whether the account family tells when it was created.
    pub(super) dated: bool,
    /// The organization that holds it.
    pub(super) parent: Option<usize>,
    /// An organization outside its chain that manages it.
    pub(super) manager: Option<usize>,
    pub(super) settings: Settings,
    /// Whether the account family leaves out its settings.
    pub(super) bare: bool,
    /// The maximum of `legacy_flags.enterprise_zone_quota`.
    pub(super) quota: Option<u64>,
}

/// The business details of an account or organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) address: String,
    pub(super) metadata: String,
}

/// One organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    pub(super) created: Timestamp,
    pub(super) profile: Option<Profile>,
}

/// One change of the state.
#[derive(Debug, Clone)]
pub(super) enum Delta {
    /// The account is so from now on, or is gone.
    Account(u32, Option<Arc<Account>>),
    /// The account's profile is so from now on.
    Profile(u32, Profile),
    /// The organization is so from now on, or is gone.
    Organization(usize, Option<Organization>),
}

/// How many computed lists are kept.
const LISTS: usize = 16;

/// The state.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) demo: Arc<Demo>,
    edited: HashMap<u32, Arc<Account>>,
    /// The numbers of deleted accounts, in order.
    gone: Vec<u32>,
    /// The first number that no account has had.
    end: u32,
    profiles: HashMap<u32, Profile>,
    /// The accounts of each organization, by number: Cloudflare's internal account id, here.
    members: Vec<Vec<u32>>,
    organizations: Vec<Option<Organization>>,
    /// Filtered or ordered lists, until the next change.
    lists: HashMap<String, Arc<Vec<u32>>>,
}

impl Rows {
    pub(super) fn new(demo: Arc<Demo>) -> Self {
        let organizations: Vec<_> = demo.organizations().into_iter().map(Some).collect();
        let mut members = vec![Vec::new(); organizations.len()];
        for number in 0..demo.count {
            if let Some(parent) = demo.parent(number) {
                members[parent].push(number);
            }
        }
        Self {
            edited: HashMap::new(),
            gone: Vec::new(),
            end: demo.count,
            profiles: HashMap::new(),
            members,
            organizations,
            lists: HashMap::new(),
            demo,
        }
    }

    /// The first number that no account has had.
    pub(super) fn next_account(&self) -> u32 {
        self.end
    }

    /// The first place that no organization has had.
    pub(super) fn next_organization(&self) -> usize {
        self.organizations.len()
    }

    /// How many accounts there are.
    pub(super) fn count(&self) -> usize {
        self.end as usize - self.gone.len()
    }

    /// The account at `place` of the list of all, in order of their numbers.
    pub(super) fn nth(&self, place: usize) -> Option<u32> {
        // How many deleted ones stand before it: the first that stands behind it has that many before itself.
        let (mut least, mut most) = (0, self.gone.len());
        while least < most {
            let middle = usize::midpoint(least, most);
            if self.gone[middle] as usize - middle <= place {
                least = middle + 1;
            } else {
                most = middle;
            }
        }
        let number = u32::try_from(place.checked_add(least)?).ok()?;
        (number < self.end).then_some(number)
    }

    fn is_gone(&self, number: u32) -> bool {
        self.gone.binary_search(&number).is_ok()
    }

    /// Every account's number.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.end).filter(|number| !self.is_gone(*number))
    }

    /// The account with this number.
    pub(super) fn account(&self, number: u32) -> Option<Arc<Account>> {
        if number >= self.end || self.is_gone(number) {
            return None;
        }
        let edited = self.edited.get(&number).map(Arc::clone);
        Some(edited.unwrap_or_else(|| Arc::new(self.demo.account(number))))
    }

    /// Those of these accounts that there are.
    pub(super) fn accounts(&self, numbers: &[u32]) -> Vec<(u32, Arc<Account>)> {
        numbers.iter().filter_map(|number| Some((*number, self.account(*number)?))).collect()
    }

    /// The account's name alone, for scans over all of them: far cheaper than the whole account.
    pub(super) fn name(&self, number: u32) -> String {
        let edited = self.edited.get(&number);
        edited.map_or_else(|| self.demo.name(number), |account| account.name.clone())
    }

    /// The account with this id.
    pub(super) fn account_of_id(&self, id: &str) -> Option<(u32, Arc<Account>)> {
        let number = self.demo.account_number(id)?;
        Some((number, self.account(number)?))
    }

    /// The account's profile.
    pub(super) fn profile(&self, number: u32) -> Option<Profile> {
        if let Some(edited) = self.profiles.get(&number) {
            return Some(edited.clone());
        }
        let first = number < self.demo.count;
        first.then(|| self.demo.profile(number)).flatten()
    }

    /// The organization at this place.
    pub(super) fn organization(&self, place: usize) -> Option<&Organization> {
        self.organizations.get(place)?.as_ref()
    }

    /// The organization with this id.
    pub(super) fn organization_of_id(&self, id: &str) -> Option<usize> {
        let place = self.demo.organization_place(id)?;
        self.organization(place).map(|_| place)
    }

    /// Every organization, in order of creation here.
    pub(super) fn organizations(&self) -> impl Iterator<Item = (usize, &Organization)> {
        let all = self.organizations.iter().enumerate();
        all.filter_map(|(place, one)| Some((place, one.as_ref()?)))
    }

    /// The accounts that an organization holds itself.
    pub(super) fn members(&self, organization: usize) -> &[u32] {
        self.members.get(organization).map_or(&[], Vec::as_slice)
    }

    /// The organizations from the root of a hierarchy down to this one. A cycle, which no operation makes, ends it.
    pub(super) fn chain(&self, organization: usize) -> Vec<usize> {
        let mut chain = vec![organization];
        let mut at = organization;
        while let Some(parent) = self.organization(at).and_then(|one| one.parent) {
            if chain.contains(&parent) {
                break;
            }
            chain.push(parent);
            at = parent;
        }
        chain.reverse();
        chain
    }

    /// A list that is made once and kept until the next change.
    pub(super) fn list(&mut self, key: String, compute: impl FnOnce(&Self) -> Vec<u32>) -> Arc<Vec<u32>> {
        if let Some(kept) = self.lists.get(&key) {
            return Arc::clone(kept);
        }
        let made = Arc::new(compute(self));
        if self.lists.len() >= LISTS {
            self.lists.clear();
        }
        self.lists.insert(key, Arc::clone(&made));
        made
    }

    /// Changes the state.
    pub(super) fn apply(&mut self, delta: &Delta) {
        self.lists.clear();
        match delta {
            Delta::Account(number, account) => self.set_account(*number, account.as_ref()),
            Delta::Profile(number, profile) => {
                self.profiles.insert(*number, profile.clone());
            }
            Delta::Organization(place, organization) => {
                if *place >= self.organizations.len() {
                    self.organizations.resize(place + 1, None);
                    self.members.resize(place + 1, Vec::new());
                }
                self.organizations[*place].clone_from(organization);
            }
        }
    }

    fn set_account(&mut self, number: u32, account: Option<&Arc<Account>>) {
        let before = self.account(number).and_then(|old| old.parent);
        if let Some(parent) = before {
            let held = &mut self.members[parent];
            if let Ok(place) = held.binary_search(&number) {
                held.remove(place);
            }
        }
        self.end = self.end.max(number.saturating_add(1));
        let Some(account) = account else {
            self.edited.remove(&number);
            self.profiles.remove(&number);
            if let Err(place) = self.gone.binary_search(&number) {
                self.gone.insert(place, number);
            }
            return;
        };
        if let Some(parent) = account.parent {
            let held = &mut self.members[parent];
            held.insert(held.partition_point(|other| *other < number), number);
        }
        self.edited.insert(number, Arc::clone(account));
    }
}
