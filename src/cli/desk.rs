//! What a headless command works with: config, connections, stdout, stderr, the clock.

use std::collections::HashSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::args::{Common, Format};
use super::forest::Signs;
use super::kept::{self, Silent, Told};
use super::out::Out;
use super::stop::{Stop, status};
use crate::changes::Gate;
use crate::config::{self, Config, Connection, Environment, Missing, Paths, nearest};
use crate::domain::{Ambiguous, ConnectionName, Failure, Protection, ProviderFacts, Untrusted, shown};
use crate::inventory::Inventory;
use crate::provider::http::Net;
use crate::provider::{Clock, CredentialSource, Provider, Recorder, RequestRecord};
use crate::runtime::{connect, log, retention};

/// What providers say beside their answers, each sentence once.
struct Messages {
    /// Whether anybody wants them: see [`Desk::whisper`].
    is_wanted: bool,
    said: Mutex<HashSet<String>>,
    /// Set once something that was learned could not be kept.
    is_unkept: AtomicBool,
}

impl Messages {
    fn hear(&self, connection: &ConnectionName, messages: &[Untrusted]) {
        if !self.is_wanted {
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        for message in messages {
            let line = format!("{connection}: {}", message.shown());
            if !said.contains(&line) {
                say(&line);
                said.insert(line);
            }
        }
    }
}

/// The surroundings of one command.
pub(super) struct Desk {
    pub(super) common: Common,
    pub(super) config: Config,
    pub(super) paths: Paths,
    pub(super) clock: Clock,
    /// True while a change is on its way: no signal ends the program in between.
    pub(super) writing: AtomicBool,
    /// True while another program has the terminal: what is typed there, Ctrl-c too, is its own.
    pub(super) lent: AtomicBool,
    /// Shut by a signal: what is on its way comes to its end, and nothing more is sent.
    pub(super) gate: Gate,
    out: Mutex<Out>,
    messages: Arc<Messages>,
    recorder: Recorder,
    /// How requests go out.
    pub(super) net: Arc<Net>,
    /// What is kept of providers' answers, from its first use on.
    inventory: OnceCell<Arc<Inventory>>,
}

/// A connection with its provider.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) provider: Arc<dyn Provider>,
    /// How its writes are asked about, `--read-only` included.
    pub(super) protection: Protection,
}

impl Opened {
    pub(super) fn name(&self) -> &ConnectionName {
        &self.connection.name
    }
}

impl Desk {
    /// Reads the config; asks nobody.
    pub(super) fn new(common: Common, environment: &Environment) -> Result<Self, Stop> {
        Self::with(common, environment, Missing::IsAFault)
    }

    /// The same for what makes the config file.
    pub(super) fn to_write_config(common: Common, environment: &Environment) -> Result<Self, Stop> {
        Self::with(common, environment, Missing::IsEmpty)
    }

    fn with(common: Common, environment: &Environment, missing: Missing) -> Result<Self, Stop> {
        let (config, paths) = configured_with(&common, environment, missing)?;
        begin_log(&common, &paths)?;
        let is_wanted = common.verbose > 0 || std::io::stderr().is_terminal();
        let messages = Arc::new(Messages { is_wanted, said: Mutex::default(), is_unkept: AtomicBool::new(false) });
        let desk = Self {
            out: Mutex::new(Out::new(no_color(&common, environment), config.ui.ambiguous)),
            recorder: recorder(&common, &messages),
            net: Arc::new(net(&common, environment)?),
            messages,
            inventory: OnceCell::new(),
            clock: connect::system_clock(),
            writing: AtomicBool::new(false),
            lent: AtomicBool::new(false),
            gate: Gate::default(),
            common,
            config,
            paths,
        };
        for note in &desk.config.notes {
            desk.whisper(note);
        }
        Ok(desk)
    }

    /// Opens the connections that are asked for, for what can't do without them. Makes no request.
    pub(super) fn open(&self) -> Result<Vec<Opened>, Stop> {
        refuse_offline(&self.common)?;
        self.open_to_read()
    }

    /// The same for what the inventory can answer: with `--offline` their providers ask nobody. In the order of `-c`,
    /// else of the config.
    pub(super) fn open_to_read(&self) -> Result<Vec<Opened>, Stop> {
        chosen(&self.config, &self.common, &self.paths)?
            .into_iter()
            .map(|connection| {
                let mut provider = self.connect(connection, Arc::clone(&self.net))?;
                if self.common.offline {
                    provider = Silent::over(&connection.name, provider, &self.common);
                }
                let protection = if self.common.read_only || !connection.named {
                    Protection::ReadOnly
                } else {
                    connection.protection
                };
                Ok(Opened { connection: connection.clone(), provider, protection })
            })
            .collect()
    }

    /// The connections that `-c` names, for what need not ask them; empty for all. One that the config does not have is
    /// taken only if what is asked knows it.
    pub(super) fn named(&self, is_known: impl Fn(&ConnectionName) -> bool) -> Result<Vec<ConnectionName>, Stop> {
        let names: Vec<ConnectionName> = self.common.connections.iter().map(ConnectionName::new).collect();
        for name in &names {
            if self.config.connection(name).is_none() && !is_known(name) {
                return Err(unknown_connection(&self.config, name.as_str()));
            }
        }
        Ok(names)
    }

    /// Opens one connection by this way out.
    pub(super) fn connect(&self, connection: &Connection, net: Arc<Net>) -> Result<Arc<dyn Provider>, Stop> {
        let (recorder, clock) = (Arc::clone(&self.recorder), Arc::clone(&self.clock));
        let opened = connect::open(connection, recorder, clock, interactive(), net);
        opened.map_err(|why| Stop::failure(&connection.name, &why))
    }

    /// Opens a connection with a credential that need not be its own.
    pub(super) fn open_with(
        &self,
        connection: &Connection,
        credentials: CredentialSource,
    ) -> Result<Arc<dyn Provider>, Failure> {
        let (recorder, clock) = (Arc::clone(&self.recorder), Arc::clone(&self.clock));
        connect::open_with(connection, credentials, recorder, clock, Arc::clone(&self.net))
    }

    /// What is kept of providers' answers: opened and read with the first use.
    pub(super) async fn inventory(&self) -> Arc<Inventory> {
        let open = async || {
            if self.common.no_cache {
                return Arc::default();
            }
            let (paths, clock, messages) = (self.paths.clone(), Arc::clone(&self.clock), Arc::clone(&self.messages));
            // A file that is broken, read-only or full is nothing that a command may keep to itself.
            let tell = move |told: Told| match told {
                Told::Notice(words) => say(&words),
                Told::Unkept(words) => {
                    messages.is_unkept.store(true, Ordering::Relaxed);
                    if let Some(words) = words {
                        say(&words);
                    }
                }
            };
            let keep = retention(self.config.retention);
            // If it breaks off, memory takes its place.
            tokio::task::spawn_blocking(move || kept::open(&paths, keep, &clock, tell)).await.unwrap_or_default()
        };
        Arc::clone(self.inventory.get_or_init(open).await)
    }

    /// An empty inventory for a write, which reads afresh; what is confirmed goes into the kept one, too.
    pub(super) async fn scratch(&self) -> Inventory {
        Inventory::beside(self.inventory().await)
    }

    /// Whether something that was learned could not be kept; the reason was said.
    pub(super) fn is_unkept(&self) -> bool {
        self.messages.is_unkept.load(Ordering::Relaxed)
    }

    /// Has everything kept that was learned.
    pub(super) async fn flush(&self) {
        if let Some(inventory) = self.inventory.get() {
            kept::flush(Arc::clone(inventory)).await;
        }
    }

    /// Standard output; not to be held over an `await`.
    pub(super) fn out(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What trees are drawn with. Where ambiguous characters take two columns, lines are such themselves.
    pub(super) fn signs(&self) -> Signs {
        let ui = &self.config.ui;
        let is_plain = self.common.ascii || ui.ascii || ui.ambiguous == Ambiguous::Wide;
        if is_plain { Signs::ASCII } else { Signs::LINES }
    }

    pub(super) fn format(&self) -> Format {
        self.common.output
    }

    /// A line that a person at a terminal wants, and nobody else unless `-v` is given.
    pub(super) fn whisper(&self, words: &str) {
        if self.messages.is_wanted {
            say(words);
        }
    }

    /// What a provider said along with a listing; said as [`Desk::whisper`] does, each sentence once.
    pub(super) fn hear(&self, connection: &ConnectionName, messages: &[Untrusted]) {
        self.messages.hear(connection, messages);
    }
}

/// A line on stderr. If nobody hears it, nothing can be done about it.
pub(super) fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "acctui: {words}");
}

/// Whether nothing is to be coloured or bold.
pub(super) fn no_color(common: &Common, environment: &Environment) -> bool {
    common.no_color || environment.get("NO_COLOR").is_some() || environment.get("TERM") == Some("dumb")
}

/// Whether somebody sits at a terminal and can be asked.
pub(super) fn interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// What writes, or opens something of the provider's, can't do without it.
pub(super) fn refuse_offline(common: &Common) -> Result<(), Stop> {
    if common.offline {
        let words = "this asks the provider: leave --offline out";
        return Err(Stop::new(status::FAILED, words));
    }
    Ok(())
}

/// The config and the paths that the command line, the environment and the file give, in this order.
pub(super) fn configured(common: &Common, environment: &Environment) -> Result<(Config, Paths), Stop> {
    configured_with(common, environment, Missing::IsAFault)
}

/// The same; `missing` is what it means if a file that was asked for is not there.
fn configured_with(common: &Common, environment: &Environment, missing: Missing) -> Result<(Config, Paths), Stop> {
    let mut paths = Paths::of(environment)?;
    let from_environment = || environment.get("ACCTUI_CONFIG").map(PathBuf::from);
    let asked = common.config.clone().or_else(from_environment);
    let missing = if asked.is_some() { missing } else { Missing::IsEmpty };
    if let Some(path) = asked {
        paths.config = path;
    }
    let config = config::load_at(&paths.config, missing, environment, &connect::known())?;
    Ok((config, paths))
}

/// The connections that `-c` names, else all that are switched on.
pub(super) fn chosen<'c>(config: &'c Config, common: &Common, paths: &Paths) -> Result<Vec<&'c Connection>, Stop> {
    if config.connections.is_empty() {
        return Err(nothing_configured(config, paths));
    }
    if common.connections.is_empty() {
        let enabled: Vec<&Connection> = config.enabled().collect();
        if enabled.is_empty() {
            let is_out = config.connections.iter().all(|it| it.credentials.is_signed_out());
            let words = if is_out {
                "you signed out of every connection: `acctui auth login` signs in again"
            } else {
                "every connection is switched off (enabled = false): name one with -c"
            };
            return Err(Stop::usage(words));
        }
        return Ok(enabled);
    }
    let mut chosen: Vec<&Connection> = Vec::new();
    for name in &common.connections {
        let Some(connection) = config.connection(&ConnectionName::new(name)) else {
            return Err(unknown_connection(config, name));
        };
        if !chosen.iter().any(|there| there.name == connection.name) {
            chosen.push(connection);
        }
    }
    Ok(chosen)
}

/// No connection has this name.
pub(super) fn unknown_connection(config: &Config, name: &str) -> Stop {
    let known: Vec<&str> = config.connections.iter().map(|it| it.name.as_str()).collect();
    let name = shown(name);
    let hint = match nearest(&name, known.iter().copied()) {
        _ if known.is_empty() => "none is configured".to_owned(),
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", known.join(", ")),
    };
    Stop::usage(format!("no connection is named {name} ({hint})"))
}

/// What to do where there is no connection at all.
fn nothing_configured(config: &Config, paths: &Paths) -> Stop {
    let mut words = vec![format!(
        "no connection is configured: `acctui auth login` adds one, `acctui config init` begins {} with all that it may \
         hold, `acctui demo` needs none; or set {}",
        paths.config.display(),
        variables(&connect::known())
    )];
    words.extend(config.notes.iter().cloned());
    Stop { code: status::AUTHENTICATION, words, ..Stop::default() }
}

/// The environment variables that make a connection: `A, or B and C`.
fn variables(known: &[ProviderFacts]) -> String {
    let sets: Vec<String> = known
        .iter()
        .flat_map(|facts| facts.credentials)
        .map(|set| {
            let names = set.fields.iter().filter_map(|field| field.env.first());
            names.copied().collect::<Vec<&str>>().join(" and ")
        })
        .filter(|names| !names.is_empty())
        .collect();
    sets.join(", or ")
}

/// How requests go out: the machine's certificates, and those that `--ca-cert` names.
pub(super) fn net(common: &Common, environment: &Environment) -> Result<Net, Stop> {
    let read = |path: &Path, named: &str| -> Result<Vec<u8>, Stop> {
        std::fs::read(path).map_err(|error| Stop::usage(format!("{named} {} can't be read: {error}", path.display())))
    };
    let wrong = |path: &Path, named: &str, why: String| Stop::usage(format!("{named} {}: {why}", path.display()));
    // Whoever names the certificates to trust wants no others, should the file be a wrong one.
    if let Some(path) = environment.get("SSL_CERT_FILE").map(Path::new) {
        let pem = read(path, "SSL_CERT_FILE")?;
        Net::default().trusting(&pem).map_err(|why| wrong(path, "SSL_CERT_FILE", why))?;
    }
    let Some(path) = &common.ca_cert else { return Ok(Net::default()) };
    Net::default().trusting(&read(path, "--ca-cert")?).map_err(|why| wrong(path, "--ca-cert", why))
}

/// Begins the log. Without `--log-file` one that can't be written is no reason to stop; with `--no-cache` there is none.
pub(super) fn begin_log(common: &Common, paths: &Paths) -> Result<(), Stop> {
    if let Some(path) = &common.log_file {
        log::begin(path, common.verbose).map_err(|error| {
            Stop::new(status::FAILED, format!("{}: the log can't be written: {error}", path.display()))
        })?;
    } else if !common.no_cache {
        let _ = log::begin_in_state(&paths.log, common.verbose);
    }
    tracing::info!(version = env!("ACCTUI_VERSION"), "began");
    Ok(())
}

/// Who hears of requests: stderr with `-v`, and the log.
fn recorder(common: &Common, messages: &Arc<Messages>) -> Recorder {
    let messages = Arc::clone(messages);
    let verbose = common.verbose > 0;
    Arc::new(move |record: RequestRecord| {
        let Some(line) = log::request(&record) else {
            return;
        };
        if verbose {
            say(&line);
        }
        // Whatever is no read hands its messages to whoever asked.
        if record.method == "GET" {
            messages.hear(&record.connection, &record.notices);
        }
    })
}
