//! The two calls that create accounts. No call reads, renames (but `preferences`) or deletes one.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Members;
use super::open;
use super::problem::Problem;
use super::rows::{Delta, Person};
use super::site::Site;

/// The title of a standalone account (Landscape documentation).
const ORGANIZATION: &str = "Organization";
/// The id of a standalone deployment's first administrator.
const FIRST_PERSON: u32 = 1;

impl Site {
    /// `POST /accounts`. Landscape documentation: fails if the user has an account already or self-service creation is
    /// disabled; the user becomes an administrator of the new account.
    pub(super) fn create_account(&self, ask: &Ask) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["title"])?;
        let title = members.text("title")?;
        let disabled = "Self-service account creation is disabled";
        match self.choices.of(open::SELF_SERVICE) {
            "disabled-403" => return Err(Problem::status(403, disabled)),
            "disabled-400" => return Err(Problem::bad(disabled)),
            _ => {}
        }
        if self.demo.self_hosted && self.assumes(open::STANDALONE_CREATE, "refused") {
            return Err(Problem::status(403, "A standalone deployment has one account only"));
        }
        let mut store = self.store();
        let number = store.live.end();
        if number > 0 && self.assumes(open::CREATE_ACCOUNT, "refused-has-account") {
            return Err(Problem::bad("The user already has an account"));
        }
        let person = store.live.person.clone().ok_or_else(|| Problem::status(401, "Authentication is required"))?;
        let account = Arc::new(self.demo.fresh(&title, &person));
        store.change(Delta::Account(number, account), clock::instant());
        let status = self.choices.of(open::CREATE_STATUS).parse().unwrap_or(200);
        Ok(Answer::json(status, self.created(&person, number, &title)))
    }

    /// `GET /standalone-account`: 404 in any deployment but a standalone one (Landscape documentation).
    pub(super) fn standalone_account(&self) -> Result<Answer, Problem> {
        let missing = || Problem::missing("This is not a standalone deployment").with_detail();
        if !self.demo.self_hosted {
            return Err(missing());
        }
        let exists = self.store().live.end() > 0;
        if !exists && self.assumes(open::STANDALONE_ABSENT, "404") {
            return Err(missing());
        }
        Ok(Answer::json(200, json!({"exists": exists})))
    }

    /// `POST /standalone-account`: the first administrator and the only account. There is no user yet, so no token is
    /// asked for (vendor's interface).
    pub(super) fn create_standalone(&self, ask: &Ask) -> Result<Answer, Problem> {
        if !self.demo.self_hosted {
            let elsewhere = self.choices.of(open::STANDALONE_ELSEWHERE);
            return Err(Problem::of(elsewhere, "This is not a standalone deployment"));
        }
        let exists = || Problem::bad("Standalone account already exists");
        if self.store().live.end() > 0 {
            return Err(exists());
        }
        let members = Members::of(ask, &self.choices, &["email", "name", "password"])?;
        let (email, name) = (members.text("email")?, members.text("name")?);
        let password = members.text("password")?;
        if !is_email(&email) {
            return Err(Problem::bad("email must be a valid e-mail address"));
        }
        weak(&password, self.choices.of(open::PASSWORD_RULES)).map_or(Ok(()), |why| Err(Problem::bad(why)))?;
        let mut store = self.store();
        if store.live.end() > 0 {
            return Err(exists());
        }
        let person = Arc::new(Person {
            id: FIRST_PERSON,
            name,
            email,
            identity: None,
            password,
            timezone: "UTC".to_owned(),
            last_login: clock::wall(),
            last_host: "127.0.0.1".to_owned(),
            preferred: None,
            allowable: None,
        });
        let account = Arc::new(self.demo.fresh(ORGANIZATION, &person));
        store.change(Delta::Person(Arc::clone(&person)), clock::instant());
        store.change(Delta::Account(0, account), clock::instant());
        let status = self.choices.of(open::STANDALONE_STATUS).parse().unwrap_or(201);
        Ok(Answer::json(status, self.created(&person, 0, ORGANIZATION)))
    }

    /// The account object, which only the two creations answer.
    fn created(&self, person: &Person, number: u32, title: &str) -> Value {
        let now = clock::wall().to_string();
        let openid = self.assumes(open::OPENID, "string").then(|| format!("https://login.example/+id/{}", person.id));
        let last = self.assumes(open::LAST_LOGIN, "time").then(|| now.clone());
        json!({
            "account": self.demo.name(number),
            "creation_time": now,
            "administrators": [{"name": person.name, "email": person.email, "openid": openid}],
            "disabled": false,
            "disabled_reason": null,
            "computers": 0,
            "company": title,
            "last_login_time": last,
            "licenses": [],
            "salesforce_account_key": null,
            "enabled_features": [],
            "subdomain": null,
        })
    }
}

/// Whether a text looks like an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let shaped = |(user, host): (&str, &str)| !user.is_empty() && !host.is_empty();
    text.split_once('@').is_some_and(shaped) && !text.contains(char::is_whitespace)
}

/// What is wrong with a password. Landscape documentation of `enforce_password_strength`, which is on by default: at
/// least 8 characters, with an upper and a lower case letter and a digit; the vendor's interface also stops at 50.
fn weak(password: &str, rules: &str) -> Option<&'static str> {
    if rules == "off" {
        return None;
    }
    let count = password.chars().count();
    let lacks = |what: fn(char) -> bool| !password.chars().any(what);
    if count < 8 {
        Some("The password must be at least 8 characters long")
    } else if lacks(char::is_uppercase) || lacks(char::is_lowercase) || lacks(|c| c.is_ascii_digit()) {
        Some("The password must contain an upper case letter, a lower case letter and a digit")
    } else if rules == "strong-to-50" && count > 50 {
        Some("The password must be at most 50 characters long")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_weak_as_the_rules_say() {
        assert_eq!(weak("Passw0rd", "strong"), None);
        for bad in ["Passw0r", "passw0rd", "PASSW0RD", "Password", ""] {
            assert!(weak(bad, "strong").is_some(), "{bad}");
            assert_eq!(weak(bad, "off"), None);
        }
        let long = format!("Aa1{}", "x".repeat(48));
        assert_eq!(weak(&long, "strong"), None);
        assert!(weak(&long, "strong-to-50").is_some());
    }

    #[test]
    fn an_address_has_two_sides_and_no_gaps() {
        assert!(is_email("a@b"));
        for bad in ["a", "@b", "a@", "a b@c"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
