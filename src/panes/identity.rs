//! Who holds a connection that answers as somebody else than its rows belong to.
//!
//! The two identities are frozen when the question is asked: what is answered is what was read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, HELP, Modal, Row, State, as_wide, centred, rule};
use crate::domain::{ConnectionName, Identity, Key, KeyCode, Role};
use crate::inventory::Holder;
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// The question on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityView {
    connection: ConnectionName,
    known: Identity,
    now: Identity,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The one that answers now holds the connection.
    New,
    /// The one that the rows belong to holds it.
    Known,
}

/// The question's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char('n')], Action::Identity(Act::New), "the new one holds: list anew")
        .hint(1)
        .confirms()
        .when(still_so),
    Row::new(&[Key::char('o')], Action::Identity(Act::Known), "the old one holds: show its rows")
        .hint(2)
        .confirms()
        .when(still_so),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Close, "decide later").hint(3),
    HELP,
];

/// What was asked is still the question.
fn still_so(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Identity(view)) if !view.is_current(state) => {
            Avail::no("the connection answers otherwise by now: close this and look again")
        }
        _ => Avail::Yes,
    }
}

impl IdentityView {
    /// The question for a connection, if it is contested.
    #[must_use]
    pub fn of(state: &State, connection: &ConnectionName) -> Option<Self> {
        let view = state.snapshot.connection(connection)?;
        Some(Self {
            connection: connection.clone(),
            known: view.identity.as_ref()?.value.clone(),
            now: view.contest.as_ref()?.now.value.clone(),
        })
    }

    fn is_current(&self, state: &State) -> bool {
        Self::of(state, &self.connection)
            .is_some_and(|asked| asked.known.is_same(&self.known) && asked.now.is_same(&self.now))
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(Modal::Identity(view)) = state.close() else {
        return;
    };
    let holder = match act {
        Act::New => Holder::New,
        Act::Known => Holder::Known,
    };
    rule(state, view.connection, holder, view.now, effects);
}

/// Draws the question.
pub fn draw(state: &State, view: &IdentityView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let columns = usize::from(as_wide(whole.width, 72).saturating_sub(4));
    let lines = lines(state, view, columns);
    let area = centred(whole, 72, u16::try_from(lines.len() + 2).unwrap_or(u16::MAX));
    let title = Line::of(Role::Title, format!("Who holds {}?", view.connection));
    let inner = modal_frame(buf, area, &title, theme);
    for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
}

fn lines(state: &State, view: &IdentityView, columns: usize) -> Vec<Line> {
    let (known, now) = (view.known.beside(&view.now), view.now.beside(&view.known));
    let mut lines = Vec::new();
    let mut say = |role: Role, indent: &str, text: &str| {
        let room = columns.saturating_sub(indent.len());
        lines.extend(wrap(text, room).into_iter().map(|text| Line::of(role, format!("{indent}{text}"))));
    };
    if !view.is_current(state) {
        say(Role::Warn, "", "It answers otherwise by now: close this and look again.");
    }
    say(Role::Bad, "", &format!("It answers as {now}, before as {known}."));
    say(Role::Text, "", "");
    say(Role::Key, "", &format!("n  {now} holds it"));
    let new = format!("What {known} saw is dropped, with its marks, and the connection is listed anew.");
    say(Role::Text, "   ", &new);
    say(Role::Key, "", &format!("o  {known} holds it"));
    let old = format!(
        "Its rows come back. Nothing is asked or sent until {known} answers again: put that credential back, then \
         press r."
    );
    say(Role::Text, "   ", &old);
    lines
}
