//! Where files are: the XDG directories on every Unix.

use std::path::{Path, PathBuf};

use super::{ConfigError, Environment};

/// The program's own name for directories below the XDG ones.
const PROGRAM: &str = "acctui";

/// The places of the program's files. Nothing is made before it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, where it is looked for if `--config` does not say otherwise.
    pub config: PathBuf,
    /// The directory of what is the user's own: journal, drafts, marks.
    pub state: PathBuf,
    /// The directory of what can be fetched again.
    pub cache: PathBuf,
    /// The log of errors that must not be written over a screen.
    pub log: PathBuf,
}

impl Paths {
    /// The XDG places; a variable that is not an absolute path is ignored, as the XDG specification demands.
    ///
    /// # Errors
    /// If there is neither a `HOME` nor a home directory of the user.
    pub fn of(environment: &Environment) -> Result<Self, ConfigError> {
        let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = home(environment);
        let base = |name: &str, below: &str| {
            absolute(name)
                .or_else(|| home.as_deref().map(|home| home.join(below)))
                .map(|base| base.join(PROGRAM))
                .ok_or_else(|| {
                    ConfigError::general(format!(
                        "no home directory is known, so there is no place for files: set HOME or {name}"
                    ))
                })
        };
        let state = base("XDG_STATE_HOME", ".local/state")?;
        Ok(Self {
            config: base("XDG_CONFIG_HOME", ".config")?.join("config.toml"),
            cache: base("XDG_CACHE_HOME", ".cache")?,
            log: state.join("acctui.log"),
            state,
        })
    }

    /// All files below one directory: for the demo and for tests, which leave nothing behind.
    #[must_use]
    pub fn below(directory: &Path) -> Self {
        let state = directory.join("state");
        Self {
            config: directory.join("config.toml"),
            cache: directory.join("cache"),
            log: state.join("acctui.log"),
            state,
        }
    }

    /// The record of every change.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.jsonl")
    }

    /// What providers said: can be fetched again.
    #[must_use]
    pub fn inventory(&self) -> PathBuf {
        self.cache.join("inventory.db")
    }

    /// What is the user's own beside the journal: history, labels, notes, marks, views.
    #[must_use]
    pub fn own(&self) -> PathBuf {
        self.state.join("user.db")
    }

    /// The folder of what was typed into forms and not sent yet.
    #[must_use]
    pub fn drafts(&self) -> PathBuf {
        self.state.join("drafts")
    }
}

/// The user's home directory: `HOME`, else what the system says.
pub(super) fn home(environment: &Environment) -> Option<PathBuf> {
    environment.get("HOME").map(PathBuf::from).or_else(|| etcetera::home_dir().ok()).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xdg_variables_win_over_home_unless_they_are_relative() {
        let environment = Environment::from_iter([
            ("HOME", "/home/ada"),
            ("XDG_CONFIG_HOME", "/etc/ada"),
            ("XDG_STATE_HOME", "somewhere"),
        ]);
        let paths = Paths::of(&environment).unwrap();
        assert_eq!(paths.config, Path::new("/etc/ada/acctui/config.toml"));
        assert_eq!(paths.journal(), Path::new("/home/ada/.local/state/acctui/journal.jsonl"));
        assert_eq!(paths.inventory(), Path::new("/home/ada/.cache/acctui/inventory.db"));
        assert_eq!(paths.own(), Path::new("/home/ada/.local/state/acctui/user.db"));
    }
}
