//! The inventory's promises as one table: `cargo bench --bench inventory -- --accounts 100000`.
//!
//! A simulator of the program's own is synced by the real program, which is then driven in a pseudo-terminal; fzf, if
//! there is one, gets the same rows and queries through the same pseudo-terminal. `benches/README.md` says what each line
//! means. What the program cannot do yet is a line that says so, never an end of the run.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop where it stands")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod browsing;
mod fzf;
mod house;
mod machine;
mod table;
mod terminal;
mod typing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser as _;

use house::{Home, Simulator};
use table::{Table, megabytes, time};

/// What the command line says.
#[derive(clap::Parser)]
struct Args {
    /// How many accounts
    #[arg(long, default_value_t = 100_000)]
    accounts: usize,
    /// How many accounts are synced at 50 ms per request: above 60,000 the limit itself takes five minutes more
    #[arg(long, default_value_t = 20_000)]
    slow_accounts: usize,
    /// How often each start and each query is measured
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Another build of the program
    #[arg(long, default_value = env!("CARGO_BIN_EXE_acctui"))]
    program: PathBuf,
    /// fzf to compare with
    #[arg(long, default_value = "fzf")]
    fzf: String,
    /// Put the table into this file, in place of the one of as many accounts
    #[arg(long, value_name = "README")]
    write: Option<PathBuf>,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// The budgets that depend on the size, in milliseconds.
struct Budgets {
    first_frame: f64,
    searchable: f64,
    frame: f64,
    complete: (f64, f64),
    raw: f64,
    sort: f64,
    memory: u64,
    sync: f64,
}

impl Budgets {
    fn of(accounts: usize) -> Self {
        if accounts <= 100_000 {
            return Self {
                first_frame: 15.0,
                searchable: 80.0,
                frame: 12.0,
                complete: (8.0, 16.0),
                raw: 200.0,
                sort: 20.0,
                memory: 20_000_000,
                sync: 1_500.0,
            };
        }
        Self {
            first_frame: 20.0,
            searchable: 900.0,
            frame: 16.0,
            complete: (50.0, 120.0),
            raw: 2_000.0,
            sort: 350.0,
            memory: 170_000_000,
            sync: 20_000.0,
        }
    }
}

/// What all measurements share.
struct Bench {
    args: Args,
    budgets: Budgets,
    simulator: Simulator,
    /// The home that is synced once, if the program can, and browsed then.
    home: Home,
    /// Why there is no cache to start from.
    no_cache: Option<String>,
    table: Table,
}

impl Bench {
    /// How long a result must stand to be the last one: far longer than anything that is within the budgets, or a result
    /// that comes late would count as one that came at once.
    fn quiet(&self) -> Duration {
        Duration::from_millis(if self.args.accounts <= 100_000 { 1_000 } else { 3_000 })
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}

fn main() {
    let args = Args::parse();
    let machine = machine::words();
    let simulator = Simulator::start(&args.program, args.accounts, &["--limits", "off"]).unwrap();
    let home = Home::new(&args.program, &simulator).unwrap();
    let budgets = Budgets::of(args.accounts);
    let mut bench = Bench { args, budgets, simulator, home, no_cache: None, table: Table::default() };
    sync(&mut bench);
    let rows = fzf::rows(&bench.home);
    browsing::starts(&mut bench);
    browsing::all(&mut bench, &rows);
    slow_sync(&mut bench);
    let text = report(&bench, &machine);
    println!("{text}");
    if let Some(file) = &bench.args.write {
        replace(file, bench.args.accounts, &text);
    }
}

/// The first sync, into an empty store.
fn sync(bench: &mut Bench) {
    let what = "sync from the local simulator, limits off, store included";
    let before = machine::processor(bench.simulator.pid()).unwrap_or(0.0);
    let words = |bench: &Bench| {
        let spent = machine::processor(bench.simulator.pid()).unwrap_or(0.0) - before;
        let memory = machine::memory(bench.simulator.pid()).unwrap_or(0);
        format!("(the simulator's part: {spent:.2} s of processor, {})", megabytes(memory))
    };
    match bench.home.run(&["sync", "-c", "cloudflare"]) {
        Ok((_, took)) => {
            let more = words(bench);
            bench.table.time(what, bench.budgets.sync, took, &more);
            let all = bench.args.accounts.max(1) as u64;
            let each = machine::bytes_below(&bench.home.cache()) / all;
            bench.table.measured(
                "disk, raw included",
                "≤ 900 B/account".into(),
                format!("{each} B/account"),
                (1..=900).contains(&each),
            );
        }
        Err(why) => {
            let budget = format!("≤ {}", time(Duration::from_secs_f64(bench.budgets.sync / 1_000.0)));
            bench.table.unsupported(what, &budget, &why);
            bench.table.unsupported("disk, raw included", "≤ 900 B/account", &why);
            let whole =
                bench.home.browse().and_then(|mut terminal| browsing::whole(&mut terminal, bench.args.accounts));
            match whole {
                Ok(took) => {
                    let more = words(bench);
                    bench.table.told("the same in the browser, without a store", format!("{} {more}", time(took)));
                }
                Err(why) => bench.table.unsupported("the same in the browser, without a store", "", &why),
            }
            bench.no_cache = Some(why);
        }
    }
}

/// A sync from a simulator that takes 50 ms for each answer and keeps its limits, against what cannot be undercut: the
/// answers, eight at a time after the first, and the windows of 1,200 requests in five minutes.
fn slow_sync(bench: &mut Bench) {
    let accounts = bench.args.slow_accounts;
    let what = format!("sync of {accounts} with 50 ms per request, limits on");
    let budget = "≤ 1.1 x the floor, no 429";
    let pages = accounts.div_ceil(50).max(1);
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let latency = 0.05 * (1.0 + number((pages - 1).div_ceil(8)));
    let floor = latency.max(300.0 * number((pages - 1) / 1_200));
    let measure = || -> Result<(Duration, usize, usize, &str), String> {
        let simulator =
            Simulator::start(&bench.args.program, accounts, &["--limits", "on", "--fault", "latency=50ms"])?;
        let home = Home::new(&bench.args.program, &simulator)?;
        let (took, how) = if let Ok((_, took)) = home.run(&["sync", "-c", "cloudflare"]) {
            (took, "")
        } else {
            (browsing::whole(&mut home.browse()?, accounts)?, ", in the browser, without a store")
        };
        let (requests, refused) = simulator.noted();
        Ok((took, requests, refused, how))
    };
    match measure() {
        Ok((took, requests, refused, how)) => {
            let ratio = took.as_secs_f64() / floor;
            let words = format!(
                "{} = {ratio:.2} x the floor of {floor:.1} s, {refused} x 429, {requests} requests for {pages} pages{how}",
                time(took)
            );
            bench.table.measured(&what, budget.into(), words, ratio <= 1.1 && refused == 0);
        }
        Err(why) => bench.table.unsupported(&what, budget, &why),
    }
}

/// The table with what it was measured on.
fn report(bench: &Bench, machine: &str) -> String {
    let fzf = fzf::version(&bench.args.fzf).unwrap_or_else(|| "no fzf".into());
    format!(
        "### {} accounts\n\n{}; {machine}; {}x{}; {fzf}; medians of {} runs.\n\n{}",
        bench.args.accounts,
        machine::date(),
        terminal::WIDTH,
        terminal::HEIGHT,
        bench.args.runs,
        bench.table.markdown()
    )
}

/// Puts the table where the last one of as many accounts stands in the file, or at its end.
fn replace(file: &Path, accounts: usize, text: &str) {
    let old = std::fs::read_to_string(file).unwrap_or_default();
    let head = format!("### {accounts} accounts\n");
    let new = match old.find(&head) {
        None => format!("{}\n\n{text}", old.trim_end()),
        Some(from) => {
            let after = &old[from + head.len()..];
            let to = after.find("\n#").map_or(old.len(), |at| from + head.len() + at + 1);
            let gap = if to < old.len() { "\n" } else { "" };
            format!("{}{text}{gap}{}", &old[..from], &old[to..])
        }
    };
    std::fs::write(file, new).unwrap();
}
