//! What a role looks like, on the terminal's own 16 colours: readable on light and dark because the terminal's owner chose
//! them. Without colour, bold, reverse and underline are left.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::Role;

/// How roles look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// False under `NO_COLOR` and `--no-color`.
    pub colour: bool,
}

impl Theme {
    /// A role's style.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let style = match role {
            Role::Text | Role::Frame => plain,
            Role::Dim => plain.add_modifier(Modifier::DIM),
            Role::Title | Role::SelectedDim => plain.add_modifier(Modifier::BOLD),
            Role::FrameFocused | Role::Key => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            Role::Selected => plain.add_modifier(Modifier::REVERSED),
            Role::Match => plain.fg(Color::Magenta).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Role::Marked | Role::Warn => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Role::Good | Role::Added => plain.fg(Color::Green).add_modifier(Modifier::BOLD),
            Role::Bad => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            Role::Removed => plain.fg(Color::Red).add_modifier(Modifier::CROSSED_OUT),
            Role::Input => plain.add_modifier(Modifier::UNDERLINED),
        };
        if self.colour { style } else { Style { fg: None, bg: None, ..style } }
    }

    /// The cell under a text cursor.
    #[must_use]
    pub fn caret(self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::REVERSED)
    }
}
