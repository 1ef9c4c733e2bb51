//! The help for where you are: the same rows that dispatch reads, with the reason where one does not apply.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Motion, Row, State, centred, scopes};
use crate::domain::{Key, KeyCode, Role, shown};
use crate::view::{Line, Theme, modal_frame, put_line};

/// The help on screen: the rows as they applied when it was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    lines: Vec<Line>,
    offset: usize,
}

/// The help's keys.
pub const ROWS: &[Row] =
    &[Row::new(&[Key::plain(KeyCode::Esc), Key::char('q'), Key::char('?')], Action::Close, "close").hint(1)];

impl Help {
    /// The help for where the user is now.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let mut lines = Vec::new();
        for scope in scopes(state) {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::of(Role::Title, scope.title));
            for row in scope.rows {
                let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
                let keys = format!("  {:<18} ", keys.join(" "));
                match row.avail(state) {
                    Avail::Hidden => {}
                    Avail::Yes => lines.push(Line::of(Role::Key, keys).and(Role::Text, row.text)),
                    Avail::No(reason) => {
                        lines.push(
                            Line::of(Role::Dim, format!("{keys}{}", row.text))
                                .and(Role::Warn, format!(" · {}", shown(&reason))),
                        );
                    }
                }
            }
        }
        lines.push(Line::default());
        lines.push(Line::of(Role::Key, "  Ctrl-c             ").and(Role::Text, "quit at once"));
        lines.push(Line::of(Role::Key, "  Ctrl-z             ").and(Role::Text, "suspend"));
        Self { lines, offset: 0 }
    }

    /// Scrolls.
    pub fn scroll(&mut self, motion: Motion, page: usize) {
        let last = self.lines.len().saturating_sub(page);
        self.offset = motion.apply(self.offset.min(last), last + 1, page);
    }
}

/// The rows of the help on a screen.
#[must_use]
pub fn page(state: &State) -> usize {
    usize::from(state.size.height.saturating_sub(2))
}

/// Draws the help.
pub fn draw(help: &Help, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = centred(whole, 76, u16::try_from(help.lines.len() + 2).unwrap_or(u16::MAX));
    let title = Line::of(Role::Title, "Help");
    let inner = modal_frame(buf, area, &title, theme);
    for (y, line) in (inner.y..inner.bottom()).zip(help.lines.iter().skip(help.offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
}
