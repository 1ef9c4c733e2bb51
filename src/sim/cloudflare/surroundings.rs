//! What stands around the accounts: their members and their zones. Both are read only, and both follow from the seed.

use serde_json::{Value, json};

use crate::sim::credential::Standing;
use crate::sim::request::{Answer, Ask};

use super::envelope::{self, Problem};
use super::paging::Numbered;
use super::rows::Rows;
use super::{ACCOUNT_ERROR, Cloudflare, OWN_ACCOUNT};

/// Which members a list asks for (Cloudflare schema; `rejected` is nobody here).
const STATUSES: [&str; 3] = ["accepted", "pending", "rejected"];

impl Cloudflare {
    /// `GET /accounts/{id}/members` (Cloudflare schema: paged by number; `user.two_factor_authentication_enabled`).
    pub(super) fn members(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let page = Numbered::from(ask, &self.choices)?;
        let status = ask.param("status").filter(|status| !status.is_empty());
        if status.is_some_and(|status| !STATUSES.contains(&status)) {
            let message = format!("status must be one of {}", STATUSES.join(", "));
            return Err(Problem::field(ACCOUNT_ERROR, "status", message));
        }
        self.read(ask, |rows| {
            let (number, _) = self.find(rows, ask, id)?;
            let all = self.demo.members(number).into_iter().enumerate();
            let shown = all.map(|(nth, (email, has_two_factor, accepted))| {
                let id = self.demo.member_id(number, nth);
                member(&id, &email, has_two_factor, if accepted { "accepted" } else { "pending" })
            });
            let fits = |member: &Value| status.is_none_or(|status| member["status"] == status);
            Ok(self.numbered(ask, page, &shown.filter(fits).collect::<Vec<_>>()))
        })
    }

    /// `GET /zones` (Cloudflare documentation: paged as accounts are). `account.id` is the only filter here. Its counts
    /// follow the filter (reported live).
    pub(super) fn list_zones(&self, ask: &Ask, standing: Standing) -> Result<Answer, Problem> {
        let page = Numbered::from(ask, &self.choices)?;
        let account = ask.param("account.id").filter(|id| !id.is_empty());
        self.read(ask, |rows| {
            let named = account.map(|id| rows.account_of_id(id).map(|(number, _)| number));
            let fits = |number: &u32| {
                let is_own = standing != Standing::Account || *number == OWN_ACCOUNT;
                is_own && named.is_none_or(|named| named == Some(*number))
            };
            // An account that there is not has no zones (assumption); one that is asked for is found without the others.
            let numbers: Vec<u32> = match named {
                Some(named) => named.into_iter().filter(fits).collect(),
                None => rows.numbers().filter(fits).collect(),
            };
            let all: Vec<(u32, usize)> =
                numbers.iter().flat_map(|number| (0..self.demo.zones(*number)).map(|nth| (*number, nth))).collect();
            let shown = all.iter().skip(page.start()).take(page.per_page);
            let mut result: Vec<Value> = shown.map(|(number, nth)| self.zone(rows, *number, *nth)).collect();
            let info = page.info(result.len(), all.len(), all.len(), &self.choices);
            ask.weather.disturb(&mut result);
            Ok(envelope::page(&result, info))
        })
    }

    /// Cloudflare documentation; of a zone's many keys those that tell it apart.
    fn zone(&self, rows: &Rows, number: u32, nth: usize) -> Value {
        let (id, name) = self.demo.zone(number, nth);
        let account = json!({"id": self.demo.account_id(number), "name": rows.name(number)});
        json!({"id": id, "name": name, "status": "active", "paused": false, "type": "full", "account": account})
    }

    /// A page of rows that are all there already.
    fn numbered(&self, ask: &Ask, page: Numbered, all: &[Value]) -> Answer {
        let mut result: Vec<Value> = all.iter().skip(page.start()).take(page.per_page).cloned().collect();
        let info = page.info(result.len(), all.len(), all.len(), &self.choices);
        ask.weather.disturb(&mut result);
        envelope::page(&result, info)
    }
}

fn member(id: &str, email: &str, has_two_factor: bool, status: &str) -> Value {
    json!({
        "id": id,
        "email": email,
        "status": status,
        "user": {
            "id": id,
            "email": email,
            "first_name": null,
            "last_name": null,
            "two_factor_authentication_enabled": has_two_factor,
        },
        "roles": [{"id": "33666b9c79b9a5273fc7344ff42f953d", "name": "Super Administrator - All Privileges"}],
        "policies": [],
    })
}
