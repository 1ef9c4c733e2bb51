//! Whose rows are whose: a connection's name with the identity that it answered as.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::listing::Resume;
use super::rows::{broken, maybe, maybe_moment, moment, stored, text};
use super::{Disk, DiskError, record, sql};
use crate::domain::{ConnectionName, Identity, Moment, ProviderId, Untrusted};
use crate::inventory::{Fact, Hierarchy, SyncState};

/// The number of a connection as one identity. Never used again after it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerNo(pub u32);

/// What is kept of a connection beside its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionState {
    /// How far its listing came. One that was running when the program ended is read back as partial.
    pub sync: SyncState,
    /// Where its hierarchy comes from.
    pub hierarchy: Hierarchy,
    /// What the provider said along with the pages of the newest listing.
    pub messages: Vec<Untrusted>,
    /// When the listing ended that gave the oldest of its rows.
    pub kept_at: Option<Moment>,
}

/// A connection as one identity.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredOwner {
    /// Its number.
    pub no: OwnerNo,
    /// The connection's name.
    pub connection: ConnectionName,
    /// The kind of service.
    pub provider: ProviderId,
    /// Who it answered as, and when; `None` while it has not said.
    pub identity: Option<Fact<Identity>>,
    /// Whether this is the one whose rows the connection shows.
    pub is_current: bool,
    /// How far its listing is.
    pub state: ConnectionState,
    /// The number of its newest listing; 0 before the first.
    pub run: u64,
    /// Where that listing goes on, if it has not ended.
    pub resume: Option<Resume>,
    /// When the last whole listing ended.
    pub whole_at: Option<Moment>,
    /// The pages of the last whole listing; 0 before the first.
    pub whole_pages: u32,
    /// When something was last heard of it.
    pub heard_at: Option<Moment>,
}

/// Whose rows a connection's are, after it has said who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The owner to file what it says under.
    pub owner: OwnerNo,
    /// What that means for the rows that were shown so far.
    pub standing: Standing,
}

/// How an identity stands to the one whose rows a connection shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the same.
    Same,
    /// The connection was not known, or had not said who it is: what is there is this one's now.
    Settled,
    /// It is another. The rows of the one before stay, and are the ones shown until [`Disk::make_current`].
    Other {
        /// The one before.
        before: OwnerNo,
    },
}

impl Disk {
    /// Finds or makes the owner of what a connection says.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn identify(
        &self,
        connection: &ConnectionName,
        provider: &ProviderId,
        identity: Option<&Identity>,
        at: Moment,
    ) -> Result<Identified, DiskError> {
        self.base.write(|transaction| {
            let filing = Filing { transaction, connection, provider, identity, at };
            filing.identify()
        })
    }

    /// Shows this owner's rows from now on for its connection, and not those of others of the same name.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn make_current(&self, owner: OwnerNo) -> Result<(), DiskError> {
        self.base.write(|transaction| transaction.execute(sql::SET_CURRENT, [owner.0]).map(drop))
    }

    /// All connections with all their identities, by number.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn owners(&self) -> Result<Vec<StoredOwner>, DiskError> {
        self.base.read(all)
    }

    /// Removes all that is known of a connection (`None`: of all), whichever identity it answered as, from the file's
    /// free pages, too. Gives how many owners that were.
    ///
    /// # Errors
    /// If it can't be written; then nothing is forgotten.
    pub fn forget(&self, connection: Option<&ConnectionName>) -> Result<usize, DiskError> {
        let owners = self.owners()?;
        let chosen: Vec<OwnerNo> = owners
            .iter()
            .filter(|owner| connection.is_none_or(|name| *name == owner.connection))
            .map(|owner| owner.no)
            .collect();
        self.forget_owners(&chosen)?;
        Ok(chosen.len())
    }

    /// Removes all that is known of these.
    ///
    /// # Errors
    /// If it can't be written; then nothing is forgotten.
    pub fn forget_owners(&self, owners: &[OwnerNo]) -> Result<(), DiskError> {
        if self.mode() == super::Mode::ReadOnly {
            return Err(DiskError::ReadOnly { file: self.base.name() });
        }
        self.base.maintain(|connection| connection.query_row(sql::FORGET_MODE, [], |_| Ok(())))?;
        let done = self.base.write(|transaction| {
            for owner in owners {
                for statement in sql::FORGET_ACCOUNTS {
                    transaction.execute(statement, [owner.0])?;
                }
            }
            sql::FORGET_WORDS.iter().try_for_each(|statement| transaction.execute(statement, []).map(drop))
        });
        self.base.maintain(|connection| connection.query_row(sql::USUAL_MODE, [], |_| Ok(())))?;
        done?;
        // Another process may be reading: the space comes back later then, its content is gone already.
        let _ = self.base.maintain(|connection| connection.execute_batch(sql::COMPACT));
        let _ = self.base.maintain(|connection| connection.query_row(sql::CHECKPOINT, [], |_| Ok(())));
        Ok(())
    }
}

/// One answer to "who are you?", being filed.
struct Filing<'a> {
    transaction: &'a Connection,
    connection: &'a ConnectionName,
    provider: &'a ProviderId,
    identity: Option<&'a Identity>,
    at: Moment,
}

impl Filing<'_> {
    fn identify(&self) -> rusqlite::Result<Identified> {
        let key = self.identity.map(Identity::key);
        let current = self
            .transaction
            .query_row(sql::CURRENT_OWNER, [self.connection.as_str()], |row| {
                Ok((OwnerNo(row.get(0)?), maybe(row, 1)?.map(str::to_owned)))
            })
            .optional()?;
        let known = self
            .transaction
            .query_row(sql::OWNER_OF_IDENTITY, params![self.connection.as_str(), key], |row| row.get(0).map(OwnerNo))
            .optional()?;
        let (owner, standing) = match (current, known) {
            // Who it is nobody knows: it is taken for the one that it was.
            (Some((owner, _)), _) if key.is_none() => return Ok(Identified { owner, standing: Standing::Same }),
            (Some((owner, before)), _) if before == key => (owner, Standing::Same),
            (Some((owner, None)), None) => (owner, Standing::Settled),
            (Some((nameless, None)), Some(known)) => {
                self.discard(nameless)?;
                self.transaction.execute(sql::SET_CURRENT, [known.0])?;
                (known, Standing::Settled)
            }
            (Some((before, Some(_))), Some(known)) => (known, Standing::Other { before }),
            (Some((before, Some(_))), None) => (self.add(false)?, Standing::Other { before }),
            (None, Some(known)) => {
                self.transaction.execute(sql::SET_CURRENT, [known.0])?;
                (known, Standing::Settled)
            }
            (None, None) => (self.add(true)?, Standing::Settled),
        };
        let text = self.identity.map(record::identity);
        self.transaction
            .execute(sql::SET_IDENTITY, params![owner.0, self.provider.as_str(), key, text, stored(self.at)])?;
        Ok(Identified { owner, standing })
    }

    fn add(&self, is_current: bool) -> rusqlite::Result<OwnerNo> {
        let (key, text) = (self.identity.map(Identity::key), self.identity.map(record::identity));
        self.transaction.execute(
            sql::ADD_OWNER,
            params![self.connection.as_str(), self.provider.as_str(), key, text, stored(self.at), is_current],
        )?;
        number(self.transaction.last_insert_rowid())
    }

    /// Rows of nobody, while the rows of the one who answers are there from before: these will be listed again.
    fn discard(&self, owner: OwnerNo) -> rusqlite::Result<()> {
        sql::FORGET_ACCOUNTS.iter().try_for_each(|statement| self.transaction.execute(statement, [owner.0]).map(drop))
    }
}

fn number(row: i64) -> rusqlite::Result<OwnerNo> {
    u32::try_from(row).map(OwnerNo).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, row))
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<StoredOwner>> {
    let mut statement = connection.prepare_cached(sql::OWNERS)?;
    statement.query_and_then([], owner)?.collect()
}

/// One that must be there.
pub(super) fn one(connection: &Connection, owner_no: OwnerNo) -> rusqlite::Result<StoredOwner> {
    let mut statement = connection.prepare_cached(sql::OWNER)?;
    statement.query_row([owner_no.0], owner)
}

fn owner(row: &Row<'_>) -> rusqlite::Result<StoredOwner> {
    let identity = maybe(row, 3)?.map(record::read_identity).transpose().map_err(|why| broken(3, why))?;
    let at = moment(row.get(4)?);
    let resume = maybe(row, 8)?.map(record::read_resume).transpose().map_err(|why| broken(8, why))?;
    let heard_at = maybe_moment(row, 12)?;
    let mut state =
        maybe(row, 6)?.map(record::read_state).transpose().map_err(|why| broken(6, why))?.unwrap_or_default();
    record::interrupted(&mut state, heard_at.unwrap_or(at));
    Ok(StoredOwner {
        no: OwnerNo(row.get(0)?),
        connection: ConnectionName::new(text(row, 1)?),
        provider: ProviderId::new(text(row, 2)?),
        identity: identity.map(|value| Fact { value, at }),
        is_current: row.get(5)?,
        state,
        run: row.get::<_, i64>(7)?.unsigned_abs(),
        resume,
        whole_at: maybe_moment(row, 10)?,
        whole_pages: row.get(11)?,
        heard_at,
    })
}
