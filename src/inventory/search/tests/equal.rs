//! The engine gives what asking one row after the other gives: the same rows, in the same order.

use proptest::prelude::*;

use super::*;
use crate::domain::{Listed, Untrusted, filter};
use crate::inventory::near::Near;
use crate::inventory::order::natural;
use crate::provider::{DetailOptions, Page};

const IDS: [&str; 8] = ["00ffa1", "ab12cd34", "acme", "7", "deadbeef00", "urn:x:1", "é9", "prod-0001"];
const PLACES: [(&str, Option<&str>); 4] =
    [("root", None), ("acme-eu", Some("root")), ("lab", Some("acme-eu")), ("é", None)];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(Acme|Globex|acme|Søren|Team)[ -]?(Prod|prod|labs|Ærø|10|2|Media)?( [0-9]{1,3})?",
        2 => "[a-cA-C ]{0,6}",
        1 => any::<String>(),
        1 => "[aé株]{0,40}",
    ]
}

fn time() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        2 => Just(None),
        4 => "202[0-5]-0[1-9]-[12][0-9][T ][01][0-9]:00:00(\\.[0-9]{1,6})?(Z|\\+00:00)?".prop_map(Some),
        1 => "202[0-5]-0[1-9]-[12][0-9]T10:00:00\\+02:00".prop_map(Some),
        1 => "202[0-5]-0[1-9]-[12][0-9]|soon|".prop_map(Some),
    ]
}

fn record() -> impl Strategy<Value = serde_json::Value> {
    let value = prop_oneof![
        Just(serde_json::json!(true)),
        Just(serde_json::json!(false)),
        Just(serde_json::json!(null)),
        Just(serde_json::json!("Acme")),
        Just(serde_json::json!(12)),
        Just(serde_json::json!(["a", "acme"])),
        Just(serde_json::json!({"b": 1})),
    ];
    let field = || prop::option::of(value.clone());
    (field(), field(), field()).prop_map(|(strict, deep, mobile)| {
        let mut record = serde_json::json!({"settings": {}});
        if let Some(strict) = strict {
            record["settings"]["enforce_twofactor"] = strict;
        }
        if let Some(deep) = deep {
            record["settings"]["other"] = deep;
        }
        if let Some(mobile) = mobile {
            record["mobile_phone"] = mobile;
        }
        record
    })
}

fn people() -> impl Strategy<Value = Account> {
    let texts = (0..IDS.len(), 0..40u32, name(), prop::option::of("(admin|é|)@(acme|x)\\.org|"), time(), time());
    let words = prop::sample::select(vec![None, Some("standard"), Some("Enterprise"), Some("")]);
    let place = prop::option::of(0..PLACES.len());
    let provider = prop::sample::select(vec!["cloudflare", "huawei", "fake"]);
    (texts, words, place, provider, record()).prop_map(
        |((id, nth, name, email, created, updated), word, place, provider, record)| {
            let id = if nth < 8 { IDS[id].to_owned() } else { format!("{}{nth}", IDS[id]) };
            let text = |text: Option<String>| text.map(Untrusted::from);
            let plain = Account {
                provider: ProviderId::new(provider),
                kind: word.map(Untrusted::new),
                status: word.filter(|word| word.len() != 8).map(Untrusted::new),
                email: text(email),
                created_at: text(created),
                updated_at: text(updated),
                raw: record.into(),
                ..account(&id, &name)
            };
            place.map_or(plain.clone(), |place| within(plain, PLACES[place].0))
        },
    )
}

fn atom() -> impl Strategy<Value = String> {
    let word = || "(acme|ac|prod|a|0|00ff|ab12|Team|Søren|sor|org|é|x.org|labs 1|root|eu|株|10|[a-c]{1,3})";
    let field = prop_oneof![
        "(name|id|email|type|status|provider|conn|org|parent|label):=?(acme|prod|standard|ent|cloud|fake|root|\"acme-eu\"|a\\*|\\*e\\*|é|x)",
        "(created|updated):[<>]?=?(2021|2022-03|2024-05-12|2025)",
        "(age|seen):[<>](1h|300d|4y)",
        "(marked|gone):(yes|no)",
        "settings.(enforce_twofactor|other|none):=?(true|false|no|acme|12|>5|b)",
        "mobile_phone.x:a|settings.other.b:1",
        "missing:(email|created|type|parent|org|label|seen|settings.other|settings.enforce_twofactor|name)",
        "missing:mobile_phone.x",
    ];
    prop_oneof![
        4 => (prop::sample::select(vec!["", "", "", "'", "^", "!", "!^", "!'"]), word(), prop::sample::select(vec!["", "", "", "$", "'"]))
            .prop_map(|(sign, word, end)| format!("{sign}{}{end}", word.replace(' ', "\\ "))),
        3 => (prop::sample::select(vec!["", "", "-"]), field).prop_map(|(sign, field)| format!("{sign}{field}")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let joined = (atom(), prop::collection::vec((prop::sample::select(vec![" ", " ", " | "]), atom()), 0..3));
    joined.prop_map(|(first, rest)| rest.into_iter().fold(first, |text, (sign, atom)| text + sign + &atom))
}

/// An inventory with all that filters can ask for.
fn inventory(accounts: &[Account]) -> Inventory {
    let inventory = Inventory::default();
    let every = Query::Organizations(OrganizationScope::Every, Cursor::First);
    let rows = PLACES.iter().map(|(id, parent)| organization(id, *parent)).collect();
    inventory.absorb(&connection(), &every, &Reply::Organizations(page(rows, None)), Moment(1));
    let query = Query::Accounts(ListScope::all(), Cursor::First);
    let rows: Page<Account> = page(accounts.to_vec(), None);
    inventory.absorb(&connection(), &query, &Reply::Accounts(rows), Moment(1));
    for (nth, account) in accounts.iter().enumerate() {
        let Some(row) = inventory.snapshot().row(&account.key) else { continue };
        if nth % 7 == 3 {
            inventory.state().gone(row, Some(Moment(5)));
        }
        if nth % 5 == 1 {
            let query = Query::Account(account.key.id.clone(), DetailOptions::default());
            let detail = Account { has_extra: nth % 2 == 0, ..account.clone() };
            let at = Moment(1_700_000_000_000);
            inventory.absorb(&connection(), &query, &Reply::Account(Box::new(detail)), at);
        }
    }
    inventory.publish();
    inventory
}

/// One row after the other.
fn slowly(inventory: &Inventory, snapshot: &Snapshot, query: &ListQuery) -> Vec<u32> {
    let near = Near::new(snapshot, query);
    let within = Within::of(snapshot, &query.scope);
    let mut found = Vec::new();
    for row in 0..snapshot.ever() {
        let Some(whole) = snapshot.get(row).and_then(|row| inventory.recall(&row.key())) else { continue };
        let passes = query.filter.passes(&*whole, &near) == filter::Answer::Yes;
        let score = query.filter.score(&*whole, &near);
        assert_eq!(passes, score.is_some(), "{:?}", query.filter);
        if let Some(score) = score.filter(|_| within.holds(snapshot.rows.any(row).unwrap().shape())) {
            found.push((score, row));
        }
    }
    let place = |row: u32| {
        let (mut key, row) = (Vec::new(), snapshot.rows.any(row).unwrap());
        natural(row.name(), &mut key);
        (row.name().is_empty(), key, row.name().to_owned(), row.id().to_owned())
    };
    found.sort_by_cached_key(|(score, row)| (u32::MAX - score, place(*row)));
    found.into_iter().map(|(_, row)| row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_finds_what_the_obvious_way_finds_in_its_order(
        accounts in prop::collection::vec(people(), 1..60),
        texts in prop::collection::vec(text(), 1..6),
        below in prop::option::of(0..PLACES.len()),
    ) {
        let inventory = inventory(&accounts);
        let snapshot = inventory.snapshot();
        let marked: Arc<RowSet> = Arc::new((0..snapshot.ever()).filter(|row| row % 3 == 0).collect());
        let labelled = snapshot.rows().filter(|row| row.number() % 4 == 1);
        let labels = Arc::new(labelled.map(|row| (row.key(), vec!["acme".to_owned(), "x".to_owned()])).collect());
        let scope = below.map_or(Scope::All, |nth| Scope::Organization(organization_key(PLACES[nth].0)));
        let mut searcher = Searcher::default();
        let asking = Asking { cancelled: &|| false, late: &|| true, partial: &|_| (), reading: &|_| () };
        for text in texts {
            // As it is typed, so that each looks inside the last one's result; and at once.
            for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                let filter = Filter::parse(&text[..end]);
                if filter.error().is_some() {
                    continue;
                }
                let query = Arc::new(ListQuery {
                    filter,
                    scope: scope.clone(),
                    now: Moment(1_750_000_000_000),
                    marked: Some(Arc::clone(&marked)),
                    labels: Some(Arc::clone(&labels)),
                    ..ListQuery::default()
                });
                let expected = slowly(&inventory, &snapshot, &query);
                let typed = searcher.search(&snapshot, &query, &asking).unwrap();
                let at_once = search(&snapshot, &query, &|| false).unwrap();
                prop_assert_eq!(&*typed.rows, &expected, "typed: {:?}", &query.filter);
                prop_assert_eq!(&*at_once.rows, &expected, "at once: {:?}", &query.filter);
                prop_assert_eq!((typed.in_scope, typed.matched), (at_once.in_scope, expected.len()));
                prop_assert_eq!(typed.best, expected.first().copied().filter(|_| query.filter.words().next().is_some()));
                prop_assert_eq!(&*typed.passed, &*at_once.passed);
            }
        }
    }

    #[test]
    fn several_sorts_are_as_if_rows_were_sorted_by_each_from_the_last(
        accounts in prop::collection::vec(people(), 1..50),
        chosen in prop::collection::vec((0..COLUMNS.len(), any::<bool>()), 1..4),
    ) {
        let inventory = inventory(&accounts);
        let snapshot = inventory.snapshot();
        let down = |down| if down { Direction::Descending } else { Direction::Ascending };
        let sort: Vec<Sort> = chosen.iter().map(|(by, way)| Sort { by: COLUMNS[*by], direction: down(*way) }).collect();
        let query = Arc::new(ListQuery { sort: sort.clone(), ..ListQuery::default() });
        let mut searcher = Searcher::default();
        let asking = Asking { cancelled: &|| false, late: &|| false, partial: &|_| (), reading: &|_| () };
        let mut expected = search(&snapshot, &Arc::default(), &|| false).unwrap().rows.to_vec();
        for sort in sort.iter().rev() {
            expected.sort_by(|left, right| {
                let of = |row: &u32| value(&snapshot.get(*row).unwrap(), sort.by);
                let (left, right) = (of(left), of(right));
                let ordered = left.cmp(&right);
                let ordered = if sort.direction == Direction::Descending { ordered.reverse() } else { ordered };
                left.is_none().cmp(&right.is_none()).then(ordered)
            });
        }
        for _ in 0..2 {
            let found = searcher.search(&snapshot, &query, &asking).unwrap();
            prop_assert_eq!(&*found.rows, &expected, "{:?}", &sort);
        }
    }
}

const COLUMNS: [ColumnValue; 8] = [
    ColumnValue::Name,
    ColumnValue::Id,
    ColumnValue::Email,
    ColumnValue::Kind,
    ColumnValue::Parent,
    ColumnValue::Created,
    ColumnValue::Updated,
    ColumnValue::Path("settings.enforce_twofactor"),
];

/// What a row is sorted by: nothing, a time, or a text.
fn value(row: &crate::inventory::Row<'_>, by: ColumnValue) -> Option<(u8, i64, Vec<u8>)> {
    let text = |text: &str| {
        let mut key = Vec::new();
        natural(text, &mut key);
        (!text.is_empty()).then_some((1, 0, key))
    };
    let time = |written: Option<std::borrow::Cow<'_, str>>, micros: Option<i64>| match micros {
        Some(micros) => Some((0, micros, Vec::new())),
        None => text(&written.unwrap_or_default()),
    };
    match by {
        ColumnValue::Name => text(row.name()),
        ColumnValue::Id => text(row.id()),
        ColumnValue::Email => text(row.email().unwrap_or_default()),
        ColumnValue::Created => time(row.created_at(), row.created_micros()),
        ColumnValue::Updated => time(row.updated_at(), row.updated_micros()),
        ColumnValue::Kind
        | ColumnValue::Parent
        | ColumnValue::Connection
        | ColumnValue::Provider
        | ColumnValue::Status
        | ColumnValue::Path(_) => text(&by.text(row as &dyn Listed)),
    }
}

/// Enough rows for several threads and segments.
#[test]
fn many_rows_are_found_by_several_threads_and_in_part_first() {
    let accounts: Vec<Account> = (0..20_000)
        .map(|nth| {
            let row =
                account(&format!("{nth:08x}"), &format!("{} {}", ["Acme Prod", "Globex", "macme"][nth % 3], nth % 500));
            Account { status: ["open", "closed"].get(nth % 3).map(|status| Untrusted::new(*status)), ..row }
        })
        .collect();
    let snapshot = Arc::new(Snapshot::of(accounts));
    let parts = std::sync::Mutex::new(Vec::new());
    let note = |found: Found| parts.lock().unwrap().push(found);
    let mut searcher = Searcher::default();
    let mut asked = |text: &str| {
        let query = Arc::new(ListQuery { filter: Filter::parse(text), cursor: Some(7), ..ListQuery::default() });
        let asking = Asking { cancelled: &|| false, late: &|| true, partial: &note, reading: &|_| () };
        searcher.search(&snapshot, &query, &asking).unwrap()
    };
    assert_eq!(asked("").matched, 20_000);
    for text in ["a", "ac", "acme", "acme status:open", "status:open"] {
        let found = asked(text);
        let near = Near::new(&snapshot, &found.query);
        let filter = &found.query.filter;
        let mut expected: Vec<(u32, u32)> =
            (0..20_000).filter_map(|row| Some((u32::MAX - filter.score(&snapshot.get(row)?, &near)?, row))).collect();
        let table = snapshot.ranking.made().unwrap();
        expected.sort_by_key(|(score, row)| (*score, table.rank[*row as usize]));
        assert_eq!(*found.rows, expected.iter().map(|(_, row)| *row).collect::<Vec<_>>(), "{text}");
        assert_eq!(found.cursor_at, found.rows.iter().position(|row| *row == 7));
        assert_eq!(found.best_at, found.best.map(|_| 0));
    }
    let parts = parts.into_inner().unwrap();
    assert!(parts.iter().all(|part| part.is_partial && part.rows.len() <= FIRST && part.matched >= part.rows.len()));
    assert!(parts.iter().any(|part| part.query.filter.text() == "a" && !part.is_counted), "{}", parts.len());
}

/// Enough rows that their order by name takes longer than a search.
#[test]
fn how_many_there_are_is_known_before_their_order() {
    let rows = 40_000_usize;
    let accounts = (0..rows).map(|nth| account(&format!("{nth:08x}"), &format!("Acme {}", nth % 77)));
    let snapshot = Arc::new(Snapshot::of(accounts.collect()));
    let parts = std::sync::Mutex::new(Vec::new());
    let note = |found: Found| parts.lock().unwrap().push(found);
    let query = Arc::new(ListQuery { filter: Filter::parse("acme"), ..ListQuery::default() });
    let asking = Asking { cancelled: &|| false, late: &|| false, partial: &note, reading: &|_| () };
    let whole = Searcher::default().search(&snapshot, &query, &asking).unwrap();
    let parts = parts.into_inner().unwrap();
    assert_eq!(
        parts.iter().map(|part| (part.is_partial, part.is_counted, part.matched)).collect::<Vec<_>>(),
        [(true, true, rows)]
    );
    assert_eq!((whole.is_partial, whole.is_counted, whole.matched), (false, true, rows));
}
