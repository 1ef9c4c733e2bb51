//! Accounts on their way out: filter, order, limit, format.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::args::{Format, View};
use super::columns::Pick;
use super::desk::Desk;
use super::stop::Stop;
use crate::domain::{Account, AccountKey, Filter};
use crate::inventory::{ListQuery, Scope, Snapshot, search};
use crate::runtime::connect::system_clock;

/// Writes rows as they come, each account once, until nobody reads them or the limit is reached.
pub(super) struct Stream<'d> {
    desk: &'d Desk,
    written: HashSet<AccountKey>,
    limit: usize,
    /// How far the rows of the last snapshot were written, and which account stood there: rows mostly grow at the end.
    upto: (u32, Option<AccountKey>),
    trouble: Option<std::io::Error>,
}

impl<'d> Stream<'d> {
    pub(super) fn new(desk: &'d Desk, view: &View) -> Self {
        let limit = view.limit.unwrap_or(usize::MAX);
        Self { desk, written: HashSet::new(), limit, upto: (0, None), trouble: None }
    }

    /// How many accounts went out.
    pub(super) fn written(&self) -> usize {
        self.written.len()
    }

    /// Writes a page and hands it on at once.
    pub(super) fn page<'a>(&mut self, rows: impl IntoIterator<Item = &'a Account>) -> ControlFlow<()> {
        match self.write(rows) {
            Ok(()) if self.written.len() < self.limit => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(()),
            Err(error) => {
                self.trouble = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Writes what a snapshot has beyond the last one.
    pub(super) fn snapshot(&mut self, snapshot: &Snapshot) -> ControlFlow<()> {
        let (upto, last) = &self.upto;
        let key = |row: u32| snapshot.account(row).map(|account| account.key.clone());
        let grew = *upto > 0 && key(upto - 1) == *last;
        let from = if grew { *upto } else { 0 };
        let end = u32::try_from(snapshot.len()).unwrap_or(u32::MAX);
        self.upto = (end, end.checked_sub(1).and_then(key));
        self.page((from..end).filter_map(|row| snapshot.account(row)).map(Arc::as_ref))
    }

    fn write<'a>(&mut self, rows: impl IntoIterator<Item = &'a Account>) -> std::io::Result<()> {
        let mut out = self.desk.out();
        for account in rows {
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
pub(super) fn streams(desk: &Desk, view: &View) -> bool {
    desk.format() == Format::Ndjson && view.filter.is_none() && view.sort.is_none()
}

/// Reads `--filter`.
pub(super) fn filter(text: Option<&str>) -> Result<Filter, Stop> {
    let filter = Filter::parse(text.unwrap_or_default());
    match filter.error() {
        Some(wrong) => Err(Stop::usage(format!("--filter: {wrong}"))),
        None => Ok(filter),
    }
}

/// The rows of a snapshot that pass the filter, in the order that was asked for; by name, or by match, if none was.
pub(super) fn found(snapshot: &Arc<Snapshot>, scope: Scope, view: &View, pick: &Pick) -> Vec<Arc<Account>> {
    let query = Arc::new(ListQuery {
        filter: Filter::parse(view.filter.as_deref().unwrap_or_default()),
        scope,
        sort: pick.sort,
        only: None,
        now: system_clock()(),
    });
    let rows = search(snapshot, &query, &|| false).map(|found| found.rows).unwrap_or_default();
    let accounts = rows.iter().filter_map(|row| snapshot.account(*row)).cloned();
    accounts.take(view.limit.unwrap_or(usize::MAX)).collect()
}

/// The same for a list that a provider gave: its order stays if no other one was asked for.
pub(super) fn listed(accounts: Vec<Account>, view: &View, pick: &Pick) -> Vec<Arc<Account>> {
    if view.filter.is_none() && pick.sort.is_none() {
        let limit = view.limit.unwrap_or(usize::MAX);
        return accounts.into_iter().take(limit).map(Arc::new).collect();
    }
    found(&Arc::new(Snapshot::of(accounts)), Scope::All, view, pick)
}

/// Writes accounts in the chosen format.
pub(super) fn write(desk: &Desk, pick: &Pick, accounts: &[Arc<Account>]) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(accounts)?,
        Format::Ndjson => {
            for account in accounts {
                out.object(account)?;
            }
        }
        Format::Csv => {
            out.csv(pick.csv_header())?;
            for account in accounts {
                out.csv(pick.csv_row(account))?;
            }
        }
        Format::Table => {
            let rows: Vec<Vec<String>> = accounts.iter().map(|account| pick.row(account)).collect();
            out.table(&pick.headings(), &rows)?;
        }
    }
    out.flush()?;
    if accounts.is_empty() && desk.format() == Format::Table {
        drop(out);
        desk.whisper("no accounts");
    }
    Ok(())
}
