//! What is kept on disk comes back: rows, facts, states, and listings that were interrupted.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::domain::{AccountKey, ConnectionName, Untrusted};
use crate::inventory::disk::{Disk, Resume};

pub(super) const LONG: Duration = Duration::from_secs(60);

pub(super) type Said = Arc<Mutex<Vec<String>>>;

/// An inventory over a file, as a start of the program has it.
pub(super) fn open(path: &Path) -> (Inventory, Said) {
    let opened = Disk::open(path, Moment(1_000));
    let said: Said = Arc::default();
    said.lock().unwrap().extend(opened.notices.iter().map(ToString::to_string));
    let heard = Arc::clone(&said);
    let tell = move |words| heard.lock().unwrap().push(words);
    let inventory = Inventory::over(opened.disk, clock(1), Box::new(tell)).unwrap();
    inventory.load();
    (inventory, said)
}

pub(super) fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.db");
    (folder, path)
}

/// All that a list and a detail would show.
fn all(inventory: &Inventory) -> Vec<Account> {
    let snapshot = inventory.snapshot();
    let mut rows: Vec<Account> = inventory.records(snapshot.rows().map(|row| row.number())).collect();
    rows.sort_by(|left, right| left.key.cmp(&right.key));
    rows
}

#[test]
fn of_connections_that_are_not_in_use_nothing_is_shown_and_all_is_kept() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 1, 10)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let listed = all(&inventory);
    assert!(!listed.is_empty());
    assert!(inventory.flush(LONG));
    drop(inventory);
    let with = |used: &[ConnectionName], previews: bool| {
        let opened = Disk::open(&path, Moment(2_000));
        let inventory = Inventory::over(opened.disk, clock(1), Box::new(|_| ())).unwrap().with_only(used.to_vec());
        if previews {
            inventory.preview(5);
        }
        inventory.load();
        all(&inventory)
    };
    for previews in [false, true] {
        assert_eq!(with(&[ConnectionName::new("other")], previews), []);
        assert_eq!(with(&[connection()], previews), listed);
    }
}

#[test]
fn what_one_start_listed_the_next_one_shows_without_asking() {
    let (_folder, path) = place();
    let (inventory, said) = open(&path);
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| {
        let mut page = numbered(number(&cursor), 7, 100);
        for (nth, row) in page.rows.iter_mut().enumerate() {
            row.email = nth.is_multiple_of(3).then(|| Untrusted::from(format!("{nth}@example.com")));
            row.created_at = Some(Untrusted::new("2024-05-06T07:08:09.123456Z"));
        }
        page.rows = page.rows.into_iter().map(|row| within(row, "root")).collect();
        Ok(page)
    });
    fake.organizations =
        answer(|_| Ok(page(vec![organization("root", None), organization("leaf", Some("root"))], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let lineage =
        Lineage { steps: vec![crate::domain::Step { organization: organization("leaf", None), linked: true }] };
    absorb(&inventory, &Query::Lineage(AccountId::new("id5")), &Reply::Lineage(lineage.clone()));
    let detail = Account { has_extra: true, ..account("id6", "Renamed") };
    absorb(
        &inventory,
        &Query::Account(AccountId::new("id6"), DetailOptions::default()),
        &Reply::Account(Box::new(detail)),
    );
    // A later record that says nothing of it leaves its time alone.
    let query = Query::Account(AccountId::new("id6"), DetailOptions::default());
    let plain = Reply::Account(Box::new(account("id6", "Renamed")));
    let later = inventory.absorb(&connection(), &query, &plain, Moment(9));
    assert_eq!((later.detail(&key("id6")).unwrap().at, later.extra_at(&key("id6"))), (Moment(9), Some(Moment(7))));
    let before = all(&inventory);
    assert!(inventory.flush(LONG));
    assert_eq!(all(&inventory), before, "read from the disk they are the same");
    let (again, heard) = open(&path);
    let (was, now) = (inventory.snapshot(), again.snapshot());
    assert_eq!(all(&again), before);
    assert_eq!(now.len(), 700);
    assert_eq!(state(&again), state(&inventory));
    assert_eq!(hierarchy(&again), hierarchy(&inventory));
    assert_eq!(roots(&again), roots(&inventory));
    let view = |snapshot: &Snapshot| snapshot.connection(&connection()).unwrap().clone();
    assert_eq!(view(&was).identity.unwrap().value, view(&now).identity.unwrap().value);
    assert_eq!(now.lineage(&key("id5")).unwrap().value.steps, lineage.steps);
    assert_eq!((now.extra_at(&key("id6")), now.extra_at(&key("id5"))), (Some(Moment(7)), None));
    assert!(now.detail(&key("id6")).is_none());
    assert_eq!(again.bring(&key("id6")).detail(&key("id6")).unwrap().value.name.raw(), "Renamed");
    assert_eq!((said.lock().unwrap().clone(), heard.lock().unwrap().clone()), (vec![], vec![]));
}

/// So many that two threads read a half each.
#[test]
fn a_large_inventory_comes_back_as_it_was() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let large = |rows: u32| {
        let mut fake = Fake::new(&NUMBERED);
        fake.accounts = answer(move |cursor| {
            let mut page = numbered(number(&cursor), rows / 1_000, 1_000);
            let rows = std::mem::take(&mut page.rows);
            let odd = |(nth, mut row): (usize, Account)| {
                row.status = Some(Untrusted::from(format!("s{}", nth % 7)));
                if nth.is_multiple_of(3) { within(row, &format!("o{}", nth % 11)) } else { row }
            };
            page.rows = rows.into_iter().enumerate().map(odd).collect();
            Ok(page)
        });
        fake
    };
    assert_eq!(synced(&inventory, &large(21_000)).0, Ok(()));
    assert_eq!(synced(&inventory, &large(20_000)).0, Ok(()));
    assert!(inventory.flush(LONG));
    let (again, said) = open(&path);
    let snapshot = again.snapshot();
    assert_eq!(snapshot.len(), 20_000);
    assert_eq!(snapshot.connection(&connection()).unwrap().accounts, 20_000);
    assert_eq!(all(&again), all(&inventory));
    let before = inventory.snapshot();
    assert!(before.rows().all(|row| snapshot.find(&row.key()).is_some_and(|found| found.id() == row.id())));
    assert!(snapshot.seen(&key("id20500")).is_some_and(|row| row.gone_since().is_some()));
    assert_eq!(synced(&again, &large(21_000)).0, Ok(()));
    assert_eq!(again.snapshot().len(), 21_000, "they have their rows again: {said:?}");
}

#[test]
fn what_a_whole_listing_does_not_give_is_gone_for_the_next_start_too_and_may_come_back() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    assert_eq!(synced(&inventory, &filled(10)).0, Ok(()));
    assert_eq!(synced(&inventory, &filled(8)).0, Ok(()));
    assert!(inventory.flush(LONG));
    let (again, _) = open(&path);
    let snapshot = again.snapshot();
    assert_eq!((snapshot.len(), snapshot.ever()), (8, 10));
    assert!(snapshot.seen(&key("id9")).unwrap().gone_since().is_some());
    assert_eq!(snapshot.connection(&connection()).unwrap().accounts, 8);
    let fake = filled(10);
    assert_eq!(synced(&again, &fake).0, Ok(()));
    assert_eq!((again.snapshot().len(), again.snapshot().ever()), (10, 10), "they have their rows again");
    assert_eq!(fake.asked("identity"), 1, "an earlier run's answer may be out of date");
}

#[test]
fn a_listing_that_was_interrupted_goes_on_after_a_restart() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| match number(&cursor) {
        30 => panic!("the program ends here"),
        number => Ok(numbered(number, 40, 10)),
    });
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| synced(&inventory, &fake)));
    assert!(stopped.is_err());
    assert!(inventory.flush(LONG));
    let came = inventory.snapshot().len();
    assert!(came >= 200, "{came}");
    let (again, _) = open(&path);
    assert_eq!(again.snapshot().len(), came);
    assert!(matches!(state(&again), SyncState::Partial { .. }));
    let mut fresh = Fake::new(&NUMBERED);
    fresh.accounts = answer(|cursor| Ok(numbered(number(&cursor), 40, 10)));
    assert_eq!(synced(&again, &fresh).0, Ok(()));
    assert_eq!(again.snapshot().len(), 400);
    assert!(fresh.asked("accounts") <= 40 - came / 10 + 1, "{} after {came}", fresh.asked("accounts"));
    assert!(again.flush(LONG));
    assert_eq!(open(&path).0.snapshot().len(), 400);
}

#[test]
fn how_far_a_listing_is_is_kept_of_its_own_connection_whatever_rows_wait_beside_its_page() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let [one, other] = ["a-first", "b-second"].map(ConnectionName::new);
    let of = |connection: &ConnectionName, id: &str| {
        let plain = account(id, id);
        Account { key: AccountKey { connection: connection.clone(), ..plain.key.clone() }, ..plain }
    };
    let runs = [&one, &other].map(|connection| inventory.begin(connection, Moment(1)).run);
    inventory.begin_anew(&one, runs[0]);
    inventory.begin_anew(&other, runs[1]);
    // A row of one is filed and waits; meanwhile a page of the other one comes.
    inventory.state().file(&one, of(&one, "waits"), Some(runs[0]));
    let resume = Resume { next: Some(Cursor::Page(2)), began_at: Moment(1), loaded: 1, ..Resume::default() };
    let so_far = resume.clone();
    let fresh = inventory.list(&other, runs[1], vec![of(&other, "came")], |_| (so_far, SyncState::default()));
    assert_eq!(fresh, 1);
    assert!(inventory.flush(LONG));
    drop(inventory);
    let (again, _) = open(&path);
    assert_eq!(again.snapshot().len(), 2);
    let goes_on = [&one, &other].map(|connection| again.begin(connection, Moment(2)).resume);
    assert_eq!(goes_on[0].as_ref().and_then(|resume| resume.next.clone()), None);
    assert_eq!(goes_on[1].as_ref().and_then(|resume| resume.next.clone()), resume.next);
}

#[test]
fn a_listing_whose_total_changed_meanwhile_begins_anew() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| match number(&cursor) {
        1 => Ok(numbered(1, 3, 10)),
        _ => panic!("the program ends here"),
    });
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| synced(&inventory, &fake)));
    assert!(stopped.is_err());
    assert!(inventory.flush(LONG));
    let (again, _) = open(&path);
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|cursor| Ok(numbered(number(&cursor), 4, 10)));
    assert_eq!(synced(&again, &fake).0, Ok(()));
    assert_eq!((again.snapshot().len(), fake.asked("accounts")), (40, 4));
}

#[test]
fn confirmed_writes_hold_after_a_restart() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    assert_eq!(synced(&inventory, &filled(5)).0, Ok(()));
    let confirmed = vec![
        Confirmed::Moved(AccountId::new("id1"), OrganizationId::new("there")),
        Confirmed::Gone(Subject::Account(key("id2"))),
        Confirmed::Edited(AccountId::new("id3"), vec![("name".into(), "Another".into())]),
        Confirmed::Made(crate::provider::Made::Account(Box::new(account("new", "New")))),
    ];
    inventory.confirm(&connection(), confirmed, Moment(2_000));
    let before = all(&inventory);
    assert!(inventory.flush(LONG));
    let (again, _) = open(&path);
    assert_eq!(all(&again), before);
    assert_eq!(again.snapshot().find(&key("id1")).unwrap().parent().unwrap().id.as_str(), "there");
    assert!(again.snapshot().find(&key("id2")).is_none());
    assert_eq!(again.recall(&key("id3")).unwrap().raw.at("name"), Some("Another".into()));
}

#[test]
fn a_connection_that_answers_as_another_after_a_restart_shows_and_keeps_nobody_elses_rows() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    assert_eq!(synced(&inventory, &filled(5)).0, Ok(()));
    assert!(inventory.flush(LONG));
    let (again, _) = open(&path);
    let mut other = filled(9);
    other.identity = answer(|()| Ok(identity("another")));
    assert!(synced(&again, &other).0.is_err());
    assert_eq!((again.snapshot().len(), other.asked("accounts")), (0, 0));
    again.rule(&connection(), Holder::New, &identity("another"));
    assert_eq!(synced(&again, &other).0, Ok(()));
    assert!(again.flush(LONG));
    assert_eq!(open(&path).0.snapshot().len(), 9);
}

#[test]
fn secrets_are_not_written() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let mut secret = account("id0", "Account 0");
    secret.secrets.insert("key".into(), crate::domain::Secret::new("hunter2hunter2"));
    listed(&inventory, vec![secret.clone()]);
    assert!(inventory.flush(LONG));
    assert_eq!(inventory.recall(&key("id0")).unwrap().secrets, secret.secrets, "memory has it");
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(14).any(|window| window == b"hunter2hunter2"));
    }
}

#[test]
fn a_later_versions_file_is_said_once_only_read_and_the_program_goes_on_in_memory() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    assert_eq!(synced(&inventory, &filled(4)).0, Ok(()));
    assert!(inventory.flush(LONG));
    drop(inventory);
    let version = |version: i32| -> i32 {
        let file = rusqlite::Connection::open(&path).unwrap();
        let before = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        file.pragma_update(None, "user_version", version).unwrap();
        before
    };
    let ours = version(999);
    let (inventory, said) = open(&path);
    assert_eq!(all(&inventory).len(), 4, "what it has is shown");
    listed(&inventory, vec![account("new", "New")]);
    assert!(inventory.flush(LONG));
    assert_eq!(all(&inventory).len(), 5, "what comes in stays in memory");
    let said = said.lock().unwrap().clone();
    assert!(said[0].contains("newer version") && said.len() == 1, "{said:?}");
    let words: std::collections::HashSet<&String> = said.iter().collect();
    assert_eq!(words.len(), said.len(), "each sentence once: {said:?}");
    version(ours);
    assert_eq!(all(&open(&path).0).len(), 4, "nothing was written to it");
}

#[test]
fn a_disk_that_is_full_is_said_once_and_costs_nothing_but_the_next_start() {
    let (_folder, path) = place();
    let (inventory, said) = open(&path);
    assert_eq!(synced(&inventory, &filled(4)).0, Ok(()));
    assert!(inventory.flush(LONG));
    inventory.state().keeper.as_ref().unwrap().stock.disk.fill_up();
    for _ in 0..2 {
        assert_eq!(synced(&inventory, &filled(4_000)).0, Ok(()));
        assert!(inventory.flush(LONG));
    }
    assert_eq!(all(&inventory).len(), 4_000, "the program goes on in memory");
    let said = said.lock().unwrap().clone();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("no space is left"), "{said:?}");
    drop(inventory);
    assert_eq!(all(&open(&path).0).len(), 4, "what was there still is");
}

#[test]
fn two_processes_at_once_lose_nothing_of_each_other() {
    let (_folder, path) = place();
    let ((one, _), (two, _)) = (open(&path), open(&path));
    assert_eq!(synced(&one, &filled(6)).0, Ok(()));
    assert_eq!(synced(&two, &filled(6)).0, Ok(()));
    assert!(one.flush(LONG) && two.flush(LONG));
    listed(&one, vec![account("mine", "Mine")]);
    listed(&two, vec![account("yours", "Yours")]);
    assert!(one.flush(LONG) && two.flush(LONG));
    let (three, said) = open(&path);
    assert_eq!((three.snapshot().len(), said.lock().unwrap().len()), (8, 0));
}

#[test]
fn the_age_of_what_is_kept_is_known_after_a_failed_sync_and_a_restart() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let fake = filled(5);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let SyncState::Complete { at } = state(&inventory) else { panic!("{:?}", state(&inventory)) };
    replace(&fake.accounts, |_| Err(failure(FailureKind::Unreachable)));
    assert!(synced(&inventory, &fake).0.is_err());
    assert!(inventory.flush(LONG));
    let (again, _) = open(&path);
    assert!(matches!(state(&again), SyncState::Failed { .. }));
    let snapshot = again.snapshot();
    let view = snapshot.connection(&connection()).unwrap();
    assert_eq!((view.kept_at, view.row_at(0)), (Some(at), Some(at)));
    let preview = Inventory::over(Disk::open(&path, Moment(1)).disk, clock(1), Box::new(drop)).unwrap().preview(10);
    assert_eq!(preview.connection(&connection()).unwrap().kept_at, Some(at), "the first frame knows it, too");
}

#[test]
fn the_first_screen_of_the_next_start_is_what_was_kept_and_its_rows_keep_their_numbers() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    let fake = filled(50);
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert!(inventory.flush(LONG));
    let again = || Inventory::over(Disk::open(&path, Moment(1)).disk, clock(1), Box::new(drop)).unwrap();
    let ids = |snapshot: &Snapshot| -> Vec<String> { snapshot.rows().map(|row| row.id().to_owned()).collect() };
    assert_eq!(ids(&again().preview(3)), ["id0", "id1", "id2"], "nothing was kept: the first ones there are");
    let row = |id: &str| inventory.snapshot().row(&key(id)).unwrap();
    inventory.keep_first(&["id40", "id7", "id23"].map(row));
    inventory.keep_first(&[]);
    let next = again();
    let preview = next.preview(10);
    assert_eq!(ids(&preview), ["id40", "id7", "id23"]);
    assert_eq!(preview.connection(&connection()).unwrap().sync, state(&inventory), "and how the listing is");
    let loaded = next.load();
    assert_eq!(loaded.len(), 50);
    for id in ["id40", "id7", "id23"] {
        assert_eq!(loaded.row(&key(id)), preview.row(&key(id)), "{id}");
        assert_eq!(next.records(loaded.row(&key(id))).next().unwrap().key, key(id), "its record is at hand");
    }
}
