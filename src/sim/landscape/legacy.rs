//! The legacy half: one address, an `action` and a `version`.

use serde_json::{Value, json};

use crate::sim::request::{Answer, Ask};

use super::access::parameters;
use super::open;
use super::problem::{Problem, nothing};
use super::site::Site;

/// The version of the API (vendor's Python client).
const VERSION: &str = "2011-08-01";

/// The parameters of a legacy request.
pub(super) struct Arguments(pub(super) Vec<(String, String)>);

impl Arguments {
    /// A parameter's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that was found by [`Site::needed`].
    pub(super) fn text(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).filter(|text| !text.is_empty()).ok_or_else(|| lacks(name))
    }

    /// A list: `name.1`, `name.2` and so on (Landscape documentation).
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let numbered = |(key, value): &(String, String)| {
            let place: u32 = key.strip_prefix(name)?.strip_prefix('.')?.parse().ok()?;
            Some((place, value.clone()))
        };
        let mut found: Vec<(u32, String)> = self.0.iter().filter_map(numbered).collect();
        found.sort();
        found.into_iter().map(|(_, value)| value).collect()
    }
}

fn lacks(name: &str) -> Problem {
    Problem::new(400, "MissingParameter", format!("The request must contain the parameter {name}"))
}

/// What an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    GetAccessGroups,
    CreateAccessGroup,
    RemoveAccessGroup,
    GetRoles,
    CreateRole,
    CopyRole,
    RemoveRole,
    Members(Edit, Part),
    GetPermissions,
    GetAdministrators,
    InviteAdministrator,
    DisableAdministrator,
    GetComputers,
}

/// Whether something comes to a role or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    Add,
    Remove,
}

/// What comes to a role or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Permissions,
    AccessGroups,
    Persons,
}

impl Part {
    /// The name of the list parameter.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::AccessGroups => "access_groups",
            Self::Persons => "persons",
        }
    }
}

impl Action {
    fn of(name: &str) -> Option<Self> {
        let found = match name {
            "GetAccessGroups" => Self::GetAccessGroups,
            "CreateAccessGroup" => Self::CreateAccessGroup,
            "RemoveAccessGroup" => Self::RemoveAccessGroup,
            "GetRoles" => Self::GetRoles,
            "CreateRole" => Self::CreateRole,
            "CopyRole" => Self::CopyRole,
            "RemoveRole" => Self::RemoveRole,
            "AddPermissionsToRole" => Self::Members(Edit::Add, Part::Permissions),
            "RemovePermissionsFromRole" => Self::Members(Edit::Remove, Part::Permissions),
            "AddAccessGroupsToRole" => Self::Members(Edit::Add, Part::AccessGroups),
            "RemoveAccessGroupsFromRole" => Self::Members(Edit::Remove, Part::AccessGroups),
            "AddPersonsToRole" => Self::Members(Edit::Add, Part::Persons),
            "RemovePersonsFromRole" => Self::Members(Edit::Remove, Part::Persons),
            "GetPermissions" => Self::GetPermissions,
            "GetAdministrators" => Self::GetAdministrators,
            "InviteAdministrator" => Self::InviteAdministrator,
            "DisableAdministrator" => Self::DisableAdministrator,
            "GetComputers" => Self::GetComputers,
            _ => return None,
        };
        Some(found)
    }

    fn writes(self) -> bool {
        match self {
            Self::GetAccessGroups
            | Self::GetRoles
            | Self::GetPermissions
            | Self::GetAdministrators
            | Self::GetComputers => false,
            Self::CreateAccessGroup
            | Self::RemoveAccessGroup
            | Self::CreateRole
            | Self::CopyRole
            | Self::RemoveRole
            | Self::Members(..)
            | Self::InviteAdministrator
            | Self::DisableAdministrator => true,
        }
    }

    fn of_groups(self) -> bool {
        matches!(self, Self::GetAccessGroups | Self::CreateAccessGroup | Self::RemoveAccessGroup)
    }

    /// The parameters that must be there.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Self::GetAccessGroups
            | Self::GetRoles
            | Self::GetPermissions
            | Self::GetAdministrators
            | Self::GetComputers => &[],
            Self::CreateAccessGroup => &["title"],
            Self::RemoveAccessGroup | Self::CreateRole | Self::RemoveRole | Self::Members(..) => &["name"],
            Self::CopyRole => &["name", "destination_name"],
            Self::InviteAdministrator => &["name", "email"],
            Self::DisableAdministrator => &["email"],
        }
    }
}

impl Site {
    /// Answers a legacy request.
    pub(super) fn act(&self, ask: &Ask) -> Result<Answer, Problem> {
        if !matches!(ask.method.as_str(), "GET" | "POST") {
            return Err(Problem::status(405, "The method is not allowed for this resource"));
        }
        let arguments = Arguments(parameters(ask));
        let name = arguments.text("action")?;
        let version = arguments.text("version")?;
        self.check_version(version)?;
        let caller = self.legacy_caller(ask, &arguments.0)?;
        let account = Self::account_of(caller).map_err(|problem| Problem::new(403, "Unauthorised", problem.message))?;
        let action = Action::of(name).ok_or_else(|| {
            Problem::new(400, "InvalidAction", format!("The action {name} is not valid for this web service."))
        })?;
        if action.writes() && ask.method == axum::http::Method::GET && self.assumes(open::LEGACY_GET, "refused") {
            return Err(Problem::status(405, "Actions that change something must be sent by POST"));
        }
        if ask.weather.no_organizations && action.of_groups() {
            return Err(Problem::new(403, "Unauthorised", "You are not authorised to use access groups"));
        }
        self.needed(&arguments, action)?;
        let answer = self.perform(ask, &arguments, action, account).map_err(|problem| self.legacy_status(problem))?;
        Ok(if action.writes() { answer.changed() } else { answer })
    }

    fn check_version(&self, version: &str) -> Result<(), Problem> {
        let date = version.parse::<jiff::civil::Date>().is_ok();
        if version == VERSION || (date && self.assumes(open::LEGACY_VERSIONS, "any-date")) {
            return Ok(());
        }
        Err(Problem::new(400, "InvalidVersion", format!("The version {version} is not registered")))
    }

    /// Refuses a request that lacks what its action needs.
    fn needed(&self, arguments: &Arguments, action: Action) -> Result<(), Problem> {
        let missing = action.needs().iter().filter(|name| arguments.text(name).is_err());
        let mut problems: Vec<Problem> = missing.map(|name| lacks(name)).collect();
        if problems.len() > 1 && self.assumes(open::LEGACY_SEVERAL, "multi-error") {
            return Err(Problem::several(problems));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.swap_remove(0)) }
    }

    fn legacy_status(&self, mut problem: Problem) -> Problem {
        let unknown = problem.error.starts_with("Unknown") && problem.status == 400;
        if unknown && self.assumes(open::LEGACY_ERRORS, "404-for-unknown") {
            problem.status = 404;
        }
        problem
    }

    fn perform(&self, ask: &Ask, arguments: &Arguments, action: Action, account: u32) -> Result<Answer, Problem> {
        match action {
            Action::GetAccessGroups => self.access_groups(ask, arguments, account),
            Action::CreateAccessGroup => self.create_access_group(ask, arguments, account),
            Action::RemoveAccessGroup => self.remove_access_group(ask, arguments, account),
            Action::GetRoles => self.roles(ask, arguments, account),
            Action::CreateRole => self.create_role(arguments, account),
            Action::CopyRole => self.copy_role(arguments, account),
            Action::RemoveRole => self.remove_role(arguments, account),
            Action::Members(edit, part) => self.change_role(arguments, account, edit, part),
            Action::GetPermissions => Ok(self.permissions(ask)),
            Action::GetAdministrators => self.administrators(ask, account),
            Action::InviteAdministrator => self.invite_administrator(arguments, account),
            Action::DisableAdministrator => self.disable_administrator(arguments, account),
            Action::GetComputers => self.legacy_computers(ask, arguments, account),
        }
    }

    /// `GetComputers`: a bare array.
    fn legacy_computers(&self, ask: &Ask, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let size = |name: &str, default: usize| match arguments.get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| {
                Problem::new(400, "InvalidParameterValue", format!("{name} must be a non-negative integer"))
            }),
        };
        let (limit, offset) = (size("limit", 1_000)?, size("offset", 0)?);
        let account = self.seen_account(ask, number)?;
        let found = self.found(ask, number, &account, arguments.get("query").unwrap_or(""))?;
        let page = found.iter().skip(offset).take(limit);
        let mut rows: Vec<Value> = page.map(|one| self.render_machine(ask, number, &account, one)).collect();
        ask.weather.disturb(&mut rows);
        Ok(Answer::json(200, rows.into()))
    }

    /// The reply of an action that has nothing to say.
    pub(super) fn legacy_void(&self) -> Answer {
        match self.choices.of(open::LEGACY_VOID) {
            "null" => Answer::json(200, Value::Null),
            "no-body" => nothing(200),
            _ => Answer::json(200, json!({})),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_numbered_from_one_in_order_of_their_numbers() {
        let pairs = [("names.10", "c"), ("names.2", "b"), ("names.1", "a"), ("names", "x"), ("names.x", "y")];
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let arguments = Arguments(pairs);
        assert_eq!(arguments.list("names"), ["a", "b", "c"]);
        assert!(arguments.list("name").is_empty());
    }
}
