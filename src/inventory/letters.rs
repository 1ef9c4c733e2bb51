//! Which letters a name has, in 32 bits: a name that lacks a letter of a word cannot match it.

use nucleo_matcher::chars::{normalize, to_lower_case};

/// The letters of a text, case and accents folded: a bit for each from `a` to `z`, one for digits, three for signs, one
/// for other ASCII and one for all else. Whatever a word matches in a name has all bits of the word's characters.
#[must_use]
pub(super) fn letters(text: &str) -> u32 {
    if text.is_ascii() {
        return text.bytes().fold(0, |mask, byte| mask | of_ascii(byte.to_ascii_lowercase()));
    }
    text.chars().fold(0, |mask, char| mask | of(char))
}

fn of(char: char) -> u32 {
    // The matcher may fold in either order, and a character that it folds differently must still be found.
    let folded = to_lower_case(normalize(to_lower_case(char)));
    u8::try_from(folded).ok().filter(u8::is_ascii).map_or(1 << 31, of_ascii)
}

fn of_ascii(byte: u8) -> u32 {
    let bit = match byte {
        b'a'..=b'z' => byte - b'a',
        b'0'..=b'9' => 26,
        b' ' => 27,
        b'-' => 28,
        b'.' | b'_' => 29,
        _ => 30,
    };
    1 << bit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Filter;
    use crate::inventory::fake::account;

    #[test]
    fn case_and_accents_fold() {
        assert_eq!(letters("ÀB c"), letters("ab C"));
        assert_eq!(letters("abc") & !letters("cab"), 0);
        assert_ne!(letters("acme") & !letters("globex"), 0);
        assert_eq!(letters(""), 0);
    }

    proptest! {
        #[test]
        fn a_word_that_matches_a_name_has_no_letter_that_the_name_lacks(
            name in prop_oneof!["[a-eA-E0-2äéÄ株 -]{0,12}", any::<String>()],
            word in prop_oneof!["[a-eA-E0-2äé株-]{1,3}", "\\PC{1,2}"],
        ) {
            // The words of the filter that are bound to names alone.
            let filter = Filter::parse(&word);
            let plain = word.chars().all(char::is_alphanumeric) && !filter.is_empty();
            if plain && !filter.matched(&name).is_empty() {
                prop_assert_eq!(letters(&word) & !letters(&name), 0, "{:?} in {:?}", word, name);
            }
        }
    }
    #[test]
    fn an_account_is_found_by_the_letters_of_its_name() {
        let named = account("1", "Ærø Bryggeri");
        let filter = Filter::parse("bryg");
        assert!(filter.score(&named).is_some());
        assert_eq!(letters("bryg") & !letters(named.name.raw()), 0);
    }
}
