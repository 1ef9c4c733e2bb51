//! AWS Organizations and Account Management: one organization with its root, units, accounts, their tags and contacts, as
//! the documentation and the services' published models describe them. What these leave open is in `open`; each fact's
//! source stands where it is used.
//!
//! Making and ending the organization, invitations, policies, delegation and regions are not simulated.

mod access;
mod accounts;
mod body;
mod closing;
mod contacts;
mod creation;
mod demo;
mod email;
mod ids;
mod open;
mod operation;
mod paging;
mod problem;
mod render;
mod rows;
mod signature;
mod tags;
mod units;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use serde_json::{Map, Value, json};

use super::assume::{Assumption, Choices};
use super::credential::{ACCESS_KEY, Kind, SECRET_KEY};
use super::limits::Usage;
use super::request::{Answer, Ask, Payer, Provider, Refusal, is_under};
use super::{Entry, SimError, World, clock};

use access::Caller;
use body::Fields;
use contacts::Errand;
use demo::Demo;
use operation::{Operation, Service};
use problem::{JSON, Problem};
use rows::{Account, Rows, Store};

/// AWS's line in the list of providers.
pub(super) const ENTRY: Entry =
    Entry { name: "aws", assumptions: open::ALL, open: |world| Ok(Box::new(Aws::open(world)?)) };

const MOUNT: &str = "/aws";
/// The numbers of the management account, of the delegated administrator and of the member that have access keys.
const MANAGEMENT: u32 = 0;
const DELEGATE: u32 = 1;
const MEMBER: u32 = 2;

/// The simulated services.
struct Aws {
    seed: u64,
    choices: Arc<Choices>,
    demo: Arc<Demo>,
    requests: AtomicU64,
    store: Mutex<Store>,
}

impl Aws {
    fn open(world: &World) -> Result<Self, SimError> {
        let demo = Arc::new(Demo::load(world)?);
        Ok(Self {
            seed: world.seed,
            choices: Arc::clone(&world.choices),
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

    /// The number in a value such as `2-polls`.
    fn number(&self, assumption: &Assumption) -> u32 {
        let value = self.of(assumption);
        value.split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }

    /// The answer of an operation of Organizations.
    fn organize(&self, ask: &Ask, fields: &Fields, operation: Operation) -> Result<Answer, Problem> {
        match operation {
            Operation::DescribeOrganization => self.describe_organization(ask),
            Operation::ListRoots => self.list_roots(ask, fields),
            Operation::ListOrganizationalUnitsForParent => self.list_units(ask, fields),
            Operation::ListAccounts => self.list_accounts(ask, fields),
            Operation::ListAccountsForParent => self.list_members(ask, fields),
            Operation::ListParents => self.list_parents(ask, fields),
            Operation::ListChildren => self.list_children(ask, fields),
            Operation::DescribeAccount => self.describe_account(ask, fields),
            Operation::DescribeOrganizationalUnit => self.describe_unit(ask, fields),
            Operation::CreateAccount => self.create_account(fields),
            Operation::DescribeCreateAccountStatus => self.describe_creation(ask, fields),
            Operation::ListCreateAccountStatus => self.list_creations(ask, fields),
            Operation::MoveAccount => self.move_account(ask, fields),
            Operation::CloseAccount => self.close_account(fields),
            Operation::RemoveAccountFromOrganization => self.remove_account(fields),
            Operation::CreateOrganizationalUnit => self.create_unit(ask, fields),
            Operation::UpdateOrganizationalUnit => self.rename_unit(ask, fields),
            Operation::DeleteOrganizationalUnit => self.delete_unit(ask, fields),
            Operation::ListTagsForResource => self.list_tags(ask, fields),
            Operation::TagResource => self.tag(ask, fields),
            Operation::UntagResource => self.untag(ask, fields),
            Operation::GetContactInformation
            | Operation::PutContactInformation
            | Operation::GetAlternateContact
            | Operation::PutAlternateContact
            | Operation::DeleteAlternateContact
            | Operation::GetAccountInformation
            | Operation::PutAccountName
            | Operation::GetPrimaryEmail
            | Operation::StartPrimaryEmailUpdate
            | Operation::AcceptPrimaryEmailUpdate => Err(Problem::lost()),
        }
    }

    /// The answer of an operation of Account Management.
    fn manage(&self, ask: &Ask, fields: &Fields, caller: Caller, operation: Operation) -> Result<Answer, Problem> {
        let errand = Errand { caller, operation };
        match operation {
            Operation::GetContactInformation => self.contact(ask, fields, errand),
            Operation::PutContactInformation => self.put_contact(ask, fields, errand),
            Operation::GetAlternateContact => self.alternate(ask, fields, errand),
            Operation::PutAlternateContact => self.put_alternate(ask, fields, errand),
            Operation::DeleteAlternateContact => self.delete_alternate(ask, fields, errand),
            Operation::GetAccountInformation => self.account_information(ask, fields, errand),
            Operation::PutAccountName => self.put_name(ask, fields, errand),
            Operation::GetPrimaryEmail => self.primary_email(ask, fields, errand),
            Operation::StartPrimaryEmailUpdate => self.start_email(ask, fields, errand),
            Operation::AcceptPrimaryEmailUpdate => self.accept_email(ask, fields, errand),
            Operation::DescribeOrganization
            | Operation::ListRoots
            | Operation::ListOrganizationalUnitsForParent
            | Operation::ListAccounts
            | Operation::ListAccountsForParent
            | Operation::ListParents
            | Operation::ListChildren
            | Operation::DescribeAccount
            | Operation::DescribeOrganizationalUnit
            | Operation::CreateAccount
            | Operation::DescribeCreateAccountStatus
            | Operation::ListCreateAccountStatus
            | Operation::MoveAccount
            | Operation::CloseAccount
            | Operation::RemoveAccountFromOrganization
            | Operation::CreateOrganizationalUnit
            | Operation::UpdateOrganizationalUnit
            | Operation::DeleteOrganizationalUnit
            | Operation::ListTagsForResource
            | Operation::TagResource
            | Operation::UntagResource => Err(Problem::lost()),
        }
    }

    /// The whole road of a request: who asks, what for, whether they may.
    fn serve(&self, ask: &Ask, service: Service) -> Result<Answer, Problem> {
        let caller = access::caller(ask, service, &self.choices, clock::wall())?;
        let operation = Operation::of(ask).filter(|_| ask.method == Method::POST).ok_or_else(Problem::lost)?;
        let answer = match service {
            Service::Organizations => {
                if !ask.header("content-type").is_some_and(|media| media.starts_with(JSON)) {
                    return Err(Problem::lost());
                }
                let fields = Fields::of(ask, service)?;
                access::permit(caller, operation)?;
                if ask.weather.no_organizations {
                    let message = "Your account is not a member of an organization.";
                    return Err(Problem::new("AWSOrganizationsNotInUseException", message));
                }
                self.settle();
                self.organize(ask, &fields, operation)?
            }
            Service::Account => self.manage(ask, &Fields::of(ask, service)?, caller, operation)?,
        };
        Ok(if operation.writes() { answer.changed() } else { answer })
    }

    /// A page that was asked for, of the list of this name.
    fn page(&self, ask: &Ask, fields: &Fields, list: &str) -> Result<paging::Page, Problem> {
        paging::Page::from(ask, fields, list, self.seed, &self.choices)
    }

    /// The answer of an operation without output.
    fn done(&self) -> Answer {
        match self.of(open::EMPTY_OUTPUT) {
            "object" => told(&json!({})),
            _ => Answer { status: 200, ..Answer::empty() },
        }
    }

    /// An id has the documented shape, or is refused as one that has not.
    fn shaped(&self, fields: &Fields, field: &str, fits: bool, unknown: &str) -> Result<(), Problem> {
        if !fits && self.of(open::MALFORMED_ID) == "as-unknown" {
            return Err(Problem::new(unknown, "You specified an ID that doesn't exist."));
        }
        fields.follows(field, fits)
    }

    /// The account that `AccountId` names.
    fn account(&self, rows: &Rows, fields: &Fields) -> Result<(u32, Arc<Account>), Problem> {
        let id = fields.required("AccountId")?;
        let unknown = "AccountNotFoundException";
        self.shaped(fields, "AccountId", ids::is_account(id), unknown)?;
        let found = rows.account_of_id(id);
        found.ok_or_else(|| Problem::new(unknown, "You specified an account that doesn't exist."))
    }

    /// The place of a unit, or of the root, if it exists; unless a fault forbids it, by id or by name.
    fn place(rows: &Rows, ask: &Ask, id: &str) -> Result<Option<usize>, Problem> {
        let Some(place) = rows.unit_of_id(id) else { return Ok(None) };
        let name = rows.unit(place).map(|unit| unit.name.as_str());
        if ask.weather.forbid.iter().any(|one| one == id || Some(one.as_str()) == name) {
            return Err(Problem::denied("You don't have permissions to access this resource."));
        }
        Ok(Some(place))
    }

    /// The root or unit that a field names as a parent.
    fn parent(&self, rows: &Rows, ask: &Ask, fields: &Fields, field: &str, unknown: &str) -> Result<usize, Problem> {
        let id = fields.required(field)?;
        self.shaped(fields, field, ids::is_root(id) || ids::is_unit(id), unknown)?;
        let message = "You specified a parent that doesn't exist.";
        Self::place(rows, ask, id)?.ok_or_else(|| Problem::new(unknown, message))
    }

    /// The exception of a throttled request.
    fn throttled(&self, ask: &Ask, service: Service) -> Problem {
        let writes = Operation::of(ask).is_some_and(Operation::writes);
        match (service, self.of(open::THROTTLE)) {
            (Service::Organizations, "ThrottlingException") => Problem::new("ThrottlingException", "Rate exceeded"),
            (Service::Organizations, kind @ "ConcurrentModificationException") if writes => Problem::new(
                kind,
                "AWS Organizations can't complete your request because it conflicts with another attempt to modify the same entity. Try again later.",
            ),
            // Reported live.
            (Service::Organizations, _) => Problem::new(
                "TooManyRequestsException",
                "AWS Organizations can't complete your request because another request is already in progress. Try again later.",
            ),
            (Service::Account, _) => Problem::new("TooManyRequestsException", "Too Many Requests"),
        }
    }

    /// The same answer with the id of its request.
    fn numbered(&self, answer: Answer) -> Answer {
        answer.with("x-amzn-requestid", self.demo.ids.request(self.requests.fetch_add(1, Ordering::Relaxed)))
    }
}

/// An answer of Organizations.
fn told(body: &Value) -> Answer {
    Answer::text(200, JSON, body.to_string())
}

/// A page as an answer.
fn listed(body: Map<String, Value>) -> Answer {
    told(&body.into())
}

impl Provider for Aws {
    fn mount(&self, path: &str) -> Option<&'static str> {
        is_under(path, MOUNT).then_some(MOUNT)
    }

    fn connection(&self, origin: &str) -> String {
        format!(
            "[connections.aws]\nprovider = \"aws\"\nbase_url = \"{origin}{MOUNT}\"\nprotection = \"confirm\"\n\
             access_key_id = \"{ACCESS_KEY}\"\nsecret_access_key = \"{SECRET_KEY}\"\n"
        )
    }

    fn credential(&self, ask: &Ask) -> Kind {
        access::kind(ask)
    }

    /// Operations of Organizations share a path; faults know them as `/aws/ListAccounts`. What they are about stands in
    /// the body.
    fn told_apart(&self, path: &str, headers: &HeaderMap, body: &Bytes) -> Option<(String, String)> {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix(operation::TARGET));
        let path = operation.map_or_else(|| path.to_owned(), |operation| format!("{MOUNT}/{operation}"));
        Some((path, String::from_utf8_lossy(body).into_owned()))
    }

    /// Of Account Management the rates are published, of each operation its own.
    fn payer(&self, ask: &Ask) -> Option<Payer> {
        let operation = Operation::of(ask)?;
        Some(Payer { name: operation.name(), limit: operation.rate()?, window: 1 })
    }

    fn budget(&self, _usage: &Usage) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let service = Service::of(&ask.segments);
        self.numbered(self.serve(ask, service).unwrap_or_else(|problem| problem.answer(service, &self.choices)))
    }

    fn refuse(&self, ask: &Ask, refusal: Refusal) -> Answer {
        let service = Service::of(&ask.segments);
        let broken = match service {
            Service::Organizations => Problem::new(
                "ServiceException",
                "AWS Organizations can't complete your request because of an internal service error. Try again later.",
            ),
            Service::Account => Problem::new("InternalServerException", "Internal server error"),
        };
        self.numbered(match refusal {
            Refusal::Throttled(seconds) => {
                let answer = self.throttled(ask, service).answer(service, &self.choices);
                match self.of(open::RETRY_AFTER) {
                    "seconds" => answer.with("retry-after", seconds.to_string()),
                    _ => answer,
                }
            }
            Refusal::SuccessFalse => broken.with_status(200, service, &self.choices),
            Refusal::Broken if self.of(open::SERVER_ERROR) == "text" => {
                Answer::text(500, "text/plain", "Internal Server Error\n")
            }
            Refusal::Broken => broken.answer(service, &self.choices),
        })
    }
}
