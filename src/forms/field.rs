//! One line of text that is being edited: tui-input with the keys of DESIGN's contract, drawn so that what it holds can
//! do no harm.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

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
        self.insert(&line);
    }

    /// Puts a text in at the cursor, as it is.
    pub fn insert(&mut self, text: &str) {
        let at = self.0.cursor();
        let (before, after) = self.0.value().split_at(self.byte());
        let whole = format!("{before}{text}{after}");
        self.0 = Input::new(whole).with_cursor(at + text.chars().count());
    }

    /// One that holds a text, the cursor at a byte of it.
    #[must_use]
    pub fn with_cursor(value: &str, byte: usize) -> Self {
        let at = value.char_indices().take_while(|(at, _)| *at < byte).count();
        Self(Input::new(value.to_owned()).with_cursor(at))
    }

    /// Where the cursor stands, in bytes of the text.
    #[must_use]
    pub fn byte(&self) -> usize {
        let value = self.0.value();
        value.char_indices().nth(self.0.cursor()).map_or(value.len(), |(byte, _)| byte)
    }

    /// How many rows a text of several lines takes at a width.
    #[must_use]
    pub fn rows(&self, columns: usize) -> usize {
        self.lines(columns).0.len()
    }

    /// The text in rows of at most `columns`, each a list of cells, and the cursor's row and cell. Broken anywhere: what
    /// is edited stands still while it grows.
    fn lines(&self, columns: usize) -> (Vec<Vec<String>>, (usize, usize)) {
        let columns = columns.max(2);
        let byte = self.byte();
        let mut rows = vec![Vec::new()];
        let mut used = 0;
        let mut caret = None;
        for (at, cluster) in self.0.value().grapheme_indices(true) {
            let ends = cluster == "\n";
            let cell = if ends { " ".to_owned() } else { shown(cluster).into_owned() };
            // A line end may stand one column outside: it is seen only under the cursor.
            if used + width(&cell) > columns && !ends && used > 0 {
                rows.push(Vec::new());
                used = 0;
            }
            let row = rows.len() - 1;
            if at <= byte && byte < at + cluster.len() {
                caret = Some((row, rows[row].len()));
            }
            used += width(&cell);
            rows[row].push(cell);
            if ends {
                rows.push(Vec::new());
                used = 0;
            }
        }
        let last = rows.len() - 1;
        let end = (last, rows[last].len());
        (rows, caret.unwrap_or(end))
    }

    /// Draws it in several rows, scrolled so that the cursor is seen; without the focus from its beginning.
    pub fn draw_rows(&self, buf: &mut Buffer, area: Rect, theme: Theme, role: Role, focused: bool) {
        // The cursor's own cell behind a full line has a column of its own.
        let columns = usize::from(area.width.saturating_sub(1));
        let (rows, (row, cell)) = self.lines(columns);
        let page = usize::from(area.height);
        let offset = if focused { (row + 1).saturating_sub(page) } else { 0 };
        for (y, (at, cells)) in (area.y..area.bottom()).zip(rows.iter().enumerate().skip(offset)) {
            let here = (focused && at == row).then_some(cell);
            let mut x = 0;
            for nth in 0..=cells.len() {
                let text = cells.get(nth).map_or(" ", String::as_str);
                let is_caret = here == Some(nth);
                if nth == cells.len() && !is_caret {
                    break;
                }
                let style = if is_caret { theme.caret(role) } else { theme.style(role) };
                x += put(buf, area.x + x, y, area.width.saturating_sub(x), text, style);
            }
        }
        let margin = area.right().saturating_sub(1);
        if offset > 0 {
            put(buf, margin, area.y, 1, "…", theme.style(role));
        }
        if rows.len() > offset + page && area.height > 0 {
            put(buf, margin, area.bottom() - 1, 1, "…", theme.style(role));
        }
    }

    /// Draws it in one row, scrolled so that the cursor is seen; the cursor is a cell of its own only with the focus.
    pub fn draw(&self, buf: &mut Buffer, (x, y, columns): (u16, u16, u16), theme: Theme, role: Role, focused: bool) {
        let (before, after) = self.0.value().split_at(self.byte());
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

/// Whether a key means beside a text field what it means elsewhere: those that leave it, lead on, move or are no letter's.
#[must_use]
pub fn passes(key: Key) -> bool {
    use KeyCode::{BackTab, Down, Enter, Esc, F, PageDown, PageUp, Tab, Up};
    let Key { code, ctrl, alt } = key;
    match (ctrl, alt) {
        (false, false) => matches!(code, Esc | Enter | Tab | BackTab | Up | Down | PageUp | PageDown | F(_)),
        (true, false) => matches!(code, KeyCode::Char('n' | 'p' | 's' | 'x' | 'c' | 'z') | F(_)),
        (false, true) => matches!(code, KeyCode::Char('e') | Up | Down | F(_)),
        (true, true) => false,
    }
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
    fn each_editing_key_does_what_it_does_elsewhere_and_ctrl_e_is_none() {
        use KeyCode::{Backspace, Delete, End, Home, Left, Right};
        let (plain, alt) = (Key::plain, |char| Key::alt(KeyCode::Char(char)));
        // Typed where the cursor is: in the middle of the last word.
        for (keys, text) in [
            (vec![plain(Left), Key::char('|')], "one two th|ree"),
            (vec![plain(Right), Key::char('|')], "one two thre|e"),
            (vec![Key::ctrl('b'), Key::char('|')], "one two th|ree"),
            (vec![Key::ctrl('f'), Key::char('|')], "one two thre|e"),
            (vec![plain(Home), Key::char('|')], "|one two three"),
            (vec![Key::ctrl('a'), Key::char('|')], "|one two three"),
            (vec![plain(End), Key::char('|')], "one two three|"),
            (vec![plain(Backspace)], "one two thee"),
            (vec![plain(Delete)], "one two thre"),
            (vec![Key::ctrl('k')], "one two thr"),
            (vec![Key::ctrl('u')], ""),
            (vec![Key::ctrl('w')], "one two ee"),
            (vec![Key::alt(Backspace)], "one two ee"),
            (vec![alt('b'), Key::char('|')], "one two |three"),
            (vec![plain(Home), alt('f'), Key::char('|')], "one |two three"),
            (vec![plain(Home), alt('d')], "two three"),
            (vec![Key::ctrl('e'), Key::char('|')], "one two thr|ee"),
        ] {
            let mut field = TextField::with_cursor("one two three", 11);
            for key in &keys {
                field.key(*key);
            }
            assert_eq!(field.value(), text, "{keys:?}");
        }
        assert!(!takes(Key::ctrl('e')) && !passes(Key::ctrl('e')));
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

    #[test]
    fn a_text_of_several_lines_breaks_at_its_line_ends_and_at_the_width() {
        let mut field = TextField::new("ab\n\ncdefg");
        let text = |field: &TextField| -> Vec<String> { field.lines(4).0.iter().map(|row| row.concat()).collect() };
        assert_eq!(text(&field), ["ab ", " ", "cdef", "g"]);
        assert_eq!(field.lines(4).1, (3, 1));
        field.key(Key::ctrl('a'));
        assert_eq!(field.lines(4).1, (0, 0));
        for _ in 0..2 {
            field.key(Key::plain(KeyCode::Right));
        }
        assert_eq!(field.lines(4).1, (0, 2), "on the line end");
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
