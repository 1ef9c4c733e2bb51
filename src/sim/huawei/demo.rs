//! The demo data: the rows written down in `assets/huawei.json`, and after them accounts made up from the seed. An
//! account is a pure function of its number, so that a million of them cost little memory until they are asked for.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::sim::chance::{blend, pick};
use crate::sim::words::Words;
use crate::sim::{SimError, World, clock};

use super::ids::Ids;
use super::rows::{Account, Closing, Contact, Creation, Handshake, Maybe, Outcome, Status, Tags, Unit};

const TEXT: &str = include_str!("../../../assets/huawei.json");
/// Of a thousand made-up accounts, how many are right under the root.
const ROOT_PER_MILLE: u64 = 30;
/// Of a thousand made-up accounts, how many are closed.
const SUSPENDED_PER_MILLE: u64 = 50;
/// Accounts joined from 2018-01-01 on.
const EPOCH: i64 = 1_514_764_800;
/// The time after that in which they joined: until mid 2026.
const SPAN: usize = 267_000_000;

#[derive(Debug, Deserialize)]
struct File {
    units: Vec<UnitRow>,
    accounts: Vec<AccountRow>,
    creations: Vec<CreationRow>,
    handshakes: Vec<HandshakeRow>,
    received: Vec<ReceivedRow>,
    policies: Vec<PolicyRow>,
}

#[derive(Debug, Deserialize)]
struct UnitRow {
    key: String,
    name: String,
    /// A key, or `root`.
    parent: String,
    /// Its share of the made-up accounts.
    share: u64,
}

#[derive(Debug, Deserialize)]
struct AccountRow {
    name: String,
    /// How often the name is repeated: a way to write down a very long one.
    #[serde(default)]
    repeat: Option<usize>,
    unit: String,
    /// `invited`, or else created.
    #[serde(default)]
    join: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    description: Maybe,
    /// `full`, `partial`, `null`, `missing`, `junk` or `hostile`.
    contact: String,
    /// The services that it administers for the organization.
    #[serde(default)]
    delegate: Vec<String>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Deserialize)]
struct CreationRow {
    name: String,
    /// The account that it made.
    account: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct HandshakeRow {
    entity: String,
    #[serde(rename = "type")]
    kind: String,
    status: String,
    notes: String,
    /// How many days ago it was sent.
    days: i64,
}

#[derive(Debug, Deserialize)]
struct ReceivedRow {
    name: String,
    status: String,
    notes: String,
    days: i64,
}

/// A policy.
#[derive(Debug, Deserialize)]
pub(super) struct PolicyRow {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) builtin: bool,
    pub(super) description: String,
    pub(super) content: Value,
    /// Units that it is bound to; `*` is all there is.
    attached: Vec<String>,
    #[serde(default)]
    tags: Tags,
}

/// Tells a null from a missing key, which is the default.
fn maybe<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Maybe, D::Error> {
    Option::<String>::deserialize(text).map(|text| text.map_or(Maybe::Null, Maybe::Set))
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
        let broken = |reason: String| SimError::Demo { provider: "huawei", reason };
        let file: File = serde_json::from_str(TEXT).map_err(|error| broken(error.to_string()))?;
        let mut places = HashMap::from([("root".to_owned(), super::rows::ROOT)]);
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
        Ok(Self {
            seed: world.seed,
            ids: Ids::new(world.seed),
            count: world.accounts,
            words: Words::load("huawei")?,
            file,
            places,
            slots,
            started: clock::wall(),
        })
    }

    fn place(&self, key: &str) -> usize {
        self.places.get(key).copied().unwrap_or(super::rows::ROOT)
    }

    /// The id of account `number`: 32 hexadecimal digits, as in practice.
    pub(super) fn account_id(&self, number: u32) -> String {
        self.ids.account(number)
    }

    /// The account that has this id, whether it exists (yet) or not.
    pub(super) fn account_number(&self, id: &str) -> Option<u32> {
        self.ids.account_number(id)
    }

    /// The id of the unit at this place, or of the root.
    pub(super) fn unit_id(&self, place: usize) -> String {
        self.ids.unit(place)
    }

    /// The unit that has this id, whether it exists (yet) or not.
    pub(super) fn unit_place(&self, id: &str) -> Option<usize> {
        self.ids.unit_place(id)
    }

    /// The root and the units there are at the start.
    pub(super) fn units(&self) -> Vec<Unit> {
        let root = Unit { name: "root".to_owned(), parent: None, created: Self::founded() };
        let rows = (1..).zip(&self.file.units).map(|(place, row)| Unit {
            name: row.name.clone(),
            parent: Some(self.place(&row.parent)),
            created: self.moment(place, 21),
        });
        std::iter::once(root).chain(rows).collect()
    }

    /// When the organization was made.
    pub(super) fn founded() -> Timestamp {
        Timestamp::from_second(EPOCH).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A moment that belongs to a row.
    fn moment(&self, row: u64, salt: u64) -> Timestamp {
        let offset = pick(blend(&[self.seed, row, salt]), SPAN);
        let second = EPOCH + i64::try_from(offset).unwrap_or(0);
        Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
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
            return super::rows::ROOT;
        }
        let slot = pick(self.drawn(number, 32), self.slots.len());
        self.slots.get(slot).copied().unwrap_or(super::rows::ROOT)
    }

    /// The name of account `number` at the start.
    pub(super) fn name(&self, number: u32) -> String {
        match self.written(number) {
            Some(row) => row.name.repeat(row.repeat.unwrap_or(1)),
            None => self.words.name(self.seed, number),
        }
    }

    /// Account `number` as it is at the start.
    pub(super) fn account(&self, number: u32) -> Account {
        let row = self.written(number);
        let drawn = self.drawn(number, 33);
        let status = match row.map(|row| row.status.as_deref()) {
            Some(Some("suspended")) => Status::Suspended,
            Some(Some("pending_closure")) => Status::PendingClosure,
            None if drawn % 1_000 < SUSPENDED_PER_MILLE => Status::Suspended,
            Some(_) | None => Status::Active,
        };
        let invited = match row {
            Some(row) => row.join.as_deref() == Some("invited"),
            None => (drawn >> 16).is_multiple_of(4),
        };
        Account {
            name: self.name(number),
            status,
            invited,
            joined: if number == 0 { Self::founded() } else { self.moment(u64::from(number), 34) },
            description: self.description(number),
            contact: self.contact(number),
            parent: self.parent(number),
        }
    }

    fn description(&self, number: u32) -> Maybe {
        let drawn = self.drawn(number, 35);
        match self.written(number) {
            Some(row) => row.description.clone(),
            None => match drawn % 4 {
                0 => Maybe::Set(format!("Project {:04}", drawn % 10_000)),
                1 => Maybe::Set(String::new()),
                2 => Maybe::Null,
                _ => Maybe::Missing,
            },
        }
    }

    fn contact(&self, number: u32) -> Contact {
        let kind = match self.written(number) {
            Some(row) => row.contact.as_str(),
            None => {
                ["full", "full", "full", "full", "full", "partial", "null", "missing"][pick(self.drawn(number, 36), 8)]
            }
        };
        let all = |value: &Maybe| Contact { email: value.clone(), phone: value.clone(), prefix: value.clone() };
        match kind {
            "null" => all(&Maybe::Null),
            "missing" => all(&Maybe::Missing),
            "junk" => Contact { email: Maybe::Null, ..all(&Maybe::Junk) },
            "partial" => Contact { phone: Maybe::Null, prefix: Maybe::Missing, ..self.full_contact(number) },
            "hostile" => Contact {
                email: Maybe::Set("not an e-mail\u{200b}".to_owned()),
                phone: Maybe::Set("\t0\r\n\u{1b}[31m".to_owned()),
                prefix: Maybe::Set("\u{202e}94".to_owned()),
            },
            _ => self.full_contact(number),
        }
    }

    fn full_contact(&self, number: u32) -> Contact {
        let (phone, _) = self.words.whereabouts(self.seed, number);
        let (prefix, rest) = phone.trim_start_matches('+').split_once(' ').unwrap_or(("1", ""));
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        Contact {
            email: Maybe::Set(self.email(number)),
            phone: Maybe::Set(digits),
            prefix: Maybe::Set(prefix.to_owned()),
        }
    }

    /// An address of an account's own, under a name that can never be registered.
    fn email(&self, number: u32) -> String {
        let name = self.name(number);
        let words = name.split(|c: char| !c.is_alphanumeric());
        let plain = words.filter(|word| !word.is_empty() && word.is_ascii());
        let label: Vec<String> = plain.take(3).map(str::to_ascii_lowercase).collect();
        format!("cloud-{number}@{}.example", if label.is_empty() { "group".to_owned() } else { label.join("-") })
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
        let tagged = place > 0 && place <= self.file.units.len() && place.is_multiple_of(4);
        let owner = tagged.then(|| ("owner".to_owned(), "platform".to_owned()));
        owner.into_iter().collect()
    }

    /// The tags of a policy at the start.
    pub(super) fn policy_tags(&self, place: usize) -> Tags {
        self.file.policies.get(place).map(|row| row.tags.clone()).unwrap_or_default()
    }

    /// The written accounts there are, by number.
    fn present(&self) -> impl Iterator<Item = (u32, &AccountRow)> {
        (0..self.count).zip(&self.file.accounts)
    }

    /// Creations of the past.
    pub(super) fn creations(&self) -> Vec<Creation> {
        let rows = (0..).zip(&self.file.creations);
        rows.filter_map(|(place, row)| {
            let created = self.moment(place, 41);
            let completed = created.checked_add(SignedDuration::from_secs(47)).unwrap_or(created);
            let outcome = match &row.account {
                Some(name) => {
                    let (number, _) = self.present().find(|(_, account)| account.name == *name)?;
                    Outcome::Succeeded(number, completed)
                }
                None => Outcome::Failed(row.reason.clone().unwrap_or_default(), completed),
            };
            Some(Creation {
                name: row.name.clone(),
                email: None,
                phone: None,
                description: None,
                tags: Tags::new(),
                created,
                outcome,
            })
        })
        .collect()
    }

    /// Closures of the past. The one that is pending is stuck, and says why.
    pub(super) fn closings(&self) -> BTreeMap<u32, Closing> {
        let closed = self.present().filter_map(|(number, row)| {
            let done = row.status.as_deref()? == "suspended";
            let created = self.days_ago(i64::from(20 + number));
            let updated = created.checked_add(SignedDuration::from_hours(30)).unwrap_or(created);
            let reason = (!done).then(|| "The account has unpaid orders.".to_owned());
            Some((number, Closing { created, updated, waiting: None, done, reason }))
        });
        closed.collect()
    }

    /// Invitations of the past: sent ones, then received ones.
    pub(super) fn handshakes(&self) -> Vec<Handshake> {
        let later = |from: Timestamp| from.checked_add(SignedDuration::from_hours(40)).unwrap_or(from);
        let moments = |status: &str, days: i64| {
            let created = self.days_ago(days);
            (created, if status == "pending" { created } else { later(created) })
        };
        let sent = self.file.handshakes.iter().map(|row| {
            let (created, updated) = moments(&row.status, row.days);
            let (kind, entity) = (row.kind.clone(), row.entity.clone());
            let (notes, status) = (row.notes.clone(), row.status.clone());
            Handshake { from: None, kind, entity, notes, status, created, updated }
        });
        let received = self.file.received.iter().map(|row| {
            let (created, updated) = moments(&row.status, row.days);
            Handshake {
                from: Some(row.name.clone()),
                kind: "account".to_owned(),
                entity: self.account_id(0),
                notes: row.notes.clone(),
                status: row.status.clone(),
                created,
                updated,
            }
        });
        sent.chain(received).collect()
    }

    /// The delegated administrators with their services.
    pub(super) fn delegates(&self) -> impl Iterator<Item = (u32, &[String])> {
        let rows = self.present().filter(|(_, row)| !row.delegate.is_empty());
        rows.map(|(number, row)| (number, row.delegate.as_slice()))
    }

    /// The services that an account administers.
    pub(super) fn services(&self, number: u32) -> &[String] {
        self.written(number).map_or(&[], |row| row.delegate.as_slice())
    }

    /// When a delegation was made.
    pub(super) fn delegated(&self, number: u32) -> Timestamp {
        self.moment(u64::from(number), 43)
    }

    /// The policies.
    pub(super) fn policies(&self) -> &[PolicyRow] {
        &self.file.policies
    }

    /// Whether a policy is bound to a unit or, without one, to an account itself.
    pub(super) fn is_attached(&self, policy: &PolicyRow, unit: Option<usize>) -> bool {
        let bound = |key: &String| key == "*" || unit.is_some_and(|unit| self.places.get(key) == Some(&unit));
        policy.attached.iter().any(bound)
    }
}
