//! The screen: draws a frame into memory and hands it to the terminal in one write.
//!
//! A frame unbuffered is thousands of small writes (PERFORMANCE: 7,000 for a scroll at 200x60). Synchronized updates
//! (CSI ? 2026) keep a terminal that knows them from showing half of one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size as Area};

use super::guard;
use crate::app::{Size, State};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// What is your background's colour?
const ASK_BACKGROUND: &[u8] = b"\x1b]11;?\x07";

/// The screen.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<Canvas>,
    /// The number of the last frame that was flushed; the keyboard's thread reads it.
    frames: Arc<AtomicU64>,
}

impl Screen {
    /// A screen of this size of which nothing is drawn yet.
    ///
    /// # Errors
    /// None in practice: it asks the terminal nothing.
    pub(super) fn new(size: Size, frames: Arc<AtomicU64>) -> io::Result<Self> {
        // The view alone decides on colours; else crossterm reads NO_COLOR by itself, and then writes its colour
        // changes as `CSI ; m`, which also resets bold and reverse.
        crossterm::style::force_color_output(true);
        Ok(Self { terminal: Terminal::new(Canvas::new(size))?, frames })
    }

    /// The size changed: the next frame is drawn whole.
    pub(super) fn resize(&mut self, size: Size) {
        self.terminal.backend_mut().size = area(size);
    }

    /// Nobody knows what the terminal shows: the next frame is drawn whole.
    ///
    /// # Errors
    /// None in practice.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()?;
        self.terminal.backend_mut().cursor = Cursor::Unknown;
        Ok(())
    }

    /// Asks the terminal for its background with the next frame: what it says comes with the keys, at any time or never.
    pub(super) fn ask_background(&mut self) {
        self.terminal.backend_mut().bytes.extend_from_slice(ASK_BACKGROUND);
    }

    /// Draws a frame and flushes it; its number, from 1.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn draw(&mut self, state: &State) -> io::Result<u64> {
        self.terminal.draw(|frame| crate::view::draw(state, frame))?;
        let bytes = &mut self.terminal.backend_mut().bytes;
        if bytes.len() > BEGIN.len() {
            bytes.extend_from_slice(END);
            guard::write(bytes)?;
            bytes.truncate(BEGIN.len());
        }
        Ok(self.frames.fetch_add(1, Ordering::AcqRel) + 1)
    }
}

fn area(size: Size) -> Area {
    Area::new(size.width, size.height)
}

/// What was last said about the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    Shown(Position),
}

/// A frame being put together. Asks the terminal nothing: its size is told to it, its cursor's place is remembered.
#[derive(Debug)]
struct Canvas {
    /// Begins with [`BEGIN`], always.
    bytes: Vec<u8>,
    size: Area,
    cursor: Cursor,
    /// For each cell, row by row, the column behind the wide character that the terminal shows begin there; else 0.
    wide: Vec<u16>,
}

impl Canvas {
    fn new(size: Size) -> Self {
        let mut bytes = Vec::with_capacity(64 << 10);
        bytes.extend_from_slice(BEGIN);
        let size = area(size);
        Self { bytes, size, cursor: Cursor::Hidden, wide: no_wide(size) }
    }

    fn crossterm(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }

    fn is_empty(&self) -> bool {
        self.bytes.len() == BEGIN.len()
    }

    /// The cell's place in [`Canvas::wide`].
    fn wide(&mut self, x: u16, y: u16) -> Option<&mut u16> {
        let place = usize::from(y) * usize::from(self.size.width) + usize::from(x);
        self.wide.get_mut(place).filter(|_| x < self.size.width)
    }

    /// From now on a wide character begins there that ends before `end`.
    fn begins(&mut self, x: u16, y: u16, end: u16) {
        if let Some(wide) = self.wide(x, y) {
            *wide = end;
        }
    }

    /// Where the wide character ended that began there until now.
    fn written_over(&mut self, x: u16, y: u16) -> Option<u16> {
        self.wide(x, y).map(std::mem::take).filter(|end| *end > 0)
    }

    /// The cells with blanks behind each wide character of which only the first part is written over. The diff leaves the
    /// rest to the terminal, and not all terminals blank it.
    fn with_blanks<'a>(&mut self, content: impl Iterator<Item = (u16, u16, &'a Cell)>) -> Vec<(u16, u16, &'a Cell)> {
        static BLANK: Cell = Cell::EMPTY;
        let mut cells = Vec::new();
        let mut content = content.peekable();
        while let Some((x, y, cell)) = content.next() {
            cells.push((x, y, cell));
            let end = x.saturating_add(width(cell));
            let covered = (x..end).filter_map(|x| self.written_over(x, y)).max().unwrap_or(end);
            if end > x + 1 {
                self.begins(x, y, end);
            }
            for rest in end..covered.min(self.size.width) {
                if content.peek().is_some_and(|&(next, row, _)| (next, row) == (rest, y)) {
                    // What is written there looks after what is left behind it.
                    self.begins(rest, y, covered);
                    break;
                }
                cells.push((rest, y, &BLANK));
            }
        }
        cells
    }
}

/// A terminal of this size that shows no wide character.
fn no_wide(size: Area) -> Vec<u16> {
    vec![0; usize::from(size.width) * usize::from(size.height)]
}

/// How many columns a cell's text takes: as it was measured when it was drawn.
fn width(cell: &Cell) -> u16 {
    if cell.symbol().len() == 1 {
        return 1;
    }
    u16::try_from(crate::domain::width(cell.symbol())).unwrap_or(1).max(1)
}

impl Backend for Canvas {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells = self.with_blanks(content);
        if cells.is_empty() {
            return Ok(());
        }
        // Terminals disagree on how far clusters of several characters move the cursor: behind each, its place is told.
        for run in cells.split_inclusive(|(_, _, cell)| cell.symbol().chars().nth(1).is_some()) {
            self.crossterm().draw(run.iter().copied())?;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor != Cursor::Hidden {
            self.cursor = Cursor::Hidden;
            self.crossterm().hide_cursor()?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !matches!(self.cursor, Cursor::Shown(_)) {
            self.crossterm().show_cursor()?;
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(match self.cursor {
            Cursor::Shown(position) => position,
            Cursor::Unknown | Cursor::Hidden => Position::ORIGIN,
        })
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        // Drawing moved it; without drawing it is where it was.
        if !self.is_empty() || self.cursor != Cursor::Shown(position) {
            self.crossterm().set_cursor_position(position)?;
        }
        self.cursor = Cursor::Shown(position);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        if matches!(region, ClearType::All) {
            self.wide = no_wide(self.size);
        }
        self.crossterm().clear_region(region)
    }

    fn size(&self) -> io::Result<Area> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Area::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Modifier, Style};

    use super::*;

    /// A terminal on a canvas, and one that shows what is written to it.
    struct Bench {
        terminal: Terminal<Canvas>,
        parser: vt100::Parser,
    }

    impl Bench {
        fn new(width: u16, height: u16) -> Self {
            Self {
                terminal: Terminal::new(Canvas::new(Size { width, height })).unwrap(),
                parser: vt100::Parser::new(height, width, 0),
            }
        }

        /// Draws lines; the bytes of the frame.
        fn draw(&mut self, lines: &[&str]) -> Vec<u8> {
            let drawn = self.terminal.draw(|frame| {
                for (y, line) in (0u16..).zip(lines) {
                    frame.buffer_mut().set_string(0, y, line, Style::new());
                }
            });
            drawn.unwrap();
            let bytes = self.terminal.backend_mut().bytes.split_off(BEGIN.len());
            self.parser.process(&bytes);
            bytes
        }
    }

    #[test]
    fn a_frame_without_a_change_writes_nothing() {
        let mut bench = Bench::new(20, 2);
        assert!(!bench.draw(&["accounts"]).is_empty());
        assert_eq!(bench.draw(&["accounts"]), b"");
    }

    #[test]
    fn the_second_half_of_a_wide_character_is_blanked_when_the_first_is_written_over() {
        let mut bench = Bench::new(20, 1);
        bench.draw(&["株式"]);
        let bytes = String::from_utf8(bench.draw(&["a"])).unwrap();
        // Each of the four columns is written: `a` and three blanks.
        assert_eq!(bytes.matches([' ', 'a']).count(), 4, "{bytes:?}");
        assert_eq!(bench.parser.screen().contents().trim_end(), "a");
    }

    #[test]
    fn a_wide_character_that_moves_by_one_column_leaves_nothing_behind() {
        let mut bench = Bench::new(20, 1);
        bench.draw(&[" 株"]);
        let bytes = String::from_utf8(bench.draw(&["株"])).unwrap();
        assert_eq!(bytes.matches(' ').count(), 1, "{bytes:?}");
        bench.draw(&["abcd"]);
        assert_eq!(bench.parser.screen().contents().trim_end(), "abcd");
    }

    /// A terminal that blanks nothing by itself: where half of a wide character is written over, the other half stays.
    struct Blunt {
        width: usize,
        cells: Vec<String>,
    }

    /// What the further columns of a wide character hold.
    const HALF: &str = "half";

    impl Blunt {
        fn new(width: usize, height: usize) -> Self {
            Self { width, cells: vec![" ".to_owned(); width * height] }
        }

        fn process(&mut self, bytes: &[u8]) {
            let text = std::str::from_utf8(bytes).unwrap();
            let mut at = 0;
            for part in text.split('\u{1b}') {
                let words = match part.strip_prefix('[') {
                    Some(sequence) => {
                        let end = sequence.find(|char: char| char.is_ascii_alphabetic()).unwrap();
                        if &sequence[end..=end] == "H" {
                            let (row, column) = sequence[..end].split_once(';').unwrap();
                            let number = |text: &str| text.parse::<usize>().unwrap() - 1;
                            at = number(row) * self.width + number(column);
                        }
                        &sequence[end + 1..]
                    }
                    None => part,
                };
                for cluster in unicode_segmentation::UnicodeSegmentation::graphemes(words, true) {
                    let columns = crate::domain::width(cluster);
                    cluster.clone_into(&mut self.cells[at]);
                    self.cells[at + 1..at + columns].fill(HALF.to_owned());
                    at += columns;
                }
            }
        }
    }

    /// What a terminal shows of a frame.
    fn shown(buffer: &ratatui::buffer::Buffer) -> Vec<String> {
        let mut cells: Vec<String> = Vec::new();
        for cell in &buffer.content {
            let covered = cells.iter().rev().take_while(|cell| *cell == HALF).count();
            let before = cells.len().checked_sub(covered + 1).map_or(1, |at| crate::domain::width(&cells[at]));
            let text = if before > covered + 1 { HALF } else { cell.symbol() };
            cells.push(text.to_owned());
        }
        cells
    }

    proptest::proptest! {
        #[test]
        fn a_modal_that_opens_and_closes_over_wide_characters_leaves_no_half_of_one(
            rows in proptest::collection::vec("[a株é한🏪ｶﾞ⸻ ]{0,24}", 6),
            other in proptest::collection::vec("[a株é한🏪ｶﾞ⸻ ]{0,24}", 6),
            (x, y, wide, high) in (0u16..12, 0u16..4, 3u16..10, 2u16..4),
            reversed in proptest::prelude::any::<bool>(),
        ) {
            let (width, height) = (24, 6);
            let mut terminal = Terminal::new(Canvas::new(Size { width, height })).unwrap();
            let mut blunt = Blunt::new(usize::from(width), usize::from(height));
            let theme = crate::view::Theme::TERMINAL;
            let style = if reversed { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            for (rows, modal) in [(&rows, false), (&rows, true), (&rows, false), (&other, true), (&rows, true), (&other, false)] {
                let drawn = terminal.draw(|frame| {
                    let buf = frame.buffer_mut();
                    for (y, row) in (0u16..).zip(rows) {
                        crate::view::put(buf, 0, y, width, row, style);
                    }
                    if modal {
                        let area = ratatui::layout::Rect::new(x, y, wide, high);
                        crate::view::modal_frame(buf, area, &crate::view::Line::default(), theme);
                    }
                });
                let frame = drawn.unwrap().buffer.clone();
                let bytes = terminal.backend_mut().bytes.split_off(BEGIN.len());
                blunt.process(&bytes);
                proptest::prop_assert_eq!(&blunt.cells, &shown(&frame));
            }
        }
    }

    #[test]
    fn what_was_forgotten_is_drawn_whole() {
        let mut bench = Bench::new(20, 1);
        bench.draw(&["accounts"]);
        bench.terminal.clear().unwrap();
        assert!(String::from_utf8(bench.draw(&["accounts"])).unwrap().contains("accounts"));
    }

    #[test]
    fn a_reversed_row_that_moves_costs_less_than_a_kilobyte() {
        let (width, height) = (200, 60);
        let mut bench = Bench::new(width, height);
        let row = "x".repeat(80);
        let mut frame = |cursor: u16| {
            let drawn = bench.terminal.draw(|frame| {
                for y in 0..height {
                    let style = if y == cursor { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
                    frame.buffer_mut().set_string(0, y, &row, style);
                }
            });
            drawn.unwrap();
            bench.terminal.backend_mut().bytes.split_off(BEGIN.len()).len()
        };
        frame(3);
        assert!(frame(4) < 1_000);
    }
}
