//! The accounts that a write is about: ids on the command line or stdin, found at the connections in use.

use std::collections::HashSet;

use futures::future::join_all;

use super::desk::{Desk, Opened};
use super::find;
use super::list;
use super::stdin;
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
    /// What was to be done with it.
    pub(super) kind: ChangeKind,
    /// Why, and the exit status that stands for it.
    pub(super) stop: Stop,
}

/// What ids turned out to name, in their order.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) accounts: Vec<AccountKey>,
    pub(super) lost: Vec<Lost>,
}

/// An id as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) id: String,
    /// Its line on stdin, from 1, where it came from there.
    line: Option<usize>,
}

impl Given {
    pub(super) fn argument(id: &str) -> Self {
        Self { id: id.to_owned(), line: None }
    }

    /// What is said of it, with its line.
    fn said(&self, mut stop: Stop) -> Stop {
        if let (Some(line), Some(first)) = (self.line, stop.words.first_mut()) {
            *first = format!("stdin:{line}: {first}");
        }
        stop
    }
}

/// The ids that are given, each once; `-` stands for stdin's lines.
pub(super) async fn given(ids: &[String]) -> Result<Vec<Given>, Stop> {
    let mut given = Vec::new();
    for id in ids {
        if id != "-" {
            given.push(Given::argument(id));
            continue;
        }
        let text = stdin::text().await;
        let text = text.map_err(|error| Stop::usage(format!("the ids can't be read from stdin: {error}")))?;
        let ids = from_lines(&text)?;
        if ids.is_empty() {
            return Err(Stop::usage("no id came from stdin: nothing was sent"));
        }
        given.extend(ids);
    }
    let mut seen = HashSet::new();
    given.retain(|given| seen.insert(given.id.clone()));
    Ok(given)
}

/// One id a line; empty lines are none. A table that was pasted, or a list with words, is refused as a whole.
fn from_lines(text: &str) -> Result<Vec<Given>, Stop> {
    let lines = text.lines().zip(1..).map(|(line, nth)| (line.trim(), nth)).filter(|(line, _)| !line.is_empty());
    let is_id =
        |line: &str| !line.contains(|it: char| it.is_whitespace() || it.is_control() || matches!(it, ',' | ';'));
    let (good, bad): (Vec<_>, Vec<_>) = lines.partition(|(line, _)| is_id(line));
    if bad.is_empty() {
        return Ok(good.into_iter().map(|(id, nth)| Given { id: id.to_owned(), line: Some(nth) }).collect());
    }
    let mut words: Vec<String> =
        bad.into_iter().map(|(line, nth)| format!("stdin:{nth}: `{}` is no id", shown(line))).collect();
    words.push("one id a line is expected: nothing was sent".into());
    Err(Stop { code: status::USAGE, words, ..Stop::default() })
}

/// Finds the accounts: one is asked for, many are looked up in a listing of each connection.
pub(super) async fn find(
    desk: &Desk,
    opened: &[Opened],
    ids: &[Given],
    kind: ChangeKind,
    inventory: &Inventory,
) -> Result<Targets, Stop> {
    let capability = Capability::of(kind, &Subject::Connection(ConnectionName::new("")));
    let offering = find::offering(opened, capability)?;
    let journal = FileJournal::new(desk.paths.journal());
    if let [id] = ids {
        let key = match one(desk, opened, &id.id, inventory).await {
            Ok(key) => key,
            Err(stop) if stop.code == status::USAGE => return Err(id.said(stop)),
            Err(stop) => remembered(&journal, opened, &id.id, kind).ok_or_else(|| id.said(stop))?,
        };
        refuse_unsupported(opened, &key, capability)?;
        return Ok(Targets { accounts: vec![key], lost: Vec::new() });
    }
    let mut listings = list_all(desk, &offering, inventory).await;
    let is_known = |given: &Given| key_of(&offering, inventory, &given.id).is_some();
    if !ids.iter().all(is_known) {
        // They may be somewhere where no such thing is done: then that is what is to be said.
        let others: Vec<&Opened> =
            opened.iter().filter(|it| !offering.iter().any(|own| own.name() == it.name())).collect();
        listings.extend(list_all(desk, &others, inventory).await);
    }
    refuse_ambiguous(opened, inventory, ids)?;
    let all: Vec<&Opened> = opened.iter().collect();
    let mut targets = Targets::default();
    for given in ids {
        let id = &given.id;
        if let Some(key) = key_of(&all, inventory, id).or_else(|| remembered(&journal, opened, id, kind)) {
            targets.accounts.push(key);
        } else {
            let lost = lost(opened, &listings, id, kind);
            targets.lost.push(Lost { stop: given.said(lost.stop.clone()), ..lost });
        }
    }
    Ok(targets)
}

/// Asks the connections.
async fn one(desk: &Desk, opened: &[Opened], id: &str, inventory: &Inventory) -> Result<AccountKey, Stop> {
    let (it, found) = find::account(&find::candidates(desk, opened, id).await, id, &[]).await?;
    let key = found.key.clone();
    let query = Query::Account(key.id.clone(), DetailOptions::default());
    inventory.absorb(it.name(), &query, &Reply::Account(Box::new(found)), (desk.clock)());
    Ok(key)
}

/// Ids that several connections have: none of them is guessed.
fn refuse_ambiguous(opened: &[Opened], inventory: &Inventory, ids: &[Given]) -> Result<(), Stop> {
    let snapshot = inventory.snapshot();
    let mut words = Vec::new();
    for given in ids {
        let id = AccountId::new(&given.id);
        let has = |it: &&Opened| snapshot.find(&AccountKey { connection: it.name().clone(), id: id.clone() }).is_some();
        let at: Vec<&ConnectionName> = opened.iter().filter(has).map(Opened::name).collect();
        if at.len() > 1 {
            words.extend(given.said(find::ambiguous("account", &given.id, at)).words);
        }
    }
    if words.is_empty() {
        return Ok(());
    }
    words.push("nothing was sent".into());
    Err(Stop { code: status::USAGE, words, ..Stop::default() })
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

/// Each id that nobody has, where nothing is done for want of one.
pub(super) fn unknown(lost: Vec<Lost>) -> Stop {
    let code = lost.iter().map(|lost| lost.stop.code).find(|code| *code != status::NOT_FOUND);
    let (mut words, mut failures) = (Vec::new(), Vec::new());
    for lost in lost {
        words.extend(lost.stop.words);
        failures.extend(lost.stop.failures);
    }
    words.push("nothing was sent".into());
    Stop { code: code.unwrap_or(status::NOT_FOUND), words, failures }
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
fn lost(opened: &[Opened], failed: &[(ConnectionName, Failure)], id: &str, kind: ChangeKind) -> Lost {
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
    Lost { connection, id: id.to_owned(), kind, stop }
}
