//! The demo data: the rows written down in `assets/aws.json`, and after them accounts made up from the seed. An account
//! is a pure function of its number, so that a million of them cost little memory until they are asked for.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, json};

use crate::sim::chance::{blend, pick};
use crate::sim::words::Words;
use crate::sim::{SimError, World, clock};

use super::ids::Ids;
use super::rows::{Account, Alternate, Closing, Contact, Creation, Outcome, ROOT, State, Tags, Unit};

const TEXT: &str = include_str!("../../../assets/aws.json");
/// Of a thousand made-up accounts, how many are right under the root.
const ROOT_PER_MILLE: u64 = 30;
/// Of a thousand made-up accounts, how many are suspended, and how many are closed.
const SUSPENDED_PER_MILLE: u64 = 30;
const CLOSED_PER_MILLE: u64 = 30;
/// Accounts joined from 2018-01-01 on.
const EPOCH: i64 = 1_514_764_800;
/// The time after that in which they joined: until mid 2026.
const SPAN: usize = 267_000_000;
/// The longest name and the longest line of an address (AWS service model).
const LONGEST: usize = 50;

#[derive(Debug, Deserialize)]
struct File {
    units: Vec<UnitRow>,
    accounts: Vec<AccountRow>,
    creations: Vec<CreationRow>,
    places: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct UnitRow {
    key: String,
    name: String,
    /// A key, or `root`.
    parent: String,
    /// Its share of the made-up accounts.
    share: u64,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Deserialize)]
struct AccountRow {
    /// Without one the account has no name.
    name: Option<String>,
    unit: String,
    /// `missing`, or else one of its own.
    #[serde(default)]
    email: Option<String>,
    /// `invited`, or else created.
    #[serde(default)]
    join: Option<String>,
    #[serde(default)]
    state: Option<StateRow>,
    /// `full`, `partial`, `missing` or `hostile`.
    #[serde(default)]
    contact: Option<String>,
    /// The kinds of alternate contacts that it has.
    #[serde(default)]
    alternates: Vec<String>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateRow {
    PendingActivation,
    Suspended,
    PendingClosure,
    Closed,
    Unnamed,
}

#[derive(Debug, Deserialize)]
struct CreationRow {
    name: String,
    /// Whether it made the account of this name.
    made: bool,
    reason: Option<String>,
}

/// An address.
#[derive(Debug, Deserialize)]
struct Place {
    country: String,
    /// What precedes four digits.
    phone: String,
    line: String,
    city: String,
    code: String,
    state: Option<String>,
}

/// Where every row comes from.
#[derive(Debug)]
pub(super) struct Demo {
    seed: u64,
    pub(super) ids: Ids,
    /// How many accounts there are at the start.
    pub(super) count: u32,
    words: Words,
    file: File,
    /// The place of each unit, by its key.
    places: HashMap<String, usize>,
    /// The unit of each slot of the shares.
    slots: Vec<usize>,
    /// When the simulator started; what happened lately is told from here.
    started: Timestamp,
}

impl Demo {
    pub(super) fn load(world: &World) -> Result<Self, SimError> {
        let broken = |reason: String| SimError::Demo { provider: "aws", reason };
        let file: File = serde_json::from_str(TEXT).map_err(|error| broken(error.to_string()))?;
        let mut places = HashMap::from([("root".to_owned(), ROOT)]);
        let mut slots = Vec::new();
        for (place, unit) in (1..).zip(&file.units) {
            // Parents stand before their children.
            if !places.contains_key(&unit.parent) {
                return Err(broken(format!("no unit `{}`", unit.parent)));
            }
            places.insert(unit.key.clone(), place);
            slots.extend((0..unit.share).map(|_| place));
        }
        if let Some(row) = file.accounts.iter().find(|row| !places.contains_key(&row.unit)) {
            return Err(broken(format!("no unit `{}`", row.unit)));
        }
        if file.places.is_empty() {
            return Err(broken("no places".to_owned()));
        }
        Ok(Self {
            seed: world.seed,
            ids: Ids::new(world.seed),
            count: world.accounts,
            words: Words::load("aws")?,
            file,
            places,
            slots,
            started: clock::wall(),
        })
    }

    fn place(&self, key: &str) -> usize {
        self.places.get(key).copied().unwrap_or(ROOT)
    }

    /// The root and the units there are at the start.
    pub(super) fn units(&self) -> Vec<Unit> {
        let root = Unit { name: "Root".to_owned(), parent: None };
        let rows = self.file.units.iter();
        let rows = rows.map(|row| Unit { name: row.name.clone(), parent: Some(self.place(&row.parent)) });
        std::iter::once(root).chain(rows).collect()
    }

    /// A moment that belongs to a row, to the millisecond.
    fn moment(&self, row: u64, salt: u64) -> Timestamp {
        let drawn = blend(&[self.seed, row, salt]);
        let second = EPOCH + i64::try_from(pick(drawn, SPAN)).unwrap_or(0);
        let milli = i64::try_from(drawn % 1_000).unwrap_or(0);
        Timestamp::from_millisecond(second * 1_000 + milli).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// So many days before the start.
    fn days_ago(&self, days: i64) -> Timestamp {
        self.started.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(self.started)
    }

    fn written(&self, number: u32) -> Option<&AccountRow> {
        self.file.accounts.get(number as usize)
    }

    fn drawn(&self, number: u32, salt: u64) -> u64 {
        blend(&[self.seed, u64::from(number), salt])
    }

    /// The unit that holds account `number` at the start.
    pub(super) fn parent(&self, number: u32) -> usize {
        if let Some(row) = self.written(number) {
            return self.place(&row.unit);
        }
        if self.drawn(number, 31) % 1_000 < ROOT_PER_MILLE {
            return ROOT;
        }
        let slot = pick(self.drawn(number, 32), self.slots.len());
        self.slots.get(slot).copied().unwrap_or(ROOT)
    }

    /// The name of account `number` at the start.
    fn name(&self, number: u32) -> Option<String> {
        match self.written(number) {
            Some(row) => row.name.clone(),
            None => Some(self.words.name(self.seed, number)),
        }
    }

    /// Account `number` as it is at the start.
    pub(super) fn account(&self, number: u32) -> Account {
        let row = self.written(number);
        let drawn = self.drawn(number, 33);
        let state = match row.map(|row| row.state) {
            Some(Some(StateRow::PendingActivation)) => State::PendingActivation,
            Some(Some(StateRow::Suspended)) => State::Suspended,
            Some(Some(StateRow::PendingClosure)) => State::PendingClosure,
            Some(Some(StateRow::Closed)) => State::Closed,
            Some(Some(StateRow::Unnamed)) => State::Unnamed,
            None if drawn % 1_000 < SUSPENDED_PER_MILLE => State::Suspended,
            None if drawn % 1_000 < SUSPENDED_PER_MILLE + CLOSED_PER_MILLE => State::Closed,
            Some(None) | None => State::Active,
        };
        let invited = match row {
            Some(row) => row.join.as_deref() == Some("invited"),
            None => (drawn >> 16).is_multiple_of(4),
        };
        let missing = row.is_some_and(|row| row.email.as_deref() == Some("missing"));
        let joined = if number == 0 {
            Timestamp::from_second(EPOCH).unwrap_or_default()
        } else {
            self.moment(number.into(), 34)
        };
        Account {
            name: self.name(number),
            email: (!missing).then(|| self.email(number)),
            state,
            invited,
            joined,
            parent: self.parent(number),
        }
    }

    /// An address of an account's own, under a name that can never be registered.
    fn email(&self, number: u32) -> String {
        format!("aws+{number}@{}.example", self.label(number))
    }

    /// The plain words of an account's name, as a part of a domain.
    fn label(&self, number: u32) -> String {
        let name = self.name(number).unwrap_or_default();
        let words = name.split(|c: char| !c.is_alphanumeric());
        let plain = words.filter(|word| (1..=12).contains(&word.len()) && word.is_ascii());
        let label: Vec<String> = plain.take(3).map(str::to_ascii_lowercase).collect();
        if label.is_empty() { "group".to_owned() } else { label.join("-") }
    }

    /// The accounts that may have this address at the start: the one that it was made for.
    pub(super) fn owners(&self, email: &str) -> impl Iterator<Item = u32> {
        let number = email.strip_prefix("aws+").and_then(|rest| rest.split('@').next());
        number.and_then(|number| number.parse().ok()).filter(|number| *number < self.count).into_iter()
    }

    /// The tags of account `number` at the start.
    pub(super) fn tags(&self, number: u32) -> Tags {
        if let Some(row) = self.written(number) {
            return row.tags.clone();
        }
        let drawn = self.drawn(number, 37);
        let mut tags = Tags::new();
        if drawn.is_multiple_of(3) {
            let env = ["production", "staging", "test", ""][pick(drawn >> 8, 4)];
            tags.insert("env".to_owned(), env.to_owned());
        }
        if drawn.is_multiple_of(5) {
            tags.insert("cost-center".to_owned(), format!("CC-{}", 500 + (drawn >> 16) % 1_000));
        }
        tags
    }

    /// The tags of a unit at the start.
    pub(super) fn unit_tags(&self, place: usize) -> Tags {
        let row = place.checked_sub(1).and_then(|place| self.file.units.get(place));
        row.map(|row| row.tags.clone()).unwrap_or_default()
    }

    /// The contact information of account `number` at the start.
    pub(super) fn contact(&self, number: u32) -> Option<Contact> {
        let kind = self.written(number).map_or("full", |row| row.contact.as_deref().unwrap_or("full"));
        let drawn = self.drawn(number, 38);
        let place = &self.file.places[pick(drawn, self.file.places.len())];
        let mut contact = Map::new();
        let mut set = |key: &str, value: &str| contact.insert(key.to_owned(), value.into());
        match kind {
            "missing" => return None,
            "hostile" => {
                set("FullName", "\u{1b}[31mRed\u{202e}eman\u{200b}");
                set("AddressLine1", "1 \u{1b}]0;owned\u{7} Street\nline two");
                set("City", "\u{feff}City\t");
                set("PostalCode", "\u{0}0");
                set("CountryCode", "ZZ");
                set("PhoneNumber", "+0\r\n\u{1b}[2J");
            }
            _ => {
                set("FullName", self.person(number, 39));
                set("AddressLine1", &place.line);
                set("City", &place.city);
                set("PostalCode", &place.code);
                set("CountryCode", &place.country);
                set("PhoneNumber", &format!("{}{:04}", place.phone, drawn % 10_000));
                if let Some(state) = &place.state {
                    set("StateOrRegion", state);
                }
            }
        }
        if kind == "full" {
            let name = self.name(number).unwrap_or_default();
            let company: String = name.chars().take(LONGEST).collect();
            if !company.is_empty() {
                set("CompanyName", &company);
            }
            set("WebsiteUrl", &format!("https://www.{}.example/", self.label(number)));
        }
        Some(contact)
    }

    /// A person who is responsible for something.
    fn person(&self, number: u32, salt: u64) -> &'static str {
        const PEOPLE: [&str; 8] = [
            "Ada Fischer",
            "Jürgen Weiß",
            "Marta Nowak",
            "Priya Raman",
            "Tomás Oliveira",
            "佐藤 花子",
            "Lena Okafor",
            "Samuel Grant",
        ];
        PEOPLE[pick(self.drawn(number, salt), PEOPLE.len())]
    }

    /// An alternate contact of account `number` at the start.
    pub(super) fn alternate(&self, number: u32, kind: Alternate) -> Option<Contact> {
        let word = kind.word();
        let (salt, title) = match kind {
            Alternate::Billing => (41, "Head of Finance"),
            Alternate::Operations => (42, "Platform on call"),
            Alternate::Security => (43, "Security officer"),
        };
        let is_there = match self.written(number) {
            Some(row) => row.alternates.iter().any(|one| one == word),
            None => number < self.count && self.drawn(number, salt).is_multiple_of(4),
        };
        if !is_there {
            return None;
        }
        let value = json!({
            "AlternateContactType": word,
            "Name": self.person(number, salt),
            "Title": title,
            "EmailAddress": format!("{}@{}.example", word.to_ascii_lowercase(), self.label(number)),
            "PhoneNumber": format!("+1 (415) 555-{:04}", self.drawn(number, salt) % 10_000),
        });
        value.as_object().cloned()
    }

    /// The written accounts there are, by number.
    fn present(&self) -> impl Iterator<Item = (u32, &AccountRow)> {
        (0..self.count).zip(&self.file.accounts)
    }

    /// Creations of the past.
    pub(super) fn creations(&self) -> Vec<Creation> {
        let rows = (0..).zip(&self.file.creations);
        rows.filter_map(|(place, row)| {
            let requested = self.moment(place, 44);
            let completed = requested.checked_add(SignedDuration::from_secs(47)).unwrap_or(requested);
            let is_its = |account: &AccountRow| account.name.as_ref() == Some(&row.name);
            let outcome = if row.made {
                let (number, _) = self.present().find(|(_, account)| is_its(account))?;
                Outcome::Succeeded(number, completed)
            } else {
                Outcome::Failed(row.reason.clone().unwrap_or_default(), completed)
            };
            let email = format!("aws+{place}@creation.example");
            Some(Creation { name: row.name.clone(), email, tags: Tags::new(), requested, outcome })
        })
        .collect()
    }

    /// Closures of the past. Those that are pending are stuck.
    pub(super) fn closings(&self) -> BTreeMap<u32, Closing> {
        let closed = self.present().filter_map(|(number, row)| {
            let closes = matches!(row.state, Some(StateRow::PendingClosure | StateRow::Closed));
            let requested = self.days_ago(i64::from(20 + number));
            closes.then_some((number, Closing { requested, waiting: None }))
        });
        closed.collect()
    }
}
