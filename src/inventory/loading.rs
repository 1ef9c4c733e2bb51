//! Fills the memory from the disk: what earlier runs were told.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::book::{Book, Interrupted};
use super::columns::{Columns, Shape, read_kept};
use super::disk::{Dictionaries, Disk, DiskError, FactKind, OwnerNo, RowId, Seen, StoredFact, StoredOwner, StoredRow};
use super::filing::Filing;
use super::reads::Which;
use super::segment::Parts;
use super::store::State;
use super::{ConnectionView, Hierarchy, Inventory, Snapshot};
use crate::domain::{Account, AccountId, AccountKey, ConnectionName, Organization, ParentRef, Untrusted};
use crate::provider::{Levels, registry};

/// Kept values that are known by their text: few differ where they are yes or no, all where they are words of people.
const KNOWN_VALUES: usize = 4_096;

/// Rows that room is made for before they come.
const MOST_ROOM: usize = 1 << 20;

/// Rows that are worth a second thread.
const WORTH_TWO: i64 = 16_384;

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
        let (first, only) = {
            let mut state = self.state();
            (state.preview.take(), state.only.clone())
        };
        let first = first.unwrap_or_else(|| Loader::of(only.clone()));
        let mut loaded = match first.load(&stock.disk) {
            Ok(loaded) => loaded,
            Err(error) => {
                stock.fault(&error);
                // What is left of it may well be read once it is mended.
                Loader::of(only).load(&stock.disk).unwrap_or_default()
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
        let only = self.state().only.clone();
        let first = Loader::of(only).preview(&stock.disk, most);
        let mut state = self.state();
        match first {
            Ok((loader, owners)) => {
                (state.altered, state.work.rows) = (true, loader.columns.clone());
                stock.settle(loader.at.clone());
                for owner in owners {
                    let connection = owner.connection.clone();
                    state.view(&connection).recall(owner);
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

/// A row of the preview: its number, whose it is, its number on the disk, and the account.
type First = (u32, OwnerNo, RowId, Account);

/// Memory in the making.
#[derive(Default)]
pub(super) struct Loader {
    columns: Columns,
    filing: Filing,
    books: HashMap<OwnerNo, Book>,
    owners: Vec<OwnerFacts>,
    /// The rows of the preview.
    first: Vec<First>,
    /// Each row's number on the disk.
    at: Vec<u32>,
    /// What each connection's rows are read with.
    whose: Vec<Whose>,
    /// Rows that are there already.
    known: HashSet<RowId>,
    /// The connections that are in use; `None` for all. What is kept of others stays on the disk alone.
    only: Option<Arc<BTreeSet<ConnectionName>>>,
}

/// What is known of a connection before its rows are read.
struct Whose {
    owner: OwnerNo,
    /// The rows that an interrupted listing gave.
    seen: Option<Seen>,
    /// Its accounts' own records do not say where they stand.
    is_holding: bool,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loader({} rows)", self.at.len())
    }
}

impl Loader {
    /// One that reads what is kept of some connections.
    fn of(only: Option<Arc<BTreeSet<ConnectionName>>>) -> Self {
        Self { only, ..Self::default() }
    }

    /// Who the connections in use are.
    fn current(&self, disk: &Disk) -> Result<Vec<StoredOwner>, DiskError> {
        let is_used = |owner: &StoredOwner| self.only.as_ref().is_none_or(|only| only.contains(&owner.connection));
        Ok(disk.owners()?.into_iter().filter(|owner| owner.is_current && is_used(owner)).collect())
    }

    fn preview(mut self, disk: &Disk, most: u32) -> Result<(Self, Vec<StoredOwner>), DiskError> {
        let current = self.current(disk)?;
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
        let current = self.current(disk)?;
        if current.is_empty() {
            return Ok(self);
        }
        for owner in &current {
            self.begin(disk, owner)?;
        }
        let numbers: Vec<OwnerNo> = current.iter().map(|owner| owner.no).collect();
        let dictionaries = disk.dictionaries()?;
        let (whose, known) = (std::mem::take(&mut self.whose), std::mem::take(&mut self.known));
        let context = Context { dictionaries: &dictionaries, whose: &whose, known: &known };
        // Two halves on two threads: the first goes on where the preview ended, the second begins with a number of its
        // own, and stands behind the first one's last segment in the end.
        let (columns, filing) = (std::mem::take(&mut self.columns), std::mem::take(&mut self.filing));
        let behind = Columns { index: columns.index.clone(), ..Columns::default() };
        let rows = disk.span()?.map_or(0, |span| span.end().0 - span.start().0);
        let half = usize::try_from(rows / 2).unwrap_or_default();
        let mut lower = Part::new(context, columns, filing, std::mem::take(&mut self.at), half);
        lower.begin(&std::mem::take(&mut self.first));
        let mut upper = Part::new(context, behind, Filing::default(), Vec::new(), half);
        if rows < WORTH_TWO {
            disk.load(&numbers, |_| (), |row| lower.row(&row))?;
        } else {
            disk.load_halves(&numbers, |_| {
                (|row: StoredRow<'_>| lower.row(&row), |row: StoredRow<'_>| upper.row(&row))
            })?;
        }
        let (upper, lower) = (upper.done(), lower.done());
        self.join(lower, upper);
        for owner in current {
            self.owners.push(facts(disk, owner)?);
        }
        Ok(self)
    }

    fn begin(&mut self, disk: &Disk, owner: &StoredOwner) -> Result<(), DiskError> {
        let book = self.books.entry(owner.no).or_default();
        book.owner = Some(owner.no);
        book.pages = (owner.whole_pages > 0).then_some(u64::from(owner.whole_pages));
        let mut seen = None;
        if let Some(resume) = &owner.resume {
            book.interrupted = Some(Interrupted { run: Some(owner.run), resume: resume.clone() });
            seen = Some(disk.ticked(owner.no)?);
        }
        let spec = registry().iter().find(|kind| kind.spec.id() == owner.provider).map(|kind| kind.spec);
        let levels = spec.map(|spec| spec.levels);
        self.whose.push(Whose { owner: owner.no, seen, is_holding: levels == Some(Levels::Walked) });
        let is_listed = matches!(owner.state.hierarchy, Hierarchy::Listed { .. });
        book.recall(is_listed && levels != Some(Levels::ByRoot));
        Ok(())
    }

    /// Puts the second half behind the first, and makes the index of both.
    fn join(&mut self, mut lower: Done, upper: Done) {
        let columns = &mut lower.columns;
        let offset = if upper.at.is_empty() { columns.rows } else { Filing::fill_up(columns) };
        lower.at.resize(offset as usize, 0);
        lower.at.extend(upper.at);
        lower.filing.adopt(columns, upper.columns);
        columns.index.fill(&[(0, lower.hashes), (offset, upper.hashes)]);
        let notes = lower.notes.into_iter().zip(std::iter::repeat(0));
        for (note, offset) in notes.chain(upper.notes.into_iter().zip(std::iter::repeat(offset))) {
            let Some(book) = self.books.get_mut(&note.owner) else { continue };
            book.accounts += note.accounts;
            for row in note.given {
                book.give(row + offset);
            }
            for (account, parent) in note.held {
                book.held_by(account, parent);
            }
        }
        (self.columns, self.filing, self.at) = (lower.columns, lower.filing, lower.at);
    }
}

/// What both halves are read with.
#[derive(Clone, Copy)]
struct Context<'a> {
    dictionaries: &'a Dictionaries,
    whose: &'a [Whose],
    known: &'a HashSet<RowId>,
}

/// What one half says of a connection.
struct Note {
    owner: OwnerNo,
    accounts: u64,
    given: Vec<u32>,
    held: Vec<(AccountId, ParentRef)>,
}

/// The codes of kept values, by the text that they are kept as.
type Values = hashbrown::HashMap<String, Box<[u32]>>;

/// One half in the making.
struct Part<'a> {
    context: Context<'a>,
    columns: Columns,
    filing: Filing,
    at: Vec<u32>,
    hashes: Vec<u64>,
    notes: Vec<Note>,
    shapes: hashbrown::HashMap<(OwnerNo, [Option<u32>; 3]), u32>,
    values: Vec<(OwnerNo, Values)>,
}

/// One half, read.
struct Done {
    columns: Columns,
    filing: Filing,
    at: Vec<u32>,
    hashes: Vec<u64>,
    notes: Vec<Note>,
}

impl<'a> Part<'a> {
    /// One with room for so many rows more.
    fn new(context: Context<'a>, columns: Columns, filing: Filing, mut at: Vec<u32>, rows: usize) -> Self {
        // Numbers may be far apart in a file whose accounts were forgotten.
        let rows = rows.min(MOST_ROOM);
        at.reserve(rows);
        let owners = || context.whose.iter().map(|whose| whose.owner);
        let note = |owner| Note { owner, accounts: 0, given: Vec::new(), held: Vec::new() };
        Self {
            context,
            columns,
            filing,
            at,
            hashes: Vec::with_capacity(rows),
            notes: owners().map(note).collect(),
            shapes: hashbrown::HashMap::new(),
            values: owners().map(|owner| (owner, Values::new())).collect(),
        }
    }

    /// Counts the rows of the preview, which stand in the columns already.
    fn begin(&mut self, first: &[First]) {
        for (row, owner, at, account) in first {
            let hash = self.columns.index.hash(account.key.connection.as_str(), account.key.id.as_str());
            self.hashes.push(hash);
            self.note(*row, *owner, *at, (account.key.id.as_str(), account.parent.as_ref()), false);
        }
    }

    fn done(self) -> Done {
        let Self { columns, filing, at, hashes, notes, .. } = self;
        Done { columns, filing, at, hashes, notes }
    }

    fn row(&mut self, stored: &StoredRow<'_>) -> ControlFlow<()> {
        if self.context.known.contains(&stored.row) {
            return ControlFlow::Continue(());
        }
        let Some(code) = self.shape(stored) else { return ControlFlow::Continue(()) };
        let parts = Parts {
            id: stored.id,
            name: stored.name,
            email: stored.email,
            created: stored.created_at,
            updated: stored.updated_at,
            has_extra: stored.has_extra,
        };
        let shape = Arc::clone(&self.columns.shapes[code as usize]);
        let values = values(&mut self.filing, &mut self.columns, &mut self.values, &shape, stored);
        let Some(row) = Filing::append(&mut self.columns, parts, code, values) else {
            return ControlFlow::Break(());
        };
        self.hashes.push(self.columns.index.hash(shape.connection.as_str(), stored.id));
        self.at.push(u32::try_from(stored.row.0).unwrap_or(0));
        let is_gone = stored.gone_since.is_some();
        if is_gone {
            Filing::set_gone(&mut self.columns, row, stored.gone_since);
        }
        self.note(row, stored.owner, stored.row, (stored.id, shape.parent.as_ref()), is_gone);
        ControlFlow::Continue(())
    }

    /// Counts a row for its connection's book.
    fn note(&mut self, row: u32, owner: OwnerNo, at: RowId, (id, parent): (&str, Option<&ParentRef>), is_gone: bool) {
        let Some((note, whose)) = self.notes.iter_mut().zip(self.context.whose).find(|(note, _)| note.owner == owner)
        else {
            return;
        };
        note.accounts += u64::from(!is_gone);
        if whose.seen.as_ref().is_some_and(|seen| seen.has(at)) {
            note.given.push(row);
        }
        if let Some(parent) = parent.filter(|_| whose.is_holding) {
            note.held.push((AccountId::new(id), parent.clone()));
        }
    }

    /// The code of what a row has in common with others. Nothing for one of a connection that is not known any more.
    fn shape(&mut self, stored: &StoredRow<'_>) -> Option<u32> {
        let numbers = (stored.owner, [stored.place, stored.kind, stored.status]);
        if let Some(code) = self.shapes.get(&numbers) {
            return Some(*code);
        }
        let dictionaries = self.context.dictionaries;
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
}

/// The codes of a row's kept values.
fn values<'a>(
    filing: &mut Filing,
    columns: &mut Columns,
    known: &'a mut [(OwnerNo, Values)],
    shape: &Shape,
    stored: &StoredRow<'_>,
) -> &'a [u32] {
    let (Some(text), Some((_, known))) = (stored.kept, known.iter_mut().find(|(owner, _)| *owner == stored.owner))
    else {
        return &[];
    };
    if known.len() >= KNOWN_VALUES {
        known.clear();
    }
    known.entry_ref(text).or_insert_with(|| match read_kept(shape.provider.as_str(), text) {
        Some(values) => values.map(|value| value.map_or(0, |value| filing.value(columns, value) + 1)).collect(),
        None => Box::default(),
    })
}

fn facts(disk: &Disk, owner: StoredOwner) -> Result<OwnerFacts, DiskError> {
    let organizations = disk.organizations(owner.no)?.into_iter().map(|fact| fact.value).collect();
    let mut facts = Vec::new();
    for kind in [FactKind::Lineage, FactKind::Profile, FactKind::Organization, FactKind::Extra] {
        disk.facts(owner.no, kind, |fact| facts.push(fact))?;
    }
    Ok(OwnerFacts { owner, organizations, facts })
}

impl ConnectionView {
    /// Takes in what the disk keeps of it.
    fn recall(&mut self, owner: StoredOwner) {
        let StoredOwner { identity, state, whole_at, .. } = owner;
        self.identity = identity;
        (self.hierarchy, self.messages) = (state.hierarchy, state.messages);
        self.kept_at = state.kept_at.or(whole_at);
        self.end(state.sync);
    }
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
                StoredFact::Extra(id, at) => {
                    let key = AccountKey { connection: connection.clone(), id };
                    Arc::make_mut(&mut self.work.extras).insert(key, at);
                }
                StoredFact::Detail(_) => {}
            }
        }
        for shape in self.work.rows.shapes.iter().filter(|shape| shape.connection == *connection) {
            if let Some(parent) = &shape.parent {
                book.name_one(connection, &shape.provider, parent);
            }
        }
        let connection = owner.connection.clone();
        self.view(&connection).recall(owner);
        self.books.insert(connection.clone(), book);
        // What was kept by an id alone while nobody knew the name.
        self.call_places(&connection, Which::Unnamed);
    }
}
