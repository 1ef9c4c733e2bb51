//! The tab History: what syncs observed of the account that is shown.

use super::lines::paragraph;
use super::values::Lines;
use super::{Pane, Tab, Target};
use crate::app::{Effect, RequestId, State};
use crate::domain::{AccountKey, Failure, HistoryEntry, Role, Subject, age_words};
use crate::panes::history;
use crate::view::{Line, wrap};

/// Entries of one account on screen at most.
const MOST: u32 = 500;

/// The account whose history is to be shown now.
fn wanted(pane: &Pane) -> Option<&AccountKey> {
    match &pane.target {
        Some(Target::Of(Subject::Account(key))) if pane.tab == Tab::History => Some(key),
        Some(Target::Of(_) | Target::Connection(_)) | None => None,
    }
}

/// Reads the history of what is shown, if its tab is open and it is not at hand.
pub(super) fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(key) = wanted(&state.detail).cloned() else { return };
    if state.detail.history_of.as_ref() != Some(&key) {
        state.detail.history = crate::app::Remote::default();
    } else if !state.detail.history_is_old {
        return;
    }
    let id = state.request_id();
    state.detail.history_is_old = false;
    state.detail.history_of = Some(key.clone());
    state.detail.history.begin(id);
    effects.push(Effect::ReadHistory { id, account: Some(key), most: MOST });
}

/// There may be more of it now.
pub fn history_is_old(state: &mut State) {
    state.detail.history_is_old = true;
}

/// The history was read: takes it if the detail waits for it, and gives it back if not.
pub fn history_replied(
    state: &mut State,
    id: RequestId,
    result: Result<Vec<HistoryEntry>, Failure>,
) -> Option<Result<Vec<HistoryEntry>, Failure>> {
    if !state.detail.history.awaits(id) {
        return Some(result);
    }
    state.detail.history.settle(id, result);
    None
}

pub(super) fn lines(state: &State, subject: &Subject, columns: usize, lines: &mut Lines) {
    let Subject::Account(key) = subject else {
        return paragraph(lines, columns, Role::Dim, "The history is that of accounts.");
    };
    if state.detail.history_of.as_ref() != Some(key) {
        return;
    }
    if let Some(why) = state.detail.history.failure() {
        paragraph(lines, columns, Role::Bad, &why.to_string());
    }
    let Some(entries) = state.detail.history.value() else { return };
    if entries.is_empty() {
        return paragraph(lines, columns, Role::Dim, "No sync has observed a difference of this account.");
    }
    let entries: Vec<&HistoryEntry> = history::without_echoes(entries.iter());
    let groups = history::groups(&entries);
    for (nth, entry) in entries.iter().enumerate() {
        if let Some((_, first)) = groups.iter().find(|(from, _)| *from == nth) {
            if nth > 0 {
                lines.push(Line::default());
            }
            // Beside what syncs observed moments are usual, so ages take their place when the two are exchanged.
            let age = || age_words(state.now.since(first.at));
            let when = if state.detail.swaps_times { age() } else { format!("{}Z", first.at.minute()) };
            lines.push(Line::of(Role::Dim, when));
        }
        let difference = &entry.observed.difference;
        let role = history::role(difference);
        let words = wrap(&difference.words(), columns.saturating_sub(2).max(8));
        let from = lines.len();
        lines.extend(words.into_iter().take(6).map(|text| Line::of(role, format!("  {text}"))));
        lines.note(from, "", &difference.words());
    }
    if entries.len() >= MOST as usize {
        lines.push(Line::default());
        paragraph(lines, columns, Role::Dim, "Older entries: acctui history --filter and the id.");
    }
}
