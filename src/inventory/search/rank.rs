//! The order of what was found.

use std::collections::BinaryHeap;

use super::bits::RowSet;
use crate::inventory::columns::Columns;
use crate::inventory::order::natural;
use crate::inventory::table::Table;

/// A smaller part of all rows is sorted; a larger one takes its order from a walk over all.
const PART: usize = 16;

/// Score and rank in one number, the best match the smallest.
fn packed(scored: u64, table: &Table) -> u64 {
    let (score, row) = (scored >> 32, scored & u64::from(u32::MAX));
    let rank = usize::try_from(row).map_or(0, |row| table.rank[row]);
    (u64::from(u32::MAX) - score) << 32 | u64::from(rank)
}

fn row(packed: u64, table: &Table) -> u32 {
    usize::try_from(packed & u64::from(u32::MAX)).map_or(0, |rank| table.order[rank])
}

/// The best match.
pub(super) fn best(scored: impl Iterator<Item = u64>, table: &Table) -> Option<u32> {
    scored.map(|scored| packed(scored, table)).min().map(|packed| row(packed, table))
}

/// The best matches, at most `most`.
pub(super) fn first(scored: impl Iterator<Item = u64>, most: usize, table: Option<&Table>) -> Vec<u32> {
    // Without an order by name equal ones stand as they came.
    let down = |scored: u64| scored ^ u64::from(u32::MAX) << 32;
    let mut found: Vec<u64> = scored.map(|scored| table.map_or(down(scored), |table| packed(scored, table))).collect();
    if found.len() > most {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
    found.sort_unstable();
    let low = |packed: u64| u32::try_from(packed & u64::from(u32::MAX)).unwrap_or_default();
    found.iter().map(|&packed| table.map_or(low(packed), |table| row(packed, table))).collect()
}

/// The first rows of a set by name, picked out.
pub(super) fn first_names(set: &RowSet, most: usize, rows: &Columns) -> Vec<u32> {
    first_by(set, most, |row, key| {
        let name = rows.text(row).name;
        natural(name, key);
        name.is_empty()
    })
}

/// The first rows of a set by their keys, picked out; `key` says whether there is nothing to sort by: last.
pub(super) fn first_by(set: &RowSet, most: usize, mut key: impl FnMut(u32, &mut Vec<u8>) -> bool) -> Vec<u32> {
    let mut first: BinaryHeap<(bool, Vec<u8>, u32)> = BinaryHeap::new();
    let mut bytes = Vec::new();
    for row in set.rows() {
        bytes.clear();
        let is_missing = key(row, &mut bytes);
        let is_before = |last: &(bool, Vec<u8>, u32)| (is_missing, bytes.as_slice()) < (last.0, last.1.as_slice());
        if first.len() < most || first.peek().is_some_and(is_before) {
            first.push((is_missing, bytes.clone(), row));
            if first.len() > most {
                first.pop();
            }
        }
    }
    first.into_sorted_vec().into_iter().map(|(_, _, row)| row).collect()
}

/// Rows by their scores, the best first; equal ones by name.
pub(super) fn by_score(scored: impl Iterator<Item = u64> + Clone, count: usize, table: &Table) -> Vec<u32> {
    let rows = table.order.len();
    let mut found: Vec<u64>;
    if count < rows / PART {
        found = scored.map(|scored| packed(scored, table)).collect();
        found.sort_unstable();
    } else {
        // By rank first, which is a walk, then by score, which has few values: each byte of it that differs is a pass.
        let mut by_rank = vec![0u32; rows];
        for scored in scored {
            let packed = packed(scored, table);
            let key = u32::try_from(packed >> 32).unwrap_or(u32::MAX);
            by_rank[usize::try_from(packed & u64::from(u32::MAX)).unwrap_or_default()] =
                (u32::MAX - key).saturating_add(1);
        }
        let ranked = (0u64..).zip(by_rank).filter(|(_, score)| *score > 0);
        found = ranked.map(|(rank, score)| (u64::from(u32::MAX) + 1 - u64::from(score)) << 32 | rank).collect();
        by_bytes(&mut found, 4..8);
    }
    found.iter().map(|&packed| row(packed, table)).collect()
}

/// Rows of a set by name.
pub(super) fn by_name(bits: &RowSet, table: &Table) -> Vec<u32> {
    let mut rows = Vec::with_capacity(bits.len());
    rows.extend(table.order.iter().copied().filter(|row| bits.has(*row)));
    rows
}

/// Sorts by some bytes of the numbers (0 is the lowest); numbers that are equal there keep their order.
pub(super) fn by_bytes(numbers: &mut Vec<u64>, bytes: std::ops::Range<u32>) {
    let Some(&first) = numbers.first() else { return };
    let differing = numbers.iter().fold(0, |bits, number| bits | number ^ first);
    let mut other = Vec::new();
    for byte in bytes {
        if differing & 0xff << (byte * 8) == 0 {
            continue;
        }
        let of = |number: u64| (number >> (byte * 8) & 0xff) as usize;
        let mut places = [0usize; 256];
        for &number in &*numbers {
            places[of(number)] += 1;
        }
        let mut sum = 0;
        for place in &mut places {
            sum += std::mem::replace(place, sum);
        }
        other.resize(numbers.len(), 0);
        for &number in &*numbers {
            let place = &mut places[of(number)];
            other[*place] = number;
            *place += 1;
        }
        std::mem::swap(numbers, &mut other);
    }
}
