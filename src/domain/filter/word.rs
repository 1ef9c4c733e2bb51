//! One word of a filter, read and matched as fzf's extended search does it.

use std::cell::RefCell;

use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation;

use super::fold::{Fold, bit};

/// The matcher counts scores in 16 bits, up to 26 a character: what a word has beyond this must match, but is not scored.
const SCORED_CHARS: usize = 500;

/// From this many characters on, ids that begin with a word come first: shorter beginnings are shared by chance.
const ID_CHARS: usize = 4;

/// Shorter words look at names and beginnings of ids alone: one or two letters stand in nearly every hexadecimal id,
/// which helps nobody. In bytes, so that one Chinese character is enough.
const PART_BYTES: usize = 3;

/// What a name's match counts more than one elsewhere: more than the matcher's 16-bit scores.
const NAME_FIRST: u32 = 1 << 16;
/// More than any match of a name can reach, so that an id that was typed or pasted comes first.
const ID_FIRST: u32 = 1 << 20;

/// Points as in fzf: a character, one at a word's start, one after a match.
const SCORE: u32 = 16;
const BOUNDARY: u32 = 8;
const RUN: u32 = 4;

/// Where in a text a word must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `word`: its letters in this order, others between them.
    Fuzzy,
    /// `'word`: anywhere, in one piece.
    Exact,
    /// `'word'`: in one piece, between word boundaries.
    Whole,
    /// `^word`: at the beginning, white space aside.
    Start,
    /// `word$`: at the end, white space aside.
    End,
    /// `^word$`: nothing else.
    Equal,
}

/// A word: what must (or with `!` must not) be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// `!`: what it finds is left out.
    pub negative: bool,
    /// Where it must stand in a name.
    pub place: Place,
    /// How letters are compared: smart case and accents.
    pub fold: Fold,
    text: String,
    chars: Box<[char]>,
}

/// What matching needs again and again. The matcher alone is over 100 KB: one a thread, never one a row.
pub(super) struct Scratch {
    matcher: Matcher,
    /// The text as it is.
    chars: Vec<char>,
    /// The text as the matcher shall see it.
    seen: Vec<char>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        matcher: Matcher::new(Config::DEFAULT),
        chars: Vec::new(),
        seen: Vec::new(),
    });
}

/// Lends this thread's scratch.
pub(super) fn with_scratch<T>(use_it: impl FnOnce(&mut Scratch) -> T) -> T {
    SCRATCH.with_borrow_mut(use_it)
}

impl Word {
    /// Reads one, its sigils included, `\ ` already a space. `None` where nothing is left to look for, as for a lone `!`.
    pub(super) fn read(token: &str) -> Option<Self> {
        let fold = Fold::smart(token);
        let mut text = token;
        let mut negative = false;
        let mut place = Place::Fuzzy;
        if let Some(rest) = text.strip_prefix('!') {
            (negative, place, text) = (true, Place::Exact, rest);
        }
        if text != "$"
            && let Some(rest) = text.strip_suffix('$')
        {
            (place, text) = (Place::End, rest);
        }
        if let Some(inner) =
            text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).filter(|it| !it.is_empty())
        {
            (place, text) = (Place::Whole, inner);
        } else if let Some(rest) = text.strip_prefix('\'') {
            place = if negative { Place::Fuzzy } else { Place::Exact };
            text = rest;
        } else if let Some(rest) = text.strip_prefix('^') {
            place = if place == Place::End { Place::Equal } else { Place::Start };
            text = rest;
        }
        if text.is_empty() {
            return None;
        }
        let chars: Box<[char]> = text.chars().map(|char| fold.apply(char)).collect();
        Some(Self { negative, place, fold, text: chars.iter().collect(), chars })
    }

    /// What is looked for, folded.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The letters that a name must have to match it (see [`super::letters`]).
    #[must_use]
    pub fn letters(&self) -> u32 {
        self.chars.iter().fold(0, |mask, char| mask | bit(*char))
    }

    /// Whether it can be searched in texts that were folded once ([`Fold::ALL`]): case and accents do not count.
    #[must_use]
    pub fn is_folded(&self) -> bool {
        self.fold == Fold::ALL
    }

    /// How ids, e-mails and parents must contain it; `None` if they need not be looked at: it is short, or bound to a
    /// beginning or end.
    #[must_use]
    pub fn part(&self) -> Option<Place> {
        match self.place {
            Place::Fuzzy | Place::Exact if self.text.len() >= PART_BYTES => Some(Place::Exact),
            Place::Whole if self.text.len() >= PART_BYTES => Some(Place::Whole),
            Place::Fuzzy | Place::Exact | Place::Whole | Place::Start | Place::End | Place::Equal => None,
        }
    }

    /// How an id as a whole must stand to it.
    #[must_use]
    pub fn id_place(&self) -> Place {
        match self.place {
            Place::End | Place::Equal => self.place,
            Place::Fuzzy | Place::Exact | Place::Whole | Place::Start => Place::Start,
        }
    }

    /// How well a name, an id, an e-mail or a parent (whose own score is `above`) matches, `!` aside: ids that begin with
    /// it come first, then names.
    pub(super) fn find(
        &self,
        name: &str,
        id: &str,
        email: &str,
        above: Option<u32>,
        scratch: &mut Scratch,
    ) -> Option<u32> {
        let by_id = self.by_id(id, scratch);
        if let Some((score, true)) = by_id {
            return Some(score);
        }
        if let Some(score) = self.by_name(name, scratch) {
            return Some(score);
        }
        match self.part() {
            None => by_id.map(|(score, _)| score),
            Some(part) => self.score(id, part, scratch).or_else(|| self.score(email, part, scratch)).or(above),
        }
    }

    /// How well an id as a whole stands to it, and whether that comes before all else: such an id was typed or pasted.
    pub(super) fn by_id(&self, id: &str, scratch: &mut Scratch) -> Option<(u32, bool)> {
        let score = self.score(id, self.id_place(), scratch)?;
        let is_first = self.chars.len() >= ID_CHARS || self.text.len() == id.len();
        Some(if is_first { (ID_FIRST + score, true) } else { (score, false) })
    }

    /// How well a name matches, before all that is found elsewhere in a row.
    pub(super) fn by_name(&self, name: &str, scratch: &mut Scratch) -> Option<u32> {
        self.score(name, self.place, scratch).map(|score| NAME_FIRST + score)
    }

    /// How well it stands in a text, `!` aside.
    pub(super) fn score(&self, text: &str, place: Place, scratch: &mut Scratch) -> Option<u32> {
        if place == Place::Fuzzy {
            return self.fuzzy(text, scratch);
        }
        if text.is_ascii() {
            let may_stand = match place {
                Place::Exact => self.is_in(text.as_bytes()),
                Place::Start | Place::Equal => self.may_begin(text.as_bytes()),
                Place::Fuzzy | Place::Whole | Place::End => true,
            };
            if !may_stand {
                return None;
            }
            return self.find_piece(text.as_bytes(), place).map(|(_, score)| score);
        }
        scratch.chars.clear();
        scratch.chars.extend(text.chars());
        self.find_piece(&scratch.chars, place).map(|(_, score)| score)
    }

    /// Whether it stands somewhere in an ASCII text: the same answer as [`Word::best_piece`]'s, without a look at each
    /// place. Every id of the inventory is asked this.
    fn is_in(&self, text: &[u8]) -> bool {
        let word = self.text.as_bytes();
        let Some(last) = text.len().checked_sub(word.len()) else { return false };
        if !word.is_ascii() {
            return false;
        }
        let Some(first) = word.first() else { return true };
        let stands = |at: usize| {
            let piece = &text[at..at + word.len()];
            if self.fold.case { piece.eq_ignore_ascii_case(word) } else { piece == word }
        };
        let other = if self.fold.case { first.to_ascii_uppercase() } else { *first };
        memchr::memchr2_iter(*first, other, &text[..=last]).any(stands)
    }

    /// False if an ASCII text begins with another letter, white space aside.
    fn may_begin(&self, text: &[u8]) -> bool {
        let Some(first) = self.chars.first().filter(|first| !first.is_whitespace()) else { return true };
        let begins = text.iter().copied().map(char::from).find(|char| !char.is_whitespace());
        begins.is_some_and(|char| self.fold.apply(char) == *first)
    }

    /// Which characters of a text it stands on, by index; nothing if it does not match.
    pub(super) fn indices(&self, text: &str, place: Place, scratch: &mut Scratch, found: &mut Vec<usize>) {
        if place == Place::Fuzzy {
            let mut at = Vec::new();
            if self.fuzzy_indices(text, scratch, &mut at) {
                found.extend(at.into_iter().map(|at| at as usize));
            }
            return;
        }
        let chars: Vec<char> = text.chars().collect();
        if let Some((start, _)) = self.find_piece(&chars, place) {
            found.extend(start..start + self.chars.len());
        }
    }

    fn fuzzy(&self, text: &str, scratch: &mut Scratch) -> Option<u32> {
        self.look(text, scratch, Matcher::fuzzy_match)
    }

    fn fuzzy_indices(&self, text: &str, scratch: &mut Scratch, found: &mut Vec<u32>) -> bool {
        let some = self.look(text, scratch, |matcher, text, needle| matcher.fuzzy_indices(text, needle, found));
        if some.is_some() && found.is_empty() {
            let mut wanted = self.chars.iter().copied().peekable();
            let at = (0u32..).zip(text.chars());
            found.extend(at.filter_map(|(at, char)| wanted.next_if_eq(&self.fold.apply_fuzzy(char)).map(|_| at)));
        }
        some.is_some()
    }

    /// Asks the matcher. What matches is decided here, by fzf's folding; the matcher scores it.
    fn look(
        &self,
        text: &str,
        scratch: &mut Scratch,
        ask: impl FnOnce(&mut Matcher, Utf32Str<'_>, Utf32Str<'_>) -> Option<u16>,
    ) -> Option<u32> {
        let Scratch { matcher, seen, .. } = scratch;
        matcher.config.ignore_case = self.fold.case;
        matcher.config.normalize = false;
        let is_plain = self.text.is_ascii();
        let scored = self.chars.len().min(SCORED_CHARS);
        let needle = if is_plain {
            Utf32Str::Ascii(&self.text.as_bytes()[..scored])
        } else {
            Utf32Str::Unicode(&self.chars[..scored])
        };
        if text.is_ascii() {
            if !is_plain || scored < self.chars.len() && !self.is_in_order(text) {
                return None;
            }
            return ask(matcher, Utf32Str::Ascii(text.as_bytes()), needle).map(u32::from);
        }
        if !self.is_in_order(text) {
            return None;
        }
        seen.clear();
        seen.extend(text.chars().map(|char| Fold { case: false, ..self.fold }.apply(char)));
        let score = ask(matcher, Utf32Str::Unicode(seen), needle);
        // The matcher knows other capitals than fzf in a few scripts.
        Some(score.map_or(SCORE, u32::from))
    }

    /// Whether its letters stand in a text in their order.
    fn is_in_order(&self, text: &str) -> bool {
        let mut wanted = self.chars.iter().copied().peekable();
        for char in text.chars() {
            if wanted.next_if_eq(&self.fold.apply_fuzzy(char)).is_some() && wanted.peek().is_none() {
                return true;
            }
        }
        wanted.peek().is_none()
    }

    /// Where it stands in one piece, and how well: of several places the one at a word's start.
    fn find_piece<T: Copy + Into<char>>(&self, text: &[T], place: Place) -> Option<(usize, u32)> {
        let length = self.chars.len();
        let (first, last) = (self.chars.first()?, self.chars.last()?);
        let is_space = |char: &&T| (**char).into().is_whitespace();
        let head = || if first.is_whitespace() { 0 } else { text.iter().take_while(is_space).count() };
        let tail = || if last.is_whitespace() { 0 } else { text.iter().rev().take_while(is_space).count() };
        let at = match place {
            Place::Start => self.stands(text, head()).then(head),
            Place::End => {
                let at = (text.len() - tail()).checked_sub(length)?;
                self.stands(text, at).then_some(at)
            }
            Place::Equal => {
                let fits = text.len() == head() + length + tail();
                (fits && self.stands(text, head())).then(head)
            }
            Place::Fuzzy | Place::Exact => return self.best_piece(text, |_| true),
            Place::Whole => {
                return self.best_piece(text, |at| {
                    let is_edge = |at: usize| text.get(at).is_none_or(|char| !is_word((*char).into()));
                    (at == 0 || is_edge(at - 1)) && is_edge(at + length)
                });
            }
        }?;
        Some((at, self.piece_score(text, at)))
    }

    fn best_piece<T: Copy + Into<char>>(&self, text: &[T], counts: impl Fn(usize) -> bool) -> Option<(usize, u32)> {
        let last = text.len().checked_sub(self.chars.len())?;
        let mut best: Option<(usize, u32)> = None;
        for at in 0..=last {
            if !self.stands(text, at) || !counts(at) {
                continue;
            }
            let score = self.piece_score(text, at);
            if best.is_none_or(|(_, other)| score > other) {
                best = Some((at, score));
            }
            if bonus(text, at) >= BOUNDARY {
                break;
            }
        }
        best
    }

    fn stands<T: Copy + Into<char>>(&self, text: &[T], at: usize) -> bool {
        let Some(piece) = at.checked_add(self.chars.len()).and_then(|end| text.get(at..end)) else {
            return false;
        };
        piece.iter().zip(&self.chars).all(|(char, wanted)| self.fold.apply((*char).into()) == *wanted)
    }

    /// A piece at a word's start counts more.
    fn piece_score<T: Copy + Into<char>>(&self, text: &[T], at: usize) -> u32 {
        let start = bonus(text, at);
        let scored = u32::try_from(self.chars.len().min(SCORED_CHARS)).unwrap_or(u32::MAX);
        SCORE * scored + 2 * start + start.max(RUN) * (scored - 1)
    }
}

/// What a match that begins at a place is worth more: after white space most, then after other signs, then `aB` and `a1`.
fn bonus<T: Copy + Into<char>>(text: &[T], at: usize) -> u32 {
    let Some(before) = at.checked_sub(1).map(|before| text[before].into()) else {
        return BOUNDARY + 2;
    };
    let here: char = text[at].into();
    if before.is_whitespace() {
        return BOUNDARY + 2;
    }
    if "/,:;|".contains(before) {
        return BOUNDARY + 1;
    }
    if !before.is_alphanumeric() || !here.is_alphanumeric() {
        return BOUNDARY;
    }
    let camel = before.is_lowercase() && here.is_uppercase() || !before.is_numeric() && here.is_numeric();
    if camel { BOUNDARY - 1 } else { 0 }
}

/// Whether a character is part of a word, as fzf sees it: letters and numbers, but not the marks that stand on them.
fn is_word(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphanumeric();
    }
    char.is_numeric() || char.is_alphabetic() && !is_mark(char)
}

/// Whether a character joins the one before it. The vowels of Thai and Lao that do are letters all the same.
fn is_mark(char: char) -> bool {
    let mut both = [0; 5];
    both[0] = b'a';
    let length = 1 + char.encode_utf8(&mut both[1..]).len();
    let joined = std::str::from_utf8(&both[..length]).is_ok_and(|both| both.graphemes(true).count() == 1);
    joined && !matches!(char, '\u{e33}' | '\u{eb3}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whether_it_stands_in_a_text_is_the_same_as_where(text in "[abA1 -]{0,12}", word in "[abA1é]{1,4}") {
            let word = Word::read(&format!("'{word}")).unwrap();
            let stands = word.best_piece(text.as_bytes(), |_| true).is_some();
            prop_assert_eq!(word.is_in(text.as_bytes()), stands);
            if word.find_piece(text.as_bytes(), Place::Start).is_some() {
                prop_assert!(word.may_begin(text.as_bytes()));
            }
        }
    }
}
