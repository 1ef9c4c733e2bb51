//! `journal`: the record of every change; undo one, or settle one whose outcome nobody knows.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};

use super::args::{Format, JournalArgs, RowView};
use super::desk::{Desk, say};
use super::out::Heading;
use super::rows::{Celled, ID, Rows};
use super::stop::{Stop, code, status};
use super::write::{self, What, Wish};
use crate::changes::{self, FileJournal, Journal as _};
use crate::domain::{ConnectionName, Failure, JournalRecord, JournalState, Records, Subject, age_words, shown, undone};

pub(super) async fn run(desk: &Desk, args: &JournalArgs) -> Result<(), Stop> {
    if args.undo.is_none() && (args.write.dry_run || args.write.confirm.is_some()) {
        return Err(Stop::usage("there is nothing to send: give --undo CHANGE"));
    }
    let journal = FileJournal::new(desk.paths.journal());
    if let Some(settle) = &args.settle {
        return settled(desk, &journal, settle);
    }
    let found = journal.records().map_err(|why| local(&why))?;
    if let Some(change) = &args.undo {
        return undo(desk, &found, change, args).await;
    }
    let shape = Rows::new(&args.view, &CSV)?;
    let undone = taken_back(&found);
    let shown = shown_of(desk, &found, &shape, &undone)?;
    print(desk, &shape, &shown, &undone)?;
    unread(desk, &found)
}

/// The records that are asked for: of the connections of `-c`; with a limit the newest changes, each with its newest
/// state, or in another order the first ones of that.
fn shown_of(desk: &Desk, found: &Records, shape: &Rows, undone: &HashSet<&str>) -> Result<Vec<JournalRecord>, Stop> {
    // What was written at a connection stays here when the config knows it no longer.
    let names = desk.named(|name| found.records.iter().any(|record| record.connection == *name))?;
    let is_meant = |record: &&JournalRecord| names.is_empty() || names.contains(&record.connection);
    let records = found.records.iter().filter(is_meant);
    let is_folded = desk.format() == Format::Table && shape.is_sorted();
    if shape.limit() == usize::MAX && !is_folded {
        return Ok(sorted(shape, records.cloned(), undone));
    }
    let changes = folded(records);
    let older = if shape.is_sorted() { 0 } else { changes.len().saturating_sub(shape.limit()) };
    Ok(sorted(shape, changes.into_values().skip(older).cloned(), undone))
}

/// In the order that is asked for, and not more than are.
fn sorted(shape: &Rows, records: impl Iterator<Item = JournalRecord>, undone: &HashSet<&str>) -> Vec<JournalRecord> {
    if !shape.is_sorted() {
        return records.collect();
    }
    let celled = records.map(|row| Celled { cells: csv_row(&row, undone), row });
    shape.arranged(celled.collect()).into_iter().map(|it| it.row).collect()
}

/// Each change by its id with its newest record, in the order in which they began.
fn folded<'r>(records: impl IntoIterator<Item = &'r JournalRecord>) -> IndexMap<&'r str, &'r JournalRecord> {
    let mut newest = IndexMap::new();
    for record in records {
        newest.insert(record.change.as_str(), record);
    }
    newest
}

/// The changes that were taken back, also by what is not shown.
fn taken_back(found: &Records) -> HashSet<&str> {
    undone(folded(&found.records).into_values().rev())
}

/// Says which lines can't be read; they stay where they are. A damaged line is a record lost, so that what was printed is
/// a part (exit 3) as long as it stands there. A line that a crash tore is none: nothing was sent upon it, and a change
/// whose outcome it was to tell is listed as unknown. It is said and fails nothing, or each later look would fail because
/// of a crash that was dealt with long ago.
fn unread(desk: &Desk, found: &Records) -> Result<(), Stop> {
    let path = desk.paths.journal();
    let lines = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    if found.torn > 0 {
        let words = format!("{}: {} torn by a crash; no record is lost with it", path.display(), lines(found.torn));
        desk.whisper(&words);
    }
    if found.skipped == 0 {
        return Ok(());
    }
    let words =
        format!("{}: {} can't be read and not shown (nothing is removed)", path.display(), lines(found.skipped));
    Err(Stop::new(status::PARTIAL, words))
}

fn local(failure: &Failure) -> Stop {
    Stop::new(code(&failure.kind), failure.to_string())
}

/// Plans the inverse of a change, or of all that a plan did, at the connections that it was made at.
async fn undo(desk: &Desk, found: &Records, id: &str, args: &JournalArgs) -> Result<(), Stop> {
    // Why it can't be undone is said before anything is asked.
    let inverse = changes::undo(&found.records, id).map_err(|why| local(&why))?;
    let connections: IndexSet<ConnectionName> =
        inverse.changes.iter().map(|change| change.subject.connection().clone()).collect();
    let opened = desk.open()?;
    if let Some(name) = connections.iter().find(|name| !opened.iter().any(|it| it.name() == *name)) {
        let words = format!("change {} was made at a connection that is not in use: {name}", shown(id));
        return Err(Stop::usage(words));
    }
    let what = What::Undo(connections.into_iter().collect(), id.to_owned());
    let wish = Wish { what, ..Wish::of(Vec::new()) };
    write::run(desk, &opened, &desk.scratch().await, wish, &args.write).await?;
    if inverse.left_out.is_empty() || args.write.dry_run {
        return Ok(());
    }
    for words in &inverse.left_out {
        say(words);
    }
    let words = match inverse.left_out.len() {
        1 => "1 change of the plan stays as it is".to_owned(),
        more => format!("{more} changes of the plan stay as they are"),
    };
    Err(Stop::new(status::PARTIAL, words))
}

/// Notes what the person found out.
fn settled(desk: &Desk, journal: &FileJournal, settle: &str) -> Result<(), Stop> {
    let (change, word) = settle.rsplit_once('=').unwrap_or((settle, ""));
    let done = match word {
        "done" => true,
        "not-done" => false,
        _ => return Err(Stop::usage("--settle takes CHANGE=done or CHANGE=not-done")),
    };
    let record = changes::settle(journal, change, done, (desk.clock)()).map_err(|why| local(&why))?;
    let verb = record.kind.verb();
    if desk.format() == Format::Table {
        let mut out = desk.out();
        out.whole(&format!("noted: the {verb} of {} ({}) is {word}", record.name, shown(record.subject.id())))?;
        return Ok(out.flush()?);
    }
    let found = journal.records().map_err(|why| local(&why))?;
    print(desk, &Rows::new(&RowView::default(), &CSV)?, std::slice::from_ref(&record), &taken_back(&found))
}

/// The header line of csv: a contract, only added to at its end.
const CSV: [&str; 14] = [
    "change",
    "at",
    "state",
    "connection",
    "kind",
    "target",
    "name",
    "done",
    "made",
    "request_id",
    "reason",
    "failure",
    "undoes",
    "undone",
];

/// Every record, oldest first; for people one row a change, with its newest state.
fn print(desk: &Desk, shape: &Rows, records: &[JournalRecord], undone: &HashSet<&str>) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(records)?,
        Format::Ndjson => {
            for record in records {
                out.object(record)?;
            }
        }
        Format::Csv => {
            out.csv(shape.header().into_iter().map(Into::into))?;
            for row in records {
                out.csv(shape.chosen(&Celled { cells: csv_row(row, undone), row }).into_iter().map(Into::into))?;
            }
        }
        Format::Table if shape.is_chosen() => {
            let cells = |row| shape.safe(&Celled { cells: csv_row(row, undone), row });
            out.table(&shape.headings(), &folded(records).into_values().map(cells).collect::<Vec<_>>())?;
        }
        Format::Table => {
            let headings = headings();
            let now = (desk.clock)();
            let changes = folded(records);
            let rows: Vec<Vec<String>> = changes
                .values()
                .map(|record| {
                    let is_undone = undone.contains(record.change.as_str());
                    vec![
                        age_words(now.since(record.at)),
                        if is_undone { format!("{}, undone", state_words(record)) } else { state_words(record) },
                        if record.undoes.is_some() { "undo" } else { record.kind.verb() }.to_owned(),
                        shown(record.title()).into_owned(),
                        shown(record.target_id()).into_owned(),
                        record.connection.to_string(),
                        shown(&record.change).into_owned(),
                    ]
                })
                .collect();
            out.table(&headings, &rows)?;
        }
    }
    out.flush()?;
    drop(out);
    if records.is_empty() && desk.format() == Format::Table {
        desk.whisper("nothing was ever written");
    }
    if desk.common.verbose > 0 {
        let open = changes::unsettled(records);
        let now = (desk.clock)();
        for record in &open {
            say(&changes::unsettled_words(record, now));
        }
    }
    Ok(())
}

fn headings() -> Vec<Heading> {
    let columns =
        [("Age", 12), ("State", 24), ("Verb", 8), ("Name", 0), ("ID", ID), ("Connection", 20), ("Change", ID)];
    columns
        .into_iter()
        .zip(0..)
        .map(|((title, most), priority)| Heading { most: (most > 0).then_some(most), priority, ..Heading::new(title) })
        .collect()
}

fn state_words(record: &JournalRecord) -> String {
    let word = state(record.state);
    match (record.state, record.done, &record.operation) {
        (JournalState::Reconciled, Some(true), _) => format!("{word}: done"),
        (JournalState::Reconciled, Some(false), _) => format!("{word}: not done"),
        (JournalState::Sent, _, Some(_)) => format!("{word}, goes on"),
        (_, _, _) => word,
    }
}

/// The state's word in the journal itself.
fn state(state: JournalState) -> String {
    let word = serde_json::to_value(state).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn csv_row(record: &JournalRecord, undone: &HashSet<&str>) -> [String; 14] {
    let kind = serde_json::to_value(record.kind).ok();
    [
        record.change.clone(),
        record.at.0.to_string(),
        state(record.state),
        record.connection.as_str().to_owned(),
        kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default(),
        record.subject.id().to_owned(),
        record.name.raw().to_owned(),
        record.done.map(|done| done.to_string()).unwrap_or_default(),
        record.made.as_ref().map(Subject::id).unwrap_or_default().to_owned(),
        record.request_id.clone().unwrap_or_default(),
        record.reason.clone().unwrap_or_default(),
        record.failure.as_ref().map(ToString::to_string).unwrap_or_default(),
        record.undoes.clone().unwrap_or_default(),
        undone.contains(record.change.as_str()).to_string(),
    ]
}
