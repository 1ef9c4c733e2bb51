//! Paths that lead to what is not kept beside the rows: the records are read, all of them, in bulk.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};

use super::bits::{RowSet, WORD};
use super::probe::{Code, column};
use super::{Asking, Reading};
use crate::domain::filter::{Clause, Field};
use crate::domain::{Filter, slice};
use crate::inventory::Snapshot;
use crate::inventory::segment::ROWS;

/// How many threads read: more wait for each other at the store.
const THREADS: usize = 2;
/// Rows between two looks at whether anybody waits: about a millisecond's work.
const BETWEEN: u32 = 512;

/// Where records are: as texts, by row.
pub(in crate::inventory) trait Raws: Debug + Send + Sync {
    /// Hands over the records of these rows, in any order, until `each` breaks. What cannot be read is left out.
    fn each(&self, rows: &[u32], each: &mut dyn FnMut(u32, &str) -> ControlFlow<()>);
}

/// For each clause of a filter, by number, what the records say at its path; `None` for those that need no record. Rows
/// outside are not read. `None` if cancelled.
pub(super) fn read(
    snapshot: &Snapshot,
    filter: &Filter,
    inside: Option<&RowSet>,
    asking: &Asking<'_>,
) -> Option<Vec<Option<Vec<u8>>>> {
    let needs: Vec<Option<&str>> = filter.clauses().map(|clause| needs(snapshot, clause)).collect();
    if needs.iter().all(Option::is_none) {
        return Some(vec![None; needs.len()]);
    }
    let asked: Vec<(&Clause, &str)> =
        filter.clauses().zip(&needs).filter_map(|(clause, need)| Some((clause, (*need)?))).collect();
    let rows = snapshot.rows.rows;
    let codes: Vec<Vec<AtomicU8>> =
        asked.iter().map(|_| (0..rows).map(|_| AtomicU8::new(Code::Unread as u8)).collect()).collect();
    let note = |row: u32, record: &str| {
        for ((clause, path), codes) in asked.iter().zip(&codes) {
            if let Some(code) = codes.get(row as usize) {
                code.store(Code::reading(clause, slice(record, path)) as u8, Ordering::Relaxed);
            }
        }
    };
    if snapshot.whole.is_empty() {
        from_store(snapshot, inside, asking, &note)?;
    } else {
        for (row, account) in (0u32..).zip(&*snapshot.whole) {
            note(row, account.raw.text());
        }
    }
    let mut codes = codes.into_iter().map(|codes| codes.into_iter().map(AtomicU8::into_inner).collect());
    Some(needs.iter().map(|need| need.and_then(|_| codes.next())).collect())
}

/// The path of a clause that some rows' columns do not have.
fn needs<'c>(snapshot: &Snapshot, clause: &'c Clause) -> Option<&'c str> {
    let Field::Path(path) = &clause.field else { return None };
    let is_read = |provider: &str| column(provider, path).is_none();
    snapshot.rows.shapes.iter().any(|shape| is_read(shape.provider.as_str())).then_some(path)
}

fn from_store(
    snapshot: &Snapshot,
    inside: Option<&RowSet>,
    asking: &Asking<'_>,
    note: &(dyn Fn(u32, &str) + Sync),
) -> Option<()> {
    let Some(raws) = &snapshot.raws else { return Some(()) };
    let rows = snapshot.rows.rows;
    let segments = snapshot.rows.segments.len();
    let (next, done, cancelled) = (AtomicUsize::new(0), AtomicU32::new(0), AtomicBool::new(false));
    let work = || {
        while !cancelled.load(Ordering::Relaxed) {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= segments {
                break;
            }
            let words = ROWS / WORD;
            let from = u32::try_from(nth * ROWS).unwrap_or(u32::MAX);
            let range = from..rows.min(from.saturating_add(u32::try_from(ROWS).unwrap_or(u32::MAX)));
            let size = range.end - range.start;
            if inside.is_none_or(|inside| inside.any(nth * words..(nth + 1) * words)) {
                let wanted: Vec<u32> = range.filter(|row| inside.is_none_or(|inside| inside.has(*row))).collect();
                let mut left = BETWEEN;
                raws.each(&wanted, &mut |row, record| {
                    note(row, record);
                    left -= 1;
                    if left > 0 {
                        return ControlFlow::Continue(());
                    }
                    left = BETWEEN;
                    if cancelled.fetch_or((asking.cancelled)(), Ordering::Relaxed) || cancelled.load(Ordering::Relaxed)
                    {
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                });
            }
            let done = done.fetch_add(size, Ordering::Relaxed) + size;
            if (asking.late)() {
                (asking.reading)(Reading { done, total: rows });
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..THREADS.min(segments) {
            scope.spawn(work);
        }
        work();
    });
    (!cancelled.into_inner()).then_some(())
}
