//! The order of rows by name. Pages that come in are sorted by themselves and merged in: sorting a million rows takes
//! a second.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicBool, Ordering as AtomicOrdering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::columns::Columns;
use super::order::{CHUNK, Keys, natural};
use super::segment::Segment;

/// More new rows than this part of all are sorted together with the others.
const PART: usize = 8;
/// From this many rows on making an order takes longer than a frame.
const MANY: u32 = 32_768;
/// How often who waits for an order looks whether anybody still wants it.
const LOOK: Duration = Duration::from_millis(2);

/// The order by name; ties go by key, so that the order does not hang on the order in which pages came. Absent rows have
/// their place in it.
#[derive(Debug)]
pub(super) struct Table {
    /// The rows, first name first.
    pub(super) order: Arc<Vec<u32>>,
    /// The place of each row in `order`.
    pub(super) rank: Vec<u32>,
}

/// A set of rows' order, made by the first search that needs it and shared by all snapshots with these rows.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    made: OnceLock<Arc<Table>>,
    before: Mutex<Option<Before>>,
    /// A thread of its own makes it.
    making: AtomicBool,
    /// Told when that thread ends.
    done: Condvar,
}

/// A thread that makes an order; whatever becomes of it, nobody waits for it in vain.
struct Making(Arc<Ranking>);

impl Making {
    fn make(&self, columns: &Columns) {
        if let Some(order) = all_by_name(columns) {
            self.0.made.get_or_init(|| Arc::new(Table::of(order)));
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        let held = self.0.before();
        self.0.making.store(false, AtomicOrdering::Release);
        self.0.done.notify_all();
        drop(held);
    }
}

/// An earlier order, and the rows that have another name since.
#[derive(Clone, Debug)]
struct Before {
    table: Arc<Table>,
    renamed: Vec<u32>,
}

impl Ranking {
    /// The ranking of the same rows and those that came since, of which some have another name since.
    pub(super) fn next(&self, renamed: Vec<u32>) -> Self {
        let before = match self.made.get() {
            Some(made) => Some(Before { table: Arc::clone(made), renamed }),
            None => self.before().clone().map(|mut before| {
                before.renamed.extend(renamed);
                before
            }),
        };
        // With most names new it is of no use.
        let before = before.filter(|before| before.renamed.len() <= before.table.order.len() / PART);
        Self { before: Mutex::new(before), ..Self::default() }
    }

    /// The order, made now if nobody has; `None` if cancelled.
    pub(super) fn table(&self, columns: &Columns, cancelled: &dyn Fn() -> bool) -> Option<&Table> {
        if let Some(made) = self.made.get() {
            return Some(made);
        }
        let before = self.before().clone();
        let order = match &before {
            Some(before) => before.merged(columns, cancelled)?,
            None => by_name(columns, 0..columns.rows, cancelled)?,
        };
        let made = self.made.get_or_init(|| Arc::new(Table::of(order)));
        *self.before() = None;
        Some(made)
    }

    /// The order; one of many rows that nobody has made is made on a thread of its own, and is there for whoever asks next
    /// if this one does not wait: `None` if cancelled.
    pub(super) fn wait(self: &Arc<Self>, columns: &Columns, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<&Table> {
        while !self.is_at_hand(columns) {
            if !self.begin(columns) {
                break;
            }
            if cancelled() {
                return None;
            }
            let before = self.before();
            if self.making.load(AtomicOrdering::Acquire) {
                // It is told when the order is there; the time is how soon a cancelled search ends.
                drop(self.done.wait_timeout(before, LOOK).unwrap_or_else(PoisonError::into_inner));
            }
        }
        self.table(columns, cancelled)
    }

    /// Begins to make the order if nobody does and it takes longer than a search may. False if there is no thread for it.
    pub(super) fn begin(self: &Arc<Self>, columns: &Columns) -> bool {
        if self.is_at_hand(columns) || self.making.swap(true, AtomicOrdering::AcqRel) {
            return true;
        }
        let (making, columns) = (Making(Arc::clone(self)), columns.clone());
        let maker = move || making.make(&columns);
        std::thread::Builder::new().name("order by name".to_owned()).spawn(maker).is_ok()
    }

    /// Whether sorting all rows takes longer than a frame.
    pub(super) fn is_large(columns: &Columns) -> bool {
        columns.rows >= MANY
    }

    /// Whether [`Ranking::table`] takes no longer than a search may.
    pub(super) fn is_at_hand(&self, columns: &Columns) -> bool {
        let helps = |before: &Before| before.fresh(columns) <= columns.rows as usize / PART;
        !Self::is_large(columns) || self.made.get().is_some() || self.before().as_ref().is_some_and(helps)
    }

    /// The order, if somebody has made it.
    pub(super) fn made(&self) -> Option<&Table> {
        self.made.get().map(|made| &**made)
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |table: &Table| (table.order.capacity() + table.rank.capacity()) * 4;
        let before = self.before().as_ref().map_or(0, |before| bytes(&before.table));
        before + self.made.get().map_or(0, |made| bytes(made))
    }

    fn before(&self) -> std::sync::MutexGuard<'_, Option<Before>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn of(order: Vec<u32>) -> Self {
        let mut rank = vec![0; order.len()];
        for (place, &row) in (0u32..).zip(&order) {
            rank[row as usize] = place;
        }
        Self { order: Arc::new(order), rank }
    }
}

impl Before {
    /// At most so many rows have to be put in.
    fn fresh(&self, columns: &Columns) -> usize {
        (columns.rows as usize).saturating_sub(self.table.order.len()) + self.renamed.len()
    }

    /// The order of all rows: the earlier one, and what is new put in.
    fn merged(&self, columns: &Columns, cancelled: &dyn Fn() -> bool) -> Option<Vec<u32>> {
        let known = u32::try_from(self.table.order.len()).unwrap_or(u32::MAX);
        let mut moved = self.renamed.clone();
        moved.sort_unstable();
        moved.dedup();
        moved.retain(|row| *row < known);
        let fresh = (columns.rows - known) as usize + moved.len();
        if fresh > columns.rows as usize / PART {
            return by_name(columns, 0..columns.rows, cancelled);
        }
        let new = by_name(columns, moved.iter().copied().chain(known..columns.rows), cancelled)?;
        let without;
        let kept = if moved.is_empty() {
            &self.table.order
        } else {
            let rank = &self.table.rank;
            let mut places: Vec<u32> = moved.iter().map(|row| rank[*row as usize]).collect();
            places.sort_unstable();
            without = leave_out(&self.table.order, &places);
            &without
        };
        put_in(kept, &new, columns, cancelled)
    }
}

/// An order without the rows at some places, which ascend.
fn leave_out(order: &[u32], places: &[u32]) -> Vec<u32> {
    let mut left = Vec::with_capacity(order.len());
    let mut from = 0;
    for place in places {
        left.extend_from_slice(&order[from..*place as usize]);
        from = *place as usize + 1;
    }
    left.extend_from_slice(&order[from..]);
    left
}

/// Puts a few rows in their order among many in theirs: each one's place is looked for by halves.
fn put_in(many: &[u32], few: &[u32], columns: &Columns, cancelled: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let mut order = Vec::with_capacity(many.len() + few.len());
    let mut from = 0;
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for (nth, &row) in few.iter().enumerate() {
        if nth.is_multiple_of(CHUNK / 16) && cancelled() {
            return None;
        }
        let name = columns.text(row).name;
        mine.clear();
        natural(name, &mut mine);
        let stands_before = |other: u32| {
            let text = columns.text(other).name;
            theirs.clear();
            natural(text, &mut theirs);
            let order = text.is_empty().cmp(&name.is_empty());
            order.then_with(|| theirs.cmp(&mine)).then_with(|| tie(columns, other, row)) == Ordering::Less
        };
        let mut stands_before = stands_before;
        let to = from + many[from..].partition_point(|other| stands_before(*other));
        order.extend_from_slice(&many[from..to]);
        order.push(row);
        from = to;
    }
    order.extend_from_slice(&many[from..]);
    Some(order)
}

fn by_name(columns: &Columns, rows: impl IntoIterator<Item = u32>, cancelled: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    Some(keys(columns, rows, cancelled)?.sorted(|left, right| tie(columns, left, right)))
}

fn keys(columns: &Columns, rows: impl IntoIterator<Item = u32>, cancelled: &dyn Fn() -> bool) -> Option<Keys> {
    let rows = rows.into_iter();
    let mut keys = Keys::with_capacity(rows.size_hint().0);
    for (nth, row) in rows.enumerate() {
        if nth.is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        keys.push(row, columns.text(row).name);
    }
    Some(keys)
}

/// All rows by name, on two threads.
fn all_by_name(columns: &Columns) -> Option<Vec<u32>> {
    let tie = |left: u32, right: u32| tie(columns, left, right);
    let half = |rows: std::ops::Range<u32>| {
        let mut keys = keys(columns, rows, &|| false)?;
        keys.sort(tie);
        Some(keys)
    };
    let middle = columns.rows / 2;
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(middle..columns.rows));
        let own = half(0..middle);
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Some(own?.merged(&other?, tie))
    })
}

/// Which of two rows stands first where their names count the same. Most such names are the same, so that nothing is read
/// before it is needed.
fn tie(columns: &Columns, left: u32, right: u32) -> Ordering {
    let ((left, at), (right, other)) = (columns.segment(left), columns.segment(right));
    let connection = |segment: &Segment, at: usize| &columns.shapes[segment.shape(at)].connection;
    let names = left.name(at).cmp(right.name(other));
    names
        .then_with(|| connection(left, at).cmp(connection(right, other)))
        .then_with(|| left.id(at).cmp(right.id(other)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Account;
    use crate::inventory::fake::account;
    use crate::inventory::filing::Filing;

    fn named(names: &[String]) -> Vec<Account> {
        (0..).zip(names).map(|(nth, name): (usize, _)| account(&format!("id{nth}"), name)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_order_that_grew_is_the_order_of_all_rows(
            names in prop::collection::vec("[aA]?[b0-1 \u{e4}]{0,3}", 0..120),
            steps in prop::collection::vec((0usize..6, any::<prop::sample::Index>(), "[ab0]{0,2}", any::<bool>()), 0..30),
        ) {
            let (mut columns, mut filing) = (Columns::default(), Filing::default());
            let mut ranking = Ranking::default();
            let mut accounts = named(&names);
            let mut filed = accounts.len() / 2;
            for account in &accounts[..filed] {
                filing.push(&mut columns, account);
            }
            for (more, which, name, looked_at) in steps {
                let mut renamed = Vec::new();
                for account in accounts.iter().skip(filed).take(more) {
                    filing.push(&mut columns, account);
                }
                filed = accounts.len().min(filed + more);
                if filed > 0 {
                    let row = which.index(filed);
                    accounts[row].name = name.as_str().into();
                    let row = u32::try_from(row).unwrap();
                    if filing.replace(&mut columns, row, &accounts[row as usize]).name {
                        renamed.push(row);
                    }
                }
                ranking = ranking.next(renamed);
                if looked_at {
                    let table = ranking.table(&columns, &|| false).unwrap();
                    let expected = by_name(&columns, 0..columns.rows, &|| false).unwrap();
                    prop_assert_eq!(&*table.order, &expected);
                    for (place, row) in (0u32..).zip(&*table.order) {
                        prop_assert_eq!(table.rank[*row as usize], place);
                    }
                }
            }
        }
    }
}
