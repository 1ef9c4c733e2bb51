//! The saved views: what the list shows is saved under a name here, and opened, renamed, put on a number key, deleted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::views::{self, View};
use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, State, centred};
use crate::domain::{Key, KeyCode, Role, clip, shown, width};
use crate::forms::TextField;
use crate::view::{Line, Theme, modal_frame, put, put_line, scroll_to};

/// The longest name, in characters.
const LONGEST: usize = 40;
/// Where the name begins, behind its title.
const INDENT: u16 = 11;
/// Lines above the list.
const HEAD: u16 = 3;

/// The views on screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Views {
    name: TextField,
    /// The view that gets the name that is typed; without one it is what the list shows.
    renames: Option<String>,
    /// 0 is the name, then come the views.
    cursor: usize,
}

/// What keys do here, and in the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens this list.
    List,
    /// Opens the view on a number key.
    Go(char),
    /// Saves under the name, or opens the view under the cursor.
    Enter,
    /// Saves what the list shows over the view under the cursor.
    Replace,
    /// Gives the view under the cursor another name.
    Rename,
    /// Puts it on a number key.
    Number(char),
    /// Takes it away.
    Drop,
    /// Takes the last edit back.
    Undo,
}

const fn go<const N: char>(name: &'static str) -> Row {
    Row::new(const { &[Key::char(N)] }, Action::Views(Act::Go(N)), "open the view on this key")
        .named(name)
        .when(|state| can_go(state, N))
}

const fn number<const N: char>(name: &'static str) -> Row {
    Row::new(const { &[Key::char(N)] }, Action::Views(Act::Number(N)), "put it on this key").named(name).when(is_view)
}

/// The keys in the panes.
pub const PANES: &[Row] = &[
    Row::new(&[Key::char('V')], Action::Views(Act::List), "save this view, or open another").when(can_list),
    go::<'1'>("open-1").hint(9),
    go::<'2'>("open-2"),
    go::<'3'>("open-3"),
    go::<'4'>("open-4"),
    go::<'5'>("open-5"),
    go::<'6'>("open-6"),
    go::<'7'>("open-7"),
    go::<'8'>("open-8"),
    go::<'9'>("open-9"),
];

/// The keys here.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Views(Act::Enter), "save / open").now(enter_words).hint(1),
    Row::new(&[Key::char('s')], Action::Views(Act::Replace), "save this view over it").hint(5).when(is_view),
    Row::new(&[Key::char('r')], Action::Views(Act::Rename), "rename").hint(4).when(is_view),
    Row::new(&[Key::char('d'), Key::plain(KeyCode::Delete)], Action::Views(Act::Drop), "delete").hint(3).when(is_view),
    Row::new(&[Key::char('u'), Key::plain(KeyCode::F(5))], Action::Views(Act::Undo), "take the last edit back")
        .hint(6)
        .when(can_undo),
    number::<'1'>("key-1"),
    number::<'2'>("key-2"),
    number::<'3'>("key-3"),
    number::<'4'>("key-4"),
    number::<'5'>("key-5"),
    number::<'6'>("key-6"),
    number::<'7'>("key-7"),
    number::<'8'>("key-8"),
    number::<'9'>("key-9"),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Close, "close").hint(2),
    HELP,
];

/// The number that a key's character is.
fn digit(char: char) -> u8 {
    char.to_digit(10).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0)
}

fn can_list(state: &State) -> Avail {
    if state.accounts.remote.is_some() {
        return Avail::no("this is the provider's answer to a search: Esc goes back to what can be saved");
    }
    Avail::Yes
}

fn can_go(state: &State, key: char) -> Avail {
    if views::on_key(state, digit(key)).is_some() {
        Avail::Yes
    } else {
        Avail::no("no view is on this key: V saves one")
    }
}

fn view(state: &State) -> Option<&Views> {
    if let Some(Modal::Views(view)) = state.modals.last() { Some(view) } else { None }
}

/// The view under the cursor.
fn under(state: &State) -> Option<String> {
    let at = view(state)?.cursor.checked_sub(1)?;
    views::all(state).nth(at).map(|(name, _)| name.to_owned())
}

fn is_view(state: &State) -> Avail {
    if under(state).is_some() { Avail::Yes } else { Avail::no("choose a view below first") }
}

fn can_undo(state: &State) -> Avail {
    if views::can_undo(state) { Avail::Yes } else { Avail::no("nothing was changed") }
}

fn enter_words(state: &State) -> Option<&'static str> {
    let view = view(state)?;
    Some(match (view.cursor, &view.renames) {
        (0, None) => "save",
        (0, Some(_)) => "rename",
        _ => "open",
    })
}

impl Views {
    /// The name, if the cursor is on it.
    pub fn line(&mut self) -> Option<&mut TextField> {
        if self.cursor == 0 { Some(&mut self.name) } else { None }
    }

    /// Whether the cursor is on the name.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        self.cursor == 0
    }
}

/// Moves between the name and the views; where there is none, to the words that say so: keys mean themselves there.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let count = views::all(state).count().max(1);
    if let Some(Modal::Views(view)) = state.modals.last_mut() {
        view.cursor = motion.apply(view.cursor, count + 1, 8);
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let under = under(state);
    match (act, under) {
        (Act::List, _) => state.open(Modal::Views(Box::default())),
        (Act::Go(key), _) => {
            if let Some(name) = views::on_key(state, digit(key)).map(str::to_owned) {
                views::open(state, &name, effects);
            }
        }
        (Act::Enter, Some(name)) => {
            state.close();
            views::open(state, &name, effects);
        }
        (Act::Enter, None) => named(state, effects),
        (Act::Undo, _) => views::undo(state, effects),
        (Act::Replace, Some(name)) => save(state, &name, effects),
        (Act::Number(key), Some(name)) => {
            views::number(state, &name, digit(key), effects);
            let at = views::all(state).position(|(other, _)| other == name);
            if let (Some(at), Some(Modal::Views(view))) = (at, state.modals.last_mut()) {
                view.cursor = at + 1;
            }
        }
        (Act::Drop, Some(name)) => {
            views::drop(state, &name, effects);
            state.toast(Role::Text, format!("{} is deleted: u brings it back", shown(&name)), effects);
            settle(state);
        }
        (Act::Rename, Some(name)) => {
            if let Some(Modal::Views(view)) = state.modals.last_mut() {
                **view = Views { name: TextField::new(&name), renames: Some(name), cursor: 0 };
            }
        }
        (Act::Replace | Act::Number(_) | Act::Drop | Act::Rename, None) => {}
    }
}

/// The cursor stays on a line that is there, and off the name: the next key is meant for the views.
fn settle(state: &mut State) {
    let count = views::all(state).count().max(1);
    if let Some(Modal::Views(view)) = state.modals.last_mut() {
        view.cursor = view.cursor.clamp(1, count);
    }
}

/// Enter in the name.
fn named(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Views(view)) = state.modals.last() else { return };
    if view.cursor > 0 {
        return state.refuse_key("no view is saved yet: the name is typed above", effects);
    }
    let name: String = view.name.value().trim().chars().filter(|char| !char.is_control()).take(LONGEST).collect();
    if name.is_empty() {
        return state.refuse_key("a view needs a name", effects);
    }
    match view.renames.clone() {
        Some(from) => {
            views::rename(state, &from, &name, effects);
            let at = views::all(state).position(|(other, _)| other == name).unwrap_or(0);
            if let Some(Modal::Views(view)) = state.modals.last_mut() {
                **view = Views { cursor: at + 1, ..Views::default() };
            }
        }
        None => save(state, &name, effects),
    }
}

/// Saves what the list shows, and is done.
fn save(state: &mut State, name: &str, effects: &mut Vec<Effect>) {
    let replaced = views::save(state, name, effects);
    let number = views::all(state).find(|(other, _)| *other == name).and_then(|(_, view)| view.number);
    state.close();
    let key = number.map_or_else(|| "V opens it".to_owned(), |number| format!("{number} opens it"));
    let before = if replaced { "; V, ↓, u brings the earlier one back" } else { "" };
    state.toast(Role::Good, format!("{} is saved: {key}{before}", shown(name)), effects);
}

/// Draws them.
pub fn draw(state: &State, view: &Views, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let count = views::all(state).count();
    let height = u16::try_from(count.max(1)).unwrap_or(u16::MAX).saturating_add(HEAD + 2);
    let area = centred(whole, 76, height);
    let title = Line::of(Role::Title, "Views").and(Role::Dim, " · each is a scope, a filter, an order, columns");
    let inner = modal_frame(buf, area, &title, theme);
    let room = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let focused = view.cursor == 0;
    let label = if view.renames.is_some() { "Rename to" } else { "Save as" };
    let style = theme.style(if focused { Role::Title } else { Role::Dim });
    put(buf, room.x, room.y, INDENT.min(room.width), label, style);
    let place = Rect { x: room.x + INDENT, width: room.width.saturating_sub(INDENT), height: 1, ..room };
    buf.set_style(place.intersection(buf.area), theme.style(Role::Input));
    view.name.draw(buf, (place.x, place.y, place.width), theme, Role::Input, focused);
    let words = view.renames.as_ref().map_or_else(|| View::of(state).words(state), |name| format!("was {name}"));
    let columns = room.width.saturating_sub(INDENT);
    let words = clip(&shown(&words), usize::from(columns)).into_owned();
    if room.height > 1 {
        put_line(buf, room.x + INDENT, room.y + 1, columns, &Line::of(Role::Dim, words), theme, Style::new());
    }
    let list = Rect { y: inner.y + HEAD, height: inner.height.saturating_sub(HEAD), ..inner };
    if count == 0 && list.height > 0 {
        let line = Line::of(Role::Dim, "  No view is saved yet.");
        put_line(buf, list.x, list.y, list.width, &line, theme, Style::new());
    }
    draw_views(state, view.cursor.checked_sub(1), list, buf, theme);
}

fn draw_views(state: &State, cursor: Option<usize>, area: Rect, buf: &mut Buffer, theme: Theme) {
    let all: Vec<(&str, &View)> = views::all(state).collect();
    let longest = all.iter().map(|(name, _)| width(&shown(name))).max().unwrap_or(0).min(24);
    let offset = scroll_to(cursor.unwrap_or(0), 0, usize::from(area.height), all.len());
    for (y, (at, (name, view))) in (area.top()..area.bottom()).zip(all.into_iter().enumerate().skip(offset)) {
        let is_under = cursor == Some(at);
        let over = if is_under { theme.style(Role::Selected) } else { Style::new() };
        if is_under {
            buf.set_style(Rect { y, height: 1, ..area }, over);
        }
        let number = view.number.map_or_else(|| " ".to_owned(), |number| number.to_string());
        let mut line = Line::of(Role::Text, if is_under { "▌ " } else { "  " }).and(Role::Key, number);
        let name = clip(&shown(name), longest).into_owned();
        let gap = longest.saturating_sub(width(&name)) + 2;
        line.push(Role::Text, format!(" {name}{}", " ".repeat(gap)));
        line.push(Role::Dim, shown(&view.words(state)).into_owned());
        put_line(buf, area.x, y, area.width, &line, theme, over);
    }
}
