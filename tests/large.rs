//! The whole program over a large listing whose pages come short, shuffled and with rows twice: no row is lost and none
//! doubled.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use acctui::sim::{Options, Sim};

const ACCOUNTS: usize = 20_000;

/// The config of a simulator that runs as long as the test.
fn simulator(faults: &[&str]) -> String {
    let (tell, told) = std::sync::mpsc::channel();
    let options = Options {
        accounts: vec!["8".parse().unwrap(), format!("cloudflare={ACCOUNTS}").parse().unwrap()],
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        ..Options::default()
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sim = Sim::bind(options).await.unwrap();
            tell.send(sim.config_toml()).unwrap();
            sim.serve(std::future::pending()).await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// The ids that the program lists.
fn listed(faults: &[&str]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config.toml");
    std::fs::write(&config, simulator(faults)).unwrap();
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
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
