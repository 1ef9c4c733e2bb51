//! `field:value`: what it finds, what it does not know, and what is no field.

use super::*;
use crate::domain::filter::clause::micros_of;

/// What tests hand in around an account.
#[derive(Default)]
pub(super) struct Here {
    /// Organizations that hold the account, as id and name.
    pub(super) above: Vec<(&'static str, &'static str)>,
    pub(super) marked: bool,
    pub(super) gone: bool,
    pub(super) labels: Vec<&'static str>,
    /// Seconds since the provider said so.
    pub(super) seen: Option<u64>,
    /// Whether contact data was asked for.
    pub(super) has_contact: bool,
}

impl Around for Here {
    fn now(&self) -> Moment {
        NOW.0
    }

    fn within(&self, _row: &dyn Listed, test: &TextTest) -> Answer {
        self.above.iter().any(|(id, name)| test.matches(id) || test.matches(name)).into()
    }

    fn is_marked(&self, _row: &dyn Listed) -> bool {
        self.marked
    }

    fn is_gone(&self, _row: &dyn Listed) -> bool {
        self.gone
    }

    fn labels(&self, _row: &dyn Listed, each: &mut dyn FnMut(&str)) {
        self.labels.iter().for_each(|label| each(label));
    }

    fn seen(&self, _row: &dyn Listed) -> Option<Moment> {
        self.seen.map(|seconds| Moment(NOW.0.0 - seconds * 1000))
    }

    fn is_fetched(&self, _row: &dyn Listed, field: &Field) -> bool {
        self.has_contact || !matches!(field, Field::Path(path) if path.starts_with("contact"))
    }
}

pub(super) fn acme() -> Account {
    Account {
        name: Untrusted::new("Acme Prod"),
        kind: Some(Untrusted::new("enterprise")),
        status: Some(Untrusted::new("ACTIVE")),
        created_at: Some(Untrusted::new("2024-03-01T08:00:00Z")),
        updated_at: None,
        raw: serde_json::json!({
            "settings": {"enforce_twofactor": false, "default": "", "note": null, "abuse_contact": "ops@acme.example"},
            "plan": {"seats": 25, "price": 9.5, "id": 9_007_199_254_740_993_u64, "until": "2025-01-31T00:00:00Z"},
            "tags": ["Blue", "green"], "no_list": [], "version": "12",
        })
        .into(),
        ..account("0f3a9c21", "")
    }
}

fn here() -> Here {
    Here {
        above: vec![("o-root", "Acme Group"), ("org-77", "Northern Division")],
        labels: vec!["billing", "To check"],
        seen: Some(2 * 3600),
        ..Here::default()
    }
}

fn answer(filter: &str) -> Answer {
    let filter = Filter::parse(filter);
    assert_eq!(filter.error(), None, "{filter:?}");
    filter.passes(&acme(), &here())
}

#[test]
fn a_field_finds_what_its_value_says() {
    for (filter, good) in [
        ("status:active", true),
        ("status:act", true),
        ("status:=act", false),
        ("status:=active", true),
        ("STATUS:Active", true),
        ("status:", true),
        ("-status:", true),
        ("status:suspended", false),
        ("-status:suspended", true),
        ("-status:active", false),
        ("!status:active", false),
        ("status:a*e", true),
        ("status:*tive", true),
        ("status:a*b", false),
        ("name:\"acme prod\"", true),
        ("name:\"Acme Pro", true),
        ("name:acme\\ prod", true),
        ("name:\"a*\"", false),
        ("name:=\"acme prod\"", true),
        ("type:enterprise prod", true),
        ("type:enterprise test", false),
        ("provider:test conn:test id:3a9", true),
        ("email:initech", true),
        ("parent:northern parent:org-7", true),
        ("org:group", true),
        ("org:\"northern division\"", true),
        ("org:o-root -org:southern", true),
        ("org:southern", false),
        ("status:suspended | type:enterprise", true),
        ("status:suspended | zebra", false),
        ("zebra | org:group", true),
        ("label:bill", true),
        ("label:\"to check\" -label:done", true),
        ("marked:", false),
        ("marked:no", true),
        ("-marked:", true),
        ("settings.enforce_twofactor:false", true),
        ("settings.enforce_twofactor:no", true),
        ("settings.enforce_twofactor:true", false),
        ("-settings.enforce_twofactor:true", true),
        ("settings.abuse_contact:ACME", true),
    ] {
        assert_eq!(answer(filter), good.into(), "{filter}");
    }
}

#[test]
fn dates_ages_and_numbers_compare_as_what_they_are() {
    for (filter, good) in [
        ("created:2024", true),
        ("created:2024-03-01", true),
        ("created:2024-03-02", false),
        ("created:<2024-03-01", false),
        ("created:<=2024-03-01", true),
        ("created:>2024", false),
        ("created:>=2024", true),
        ("created:>=2024-03-01T08:00", true),
        ("created:>2024-03-01T08:00", false),
        ("created_at:2023..2024-03", true),
        ("created:2024-04..", false),
        ("created:..2024-04", true),
        ("age:>1h", true),
        ("age:<100d", false),
        ("age:106d", true),
        ("age:3mo..1y", true),
        ("seen:<3h", true),
        ("seen:>=2h", true),
        ("seen:>1d", false),
        ("plan.seats:25", true),
        ("plan.seats:25.0", true),
        ("plan.seats:2", false),
        ("plan.seats:>9", true),
        ("plan.seats:<=25", true),
        ("plan.seats:10..30", true),
        ("plan.price:<9.6", true),
        ("plan.price:=9.50", true),
        ("plan.id:9007199254740993", true),
        ("plan.id:9007199254740992", false),
        ("plan.until:<2025-02", true),
        ("plan.until:2024..2025", true),
        ("plan.until:2025-01", true),
    ] {
        assert_eq!(answer(filter), good.into(), "{filter}");
    }
}

#[test]
fn missing_is_null_or_empty_or_not_there() {
    for (filter, good) in [
        ("missing:email", false),
        ("missing:updated", true),
        ("-missing:updated", false),
        ("missing:label", false),
        ("missing:org", false),
        ("missing:settings.default", true),
        ("missing:settings.note", true),
        ("missing:settings.nothing", true),
        ("missing:settings.enforce_twofactor", false),
        ("missing:no_list", true),
        ("missing:tags", false),
        ("missing:", true),
        ("settings.note:*", false),
        ("-settings.note:x", true),
    ] {
        assert_eq!(answer(filter), good.into(), "{filter}");
    }
}

#[test]
fn what_was_not_fetched_is_a_third_answer() {
    for filter in ["contact.mobile:1", "-contact.mobile:1", "missing:contact.mobile", "-missing:contact.mobile"] {
        assert_eq!(answer(filter), Answer::Unknown, "{filter}");
    }
    assert_eq!(answer("contact.mobile:1 | status:active"), Answer::Yes);
    assert_eq!(answer("contact.mobile:1 status:closed"), Answer::No);
    let asked = Here { has_contact: true, ..here() };
    assert_eq!(Filter::parse("missing:contact.mobile").passes(&acme(), &asked), Answer::Yes);
    let odd = Account { created_at: Some(Untrusted::new("some day")), ..acme() };
    assert_eq!(Filter::parse("created:2024").passes(&odd, &asked), Answer::Unknown);
    let unseen = Here { seen: None, ..here() };
    assert_eq!(Filter::parse("seen:<1h").passes(&acme(), &unseen), Answer::Unknown);
}

#[test]
fn gone_accounts_show_when_they_are_asked_for() {
    let gone = Here { gone: true, ..here() };
    let passes = |filter: &str, here: &Here| Filter::parse(filter).passes(&acme(), here);
    assert_eq!(passes("", &gone), Answer::No);
    assert_eq!(passes("acme", &gone), Answer::No);
    assert_eq!(passes("gone: acme", &gone), Answer::Yes);
    assert_eq!(passes("gone:", &here()), Answer::No);
    assert_eq!(passes("gone:no", &here()), Answer::Yes);
    assert_eq!(passes("-gone:", &gone), Answer::No);
    assert_eq!(Filter::parse("acme").score(&acme(), &gone), None);
}

#[test]
fn lists_and_top_level_names_are_asked_with_a_vocabulary() {
    let mut vocabulary = Vocabulary::default();
    vocabulary.learn(acme().raw.text());
    for (filter, good) in [
        ("tags:blue", true),
        ("tags:=green", true),
        ("tags:red", false),
        ("-tags:red", true),
        ("settings:abuse", true),
        ("version:12", true),
        ("version:>11", true),
        ("version:=1", false),
        ("plan.seats:25", true),
    ] {
        let filter = Filter::parse_with(filter, &vocabulary);
        assert_eq!(filter.error(), None, "{filter:?}");
        assert_eq!(filter.passes(&acme(), &here()), good.into(), "{filter:?}");
    }
    assert_eq!(
        Filter::parse_with("settings.x:1 -tags:a acme", &vocabulary).paths().collect::<Vec<_>>(),
        ["settings.x", "tags"]
    );
    assert_eq!(Filter::parse_with("example.com:8080", &vocabulary).clauses().count(), 0);
}

#[test]
fn urns_addresses_and_times_are_text() {
    for text in [
        "urn:x",
        "arn:aws:organizations::111122223333:account/o-1/2",
        "https://dash.example/acme",
        "10:30",
        "foo:",
        ":x",
        "-acme",
        "- x",
        "2001:db8::1",
        "'status:active",
        "st\u{e4}t\u{fc}s:x",
    ] {
        let filter = Filter::parse(text);
        assert_eq!((filter.error(), filter.clauses().count()), (None, 0), "{text}");
        assert!(filter.words().count() > 0, "{text}");
    }
    let urn = account("1", "urn:li:organization:77");
    assert_eq!(Filter::parse("urn:li:org").passes(&urn, &NOW), Answer::Yes);
}

#[test]
fn pasted_urns_and_arns_are_text_where_records_have_a_name_like_theirs() {
    let mut vocabulary = Vocabulary::default();
    vocabulary.learn(r#"{"Id":"1","Arn":"arn:aws:organizations::597607802582:account/o-1/1","Https":"x"}"#);
    for text in [
        "arn:aws:organizations::597607802582:account/o-1/1",
        "urn:li:account:7",
        "urn:7",
        "-arn:aws:x",
        "https://a.b/c",
    ] {
        let filter = Filter::parse_with(text, &vocabulary);
        assert_eq!((filter.error(), filter.clauses().count(), filter.words().count()), (None, 0, 1), "{text}");
    }
    let filter = Filter::parse_with("Arn:organizations::597607802582", &vocabulary);
    assert_eq!((filter.error(), filter.paths().collect::<Vec<_>>()), (None, vec!["Arn"]));
    let slips = ["arn:aws", "https:x", "ids:a:b", "created:2024", "creatd:2024-01-01T10:30"];
    let wrong = slips.map(|text| Filter::parse_with(text, &vocabulary).error().is_some());
    assert_eq!(wrong, [true, true, true, false, true]);
}

#[test]
fn a_slip_is_named_and_what_is_half_typed_is_said_to_be() {
    for (filter, words, unfinished) in [
        ("stats:active", "no field `stats:`; did you mean `status:`?", false),
        ("-ogr:x", "no field `ogr:`; did you mean `org:`?", false),
        ("acme craeted:2024 prod", "no field `craeted:`; did you mean `created:`?", false),
        ("missng:email", "no field `missng:`; did you mean `missing:`?", false),
        ("missing:emial", "no field `emial`; did you mean `missing:email`?", true),
        ("created:202", "`202` is no date", true),
        ("created:202 acme", "`202` is no date", false),
        ("created:2025..2024", "`2025..2024` ends before it begins", true),
        ("age:>30", "`30` is no length of time", true),
        ("gone:ye", "`gone:` is yes or no, not `ye`", true),
        ("status:>a", "`status:` has no order", false),
        ("plan.seats:>x", "`x` is neither a number nor a date", true),
        ("missing:marked", "`marked` is never missing", false),
    ] {
        let filter = Filter::parse(filter);
        let error = filter.error().unwrap_or_else(|| panic!("{filter:?}"));
        assert_eq!((error.words.as_str(), error.is_unfinished), (words, unfinished), "{filter:?}");
        assert!(filter.text().get(error.at.clone()).is_some(), "{filter:?}");
        assert!(!Filter::parse("").narrows(&filter) && !filter.narrows(&Filter::parse("")));
    }
    let error = Filter::parse("acme stats:x").error().cloned().unwrap();
    assert_eq!(error.at, 5..12);
    assert_eq!(
        error.to_string(),
        "no field `stats:`; did you mean `status:`? (to search for the text, write `'stats:`)"
    );
}

#[test]
fn a_clause_tells_the_search_what_to_look_at() {
    let filter = Filter::parse("acme age:<1h -settings.x:1 gone:");
    assert!(filter.asks_for_age() && filter.asks_for(&Field::Gone) && !filter.asks_for(&Field::Name));
    let age = filter.clauses().next().unwrap();
    let now = micros_of(NOW.0);
    let times = age.test.times(NOW.0).unwrap();
    assert!(times.holds(now) && times.holds(now - 3_599_999_999) && !times.holds(now - 3_600_000_000));
    assert!(age.test.matches_time(now, NOW.0));
    let word = filter.words().next().unwrap();
    assert!(word.is_folded());
    assert_eq!((word.text(), word.letters() & !letters("Acmé Prod")), ("acme", 0));
    assert_ne!(word.letters() & !letters("Globex"), 0);
}

#[test]
fn fields_paint_what_they_found() {
    assert_eq!(Filter::parse("name:prod").matched("Acme Prod"), [5, 6, 7, 8]);
    assert_eq!(Filter::parse("-name:prod").matched("Acme Prod"), [0; 0]);
    assert_eq!(Filter::parse("status:act").matched_in(&Field::Status, "ACTIVE"), [0, 1, 2]);
    assert_eq!(Filter::parse("act").matched_in(&Field::Status, "ACTIVE"), [0; 0]);
    assert_eq!(Filter::parse("initech").matched_in(&Field::Email, "ops@initech.example"), [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(Filter::parse("0f").matched_in(&Field::Id, "0f3a"), [0, 1]);
    assert_eq!(Filter::parse("3a9").matched_in(&Field::Id, "0f3a9c21"), [2, 3, 4]);
}

#[test]
fn a_quote_that_is_open_or_begins_a_word_is_noted_and_forbids_nothing() {
    for (filter, quote) in [
        ("name:\"Acme", Some(Quote::Open)),
        ("acme -name:=\"Acme \\\" x", Some(Quote::Open)),
        ("name:\"Acme\" x", None),
        ("\"acme prod\"", Some(Quote::Letter)),
        ("!\"acme", Some(Quote::Letter)),
        ("6\" pipe", None),
        ("acme", None),
    ] {
        let filter = Filter::parse(filter);
        assert_eq!((filter.quote(), filter.error()), (quote, None), "{filter:?}");
    }
}
