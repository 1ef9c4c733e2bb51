//! config.toml: every key with its place, all faults at once.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::fault::ConfigError;
use super::paths::home;
use super::reader::{Reader, Value, Word, entries};
use super::{Config, ConfigOrigin, Connection, Environment, PROVIDERS, given, setting};
use crate::domain::{ConnectionName, Protection, ProviderFacts, ProviderId};

/// The keys that a connection has whatever its provider is.
const SETTINGS: [&str; 8] =
    ["provider", "base_url", "protection", "group", "enabled", "refresh_after", "budget", "max_delete"];

/// The words of `protection`.
const LEVELS: [Protection; 4] = [Protection::Open, Protection::Confirm, Protection::Typed, Protection::ReadOnly];

/// The config file as it was found.
pub(super) struct Opened {
    text: String,
    /// Whether nobody but its owner can read it.
    private: bool,
}

/// Reads the file; mode and content come from one open file, not from two looks at its name.
pub(super) fn open(path: &Path) -> std::io::Result<Opened> {
    let mut file = File::open(path)?;
    // The six lowest bits are what group and others may do; an ACL shows in them too.
    let private = file.metadata()?.permissions().mode().trailing_zeros() >= 6;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(Opened { text, private })
}

/// Understands the file.
pub(super) fn read(
    opened: &Opened,
    path: &Path,
    environment: &Environment,
    known: &[ProviderFacts],
) -> Result<Config, ConfigError> {
    let mut reader = Reader {
        text: &opened.text,
        private: opened.private,
        path,
        home: home(environment),
        environment: Arc::new(environment.clone()),
        known,
        faults: Vec::new(),
    };
    let mut config = Config::empty();
    let (table, errors) = DeTable::parse_recoverable(&opened.text);
    for error in &errors {
        let start = error.span().map_or(0, |span| span.start);
        reader.fault(start, format!("this is not TOML: {}", error.message()), None);
    }
    if errors.is_empty() {
        reader.top(table.get_ref(), &mut config);
    }
    if !reader.faults.is_empty() {
        reader.faults.sort_by_key(|fault| fault.place);
        return Err(ConfigError { path: Some(path.to_owned()), faults: reader.faults });
    }
    if !config.connections.is_empty() {
        config.origin = ConfigOrigin::File(path.to_owned());
    }
    Ok(config)
}

impl Reader<'_> {
    fn top(&mut self, table: &DeTable<'_>, config: &mut Config) {
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "mouse" => config.mouse = self.flag("mouse", value).unwrap_or(true),
                "connections" => match value.get_ref().as_table() {
                    Some(table) => {
                        for (name, value) in entries(table) {
                            config.connections.extend(self.connection(name, value));
                        }
                    }
                    None => self.expected("connections", value, "a table like [connections.prod]"),
                },
                _ => self.unknown(key, &["connections", "mouse"]),
            }
        }
    }

    /// One connection; `None` if it can't be used: the faults say why, unless it is switched off.
    fn connection(&mut self, name: &Word<'_>, value: &Value<'_>) -> Option<Connection> {
        let word = name.get_ref().as_ref();
        let Some(table) = value.get_ref().as_table() else {
            self.expected(word, value, "a table like [connections.prod]");
            return None;
        };
        if word.is_empty() || word.contains(char::is_control) {
            self.fault(name.span().start, "a connection's name is a word", None);
            return None;
        }
        let facts = self.provider(name, table)?;
        let mut connection = Connection::new(ConnectionName::new(word), ProviderId::new(facts.id));
        connection.credentials.environment = Arc::clone(&self.environment);
        let fields = given::field_names(&facts);
        let mut seen = Vec::new();
        for (key, value) in entries(table) {
            let word = key.get_ref().as_ref();
            if let Some(field) = fields.iter().find(|field| **field == word) {
                seen.push((*field, key.span().start));
                let source = self.source(field, value);
                let given = source.map(|source| ((*field).to_owned(), source));
                connection.credentials.fields.extend(given);
            } else if SETTINGS.contains(&word) {
                self.setting(word, value, &mut connection);
            } else if word == "credentials" {
                self.fault(
                    key.span().start,
                    "`credentials` for a whole set of values is not in this version yet",
                    Some(format!("give {}", given::alternatives(&facts))),
                );
            } else {
                self.unknown(key, &[&SETTINGS[..], &fields[..]].concat());
            }
        }
        self.one_set(name.span().start, &facts, &seen);
        Some(connection)
    }

    /// The provider of a connection. One that is not in this version yet may stay in the file while it is switched off.
    fn provider(&mut self, name: &Word<'_>, table: &DeTable<'_>) -> Option<ProviderFacts> {
        let known = self.known;
        let words: Vec<&str> = known.iter().map(|facts| facts.id).collect();
        let Some(value) = table.get("provider") else {
            let problem = format!("connection `{}` has no `provider`", name.get_ref());
            let hint = format!("add provider = \"{}\"", words.join("\" or \""));
            self.fault(name.span().start, problem, Some(hint));
            return None;
        };
        let id = value.get_ref().as_str().unwrap_or_default();
        if let Some(facts) = known.iter().find(|facts| facts.id == id) {
            return Some(*facts);
        }
        if PROVIDERS.contains(&id) {
            let enabled = table.get("enabled").and_then(|flag| flag.get_ref().as_bool());
            if enabled != Some(false) {
                self.fault(
                    value.span().start,
                    format!("provider {id} is not in this version yet"),
                    Some("enabled = false keeps the connection in the file".into()),
                );
            }
            return None;
        }
        self.word("provider", value, &words);
        None
    }

    fn setting(&mut self, key: &str, value: &Value<'_>, connection: &mut Connection) {
        let at = value.span().start;
        match key {
            "base_url" => {
                let checked = self.string(key, value).map(setting::base_url);
                match checked {
                    Some(Ok(url)) => connection.base_url = Some(url),
                    Some(Err(problem)) => self.fault(at, format!("`base_url`: {problem}"), None),
                    None => {}
                }
            }
            "protection" => {
                let levels = LEVELS.map(Protection::word);
                let word = self.word(key, value, &levels);
                let level = LEVELS.into_iter().find(|level| Some(level.word()) == word);
                connection.protection = level.unwrap_or_default();
            }
            "group" => connection.group = self.string(key, value).map(str::to_owned),
            "enabled" => connection.enabled = self.flag(key, value).unwrap_or(true),
            "refresh_after" => {
                let checked = self.string(key, value).map(setting::duration);
                match checked {
                    Some(Ok(time)) => connection.refresh_after = Some(time),
                    Some(Err(problem)) => {
                        self.fault(at, format!("`refresh_after`: {problem}"), None);
                    }
                    None => {}
                }
            }
            "budget" => match number(value.get_ref()).filter(|part| *part > 0.0 && *part <= 1.0) {
                Some(part) => connection.budget = part,
                None => self.expected(key, value, "a number above 0 and at most 1"),
            },
            "max_delete" => match number_whole(value.get_ref()) {
                Some(most) => connection.max_delete = most,
                None => self.expected(key, value, "a whole number from 0"),
            },
            // `provider` was read first: it decides which other keys there are.
            _ => {}
        }
    }
}

fn number(value: &DeValue<'_>) -> Option<f32> {
    let float = value.as_float().map(DeFloat::as_str);
    float.or_else(|| value.as_integer().map(DeInteger::as_str))?.parse().ok()
}

fn number_whole(value: &DeValue<'_>) -> Option<u32> {
    let integer = value.as_integer()?;
    u32::from_str_radix(integer.as_str(), integer.radix()).ok()
}
