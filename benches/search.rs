//! How long search and sync take: `cargo bench --bench search`.

use std::hint::black_box;
use std::sync::Arc;

use acctui::domain::{
    Account, AccountId, AccountKey, ConnectionName, Filter, Moment, OrganizationId, ParentRef, ProviderId, Untrusted,
};
use acctui::inventory::{Direction, Inventory, ListQuery, Snapshot, Sort, search};
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
                raw: serde_json::json!({"id": id, "name": name}).into(),
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

fn searching(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search");
    group.sample_size(20);
    for count in [10_000, 100_000] {
        let snapshot = Arc::new(Snapshot::of(accounts(count)));
        let sort = |by| Some(Sort { by, direction: Direction::Descending });
        for (name, text, sort) in [
            ("everything", "", None),
            ("a", "a", None),
            ("acprd", "acprd", None),
            ("exact", "'globex", None),
            ("id", "00ff", None),
            ("words", "acme !prod 1 | 2", None),
            ("by created", "", sort(ColumnValue::Created)),
        ] {
            let query = Arc::new(ListQuery {
                filter: Filter::parse(text),
                sort: sort.into_iter().collect(),
                ..ListQuery::default()
            });
            group.bench_with_input(BenchmarkId::new(name, count), &query, |bencher, query| {
                bencher.iter(|| search(black_box(&snapshot), query, &|| false));
            });
        }
        group.bench_function(BenchmarkId::new("first in new rows", count), |bencher| {
            let accounts = accounts(count);
            bencher.iter_batched(
                || Arc::new(Snapshot::of(accounts.clone())),
                |snapshot| search(&snapshot, &Arc::default(), &|| false),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
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
