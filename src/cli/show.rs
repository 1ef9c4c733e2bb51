//! `show`, `lineage`, `org show` and `org list`: one thing, or a short list, as its provider says it.

use serde::Serialize;
use serde_json::Value;

use super::args::{Extra, Format};
use super::columns::Pick;
use super::desk::{Desk, Opened};
use super::find::{self, Misses};
use super::out::Heading;
use super::stop::{Stop, Tally, status};
use super::{extra, hierarchy};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, FailureKind, Lineage, Organization, ParentRef, ProviderId, RawJson,
    Untrusted, shown,
};
use crate::provider::{ColumnValue, DetailField, DetailOptions, Levels, Query, Reply};

/// `show ID [--servers] [--contact]`.
pub(super) async fn account(desk: &Desk, id: &str, wanted: &[Extra]) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    if desk.common.offline {
        return kept_account(desk, &opened, id, wanted).await;
    }
    let (it, mut account) = find::account(&opened, id, wanted).await?;
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

/// The account of an id as the inventory has it.
async fn kept_account(desk: &Desk, opened: &[Opened], id: &str, wanted: &[Extra]) -> Result<(), Stop> {
    let inventory = desk.inventory().await;
    for it in opened {
        let key = AccountKey { connection: it.name().clone(), id: AccountId::new(id) };
        let snapshot = inventory.bring(&key);
        if let Some(account) = snapshot.whole(&key).filter(|account| wanted.is_empty() || account.has_extra) {
            return print(desk, it, account);
        }
    }
    let words = format!("{}: not in the inventory; without --offline it is asked for", shown(id));
    Err(Stop::new(status::NOT_FOUND, words))
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
            leaves("raw", &account.raw.value(), &mut pairs);
            pairs.extend(opened.provider.spec().details.iter().filter_map(|detail| missing(opened, detail, account)));
            out.pairs(&pairs)?;
        }
    }
    Ok(out.flush()?)
}

/// What is not there of what is not asked by default: "not asked", "not set" and "none" look different.
fn missing(opened: &Opened, detail: &DetailField, account: &Account) -> Option<(String, String)> {
    if !detail.is_extra {
        return None;
    }
    let words = match (account.has_extra, account.raw.at(detail.path)) {
        (false, _) => extra::own(opened).map_or("not asked".to_owned(), |own| format!("not asked (--{})", own.word())),
        (true, None | Some(Value::Null)) => detail.absent.to_owned(),
        (true, Some(Value::Array(items))) if items.is_empty() => detail.none.to_owned(),
        // Huawei's documents show such junk where nothing is set.
        (true, Some(Value::String(text))) if matches!(text.trim(), "" | "null" | "null,") => detail.absent.to_owned(),
        (true, Some(Value::Array(_) | Value::Object(_) | Value::String(_) | Value::Number(_) | Value::Bool(_))) => {
            return None;
        }
    };
    Some((detail.label.to_lowercase(), words))
}

/// One step of a lineage, and the JSON of it: a contract.
#[derive(Serialize)]
struct StepRow<'a> {
    id: &'a str,
    name: &'a Untrusted,
    #[serde(rename = "type")]
    kind: &'a Untrusted,
}

/// `lineage ID`.
pub(super) async fn lineage(desk: &Desk, id: &str) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    let inventory = desk.inventory().await;
    let snapshot = inventory.snapshot();
    let mut misses = Misses::new("account", id);
    let account = AccountId::new(id);
    let key = |it: &Opened| AccountKey { connection: it.name().clone(), id: account.clone() };
    if let Some(kept) = opened.iter().find_map(|it| snapshot.lineage(&key(it))) {
        return write_lineage(desk, &kept.value);
    }
    for it in &opened {
        match it.provider.lineage(&account).await {
            Ok(lineage) => {
                let reply = Reply::Lineage(lineage.clone());
                inventory.absorb(it.name(), &Query::Lineage(account.clone()), &reply, (desk.clock)());
                return write_lineage(desk, &lineage);
            }
            // Whose account it is says whose sentence is the answer.
            Err(failure) if failure.kind == FailureKind::Unsupported => {
                match it.provider.account(&account, DetailOptions::default()).await {
                    Ok(_) => return Err(Stop::failure(it.name(), &failure)),
                    Err(missing) => misses.note(it, &missing),
                }
            }
            Err(failure) => misses.note(it, &failure),
        }
    }
    Err(misses.end())
}

fn write_lineage(desk: &Desk, lineage: &Lineage) -> Result<(), Stop> {
    let row = |organization: &Organization| -> [String; 3] {
        [
            organization.key.id.as_str().to_owned(),
            organization.name.raw().to_owned(),
            organization.kind.raw().to_owned(),
        ]
    };
    let steps: Vec<StepRow<'_>> = lineage
        .steps
        .iter()
        .map(|step| StepRow {
            id: step.organization.key.id.as_str(),
            name: &step.organization.name,
            kind: &step.organization.kind,
        })
        .collect();
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(&steps)?,
        Format::Ndjson => {
            for step in &steps {
                out.object(step)?;
            }
        }
        Format::Csv => {
            out.csv(["id", "name", "type"].map(Into::into))?;
            for step in &lineage.steps {
                out.csv(row(&step.organization).map(Into::into))?;
            }
        }
        Format::Table => {
            for (depth, step) in lineage.steps.iter().enumerate() {
                let indent = "  ".repeat(depth);
                let Organization { name, kind, key, .. } = &step.organization;
                let mark = if step.linked { "" } else { "  (not inside the one above)" };
                out.line(&format!("{indent}{name}  {kind} {}{mark}", key.id))?;
            }
        }
    }
    out.flush()?;
    drop(out);
    if steps.is_empty() {
        desk.whisper("the account is in no organization");
    }
    Ok(())
}

/// The JSON of an organization.
#[derive(Serialize)]
struct OrganizationRow<'a> {
    connection: &'a ConnectionName,
    provider: &'a ProviderId,
    id: &'a str,
    name: &'a Untrusted,
    #[serde(rename = "type")]
    kind: &'a Untrusted,
    parent: Option<&'a ParentRef>,
    created_at: Option<&'a Untrusted>,
    raw: Option<&'a RawJson>,
}

impl<'a> OrganizationRow<'a> {
    /// The header line of csv: the JSON's names, `parent` as two, without `raw`.
    const CSV: [&'static str; 8] =
        ["connection", "provider", "id", "name", "type", "parent_id", "parent_name", "created_at"];

    fn of(organization: &'a Organization) -> Self {
        Self {
            connection: &organization.key.connection,
            provider: &organization.provider,
            id: organization.key.id.as_str(),
            name: &organization.name,
            kind: &organization.kind,
            parent: organization.parent.as_ref(),
            created_at: organization.created_at.as_ref(),
            raw: organization.raw.as_ref(),
        }
    }

    fn csv(&self) -> [&'a str; 8] {
        [
            self.connection.as_str(),
            self.provider.as_str(),
            self.id,
            self.name.raw(),
            self.kind.raw(),
            self.parent.map_or("", |parent| parent.id.as_str()),
            self.parent.map_or("", |parent| parent.name.raw()),
            self.created_at.map_or("", Untrusted::raw),
        ]
    }

    fn safe(&self) -> [String; 8] {
        self.csv().map(|cell| shown(cell).into_owned())
    }
}

/// `org show ID`.
pub(super) async fn organization(desk: &Desk, id: &str) -> Result<(), Stop> {
    let opened = desk.open()?;
    let (_, organization) = find::organization(&opened, id).await?;
    let row = OrganizationRow::of(&organization);
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.document(&row)?,
        Format::Ndjson => out.object(&row)?,
        Format::Csv => {
            out.csv(OrganizationRow::CSV.map(Into::into))?;
            out.csv(row.csv().map(Into::into))?;
        }
        Format::Table => {
            let names = OrganizationRow::CSV.map(str::to_owned);
            let mut pairs: Vec<(String, String)> =
                names.into_iter().zip(row.safe()).filter(|(_, text)| !text.is_empty()).collect();
            if let Some(raw) = &organization.raw {
                leaves("raw", &raw.value(), &mut pairs);
            }
            out.pairs(&pairs)?;
        }
    }
    Ok(out.flush()?)
}

/// `org list`.
pub(super) async fn organizations(desk: &Desk) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    let mut tally = Tally::default();
    let mut organizations = Vec::new();
    for it in &opened {
        let (tree, trouble) = hierarchy::of(desk, it).await;
        let came = tree.len();
        let mut rows = hierarchy::flat(&tree);
        organizations.append(&mut rows);
        hierarchy::count(&mut tally, it, trouble.as_ref(), came);
    }
    if tally.is_deliverable() {
        let rows: Vec<OrganizationRow<'_>> = organizations.iter().map(|it| OrganizationRow::of(it)).collect();
        write_organizations(desk, &opened, &rows)?;
    }
    tally.end()
}

fn write_organizations(desk: &Desk, opened: &[Opened], rows: &[OrganizationRow<'_>]) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(rows)?,
        Format::Ndjson => {
            for row in rows {
                out.object(row)?;
            }
        }
        Format::Csv => {
            out.csv(OrganizationRow::CSV.map(Into::into))?;
            for row in rows {
                out.csv(row.csv().map(Into::into))?;
            }
        }
        Format::Table => {
            let mut headings = ["Name", "Parent", "Type", "Id", "Connection"].map(Heading::new);
            for (nth, most) in [(1, 32), (2, 14), (3, 32), (4, 20)] {
                headings[nth].most = Some(most);
                headings[nth].priority = u8::try_from(nth).unwrap_or(u8::MAX);
            }
            let rows: Vec<Vec<String>> = rows
                .iter()
                .map(|row| {
                    let [connection, _, id, name, kind, _, parent, _] = row.safe();
                    vec![name, parent, kind, id, connection]
                })
                .collect();
            let width = if opened.len() > 1 { headings.len() } else { headings.len() - 1 };
            out.table(&headings[..width], &rows)?;
        }
    }
    out.flush()?;
    drop(out);
    if let ([], [only, ..]) = (rows, opened) {
        desk.whisper(only.provider.spec().hierarchy.none);
    }
    Ok(())
}

/// Every value of a JSON tree with its path, safe for a terminal.
fn leaves(path: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
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
