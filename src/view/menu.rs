//! The small menu of what may follow a key, bottom right: it takes no focus, the panes stay in sight beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Line, Theme, modal_frame, put_line};
use crate::app::{Avail, Follow, State, Waiting};
use crate::domain::{Role, clip, width};

/// The widest it gets.
const COLUMNS: usize = 44;

/// Draws it above the bottom line.
pub fn draw(state: &State, waiting: Waiting, bottom: Rect, buf: &mut Buffer, theme: Theme) {
    let follows: Vec<Follow> =
        waiting.after.follows(state).into_iter().filter(|follow| follow.avail != Avail::Hidden).collect();
    let lines: Vec<Line> = follows.iter().map(line).collect();
    let widest = lines.iter().map(Line::width).max().unwrap_or(0).max(width(waiting.after.title()) + 4);
    let columns = widest.min(COLUMNS).min(usize::from(bottom.width).saturating_sub(4));
    let wide = u16::try_from(columns + 4).unwrap_or(bottom.width).min(bottom.width);
    let high = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(bottom.y.saturating_sub(1));
    let area = Rect::new(bottom.right() - wide, bottom.y - high, wide, high);
    let title = Line::of(Role::Title, clip(waiting.after.title(), usize::from(wide.saturating_sub(4))));
    let inner = modal_frame(buf, area, &title, theme);
    let offset = waiting.cursor.map_or(0, |at| (at + 1).saturating_sub(usize::from(inner.height)));
    for (y, (at, line)) in (inner.y..inner.bottom()).zip(lines.iter().enumerate().skip(offset)) {
        let is_under = waiting.cursor == Some(at);
        let over = if is_under { theme.style(Role::Selected) } else { Style::new() };
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, over);
    }
}

fn line(follow: &Follow) -> Line {
    let key = follow.key.to_string();
    match &follow.avail {
        Avail::Yes | Avail::Hidden => Line::of(Role::Key, key).and(Role::Text, format!("  {}", follow.words)),
        Avail::No(reason) => {
            Line::of(Role::Dim, format!("{key}  {}", follow.words)).and(Role::Text, format!(" · {reason}"))
        }
    }
}
