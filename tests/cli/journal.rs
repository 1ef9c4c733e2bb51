//! The journal from the command line.

use crate::pty::Pty;
use crate::support::World;
use serde_json::{Value, json};

#[test]
fn the_journal_needs_no_connection_and_lists_every_record_oldest_first() {
    let world = World::start(&[]);
    assert_eq!(world.json(&["journal"]), json!([]));
    let (id, _) = world.account_in_organization();
    let set = |name: &str| {
        let set = format!("business_name={name}");
        assert_eq!(world.run(&["profile", &id, "--set", &set, "--yes", "--reason", "why not"]).code, 0);
    };
    set("First");
    set("Second");
    let records = world.json(&["journal"]);
    let records = records.as_array().unwrap();
    let states: Vec<&str> = records.iter().map(|record| record["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["intended", "sent", "confirmed", "intended", "sent", "confirmed"]);
    assert!(records.windows(2).all(|two| two[0]["at"].as_u64() <= two[1]["at"].as_u64()));

    world.configure("");
    let ran = world.run(&["journal"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "one line a change: {ran:?}");
    for word in ["confirmed", "edit", &id, "cloudflare", records[5]["change"].as_str().unwrap()] {
        assert!(lines[2].contains(word), "{word}: {ran:?}");
    }
    let csv = world.run(&["journal", "-o", "csv"]).stdout;
    assert!(csv.starts_with("change,at,state,connection,kind,target,name,"), "{csv}");
    assert_eq!(csv.lines().count(), 7);
    assert_eq!(world.run(&["journal", "-o", "ndjson"]).stdout.lines().count(), 6);
}

#[test]
fn lines_that_cannot_be_read_are_said_and_the_others_shown() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    assert_eq!(world.run(&["profile", &id, "--set", "business_name=X", "--yes"]).code, 0);
    let path = world.home().join(".local/state/acctui/journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{{\"change\":\"torn")).unwrap();
    let ran = world.run(&["journal", "-o", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "no record is lost with it: {ran:?}");
    let records: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(records.as_array().unwrap().len(), 3);
    let ran = world.run(&["journal", "-v"]);
    assert!(ran.code == 0 && ran.stderr.contains("1 line torn by a crash"), "{ran:?}");

    std::fs::write(&path, format!("{text}damaged\n{{\"change\":\"torn")).unwrap();
    let ran = world.run(&["journal", "-o", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("1 line can't be read"), "{ran:?}");
}

#[test]
fn a_change_is_undone_down_the_same_road() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let before = world.json(&["profile", &id]);
    assert_eq!(world.run(&["profile", &id, "--set", "business_name=Mistake", "--yes"]).code, 0);
    let change = world.json(&["journal"])[0]["change"].as_str().unwrap().to_owned();
    let undo = ["journal", "--undo", &change];
    assert_eq!(world.run(&undo).code, 5, "an undo is a write");
    let plan = world.json(&[&undo[..], &["--dry-run"]].concat());
    assert_eq!(
        plan["changes"][0]["diff"],
        json!([{"field": "business_name", "from": "Mistake", "to": before["business_name"]}])
    );
    world.result(&[&undo[..], &["--yes"]].concat(), "confirmed");
    assert_eq!(world.json(&["profile", &id]), before);
    let listed = world.run(&["journal"]).stdout;
    assert_eq!((listed.matches("undone").count(), listed.matches("confirmed, undone").count()), (1, 1), "{listed}");
    assert_eq!(world.json(&["journal"])[2]["state"], "confirmed", "the record stays");
    let csv = |arguments: &[&str]| world.run(&[&["journal", "-o", "csv"][..], arguments].concat()).stdout;
    assert!(csv(&[]).lines().next().unwrap().ends_with(",failure,undoes,undone"), "{}", csv(&[]));
    let told = csv(&["--columns", "state,undoes,undone", "--limit", "2"]);
    assert_eq!(told, format!("state,undoes,undone\nconfirmed,,true\nconfirmed,{change},false\n"));
    let first = csv(&["--columns", "change,undone", "--sort", "at", "--limit", "1"]);
    assert_eq!(first, format!("change,undone\n{change},true\n"), "also where what took it back is not shown");
    world.result(&[&undo[..], &["--yes"]].concat(), "nothing_to_do");

    assert_eq!(world.run(&["profile", &id, "--set", "business_name=Theirs", "--yes"]).code, 0);
    let puts = world.puts();
    let ran = world.run(&[&undo[..], &["--yes"]].concat());
    assert_eq!((ran.code, world.puts()), (1, puts), "nobody's later change is taken back unseen: {ran:?}");
    assert!(ran.stderr.contains("Theirs"), "{ran:?}");
    assert_eq!(world.run(&["journal", "--undo", "no-such"]).code, 7);
}

#[test]
fn all_that_a_plan_did_is_undone_by_its_id() {
    let world = World::start(&[]);
    let lineage = |id: &str| world.json(&["lineage", id]).as_array().unwrap().clone();
    let accounts = world.json(&["list", "-c", "cloudflare"]);
    let inside: Vec<&Value> = accounts.as_array().unwrap().iter().filter(|it| it["parent"].is_object()).collect();
    // Several that stand in one organization, which stands in another one.
    let together = inside.iter().find_map(|it| {
        let alike: Vec<&str> =
            inside.iter().filter(|other| other["parent"] == it["parent"]).filter_map(|it| it["id"].as_str()).collect();
        (alike.len() > 1 && lineage(alike[0]).len() > 1).then_some(alike)
    });
    let ids = together.unwrap();
    let before: Vec<Vec<Value>> = ids.iter().map(|id| lineage(id)).collect();
    let up = before[0][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.run(&[&["move"], &ids[..], &["--to", &up, "--yes"]].concat()).code, 0);
    let records = world.json(&["journal"]);
    let change = records[0]["change"].as_str().unwrap();
    let plan = change.rsplit_once('-').unwrap().0;
    let undo = ["journal", "--undo", plan];
    let dry = world.json(&[&undo[..], &["--dry-run"]].concat());
    assert_eq!(dry["changes"].as_array().unwrap().len(), ids.len(), "{dry}");
    assert_eq!(world.run(&[&undo[..], &["--yes"]].concat()).code, 0);
    assert_eq!(ids.iter().map(|id| lineage(id)).collect::<Vec<_>>(), before);
    let ran = world.run(&[&undo[..], &["--yes"]].concat());
    assert!(ran.code == 1 && ran.stderr.contains("undone already"), "{ran:?}");
}

#[test]
fn what_of_a_plan_stays_as_it_is_is_said_when_the_rest_is_undone() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let solo = world.result(&["create", "--set", "name=Solo", "--yes"], "confirmed");
    let solo = solo["made"].as_str().unwrap();
    let root = lineage[0]["id"].as_str().unwrap();
    let to = if lineage.len() > 1 {
        root.to_owned()
    } else {
        let below = world.json(&["org", "list", "-c", "cloudflare"]);
        let inside = below.as_array().unwrap().iter().find(|it| it["parent"]["id"] == lineage[0]["id"]).unwrap();
        inside["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(world.run(&["move", solo, &id, "--to", &to, "--yes"]).code, 0);
    let records = world.json(&["journal"]);
    let change = records.as_array().unwrap().last().unwrap()["change"].as_str().unwrap();
    let plan = change.rsplit_once('-').unwrap().0;
    let ran = world.run(&["journal", "--undo", plan, "--yes"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("stays as it is: move of Solo"), "{ran:?}");
    assert_eq!(world.json(&["lineage", &id]).as_array().unwrap(), &lineage);
    let ran = world.run(&["journal", "--undo", plan, "--yes"]);
    assert!(ran.code == 1 && ran.stderr.contains("no organization before"), "{ran:?}");
}

#[test]
fn what_cannot_be_undone_says_why() {
    let world = World::start(&[]);
    let made = world.result(&["create", "--set", "name=Stays", "--yes"], "confirmed");
    let change = world.json(&["journal"])[0]["change"].as_str().unwrap().to_owned();
    let ran = world.run(&["journal", "--undo", &change, "--yes"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains(made["made"].as_str().unwrap()), "{ran:?}");
}

#[test]
fn a_limit_keeps_the_newest_changes_with_their_newest_state() {
    let world = World::start(&[]);
    let id = world.plain_account();
    for name in ["First", "Second", "Third"] {
        assert_eq!(world.run(&["profile", &id, "--set", &format!("business_name={name}"), "--yes"]).code, 0);
    }
    let all = world.json(&["journal"]);
    let change = |nth: usize| all[nth]["change"].clone();
    let two = world.json(&["journal", "--limit", "2"]);
    let told: Vec<(&Value, &str)> =
        two.as_array().unwrap().iter().map(|it| (&it["change"], it["state"].as_str().unwrap())).collect();
    assert_eq!(told, [(&change(3), "confirmed"), (&change(6), "confirmed")], "oldest first: {two}");
    let table = world.run(&["journal", "--limit", "1"]).stdout;
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains("confirmed") && table.contains(change(6).as_str().unwrap()), "{table}");
    assert_eq!(world.json(&["journal", "--limit", "9"]).as_array().unwrap().len(), 3);
}

#[test]
fn the_journal_the_history_and_the_credentials_take_an_order_columns_and_a_limit() {
    let world = World::start(&[]);
    assert_eq!(world.run(&["sync"]).code, 0);
    let accounts = world.json(&["list", "--limit", "3"]);
    let ids: Vec<&str> = accounts.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    for (id, name) in ids.iter().zip(["Beta", "alpha", "Gamma"]) {
        assert_eq!(world.run(&["update", id, "--set", &format!("name={name}"), "--yes"]).code, 0);
    }
    let lines = |arguments: &[&str]| {
        let ran = world.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}: {ran:?}");
        ran.stdout.lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let csv = ["-o", "csv", "--columns", "state,target"];
    let journal = lines(&[&["journal", "--sort", "target:desc,at", "--limit", "2"][..], &csv].concat());
    let mut by_id = ids.clone();
    by_id.sort_unstable();
    assert_eq!(journal, ["state,target", &format!("confirmed,{}", by_id[2]), &format!("confirmed,{}", by_id[1])]);
    let table = lines(&["journal", "--columns", "target,kind", "--sort", "target"]);
    assert!(table[0].starts_with("Target") && table[0].ends_with("Kind"), "{table:?}");
    assert_eq!(table.len(), 4, "one row a change: {table:?}");
    let states = world.json(&["journal", "--sort", "state,at"]);
    let states: Vec<&str> = states.as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, [&["confirmed"; 3][..], &["intended"; 3], &["sent"; 3]].concat());

    assert_eq!(world.run(&["sync"]).code, 0);
    let history = lines(&["history", "--filter", "raw.name", "-o", "csv", "--columns", "to", "--sort", "to:desc"]);
    assert_eq!(history, ["to", "\"\"\"Gamma\"\"\"", "\"\"\"Beta\"\"\"", "\"\"\"alpha\"\"\""]);
    let newest = world.json(&["history", "--sort", "seq:desc", "--limit", "1"]);
    let all = world.json(&["history"]);
    assert_eq!(newest[0], *all.as_array().unwrap().last().unwrap());
    let all = all.as_array().unwrap();
    let two = world.json(&["history", "--limit", "2"]);
    assert_eq!(*two.as_array().unwrap(), all[all.len() - 2..], "the newest, oldest first, as in the journal");
    assert_eq!(world.json(&["history", "--limit", "0"]), json!([]));
    assert_eq!(*world.json(&["history", "--limit", "999"]).as_array().unwrap(), *all);
    assert_eq!(lines(&["history", "--columns", "seq,at", "--limit", "1"])[0], "Seq  At");

    world.connect_all();
    let status =
        ["auth", "status", "--sort", "connection:desc", "--limit", "2", "-o", "csv", "--columns", "connection"];
    assert_eq!(lines(&status), ["connection", "landscape-new", "landscape"]);
    for command in [&["journal"][..], &["history"], &["auth", "status"]] {
        let ran = world.run(&[command, &["--sort", "kinde"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command:?} {ran:?}");
        assert!(ran.stderr.contains("there is no column kinde"), "{ran:?}");
    }
    assert_eq!(world.run(&["journal", "--undo", "x", "--sort", "at"]).code, 2, "a write has no order");
}

#[test]
fn what_asks_nobody_takes_the_connections_that_are_named_and_no_others() {
    let world = World::start(&[]);
    let id = world.plain_account();
    assert_eq!(world.run(&["profile", &id, "--set", "business_name=X", "--yes"]).code, 0);
    assert_eq!(world.run(&["sync"]).code, 0);
    let renamed = world.config.replace("connections.cloudflare", "connections.other");
    world.configure(&renamed);
    assert_eq!(world.json(&["journal", "-c", "cloudflare"]).as_array().unwrap().len(), 3, "the journal knows it");
    assert_eq!(world.json(&["journal", "-c", "other"]), json!([]));
    for command in [&["journal"][..], &["history"], &["forget", "--yes"], &["config", "check"]] {
        let ran = world.run(&[command, &["-c", "nope"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command:?} {ran:?}");
        assert!(ran.stderr.contains("no connection is named nope (there are other)"), "{ran:?}");
    }
    assert_eq!(world.run(&["forget", "--yes", "-c", "cloudflare"]).code, 0, "something of it is kept");
    let checked = world.json(&["config", "check", "-c", "other"]);
    assert_eq!(checked["connections"][0]["name"], "other");
}

#[test]
fn an_endless_name_is_cut_on_a_terminal_and_pushes_nothing_apart_elsewhere() {
    let world = World::start(&[]);
    let (id, endless) = (world.plain_account(), "x".repeat(4_000));
    assert_eq!(world.run(&["profile", &id, "--set", "business_name=X", "--yes"]).code, 0);
    assert_eq!(world.run(&["create", "--set", &format!("name={endless}"), "--yes"]).code, 1, "it is refused");
    let listed = world.run(&["journal"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines[2].contains(&endless) && lines[1].len() < 200, "off a terminal nothing is cut: {}", lines[1]);
    let config = world.home().join("acctui.toml");
    let argv = [crate::pty::PROGRAM, "--config", config.to_str().unwrap(), "journal"];
    let pty = Pty::start(world.home(), &argv, &[]);
    pty.wait("x…");
    assert_eq!(pty.exit(), 0);
    assert!(pty.text().contains(&id), "no id is cut: {}", pty.text());
    assert!(pty.text().lines().filter(|line| line.contains("xxx")).count() == 1, "{}", pty.text());
}
