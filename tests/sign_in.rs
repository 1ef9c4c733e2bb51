//! A sign-in link's code reaches the browser's one request and nothing else: the redirect, over real HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use acctui::domain::{Account, AccountId, Failure, FailureKind, Identity, Secret, Untrusted};
use acctui::provider::{Cursor, DetailOptions, ListScope, Page, Provider, SignIn, Spec, registry, unsupported};
use acctui::runtime::sign_in::{self, Find, Opener};

const CODE: &str = "s3cret+code/1";

/// Gives a code to whoever asks, and counts.
struct Giver {
    code: &'static str,
    page: &'static str,
    given: AtomicUsize,
}

impl Giver {
    fn new(code: &'static str) -> Self {
        Self { code, page: "https://app.example/otp", given: AtomicUsize::new(0) }
    }

    fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Provider for Giver {
    fn spec(&self) -> &'static Spec {
        registry()[0].spec
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        Err(unsupported(self.spec(), "identities"))
    }

    async fn accounts(&self, _: &ListScope, _: &Cursor) -> Result<Page<Account>, Failure> {
        Err(unsupported(self.spec(), "accounts"))
    }

    async fn account(&self, _: &AccountId, _: DetailOptions) -> Result<Account, Failure> {
        Err(unsupported(self.spec(), "accounts"))
    }

    async fn sign_in(&self) -> Result<SignIn, Failure> {
        self.given.fetch_add(1, Ordering::SeqCst);
        Ok(SignIn {
            page: self.page.into(),
            parameter: "otp",
            code: Secret::new(self.code),
            messages: vec![Untrusted::new("moves\u{1b}[2J soon")],
        })
    }
}

/// A browser that does this with the address.
fn browser(act: impl FnOnce(&str) -> io::Result<()> + Send + 'static) -> Find {
    let act = Mutex::new(Some(act));
    Arc::new(move || {
        let act = act.lock().unwrap().take().unwrap();
        Ok(Box::new(act) as Opener)
    })
}

/// One request in the words of HTTP; all that comes back, nothing if nobody listens.
fn ask(address: &str, method: &str, path: &str) -> String {
    let host = address.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(host) {
        let asked = write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        if asked.is_ok() {
            let _ = stream.read_to_string(&mut answer);
        }
    }
    answer.to_ascii_lowercase()
}

fn path_of(address: &str) -> String {
    let rest = address.strip_prefix("http://127.0.0.1:").unwrap();
    rest[rest.find('/').unwrap()..].to_owned()
}

#[tokio::test]
async fn one_request_is_sent_on_with_the_code_and_no_other_gets_anything() {
    let giver = Giver::new(CODE);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let find = browser(move |address| {
        assert!(!address.contains("s3cret"), "the code is on no command line: {address}");
        let path = path_of(address);
        let asks = [
            ("GET", "/".to_owned()),
            ("GET", "/favicon.ico".to_owned()),
            ("GET", format!("{path}x")),
            ("GET", format!("{path}?again=1")),
            ("POST", path.clone()),
            ("HEAD", path.clone()),
            ("GET", path.clone()),
            ("GET", path),
        ];
        keep.lock().unwrap().extend(asks.map(|(method, path)| ask(address, method, &path)));
        Ok(())
    });
    let opened = sign_in::open(&giver, &find).await.unwrap();
    let seen = seen.lock().unwrap();
    let (wrong, right) = seen.split_at(6);
    for answer in wrong {
        assert!(answer.starts_with("http/1.1 404 ") && !answer.contains("s3cret"), "{answer}");
    }
    assert!(right[0].starts_with("http/1.1 303 "), "{}", right[0]);
    for header in [
        "location: https://app.example/otp?otp=s3cret%2bcode%2f1\r\n",
        "cache-control: no-store\r\n",
        "referrer-policy: no-referrer\r\n",
    ] {
        assert!(right[0].contains(header), "{header} is missing: {}", right[0]);
    }
    assert!(!right[1].contains("s3cret"), "the second one gets nothing: {}", right[1]);
    assert_eq!(giver.given(), 1);
    assert_eq!(
        opened.lines(),
        ["opened https://app.example/otp in your browser: signed in to your primary account", "moves\\u{1b}[2J soon",]
    );
    assert!(!format!("{opened:?}").contains("s3cret"));
}

#[tokio::test]
async fn without_a_browser_nothing_is_fetched() {
    let giver = Giver::new(CODE);
    let find: Find = Arc::new(|| Err(Failure::new(FailureKind::Local, "looking for a web browser", "there is none")));
    let why = sign_in::open(&giver, &find).await.unwrap_err();
    assert_eq!((why.kind, giver.given()), (FailureKind::Local, 0));
}

#[tokio::test]
async fn a_browser_that_does_not_start_is_said_and_its_address_is_dead() {
    let address = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&address);
    let find = browser(move |address| {
        *keep.lock().unwrap() = address.to_owned();
        Err(io::Error::other("no such program"))
    });
    let why = sign_in::open(&Giver::new(CODE), &find).await.unwrap_err();
    assert!(why.cause.contains("no such program") && !format!("{why:?}").contains("s3cret"), "{why:?}");
    let address = address.lock().unwrap().clone();
    assert_eq!(ask(&address, "GET", &path_of(&address)), "", "nobody listens any more");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_never_asks_is_waited_for_a_minute_and_a_connection_of_before_gets_nothing() {
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let find = browser(move |address| {
        // A connection that is opened in time, and used when it is too late.
        let host = address.strip_prefix("http://").unwrap().split('/').next().unwrap();
        *keep.lock().unwrap() = Some((TcpStream::connect(host)?, path_of(address)));
        Ok(())
    });
    let why = sign_in::open(&Giver::new(CODE), &find).await.unwrap_err();
    assert_eq!(why.kind, FailureKind::TimedOut);
    assert!(why.cause.contains("60 s") && why.hint.as_deref().is_some_and(|hint| hint.contains("--print")), "{why:?}");
    let (mut stream, path) = kept.lock().unwrap().take().unwrap();
    let late = tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_string(&mut answer);
        answer
    });
    let late = late.await.unwrap();
    assert!(!late.contains("s3cret"), "{late}");
}

#[tokio::test]
async fn an_answer_that_is_no_link_opens_nothing() {
    for (code, page) in [("", "https://app.example/otp"), ("a\r\nb", "https://app.example/otp"), (CODE, "javascript:x")]
    {
        let giver = Giver { page, ..Giver::new(code) };
        let find = browser(|address| panic!("{address} was opened"));
        let why = sign_in::open(&giver, &find).await.unwrap_err();
        assert_eq!(why.kind, FailureKind::Unreadable, "{why}");
    }
}
