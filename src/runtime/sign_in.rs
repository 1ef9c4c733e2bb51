//! A one-time sign-in link on its way into the user's web browser, so that its code is on no command line.
//!
//! The browser is started on an address of this machine that nobody can guess; the one request that comes for it is
//! sent on to the provider's page with the code, and then nobody listens there any more. Without a browser nothing is
//! fetched: a code that nobody uses is a password lying around. Other programs of the same machine may see the address
//! among the browser's arguments; one that were faster than the browser would take its place, and the browser would
//! show that nothing is there.

use std::future::IntoFuture as _;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio::net::TcpListener;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::clipboard::is_remote;
use crate::config::Environment;
use crate::domain::{Failure, FailureKind, Untrusted, shown};
use crate::provider::{Provider, SignIn};

/// How long the browser may take to ask: a cold start on a busy machine, and no longer, for the code waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the answer may take to leave. Connections that a browser opened and never used don't end by themselves.
const DRAIN: Duration = Duration::from_secs(2);
/// Random bytes in the address: more than anybody can try in a minute, or ever.
const PATH_BYTES: usize = 24;
/// What is said with a failure after which the code can still be had.
const PRINT: &str = "`acctui otp --print` prints the code instead";
/// Browsers that run in the terminal and wait for their end.
const IN_TERMINAL: [&str; 9] = ["lynx", "links", "links2", "elinks", "w3m", "eww", "netrik", "retawq", "curl"];

/// Opens an address in the browser that was found. Comes back at once, or, from a browser that runs in the terminal,
/// when that ends.
pub type Opener = Box<dyn FnOnce(&str) -> io::Result<()> + Send>;

/// Looks for a browser, and opens nothing yet. May run programs, so it is called off the async threads.
pub type Find = Arc<dyn Fn() -> Result<Opener, Failure> + Send + Sync>;

/// Who has the terminal while the browser is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// A browser may run in it.
    Free,
    /// This program's screen.
    Taken,
}

/// A link that the browser took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The provider's page, without the code.
    pub page: String,
    /// Messages that came with the link.
    pub messages: Vec<Untrusted>,
}

impl SignedIn {
    /// What was done, then the messages; safe for a terminal.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let page = shown(&self.page);
        let done = format!("opened {page} in your browser: signed in to your primary account");
        std::iter::once(done).chain(self.messages.iter().map(|message| message.shown().into_owned())).collect()
    }
}

/// The user's own browser: the one that `BROWSER` names, else the desktop's.
#[must_use]
pub fn users_browser(environment: Environment, terminal: Terminal) -> Find {
    Arc::new(move || {
        let named = named_browser(&environment);
        match &named {
            Some(program) if terminal == Terminal::Taken && runs_in_terminal(program) => {
                let cause = format!("BROWSER names {}, which needs the terminal for itself", shown(program));
                return Err(no_browser(cause, "leave this program and run `acctui otp`, or name another browser"));
            }
            None if !is_graphical(&environment) => {
                let cause = "there is no graphical session, and BROWSER names no browser that is there";
                return Err(no_browser(cause, PRINT));
            }
            Some(_) | None => {}
        }
        if !webbrowser::Browser::Default.exists() {
            let cause = "no web browser was found (the environment variable BROWSER can name one)";
            return Err(no_browser(cause, PRINT));
        }
        Ok(Box::new(webbrowser::open))
    })
}

/// The same for a page that anybody may see the address of. Where the screen is on another machine a browser of this one
/// would open out of sight: only one that `BROWSER` names is taken there, for editors name a program that opens pages at
/// the screen's side.
#[must_use]
pub fn page_browser(environment: Environment) -> Find {
    let find = users_browser(environment.clone(), Terminal::Taken);
    Arc::new(move || {
        if is_remote(&environment) && named_browser(&environment).is_none() {
            let cause = "the screen is on another machine (SSH), and a browser of this one would open out of its sight";
            return Err(no_browser(cause, PRINT));
        }
        find()
    })
}

fn no_browser(cause: impl Into<String>, hint: &str) -> Failure {
    Failure::new(FailureKind::Local, "looking for a web browser", cause)
        .with_hint(format!("nothing was fetched; {hint}"))
}

/// The first program of `BROWSER` (commands with colons between them) that is there.
fn named_browser(environment: &Environment) -> Option<String> {
    let is_there = |program: &&str| {
        if program.contains('/') {
            return Path::new(program).is_file();
        }
        let path = environment.get("PATH").unwrap_or_default();
        path.split(':').any(|folder| Path::new(folder).join(program).is_file())
    };
    let programs = environment.get("BROWSER")?.split(':').filter_map(|command| command.split_whitespace().next());
    programs.into_iter().find(is_there).map(str::to_owned)
}

fn runs_in_terminal(program: &str) -> bool {
    let name = Path::new(program).file_name();
    IN_TERMINAL.iter().any(|known| name.is_some_and(|name| name == *known))
}

/// Whether a browser with windows can show them; under WSL they are those of Windows.
fn is_graphical(environment: &Environment) -> bool {
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(|name| environment.get(name).is_some())
}

/// Fetches a link and looks whether it is one.
///
/// # Errors
/// The provider's, and `Unreadable` for a code that no code can be.
pub async fn fetch(provider: &dyn Provider) -> Result<SignIn, Failure> {
    let link = provider.sign_in().await?;
    let code = link.code.expose();
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unusable("the answer holds no code"));
    }
    Ok(link)
}

fn unusable(cause: &str) -> Failure {
    Failure::new(FailureKind::Unreadable, "fetching a sign-in link", cause)
}

/// Fetches a link and opens it in the browser, if there is one.
///
/// # Errors
/// `Local` if there is no browser or it can't be started, `TimedOut` if it never asked, and what [`fetch`] says.
pub async fn open(provider: &dyn Provider, find: &Find) -> Result<SignedIn, Failure> {
    let find = Arc::clone(find);
    let opener = tokio::task::spawn_blocking(move || find()).await.map_err(crashed)??;
    // All that can fail on this machine comes before a code is made.
    let door = Door::open().await?;
    let link = fetch(provider).await?;
    door.hand_over(location(&link)?, opener).await?;
    Ok(SignedIn { page: link.page, messages: link.messages })
}

/// The provider's page with the code.
fn location(link: &SignIn) -> Result<HeaderValue, Failure> {
    let url = Url::parse(&link.page).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let mut url = url.ok_or_else(|| unusable("the address of the dashboard is none"))?;
    url.query_pairs_mut().append_pair(link.parameter, link.code.expose());
    let mut value = HeaderValue::from_str(url.as_str()).map_err(|_| unusable("the address can't be sent on"))?;
    // Keeps it out of whatever prints headers.
    value.set_sensitive(true);
    Ok(value)
}

/// A place on loopback where one request is waited for.
struct Door {
    listener: TcpListener,
    address: String,
    path: String,
}

impl Door {
    async fn open() -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.map_err(|why| local(format!("no port on loopback: {why}")))?;
        let port = listener.local_addr().map_err(|why| local(format!("no port on loopback: {why}")))?.port();
        let path = secret_path()?;
        Ok(Self { listener, address: format!("http://127.0.0.1:{port}{path}"), path })
    }

    /// Starts the browser, and waits until the one request was answered.
    async fn hand_over(self, location: HeaderValue, opener: Opener) -> Result<(), Failure> {
        let redirect = Arc::new(Redirect {
            path: self.path,
            location: Mutex::new(Some(location)),
            taken: CancellationToken::new(),
        });
        // However this ends, connections that are still open get nothing any more.
        let _shut = Shut(Arc::clone(&redirect));
        let taken = redirect.taken.clone();
        let router = Router::new().fallback(answer).with_state(redirect);
        let server = axum::serve(self.listener, router).with_graceful_shutdown(taken.clone().cancelled_owned());
        let mut server = pin!(server.into_future());
        let address = self.address;
        let mut opening = pin!(tokio::task::spawn_blocking(move || opener(&address)));
        let mut deadline = pin!(tokio::time::sleep(PATIENCE));
        let mut is_open = false;
        let is_served = loop {
            tokio::select! {
                biased;
                () = taken.cancelled() => break false,
                served = &mut server => {
                    served.map_err(|why| local(format!("the redirect failed: {why}")))?;
                    break true;
                }
                opened = &mut opening, if !is_open => {
                    opened.map_err(crashed)?.map_err(|why| local(format!("the browser did not start: {why}")))?;
                    is_open = true;
                }
                () = &mut deadline => return Err(unasked()),
            }
        };
        if !is_served {
            // If the answer does not leave in time, nobody waits for it.
            let _ = tokio::time::timeout(DRAIN, server).await;
        }
        if !is_open {
            // It runs in the terminal, which is its own until it ends; how it ended is its own too.
            let _ = opening.await;
        }
        Ok(())
    }
}

fn local(cause: String) -> Failure {
    Failure::new(FailureKind::Local, "opening a sign-in link", cause).with_hint(PRINT)
}

fn unasked() -> Failure {
    let cause = format!("no browser asked for the link in {} s; its code was given to nobody", PATIENCE.as_secs());
    Failure::new(FailureKind::TimedOut, "opening a sign-in link", cause).with_hint(PRINT)
}

fn crashed(_: JoinError) -> Failure {
    Failure::new(FailureKind::Crashed, "opening a sign-in link", "a bug in acctui stopped it")
}

fn secret_path() -> Result<String, Failure> {
    let mut bytes = [0; PATH_BYTES];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| local("the system gives no random numbers".into()))?;
    Ok(format!("/{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is answered, once.
struct Redirect {
    path: String,
    location: Mutex<Option<HeaderValue>>,
    taken: CancellationToken,
}

impl Redirect {
    fn take(&self) -> Option<HeaderValue> {
        self.location.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Forgets the code when it is dropped.
struct Shut(Arc<Redirect>);

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.take();
    }
}

async fn answer(State(redirect): State<Arc<Redirect>>, request: Request) -> Response {
    let is_right =
        *request.method() == Method::GET && request.uri().path() == redirect.path && request.uri().query().is_none();
    let Some(location) = is_right.then(|| redirect.take()).flatten() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    redirect.taken.cancel();
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CONNECTION, HeaderValue::from_static("close")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().copied().collect()
    }

    fn refusal(variables: &[(&str, &str)], terminal: Terminal) -> Failure {
        let found = users_browser(environment(variables), terminal)();
        found.err().expect("a browser was found")
    }

    #[test]
    fn off_a_graphical_session_there_is_no_browser_unless_one_is_named() {
        let why = refusal(&[("PATH", "/nowhere")], Terminal::Free);
        assert!(why.cause.contains("no graphical session"), "{why}");
        assert!(why.hint.as_deref().is_some_and(|hint| hint.contains("--print")), "{why:?}");
        refusal(&[("PATH", "/nowhere"), ("BROWSER", "firefox:/no/such/browser")], Terminal::Free);
        assert!(is_graphical(&environment(&[("WAYLAND_DISPLAY", "wayland-0")])));
    }

    #[test]
    fn a_browser_that_needs_the_terminal_is_refused_while_the_screen_has_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("w3m"), "").unwrap();
        let path = folder.path().to_str().unwrap();
        let variables = [("PATH", path), ("BROWSER", "nothing:w3m -N %s"), ("DISPLAY", ":0")];
        assert_eq!(named_browser(&environment(&variables)).as_deref(), Some("w3m"));
        let why = refusal(&variables, Terminal::Taken);
        assert!(why.cause.contains("BROWSER names w3m"), "{why}");
        assert!(!runs_in_terminal("/opt/curly") && runs_in_terminal("/usr/bin/lynx"));
    }

    #[test]
    fn over_ssh_a_page_is_opened_by_a_browser_that_is_named_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("open-there"), "").unwrap();
        let path = folder.path().to_str().unwrap();
        let remote = [("PATH", path), ("DISPLAY", ":10"), ("SSH_TTY", "/dev/pts/1")];
        let why = page_browser(environment(&remote))().err().unwrap();
        assert!(why.cause.contains("SSH"), "{why}");
        let why = page_browser(environment(&[("PATH", path)]))().err().unwrap();
        assert!(why.cause.contains("no graphical session"), "{why}");
        let named = [&remote[..], &[("BROWSER", "open-there")]].concat();
        let refused = page_browser(environment(&named))().err();
        assert!(refused.is_none_or(|why| !why.cause.contains("SSH")));
    }

    #[test]
    fn no_two_paths_are_alike() {
        let (one, other) = (secret_path().unwrap(), secret_path().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 33);
    }
}
