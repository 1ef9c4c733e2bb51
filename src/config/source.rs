//! Where a credential's values come from, and fetching them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Environment, command};
use crate::domain::{Credentials, Failure, FailureKind, Secret, shown};

/// Where one field of a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It stands in the config file, which nobody else can read.
    Literal(Secret),
    /// An environment variable.
    Env(String),
    /// A command's output: program and arguments, no shell.
    Command(Vec<String>),
    /// A file that nobody else can read.
    File(PathBuf),
}

impl Source {
    /// Where it is, in words that hold no value. Of a command only the program: arguments may be secret.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Literal(_) => "the config file".into(),
            Self::Env(name) => format!("environment variable {}", shown(name)),
            Self::Command(argv) => {
                format!("command {}", argv.first().map_or("".into(), |word| shown(word)))
            }
            Self::File(path) => format!("file {}", shown(&path.to_string_lossy())),
        }
    }
}

/// The sources of one connection's credential: field name to source. The fields make exactly one of the provider's sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialSources {
    pub(super) fields: BTreeMap<String, Source>,
    pub(super) environment: Arc<Environment>,
}

impl CredentialSources {
    /// Fetches every value from its source, each time anew. `interactive` says that somebody sits at a terminal: commands
    /// may take 60 s instead of 5 s.
    ///
    /// # Errors
    /// `Auth`, naming field and source, if a value can't be had.
    pub async fn fetch(&self, interactive: bool) -> Result<Credentials, Failure> {
        let mut credentials = Credentials { fields: BTreeMap::new(), source: self.words() };
        for (field, source) in &self.fields {
            let secret = self.value(source, interactive).await.map_err(|trouble| {
                let mut failure =
                    Failure::new(FailureKind::Auth, format!("{field} from {}", source.words()), trouble.cause);
                failure.hint = trouble.hint;
                failure
            })?;
            credentials.fields.insert(field.clone(), secret);
        }
        Ok(credentials)
    }

    /// Where the credential comes from, in words that hold no value: `environment variable CLOUDFLARE_API_TOKEN`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words: Vec<String> = self.fields.values().map(Source::words).collect();
        words.dedup();
        if words.is_empty() {
            return "no credential".into();
        }
        words.join(" and ")
    }

    /// The fields that are given, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.fields.iter().map(|(name, source)| (name.as_str(), source))
    }

    async fn value(&self, source: &Source, interactive: bool) -> Result<Secret, Trouble> {
        match source {
            Source::Literal(secret) => Ok(secret.clone()),
            Source::Env(name) => {
                self.environment.get(name).map(Secret::new).ok_or_else(|| Trouble::new("it is not set"))
            }
            Source::Command(argv) => {
                let patience = command::patience(interactive);
                let output = command::run(argv, patience).await.map_err(Trouble::new)?;
                one_line(output)
            }
            Source::File(path) => {
                let path = path.clone();
                let read = move || read_private(&path);
                match tokio::task::spawn_blocking(read).await {
                    Ok(read) => one_line(read?),
                    Err(_) => Err(Trouble::new("reading it failed")),
                }
            }
        }
    }
}

/// Why a value can't be had, in words without a secret.
struct Trouble {
    cause: String,
    hint: Option<String>,
}

impl Trouble {
    fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: None }
    }
}

/// Reads a small file, if nobody else may. Mode and content come from one open file, not from two looks at its name.
fn read_private(path: &std::path::Path) -> Result<Vec<u8>, Trouble> {
    let words = |error: std::io::Error| Trouble::new(format!("it can't be read: {error}"));
    let file = std::fs::File::open(path).map_err(words)?;
    let mode = file.metadata().map_err(words)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Trouble {
            cause: format!("others can read it (mode {:04o}), so it is not used", mode & 0o7777),
            hint: Some(format!("chmod 600 {}", path.display())),
        });
    }
    let mut bytes = Vec::new();
    file.take(command::MAX_BYTES + 1).read_to_end(&mut bytes).map_err(words)?;
    if bytes.len() as u64 > command::MAX_BYTES {
        return Err(Trouble::new("it is larger than 64 KB"));
    }
    Ok(bytes)
}

/// The one line that a credential is, without the line break behind it.
fn one_line(bytes: Vec<u8>) -> Result<Secret, Trouble> {
    let text = String::from_utf8(bytes).map_err(|_| Trouble::new("what it holds is not UTF-8 text"))?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(Trouble::new("it is empty"));
    }
    if line.contains(char::is_control) {
        return Err(Trouble::new("one line is expected, and it holds several or control characters"));
    }
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sources(source: Source) -> CredentialSources {
        CredentialSources {
            fields: BTreeMap::from([("token".to_owned(), source)]),
            environment: Arc::new(Environment::from_iter([("TOKEN", "from-env")])),
        }
    }

    #[tokio::test]
    async fn every_source_gives_its_value_without_the_line_break() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        fs::write(&file, "from-file\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let echo = ["echo", "from-command"].map(String::from).to_vec();
        for (source, value) in [
            (Source::Literal(Secret::new("literal")), "literal"),
            (Source::Env("TOKEN".into()), "from-env"),
            (Source::Command(echo), "from-command"),
            (Source::File(file), "from-file"),
        ] {
            let words = source.words();
            let credentials = sources(source).fetch(false).await.unwrap();
            assert_eq!(credentials.get("token").unwrap().expose(), value);
            assert_eq!(credentials.source, words);
        }
    }

    #[tokio::test]
    async fn a_value_that_cannot_be_had_names_its_source_and_what_to_do() {
        let failure = sources(Source::Env("OTHER".into())).fetch(false).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth);
        assert_eq!(failure.to_string(), "token from environment variable OTHER: not signed in: it is not set");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        fs::write(&file, "seen by all").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let failure = sources(Source::File(file.clone())).fetch(false).await.unwrap_err();
        assert_eq!(failure.hint, Some(format!("chmod 600 {}", file.display())));
        assert!(failure.cause.contains("mode 0644"), "{failure}");
        let two_lines = ["printf", "secret\nuser: x\n"].map(String::from).to_vec();
        let failure = sources(Source::Command(two_lines)).fetch(false).await.unwrap_err();
        assert!(failure.cause.contains("one line"), "{failure}");
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }
}
