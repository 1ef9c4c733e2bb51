//! The small menu of what may follow a key, bottom right: it takes no focus, the panes stay in sight beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Line, Theme, modal_frame, put_line, wrap};
use crate::app::{Avail, Follow, State, Waiting};
use crate::domain::{Role, clip, width};

/// The widest it gets. A reason that is longer goes on below.
const COLUMNS: usize = 56;

/// Draws it above the bottom line.
pub fn draw(state: &State, waiting: Waiting, bottom: Rect, buf: &mut Buffer, theme: Theme) {
    let follows: Vec<Follow> =
        waiting.after.follows(state).into_iter().filter(|follow| follow.avail != Avail::Hidden).collect();
    let most = COLUMNS.min(usize::from(bottom.width).saturating_sub(4));
    let lines: Vec<(usize, Line)> = (0..).zip(&follows).flat_map(|(at, follow)| lines(at, follow, most)).collect();
    let widest = lines.iter().map(|(_, line)| line.width()).max().unwrap_or(0).max(width(waiting.after.title()) + 4);
    let columns = widest.min(most);
    let wide = u16::try_from(columns + 4).unwrap_or(bottom.width).min(bottom.width);
    let high = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(bottom.y.saturating_sub(1));
    let area = Rect::new(bottom.right() - wide, bottom.y - high, wide, high);
    let title = Line::of(Role::Title, clip(waiting.after.title(), usize::from(wide.saturating_sub(4))));
    let inner = modal_frame(buf, area, &title, theme);
    let end = waiting.cursor.and_then(|at| lines.iter().rposition(|(of, _)| *of == at)).map_or(0, |last| last + 1);
    let offset = end.saturating_sub(usize::from(inner.height));
    for (y, (at, line)) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        let is_under = waiting.cursor == Some(*at);
        let over = if is_under { theme.style(Role::Selected) } else { Style::new() };
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, over);
    }
}

/// What may follow, and why it does not: behind it where there is room, else below, never cut.
fn lines(at: usize, follow: &Follow, columns: usize) -> Vec<(usize, Line)> {
    let key = follow.key.to_string();
    let reason = match &follow.avail {
        Avail::Yes | Avail::Hidden => {
            return vec![(at, Line::of(Role::Key, key).and(Role::Text, format!("  {}", follow.words)))];
        }
        Avail::No(reason) => reason,
    };
    let line = Line::of(Role::Dim, format!("{key}  {}", follow.words));
    if line.width() + 3 + width(reason) <= columns {
        return vec![(at, line.and(Role::Text, format!(" · {reason}")))];
    }
    let indent = " ".repeat(width(&key) + 4);
    let below = wrap(reason, columns.saturating_sub(indent.len()));
    let below = below.into_iter().map(|text| Line::of(Role::Text, format!("{indent}{text}")));
    std::iter::once(line).chain(below).map(|line| (at, line)).collect()
}
