//! `field:value`: what it asks and how an account answers.

use std::borrow::Cow;

use serde_json::Value;

use super::around::{Answer, Around};
use super::field::Field;
use super::fold::{Fold, bit, plain};
use super::when::{Stretch, micros};
use crate::domain::{AtPath, Listed, Moment};

/// One `field:value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// `-`: those that do not.
    pub negative: bool,
    /// Of what.
    pub field: Field,
    /// What is asked.
    pub test: Test,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Nothing is typed yet: everything passes.
    Open,
    /// A text.
    Text(TextTest),
    /// Yes or no.
    Truth(bool),
    /// A time.
    Time(Stretch),
    /// How long ago.
    Age(Stretch),
    /// What JSON has.
    Value(ValueTest),
    /// `missing:`: there is nothing.
    Missing,
}

/// A text, case aside, accents too unless one was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTest {
    pub(super) shape: Shape,
    /// As it was typed.
    pub(super) typed: Box<str>,
    fold: Fold,
}

/// How a text must look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Has this in it.
    Contains(Box<[char]>),
    /// Is this.
    Equals(Box<[char]>),
    /// Is made of these pieces, with anything between them.
    Pieces(Vec<Box<[char]>>),
}

/// What is asked of a value of any kind. A number is compared as a number, a time as a time, a truth as a word.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueTest {
    /// For texts, and for the words `true` and `false`; `None` where only an order was asked for.
    pub text: Option<TextTest>,
    /// For numbers: from and to, both included.
    pub number: Option<Numbers>,
    /// For truths: `yes` and `no` as well.
    pub truth: Option<bool>,
    /// For texts that are times.
    pub time: Option<Stretch>,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// Its least; not included if `above`.
    pub from: f64,
    /// Its most; not included if `below`.
    pub to: f64,
    /// Whether the least is left out.
    pub above: bool,
    /// Whether the most is left out.
    pub below: bool,
}

impl Numbers {
    fn hold(self, number: f64) -> bool {
        let from = if self.above { number > self.from } else { number >= self.from };
        let to = if self.below { number < self.to } else { number <= self.to };
        from && to
    }
}

impl TextTest {
    /// Contains it; with `*` (and not quoted) it is the whole text, `*` standing for anything.
    #[must_use]
    pub fn like(typed: &str, is_quoted: bool) -> Self {
        let fold = fold(typed);
        let shape = if typed.contains('*') && !is_quoted {
            Shape::Pieces(typed.split('*').map(|piece| folded(piece, fold)).collect())
        } else {
            Shape::Contains(folded(typed, fold))
        };
        Self { shape, typed: typed.into(), fold }
    }

    /// Is it.
    #[must_use]
    pub fn exactly(typed: &str) -> Self {
        let fold = fold(typed);
        Self { shape: Shape::Equals(folded(typed, fold)), typed: typed.into(), fold }
    }

    /// What was typed, signs and quotes aside.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether a text is as asked.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Contains(needle) => self.find(text, needle).is_some(),
            Shape::Equals(needle) => text.chars().map(|char| self.fold.apply(char)).eq(needle.iter().copied()),
            Shape::Pieces(pieces) => self.glob(text, pieces),
        }
    }

    /// The letters that a text must have to be as asked (see [`super::letters`]).
    #[must_use]
    pub fn letters(&self) -> u32 {
        let of = |mask, chars: &[char]| chars.iter().fold(mask, |mask, char| mask | bit(*char));
        match &self.shape {
            Shape::Contains(needle) | Shape::Equals(needle) => of(0, needle),
            Shape::Pieces(pieces) => pieces.iter().fold(0, |mask, piece| of(mask, piece)),
        }
    }

    /// Where in a text it stands, by character, and how long.
    pub(super) fn span(&self, text: &str) -> Option<(usize, usize)> {
        match &self.shape {
            Shape::Contains(needle) => Some((self.find(text, needle)?, needle.len())),
            Shape::Equals(needle) => self.matches(text).then_some((0, needle.len())),
            Shape::Pieces(_) => self.matches(text).then(|| (0, text.chars().count())),
        }
    }

    fn find(&self, text: &str, needle: &[char]) -> Option<usize> {
        let first = needle.first()?;
        text.char_indices().enumerate().find_map(|(nth, (at, char))| {
            let stands = self.fold.apply(char) == *first && self.starts(&text[at..], needle).is_some();
            stands.then_some(nth)
        })
    }

    /// The rest of a text after a piece that it starts with.
    fn starts<'a>(&self, text: &'a str, piece: &[char]) -> Option<&'a str> {
        let mut chars = text.chars();
        let mut wanted = piece.iter();
        wanted.all(|wanted| chars.next().is_some_and(|char| self.fold.apply(char) == *wanted)).then_some(())?;
        Some(chars.as_str())
    }

    fn glob(&self, text: &str, pieces: &[Box<[char]>]) -> bool {
        let [first, middle @ .., last] = pieces else { return false };
        let Some(mut rest) = self.starts(text, first) else { return false };
        for piece in middle.iter().filter(|piece| !piece.is_empty()) {
            let places = rest.char_indices().map(|(at, _)| &rest[at..]);
            let Some(after) = places.into_iter().find_map(|from| self.starts(from, piece)) else { return false };
            rest = after;
        }
        let Some(skip) = rest.chars().count().checked_sub(last.len()) else { return false };
        let end = rest.char_indices().nth(skip).map_or(rest.len(), |(at, _)| at);
        self.starts(&rest[end..], last).is_some()
    }

    /// Whether every text that is as this one asks has also what the other one asks.
    pub(super) fn implies(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let (Shape::Contains(mine) | Shape::Equals(mine), Shape::Contains(others)) = (&self.shape, &other.shape) else {
            return false;
        };
        self.fold == other.fold && mine.windows(others.len().max(1)).any(|piece| *piece == **others)
    }
}

/// Case never counts.
fn fold(typed: &str) -> Fold {
    Fold { case: true, accents: typed.chars().all(|char| plain(char) == char) }
}

fn folded(text: &str, fold: Fold) -> Box<[char]> {
    text.chars().map(|char| fold.apply(char)).collect()
}

impl ValueTest {
    /// Whether a value is as asked: of a list one of its values, of an object what is in it as text.
    #[must_use]
    pub fn matches(&self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Bool(truth) => self.truth == Some(*truth) || self.has_text(if *truth { "true" } else { "false" }),
            Value::Number(number) => self.matches_number(number),
            Value::String(text) => self.matches_text(text),
            Value::Array(values) => values.iter().any(|value| self.matches(value)),
            Value::Object(_) => self.has_text(&value.to_string()),
        }
    }

    /// Whether a text is as asked.
    #[must_use]
    pub fn matches_text(&self, text: &str) -> bool {
        if self.has_text(text) {
            return true;
        }
        if self.text.is_some() {
            return false;
        }
        let number = || self.number.is_some_and(|range| text.trim().parse().is_ok_and(|number| range.hold(number)));
        number() || self.time.is_some_and(|time| micros(text).is_some_and(|at| time.holds(at)))
    }

    fn has_text(&self, text: &str) -> bool {
        self.text.as_ref().is_some_and(|test| test.matches(text))
    }

    fn matches_number(&self, number: &serde_json::Number) -> bool {
        // Whole numbers beyond 2^53 are told apart by their digits.
        if let Some(test) = &self.text
            && number.is_i64() | number.is_u64()
            && test.typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        {
            return number.to_string() == *test.typed;
        }
        let held = || self.number.zip(number.as_f64()).is_some_and(|(range, number)| range.hold(number));
        held()
            || matches!(&self.text, Some(TextTest { shape: Shape::Pieces(_), .. }))
                && self.has_text(&number.to_string())
    }
}

impl Test {
    /// Whether a text is as asked; for [`Test::Text`] and [`Test::Value`].
    #[must_use]
    pub fn matches_text(&self, text: &str) -> bool {
        match self {
            Self::Open => true,
            Self::Text(test) => test.matches(text),
            Self::Value(test) => test.matches_text(text),
            Self::Truth(_) | Self::Time(_) | Self::Age(_) | Self::Missing => false,
        }
    }

    /// The times, in microseconds since 1970, that are as asked; `None` if it asks for none.
    #[must_use]
    pub fn times(&self, now: Moment) -> Option<Stretch> {
        match self {
            Self::Time(stretch) => Some(*stretch),
            Self::Age(stretch) => Some(stretch.before(micros_of(now))),
            Self::Open | Self::Text(_) | Self::Truth(_) | Self::Value(_) | Self::Missing => None,
        }
    }

    /// Whether a time, in microseconds since 1970, is as asked.
    #[must_use]
    pub fn matches_time(&self, at: i64, now: Moment) -> bool {
        self.times(now).is_some_and(|stretch| stretch.holds(at))
    }

    /// Whether a value is as asked.
    #[must_use]
    pub fn matches_value(&self, value: &Value) -> bool {
        match self {
            Self::Open => true,
            Self::Missing => is_nothing(value),
            Self::Value(test) => test.matches(value),
            Self::Text(_) | Self::Truth(_) | Self::Time(_) | Self::Age(_) => false,
        }
    }
}

/// A moment in microseconds.
#[must_use]
pub fn micros_of(moment: Moment) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX).saturating_mul(1000)
}

/// Whether a value is as good as none: `null`, an empty text, list or object.
#[must_use]
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What an account has for a field.
enum Fact<'a> {
    Text(Cow<'a, str>),
    /// Of several texts one is enough.
    Texts(Vec<String>),
    /// Microseconds since 1970.
    Time(i64),
    Truth(bool),
    Value(Cow<'a, Value>),
    Nothing,
    /// Nobody knows.
    Unknown,
}

impl Clause {
    /// How an account answers.
    #[must_use]
    pub fn answer(&self, row: &dyn Listed, around: &dyn Around) -> Answer {
        if self.test == Test::Open {
            return Answer::Yes;
        }
        let answer = self.plain_answer(row, around);
        if self.negative { !answer } else { answer }
    }

    fn plain_answer(&self, row: &dyn Listed, around: &dyn Around) -> Answer {
        if self.field == Field::Org {
            if let Test::Text(test) = &self.test {
                return around.within(row, test);
            }
            return !around.within(row, &TextTest::like("*", false));
        }
        let mut fact = fact(&self.field, row, around);
        if matches!(fact, Fact::Nothing) && !around.is_fetched(row, &self.field) {
            fact = Fact::Unknown;
        }
        let is_missing = self.test == Test::Missing;
        match fact {
            Fact::Unknown => Answer::Unknown,
            Fact::Nothing => is_missing.into(),
            Fact::Value(value) if is_missing => is_nothing(&value).into(),
            Fact::Text(_) | Fact::Texts(_) | Fact::Time(_) | Fact::Truth(_) if is_missing => Answer::No,
            Fact::Text(text) => self.test.matches_text(&text).into(),
            Fact::Texts(texts) => texts.iter().any(|text| self.test.matches_text(text)).into(),
            Fact::Time(at) => self.test.matches_time(at, around.now()).into(),
            Fact::Truth(truth) => (self.test == Test::Truth(truth)).into(),
            Fact::Value(value) => self.test.matches_value(&value).into(),
        }
    }
}

fn fact<'a>(field: &Field, row: &'a dyn Listed, around: &dyn Around) -> Fact<'a> {
    match field {
        Field::Name => text(Some(row.name())),
        Field::Id => text(Some(row.id())),
        Field::Email => text(row.email()),
        Field::Type => text(row.kind()),
        Field::Status => text(row.status()),
        Field::Provider => text(Some(row.provider().as_str())),
        Field::Connection => text(Some(row.connection().as_str())),
        Field::Parent => row.parent().map_or(Fact::Nothing, |parent| {
            Fact::Texts(vec![parent.name.raw().to_owned(), parent.id.as_str().to_owned()])
        }),
        // Answered before: it is no text of the account's.
        Field::Org => Fact::Nothing,
        Field::Created | Field::Age => time(row.created_at()),
        Field::Updated => time(row.updated_at()),
        Field::Seen => around.seen(row).map_or(Fact::Unknown, |at| Fact::Time(micros_of(at))),
        Field::Marked => Fact::Truth(around.is_marked(row)),
        Field::Gone => Fact::Truth(around.is_gone(row)),
        Field::Label => {
            let mut labels = Vec::new();
            around.labels(row, &mut |label| labels.push(label.to_owned()));
            if labels.is_empty() { Fact::Nothing } else { Fact::Texts(labels) }
        }
        Field::Note => around.note(row).map_or(Fact::Nothing, |note| Fact::Texts(vec![note.to_owned()])),
        Field::Path(path) => match row.path(path) {
            AtPath::Value(value) => Fact::Value(value),
            AtPath::Missing => Fact::Nothing,
            AtPath::Unread => Fact::Unknown,
        },
    }
}

fn text(text: Option<&str>) -> Fact<'_> {
    text.filter(|text| !text.is_empty()).map_or(Fact::Nothing, |text| Fact::Text(text.into()))
}

/// A time that nobody can read is unknown, not missing.
fn time(text: Option<Cow<'_, str>>) -> Fact<'static> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Fact::Nothing;
    };
    micros(&text).map_or(Fact::Unknown, Fact::Time)
}
