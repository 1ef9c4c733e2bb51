//! Orders of rows: natural (`team 2` before `team 10`), without case, what is missing last.

use std::cmp::Ordering;

pub(super) use crate::domain::natural;

/// How many rows are looked at between two questions whether anybody still wants the answer: well below a
/// millisecond's work.
pub(super) const CHUNK: usize = 2_048;

/// The level of a row that has nothing to sort by: it is last whichever way.
pub(super) const NONE: u32 = u32::MAX;

/// Sort keys of rows in one arena, so that comparing walks no pointers.
#[derive(Default)]
pub(super) struct Keys {
    arena: Vec<u8>,
    entries: Vec<Entry>,
}

/// Bytes of the key of a usual name.
const USUAL: usize = 32;
/// Bytes of a key that stand in its entry.
const HEAD: usize = 16;
/// The length of the key of a row that has nothing to sort by.
const MISSING: u32 = u32::MAX;

/// 32 bytes: sorting moves them about.
#[derive(Clone, Copy)]
struct Entry {
    /// The first bytes of the key, zeros behind it: most comparisons end here.
    head: u128,
    start: usize,
    /// The key's length, or [`MISSING`]: last whichever way.
    length: u32,
    row: u32,
}

impl Entry {
    fn is_missing(&self) -> bool {
        self.length == MISSING
    }

    /// The key behind its head.
    fn rest<'a>(&self, arena: &'a [u8]) -> &'a [u8] {
        &arena[self.start + HEAD..self.start + self.length as usize]
    }

    /// By what there is, missing last: each with the arena that its key stands in.
    fn compare(&self, arena: &[u8], other: &Self, others: &[u8]) -> Ordering {
        if self.is_missing() || other.is_missing() {
            return self.is_missing().cmp(&other.is_missing());
        }
        let rests = || {
            if self.length.min(other.length) as usize <= HEAD {
                // The heads are the same, so that the shorter key is the beginning of the longer one.
                self.length.cmp(&other.length)
            } else {
                self.rest(arena).cmp(other.rest(others))
            }
        };
        self.head.cmp(&other.head).then_with(rests)
    }
}

impl Keys {
    /// Room for so many rows with names of the usual length.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { arena: Vec::with_capacity(rows * USUAL), entries: Vec::with_capacity(rows) }
    }

    /// Adds a row with the text that it is sorted by.
    pub(super) fn push(&mut self, row: u32, text: &str) {
        let start = self.arena.len();
        if text.is_empty() {
            self.entries.push(Entry { head: 0, start, length: MISSING, row });
            return;
        }
        natural(text, &mut self.arena);
        let mut head = [0; HEAD];
        let key = &self.arena[start..];
        let within = key.len().min(HEAD);
        head[..within].copy_from_slice(&key[..within]);
        // No text that passes the client's body cap comes near.
        let length = u32::try_from(key.len()).unwrap_or(MISSING - 1);
        self.entries.push(Entry { head: u128::from_be_bytes(head), start, length, row });
    }

    /// For each row of two that are sorted its place among the different texts; [`NONE`] where there is nothing, and for
    /// rows in neither.
    pub(super) fn levels(&self, other: &Self, rows: u32) -> Vec<u32> {
        let mut levels = vec![NONE; rows as usize];
        let mut last: Option<(&Entry, &[u8])> = None;
        let mut level = 0;
        self.merge(
            other,
            |_, _| Ordering::Equal,
            |entry, arena| {
                if entry.is_missing() {
                    return;
                }
                level += u32::from(last.is_some_and(|(last, own)| last.compare(own, entry, arena) != Ordering::Equal));
                last = Some((entry, arena));
                levels[entry.row as usize] = level;
            },
        );
        levels
    }

    /// Puts them in ascending order; missing ones are last.
    pub(super) fn sort(&mut self, tie: impl Fn(u32, u32) -> Ordering) {
        let arena = &self.arena;
        self.entries
            .sort_unstable_by(|left, right| left.compare(arena, right, arena).then_with(|| tie(left.row, right.row)));
    }

    /// The rows in ascending order; missing ones are last.
    pub(super) fn sorted(mut self, tie: impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
        self.sort(tie);
        self.entries.iter().map(|entry| entry.row).collect()
    }

    /// The rows of two that are sorted, in ascending order.
    pub(super) fn merged(&self, other: &Self, tie: impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.entries.len() + other.entries.len());
        self.merge(other, tie, |entry, _| rows.push(entry.row));
        rows
    }

    /// Hands over the entries of two that are sorted, each with its arena.
    fn merge<'k>(
        &'k self,
        other: &'k Self,
        tie: impl Fn(u32, u32) -> Ordering,
        mut each: impl FnMut(&'k Entry, &'k [u8]),
    ) {
        let (mut mine, mut theirs) = (self.entries.iter().peekable(), other.entries.iter().peekable());
        loop {
            let is_mine = match (mine.peek(), theirs.peek()) {
                (None, None) => return,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(left), Some(right)) => {
                    let order = left.compare(&self.arena, right, &other.arena);
                    order.then_with(|| tie(left.row, right.row)) != Ordering::Greater
                }
            };
            let (entries, arena) = if is_mine { (&mut mine, &self.arena) } else { (&mut theirs, &other.arena) };
            if let Some(entry) = entries.next() {
                each(entry, arena);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(texts: &[&str]) -> Vec<String> {
        let mut keys = Keys::default();
        for (row, text) in (0u32..).zip(texts) {
            keys.push(row, text);
        }
        let order = keys.sorted(|left, right| left.cmp(&right));
        order.iter().map(|&row| texts[row as usize].to_owned()).collect()
    }

    #[test]
    fn numbers_count_case_does_not_and_nothing_is_last() {
        assert_eq!(
            sorted(&["", "team 10", "Team 2", "team 02b", "Äpfel", "team 1x", "äpfel", "zoo"]),
            ["team 1x", "Team 2", "team 02b", "team 10", "zoo", "Äpfel", "äpfel", ""]
        );
        assert_eq!(
            sorted(&["2024-10-01T00:00:00Z", "2024-02-01T00:00:00Z", "2023-12-31"]),
            ["2023-12-31", "2024-02-01T00:00:00Z", "2024-10-01T00:00:00Z"]
        );
    }

    proptest! {
        #[test]
        fn what_is_compared_by_the_beginning_of_its_key_stands_where_its_whole_key_says(
            texts in proptest::collection::vec("(a{12,15}|)[ab\u{e4}]{0,6}|a{0,20}\0{0,2}", 0..30),
        ) {
            let key = |text: &String| {
                let mut key = Vec::new();
                natural(text, &mut key);
                (text.is_empty(), key)
            };
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut expected: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            expected.sort_by_key(key);
            prop_assert_eq!(sorted(&texts), expected);
        }

        #[test]
        fn whole_numbers_sort_by_their_value(mut numbers in proptest::collection::vec(any::<u64>(), 0..20)) {
            let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            numbers.sort_unstable();
            let expected: Vec<String> = numbers.iter().map(u64::to_string).collect();
            prop_assert_eq!(sorted(&texts), expected);
        }
    }
}
