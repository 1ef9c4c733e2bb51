//! One service: its state, and the road of a request through it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::sim::assume::Choices;
use crate::sim::credential::Kind;
use crate::sim::request::{Answer, Ask, Refusal};
use crate::sim::{SimError, World, clock};

use super::access::{self, Caller};
use super::demo::Demo;
use super::open;
use super::operation::{self, Held, Lost, Operation, Own, Public};
use super::problem::{Half, Problem, nothing};
use super::rows::{Account, Delta, Rows};
use super::store::Store;

/// A service.
pub(super) struct Site {
    pub(super) mount: &'static str,
    pub(super) choices: Arc<Choices>,
    pub(super) demo: Arc<Demo>,
    store: Mutex<Store>,
}

/// What a path leads to.
enum Place<'a> {
    Rest(Operation<'a>),
    Legacy,
}

/// The kind of credential that a request carries.
pub(super) fn credential(ask: &Ask) -> Kind {
    if access::bearer(ask).is_some() {
        Kind::Jwt
    } else if half(ask) == Half::Legacy && access::parameters(ask).iter().any(|(name, _)| name == "access_key_id") {
        Kind::AccessKey
    } else {
        Kind::None
    }
}

/// The half that a path belongs to: everything but `/api` itself is answered as the REST half does.
fn half(ask: &Ask) -> Half {
    match &*segments(ask) {
        ["api"] | ["api", ""] => Half::Legacy,
        _ => Half::Rest,
    }
}

fn segments(ask: &Ask) -> Vec<&str> {
    ask.segments.iter().map(String::as_str).collect()
}

impl Site {
    /// Makes the state of a service.
    pub(super) fn open(world: &World, mount: &'static str, self_hosted: bool) -> Result<Self, SimError> {
        let demo = Arc::new(Demo::load(world, self_hosted)?);
        let store = Mutex::new(Store::new(Arc::clone(&demo), world.lags));
        Ok(Self { mount, choices: Arc::clone(&world.choices), demo, store })
    }

    /// The state. A panic while it was held leaves it usable: every change is one step.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an assumption has this value.
    pub(super) fn assumes(&self, assumption: &crate::sim::Assumption, value: &str) -> bool {
        self.choices.of(assumption) == value
    }

    /// Looks at the state as this request sees it.
    pub(super) fn read<T>(&self, ask: &Ask, look: impl FnOnce(&Rows) -> T) -> T {
        look(self.store().seen(ask.weather.lag, clock::instant()))
    }

    /// The caller's account as this request sees it; one that is newer than what it sees, as it is now.
    pub(super) fn seen_account(&self, ask: &Ask, number: u32) -> Result<Arc<Account>, Problem> {
        let seen = self.read(ask, |rows| rows.account(number));
        seen.or_else(|| self.store().live.account(number)).ok_or_else(|| Problem::missing("No such account"))
    }

    /// Changes an account: all of what `change` does, or nothing if it refuses.
    pub(super) fn edit<T>(
        &self,
        number: u32,
        change: impl FnOnce(&mut Account) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut store = self.store();
        let account = store.live.account(number).ok_or_else(|| Problem::missing("No such account"))?;
        let mut account = Account::clone(&account);
        let done = change(&mut account)?;
        store.change(Delta::Account(number, Arc::new(account)), clock::instant());
        Ok(done)
    }

    /// The account's number and name that a caller's token is of.
    pub(super) fn account_of(caller: Caller) -> Result<u32, Problem> {
        caller.account.ok_or_else(|| Problem::status(403, "You have no account"))
    }

    fn place<'a>(&self, ask: &'a Ask, segments: &[&'a str]) -> Result<Place<'a>, Lost> {
        let found = match segments {
            ["api"] | ["api", ""] => return Ok(Place::Legacy),
            ["api", "v2", rest @ ..] => operation::operation(&ask.method, rest)?,
            ["api", rest @ ("login" | "login/")] if self.assumes(open::LOGIN_PLACE, "works") => {
                operation::operation(&ask.method, &[rest])?
            }
            ["api", "login", "access-key"] if self.assumes(open::LOGIN_PLACE, "works") => {
                operation::operation(&ask.method, &["login", "access-key"])?
            }
            _ => return Err(Lost::Path),
        };
        Ok(Place::Rest(found))
    }

    /// Answers a request.
    pub(super) fn answer(&self, ask: &Ask) -> Answer {
        let segments = segments(ask);
        let (half, answered) = match self.place(ask, &segments) {
            Ok(Place::Legacy) => (Half::Legacy, self.act(ask)),
            Ok(Place::Rest(operation)) => (Half::Rest, self.rest(ask, operation)),
            Err(Lost::Path) => (Half::Rest, Err(Problem::missing("The requested resource was not found"))),
            Err(Lost::Method) => (Half::Rest, Err(Problem::status(405, "The method is not allowed for this resource"))),
        };
        answered.unwrap_or_else(|problem| problem.answer(half, &self.choices))
    }

    fn rest(&self, ask: &Ask, operation: Operation<'_>) -> Result<Answer, Problem> {
        self.check_content_type(ask)?;
        let answer = match operation {
            Operation::Public(public) => self.open_to_all(ask, public),
            Operation::Own(own) => self.operate(ask, own, self.caller(ask)?),
            Operation::Held(held) => self.operate_in(ask, held, Self::account_of(self.caller(ask)?)?),
        };
        answer.map(|answer| if operation.writes() { answer.changed() } else { answer })
    }

    /// Landscape 26.04's release notes: POST, PUT and PATCH without `application/json` are answered 415.
    fn check_content_type(&self, ask: &Ask) -> Result<(), Problem> {
        let verb = ask.method.as_str();
        let bare = ask.body.is_empty() && self.assumes(open::CONTENT_TYPE_BARE, "free");
        if !matches!(verb, "POST" | "PUT" | "PATCH") || bare || self.assumes(open::CONTENT_TYPE, "any") {
            return Ok(());
        }
        let media = ask.header("content-type").and_then(|text| text.split(';').next()).unwrap_or("");
        if media.trim().eq_ignore_ascii_case("application/json") {
            return Ok(());
        }
        Err(Problem::status(415, "Content-Type must be application/json"))
    }

    /// The operations that need no token.
    fn open_to_all(&self, ask: &Ask, operation: Public<'_>) -> Result<Answer, Problem> {
        match operation {
            Public::Login => self.login(ask),
            Public::LoginWithKey => self.login_with_key(ask),
            Public::LoginMethods => Ok(self.login_methods()),
            Public::About => Ok(self.about()),
            Public::Me => self.me(ask),
            Public::Logout => Ok(self.logout(ask)),
            Public::StandaloneAccount => self.standalone_account(),
            Public::CreateStandalone => self.create_standalone(ask),
            Public::InvitationSummary(id) => self.invitation_summary(ask, id),
        }
    }

    /// The operations that need one.
    fn operate(&self, ask: &Ask, operation: Own<'_>, caller: Caller) -> Result<Answer, Problem> {
        match operation {
            Own::SwitchAccount => self.switch_account(ask),
            Own::CreateAccount => self.create_account(ask),
            Own::Person => self.person(ask),
            Own::SetPerson => self.set_person(ask),
            Own::TestEmail => Ok(Answer::empty()),
            Own::SetPassword => self.set_password(ask),
            Own::Credentials => Ok(self.credentials(ask)),
            Own::RenewCredentials => self.renew_credentials(ask, caller),
            Own::Accept => self.accept(ask),
            Own::Reject => self.reject(ask),
            Own::Invalidate(scope) => self.invalidate(caller, scope),
        }
    }

    /// The operations on what an account holds.
    fn operate_in(&self, ask: &Ask, operation: Held<'_>, account: u32) -> Result<Answer, Problem> {
        match operation {
            Held::Preferences => self.preferences(ask, account),
            Held::SetPreferences => self.set_preferences(ask, account),
            Held::Invitations => self.invitations(ask, account),
            Held::Invite => self.invite(ask, account),
            Held::Invitation(id) => self.invitation(ask, account, id),
            Held::Resend(id) => self.resend(account, id),
            Held::Uninvite(id) => self.uninvite(account, id),
            Held::SetRoles(id) => self.set_roles(ask, account, id),
            Held::Computers => self.computers(ask, account),
            Held::Computer(id) => self.computer(ask, account, id),
            Held::Licenses => Ok(self.licenses(ask, account)),
            Held::License(id) => self.license(account, id),
            Held::Contracts => Ok(self.contracts(ask, account)),
            Held::Contract(id) => self.contract(account, id),
        }
    }

    /// A reply that is documented as empty.
    pub(super) fn void(&self) -> Answer {
        nothing(self.choices.of(open::VOID_STATUS).parse().unwrap_or(204))
    }

    /// Refuses a request without looking at the state.
    pub(super) fn refuse(&self, ask: &Ask, refusal: Refusal) -> Answer {
        let half = half(ask);
        match refusal {
            Refusal::SuccessFalse => {
                let message = "The request could not be completed";
                Answer::json(200, json!({"error": "BadRequest", "message": message}))
            }
            Refusal::Broken if self.assumes(open::SERVER_ERROR, "text") => {
                Answer::text(500, "text/plain", "Internal Server Error\n")
            }
            Refusal::Broken => Problem::status(500, "Internal server error").answer(half, &self.choices),
            Refusal::Throttled(seconds) => {
                let (status, how) = self.choices.of(open::THROTTLE).split_once('-').unwrap_or(("429", ""));
                let status = status.parse().unwrap_or(429);
                let answer = Problem::status(status, "Too many requests, try again later").answer(half, &self.choices);
                if how == "seconds" { answer.with("retry-after", seconds.to_string()) } else { answer }
            }
        }
    }
}
