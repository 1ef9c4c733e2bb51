//! How a file is opened: what is wrong with it decides whether it is migrated, set aside, only read, or left for memory.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::DiskError;
use super::sql::{self, Schema};
use super::{Mode, file};
use crate::domain::Moment;

/// How long opening waits for another process: the first frame waits with it.
const OPEN_WAIT: Duration = Duration::from_secs(2);

/// How long a read or write waits for another process: its batches take milliseconds, a migration seconds.
pub(super) const WAIT: Duration = Duration::from_secs(10);

/// The same once that was in vain, until the file is free again: each of many batches would wait as long.
pub(super) const WAIT_AGAIN: Duration = Duration::from_millis(100);

/// What the user should hear of a file, in one or two sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(String);

impl Notice {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// The sentences.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How readers come to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// With their locks.
    Shared,
    /// Without: nobody can write to it, and the folder takes no file for locks.
    Immutable,
}

/// A file as it could be opened.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) mode: Mode,
    pub(super) access: Access,
    /// The connection that writes (or, read only and in memory, the first one).
    pub(super) connection: Connection,
    /// How long a write waits for another process.
    pub(super) wait: Duration,
}

/// Why a file can't be used as it is.
enum Trouble {
    /// It is broken, or somebody else's.
    Broken(String),
    /// A newer version made it.
    Newer(i32),
    /// It can't be written.
    ReadOnly(String),
    /// Neither read nor written.
    Unusable(String),
}

/// Opens a file, and does whatever that takes.
pub(super) fn open(path: &Path, schema: &Schema, now: Moment, thorough: bool) -> (Found, Vec<Notice>) {
    let mut notices = Vec::new();
    if let Err(error) = file::prepare(path)
        && !path.is_file()
    {
        let notice = lost(path, schema, &format!("it can't be made ({error})"));
        return memory(schema, notices, notice);
    }
    let _turn = file::turn(path);
    // The second time after it was set aside, the third after another process did that at the same time.
    for _ in 0..3 {
        let known = file::inode(path);
        let trouble = match attempt(path, schema, now, thorough) {
            Ok(found) => return (found, notices),
            Err(trouble) => trouble,
        };
        match trouble {
            Trouble::Broken(why) => match put_aside(path, schema, known, &why, now) {
                Ok(notice) => notices.extend(notice),
                Err(notice) => return memory(schema, notices, notice),
            },
            Trouble::Newer(version) => {
                let why = format!(
                    "was made by a newer version of acctui (its version is {version}, this program knows {})",
                    schema.steps.len()
                );
                return read_only(path, schema, notices, &why, "Use the newer version to write to it");
            }
            Trouble::ReadOnly(why) => {
                let why = format!("can't be written to ({why})");
                return read_only(path, schema, notices, &why, "Give acctui the right to write to it");
            }
            Trouble::Unusable(why) => {
                let notice = lost(path, schema, &why);
                return memory(schema, notices, notice);
            }
        }
    }
    let notice = lost(path, schema, "it was found broken again and again");
    memory(schema, notices, notice)
}

fn lost(path: &Path, schema: &Schema, why: &str) -> Notice {
    Notice::new(format!(
        "{} ({}) can't be used: {why}. Until the program ends, memory takes its place.",
        schema.what,
        path.display()
    ))
}

/// A file that is ready for writing.
fn attempt(path: &Path, schema: &Schema, now: Moment, thorough: bool) -> Result<Found, Trouble> {
    if let Err(error) = file::prepare(path)
        && !path.is_file()
    {
        return Err(Trouble::Unusable(format!("it can't be made ({error})")));
    }
    match file::fault(path) {
        Ok(None) => {}
        Ok(Some(why)) => return Err(Trouble::Broken(why.into())),
        Err(error) => return Err(Trouble::Unusable(error.to_string())),
    }
    let trouble = |error: rusqlite::Error| trouble(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(trouble)?;
    connection.busy_timeout(OPEN_WAIT).map_err(trouble)?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(trouble)? {
        return Err(Trouble::ReadOnly("its mode forbids it".into()));
    }
    suits(&connection, schema).map_err(trouble)??;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(trouble)?;
    if thorough {
        let said: String = connection.query_row(sql::QUICK_CHECK, [], |row| row.get(0)).map_err(trouble)?;
        if said != "ok" {
            return Err(Trouble::Broken(said));
        }
    }
    set_up(&connection, schema).map_err(trouble)?;
    migrate(&mut connection, path, schema, now)?;
    connection.busy_timeout(WAIT).map_err(trouble)?;
    Ok(Found { mode: Mode::Writable, access: Access::Shared, connection, wait: WAIT })
}

/// Whether the file is one of ours, and not of a newer version.
fn suits(connection: &Connection, schema: &Schema) -> rusqlite::Result<Result<(), Trouble>> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (version, application) = (number(sql::VERSION)?, number(sql::APPLICATION)?);
    let tables: i64 = connection.query_row(sql::TABLES, [], |row| row.get(0))?;
    Ok(if tables > 0 && application != schema.application {
        Err(Trouble::Broken("it is another program's database".into()))
    } else if usize::try_from(version).map_or(true, |version| version > schema.steps.len()) {
        Err(Trouble::Newer(version))
    } else {
        Ok(())
    })
}

fn set_up(connection: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", schema.synchronous)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 32 MB: as many pages as a batch of random ids dirties in a million accounts.
    connection.pragma_update(None, "cache_size", -32_768)?;
    // 16 MB of log before it is carried over; a log that a long reader let grow is cut again.
    connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    connection.pragma_update(None, "journal_size_limit", 67_108_864)?;
    keep_statements(connection, 64)
}

/// Keeps so many statements, and as they are: else each of them would be made anew for each value that it is given, in
/// case another plan were better for that one.
fn keep_statements(connection: &Connection, most: usize) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(most);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// Brings an older file (or an empty one) up to date: all steps or none.
fn migrate(connection: &mut Connection, path: &Path, schema: &Schema, now: Moment) -> Result<(), Trouble> {
    let trouble = |error: rusqlite::Error| trouble(path, &error);
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, sql::VERSION, |row| row.get::<_, u32>(0)).map(|version| version as usize)
    };
    let before = version(connection).map_err(trouble)?;
    if before == schema.steps.len() {
        return Ok(());
    }
    if before > 0 {
        back_up(connection, path, schema, before, now)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(trouble)?;
    // Another process may have done it while this one waited.
    let before = version(&transaction).map_err(trouble)?;
    for step in schema.steps.iter().skip(before) {
        transaction.execute_batch(step).map_err(trouble)?;
    }
    transaction.pragma_update(None, sql::APPLICATION, schema.application).map_err(trouble)?;
    let version = before.max(schema.steps.len());
    transaction.pragma_update(None, sql::VERSION, i64::try_from(version).unwrap_or(i64::MAX)).map_err(trouble)?;
    transaction.commit().map_err(trouble)
}

/// A copy beside the file, before anything in it changes. Without one nothing does.
fn back_up(
    connection: &Connection,
    path: &Path,
    schema: &Schema,
    version: usize,
    now: Moment,
) -> Result<PathBuf, Trouble> {
    let word = format!("version-{version}");
    let copy = file::free_name(path, &word, now);
    let unusable =
        |why: String| Trouble::Unusable(format!("no copy can be made before it is brought up to date ({why})"));
    file::make_private(&copy).map_err(|error| unusable(error.to_string()))?;
    if let Err(error) = connection.execute(sql::BACKUP, [copy.to_string_lossy()]) {
        let _ = std::fs::remove_file(&copy);
        return Err(unusable(error.to_string()));
    }
    if schema.copies.is_some() {
        file::prune(path, &word, 1);
    }
    Ok(copy)
}

/// What an error while opening means.
fn trouble(path: &Path, error: &rusqlite::Error) -> Trouble {
    match DiskError::of("", error) {
        DiskError::Damaged { why, .. } => Trouble::Broken(why),
        DiskError::ReadOnly { .. } => Trouble::ReadOnly(error.to_string()),
        DiskError::Busy { .. } => Trouble::Unusable("another process has it locked".into()),
        DiskError::Full { .. } => Trouble::Unusable("no space is left on the disk".into()),
        DiskError::Forgotten { .. } | DiskError::Failed { .. } => {
            // The file is there, its log or index can't be made: the folder is read only.
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) && path.is_file() {
                Trouble::ReadOnly(error.to_string())
            } else {
                Trouble::Unusable(error.to_string())
            }
        }
    }
}

/// Renames a broken file. The notice is missing if another process has done it.
fn put_aside(
    path: &Path,
    schema: &Schema,
    known: Option<(u64, u64)>,
    why: &str,
    now: Moment,
) -> Result<Option<Notice>, Notice> {
    match file::set_aside(path, known, "broken", now) {
        Ok(Some(aside)) => {
            if let Some(keep) = schema.copies {
                file::prune(path, "broken", keep);
            }
            Ok(Some(Notice::new(format!(
                "{} could not be read ({why}). It was set aside as {}; {}.",
                schema.what,
                aside.display(),
                schema.after
            ))))
        }
        Ok(None) => Ok(None),
        Err(error) => Err(lost(path, schema, &format!("{why}, and it can't be set aside ({error})"))),
    }
}

/// The file for reading alone, or memory where that can't be had.
fn read_only(path: &Path, schema: &Schema, mut notices: Vec<Notice>, why: &str, hint: &str) -> (Found, Vec<Notice>) {
    let tried = [Access::Shared, Access::Immutable].into_iter().find_map(|access| {
        // Without locks the log is not read, so nothing may stand in it.
        if access == Access::Immutable && file::has_log(path) {
            return None;
        }
        let connection = reader(path, access).ok()?;
        let reads = schema.needed.iter().all(|statement| connection.prepare(statement).is_ok());
        reads.then_some((access, connection))
    });
    let shown = path.display();
    if let Some((access, connection)) = tried {
        notices.push(Notice::new(format!(
            "{} ({shown}) {why}: it is read-only here. What comes in now is kept until the program ends. {hint}.",
            schema.what
        )));
        return (Found { mode: Mode::ReadOnly, access, connection, wait: WAIT }, notices);
    }
    let notice = Notice::new(format!(
        "{} ({shown}) {why}, and it can't be read: memory takes its place until the program ends. {hint}.",
        schema.what
    ));
    memory(schema, notices, notice)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Shared => Connection::open_with_flags(path, flags)?,
        Access::Immutable => {
            let name = percent_encoding::percent_encode(
                path.as_os_str().as_encoded_bytes(),
                percent_encoding::NON_ALPHANUMERIC,
            );
            Connection::open_with_flags(format!("file:{name}?immutable=1"), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
    };
    connection.busy_timeout(WAIT)?;
    // Half a MB: they read in the order of the file, so that no page but the upper ones is wanted twice, and what they
    // hold stays in memory as long as the program runs.
    connection.pragma_update(None, "cache_size", -512)?;
    keep_statements(&connection, 16)?;
    Ok(connection)
}

/// An empty database in memory.
pub(super) fn in_memory(schema: &Schema) -> rusqlite::Result<Found> {
    let connection = Connection::open_in_memory()?;
    for step in schema.steps {
        connection.execute_batch(step)?;
    }
    keep_statements(&connection, 64)?;
    Ok(Found { mode: Mode::Memory, access: Access::Shared, connection, wait: WAIT })
}

#[expect(
    clippy::expect_used,
    reason = "making empty tables in memory fails only where no memory is left, as every `Vec` does"
)]
fn memory(schema: &Schema, mut notices: Vec<Notice>, notice: Notice) -> (Found, Vec<Notice>) {
    notices.push(notice);
    (in_memory(schema).expect("the schema is sound, its tests make it"), notices)
}
