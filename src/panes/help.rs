//! The help for where you are: the same rows that dispatch reads, with the reason where one does not apply.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Motion, Row, State, centred, scopes};
use crate::domain::{Key, KeyCode, Role, shown};
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// The widest it gets: a row and the reason why it does not apply read well up to there.
const COLUMNS: u16 = 110;
/// Columns of the keys, with their indent.
const KEYS: usize = 21;

/// The help on screen: the rows as they applied when it was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    items: Vec<Item>,
    offset: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    /// The heading of a group of rows.
    Title(&'static str),
    /// A row: its keys, what it does, and why it does not apply.
    Row(String, &'static str, Option<String>),
}

/// The help's keys.
pub const ROWS: &[Row] = &[Row::new(
    &[Key::plain(KeyCode::Esc), Key::char('q'), Key::char('?'), Key::plain(KeyCode::F(1))],
    Action::Close,
    "close",
)
.hint(1)];

impl Help {
    /// The help for where the user is now.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let mut items = Vec::new();
        for scope in scopes(state) {
            items.push(Item::Title(scope.title));
            for row in scope.rows {
                let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
                let keys = keys.join(" ");
                match row.avail(state) {
                    Avail::Hidden => {}
                    Avail::Yes => items.push(Item::Row(keys, row.words(state), None)),
                    Avail::No(reason) => {
                        items.push(Item::Row(keys, row.words(state), Some(shown(&reason).into_owned())));
                    }
                }
            }
        }
        items.push(Item::Title(""));
        items.push(Item::Row("Ctrl-c".into(), "quit at once", None));
        items.push(Item::Row("Ctrl-z".into(), "suspend", None));
        Self { items, offset: 0 }
    }

    fn lines(&self, columns: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for item in &self.items {
            match item {
                Item::Title(title) => {
                    if !lines.is_empty() {
                        lines.push(Line::default());
                    }
                    if !title.is_empty() {
                        lines.push(Line::of(Role::Title, *title));
                    }
                }
                Item::Row(keys, text, reason) => row_lines(keys, text, reason.as_deref(), columns, &mut lines),
            }
        }
        lines
    }

    /// Scrolls.
    fn scroll_by(&mut self, motion: Motion, lines: usize, page: usize) {
        let last = lines.saturating_sub(page);
        self.offset = motion.apply(self.offset.min(last), last + 1, page);
    }
}

/// One row: what it does beside its keys, and why it does not apply behind that, wrapped below each other.
fn row_lines(keys: &str, text: &str, reason: Option<&str>, columns: usize, lines: &mut Vec<Line>) {
    let keys = format!("  {keys:<18} ");
    let room = columns.saturating_sub(KEYS).max(8);
    let Some(reason) = reason else {
        for (nth, text) in wrap(text, room).into_iter().enumerate() {
            let keys = if nth == 0 { keys.clone() } else { " ".repeat(KEYS) };
            lines.push(Line::of(Role::Key, keys).and(Role::Text, text));
        }
        return;
    };
    let one = Line::of(Role::Dim, format!("{keys}{text}")).and(Role::Warn, format!(" · {reason}"));
    if one.width() <= columns {
        return lines.push(one);
    }
    lines.push(Line::of(Role::Dim, format!("{keys}{text}")));
    let indent = KEYS + 2;
    for text in wrap(reason, columns.saturating_sub(indent).max(8)) {
        lines.push(Line::of(Role::Text, " ".repeat(indent)).and(Role::Warn, text));
    }
}

/// The columns of its lines on a screen.
fn columns(width: u16) -> usize {
    usize::from(width.min(COLUMNS).saturating_sub(4))
}

/// The rows of the help on a screen.
#[must_use]
pub fn page(state: &State) -> usize {
    usize::from(state.size.height.saturating_sub(4))
}

/// Scrolls the help.
pub fn scroll(help: &mut Help, motion: Motion, (width, page): (u16, usize)) {
    let lines = help.lines(columns(width)).len();
    help.scroll_by(motion, lines, page);
}

/// Draws the help.
pub fn draw(help: &Help, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let lines = help.lines(columns(whole.width));
    let widest = lines.iter().map(Line::width).max().unwrap_or(0).max(72);
    let wide = u16::try_from(widest + 4).unwrap_or(u16::MAX).min(COLUMNS);
    let area = centred(whole, wide, u16::try_from(lines.len() + 2).unwrap_or(u16::MAX));
    let inner = modal_frame(buf, area, &Line::of(Role::Title, "Help"), theme);
    let offset = help.offset.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
    let below = lines.len().saturating_sub(offset + usize::from(inner.height));
    if (offset > 0 || below > 0) && area.width > 24 {
        let words = format!(" ↑ {offset}  ↓ {below} ");
        let at = area.right().saturating_sub(u16::try_from(crate::domain::width(&words)).unwrap_or(0) + 2);
        put_line(buf, at, area.bottom() - 1, area.width, &Line::of(Role::Key, words), theme, Style::new());
    }
}
