//! Filter, scope and order over a snapshot. Runs on its own threads; the newest query wins.
//!
//! What hangs on what many rows have in common is decided once for all of them; each row is asked for its name's letters
//! first and read no further than it takes to refuse it. A [`Searcher`] remembers what passed last: while a filter is
//! typed on, only that is searched.

mod bits;
mod levels;
mod lift;
mod probe;
mod rank;
mod raws;
mod scan;
#[cfg(test)]
mod tests;
mod within;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::levels::Levels;
use self::scan::{Job, Passed};
use super::Snapshot;
use super::table::{Ranking, Table};
use crate::domain::filter::Field;
use crate::domain::{AccountKey, ConnectionName, Filter, Moment, OrganizationKey};
use crate::provider::ColumnValue;

pub use self::bits::RowSet;
pub(super) use self::raws::Raws;

/// Which part of the inventory is in view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every connection.
    #[default]
    All,
    /// One connection.
    Connection(ConnectionName),
    /// An organization and all below it.
    Organization(OrganizationKey),
}

/// Up or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A first.
    #[default]
    Ascending,
    /// Z first.
    Descending,
}

/// A chosen order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// By what.
    pub by: ColumnValue,
    /// Which way.
    pub direction: Direction,
}

/// What the list shall show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQuery {
    /// What was typed.
    pub filter: Filter,
    /// Which part.
    pub scope: Scope,
    /// The order, what counts first at the beginning; equal rows stand by name. Empty: by match quality while words are
    /// typed, else by name.
    pub sort: Vec<Sort>,
    /// Show these alone (`marked only`), if any.
    pub only: Option<Arc<HashSet<AccountKey>>>,
    /// The time, for filters by age.
    pub now: Moment,
    /// The marked rows, for `marked:`.
    pub marked: Option<Arc<RowSet>>,
    /// The user's labels, for `label:`.
    pub labels: Option<Arc<HashMap<AccountKey, Vec<String>>>>,
    /// The user's notes, for `note:`.
    pub notes: Option<Arc<HashMap<AccountKey, String>>>,
    /// Rows that vanished all at once stay in the list until the user says that they are gone: whose, and when.
    pub held: Option<Arc<Vec<(ConnectionName, Moment)>>>,
    /// Rows that stand first of all that pass, in the same order among themselves. Not an empty set.
    pub pinned: Option<Arc<RowSet>>,
    /// The row whose place is wanted: the one under the cursor.
    pub cursor: Option<u32>,
}

/// The answer to a [`ListQuery`].
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The snapshot that the rows belong to.
    pub snapshot: Arc<Snapshot>,
    /// What was asked.
    pub query: Arc<ListQuery>,
    /// The rows that passed, in order; of an answer in part the first of them.
    pub rows: Arc<Vec<u32>>,
    /// The same as a set; of an answer in part those that were found so far.
    pub passed: Arc<RowSet>,
    /// How many passed: of an answer in part, so far.
    pub matched: usize,
    /// How many accounts are in the scope, filter aside.
    pub in_scope: usize,
    /// How many of those that passed have a name that can be taken for another account's; of an answer in part, as far as
    /// that is known.
    pub alike: usize,
    /// How many have one that can be taken for that of another connection's account.
    pub alike_elsewhere: usize,
    /// The best match, if words are typed.
    pub best: Option<u32>,
    /// Its place among the rows.
    pub best_at: Option<usize>,
    /// The place of [`ListQuery::cursor`] among the rows.
    pub cursor_at: Option<usize>,
    /// The search goes on: the whole answer follows.
    pub is_partial: bool,
    /// All that passed is known; of an answer in part its order and the rows behind the first ones follow.
    pub is_counted: bool,
}

/// How far a search is that has to read records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Records read.
    pub done: u32,
    /// Records in all.
    pub total: u32,
}

/// Who asks. All is called from several threads or between two pieces of work that take a millisecond or so.
pub struct Asking<'a> {
    /// Whether nobody wants the answer any more.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Whether it takes so long that a person should see what there is.
    pub late: &'a (dyn Fn() -> bool + Sync),
    /// Takes an answer in part.
    pub partial: &'a (dyn Fn(Found) + Sync),
    /// Hears how far it is with the records.
    pub reading: &'a (dyn Fn(Reading) + Sync),
}

/// Fewer rows are no answer in part: a screen that is emptied and filled again flickers.
const LEAST: usize = 100;
/// How many rows an answer in part has at most: a few screens.
const FIRST: usize = 1_024;
/// The same where each costs more: the tallest screen.
const SCREEN: usize = 256;

/// Searches once; `None` if `cancelled` said so in between.
#[must_use]
pub fn search(
    snapshot: &Arc<Snapshot>,
    query: &Arc<ListQuery>,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Found> {
    let asking = Asking { cancelled, late: &|| false, partial: &|_| (), reading: &|_| () };
    Searcher::default().search(snapshot, query, &asking)
}

/// The rows that pass, in order: what a list without a screen needs of a search.
#[must_use]
pub fn rows(snapshot: &Arc<Snapshot>, query: &Arc<ListQuery>) -> Arc<Vec<u32>> {
    let asking = Asking { cancelled: &|| false, late: &|| false, partial: &|_| (), reading: &|_| () };
    let rows = || {
        let mut read = raws::read(snapshot, &query.filter, None, &asking)?.into_iter();
        let job = Job::new(snapshot, query, None, |_| read.next().flatten());
        let mut passed = Passed::default();
        let answer = Answer { snapshot, query, has_words: job.has_words() };
        if !job.scan(&mut passed, &asking, true)? {
            job.scan(&mut passed, &asking, false)?;
        }
        let table = snapshot.ranking.wait(&snapshot.rows, asking.cancelled)?;
        let bits = passed.bits(snapshot.rows.rows);
        let rows = answer.ordered(&mut Levels::default(), &passed, &bits, table, asking.cancelled)?;
        Some(answer.lifted(rows, &bits))
    };
    rows().unwrap_or_default()
}

/// Searches again and again, and remembers what helps the next time.
#[derive(Debug, Default)]
pub struct Searcher {
    last: Option<Last>,
    levels: Levels,
}

/// What passed last.
#[derive(Debug)]
struct Last {
    listing: u64,
    generation: u64,
    query: Arc<ListQuery>,
    passed: Arc<RowSet>,
    in_scope: usize,
}

impl Last {
    /// The rows that all that passes this query is among: those that passed the last one, and those of which more is
    /// known since. `None` if others may pass.
    fn holding(&self, snapshot: &Snapshot, query: &ListQuery) -> Option<Arc<RowSet>> {
        let last = &*self.query;
        let same_rows = self.listing == snapshot.listing && self.listing > 0 && last.scope == query.scope;
        let same_only = same(last.only.as_ref(), query.only.as_ref()) && last.held == query.held;
        if !(same_rows && same_only && query.filter.narrows(&last.filter)) {
            return None;
        }
        let mut reads_records = false;
        for clause in last.filter.clauses() {
            let holds = match clause.field {
                Field::Age => last.now == query.now,
                Field::Seen => last.now == query.now && self.generation == snapshot.generation,
                Field::Marked => same(last.marked.as_ref(), query.marked.as_ref()),
                Field::Label => same(last.labels.as_ref(), query.labels.as_ref()),
                Field::Note => same(last.notes.as_ref(), query.notes.as_ref()),
                Field::Email | Field::Path(_) => {
                    reads_records = true;
                    true
                }
                Field::Name
                | Field::Id
                | Field::Type
                | Field::Status
                | Field::Provider
                | Field::Connection
                | Field::Parent
                | Field::Org
                | Field::Created
                | Field::Updated
                | Field::Gone => true,
            };
            if !holds {
                return None;
            }
        }
        if !reads_records {
            return Some(Arc::clone(&self.passed));
        }
        let mut rows = Arc::clone(&self.passed);
        for row in snapshot.told.since(self.generation)? {
            Arc::make_mut(&mut rows).add(row);
        }
        Some(rows)
    }
}

fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl Searcher {
    /// Searches; `None` if cancelled in between.
    #[must_use]
    pub fn search(&mut self, snapshot: &Arc<Snapshot>, query: &Arc<ListQuery>, asking: &Asking<'_>) -> Option<Found> {
        let last = self.last.as_ref().and_then(|last| Some((last.holding(snapshot, query)?, last.in_scope)));
        let (inside, in_scope) = (last.as_ref().map(|(rows, _)| &**rows), last.as_ref().map(|(_, count)| *count));
        let read = raws::read(snapshot, &query.filter, inside, asking)?;
        let mut read = read.into_iter();
        let job = Job::new(snapshot, query, inside, |_| read.next().flatten());
        let mut passed = Passed::default();
        let answer = Answer { snapshot, query, has_words: job.has_words() };
        let is_whole = job.scan(&mut passed, asking, true)?;
        if !is_whole
            && query.sort.is_empty()
            && passed.count() >= LEAST
            && let Some(table) = snapshot.ranking.made()
        {
            let in_scope = in_scope.unwrap_or_else(|| snapshot.len().max(passed.in_scope()));
            (asking.partial)(answer.in_part(&passed, Some(table), in_scope));
        }
        if !is_whole {
            job.scan(&mut passed, asking, false)?;
        }
        let in_scope = in_scope.unwrap_or_else(|| passed.in_scope());
        if query.sort.is_empty() && !snapshot.ranking.is_at_hand(&snapshot.rows) {
            let found = answer.in_part(&passed, None, in_scope);
            (asking.partial)(Found { is_counted: true, ..found });
        }
        if let Some(sort) = query.sort.first().filter(|sort| self.is_slow(snapshot, sort.by)) {
            let set = passed.bits(snapshot.rows.rows);
            if let Some(rows) = levels::first(&set, *sort, SCREEN, &snapshot.rows) {
                let found = answer.whole(Arc::new(rows), Arc::new(set), None, in_scope);
                (asking.partial)(Found { matched: passed.count(), is_partial: true, ..found });
            }
        }
        // Two pieces of work, each on a thread.
        snapshot.ranking.begin(&snapshot.rows);
        snapshot.alike.make(&snapshot.rows, asking.cancelled)?;
        let table = snapshot.ranking.wait(&snapshot.rows, asking.cancelled)?;
        let bits = Arc::new(passed.bits(snapshot.rows.rows));
        let rows = answer.ordered(&mut self.levels, &passed, &bits, table, asking.cancelled)?;
        let best = if answer.has_words { rank::best(passed.scored(), table) } else { None };
        let found = answer.whole(rows, Arc::clone(&bits), best, in_scope);
        let (listing, generation) = (snapshot.listing, snapshot.generation);
        self.last = Some(Last { listing, generation, query: Arc::clone(query), passed: bits, in_scope });
        Some(found)
    }

    /// Whether an order has to be made first that takes longer than a frame.
    fn is_slow(&self, snapshot: &Snapshot, by: ColumnValue) -> bool {
        let rows = &snapshot.rows;
        !snapshot.ranking.is_at_hand(rows) || Ranking::is_large(rows) && !self.levels.has(snapshot, by)
    }
}

/// What answers are made of.
struct Answer<'a> {
    snapshot: &'a Arc<Snapshot>,
    query: &'a Arc<ListQuery>,
    has_words: bool,
}

impl Answer<'_> {
    /// In the order that was asked for. `None` if cancelled.
    fn ordered(
        &self,
        levels: &mut Levels,
        passed: &Passed,
        bits: &RowSet,
        table: &Table,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Arc<Vec<u32>>> {
        if self.query.sort.is_empty() {
            return Some(self.rows(passed, bits, table));
        }
        let rows = rank::by_name(bits, table);
        levels.sorted(self.snapshot, rows, &self.query.sort, table, cancelled).map(Arc::new)
    }

    /// The pinned ones first.
    fn lifted(&self, rows: Arc<Vec<u32>>, passed: &RowSet) -> Arc<Vec<u32>> {
        match &self.query.pinned {
            Some(pinned) => lift::lift(rows, passed, pinned, self.snapshot.ranking.made()),
            None => rows,
        }
    }

    /// By match quality, or by name.
    fn rows(&self, passed: &Passed, bits: &RowSet, table: &Table) -> Arc<Vec<u32>> {
        let count = passed.count();
        if self.has_words {
            return Arc::new(rank::by_score(passed.scored(), count, table));
        }
        if count == table.order.len() { Arc::clone(&table.order) } else { Arc::new(rank::by_name(bits, table)) }
    }

    /// The first rows of what passed so far, by match quality or by name; with no order by name at hand the first names
    /// are picked out.
    fn in_part(&self, passed: &Passed, table: Option<&Table>, in_scope: usize) -> Found {
        let bits = passed.bits(self.snapshot.rows.rows);
        let rows: Vec<u32> = match table {
            _ if self.has_words => rank::first(passed.scored(), FIRST, table),
            Some(table) => table.order.iter().copied().filter(|row| bits.has(*row)).take(FIRST).collect(),
            None => rank::first_names(&bits, SCREEN, &self.snapshot.rows),
        };
        let best = rows.first().copied().filter(|_| self.has_words);
        let found = self.whole(Arc::new(rows), Arc::new(bits), best, in_scope);
        Found { matched: passed.count(), is_partial: true, is_counted: false, ..found }
    }

    fn whole(&self, rows: Arc<Vec<u32>>, passed: Arc<RowSet>, best: Option<u32>, in_scope: usize) -> Found {
        let rows = self.lifted(rows, &passed);
        let best_at = best.and_then(|row| place(&rows, row));
        let cursor_at = self.query.cursor.and_then(|row| place(&rows, row));
        Found {
            snapshot: Arc::clone(self.snapshot),
            query: Arc::clone(self.query),
            matched: rows.len(),
            rows,
            alike: self.snapshot.alike.made().map_or(0, |alike| alike.near.common(&passed)),
            alike_elsewhere: self.snapshot.alike.made().map_or(0, |alike| alike.far.common(&passed)),
            passed,
            in_scope,
            best,
            best_at,
            cursor_at,
            is_partial: false,
            is_counted: true,
        }
    }
}

/// The place of a row; a fraction of a millisecond in a million.
#[must_use]
pub fn place(rows: &[u32], row: u32) -> Option<usize> {
    const LANE: usize = 256;
    let lane = rows.chunks(LANE).position(|lane| lane.contains(&row))?;
    let from = lane * LANE;
    rows[from..].iter().position(|other| *other == row).map(|at| from + at)
}
