//! Writes rows into columns: the side of the dictionaries that only the writer needs.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::columns::{Columns, Shape, kept_values};
use super::segment::{Absence, Changed, Codes, Parts, ROWS, Segment};
use crate::domain::{Account, Moment, ParentRef};

/// Codes by what they stand for.
#[derive(Debug, Default)]
pub(super) struct Filing {
    hasher: DefaultHashBuilder,
    shapes: HashTable<u32>,
    values: HashTable<u32>,
}

impl Filing {
    /// Adds a row, and its key to the index if no other row has it; gives the row's number, `None` if there are no
    /// numbers left.
    pub(super) fn push(&mut self, columns: &mut Columns, account: &Account) -> Option<u32> {
        let codes = self.codes(columns, account);
        let row = Self::append(columns, Parts::of(account), codes.shape, &codes.values)?;
        if columns.row(&account.key).is_none() {
            let hash = columns.index.hash(account.key.connection.as_str(), account.key.id.as_str());
            Self::enter(columns, hash, row);
        }
        Some(row)
    }

    /// Adds a row without its key.
    pub(super) fn append(columns: &mut Columns, parts: Parts<'_>, shape: u32, values: &[u32]) -> Option<u32> {
        let row = columns.rows;
        columns.rows = row.checked_add(1)?;
        let segments = Arc::make_mut(&mut columns.segments);
        if (row as usize).is_multiple_of(ROWS) {
            let segment = segments.last().map_or_else(Segment::default, |last| Segment::like(last));
            segments.push(Arc::new(segment));
        }
        Arc::make_mut(&mut segments[Columns::place(row).0]).push(parts, shape, values);
        columns.alive += 1;
        Some(row)
    }

    /// Fills the last segment up with rows that nobody sees; gives the number of the row after it.
    pub(super) fn fill_up(columns: &mut Columns) -> u32 {
        while !(columns.rows as usize).is_multiple_of(ROWS) {
            let Some(row) = Self::append(columns, Parts::default(), 0, &[]) else { break };
            Self::set_absent(columns, row, Absence::Forgotten, true);
        }
        columns.rows
    }

    /// Puts the rows of other columns behind those of these, whose last segment is full. Their keys are not entered.
    pub(super) fn adopt(&mut self, columns: &mut Columns, others: Columns) {
        let shapes: Vec<u32> = others.shapes.iter().map(|shape| self.shape(columns, Shape::clone(shape))).collect();
        let values: Vec<u32> = others.values.iter().map(|value| self.value(columns, value)).collect();
        let segments = Arc::make_mut(&mut columns.segments);
        for mut segment in Arc::unwrap_or_clone(others.segments) {
            Arc::make_mut(&mut segment).recode(&shapes, &values);
            segments.push(segment);
        }
        // Together they have no more rows than the disk has numbers for, which are as wide.
        columns.rows = columns.rows.saturating_add(others.rows);
        columns.alive += others.alive;
    }

    fn enter(columns: &mut Columns, hash: u64, row: u32) {
        let mut index = std::mem::take(&mut columns.index);
        let hasher = index.hasher();
        index.insert(hash, row, |row| match columns.any(row) {
            Some(row) => hasher.hash_one((row.connection().as_str(), row.id())),
            None => 0,
        });
        columns.index = index;
    }

    /// Writes a row anew.
    pub(super) fn replace(&mut self, columns: &mut Columns, row: u32, account: &Account) -> Changed {
        let codes = self.codes(columns, account);
        let (segment, at) = Columns::place(row);
        if columns.segments[segment].is(at, account, &codes) {
            return Changed::default();
        }
        Self::segment(columns, segment).replace(at, account, &codes)
    }

    /// Puts a row into another organization; says whether that is news.
    pub(super) fn put(&mut self, columns: &mut Columns, row: u32, parent: Option<ParentRef>) -> bool {
        let Some(known) = columns.any(row) else { return false };
        if known.parent() == parent.as_ref() {
            return false;
        }
        let shape = Shape { parent, ..Shape::clone(known.shape()) };
        let code = self.shape(columns, shape);
        let (segment, at) = Columns::place(row);
        Self::segment(columns, segment).set_shape(at, code)
    }

    /// A row is absent from now on, or is not for this reason any more; says whether lists show it no longer, or again.
    pub(super) fn set_absent(columns: &mut Columns, row: u32, absence: Absence, is_absent: bool) -> bool {
        Self::turn(columns, row, |segment, at| segment.set_absent(at, absence, is_absent))
    }

    /// A row is gone since then, or not gone; says whether lists show it no longer, or again.
    pub(super) fn set_gone(columns: &mut Columns, row: u32, since: Option<Moment>) -> bool {
        Self::turn(columns, row, |segment, at| segment.set_gone(at, since))
    }

    fn turn(columns: &mut Columns, row: u32, turn: impl FnOnce(&mut Segment, usize)) -> bool {
        let (segment, at) = Columns::place(row);
        let segment = Self::segment(columns, segment);
        let before = segment.is_alive(at);
        turn(segment, at);
        let after = segment.is_alive(at);
        match (before, after) {
            (true, false) => columns.alive -= 1,
            (false, true) => columns.alive += 1,
            (true, true) | (false, false) => {}
        }
        before != after
    }

    fn segment(columns: &mut Columns, segment: usize) -> &mut Segment {
        Arc::make_mut(&mut Arc::make_mut(&mut columns.segments)[segment])
    }

    fn codes(&mut self, columns: &mut Columns, account: &Account) -> Codes {
        let values = kept_values(account.provider.as_str(), &account.raw);
        let values = values.map(|value| value.map_or(0, |value| self.value(columns, value) + 1)).collect();
        let hash = self.hasher.hash_one((
            &account.key.connection,
            &account.provider,
            &account.parent,
            &account.kind,
            &account.status,
        ));
        let known = self.shapes.find(hash, |code| columns.shapes[*code as usize].is_of(account));
        let shape = match known {
            Some(code) => *code,
            None => self.shape(columns, Shape::of(account)),
        };
        Codes { shape, values }
    }

    pub(super) fn shape(&mut self, columns: &mut Columns, shape: Shape) -> u32 {
        let hash = self.hasher.hash_one(shape.parts());
        if let Some(code) = self.shapes.find(hash, |code| *columns.shapes[*code as usize] == shape) {
            return *code;
        }
        let shapes = Arc::make_mut(&mut columns.shapes);
        // There are at most as many shapes as rows were ever written, and codes as wide as those numbers.
        let code = u32::try_from(shapes.len()).unwrap_or(u32::MAX);
        shapes.push(Arc::new(shape));
        self.shapes.insert_unique(hash, code, |code| self.hasher.hash_one(shapes[*code as usize].parts()));
        code
    }

    pub(super) fn value(&mut self, columns: &mut Columns, value: &str) -> u32 {
        let hash = self.hasher.hash_one(value);
        if let Some(code) = self.values.find(hash, |code| *columns.values[*code as usize] == *value) {
            return *code;
        }
        let values = Arc::make_mut(&mut columns.values);
        let code = u32::try_from(values.len()).unwrap_or(u32::MAX);
        values.push(Arc::from(value));
        self.values.insert_unique(hash, code, |code| self.hasher.hash_one(&*values[*code as usize]));
        code
    }
}

impl Shape {
    fn of(account: &Account) -> Self {
        Self {
            connection: account.key.connection.clone(),
            provider: account.provider.clone(),
            parent: account.parent.clone(),
            kind: account.kind.clone(),
            status: account.status.clone(),
        }
    }

    fn is_of(&self, account: &Account) -> bool {
        self.connection == account.key.connection
            && self.provider == account.provider
            && self.parent == account.parent
            && self.kind == account.kind
            && self.status == account.status
    }

    /// What is hashed: the same of a shape and of an account that has it.
    fn parts(&self) -> impl std::hash::Hash {
        (&self.connection, &self.provider, &self.parent, &self.kind, &self.status)
    }
}
