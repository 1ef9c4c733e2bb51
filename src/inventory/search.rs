//! Filter, scope and order over a snapshot. Runs on its own thread; the newest query wins.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Snapshot;
use super::columns::{Row, Shape};
use super::near::Near;
use super::order::{CHUNK, Keys};
use super::table::Table;
use crate::domain::filter::{Answer, Clause};
use crate::domain::{AccountKey, ConnectionName, Filter, Moment, OrganizationId, OrganizationKey};
use crate::provider::ColumnValue;

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
    /// The user's labels, for `label:`.
    pub labels: Option<Arc<HashMap<AccountKey, Vec<String>>>>,
}

/// The answer to a [`ListQuery`].
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The snapshot that the rows belong to.
    pub snapshot: Arc<Snapshot>,
    /// What was asked.
    pub query: Arc<ListQuery>,
    /// The rows that passed, in order.
    pub rows: Arc<Vec<u32>>,
    /// How many accounts are in the scope, filter aside.
    pub in_scope: usize,
    /// The best match, if a filter is typed.
    pub best: Option<u32>,
}

/// Searches; `None` if `cancelled` said so in between (asked every few thousand rows).
#[must_use]
pub fn search(snapshot: &Arc<Snapshot>, query: &Arc<ListQuery>, cancelled: &dyn Fn() -> bool) -> Option<Found> {
    let table = snapshot.ranking.table(&snapshot.rows, cancelled)?;
    let passed = pass(snapshot, query, table, cancelled)?;
    let best = passed.scored.iter().min().map(|&packed| row(packed, table));
    let rows = match query.sort.as_slice() {
        [] if query.filter.is_empty() => passed.rows,
        [] => {
            let mut scored = passed.scored;
            scored.sort_unstable();
            scored.iter().map(|&packed| row(packed, table)).collect()
        }
        sorts => {
            sorts
                .iter()
                .rev()
                .try_fold((passed.rows, None), |(rows, places), sort| {
                    let rows = sorted(snapshot, rows, *sort, (table, places.as_ref()), cancelled)?;
                    let places: HashMap<u32, u32> = rows.iter().copied().zip(0..).collect();
                    Some((rows, Some(places)))
                })?
                .0
        }
    };
    Some(Found {
        snapshot: Arc::clone(snapshot),
        query: Arc::clone(query),
        rows: Arc::new(rows),
        in_scope: passed.in_scope,
        best,
    })
}

/// What passed scope and filter.
#[derive(Default)]
struct Passed {
    in_scope: usize,
    /// By name if no filter is typed.
    rows: Vec<u32>,
    /// While a filter is typed: match quality and rank by name in one number, the best match the smallest.
    scored: Vec<u64>,
}

fn pass(snapshot: &Snapshot, query: &ListQuery, table: &Table, cancelled: &dyn Fn() -> bool) -> Option<Passed> {
    // What hangs on what many rows have in common is decided once for all of them.
    let scope = Within::of(snapshot, &query.scope);
    let columns = &snapshot.rows;
    let held: Vec<bool> = columns.shapes.iter().map(|shape| scope.holds(shape)).collect();
    let above: Vec<_> = columns.shapes.iter().map(|shape| query.filter.above(shape.parent.as_ref())).collect();
    let only = query.only.as_ref();
    let only = only.map(|keys| keys.iter().filter_map(|key| snapshot.row(key)).collect::<HashSet<u32>>());
    let near = Near { snapshot, now: query.now, labels: query.labels.as_deref() };
    let mut passed = Passed::default();
    for (nth, &named) in (0u32..).zip(&table.order) {
        if (nth as usize).is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        // A filter reads every row's text: in the order of memory. Without one the order is by name.
        let row = if query.filter.is_empty() { named } else { nth };
        let (segment, at) = columns.segment(row);
        let shape = segment.shape(at);
        if !segment.is_alive(at) || !held[shape] || matches!(scope, Within::Account(only) if only != Some(row)) {
            continue;
        }
        passed.in_scope += 1;
        if only.as_ref().is_some_and(|only| !only.contains(&row)) {
            continue;
        }
        if !query.filter.is_empty() {
            let line = segment.text(at);
            let account = snapshot.get(row);
            let mut ask =
                |clause: &Clause| account.as_ref().map_or(Answer::Unknown, |account| clause.answer(account, &near));
            let quality = query.filter.score_line(line.name, line.id, line.email, &above[shape], &mut ask);
            let Some(quality) = quality else {
                continue;
            };
            let rank = u64::from(table.rank[row as usize]);
            passed.scored.push((u64::from(u32::MAX - quality) << 32) | rank);
        }
        passed.rows.push(row);
    }
    Some(passed)
}

/// The row of a packed score.
fn row(packed: u64, table: &Table) -> u32 {
    let rank = packed & u64::from(u32::MAX);
    usize::try_from(rank).map_or(0, |rank| table.order[rank])
}

/// A scope, ready to be asked for every place.
enum Within<'a> {
    All,
    Connection(&'a ConnectionName),
    Organizations(&'a ConnectionName, HashSet<OrganizationId>),
    /// The one account that a container stands inside.
    Account(Option<u32>),
}

impl<'a> Within<'a> {
    fn of(snapshot: &Snapshot, scope: &'a Scope) -> Self {
        match scope {
            Scope::All => Self::All,
            Scope::Connection(name) => Self::Connection(name),
            Scope::Organization(key) => {
                let view = snapshot.connection(&key.connection);
                let node = view.and_then(|view| view.tree.node(&key.id));
                if let Some(id) = node.and_then(|node| node.organization.account.clone()) {
                    return Self::Account(snapshot.row(&AccountKey { connection: key.connection.clone(), id }));
                }
                let below = view.map_or_else(Vec::new, |view| view.tree.subtree(&key.id));
                // Accounts may name an organization that no tree has yet.
                let ids = below.into_iter().chain([key.id.clone()]).collect();
                Self::Organizations(&key.connection, ids)
            }
        }
    }

    /// Whether rows of this shape are in it, as far as that tells.
    fn holds(&self, place: &Shape) -> bool {
        match self {
            Self::All | Self::Account(_) => true,
            Self::Connection(name) => place.connection == **name,
            Self::Organizations(name, ids) => {
                let parent = place.parent.as_ref();
                place.connection == **name && parent.is_some_and(|parent| ids.contains(&parent.id))
            }
        }
    }
}

/// The rows by a column; ties by their places in a lesser order, if there is one, else by name.
fn sorted(
    snapshot: &Snapshot,
    mut rows: Vec<u32>,
    sort: Sort,
    (table, places): (&Table, Option<&HashMap<u32, u32>>),
    cancelled: &dyn Fn() -> bool,
) -> Option<Vec<u32>> {
    // In the order of memory.
    rows.sort_unstable();
    let mut keys = Keys::default();
    for (nth, &row) in rows.iter().enumerate() {
        if nth.is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        if let Some(account) = snapshot.get(row) {
            keys.push(row, &sort_text(sort.by, &account));
        }
    }
    let tie = |left: u32, right: u32| {
        let rank = |row: u32| places.map_or(table.rank[row as usize], |places| places[&row]);
        rank(left).cmp(&rank(right))
    };
    Some(match sort.direction {
        Direction::Ascending => keys.sorted(tie),
        Direction::Descending => keys.sorted_down(tie),
    })
}

/// What a column sorts by: its text, but times to the second where the screen shows the date alone.
fn sort_text<'a>(by: ColumnValue, account: &'a Row<'_>) -> Cow<'a, str> {
    match by {
        ColumnValue::Name => Cow::Borrowed(account.name()),
        ColumnValue::Created => account.created_at().unwrap_or_default(),
        ColumnValue::Updated => account.updated_at().unwrap_or_default(),
        ColumnValue::Id
        | ColumnValue::Connection
        | ColumnValue::Provider
        | ColumnValue::Kind
        | ColumnValue::Status
        | ColumnValue::Email
        | ColumnValue::Parent
        | ColumnValue::Path(_) => by.text(account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Account, Moment};
    use crate::inventory::Inventory;
    use crate::inventory::fake::*;
    use crate::provider::{Cursor, ListScope, OrganizationScope, Query, Reply};

    fn found(snapshot: &Arc<Snapshot>, query: ListQuery) -> (Vec<String>, Found) {
        let found = search(snapshot, &Arc::new(query), &|| false).unwrap();
        let names = found.rows.iter().map(|&row| snapshot.get(row).unwrap().name().to_owned()).collect();
        (names, found)
    }

    fn people() -> Arc<Snapshot> {
        let row = |id: &str, name: &str, status: Option<&str>| Account {
            status: status.map(Into::into),
            ..account(id, name)
        };
        Arc::new(Snapshot::of(vec![
            row("1", "team 10", Some("open")),
            row("2", "Acme Prod", None),
            row("3", "Team 2", Some("closed")),
            row("4", "acme", Some("open")),
            row("5", "", Some("Closed")),
            row("6", "Big Macme", None),
        ]))
    }

    #[test]
    fn without_a_filter_rows_come_by_name_and_with_one_by_match() {
        let people = people();
        let (names, all) = found(&people, ListQuery::default());
        assert_eq!(names, ["acme", "Acme Prod", "Big Macme", "Team 2", "team 10", ""]);
        assert_eq!((all.in_scope, all.best), (6, None));
        let (names, hits) = found(&people, ListQuery { filter: Filter::parse("acme"), ..ListQuery::default() });
        assert_eq!(names, ["acme", "Acme Prod", "Big Macme"]);
        assert_eq!((hits.in_scope, hits.best), (6, Some(3)));
    }

    #[test]
    fn a_chosen_order_holds_with_a_filter_and_missing_values_are_last() {
        let people = people();
        let query = |direction, filter: &str| ListQuery {
            filter: Filter::parse(filter),
            sort: vec![Sort { by: ColumnValue::Status, direction }],
            ..ListQuery::default()
        };
        let (names, _) = found(&people, query(Direction::Ascending, ""));
        assert_eq!(names, ["Team 2", "", "acme", "team 10", "Acme Prod", "Big Macme"]);
        let (names, _) = found(&people, query(Direction::Descending, ""));
        assert_eq!(names, ["acme", "team 10", "Team 2", "", "Acme Prod", "Big Macme"]);
        let (names, hits) = found(&people, query(Direction::Ascending, "am"));
        assert_eq!(names.len(), hits.rows.len());
        assert!(hits.best.is_some());
    }

    #[test]
    fn a_scope_is_a_connection_or_an_organization_with_all_below_it() {
        let inventory = Inventory::default();
        let every = Query::Organizations(OrganizationScope::Every, Cursor::First);
        let rows = vec![organization("r", None), organization("c", Some("r")), organization("s", None)];
        inventory.absorb(&connection(), &every, &Reply::Organizations(page(rows, None)), Moment(1));
        let accounts = [("1", "r"), ("2", "c"), ("3", "s"), ("4", "unlisted")];
        let accounts = accounts.map(|(id, parent)| within(account(id, id), parent));
        let rows = accounts.into_iter().chain([account("5", "5")]).collect();
        let query = Query::Accounts(ListScope::all(), Cursor::First);
        let snapshot = inventory.absorb(&connection(), &query, &Reply::Accounts(page(rows, None)), Moment(1));
        let scoped = |scope| found(&snapshot, ListQuery { scope, ..ListQuery::default() });
        let organization = |id| Scope::Organization(organization_key(id));
        assert_eq!(scoped(organization("r")).0, ["1", "2"]);
        assert_eq!(scoped(organization("r")).1.in_scope, 2);
        assert_eq!(scoped(organization("c")).0, ["2"]);
        assert_eq!(scoped(organization("unlisted")).0, ["4"]);
        assert_eq!(scoped(organization("nobody")).0, [""; 0]);
        assert_eq!(scoped(Scope::Connection(connection())).0.len(), 5);
        assert_eq!(scoped(Scope::Connection("other".into())).0.len(), 0);
        let only = Some(Arc::new(HashSet::from([key("3"), key("5")])));
        let (names, found) = found(&snapshot, ListQuery { only, ..ListQuery::default() });
        assert_eq!((names.len(), found.in_scope), (2, 5));
    }

    #[test]
    fn a_search_that_nobody_wants_any_more_ends_without_an_answer() {
        let people = people();
        let query = Arc::new(ListQuery::default());
        assert_eq!(search(&people, &query, &|| true), None);
    }
}
