//! Several handles, threads and processes on one file.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use super::world::*;
use crate::inventory::disk::{Batch, Disk, Mode};

#[test]
fn two_handles_write_in_turns_and_both_see_everything() {
    let (_folder, path) = place();
    let disks = [open(&path), open(&path)];
    let owner = owner(&disks[0]);
    let together = Barrier::new(2);
    std::thread::scope(|scope| {
        for (nth, disk) in (0_u32..).zip(&disks) {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                for step in 0..20 {
                    // Half of the rows are the other one's, too.
                    let from = (step * 2 + nth) * 50;
                    disk.write(&batch(owner, accounts(from..from + 100))).unwrap();
                }
            });
        }
    });
    for disk in &disks {
        let found = ids(disk, &[], false);
        let mut distinct = found.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!((found.len(), distinct.len()), (2_050, 2_050));
    }
}

#[test]
fn readers_see_whole_batches_while_a_writer_is_at_work() {
    let (_folder, path) = place();
    let disk = open(&path);
    let owner = owner(&disk);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut times = 0;
                    while !done.load(Ordering::Acquire) || times == 0 {
                        assert_eq!(ids(&disk, &[], false).len() % 50, 0);
                        times += 1;
                    }
                })
            })
            .collect();
        for step in 0..40 {
            disk.write(&batch(owner, accounts(step * 50..step * 50 + 50))).unwrap();
        }
        done.store(true, Ordering::Release);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    assert_eq!(ids(&disk, &[], false).len(), 2_000);
    disk.rest().unwrap();
    assert_eq!(ids(&disk, &[], false).len(), 2_000);
}

#[test]
fn several_that_open_a_new_file_at_once_all_can_use_it() {
    let (_folder, path) = place();
    let together = Barrier::new(6);
    std::thread::scope(|scope| {
        for nth in 0..6 {
            let (together, path) = (&together, &path);
            scope.spawn(move || {
                together.wait();
                let disk = open(path);
                assert_eq!(disk.mode(), Mode::Writable);
                disk.write(&batch(owner(&disk), accounts(nth * 10..nth * 10 + 10))).unwrap();
            });
        }
    });
    assert_eq!(ids(&open(&path), &[], false).len(), 60);
}

#[test]
fn several_that_find_a_broken_file_set_it_aside_once() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "garbage").unwrap();
    let together = Barrier::new(4);
    let notices: usize = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    let opened = Disk::open(&path, NOW);
                    assert_eq!(opened.disk.mode(), Mode::Writable);
                    opened.notices.len()
                })
            })
            .collect();
        opening.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(notices, 1);
}

#[test]
fn a_file_that_another_holds_for_too_long_leaves_memory() {
    let (_folder, path) = place();
    drop(open(&path));
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM word").unwrap();
    let opened = Disk::open(&path, NOW);
    assert_eq!(opened.disk.mode(), Mode::Memory);
    assert!(opened.notices[0].words().contains("another process has it locked"), "{:?}", opened.notices);
    drop(holder);
    assert_eq!(open(&path).mode(), Mode::Writable);
}

/// Not a test of its own: the other process of the one below, which ends it in the midst of its work.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test's own word to its other process")]
fn writes_until_it_is_ended() {
    let Some(path) = std::env::var_os("ACCTUI_TEST_DISK") else {
        return;
    };
    let disk = Disk::open(std::path::Path::new(&path), NOW).disk;
    let owner = owner(&disk);
    let run = disk.begin(owner, NOW).unwrap();
    for step in 0..1_000_000 {
        let page = page(owner, run, accounts(step * 10..step * 10 + 10), step + 1);
        disk.write(&Batch { at: NOW, ..page }).unwrap();
    }
}

#[test]
fn a_process_that_is_killed_leaves_whole_pages_and_where_to_go_on() {
    let (_folder, path) = place();
    let disk = open(&path);
    let owner = owner(&disk);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inventory::disk::tests::sharing::writes_until_it_is_ended"])
        .env("ACCTUI_TEST_DISK", &path)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while disk.count(owner).unwrap() < 500 {
        assert_eq!(child.try_wait().unwrap(), None, "it writes until it is ended");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // A last page may be whole in the log, and known to nobody who had the file open before.
    drop(disk);
    let disk = open(&path);
    let count = disk.count(owner).unwrap();
    let kept = disk.owners().unwrap().remove(0);
    let next = kept.resume.unwrap().next;
    assert_eq!(next, Some(crate::provider::Cursor::Page(u32::try_from(count / 10).unwrap())));
    assert_eq!(disk.missing(owner).unwrap(), []);
    assert_eq!(ids(&disk, &[], false).len() as u64, count);
}
