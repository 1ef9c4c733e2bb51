//! Every way to end has its status; data goes to stdout, words to stderr.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{World, with_dead};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

#[test]
fn failures_have_their_status_and_one_line_on_stderr() {
    let world = World::start(&[]);
    let none = "00000000000000000000000000000000";
    for (arguments, code) in [
        // Nothing has been listed yet.
        (vec!["list", "--offline"], 1),
        (vec!["list", "--colour"], 2),
        (vec!["list", "--sort", "colour"], 2),
        (vec!["list", "-c", "prod"], 2),
        (vec!["profile", none, "--set", "business_name"], 2),
        (vec!["show", none], 7),
        (vec!["show", "not-an-id"], 7),
        (vec!["lineage", none], 7),
        (vec!["profile", none], 7),
        (vec!["tree", none], 7),
        (vec!["list", "--org", none], 7),
        (vec!["list", "--org", none, "--direct"], 7),
    ] {
        let ran = world.run(&arguments);
        assert_eq!(ran.code, code, "{arguments:?} {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
    let less = world.run(&["list", "--limit", "-1"]);
    assert!(less.code == 2 && less.stderr.contains("invalid value '-1' for '--limit <N>'"), "{less:?}");
}

#[test]
fn a_credential_that_is_not_accepted_is_4_and_one_that_may_not_is_1() {
    let world = World::start(&[]);
    for (token, code, words) in [
        ("wrong", 4, "from the config file"),
        ("sim-token-expired", 4, "not signed in"),
        ("sim-token-noscope", 1, "forbidden"),
    ] {
        world.configure(&world.config.replace("\"sim-token\"", &format!("\"{token}\"")));
        let ran = world.run(&["list"]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
        assert!(!ran.stderr.contains("sim-token"), "no credential is shown: {ran:?}");
    }
}

#[test]
fn one_dead_connection_of_two_is_partial_and_all_dead_is_its_own_failure() {
    let world = World::start(&[]);
    world.configure(&with_dead(&world.config));
    for format in ["json", "table", "csv", "ndjson"] {
        let ran = world.run(&["list", "-o", format]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("dead: ") && ran.stderr.contains("unreachable"), "{ran:?}");
        assert!(ran.stdout.lines().count() >= 60, "what came is delivered");
    }
    let rows: Value = serde_json::from_str(&world.run(&["list", "-o", "json"]).stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 60);
    let ran = world.run(&["list", "-c", "dead", "-o", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = World::start(&["--accounts", "3000"]);
    for format in ["ndjson", "json", "table"] {
        let mut child =
            world.command(&["list", "-o", format]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        // One line is read, then the pipe is closed: more than a pipe holds is still to come.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut words = String::new();
        child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
        assert_eq!((child.wait().unwrap().code(), words.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn a_signal_ends_a_read_with_128_and_its_number() {
    let world = World::start(&[]);
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        world.configure(&format!("[connections.a]\nprovider = \"cloudflare\"\nbase_url = \"{url}\"\ntoken = \"x\"\n"));
        let mut child = world.command(&["list"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let _asked = silent.accept().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn the_simulator_ends_on_a_signal_and_says_one_line() {
    let world = World::start(&[]);
    let mut child = world.bare().args(["sim", "--accounts", "8"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let first: Value = serde_json::from_str(&line).unwrap();
    assert!(first["listening"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn help_and_version_are_data() {
    let world = World::start(&[]);
    for flag in ["--help", "--version"] {
        let ran = world.run(&[flag]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("acctui"));
    }
    let ran = world.run(&[]);
    assert_eq!(ran.code, 2, "the browser needs a terminal: {ran:?}");
}

#[test]
fn an_organization_that_may_not_be_looked_at_is_forbidden_and_not_missing() {
    let world = World::start(&[]);
    let (_, lineage) = world.account_in_organization();
    let id = lineage[0]["id"].as_str().unwrap();
    let fault = format!("forbid={id}");
    let world = World::start(&["--fault", &fault]);
    let ran = world.run(&["profile", id]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("forbidden (403)"), "{ran:?}");
    assert_eq!(world.run(&["profile", "00000000000000000000000000000000"]).code, 7, "others are still not there");
}
