//! The inventory and its sync against a scripted provider: what the tests share.

mod columns;
mod contest;
mod facts;
mod keeping;
mod levels;
mod lines;
mod pages;
mod sure;

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::fake::*;
use super::*;
use crate::domain::{
    Account, AccountId, Failure, FailureKind, Lineage, Moment, OrganizationId, Profile, Subject, TreeFault, Values,
};
use crate::provider::{Clock, Cursor, DetailOptions, ListScope, OrganizationScope, Page, Query, Reply};

/// A clock that moves by `step` milliseconds with each look.
fn clock(step: u64) -> Clock {
    let now = AtomicU64::new(1_000);
    Arc::new(move || Moment(now.fetch_add(step, Ordering::Relaxed)))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Syncs, with the lengths of the snapshots that were published.
fn synced(inventory: &Inventory, fake: &Fake) -> (Result<(), Failure>, Vec<usize>) {
    let mut lengths = Vec::new();
    let mut published = |snapshot: Arc<Snapshot>| lengths.push(snapshot.len());
    let clock = clock(1);
    let connection = connection();
    let sync = sync(inventory, fake, &connection, &clock, &mut published);
    let result = runtime().block_on(sync);
    (result, lengths)
}

fn state(inventory: &Inventory) -> SyncState {
    let snapshot = inventory.snapshot();
    snapshot.connection(&connection()).unwrap().sync.clone()
}

fn hierarchy(inventory: &Inventory) -> Hierarchy {
    let snapshot = inventory.snapshot();
    snapshot.connection(&connection()).unwrap().hierarchy.clone()
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    let mut names: Vec<String> = snapshot.rows().map(|account| account.name().to_owned()).collect();
    names.sort();
    names
}

fn roots(inventory: &Inventory) -> Vec<String> {
    let snapshot = inventory.snapshot();
    let tree = &snapshot.connection(&connection()).unwrap().tree;
    let roots = tree.roots().iter();
    roots.map(|id| id.as_str().to_owned()).collect()
}

fn absorb(inventory: &Inventory, query: &Query, reply: &Reply) -> Arc<Snapshot> {
    inventory.absorb(&connection(), query, reply, Moment(7))
}

fn listed(inventory: &Inventory, accounts: Vec<crate::domain::Account>) {
    let query = Query::Accounts(ListScope::all(), Cursor::First);
    absorb(inventory, &query, &Reply::Accounts(page(accounts, None)));
}

fn filled(ids: u32) -> Fake {
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(move |cursor| Ok(numbered(number(&cursor), 1, ids)));
    fake
}
