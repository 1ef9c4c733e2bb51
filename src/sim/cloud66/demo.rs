//! The demo data: the rows written down in `assets/cloud66.json`, and after them rows made up from the seed. A row is a
//! pure function of its number, so that a large inventory costs no memory until it is asked for.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde::Deserialize;

use crate::sim::chance::{blend, hide, pick};
use crate::sim::credential::EMAIL;
use crate::sim::words::Words;
use crate::sim::{SimError, World};

const TEXT: &str = include_str!("../../../assets/cloud66.json");
/// The id of the first account, as in the documentation's samples.
const FIRST_ID: u64 = 139;
/// The distance between two accounts' ids, of which a part is drawn: ids show no row's number.
const STRIDE: u64 = 7;
/// The tag of configuration namespaces.
const NAMESPACE: u64 = 0xc0f6;
/// The tag of registration secrets.
const SECRET: u64 = 0x5ec6;
/// Accounts were created from 2012-10-01 on.
const EPOCH: i64 = 1_349_049_600;
/// The time after that in which they were created and changed: until mid 2026.
const SPAN: usize = 433_000_000;

#[derive(Debug, Deserialize)]
struct File {
    accounts: Vec<AccountRow>,
    /// The slugs of the vendors of servers.
    clouds: Vec<String>,
    applications: Vec<Application>,
    environments: Vec<String>,
    /// What stands before the `@` of made-up members.
    people: Vec<String>,
    timezones: Vec<String>,
    servers: Vec<Server>,
}

#[derive(Debug, Deserialize)]
struct AccountRow {
    name: String,
    /// How often the name is repeated: a way to write down a very long one.
    #[serde(default)]
    repeat: Option<usize>,
    owner: Option<String>,
    clouds: Vec<String>,
    stacks: u32,
    created: Timestamp,
    updated: Timestamp,
    /// How many users it has beside its owner; drawn if absent.
    #[serde(default)]
    members: Option<u32>,
    #[serde(default)]
    restricted: bool,
}

/// What a stack runs.
#[derive(Debug, Deserialize)]
pub(super) struct Application {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) framework: String,
}

/// A server that Cloud 66 does not manage, with all that any of its three shapes says.
#[derive(Debug, Deserialize)]
pub(super) struct Server {
    pub(super) id: String,
    /// Its id where ids are numbers.
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) vendor: String,
    pub(super) ip: String,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Empty if it has none.
    pub(super) name: String,
    pub(super) owner: Option<String>,
    pub(super) clouds: Vec<String>,
    pub(super) stacks: u32,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// Where every row comes from.
#[derive(Debug)]
pub(super) struct Demo {
    seed: u64,
    /// How many accounts there are.
    pub(super) count: u32,
    words: Words,
    file: File,
    /// How many stacks the accounts up to each one hold together: made when stacks are first listed.
    sums: OnceLock<Vec<usize>>,
}

impl Demo {
    pub(super) fn load(world: &World) -> Result<Self, SimError> {
        let broken = |reason: String| SimError::Demo { provider: "cloud66", reason };
        let file: File = serde_json::from_str(TEXT).map_err(|error| broken(error.to_string()))?;
        let lists = [file.clouds.len(), file.applications.len(), file.environments.len(), file.people.len()];
        if lists.contains(&0) || file.timezones.is_empty() || !file.accounts.len().is_multiple_of(2) {
            return Err(broken("an empty list, or an odd number of accounts".to_owned()));
        }
        let words = Words::load("cloud66")?;
        Ok(Self { seed: world.seed, count: world.accounts, words, file, sums: OnceLock::new() })
    }

    fn written(&self, number: u32) -> Option<&AccountRow> {
        self.file.accounts.get(number as usize)
    }

    /// A number drawn for a row.
    pub(super) fn drawn(&self, number: u64, salt: u64) -> u64 {
        blend(&[self.seed, number, salt])
    }

    /// The id of account `number`.
    pub(super) fn account_id(&self, number: u32) -> u64 {
        let number = u64::from(number);
        let part = if number == 0 { 0 } else { self.drawn(number, 51) % STRIDE };
        FIRST_ID + number * STRIDE + part
    }

    /// The account that has this id, if there is one.
    pub(super) fn account_number(&self, id: u64) -> Option<u32> {
        let number = u32::try_from(id.checked_sub(FIRST_ID)? / STRIDE).ok()?;
        (number < self.count && self.account_id(number) == id).then_some(number)
    }

    /// The name of account `number`; one in forty of the made-up ones has none.
    pub(super) fn name(&self, number: u32) -> String {
        match self.written(number) {
            Some(row) => row.name.repeat(row.repeat.unwrap_or(1)),
            None if number % 2 == 1 && self.drawn(number.into(), 52).is_multiple_of(20) => String::new(),
            None => self.words.name(self.seed, number),
        }
    }

    /// Account `number`.
    pub(super) fn account(&self, number: u32) -> Account {
        let name = self.name(number);
        if let Some(row) = self.written(number) {
            return Account {
                name,
                owner: row.owner.clone(),
                clouds: row.clouds.clone(),
                stacks: row.stacks,
                created: row.created,
                updated: row.updated,
            };
        }
        let drawn = self.drawn(number.into(), 53);
        let owner =
            (!drawn.is_multiple_of(9)).then(|| format!("{}@{}", self.person(drawn), self.domain(number, &name)));
        let (created, updated) = self.moments(drawn);
        Account { name, owner, clouds: self.some_clouds(drawn), stacks: self.stacks(number), created, updated }
    }

    /// Up to four vendors.
    fn some_clouds(&self, drawn: u64) -> Vec<String> {
        let all = &self.file.clouds;
        let first = pick(blend(&[drawn, 1]), all.len());
        let many = pick(blend(&[drawn, 2]), 5).min(all.len());
        (first..first + many).map(|place| all[place % all.len()].clone()).collect()
    }

    /// How many stacks account `number` holds; far cheaper than the whole account.
    pub(super) fn stacks(&self, number: u32) -> u32 {
        let drawn = self.drawn(number.into(), 54);
        self.written(number).map_or_else(|| u32::try_from(drawn % 10).unwrap_or(0), |row| row.stacks)
    }

    /// How many stacks all accounts hold together.
    pub(super) fn all_stacks(&self) -> usize {
        self.sums().last().copied().unwrap_or(0)
    }

    /// The stack at a place of the list of all: its account, and its place there.
    pub(super) fn stack_at(&self, place: usize) -> Option<(u32, u32)> {
        let sums = self.sums();
        let account = sums.partition_point(|sum| *sum <= place);
        let before = if account == 0 { 0 } else { sums[account - 1] };
        let number = u32::try_from(account).ok().filter(|number| *number < self.count)?;
        Some((number, u32::try_from(place - before).ok()?))
    }

    fn sums(&self) -> &[usize] {
        self.sums.get_or_init(|| {
            let mut sum = 0;
            let grow = |number| {
                sum += self.stacks(number) as usize;
                sum
            };
            (0..self.count).map(grow).collect()
        })
    }

    /// Whether account `number` is the restricted one, if there is one.
    pub(super) fn restricted(&self, number: u32) -> bool {
        self.written(number).is_some_and(|row| row.restricted)
    }

    /// How many users account `number` has beside its owner.
    pub(super) fn members(&self, number: u32) -> u32 {
        let written = self.written(number).and_then(|row| row.members);
        written.unwrap_or_else(|| u32::try_from(self.drawn(number.into(), 55) % 5).unwrap_or(0))
    }

    /// The unmanaged servers of the first account, which is the user's own.
    pub(super) fn servers(&self) -> &[Server] {
        &self.file.servers
    }

    /// The application of a stack.
    pub(super) fn application(&self, place: usize) -> &Application {
        &self.file.applications[place % self.file.applications.len()]
    }

    /// How many applications there are before their names repeat.
    pub(super) fn applications(&self) -> usize {
        self.file.applications.len()
    }

    pub(super) fn environment(&self, drawn: u64) -> &str {
        &self.file.environments[pick(drawn, self.file.environments.len())]
    }

    pub(super) fn person(&self, drawn: u64) -> &str {
        &self.file.people[pick(drawn, self.file.people.len())]
    }

    pub(super) fn timezone(&self, drawn: u64) -> &str {
        &self.file.timezones[pick(drawn, self.file.timezones.len())]
    }

    /// A moment of creation and a later one of the last change.
    pub(super) fn moments(&self, drawn: u64) -> (Timestamp, Timestamp) {
        let created = pick(blend(&[self.seed, drawn, 56]), SPAN);
        let updated = created + pick(blend(&[self.seed, drawn, 57]), SPAN - created);
        (moment(created), moment(updated))
    }

    /// A number of 128 bits as hexadecimal digits that belongs to a row alone.
    pub(super) fn mark(&self, tag: u64, number: u64) -> String {
        format!("{:032x}", hide(self.seed, tag, number))
    }

    /// The account's `configstore_namespace`.
    pub(super) fn namespace(&self, number: u32) -> String {
        let mark = self.mark(NAMESPACE, number.into());
        let variant = ["8", "9", "a", "b"][pick(u64::from(number), 4)];
        format!("{}-{}-4{}-{variant}{}-{}", &mark[..8], &mark[8..12], &mark[13..16], &mark[17..20], &mark[20..])
    }

    /// The secret in the account's registration script.
    pub(super) fn registration_secret(&self, number: u32) -> String {
        self.mark(SECRET, number.into())
    }

    /// A domain of an account's own, under a name that can never be registered.
    pub(super) fn domain(&self, number: u32, name: &str) -> String {
        if let Some((_, domain)) = self.written(number).and_then(|row| row.owner.as_deref()?.split_once('@')) {
            let plain = |c: char| c.is_ascii_lowercase() || c == '-' || c == '.';
            if number > 0 && domain.chars().all(plain) {
                return domain.to_owned();
            }
        }
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let label = words.take(3).collect::<Vec<_>>().join("-").to_ascii_lowercase();
        if label.is_empty() || label.len() > 40 {
            format!("customer-{number}.example")
        } else {
            format!("{label}.example")
        }
    }
}

/// The moment so many seconds after the first one.
fn moment(offset: usize) -> Timestamp {
    let second = EPOCH + i64::try_from(offset).unwrap_or(0);
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The e-mail of the user whom the published tokens belong to: the owner of the first account.
pub(super) const SELF: &str = EMAIL;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sim::assume::Choices;

    fn demo(accounts: u32) -> Demo {
        let choices = Arc::new(Choices::new(1, &[]));
        Demo::load(&World { seed: 1, accounts, choices, lags: false }).unwrap()
    }

    #[test]
    fn at_every_size_half_of_the_names_are_plain() {
        let demo = demo(3_000);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
        let mut count = 0;
        for number in 0..demo.count {
            let name = demo.name(number);
            count += u32::from(!name.is_empty() && name.chars().all(plain));
            assert!(count * 2 > number, "{number}: {name}");
        }
    }

    #[test]
    fn an_id_leads_back_to_its_account_and_others_to_none() {
        let demo = demo(500);
        assert_eq!(demo.account_id(0), 139);
        let ids: Vec<u64> = (0..demo.count).map(|number| demo.account_id(number)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        let found = (0..6_000).filter(|id| demo.account_number(*id).is_some()).count();
        assert_eq!(found, 500);
        assert!(ids.iter().zip(0..).all(|(id, number)| demo.account_number(*id) == Some(number)));
    }

    #[test]
    fn every_place_of_the_list_of_stacks_is_one_stack() {
        let demo = demo(60);
        let counted: u32 = (0..demo.count).map(|number| demo.account(number).stacks).sum();
        assert_eq!(demo.all_stacks(), counted as usize);
        let mut seen = std::collections::HashSet::new();
        for place in 0..demo.all_stacks() {
            let (account, index) = demo.stack_at(place).unwrap();
            assert!(index < demo.stacks(account) && seen.insert((account, index)));
        }
        assert_eq!(demo.stack_at(demo.all_stacks()), None);
    }
}
