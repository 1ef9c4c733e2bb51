//! What of a plan has been on the screen. What confirms it acts on what was seen, so nothing is sent before the target,
//! every warning and every field was there.
//!
//! However many changes there are, that is all of it: Enter leads from page to page, and may be held down. The exact requests
//! are looked at by who wants to.

use super::draw::{Laid, keep, lay};
use super::{Phase, PlanView};
use crate::app::{Modal, State};

/// How many of the lines that must be seen were on the screen, from the first without a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// What these lines were: after a resize, or with news, they are others.
    print: u64,
    lines: usize,
}

impl Seen {
    /// The lines that count, if they still are what they were.
    fn lines(self, print: u64) -> usize {
        if self.print == print { self.lines } else { 0 }
    }

    /// How many lines must still be seen.
    pub(super) fn unread(self, laid: &Laid) -> usize {
        laid.sheet.needed(usize::MAX).saturating_sub(self.lines(laid.sheet.print()))
    }

    /// The line of the body that must be seen next.
    pub(super) fn next(self, laid: &Laid) -> Option<usize> {
        laid.sheet.next(self.lines(laid.sheet.print()))
    }

    /// The same after a frame: what that shows counts as seen by who reads it, for a key once it was painted.
    pub(super) fn after(self, laid: &Laid) -> Self {
        let print = laid.sheet.print();
        let before = self.lines(print);
        let (from, to) = (laid.sheet.needed(laid.offset), laid.sheet.needed(laid.offset + laid.page));
        let lines = if from <= before { before.max(to) } else { before };
        Self { print, lines }
    }
}

/// The plan on top while it can be confirmed.
fn asked(state: &State) -> Option<&PlanView> {
    match state.modals.last() {
        Some(Modal::Plan(view)) => match &view.phase {
            Phase::Ready(_) | Phase::Typing(..) => Some(view),
            Phase::Reading(_) | Phase::Sending { .. } | Phase::Over { .. } | Phase::Failed(_) => None,
        },
        _ => None,
    }
}

/// After each event: the lines are made what they are now; those that come on the screen for the first time are to be seen before a key may confirm.
pub fn follow(state: &mut State) {
    keep(state);
    let is_new = asked(state).is_some_and(|view| view.seen.after(&lay(state, view)) != view.seen);
    if is_new {
        state.unsee();
    }
}

/// A frame was on the screen.
pub fn painted(state: &mut State) {
    let Some(seen) = asked(state).map(|view| view.seen.after(&lay(state, view))) else {
        return;
    };
    if let Some(Modal::Plan(view)) = state.modals.last_mut() {
        view.seen = seen;
    }
}
