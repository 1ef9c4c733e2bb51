//! The demo data: the rows written down in `assets/landscape.json`, and after them rows made up from the seed. A row is
//! a pure function of its number, so that ten thousand of them cost nothing until they are asked for.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Deserialize;

use crate::sim::chance::{blend, pick};
use crate::sim::credential::{EMAIL, PASSWORD};
use crate::sim::words::Words;
use crate::sim::{SimError, World};

use super::names;
use super::open;
use super::rows::{Account, Administrator, Group, Invitation, Person, Role};

const TEXT: &str = include_str!("../../../assets/landscape.json");
/// From here on numbers belong to accounts that no login lists.
const UNLISTED: u32 = 0xf000_0000;
/// Accounts were created from 2012-03-01 on.
const EPOCH: i64 = 1_330_560_000;
/// The time after that in which they were created: until mid 2026.
const SPAN: usize = 451_000_000;
/// The name of a standalone deployment's account (vendor's test).
const STANDALONE: &str = "standalone";
/// The role that may do everything.
pub(super) const GLOBAL_ADMIN: &str = "GlobalAdmin";

#[derive(Debug, Deserialize)]
struct File {
    user: User,
    people: Vec<Somebody>,
    guests: Vec<Guest>,
    presets: HashMap<String, Vec<GroupRow>>,
    accounts: Vec<AccountRow>,
    unlisted: Vec<AccountRow>,
    permissions: Vec<(String, String, bool)>,
    roles: Vec<RoleRow>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: u32,
    name: String,
    email: String,
    identity: String,
    timezone: String,
    last_login_host: String,
    allowable_emails: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Somebody {
    id: u32,
    name: String,
    email: String,
}

#[derive(Debug, Deserialize)]
struct Guest {
    name: String,
    email: String,
}

#[derive(Debug, Deserialize)]
struct GroupRow {
    name: String,
    title: String,
    parent: String,
    /// Its share of the computers.
    #[serde(default)]
    share: usize,
    /// Whether it holds exactly one computer.
    #[serde(default)]
    single: bool,
    /// Whether the parent's `children` leaves it out.
    #[serde(default)]
    unlisted: bool,
}

#[derive(Debug, Deserialize)]
struct AccountRow {
    name: String,
    title: String,
    /// How often the title is repeated: a way to write down a very long one.
    #[serde(default)]
    repeat: Option<usize>,
    /// Which set of access groups it has.
    groups: String,
    computers: u32,
    #[serde(default)]
    subdomain: Option<String>,
    /// Whether `classic_dashboard_url` has an address.
    #[serde(default)]
    dashboard: bool,
    #[serde(default)]
    registration: Option<String>,
    #[serde(default)]
    auto: bool,
    /// Why it is disabled, where that is assumed.
    #[serde(default)]
    disabled: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RoleRow {
    name: String,
    description: String,
    /// `all`, or a word that its permissions have in their name.
    permissions: String,
    /// One in so many administrators has it.
    every: u64,
    access_groups: Vec<String>,
}

/// Where every row comes from.
#[derive(Debug)]
pub(super) struct Demo {
    pub(super) seed: u64,
    /// How many listed accounts there are at the start.
    pub(super) count: u32,
    /// Whether this is a standalone deployment that somebody hosts.
    pub(super) self_hosted: bool,
    words: Words,
    file: File,
    numbers: HashMap<String, u32>,
    /// For each preset the group of each slot of the shares.
    slots: HashMap<String, Vec<usize>>,
    disabled_listed: bool,
    default_on_subdomain: bool,
}

impl Demo {
    /// The demo data of the service with accounts, or of the self-hosted one without.
    pub(super) fn load(world: &World, self_hosted: bool) -> Result<Self, SimError> {
        let broken = |reason: String| SimError::Demo { provider: "landscape", reason };
        let file: File = serde_json::from_str(TEXT).map_err(|error| broken(error.to_string()))?;
        let mut numbers = HashMap::new();
        if self_hosted {
            numbers.insert(STANDALONE.to_owned(), 0);
        } else {
            let listed = (0..).zip(&file.accounts).map(|(number, row)| (row.name.clone(), number));
            let unlisted = (UNLISTED..).zip(&file.unlisted).map(|(number, row)| (row.name.clone(), number));
            numbers.extend(listed.chain(unlisted));
        }
        let slots = file.presets.iter().map(|(name, groups)| {
            let of = |(place, group): (usize, &GroupRow)| std::iter::repeat_n(place, group.share);
            (name.clone(), groups.iter().enumerate().flat_map(of).collect())
        });
        let demo = Self {
            seed: world.seed,
            count: if self_hosted { 0 } else { world.accounts },
            self_hosted,
            words: Words::load("landscape")?,
            slots: slots.collect(),
            numbers,
            disabled_listed: world.choices.of(open::DISABLED_LISTED) == "yes",
            default_on_subdomain: world.choices.of(open::DEFAULT_ACCOUNT) == "on-subdomain",
            file,
        };
        demo.check().map_err(broken)?;
        Ok(demo)
    }

    /// Every set of groups that is named exists, and the user is the published one.
    fn check(&self) -> Result<(), String> {
        for row in self.file.accounts.iter().chain(&self.file.unlisted) {
            if !self.file.presets.contains_key(&row.groups) {
                return Err(format!("no access groups `{}`", row.groups));
            }
        }
        if self.file.user.email != EMAIL {
            return Err(format!("the user is not {EMAIL}"));
        }
        Ok(())
    }

    fn drawn(&self, number: u32, salt: u64) -> u64 {
        blend(&[self.seed, u64::from(number), salt])
    }

    fn written(&self, number: u32) -> Option<&AccountRow> {
        if self.self_hosted {
            return None;
        }
        match number.checked_sub(UNLISTED) {
            Some(place) => self.file.unlisted.get(place as usize),
            // What is made later is none of the rows that a short listing left out.
            None => self.file.accounts.get(number as usize).filter(|_| number < self.count),
        }
    }

    /// Whether the number is of an account that exists and that no login lists.
    pub(super) fn is_unlisted(&self, number: u32) -> bool {
        number >= UNLISTED && self.written(number).is_some()
    }

    /// The user at the start.
    pub(super) fn person(&self) -> Option<Person> {
        let user = &self.file.user;
        (!self.self_hosted).then(|| Person {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            identity: Some(user.identity.clone()),
            password: PASSWORD.to_owned(),
            timezone: user.timezone.clone(),
            last_login: self.moment(0, 81),
            last_host: user.last_login_host.clone(),
            preferred: None,
            allowable: Some(user.allowable_emails.clone()),
        })
    }

    /// An account's machine name.
    pub(super) fn name(&self, number: u32) -> String {
        if self.self_hosted && number == 0 {
            return STANDALONE.to_owned();
        }
        self.written(number).map_or_else(|| names::hide(self.seed, number), |row| row.name.clone())
    }

    /// The account that has this machine name, whether it exists (yet) or not.
    pub(super) fn number_of(&self, name: &str) -> Option<u32> {
        let written = self.numbers.get(name).copied();
        written.or_else(|| names::reveal(self.seed, name).filter(|number| self.name(*number) == name))
    }

    /// An account's title at the start.
    pub(super) fn title(&self, number: u32) -> String {
        match self.written(number) {
            Some(row) => row.title.repeat(row.repeat.unwrap_or(1)),
            None => self.words.name(self.seed, number),
        }
    }

    /// The subdomain that an account lives on at the start.
    pub(super) fn subdomain(&self, number: u32) -> Option<String> {
        if let Some(row) = self.written(number) {
            return row.subdomain.clone();
        }
        let has = number > 0 && number < self.count && self.drawn(number, 51).is_multiple_of(40);
        has.then(|| self.name(number))
    }

    /// Whether an account's dashboard has an address.
    pub(super) fn has_dashboard(&self, number: u32) -> bool {
        self.written(number).map_or_else(|| self.drawn(number, 52).is_multiple_of(2), |row| row.dashboard)
    }

    fn disabled(&self, number: u32) -> Option<String> {
        if number < UNLISTED && !self.disabled_listed {
            return None;
        }
        match self.written(number) {
            Some(row) => row.disabled.clone(),
            None => self.drawn(number, 53).is_multiple_of(40).then(|| "Trial ended".to_owned()),
        }
    }

    /// The default account at the start.
    pub(super) fn default_account(&self) -> Option<u32> {
        let on_subdomain = || (0..self.count).find(|number| self.subdomain(*number).is_some());
        let found = if self.default_on_subdomain { on_subdomain() } else { None };
        found.or((self.count > 0).then_some(0))
    }

    /// A moment that belongs to a row.
    pub(super) fn moment(&self, number: u32, salt: u64) -> Timestamp {
        let offset = pick(self.drawn(number, salt), SPAN);
        let second = EPOCH + i64::try_from(offset).unwrap_or(0);
        Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The set of access groups that an account has at the start.
    fn preset(&self, number: u32) -> &str {
        if let Some(row) = self.written(number) {
            return &row.groups;
        }
        match self.drawn(number, 54) % 40 {
            0 => "cycle",
            1 => "orphan",
            2 => "rootless",
            3 => "hostile",
            4..=9 => "bare",
            10..=16 => "sites",
            _ => "standard",
        }
    }

    fn computers(&self, number: u32) -> u32 {
        if let Some(row) = self.written(number) {
            return row.computers;
        }
        let drawn = self.drawn(number, 55);
        let most = if drawn.is_multiple_of(50) { 2_500 } else { 60 };
        u32::try_from(pick(drawn >> 8, most)).unwrap_or(0)
    }

    /// The name of the group that a computer is in at the start.
    pub(super) fn group_of(&self, number: u32, computer: u32) -> &str {
        let preset = self.preset(number);
        let groups = self.file.presets.get(preset).map_or(&[][..], Vec::as_slice);
        let single = groups.iter().find(|group| group.single);
        if let (0, Some(group)) = (computer, single) {
            return &group.name;
        }
        let slots = self.slots.get(preset).map_or(&[][..], Vec::as_slice);
        let drawn = blend(&[self.seed, u64::from(number), 56, u64::from(computer)]);
        let place = slots.get(pick(drawn, slots.len())).copied().unwrap_or(0);
        groups.get(place).map_or("global", |group| group.name.as_str())
    }

    /// Account `number` as it is at the start.
    pub(super) fn account(&self, number: u32) -> Account {
        let row = self.written(number);
        let groups = self.groups(self.preset(number));
        let team = self.team(number);
        let drawn = self.drawn(number, 57);
        let invitations = self.invitations(number);
        let roles = self.roles(number, &groups, &team);
        let registration = match row {
            Some(row) => row.registration.clone(),
            None => drawn.is_multiple_of(3).then(|| format!("reg-{:06x}", drawn >> 40)),
        };
        Account {
            title: self.title(number),
            subdomain: self.subdomain(number),
            disabled: self.disabled(number),
            auto_register: row.map_or(registration.is_some() && drawn.is_multiple_of(2), |row| row.auto),
            registration,
            audit_retention: [-1, 30, 90, 365][pick(drawn >> 16, 4)],
            ubuntu_one: !drawn.is_multiple_of(4),
            next_invitation: u32::try_from(invitations.len()).unwrap_or(0) + 1,
            next_role: u32::try_from(roles.len()).unwrap_or(0) + 1,
            groups,
            roles,
            team,
            invitations,
            computers: self.computers(number),
            moved: BTreeMap::new(),
            keys: 0,
        }
    }

    /// An account as it is when `person` has just made it.
    pub(super) fn fresh(&self, title: &str, person: &Person) -> Account {
        let groups = self.groups("bare");
        let team = vec![Administrator { id: person.id, name: person.name.clone(), email: person.email.clone() }];
        let predefined = self.file.roles.iter().take(3);
        let roles: Vec<Role> = (1..).zip(predefined).map(|(key, row)| self.role(key, row, &groups, &team)).collect();
        Account {
            title: title.to_owned(),
            subdomain: None,
            disabled: None,
            registration: None,
            auto_register: false,
            audit_retention: -1,
            ubuntu_one: !self.self_hosted,
            groups,
            next_role: u32::try_from(roles.len()).unwrap_or(0) + 1,
            roles,
            team,
            invitations: Vec::new(),
            next_invitation: 1,
            computers: 0,
            moved: BTreeMap::new(),
            keys: 0,
        }
    }

    fn groups(&self, preset: &str) -> Vec<Group> {
        let rows = self.file.presets.get(preset).map_or(&[][..], Vec::as_slice);
        let group = |row: &GroupRow| Group {
            name: row.name.clone(),
            title: row.title.clone(),
            parent: row.parent.clone(),
            unlisted: row.unlisted,
        };
        rows.iter().map(group).collect()
    }

    fn team(&self, number: u32) -> Vec<Administrator> {
        let user = &self.file.user;
        let mut team = vec![Administrator { id: user.id, name: user.name.clone(), email: user.email.clone() }];
        let others = self.file.people.iter().filter(|one| {
            let drawn = blend(&[self.drawn(number, 58), u64::from(one.id)]);
            drawn.is_multiple_of(3)
        });
        team.extend(others.map(|one| Administrator { id: one.id, name: one.name.clone(), email: one.email.clone() }));
        team
    }

    /// The roles that an account has at the start, with their keys: the predefined ones, and half of the others.
    fn kept(&self, number: u32) -> impl Iterator<Item = (u32, &RoleRow)> {
        (1..).zip(&self.file.roles).filter(move |(key, _)| {
            let drawn = blend(&[self.drawn(number, 59), u64::from(*key)]);
            *key <= 3 || drawn.is_multiple_of(2)
        })
    }

    fn roles(&self, number: u32, groups: &[Group], team: &[Administrator]) -> Vec<Role> {
        self.kept(number).map(|(key, row)| self.role(key, row, groups, team)).collect()
    }

    /// The user's roles in an account at the start: far cheaper than the whole account.
    pub(super) fn own_roles(&self, number: u32) -> Vec<String> {
        let own = self.kept(number).filter(|(key, row)| self.has(*key, row, self.file.user.id));
        let mut names: Vec<String> = own.map(|(_, row)| row.name.clone()).collect();
        names.sort();
        names
    }

    /// Whether somebody has a role at the start.
    fn has(&self, key: u32, row: &RoleRow, person: u32) -> bool {
        let first = person == self.file.user.id && row.name == GLOBAL_ADMIN;
        first || blend(&[u64::from(key), u64::from(person), 60]).is_multiple_of(row.every)
    }

    fn role(&self, key: u32, row: &RoleRow, groups: &[Group], team: &[Administrator]) -> Role {
        let fits = |name: &str| row.permissions == "all" || name.contains(&row.permissions);
        let permissions = |global: bool| {
            let found = self.file.permissions.iter().filter(move |one| one.2 == global && fits(&one.0));
            found.map(|one| one.0.clone()).collect()
        };
        let mut persons: Vec<String> =
            team.iter().filter(|one| self.has(key, row, one.id)).map(|one| one.email.clone()).collect();
        persons.sort();
        let known = |name: &&String| groups.iter().any(|group| group.name == **name);
        Role {
            key: 1_000 + key,
            name: row.name.clone(),
            description: row.description.clone(),
            permissions: permissions(false),
            global_permissions: permissions(true),
            persons,
            access_groups: row.access_groups.iter().filter(known).cloned().collect(),
        }
    }

    fn invitations(&self, number: u32) -> Vec<Invitation> {
        let guests = &self.file.guests;
        let many = pick(self.drawn(number, 61), 4);
        let first = pick(self.drawn(number, 62), guests.len());
        let invitation = |id: u32| {
            let guest = guests.get((first + id as usize) % guests.len().max(1))?;
            let created = self.moment(number.wrapping_add(id), 63);
            let (name, email) = (guest.name.clone(), guest.email.clone());
            Some(Invitation { id, name, email, created, roles: vec![GLOBAL_ADMIN.to_owned()] })
        };
        (1..=u32::try_from(many).unwrap_or(0)).filter_map(invitation).collect()
    }

    /// Every permission: name, title, whether it is global.
    pub(super) fn permissions(&self) -> &[(String, String, bool)] {
        &self.file.permissions
    }
}

/// A demo for tests of other files.
#[cfg(test)]
pub(super) fn demo(accounts: u32) -> std::sync::Arc<Demo> {
    use std::sync::Arc;
    let choices = Arc::new(crate::sim::assume::Choices::new(1, &[]));
    Arc::new(Demo::load(&World { seed: 1, accounts, choices, lags: false }, false).unwrap())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_found_by_its_name_and_half_of_the_titles_are_plain() {
        let demo = demo(3_000);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
        let mut count = 0;
        for number in 0..3_000 {
            assert_eq!(demo.number_of(&demo.name(number)), Some(number));
            let title = demo.title(number);
            count += usize::from(!title.is_empty() && title.chars().all(plain));
        }
        assert!(count >= 1_500, "{count}");
        assert_eq!(demo.number_of("nobody"), None);
        assert_eq!(demo.number_of("old-harbor-trading").map(|number| demo.is_unlisted(number)), Some(true));
    }

    #[test]
    fn the_user_is_a_global_administrator_everywhere_and_nothing_listed_is_disabled() {
        let demo = demo(300);
        for number in 0..300 {
            let account = demo.account(number);
            let roles = account.roles_of(EMAIL);
            assert!(roles.contains(&GLOBAL_ADMIN.to_owned()));
            assert_eq!(roles, demo.own_roles(number));
            assert_eq!(account.disabled, None);
        }
    }

    #[test]
    fn one_group_holds_one_computer_and_one_holds_none() {
        let demo = demo(50);
        let number = demo.number_of("berlin-edge-platform").unwrap();
        let count = |name: &str| (0..187).filter(|one| demo.group_of(number, *one) == name).count();
        assert_eq!((count("singular-access-group"), count("empty-access-group")), (1, 0));
        assert!(count("server") > 10);
    }
}
