//! The root, organizational units, and lists of entities of both kinds.

use serde_json::Value;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::paging::{Naming, account_key, account_of_key, accounts};
use super::problem::Problem;
use super::rows::{Delta, Entity, ROOT, Rows, Unit};
use super::{Huawei, done, listed, one, open, render};

/// Huawei documentation: five levels below the root, 1,000 units.
const DEEPEST: usize = 5;
pub(super) const MOST_UNITS: usize = 1_000;

/// A place as a key.
fn key(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

/// A key as a place.
fn place(key: u64) -> usize {
    usize::try_from(key).unwrap_or(usize::MAX)
}

impl Huawei {
    /// A parameter that is there and not empty.
    pub(super) fn given<'a>(ask: &'a Ask, name: &str) -> Option<&'a str> {
        ask.param(name).filter(|value| !value.is_empty())
    }

    /// `GET /roots`: exactly one.
    pub(super) fn list_roots(&self, ask: &Ask) -> Result<Answer, Problem> {
        self.some_units(ask, "roots", render::root, |rows| {
            rows.unit(ROOT).map(|unit| (ROOT, unit)).into_iter().collect()
        })
    }

    /// `GET /organizational-units`: all of them, or those right below a parent.
    pub(super) fn list_units(&self, ask: &Ask) -> Result<Answer, Problem> {
        let parent = match Self::given(ask, "parent_id") {
            None => None,
            Some(id) => Some(self.read(ask, |rows| self.find_unit(rows, ask, id))?),
        };
        self.some_units(ask, "organizational_units", render::unit, |rows| match parent {
            Some(parent) => rows.children(parent).collect(),
            None => rows.units().filter(|(place, _)| *place != ROOT).collect(),
        })
    }

    fn some_units(
        &self,
        ask: &Ask,
        name: &str,
        render: fn(&Rows, usize, &Unit) -> Value,
        list: impl for<'r> FnOnce(&'r Rows) -> Vec<(usize, &'r Unit)>,
    ) -> Result<Answer, Problem> {
        let id = |key| self.demo.unit_id(place(key));
        let naming = Naming { id: Some(&id), key: &|id| self.demo.unit_place(id).map(key) };
        let page = self.page(ask, &naming)?;
        self.read(ask, |rows| {
            let list = list(rows).into_iter().map(|(place, unit)| (key(place), render(rows, place, unit)));
            let (page, info) = page.cut(list, &naming);
            Ok(listed(name, page, info, ask))
        })
    }

    /// `GET /entities`: what is right below a parent, or the parent of a child, or all there is.
    pub(super) fn list_entities(&self, ask: &Ask) -> Result<Answer, Problem> {
        let newest = self.of(open::ORDER) == "newest-first";
        let id = |key| match account_of_key(key, newest) {
            Some(number) => self.demo.account_id(number),
            None => self.demo.unit_id(place(key)),
        };
        let find = |id: &str| match self.demo.account_number(id) {
            Some(number) => Some(account_key(number, newest)),
            None => self.demo.unit_place(id).map(key),
        };
        let naming = Naming { id: Some(&id), key: &find };
        let page = self.page(ask, &naming)?;
        let (parent, child) = (Self::given(ask, "parent_id"), Self::given(ask, "child_id"));
        if parent.is_some() && child.is_some() && self.of(open::ENTITIES_BOTH) == "refused" {
            return Err(self.invalid("The parameters parent_id and child_id exclude each other."));
        }
        self.read(ask, |rows| {
            let parent = parent.map(|id| self.find_unit(rows, ask, id)).transpose()?;
            let entities: Box<dyn Iterator<Item = (u64, Entity)>> = if let Some(child) = child {
                let above = self.above(rows, ask, child)?;
                let above = above.filter(|above| parent.is_none_or(|parent| parent == *above));
                Box::new(above.map(|above| (key(above), Entity::Unit(above))).into_iter())
            } else {
                let units = rows.units().filter(move |(_, unit)| parent.is_none() || unit.parent == parent);
                let units = units.map(|(place, _)| (key(place), Entity::Unit(place)));
                let held = accounts(rows, parent, newest, page.from);
                Box::new(units.chain(held.map(|(key, number)| (key, Entity::Account(number)))))
            };
            let (page, info) = page.cut(entities, &naming);
            let page = page.into_iter().filter_map(|entity| render::entity(rows, entity)).collect();
            Ok(listed("entities", page, info, ask))
        })
    }

    /// The parent of a unit or, though the documentation speaks of units only, of an account (used so by Huawei's own
    /// Terraform provider). The root has none.
    fn above(&self, rows: &Rows, ask: &Ask, child: &str) -> Result<Option<usize>, Problem> {
        if child.starts_with("ou-") || child.starts_with("r-") {
            let place = self.find_unit(rows, ask, child)?;
            return Ok(rows.unit(place).and_then(|unit| unit.parent));
        }
        Ok(Some(self.find_account(rows, child)?.1.parent))
    }

    /// `GET /organizational-units/{id}`.
    pub(super) fn unit(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let (place, unit) = self.real_unit(rows, ask, id)?;
            Ok(Answer::json(200, one("organizational_unit", render::unit(rows, place, &unit))))
        })
    }

    /// A unit that is not the root.
    fn real_unit(&self, rows: &Rows, ask: &Ask, id: &str) -> Result<(usize, Unit), Problem> {
        let unknown = || Problem::of(self.of(open::UNKNOWN_UNIT), "The organizational unit does not exist.");
        let place = self.find_unit(rows, ask, id)?;
        let unit = rows.unit(place).filter(|_| place != ROOT).cloned();
        Ok((place, unit.ok_or_else(unknown)?))
    }

    /// `POST /organizational-units`: 201.
    pub(super) fn create_unit(&self, ask: &Ask) -> Result<Answer, Problem> {
        let fields = Fields::of(ask, &self.choices)?;
        let (name, parent) = (fields.name()?, fields.required("parent_id")?);
        let tags = fields.tags()?;
        let mut store = self.store();
        let parent = self.find_unit(&store.live, ask, &parent)?;
        if store.live.depth(parent) >= DEEPEST {
            let message = "The organizational unit is nested too deeply.";
            return Err(Problem::of(self.of(open::DEEPEST), message));
        }
        // The root is among them and does not count.
        if store.live.units().count() > MOST_UNITS {
            return Err(Problem::of(self.of(open::UNIT_QUOTA), "Quota exceeded for organizational unit."));
        }
        Self::free_name(&store.live, parent, None, &name)?;
        let place = store.live.next_unit();
        let unit = Unit { name, parent: Some(parent), created: clock::wall() };
        let now = clock::instant();
        store.change(Delta::Unit(place, Some(unit.clone())), now);
        store.change(Delta::Tags(Entity::Unit(place), tags), now);
        Ok(Answer::json(201, one("organizational_unit", render::unit(&store.live, place, &unit))))
    }

    /// Huawei's table of error codes: 409 for a conflict of units; here, two of one name under one parent.
    fn free_name(rows: &Rows, parent: usize, but: Option<usize>, name: &str) -> Result<(), Problem> {
        let mut others = rows.children(parent).filter(|(place, _)| Some(*place) != but);
        if others.any(|(_, unit)| unit.name == name) {
            let message = "An organizational unit of this name already exists under the parent.";
            return Err(Problem::new(409, "Organizations.1205", message));
        }
        Ok(())
    }

    /// `PATCH /organizational-units/{id}`: only the name; a unit cannot be moved.
    pub(super) fn rename_unit(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let name = Fields::of(ask, &self.choices)?.name()?;
        let mut store = self.store();
        let (place, unit) = self.real_unit(&store.live, ask, id)?;
        Self::free_name(&store.live, unit.parent.unwrap_or(ROOT), Some(place), &name)?;
        let unit = Unit { name, ..unit };
        store.change(Delta::Unit(place, Some(unit.clone())), clock::instant());
        let body = one("organizational_unit", render::unit(&store.live, place, &unit));
        Ok(Answer::json(self.number(open::UNIT_RENAMED), body))
    }

    /// `DELETE /organizational-units/{id}`: only when it is empty.
    pub(super) fn delete_unit(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (place, _) = self.real_unit(&store.live, ask, id)?;
        let holds = !store.live.members(place).is_empty() || store.live.children(place).next().is_some();
        if holds {
            let message = "The organizational unit is not empty.";
            return Err(Problem::of(self.of(open::UNIT_NOT_EMPTY), message));
        }
        store.change(Delta::Unit(place, None), clock::instant());
        Ok(done(self.number(open::UNIT_DELETED)))
    }
}
