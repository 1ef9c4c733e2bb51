//! A write from the command line is planned, confirmed as its connection wants it, and sent once.

use crate::support::{Ran, World};
use serde_json::{Value, json};

fn protect(world: &World, level: &str) {
    world.configure(&world.config.replace("protection = \"confirm\"", &format!("protection = \"{level}\"")));
}

#[test]
fn a_dry_run_says_what_would_be_sent_and_sends_nothing() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let before = world.json(&["profile", &id]);
    let plan = world.json(&["profile", &id, "--set", "business_name=New Name", "--dry-run"]);
    let change = &plan["changes"][0];
    assert_eq!(plan["changes"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&change["connection"], &change["target"], &change["kind"]),
        (&json!("cloudflare"), &json!(id), &json!("profile"))
    );
    assert_eq!(change["diff"], json!([{"field": "business_name", "from": before["business_name"], "to": "New Name"}]));
    assert_eq!(change["request"]["method"], "PUT");
    let path = change["request"]["path"].as_str().unwrap();
    assert!(path.ends_with(&format!("/accounts/{id}/profile")), "{path}");
    let mut wanted = before.clone();
    wanted["business_name"] = json!("New Name");
    assert_eq!(change["request"]["body"], wanted, "the provider wants all five fields");
    assert_eq!(world.json(&["profile", &id]), before);
    assert_eq!(world.puts(), 0);
}

#[test]
fn without_a_yes_nothing_is_sent_and_with_it_one_put_is() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let set = ["profile", &id, "--set", "business_name=New Name", "--set", "business_phone=+1 555 0100"];
    let ran = world.run(&set);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{ran:?}");
    assert!(ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(world.puts(), 0);

    let ran = world.run(&[&set[..], &["--yes"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(world.puts(), 1);
    let profile = world.json(&["profile", &id]);
    assert_eq!((&profile["business_name"], &profile["business_phone"]), (&json!("New Name"), &json!("+1 555 0100")));

    let ran = world.run(&[&set[..], &["--yes"]].concat());
    assert_eq!((ran.code, world.puts()), (0, 1), "what already is as wanted counts as done: {ran:?}");
    assert_eq!(world.json(&[&set[..], &["--yes"]].concat()), profile, "and is shown like what was written");

    let organization = lineage[0]["id"].as_str().unwrap();
    let ran = world.run(&["org", "profile", organization, "--set", "external_metadata=none", "--yes"]);
    assert_eq!((ran.code, world.puts()), (0, 2), "{ran:?}");
    assert_eq!(world.json(&["profile", organization])["external_metadata"], "none");
}

#[test]
fn each_protection_level_asks_for_what_it_is_for() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let set = |name: &str, more: &[&str]| -> Ran {
        let field = format!("business_name={name}");
        world.run(&[&["profile", &id, "--set", &field], more].concat())
    };
    protect(&world, "typed");
    let ran = set("A", &["--yes"]);
    assert_eq!(ran.code, 5, "--yes answers no typed word: {ran:?}");
    let asked = ran.stderr.lines().next().unwrap().to_owned();
    let word = asked.strip_prefix("acctui: Type ").and_then(|rest| rest.strip_suffix(" to confirm")).unwrap();
    assert!(!asked.contains("is not the word"), "none was given: {asked}");
    let wrong = set("A", &["--confirm", "something else"]);
    assert_eq!(wrong.code, 5);
    assert!(wrong.stderr.contains("`--confirm something else` is not the word"), "{wrong:?}");
    assert!(wrong.stderr.contains(&format!("Type {word} to confirm")), "{wrong:?}");
    assert_eq!(world.puts(), 0);
    protect(&world, "confirm");
    let wrong = set("A", &["--confirm", "something else"]);
    assert_eq!(wrong.code, 5);
    assert!(wrong.stderr.contains("`--confirm something else` is not the word"), "{wrong:?}");
    assert!(wrong.stderr.contains(&format!("Type {word} to confirm")), "{wrong:?}");
    assert_eq!(world.puts(), 0);
    protect(&world, "typed");
    assert_eq!(set("A", &["--confirm", word]).code, 0);
    assert_eq!(world.puts(), 1);
    protect(&world, "open");
    assert_eq!(set("B", &[]).code, 0);
    assert_eq!(world.puts(), 2);
    let ran = set("C", &["--read-only"]);
    assert!(ran.code == 5 && ran.stderr.contains("--read-only"), "{ran:?}");
    protect(&world, "read-only");
    assert_eq!(set("C", &["--yes"]).code, 5);
    assert_eq!(world.puts(), 2);
}

#[test]
fn a_value_that_the_form_does_not_take_is_a_mistake_of_the_command_line() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    for (set, words) in [
        ("busines_name=x", "did you mean business_name?"),
        ("business_email=nobody", "an e-mail address is expected"),
        ("external_metadata={\"a\":", "this starts like JSON"),
    ] {
        let ran = world.run(&["profile", &id, "--set", set, "--yes"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    assert_eq!(world.puts(), 0);
}

#[test]
fn an_outcome_that_nobody_knows_is_6_and_in_the_journal() {
    let world = World::start(&["--fault", "drop-after-write=1"]);
    let (id, _) = world.account_in_organization();
    let ran = world.run(&["profile", &id, "--set", "business_name=Lost", "--yes", "--reason", "a test"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("nobody knows"), "{ran:?}");
    let change = world.json(&["journal"])[0]["change"].as_str().unwrap().to_owned();
    assert!(ran.stderr.contains(&format!("has it as {change}")), "{ran:?}");
    assert_eq!(world.puts(), 1, "it is never sent again by itself");
    let journal = world.home().join(".local/state/acctui/journal.jsonl");
    let journal = std::fs::read_to_string(journal).unwrap();
    let states: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].clone()).collect();
    assert_eq!(states, ["intended", "sent", "unknown"]);
    assert!(journal.contains("a test"), "the reason is kept");
}

#[test]
fn the_typed_word_is_the_name_only_where_no_other_account_has_it() {
    let world = World::start(&[]);
    protect(&world, "typed");
    let accounts = world.json(&["list"]);
    let accounts = accounts.as_array().unwrap();
    let text = |account: &Value, field: &str| account[field].as_str().unwrap().to_owned();
    let bearers = |name: &str| accounts.iter().filter(|other| other["name"] == name).count();
    let plain = |name: &str| name.len() <= 40 && name.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let find = |holds: &dyn Fn(&str) -> bool| accounts.iter().find(|it| holds(&text(it, "name"))).unwrap();
    let ask = |account: &Value| world.run(&["profile", &text(account, "id"), "--set", "business_name=Typed"]);
    let suffix = |account: &Value| text(account, "id")[24..].to_owned();

    let alone = find(&|name| plain(name) && bearers(name) == 1);
    let asked = ask(alone).stderr;
    assert!(asked.contains(&format!("Type {} to confirm", text(alone, "name"))), "{asked}");
    for of_many in [find(&|name| plain(name) && bearers(name) > 1), find(&|name| !name.is_empty() && !plain(name))] {
        let word = suffix(of_many);
        let asked = ask(of_many).stderr;
        assert!(asked.contains(&format!("Type {word} to confirm")), "{asked}");
        let set = ["profile", &text(of_many, "id"), "--set", "business_name=Typed", "--confirm"];
        assert_eq!(world.run(&[&set[..], &[&text(of_many, "name")]].concat()).code, 5);
        assert_eq!(world.run(&[&set[..], &[&word]].concat()).code, 0);
    }
    assert_eq!(world.puts(), 2);
}

#[test]
fn a_name_that_another_connection_has_too_is_no_typed_word() {
    let world = World::start(&[]);
    // The same names under other ids.
    let twin = World::start(&["--seed", "2"]);
    protect(&world, "typed");
    let accounts = world.json(&["list"]);
    let names: Vec<&str> = accounts.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let nth =
        (0..names.len()).find(|nth| plain(names[*nth]) && names.iter().filter(|it| **it == names[*nth]).count() == 1);
    let nth = nth.unwrap();
    let id = accounts[nth]["id"].as_str().unwrap();
    let second = twin.config.replace("[connections.cloudflare]", "[connections.second]");
    let own = world.config.replace("protection = \"confirm\"", "protection = \"typed\"");
    world.configure(&format!("{own}\n{second}"));
    let set = ["profile", id, "--set", "business_name=Typed"];
    let asked = world.run(&set).stderr;
    assert!(asked.contains(&format!("Type {} to confirm", &id[24..])), "{asked}");
    let asked = world.run(&[&set[..], &["-c", "cloudflare"]].concat()).stderr;
    assert!(asked.contains(&format!("Type {} to confirm", names[nth])), "{asked}");
}

#[test]
fn a_dry_run_of_what_already_is_as_wanted_says_that_nothing_would_be_sent() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let set = ["profile", &id, "--set", "business_name=Same", "--dry-run"];
    assert_eq!(world.run(&["profile", &id, "--set", "business_name=Same", "--yes"]).code, 0);
    assert_eq!(world.json(&set), json!({"changes": []}));
    let ran = world.run(&set);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stdout.contains("nothing to do"), "{ran:?}");
    assert!(!ran.stdout.contains("PUT"), "no request is shown that would not be sent: {ran:?}");
    assert_eq!(world.run(&[&set[..], &["-o", "ndjson"]].concat()).stdout, "");
}

#[test]
fn a_title_that_is_also_the_accounts_name_is_new_in_the_list_at_once() {
    let world = World::start(&[]);
    world.connect_all();
    world.run(&["sync"]);
    let accounts = world.json(&["list", "-c", "landscape"]);
    let id = accounts[0]["id"].as_str().unwrap().to_owned();
    for set in [["profile", &id], ["update", &id]] {
        let title = format!("{} title", set[0]);
        let ran = world.run(&[&set[..], &["--set", &format!("title={title}"), "-c", "landscape", "--yes"]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let listed = world.json(&["list", "-c", "landscape"]);
        let row = listed.as_array().unwrap().iter().find(|row| row["id"] == *id).unwrap();
        assert_eq!((&row["name"], &row["raw"]["title"]), (&json!(title), &json!(title)), "{row}");
    }
}

#[test]
fn a_profile_is_shown_as_it_was_written_and_a_dry_run_has_all_its_fields_as_csv() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let set = ["profile", &id, "--set", "business_name=Shown Ltd"];
    let plan = world.run(&[&set[..], &["--dry-run", "-o", "csv"]].concat());
    let mut lines = plan.stdout.lines();
    let header = "connection,target,field,from,to,kind,request,warnings,conflicts,refusal";
    assert_eq!((plan.code, lines.next()), (0, Some(header)), "{plan:?}");
    let line = lines.next().unwrap();
    assert!(line.contains(",profile,") && line.contains("\"\"method\"\":\"\"PUT\"\""), "{plan:?}");
    let ran = world.run(&[&set[..], &["--yes"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("business_name") && ran.stdout.contains("Shown Ltd"), "{ran:?}");
}

#[test]
fn an_id_that_nobody_has_stops_the_end_of_the_others() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let ran = world.run(&["delete", &id, "nope", "nada", "--confirm", "x"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (7, ""), "{ran:?}");
    for word in ["nope", "nada", "nothing was sent"] {
        assert!(ran.stderr.contains(word), "{ran:?}");
    }
    assert_eq!(world.count("DELETE", "/accounts"), 0);
}

#[test]
fn a_name_in_the_place_of_an_id_is_answered_with_the_id() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    assert_eq!(world.run(&["sync"]).code, 0);
    let all = world.json(&["org", "list"]);
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    let is_only = |it: &&Value| names.iter().filter(|name| it["name"] == **name).count() == 1;
    let one = all.as_array().unwrap().iter().find(is_only).unwrap();
    let ran = world.run(&["move", &id, "--to", one["name"].as_str().unwrap(), "--yes"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("an id is wanted") && ran.stderr.contains(one["id"].as_str().unwrap()), "{ran:?}");
    let org = lineage[0]["id"].as_str().unwrap();
    let renamed = world.run(&["org", "rename", org, "Another Name", "--yes"]);
    assert_eq!(renamed.code, 0, "{renamed:?}");
    assert_eq!(world.json(&["org", "show", org, "--live"])["name"], "Another Name");
}

#[test]
fn a_name_that_another_one_has_or_looks_like_is_a_warning_of_the_plan() {
    let world = World::start(&[]);
    assert_eq!(world.run(&["sync"]).code, 0);
    let warnings = |arguments: &[&str]| -> Vec<String> {
        let plan = world.json(&[arguments, &["--dry-run"]].concat());
        plan["warnings"].as_array().into_iter().flatten().map(|words| words.as_str().unwrap().to_owned()).collect()
    };
    let (name, other) = ("Solo Nook", world.plain_account());
    let made = world.run(&["create", "--set", "name=Solo Nook", "--yes"]);
    assert_eq!(made.code, 0, "{made:?}");
    let (id, other) = (made.stdout.trim(), other.as_str());
    let (same, looks) = (format!("name={name}"), format!("name={}", name.replacen('o', "\u{43e}", 1)));
    let told = warnings(&["create", "--set", &same]);
    assert_eq!(told, [format!("another account has this name: {name} ({id})")]);
    assert_eq!(warnings(&["update", other, "--set", &same]), told);
    let told = warnings(&["update", other, "--set", &looks]);
    assert!(told.len() == 1 && told[0].ends_with(&format!(": {name} ({id})")), "{told:?}");
    assert!(warnings(&["update", id, "--set", &looks]).is_empty(), "it is itself");
    assert!(warnings(&["create", "--set", "name=Nobody else's name 4711"]).is_empty());

    let (_, lineage) = world.account_in_organization();
    let parent = lineage[0]["id"].as_str().unwrap();
    assert!(warnings(&["org", "create", "--parent", parent, "--set", "name=Twin"]).is_empty());
    let made = world.run(&["org", "create", "--parent", parent, "--set", "name=Twin \u{202e}", "--yes"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(world.run(&["sync"]).code, 0);
    let told = warnings(&["org", "create", "--parent", parent, "--set", "name=Twin \u{202e}"]);
    let whole = format!("an organization beside it has this name: Twin \\u{{202e}} ({})", made.stdout.trim());
    assert_eq!(told, [whole]);
}
