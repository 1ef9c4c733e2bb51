//! Files that are not what they should be.

use std::fs;
use std::path::Path;

use super::world::*;
use crate::domain::Moment;
use crate::inventory::disk::base::Base;
use crate::inventory::disk::open::{WAIT, WAIT_AGAIN};
use crate::inventory::disk::sql::{self, Schema};
use crate::inventory::disk::{Disk, DiskError, Mode, Own};

/// A file with some rows, closed.
fn filled(path: &Path, rows: u32) {
    let disk = open(path);
    disk.write(&batch(owner(&disk), accounts(0..rows))).unwrap();
}

fn words(opened: &crate::inventory::disk::Opened) -> String {
    opened.notices.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_no_database_is_set_aside_and_said() {
    for content in [b"garbage".to_vec(), vec![0; 4_096], vec![b'x'; 70_000]] {
        let (_folder, path) = place();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &content).unwrap();
        let opened = Disk::open(&path, NOW);
        assert_eq!(opened.notices.len(), 1, "{}", words(&opened));
        let said = words(&opened);
        assert!(said.contains("set aside as") && said.contains("inventory.db.broken-2026"), "{said}");
        assert_eq!(opened.disk.mode(), Mode::Writable);
        opened.disk.write(&batch(owner(&opened.disk), accounts(0..3))).unwrap();
        let aside = files(path.parent().unwrap()).into_iter().find(|name| name.contains(".broken-")).unwrap();
        assert_eq!(fs::read(path.with_file_name(aside)).unwrap(), content);
        drop(opened);
        assert_eq!(ids(&open(&path), &[], false).len(), 3);
    }
}

#[test]
fn a_few_broken_copies_are_kept() {
    let (_folder, path) = place();
    for nth in 0..6 {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "garbage").unwrap();
        assert_eq!(Disk::open(&path, NOW.plus(nth * 1_000)).notices.len(), 1);
    }
    let copies = files(path.parent().unwrap()).into_iter().filter(|name| name.contains(".broken-")).count();
    assert_eq!(copies, 3);
}

#[test]
fn another_programs_database_is_left_whole() {
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7)").unwrap();
    drop(other);
    let opened = Disk::open(&path, NOW);
    assert!(words(&opened).contains("another program's database"));
    let aside = files(path.parent().unwrap()).into_iter().find(|name| name.contains(".broken-")).unwrap();
    let other = rusqlite::Connection::open(path.with_file_name(aside)).unwrap();
    assert_eq!(other.query_row("SELECT x FROM theirs", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
}

/// All that a program would do with a file, whatever state it is in.
fn use_it(disk: &Disk) -> Result<(), DiskError> {
    disk.owners()?;
    disk.first(60)?;
    disk.load(&[], |_| (), |_| std::ops::ControlFlow::Continue(()))?;
    disk.load_halves(&[], |_| {
        (
            |_: super::super::StoredRow<'_>| std::ops::ControlFlow::Continue(()),
            |_: super::super::StoredRow<'_>| std::ops::ControlFlow::Continue(()),
        )
    })?;
    disk.raws(super::super::RowId(0)..=super::super::RowId(i64::MAX), |_, _| std::ops::ControlFlow::Continue(()))?;
    let ada = disk.identify(&name("prod"), &"cloudflare".into(), Some(&identity("ada")), NOW)?.owner;
    disk.write(&batch(ada, accounts(0..300)))?;
    disk.organizations(ada).map(drop)
}

#[test]
fn a_file_cut_or_changed_anywhere_is_read_or_set_aside_and_usable_again() {
    let (_folder, path) = place();
    filled(&path, 300);
    let whole = fs::read(&path).unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    for nth in 0..60 {
        let mut bytes = whole.clone();
        if nth % 2 == 0 {
            bytes.truncate(random.usize(..whole.len()));
        } else {
            let at = random.usize(..whole.len() - 600);
            bytes[at..at + 600].fill_with(|| random.u8(..));
        }
        let (_folder, path) = place();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        let opened = Disk::open(&path, NOW);
        if let Err(error) = use_it(&opened.disk) {
            assert!(matches!(error, DiskError::Damaged { .. }), "{nth}: {error:?}");
            let notices = opened.disk.mend(NOW);
            // A changed text may well be sound to SQLite and not to us: such a file is set aside by the next error.
            if notices.is_empty() {
                continue;
            }
            assert!(notices[0].words().contains("set aside"), "{notices:?}");
            use_it(&opened.disk).unwrap();
            assert_eq!(ids(&opened.disk, &[], false).len(), 300);
        }
    }
}

#[test]
fn mending_a_sound_file_keeps_it() {
    let (_folder, path) = place();
    filled(&path, 20);
    let disk = open(&path);
    assert_eq!(disk.mend(NOW), []);
    assert_eq!(ids(&disk, &[], false).len(), 20);
    assert_eq!(Disk::in_memory().mend(NOW), []);
}

fn set_version(path: &Path, version: i32) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
}

#[test]
fn a_file_that_another_process_holds_is_waited_for_once_and_then_shortly_until_it_is_free() {
    let (_folder, path) = place();
    let disk = open(&path);
    let owner = owner(&disk);
    let waits = || -> i64 {
        disk.base.with(|connection| connection.pragma_query_value(None, "busy_timeout", |row| row.get(0)).unwrap())
    };
    let millis = |wait: std::time::Duration| i64::try_from(wait.as_millis()).unwrap();
    assert_eq!(waits(), millis(WAIT));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    disk.base.with(|connection| connection.busy_timeout(std::time::Duration::from_millis(1)).unwrap());
    let written = disk.write(&batch(owner, accounts(0..1))).map(drop);
    assert!(matches!(written, Err(DiskError::Busy { .. })), "{written:?}");
    assert_eq!(waits(), millis(WAIT_AGAIN));
    let _ = disk.carry_over();
    assert_eq!(waits(), millis(WAIT_AGAIN), "looking after the log changes nothing");
    other.execute_batch("ROLLBACK").unwrap();
    disk.write(&batch(owner, accounts(0..1))).unwrap();
    assert_eq!(waits(), millis(WAIT));
}

#[test]
fn a_later_versions_file_is_only_read_and_stays_as_it_is() {
    let (_folder, path) = place();
    filled(&path, 20);
    set_version(&path, 99);
    let opened = Disk::open(&path, NOW);
    let said = words(&opened);
    assert!(said.contains("a newer version of acctui") && said.contains("read-only"), "{said}");
    let disk = &opened.disk;
    assert_eq!(disk.mode(), Mode::ReadOnly);
    assert_eq!(ids(disk, &[], false).len(), 20);
    assert_eq!(disk.first(5).unwrap().len(), 5);
    let owner = disk.owners().unwrap()[0].no;
    for refused in [
        disk.write(&batch(owner, accounts(0..1))).map(drop),
        disk.forget(None).map(drop),
        disk.save_first(&[]),
        disk.begin(owner, NOW).map(drop),
    ] {
        assert!(matches!(refused, Err(DiskError::ReadOnly { .. })), "{refused:?}");
    }
    drop(opened);
    set_version(&path, i32::try_from(sql::CACHE.steps.len()).unwrap());
    assert_eq!(ids(&open(&path), &[], false).len(), 20);
}

#[test]
fn a_later_versions_file_that_cannot_be_read_leaves_memory() {
    let (_folder, path) = place();
    filled(&path, 20);
    let later = rusqlite::Connection::open(&path).unwrap();
    later.execute_batch("ALTER TABLE account RENAME COLUMN email TO mail").unwrap();
    drop(later);
    set_version(&path, 99);
    let before = fs::read(&path).unwrap();
    let opened = Disk::open(&path, NOW);
    let said = words(&opened);
    assert!(said.contains("newer version") && said.contains("memory takes its place"), "{said}");
    assert_eq!(opened.disk.mode(), Mode::Memory);
    opened.disk.write(&batch(owner(&opened.disk), accounts(0..2))).unwrap();
    drop(opened);
    assert_eq!(fs::read(&path).unwrap(), before);
}

const TWO: Schema = Schema { steps: &[FIRST, "ALTER TABLE t ADD COLUMN y INTEGER NOT NULL DEFAULT 5"], ..ONE };
const BAD: Schema = Schema { steps: &[FIRST, "ALTER TABLE t ADD COLUMN z; CREATE UNIQUE INDEX once ON t (x)"], ..ONE };
const ONE: Schema = Schema { steps: &[FIRST], needed: &["SELECT x FROM t"], ..sql::OWN };
const FIRST: &str = "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (7)";

fn sum(base: &Base, statement: &str) -> Result<i64, DiskError> {
    base.read(|connection| connection.query_row(statement, [], |row| row.get(0)))
}

#[test]
fn an_older_file_is_brought_up_to_date_after_a_copy_was_made() {
    let (_folder, path) = place();
    drop(Base::open(&path, &ONE, NOW));
    let (base, notices) = Base::open(&path, &TWO, NOW);
    assert_eq!(notices, []);
    assert_eq!(sum(&base, "SELECT x + y FROM t").unwrap(), 12);
    let copy = files(path.parent().unwrap()).into_iter().find(|name| name.contains(".version-1-")).unwrap();
    let copy = path.with_file_name(copy);
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&copy).unwrap()) & 0o777, 0o600);
    let (base, notices) = Base::open(&copy, &ONE, NOW);
    assert_eq!((notices, sum(&base, "SELECT x FROM t").unwrap()), (Vec::new(), 7));
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let (_folder, path) = place();
    let (base, _) = Base::open(&path, &ONE, NOW);
    base.write(|transaction| transaction.execute("INSERT INTO t VALUES (7)", [])).unwrap();
    drop(base);
    let (base, notices) = Base::open(&path, &BAD, NOW);
    assert_eq!(base.mode(), Mode::Memory);
    assert!(notices[0].words().contains("memory takes its place"), "{notices:?}");
    drop(base);
    let (base, notices) = Base::open(&path, &ONE, NOW);
    assert_eq!((notices, sum(&base, "SELECT x FROM t").unwrap()), (Vec::new(), 7));
    assert!(sum(&base, "SELECT z FROM t").is_err());
}

#[test]
fn what_cannot_be_written_is_read_and_what_cannot_be_made_is_memory() {
    let (folder, path) = place();
    filled(&path, 20);
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    // The user root may write whatever the mode says: then there is nothing to see.
    if !rustix::process::geteuid().is_root() {
        mode(path.parent().unwrap(), 0o500);
        let opened = Disk::open(&path, NOW);
        assert_eq!(opened.disk.mode(), Mode::ReadOnly, "{}", words(&opened));
        assert_eq!(ids(&opened.disk, &[], false).len(), 20);
        drop(opened);
        mode(path.parent().unwrap(), 0o700);
    }
    let below_a_file = path.join("inventory.db");
    let opened = Disk::open(&below_a_file, NOW);
    assert_eq!((opened.disk.mode(), opened.notices.len()), (Mode::Memory, 1));
    opened.disk.write(&batch(owner(&opened.disk), accounts(0..2))).unwrap();
    let is_a_folder = Disk::open(folder.path(), NOW);
    assert_eq!((is_a_folder.disk.mode(), is_a_folder.notices.len()), (Mode::Memory, 1));
    assert_eq!(ids(&open(&path), &[], false).len(), 20);
}

#[test]
fn a_file_without_locks_is_read_where_nothing_stands_in_its_log() {
    let (_folder, path) = place();
    filled(&path, 20);
    let odd = path.with_file_name("in %41 ? #.db");
    fs::copy(&path, &odd).unwrap();
    let reader = super::super::open::reader(&odd, super::super::open::Access::Immutable).unwrap();
    let count: i64 = reader.query_row("SELECT count(*) FROM account", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 20);
    assert!(!odd.with_file_name("in %41 ? #.db-shm").exists());
}

#[test]
fn the_users_own_file_is_never_set_aside_in_silence_nor_its_copies_removed() {
    let (_folder, path) = place();
    for nth in 0..5 {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "garbage").unwrap();
        let opened = Own::open(&path, Moment(nth));
        assert!(opened.notices[0].words().starts_with("The file of your history, labels, notes and views could not"));
    }
    let copies = files(path.parent().unwrap()).into_iter().filter(|name| name.contains(".broken-")).count();
    assert_eq!(copies, 5);
}
