//! The pieces of one row of the account list: its sign, its name, what the filter matched in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::slide::Slid;
use crate::app::State;
use crate::domain::{ConnectionName, Moment, Role, age_words};
use crate::inventory::{Found, Row};
use crate::provider::ColumnValue;
use crate::view::{Theme, put};

/// Behind a name that can be taken for another one.
const ALIKE: &str = " ≈";

pub(super) fn columns_of(text: &str) -> u16 {
    u16::try_from(crate::domain::width(text)).unwrap_or(0)
}

/// A connection's own colour behind its name. Without colours it would look like a cursor, and say nothing.
pub(super) fn band(state: &State, connection: &ConnectionName, theme: Theme) -> Style {
    let colour = state.connection(connection).and_then(|setup| setup.colour);
    let band = colour.map(|colour| theme.style(Role::Tint(colour)));
    band.filter(|band| band.bg.is_some()).unwrap_or_default()
}

/// The sign before a row.
pub(super) fn sign_of(is_marked: bool, is_pinned: bool) -> &'static str {
    match (is_marked, is_pinned) {
        (true, false) => "●",
        (false, true) => "★",
        (true, true) => "◆",
        (false, false) => " ",
    }
}

/// A name, and behind it that another one looks the same, and since when it is gone; in the row's style and its dim one.
pub(super) fn draw_name(
    state: &State,
    (found, account): (&Found, &Row<'_>),
    (x, y, width, slid): (u16, u16, u16, usize),
    (style, dim, is_old): (Style, Style, bool),
    buf: &mut Buffer,
    theme: Theme,
) {
    let text = ColumnValue::Name.text(account);
    let nameless = text.is_empty();
    let name = if nameless { "(no name)" } else { &text };
    // The sign that another name looks the same is seen however long the name is.
    let (sign, is_near) = sign_behind(state, found, account);
    let room = width.saturating_sub(columns_of(sign));
    let cell = Slid::of(name, room, slid);
    let mut used = put(buf, x, y, room, &cell.text, if nameless || is_old { dim } else { style });
    // Those of one connection are the dangerous ones.
    let look = if is_near { style.patch(theme.style(Role::Warn)) } else { dim };
    used += put(buf, x + used, y, width - used, sign, look);
    if let Some(since) = account.gone_since() {
        let word = if is_held(state, account, since) { "unseen" } else { "gone" };
        let words = format!("  {word} since {}", age_words(state.now.since(since)));
        put(buf, x + used, y, width - used, &words, style.patch(theme.style(Role::Warn)));
    }
    let matched = if nameless { Vec::new() } else { found.query.filter.matched(&text) };
    highlight(buf, (x, y, room), &cell.text, &cell.matched(matched), theme);
}

/// What stands behind a name that can be taken for another one, and whether that is one of the same connection.
pub(super) fn sign_behind(state: &State, found: &Found, account: &Row<'_>) -> (&'static str, bool) {
    let is_near = found.snapshot.is_alike(account.number());
    let is_alike = is_near || looks_like_another_connections(state, found, account);
    (if is_alike { ALIKE } else { "" }, is_near)
}

/// Whether an account of another connection in view has a name that can be taken for this one.
fn looks_like_another_connections(state: &State, found: &Found, account: &Row<'_>) -> bool {
    found.snapshot.is_alike_elsewhere(account.number()) && state.scope_connections().nth(1).is_some()
}

/// Whether a row that is not listed any more stays in the list until the user says that it is gone.
fn is_held(state: &State, row: &Row<'_>, since: Moment) -> bool {
    let held = state.held.as_deref();
    held.is_some_and(|held| held.iter().any(|(name, at)| name == row.connection() && *at == since))
}

/// Lays the match's style over the characters that the filter matched.
pub(super) fn highlight(
    buf: &mut Buffer,
    (x, y, columns): (u16, u16, u16),
    text: &str,
    matched: &[usize],
    theme: Theme,
) {
    if matched.is_empty() {
        return;
    }
    let mut column = 0;
    let mut matched = matched.iter().peekable();
    for (at, char) in text.chars().enumerate() {
        let wide = crate::domain::width(char.encode_utf8(&mut [0; 4]));
        if matched.peek() == Some(&&at) {
            matched.next();
            // The last column may hold the sign that the text was cut.
            if column + wide > usize::from(columns) {
                return;
            }
            let cell = Rect::new(x + u16::try_from(column).unwrap_or(0), y, u16::try_from(wide).unwrap_or(1), 1);
            buf.set_style(cell.intersection(buf.area), theme.style(Role::Match));
        }
        column += wide;
    }
}
