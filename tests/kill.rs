//! A plan that is killed at any point goes on where it stopped: every item is done exactly once, or is refused, or stays
//! listed until it is settled; and nothing that goes wrong on the way doubles a write.
//!
//! The program that is killed is this test binary, started once more: see [`the_program_that_is_killed`].
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use acctui::changes::{self, FileJournal, Gate, Journal as _, Road, Watch, Way, apply, reconcile_open, unsettled};
use acctui::domain::{
    Account, AccountId, AccountKey, Applied, Change, ChangeKind, ConnectionName, Credentials, Identity, JournalState,
    Moment, Plan, Protection, ProviderId, RawJson, Secret, Subject, Untrusted, Values,
};
use acctui::inventory::disk::{Batch, Disk, Ending, HistoryQuery, Progress, Resume};
use acctui::inventory::history::History;
use acctui::inventory::{Inventory, Row, sync};
use acctui::provider::{Clock, Provider, Settings, registry};
use acctui::sim::{Options, Sim};
use serde::{Deserialize, Serialize};

/// What the program is told to do, in this variable.
const JOB: &str = "ACCTUI_KILL_JOB";
/// Where it is to end.
const FAILPOINT: &str = "ACCTUI_FAILPOINT";

/// How much later a killed program starts again, by its clock.
const LATER: u64 = 11_000;

/// How many accounts a plan is about.
const ITEMS: usize = 200;

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    base_url: String,
    /// The journal's folder; what became of the plan is written beside it.
    state: PathBuf,
    ids: Vec<String>,
    kind: ChangeKind,
    /// What all of them are to have.
    values: Values,
    /// How many milliseconds its clock is ahead. What was sent is looked for until ten seconds have passed: a program
    /// that starts that much later by its own clock need not wait for them.
    ahead: u64,
}

impl Job {
    fn journal(&self) -> FileJournal {
        FileJournal::new(self.state.join("journal.jsonl"))
    }

    fn changes(&self) -> Vec<Change> {
        let change = |id: &String| Change {
            subject: Subject::Account(AccountKey { connection: connection(), id: AccountId::new(id) }),
            kind: self.kind,
            values: self.values.clone(),
            secrets: BTreeMap::new(),
            base: None,
            key: None,
        };
        self.ids.iter().map(change).collect()
    }
}

/// How many changes of a plan became what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Summary(BTreeMap<String, usize>);

impl Summary {
    fn of(results: &[Applied]) -> Self {
        let mut summary = Self::default();
        for applied in results {
            let word = match applied {
                Applied::Confirmed { .. } | Applied::Accepted { .. } => "confirmed",
                Applied::NothingToDo => "nothing to do",
                Applied::Outdated(_) => "outdated",
                Applied::Refused(_) => "refused",
                Applied::Unknown(_) => "unknown",
                Applied::NotSent(_) => "not sent",
            };
            *summary.0.entry(word.to_owned()).or_default() += 1;
        }
        summary
    }

    fn count(&self, word: &str) -> usize {
        self.0.get(word).copied().unwrap_or_default()
    }

    /// Whether nothing is left to do.
    fn is_done(&self) -> bool {
        self.count("confirmed") + self.count("nothing to do") == self.0.values().sum::<usize>()
    }
}

fn connection() -> ConnectionName {
    ConnectionName::new("sim")
}

#[expect(clippy::disallowed_methods, reason = "what a person's program has from the runtime")]
fn clock(ahead: u64) -> Clock {
    Arc::new(move || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Moment(u64::try_from(since.as_millis()).unwrap() + ahead)
    })
}

fn open(base_url: &str) -> Arc<dyn Provider> {
    // It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kind = registry().iter().find(|kind| kind.spec.facts.id == "cloudflare").unwrap();
    let settings = Settings {
        connection: connection(),
        base_url: Some(base_url.to_owned()),
        budget: 0.5,
        credentials: Arc::new(|| {
            let fields = BTreeMap::from([("token".to_owned(), Secret::new("sim-token"))]);
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        }),
        recorder: Arc::new(drop),
        clock: clock(0),
        net: Arc::default(),
    };
    (kind.open)(settings).unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// Settles what an earlier run left, then plans and sends the job.
async fn work(job: &Job) -> Result<Summary, String> {
    let (connection, clock) = (connection(), clock(job.ahead));
    let (provider, journal, inventory) = (open(&job.base_url), job.journal(), Inventory::default());
    let roads = [Road {
        connection: &connection,
        protection: Protection::Open,
        provider: &*provider,
        journal: &journal,
        inventory: &inventory,
        clock: &clock,
        reason: None,
        max_delete: 10,
    }];
    let records = journal.records().map_err(|failure| failure.to_string())?.records;
    let reconciled = reconcile_open(&roads, &records).await;
    if let Some((record, why)) = reconciled.left.first() {
        return Err(format!("{}: {why}", record.subject.id()));
    }
    let plan: Plan =
        changes::plan(&roads, job.changes(), Way::default()).await.map_err(|failure| failure.to_string())?;
    let gate = Gate::default();
    let results = apply(&roads, &plan, Watch { tell: &|_| (), gate: &gate }).await;
    assert_eq!(results.len(), job.ids.len());
    Ok(Summary::of(&results))
}

/// Not a test of its own: the program that the others start and kill.
#[test]
#[expect(clippy::disallowed_methods, reason = "it is told what to do by its environment")]
fn the_program_that_is_killed() {
    let Ok(job) = std::env::var(JOB) else { return };
    let job: Job = serde_json::from_str(&job).unwrap();
    let done = run(work(&job));
    fs::write(job.state.join("summary"), serde_json::to_string(&done).unwrap()).unwrap();
}

fn start(job: &Job, failpoint: Option<&str>) -> Child {
    let _ = fs::remove_file(job.state.join("summary"));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "the_program_that_is_killed"]).env(JOB, serde_json::to_string(job).unwrap());
    command.env_remove(FAILPOINT).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(failpoint) = failpoint {
        command.env(FAILPOINT, failpoint);
    }
    command.spawn().unwrap()
}

/// Waits for the program: how it ended, and what it made of its plan.
fn ended(job: &Job, mut child: Child) -> (ExitStatus, Option<Result<Summary, String>>) {
    let status = child.wait().unwrap();
    let summary = fs::read_to_string(job.state.join("summary")).ok();
    (status, summary.map(|text| serde_json::from_str(&text).unwrap()))
}

/// Starts the program over and over until nothing is left to do.
fn finish(job: &Job, tries: usize) -> usize {
    for nth in 1..=tries {
        let (status, summary) = ended(job, start(job, None));
        assert!(status.success(), "{status}");
        match summary.unwrap() {
            Ok(summary) if summary.is_done() => return nth,
            Ok(summary) => assert_eq!(summary.0.values().sum::<usize>(), job.ids.len(), "{summary:?}"),
            Err(why) => assert!(tries > 1, "{why}"),
        }
    }
    panic!("not done after {tries} tries");
}

/// A simulator in this process, with its log.
struct House {
    base_url: String,
    log: PathBuf,
    home: tempfile::TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
    _runtime: tokio::runtime::Runtime,
}

impl House {
    fn open(faults: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let log = home.path().join("requests.jsonl");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = Options {
            accounts: vec!["400".parse().unwrap()],
            faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
            log: Some(log.clone()),
            ..Options::default()
        };
        let sim = runtime.block_on(Sim::bind(options)).unwrap();
        let base_url = format!("http://{}/cloudflare/client/v4", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        runtime.spawn(sim.serve(async move { drop(stopped.await) }));
        Self { base_url, log, home, _stop: stop, _runtime: runtime }
    }

    /// Accounts of the largest hierarchy, and two of its organizations that they can be moved to: none of them stands in
    /// the first.
    fn stage(&self) -> (Vec<String>, [String; 2]) {
        let (provider, inventory, connection) = (open(&self.base_url), Inventory::default(), connection());
        run(sync(&inventory, &*provider, &connection, &clock(0), &mut |_| ())).unwrap();
        let snapshot = inventory.snapshot();
        let tree = Arc::clone(&snapshot.connection(&connection).unwrap().tree);
        let rows = || snapshot.rows();
        let below = |root: &_| {
            let within: BTreeSet<String> = tree.subtree(root).into_iter().map(|id| id.as_str().to_owned()).collect();
            let parent = |account: &Row<'_>| account.parent().map(|it| it.id.as_str().to_owned());
            let inside = rows().filter(|account| parent(account).is_some_and(|parent| within.contains(&parent)));
            inside.map(|account| (account.id().to_owned(), parent(&account).unwrap())).collect::<Vec<_>>()
        };
        let root = tree.roots().iter().max_by_key(|root| below(root).len()).unwrap().clone();
        let mut held: BTreeMap<String, usize> =
            tree.subtree(&root).into_iter().map(|id| (id.as_str().to_owned(), 0)).collect();
        let accounts = below(&root);
        for (_, parent) in &accounts {
            *held.get_mut(parent).unwrap() += 1;
        }
        let mut emptiest: Vec<String> = held.keys().cloned().collect();
        emptiest.sort_by_key(|id| held[id]);
        let [first, second] = [0, 1].map(|nth| emptiest[nth].clone());
        let ids: Vec<String> =
            accounts.into_iter().filter(|(_, parent)| *parent != first).map(|(id, _)| id).take(ITEMS).collect();
        assert_eq!(ids.len(), ITEMS);
        (ids, [first, second])
    }

    fn state(&self, name: &str) -> PathBuf {
        let state = self.home.path().join(name);
        fs::create_dir_all(&state).unwrap();
        state
    }

    fn moves(&self, name: &str, ids: &[String], to: &str) -> Job {
        Job {
            base_url: self.base_url.clone(),
            state: self.state(name),
            ids: ids.to_vec(),
            kind: ChangeKind::MoveAccount,
            values: Values::from_iter([(Change::TO, to)]),
            ahead: 0,
        }
    }

    /// How often each path got a write that had its effect, in the log's lines from this one on.
    fn writes(&self, from: usize) -> BTreeMap<String, usize> {
        let mut writes = BTreeMap::new();
        for line in log_lines(&self.log).into_iter().skip(from) {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            let is_done = line["status"].as_u64().is_some_and(|status| (200..300).contains(&status));
            if line["method"] != "GET" && is_done {
                *writes.entry(line["path"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        writes
    }

    fn lines(&self) -> usize {
        log_lines(&self.log).len()
    }

    /// Each item of a job got exactly one write since a line of the log, and the journal has exactly one end of each.
    fn is_done_once(&self, job: &Job, from: usize) {
        let writes = self.writes(from);
        let doubled: Vec<_> = writes.iter().filter(|(_, count)| **count != 1).collect();
        assert!(doubled.is_empty(), "doubled: {doubled:?}");
        for id in &job.ids {
            assert!(writes.keys().any(|path| path.contains(id)), "{id} is lost");
        }
        assert_eq!(writes.len(), job.ids.len(), "and nothing else was written");
        let records = job.journal().records().unwrap();
        assert_eq!(records.skipped, 0);
        let mut done: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for record in &records.records {
            if record.state == JournalState::Confirmed || record.done == Some(true) {
                done.entry(record.subject.id()).or_default().insert(&record.change);
            }
        }
        let wrong: Vec<_> = job.ids.iter().filter(|id| done.get(id.as_str()).map(BTreeSet::len) != Some(1)).collect();
        assert!(wrong.is_empty(), "not done exactly once by the journal: {wrong:?}");
        assert_eq!(unsettled(&records.records), []);
    }
}

fn log_lines(log: &Path) -> Vec<String> {
    fs::read_to_string(log).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Journal step by journal step, at its first, some middle and its last time.
const POINTS: [&str; 11] = [
    "before-intended",
    "after-intended",
    "after-sent",
    "after-sent:100",
    "after-sent:200",
    "after-request",
    "after-request:100",
    "after-request:200",
    "after-outcome:50",
    "after-outcome:200",
    "read-back",
];

#[test]
fn a_bulk_that_is_killed_at_any_step_goes_on_where_it_stopped() {
    let house = House::open(&[]);
    let (ids, places) = house.stage();
    for (nth, point) in POINTS.iter().enumerate() {
        let from = house.lines();
        // To and fro: what one round did the next one undoes.
        let mut job = house.moves(point, &ids, &places[nth % 2]);
        let (status, summary) = ended(&job, start(&job, Some(point)));
        assert!(!status.success() && summary.is_none(), "{point} was not reached: {status} {summary:?}");
        job.ahead += LATER;
        finish(&job, 1);
        house.is_done_once(&job, from);
    }
}

#[test]
fn a_bulk_that_is_killed_at_random_times_again_and_again_doubles_and_loses_nothing() {
    let house = House::open(&["latency=5ms"]);
    let (ids, places) = house.stage();
    for (nth, seed) in (0..3).map(|_| fastrand::u64(..)).enumerate() {
        let mut random = fastrand::Rng::with_seed(seed);
        let from = house.lines();
        let mut job = house.moves(&format!("random-{nth}"), &ids, &places[nth % 2]);
        for _ in 0..5 {
            // By what it has done, not by the clock: a slow machine is killed as far into it as a fast one.
            let until = house.lines() + random.usize(1..60);
            let mut child = start(&job, None);
            while house.lines() < until && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            job.ahead += LATER;
        }
        eprintln!("seed {seed}");
        finish(&job, 1);
        house.is_done_once(&job, from);
    }
}

/// Whatever is lost, late, broken or stale: the program is started until it is done, and what it says of each plan adds
/// up.
#[test]
fn faults_double_nothing_and_lose_nothing() {
    let house = House::open(&["drop-after-write=0.3", "500=0.2", "stale-reads=3s"]);
    let (ids, places) = house.stage();
    let ids = &ids[..60];
    let from = house.lines();
    let moves = house.moves("moves", ids, &places[0]);
    finish(&moves, 30);
    house.is_done_once(&moves, from);
    let from = house.lines();
    let edits = Job {
        state: house.state("edits"),
        kind: ChangeKind::Profile,
        values: Values::from_iter([("business_name", "Safe Changes Ltd")]),
        ..moves
    };
    finish(&edits, 30);
    house.is_done_once(&edits, from);
}

/// What is made has no id before the provider answers: whether a lost one was made nobody can read back.
#[test]
fn what_is_made_under_faults_is_made_once_or_stays_listed() {
    let house = House::open(&["drop-after-write=0.3", "500=0.2", "stale-reads=3s"]);
    let (provider, connection, clock) = (open(&house.base_url), connection(), clock(0));
    let job = house.moves("creates", &[], "");
    let (journal, inventory) = (job.journal(), Inventory::default());
    let roads = [Road {
        connection: &connection,
        protection: Protection::Open,
        provider: &*provider,
        journal: &journal,
        inventory: &inventory,
        clock: &clock,
        reason: None,
        max_delete: 10,
    }];
    let name = |nth| format!("Made Under Faults {nth:02}");
    let creates = (0..40).map(|nth| Change {
        subject: Subject::Connection(connection.clone()),
        kind: ChangeKind::CreateAccount,
        values: Values::from_iter([("name", name(nth).as_str()), ("type", "standard")]),
        secrets: BTreeMap::new(),
        base: None,
        key: None,
    });
    let creates: Vec<Change> = creates.collect();
    let gate = Gate::default();
    let results = run(async {
        let plan = changes::plan(&roads, creates, Way::default()).await.unwrap();
        apply(&roads, &plan, Watch { tell: &|_| (), gate: &gate }).await
    });
    let summary = Summary::of(&results);
    assert_eq!(summary.0.values().sum::<usize>(), 40, "{summary:?}");
    assert!(summary.count("confirmed") > 0 && summary.count("unknown") > 0, "{summary:?}");
    // What is there in truth: a listing without faults, of the same state, as the simulator's log decided it.
    let made: usize = house.writes(0).values().sum();
    assert!(made >= summary.count("confirmed") && made <= 40 - summary.count("refused"), "{made} {summary:?}");
    let posts = log_lines(&house.log).iter().filter(|line| line.contains("\"POST\"")).count();
    assert_eq!(posts, 40, "none is sent again");
    let left = unsettled(&journal.records().unwrap().records);
    assert_eq!(left.len(), summary.count("unknown"), "each that may have been made is listed");
    assert!(left.iter().all(|record| record.key.is_some()), "with the key under which it is made only once");
}

/// Where the disk of the sync is that is killed.
const SYNC: &str = "ACCTUI_KILL_SYNC";

/// The accounts of a listing: 40, or what became of them.
fn rows(is_later: bool) -> Vec<Arc<Account>> {
    let one = |nth: usize| Account {
        key: AccountKey { connection: connection(), id: AccountId::new(format!("id{nth:02}")) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::from(format!("{} {nth}", if is_later && nth.is_multiple_of(10) { "Renamed" } else { "Shop" })),
        kind: None,
        status: None,
        email: None,
        created_at: None,
        updated_at: None,
        parent: None,
        raw: RawJson::parse("{}").unwrap(),
        secrets: BTreeMap::new(),
        has_extra: false,
    };
    let numbers = if is_later { 2..42 } else { 0..40 };
    numbers.map(|nth| Arc::new(one(nth))).collect()
}

/// A whole listing, as a sync writes it: its page, then its end.
fn listed(disk: &Disk, history: &History, accounts: Vec<Arc<Account>>, at: Moment) {
    let identity = Identity {
        provider: ProviderId::new("cloudflare"),
        origin: "https://api.example".into(),
        organization: None,
        user: Untrusted::new("ada"),
        credential: "API token".into(),
        expires_at: None,
    };
    let owner = disk.identify(&connection(), &identity.provider, Some(&identity), at).unwrap().owner;
    let run = disk.begin(owner, at).unwrap();
    let progress = Some(Progress { run, resume: Resume::default() });
    let heard = history.write(disk, &mut Batch { accounts, progress, ..Batch::new(owner, at) }).unwrap();
    assert_eq!(heard.trouble, None);
    let ending = Some(Ending { run, pages: 1 });
    let heard = history.write(disk, &mut Batch { ending, ..Batch::new(owner, at) }).unwrap();
    assert_eq!(heard.trouble, None);
}

/// Not a test of its own: the sync that the next one starts and kills.
#[test]
#[expect(clippy::disallowed_methods, reason = "it is told what to do by its environment")]
fn the_sync_that_is_killed() {
    let Ok(folder) = std::env::var(SYNC) else { return };
    let folder = PathBuf::from(folder);
    let disk = Disk::open(&folder.join("inventory.db"), Moment(1_000)).disk;
    let history = History::at(folder.join("user.db"), Arc::new(|| Moment(1_000)));
    if !disk.owners().unwrap().iter().any(|owner| owner.whole_at.is_some()) {
        listed(&disk, &history, rows(false), Moment(1_000));
    }
    listed(&disk, &history, rows(true), Moment(2_000));
}

/// What the history says of which account, in order.
fn told(folder: &Path) -> Vec<(String, &'static str)> {
    let history = History::at(folder.join("user.db"), Arc::new(|| Moment(3_000)));
    let mut told = Vec::new();
    let mut hear = |entry: acctui::domain::HistoryEntry| {
        told.push((entry.observed.key.id.to_string(), entry.observed.difference.word()));
        std::ops::ControlFlow::Continue(())
    };
    history.own().history(&HistoryQuery::default(), &mut hear).unwrap();
    told
}

#[test]
fn what_a_killed_sync_observed_is_told_once_wherever_it_ended() {
    let run = |folder: &Path, failpoint: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "the_sync_that_is_killed"]).env(SYNC, folder).env_remove(FAILPOINT);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(failpoint) = failpoint {
            command.env(FAILPOINT, failpoint);
        }
        command.status().unwrap().success()
    };
    let unharmed = tempfile::tempdir().unwrap();
    assert!(run(unharmed.path(), None));
    let expected = told(unharmed.path());
    assert_eq!(expected.len(), 3 + 2 + 2, "three are renamed, two are new, two are gone: {expected:?}");
    let mut killed = 0;
    for point in ["after-inventory", "after-history"] {
        for nth in 1..=4 {
            let home = tempfile::tempdir().unwrap();
            if run(home.path(), Some(&format!("{point}:{nth}"))) {
                break;
            }
            killed += 1;
            assert!(run(home.path(), None));
            assert_eq!(told(home.path()), expected, "{point}:{nth}");
        }
    }
    assert_eq!(killed, 4, "between and behind the commits of the page and of the end");
}
