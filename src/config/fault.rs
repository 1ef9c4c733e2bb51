//! What is wrong with a configuration: file, line, column, what was expected.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::domain::shown;

/// A place in a text, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    #[must_use]
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where in the file, if it has a place.
    pub place: Option<Place>,
    /// What is wrong and what was expected. Quotes no value: it may be a secret.
    pub problem: String,
    /// What to do, if anybody knows.
    pub hint: Option<String>,
}

/// A configuration that can't be used: all its faults, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, if it is about one.
    pub path: Option<PathBuf>,
    /// What is wrong; at least one.
    pub faults: Vec<Fault>,
}

impl ConfigError {
    /// A fault that is in no file.
    pub(super) fn general(problem: impl Into<String>) -> Self {
        Self { path: None, faults: vec![Fault { place: None, problem: problem.into(), hint: None }] }
    }

    /// A fault of a file as a whole.
    pub(super) fn of_file(path: &Path, problem: impl Into<String>, hint: Option<String>) -> Self {
        Self { path: Some(path.to_owned()), faults: vec![Fault { place: None, problem: problem.into(), hint }] }
    }
}

/// One line a fault: `FILE:LINE:COLUMN: problem (hint)`. Safe for a terminal.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, fault) in self.faults.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n")?;
            }
            if let Some(path) = &self.path {
                f.write_str(&shown(&path.to_string_lossy()))?;
                if let Some(place) = fault.place {
                    write!(f, ":{}:{}", place.line, place.column)?;
                }
                f.write_str(": ")?;
            }
            f.write_str(&shown(&fault.problem))?;
            if let Some(hint) = &fault.hint {
                write!(f, " ({})", shown(hint))?;
            }
        }
        Ok(())
    }
}

/// The word that was probably meant: the nearest one within a third of its letters.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be changed, added or taken away to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (nth, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = nth + 1;
        for (at, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_the_word_that_was_meant_and_other_words_find_none() {
        let known = ["protection", "provider", "token"];
        assert_eq!(nearest("protecton", known), Some("protection"));
        assert_eq!(nearest("provdier", known), Some("provider"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn places_count_characters_not_bytes() {
        let text = "a\nüü = 1\n";
        let place = Place::of(text, text.find('=').unwrap());
        assert_eq!(place, Place { line: 2, column: 4 });
    }
}
