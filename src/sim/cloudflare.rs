//! Cloudflare: the account family and the organization family, as its schema, its documentation and reports of live
//! answers describe them. What they leave open is in `open`; each fact's source stands where it is used.
//!
//! Of what stands around accounts there are lists of members and of zones, to read; roles, memberships and audit logs are
//! not simulated.

mod access;
mod accounts;
mod body;
mod demo;
mod envelope;
mod filter;
mod moves;
mod open;
mod operation;
mod organizations;
mod paging;
mod profiles;
mod render;
mod rows;
mod store;
mod surroundings;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::assume::Choices;
use super::credential::{Kind, Standing, TOKEN};
use super::limits::Usage;
use super::request::{Answer, Ask, Payer, Provider, Refusal, is_under};
use super::{Entry, SimError, World, clock};

use demo::Demo;
use envelope::{Family, Item, Problem};
use operation::{Lost, Operation};
use rows::{Account, Rows};
use store::Store;

/// Cloudflare's line in the list of providers.
pub(super) const ENTRY: Entry =
    Entry { name: "cloudflare", assumptions: open::ALL, open: |world| Ok(Box::new(Cloudflare::open(world)?)) };

const MOUNT: &str = "/cloudflare/client/v4";

/// Reported live: validation errors of the account family, told apart by their message only.
const ACCOUNT_ERROR: u32 = 1001;
/// Validation errors of the organization family. Cloudflare publishes no codes for them; this one, like the two
/// below, is invented here.
const ORGANIZATION_ERROR: u32 = 10_400;
/// What the organization family says of something that is not there (invented).
const ORGANIZATION_MISSING: u32 = 10_404;
/// What the organization family says of a state that forbids the operation (invented).
const ORGANIZATION_CONFLICT: u32 = 10_409;

/// The account that the account-owned token belongs to: the first one.
const OWN_ACCOUNT: u32 = 0;

/// The simulated Cloudflare.
struct Cloudflare {
    seed: u64,
    choices: Arc<Choices>,
    demo: Arc<Demo>,
    store: Mutex<Store>,
}

impl Cloudflare {
    fn open(world: &World) -> Result<Self, SimError> {
        let demo = Arc::new(Demo::load(world)?);
        Ok(Self {
            seed: world.seed,
            choices: Arc::clone(&world.choices),
            store: Mutex::new(Store::new(Arc::clone(&demo), world.lags)),
            demo,
        })
    }

    /// The state. A panic while it was held leaves it usable: every change is one step.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state as this request sees it.
    fn read<T>(&self, ask: &Ask, look: impl FnOnce(&mut Rows) -> Result<T, Problem>) -> Result<T, Problem> {
        look(self.store().seen(ask.weather.lag, clock::instant()))
    }

    /// The operation's answer.
    fn operate(&self, ask: &Ask, operation: Operation<'_>, standing: Standing) -> Result<Answer, Problem> {
        match operation {
            Operation::ListAccounts => self.list_accounts(ask, standing),
            Operation::CreateAccount => self.create_account(ask),
            Operation::BatchMove => self.batch_move(ask),
            Operation::Account(id) => self.account(ask, id),
            Operation::UpdateAccount(id) => self.update_account(ask, id),
            Operation::DeleteAccount(id) => self.delete_account(ask, id),
            Operation::MoveAccount(id) => self.move_account(ask, id),
            Operation::AccountOrganizations(id) => self.account_organizations(ask, id),
            Operation::AccountProfile(id) => self.account_profile(ask, id),
            Operation::SetAccountProfile(id) => self.set_account_profile(ask, id),
            Operation::Members(id) => self.members(ask, id),
            Operation::ListZones => self.list_zones(ask, standing),
            Operation::VerifyAccountToken(id) => self.verify_account_token(ask, id),
            Operation::VerifyUserToken => self.verify_token(ask),
            Operation::ListOrganizations => self.list_organizations(ask),
            Operation::CreateOrganization => self.create_organization(ask),
            Operation::Organization(id) => self.organization(ask, id),
            Operation::RenameOrganization(id) => self.rename_organization(ask, id),
            Operation::DeleteOrganization(id) => self.delete_organization(ask, id),
            Operation::OrganizationProfile(id) => self.organization_profile(ask, id),
            Operation::SetOrganizationProfile(id) => self.set_organization_profile(ask, id),
            Operation::OrganizationAccounts(id) => self.organization_accounts(ask, id),
        }
    }

    /// Everything that is checked before an operation looks at the state.
    fn admit(&self, ask: &Ask, operation: Operation<'_>) -> Result<Standing, Problem> {
        let standing = access::standing(ask, &self.choices)?;
        if ask.weather.no_organizations && operation.of_organizations() {
            return Err(access::no_organizations(&self.choices));
        }
        let own = self.demo.account_id(OWN_ACCOUNT);
        access::permit(standing, operation, &own, &self.choices)?;
        if self.choices.of(open::UNKNOWN_QUERY) == "refused" {
            let known = operation.parameters();
            let stray = ask.query.iter().find(|(key, _)| !known.contains(&key.as_str()));
            if let Some((key, _)) = stray {
                return Err(Problem::field(ACCOUNT_ERROR, key, format!("unknown parameter {key}")));
            }
        }
        Ok(standing)
    }

    /// The refusal of a path or method that there is not.
    fn lost(&self, ask: &Ask, lost: Lost) -> Problem {
        match lost {
            Lost::Path => self.unroutable(ask),
            Lost::Method => Problem::of(self.choices.of(open::METHOD), "Method not allowed for this path"),
            // Reported live; its status is an assumption.
            Lost::EmptyId => Problem::new(405, 7001, "Method not allowed: the path has no identifier"),
        }
    }

    /// Reported live: an id or path that cannot be routed is 7003 together with 7000.
    fn unroutable(&self, ask: &Ask) -> Problem {
        let path = ask.path.strip_prefix("/cloudflare").unwrap_or(&ask.path);
        let message = format!("Could not route to {path}, perhaps your object identifier is invalid?");
        Problem {
            status: self.choices.of(open::UNROUTABLE).parse().unwrap_or(400),
            items: vec![Item::new(7003, message), Item::new(7000, "No route for that URI")],
        }
    }

    /// Cloudflare's ids are 32 hexadecimal digits; anything else cannot be routed.
    fn routable(&self, ask: &Ask, id: &str) -> Result<(), Problem> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if id.len() == 32 && id.bytes().all(digit) {
            return Ok(());
        }
        Err(self.unroutable(ask))
    }

    /// The refusal of an id that belongs to nothing.
    fn unknown(&self, ask: &Ask, code: u32) -> Problem {
        match self.choices.of(open::UNKNOWN_ID) {
            "403-9109" => Problem::new(403, 9109, "Unauthorized to access requested resource"),
            _ if code == ORGANIZATION_MISSING => Problem::new(404, code, "Organization not found"),
            _ => Problem { status: 404, ..self.unroutable(ask) },
        }
    }

    /// The account that a path names.
    fn find(&self, rows: &Rows, ask: &Ask, id: &str) -> Result<(u32, Arc<Account>), Problem> {
        self.routable(ask, id)?;
        rows.account_of_id(id).ok_or_else(|| self.unknown(ask, 7003))
    }

    /// The organization that a path names, unless it is forbidden.
    fn find_organization(&self, rows: &Rows, ask: &Ask, id: &str) -> Result<usize, Problem> {
        self.routable(ask, id)?;
        let found = rows.organization_of_id(id);
        let place = found.ok_or_else(|| self.unknown(ask, ORGANIZATION_MISSING))?;
        Self::not_forbidden(rows, ask, place, id)?;
        Ok(place)
    }

    /// Refuses an organization that a fault forbids, by id or by name.
    fn not_forbidden(rows: &Rows, ask: &Ask, place: usize, id: &str) -> Result<(), Problem> {
        let name = rows.organization(place).map(|one| one.name.as_str());
        let forbidden = |one: &String| one == id || Some(one.as_str()) == name;
        if ask.weather.forbid.iter().any(forbidden) {
            return Err(Problem::new(403, 9109, "Unauthorized to access requested resource"));
        }
        Ok(())
    }

    /// `GET /user/tokens/verify`: the message of a success has a code of its own (reported live).
    fn verify_token(&self, ask: &Ask) -> Result<Answer, Problem> {
        if access::kind(ask) != Kind::Token {
            return Err(Problem::new(401, 1000, "Invalid API Token"));
        }
        let id = format!("{:032x}", super::chance::hide(self.seed, 0x70c3, 1));
        let result = json!({"id": id, "status": "active"});
        let message = "This API Token is valid and active";
        Ok(envelope::success_with_message(result, 10_000, message))
    }

    /// `GET /accounts/{id}/tokens/verify`, for tokens that belong to an account.
    fn verify_account_token(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        self.read(ask, |rows| self.find(rows, ask, id).map(|_| ()))?;
        self.verify_token(ask)
    }

    fn throttled(&self, family: Family, seconds: u64) -> Answer {
        let message = "You are being rate limited. Please wait and try again";
        let answer = match self.choices.of(open::THROTTLE) {
            "429-text" => Answer::text(429, "text/plain", "error code: 1015\n"),
            "400-971" => Problem::new(400, 971, message).answer(family),
            _ => Problem::new(429, 971, message).answer(family),
        };
        match self.choices.of(open::RETRY_AFTER) {
            "absent" => answer,
            "date" => answer.with("retry-after", http_date(seconds)),
            _ => answer.with("retry-after", seconds.to_string()),
        }
    }
}

/// An HTTP date so many seconds from now.
fn http_date(seconds: u64) -> String {
    let now = u64::try_from(clock::wall().as_second()).unwrap_or(0);
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(now.saturating_add(seconds));
    httpdate::fmt_http_date(then)
}

/// The operation that a request names.
fn operation_of<'a>(ask: &'a Ask, segments: &mut Vec<&'a str>) -> Result<Operation<'a>, Lost> {
    segments.extend(ask.segments.iter().map(String::as_str));
    operation::operation(&ask.method, segments)
}

/// The family that a request's refusals follow, as far as its path tells.
fn family_of(ask: &Ask) -> Family {
    let organizations = ask.segments.first().is_some_and(|first| first == "organizations");
    match operation_of(ask, &mut Vec::new()) {
        Ok(operation) => operation.family(),
        Err(_) if organizations => Family::Organization,
        Err(_) => Family::Account,
    }
}

impl Provider for Cloudflare {
    fn mount(&self, path: &str) -> Option<&'static str> {
        is_under(path, MOUNT).then_some(MOUNT)
    }

    fn connection(&self, origin: &str) -> String {
        format!(
            "[connections.cloudflare]\nprovider = \"cloudflare\"\nbase_url = \"{origin}{MOUNT}\"\n\
             protection = \"confirm\"\ntoken = \"{TOKEN}\"\n"
        )
    }

    fn credential(&self, ask: &Ask) -> Kind {
        access::kind(ask)
    }

    fn payer(&self, ask: &Ask) -> Option<Payer> {
        access::payer(ask)
    }

    /// Cloudflare documentation: `x-ratelimit-*`; reported live: `Ratelimit` and `Ratelimit-Policy`.
    fn budget(&self, usage: &Usage) -> Vec<(&'static str, String)> {
        let (limit, window, left, ends) = (usage.limit, usage.window, usage.left, usage.ends_in);
        let documented = [
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", http_date(ends)),
        ];
        let reported = [
            ("ratelimit", format!("\"default\";r={left};t={ends}")),
            ("ratelimit-policy", format!("\"default\";q={limit};w={window}")),
        ];
        match self.choices.of(open::BUDGET_HEADERS) {
            "none" => Vec::new(),
            "x-ratelimit" => documented.into(),
            "ratelimit" => reported.into(),
            _ => documented.into_iter().chain(reported).collect(),
        }
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let mut segments = Vec::new();
        let operation = match operation_of(ask, &mut segments) {
            Ok(operation) => operation,
            Err(lost) => {
                let known = access::standing(ask, &self.choices);
                let problem = known.err().unwrap_or_else(|| self.lost(ask, lost));
                return problem.answer(family_of(ask));
            }
        };
        let admitted = self.admit(ask, operation);
        let answered = admitted.and_then(|standing| self.operate(ask, operation, standing));
        match answered {
            Ok(answer) if operation.writes() => answer.changed(),
            Ok(answer) => answer,
            Err(problem) => problem.answer(operation.family()),
        }
    }

    fn refuse(&self, ask: &Ask, refusal: Refusal) -> Answer {
        let family = family_of(ask);
        match refusal {
            Refusal::Throttled(seconds) => self.throttled(family, seconds),
            Refusal::SuccessFalse => {
                let message = "The request could not be completed";
                Problem::new(200, ACCOUNT_ERROR, message).answer(family)
            }
            Refusal::Broken => match self.choices.of(open::SERVER_ERROR) {
                "text" => Answer::text(500, "text/plain", "error code: 500\n"),
                "json-without-code" => Problem::new(500, None, "Internal server error").answer(family),
                _ => Problem::new(500, 10_500, "Internal server error").answer(family),
            },
        }
    }
}
