//! Where a credential's values come from, and fetching them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::shared::{self, Whole};
use super::{Environment, command, keyring};
use crate::domain::{Credentials, Failure, FailureKind, ProviderFacts, Secret, shown};

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
    /// An entry of the system's keyring.
    Keyring(Entry),
}

/// An entry of the system's keyring, written `SERVICE/NAME`: the first slash parts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The program that keeps it.
    pub service: String,
    /// Which of its entries.
    pub name: String,
}

impl Entry {
    /// Reads `SERVICE/NAME`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (service, name) = text.split_once('/')?;
        let is_word = |word: &str| !word.is_empty() && !word.contains(char::is_control);
        let entry = Self { service: service.to_owned(), name: name.to_owned() };
        (is_word(service) && is_word(name)).then_some(entry)
    }

    /// As it stands in config.toml.
    #[must_use]
    pub fn written(&self) -> String {
        format!("{}/{}", self.service, self.name)
    }
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
            Self::Keyring(entry) => format!("keyring entry {}", shown(&entry.written())),
        }
    }

    /// Its kind in one word, as it stands in config.toml; `literal` for what stands there itself.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Literal(_) => "literal",
            Self::Env(_) => "env",
            Self::Command(_) => "command",
            Self::File(_) => "file",
            Self::Keyring(_) => "keyring",
        }
    }
}

/// The sources of one connection's credential: field name to source, where the fields make exactly one of the provider's
/// sets; or one source of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialSources {
    pub(super) fields: BTreeMap<String, Source>,
    /// Where all values come from together; then there are no fields.
    pub(super) whole: Option<(Whole, ProviderFacts)>,
    /// True for a connection that has no credential because somebody signed out.
    pub(super) is_signed_out: bool,
    pub(super) environment: Arc<Environment>,
}

impl CredentialSources {
    /// Sources field by field.
    #[must_use]
    pub fn of_fields(fields: BTreeMap<String, Source>, environment: Arc<Environment>) -> Self {
        Self { fields, environment, ..Self::default() }
    }

    /// One source of a provider's whole credential.
    #[must_use]
    pub fn of_whole(whole: Whole, facts: ProviderFacts, environment: Arc<Environment>) -> Self {
        Self { whole: Some((whole, facts)), environment, ..Self::default() }
    }

    /// Fetches every value from its source, each time anew. `interactive` says that somebody sits at a terminal: commands
    /// may take 60 s instead of 5 s.
    ///
    /// # Errors
    /// `Auth`, naming field and source, if a value can't be had.
    pub async fn fetch(&self, interactive: bool) -> Result<Credentials, Failure> {
        if self.is_signed_out {
            let hint = "acctui auth login";
            return Err(Failure::new(FailureKind::Auth, "the credential", "you signed out of it").with_hint(hint));
        }
        if let Some((whole, facts)) = &self.whole {
            let found = shared::fetch(whole, facts, &self.environment, interactive).await;
            let found = found.map_err(|trouble| trouble.of(format!("the credential from {}", self.words())))?;
            return Ok(Credentials { source: self.words(), ..found });
        }
        let mut credentials = Credentials { source: self.words(), ..Credentials::default() };
        for (field, source) in &self.fields {
            let value = self.value(source, interactive).await;
            let secret = value.map_err(|trouble| trouble.of(format!("{field} from {}", source.words())))?;
            credentials.fields.insert(field.clone(), secret);
        }
        Ok(credentials)
    }

    /// Where the credential comes from, in words that hold no value: `environment variable CLOUDFLARE_API_TOKEN`.
    #[must_use]
    pub fn words(&self) -> String {
        if let Some((whole, facts)) = &self.whole {
            return whole.words(facts, &self.environment);
        }
        let mut words: Vec<String> = self.fields.values().map(Source::words).collect();
        words.dedup();
        match words.as_slice() {
            [] if self.is_signed_out => "nothing: signed out".into(),
            [] => "no credential".into(),
            words => words.join(" and "),
        }
    }

    /// The source of all values together, if there is one.
    #[must_use]
    pub fn whole(&self) -> Option<&Whole> {
        self.whole.as_ref().map(|(whole, _)| whole)
    }

    /// True where somebody signed out and nothing took the credential's place.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.is_signed_out
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
            Source::Keyring(entry) => one_line(keyring::get(entry, &self.environment).await?.into_bytes()),
        }
    }
}

/// Why a value can't be had, in words without a secret.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) cause: String,
    pub(super) hint: Option<String>,
}

impl Trouble {
    pub(super) fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: None }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The failure to get something.
    fn of(self, what: String) -> Failure {
        let mut failure = Failure::new(FailureKind::Auth, what, self.cause);
        failure.hint = self.hint;
        failure
    }
}

/// Opens a file to read it. A pipe that nobody writes to does not hold it up: what it is can be looked at first.
pub(super) fn open_at_once(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Reads a small file, if nobody else may. Mode and content come from one open file, not from two looks at its name.
pub(super) fn read_private(path: &std::path::Path) -> Result<Vec<u8>, Trouble> {
    let words = |error: std::io::Error| Trouble::new(format!("it can't be read: {error}"));
    let file = open_at_once(path).map_err(words)?;
    let found = file.metadata().map_err(words)?;
    if !found.is_file() {
        return Err(Trouble::new("it is no regular file"));
    }
    let mode = found.permissions().mode();
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

/// The one line that a credential is, without the line break behind it. What another program keeps as a JSON object may
/// have several: line breaks mean nothing there.
fn one_line(bytes: Vec<u8>) -> Result<Secret, Trouble> {
    let text = String::from_utf8(bytes).map_err(|_| Trouble::new("what it holds is not UTF-8 text"))?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(Trouble::new("it is empty"));
    }
    if line.starts_with('{') && line.ends_with('}') {
        return Ok(Secret::new(line.replace(['\r', '\n', '\t'], " ")));
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
        let environment = Arc::new(Environment::from_iter([("TOKEN", "from-env")]));
        CredentialSources::of_fields(BTreeMap::from([("token".to_owned(), source)]), environment)
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
    async fn a_pipe_is_refused_and_waited_for_by_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let failure = sources(Source::File(pipe)).fetch(false).await.unwrap_err();
        assert!(failure.cause.contains("no regular file"), "{failure}");
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
