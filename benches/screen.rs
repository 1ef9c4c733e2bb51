//! What a frame costs, and how long a key waits for it: `cargo bench --bench screen`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop where it stands")]

use std::hint::black_box;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acctui::app::{ConnectionSetup, Effect, Event, Fact, Setup, Size, Stamp, State, update};
use acctui::domain::{
    Account, AccountId, AccountKey, ConnectionName, Key, KeyCode, Moment, Organization, OrganizationId,
    OrganizationKey, ParentRef, Protection, ProviderId, Untrusted,
};
use acctui::inventory::{Inventory, Snapshot, search};
use acctui::panes::PaneId;
use acctui::provider::{Cursor, OrganizationScope, Page, Query, Reply, registry};
use acctui::sim::{Options, Sim};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[expect(dead_code, reason = "this bench uses a part of it")]
#[path = "../tests/pty/mod.rs"]
mod pty;

const WIDTH: u16 = 200;
const HEIGHT: u16 = 60;

fn account(nth: usize) -> Account {
    let id = format!("{nth:032x}");
    Account {
        key: AccountKey { connection: ConnectionName::new("bench"), id: AccountId::new(&id) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::new(format!("Account {nth:07}")),
        kind: Some(Untrusted::new("standard")),
        status: None,
        email: None,
        created_at: None,
        updated_at: None,
        parent: None,
        raw: serde_json::json!({ "id": id }).into(),
        secrets: std::collections::BTreeMap::new(),
        has_extra: false,
    }
}

/// Tells the state, and answers its searches.
fn feed(state: &mut State, fact: Fact) {
    let stamp = Stamp { at: Moment(1), frame: 1 };
    for effect in update(state, Event { stamp, fact }) {
        if let Effect::Search { id, snapshot, query } = effect {
            let found = search(&snapshot, &query, &|| false).unwrap();
            feed(state, Fact::Found { id, found });
        }
    }
}

/// The browser with a list of so many accounts.
fn browser(accounts: usize) -> State {
    let kind = registry().iter().find(|kind| kind.spec.facts.id == "cloudflare").unwrap();
    let connection = ConnectionSetup {
        name: ConnectionName::new("bench"),
        spec: kind.spec,
        protection: Protection::Confirm,
        group: None,
        colour: None,
        credential: "the config file".into(),
        unnamed: false,
        base_url: kind.spec.base_url.into(),
        max_delete: 10,
        refresh_after: None,
        columns: kind.spec.columns,
    };
    let mut state = State::new(Setup { connections: vec![connection], ..Setup::default() });
    feed(&mut state, Fact::Resized(Size { width: WIDTH, height: HEIGHT }));
    feed(&mut state, Fact::Started);
    let snapshot = Snapshot::of((0..accounts).map(account).collect());
    feed(&mut state, Fact::Inventory(Arc::new(snapshot)));
    state
}

/// A key and the frame that answers it, without a terminal: however long the list, at most a millisecond.
fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a cursor key and its frame at 200x60");
    for accounts in [1_000, 100_000, 1_000_000] {
        let mut state = browser(accounts);
        let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT)).unwrap();
        group.bench_function(BenchmarkId::from_parameter(accounts), |bencher| {
            bencher.iter(|| {
                feed(&mut state, Fact::Key(Key::char('j')));
                terminal.draw(|frame| acctui::view::draw(black_box(&state), frame)).unwrap();
            });
        });
    }
    group.finish();
}

/// A key in the tree and the frame that answers it, in a node of so many children and in as long a chain.
fn trees(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a cursor key in the tree and its frame at 200x60");
    for (name, count, is_chain) in [("50,000 children in one node", 50_000, false), ("200 levels", 200, true)] {
        let mut state = browser(1_000);
        let parent = |nth: usize| nth.checked_sub(1).map(|above| if is_chain { above } else { 0 });
        let rows = (0..count).map(|nth| organization(nth, parent(nth))).collect();
        let inventory = Inventory::default();
        let query = Query::Organizations(OrganizationScope::Every, Cursor::First);
        let page = Page { rows, next: None, total: None, pages: None, messages: Vec::new(), holds: Vec::new() };
        inventory.absorb(&ConnectionName::new("bench"), &query, &Reply::Organizations(page), Moment(1));
        feed(&mut state, Fact::Inventory(inventory.snapshot()));
        state.focus = PaneId::Organizations;
        for _ in 0..200 {
            feed(&mut state, Fact::Key(Key::plain(KeyCode::Down)));
            feed(&mut state, Fact::Key(Key::plain(KeyCode::Right)));
        }
        let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT)).unwrap();
        let mut nth = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                nth += 1;
                let key = if nth % 120 < 60 { KeyCode::Down } else { KeyCode::Up };
                feed(&mut state, Fact::Key(Key::plain(key)));
                terminal.draw(|frame| acctui::view::draw(black_box(&state), frame)).unwrap();
            });
        });
    }
    group.finish();
}

fn organization(nth: usize, parent: Option<usize>) -> Organization {
    let id = |nth: usize| OrganizationId::new(format!("{nth:032x}"));
    Organization {
        key: OrganizationKey { connection: ConnectionName::new("bench"), id: id(nth) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::new(format!("Unit {nth:06}")),
        kind: Untrusted::new("organization"),
        parent: parent.map(|nth| ParentRef { id: id(nth), name: Untrusted::default() }),
        account: None,
        created_at: None,
        raw: Some(serde_json::json!({}).into()),
    }
}

/// The simulator on a thread of its own, for as long as the bench runs; a home with a config that leads to it.
fn simulator(accounts: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let options = Options { accounts: vec![accounts.to_string().parse().unwrap()], ..Options::default() };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sim = Sim::bind(options).await.unwrap();
            tell.send(sim.config_toml()).unwrap();
            sim.serve(std::future::pending()).await.unwrap();
        });
    });
    let config = home.path().join("config.toml");
    std::fs::write(&config, told.recv().unwrap()).unwrap();
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
    home
}

fn start(home: &tempfile::TempDir) -> pty::Pty {
    let config = home.path().join("config.toml");
    pty::Pty::start(home.path(), &[pty::PROGRAM, "--config", config.to_str().unwrap()], &[])
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// The program in a pseudo-terminal: from its start to its first frame, and from a key to the frame that answers it.
fn in_a_terminal(criterion: &mut Criterion) {
    let home = simulator(10_000);
    let mut group = criterion.benchmark_group("in a terminal");
    group.sample_size(20);
    // The same with a program that does nothing else: what the measuring itself costs.
    let nothing = ["sh", "-c", "printf '\\033[?2026l'; read -r line"];
    let starts: [(&str, &dyn Fn() -> pty::Pty); 2] = [
        ("start to first frame", &|| start(&home)),
        ("start of a shell to as much", &|| pty::Pty::start(home.path(), &nothing, &[])),
    ];
    for (name, start) in starts {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let began = now();
                    let pty = start();
                    pty.frame_after(0);
                    spent += began.elapsed();
                }
                spent
            });
        });
    }
    group.finish();

    let mut pty = start(&home);
    pty.wait("10,000/10,000");
    let (mut waits, mut sizes) = (Vec::new(), Vec::new());
    for nth in 0..2_000 {
        // What follows the last key (the detail, an age) is not of this one.
        std::thread::sleep(Duration::from_millis(if nth % 10 == 0 { 300 } else { 3 }));
        let from = pty.bytes().len();
        let began = now();
        pty.send(if nth % 60 < 30 { "j" } else { "k" });
        let to = pty.frame_after(from);
        waits.push(began.elapsed());
        sizes.push(to - from);
    }
    waits.sort_unstable();
    sizes.sort_unstable();
    let at = |part: usize| waits.len() * part / 1_000;
    eprintln!("cursor key to frame, 10,000 accounts: median {:?}, p99 {:?}", waits[at(500)], waits[at(990)]);
    eprintln!("bytes of that frame: median {}, p99 {}", sizes[at(500)], sizes[at(990)]);
}

criterion_group!(benches, frames, trees, in_a_terminal);
criterion_main!(benches);
