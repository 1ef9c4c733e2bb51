//! The one HTTP client keeps its promises against servers that do not keep theirs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acctui::changes::{self, FileJournal, Journal, Road};
use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, Credentials, Delivery, Failure, FailureKind, JournalRecord,
    JournalState, Protection, Secret, Subject,
};
use acctui::inventory::Inventory;
use acctui::provider::cloudflare::Cloudflare;
use acctui::provider::http::{Answer, Client, Dialect, Method, Operation, Policy, Refusal, Service, Unsigned};
use acctui::provider::{RequestRecord, RequestState};
use provider_support::{CANARY, Heard, Reply, Server, bytes, clean, json, whole};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

/// Times short enough to wait for, long enough for a busy machine.
const POLICY: Policy = Policy {
    connect: Duration::from_secs(5),
    read: Duration::from_millis(300),
    total: Duration::from_millis(900),
    body_cap: 64 << 10,
    nesting_cap: 32,
    attempts: 3,
    throttled: 6,
    backoff: Duration::from_millis(2),
    backoff_cap: Duration::from_millis(4),
    pause_cap: Duration::from_secs(300),
    patience: Duration::from_secs(5),
    storm: 10,
};

static SERVICE: Service = Service {
    title: "Test",
    base_url: "https://api.example.com",
    limit: None,
    in_flight: 8,
    request_id: &["x-request-id"],
    notices: &[],
};

/// The plainest provider: a bearer token, and statuses mean what they mean.
struct Plain;

impl Dialect for Plain {
    fn service(&self) -> &'static Service {
        &SERVICE
    }

    fn sign(&self, _: &Unsigned<'_>, credentials: &Credentials) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let token = credentials.get("token").map_or("", Secret::expose);
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        value.set_sensitive(true);
        Ok(vec![(AUTHORIZATION, value)])
    }

    fn refusal(&self, _: &Operation, answer: &Answer, _: &Credentials) -> Option<Refusal> {
        let kind = match answer.status {
            200..=299 => return None,
            401 => FailureKind::Auth,
            403 => FailureKind::Forbidden,
            404 => FailureKind::NotFound,
            429 => FailureKind::Throttled { retry_after: None },
            500..=599 => FailureKind::Server,
            _ => FailureKind::Refused,
        };
        Some(Refusal { kind, cause: "no".into(), hint: None, items: Vec::new() })
    }
}

struct Setup {
    server: Server,
    heard: Heard,
    client: Client,
}

impl Setup {
    fn new(answer: impl Fn(usize, &provider_support::Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(POLICY, answer)
    }

    fn with(
        policy: Policy,
        answer: impl Fn(usize, &provider_support::Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let server = Server::start(answer);
        let heard = Heard::default();
        let client = Client::open(heard.settings(&server.origin), Arc::new(Plain), policy).unwrap();
        Self { server, heard, client }
    }

    async fn read(&self) -> Result<Answer, Failure> {
        self.client.send(&Operation::read(&["things"]).with("page", "1")).await.map_err(clean)
    }

    async fn write(&self) -> Result<Answer, Failure> {
        let body = serde_json::json!({"name": "new"});
        self.client.send(&Operation::write(Method::Put, &["things", "7"], Some(body))).await.map_err(clean)
    }

    fn requests(&self) -> usize {
        self.server.received().len()
    }

    fn waits(&self) -> Vec<(u64, String)> {
        let records = records(&self.heard).into_iter();
        records
            .filter_map(|record| match record.state {
                RequestState::Waiting { millis, why } => Some((millis, why)),
                RequestState::Running | RequestState::Answered(_) | RequestState::Failed(_) => None,
            })
            .collect()
    }

    fn last_state(&self) -> RequestState {
        records(&self.heard).pop().unwrap().state
    }
}

/// Closes without a word.
fn close() -> Reply {
    Box::new(|_| ())
}

/// Writes the first bytes, and the other ones again and again for as long as somebody listens.
fn drip(begin: Vec<u8>, again: Vec<u8>, pause: Duration) -> Reply {
    Box::new(move |stream| {
        let mut written = stream.write_all(&begin);
        while written.is_ok() {
            std::thread::sleep(pause);
            written = stream.write_all(&again);
        }
    })
}

/// Every record of a connection. None may hold the credential.
fn records(heard: &Heard) -> Vec<RequestRecord> {
    let records = heard.records.lock().unwrap().clone();
    assert!(!format!("{records:?}").contains(CANARY), "{records:?}");
    records
}

fn fetched(heard: &Heard) -> u32 {
    *heard.fetched.lock().unwrap()
}

fn ok() -> Reply {
    json(200, "x-request-id: r-1\r\n", r#"{"a":1}"#)
}

#[tokio::test]
async fn a_good_answer_is_sent_for_once_and_recorded() {
    let setup = Setup::new(|_, _| ok());
    let answer = setup.read().await.unwrap();
    assert_eq!(answer.json.as_deref(), Some(r#"{"a":1}"#));
    let request = &setup.server.received()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/things?page=1"));
    assert!(request.headers.contains(&format!("authorization: Bearer {CANARY}-1")));
    let records = records(&setup.heard);
    let last = records.last().unwrap();
    assert_eq!(last.state, RequestState::Answered(200));
    assert_eq!((last.method, last.path.as_str(), last.attempt, last.bytes), ("GET", "/things?page=1", 1, 7));
    assert_eq!(last.request_id.as_ref().unwrap().raw(), "r-1");
    assert!(records.iter().all(|record| record.id == last.id));
}

#[tokio::test]
async fn an_empty_204_answers_a_write() {
    let setup = Setup::new(|_, _| bytes(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()));
    assert_eq!(setup.write().await.unwrap().json, None);
    let request = &setup.server.received()[0];
    assert_eq!(request.body, r#"{"name":"new"}"#);
    assert!(request.headers.contains("content-type: application/json"));
}

#[tokio::test]
async fn a_redirect_is_named_and_the_credential_stays() {
    let elsewhere = Server::start(|_, _| ok());
    let target = elsewhere.origin.replace("127.0.0.1", "localhost");
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {target}/x?secret=1\r\n");
        let setup = Setup::new(move |_, _| whole(status, &location, b""));
        let failure = setup.read().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Stopped);
        assert!(failure.cause.contains("localhost") && !failure.cause.contains("secret"), "{failure}");
        assert_eq!(setup.write().await.unwrap_err().delivery, Delivery::Answered);
        assert_eq!(setup.requests(), 2);
    }
    for target in ["file:///etc/passwd", "//evil.example/x", "http:/\\\\", ""] {
        let location = format!("location: {target}\r\n");
        let setup = Setup::new(move |_, _| whole(302, &location, b""));
        assert_eq!(setup.read().await.unwrap_err().kind, FailureKind::Stopped);
    }
    assert!(elsewhere.received().is_empty());
}

#[test]
fn plain_http_to_anywhere_but_this_machine_is_refused_unasked() {
    let heard = Heard::default();
    for base_url in ["http://api.example.com", "ftp://127.0.0.1", "https://u:canary-5f3a@api.example.com", "nonsense"] {
        let opened = Client::open(heard.settings(base_url), Arc::new(Plain), POLICY);
        assert_eq!(clean(opened.err().unwrap()).kind, FailureKind::Local, "{base_url}");
    }
    assert_eq!(fetched(&heard), 0);
}

#[tokio::test]
async fn a_page_instead_of_json_is_said_to_be_one() {
    let setup = Setup::new(|_, _| whole(200, "content-type: text/html; charset=utf-8\r\n", b"<html>Sign in</html>"));
    let failure = setup.read().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreadable);
    assert_eq!(failure.cause, "not JSON: text/html; a proxy or login page?");
    assert_eq!(setup.write().await.unwrap_err().delivery, Delivery::Unknown);
    assert_eq!(setup.requests(), 2);
}

#[tokio::test]
async fn a_cut_answer_is_read_again_but_a_write_is_unknown() {
    // Said to be the connection's last answer, or the next attempt is made on a connection that is closing: it ends
    // before its request arrives, and counts all the same.
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let short = format!("{head}content-length: 99\r\n\r\n{{\"a\":").into_bytes();
    let malformed = format!("{head}content-length: 8\r\n\r\n{{\"a\":[1,").into_bytes();
    for cut in [short, malformed] {
        let again = cut.clone();
        let setup = Setup::new(move |number, _| if number < 2 { bytes(again.clone()) } else { ok() });
        setup.read().await.unwrap();
        assert_eq!(setup.requests(), 3);
        let setup = Setup::new(move |_, _| bytes(cut.clone()));
        let failure = setup.write().await.unwrap_err();
        assert_eq!((failure.delivery, setup.requests()), (Delivery::Unknown, 1), "{failure}");
        setup.read().await.unwrap_err();
        assert_eq!(setup.requests(), 1 + 3, "three attempts are enough");
    }
}

#[tokio::test]
async fn a_compressed_bomb_is_given_up_at_the_cap() {
    let bomb = include_bytes!("fixtures/bomb.json.gz");
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let setup = Setup::new(move |_, _| whole(200, headers, bomb));
    let failure = setup.read().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Stopped);
    assert!(failure.cause.contains("larger than"), "{failure}");
    assert_eq!(setup.requests(), 1);
    assert!(records(&setup.heard).last().unwrap().bytes < 1 << 20);
}

#[tokio::test]
async fn an_endless_answer_is_given_up_at_the_cap() {
    let setup = Setup::new(|_, _| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        let chunk = [b"1000\r\n".as_slice(), &[b' '; 0x1000], b"\r\n"].concat();
        drip(head, chunk, Duration::ZERO)
    });
    assert_eq!(setup.read().await.unwrap_err().kind, FailureKind::Stopped);
    assert_eq!(setup.write().await.unwrap_err().delivery, Delivery::Unknown);
}

#[tokio::test]
async fn ten_thousand_levels_are_refused() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let setup = Setup::new(move |_, _| json(200, "", &deep));
    let failure = setup.read().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreadable);
    assert!(failure.cause.contains("levels"), "{failure}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_named_with_their_place() {
    let setup = Setup::new(|_, _| whole(200, "content-type: application/json\r\n", b"{\"a\":\"\xff\"}"));
    let failure = setup.read().await.unwrap_err();
    assert_eq!(failure.cause, "not valid UTF-8 from byte 6 on");
}

#[tokio::test]
async fn a_throttled_request_waits_visibly_and_goes_out_again_also_if_it_writes() {
    for retry_after in ["retry-after: 0\r\n", "", "retry-after: -7\r\n", "retry-after: soon\r\n"] {
        let setup = Setup::new(move |number, _| if number % 2 == 0 { json(429, retry_after, "{}") } else { ok() });
        setup.read().await.unwrap();
        setup.write().await.unwrap();
        assert_eq!(setup.requests(), 4);
        let waits = setup.waits();
        assert!(waits.iter().any(|(_, why)| why.contains("too many requests")), "{waits:?}");
    }
}

/// The journal of one profile written down the whole road, to a server that answers its PUTs with these, the last one
/// again and again.
async fn journal_of_a_write(puts: &'static [u16]) -> Vec<JournalRecord> {
    let (sent, stored) = (AtomicUsize::new(0), Mutex::new(String::from(r#"{"business_name":"Old"}"#)));
    let server = Server::start(move |_, request| {
        let good = |result: &str| json(200, "", &format!(r#"{{"success":true,"result":{result}}}"#));
        match (request.method.as_str(), request.target.rsplit('/').next().unwrap()) {
            ("PUT", _) => match puts[sent.fetch_add(1, Ordering::SeqCst).min(puts.len() - 1)] {
                0 => close(),
                429 => json(429, "retry-after: 0\r\n", r#"{"success":false,"errors":[]}"#),
                _ => {
                    stored.lock().unwrap().clone_from(&request.body);
                    good("{}")
                }
            },
            (_, "profile") => good(&stored.lock().unwrap()),
            (_, "organizations") => good("[]"),
            (_, "verify") => good(r#"{"id":"t1","status":"active"}"#),
            _ => good(r#"{"id":"a1","name":"Acme"}"#),
        }
    });
    let settings = Heard::default().settings(&server.origin);
    let (connection, clock) = (settings.connection.clone(), settings.clock.clone());
    let provider = Cloudflare::new(settings, POLICY).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let journal = FileJournal::new(folder.path().join("journal.jsonl"));
    let road = Road {
        connection: &connection,
        protection: Protection::Confirm,
        provider: &provider,
        journal: &journal,
        inventory: &Inventory::default(),
        clock: &clock,
        reason: None,
        max_delete: 10,
    };
    let subject = Subject::Account(AccountKey { connection: connection.clone(), id: AccountId::new("a1") });
    let values = [("business_name", "New")].into_iter().collect();
    let change = Change {
        subject,
        kind: ChangeKind::Profile,
        values,
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    };
    let roads = [road];
    let plan = changes::plan(&roads, vec![change], changes::Way::default()).await.unwrap();
    let gate = changes::Gate::default();
    changes::apply(&roads, &plan, changes::Watch { tell: &|_| (), gate: &gate }).await;
    journal.records().unwrap().records
}

#[tokio::test]
async fn a_write_that_was_sent_again_after_a_throttle_refusal_is_journalled_as_such() {
    use JournalState::{Confirmed, Intended, Refused, Sent, Unknown};
    for (puts, end, resent) in [
        (&[200][..], Confirmed, 0),
        (&[429, 200], Confirmed, 1),
        (&[429, 429, 200], Confirmed, 2),
        (&[429, 0], Unknown, 1),
        (&[429, 429, 429, 429, 200], Confirmed, 4),
        (&[429], Refused, 5),
    ] {
        let records = journal_of_a_write(puts).await;
        let states: Vec<JournalState> = records.iter().map(|record| record.state).collect();
        assert_eq!(states, [Intended, Sent, end], "{puts:?}");
        assert_eq!(records[2].resent, resent, "{puts:?}");
        let words = changes::unsettled_words(&records[2], records[2].at);
        assert_eq!(words.contains("(sent again after"), resent > 0, "{words}");
    }
}

#[tokio::test]
async fn throttling_is_waited_for_more_often_than_a_failure_and_without_end_fails_in_place() {
    let setup = Setup::new(|_, _| json(429, "", "{}"));
    let failure = setup.write().await.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Throttled { retry_after: Some(_) }));
    assert_eq!((failure.delivery, failure.status, setup.requests()), (Delivery::Answered, Some(429), 6));
}

#[tokio::test]
async fn a_long_block_pauses_the_whole_credential_and_nothing_is_sent() {
    for retry_after in ["retry-after: 300\r\n", "retry-after: 99999999999999999999\r\n"] {
        let setup = Setup::new(move |_, _| json(429, retry_after, "{}"));
        let first = setup.read().await.unwrap_err();
        assert!(matches!(first.kind, FailureKind::Throttled { retry_after: Some(300_000) }), "{first:?}");
        let second = setup.write().await.unwrap_err();
        assert!(matches!(second.kind, FailureKind::Throttled { retry_after: Some(left) } if left > 200_000));
        assert_eq!((second.delivery, setup.requests()), (Delivery::Unsent, 1));
        // Another connection with the same credential is the same credential; another server's is not.
        let heard = Heard::default();
        let twin = Client::open(heard.settings(&setup.server.origin), Arc::new(Plain), POLICY).unwrap();
        let refused = twin.send(&Operation::read(&["things"])).await.unwrap_err();
        assert_eq!((refused.delivery, setup.requests()), (Delivery::Unsent, 1));
    }
}

#[tokio::test]
async fn a_limit_that_the_server_says_is_spent_is_kept_without_a_refusal() {
    let setup = Setup::new(|_, _| json(200, "ratelimit: \"default\";r=0;t=2\r\n", "{}"));
    setup.read().await.unwrap();
    let next = setup.read();
    tokio::pin!(next);
    // Long enough to reach the wait, and far less than the window.
    while setup.waits().is_empty() {
        assert!(futures::poll!(next.as_mut()).is_pending());
    }
    let (millis, why) = setup.waits().remove(0);
    assert!((1..=2000).contains(&millis) && why.contains("limit is spent"), "{millis} {why}");
    assert_eq!(setup.requests(), 1);
}

#[tokio::test]
async fn eight_are_in_flight_at_most() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (now.clone(), most.clone());
    let setup = Setup::new(move |_, _| {
        peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Gives the others the time to come, if they may.
        std::thread::sleep(Duration::from_millis(10));
        running.fetch_sub(1, Ordering::SeqCst);
        ok()
    });
    let all = futures::future::join_all((0..40).map(|_| setup.read())).await;
    assert!(all.iter().all(Result::is_ok));
    assert!((2..=8).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    assert_eq!(fetched(&setup.heard), 1, "one fetch for all of them");
}

#[tokio::test]
async fn a_failing_server_is_asked_three_times_to_read_and_once_to_write() {
    let setup = Setup::new(|_, _| whole(502, "content-type: text/html\r\n", b"<html>Bad gateway</html>"));
    let failure = setup.read().await.unwrap_err();
    assert_eq!((failure.kind, setup.requests()), (FailureKind::Server, 3));
    let failure = setup.write().await.unwrap_err();
    assert_eq!((failure.delivery, setup.requests()), (Delivery::Unknown, 4));
    let setup = Setup::new(|number, _| if number < 2 { json(503, "retry-after: 0\r\n", "") } else { ok() });
    setup.read().await.unwrap();
    assert_eq!(records(&setup.heard).last().unwrap().attempt, 3);
}

#[tokio::test]
async fn answers_are_not_retried() {
    for (status, kind) in [(400, FailureKind::Refused), (403, FailureKind::Forbidden), (404, FailureKind::NotFound)] {
        let setup = Setup::new(move |_, _| json(status, "retry-after: 0\r\n", "{}"));
        let failure = setup.read().await.unwrap_err();
        assert_eq!((failure.kind, failure.status, setup.requests()), (kind, Some(status), 1));
        assert_eq!(setup.write().await.unwrap_err().delivery, Delivery::Answered);
        assert_eq!(setup.last_state(), RequestState::Answered(status));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_retried_for_a_read_and_unknown_for_a_write() {
    let setup = Setup::new(|number, _| if number < 2 { close() } else { ok() });
    setup.read().await.unwrap();
    assert_eq!(setup.requests(), 3);
    let setup = Setup::new(|_, _| close());
    let failure = setup.write().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert_eq!((failure.delivery, setup.requests()), (Delivery::Unknown, 1));
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent_so_a_write_may_try_again() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let heard = Heard::default();
    let client = Client::open(heard.settings(&base_url), Arc::new(Plain), POLICY).unwrap();
    let failure = client.send(&Operation::write(Method::Delete, &["things", "7"], None)).await.unwrap_err();
    assert_eq!((&failure.kind, failure.delivery), (&FailureKind::Unreachable, Delivery::Unsent));
    assert!(failure.cause.contains("127.0.0.1") && failure.hint.is_some(), "{failure}");
    assert_eq!(records(&heard).last().unwrap().attempt, 3);
}

#[tokio::test]
async fn silence_and_dripping_end_in_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n";
    for (begin, again) in [("", ""), (head, ""), (head, " ")] {
        let setup = Setup::with(Policy { attempts: 1, ..POLICY }, move |_, _| {
            drip(begin.into(), again.into(), Duration::from_millis(50))
        });
        let failure = setup.read().await.unwrap_err();
        assert_eq!((failure.kind, failure.delivery), (FailureKind::TimedOut, Delivery::Unsent));
        let failure = setup.write().await.unwrap_err();
        assert_eq!((failure.kind, failure.delivery), (FailureKind::TimedOut, Delivery::Unknown));
    }
}

#[tokio::test]
async fn a_port_without_tls_is_named_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            // Until the client hangs up, so that it reads the words and no reset.
            drop(std::io::copy(&mut stream, &mut std::io::sink()));
        }
    });
    let heard = Heard::default();
    let client = Client::open(heard.settings(&base_url), Arc::new(Plain), POLICY).unwrap();
    let failure = client.send(&Operation::read(&["things"])).await.unwrap_err();
    assert_eq!((&failure.kind, failure.delivery), (&FailureKind::Tls, Delivery::Unsent), "{failure:?}");
    assert!(failure.hint.unwrap().contains("TLS"));
    assert_eq!(records(&heard).last().unwrap().attempt, 1);
}

#[tokio::test]
async fn a_refused_credential_is_fetched_once_more() {
    let setup = Setup::new(|_, request| if request.headers.contains("-2") { ok() } else { json(401, "", "{}") });
    setup.read().await.unwrap();
    setup.write().await.unwrap();
    assert_eq!((fetched(&setup.heard), setup.requests()), (2, 3));
}

#[tokio::test]
async fn a_write_is_not_sent_again_with_a_credential_that_may_be_somebody_elses() {
    let setup = Setup::new(|_, request| if request.headers.contains("-2") { ok() } else { json(401, "", "{}") });
    let failure = setup.write().await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Auth, Delivery::Answered));
    assert!(failure.hint.unwrap().contains("plan it once more"));
    setup.write().await.unwrap();
    assert_eq!((fetched(&setup.heard), setup.requests()), (2, 2));
}

#[tokio::test]
async fn a_credential_that_stays_refused_is_not_fetched_again_and_again() {
    let setup = Setup::new(|_, _| json(401, "", "{}"));
    let failure = setup.read().await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Auth, Delivery::Answered));
    assert_eq!((fetched(&setup.heard), setup.requests()), (2, 2));
    // The person may have mended it meanwhile, so the next request looks, once.
    setup.read().await.unwrap_err();
    assert_eq!((fetched(&setup.heard), setup.requests()), (3, 3));
}

#[tokio::test]
async fn many_refused_at_once_fetch_one_new_credential() {
    let setup = Setup::new(|_, request| if request.headers.contains("-1") { json(401, "", "{}") } else { ok() });
    let all = futures::future::join_all((0..6).map(|_| setup.read())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(fetched(&setup.heard), 2);
}

#[tokio::test]
async fn a_dropped_request_is_recorded_as_cancelled() {
    let setup = Setup::new(|_, _| drip(Vec::new(), Vec::new(), Duration::from_millis(20)));
    {
        let read = setup.read();
        tokio::pin!(read);
        while setup.requests() == 0 {
            tokio::select! {
                _ = &mut read => panic!("nobody answered"),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
    }
    assert_eq!(setup.last_state(), RequestState::Failed("cancelled".into()));
}

#[tokio::test]
async fn a_storm_of_failures_is_not_fed_with_retries() {
    let setup = Setup::new(|number, _| if number < 20 { json(500, "", "{}") } else { ok() });
    let mut failed = 0;
    while setup.read().await.is_err() {
        failed += 1;
    }
    assert!((10..=14).contains(&failed), "{failed} requests made 20 attempts: the first ones were retried, later not");
}
