//! One command on many accounts: one plan, per-item results, and a command that goes on where it stopped.

use std::process::Stdio;

use crate::accounts::sibling;
use crate::support::{Ran, World};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

fn accounts_of(world: &World, connection: &str) -> Vec<Value> {
    world.json(&["list", "-c", connection]).as_array().unwrap().clone()
}

/// Ids of accounts that stand in the organization with the most, and another organization of its hierarchy.
fn crowd(world: &World, count: usize) -> (Vec<String>, String) {
    let accounts = accounts_of(world, "cloudflare");
    let parent = |account: &Value| account["parent"]["id"].as_str().map(str::to_owned);
    let mut parents: Vec<String> = accounts.iter().filter_map(parent).collect();
    parents.sort_by_key(|id| std::cmp::Reverse(accounts.iter().filter(|it| parent(it).as_ref() == Some(id)).count()));
    let from = parents.first().unwrap();
    let ids = accounts.iter().filter(|it| parent(it).as_ref() == Some(from)).take(count);
    (ids.map(|it| it["id"].as_str().unwrap().to_owned()).collect(), sibling(world, "cloudflare", from))
}

#[test]
fn many_are_moved_by_ids_from_stdin_and_the_same_again_sends_nothing() {
    let world = World::start(&["--accounts", "120"]);
    let (ids, to) = crowd(&world, 12);
    let before = world.requests().len();
    let text = format!("{}\n\n{}\n", ids.join("\n"), ids[0]);
    let ran = world.feed(&["move", "-", "--to", &to, "--yes", "-o", "json"], &text);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    let targets: Vec<&str> = results.as_array().unwrap().iter().map(|it| it["target"].as_str().unwrap()).collect();
    assert_eq!(targets, ids, "one result each, in their order");
    assert!(results.as_array().unwrap().iter().all(|it| it["outcome"] == "confirmed" && it["kind"] == "move_account"));
    let requests = &world.requests()[before..];
    assert_eq!(world.count("POST", "/move"), ids.len());
    let single = requests.iter().filter(|request| {
        let path = request["path"].as_str().unwrap();
        request["method"] == "GET" && ids.iter().any(|id| path.contains(id.as_str()))
    });
    assert_eq!(single.count(), 0, "nothing is read one by one");
    for id in &ids[..2] {
        assert_eq!(world.json(&["show", id])["parent"]["id"], to.as_str());
    }
    let ran = world.feed(&["move", "-", "--to", &to, "--yes", "-o", "json"], &text);
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(ran.code == 0 && results.as_array().unwrap().iter().all(|it| it["outcome"] == "nothing_to_do"), "{ran:?}");
    assert_eq!(world.count("POST", "/move"), ids.len());
}

#[test]
fn a_table_has_a_line_for_each_change_that_came_to_what_was_wanted() {
    let world = World::start(&["--accounts", "120"]);
    let (ids, to) = crowd(&world, 3);
    let nobody = "00000000000000000000000000000000";
    let accounts = world.json(&["list"]);
    let name = |id: &str| {
        let found = accounts.as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
        found["name"].as_str().unwrap().to_owned()
    };
    let organization = world.json(&["org", "show", &to])["name"].as_str().unwrap().to_owned();
    let whom = |id: &str| format!("{} ({id}) to {organization} ({to})", name(id));
    let one = world.run(&["move", &ids[0], "--to", &to, "--yes"]);
    assert_eq!((one.code, one.stderr.as_str()), (0, ""), "{one:?}");
    assert_eq!(one.stdout, format!("moved {}\n", whom(&ids[0])));
    let several = world.run(&["move", &ids[0], nobody, &ids[1], &ids[2], "--to", &to, "--yes"]);
    assert_eq!(several.code, 3, "{several:?}");
    let lines = [format!("unchanged {}", whom(&ids[0])), format!("moved {}", whom(&ids[1]))];
    for line in &lines {
        assert!(several.stdout.lines().any(|there| there == line), "{line}: {several:?}");
    }
    assert_eq!(several.stdout.lines().count(), 3, "what failed is said on stderr: {several:?}");
    let renamed = world.run(&["update", &ids[0], "--set", "name=Another", "--yes"]);
    assert_eq!((renamed.code, renamed.stderr.as_str()), (0, ""), "{renamed:?}");
    assert_eq!(renamed.stdout, format!("saved {} ({})\n", name(&ids[0]), ids[0]));
    let made = world.run(&["create", "--set", "name=Made", "--yes"]);
    assert_eq!(world.json(&["show", made.stdout.trim()])["name"], "Made", "its id alone: {made:?}");
    let (_, gone) = world.typed(&["delete", made.stdout.trim()]);
    assert_eq!(gone.stdout, format!("deleted Made ({})\n", made.stdout.trim()), "{gone:?}");
}

#[test]
fn one_that_is_not_there_does_not_stop_the_others_and_is_partial() {
    let world = World::start(&["--accounts", "120"]);
    let (ids, to) = crowd(&world, 3);
    let nobody = "00000000000000000000000000000000";
    let ran = world.run(&["move", &ids[0], nobody, &ids[1], "--to", &to, "--yes", "-o", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    let of = |id: &str| results.as_array().unwrap().iter().find(|it| it["target"] == id).unwrap()["outcome"].clone();
    assert_eq!([of(&ids[0]), of(nobody), of(&ids[1])], [json!("confirmed"), json!("refused"), json!("confirmed")]);
    assert!(ran.stderr.contains("there is no account") && ran.stderr.contains("2 confirmed, 1 refused"), "{ran:?}");
    let ran = world.run(&["move", nobody, "11111111111111111111111111111111", "--to", &to, "--yes"]);
    assert_eq!(ran.code, 7, "nothing was delivered: {ran:?}");
    let ran = world.run(&["move", nobody, "11111111111111111111111111111111", "--to", &to, "--yes", "-o", "json"]);
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    let kinds: Vec<&Value> = results.as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, ["move_account"; 2], "what was to be done with them: {ran:?}");
    let dry = world.run(&["move", &ids[2], nobody, "--to", &to, "--dry-run", "-o", "json"]);
    assert_eq!(dry.code, 3, "{dry:?}");
    let plan: Value = serde_json::from_str(&dry.stdout).unwrap();
    assert_eq!(plan["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn ids_from_stdin_that_cannot_be_taken_are_named_with_their_line() {
    let world = World::start(&["--accounts", "120"]);
    let (ids, to) = crowd(&world, 2);
    let arguments = ["move", "-", "--to", &to, "--yes"];
    for empty in ["", "\n  \n\r\n"] {
        let ran = world.feed(&arguments, empty);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains("no id came from stdin"), "{ran:?}");
    }
    let text = format!("{}\nid,name of it\n{}\n\u{1b}[2J\n", ids[0], ids[1]);
    let ran = world.feed(&arguments, &text);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("stdin:2: `id,name of it` is no id"), "{ran:?}");
    assert!(
        ran.stderr.contains("stdin:4: ") && !ran.stderr.contains('\u{1b}'),
        "each of them, safe to look at: {ran:?}"
    );
    assert_eq!(world.count("POST", "/move"), 0, "nothing is sent");

    let nobody = "00000000000000000000000000000000";
    let ran = world.feed(&[&arguments[..], &["-o", "json"]].concat(), &format!("\n{}\n{nobody}\n{nobody}\n", ids[0]));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.stderr.matches(nobody).count(), 2, "the same id twice is one: {ran:?}");
    assert!(ran.stderr.contains("stdin:3: "), "{ran:?}");
    let ran = world.feed(&arguments, &format!("{nobody}\n"));
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("stdin:1: "), "{ran:?}");
    assert_eq!(world.run(&["move", "", "--to", &to, "--yes"]).code, 2, "an empty id is none");
    assert_eq!(world.run(&["move", &ids[0], "--to", "", "--yes"]).code, 2, "an empty organization is none");
}

#[test]
fn many_deletes_ask_for_their_number_and_no_more_than_are_allowed_go() {
    let world = World::start(&[]);
    let made: Vec<String> = (0..3)
        .map(|nth| {
            let set = format!("name=Short lived {nth}");
            let result = world.result(&["create", "--set", &set, "--yes"], "confirmed");
            result["made"].as_str().unwrap().to_owned()
        })
        .collect();
    let delete: Vec<&str> = std::iter::once("delete").chain(made.iter().map(String::as_str)).collect();
    let (word, ran) = world.typed(&delete);
    assert_eq!((word.as_str(), ran.code), ("delete 3", 0), "{ran:?}");
    assert_eq!(world.count("DELETE", "/accounts/"), 3);
    assert_eq!(world.run(&delete).code, 0, "they are gone because this program deleted them");
    let many = accounts_of(&world, "cloudflare");
    let ids: Vec<&str> = many.iter().take(11).map(|it| it["id"].as_str().unwrap()).collect();
    let ran = world.run(&[&["delete"], &ids[..], &["--confirm", "delete 11"]].concat());
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("10"), "max_delete: {ran:?}");
    assert_eq!(world.count("DELETE", "/accounts/"), 3);
}

#[test]
fn the_providers_own_call_for_several_moves_is_tried_when_asked_for() {
    let world = World::start(&["--accounts", "120"]);
    let (ids, to) = crowd(&world, 4);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let ran = world.run(&[&["move", "--batch", "--to", &to, "--yes", "-o", "json"], &ids[..]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let batch = world.requests().iter().filter(|it| it["path"].as_str().unwrap().ends_with("/accounts/move")).count();
    assert_eq!(batch, 1);
    for id in ids {
        assert_eq!(world.json(&["show", id])["parent"]["id"], to.as_str());
    }
}

#[test]
fn what_is_unknown_among_many_is_6_and_the_same_command_settles_it_without_doubling() {
    let world = World::start(&["--accounts", "120", "--fault", "drop-after-write=0.7"]);
    let (ids, to) = crowd(&world, 10);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let run = || world.run(&[&["move", "--to", &to, "--yes", "-o", "json"], &ids[..]].concat());
    let ran = run();
    assert_eq!(ran.code, 6, "{ran:?}");
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    let unknown = results.as_array().unwrap().iter().filter(|it| it["outcome"] == "unknown").count();
    assert!(unknown > 0, "{results}");
    let sent = world.count("POST", "/move");
    let again = run();
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(world.count("POST", "/move"), sent, "all of them had been done");
}

#[test]
fn a_signal_stops_between_two_changes_and_the_same_command_does_the_rest_once() {
    let world = World::start(&["--accounts", "200", "--fault", "latency=60ms"]);
    let (ids, to) = crowd(&world, 40);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let arguments = [&["move", "--to", &to, "--yes", "-o", "json"], &ids[..]].concat();
    let mut command = world.command(&arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while world.count("POST", "/move") < 3 {
        std::thread::yield_now();
    }
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    let of = |outcome: &str| results.as_array().unwrap().iter().filter(|it| it["outcome"] == outcome).count();
    let sent = world.count("POST", "/move");
    assert_eq!((of("confirmed"), of("not_sent")), (sent, ids.len() - sent), "{results}");
    let ran = world.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.count("POST", "/move"), ids.len());
}

#[test]
fn several_closes_that_go_on_are_followed_to_their_ends_and_one_that_is_refused_is_partial() {
    for (faults, code) in [(&[][..], 3), (&["--fault", "500-after-write=1@/aws"], 6)] {
        let world = World::start(faults);
        world.connect_all();
        let accounts = accounts_of(&world, "aws");
        let is_open = |it: &&Value| it["status"] == "ACTIVE" && it["name"] != "";
        let open: Vec<&str> = accounts.iter().filter(is_open).map(|it| it["id"].as_str().unwrap()).collect();
        // The one that pays for all others stays.
        let pays = accounts.iter().find(|it| it["name"].as_str().unwrap().contains("Management")).unwrap();
        let management = pays["id"].as_str().unwrap();
        let [.., one, other] = open[..] else { panic!("too few are open") };
        let close = ["close", one, management, other, "-c", "aws"];
        assert_eq!(world.run(&[&close[..], &["--yes"]].concat()).code, 5, "a yes is no word");
        let ran = world.run(&[&close[..], &["--confirm", "close 3", "-o", "json"]].concat());
        assert_eq!(ran.code, code, "{ran:?}");
        let results: Value = serde_json::from_str(&ran.stdout).unwrap();
        let of =
            |id: &str| results.as_array().unwrap().iter().find(|it| it["target"] == id).unwrap()["outcome"].clone();
        let done = if code == 3 { "confirmed" } else { "unknown" };
        assert_eq!([of(one), of(management), of(other)], [json!(done), json!("refused"), json!(done)], "{results}");
        assert!(ran.stderr.contains("management account is not closed"), "{ran:?}");
        let summary = if code == 3 { "2 confirmed, 1 refused" } else { "1 refused, 2 unknown" };
        assert!(ran.stderr.contains(&format!("3 changes: {summary}")), "{ran:?}");
        // What is read back is as it was done, and the one that was refused is as it was.
        let status = |id: &str| world.json(&["show", id, "-c", "aws", "--live"])["status"].clone();
        assert!(status(one) != "ACTIVE" && status(other) != "ACTIVE", "{} {}", status(one), status(other));
        assert_eq!(status(management), "ACTIVE");
        let kept = world.json(&["list", "-c", "aws", "--filter", "status:ACTIVE"]);
        let kept: Vec<&Value> = kept.as_array().unwrap().iter().map(|it| &it["id"]).collect();
        assert!(kept.iter().all(|id| **id != *one && **id != *other), "the inventory has it");
        // The same once more sends nothing again: what is closed is as wanted.
        let again = world.run(&["close", one, other, "-c", "aws", "--confirm", "close 2", "-o", "json"]);
        let results: Value = serde_json::from_str(&again.stdout).unwrap();
        assert!(
            again.code == 0 && results.as_array().unwrap().iter().all(|it| it["outcome"] != "refused"),
            "{again:?}"
        );
    }
}
