//! Listings: what they tick off, what they leave behind, where they go on.

use proptest::prelude::*;

use super::world::*;
use crate::domain::{AccountId, Moment};
use crate::inventory::SyncState;
use crate::inventory::disk::{Batch, Disk, DiskError, PageSet, Resume};
use crate::provider::Cursor;

#[test]
fn what_a_whole_listing_does_not_give_is_gone_and_comes_back() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    let run = disk.begin(owner, NOW).unwrap();
    disk.write(&page(owner, run, accounts(0..4), 2)).unwrap();
    assert_eq!(disk.missing(owner).unwrap(), []);
    disk.write(&end(owner, run, NOW)).unwrap();

    let run = disk.begin(owner, NOW).unwrap();
    let written = disk.write(&page(owner, run, accounts(0..2), 2)).unwrap();
    assert_eq!((written.unchanged, written.changed, written.added, written.fresh), (2, 0, 0, 2));
    assert_eq!(disk.missing(owner).unwrap().len(), 2);
    assert_eq!(ids(&disk, &[], true), [""; 0]);
    let at = NOW.plus(5);
    let written = disk.write(&end(owner, run, at)).unwrap();
    let gone: Vec<&str> = written.gone.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(gone, ["000002", "000003"]);
    assert_eq!(ids(&disk, &[], true), ["000002", "000003"]);
    assert_eq!(disk.count(owner).unwrap(), 2);

    let run = disk.begin(owner, at).unwrap();
    let written = disk.write(&page(owner, run, accounts(1..3), 2)).unwrap();
    assert_eq!(written.back, [written.rows[1]]);
    assert_eq!((written.added, written.unchanged), (0, 2));
    assert_eq!(ids(&disk, &[], true), ["000003"]);
    // Gone before, and not given again: it stays gone since then.
    disk.write(&end(owner, run, at.plus(9))).unwrap();
    let key = account("000003", "").key;
    assert_eq!(disk.record(owner, &key).unwrap().unwrap().gone_since, Some(at));
}

#[test]
fn one_account_can_be_gone_by_itself() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    disk.write(&batch(owner, accounts(0..3))).unwrap();
    let gone = ["000001", "nobody"].map(AccountId::new).to_vec();
    let written = disk.write(&Batch { gone, ..Batch::new(owner, NOW) }).unwrap();
    assert_eq!(written.gone.len(), 1);
    assert_eq!(ids(&disk, &[], true), ["000001"]);
}

#[test]
fn a_changed_account_is_told_from_an_unchanged_one_by_any_of_its_fields() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    let first = account("1", "Name");
    disk.write(&batch(owner, vec![first.clone()])).unwrap();
    let mut later = Vec::new();
    let mut change = |edit: &dyn Fn(&mut crate::domain::Account)| {
        let mut other = first.clone();
        edit(&mut other);
        later.push(other);
    };
    change(&|account| account.name = "Other".into());
    change(&|account| account.kind = None);
    change(&|account| account.status = Some("standard".into()));
    change(&|account| account.email = account.updated_at.clone());
    change(&|account| account.parent = None);
    change(&|account| account.has_extra = true);
    change(&|account| account.raw = crate::domain::RawJson::parse("{}").unwrap());
    for other in later {
        let wants = Batch { wants_before: true, ..batch(owner, vec![other.clone()]) };
        let written = disk.write(&wants).unwrap();
        assert_eq!((written.changed, written.before), (1, vec![(0, first.clone())]));
        assert_eq!(disk.record(owner, &other.key).unwrap().unwrap().account, other);
        assert_eq!(disk.write(&wants).unwrap().unchanged, 1);
        disk.write(&batch(owner, vec![first.clone()])).unwrap();
    }
}

#[test]
fn of_two_rows_with_one_id_the_later_counts_and_stays_one_row() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    let run = disk.begin(owner, NOW).unwrap();
    let twice = vec![account("1", "first"), account("2", "x"), account("1", "second")];
    let written = disk.write(&page(owner, run, twice, 2)).unwrap();
    assert_eq!((written.added, written.changed, written.fresh), (2, 1, 2));
    assert_eq!(written.rows[0], written.rows[2]);
    let again = disk.write(&page(owner, run, vec![account("2", "x")], 3)).unwrap();
    assert_eq!(again.fresh, 0);
    assert_eq!(disk.record(owner, &account("1", "").key).unwrap().unwrap().account.name.raw(), "second");
}

#[test]
fn a_listing_goes_on_after_a_restart_and_a_lost_batch_is_lost_with_its_progress() {
    let (_folder, path) = place();
    let (owner, run) = {
        let disk = open(&path);
        let owner = owner(&disk);
        let run = disk.begin(owner, NOW).unwrap();
        let running = SyncState::Running { loaded: 50, total: Some(90), pages: 1 };
        let state = crate::inventory::disk::ConnectionState { sync: running, ..Default::default() };
        disk.write(&Batch { state: Some(state), ..page(owner, run, accounts(0..50), 2) }).unwrap();
        // The program ends in the midst of the next batch: written, not committed.
        disk.base.with(|connection| {
            let transaction = connection.transaction().unwrap();
            let writer = super::super::write::write(&transaction, &page(owner, run, accounts(50..90), 3));
            assert_eq!(writer.unwrap().added, 40);
        });
        (owner, run)
    };
    let disk = open(&path);
    let kept = disk.owners().unwrap().remove(0);
    assert_eq!(kept.run, run);
    assert_eq!(kept.resume.unwrap().next, Some(Cursor::Page(2)));
    assert!(matches!(kept.state.sync, SyncState::Partial { ref page, .. } if page == "page 2"));
    assert_eq!(ids(&disk, &[], false).len(), 50);
    // It goes on where it was, and the rows of before the restart are not gone for that.
    disk.write(&page(owner, run, accounts(50..90), 3)).unwrap();
    assert_eq!(disk.write(&end(owner, run, NOW)).unwrap().gone, []);
    assert_eq!(ids(&disk, &[], false).len(), 90);
    let kept = disk.owners().unwrap().remove(0);
    assert_eq!((kept.resume, kept.whole_pages, kept.whole_at), (None, 1, Some(NOW)));
}

#[test]
fn a_superseded_listing_keeps_its_rows_and_marks_nothing_gone() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    let old = disk.begin(owner, NOW).unwrap();
    disk.write(&page(owner, old, accounts(0..5), 2)).unwrap();
    let new = disk.begin(owner, NOW).unwrap();
    let written = disk.write(&page(owner, old, accounts(5..6), 3)).unwrap();
    assert!(written.is_superseded);
    assert!(disk.write(&end(owner, old, NOW)).unwrap().is_superseded);
    assert_eq!(ids(&disk, &[], false).len(), 6);
    disk.write(&page(owner, new, accounts(0..6), 2)).unwrap();
    assert_eq!(disk.write(&end(owner, new, NOW)).unwrap().gone, []);
    // Ended is ended.
    assert!(disk.write(&end(owner, new, NOW)).unwrap().is_superseded);
}

#[test]
fn rows_know_when_they_were_heard_and_clocks_may_go_back() {
    let disk = Disk::in_memory();
    let owner = owner(&disk);
    let heard = |id: &str| disk.record(owner, &account(id, "").key).unwrap().unwrap().heard_at;
    let run = disk.begin(owner, Moment(100)).unwrap();
    disk.write(&Batch { at: Moment(100), ..page(owner, run, accounts(0..2), 2) }).unwrap();
    disk.write(&end(owner, run, Moment(110))).unwrap();
    assert_eq!(heard("000000"), Moment(110));
    // Half of the next listing: unchanged rows that it gave are as new as it.
    let run = disk.begin(owner, Moment(200)).unwrap();
    disk.write(&Batch { at: Moment(200), ..page(owner, run, accounts(0..1), 2) }).unwrap();
    assert_eq!((heard("000000"), heard("000001")), (Moment(200), Moment(110)));
    disk.write(&end(owner, run, Moment(210))).unwrap();
    // The clock goes back by a lot: nothing breaks, the rows are all there.
    let run = disk.begin(owner, Moment(5)).unwrap();
    disk.write(&Batch { at: Moment(5), ..page(owner, run, accounts(0..3), 2) }).unwrap();
    assert_eq!(disk.write(&end(owner, run, Moment(4))).unwrap().gone, []);
    assert_eq!(ids(&disk, &[], false), ["000000", "000001", "000002"]);
    let run = disk.begin(owner, Moment(u64::MAX)).unwrap();
    disk.write(&Batch { at: Moment(u64::MAX), ..page(owner, run, accounts(0..1), 2) }).unwrap();
    assert_eq!(disk.write(&end(owner, run, Moment(0))).unwrap().gone.len(), 2);
}

#[test]
fn a_full_disk_loses_nothing_that_was_there() {
    let (_folder, path) = place();
    let disk = open(&path);
    let owner = owner(&disk);
    disk.write(&batch(owner, accounts(0..100))).unwrap();
    disk.base.with(|connection| {
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    });
    let run = disk.begin(owner, NOW).unwrap();
    let error = disk.write(&page(owner, run, accounts(50..4_000), 2)).unwrap_err();
    assert!(matches!(error, DiskError::Full { .. }), "{error}");
    assert!(error.to_string().contains("no space is left"));
    assert_eq!(ids(&disk, &[], false).len(), 100);
    disk.base.with(|connection| connection.pragma_update(None, "max_page_count", 1_000_000).unwrap());
    disk.write(&page(owner, run, accounts(50..4_000), 2)).unwrap();
    assert_eq!(ids(&disk, &[], false).len(), 4_000);
}

proptest! {
    #[test]
    fn a_set_of_pages_holds_what_was_put_in(pages in proptest::collection::vec(0u32..60, 0..60)) {
        let mut set = PageSet::default();
        let mut slow = std::collections::BTreeSet::new();
        for page in pages {
            set.insert(page);
            slow.insert(page);
            for page in 0..62 {
                prop_assert_eq!(set.contains(page), slow.contains(&page));
            }
            prop_assert_eq!(set.len(), slow.len() as u64);
        }
        let resume = Resume { done: set.clone(), next: Some(Cursor::Token("\0".into())), ..Resume::default() };
        let text = super::super::record::resume(&resume);
        prop_assert_eq!(super::super::record::read_resume(&text).unwrap(), resume);
    }
}
