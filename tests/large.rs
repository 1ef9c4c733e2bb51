//! The whole program over a large listing whose pages come short, shuffled and with rows twice: no row is lost and none
//! doubled.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod served;

use std::collections::HashSet;
use std::process::Command;

use acctui::sim::Options;
use served::{Served, write_config};

const ACCOUNTS: usize = 20_000;

/// A simulator with so many accounts at Cloudflare.
fn simulator(faults: &[&str]) -> Served {
    Served::start(Options {
        accounts: vec!["8".parse().unwrap(), format!("cloudflare={ACCOUNTS}").parse().unwrap()],
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        ..Options::default()
    })
}

/// The ids that the program lists.
fn listed(faults: &[&str]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let served = simulator(faults);
    write_config(home.path(), &served.config);
    let config = home.path().join("config.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_acctui"));
    command.arg("--config").arg(&config).args(["list", "-c", "cloudflare", "-o", "csv"]);
    command.env("HOME", home.path());
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "ACCTUI_CONFIG"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{faults:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let place = reader.headers().unwrap().iter().position(|name| name == "id").unwrap();
    reader.records().map(|row| row.unwrap()[place].to_owned()).collect()
}

#[test]
fn pages_that_come_short_shuffled_and_with_rows_twice_give_every_account_once() {
    let calm = listed(&[]);
    let stormy = listed(&["dup", "shuffle", "short-pages"]);
    let (calm_ids, stormy_ids): (HashSet<_>, HashSet<_>) = (calm.iter().collect(), stormy.iter().collect());
    assert_eq!((calm.len(), calm_ids.len()), (ACCOUNTS, ACCOUNTS));
    assert_eq!((stormy.len(), stormy_ids.len()), (ACCOUNTS, ACCOUNTS));
    assert_eq!(calm_ids, stormy_ids);
}
