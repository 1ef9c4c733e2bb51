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
    /// Inside an answer of the terminal: nobody types what it began with, and its end may be on its way.
    Answer,
}

impl Patience {
    /// In milliseconds. Esc is waited for as little as helps, because every Esc pays for it.
    pub(super) fn millis(self) -> Option<i64> {
        match self {
            Self::Forever => None,
            Self::Escape => Some(4),
            Self::Sequence => Some(50),
            Self::Paste | Self::Answer => Some(1_000),
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
    /// Inside a string that the terminal sends (OSC, DCS, APC): taken or skipped when its end has come.
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
            At::String | At::StringEscape if self.is_answer() => Patience::Answer,
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
            At::String if !self.is_answer() => return self.give_back(out),
            At::StringEscape if !self.is_answer() => {
                self.give_back(out);
                return out.push(key(Key::plain(KeyCode::Esc)));
            }
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
            At::String => self.string(byte, out),
            At::StringEscape if byte == b'\\' && self.is_answer() => self.answered(out),
            At::StringEscape => {
                if !self.is_answer() {
                    self.give_back(out);
                }
                self.rest(At::Escape);
                self.escape(byte, out);
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
            b']' | b'P' | b'_' => {
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

    /// A byte of a string that the terminal sends, if it is one: Alt with `]`, say, begins the same.
    fn string(&mut self, byte: u8, out: &mut Vec<Fact>) {
        match byte {
            0x07 if self.is_answer() => self.answered(out),
            0x1b if !self.pending.is_empty() => self.at = At::StringEscape,
            // No string has such a byte: it is a key, and so was what it seemed to begin with.
            0x00..=0x1f | 0x7f => {
                if !self.is_answer() {
                    self.give_back(out);
                }
                self.rest(At::Ground);
                self.byte(byte, out);
            }
            _ if !self.is_answer() && !goes_on(self.introducer, &self.pending, byte) => {
                self.give_back(out);
                self.byte(byte, out);
            }
            _ => self.remember(byte),
        }
    }

    /// What began as a string of the terminal was typed: Alt and a key, and what followed.
    fn give_back(&mut self, out: &mut Vec<Fact>) {
        let typed = std::mem::take(&mut self.pending);
        out.push(key(alt(self.introducer.into())));
        self.rest(At::Ground);
        self.feed(&typed, out);
    }

    /// Whether what is open has gone on as nobody types: an OSC's number and its `;`, two or three signs of the others.
    fn is_answer(&self) -> bool {
        match (self.introducer, self.pending.as_slice()) {
            (b']', pending) => pending.contains(&b';'),
            (b'P', [b'>' | b'!', b'|', ..] | [b'0'..=b'9', b'$' | b'+', b'r' | b'u', ..])
            | (b'_', [b'G', b'a'..=b'z' | b'A'..=b'Z', b'=', ..]) => true,
            _ => false,
        }
    }

    /// A string of the terminal has come to its end: of all there are only the background's colour is of use.
    fn answered(&mut self, out: &mut Vec<Fact>) {
        let text = std::str::from_utf8(&self.pending).ok();
        let colour = text.filter(|_| self.introducer == b']').and_then(background);
        out.extend(colour.map(Fact::Background));
        self.rest(At::Ground);
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

/// The most digits of an OSC's number (1337 is `iTerm2`'s).
const OSC_DIGITS: usize = 4;

/// Whether a string of the terminal may have this next, after Esc, its introducer and what came: an OSC its number and
/// `;`, a DCS the beginning of a version, an identity or a setting, an APC that of kitty's graphics. No terminal sends
/// the other two.
fn goes_on(introducer: u8, before: &[u8], byte: u8) -> bool {
    match (introducer, before) {
        (b']', []) => byte.is_ascii_digit(),
        (b']', digits) => byte == b';' || byte.is_ascii_digit() && digits.len() < OSC_DIGITS,
        (b'P', []) => byte.is_ascii_digit() || matches!(byte, b'>' | b'!'),
        (b'P', [b'>' | b'!']) => byte == b'|',
        (b'P', [_]) => matches!(byte, b'$' | b'+'),
        (b'P', [_, _]) => matches!(byte, b'r' | b'u'),
        (b'_', []) => byte == b'G',
        (b'_', [_]) => byte.is_ascii_alphabetic(),
        (b'_', [_, _]) => byte == b'=',
        _ => false,
    }
}

/// The colour of `11;rgb:1e1e/1e1e/1e1e`, each part of one to four digits; a fourth part is how opaque it is.
fn background(answer: &str) -> Option<[u8; 3]> {
    let colour = answer.strip_prefix("11;")?;
    let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|digits| {
        let most = (1_u32 << (4 * u32::try_from(digits.len()).ok().filter(|count| (1..=4).contains(count))?)) - 1;
        let value = u32::from_str_radix(digits, 16).ok()?;
        u8::try_from((value * 255 + most / 2) / most).ok()
    });
    let mut next = || parts.next().flatten();
    Some([next()?, next()?, next()?])
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

/// A mouse report; columns and rows from 1. Only what the browser uses: the left button going
/// down, moving and going up, and the wheel.
fn mouse(button: u32, column: u32, row: u32, down: bool) -> Option<Fact> {
    const MODIFIERS: u32 = 4 | 8 | 16;
    const DRAGGED: u32 = 32;
    let kind = match button & !MODIFIERS {
        0 if down => MouseKind::Click,
        // The old form says of no button which one went up.
        0 | 3 => MouseKind::Release,
        DRAGGED if down => MouseKind::Drag,
        64 => MouseKind::WheelUp,
        65 => MouseKind::WheelDown,
        _ => return None,
    };
    let from_zero = |place: u32| u16::try_from(place.saturating_sub(1)).ok();
    Some(Fact::Mouse(kind, from_zero(column)?, from_zero(row)?))
}

#[cfg(test)]
mod tests;
