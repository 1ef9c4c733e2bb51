//! The kept inventory: what was asked once is answered without asking, also where nobody can be asked.

use crate::support::{Ran, World};
use serde_json::{Value, json};

fn asked(world: &World, arguments: &[&str]) -> (Ran, usize) {
    let before = world.requests().len();
    let ran = world.run(arguments);
    (ran, world.requests().len() - before)
}

#[test]
fn what_was_listed_once_is_answered_without_asking_and_live_asks_again() {
    let world = World::start(&[]);
    let (first, requests) = asked(&world, &["list", "-o", "json"]);
    assert!(first.code == 0 && requests > 0, "{first:?}");
    let (second, requests) = asked(&world, &["list", "-o", "json"]);
    assert_eq!((second.code, second.stderr.as_str(), requests), (0, "", 0));
    assert_eq!(second.stdout, first.stdout);
    let (live, requests) = asked(&world, &["list", "--live", "-o", "json"]);
    assert!(live.stdout == first.stdout && requests > 0, "{live:?}");
    let (_, requests) = asked(&world, &["list", "--no-cache", "-o", "json"]);
    assert!(requests > 0, "--no-cache knows nothing");
    let (sheet, requests) = asked(&world, &["export"]);
    assert!(sheet.code == 0 && requests == 0, "{sheet:?}");
}

#[test]
fn offline_gives_the_same_bytes_after_the_provider_is_gone_and_says_what_it_has_not() {
    let mut world = World::start(&[]);
    world.connect_all();
    let (never, requests) = asked(&world, &["list", "--offline"]);
    assert_eq!((never.code, never.stdout.as_str(), requests), (1, "", 0), "{never:?}");
    assert!(never.stderr.contains("not in the inventory"), "{never:?}");
    let one = world.run(&["list", "-c", "cloudflare", "-o", "json"]);
    let partly = world.run(&["list", "--offline", "-o", "json"]);
    assert_eq!((partly.code, &partly.stdout), (3, &one.stdout), "the others were never listed: {partly:?}");
    let all = world.run(&["list", "-o", "json"]);
    assert_eq!(all.code, 0, "{all:?}");
    world.stop();
    let offline = world.run(&["list", "--offline", "-o", "json"]);
    assert_eq!((offline.code, offline.stderr.as_str()), (0, ""));
    assert_eq!(offline.stdout, all.stdout);
    let mine = world.run(&["list", "--offline", "-c", "cloudflare", "-o", "json"]);
    assert_eq!(mine.stdout, one.stdout, "those of the others are not among them");
    assert_eq!(world.run(&["list", "-o", "json"]).stdout, all.stdout, "without --offline nobody is asked either");
    let written = world.run(&["update", "x", "--set", "name=y", "--yes", "--offline"]);
    assert_eq!(written.code, 1, "{written:?}");
    assert!(written.stderr.contains("leave --offline out"), "{written:?}");
}

#[test]
fn what_this_program_wrote_is_in_the_inventory_at_once() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let ran = world.run(&["update", &id, "--set", "name=Another name", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (listed, requests) = asked(&world, &["list", "-o", "json"]);
    let accounts: Value = serde_json::from_str(&listed.stdout).unwrap();
    let mine = accounts.as_array().unwrap().iter().find(|account| account["id"] == *id).unwrap();
    assert_eq!((mine["name"].as_str(), requests), (Some("Another name"), 0));
}

#[test]
fn sync_says_what_it_found_and_forget_empties() {
    let world = World::start(&[]);
    let first = world.json(&["sync"]);
    let report = &first[0];
    assert_eq!(report["connection"], "cloudflare");
    assert_eq!(report["accounts"], world.json(&["list"]).as_array().unwrap().len());
    assert!(report["pages"].as_u64().unwrap() > 0 && report["seconds"].is_f64(), "{report}");
    let counts = |report: &Value| [report["appeared"].clone(), report["gone"].clone(), report["changed"].clone()];
    assert_eq!((counts(report), &report["state"]), ([json!(0), json!(0), json!(0)], &json!("complete")));
    // Somebody else, who shares no inventory.
    let made = world.run(&["create", "--set", "name=Fresh", "--yes", "--no-cache"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(counts(&world.json(&["sync"])[0]), [json!(1), json!(0), json!(0)]);

    let refused = world.run(&["forget"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert_eq!(world.run(&["list", "--offline"]).code, 0, "nothing is forgotten without a word");
    let other = world.run(&["forget", "-c", "another", "--yes"]);
    assert_eq!((other.code, world.run(&["list", "--offline"]).code), (2, 0), "{other:?}");
    let forgotten = world.run(&["forget", "--yes", "-v"]);
    assert!(forgotten.code == 0 && forgotten.stderr.contains("removed"), "{forgotten:?}");
    assert_eq!(world.run(&["list", "--offline"]).code, 1);
}

#[test]
fn sync_with_lineage_asks_for_each_account_and_keeps_the_answers() {
    let world = World::start(&[]);
    let before = world.count("GET", "/organizations");
    let ran = world.run(&["sync", "--with", "lineage", "-o", "json", "-v"]);
    assert!(ran.stderr.contains("cost one request an account"), "{ran:?}");
    assert!(world.count("GET", "/organizations") > before + 10, "{ran:?}");
    let (id, _) = world.account_in_organization();
    let (lineage, requests) = asked(&world, &["lineage", &id, "--offline"]);
    assert_eq!((lineage.code, requests), (0, 0), "{lineage:?}");
}

#[test]
fn a_sync_that_fails_has_the_code_of_the_failure() {
    let world = World::start(&[]);
    world.configure(&world.config.replace("\"sim-token\"", "\"wrong\""));
    let ran = world.run(&["sync", "-o", "json"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &report[0]["state"]), (4, &json!("failed")), "{ran:?}");
    assert!(report[0]["why"].is_string());
}
