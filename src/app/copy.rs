//! What is copied, and how that went: plain data. No text that is copied is in a fact, and no secret in anything's `Debug`.

use std::fmt;
use std::sync::Arc;

use crate::domain::{Account, AccountKey, Secret};

/// What is to be copied.
#[derive(Clone, PartialEq)]
pub enum Copied {
    /// This text.
    Text(String),
    /// This secret, as it is.
    Secret(Secret),
    /// Whole records, a line each; those that are not at hand are read from the disk.
    Records {
        /// Whose, in their order.
        accounts: Vec<AccountKey>,
        /// Those of lists that the inventory has not.
        at_hand: Vec<Arc<Account>>,
        /// How they are written.
        format: RecordFormat,
    },
}

impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&text.len()).finish(),
            Self::Secret(secret) => f.debug_tuple("Secret").field(secret).finish(),
            Self::Records { accounts, format, .. } => {
                f.debug_struct("Records").field("accounts", accounts).field("format", format).finish_non_exhaustive()
            }
        }
    }
}

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFormat {
    /// The JSON of `list -o json`.
    Json,
    /// The csv of `list -o csv`, without its header line.
    Csv,
}

/// The way that a copy took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyWay {
    /// A program of the desktop took it.
    Program(&'static str),
    /// It was handed to the terminal (OSC 52), which does not say whether it took it.
    Terminal,
    /// The same through tmux, which has to let it pass.
    Tmux,
    /// The same through GNU screen.
    Screen,
}

impl CopyWay {
    /// The way in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Program(program) => program,
            Self::Terminal => "OSC 52: your terminal may need to allow it",
            Self::Tmux => "OSC 52: tmux may need `set-clipboard on` or `allow-passthrough on`",
            Self::Screen => "OSC 52 through screen: your terminal may need to allow it",
        }
    }
}
