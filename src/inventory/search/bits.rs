//! A set of row numbers: one bit a row.

/// Some rows of a list. A million rows take 125 KB, whichever they are: cheap to copy, to join and to count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSet(Vec<u64>);

/// Rows of one word.
pub(super) const WORD: usize = 64;

impl RowSet {
    /// An empty one with room for this many rows.
    pub(super) fn new(rows: u32) -> Self {
        Self(vec![0; (rows as usize).div_ceil(WORD)])
    }

    /// Pieces put together, each at the word where it begins.
    pub(super) fn joined<'p>(rows: u32, pieces: impl IntoIterator<Item = (usize, &'p [u64])>) -> Self {
        let mut set = Self::new(rows);
        for (from, piece) in pieces {
            let room = set.0.len().saturating_sub(from).min(piece.len());
            set.0[from..from + room].copy_from_slice(&piece[..room]);
        }
        set
    }

    /// Adds a row.
    pub fn add(&mut self, row: u32) {
        let word = row as usize / WORD;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row as usize % WORD);
    }

    /// Takes a row out.
    pub fn remove(&mut self, row: u32) {
        if let Some(word) = self.0.get_mut(row as usize / WORD) {
            *word &= !(1 << (row as usize % WORD));
        }
    }

    /// Adds all rows of another one.
    pub fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Whether a row is in it.
    #[must_use]
    pub fn has(&self, row: u32) -> bool {
        self.0.get(row as usize / WORD).is_some_and(|word| word >> (row as usize % WORD) & 1 == 1)
    }

    /// How many rows are in both.
    #[must_use]
    pub fn common(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).map(|(one, other)| (one & other).count_ones() as usize).sum()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        // Rows have 32 bits.
        let row = |word: usize, at: usize| u32::try_from(word * WORD + at).unwrap_or(u32::MAX);
        self.0.iter().enumerate().flat_map(move |(word, rows)| ones(*rows).map(move |at| row(word, at)))
    }

    /// What it takes in memory.
    pub(in crate::inventory) fn bytes(&self) -> usize {
        self.0.capacity() * 8
    }

    /// The word of 64 rows from `nth * 64` on.
    pub(super) fn word(&self, nth: usize) -> u64 {
        self.0.get(nth).copied().unwrap_or_default()
    }

    /// Whether any of the words in a range has a row.
    pub(super) fn any(&self, words: std::ops::Range<usize>) -> bool {
        words.into_iter().any(|nth| self.word(nth) != 0)
    }
}

impl FromIterator<u32> for RowSet {
    fn from_iter<I: IntoIterator<Item = u32>>(rows: I) -> Self {
        let mut set = Self::default();
        for row in rows {
            set.add(row);
        }
        set
    }
}

/// The rows of one word, ascending.
pub(super) fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let at = word.trailing_zeros() as usize;
            word &= word - 1;
            at
        })
    })
}
