//! The filter language: what a person types after `/`.
//!
//! Words as in fzf: all must match, `|` between two is "or" and binds tighter. A word is fuzzy on the account's name;
//! ids, e-mails and parents match it by substring only, because a subsequence of letters is found in nearly every hex
//! id. `field:value` asks one field. docs/filter.md tells it to users.
//!
//! [`Filter::passes`] is the obvious way to ask, one row after the other. Who asks for a million rows reads
//! [`Filter::terms`], and asks each clause once per distinct value and each word by its [`Word::letters`] first.

mod around;
mod clause;
mod complete;
mod field;
mod fold;
mod narrow;
mod read;
mod ready;
mod when;
mod word;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::{Listed, ParentRef};

pub use around::{Alone, Answer, Around};
pub use clause::{Clause, Numbers, Test, TextTest, ValueTest, is_nothing, micros_of};
pub use complete::{Candidates, Completion, awaited, complete, quoted};
pub use field::{Asks, Field, Vocabulary};
pub use fold::{Fold, bit, letters, lower, plain};
pub use ready::{Look, Ready, Scorer, Texts};
pub use when::{Compare, Stretch, micros, since};
pub use word::{Place, Word};

use word::with_scratch;

/// A parsed filter: all its terms must pass. Cheap to clone.
#[derive(Clone, Default)]
pub struct Filter(Arc<Parsed>);

#[derive(Default, PartialEq)]
struct Parsed {
    text: String,
    terms: Vec<Term>,
    error: Option<FilterError>,
    quote: Option<Quote>,
}

/// A quote in a filter that may not mean what whoever typed it thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// It holds all that follows together: the one that closes it is still to come.
    Open,
    /// It begins a word, where it is searched for like any character.
    Letter,
}

impl Quote {
    /// What is to be said of it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "the quote is open: all behind it is one value until another \" closes it",
            Self::Letter => "here a quote is a letter like others: name:\"two words\" holds words together",
        }
    }
}

/// One of its atoms must pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Term(pub Vec<Atom>);

/// What a filter is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom {
    /// A word, for names, ids, e-mails and parents.
    Word(Word),
    /// `field:value`.
    Field(Clause),
}

/// What of a filter cannot be understood. The last good result stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Where, in bytes of what was typed.
    pub at: Range<usize>,
    /// What is wrong.
    pub words: String,
    /// How it is written right; may be empty.
    pub hint: String,
    /// Whether it stands at the end and may become right as it is typed.
    pub is_unfinished: bool,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        match (self.hint.as_str(), self.words.ends_with('?')) {
            ("", _) => Ok(()),
            (hint, true) => write!(f, " ({hint})"),
            (hint, false) => write!(f, ": {hint}"),
        }
    }
}

impl std::error::Error for FilterError {}

/// What each word of a filter finds in a parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Above(Vec<Option<u32>>);

impl Filter {
    /// Reads what was typed, where no records are known: any name with a dot is a path.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_with(text, &Vocabulary::default())
    }

    /// Reads what was typed. Any text is a filter, maybe one with an [`Filter::error`].
    #[must_use]
    pub fn parse_with(text: &str, vocabulary: &Vocabulary) -> Self {
        let (terms, error, quote) = read::read(text, vocabulary);
        Self(Arc::new(Parsed { text: text.to_owned(), terms, error, quote }))
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What of it cannot be understood: then nothing should be searched for, the last good result stays.
    #[must_use]
    pub fn error(&self) -> Option<&FilterError> {
        self.0.error.as_ref()
    }

    /// A quote in it that may not mean what it was typed for. The filter is good all the same.
    #[must_use]
    pub fn quote(&self) -> Option<Quote> {
        self.0.quote
    }

    /// What must pass, all of it.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.0.terms
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.terms.is_empty()
    }

    fn atoms(&self) -> impl Iterator<Item = &Atom> {
        self.terms().iter().flat_map(|term| &term.0)
    }

    /// Its words, in their order.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.atoms().filter_map(|atom| match atom {
            Atom::Word(word) => Some(word),
            Atom::Field(_) => None,
        })
    }

    /// Its clauses that ask something, in their order.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.atoms().filter_map(|atom| match atom {
            Atom::Field(clause) if clause.test != Test::Open => Some(clause),
            Atom::Field(_) | Atom::Word(_) => None,
        })
    }

    /// The paths that it follows into the records.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.clauses()
            .filter_map(|clause| if let Field::Path(path) = &clause.field { Some(path.as_ref()) } else { None })
    }

    /// Whether it asks for this field.
    #[must_use]
    pub fn asks_for(&self, field: &Field) -> bool {
        self.clauses().any(|clause| clause.field == *field)
    }

    /// Whether its answer changes with the time alone.
    #[must_use]
    pub fn asks_for_age(&self) -> bool {
        self.asks_for(&Field::Age) || self.asks_for(&Field::Seen)
    }

    /// Whether an account passes. One that is gone does only if [`Field::Gone`] is asked for.
    #[must_use]
    pub fn passes(&self, row: &dyn Listed, around: &dyn Around) -> Answer {
        if around.is_gone(row) && !self.asks_for(&Field::Gone) {
            return Answer::No;
        }
        let above = self.above(row.parent());
        let mut found = above.0.into_iter();
        with_scratch(|scratch| {
            self.terms().iter().fold(Answer::Yes, |answer, term| {
                answer.and(term.0.iter().fold(Answer::No, |either, atom| {
                    either.or(match atom {
                        Atom::Field(clause) => clause.answer(row, around),
                        Atom::Word(word) => {
                            let above = found.next().flatten();
                            let email = row.email().unwrap_or_default();
                            let found = word.find(row.name(), row.id(), email, above, scratch).is_some();
                            (found != word.negative).into()
                        }
                    })
                }))
            })
        })
    }

    /// How well an account that passes matches, higher is better; `None` if it does not pass. Scores are fzf's: word starts
    /// and characters in a row count more; fields count nothing.
    #[must_use]
    pub fn score(&self, row: &dyn Listed, around: &dyn Around) -> Option<u32> {
        if around.is_gone(row) && !self.asks_for(&Field::Gone) {
            return None;
        }
        let above = self.above(row.parent());
        let email = row.email().unwrap_or_default();
        self.score_line(row.name(), row.id(), email, &above, &mut |clause| clause.answer(row, around))
    }

    /// What the words find in a parent: asked once for all accounts that have it.
    #[must_use]
    pub fn above(&self, parent: Option<&ParentRef>) -> Above {
        let Some(parent) = parent else {
            return Above::default();
        };
        let texts = [parent.name.raw(), parent.id.as_str()];
        with_scratch(|scratch| {
            let find = |word: &Word| {
                let part = word.part()?;
                texts.iter().find_map(|text| word.score(text, part, scratch))
            };
            Above(self.words().map(find).collect())
        })
    }

    /// [`Filter::score`] of an account's name, id and e-mail (empty if there is none), of what was found in its parent,
    /// and of what its clauses answer (`ask` must not use filters itself).
    #[must_use]
    pub fn score_line(
        &self,
        name: &str,
        id: &str,
        email: &str,
        above: &Above,
        ask: &mut dyn FnMut(&Clause) -> Answer,
    ) -> Option<u32> {
        with_scratch(|scratch| {
            let mut above = above.0.iter().copied().chain(std::iter::repeat(None));
            let mut sum = 0u32;
            for term in self.terms() {
                let mut best = None;
                for atom in &term.0 {
                    best = best.max(match atom {
                        Atom::Field(clause) => (ask(clause) == Answer::Yes).then_some(0),
                        Atom::Word(word) => {
                            let found = word.find(name, id, email, above.next().flatten(), scratch);
                            if word.negative { found.is_none().then_some(0) } else { found }
                        }
                    });
                }
                sum = sum.saturating_add(best?);
            }
            Some(sum)
        })
    }

    /// Whether only accounts that pass `previous` can pass this one: then it is enough to look inside its result.
    #[must_use]
    pub fn narrows(&self, previous: &Self) -> bool {
        narrow::narrows(self, previous)
    }

    /// Which characters (by index, ascending) of a name as it is shown matched.
    #[must_use]
    pub fn matched(&self, shown: &str) -> Vec<usize> {
        self.matched_in(&Field::Name, shown)
    }

    /// Which characters (by index, ascending) of any field as it is shown matched: for names as [`Filter::matched`], for
    /// ids, e-mails and parents what words find there, for all what their own clauses ask.
    #[must_use]
    pub fn matched_in(&self, field: &Field, shown: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for atom in self.atoms() {
            match atom {
                Atom::Word(word) if !word.negative => {
                    let place = match field {
                        Field::Name => Some(word.place),
                        Field::Id => word.part().or(Some(word.id_place())),
                        Field::Email | Field::Parent => word.part(),
                        Field::Type
                        | Field::Status
                        | Field::Provider
                        | Field::Connection
                        | Field::Org
                        | Field::Created
                        | Field::Updated
                        | Field::Age
                        | Field::Seen
                        | Field::Marked
                        | Field::Gone
                        | Field::Label
                        | Field::Note
                        | Field::Path(_) => None,
                    };
                    if let Some(place) = place {
                        with_scratch(|scratch| word.indices(shown, place, scratch, &mut found));
                    }
                }
                Atom::Field(clause) if !clause.negative && clause.field == *field => {
                    if let Test::Text(test) | Test::Value(ValueTest { text: Some(test), .. }) = &clause.test {
                        found.extend(test.span(shown).into_iter().flat_map(|(at, length)| at..at + length));
                    }
                }
                Atom::Word(_) | Atom::Field(_) => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        whole_clusters(shown, found)
    }
}

/// With each character all of its cluster: an accent written as a mark of its own is painted with its letter.
fn whole_clusters(text: &str, found: Vec<usize>) -> Vec<usize> {
    if text.is_ascii() || found.is_empty() {
        return found;
    }
    let mut whole = Vec::new();
    let mut wanted = found.into_iter().peekable();
    let mut at = 0;
    for cluster in text.graphemes(true) {
        let end = at + cluster.chars().count();
        if wanted.peek().is_some_and(|next| *next < end) {
            while wanted.next_if(|next| *next < end).is_some() {}
            whole.extend(at..end);
        }
        at = end;
    }
    whole
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Filter {}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.text()).finish()
    }
}
