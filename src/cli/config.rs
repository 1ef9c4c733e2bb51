//! `config`: where the files are, whether the config file is sound, what it may hold, and a first one.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{Common, ConfigCommand, Format};
use super::desk::{no_color, unknown_connection};
use super::out::{Heading, Out};
use super::stop::{Stop, status};
use crate::app::Keymap;
use crate::config::{self, Config, ConfigError, ConfigOrigin, Connection, Editor, Environment, Paths};
use crate::domain::{Ambiguous, ConnectionName, shown};
use crate::provider::registry;
use crate::runtime::{connect, keymap};

/// Runs one of them; the exit status.
pub(super) fn run(common: &Common, what: ConfigCommand, environment: &Environment) -> Result<i32, Stop> {
    let mut out = Out::new(no_color(common, environment), Ambiguous::default());
    let place = Place::of(common, environment)?;
    let code = match what {
        ConfigCommand::Path => paths(&mut out, common.output, &place)?,
        ConfigCommand::Check => check(&mut out, common, &place, environment)?,
        ConfigCommand::Schema => {
            out.document(&config::schema(&connect::known()))?;
            status::OK
        }
        ConfigCommand::Init { print } => init(&mut out, print, &place, environment)?,
    };
    out.flush()?;
    Ok(code)
}

/// Where the files are, and why the config file is there.
struct Place {
    paths: Paths,
    /// The config file that was asked for, by flag or variable.
    asked: Option<PathBuf>,
}

impl Place {
    fn of(common: &Common, environment: &Environment) -> Result<Self, Stop> {
        let mut paths = Paths::of(environment)?;
        let asked = common.config.clone().or_else(|| environment.get("ACCTUI_CONFIG").map(PathBuf::from));
        if let Some(path) = &asked {
            paths.config.clone_from(path);
        }
        Ok(Self { paths, asked })
    }
}

/// One file or folder.
#[derive(Serialize)]
struct PathRow {
    name: &'static str,
    path: String,
    exists: bool,
    what: &'static str,
}

fn paths(out: &mut Out, format: Format, place: &Place) -> Result<i32, Stop> {
    let paths = &place.paths;
    let row = |name, path: &Path, what| PathRow {
        name,
        path: path.to_string_lossy().into_owned(),
        exists: path.exists(),
        what,
    };
    let rows = [
        row("config", &paths.config, "connections and settings"),
        row("theme", &paths.config.with_file_name("theme.toml"), "your own colours"),
        row("keys", &config::keys_path(&paths.config), "your keys in the browser"),
        row("credentials", &paths.config.with_file_name("credentials"), "secrets that auth login put into files"),
        row("cache", &paths.cache, "what can be fetched again"),
        row("inventory", &paths.inventory(), "what the providers said"),
        row("state", &paths.state, "what is yours"),
        row("journal", &paths.journal(), "every change"),
        row("history", &paths.own(), "what syncs observed; labels, notes and marks"),
        row("drafts", &paths.drafts(), "what was typed and not sent"),
        row("log", &paths.log, "the log"),
    ];
    let cells = |row: &PathRow| [row.name.to_owned(), row.path.clone(), row.exists.to_string(), row.what.to_owned()];
    match format {
        Format::Json => out.array(&rows)?,
        Format::Ndjson => rows.iter().try_for_each(|row| out.object(row))?,
        Format::Csv => {
            out.csv(["name", "path", "exists", "what"].map(Into::into))?;
            rows.iter().try_for_each(|row| out.csv(cells(row).map(Into::into)))?;
        }
        Format::Table => {
            let line = |row: &PathRow| {
                let [name, path, _, what] = cells(row).map(|cell| shown(&cell).into_owned());
                vec![name, path, if row.exists { String::new() } else { "not there yet".to_owned() }, what]
            };
            let rows: Vec<Vec<String>> = rows.iter().map(line).collect();
            out.table(&["What", "Where", "", "Holds"].map(Heading::new), &rows)?;
        }
    }
    Ok(status::OK)
}

/// One fault, or one connection that is sound.
#[derive(Serialize)]
struct FaultRow<'a> {
    line: Option<usize>,
    column: Option<usize>,
    problem: &'a str,
    hint: Option<&'a str>,
    /// The file that it is in.
    file: Option<String>,
}

#[derive(Serialize)]
struct ConnectionRow<'a> {
    name: &'a str,
    provider: &'a str,
    enabled: bool,
    protection: &'static str,
    source: String,
}

#[derive(Serialize)]
struct Checked<'a> {
    path: String,
    ok: bool,
    faults: Vec<FaultRow<'a>>,
    connections: Vec<ConnectionRow<'a>>,
    notes: Vec<String>,
}

fn check(out: &mut Out, common: &Common, place: &Place, environment: &Environment) -> Result<i32, Stop> {
    let format = common.output;
    let loaded = config::load(place.asked.as_deref(), environment, &connect::known()).and_then(with_columns);
    if let Ok(config) = &loaded
        && let Some(name) =
            common.connections.iter().find(|name| config.connection(&ConnectionName::new(name)).is_none())
    {
        return Err(unknown_connection(config, name));
    }
    let keys = keymap(&place.paths.config);
    let theme = config::own_theme(&place.paths.config);
    let errors = [loaded.as_ref().err(), keys.as_ref().err(), theme.as_ref().err()];
    let checked = match (&loaded, &keys, &theme) {
        (Ok(config), Ok(keys), Ok(_)) => sound(config, keys, place, &common.connections),
        _ => faulty(errors, place),
    };
    match format {
        Format::Json => out.document(&checked)?,
        Format::Ndjson if checked.ok => checked.connections.iter().try_for_each(|row| out.object(row))?,
        Format::Ndjson => checked.faults.iter().try_for_each(|row| out.object(row))?,
        Format::Csv if checked.ok => {
            out.csv(["name", "provider", "enabled", "protection", "source"].map(Into::into))?;
            for row in &checked.connections {
                let enabled = row.enabled.to_string();
                out.csv([row.name, row.provider, &enabled, row.protection, &row.source].map(Into::into))?;
            }
        }
        Format::Csv => {
            out.csv(["line", "column", "problem", "hint"].map(Into::into))?;
            for row in &checked.faults {
                let number = |number: Option<usize>| number.map_or_else(String::new, |number| number.to_string());
                let (line, column) = (number(row.line), number(row.column));
                out.csv([&line, &column, row.problem, row.hint.unwrap_or_default()].map(Into::into))?;
            }
        }
        Format::Table => table(out, &checked, errors)?,
    }
    Ok(if checked.ok { status::OK } else { status::USAGE })
}

/// Which columns there are only the providers' lists know.
fn with_columns(config: Config) -> Result<Config, ConfigError> {
    let wrong = |connection: &Connection| -> Vec<config::Fault> {
        let kind = registry().iter().find(|kind| kind.spec.id() == connection.provider);
        let is_there =
            |name: &str| super::columns::is_common(name) || kind.is_none_or(|it| it.spec.column(name).is_some());
        let absent = connection.columns.iter().filter(|name| !is_there(name.trim()));
        absent
            .map(|name| config::Fault {
                place: None,
                problem: format!("connections.{}.columns: there is no column {}", connection.name, shown(name)),
                hint: kind.map(|it| format!("there are {}", super::columns::words(it.spec))),
            })
            .collect()
    };
    let faults: Vec<config::Fault> = config.connections.iter().flat_map(wrong).collect();
    let ConfigOrigin::None = config.origin else {
        return if faults.is_empty() { Ok(config) } else { Err(ConfigError { path: None, faults }) };
    };
    Ok(config)
}

/// The connections of a file without faults; those of `-c` where it names some.
fn sound<'a>(config: &'a Config, keys: &Keymap, place: &Place, names: &[String]) -> Checked<'a> {
    let is_meant = |it: &&Connection| names.is_empty() || names.iter().any(|name| name == it.name.as_str());
    let row = |connection: &'a Connection| ConnectionRow {
        name: connection.name.as_str(),
        provider: connection.provider.as_str(),
        enabled: connection.enabled,
        protection: connection.protection.word(),
        source: connection.credentials.words(),
    };
    let mut notes = config.notes.clone();
    if config.origin == ConfigOrigin::None {
        let words = if place.paths.config.exists() { "the file names no connection" } else { "there is no file yet" };
        notes.insert(0, format!("{words}: acctui auth login adds one"));
    }
    notes.extend(keys.notes.iter().map(|note| format!("keys.toml: {note}")));
    Checked {
        path: place.paths.config.to_string_lossy().into_owned(),
        ok: true,
        faults: Vec::new(),
        connections: config.connections.iter().filter(is_meant).map(row).collect(),
        notes,
    }
}

/// What is wrong with the files, each with the file that it is in.
fn faulty<'a>(errors: [Option<&'a ConfigError>; 3], place: &Place) -> Checked<'a> {
    let row = |(file, fault): (Option<&'a Path>, &'a config::Fault)| FaultRow {
        line: fault.place.map(|place| place.line),
        column: fault.place.map(|place| place.column),
        problem: &fault.problem,
        hint: fault.hint.as_deref(),
        file: file.map(|path| path.to_string_lossy().into_owned()),
    };
    let all = errors.into_iter().flatten();
    let path = all.clone().find_map(|error| error.path.as_deref()).unwrap_or(&place.paths.config);
    let faults = all.flat_map(|error| error.faults.iter().map(|fault| (error.path.as_deref(), fault)));
    Checked {
        path: path.to_string_lossy().into_owned(),
        ok: false,
        faults: faults.map(row).collect(),
        connections: Vec::new(),
        notes: Vec::new(),
    }
}

fn table(out: &mut Out, checked: &Checked<'_>, errors: [Option<&ConfigError>; 3]) -> Result<(), Stop> {
    if !checked.ok {
        return Ok(errors.into_iter().flatten().try_for_each(|error| out.text(&format!("{error}\n")))?);
    }
    out.whole(&format!("{}: no faults", shown(&checked.path)))?;
    for note in &checked.notes {
        out.whole(&shown(note))?;
    }
    if checked.connections.is_empty() {
        return Ok(());
    }
    let line = |row: &ConnectionRow<'_>| {
        let enabled = if row.enabled { "" } else { "switched off" };
        [row.name, row.provider, row.protection, enabled, &row.source].map(|cell| shown(cell).into_owned()).to_vec()
    };
    let rows: Vec<Vec<String>> = checked.connections.iter().map(line).collect();
    Ok(out.table(&["Connection", "Provider", "Protection", "", "Credential from"].map(Heading::new), &rows)?)
}

fn init(out: &mut Out, print: bool, place: &Place, environment: &Environment) -> Result<i32, Stop> {
    let known = connect::known();
    let text = config::template(&known);
    if print {
        out.text(&text)?;
        return Ok(status::OK);
    }
    let editor = Editor { path: &place.paths.config, environment, known: &known };
    let made = editor.create(&text);
    made.map_err(|error| Stop { code: status::FAILED, ..Stop::from(error) })?;
    out.whole(&shown(&place.paths.config.to_string_lossy()))?;
    Ok(status::OK)
}
