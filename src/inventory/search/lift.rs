//! Pinned rows stand first. Where none are, nothing of this is run.

use std::sync::Arc;

use super::bits::RowSet;
use crate::inventory::table::Table;

/// Rows with those of `pinned` that passed before all others; each part keeps its order. Of an answer in part, which may
/// not have got to them, the pinned ones come all the same: by name, where that order is there.
pub(super) fn lift(rows: Arc<Vec<u32>>, passed: &RowSet, pinned: &RowSet, table: Option<&Table>) -> Arc<Vec<u32>> {
    if pinned.common(passed) == 0 {
        return rows;
    }
    let (mut lifted, mut rest) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in rows.iter().copied() {
        if pinned.has(row) { lifted.push(row) } else { rest.push(row) }
    }
    let mut missing: Vec<u32> = pinned.rows().filter(|row| passed.has(*row) && !lifted.contains(row)).collect();
    missing.sort_by_key(|row| table.and_then(|table| table.rank.get(*row as usize)).copied().unwrap_or(*row));
    lifted.append(&mut missing);
    lifted.append(&mut rest);
    Arc::new(lifted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifted(rows: &[u32], passed: &[u32], pinned: &[u32]) -> Vec<u32> {
        let (passed, pinned) = (passed.iter().copied().collect(), pinned.iter().copied().collect());
        lift(Arc::new(rows.to_vec()), &passed, &pinned, None).to_vec()
    }

    #[test]
    fn pinned_rows_stand_first_and_nothing_else_moves() {
        assert_eq!(lifted(&[5, 3, 9, 1, 7], &[1, 3, 5, 7, 9], &[7, 3]), [3, 7, 5, 9, 1]);
        assert_eq!(lifted(&[5, 3], &[3, 5], &[8]), [5, 3], "a pinned row that did not pass is not shown");
    }

    #[test]
    fn an_answer_in_part_has_the_pinned_rows_that_it_had_not_got_to() {
        assert_eq!(lifted(&[5, 3], &[1, 3, 5, 7], &[7, 5, 8]), [5, 7, 3]);
    }

    #[test]
    fn where_nothing_is_pinned_the_rows_are_not_even_copied() {
        let rows = Arc::new(vec![2, 1]);
        let same = lift(Arc::clone(&rows), &[1, 2].into_iter().collect(), &[9].into_iter().collect(), None);
        assert!(Arc::ptr_eq(&rows, &same));
    }
}
