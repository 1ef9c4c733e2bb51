//! The accounts that a write is about: ids on the command line or stdin, found at the connections in use.

use std::collections::HashSet;
use std::io::Read as _;

use futures::future::join_all;

use super::desk::{Desk, Opened};
use super::find::{self, Misses};
use super::list;
use super::stop::{Stop, status};
use crate::changes::FileJournal;
use crate::domain::{AccountId, AccountKey, ChangeKind, ConnectionName, Failure, OrganizationKey, Subject, shown};
use crate::inventory::Inventory;
use crate::provider::{Capability, DetailOptions, Offer, Query, Reply};

/// An id that no connection has.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// The connection, where only one could have it.
    pub(super) connection: Option<ConnectionName>,
    pub(super) id: String,
    /// Why, and the exit status that stands for it.
    pub(super) stop: Stop,
}

/// What ids turned out to name, in their order.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) accounts: Vec<AccountKey>,
    pub(super) lost: Vec<Lost>,
}

/// The ids that are given, each once; `-` stands for stdin's lines.
pub(super) fn given(ids: &[String]) -> Result<Vec<String>, Stop> {
    let mut given = Vec::new();
    for id in ids {
        if id != "-" {
            given.push(id.clone());
            continue;
        }
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| Stop::usage(format!("the ids can't be read from stdin: {error}")))?;
        given.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    let mut seen = HashSet::new();
    given.retain(|id| seen.insert(id.clone()));
    if given.is_empty() {
        return Err(Stop::usage("no id came from stdin"));
    }
    Ok(given)
}

/// Finds the accounts: one is asked for, many are looked up in a listing of each connection.
pub(super) async fn find(
    desk: &Desk,
    opened: &[Opened],
    ids: &[String],
    kind: ChangeKind,
    inventory: &Inventory,
) -> Result<Targets, Stop> {
    let capability = Capability::of(kind, &Subject::Connection(ConnectionName::new("")));
    let offering = find::offering(opened, capability)?;
    let journal = FileJournal::new(desk.paths.journal());
    if let [id] = ids {
        let key = match one(desk, opened, id, inventory).await {
            Ok(key) => key,
            Err(stop) => remembered(&journal, opened, id, kind).ok_or(stop)?,
        };
        refuse_unsupported(opened, &key, capability)?;
        return Ok(Targets { accounts: vec![key], lost: Vec::new() });
    }
    let mut listings = list_all(desk, &offering, inventory).await;
    let is_known = |id: &String| key_of(&offering, inventory, id).is_some();
    if !ids.iter().all(is_known) {
        // They may be somewhere where no such thing is done: then that is what is to be said.
        let others: Vec<&Opened> =
            opened.iter().filter(|it| !offering.iter().any(|own| own.name() == it.name())).collect();
        listings.extend(list_all(desk, &others, inventory).await);
    }
    let all: Vec<&Opened> = opened.iter().collect();
    let mut targets = Targets::default();
    for id in ids {
        match key_of(&all, inventory, id).or_else(|| remembered(&journal, opened, id, kind)) {
            Some(key) => targets.accounts.push(key),
            None => targets.lost.push(lost(opened, &listings, id)),
        }
    }
    Ok(targets)
}

/// Asks the connections one after the other.
async fn one(desk: &Desk, opened: &[Opened], id: &str, inventory: &Inventory) -> Result<AccountKey, Stop> {
    let mut misses = Misses::new("account", id);
    let account = AccountId::new(id);
    let options = DetailOptions::default();
    for it in opened {
        match it.provider.account(&account, options).await {
            Ok(found) => {
                let key = found.key.clone();
                let query = Query::Account(account, options);
                inventory.absorb(it.name(), &query, &Reply::Account(Box::new(found)), (desk.clock)());
                return Ok(key);
            }
            Err(failure) => misses.note(it, &failure),
        }
    }
    Err(misses.end())
}

/// A target that is gone and that the journal has: an earlier run of the same command may have been the one that ended it.
fn remembered(journal: &FileJournal, opened: &[Opened], id: &str, kind: ChangeKind) -> Option<AccountKey> {
    if !kind.ends() {
        return None;
    }
    let records = journal.read().ok()?.records;
    records.into_iter().rev().find_map(|record| match record.subject {
        Subject::Account(key)
            if record.kind == kind && key.id.as_str() == id && opened.iter().any(|it| *it.name() == key.connection) =>
        {
            Some(key)
        }
        Subject::Account(_) | Subject::Organization(_) | Subject::Connection(_) => None,
    })
}

/// The same for an organization.
pub(super) fn remembered_organization(desk: &Desk, opened: &[Opened], id: &str) -> Option<OrganizationKey> {
    let records = FileJournal::new(desk.paths.journal()).read().ok()?.records;
    records.into_iter().rev().find_map(|record| match record.subject {
        Subject::Organization(key)
            if record.kind == ChangeKind::DeleteOrganization
                && key.id.as_str() == id
                && opened.iter().any(|it| *it.name() == key.connection) =>
        {
            Some(key)
        }
        Subject::Account(_) | Subject::Organization(_) | Subject::Connection(_) => None,
    })
}

fn refuse_unsupported(opened: &[Opened], key: &AccountKey, capability: Capability) -> Result<(), Stop> {
    let at = opened.iter().find(|it| *it.name() == key.connection);
    match at.map(|it| it.provider.spec().offer(capability)) {
        Some(Offer::No(reason)) => Err(Stop::usage(format!("{}: {reason}", key.connection))),
        Some(Offer::Yes) | None => Ok(()),
    }
}

/// Lists connections side by side; those that failed, with the reason.
async fn list_all(desk: &Desk, opened: &[&Opened], inventory: &Inventory) -> Vec<(ConnectionName, Failure)> {
    let each = opened.iter().map(|it| async move {
        let listed = list::sync(desk, it, inventory, &mut |_| ()).await;
        listed.err().map(|why| (it.name().clone(), why))
    });
    join_all(each).await.into_iter().flatten().collect()
}

fn key_of(opened: &[&Opened], inventory: &Inventory, id: &str) -> Option<AccountKey> {
    let snapshot = inventory.snapshot();
    let keys = opened.iter().map(|it| AccountKey { connection: it.name().clone(), id: AccountId::new(id) });
    keys.into_iter().find(|key| snapshot.find(key).is_some())
}

/// A connection that could not be listed may have it, so its failure is the answer.
fn lost(opened: &[Opened], failed: &[(ConnectionName, Failure)], id: &str) -> Lost {
    let connection = match opened {
        [only] => Some(only.name().clone()),
        _ => None,
    };
    let stop = if let Some((name, why)) = failed.first() {
        Stop::failure(name, why)
    } else {
        let names: Vec<String> = opened.iter().map(|it| it.name().to_string()).collect();
        Stop::new(status::NOT_FOUND, format!("{}: there is no account {}", names.join(", "), shown(id)))
    };
    Lost { connection, id: id.to_owned(), stop }
}
