//! `--log FILE`: one JSON line a request, in the file before the reply leaves.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::credential::Kind;

/// The request log.
#[derive(Debug)]
pub(super) struct Log {
    file: Mutex<File>,
}

impl Log {
    /// Opens the file, keeping what an earlier run wrote.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Notes one request. The line is one write, so that lines of several requests never mix.
    pub(super) fn note(&self, method: &str, path: &str, query: &str, status: u16, credential: Kind) {
        let mut line = serde_json::json!({
            "method": method,
            "path": path,
            "query": query,
            "status": status,
            "credential": credential.word(),
        })
        .to_string();
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.flush()) {
            tracing::error!(%error, "the simulator's request log could not be written");
        }
    }
}
