//! The durable record of every change.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use indexmap::IndexMap;

use super::syncs::Syncs;
use crate::domain::{
    Failure, FailureKind, Identity, JournalRecord, JournalState, Moment, Records, Subject, age_words, shown,
};

/// Where records of changes are kept. If a record can't be written, nothing is sent.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes records, all or none, and returns when they are kept. Many may call it at once. It blocks: async code calls
    /// [`Journal::written`].
    ///
    /// # Errors
    /// `Local`, with the file and the cause.
    fn record(&self, records: &[JournalRecord], keep: Keep) -> Result<(), Failure>;

    /// All records; lines that can't be read are counted and skipped.
    ///
    /// # Errors
    /// `Local` if the file can't be read at all.
    fn records(&self) -> Result<Records, Failure>;

    /// Says, as long as the result lives, that this process is sending a plan: whoever else reads the journal leaves the
    /// plan's changes alone. A process that ends, however it ends, holds nothing any more.
    fn hold(&self, _plan: &str) -> Option<Held> {
        None
    }

    /// Whether a running process is sending a plan.
    fn is_held(&self, _plan: &str) -> bool {
        false
    }

    /// As [`Journal::record`], without keeping the caller's thread from other work. What is being written when the
    /// caller gives up is written to its end.
    ///
    /// # Errors
    /// As [`Journal::record`].
    async fn written(&self, records: Vec<JournalRecord>, keep: Keep) -> Result<(), Failure> {
        self.record(&records, keep)
    }
}

/// The word of a process that it is sending a plan: a locked file beside the journal. The system takes the lock back from
/// a process that ends, so that a crash leaves no plan held.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    /// Locked until it is closed.
    _file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // One that stays says nothing without its lock.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// How surely records are kept when [`Journal::record`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// On disk: they survive a power failure.
    Synced,
    /// Handed to the system: they survive the end of this program.
    Written,
}

/// A file of JSON lines, mode 0600, appended whole lines at a time. Several threads and processes may share it: one sync
/// serves all who have written before it began.
#[derive(Clone, Debug)]
pub struct FileJournal(Arc<Lines>);

/// The file.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    syncs: Syncs,
}

impl FileJournal {
    /// Uses (and with the first record makes) this file.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(Arc::new(Lines { path, syncs: Syncs::new(File::sync_data) }))
    }

    /// All records, and how many lines can't be read.
    ///
    /// # Errors
    /// `Local` if the file can't be read at all. A file that is not there yet is an empty journal.
    pub fn read(&self) -> Result<Records, Failure> {
        let bytes = match self.0.bytes() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Records::default()),
            Err(error) => return Err(self.0.failure("reading the journal", &error)),
        };
        let mut found = Records::default();
        for line in bytes.split(|&byte| byte == b'\n') {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice(line) {
                Ok(record) => found.records.push(record),
                Err(error) if error.is_eof() || is_cut(line) => found.torn += 1,
                Err(_) => found.skipped += 1,
            }
        }
        let open = unsettled(&found.records);
        let plans: BTreeSet<&str> = open.iter().map(JournalRecord::plan).collect();
        found.under_way = plans.into_iter().filter(|plan| self.0.is_held(plan)).map(str::to_owned).collect();
        Ok(found)
    }
}

/// The head of every failure to write it.
const WRITING: &str = "writing the journal";

impl Lines {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.lock_shared()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn record(&self, records: &[JournalRecord], keep: Keep) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record)
                .map_err(|error| self.failure(WRITING, &io::Error::other(error)))?;
            lines.push(b'\n');
        }
        self.append(&lines, keep).map_err(|error| self.failure(WRITING, &error))
    }

    /// Appends whole lines.
    fn append(&self, lines: &[u8], keep: Keep) -> io::Result<()> {
        let file = self.write(lines)?;
        let place = self.syncs.wrote();
        match keep {
            Keep::Synced => self.syncs.reach(place, &file),
            Keep::Written => Ok(()),
        }
    }

    /// Hands whole lines to the system, or none of them.
    fn write(&self, lines: &[u8]) -> io::Result<File> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(&self.path)?;
        // Other threads and processes wait, so that the end stays where it was seen.
        file.lock()?;
        let end = file.metadata()?.len();
        let mut whole = Vec::with_capacity(lines.len() + 1);
        if is_torn(&mut file, end)? {
            whole.push(b'\n');
        }
        whole.extend_from_slice(lines);
        if let Err(error) = (&file).write_all(&whole) {
            // Half a line would hide that nothing was recorded; if it can't be removed, readers skip it.
            let _ = file.set_len(end);
            return Err(error);
        }
        if end == 0 {
            // A new file is on disk when its folder is.
            File::open(folder)?.sync_all()?;
        }
        file.unlock()?;
        Ok(file)
    }

    /// The file that is locked while a plan is sent. Ids come from a file: what is no plain word names none.
    fn holder(&self, plan: &str) -> Option<PathBuf> {
        let is_plain = !plan.is_empty() && plan.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let mut name = self.path.file_name()?.to_owned();
        name.push(format!(".{plan}.sending"));
        is_plain.then(|| self.path.with_file_name(name))
    }

    /// Nobody is kept from sending because this can't be said: the journal alone decides that.
    fn hold(&self, plan: &str) -> Option<Held> {
        let path = self.holder(plan)?;
        DirBuilder::new().recursive(true).mode(0o700).create(path.parent()?).ok()?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).ok()?;
        file.try_lock().ok()?;
        Some(Held { path, _file: file })
    }

    fn is_held(&self, plan: &str) -> bool {
        let Some(Ok(file)) = self.holder(plan).map(File::open) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn failure(&self, what: &str, error: &io::Error) -> Failure {
        let path = self.path.display();
        Failure::new(FailureKind::Local, what, format!("{path}: {error}"))
            .with_hint("make the file and its folder writable for you, and see that the disk has room; then try again")
    }
}

/// Whether a line ends in the middle of a character.
fn is_cut(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_err_and(|error| error.error_len().is_none())
}

/// Whether a crash left the last line without its end.
fn is_torn(file: &mut File, end: u64) -> io::Result<bool> {
    if end == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(end - 1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[async_trait]
impl Journal for FileJournal {
    fn record(&self, records: &[JournalRecord], keep: Keep) -> Result<(), Failure> {
        self.0.record(records, keep)
    }

    fn records(&self) -> Result<Records, Failure> {
        self.read()
    }

    fn hold(&self, plan: &str) -> Option<Held> {
        self.0.hold(plan)
    }

    fn is_held(&self, plan: &str) -> bool {
        self.0.is_held(plan)
    }

    async fn written(&self, records: Vec<JournalRecord>, keep: Keep) -> Result<(), Failure> {
        let lines = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || lines.record(&records, keep)).await;
        done.unwrap_or_else(|error| Err(self.0.failure(WRITING, &io::Error::other(error))))
    }
}

/// The last record of each change whose outcome nobody knows: intended or sent when the program ended, or unknown.
/// Oldest first.
#[must_use]
pub fn unsettled(records: &[JournalRecord]) -> Vec<JournalRecord> {
    let mut last: IndexMap<&str, &JournalRecord> = IndexMap::new();
    for record in records {
        last.insert(&record.change, record);
    }
    last.into_values()
        .filter(|record| match record.state {
            JournalState::Intended | JournalState::Sent | JournalState::Unknown => true,
            JournalState::Confirmed | JournalState::Refused | JournalState::Reconciled => false,
        })
        .cloned()
        .collect()
}

/// The unsettled changes of one subject that were made as this identity: another one's change of the same name and id
/// says nothing of what this one would do.
#[must_use]
pub fn unsettled_of(records: &[JournalRecord], subject: &Subject, identity: &Identity) -> Vec<JournalRecord> {
    let mut left = unsettled(records);
    left.retain(|record| record.subject == *subject && record.identity.is_same(identity));
    left
}

/// One sentence on an unsettled change, safe for a terminal: what, where, as whom, when, and how far it came.
#[must_use]
pub fn unsettled_words(record: &JournalRecord, now: Moment) -> String {
    let state = match record.state {
        JournalState::Intended => "it was about to be sent",
        JournalState::Sent if record.operation.is_some() => "the provider said yes and goes on",
        JournalState::Sent => "it was sent, and no answer was recorded",
        JournalState::Unknown => "it was sent, and nobody knows what became of it",
        JournalState::Confirmed => "it was confirmed",
        JournalState::Refused => "it was refused",
        JournalState::Reconciled => "it was settled by reading back",
    };
    let resent = match record.resent {
        0 => String::new(),
        1 => " (sent again after a throttle refusal)".into(),
        count => format!(" (sent again after {count} throttle refusals)"),
    };
    let (verb, name) = (record.kind.verb(), &record.name);
    let noun = record.kind.noun(&record.subject);
    let subject = if record.kind.makes() {
        made_words(noun, record)
    } else {
        format!("{noun} {name} ({})", shown(record.subject.id()))
    };
    format!(
        "{verb} of {subject} at {} as {}, {}: {state}{resent}",
        record.connection,
        record.identity.user,
        age_words(now.since(record.at)),
    )
}

/// What was to be made, and where: it had no id yet.
fn made_words(noun: &str, record: &JournalRecord) -> String {
    let place = match &record.subject {
        Subject::Organization(key) => format!(" in {} ({})", record.name, shown(key.id.as_str())),
        Subject::Account(_) | Subject::Connection(_) => String::new(),
    };
    format!("{noun} {}{place}", shown(record.title()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use super::*;
    use crate::domain::{ChangeKind, Subject, Untrusted, Values};
    use crate::inventory::fake::{connection, identity, key};

    fn record(change: &str, state: JournalState) -> JournalRecord {
        JournalRecord {
            change: change.into(),
            at: Moment(60_000),
            state,
            connection: connection(),
            identity: identity("owner"),
            subject: Subject::Account(key("a1")),
            name: Untrusted::new("Line\nbreak"),
            kind: ChangeKind::Profile,
            diff: Vec::new(),
            values: Values::default(),
            before: Values::from_iter([("business_name", "Old")]),
            existed: true,
            reason: None,
            failure: None,
            resent: 0,
            key: None,
            operation: None,
            made: None,
            done: None,
            request_id: None,
            batch: false,
            undoes: None,
        }
    }

    fn journal() -> (tempfile::TempDir, FileJournal) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/acctui/journal.jsonl");
        (folder, FileJournal::new(path))
    }

    #[test]
    fn records_come_back_as_written_from_a_file_that_nobody_else_can_read() {
        let (_folder, journal) = journal();
        assert!(journal.records().unwrap().records.is_empty());
        let written = [record("1", JournalState::Intended), record("1", JournalState::Confirmed)];
        for record in &written {
            journal.record(std::slice::from_ref(record), Keep::Synced).unwrap();
        }
        assert_eq!(journal.records().unwrap().records, written);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&journal.0.path), 0o600);
        assert_eq!(mode(journal.0.path.parent().unwrap()), 0o700);
        let text = std::fs::read_to_string(&journal.0.path).unwrap();
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn a_torn_line_is_skipped_and_the_next_record_starts_a_new_one() {
        let (_folder, journal) = journal();
        journal.record(std::slice::from_ref(&record("1", JournalState::Sent)), Keep::Synced).unwrap();
        let whole = std::fs::read(&journal.0.path).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(&journal.0.path, [&whole[..], &whole[..whole.len() - cut]].concat()).unwrap();
            journal.record(std::slice::from_ref(&record("2", JournalState::Sent)), Keep::Synced).unwrap();
            let found = journal.read().unwrap();
            let changes: Vec<&str> = found.records.iter().map(|record| record.change.as_str()).collect();
            // A line that only lacks its end is whole.
            let expected: (&[&str], usize) = match cut {
                1 => (&["1", "1", "2"], 0),
                _ => (&["1", "2"], usize::from(cut < whole.len())),
            };
            assert_eq!((&changes[..], found.torn), expected, "cut by {cut}");
            assert_eq!(found.skipped, 0, "cut by {cut}");
        }
    }

    #[test]
    fn a_damaged_line_is_a_record_lost_and_a_torn_one_is_not() {
        let (_folder, journal) = journal();
        journal.record(std::slice::from_ref(&record("1", JournalState::Sent)), Keep::Synced).unwrap();
        let whole = std::fs::read_to_string(&journal.0.path).unwrap();
        let torn = "{\"change\":\"\u{441}";
        let text = [
            b"{\"state\":\"of a later version\"}\ngarbage\n",
            &torn.as_bytes()[..torn.len() - 1],
            b"\n",
            whole.as_bytes(),
        ];
        std::fs::write(&journal.0.path, text.concat()).unwrap();
        let found = journal.read().unwrap();
        assert_eq!((found.records.len(), found.skipped, found.torn), (1, 2, 1));
    }

    #[test]
    fn two_writers_tear_no_line() {
        let (_folder, journal) = journal();
        let path = Arc::new(journal.0.path.clone());
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let path = Arc::clone(&path);
                std::thread::spawn(move || {
                    // Each its own file handle, as two processes have.
                    let journal = FileJournal::new((*path).clone());
                    for nth in 0..25 {
                        let change = format!("{writer}-{nth}-{}", "x".repeat(5_000));
                        journal
                            .record(std::slice::from_ref(&record(&change, JournalState::Sent)), Keep::Synced)
                            .unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let found = journal.read().unwrap();
        assert_eq!((found.records.len(), found.skipped), (50, 0));
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_which_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("state"), "a file where a folder belongs").unwrap();
        let journal = FileJournal::new(folder.path().join("state/journal.jsonl"));
        let failure =
            journal.record(std::slice::from_ref(&record("1", JournalState::Intended)), Keep::Synced).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Local);
        assert!(failure.cause.contains("journal.jsonl"), "{failure}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_said() {
        let journal = FileJournal::new("/dev/full".into());
        for keep in [Keep::Written, Keep::Synced] {
            let failure = journal.record(std::slice::from_ref(&record("1", JournalState::Intended)), keep).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Local);
            assert!(failure.cause.starts_with("/dev/full: No space left"), "{failure}");
        }
    }

    #[tokio::test]
    async fn many_tasks_write_at_once_and_each_record_is_there_when_its_writer_goes_on() {
        let (_folder, journal) = journal();
        let write = async |nth: u32| {
            let keep = if nth.is_multiple_of(2) { Keep::Synced } else { Keep::Written };
            let change = nth.to_string();
            journal
                .written(vec![record(&change, JournalState::Intended), record(&change, JournalState::Sent)], keep)
                .await
                .unwrap();
            let found = journal.records().unwrap().records;
            let at = found.iter().position(|record| record.change == change).unwrap();
            assert_eq!(found[at + 1].change, change, "what is written together stands together");
        };
        futures::future::join_all((0..40).map(write)).await;
        let found = journal.records().unwrap();
        assert_eq!((found.records.len(), found.skipped), (80, 0));
    }

    #[test]
    fn only_changes_without_an_outcome_are_unsettled() {
        use JournalState::{Confirmed, Intended, Reconciled, Refused, Sent, Unknown};
        let records = [
            record("killed", Intended),
            record("done", Intended),
            record("sent", Intended),
            record("done", Sent),
            record("sent", Sent),
            record("done", Confirmed),
            record("refused", Refused),
            record("lost", Unknown),
            record("found", Unknown),
            record("found", Reconciled),
        ];
        let left = unsettled(&records);
        let left: Vec<(&str, JournalState)> =
            left.iter().map(|record| (record.change.as_str(), record.state)).collect();
        assert_eq!(left, [("killed", Intended), ("sent", Sent), ("lost", Unknown)]);
        let words = unsettled_words(&records[7], Moment(360_000));
        assert_eq!(
            words,
            "edit of account Line\\nbreak (a1) at fake as owner, 5 min ago: it was sent, and nobody knows what became of it"
        );
        let again = JournalRecord { resent: 2, ..records[7].clone() };
        let words = unsettled_words(&again, Moment(360_000));
        assert!(words.ends_with("what became of it (sent again after 2 throttle refusals)"), "{words}");
    }

    #[test]
    fn a_plan_is_under_way_as_long_as_the_one_who_sends_it_holds_it() {
        let (_folder, mine) = journal();
        let theirs = FileJournal::new(mine.0.path.clone());
        let records = [record("p1-1", JournalState::Sent), record("p2-1", JournalState::Intended)];
        mine.record(&records, Keep::Synced).unwrap();
        assert!(theirs.read().unwrap().under_way.is_empty());
        let held = mine.hold("p1").unwrap();
        assert_eq!(theirs.read().unwrap().under_way, BTreeSet::from(["p1".to_owned()]));
        assert!(theirs.is_held("p1") && !theirs.is_held("p2"));
        drop(held);
        assert!(theirs.read().unwrap().under_way.is_empty());
        // A crash leaves the file without its lock.
        std::fs::write(mine.0.holder("p2").unwrap(), "").unwrap();
        assert!(!theirs.is_held("p2"));
        assert_eq!(mine.0.holder("../p2"), None);
    }

    #[test]
    fn lines_of_earlier_versions_are_read() {
        let (_folder, journal) = journal();
        let mut record = record("1", JournalState::Unknown);
        record.failure = Some(Failure::new(FailureKind::Server, "PUT /x", "broken"));
        let mut line = serde_json::to_value(&record).unwrap();
        line["failure"].as_object_mut().unwrap().remove("resent").unwrap();
        assert_eq!(line.get("resent"), None, "what was sent once says nothing of it");
        std::fs::create_dir_all(journal.0.path.parent().unwrap()).unwrap();
        std::fs::write(&journal.0.path, format!("{line}\n")).unwrap();
        assert_eq!(journal.records().unwrap().records, [record]);
    }
}
