//! How a name looks: names that a person may take for each other look the same.
//!
//! Case and accents aside, and with blanks and invisible characters as they are seen. Letters of Latin, Greek and
//! Cyrillic, figures and signs that are drawn alike are one letter, after the table of confusables of Unicode (UTS #39):
//! of that table the part that names of companies and teams are written in, since all of it would be larger than the
//! rest of this room. Two names may look the same here that a careful eye can tell apart (`Mail` and `Mall`); that costs
//! a mark too many.

use super::filter::{lower, plain};

/// What is seen of a name, for comparing; nobody reads it.
#[must_use]
pub fn skeleton(name: &str) -> String {
    let mut skeleton = String::with_capacity(name.len());
    seen(name, |char| skeleton.push(char));
    skeleton
}

/// The same as a number: that of names that look the same is the same, and seldom that of others. 0 where there is
/// nothing to see.
#[must_use]
pub fn look(name: &str) -> u32 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = START;
    let mut any = false;
    seen(name, |char| {
        any = true;
        hash = (hash ^ u64::from(char)).wrapping_mul(PRIME);
    });
    // Both halves count: the upper bits of a short name's are better than its lower ones.
    let folded = u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or(1);
    if any { folded.max(1) } else { 0 }
}

/// Gives each letter that is seen, as the one that stands for all that look like it.
fn seen(name: &str, mut give: impl FnMut(char)) {
    let (mut any, mut blank) = (false, false);
    for char in name.chars() {
        let char = if char.is_ascii() { char::from(ASCII[usize::from(char as u8 & 0x7f)]) } else { other(char) };
        match char {
            UNSEEN => {}
            ' ' => blank = any,
            char => {
                if std::mem::take(&mut blank) {
                    give(' ');
                }
                any = true;
                if char == 'm' {
                    // `rn` is seen as it.
                    give('r');
                    give('n');
                } else {
                    give(char);
                }
            }
        }
    }
}

/// Stands for characters that nobody sees.
const UNSEEN: char = '\0';

/// What each character of ASCII looks like.
const ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut code = 0u8;
    while code < 128 {
        table[code as usize] = match code {
            b'0' | b'O' => b'o',
            b'1' | b'I' | b'i' | b'L' | b'|' => b'l',
            b'A'..=b'Z' => code.to_ascii_lowercase(),
            b'\t'..=b'\r' => b' ',
            b'`' => b'\'',
            0..=0x1f | 0x7f => 0,
            _ => code,
        };
        code += 1;
    }
    table
};

/// What a character beyond ASCII looks like.
fn other(char: char) -> char {
    let ascii = |char: char| if char.is_ascii() { char::from(ASCII[usize::from(char as u8 & 0x7f)]) } else { char };
    if let Some(char) = drawn_alike(char) {
        return ascii(char);
    }
    if char.is_whitespace() || matches!(char, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}') {
        return ' ';
    }
    if is_unseen(char) {
        return UNSEEN;
    }
    let small = plain(lower(plain(char)));
    ascii(drawn_alike(small).unwrap_or(small))
}

/// Marks on other characters, and what takes no room.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{61c}' | '\u{180e}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}')
}

/// The character of ASCII that is drawn like one beyond it. Of Greek capitals and small letters that are drawn like
/// different ones each goes with its own; of Cyrillic, whose small letters mostly are small capitals, both go with the
/// capital's.
fn drawn_alike(char: char) -> Option<char> {
    Some(match char {
        // Greek.
        'Α' | 'α' | 'ɑ' | 'а' | 'А' => 'a',
        'Β' | 'β' | 'В' | 'в' | 'Ь' | 'ь' => 'b',
        'ϲ' | 'Ϲ' | 'С' | 'с' | 'ⅽ' | 'Ⅽ' => 'c',
        'Ԁ' | 'ԁ' | 'ⅾ' | 'Ⅾ' => 'd',
        'Ε' | 'ε' | 'Е' | 'е' | 'Ё' | 'ё' | 'ҽ' | 'Ҽ' | 'ℯ' | '℮' => 'e',
        'ƒ' | 'ϝ' | 'Ϝ' => 'f',
        'ɡ' | 'ց' | 'Ԍ' | 'ԍ' => 'g',
        'Η' | 'Н' | 'н' | 'Һ' | 'һ' | 'ℎ' => 'h',
        'Ι' | 'ι' | 'І' | 'і' | 'Ї' | 'ї' | 'Ӏ' | 'ӏ' | 'ⅰ' | 'Ⅰ' | 'ⅼ' | 'Ⅼ' | 'ℓ' | 'ǀ' | '∣' | '׀' | 'ߊ' | 'ı' => {
            'l'
        }
        'Ј' | 'ј' | 'ϳ' | 'Ϳ' => 'j',
        'Κ' | 'κ' | 'К' | 'к' | '\u{212a}' => 'k',
        'Μ' | 'М' | 'м' | 'ⅿ' | 'Ⅿ' | 'Ϻ' => 'm',
        'Ν' | 'η' | 'ո' | 'п' | 'П' => 'n',
        'Ο' | 'ο' | 'О' | 'о' | 'σ' | 'Օ' | 'օ' | '੦' | '०' | '٥' | '۵' | '〇' => 'o',
        'Ρ' | 'ρ' | 'ϱ' | 'Р' | 'р' => 'p',
        'Ԛ' | 'ԛ' => 'q',
        'г' | 'Г' | 'Γ' => 'r',
        'Ѕ' | 'ѕ' | 'ꜱ' => 's',
        'Τ' | 'τ' | 'Т' | 'т' => 't',
        'υ' | 'μ' | 'µ' | 'ս' | 'Ս' => 'u',
        'ν' | 'Ѵ' | 'ѵ' | 'ⅴ' | 'Ⅴ' | '∨' => 'v',
        'ω' | 'Ԝ' | 'ԝ' | 'ѡ' | 'Ѡ' => 'w',
        'Χ' | 'χ' | 'Х' | 'х' | 'ⅹ' | 'Ⅹ' | '×' => 'x',
        'Υ' | 'γ' | 'У' | 'у' | 'Ү' | 'ү' => 'y',
        'Ζ' | 'ζ' => 'z',
        'З' | 'з' | 'Ӡ' | 'ӡ' | 'Ʒ' | 'ʒ' => '3',
        'б' | 'Б' => '6',
        // Mathematical letters: 13 alphabets of both cases one after the other, then five rows of figures.
        '\u{1d400}'..='\u{1d6a3}' => {
            let nth = u8::try_from((u32::from(char) - 0x1d400) % 26).unwrap_or_default();
            char::from(b'a' + nth)
        }
        '\u{1d7ce}'..='\u{1d7ff}' => {
            let nth = u8::try_from((u32::from(char) - 0x1d7ce) % 10).unwrap_or_default();
            char::from(b'0' + nth)
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{fe58}' | '\u{fe63}' => '-',
        '‘' | '’' | '‛' | '′' | 'ʹ' | 'ʻ' | 'ʼ' | '´' | '＇' => '\'',
        '․' | '·' | '٠' | '۰' => '.',
        '‚' | '٫' => ',',
        '∕' | '⁄' | '⧸' => '/',
        '∶' | '׃' | 'ː' => ':',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_can_be_taken_for_each_other_look_the_same() {
        for (one, other) in [
            ("Acme", "ACME"),
            ("Acme", "Асme"),
            ("Acme", "Αcme"),
            ("Acme Ltd", " Acme\u{a0} Ltd "),
            ("Acme Ltd", "Acme\u{200b} Ltd\u{202c}"),
            ("Store 10", "Store lO"),
            ("Internal", "lnternal"),
            ("Internal", "|nternal"),
            ("Modern", "Modem"),
            ("Bäckerei Müller", "Backerei Muller"),
            ("Bäckerei Müller", "Ba\u{308}ckerei Mu\u{308}ller"),
            ("ＡＣＭＥ", "acme"),
            ("𝐀𝐜𝐦𝐞 𝟏", "acme 1"),
            ("Кофейня Север", "кофейня север"),
            ("ΚΑΦΕ", "KAΦE"),
            ("Ops–EU", "Ops-EU"),
            ("O’Neill", "O'Neill"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one:?} {other:?}");
            assert_eq!(look(one), look(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn other_names_do_not() {
        for (one, other) in [
            ("Acme", "Acne"),
            ("Store 001 Oslo", "Store 002 Oslo"),
            ("AcmeLtd", "Acme Ltd"),
            ("株式会社みらい", "株式会社あおい"),
            ("Кофейня Север", "Кофейня Юг"),
            ("prod-1", "prod-2"),
            ("", "x"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one:?} {other:?}");
            assert_ne!(look(one), look(other), "{one:?} {other:?}");
        }
        assert_eq!((look(""), look(" \u{200b}\t")), (0, 0), "nothing is to be seen of them");
    }

    proptest! {
        #[test]
        fn what_looks_the_same_has_the_same_number(name in any::<String>(), ascii in "[ -~]{0,24}") {
            for name in [&name, &ascii] {
                let again = skeleton(name);
                prop_assert_eq!(look(name) == 0, again.is_empty());
                prop_assert!(!again.starts_with(' ') && !again.ends_with(' ') && !again.contains("  "));
            }
            prop_assert_eq!(look(&ascii), look(&ascii.to_ascii_uppercase()));
            prop_assert_eq!(look(&ascii), look(&ascii.to_ascii_lowercase()));
        }
    }
}
