//! The credential of a connection in config.toml: sources field by field, and whether they make one set.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::reader::{Reader, Value, entries};
use super::shared::{FORMAT, Whole};
use super::source::{Entry, Source};
use crate::domain::{ProviderFacts, Secret};

/// The sets in words: `token, or email and key`.
pub(super) fn alternatives(facts: &ProviderFacts) -> String {
    let mut sets: Vec<String> = facts
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
    if facts.guide.shared.is_some() {
        sets.push("credentials".into());
    }
    sets.join(", or ")
}

/// Whether the provider has a use for a connection without a credential.
pub(super) fn may_be_none(facts: &ProviderFacts) -> bool {
    facts.credentials.iter().any(|set| set.fields.is_empty())
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
            let expected = "a text, { env = \"NAME\" }, { command = [\"PROGRAM\", …] }, { keyring = \"SERVICE/NAME\" } or { file = \"PATH\" }";
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
            let problem = format!("`{field}` must name one source: env, command, keyring or file");
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
                let text = self.string("keyring", inner)?.to_owned();
                let entry = Entry::parse(&text);
                if entry.is_none() {
                    let problem = "`keyring` must be SERVICE/NAME, like \"acctui/prod\"";
                    self.fault(inner.span().start, problem, None);
                }
                entry.map(Source::Keyring)
            }
            _ => {
                self.unknown(key, &["env", "command", "keyring", "file"]);
                None
            }
        }
    }

    /// `credentials = …`: one source of all values.
    pub(super) fn whole(&mut self, value: &Value<'_>, facts: &ProviderFacts) -> Option<Whole> {
        let at = value.span().start;
        if facts.guide.shared.is_none() {
            let problem = format!("`credentials` is not known of {}: its values don't come together", facts.id);
            self.fault(at, problem, Some(format!("give {}", alternatives(facts))));
            return None;
        }
        let expected = "{ profile = \"NAME\" } or { command = [\"PROGRAM\", …], format = \"aws-process\" }";
        let Some(table) = value.get_ref().as_table() else {
            self.expected("credentials", value, expected);
            return None;
        };
        let (mut profile, mut command, mut format) = (None, None, None);
        for (key, inner) in entries(table) {
            match key.get_ref().as_ref() {
                "profile" => profile = Some(self.string("profile", inner).map(str::to_owned)),
                "command" => command = Some(self.command(inner)),
                "format" => format = Some(self.word("format", inner, &[FORMAT])),
                _ => self.unknown(key, &["profile", "command", "format"]),
            }
        }
        match (profile, command, format) {
            (Some(name), None, None) => name.map(Whole::Profile),
            (None, Some(source), Some(_)) => match source {
                Some(Source::Command(argv)) => Some(Whole::Command(argv)),
                // What is wrong with it was noted.
                Some(_) | None => None,
            },
            (None, Some(_), None) => {
                self.fault(
                    at,
                    "`credentials` has a `command` without its `format`",
                    Some(format!("format = \"{FORMAT}\"")),
                );
                None
            }
            (None | Some(_), _, _) => {
                self.fault(at, format!("`credentials` must be {expected}"), None);
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
    pub(super) fn resolved(&self, path: &str) -> PathBuf {
        if let (Some(rest), Some(home)) = (path.strip_prefix("~/"), &self.home) {
            return home.join(rest);
        }
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}
