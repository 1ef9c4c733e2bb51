//! The demo data: the rows written down in `assets/cloudflare.json`, and after them rows made up from the seed. A row
//! is a pure function of its number, so that a million of them cost no memory until they are asked for.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::sim::chance::{blend, hide, pick, reveal};
use crate::sim::credential::EMAIL;
use crate::sim::words::Words;
use crate::sim::{SimError, World};

use super::rows::{Account, Organization, Plan, Profile, Settings};

const TEXT: &str = include_str!("../../../assets/cloudflare.json");
/// The tag of account ids.
const ACCOUNT: u64 = 0xacc0;
/// The tag of organization ids.
const ORGANIZATION: u64 = 0x0a60;
/// The tag of zone ids.
const ZONE: u64 = 0x20e5;
/// The tag of members' ids.
const MEMBER: u64 = 0x3e3b;
/// Of a hundred made-up accounts, how many are in no organization.
const STANDALONE_PERCENT: u64 = 8;
/// Accounts were created from 2012-03-01 on.
const EPOCH: i64 = 1_330_560_000;
/// The time after that in which they were created: until mid 2026.
const SPAN: usize = 451_000_000;

#[derive(Debug, Deserialize)]
struct File {
    organizations: Vec<OrganizationRow>,
    accounts: Vec<AccountRow>,
}

#[derive(Debug, Deserialize)]
struct OrganizationRow {
    key: String,
    name: String,
    parent: Option<String>,
    /// Its share of the made-up accounts.
    share: u64,
    profile: Option<ProfileRow>,
}

#[derive(Debug, Deserialize)]
struct ProfileRow {
    business_name: String,
    business_email: String,
    business_phone: String,
    business_address: String,
    external_metadata: String,
}

#[derive(Debug, Deserialize)]
struct AccountRow {
    name: String,
    /// How often the name is repeated: a way to write down a very long one.
    #[serde(default)]
    repeat: Option<usize>,
    #[serde(default, rename = "type")]
    plan: Option<String>,
    #[serde(default)]
    organization: Option<String>,
    /// An organization outside the account's chain that manages it.
    #[serde(default)]
    manager: Option<String>,
    /// `full`, `partial`, `none` or `hostile`; drawn if absent.
    #[serde(default)]
    profile: Option<String>,
    /// Without `settings`.
    #[serde(default)]
    bare: bool,
    /// Without `created_on` in the account family's shape.
    #[serde(default)]
    undated: bool,
    /// With `name` null in the organization family's shape.
    #[serde(default)]
    nameless: bool,
}

/// Where every row comes from.
#[derive(Debug)]
pub(super) struct Demo {
    seed: u64,
    /// How many accounts there are at the start.
    pub(super) count: u32,
    words: Words,
    file: File,
    /// The organization of each slot of the shares.
    slots: Vec<usize>,
}

impl Demo {
    pub(super) fn load(world: &World) -> Result<Self, SimError> {
        let broken = |reason: String| SimError::Demo { provider: "cloudflare", reason };
        let file: File = serde_json::from_str(TEXT).map_err(|error| broken(error.to_string()))?;
        let mut slots = Vec::new();
        for (place, organization) in file.organizations.iter().enumerate() {
            slots.extend((0..organization.share).map(|_| place));
        }
        let demo = Self { seed: world.seed, count: world.accounts, words: Words::load("cloudflare")?, file, slots };
        demo.check().map_err(broken)?;
        Ok(demo)
    }

    /// Every organization that is named exists, and parents stand before their children.
    fn check(&self) -> Result<(), String> {
        let unknown = |key: &String| format!("no organization `{key}`");
        for (place, row) in self.file.organizations.iter().enumerate() {
            if let Some(parent) = &row.parent {
                let found = self.place(parent).filter(|found| *found < place);
                found.ok_or_else(|| unknown(parent))?;
            }
        }
        for row in &self.file.accounts {
            for key in row.organization.iter().chain(&row.manager) {
                self.place(key).ok_or_else(|| unknown(key))?;
            }
        }
        Ok(())
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.file.organizations.iter().position(|row| row.key == key)
    }

    /// The id of account `number`.
    pub(super) fn account_id(&self, number: u32) -> String {
        format!("{:032x}", hide(self.seed, ACCOUNT, u64::from(number)))
    }

    /// The account that has this id, whether it exists (yet) or not.
    pub(super) fn account_number(&self, id: &str) -> Option<u32> {
        let hidden = u128::from_str_radix(id, 16).ok()?;
        u32::try_from(reveal(self.seed, ACCOUNT, hidden)?).ok()
    }

    /// The id of an organization.
    pub(super) fn organization_id(&self, place: usize) -> String {
        let number = u64::try_from(place).unwrap_or(u64::MAX);
        format!("{:032x}", hide(self.seed, ORGANIZATION, number))
    }

    /// The organization that has this id, whether it exists (yet) or not.
    pub(super) fn organization_place(&self, id: &str) -> Option<usize> {
        let hidden = u128::from_str_radix(id, 16).ok()?;
        usize::try_from(reveal(self.seed, ORGANIZATION, hidden)?).ok()
    }

    /// The organizations there are at the start.
    pub(super) fn organizations(&self) -> Vec<Organization> {
        let rows = self.file.organizations.iter().enumerate();
        rows.map(|(place, row)| Organization {
            name: row.name.clone(),
            parent: row.parent.as_ref().and_then(|key| self.place(key)),
            created: self.moment(place, 21),
            profile: row.profile.as_ref().map(|profile| Profile {
                name: profile.business_name.clone(),
                email: profile.business_email.clone(),
                phone: profile.business_phone.clone(),
                address: profile.business_address.clone(),
                metadata: profile.external_metadata.clone(),
            }),
        })
        .collect()
    }

    /// A moment that belongs to a row.
    fn moment(&self, row: usize, salt: u64) -> Timestamp {
        let row = u64::try_from(row).unwrap_or(0);
        let offset = pick(blend(&[self.seed, row, salt]), SPAN);
        let second = EPOCH + i64::try_from(offset).unwrap_or(0);
        Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn written(&self, number: u32) -> Option<&AccountRow> {
        self.file.accounts.get(number as usize)
    }

    fn drawn(&self, number: u32, salt: u64) -> u64 {
        blend(&[self.seed, u64::from(number), salt])
    }

    /// The organization that holds account `number` at the start.
    pub(super) fn parent(&self, number: u32) -> Option<usize> {
        if let Some(row) = self.written(number) {
            return row.organization.as_ref().and_then(|key| self.place(key));
        }
        if self.drawn(number, 31) % 100 < STANDALONE_PERCENT {
            return None;
        }
        let slot = pick(self.drawn(number, 32), self.slots.len());
        self.slots.get(slot).copied()
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
        let enterprise = match row {
            Some(row) => row.plan.as_deref() == Some("enterprise"),
            None => self.drawn(number, 33).is_multiple_of(5),
        };
        Account {
            name: self.name(number),
            nameless: row.is_some_and(|row| row.nameless),
            plan: if enterprise { Plan::Enterprise } else { Plan::Standard },
            created: self.moment(number as usize, 34),
            dated: !row.is_some_and(|row| row.undated),
            parent: self.parent(number),
            manager: row.and_then(|row| row.manager.as_ref()).and_then(|key| self.place(key)),
            settings: self.settings(number),
            bare: row.is_some_and(|row| row.bare),
            quota: enterprise.then(|| 25 + 25 * (self.drawn(number, 35) % 8)),
        }
    }

    fn settings(&self, number: u32) -> Settings {
        let drawn = self.drawn(number, 36);
        let one_in = |many: u64| drawn.is_multiple_of(many);
        Settings {
            abuse_contact: one_in(3).then(|| format!("abuse@{}", self.domain(number))),
            twofactor: (!one_in(7)).then_some((drawn >> 8).is_multiple_of(2)),
            api_access: one_in(5).then_some((drawn >> 16).is_multiple_of(2)),
            approval_expiry: one_in(11).then(|| self.moment(number as usize, 37)),
            nameservers: one_in(4).then(|| "cloudflare.standard".to_owned()),
            custom_ns: (!one_in(6)).then_some(false),
        }
    }

    /// How many zones account `number` has; one that was made later has none.
    pub(super) fn zones(&self, number: u32) -> usize {
        if number >= self.count {
            return 0;
        }
        let drawn = self.drawn(number, 51);
        // One in forty has more than a page of the largest size.
        if drawn.is_multiple_of(40) { 51 + pick(drawn >> 8, 60) } else { pick(drawn >> 8, 8) }
    }

    /// The id and the name of one of its zones.
    pub(super) fn zone(&self, number: u32, nth: usize) -> (String, String) {
        let zone = u64::from(number) << 16 | u64::try_from(nth).unwrap_or(0);
        let domain = self.domain(number);
        let name = if nth == 0 { domain } else { format!("site-{nth}.{domain}") };
        (format!("{:032x}", hide(self.seed, ZONE, zone)), name)
    }

    /// The members of account `number`: their e-mails, whether they have two-factor authentication, and whether they have
    /// accepted. The first one is the user of the published credentials; where the account demands two-factor
    /// authentication at the start everybody has it.
    pub(super) fn members(&self, number: u32) -> Vec<(String, bool, bool)> {
        let mut members = vec![(EMAIL.to_owned(), true, true)];
        if number < self.count {
            let demanded = self.settings(number).twofactor == Some(true);
            let drawn = self.drawn(number, 52);
            members.extend((1..=pick(drawn, 6)).map(|nth| {
                let bits = drawn >> (8 * nth);
                let has_two_factor = demanded || !bits.is_multiple_of(3);
                (format!("member-{nth}@{}", self.domain(number)), has_two_factor, !bits.is_multiple_of(5))
            }));
        }
        members
    }

    /// The id of a member of an account.
    pub(super) fn member_id(&self, number: u32, nth: usize) -> String {
        let member = u64::from(number) << 16 | u64::try_from(nth).unwrap_or(0);
        format!("{:032x}", hide(self.seed, MEMBER, member))
    }

    /// A domain of an account's own, under a name that can never be registered.
    fn domain(&self, number: u32) -> String {
        let name = self.name(number);
        let words = name.split(|c: char| !c.is_alphanumeric());
        let plain = words.filter(|word| !word.is_empty() && word.is_ascii());
        let label: Vec<String> = plain.take(3).map(str::to_ascii_lowercase).collect();
        let label = label.join("-");
        if label.is_empty() || label.len() > 40 {
            format!("customer-{number}.example")
        } else {
            format!("{label}.example")
        }
    }

    /// The profile of account `number` at the start; six in ten have one.
    pub(super) fn profile(&self, number: u32) -> Option<Profile> {
        let drawn = self.drawn(number, 41) % 10;
        let kind = match self.written(number).and_then(|row| row.profile.as_deref()) {
            Some(kind) => kind,
            None if drawn < 5 => "full",
            None if drawn < 6 => "partial",
            None => "none",
        };
        match kind {
            "full" => Some(self.full_profile(number)),
            "partial" => Some(Profile {
                phone: String::new(),
                address: String::new(),
                metadata: String::new(),
                ..self.full_profile(number)
            }),
            "hostile" => Some(Profile {
                name: "x\u{1b}[31m\u{202e}dlrow".to_owned(),
                email: "not an e-mail\u{200b}".to_owned(),
                phone: "\t+0\r\n".to_owned(),
                address: "first line\nsecond line\n\u{9b}2J".to_owned(),
                metadata: "{\"unfinished\": [".to_owned(),
            }),
            _ => None,
        }
    }

    fn full_profile(&self, number: u32) -> Profile {
        let (phone, address) = self.words.whereabouts(self.seed, number);
        let drawn = self.drawn(number, 42);
        let metadata = match drawn % 3 {
            0 => json!({"cost_center": format!("CC-{}", 1000 + drawn % 9000), "tier": 1 + drawn % 3}).to_string(),
            1 => format!("contract {}-{:04}", 2020 + drawn % 7, drawn % 10_000),
            _ => String::new(),
        };
        Profile { name: self.name(number), email: format!("billing@{}", self.domain(number)), phone, address, metadata }
    }
}
