//! Drafts of forms on disk: one file each, which nobody else can read, and none is ever torn.
//!
//! Several processes may share the folder. A draft that another one wrote is never written over and never removed: it
//! stays beside one's own, and the newest counts.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::{ChangeKind, Draft, Failure, FailureKind, Subject};

/// More than any form's text; a file beyond it is no draft of this program.
const MOST_BYTES: u64 = 16 << 20;

/// A folder of drafts, as one process uses it.
#[derive(Debug)]
pub struct Drafts {
    folder: PathBuf,
    /// What this process has read or written, by the draft's name: the file and its bytes.
    known: HashMap<String, (PathBuf, Vec<u8>)>,
}

/// What was found at start.
#[derive(Debug, Default)]
pub struct FoundDrafts {
    /// The drafts, oldest first, one for each form.
    pub drafts: Vec<Draft>,
    /// The files that can't be read, and why. They stay where they are.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl FoundDrafts {
    /// What is to be said of files that can't be read, if there are any.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let (path, why) = self.unreadable.first()?;
        let more = match self.unreadable.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let cause = format!("{}: {why}{more}; it was left as it is", path.display());
        Some(Failure::new(FailureKind::Local, "reading a draft", cause))
    }
}

/// The name of a form's draft: the same for the same subject (or set of them), kind and identity.
fn name(subject: &Subject, on_all: &[Subject], kind: ChangeKind, identity: Option<&str>) -> String {
    // None of the types can fail to become JSON; an empty text would still be one name for one form.
    let text = if on_all.is_empty() {
        serde_json::to_string(&(subject, kind, identity))
    } else {
        serde_json::to_string(&(on_all, kind, identity))
    };
    let text = text.unwrap_or_default();
    let digest = Sha256::digest(text.as_bytes());
    let (head, _) = digest.split_at(16);
    format!("{:032x}", head.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte)))
}

fn name_of(draft: &Draft) -> String {
    name(&draft.subject, &draft.on_all, draft.kind, draft.identity.as_deref())
}

impl Drafts {
    /// Uses (and with the first draft makes) this folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, known: HashMap::new() }
    }

    /// All drafts that are there.
    ///
    /// # Errors
    /// `Local` if the folder can't be read at all. One that is not there yet holds no drafts.
    pub fn read(&mut self) -> Result<FoundDrafts, Failure> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FoundDrafts::default()),
            Err(error) => return Err(failure("reading the drafts", &self.folder, &error)),
        };
        let mut found = FoundDrafts::default();
        let mut read: Vec<(Draft, PathBuf, Vec<u8>)> = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            match load(&path) {
                Ok((draft, bytes)) => read.push((draft, path, bytes)),
                // Another process was done with it in between.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => found.unreadable.push((path, error.to_string())),
            }
        }
        read.sort_by_key(|(draft, ..)| draft.at);
        let mut newest: HashMap<String, Draft> = HashMap::new();
        for (draft, path, bytes) in read {
            let name = name_of(&draft);
            self.known.insert(name.clone(), (path, bytes));
            newest.insert(name, draft);
        }
        found.drafts = newest.into_values().collect();
        found.drafts.sort_by_key(|draft| draft.at);
        Ok(found)
    }

    /// Keeps a draft: on disk when this returns, in the place of the one that this process had before.
    ///
    /// # Errors
    /// `Local`, with the file and the cause; what was on disk is there still.
    pub fn save(&mut self, draft: &Draft) -> Result<(), Failure> {
        self.write(draft).map_err(|error| failure("keeping a draft", &self.folder, &error))
    }

    fn write(&mut self, draft: &Draft) -> io::Result<()> {
        let _lock = self.lock()?;
        let name = name_of(draft);
        let known = self.known.get(&name);
        let own = known.map_or_else(|| self.folder.join(format!("{name}.json")), |(path, _)| path.clone());
        let there = std::fs::read(&own).ok();
        let is_own = there.is_none() || there.as_ref() == known.map(|(_, bytes)| bytes);
        let path = if is_own { own } else { self.folder.join(format!("{name}-{:08x}.json", fastrand::u32(..))) };
        let mut bytes = serde_json::to_vec(draft)?;
        bytes.push(b'\n');
        // 0600 from the beginning; removed again if anything fails.
        let mut file = tempfile::Builder::new().prefix(".draft-").suffix(".part").tempfile_in(&self.folder)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        File::open(&self.folder)?.sync_all()?;
        self.known.insert(name, (path, bytes));
        Ok(())
    }

    /// Throws a draft away, as far as it is the one that this process knows.
    ///
    /// # Errors
    /// `Local`, with the file and the cause.
    pub fn remove(
        &mut self,
        subject: &Subject,
        on_all: &[Subject],
        kind: ChangeKind,
        identity: Option<&str>,
    ) -> Result<(), Failure> {
        let Some((path, bytes)) = self.known.remove(&name(subject, on_all, kind, identity)) else {
            return Ok(());
        };
        self.unlink(&path, &bytes).map_err(|error| failure("removing a draft", &path, &error))
    }

    fn unlink(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let _lock = self.lock()?;
        match std::fs::read(path) {
            Ok(there) if there == bytes => std::fs::remove_file(path)?,
            // Somebody else went on with it.
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        File::open(&self.folder)?.sync_all()
    }

    /// Held until the file is closed: between a look and a write no other process comes in.
    fn lock(&self) -> io::Result<File> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        file.lock()?;
        Ok(file)
    }
}

fn load(path: &Path) -> io::Result<(Draft, Vec<u8>)> {
    if path.metadata()?.len() > MOST_BYTES {
        return Err(io::Error::other("it is too long to be a draft"));
    }
    let bytes = std::fs::read(path)?;
    let draft = serde_json::from_slice(&bytes)?;
    Ok((draft, bytes))
}

fn failure(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Local, what, format!("{}: {error}", path.display()))
        .with_hint("make the folder writable for you, and see that the disk has room")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::{Moment, Untrusted, Values};
    use crate::inventory::fake::key;

    fn draft(id: &str, text: &str, at: u64) -> Draft {
        Draft {
            subject: Subject::Account(key(id)),
            on_all: Vec::new(),
            kind: ChangeKind::Profile,
            identity: None,
            name: Untrusted::new("Aurora"),
            values: Values::from_iter([("business_name", text)]),
            base: Values::from_iter([("business_name", "Old")]),
            at: Moment(at),
        }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("state/drafts");
        (home, folder)
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
    }

    #[test]
    fn a_draft_comes_back_after_a_restart_from_a_file_that_nobody_else_can_read() {
        let (_home, folder) = folder();
        let mut drafts = Drafts::new(folder.clone());
        assert!(drafts.read().unwrap().drafts.is_empty());
        for text in ["A", "Au", "Aur\u{1b}[2J\nø"] {
            drafts.save(&draft("a1", text, 5)).unwrap();
        }
        drafts.save(&draft("a2", "B", 4)).unwrap();
        assert_eq!(files(&folder).len(), 2);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert!(files(&folder).iter().all(|path| mode(path) == 0o600));
        assert_eq!(mode(&folder), 0o700);
        let mut restarted = Drafts::new(folder.clone());
        assert_eq!(restarted.read().unwrap().drafts, [draft("a2", "B", 4), draft("a1", "Aur\u{1b}[2J\nø", 5)]);
        restarted.remove(&Subject::Account(key("a1")), &[], ChangeKind::Profile, None).unwrap();
        assert_eq!(Drafts::new(folder).read().unwrap().drafts, [draft("a2", "B", 4)]);
    }

    #[test]
    fn two_logins_at_one_connection_have_drafts_of_their_own() {
        let (_home, folder) = folder();
        let of = |who: &str, text: &str| Draft { identity: Some(who.into()), ..draft("a1", text, 5) };
        let mut drafts = Drafts::new(folder.clone());
        drafts.save(&of("one", "mine")).unwrap();
        drafts.save(&of("two", "theirs")).unwrap();
        assert_eq!(Drafts::new(folder.clone()).read().unwrap().drafts.len(), 2);
        drafts.remove(&Subject::Account(key("a1")), &[], ChangeKind::Profile, Some("two")).unwrap();
        assert_eq!(Drafts::new(folder).read().unwrap().drafts, [of("one", "mine")]);
    }

    #[test]
    fn a_set_of_accounts_has_a_draft_of_its_own_beside_those_of_its_members() {
        let (_home, folder) = folder();
        let [one, other] = ["a1", "a2"].map(|id| Subject::Account(key(id)));
        let on = |all: &[&Subject], text: &str| {
            let on_all = all.iter().map(|subject| (*subject).clone()).collect();
            Draft { on_all, ..draft("a1", text, 5) }
        };
        let (both, alone) = (on(&[&one, &other], "both"), on(&[&one], "alone"));
        let mut drafts = Drafts::new(folder.clone());
        for draft in [&both, &alone, &draft("a1", "its own", 4)] {
            drafts.save(draft).unwrap();
        }
        assert_eq!(Drafts::new(folder.clone()).read().unwrap().drafts.len(), 3);
        drafts.remove(&one, &[], ChangeKind::Profile, None).unwrap();
        drafts.remove(&one, &alone.on_all, ChangeKind::Profile, None).unwrap();
        assert_eq!(Drafts::new(folder).read().unwrap().drafts, [both]);
    }

    #[test]
    fn what_can_not_be_read_is_said_and_stays() {
        let (_home, folder) = folder();
        let mut drafts = Drafts::new(folder.clone());
        drafts.save(&draft("a1", "A", 5)).unwrap();
        std::fs::write(folder.join("torn.json"), "{\"subject\":").unwrap();
        let found = Drafts::new(folder.clone()).read().unwrap();
        assert_eq!(found.drafts.len(), 1);
        let words = found.failure().unwrap().to_string();
        assert!(words.contains("torn.json") && words.contains("left as it is"), "{words}");
        assert!(folder.join("torn.json").exists());
    }

    #[test]
    fn two_processes_neither_overwrite_nor_remove_each_others_text() {
        let (_home, folder) = folder();
        let (mut one, mut other) = (Drafts::new(folder.clone()), Drafts::new(folder.clone()));
        one.save(&draft("a1", "mine", 5)).unwrap();
        other.save(&draft("a1", "theirs", 6)).unwrap();
        one.save(&draft("a1", "mine, longer", 7)).unwrap();
        assert_eq!(files(&folder).len(), 2);
        assert_eq!(Drafts::new(folder.clone()).read().unwrap().drafts, [draft("a1", "mine, longer", 7)]);
        one.remove(&Subject::Account(key("a1")), &[], ChangeKind::Profile, None).unwrap();
        assert_eq!(Drafts::new(folder.clone()).read().unwrap().drafts, [draft("a1", "theirs", 6)]);
        // One that continues it in a third process makes it that one's.
        let mut third = Drafts::new(folder.clone());
        third.read().unwrap();
        third.save(&draft("a1", "theirs, continued", 8)).unwrap();
        other.remove(&Subject::Account(key("a1")), &[], ChangeKind::Profile, None).unwrap();
        assert_eq!(Drafts::new(folder).read().unwrap().drafts, [draft("a1", "theirs, continued", 8)]);
    }

    #[test]
    fn two_writers_at_once_tear_no_file() {
        let (_home, folder) = folder();
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let mut drafts = Drafts::new(folder.clone());
                std::thread::spawn(move || {
                    for nth in 0..20 {
                        drafts.save(&draft("a1", &format!("{writer}{}", "x".repeat(20_000)), nth)).unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let found = Drafts::new(folder.clone()).read().unwrap();
        assert!(found.unreadable.is_empty());
        assert_eq!(files(&folder).len(), 2);
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_a_failure_that_names_it() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("state"), "a file where a folder belongs").unwrap();
        let failure = Drafts::new(home.path().join("state/drafts")).save(&draft("a1", "A", 5)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Local);
        assert!(failure.cause.contains("drafts"), "{failure}");
    }
}
