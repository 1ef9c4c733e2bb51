//! `forget`: removes what is kept of providers' answers.

use super::args::ForgetArgs;
use super::confirm::line;
use super::desk::{Desk, interactive, say};
use super::stop::{Stop, status};
use crate::domain::ConnectionName;
use crate::inventory::disk::{Disk, DiskError};

pub(super) async fn run(desk: &Desk, args: &ForgetArgs) -> Result<(), Stop> {
    // A connection that the config does not know any more may well have left something.
    let kept = if desk.common.connections.is_empty() { Vec::new() } else { owners(desk).await };
    let names = desk.named(|name| kept.contains(name))?;
    let what = if names.is_empty() {
        "all connections".to_owned()
    } else {
        names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    if !args.yes {
        agree(&what).await?;
    }
    let path = desk.paths.inventory();
    if !path.exists() {
        desk.whisper("nothing is kept");
        return Ok(());
    }
    let now = (desk.clock)();
    let forget = move || {
        let opened = Disk::open(&path, now);
        let chosen: Vec<Option<&ConnectionName>> =
            if names.is_empty() { vec![None] } else { names.iter().map(Some).collect() };
        let removed: Result<usize, DiskError> = chosen.into_iter().map(|name| opened.disk.forget(name)).sum();
        (opened.notices, removed)
    };
    let crashed = |_| Stop::new(status::FAILED, "forgetting broke off");
    let (notices, removed) = tokio::task::spawn_blocking(forget).await.map_err(crashed)?;
    for notice in &notices {
        say(notice.words());
    }
    match removed {
        Ok(0) => desk.whisper(&format!("{what}: nothing is kept")),
        Ok(_) => desk.whisper(&format!("{what}: removed from the inventory; history, labels and the journal stay")),
        Err(why) => return Err(Stop::new(status::FAILED, format!("nothing is forgotten: {why}"))),
    }
    Ok(())
}

/// The connections of which something is kept.
async fn owners(desk: &Desk) -> Vec<ConnectionName> {
    let (path, now) = (desk.paths.inventory(), (desk.clock)());
    let read = move || {
        let owners = if path.exists() { Disk::open(&path, now).disk.owners().unwrap_or_default() } else { Vec::new() };
        owners.into_iter().map(|owner| owner.connection).collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

async fn agree(what: &str) -> Result<(), Stop> {
    if !interactive() {
        return Err(Stop::new(status::PROTECTED, format!("nothing is forgotten of {what}: give --yes")));
    }
    let question = format!("acctui: remove what is kept of {what}? It can be asked for again. [y/N] ");
    match line(question).await.as_deref() {
        Ok("y" | "Y" | "yes") => Ok(()),
        Ok(_) | Err(_) => Err(Stop::new(status::PROTECTED, "nothing is forgotten")),
    }
}
