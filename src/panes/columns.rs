//! Which columns the list has, in which order and how wide. What is chosen is seen behind it at once, and kept.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::columns::{self as chosen, Choice};
use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, State, centred};
use crate::domain::{ConnectionName, Key, KeyCode, Role, shown, width};
use crate::panes::accounts;
use crate::provider::{Column, ColumnValue};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, scroll_to};

/// By how many columns of the screen a key makes one wider or narrower.
const STEP: u16 = 2;
/// The columns of the modal: the longest title, its id and its width.
const WIDTH: u16 = 62;

/// The choice on screen. Whose columns they are is fixed when it opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    whose: Option<ConnectionName>,
    rows: Vec<Choosable>,
    cursor: usize,
    offset: usize,
}

/// One column that the list may have.
#[derive(Clone, Debug, PartialEq)]
struct Choosable {
    column: Column,
    is_shown: bool,
    width: Option<u16>,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows or hides the column.
    Toggle,
    /// Puts it further left.
    Earlier,
    /// Puts it further right.
    Later,
    /// Makes it wider.
    Wider,
    /// Makes it narrower.
    Narrower,
    /// As wide as there is room.
    Fit,
    /// All columns as if nothing had been chosen.
    Usual,
}

/// The keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char(' '), Key::plain(KeyCode::Enter)], Action::Columns(Act::Toggle), "show / hide")
        .hint(1)
        .when(can_toggle),
    Row::new(&[Key::char('K'), Key::alt(KeyCode::Up)], Action::Columns(Act::Earlier), "further left").hint(3),
    Row::new(&[Key::char('J'), Key::alt(KeyCode::Down)], Action::Columns(Act::Later), "further right").hint(4),
    Row::new(&[Key::char('+'), Key::char('>')], Action::Columns(Act::Wider), "wider").hint(5),
    Row::new(&[Key::char('-'), Key::char('<')], Action::Columns(Act::Narrower), "narrower").hint(6),
    Row::new(&[Key::char('=')], Action::Columns(Act::Fit), "as wide as there is room").hint(8),
    Row::new(&[Key::char('r')], Action::Columns(Act::Usual), "as usual").hint(7).when(is_chosen),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q'), Key::char('C')], Action::Close, "done").hint(2),
    HELP,
];

fn view(state: &State) -> Option<&Columns> {
    if let Some(Modal::Columns(view)) = state.modals.last() { Some(view) } else { None }
}

fn can_toggle(state: &State) -> Avail {
    let under = view(state).and_then(|view| view.rows.get(view.cursor));
    let is_name = under.is_some_and(|row| row.column.value == ColumnValue::Name);
    if is_name { Avail::no("the name is always shown") } else { Avail::Yes }
}

fn is_chosen(state: &State) -> Avail {
    let is_chosen = view(state).is_some_and(|view| chosen::chosen(state, view.whose.as_ref()).is_some());
    if is_chosen { Avail::Yes } else { Avail::no("they are as usual") }
}

/// Opens it for the list on screen.
pub fn open(state: &mut State) {
    let whose = chosen::whose(state);
    let rows = rows(state, whose.as_ref());
    state.open(Modal::Columns(Box::new(Columns { whose, rows, cursor: 0, offset: 0 })));
}

/// Those that are shown in their order, then the others.
fn rows(state: &State, whose: Option<&ConnectionName>) -> Vec<Choosable> {
    let all = chosen::all(state, whose);
    let own = chosen::chosen(state, whose).unwrap_or_default();
    let shown = chosen::columns(state).into_iter().filter_map(|column| {
        let width = own.iter().find(|choice| choice.column == column.id).and_then(|choice| choice.width);
        let column = *all.iter().find(|one| one.id == column.id)?;
        Some(Choosable { column, is_shown: true, width })
    });
    let mut rows: Vec<Choosable> = shown.collect();
    for column in all {
        if !rows.iter().any(|row| row.column.id == column.id) {
            rows.push(Choosable { column, is_shown: false, width: None });
        }
    }
    rows
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    if let Some(Modal::Columns(view)) = state.modals.last_mut() {
        view.cursor = motion.apply(view.cursor, view.rows.len(), page);
        view.offset = scroll_to(view.cursor, view.offset, page, view.rows.len());
    }
}

fn page(state: &State) -> usize {
    usize::from(state.size.height.saturating_sub(4)).max(1)
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let shown_width =
        |state: &State, id: &str| chosen::columns(state).iter().find(|column| column.id == id).map(|column| column.min);
    let Some((whose, under)) = view(state).map(|view| (view.whose.clone(), view.cursor)) else { return };
    if act == Act::Usual {
        chosen::choose(state, whose.clone(), None, effects);
        let rows = rows(state, whose.as_ref());
        if let Some(Modal::Columns(view)) = state.modals.last_mut() {
            view.rows = rows;
        }
        return;
    }
    let id = view(state).and_then(|view| view.rows.get(under)).map(|row| row.column.id);
    let now = id.and_then(|id| shown_width(state, id));
    let Some(Modal::Columns(view)) = state.modals.last_mut() else { return };
    let last = view.rows.len().saturating_sub(1);
    let Some(row) = view.rows.get_mut(under) else { return };
    let from = row.width.or(now).unwrap_or(row.column.min);
    match act {
        Act::Toggle => row.is_shown = !row.is_shown,
        Act::Wider => (row.width, row.is_shown) = (Some(chosen::bounded(from.saturating_add(STEP))), true),
        Act::Narrower => (row.width, row.is_shown) = (Some(chosen::bounded(from.saturating_sub(STEP))), true),
        Act::Fit => row.width = None,
        Act::Earlier if under > 0 => {
            view.rows.swap(under, under - 1);
            view.cursor = under - 1;
        }
        Act::Later if under < last => {
            view.rows.swap(under, under + 1);
            view.cursor = under + 1;
        }
        Act::Earlier | Act::Later | Act::Usual => return,
    }
    let choices = view
        .rows
        .iter()
        .filter(|row| row.is_shown)
        .map(|row| Choice { column: row.column.id.to_owned(), width: row.width });
    let choices = choices.collect();
    let (page, len) = (page(state), last + 1);
    chosen::choose(state, whose, Some(choices), effects);
    if let Some(Modal::Columns(view)) = state.modals.last_mut() {
        view.offset = scroll_to(view.cursor, view.offset, page, len);
    }
}

/// Draws it, where least of the list is hidden.
pub fn draw(state: &State, view: &Columns, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let without_room = accounts::without_room(state);
    let height = u16::try_from(view.rows.len() + 2).unwrap_or(u16::MAX);
    let area = centred(whole, WIDTH, height);
    let of = view.whose.as_ref().map_or_else(|| "all connections".to_owned(), ToString::to_string);
    let title = Line::of(Role::Title, "Columns").and(Role::Dim, format!(" · {of}"));
    let inner = modal_frame(buf, area, &title, theme);
    for (y, (at, row)) in (inner.top()..inner.bottom()).zip(view.rows.iter().enumerate().skip(view.offset)) {
        let is_under = at == view.cursor;
        let over = if is_under { theme.style(Role::Selected) } else { Style::new() };
        if is_under {
            buf.set_style(Rect { y, height: 1, ..inner }, over);
        }
        let role = if row.is_shown { Role::Text } else { Role::Dim };
        let sign = if row.is_shown { "●" } else { "○" };
        let mut line = Line::of(role, format!("{} {sign} {}", if is_under { "▌" } else { " " }, row.column.title));
        line.push(Role::Dim, " ".repeat(24_usize.saturating_sub(width(row.column.title)).max(1)));
        let (role, size) = match row.width {
            _ if row.is_shown && without_room.contains(&row.column.id) => (Role::Warn, "no room".to_owned()),
            Some(width) => (Role::Text, format!("{width} wide")),
            None if row.is_shown => (Role::Dim, "fits".to_owned()),
            None => (Role::Dim, String::new()),
        };
        line.push(role, format!("{size:<10}"));
        line.push(Role::Dim, shown(row.column.id).into_owned());
        put_line(buf, inner.x, y, inner.width, &line, theme, over);
    }
    let below = view.rows.len().saturating_sub(view.offset + usize::from(inner.height));
    frame_more(buf, area, view.offset, below, theme);
}
