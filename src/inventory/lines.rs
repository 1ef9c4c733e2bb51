//! Rows as lines of JSON: what a list of all accounts writes. No account is built for it: what rows have in common is
//! written once, and what a provider said is copied as it is kept.

use std::sync::Arc;

use serde::Serialize;

use super::columns::Shape;
use super::records::Told;
use super::{Inventory, Row, Snapshot};
use crate::domain::{careful, write_kept};

/// Rows that are read at once, in the order of the disk: the more of them, the more share a page of it, and the more of
/// what was said stands in memory (some 7 MB, twice).
const BATCH: usize = 16_384;

/// Rows with what the provider said of each.
pub struct Bundle {
    snapshot: Arc<Snapshot>,
    /// Each row with the place of its text; nothing where the text is not there any more.
    rows: Vec<(u32, Option<(usize, usize)>)>,
    texts: String,
}

/// Never the texts.
impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bundle({} rows)", self.rows.len())
    }
}

/// Lines in the making.
#[derive(Debug)]
pub struct Lines {
    /// What lines have in common, by the number of their shape.
    frames: Vec<Option<Frame>>,
    /// What stands before the next line.
    before: &'static str,
    between: &'static str,
    is_empty: bool,
}

impl Lines {
    /// Lines with this before the first one, and that between two.
    #[must_use]
    pub fn new(first: &'static str, between: &'static str) -> Self {
        Self { frames: Vec::new(), before: first, between, is_empty: true }
    }

    /// Whether none was made yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    fn add(&mut self, row: Row<'_>, raw: &str, to: &mut String) {
        to.push_str(self.before);
        (self.before, self.is_empty) = (self.between, false);
        let code = row.shape_code();
        if self.frames.len() <= code {
            self.frames.resize_with(code + 1, || None);
        }
        // Of rows that were loaded meanwhile the number may be another shape's.
        let known = self.frames[code].take().filter(|frame| Arc::ptr_eq(&frame.shape, row.shape()));
        let frame = known.unwrap_or_else(|| Frame::of(row.shape()));
        let Frame { head, middle, tail, .. } = self.frames[code].insert(frame);
        to.push_str(head);
        string(to, row.id());
        to.push_str(r#","name":"#);
        string(to, row.name());
        to.push_str(middle);
        maybe(to, row.email());
        to.push_str(r#","created_at":"#);
        maybe(to, row.created_at().as_deref());
        to.push_str(r#","updated_at":"#);
        maybe(to, row.updated_at().as_deref());
        to.push_str(tail);
        write_kept(raw, to);
        to.push('}');
    }
}

/// What rows of one shape have in common.
#[derive(Debug)]
struct Frame {
    shape: Arc<Shape>,
    /// Before the id.
    head: Box<str>,
    /// Between the name and the e-mail address.
    middle: Box<str>,
    /// Between the times and the record.
    tail: Box<str>,
}

impl Frame {
    fn of(shape: &Arc<Shape>) -> Self {
        let (connection, provider) = (json(&shape.connection), json(&shape.provider));
        let (kind, status, parent) = (json(&shape.kind), json(&shape.status), json(&shape.parent));
        Self {
            shape: Arc::clone(shape),
            head: format!(r#"{{"connection":{connection},"provider":{provider},"id":"#).into(),
            middle: format!(r#","type":{kind},"status":{status},"email":"#).into(),
            tail: format!(r#","parent":{parent},"raw":"#).into(),
        }
    }
}

impl Bundle {
    /// Writes each account's JSON: what [`Account`](crate::domain::Account) is serialised as, harmless on a terminal. What
    /// was written so far is handed to `each` after every line, which may take it.
    ///
    /// # Errors
    /// What `each` says: then no more follow.
    pub fn write<E>(
        &self,
        lines: &mut Lines,
        to: &mut String,
        mut each: impl FnMut(&mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        for (row, text) in &self.rows {
            let (Some(row), Some((start, end))) = (self.snapshot.get(*row), text) else { continue };
            lines.add(row, &self.texts[*start..*end], to);
            each(to)?;
        }
        Ok(())
    }
}

/// Plain data with text keys always has a JSON form.
fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_else(|_| "null".into());
    careful(&text).into_owned()
}

fn maybe(line: &mut String, text: Option<&str>) {
    match text {
        Some(text) => string(line, text),
        None => line.push_str("null"),
    }
}

fn string(line: &mut String, text: &str) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        line.push('"');
        line.push_str(text);
        line.push('"');
    } else {
        line.push_str(&json(&text));
    }
}

impl Inventory {
    /// Rows with what the provider said of each, some thousand at once: a million rows stream. What is forgotten or hidden
    /// meanwhile is left out.
    pub fn bundles(&self, rows: impl IntoIterator<Item = u32>) -> impl Iterator<Item = Bundle> {
        let mut rows = rows.into_iter();
        std::iter::from_fn(move || {
            let batch: Vec<u32> = rows.by_ref().take(BATCH).collect();
            (!batch.is_empty()).then(|| self.bundle(batch))
        })
    }

    fn bundle(&self, rows: Vec<u32>) -> Bundle {
        let (mut texts, mut places) = (String::new(), vec![None; rows.len()]);
        let snapshot = self.told(&rows, |nth, told| {
            let start = texts.len();
            texts.push_str(match &told {
                Told::Whole(account) => account.raw.text(),
                Told::Text(_, text) => text,
            });
            places[nth] = Some((start, texts.len()));
        });
        Bundle { snapshot, rows: rows.into_iter().zip(places).collect(), texts }
    }
}
