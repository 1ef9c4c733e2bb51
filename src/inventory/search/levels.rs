//! Orders by column: for each row a number that sorts as its value does. Made once a column, and kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::probe::{Standin, column};
use super::rank::by_bytes;
use super::{Direction, Sort};
use crate::inventory::Snapshot;
use crate::inventory::columns::{Columns, Row};
use crate::inventory::order::{CHUNK, Keys, NONE};
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

fn levels(
    rows: &Columns,
    by: ColumnValue,
    table: &Table,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<u32>> {
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

/// All rows, absent ones too, with a look at whether anybody waits.
fn each(rows: &Columns, cancelled: &(dyn Fn() -> bool + Sync), mut each: impl FnMut(Row<'_>)) -> Option<()> {
    for number in 0..rows.rows {
        if (number as usize).is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        rows.any(number).into_iter().for_each(&mut each);
    }
    Some(())
}

fn by_text(
    rows: &Columns,
    text: impl for<'r> Fn(Row<'r>) -> Cow<'r, str>,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<u32>> {
    let mut keys = Keys::default();
    each(rows, cancelled, |row| keys.push(row.number(), &text(row)))?;
    Some(keys.levels(rows.rows))
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
        crate::inventory::order::natural(name, &mut key);
        level += u32::from(nth > 0 && key != before);
        std::mem::swap(&mut key, &mut before);
        levels[row as usize] = level;
    }
    Some(levels)
}

/// Times by their numbers; after them what is no time, by its text.
fn by_time(rows: &Columns, nth: usize, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Vec<u32>> {
    let (mut times, mut written) = (Vec::new(), Keys::default());
    each(rows, cancelled, |row| match row.when(nth) {
        When::Never => {}
        When::Micros(time) => times.push((time, row.number())),
        When::Written => {
            let text = if nth == 0 { row.created_at() } else { row.updated_at() };
            written.push(row.number(), &text.unwrap_or_default());
        }
    })?;
    times.sort_unstable();
    let mut levels = written.levels(rows.rows);
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
    let of_shapes = keys.levels(u32::try_from(rows.shapes.len()).unwrap_or(u32::MAX));
    let mut levels = Vec::with_capacity(rows.rows as usize);
    each(rows, cancelled, |row| levels.push(of_shapes[row.shape_code()]))?;
    Some(levels)
}

/// Values of kept paths are sorted once a value.
fn by_path(
    rows: &Columns,
    by: ColumnValue,
    path: &'static str,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<u32>> {
    let columns: Vec<_> = rows.shapes.iter().map(|shape| column(shape.provider.as_str(), path)).collect();
    let mut codes: Vec<Option<u32>> = Vec::with_capacity(rows.rows as usize);
    let mut used: HashMap<u32, Row<'_>> = HashMap::new();
    for number in 0..rows.rows {
        if (number as usize).is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        let row = rows.any(number);
        let code = row.and_then(|row| row.value_code(columns[row.shape_code()]?));
        if let (Some(code), Some(row)) = (code, row) {
            used.entry(code).or_insert(row);
        }
        codes.push(code);
    }
    let mut keys = Keys::default();
    for (code, row) in used {
        let value = rows.values.get(code as usize).map(|value| &**value);
        keys.push(code, &by.text(&Standin { shape: row.shape(), id: "", value }));
    }
    let of_values = keys.levels(u32::try_from(rows.values.len()).unwrap_or(u32::MAX));
    Some(codes.into_iter().map(|code| code.map_or(NONE, |code| of_values[code as usize])).collect())
}
