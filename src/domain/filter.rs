//! The filter language: what a person types after `/`.
//!
//! Words as in fzf: all must match, `|` between two is "or" and binds tighter. A word is fuzzy on the account's name;
//! ids, e-mails and parents match it by substring only, because a subsequence of letters is found in nearly every hex
//! id. `field:value` is plain text so far.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation;

use super::{Account, ParentRef, Untrusted};

/// The matcher counts scores in 16 bits, up to 26 a character; what a word has beyond this is not looked at.
const WORD_CHARS: usize = 500;

/// From this many characters on, ids that begin with a word come first: shorter beginnings are shared by chance.
const ID_CHARS: usize = 4;

/// Shorter words look at names alone: one or two letters stand in nearly every hexadecimal id, which helps nobody. In bytes,
/// so that one Chinese character is enough.
const PART_BYTES: usize = 3;
/// What a name's match counts more than one elsewhere: more than nucleo's 16-bit scores.
const NAME_FIRST: u32 = 1 << 16;
/// More than any match of a name can reach, so that an id that was typed or pasted comes first.
const ID_FIRST: u32 = 1 << 20;

/// A parsed filter. Words are fuzzy on names as in fzf (`'exact ^prefix suffix$ !not`, `|`; smart case, accents fold);
/// ids, e-mails and parents match by substring. Cheap to clone; two are the same if their texts are.
#[derive(Clone, Default)]
pub struct Filter(Arc<Parsed>);

#[derive(Default)]
struct Parsed {
    text: String,
    /// All must match; of the words of each, one.
    terms: Vec<Vec<Word>>,
}

/// One word of a filter.
struct Word {
    /// `!`: what it finds is left out.
    negative: bool,
    /// For the name.
    name: Atom,
    /// For the id: begins with it, or what `$` asks for.
    id: Atom,
    /// For id, e-mail and parent: contains it. `None` for words that are bound to a beginning or end.
    part: Option<Atom>,
}

/// What matching needs again and again. The matcher alone is over 100 KB: one a thread, never one a row.
struct Scratch {
    matcher: Matcher,
    chars: Vec<char>,
}

impl Scratch {
    fn score(&mut self, atom: &Atom, text: &str) -> Option<u32> {
        let score = atom.score(utf32(text, &mut self.chars), &mut self.matcher);
        score.map(u32::from)
    }
}

/// What each word of a filter finds in a parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Above(Vec<Option<u32>>);

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        matcher: Matcher::new(Config::DEFAULT),
        chars: Vec::new(),
    });
}

impl Filter {
    /// Reads what was typed. Anything is a filter: there is no error, only words that match nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(Arc::new(Parsed { text: text.to_owned(), terms: terms(text) }))
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.terms.is_empty()
    }

    /// How well an account matches, higher is better; `None` if it does not. Scores are fzf's: word starts and
    /// characters in a row count more.
    #[must_use]
    pub fn score(&self, account: &Account) -> Option<u32> {
        let above = self.above(account.parent.as_ref());
        let email = account.email.as_ref().map_or("", Untrusted::raw);
        let id = account.key.id.as_str();
        self.score_line(account.name.raw(), id, email, &above)
    }

    /// What the words find in a parent: asked once for all accounts that have it.
    #[must_use]
    pub fn above(&self, parent: Option<&ParentRef>) -> Above {
        let Some(parent) = parent else {
            return Above::default();
        };
        let words = self.0.terms.iter().flatten();
        let texts = [parent.name.raw(), parent.id.as_str()];
        SCRATCH.with_borrow_mut(|scratch| {
            let find = |word: &Word| {
                let part = word.part.as_ref()?;
                texts.iter().find_map(|text| scratch.score(part, text))
            };
            Above(words.map(find).collect())
        })
    }

    /// [`Filter::score`] of an account's name, id and e-mail (empty if there is none), and of what was found in its
    /// parent.
    #[must_use]
    pub fn score_line(&self, name: &str, id: &str, email: &str, above: &Above) -> Option<u32> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut above = above.0.iter().copied().chain(std::iter::repeat(None));
            let mut sum = 0u32;
            for term in &self.0.terms {
                let mut best = None;
                for word in term {
                    let above = above.next().flatten();
                    best = best.max(word.score(name, id, email, above, scratch));
                }
                sum = sum.saturating_add(best?);
            }
            Some(sum)
        })
    }

    /// Which characters (by index, ascending) of a name as it is shown the filter's words matched.
    #[must_use]
    pub fn matched(&self, shown: &str) -> Vec<usize> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut clusters = Vec::new();
        SCRATCH.with_borrow_mut(|Scratch { matcher, chars }| {
            let text = utf32(shown, chars);
            for word in self.0.terms.iter().flatten().filter(|word| !word.negative) {
                let before = clusters.len();
                if word.name.indices(text, matcher, &mut clusters).is_none() {
                    clusters.truncate(before);
                }
            }
        });
        clusters.sort_unstable();
        clusters.dedup();
        to_chars(shown, &clusters)
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Filter {}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.text()).finish()
    }
}

impl Word {
    /// `None` where nothing is left to look for, as for a lone `!`.
    fn parse(text: &str) -> Option<Self> {
        let cut = text.char_indices().nth(WORD_CHARS).map_or(text, |(at, _)| &text[..at]);
        let mut name = Atom::parse(cut, CaseMatching::Smart, Normalization::Smart);
        if name.needle_text().is_empty() {
            return None;
        }
        let negative = std::mem::take(&mut name.negative);
        let needle = name.needle_text().to_string();
        let other = |kind| Atom::new(&needle, CaseMatching::Smart, Normalization::Smart, kind, false);
        let anywhere = matches!(name.kind, AtomKind::Fuzzy | AtomKind::Substring) && needle.len() >= PART_BYTES;
        let part = anywhere.then(|| other(AtomKind::Substring));
        let id = if matches!(name.kind, AtomKind::Postfix | AtomKind::Exact) {
            other(name.kind)
        } else {
            other(AtomKind::Prefix)
        };
        Some(Self { negative, name, id, part })
    }

    fn score(&self, name: &str, id: &str, email: &str, above: Option<u32>, scratch: &mut Scratch) -> Option<u32> {
        let found = self.find(name, id, email, above, scratch);
        if self.negative {
            return found.is_none().then_some(0);
        }
        found
    }

    /// The name's score, above all that another field can score: names come first.
    fn find(&self, name: &str, id: &str, email: &str, above: Option<u32>, scratch: &mut Scratch) -> Option<u32> {
        let by_id = scratch.score(&self.id, id);
        let length = self.id.needle_text().len();
        if let Some(score) = by_id
            && (length >= ID_CHARS || length == id.len())
        {
            return Some(ID_FIRST + score);
        }
        if let Some(score) = scratch.score(&self.name, name) {
            return Some(NAME_FIRST + score);
        }

        match &self.part {
            None => by_id,
            Some(part) => scratch.score(part, id).or_else(|| scratch.score(part, email)).or(above),
        }
    }
}

/// The words of a text, `|` read as fzf reads it: between two words, standing alone.
fn terms(text: &str) -> Vec<Vec<Word>> {
    let mut terms: Vec<Vec<Word>> = Vec::new();
    let mut or = false;
    for part in words(text) {
        if part == "|" && !or && !terms.is_empty() {
            or = true;
            continue;
        }
        let Some(word) = Word::parse(part) else {
            continue;
        };
        match terms.last_mut().filter(|_| or) {
            Some(term) => term.push(word),
            None => terms.push(vec![word]),
        }
        or = false;
    }
    terms
}

/// Cuts at white space; `\ ` is a space within a word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |char: char| {
        let cuts = char.is_whitespace() && !escaped;
        escaped = char == '\\';
        cuts
    })
    .filter(|word| !word.is_empty())
}

/// The text as the matcher wants it: the first character of each cluster, so that an accent written as a mark of its
/// own does not count.
fn utf32<'a>(text: &'a str, chars: &'a mut Vec<char>) -> Utf32Str<'a> {
    if text.is_ascii() {
        return Utf32Str::Ascii(text.as_bytes());
    }
    chars.clear();
    chars.extend(text.graphemes(true).filter_map(|cluster| cluster.chars().next()));
    Utf32Str::Unicode(chars)
}

/// From indices of clusters to indices of all their characters.
fn to_chars(text: &str, clusters: &[u32]) -> Vec<usize> {
    if text.is_ascii() {
        return clusters.iter().map(|&at| at as usize).collect();
    }
    let mut found = Vec::new();
    let mut wanted = clusters.iter().copied().peekable();
    let mut chars = 0;
    for (at, cluster) in (0u32..).zip(text.graphemes(true)) {
        let length = cluster.chars().count();
        if wanted.next_if_eq(&at).is_some() {
            found.extend(chars..chars + length);
        }
        chars += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{AccountId, AccountKey, ConnectionName, OrganizationId, ProviderId};

    fn account(id: &str, name: &str) -> Account {
        Account {
            key: AccountKey { connection: ConnectionName::new("test"), id: AccountId::new(id) },
            provider: ProviderId::new("test"),
            name: Untrusted::new(name),
            kind: None,
            status: None,
            email: Some(Untrusted::new("ops@initech.example")),
            created_at: None,
            updated_at: None,
            parent: Some(ParentRef { id: OrganizationId::new("org-77"), name: Untrusted::new("Northern Division") }),
            raw: serde_json::json!({}).into(),
            secrets: std::collections::BTreeMap::new(),
            has_extra: false,
        }
    }

    fn passes(filter: &str, name: &str) -> bool {
        Filter::parse(filter).score(&account("0f3a9c21", name)).is_some()
    }

    #[test]
    fn words_are_read_as_in_fzf() {
        for (filter, name, good) in [
            ("", "anything", true),
            ("  ", "anything", true),
            ("!", "anything", true),
            ("acp", "Acme Prod", true),
            ("pca", "Acme Prod", false),
            ("'acp", "Acme Prod", false),
            ("'prod", "Acme Prod", true),
            ("^acme", "Acme Prod", true),
            ("^prod", "Acme Prod", false),
            ("prod$", "Acme Prod", true),
            ("acme$", "Acme Prod", false),
            ("^acme\\ prod$", "Acme Prod", true),
            ("^acme$", "Acme Prod", false),
            ("!prod", "Acme Prod", false),
            ("!test", "Acme Prod", true),
            ("!^acme", "Acme Prod", false),
            ("!prod$", "Acme Test", true),
            ("prod acme", "Acme Prod", true),
            ("acme test", "Acme Prod", false),
            ("^x | ^acme", "Acme Prod", true),
            ("^x | ^y", "Acme Prod", false),
            ("^acme test$ | prod$", "Acme Prod", true),
            ("^globex test$ | prod$", "Acme Prod", false),
            ("|", "a | b", true),
            ("|", "ab", false),
            ("acme |", "Acme Prod", true),
            ("ACME", "Acme Prod", false),
            ("Acme", "Acme Prod", true),
            ("status:active", "Acme Prod", false),
            ("urn:x", "urn:x", true),
        ] {
            assert_eq!(passes(filter, name), good, "{filter:?} on {name:?}");
        }
    }

    #[test]
    fn accents_and_case_fold_and_an_accent_that_was_typed_counts() {
        assert!(passes("'senor", "Señor Café"));
        assert!(passes("cafe$", "Sen\u{303}or Cafe\u{301}"));
        assert!(passes("'señor", "Señor Café"));
        assert!(!passes("'señor", "Senor Cafe"));
        assert!(passes("'ærø", "ÆRØ Bryggeri"));
        assert!(!passes("'Ærø", "ærø bryggeri"));
        assert!(passes("株会", "株式会社"));
    }

    #[test]
    fn ids_mails_and_parents_match_by_substring_alone() {
        let account = account("0f3a9c21", "Globex");
        let passes = |filter: &str| Filter::parse(filter).score(&account).is_some();
        assert!(passes("a9c2"));
        assert!(!passes("0a21"), "a subsequence of the id");
        assert!(passes("initech"));
        assert!(!passes("opexample"));
        assert!(passes("northern"));
        assert!(passes("org-77"));
        assert!(passes("'division !acme"));
        assert!(!passes("!division"));
        assert!(!passes("^northern"), "beginnings are those of names and ids");
        assert!(passes("^0f3a"));
        assert!(passes("9c21$"));
    }

    #[test]
    fn ids_come_first_and_word_starts_and_runs_before_scattered_letters() {
        let filter = Filter::parse("cafe");
        let score = |id: &str, name: &str| filter.score(&account(id, name)).unwrap();
        let by_id = score("cafe0011", "Zoo");
        let start = score("1", "Cafe Nero");
        let middle = score("1", "Decafeinated");
        let scattered = score("1", "Ricola Fine");
        let inside_id = score("00cafe11", "Zoo");
        assert!(by_id > start, "{by_id} {start}");
        assert!(start > middle, "{start} {middle}");
        assert!(middle > scattered, "{middle} {scattered}");
        assert!(start > inside_id, "{start} {inside_id}");
    }

    #[test]
    fn matched_characters_are_those_of_the_words() {
        assert_eq!(Filter::parse("ap").matched("Acme Prod"), [0, 5]);
        assert_eq!(Filter::parse("prod acme").matched("Acme Prod"), [0, 1, 2, 3, 5, 6, 7, 8]);
        assert_eq!(Filter::parse("!test").matched("Acme Prod"), [0; 0]);
        assert_eq!(Filter::parse("xyz").matched("Acme Prod"), [0; 0]);
        assert_eq!(Filter::parse("cafe").matched("Le Cafe\u{301}"), [3, 4, 5, 6, 7]);
        assert_eq!(Filter::parse("会社").matched("株式会社"), [2, 3]);
    }

    #[test]
    fn filters_are_equal_by_their_text() {
        assert_eq!(Filter::parse("a b"), Filter::parse("a b"));
        assert_ne!(Filter::parse("a b"), Filter::parse("a  b"));
        assert_eq!(Filter::default(), Filter::parse(""));
    }

    #[test]
    fn a_pasted_novel_is_a_filter_too() {
        let novel = "acme ".repeat(2_000) + &"x".repeat(10_000);
        assert!(!passes(&novel, "Acme"));
        assert!(passes(&"x".repeat(10_000), &"x".repeat(10_000)));
        assert_eq!(Filter::parse(&"x".repeat(600)).matched(&"x".repeat(600)).len(), WORD_CHARS);
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter_and_marks_only_characters_that_are_there(
            filter in any::<String>(), name in any::<String>()
        ) {
            let filter = Filter::parse(&filter);
            let _ = filter.score(&account("1", &name));
            let count = name.chars().count();
            let matched = filter.matched(&name);
            prop_assert!(matched.iter().all(|&at| at < count));
            prop_assert!(matched.is_sorted());
        }

        #[test]
        fn what_passes_by_its_name_alone_is_marked(filter in "[a-c^$'| ]{1,6}", name in "[a-cA-C ]{0,12}") {
            let filter = Filter::parse(&filter);
            let bare = Account { email: None, parent: None, ..account("-", &name) };
            let all_negative = filter.is_empty();
            if filter.score(&bare).is_some() && !all_negative {
                prop_assert!(!filter.matched(&name).is_empty());
            }
        }
    }
}
