//! The columns and the order that the command line asks for, and accounts as rows of a table or of csv.

use std::borrow::Cow;
use std::iter::once;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::args::View;
use super::desk::{Desk, Opened};
use super::out::{Heading, titled};
use super::stop::Stop;
use super::wish::{self, Filtered, Kept};
use crate::config::nearest;
use crate::domain::{Account, CSV, csv_cell, shown as safe};
use crate::inventory::{Direction, Sort};
use crate::provider::{COMMON_COLUMNS, Column, ColumnValue, Spec};
use crate::view::wrap;

/// Columns of a line that lists names: an 80-column terminal has room for it behind the program's name.
const LINE: usize = 60;

/// Names that every provider's accounts have: those of the JSON.
const COMMON: [(&str, ColumnValue); 10] = [
    ("connection", ColumnValue::Connection),
    ("provider", ColumnValue::Provider),
    ("id", ColumnValue::Id),
    ("name", ColumnValue::Name),
    ("type", ColumnValue::Kind),
    ("status", ColumnValue::Status),
    ("email", ColumnValue::Email),
    ("created_at", ColumnValue::Created),
    ("updated_at", ColumnValue::Updated),
    ("parent", ColumnValue::Parent),
];

/// The two parts of the organization that holds an account, by csv's own names.
const PARTS: [(&str, Cell); 2] = [("parent_id", Cell::ParentId), ("parent_name", Cell::ParentName)];

/// Names of what the user keeps of accounts, and no provider says.
const OWN: [(&str, Cell); 2] = [("labels", Cell::Labels), ("note", Cell::Note)];

/// What stands in a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// What the provider said.
    Told(ColumnValue),
    /// The id of the organization that holds it directly.
    ParentId,
    /// Its name.
    ParentName,
    /// The user's labels.
    Labels,
    /// The user's note.
    Note,
}

/// One column that is shown.
#[derive(Clone)]
struct Shown {
    id: String,
    title: String,
    cell: Cell,
    most: Option<usize>,
    priority: u8,
}

impl Shown {
    fn is_own(&self) -> bool {
        match self.cell {
            Cell::Told(_) | Cell::ParentId | Cell::ParentName => false,
            Cell::Labels | Cell::Note => true,
        }
    }

    fn of(column: &Column) -> Self {
        let is_name = column.value == ColumnValue::Name;
        Self {
            id: column.id.to_owned(),
            title: column.title.to_owned(),
            cell: Cell::Told(column.value),
            most: (!is_name).then(|| most(column.value, usize::from(column.max))),
            priority: priority(column.value, column.priority),
        }
    }
}

/// Which columns stay on a narrow terminal: the id longest beside the name, since commands take it.
fn priority(value: ColumnValue, own: u8) -> u8 {
    if value == ColumnValue::Id { 0 } else { own.max(1) }
}

/// The most that a column takes: an id that is cut is of no use.
fn most(value: ColumnValue, own: usize) -> usize {
    if value == ColumnValue::Id { own.max(64) } else { own }
}

/// What is shown of each account, in which order.
pub(super) struct Pick {
    columns: Vec<Shown>,
    /// Whether `--columns` named them.
    chosen: bool,
    /// `--sort`.
    pub(super) sort: Vec<Sort>,
    /// `--filter`.
    pub(super) wish: Filtered,
    /// What the user keeps of accounts, where columns ask for it.
    own: Option<Kept>,
}

impl Pick {
    /// The contract's own columns.
    pub(super) fn contract() -> Self {
        Self { columns: Vec::new(), chosen: false, sort: Vec::new(), wish: Filtered::default(), own: None }
    }

    /// Checks `--columns` and `--sort` against what the connections' providers have; `extra` says that they are asked for
    /// what they don't give by default.
    pub(super) async fn new(desk: &Desk, view: &View, opened: &[Opened], extra: bool) -> Result<Self, Stop> {
        let wish = Filtered::read(desk, view.filter.as_deref(), opened).await?;
        let extras = extras(opened);
        let wanted = wanted_below(view, opened);
        let known = known(opened, extras.iter().cloned().chain(wanted).collect());
        let extras = if extra { extras } else { Vec::new() };
        let chosen = !view.columns.is_empty();
        let columns: Vec<Shown> = if chosen {
            view.columns.iter().map(|name| named(name, &known)).collect::<Result<_, _>>()?
        } else {
            match opened {
                [only] if !only.connection.columns.is_empty() => configured(only, &known)?,
                _ => usual(opened, extras),
            }
        };
        let parts = view.sort.as_deref().into_iter().flat_map(|text| text.split(','));
        let sort = parts.map(|part| sort(part.trim(), &known)).collect::<Result<_, _>>()?;
        let own = if columns.iter().any(Shown::is_own) { Some(wish::own(desk).await) } else { None };
        Ok(Self { columns, chosen, sort, wish, own })
    }

    /// Whether columns ask for what the user keeps of accounts.
    pub(super) fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// An account's JSON; with the user's own behind what the provider said, where columns ask for it.
    pub(super) fn whole<'a>(&'a self, account: &'a Account) -> Whole<'a> {
        let Some(own) = &self.own else { return Whole { account, labels: None, note: None } };
        let has = |cell| self.columns.iter().any(|shown| shown.cell == cell);
        Whole {
            account,
            labels: has(Cell::Labels).then(|| own.labels_of(&account.key)),
            note: has(Cell::Note).then(|| own.note_of(&account.key)),
        }
    }

    fn text<'a>(&self, shown: &Shown, account: &'a Account) -> Cow<'a, str> {
        match (shown.cell, &self.own) {
            (Cell::Told(value), _) => value.text(account),
            (Cell::ParentId, _) => safe(account.parent.as_ref().map_or("", |parent| parent.id.as_str())),
            (Cell::ParentName, _) => account.parent.as_ref().map_or(Cow::default(), |parent| parent.name.shown()),
            (Cell::Labels, Some(own)) => own.labels_of(&account.key).join(", ").into(),
            (Cell::Note, Some(own)) => own.note_of(&account.key).to_owned().into(),
            (Cell::Labels | Cell::Note, None) => Cow::default(),
        }
    }

    pub(super) fn headings(&self) -> Vec<Heading> {
        let heading =
            |shown: &Shown| Heading { title: shown.title.clone(), most: shown.most, priority: shown.priority };
        self.columns.iter().map(heading).collect()
    }

    pub(super) fn row(&self, account: &Account) -> Vec<String> {
        self.columns.iter().map(|shown| self.text(shown, account).into_owned()).collect()
    }

    pub(super) fn csv_header(&self) -> Vec<Cow<'_, str>> {
        if self.chosen {
            return self.columns.iter().map(|shown| Cow::Borrowed(shown.id.as_str())).collect();
        }
        CSV.map(Cow::Borrowed).to_vec()
    }

    pub(super) fn csv_row<'a>(&self, account: &'a Account) -> Vec<Cow<'a, str>> {
        if !self.chosen {
            return CSV.map(|name| csv_cell(account, name).unwrap_or_default()).to_vec();
        }
        let cell = |shown: &Shown| csv_cell(account, &shown.id).unwrap_or_else(|| self.text(shown, account));
        self.columns.iter().map(cell).collect()
    }
}

/// An account on its way out as JSON.
pub(super) struct Whole<'a> {
    account: &'a Account,
    labels: Option<&'a [String]>,
    note: Option<&'a str>,
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.labels.is_none() && self.note.is_none() {
            return self.account.serialize(to);
        }
        // What is only added to the account's own object stands behind it, whatever that has.
        let text = serde_json::to_string(self.account).map_err(S::Error::custom)?;
        let mut text = text.strip_suffix('}').unwrap_or(&text).to_owned();
        let own = [("labels", serde_json::to_string(&self.labels)), ("note", serde_json::to_string(&self.note))];
        for (name, value) in own {
            let value = value.map_err(S::Error::custom)?;
            if value != "null" {
                text.extend([",\"", name, "\":", value.as_str()]);
            }
        }
        text.push('}');
        RawValue::from_string(text).map_err(S::Error::custom)?.serialize(to)
    }
}

/// Every column by name: the providers' own, then those that all have.
fn known(opened: &[Opened], extras: Vec<Shown>) -> Vec<Shown> {
    let mut known = provider_columns(opened);
    known.extend(extras);
    for (name, value) in COMMON {
        if !known.iter().any(|there| there.id == name) {
            known.push(Shown {
                id: name.to_owned(),
                title: titled(name),
                cell: Cell::Told(value),
                most: Some(most(value, 40)),
                priority: priority(value, 1),
            });
        }
    }
    for (name, cell) in PARTS.into_iter().chain(OWN) {
        known.retain(|there| there.id != name);
        known.push(Shown { id: name.to_owned(), title: titled(name), cell, most: Some(40), priority: 1 });
    }
    known
}

fn provider_columns(opened: &[Opened]) -> Vec<Shown> {
    let mut columns: Vec<Shown> = Vec::new();
    for column in opened.iter().flat_map(|it| it.provider.spec().columns) {
        if !columns.iter().any(|there| there.id == column.id) {
            columns.push(Shown::of(column));
        }
    }
    columns
}

/// What is not asked by default, a column a field.
fn extras(opened: &[Opened]) -> Vec<Shown> {
    let own = provider_columns(opened);
    let mut extras: Vec<Shown> = Vec::new();
    for field in opened.iter().flat_map(|it| it.provider.spec().details).filter(|field| field.is_extra) {
        if !own.iter().chain(&extras).any(|there| there.id == field.path) {
            let cell = Cell::Told(ColumnValue::Path(field.path));
            extras.push(Shown {
                id: field.path.to_owned(),
                title: field.label.to_owned(),
                cell,
                most: Some(40),
                priority: 1,
            });
        }
    }
    extras
}

/// Parts of what is not asked by default that are named by their paths, a single tag, say.
fn wanted_below(view: &View, opened: &[Opened]) -> Vec<Shown> {
    let configured = opened.iter().flat_map(|it| &it.connection.columns).map(String::as_str);
    let sorts = view.sort.as_deref().into_iter().flat_map(|text| text.split(','));
    let sorts = sorts.map(|part| part.rsplit_once(':').map_or(part, |(name, _)| name));
    let mut names: Vec<&str> =
        view.columns.iter().map(String::as_str).chain(configured).chain(sorts).map(str::trim).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &str| opened.iter().find_map(|it| it.provider.spec().column(name));
    names.into_iter().filter(|name| name.contains('.')).filter_map(of).map(|column| Shown::of(&column)).collect()
}

/// The provider's columns; where several connections stand in one list, those that all accounts have.
fn usual(opened: &[Opened], extras: Vec<Shown>) -> Vec<Shown> {
    let mut columns =
        if opened.len() > 1 { COMMON_COLUMNS.iter().map(Shown::of).collect() } else { provider_columns(opened) };
    let behind_name = 1.min(columns.len());
    columns.splice(behind_name..behind_name, extras);
    columns
}

/// Whether every list has a column of this name.
pub(super) fn is_common(name: &str) -> bool {
    COMMON.iter().any(|(common, _)| *common == name) || OWN.iter().any(|(own, _)| *own == name)
}

/// The names of a provider's columns.
pub(super) fn words(spec: &Spec) -> String {
    let extras = spec.details.iter().filter(|detail| detail.is_extra).map(|detail| detail.path);
    spec.columns.iter().map(|column| column.id).chain(extras).collect::<Vec<_>>().join(", ")
}

/// The columns that the config gives the connection.
fn configured(opened: &Opened, known: &[Shown]) -> Result<Vec<Shown>, Stop> {
    let names = opened.connection.columns.iter();
    let columns: Result<Vec<Shown>, Stop> = names.map(|name| named(name, known)).collect();
    columns.map_err(|stop| {
        let words = stop.words.iter().map(|words| format!("columns of {} in the config: {words}", opened.name()));
        Stop { words: words.collect(), ..stop }
    })
}

fn find<'k>(name: &str, known: &'k [Shown]) -> Result<&'k Shown, Stop> {
    known
        .iter()
        .find(|shown| shown.id == name)
        .ok_or_else(|| no_column(name, &known.iter().map(|shown| shown.id.as_str()).collect::<Vec<_>>()))
}

/// What was asked for is none of these columns: which was meant, or all of them, in lines that a terminal has room for.
pub(super) fn no_column(name: &str, names: &[&str]) -> Stop {
    let all = || {
        let lines = wrap(&names.join(", "), LINE).into_iter();
        lines
            .enumerate()
            .map(|(nth, line)| if nth == 0 { format!("columns: {line}") } else { format!("         {line}") })
    };
    if name.is_empty() {
        return Stop { words: once("a column's name is missing".to_owned()).chain(all()).collect(), ..Stop::usage("") };
    }
    let name = safe(name);
    match nearest(&name, names.iter().copied()) {
        Some(near) => Stop::usage(format!("there is no column {name} (did you mean {near}?)")),
        None => Stop { words: once(format!("there is no column {name}")).chain(all()).collect(), ..Stop::usage("") },
    }
}

fn named(name: &str, known: &[Shown]) -> Result<Shown, Stop> {
    find(name.trim(), known).cloned()
}

/// Reads `COL` or `COL:desc`.
fn sort(text: &str, known: &[Shown]) -> Result<Sort, Stop> {
    let (name, direction) = match text.rsplit_once(':') {
        Some((name, "desc")) => (name, Direction::Descending),
        Some((name, "asc")) => (name, Direction::Ascending),
        Some((_, other)) => {
            return Err(Stop::usage(format!("--sort takes COL, COL:asc or COL:desc, not :{other}")));
        }
        None => (text, Direction::Ascending),
    };
    match find(name, known)?.cell {
        Cell::Told(by) => Ok(Sort { by, direction }),
        Cell::ParentId | Cell::ParentName => Ok(Sort { by: ColumnValue::Parent, direction }),
        Cell::Labels | Cell::Note => Err(Stop::usage(format!(
            "--sort takes what providers say, and {name} are your own: --filter label:… finds them"
        ))),
    }
}
