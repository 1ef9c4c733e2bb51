//! The account calls: list, one, one-time password; and which accounts a caller sees.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::credential::Standing;
use crate::sim::request::{Answer, Ask};

use super::demo::Server;
use super::envelope::{self, Problem};
use super::paging::Page;
use super::{Cloud66, body, open, stamp};

/// Where the registration script comes from (Cloud 66 documentation).
const SCRIPT: &str = "curl -sSL https://get.cloud66.com | bash";

/// Who asks, and what there is for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) standing: Standing,
    /// The user's own account: the only one of a service account, else the first one.
    pub(super) primary: u32,
    /// How many accounts the user belongs to.
    pub(super) count: u32,
}

impl Caller {
    /// The account at a place of the caller's list.
    fn nth(self, place: usize) -> Option<u32> {
        let place = u32::try_from(place).ok().filter(|place| *place < self.count)?;
        Some(if self.standing == Standing::Account { self.primary } else { place })
    }

    /// Whether the caller belongs to the account.
    pub(super) fn sees(self, number: u32) -> bool {
        self.count > 0 && (self.standing != Standing::Account || number == self.primary)
    }
}

impl Cloud66 {
    /// The caller behind a standing. A service account belongs to the second account alone.
    pub(super) fn caller(&self, standing: Standing) -> Caller {
        let all = self.demo.count;
        match standing {
            Standing::Account => Caller { standing, primary: u32::from(all > 1), count: all.min(1) },
            Standing::Full | Standing::User | Standing::ReadOnly | Standing::NoScope | Standing::Expired => {
                Caller { standing, primary: 0, count: all }
            }
        }
    }

    /// `GET /accounts`.
    pub(super) fn list_accounts(&self, ask: &Ask, caller: Caller) -> Result<Answer, Problem> {
        let page = Page::from(ask, &self.choices)?;
        let total = caller.count as usize;
        let backwards = self.choices.of(open::ORDER) == "newest-first";
        let places = page.window(total).map(|place| if backwards { total - 1 - place } else { place });
        let rows = places.filter_map(|place| caller.nth(place)).map(|number| self.render(number, caller, None));
        page.answer(rows.collect(), total, &ask.weather, &self.choices)
    }

    /// `GET /accounts/:id`. Cloud 66 documentation: unmanaged servers come only if asked for, and only with the user's
    /// primary account; for any other one the parameter is no error.
    pub(super) fn account(&self, ask: &Ask, caller: Caller, id: &str) -> Result<Answer, Problem> {
        let number = self.find(ask, caller, id)?;
        let asked = self.asks_servers(ask)?;
        let servers = if number == 0 { self.demo.servers() } else { &[] };
        let filled = (asked && number == caller.primary).then_some(servers);
        Ok(envelope::success(self.render(number, caller, filled)))
    }

    /// `POST /accounts/otp`: for the calling user, whatever account a header names.
    pub(super) fn otp(&self) -> Answer {
        let code = self.store().codes.give(clock::instant(), self.otp_lifetime());
        envelope::success(json!({"ok": true, "otp": code})).with("cache-control", "no-store")
    }

    pub(super) fn otp_lifetime(&self) -> Duration {
        let seconds = self.choices.of(open::OTP_LIFETIME).trim_end_matches('s').parse();
        Duration::from_secs(seconds.unwrap_or(120))
    }

    /// The account that a path names.
    pub(super) fn find(&self, ask: &Ask, caller: Caller, id: &str) -> Result<u32, Problem> {
        let Ok(id) = id.parse::<u64>() else {
            return Err(self.malformed());
        };
        let found = self.demo.account_number(id).filter(|number| caller.sees(*number));
        let number = found.ok_or_else(Problem::not_found)?;
        self.not_forbidden(ask, number)?;
        Ok(number)
    }

    /// The refusal of an id that is no number.
    pub(super) fn malformed(&self) -> Problem {
        match self.choices.of(open::BAD_ID) {
            "400" => Problem::bad_request("id must be an integer"),
            _ => Problem::not_found(),
        }
    }

    /// Refuses an account that a fault forbids, by id or by name, and the restricted one.
    fn not_forbidden(&self, ask: &Ask, number: u32) -> Result<(), Problem> {
        let restricted = || Problem::bad_request("The account is restricted");
        if self.demo.restricted(number) && self.choices.of(open::RESTRICTED) == "one" {
            return Err(restricted());
        }
        let forbid = &ask.weather.forbid;
        if forbid.is_empty() {
            return Ok(());
        }
        let (id, name) = (self.demo.account_id(number).to_string(), self.demo.name(number));
        if !forbid.iter().any(|one| *one == id || *one == name) {
            return Ok(());
        }
        Err(match self.choices.of(open::FORBIDDEN) {
            "404" => Problem::not_found(),
            "400" => restricted(),
            _ => Problem::forbidden("You do not have access to this account"),
        })
    }

    /// The account that the header `X-Account` names, with which the vendor's library chooses another account than the
    /// primary one for users and stacks. Without the feature of several accounts (a fault) only the primary one is there.
    pub(super) fn chosen(&self, ask: &Ask, caller: Caller) -> Result<Option<u32>, Problem> {
        let Some(header) = ask.header("x-account").map(str::trim).filter(|header| !header.is_empty()) else {
            return Ok(None);
        };
        let unknown = header.parse().ok().and_then(|id| self.demo.account_number(id)).is_none_or(|it| !caller.sees(it));
        if unknown && self.choices.of(open::UNKNOWN_SCOPE) == "ignored" {
            return Ok(None);
        }
        let number = self.find(ask, caller, header)?;
        Self::only_primary(ask, caller, number)?;
        Ok(Some(number))
    }

    /// Refuses what concerns another account than the primary one where the fault `no-organizations` is: Cloud 66 shows
    /// its accounts as organizations.
    pub(super) fn only_primary(ask: &Ask, caller: Caller, number: u32) -> Result<(), Problem> {
        if ask.weather.no_organizations && number != caller.primary {
            return Err(Problem::forbidden("Organizations are not enabled for this user"));
        }
        Ok(())
    }

    /// `include_servers`, in the query or, from older clients, in the body.
    fn asks_servers(&self, ask: &Ask) -> Result<bool, Problem> {
        let mut asked = ask.param("include_servers").map(str::to_ascii_lowercase);
        if asked.is_none() && !ask.body.is_empty() && self.choices.of(open::SERVERS_IN_BODY) == "heard" {
            asked = match body::fields(ask)?.get("include_servers") {
                Some(Value::String(text)) => Some(text.to_ascii_lowercase()),
                Some(other) => Some(other.to_string()),
                None => None,
            };
        }
        match asked.as_deref() {
            Some("true" | "1") => Ok(true),
            None | Some("false" | "0" | "" | "null") => Ok(false),
            Some(_) => Err(Problem::bad_request("include_servers must be true or false")),
        }
    }

    /// An account on the wire (Cloud 66 documentation: the model Account). `servers`: what was asked for, if it was.
    fn render(&self, number: u32, caller: Caller, servers: Option<&[Server]>) -> Value {
        let one = self.demo.account(number);
        let mut map = Map::new();
        map.insert("id".into(), self.demo.account_id(number).into());
        map.insert("owner".into(), one.owner.into());
        map.insert("created_at_iso".into(), stamp(&self.choices, one.created).into());
        map.insert("updated_at_iso".into(), stamp(&self.choices, one.updated).into());
        map.insert("stack_count".into(), one.stacks.into());
        map.insert("used_clouds".into(), one.clouds.into());
        map.insert("current_account".into(), (number == caller.primary).into());
        if let Some(name) = self.friendly_name(number, one.name) {
            map.insert("friendly_name".into(), name);
        }
        match servers {
            Some(servers) => {
                let items = servers.iter().enumerate().map(|(place, server)| self.server(place, server));
                map.insert("unmanaged_servers".into(), items.collect::<Vec<_>>().into());
            }
            None if self.choices.of(open::SERVERS_UNASKED) == "absent" => {}
            None => {
                map.insert("unmanaged_servers".into(), Value::Null);
            }
        }
        let script = match self.choices.of(open::SCRIPT) {
            "plain" => SCRIPT.to_owned(),
            _ => format!("{SCRIPT} -s {}", self.demo.registration_secret(number)),
        };
        map.insert("server_registration_script".into(), script.into());
        map.insert("configstore_namespace".into(), self.demo.namespace(number).into());
        map.into()
    }

    /// The value of `friendly_name`; `None` if it is left out.
    fn friendly_name(&self, number: u32, name: String) -> Option<Value> {
        if !name.is_empty() {
            return Some(name.into());
        }
        match self.choices.of(open::NAMELESS) {
            "null" => Some(Value::Null),
            "absent" => None,
            "always-set" => Some(format!("Account {}", self.demo.account_id(number)).into()),
            _ => Some(name.into()),
        }
    }

    /// An unmanaged server, in one of the shapes that two samples and the library give.
    fn server(&self, place: usize, one: &Server) -> Value {
        let shape = match self.choices.of(open::SERVERS) {
            "all" => ["endpoint", "library", "model"][place % 3],
            shape => shape,
        };
        match shape {
            "library" => json!({"vendor": one.vendor, "id": one.id}),
            "model" => json!({"id": one.number, "name": one.name, "ip": one.ip}),
            _ => json!({"id": one.id, "name": one.name, "vendor": one.vendor}),
        }
    }
}
