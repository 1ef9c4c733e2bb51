//! Cloud 66: the account calls of its API, what hangs on an account (gateways, users, stacks), and the web page where a
//! one-time password signs in; as its documentation and its own library and samples describe them. What they leave open
//! is in `open`; each fact's source stands where it is used.
//!
//! What else its API has (servers, deployments, the configuration store …) answers 503 `not_implemented`, as the
//! documentation has it. Beside the published tokens there is `sim-token-trial`, which answers 402.

mod access;
mod accounts;
mod body;
mod demo;
mod envelope;
mod gateways;
mod open;
mod operation;
mod otp;
mod paging;
mod people;
mod stacks;
mod store;
mod web;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::json;

use super::assume::Choices;
use super::credential::{Kind, TOKEN};
use super::limits::Usage;
use super::request::{Answer, Ask, Payer, Provider, Refusal, is_under};
use super::{Entry, SimError, World, clock};

use accounts::Caller;
use demo::Demo;
use envelope::Problem;
use operation::{Lost, Operation};
use store::{Edits, Store};

/// Cloud 66's line in the list of providers.
pub(super) const ENTRY: Entry =
    Entry { name: "cloud66", assumptions: open::ALL, open: |world| Ok(Box::new(Cloud66::open(world)?)) };

const API: &str = "/cloud66/api/3";
const WEB: &str = "/cloud66";

/// The simulated Cloud 66.
struct Cloud66 {
    seed: u64,
    choices: Arc<Choices>,
    demo: Demo,
    store: Mutex<Store>,
}

impl Cloud66 {
    fn open(world: &World) -> Result<Self, SimError> {
        Ok(Self {
            seed: world.seed,
            choices: Arc::clone(&world.choices),
            demo: Demo::load(world)?,
            store: Mutex::new(Store::new(world.seed, world.lags)),
        })
    }

    /// The state. A panic while it was held leaves it usable: every change is one step.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the changes as this request sees them.
    fn read<T>(&self, ask: &Ask, look: impl FnOnce(&Edits) -> T) -> T {
        look(self.store().seen(ask.weather.lag, clock::instant()))
    }

    /// Answers a call of the API.
    fn call(&self, ask: &Ask) -> Result<Answer, Problem> {
        let by_get = self.choices.of(open::OTP_METHOD) != "post";
        let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
        let found = operation::operation(&ask.method, &segments, by_get);
        if found == Ok(Operation::Ping) {
            return Ok(ping());
        }
        let standing = access::standing(ask)?;
        let operation = found.map_err(|lost| self.lost(lost))?;
        access::permit(standing, operation, &self.choices)?;
        let answer = self.operate(ask, operation, self.caller(standing))?;
        Ok(if operation.writes() { answer.changed() } else { answer })
    }

    /// The operation's answer.
    fn operate(&self, ask: &Ask, operation: Operation<'_>, caller: Caller) -> Result<Answer, Problem> {
        match operation {
            Operation::Ping | Operation::PingAuthenticated => Ok(ping()),
            Operation::ListAccounts => self.list_accounts(ask, caller),
            Operation::Account(id) => self.account(ask, caller, id),
            Operation::Otp => Ok(self.otp()),
            Operation::ListGateways(id) => self.list_gateways(ask, caller, id),
            Operation::CreateGateway(id) => self.create_gateway(ask, caller, id),
            Operation::UpdateGateway(id, gateway) => self.update_gateway(ask, caller, (id, gateway)),
            Operation::DeleteGateway(id, gateway) => self.delete_gateway(ask, caller, (id, gateway)),
            Operation::ListUsers => self.list_users(ask, caller),
            Operation::User(id) => self.user(ask, caller, id),
            Operation::UpdateUser(id) => self.update_user(ask, caller, id),
            Operation::ListStacks => self.list_stacks(ask, caller),
            Operation::Stack(uid) => self.stack(caller, uid),
        }
    }

    /// The refusal of a path or method that there is not.
    fn lost(&self, lost: Lost) -> Problem {
        match lost {
            Lost::NotSimulated => Problem::not_implemented(),
            Lost::Method if self.choices.of(open::METHOD) == "405" => Problem::method_not_allowed(),
            Lost::Path | Lost::Method => Problem::not_found(),
        }
    }

    fn throttled(&self, seconds: u64) -> Answer {
        let answer = Problem::throttled().answer(&self.choices);
        match self.choices.of(open::RETRY_AFTER) {
            "seconds" => answer.with("retry-after", seconds.to_string()),
            _ => answer,
        }
    }
}

/// The answer of both pings.
fn ping() -> Answer {
    envelope::success(json!({"ok": true, "message": "Pong"}))
}

/// A moment on the wire.
fn stamp(choices: &Choices, moment: Timestamp) -> String {
    let text = moment.to_string();
    match choices.of(open::DATES) {
        "offset" => text.replace('Z', "+00:00"),
        _ => text,
    }
}

/// Whether a request is for the API, and not for a web page.
fn is_call(ask: &Ask) -> bool {
    ask.mount == API
}

impl Provider for Cloud66 {
    fn mount(&self, path: &str) -> Option<&'static str> {
        [API, WEB].into_iter().find(|mount| is_under(path, mount))
    }

    fn connection(&self, origin: &str) -> String {
        format!(
            "[connections.cloud66]\nprovider = \"cloud66\"\nbase_url = \"{origin}{API}\"\n\
             protection = \"confirm\"\ntoken = \"{TOKEN}\"\n"
        )
    }

    fn credential(&self, ask: &Ask) -> Kind {
        access::kind(ask)
    }

    /// One-time passwords stand in the query of a web page; they are as good as a password.
    fn secret_parameters(&self) -> &'static [&'static str] {
        &["otp"]
    }

    fn payer(&self, ask: &Ask) -> Option<Payer> {
        if is_call(ask) { access::payer(ask, &self.choices) } else { None }
    }

    /// Old samples of the documentation: two headers, in the wrong place.
    fn budget(&self, usage: &Usage) -> Vec<(&'static str, String)> {
        match self.choices.of(open::BUDGET_HEADERS) {
            "none" => Vec::new(),
            _ => {
                vec![("x-ratelimit-limit", usage.limit.to_string()), ("x-ratelimit-remaining", usage.left.to_string())]
            }
        }
    }

    fn answer(&self, ask: &Ask) -> Answer {
        if !is_call(ask) {
            return self.page(ask);
        }
        match self.call(ask) {
            Ok(answer) if self.choices.of(open::WARNING) == "present" => {
                answer.with("x-cloud66-warning", "This version of the API will be retired; see your dashboard.")
            }
            Ok(answer) => answer,
            Err(problem) => problem.answer(&self.choices),
        }
    }

    fn refuse(&self, ask: &Ask, refusal: Refusal) -> Answer {
        if !is_call(ask) {
            return match refusal {
                Refusal::Throttled(_) => web::page(503, "Too busy", "Please try again later."),
                Refusal::Broken => web::page(500, "Something went wrong", "Please try again later."),
                Refusal::SuccessFalse => web::page(200, "Not signed in", "The page could not be shown."),
            };
        }
        match refusal {
            Refusal::Throttled(seconds) => self.throttled(seconds),
            Refusal::SuccessFalse => {
                envelope::success(json!({"ok": false, "message": "The request could not be completed"}))
            }
            Refusal::Broken => match self.choices.of(open::SERVER_ERROR) {
                "html" => web::page(500, "Something went wrong", "Please try again later."),
                _ => Problem::broken().answer(&self.choices),
            },
        }
    }
}
