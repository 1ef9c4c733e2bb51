//! What headless commands write to a terminal: safe, as wide as it is, with the ids whole; off one data stays data.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;
#[expect(dead_code, reason = "this test uses a part of it")]
mod served;

use std::path::Path;
use std::process::{Command, Stdio};

use acctui::sim::Options;
use pty::{PROGRAM, Pty};
use served::{Served, write_config};

/// A home with a private config that connects to a simulator of the demo's data.
struct World {
    home: tempfile::TempDir,
    _served: Served,
}

impl World {
    fn start(ui: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = Options { accounts: vec!["60".parse().unwrap()], ..Options::default() };
        let served = Served::start(options);
        let config = format!("{}\n{ui}", served.config);
        write_config(home.path(), &config);
        Self { home, _served: served }
    }

    fn config(&self) -> String {
        self.home.path().join("config.toml").to_str().unwrap().to_owned()
    }

    /// What a terminal gets of a command, at least up to this text: the last bytes may come after the program's end.
    fn shown(&self, arguments: &[&str], upto: &str) -> String {
        let config = self.config();
        let argv = [&[PROGRAM, "--config", &config, "-c", "cloudflare"], arguments].concat();
        let pty = Pty::start(self.home.path(), &argv, &[]);
        pty.wait(upto);
        assert_eq!(pty.exit(), 0, "{}", pty.text());
        String::from_utf8(pty.bytes()).unwrap().replace("\r\n", "\n")
    }

    /// What a file gets of a command.
    fn written(&self, arguments: &[&str]) -> String {
        let home: &Path = self.home.path();
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("HOME", home).stdin(Stdio::null());
        let ran = command.args(["--config", &self.config(), "-c", "cloudflare"]).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }
}

#[test]
fn csv_is_escaped_on_a_terminal_and_stays_as_it_is_off_one() {
    let world = World::start("");
    let list = ["list", "--filter", "évil", "-o", "csv", "--columns", "name"];
    let file = world.written(&list);
    assert!(file.lines().nth(1).unwrap().contains("\u{1b}[2J"), "data stays data: {file:?}");
    let screen = world.shown(&list, "[2J");
    assert!(screen.contains(r"\u{1b}[2J") && !screen.contains("\u{1b}[2J"), "{screen:?}");
}

#[test]
fn a_tree_on_a_terminal_is_as_wide_as_that_and_keeps_the_ids() {
    let world = World::start("");
    let list = world.written(&["org", "list", "-o", "csv", "--columns", "id,parent_id"]);
    let below = list.lines().skip(1).find(|line| !line.ends_with(',')).unwrap();
    let id = below.split(',').next().unwrap();
    // As long as the provider lets it be.
    world.written(&["org", "rename", id, &"long ".repeat(20), "--yes"]);
    let screen = world.shown(&["tree", "--live"], id);
    let line = screen.lines().find(|line| line.ends_with(id)).unwrap_or_else(|| panic!("{screen}"));
    assert!(line.contains("long long") && line.contains('…') && line.chars().count() <= 120, "{line:?}");
    assert!(world.written(&["tree", "--live"]).contains(&"long ".repeat(20)), "off a terminal nothing is cut");
    assert!(world.written(&["tree", "--ascii"]).lines().any(|line| line.starts_with("`- ")), "--ascii");
}

#[test]
fn tables_are_as_wide_as_the_config_says_that_the_terminal_draws() {
    let list = ["org", "list", "--columns", "name,id"];
    // The columns before the id. Letters with an accent, and the last sigma, are narrow everywhere.
    let plain = |text: &str| text.chars().count();
    let doubled = |text: &str| plain(text) + text.chars().filter(|char| "ΕλδαΚπρο".contains(*char)).count();
    let at = |text: &str, width: &dyn Fn(&str) -> usize| {
        let line = text.lines().find(|line| line.starts_with("Ελλάδα")).unwrap_or_else(|| panic!("{text}")).to_owned();
        let id = line.rfind(' ').unwrap() + 1;
        width(&line[..id])
    };
    let ascii = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("Nordics")).unwrap().to_owned();
        line.rfind(' ').unwrap() + 1
    };
    let narrow = World::start("").written(&list);
    assert_eq!(at(&narrow, &plain), ascii(&narrow), "{narrow}");
    let wide = World::start("[ui]\nambiguous_width = 2\n");
    let table = wide.written(&list);
    assert_eq!(at(&table, &doubled), ascii(&table), "{table}");
    assert!(wide.written(&["tree"]).lines().any(|line| line.starts_with("`- ")), "lines are as wide as letters there");
}
