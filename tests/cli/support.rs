//! What the tests of the command line share: a simulator and the program, both as processes, over real HTTP.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A simulator with a config that connects to it, and a home directory that nothing else is in.
pub struct World {
    sim: Child,
    home: TempDir,
    /// The config's text: one connection, `cloudflare`.
    pub config: String,
    /// The config that connects to all that is simulated.
    pub whole: String,
}

impl World {
    pub fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut sim = Command::new(env!("CARGO_BIN_EXE_acctui"))
            .args(["sim", "--accounts", "60", "--log"])
            .arg(home.path().join("requests.jsonl"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sim.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let first: Value = serde_json::from_str(&line).unwrap();
        let whole = first["config"].as_str().unwrap().to_owned();
        let mut parsed: toml::Table = whole.parse().unwrap();
        parsed["connections"].as_table_mut().unwrap().retain(|name, _| name == "cloudflare");
        let config = parsed.to_string();
        let world = Self { sim, home, config, whole };
        world.configure(&world.config);
        world
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes the config file that the program is given, private.
    pub fn configure(&self, text: &str) -> PathBuf {
        let path = self.home().join("acctui.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The program with nothing in its environment but a home directory.
    pub fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acctui"));
        command.env_clear().env("HOME", self.home()).stdin(Stdio::null());
        command
    }

    /// The program on the config file.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare();
        command.arg("--config").arg(self.home().join("acctui.toml")).args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Connects to all that is simulated.
    pub fn connect_all(&self) {
        self.configure(&self.whole);
    }

    /// The same with a text on stdin.
    pub fn feed(&self, arguments: &[&str], text: &str) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Who is not interested in stdin may be gone already.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs what asks for a typed word, then again with the word that it asked for.
    pub fn typed(&self, arguments: &[&str]) -> (String, Ran) {
        let asked = self.run(&[arguments, &["--yes"]].concat());
        assert_eq!(asked.code, 5, "a yes is no word: {asked:?}");
        let word = asked.stderr.lines().find_map(|line| line.split_once("Type ")?.1.strip_suffix(" to confirm"));
        let word = word.unwrap_or_else(|| panic!("{asked:?}")).to_owned();
        let ran = self.run(&[arguments, &["--confirm", &word]].concat());
        (word, ran)
    }

    /// The one result of a write that must have come to this outcome.
    pub fn result(&self, arguments: &[&str], outcome: &str) -> Value {
        let ran = self.run(&[arguments, &["-o", "json"]].concat());
        let results: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{arguments:?} {ran:?}"));
        assert_eq!(results.as_array().unwrap().len(), 1, "{arguments:?} {ran:?}");
        assert_eq!(results[0]["outcome"], outcome, "{arguments:?} {ran:?}");
        results[0].clone()
    }

    /// How many requests of a method went to paths with this in them.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let is_meant =
            |request: &&Value| request["method"] == method && request["path"].as_str().unwrap().contains(path);
        self.requests().iter().filter(is_meant).count()
    }

    /// The JSON that a command gives; it must succeed, and say nothing.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["-o", "json"]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// The simulator's log.
    pub fn requests(&self) -> Vec<Value> {
        let log = fs::read_to_string(self.home().join("requests.jsonl")).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn puts(&self) -> usize {
        self.requests().iter().filter(|request| request["method"] == "PUT").count()
    }

    /// Ends the simulator: nobody answers any more.
    pub fn stop(&mut self) {
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }

    /// An account in an organization, with a name that anybody could type.
    pub fn plain_account(&self) -> String {
        let accounts = self.json(&["list"]);
        let is_plain = |account: &&Value| {
            let name = account["name"].as_str().unwrap();
            account["parent"].is_object() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        };
        accounts.as_array().unwrap().iter().find(is_plain).unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// An account that is in an organization, with its lineage.
    pub fn account_in_organization(&self) -> (String, Vec<Value>) {
        let accounts = self.json(&["list"]);
        let account = accounts.as_array().unwrap().iter().find(|account| account["parent"].is_object()).unwrap();
        let id = account["id"].as_str().unwrap().to_owned();
        let lineage = self.json(&["lineage", &id]);
        (id, lineage.as_array().unwrap().clone())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Two connections: one that works, one to a port that nobody listens on.
pub fn with_dead(config: &str) -> String {
    let dead =
        "[connections.dead]\nprovider = \"cloudflare\"\nbase_url = \"http://127.0.0.1:1/client/v4\"\ntoken = \"x\"\n";
    format!("{config}\n{dead}")
}
