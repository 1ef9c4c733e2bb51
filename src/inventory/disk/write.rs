//! What a sync brings, written in one transaction: all of a batch or nothing of it.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::listing::{self, Ending, Progress, Seen};
use super::owners::{ConnectionState, OwnerNo};
use super::rows::{self, Ages, RowId, stored};
use super::{Disk, DiskError, Mode, StoredFact, digest, facts, record, sql};
use crate::domain::{Account, AccountId, Moment, Organization, OrganizationId, ParentRef, Untrusted};
use crate::inventory::columns::kept_text;

/// What is written together. Everything in it is one owner's.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Whose it is.
    pub owner: OwnerNo,
    /// When it was heard.
    pub at: Moment,
    /// Accounts, in the provider's order; of two with one id the later counts.
    pub accounts: Vec<Arc<Account>>,
    /// Set where the accounts are pages of a listing: they are ticked off, and it goes on here after a restart.
    pub progress: Option<Progress>,
    /// Set where the listing has given every page: what it did not give is gone.
    pub ending: Option<Ending>,
    /// When it had: what is gone by it is gone since then; else since the batch was heard.
    pub ended_at: Option<Moment>,
    /// Accounts that are known to be gone: deleted, closed, removed.
    pub gone: Vec<AccountId>,
    /// Known accounts that stand in another organization now, as something else than their own record says.
    pub places: Vec<(AccountId, Option<ParentRef>)>,
    /// Organizations, as a listing gave them.
    pub organizations: Vec<Organization>,
    /// Organizations that a whole listing did not give any more.
    pub organizations_gone: Vec<OrganizationId>,
    /// Facts; a later one takes the place of an earlier one.
    pub facts: Vec<StoredFact>,
    /// Facts that hold no more: see [`StoredFact::subject`].
    pub facts_gone: Vec<(super::FactKind, String)>,
    /// The connection's state from now on.
    pub state: Option<ConnectionState>,
    /// Whether [`Written::before`] is wanted: it costs a read for each changed account.
    pub wants_before: bool,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new(owner: OwnerNo, at: Moment) -> Self {
        Self {
            owner,
            at,
            accounts: Vec::new(),
            progress: None,
            ending: None,
            ended_at: None,
            gone: Vec::new(),
            places: Vec::new(),
            organizations: Vec::new(),
            organizations_gone: Vec::new(),
            facts: Vec::new(),
            facts_gone: Vec::new(),
            state: None,
            wants_before: false,
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The rows of the batch's accounts, in the same order.
    pub rows: Vec<RowId>,
    /// Accounts that were not known.
    pub added: u64,
    /// Their places in the batch.
    pub new: Vec<usize>,
    /// Accounts that were known otherwise.
    pub changed: u64,
    /// Accounts that were known just so.
    pub unchanged: u64,
    /// Known accounts that had been gone.
    pub back: Vec<RowId>,
    /// Accounts that this listing had not given before; all of them where the batch is of no listing.
    pub fresh: u64,
    /// What changed accounts were before, by their place in the batch.
    pub before: Vec<(usize, Account)>,
    /// What accounts were that stand in another organization now, and in which, where [`Batch::wants_before`].
    pub placed: Vec<(Account, Option<ParentRef>)>,
    /// What is gone by this batch.
    pub gone: Vec<(RowId, AccountId)>,
    /// A newer listing has begun meanwhile (in another process, say): the rows are kept, this one's progress is not.
    pub is_superseded: bool,
}

impl Disk {
    /// Writes a batch.
    ///
    /// # Errors
    /// If it can't be written; then nothing of it is, and all that was there still is.
    pub fn write(&self, batch: &Batch) -> Result<Written, DiskError> {
        self.base.write(|transaction| write(transaction, batch))
    }

    /// Leaves the file so that the next start reads little before its first row. Waits for no reader.
    ///
    /// # Errors
    /// If it can't be written; all that was written still is.
    pub fn carry_over(&self) -> Result<(), DiskError> {
        if self.mode() == Mode::Writable { self.base.carry_over() } else { Ok(()) }
    }
}

pub(super) fn write(connection: &Connection, batch: &Batch) -> rusqlite::Result<Written> {
    Writer::new(connection, batch)?.write()
}

/// A batch on its way.
struct Writer<'a> {
    connection: &'a Connection,
    batch: &'a Batch,
    /// The rows ticked off, if the batch is of the newest listing.
    seen: Option<Seen>,
    words: HashMap<&'a str, i64>,
    places: HashMap<(&'a str, &'a str), i64>,
    /// The rows that were added.
    span: Option<(i64, i64)>,
    ages: Ages,
    written: Written,
}

/// A row as it was found.
struct Known {
    row: RowId,
    digest: i64,
    is_gone: bool,
}

impl<'a> Writer<'a> {
    fn new(connection: &'a Connection, batch: &'a Batch) -> rusqlite::Result<Self> {
        let run = batch.progress.as_ref().map(|progress| progress.run);
        let run = run.or(batch.ending.map(|ending| ending.run));
        let is_open = run.map(|run| listing::is_open(connection, batch.owner, run)).transpose()?;
        let written = Written { is_superseded: is_open == Some(false), ..Written::default() };
        Ok(Self {
            connection,
            batch,
            seen: is_open.filter(|open| *open).map(|_| Seen::default()),
            words: HashMap::new(),
            places: HashMap::new(),
            span: None,
            ages: Ages::default(),
            written,
        })
    }

    fn write(mut self) -> rusqlite::Result<Written> {
        let (connection, batch) = (self.connection, self.batch);
        let at = stored(batch.at);
        // Also finds an owner that was forgotten meanwhile.
        if connection.execute(sql::SET_HEARD, params![batch.owner.0, at])? == 0 {
            return Err(rusqlite::Error::QueryReturnedNoRows);
        }
        for (nth, account) in batch.accounts.iter().enumerate() {
            self.account(nth, account)?;
        }
        if let Some((low, high)) = self.span {
            connection.execute(sql::WIDEN, params![batch.owner.0, low, high])?;
        }
        for (id, parent) in &batch.places {
            self.put(id, parent.as_ref())?;
        }
        for id in &batch.gone {
            self.gone(id)?;
        }
        facts::write_organizations(connection, batch.owner, &batch.organizations, batch.at)?;
        for id in &batch.organizations_gone {
            connection.execute(sql::DROP_ORGANIZATION, params![batch.owner.0, id.as_str()])?;
        }
        facts::write_facts(connection, batch.owner, &batch.facts)?;
        for (kind, subject) in &batch.facts_gone {
            connection.execute(sql::DROP_FACT, params![batch.owner.0, *kind as u8, subject])?;
        }
        self.listing()?;
        if let Some(state) = &batch.state {
            connection.execute(sql::SET_STATE, params![batch.owner.0, record::state(state)])?;
        }
        Ok(self.written)
    }

    /// The listing's own bookkeeping, unless a newer one has begun.
    fn listing(&mut self) -> rusqlite::Result<()> {
        let (connection, batch) = (self.connection, self.batch);
        let Some(seen) = &self.seen else {
            return Ok(());
        };
        seen.write(connection, batch.owner)?;
        if let Some(progress) = &batch.progress {
            connection.execute(sql::SET_RESUME, params![batch.owner.0, record::resume(&progress.resume)])?;
        }
        if let Some(ending) = batch.ending {
            self.written.gone.extend(listing::end(
                connection,
                batch.owner,
                ending.pages,
                batch.ended_at.unwrap_or(batch.at),
            )?);
        }
        Ok(())
    }

    fn account(&mut self, nth: usize, account: &'a Account) -> rusqlite::Result<()> {
        let (owner, at) = (self.batch.owner, stored(self.batch.at));
        let key = digest::key(owner, &account.key.id);
        let kept = kept_text(account);
        let digest = digest::digest(account, kept.as_deref());
        let row = match self.find(key, &account.key.id)? {
            None => {
                let row = self.add(account, key, (digest, kept))?;
                self.written.added += 1;
                self.written.new.push(nth);
                row
            }
            Some(known) => {
                if known.digest == digest {
                    self.written.unchanged += 1;
                    // A listing ticks its rows off; what comes one by one has its own time.
                    if known.is_gone || self.seen.is_none() {
                        self.connection.prepare_cached(sql::TOUCH)?.execute(params![known.row.0, at])?;
                    }
                } else {
                    self.change(nth, account, &known, (digest, kept))?;
                    self.written.changed += 1;
                }
                if known.is_gone {
                    self.written.back.push(known.row);
                }
                known.row
            }
        };
        let fresh = match &mut self.seen {
            Some(seen) => seen.tick(self.connection, owner, row)?,
            None => true,
        };
        self.written.fresh += u64::from(fresh);
        self.written.rows.push(row);
        Ok(())
    }

    fn find(&self, key: i64, id: &AccountId) -> rusqlite::Result<Option<Known>> {
        let mut statement = self.connection.prepare_cached(sql::FIND)?;
        statement
            .query_row(params![key, self.batch.owner.0, id.as_str()], |row| {
                let gone: Option<i64> = row.get(2)?;
                Ok(Known { row: RowId(row.get(0)?), digest: row.get(1)?, is_gone: gone.is_some() })
            })
            .optional()
    }

    fn add(
        &mut self,
        account: &'a Account,
        key: i64,
        (digest, kept): (i64, Option<String>),
    ) -> rusqlite::Result<RowId> {
        let codes = self.codes(account)?;
        self.connection.prepare_cached(sql::ADD_ACCOUNT)?.execute(params![
            self.batch.owner.0,
            account.key.id.as_str(),
            account.name.raw(),
            codes.place,
            codes.kind,
            codes.status,
            account.email.as_ref().map(Untrusted::raw),
            account.created_at.as_ref().map(Untrusted::raw),
            account.updated_at.as_ref().map(Untrusted::raw),
            account.has_extra,
            stored(self.batch.at),
            key,
            digest,
            kept,
        ])?;
        let row = self.connection.last_insert_rowid();
        self.connection.prepare_cached(sql::ADD_RAW)?.execute(params![row, account.raw.text()])?;
        let (low, high) = self.span.unwrap_or((row, row));
        self.span = Some((low.min(row), high.max(row)));
        Ok(RowId(row))
    }

    fn change(
        &mut self,
        nth: usize,
        account: &'a Account,
        known: &Known,
        (digest, kept): (i64, Option<String>),
    ) -> rusqlite::Result<()> {
        let row = known.row.0;
        if self.batch.wants_before {
            let mut statement = self.connection.prepare_cached(sql::RECORD)?;
            let before = statement.query_row([row], |row| rows::whole(row, &self.ages))?;
            self.written.before.push((nth, before.account));
        }
        let codes = self.codes(account)?;
        self.connection.prepare_cached(sql::SET_ACCOUNT)?.execute(params![
            row,
            account.name.raw(),
            codes.place,
            codes.kind,
            codes.status,
            account.email.as_ref().map(Untrusted::raw),
            account.created_at.as_ref().map(Untrusted::raw),
            account.updated_at.as_ref().map(Untrusted::raw),
            account.has_extra,
            stored(self.batch.at),
            digest,
            kept,
        ])?;
        self.connection.prepare_cached(sql::SET_RAW)?.execute(params![row, account.raw.text()])?;
        Ok(())
    }

    fn put(&mut self, id: &AccountId, parent: Option<&'a ParentRef>) -> rusqlite::Result<()> {
        if let Some(known) = self.find(digest::key(self.batch.owner, id), id)? {
            if self.batch.wants_before {
                let mut statement = self.connection.prepare_cached(sql::RECORD)?;
                let before = statement.query_row([known.row.0], |row| rows::whole(row, &self.ages))?;
                self.written.placed.push((before.account, parent.cloned()));
            }
            let place = parent.map(|parent| self.place(parent)).transpose()?;
            self.connection.prepare_cached(sql::SET_PLACE)?.execute(params![known.row.0, place])?;
        }
        Ok(())
    }

    fn gone(&mut self, id: &AccountId) -> rusqlite::Result<()> {
        let key = digest::key(self.batch.owner, id);
        if let Some(known) = self.find(key, id)?
            && !known.is_gone
        {
            let mut statement = self.connection.prepare_cached(sql::SET_GONE)?;
            statement.execute(params![known.row.0, stored(self.batch.at)])?;
            self.written.gone.push((known.row, id.clone()));
        }
        Ok(())
    }

    fn codes(&mut self, account: &'a Account) -> rusqlite::Result<Codes> {
        Ok(Codes {
            place: account.parent.as_ref().map(|parent| self.place(parent)).transpose()?,
            kind: account.kind.as_ref().map(|text| self.word(text.raw())).transpose()?,
            status: account.status.as_ref().map(|text| self.word(text.raw())).transpose()?,
        })
    }

    fn word(&mut self, text: &'a str) -> rusqlite::Result<i64> {
        if let Some(number) = self.words.get(text) {
            return Ok(*number);
        }
        let number = number(self.connection, sql::WORD, sql::ADD_WORD, params![text])?;
        self.words.insert(text, number);
        Ok(number)
    }

    fn place(&mut self, parent: &'a ParentRef) -> rusqlite::Result<i64> {
        let (id, name) = (parent.id.as_str(), parent.name.raw());
        if let Some(number) = self.places.get(&(id, name)) {
            return Ok(*number);
        }
        let number = number(self.connection, sql::PLACE, sql::ADD_PLACE, params![id, name])?;
        self.places.insert((id, name), number);
        Ok(number)
    }
}

/// An account's numbers in the dictionaries.
struct Codes {
    place: Option<i64>,
    kind: Option<i64>,
    status: Option<i64>,
}

/// The number of an entry of a dictionary, a new one if need be.
fn number(connection: &Connection, find: &str, add: &str, entry: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<i64> {
    let known = connection.prepare_cached(find)?.query_row(entry, |row| row.get(0)).optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    connection.prepare_cached(add)?.execute(entry)?;
    Ok(connection.last_insert_rowid())
}
