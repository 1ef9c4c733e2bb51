//! What the program says when nothing is configured: how to connect, and the demo.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Effect, Row, State};
use crate::domain::{Key, KeyCode, Role, shown};
use crate::view::{Line, Theme, bordered, put_line, wrap};

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Starts the demo.
    Demo,
}

/// The welcome screen's keys.
pub const ROWS: &[Row] =
    &[Row::new(&[Key::char('d'), Key::plain(KeyCode::Enter)], Action::Welcome(Act::Demo), "start the demo").hint(1)];

/// Does what a key asks.
pub fn act(act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Demo => effects.push(Effect::Demo),
    }
}

/// Draws the welcome.
pub fn draw(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let inner = bordered(buf, area, &Line::of(Role::Title, "Welcome to acctui"), theme, true);
    let columns = usize::from(inner.width.saturating_sub(4));
    let path = shown(&state.setup.config_path).into_owned();
    let mut lines = vec![Line::default()];
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(text, columns).into_iter().map(|text| Line::of(role, text)));
    };
    say(Role::Title, "No connection is configured yet.");
    say(Role::Text, "");
    say(Role::Text, "Try it without credentials: d starts the demo. Nothing leaves this machine.");
    say(Role::Text, "");
    say(
        Role::Text,
        "To connect, set the variables that your provider's own tools use, e.g. CLOUDFLARE_API_TOKEN (read-only \
         then), or name a connection in",
    );
    say(Role::Key, &path);
    say(Role::Text, "");
    for line in [
        "[connections.prod]",
        "provider = \"cloudflare\"",
        "token = { env = \"CLOUDFLARE_API_TOKEN\" }",
        // Torn it would be no example.
        if columns < 64 {
            "protection = \"confirm\""
        } else {
            "protection = \"confirm\"    # open | confirm | typed | read-only"
        },
    ] {
        say(Role::Dim, line);
    }
    for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
        put_line(buf, inner.x + 2, y, inner.width.saturating_sub(4), line, theme, Style::new());
    }
}
