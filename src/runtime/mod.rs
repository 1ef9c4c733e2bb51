//! The runtime: terminal guard, signals, the loop, the executor.
//!
//! This room knows all others and is the only one (beside `cli`) that touches the world for the browser: it reads keys,
//! draws frames, runs what `update` asked for, and hands the time in with every event.

mod clipboard;
pub mod connect;
mod decode;
mod drafts;
pub mod editor;
mod executor;
mod first;
mod guard;
mod history;
mod input;
mod journal;
pub mod kept;
mod keys;
pub mod log;
mod look;
mod own;
mod requests;
mod screen;
mod session;
mod sheets;
pub mod sign_in;
mod signals;
mod tasks;
mod timers;

use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{ConnectionSetup, Fact, Keymap, MouseReports, Setup};
use crate::changes::{Drafts, FileJournal, Journal};
use crate::config::{self, Config, Connection, Environment, Paths};
use crate::domain::{ConnectionName, Failure, FailureKind, OwnTheme, Protection, shown};
use crate::inventory::disk::{Disk, Retention};
use crate::inventory::history::History;
use crate::inventory::{Inventory, Snapshot};
use crate::provider::http::Net;
use crate::provider::{Clock, Column, Provider, Recorder, Spec, registry};

pub use executor::Executor;
pub use keys::keymap;
pub use requests::Requests;

/// Rows that are shown before the rest is read: more than a screen of them.
const FIRST_ROWS: u32 = 200;
/// How long the end of the program waits for what is not on the disk yet. What is lost is listed again.
const AT_EXIT: Duration = Duration::from_secs(2);

/// What the browser is started with.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Options {
    /// The connections.
    pub config: Config,
    /// Where files are.
    pub paths: Paths,
    /// `--read-only`: no connection is written to.
    pub read_only: bool,
    /// `--no-color` or `NO_COLOR`: bold, reverse and underline alone.
    pub no_color: bool,
    /// The user's own theme.
    pub own_theme: OwnTheme,
    /// `--offline`: no provider is asked.
    pub offline: bool,
    /// `--no-cache`: what providers say is kept in memory alone.
    pub no_cache: bool,
    /// `--fresh`: how the browser was left is not brought back.
    pub fresh: bool,
    /// The browser runs on the embedded simulator.
    pub demo: bool,
    /// How commands of this program begin that work on the same config, for a shell.
    pub program: String,
    /// How requests go out.
    pub net: Arc<Net>,
}

/// Opens a connection's provider; makes no request.
pub type Open = Box<dyn Fn(&ConnectionName, Recorder) -> Result<Arc<dyn Provider>, Failure> + Send + Sync>;

/// What the executor's tasks work with.
pub struct Surroundings {
    /// Opens a connection on its first use.
    pub open: Open,
    /// How each connection's writes are asked about, `--read-only` included.
    pub protection: HashMap<ConnectionName, Protection>,
    /// How many accounts one plan may delete, close or remove at most, for each connection.
    pub max_delete: HashMap<ConnectionName, u32>,
    /// What learns of all answers.
    pub inventory: Arc<Inventory>,
    /// What syncs observed.
    pub history: Arc<History>,
    /// Where changes are recorded.
    pub journal: Arc<dyn Journal>,
    /// The time.
    pub clock: Clock,
    /// The user's web browser.
    pub browser: sign_in::Find,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("protection", &self.protection).finish_non_exhaustive()
    }
}

/// How the browser was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// For good, with this exit status: 0, 2 if this was no place for it, 128 and the signal's number.
    Exit(i32),
    /// For the demo: it is to be started in this one's place.
    Demo,
}

/// Runs the browser until it is left.
///
/// To be run by `block_on` of a multi-threaded runtime, in no task: panics in tasks are kept from the screen, one of the
/// loop is not. The caller should end the process without waiting for tasks that still run (`shutdown_background`).
///
/// # Errors
/// The terminal can't be taken, or handlers and threads not made.
pub async fn browse(options: Options) -> color_eyre::Result<Departure> {
    let environment = Environment::read();
    if let Some(refusal) = guard::refusal(environment.get("TERM")) {
        writeln!(std::io::stderr(), "{refusal}")?;
        return Ok(Departure::Exit(2));
    }
    guard::install_panic_hook();
    let signals = signals::Listener::start()?;
    let mouse = if options.config.mouse { MouseReports::On } else { MouseReports::Off };
    let (tell, facts) = mpsc::unbounded_channel();
    let parts = session::Parts {
        guard: guard::Guard::take(mouse)?,
        signals,
        clock: connect::system_clock(),
        requests: Arc::new(Requests::default()),
        facts,
        own: own::Keeper::start(
            options.paths.own(),
            &options.paths.config.display().to_string(),
            connect::system_clock(),
            tell.clone(),
        )?,
        drafts: drafts::Keeper::start(Drafts::new(options.paths.drafts()), tell.clone())?,
        editor: editor::Editor::of(&environment),
        clipboard: clipboard::Clipboard::of(&environment),
        browser: sign_in::page_browser(environment.clone()),
        sheets: kept::KeptSheet::new(options.paths.state.clone()),
    };
    let requests = Arc::clone(&parts.requests);
    let clock = Arc::clone(&parts.clock);
    let browser = sign_in::users_browser(environment.clone(), sign_in::Terminal::Taken);
    let history =
        Arc::new(History::at(options.paths.own(), Arc::clone(&clock)).keeping(retention(options.config.retention)));
    let (kept, preview) = inventory(&options, &history, &clock, &tell)?;
    let mut setup = setup(&options, &environment);
    setup.is_loading = preview.is_some();
    let known = (Arc::clone(&kept), history);
    let session = session::Session::start(setup, preview, parts, move || {
        Executor::new(surroundings(options, known, clock, browser), tell, &requests)
    })?;
    #[cfg(debug_assertions)]
    break_down(&environment);
    let (departure, sheet) = session.run().await;
    kept.flush(AT_EXIT);
    if let Some(words) = sheet {
        // The terminal is the shell's again: what is said here stays.
        let _ = writeln!(std::io::stderr(), "acctui: {words}");
    }
    Ok(departure)
}

/// The loop breaks down, for the test of what a terminal looks like after that. Not in release builds.
#[cfg(debug_assertions)]
fn break_down(environment: &Environment) {
    assert!(environment.get("ACCTUI_TEST_PANIC").is_none(), "ACCTUI_TEST_PANIC is set");
}

/// What the state is made of: plain data out of config and the providers' own.
fn setup(options: &Options, environment: &Environment) -> Setup {
    let look = look::Look::of(environment, options.config.ui, &options.own_theme);
    let mut notices = options.config.notes.clone();
    notices.extend(look.notice);
    let connections = options
        .config
        .enabled()
        .filter_map(|connection| {
            let Some(kind) = registry().iter().find(|kind| kind.spec.id() == connection.provider) else {
                let Connection { name, provider, .. } = connection;
                notices.push(format!("{name}: {provider} is not in this version yet"));
                return None;
            };
            Some(ConnectionSetup {
                name: connection.name.clone(),
                spec: kind.spec,
                protection: protection(connection, options.read_only),
                group: connection.group.clone(),
                colour: connection.colour,
                credential: connection.credentials.words(),
                unnamed: !connection.named,
                base_url: connection.base_url.clone().unwrap_or_else(|| kind.spec.base_url.to_owned()),
                max_delete: connection.max_delete,
                refresh_after: connection
                    .refresh_after
                    .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
                columns: columns(connection, kind.spec, &mut notices),
            })
        })
        .collect();
    let keys = keymap(&options.paths.config).unwrap_or_else(|error| {
        notices.push(keys::notice(&error));
        Keymap::default()
    });
    Setup {
        connections,
        mouse: options.config.mouse,
        no_color: options.no_color,
        themes: look.themes,
        ascii: look.ascii,
        ambiguous: look.ambiguous,
        background: look.background,
        asks_background: look.asks && !options.no_color,
        read_only: options.read_only,
        offline: options.offline,
        is_loading: false,
        fresh: options.fresh,
        demo: options.demo,
        program: options.program.clone(),
        config_path: options.paths.config.display().to_string(),
        keys,
        notices,
    }
}

/// How much of the history is kept: as the config says, else as usual.
#[must_use]
pub fn retention(wanted: config::Retention) -> Retention {
    let usual = Retention::default();
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Retention { age: wanted.history.map_or(usual.age, millis), entries: wanted.entries.unwrap_or(usual.entries) }
}

/// The columns that the config names, else the provider's. What it names and is not there is said.
fn columns(connection: &Connection, spec: &'static Spec, notices: &mut Vec<String>) -> &'static [Column] {
    let mut chosen: Vec<Column> = Vec::new();
    for name in &connection.columns {
        match spec.column(name) {
            Some(column) => chosen.push(column),
            None => notices.push(format!("{}: there is no column {} in its list", connection.name, shown(name))),
        }
    }
    // Made once, and wanted until the program ends.
    if chosen.is_empty() { spec.columns } else { Box::leak(chosen.into_boxed_slice()) }
}

fn protection(connection: &Connection, read_only: bool) -> Protection {
    if read_only || !connection.named { Protection::ReadOnly } else { connection.protection }
}

/// The inventory, and what can be shown of it before all of it is read; no such thing where nothing is kept.
fn inventory(
    options: &Options,
    history: &Arc<History>,
    clock: &Clock,
    tell: &mpsc::UnboundedSender<Fact>,
) -> std::io::Result<(Arc<Inventory>, Option<Arc<Snapshot>>)> {
    if options.no_cache {
        return Ok((Arc::default(), None));
    }
    let opened = Disk::open(&options.paths.inventory(), clock());
    let facts = tell.clone();
    // If the loop has ended there is nobody to tell.
    let say = move |words: String| drop(facts.send(Fact::Notice(words)));
    for notice in opened.notices {
        say(notice.words().to_owned());
    }
    let inventory = Inventory::over(opened.disk, Arc::clone(clock), Box::new(say))?.with_history(history);
    let used = options.config.enabled().map(|connection| connection.name.clone());
    let inventory = inventory.with_only(used);
    let preview = inventory.preview(FIRST_ROWS);
    Ok((Arc::new(inventory), Some(preview)))
}

fn surroundings(
    options: Options,
    (inventory, history): (Arc<Inventory>, Arc<History>),
    clock: Clock,
    browser: sign_in::Find,
) -> Surroundings {
    let protection = options
        .config
        .enabled()
        .map(|connection| {
            let name = connection.name.clone();
            (name, protection(connection, options.read_only))
        })
        .collect();
    let max_delete =
        options.config.enabled().map(|connection| (connection.name.clone(), connection.max_delete)).collect();
    let journal = FileJournal::new(options.paths.journal());
    let (config, offline, net) = (options.config, options.offline, options.net);
    let for_providers = Arc::clone(&clock);
    Surroundings {
        open: Box::new(move |name, recorder| {
            let connection = config.connection(name).ok_or_else(|| {
                let cause = "the config has no connection of this name";
                Failure::new(FailureKind::Local, format!("connection {name}"), cause)
            })?;
            if offline {
                let failure =
                    Failure::new(FailureKind::Stopped, format!("asking {name}"), "--offline: no provider is asked");
                return Err(failure.with_hint("start without --offline"));
            }
            // Somebody sits at a terminal, so commands that fetch credentials may ask.
            connect::open(connection, recorder, Arc::clone(&for_providers), true, Arc::clone(&net))
        }),
        protection,
        max_delete,
        inventory,
        history,
        journal: Arc::new(journal),
        clock,
        browser,
    }
}
