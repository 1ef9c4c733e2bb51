//! Roles, permissions and administrators in the legacy half.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::sim::request::{Answer, Ask};

use super::demo::GLOBAL_ADMIN;
use super::legacy::{Arguments, Edit, Part};
use super::open;
use super::problem::Problem;
use super::rows::{Account, Role};
use super::site::Site;
use super::team;

impl Site {
    /// `GetRoles`: a bare array; with `names`, only these.
    pub(super) fn roles(&self, ask: &Ask, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let names: HashSet<String> = arguments.list("names").into_iter().collect();
        let wanted = account.roles.iter().filter(|role| names.is_empty() || names.contains(&role.name));
        let mut rows: Vec<Value> = wanted.map(|role| self.render_role(role)).collect();
        ask.weather.disturb(&mut rows);
        Ok(Answer::json(200, rows.into()))
    }

    fn render_role(&self, role: &Role) -> Value {
        let extras = self.choices.of(open::ROLE_EXTRAS);
        let mut map = Map::new();
        if extras == "key-and-global" {
            map.insert("key".into(), role.key.into());
        }
        map.insert("name".into(), role.name.clone().into());
        map.insert("description".into(), role.description.clone().into());
        map.insert("permissions".into(), json!(role.permissions));
        if extras != "neither" {
            map.insert("global_permissions".into(), json!(role.global_permissions));
        }
        map.insert("persons".into(), json!(role.persons));
        map.insert("access_groups".into(), json!(role.access_groups));
        Value::Object(map)
    }

    /// `CreateRole`.
    pub(super) fn create_role(&self, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let description = arguments.get("description").unwrap_or("").to_owned();
        let name = arguments.text("name")?;
        let role = self.edit(number, |account| {
            let role = Role {
                key: 0,
                name: name.to_owned(),
                description,
                permissions: Vec::new(),
                global_permissions: Vec::new(),
                persons: Vec::new(),
                access_groups: Vec::new(),
            };
            add(account, role)
        })?;
        Ok(Answer::json(200, self.render_role(&role)))
    }

    /// `CopyRole`.
    pub(super) fn copy_role(&self, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let (name, copy) = (arguments.text("name")?, arguments.text("destination_name")?);
        let role = self.edit(number, |account| {
            let place = place(account, name)?;
            let mut role = account.roles[place].clone();
            copy.clone_into(&mut role.name);
            if let Some(description) = arguments.get("description") {
                description.clone_into(&mut role.description);
            }
            add(account, role)
        })?;
        Ok(Answer::json(200, self.render_role(&role)))
    }

    /// `RemoveRole`: the default role stays.
    pub(super) fn remove_role(&self, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let name = arguments.text("name")?;
        self.edit(number, |account| {
            let place = place(account, name)?;
            writable(name)?;
            account.roles.remove(place);
            Ok(())
        })?;
        Ok(self.legacy_void())
    }

    /// The six actions that add to a role or take away; the role is answered.
    pub(super) fn change_role(
        &self,
        arguments: &Arguments,
        number: u32,
        edit: Edit,
        part: Part,
    ) -> Result<Answer, Problem> {
        let name = arguments.text("name")?;
        let items = arguments.list(part.parameter());
        if items.is_empty() {
            let message = format!("The request must contain the parameter {}", part.parameter());
            return Err(Problem::new(400, "MissingParameter", message));
        }
        let own = self.store().live.person.as_ref().map(|person| person.email.clone()).unwrap_or_default();
        let role = self.edit(number, |account| {
            let place = place(account, name)?;
            self.known(account, part, &items)?;
            if part != Part::Persons {
                writable(name)?;
            }
            if part == Part::Persons && edit == Edit::Remove && name == GLOBAL_ADMIN && items.contains(&own) {
                return Err(team::self_revoke());
            }
            let role = &mut account.roles[place];
            match part {
                Part::AccessGroups => change(&mut role.access_groups, &items, edit),
                Part::Persons => change(&mut role.persons, &items, edit),
                Part::Permissions => {
                    let (global, plain): (Vec<String>, Vec<String>) =
                        items.iter().cloned().partition(|item| self.is_global(item));
                    change(&mut role.permissions, &plain, edit);
                    change(&mut role.global_permissions, &global, edit);
                }
            }
            Ok(role.clone())
        })?;
        Ok(Answer::json(200, self.render_role(&role)))
    }

    fn is_global(&self, permission: &str) -> bool {
        self.demo.permissions().iter().any(|one| one.0 == permission && one.2)
    }

    fn known(&self, account: &Account, part: Part, items: &[String]) -> Result<(), Problem> {
        let exists = |item: &String| match part {
            Part::Permissions => self.demo.permissions().iter().any(|one| one.0 == *item),
            Part::AccessGroups => account.group(item).is_some(),
            Part::Persons => account.team.iter().any(|one| one.email == *item),
        };
        let strays: Vec<&str> = items.iter().filter(|item| !exists(item)).map(String::as_str).collect();
        if strays.is_empty() {
            return Ok(());
        }
        let error = match part {
            Part::Permissions => "InvalidRolePermissions",
            Part::AccessGroups => "UnknownAccessGroups",
            Part::Persons => "UnknownPersonEmails",
        };
        Err(Problem::new(400, error, format!("Unknown: {}", strays.join(", "))))
    }

    /// `GetPermissions`: a bare array.
    pub(super) fn permissions(&self, ask: &Ask) -> Answer {
        let with_global = self.assumes(open::PERMISSION_GLOBAL, "present");
        let permission = |(name, title, global): &(String, String, bool)| {
            if with_global {
                json!({"name": name, "title": title, "global": global})
            } else {
                json!({"name": name, "title": title})
            }
        };
        let mut rows: Vec<Value> = self.demo.permissions().iter().map(permission).collect();
        ask.weather.disturb(&mut rows);
        Answer::json(200, rows.into())
    }

    /// `GetAdministrators`: a bare array, the only list of them there is.
    pub(super) fn administrators(&self, ask: &Ask, number: u32) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let single = self.assumes(open::ADMINISTRATOR_ROLES, "single");
        let administrator = |one: &super::rows::Administrator| {
            let roles = account.roles_of(&one.email);
            if single {
                json!({"email": one.email, "id": one.id, "name": one.name, "role": roles.first()})
            } else {
                json!({"email": one.email, "id": one.id, "name": one.name, "roles": roles})
            }
        };
        let mut rows: Vec<Value> = account.team.iter().map(administrator).collect();
        ask.weather.disturb(&mut rows);
        Ok(Answer::json(200, rows.into()))
    }

    /// `InviteAdministrator`.
    pub(super) fn invite_administrator(&self, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let (name, email) = (arguments.text("name")?, arguments.text("email")?);
        self.edit(number, |account| team::invite(account, name, email, Some(arguments.list("roles"))))?;
        Ok(self.legacy_void())
    }

    /// `DisableAdministrator`.
    pub(super) fn disable_administrator(&self, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let email = arguments.text("email")?;
        let own = self.store().live.person.as_ref().is_some_and(|person| person.email == email);
        self.edit(number, |account| {
            let place = account.team.iter().position(|one| one.email == email);
            let place = place.ok_or_else(|| {
                Problem::new(400, "PersonNotMemberOfAccount", format!("{email} is not in the account"))
            })?;
            if own {
                return Err(team::self_revoke());
            }
            account.team.remove(place);
            for role in &mut account.roles {
                role.persons.retain(|one| one != email);
            }
            Ok(())
        })?;
        Ok(self.legacy_void())
    }
}

fn change(list: &mut Vec<String>, items: &[String], edit: Edit) {
    match edit {
        Edit::Remove => list.retain(|one| !items.contains(one)),
        Edit::Add => {
            for item in items {
                if !list.contains(item) {
                    list.push(item.clone());
                }
            }
            list.sort();
        }
    }
}

fn place(account: &Account, name: &str) -> Result<usize, Problem> {
    let found = account.roles.iter().position(|role| role.name == name);
    found.ok_or_else(|| Problem::new(400, "UnknownRole", format!("No role {name}")))
}

/// The role that may do everything cannot be changed.
fn writable(name: &str) -> Result<(), Problem> {
    if name == GLOBAL_ADMIN {
        return Err(Problem::new(400, "ReadOnlyRole", format!("The role {name} cannot be modified")));
    }
    Ok(())
}

/// Adds a role. Landscape documentation: its name starts with a letter and has letters, digits, `-` and `+`.
fn add(account: &mut Account, mut role: Role) -> Result<Role, Problem> {
    let name = &role.name;
    let starts = name.chars().next().is_some_and(char::is_alphabetic);
    if !starts || !name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '+') {
        return Err(Problem::new(400, "InvalidRoleName", format!("{name} is not a valid role name")));
    }
    if account.roles.iter().any(|known| known.name == *name) {
        return Err(Problem::new(400, "DuplicateRoleName", format!("A role {name} exists already")));
    }
    role.key = 1_000 + account.next_role;
    account.next_role += 1;
    account.roles.push(role.clone());
    Ok(role)
}
