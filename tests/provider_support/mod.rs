//! A server on loopback that answers as each test says, also wrongly, and what a connection to it needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use acctui::domain::{ConnectionName, Credentials, Failure, Moment, Secret};
use acctui::provider::{RequestRecord, Settings};

/// Stands in every credential of these tests and must show up nowhere but in the request's own header.
pub const CANARY: &str = "canary-5f3a";

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header lines in lower case.
    pub headers: String,
    pub body: String,
}

/// What a test's server does with a connection once it has read the request. After it the connection is closed.
pub type Reply = Box<dyn FnOnce(&mut TcpStream)>;

/// Writes these bytes.
pub fn bytes(bytes: Vec<u8>) -> Reply {
    // Whoever gave up listening is part of some tests.
    Box::new(move |stream| drop(stream.write_all(&bytes)))
}

/// A whole answer with a JSON body; `headers` are more lines, each with its line end.
pub fn json(status: u16, headers: &str, body: &str) -> Reply {
    whole(status, &format!("content-type: application/json\r\n{headers}"), body.as_bytes())
}

/// A whole answer.
pub fn whole(status: u16, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n");
    bytes([head.as_bytes(), body].concat())
}

/// A server that lives as long as the test's process.
pub struct Server {
    pub origin: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Starts it. `answer` gets the request's number, from 0, and the request.
    pub fn start(answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (received.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Self { origin, received }
    }

    /// All that came in.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Received>>, answer: &(impl Fn(usize, &Received) -> Reply + ?Sized)) {
    let Some(request) = read(&stream) else {
        return;
    };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    answer(number, &request)(&mut stream);
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.extend([&name.to_lowercase(), ":", value]);
    }
    let length =
        headers.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { method, target, headers, body: String::from_utf8(body).ok()? })
}

/// What a connection heard and asked for.
#[derive(Clone, Default)]
pub struct Heard {
    /// Every record so far.
    pub records: Arc<Mutex<Vec<RequestRecord>>>,
    /// How often the credential was fetched.
    pub fetched: Arc<Mutex<u32>>,
}

impl Heard {
    /// Settings of a connection to `base_url` whose credential is `CANARY-n`, n counting the fetches.
    pub fn settings(&self, base_url: &str) -> Settings {
        let (records, fetched) = (self.records.clone(), self.fetched.clone());
        Settings {
            connection: ConnectionName::new("test"),
            base_url: Some(base_url.to_owned()),
            budget: 0.5,
            credentials: Arc::new(move || {
                let mut fetched = fetched.lock().unwrap();
                *fetched += 1;
                let token = Secret::new(format!("{CANARY}-{fetched}"));
                let fields = [("token".to_owned(), token)].into();
                Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
            }),
            recorder: Arc::new(move |record| records.lock().unwrap().push(record)),
            clock: Arc::new(now),
            net: Arc::default(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "no runtime hands the time in here")]
fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment(u64::try_from(since.as_millis()).unwrap())
}

/// A failure that is shown holds no credential.
pub fn clean(failure: Failure) -> Failure {
    let all = format!("{failure} {failure:?}");
    assert!(!all.contains(CANARY), "{all}");
    failure
}
