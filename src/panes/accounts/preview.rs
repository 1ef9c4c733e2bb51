//! While the tree's cursor previews its nodes in the list: where the list was. Leaving the tree without a choice leads back
//! there - the scope is the fixed one by itself, and the cursor and what was on screen come from here.

use crate::app::State;
use crate::domain::AccountKey;
use crate::inventory::{Scope, place};
use crate::panes::PaneId;

/// Where the list was left.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Left {
    scope: Scope,
    pub(super) selected: Option<AccountKey>,
    moved: bool,
    offset: usize,
}

/// Keeps where the list is as soon as the tree has the focus, and leads back once it has it no more.
pub(super) fn follow(state: &mut State) {
    let previews = state.focus == PaneId::Organizations && state.accounts.remote.is_none();
    let pane = &mut state.accounts;
    if previews {
        if pane.left.is_none() {
            let (scope, selected) = (pane.scope.clone(), pane.selected.clone());
            pane.left = Some(Left { scope, selected, moved: pane.moved, offset: pane.offset });
        }
        return;
    }
    // Another scope was chosen: there the list is new.
    let Some(left) = pane.left.take().filter(|left| left.scope == pane.scope) else { return };
    if pane.remote.is_none() {
        pane.selected = left.selected;
        pane.moved = left.moved;
        pane.back_to = Some(left.offset);
    }
}

/// The rows of the fixed scope are on screen, and no others are asked for: the cursor is put where it was.
pub(super) fn arrive(state: &mut State) {
    let pane = &mut state.accounts;
    if pane.back_to.is_none() || pane.found.is_loading() {
        return;
    }
    let at = pane.found.value().and_then(|found| {
        let row = found.snapshot.row(pane.selected.as_ref()?)?;
        place(&found.rows, row)
    });
    if let Some(at) = at {
        pane.select(at);
    }
    if let Some(offset) = pane.back_to.take() {
        pane.offset = offset;
    }
    super::scroll(state);
}
