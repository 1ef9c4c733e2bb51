//! What syncs observed, from the command line; and the promise that the history says everything: an old export and what
//! was observed since make the export of now.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use acctui::config::{self, Environment};
use acctui::domain::{HistoryEntry, careful};
use acctui::inventory::disk::Disk;
use acctui::inventory::history::{History, apply};
use acctui::inventory::{self, Inventory, ListQuery, search};
use acctui::runtime::connect;
use serde_json::{Value, json};

use crate::support::World;

fn own(world: &World) -> PathBuf {
    world.home().join(".local/state/acctui/user.db")
}

/// One run of the program that syncs all connections; what it would export then.
fn synced(world: &World) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = connect::system_clock();
    let place = world.home().join("acctui.toml");
    let config = config::load(Some(&place), &Environment::read(), &connect::known()).unwrap();
    let disk = Disk::open(&world.home().join(".cache/acctui/inventory.db"), clock()).disk;
    let history = Arc::new(History::at(own(world), Arc::clone(&clock)));
    let tell = Box::new(|words: String| panic!("{words}"));
    let inventory = Inventory::over(disk, Arc::clone(&clock), tell).unwrap().with_history(&history);
    inventory.load();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for connection in config.enabled() {
        let provider = connect::open(connection, Arc::new(|_| ()), Arc::clone(&clock), false, Arc::default()).unwrap();
        inventory.agree(&connection.name);
        let mut published = |_| ();
        let listing = inventory::sync(&inventory, &*provider, &connection.name, &clock, &mut published);
        runtime.block_on(listing).unwrap();
    }
    assert!(inventory.flush(Duration::from_secs(60)));
    export(&inventory)
}

/// All accounts by name, as `list -o json` writes them.
fn export(inventory: &Inventory) -> String {
    let snapshot = inventory.snapshot();
    let found = search(&snapshot, &Arc::new(ListQuery::default()), &|| false).unwrap();
    let rows: Vec<String> = inventory
        .records(found.rows.iter().copied())
        .map(|account| careful(&serde_json::to_string(&account).unwrap()).into_owned())
        .collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

fn entries(world: &World, arguments: &[&str]) -> Vec<HistoryEntry> {
    let ran = world.run(&[&["history", "-o", "json"], arguments].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// An account of a connection, and an organization beside its own.
fn movable(world: &World, connection: &str) -> (String, String) {
    let accounts = world.json(&["list", "-c", connection]);
    let organizations = world.json(&["org", "list", "-c", connection]);
    let organizations = organizations.as_array().unwrap();
    let parent_of = |id: &Value| organizations.iter().find(|it| it["id"] == *id).map(|it| it["parent"]["id"].clone());
    let account = accounts.as_array().unwrap().iter().filter(|it| it["parent"].is_object()).find_map(|it| {
        let above = parent_of(&it["parent"]["id"])?;
        let beside = organizations
            .iter()
            .find(|other| other["parent"]["id"] == above && above.is_string() && other["id"] != it["parent"]["id"])?;
        Some((it["id"].as_str()?.to_owned(), beside["id"].as_str()?.to_owned()))
    });
    account.unwrap()
}

#[test]
fn an_old_export_and_the_history_since_make_the_export_of_now() {
    let world = World::start(&[]);
    world.connect_all();
    let then = synced(&world);
    assert_eq!(entries(&world, &[]), [], "what comes first is no news");
    assert_eq!(synced(&world), then);
    assert_eq!(entries(&world, &[]), [], "nothing happened");

    // Somebody else, at the same providers.
    let other = |arguments: &[&str]| {
        let ran = world.run(&[arguments, &["--yes", "--no-cache"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    };
    let (moved, to) = movable(&world, "cloudflare");
    other(&["move", &moved, "--to", &to, "-c", "cloudflare"]);
    let (huawei, unit) = movable(&world, "huawei");
    other(&["move", &huawei, "--to", &unit, "-c", "huawei"]);
    other(&["update", &huawei, "--set", "description=Another", "-c", "huawei"]);
    other(&["update", &moved, "--set", "name=A new \u{202e}name", "-c", "cloudflare"]);
    other(&["create", "--set", "name=Fresh", "-c", "cloudflare"]);
    let is_other = |it: &&Value| it["id"] != *moved && then.contains(it["id"].as_str().unwrap());
    let accounts = world.json(&["list", "-c", "cloudflare"]);
    let deleted = accounts.as_array().unwrap().iter().find(is_other).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.typed(&["delete", &deleted, "-c", "cloudflare", "--no-cache"]).1.code, 0);

    let now = synced(&world);
    assert_ne!(now, then);
    let all = entries(&world, &["--since", "1h"]);
    let kinds = |id: &str| -> Vec<&str> {
        let mine = all.iter().filter(|entry| entry.observed.key.id.as_str() == id);
        mine.map(|entry| entry.observed.difference.word()).collect()
    };
    assert!(kinds(&moved).contains(&"moved") && kinds(&moved).contains(&"field"), "{all:#?}");
    assert!(kinds(&huawei).contains(&"moved") && kinds(&huawei).contains(&"field"), "{all:#?}");
    assert!(!now.contains(&deleted) && then.contains(&deleted), "{deleted}");
    assert_eq!(kinds(&deleted), ["gone"], "{all:#?}");
    assert!(all.iter().any(|entry| entry.observed.difference.word() == "appeared"), "{all:#?}");
    assert_eq!(apply(&then, &all).unwrap(), now);
    assert_eq!(synced(&world), now);
    assert_eq!(entries(&world, &[]), all, "nothing more happened");

    // It is found by words, by connection and by time, and does no harm to a terminal.
    let found = entries(&world, &["--filter", "another DESCRIPTION"]);
    assert!(!found.is_empty() && found.iter().all(|entry| entry.observed.key.id.as_str() == huawei), "{found:#?}");
    assert!(entries(&world, &["-c", "landscape"]).is_empty());
    assert!(entries(&world, &["--since", "2999-01-01"]).is_empty());
    let table = world.run(&["history"]);
    assert!(table.stdout.contains("A new \\u{202e}name") && table.stdout.contains("gone"), "{}", table.stdout);
    assert_eq!(table.stdout.lines().count(), all.len() + 1);
    let csv = world.run(&["history", "-o", "csv"]).stdout;
    assert!(csv.starts_with("seq,at,connection,id,name,kind,field,from,to\n"), "{csv}");
    assert_eq!(world.run(&["history", "-o", "ndjson"]).stdout.lines().count(), all.len());
    let first: Value = world.json(&["history"])[0].clone();
    for key in ["seq", "at", "connection", "id", "name", "kind"] {
        assert!(!first[key].is_null(), "{key}: {first}");
    }
}

#[test]
fn nothing_observed_yet_is_an_empty_list_and_makes_no_file() {
    let world = World::start(&[]);
    assert_eq!(world.json(&["history"]), json!([]));
    let ran = world.run(&["history", "-v"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("no sync has observed a difference yet"), "{ran:?}");
    assert!(!own(&world).exists());
    // As many write it: three days back.
    for since in [&["--since", "-3d"][..], &["--since=-12h"], &["--since", "3d"]] {
        let ran = world.run(&[&["history"], since].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    }
    for since in ["soon", "", "7", "2026-13-01", "-soon"] {
        let ran = world.run(&["history", "--since", since]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("--since"), "{ran:?}");
    }
}

#[test]
fn what_was_asked_for_apart_stays_and_to_ask_or_not_to_ask_is_no_difference() {
    let world = World::start(&[]);
    world.connect_all();
    let then = synced(&world);
    let changes = || {
        let rows = world.json(&["sync", "-c", "aws", "-c", "huawei", "-c", "cloud66"]);
        let changed = rows.as_array().unwrap().iter().map(|row| row["changed"].as_u64().unwrap()).sum::<u64>();
        (rows.as_array().unwrap().len(), changed)
    };
    let tagged = |filter: &str| world.json(&["list", "-c", "aws", "--filter", filter]).as_array().unwrap().len();
    assert_eq!(tagged("Tags.env:production"), 0);
    let asked = world.run(&["sync", "--with", "contact", "-c", "aws", "-c", "huawei", "-c", "cloud66", "-o", "json"]);
    assert_eq!(asked.code, 0, "{asked:?}");
    let rows: Value = serde_json::from_str(&asked.stdout).unwrap();
    assert!(rows.as_array().unwrap().iter().all(|row| row["changed"] == 0), "{rows}");
    let servers = world.run(&["list", "--contact", "-c", "huawei", "-o", "json"]);
    assert_eq!(servers.code, 0, "{servers:?}");
    let with_tag = tagged("Tags.env:production");
    let without = tagged("missing:Tags.env");
    assert!(with_tag > 0 && without > 0, "{with_tag} {without}");
    let emails = world.json(&["list", "-c", "huawei", "--filter", "-missing:email"]).as_array().unwrap().len();
    assert!(emails > 0);

    // A listing, and a look at one account, say nothing of it.
    assert_eq!(changes(), (3, 0));
    let one =
        world.json(&["list", "-c", "aws", "--filter", "Tags.env:production"])[0]["id"].as_str().unwrap().to_owned();
    let shown = world.json(&["show", &one, "-c", "aws", "--live"]);
    assert_eq!(shown["id"], *one);
    assert_eq!(changes(), (3, 0));
    assert_eq!(tagged("Tags.env:production"), with_tag);
    assert_eq!(tagged("missing:Tags.env"), without);
    assert_eq!(world.json(&["list", "-c", "huawei", "--filter", "-missing:email"]).as_array().unwrap().len(), emails);
    let table = world.run(&["history"]);
    assert_eq!((table.code, table.stdout.as_str()), (0, ""), "{table:?}");

    // Who compares exports is told all the same.
    let all = entries(&world, &[]);
    assert!(all.iter().all(|entry| !entry.observed.difference.is_news()), "{all:#?}");
    assert_eq!(apply(&then, &all).unwrap(), synced(&world));
    assert_eq!(entries(&world, &[]), all);
}
