//! Words, fields, narrowing and completion.

mod completing;
mod fields;
mod typing;

use proptest::prelude::*;

use super::*;
use crate::domain::{Account, AccountId, AccountKey, ConnectionName, Moment, OrganizationId, ProviderId, Untrusted};

/// 2024-06-15T12:00:00Z.
const NOW: Alone = Alone(Moment(1_718_452_800_000));

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
    Filter::parse(filter).score(&account("0f3a9c21", name), &NOW).is_some()
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
    assert!(passes("'cafe", "Sen\u{303}or Cafe\u{301}"));
    assert!(passes("'señor", "Señor Café"));
    assert!(!passes("'señor", "Senor Cafe"));
    assert!(passes("'ærø", "ÆRØ Bryggeri"));
    assert!(!passes("'Ærø", "ærø bryggeri"));
    assert!(passes("株会", "株式会社"));
}

#[test]
fn ids_mails_and_parents_match_by_substring_alone() {
    let account = account("0f3a9c21", "Globex");
    let passes = |filter: &str| Filter::parse(filter).score(&account, &NOW).is_some();
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
    let score = |id: &str, name: &str| filter.score(&account(id, name), &NOW).unwrap();
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
    assert_eq!(Filter::parse(&"x".repeat(600)).matched(&"x".repeat(600)).len(), 500);
}

proptest! {
    #[test]
    fn any_text_is_a_filter_and_marks_only_characters_that_are_there(
        filter in any::<String>(), name in any::<String>()
    ) {
        let filter = Filter::parse(&filter);
        let _ = filter.score(&account("1", &name), &NOW);
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
        if filter.score(&bare, &NOW).is_some() && !all_negative {
            prop_assert!(!filter.matched(&name).is_empty());
        }
    }
}
