//! One value of the detail, whole: wrapped, scrollable, to be copied, and where it is an address or a number, opened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, State, as_wide, centred};
use crate::domain::{Key, KeyCode, Role, clip, shown};
use crate::panes::detail::{self, Value};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, wrap};

/// The widest it gets: sentences read well up to there.
const COLUMNS: u16 = 92;

/// A value on screen. It stays what it was when it was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueView {
    value: Value,
    offset: usize,
}

impl ValueView {
    /// What is shown.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Its lines as the provider broke them, each wrapped.
    fn lines(&self, columns: usize) -> Vec<String> {
        self.value.text.lines().flat_map(|line| wrap(&shown(line), columns)).collect()
    }
}

/// Its keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Esc), Key::plain(KeyCode::Enter), Key::char('q')], Action::Close, "close").hint(1),
    Row::new(&[Key::char('y')], Action::Detail(detail::Act::CopyValue), "copy it").named("copy").hint(2),
    Row::new(&[Key::char('o')], Action::Detail(detail::Act::OpenContact), "write to it, or call it")
        .named("open")
        .hint(3)
        .when(leads_somewhere),
    HELP,
];

fn leads_somewhere(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Value(view)) if view.value.contact().is_some() => Avail::Yes,
        _ => Avail::Hidden,
    }
}

/// Shows a value.
pub(super) fn open(state: &mut State, value: Value) {
    state.open(Modal::Value(Box::new(ValueView { value, offset: 0 })));
}

/// Opens the desktop's program for an address or a number.
pub(super) fn open_contact(value: &Value, effects: &mut Vec<Effect>) {
    if let Some(address) = value.address() {
        effects.push(Effect::Open(address));
    }
}

/// The room for it on a screen of this size.
fn room(state: &State) -> Rect {
    Rect::new(0, 1, state.size.width, state.size.height.saturating_sub(2))
}

fn columns(room: Rect) -> usize {
    usize::from(as_wide(room.width, COLUMNS).saturating_sub(4)).max(1)
}

/// Scrolls.
pub fn scroll(state: &mut State, motion: Motion) {
    let room = room(state);
    if let Some(Modal::Value(view)) = state.modals.last_mut() {
        let page = usize::from(room.height.saturating_sub(2)).max(1);
        let last = view.lines(columns(room)).len().saturating_sub(page);
        view.offset = motion.apply(view.offset, last + 1, page);
    }
}

/// Draws it.
pub fn draw(view: &ValueView, room: Rect, buf: &mut Buffer, theme: Theme) {
    let lines = view.lines(columns(room));
    let area = centred(room, COLUMNS, u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).max(3));
    let mut title = Line::of(Role::Title, "Value");
    let label = view.value.label.trim();
    if !label.is_empty() {
        title.push(Role::Dim, format!(" · {}", clip(label, 40)));
    }
    if let Some(contact) = view.value.contact() {
        title.push(Role::Key, format!(" · {}", contact.word()));
    }
    let inner = modal_frame(buf, area, &title, theme);
    let offset = view.offset.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        let line = Line::of(Role::Text, line.as_str());
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), &line, theme, Style::new());
    }
    let below = lines.len().saturating_sub(offset + usize::from(inner.height));
    frame_more(buf, area, offset, below, theme);
}
