//! The user: details, password, legacy credentials.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::access::Caller;
use super::accounts::is_email;
use super::body::Members;
use super::open;
use super::problem::Problem;
use super::rows::{Account, Delta, Person, Rows};
use super::site::Site;

/// The host of the documented credentials' `endpoint`.
const FOREIGN_ENDPOINT: &str = "https://localhost:9091/api/";

impl Site {
    /// `GET /person`.
    pub(super) fn person(&self, ask: &Ask) -> Result<Answer, Problem> {
        self.read(ask, |rows| self.render_person(ask, rows)).map(|person| Answer::json(200, person))
    }

    fn render_person(&self, ask: &Ask, rows: &Rows) -> Result<Value, Problem> {
        let person = rows.person.as_ref().ok_or_else(|| Problem::missing("No such person"))?;
        let mut map = Map::new();
        map.insert("allowable_emails".into(), json!(person.allowable));
        map.insert("name".into(), person.name.clone().into());
        map.insert("email".into(), person.email.clone().into());
        map.insert("identity".into(), json!(person.identity));
        map.insert("timezone".into(), person.timezone.clone().into());
        map.insert("last_login_time".into(), person.last_login.to_string().into());
        map.insert("last_login_host".into(), person.last_host.clone().into());
        map.insert("preferred_account".into(), json!(person.preferred));
        if self.assumes(open::PERSON_ACCOUNTS, "present") {
            let account = |number: u32| {
                let roles = rows.own_roles(number, &person.email);
                json!({"name": self.demo.name(number), "title": rows.title(number), "roles": roles})
            };
            let mut accounts: Vec<Value> = (0..rows.end()).map(account).collect();
            ask.weather.disturb(&mut accounts);
            map.insert("accounts".into(), accounts.into());
            map.insert("oidc_identities".into(), json!([]));
        }
        Ok(Value::Object(map))
    }

    /// `POST /person`. Landscape documentation: name, e-mail, timezone and preferred account can be set.
    pub(super) fn set_person(&self, ask: &Ask) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["name", "email", "timezone", "preferred_account"])?;
        let mut store = self.store();
        let before = store.live.person.clone().ok_or_else(|| Problem::missing("No such person"))?;
        let mut person = Person::clone(&before);
        for (name, field) in
            [("name", &mut person.name), ("email", &mut person.email), ("timezone", &mut person.timezone)]
        {
            if members.get(name).is_some() {
                *field = members.text(name)?;
            }
        }
        if !is_email(&person.email) {
            return Err(Problem::bad("email must be a valid e-mail address"));
        }
        if members.get("preferred_account").is_some() {
            person.preferred = members.optional_text("preferred_account")?;
            let unknown = |name: &String| store.live.number_of(name).is_none_or(|number| number >= store.live.end());
            if person.preferred.as_ref().is_some_and(unknown) {
                return Err(Problem::bad("preferred_account is no account of yours"));
            }
        }
        if person.email != before.email {
            for number in 0..store.live.end() {
                let account = store.live.account(number);
                let renamed = account.and_then(|account| with_email(&account, &before.email, &person));
                if let Some(account) = renamed {
                    store.change(Delta::Account(number, Arc::new(account)), clock::instant());
                }
            }
        }
        store.change(Delta::Person(Arc::new(person)), clock::instant());
        self.render_person(ask, &store.live).map(|person| Answer::json(200, person))
    }

    /// `PUT /password`.
    pub(super) fn set_password(&self, ask: &Ask) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["password", "new_password"])?;
        let (old, new) = (members.text("password")?, members.text("new_password")?);
        let (least, most) = if self.assumes(open::PASSWORD_CHANGE, "3-30") { (3, 30) } else { (8, 50) };
        if !(least..=most).contains(&new.chars().count()) {
            return Err(Problem::bad(format!("new_password must have {least} to {most} characters")));
        }
        let mut store = self.store();
        let person = store.live.person.clone().ok_or_else(|| Problem::missing("No such person"))?;
        if person.password != old {
            return Err(Problem::bad("The current password is wrong"));
        }
        let person = Person { password: new, ..Person::clone(&person) };
        store.change(Delta::Person(Arc::new(person)), clock::instant());
        Ok(self.void())
    }

    /// `GET /credentials`: keys and secrets of every account, in clear.
    pub(super) fn credentials(&self, ask: &Ask) -> Answer {
        let mut all: Vec<Value> =
            self.read(ask, |rows| (0..rows.end()).map(|number| self.render_credentials(ask, rows, number)).collect());
        ask.weather.disturb(&mut all);
        Answer::json(200, json!({"credentials": all}))
    }

    /// `POST /credentials`: new ones for an account; the old key is dead. Without `account`, which the documentation
    /// does not require, it is the token's (assumption).
    pub(super) fn renew_credentials(&self, ask: &Ask, caller: Caller) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["account"])?;
        let number = match members.optional_text("account")? {
            None => Self::account_of(caller)?,
            Some(name) => {
                let found = self.store().live.number_of(&name);
                found.ok_or_else(|| Problem::missing(format!("No account {name}")))?
            }
        };
        self.edit(number, |account| {
            account.keys += 1;
            Ok(())
        })?;
        Ok(Answer::json(200, self.render_credentials(ask, &self.store().live, number)))
    }

    fn render_credentials(&self, ask: &Ask, rows: &Rows, number: u32) -> Value {
        let (key, secret) = self.keys(rows, number);
        let own = format!("http://{}{}/api/", ask.header("host").unwrap_or("localhost"), self.mount);
        let endpoint = if self.assumes(open::ENDPOINT, "own") { own.as_str() } else { FOREIGN_ENDPOINT };
        let exports = format!(
            "export LANDSCAPE_API_URI='{own}'\nexport LANDSCAPE_API_KEY='{key}'\nexport LANDSCAPE_API_SECRET='{secret}'"
        );
        json!({
            "access_key": key,
            "account_name": self.demo.name(number),
            "account_title": rows.title(number),
            "endpoint": endpoint,
            "exports": exports,
            "secret_key": secret,
        })
    }
}

/// The account in which somebody has another e-mail now.
fn with_email(account: &Account, before: &str, person: &Person) -> Option<Account> {
    let place = account.team.iter().position(|one| one.email == before)?;
    let mut account = account.clone();
    account.team[place].email.clone_from(&person.email);
    for role in &mut account.roles {
        for email in role.persons.iter_mut().filter(|email| *email == before) {
            email.clone_from(&person.email);
        }
    }
    Some(account)
}
