//! Where connections come from: a file, the environment, a command; and what is said when there are none.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Ran, World};

fn base_url(world: &World) -> String {
    let line = world.config.lines().find(|line| line.starts_with("base_url")).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

#[test]
fn with_nothing_configured_a_command_says_what_to_do() {
    let world = World::start(&[]);
    let ran = Ran::of(world.bare().arg("list").output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
    for words in [".config/acctui/config.toml", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "acctui demo"] {
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn the_usual_variables_make_a_read_only_connection() {
    let world = World::start(&[]);
    let (id, _) = world.account_in_organization();
    let run = |arguments: &[&str]| {
        let mut command = world.bare();
        command.env("CLOUDFLARE_API_TOKEN", "sim-token").env("CLOUDFLARE_BASE_URL", base_url(&world));
        Ran::of(command.args(arguments).output().unwrap())
    };
    let ran = run(&["list", "-o", "ndjson"]);
    assert_eq!((ran.code, ran.stderr.as_str(), ran.stdout.lines().count()), (0, "", 60));
    let ran = run(&["list", "-v"]);
    assert!(ran.stderr.contains("API token from CLOUDFLARE_API_TOKEN, read-only"), "{ran:?}");
    let ran = run(&["profile", &id, "--set", "business_name=x", "--yes"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("read-only until"), "{ran:?}");
    assert_eq!(world.puts(), 0);
}

#[test]
fn the_flag_beats_the_variable_and_the_variable_beats_the_usual_place() {
    let world = World::start(&[]);
    let usual = world.home().join(".config/acctui");
    fs::create_dir_all(&usual).unwrap();
    fs::write(usual.join("config.toml"), "nonsense = 1\n").unwrap();
    let ran = Ran::of(world.bare().arg("list").output().unwrap());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("config.toml:1:1: unknown key `nonsense`"), "{ran:?}");
    let good = world.home().join("acctui.toml");
    let ran = Ran::of(world.bare().env("ACCTUI_CONFIG", &good).arg("list").output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut command = world.bare();
    command.env("ACCTUI_CONFIG", "/nonexistent").args(["list", "--config"]).arg(&good);
    assert_eq!(Ran::of(command.output().unwrap()).code, 0);
    let ran = Ran::of(world.bare().env("ACCTUI_CONFIG", "/nonexistent").arg("list").output().unwrap());
    assert!(ran.code == 2 && ran.stderr.contains("/nonexistent"), "{ran:?}");
}

#[test]
fn a_credential_comes_from_a_command_or_a_private_file_and_from_no_file_that_others_read() {
    let world = World::start(&[]);
    let secret = world.home().join("token");
    fs::write(&secret, "sim-token\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let with = |source: &str| {
        world.configure(&world.config.replace("token = \"sim-token\"", &format!("token = {source}")));
        world.run(&["list", "--no-cache", "-o", "ndjson"])
    };
    assert_eq!(with("{ command = [\"echo\", \"sim-token\"] }").code, 0);
    assert_eq!(with("{ file = \"token\" }").code, 0);
    let ran = with("{ command = [\"sh\", \"-c\", \"echo vault is locked >&2; exit 1\"] }");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("command sh") && ran.stderr.contains("vault is locked"), "{ran:?}");
    let ran = with("{ env = \"NOT_SET\" }");
    assert!(ran.code == 4 && ran.stderr.contains("environment variable NOT_SET"), "{ran:?}");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = with("{ file = \"token\" }");
    assert!(ran.code == 4 && ran.stderr.contains("chmod 600"), "{ran:?}");
}

#[test]
fn paths_are_said_whatever_the_config_is_like() {
    let world = World::start(&[]);
    world.configure("this is = = no config");
    let rows = world.json(&["config", "path"]);
    let of = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert!(of("config")["path"].as_str().unwrap().ends_with("acctui.toml") && of("config")["exists"] == true);
    assert!(of("journal")["path"].as_str().unwrap().ends_with(".local/state/acctui/journal.jsonl"));
    let ran = world.run(&["config", "path"]);
    assert!(ran.code == 0 && ran.stdout.contains(".cache/acctui"), "{ran:?}");
    let ran = world.run(&["config", "path", "-o", "csv"]);
    assert!(ran.stdout.starts_with("name,path,exists,what\nconfig,"), "{ran:?}");
    assert_eq!(world.run(&["config", "path", "-o", "ndjson"]).stdout.lines().count(), rows.as_array().unwrap().len());
}

#[test]
fn check_says_all_faults_at_once_with_their_places() {
    let world = World::start(&[]);
    world.configure(
        "colour = 1\n[connections.a]\nprovider = \"cloudflare\"\ntoken = \"hunter2\"\nprotecton = \"open\"\nbudget = 7\n\
         columns = 3\n[connections.b]\nprovider = \"x\"\n[retention]\nhistory = \"long\"\n",
    );
    let ran = world.run(&["config", "check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (2, ""), "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    for (nth, words) in [
        "acctui.toml:1:1: unknown key `colour`",
        "acctui.toml:5:1: unknown key `protecton` (did you mean `protection`?)",
        "acctui.toml:6:10: `budget` must be",
        "acctui.toml:7:11: `columns` must be a list of texts",
        "acctui.toml:9:12: `provider` must be one of",
        "acctui.toml:11:11: `history`",
    ]
    .iter()
    .enumerate()
    {
        assert!(lines[nth].contains(words), "{words}: {ran:?}");
    }
    assert!(!format!("{ran:?}").contains("hunter2"));
    let ran = world.run(&["config", "check", "-o", "json"]);
    let checked: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, checked["ok"].as_bool()), (2, Some(false)));
    assert_eq!(checked["faults"][1]["line"], 5);
    assert_eq!(checked["faults"][1]["hint"], "did you mean `protection`?");
    world.configure(&world.whole);
    let checked = world.json(&["config", "check"]);
    assert_eq!(checked["ok"], true);
    assert!(checked["connections"].as_array().unwrap().len() >= 4, "{checked}");
    let ran = world.run(&["config", "check"]);
    assert!(ran.stdout.contains("no faults") && !ran.stdout.contains("sim-token"), "{ran:?}");
}

#[test]
fn a_bad_file_is_named_and_left_as_it_is() {
    let world = World::start(&[]);
    let path = world.home().join("acctui.toml");
    let good = world.config.clone();
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let ran = world.run(&["config", "check"]);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        ran
    };
    let ran = check(format!("\u{feff}{good}").as_bytes());
    assert!(ran.code == 0 && ran.stdout.contains("cloudflare"), "a byte order mark: {ran:?}");
    let ran = check(good.replace('\n', "\r\n").as_bytes());
    assert!(ran.code == 0 && ran.stdout.contains("cloudflare"), "Windows' line ends: {ran:?}");
    let ran = check(b"");
    assert!(ran.code == 0 && ran.stdout.contains("the file names no connection"), "{ran:?}");
    let half = good.rfind('"').unwrap();
    let ran = check(&good.as_bytes()[..half]);
    assert!(ran.code == 2 && ran.stdout.contains("this is not TOML"), "{ran:?}");
    assert!(ran.stdout.contains(&format!("acctui.toml:{}:", good[..half].lines().count())), "{ran:?}");
    let ran = check(&vec![b'#'; 10 * 1024 * 1024]);
    assert!(ran.code == 2 && ran.stdout.contains("1 MB at most"), "{ran:?}");
    let ran = check(b"mouse = true\n\xff\xfe = 1\n");
    assert!(ran.code == 2 && ran.stdout.contains("not UTF-8 text (line 2)"), "{ran:?}");
    let ran = check(b"\xff\xfem\0o\0");
    assert!(ran.code == 2 && ran.stdout.contains("UTF-16"), "{ran:?}");
    let ran = check(b"connections = [1]\nmouse = \"yes\"\nproxy = \"ftp://x\"\nca_file = 3\n");
    assert!(ran.code == 2 && ran.stdout.lines().count() == 4, "wrong types: {ran:?}");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let ran = world.run(&["config", "check"]);
    assert!(ran.code == 2 && ran.stdout.contains("it is no file"), "{ran:?}");
    let ran = world.run(&["auth", "login", "cloudflare", "--env", "token=T", "--no-verify"]);
    assert!(ran.code == 2 && ran.stderr.contains("it is no file"), "{ran:?}");
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let ran = world.run(&["config", "check"]);
    assert!(ran.code == 2 && ran.stdout.contains("can't be read"), "a link to itself: {ran:?}");
}

#[test]
fn init_writes_a_file_of_comments_once_and_login_keeps_them() {
    let world = World::start(&[]);
    let path = world.home().join(".config/acctui/config.toml");
    let run = |arguments: &[&str]| Ran::of(world.bare().args(arguments).output().unwrap());
    let ran = run(&["config", "init"]);
    assert_eq!((ran.code, ran.stdout.trim(), ran.stderr.as_str()), (0, path.to_str().unwrap(), ""), "{ran:?}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(run(&["config", "init", "--print"]).stdout, text);
    for words in
        ["# protection = \"confirm\"", "# [connections.my-huawei]", "# history = \"400d\"", "dash.cloudflare.com"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(run(&["config", "check"]).code, 0);
    let ran = run(&["config", "init"]);
    assert!(ran.code == 1 && ran.stderr.contains("not written over"), "{ran:?}");
    let ran = run(&["auth", "login", "cloudflare", "--env", "token=T", "--no-verify"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.starts_with(text.trim_end()), "{after}");
    assert_eq!(run(&["config", "check"]).code, 0);
}

#[test]
fn the_schema_names_every_key_and_each_providers_credential() {
    let world = World::start(&[]);
    let schema = world.json(&["config", "schema"]);
    assert_eq!(schema["additionalProperties"], false);
    let kinds = schema["properties"]["connections"]["additionalProperties"]["oneOf"].as_array().unwrap();
    let huawei = kinds.iter().find(|kind| kind["properties"]["provider"]["const"] == "huawei").unwrap();
    for key in ["base_url", "protection", "max_delete", "proxy", "secret_key", "credentials"] {
        assert!(huawei["properties"][key].is_object(), "{key}");
    }
    assert!(huawei["properties"]["token"].is_null());
}

#[test]
fn a_connections_columns_are_those_of_its_list() {
    let world = World::start(&[]);
    world.configure(&format!("{}columns = [\"id\", \"name\"]\n", world.config));
    let ran = world.run(&["list", "--limit", "1"]);
    let head: Vec<&str> = ran.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["ID", "Name"], "{ran:?}");
    let ran = world.run(&["list", "--limit", "1", "-o", "csv"]);
    assert!(ran.stdout.starts_with("connection,provider,id,name,"), "a contract: {ran:?}");
    let ran = world.run(&["list", "--limit", "1", "--columns", "name"]);
    assert_eq!(ran.stdout.lines().next().unwrap().trim(), "Name");
    world.configure(&format!("{}columns = [\"nmae\"]\n", world.config));
    let ran = world.run(&["list"]);
    assert!(ran.code == 2 && ran.stderr.contains("nmae") && ran.stderr.contains("name"), "{ran:?}");
}

/// A proxy that refuses; the first line of each request that it heard.
fn refusing_proxy() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    (url, heard)
}

#[test]
fn a_connections_own_proxy_and_authorities_are_used() {
    let world = World::start(&[]);
    let (proxy, heard) = refusing_proxy();
    let connection = "[connections.prod]\nprovider = \"cloudflare\"\ntoken = \"secret-of-a-test\"\n";
    let used = |config: String| {
        world.configure(&config);
        let ran = world.run(&["list", "--live"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(heard.recv().unwrap().starts_with("CONNECT api.cloudflare.com:443 "), "{ran:?}");
        while heard.try_recv().is_ok() {}
    };
    used(format!("proxy = \"{proxy}\"\n{connection}"));
    used(format!("{connection}proxy = \"{proxy}\"\n"));
    used(format!("proxy = \"http://127.0.0.1:1\"\n{connection}proxy = \"{proxy}\"\n"));

    let authorities = world.home().join("authorities.pem");
    world.configure(&format!("{connection}ca_file = \"authorities.pem\"\nproxy = \"{proxy}\"\n"));
    let without = world.run(&["list", "--live"]);
    std::fs::write(&authorities, "no certificate").unwrap();
    let empty = world.run(&["list", "--live"]);
    for ran in [without, empty] {
        assert_eq!(ran.code, 1, "{ran:?}");
        let path = authorities.display().to_string();
        assert!(ran.stderr.contains(&path), "{ran:?}");
    }
    assert!(heard.try_recv().is_err(), "without the authorities that were asked for nothing is sent");
}

#[test]
fn a_wrong_provider_hides_no_other_fault_of_its_connection() {
    let world = World::start(&[]);
    for provider in ["\"cloudflair\"", "7"] {
        world.configure(&format!(
            "[connections.a]\nprovider = {provider}\nprotection = \"loose\"\nbudget = 9\nnonsense = 1\ntoken = 3\n"
        ));
        let ran = world.run(&["config", "check", "-o", "json"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        for word in ["`provider`", "`protection`", "`budget`", "`nonsense`", "`token`"] {
            assert!(ran.stdout.contains(word), "{word}: {ran:?}");
        }
    }
}

#[test]
fn a_broken_theme_is_told_with_its_line_and_left_as_it_is() {
    let world = World::start(&[]);
    let theme = world.home().join("theme.toml");
    assert_eq!(world.run(&["config", "check"]).code, 0);
    let broken = "[roles]\nselected = { fg = \"#12\" }\n";
    fs::write(&theme, broken).unwrap();
    let ran = world.run(&["config", "check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stdout.contains("theme.toml:2:19: `fg` must be a colour"), "{ran:?}");
    // What is asked of the providers has nothing to do with it.
    assert_eq!(world.run(&["list"]).code, 0);
    assert_eq!(fs::read_to_string(&theme).unwrap(), broken);
    let ran = world.run(&["config", "check", "-o", "json"]);
    let checked: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&checked["path"], &checked["faults"][0]["line"]), (&theme.to_str().unwrap().into(), &2.into()));
}

#[test]
fn colours_and_themes_of_the_config_are_words_that_are_known() {
    let world = World::start(&[]);
    let named = world.config.replace("[connections.cloudflare]", "[connections.cloudflare]\ncolour = \"bright-red\"");
    world.configure(&format!("[ui]\ntheme = \"contrast\"\nascii = true\n{named}"));
    assert_eq!(world.run(&["config", "check"]).code, 0);
    let wrong = named.replace("bright-red", "#12345");
    world.configure(&format!("[ui]\ntheme = \"blue\"\nsize = 3\n{wrong}"));
    let ran = world.run(&["config", "check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for words in ["acctui.toml:2:9: `theme` must be one of auto, dark, light, contrast", "unknown key `size`"] {
        assert!(ran.stdout.contains(words), "{ran:?}");
    }
    assert!(ran.stdout.contains("`colour` must be a colour like"), "{ran:?}");
}

#[test]
fn check_looks_over_the_keys_beside_the_config_file_too() {
    let world = World::start(&[]);
    world.configure(&world.whole);
    let keys = world.home().join("keys.toml");
    fs::write(&keys, "[accounts]\nmark = [\"Space\", \"q\"]\n[everywhere]\ndelete = []\n").unwrap();
    let ran = world.run(&["config", "check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("keys.toml: [accounts] q (mark) hides [everywhere] quit there"), "{ran:?}");
    let broken = "[accounts]\nmark = [\"Ctrl-i\"]\nsort = [\"w\"]\nlabels = [\"w\"]\n[acounts]\nmark = [\"x\"]\n";
    fs::write(&keys, broken).unwrap();
    let ran = world.run(&["config", "check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for fault in [
        "keys.toml:2:9: `Ctrl-i` can't be bound",
        "keys.toml:4:1: w is given to `sort` already, in line 3",
        "keys.toml:6:1: there is no section [acounts]",
    ] {
        assert!(ran.stdout.contains(fault), "{fault}: {ran:?}");
    }
    fs::write(&keys, "\n[acounts]\nmark = [\"x\"]\n").unwrap();
    let ran = world.run(&["config", "check", "-o", "json"]);
    let checked: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, checked["ok"].as_bool()), (2, Some(false)));
    assert_eq!(checked["faults"][0]["line"], 3);
    assert!(checked["faults"][0]["file"].as_str().unwrap().ends_with("keys.toml"), "{checked}");
    assert_eq!(fs::read_to_string(&keys).unwrap(), "\n[acounts]\nmark = [\"x\"]\n", "the file is left as it is");
    // What needs no keys does not care.
    assert_eq!(world.run(&["list", "--no-cache"]).code, 0);
}
