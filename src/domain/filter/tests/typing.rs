//! Filters while they are typed: every prefix is one, and narrowing never loses a row.

use super::fields::{Here, acme};
use super::*;

/// Rows that differ in all that filters look at.
fn rows() -> Vec<(Account, Here)> {
    let names = [
        "Acme Prod",
        "acme prod",
        "Ácme",
        "ᴀcme ab",
        "abc",
        "ab",
        "a b",
        "Ab-c",
        "cab",
        " abc ",
        "",
        "株式会社 ab",
        "ⒶB",
    ];
    let ids = ["abc0", "0abc", "ab", "0f3a9c21", "cab"];
    let mut rows = Vec::new();
    for (nth, name) in names.iter().enumerate() {
        for (mth, id) in ids.iter().enumerate() {
            let pick = nth * ids.len() + mth;
            let word = |words: [&'static str; 3]| words[pick % 3];
            let account = Account {
                name: Untrusted::new(name),
                email: [None, Some("abc@x"), Some("Ab@c")][pick % 3].map(Untrusted::new),
                status: [Some("abc"), None, Some("ACTIVE"), Some("ab")][pick % 4].map(Untrusted::new),
                created_at: [Some("2024-03-01T08:00:00Z"), Some("2023-12-31T23:59:59Z"), None][pick % 3]
                    .map(Untrusted::new),
                parent: pick
                    .is_multiple_of(2)
                    .then(|| ParentRef { id: OrganizationId::new("cab"), name: Untrusted::new("Abc") }),
                raw: serde_json::json!({"a": {"b": [word(["true", "1", "12"]), pick, pick.is_multiple_of(2)]}}).into(),
                ..account(id, "")
            };
            let here = Here {
                above: if pick.is_multiple_of(2) { vec![("cab", "Abc"), ("r", "Root ab")] } else { Vec::new() },
                marked: pick.is_multiple_of(5),
                gone: pick.is_multiple_of(7),
                labels: if pick.is_multiple_of(3) { vec!["abc"] } else { Vec::new() },
                seen: (!pick.is_multiple_of(4)).then_some(3600 * pick as u64),
                has_contact: pick.is_multiple_of(3),
            };
            rows.push((account, here));
        }
    }
    rows
}

fn passing(filter: &Filter, rows: &[(Account, Here)]) -> Vec<bool> {
    rows.iter().map(|(account, here)| filter.passes(account, here) == Answer::Yes).collect()
}

/// Whole filters that are right.
const FILTERS: &[&str] = &[
    "acme !test ^pro | 'x' | y$ name:\"Acme Prod\" created:>=2024-05-31T10:30 -status:=active",
    "org:\"Northern Division\" age:>1d12h missing:settings.note settings.enforce_twofactor:false",
    "created:2023-01..2024-05 | gone:yes -marked:no plan.seats:10..30 label:a*b",
    "-missing:email urn:li:x https://a.b/c 10:30 connection:prod updated:<2024 seen:<=5min",
    "name:\"say \\\"hi\\\"\" a\\ b ^a\\ b$ !'fuz !^a !a$ Ünï",
];

#[test]
fn every_prefix_of_a_filter_gives_a_result_or_an_error_in_words() {
    let rows = rows();
    for filter in FILTERS {
        assert_eq!(Filter::parse(filter).error(), None, "{filter}");
        let mut last = Filter::default();
        for end in (0..=filter.len()).filter(|end| filter.is_char_boundary(*end)) {
            let typed = Filter::parse(&filter[..end]);
            if let Some(error) = typed.error() {
                assert!(!error.words.is_empty() && filter.get(error.at.clone()).is_some());
                assert!(error.is_unfinished, "{typed:?}: what goes on to be right is half typed, not wrong");
                continue;
            }
            let passing = passing(&typed, &rows);
            if typed.narrows(&last) {
                let before = self::passing(&last, &rows);
                assert!(passing.iter().zip(before).all(|(now, before)| !now || before), "{last:?} {typed:?}");
            }
            last = typed;
        }
    }
}

#[test]
fn a_field_without_a_value_yet_lets_everything_pass() {
    let acme = acme();
    for (name, field, _) in Field::all() {
        if field.asks() != crate::domain::filter::Asks::Truth {
            for filter in [format!("{name}:"), format!("-{name}:"), format!("{name}:\""), format!("zebra | {name}:")] {
                assert_eq!(Filter::parse(&filter).passes(&acme, &Here::default()), Answer::Yes, "{filter}");
            }
        }
    }
    assert_eq!(Filter::parse("created:<").passes(&acme, &Here::default()), Answer::Yes);
}

#[test]
fn typing_on_looks_inside_the_last_result() {
    for (old, new, good) in [
        ("", "a", true),
        ("abc", "abcd", true),
        ("abc", "abcd ef", true),
        ("ab", "abc", false),
        ("a", "ab", true),
        ("abc", "abC", false),
        ("abc", "abc\u{e9}", false),
        ("abc", "xabc", true),
        ("abc", "ab", false),
        ("'abc", "'abcd", true),
        ("'abc", "abcd", false),
        ("abc", "'abcd", true),
        ("^ab", "^abc", true),
        ("^ab", "^abc$", true),
        ("b$", "ab$", true),
        ("abc", "abc$", true),
        ("abc$", "abc$d", false),
        ("!abcd", "!abc", true),
        ("!abc", "!abcd", false),
        ("abc", "abc | x", false),
        ("abc | x", "abc", true),
        ("abc | x", "abc | xyz", false),
        ("abc | xyz", "abcd | xyz", true),
        ("status:ac", "status:act", true),
        ("status:ac", "status:=act", true),
        ("-status:act", "-status:ac", true),
        ("-status:ac", "-status:act", false),
        ("status:", "status:x", true),
        ("name:\"a", "name:\"a b", true),
        ("status:a", "status:a*", false),
        ("created:2024", "created:2024-05", true),
        ("created:<2024", "created:<2024-05", false),
        ("created:>2024", "created:>2024-05", false),
        ("age:>1h", "age:>1d", true),
        ("a.b:tru", "a.b:true", false),
        ("a.b:fal", "a.b:fals", true),
        ("a.b:fals", "a.b:false", false),
        ("a.b:x", "a.b:xy", true),
        ("a.b:1", "a.b:12", false),
        ("acme", "gone: acme", false),
        ("gone: acme", "acme", false),
        ("gone: acm", "gone: acme", true),
    ] {
        assert_eq!(Filter::parse(new).narrows(&Filter::parse(old)), good, "{old:?} -> {new:?}");
    }
}

/// Pieces that meet each other often.
fn atom() -> impl Strategy<Value = String> {
    let word = "[!]{0,1}['^]{0,1}[abcABá]{1,4}['$]{0,1}";
    let field = prop_oneof![
        Just("status"),
        Just("name"),
        Just("id"),
        Just("email"),
        Just("org"),
        Just("parent"),
        Just("label"),
        Just("a.b"),
    ];
    let text = (prop_oneof![Just(""), Just("-")], field, "=?\"?[abcA*]{0,4}")
        .prop_map(|(no, field, value)| format!("{no}{field}:{value}"));
    let time = prop_oneof![
        "-?created:[<>]?=?202[34](-0[1-3])?",
        "-?created:2023..2024",
        "-?(age|seen):[<>]?=?[1-9][hdw]",
        "-?(marked|gone):(no)?",
        "-?missing:(email|status|created|org|label|a.b)",
        "-?a.b:[<>]?=?[0-9]{1,2}",
        "-?a.b:(t|tr|true|no|f)",
    ];
    prop_oneof![3 => word, 2 => text, 1 => time]
}

fn filter() -> impl Strategy<Value = String> {
    let next = (atom(), prop_oneof![3 => Just(" "), 1 => Just(" | ")]);
    proptest::collection::vec(next, 0..4).prop_map(|atoms| atoms.into_iter().map(|(atom, then)| atom + then).collect())
}

proptest! {
    #[test]
    fn narrowing_never_loses_a_row(old in filter(), new in filter(), cut in 0usize..40) {
        let rows = rows();
        let cut = new.floor_char_boundary(cut.min(new.len()));
        for (old, new) in [(old.as_str(), new.as_str()), (&new[..cut], new.as_str()), (new.as_str(), &new[..cut])] {
            let (old, new) = (Filter::parse(old), Filter::parse(new));
            if new.narrows(&old) {
                let (before, now) = (passing(&old, &rows), passing(&new, &rows));
                prop_assert!(now.iter().zip(before).all(|(now, before)| !now || before), "{old:?} -> {new:?}");
            }
        }
    }

    #[test]
    fn what_passes_has_a_score_and_what_does_not_has_none(text in filter()) {
        let filter = Filter::parse(&text);
        for (account, here) in rows() {
            prop_assert_eq!(filter.passes(&account, &here) == Answer::Yes, filter.score(&account, &here).is_some());
        }
    }

    #[test]
    fn a_name_without_a_words_letters_does_not_match_it(word in "[!'^]{0,2}\\PC{1,3}[$']?", name in "\\PC{0,12}") {
        let filter = Filter::parse(&word.replace(' ', "\\ "));
        let bare = Account { email: None, parent: None, ..account("\u{0}", &name) };
        for word in filter.words().filter(|word| !word.negative) {
            if word.letters() & !letters(&name) != 0 {
                prop_assert_eq!(filter.score(&bare, &NOW), None);
            }
        }
    }

    #[test]
    fn any_text_is_read(text in "[-!a-z:.\"\\\\ |'<>=*0-9]{0,40}") {
        let filter = Filter::parse(&text);
        let _ = filter.passes(&acme(), &Here::default());
        if let Some(error) = filter.error() {
            prop_assert!(text.get(error.at.clone()).is_some());
        }
    }
}
