//! Where `auth login` puts secrets: the system's keyring, or files of their own beside config.toml. And away again.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::edit::{shown_path, write_private};
use super::source::{Entry, Source, Trouble};
use super::{Environment, keyring};
use crate::domain::{ConnectionName, Failure, FailureKind, Secret};

/// The service of the keyring's entries.
const SERVICE: &str = "acctui";

/// The folder beside config.toml.
const FOLDER: &str = "credentials";

/// What a file's name holds as it is; all else is escaped, so that no two names meet and none leaves the folder.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Where a secret is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vault {
    /// The system's keyring.
    Keyring,
    /// A file that nobody else can read, beside config.toml.
    File,
}

/// What became of a source when somebody signed out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// This program had made it, and removed it.
    Removed,
    /// It is somebody else's.
    Left,
}

/// The secrets of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    /// config.toml.
    pub config: &'a Path,
    /// Whose.
    pub connection: &'a ConnectionName,
    /// The environment variables.
    pub environment: &'a Environment,
}

/// Whether a keyring is likely to be there; nobody is asked.
#[must_use]
pub fn has_keyring(environment: &Environment) -> bool {
    keyring::is_likely(environment)
}

impl Store<'_> {
    /// Puts a secret away; where it can be had again. `is_only` where the connection has no other.
    ///
    /// # Errors
    /// `Local` if it can't be kept there.
    pub async fn keep(&self, vault: Vault, field: &str, is_only: bool, secret: &Secret) -> Result<Source, Failure> {
        match vault {
            Vault::Keyring => {
                let entry = self.entry(field, is_only);
                let kept = keyring::set(&entry, secret, self.environment).await;
                kept.map_err(|trouble| failure(format!("keeping {field} in the keyring"), trouble))?;
                Ok(Source::Keyring(entry))
            }
            Vault::File => {
                let path = self.file(field);
                let kept = keep_file(&path, secret);
                kept.map_err(|error| {
                    failure(format!("keeping {field} in {}", shown_path(&path)), Trouble::new(error.to_string()))
                })?;
                Ok(Source::File(path))
            }
        }
    }

    /// Removes what [`Store::keep`] made of a source.
    ///
    /// # Errors
    /// `Local` if it is still there.
    pub async fn remove(&self, field: &str, source: &Source) -> Result<Gone, Failure> {
        match source {
            Source::Keyring(entry) if [true, false].iter().any(|only| *entry == self.entry(field, *only)) => {
                let removed = keyring::remove(entry, self.environment).await;
                removed.map_err(|trouble| failure(format!("removing {}", source.words()), trouble))?;
                Ok(Gone::Removed)
            }
            Source::File(path) if *path == self.file(field) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(failure(format!("removing {}", source.words()), Trouble::new(error.to_string())))
                }
                Ok(()) | Err(_) => Ok(Gone::Removed),
            },
            // It goes with the line in the config file.
            Source::Literal(_) => Ok(Gone::Removed),
            Source::Env(_) | Source::Command(_) | Source::File(_) | Source::Keyring(_) => Ok(Gone::Left),
        }
    }

    fn entry(&self, field: &str, is_only: bool) -> Entry {
        let name = self.connection.as_str();
        let name = if is_only { name.to_owned() } else { format!("{name}/{field}") };
        Entry { service: SERVICE.to_owned(), name }
    }

    fn file(&self, field: &str) -> PathBuf {
        let name = utf8_percent_encode(self.connection.as_str(), ESCAPED);
        self.config.parent().unwrap_or(Path::new("")).join(FOLDER).join(format!("{name}.{field}"))
    }
}

fn keep_file(path: &Path, secret: &Secret) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path.parent().unwrap_or(Path::new(".")))?;
    write_private(path, secret.expose().as_bytes())
}

fn failure(what: String, trouble: Trouble) -> Failure {
    let mut failure = Failure::new(FailureKind::Local, what, trouble.cause);
    failure.hint = trouble.hint;
    failure
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_secret_in_a_file_is_for_its_owner_alone_and_goes_with_the_sign_out() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config.toml");
        let environment = Environment::default();
        let connection = ConnectionName::new("../of x");
        let store = Store { config: &config, connection: &connection, environment: &environment };
        let source = store.keep(Vault::File, "token", true, &Secret::new("canary")).await.unwrap();
        let Source::File(path) = &source else { panic!("{source:?}") };
        assert_eq!(path, &home.path().join("credentials/%2E%2E%2Fof%20x.token"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(store.remove("token", &source).await.unwrap(), Gone::Removed);
        assert!(!path.exists());
        let other = home.path().join("mine");
        std::fs::write(&other, "x").unwrap();
        assert_eq!(store.remove("token", &Source::File(other.clone())).await.unwrap(), Gone::Left);
        assert!(other.exists());
    }
}
