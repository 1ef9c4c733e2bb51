//! Files as such: modes, names of copies, setting aside.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::Moment;

/// What SQLite writes beside a file.
pub(super) const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Bytes of the header of a database.
const HEADER: usize = 100;

/// Makes the folder (0700 if it is new) and the file (0600; a looser one of ours is tightened).
pub(super) fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match OpenOptions::new().create_new(true).write(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            for file in std::iter::once(path.to_owned()).chain(BESIDE.map(|end| with(path, end))) {
                tighten(&file);
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// How long one that opens a file waits for another one that does.
const TURN: Duration = Duration::from_secs(2);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(2);

/// Waits for others, of this program or of another process, that make, check or set aside the same file. Nothing if that
/// can't be had: SQLite's own locks are still there.
pub(super) fn turn(path: &Path) -> Option<File> {
    let beside = with(path, ".opening");
    let lock = OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(beside).ok()?;
    let mut waited = Duration::ZERO;
    while lock.try_lock().is_err() {
        if waited >= TURN {
            return None;
        }
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
    Some(lock)
}

/// Somebody else's file, or one on a read-only disk, stays as it is.
fn tighten(path: &Path) {
    if let Ok(found) = fs::metadata(path)
        && found.is_file()
        && found.mode() & 0o077 != 0
    {
        let _ = fs::set_permissions(path, Permissions::from_mode(0o600));
    }
}

/// The same path with something at its end.
pub(super) fn with(path: &Path, end: &str) -> PathBuf {
    let mut whole = path.as_os_str().to_owned();
    whole.push(end);
    PathBuf::from(whole)
}

/// What tells a file from the one that takes its place.
pub(super) fn inode(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Whether pages may stand in the log beside the file.
pub(super) fn has_log(path: &Path) -> bool {
    fs::metadata(with(path, "-wal")).is_ok_and(|found| found.len() > 0)
}

/// What is wrong with a file at first sight: SQLite would find a cut file only when it meets a page that is missing.
pub(super) fn fault(path: &Path) -> io::Result<Option<&'static str>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    let mut filled = 0;
    while filled < HEADER {
        match file.read(&mut header[filled..])? {
            0 => return Ok(Some("it is cut short")),
            more => filled += more,
        }
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Ok(Some("it is no database"));
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    // The count holds only if the version that wrote it (92) is the one of the last change (24).
    let is_cut = number(24) == number(92) && length < u64::from(number(28)) * page;
    Ok((is_cut && !has_log(path)).then_some("it is cut short"))
}

/// Renames a file (and what stands beside it) to `<name>.<word>-<time>`, unless another process has put a new one in
/// its place since `known`. Gives the new name.
pub(super) fn set_aside(
    path: &Path,
    known: Option<(u64, u64)>,
    word: &str,
    now: Moment,
) -> io::Result<Option<PathBuf>> {
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(with(path, ".lock"))?;
    lock.lock()?;
    if known.is_some() && inode(path) != known {
        return Ok(None);
    }
    let aside = free_name(path, word, now);
    fs::rename(path, &aside)?;
    // The log belongs to that file: a new one would be filled from it.
    let _ = fs::rename(with(path, "-wal"), with(&aside, "-wal"));
    let _ = fs::remove_file(with(path, "-shm"));
    Ok(Some(aside))
}

/// A name that no file has.
pub(super) fn free_name(path: &Path, word: &str, now: Moment) -> PathBuf {
    let time = i64::try_from(now.0).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    let stamp = time.unwrap_or(jiff::Timestamp::MAX).strftime("%Y%m%dT%H%M%SZ").to_string();
    let name = with(path, &format!(".{word}-{stamp}"));
    let mut names = std::iter::once(name.clone()).chain((2..).map(|nth| with(&name, &format!("-{nth}"))));
    names.find(|name| !name.exists()).unwrap_or(name)
}

/// Removes all but the newest `keep` of the copies that [`free_name`] named.
pub(super) fn prune(path: &Path, word: &str, keep: usize) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    let begin = format!("{}.{word}-", name.to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let is_copy = |name: &str| name.starts_with(&begin) && !BESIDE.iter().any(|end| name.ends_with(end));
    let mut copies: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| is_copy(name)).collect();
    copies.sort_unstable();
    copies.truncate(copies.len().saturating_sub(keep));
    for copy in copies {
        let _ = fs::remove_file(folder.join(&copy));
        let _ = fs::remove_file(folder.join(format!("{copy}-wal")));
    }
}

/// An empty file of mode 0600 for a backup to be written into.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map(drop)
}
