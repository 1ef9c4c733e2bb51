//! The credential of a connection in config.toml: sources field by field, and whether they make one set.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::reader::{Reader, Value, entries};
use super::source::Source;
use crate::domain::{ProviderFacts, Secret};

/// The names of all credential fields of a provider, each once.
pub(super) fn field_names(facts: &ProviderFacts) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for field in facts.credentials.iter().flat_map(|set| set.fields) {
        if !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    names
}

/// The sets in words: `token, or email and key`.
pub(super) fn alternatives(facts: &ProviderFacts) -> String {
    let sets: Vec<String> = facts
        .credentials
        .iter()
        .map(|set| {
            let names: Vec<&str> = set.fields.iter().map(|field| field.name).collect();
            match names.as_slice() {
                [] => "none".into(),
                names => names.join(" and "),
            }
        })
        .collect();
    sets.join(", or ")
}

impl Reader<'_> {
    /// Checks that the fields make exactly one of the provider's sets. `seen`: field names with their places.
    pub(super) fn one_set(&mut self, at: usize, facts: &ProviderFacts, seen: &[(&str, usize)]) {
        let is_seen = |name: &str| seen.iter().any(|(seen, _)| *seen == name);
        let complete = facts
            .credentials
            .iter()
            .any(|set| set.fields.len() == seen.len() && set.fields.iter().all(|field| is_seen(field.name)));
        if complete {
            return;
        }
        let names: Vec<String> = seen.iter().map(|(name, _)| format!("`{name}`")).collect();
        let fits_one = facts
            .credentials
            .iter()
            .any(|set| seen.iter().all(|(name, _)| set.fields.iter().any(|field| field.name == *name)));
        let problem = match (names.is_empty(), fits_one) {
            (true, _) => "the connection has no credential".to_owned(),
            (false, true) => format!("{} is not a whole credential", names.join(" and ")),
            (false, false) => format!("{} are more than one kind of credential", names.join(" and ")),
        };
        let at = seen.first().map_or(at, |(_, at)| *at);
        self.fault(at, problem, Some(format!("give {}", alternatives(facts))));
    }

    /// One field: a literal text, or a table with one kind of source.
    pub(super) fn source(&mut self, field: &str, value: &Value<'_>) -> Option<Source> {
        if let Some(table) = value.get_ref().as_table() {
            return self.source_table(field, value, table);
        }
        if value.get_ref().as_str().is_none() {
            let expected = "a text, { env = \"NAME\" }, { command = [\"PROGRAM\", …] } or { file = \"PATH\" }";
            self.expected(field, value, expected);
            return None;
        }
        let text = self.string(field, value)?.to_owned();
        if !self.private {
            let hint = format!("chmod 600 {}", self.path.display());
            self.fault(
                value.span().start,
                format!("`{field}` stands in a file that others can read, so it is not used"),
                Some(hint),
            );
            return None;
        }
        Some(Source::Literal(Secret::new(text)))
    }

    fn source_table(&mut self, field: &str, value: &Value<'_>, table: &DeTable<'_>) -> Option<Source> {
        let entries = entries(table);
        let [(key, inner)] = entries.as_slice() else {
            let problem = format!("`{field}` must name one source: env, command or file");
            self.fault(value.span().start, problem, None);
            return None;
        };
        match key.get_ref().as_ref() {
            "env" => self.string("env", inner).map(|name| Source::Env(name.to_owned())),
            "file" => {
                let path = self.string("file", inner)?.to_owned();
                Some(Source::File(self.resolved(&path)))
            }
            "command" => self.command(inner),
            "keyring" => {
                self.fault(key.span().start, "this build has no keyring", Some("use env, command or file".into()));
                None
            }
            _ => {
                self.unknown(key, &["env", "command", "file"]);
                None
            }
        }
    }

    fn command(&mut self, value: &Value<'_>) -> Option<Source> {
        let words = value.get_ref().as_array().map(|array| {
            array.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        });
        match words {
            Some(Some(argv)) if argv.first().is_some_and(|program| !program.is_empty()) => Some(Source::Command(argv)),
            Some(_) | None => {
                let expected = "a list of texts, the program first, like [\"op\", \"read\", \"…\"] (there is no shell)";
                self.expected("command", value, expected);
                None
            }
        }
    }

    /// `~/` is the home directory; a relative path begins where the config file is.
    fn resolved(&self, path: &str) -> PathBuf {
        if let (Some(rest), Some(home)) = (path.strip_prefix("~/"), &self.home) {
            return home.join(rest);
        }
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}
