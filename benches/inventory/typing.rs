//! Typing queries, into the browser and into fzf, with the same eyes: a line of the screen says how many rows match.

use std::time::{Duration, Instant};

use crate::now;
use crate::terminal::Terminal;

/// Whose screen is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `Accounts 12/100,000` in the title; frames end with a mark.
    Browser,
    /// `12/100000` above the query; every write is a frame.
    Fzf,
}

/// How many match, of how many.
pub type Counter = Option<(u64, u64)>;

impl Side {
    /// The counter on the screen.
    pub fn counter(self, terminal: &Terminal) -> Counter {
        match self {
            Self::Browser => terminal.rows().take(4).find_map(|row| {
                let (_, after) = row.split_once("Accounts ")?;
                pair(after.split([' ', '━', '─']).next()?)
            }),
            Self::Fzf => terminal.rows().rev().find_map(|row| row.split_whitespace().find_map(pair)),
        }
    }

    /// Whether the screen shows this text as what was typed.
    fn shows(self, terminal: &Terminal, typed: &str) -> bool {
        let sign = if self == Self::Browser { "/ " } else { "> " };
        let wanted = format!("{sign}{typed}");
        let shown = |row: &str| row.split_once(sign).is_some_and(|_| row.contains(wanted.trim_end()));
        match self {
            Self::Browser => terminal.rows().take(5).any(|row| shown(&row)),
            Self::Fzf => terminal.rows().rev().take(6).any(|row| shown(&row)),
        }
    }
}

/// `12/100,000`.
fn pair(text: &str) -> Counter {
    let (shown, all) = text.split_once('/')?;
    let number = |text: &str| text.replace(',', "").parse::<u64>().ok();
    Some((number(shown)?, number(all)?))
}

/// What was seen after keys.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// Until the first frame that shows what was typed.
    pub frame: Duration,
    /// Until the counter stood.
    pub complete: Duration,
    /// The counter as it stood.
    pub counter: Counter,
}

/// Types, and watches until nothing has come for `quiet`. `typed` is all that then stands in the filter line.
pub fn watch(terminal: &mut Terminal, side: Side, keys: &str, typed: &str, quiet: Duration) -> Result<Watched, String> {
    let before = side.counter(terminal);
    let from = terminal.send(keys);
    watch_from(terminal, side, typed, quiet, (from, before))
}

/// The same after keys that were sent already.
pub fn watch_from(
    terminal: &mut Terminal,
    side: Side,
    typed: &str,
    quiet: Duration,
    (from, mut counter): (Instant, Counter),
) -> Result<Watched, String> {
    let (mut frame, mut changed) = (None, None);
    // Until the text is there nothing is complete; a program that hangs is given up.
    while frame.is_none() {
        let chunks = terminal.gather(Duration::from_secs(60), quiet);
        if chunks.is_empty() {
            break;
        }
        for (at, bytes) in chunks {
            let arrived = terminal.take(at, &bytes);
            let ended = side == Side::Fzf || arrived.frame;
            if frame.is_none() && ended && side.shows(terminal, typed) {
                frame = Some(at);
            }
            let seen = side.counter(terminal);
            if seen.is_some() && seen != counter {
                (counter, changed) = (seen, Some(at));
            }
        }
    }
    let frame = frame.ok_or_else(|| format!("`{typed}` never stood on the screen"))?;
    let since = |at: Instant| at.saturating_duration_since(from);
    let complete = changed.map_or(since(frame), |at| since(at).max(since(frame)));
    Ok(Watched { frame: since(frame), complete, counter })
}

/// Types letter by letter, each after the last one's result stood.
pub fn letters(terminal: &mut Terminal, side: Side, query: &str, quiet: Duration) -> Result<Vec<Watched>, String> {
    let mut seen = Vec::new();
    for (at, letter) in query.char_indices() {
        let typed = &query[..at + letter.len_utf8()];
        seen.push(watch(terminal, side, &letter.to_string(), typed, quiet)?);
    }
    Ok(seen)
}

/// Types letter by letter in the step of a fast typist, whatever is still going on: from each key to the frame that shows
/// it.
pub fn hurried(terminal: &mut Terminal, query: &str, step: Duration) -> Result<Vec<Duration>, String> {
    let mut waits = Vec::new();
    for (at, letter) in query.char_indices() {
        let typed = &query[..at + letter.len_utf8()];
        let from = terminal.send(&letter.to_string());
        let shown = |terminal: &Terminal| Side::Browser.shows(terminal, typed);
        let wait = terminal.until_frame(from, Duration::from_secs(30), shown)?;
        waits.push(wait);
        while let Some(left) = (from + step).checked_duration_since(now()).filter(|left| !left.is_zero()) {
            terminal.pump(left);
        }
    }
    Ok(waits)
}
