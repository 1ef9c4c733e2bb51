//! Writes what a batch changed down beside the batch.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{between, differences, record_of};
use crate::domain::{Account, Difference, Moment, Observed, ProviderId, Vanished};
use crate::inventory::disk::{
    Batch, Disk, DiskError, Letter, Midst, Mode, Notice, Own, OwnOpened, Retention, RowId, StoredOwner, Written,
};
use crate::inventory::failpoint::failpoint;
use crate::provider::{Clock, Levels, registry};

/// Up to so many accounts may vanish at once without a question: closing a score of them by hand is a day's work.
const FEW: usize = 20;
/// Beyond those: one in this many.
const PART: u64 = 20;
/// Old entries are removed once a day at most.
const DAY: u64 = 24 * 60 * 60 * 1000;
/// Under what the time of the last removal is kept.
const PRUNED: &str = "history pruned";

/// Writes down what syncs observe. One for the program.
#[derive(Debug)]
pub struct History {
    own: Where,
    keep: Retention,
    /// When old entries were removed last, as far as this process knows.
    pruned: Mutex<Option<Moment>>,
}

/// Where a history is.
enum Where {
    Memory(Own),
    File { path: PathBuf, clock: Clock, own: OnceLock<OwnOpened> },
}

impl fmt::Debug for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(_) => f.write_str("Memory"),
            Self::File { path, .. } => write!(f, "{}", path.display()),
        }
    }
}

/// What became of a batch, and of the history beside it.
#[derive(Debug)]
pub struct Heard {
    /// What the disk says.
    pub written: Written,
    /// How many differences were written down.
    pub observed: usize,
    /// Set where so many accounts vanished that the history waits for the user.
    pub vanished: Option<Vanished>,
    /// Why the history could not be written; the batch was.
    pub trouble: Option<DiskError>,
}

/// What one batch says.
#[derive(Debug, Default)]
struct Said {
    observed: Vec<Observed>,
    /// Gone, and held back.
    held: Vec<Observed>,
    /// No longer held back.
    again: Vec<Observed>,
    vanished: Option<Vanished>,
}

impl History {
    /// One in the user's own file, which is opened with the first use: nothing at start waits for it.
    #[must_use]
    pub fn at(path: PathBuf, clock: Clock) -> Self {
        Self::new(Where::File { path, clock, own: OnceLock::new() })
    }

    /// One that ends with the program.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Where::Memory(Own::in_memory()))
    }

    fn new(own: Where) -> Self {
        Self { own, keep: Retention::default(), pruned: Mutex::default() }
    }

    /// The same with another measure of what is kept.
    #[must_use]
    pub fn keeping(self, keep: Retention) -> Self {
        Self { keep, ..self }
    }

    /// The file behind it. Blocks while it is opened.
    #[must_use]
    pub fn own(&self) -> &Own {
        match &self.own {
            Where::Memory(own) => own,
            Where::File { path, clock, own } => &own.get_or_init(|| Own::open(path, clock())).own,
        }
    }

    /// What had to be done to open the file, if it is open.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        match &self.own {
            Where::File { own, .. } => own.get().map(|opened| &opened.notices[..]).unwrap_or_default(),
            Where::Memory(_) => &[],
        }
    }

    /// Writes a batch to the disk, and what it changed to the history. The accounts of a connection's first whole listing
    /// are no news. What is told waits beside the batch until the history has it, so that it hears all of it once, wherever
    /// the program ends.
    ///
    /// # Errors
    /// If the batch can't be written; then neither is.
    pub fn write(&self, disk: &Disk, batch: &mut Batch) -> Result<Heard, DiskError> {
        let is_news = !(batch.accounts.is_empty() && batch.places.is_empty() && batch.gone.is_empty());
        let owners = if is_news || batch.ending.is_some() { disk.owners()? } else { Vec::new() };
        // What there was before the first whole listing nobody can tell.
        let owner = owners.into_iter().find(|owner| owner.no == batch.owner && owner.whole_at.is_some());
        batch.wants_before = owner.is_some();
        let Some(owner) = owner else {
            let written = disk.write(batch)?;
            return Ok(Heard { written, observed: 0, vanished: None, trouble: None });
        };
        // What an earlier batch told comes first: what is held back hangs on it.
        let mut trouble = self.deliver(disk).err();
        let (written, said) = disk.write_telling(batch, |midst, written| {
            let said = Batched { history: self, midst, owner: &owner, batch, written }.say()?;
            let letters = said.letters();
            if !letters.is_empty() && self.own().mode() == Mode::ReadOnly {
                return Err(DiskError::ReadOnly { file: self.own().name() });
            }
            Ok((said, letters))
        })?;
        failpoint("after-inventory");
        let mut heard = Heard { written, observed: 0, vanished: None, trouble: None };
        match said {
            Ok(said) => {
                if said.has_news() {
                    trouble = self.prune(batch.at).and_then(|()| self.deliver(disk)).err();
                }
                (heard.observed, heard.vanished) = (said.observed.len(), said.vanished);
            }
            Err(why) => trouble = Some(why),
        }
        heard.trouble = trouble;
        Ok(heard)
    }

    /// Has the history hear what waits for it, from whichever process it came.
    ///
    /// # Errors
    /// If it can't be read or written: it waits on.
    pub fn deliver(&self, disk: &Disk) -> Result<(), DiskError> {
        let Some(name) = disk.waiting()? else { return Ok(()) };
        disk.make_durable()?;
        let heard = self.own().take_letters(&name, |after| disk.letters(after))?;
        failpoint("after-history");
        // What stays is known by its number.
        let _ = disk.drop_letters(heard);
        Ok(())
    }

    /// Removes what is older or more than is kept, once a day at most.
    fn prune(&self, now: Moment) -> Result<(), DiskError> {
        let mut pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |last: Option<Moment>| last.is_none_or(|last| now < last || now.since(last) >= DAY);
        if !is_due(*pruned) {
            return Ok(());
        }
        let last = self.own().kept(PRUNED)?.and_then(|text| text.parse().ok()).map(Moment);
        if is_due(last) {
            self.own().prune_history(now, self.keep)?;
            self.own().keep(PRUNED, Some(&now.0.to_string()))?;
        }
        *pruned = Some(last.filter(|last| !is_due(Some(*last))).unwrap_or(now));
        Ok(())
    }
}

impl Said {
    fn has_news(&self) -> bool {
        !(self.observed.is_empty() && self.held.is_empty() && self.again.is_empty())
    }

    fn letters(&self) -> Vec<Letter> {
        let observed = self.observed.iter().cloned().map(Letter::Observed);
        let again = self.again.iter().cloned().map(Letter::Again);
        observed.chain(again).chain(self.held.iter().cloned().map(Letter::Held)).collect()
    }
}

/// A batch that was written, and is not yet committed.
struct Batched<'a> {
    history: &'a History,
    midst: &'a Midst<'a>,
    /// As it was before the batch.
    owner: &'a StoredOwner,
    batch: &'a Batch,
    written: &'a Written,
}

impl Batched<'_> {
    fn say(&self) -> Result<Said, DiskError> {
        let identity = self.identity();
        let mut said = Said::default();
        self.came(&identity, &mut said)?;
        self.placed(&identity, &mut said);
        self.went(&identity, &mut said)?;
        Ok(said)
    }

    fn identity(&self) -> String {
        self.owner.identity.as_ref().map(|fact| fact.value.key()).unwrap_or_default()
    }

    fn one(&self, identity: &str, account: &Account, difference: Difference) -> Observed {
        let (key, name) = (account.key.clone(), account.name.clone());
        let at = match (&difference, self.batch.ended_at) {
            // As the list says it: those that are held back are known by it.
            (Difference::Gone { .. }, Some(ended)) => ended,
            (_, _) => self.batch.at,
        };
        Observed { at, key, identity: identity.to_owned(), name, difference }
    }

    /// What the accounts of the batch say that was not known.
    fn came(&self, identity: &str, said: &mut Said) -> Result<(), DiskError> {
        let written = self.written;
        let new: HashSet<usize> = written.new.iter().copied().collect();
        let before: HashMap<usize, &Account> = written.before.iter().map(|(nth, account)| (*nth, account)).collect();
        let mut back: HashSet<RowId> = written.back.iter().copied().collect();
        for (nth, account) in self.batch.accounts.iter().map(|account| &**account).enumerate() {
            let differences = if new.contains(&nth) {
                differences(None, Some(account))
            } else if written.rows.get(nth).is_some_and(|row| back.remove(row)) {
                self.again(identity, account, said)?
            } else {
                before.get(&nth).map(|before| differences(Some(before), Some(account))).unwrap_or_default()
            };
            said.observed.extend(differences.into_iter().map(|difference| self.one(identity, account, difference)));
        }
        Ok(())
    }

    /// Accounts that stand in another organization now.
    fn placed(&self, identity: &str, said: &mut Said) {
        let is_walked = |provider: &ProviderId| {
            let kind = registry().iter().find(|kind| kind.spec.id() == *provider);
            kind.is_some_and(|kind| kind.spec.levels == Levels::Walked)
        };
        for (before, parent) in &self.written.placed {
            // Where the walk over the organizations alone says it, it was not known before; nor was the name of one that the
            // account's own record names by its id alone.
            let is_only_named = before
                .parent
                .as_ref()
                .zip(parent.as_ref())
                .is_some_and(|(was, is)| was.id == is.id && was.name.is_empty());
            if is_only_named || before.parent.is_none() && is_walked(&before.provider) {
                continue;
            }
            let after = Account { parent: parent.clone(), ..before.clone() };
            let differences = differences(Some(before), Some(&after)).into_iter();
            said.observed.extend(differences.map(|difference| self.one(identity, &after, difference)));
        }
    }

    /// An account that was gone came again. The history knows nothing of its absence where that was held back.
    fn again(&self, identity: &str, account: &Account, said: &mut Said) -> Result<Vec<Difference>, DiskError> {
        let Some(record) = self.history.own().held(&account.key, identity)? else {
            return Ok(differences(None, Some(account)));
        };
        let differences = between(&record, &record_of(account));
        said.again.push(self.one(identity, account, Difference::Gone { record }));
        Ok(differences)
    }

    /// What is gone by the batch.
    fn went(&self, identity: &str, said: &mut Said) -> Result<(), DiskError> {
        let gone = &self.written.gone;
        if gone.is_empty() {
            return Ok(());
        }
        let records = self.midst.records(gone.iter().map(|(row, _)| *row).collect())?;
        let gone_one = |account: &Account| self.one(identity, account, Difference::Gone { record: record_of(account) });
        let found: Vec<Observed> = records.iter().map(gone_one).collect();
        let many = gone.len() > FEW && {
            let before = self.midst.count(self.batch.owner)? + gone.len() as u64;
            gone.len() as u64 * PART > before
        };
        if many && self.batch.ending.is_some() {
            said.vanished = Some(Vanished {
                connection: self.owner.connection.clone(),
                identity: identity.to_owned(),
                accounts: gone.len() as u64,
                at: self.batch.ended_at.unwrap_or(self.batch.at),
            });
            said.held = found;
        } else {
            said.observed.extend(found);
        }
        Ok(())
    }
}
