//! `doctor`: whether all is well with terminal, files, config, network, credentials and clock, and what to do where it is
//! not. Asks each connection who it is, and nothing else.

use std::io::IsTerminal as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use serde::Serialize;

use super::args::{Common, Format};
use super::desk::{self, Desk};
use super::out::{Heading, Out};
use super::stop::{Stop, status};
use crate::changes::FileJournal;
use crate::config::{Config, ConfigOrigin, Connection, Environment, Paths};
use crate::domain::{Ambiguous, Failure, FailureKind, Moment, Untrusted, age_words, shown};
use crate::inventory::disk::{Disk, Mode, Own};
use crate::provider::http::Tap;
use crate::runtime::connect::system_clock;

/// Milliseconds that a clock may be off: requests are signed with the time, and the strictest provider allows 15 minutes.
const SKEW: u64 = 60_000;
/// The same from which on requests are refused.
const REFUSED: u64 = 15 * 60_000;
/// Milliseconds of 7 days: a credential that ends sooner is about to.
const SOON: u64 = 7 * 86_400_000;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    Warning,
    Wrong,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at; its names in JSON are a contract.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    area: &'static str,
    what: String,
    state: State,
    says: String,
    /// What to do; `null` where there is nothing.
    #[serde(rename = "do")]
    todo: Option<String>,
}

fn finding(area: &'static str, what: impl Into<String>, state: State, says: impl Into<String>) -> Finding {
    Finding { area, what: what.into(), state, says: says.into(), todo: None }
}

impl Finding {
    fn todo(self, todo: impl Into<String>) -> Self {
        Self { todo: Some(todo.into()), ..self }
    }
}

/// `doctor`; fails if anything is wrong, not for a warning.
pub(super) async fn run(common: Common, environment: &Environment) -> Result<(), Stop> {
    let format = common.output;
    let mut found = vec![version()];
    found.extend(terminal(&common, environment));
    let configured = desk::configured(&common, environment);
    let paths = configured.as_ref().ok().map(|(_, paths)| paths.clone()).or_else(|| Paths::of(environment).ok());
    found.extend(config(&configured, &common, environment));
    if let Some(paths) = &paths {
        let paths = paths.clone();
        let read = tokio::task::spawn_blocking(move || files(&paths)).await;
        found.extend(read.unwrap_or_default());
    }
    found.extend(network(&common, environment));
    let offline = common.offline;
    let mut out = Out::new(desk::no_color(&common, environment), Ambiguous::default());
    match Desk::new(common, environment) {
        Ok(desk) if !offline => found.extend(connections(&desk).await),
        Ok(_) => {
            found
                .push(finding("connection", "all", State::Warning, "not asked: --offline").todo("leave --offline out"));
        }
        // The config's own findings say why.
        Err(_) => {}
    }
    write(&mut out, format, &found)?;
    if found.iter().any(|found| found.state == State::Wrong) {
        return Err(Stop { code: status::FAILED, ..Stop::default() });
    }
    Ok(())
}

fn version() -> Finding {
    let says = format!("{} on {} {}", env!("ACCTUI_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    finding("program", "acctui", State::Ok, says)
}

fn terminal(common: &Common, environment: &Environment) -> Vec<Finding> {
    let mut found = Vec::new();
    let stdout = std::io::stdout();
    let is_terminal = stdout.is_terminal() && std::io::stdin().is_terminal();
    let term = environment.get("TERM").unwrap_or_default();
    found.push(match (is_terminal, term) {
        (false, _) => finding("terminal", "terminal", State::Warning, "stdin or stdout is none")
            .todo("the browser needs one; commands do not"),
        (true, "dumb" | "") => {
            finding("terminal", "terminal", State::Wrong, "TERM names one that can't move its cursor")
                .todo("set TERM to what the terminal is, e.g. xterm-256color")
        }
        (true, term) => finding("terminal", "terminal", State::Ok, shown(term)),
    });
    if let Some(size) = rustix::termios::tcgetwinsize(&stdout).ok().filter(|_| is_terminal) {
        let (columns, rows) = (size.ws_col, size.ws_row);
        let says = format!("{columns} × {rows}");
        found.push(if columns < 20 || rows < 6 {
            finding("terminal", "size", State::Wrong, says)
                .todo("make it at least 20 × 6; three panes need 110 columns")
        } else {
            finding("terminal", "size", State::Ok, says)
        });
    }
    let is_plain = common.no_color || environment.get("NO_COLOR").is_some();
    let colours = match (is_plain, environment.get("COLORTERM")) {
        (true, _) => "none: NO_COLOR or --no-color",
        (false, Some("truecolor" | "24bit")) => "24 bit",
        (false, _) if term.contains("256color") => "256",
        (false, _) => "16",
    };
    found.push(finding("terminal", "colours", State::Ok, colours));
    let locale = environment.first(&["LC_ALL", "LC_CTYPE", "LANG"]).map_or("", |(_, value)| value);
    let is_unicode = locale.to_ascii_lowercase().replace('-', "").contains("utf8") || cfg!(target_os = "macos");
    found.push(if is_unicode {
        finding("terminal", "unicode", State::Ok, shown(locale))
    } else {
        let says =
            if locale.is_empty() { "no locale is set".into() } else { format!("the locale is {}", shown(locale)) };
        finding("terminal", "unicode", State::Warning, says).todo("set LANG to one that ends in .UTF-8")
    });
    found.push(helper(
        environment,
        "clipboard",
        &["wl-copy", "xclip", "xsel", "pbcopy"],
        "the terminal itself (OSC 52)",
    ));
    found.push(helper(environment, "opener", &["xdg-open", "open"], "none: URLs are shown instead"));
    found
}

/// The first of these programs that there is.
fn helper(environment: &Environment, what: &str, names: &[&str], else_says: &str) -> Finding {
    let folders: Vec<_> = environment.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let is_there = |name: &&&str| folders.iter().any(|folder| folder.join(name).is_file());
    match names.iter().find(is_there) {
        Some(name) => finding("terminal", what, State::Ok, *name),
        None => finding("terminal", what, State::Ok, else_says),
    }
}

fn config(configured: &Result<(Config, Paths), Stop>, common: &Common, environment: &Environment) -> Vec<Finding> {
    let (config, paths) = match configured {
        Ok((config, paths)) => (config, paths),
        Err(stop) => {
            let wrong = |words: &String| {
                finding("config", "config", State::Wrong, words.as_str())
                    .todo("mend it where it says; acctui goes on with a good file alone")
            };
            return stop.words.iter().map(wrong).collect();
        }
    };
    let mut found = Vec::new();
    match &config.origin {
        ConfigOrigin::File(path) => found.push(permissions(path, config)),
        ConfigOrigin::Environment => found.push(
            finding("config", "config", State::Warning, "none: connections come from environment variables")
                .todo(format!("they are read-only until {} names them", paths.config.display())),
        ),
        ConfigOrigin::None => found.push(
            finding("config", "config", State::Wrong, "no connection is configured")
                .todo(format!("name one in {}, or try `acctui demo`", paths.config.display())),
        ),
    }
    found.extend(config.notes.iter().map(|note| finding("config", "note", State::Ok, note.as_str())));
    if let Err(stop) = desk::chosen(config, common, paths)
        && config.origin != ConfigOrigin::None
    {
        found.extend(stop.words.iter().map(|words| finding("config", "connections", State::Wrong, words.as_str())));
    }
    if environment.get("ACCTUI_CONFIG").is_some() && common.config.is_none() {
        found.push(finding("config", "ACCTUI_CONFIG", State::Ok, paths.config.display().to_string()));
    }
    found
}

fn permissions(path: &Path, config: &Config) -> Finding {
    let says = format!("{} ({} connections)", path.display(), config.connections.len());
    match std::fs::metadata(path) {
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
            let mode = meta.permissions().mode() & 0o777;
            finding("config", "config", State::Warning, format!("{says}, others may read it ({mode:03o})"))
                .todo(format!("chmod 600 {}", path.display()))
        }
        Ok(_) => finding("config", "config", State::Ok, says),
        Err(error) => finding("config", "config", State::Wrong, format!("{says}: {error}")),
    }
}

/// Directories, the inventory, the user's own file, the journal. Blocks.
fn files(paths: &Paths) -> Vec<Finding> {
    let mut found = vec![directory("state", &paths.state), directory("cache", &paths.cache)];
    let now = system_clock()();
    if paths.inventory().is_file() {
        let opened = Disk::open(&paths.inventory(), now);
        let notices: Vec<String> = opened.notices.iter().map(|notice| notice.words().to_owned()).collect();
        let owners = opened.disk.owners();
        let says = match (&owners, opened.disk.mode()) {
            (Err(why), _) => Err(why.to_string()),
            (Ok(_), Mode::Memory | Mode::ReadOnly) => Err(notices.join(" ")),
            (Ok(owners), Mode::Writable) => {
                let current = owners.iter().filter(|owner| owner.is_current).count();
                let bytes = std::fs::metadata(paths.inventory()).map_or(0, |meta| meta.len());
                Ok(format!("{current} connections, {} MB", bytes.div_ceil(1 << 20)))
            }
        };
        found.push(match says {
            Ok(says) => finding("files", "inventory", State::Ok, says),
            Err(why) => finding("files", "inventory", State::Wrong, why).todo("acctui forget --yes, then acctui sync"),
        });
    } else {
        found.push(finding("files", "inventory", State::Ok, "none yet: acctui sync fills it"));
    }
    if paths.own().is_file() {
        let opened = Own::open(&paths.own(), now);
        let notices: Vec<&str> = opened.notices.iter().map(crate::inventory::disk::Notice::words).collect();
        found.push(match opened.own.history_len() {
            Ok(count) if notices.is_empty() => finding("files", "history", State::Ok, format!("{count} entries")),
            Ok(_) => finding("files", "history", State::Warning, notices.join(" ")),
            Err(why) => finding("files", "history", State::Wrong, why.to_string()).todo(why.hint()),
        });
    }
    found.push(journal(paths));
    found
}

fn directory(what: &str, path: &Path) -> Finding {
    let shown = path.display();
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return finding("files", what, State::Ok, format!("{shown}, not made yet"));
        }
        Err(error) => return finding("files", what, State::Wrong, format!("{shown}: {error}")),
    };
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return finding("files", what, State::Wrong, format!("{shown} belongs to another user"))
            .todo("set XDG_STATE_HOME and XDG_CACHE_HOME to directories of your own");
    }
    if rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_err() {
        return finding("files", what, State::Wrong, format!("{shown} can't be written"))
            .todo("nothing is changed at a provider while the journal can't be written");
    }
    if meta.permissions().mode() & 0o022 != 0 {
        return finding("files", what, State::Warning, format!("{shown}: others may write there"))
            .todo(format!("chmod 700 {shown}"));
    }
    finding("files", what, State::Ok, shown.to_string())
}

fn journal(paths: &Paths) -> Finding {
    match FileJournal::new(paths.journal()).read() {
        Ok(records) if records.skipped > 0 => {
            let says = format!("{} of its lines can't be read", records.skipped);
            finding("files", "journal", State::Warning, says).todo("they were damaged, or a later version wrote them")
        }
        Ok(records) => {
            let open = crate::changes::unsettled(&records.records);
            // What the provider took and goes on with is not unknown.
            let (running, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|record| record.operation.is_some());
            let (running, open) = (running.len(), open.len());
            let mut says = format!("{} records", records.records.len());
            if running > 0 {
                says = format!("{says}, {running} going on at the provider");
            }
            if open == 0 {
                return finding("files", "journal", State::Ok, says);
            }
            finding("files", "journal", State::Warning, format!("{says}, {open} of unknown outcome"))
                .todo("acctui journal -v says which; the browser reads them back")
        }
        Err(failure) => finding("files", "journal", State::Wrong, failure.to_string())
            .todo(failure.hint.unwrap_or_else(|| "nothing is changed at a provider while it can't be used".to_owned())),
    }
}

fn network(common: &Common, environment: &Environment) -> Vec<Finding> {
    let mut found = Vec::new();
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let says = match environment.first(&names) {
        // Its user and password are nobody's business.
        Some((name, url)) => {
            let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
            format!("{} by {name}", host.map_or("what is set".into(), |host| shown(&host).into_owned()))
        }
        None => "none".to_owned(),
    };
    let except = environment.first(&["NO_PROXY", "no_proxy"]).map(|(_, hosts)| format!(", not for {}", shown(hosts)));
    found.push(finding("network", "proxy", State::Ok, format!("{says}{}", except.unwrap_or_default())));
    found.push(match desk::net(common, environment) {
        Ok(_) => {
            let mut says = vec!["this machine's".to_owned()];
            if let Some(path) = environment.get("SSL_CERT_FILE") {
                says = vec![format!("those of {} (SSL_CERT_FILE)", shown(path))];
            }
            says.extend(common.ca_cert.iter().map(|path| format!("those of {}", path.display())));
            finding("network", "certificates", State::Ok, says.join(" and "))
        }
        Err(stop) => finding("network", "certificates", State::Wrong, stop.words.join(" "))
            .todo("name a file with certificates in PEM"),
    });
    found
}

/// Each connection: its credential, whether it answers, who it is, when that ends, and both clocks.
async fn connections(desk: &Desk) -> Vec<Finding> {
    let Ok(chosen) = desk::chosen(&desk.config, &desk.common, &desk.paths) else { return Vec::new() };
    let each = chosen.into_iter().map(|connection| one(desk, connection));
    join_all(each).await.into_iter().flatten().collect()
}

async fn one(desk: &Desk, connection: &Connection) -> Vec<Finding> {
    let name = connection.name.to_string();
    let server: Arc<Mutex<Option<(Moment, Moment)>>> = Arc::default();
    let (hear, clock) = (Arc::clone(&server), Arc::clone(&desk.clock));
    let tap: Tap = Arc::new(move |exchange| {
        let times = exchange.server_time.map(|server| (server, clock()));
        let mut heard = hear.lock().unwrap_or_else(PoisonError::into_inner);
        *heard = times.or(*heard);
    });
    let net = Arc::new(desk.net.heard_by(tap));
    let provider = match desk.connect(connection, net) {
        Ok(provider) => provider,
        Err(stop) => return vec![finding("connection", name, State::Wrong, stop.words.join(" "))],
    };
    let source = connection.credentials.words();
    let mut found = Vec::new();
    match provider.identity().await {
        Ok(identity) => {
            let says = format!("{} at {}, from {source}", identity.words(), shown(&identity.origin));
            found.push(finding("connection", name.as_str(), State::Ok, says));
            found.extend(identity.expires_at.as_ref().map(|at| expiry(&name, at, (desk.clock)())));
        }
        Err(failure) => found.push(unwell(&name, &failure, &source)),
    }
    let heard = *server.lock().unwrap_or_else(PoisonError::into_inner);
    found.extend(heard.map(|(server, own)| skew(&name, server, own)));
    found
}

fn unwell(name: &str, failure: &Failure, source: &str) -> Finding {
    let hint = failure.hint.clone().unwrap_or_else(|| match failure.kind {
        FailureKind::Auth => format!("look at the credential from {source}"),
        FailureKind::Unreachable | FailureKind::TimedOut => "look at the network and at base_url".into(),
        FailureKind::Forbidden
        | FailureKind::NotFound
        | FailureKind::Refused
        | FailureKind::Conflict
        | FailureKind::Throttled { .. }
        | FailureKind::Tls
        | FailureKind::Server
        | FailureKind::Unreadable
        | FailureKind::Unsupported
        | FailureKind::Stopped
        | FailureKind::Crashed
        | FailureKind::Local => "see docs/troubleshooting.md".into(),
    });
    finding("connection", name, State::Wrong, failure.to_string()).todo(shown(&hint))
}

/// The end of a credential.
fn expiry(name: &str, at: &Untrusted, now: Moment) -> Finding {
    let what = format!("{name}: credential");
    let Ok(time) = at.raw().parse::<jiff::Timestamp>() else {
        return finding("connection", what, State::Ok, format!("ends {}", at.shown()));
    };
    let end = Moment(u64::try_from(time.as_millisecond()).unwrap_or(0));
    let says = format!("ends {}", at.shown());
    let left = end.0.saturating_sub(now.0);
    let state = match left {
        0 => State::Wrong,
        left if left < SOON => State::Warning,
        _ => State::Ok,
    };
    let found = finding("connection", what, state, says);
    if state == State::Ok { found } else { found.todo("make a new one at the provider") }
}

fn skew(name: &str, server: Moment, own: Moment) -> Finding {
    let off = own.0.abs_diff(server.0);
    let what = format!("{name}: clock");
    if off < SKEW {
        return finding("connection", what, State::Ok, "as the provider's");
    }
    let way = if own.0 < server.0 { "behind" } else { "ahead of" };
    let says = format!("{} {way} the provider's", age_words(off).trim_end_matches(" ago"));
    let state = if off < REFUSED { State::Warning } else { State::Wrong };
    finding("connection", what, state, says).todo("set this machine's clock: requests are signed with the time")
}

fn write(out: &mut Out, format: Format, found: &[Finding]) -> Result<(), Stop> {
    let cells = |it: &Finding| -> [String; 5] {
        let todo = it.todo.clone().unwrap_or_default();
        [it.state.word().into(), it.area.into(), it.what.clone(), it.says.clone(), todo]
    };
    match format {
        Format::Json => out.array(found)?,
        Format::Ndjson => {
            for found in found {
                out.object(found)?;
            }
        }
        Format::Csv => {
            out.csv(["state", "area", "what", "says", "do"].map(Into::into))?;
            for found in found {
                out.csv(cells(found).map(Into::into))?;
            }
        }
        Format::Table => {
            let headings = ["state", "area", "what", "says"].map(Heading::named);
            let rows: Vec<Vec<String>> = found.iter().map(|found| cells(found)[..4].to_vec()).collect();
            out.table(&headings, &rows)?;
            for found in found.iter().filter(|found| found.todo.is_some()) {
                let todo = found.todo.as_deref().unwrap_or_default();
                out.whole(&format!("{}: {}: {todo}", found.state.word(), found.what))?;
            }
        }
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_said_before_requests_are_refused() {
        let at = |own, server| skew("prod", Moment(server), Moment(own)).state;
        assert_eq!(at(10_000_000, 10_000_500), State::Ok);
        assert_eq!(at(10_000_000, 10_100_000), State::Warning);
        assert_eq!(at(20_000_000, 10_000_000), State::Wrong);
    }

    #[test]
    fn a_credential_that_ends_soon_is_said() {
        let now = Moment(1_700_000_000_000);
        let state = |at: &str| expiry("prod", &Untrusted::new(at), now).state;
        assert_eq!(state("2020-01-01T00:00:00Z"), State::Wrong);
        assert_eq!(state("2023-11-16T00:00:00Z"), State::Warning);
        assert_eq!(state("2030-01-01T00:00:00Z"), State::Ok);
        assert_eq!(state("never"), State::Ok);
    }
}
