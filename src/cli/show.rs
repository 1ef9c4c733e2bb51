//! `show` and `lineage`: one account, and what stands above it, as the inventory or its provider says it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::args::{Extra, Format, HierarchyView};
use super::columns::Pick;
use super::desk::{Desk, Opened};
use super::find::Noun;
use super::kept::{self, Wanted};
use super::rows::{Cells, Rows};
use super::stop::{Stop, status};
use super::{extra, find, forest};
use crate::domain::{Account, AccountId, AccountKey, Lineage, Organization, ParentRef, Step, Untrusted, shown, width};
use crate::provider::{ColumnValue, DetailField, DetailOptions, Levels, Query, Reading, Reply};

/// `show ID [--servers] [--contact] [--live]`.
pub(super) async fn account(desk: &Desk, id: &str, extras: &[Extra], wanted: Wanted) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    if let Some((it, account)) = kept_account(desk, &opened, id, extras, wanted).await? {
        return print(desk, it, &account);
    }
    if desk.common.offline {
        return Err(not_kept(id));
    }
    let asked = match wanted {
        Wanted::Kept => find::candidates(desk, &opened, id).await,
        Wanted::Live => opened.iter().collect(),
    };
    let (it, mut account) = find::account(&asked, id, extras).await?;
    let options = DetailOptions { extra: !extras.is_empty() };
    let (query, reply) = (Query::Account(account.key.id.clone(), options), Reply::Account(Box::new(account.clone())));
    desk.inventory().await.absorb(it.name(), &query, &reply, (desk.clock)());
    // Where only the walked hierarchy says in which organization an account stands, its own record does not.
    if account.parent.is_none()
        && it.provider.spec().levels == Levels::Walked
        && let Ok(lineage) = it.provider.lineage(&account.key.id).await
    {
        let parent = lineage.parent();
        account.parent = parent.map(|parent| ParentRef { id: parent.key.id.clone(), name: parent.name.clone() });
    }
    // Some records name it by its id alone.
    if let Some(parent) = account.parent.as_mut().filter(|parent| parent.name.is_empty())
        && let Ok(organization) = it.provider.organization(&parent.id).await
    {
        parent.name = organization.name;
    }
    print(desk, it, &account)
}

/// What is said of an id that the inventory has not, where nobody may be asked.
pub(super) fn not_kept(id: &str) -> Stop {
    Stop::new(status::NOT_FOUND, format!("{}: not in the inventory; without --offline it is asked for", shown(id)))
}

/// The account of an id as the inventory has it, if that may answer: with what the flags ask for, too.
async fn kept_account<'o>(
    desk: &Desk,
    opened: &'o [Opened],
    id: &str,
    extras: &[Extra],
    wanted: Wanted,
) -> Result<Option<(&'o Opened, Arc<Account>)>, Stop> {
    let (inventory, answering) = kept::answering(desk, opened, wanted).await;
    let mut found = Vec::new();
    for it in answering {
        let key = AccountKey { connection: it.name().clone(), id: AccountId::new(id) };
        let snapshot = inventory.bring(&key);
        let is_there = desk.common.offline || snapshot.find(&key).is_some();
        let is_whole = |account: &&Arc<Account>| extras.is_empty() || extra::fits(it, extras) && account.has_extra;
        if let Some(account) = snapshot.whole(&key).filter(|_| is_there).filter(is_whole) {
            let at = snapshot.detail(&key).map(|fact| fact.at).or_else(|| kept::listed_at(&snapshot, it.name()));
            found.push((it, Arc::clone(account), at));
        }
    }
    if found.len() > 1 {
        return Err(find::ambiguous("account", id, found.iter().map(|(it, ..)| it.name())));
    }
    let Some((it, account, at)) = found.pop() else { return Ok(None) };
    find::alone(desk, opened, it, id, Noun::Account).await?;
    if let Some(at) = at {
        kept::say_age(desk, it.name(), at);
    }
    Ok(Some((it, account)))
}

/// One account in the chosen format.
pub(super) fn print(desk: &Desk, opened: &Opened, account: &Account) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.document(account)?,
        Format::Ndjson => out.object(account)?,
        Format::Csv => {
            let pick = Pick::contract();
            out.csv(pick.csv_header())?;
            out.csv(pick.csv_row(account))?;
        }
        Format::Table => {
            let typed = [
                ("name", ColumnValue::Name),
                ("id", ColumnValue::Id),
                ("connection", ColumnValue::Connection),
                ("type", ColumnValue::Kind),
                ("status", ColumnValue::Status),
                ("email", ColumnValue::Email),
                ("created", ColumnValue::Created),
                ("updated", ColumnValue::Updated),
                ("parent", ColumnValue::Parent),
            ];
            let mut pairs: Vec<(String, String)> = typed
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.text(account).into_owned()))
                .filter(|(_, text)| !text.is_empty())
                .collect();
            let extras: Vec<&DetailField> =
                opened.provider.spec().details.iter().filter(|detail| detail.is_extra).collect();
            let is_part = |name: &str| extras.iter().any(|detail| detail.path.split('.').next() == Some(name));
            let mut record = account.raw.value();
            if let Some(members) = record.as_object_mut() {
                members.retain(|name, _| !is_part(name));
            }
            leaves("raw", &record, &mut pairs);
            for detail in extras {
                told(opened, detail, account, &mut pairs);
            }
            out.pairs(&pairs)?;
        }
    }
    Ok(out.flush()?)
}

/// What is not asked by default, by the names that people read: "not asked", "not set", "none" and "can't be read" look
/// different.
fn told(opened: &Opened, detail: &DetailField, account: &Account, pairs: &mut Vec<(String, String)>) {
    let label = detail.label.to_lowercase();
    let words = match detail.reading(account) {
        Reading::NotAsked => {
            extra::own(opened).map_or("not asked".to_owned(), |own| format!("not asked (--{})", own.word()))
        }
        Reading::NotSet(words) => words.to_owned(),
        Reading::Unread(why) => format!("can't be read: {}", shown(&why)),
        Reading::There(value) => return leaves(&label, &value, pairs),
    };
    pairs.push((label, words));
}

/// One step of a lineage, and the JSON of it: a contract.
#[derive(Serialize)]
struct StepRow<'a> {
    id: &'a str,
    name: &'a Untrusted,
    #[serde(rename = "type")]
    kind: &'a Untrusted,
}

/// `lineage ID [--live]`.
pub(super) async fn lineage(desk: &Desk, id: &str, wanted: Wanted, view: &HierarchyView) -> Result<(), Stop> {
    let shape = Rows::new(&view.rows(), &["id", "name", "type"])?;
    let opened = desk.open_to_read()?;
    let inventory = desk.inventory().await;
    let snapshot = inventory.snapshot();
    let account = AccountId::new(id);
    let key = |it: &Opened| AccountKey { connection: it.name().clone(), id: account.clone() };
    let kept: Vec<_> = opened.iter().filter_map(|it| Some((it, snapshot.lineage(&key(it))?))).collect();
    match kept.as_slice() {
        [(it, kept)] if wanted == Wanted::Kept || desk.common.offline => {
            find::alone(desk, &opened, it, id, Noun::Account).await?;
            kept::say_age(desk, it.name(), kept.at);
            return write_lineage(desk, &shape, &kept.value);
        }
        [] | [_] => {}
        several => return Err(find::ambiguous("account", id, several.iter().map(|(it, _)| it.name()))),
    }
    let asked = find::candidates(desk, &opened, id).await;
    let (it, lineage) = find::lineage(&asked, id).await?;
    let reply = Reply::Lineage(lineage.clone());
    inventory.absorb(it.name(), &Query::Lineage(account), &reply, (desk.clock)());
    write_lineage(desk, &shape, &lineage)
}

impl Cells for StepRow<'_> {
    fn cells(&self) -> Vec<&str> {
        vec![self.id, self.name.raw(), self.kind.raw()]
    }
}

fn write_lineage(desk: &Desk, shape: &Rows, lineage: &Lineage) -> Result<(), Stop> {
    fn row(step: &Step) -> StepRow<'_> {
        StepRow { id: step.organization.key.id.as_str(), name: &step.organization.name, kind: &step.organization.kind }
    }
    let steps = &lineage.steps[..lineage.steps.len().min(shape.limit())];
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(steps.iter().map(row))?,
        Format::Ndjson => {
            for step in steps {
                out.object(&row(step))?;
            }
        }
        Format::Csv => {
            out.csv(shape.header().into_iter().map(Into::into))?;
            for step in steps {
                out.csv(shape.chosen(&row(step)).into_iter().map(Into::into))?;
            }
        }
        Format::Table if shape.is_chosen() => {
            out.table(&shape.headings(), &steps.iter().map(|step| shape.safe(&row(step))).collect::<Vec<_>>())?;
        }
        Format::Table => {
            for (depth, step) in steps.iter().enumerate() {
                let indent = "  ".repeat(depth);
                let Organization { name, kind, key, .. } = &step.organization;
                let mark = if step.linked { String::new() } else { format!("  ({})", Step::UNLINKED) };
                let behind = format!("  {kind} {}{mark}", key.id);
                let name = forest::fitted(name, indent.len() + width(&behind), out.columns());
                out.line(&format!("{indent}{name}{behind}"))?;
            }
        }
    }
    out.flush()?;
    drop(out);
    if lineage.steps.is_empty() {
        desk.whisper("the account is in no organization");
    }
    Ok(())
}

/// Every value of a JSON tree with its path, safe for a terminal.
pub(super) fn leaves(path: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(&format!("{path}.{}", shown(key)), value, pairs);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (nth, value) in values.iter().enumerate() {
                leaves(&format!("{path}.{nth}"), value, pairs);
            }
        }
        Value::String(text) => pairs.push((path.to_owned(), shown(text).into_owned())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            pairs.push((path.to_owned(), value.to_string()));
        }
    }
}
