//! From what was typed to words and clauses.

use std::ops::Range;

use super::clause::{Clause, Numbers, Test, TextTest, ValueTest};
use super::field::{self, Asks, Field, MISSING, Named, Vocabulary};
use super::when::{Compare, Stretch, age, date};
use super::word::Word;
use super::{Atom, FilterError, Quote, Term};

/// The terms of a text, the first thing that cannot be understood, and a quote that may be meant otherwise.
pub(super) fn read(text: &str, vocabulary: &Vocabulary) -> (Vec<Term>, Option<FilterError>, Option<Quote>) {
    let mut terms: Vec<Term> = Vec::new();
    let mut error = None;
    let mut quote = None;
    // As fzf reads `|`: between two words, standing alone; what is empty does not count.
    let (mut is_new, mut after_bar) = (false, false);
    for token in tokens(text, vocabulary) {
        if let Token::Text(word) = &token
            && !terms.is_empty()
            && !after_bar
            && *word == "|"
        {
            (is_new, after_bar) = (false, true);
            continue;
        }
        after_bar = false;
        let atom = match token {
            Token::Text(word) => {
                if word.trim_start_matches(['!', '-']).starts_with('"') {
                    quote = quote.or(Some(Quote::Letter));
                }
                Word::read(&word.replace("\\ ", " ")).map(Atom::Word)
            }
            Token::Clause(read, is_open) => {
                if is_open {
                    quote = Some(Quote::Open);
                }
                match read {
                    Ok(clause) => Some(Atom::Field(clause)),
                    Err(wrong) => {
                        error.get_or_insert(wrong);
                        None
                    }
                }
            }
        };
        let Some(atom) = atom else { continue };
        match terms.last_mut() {
            Some(term) if !is_new => term.0.push(atom),
            _ => terms.push(Term(vec![atom])),
        }
        is_new = true;
    }
    (terms, error, quote)
}

enum Token<'a> {
    Text(&'a str),
    /// A clause, and whether a quote in it is still open.
    Clause(Result<Clause, FilterError>, bool),
}

/// Cuts at spaces; `\ ` is a space within a word, and so is a space between quotes after a field.
fn tokens<'a>(text: &'a str, vocabulary: &'a Vocabulary) -> impl Iterator<Item = Token<'a>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].find(|char: char| !char.is_ascii_whitespace())?;
        let start = at;
        if let Some(head) = head(&text[start..], vocabulary) {
            let value = value(&text[start + head.length..]);
            at = start + head.length + value.length;
            let place = Place { range: start..at, is_last: at == text.len() };
            return Some(Token::Clause(clause(head, &value, vocabulary, &place), value.is_open));
        }
        at += piece(&text[start..]);
        Some(Token::Text(&text[start..at]))
    })
}

/// How long a text goes on until a space that is none of it.
fn piece(text: &str) -> usize {
    let mut escaped = false;
    let cut = text.find(|char: char| {
        let cuts = char.is_ascii_whitespace() && !escaped;
        escaped = char == '\\';
        cuts
    });
    cut.unwrap_or(text.len())
}

/// Where the word or clause that holds a cursor begins, and what stands before its colon.
pub(super) fn token_at(text: &str, cursor: usize, vocabulary: &Vocabulary) -> (usize, Option<Head>) {
    let mut at = 0;
    loop {
        let Some(space) = text[at..].find(|char: char| !char.is_ascii_whitespace()) else {
            return (cursor, None);
        };
        let start = at + space;
        if start > cursor {
            return (cursor, None);
        }
        let head = head(&text[start..], vocabulary);
        at = match &head {
            Some(head) => start + head.length + value(&text[start + head.length..]).length,
            None => start + piece(&text[start..]),
        };
        if cursor <= at {
            return (start, head);
        }
    }
}

/// `-field:`.
pub(super) struct Head {
    negative: bool,
    pub(super) word: String,
    pub(super) named: Named,
    /// The colon included.
    pub(super) length: usize,
}

/// Reads what stands before a value; `None` if it is text.
pub(super) fn head(text: &str, vocabulary: &Vocabulary) -> Option<Head> {
    // `!` before a field can only mean the same.
    let rest = text.strip_prefix(['-', '!']);
    let negative = rest.is_some();
    let rest = rest.unwrap_or(text);
    let (word, after) = rest.split_once(':')?;
    let begins = word.starts_with(|char: char| char.is_alphabetic() || char == '_');
    if !begins || !word.chars().all(|char| char.is_alphanumeric() || "_-.".contains(char)) {
        return None;
    }
    let named = field::read(word, vocabulary);
    // Pasted, and no slip in a name that records have: AWS's `Arn` is not meant by `arn:aws:…`.
    if matches!(&named, Named::Near(near) if !field::is_own(near)) && is_address(after) {
        return None;
    }
    let length = usize::from(negative) + word.len() + 1;
    (named != Named::Text).then(|| Head { negative, word: word.to_owned(), named, length })
}

/// Whether what stands after a colon goes on as a URN, an ARN or a URL does.
fn is_address(after: &str) -> bool {
    after.starts_with("//") || after[..piece(after)].contains(':')
}

/// What stands after the colon.
pub(super) struct ValueText {
    compare: Compare,
    /// How long the sign is.
    pub(super) signs: usize,
    pub(super) text: String,
    is_quoted: bool,
    /// The closing quote is still to come.
    is_open: bool,
    /// Sign and quotes included.
    pub(super) length: usize,
}

pub(super) fn value(text: &str) -> ValueText {
    let (compare, rest) = Compare::cut(text);
    let signs = text.len() - rest.len();
    if let Some(quoted) = rest.strip_prefix('"') {
        let (mut text, length, is_open) = unquote(quoted);
        let after = &quoted[length..];
        let more = piece(after);
        text.push_str(&after[..more].replace("\\ ", " "));
        return ValueText { compare, signs, text, is_quoted: true, is_open, length: signs + 1 + length + more };
    }
    let length = piece(rest);
    let text = rest[..length].replace("\\ ", " ");
    ValueText { compare, signs, text, is_quoted: false, is_open: false, length: signs + length }
}

/// Up to the closing quote, and whether that is still to come; `\"` is a quote.
fn unquote(text: &str) -> (String, usize, bool) {
    let mut plain = String::new();
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            '"' if !escaped => return (plain, at + 1, false),
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '"' | '\\' => {}
            _ if escaped => plain.push('\\'),
            _ => {}
        }
        escaped = false;
        plain.push(char);
    }
    (plain, text.len(), true)
}

/// Where a clause stands.
#[derive(Clone)]
struct Place {
    range: Range<usize>,
    /// Whether it may still be being typed.
    is_last: bool,
}

impl Place {
    fn error(&self, words: String, hint: impl Into<String>) -> FilterError {
        FilterError { at: self.range.clone(), words, hint: hint.into(), is_unfinished: false }
    }

    /// What may still become right as it is typed.
    fn unfinished(&self, words: String, hint: impl Into<String>) -> FilterError {
        FilterError { is_unfinished: self.is_last, ..self.error(words, hint) }
    }
}

fn clause(head: Head, value: &ValueText, vocabulary: &Vocabulary, place: &Place) -> Result<Clause, FilterError> {
    let Head { negative, word, named, .. } = head;
    let (field, test) = match named {
        Named::Missing => missing(value, vocabulary, place)?,
        Named::Field(field) => {
            let test = test(&field, value, place)?;
            (field, test)
        }
        Named::Near(near) => {
            let words = format!("no field `{word}:`; did you mean `{near}:`?");
            return Err(place.error(words, format!("to search for the text, write `'{word}:`")));
        }
        // Never read as a head.
        Named::Text => (Field::Name, Test::Open),
    };
    Ok(Clause { negative, field, test })
}

fn missing(value: &ValueText, vocabulary: &Vocabulary, place: &Place) -> Result<(Field, Test), FilterError> {
    let name = value.text.as_str();
    if name.is_empty() {
        return Ok((Field::Name, Test::Open));
    }
    if let Named::Field(field) = field::read(name, vocabulary) {
        if field.asks() == Asks::Truth || field == Field::Seen {
            let words = format!("`{field}` is never missing");
            return Err(place.error(words, format!("write `{field}:` or `-{field}:`")));
        }
        return Ok((field, Test::Missing));
    }
    if let Some(near) = field::near(name, vocabulary) {
        let words = format!("no field `{name}`; did you mean `{MISSING}:{near}`?");
        return Err(place.unfinished(words, ""));
    }
    let is_path = name.chars().all(|char| char.is_alphanumeric() || "_-.".contains(char));
    if vocabulary.is_empty() && is_path {
        return Ok((Field::Path(name.into()), Test::Missing));
    }
    Err(place.unfinished(format!("no field `{name}`, and no record has it"), ""))
}

fn test(field: &Field, value: &ValueText, place: &Place) -> Result<Test, FilterError> {
    let text = value.text.as_str();
    match field.asks() {
        Asks::Text | Asks::Truth if value.compare.is_order() => {
            let words = format!("`{field}:` has no order");
            Err(place.error(words, "`<` and `>` are for dates, ages and numbers; quotes make them text"))
        }
        Asks::Truth => match truth(text) {
            _ if text.is_empty() => Ok(Test::Truth(true)),
            Some(truth) => Ok(Test::Truth(truth)),
            None => Err(place.unfinished(format!("`{field}:` is yes or no, not `{text}`"), "")),
        },
        Asks::Text | Asks::Time | Asks::Age | Asks::Value if text.is_empty() => Ok(Test::Open),
        Asks::Text => Ok(Test::Text(text_test(value))),
        Asks::Time => {
            let stretch = stretch(value, date).ok_or_else(|| {
                place.unfinished(
                    format!("`{text}` is no date"),
                    "write 2024, 2024-05, 2024-05-31, 2024-05-31T10:30 or 2024-05..2024-07; `age:<7d` counts back",
                )
            })?;
            ordered(stretch, value, place).map(Test::Time)
        }
        Asks::Age => {
            let stretch = stretch(value, age).ok_or_else(|| {
                let words = format!("`{text}` is no length of time");
                place.unfinished(words, "write 30s, 5min, 3h, 7d, 2w, 6mo, 1y or 1d..7d")
            })?;
            ordered(stretch, value, place).map(Test::Age)
        }
        Asks::Value => value_test(value, place),
    }
}

fn text_test(value: &ValueText) -> TextTest {
    if value.compare == Compare::Is {
        return TextTest::exactly(&value.text);
    }
    TextTest::like(&value.text, value.is_quoted)
}

fn truth(text: &str) -> Option<bool> {
    let is_one = |words: [&str; 2]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one(["true", "yes"]) {
        return Some(true);
    }
    is_one(["false", "no"]).then_some(false)
}

/// A date or age, compared, or a range of two.
fn stretch(value: &ValueText, read: impl Fn(&str) -> Option<Stretch>) -> Option<Stretch> {
    let Some((from, to)) = range(value) else {
        return read(&value.text).map(|stretch| stretch.compared(value.compare));
    };
    let from = if from.is_empty() { i64::MIN } else { read(from)?.from };
    let to = if to.is_empty() { i64::MAX } else { read(to)?.to };
    Some(Stretch { from, to })
}

/// `a..b`, with one end open at most.
fn range(value: &ValueText) -> Option<(&str, &str)> {
    let ends = value.text.split_once("..").filter(|ends| *ends != ("", ""));
    ends.filter(|_| value.compare == Compare::Like && !value.is_quoted)
}

fn ordered(stretch: Stretch, value: &ValueText, place: &Place) -> Result<Stretch, FilterError> {
    if range(value).is_some() && stretch.from >= stretch.to {
        return Err(place.unfinished(format!("`{}` ends before it begins", value.text), ""));
    }
    Ok(stretch)
}

fn value_test(value: &ValueText, place: &Place) -> Result<Test, FilterError> {
    let text = value.text.as_str();
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    if value.compare.is_order() {
        let (number, time) = (number.map(|at| numbers(at, value.compare)), stretch(value, date));
        if number.is_none() && time.is_none() {
            let words = format!("`{text}` is neither a number nor a date");
            return Err(place.unfinished(words, "write 10, 0.5, 2024 or 2024-05-31"));
        }
        return Ok(Test::Value(ValueTest { text: None, number, truth: None, time }));
    }
    let ends = |end: &str, open: f64| if end.is_empty() { Some(open) } else { end.parse().ok() };
    if let Some((from, to)) = range(value) {
        let both = ends(from, f64::NEG_INFINITY).zip(ends(to, f64::INFINITY));
        let number = both.map(|(from, to)| Numbers { from, to, above: false, below: false });
        let time = stretch(value, date);
        if number.is_some() || time.is_some() {
            return Ok(Test::Value(ValueTest { text: None, number, truth: None, time }));
        }
    }
    let plain = !value.is_quoted;
    Ok(Test::Value(ValueTest {
        text: Some(text_test(value)),
        number: number.filter(|_| plain).map(|at| numbers(at, Compare::Is)),
        truth: truth(text).filter(|_| plain),
        time: None,
    }))
}

fn numbers(at: f64, compare: Compare) -> Numbers {
    let all = Numbers { from: f64::NEG_INFINITY, to: f64::INFINITY, above: false, below: false };
    match compare {
        Compare::Like | Compare::Is => Numbers { from: at, to: at, ..all },
        Compare::Below => Numbers { to: at, below: true, ..all },
        Compare::AtMost => Numbers { to: at, ..all },
        Compare::Above => Numbers { from: at, above: true, ..all },
        Compare::AtLeast => Numbers { from: at, ..all },
    }
}
