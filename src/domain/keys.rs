//! Names of keys, as rows, hints, help and KEYS.md write them.

use std::fmt;

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character as typed: capitals come as capitals, not with shift.
    Char(char),
    /// A function key, 1 to 12.
    F(u8),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Forward delete.
    Delete,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A key press. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Control was held.
    pub ctrl: bool,
    /// Alt was held (or Esc came just before).
    pub alt: bool,
}

impl Key {
    /// A key without modifiers.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character without modifiers.
    #[must_use]
    pub const fn char(char: char) -> Self {
        Self::plain(KeyCode::Char(char))
    }

    /// Control and a character.
    #[must_use]
    pub const fn ctrl(char: char) -> Self {
        Self { code: KeyCode::Char(char), ctrl: true, alt: false }
    }

    /// Alt and a key.
    #[must_use]
    pub const fn alt(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: true }
    }

    /// The character that a text field takes, if this is one.
    #[must_use]
    pub fn text(self) -> Option<char> {
        match self {
            Self { code: KeyCode::Char(char), ctrl: false, alt: false } => Some(char),
            _ => None,
        }
    }
}

/// The key's name: `j`, `Enter`, `Ctrl-s`, `Alt-e`, `F2`, `Space`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(char) => write!(f, "{char}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::Enter => f.write_str("Enter"),
            KeyCode::Esc => f.write_str("Esc"),
            KeyCode::Tab => f.write_str("Tab"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::Backspace => f.write_str("Backspace"),
            KeyCode::Delete => f.write_str("Delete"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::Home => f.write_str("Home"),
            KeyCode::End => f.write_str("End"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
        }
    }
}

/// A wish of keys.toml: this action of this scope has these keys instead of the source's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The scope's name, as `accounts`.
    pub scope: String,
    /// The action's name in it, as `mark-all`.
    pub action: String,
    /// Its keys; none takes all away.
    pub keys: Vec<Key>,
    /// Where it stands in the file: line and column, both from 1.
    pub place: (usize, usize),
}

impl Key {
    /// Reads a key's name, as it is shown or spelt out: `j`, `Space`, `Ctrl-s`, `Alt-Up`, `F2`, `PgDn`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (mut rest, mut ctrl, mut alt) = (name, false, false);
        while let Some((modifier, key)) = rest.split_once('-').filter(|(_, key)| !key.is_empty()) {
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" if !ctrl => ctrl = true,
                "alt" if !alt => alt = true,
                "shift" if key.eq_ignore_ascii_case("tab") && !ctrl && !alt => {
                    return Some(Self::plain(KeyCode::BackTab));
                }
                _ => return None,
            }
            rest = key;
        }
        let mut chars = rest.chars();
        // An arrow's sign is a character of its own: names come first.
        let code = match (named(rest), chars.next(), chars.next()) {
            (Some(code), _, _) => code,
            (None, Some(char), None) if !char.is_control() => KeyCode::Char(char),
            (None, _, _) => return None,
        };
        // With Ctrl, terminals send letters without their case.
        let code = if let (KeyCode::Char(char), true) = (code, ctrl) {
            KeyCode::Char(char.to_ascii_lowercase())
        } else {
            code
        };
        Some(Self { code, ctrl, alt })
    }

    /// The key that most terminals send in this one's place, where they cannot tell them apart.
    #[must_use]
    pub fn twin(self) -> Option<&'static str> {
        match self {
            Self { code: KeyCode::Char('i'), ctrl: true, .. } => Some("Tab"),
            Self { code: KeyCode::Char('m'), ctrl: true, .. } => Some("Enter"),
            Self { code: KeyCode::Char('h'), ctrl: true, .. } => Some("Backspace"),
            Self { code: KeyCode::Char('['), ctrl: true, .. } => Some("Esc"),
            _ => None,
        }
    }
}

fn named(name: &str) -> Option<KeyCode> {
    let lower = name.to_ascii_lowercase();
    if let Some(number) = lower.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
        return (1..=12).contains(&number).then_some(KeyCode::F(number));
    }
    Some(match lower.as_str() {
        "space" => KeyCode::Char(' '),
        "enter" | "return" => KeyCode::Enter,
        "esc" | "escape" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "delete" | "del" => KeyCode::Delete,
        "up" | "↑" => KeyCode::Up,
        "down" | "↓" => KeyCode::Down,
        "left" | "←" => KeyCode::Left,
        "right" | "→" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" | "pageup" => KeyCode::PageUp,
        "pgdn" | "pagedown" => KeyCode::PageDown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let mut keys = vec![Key::char('j'), Key::char('G'), Key::char('-'), Key::ctrl('s'), Key::ctrl('-')];
        let codes = [
            KeyCode::Char(' '),
            KeyCode::F(12),
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
        ];
        keys.extend(codes.map(Key::plain));
        keys.push(Key::alt(KeyCode::Up));
        for key in keys {
            assert_eq!(Key::parse(&key.to_string()), Some(key), "{key}");
        }
        assert_eq!(Key::parse("ctrl-S"), Some(Key::ctrl('s')));
        for wrong in ["", "Hyper-q", "F13", "word", "Ctrl-", "Shift-a"] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }
}
