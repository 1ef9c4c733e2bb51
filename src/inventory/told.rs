//! Which rows' records changed since when: a search that was made before is still good for all others.

use std::sync::Arc;

/// Changes that are remembered one by one: more than a person looks at between two keys. A listing that comes in changes
/// more, and nothing that was found before it counts.
const MOST: usize = 1_024;

/// The rows whose records, or what their own requests gave, changed lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// All changes after this generation are in `rows`.
    from: u64,
    /// With the generation in which they changed.
    rows: Arc<Vec<(u64, u32)>>,
}

impl Told {
    /// These rows changed in a generation; `None` if nobody knows which.
    pub(super) fn change(&mut self, generation: u64, rows: Option<Vec<u32>>) {
        match rows {
            Some(rows) if rows.is_empty() => {}
            Some(rows) if self.rows.len() + rows.len() <= MOST => {
                Arc::make_mut(&mut self.rows).extend(rows.into_iter().map(|row| (generation, row)));
            }
            Some(_) | None => *self = Self { from: generation, rows: Arc::default() },
        }
    }

    /// The rows that changed after a generation; `None` if nobody knows.
    pub(super) fn since(&self, generation: u64) -> Option<impl Iterator<Item = u32>> {
        let rows = self.rows.iter().filter(move |(at, _)| *at > generation).map(|(_, row)| *row);
        (generation >= self.from).then_some(rows)
    }
}

/// Rows on their way there.
#[derive(Debug, Default)]
pub(super) struct Touched {
    rows: Vec<u32>,
    /// There were too many to count.
    is_many: bool,
}

impl Touched {
    /// A row's record changed.
    pub(super) fn add(&mut self, row: u32) {
        self.is_many |= self.rows.len() >= MOST;
        if !self.is_many {
            self.rows.push(row);
        }
    }

    /// All that changed since this was asked last; `None` if there were too many.
    pub(super) fn take(&mut self) -> Option<Vec<u32>> {
        let rows = std::mem::take(&mut self.rows);
        (!std::mem::take(&mut self.is_many)).then_some(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_known_until_it_is_too_much() {
        let (mut told, mut touched) = (Told::default(), Touched::default());
        let since = |told: &Told, generation| told.since(generation).map(Iterator::collect::<Vec<u32>>);
        touched.add(7);
        told.change(3, touched.take());
        told.change(4, touched.take());
        touched.add(9);
        told.change(5, touched.take());
        assert_eq!(
            (since(&told, 2), since(&told, 3), since(&told, 5)),
            (Some(vec![7, 9]), Some(vec![9]), Some(vec![]))
        );
        (0..2_000).for_each(|row| touched.add(row));
        told.change(6, touched.take());
        assert_eq!((since(&told, 5), since(&told, 6)), (None, Some(vec![])));
        touched.add(1);
        told.change(7, touched.take());
        assert_eq!(since(&told, 6), Some(vec![1]), "after a flood they are counted again");
    }
}
