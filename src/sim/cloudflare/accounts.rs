//! The account family: list, create, show, change, delete.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::credential::Standing;
use crate::sim::request::{Answer, Ask};

use super::body::{Fields, object};
use super::envelope::{self, Problem};
use super::paging::Numbered;
use super::render::Look;
use super::rows::{Account, Delta, Plan, Rows, Settings};
use super::{ACCOUNT_ERROR, Cloudflare, OWN_ACCOUNT, open};

/// What a create asks for.
struct Wanted {
    name: String,
    plan: Plan,
    unit: Option<String>,
    standalone: bool,
}

impl Cloudflare {
    /// `GET /accounts`.
    pub(super) fn list_accounts(&self, ask: &Ask, standing: Standing) -> Result<Answer, Problem> {
        let page = Numbered::from(ask, &self.choices)?;
        let backwards = backwards(ask, ACCOUNT_ERROR)?;
        if standing == Standing::Account {
            return self.own_page(ask, page);
        }
        let name = ask.param("name").filter(|name| !name.is_empty()).map(str::to_lowercase);
        let order = self.choices.of(open::ACCOUNTS_ORDER);
        self.read(ask, |rows| {
            let all = rows.count();
            let (matching, numbers) = if name.is_none() && order != "name" {
                let from_end = backwards != (order == "newest-first");
                (all, plain_page(rows, page, from_end))
            } else {
                let list = self.list(rows, name.as_deref(), order);
                (list.len(), list_page(&list, page, backwards))
            };
            let with = self.choices.of(open::TOTAL_COUNT) == "with-filters";
            let info = page.info(numbers.len(), matching, if with { matching } else { all }, &self.choices);
            let (found, look) = (rows.accounts(&numbers), Look::new(&self.choices));
            let mut result: Vec<_> =
                found.iter().map(|(number, account)| look.account(rows, *number, account)).collect();
            ask.weather.disturb(&mut result);
            Ok(envelope::page(&result, info))
        })
    }

    /// The accounts of a name, or in an order, that the plain list does not give.
    fn list(&self, rows: &mut Rows, name: Option<&str>, order: &str) -> Arc<Vec<u32>> {
        let contains = self.choices.of(open::ACCOUNTS_NAME) == "contains";
        rows.list(format!("accounts {order} {name:?}"), |rows| {
            let fits = |number: &u32| {
                name.is_none_or(|wanted| {
                    let own = rows.name(*number).to_lowercase();
                    if contains { own.contains(wanted) } else { own == wanted }
                })
            };
            let mut found: Vec<u32> = rows.numbers().filter(fits).collect();
            if order == "name" {
                found.sort_by_cached_key(|number| (rows.name(*number).to_lowercase(), *number));
            } else if order == "newest-first" {
                found.reverse();
            }
            found
        })
    }

    /// Reported live: an account-owned token gets the same page, its one account, whatever page it asks for, with
    /// `total_pages` 1; in 2024 it was refused with 1001.
    fn own_page(&self, ask: &Ask, page: Numbered) -> Result<Answer, Problem> {
        if self.choices.of(open::ACCOUNT_TOKEN_LIST) == "refused-1001" {
            let message = "Account-owned tokens are not supported by this endpoint";
            return Err(Problem::new(400, ACCOUNT_ERROR, message));
        }
        self.read(ask, |rows| {
            let (found, look) = (rows.accounts(&[OWN_ACCOUNT]), Look::new(&self.choices));
            let result: Vec<_> = found.iter().map(|(number, account)| look.account(rows, *number, account)).collect();
            let info = page.info(result.len(), result.len(), result.len(), &self.choices);
            Ok(envelope::page(&result, info))
        })
    }

    /// `GET /accounts/{id}`.
    pub(super) fn account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let (number, account) = self.find(rows, ask, id)?;
            Ok(envelope::success(self.one_account(rows, number, &account)))
        })
    }

    /// `POST /accounts`. Cloudflare schema: answers 200, not 201. The newest clients send `standalone` (only `true`),
    /// `unit.id` and the header `Idempotency-Key`.
    pub(super) fn create_account(&self, ask: &Ask) -> Result<Answer, Problem> {
        let wanted = wanted(ask)?;
        let mut store = self.store();
        let parent = match &wanted.unit {
            Some(id) => {
                let found = store.live.organization_of_id(id);
                Some(found.ok_or_else(|| self.no_such_organization("unit/id", ACCOUNT_ERROR))?)
            }
            None if wanted.standalone => None,
            None => self.default_organization(&store.live)?,
        };
        let key = ask.header("idempotency-key").filter(|key| !key.is_empty());
        if let Some(made) = key.and_then(|key| store.keys.get(key)).copied() {
            return self.made_before(&store.live, made, &wanted.name);
        }
        if key.is_none() && parent.is_none() && self.choices.of(open::KEY_NEEDED) == "yes" {
            let message = "A standalone account needs exactly one valid Idempotency-Key";
            return Err(Problem::new(400, ACCOUNT_ERROR, message));
        }
        let number = store.live.next_account();
        let account = Arc::new(Account {
            name: wanted.name,
            nameless: false,
            plan: wanted.plan,
            created: clock::wall(),
            dated: true,
            parent,
            manager: None,
            settings: Settings { twofactor: Some(false), ..Settings::default() },
            bare: false,
            quota: None,
        });
        store.change(Delta::Account(number, Some(Arc::clone(&account))), clock::instant());
        if let Some(key) = key {
            store.keys.insert(key.to_owned(), number);
        }
        let result = self.one_account(&store.live, number, &account);
        Ok(envelope::success(result))
    }

    /// One account as the account family shows it.
    fn one_account(&self, rows: &Rows, number: u32, account: &Account) -> Value {
        json!(Look::new(&self.choices).account(rows, number, account))
    }

    /// Where an account goes that is created by name alone: nowhere, or into the only organization there is.
    fn default_organization(&self, rows: &Rows) -> Result<Option<usize>, Problem> {
        if self.choices.of(open::CREATE_BARE) == "standalone" {
            return Ok(None);
        }
        let mut all = rows.organizations();
        if let (Some((only, _)), None) = (all.next(), all.next()) {
            return Ok(Some(only));
        }
        let message = "unit or standalone is required: more than one organization could hold the account";
        Err(Problem::field(ACCOUNT_ERROR, "unit", message))
    }

    /// What a used `Idempotency-Key` gets.
    fn made_before(&self, rows: &Rows, made: u32, name: &str) -> Result<Answer, Problem> {
        let Some(account) = rows.account(made) else {
            let message = "The account of this Idempotency-Key was deleted";
            return Err(Problem::new(409, ACCOUNT_ERROR, message));
        };
        if account.name != name && self.choices.of(open::KEY_REUSED) == "refused" {
            let message = "The Idempotency-Key was used with another body";
            return Err(Problem::new(409, ACCOUNT_ERROR, message));
        }
        let result = self.one_account(rows, made, &account);
        Ok(envelope::success(result))
    }

    /// `PUT /accounts/{id}`. Reported live: `type` is refused when it is sent; in the schema `id`, `name` and `type` are
    /// required. `managed_by` is read-only and ignored.
    pub(super) fn update_account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.find(&store.live, ask, id)?;
        let map = object(ask, ACCOUNT_ERROR)?;
        let mut fields = Fields::new(&map, "", ACCOUNT_ERROR);
        let mut changed = Account::clone(&account);
        changed.name = fields.name();
        changed.nameless = false;
        if fields.value("id").is_some_and(|sent| sent != id) {
            fields.wrong("id", "id must be the id in the path");
        }
        if self.choices.of(open::PUT_TYPE) == "required" {
            if fields.value("id").is_none() {
                fields.wrong("id", "id is required");
            }
            if let Some(plan) = plan(&mut fields, true) {
                changed.plan = plan;
            }
        } else if fields.value("type").is_some() {
            fields.wrong("type", "The account type is not supported");
        }
        if let Some(sent) = fields.object("settings") {
            let mut inner = Fields::new(sent, "settings/", ACCOUNT_ERROR);
            change_settings(&mut inner, &mut changed.settings);
            for error in inner.errors() {
                fields.push(error);
            }
            changed.bare = false;
        }
        fields.done()?;
        let result = self.one_account(&store.live, number, &changed);
        store.change(Delta::Account(number, Some(Arc::new(changed))), clock::instant());
        Ok(envelope::success(result))
    }

    /// `DELETE /accounts/{id}`. Cloudflare schema: the result may be null.
    pub(super) fn delete_account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, _) = self.find(&store.live, ask, id)?;
        store.change(Delta::Account(number, None), clock::instant());
        let result = match self.choices.of(open::DELETE_RESULT) {
            "null" => Value::Null,
            _ => json!({"id": id}),
        };
        Ok(envelope::success(result))
    }

    /// The refusal of an organization that a body names and that is not there.
    pub(super) fn no_such_organization(&self, field: &str, code: u32) -> Problem {
        let status = self.choices.of(open::UNKNOWN_DESTINATION).parse().unwrap_or(400);
        Problem { status, ..Problem::field(code, field, "There is no such organization") }
    }
}

/// `direction`: whether a list runs backwards.
pub(super) fn backwards(ask: &Ask, code: u32) -> Result<bool, Problem> {
    match ask.param("direction") {
        None | Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(_) => Err(Problem::field(code, "direction", "direction must be asc or desc")),
    }
}

/// A page of all accounts, found by counting: no list is made.
fn plain_page(rows: &Rows, page: Numbered, from_end: bool) -> Vec<u32> {
    let all = rows.count();
    let start = page.start().min(all);
    let end = start.saturating_add(page.per_page).min(all);
    let place = |at: usize| if from_end { all - 1 - at } else { at };
    (start..end).filter_map(|at| rows.nth(place(at))).collect()
}

/// A page of a list.
fn list_page(list: &[u32], page: Numbered, backwards: bool) -> Vec<u32> {
    let taken = |all: &mut dyn Iterator<Item = &u32>| all.skip(page.start()).take(page.per_page).copied().collect();
    if backwards { taken(&mut list.iter().rev()) } else { taken(&mut list.iter()) }
}

/// The body of a create.
fn wanted(ask: &Ask) -> Result<Wanted, Problem> {
    let map = object(ask, ACCOUNT_ERROR)?;
    let mut fields = Fields::new(&map, "", ACCOUNT_ERROR);
    let name = fields.name();
    let plan = plan(&mut fields, false).unwrap_or(Plan::Standard);
    let unit = fields.id_of("unit");
    let standalone = match fields.value("standalone") {
        None => false,
        Some(Value::Bool(true)) => true,
        Some(_) => {
            fields.wrong("standalone", "standalone can only be true");
            false
        }
    };
    if standalone && unit.is_some() {
        fields.wrong("standalone", "standalone and unit exclude each other");
    }
    fields.done()?;
    Ok(Wanted { name, plan, unit, standalone })
}

/// The field `type`.
fn plan(fields: &mut Fields<'_>, required: bool) -> Option<Plan> {
    let sent = match fields.value("type") {
        None if required => {
            fields.wrong("type", "type is required");
            return None;
        }
        None => return None,
        Some(sent) => sent,
    };
    let plan = sent.as_str().and_then(Plan::from_word);
    if plan.is_none() {
        fields.wrong("type", "type must be standard or enterprise");
    }
    plan
}

/// The two settings that can be written (Cloudflare schema); null takes a value away.
fn change_settings(fields: &mut Fields<'_>, settings: &mut Settings) {
    match fields.value("abuse_contact_email") {
        None => {}
        Some(Value::Null) => settings.abuse_contact = None,
        Some(Value::String(text)) => settings.abuse_contact = Some(text.clone()),
        Some(_) => fields.wrong("abuse_contact_email", "abuse_contact_email must be a string"),
    }
    match fields.value("enforce_twofactor") {
        None => {}
        Some(Value::Null) => settings.twofactor = None,
        Some(Value::Bool(on)) => settings.twofactor = Some(*on),
        Some(_) => fields.wrong("enforce_twofactor", "enforce_twofactor must be true or false"),
    }
}
