//! Huawei Cloud Organizations: one organization with its root, units, accounts, invitations, tags and policies, as the
//! official documentation and the official client libraries describe them. What they leave open is in `open`; each
//! fact's source stands where it is used.
//!
//! Creating, deleting and leaving the organization, changing policies, services and delegations are not simulated.

mod access;
mod accounts;
mod body;
mod closing;
mod creation;
mod demo;
mod handshakes;
mod ids;
mod open;
mod operation;
mod paging;
mod problem;
mod render;
mod rows;
mod signature;
mod surroundings;
mod tags;
mod units;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::assume::{Assumption, Choices};
use super::credential::{ACCESS_KEY, Kind, SECRET_KEY};
use super::limits::Usage;
use super::request::{Answer, Ask, Payer, Provider, Refusal, is_under};
use super::{Entry, SimError, World, clock};

use access::Locks;
use demo::Demo;
use operation::{Lost, Operation};
use problem::Problem;
use rows::{Account, Rows, Store};

/// Huawei's line in the list of providers.
pub(super) const ENTRY: Entry =
    Entry { name: "huawei", assumptions: open::ALL, open: |world| Ok(Box::new(Huawei::open(world)?)) };

const MOUNT: &str = "/huawei";
/// Huawei's client libraries drop the path of an endpoint, so all is at the root as well.
const AT_ROOT: [&str; 3] = ["/v1/organizations", "/v2/organizations", "/v1/received-handshakes"];
/// The number of the management account.
const MANAGEMENT: u32 = 0;

/// The simulated Organizations.
struct Huawei {
    seed: u64,
    choices: Arc<Choices>,
    demo: Arc<Demo>,
    locks: Locks,
    requests: AtomicU64,
    store: Mutex<Store>,
}

impl Huawei {
    fn open(world: &World) -> Result<Self, SimError> {
        let demo = Arc::new(Demo::load(world)?);
        Ok(Self {
            seed: world.seed,
            choices: Arc::clone(&world.choices),
            locks: Locks::default(),
            requests: AtomicU64::new(0),
            store: Mutex::new(Store::new(Rows::new(Arc::clone(&demo)), world.lags)),
            demo,
        })
    }

    /// The state. A panic while it was held leaves it usable: every change is one step.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state as this request sees it.
    fn read<T>(&self, ask: &Ask, look: impl FnOnce(&Rows) -> Result<T, Problem>) -> Result<T, Problem> {
        look(self.store().seen(ask.weather.lag, clock::instant()))
    }

    /// The value in force of what the documents leave open.
    fn of(&self, assumption: &Assumption) -> &'static str {
        self.choices.of(assumption)
    }

    /// The number in a value such as `2-polls`, or such as `204`.
    fn number<T: std::str::FromStr + Default>(&self, assumption: &Assumption) -> T {
        let value = self.of(assumption);
        value.split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }

    /// The operation's answer.
    fn operate(&self, ask: &Ask, operation: Operation<'_>) -> Result<Answer, Problem> {
        match operation {
            Operation::Organization => {
                self.read(ask, |rows| Ok(Answer::json(200, one("organization", render::organization(rows)))))
            }
            Operation::ListRoots => self.list_roots(ask),
            Operation::ListUnits => self.list_units(ask),
            Operation::CreateUnit => self.create_unit(ask),
            Operation::Unit(id) => self.unit(ask, id),
            Operation::RenameUnit(id) => self.rename_unit(ask, id),
            Operation::DeleteUnit(id) => self.delete_unit(ask, id),
            Operation::ListEntities => self.list_entities(ask),
            Operation::ListAccounts => self.list_accounts(ask),
            Operation::Account(id) => self.account(ask, id),
            Operation::CreateAccount => self.create_account(ask, creation::Path::Older),
            Operation::CreateResourceAccount => self.create_account(ask, creation::Path::Newer),
            Operation::ListCreations => self.list_creations(ask),
            Operation::Creation(id) => self.creation(ask, id),
            Operation::MoveAccount(id) => self.move_account(ask, id),
            Operation::UpdateAccount(id) => self.update_account(ask, id),
            Operation::RemoveAccount(id) => self.remove_account(ask, id),
            Operation::CloseAccount(id) => self.close_account(ask, id),
            Operation::ListClosings => self.list_closings(ask),
            Operation::Invite => self.invite(ask),
            Operation::ListHandshakes => self.list_handshakes(ask, handshakes::Way::Sent),
            Operation::Handshake(id) => self.handshake(ask, id),
            Operation::CancelHandshake(id) => self.cancel_handshake(id),
            Operation::ListReceived => self.list_handshakes(ask, handshakes::Way::Received),
            Operation::AcceptHandshake(id) => self.accept_handshake(id),
            Operation::DeclineHandshake(id) => self.decline_handshake(id),
            Operation::Tags(kind, id) => self.tags(ask, kind, id),
            Operation::Tag(kind, id) => self.tag(ask, kind, id),
            Operation::Untag(kind, id, way) => self.untag(ask, kind, id, way),
            Operation::KindTags(kind) => self.kind_tags(ask, kind),
            Operation::Find(kind) => self.find(ask, kind, tags::Want::Rows),
            Operation::Count(kind) => self.find(ask, kind, tags::Want::Count),
            Operation::Quotas => self.quotas(ask),
            Operation::ListDelegates => self.list_delegates(ask),
            Operation::DelegatedServices(id) => self.delegated_services(ask, id),
            Operation::ListPolicies => self.list_policies(ask),
            Operation::Policy(id) => self.policy(ask, id),
            Operation::EffectivePolicies => self.effective_policies(ask),
        }
    }

    /// The whole road of a request: who asks, what for, whether they may.
    fn serve(&self, ask: &Ask) -> Result<Answer, Problem> {
        let caller = access::caller(ask, &self.choices, &self.locks, clock::wall(), clock::instant())?;
        let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
        let operation = operation::operation(&ask.method, &segments).map_err(|lost| self.lost(lost))?;
        access::permit(caller, operation)?;
        if ask.weather.no_organizations && !operation.of_received() {
            let message = "The organization of the account is not found.";
            return Err(Problem::of(self.of(open::NO_ORGANIZATION), message));
        }
        self.settle();
        let answer = self.operate(ask, operation)?;
        Ok(if operation.writes() { answer.changed() } else { answer })
    }

    /// The refusal of a path or method that there is not, by the gateway.
    fn lost(&self, lost: Lost) -> Problem {
        let message = "The API does not exist or has not been published in the environment";
        match lost {
            Lost::Path => Problem::new(404, "APIGW.0101", message),
            Lost::Method => Problem::of(self.of(open::METHOD), message),
        }
    }

    /// The refusal of a parameter.
    fn invalid(&self, message: impl Into<String>) -> Problem {
        Problem::of(self.of(open::INVALID), message)
    }

    /// The account that a path or parameter names.
    fn find_account(&self, rows: &Rows, id: &str) -> Result<(u32, Arc<Account>), Problem> {
        let shaped = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !(1..=64).contains(&id.len()) || !id.bytes().all(shaped) {
            return Err(self.malformed(open::UNKNOWN_ACCOUNT, "account"));
        }
        let found = rows.account_of_id(id);
        found.ok_or_else(|| Problem::of(self.of(open::UNKNOWN_ACCOUNT), "The account does not exist."))
    }

    /// The unit, or the root, that a path or parameter names, unless a fault forbids it, by id or by name.
    fn find_unit(&self, rows: &Rows, ask: &Ask, id: &str) -> Result<usize, Problem> {
        let plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
        let shaped = |prefix: &str, least: usize| {
            id.strip_prefix(prefix).is_some_and(|rest| (least..=32).contains(&rest.len()) && rest.bytes().all(plain))
        };
        if !shaped("r-", 4) && !shaped("ou-", 8) {
            return Err(self.malformed(open::UNKNOWN_UNIT, "root or organizational unit"));
        }
        let unknown = || Problem::of(self.of(open::UNKNOWN_UNIT), "The organizational unit does not exist.");
        let place = rows.unit_of_id(id).ok_or_else(unknown)?;
        let name = rows.unit(place).map(|unit| unit.name.as_str());
        if ask.weather.forbid.iter().any(|one| one == id || Some(one.as_str()) == name) {
            return Err(Problem::denied("organizations:ous:get"));
        }
        Ok(place)
    }

    fn malformed(&self, unknown: &Assumption, what: &str) -> Problem {
        let choice = match self.of(open::MALFORMED_ID) {
            "as-unknown" => self.of(unknown),
            other => other,
        };
        Problem::of(choice, format!("The id of the {what} is invalid."))
    }

    /// The refusal of a status, an invitation or a policy that does not exist.
    fn unknown(&self, what: &str) -> Problem {
        Problem::of(self.of(open::UNKNOWN_OTHER), format!("The {what} does not exist."))
    }

    /// A page that was asked for.
    fn page(&self, ask: &Ask, naming: &paging::Naming<'_>) -> Result<paging::Page, Problem> {
        paging::Page::from(ask, self.seed, &self.choices, naming, paging::Load::Plain)
    }
}

/// A reply's body with one thing in it.
fn one(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// A page of a list.
fn listed(key: &str, mut page: Vec<Value>, info: Option<Value>, ask: &Ask) -> Answer {
    ask.weather.disturb(&mut page);
    let mut map = Map::from_iter([(key.to_owned(), page.into())]);
    if let Some(info) = info {
        map.insert("page_info".into(), info);
    }
    Answer::json(200, map.into())
}

/// A success without a body.
fn done(status: u16) -> Answer {
    Answer { status, ..Answer::empty() }
}

impl Provider for Huawei {
    fn mount(&self, path: &str) -> Option<&'static str> {
        if is_under(path, MOUNT) {
            return Some(MOUNT);
        }
        AT_ROOT.iter().any(|root| is_under(path, root)).then_some("")
    }

    fn connection(&self, origin: &str) -> String {
        format!(
            "[connections.huawei]\nprovider = \"huawei\"\nbase_url = \"{origin}{MOUNT}\"\nprotection = \"confirm\"\n\
             access_key = \"{ACCESS_KEY}\"\nsecret_key = \"{SECRET_KEY}\"\n"
        )
    }

    fn credential(&self, ask: &Ask) -> Kind {
        access::kind(ask)
    }

    /// No limit of requests is documented.
    fn payer(&self, _ask: &Ask) -> Option<Payer> {
        None
    }

    fn budget(&self, _usage: &Usage) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let id = self.demo.ids.request(self.requests.fetch_add(1, Ordering::Relaxed));
        let answer = self.serve(ask).unwrap_or_else(|problem| problem.answer(&id, &self.choices));
        answer.with("x-request-id", id)
    }

    fn refuse(&self, _ask: &Ask, refusal: Refusal) -> Answer {
        let id = self.demo.ids.request(self.requests.fetch_add(1, Ordering::Relaxed));
        let told = |problem: Problem| problem.answer(&id, &self.choices);
        let answer = match refusal {
            Refusal::Throttled(seconds) => {
                let message = "The throttling threshold has been reached: policy user over ratelimit";
                let answer = told(Problem::new(429, "APIGW.0308", message));
                match self.of(open::RETRY_AFTER) {
                    "seconds" => answer.with("retry-after", seconds.to_string()),
                    _ => answer,
                }
            }
            Refusal::SuccessFalse => {
                told(Problem::new(200, "Organizations.1000", "The request could not be completed."))
            }
            Refusal::Broken => match self.of(open::SERVER_ERROR) {
                "text" => Answer::text(500, "text/plain", "Internal Server Error\n"),
                "json" => told(Problem::new(500, "Organizations.1000", "Internal server error.")),
                _ => told(Problem::new(500, "APIGW.0602", "Internal server error")),
            },
        };
        answer.with("x-request-id", id)
    }
}
