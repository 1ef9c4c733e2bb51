//! Access groups: a tree by the parents' names, in the legacy half only.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::sim::request::{Answer, Ask};

use super::legacy::Arguments;
use super::open;
use super::problem::Problem;
use super::rows::{Account, Group};
use super::site::Site;

/// The root (Landscape documentation).
const ROOT: &str = "global";

impl Site {
    /// `GetAccessGroups`: a bare array; with `names`, only these.
    pub(super) fn access_groups(&self, ask: &Ask, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let names: HashSet<String> = arguments.list("names").into_iter().collect();
        let wanted = account.groups.iter().filter(|group| names.is_empty() || names.contains(&group.name));
        let mut rows: Vec<Value> = wanted.map(|group| self.render_group(&account, group)).collect();
        ask.weather.disturb(&mut rows);
        Ok(Answer::json(200, rows.into()))
    }

    /// An access group. `children` is a text, and in the vendor's test data it misses some.
    fn render_group(&self, account: &Account, group: &Group) -> Value {
        let how = self.choices.of(open::CHILDREN);
        let listed = |one: &&Group| one.parent == group.name && (how == "complete" || !one.unlisted);
        let mut children: Vec<&str> = account.groups.iter().filter(listed).map(|one| one.name.as_str()).collect();
        children.sort_unstable();
        let children = if how == "empty" { String::new() } else { children.join(",") };
        json!({"name": group.name, "title": group.title, "parent": group.parent, "children": children})
    }

    /// `CreateAccessGroup`. Landscape documentation: characters that a title may not have are left out of it; without
    /// `parent` the group goes below the root.
    pub(super) fn create_access_group(&self, ask: &Ask, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let title = cleaned(arguments.text("title")?);
        let parent = arguments.get("parent").filter(|name| !name.is_empty()).unwrap_or(ROOT);
        let named = arguments.get("name").filter(|name| !name.is_empty());
        let name = slug(named.unwrap_or(&title));
        let mut created = self.edit(number, |account| {
            Self::not_forbidden(ask, account, parent)?;
            if title.trim().is_empty() || name.is_empty() {
                let message = "The title of an access group needs letters or digits";
                return Err(Problem::new(400, "InvalidAccessGroup", message));
            }
            if account.group(parent).is_none() {
                return Err(unknown(parent));
            }
            if account.groups.iter().any(|one| one.title == title || one.name == name) {
                let message = format!("An access group with the title {title} already exists");
                return Err(Problem::new(400, "DuplicateAccessGroup", message));
            }
            let group = Group { name, title, parent: parent.to_owned(), unlisted: false };
            account.groups.push(group.clone());
            Ok(self.render_group(account, &group))
        })?;
        if self.assumes(open::CREATED_GROUP, "without-name")
            && let Some(map) = created.as_object_mut()
        {
            map.remove("name");
        }
        Ok(Answer::json(200, created))
    }

    /// `RemoveAccessGroup`: what the group holds moves to its parent, whose state is answered.
    pub(super) fn remove_access_group(&self, ask: &Ask, arguments: &Arguments, number: u32) -> Result<Answer, Problem> {
        let name = arguments.text("name")?;
        let parent = self.edit(number, |account| {
            Self::not_forbidden(ask, account, name)?;
            let place = account.groups.iter().position(|group| group.name == name).ok_or_else(|| unknown(name))?;
            if name == ROOT {
                return Err(Problem::new(400, "InvalidAccessGroup", "The root access group cannot be removed"));
            }
            let removed = account.groups.remove(place);
            let heir = account.group(&removed.parent).map_or(ROOT, |parent| parent.name.as_str()).to_owned();
            for group in account.groups.iter_mut().filter(|group| group.parent == name) {
                group.parent.clone_from(&heir);
            }
            for role in &mut account.roles {
                role.access_groups.retain(|group| group != name);
            }
            account.inherit(&removed.name, &heir);
            let parent = account.group(&heir).cloned();
            Ok(parent.map_or_else(|| json!({}), |parent| self.render_group(account, &parent)))
        })?;
        if self.assumes(open::REMOVED_GROUP, "success") {
            return Ok(Answer::json(200, json!({"success": true})));
        }
        Ok(Answer::json(200, parent))
    }

    /// Refuses a group that a fault forbids, by name or by title.
    pub(super) fn not_forbidden(ask: &Ask, account: &Account, name: &str) -> Result<(), Problem> {
        let title = account.group(name).map(|group| group.title.as_str());
        let forbidden = |one: &String| one == name || Some(one.as_str()) == title;
        if ask.weather.forbid.iter().any(forbidden) {
            return Err(Problem::new(403, "Unauthorised", format!("You are not authorised for access group {name}")));
        }
        Ok(())
    }
}

fn unknown(name: &str) -> Problem {
    Problem::new(400, "UnknownAccessGroup", format!("No access group {name}"))
}

/// A title without the special characters that it may not have: only `-` and `.` stay.
fn cleaned(title: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '.');
    title.chars().filter(kept).collect::<String>().trim().to_owned()
}

/// The name that a title gives.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric() && c != '.');
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_what_they_may_not_have_and_give_names() {
        assert_eq!(cleaned("Web/Shop & <b>Rack A-1.2</b>"), "WebShop  bRack A-1.2b");
        assert_eq!(slug("Windows XP"), "windows-xp");
        assert_eq!(slug("Rack A-1.2"), "rack-a-1.2");
        assert_eq!(slug(&cleaned("&&&")), "");
    }
}
