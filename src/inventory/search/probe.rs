//! Clauses made ready for a snapshot: each is answered once for all rows that have the same value.
//!
//! Whatever a clause asks, it is [`Clause::answer`] that answers, of a stand-in row that has that value: there is one
//! meaning of the filter language.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::bits::RowSet;
use crate::domain::filter::{Answer, Clause, Field, Stretch, Test};
use serde_json::Value;

use crate::domain::{AccountKey, AtPath, ConnectionName, Listed, ParentRef, ProviderId, Untrusted};
use crate::inventory::columns::{Shape, kept_paths};
use crate::inventory::near::Near;
use crate::inventory::segment::{Segment, When};

/// A clause, ready.
pub(super) enum Probe<'q> {
    /// By what many rows have in common; some rows apart.
    Shape { by_shape: Vec<Answer>, apart: HashMap<u32, Answer> },
    /// By a time.
    Time { nth: usize, held: Option<Stretch>, clause: &'q Clause },
    /// By whether a row is among some.
    Among { rows: RowSet, inside: Answer, outside: Answer },
    /// By whether it is gone.
    Gone { gone: Answer, here: Answer },
    /// By a path's value.
    Path(Path<'q>),
    /// By the row itself; the letters that its name must have.
    Row { clause: &'q Clause, letters: u32 },
}

/// A path into what providers said.
pub(super) struct Path<'q> {
    clause: &'q Clause,
    /// For each shape the column that its provider's values are kept in; `None`: the records must be read.
    columns: Vec<Option<usize>>,
    /// For each kept value the answer, once it was asked.
    values: Vec<AtomicU8>,
    /// For each shape the answer of a row that has nothing there.
    without: Vec<Answer>,
    /// The same where it was asked for with what is not asked by default.
    asked: Vec<Answer>,
    /// The same of rows that were asked for by themselves.
    apart: HashMap<u32, Answer>,
    /// What was read of records: a [`Code`] a row.
    read: Option<Vec<u8>>,
}

impl<'q> Probe<'q> {
    /// Makes a clause ready. `read` are the answers of records that had to be read, a code a row.
    pub(super) fn new(clause: &'q Clause, near: &Near<'_>, read: Option<Vec<u8>>) -> Self {
        match &clause.field {
            Field::Type | Field::Status | Field::Provider | Field::Connection | Field::Parent | Field::Org => {
                Self::Shape { by_shape: by_shape(clause, near.of_listing()), apart: HashMap::new() }
            }
            Field::Seen => Self::Shape { by_shape: by_shape(clause, near.of_listing()), apart: detailed(clause, near) },
            Field::Created | Field::Age => Self::Time { nth: 0, held: clause.test.times(near.now), clause },
            Field::Updated => Self::Time { nth: 1, held: clause.test.times(near.now), clause },
            Field::Marked => {
                let rows = near.marked.cloned().unwrap_or_default();
                Self::Among { rows, inside: truth(clause, true), outside: truth(clause, false) }
            }
            Field::Gone => Self::Gone { gone: truth(clause, true), here: truth(clause, false) },
            Field::Label | Field::Note => {
                let labels = near.labels.into_iter().flat_map(HashMap::keys);
                let notes = near.notes.into_iter().flat_map(HashMap::keys);
                let rows = labels.chain(notes).filter_map(|key| near.snapshot.rows.row(key));
                let rows = rows.filter_map(|row| Some((row, clause.answer(&near.snapshot.rows.any(row)?, near))));
                Self::Shape { by_shape: by_shape(clause, near.of_listing()), apart: rows.collect() }
            }
            Field::Path(path) => Self::Path(Path::new(clause, path, near, read)),
            Field::Name => {
                let letters = match &clause.test {
                    Test::Text(test) if !clause.negative => test.letters(),
                    Test::Open
                    | Test::Text(_)
                    | Test::Truth(_)
                    | Test::Time(_)
                    | Test::Age(_)
                    | Test::Value(_)
                    | Test::Missing => 0,
                };
                Self::Row { clause, letters }
            }
            Field::Id | Field::Email => Self::Row { clause, letters: 0 },
        }
    }

    /// The answer of a row that stands at `at` in `segment`.
    pub(super) fn answer(&self, row: u32, segment: &Segment, at: usize, near: &Near<'_>) -> Answer {
        match self {
            Self::Shape { by_shape, apart } => {
                let apart = if apart.is_empty() { None } else { apart.get(&row) };
                apart.copied().unwrap_or(by_shape[segment.shape(at)])
            }
            Self::Time { nth, held, clause } => match segment.when(at, *nth) {
                When::Micros(time) => {
                    let held = held.is_some_and(|held| held.holds(time));
                    (held != clause.negative).into()
                }
                When::Never => ((clause.test == Test::Missing) != clause.negative).into(),
                When::Written => ask(clause, row, near),
            },
            Self::Among { rows, inside, outside } => *if rows.has(row) { inside } else { outside },
            Self::Gone { gone, here } => *if segment.gone_since(at).is_some() { gone } else { here },
            Self::Path(path) => path.answer(row, segment, at, near),
            Self::Row { letters, .. } if segment.letters(at) & letters != *letters => Answer::No,
            Self::Row { clause, .. } => ask(clause, row, near),
        }
    }
}

fn ask(clause: &Clause, row: u32, near: &Near<'_>) -> Answer {
    near.snapshot.rows.any(row).map_or(Answer::Unknown, |row| clause.answer(&row, near))
}

/// The answer of all rows for which the field is this.
fn truth(clause: &Clause, is: bool) -> Answer {
    if clause.test == Test::Missing {
        // There is always one or the other.
        return clause.negative.into();
    }
    ((clause.test == Test::Truth(is)) != clause.negative).into()
}

/// A clause's answers of rows of each shape that nobody asked for by themselves.
fn by_shape(clause: &Clause, near: Near<'_>) -> Vec<Answer> {
    let answer = |shape: &Arc<Shape>| clause.answer(&Standin { shape, id: "", value: None }, &near);
    near.snapshot.rows.shapes.iter().map(answer).collect()
}

/// A clause's answers of rows that were asked for by themselves.
fn detailed(clause: &Clause, near: &Near<'_>) -> HashMap<u32, Answer> {
    let rows = near.snapshot.details.keys().filter_map(|key| near.snapshot.rows.row(key));
    rows.map(|row| (row, ask(clause, row, near))).collect()
}

/// Where the values of a provider's path are kept.
pub(super) fn column(provider: &str, path: &str) -> Option<usize> {
    kept_paths(provider).iter().position(|kept| *kept == path)
}

impl<'q> Path<'q> {
    fn new(clause: &'q Clause, path: &str, near: &Near<'_>, read: Option<Vec<u8>>) -> Self {
        let rows = &near.snapshot.rows;
        let apart = near.snapshot.details.keys().filter_map(|key: &AccountKey| {
            let row = rows.any(rows.row(key)?)?;
            let standin = Standin { shape: row.shape(), id: row.id(), value: None };
            Some((row.number(), clause.answer(&standin, near)))
        });
        Self {
            clause,
            columns: rows.shapes.iter().map(|shape| column(shape.provider.as_str(), path)).collect(),
            values: rows.values.iter().map(|_| AtomicU8::new(Code::Unread as u8)).collect(),
            without: by_shape(clause, near.of_listing()),
            asked: by_shape(clause, near.of_asked()),
            apart: apart.collect(),
            read,
        }
    }

    fn answer(&self, row: u32, segment: &Segment, at: usize, near: &Near<'_>) -> Answer {
        let shape = segment.shape(at);
        let Some(column) = self.columns[shape] else {
            let read = self.read.as_ref().and_then(|read| read.get(row as usize));
            return match Code::of(read.copied().unwrap_or_default()) {
                Code::Unread => Answer::Unknown,
                Code::Nothing => self.nothing(row, segment, at),
                Code::Yes => Answer::Yes,
                Code::No => Answer::No,
            };
        };
        let Some(nth) = (segment.value(at, column) as usize).checked_sub(1) else {
            return self.nothing(row, segment, at);
        };
        let (Some(known), Some(text)) = (self.values.get(nth), near.snapshot.rows.values.get(nth)) else {
            return Answer::Unknown;
        };
        let mut code = Code::of(known.load(Ordering::Relaxed));
        if code == Code::Unread {
            code = Code::reading(self.clause, Some(text));
            known.store(code as u8, Ordering::Relaxed);
        }
        match code {
            Code::Unread => Answer::Unknown,
            Code::Nothing => self.nothing(row, segment, at),
            Code::Yes => Answer::Yes,
            Code::No => Answer::No,
        }
    }

    /// The answer of a row that has nothing there.
    fn nothing(&self, row: u32, segment: &Segment, at: usize) -> Answer {
        let shape = segment.shape(at);
        if segment.has_extra(at) {
            return self.asked[shape];
        }
        let apart = if self.apart.is_empty() { None } else { self.apart.get(&row) };
        apart.copied().unwrap_or(self.without[shape])
    }
}

/// What a clause says of what stands at its path, in a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Nobody has looked.
    Unread = 0,
    /// There is nothing: the answer hangs on whether it was asked for.
    Nothing = 1,
    Yes = 2,
    No = 3,
}

impl Code {
    /// The code of a byte.
    pub(super) fn of(byte: u8) -> Self {
        match byte {
            1 => Self::Nothing,
            2 => Self::Yes,
            3 => Self::No,
            _ => Self::Unread,
        }
    }

    /// Looks at what stands at a clause's path.
    pub(super) fn reading(clause: &Clause, json: Option<&str>) -> Self {
        let value = json.and_then(|json| serde_json::from_str::<Value>(json).ok());
        let Some(value) = value else { return Self::Nothing };
        if clause.test.matches_value(&value) == clause.negative { Self::No } else { Self::Yes }
    }
}

/// A row that has nothing but what its shape says, and perhaps one value.
pub(super) struct Standin<'a> {
    pub(super) shape: &'a Shape,
    pub(super) id: &'a str,
    /// What any path leads to, as JSON.
    pub(super) value: Option<&'a str>,
}

impl Listed for Standin<'_> {
    fn connection(&self) -> &ConnectionName {
        &self.shape.connection
    }

    fn provider(&self) -> &ProviderId {
        &self.shape.provider
    }

    fn id(&self) -> &str {
        self.id
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn kind(&self) -> Option<&str> {
        self.shape.kind.as_ref().map(Untrusted::raw)
    }

    fn status(&self) -> Option<&str> {
        self.shape.status.as_ref().map(Untrusted::raw)
    }

    fn email(&self) -> Option<&str> {
        None
    }

    fn created_at(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn updated_at(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn parent(&self) -> Option<&ParentRef> {
        self.shape.parent.as_ref()
    }

    fn path(&self, _: &str) -> AtPath<'_> {
        let value = self.value.and_then(|value| serde_json::from_str(value).ok());
        value.map_or(AtPath::Missing, |value| AtPath::Value(Cow::Owned(value)))
    }
}
