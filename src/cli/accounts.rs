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
use crate::inventory::{Inventory, Row, Scope, Snapshot, search};

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
    let rows = search(snapshot, &query, &|| false).map(|found| found.rows).unwrap_or_default();
    let is_asked = |row: &u32| snapshot.get(*row).is_some_and(|row| is_in(&row));
    rows.iter().copied().filter(is_asked).take(limit.unwrap_or(usize::MAX)).collect()
}

/// The accounts that an inventory has of these connections and that pass the filter, one after the other; with `parent`
/// only those that stand directly in it.
pub(super) fn found(
    inventory: &Inventory,
    scope: Scope,
    of: &[Opened],
    view: &View,
    pick: &Pick,
    parent: Option<&OrganizationId>,
) -> impl Iterator<Item = Account> {
    let is_in = |row: &Row<'_>| {
        let is_there = |wanted: &OrganizationId| row.parent().is_some_and(|parent| parent.id == *wanted);
        of.iter().any(|it| it.name() == row.connection()) && parent.is_none_or(is_there)
    };
    inventory.records(rows(&inventory.snapshot(), scope, view.limit, pick, is_in))
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

/// Accounts that are read ahead of what is written.
const AHEAD: usize = 2_048;

/// Writes accounts in the chosen format, one after the other; a table is as wide as its widest, so that waits for all.
/// They are read on a thread of their own, so that reading and writing take the time of the longer one.
pub(super) fn write<A: Borrow<Account> + Send>(
    desk: &Desk,
    pick: &Pick,
    accounts: impl IntoIterator<Item = A, IntoIter: Send>,
) -> Result<(), Stop> {
    let mut accounts = accounts.into_iter();
    let (ready, reads) = mpsc::sync_channel::<Vec<A>>(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let some: Vec<A> = accounts.by_ref().take(AHEAD).collect();
                // Nobody takes them any more once stdout is closed.
                if some.is_empty() || ready.send(some).is_err() {
                    return;
                }
            }
        });
        write_all(desk, pick, reads.into_iter().flatten())
    })
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
