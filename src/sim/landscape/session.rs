//! Logins, what they say of the user's accounts, and the end of tokens.

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::credential::ACCESS_KEY;
use crate::sim::request::{Answer, Ask};

use super::access::{self, Caller, MINUTES};
use super::body::Members;
use super::open;
use super::operation::Scope;
use super::problem::{Problem, nothing};
use super::rows::{Delta, Person, Rows};
use super::site::Site;

impl Site {
    /// `POST /login`. Landscape documentation: a password, and exactly one of `email` and `identity`.
    pub(super) fn login(&self, ask: &Ask) -> Result<Answer, Problem> {
        let known = ["email", "identity", "password", "account", "expiry_minutes", "invitation_id"];
        let members = Members::of(ask, &self.choices, &known)?;
        let (email, identity) = (members.optional_text("email")?, members.optional_text("identity")?);
        if email.is_some() == identity.is_some() {
            return Err(Problem::bad("Exactly one of email or identity must be given"));
        }
        let password = members.optional_text("password")?.ok_or_else(|| members.lacks("password"))?;
        let minutes = minutes(&members)?;
        let wanted = members.optional_text("account")?;
        let invitation = members.get("invitation_id").cloned();
        let person = self.store().live.person.clone();
        let matches = person.is_some_and(|person| {
            let by_email = email.is_some_and(|email| email.eq_ignore_ascii_case(&person.email));
            let by_identity = identity.is_some() && identity == person.identity;
            (by_email || by_identity) && password == person.password
        });
        if !matches {
            return Err(Problem::of(self.choices.of(open::LOGIN_FAILURE), "Invalid credentials provided"));
        }
        let account = match wanted.filter(|name| !name.is_empty()) {
            Some(name) => Some(self.own_account(&name)?),
            None => self.store().live.default_account(),
        };
        self.enter(ask, account, minutes, invitation)
    }

    /// `POST /login/access-key`. The key's own account is the current one (assumption).
    pub(super) fn login_with_key(&self, ask: &Ask) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["access_key", "secret_key", "expiry_minutes"])?;
        let (key, secret) = (members.text("access_key")?, members.text("secret_key")?);
        let minutes = minutes(&members)?;
        let nowhere = self.store().live.end() == 0 && !self.demo.self_hosted && key == ACCESS_KEY;
        let account = match self.key_holder(&key) {
            Some((number, known)) if known == secret => Some(number),
            None if nowhere && secret == crate::sim::credential::SECRET_KEY => None,
            Some(_) | None => {
                return Err(Problem::of(self.choices.of(open::LOGIN_FAILURE), "Invalid credentials provided"));
            }
        };
        self.enter(ask, account, minutes, None)
    }

    /// The reply to a login that is right.
    fn enter(
        &self,
        ask: &Ask,
        account: Option<u32>,
        minutes: i64,
        invitation: Option<Value>,
    ) -> Result<Answer, Problem> {
        self.may_enter(account)?;
        let token = self.token(account, minutes);
        let mut store = self.store();
        if let Some(person) = store.live.person.clone() {
            let person = Person { last_login: clock::wall(), last_host: "127.0.0.1".to_owned(), ..(*person).clone() };
            store.change(Delta::Person(person.into()), clock::instant());
        }
        drop(store);
        Ok(Answer::json(200, self.session(ask, account, &token, invitation)))
    }

    /// An account of the user's, by name.
    fn own_account(&self, name: &str) -> Result<u32, Problem> {
        let found = self.store().live.number_of(name);
        found
            .ok_or_else(|| Problem::of(self.choices.of(open::NOT_YOURS), &format!("You are not in the account {name}")))
    }

    fn may_enter(&self, account: Option<u32>) -> Result<(), Problem> {
        let found = account.and_then(|number| self.store().live.account(number));
        let disabled = found.is_some_and(|account| account.disabled.is_some());
        if disabled && self.assumes(open::DISABLED_LOGIN, "403") {
            return Err(Problem::status(403, "The account is disabled"));
        }
        Ok(())
    }

    /// What a login and `GET /me` answer.
    fn session(&self, ask: &Ask, account: Option<u32>, token: &str, invitation: Option<Value>) -> Value {
        self.read(ask, |rows| {
            let mut session = Map::new();
            let person = rows.person.as_ref();
            session.insert("accounts".into(), self.listing(ask, rows).into());
            let current = account.map_or_else(String::new, |number| self.demo.name(number));
            session.insert("current_account".into(), current.into());
            session.insert("email".into(), person.map_or("", |person| person.email.as_str()).into());
            session.insert("name".into(), person.map_or("", |person| person.name.as_str()).into());
            session.insert("token".into(), token.into());
            let extras = self.choices.of(open::LOGIN_EXTRAS);
            if extras != "none" {
                session.insert("self_hosted".into(), self.demo.self_hosted.into());
            }
            if extras == "interface" {
                session.insert("has_password".into(), true.into());
                session.insert("identity_source".into(), Value::Null);
                session.insert("return_to".into(), Value::Null);
                session.insert("attach_code".into(), Value::Null);
                session.insert("invitation_id".into(), invitation.unwrap_or_default());
            }
            Value::Object(session)
        })
    }

    /// The user's accounts, as a login lists them.
    fn listing(&self, ask: &Ask, rows: &Rows) -> Vec<Value> {
        let default = rows.default_account();
        let always = self.assumes(open::DEFAULT_FLAG, "false");
        let extras = self.assumes(open::ACCOUNT_EXTRAS, "present");
        let host = ask.header("host").unwrap_or("localhost");
        let item = |number: u32| {
            let mut item = Map::new();
            let name = self.demo.name(number);
            item.insert("title".into(), rows.title(number).into());
            if default == Some(number) || always {
                item.insert("default".into(), (default == Some(number)).into());
            }
            if extras {
                let subdomain = self.demo.subdomain(number);
                let dashboard = self.demo.has_dashboard(number).then(|| {
                    let before = subdomain.as_ref().map_or_else(String::new, |own| format!("{own}."));
                    format!("http://{before}{host}{}/account/{name}", self.mount)
                });
                item.insert("subdomain".into(), json!(subdomain));
                item.insert("classic_dashboard_url".into(), dashboard.unwrap_or_default().into());
            }
            item.insert("name".into(), name.into());
            Value::Object(item)
        };
        let mut list: Vec<Value> = (0..rows.end()).map(item).collect();
        ask.weather.disturb(&mut list);
        list
    }

    /// `GET /me`: `{}` for somebody without a token (vendor's interface), else what the login said.
    pub(super) fn me(&self, ask: &Ask) -> Result<Answer, Problem> {
        let Some(token) = access::bearer(ask) else {
            return Ok(Answer::json(200, json!({})));
        };
        match self.caller(ask) {
            Ok(caller) => Ok(Answer::json(200, self.session(ask, caller.account, token, None))),
            Err(problem) if problem.status == 401 && self.assumes(open::ME_WRONG_TOKEN, "empty") => {
                Ok(Answer::json(200, json!({})))
            }
            Err(problem) => Err(problem),
        }
    }

    /// `POST /logout` (vendor's interface; its test answers 200 without a body).
    pub(super) fn logout(&self, ask: &Ask) -> Answer {
        if self.assumes(open::LOGOUT, "token-dies") && self.caller(ask).is_ok() {
            self.store().eras.person += 1;
        }
        nothing(200)
    }

    /// `POST /switch-account`: a token for another account, and nothing else.
    pub(super) fn switch_account(&self, ask: &Ask) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["account_name"])?;
        let number = self.own_account(&members.text("account_name")?)?;
        self.may_enter(Some(number))?;
        if self.assumes(open::SUBDOMAIN_SWITCH, "refused") && self.demo.subdomain(number).is_some() {
            return Err(Problem::bad("The account has a subdomain of its own; log in there"));
        }
        Ok(Answer::json(200, json!({"token": self.token(Some(number), MINUTES)})))
    }

    /// `POST /tokens/invalidate-…`: empty replies.
    pub(super) fn invalidate(&self, caller: Caller, scope: Scope<'_>) -> Result<Answer, Problem> {
        let mut store = self.store();
        let account = match scope {
            Scope::Me => {
                store.eras.person += 1;
                return Ok(self.void());
            }
            Scope::System => {
                store.eras.system += 1;
                return Ok(self.void());
            }
            Scope::Account => Self::account_of(caller)?,
            Scope::Named(name) => {
                store.live.number_of(name).ok_or_else(|| Problem::missing(format!("No account {name}")))?
            }
        };
        *store.eras.accounts.entry(account).or_insert(0) += 1;
        Ok(self.void())
    }

    /// `GET /about` (vendor's interface).
    pub(super) fn about(&self) -> Answer {
        Answer::json(
            200,
            json!({
                "self_hosted": self.demo.self_hosted,
                "package_version": "26.04.0.1",
                "revision": "sim",
                "display_disa_stig_banner": false,
            }),
        )
    }

    /// `GET /login/methods` (vendor's interface).
    pub(super) fn login_methods(&self) -> Answer {
        let hosted = !self.demo.self_hosted;
        let method = |on: bool| json!({"available": on, "enabled": on});
        Answer::json(
            200,
            json!({
                "oidc": {"available": false, "configurations": []},
                "standalone_oidc": method(false),
                "ubuntu_one": method(hosted),
                "password": method(true),
                "pam": method(hosted),
            }),
        )
    }
}

fn minutes(members: &Members<'_>) -> Result<i64, Problem> {
    let wrong = || Problem::bad("expiry_minutes must be a positive integer");
    match members.get("expiry_minutes") {
        None | Some(Value::Null) => Ok(MINUTES),
        Some(value) => value.as_i64().filter(|minutes| *minutes > 0).ok_or_else(wrong),
    }
}
