//! Moving accounts between organizations, one and many.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::{Fields, object};
use super::envelope::{self, Problem};
use super::rows::{Account, Delta, Rows};
use super::store::Store;
use super::{Cloudflare, ORGANIZATION_CONFLICT, ORGANIZATION_ERROR, open};

const DESTINATION: &str = "destination_organization_id";

impl Cloudflare {
    /// `POST /accounts/{id}/move`. Cloudflare documentation: a standalone account into an organization, or from one
    /// organization to another of the same hierarchy; no route leads out.
    pub(super) fn move_account(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.find(&store.live, ask, id)?;
        let map = object(ask, ORGANIZATION_ERROR)?;
        let mut fields = Fields::new(&map, "", ORGANIZATION_ERROR);
        let wanted = fields.string(DESTINATION);
        fields.done()?;
        let destination = self.destination(&store.live, ask, &wanted)?;
        self.may_move(&store.live, &account, destination)?;
        let source = account.parent.map(|parent| self.demo.organization_id(parent));
        relocate(&mut store, number, &account, destination);
        let mut result = Map::new();
        result.insert("account_id".into(), id.into());
        result.insert(DESTINATION.into(), wanted.into());
        let source = match (source, self.choices.of(open::SOURCE_OF_STANDALONE)) {
            (Some(source), _) => Some(Value::from(source)),
            (None, "null") => Some(Value::Null),
            (None, "absent") => None,
            (None, _) => Some(Value::from("")),
        };
        if let Some(source) = source {
            result.insert("source_organization_id".into(), source);
        }
        Ok(envelope::success(result.into()))
    }

    /// `POST /accounts/move`: documented, and documented as not implemented.
    pub(super) fn batch_move(&self, ask: &Ask) -> Result<Answer, Problem> {
        let works = self.choices.of(open::BATCH_MOVE);
        match works {
            "405" => {
                return Err(Problem::of(self.choices.of(open::METHOD), "Method not allowed for this path"));
            }
            "501" => return Err(Problem::new(501, ORGANIZATION_CONFLICT, "Not implemented")),
            "404" => {
                return Err(Problem { status: 404, ..self.unroutable(ask) });
            }
            _ => {}
        }
        let map = object(ask, ORGANIZATION_ERROR)?;
        let mut fields = Fields::new(&map, "", ORGANIZATION_ERROR);
        let wanted = fields.string(DESTINATION);
        let ids = ids(&mut fields);
        fields.done()?;
        let mut store = self.store();
        let destination = self.destination(&store.live, ask, &wanted)?;
        let mut statuses = Vec::new();
        for id in ids {
            let moved = self.move_one(&mut store, &id, destination);
            statuses.push(match moved {
                Ok(()) => json!({"tag": id, "moved": true}),
                Err(message) => json!({"tag": id, "moved": false, "message": message}),
            });
        }
        // One object, not a list, in every source; which account it speaks of is an assumption: the first that failed.
        let statuses = if works == "works-list" {
            Value::from(statuses)
        } else {
            let failed = statuses.iter().find(|status| status["moved"] == false);
            failed.or(statuses.last()).cloned().unwrap_or_else(|| json!({}))
        };
        Ok(envelope::success(json!({"statuses": statuses})))
    }

    fn move_one(&self, store: &mut Store, id: &str, destination: usize) -> Result<(), String> {
        let Some((number, account)) = store.live.account_of_id(id) else {
            return Err("There is no such account".to_owned());
        };
        let refused = self.may_move(&store.live, &account, destination);
        refused.map_err(|_| "The account cannot be moved there".to_owned())?;
        relocate(store, number, &account, destination);
        Ok(())
    }

    /// The organization that a body names as the destination.
    fn destination(&self, rows: &Rows, ask: &Ask, id: &str) -> Result<usize, Problem> {
        let found = rows.organization_of_id(id);
        let place = found.ok_or_else(|| self.no_such_organization(DESTINATION, ORGANIZATION_ERROR))?;
        Self::not_forbidden(rows, ask, place, id)?;
        Ok(place)
    }

    /// Whether an account may go there. The status and code of a refusal are not published (assumption).
    fn may_move(&self, rows: &Rows, account: &Account, destination: usize) -> Result<(), Problem> {
        let Some(source) = account.parent else {
            return Ok(());
        };
        if source == destination && self.choices.of(open::MOVE_HERE) == "refused" {
            let message = "The account is already in this organization";
            return Err(Problem::field(ORGANIZATION_CONFLICT, DESTINATION, message));
        }
        if rows.chain(source).first() == rows.chain(destination).first() {
            return Ok(());
        }
        let message = "The destination organization is in another hierarchy";
        Err(Problem::field(ORGANIZATION_CONFLICT, DESTINATION, message))
    }
}

/// The field `account_ids`.
fn ids(fields: &mut Fields<'_>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let sent = fields.value("account_ids").and_then(Value::as_array);
    let ids = sent.and_then(|list| list.iter().map(text).collect::<Option<Vec<String>>>());
    ids.unwrap_or_else(|| {
        fields.wrong("account_ids", "account_ids must be a list of strings");
        Vec::new()
    })
}

/// Puts an account into another organization. A manager from outside stays.
fn relocate(store: &mut Store, number: u32, account: &Account, destination: usize) {
    let moved = Account { parent: Some(destination), ..account.clone() };
    store.change(Delta::Account(number, Some(Arc::new(moved))), clock::instant());
}
