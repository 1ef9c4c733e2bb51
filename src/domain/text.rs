//! Text that somebody else wrote: kept as it came, shown so that it can do no harm.
//!
//! The one place that makes text safe. Whatever a provider said passes [`shown`] before it meets a terminal.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write as _};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::ascii_form;

/// Combining marks beyond this many in one cluster are left out on screen: real scripts stay below (Vietnamese 2,
/// Hebrew with cantillation 4, Tibetan stacks 7), stacked nonsense runs over the lines above.
const CLUSTER_CHARS: usize = 10;

/// Text from a provider, from the moment that it is decoded.
///
/// `Display` and `Debug` are safe for a terminal; [`Untrusted::raw`] is the text itself, for the wire, for
/// comparing and for JSON output.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(CompactString);

impl Untrusted {
    /// Keeps the text as it came.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(CompactString::from(text.as_ref()))
    }

    /// The text itself, unsafe for a terminal.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// One line in which every character that moves, hides or turns text is visible as an escape.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        shown(&self.0)
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.shown())
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// Makes one safe line of any text: control, bidi and zero-width characters become `\n`, `\t`, `\u{202e}` and the
/// like, and clusters of more than ten combining marks are cut. Text without such characters is borrowed.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    if !text.chars().any(is_hidden) && !text.graphemes(true).any(|cluster| cluster.chars().count() > CLUSTER_CHARS) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for cluster in text.graphemes(true) {
        for (nth, char) in cluster.chars().enumerate() {
            if is_hidden(char) {
                push_escape(&mut safe, char);
            } else if nth < CLUSTER_CHARS {
                safe.push(char);
            }
        }
    }
    Cow::Owned(safe)
}

/// One column, one character, and nothing to hide.
fn is_plain(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte)
}

/// The same of a value that somebody may have to tell from another one: blanks at its ends, which nobody sees, stand as
/// `␣`, and those that are no plain space as escapes.
#[must_use]
pub fn shown_value(text: &str) -> Cow<'_, str> {
    let inner = text.trim();
    if inner.len() == text.len() {
        return shown(text);
    }
    let (before, behind) = match inner {
        "" => (text, ""),
        inner => {
            let start = text.len() - text.trim_start().len();
            (&text[..start], &text[start + inner.len()..])
        }
    };
    Cow::Owned(format!("{}{}{}", blanks_shown(before), shown(inner), blanks_shown(behind)))
}

/// Two values beside each other. Where they differ in blanks inside them alone, all of these are visible.
#[must_use]
pub fn shown_sides(from: &str, to: &str) -> [String; 2] {
    let visible = |text: &str| text.chars().filter(|char| !char.is_whitespace()).collect::<String>();
    if from.trim() != to.trim() && visible(from) == visible(to) {
        return [from, to].map(blanks_shown);
    }
    [from, to].map(|text| shown_value(text).into_owned())
}

/// A text in which no blank is left unseen.
fn blanks_shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() * 2);
    for char in text.chars() {
        match char {
            ' ' => safe.push('␣'),
            blank if blank.is_whitespace() => push_escape(&mut safe, blank),
            other => safe.push_str(&shown(other.encode_utf8(&mut [0; 4]))),
        }
    }
    safe
}

fn push_escape(safe: &mut String, char: char) {
    match char {
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        other => {
            use fmt::Write as _;
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(other));
        }
    }
}

/// Characters that a person cannot see, or that change how their neighbours are seen: C0, DEL and C1 controls, line
/// and paragraph separators, bidi marks, embeddings, overrides and isolates, zero-width characters, soft hyphen,
/// invisible operators, fillers, interlinear marks and tag characters; also what makes a cluster's width a matter of
/// opinion among terminals (variation selectors, regional indicators, skin tones), so that no border shifts.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Text that can be pasted: what a shell or a terminal would act on, and what turns or splits lines, is an escape as on
/// screen. Borrowed if there is no such thing. Signs that belong to scripts and to pictures stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let acts = |char: char| {
        char.is_control()
            || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if acts(char) {
            push_escape(&mut safe, char);
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

/// `4,031`.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many columns the terminal gives to characters of ambiguous width (Unicode's East Asian Width `A`: Greek and
/// Cyrillic letters, typographic quotes and much else).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ambiguous {
    /// One: nearly all terminals.
    #[default]
    Narrow,
    /// Two: terminals that are set up for Chinese, Japanese or Korean.
    Wide,
}

thread_local! {
    static AMBIGUOUS: Cell<Ambiguous> = const { Cell::new(Ambiguous::Narrow) };
}

/// From now on texts are measured so on this thread: all that is measured for a screen is measured on one.
pub fn ambiguous(ambiguous: Ambiguous) {
    AMBIGUOUS.set(ambiguous);
}

/// The columns that a text takes in a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() || AMBIGUOUS.get() == Ambiguous::Narrow {
        return UnicodeWidthStr::width(text);
    }
    text.graphemes(true).map(wide).sum()
}

/// The columns of a cluster where ambiguous characters take two. The program's own signs are drawn in ASCII there.
fn wide(cluster: &str) -> usize {
    let mut chars = cluster.chars();
    match (chars.next(), chars.next()) {
        (Some(sign), None) if ascii_form(sign).is_some() => 1,
        (Some(first), _) if is_ambiguous_letter(first) => UnicodeWidthStr::width_cjk(cluster).max(2),
        _ => UnicodeWidthStr::width_cjk(cluster),
    }
}

/// Letters of East Asian Width `A`, and marks among them. The crate that measures takes letters for narrow in any context;
/// terminals that draw ambiguous characters wide draw these wide, too (`EastAsianWidth.txt` of Unicode).
fn is_ambiguous_letter(char: char) -> bool {
    matches!(char,
        // Greek and Cyrillic.
        '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3a9}' | '\u{3b1}'..='\u{3c1}' | '\u{3c3}'..='\u{3c9}' | '\u{401}'
        | '\u{410}'..='\u{44f}' | '\u{451}'
        // Latin.
        | '\u{a8}' | '\u{aa}' | '\u{af}' | '\u{b4}' | '\u{b8}' | '\u{ba}' | '\u{c6}' | '\u{d0}' | '\u{d8}'
        | '\u{de}'..='\u{e1}' | '\u{e6}' | '\u{e8}'..='\u{ea}' | '\u{ec}'..='\u{ed}' | '\u{f0}' | '\u{f2}'..='\u{f3}'
        | '\u{f8}'..='\u{fa}' | '\u{fc}' | '\u{fe}' | '\u{101}' | '\u{111}' | '\u{113}' | '\u{11b}'
        | '\u{126}'..='\u{127}' | '\u{12b}' | '\u{131}'..='\u{133}' | '\u{138}' | '\u{13f}'..='\u{142}' | '\u{144}'
        | '\u{148}'..='\u{14b}' | '\u{14d}' | '\u{152}'..='\u{153}' | '\u{166}'..='\u{167}' | '\u{16b}' | '\u{1ce}'
        | '\u{1d0}' | '\u{1d2}' | '\u{1d4}' | '\u{1d6}' | '\u{1d8}' | '\u{1da}' | '\u{1dc}' | '\u{251}' | '\u{261}'
        | '\u{2c4}' | '\u{2c7}' | '\u{2c9}'..='\u{2cb}' | '\u{2cd}' | '\u{2d0}' | '\u{2d8}'..='\u{2db}' | '\u{2dd}'
        | '\u{2df}')
}

/// Cuts at a cluster's border so that the text takes at most `columns`, with `…` where something was left out.
/// Expects text that has passed [`shown`].
#[must_use]
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    // Every column needs at least a byte: short texts need no measuring, and long ones are not measured to their end.
    if text.len() <= columns && text.is_ascii() {
        return Cow::Borrowed(text);
    }
    // So with those that are cut.
    if let Some(last) =
        text.as_bytes().get(..=columns).filter(|begin| begin.iter().copied().all(is_plain)).and(columns.checked_sub(1))
    {
        return Cow::Owned(format!("{}…", &text[..last]));
    }
    let mut used = 0;
    let mut cut = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = width(cluster);
        if used + wide > columns {
            return Cow::Owned(if columns == 0 { String::new() } else { format!("{}…", &text[..cut]) });
        }
        used += wide;
        if used < columns {
            cut = at + cluster.len();
        }
    }
    Cow::Borrowed(text)
}

/// The same with what is left out in the middle: a third of the columns for the beginning, the rest for the end, which
/// tells more of a path.
#[must_use]
pub fn clip_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    // Up to the sign; with too little room for both ends the beginning alone.
    let begin = columns.div_ceil(3);
    let room = columns.saturating_sub(begin);
    if room < 2 {
        return clip(text, columns);
    }
    Cow::Owned(format!("{}{}", clip(text, begin), end(text, room)))
}

/// The same with what is left out at the beginning, for texts that begin alike.
#[must_use]
pub fn clip_start(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns || columns < 2 {
        return clip(text, columns);
    }
    Cow::Owned(format!("…{}", end(text, columns - 1)))
}

/// What stands behind so many columns of a text: from a cluster's border on.
#[must_use]
pub fn behind(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        if used >= columns {
            return &text[at..];
        }
        used += width(cluster);
    }
    ""
}

/// As much of a text's end as so many columns hold.
fn end(text: &str, mut room: usize) -> &str {
    let mut from = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        let wide = width(cluster);
        if wide > room {
            break;
        }
        room -= wide;
        from = at;
    }
    &text[from..]
}

/// The place of the first character that `is` it, of those that are not printed ASCII: no other one is looked at.
fn first_odd(text: &str, is: impl Fn(char) -> bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.as_bytes()[from..].iter().position(|byte| *byte >= 0x7f)?;
        let char = text[at..].chars().next()?;
        if is(char) {
            return Some(at);
        }
        from = at + char.len_utf8();
    }
}

/// JSON text in which characters that move, hide or turn text are escapes: the same JSON, and harmless on a terminal.
/// Control characters below 0x20 are escaped by the writer already.
#[must_use]
pub fn careful(json: &str) -> Cow<'_, str> {
    let hides = |char: char| (char == '\u{7f}' || !char.is_ascii()) && is_hidden(char);
    // Most of what is written is plain, and there may be a lot of it.
    if json.is_ascii() && memchr::memchr(0x7f, json.as_bytes()).is_none() {
        return Cow::Borrowed(json);
    }
    let Some(first) = first_odd(json, hides) else { return Cow::Borrowed(json) };
    let mut text = String::with_capacity(json.len() + 16);
    text.push_str(&json[..first]);
    for char in json[first..].chars() {
        if hides(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(char);
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_that_nobody_sees_are_shown() {
        for (text, seen) in [
            ("Acme", "Acme"),
            ("Acme Ltd", "Acme Ltd"),
            ("Acme ", "Acme␣"),
            ("  Acme Ltd", "␣␣Acme Ltd"),
            ("   ", "␣␣␣"),
            ("\u{a0}株式会社　山田\n", "\\u{a0}株式会社　山田\\n"),
            ("", ""),
        ] {
            assert_eq!(shown_value(text), seen, "{text:?}");
        }
        assert_eq!(shown_sides("Acme", "Acme "), ["Acme", "Acme␣"]);
        assert_eq!(shown_sides("A  B", "A B"), ["A␣␣B", "A␣B"]);
        assert_eq!(shown_sides("A\u{a0}B", "A B"), ["A\\u{a0}B", "A␣B"]);
        assert_eq!(shown_sides("A B", "A C "), ["A B", "A C␣"]);
        assert_eq!(shown_sides("", " "), ["", "␣"]);
    }

    #[test]
    fn escapes_are_visible_and_plain_text_is_borrowed() {
        assert!(matches!(shown("Acme Ltd."), Cow::Borrowed(_)));
        assert!(matches!(shown("Ærø Bryggeri 株式会社"), Cow::Borrowed(_)));
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{202e}d\u{9b}"), "a\\u{1b}[2Jb\\nc\\u{202e}d\\u{9b}");
        assert_eq!(shown("zero\u{200b}width"), "zero\\u{200b}width");
    }

    #[test]
    fn what_is_pasted_neither_ends_a_line_nor_turns_it() {
        assert_eq!(harmless("x\nreboot\r"), "x\\nreboot\\r");
        assert_eq!(harmless("evil\u{1b}[201~\u{202e}txt\u{85}"), "evil\\u{1b}[201~\\u{202e}txt\\u{85}");
        for text in ["Bäckerei Müller", "株式会社", "می\u{200c}خواهم", "👩\u{200d}🔬 ❤\u{fe0f}"] {
            assert!(matches!(harmless(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn three_hundred_combining_marks_are_cut() {
        let stacked = format!("Z{}algo", "\u{301}".repeat(300));
        let safe = shown(&stacked);
        assert!(safe.chars().count() < 20, "{safe}");
        assert!(safe.ends_with("algo"));
    }

    #[test]
    fn clip_keeps_to_its_columns() {
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(clip("abcd", 4), "abcd");
        assert_eq!(clip("株式会社", 5), "株式…");
        assert_eq!(clip("株式会社", 4), "株…");
        assert_eq!(clip("x", 0), "");
    }

    #[test]
    fn ambiguous_characters_take_two_columns_where_the_terminal_gives_them_that() {
        let cases = [
            ("Кофейня", 7, 14),
            ("Ω1", 2, 3),
            ("株式", 4, 4),
            ("plain", 5, 5),
            ("é", 1, 2),
            ("a…b", 3, 3),
            ("│x", 2, 2),
        ];
        for (text, narrow, wide) in cases {
            assert_eq!(width(text), narrow, "{text}");
            ambiguous(Ambiguous::Wide);
            let measured = width(text);
            ambiguous(Ambiguous::Narrow);
            assert_eq!(measured, wide, "{text}");
        }
        ambiguous(Ambiguous::Wide);
        let clipped = [clip("Кофейня", 5), clip("Кофейня", 4), clip_middle("Кофейня Север", 9)].map(Cow::into_owned);
        ambiguous(Ambiguous::Narrow);
        assert_eq!(clipped, ["Ко…", "К…", "К…вер"]);
    }

    #[test]
    fn clip_middle_keeps_both_ends() {
        assert_eq!(clip_middle("/accounts/0123456789/profile", 18), "/acco…6789/profile");
        assert_eq!(clip_middle("/accounts", 9), "/accounts");
        assert_eq!(clip_middle("株式会社みらい", 9), "株…みらい");
        assert_eq!(clip_middle("abcdef", 2), "a…");
        assert_eq!(clip_middle("abcdef", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_clip_never_overflows(text in any::<String>(), columns in 0usize..40) {
            let safe = shown(&text);
            prop_assert!(!safe.chars().any(is_hidden));
            prop_assert!(width(&clip(&safe, columns)) <= columns);
            prop_assert!(width(&clip_middle(&safe, columns)) <= columns);
            ambiguous(Ambiguous::Wide);
            let wide = [clip(&safe, columns), clip_middle(&safe, columns)].map(|text| width(&text));
            ambiguous(Ambiguous::Narrow);
            prop_assert!(wide.iter().all(|wide| *wide <= columns), "{:?}", wide);
        }
    }
}
