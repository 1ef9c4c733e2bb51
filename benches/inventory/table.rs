//! The table that comes out.

use std::fmt::Write as _;
use std::time::Duration;

/// One line.
pub struct Line {
    what: String,
    budget: String,
    measured: String,
    verdict: &'static str,
}

/// The lines so far.
#[derive(Default)]
pub struct Table {
    lines: Vec<Line>,
}

impl Table {
    /// What was measured, and whether that is within the budget.
    pub fn measured(&mut self, what: &str, budget: String, measured: String, is_within: bool) {
        let verdict = if is_within { "ok" } else { "**MISS**" };
        self.lines.push(Line { what: what.to_owned(), budget, measured, verdict });
    }

    /// A duration against a budget in milliseconds.
    pub fn time(&mut self, what: &str, budget: f64, measured: Duration, more: &str) {
        let is_within = measured.as_secs_f64() * 1_000.0 <= budget;
        let more = if more.is_empty() { String::new() } else { format!(" {more}") };
        self.measured(what, format!("≤ {}", shown(budget / 1_000.0)), format!("{}{more}", time(measured)), is_within);
    }

    /// What is told without a budget.
    pub fn told(&mut self, what: &str, measured: String) {
        self.lines.push(Line { what: what.to_owned(), budget: String::new(), measured, verdict: "" });
    }

    /// What could not be measured.
    pub fn unsupported(&mut self, what: &str, budget: &str, why: &str) {
        let why = why.lines().next().unwrap_or("").to_owned();
        let verdict = if budget.is_empty() { "" } else { "**MISS**" };
        let measured = format!("not measured: {why}");
        self.lines.push(Line { what: what.to_owned(), budget: budget.to_owned(), measured, verdict });
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| | budget | measured | |\n|---|---|---|---|\n");
        for line in &self.lines {
            let Line { what, budget, measured, verdict } = line;
            // A text never fails to grow.
            let _ = writeln!(text, "| {what} | {budget} | {} | {verdict} |", measured.replace('|', "\\|"));
        }
        text
    }
}

/// Seconds in words.
fn shown(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1_000.0) } else { format!("{seconds:.1} s") }
}

/// A duration in words.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.1 { format!("{:.1} ms", seconds * 1_000.0) } else { shown(seconds) }
}

/// The value below which so many of a thousand are; the largest for 1,000. Zero of nothing.
pub fn quantile<T: Copy + Ord + Default>(values: &[T], per_mille: usize) -> T {
    let mut values = values.to_vec();
    values.sort_unstable();
    let at = (values.len() * per_mille).div_ceil(1_000).max(1) - 1;
    values.get(at).copied().unwrap_or_default()
}

/// The middle one.
pub fn median<T: Copy + Ord + Default>(values: &[T]) -> T {
    quantile(values, 500)
}

/// Bytes in words.
pub fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / 1_000_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
