//! Reads give the same in every format, in the shapes of the contract, and ask the provider for no more than they need.

use std::collections::BTreeSet;
use std::io::Read as _;

use crate::support::World;
use serde_json::Value;

const KEYS: [&str; 11] =
    ["connection", "provider", "id", "name", "type", "status", "email", "created_at", "updated_at", "parent", "raw"];

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn keys(row: &Value) -> Vec<&str> {
    row.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_list_is_whole_and_the_same_in_every_format() {
    let world = World::start(&[]);
    let json = world.json(&["list"]);
    assert_eq!(ids(&json).len(), 60);
    assert_eq!(keys(&json[0]), KEYS);

    let ndjson = world.run(&["list", "-o", "ndjson"]);
    assert_eq!((ndjson.code, ndjson.stderr.as_str()), (0, ""));
    let lines: Vec<Value> = ndjson.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut streamed: Vec<&str> = lines.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let mut listed = ids(&json);
    streamed.sort_unstable();
    listed.sort_unstable();
    assert_eq!(streamed, listed);

    let csv = world.run(&["list", "-o", "csv", "--filter", "'acme"]);
    let header = csv.stdout.lines().next().unwrap();
    assert_eq!(header, "connection,provider,id,name,type,status,email,created_at,updated_at,parent_id,parent_name");
    assert!(csv.stdout.lines().count() > 1);

    let table = world.run(&["list"]);
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    assert_eq!(table.stdout.lines().count(), 61);
    assert!(!table.stdout.contains('\u{1b}'), "no colour off a terminal, and nothing of a provider's");
    assert!(ids(&json).iter().all(|id| table.stdout.contains(id)), "off a terminal nothing is cut");
}

#[test]
fn filter_order_columns_and_limit_are_obeyed() {
    let world = World::start(&[]);
    let sorted = world.json(&["list", "--sort", "name:desc", "--limit", "10"]);
    let mut names: Vec<String> = Vec::new();
    for row in sorted.as_array().unwrap() {
        names.push(row["name"].as_str().unwrap().to_lowercase());
    }
    assert_eq!(names.len(), 10);
    assert!(names.first() > names.last(), "{names:?}");
    let found = world.json(&["list", "--filter", "'acme"]);
    assert!(!ids(&found).is_empty());
    for row in found.as_array().unwrap() {
        assert!(row["name"].as_str().unwrap().to_lowercase().contains("acme"), "{row}");
    }
    let chosen = world.run(&["list", "--columns", "id,name", "--limit", "1"]);
    let header: Vec<&str> = chosen.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["ID", "Name"]);
    assert_eq!(world.run(&["list", "-o", "ndjson", "--limit", "7"]).stdout.lines().count(), 7);
}

#[test]
fn a_column_that_is_not_there_is_answered_with_those_that_are_in_lines_with_room() {
    let world = World::start(&[]);
    world.connect_all();
    for (args, first) in [
        (&["list", "--sort", "bogus"][..], "acctui: there is no column bogus"),
        (&["list", "--columns", "id,bogus"], "acctui: there is no column bogus"),
        (&["list", "--sort", ""], "acctui: a column's name is missing"),
        (&["journal", "--sort", "bogus"], "acctui: there is no column bogus"),
    ] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.stderr.lines().next()), (2, Some(first)), "{ran:?}");
        assert!(ran.stderr.lines().count() > 1 && ran.stderr.lines().all(|line| line.chars().count() <= 80), "{ran:?}");
    }
    let near = world.run(&["list", "--sort", "nmae"]);
    assert_eq!(near.stderr, "acctui: there is no column nmae (did you mean name?)\n");
}

#[test]
fn a_connection_without_organizations_says_so_in_the_tree() {
    let world = World::start(&[]);
    world.connect_all();
    let ran = world.run(&["tree", "-o", "table"]);
    let line = ran.stdout.lines().find(|line| line.starts_with("cloud66")).unwrap();
    assert!(line.starts_with("cloud66  (no "), "{ran:?}");
    assert!(ran.stdout.lines().any(|line| line == "cloudflare" || line == "cf"), "{ran:?}");
}

#[test]
fn an_organization_is_its_subtree_and_with_direct_or_a_parameter_itself_alone() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let root = lineage[0]["id"].as_str().unwrap();
    let parent = lineage.last().unwrap()["id"].as_str().unwrap();
    let subtree = world.json(&["list", "--org", root]);
    assert!(ids(&subtree).contains(&id.as_str()));
    let direct = world.json(&["list", "--org", parent, "--direct"]);
    assert!(ids(&direct).contains(&id.as_str()));
    assert!(direct.as_array().unwrap().iter().all(|row| row["parent"]["id"] == parent));
    assert_eq!(world.json(&["org", "accounts", parent]), direct);
    let name = lineage.last().unwrap()["name"].as_str().unwrap();
    assert!(direct.as_array().unwrap().iter().all(|row| row["parent"]["name"] == name), "{direct}");

    let before = world.requests().len();
    let asked = world.run(&[
        "list",
        "--org",
        parent,
        "--name-contains",
        "e",
        "--order-by",
        "account_name",
        "--direction",
        "desc",
        "--page-size",
        "5",
    ]);
    assert_eq!((asked.code, asked.stderr.as_str()), (0, ""));
    let requests = world.requests().split_off(before);
    let (listing, others): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|request| request["path"].as_str().unwrap().ends_with("/accounts"));
    assert!(!listing.is_empty());
    assert!(others.len() <= 1, "the organization is asked for its name at most once: {others:?}");
    for request in listing {
        let query = request["query"].as_str().unwrap();
        for part in ["name.contains=e", "order_by=account_name", "direction=desc", "page_size=5"] {
            assert!(query.contains(part), "every page carries {part}: {query}");
        }
    }
}

#[test]
fn a_parameter_that_needs_an_organization_says_so_and_asks_nobody() {
    let world = World::start(&[]);
    for flag in ["--name-contains", "--pubname", "--order-by"] {
        let ran = world.run(&["list", flag, "x"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(flag) && ran.stderr.contains("--org"), "{ran:?}");
    }
    assert!(world.requests().is_empty());
    let name = world.json(&["list"])[0]["name"].as_str().unwrap().to_owned();
    let found = world.json(&["list", "--name", &name]);
    assert!(found.as_array().unwrap().iter().all(|row| row["name"] == name.as_str()));
}

#[test]
fn show_gives_all_that_the_provider_says_as_one_object() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let account = world.json(&["show", &id]);
    assert_eq!(keys(&account), KEYS);
    assert_eq!(account["id"], id.as_str());
    assert_eq!(account["raw"]["id"], id.as_str());
    let table = world.run(&["show", &id]);
    assert!(table.stdout.contains("raw.settings."), "{}", table.stdout);
}

#[test]
fn a_lineage_is_root_first_and_a_tree_holds_it() {
    let world = World::start(&[]);
    let (_, lineage) = world.account_in_organization();
    for step in &lineage {
        assert_eq!(keys(step), ["id", "name", "type"]);
    }
    let tree = world.json(&["tree"]);
    let mut level = &tree;
    for step in &lineage {
        let node = level.as_array().unwrap().iter().find(|node| node["id"] == step["id"]);
        level = &node.unwrap_or_else(|| panic!("{step} is not in its place"))["children"];
    }
    let root = lineage[0]["id"].as_str().unwrap();
    // So many of it, and columns of choice; what is cut off is a tree, too.
    let cut = world.json(&["tree", "--limit", "2", "-c", "cloudflare"]);
    let names = |nodes: &Value| -> usize {
        fn count(node: &Value) -> usize {
            1 + node["children"].as_array().unwrap().iter().map(count).sum::<usize>()
        }
        nodes.as_array().unwrap().iter().map(count).sum()
    };
    assert_eq!(names(&cut), 2);
    let ran = world.run(&["tree", "-c", "cloudflare", "-o", "csv", "--columns", "id,parent_id", "--limit", "1"]);
    assert_eq!(ran.stdout, format!("id,parent_id\n{},\n", tree[0]["id"].as_str().unwrap()));
    let part = world.json(&["tree", root]);
    assert_eq!(ids(&part), [root]);
    let organizations = world.json(&["org", "list"]);
    assert!(ids(&organizations).contains(&root));
    assert_eq!(world.json(&["org", "show", root])["id"], root);
}

#[test]
fn a_profile_is_its_five_fields_and_nothing_else() {
    let world = World::start(&[]);
    let (id, lineage) = world.account_in_organization();
    let fields = ["business_name", "business_email", "business_phone", "business_address", "external_metadata"];
    let organization = lineage[0]["id"].as_str().unwrap();
    let commands = [vec!["profile", &id], vec!["profile", organization], vec!["org", "profile", organization]];
    for command in commands {
        let profile = world.json(&command);
        assert_eq!(keys(&profile), fields);
        assert!(profile.as_object().unwrap().values().all(Value::is_string), "{profile}");
    }
}

#[test]
fn a_landscape_profile_is_all_that_its_preferences_hold_the_title_first() {
    let world = World::start(&[]);
    world.configure(&world.whole);
    let accounts = world.json(&["list", "-c", "landscape"]);
    let id = accounts[0]["id"].as_str().unwrap();
    let profile = world.json(&["profile", id, "-c", "landscape"]);
    let names = keys(&profile);
    assert_eq!(names[0], "title");
    assert!(names.contains(&"audit_retention_period"), "{profile}");
    assert!(!names.contains(&"registration_password"), "a secret is in no profile");
}

#[test]
fn an_id_is_found_at_the_connection_that_has_it() {
    let world = World::start(&[]);
    let other = World::start(&["--seed", "7"]);
    let second = other.config.replace("[connections.cloudflare]", "[connections.second]");
    let theirs: Vec<String> = ids(&other.json(&["list"])).into_iter().map(str::to_owned).collect();
    let ours: Vec<String> = ids(&world.json(&["list"])).into_iter().map(str::to_owned).collect();
    world.configure(&format!("{}\n{second}", world.config));
    let only_theirs = theirs.iter().find(|id| !ours.contains(id)).unwrap();
    assert_eq!(world.json(&["show", only_theirs])["connection"], "second");
    assert_eq!(ids(&world.json(&["list"])).len(), 120);
    assert_eq!(ids(&world.json(&["list", "-c", "second"])).len(), 60);
    let nowhere = world.run(&["show", "00000000000000000000000000000000"]);
    assert_eq!(nowhere.code, 7);
    assert!(nowhere.stderr.contains("cloudflare, second"), "{nowhere:?}");
}

#[test]
fn organizations_that_may_not_be_listed_are_those_of_the_accounts_and_that_is_said() {
    let world = World::start(&["--fault", "no-organizations"]);
    for command in [vec!["tree"], vec!["org", "list"], vec!["tree", "-o", "json"]] {
        let ran = world.run(&command);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stdout.lines().count() > 1, "{ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        for part in ["may not be listed with this credential", "derived from accounts", "(403)"] {
            assert!(ran.stderr.contains(part), "{part}: {ran:?}");
        }
    }
    let ran = world.run(&["tree", "00000000000000000000000000000000"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "nothing was delivered: {ran:?}");

    let world = World::start(&["--fault", "no-organizations", "--accounts", "0"]);
    let ran = world.run(&["tree"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "nothing could be derived: {ran:?}");
    assert!(ran.stderr.contains("forbidden (403)"), "{ran:?}");
}

/// What a command writes to a terminal that does not know its size.
fn on_a_terminal(world: &World, arguments: &[&str]) -> String {
    let pty = portable_pty::native_pty_system();
    let pair = pty.openpty(portable_pty::PtySize { rows: 0, cols: 0, pixel_width: 0, pixel_height: 0 }).unwrap();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_acctui"));
    command.env_clear();
    command.env("HOME", world.home());
    command.arg("--config");
    command.arg(world.home().join("acctui.toml"));
    command.args(arguments);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut bytes = Vec::new();
    // A terminal whose program has gone ends with an error, after all that was written.
    let _ = reader.read_to_end(&mut bytes);
    assert!(child.wait().unwrap().success());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn nothing_hidden_reaches_a_terminal_in_any_format_and_csv_elsewhere_is_the_data_itself() {
    let world = World::start(&[]);
    let hidden = |text: &str| text.contains(['\u{202e}', '\u{202c}', '\u{200b}', '\u{9b}', '\u{7}']);
    for format in ["csv", "json", "ndjson", "table"] {
        for command in [["org", "list"], ["list", "--no-color"]] {
            let text = on_a_terminal(&world, &[&command[..], &["-o", format]].concat());
            assert!(text.lines().count() > 10, "{format}: {text}");
            assert!(!hidden(&text), "{format}: {text:?}");
        }
    }
    assert!(hidden(&world.run(&["org", "list", "-o", "csv"]).stdout));
}

#[test]
fn an_organizations_own_accounts_name_it_in_every_format() {
    let world = World::start(&[]);
    let (_, lineage) = world.account_in_organization();
    let parent = lineage.last().unwrap();
    let (id, name) = (parent["id"].as_str().unwrap(), parent["name"].as_str().unwrap());
    for format in ["json", "ndjson", "csv", "table"] {
        let before = world.requests().len();
        let ran = world.run(&["org", "accounts", id, "-o", format, "--limit", "3", "--live"]);
        assert_eq!(world.requests().len() - before, 2, "the listing, and once the organization");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let rows = ran.stdout.lines().filter(|line| line.contains(name)).count();
        assert!(rows > 0, "{ran:?}");
        assert!(ran.stdout.lines().count() - rows <= 2, "each row has it, only headers and brackets have not: {ran:?}");
    }
}

#[test]
fn accounts_whose_place_did_not_come_are_a_partial_result() {
    let world = World::start(&["--fault", "500=1@/huawei/v1/organizations/entities"]);
    world.configure(&world.whole);
    let ran = world.run(&["list", "-c", "huawei", "-o", "ndjson"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 15, "all of them came");
    assert!(ran.stderr.contains("not every one's organization is known"), "{}", ran.stderr);
}

#[test]
fn an_account_of_a_walked_hierarchy_names_its_parent_alone_and_in_the_list() {
    let world = World::start(&[]);
    world.configure(&world.whole);
    let listed = world.json(&["list", "-c", "huawei"]);
    let account = &listed[3];
    let shown = world.json(&["show", account["id"].as_str().unwrap()]);
    assert!(account["parent"].is_object());
    assert_eq!(shown["parent"], account["parent"]);
}

#[test]
fn a_lineage_is_looked_for_where_the_account_is() {
    let world = World::start(&[]);
    world.configure(&world.whole);
    for unknown in [&["lineage", "nosuch"][..], &["org", "show", "nosuch"], &["org", "accounts", "nosuch"]] {
        let ran = world.run(unknown);
        assert_eq!(ran.code, 7, "{unknown:?} {}", ran.stderr);
    }
    let landscape = world.json(&["list", "-c", "landscape"]);
    let ran = world.run(&["lineage", landscape[0]["id"].as_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("landscape"), "{}", ran.stderr);
}

#[test]
fn an_id_of_another_shape_is_not_found_however_it_is_refused() {
    let world = World::start(&[
        "--assume",
        "cloud66.malformed-id=400",
        "--assume",
        "huawei.malformed-id=400-Organizations.1016",
    ]);
    world.configure(&world.whole);
    for connection in ["cloudflare", "cloud66", "landscape", "huawei"] {
        let ran = world.run(&["-c", connection, "show", "nosuch"]);
        assert_eq!(ran.code, 7, "{connection}: {ran:?}");
        assert!(ran.stderr.contains(connection) && ran.stderr.contains("nosuch"), "{ran:?}");
    }
    let ran = world.run(&["-c", "huawei", "lineage", "nosuch"]);
    assert_eq!(ran.code, 7, "{ran:?}");
}

#[test]
fn an_organization_that_nobody_has_is_not_found() {
    for assume in [&[][..], &["--assume", "huawei.unknown-unit=400-Organizations.1201"]] {
        let world = World::start(assume);
        world.configure(&world.whole);
        for connection in ["cloudflare", "landscape", "huawei"] {
            for id in ["nosuch", "nosuch/desktop"] {
                for command in [&["org", "accounts", id][..], &["list", "--org", id, "--direct"], &["org", "show", id]]
                {
                    let ran = world.run(&[&["-c", connection], command].concat());
                    assert_eq!((ran.code, ran.stdout.as_str()), (7, ""), "{connection} {command:?}: {ran:?}");
                    assert!(ran.stderr.contains(connection), "{ran:?}");
                }
            }
        }
    }
}

#[test]
fn a_server_that_does_not_say_whether_it_is_new_is_an_empty_list_with_words() {
    let world = World::start(&["--assume", "landscape.standalone-absent=404"]);
    world.configure(&world.whole);
    let ran = world.run(&["list", "-o", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let ran = world.run(&["-c", "landscape-new", "list", "-o", "json", "-v"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "[]\n"));
    assert!(ran.stderr.contains("landscape-new: No account to show: this server did not say"), "{ran:?}");
    assert!(ran.stderr.contains("configure credentials to sign in"), "{ran:?}");
}

#[test]
fn what_a_provider_says_beside_its_answer_is_said_once_where_somebody_wants_it() {
    let world = World::start(&["--assume", "cloud66.warning=present"]);
    world.configure(&world.whole);
    let accounts = world.json(&["-c", "cloud66", "list"]);
    let id = accounts[0]["id"].as_str().unwrap();
    world.json(&["-c", "cloud66", "show", id]);
    let words = |ran: &crate::support::Ran| {
        let told = ran.stderr.lines().filter(|line| line.starts_with("acctui: cloud66: ") && !line.contains(" GET "));
        told.map(str::to_owned).collect::<Vec<_>>()
    };
    let listed = words(&world.run(&["-c", "cloud66", "list", "-v"]));
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(words(&world.run(&["-c", "cloud66", "show", id, "-v", "--live"])), listed);
}

#[test]
fn a_filter_asks_fields_and_a_wrong_one_is_a_usage_error() {
    let world = World::start(&[]);
    world.connect_all();
    for (filter, words) in
        [("hooli stats:active", "no field `stats:`; did you mean `status:`?"), ("created:>soon", "`soon` is no date")]
    {
        for command in ["list", "export"] {
            let ran = world.run(&[command, "--filter", filter]);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
            assert!(ran.stderr.contains(words), "{ran:?}");
        }
    }

    let ids = |arguments: &[&str]| -> BTreeSet<String> {
        let listed = world.json(arguments);
        listed.as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = world.json(&["list", "-c", "cloudflare"]);
    let all = all.as_array().unwrap();
    let inside = all.iter().find(|account| account["parent"]["id"].is_string()).unwrap();
    let organization = inside["parent"]["id"].as_str().unwrap();
    let subtree = ids(&["list", "-c", "cloudflare", "--org", organization]);
    assert_eq!(ids(&["list", "-c", "cloudflare", "--filter", &format!("org:={organization}")]), subtree);

    let with = |path: &str, value: &Value| -> BTreeSet<String> {
        let has = |account: &&Value| account["raw"].pointer(path) == Some(value);
        all.iter().filter(has).map(|account| account["id"].as_str().unwrap().to_owned()).collect()
    };
    for value in [true, false] {
        let expected = with("/settings/enforce_twofactor", &Value::from(value));
        let filter = format!("settings.enforce_twofactor:{value}");
        assert_eq!(ids(&["list", "-c", "cloudflare", "--filter", &filter]), expected, "{filter}");
    }
    let made = |account: &&Value| account["created_at"].is_string();
    let dated: BTreeSet<String> =
        all.iter().filter(made).map(|account| account["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids(&["list", "--filter", "conn:=cloudflare created:>=2000 age:>=0s"]), dated);
    // Contact data was not asked for: nobody knows.
    for filter in ["mobile_phone.x:1", "missing:mobile_phone", "-missing:mobile_phone"] {
        assert_eq!(ids(&["list", "-c", "huawei", "--filter", filter]), BTreeSet::new(), "{filter}");
    }
    assert!(
        !ids(&["list", "-c", "huawei", "--contact", "--filter", "missing:mobile_phone | -missing:mobile_phone"])
            .is_empty()
    );
}
