//! The detail on screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::lines::{is_refreshing, lines};
use super::{Tab, cursor, matches, shows_search};
use crate::app::State;
use crate::domain::{Role, behind, clip, width};
use crate::panes::{PaneId, find};
use crate::view::{Line, Theme, bordered, frame_more, put, put_line};

/// Draws the detail.
pub fn draw(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let focused = state.focus == PaneId::Detail && state.modals.is_empty();
    let mut title = Line::of(Role::Title, "Detail");
    if let Some(whom) = super::around::whom(state) {
        // The way back stays in sight, however long the name is.
        let room = usize::from(area.width).saturating_sub("┏ Detail ·  · Esc back ┓".chars().count());
        let whom = clip(&whom, room);
        title = title.and(Role::Text, format!(" · {whom}")).and(Role::Key, " · Esc").and(Role::Dim, " back");
    }
    let inner = bordered(buf, area, &title, theme, focused);
    if inner.height < 3 || inner.width < 4 {
        return;
    }
    draw_tabs(state, Rect { height: 1, ..inner }, buf, theme);
    let mut top = inner.y + 2;
    if shows_search(state) {
        let used = put_line(buf, inner.x, top - 1, inner.width, &Line::of(Role::Key, "/ "), theme, Style::new());
        let found = cursor::found(state).map_or_else(Line::default, |(nth, count)| find::found(nth, count));
        let right = u16::try_from(found.width()).unwrap_or(0).min(inner.width - used);
        put_line(buf, inner.right() - right, top - 1, right, &found, theme, Style::new());
        let field = (inner.x + used, top - 1, (inner.width - used).saturating_sub(right + u16::from(right > 0)));
        state.detail.search.draw(buf, field, theme, Role::Text, state.detail.searching);
        top = inner.y + 3;
    }
    let needle = if state.detail.tab == Tab::Raw { state.detail.search.value().to_lowercase() } else { String::new() };
    let lines = lines(state, usize::from(inner.width.saturating_sub(2)));
    let (columns, page) = (usize::from(inner.width.saturating_sub(2)), usize::from(inner.bottom().saturating_sub(top)));
    let shift = if state.detail.tab == Tab::Raw { shift_in_view(state, &lines, columns, page) } else { 0 };
    let (cursor, on_steps) = (cursor::at(state, lines.len()), cursor::on_steps(state));
    let chosen = lines.around(cursor);
    let is_old = is_refreshing(state);
    // Of mere words that all fit none is chosen.
    let nothing = !on_steps && state.detail.tab != Tab::Raw && lines.are_words() && lines.len() <= page;
    for (y, (at, line)) in (top..inner.bottom()).zip(lines.iter().enumerate().skip(state.detail.offset)) {
        let role = match (chosen.contains(&at) && (focused || on_steps) && !nothing, at == cursor && focused) {
            (true, true) => Some(Role::Selected),
            // The rest of the value that the cursor is on.
            (true, false) => Some(Role::SelectedDim),
            (false, _) => None,
        };
        let over = match role {
            Some(role) => theme.style(role),
            None if !needle.is_empty() && matches(line, &needle) => theme.style(Role::Match),
            None if is_old => theme.style(Role::Dim),
            None => Style::new(),
        };
        if role.is_some_and(|role| theme.is_band(role)) {
            buf.set_style(Rect { y, height: 1, ..inner }, over);
        }
        if shift > 0 {
            put_line(buf, inner.x + 1, y, inner.width - 1, &shifted(line, shift), theme, over);
        } else {
            put_line(buf, inner.x + 1, y, inner.width - 1, line, theme, over);
        }
    }
    let above = state.detail.offset.min(lines.len());
    frame_more(buf, area, above, lines.len().saturating_sub(above + page), theme);
}

/// How far Raw is shifted on screen: no further than the longest of the lines goes that are seen, so that a page is never
/// blank.
pub(super) fn shift_in_view(state: &State, lines: &[Line], columns: usize, page: usize) -> usize {
    let seen = lines.iter().skip(state.detail.offset).take(page);
    let widest = seen.map(Line::width).max().unwrap_or(0);
    state.detail.shift.min(widest.saturating_sub(columns))
}

/// A line from a column on, with a sign that something stands before it.
fn shifted(line: &Line, columns: usize) -> Line {
    let mut left = columns;
    let mut rest = Line::default();
    for (role, text) in &line.0 {
        let kept = behind(text, left);
        left = left.saturating_sub(width(text));
        if !kept.is_empty() {
            if rest.0.is_empty() {
                rest.push(Role::Dim, "…");
            }
            rest.push(*role, kept);
        }
    }
    rest
}

pub(super) fn columns_of(tab: Tab) -> u16 {
    u16::try_from(tab.title().len()).unwrap_or(0)
}

/// Columns between two tabs' titles: two, or one where they would not all be seen.
pub(super) fn gap(width: u16) -> u16 {
    let titles: u16 = Tab::ALL.into_iter().map(columns_of).sum();
    if titles + 2 * 4 < width { 2 } else { 1 }
}

fn draw_tabs(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut x = area.x + 1;
    for tab in Tab::ALL {
        let open = tab == state.detail.tab;
        let style =
            if open { theme.style(Role::Title).patch(theme.style(Role::Input)) } else { theme.style(Role::Dim) };
        x += put(buf, x, area.y, area.right().saturating_sub(x), tab.title(), style) + gap(area.width);
    }
}
