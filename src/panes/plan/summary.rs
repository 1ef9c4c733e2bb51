//! What became of many changes, in lines: the counts, then each, what failed first.

use super::outcome::{self, Fate};
use super::sheet::{indented, say, who};
use crate::app::State;
use crate::domain::{Applied, Plan, Role};
use crate::panes::accounts;
use crate::view::Line;

/// What became of many changes: the counts, then each, what failed first.
pub(super) fn over(state: &State, plan: &Plan, results: &[Applied], columns: usize) -> Vec<Line> {
    let fates: Vec<Fate> = plan.changes.iter().zip(results).map(|(planned, it)| Fate::of(planned, it)).collect();
    let mut lines = Vec::new();
    let mut line = Line::default();
    for (fate, count) in Fate::counted(&fates) {
        let apart = if line.0.is_empty() { "" } else { " · " };
        line.push(fate.role(), format!("{apart}{} {}", accounts::grouped(count), fate.word()));
    }
    lines.push(line);
    if fates.contains(&Fate::Unknown) {
        let words = "Of the unknown ones nobody knows whether they were done: they are in the journal, and are not sent \
                     again by themselves.";
        say(Role::Warn, words, columns, &mut lines);
    }
    for fate in Fate::ALL {
        let own = plan.changes.iter().zip(results).zip(&fates).filter(|(_, other)| **other == fate);
        for (nth, ((planned, applied), _)) in own.enumerate() {
            if nth == 0 {
                lines.push(Line::default());
                lines.push(Line::of(fate.role(), capitalised(fate.word())));
            }
            who(planned, (fate.role(), fate.sign()), (plan.parts.len() > 1, false), (columns, None), &mut lines);
            if let Some(reason) = outcome::reason(state, planned, applied) {
                indented(Role::Text, &reason, columns, &mut lines);
            }
        }
    }
    lines
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
