//! What may stand where the cursor is in a filter: fields, and the values that are known.

use std::ops::Range;

use super::field::{Asks, Field, MISSING, Named, Vocabulary};
use super::read::{self, Head};

/// What is known to stand in the inventory.
pub trait Candidates {
    /// The values of a field, in the order in which they are offered.
    fn values(&self, field: &Field) -> Vec<String>;

    /// The names at the top of the records.
    fn vocabulary(&self) -> &Vocabulary;
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What goes, in bytes of the text.
    pub replace: Range<usize>,
    /// What comes in its place; the cursor then stands after it.
    pub insert: String,
    /// What it is called in a list.
    pub label: String,
    /// What it says, for fields.
    pub says: &'static str,
}

/// The ways to go on at a cursor (in bytes), the likeliest first; none where nothing fits, as in plain words.
#[must_use]
pub fn complete(text: &str, cursor: usize, candidates: &dyn Candidates) -> Vec<Completion> {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let vocabulary = candidates.vocabulary();
    let (start, head) = read::token_at(text, cursor, vocabulary);
    match head {
        Some(head) if cursor >= start + head.length => values(text, start + head.length, cursor, &head, candidates),
        Some(Head { named: Named::Field(_) | Named::Missing, .. }) => Vec::new(),
        Some(_) | None => fields(text, start, cursor, vocabulary),
    }
}

/// What the field before a cursor asks for, where nothing of its value stands there yet: nothing else can come but that.
#[must_use]
pub fn awaited(text: &str, cursor: usize, vocabulary: &Vocabulary) -> Option<(String, Asks)> {
    let (start, head) = read::token_at(text, cursor.min(text.len()), vocabulary);
    let head = head?;
    let Named::Field(field) = &head.named else { return None };
    let from = start + head.length;
    let is_empty = text.get(from..).is_some_and(|rest| read::value(rest).text.is_empty());
    (is_empty && cursor >= from).then(|| (head.word.clone(), field.asks()))
}

/// Fields that begin as the word before the cursor.
fn fields(text: &str, start: usize, cursor: usize, vocabulary: &Vocabulary) -> Vec<Completion> {
    let start = start + usize::from(text[start..cursor].starts_with(['-', '!']));
    let typed = &text[start..cursor];
    if typed.is_empty() {
        return Vec::new();
    }
    // A colon that stands there already is taken along.
    let rest = text[cursor..].find(|char: char| !(char.is_alphanumeric() || "_-.".contains(char)));
    let rest = rest.map_or(text.len(), |at| cursor + at);
    let end = rest + usize::from(text[rest..].starts_with(':'));
    let offer = |name: &str, says: &'static str| {
        let begins = name.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed));
        begins.then(|| Completion { replace: start..end, insert: format!("{name}:"), label: format!("{name}:"), says })
    };
    let named = Field::all().filter_map(|(name, _, says)| offer(name, says));
    let missing = offer(MISSING, "has nothing there");
    // Paths are for those who ask for one.
    let paths = vocabulary.paths().filter(|_| typed.contains('.'));
    let told = vocabulary.names().chain(paths).filter_map(|name| offer(name, "what the provider said"));
    named.chain(missing).chain(told).collect()
}

fn values(text: &str, at: usize, cursor: usize, head: &Head, candidates: &dyn Candidates) -> Vec<Completion> {
    let value = read::value(&text[at..]);
    let from = at + value.signs;
    if let Named::Near(near) = &head.named {
        let start = at - head.word.len() - 1;
        let label = format!("{near}:");
        return vec![Completion { replace: start..at, insert: label.clone(), label, says: "did you mean" }];
    }
    if cursor < from {
        return Vec::new();
    }
    let typed = read::value(&text[from..cursor]).text.to_lowercase();
    let known = match &head.named {
        Named::Missing => missable(candidates.vocabulary()),
        Named::Field(field) if field.asks() == Asks::Truth => vec!["yes".to_owned(), "no".to_owned()],
        Named::Field(field) => candidates.values(field),
        Named::Near(_) | Named::Text => Vec::new(),
    };
    let (first, then): (Vec<_>, Vec<_>) = known
        .into_iter()
        .filter(|value| !value.is_empty() && value.to_lowercase().contains(&typed))
        .partition(|value| value.to_lowercase().starts_with(&typed));
    let replace = from..at + value.length;
    let completion = |label: String| Completion {
        replace: replace.clone(),
        insert: format!("{} ", quoted(&label)),
        label,
        says: "",
    };
    first.into_iter().chain(then).map(completion).collect()
}

/// Fields that may be missing.
fn missable(vocabulary: &Vocabulary) -> Vec<String> {
    let named = Field::all().filter(|(_, field, _)| field.asks() != Asks::Truth && *field != Field::Seen);
    named.map(|(name, ..)| name.to_owned()).chain(vocabulary.names().map(str::to_owned)).collect()
}

/// A value as it is read back as itself.
#[must_use]
pub fn quoted(value: &str) -> String {
    let is_plain = !value.starts_with(['<', '>', '=', '"']) && !value.contains([' ', '\t', '*', '\\']);
    if is_plain && !value.contains("..") {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
