//! `org show` and `org list`: organizations as the inventory or their provider says them.

use std::sync::Arc;

use serde::Serialize;

use super::args::{Format, RowView};
use super::desk::{Desk, Opened};
use super::find::Noun;
use super::kept::{self, Wanted};
use super::out::Heading;
use super::rows::{Cells, Rows};
use super::show::{leaves, not_kept};
use super::stop::{Stop, Tally};
use super::{find, hierarchy};
use crate::domain::{
    ConnectionName, Organization, OrganizationId, OrganizationKey, ParentRef, ProviderId, RawJson, Untrusted, shown,
};
use crate::inventory::Hierarchy;
use crate::provider::{Query, Reply};

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

/// `org show ID [--live]`.
pub(super) async fn show(desk: &Desk, id: &str, wanted: Wanted) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    if let Some(organization) = kept_organization(desk, &opened, id, wanted).await? {
        return print(desk, &organization);
    }
    if desk.common.offline {
        return Err(not_kept(id));
    }
    let asked = match wanted {
        Wanted::Kept => find::candidates(desk, &opened, id).await,
        Wanted::Live => opened.iter().collect(),
    };
    let (it, mut organization) = find::organization(&asked, id).await?;
    let query = Query::Organization(organization.key.id.clone());
    let reply = Reply::Organization(Box::new(organization.clone()));
    let snapshot = desk.inventory().await.absorb(it.name(), &query, &reply, (desk.clock)());
    // Some records name their parent by its id alone.
    if let Some(parent) = organization.parent.as_mut().filter(|parent| parent.name.is_empty()) {
        let key = OrganizationKey { connection: it.name().clone(), id: parent.id.clone() };
        parent.name = match snapshot.organization(&key).filter(|known| !known.name.is_empty()) {
            Some(known) => known.name.clone(),
            None => it.provider.organization(&parent.id).await.map(|parent| parent.name).unwrap_or_default(),
        };
    }
    print(desk, &organization)
}

/// The organization of an id as the inventory has it, if that may answer: as it was read by itself, or as a whole listing
/// gave it. One that only accounts name as their parent is asked for.
async fn kept_organization(
    desk: &Desk,
    opened: &[Opened],
    id: &str,
    wanted: Wanted,
) -> Result<Option<Arc<Organization>>, Stop> {
    let (inventory, answering) = kept::answering(desk, opened, wanted).await;
    let snapshot = inventory.snapshot();
    let mut found = Vec::new();
    for it in answering {
        let key = OrganizationKey { connection: it.name().clone(), id: OrganizationId::new(id) };
        let hierarchy = snapshot.connection(it.name()).map(|view| &view.hierarchy);
        let (is_listed, at) = match hierarchy {
            Some(Hierarchy::Listed { at }) => (true, Some(*at)),
            Some(Hierarchy::Unknown | Hierarchy::Flat | Hierarchy::Derived { .. } | Hierarchy::Failed { .. })
            | None => (desk.common.offline, None),
        };
        let own = snapshot.organization_detail(&key);
        if let Some(organization) = snapshot.organization(&key).filter(|_| is_listed || own.is_some()) {
            found.push((it, organization, own.map(|fact| fact.at).or(at)));
        }
    }
    if found.len() > 1 {
        return Err(find::ambiguous("organization", id, found.iter().map(|(it, ..)| it.name())));
    }
    let Some((it, organization, at)) = found.pop() else { return Ok(None) };
    find::alone(desk, opened, it, id, Noun::Organization).await?;
    if let Some(at) = at {
        kept::say_age(desk, it.name(), at);
    }
    Ok(Some(organization))
}

fn print(desk: &Desk, organization: &Organization) -> Result<(), Stop> {
    let row = OrganizationRow::of(organization);
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

/// `org list [--live]`.
pub(super) async fn list(desk: &Desk, view: &RowView, wanted: Wanted) -> Result<(), Stop> {
    let shape = Rows::new(view, &OrganizationRow::CSV)?;
    let opened = desk.open_to_read()?;
    let mut tally = Tally::default();
    let mut organizations = Vec::new();
    for it in &opened {
        let (tree, trouble) = hierarchy::of(desk, it, wanted).await;
        let came = tree.len();
        let mut rows = hierarchy::flat(&tree);
        organizations.append(&mut rows);
        hierarchy::count(&mut tally, it, trouble.as_ref(), came);
    }
    if tally.is_deliverable() {
        let rows = organizations.iter().map(|it| OrganizationRow::of(it)).collect();
        write(desk, &opened, &shape, &shape.arranged(rows))?;
    }
    tally.end()
}

impl Cells for OrganizationRow<'_> {
    fn cells(&self) -> Vec<&str> {
        self.csv().to_vec()
    }
}

fn write(desk: &Desk, opened: &[Opened], shape: &Rows, rows: &[OrganizationRow<'_>]) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(rows)?,
        Format::Ndjson => {
            for row in rows {
                out.object(row)?;
            }
        }
        Format::Csv => {
            out.csv(shape.header().into_iter().map(Into::into))?;
            for row in rows {
                out.csv(shape.chosen(row).into_iter().map(Into::into))?;
            }
        }
        Format::Table if shape.is_chosen() => {
            out.table(&shape.headings(), &rows.iter().map(|row| shape.safe(row)).collect::<Vec<_>>())?;
        }
        Format::Table => {
            let mut headings = ["Name", "Parent", "Type", "ID", "Connection"].map(Heading::new);
            // Commands take the id: the others give way first.
            for (nth, most, priority) in [(1, 32, 1), (2, 14, 2), (3, 64, 0), (4, 20, 3)] {
                headings[nth].most = Some(most);
                headings[nth].priority = priority;
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
