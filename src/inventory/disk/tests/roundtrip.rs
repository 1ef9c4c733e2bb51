//! What is written is read back, and nothing that should not be is written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use proptest::prelude::*;

use super::world::*;
use crate::domain::{
    Account, AccountId, AccountKey, Failure, FailureKind, Lineage, Moment, Organization, OrganizationId,
    OrganizationKey, ParentRef, Profile, ProviderId, RawJson, Subject, Untrusted,
};
use crate::inventory::disk::{Batch, ConnectionState, Disk, FactKind, RowId, Standing, StoredFact};
use crate::inventory::{Fact, Hierarchy, SyncState};

/// Any text: scripts, controls, NUL, the empty one, and now and then a very long one.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
        2 => Just(String::new()),
        1 => Just("a\0b\0".to_owned()),
        1 => any::<char>().prop_map(|char| std::iter::repeat_n(char, 10_000).collect::<String>()),
    ]
}

fn maybe_text() -> impl Strategy<Value = Option<Untrusted>> {
    proptest::option::of(any_text().prop_map(Untrusted::from))
}

fn any_account() -> impl Strategy<Value = Account> {
    let parent = proptest::option::of((any_text(), any_text()));
    (
        (any_text(), any_text(), any_text()),
        (maybe_text(), maybe_text(), maybe_text(), maybe_text(), maybe_text()),
        parent,
        any::<bool>(),
    )
        .prop_map(|((id, called, said), (kind, status, email, created_at, updated_at), parent, has_extra)| {
            Account {
                key: AccountKey { connection: name("prod"), id: AccountId::new(id) },
                provider: ProviderId::new("cloudflare"),
                name: Untrusted::from(called),
                kind,
                status,
                email,
                created_at,
                updated_at,
                parent: parent.map(|(id, name)| ParentRef { id: OrganizationId::new(id), name: Untrusted::from(name) }),
                raw: serde_json::json!({ "said": said }).into(),
                secrets: BTreeMap::new(),
                has_extra,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn accounts_come_back_as_they_were_written(
        batches in proptest::collection::vec(proptest::collection::vec(any_account(), 0..12), 1..4)
    ) {
        let disk = Disk::in_memory();
        let owner = owner(&disk);
        let mut expected: BTreeMap<AccountId, Account> = BTreeMap::new();
        for accounts in batches {
            let written = disk.write(&batch(owner, accounts.clone())).unwrap();
            prop_assert_eq!(written.rows.len(), accounts.len());
            for account in accounts {
                expected.insert(account.key.id.clone(), account);
            }
        }
        let mut rows = Vec::new();
        let mut dictionaries = None;
        disk.load(&[], |found| dictionaries = Some(found.clone()), |row| {
            rows.push((row.row, AccountId::new(row.id), row.name.to_owned(), row.place, row.kind, row.status));
            ControlFlow::Continue(())
        }).unwrap();
        let dictionaries = dictionaries.unwrap();
        prop_assert_eq!(rows.len(), expected.len());
        for (row, id, called, place, kind, status) in &rows {
            let account = &expected[id];
            prop_assert_eq!(called.as_str(), account.name.raw());
            prop_assert_eq!(place.and_then(|no| dictionaries.place(no)), account.parent.as_ref());
            prop_assert_eq!(kind.and_then(|no| dictionaries.word(no)), account.kind.as_ref().map(Untrusted::raw));
            prop_assert_eq!(status.and_then(|no| dictionaries.word(no)), account.status.as_ref().map(Untrusted::raw));
            let kept = disk.record(owner, &account.key).unwrap().unwrap();
            prop_assert_eq!(&kept.row, row);
            prop_assert_eq!(&kept.account, account);
        }
        let all = records(&disk, rows.iter().rev().map(|row| row.0));
        let backwards: Vec<&AccountId> = rows.iter().rev().map(|row| &row.1).collect();
        prop_assert_eq!(all.iter().map(|kept| &kept.account.key.id).collect::<Vec<_>>(), backwards);
    }
}

#[test]
fn raw_text_comes_back_byte_for_byte_and_alone() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    let mut odd = account("1", "One");
    odd.raw = RawJson::parse("{\"a\": 1.0,\n \"a\":\t1e5, \"z\":\"\\u0041\"}").unwrap();
    let written = disk.write(&batch(owner, vec![odd.clone(), account("2", "Two")])).unwrap();
    let mut raws = Vec::new();
    disk.raws(RowId(i64::MIN)..=RowId(i64::MAX), |row, text| {
        raws.push((row, text.to_owned()));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(raws.iter().map(|raw| raw.0).collect::<Vec<_>>(), written.rows);
    assert_eq!(raws[0].1, odd.raw.text());
    let mut first = 0;
    disk.raws(RowId(1)..=RowId(2), |_, _| {
        first += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(first, 1);
}

#[test]
fn both_halves_together_give_every_row_once() {
    let (_folder, path) = place();
    for disk in [open(&path), Disk::in_memory()] {
        let owner = owner(&disk);
        disk.write(&batch(owner, accounts(0..1_001))).unwrap();
        let (lower, upper) = (std::sync::Mutex::new(Vec::new()), std::sync::Mutex::new(Vec::new()));
        let keep = |rows: &std::sync::Mutex<Vec<RowId>>, row| {
            rows.lock().unwrap().push(row);
            ControlFlow::Continue(())
        };
        disk.load_halves(&[], |_| {
            (
                |row: super::super::StoredRow<'_>| keep(&lower, row.row),
                |row: super::super::StoredRow<'_>| keep(&upper, row.row),
            )
        })
        .unwrap();
        let (lower, upper) = (lower.into_inner().unwrap(), upper.into_inner().unwrap());
        assert!(lower.len().abs_diff(upper.len()) <= 1, "{} and {}", lower.len(), upper.len());
        let whole: Vec<RowId> = lower.into_iter().chain(upper).collect();
        assert_eq!(whole, loaded(&disk, &[]).into_iter().map(|row| row.0).collect::<Vec<_>>());
    }
}

fn organization(id: &str, parent: Option<&str>, raw: Option<&str>) -> Organization {
    Organization {
        key: OrganizationKey { connection: name("prod"), id: OrganizationId::new(id) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::new("Ærø\0"),
        kind: Untrusted::new("organization"),
        parent: parent.map(|id| ParentRef { id: OrganizationId::new(id), name: Untrusted::default() }),
        account: None,
        created_at: Some(Untrusted::new("2024")),
        raw: raw.map(|text| RawJson::parse(text).unwrap()),
    }
}

#[test]
fn organizations_facts_and_states_come_back() {
    let (_folder, path) = place();
    let (owner, facts, state) = {
        let disk = open(&path);
        let owner = owner(&disk);
        let lineage = Lineage::new(vec![organization("r", None, None), organization("c", Some("x"), Some("{}"))]);
        let profile =
            |subject| Profile { subject, exists: true, values: [("b", "2"), ("a", "1")].into_iter().collect() };
        let key = account("1", "").key;
        let there = OrganizationKey { connection: name("prod"), id: OrganizationId::new("1") };
        let at = Moment(7);
        let facts = vec![
            StoredFact::Detail(Fact { value: Arc::new(account("1", "whole")), at }),
            StoredFact::Lineage(key.id.clone(), Fact { value: Arc::new(lineage), at }),
            StoredFact::Profile(Fact { value: Arc::new(profile(Subject::Account(key))), at }),
            StoredFact::Profile(Fact { value: Arc::new(profile(Subject::Organization(there))), at }),
            StoredFact::Organization(Fact { value: Arc::new(organization("1", None, Some("[1.0]"))), at }),
            StoredFact::Extra(AccountId::new("1"), Moment(6)),
        ];
        let why = Failure::new(FailureKind::Throttled { retry_after: Some(3) }, "GET /x", "slow").with_hint("wait");
        let state = ConnectionState {
            sync: SyncState::Partial { at, page: "page 3".into(), why: why.clone() },
            hierarchy: Hierarchy::Derived { why },
            messages: vec![Untrusted::new("deprecated\u{202e}")],
            kept_at: Some(Moment(77)),
        };
        let organizations = vec![organization("r", None, Some("{ }")), organization("c", Some("r"), None)];
        let whole = Batch { organizations, facts: facts.clone(), state: Some(state.clone()), ..Batch::new(owner, NOW) };
        disk.write(&whole).unwrap();
        (owner, facts, state)
    };
    let disk = open(&path);
    let mut found = Vec::new();
    for kind in [FactKind::Detail, FactKind::Lineage, FactKind::Profile, FactKind::Organization, FactKind::Extra] {
        disk.facts(owner, kind, |fact| found.push(fact)).unwrap();
    }
    assert_eq!(found, facts);
    assert_eq!(disk.fact(owner, FactKind::Lineage, "1").unwrap().as_ref(), facts.get(1));
    assert_eq!(disk.fact(owner, FactKind::Lineage, "2").unwrap(), None);
    let organizations: Vec<Organization> =
        disk.organizations(owner).unwrap().into_iter().map(|fact| fact.value).collect();
    assert_eq!(organizations, [organization("c", Some("r"), None), organization("r", None, Some("{ }"))]);
    let kept = &disk.owners().unwrap()[0];
    assert_eq!((kept.no, &kept.state, kept.is_current), (owner, &state, true));
    assert_eq!(kept.identity.as_ref().unwrap().value, identity("ada"));

    let gone = Batch {
        organizations_gone: vec![OrganizationId::new("c")],
        facts_gone: vec![(FactKind::Profile, "account:1".into())],
        ..Batch::new(owner, NOW)
    };
    disk.write(&gone).unwrap();
    assert_eq!(disk.organizations(owner).unwrap().len(), 1);
    let mut profiles = 0;
    disk.facts(owner, FactKind::Profile, |_| profiles += 1).unwrap();
    assert_eq!(profiles, 1);
}

#[test]
fn secrets_are_in_none_of_the_files() {
    let (folder, path) = place();
    let disk = open(&path);
    let owner = owner(&disk);
    let mut kept = account("1", "visible-name");
    secret(&mut kept, "hunter2-hunter2");
    let detail = StoredFact::Detail(Fact { value: Arc::new(kept.clone()), at: NOW });
    disk.write(&Batch { facts: vec![detail], ..batch(owner, vec![kept.clone()]) }).unwrap();
    let mut read = 0;
    for file in files(path.parent().unwrap()) {
        let bytes = std::fs::read(path.parent().unwrap().join(file)).unwrap();
        let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(!has(b"hunter2"));
        read += u32::from(has(b"visible-name"));
    }
    assert!(read > 0, "the scan sees what is there");
    kept.secrets.clear();
    assert_eq!(disk.record(owner, &kept.key).unwrap().unwrap().account, kept);
    drop(folder);
}

#[test]
fn files_and_folder_are_the_users_alone() {
    let (_folder, path) = place();
    let disk = open(&path);
    disk.write(&batch(owner(&disk), accounts(0..3))).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    let folder = path.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    assert_eq!(files(folder), ["inventory.db", "inventory.db-shm", "inventory.db-wal", "inventory.db.opening"]);
    for file in files(folder) {
        assert_eq!(mode(&folder.join(&file)), 0o600, "{file}");
    }
    drop(disk);
    let loose = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&path, loose).unwrap();
    let disk = open(&path);
    assert_eq!(mode(&path), 0o600);
    drop(disk);
}

#[test]
fn another_identity_has_rows_of_its_own_until_told_otherwise() {
    let disk = Disk::in_memory();
    let (prod, provider) = (name("prod"), ProviderId::new("cloudflare"));
    let identify = |user: Option<&str>| disk.identify(&prod, &provider, user.map(identity).as_ref(), NOW).unwrap();
    let nameless = identify(None);
    disk.write(&batch(nameless.owner, accounts(0..2))).unwrap();
    let ada = identify(Some("ada"));
    assert_eq!((ada.owner, ada.standing), (nameless.owner, Standing::Settled));
    assert_eq!(identify(Some("ada")).standing, Standing::Same);
    assert_eq!(identify(None).owner, ada.owner);
    let bob = identify(Some("bob"));
    assert_eq!(bob.standing, Standing::Other { before: ada.owner });
    disk.write(&batch(bob.owner, accounts(1..5))).unwrap();
    assert_eq!(ids(&disk, &[], false), ["000000", "000001"]);
    disk.make_current(bob.owner).unwrap();
    assert_eq!(ids(&disk, &[], false).len(), 4);
    assert_eq!(ids(&disk, &[ada.owner], false).len(), 2);
    assert_eq!(disk.count(ada.owner).unwrap(), 2);
    assert_eq!(identify(Some("ada")).standing, Standing::Other { before: bob.owner });
    assert_ne!(identity("ada").key(), identity("bob").key());
}

#[test]
fn what_is_forgotten_is_in_no_byte_of_the_files() {
    let (_folder, path) = place();
    let disk = open(&path);
    let owner = owner(&disk);
    let other = disk.identify(&name("other"), &ProviderId::new("aws"), None, NOW).unwrap().owner;
    disk.write(&batch(owner, accounts(0..500))).unwrap();
    let mut kept = account("kept-id", "kept");
    kept.parent = None;
    let rows = disk.write(&batch(other, vec![kept])).unwrap().rows;
    disk.save_first(&rows).unwrap();
    assert_eq!(disk.forget(Some(&name("prod"))).unwrap(), 1);
    assert_eq!(ids(&disk, &[], false), ["kept-id"]);
    for file in files(path.parent().unwrap()) {
        let bytes = std::fs::read(path.parent().unwrap().join(&file)).unwrap();
        for text in [&b"000123@example"[..], b"Division"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text), "{file}");
        }
    }
    assert_eq!(disk.first(9).unwrap().len(), 1);
    // What still comes in for the forgotten one is refused, and numbers are not used again.
    assert!(matches!(disk.write(&batch(owner, accounts(0..1))), Err(super::super::DiskError::Forgotten { .. })));
    assert!(self::owner(&disk) > other);
    assert_eq!(disk.forget(None).unwrap(), 2);
    assert_eq!(loaded(&disk, &[]), []);
}

#[test]
fn the_first_screen_is_that_of_the_last_view() {
    let (_folder, path) = place();
    let rows = {
        let disk = open(&path);
        let rows = disk.write(&batch(owner(&disk), accounts(0..100))).unwrap().rows;
        assert_eq!(disk.first(3).unwrap().iter().map(|kept| kept.row).collect::<Vec<_>>(), rows[..3]);
        disk.save_first(&[rows[9], rows[2], rows[50]]).unwrap();
        rows
    };
    let disk = open(&path);
    let first: Vec<RowId> = disk.first(2).unwrap().iter().map(|kept| kept.row).collect();
    assert_eq!(first, [rows[9], rows[2]]);
    assert_eq!(disk.first(60).unwrap()[2].account, account("000050", "Account 50"));
    let distinct: BTreeSet<RowId> = rows.into_iter().collect();
    assert_eq!(distinct.len(), 100);
}
