//! Reads the sources and holds the walls of ARCHITECTURE.md: which room may know which, and what the browser's rooms must
//! never name.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Room by room, the rooms that it may name.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("provider", &["domain"]),
    ("config", &["domain"]),
    ("inventory", &["domain", "provider"]),
    ("changes", &["domain", "provider", "inventory"]),
    ("app", &["panes", "forms", "view", "domain", "provider", "inventory"]),
    ("panes", &["app", "forms", "view", "domain", "provider", "inventory"]),
    ("forms", &["app", "panes", "view", "domain", "provider", "inventory"]),
    ("view", &["app", "panes", "forms", "domain", "provider", "inventory"]),
    ("runtime", &["app", "changes", "config", "domain", "forms", "inventory", "panes", "provider", "view", "sim"]),
    (
        "cli",
        &["app", "changes", "config", "domain", "forms", "inventory", "panes", "provider", "runtime", "sim", "view"],
    ),
    ("sim", &[]),
];

/// The rooms of the browser: pure.
const PURE: &[&str] = &["app", "panes", "forms", "view"];

/// What a pure room never names: anything async, I/O, clocks, threads, and the parts of other rooms that do such things.
const NEVER_IN_PURE: &[&str] = &[
    "async ",
    ".await",
    "tokio",
    "reqwest",
    "futures::",
    "std::fs",
    "std::net",
    "std::io",
    "std::env",
    "std::thread",
    "std::process",
    "std::time",
    "Instant",
    "SystemTime",
    "Mutex",
    "RwLock",
    "RefCell",
    "thread_local",
    "dyn Provider",
    "provider::http",
    "provider::run",
    "provider::registry",
    "provider::Recorder",
    "inventory::Inventory",
    "inventory::sync",
    "inventory::search",
    "inventory::disk",
    "inventory::history",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The code of a file: without comments, and without its tests, which may use more.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every room, with its files' code; test-only files left out.
fn rooms() -> BTreeMap<String, Vec<(String, String)>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let Some((room, _)) = inside.split_once('/') else { continue };
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_test = inside.contains("/tests/") || name == "tests" || name == "fake";
        if !is_test {
            rooms.entry(room.to_owned()).or_default().push((inside.clone(), code(&path)));
        }
    }
    rooms
}

/// The rooms named behind `crate::` (also in groups: `crate::{a, b::c}`).
fn named(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for part in code.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let group = group.split(';').next().unwrap_or(group);
            rooms.extend(
                group.split([',', '{', '}']).map(|word| word.trim().split("::").next().unwrap_or("").to_owned()),
            );
        } else {
            rooms.push(part.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect());
        }
    }
    rooms
}

/// Whether code names a word, as a word: `.awaits` is not `.await`.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let next = code[at + word.len()..].chars().next();
        !word.ends_with(char::is_alphanumeric) || !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

#[test]
fn each_room_knows_only_whom_it_may() {
    let mut faults = Vec::new();
    let rooms = rooms();
    for (room, files) in &rooms {
        let allowed = MAY_KNOW.iter().find(|(name, _)| name == room);
        let Some((_, allowed)) = allowed else {
            faults.push(format!("src/{room}: a room that ARCHITECTURE.md does not know"));
            continue;
        };
        for (file, code) in files {
            for other in named(code) {
                if rooms.contains_key(&other) && other != *room && !allowed.contains(&other.as_str()) {
                    faults.push(format!("src/{file}: {room} may not know {other}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_browsers_rooms_are_pure() {
    let mut faults = Vec::new();
    for (room, files) in rooms() {
        if !PURE.contains(&room.as_str()) {
            continue;
        }
        for (file, code) in files {
            for word in NEVER_IN_PURE {
                if names(&code, word) {
                    faults.push(format!("src/{file}: {room} is pure and may not name `{word}`"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_provider_is_named_outside_its_folder_and_the_registry() {
    let providers: Vec<&str> = acctui::provider::registry().iter().map(|kind| kind.spec.facts.id).collect();
    let mut faults = Vec::new();
    for (room, files) in rooms() {
        for (file, code) in files {
            for provider in &providers {
                let is_home = file.starts_with(&format!("provider/{provider}")) || file == "provider/mod.rs";
                if !is_home && room != "sim" && code.contains(&format!("provider::{provider}")) {
                    faults.push(format!("src/{file} names {provider}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let silent: Vec<_> =
        sources(&src).into_iter().filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//!")).collect();
    assert!(silent.is_empty(), "no `//!` at the top: {silent:?}");
}

#[test]
fn the_walls_catch_a_breach() {
    assert_eq!(named("use crate::runtime::Loop;"), ["runtime"]);
    assert!(named("use crate::{cli, sim::Sim};").contains(&"sim".to_owned()));
}
