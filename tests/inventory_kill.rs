//! A sync that is killed in its midst loses nothing, doubles nothing, and is not made anew by the next start.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]
#![expect(clippy::disallowed_methods, reason = "a test waits for as long as patience lasts")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;
mod served;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acctui::domain::Moment;
use acctui::inventory::disk::{Disk, StoredOwner};
use acctui::sim::Options;
use pty::{PATIENCE, PROGRAM, Pty};
use rustix::process::Signal;
use served::{Served, write_config};

const ACCOUNTS: usize = 2_000;

/// A simulator on a thread of its own that takes its time, and a config that leads to its Cloudflare.
struct Simulator {
    home: tempfile::TempDir,
    _served: Served,
}

impl Simulator {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = Options {
            accounts: vec![ACCOUNTS.to_string().parse().unwrap()],
            faults: vec!["latency=300ms".parse().unwrap()],
            log: Some(home.path().join("requests.jsonl")),
            ..Options::default()
        };
        let served = Served::start(options);
        write_config(home.path(), &served.only("cloudflare"));
        Self { home, _served: served }
    }

    fn browser(&self, more: &[&str]) -> Pty {
        let config = self.home.path().join("config.toml");
        let mut argv = vec![PROGRAM, "--config", config.to_str().unwrap()];
        argv.extend(more);
        Pty::start(self.home.path(), &argv, &[])
    }

    /// How often each page of accounts was asked for.
    fn pages(&self) -> BTreeMap<String, usize> {
        let mut pages = BTreeMap::new();
        for line in std::fs::read_to_string(self.home.path().join("requests.jsonl")).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            if line["path"].as_str().unwrap().ends_with("/accounts") {
                *pages.entry(line["query"].to_string()).or_default() += 1;
            }
        }
        pages
    }

    fn requests(&self) -> usize {
        std::fs::read_to_string(self.home.path().join("requests.jsonl")).unwrap().lines().count()
    }

    /// Waits until what the disk keeps of the connection is so.
    fn until(&self, holds: impl Fn(&StoredOwner) -> bool) {
        let path = database(self.home.path());
        let end = Instant::now() + PATIENCE;
        loop {
            let owners = path.as_deref().or(database(self.home.path()).as_deref()).map(|path| {
                let opened = Disk::open(path, Moment(1_790_000_000_000));
                opened.disk.owners().unwrap()
            });
            if owners.is_some_and(|owners| owners.iter().any(&holds)) {
                return;
            }
            assert!(Instant::now() < end, "the disk never came so far");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The inventory's file below a home.
fn database(home: &Path) -> Option<PathBuf> {
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("inventory.db") {
                return Some(path);
            }
        }
    }
    None
}

#[test]
fn a_killed_sync_goes_on_and_the_next_starts_ask_nobody() {
    let simulator = Simulator::start();
    let browser = simulator.browser(&[]);
    simulator.until(|owner| owner.resume.as_ref().is_some_and(|resume| resume.done.len() >= 12));
    browser.signal(Signal::KILL);
    browser.exit();
    let before = simulator.pages();
    let mut browser = simulator.browser(&[]);
    browser.wait("2,000/2,000");
    simulator.until(|owner| owner.resume.is_none() && owner.whole_at.is_some());
    browser.send("q");
    browser.exit();
    let after = simulator.pages();
    let asked: usize = after.values().sum();
    assert!(after.len() >= 40, "{after:?}");
    // The first page tells whether the list is still the same; besides what was on its way or not yet written.
    let twice = asked - after.len();
    assert!(twice < before.len() && twice <= after.len() / 2, "{twice} pages came twice: {before:?} {after:?}");
    let requests = simulator.requests();
    for more in [&[][..], &["--offline"][..]] {
        let mut browser = simulator.browser(more);
        browser.wait("2,000/2,000");
        browser.send("q");
        browser.exit();
    }
    assert_eq!(simulator.requests(), requests, "what is young is not asked for, and offline nothing");
}
