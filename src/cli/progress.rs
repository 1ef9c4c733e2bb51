//! A bar on stderr while something takes its time: at a terminal alone, and gone when it is over.

use std::io::{IsTerminal as _, Write as _};

use super::desk::Desk;
use crate::domain::{Moment, clip};
use crate::provider::Clock;

/// Milliseconds between two drawings: nobody reads faster.
const PACE: u64 = 100;
/// Milliseconds in which what is over by then shows no bar at all.
const QUIET: u64 = 300;
/// Cells of the bar.
const WIDE: u64 = 24;

/// How far something is.
pub(super) struct Progress {
    what: String,
    total: Option<u64>,
    clock: Clock,
    began: Moment,
    drawn: Option<Moment>,
    /// Columns of the terminal; `None` where none is looked at.
    columns: Option<usize>,
}

impl Progress {
    /// Begins; `what` is counted.
    pub(super) fn new(desk: &Desk, what: impl Into<String>, total: Option<u64>) -> Self {
        let stderr = std::io::stderr();
        // Over data that comes to the same terminal no bar is drawn.
        let is_shown = stderr.is_terminal() && !std::io::stdout().is_terminal();
        let size = rustix::termios::tcgetwinsize(&stderr).ok().map(|size| usize::from(size.ws_col));
        let columns = is_shown.then(|| size.filter(|columns| *columns > 0).unwrap_or(80));
        let clock = std::sync::Arc::clone(&desk.clock);
        let began = clock();
        Self { what: what.into(), total, clock, began, drawn: None, columns }
    }

    /// The same for what writes its data when it is over: also where that goes to the terminal.
    pub(super) fn before_data(desk: &Desk, what: impl Into<String>, total: Option<u64>) -> Self {
        let mut progress = Self::new(desk, what, total);
        if progress.columns.is_none() && std::io::stderr().is_terminal() {
            let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok().map(|size| usize::from(size.ws_col));
            progress.columns = Some(size.filter(|columns| *columns > 0).unwrap_or(80));
        }
        progress
    }

    /// So many are done.
    pub(super) fn at(&mut self, done: u64) {
        self.show(done, self.total, "");
    }

    /// So many of so many are done, and what else there is to say.
    pub(super) fn show(&mut self, done: u64, total: Option<u64>, more: &str) {
        let Some(columns) = self.columns else { return };
        let now = (self.clock)();
        let wait = self.drawn.map_or(QUIET, |_| PACE);
        if now.since(self.drawn.unwrap_or(self.began)) < wait {
            return;
        }
        self.drawn = Some(now);
        let line = bar(&self.what, done, total, now.since(self.began), more);
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{}", clip(&line, columns.saturating_sub(1)));
        let _ = stderr.flush();
    }

    /// Takes the bar away: what is said next has the line for itself.
    pub(super) fn wipe(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// `accounts [#####-------------------] 12/60, 40/s, 1 s left`
fn bar(what: &str, done: u64, total: Option<u64>, millis: u64, more: &str) -> String {
    let rate = done.saturating_mul(1_000) / millis.max(1);
    let Some(total) = total.filter(|total| *total > 0) else {
        return format!("{what} {done}{more}, {rate}/s");
    };
    let full = done.min(total).saturating_mul(WIDE) / total;
    let cells: String = (0..WIDE).map(|cell| if cell < full { '#' } else { '-' }).collect();
    let left = match total.saturating_sub(done).checked_div(rate) {
        Some(seconds) if seconds > 0 => format!(", {seconds} s left"),
        Some(_) | None => String::new(),
    };
    format!("{what} [{cells}] {done}/{total}{more}, {rate}/s{left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_how_far_how_fast_and_how_long() {
        assert_eq!(
            bar("accounts", 30, Some(60), 1_000, ""),
            "accounts [############------------] 30/60, 30/s, 1 s left"
        );
        assert_eq!(bar("prod", 5, None, 500, ", 1 page"), "prod 5, 1 page, 10/s");
        assert_eq!(bar("prod", 90, Some(60), 1_000, ""), "prod [########################] 90/60, 90/s");
    }
}
