//! A secret reaches no output, log, journal, cache, draft, export or command line. Each source gives a value of its own, which
//! everything that a run leaves is searched for.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

#[expect(dead_code, reason = "these tests use a part of it")]
mod pty;

/// What the simulator takes: all of it is secret but the access key's id and the e-mail.
const SECRETS: [&str; 4] = ["sim-token", "sim-key", "Sim-Passw0rd", "sim-secret-key"];

/// What nobody takes: the paths on which something is refused.
const WRONG: &str = "canary-0b61f3";

struct World {
    sim: Child,
    home: tempfile::TempDir,
    whole: toml::Table,
}

impl World {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut sim = Command::new(env!("CARGO_BIN_EXE_acctui"))
            .args(["sim", "--accounts", "20"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sim.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let first: Value = serde_json::from_str(&line).unwrap();
        let whole = first["config"].as_str().unwrap().parse().unwrap();
        Self { sim, home, whole }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn private(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn url(&self, connection: &str) -> &str {
        self.whole["connections"][connection]["base_url"].as_str().unwrap()
    }

    /// A connection for each source of a credential; secrets stand in `vault/`, which is not searched.
    fn config(&self, token: &str, secret: &str) -> String {
        let file = self.private("vault/token", token);
        let printed = format!(
            "{{\"Version\":1,\"AccessKeyId\":\"SIMACCESSKEY\",\"SecretAccessKey\":\"{secret}\",\"Expiration\":\"2999-01-01T00:00:00Z\"}}"
        );
        let printed = self.private("vault/printed", &printed);
        self.private("vault/profiles", &format!("[global]\nak = SIMACCESSKEY\nsk = {secret}\n"));
        let (cloudflare, cloud66, huawei) = (self.url("cloudflare"), self.url("cloud66"), self.url("huawei"));
        format!(
            "[connections.by-env]\nprovider = \"cloudflare\"\nbase_url = \"{cloudflare}\"\nprotection = \"open\"\ntoken = {{ env = \"SECRET_TOKEN\" }}\n\
             [connections.by-file]\nprovider = \"cloud66\"\nbase_url = \"{cloud66}\"\ntoken = {{ file = \"{}\" }}\n\
             [connections.by-command]\nprovider = \"cloudflare\"\nbase_url = \"{cloudflare}\"\ntoken = {{ command = [\"cat\", \"{}\"] }}\n\
             [connections.by-keyring]\nprovider = \"cloudflare\"\nbase_url = \"{cloudflare}\"\ntoken = {{ keyring = \"acctui/x\" }}\nenabled = false\n\
             [connections.literal]\nprovider = \"cloudflare\"\nbase_url = \"{cloudflare}\"\ntoken = \"{token}\"\n\
             [connections.profile]\nprovider = \"huawei\"\nbase_url = \"{huawei}\"\ncredentials = {{ profile = \"global\" }}\n\
             [connections.printed]\nprovider = \"huawei\"\nbase_url = \"{huawei}\"\ncredentials = {{ command = [\"cat\", \"{}\"], format = \"aws-process\" }}\n",
            file.display(),
            file.display(),
            printed.display(),
        )
    }

    fn run(&self, arguments: &[&str], token: &str, stdin: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acctui"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.path("work"));
        command.env("SECRET_TOKEN", token).env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", self.path("vault/profiles"));
        command.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace").env("PATH", "/usr/bin:/bin");
        command.args(["--config", self.path("vault/config.toml").to_str().unwrap()]);
        command.args(["-vvv", "--log-file", self.path("work/requests.log").to_str().unwrap()]).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let listed = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
        search("the process list", &listed, &[token, WRONG]);
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Searches all that is below the home directory, but where the secrets are kept on purpose.
    fn search(&self, secrets: &[&str]) {
        let mut folders = vec![self.home.path().to_path_buf()];
        let mut searched = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    if !path.ends_with("vault") {
                        folders.push(path);
                    }
                    continue;
                }
                assert!(!path.file_name().unwrap().to_string_lossy().starts_with("core"), "{}", path.display());
                search(&path.display().to_string(), &fs::read(&path).unwrap(), secrets);
                searched += 1;
            }
        }
        assert!(searched >= 3, "inventory, history and the log at least");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}

fn search(place: &str, bytes: &[u8], secrets: &[&str]) {
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
        assert!(found.is_none(), "{secret} stands in {place}: {}", around(bytes, found.unwrap_or_default()));
    }
}

fn around(bytes: &[u8], at: usize) -> String {
    String::from_utf8_lossy(&bytes[at.saturating_sub(80)..bytes.len().min(at + 80)]).into_owned()
}

/// Every command that reads or writes, and some that fail.
const COMMANDS: &[&[&str]] = &[
    &["auth", "status"],
    &["auth", "status", "-o", "json"],
    &["auth", "status", "-o", "csv", "-c", "by-keyring"],
    &["config", "check"],
    &["config", "check", "-o", "json"],
    &["config", "path"],
    &["config", "schema"],
    &["sync", "--yes"],
    &["list"],
    &["list", "--live", "-o", "json"],
    &["tree", "-o", "json"],
    &["org", "list"],
    &["export", "-c", "by-env"],
    &["history"],
    &["journal", "-o", "json"],
    &["show", "no-such-account"],
    &["otp", "--print", "-c", "by-env"],
    &["create", "-c", "by-env", "--set", "name=Canary", "--dry-run", "-o", "json"],
    &["create", "-c", "by-env", "--set", "name=Canary", "--yes"],
    &["auth", "login", "cloudflare", "-c", "typed", "--set", "token=@-", "--store", "file"],
    &["auth", "login", "cloudflare", "-c", "typed", "--set", "token=@-", "--store", "keyring", "--no-verify"],
    &["auth", "login", "cloudflare", "-c", "by-env", "--set", "token=@-"],
    &["auth", "logout", "-c", "nobody"],
    &["forget", "-c", "literal", "--yes"],
];

fn all(world: &World, token: &str, secrets: &[&str]) {
    for arguments in COMMANDS {
        let output = world.run(arguments, token, &format!("{token}\n"));
        let name = arguments.join(" ");
        search(&format!("stdout of {name}"), &output.stdout, secrets);
        search(&format!("stderr of {name}"), &output.stderr, secrets);
    }
    world.search(secrets);
}

#[test]
fn what_is_taken_is_said_nowhere() {
    let world = World::start();
    fs::create_dir(world.path("work")).unwrap();
    world.private("vault/config.toml", &world.config("sim-token", "sim-secret-key"));
    all(&world, "sim-token", &SECRETS);
    let listed = world.run(&["list", "-o", "ndjson"], "sim-token", "");
    assert!(listed.status.success() && !listed.stdout.is_empty(), "it did work: {listed:?}");
}

#[test]
fn what_is_refused_is_said_nowhere() {
    let world = World::start();
    fs::create_dir(world.path("work")).unwrap();
    world.private("vault/config.toml", &world.config(WRONG, WRONG));
    all(&world, WRONG, &[WRONG]);
}

/// Where a source itself goes wrong: what a command says of it, and what is no credential at all.
#[test]
fn what_a_source_says_when_it_fails_holds_no_secret() {
    let world = World::start();
    fs::create_dir(world.path("work")).unwrap();
    let url = world.url("cloudflare");
    let bad: &Path = &world.private("vault/two-lines", &format!("{WRONG}\nuser: x\n"));
    for source in [
        format!("{{ file = \"{}\" }}", bad.display()),
        format!("{{ command = [\"cat\", \"{}\"] }}", bad.display()),
        format!("{{ command = [\"sh\", \"-c\", \"cat {}; exit 1\"] }}", bad.display()),
        format!("{{ comand = [\"{WRONG}\"] }}"),
        format!("{{ keyring = \"{WRONG}\" }}"),
        format!("[\"{WRONG}\"]"),
        format!("\"{WRONG}"),
    ] {
        let text = format!("[connections.a]\nprovider = \"cloudflare\"\nbase_url = \"{url}\"\ntoken = {source}\n");
        world.private("vault/config.toml", &text);
        for arguments in
            [&["list", "--live"][..], &["auth", "status", "-o", "json"], &["config", "check", "-o", "json"]]
        {
            let output = world.run(arguments, "", "");
            search(&format!("stdout with {source}"), &output.stdout, &[WRONG]);
            search(&format!("stderr with {source}"), &output.stderr, &[WRONG]);
        }
    }
}

/// The browser's screens: every byte that it draws, and what it leaves when it is killed.
#[test]
fn no_screen_shows_a_secret() {
    for (token, secret) in [("sim-token", "sim-secret-key"), (WRONG, WRONG)] {
        let world = World::start();
        fs::create_dir(world.path("work")).unwrap();
        let config = world.private("vault/config.toml", &world.config(token, secret));
        let profiles = world.path("vault/profiles");
        let log = world.path("work/requests.log");
        let argv = [pty::PROGRAM, "--config", config.to_str().unwrap(), "-vvv", "--log-file", log.to_str().unwrap()];
        let mut pty = pty::Pty::start(
            world.home.path(),
            &argv,
            &[("SECRET_TOKEN", token), ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", profiles.to_str().unwrap())],
        );
        pty.wait("Accounts");
        // Requests, connections with their credentials' sources, help, journal, history.
        for (keys, words) in [("a", "Activity"), ("\x1bOQ", "Connections"), ("?", "Help"), ("J", "Journal")] {
            pty.send(keys);
            pty.wait(words);
            pty.send("\x1b");
            pty.until("closed", |screen| !screen.contents().contains(&format!("┏ {words}")));
        }
        if token == "sim-token" {
            pty.wait("as of just now");
            pty.send("\r");
            pty.wait("┏ Detail");
            pty.send("lll");
            pty.wait("{");
            pty.send("e");
            pty.wait("[ Review ]");
            pty.send("typed");
            pty.wait("draft kept");
        }
        pty.signal(rustix::process::Signal::ABORT);
        pty.exit();
        let secrets = [&SECRETS[..], &[WRONG]].concat();
        search("the terminal", &pty.bytes(), &secrets);
        world.search(&secrets);
    }
}
