//! What is measured in the browser.

use std::time::Duration;

use acctui::provider::{ColumnValue, registry};

use crate::house::{Home, Simulator};
use crate::table::{median, megabytes, quantile, time};
use crate::terminal::Terminal;
use crate::typing::{self, Side, Watched};
use crate::{Bench, fzf, machine, now};

/// What is typed: words, parts of words, letters apart, the exact forms of fzf, an id's beginning.
pub const QUERIES: [&str; 6] = ["amber", "crimsoncloud", "'bakery", "atl prod", "^copper group$", "0a1b"];
/// The step of somebody who types fast.
const STEP: Duration = Duration::from_millis(40);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// A filter on a path of what the provider said, true of some rows and not of others.
const RAW: &str = "settings.enforce_twofactor:false";

/// From the program's start until the title counts all accounts.
pub fn whole(terminal: &mut Terminal, accounts: usize) -> Result<Duration, String> {
    let all = accounts as u64;
    let counts_all = |terminal: &Terminal| Side::Browser.counter(terminal) == Some((all, all));
    terminal.until(terminal.began, PATIENCE, counts_all)
}

/// A browser with everything in it, at rest.
fn filled(bench: &Bench) -> Result<Terminal, String> {
    let mut terminal = bench.home.browse()?;
    whole(&mut terminal, bench.args.accounts)?;
    terminal.settle(Duration::from_secs(1));
    Ok(terminal)
}

/// Starts from the cache.
pub fn starts(bench: &mut Bench) {
    let (first, searchable) =
        ("process start → first frame with cached rows", "process start → whole inventory searchable");
    let budget = |milliseconds: f64| format!("≤ {milliseconds} ms");
    if let Some(why) = &bench.no_cache {
        bench.table.unsupported(first, &budget(bench.budgets.first_frame), why);
        bench.table.unsupported(searchable, &budget(bench.budgets.searchable), why);
        return;
    }
    let frames: Result<Vec<Duration>, String> = (0..bench.args.runs).map(|_| first_frame(&bench.home)).collect();
    match frames {
        Ok(frames) => bench.table.time(first, bench.budgets.first_frame, median(&frames), &most(&frames)),
        Err(why) => bench.table.unsupported(first, &budget(bench.budgets.first_frame), &why),
    }
    let searched: Result<Vec<Watched>, String> = (0..bench.args.runs).map(|_| first_search(bench)).collect();
    match searched {
        Ok(searched) => {
            let waits: Vec<Duration> = searched.iter().map(|one| one.complete).collect();
            let more = most(&waits);
            bench.table.time(searchable, bench.budgets.searchable, median(&waits), &more);
        }
        Err(why) => bench.table.unsupported(searchable, &budget(bench.budgets.searchable), &why),
    }
}

fn most(waits: &[Duration]) -> String {
    format!("(most {})", time(quantile(waits, 1_000)))
}

fn has_rows(terminal: &Terminal) -> bool {
    Side::Browser.counter(terminal).is_some_and(|(shown, all)| shown > 0 && all > 0)
}

fn first_frame(home: &Home) -> Result<Duration, String> {
    home.warm();
    let mut terminal = home.browse()?;
    let began = terminal.began;
    terminal.until_frame(began, PATIENCE, has_rows)
}

/// From the start to the whole result of a query that is typed as soon as there are rows. That it is whole is seen from
/// the same query at rest.
fn first_search(bench: &Bench) -> Result<Watched, String> {
    let query = QUERIES[0];
    bench.home.warm();
    let mut terminal = bench.home.browse()?;
    let began = terminal.began;
    terminal.until_frame(began, PATIENCE, has_rows)?;
    let before = Side::Browser.counter(&terminal);
    terminal.send(&format!("/{query}"));
    let seen = typing::watch_from(&mut terminal, Side::Browser, query, bench.quiet() * 2, (began, before))?;
    // Two keys in one write would be an Alt-key.
    clear(&mut terminal, bench.quiet());
    let again = typing::watch(&mut terminal, Side::Browser, "/", "", bench.quiet())
        .and_then(|_| typing::watch(&mut terminal, Side::Browser, query, query, bench.quiet()))?;
    // The next start comes back with this one's filter.
    clear(&mut terminal, bench.quiet());
    if again.counter == seen.counter {
        Ok(seen)
    } else {
        Err(format!("at first {:?} matched, later {:?}", seen.counter, again.counter))
    }
}

/// Everything that is done in a browser at rest, with fzf beside it.
pub fn all(bench: &mut Bench, rows: &fzf::Rows) {
    let mut terminal = match filled(bench) {
        Ok(terminal) => terminal,
        Err(why) => return bench.table.unsupported("the browser with all accounts", "", &why),
    };
    let empty = Empty::start(bench);
    let at_rest = empty.as_ref().and_then(|empty| empty.beside(&terminal));
    idle(bench, &mut terminal);
    cursor(bench, &mut terminal);
    keys(bench, &mut terminal);
    fzf::compare(bench, rows, &mut terminal);
    raw(bench, &mut terminal);
    sort(bench, &mut terminal);
    let used = empty.as_ref().and_then(|empty| empty.beside(&terminal));
    memory(bench, at_rest, used);
}

/// Leaves the filter line and clears it.
fn clear(terminal: &mut Terminal, quiet: Duration) {
    terminal.send("\u{1b}");
    terminal.settle(quiet);
}

/// Opens the filter line.
fn open(terminal: &mut Terminal, quiet: Duration) {
    terminal.send("/");
    terminal.settle(quiet);
}

fn keys(bench: &mut Bench, terminal: &mut Terminal) {
    let (frame, complete) = ("filter key → painted frame, p99", "filter key → complete result");
    let quiet = bench.quiet();
    let (mut hurried, mut slow) = (Vec::new(), Vec::new());
    let mut run = || -> Result<(), String> {
        for query in QUERIES {
            for _ in 0..3 {
                open(terminal, quiet);
                hurried.extend(typing::hurried(terminal, query, STEP)?);
                clear(terminal, quiet);
            }
            open(terminal, quiet);
            slow.extend(typing::letters(terminal, Side::Browser, query, quiet)?);
            clear(terminal, quiet);
        }
        Ok(())
    };
    if let Err(why) = run() {
        bench.table.unsupported(frame, &format!("≤ {} ms", bench.budgets.frame), &why);
        return bench.table.unsupported(complete, &format!("≤ {:?} ms", bench.budgets.complete), &why);
    }
    let more =
        format!("(median {}, {} keys, one every {} ms)", time(median(&hurried)), hurried.len(), STEP.as_millis());
    bench.table.time(frame, bench.budgets.frame, quantile(&hurried, 990), &more);
    let frames: Vec<Duration> = slow.iter().map(|one| one.frame).collect();
    let words = format!("{} (median {})", time(quantile(&frames, 990)), time(median(&frames)));
    bench.table.told("the same with a rest before each key", words);
    let waits: Vec<Duration> = slow.iter().map(|one| one.complete).collect();
    let (half, p99) = bench.budgets.complete;
    bench.table.time(&format!("{complete}, median"), half, median(&waits), &format!("({} keys)", waits.len()));
    bench.table.time(&format!("{complete}, p99"), p99, quantile(&waits, 990), "");
}

/// A query typed at once, so many times; how long each took, and what matched.
fn queried(
    terminal: &mut Terminal,
    query: &str,
    runs: usize,
    quiet: Duration,
) -> Result<(Vec<Duration>, typing::Counter), String> {
    let (mut waits, mut counter) = (Vec::new(), None);
    for _ in 0..runs.max(1) {
        let seen = once(terminal, query, quiet)?;
        waits.push(seen.complete);
        counter = seen.counter;
    }
    Ok((waits, counter))
}

/// A query typed at once into the filter line, which is cleared then.
pub fn once(terminal: &mut Terminal, query: &str, quiet: Duration) -> Result<Watched, String> {
    open(terminal, quiet);
    let seen = typing::watch(terminal, Side::Browser, query, query, quiet)?;
    clear(terminal, quiet);
    Ok(seen)
}

fn raw(bench: &mut Bench, terminal: &mut Terminal) {
    let what = format!("filter on a path of raw: `{RAW}`");
    let budget = bench.budgets.raw;
    match queried(terminal, RAW, bench.args.runs.min(3), bench.quiet()) {
        Ok((waits, Some((shown, all)))) if shown > 0 && shown < all => {
            bench.table.time(&what, budget, median(&waits), &format!("({shown} of {all})"));
        }
        Ok((_, counter)) => {
            bench.table.unsupported(&what, &format!("≤ {budget} ms"), &format!("not understood: {counter:?} matched"));
        }
        Err(why) => bench.table.unsupported(&what, &format!("≤ {budget} ms"), &why),
    }
}

/// The list's rows on the screen, without what stands beside them.
fn list(terminal: &Terminal) -> String {
    let rows: Vec<String> = terminal.rows().collect();
    let title = rows.iter().find(|row| row.contains("Accounts ")).cloned().unwrap_or_default();
    let column = |word: &str| title.split_once(word).map(|(before, _)| before.chars().count());
    let (from, to) = (column("Accounts ").unwrap_or(0), column("Detail ").unwrap_or(usize::MAX));
    let cut = |row: &String| row.chars().skip(from).take(to.saturating_sub(from)).collect::<String>();
    rows.iter().skip(2).map(cut).collect::<Vec<_>>().join("\n")
}

/// Sorts by name, one way and the other. The first one makes the keys; the rest is measured.
fn sort(bench: &mut Bench, terminal: &mut Terminal) {
    let what = "sort by name, once its keys are made";
    let kind = registry().iter().find(|kind| kind.spec.facts.id == "cloudflare");
    let column = kind.and_then(|kind| kind.spec.columns.iter().find(|column| column.value == ColumnValue::Name));
    let Some(letter) = column.map(|column| column.letter) else {
        return bench.table.unsupported(what, "", "no column of names");
    };
    let (quiet, mut waits) = (bench.quiet().max(Duration::from_secs(1)), Vec::new());
    for _ in 0..=bench.args.runs {
        terminal.send("s");
        terminal.settle(Duration::from_millis(300));
        let mut before = list(terminal);
        let from = terminal.send(&letter.to_string());
        let mut last = None;
        while let Some(left) = (last.unwrap_or(from) + quiet).checked_duration_since(now()) {
            let Some(arrived) = terminal.pump(left) else { break };
            let seen = list(terminal);
            if seen != before {
                (before, last) = (seen, Some(arrived.at));
            }
        }
        let Some(last) = last else {
            return bench.table.unsupported(what, &format!("≤ {} ms", bench.budgets.sort), "the list stayed as it was");
        };
        waits.push(last.saturating_duration_since(from));
    }
    let more = format!("(the first: {})", time(waits[0]));
    bench.table.time(what, bench.budgets.sort, median(&waits[1..]), &more);
}

/// The cursor down and up, as fast as frames come; a frame now and then is waited out, so that the detail follows.
fn cursor(bench: &mut Bench, terminal: &mut Terminal) {
    let (mut waits, mut sizes) = (Vec::new(), Vec::new());
    for nth in 0..1_000 {
        terminal.settle(Duration::from_millis(if nth % 20 == 0 { 600 } else { 4 }));
        let from = terminal.send(if nth % 60 < 30 { "j" } else { "k" });
        let mut bytes = 0;
        while let Some(arrived) = terminal.pump(Duration::from_secs(5)) {
            bytes += arrived.bytes;
            if arrived.frame {
                waits.push(arrived.at.saturating_duration_since(from));
                sizes.push(bytes);
                break;
            }
        }
    }
    let more = format!("(median {})", time(median(&waits)));
    bench.table.time("cursor key → frame, p99", 3.0, quantile(&waits, 990), &more);
    let (half, p99) = (median(&sizes), quantile(&sizes, 990));
    let words = format!("{half} B (p99 {p99} B)");
    bench.table.measured("bytes of that frame", "≤ 1,000 B".into(), words, half > 0 && half <= 1_000);
}

fn idle(bench: &mut Bench, terminal: &mut Terminal) {
    terminal.settle(Duration::from_secs(2));
    let before = machine::switches(terminal.pid);
    terminal.settle(Duration::ZERO);
    std::thread::sleep(Duration::from_secs(10));
    let woken = before.zip(machine::switches(terminal.pid)).map(|(before, after)| after.saturating_sub(before));
    let what = "wake-ups while idle, in 10 s";
    match woken {
        Some(woken) => bench.table.measured(what, "≤ 2".into(), woken.to_string(), woken <= 2),
        None => bench.table.unsupported(what, "≤ 2", "the program is gone"),
    }
}

/// A browser that knows a connection without accounts, and its simulator.
struct Empty {
    terminal: Terminal,
    _home: Home,
    _simulator: Simulator,
}

/// What two browsers have in memory at the same moment: what they share of the program's file counts in both alike.
#[derive(Clone, Copy)]
struct Memory {
    empty: u64,
    full: u64,
}

impl Memory {
    /// What the accounts take.
    fn over(self) -> u64 {
        self.full.saturating_sub(self.empty)
    }
}

impl Empty {
    fn start(bench: &Bench) -> Option<Self> {
        let simulator = Simulator::start(&bench.args.program, 0, &[]).ok()?;
        let home = Home::new(&bench.args.program, &simulator).ok()?;
        let mut terminal = home.browse().ok()?;
        terminal.settle(Duration::from_secs(2));
        Some(Self { terminal, _home: home, _simulator: simulator })
    }

    fn beside(&self, full: &Terminal) -> Option<Memory> {
        Some(Memory { empty: machine::memory(self.terminal.pid)?, full: machine::memory(full.pid)? })
    }
}

fn memory(bench: &mut Bench, at_rest: Option<Memory>, used: Option<Memory>) {
    let what = "resident memory over an empty start";
    let budget = format!("≤ {}", megabytes(bench.budgets.memory));
    let (Some(at_rest), Some(used)) = (at_rest, used) else {
        return bench.table.unsupported(what, &budget, "the program is gone");
    };
    let rest = at_rest.over();
    let words = format!(
        "{} (after all that is measured here {}; empty {})",
        megabytes(rest),
        megabytes(used.over()),
        megabytes(at_rest.empty)
    );
    bench.table.measured(what, budget, words, rest <= bench.budgets.memory);
}
