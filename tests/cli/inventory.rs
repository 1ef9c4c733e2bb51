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
    // A sync would not help there: nothing that it kept would be read.
    let nothing = world.run(&["list", "--offline", "--no-cache"]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.stderr.contains("leave --offline or --no-cache out"), "{nothing:?}");
    assert!(!nothing.stderr.contains("sync"), "{nothing:?}");
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
fn a_sync_says_how_many_of_what_it_was_asked_for_came() {
    let world = World::start(&[]);
    let accounts = world.json(&["list"]).as_array().unwrap().len();
    let report = world.json(&["sync", "--with", "profiles"]);
    assert_eq!((&report[0]["profiles"], &report[0]["lineages"]), (&json!(accounts), &json!(null)), "{report}");
    let table = world.run(&["sync", "--with", "profiles"]);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert!(lines[0].to_lowercase().contains("profiles") && !lines[0].to_lowercase().contains("lineages"), "{table:?}");
    assert!(lines[1].trim_end().ends_with(&accounts.to_string()), "{table:?}");
    let plain = world.run(&["sync"]);
    assert!(!plain.stdout.to_lowercase().contains("profiles"), "nobody asked for them: {plain:?}");
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

#[test]
fn the_organizations_above_organizations_are_called_by_their_names() {
    let world = World::start(&[]);
    world.connect_all();
    for connection in ["aws", "huawei"] {
        for more in [&[][..], &["--live"]] {
            let all = world.json(&[&["org", "list", "-c", connection], more].concat());
            let rows = all.as_array().unwrap();
            let name = |id: &Value| rows.iter().find(|row| row["id"] == *id).unwrap()["name"].clone();
            let below: Vec<&Value> = rows.iter().filter(|row| row["parent"].is_object()).collect();
            assert!(!below.is_empty());
            for row in &below {
                assert_eq!(row["parent"]["name"], name(&row["parent"]["id"]), "{row}");
            }
            let one = below[0];
            let shown = world.json(&[&["org", "show", one["id"].as_str().unwrap(), "-c", connection], more].concat());
            assert_eq!(shown["parent"], one["parent"], "{connection} {more:?}");
        }
    }
}

#[test]
fn what_a_write_did_is_in_the_inventory_when_it_ends() {
    let world = World::start(&[]);
    world.connect_all();
    let all = world.json(&["list", "-c", "aws"]);
    let rows = all.as_array().unwrap();
    let is_plain = |row: &&Value| row["status"] == "ACTIVE" && row["name"] != "";
    let closed = rows.iter().rfind(is_plain).unwrap()["id"].as_str().unwrap().to_owned();
    let (_, ran) = world.typed(&["close", &closed, "-c", "aws"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stdout.starts_with("closed ") && ran.stdout.ends_with(&format!("({closed})\n")), "{ran:?}");
    let kept = |id: &str| world.json(&["list", "-c", "aws", "--filter", &format!("id:{id}")])[0].clone();
    let row = kept(&closed);
    assert!(row["status"] != "ACTIVE" && row["parent"]["name"] != "", "{row}");

    // One that had no name has one.
    if let Some(nameless) = rows.iter().find(|row| row["name"] == "" && row["status"] == "ACTIVE") {
        let id = nameless["id"].as_str().unwrap();
        let ran = world.run(&["update", id, "--set", "Name=Named", "-c", "aws", "--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(kept(id)["name"], "Named");
    } else {
        panic!("the simulator has an account without a name");
    }
    let made = ["create", "-c", "aws", "--set", "AccountName=Fresh", "--set", "Email=fresh@acme.example", "--yes"];
    let result = world.result(&made, "confirmed");
    let row = kept(result["made"].as_str().unwrap());
    assert!(row["status"] == "ACTIVE" && row["parent"]["name"] == "Root" && !row["created_at"].is_null(), "{row}");
    let table = world.run(&["history", "-c", "aws"]);
    assert!(!table.stdout.contains("order of keys"), "{}", table.stdout);
}

#[test]
fn tags_and_single_tags_are_columns_of_what_is_kept() {
    let world = World::start(&[]);
    world.connect_all();
    assert_eq!(world.run(&["list", "--contact", "-c", "aws"]).code, 0);
    let list = |columns: &str, more: &[&str]| {
        let ran = world.run(&[&["list", "-c", "aws", "-o", "csv", "--columns", columns], more].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{columns}");
        ran.stdout
    };
    let whole = list("id,Tags", &["--filter", "Tags.env:production"]);
    assert!(whole.lines().skip(1).all(|line| line.contains("production")), "{whole}");
    let single = list("id,Tags.env", &["--filter", "Tags.env:production"]);
    assert_eq!(single.lines().next(), Some("id,Tags.env"));
    assert!(single.lines().count() > 1 && single.lines().skip(1).all(|line| line.ends_with(",production")), "{single}");
    for (by, most) in [("Tags.env", "production"), ("Tags.env:desc,name", "staging")] {
        let sorted = list("Tags.env", &["--sort", by]);
        let values: Vec<&str> = sorted.lines().skip(1).collect();
        let tagged: Vec<&str> = values.iter().copied().take_while(|value| !value.is_empty()).collect();
        assert!(values[tagged.len()..].iter().all(|value| value.is_empty()), "without it last: {sorted}");
        let mut ordered = tagged.clone();
        ordered.sort_unstable();
        if by.contains(":desc") {
            ordered.reverse();
        }
        assert_eq!(tagged, ordered);
        assert!(tagged.contains(&most) && tagged.first() != tagged.last(), "{sorted}");
    }
    let unknown = world.run(&["list", "-c", "aws", "--sort", "Togs.env"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let wrong = world.run(&["list", "-c", "aws", "--columns", "Togs.env"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");

    let configured = |columns: &str| {
        let mut config: toml::Table = world.whole.parse().unwrap();
        let columns: Vec<toml::Value> = columns.split(',').map(Into::into).collect();
        config["connections"]["aws"].as_table_mut().unwrap().insert("columns".into(), columns.into());
        world.configure(&config.to_string());
    };
    configured("name,Tags,Tags.env,id");
    assert_eq!(world.run(&["config", "check"]).code, 0);
    let listed = world.run(&["list", "-c", "aws"]);
    assert!(listed.code == 0 && listed.stdout.contains("production"), "{listed:?}");
    configured("name,Togs");
    let checked = world.run(&["config", "check"]);
    assert_eq!(checked.code, 2, "{checked:?}");
    assert!(format!("{checked:?}").contains("there is no column Togs"), "{checked:?}");
}

#[test]
fn not_asked_not_set_and_cannot_be_read_are_three_things() {
    let world = World::start(&["--fault", "500=1@/aws/getAlternateContact"]);
    world.connect_all();
    let id = world.json(&["list", "-c", "aws", "--filter", "status:ACTIVE"])[0]["id"].as_str().unwrap().to_owned();
    let show = |more: &[&str]| world.run(&[&["show", &id, "-c", "aws"], more].concat()).stdout;
    let plain = show(&[]);
    assert!(plain.contains("not asked (--contact)") && !plain.contains("not set"), "{plain}");
    let full = show(&["--contact"]);
    let contact = full.lines().find(|line| line.starts_with("billing contact")).unwrap();
    assert!(contact.contains("can't be read: "), "{full}");
    assert!(!full.contains("not set") && !full.contains("raw.AlternateContacts"), "{full}");
}

#[test]
fn a_file_of_a_newer_version_is_read_and_never_written_and_says_so() {
    let world = World::start(&[]);
    let kept = world.run(&["list", "-o", "json"]);
    let path = world.home().join(".cache/acctui/inventory.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let ran = world.run(&["list", "-o", "json", "--offline"]);
    assert_eq!((ran.code, &ran.stdout), (0, &kept.stdout));
    assert!(ran.stderr.contains("newer version") && ran.stderr.contains("read-only"), "{ran:?}");
    let ran = world.run(&["sync"]);
    assert_eq!((ran.code, ran.stderr.lines().count()), (1, 2), "{ran:?}");
    assert!(ran.stderr.ends_with("not all that was listed is kept\n"), "{ran:?}");
    assert!(std::fs::read(&path).unwrap() == bytes, "nothing was written");
}

#[test]
fn a_history_that_can_not_be_read_is_not_an_empty_one() {
    let world = World::start(&[]);
    assert_eq!(world.run(&["sync"]).code, 0);
    let own = world.home().join(".local/state/acctui/user.db");
    for file in ["user.db", "user.db-wal", "user.db-shm"] {
        let _ = std::fs::remove_file(own.with_file_name(file));
    }
    // A folder is no file, and it is not set aside.
    std::fs::create_dir(&own).unwrap();
    let ran = world.run(&["history"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("can't be used"), "{ran:?}");
}
