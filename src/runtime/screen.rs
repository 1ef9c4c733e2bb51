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
}

impl Canvas {
    fn new(size: Size) -> Self {
        let mut bytes = Vec::with_capacity(64 << 10);
        bytes.extend_from_slice(BEGIN);
        Self { bytes, size: area(size), cursor: Cursor::Hidden }
    }

    fn crossterm(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }

    fn is_empty(&self) -> bool {
        self.bytes.len() == BEGIN.len()
    }
}

impl Backend for Canvas {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.crossterm().draw(content)
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
        self.crossterm().clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
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
