//! What long cells hold beyond their columns: all that are on screen are slid by as much, each to its end at most.

use std::borrow::Cow;

use super::draw::{cells, labels, own_room};
use super::row::{columns_of, sign_behind};
use crate::app::columns::on_screen;
use crate::app::{Avail, State, layout};
use crate::provider::{Column, ColumnValue};

/// Columns that a key slides by.
const STEP: usize = 8;

/// A cell's text as it stands in its column.
pub(super) struct Slid<'t> {
    pub(super) text: Cow<'t, str>,
    /// Characters that are left out before it.
    before: usize,
}

impl<'t> Slid<'t> {
    /// A text in so many columns, slid by `by`.
    pub(super) fn of(text: &'t str, columns: u16, by: usize) -> Self {
        let by = if by == 0 { 0 } else { by.min(over(text, columns)) };
        if by == 0 {
            return Self { text: Cow::Borrowed(text), before: 0 };
        }
        // One more for the sign that something stands before it.
        let rest = crate::domain::behind(text, by + 1);
        let before = text[..text.len() - rest.len()].chars().count();
        Self { text: Cow::Owned(format!("…{rest}")), before }
    }

    /// Which of its characters are those of the whole text.
    pub(super) fn matched(&self, mut matched: Vec<usize>) -> Vec<usize> {
        if self.before > 0 {
            matched.retain(|at| *at >= self.before);
            for at in &mut matched {
                *at = *at + 1 - self.before;
            }
        }
        matched
    }
}

/// How many columns a text has too many.
fn over(text: &str, columns: u16) -> usize {
    crate::domain::width(text).saturating_sub(usize::from(columns))
}

/// How far the cells are slid that are on screen: no further than the longest goes.
pub(super) fn slid(state: &State) -> usize {
    if state.accounts.slid == 0 { 0 } else { state.accounts.slid.min(most(state)) }
}

/// How far the longest cell on screen goes beyond its column.
fn most(state: &State) -> usize {
    let (Some(area), Some(found)) = (layout(state).accounts, state.accounts.found.value()) else { return 0 };
    let columns = on_screen(state);
    let cells = cells(state, &columns, area);
    let own = own_room(state, area.width.saturating_sub(2));
    let page = usize::from(area.height);
    let rows = (state.accounts.offset..).take(page).map_while(|place| state.accounts.at(place));
    let widest = rows.flat_map(|account| {
        let cell = |(column, width): &(&Column, u16)| {
            let is_name = column.value == ColumnValue::Name;
            let sign = if is_name { sign_behind(state, found, &account).0 } else { "" };
            over(&column.value.text(&account), width.saturating_sub(columns_of(sign)))
        };
        let labels = if own > 0 { over(&labels(state, &account.key()), own - 2) } else { 0 };
        cells.iter().map(cell).chain([labels]).collect::<Vec<_>>()
    });
    widest.max().unwrap_or(0)
}

/// Shows what stands further right or left.
pub(super) fn slide(state: &mut State, right: bool) {
    let from = slid(state);
    state.accounts.slid = if right { from + STEP } else { from.saturating_sub(STEP) };
    state.accounts.slid = slid(state);
}

/// Whether there is more to the right.
pub(super) fn goes_right(state: &State) -> Avail {
    if state.accounts.slid < most(state) { Avail::Yes } else { Avail::no("nothing on screen goes further") }
}

/// Whether there is more to the left.
pub(super) fn goes_left(state: &State) -> Avail {
    if slid(state) > 0 { Avail::Yes } else { Avail::no("every cell is seen from its beginning") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{shown, width};

    proptest::proptest! {
        #[test]
        fn a_cell_keeps_to_its_column_and_is_slid_to_its_end(
            text in "[a-c é株🏪]{0,30}", columns in 2u16..12, by in 0usize..40,
        ) {
            let text = shown(&text);
            let cell = Slid::of(&text, columns, by);
            let (most, all) = (over(&text, columns), text.chars().count());
            if by >= most {
                proptest::prop_assert!(width(&cell.text) <= usize::from(columns), "{}", cell.text);
            }
            let kept = cell.text.strip_prefix('…').filter(|_| cell.before > 0).unwrap_or(&cell.text);
            proptest::prop_assert!(text.ends_with(kept));
            // Each character that is matched is the same one as before.
            let matched = cell.matched((0..all).collect());
            let chars = |text: &str, at: usize| text.chars().nth(at);
            for (nth, at) in matched.iter().enumerate() {
                proptest::prop_assert_eq!(chars(&cell.text, *at), chars(&text, cell.before + nth));
            }
            proptest::prop_assert_eq!(matched.len(), all - cell.before);
        }
    }
}
