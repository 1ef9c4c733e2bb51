//! From the list to a saved profile, in a terminal and over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use acctui::sim::{Options, Sim};
use pty::{PROGRAM, Pty};

/// A simulator on a thread of its own, with its log and a config that leads to it.
struct Simulator {
    home: tempfile::TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Simulator {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let options =
            Options { accounts: vec!["40".parse().unwrap()], log: Some(log(home.path())), ..Options::default() };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let sim = Sim::bind(options).await.unwrap();
                let mut config: toml::Table = sim.config_toml().parse().unwrap();
                config["connections"].as_table_mut().unwrap().retain(|name, _| name == "cloudflare");
                tell.send(config.to_string()).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                sim.serve(stopped).await.unwrap();
            });
        });
        let config = told.recv().unwrap();
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.write(true).create_new(true).mode(0o600).open(home.path().join("config.toml")).unwrap();
        file.write_all(config.as_bytes()).unwrap();
        Self { home, _stop: stop }
    }

    fn browser(&self, env: &[(&str, &str)]) -> Pty {
        let config = self.home.path().join("config.toml");
        let pty = Pty::start(self.home.path(), &[PROGRAM, "--config", config.to_str().unwrap()], env);
        pty.wait("40/40");
        pty
    }

    /// Method and path of every request so far.
    fn requests(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(log(self.home.path())).unwrap();
        let field = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap().to_owned();
        text.lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                (field(&line, "method"), field(&line, "path"))
            })
            .collect()
    }
}

fn log(home: &Path) -> PathBuf {
    home.join("requests.jsonl")
}

#[test]
fn a_profile_is_edited_and_saved() {
    let simulator = Simulator::start();
    let mut pty = simulator.browser(&[]);
    pty.send("/acme\r");
    pty.wait("/40");
    pty.send("e");
    pty.wait("Edit profile");
    pty.send(" and Daughters");
    pty.wait("and Daughters");
    pty.send("\x13");
    pty.wait("Plan");
    // Enter counts only once the plan has been seen for a while.
    while !pty.text().contains("Saved") {
        if pty.text().contains("Plan") {
            pty.send("\r");
        }
        std::thread::yield_now();
        pty.until("sent or still shown", |screen| {
            let text = screen.contents();
            text.contains("Saved") || text.contains("Plan")
        });
    }
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);

    let puts: Vec<_> = simulator.requests().into_iter().filter(|(method, _)| method == "PUT").collect();
    assert_eq!(puts.len(), 1, "{puts:?}");
    assert!(puts[0].1.ends_with("/profile"), "{puts:?}");
}

#[test]
fn a_thousand_cursor_moves_ask_at_most_where_the_cursor_rests() {
    let simulator = Simulator::start();
    let mut pty = simulator.browser(&[]);
    for _ in 0..500 {
        pty.send("jk");
    }
    pty.send("?");
    pty.wait("Help");
    // It rests before the first move and after the last one.
    let of_one_account = |(_, path): &(String, String)| path.contains("/accounts/");
    let asked = simulator.requests().into_iter().filter(of_one_account).count();
    assert!(asked <= 2, "{asked} requests");
}
