//! How carefully a connection's writes are asked about.

use serde::{Deserialize, Serialize};

/// A connection's protection level, from the least careful to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// Plan, Enter sends; headless no flag is needed.
    Open,
    /// Plan, Enter sends; headless needs `--yes`.
    #[default]
    Confirm,
    /// Plan, then a word is typed; headless needs `--confirm WORD`.
    Typed,
    /// Nothing is written; headless exits with 5.
    ReadOnly,
}

impl Protection {
    /// The word in config.toml.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirm => "confirm",
            Self::Typed => "typed",
            Self::ReadOnly => "read-only",
        }
    }

    /// What it means, for people who have not read config.toml.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Open => "writes unasked",
            Self::Confirm => "asks before writes",
            Self::Typed => "asks for a word before writes",
            Self::ReadOnly => "read-only",
        }
    }
}
