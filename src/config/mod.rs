//! The configuration: config.toml, connections, where credentials come from, paths.
//!
//! This room knows `domain` only. It reads the environment and the config file, and fetches credentials when somebody
//! asks for them; it makes no connection.

mod bindings;
mod command;
mod describe;
mod discover;
mod edit;
mod environment;
mod fault;
mod file;
mod found;
mod given;
mod keyring;
mod keys;
mod paths;
mod reader;
mod setting;
mod shared;
mod source;
mod store;
mod theme;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::{Ambiguous, Colour, ConnectionName, Protection, ProviderFacts, ProviderId, ThemeChoice};

pub use bindings::{Bindings, bindings, keys_path};
pub use describe::{schema, tables, template};
pub use edit::{Editor, Entered};
pub use environment::Environment;
pub use fault::{ConfigError, Fault, Place, nearest};
pub use found::{Found, found};
pub use paths::Paths;
pub use shared::Whole;
pub use source::{CredentialSources, Entry, Source};
pub use store::{Gone, Store, Vault, has_keyring};
pub use theme::own_theme;

/// The providers that the config's contract names. Those that the caller does not know are not in this version yet.
pub const PROVIDERS: [&str; 5] = ["cloudflare", "cloud66", "landscape", "huawei", "aws"];

/// Where the connections come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigOrigin {
    /// A config file.
    File(PathBuf),
    /// The providers' usual environment variables; such connections are read-only until they are named in a config.
    Environment,
    /// There are none.
    #[default]
    None,
}

/// A credential as config.toml names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Field by field.
    Fields(BTreeMap<String, Source>),
    /// All values from one source.
    Whole(Whole),
}

impl Given {
    /// As it is fetched.
    #[must_use]
    pub fn sources(&self, facts: ProviderFacts, environment: &Environment) -> CredentialSources {
        let environment = std::sync::Arc::new(environment.clone());
        match self {
            Self::Fields(fields) => CredentialSources::of_fields(fields.clone(), environment),
            Self::Whole(whole) => CredentialSources::of_whole(whole.clone(), facts, environment),
        }
    }
}

/// How requests leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Directly, whatever the environment says.
    None,
    /// Through this one, an `http` or `https` URL without a password.
    Url(String),
}

/// How much of the history is kept; what is not said is as the history's own room has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// For how long.
    pub history: Option<Duration>,
    /// How many differences, the newest ones.
    pub entries: Option<u32>,
}

/// What the browser looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ui {
    /// The theme; `None` where nothing is said.
    pub theme: Option<ThemeChoice>,
    /// Whether frames and signs are drawn in ASCII.
    pub ascii: bool,
    /// How wide the terminal draws characters of ambiguous width.
    pub ambiguous: Ambiguous,
}

/// What the user has set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The connections in the file's order, also those that are switched off.
    pub connections: Vec<Connection>,
    /// Whether the browser listens to the mouse.
    pub mouse: bool,
    /// What the browser looks like.
    pub ui: Ui,
    /// The proxy of every connection that names none itself; `None` leaves it to the environment.
    pub proxy: Option<Proxy>,
    /// Certificates that every connection trusts beside the system's, unless it names a file itself.
    pub ca_file: Option<PathBuf>,
    /// How much of the history is kept.
    pub retention: Retention,
    /// Where the connections come from.
    pub origin: ConfigOrigin,
    /// What was found or is missing, in sentences for people.
    pub notes: Vec<String>,
}

impl Config {
    fn empty() -> Self {
        Self {
            connections: Vec::new(),
            mouse: true,
            ui: Ui::default(),
            proxy: None,
            ca_file: None,
            retention: Retention::default(),
            origin: ConfigOrigin::None,
            notes: Vec::new(),
        }
    }

    /// The connections that are not switched off.
    pub fn enabled(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|connection| connection.enabled)
    }

    /// The connection of a name.
    #[must_use]
    pub fn connection(&self, name: &ConnectionName) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.name == *name)
    }
}

/// One provider with base URL, credential and protection level, named by the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The user's name for it.
    pub name: ConnectionName,
    /// The kind of service.
    pub provider: ProviderId,
    /// Where the API is, with its path and without a slash at the end; `None` for the provider's public one.
    pub base_url: Option<String>,
    /// How carefully its writes are asked about.
    pub protection: Protection,
    /// Where its credential comes from.
    pub credentials: CredentialSources,
    /// A word that connections are grouped by.
    pub group: Option<String>,
    /// The colour of the band behind its name.
    pub colour: Option<Colour>,
    /// False where the user switched it off.
    pub enabled: bool,
    /// How old its inventory may be before it is listed again.
    pub refresh_after: Option<Duration>,
    /// The part of a known request limit that this program may use, above 0 and at most 1. Half by default: others use the
    /// same credential.
    pub budget: f32,
    /// The most accounts that one plan may delete.
    pub max_delete: u32,
    /// The columns of its list by name, in this order; none for those that its provider suggests.
    pub columns: Vec<String>,
    /// The proxy that its requests go through; `None` leaves it to the environment.
    pub proxy: Option<Proxy>,
    /// Certificates that it trusts beside the system's.
    pub ca_file: Option<PathBuf>,
    /// False for one that was made from environment variables: it is read-only until a config names it.
    pub named: bool,
}

impl Connection {
    /// A connection with every setting at its default.
    #[must_use]
    pub fn new(name: ConnectionName, provider: ProviderId) -> Self {
        Self {
            name,
            provider,
            base_url: None,
            protection: Protection::default(),
            credentials: CredentialSources::default(),
            group: None,
            colour: None,
            enabled: true,
            refresh_after: None,
            budget: 0.5,
            max_delete: 10,
            columns: Vec::new(),
            proxy: None,
            ca_file: None,
            named: true,
        }
    }
}

/// Checks a base URL and takes the slashes off its end.
///
/// # Errors
/// What is expected, in words; nothing is quoted.
pub fn base_url(text: &str) -> Result<String, String> {
    setting::base_url(text)
}

/// Reads the configuration: the file at `path` or else at its usual place; without one, or if it names no connection,
/// the providers' usual environment variables. `known` are the providers of this version.
///
/// # Errors
/// A file that was asked for and is not there, or one that can't be read or understood: every fault with its place.
pub fn load(path: Option<&Path>, environment: &Environment, known: &[ProviderFacts]) -> Result<Config, ConfigError> {
    let place = match path {
        Some(path) => path.to_owned(),
        None => Paths::of(environment)?.config,
    };
    match path {
        Some(_) => load_at(&place, Missing::IsAFault, environment, known),
        None => load_at(&place, Missing::IsEmpty, environment, known),
    }
}

/// The same at one place, for what can do without the file or makes it.
///
/// # Errors
/// As [`load`].
pub fn load_at(
    place: &Path,
    missing: Missing,
    environment: &Environment,
    known: &[ProviderFacts],
) -> Result<Config, ConfigError> {
    let mut config = match file::open(place) {
        Ok(opened) => file::read(&opened, place, environment, known)?,
        Err(error) if missing == Missing::IsEmpty && error.kind() == std::io::ErrorKind::NotFound => Config::empty(),
        Err(error) => {
            let problem = format!("the config file can't be read: {error}");
            return Err(ConfigError::of_file(place, problem, None));
        }
    };
    if config.connections.is_empty() {
        discover::from_environment(&mut config, place, environment, known)?;
    }
    Ok(config)
}

/// What a file means that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Somebody asked for it.
    IsAFault,
    /// There is none yet.
    IsEmpty,
}

#[cfg(test)]
mod tests;
