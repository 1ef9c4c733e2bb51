//! A filter made ready for many rows: what hangs on the filter alone is worked out once, and a row is read no further
//! than it takes to refuse it. It answers as [`Filter::score`] does.

use super::word::{Scratch, Word, with_scratch};
use super::{Above, Answer, Atom, Clause, Filter, Test};

/// What words read of one row; what is not asked for is not read.
pub trait Texts {
    /// The name.
    fn name(&self) -> &str;
    /// Its [`super::letters`].
    fn letters(&self) -> u32;
    /// The id.
    fn id(&self) -> &str;
    /// The e-mail address; empty if there is none.
    fn email(&self) -> &str;
}

/// A filter, ready.
pub struct Ready<'f> {
    /// Terms that refuse cheaply first; each keeps its atoms in their order.
    terms: Vec<Vec<Part<'f>>>,
    clauses: Vec<&'f Clause>,
    words: usize,
}

enum Part<'f> {
    /// Passes always.
    Open,
    /// The clause of this number.
    Clause(usize),
    /// The word of this number and the letters that it needs.
    Word(usize, &'f Word, u32),
}

/// Whether a word can be found at all in the ids and in the e-mails of some rows.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    ids: bool,
    emails: bool,
}

/// What scores row after row.
pub struct Scorer<'s, 'f> {
    ready: &'s Ready<'f>,
    scratch: &'s mut Scratch,
}

impl<'f> Ready<'f> {
    /// Makes a filter ready.
    #[must_use]
    pub fn new(filter: &'f Filter) -> Self {
        let (mut clauses, mut words) = (Vec::new(), 0);
        let mut terms: Vec<Vec<Part<'f>>> = Vec::new();
        for term in filter.terms() {
            let parts = term.0.iter().map(|atom| match atom {
                Atom::Field(clause) if clause.test == Test::Open => Part::Open,
                Atom::Field(clause) => {
                    clauses.push(clause);
                    Part::Clause(clauses.len() - 1)
                }
                Atom::Word(word) => {
                    words += 1;
                    Part::Word(words - 1, word, word.letters())
                }
            });
            terms.push(parts.collect());
        }
        terms.sort_by_key(|parts| parts.iter().any(|part| matches!(part, Part::Word(..))));
        Self { terms, clauses, words }
    }

    /// The clauses that are asked, by their numbers.
    #[must_use]
    pub fn clauses(&self) -> &[&'f Clause] {
        &self.clauses
    }

    /// How many words there are.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words
    }

    /// For each word where it is worth looking: `ids` and `emails` are the [`super::letters`] of many rows' ids and
    /// e-mails together.
    #[must_use]
    pub fn looks(&self, ids: u32, emails: u32) -> Vec<Look> {
        let mut looks = vec![Look { ids: true, emails: true }; self.words];
        for part in self.terms.iter().flatten() {
            if let Part::Word(nth, _, letters) = part {
                looks[*nth] = Look { ids: ids & letters == *letters, emails: emails & letters == *letters };
            }
        }
        looks
    }

    /// The letters that a row's name must have for the row to pass at all. `looks` is what holds for rows like it, `above`
    /// what is found in their parents.
    #[must_use]
    pub fn needs(&self, looks: &[Look], above: &[Above]) -> u32 {
        let needs = |part: &Part<'_>| match part {
            Part::Word(nth, word, letters) => {
                let Look { ids, emails } = looks[*nth];
                let is_above = || above.iter().any(|above| above.0.get(*nth).is_some_and(Option::is_some));
                let is_elsewhere = ids || word.part().is_some() && (emails || is_above());
                if word.negative || is_elsewhere { 0 } else { *letters }
            }
            Part::Open | Part::Clause(_) => 0,
        };
        let of_term = |parts: &Vec<Part<'_>>| parts.iter().map(needs).reduce(|one, other| one & other).unwrap_or(0);
        self.terms.iter().map(of_term).fold(0, |one, other| one | other)
    }

    /// Lends what scoring needs again and again. What is asked meanwhile must not use filters itself.
    pub fn scoring<T>(&self, use_it: impl FnOnce(&mut Scorer<'_, 'f>) -> T) -> T {
        with_scratch(|scratch| use_it(&mut Scorer { ready: self, scratch }))
    }
}

impl Scorer<'_, '_> {
    /// [`Filter::score_line`]: `above` is what was found in the row's parent, `looks` what holds for rows like it; `ask`
    /// gives a clause's answer by its number.
    pub fn score<T: Texts>(
        &mut self,
        row: &T,
        above: &Above,
        looks: &[Look],
        mut ask: impl FnMut(usize) -> Answer,
    ) -> Option<u32> {
        let mut sum = 0u32;
        for parts in &self.ready.terms {
            let mut best = None;
            for part in parts {
                best = best.max(match part {
                    Part::Open => Some(0),
                    Part::Clause(nth) => (ask(*nth) == Answer::Yes).then_some(0),
                    Part::Word(nth, word, letters) => {
                        let above = above.0.get(*nth).copied().flatten();
                        let found = find(word, *letters, row, above, looks[*nth], self.scratch);
                        if word.negative { found.is_none().then_some(0) } else { found }
                    }
                });
            }
            sum = sum.saturating_add(best?);
        }
        Some(sum)
    }
}

/// [`Word::find`], looking only where the letters allow it.
fn find<T: Texts>(
    word: &Word,
    letters: u32,
    row: &T,
    above: Option<u32>,
    look: Look,
    scratch: &mut Scratch,
) -> Option<u32> {
    let by_id = if look.ids { word.by_id(row.id(), scratch) } else { None };
    if let Some((score, true)) = by_id {
        return Some(score);
    }
    if row.letters() & letters == letters
        && let Some(score) = word.by_name(row.name(), scratch)
    {
        return Some(score);
    }
    let Some(part) = word.part() else {
        return by_id.map(|(score, _)| score);
    };
    let in_id = if look.ids { word.score(row.id(), part, scratch) } else { None };
    in_id.or_else(|| if look.emails { word.score(row.email(), part, scratch) } else { None }).or(above)
}
