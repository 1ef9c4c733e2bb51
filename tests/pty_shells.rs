//! Completions in shells that are really there, as their users set them up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pty::{PROGRAM, Pty};

/// A connection that nobody has to ask.
const CONFIG: &str = "[connections.prodigious]\nprovider = \"cloudflare\"\ntoken = { env = \"NOT_SET\" }\n";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config.toml");
        fs::write(&config, CONFIG).unwrap();
        fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
        Self(home)
    }

    fn at(&self, path: &str) -> PathBuf {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// The script of a shell, where its users put it.
    fn script(&self, shell: &str, place: &str) {
        let ran = Command::new(PROGRAM).args(["completions", shell]).output().unwrap();
        fs::write(self.at(place), ran.stdout).unwrap();
    }

    fn environment(&self) -> [(&'static str, String); 2] {
        let folder = Path::new(PROGRAM).parent().unwrap().display();
        let path = format!("{folder}:/usr/local/bin:/usr/bin:/bin");
        [("PATH", path), ("ACCTUI_CONFIG", self.at("config.toml").display().to_string())]
    }

    fn run(&self, shell: &str, line: &str) -> Output {
        let mut command = Command::new(shell);
        command.env_clear().env("HOME", self.0.path()).envs(self.environment());
        command.args(["-c", line]).output().unwrap()
    }
}

fn is_there(shell: &str) -> bool {
    let found = Command::new(shell).args(["-c", "exit 0"]).status().is_ok_and(|status| status.success());
    if !found {
        eprintln!("skipped: there is no {shell} here");
    }
    found
}

#[test]
fn fish_offers_commands_options_and_connections() {
    if !is_there("fish") {
        return;
    }
    let home = Home::new();
    home.script("fish", ".config/fish/completions/acctui.fish");
    for (begun, wanted) in
        [("acctui lin", "lineage"), ("acctui list -c prod", "prodigious"), ("acctui list --output nd", "ndjson")]
    {
        let ran = home.run("fish", &format!("complete -C '{begun}'"));
        let offered = String::from_utf8(ran.stdout).unwrap();
        assert!(offered.lines().any(|line| line.split('\t').next() == Some(wanted)), "{begun}: {offered}");
    }
}

#[test]
fn the_first_tab_of_a_zsh_completes_already() {
    if !is_there("zsh") {
        return;
    }
    let home = Home::new();
    home.script("zsh", "functions/_acctui");
    let rc = format!(
        "fpath=({} $fpath)\nautoload -Uz compinit && compinit -u\nPS1='ready> '\n",
        home.at("functions/x").parent().unwrap().display()
    );
    fs::write(home.at(".zshrc"), rc).unwrap();
    let environment = home.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut zsh = Pty::start(home.0.path(), &["zsh"], &environment);
    zsh.wait("ready>");
    zsh.send("acctui list -c prodig\t");
    zsh.wait("acctui list -c prodigious");
}
