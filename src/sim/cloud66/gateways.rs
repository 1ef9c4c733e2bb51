//! Gateways: the bastion servers of an account. They can be written, which is all that Cloud 66's API can change about
//! an account.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::accounts::Caller;
use super::demo::SELF;
use super::envelope::{self, Problem};
use super::paging::Page;
use super::store::{Delta, Edits};
use super::{Cloud66, body, open, stamp};

/// How many gateways an account has at most at the start; ids are spaced by it.
const MOST: u64 = 4;
/// Gateways created here get ids from this on.
const CREATED: u64 = 1_000_000_000;
/// Cloud 66 documentation: the content of a gateway that is closed.
const CLOSED: &str = "N/A";
/// How long a gateway stays open if nothing is said (an assumption without a choice: it shows in `ttl` alone).
const TTL: i64 = 3_600;
/// The longest time that is taken for one; far below what a date can hold.
const LONGEST: i64 = 10 * 365 * 24 * 3_600;

/// One gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gateway {
    id: u64,
    name: String,
    username: String,
    address: String,
    private_ip: String,
    /// Until when it is open: written as seconds, read as a moment (Cloud 66 documentation).
    ttl: Timestamp,
    content: String,
    created: Timestamp,
    updated: Timestamp,
    created_by: String,
    updated_by: String,
}

impl Cloud66 {
    /// `GET /accounts/:id/gateways`.
    pub(super) fn list_gateways(&self, ask: &Ask, caller: Caller, id: &str) -> Result<Answer, Problem> {
        let number = self.find(ask, caller, id)?;
        Self::only_primary(ask, caller, number)?;
        if number != caller.primary && self.choices.of(open::GATEWAYS_OF_OTHERS) == "refused" {
            return Err(Problem::forbidden("Gateways can be listed for your primary account only"));
        }
        let page = Page::from(ask, &self.choices)?;
        let all = self.read(ask, |edits| self.gateways(edits, number));
        if self.choices.of(open::GATEWAYS_PAGINATION) == "absent" {
            let rows: Vec<Value> = all.iter().map(|one| self.render_gateway(one)).collect();
            let count = rows.len();
            return Ok(envelope::list(rows, count, None));
        }
        let rows = all[page.window(all.len())].iter().map(|one| self.render_gateway(one));
        page.answer(rows.collect(), all.len(), &ask.weather, &self.choices)
    }

    /// `POST /accounts/:id/gateways`. Cloud 66 documentation: only `name` must be there.
    pub(super) fn create_gateway(&self, ask: &Ask, caller: Caller, id: &str) -> Result<Answer, Problem> {
        let account = self.find(ask, caller, id)?;
        Self::only_primary(ask, caller, account)?;
        let map = body::fields(ask)?;
        let now = clock::wall();
        let mut one = Gateway {
            id: 0,
            name: String::new(),
            username: String::new(),
            address: String::new(),
            private_ip: String::new(),
            ttl: after(now, TTL),
            content: CLOSED.to_owned(),
            created: now,
            updated: now,
            created_by: SELF.to_owned(),
            updated_by: SELF.to_owned(),
        };
        one.change(&map, now)?;
        if one.name.trim().is_empty() {
            return Err(Problem::bad_request("name is required"));
        }
        let mut store = self.store();
        one.id = CREATED + store.created;
        store.created += 1;
        let mut all = self.gateways(&store.live, account);
        all.push(one);
        store.change(Delta::Gateways(account, all), clock::instant());
        Ok(envelope::done())
    }

    /// `PUT /accounts/:id/gateways/:gateway`: what is not sent stays as it is.
    pub(super) fn update_gateway(
        &self,
        ask: &Ask,
        caller: Caller,
        (id, gateway): (&str, &str),
    ) -> Result<Answer, Problem> {
        let map = body::fields(ask)?;
        let now = clock::wall();
        self.change_gateways(ask, caller, (id, gateway), |all, place| {
            let one = &mut all[place];
            one.change(&map, now)?;
            SELF.clone_into(&mut one.updated_by);
            one.updated = now;
            Ok(())
        })
    }

    /// `DELETE /accounts/:id/gateways/:gateway`.
    pub(super) fn delete_gateway(
        &self,
        ask: &Ask,
        caller: Caller,
        (id, gateway): (&str, &str),
    ) -> Result<Answer, Problem> {
        self.change_gateways(ask, caller, (id, gateway), |all, place| {
            all.remove(place);
            Ok(())
        })
    }

    /// Changes an account's gateways around the one that a path names.
    fn change_gateways(
        &self,
        ask: &Ask,
        caller: Caller,
        (id, gateway): (&str, &str),
        change: impl FnOnce(&mut Vec<Gateway>, usize) -> Result<(), Problem>,
    ) -> Result<Answer, Problem> {
        let account = self.find(ask, caller, id)?;
        Self::only_primary(ask, caller, account)?;
        let gateway: u64 = gateway.parse().map_err(|_| self.malformed())?;
        let mut store = self.store();
        let mut all = self.gateways(&store.live, account);
        let place = all.iter().position(|one| one.id == gateway).ok_or_else(Problem::not_found)?;
        change(&mut all, place)?;
        store.change(Delta::Gateways(account, all), clock::instant());
        Ok(envelope::done())
    }

    /// The account's gateways.
    fn gateways(&self, edits: &Edits, account: u32) -> Vec<Gateway> {
        if let Some(changed) = edits.gateways(account) {
            return changed.clone();
        }
        let drawn = self.demo.drawn(account.into(), 71);
        let many = if account == 0 { 2 } else { drawn % MOST };
        (0..many).map(|place| self.first_gateway(account, place)).collect()
    }

    /// A gateway that is there at the start.
    fn first_gateway(&self, account: u32, place: u64) -> Gateway {
        let number = u64::from(account) * MOST + place;
        let drawn = self.demo.drawn(number, 72);
        let (created, updated) = self.demo.moments(drawn);
        let part = |shift: u32| (drawn >> shift) % 254 + 1;
        let domain = self.demo.domain(account, &self.demo.name(account));
        let by = format!("{}@{domain}", self.demo.person(drawn));
        Gateway {
            id: number + 1,
            name: ["aws_bastion", "jump-eu", "büro-gateway", "bastion"][usize::try_from(place).unwrap_or(0) % 4]
                .to_owned(),
            username: ["ec2-user", "ubuntu", "deploy"][usize::try_from(drawn % 3).unwrap_or(0)].to_owned(),
            address: format!("203.0.113.{}", part(8)),
            private_ip: format!("10.0.{}.{}", part(16), part(24)),
            ttl: after(updated, 600),
            content: CLOSED.to_owned(),
            created,
            updated,
            updated_by: by.clone(),
            created_by: by,
        }
    }

    fn render_gateway(&self, one: &Gateway) -> Value {
        json!({
            "id": one.id,
            "name": one.name,
            "username": one.username,
            "address": one.address,
            "private_ip": one.private_ip,
            "ttl": stamp(&self.choices, one.ttl),
            "content": one.content,
            "created_at_iso": stamp(&self.choices, one.created),
            "updated_at_iso": stamp(&self.choices, one.updated),
            "created_by": one.created_by,
            "updated_by": one.updated_by,
        })
    }
}

impl Gateway {
    /// Takes over the fields that were sent.
    fn change(&mut self, map: &Map<String, Value>, now: Timestamp) -> Result<(), Problem> {
        let texts = [
            ("name", &mut self.name),
            ("username", &mut self.username),
            ("address", &mut self.address),
            ("private_ip", &mut self.private_ip),
            ("content", &mut self.content),
        ];
        for (field, value) in texts {
            if let Some(sent) = body::text(map, field)? {
                *value = sent;
            }
        }
        if let Some(seconds) = body::number(map, "ttl")? {
            self.ttl = after(now, seconds.clamp(0, LONGEST));
        }
        Ok(())
    }
}

/// So many seconds later.
fn after(moment: Timestamp, seconds: i64) -> Timestamp {
    moment.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(moment)
}
