//! Orders by column: for each row a number that sorts as its value does. Made once a column, and kept.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::bits::RowSet;
use super::probe::{Standin, column};
use super::rank::{self, by_bytes};
use super::{Direction, Sort};
use crate::domain::slice;
use crate::inventory::Snapshot;
use crate::inventory::columns::{Columns, Row};
use crate::inventory::order::{CHUNK, Keys, NONE, natural};
use crate::inventory::segment::When;
use crate::inventory::table::Table;
use crate::provider::ColumnValue;

/// How many columns' orders are kept: of a million rows each takes 4 MB.
const KEPT: usize = 4;

/// The orders that were asked for lately, all of the same rows.
#[derive(Debug, Default)]
pub(super) struct Levels {
    listing: u64,
    /// The one that was asked for last is last.
    made: Vec<(ColumnValue, Arc<Vec<u32>>)>,
}

impl Levels {
    /// Rows that stand by name, sorted by columns. What is missing is last, whichever way.
    pub(super) fn sorted(
        &mut self,
        snapshot: &Snapshot,
        mut rows: Vec<u32>,
        sorts: &[Sort],
        table: &Table,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<u32>> {
        // What counts last comes first: each pass keeps the order of what is equal.
        for sort in sorts.iter().rev() {
            let levels = self.of(snapshot, sort.by, table, cancelled)?;
            let key = |row: u32| match (levels[row as usize], sort.direction) {
                (NONE, _) => NONE,
                (level, Direction::Ascending) => level,
                (level, Direction::Descending) => NONE - 1 - level,
            };
            let mut keyed: Vec<u64> = rows.iter().map(|&row| u64::from(key(row)) << 32 | u64::from(row)).collect();
            by_bytes(&mut keyed, 4..8);
            // The low half is the row.
            rows.clear();
            rows.extend(keyed.iter().map(|keyed| u32::try_from(keyed & u64::from(u32::MAX)).unwrap_or_default()));
            if cancelled() {
                return None;
            }
        }
        Some(rows)
    }

    /// Whether rows can be sorted by a column without making its order first.
    pub(super) fn has(&self, snapshot: &Snapshot, by: ColumnValue) -> bool {
        self.listing == snapshot.listing && self.made.iter().any(|(made, _)| *made == by)
    }

    fn of(
        &mut self,
        snapshot: &Snapshot,
        by: ColumnValue,
        table: &Table,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Arc<Vec<u32>>> {
        if self.listing != snapshot.listing || self.listing == 0 {
            self.made.clear();
            self.listing = snapshot.listing;
        }
        let at = self.made.iter().position(|(column, _)| *column == by);
        let made = match at {
            Some(at) => self.made.remove(at).1,
            None => Arc::new(levels(&snapshot.rows, by, table, cancelled)?),
        };
        self.made.push((by, Arc::clone(&made)));
        if self.made.len() > KEPT {
            self.made.remove(0);
        }
        Some(made)
    }
}

/// The first rows of a set by a column whose order takes long to make, picked out; `None` for others, and for names.
pub(super) fn first(set: &RowSet, sort: Sort, most: usize, rows: &Columns) -> Option<Vec<u32>> {
    let key = |row: u32, key: &mut Vec<u8>| {
        let Some(row) = rows.any(row) else { return true };
        let (text, nth) = match sort.by {
            ColumnValue::Id => (Some(row.id()), None),
            ColumnValue::Email => (row.email(), None),
            ColumnValue::Name => (Some(row.name()), None),
            ColumnValue::Updated => (None, Some(1)),
            ColumnValue::Created
            | ColumnValue::Connection
            | ColumnValue::Provider
            | ColumnValue::Kind
            | ColumnValue::Status
            | ColumnValue::Parent
            | ColumnValue::Path(_) => (None, Some(0)),
        };
        match (text.filter(|text| !text.is_empty()), nth.map(|nth| row.when(nth))) {
            (Some(text), _) => natural(text, key),
            // As a number without a sign it sorts by its bytes.
            (None, Some(When::Micros(time))) => key.extend((time ^ i64::MIN).to_be_bytes()),
            (None, Some(When::Written)) => key.extend([u8::MAX; 9]),
            (None, Some(When::Never) | None) => return true,
        }
        if sort.direction == Direction::Descending {
            for byte in &mut *key {
                *byte = !*byte;
            }
            key.push(u8::MAX);
        }
        false
    };
    let is_slow = match sort.by {
        ColumnValue::Name | ColumnValue::Id | ColumnValue::Email | ColumnValue::Created | ColumnValue::Updated => true,
        ColumnValue::Connection
        | ColumnValue::Provider
        | ColumnValue::Kind
        | ColumnValue::Status
        | ColumnValue::Parent
        | ColumnValue::Path(_) => false,
    };
    is_slow.then(|| rank::first_by(set, most, key))
}

fn levels(rows: &Columns, by: ColumnValue, table: &Table, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Vec<u32>> {
    match by {
        ColumnValue::Name => by_name(rows, table, cancelled),
        ColumnValue::Created => by_time(rows, 0, cancelled),
        ColumnValue::Updated => by_time(rows, 1, cancelled),
        ColumnValue::Id => by_text(rows, |row| row.id().into(), cancelled),
        ColumnValue::Email => by_text(rows, |row| row.email().unwrap_or_default().into(), cancelled),
        ColumnValue::Connection
        | ColumnValue::Provider
        | ColumnValue::Kind
        | ColumnValue::Status
        | ColumnValue::Parent => by_shape(rows, by, cancelled),
        ColumnValue::Path(path) => by_path(rows, by, path, cancelled),
    }
}

/// Some rows, absent ones too, with a look at whether anybody waits.
fn each<'r>(
    rows: &'r Columns,
    numbers: Range<u32>,
    cancelled: &(dyn Fn() -> bool + Sync),
    mut each: impl FnMut(Row<'r>),
) -> Option<()> {
    for number in numbers {
        if (number as usize).is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        rows.any(number).into_iter().for_each(&mut each);
    }
    Some(())
}

fn by_text(
    rows: &Columns,
    text: impl for<'r> Fn(Row<'r>) -> Cow<'r, str> + Sync,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<u32>> {
    let half = |numbers: Range<u32>| {
        let mut keys = Keys::default();
        each(rows, numbers, cancelled, |row| keys.push(row.number(), &text(row)))?;
        keys.sort(|_, _| Ordering::Equal);
        Some(keys)
    };
    let middle = rows.rows / 2;
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(middle..rows.rows));
        let own = half(0..middle);
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Some(own?.levels(&other?, rows.rows))
    })
}

/// The levels of a few texts, by their numbers.
fn levels_of(mut keys: Keys, count: usize) -> Vec<u32> {
    keys.sort(|_, _| Ordering::Equal);
    keys.levels(&Keys::default(), u32::try_from(count).unwrap_or(u32::MAX))
}

/// The order by name is there: what is equal in it stands side by side.
fn by_name(rows: &Columns, table: &Table, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Vec<u32>> {
    let mut levels = vec![NONE; rows.rows as usize];
    let (mut level, mut before, mut key) = (0, Vec::new(), Vec::new());
    for (nth, &row) in table.order.iter().enumerate() {
        if nth.is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        let name = rows.text(row).name;
        if name.is_empty() {
            continue;
        }
        key.clear();
        natural(name, &mut key);
        level += u32::from(nth > 0 && key != before);
        std::mem::swap(&mut key, &mut before);
        levels[row as usize] = level;
    }
    Some(levels)
}

/// Times by their numbers; after them what is no time, by its text.
fn by_time(rows: &Columns, nth: usize, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Vec<u32>> {
    let (mut times, mut written) = (Vec::new(), Keys::default());
    each(rows, 0..rows.rows, cancelled, |row| match row.when(nth) {
        When::Never => {}
        When::Micros(time) => times.push((time, row.number())),
        When::Written => {
            let text = if nth == 0 { row.created_at() } else { row.updated_at() };
            written.push(row.number(), &text.unwrap_or_default());
        }
    })?;
    times.sort_unstable();
    let mut levels = levels_of(written, rows.rows as usize);
    let differing = times.iter().zip(times.iter().skip(1)).filter(|(one, next)| one.0 != next.0).count();
    // There are no more than rows.
    let above = u32::try_from(differing + 1).unwrap_or(NONE);
    for text in levels.iter_mut().filter(|level| **level != NONE) {
        *text += above;
    }
    let mut level = 0;
    for (nth, (time, row)) in times.iter().enumerate() {
        level += u32::from(nth > 0 && times[nth - 1].0 != *time);
        levels[*row as usize] = level;
    }
    Some(levels)
}

/// What a shape says is sorted once a shape.
fn by_shape(rows: &Columns, by: ColumnValue, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Vec<u32>> {
    let mut keys = Keys::default();
    for (code, shape) in (0u32..).zip(&*rows.shapes) {
        keys.push(code, &by.text(&Standin { shape, id: "", value: None }));
    }
    let of_shapes = levels_of(keys, rows.shapes.len());
    let mut levels = Vec::with_capacity(rows.rows as usize);
    each(rows, 0..rows.rows, cancelled, |row| levels.push(of_shapes[row.shape_code()]))?;
    Some(levels)
}

/// Where the values of a provider's path are kept; else those above it, and the path from there on.
fn column_or_above(provider: &str, path: &'static str) -> Option<(usize, Option<&'static str>)> {
    if let Some(own) = column(provider, path) {
        return Some((own, None));
    }
    let dots = path.match_indices('.').map(|(at, _)| at);
    dots.rev().find_map(|at| Some((column(provider, &path[..at])?, Some(&path[at + 1..]))))
}

/// Values of kept paths, and what stands below them, are sorted once a kept value.
fn by_path(
    rows: &Columns,
    by: ColumnValue,
    path: &'static str,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<u32>> {
    let columns: Vec<_> = rows.shapes.iter().map(|shape| column_or_above(shape.provider.as_str(), path)).collect();
    let mut codes: Vec<Option<u32>> = Vec::with_capacity(rows.rows as usize);
    let mut used: HashMap<u32, Row<'_>> = HashMap::new();
    each(rows, 0..rows.rows, cancelled, |row| {
        let code = columns[row.shape_code()].and_then(|(column, _)| row.value_code(column));
        if let Some(code) = code {
            used.entry(code).or_insert(row);
        }
        codes.push(code);
    })?;
    let mut keys = Keys::default();
    for (code, row) in used {
        let value = rows.values.get(code as usize).map(|value| &**value);
        let value = match columns[row.shape_code()] {
            Some((_, Some(below))) => value.and_then(|value| slice(value, below)),
            Some((_, None)) | None => value,
        };
        keys.push(code, &by.text(&Standin { shape: row.shape(), id: "", value }));
    }
    let of_values = levels_of(keys, rows.values.len());
    Some(codes.into_iter().map(|code| code.map_or(NONE, |code| of_values[code as usize])).collect())
}
