//! Bytes of a terminal to keys, pastes and mouse reports.
//!
//! An own decoder and not crossterm's: that one reads the terminal itself (and spins when it is gone), types answers of
//! the terminal (colours, attributes) into the program as keys, and never gives up an `Alt-[` that looks like the
//! beginning of a sequence. This one does no I/O and keeps no time: the reader says when nothing more came.

use crate::app::{Fact, MouseKind};
use crate::domain::{Key, KeyCode};

/// How long to wait for the rest of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Nothing is open.
    Forever,
    /// A lone Esc: a key, unless more of a sequence was delayed on its way.
    Escape,
    /// A sequence was begun; terminals send them in one piece.
    Sequence,
    /// Inside a paste: its end may be lost, and then keys must come back.
    Paste,
}

impl Patience {
    /// In milliseconds. Esc is waited for as little as helps, because every Esc pays for it.
    pub(super) fn millis(self) -> Option<i64> {
        match self {
            Self::Forever => None,
            Self::Escape => Some(4),
            Self::Sequence => Some(50),
            Self::Paste => Some(1_000),
        }
    }
}

/// The longest sequence that is remembered; the rest of a longer one is skipped.
const LONGEST_SEQUENCE: usize = 64;
/// The most that is taken from one paste: more than any field holds, less than hurts.
const LONGEST_PASTE: usize = 4 << 20;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Where the decoder stands within a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Between keys.
    Ground,
    /// After Esc.
    Escape,
    /// After Esc `[`; parameters are in `pending`.
    Csi,
    /// After Esc `[` `[`: the Linux console's F1 to F5.
    Console,
    /// After Esc `[` `M`: three bytes of an old mouse report.
    OldMouse,
    /// After Esc `O`.
    Ss3,
    /// Inside a string that the terminal sends (OSC, DCS, APC, PM, SOS): skipped up to its end.
    String,
    /// In such a string, after an Esc that may end it.
    StringEscape,
    /// Inside a character of several bytes, Alt held or not.
    Utf8 { alt: bool },
    /// Inside a paste.
    Paste,
}

/// Takes bytes as they come and gives facts.
#[derive(Debug)]
pub(super) struct Decoder {
    at: At,
    pending: Vec<u8>,
    introducer: u8,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { at: At::Ground, pending: Vec::new(), introducer: 0 }
    }

    /// How long to wait for more before [`Decoder::settle`].
    pub(super) fn patience(&self) -> Patience {
        match self.at {
            At::Ground => Patience::Forever,
            At::Escape => Patience::Escape,
            At::Csi | At::Console | At::OldMouse | At::Ss3 | At::String | At::StringEscape | At::Utf8 { .. } => {
                Patience::Sequence
            }
            At::Paste => Patience::Paste,
        }
    }

    /// Takes what was read.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<Fact>) {
        for &byte in bytes {
            self.byte(byte, out);
        }
    }

    /// Nothing more came: what is open was meant as it stands, or is dropped if it is no key.
    pub(super) fn settle(&mut self, out: &mut Vec<Fact>) {
        match self.at {
            At::Escape => out.push(key(Key::plain(KeyCode::Esc))),
            At::Csi if self.pending.is_empty() => out.push(key(alt('['))),
            At::Ss3 => out.push(key(alt('O'))),
            At::String if self.pending.is_empty() => out.push(key(alt(self.introducer.into()))),
            At::Paste => out.push(Fact::Paste(lossy(&self.pending))),
            At::Ground | At::Csi | At::Console | At::OldMouse | At::String | At::StringEscape | At::Utf8 { .. } => {}
        }
        self.rest(At::Ground);
    }

    fn rest(&mut self, at: At) {
        self.at = at;
        self.pending.clear();
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<Fact>) {
        match self.at {
            At::Ground => self.ground(byte, false, out),
            At::Escape => self.escape(byte, out),
            At::Csi => self.csi(byte, out),
            At::Console => {
                self.rest(At::Ground);
                if (b'A'..=b'E').contains(&byte) {
                    out.push(key(Key::plain(KeyCode::F(byte - b'A' + 1))));
                }
            }
            At::OldMouse => {
                self.pending.push(byte);
                if let [button, column, row] = *self.pending.as_slice() {
                    self.rest(At::Ground);
                    let button = u32::from(button.saturating_sub(32));
                    let place = |byte: u8| u32::from(byte.saturating_sub(32));
                    out.extend(mouse(button, place(column), place(row), true));
                }
            }
            At::Ss3 => {
                self.rest(At::Ground);
                let keypad_enter = (byte == b'M').then_some(KeyCode::Enter);
                let code = letter_key(byte).or(keypad_enter);
                out.extend(code.map(|code| key(Key::plain(code))));
            }
            At::String => match byte {
                0x07 => self.rest(At::Ground),
                0x1b => self.at = At::StringEscape,
                _ => self.remember(byte),
            },
            At::StringEscape => {
                self.rest(At::Ground);
                if byte != b'\\' {
                    self.escape(byte, out);
                }
            }
            At::Utf8 { alt } => self.utf8(byte, alt, out),
            At::Paste => self.paste(byte, out),
        }
    }

    fn remember(&mut self, byte: u8) {
        if self.pending.len() < LONGEST_SEQUENCE {
            self.pending.push(byte);
        }
    }

    fn ground(&mut self, byte: u8, alt: bool, out: &mut Vec<Fact>) {
        let code = match byte {
            0x1b => return self.rest(At::Escape),
            0x80.. => {
                self.rest(At::Utf8 { alt });
                self.pending.push(byte);
                return;
            }
            b'\r' => KeyCode::Enter,
            b'\t' => KeyCode::Tab,
            0x7f => KeyCode::Backspace,
            0x20..=0x7e => KeyCode::Char(byte.into()),
            0x00..=0x1a | 0x1c..=0x1f => {
                self.rest(At::Ground);
                let mut pressed = Key::ctrl(control(byte));
                pressed.alt = alt;
                return out.push(key(pressed));
            }
        };
        self.rest(At::Ground);
        out.push(key(Key { code, ctrl: false, alt }));
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<Fact>) {
        match byte {
            b'[' => self.rest(At::Csi),
            b'O' => self.rest(At::Ss3),
            b']' | b'P' | b'_' | b'^' | b'X' => {
                self.introducer = byte;
                self.rest(At::String);
            }
            0x1b => {
                out.push(key(Key::plain(KeyCode::Esc)));
                self.rest(At::Escape);
            }
            _ => self.ground(byte, true, out),
        }
    }

    fn csi(&mut self, byte: u8, out: &mut Vec<Fact>) {
        match byte {
            b'[' if self.pending.is_empty() => self.rest(At::Console),
            b'M' if self.pending.is_empty() => self.rest(At::OldMouse),
            0x20..=0x3f => self.remember(byte),
            0x40..=0x7e => {
                let parameters = std::mem::take(&mut self.pending);
                self.rest(At::Ground);
                if parameters == b"200" && byte == b'~' {
                    self.rest(At::Paste);
                } else {
                    out.extend(sequence(&parameters, byte));
                }
            }
            // A sequence was cut: begin again with what came.
            _ => self.ground(byte, false, out),
        }
    }

    fn utf8(&mut self, byte: u8, alt: bool, out: &mut Vec<Fact>) {
        if byte & 0xc0 != 0x80 {
            return self.ground(byte, false, out);
        }
        self.pending.push(byte);
        match std::str::from_utf8(&self.pending) {
            Ok(text) => {
                let char = text.chars().next();
                out.extend(char.map(|char| key(Key { code: KeyCode::Char(char), ctrl: false, alt })));
                self.rest(At::Ground);
            }
            // `error_len` is set once no further byte can make it right.
            Err(why) if why.error_len().is_some() => self.rest(At::Ground),
            Err(_) => {}
        }
    }

    fn paste(&mut self, byte: u8, out: &mut Vec<Fact>) {
        if self.pending.len() < LONGEST_PASTE + PASTE_END.len() {
            self.pending.push(byte);
        } else {
            // Full: keep the tail moving, so that the end is seen.
            self.pending.drain(LONGEST_PASTE..=LONGEST_PASTE);
            self.pending.push(byte);
        }
        if self.pending.ends_with(PASTE_END) {
            let length = self.pending.len() - PASTE_END.len();
            out.push(Fact::Paste(lossy(&self.pending[..length])));
            self.rest(At::Ground);
            self.pending.shrink_to(LONGEST_SEQUENCE);
        }
    }
}

fn key(key: Key) -> Fact {
    Fact::Key(key)
}

fn alt(char: char) -> Key {
    Key::alt(KeyCode::Char(char))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The key that Control makes this byte of: Ctrl-a is 1, Ctrl-Space is 0.
fn control(byte: u8) -> char {
    match byte {
        0 => ' ',
        1..=26 => (byte - 1 + b'a').into(),
        _ => (byte + b'@').into(),
    }
}

/// Final bytes that stand for a key, after Esc `O` and Esc `[` alike.
fn letter_key(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        b'Z' => KeyCode::BackTab,
        _ => return None,
    })
}

/// Numbers before `~`.
fn numbered_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => function(number - 10),
        17..=21 => function(number - 11),
        23 | 24 => function(number - 12),
        _ => return None,
    })
}

fn function(number: u32) -> KeyCode {
    KeyCode::F(u8::try_from(number).unwrap_or(0))
}

/// Codes before `u` (and of `27;modifiers;code~`): a character, or a key that has one.
fn coded_key(code: u32) -> Option<KeyCode> {
    Some(match code {
        9 => KeyCode::Tab,
        13 | 57414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        // Modifiers alone, keypad and media keys have codes of the private use area.
        0..=31 | 0xe000..=0xf8ff => return None,
        _ => KeyCode::Char(char::from_u32(code)?),
    })
}

/// A whole sequence: its parameters as bytes, and its last byte. `None` for what is no key: answers of the terminal,
/// releases, keys without a name.
fn sequence(parameters: &[u8], last: u8) -> Option<Fact> {
    let text = std::str::from_utf8(parameters).ok()?;
    if let Some(report) = text.strip_prefix('<') {
        let mut numbers = report.split(';').map(str::parse::<u32>);
        let mut next = || numbers.next()?.ok();
        return matches!(last, b'M' | b'm').then(|| mouse(next()?, next()?, next()?, last == b'M')).flatten();
    }
    if text.starts_with(['?', '>', '=']) || text.contains(|char| char < '0') {
        return None;
    }
    // Each parameter may have parts behind colons: `code:shifted`, `modifiers:kind of event`.
    let part = |at: usize, sub: usize| -> Option<u32> { text.split(';').nth(at)?.split(':').nth(sub)?.parse().ok() };
    let first = part(0, 0);
    let (code, modifiers, event) = match last {
        b'~' if first == Some(27) => (coded_key(part(2, 0)?)?, part(1, 0), None),
        b'~' => (numbered_key(first?)?, part(1, 0), part(1, 1)),
        b'u' => (coded_key(part(0, 1).or(first)?)?, part(1, 0), part(1, 1)),
        b'R' if part(1, 0).is_some_and(|number| number > 16) => return None,
        _ => (letter_key(last)?, part(1, 0), part(1, 1)),
    };
    if event.is_some_and(|event| event != 1) {
        return None;
    }
    let bits = modifiers.unwrap_or(1).saturating_sub(1);
    let shift = bits & 1 != 0;
    let code = if let KeyCode::Char(char) = code
        && shift
    {
        KeyCode::Char(char.to_uppercase().next()?)
    } else if code == KeyCode::Tab && shift {
        KeyCode::BackTab
    } else {
        code
    };
    Some(key(Key { code, alt: bits & 2 != 0, ctrl: bits & 4 != 0 }))
}

/// A mouse report; columns and rows from 1. Only what the browser uses: the left button going down, and the wheel.
fn mouse(button: u32, column: u32, row: u32, down: bool) -> Option<Fact> {
    const MODIFIERS: u32 = 4 | 8 | 16;
    let kind = match button & !MODIFIERS {
        0 if down => MouseKind::Click,
        64 => MouseKind::WheelUp,
        65 => MouseKind::WheelDown,
        _ => return None,
    };
    let from_zero = |place: u32| u16::try_from(place.saturating_sub(1)).ok();
    Some(Fact::Mouse(kind, from_zero(column)?, from_zero(row)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of bytes that arrive in one piece, and then nothing more.
    fn decoded(bytes: &[u8]) -> Vec<Fact> {
        let mut decoder = Decoder::new();
        let mut facts = Vec::new();
        decoder.feed(bytes, &mut facts);
        if decoder.patience() != Patience::Forever {
            decoder.settle(&mut facts);
        }
        facts
    }

    /// The names of the keys that bytes are.
    fn keys(bytes: &[u8]) -> Vec<String> {
        let name = |fact| if let Fact::Key(key) = fact { key.to_string() } else { format!("{fact:?}") };
        decoded(bytes).into_iter().map(name).collect()
    }

    #[test]
    fn keys_have_the_names_of_the_rows() {
        let cases: &[(&[u8], &str)] = &[
            (b"j", "j"),
            (b"G", "G"),
            (b" ", "Space"),
            ("ä".as_bytes(), "ä"),
            ("株".as_bytes(), "株"),
            (b"\r", "Enter"),
            (b"\t", "Tab"),
            (b"\x7f", "Backspace"),
            (b"\x03", "Ctrl-c"),
            (b"\x1a", "Ctrl-z"),
            (b"\x1f", "Ctrl-_"),
            (b"\x1b", "Esc"),
            (b"\x1be", "Alt-e"),
            (b"\x1b\x7f", "Alt-Backspace"),
            ("\x1bé".as_bytes(), "Alt-é"),
            (b"\x1b[", "Alt-["),
            (b"\x1bO", "Alt-O"),
            (b"\x1b]", "Alt-]"),
            (b"\x1b[A", "↑"),
            (b"\x1bOB", "↓"),
            (b"\x1b[1;3A", "Alt-↑"),
            (b"\x1b[1;5C", "Ctrl-→"),
            (b"\x1b[1;2D", "←"),
            (b"\x1b[Z", "Shift-Tab"),
            (b"\x1b[H", "Home"),
            (b"\x1b[4~", "End"),
            (b"\x1b[3~", "Delete"),
            (b"\x1b[5~", "PgUp"),
            (b"\x1b[6;3~", "Alt-PgDn"),
            (b"\x1bOP", "F1"),
            (b"\x1b[[B", "F2"),
            (b"\x1b[15~", "F5"),
            (b"\x1b[17~", "F6"),
            (b"\x1b[24~", "F12"),
            (b"\x1bOM", "Enter"),
            (b"\x1b[115;5u", "Ctrl-s"),
            (b"\x1b[97;2u", "A"),
            (b"\x1b[9;2u", "Shift-Tab"),
            (b"\x1b[27;5;115~", "Ctrl-s"),
        ];
        for (bytes, name) in cases {
            assert_eq!(keys(bytes), [*name], "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn keys_come_out_the_same_however_the_bytes_are_cut() {
        let bytes = "a\x1b[1;5Cä\x1b[200~one\x1b two\x1b[201~\x1b[<0;10;5Mz".as_bytes();
        let whole = decoded(bytes);
        assert_eq!(whole.len(), 6, "{whole:?}");
        for cut in 0..bytes.len() {
            let mut decoder = Decoder::new();
            let mut facts = Vec::new();
            decoder.feed(&bytes[..cut], &mut facts);
            decoder.feed(&bytes[cut..], &mut facts);
            assert_eq!(facts, whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_paste_is_one_event_with_its_text_as_it_came() {
        assert_eq!(decoded(b"\x1b[200~a\r\tb\x1b[Ac\x1b[201~"), [Fact::Paste("a\r\tb\x1b[Ac".into())]);
    }

    #[test]
    fn a_paste_that_never_ends_gives_the_keys_back() {
        assert_eq!(decoded(b"\x1b[200~abc"), [Fact::Paste("abc".into())]);
    }

    #[test]
    fn a_paste_is_cut_but_its_end_is_seen() {
        let mut bytes = b"\x1b[200~".to_vec();
        bytes.resize(bytes.len() + LONGEST_PASTE + 100, b'x');
        bytes.extend_from_slice(b"\x1b[201~q");
        let facts = decoded(&bytes);
        let [Fact::Paste(text), Fact::Key(key)] = facts.as_slice() else { panic!("{} facts", facts.len()) };
        assert_eq!(text.len(), LONGEST_PASTE);
        assert_eq!(*key, Key::char('q'));
    }

    #[test]
    fn answers_of_the_terminal_are_no_keys() {
        let answers: &[&[u8]] = &[
            b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
            b"\x1b]10;rgb:ffff/ffff/ffff\x07",
            b"\x1b[?62;22c",
            b"\x1b[>0;276;0c",
            b"\x1b[?1u",
            b"\x1b[24;80R",
            b"\x1b[?2026;2$y",
            b"\x1bP>|xterm(388)\x1b\\",
            b"\x1b[I",
            b"\x1b[O",
            b"\x1b[8;24;80t",
        ];
        for answer in answers {
            let mut bytes = answer.to_vec();
            bytes.push(b'j');
            assert_eq!(keys(&bytes), ["j"], "{:?}", String::from_utf8_lossy(answer));
        }
    }

    #[test]
    fn releases_and_keys_without_a_name_are_nothing() {
        for bytes in [&b"\x1b[97;1:3u"[..], b"\x1b[1;1:3A", b"\x1b[2~", b"\x1b[57441u", b"\x1b[99~", b"\xff\xfe"] {
            assert_eq!(decoded(bytes), [], "{bytes:?}");
        }
    }

    #[test]
    fn only_the_left_button_and_the_wheel_are_reported() {
        let mouse = |kind| vec![Fact::Mouse(kind, 9, 4)];
        assert_eq!(decoded(b"\x1b[<0;10;5M"), mouse(MouseKind::Click));
        assert_eq!(decoded(b"\x1b[<64;10;5M"), mouse(MouseKind::WheelUp));
        assert_eq!(decoded(b"\x1b[<69;10;5M"), mouse(MouseKind::WheelDown));
        assert_eq!(decoded(b"\x1b[M *%"), mouse(MouseKind::Click));
        for other in [&b"\x1b[<0;10;5m"[..], b"\x1b[<32;10;5M", b"\x1b[<2;10;5M", b"\x1b[<0;10M", b"\x1b[<0;0;99999M"] {
            assert_eq!(decoded(other), [], "{:?}", String::from_utf8_lossy(other));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_decoder_and_keys_come_back_after_them(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        ) {
            let mut decoder = Decoder::new();
            let mut facts = Vec::new();
            decoder.feed(&bytes, &mut facts);
            decoder.settle(&mut facts);
            facts.clear();
            decoder.feed(b"q", &mut facts);
            proptest::prop_assert_eq!(facts, [Fact::Key(Key::char('q'))]);
        }
    }
}
