//! Account Management: the primary address of a member account, which changes once the code that was mailed there comes
//! back. The code is always [`CODE`].

use std::sync::Arc;

use serde_json::json;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::Aws;
use super::body::Fields;
use super::contacts::Errand;
use super::problem::Problem;
use super::rows::{Account, Delta, Rows};

/// What stands in the mail.
const CODE: &str = "SIM123";

impl Aws {
    /// The member that a request is about: here it must be named.
    fn member(&self, rows: &Rows, ask: &Ask, fields: &Fields, errand: Errand) -> Result<(u32, Arc<Account>), Problem> {
        fields.required("AccountId")?;
        let number = self.subject(rows, ask, fields, errand)?;
        let lost = || Problem::new("ResourceNotFoundException", "The account was not found.");
        Ok((number, rows.account(number).ok_or_else(lost)?))
    }

    /// `GetPrimaryEmail`.
    pub(super) fn primary_email(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let (_, account) = self.member(rows, ask, fields, errand)?;
            let unset = || Problem::new("ResourceNotFoundException", "The account has no primary email address.");
            let email = account.email.as_ref().ok_or_else(unset)?;
            Ok(Answer::json(200, json!({"PrimaryEmail": email})))
        })
    }

    /// `StartPrimaryEmailUpdate`: a code is mailed to the new address.
    pub(super) fn start_email(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, _) = self.member(&store.live, ask, fields, errand)?;
        let email = fields.needed("PrimaryEmail", 5, 64)?;
        fields.follows("PrimaryEmail", Fields::is_email(email))?;
        if store.live.has_email(email) {
            return Err(Problem::new("ConflictException", "The email address is already in use."));
        }
        store.change(Delta::NextEmail(number, Some(email.to_owned())), clock::instant());
        Ok(Answer::json(200, json!({"Status": "PENDING"})))
    }

    /// `AcceptPrimaryEmailUpdate`: with the code the address holds.
    pub(super) fn accept_email(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.member(&store.live, ask, fields, errand)?;
        let email = fields.needed("PrimaryEmail", 5, 64)?;
        let code = fields.needed("Otp", 6, 6)?;
        if store.live.next_email(number).map(String::as_str) != Some(email) {
            return Err(Problem::new(
                "ResourceNotFoundException",
                "No update of the primary email address is pending.",
            ));
        }
        fields.follows("Otp", code == CODE)?;
        let changed = Account { email: Some(email.to_owned()), ..Account::clone(&account) };
        let now = clock::instant();
        store.change(Delta::Account(number, Some(Arc::new(changed))), now);
        store.change(Delta::NextEmail(number, None), now);
        Ok(Answer::json(200, json!({"Status": "ACCEPTED"})))
    }
}
