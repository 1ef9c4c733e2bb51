//! Raw laid out: once for a document and what is folded in it. Drawing, moving and every row of keys that asks what the
//! cursor is on use the same.

use std::sync::Arc;

use serde_json::Value;

use super::fold::{self, Folds, Row};
use super::lines::raw_of;
use super::{Tab, Target};
use crate::app::State;
use crate::domain::{RawJson, Role, shown};
use crate::view::Line;

/// A document in lines.
#[derive(Debug)]
pub(super) struct Laid {
    raw: RawJson,
    folds: Folds,
    /// What the provider said.
    pub(super) value: Arc<Value>,
    /// Its lines.
    pub(super) rows: Vec<Row>,
    /// The same, safe for a terminal.
    pub(super) lines: Vec<Line>,
}

impl Laid {
    fn of(raw: RawJson, value: Arc<Value>, folds: Folds) -> Self {
        let rows = fold::rows(&value, &folds);
        let lines = rows.iter().map(|row| {
            let line = Line::of(Role::Text, shown(&row.text));
            if row.more.is_empty() { line } else { line.and(Role::Dim, row.more.clone()) }
        });
        Self { lines: lines.collect(), raw, folds, value, rows }
    }

    /// Whether some of the document is folded away.
    pub(super) fn is_folded(&self) -> bool {
        self.folds != Folds::default()
    }
}

/// What Raw shows of what the detail is about: as it was laid out last, if it is that still.
pub(super) fn laid(state: &State) -> Option<Arc<Laid>> {
    let Some(Target::Of(subject)) = &state.detail.target else { return None };
    let raw = raw_of(state, subject)?;
    let last = state.detail.laid.as_ref().filter(|laid| laid.raw == raw);
    if let Some(last) = last.filter(|laid| laid.folds == state.detail.folds) {
        return Some(Arc::clone(last));
    }
    let value = last.map_or_else(|| Arc::new(raw.value()), |last| Arc::clone(&last.value));
    Some(Arc::new(Laid::of(raw, value, state.detail.folds.clone())))
}

/// After each event: what the next frame shows.
pub(super) fn follow(state: &mut State) {
    state.detail.laid = if state.detail.tab == Tab::Raw { laid(state) } else { None };
}
