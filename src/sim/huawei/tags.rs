//! Tags, in both styles of paths, and the search by them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::operation::{Kind, Untag};
use super::paging::Naming;
use super::problem::Problem;
use super::rows::{Delta, Entity, ROOT, Rows, Tags};
use super::{Huawei, done, listed, one, open, paging, render};

/// Huawei documentation: a search names at most ten keys, each with at most ten values.
const MOST: usize = 10;

/// What a search gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Rows,
    Count,
}

/// What a search looks for.
struct Search {
    untagged: bool,
    /// All of these keys, each with one of its values, or with any if none is named.
    tags: Vec<(String, Vec<String>)>,
    /// Texts that the name must match.
    names: Vec<String>,
}

impl Huawei {
    /// The resource that a path names.
    fn resource(&self, rows: &Rows, ask: &Ask, kind: Option<Kind>, id: &str) -> Result<Entity, Problem> {
        let kind = kind.unwrap_or(match id.split_once('-') {
            Some(("ou", _)) => Kind::Units,
            Some(("r", _)) => Kind::Roots,
            Some(("p", _)) => Kind::Policies,
            _ => Kind::Accounts,
        });
        match kind {
            Kind::Accounts => Ok(Entity::Account(self.find_account(rows, id)?.0)),
            Kind::Units | Kind::Roots => {
                let place = self.find_unit(rows, ask, id)?;
                if (place == ROOT) == (kind == Kind::Roots) {
                    return Ok(Entity::Unit(place));
                }
                Err(Problem::of(self.of(open::UNKNOWN_UNIT), "The organizational unit does not exist."))
            }
            Kind::Policies => {
                let place = self.demo.ids.policy_place(id);
                let place = place.filter(|place| *place < self.demo.policies().len());
                place.map(Entity::Policy).ok_or_else(|| self.unknown("policy"))
            }
        }
    }

    /// `GET /resources/{id}/tags` and `GET /{resource type}/{id}/tags`.
    pub(super) fn tags(&self, ask: &Ask, kind: Option<Kind>, id: &str) -> Result<Answer, Problem> {
        let page = self.page(ask, &Naming::NONE)?;
        self.read(ask, |rows| {
            let tags = render::tags(&rows.tags(self.resource(rows, ask, kind, id)?));
            let (page, info) = page.cut((0..).zip(tags), &Naming::NONE);
            Ok(listed("tags", page, info, ask))
        })
    }

    /// `POST /resources/{id}/tag` and `POST /{resource type}/{id}/tags/create`: a key that is there gets the new value.
    pub(super) fn tag(&self, ask: &Ask, kind: Option<Kind>, id: &str) -> Result<Answer, Problem> {
        let added = Fields::of(ask, &self.choices)?.tags()?;
        if added.is_empty() {
            return Err(self.invalid("The parameter tags is required."));
        }
        self.change_tags(ask, kind, id, |tags| tags.extend(added))
    }

    /// `POST /resources/{id}/untag` (keys) and `POST /{resource type}/{id}/tags/delete` (tags, by their keys).
    pub(super) fn untag(&self, ask: &Ask, kind: Option<Kind>, id: &str, way: Untag) -> Result<Answer, Problem> {
        let fields = Fields::of(ask, &self.choices)?;
        let (field, list) = match way {
            Untag::Keys => ("tag_keys", fields.list("tag_keys")?),
            Untag::Tags => ("tags", fields.list("tags")?),
        };
        let text = |one: &Value| match way {
            Untag::Keys => one.as_str().map(str::to_owned),
            Untag::Tags => one.get("key").and_then(Value::as_str).map(str::to_owned),
        };
        let keys: Option<Vec<String>> = list.iter().map(text).collect();
        let keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(|| fields.wrong(field, "must name keys"))?;
        self.change_tags(ask, kind, id, |tags| tags.retain(|key, _| !keys.contains(key)))
    }

    fn change_tags(
        &self,
        ask: &Ask,
        kind: Option<Kind>,
        id: &str,
        change: impl FnOnce(&mut Tags),
    ) -> Result<Answer, Problem> {
        let mut store = self.store();
        let entity = self.resource(&store.live, ask, kind, id)?;
        let mut tags = store.live.tags(entity);
        change(&mut tags);
        store.change(Delta::Tags(entity, tags), clock::instant());
        Ok(done(self.number(open::TAGGED)))
    }

    /// Every resource of a kind.
    fn all<'a>(&'a self, rows: &'a Rows, kind: Kind) -> Box<dyn Iterator<Item = Entity> + 'a> {
        match kind {
            Kind::Accounts => Box::new(rows.numbers(0..u32::MAX).map(Entity::Account)),
            Kind::Roots => Box::new(std::iter::once(Entity::Unit(ROOT))),
            Kind::Units => {
                Box::new(rows.units().map(|(place, _)| Entity::Unit(place)).filter(|one| *one != Entity::Unit(ROOT)))
            }
            Kind::Policies => Box::new((0..self.demo.policies().len()).map(Entity::Policy)),
        }
    }

    /// A resource's id and name.
    fn named(&self, rows: &Rows, entity: Entity) -> (String, String) {
        match entity {
            Entity::Account(number) => (self.demo.account_id(number), rows.name(number)),
            Entity::Unit(place) => {
                let name = rows.unit(place).map(|unit| unit.name.clone());
                (self.demo.unit_id(place), name.unwrap_or_default())
            }
            Entity::Policy(place) => {
                let name = self.demo.policies().get(place).map(|policy| policy.name.clone());
                (self.demo.ids.policy(place), name.unwrap_or_default())
            }
        }
    }

    /// `GET /{resource type}/tags`: every key in use, with its values.
    pub(super) fn kind_tags(&self, ask: &Ask, kind: Kind) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (key, value) in self.all(rows, kind).flat_map(|entity| rows.tags(entity)) {
                found.entry(key).or_default().insert(value);
            }
            let tags: Vec<Value> =
                found.into_iter().map(|(key, values)| json!({"key": key, "values": values})).collect();
            Ok(Answer::json(200, one("tags", tags.into())))
        })
    }

    /// `POST /{resource type}/resource-instances/filter` and `…/count`: paged by limit and offset.
    pub(super) fn find(&self, ask: &Ask, kind: Kind, want: Want) -> Result<Answer, Problem> {
        let search = self.search(ask)?;
        let limit = paging::limit(ask, &self.choices, paging::Load::Plain)?;
        let offset = Self::given(ask, "offset").map_or(Ok(0), str::parse::<usize>);
        let offset = offset.map_err(|_| self.invalid("The parameter offset must be a number."))?;
        self.read(ask, |rows| {
            let fits = |entity: &Entity| self.fits(rows, *entity, &search);
            let found: Vec<Entity> = self.all(rows, kind).filter(fits).collect();
            let mut map = Map::new();
            if want == Want::Rows {
                let page = found.iter().skip(offset).take(limit);
                let mut page: Vec<Value> = page.map(|entity| self.instance(rows, *entity)).collect();
                ask.weather.disturb(&mut page);
                map.insert("resources".into(), page.into());
            }
            map.insert("total_count".into(), found.len().into());
            Ok(Answer::json(200, map.into()))
        })
    }

    fn instance(&self, rows: &Rows, entity: Entity) -> Value {
        let (id, name) = self.named(rows, entity);
        let mut map = Map::new();
        map.insert("resource_id".into(), id.into());
        if self.of(open::RESOURCE_NAME) == "present" {
            map.insert("resource_name".into(), name.into());
        }
        map.insert("tags".into(), render::tags(&rows.tags(entity)).into());
        Value::Object(map)
    }

    fn search(&self, ask: &Ask) -> Result<Search, Problem> {
        if ask.body.is_empty() {
            return Ok(Search { untagged: false, tags: Vec::new(), names: Vec::new() });
        }
        let fields = Fields::of(ask, &self.choices)?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut tags = Vec::new();
        for tag in fields.list("tags")? {
            let key = text(tag, "key").filter(|key| !key.is_empty());
            let key = key.ok_or_else(|| fields.wrong("tags", "must have keys"))?;
            let values = tag.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let values: Option<Vec<String>> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            let values = values.filter(|values| values.len() <= MOST);
            tags.push((key, values.ok_or_else(|| fields.wrong("tags", "must have up to ten texts as values"))?));
        }
        let once: BTreeSet<&String> = tags.iter().map(|(key, _)| key).collect();
        if tags.len() > MOST || once.len() < tags.len() {
            return Err(fields.wrong("tags", "must have up to ten keys, each once"));
        }
        let names: Option<Vec<String>> = fields.list("matches")?.iter().map(|one| text(one, "value")).collect();
        let names = names.ok_or_else(|| fields.wrong("matches", "must have texts as values"))?;
        Ok(Search { untagged: fields.flag("without_any_tag")?, tags, names })
    }

    fn fits(&self, rows: &Rows, entity: Entity, search: &Search) -> bool {
        let tags = rows.tags(entity);
        if search.untagged && !tags.is_empty() {
            return false;
        }
        let has = |(key, values): &(String, Vec<String>)| {
            tags.get(key).is_some_and(|value| values.is_empty() || values.contains(value))
        };
        if !search.untagged && !search.tags.iter().all(has) {
            return false;
        }
        if search.names.is_empty() {
            return true;
        }
        let name = self.named(rows, entity).1.to_lowercase();
        let exact = self.of(open::MATCHES) == "exact";
        search
            .names
            .iter()
            .map(|wanted| wanted.to_lowercase())
            .all(|wanted| if exact { name == wanted } else { name.contains(&wanted) })
    }
}
