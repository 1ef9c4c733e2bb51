//! The line under the cursor: moving, searching, folding, and what is done with the value on it.

use super::draw::{columns_of, gap, shift_in_view};
use super::fold::{self, What};
use super::laid::{self, laid};
use super::lines::{lines, raw_of};
use super::values::Value;
use super::{Tab, Target, columns, page, shows_search, steps, wait_for_call};
use crate::app::{Avail, Effect, Modal, Motion, State, inside};
use crate::domain::{Subject, shown};
use crate::panes::{PaneId, copy, organizations, value};
use crate::view::scroll_to;

/// Columns that one key moves Raw: half of what a narrow screen shows.
const SHIFT: usize = 20;

/// Whether the cursor is on the steps of the hierarchy, which are organizations.
pub(super) fn on_steps(state: &State) -> bool {
    state.detail.tab == Tab::Hierarchy && !steps(state).is_empty()
}

/// The line under the cursor, of so many.
pub(super) fn at(state: &State, lines: usize) -> usize {
    if on_steps(state) { state.detail.step } else { state.detail.at.min(lines.saturating_sub(1)) }
}

/// Moves among the steps of the hierarchy, or from line to line; the pane scrolls with it.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    let lines = lines(state, columns(state)).len();
    let (steps, on_steps, from) = (steps(state).len(), on_steps(state), at(state, lines));
    let pane = &mut state.detail;
    if on_steps {
        pane.step = motion.apply(from, steps, page);
        pane.offset = scroll_to(pane.step, pane.offset, page, lines);
        return;
    }
    pane.at = motion.apply(from, lines, page);
    pane.offset = scroll_to(pane.at, pane.offset, page, lines);
}

/// A click on a tab's title opens it, one on a line puts the cursor there. Counted from the top of the pane's inside.
pub fn click(state: &mut State, column: u16, row: usize) {
    if row == 0 {
        let width = crate::app::layout(state).detail.map_or(0, |area| inside(area).width);
        let mut x = 2;
        for tab in Tab::ALL {
            let end = x + columns_of(tab);
            if (x..end).contains(&column) {
                state.detail.tab = tab;
                (state.detail.offset, state.detail.at) = (0, 0);
            }
            x = end + gap(width);
        }
        return;
    }
    let Some(row) = row.checked_sub(2 + usize::from(shows_search(state))) else { return };
    let to = state.detail.offset + row;
    if state.detail.tab == Tab::Hierarchy {
        if to < steps(state).len() {
            state.detail.step = to;
        }
    } else if to < lines(state, columns(state)).len() {
        state.detail.at = to;
    }
}

/// Shows what stands further right or left, as far as the longest line goes that is seen.
pub(super) fn shift(state: &mut State, right: bool) {
    let (lines, columns, page) = (lines(state, columns(state)), columns(state), page(state));
    let from = shift_in_view(state, &lines, columns, page);
    state.detail.shift = if right { from + SHIFT } else { from.saturating_sub(SHIFT) };
    state.detail.shift = shift_in_view(state, &lines, columns, page);
}

/// Whether a text holds what is searched for.
fn holds(text: &str, needle: &str) -> bool {
    !needle.is_empty() && shown(text).to_lowercase().contains(needle)
}

/// To the next or previous line of Raw that holds what is searched for; what hides it is unfolded.
pub fn jump(state: &mut State, motion: Motion) {
    let Some(laid) = laid(state) else { return };
    let needle = state.detail.search.value().to_lowercase();
    let all = fold::rows(&laid.value, &fold::Folds::default());
    let here = laid.rows.get(state.detail.at);
    let is_here = |row: &fold::Row| here.is_some_and(|here| here.is(row));
    let from = all.iter().position(is_here).unwrap_or(all.len());
    let hits: Vec<usize> = (0..all.len()).filter(|at| holds(&all[*at].text, &needle)).collect();
    let to = match motion {
        Motion::Up => hits.iter().rev().find(|hit| **hit < from).or(hits.last()),
        Motion::Down
        | Motion::First
        | Motion::Last
        | Motion::PageUp
        | Motion::PageDown
        | Motion::HalfUp
        | Motion::HalfDown => hits.iter().find(|hit| **hit > from).or(hits.first()),
    };
    if let Some(to) = to {
        go_to(state, &all[*to]);
    }
}

/// While the search is typed: the first match from the top.
pub fn search_changed(state: &mut State) {
    let needle = state.detail.search.value().to_lowercase();
    (state.detail.at, state.detail.offset) = (0, 0);
    let Some(laid) = laid(state) else { return };
    let all = fold::rows(&laid.value, &fold::Folds::default());
    if let Some(first) = all.iter().find(|row| holds(&row.text, &needle)) {
        go_to(state, first);
    }
}

/// How many lines of Raw hold what is searched for, those that are folded too, and which of them the cursor is on.
pub(super) fn found(state: &State) -> Option<(Option<usize>, usize)> {
    let needle = state.detail.search.value().to_lowercase();
    let laid = laid(state).filter(|_| !needle.is_empty())?;
    let unfolded = laid.is_folded().then(|| fold::rows(&laid.value, &fold::Folds::default()));
    let all = unfolded.as_ref().unwrap_or(&laid.rows);
    let here = laid.rows.get(state.detail.at);
    let (mut count, mut place) = (0, None);
    for row in all.iter().filter(|row| holds(&row.text, &needle)) {
        if here.is_some_and(|here| here.is(row)) {
            place = Some(count);
        }
        count += 1;
    }
    Some((place, count))
}

/// Puts the cursor on a line, and that on top where more stands below it than there is room for.
fn go_to(state: &mut State, row: &fold::Row) {
    state.detail.folds.show(&row.pointer);
    laid::follow(state);
    let at = state.detail.laid.as_ref().and_then(|laid| laid.rows.iter().position(|other| other.is(row)));
    if let Some(at) = at {
        let last = lines(state, columns(state)).len().saturating_sub(page(state));
        (state.detail.at, state.detail.offset) = (at, at.min(last));
    }
}

/// The row of Raw under the cursor.
fn raw_row(state: &State) -> Option<fold::Row> {
    if state.detail.tab != Tab::Raw {
        return None;
    }
    laid(state)?.rows.get(state.detail.at).cloned()
}

/// The value under the cursor.
pub(super) fn value(state: &State) -> Option<Value> {
    if let Some(row) = raw_row(state) {
        return match row.what {
            What::Leaf(label, text) => Some(Value { label: shown(&label).into_owned(), text }),
            What::Begin | What::End => None,
        };
    }
    let lines = lines(state, columns(state));
    lines.value(at(state, lines.len())).cloned()
}

/// Whether Enter has something to open, to show or to fold; in the search line it keeps what is searched for.
pub(super) fn can_open(state: &State) -> Avail {
    if state.detail.searching || on_steps(state) || value(state).is_some() || raw_row(state).is_some() {
        Avail::Yes
    } else {
        Avail::no("no value is on this line")
    }
}

/// What that is, in words.
pub(super) fn open_words(state: &State) -> Option<&'static str> {
    if on_steps(state) {
        return Some("open this organization");
    }
    match raw_row(state).map(|row| row.what) {
        Some(What::Begin | What::End) => Some("fold / unfold"),
        Some(What::Leaf(..)) => Some("whole value"),
        None => value(state).map(|_| "whole value"),
    }
}

/// Opens the step, or shows the value, or folds.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    if !on_steps(state) {
        return show(state);
    }
    if let Some(key) = steps(state).into_iter().nth(state.detail.step) {
        organizations::reveal(state, &key);
        state.focus = PaneId::Organizations;
        super::show(state, Target::Of(Subject::Organization(key)));
        wait_for_call(state, effects);
    }
}

/// Whether all can be folded.
pub(super) fn can_fold(state: &State) -> Avail {
    let is_there = matches!(&state.detail.target, Some(Target::Of(subject)) if raw_of(state, subject).is_some());
    match (state.detail.tab, is_there) {
        (Tab::Overview | Tab::Profile | Tab::Hierarchy | Tab::History, _) => Avail::Hidden,
        (Tab::Raw, true) => Avail::Yes,
        (Tab::Raw, false) => Avail::no("there is nothing to fold"),
    }
}

/// The same for unfolding.
pub(super) fn can_unfold(state: &State) -> Avail {
    match can_fold(state) {
        Avail::Yes if state.detail.folds.is_empty() => Avail::no("nothing is folded"),
        avail @ (Avail::Yes | Avail::No(_) | Avail::Hidden) => avail,
    }
}

/// Whether the value under the cursor is somebody's address or number.
pub(super) fn on_contact(state: &State) -> Avail {
    let is_contact = !on_steps(state) && value(state).is_some_and(|value| value.contact().is_some());
    if is_contact { Avail::Yes } else { Avail::Hidden }
}

/// Shows the value under the cursor whole, or folds and unfolds what begins or ends there.
fn show(state: &mut State) {
    if let Some(row) = raw_row(state).filter(|row| !matches!(row.what, What::Leaf(..))) {
        state.detail.folds.toggle(&row.pointer);
        let begin = fold::Row { what: What::Begin, ..row };
        return keep(state, &begin);
    }
    if let Some(value) = value(state) {
        value::open(state, value);
    }
}

/// Folds everything, or unfolds it; the cursor stays on what it is on, or on what hides that.
pub(super) fn fold_all(state: &mut State, folded: bool) {
    let Some(laid) = laid(state) else { return };
    let row = raw_row(state);
    if folded {
        state.detail.folds.all(&laid.value);
    } else {
        state.detail.folds.clear();
    }
    if let Some(row) = row {
        keep(state, &row);
    }
}

/// The cursor stays on a line, or goes to the one that hides it.
fn keep(state: &mut State, row: &fold::Row) {
    laid::follow(state);
    let Some(laid) = state.detail.laid.clone() else { return };
    let hides = |other: &fold::Row| other.what == What::Begin && fold::is_in(&row.pointer, &other.pointer);
    let place = laid.rows.iter().position(|other| other.is(row)).or_else(|| laid.rows.iter().rposition(hides));
    let (lines, page) = (lines(state, columns(state)).len(), page(state));
    let pane = &mut state.detail;
    pane.at = place.unwrap_or(0);
    pane.offset = scroll_to(pane.at, pane.offset, page, lines);
}

/// The value that is shown whole, or the one under the cursor.
fn meant(state: &State) -> Option<Value> {
    match state.modals.last() {
        Some(Modal::Value(view)) => Some(view.value().clone()),
        Some(_) => None,
        None => value(state),
    }
}

/// Copies it.
pub(super) fn copy_value(state: &State, effects: &mut Vec<Effect>) {
    if let Some(value) = meant(state) {
        copy::texts(what(&value), &[value.text], effects);
    }
}

/// Opens the desktop's program for it.
pub(super) fn open_contact(state: &State, effects: &mut Vec<Effect>) {
    if let Some(value) = meant(state) {
        value::open_contact(&value, effects);
    }
}

/// Whether there is a value to copy; the steps of the hierarchy have their own keys.
pub(in crate::panes) fn can_copy_value(state: &State) -> Avail {
    let has_one = state.focus == PaneId::Detail && !on_steps(state) && value(state).is_some();
    if has_one { Avail::Yes } else { Avail::no("no value is under the cursor: Tab leads to the detail") }
}

/// What is copied, in words.
pub(super) fn what(value: &Value) -> String {
    if value.label.trim().is_empty() { "the value".to_owned() } else { value.label.trim().to_owned() }
}
