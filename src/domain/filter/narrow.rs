//! When a new filter can only find what the last one found.

use super::clause::{Clause, Test, TextTest, ValueTest};
use super::field::Field;
use super::word::{Place, Word};
use super::{Atom, Filter, Term};

/// Says yes only if it is certain: for each term of the last one there is one in the new that asks for more.
pub(super) fn narrows(new: &Filter, old: &Filter) -> bool {
    if new.error().is_some() || old.error().is_some() {
        return false;
    }
    // Gone accounts are hidden until they are asked for.
    if new.asks_for(&Field::Gone) && !old.asks_for(&Field::Gone) {
        return false;
    }
    old.terms().iter().all(|old| is_open(old) || new.terms().iter().any(|new| term_implies(new, old)))
}

/// Whether a term lets everything pass.
fn is_open(term: &Term) -> bool {
    term.0.iter().any(|atom| matches!(atom, Atom::Field(Clause { test: Test::Open, .. })))
}

/// Each way to pass the one is a way to pass the other.
fn term_implies(new: &Term, old: &Term) -> bool {
    new.0.iter().all(|new| old.0.iter().any(|old| atom_implies(new, old)))
}

fn atom_implies(new: &Atom, old: &Atom) -> bool {
    match (new, old) {
        (Atom::Word(new), Atom::Word(old)) => match (new.negative, old.negative) {
            (false, false) => word_implies(new, old),
            // Who has not the shorter word has not the longer one.
            (true, true) => word_implies(old, new),
            (true, false) | (false, true) => false,
        },
        (Atom::Field(new), Atom::Field(old)) => clause_implies(new, old),
        (Atom::Word(_), Atom::Field(_)) | (Atom::Field(_), Atom::Word(_)) => false,
    }
}

/// Whether what the one finds (`!` aside) the other finds too, in whatever field it stands.
fn word_implies(new: &Word, old: &Word) -> bool {
    // A capital or an accent makes another word of it.
    if new.fold != old.fold {
        return false;
    }
    if new.place == old.place && new.text() == old.text() {
        return true;
    }
    let is_longer = match old.place {
        Place::Fuzzy | Place::Exact => new.text().contains(old.text()),
        Place::Start => matches!(new.place, Place::Start | Place::Equal) && new.text().starts_with(old.text()),
        Place::End => matches!(new.place, Place::End | Place::Equal) && new.text().ends_with(old.text()),
        Place::Whole | Place::Equal => false,
    };
    // A letter between others is no piece.
    if !is_longer || old.place == Place::Exact && new.place == Place::Fuzzy {
        return false;
    }
    // Fuzzy words fold fewer capitals than others beyond ASCII.
    if (old.place == Place::Fuzzy) != (new.place == Place::Fuzzy) && !new.text().is_ascii() {
        return false;
    }
    // The beginning of an id, an end of it, or a piece of anything that the new one finds must be found by the old one:
    // short words look at names and beginnings alone.
    match old.place {
        Place::Fuzzy | Place::Exact => {
            let by_start = new.id_place() != Place::End && new.text().starts_with(old.text());
            old.part().is_some() || new.part().is_none() && by_start
        }
        Place::Start | Place::End => true,
        Place::Whole | Place::Equal => false,
    }
}

fn clause_implies(new: &Clause, old: &Clause) -> bool {
    if new.field != old.field || new.negative != old.negative {
        return false;
    }
    if new.test == old.test {
        return true;
    }
    let (narrow, wide) = if new.negative { (old, new) } else { (new, old) };
    match (&narrow.test, &wide.test) {
        (Test::Text(narrow), Test::Text(wide)) => narrow.implies(wide),
        (Test::Time(narrow), Test::Time(wide)) | (Test::Age(narrow), Test::Age(wide)) => narrow.is_within(*wide),
        (Test::Value(narrow), Test::Value(wide)) => {
            let texts = narrow.text.as_ref().zip(wide.text.as_ref());
            [narrow, wide].into_iter().all(is_text) && texts.is_some_and(|(narrow, wide)| narrow.implies(wide))
        }
        _ => false,
    }
}

/// Whether a test asks for nothing but a text: what looks like a number or a truth asks for more than its letters.
fn is_text(test: &ValueTest) -> bool {
    let looks_like_number = |test: &TextTest| test.typed().bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    test.number.is_none() && test.truth.is_none() && !test.text.as_ref().is_some_and(looks_like_number)
}
