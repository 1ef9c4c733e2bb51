//! `--columns`, `--sort` and `--limit` over rows that are no accounts.

use std::cmp::Ordering;

use super::args::RowView;
use super::columns::no_column;
use super::out::Heading;
use super::stop::Stop;
use crate::domain::shown;

/// A row whose cells stand in the order of its csv.
pub(super) trait Cells {
    /// The cells, as the provider wrote them.
    fn cells(&self) -> Vec<&str>;
}

impl<T: Cells> Cells for &T {
    fn cells(&self) -> Vec<&str> {
        (*self).cells()
    }
}

/// Something with its cells.
pub(super) struct Celled<T, const N: usize> {
    pub(super) row: T,
    pub(super) cells: [String; N],
}

impl<T, const N: usize> Cells for Celled<T, N> {
    fn cells(&self) -> Vec<&str> {
        self.cells.iter().map(String::as_str).collect()
    }
}

/// What is shown of rows, in which order, and how many.
pub(super) struct Rows {
    names: &'static [&'static str],
    /// The places of the columns that `--columns` names; all where it is not given.
    columns: Vec<usize>,
    is_chosen: bool,
    /// Places of columns, and whether the order is turned.
    sort: Vec<(usize, bool)>,
    limit: usize,
}

impl Rows {
    /// Checks what is asked for against the names of the csv.
    pub(super) fn new(view: &RowView, names: &'static [&'static str]) -> Result<Self, Stop> {
        let columns: Vec<usize> =
            view.columns.iter().map(|name| place(name.trim(), names)).collect::<Result<_, _>>()?;
        let parts = view.sort.as_deref().into_iter().flat_map(|text| text.split(','));
        let sort = parts.map(|part| order(part.trim(), names)).collect::<Result<_, _>>()?;
        let is_chosen = !columns.is_empty();
        let columns = if is_chosen { columns } else { (0..names.len()).collect() };
        Ok(Self { names, columns, is_chosen, sort, limit: view.limit.unwrap_or(usize::MAX) })
    }

    /// Whether `--columns` named some.
    pub(super) fn is_chosen(&self) -> bool {
        self.is_chosen
    }

    /// Whether `--sort` named some.
    pub(super) fn is_sorted(&self) -> bool {
        !self.sort.is_empty()
    }

    /// How many are wanted at most.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The rows in their order, as many as are wanted.
    pub(super) fn arranged<R: Cells>(&self, mut rows: Vec<R>) -> Vec<R> {
        if !self.sort.is_empty() {
            rows.sort_by(|one, other| self.compare(&one.cells(), &other.cells()));
        }
        rows.truncate(self.limit);
        rows
    }

    fn compare(&self, one: &[&str], other: &[&str]) -> Ordering {
        let by = |(at, is_turned): &(usize, bool)| {
            let order = ordered(one[*at], other[*at]);
            if *is_turned { order.reverse() } else { order }
        };
        self.sort.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The header line of csv.
    pub(super) fn header(&self) -> Vec<&'static str> {
        self.columns.iter().map(|at| self.names[*at]).collect()
    }

    /// The cells of a row that are wanted, safe for a terminal.
    pub(super) fn safe(&self, row: &impl Cells) -> Vec<String> {
        self.chosen(row).into_iter().map(|cell| shown(cell).into_owned()).collect()
    }

    /// The cells of a row that are wanted.
    pub(super) fn chosen<'r>(&self, row: &'r impl Cells) -> Vec<&'r str> {
        let cells = row.cells();
        self.columns.iter().map(|at| cells[*at]).collect()
    }

    /// The headings of a table of the columns that are named. What gives way on a narrow terminal is the name, else the
    /// first column that is no id: commands take those, and one that is cut is of no use.
    pub(super) fn headings(&self) -> Vec<Heading> {
        let names = self.header();
        let place = |is: &dyn Fn(&str) -> bool| names.iter().position(|name| is(name));
        let flexible = place(&|name| name == "name").or_else(|| place(&|name| !is_id(name)));
        let most = |nth: usize, name: &str| {
            let most = if is_id(name) { ID } else { 40 };
            (flexible != Some(nth)).then_some(most)
        };
        let heading = |(nth, name): (usize, &&str)| Heading { most: most(nth, name), ..Heading::named(name) };
        names.iter().enumerate().map(heading).collect()
    }
}

/// The columns of a terminal that an id may take.
pub(super) const ID: usize = 64;

/// Whether a column of this name holds what commands take.
fn is_id(name: &str) -> bool {
    matches!(name, "id" | "change" | "target" | "made" | "undoes") || name.ends_with("_id")
}

/// Numbers by their value, all else without regard to case.
fn ordered(one: &str, other: &str) -> Ordering {
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (_, _) => one.to_lowercase().cmp(&other.to_lowercase()),
    }
}

fn place(name: &str, names: &'static [&'static str]) -> Result<usize, Stop> {
    names.iter().position(|known| *known == name).ok_or_else(|| no_column(name, names))
}

/// Reads `COL` or `COL:desc`.
fn order(text: &str, names: &'static [&'static str]) -> Result<(usize, bool), Stop> {
    match text.rsplit_once(':') {
        Some((name, "desc")) => Ok((place(name, names)?, true)),
        Some((name, "asc")) => Ok((place(name, names)?, false)),
        Some((_, other)) => Err(Stop::usage(format!("--sort takes COL, COL:asc or COL:desc, not :{}", shown(other)))),
        None => Ok((place(text, names)?, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_gives_way_and_no_id_does() {
        let most = |columns: &[&str]| -> Vec<Option<usize>> {
            let columns = columns.iter().map(|&name| name.to_owned()).collect();
            let view = RowView { columns, ..RowView::default() };
            let rows = Rows::new(&view, &["change", "at", "target", "name", "request_id"]).unwrap();
            rows.headings().into_iter().map(|heading| heading.most).collect()
        };
        assert_eq!(most(&["change", "at", "name"]), [Some(ID), Some(40), None]);
        assert_eq!(most(&["change", "at", "target"]), [Some(ID), None, Some(ID)]);
        assert_eq!(most(&["target", "request_id"]), [Some(ID), Some(ID)]);
        assert_eq!(most(&["name", "change"]), [None, Some(ID)]);
    }
}
