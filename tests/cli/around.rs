//! What stands around the commands: version, completions in real shells, man pages, the log, doctor and its report.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ran, World};

#[test]
fn the_version_names_what_it_was_built_from() {
    let world = World::start(&[]);
    let ran = Ran::of(world.bare().arg("--version").output().unwrap());
    let version = ran.stdout.trim();
    assert!(version.starts_with(concat!("acctui ", env!("CARGO_PKG_VERSION"))), "{version}");
    assert_eq!(ran.stdout.lines().count(), 1);
}

/// Whether a program is there.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The environment of a person whose shell finds this program.
fn shell(world: &World, program: &str, script: &str) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_acctui")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
    let mut command = Command::new(program);
    command.env_clear().env("HOME", world.home()).env("PATH", path);
    command.env("ACCTUI_CONFIG", world.home().join("acctui.toml")).args(["-c", script]);
    command
}

#[test]
fn every_shell_has_a_script_that_asks_this_program() {
    let world = World::start(&[]);
    for name in ["bash", "zsh", "fish"] {
        let ran = world.run(&["completions", name]);
        assert!(ran.code == 0 && ran.stdout.contains("ACCTUI_COMPLETE"), "{ran:?}");
        assert_eq!(ran.stderr, "");
        let file = world.home().join(name);
        fs::write(&file, ran.stdout).unwrap();
        if !is_there(name) {
            eprintln!("skipped: there is no {name} here");
            continue;
        }
        let load = if name == "zsh" {
            format!("autoload -Uz compinit && compinit -u && source {0} && echo loaded", file.display())
        } else {
            format!("source {0} && echo loaded", file.display())
        };
        let ran = Ran::of(shell(&world, name, &load).output().unwrap());
        assert_eq!((ran.code, ran.stdout.trim(), ran.stderr.as_str()), (0, "loaded", ""), "{name}");
    }
}

#[test]
fn bash_is_offered_connections_and_the_ids_that_are_kept() {
    if !is_there("bash") {
        eprintln!("skipped: there is no bash here");
        return;
    }
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let org = lineage[0]["id"].as_str().unwrap();
    assert_eq!(world.run(&["sync"]).code, 0);
    let asked = world.requests().len();
    let script = world.home().join("bash");
    fs::write(&script, world.run(&["completions", "bash"]).stdout).unwrap();
    let offered = |words: &[&str]| -> Vec<String> {
        let (last, begun) = (words.len() - 1, words[words.len() - 1]);
        let words = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        let line = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={last}; COMP_TYPE=9; \
             f=$(complete -p acctui | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \"$f\" acctui '{begun}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let ran = Ran::of(shell(&world, "bash", &line).output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout.lines().map(|line| line.trim().to_owned()).collect()
    };
    let has = |words: &[&str], wanted: &str| {
        let found = offered(words);
        assert!(found.iter().any(|word| word.split('\t').next() == Some(wanted)), "{words:?}: {found:?}");
    };
    has(&["acctui", "li"], "list");
    has(&["acctui", "list", "-c", "clo"], "cloudflare");
    has(&["acctui", "show", &id[..4]], &id);
    has(&["acctui", "move", &id, "--to", &org[..4]], org);
    has(&["acctui", "list", "--output", "nd"], "ndjson");
    assert_eq!(offered(&["acctui", "show", "zzzzzz"]), [""]);
    assert_eq!(world.requests().len(), asked, "nobody is asked");
}

#[test]
fn every_command_has_a_man_page() {
    let world = World::start(&[]);
    let ran = world.run(&["man"]);
    assert!(ran.code == 0 && ran.stdout.contains(".TH acctui 1"), "{ran:?}");
    let directory = world.home().join("man1");
    let ran = world.run(&["man", "--dir", directory.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    for page in ["acctui.1", "acctui-list.1", "acctui-org-list.1", "acctui-doctor.1"] {
        let text = fs::read_to_string(directory.join(page)).unwrap();
        assert!(text.contains(&format!(".TH {} 1", page.trim_end_matches(".1"))), "{page}");
    }
}

#[test]
fn the_log_has_every_request_and_no_secret() {
    let world = World::start(&[]);
    world.json(&["list"]);
    let log = world.home().join(".local/state/acctui/acctui.log");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("GET /cloudflare/client/v4/accounts?"), "{text}");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let ran = world.run(&["show", "nosuch", "-vv", "--live"]);
    assert_eq!(ran.code, 7);
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("there is no account nosuch"), "{text}");
    assert!(!text.contains("sim-token"), "{text}");
    let before = text.len();
    let own = world.home().join("own.log");
    world.json(&["list", "--live", "--log-file", own.to_str().unwrap()]);
    assert!(fs::read_to_string(&own).unwrap().contains("GET /cloudflare"));
    world.json(&["list", "--no-cache"]);
    assert_eq!(fs::read_to_string(&log).unwrap().len(), before);
    let ran = world.run(&["list", "--log-file", "/nonexistent/x.log"]);
    assert!(ran.code == 1 && ran.stderr.contains("the log can't be written"), "{ran:?}");
}

fn findings(ran: &Ran) -> Vec<Value> {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
}

fn state<'f>(found: &'f [Value], what: &str) -> &'f Value {
    found.iter().find(|found| found["what"] == what).unwrap_or_else(|| panic!("{what}: {found:?}"))
}

#[test]
fn doctor_says_what_is_well_and_what_to_do() {
    let mut world = World::start(&[]);
    let ran = world.run(&["doctor", "-o", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let found = findings(&ran);
    for what in ["acctui", "config", "state", "cache", "inventory", "journal", "proxy", "certificates", "cloudflare"] {
        assert_eq!(state(&found, what)["state"], "ok", "{what}");
    }
    assert_eq!(state(&found, "cloudflare: clock")["state"], "ok");
    assert_eq!(state(&found, "terminal")["state"], "warning");
    assert!(!ran.stdout.contains("sim-token"));
    let path = world.configure(&world.config.replace("sim-token", "wrong"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let ran = world.run(&["doctor", "-o", "json"]);
    let found = findings(&ran);
    assert_eq!(ran.code, 1);
    assert_eq!(state(&found, "cloudflare")["state"], "wrong");
    assert!(state(&found, "cloudflare")["do"].as_str().unwrap().contains("api-tokens"), "{found:?}");
    world.configure("nonsense = 1\n");
    let ran = world.run(&["doctor", "-o", "json"]);
    assert!(
        ran.code == 1 && state(&findings(&ran), "config")["says"].as_str().unwrap().contains("nonsense"),
        "{ran:?}"
    );
    world.configure(&world.config);
    world.stop();
    let ran = world.run(&["doctor"]);
    assert!(ran.code == 1 && ran.stdout.contains("wrong") && ran.stdout.contains("base_url"), "{ran:?}");
    assert_eq!(world.run(&["doctor", "--offline"]).code, 0);
}

#[test]
fn the_wire_report_has_shapes_and_no_values() {
    let world = World::start(&["--seed", "7"]);
    world.connect_all();
    let names: Vec<String> = world
        .json(&["list", "-c", "cloudflare"])
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| [row["name"].as_str().unwrap().to_owned(), row["id"].as_str().unwrap().to_owned()])
        .filter(|text| text.len() > 8)
        .collect();
    // Another seed: no id is the one that the simulator within the program has, too, or all of them are.
    let ids: Vec<String> = world
        .json(&["list"])
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| [row["id"].clone(), row["parent"]["id"].clone()])
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    for name in ["cloudflare", "cloud66", "landscape", "landscape-new", "huawei", "aws"] {
        let ran = world.run(&["doctor", "--wire", "-c", name, "-o", "json"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name} {ran:?}");
        let reports = findings(&ran);
        assert!(reports.len() >= 3, "{reports:?}");
        for report in &reports {
            assert_eq!(report["decoder"], "understood", "{name} {report}");
            for request in report["requests"].as_array().unwrap() {
                assert_eq!(request["status"], request["expected_status"], "{name} {request}");
                assert_eq!(request["differs"], serde_json::json!({}), "{name} {request}");
                assert_eq!(request["new"], serde_json::json!({}), "{name} {request}");
                let path = request["path"].as_str().unwrap();
                let mut steps = path.split('/');
                assert!(!steps.any(|step| ids.iter().any(|id| id == step)), "an id is a value: {request}");
                assert_ne!(path, "/v2/*", "{name}");
            }
        }
        for value in names.iter().map(String::as_str).chain(["sim-token", "sim-secret-key", "Sim-Passw0rd"]) {
            assert!(!ran.stdout.contains(value), "{name}: {value}");
        }
    }
    let ran = world.run(&["doctor", "--wire"]);
    assert!(ran.code == 2 && ran.stderr.contains("with -c"), "{ran:?}");
    // What only the provider's answer has is told.
    let ran = world.run(&["doctor", "--wire", "-c", "cloudflare", "-o", "csv"]);
    assert!(ran.stdout.starts_with("question,decoder,request,status,place,types,expected\n"), "{ran:?}");
}
