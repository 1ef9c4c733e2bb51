//! What a shell may complete: connections, and the ids that the kept inventory has. Nothing is asked of a provider, and no
//! credential is read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::config::{self, Environment, Paths};
use crate::domain::{ConnectionName, Moment, shown};
use crate::inventory::disk::Disk;
use crate::runtime::connect;

/// Candidates that are offered at most: nobody steps through more.
const OFFERED: u32 = 200;

/// The names of connections.
pub(super) fn connections() -> ArgValueCompleter {
    ArgValueCompleter::new(|begun: &OsStr| {
        let begun = begun.to_string_lossy();
        let names = configured().unwrap_or_default();
        let fitting = names.into_iter().filter(|(name, _)| name.starts_with(&*begun));
        fitting.map(|(name, provider)| candidate(&name, &provider)).collect()
    })
}

/// The ids of accounts.
pub(super) fn accounts() -> ArgValueCompleter {
    ArgValueCompleter::new(|begun: &OsStr| ids(&begun.to_string_lossy(), Kind::Accounts))
}

/// The ids of organizations.
pub(super) fn organizations() -> ArgValueCompleter {
    ArgValueCompleter::new(|begun: &OsStr| ids(&begun.to_string_lossy(), Kind::Organizations))
}

/// The ids of both.
pub(super) fn all() -> ArgValueCompleter {
    ArgValueCompleter::new(|begun: &OsStr| {
        let begun = begun.to_string_lossy();
        let mut all = ids(&begun, Kind::Accounts);
        all.extend(ids(&begun, Kind::Organizations));
        all
    })
}

fn candidate(value: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(value).help(Some(help.to_owned().into()))
}

/// The connections of the config, with their providers.
fn configured() -> Option<Vec<(String, String)>> {
    let environment = Environment::read();
    let line = Line::read();
    let asked = line.config.or_else(|| environment.get("ACCTUI_CONFIG").map(PathBuf::from));
    // A config that can't be read has no names to offer; the command itself says what is wrong with it.
    let config = config::load(asked.as_deref().map(Path::new), &environment, &connect::known()).ok()?;
    let name = |it: &config::Connection| (it.name.as_str().to_owned(), it.provider.as_str().to_owned());
    Some(config.connections.iter().map(name).collect())
}

/// Which ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Accounts,
    Organizations,
}

/// The ids that begin so, with their names; of the connections that the line names, if it does.
fn ids(begun: &str, kind: Kind) -> Vec<CompletionCandidate> {
    let Ok(paths) = Paths::of(&Environment::read()) else { return Vec::new() };
    let path = paths.inventory();
    // Looking makes no file.
    if !path.is_file() {
        return Vec::new();
    }
    let disk = Disk::open(&path, Moment::default()).disk;
    let names: Vec<ConnectionName> = Line::read().connections.iter().map(ConnectionName::new).collect();
    let found = match kind {
        Kind::Accounts => disk.account_ids(begun, OFFERED),
        Kind::Organizations => disk.organization_ids(begun, OFFERED),
    };
    // A file that can't be read has nothing to offer.
    let found = found.unwrap_or_default().into_iter();
    let meant = found.filter(|found| names.is_empty() || names.contains(&found.connection));
    meant.map(|found| candidate(&found.id, &format!("{} ({})", shown(&found.name), found.connection))).collect()
}

/// What the line says so far that candidates depend on.
#[derive(Default)]
struct Line {
    config: Option<PathBuf>,
    connections: Vec<String>,
}

impl Line {
    /// The words that the shell handed over.
    fn read() -> Self {
        let mut line = Self::default();
        let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        while let Some(word) = words.next() {
            if let Some(name) = word.strip_prefix("--connection=") {
                line.connections.push(name.to_owned());
            } else if let Some(path) = word.strip_prefix("--config=") {
                line.config = Some(PathBuf::from(path));
            } else if word == "--config" {
                line.config = words.next().map(PathBuf::from);
            } else if word == "-c" || word == "--connection" {
                line.connections.extend(words.next().filter(|name| !name.is_empty()));
            }
        }
        line
    }
}
