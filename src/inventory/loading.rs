//! Fills the memory from the disk: what earlier runs were told.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::book::{Book, Interrupted};
use super::columns::{Columns, Shape, read_kept};
use super::disk::{Dictionaries, Disk, DiskError, FactKind, OwnerNo, RowId, Seen, StoredFact, StoredOwner, StoredRow};
use super::filing::Filing;
use super::segment::{Codes, Parts};
use super::store::State;
use super::{Hierarchy, Inventory, Snapshot};
use crate::domain::{Account, AccountId, AccountKey, Organization, ParentRef, Untrusted};
use crate::provider::{Levels, registry};

/// Kept values that are known by their text: few differ where they are yes or no, all where they are words of people.
const KNOWN_VALUES: usize = 4_096;

impl Inventory {
    /// Reads all that the disk has, and gives the snapshot of it; what can't be read is said, and comes with the next
    /// sync. Blocks for up to a second. Nothing else may have been taken in before.
    pub fn load(&self) -> Arc<Snapshot> {
        let stock = {
            let state = self.state();
            match &state.keeper {
                Some(keeper) => Arc::clone(&keeper.stock),
                None => return state.current(),
            }
        };
        let first = self.state().preview.take().unwrap_or_default();
        let mut loaded = match first.load(&stock.disk) {
            Ok(loaded) => loaded,
            Err(error) => {
                stock.fault(&error);
                // What is left of it may well be read once it is mended.
                Loader::default().load(&stock.disk).unwrap_or_default()
            }
        };
        let mut state = self.state();
        stock.settle(loaded.at);
        (state.altered, state.work.rows, state.filing) = (true, loaded.columns, loaded.filing);
        for known in loaded.owners {
            let book = loaded.books.remove(&known.owner.no).unwrap_or_default();
            state.install(known, book);
        }
        state.publish()
    }

    /// What the list showed last, at most so many rows, and how each connection's listing is: to be shown until all is
    /// loaded. The rows keep their numbers.
    pub fn preview(&self, most: u32) -> Arc<Snapshot> {
        let stock = {
            let state = self.state();
            match &state.keeper {
                Some(keeper) => Arc::clone(&keeper.stock),
                None => return state.current(),
            }
        };
        let first = Loader::default().preview(&stock.disk, most);
        let mut state = self.state();
        match first {
            Ok((loader, owners)) => {
                (state.altered, state.work.rows) = (true, loader.columns.clone());
                stock.settle(loader.at.clone());
                for owner in owners {
                    let view = state.view(&owner.connection);
                    (view.identity, view.sync) = (owner.identity, owner.state.sync);
                    (view.hierarchy, view.messages) = (owner.state.hierarchy, owner.state.messages);
                }
                state.preview = Some(loader);
            }
            Err(error) => stock.fault(&error),
        }
        state.publish()
    }
}

/// What is known of a connection beside its rows.
struct OwnerFacts {
    owner: StoredOwner,
    organizations: Vec<Organization>,
    facts: Vec<StoredFact>,
}

/// Memory in the making.
#[derive(Default)]
pub(super) struct Loader {
    columns: Columns,
    filing: Filing,
    books: HashMap<OwnerNo, Book>,
    owners: Vec<OwnerFacts>,
    /// The rows of the preview.
    first: Vec<(u32, OwnerNo, RowId, Account)>,
    /// Each row's number on the disk.
    at: Vec<u32>,
    seen: HashMap<OwnerNo, Seen>,
    shapes: HashMap<(OwnerNo, [Option<u32>; 3]), u32>,
    values: HashMap<(OwnerNo, Box<str>), Vec<u32>>,
    /// Rows that are there already.
    known: HashSet<RowId>,
    /// Connections whose accounts' own records do not say where they stand.
    holding: HashSet<OwnerNo>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loader({} rows)", self.at.len())
    }
}

impl Loader {
    fn preview(mut self, disk: &Disk, most: u32) -> Result<(Self, Vec<StoredOwner>), DiskError> {
        let current: Vec<StoredOwner> = disk.owners()?.into_iter().filter(|owner| owner.is_current).collect();
        if current.is_empty() {
            return Ok((self, current));
        }
        for stored in disk.first(most)? {
            let is_current = current.iter().any(|owner| owner.no == stored.owner);
            if is_current
                && stored.gone_since.is_none()
                && self.known.insert(stored.row)
                && let Some(row) = self.filing.push(&mut self.columns, &stored.account)
            {
                self.at.push(u32::try_from(stored.row.0).unwrap_or(0));
                self.first.push((row, stored.owner, stored.row, stored.account));
            }
        }
        Ok((self, current))
    }

    fn load(mut self, disk: &Disk) -> Result<Self, DiskError> {
        let current: Vec<StoredOwner> = disk.owners()?.into_iter().filter(|owner| owner.is_current).collect();
        let loader = &mut self;
        if current.is_empty() {
            return Ok(self);
        }
        for owner in &current {
            loader.begin(disk, owner)?;
        }
        for (row, owner, at, account) in std::mem::take(&mut loader.first) {
            loader.note(row, owner, at, (account.key.id.as_str(), account.parent.as_ref()), false);
        }
        let numbers: Vec<OwnerNo> = current.iter().map(|owner| owner.no).collect();
        let dictionaries = disk.dictionaries()?;
        disk.load(&numbers, |_| (), |row| loader.row(&dictionaries, row))?;
        for owner in current {
            loader.owners.push(facts(disk, owner)?);
        }
        Ok(self)
    }

    fn begin(&mut self, disk: &Disk, owner: &StoredOwner) -> Result<(), DiskError> {
        let book = self.books.entry(owner.no).or_default();
        book.owner = Some(owner.no);
        book.pages = (owner.whole_pages > 0).then_some(u64::from(owner.whole_pages));
        if let Some(resume) = &owner.resume {
            book.interrupted = Some(Interrupted { run: Some(owner.run), resume: resume.clone() });
            self.seen.insert(owner.no, disk.ticked(owner.no)?);
        }
        let spec = registry().iter().find(|kind| kind.spec.id() == owner.provider).map(|kind| kind.spec);
        let levels = spec.map(|spec| spec.levels);
        if levels == Some(Levels::Walked) {
            self.holding.insert(owner.no);
        }
        let is_listed = matches!(owner.state.hierarchy, Hierarchy::Listed { .. });
        book.recall(is_listed && levels != Some(Levels::ByRoot));
        Ok(())
    }

    fn row(&mut self, dictionaries: &Dictionaries, stored: StoredRow<'_>) -> ControlFlow<()> {
        if self.known.contains(&stored.row) {
            return ControlFlow::Continue(());
        }
        let Some(shape) = self.shape(dictionaries, &stored) else { return ControlFlow::Continue(()) };
        let values = self.values(shape, &stored);
        let parts = Parts {
            id: stored.id,
            name: stored.name,
            email: stored.email,
            created: stored.created_at,
            updated: stored.updated_at,
        };
        let connection = Arc::clone(&self.columns.shapes[shape as usize]);
        let codes = Codes { shape, values };
        let Some(row) = Filing::restore(&mut self.columns, connection.connection.as_str(), parts, &codes) else {
            return ControlFlow::Break(());
        };
        self.at.push(u32::try_from(stored.row.0).unwrap_or(0));
        if stored.gone_since.is_some() {
            Filing::set_gone(&mut self.columns, row, stored.gone_since);
        }
        let is_gone = stored.gone_since.is_some();
        self.note(row, stored.owner, stored.row, (stored.id, connection.parent.as_ref()), is_gone);
        ControlFlow::Continue(())
    }

    /// Counts a row in its connection's book.
    fn note(&mut self, row: u32, owner: OwnerNo, at: RowId, (id, parent): (&str, Option<&ParentRef>), is_gone: bool) {
        let Some(book) = self.books.get_mut(&owner) else { return };
        book.accounts += u64::from(!is_gone);
        if self.seen.get(&owner).is_some_and(|seen| seen.has(at)) {
            book.given.insert(row);
        }
        if let Some(parent) = parent.filter(|_| self.holding.contains(&owner)) {
            book.held_by(AccountId::new(id), parent.clone());
        }
    }

    /// The code of what a row has in common with others. Nothing for one of a connection that is not known any more.
    fn shape(&mut self, dictionaries: &Dictionaries, stored: &StoredRow<'_>) -> Option<u32> {
        let numbers = (stored.owner, [stored.place, stored.kind, stored.status]);
        if let Some(code) = self.shapes.get(&numbers) {
            return Some(*code);
        }
        let owner = dictionaries.owner(stored.owner)?;
        let word = |number: Option<u32>| number.and_then(|number| dictionaries.word(number)).map(Untrusted::new);
        let shape = Shape {
            connection: owner.connection.clone(),
            provider: owner.provider.clone(),
            parent: stored.place.and_then(|place| dictionaries.place(place)).cloned(),
            kind: word(stored.kind),
            status: word(stored.status),
        };
        let code = self.filing.shape(&mut self.columns, shape);
        self.shapes.insert(numbers, code);
        Some(code)
    }

    fn values(&mut self, shape: u32, stored: &StoredRow<'_>) -> Vec<u32> {
        let Some(text) = stored.kept else { return Vec::new() };
        // Looked up without making a key of it: most rows' values are known.
        let key = (stored.owner, Box::from(text));
        if let Some(known) = self.values.get(&key) {
            return known.clone();
        }
        let provider = self.columns.shapes[shape as usize].provider.clone();
        let values: Vec<u32> = match read_kept(provider.as_str(), text) {
            Some(values) => {
                values.map(|value| value.map_or(0, |value| self.filing.value(&mut self.columns, value) + 1)).collect()
            }
            None => Vec::new(),
        };
        if self.values.len() < KNOWN_VALUES {
            self.values.insert(key, values.clone());
        }
        values
    }
}

fn facts(disk: &Disk, owner: StoredOwner) -> Result<OwnerFacts, DiskError> {
    let organizations = disk.organizations(owner.no)?.into_iter().map(|fact| fact.value).collect();
    let mut facts = Vec::new();
    for kind in [FactKind::Lineage, FactKind::Profile, FactKind::Organization] {
        disk.facts(owner.no, kind, |fact| facts.push(fact))?;
    }
    Ok(OwnerFacts { owner, organizations, facts })
}

impl State {
    /// Takes in what is known of a connection.
    fn install(&mut self, known: OwnerFacts, mut book: Book) {
        let OwnerFacts { owner, organizations, facts } = known;
        let connection = &owner.connection;
        book.list(organizations);
        for fact in facts {
            match fact {
                StoredFact::Lineage(id, fact) => {
                    book.trace(&fact.value);
                    let key = AccountKey { connection: connection.clone(), id };
                    Arc::make_mut(&mut self.work.lineages).insert(key, fact);
                }
                StoredFact::Profile(fact) => {
                    Arc::make_mut(&mut self.work.profiles).insert(fact.value.subject.clone(), fact);
                }
                StoredFact::Organization(fact) => {
                    book.read(&fact.value);
                    Arc::make_mut(&mut self.work.organizations).insert(fact.value.key.clone(), fact);
                }
                StoredFact::Detail(_) => {}
            }
        }
        for shape in self.work.rows.shapes.iter().filter(|shape| shape.connection == *connection) {
            if let Some(parent) = &shape.parent {
                book.name_one(connection, &shape.provider, parent);
            }
        }
        let view = self.view(connection);
        view.identity = owner.identity;
        (view.sync, view.hierarchy, view.messages) = (owner.state.sync, owner.state.hierarchy, owner.state.messages);
        self.books.insert(owner.connection, book);
    }
}
