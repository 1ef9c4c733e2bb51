//! The same rows and queries in fzf.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use crate::Bench;
use crate::browsing::{self, QUERIES};
use crate::house::Home;
use crate::table::{median, time};
use crate::terminal::Terminal;
use crate::typing::{self, Side};

/// Which fzf it is.
pub fn version(fzf: &str) -> Option<String> {
    let output = Command::new(fzf).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(format!("fzf {}", text.split(' ').next()?.trim()))
}

/// A file of all rows, or why there is none.
pub type Rows = Result<tempfile::NamedTempFile, String>;

/// A file of all rows: name, id and e-mail of an account on one line, as a person would hand them to fzf.
pub fn rows(home: &Home) -> Rows {
    let offline = home.run(&["list", "-c", "cloudflare", "-o", "csv", "--offline"]);
    let (output, _) = match offline {
        Ok(done)
            if done
                .0
                .stdout
                .iter()
                .position(|byte| *byte == b'\n')
                .is_some_and(|end| end + 1 < done.0.stdout.len()) =>
        {
            done
        }
        Ok(_) | Err(_) => home.run(&["list", "-c", "cloudflare", "-o", "csv"])?,
    };
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let head = reader.headers().map_err(|error| error.to_string())?.clone();
    let places: Vec<usize> =
        ["name", "id", "email"].iter().filter_map(|name| head.iter().position(|head| head == *name)).collect();
    let mut text = String::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let cells = places.iter().filter_map(|place| row.get(*place)).filter(|cell| !cell.is_empty());
        let line = cells.collect::<Vec<_>>().join(" ");
        text.push_str(&line.replace(|letter: char| letter.is_control(), " "));
        text.push('\n');
    }
    let mut file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    file.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(file)
}

/// Each query typed at once into both in turn, so that what else the machine does meets both alike. fzf keeps what a query
/// found for as long as it runs, so each time is in one that has not heard the query yet.
pub fn compare(bench: &mut Bench, rows: &Rows, browser: &mut Terminal) {
    let (what, budget) = ("the same query typed into fzf over the same rows", "≤ 0.5 x its time");
    let rows = match version(&bench.args.fzf) {
        None => Err(format!("there is no {}", bench.args.fzf)),
        Some(_) => rows.as_ref().map_err(Clone::clone),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(why) => return bench.table.unsupported(what, "", &why),
    };
    for query in QUERIES {
        let what = format!("{what}: `{query}`");
        match in_turn(bench, browser, rows.path(), query) {
            Ok(both) => {
                let ratio = both.ours.as_secs_f64() / both.theirs.as_secs_f64().max(1e-6);
                let (here, there) = both.found;
                let words = format!(
                    "{ratio:.2} x: {} against {} ({here} rows, there {there}; again there, from what it kept: {})",
                    time(both.ours),
                    time(both.theirs),
                    time(both.again)
                );
                bench.table.measured(&what, budget.into(), words, ratio <= 0.5);
            }
            Err(why) => bench.table.unsupported(&what, budget, &why),
        }
    }
}

/// What a query takes here and there.
struct Both {
    ours: Duration,
    theirs: Duration,
    /// There, when it was typed a second time.
    again: Duration,
    /// How many rows it finds here and there.
    found: (u64, u64),
}

fn in_turn(bench: &Bench, browser: &mut Terminal, rows: &std::path::Path, query: &str) -> Result<Both, String> {
    let (mut ours, mut theirs, mut again, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.args.runs.max(1) {
        let here = browsing::once(browser, query, bench.quiet())?;
        let mut fzf = filled(bench, rows)?;
        let there = typing::watch(&mut fzf, Side::Fzf, query, query, bench.quiet())?;
        // The line is emptied, and all rows match again.
        fzf.send("\u{15}");
        fzf.settle(bench.quiet());
        again.push(typing::watch(&mut fzf, Side::Fzf, query, query, bench.quiet())?.complete);
        ours.push(here.complete);
        theirs.push(there.complete);
        let found = |counter: typing::Counter| counter.map_or(0, |(shown, _)| shown);
        counts.push((found(here.counter), found(there.counter)));
    }
    counts.dedup();
    let [found] = counts[..] else {
        return Err(format!("the same query found differently many rows: {counts:?}"));
    };
    Ok(Both { ours: median(&ours), theirs: median(&theirs), again: median(&again), found })
}

/// fzf with all rows read.
fn filled(bench: &Bench, rows: &std::path::Path) -> Result<Terminal, String> {
    let script = "exec \"$1\" --no-mouse < \"$2\"";
    let rows = rows.to_str().ok_or("the path is no text")?;
    let mut terminal = Terminal::start(&["sh", "-c", script, "sh", &bench.args.fzf, rows], &[])?;
    let began = terminal.began;
    let all = bench.args.accounts as u64;
    let whole = |terminal: &Terminal| Side::Fzf.counter(terminal) == Some((all, all));
    terminal.until(began, Duration::from_secs(120), whole)?;
    terminal.settle(bench.quiet());
    Ok(terminal)
}
