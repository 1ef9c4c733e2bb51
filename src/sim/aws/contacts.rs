//! Account Management: contact information, alternate contacts, the name of an account.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::access::Caller;
use super::body::Fields;
use super::operation::Operation;
use super::problem::Problem;
use super::rows::{Account, Alternate, Contact, Delta, Rows, State};
use super::{Aws, MANAGEMENT, ids, open, render};

/// The fields of contact information, whether each must be there, and its longest text (AWS service model).
const FIELDS: [(&str, bool, usize); 12] = [
    ("FullName", true, 50),
    ("AddressLine1", true, 60),
    ("AddressLine2", false, 60),
    ("AddressLine3", false, 60),
    ("City", true, 50),
    ("StateOrRegion", false, 50),
    ("DistrictOrCounty", false, 50),
    ("PostalCode", true, 20),
    ("CountryCode", true, 2),
    ("PhoneNumber", true, 20),
    ("CompanyName", false, 50),
    ("WebsiteUrl", false, 256),
];
/// Where `StateOrRegion` must be there (AWS documentation).
const WITH_STATE: [&str; 7] = ["US", "CA", "GB", "DE", "JP", "IN", "BR"];

/// Whose contacts are concerned, and what the caller wants there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errand {
    pub(super) caller: Caller,
    pub(super) operation: Operation,
}

impl Aws {
    /// The account that a request is about: the caller's own without `AccountId`, else a member of the organization, if
    /// the caller may ask for others.
    pub(super) fn subject(&self, rows: &Rows, ask: &Ask, fields: &Fields, errand: Errand) -> Result<u32, Problem> {
        let Errand { caller, operation } = errand;
        let denied = |detail: &str| self.not_authorized(errand, detail);
        if caller == Caller::NoAccount || (caller == Caller::Delegate && operation.writes()) {
            return Err(denied(""));
        }
        let Some(id) = fields.text("AccountId")? else {
            return Ok(caller.own());
        };
        fields.follows("AccountId", ids::is_account(id))?;
        if ask.weather.no_organizations {
            return Err(denied("The calling account is not in an organization"));
        }
        match caller {
            Caller::Untrusted => {
                return Err(denied("Your organization must first enable trusted access with AWS Account Management"));
            }
            Caller::Member => {
                let detail = "Only the management account or a delegated administrator can specify an account";
                return Err(denied(detail));
            }
            Caller::Management | Caller::Delegate | Caller::NoAccount => {}
        }
        let unknown = || match self.of(open::UNKNOWN_MEMBER) {
            "ResourceNotFoundException" => Problem::new("ResourceNotFoundException", "The account was not found."),
            _ => denied("The specified account must be a member account of the organization"),
        };
        let (number, _) = rows.account_of_id(id).ok_or_else(unknown)?;
        if number == MANAGEMENT {
            // Reported live.
            let detail =
                "The management account can only be managed using the standalone context from the management account";
            return Err(denied(detail));
        }
        Ok(number)
    }

    /// The refusal of a caller, as it is reported live.
    fn not_authorized(&self, errand: Errand, detail: &str) -> Problem {
        let caller = errand.caller;
        let (account, user) = (self.demo.ids.account(caller.own()), caller.user());
        let shown = !detail.is_empty() && self.of(open::DENIED_DETAIL) == "present";
        let detail = if shown { format!(" ({detail})") } else { String::new() };
        Problem::denied(format!(
            "User: arn:aws:iam::{account}:user/{user} is not authorized to perform: account:{}{detail}",
            errand.operation.name()
        ))
    }

    /// The answer of an operation without output.
    fn stored(&self) -> Answer {
        match self.of(open::EMPTY_OUTPUT) {
            "object" => Answer::json(200, json!({})),
            _ => Answer { status: 200, ..Answer::empty() },
        }
    }

    /// `GetContactInformation`.
    pub(super) fn contact(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let number = self.subject(rows, ask, fields, errand)?;
            let unset = || Problem::new("ResourceNotFoundException", "No contact information found for the account.");
            let contact = rows.contact(number).ok_or_else(unset)?;
            Ok(Answer::json(200, json!({"ContactInformation": contact})))
        })
    }

    /// `PutContactInformation`: the whole of it; what is not sent is gone.
    pub(super) fn put_contact(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        let mut store = self.store();
        let number = self.subject(&store.live, ask, fields, errand)?;
        let sent = fields.within("ContactInformation")?;
        let mut contact = Map::new();
        for (field, needed, most) in FIELDS {
            let text = if needed { Some(sent.needed(field, 1, most)?) } else { sent.sized(field, 1, most)? };
            if let Some(text) = text {
                contact.insert(field.to_owned(), text.into());
            }
        }
        let text = |field: &str| contact.get(field).and_then(Value::as_str).unwrap_or("");
        let country = text("CountryCode");
        sent.follows("CountryCode", country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))?;
        let phone = text("PhoneNumber").strip_prefix('+').unwrap_or("");
        sent.follows("PhoneNumber", !phone.is_empty() && phone.chars().all(is_of_phone))?;
        if WITH_STATE.contains(&country) {
            sent.needed("StateOrRegion", 1, 50)?;
        }
        store.change(Delta::Contact(number, contact), clock::instant());
        Ok(self.stored())
    }

    fn alternate_kind(fields: &Fields) -> Result<Alternate, Problem> {
        let sent = fields.required("AlternateContactType")?;
        let kind = Alternate::ALL.into_iter().find(|kind| kind.word() == sent);
        kind.ok_or_else(|| {
            fields.wrong("AlternateContactType", "INVALID_ENUM", "must be one of BILLING, OPERATIONS and SECURITY")
        })
    }

    fn no_alternate() -> Problem {
        Problem::new("ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
    }

    /// `GetAlternateContact`: 404 where none is set.
    pub(super) fn alternate(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let number = self.subject(rows, ask, fields, errand)?;
            let contact = rows.alternate(number, Self::alternate_kind(fields)?).ok_or_else(Self::no_alternate)?;
            Ok(Answer::json(200, json!({"AlternateContact": contact})))
        })
    }

    /// `PutAlternateContact`: every field must be there.
    pub(super) fn put_alternate(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        let mut store = self.store();
        let number = self.subject(&store.live, ask, fields, errand)?;
        let kind = Self::alternate_kind(fields)?;
        let mut contact = Contact::from_iter([("AlternateContactType".to_owned(), kind.word().into())]);
        for (field, most) in [("Name", 64), ("Title", 50), ("EmailAddress", 254), ("PhoneNumber", 25)] {
            contact.insert(field.to_owned(), fields.needed(field, 1, most)?.into());
        }
        let email = fields.required("EmailAddress")?.trim();
        let parts =
            email.split_once('@').filter(|(front, back)| !front.is_empty() && back.trim_matches('.').contains('.'));
        fields.follows("EmailAddress", parts.is_some() && !email.contains(char::is_whitespace))?;
        fields.follows("PhoneNumber", fields.required("PhoneNumber")?.chars().all(|c| c == '+' || is_of_phone(c)))?;
        store.change(Delta::Alternate(number, kind, Some(contact)), clock::instant());
        Ok(self.stored())
    }

    /// `DeleteAlternateContact`: 404 where none is set.
    pub(super) fn delete_alternate(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        let mut store = self.store();
        let number = self.subject(&store.live, ask, fields, errand)?;
        let kind = Self::alternate_kind(fields)?;
        store.live.alternate(number, kind).ok_or_else(Self::no_alternate)?;
        store.change(Delta::Alternate(number, kind, None), clock::instant());
        Ok(self.stored())
    }

    /// `GetAccountInformation`.
    pub(super) fn account_information(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let number = self.subject(rows, ask, fields, errand)?;
            let account = rows.account(number).ok_or_else(|| self.not_authorized(errand, ""))?;
            // This service knows no state between open and closed.
            let state = if account.state == State::PendingClosure { State::Active } else { account.state };
            let mut map = Map::from_iter([
                ("AccountId".to_owned(), Value::from(self.demo.ids.account(number))),
                ("AccountCreatedDate".to_owned(), account.joined.to_string().into()),
                ("AccountState".to_owned(), render::state(&self.choices, state).into()),
            ]);
            if let Some(name) = &account.name {
                map.insert("AccountName".into(), name.as_str().into());
            }
            Ok(Answer::json(200, map.into()))
        })
    }

    /// `PutAccountName`.
    pub(super) fn put_name(&self, ask: &Ask, fields: &Fields, errand: Errand) -> Result<Answer, Problem> {
        let mut store = self.store();
        let number = self.subject(&store.live, ask, fields, errand)?;
        let name = fields.needed("AccountName", 1, 50)?;
        let fits = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'<' && byte != b'>';
        fields.follows("AccountName", name.bytes().all(fits))?;
        let account = store.live.account(number).ok_or_else(|| self.not_authorized(errand, ""))?;
        let renamed = Account { name: Some(name.to_owned()), ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(renamed))), clock::instant());
        Ok(self.stored())
    }
}

/// What a phone number has beside its plus sign.
fn is_of_phone(c: char) -> bool {
    c.is_ascii_digit() || c.is_whitespace() || "()-".contains(c)
}
