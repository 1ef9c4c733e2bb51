//! Accounts: list, show, move, describe.

use std::sync::Arc;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::paging::{Load, Naming, Page, account_key, account_of_key, accounts};
use super::problem::Problem;
use super::rows::{Account, Delta, Maybe};
use super::{Huawei, MANAGEMENT, done, listed, one, open, render};

impl Huawei {
    /// Whether contact data was asked for.
    fn load(&self, ask: &Ask) -> Result<Load, Problem> {
        let flag = ask.param("with_register_contact_info").unwrap_or("").to_ascii_lowercase();
        match flag.as_str() {
            "true" => Ok(Load::Contact),
            "" | "false" => Ok(Load::Plain),
            _ => Err(self.invalid("The parameter with_register_contact_info must be true or false.")),
        }
    }

    /// `GET /accounts`: all, or those right below a parent.
    pub(super) fn list_accounts(&self, ask: &Ask) -> Result<Answer, Problem> {
        let load = self.load(ask)?;
        let newest = self.of(open::ORDER) == "newest-first";
        let id = |key| account_of_key(key, newest).map_or_else(String::new, |number| self.demo.account_id(number));
        let find = |id: &str| self.demo.account_number(id).map(|number| account_key(number, newest));
        let naming = Naming { id: Some(&id), key: &find };
        let page = Page::from(ask, self.seed, &self.choices, &naming, load)?;
        self.read(ask, |rows| {
            let parent = Self::given(ask, "parent_id");
            let parent = parent.map(|id| self.find_unit(rows, ask, id)).transpose()?;
            let (page, info) = page.cut(accounts(rows, parent, newest, page.from), &naming);
            let found = page.into_iter().filter_map(|number| Some((number, rows.account(number)?)));
            let page = found.map(|(number, one)| render::account(rows, &self.choices, number, &one, load)).collect();
            Ok(listed("accounts", page, info, ask))
        })
    }

    /// `GET /accounts/{id}`.
    pub(super) fn account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let load = self.load(ask)?;
        if let Some(number) = self.demo.account_number(id) {
            self.look_at_closing(Some(number));
        }
        self.read(ask, |rows| {
            let (number, account) = self.find_account(rows, id)?;
            Ok(Answer::json(200, one("account", render::account(rows, &self.choices, number, &account, load))))
        })
    }

    /// `POST /accounts/{id}/move`: 200 without a body. The source must be the account's parent.
    pub(super) fn move_account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let fields = Fields::of(ask, &self.choices)?;
        let (source, destination) = (fields.required("source_parent_id")?, fields.required("destination_parent_id")?);
        let mut store = self.store();
        let (number, account) = self.find_account(&store.live, id)?;
        let source = self.find_unit(&store.live, ask, &source)?;
        let destination = self.find_unit(&store.live, ask, &destination)?;
        if source != account.parent {
            let message = "The account is not under the source parent.";
            return Err(Problem::of(self.of(open::WRONG_SOURCE), message));
        }
        let management = self.of(open::MOVE_MANAGEMENT);
        if number == MANAGEMENT && management != "accepted" {
            return Err(Problem::of(management, "The management account cannot be moved."));
        }
        let here = self.of(open::MOVE_HERE);
        if source == destination && here != "accepted" {
            return Err(Problem::of(here, "The account is already under the destination parent."));
        }
        let moved = Account { parent: destination, ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(moved))), clock::instant());
        Ok(done(200))
    }

    /// `PATCH /accounts/{id}`: the description and nothing else; an empty text clears it, null leaves it (Huawei
    /// documentation).
    pub(super) fn update_account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let fields = Fields::of(ask, &self.choices)?;
        let description = fields.text("description")?;
        let mut store = self.store();
        let (number, account) = self.find_account(&store.live, id)?;
        let mut changed = Account::clone(&account);
        match description {
            None => {}
            Some(text) if text.is_empty() => {
                changed.description = match self.of(open::CLEARED) {
                    "null" => Maybe::Null,
                    "absent" => Maybe::Missing,
                    _ => Maybe::Set(text),
                };
            }
            Some(text) => changed.description = Maybe::Set(text),
        }
        let body = render::account(&store.live, &self.choices, number, &changed, Load::Plain);
        store.change(Delta::Account(number, Some(Arc::new(changed))), clock::instant());
        Ok(Answer::json(200, one("account", body)))
    }
}
