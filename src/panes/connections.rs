//! The connections: who each is, how it is protected, how its listing stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{
    Action, Avail, ConnectionSetup, Effect, HELP, Modal, Motion, Row, Slot, State, Urgency, as_wide, centred, sync,
    unsettled_words,
};
use crate::domain::{ConnectionName, Failure, Key, KeyCode, Protection, Role, age_words, shown};
use crate::inventory::{ConnectionView, Scope, SyncState};
use crate::panes::identity::IdentityView;
use crate::panes::{PaneId, accounts, organizations};
use crate::provider::Query;
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, scroll_to, wrap};

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
    /// Asks it who it is: whether it can be reached and takes the credential.
    Test,
    /// Lists it again.
    Reload,
}

/// The keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Connections(Act::Choose), "show its accounts")
        .hint(1)
        .when(can_choose),
    Row::new(&[Key::char('w')], Action::Connections(Act::Holder), "say who holds it").hint(1).when(is_contested),
    Row::new(&[Key::char('r')], Action::Connections(Act::Reload), "sync").hint(2).when(has_any),
    Row::new(&[Key::char('t')], Action::Connections(Act::Test), "test").hint(2).when(has_any),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q'), Key::plain(KeyCode::F(2))], Action::Close, "close").hint(2),
    HELP,
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

fn has_any(state: &State) -> Avail {
    if under(state).is_some() { Avail::Yes } else { Avail::no("no connection is configured") }
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
            organizations::come_to(state, &name);
            state.accounts.set_scope(Scope::Connection(name));
            state.focus = PaneId::Accounts;
        }
        Act::Holder => {
            if let Some(question) = IdentityView::of(state, &name) {
                state.open(Modal::Identity(Box::new(question)));
            }
        }
        Act::Test => {
            let id = state.request_id();
            let (slot, query) = (Slot::Identity(name.clone()), Query::Identity);
            effects.push(Effect::Fetch { id, connection: name, slot, query, urgency: Urgency::Asked });
        }
        Act::Reload => sync(state, name, effects),
    }
}

/// A test's answer; who it is stands in the inventory already.
pub fn tested(state: &mut State, name: &ConnectionName, result: Result<(), Failure>, effects: &mut Vec<Effect>) {
    match result {
        // One that answers as somebody else is announced by itself.
        Ok(()) if state.contested(name).is_some() => {}
        Ok(()) => {
            let identity = state.snapshot.connection(name).and_then(|view| view.identity.as_ref());
            let who = identity.map(|fact| format!(" as {}", fact.value.user.shown())).unwrap_or_default();
            state.toast(Role::Good, format!("{name} answers{who}"), effects);
        }
        Err(failure) => state.toast(Role::Bad, format!("{name}: {failure}"), effects),
    }
}

/// Draws the connections.
pub fn draw(state: &State, connections: Connections, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let count = state.setup.connections.len();
    let wide = as_wide(whole.width, 104);
    let setup = state.setup.connections.get(connections.cursor);
    let more = setup.map(|setup| more_lines(state, setup, usize::from(wide.saturating_sub(4)))).unwrap_or_default();
    let high = count * 2 + 2 + if more.is_empty() { 1 } else { more.len() + 1 };
    let area = centred(whole, wide, u16::try_from(high).unwrap_or(u16::MAX).max(6));
    let title = Line::of(Role::Title, "Connections").and(Role::Dim, format!(" · {}", shown(&state.setup.config_path)));
    let inner = modal_frame(buf, area, &title, theme);
    let columns = inner.width.saturating_sub(2);
    if count == 0 {
        let line = Line::of(Role::Dim, "None is configured.");
        put_line(buf, inner.x + 1, inner.y, columns, &line, theme, Style::new());
    }
    // On a low screen two connections are seen at least.
    let room = (more.len() + 1).min(usize::from(inner.height).saturating_sub(4));
    let page = (usize::from(inner.height).saturating_sub(room) / 2).max(1);
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
    for (y, line) in (y + 1..inner.bottom()).zip(&more) {
        put_line(buf, inner.x + 1, y, columns, line, theme, Style::new());
    }
    frame_more(buf, area, offset, count.saturating_sub(offset + page), theme);
}

/// What is said of the connection under the cursor alone, wrapped.
fn more_lines(state: &State, setup: &ConnectionSetup, columns: usize) -> Vec<Line> {
    let room = columns.saturating_sub(LABEL).max(8);
    let mut lines = Vec::new();
    for (role, label, text) in more(state, setup) {
        for (nth, text) in wrap(&text, room).into_iter().enumerate() {
            let label = if nth == 0 { label } else { "" };
            lines.push(Line::of(Role::Dim, format!("{label:<LABEL$}")).and(role, text));
        }
    }
    lines
}

/// Columns of the words before them.
const LABEL: usize = 14;

/// What else there is to know of a connection: role, label, text.
fn more(state: &State, setup: &ConnectionSetup) -> Vec<(Role, &'static str, String)> {
    let mut more = Vec::new();
    let view = state.snapshot.connection(&setup.name);
    if let Some(identity) = view.and_then(|view| view.identity.as_ref()) {
        let value = &identity.value;
        let inside = value.organization.as_ref().map(|inside| format!(" in {}", inside.shown())).unwrap_or_default();
        more.push((Role::Text, "Identity", format!("{}{inside}, by {}", value.user.shown(), shown(&value.credential))));
        if let Some(expires) = &value.expires_at {
            more.push((Role::Text, "Expires", expires.shown().into_owned()));
        }
    }
    more.push((Role::Text, "Credential", format!("from {}", shown(&setup.credential))));
    match view.map(|view| &view.sync) {
        None | Some(SyncState::Never) => more.push((Role::Dim, "Last sync", "none in this run".into())),
        Some(SyncState::Running { .. }) => more.push((Role::Text, "Last sync", "running".into())),
        Some(SyncState::Complete { at }) => {
            more.push((Role::Text, "Last sync", age_words(state.now.since(*at))));
        }
        Some(SyncState::Partial { at, page, why }) => {
            let age = age_words(state.now.since(*at));
            more.push((Role::Warn, "Last sync", format!("{age}, partial: {page}: {why}")));
        }
        Some(SyncState::Failed { at, why }) => {
            let hint = why.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            more.push((Role::Bad, "Last sync", format!("{} failed: {why}{hint}", age_words(state.now.since(*at)))));
            if let Some(at) = view.and_then(|view| view.kept_at) {
                more.push((Role::Dim, "Kept", format!("as of {}", age_words(state.now.since(at)))));
            }
        }
    }
    let mut records = state.requests.iter().rev().filter(|record| record.connection == setup.name);
    if let Some(budget) = records.find_map(|record| record.budget) {
        let role = if budget.is_low() { Role::Warn } else { Role::Text };
        more.push((role, "Budget", format!("{} of {} requests left", budget.left, budget.limit)));
    }
    more
}

fn counted_u64(number: u64) -> String {
    accounts::counted(usize::try_from(number).unwrap_or(usize::MAX), "account")
}

fn lines(state: &State, setup: &ConnectionSetup) -> (Line, Line) {
    let mut first = Line::of(Role::Title, format!("{:<18} ", setup.name.to_string()));
    first.push(Role::Text, format!("{:<12} ", setup.spec.title));
    let protection = if state.setup.read_only { Protection::ReadOnly } else { setup.protection };
    let word = protection.word();
    first.push(Role::Level(protection), word);
    first.push(Role::Text, " ".repeat(11_usize.saturating_sub(word.len())));
    let view = state.snapshot.connection(&setup.name);
    match view.map(|view| &view.sync) {
        None | Some(SyncState::Never) => first.push(Role::Dim, "not asked yet"),
        Some(SyncState::Running { loaded, .. }) => {
            first.push(Role::Dim, format!("{}, loading …", counted_u64(*loaded)));
        }
        Some(SyncState::Complete { .. }) => {
            let count = |view: &ConnectionView| counted_u64(view.accounts);
            let views = state.setup.connections.iter().filter_map(|setup| state.snapshot.connection(&setup.name));
            let wide = views.map(|view| count(view).len()).max().unwrap_or(0);
            first.push(Role::Text, format!("{:>wide$}", view.map(count).unwrap_or_default()));
        }
        Some(SyncState::Partial { page, .. }) => first.push(Role::Warn, format!("partial: {page}")),
        Some(SyncState::Failed { why, .. }) => first.push(Role::Bad, why.kind.words()),
    }
    let contested = view.and_then(ConnectionView::contest_words);
    let identity = view.and_then(|view| view.identity.as_ref()).map(|fact| &fact.value.user);
    let identity = identity.filter(|user| contested.is_none() && !user.is_empty());
    let identity = identity.map(|user| format!("{} · ", user.shown()));
    let unnamed = if setup.unnamed { " · not in config.toml: read-only" } else { "" };
    let mut second = Line::default();
    if let Some(words) = contested {
        second.push(Role::Bad, format!("{words} · "));
    }
    if let Some(words) = unsettled_words(state, &setup.name) {
        second.push(Role::Warn, format!("{words} · "));
    }
    let rest = format!("{}{}{unnamed}", identity.unwrap_or_default(), shown(&setup.base_url));
    (first, second.and(Role::Dim, rest))
}
