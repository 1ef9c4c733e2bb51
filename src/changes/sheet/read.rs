//! From a text to rows with their lines.

use std::ops::Range;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ACCOUNT, BASE, Base, CONNECTION, ID, SheetFault, SheetFaults, SheetFormat, TITLE, unguarded};
use crate::domain::AccountId;
use crate::domain::shown;

/// A sheet as it was read: not yet compared with anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub(super) head: Option<Head>,
    pub(super) rows: Vec<Row>,
    /// Columns of a CSV, all of them, with the line that names them.
    pub(super) columns: Option<(usize, Vec<String>)>,
}

/// What the comment lines at the top say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Its first line.
    pub(super) line: usize,
    /// The digest of who a connection was, and its name as it was written.
    pub(super) owners: Vec<(String, String)>,
    pub(super) rows: usize,
    pub(super) ids: String,
}

/// One account's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: usize,
    /// `None` where the sheet does not say.
    pub(super) connection: Option<String>,
    pub(super) id: AccountId,
    /// The name that stands there for people.
    pub(super) name: Option<String>,
    pub(super) base: Option<Base>,
    /// The fields that it has, each with its line.
    pub(super) cells: IndexMap<String, (usize, String)>,
}

impl Sheet {
    /// What a text looks like: TOML's tables and pairs, or else CSV.
    #[must_use]
    pub fn format_of(text: &str) -> SheetFormat {
        let line = text.trim_start_matches('\u{feff}').lines().find(|line| !is_head(line) && !line.trim().is_empty());
        let is_toml = line.is_none_or(|line| {
            let line = line.trim_start();
            let name = line.split('=').next().unwrap_or_default();
            line.starts_with('[') || (name.len() < line.len() && !name.contains(','))
        });
        if is_toml { SheetFormat::Toml } else { SheetFormat::Csv }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What can't be read, with its line.
    pub fn read(text: &str, format: SheetFormat) -> Result<Self, SheetFaults> {
        let text = text.trim_start_matches('\u{feff}');
        let head = head(text)?;
        let sheet = match format {
            SheetFormat::Toml => Self { head, rows: tables(text)?, columns: None },
            SheetFormat::Csv => csv_rows(text, head)?,
        };
        Ok(sheet)
    }

    /// How many accounts it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names of the connections that it speaks of, each once.
    pub fn connections(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.rows.iter().filter_map(|row| row.connection.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }

    /// Whether some row does not say its connection.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.rows.iter().any(|row| row.connection.is_none())
    }
}

/// A comment line; spreadsheets may have put it into quotes.
fn is_head(line: &str) -> bool {
    line.trim_start_matches('"').starts_with('#')
}

/// A comment's words, without the commas and quotes that spreadsheets add.
fn words(line: &str) -> &str {
    line.trim_end().trim_end_matches(',').trim_matches('"').trim_start_matches('#').trim()
}

fn head(text: &str) -> Result<Option<Head>, SheetFaults> {
    let comments = text.lines().enumerate().take_while(|(_, line)| is_head(line) || line.trim().is_empty());
    let comments: Vec<(usize, &str)> = comments.map(|(nth, line)| (nth + 1, words(line))).collect();
    let Some((line, _)) = comments.iter().find(|(_, words)| words.starts_with("acctui sheet")) else {
        return Ok(None);
    };
    let damaged = |what: &str| SheetFault::new(*line, format!("the sheet's head has no {what} that can be read"));
    if !comments.iter().any(|(_, words)| *words == TITLE) {
        return Err(SheetFault::new(*line, "this version of acctui reads no such sheet").into());
    }
    let value = |name: &str| comments.iter().find_map(|(_, words)| words.strip_prefix(name)).map(str::trim);
    let rows = value("rows:").and_then(|rows| rows.parse().ok()).ok_or_else(|| damaged("rows"))?;
    let ids = value("ids:").ok_or_else(|| damaged("ids"))?.to_owned();
    let owners = comments.iter().filter_map(|(_, words)| words.strip_prefix("connection:")?.trim().split_once(' '));
    let owners = owners.map(|(who, name)| (who.to_owned(), name.to_owned())).collect();
    Ok(Some(Head { line: *line, owners, rows, ids }))
}

/// The line of a place in a text.
fn line_at(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}

fn tables(text: &str) -> Result<Vec<Row>, SheetFaults> {
    let line = |span: Range<usize>| line_at(text, span.start);
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(1, line);
        SheetFault::new(at, format!("this is no TOML: {}", error.message().trim().replace('\n', ", ")))
    })?;
    let mut faults = Vec::new();
    let mut rows = Vec::new();
    for (name, value) in document.get_ref() {
        let accounts = value.get_ref().as_array().filter(|_| name.get_ref() == "account");
        let Some(accounts) = accounts else {
            let words = format!("{} is not known here: a sheet has [[account]] only", shown(name.get_ref()));
            faults.push(SheetFault::new(line(name.span()), words));
            continue;
        };
        for account in accounts {
            let at = line(account.span());
            match account.get_ref().as_table() {
                None => faults.push(SheetFault::new(at, "an account is a table: [[account]]")),
                Some(table) => {
                    let mut cells = IndexMap::new();
                    flatten(text, "", table, &mut cells, &mut faults);
                    rows.extend(row(at, cells, &mut faults));
                }
            }
        }
    }
    SheetFaults::check(faults)?;
    rows.sort_by_key(|row| row.line);
    Ok(rows)
}

/// The values of a table by their dotted paths.
fn flatten(
    text: &str,
    path: &str,
    table: &DeTable<'_>,
    cells: &mut IndexMap<String, (usize, String)>,
    faults: &mut Vec<SheetFault>,
) {
    for (name, value) in table {
        let name = name.get_ref();
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let line = line_at(text, value.span().start);
        if let Some(table) = value.get_ref().as_table() {
            flatten(text, &path, table, cells, faults);
            continue;
        }
        match plain(value) {
            None => faults.push(SheetFault::new(line, format!("{}: a text is expected", shown(&path)))),
            Some(plain) if cells.contains_key(&path) => {
                let words = format!("{} is there twice ({})", shown(&path), shown(&plain));
                faults.push(SheetFault::new(line, words));
            }
            Some(plain) => {
                cells.insert(path, (line, plain));
            }
        }
    }
}

/// A value as a field's text; lists of texts have commas between them.
fn plain(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Array(texts) => {
            let texts: Option<Vec<&str>> = texts.iter().map(|text| text.get_ref().as_str()).collect();
            Some(texts?.join(", "))
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn csv_rows(text: &str, head: Option<Head>) -> Result<Sheet, SheetFaults> {
    // The comments stand above the header line only: below it a cell may begin with anything.
    let above: Vec<&str> =
        text.split_inclusive('\n').take_while(|line| is_head(line) || line.trim().is_empty()).collect();
    let (lines, bytes) = (above.len(), above.iter().map(|line| line.len()).sum());
    let rest = text.get(bytes..).unwrap_or_default();
    let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.as_bytes());
    let mut columns: Option<(usize, Vec<String>)> = None;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for record in csv.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
            SheetFault::new(lines + line, format!("this is no CSV: {error}"))
        })?;
        // The reader's own count is of the place before empty lines: they are counted from the record's end instead.
        let at = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        let skipped = rest.get(at..).unwrap_or_default();
        let at = at + (skipped.len() - skipped.trim_start_matches(['\r', '\n']).len());
        let line = lines + line_at(rest, at);
        let Some((_, names)) = &columns else {
            columns = Some((line, header(line, &record)?));
            continue;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let (short, beyond) =
            (record.len() < names.len(), record.iter().skip(names.len()).any(|cell| !cell.is_empty()));
        if short || beyond {
            let words = format!("this row has {} cells, the header line has {}", record.len(), names.len());
            faults.push(SheetFault::new(line, words));
            continue;
        }
        let cells = names.iter().zip(&record).map(|(name, cell)| (name.clone(), (line, unguarded(cell).to_owned())));
        rows.extend(row(line, cells.collect(), &mut faults));
    }
    SheetFaults::check(faults)?;
    Ok(Sheet { head, rows, columns })
}

/// The names of the columns. Spreadsheets add empty ones at the end.
fn header(line: usize, record: &csv::StringRecord) -> Result<Vec<String>, SheetFaults> {
    let mut names: Vec<String> = record.iter().map(|cell| unguarded(cell.trim()).to_owned()).collect();
    names.truncate(names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1));
    let mut faults = Vec::new();
    if !names.iter().any(|name| name == ID) {
        let other = [';', '\t'].into_iter().find(|other| names.len() == 1 && names[0].contains(*other));
        let words = match other {
            Some(';') => "the header line has no column id: its cells are separated by `;`, a sheet takes commas",
            Some(_) => "the header line has no column id: its cells are separated by tabs, a sheet takes commas",
            None => "the header line has no column id",
        };
        faults.push(SheetFault::new(line, words));
    }
    for (nth, name) in names.iter().enumerate() {
        if names[..nth].contains(name) {
            faults.push(SheetFault::new(line, format!("the column {} is there twice", shown(name))));
        }
    }
    SheetFaults::check(faults)?;
    Ok(names)
}

fn row(line: usize, mut cells: IndexMap<String, (usize, String)>, faults: &mut Vec<SheetFault>) -> Option<Row> {
    let mut own = |name: &str| cells.shift_remove(name).map(|(_, text)| text).filter(|text| !text.is_empty());
    let (connection, id, name, base) = (own(CONNECTION), own(ID), own(ACCOUNT), own(BASE));
    if id.is_none() {
        faults.push(SheetFault::new(line, "this row has no id"));
    }
    let base = match base.as_deref().map(Base::parse) {
        None => None,
        Some(Some(base)) => Some(base),
        Some(None) => {
            faults.push(SheetFault::new(line, "the row's base was altered: put it back, or leave it empty"));
            return None;
        }
    };
    Some(Row { line, connection, id: AccountId::new(id?), name, base, cells })
}
