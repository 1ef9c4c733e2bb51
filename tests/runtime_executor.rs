//! The executor: newer fetches win, panics become failed replies, writes run to their end.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use acctui::app::{Fact, RequestId, Slot, Urgency};
use acctui::changes::FileJournal;
use acctui::domain::{
    Account, AccountId, AccountKey, Applied, Before, Change, ChangeKind, ConnectionName, Diff, Ended, Failure,
    FailureKind, Guide, Identity, JournalState, Moment, Part, Plan, PlannedChange, Profile, Protection, ProviderFacts,
    ProviderId, RequestPreview, Secret, Subject, Untrusted, Values,
};
use acctui::inventory::history::History;
use acctui::inventory::{Consent, ListQuery, Snapshot, is_dear_failure};
use acctui::provider::{
    Cursor, DetailOptions, Executed, HierarchyWords, Levels, ListScope, MakeReach, MoveReach, Page, Paging, Progress,
    Provider, Query, Reply, RequestBudget, SignIn, Spec,
};
use acctui::runtime::sign_in::{Find, Opener};
use acctui::runtime::{Executor, Requests, Surroundings};
use tokio::sync::{Semaphore, mpsc};

static SPEC: Spec = Spec {
    facts: ProviderFacts { id: "scripted", base_url_env: &[], credentials: &[], guide: Guide::NONE },
    title: "Scripted",
    base_url: "http://127.0.0.1",
    capabilities: &[],
    hierarchy: HierarchyWords { one: "organization", many: "organizations", none: "none" },
    paging: Paging::Chained,
    levels: Levels::ByRoot,
    page_rows: 50,
    moves: MoveReach::Anywhere,
    makes: MakeReach::Anywhere,
    columns: &[],
    details: &[],
    profile_at: "",
    closing: "",
    told: &[],
    extra: None,
    forms: &[],
    searches: &[],
    outside: acctui::provider::Outside::NONE,
};

/// How long anything may take before a test gives up waiting for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers as the ids and scopes that it is asked with say.
#[derive(Default)]
struct Scripted {
    /// How many calls wait or have waited.
    began: AtomicUsize,
    /// How many calls were dropped while they waited.
    dropped: AtomicUsize,
    /// Lets waiting calls go on.
    gate: Option<Semaphore>,
    budget: Option<RequestBudget>,
}

/// Counts if it is dropped before it is disarmed.
struct Dropped<'a>(Option<&'a AtomicUsize>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Scripted {
    fn gated() -> Arc<Self> {
        Arc::new(Self { gate: Some(Semaphore::new(0)), ..Self::default() })
    }

    async fn wait(&self) {
        let mut dropped = Dropped(Some(&self.dropped));
        self.began.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        dropped.0 = None;
    }

    fn open_gate(&self) {
        self.gate.as_ref().unwrap().add_permits(1_000);
    }
}

fn account(id: &str) -> Account {
    Account {
        key: AccountKey { connection: connection(), id: AccountId::new(id) },
        provider: ProviderId::new("scripted"),
        name: Untrusted::new(format!("account {id}")),
        kind: None,
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

fn page(ids: &[&str], next: Option<Cursor>) -> Page<Account> {
    Page {
        rows: ids.iter().map(|id| account(id)).collect(),
        next,
        total: Some(5),
        pages: None,
        messages: Vec::new(),
        holds: Vec::new(),
    }
}

fn token(text: &str) -> Cursor {
    Cursor::Token(text.into())
}

#[async_trait::async_trait]
impl Provider for Scripted {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.budget
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        self.wait().await;
        Ok(identity())
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        let script = scope.parameters.first().map_or("", |(name, _)| name.as_str());
        Ok(match (script, cursor) {
            ("pages", Cursor::First) => page(&["a", "b"], Some(token("1"))),
            ("pages", Cursor::Token(at)) if at == "1" => page(&[], Some(token("2"))),
            ("pages", _) => page(&["b", "c"], None),
            ("same", _) => page(&["a", "b"], Some(Cursor::Page(2))),
            ("repeated" | "fails", Cursor::First) => page(&["a"], Some(token("1"))),
            ("repeated", _) => page(&["b"], Some(token("1"))),
            _ => return Err(Failure::new(FailureKind::Server, "GET /accounts", "it broke")),
        })
    }

    async fn sign_in(&self) -> Result<SignIn, Failure> {
        self.wait().await;
        Ok(SignIn {
            page: "https://app.example/otp".into(),
            parameter: "otp",
            code: Secret::new("s3cret"),
            messages: vec![Untrusted::new("moves soon")],
        })
    }

    async fn execute(&self, _: &Change) -> Result<Executed, Failure> {
        Ok(Executed { operation: Some("op".into()), ..Executed::default() })
    }

    async fn progress(&self, _: ChangeKind, operation: &str) -> Result<Progress, Failure> {
        assert_eq!(operation, "op");
        self.wait().await;
        Ok(Progress::Done(None))
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        self.wait().await;
        Ok(Profile { subject: subject.clone(), exists: true, values: Values::default() })
    }

    async fn account(&self, id: &AccountId, _: DetailOptions) -> Result<Account, Failure> {
        assert!(id.as_str() != "panic", "the script says so");
        self.wait().await;
        Ok(account(id.as_str()))
    }
}

fn connection() -> ConnectionName {
    ConnectionName::new("prod")
}

fn identity() -> Identity {
    Identity {
        provider: ProviderId::new("scripted"),
        origin: "http://127.0.0.1".into(),
        organization: None,
        user: Untrusted::new("ada"),
        credential: "API token".into(),
        expires_at: None,
    }
}

fn detail(id: &str) -> Query {
    Query::Account(AccountId::new(id), DetailOptions::default())
}

/// An executor, and the end that the loop would have.
struct Stage {
    executor: Executor,
    facts: mpsc::UnboundedReceiver<Fact>,
    directory: tempfile::TempDir,
}

impl Stage {
    fn new(provider: &Arc<Scripted>) -> Self {
        let nothing = || Err(Failure::new(FailureKind::Local, "looking for a web browser", "there is none"));
        Self::with_browser(provider, Arc::new(nothing))
    }

    fn with_browser(provider: &Arc<Scripted>, browser: Find) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (tell, facts) = mpsc::unbounded_channel();
        let provider = Arc::clone(provider);
        let surroundings = Surroundings {
            open: Box::new(move |name, _| {
                if *name == connection() || name.as_str() == "unprotected" {
                    Ok(Arc::clone(&provider) as Arc<dyn Provider>)
                } else {
                    Err(Failure::new(FailureKind::Local, format!("connection {name}"), "there is none"))
                }
            }),
            protection: HashMap::from([(connection(), Protection::Open)]),
            max_delete: HashMap::new(),
            inventory: Arc::default(),
            history: Arc::new(History::in_memory()),
            journal: Arc::new(FileJournal::new(directory.path().join("journal.jsonl"))),
            clock: Arc::new(|| Moment(1_000)),
            browser,
        };
        let executor = Executor::new(surroundings, tell, &Arc::new(Requests::default()));
        Self { executor, facts, directory }
    }

    /// The next fact that is not about the inventory, with dead tasks reaped meanwhile as the loop does.
    async fn next(&mut self) -> Fact {
        let next = async {
            loop {
                let fact = tokio::select! {
                    Some(fact) = self.facts.recv() => fact,
                    Some(fact) = self.executor.reap() => fact,
                };
                if !matches!(fact, Fact::Inventory(_)) {
                    return fact;
                }
            }
        };
        tokio::time::timeout(PATIENCE, next).await.expect("no fact came")
    }

    /// The program ends when its plan is over: what goes on is followed by nobody.
    async fn abandon(&mut self) {
        while !matches!(self.next().await, Fact::Applied { .. }) {}
        while self.executor.is_writing() {
            self.executor.reap().await;
        }
        self.executor.cancel_all();
        self.idle().await;
    }

    /// Waits until no task is left; what was said meanwhile, the inventory aside.
    async fn idle(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        let idle = async {
            while self.executor.running() > 0 {
                facts.extend(self.executor.reap().await);
            }
        };
        tokio::time::timeout(PATIENCE, idle).await.expect("a task never ended");
        while let Ok(fact) = self.facts.try_recv() {
            if !matches!(fact, Fact::Inventory(_)) {
                facts.push(fact);
            }
        }
        facts
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn a_newer_fetch_for_a_slot_cancels_the_older_one() {
    let provider = Scripted::gated();
    let mut stage = Stage::new(&provider);
    stage.executor.fetch(RequestId(1), connection(), Slot::Detail, detail("old"), Urgency::Asked);
    until("the old fetch began", || provider.began.load(Ordering::SeqCst) == 1).await;
    stage.executor.fetch(RequestId(2), connection(), Slot::Detail, detail("new"), Urgency::Asked);
    until("the old fetch was dropped", || provider.dropped.load(Ordering::SeqCst) == 1).await;
    provider.open_gate();

    let Fact::Replied { id, slot, result } = stage.next().await else { panic!("no reply") };
    assert_eq!((id, slot), (RequestId(2), Slot::Detail));
    let Ok(Reply::Account(account)) = result else { panic!("{result:?}") };
    assert_eq!(account.key.id, AccountId::new("new"));
    assert_eq!(stage.idle().await, []);
    assert_eq!(stage.executor.filling(), 0, "finished slots keep no token");
}

#[tokio::test]
async fn below_a_quarter_of_the_budget_what_nobody_asked_for_is_left_out() {
    for (left, urgency, asks) in
        [(24, Urgency::Background, false), (25, Urgency::Background, true), (24, Urgency::Asked, true)]
    {
        let budget = Some(RequestBudget { limit: 100, left });
        let provider = Arc::new(Scripted { budget, ..Scripted::default() });
        let mut stage = Stage::new(&provider);
        stage.executor.fetch(RequestId(1), connection(), Slot::Detail, detail("a"), urgency);
        let Fact::Replied { result, .. } = stage.next().await else { panic!("no reply") };
        assert_eq!((result.is_ok(), provider.began.load(Ordering::SeqCst)), (asks, usize::from(asks)), "{left}");
        if let Err(failure) = result {
            assert!(failure.to_string().contains("less than a quarter"), "{failure}");
            assert_eq!(failure.hint.as_deref(), Some("r asks all the same"));
        }
    }
}

#[tokio::test]
async fn fetches_for_different_slots_run_side_by_side() {
    let provider = Scripted::gated();
    let mut stage = Stage::new(&provider);
    stage.executor.fetch(RequestId(1), connection(), Slot::Detail, detail("a"), Urgency::Asked);
    stage.executor.fetch(RequestId(2), connection(), Slot::Form, detail("b"), Urgency::Asked);
    until("both began", || provider.began.load(Ordering::SeqCst) == 2).await;
    provider.open_gate();
    assert_eq!(stage.idle().await.len(), 2);
    assert_eq!(provider.dropped.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_cancelled_fetch_says_nothing() {
    let provider = Scripted::gated();
    let mut stage = Stage::new(&provider);
    stage.executor.fetch(RequestId(1), connection(), Slot::Detail, detail("a"), Urgency::Asked);
    until("it began", || provider.began.load(Ordering::SeqCst) == 1).await;
    stage.executor.cancel(&Slot::Detail);
    assert_eq!(stage.idle().await, []);
    assert_eq!(provider.dropped.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_was_fetched_is_in_the_inventory_before_the_reply() {
    let provider = Arc::new(Scripted::default());
    let mut stage = Stage::new(&provider);
    stage.executor.fetch(RequestId(1), connection(), Slot::Detail, detail("a"), Urgency::Asked);
    let first = tokio::time::timeout(PATIENCE, stage.facts.recv()).await.unwrap().unwrap();
    let Fact::Inventory(snapshot) = first else { panic!("{first:?}") };
    let key = AccountKey { connection: connection(), id: AccountId::new("a") };
    assert_eq!(snapshot.detail(&key).unwrap().value.name, Untrusted::new("account a"));
    assert!(matches!(stage.next().await, Fact::Replied { .. }));
}

#[tokio::test]
async fn a_panic_in_a_task_becomes_a_failed_reply_for_its_slot() {
    let mut stage = Stage::new(&Arc::new(Scripted::default()));
    stage.executor.fetch(RequestId(7), connection(), Slot::Detail, detail("panic"), Urgency::Asked);
    let Fact::Replied { id, slot, result } = stage.next().await else { panic!("no reply") };
    assert_eq!((id, slot), (RequestId(7), Slot::Detail));
    let failure = result.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Crashed);
    assert!(failure.cause.contains("the script says so"), "{failure}");
    assert_eq!((stage.executor.running(), stage.executor.filling()), (0, 0));
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_is_a_failed_reply() {
    let mut stage = Stage::new(&Arc::new(Scripted::default()));
    let other = ConnectionName::new("other");
    stage.executor.fetch(RequestId(1), other.clone(), Slot::Detail, detail("a"), Urgency::Asked);
    let Fact::Replied { result, .. } = stage.next().await else { panic!("no reply") };
    assert_eq!(result.unwrap_err().kind, FailureKind::Local);
    stage.executor.sync(RequestId(2), other);
    let Fact::Synced { id, result, .. } = stage.next().await else { panic!("no end of the sync") };
    assert_eq!((id, result.unwrap_err().kind), (RequestId(2), FailureKind::Local));
}

#[tokio::test]
async fn only_the_newest_search_is_answered() {
    let mut stage = Stage::new(&Arc::new(Scripted::default()));
    let snapshot = Arc::new(Snapshot::of(vec![account("a"), account("b")]));
    for id in 1..=50 {
        stage.executor.search(RequestId(id), Arc::clone(&snapshot), Arc::new(ListQuery::default()));
    }
    let facts = stage.idle().await;
    let Some(Fact::Found { id, found }) = facts.last() else { panic!("{facts:?}") };
    assert_eq!((*id, found.rows.len()), (RequestId(50), 2));
}

/// All that a remote search says: its last list's ids, whether it is complete, and why it failed.
async fn listed(script: &str) -> (Vec<String>, bool, Option<Failure>) {
    listed_by(Scripted::default(), script, Consent::Needed).await
}

async fn listed_by(provider: Scripted, script: &str, consent: Consent) -> (Vec<String>, bool, Option<Failure>) {
    let mut stage = Stage::new(&Arc::new(provider));
    let scope = ListScope { organization: None, parameters: vec![(script.into(), String::new())], extra: false };
    stage.executor.list(RequestId(1), connection(), scope, consent);
    let (mut ids, mut complete, mut why) = (Vec::new(), false, None);
    for fact in stage.idle().await {
        if let Fact::Listed { snapshot, complete: last, .. } = fact {
            complete = last;
            let rows = 0..u32::try_from(snapshot.len()).unwrap();
            ids = rows.map(|row| snapshot.get(row).unwrap().id().to_owned()).collect();
        } else if let Fact::ListFailed { failure, .. } = fact {
            why = Some(failure);
        } else {
            panic!("{fact:?}");
        }
    }
    (ids, complete, why)
}

#[tokio::test]
async fn a_remote_search_goes_through_all_pages_and_drops_what_comes_twice() {
    assert_eq!(listed("pages").await, (vec!["a".into(), "b".into(), "c".into()], true, None));
}

#[tokio::test]
async fn a_dear_search_stops_after_its_first_page_and_goes_on_when_agreed() {
    let dear = || Scripted { budget: Some(RequestBudget { limit: 20, left: 20 }), ..Scripted::default() };
    // Two rows of five came with one request: three are more than a tenth of twenty.
    let (ids, complete, why) = listed_by(dear(), "pages", Consent::Needed).await;
    assert_eq!((ids, complete), (vec!["a".into(), "b".into()], false));
    let why = why.unwrap();
    assert!(is_dear_failure(&why) && why.cause.contains("it costs 3 of 20 requests"), "{why}");
    assert!(why.hint.unwrap().ends_with(": r"));
    let (ids, complete, why) = listed_by(dear(), "pages", Consent::Given).await;
    assert_eq!((ids.len(), complete, why), (3, true, None));
}

#[tokio::test]
async fn the_same_page_for_every_number_is_the_end_of_a_list() {
    assert_eq!(listed("same").await, (vec!["a".into(), "b".into()], true, None));
}

#[tokio::test]
async fn a_repeated_page_token_ends_a_list_and_says_so() {
    let (ids, complete, why) = listed("repeated").await;
    assert_eq!((ids, complete), (vec!["a".into(), "b".into()], false));
    assert_eq!(why.unwrap().kind, FailureKind::Stopped);
}

#[tokio::test]
async fn rows_that_came_stay_when_a_later_page_fails() {
    let (ids, complete, why) = listed("fails").await;
    assert_eq!((ids, complete), (vec!["a".into()], false));
    assert_eq!(why.unwrap().kind, FailureKind::Server);
}

fn plan() -> Plan {
    let subject = Subject::Account(AccountKey { connection: connection(), id: AccountId::new("a") });
    let values: Values = [("business_name", "new")].into_iter().collect();
    let change = Change {
        subject: subject.clone(),
        kind: ChangeKind::Profile,
        values,
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    };
    Plan {
        id: "plan-1".into(),
        at: Moment(0),
        parts: vec![Part { connection: connection(), identity: identity(), protection: Protection::Open }],
        changes: vec![PlannedChange {
            change,
            name: Untrusted::new("account a"),
            lineage: None,
            after: None,
            read: Before { exists: true, values: Values::default() },
            diff: Vec::new(),
            conflicts: Vec::new(),
            request: RequestPreview { method: "PUT".into(), path: "/".into(), body: serde_json::Value::Null },
            warnings: Vec::new(),
            meanwhile: Vec::new(),
            refusal: None,
        }],
        warnings: Vec::new(),
        batch: false,
        renewed: false,
        undoes: Vec::new(),
    }
}

#[tokio::test]
async fn a_write_is_neither_cancelled_nor_replaced() {
    let provider = Scripted::gated();
    let mut stage = Stage::new(&provider);
    stage.executor.apply(RequestId(1), Arc::new(going_on()));
    until("the write began", || provider.began.load(Ordering::SeqCst) == 1).await;
    assert!(stage.executor.is_writing());

    stage.executor.cancel(&Slot::Write);
    stage.executor.cancel_all();
    stage.executor.apply(RequestId(2), Arc::new(going_on()));
    let second = loop {
        if let Fact::Applied { id, results } = stage.next().await {
            break (id, results);
        }
    };
    assert_eq!(second.0, RequestId(2));
    assert!(matches!(second.1.as_slice(), [Applied::NotSent(_)]), "{:?}", second.1);
    assert!(stage.executor.is_writing());
    assert_eq!(provider.dropped.load(Ordering::SeqCst), 0);

    provider.open_gate();
    let first = loop {
        if let Fact::Applied { id, results } = stage.next().await {
            break (id, results.len());
        }
    };
    assert_eq!(first, (RequestId(1), 1));
    stage.idle().await;
    assert!(!stage.executor.is_writing());
    assert_eq!(provider.dropped.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_sign_in_without_a_browser_is_a_failed_answer_and_a_read_only_connection_looks_for_none() {
    let mut stage = Stage::new(&Arc::new(Scripted::default()));
    stage.executor.sign_in(RequestId(1), connection());
    let Fact::SignedIn { id, result } = stage.next().await else { panic!("no answer") };
    assert_eq!((id, result.unwrap_err().kind), (RequestId(1), FailureKind::Local));
    // Nobody set this one up, so nothing may be done with it.
    stage.executor.sign_in(RequestId(2), ConnectionName::new("unprotected"));
    let Fact::SignedIn { id, result } = stage.next().await else { panic!("no answer") };
    assert_eq!((id, result.unwrap_err().kind), (RequestId(2), FailureKind::Refused));
}

/// A browser that asks once, by hand.
fn asking_browser() -> Find {
    Arc::new(|| {
        let ask = |address: &str| {
            let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
            let mut stream = std::net::TcpStream::connect(host)?;
            write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
            stream.read_to_string(&mut String::new())?;
            Ok(())
        };
        Ok(Box::new(ask) as Opener)
    })
}

#[tokio::test]
async fn a_sign_in_says_where_it_led_and_nothing_of_its_code() {
    let provider = Arc::new(Scripted::default());
    let mut stage = Stage::with_browser(&provider, asking_browser());
    stage.executor.sign_in(RequestId(1), connection());
    let fact = stage.next().await;
    assert!(!format!("{fact:?}").contains("s3cret"), "{fact:?}");
    let Fact::SignedIn { result: Ok(lines), .. } = fact else { panic!("{fact:?}") };
    assert_eq!(
        lines,
        ["opened https://app.example/otp in your browser: signed in to your primary account", "moves soon"]
    );
    assert_eq!(provider.began.load(Ordering::SeqCst), 1);
    stage.idle().await;
}

/// A plan whose change the provider accepts and goes on with.
fn going_on() -> Plan {
    let mut plan = plan();
    let diff = Diff { field: "business_name".into(), from: None, to: Some("new".into()) };
    plan.changes[0].diff = vec![diff];
    plan
}

/// What the journal has, as the executor reads it.
async fn journal(stage: &mut Stage) -> Vec<JournalState> {
    stage.executor.read_journal(RequestId(90));
    let result = loop {
        if let Fact::Journal { id: RequestId(90), result } = stage.next().await {
            break result;
        }
    };
    result.unwrap().records.iter().map(|record| record.state).collect()
}

#[tokio::test]
async fn what_goes_on_after_its_plan_is_followed_to_its_end_and_keeps_no_other_plan_waiting() {
    let provider = Arc::new(Scripted::default());
    let mut stage = Stage::new(&provider);
    stage.executor.apply(RequestId(1), Arc::new(going_on()));
    let (mut applied, mut ended) = (None, None);
    while ended.is_none() {
        let fact = stage.next().await;
        if let Fact::Applied { results, .. } = fact {
            applied = Some(results);
        } else if let Fact::Ended { record, ended: end, earlier } = fact {
            assert!(applied.is_some() && !stage.executor.is_writing());
            ended = Some((record.change, end, earlier));
        }
    }
    assert!(matches!(applied.unwrap().as_slice(), [Applied::Accepted { .. }]));
    assert_eq!(ended.unwrap(), ("plan-1-1".into(), Ok(Ended::Done(None)), false));
    assert_eq!(journal(&mut stage).await.last(), Some(&JournalState::Confirmed));
    stage.idle().await;
}

#[tokio::test]
async fn what_an_earlier_run_left_is_announced_at_start_and_followed() {
    let provider = Scripted::gated();
    let mut stage = Stage::new(&provider);
    provider.gate.as_ref().unwrap().add_permits(2);
    stage.executor.apply(RequestId(1), Arc::new(going_on()));
    stage.abandon().await;
    stage.executor.find_unsettled();
    let Fact::Unsettled(Ok(left)) = stage.next().await else { panic!("not announced") };
    assert!(left[0].words.contains("the provider said yes and goes on"), "{left:?}");
    provider.open_gate();
    let Fact::Ended { ended: Ok(Ended::Done(None)), earlier: true, .. } = stage.next().await else {
        panic!("not followed");
    };
    stage.idle().await;
}

#[tokio::test]
async fn what_another_process_leaves_meanwhile_is_found_when_the_journal_is_read_and_when_a_sync_ends() {
    for moment in ["journal", "sync"] {
        let provider = Arc::new(Scripted::default());
        let mut stage = Stage::new(&provider);
        stage.executor.find_unsettled();
        stage.idle().await;
        // Another process sends a change, and crashes.
        let other = Scripted::gated();
        let mut others = Stage::new(&other);
        other.gate.as_ref().unwrap().add_permits(2);
        others.executor.apply(RequestId(1), Arc::new(going_on()));
        others.abandon().await;
        let journal = |stage: &Stage| stage.directory.path().join("journal.jsonl");
        assert!(std::fs::copy(journal(&others), journal(&stage)).unwrap() > 0);
        let look = |stage: &mut Stage, id| match moment {
            "journal" => stage.executor.read_journal(RequestId(id)),
            _ => stage.executor.sync(RequestId(id), connection()),
        };
        look(&mut stage, 7);
        let found = loop {
            if let Fact::Left(found) = stage.next().await {
                break found;
            }
        };
        assert!(found[0].words.contains("the provider said yes and goes on"), "{found:?}");
        let followed = loop {
            if let Fact::Ended { ended, earlier, .. } = stage.next().await {
                break (ended, earlier);
            }
        };
        assert_eq!(followed, (Ok(Ended::Done(None)), true), "{moment}");
        look(&mut stage, 8);
        stage.idle().await;
    }
}

#[tokio::test]
async fn the_users_word_and_what_reading_back_finds_are_in_the_journal_that_is_answered() {
    let provider = Scripted::gated();
    let mut stage = Stage::new(&provider);
    provider.gate.as_ref().unwrap().add_permits(2);
    stage.executor.apply(RequestId(1), Arc::new(going_on()));
    stage.abandon().await;
    // What its provider goes on with is followed; reading back is not its way.
    stage.executor.revisit(vec!["plan-1-1".into()]);
    let told = loop {
        if let Fact::Revisited { changes, left } = stage.next().await {
            break (changes, left.unwrap());
        }
    };
    assert_eq!((told.0.as_slice(), told.1.len(), told.1[0].due), (&["plan-1-1".to_owned()][..], 1, None));
    stage.executor.settle(RequestId(2), "plan-1-1".into(), false);
    let Fact::Journal { id: RequestId(2), result } = stage.next().await else { panic!("no journal") };
    assert_eq!(result.unwrap().records.last().unwrap().done, Some(false));
    stage.executor.reconcile(RequestId(3));
    let Fact::Journal { id: RequestId(3), .. } = stage.next().await else { panic!("no journal") };
    assert_eq!(stage.next().await, Fact::Unsettled(Ok(Vec::new())), "nothing is left");
    stage.executor.undo(RequestId(4), "plan-1-1".into());
    let Fact::Planned { id: RequestId(4), result: Err(why) } = stage.next().await else { panic!("no plan") };
    assert!(why.cause.contains("not to be done"), "{why}");
    stage.idle().await;
}
