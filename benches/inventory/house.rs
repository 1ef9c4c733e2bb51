//! What is measured: a simulator of the program's own, homes that know it, and the program in them.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::now;
use crate::terminal::Terminal;

/// `acctui sim` as a process.
pub struct Simulator {
    child: Child,
    /// The config of the one connection that is measured.
    config: String,
    log: tempfile::TempPath,
}

impl Simulator {
    /// Starts it with so many accounts at Cloudflare, which has the fullest listing.
    pub fn start(program: &Path, accounts: usize, more: &[&str]) -> Result<Self, String> {
        let log = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?.into_temp_path();
        let mut command = Command::new(program);
        command.args(["sim", "--accounts", "8", "--accounts", &format!("cloudflare={accounts}")]).args(more);
        if more.contains(&"on") {
            command.arg("--log").arg(&log);
        }
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|why| why.to_string())?;
        let mut simulator = Self { child, config: String::new(), log };
        let mut line = String::new();
        let stdout = simulator.child.stdout.take().ok_or("no stdout")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        simulator.config = config(&line).ok_or_else(|| format!("the simulator's first line is {line:?}"))?;
        Ok(simulator)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many requests it has noted, and how many of them it refused as too many.
    pub fn noted(&self) -> (usize, usize) {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        (text.lines().count(), text.lines().filter(|line| line.contains("\"status\":429")).count())
    }
}

/// The one connection's config from the simulator's first line.
fn config(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let all: toml::Table = line["config"].as_str()?.parse().ok()?;
    let mut connections = toml::Table::new();
    connections.insert("cloudflare".into(), all.get("connections")?.get("cloudflare")?.clone());
    let mut config = toml::Table::new();
    config.insert("connections".into(), connections.into());
    Some(config.to_string())
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home of its own for the program.
pub struct Home {
    directory: tempfile::TempDir,
    program: PathBuf,
}

impl Home {
    /// An empty one, with a config that leads to the simulator.
    pub fn new(program: &Path, simulator: &Simulator) -> Result<Self, String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let home = Self { directory, program: program.to_owned() };
        let write = || {
            fs::write(home.config(), &simulator.config)?;
            fs::set_permissions(home.config(), fs::Permissions::from_mode(0o600))
        };
        write().map_err(|error: std::io::Error| error.to_string())?;
        Ok(home)
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("config.toml")
    }

    /// Where its cache is.
    pub fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// Reads what is kept once: some machines give the memory that holds files away at any time, and then a start is
    /// measured that waits for its disk.
    pub fn warm(&self) {
        let Ok(files) = fs::read_dir(self.cache().join("acctui")) else { return };
        for file in files.filter_map(Result::ok) {
            let _ = fs::File::open(file.path()).and_then(|mut file| io::copy(&mut file, &mut io::sink()));
        }
    }

    fn env(&self) -> Vec<(String, String)> {
        let below = |name: &str| self.directory.path().join(name).display().to_string();
        let pair = |(name, place)| (String::from(name), below(place));
        [("HOME", "."), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache")]
            .map(pair)
            .into()
    }

    /// Runs a command of the program to its end: its output and how long it took, or why it failed.
    pub fn run(&self, args: &[&str]) -> Result<(Output, Duration), String> {
        let began = now();
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.config()).args(args).envs(self.env()).stdin(Stdio::null());
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok((output, began.elapsed()));
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let first = words.lines().next().unwrap_or("no word").to_owned();
        Err(format!("`acctui {}`: {first}", args.join(" ")))
    }

    /// The browser in a terminal.
    pub fn browse(&self) -> Result<Terminal, String> {
        let (program, config) = (self.program.display().to_string(), self.config().display().to_string());
        Terminal::start(&[&program, "--config", &config], &self.env())
    }
}
