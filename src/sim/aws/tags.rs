//! Tags of accounts, units and the root.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::problem::Problem;
use super::rows::{Account, Delta, Entity, Rows, Tags};
use super::{Aws, ids, listed};

/// AWS documentation: so many tags a resource.
const MOST: usize = 50;

impl Aws {
    /// The resource that a request names.
    fn resource(&self, rows: &Rows, ask: &Ask, fields: &Fields) -> Result<Entity, Problem> {
        let id = fields.required("ResourceId")?;
        let lost = "TargetNotFoundException";
        let shaped = ids::is_account(id) || ids::is_root(id) || ids::is_unit(id) || id.starts_with("p-");
        self.shaped(fields, "ResourceId", shaped, lost)?;
        let account = |(number, _): (u32, Arc<Account>)| Entity::Account(number);
        let found = match rows.account_of_id(id).map(account) {
            None => Self::place(rows, ask, id)?.map(Entity::Unit),
            found => found,
        };
        found.ok_or_else(|| Problem::new(lost, "You specified a target that doesn't exist."))
    }

    /// `ListTagsForResource`.
    pub(super) fn list_tags(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let id = fields.required("ResourceId")?;
        let page = self.page(ask, fields, &format!("tags of {id}"))?;
        self.read(ask, |rows| {
            let tags = rows.tags(self.resource(rows, ask, fields)?).into_iter();
            let (mut found, next) = page.cut((0..).zip(tags.map(|(key, value)| json!({"Key": key, "Value": value}))));
            ask.weather.disturb(&mut found);
            Ok(listed(page.body("Tags", found, next)))
        })
    }

    /// `TagResource`: a key that is there gets the new value.
    pub(super) fn tag(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let added = fields.tags()?;
        if fields.value("Tags").is_none() {
            fields.required("Tags")?;
        }
        self.change_tags(ask, fields, |tags| tags.extend(added))
    }

    /// `UntagResource`: by keys.
    pub(super) fn untag(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        if fields.value("TagKeys").is_none() {
            fields.required("TagKeys")?;
        }
        let keys: Option<Vec<&str>> = fields.list("TagKeys")?.iter().map(Value::as_str).collect();
        let wrong = || fields.wrong("TagKeys", "INVALID_LIST_MEMBER", "You provided a list with an invalid value.");
        let keys = keys.ok_or_else(wrong)?;
        self.change_tags(ask, fields, |tags| tags.retain(|key, _| !keys.contains(&key.as_str())))
    }

    fn change_tags(&self, ask: &Ask, fields: &Fields, change: impl FnOnce(&mut Tags)) -> Result<Answer, Problem> {
        let mut store = self.store();
        let entity = self.resource(&store.live, ask, fields)?;
        let mut tags = store.live.tags(entity);
        change(&mut tags);
        if tags.len() > MOST {
            let message = "You have exceeded the number of tags allowed on this resource.";
            return Err(Problem::constraint("MAX_TAG_LIMIT_EXCEEDED", message));
        }
        store.change(Delta::Tags(entity, tags), clock::instant());
        Ok(self.done())
    }
}
