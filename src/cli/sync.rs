//! `sync`: lists the connections anew into the kept inventory, and on request what costs a request for each account.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, stream};
use serde::Serialize;

use super::args::{Extra, Format, SyncArgs, With};
use super::confirm::line;
use super::desk::{Desk, Opened, interactive, say};
use super::out::Heading;
use super::progress::Progress;
use super::stop::{Stop, Tally, status};
use super::{extra, list};
use crate::domain::{AccountKey, ConnectionName, Difference, Failure, Subject};
use crate::inventory::disk::{Disk, HistoryQuery, Own};
use crate::inventory::{Consent, Inventory, Snapshot, SyncState};
use crate::provider::{Capability, Offer, Query, Reply};

/// Requests at a time that `--with` has on their way; the shared client holds them to the budget.
const AT_ONCE: usize = 8;
/// How long what was listed may take to the disk.
const WRITE: Duration = Duration::from_secs(60);

/// What became of one connection; its names in JSON are a contract. `null` is what is not known, for want of a disk or
/// of an earlier listing.
#[derive(Serialize)]
struct Report {
    connection: ConnectionName,
    accounts: u64,
    /// Of the last whole listing.
    pages: Option<u32>,
    appeared: Option<u64>,
    gone: Option<u64>,
    changed: Option<u64>,
    seconds: f64,
    /// `complete`, `partial`, or `failed` where nothing came.
    state: &'static str,
    why: Option<String>,
    /// How many came, where `--with` asked for them.
    profiles: Option<u64>,
    lineages: Option<u64>,
}

/// What `--with` brought of one connection, and what it was.
struct Brought {
    connection: ConnectionName,
    with: With,
    count: u64,
}

pub(super) async fn run(desk: &Desk, args: &SyncArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    // Two files, neither of which waits for the other.
    let (inventory, before) = tokio::join!(desk.inventory(), observed(desk, &opened, None));
    let each = opened.iter().map(|it| {
        let inventory = &inventory;
        async move {
            let began = (desk.clock)();
            let mut bar = Progress::before_data(desk, it.name().to_string(), None);
            let mut shown = |snapshot: Arc<Snapshot>| progress(&mut bar, it, &snapshot);
            let result = list::sync(desk, it, inventory, &mut shown).await;
            (result, (desk.clock)().since(began))
        }
    });
    let (results, millis): (Vec<Result<(), Failure>>, Vec<u64>) = join_all(each).await.into_iter().unzip();
    let mut tally = Tally::default();
    let why: Vec<Option<String>> = results.iter().map(|it| it.as_ref().err().map(ToString::to_string)).collect();
    list::count(desk, &mut tally, &opened, &inventory.snapshot(), results);
    let brought = more(desk, &opened, &inventory, args, &mut tally).await;
    let came = |of: &Opened, with: With| {
        let mut all = brought.iter().filter(|it| it.connection == *of.name());
        all.find(|it| it.with == with).map(|it| it.count)
    };
    let kept = Arc::clone(&inventory);
    let is_written = matches!(tokio::task::spawn_blocking(move || kept.flush(WRITE)).await, Ok(true));
    let after = observed(desk, &opened, before.as_ref()).await;
    let pages = pages(desk).await;
    let snapshot = inventory.snapshot();
    let reports = opened.iter().zip(millis).zip(why).map(|((it, millis), why)| {
        let view = snapshot.connection(it.name());
        let seen = after.as_ref().and_then(|after| after.iter().find(|seen| seen.connection == *it.name()));
        let state = match view.map(|view| &view.sync) {
            Some(SyncState::Complete { .. }) => "complete",
            Some(SyncState::Partial { .. } | SyncState::Running { .. }) => "partial",
            Some(SyncState::Failed { .. } | SyncState::Never) | None => "failed",
        };
        Report {
            connection: it.name().clone(),
            accounts: view.map_or(0, |view| view.accounts),
            pages: pages.iter().find(|(name, _)| name == it.name()).map(|(_, pages)| *pages),
            appeared: seen.map(|seen| seen.appeared),
            gone: seen.map(|seen| seen.gone),
            changed: seen.map(|seen| seen.changed),
            seconds: Duration::from_millis(millis).as_secs_f64(),
            state: if why.is_some() && state == "complete" { "failed" } else { state },
            why,
            profiles: came(it, With::Profiles),
            lineages: came(it, With::Lineage),
        }
    });
    write(desk, &reports.collect::<Vec<_>>())?;
    vanished(desk, &opened, args.yes).await;
    tally.end()?;
    // Keeping it is what a sync is for.
    if desk.is_unkept() || !is_written {
        return Err(Stop::new(status::FAILED, "not all that was listed is kept"));
    }
    Ok(())
}

/// A line at the terminal that each newer one takes the place of.
fn progress(bar: &mut Progress, opened: &Opened, snapshot: &Snapshot) {
    let view = snapshot.connection(opened.name());
    if let Some(SyncState::Running { loaded, total, pages }) = view.map(|view| &view.sync) {
        bar.show(*loaded, *total, &format!(" accounts, {pages} pages"));
    }
}

/// What was asked for and no connection can give: nothing came of it, and nothing else would say so.
fn say_what_nobody_has(opened: &[Opened], with: &[With]) {
    for with in with {
        let (words, has): (&str, &dyn Fn(&Opened) -> bool) = match with {
            With::Profiles => {
                ("profiles", &|it| it.provider.spec().offer(Capability::ReadAccountProfile) == Offer::Yes)
            }
            With::Lineage => ("lineages", &|it| it.provider.spec().offer(Capability::Lineage) == Offer::Yes),
            With::Contact => ("contact data", &|it| extra::fits(it, &[Extra::Contact])),
        };
        if !opened.iter().any(has) {
            let names: Vec<String> = opened.iter().map(|it| it.name().to_string()).collect();
            say(&format!("{}: there are no {words} to be asked for", names.join(", ")));
        }
    }
}

/// What `--with` names, connection by connection.
async fn more(
    desk: &Desk,
    opened: &[Opened],
    inventory: &Inventory,
    args: &SyncArgs,
    tally: &mut Tally,
) -> Vec<Brought> {
    let mut brought = Vec::new();
    say_what_nobody_has(opened, &args.with);
    for it in opened {
        if args.with.contains(&With::Contact) && extra::fits(it, &[Extra::Contact]) {
            let consent = if args.yes { Consent::Given } else { Consent::Needed };
            extra::fill(desk, std::slice::from_ref(it), inventory, consent, tally).await;
        }
        let snapshot = inventory.snapshot();
        let mine = snapshot.rows().filter(|row| row.connection() == it.name());
        let keys: Vec<AccountKey> = mine.map(|row| row.key()).collect();
        let spec = it.provider.spec();
        let kinds = [
            (With::Profiles, Capability::ReadAccountProfile, "profiles"),
            (With::Lineage, Capability::Lineage, "lineages"),
        ];
        for (with, capability, words) in kinds {
            if !args.with.contains(&with) || keys.is_empty() {
                continue;
            }
            if let Offer::No(why) = spec.offer(capability) {
                desk.whisper(&format!("{}: no {words}: {why}", it.name()));
                continue;
            }
            let queries = keys.iter().map(|key| match with {
                With::Lineage => Query::Lineage(key.id.clone()),
                With::Profiles | With::Contact => Query::Profile(Subject::Account(key.clone())),
            });
            if agrees(desk, it, keys.len(), words, args.yes).await {
                let count = each(desk, it, inventory, queries.collect(), words, tally).await;
                brought.push(Brought { connection: it.name().clone(), with, count });
            }
        }
    }
    brought
}

/// Says the cost, and asks about it where somebody can be asked: off a terminal reads go ahead.
async fn agrees(desk: &Desk, opened: &Opened, count: usize, words: &str, yes: bool) -> bool {
    let cost = format!("{}: {words} cost one request an account: {count}", opened.name());
    if yes || !interactive() {
        desk.whisper(&cost);
        return true;
    }
    matches!(line(format!("acctui: {cost}. Go on? [y/N] ")).await.as_deref(), Ok("y" | "Y" | "yes"))
}

/// Asks for each, some at a time, and keeps the answers; how many came.
async fn each(
    desk: &Desk,
    opened: &Opened,
    inventory: &Inventory,
    queries: Vec<Query>,
    words: &str,
    tally: &mut Tally,
) -> u64 {
    let count = queries.len();
    let asked = queries.into_iter().map(|query| async move {
        let reply = match &query {
            Query::Lineage(id) => opened.provider.lineage(id).await.map(Reply::Lineage),
            Query::Profile(subject) => opened.provider.profile(subject).await.map(Reply::Profile),
            Query::Identity
            | Query::Accounts(..)
            | Query::Account(..)
            | Query::Organizations(..)
            | Query::Organization(..) => return Ok(()),
        };
        reply.map(|reply| drop(inventory.absorb(opened.name(), &query, &reply, (desk.clock)())))
    });
    let asked: Vec<_> = asked.collect();
    let mut bar = Progress::before_data(desk, format!("{}: {words}", opened.name()), Some(count as u64));
    let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut results: Vec<Result<(), Failure>> = Vec::with_capacity(count);
    while let Some(result) = asked.next().await {
        results.push(result);
        bar.at(results.len() as u64);
    }
    drop(bar);
    let failed: Vec<Failure> = results.into_iter().filter_map(Result::err).collect();
    if let Some(mut first) = failed.first().cloned() {
        first.what = format!("{} of {count} {words} did not come, the first: {}", failed.len(), first.what);
        tally.failed(opened.name(), &first, count - failed.len());
    }
    (count - failed.len()) as u64
}

/// How many differences the history has of a connection.
struct Seen {
    connection: ConnectionName,
    /// The newest entry that is counted.
    last: i64,
    appeared: u64,
    gone: u64,
    changed: u64,
}

/// What the history has of these connections, behind what it had `before`; nothing where there is none.
async fn observed(desk: &Desk, opened: &[Opened], before: Option<&Vec<Seen>>) -> Option<Vec<Seen>> {
    if desk.common.no_cache {
        return None;
    }
    let (path, now) = (desk.paths.own(), (desk.clock)());
    let after = |name: &ConnectionName| {
        before.and_then(|before| before.iter().find(|seen| seen.connection == *name)).map_or(0, |seen| seen.last)
    };
    let names: Vec<(ConnectionName, i64)> = opened.iter().map(|it| (it.name().clone(), after(it.name()))).collect();
    let read = move || {
        let own = Own::open(&path, now).own;
        names.into_iter().map(|(connection, after)| count(&own, connection, after)).collect()
    };
    tokio::task::spawn_blocking(read).await.ok()
}

fn count(own: &Own, connection: ConnectionName, after: i64) -> Seen {
    let query = HistoryQuery { connection: Some(connection.clone()), after, ..HistoryQuery::default() };
    let mut seen = Seen { connection, last: after, appeared: 0, gone: 0, changed: 0 };
    let read = own.history(&query, |entry| {
        seen.last = entry.seq;
        match entry.observed.difference {
            Difference::Appeared { .. } => seen.appeared += 1,
            Difference::Gone { .. } => seen.gone += 1,
            Difference::Moved { .. } | Difference::Field { .. } => seen.changed += 1,
            Difference::Order { .. } | Difference::Asked { .. } => {}
        }
        ControlFlow::Continue(())
    });
    if let Err(why) = read {
        say(&format!("what differs can't be read: {why}"));
    }
    seen
}

/// The pages of each connection's last whole listing.
async fn pages(desk: &Desk) -> Vec<(ConnectionName, u32)> {
    if desk.common.no_cache {
        return Vec::new();
    }
    let (path, now) = (desk.paths.inventory(), (desk.clock)());
    let read = move || {
        let owners = Disk::open(&path, now).disk.owners().unwrap_or_default();
        let whole = owners.into_iter().filter(|owner| owner.is_current && owner.whole_pages > 0);
        whole.map(|owner| (owner.connection, owner.whole_pages)).collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

/// Where so many accounts vanished that the history waits for a word: says so, or has it taken with `--yes`.
async fn vanished(desk: &Desk, opened: &[Opened], yes: bool) {
    if desk.common.no_cache {
        return;
    }
    let (path, now) = (desk.paths.own(), (desk.clock)());
    let names: Vec<ConnectionName> = opened.iter().map(|it| it.name().clone()).collect();
    let rule = move || -> Vec<String> {
        let own = Own::open(&path, now).own;
        let found = match own.vanished() {
            Ok(found) => found,
            Err(why) => return vec![format!("what vanished can't be read: {why}")],
        };
        let mine = found.into_iter().filter(|it| names.contains(&it.connection));
        mine.filter_map(|it| {
            if !yes {
                return Some(format!("{} (acctui sync --yes puts it into the history)", it.words()));
            }
            let taken = own.take_vanished(&it);
            taken.err().map(|why| format!("{}: the history can't take what vanished: {why}", it.connection))
        })
        .collect()
    };
    let said = tokio::task::spawn_blocking(rule).await.unwrap_or_default();
    for words in &said {
        say(words);
    }
}

fn write(desk: &Desk, reports: &[Report]) -> Result<(), Stop> {
    let names = [
        "connection",
        "accounts",
        "pages",
        "appeared",
        "gone",
        "changed",
        "seconds",
        "state",
        "why",
        "profiles",
        "lineages",
    ];
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let cells = |it: &Report| -> Vec<String> {
        vec![
            it.connection.to_string(),
            it.accounts.to_string(),
            number(it.pages.map(u64::from)),
            number(it.appeared),
            number(it.gone),
            number(it.changed),
            format!("{:.1}", it.seconds),
            it.state.to_owned(),
            it.why.clone().unwrap_or_default(),
            number(it.profiles),
            number(it.lineages),
        ]
    };
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(reports)?,
        Format::Ndjson => {
            for report in reports {
                out.object(report)?;
            }
        }
        Format::Csv => {
            out.csv(names.map(Into::into))?;
            for report in reports {
                out.csv(cells(report).into_iter().map(Into::into))?;
            }
        }
        Format::Table => {
            // Why is said on stderr, and what nobody asked for is not there.
            let is_told = |name: &str| match name {
                "why" => false,
                "profiles" => reports.iter().any(|it| it.profiles.is_some()),
                "lineages" => reports.iter().any(|it| it.lineages.is_some()),
                _ => true,
            };
            let told: Vec<usize> = (0..names.len()).filter(|at| is_told(names[*at])).collect();
            let headings: Vec<Heading> = told.iter().map(|at| Heading::named(names[*at])).collect();
            let row = |report: &Report| {
                let cells = cells(report);
                told.iter().map(|at| cells[*at].clone()).collect()
            };
            out.table(&headings, &reports.iter().map(row).collect::<Vec<_>>())?;
        }
    }
    Ok(out.flush()?)
}
