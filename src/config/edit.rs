//! Changes to config.toml: what the user wrote stays, comments and order included; the file is looked over before it is
//! written, whole or not at all, and nobody else can read it afterwards.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::fault::{ConfigError, Fault, Place};
use super::file::{self, Opened};
use super::paths::home;
use super::shared::{FORMAT, Whole};
use super::source::Source;
use super::{Environment, Given};
use crate::domain::{ConnectionName, ProviderFacts, shown};

/// Which file, and what it is understood with.
#[derive(Clone, Copy, Debug)]
pub struct Editor<'a> {
    /// The file. It need not be there.
    pub path: &'a Path,
    /// The environment variables.
    pub environment: &'a Environment,
    /// The providers of this version.
    pub known: &'a [ProviderFacts],
}

/// A connection as it is to stand in the file.
#[derive(Clone, Debug)]
pub struct Entered<'a> {
    /// Its name.
    pub name: &'a ConnectionName,
    /// Its provider.
    pub facts: &'a ProviderFacts,
    /// Another base URL than the provider's public one; `None` leaves what stands there.
    pub base_url: Option<&'a str>,
    /// Its credential.
    pub given: &'a Given,
}

impl Editor<'_> {
    /// Puts a connection into the file, or another credential into one that is there: its other settings stay, and it is
    /// switched on.
    ///
    /// # Errors
    /// A file that can't be read, understood or written; it is as it was then.
    pub fn sign_in(&self, entered: &Entered<'_>) -> Result<(), ConfigError> {
        self.change(|document| {
            let table = table(document, entered.name)?;
            table.insert("provider", kept(table.get("provider"), entered.facts.id.into()));
            if let Some(url) = entered.base_url {
                table.insert("base_url", kept(table.get("base_url"), url.into()));
            }
            if table.get("enabled").and_then(Item::as_bool) == Some(false) {
                table.remove("enabled");
            }
            let values = self.values(entered.given);
            clear(table, entered.facts, |name| values.iter().any(|(given, _)| given == name));
            for (name, given) in values {
                table.insert(&name, kept(table.get(&name), given));
            }
            Ok(())
        })
    }

    /// Takes the credential out of a connection and switches it off; its other settings stay.
    ///
    /// # Errors
    /// As [`Editor::sign_in`].
    pub fn sign_out(&self, name: &ConnectionName, facts: &ProviderFacts) -> Result<(), ConfigError> {
        self.change(|document| {
            let table = table(document, name)?;
            clear(table, facts, |_| false);
            table.insert("enabled", kept(table.get("enabled"), false.into()));
            Ok(())
        })
    }

    /// Writes a new file.
    ///
    /// # Errors
    /// If there is one already, or it can't be written.
    pub fn create(&self, text: &str) -> Result<(), ConfigError> {
        self.locked(|| match fs::symlink_metadata(self.path) {
            Ok(_) => Err(self.fault("there is a file already: it is not written over", None)),
            Err(_) => self.write(text),
        })
    }

    fn change(&self, alter: impl FnOnce(&mut DocumentMut) -> Result<(), &'static str>) -> Result<(), ConfigError> {
        self.locked(|| {
            let text = match file::open(self.path) {
                Ok(opened) => opened.text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                Err(error) => return Err(self.fault(format!("the config file can't be read: {error}"), None)),
            };
            let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
                let place = error.span().map(|span| Place::of(&text, span.start));
                let problem = format!("this is not TOML: {}", error.message());
                ConfigError { path: Some(self.path.to_owned()), faults: vec![Fault { place, problem, hint: None }] }
            })?;
            alter(&mut document).map_err(|problem| self.fault(problem, None))?;
            let opened = Opened { text: document.to_string(), private: true };
            file::read(&opened, self.path, self.environment, self.known)?;
            self.write(&opened.text)
        })
    }

    /// One process at a time. The lock is on the folder: the file itself is replaced.
    fn locked(&self, work: impl FnOnce() -> Result<(), ConfigError>) -> Result<(), ConfigError> {
        let words = |error: io::Error| self.fault(format!("its folder can't be used: {error}"), None);
        let folder = folder(self.path);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(words)?;
        let lock = File::open(folder).map_err(words)?;
        lock.lock().map_err(words)?;
        work()
    }

    fn write(&self, text: &str) -> Result<(), ConfigError> {
        // Behind a link the file itself is replaced, and the link stays.
        let path = fs::canonicalize(self.path).unwrap_or_else(|_| self.path.to_owned());
        let words = |error: io::Error| self.fault(format!("it can't be written: {error}"), None);
        write_private(&path, text.as_bytes()).map_err(words)
    }

    fn fault(&self, problem: impl Into<String>, hint: Option<String>) -> ConfigError {
        ConfigError::of_file(self.path, problem, hint)
    }

    /// The keys that a credential has in the file, with their values.
    fn values(&self, given: &Given) -> Vec<(String, Value)> {
        match given {
            Given::Fields(fields) => fields.iter().map(|(name, source)| (name.clone(), self.source(source))).collect(),
            Given::Whole(Whole::Profile(name)) => vec![("credentials".into(), one("profile", name.as_str().into()))],
            Given::Whole(Whole::Command(argv)) => {
                let mut table = InlineTable::new();
                table.insert("command", list(argv));
                table.insert("format", FORMAT.into());
                vec![("credentials".into(), Value::InlineTable(table))]
            }
        }
    }

    fn source(&self, source: &Source) -> Value {
        match source {
            Source::Literal(secret) => secret.expose().into(),
            Source::Env(name) => one("env", name.as_str().into()),
            Source::Command(argv) => one("command", list(argv)),
            Source::File(path) => one("file", self.written(path).into()),
            Source::Keyring(entry) => one("keyring", entry.written().into()),
        }
    }

    /// A path as it is read again: below the config's folder, below the home directory, or whole.
    fn written(&self, path: &Path) -> String {
        let below = |folder: &Path| path.strip_prefix(folder).ok().map(|rest| rest.to_string_lossy().into_owned());
        let home = home(self.environment);
        let at_home = home.as_deref().and_then(below).map(|rest| format!("~/{rest}"));
        below(folder(self.path)).or(at_home).unwrap_or_else(|| path.to_string_lossy().into_owned())
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The table of a connection, made if there is none: at the end, below what stands there.
fn table<'d>(document: &'d mut DocumentMut, name: &ConnectionName) -> Result<&'d mut dyn TableLike, &'static str> {
    let end = document.trailing().as_str().unwrap_or_default().to_owned();
    let mut connections = Table::new();
    connections.set_implicit(true);
    let item = document.as_table_mut().entry("connections").or_insert(Item::Table(connections));
    let is_inline = item.is_inline_table();
    let connections = item.as_table_like_mut().ok_or("`connections` is no table")?;
    if !connections.contains_key(name.as_str()) {
        let made = if is_inline {
            value(InlineTable::new())
        } else {
            let mut table = Table::new();
            table.set_position(Some(isize::MAX));
            table.decor_mut().set_prefix(if end.is_empty() { "\n".to_owned() } else { format!("{end}\n") });
            Item::Table(table)
        };
        connections.insert(name.as_str(), made);
        if !is_inline {
            document.set_trailing("");
        }
    }
    let connections = document.get_mut("connections").and_then(Item::as_table_like_mut);
    let item = connections.and_then(|connections| connections.get_mut(name.as_str()));
    item.and_then(Item::as_table_like_mut).ok_or("the connection is no table")
}

/// Removes all keys of the credential but those that will stand there again.
fn clear(table: &mut dyn TableLike, facts: &ProviderFacts, stays: impl Fn(&str) -> bool) {
    for name in facts.fields().into_iter().chain(["credentials"]).filter(|name| !stays(name)) {
        table.remove(name);
    }
}

/// A new value in the place of an old one, with the comment behind it.
fn kept(old: Option<&Item>, mut new: Value) -> Item {
    if let Some(old) = old.and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    value(new)
}

fn one(key: &str, inner: Value) -> Value {
    let mut table = InlineTable::new();
    table.insert(key, inner);
    Value::InlineTable(table)
}

fn list(words: &[String]) -> Value {
    Value::Array(words.iter().map(String::as_str).collect::<Array>())
}

/// Writes a file that nobody else can read, whole or not at all; its folder must be there.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    // The new name is on the disk when its folder is.
    File::open(folder)?.sync_all()
}

/// A path for people.
pub(super) fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}
