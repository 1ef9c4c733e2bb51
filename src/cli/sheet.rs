//! `export`, `apply`: the editable fields of many accounts as one text.

use std::path::Path;
use std::sync::Arc;

use super::args::{ApplyArgs, ExportArgs, Format, SheetKind};
use super::desk::{Desk, Opened};
use super::kept::{self, Wanted};
use super::stop::{Stop, Tally, status};
use super::write::{self, Wish};
use super::{accounts, find, list, stdin};
use crate::changes::{Editable, Known, Sheet, SheetFaults, SheetFormat, form_of};
use crate::domain::{AccountId, AccountKey, ConnectionName, FormSpec, Identity, shown};
use crate::inventory::{Inventory, ListQuery, Scope, Snapshot, search};
use crate::provider::{Capability, Query, Reply};
use crate::runtime::connect::system_clock;

/// `export`.
pub(super) async fn export(desk: &Desk, args: &ExportArgs) -> Result<(), Stop> {
    let format = match (args.format, desk.format()) {
        (Some(SheetKind::Toml), _) | (None, Format::Table) => SheetFormat::Toml,
        (Some(SheetKind::Csv), _) | (None, Format::Csv) => SheetFormat::Csv,
        (None, Format::Json | Format::Ndjson) => {
            return Err(Stop::usage("a sheet is toml or csv: give --format toml or --format csv"));
        }
    };
    let opened = desk.open_to_read()?;
    let made = make(desk, &opened, desk.inventory().await, args.filter.as_deref(), format, Wanted::Kept).await?;
    if made.tally.is_deliverable() {
        let mut out = desk.out();
        out.text(&made.text)?;
        out.flush()?;
    }
    made.tally.end()
}

/// A sheet of what the connections have.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) rows: usize,
    pub(super) tally: Tally,
    pub(super) inventory: Arc<Inventory>,
}

/// Lists the connections whose accounts can be edited, and makes the sheet of those that match.
pub(super) async fn make(
    desk: &Desk,
    opened: &[Opened],
    inventory: Arc<Inventory>,
    filter: Option<&str>,
    format: SheetFormat,
    wanted: Wanted,
) -> Result<Made, Stop> {
    let filter = accounts::filter(filter)?;
    let offering = find::offering(opened, Capability::UpdateAccount)?;
    let left: Vec<String> =
        opened.iter().filter_map(|it| Some(format!("{}: {}", it.name(), form_of(it.provider.spec()).err()?))).collect();
    for words in &left {
        desk.whisper(&format!("left out: {words}"));
    }
    let results = kept::bring(desk, offering.iter().copied(), &inventory, wanted, &|_| ()).await;
    let mut tally = Tally::default();
    list::count(desk, &mut tally, offering.iter().copied(), &inventory.snapshot(), results);
    learn_identities(desk, &offering, &inventory).await;
    let snapshot = inventory.snapshot();
    let query = ListQuery { filter, scope: Scope::All, now: system_clock()(), ..ListQuery::default() };
    let found = search(&snapshot, &Arc::new(query), &|| false).map(|found| found.rows).unwrap_or_default();
    let rows: Vec<Editable> = inventory
        .records(found.iter().copied())
        .filter_map(|account| {
            let it = offering.iter().find(|it| *it.name() == account.key.connection)?;
            Editable::of(&account, it.provider.spec()).ok()
        })
        .collect();
    let owners: Vec<(ConnectionName, Option<Identity>)> = offering
        .iter()
        .filter(|it| rows.iter().any(|row| row.key.connection == *it.name()))
        .map(|it| (it.name().clone(), identity(&snapshot, it.name())))
        .collect();
    let text = Sheet::write(&rows, &owners, &left, (desk.clock)(), format);
    Ok(Made { text, rows: rows.len(), tally, inventory })
}

/// Who the connections are, where their listing did not say.
async fn learn_identities(desk: &Desk, opened: &[&Opened], inventory: &Inventory) {
    for it in opened {
        if identity(&inventory.snapshot(), it.name()).is_none()
            && let Ok(identity) = it.provider.identity().await
        {
            inventory.absorb(it.name(), &Query::Identity, &Reply::Identity(identity), (desk.clock)());
        }
    }
}

fn identity(snapshot: &Snapshot, name: &ConnectionName) -> Option<Identity> {
    Some(snapshot.connection(name)?.identity.as_ref()?.value.clone())
}

/// `apply`.
pub(super) async fn apply(desk: &Desk, args: &ApplyArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let text = read(&args.file).await?;
    let format = match args.format {
        Some(SheetKind::Toml) => SheetFormat::Toml,
        Some(SheetKind::Csv) => SheetFormat::Csv,
        None => match args.file.extension().and_then(|ending| ending.to_str()) {
            Some("toml") => SheetFormat::Toml,
            Some("csv") => SheetFormat::Csv,
            Some(_) | None => Sheet::format_of(&text),
        },
    };
    let name = name_of(&args.file);
    let sheet = Sheet::read(&text, format).map_err(|faults| refused(&name, &faults))?;
    let inventory = desk.scratch().await;
    let meant = list_meant(desk, &opened, &sheet, &inventory).await?;
    let known = Fresh { inventory: &inventory, opened: &opened, meant: &meant };
    let changes = sheet.changes(&known).map_err(|faults| refused(&name, &faults))?;
    write::run(desk, &opened, &inventory, Wish::of(changes), &args.write).await
}

/// A file's name in words about its lines.
fn name_of(file: &Path) -> String {
    if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() }
}

async fn read(file: &Path) -> Result<String, Stop> {
    let read = if file == Path::new("-") { stdin::all().await } else { std::fs::read(file) };
    let path = name_of(file);
    let bytes = read.map_err(|error| Stop::usage(format!("{path}: the sheet can't be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + String::from_utf8_lossy(good).matches('\n').count();
        Stop::usage(format!("{path}:{line}: the sheet is no UTF-8 text"))
    })
}

/// Every fault with its line. Where only somebody else's changes are in the way, the sheet is not wrong.
pub(super) fn refused(name: &str, faults: &SheetFaults) -> Stop {
    let code = if faults.are_conflicts() { status::FAILED } else { status::USAGE };
    let mut words: Vec<String> =
        faults.0.iter().map(|fault| format!("{}:{}: {}", shown(name), fault.line, fault.words)).collect();
    words.push("nothing was sent".into());
    Stop { code, words, ..Stop::default() }
}

/// Lists the connections that a sheet speaks of: a sheet is compared with what stands now. Each of them must come whole.
async fn list_meant<'o>(
    desk: &Desk,
    opened: &'o [Opened],
    sheet: &Sheet,
    inventory: &Inventory,
) -> Result<Vec<&'o Opened>, Stop> {
    let offering = find::offering(opened, Capability::UpdateAccount)?;
    let names: Vec<&str> = sheet.connections().collect();
    let is_meant = |it: &&&Opened| sheet.is_open() || names.contains(&it.name().as_str());
    let meant: Vec<&Opened> = offering.iter().filter(is_meant).copied().collect();
    for it in &meant {
        write::refuse_read_only(desk, it)?;
    }
    for (it, listed) in meant.iter().zip(list::sync_all(desk, meant.iter().copied(), inventory, &|_| ()).await) {
        listed.map_err(|why| Stop::failure(it.name(), &why))?;
    }
    learn_identities(desk, &meant, inventory).await;
    Ok(meant)
}

/// What was listed just now.
pub(super) struct Fresh<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) opened: &'a [Opened],
    pub(super) meant: &'a [&'a Opened],
}

impl Known for Fresh<'_> {
    fn editable(&self, connection: Option<&str>, id: &AccountId) -> Result<Editable, String> {
        let at = |it: &Opened| {
            let key = AccountKey { connection: it.name().clone(), id: id.clone() };
            let row = self.inventory.snapshot().row(&key)?;
            let account = self.inventory.records([row]).next()?;
            Some(Editable::of(&account, it.provider.spec()).map_err(str::to_owned))
        };
        let Some(name) = connection else {
            let found = self.meant.iter().find_map(|it| at(it));
            return found.unwrap_or_else(|| Err(format!("there is no account {id} at the connections in use")));
        };
        let Some(it) = self.opened.iter().find(|it| it.name().as_str() == name) else {
            return Err(format!("the connection {} is not in use", shown(name)));
        };
        form_of(it.provider.spec()).map_err(|reason| format!("{}: {reason}", it.name()))?;
        at(it).unwrap_or_else(|| Err(format!("there is no account {id} at {}", it.name())))
    }

    fn identity(&self, connection: &str) -> Option<Identity> {
        identity(&self.inventory.snapshot(), &ConnectionName::new(connection))
    }

    fn forms(&self) -> Vec<&'static FormSpec> {
        self.opened.iter().filter_map(|it| form_of(it.provider.spec()).ok()).collect()
    }
}
