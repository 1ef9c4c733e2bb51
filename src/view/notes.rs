//! What stands between the panes and the bottom line: a message that has no room beside the hints, or the line of the
//! first run. The panes give way to it, so that it lies over nothing; only the lowest screens have no row to give.

use super::{Line, wrap};
use crate::app::{Action, Global, State, Toast, scopes};
use crate::domain::{Role, shown, width};

/// The most lines of a message: two sentences and a hint at 60 columns.
pub(super) const MOST_LINES: usize = 6;

/// Columns of hints that a message beside them leaves in the panes, which have many: the five or six that matter most.
const HINTS: usize = 60;

/// Below this the panes keep their rows, and a message lies over the lowest of them.
const LEAST_HEIGHT: u16 = 12;

/// From so many columns on the line of the first run says whom it is for.
const WORDY: usize = 60;

/// What is said while no modal is open.
#[derive(Default)]
pub(super) struct Notes {
    /// A line each, above the bottom line.
    pub above: Vec<Line>,
    /// At the right of the bottom line, beside the hints.
    pub beside: Option<Line>,
}

/// How many rows the panes give way by. While a modal is open its message has what the modal leaves.
pub(crate) fn rows_above(state: &State) -> u16 {
    if !state.modals.is_empty() || state.size.height < LEAST_HEIGHT {
        0
    } else if state.toasts.is_empty() {
        u16::from(state.introduces())
    } else {
        u16::try_from(notes(state).above.len()).unwrap_or(0)
    }
}

pub(super) fn notes(state: &State) -> Notes {
    let columns = state.size.width;
    let introduces = state.introduces() && state.size.height >= LEAST_HEIGHT;
    let first_run = || if introduces { vec![introduction(state)] } else { Vec::new() };
    let Some((toast, more)) = state.shown_toast() else { return Notes { above: first_run(), beside: None } };
    let words = words(toast, more, true);
    if is_beside(&words, columns) {
        return Notes { above: first_run(), beside: Some(Line::of(toast.role, words)) };
    }
    let lines = laid(&words, columns, most(state.size.height));
    Notes { above: lines.into_iter().map(|line| Line::of(toast.role, line)).collect(), beside: None }
}

/// The most lines of a message on a screen of so many rows.
fn most(height: u16) -> usize {
    MOST_LINES.min(usize::from(if height < LEAST_HEIGHT { height.saturating_sub(3) } else { height / 3 }))
}

/// A message with how many came before it, a line each where there is room for that.
pub(super) fn words(toast: &Toast, more: usize, has_room: bool) -> String {
    let more = match more {
        0 => String::new(),
        1 => " (and 1 earlier message)".to_owned(),
        more => format!(" (and {more} earlier messages)"),
    };
    let lines: Vec<_> = toast.text.lines().map(shown).collect();
    format!("{}{more}", lines.join(if has_room { "\n" } else { " · " }))
}

/// Whether a message stands beside the hints of the panes. Not asked of the hints themselves: those ask where panes are.
fn is_beside(words: &str, columns: u16) -> bool {
    let columns = usize::from(columns);
    !words.contains('\n') && width(words) + HINTS.min(columns * 2 / 3) + 2 <= columns
}

/// A message in as many lines as it takes and as there may be. What does not fit is cut in the last one, and seen to be.
pub(super) fn laid(words: &str, columns: u16, most: usize) -> Vec<String> {
    let columns = usize::from(columns.saturating_sub(2));
    let mut lines: Vec<String> = words.lines().flat_map(|line| wrap(line, columns)).collect();
    if lines.len() > most.max(1) {
        let rest = lines.split_off(most.max(1) - 1).join(" ");
        lines.push(rest);
    }
    lines
}

/// The first few keys: whole ones, as many as fit.
fn introduction(state: &State) -> Line {
    let first =
        [(Global::Help, "help"), (Global::Filter, "filter"), (Global::Palette, "commands"), (Global::Quit, "quit")];
    let hides = Line::of(Role::Key, "Esc").and(Role::Text, " hides this");
    let room = usize::from(state.size.width.saturating_sub(2)).saturating_sub(hides.width());
    let scopes = scopes(state);
    let mut line = if room >= WORDY { Line::of(Role::Title, "New here?  ") } else { Line::default() };
    for (global, words) in first {
        let mut rows = scopes.iter().flat_map(|scope| state.setup.keys.rows(scope));
        let found = rows.find(|(row, keys)| row.action == Action::Global(global) && !keys.is_empty());
        if let Some((_, keys)) = found {
            let next =
                Line::of(Role::Key, keys[0].to_string()).and(Role::Text, format!(" {words}")).and(Role::Dim, " · ");
            if line.width() + next.width() <= room {
                line = line.and_all(next);
            }
        }
    }
    line.and_all(hides)
}
