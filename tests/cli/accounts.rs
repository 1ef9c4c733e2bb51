//! Every write to one account, at every provider that has it, over real HTTP.

use crate::support::World;
use serde_json::{Value, json};

/// A world with all providers.
fn world(arguments: &[&str]) -> World {
    let world = World::start(arguments);
    world.connect_all();
    world
}

/// The first account of a connection that passes.
fn account(world: &World, connection: &str, passes: impl Fn(&Value) -> bool) -> Value {
    let accounts = world.json(&["list", "-c", connection]);
    accounts.as_array().unwrap().iter().find(|account| passes(account)).unwrap().clone()
}

fn id(account: &Value) -> &str {
    account["id"].as_str().unwrap()
}

#[test]
fn an_account_is_made_where_only_one_connection_can_be_meant() {
    let world = world(&[]);
    let set = ["create", "--set", "name=Made here", "--yes"];
    let ran = world.run(&set);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("name one with -c") && ran.stderr.contains("huawei"), "{ran:?}");

    let result = world.result(&[&set[..], &["-c", "cloudflare"]].concat(), "confirmed");
    assert_eq!(
        (&result["connection"], &result["target"], &result["kind"]),
        (&json!("cloudflare"), &json!("cloudflare"), &json!("create_account"))
    );
    let made = world.json(&["show", result["made"].as_str().unwrap()]);
    assert_eq!((&made["name"], &made["connection"]), (&json!("Made here"), &json!("cloudflare")));

    // Off a terminal, as a table, the id is the data.
    let ran = world.run(&["create", "--set", "name=Made too", "--yes", "-c", "cloudflare"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(world.json(&["show", ran.stdout.trim()])["name"], "Made too");
}

#[test]
fn an_account_is_made_in_an_organization_and_needs_no_connection_then() {
    let world = world(&[]);
    let organizations = world.json(&["org", "list", "-c", "cloudflare"]);
    let organization = id(&organizations[0]);
    let set = ["create", "--set", "name=Made inside", "--org", organization];
    let plan = world.json(&[&set[..], &["--dry-run"]].concat());
    let change = &plan["changes"][0];
    assert_eq!((&change["target"], &change["kind"]), (&json!(organization), &json!("create_account")));
    assert_eq!(change["request"]["method"], "POST");
    assert!(change["warnings"].is_array() && change["refusal"].is_null(), "{change}");
    let result = world.result(&[&set[..], &["--yes"]].concat(), "confirmed");
    let made = world.json(&["show", result["made"].as_str().unwrap()]);
    assert_eq!(made["parent"]["id"], organization);
}

#[test]
fn what_goes_on_at_the_provider_is_followed_to_its_end_or_left() {
    let world = world(&[]);
    let set = |name: &'static str| ["create", "--set", name, "-c", "huawei", "--yes"];
    let result = world.result(&set("name=followed-account"), "confirmed");
    let made = world.json(&["show", result["made"].as_str().unwrap(), "-c", "huawei"]);
    assert_eq!(made["name"], "followed-account");
    let left = world.result(&[&set("name=left-account")[..], &["--no-wait"]].concat(), "accepted");
    assert_eq!(left["made"], Value::Null);
    let last = |world: &World| world.json(&["journal"]).as_array().unwrap().last().unwrap().clone();
    let record = last(&world);
    assert_eq!(record["state"], "sent");
    assert!(record["operation"].is_string(), "it is listed until its end: {record}");
    assert_eq!(left["change"], record["change"], "by this one can follow it");
    assert!(left["message"].as_str().unwrap().contains("acctui journal"), "{left}");

    // Off a terminal, as a table: the outcome, and the change's id.
    let ran = world.run(&[&set("name=left-as-table")[..], &["--no-wait"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(ran.stdout, format!("accepted  {}\n", last(&world)["change"].as_str().unwrap()));
    let ran = world.run(&[&set("name=left-as-csv")[..], &["--no-wait", "-o", "csv"]].concat());
    assert!(ran.stdout.starts_with("connection,target,kind,outcome,made,message,change\n"), "{ran:?}");
    assert!(ran.stdout.contains(last(&world)["change"].as_str().unwrap()), "{ran:?}");
}

#[test]
fn an_accounts_own_fields_are_changed_at_every_provider_that_has_some() {
    let world = world(&[]);
    for (connection, field, value) in [
        ("cloudflare", "name", "Renamed 研发"),
        ("huawei", "description", "What it is for"),
        ("landscape", "title", "Another title"),
    ] {
        let account = account(&world, connection, |_| true);
        let set = format!("{field}={value}");
        let update = ["update", id(&account), "--set", &set, "-c", connection];
        assert_eq!(world.run(&update).code, 5, "{connection}: without a yes nothing is sent");
        let result = world.result(&[&update[..], &["--yes"]].concat(), "confirmed");
        assert_eq!((&result["target"], &result["made"]), (&account["id"], &Value::Null));
        let shown = world.json(&["show", id(&account), "-c", connection]);
        assert_eq!(shown["raw"][field], value, "{connection}");
        world.result(&[&update[..], &["--yes"]].concat(), "nothing_to_do");
    }
    let ran = world.run(&["update", "x", "--set", "name=X", "--yes", "-c", "cloud66"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("changes no accounts"), "the provider's own sentence: {ran:?}");
    let other = account(&world, "cloud66", |_| true);
    let ran = world.run(&["profile", id(&other), "--set", "x=y", "--yes", "-c", "cloud66"]);
    assert_eq!(ran.code, 2, "a profile that can't be written is no other mistake: {ran:?}");
    assert!(ran.stderr.contains("no profiles"), "{ran:?}");
}

#[test]
fn slips_in_fields_are_usage_errors_and_send_nothing() {
    let world = world(&[]);
    let account = account(&world, "cloudflare", |_| true);
    for (set, words) in [
        ("nmae=X", "did you mean name?"),
        ("settings.enforce_twofactor=yes", "true or false"),
        ("name=", "must not be empty"),
        ("name", "has no ="),
    ] {
        let ran = world.run(&["update", id(&account), "--set", set, "--yes"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    let ran = world.run(&["update", id(&account), "--yes"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(world.puts(), 0);
}

#[test]
fn required_fields_that_are_missing_are_named_once_each_with_the_flag_that_gives_it() {
    let world = world(&[]);
    let create = |connection| vec!["create", "-c", connection];
    for (arguments, wanted) in [
        (create("cloudflare"), &["--set name=…"][..]),
        (create("huawei"), &["--set name=…"]),
        (create("landscape"), &["--set title=…"]),
        (vec!["org", "create", "-c", "cloudflare"], &["--set name=…"]),
        (vec!["org", "create", "-c", "huawei"], &["--set name=…"]),
        (vec!["standalone", "-c", "landscape-new"], &["--set email=…", "--set name=…", "--set password=@FILE"]),
        (vec!["standalone", "-c", "landscape-new", "--set", "name=First"], &["--set email=…", "--set password=@FILE"]),
    ] {
        for more in ["--yes", "--dry-run"] {
            let ran = world.run(&[&arguments[..], &[more]].concat());
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?} {ran:?}");
            assert_eq!(ran.stderr.matches("--set ").count(), wanted.len(), "each is said once: {arguments:?} {ran:?}");
            assert_eq!(ran.stderr.lines().count(), 1, "{arguments:?} {ran:?}");
            for flag in wanted {
                assert!(ran.stderr.contains(flag), "{flag}: {arguments:?} {ran:?}");
            }
        }
    }
    let writes = world.requests().iter().filter(|it| it["method"] == "POST" && !login(it)).count();
    assert_eq!(writes, 0);
}

/// Landscape's login is a POST, and no write.
fn login(request: &Value) -> bool {
    request["path"].as_str().unwrap().ends_with("/login")
}

#[test]
fn a_secret_comes_from_a_file_or_stdin_and_never_from_the_command_line() {
    let world = world(&[]);
    let file = world.home().join("password");
    std::fs::write(&file, "Passw0rd-Passw0rd\n").unwrap();
    let set = ["standalone", "-c", "landscape-new", "--yes", "--set", "email=first@example.com", "--set", "name=First"];
    let with = |password: &str| [&set[..], &["--set", password]].concat().join("\u{0}");
    let run = |arguments: &str| world.run(&arguments.split('\u{0}').collect::<Vec<_>>());
    let ran = run(&with("password=Passw0rd-Passw0rd"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("password=@FILE") && !ran.stderr.contains("Passw0rd"), "{ran:?}");
    assert_eq!(world.count("POST", "/standalone"), 0);

    let asked = format!("password=@{}", file.display());
    let dry = run(&format!("{}\u{0}--dry-run\u{0}-o\u{0}json", with(&asked)));
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.stdout.contains("<secret>") && !dry.stdout.contains("Passw0rd"), "{dry:?}");
    let piped = with("password=@-");
    let ran = world.feed(&piped.split('\u{0}').collect::<Vec<_>>(), "Passw0rd-Passw0rd\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let journal = std::fs::read_to_string(world.home().join(".local/state/acctui/journal.jsonl")).unwrap();
    assert!(journal.contains("first@example.com") && !journal.contains("Passw0rd"), "{journal}");
    let ran = run(&with(&asked));
    assert_ne!(ran.code, 0, "there is one already: {ran:?}");
}

#[test]
fn an_account_is_moved_at_every_provider_that_has_somewhere_to() {
    let world = world(&[]);
    for connection in ["cloudflare", "huawei"] {
        let account = account(&world, connection, |account| account["parent"].is_object());
        let from = account["parent"]["id"].as_str().unwrap();
        let to = sibling(&world, connection, from);
        let dry = world.json(&["move", id(&account), "--to", &to, "--dry-run", "-c", connection]);
        assert_eq!(
            dry["changes"][0]["diff"],
            json!([{"field": "organization", "from": from, "to": to}]),
            "{connection}"
        );
        let organizations = world.json(&["org", "list", "-c", connection]);
        let name = |of: &str| {
            let named = organizations.as_array().unwrap().iter().find(|organization| id(organization) == of);
            named.unwrap()["name"].as_str().unwrap().to_owned()
        };
        let words = world.run(&["move", id(&account), "--to", &to, "--dry-run", "-c", connection]).stdout;
        let places = format!("organization: {} ({from}) -> {} ({to})", name(from), name(&to));
        assert!(words.contains(&places), "people read names: {places}: {words}");
        let ran = world.run(&["move", id(&account), "--to", &to, "--yes", "-c", connection, "-v"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains(&format!("Moved to {} ({to})", name(&to))), "{ran:?}");
        let lineage = world.json(&["lineage", id(&account), "-c", connection]);
        assert_eq!(lineage.as_array().unwrap().last().unwrap()["id"], to, "{connection}");
        world.result(&["move", id(&account), "--to", &to, "--yes", "-c", connection], "nothing_to_do");
    }
    let ran = world.run(&["move", "x", "--to", "y", "--yes", "-c", "landscape"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

/// Another organization of the same hierarchy.
pub fn sibling(world: &World, connection: &str, of: &str) -> String {
    let trees = world.json(&["tree", "-c", connection]);
    let mut found = Vec::new();
    for tree in trees.as_array().unwrap() {
        let mut ids = Vec::new();
        collect(tree, &mut ids);
        if ids.iter().any(|id| id == of) {
            found = ids;
        }
    }
    found.into_iter().find(|id| id != of).unwrap()
}

fn collect(node: &Value, ids: &mut Vec<String>) {
    ids.push(id(node).to_owned());
    for child in node["children"].as_array().unwrap() {
        collect(child, ids);
    }
}

#[test]
fn deleting_asks_for_the_word_at_every_level_and_the_same_again_is_nothing_to_do() {
    let world = world(&[]);
    world.configure(&world.whole.replace("protection = \"confirm\"", "protection = \"open\""));
    let made = world.result(&["create", "--set", "name=Short lived", "-c", "cloudflare"], "confirmed");
    let made = made["made"].as_str().unwrap();
    let delete = ["delete", made, "-c", "cloudflare"];
    let (word, ran) = world.typed(&delete);
    assert_eq!(word, "Short lived");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(world.count("DELETE", made), 1);
    assert_eq!(world.run(&["show", made]).code, 7);
    world.result(&delete, "nothing_to_do");
    assert_eq!(world.count("DELETE", made), 1);
    assert_eq!(world.run(&["delete", "00000000000000000000000000000000", "--confirm", "x"]).code, 7);
}

#[test]
fn accounts_are_closed_and_removed_where_nobody_deletes_them() {
    let world = world(&[]);
    let made = world.result(&["create", "--set", "name=to-be-closed", "-c", "huawei", "--yes"], "confirmed");
    let made = made["made"].as_str().unwrap();
    let ran = world.run(&["delete", made, "--confirm", "to-be-closed"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("close it, or remove it"), "{ran:?}");
    let (word, ran) = world.typed(&["close", made, "-c", "huawei", "--no-wait"]);
    assert_eq!((word.as_str(), ran.code), ("to-be-closed", 0), "{ran:?}");

    let accounts = world.json(&["list", "-c", "huawei"]);
    let is_guest = |account: &&Value| account["type"] == "invited" && account["status"] == "active";
    let guests: Vec<&Value> = accounts.as_array().unwrap().iter().filter(is_guest).collect();
    // The first one leads the organization, and stays.
    let (_, ran) = world.typed(&["remove", id(guests[0]), "-c", "huawei"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("management account"), "the provider's own words: {ran:?}");
    let (_, ran) = world.typed(&["remove", id(guests[1]), "-c", "huawei"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.run(&["show", id(guests[1]), "-c", "huawei"]).code, 7);
}

#[test]
fn a_read_only_connection_is_5_for_every_write() {
    let world = world(&[]);
    let account = account(&world, "cloudflare", |_| true);
    for write in [
        vec!["create", "--set", "name=X"],
        vec!["update", id(&account), "--set", "name=X"],
        vec!["move", id(&account), "--to", "x"],
        vec!["delete", id(&account), "--confirm", "x"],
        vec!["org", "create", "--set", "name=X"],
    ] {
        let ran = world.run(&[&write[..], &["--yes", "--read-only", "-c", "cloudflare"]].concat());
        assert_eq!(ran.code, 5, "{write:?} {ran:?}");
    }
    let writes = world
        .requests()
        .iter()
        .filter(|request| request["method"] != "GET" && request["path"].as_str().unwrap().starts_with("/cloudflare"))
        .count();
    assert_eq!(writes, 0);
}

#[test]
fn an_outcome_that_nobody_knows_is_6_is_listed_and_settled_by_hand_or_by_the_same_command() {
    let world = world(&["--fault", "drop-after-write=1@/cloudflare"]);
    let account = account(&world, "cloudflare", |_| true);
    let create = ["create", "--set", "name=Lost", "-c", "cloudflare", "--yes", "--reason", "a test"];
    let result = world.run(&[&create[..], &["-o", "json"]].concat());
    assert_eq!(result.code, 6, "{result:?}");
    let rows: Value = serde_json::from_str(&result.stdout).unwrap();
    assert_eq!((&rows[0]["outcome"], &rows[0]["made"]), (&json!("unknown"), &Value::Null));
    assert_eq!(world.count("POST", "/accounts"), 1, "it is never sent again by itself");
    let journal = world.json(&["journal"]);
    let last = journal.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["state"], &last["reason"]), (&json!("unknown"), &json!("a test")));
    let change = last["change"].as_str().unwrap();
    assert!(result.stderr.contains(&format!("acctui journal --settle {change}=done")), "what to do next: {result:?}");
    assert_eq!(world.run(&["journal", "--settle", change]).code, 2);
    let settle = format!("{change}=done");
    assert_eq!(world.run(&["journal", "--settle", &settle]).code, 0);
    let journal = world.json(&["journal"]);
    let last = journal.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["state"], &last["done"]), (&json!("reconciled"), &json!(true)));
    assert_ne!(world.run(&["journal", "--settle", &settle]).code, 0, "it is settled already");

    // What can be read back is read back before the same command is planned again: it was done after all.
    let update = ["update", id(&account), "--set", "name=Lost too", "-c", "cloudflare", "--yes"];
    assert_eq!(world.run(&update).code, 6);
    let puts = world.puts();
    assert_eq!(world.run(&update).code, 0);
    assert_eq!(world.puts(), puts);
    let states: Vec<Value> =
        world.json(&["journal"]).as_array().unwrap().iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states.last().unwrap(), "reconciled", "{states:?}");
}
