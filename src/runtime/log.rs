//! The log: what happened, in a file of the state directory, for those who look for a fault afterwards.
//!
//! Only this program's own events come into it: what libraries say of requests may hold headers. Credentials are
//! `Secret`s, which say nothing of themselves wherever they are written.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::domain::shown;
use crate::provider::{RequestRecord, RequestState};

/// Bytes of a log before the next one begins.
const LONGEST: u64 = 2 << 20;
/// Logs that are kept beside the one that is written: `acctui.log.1` is the newest of them.
const KEPT: u32 = 3;

/// Begins the log of this process; `verbose` counts `-v`. Where there is one already, that goes on.
///
/// # Errors
/// If the file can't be written.
pub fn begin(path: &Path, verbose: u8) -> io::Result<()> {
    let file = Rotating::open(path.to_owned())?;
    let level = match verbose {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .with_filter(Targets::new().with_target("acctui", level).with_default(LevelFilter::ERROR));
    let subscriber = tracing_subscriber::registry().with(layer);
    // It fails only if there is one already.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// The same in the state directory, which is made if it is not there yet.
///
/// # Errors
/// As [`begin`].
pub fn begin_in_state(path: &Path, verbose: u8) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    begin(path, verbose)
}

/// Puts a request into the log. Gives the line: `prod: GET /client/v4/accounts?page=1: 200 (120 ms)`; nothing for one that
/// has just begun.
pub(crate) fn request(record: &RequestRecord) -> Option<String> {
    let end = match &record.state {
        RequestState::Running => return None,
        RequestState::Waiting { millis, why } => format!("{why}, again in {millis} ms"),
        RequestState::Answered(status) => status.to_string(),
        RequestState::Failed(why) => why.clone(),
    };
    let millis = record.at.since(record.began);
    let (path, end) = (shown(&record.path), shown(&end));
    let line = format!("{}: {} {path}: {end} ({millis} ms)", record.connection, record.method);
    let request_id = record.request_id.as_ref().map(|id| id.shown().into_owned()).unwrap_or_default();
    tracing::info!(request_id, bytes = record.bytes, attempt = record.attempt, "{line}");
    Some(line)
}

/// A file that begins anew when it has grown long.
struct Rotating {
    path: PathBuf,
    file: File,
    written: u64,
}

impl Rotating {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = append(&path)?;
        let written = file.metadata()?.len();
        let mut log = Self { path, file, written };
        if log.written >= LONGEST {
            log.turn()?;
        }
        Ok(log)
    }

    /// The log becomes the newest of the kept ones; of two processes that do so at once one loses a piece of its log.
    fn turn(&mut self) -> io::Result<()> {
        let kept = |nth: u32| PathBuf::from(format!("{}.{nth}", self.path.display()));
        for nth in (1..KEPT).rev() {
            // There may be none yet.
            let _ = std::fs::rename(kept(nth), kept(nth + 1));
        }
        std::fs::rename(&self.path, kept(1))?;
        self.file = append(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A special file (/dev/stderr) has no length and no other name.
        if self.written >= LONGEST && self.file.metadata().is_ok_and(|meta| meta.is_file()) {
            // Where it can't be turned it goes on.
            let _ = self.turn();
        }
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_log_that_grew_long_begins_anew_and_three_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("acctui.log");
        let mut log = Rotating::open(path.clone()).unwrap();
        let line = vec![b'x'; 1 << 20];
        for _ in 0..12 {
            log.write_all(&line).unwrap();
        }
        let names = ["acctui.log", "acctui.log.1", "acctui.log.2", "acctui.log.3"];
        for name in names {
            let meta = std::fs::metadata(path.with_file_name(name)).unwrap();
            assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), names.len());
    }
}
