//! `history`: what syncs observed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::args::{Format, HistoryArgs};
use super::desk::{Desk, say};
use super::out::Heading;
use super::rows::{Celled, ID, Rows};
use super::stop::{Stop, status};
use crate::domain::filter::since;
use crate::domain::{ConnectionName, HistoryEntry, Moment, Observed, shown};
use crate::inventory::disk::{DiskError, HistoryQuery, Mode, Own};

/// Entries read at once: a million of them are never in memory together.
const PAGE: usize = 1_000;

pub(super) fn run(desk: &Desk, args: &HistoryArgs) -> Result<(), Stop> {
    let shape = Rows::new(&args.view, &CSV)?;
    let now = (desk.clock)();
    let since = match &args.since {
        // As many write it, three days back are `-3d`.
        Some(text) => since(text.strip_prefix('-').unwrap_or(text), now).ok_or_else(|| wrong(text))?,
        None => Moment::default(),
    };
    let path = desk.paths.own();
    // Looking makes no file.
    let is_there = path.try_exists().map_err(|why| {
        Stop::new(status::FAILED, format!("the history ({}) can't be read: {why}", shown(&path.to_string_lossy())))
    })?;
    let own = if is_there {
        let opened = Own::open(&path, now);
        // What memory has in its place is not the history.
        if opened.own.mode() == Mode::Memory {
            let words = opened.notices.iter().map(|notice| notice.words().to_owned()).collect();
            return Err(Stop { code: status::FAILED, words, ..Stop::default() });
        }
        opened.notices.iter().for_each(|notice| say(notice.words()));
        opened.own
    } else {
        Own::in_memory()
    };
    desk.named(|name| is_in(&own, name))?;
    let found =
        Found { own: &own, desk, filter: args.filter.as_deref().unwrap_or_default(), trouble: RefCell::default() };
    let count = if shape.is_sorted() {
        let sorted = arranged(&shape, found.entries(since));
        print(desk, &shape, sorted.into_iter().map(|it| it.row))?
    } else {
        match shape.limit() {
            usize::MAX => print(desk, &shape, found.entries(since))?,
            most => print(desk, &shape, found.newest(since, most).into_iter())?,
        }
    };
    if let Some(why) = found.trouble.take() {
        return Err(Stop::new(if count > 0 { status::PARTIAL } else { status::FAILED }, why.to_string()));
    }
    if count == 0 && desk.format() == Format::Table {
        let is_empty = own.history_len().is_ok_and(|count| count == 0);
        desk.whisper(if is_empty { "no sync has observed a difference yet" } else { "no difference matches" });
    }
    Ok(())
}

/// The entries in the order that was asked for; with a limit never many more of them in memory.
fn arranged(shape: &Rows, entries: impl Iterator<Item = HistoryEntry>) -> Vec<Celled<HistoryEntry, 9>> {
    let mut rows = Vec::new();
    for row in entries {
        rows.push(Celled { cells: csv_row(&row), row });
        if rows.len() >= shape.limit().saturating_add(PAGE) {
            rows = shape.arranged(rows);
        }
    }
    shape.arranged(rows)
}

/// Whether something was observed of a connection, which the config may know no longer.
fn is_in(own: &Own, name: &ConnectionName) -> bool {
    let query = HistoryQuery { connection: Some(name.clone()), ..HistoryQuery::default() };
    let mut is_there = false;
    let read = own.history(&query, |_| {
        is_there = true;
        ControlFlow::Break(())
    });
    // What can't be read is said by the search itself.
    is_there || read.is_err()
}

fn wrong(text: &str) -> Stop {
    let text = shown(text);
    Stop::usage(format!("--since: {text} is no time: an age (7d, 12h), a date (2026-01-31) or RFC 3339"))
}

/// The entries that are asked for.
struct Found<'a> {
    own: &'a Own,
    desk: &'a Desk,
    filter: &'a str,
    /// Why there are no more of them.
    trouble: RefCell<Option<DiskError>>,
}

impl Found<'_> {
    /// Oldest first, page by page.
    fn entries(&self, since: Moment) -> impl Iterator<Item = HistoryEntry> {
        let mut query = HistoryQuery { since, ..HistoryQuery::default() };
        let mut page = VecDeque::new();
        let mut is_over = false;
        std::iter::from_fn(move || {
            while page.is_empty() && !is_over {
                let mut read = query.after;
                let ended = self.own.history(&query, |entry| {
                    read = entry.seq;
                    page.push_back(entry);
                    if page.len() < PAGE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                });
                is_over = page.len() < PAGE;
                if let Err(why) = ended {
                    *self.trouble.borrow_mut() = Some(why);
                    is_over = true;
                }
                query.after = read;
                page.retain(|entry| self.is_wanted(&entry.observed));
            }
            page.pop_front()
        })
    }

    /// The last ones, in their order. Read from the end: a few of them cost no more than a few.
    fn newest(&self, since: Moment, most: usize) -> VecDeque<HistoryEntry> {
        let mut newest = VecDeque::new();
        if most == 0 {
            return newest;
        }
        let read = self.own.history_back(&HistoryQuery { since, ..HistoryQuery::default() }, |entry| {
            if self.is_wanted(&entry.observed) {
                newest.push_front(entry);
            }
            if newest.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if let Err(why) = read {
            *self.trouble.borrow_mut() = Some(why);
        }
        newest
    }

    fn is_wanted(&self, observed: &Observed) -> bool {
        let connections = &self.desk.common.connections;
        let mine = connections.is_empty() || connections.iter().any(|name| name == observed.key.connection.as_str());
        // Tables are for people: how a text came about is for who compares exports.
        let is_shown = observed.difference.is_news() || self.desk.format() != Format::Table;
        mine && is_shown && observed.matches(self.filter)
    }
}

/// The header line of csv.
const CSV: [&str; 9] = ["seq", "at", "connection", "id", "name", "kind", "field", "from", "to"];

/// Writes the entries; how many those were.
fn print(desk: &Desk, shape: &Rows, entries: impl Iterator<Item = HistoryEntry>) -> Result<usize, Stop> {
    let mut count = 0;
    let entries = entries.inspect(|_| count += 1);
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(entries)?,
        Format::Ndjson => {
            for entry in entries {
                out.object(&entry)?;
            }
        }
        Format::Csv => {
            out.csv(shape.header().into_iter().map(Into::into))?;
            for row in entries {
                let row = Celled { cells: csv_row(&row), row };
                out.csv(shape.chosen(&row).into_iter().map(Into::into))?;
            }
        }
        Format::Table if shape.is_chosen() => {
            let cells = |row: HistoryEntry| shape.safe(&Celled { cells: csv_row(&row), row });
            let rows: Vec<Vec<String>> = entries.map(cells).collect();
            if !rows.is_empty() {
                out.table(&shape.headings(), &rows)?;
            }
        }
        Format::Table => {
            let rows: Vec<Vec<String>> = entries.map(|entry| row(&entry.observed)).collect();
            if !rows.is_empty() {
                out.table(&headings(), &rows)?;
            }
        }
    }
    out.flush()?;
    drop(out);
    Ok(count)
}

fn headings() -> Vec<Heading> {
    let columns = [("Time", 16), ("Name", 0), ("What", 28), ("From", 24), ("To", 24), ("Connection", 16), ("ID", ID)];
    columns
        .into_iter()
        .zip(0..)
        .map(|((title, most), priority)| Heading { most: (most > 0).then_some(most), priority, ..Heading::new(title) })
        .collect()
}

fn row(observed: &Observed) -> Vec<String> {
    let Observed { at, key, name, difference, .. } = observed;
    vec![
        at.minute(),
        name.shown().into_owned(),
        difference.what().into_owned(),
        difference.from_words(),
        difference.to_words(),
        key.connection.to_string(),
        shown(key.id.as_str()).into_owned(),
    ]
}

/// The values are JSON, so that `null` and nothing there are told apart.
fn csv_row(entry: &HistoryEntry) -> [String; 9] {
    let Observed { at, key, name, difference, .. } = &entry.observed;
    let (field, from, to) = difference.values();
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    [
        entry.seq.to_string(),
        at.rfc3339(),
        key.connection.as_str().to_owned(),
        key.id.as_str().to_owned(),
        name.raw().to_owned(),
        difference.word().to_owned(),
        text(field),
        text(from),
        text(to),
    ]
}
