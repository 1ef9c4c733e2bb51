//! Draws the palette.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::{Hit, Palette};
use crate::app::{Size, State, centred};
use crate::domain::{AccountKey, Filter, Role, clip, width};
use crate::panes::accounts::grouped;
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, wrap};

/// The widest it gets: a title, a reason and keys read well up to there.
const COLUMNS: u16 = 96;
/// The highest it gets: what is under it stays in sight on a large screen.
const ROWS: u16 = 26;
/// On a narrower screen less is seen of an id.
const NARROW: u16 = 80;
/// Columns of the kinds: `organization` and a gap.
const KIND: usize = 13;

fn area_of(whole: Rect) -> Rect {
    centred(whole, COLUMNS, ROWS)
}

/// Lines of the list that a screen has room for.
pub(super) fn page(size: Size) -> usize {
    let whole = Rect { x: 0, y: 1, width: size.width, height: size.height.saturating_sub(2) };
    usize::from(area_of(whole).height.saturating_sub(3)).max(1)
}

/// One line of the list in words.
struct Words {
    kind: &'static str,
    title: String,
    /// Why it does not apply.
    reason: Option<String>,
    /// What stands at the right, and its role.
    right: (Role, String),
}

/// Draws the palette.
pub fn draw(state: &State, palette: &Palette, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = area_of(whole);
    let inner = modal_frame(buf, area, &title(palette), theme);
    let room = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if room.height == 0 {
        return;
    }
    put_line(buf, room.x, room.y, room.width, &Line::of(Role::Key, ":"), theme, Style::new());
    palette.line.draw(buf, (room.x + 2, room.y, room.width.saturating_sub(2)), theme, Role::Input, true);
    let list = Rect { y: room.y + 1, height: room.height - 1, ..room };
    if palette.hits.is_empty() {
        let words = if palette.is_behind() { "…" } else { "Nothing matches." };
        put_line(buf, list.x, list.y, list.width, &Line::of(Role::Dim, words), theme, Style::new());
        return;
    }
    let cursor = palette.cursor();
    for (y, (at, hit)) in (list.y..list.bottom()).zip(palette.hits.iter().enumerate().skip(palette.offset)) {
        let row = Rect { y, height: 1, ..list };
        let over = if at == cursor { theme.style(Role::Selected) } else { Style::new() };
        if at == cursor {
            buf.set_style(row, over);
        }
        draw_hit(&words(state, palette, hit), &palette.read, row, buf, theme, over);
    }
    let below = palette.hits.len().saturating_sub(palette.offset + usize::from(list.height));
    frame_more(buf, area, palette.offset, below, theme);
    if let Some(hit) = palette.hits.get(cursor) {
        let row = list.y + u16::try_from(cursor.saturating_sub(palette.offset)).unwrap_or(0);
        draw_reason(&words(state, palette, hit), row, list, buf, theme);
    }
}

/// Why the action under the cursor does not apply, whole, where its row cuts it: in the lowest rows, or in the highest
/// while the cursor is down there.
fn draw_reason(words: &Words, row: u16, list: Rect, buf: &mut Buffer, theme: Theme) {
    let Some(reason) = words.reason.as_deref().filter(|reason| room_for_reason(words, list) < width(reason)) else {
        return;
    };
    let lines = wrap(reason, usize::from(list.width));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(list.height / 2);
    let lowest = list.bottom() - height;
    let place = Rect { y: if row < lowest { lowest } else { list.y }, height, ..list };
    Clear.render(place, buf);
    for (y, text) in (place.y..place.bottom()).zip(lines) {
        put_line(buf, place.x, y, place.width, &Line::of(Role::Warn, text), theme, Style::new());
    }
}

/// The columns behind a title, before what stands at the right.
fn room_for_reason(words: &Words, area: Rect) -> usize {
    let all = usize::from(area.width);
    let right = width(&words.right.1).min(all / 3);
    all.saturating_sub(KIND + right + 1).saturating_sub(width(&words.title) + 3)
}

fn title(palette: &Palette) -> Line {
    let mut line = Line::of(Role::Title, "Palette");
    let Some(error) = palette.read.error() else {
        if let Some((shown, matched)) = palette.accounts.value().map(|(shown, matched)| (shown.len(), *matched))
            && matched > shown
        {
            line.push(Role::Dim, format!(" · the best {} of {} accounts", grouped(shown), grouped(matched)));
        }
        return line;
    };
    if !error.is_unfinished {
        line.push(Role::Warn, format!(" · {error}"));
    }
    line
}

fn words(state: &State, palette: &Palette, hit: &Hit) -> Words {
    match hit {
        Hit::Item(at) => {
            // Hits are places among the items, which stay as they are.
            let item = &palette.items[*at];
            let role = if matches!(item.what, super::What::Action(..)) { Role::Key } else { Role::Dim };
            Words {
                kind: item.what.word(),
                title: item.title.clone(),
                reason: item.reason.clone(),
                right: (role, item.more.clone()),
            }
        }
        Hit::Account(key) => account(state, key),
    }
}

fn account(state: &State, key: &AccountKey) -> Words {
    let name = state.snapshot.find(key).map(|row| crate::domain::shown(row.name()).into_owned());
    let id = crate::domain::shown(key.id.as_str()).into_owned();
    let title = name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
    // Ids stand below each other.
    let names = state.setup.connections.iter().map(|setup| width(setup.name.as_str()));
    let (ids, names) = (if state.size.width < NARROW { 6 } else { 12 }, names.max().unwrap_or(0).min(12));
    let right = format!("{:<ids$}  {:>names$}", clip(&id, ids), key.connection.as_str());
    Words { kind: "account", title, reason: None, right: (Role::Dim, right) }
}

fn draw_hit(words: &Words, filter: &Filter, area: Rect, buf: &mut Buffer, theme: Theme, over: Style) {
    let all = usize::from(area.width);
    // What a title leaves free is the right end's.
    let free = if words.reason.is_none() { all.saturating_sub(KIND + width(&words.title) + 2) } else { 0 };
    let right = clip(&words.right.1, free.max(all / 3)).into_owned();
    let room = all.saturating_sub(KIND + width(&right) + 1);
    let kind = format!("{:<KIND$}", words.kind);
    let title = clip(&words.title, room).into_owned();
    let mut line = Line::of(Role::Dim, kind);
    match &words.reason {
        None => push_matched(&mut line, &title, filter),
        Some(reason) => {
            let left = room.saturating_sub(width(&title) + 3);
            line.push(Role::Dim, title);
            if left > 4 {
                line.push(Role::Text, format!(" · {}", clip(reason, left)));
            }
        }
    }
    let used = line.width();
    line.push(Role::Text, " ".repeat(all.saturating_sub(used + width(&right))));
    line.push(if words.reason.is_some() { Role::Dim } else { words.right.0 }, right);
    put_line(buf, area.x, area.y, area.width, &line, theme, over);
}

/// A title with the characters that matched.
fn push_matched(line: &mut Line, title: &str, filter: &Filter) {
    let matched = if filter.is_empty() { Vec::new() } else { filter.matched(title) };
    let mut piece = String::new();
    let mut is_match = false;
    for (at, char) in title.chars().enumerate() {
        let here = matched.binary_search(&at).is_ok();
        if here != is_match && !piece.is_empty() {
            line.push(if is_match { Role::Match } else { Role::Text }, std::mem::take(&mut piece));
        }
        is_match = here;
        piece.push(char);
    }
    line.push(if is_match { Role::Match } else { Role::Text }, piece);
}
