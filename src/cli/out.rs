//! Data on stdout, words on stderr: formats, tables, closed pipes.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{BufWriter, IsTerminal as _, Stdout, Write as _};

use serde::Serialize;

use crate::domain::{Ambiguous, ambiguous, careful, clip, csv_line, shown, width};

/// Off a terminal a table is not cut; cells are padded to at most this, so that one endless name does not push all
/// others apart.
const PAD: usize = 60;

/// The same for names before their values: paths into what a provider said are long.
const NAME_PAD: usize = 24;

/// What goes to stdout at once.
const BUFFER: usize = 64 * 1024;

/// Between two columns of a table.
const GAP: usize = 2;

/// Standard output.
pub(super) struct Out {
    to: BufWriter<Stdout>,
    /// Whether a terminal reads it: nothing may reach that as it came.
    terminal: bool,
    /// The terminal's columns; `None` off a terminal, and on one that does not know.
    columns: Option<usize>,
    /// How wide the terminal draws what is of ambiguous width.
    ambiguous: Ambiguous,
    /// Whether headings may be bold.
    style: bool,
    /// What one row is made in.
    row: Vec<u8>,
}

/// One column of a table.
pub(super) struct Heading {
    pub(super) title: String,
    /// The most columns of the screen that it takes on a terminal; `None` takes what is left.
    pub(super) most: Option<usize>,
    /// Which columns stay on a narrow terminal: 0 stays longest.
    pub(super) priority: u8,
}

impl Heading {
    pub(super) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), most: None, priority: 0 }
    }

    /// The heading of a column that has no other title than its name in csv.
    pub(super) fn named(name: &str) -> Self {
        Self { title: titled(name), ..Self::new("") }
    }
}

/// A column's name in csv as a heading: `parent_id` is `Parent ID`.
pub(super) fn titled(name: &str) -> String {
    let word = |(nth, word): (usize, &str)| match (word, word.chars().next()) {
        ("id", _) => "ID".to_owned(),
        (word, Some(first)) if nth == 0 => format!("{}{}", first.to_uppercase(), &word[first.len_utf8()..]),
        (word, _) => word.to_owned(),
    };
    name.split('_').enumerate().map(word).collect::<Vec<_>>().join(" ")
}

impl Out {
    pub(super) fn new(no_color: bool, ambiguous: Ambiguous) -> Self {
        let stdout = std::io::stdout();
        let terminal = stdout.is_terminal();
        let size = rustix::termios::tcgetwinsize(&stdout).ok();
        let columns = size.filter(|_| terminal).map(|size| usize::from(size.ws_col));
        Self {
            to: BufWriter::with_capacity(BUFFER, stdout),
            terminal,
            columns: columns.filter(|columns| *columns > 0),
            ambiguous,
            style: terminal && !no_color,
            row: Vec::new(),
        }
    }

    /// The columns of the terminal, where it has one and that is known.
    pub(super) fn columns(&self) -> Option<usize> {
        self.measure();
        self.columns
    }

    /// From now on this thread measures as the terminal draws: commands go from thread to thread.
    fn measure(&self) {
        ambiguous(self.ambiguous);
    }

    /// A line of text for people.
    pub(super) fn line(&mut self, text: &str) -> std::io::Result<()> {
        self.measure();
        writeln!(self.to, "{}", self.columns.map_or(Cow::Borrowed(text), |columns| clip(text, columns)))
    }

    /// A line as it is: nothing is cut, since somebody copies it.
    pub(super) fn whole(&mut self, text: &str) -> std::io::Result<()> {
        writeln!(self.to, "{text}")
    }

    /// A text of several lines, as it is; on a terminal its lines are made safe.
    pub(super) fn text(&mut self, text: &str) -> std::io::Result<()> {
        if !self.terminal {
            return write!(self.to, "{text}");
        }
        text.lines().try_for_each(|line| writeln!(self.to, "{}", shown(line)))
    }

    /// One JSON document, indented.
    pub(super) fn document(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        writeln!(self.to, "{}", careful(&text))
    }

    /// One JSON object on its line.
    pub(super) fn object(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        self.put("", value)?;
        writeln!(self.to)
    }

    fn put(&mut self, before: &str, value: &impl Serialize) -> std::io::Result<()> {
        self.row.clear();
        serde_json::to_writer(&mut self.row, value)?;
        let text = std::str::from_utf8(&self.row).map_err(std::io::Error::other)?;
        self.to.write_all(before.as_bytes())?;
        self.to.write_all(careful(text).as_bytes())
    }

    /// One JSON array of these elements, one a line.
    pub(super) fn array(&mut self, values: impl IntoIterator<Item = impl Serialize>) -> std::io::Result<()> {
        let (mut before, mut after) = ("[\n", "[]");
        for value in values {
            self.put(before, &value)?;
            (before, after) = (",\n", "\n]");
        }
        writeln!(self.to, "{after}")
    }

    /// A piece of text that is made already, as it is.
    pub(super) fn written(&mut self, piece: &str) -> std::io::Result<()> {
        self.to.write_all(piece.as_bytes())
    }

    /// What writes itself piece by piece, safe for a terminal.
    pub(super) fn pieces(
        &mut self,
        write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        write(&mut self.to)
    }

    /// One line of comma-separated cells, quoted where that is needed. A cell that a spreadsheet would take for a formula
    /// has an apostrophe before it.
    pub(super) fn csv<'c>(&mut self, cells: impl IntoIterator<Item = Cow<'c, str>>) -> std::io::Result<()> {
        let is_terminal = self.terminal;
        let safe = |cell: Cow<'c, str>| if is_terminal { Cow::Owned(shown(&cell).into_owned()) } else { cell };
        let line = csv_line(cells.into_iter().map(safe));
        writeln!(self.to, "{line}")
    }

    /// A table. Cells are expected to be safe for a terminal. Off a terminal nothing is cut.
    pub(super) fn table(&mut self, headings: &[Heading], rows: &[Vec<String>]) -> std::io::Result<()> {
        self.measure();
        let widths = widths(headings, rows, self.columns);
        let titles: Vec<&str> = headings.iter().map(|heading| heading.title.as_str()).collect();
        let head = self.row(&titles, &widths);
        if self.style {
            writeln!(self.to, "\u{1b}[1m{head}\u{1b}[0m")?;
        } else {
            writeln!(self.to, "{head}")?;
        }
        for row in rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            let line = self.row(&cells, &widths);
            writeln!(self.to, "{line}")?;
        }
        Ok(())
    }

    fn row(&self, cells: &[&str], widths: &[Option<usize>]) -> String {
        let mut line = String::new();
        for (cell, columns) in cells.iter().zip(widths) {
            let Some(columns) = columns else { continue };
            let cell = if self.columns.is_some() { clip(cell, *columns) } else { Cow::Borrowed(*cell) };
            let pad = columns.saturating_sub(width(&cell)) + GAP;
            let _ = write!(line, "{cell}{:pad$}", "");
        }
        line.truncate(line.trim_end().len());
        line
    }

    /// Names with their values, one a line, values in one column. Nothing is cut: a terminal wraps.
    pub(super) fn pairs(&mut self, pairs: &[(String, String)]) -> std::io::Result<()> {
        self.measure();
        let widest = pairs.iter().map(|(name, _)| width(name)).max().unwrap_or(0).min(NAME_PAD);
        for (name, value) in pairs {
            let pad = widest.saturating_sub(width(name)) + GAP;
            let line = format!("{name}{:pad$}{value}", "");
            writeln!(self.to, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Hands what was written to whoever reads it.
    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// The columns of the screen for each column of the table; `None` for those that have no room.
fn widths(headings: &[Heading], rows: &[Vec<String>], columns: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = headings
        .iter()
        .enumerate()
        .map(|(nth, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(nth));
            let widest = cells.map(|cell| width(cell)).max().unwrap_or(0);
            let widest = widest.max(width(&heading.title));
            let most = columns.map_or(PAD, |columns| heading.most.unwrap_or(columns));
            Some(widest.min(most))
        })
        .collect();
    let Some(columns) = columns else {
        return widths;
    };
    // The flexible column gives way first, but not below a readable rest; then columns go, the least important first.
    loop {
        let taken: usize = widths.iter().flatten().map(|width| width + GAP).sum();
        let over = taken.saturating_sub(columns + GAP);
        if over == 0 {
            return widths;
        }
        let flexible = headings.iter().position(|heading| heading.most.is_none()).and_then(|nth| widths[nth].as_mut());
        if let Some(width) = flexible.filter(|width| **width > 12) {
            *width = width.saturating_sub(over).max(12);
            continue;
        }
        let last =
            (0..headings.len()).filter(|nth| widths[*nth].is_some()).max_by_key(|nth| (headings[*nth].priority, *nth));
        match last.filter(|_| widths.iter().flatten().count() > 1) {
            Some(nth) => widths[nth] = None,
            None => return widths,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_and_does_no_harm() {
        let text = serde_json::to_string("a\u{202e}b\u{9b}c\u{e0041}\u{1b}ü株").unwrap();
        let safe = careful(&text);
        assert_eq!(safe, r#""a\u202eb\u009bc\udb40\udc41\u001bü株""#);
        let back: String = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, "a\u{202e}b\u{9b}c\u{e0041}\u{1b}ü株");
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+49 30", "'+49 30"),
            ("-cmd", "'-cmd"),
            ("\t=x", "'\t=x"),
            ("-5", "-5"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(csv_line([Cow::Borrowed(cell)]), written);
        }
    }

    #[test]
    fn on_a_narrow_terminal_the_least_important_columns_go() {
        let mut headings = ["name", "id", "status"].map(Heading::new);
        headings[1].most = Some(32);
        headings[1].priority = 1;
        headings[2].most = Some(10);
        headings[2].priority = 2;
        let rows = vec![vec!["n".repeat(40), "i".repeat(32), "active".into()]];
        assert_eq!(widths(&headings, &rows, Some(100)), [Some(40), Some(32), Some(6)]);
        assert_eq!(widths(&headings, &rows, Some(60)), [Some(18), Some(32), Some(6)]);
        assert_eq!(widths(&headings, &rows, Some(50)), [Some(12), Some(32), None]);
        assert_eq!(widths(&headings, &rows, Some(20)), [Some(12), None, None]);
        assert_eq!(widths(&headings, &rows, None), [Some(40), Some(32), Some(6)]);
    }
}
