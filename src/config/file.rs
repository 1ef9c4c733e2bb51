//! config.toml: every key with its place, all faults at once.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::fault::{ConfigError, nearest};
use super::keys::{CONNECTION, LEVELS, RETENTION, Shape, TOP, UI, names};
use super::paths::home;
use super::reader::{Reader, Value, Word, entries};
use super::source::open_at_once;
use super::{Config, ConfigOrigin, Connection, Environment, PROVIDERS, Proxy, Retention, Ui, given, setting};
use crate::domain::{
    Ambiguous, COLOUR_WORDS, Colour, ConnectionName, Protection, ProviderFacts, ProviderId, ThemeChoice,
};

/// The most that a config file may be long: a thousand connections have some 200 KB.
pub(super) const MAX_BYTES: u64 = 1024 * 1024;

/// The config file as it was found.
pub(super) struct Opened {
    pub(super) text: String,
    /// Whether nobody but its owner can read it.
    pub(super) private: bool,
}

/// Reads the file; mode and content come from one open file, not from two looks at its name.
pub(super) fn open(path: &Path) -> std::io::Result<Opened> {
    let file = open_at_once(path)?;
    let found = file.metadata()?;
    // Reading one of these waits, or never ends.
    if !found.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    // The six lowest bits are what group and others may do; an ACL shows in them too.
    let private = found.permissions().mode().trailing_zeros() >= 6;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        let words = format!("it has {} bytes, and a config file has 1 MB at most", found.len());
        return Err(std::io::Error::other(words));
    }
    Ok(Opened { text: decoded(bytes)?, private })
}

/// UTF-8, without the byte order mark that some editors put before it.
fn decoded(bytes: Vec<u8>) -> std::io::Result<String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(std::io::Error::other("it is UTF-16 text: save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        std::io::Error::other(format!("it is not UTF-8 text (line {line})"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
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
        let mut known = names(&TOP);
        known.extend(["connections", "retention", "ui"]);
        // What holds for all connections comes first, wherever it stands.
        let mut connections = None;
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "mouse" => config.mouse = self.flag("mouse", value).unwrap_or(true),
                "proxy" => config.proxy = self.proxy(value),
                "ca_file" => config.ca_file = self.string("ca_file", value).map(|path| self.resolved(path)),
                "ui" => self.ui(value, &mut config.ui),
                "retention" => self.retention(value, &mut config.retention),
                "connections" => connections = Some(value),
                _ => self.unknown(key, &known),
            }
        }
        let Some(value) = connections else { return };
        let Some(table) = value.get_ref().as_table() else {
            return self.expected("connections", value, "a table like [connections.prod]");
        };
        for (name, value) in entries(table) {
            let connection = self.connection(name, value, config);
            config.connections.extend(connection);
        }
    }

    fn ui(&mut self, value: &Value<'_>, ui: &mut Ui) {
        let Some(table) = value.get_ref().as_table() else {
            return self.expected("ui", value, "a table: [ui]");
        };
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "theme" => ui.theme = self.theme("theme", value),
                "ascii" => ui.ascii = self.flag("ascii", value).unwrap_or_default(),
                "ambiguous_width" => ui.ambiguous = self.columns_of_ambiguous(value),
                _ => self.unknown(key, &names(&UI)),
            }
        }
    }

    /// One column or two.
    fn columns_of_ambiguous(&mut self, value: &Value<'_>) -> Ambiguous {
        match number_whole(value.get_ref()) {
            Some(1) => return Ambiguous::Narrow,
            Some(2) => return Ambiguous::Wide,
            Some(_) | None => {
                let words = format!("`ambiguous_width` must be {}", Shape::OneOrTwo.words());
                self.fault(value.span().start, words, None);
            }
        }
        Ambiguous::default()
    }

    /// One of the themes.
    pub(super) fn theme(&mut self, key: &str, value: &Value<'_>) -> Option<ThemeChoice> {
        self.word(key, value, &ThemeChoice::ALL.map(ThemeChoice::word)).and_then(ThemeChoice::of)
    }

    /// A colour.
    pub(super) fn colour(&mut self, key: &str, value: &Value<'_>) -> Option<Colour> {
        let text = self.string(key, value)?;
        let colour = Colour::read(text);
        if colour.is_none() {
            let hint = nearest(text, COLOUR_WORDS).map(|near| format!("did you mean {near}?"));
            let hint = hint.unwrap_or_else(|| format!("the words are {}", COLOUR_WORDS.join(", ")));
            self.fault(value.span().start, format!("`{key}` must be {}", Shape::Colour.words()), Some(hint));
        }
        colour
    }

    fn retention(&mut self, value: &Value<'_>, retention: &mut Retention) {
        let Some(table) = value.get_ref().as_table() else {
            return self.expected("retention", value, "a table: [retention]");
        };
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "history" => retention.history = self.time("history", value).or(retention.history),
                "entries" => retention.entries = self.count("entries", value).or(retention.entries),
                _ => self.unknown(key, &names(&RETENTION)),
            }
        }
    }

    /// One connection; `None` if it can't be used: the faults say why, unless it is switched off.
    fn connection(&mut self, name: &Word<'_>, value: &Value<'_>, config: &Config) -> Option<Connection> {
        let word = name.get_ref().as_ref();
        let Some(table) = value.get_ref().as_table() else {
            self.expected(word, value, "a table like [connections.prod]");
            return None;
        };
        if word.is_empty() || word.contains(char::is_control) {
            self.fault(name.span().start, "a connection's name is a word", None);
            return None;
        }
        let Some(facts) = self.provider(name, table) else {
            self.of_no_provider(name, table);
            return None;
        };
        let mut connection = Connection::new(ConnectionName::new(word), ProviderId::new(facts.id));
        (connection.proxy, connection.ca_file) = (config.proxy.clone(), config.ca_file.clone());
        connection.credentials.environment = Arc::clone(&self.environment);
        let fields = facts.fields();
        let settings = names(&CONNECTION);
        let (mut seen, mut whole) = (Vec::new(), None);
        for (key, value) in entries(table) {
            let word = key.get_ref().as_ref();
            if let Some(field) = fields.iter().find(|field| **field == word) {
                seen.push((*field, key.span().start));
                let source = self.source(field, value);
                let given = source.map(|source| ((*field).to_owned(), source));
                connection.credentials.fields.extend(given);
            } else if settings.contains(&word) {
                self.setting(word, value, &mut connection);
            } else if word == "credentials" {
                whole = Some(key.span().start);
                connection.credentials.whole = self.whole(value, &facts).map(|whole| (whole, facts));
            } else {
                self.unknown(key, &[&settings[..], &fields[..], &["credentials"]].concat());
            }
        }
        match (whole, seen.first()) {
            (Some(_), None) => {}
            (Some(_), Some((field, at))) => {
                let problem = format!("`{field}` stands beside `credentials`, which is the whole credential");
                self.fault(*at, problem, Some("leave one of them out".into()));
            }
            // Whoever signs out keeps the connection's settings.
            (None, None) if !connection.enabled && !given::may_be_none(&facts) => {
                connection.credentials.is_signed_out = true;
            }
            (None, _) => self.one_set(name.span().start, &facts, &seen),
        }
        Some(connection)
    }

    /// What else is wrong with a connection whose provider is not known: all faults are told at once.
    fn of_no_provider(&mut self, name: &Word<'_>, table: &DeTable<'_>) {
        // Nobody knows the keys of a provider that only a later version has.
        let is_later = table
            .get("provider")
            .and_then(|id| id.get_ref().as_str())
            .is_some_and(|id| PROVIDERS.contains(&id) && !self.known.iter().any(|facts| facts.id == id));
        let settings = names(&CONNECTION);
        let fields: Vec<&str> = self.known.iter().flat_map(ProviderFacts::fields).collect();
        let mut scratch = Connection::new(ConnectionName::new(name.get_ref().as_ref()), ProviderId::new(""));
        for (key, value) in entries(table) {
            let word = key.get_ref().as_ref();
            if settings.contains(&word) {
                self.setting(word, value, &mut scratch);
            } else if let Some(field) = fields.iter().find(|field| **field == word) {
                self.source(field, value);
            } else if word != "credentials" && !is_later {
                self.unknown(key, &[&settings[..], &fields[..], &["credentials"]].concat());
            }
        }
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
            "colour" => connection.colour = self.colour(key, value),
            "group" => connection.group = self.string(key, value).map(str::to_owned),
            "enabled" => connection.enabled = self.flag(key, value).unwrap_or(true),
            "refresh_after" => connection.refresh_after = self.time(key, value),
            "budget" => match number(value.get_ref()).filter(|part| *part > 0.0 && *part <= 1.0) {
                Some(part) => connection.budget = part,
                None => self.expected(key, value, "a number above 0 and at most 1"),
            },
            "max_delete" => connection.max_delete = self.count(key, value).unwrap_or_default(),
            "columns" => connection.columns = self.texts(key, value).unwrap_or_default(),
            "proxy" => connection.proxy = self.proxy(value),
            "ca_file" => connection.ca_file = self.string(key, value).map(|path| self.resolved(path)),
            // `provider` was read first: it decides which other keys there are.
            _ => {}
        }
    }

    fn time(&mut self, key: &str, value: &Value<'_>) -> Option<std::time::Duration> {
        match setting::duration(self.string(key, value)?) {
            Ok(time) => Some(time),
            Err(problem) => {
                self.fault(value.span().start, format!("`{key}`: {problem}"), None);
                None
            }
        }
    }

    fn count(&mut self, key: &str, value: &Value<'_>) -> Option<u32> {
        let count = number_whole(value.get_ref());
        if count.is_none() {
            self.expected(key, value, "a whole number from 0");
        }
        count
    }

    fn proxy(&mut self, value: &Value<'_>) -> Option<Proxy> {
        match setting::proxy(self.string("proxy", value)?) {
            Ok(proxy) => Some(proxy),
            Err(problem) => {
                self.fault(value.span().start, format!("`proxy`: {problem}"), None);
                None
            }
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
