//! Where something is to be made, if it could be made in several places: a small choice before the form.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Effect, HELP, Modal, Motion, Row, State, centred};
use crate::domain::{FormSpec, Key, KeyCode, Role, Subject};
use crate::view::{Line, Theme, modal_frame, put_line, scroll_to};

/// One form that could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The form.
    pub form: &'static FormSpec,
    /// Where.
    pub subject: Subject,
}

/// The choice on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    spots: Vec<Spot>,
    cursor: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens the form.
    Choose,
}

/// The keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Place(Act::Choose), "open the form").hint(1),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Close, "close").hint(2),
    HELP,
];

impl Place {
    /// The cursor on the first one.
    #[must_use]
    pub fn new(spots: Vec<Spot>) -> Self {
        Self { spots, cursor: 0 }
    }

    /// Moves the cursor.
    pub fn move_cursor(&mut self, motion: Motion) {
        self.cursor = motion.apply(self.cursor, self.spots.len(), 10);
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Choose => {
            if let Some(Modal::Place(place)) = state.close()
                && let Some(spot) = place.spots.into_iter().nth(place.cursor)
            {
                super::begin(state, spot.form, &spot.subject, effects);
            }
        }
    }
}

/// Draws the choice.
pub fn draw(state: &State, place: &Place, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = centred(whole, 64, u16::try_from(place.spots.len() + 2).unwrap_or(u16::MAX).max(4));
    let is_one = place.spots.iter().all(|spot| Some(&spot.subject) == place.spots.first().map(|first| &first.subject));
    let title = if is_one { "Edit which part?" } else { "Where?" };
    let inner = modal_frame(buf, area, &Line::of(Role::Title, title), theme);
    let page = usize::from(inner.height);
    let offset = scroll_to(place.cursor, 0, page, place.spots.len());
    for (y, (at, spot)) in (inner.y..inner.bottom()).zip(place.spots.iter().enumerate().skip(offset)) {
        let over = if at == place.cursor { theme.style(Role::Selected) } else { Style::new() };
        if at == place.cursor {
            buf.set_style(Rect { y, height: 1, ..inner }, over);
        }
        let connection = spot.subject.connection();
        let service = state.connection(connection).map_or("", |setup| setup.spec.title);
        let line = Line::of(Role::Title, format!("{:<18} ", connection.to_string()))
            .and(Role::Text, format!("{:<24} ", spot.form.title))
            .and(Role::Dim, service);
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), &line, theme, over);
    }
}
