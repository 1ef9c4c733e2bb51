//! Accounts on their way out: filter, order, limit, format.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Arc, mpsc};

use serde::{Serialize, Serializer};

use super::args::{Format, View};
use super::columns::Pick;
use super::desk::{Desk, Opened};
use super::stop::Stop;
use crate::domain::{Account, AccountKey, OrganizationId};
use crate::inventory::{self, Bundle, Inventory, Lines, Row, Scope, Snapshot};

/// Writes rows as they come, each account once, until nobody reads them or the limit is reached.
pub(super) struct Stream<'d> {
    desk: &'d Desk,
    written: HashSet<AccountKey>,
    limit: usize,
    /// The rows below this number were written.
    upto: u32,
    trouble: Option<std::io::Error>,
}

impl<'d> Stream<'d> {
    pub(super) fn new(desk: &'d Desk, view: &View) -> Self {
        let limit = view.limit.unwrap_or(usize::MAX);
        Self { desk, written: HashSet::new(), limit, upto: 0, trouble: None }
    }

    /// How many accounts went out.
    pub(super) fn written(&self) -> usize {
        self.written.len()
    }

    /// Writes a page and hands it on at once.
    pub(super) fn page(&mut self, rows: impl IntoIterator<Item = impl Borrow<Account>>) -> ControlFlow<()> {
        match self.write(rows) {
            Ok(()) if self.written.len() < self.limit => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(()),
            Err(error) => {
                self.trouble = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Writes what a snapshot of the inventory has beyond the last one, up to a row that names its organization by an id
    /// alone: its name may come yet.
    pub(super) fn snapshot(&mut self, inventory: &Inventory, snapshot: &Snapshot) -> ControlFlow<()> {
        let is_unnamed =
            |row: &u32| snapshot.get(*row).is_some_and(|row| row.parent().is_some_and(|parent| parent.name.is_empty()));
        let upto = (self.upto..snapshot.ever()).find(is_unnamed);
        self.go_on(inventory, snapshot, upto.unwrap_or_else(|| snapshot.ever()))
    }

    /// Writes what waits: no name comes any more.
    pub(super) fn rest(&mut self, inventory: &Inventory) {
        let snapshot = inventory.snapshot();
        // Whether stdout takes more is no matter any more.
        let _ = self.go_on(inventory, &snapshot, snapshot.ever());
    }

    fn go_on(&mut self, inventory: &Inventory, snapshot: &Snapshot, upto: u32) -> ControlFlow<()> {
        let from = std::mem::replace(&mut self.upto, upto);
        let rows = (from..self.upto).filter(|row| snapshot.get(*row).is_some_and(|row| row.is_alive()));
        self.page(inventory.records(rows))
    }

    fn write(&mut self, rows: impl IntoIterator<Item = impl Borrow<Account>>) -> std::io::Result<()> {
        let mut out = self.desk.out();
        for account in rows {
            let account = account.borrow();
            if self.written.len() >= self.limit {
                break;
            }
            if self.written.insert(account.key.clone()) {
                out.object(account)?;
            }
        }
        out.flush()
    }

    /// What went wrong with stdout, if anything did.
    pub(super) fn end(self) -> Result<(), Stop> {
        self.trouble.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Whether rows can go out as they come: nothing has to be known of the others first.
pub(super) fn streams(desk: &Desk, view: &View, pick: &Pick) -> bool {
    !pick.has_own() && desk.format() == Format::Ndjson && view.filter.is_none() && view.sort.is_none()
}

/// The rows of a snapshot that pass the filter, in the order that was asked for; by name, or by match, if none was. `is_in`
/// says which connections and places are meant.
fn rows(
    snapshot: &Arc<Snapshot>,
    scope: Scope,
    limit: Option<usize>,
    pick: &Pick,
    is_in: impl Fn(&Row<'_>) -> bool,
) -> Vec<u32> {
    let query = Arc::new(pick.wish.query(snapshot, scope, pick.sort.clone()));
    let rows = inventory::rows(snapshot, &query);
    let is_asked = |row: &u32| snapshot.get(*row).is_some_and(|row| is_in(&row));
    rows.iter().copied().filter(is_asked).take(limit.unwrap_or(usize::MAX)).collect()
}

/// Rows of an inventory, in the order in which they are to be written.
pub(super) struct Found<'i> {
    inventory: &'i Inventory,
    rows: Vec<u32>,
}

/// The accounts that an inventory has of these connections and that pass the filter; with `parent` only those that stand
/// directly in it.
pub(super) fn found<'i>(
    inventory: &'i Inventory,
    scope: Scope,
    of: &[Opened],
    view: &View,
    pick: &Pick,
    parent: Option<&OrganizationId>,
) -> Found<'i> {
    let is_in = |row: &Row<'_>| {
        let is_there = |wanted: &OrganizationId| row.parent().is_some_and(|parent| parent.id == *wanted);
        of.iter().any(|it| it.name() == row.connection()) && parent.is_none_or(is_there)
    };
    Found { inventory, rows: rows(&inventory.snapshot(), scope, view.limit, pick, is_in) }
}

/// The same for a list that a provider gave: its order stays if no other one was asked for.
pub(super) fn listed(accounts: Vec<Account>, view: &View, pick: &Pick) -> Vec<Arc<Account>> {
    if view.filter.is_none() && pick.sort.is_empty() {
        let limit = view.limit.unwrap_or(usize::MAX);
        return accounts.into_iter().take(limit).map(Arc::new).collect();
    }
    let snapshot = Arc::new(Snapshot::of(accounts));
    let rows = rows(&snapshot, Scope::All, view.limit, pick, |_| true);
    rows.iter().filter_map(|row| snapshot.own().get(*row as usize)).cloned().collect()
}

/// An account with what is shown of it.
struct Picked<'p, A>(A, &'p Pick);

impl<A: Borrow<Account>> Serialize for Picked<'_, A> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.1.whole(self.0.borrow()).serialize(to)
    }
}

/// What is handed over to be written at once.
const PIECE: usize = 256 * 1024;

/// Writes rows of an inventory in the chosen format. As JSON they go out as they are kept, which is several times faster:
/// one thread reads, one makes lines, one writes.
pub(super) fn write_found(desk: &Desk, pick: &Pick, found: Found<'_>) -> Result<(), Stop> {
    let Found { inventory, rows } = found;
    let (mut lines, none, end) = match desk.format() {
        Format::Json if !pick.has_own() => (Lines::new("[\n", ",\n"), "[]\n", "\n]\n"),
        Format::Ndjson if !pick.has_own() => (Lines::new("", "\n"), "", "\n"),
        Format::Json | Format::Ndjson | Format::Csv | Format::Table => {
            return write(desk, pick, inventory.records(rows));
        }
    };
    let mut out = desk.out();
    ahead(inventory.bundles(rows), |bundles| {
        let (ready, pieces) = mpsc::sync_channel(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                made(bundles, &mut lines, &ready)?;
                ready.send(if lines.is_empty() { none } else { end }.to_owned())
            });
            pieces.into_iter().try_for_each(|piece| out.written(&piece))
        })
    })?;
    Ok(out.flush()?)
}

/// Makes lines and hands them on, many at once. Ends early once nobody takes them any more.
fn made(
    bundles: impl IntoIterator<Item = Bundle>,
    lines: &mut Lines,
    ready: &mpsc::SyncSender<String>,
) -> Result<(), mpsc::SendError<String>> {
    let mut piece = String::with_capacity(PIECE);
    for bundle in bundles {
        bundle.write(lines, &mut piece, |piece| {
            // So that most lines still fit in what was taken for them.
            if piece.len() < PIECE - PIECE / 32 {
                return Ok(());
            }
            ready.send(std::mem::replace(piece, String::with_capacity(PIECE)))
        })?;
    }
    ready.send(piece)
}

/// Reads on a thread of its own, so that reading and writing take the time of the longer one: while a piece is worked on, the
/// next one is read.
fn ahead<T: Send, R>(
    from: impl IntoIterator<Item = T, IntoIter: Send>,
    with: impl FnOnce(mpsc::IntoIter<T>) -> R,
) -> R {
    let mut from = from.into_iter();
    let (ready, reads) = mpsc::sync_channel::<T>(0);
    std::thread::scope(|scope| {
        // Nobody takes them any more once stdout is closed.
        scope.spawn(move || from.try_for_each(|piece| ready.send(piece)));
        with(reads.into_iter())
    })
}

/// Accounts that are read ahead of what is written.
const AHEAD: usize = 2_048;

/// Writes accounts in the chosen format, one after the other; a table is as wide as its widest, so that waits for all.
pub(super) fn write<A: Borrow<Account> + Send>(
    desk: &Desk,
    pick: &Pick,
    accounts: impl IntoIterator<Item = A, IntoIter: Send>,
) -> Result<(), Stop> {
    let mut accounts = accounts.into_iter();
    let some = std::iter::from_fn(move || {
        let some: Vec<A> = accounts.by_ref().take(AHEAD).collect();
        (!some.is_empty()).then_some(some)
    });
    ahead(some, |some| write_all(desk, pick, some.flatten()))
}

fn write_all(desk: &Desk, pick: &Pick, accounts: impl IntoIterator<Item = impl Borrow<Account>>) -> Result<(), Stop> {
    let mut out = desk.out();
    let mut accounts = accounts.into_iter().peekable();
    let is_empty = accounts.peek().is_none();
    match desk.format() {
        Format::Json => out.array(accounts.map(|account| Picked(account, pick)))?,
        Format::Ndjson => {
            for account in accounts {
                out.object(&pick.whole(account.borrow()))?;
            }
        }
        Format::Csv => {
            out.csv(pick.csv_header())?;
            for account in accounts {
                out.csv(pick.csv_row(account.borrow()))?;
            }
        }
        Format::Table => {
            let rows: Vec<Vec<String>> = accounts.map(|account| pick.row(account.borrow())).collect();
            out.table(&pick.headings(), &rows)?;
        }
    }
    out.flush()?;
    if is_empty && desk.format() == Format::Table {
        drop(out);
        desk.whisper("no accounts");
    }
    Ok(())
}
