//! `export`, `apply`: the editable fields of many accounts as one text.

use std::path::Path;
use std::sync::Arc;

use super::args::{ApplyArgs, ExportArgs, Format, SheetKind};
use super::desk::{Desk, Opened};
use super::kept::{self, Wanted};
use super::progress::Progress;
use super::stop::{Stop, Tally, status};
use super::wish::Filtered;
use super::write::{self, Wish};
use super::{find, list, stdin};
use crate::changes::{Editable, Known, Sheet, SheetFaults, SheetForm, SheetFormat, form_of};
use crate::domain::{AccountId, AccountKey, ConnectionName, FormSpec, Identity, Moment, shown};
use crate::inventory::{self, Inventory, Scope, Snapshot};
use crate::provider::{Capability, Query, Reply};

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
    let ready = ready(desk, &opened, desk.inventory().await, args.filter.as_deref(), Wanted::Kept).await?;
    if ready.tally.is_deliverable() {
        let mut out = desk.out();
        let mut progress = Progress::new(desk, "accounts", Some(ready.rows.len() as u64));
        for (nth, piece) in ready.pieces((desk.clock)(), format).enumerate() {
            out.text(&piece)?;
            progress.at(nth as u64);
        }
        out.flush()?;
    }
    ready.tally.end()
}

/// What a sheet is made of.
pub(super) struct Ready<'o> {
    /// Rows of the snapshot, in their order.
    pub(super) rows: Vec<u32>,
    pub(super) tally: Tally,
    pub(super) inventory: Arc<Inventory>,
    snapshot: Arc<Snapshot>,
    offering: Vec<&'o Opened>,
    left: Vec<String>,
}

impl Ready<'_> {
    /// The sheet: its head, then row after row.
    pub(super) fn pieces(&self, at: Moment, format: SheetFormat) -> impl Iterator<Item = String> {
        let rows = || self.rows.iter().filter_map(|row| self.snapshot.get(*row));
        let spec = |name: &ConnectionName| {
            let at = self.offering.iter().find(|it| it.name() == name);
            at.map(|it| it.provider.spec())
        };
        let form = SheetForm::new(format, rows().filter_map(|row| form_of(spec(row.connection())?).ok()));
        let is_in = |it: &&&Opened| rows().any(|row| row.connection() == it.name());
        let owner = |it: &&Opened| (it.name().clone(), identity(&self.snapshot, it.name()));
        let owners: Vec<(ConnectionName, Option<Identity>)> = self.offering.iter().filter(is_in).map(owner).collect();
        let head = form.head(rows().map(|row| (row.connection().as_str(), row.id())), &owners, &self.left, at);
        let records = self.inventory.records(self.rows.iter().copied());
        let editable = records.filter_map(move |account| Editable::of(&account, spec(&account.key.connection)?).ok());
        std::iter::once(head).chain(editable.enumerate().map(move |(nth, row)| form.row(nth + 1, &row)))
    }
}

/// Lists the connections whose accounts can be edited, and finds those that match.
pub(super) async fn ready<'o>(
    desk: &Desk,
    opened: &'o [Opened],
    inventory: Arc<Inventory>,
    filter: Option<&str>,
    wanted: Wanted,
) -> Result<Ready<'o>, Stop> {
    let filter = Filtered::read(desk, filter, opened).await?;
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
    let query = filter.query(&snapshot, Scope::All, Vec::new());
    let found = inventory::rows(&snapshot, &Arc::new(query));
    let is_meant =
        |row: &u32| snapshot.get(*row).is_some_and(|row| offering.iter().any(|it| it.name() == row.connection()));
    let rows = found.iter().copied().filter(is_meant).collect();
    Ok(Ready { rows, tally, inventory, snapshot, offering, left })
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
