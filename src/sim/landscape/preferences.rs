//! The preferences of an account; its title is one of them.

use serde_json::{Map, Value, json};

use crate::sim::request::{Answer, Ask};

use super::body::Members;
use super::open;
use super::problem::{Problem, nothing};
use super::rows::Account;
use super::site::Site;

const PASSWORD: &str = "registration_password";
const AUTO: &str = "auto_register_new_computers";
const AUDIT: &str = "audit_retention_period";

impl Site {
    /// `GET /preferences` (vendor's interface).
    pub(super) fn preferences(&self, ask: &Ask, number: u32) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        Ok(Answer::json(200, self.render_preferences(&account)))
    }

    /// `PATCH /preferences`: a JSON merge patch; null clears the registration password and nothing else.
    pub(super) fn set_preferences(&self, ask: &Ask, number: u32) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["title", PASSWORD, AUTO, AUDIT, "ubuntu_one"])?;
        let needs_password = self.assumes(open::AUTO_REGISTER, "yes");
        let account = self.edit(number, |account| {
            patch(account, &members)?;
            if account.auto_register && account.registration.is_none() && needs_password {
                return Err(Problem::bad(format!("{AUTO} needs a {PASSWORD}")));
            }
            Ok(account.clone())
        })?;
        if self.assumes(open::PATCH_REPLY, "empty") {
            return Ok(nothing(200));
        }
        Ok(Answer::json(200, self.render_preferences(&account)))
    }

    fn render_preferences(&self, account: &Account) -> Value {
        let mut map = Map::new();
        map.insert(AUDIT.into(), account.audit_retention.into());
        map.insert(AUTO.into(), account.auto_register.into());
        map.insert(PASSWORD.into(), json!(account.registration));
        map.insert("title".into(), account.title.clone().into());
        if self.assumes(open::UBUNTU_ONE, "present") {
            map.insert("ubuntu_one".into(), account.ubuntu_one.into());
        }
        Value::Object(map)
    }
}

fn patch(account: &mut Account, members: &Members<'_>) -> Result<(), Problem> {
    if members.get("title").is_some() {
        account.title = members.text("title")?;
    }
    if let Some(auto) = members.flag(AUTO)? {
        account.auto_register = auto;
    }
    if let Some(days) = members.number(AUDIT)? {
        account.audit_retention = days;
    }
    if let Some(ubuntu_one) = members.flag("ubuntu_one")? {
        account.ubuntu_one = ubuntu_one;
    }
    if members.get(PASSWORD).is_some() {
        account.registration = members.optional_text(PASSWORD)?;
        match &account.registration {
            Some(text) if !(3..=50).contains(&text.chars().count()) || text.contains(['\n', '\r']) => {
                return Err(Problem::bad(format!("{PASSWORD} must be a single line of 3 to 50 characters")));
            }
            // Landscape documentation: auto-registration must be disabled to clear it.
            None if account.auto_register => {
                return Err(Problem::bad(format!("{AUTO} must be disabled to clear the {PASSWORD}")));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}
