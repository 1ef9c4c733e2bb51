//! The organization, its root, organizational units, and what stands above and below.

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::problem::Problem;
use super::rows::{Delta, Entity, ROOT, Rows, Unit};
use super::{Aws, ids, listed, render, told};

/// AWS documentation: five levels below the root, 2,000 units.
const DEEPEST: usize = 5;
const MOST_UNITS: usize = 2_000;
/// The longest name (AWS service model).
const LONGEST_NAME: usize = 128;

/// A place as a key.
fn key(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

impl Aws {
    /// `DescribeOrganization`.
    pub(super) fn describe_organization(&self, ask: &Ask) -> Result<Answer, Problem> {
        self.read(ask, |rows| Ok(told(&json!({"Organization": render::organization(rows)}))))
    }

    /// `ListRoots`: exactly one.
    pub(super) fn list_roots(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let page = self.page(ask, fields, "roots")?;
        self.read(ask, |rows| {
            let roots = rows.unit(ROOT).map(|unit| (0, render::root(rows, ROOT, unit)));
            let (mut found, next) = page.cut(roots.into_iter());
            ask.weather.disturb(&mut found);
            Ok(listed(page.body("Roots", found, next)))
        })
    }

    /// `ListOrganizationalUnitsForParent`: those right below a root or unit.
    pub(super) fn list_units(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let parent = fields.required("ParentId")?;
        let page = self.page(ask, fields, &format!("units of {parent}"))?;
        self.read(ask, |rows| {
            let parent = self.parent(rows, ask, fields, "ParentId", "ParentNotFoundException")?;
            let units = rows.children(parent);
            let units = units.map(|(place, unit)| (key(place), render::unit(rows, &self.choices, place, unit)));
            let (mut found, next) = page.cut(units);
            ask.weather.disturb(&mut found);
            Ok(listed(page.body("OrganizationalUnits", found, next)))
        })
    }

    /// `ListChildren`: ids alone, of accounts or of units.
    pub(super) fn list_children(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let parent = fields.required("ParentId")?;
        fields.required("ChildType")?;
        let kind = fields.word("ChildType", &["ACCOUNT", "ORGANIZATIONAL_UNIT"])?.unwrap_or("ACCOUNT");
        let page = self.page(ask, fields, &format!("{kind} of {parent}"))?;
        self.read(ask, |rows| {
            let parent = self.parent(rows, ask, fields, "ParentId", "ParentNotFoundException")?;
            let (found, next) = if kind == "ACCOUNT" {
                let held = Self::members_from(rows, parent, page.from);
                page.cut(held.map(|number| (u64::from(number), self.demo.ids.account(number))))
            } else {
                page.cut(rows.children(parent).map(|(place, _)| (key(place), self.demo.ids.unit(place))))
            };
            let mut found: Vec<Value> = found.into_iter().map(|id| json!({"Id": id, "Type": kind})).collect();
            ask.weather.disturb(&mut found);
            Ok(listed(page.body("Children", found, next)))
        })
    }

    /// `ListParents`: the one parent of an account or unit.
    pub(super) fn list_parents(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let child = fields.required("ChildId")?;
        let page = self.page(ask, fields, &format!("parents of {child}"))?;
        self.read(ask, |rows| {
            let lost = "ChildNotFoundException";
            let shaped = ids::is_account(child) || ids::is_unit(child);
            self.shaped(fields, "ChildId", shaped, lost)?;
            let above = if ids::is_account(child) {
                rows.account_of_id(child).map(|(_, account)| account.parent)
            } else {
                let place = Self::place(rows, ask, child)?;
                place.and_then(|place| rows.unit(place)).and_then(|unit| unit.parent)
            };
            let unknown = || Problem::new(lost, "You specified a child that doesn't exist.");
            let above = above.ok_or_else(unknown)?;
            let kind = if above == ROOT { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
            let parent = json!({"Id": self.demo.ids.unit(above), "Type": kind});
            let (mut found, next) = page.cut(std::iter::once((0, parent)));
            ask.weather.disturb(&mut found);
            Ok(listed(page.body("Parents", found, next)))
        })
    }

    /// `DescribeOrganizationalUnit`.
    pub(super) fn describe_unit(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let (place, unit) = self.unit(rows, ask, fields)?;
            Ok(told(&json!({"OrganizationalUnit": render::unit(rows, &self.choices, place, &unit)})))
        })
    }

    /// A unit that is not the root.
    fn unit(&self, rows: &Rows, ask: &Ask, fields: &Fields) -> Result<(usize, Unit), Problem> {
        let id = fields.required("OrganizationalUnitId")?;
        let lost = "OrganizationalUnitNotFoundException";
        self.shaped(fields, "OrganizationalUnitId", ids::is_unit(id), lost)?;
        let place = Self::place(rows, ask, id)?.filter(|place| *place != ROOT);
        let found = place.and_then(|place| Some((place, rows.unit(place)?.clone())));
        found.ok_or_else(|| Problem::new(lost, "You specified an organizational unit that doesn't exist."))
    }

    /// `CreateOrganizationalUnit`.
    pub(super) fn create_unit(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let name = fields.needed("Name", 1, LONGEST_NAME)?.to_owned();
        let tags = fields.tags()?;
        let mut store = self.store();
        let parent = self.parent(&store.live, ask, fields, "ParentId", "ParentNotFoundException")?;
        if store.live.upwards(parent).count() > DEEPEST {
            let message = "You attempted to create an OU tree that is too many levels deep.";
            return Err(Problem::constraint("OU_DEPTH_LIMIT_EXCEEDED", message));
        }
        if store.live.unit_count() >= MOST_UNITS {
            let message = "You attempted to exceed the number of OUs that you can have in an organization.";
            return Err(Problem::constraint("OU_NUMBER_LIMIT_EXCEEDED", message));
        }
        free_name(&store.live, parent, None, &name)?;
        let place = store.live.next_unit();
        let unit = Unit { name, parent: Some(parent) };
        let now = clock::instant();
        store.change(Delta::Unit(place, Some(unit.clone())), now);
        store.change(Delta::Tags(Entity::Unit(place), tags), now);
        Ok(told(&json!({"OrganizationalUnit": render::unit(&store.live, &self.choices, place, &unit)})))
    }

    /// `UpdateOrganizationalUnit`: only the name; a unit cannot be moved.
    pub(super) fn rename_unit(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let name = fields.sized("Name", 1, LONGEST_NAME)?.map(str::to_owned);
        let mut store = self.store();
        let (place, unit) = self.unit(&store.live, ask, fields)?;
        let unit = Unit { name: name.unwrap_or_else(|| unit.name.clone()), ..unit };
        free_name(&store.live, unit.parent.unwrap_or(ROOT), Some(place), &unit.name)?;
        store.change(Delta::Unit(place, Some(unit.clone())), clock::instant());
        Ok(told(&json!({"OrganizationalUnit": render::unit(&store.live, &self.choices, place, &unit)})))
    }

    /// `DeleteOrganizationalUnit`: only when it is empty.
    pub(super) fn delete_unit(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (place, _) = self.unit(&store.live, ask, fields)?;
        if !store.live.members(place).is_empty() || store.live.children(place).next().is_some() {
            let message = "The specified organizational unit is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.";
            return Err(Problem::new("OrganizationalUnitNotEmptyException", message));
        }
        store.change(Delta::Unit(place, None), clock::instant());
        Ok(self.done())
    }
}

/// No other unit under the parent has this name.
fn free_name(rows: &Rows, parent: usize, but: Option<usize>, name: &str) -> Result<(), Problem> {
    let mut others = rows.children(parent).filter(|(place, _)| Some(*place) != but);
    if others.any(|(_, unit)| unit.name == name) {
        let message = "An OU with the same name already exists.";
        return Err(Problem::new("DuplicateOrganizationalUnitException", message));
    }
    Ok(())
}
