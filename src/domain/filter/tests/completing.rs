//! Completion of fields and values.

use super::*;
use crate::domain::filter::{Asks, Candidates, awaited, complete};

struct Known(Vocabulary);

impl Candidates for Known {
    fn values(&self, field: &Field) -> Vec<String> {
        let mut values: &[&str] = &[];
        if *field == Field::Status {
            values = &["active", "suspended", "inactive"];
        } else if *field == Field::Org {
            values = &["Acme Group", "Northern \"N\" Division", "<odd>"];
        }
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.0
    }
}

/// What the first completion makes of a text whose cursor is `|`, and how many there are.
fn completed(typed: &str) -> Option<(String, usize)> {
    let cursor = typed.find('|').unwrap();
    let text = typed.replacen('|', "", 1);
    let mut vocabulary = Vocabulary::default();
    vocabulary.learn(r#"{"settings":{},"state":1,"Tags":{"env":"x","cost-center":"","a b":1}}"#);
    let known = complete(&text, cursor, &Known(vocabulary));
    let first = known.first()?;
    let mut whole = text.clone();
    whole.replace_range(first.replace.clone(), &first.insert);
    Some((whole, known.len()))
}

#[test]
fn fields_complete_by_their_beginning() {
    for (typed, whole) in [
        ("stat|", Some(("status:", 2))),
        ("acme -sta| x", Some(("acme -status: x", 2))),
        ("STA|", Some(("status:", 2))),
        ("cre|x:2024", Some(("created:2024", 1))),
        ("set|", Some(("settings:", 1))),
        ("Tag|", Some(("Tags:", 1))),
        ("Tags.|", Some(("Tags.cost-center:", 2))),
        ("x -tags.e|", Some(("x -Tags.env:", 1))),
        ("|", None),
        ("acme |", None),
        ("acme|", None),
        ("'sta|", None),
    ] {
        assert_eq!(completed(typed), whole.map(|(whole, count)| (whole.to_owned(), count)), "{typed}");
    }
}

#[test]
fn a_field_without_a_value_says_what_it_waits_for() {
    let vocabulary = Vocabulary::default();
    for (typed, waits) in [
        ("name:|", Some(("name", Asks::Text))),
        ("acme -created:|", Some(("created", Asks::Time))),
        ("age:>|", Some(("age", Asks::Age))),
        ("name:| acme", Some(("name", Asks::Text))),
        ("name:a|", None),
        ("na|me:", None),
        ("acme|", None),
        ("|", None),
    ] {
        let cursor = typed.find('|').unwrap();
        let found = awaited(&typed.replacen('|', "", 1), cursor, &vocabulary);
        assert_eq!(found, waits.map(|(name, asks)| (name.to_owned(), asks)), "{typed}");
    }
}

#[test]
fn values_complete_by_beginning_then_by_part() {
    for (typed, whole) in [
        ("status:|", Some(("status:active ", 3))),
        ("status:act|", Some(("status:active ", 2))),
        ("status:=ina|ct x", Some(("status:=inactive  x", 1))),
        ("org:acme|", Some(("org:\"Acme Group\" ", 1))),
        ("org:\"acme gr|", Some(("org:\"Acme Group\" ", 1))),
        ("org:odd|", Some(("org:\"<odd>\" ", 1))),
        ("gone:|", Some(("gone:yes ", 2))),
        ("missing:em|", Some(("missing:email ", 1))),
        ("stats:|", Some(("status:", 1))),
        ("name:x|", None),
    ] {
        assert_eq!(completed(typed), whole.map(|(whole, count)| (whole.to_owned(), count)), "{typed}");
    }
    let (whole, _) = completed("org:north|").unwrap();
    assert_eq!(whole, "org:\"Northern \\\"N\\\" Division\" ");
    let filter = Filter::parse(whole.trim_end());
    let test = &filter.clauses().next().unwrap().test;
    assert!(test.matches_text("Northern \"N\" Division"), "{filter:?}");
}

proptest! {
    #[test]
    fn completion_fits_any_text(text in "[-!a-zé:.\" |=]{0,30}", cursor in 0usize..40) {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add("settings");
        for completion in complete(&text, cursor, &Known(vocabulary)) {
            prop_assert!(text.get(completion.replace.clone()).is_some());
        }
    }
}
