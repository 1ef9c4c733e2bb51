//! Why the disk did not do as it was told.

use rusqlite::ErrorCode;

use crate::domain::{Failure, FailureKind};

/// A failed read or write. A failed write changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// Another process has held the file for longer than we wait.
    #[error("{file} is in use by another process")]
    Busy {
        /// The file.
        file: String,
    },
    /// No space is left.
    #[error("no space is left on the disk of {file}")]
    Full {
        /// The file.
        file: String,
    },
    /// The file is read only.
    #[error("{file} can only be read")]
    ReadOnly {
        /// The file.
        file: String,
    },
    /// The file is not what it should be: see [`super::Disk::mend`].
    #[error("{file} is damaged: {why}")]
    Damaged {
        /// The file.
        file: String,
        /// What was wrong.
        why: String,
    },
    /// There is no such connection in the file any more: it was forgotten meanwhile.
    #[error("{file} knows this connection no more")]
    Forgotten {
        /// The file.
        file: String,
    },
    /// Anything else.
    #[error("{file}: {why}")]
    Failed {
        /// The file.
        file: String,
        /// What SQLite says.
        why: String,
    },
}

impl DiskError {
    /// Sorts what SQLite says.
    pub(super) fn of(file: &str, error: &rusqlite::Error) -> Self {
        let (file, why) = (file.to_owned(), error.to_string());
        let is_text = matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..)
        );
        if is_text {
            return Self::Damaged { file, why };
        }
        if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
            return Self::Forgotten { file };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { file },
            Some(ErrorCode::DiskFull) => Self::Full { file },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { file },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { file, why },
            Some(ErrorCode::SystemIoFailure) if is_short_read(error) => Self::Damaged { file, why },
            _ => Self::Failed { file, why },
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "it is tried again with the next sync",
            Self::Full { .. } => "make room, then sync again: nothing that was kept is lost",
            Self::Damaged { .. } => "it is set aside and filled again",
            Self::Forgotten { .. } => "sync again",
            Self::ReadOnly { .. } | Self::Failed { .. } => "what comes in now is kept until the program ends",
        }
    }
}

/// `SQLITE_IOERR_SHORT_READ`: the file ends before a page that should be in it.
fn is_short_read(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|inner| inner.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ)
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        Self::new(FailureKind::Local, "keeping what was said", error.to_string()).with_hint(error.hint())
    }
}
