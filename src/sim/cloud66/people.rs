//! The users of an account, and what each may do there.

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::accounts::Caller;
use super::demo::SELF;
use super::envelope::{self, Problem};
use super::paging::Page;
use super::store::{Delta, Edits};
use super::{Cloud66, body, open, stamp};

/// The first user's id, and the distance between those of two accounts: no account has more users.
const FIRST_ID: u64 = 2_001;
const STRIDE: u64 = 64;

/// The permissions of an account profile (Cloud 66's library), and which of them a Viewer has in its documentation.
const PERMISSIONS: [(&str, bool); 18] = [
    ("can_create_stack", true),
    ("can_admin_users", false),
    ("can_payment", false),
    ("can_add_cloud_key", false),
    ("can_del_cloud_key", true),
    ("can_view_acc_notifications", false),
    ("can_edit_acc_notifications", true),
    ("can_view_audit", false),
    ("can_view_docker_img_key", false),
    ("can_del_ssh_key", false),
    ("can_edit_personal_token", false),
    ("can_del_authorized_app", false),
    ("can_view_custom_env", false),
    ("can_edit_custom_env", false),
    ("can_add_developers_app", false),
    ("can_del_developers_app", false),
    ("can_edit_git_key", false),
    ("can_edit_gateway", false),
];

/// A user, by the account where it is listed first and its place there; place 0 is the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Person {
    account: u32,
    place: u32,
}

/// The user behind the published tokens.
const MYSELF: Person = Person { account: 0, place: 0 };

/// How much of a user is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Short,
    Full,
}

impl Cloud66 {
    /// `GET /users`: those of the account that `X-Account` names, else of the primary one.
    pub(super) fn list_users(&self, ask: &Ask, caller: Caller) -> Result<Answer, Problem> {
        let account = self.chosen(ask, caller)?.unwrap_or(caller.primary);
        let page = Page::from(ask, &self.choices)?;
        let all = if caller.sees(account) { self.people(account) } else { Vec::new() };
        let detail = if self.choices.of(open::USERS_LIST) == "full" { Detail::Full } else { Detail::Short };
        let rows = self.read(ask, |edits| {
            let shown = all[page.window(all.len())].iter();
            shown.map(|person| self.render_person(edits, *person, account, detail)).collect()
        });
        page.answer(rows, all.len(), &ask.weather, &self.choices)
    }

    /// `GET /users/:id`.
    pub(super) fn user(&self, ask: &Ask, caller: Caller, id: &str) -> Result<Answer, Problem> {
        let person = self.find_person(caller, id)?;
        let account = self.chosen(ask, caller)?.unwrap_or(person.account);
        let response = self.read(ask, |edits| self.render_person(edits, person, account, Detail::Full));
        Ok(envelope::success(response))
    }

    /// `PUT /users/:id`: the whole user is sent, and only `access_profile` is applied (Cloud 66 documentation).
    pub(super) fn update_user(&self, ask: &Ask, caller: Caller, id: &str) -> Result<Answer, Problem> {
        let person = self.find_person(caller, id)?;
        let mut map = body::fields(ask)?;
        let profile = map.remove("access_profile").filter(|value| !value.is_null());
        if profile.as_ref().is_some_and(|value| !value.is_object()) {
            return Err(Problem::bad_request("access_profile must be an object"));
        }
        let mut store = self.store();
        if let Some(profile) = profile {
            store.change(Delta::Profile(person.id(), profile), clock::instant());
        }
        let user = self.render_person(&store.live, person, person.account, Detail::Full);
        Ok(if self.choices.of(open::PUT_USER) == "bare" { Answer::json(200, user) } else { envelope::success(user) })
    }

    /// The users of an account: its owner, the user behind the tokens, then the others.
    fn people(&self, account: u32) -> Vec<Person> {
        let mut people = Vec::new();
        if !self.owned_by_myself(account) {
            people.push(Person { account, place: 0 });
        }
        people.push(MYSELF);
        people.extend((1..=self.demo.members(account)).map(|place| Person { account, place }));
        people
    }

    /// Whether the account's owner is the user behind the tokens.
    fn owned_by_myself(&self, account: u32) -> bool {
        account == MYSELF.account || self.demo.account(account).owner.as_deref() == Some(SELF)
    }

    /// The user that a path names, if the caller shares an account with it.
    fn find_person(&self, caller: Caller, id: &str) -> Result<Person, Problem> {
        if id == "self" && self.choices.of(open::USERS_SELF) == "user" {
            return Ok(MYSELF);
        }
        let id: u64 = id.parse().map_err(|_| self.malformed())?;
        let found = Person::of_id(id).filter(|person| {
            let listed = person.account < self.demo.count && person.place <= self.demo.members(person.account);
            let twice = person.place == 0 && *person != MYSELF && self.owned_by_myself(person.account);
            listed && !twice && (caller.sees(person.account) || *person == MYSELF)
        });
        found.ok_or_else(Problem::not_found)
    }

    /// The e-mail and the primary account's id. Users other than an owner have an account of their own that the caller
    /// does not see: its id lies after all others.
    fn address(&self, person: Person) -> (String, u64) {
        if person == MYSELF {
            return (SELF.to_owned(), self.demo.account_id(0));
        }
        let one = self.demo.account(person.account);
        if person.place == 0
            && let Some(owner) = one.owner
        {
            return (owner, self.demo.account_id(person.account));
        }
        let domain = self.demo.domain(person.account, &one.name);
        let name = self.demo.person(self.demo.drawn(person.id(), 81));
        (format!("{name}.{}@{domain}", person.place), 900_000_000 + person.id())
    }

    fn render_person(&self, edits: &Edits, person: Person, account: u32, detail: Detail) -> Value {
        let drawn = self.demo.drawn(person.id(), 82);
        let one_in = |shift: u32, many: u64| (drawn >> shift).is_multiple_of(many);
        let (email, primary) = self.address(person);
        let (created, updated) = self.demo.moments(drawn);
        let date = |moment| stamp(&self.choices, moment);
        let mut map = Map::new();
        map.insert("id".into(), person.id().into());
        map.insert("email".into(), email.into());
        map.insert("primary_account_id".into(), primary.into());
        map.insert("locked".into(), (person.place > 0 && one_in(3, 11)).into());
        if detail == Detail::Full {
            let changed = edits.profile(person.id()).cloned();
            map.insert("access_profile".into(), changed.unwrap_or_else(|| self.profile(person, drawn)));
        }
        map.insert("uses_tfa".into(), one_in(7, 2).into());
        map.insert("timezone".into(), self.demo.timezone(drawn).into());
        map.insert("has_valid_phone".into(), one_in(11, 3).into());
        map.insert("developer_program".into(), one_in(13, 5).into());
        map.insert("github_login".into(), one_in(17, 2).into());
        let never = person.place > 0 && one_in(19, 6);
        map.insert("last_login".into(), if never { Value::Null } else { date(updated).into() });
        let devices = if one_in(23, 8) { vec![self.device(person)] } else { Vec::new() };
        map.insert("devices".into(), devices.into());
        map.insert("created_at".into(), date(created).into());
        map.insert("updated_at".into(), date(updated).into());
        map.insert("cloud_status".into(), if one_in(29, 9) { "partial" } else { "healthy" }.into());
        if self.choices.of(open::USER_SHAPE) == "model" {
            let name = self.demo.name(account);
            let role = role(person, drawn);
            let here = json!({"id": self.demo.account_id(account), "role": role, "name": name});
            map.insert("accounts".into(), vec![here].into());
        }
        map.into()
    }

    /// `access_profile`, as the library reads it or as the documentation's model has it.
    fn profile(&self, person: Person, drawn: u64) -> Value {
        let role = role(person, drawn);
        let stacks: Vec<Value> = (0..self.demo.stacks(person.account).min(3))
            .map(|index| json!({"stack_uid": self.stack_uid(person.account, index), "role": role}))
            .collect();
        if self.choices.of(open::USER_SHAPE) == "model" {
            return json!({"account_profile": role, "stack_profiles": stacks, "acls": ["account:read"]});
        }
        let mut account = Map::new();
        for (name, viewer) in PERMISSIONS {
            account.insert(name.into(), (viewer || role == "Administrator").into());
        }
        account.insert("default_roles".into(), json!([role]));
        json!({"account_profile": account, "stack_profiles": stacks, "acls_profile": []})
    }

    /// A mobile device (Cloud 66 documentation: dates twice, in two forms).
    fn device(&self, person: Person) -> Value {
        let (created, updated) = self.demo.moments(person.id());
        json!({
            "device_type": 1,
            "sub_type": 2,
            "token": &self.demo.mark(0xde71, person.id())[..16],
            "enabled": true,
            "created_at": created.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            "updated_at": updated.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            "created_at_iso": stamp(&self.choices, created),
            "updated_at_iso": stamp(&self.choices, updated),
        })
    }
}

impl Person {
    fn id(self) -> u64 {
        FIRST_ID + u64::from(self.account) * STRIDE + u64::from(self.place)
    }

    fn of_id(id: u64) -> Option<Self> {
        let rest = id.checked_sub(FIRST_ID)?;
        let account = u32::try_from(rest / STRIDE).ok()?;
        Some(Self { account, place: u32::try_from(rest % STRIDE).ok()? })
    }
}

/// The role: owners and the user behind the tokens administrate.
fn role(person: Person, drawn: u64) -> &'static str {
    if person.place == 0 {
        return "Administrator";
    }
    ["Administrator", "Deployer", "Viewer"][usize::try_from((drawn >> 31) % 3).unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_id_leads_back_to_it() {
        for (account, place) in [(0, 0), (0, 46), (1, 0), (9_999_999, 63)] {
            let person = Person { account, place };
            assert_eq!(Person::of_id(person.id()), Some(person));
        }
        assert_eq!(Person::of_id(5), None);
    }
}
