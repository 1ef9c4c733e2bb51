//! One line of text that is being edited: tui-input with the keys of DESIGN's contract, drawn so that what it holds can
//! do no harm.

use ratatui::buffer::Buffer;
use tui_input::{Input, InputRequest};

use crate::domain::{Key, KeyCode, Role, shown, width};
use crate::view::{Theme, put};

/// A text field.
#[derive(Clone, Debug, Default)]
pub struct TextField(Input);

impl TextField {
    /// A field that holds a text, the cursor at its end.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(Input::new(value.to_owned()))
    }

    /// What it holds.
    #[must_use]
    pub fn value(&self) -> &str {
        self.0.value()
    }

    /// The same with a dot for each character: how a secret is shown while it is typed.
    #[must_use]
    pub fn masked(&self) -> Self {
        let dots = "•".repeat(self.0.value().chars().count());
        Self(Input::new(dots).with_cursor(self.0.cursor()))
    }

    /// Takes a key that belongs to text fields; false if it does not, and nothing changes.
    pub fn key(&mut self, key: Key) -> bool {
        let Some(request) = request(key) else {
            return false;
        };
        self.0.handle(request);
        true
    }

    /// Takes a paste as one edit: control characters are left out, line ends become spaces.
    pub fn paste(&mut self, text: &str) {
        let line: String = text
            .replace("\r\n", "\n")
            .chars()
            .map(|char| if matches!(char, '\n' | '\r' | '\t') { ' ' } else { char })
            .filter(|char| !char.is_control())
            .collect();
        let at = self.0.cursor();
        let value = self.0.value();
        let byte = value.char_indices().nth(at).map_or(value.len(), |(byte, _)| byte);
        let whole = format!("{}{line}{}", &value[..byte], &value[byte..]);
        self.0 = Input::new(whole).with_cursor(at + line.chars().count());
    }

    /// Draws it in one row, scrolled so that the cursor is seen; the cursor is a cell of its own only with the focus.
    pub fn draw(&self, buf: &mut Buffer, (x, y, columns): (u16, u16, u16), theme: Theme, role: Role, focused: bool) {
        let value = self.0.value();
        let byte = value.char_indices().nth(self.0.cursor()).map_or(value.len(), |(byte, _)| byte);
        let (before, after) = value.split_at(byte);
        let before = shown(before);
        let mut from = 0;
        if focused {
            // Cut whole characters off the left until the cursor's own cell fits.
            while width(&before[from..]) + 1 > usize::from(columns) {
                from += before[from..].chars().next().map_or(1, char::len_utf8);
            }
        }
        let style = theme.style(role);
        let used = put(buf, x, y, columns, &before[from..], style);
        if !focused {
            put(buf, x + used, y, columns.saturating_sub(used), &shown(after), style);
            return;
        }
        let mut rest = after.chars();
        let under =
            rest.next().map_or_else(|| " ".to_owned(), |char| shown(char.encode_utf8(&mut [0; 4])).into_owned());
        let caret = put(buf, x + used, y, columns.saturating_sub(used), &under, theme.caret(role));
        put(buf, x + used + caret, y, columns.saturating_sub(used + caret), &shown(rest.as_str()), style);
    }
}

impl PartialEq for TextField {
    fn eq(&self, other: &Self) -> bool {
        self.0.value() == other.0.value() && self.0.cursor() == other.0.cursor()
    }
}

/// Whether a key belongs to a focused text field: plain characters and the editing keys.
#[must_use]
pub fn takes(key: Key) -> bool {
    // Alt-keys that edit nothing do nothing in a field: it takes them too.
    request(key).is_some() || (key.alt && !matches!(key.code, KeyCode::Up | KeyCode::Down | KeyCode::Char('e')))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other key edits nothing")]
fn request(key: Key) -> Option<InputRequest> {
    if let Some(char) = key.text() {
        return Some(InputRequest::InsertChar(char));
    }
    if key.alt {
        return Some(match key.code {
            KeyCode::Char('b') => InputRequest::GoToPrevWord,
            KeyCode::Char('f') => InputRequest::GoToNextWord,
            KeyCode::Char('d') => InputRequest::DeleteNextWord,
            KeyCode::Backspace => InputRequest::DeletePrevWord,
            _ => return None,
        });
    }
    if key.ctrl {
        return Some(match key.code {
            KeyCode::Char('a') => InputRequest::GoToStart,
            KeyCode::Char('b') => InputRequest::GoToPrevChar,
            KeyCode::Char('f') => InputRequest::GoToNextChar,
            KeyCode::Char('k') => InputRequest::DeleteTillEnd,
            KeyCode::Char('u') => InputRequest::DeleteLine,
            KeyCode::Char('w') => InputRequest::DeletePrevWord,
            _ => return None,
        });
    }
    Some(match key.code {
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_masked_field_shows_how_much_was_typed_and_nothing_of_it() {
        let field = TextField::new("5ec3eT");
        assert_eq!(field.masked().value(), "••••••");
        let field = crate::domain::Field {
            name: "password",
            label: "Password",
            help: "",
            kind: crate::domain::FieldKind::NewPassword,
            required: true,
        };
        let state = crate::forms::FieldState::new(Box::leak(Box::new(field)), "5ec3eT");
        assert!(!format!("{state:?}").contains("5ec3eT"));
    }

    #[test]
    fn editing_keys_edit() {
        let mut field = TextField::new("Hooli Ltd");
        for key in [Key::ctrl('w'), Key::char('G'), Key::ctrl('a'), Key::char('>')] {
            assert!(field.key(key));
        }
        assert_eq!(field.value(), ">Hooli G");
        assert!(!field.key(Key::plain(KeyCode::Enter)));
        assert!(!field.key(Key::ctrl('s')));
    }

    #[test]
    fn a_paste_is_one_line_and_lands_at_the_cursor() {
        let mut field = TextField::new("ac");
        field.key(Key::plain(KeyCode::Left));
        field.paste("x\r\ny\u{1b}[201~\tz");
        assert_eq!(field.value(), "ax y[201~ zc");
        field.key(Key::char('!'));
        assert_eq!(field.value(), "ax y[201~ z!c");
    }

    proptest! {
        #[test]
        fn typing_any_text_yields_exactly_that_text(text in "[^\\p{Cc}]{0,40}") {
            let mut field = TextField::default();
            for char in text.chars() {
                prop_assert!(takes(Key::char(char)));
                field.key(Key::char(char));
            }
            prop_assert_eq!(field.value(), text);
        }
    }
}
