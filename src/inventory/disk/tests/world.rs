//! What the tests share.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Identity, Moment, OrganizationId, ParentRef, ProviderId, RawJson,
    Secret, Untrusted,
};
use crate::inventory::disk::{Batch, Disk, Ending, OwnerNo, Progress, Resume, RowId, StoredAccount};
use crate::provider::Cursor;

pub(super) const NOW: Moment = Moment(1_790_000_000_000);

/// A folder of its own with the path of a file that is not there yet.
pub(super) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache").join("inventory.db");
    (folder, path)
}

/// Opens without anything to say.
pub(super) fn open(path: &std::path::Path) -> Disk {
    let opened = Disk::open(path, NOW);
    assert_eq!(opened.notices, []);
    opened.disk
}

pub(super) fn name(text: &str) -> ConnectionName {
    ConnectionName::new(text)
}

pub(super) fn identity(user: &str) -> Identity {
    Identity {
        provider: ProviderId::new("cloudflare"),
        origin: "https://api.example".into(),
        organization: None,
        user: Untrusted::new(user),
        credential: "API token".into(),
        expires_at: None,
    }
}

/// The owner of the rows of `prod` as `ada`.
pub(super) fn owner(disk: &Disk) -> OwnerNo {
    disk.identify(&name("prod"), &ProviderId::new("cloudflare"), Some(&identity("ada")), NOW).unwrap().owner
}

pub(super) fn account(id: &str, called: &str) -> Account {
    Account {
        key: AccountKey { connection: name("prod"), id: AccountId::new(id) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::new(called),
        kind: Some(Untrusted::new("standard")),
        status: None,
        email: Some(Untrusted::from(format!("{id}@example.com"))),
        created_at: Some(Untrusted::new("2024-01-01T00:00:00Z")),
        updated_at: None,
        parent: Some(ParentRef { id: OrganizationId::new("org"), name: Untrusted::new("Division") }),
        raw: RawJson::parse(&format!(r#"{{"id": "{id}", "n": 1.0e2}}"#)).unwrap(),
        secrets: BTreeMap::new(),
        has_extra: false,
    }
}

pub(super) fn accounts(range: std::ops::Range<u32>) -> Vec<Account> {
    range.map(|nth| account(&format!("{nth:06}"), &format!("Account {nth}"))).collect()
}

pub(super) fn batch(owner: OwnerNo, accounts: Vec<Account>) -> Batch {
    let accounts = accounts.into_iter().map(Arc::new).collect();
    Batch { accounts, ..Batch::new(owner, NOW) }
}

/// A page of a listing, after which it goes on at `next`.
pub(super) fn page(owner: OwnerNo, run: u64, accounts: Vec<Account>, next: u32) -> Batch {
    let resume = Resume { next: Some(Cursor::Page(next)), began_at: NOW, ..Resume::default() };
    Batch { progress: Some(Progress { run, resume }), ..batch(owner, accounts) }
}

pub(super) fn end(owner: OwnerNo, run: u64, at: Moment) -> Batch {
    Batch { ending: Some(Ending { run, pages: 1 }), ..Batch::new(owner, at) }
}

/// All that is loaded: number, id, whether gone.
pub(super) fn loaded(disk: &Disk, owners: &[OwnerNo]) -> Vec<(RowId, String, bool)> {
    let mut rows = Vec::new();
    disk.load(
        owners,
        |_| (),
        |row| {
            rows.push((row.row, row.id.to_owned(), row.gone_since.is_some()));
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    rows
}

pub(super) fn ids(disk: &Disk, owners: &[OwnerNo], gone: bool) -> Vec<String> {
    loaded(disk, owners).into_iter().filter(|row| row.2 == gone).map(|row| row.1).collect()
}

pub(super) fn records(disk: &Disk, wanted: impl IntoIterator<Item = RowId>) -> Vec<StoredAccount> {
    let mut found = Vec::new();
    disk.records(wanted, |account| {
        found.push(account);
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

pub(super) fn secret(account: &mut Account, text: &str) {
    account.secrets.insert("settings.key".into(), Secret::new(text));
}

/// What files of a folder are called, sorted.
pub(super) fn files(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
