//! The connections: who each is, how it is protected, how its listing stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, ConnectionSetup, Effect, Modal, Motion, Row, State, centred, sync, unsettled_words};
use crate::domain::{Key, KeyCode, Protection, Role, shown};
use crate::inventory::{ConnectionView, Scope, SyncState};
use crate::panes::PaneId;
use crate::panes::identity::IdentityView;
use crate::view::{Line, Theme, modal_frame, put_line, scroll_to};

/// The connections on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    cursor: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows this connection's accounts.
    Choose,
    /// Asks the user who holds it.
    Holder,
    /// Asks it again who it is.
    Ask,
}

/// The keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Connections(Act::Choose), "show its accounts")
        .hint(1)
        .when(can_choose),
    Row::new(&[Key::char('w')], Action::Connections(Act::Holder), "say who holds it").hint(1).when(is_contested),
    Row::new(&[Key::char('r')], Action::Connections(Act::Ask), "ask again who it is").hint(2).when(is_contested),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q'), Key::plain(KeyCode::F(2))], Action::Close, "close").hint(2),
];

/// The connection under the cursor.
fn under(state: &State) -> Option<&ConnectionSetup> {
    let Some(Modal::Connections(view)) = state.modals.last() else { return None };
    state.setup.connections.get(view.cursor)
}

fn can_choose(state: &State) -> Avail {
    match under(state) {
        None => Avail::no("no connection is configured"),
        Some(setup) if state.snapshot.connection(&setup.name).is_some_and(ConnectionView::is_hidden) => {
            Avail::no("its rows are hidden until you say who holds it: w")
        }
        Some(_) => Avail::Yes,
    }
}

fn is_contested(state: &State) -> Avail {
    match under(state) {
        Some(setup) if state.contested(&setup.name).is_some() => Avail::Yes,
        Some(_) | None => Avail::Hidden,
    }
}

impl Connections {
    /// Moves the cursor.
    pub fn move_cursor(&mut self, motion: Motion, len: usize) {
        self.cursor = motion.apply(self.cursor, len, 10);
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, connections: Connections, effects: &mut Vec<Effect>) {
    let Some(setup) = state.setup.connections.get(connections.cursor) else {
        return;
    };
    let name = setup.name.clone();
    match act {
        Act::Choose => {
            state.close();
            state.accounts.set_scope(Scope::Connection(name));
            state.focus = PaneId::Accounts;
        }
        Act::Holder => {
            if let Some(question) = IdentityView::of(state, &name) {
                state.open(Modal::Identity(Box::new(question)));
            }
        }
        Act::Ask => sync(state, name, effects),
    }
}

/// The role in which a protection level is shown, with its word.
#[must_use]
pub fn protection_role(protection: Protection) -> Role {
    match protection {
        Protection::Open => Role::Bad,
        Protection::Confirm => Role::Key,
        Protection::Typed => Role::Warn,
        Protection::ReadOnly => Role::Good,
    }
}

/// Draws the connections.
pub fn draw(state: &State, connections: Connections, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let count = state.setup.connections.len();
    let area = centred(whole, 96, u16::try_from(count * 2 + 3).unwrap_or(u16::MAX).max(6));
    let title = Line::of(Role::Title, "Connections").and(Role::Dim, format!(" · {}", shown(&state.setup.config_path)));
    let inner = modal_frame(buf, area, &title, theme);
    let columns = inner.width.saturating_sub(2);
    if count == 0 {
        let line = Line::of(Role::Dim, "None is configured.");
        put_line(buf, inner.x + 1, inner.y, columns, &line, theme, Style::new());
    }
    let page = usize::from(inner.height / 2);
    let offset = scroll_to(connections.cursor, 0, page, count);
    let mut y = inner.y;
    for (at, setup) in state.setup.connections.iter().enumerate().skip(offset).take(page) {
        let over = if at == connections.cursor { theme.style(Role::Selected) } else { Style::new() };
        if at == connections.cursor {
            buf.set_style(Rect { y, height: 1, ..inner }, over);
        }
        let (first, second) = lines(state, setup);
        put_line(buf, inner.x + 1, y, columns, &first, theme, over);
        put_line(buf, inner.x + 3, y + 1, columns.saturating_sub(2), &second, theme, Style::new());
        y += 2;
    }
}

fn lines(state: &State, setup: &ConnectionSetup) -> (Line, Line) {
    let mut first = Line::of(Role::Title, format!("{:<18} ", setup.name.to_string()));
    first.push(Role::Text, format!("{:<12} ", setup.spec.title));
    let protection = if state.setup.read_only { Protection::ReadOnly } else { setup.protection };
    first.push(protection_role(protection), format!("{:<10} ", protection.word()));
    let view = state.snapshot.connection(&setup.name);
    match view.map(|view| &view.sync) {
        None | Some(SyncState::Never) => first.push(Role::Dim, "not asked yet"),
        Some(SyncState::Running { loaded, .. }) => {
            first.push(Role::Dim, format!("{loaded} accounts, loading …"));
        }
        Some(SyncState::Complete { .. }) => {
            first.push(Role::Text, format!("{} accounts", view.map_or(0, |view| view.accounts)));
        }
        Some(SyncState::Partial { page, .. }) => first.push(Role::Warn, format!("partial: {page}")),
        Some(SyncState::Failed { why, .. }) => first.push(Role::Bad, why.kind.words()),
    }
    let contested = view.and_then(ConnectionView::contest_words);
    let identity = view.and_then(|view| view.identity.as_ref()).map(|fact| format!("{} · ", fact.value.user.shown()));
    let identity = identity.filter(|_| contested.is_none());
    let unnamed = if setup.unnamed { " · not in config.toml: read-only" } else { "" };
    let mut second = Line::default();
    if let Some(words) = contested {
        second.push(Role::Bad, format!("{words} · "));
    }
    if let Some(words) = unsettled_words(state, &setup.name) {
        second.push(Role::Warn, format!("{words} · "));
    }
    let rest =
        format!("{}{} · {}{unnamed}", identity.unwrap_or_default(), shown(&setup.base_url), shown(&setup.credential));
    (first, second.and(Role::Dim, rest))
}
