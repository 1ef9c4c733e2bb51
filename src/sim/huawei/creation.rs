//! Creating accounts, which takes a while: its status is looked at until it succeeded or failed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::paging::Naming;
use super::problem::Problem;
use super::rows::{Account, Contact, Creation, Delta, Entity, Maybe, Outcome, ROOT, Rows, Status, Store};
use super::{Huawei, listed, one, open, render};

/// Huawei documentation: so many creations at once.
const AT_ONCE: usize = 5;
/// Nobody looks: then a creation or closure ends after so many seconds.
pub(super) const PATIENCE: i64 = 60;

/// Which of the two creations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    /// `/v1`, with an email or a phone.
    Older,
    /// `/v2`, with neither.
    Newer,
}

impl Huawei {
    /// `POST /v1/organizations/accounts` and `POST /v2/organizations/accounts`: 202.
    pub(super) fn create_account(&self, ask: &Ask, path: Path) -> Result<Answer, Problem> {
        let creation = self.wanted(ask, path)?;
        let mut store = self.store();
        let running = store.live.creations.iter().filter(|one| matches!(one.outcome, Outcome::Waiting(_))).count();
        if running >= AT_ONCE {
            let message = "Too many accounts are being created at once.";
            return Err(Problem::of(self.of(open::CREATION_QUOTA), message));
        }
        if store.live.count() + running >= self.account_quota() {
            return Err(Problem::new(400, "Organizations.1305", "Quota exceeded for account."));
        }
        let used = self.of(open::USED_NAME);
        if used != "fails-later"
            && let Some(reason) = taken(&store.live, &creation)
        {
            return Err(Problem::of(used, reason));
        }
        let place = store.live.creations.len();
        let body = render::creation(&store.live, &self.choices, place, &creation);
        store.change(Delta::Creation(place, creation), clock::instant());
        let status = match path {
            Path::Older => 202,
            Path::Newer => self.number(open::CREATED_V2),
        };
        Ok(Answer::json(status, one("create_account_status", body)))
    }

    /// The body of a creation.
    fn wanted(&self, ask: &Ask, path: Path) -> Result<Creation, Problem> {
        let fields = Fields::of(ask, &self.choices)?;
        let name = fields.name()?;
        let (mut email, mut phone) = (None, None);
        if path == Path::Older {
            (email, phone) = (fields.text("email")?, fields.text("phone")?);
            let missing = match self.of(open::SITE) {
                "international" if email.is_none() => Some("email"),
                "mainland" if phone.is_none() => Some("phone"),
                "either" if email.is_none() && phone.is_none() => Some("email"),
                _ => None,
            };
            if let Some(field) = missing {
                return Err(fields.wrong(field, "is required"));
            }
            if email.as_ref().is_some_and(|email| !email.contains('@')) {
                return Err(fields.wrong("email", "must be an email address"));
            }
        }
        fields.text("agency_name")?;
        Ok(Creation {
            name,
            email,
            phone,
            description: fields.text("description")?,
            tags: fields.tags()?,
            created: clock::wall(),
            outcome: Outcome::Waiting(self.number(open::CREATION_TAKES)),
        })
    }

    /// How many accounts there may be: the documented ten, or raised far enough above what there was at the start.
    pub(super) fn account_quota(&self) -> usize {
        (self.demo.count as usize).saturating_add(500).div_ceil(100) * 100
    }

    /// `GET /create-account-status/{id}`.
    pub(super) fn creation(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let place = self.demo.ids.creation_place(id).ok_or_else(|| self.unknown("request"))?;
        look(&mut self.store(), |at, _| at == place);
        self.read(ask, |rows| {
            let found = rows.creations.get(place).ok_or_else(|| self.unknown("request"))?;
            let body = render::creation(rows, &self.choices, place, found);
            Ok(Answer::json(200, one("create_account_status", body)))
        })
    }

    /// `GET /create-account-status`: `states` may be repeated.
    pub(super) fn list_creations(&self, ask: &Ask) -> Result<Answer, Problem> {
        let states = self.states(ask, &["in_progress", "succeeded", "failed"])?;
        let id = |key| self.demo.ids.creation(usize::try_from(key).unwrap_or(usize::MAX));
        let find = |id: &str| self.demo.ids.creation_place(id).and_then(|place| u64::try_from(place).ok());
        let naming = Naming { id: Some(&id), key: &find };
        let page = self.page(ask, &naming)?;
        look(&mut self.store(), |_, _| true);
        self.read(ask, |rows| {
            let shown = (0..).zip(rows.creations.iter().enumerate());
            let shown = shown.map(|(key, (place, one))| (key, render::creation(rows, &self.choices, place, one)));
            let fits = |(_, one): &(u64, serde_json::Value)| {
                states.is_empty() || states.iter().any(|state| one["state"] == **state)
            };
            let (page, info) = page.cut(shown.filter(fits), &naming);
            Ok(listed("create_account_statuses", page, info, ask))
        })
    }

    /// The values of `states`.
    pub(super) fn states<'a>(&self, ask: &'a Ask, known: &[&str]) -> Result<Vec<&'a str>, Problem> {
        let sent = ask.query.iter().filter(|(key, _)| key == "states");
        let states: Vec<&str> = sent.flat_map(|(_, value)| value.split(',')).filter(|one| !one.is_empty()).collect();
        if states.iter().all(|state| known.contains(state)) {
            return Ok(states);
        }
        Err(self.invalid(format!("The parameter states must be one of {}.", known.join(", "))))
    }

    /// Ends what nobody looked at for a while.
    pub(super) fn settle(&self) {
        let now = clock::wall().as_second();
        let mut store = self.store();
        let old =
            |one: &Creation| matches!(one.outcome, Outcome::Waiting(_)) && now - one.created.as_second() > PATIENCE;
        let ended: Vec<(usize, Creation)> =
            store.live.creations.iter().cloned().enumerate().filter(|(_, one)| old(one)).collect();
        for (place, creation) in ended {
            finish(&mut store, place, creation);
        }
        super::closing::settle(&mut store, now);
    }
}

/// Looks at some creations: each that is in progress comes nearer to its end.
fn look(store: &mut Store, which: impl Fn(usize, &Creation) -> bool) {
    let waiting = store.live.creations.iter().enumerate();
    let waiting = waiting.filter(|(at, one)| matches!(one.outcome, Outcome::Waiting(_)) && which(*at, one));
    let waiting: Vec<(usize, Creation)> = waiting.map(|(at, one)| (at, one.clone())).collect();
    for (place, creation) in waiting {
        match creation.outcome {
            Outcome::Waiting(0) => finish(store, place, creation),
            Outcome::Waiting(looks) => {
                let nearer = Creation { outcome: Outcome::Waiting(looks - 1), ..creation };
                store.change(Delta::Creation(place, nearer), clock::instant());
            }
            Outcome::Succeeded(..) | Outcome::Failed(..) => {}
        }
    }
}

/// Why a creation cannot succeed: its name, email or phone is in use.
fn taken(rows: &Rows, creation: &Creation) -> Option<String> {
    let set = |value: &Maybe, wanted: Option<&String>| match value {
        Maybe::Set(text) => Some(text) == wanted,
        Maybe::Null | Maybe::Missing | Maybe::Junk => false,
    };
    let mut numbers = rows.numbers(0..u32::MAX);
    if numbers.any(|number| rows.name(number) == creation.name) {
        return Some("The account name already exists.".to_owned());
    }
    let (email, phone) = (creation.email.as_ref(), creation.phone.as_ref());
    if email.is_none() && phone.is_none() {
        return None;
    }
    let same = |number: u32| {
        let contact = rows.account(number).map(|account| account.contact.clone()).unwrap_or_default();
        set(&contact.email, email) || set(&contact.phone, phone)
    };
    let used = rows.numbers(0..u32::MAX).any(same);
    used.then(|| "The email address or mobile number is already in use.".to_owned())
}

/// Ends a creation: with an account right under the root, or without.
fn finish(store: &mut Store, place: usize, creation: Creation) {
    let (wall, now) = (clock::wall(), clock::instant());
    let broken = creation.name.to_lowercase().contains("fail");
    let reason = if broken { Some("Internal failure.".to_owned()) } else { taken(&store.live, &creation) };
    let outcome = if let Some(reason) = reason {
        Outcome::Failed(reason, wall)
    } else {
        let number = store.live.next_account();
        store.change(Delta::Account(number, Some(Arc::new(made(&creation, wall)))), now);
        store.change(Delta::Tags(Entity::Account(number), creation.tags.clone()), now);
        Outcome::Succeeded(number, wall)
    };
    store.change(Delta::Creation(place, Creation { outcome, ..creation }), now);
}

/// The account that a creation makes.
fn made(creation: &Creation, wall: Timestamp) -> Account {
    let maybe = |text: &Option<String>| text.clone().map_or(Maybe::Null, Maybe::Set);
    let (prefix, phone) = match creation.phone.as_deref().map(|phone| phone.trim_start_matches('+')) {
        None => (Maybe::Null, Maybe::Null),
        Some(phone) => match phone.split_once([' ', '-']) {
            Some((prefix, rest)) => (Maybe::Set(prefix.to_owned()), Maybe::Set(rest.to_owned())),
            None => (Maybe::Null, Maybe::Set(phone.to_owned())),
        },
    };
    Account {
        name: creation.name.clone(),
        status: Status::Active,
        invited: false,
        joined: wall,
        description: maybe(&creation.description),
        contact: Contact { email: maybe(&creation.email), phone, prefix },
        parent: ROOT,
    }
}
