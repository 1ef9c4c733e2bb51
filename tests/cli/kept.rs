//! Reads answer from the kept inventory, `--live` asks; an id that exists at two connections is named; what is asked of
//! rows holds for all of them.

use std::process::Stdio;

use acctui::domain::{AccountId, ConnectionName, Moment, OwnKey};
use acctui::inventory::disk::Own;
use serde_json::Value;

use crate::support::World;

#[test]
fn reads_answer_from_what_is_kept_and_live_asks() {
    let mut world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let org = lineage[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.run(&["sync"]).code, 0);
    world.json(&["profile", &id]);
    let asked = world.requests().len();
    let shown = world.json(&["show", &id]);
    assert_eq!(shown["id"], id.as_str());
    assert_eq!(world.json(&["org", "show", &org])["id"], org.as_str());
    let direct = world.json(&["org", "accounts", &org]);
    assert_eq!(direct, world.json(&["list", "--org", &org, "--direct"]));
    world.json(&["profile", &id]);
    world.json(&["lineage", &id]);
    world.json(&["tree"]);
    world.json(&["org", "list"]);
    assert_eq!(world.requests().len(), asked, "nobody is asked for what is kept");
    assert_eq!(world.json(&["show", &id, "--live"])["id"], id.as_str());
    let live = world.json(&["list", "--org", &org, "--direct", "--live"]);
    let ids = |rows: &Value| {
        let mut ids: Vec<String> = rows.as_array().unwrap().iter().map(|row| row["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&direct), ids(&live));
    assert!(world.requests().len() > asked);
    world.stop();
    for command in [&["show", &id][..], &["org", "show", &org], &["profile", &id], &["list", "--org", &org, "--direct"]]
    {
        let ran = world.run(&[command, &["--offline", "-o", "json"]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command:?}");
    }
    let ran = world.run(&["show", "nosuch", "--offline"]);
    assert!(ran.code == 7 && ran.stderr.contains("not in the inventory"), "{ran:?}");
}

/// The same connection under another name, beside the one that there is.
fn twice(world: &World) {
    let twin = world.config.replace("[connections.cloudflare]", "[connections.twin]");
    world.configure(&format!("{}\n{twin}", world.config));
}

#[test]
fn an_id_at_two_connections_is_named_and_nothing_is_done() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let org = lineage[0]["id"].as_str().unwrap().to_owned();
    twice(&world);
    assert_eq!(world.run(&["forget", "--yes"]).code, 0);
    let commands: [&[&str]; 7] = [
        &["show", &id],
        &["profile", &id],
        &["lineage", &id],
        &["org", "show", &org],
        &["tree", &org],
        &["move", &id, "--to", &org, "--yes"],
        &["update", &id, "--set", "name=Other", "--yes"],
    ];
    for is_synced in [false, true] {
        for command in commands {
            let ran = world.run(command);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command:?} {ran:?}");
            assert!(ran.stderr.contains("exists at cloudflare and twin: name one with -c"), "{command:?} {ran:?}");
        }
        let many = world.feed(&["move", "-", "--to", &org, "--yes"], &format!("{id}\n{id}x\n"));
        assert!(many.code == 2 && many.stderr.contains("nothing was sent"), "{many:?}");
        assert_eq!(world.run(&["show", &id, "-c", "twin"]).code, 0);
        if !is_synced {
            assert_eq!(world.run(&["sync"]).code, 0);
        }
    }
    assert_eq!(world.count("POST", "/move"), 0);
    assert_eq!(world.count("PUT", "/accounts"), 0);
}

#[test]
fn errors_are_json_where_data_is() {
    let mut world = World::start(&[]);
    let of = |ran: &crate::support::Ran| -> Value {
        let value: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|_| panic!("{ran:?}"));
        value["error"].clone()
    };
    let ran = world.run(&["show", "nosuch", "-o", "json"]);
    let error = of(&ran);
    assert_eq!((ran.code, &error["exit"], ran.stdout.as_str()), (7, &Value::from(7), ""));
    assert!(error["message"].as_str().unwrap().contains("there is no account nosuch"), "{error}");
    let ran = world.run(&["list", "--sort", "nam", "-o", "json"]);
    assert!(ran.code == 2 && of(&ran)["message"].as_str().unwrap().contains("did you mean name?"), "{ran:?}");
    let ran = world.run(&["list", "--nonsense", "-o", "json"]);
    assert!(ran.code == 2 && of(&ran)["message"].as_str().unwrap().contains("--nonsense"), "{ran:?}");
    world.configure(&world.config.replace("sim-token", "wrong"));
    let ran = world.run(&["list", "--live", "-o", "json"]);
    let error = of(&ran);
    assert_eq!((ran.code, error["failures"][0]["kind"].as_str()), (4, Some("auth")), "{error}");
    assert_eq!(error["failures"][0]["connection"], "cloudflare");
    assert!(error["failures"][0]["hint"].is_string(), "{error}");
    // Words are for people.
    let ran = world.run(&["list", "--live"]);
    assert!(ran.code == 4 && ran.stderr.starts_with("acctui: cloudflare: "), "{ran:?}");
    world.stop();
}

#[test]
fn organizations_are_ordered_cut_and_shown_as_asked() {
    let world = World::start(&[]);
    let ran = world.run(&["org", "list", "-o", "csv", "--columns", "name,id", "--sort", "name:desc", "--limit", "3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "name,id"));
    assert!(lines[1].to_lowercase() >= lines[2].to_lowercase());
    let ran = world.run(&["org", "list", "--columns", "nam"]);
    assert!(ran.code == 2 && ran.stderr.contains("did you mean name?"), "{ran:?}");
    assert_eq!(world.run(&["org", "list", "-o", "ndjson", "--limit", "2"]).stdout.lines().count(), 2);
}

#[test]
fn a_filter_knows_labels_and_the_records_own_keys() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let path = world.home().join(".local/state/acctui/user.db");
    let key =
        OwnKey { connection: ConnectionName::new("cloudflare"), identity: String::new(), account: AccountId::new(&id) };
    let own = Own::open(&path, Moment(1)).own;
    own.set_note(&key, "ask Ida first", Moment(1)).unwrap();
    own.add_label("vip", &[key]).unwrap();
    for filter in ["note:ida", "note:\"ask ida\" label:vip", "-missing:note"] {
        let found = world.json(&["list", "--filter", filter]);
        assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &Value::from(id.as_str())), "{filter}");
    }
    assert_eq!(world.json(&["list", "--filter", "note:=ida"]), serde_json::json!([]));
    let found = world.json(&["list", "--filter", "label:vip"]);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &Value::from(id.as_str())));
    // `settings` is a key of a record, no field of all.
    let with = world.json(&["list", "--filter", "settings.enforce_twofactor:true"]);
    let missing = world.json(&["list", "--filter", "missing:settings"]);
    assert!(!with.as_array().unwrap().is_empty());
    assert!(missing.as_array().unwrap().len() < 60);
    let sheet = world.run(&["export", "--filter", "label:vip", "--format", "csv"]);
    assert!(sheet.code == 0 && sheet.stdout.contains(&id) && sheet.stdout.contains("# rows: 1\n"), "{sheet:?}");
    let open = world.run(&["list", "--filter", "name:\"Acme Prod"]);
    assert!(open.code == 2 && open.stderr.contains("the quote is open"), "{open:?}");
}

#[test]
fn csv_gives_no_spreadsheet_a_formula() {
    let world = World::start(&["--accounts", "200"]);
    let csv = world.run(&["list", "-o", "csv"]).stdout;
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://x.example\"\")\""), "{csv}");
    assert!(!csv.contains(",=") && !csv.contains(",\"="), "{csv}");
}

#[test]
fn whoever_hangs_up_early_is_no_failure() {
    let world = World::start(&["--accounts", "400"]);
    assert_eq!(world.run(&["sync"]).code, 0);
    for command in [
        &["list", "-o", "ndjson"][..],
        &["list", "-o", "json"],
        &["list"],
        &["export"],
        &["tree", "-o", "json"],
        &["org", "list", "-o", "csv"],
        &["man"],
        &["completions", "bash"],
        &["doctor", "-o", "json"],
    ] {
        let mut child = world.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{command:?}");
    }
}

#[test]
fn labels_and_notes_are_columns_of_every_format() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let path = world.home().join(".local/state/acctui/user.db");
    let key =
        OwnKey { connection: ConnectionName::new("cloudflare"), identity: String::new(), account: AccountId::new(&id) };
    let own = Own::open(&path, Moment(1)).own;
    for label in ["vip", "eu"] {
        own.add_label(label, std::slice::from_ref(&key)).unwrap();
    }
    own.set_note(&key, "call \"Ann\", then close", Moment(2)).unwrap();
    let ask = |format: &str, columns: &str| {
        let ran = world.run(&["list", "--filter", "label:vip", "-o", format, "--columns", columns]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        ran.stdout
    };
    assert_eq!(
        ask("csv", "id,labels,note"),
        format!("id,labels,note\n{id},\"eu, vip\",\"call \"\"Ann\"\", then close\"\n")
    );
    assert!(ask("table", "name,labels").lines().nth(1).unwrap().ends_with("eu, vip"));
    let rows: Value = serde_json::from_str(&ask("json", "labels,note")).unwrap();
    assert_eq!((&rows[0]["id"], &rows[0]["labels"]), (&Value::from(id.as_str()), &serde_json::json!(["eu", "vip"])));
    assert_eq!(rows[0]["note"], "call \"Ann\", then close");
    assert!(rows[0]["raw"].is_object());
    let line: Value = serde_json::from_str(&ask("ndjson", "labels")).unwrap();
    assert_eq!((&line["labels"], line.get("note")), (&serde_json::json!(["eu", "vip"]), None));
    // All rows, as they come: those without labels have none.
    let all = world.run(&["list", "-o", "ndjson", "--columns", "labels", "--limit", "5"]).stdout;
    assert!(all.lines().all(|line| line.contains("\"labels\":[")), "{all}");
    // Nobody who does not ask for them is given them.
    assert!(world.json(&["list", "--limit", "1"])[0].get("labels").is_none());
    let ran = world.run(&["list", "--sort", "labels"]);
    assert!(ran.code == 2 && ran.stderr.contains("labels are your own"), "{ran:?}");
}

#[test]
fn an_id_that_another_connection_has_is_named_though_one_alone_is_kept_or_has_the_fact() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let org = lineage[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.run(&["sync"]).code, 0);
    world.json(&["profile", &id]);
    world.json(&["org", "profile", &org]);
    twice(&world);
    let commands: [&[&str]; 8] = [
        &["show", &id],
        &["lineage", &id],
        &["profile", &id],
        &["org", "show", &org],
        &["org", "profile", &org],
        &["org", "accounts", &org],
        &["list", "--org", &org],
        &["list", "--org", &org, "--direct"],
    ];
    for is_synced in [false, true] {
        for command in commands {
            let ran = world.run(command);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{is_synced} {command:?} {ran:?}");
            assert!(ran.stderr.contains("exists at cloudflare and twin: name one with -c"), "{command:?} {ran:?}");
            let offline = world.run(&[command, &["--offline"]].concat());
            assert_eq!(offline.code, if is_synced { 2 } else { 0 }, "{is_synced} {command:?} {offline:?}");
            assert_eq!(world.run(&[command, &["-c", "cloudflare"]].concat()).code, 0, "{command:?}");
        }
        assert_eq!(world.run(&["sync"]).code, 0);
    }
}

#[test]
fn a_providers_own_parameter_goes_to_those_that_have_it() {
    let world = World::start(&[]);
    let (_, lineage) = world.account_in_organization();
    let org = lineage[0]["id"].as_str().unwrap().to_owned();
    world.connect_all();
    let found = ["--name-contains", "a"];
    let one = world.json(&[&["list", "--org", &org, "--live", "-c", "cloudflare"], &found[..]].concat());
    assert!(!one.as_array().unwrap().is_empty());
    assert_eq!(world.json(&[&["list", "--org", &org, "--live"], &found[..]].concat()), one);
    assert_eq!(world.json(&[&["org", "accounts", &org, "--live"], &found[..]].concat()), one);
    // One that is elsewhere names where, and who has the parameter.
    let node = world.json(&["org", "list", "-c", "huawei"])[0]["id"].as_str().unwrap().to_owned();
    let ran = world.run(&[&["list", "--org", &node, "--live"], &found[..]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("huawei: ") && ran.stderr.contains("-c cloudflare"), "{ran:?}");
}

#[test]
fn every_name_of_the_csv_header_is_a_column() {
    let world = World::start(&[]);
    let names = "connection,provider,id,name,type,status,email,created_at,updated_at,parent_id,parent_name";
    let all = world.run(&["list", "-o", "csv"]);
    let chosen = world.run(&["list", "-o", "csv", "--columns", names]);
    assert_eq!((chosen.code, &chosen.stdout), (0, &all.stdout), "{chosen:?}");
    let (id, lineage) = world.account_in_organization();
    let parent = lineage.last().unwrap();
    let table = world.run(&["list", "--columns", "id,parent_id,parent_name"]).stdout;
    let row = table.lines().find(|line| line.starts_with(&id)).unwrap();
    assert!(row.contains(parent["id"].as_str().unwrap()), "{row}");
}

#[test]
fn what_offline_lacks_is_one_sentence() {
    let world = World::start(&[]);
    let ran = world.run(&["list", "--offline"]);
    assert_eq!(ran.code, 1);
    let words = "acctui: cloudflare: it was never listed, so that this is not in the inventory (leave --offline out";
    assert!(ran.stderr.starts_with(words), "{ran:?}");
}
