//! What costs more than a tenth of the provider's limit is asked about before it is done: at a terminal with a question,
//! off one reads go ahead and writes need --yes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;
#[expect(dead_code, reason = "this test uses a part of it")]
mod served;

use std::process::{Command, Output, Stdio};

use acctui::sim::Options;
use pty::{PROGRAM, Pty};
use serde_json::Value;
use served::{Served, write_config};

/// A simulator that keeps its limits, with a connection that asks for no confirmation.
struct Simulator {
    home: tempfile::TempDir,
    base_url: String,
    _served: Served,
}

impl Simulator {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let log = Some(home.path().join("log"));
        let options = Options { accounts: vec!["120".parse().unwrap()], limits: true, log, ..Options::default() };
        let served = Served::start(options);
        let line =
            served.config.lines().find(|line| line.starts_with("base_url") && line.contains("/client/v4")).unwrap();
        let base_url = line.split('"').nth(1).unwrap().to_owned();
        let own = format!(
            "[connections.prod]\nprovider = \"cloudflare\"\nbase_url = \"{base_url}\"\nprotection = \"open\"\n\
             token = \"sim-token\"\n"
        );
        write_config(home.path(), &own);
        Self { home, base_url, _served: served }
    }

    /// Makes requests until the server says that no more than so many are left: that is the window which a program sees
    /// that starts now.
    fn spend_down_to(&self, left: u64) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::new();
            loop {
                let request = client.get(format!("{}/accounts?per_page=5", self.base_url)).bearer_auth("sim-token");
                let answer = request.send().await.unwrap();
                let said = answer.headers()["ratelimit"].to_str().unwrap().to_owned();
                answer.bytes().await.unwrap();
                let rest = said.split("r=").nth(1).unwrap().split(';').next().unwrap();
                if rest.trim().parse::<u64>().unwrap() <= left {
                    return;
                }
            }
        });
    }

    fn argv<'a>(config: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
        [&[PROGRAM, "--config", config], arguments].concat()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let config = self.home.path().join("config.toml");
        let argv = Self::argv(config.to_str().unwrap(), arguments);
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).env_clear().env("HOME", self.home.path()).stdin(Stdio::null());
        command.output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.run(&[arguments, &["-o", "json"]].concat()).stdout).unwrap()
    }

    fn at_terminal(&self, arguments: &[&str]) -> Pty {
        let config = self.home.path().join("config.toml");
        Pty::start(self.home.path(), &Self::argv(config.to_str().unwrap(), arguments), &[])
    }

    fn puts(&self) -> usize {
        let log = std::fs::read_to_string(self.home.path().join("log")).unwrap();
        log.lines().filter(|line| line.contains("\"PUT\"")).count()
    }
}

#[test]
fn a_dear_write_needs_a_yes_at_every_protection_level() {
    let sim = Simulator::start();
    let accounts = sim.json(&["list"]);
    let id = accounts[0]["id"].as_str().unwrap().to_owned();
    sim.spend_down_to(28);
    let set = ["profile", &id, "--set", "business_name=Dear"];
    let ran = sim.run(&set);
    let words = String::from_utf8(ran.stderr).unwrap();
    assert_eq!((ran.status.code(), sim.puts()), (Some(5), 0), "{words}");
    assert!(words.contains("this costs 3 of ") && words.contains("give --yes"), "{words}");

    let mut asks = sim.at_terminal(&set);
    asks.wait("Send this? [y/N]");
    assert!(asks.text().contains("this costs 3 of "), "{}", asks.text());
    asks.send("n\n");
    assert_eq!((asks.exit(), sim.puts()), (5, 0));

    let ran = sim.run(&[&set[..], &["--yes"]].concat());
    assert_eq!((ran.status.code(), sim.puts()), (Some(0), 1), "{ran:?}");
}

#[test]
fn a_dear_search_asks_at_a_terminal_and_goes_ahead_off_one() {
    let sim = Simulator::start();
    let accounts = sim.json(&["list"]);
    let parents = || accounts.as_array().unwrap().iter().filter_map(|account| account["parent"]["id"].as_str());
    let organization = parents().max_by_key(|id| parents().filter(|other| other == id).count()).unwrap();
    let count = parents().filter(|id| *id == organization).count();
    assert!(count > 8, "{count}");
    sim.spend_down_to(70);
    let list = ["list", "--org", organization, "--page-size", "1", "-o", "csv"];
    let mut asks = sim.at_terminal(&list);
    asks.wait("Go on? [y/N]");
    assert!(asks.text().contains(&format!("it costs {count} of ")), "{}", asks.text());
    asks.send("n\n");
    assert_eq!(asks.exit(), 3, "what came is part of it");

    let mut few = sim.at_terminal(&[&list[..], &["--limit", "2"]].concat());
    assert_eq!(few.exit(), 0, "two rows are two requests: {}", few.text());
    few.send("");

    let ran = sim.run(&list);
    let rows = String::from_utf8(ran.stdout).unwrap();
    assert_eq!((ran.status.code(), rows.lines().count()), (Some(0), 1 + count), "{rows}");
    assert_eq!(String::from_utf8(ran.stderr).unwrap(), "");
}
