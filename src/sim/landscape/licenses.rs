//! Legacy licenses and Ubuntu Pro contracts: lists without counts or pages (Landscape documentation).

use serde_json::{Value, json};

use crate::sim::chance::{blend, pick};
use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::problem::Problem;
use super::site::Site;

impl Site {
    /// `GET /legacy-licenses`.
    pub(super) fn licenses(&self, ask: &Ask, account: u32) -> Answer {
        let available = is_true(ask, "available_only");
        let active = is_true(ask, "active_only");
        let mut rows = self.all_licenses(account);
        rows.retain(|one| !available || one["available_seats"].as_i64() > Some(0));
        rows.retain(|one| !active || is_active(one));
        ask.weather.disturb(&mut rows);
        Answer::json(200, json!({"results": rows}))
    }

    /// `GET /legacy-licenses/{id}`.
    pub(super) fn license(&self, account: u32, id: &str) -> Result<Answer, Problem> {
        find(self.all_licenses(account), "id", id)
    }

    /// `GET /contracts`.
    pub(super) fn contracts(&self, ask: &Ask, account: u32) -> Answer {
        let active = is_true(ask, "active_only");
        let mut rows = self.all_contracts(account);
        rows.retain(|one| !active || is_active(one));
        ask.weather.disturb(&mut rows);
        Answer::json(200, json!({"results": rows}))
    }

    /// `GET /contracts/{contract_id}`.
    pub(super) fn contract(&self, account: u32, id: &str) -> Result<Answer, Problem> {
        find(self.all_contracts(account), "contract_id", id)
    }

    fn all_licenses(&self, account: u32) -> Vec<Value> {
        let license = |place: u64, drawn: u64| {
            let date = (!drawn.is_multiple_of(3)).then(|| format!("{}-09-17", 2024 + pick(drawn >> 8, 6)));
            json!({"id": place * 7 + 1, "available_seats": pick(drawn >> 16, 20), "expiration_date": date})
        };
        self.some(account, 91, license)
    }

    fn all_contracts(&self, account: u32) -> Vec<Value> {
        let name = self.demo.name(account);
        let contract = |place: u64, drawn: u64| {
            let year = if drawn.is_multiple_of(4) { 3000 } else { 2024 + pick(drawn >> 8, 6) };
            let (id, date) = (format!("{name}-contract-{}", place + 1), format!("{year}-12-31T00:00:00"));
            json!({"id": place + 1, "contract_id": id, "expiration_date": date})
        };
        self.some(account, 92, contract)
    }

    /// None to three rows for each account of the demo, none for later ones.
    fn some(&self, account: u32, salt: u64, row: impl Fn(u64, u64) -> Value) -> Vec<Value> {
        if account >= self.demo.count {
            return Vec::new();
        }
        let drawn = blend(&[self.demo.seed, u64::from(account), salt]);
        (0..drawn % 4).map(|place| row(place, blend(&[drawn, place]))).collect()
    }
}

fn find(rows: Vec<Value>, key: &str, id: &str) -> Result<Answer, Problem> {
    let is = |one: &Value| one[key].as_str().map_or_else(|| one[key].to_string(), str::to_owned) == id;
    let found = rows.into_iter().find(is);
    found.map(|one| Answer::json(200, one)).ok_or_else(|| Problem::missing(format!("Nothing has the id {id}")))
}

/// Whether a date is none, or in the future.
fn is_active(one: &Value) -> bool {
    let date = one["expiration_date"].as_str();
    date.is_none_or(|date| date.get(..10) > clock::wall().to_string().get(..10))
}

/// Whether a parameter says yes.
pub(super) fn is_true(ask: &Ask, name: &str) -> bool {
    ask.param(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}
