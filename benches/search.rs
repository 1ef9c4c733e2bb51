//! How long search and sync take: `cargo bench --bench search`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use acctui::domain::{
    Account, AccountId, AccountKey, ConnectionName, Filter, Moment, OrganizationId, ParentRef, ProviderId, Untrusted,
};
use acctui::inventory::{Asking, Direction, Found, Inventory, ListQuery, Searcher, Snapshot, Sort, search};
use acctui::provider::{ColumnValue, Cursor, ListScope, Page, Query, Reply};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};

const FIRST: [&str; 8] = ["Acme", "Globex", "Initech", "Hooli", "Umbrella", "Stark", "Wayne", "Søren"];
const SECOND: [&str; 6] = ["prod", "staging", "Retail", "Media Group", "Ærø", "labs"];

/// Accounts as Cloudflare gives them: ids of 32 hex digits, names of two words and a number.
fn accounts(count: usize) -> Vec<Account> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count)
        .map(|nth| {
            let id = format!("{:032x}", random.u128(..));
            let (first, second) = (random.choice(FIRST), random.choice(SECOND));
            let name = format!("{} {} {nth:04}", first.unwrap_or(""), second.unwrap_or(""));
            let parent = random.u32(..50);
            Account {
                key: AccountKey { connection: ConnectionName::new("bench"), id: AccountId::new(&id) },
                provider: ProviderId::new("cloudflare"),
                raw: serde_json::json!({
                    "id": id, "name": name, "type": "standard",
                    "settings": {"enforce_twofactor": nth % 3 == 0, "other": nth % 2 == 0},
                    "created_on": "2024-01-01T00:00:00Z",
                })
                .into(),
                secrets: std::collections::BTreeMap::new(),
                has_extra: false,
                name: Untrusted::from(name),
                kind: Some(Untrusted::new("standard")),
                status: None,
                email: None,
                created_at: Some(Untrusted::from(format!("20{:02}-01-01T00:00:00Z", nth % 25))),
                updated_at: None,
                parent: Some(ParentRef {
                    id: OrganizationId::new(format!("{parent:032x}")),
                    name: Untrusted::from(format!("Division {parent}")),
                }),
            }
        })
        .collect()
}

/// What a row takes in memory, with its index and its order: said, not measured in time.
fn weighing(_: &mut Criterion) {
    for count in [100_000, 1_000_000] {
        let snapshot = Arc::new(Snapshot::of(accounts(count)));
        drop(search(&snapshot, &Arc::default(), &|| false));
        eprintln!("{count} accounts: {} bytes a row", snapshot.bytes() / count);
    }
}

/// What is typed, letter by letter or at once.
const QUERIES: [(&str, &str); 11] = [
    ("everything", ""),
    ("a", "a"),
    ("acprd", "acprd"),
    ("hooli", "hooli"),
    ("acme-prod-0001", "acme-prod-0001"),
    ("exact", "'globex"),
    ("id", "00ff"),
    ("words", "acme !prod 1 | 2"),
    ("type and created", "type:standard created:<2010-01-01"),
    ("name and organization", "globex org:\"Division 7\""),
    ("path of the record", "settings.other:false"),
];

fn searching(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for count in [100_000, 1_000_000] {
        let snapshot = Arc::new(Snapshot::of(accounts(count)));
        let sort = |by| vec![Sort { by, direction: Direction::Descending }];
        let orders = [ColumnValue::Name, ColumnValue::Created, ColumnValue::Id].map(|by| ("", sort(by)));
        let typed = QUERIES.map(|(_, text)| (text, Vec::new()));
        for (text, sort) in typed.into_iter().chain(orders) {
            let name = QUERIES.iter().find(|(_, other)| *other == text).map_or(text, |(name, _)| name);
            let name = sort.first().map_or_else(|| (*name).to_owned(), |sort| format!("by {:?}", sort.by));
            let query = Arc::new(ListQuery { filter: Filter::parse(text), sort, ..ListQuery::default() });
            group.bench_with_input(BenchmarkId::new(&name, count), &query, |bencher, query| {
                // The orders of columns are kept, what passed last is not.
                let mut searcher = Searcher::default();
                bencher.iter(|| {
                    if query.sort.is_empty() {
                        searcher = Searcher::default();
                    }
                    found(&mut searcher, black_box(&snapshot), query)
                });
            });
        }
        group.bench_function(BenchmarkId::new("a letter more: acm, acme", count), |bencher| {
            let [first, next] =
                ["acm", "acme"].map(|text| Arc::new(ListQuery { filter: Filter::parse(text), ..ListQuery::default() }));
            bencher.iter_batched(
                || {
                    let mut searcher = Searcher::default();
                    drop(found(&mut searcher, &snapshot, &first));
                    searcher
                },
                |mut searcher| found(&mut searcher, &snapshot, &next),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("first in new rows", count), |bencher| {
            let accounts = accounts(count);
            bencher.iter_batched(
                || Arc::new(Snapshot::of(accounts.clone())),
                |snapshot| search(&snapshot, &Arc::default(), &|| false),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn found(searcher: &mut Searcher, snapshot: &Arc<Snapshot>, query: &Arc<ListQuery>) -> Option<Found> {
    let asking = Asking { cancelled: &|| false, late: &|| false, partial: &|_| (), reading: &|_| () };
    searcher.search(snapshot, query, &asking)
}

fn absorbing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("absorb");
    group.sample_size(10);
    let connection = ConnectionName::new("bench");
    let query = Query::Accounts(ListScope::all(), Cursor::First);
    // Every page is published here, which a sync does at most ten times a second.
    group.bench_function("10,000 accounts in 200 pages, each published", |bencher| {
        let pages: Vec<Reply> = accounts(10_000)
            .chunks(50)
            .map(|rows| {
                Reply::Accounts(Page {
                    rows: rows.to_vec(),
                    next: None,
                    total: None,
                    pages: None,
                    messages: Vec::new(),
                    holds: Vec::new(),
                })
            })
            .collect();
        bencher.iter(|| {
            let inventory = Inventory::default();
            for page in &pages {
                inventory.absorb(&connection, &query, page, Moment(1));
            }
            inventory
        });
    });
    group.finish();
}

criterion_group!(benches, weighing, searching, absorbing);
criterion_main!(benches);
