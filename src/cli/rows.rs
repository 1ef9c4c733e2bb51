//! `--columns`, `--sort` and `--limit` over rows that are no accounts.

use std::cmp::Ordering;

use super::args::RowView;
use super::out::Heading;
use super::stop::Stop;
use crate::config::nearest;
use crate::domain::shown;

/// A row whose cells stand in the order of its csv.
pub(super) trait Cells {
    /// The cells, as the provider wrote them.
    fn cells(&self) -> Vec<&str>;
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
            let order = one[*at].to_lowercase().cmp(&other[*at].to_lowercase());
            if *is_turned { order.reverse() } else { order }
        };
        self.sort.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The header line of csv.
    pub(super) fn header(&self) -> Vec<&'static str> {
        self.columns.iter().map(|at| self.names[*at]).collect()
    }

    /// The cells of a row that are wanted.
    pub(super) fn chosen<'r>(&self, row: &'r impl Cells) -> Vec<&'r str> {
        let cells = row.cells();
        self.columns.iter().map(|at| cells[*at]).collect()
    }

    /// The headings of a table of the columns that are named.
    pub(super) fn headings(&self) -> Vec<Heading> {
        let most = |nth: usize| (nth > 0).then_some(40);
        let heading = |(nth, name): (usize, &str)| Heading { most: most(nth), ..Heading::named(name) };
        self.header().into_iter().enumerate().map(heading).collect()
    }
}

fn place(name: &str, names: &'static [&'static str]) -> Result<usize, Stop> {
    names.iter().position(|known| *known == name).ok_or_else(|| {
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", names.join(", ")),
        };
        Stop::usage(format!("there is no column {} ({hint})", shown(name)))
    })
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
