//! Signing in and out, and who connections are: every way of giving a credential, and never the secret itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::pty::Pty;
use crate::support::{Ran, World, with_dead};

/// The simulator's base URL of a provider.
fn base_url(world: &World, connection: &str) -> String {
    let whole: toml::Table = world.whole.parse().unwrap();
    whole["connections"][connection]["base_url"].as_str().unwrap().to_owned()
}

/// A config file that is not there yet.
fn fresh(world: &World) -> PathBuf {
    let path = world.home().join("acctui.toml");
    fs::remove_file(&path).unwrap();
    path
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn private(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn a_secret_from_stdin_is_verified_kept_in_a_file_and_works() {
    let world = World::start(&[]);
    let config = fresh(&world);
    let url = base_url(&world, "cloudflare");
    let login =
        ["auth", "login", "cloudflare", "-c", "prod", "--base-url", &url, "--set", "token=@-", "--store", "file"];
    let ran = world.feed(&login, "sim-token\n");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{ran:?}");
    let text = fs::read_to_string(&config).unwrap();
    assert!(
        text.contains("[connections.prod]") && text.contains("token = { file = \"credentials/prod.token\" }"),
        "{text}"
    );
    assert!(!text.contains("sim-token"), "{text}");
    assert_eq!(mode(&config), 0o600);
    let kept = world.home().join("credentials/prod.token");
    assert_eq!((mode(&kept), fs::read_to_string(&kept).unwrap().as_str()), (0o600, "sim-token"));
    let status = world.json(&["auth", "status"]);
    assert_eq!(status[0]["connection"], "prod");
    assert_eq!(status[0]["status"], "ok");
    assert_eq!(status[0]["reachable"], true);
    assert!(status[0]["source"].as_str().unwrap().ends_with("credentials/prod.token"), "{status}");
    assert_eq!(world.run(&["list", "-o", "ndjson"]).stdout.lines().count(), 60);
}

#[test]
fn a_secret_that_the_provider_refuses_is_not_stored() {
    let world = World::start(&[]);
    let config = fresh(&world);
    let url = base_url(&world, "cloudflare");
    let login = ["auth", "login", "cloudflare", "--base-url", &url, "--set", "token=@-", "--store", "file"];
    let ran = world.feed(&login, "canary-92af\n");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("nothing was stored") && !ran.stderr.contains("canary"), "{ran:?}");
    assert!(!config.exists() && !world.home().join("credentials").exists());
    let ran = world.feed(&[&login[..], &["--no-verify"]].concat(), "canary-92af\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = world.run(&["auth", "status", "-o", "json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
}

#[test]
fn references_are_written_as_they_are_and_the_users_comments_stay() {
    let world = World::start(&[]);
    let url = base_url(&world, "cloudflare");
    let text = format!(
        "# mine\nmouse = false # no mouse\n\n[connections.prod] # the one\nprovider = \"cloudflare\"\nbase_url = \"{url}\" # sim\n\
         token = {{ env = \"OLD\" }} # the old one\nprotection = \"typed\"\n"
    );
    world.configure(&text);
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        Ran::of(command.env("NEW", "sim-token").env("KEY", "sim-key").output().unwrap())
    };
    let login = ["auth", "login", "-c", "prod", "--env", "token=NEW"];
    let ran = run(&login);
    assert_eq!(ran.code, 5, "it has one already: {ran:?}");
    assert!(ran.stderr.contains("environment variable OLD") && ran.stderr.contains("--yes"), "{ran:?}");
    let ran = run(&[&login[..], &["--yes"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let written = fs::read_to_string(world.home().join("acctui.toml")).unwrap();
    assert_eq!(written, text.replace("OLD", "NEW"));
    // Another kind takes the place of all fields of the old one.
    let kind = ["auth", "login", "-c", "prod", "--set", "email=admin@example.com", "--env", "key=KEY", "--yes"];
    let ran = run(&kind);
    assert_eq!(ran.code, 0, "{ran:?}");
    let written = fs::read_to_string(world.home().join("acctui.toml")).unwrap();
    assert!(
        written.contains("email = \"admin@example.com\"") && written.contains("key = { env = \"KEY\" }"),
        "{written}"
    );
    assert!(!written.contains("token") && written.contains("# mine") && written.contains("# no mouse"), "{written}");
    let command =
        ["auth", "login", "cloudflare", "-c", "by-command", "--base-url", &url, "--command", "token=echo sim-token"];
    assert_eq!(run(&command).code, 0);
    let ran = run(&["auth", "status", "-o", "json"]);
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap();
    let sources: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["the config file and environment variable KEY", "command echo"], "{ran:?}");
    assert_eq!(rows[0]["identity"], "admin@example.com");
}

#[test]
fn what_is_on_the_machine_is_named_and_not_taken_unasked() {
    let world = World::start(&[]);
    fresh(&world);
    private(
        &world,
        ".cloud66/cx.json",
        "{\n  \"AccessToken\": \"sim-token\",\n  \"Expiry\": \"0001-01-01T00:00:00Z\"\n}\n",
    );
    private(&world, ".huaweicloud/credentials", "[global]\nak = SIMACCESSKEY\nsk = sim-secret-key\n");
    let url = base_url(&world, "cloud66");
    let ran = world.run(&["auth", "login", "cloud66", "--base-url", &url]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("--import cx") && ran.stderr.contains(".cloud66/cx.json"), "{ran:?}");
    let ran = world.run(&["auth", "login", "cloud66", "--base-url", &url, "--import", "cx"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let url = base_url(&world, "huawei");
    let ran = world.run(&["auth", "login", "huawei", "--base-url", &url]);
    assert!(ran.code == 4 && ran.stderr.contains("--import profile:global"), "{ran:?}");
    let ran = world.run(&["auth", "login", "huawei", "--base-url", &url, "--import", "profile:global"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let written = fs::read_to_string(world.home().join("acctui.toml")).unwrap();
    assert!(written.contains("token = { file = \".cloud66/cx.json\" }"), "{written}");
    assert!(written.contains("credentials = { profile = \"global\" }"), "{written}");
    assert!(!written.contains("SIMACCESSKEY") && !written.contains("sim-"), "{written}");
    assert_eq!(world.run(&["auth", "status"]).code, 0);
}

#[test]
fn a_command_may_print_the_whole_credential_with_its_end() {
    let world = World::start(&[]);
    let url = base_url(&world, "huawei");
    let printed = |expiration: &str| {
        private(
            &world,
            "printed.json",
            &format!(
                "{{\"Version\":1,\"AccessKeyId\":\"SIMACCESSKEY\",\"SecretAccessKey\":\"sim-secret-key\",\"Expiration\":\"{expiration}\"}}"
            ),
        );
    };
    printed("2999-01-01T00:00:00Z");
    let file = world.home().join("printed.json");
    world.configure(&format!(
        "[connections.h]\nprovider = \"huawei\"\nbase_url = \"{url}\"\ncredentials = {{ command = [\"cat\", \"{}\"], format = \
         \"aws-process\" }}\n",
        file.display()
    ));
    let status = world.json(&["auth", "status"]);
    assert_eq!(status[0]["expires_at"], "2999-01-01T00:00:00.000Z", "{status}");
    assert_eq!(status[0]["source"], "command cat");
    printed("2020-01-01T00:00:00Z");
    let ran = world.run(&["auth", "status", "-o", "json"]);
    assert!(ran.code == 4 && ran.stderr.contains("it ended at 2020-01-01"), "{ran:?}");
    let ran = world.run(&["list", "--live"]);
    assert!(ran.code == 4 && ran.stderr.contains("it ended at 2020-01-01"), "{ran:?}");
}

#[test]
fn secrets_never_stand_on_the_command_line_and_are_not_said_back() {
    let world = World::start(&[]);
    let ran = world.run(&["auth", "login", "cloudflare", "--set", "token=canary-77", "--store", "file"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("@FILE") && !ran.stderr.contains("canary"), "{ran:?}");
    let ran = world.run(&["auth", "login", "cloudflare", "--set", "canary-77", "--store", "file"]);
    assert!(ran.code == 2 && !ran.stderr.contains("canary"), "{ran:?}");
    let ran = world.feed(&["auth", "login", "cloudflare", "-c", "x", "--set", "token=@-"], "canary");
    assert!(ran.code == 2 && ran.stderr.contains("--store file") && !ran.stderr.contains("canary"), "{ran:?}");
    let ran = world.feed(&["auth", "login", "cloudflare", "-c", "x", "--set", "tokn=@-"], "canary");
    assert!(ran.code == 2 && ran.stderr.contains("did you mean token?"), "{ran:?}");
    let ran = world.run(&["auth", "login", "cloudfare"]);
    assert!(ran.code == 2 && ran.stderr.contains("did you mean cloudflare?"), "{ran:?}");
}

#[test]
fn a_machine_without_a_keyring_says_so_at_once() {
    let world = World::start(&[]);
    let url = base_url(&world, "cloudflare");
    let login =
        ["auth", "login", "cloudflare", "-c", "k", "--base-url", &url, "--set", "token=@-", "--store", "keyring"];
    let ran = world.feed(&login, "sim-token");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("keyring") && !ran.stderr.contains("sim-token"), "{ran:?}");
    world.configure(&world.config.replace("\"sim-token\"", "{ keyring = \"acctui/cloudflare\" }"));
    let ran = world.run(&["auth", "status"]);
    assert!(ran.code == 4 && ran.stderr.contains("has no keyring"), "{ran:?}");
}

#[test]
fn status_says_each_connection_in_every_format_and_its_exit_says_the_worst() {
    let world = World::start(&[]);
    world.connect_all();
    let ran = world.run(&["auth", "status"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for words in ["Identity", "cloudflare", "huawei", "landscape-new", "list accounts"] {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
    for secret in ["sim-token", "sim-key", "Sim-Passw0rd", "sim-secret-key"] {
        assert!(!ran.stdout.contains(secret), "{secret}: {ran:?}");
    }
    let ran = world.run(&["auth", "status", "-o", "csv"]);
    let header = "connection,provider,status,identity,organization,kind,source,expires_at,reachable,problem";
    assert_eq!(ran.stdout.lines().next(), Some(header));
    let lines = world.run(&["auth", "status", "-o", "ndjson"]);
    assert!(lines.stdout.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines:?}");
    world.configure(&with_dead(&world.config));
    let ran = world.run(&["auth", "status"]);
    assert!(ran.code == 1 && ran.stderr.contains("dead"), "unreachable is no matter of signing in: {ran:?}");
    let bad = "[connections.bad]\nprovider = \"cloudflare\"\ntoken = { env = \"NOT_SET\" }\n";
    world.configure(&format!("{}\n{bad}", with_dead(&world.config)));
    let ran = world.run(&["auth", "status", "-o", "json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap();
    let of = |name: &str| rows.as_array().unwrap().iter().find(|row| row["connection"] == name).unwrap().clone();
    assert_eq!((of("cloudflare")["status"].clone(), of("cloudflare")["reachable"].clone()), ("ok".into(), true.into()));
    assert_eq!((of("dead")["status"].clone(), of("dead")["reachable"].clone()), ("wrong".into(), false.into()));
    assert_eq!((of("bad")["status"].clone(), of("bad")["reachable"].clone()), ("wrong".into(), Value::Null));
    let before = world.requests().len();
    assert_eq!(world.run(&["auth", "status", "-c", "cloudflare", "--offline"]).code, 0);
    assert_eq!(world.requests().len(), before, "offline asks nobody");
}

#[test]
fn status_says_what_a_token_may_not_and_when_it_ended() {
    let world = World::start(&[]);
    let with = |token: &str| {
        world.configure(&world.config.replace("\"sim-token\"", &format!("\"{token}\"")));
        let ran = world.run(&["auth", "status", "-o", "json"]);
        (ran.code, serde_json::from_str::<Value>(&ran.stdout).unwrap()[0].clone())
    };
    let (code, row) = with("sim-token-expired");
    assert_eq!((code, row["status"].as_str()), (4, Some("wrong")), "{row}");
    let (code, row) = with("sim-token-noscope");
    assert_ne!(code, 0, "{row}");
    let (code, row) = with("sim-token-account");
    assert_eq!(code, 0, "{row}");
    let organizations = row["permissions"].as_array().unwrap().iter().find(|it| it["what"] == "list organizations");
    assert!(organizations.is_some_and(|it| !it["allowed"].is_null() || it["why"].is_string()), "{row}");
}

#[test]
fn signing_out_removes_what_login_stored_and_keeps_the_rest() {
    let world = World::start(&[]);
    let config = fresh(&world);
    let url = base_url(&world, "cloudflare");
    let login =
        ["auth", "login", "cloudflare", "-c", "prod", "--base-url", &url, "--set", "token=@-", "--store", "file"];
    assert_eq!(world.feed(&login, "sim-token").code, 0);
    let kept = world.home().join("credentials/prod.token");
    assert!(kept.exists());
    let ran = world.run(&["auth", "logout", "-c", "prod"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(!kept.exists());
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.contains("enabled = false") && text.contains("base_url") && !text.contains("token"), "{text}");
    let ran = world.run(&["list", "-c", "prod", "--live"]);
    assert!(ran.code == 4 && ran.stderr.contains("signed out"), "{ran:?}");
    // Signing in again needs no word: there is nothing to replace, and where it is is known.
    let again = ["auth", "login", "-c", "prod", "--set", "token=@-", "--store", "file"];
    assert_eq!(world.feed(&again, "sim-token").code, 0);
    assert_eq!(world.run(&["auth", "status"]).code, 0);
    let ran = world.run(&["auth", "logout", "-c", "prdo"]);
    assert!(ran.code == 2 && ran.stderr.contains("did you mean prod?"), "{ran:?}");
}

#[test]
fn a_connection_from_the_environment_says_which_of_two_kinds_is_used() {
    let world = World::start(&[]);
    let url = base_url(&world, "cloudflare");
    let run = |arguments: &[&str]| {
        let mut command = world.bare();
        command.env("CLOUDFLARE_API_TOKEN", "sim-token").env("CLOUDFLARE_BASE_URL", &url);
        command.env("CLOUDFLARE_EMAIL", "admin@example.com").env("CLOUDFLARE_API_KEY", "sim-key");
        Ran::of(command.args(arguments).output().unwrap())
    };
    let ran = run(&["auth", "status", "-v"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("environment variable CLOUDFLARE_API_TOKEN"), "{ran:?}");
    assert!(ran.stderr.contains("CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY is not used"), "{ran:?}");
    let ran = run(&["auth", "logout"]);
    assert!(ran.code == 2 && ran.stderr.contains("unset that"), "{ran:?}");
    let ran = run(&["auth", "login", "cloudflare", "--base-url", &url, "--import", "env:email"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let written = fs::read_to_string(world.home().join(".config/acctui/config.toml")).unwrap();
    assert!(written.contains("key = { env = \"CLOUDFLARE_API_KEY\" }"), "{written}");
}

#[test]
fn at_a_terminal_it_asks_step_by_step_and_shows_no_secret() {
    let world = World::start(&[]);
    let url = base_url(&world, "cloudflare");
    let config = world.home().join("asked/config.toml");
    let argv = [crate::pty::PROGRAM, "--config", config.to_str().unwrap(), "auth", "login"];
    let none = [("CLOUDFLARE_API_TOKEN", ""), ("CLOUD66_TOKEN", ""), ("CLOUDFLARE_API_KEY", "")];
    let mut pty = Pty::start(world.home(), &argv, &none);
    pty.wait("A connection to");
    pty.send("cloudflare\r");
    pty.wait("Name of the connection [cloudflare]");
    pty.send("prod\r");
    pty.wait("Base URL of its API");
    pty.send(&format!("{url}\r"));
    pty.wait("dash.cloudflare.com");
    pty.wait("Which kind of credential?");
    pty.send("1\r");
    pty.wait("Where is the secret?");
    pty.send("file\r");
    pty.wait("token (not shown)");
    pty.send("sim-token\r");
    pty.wait("signed in: connection prod");
    assert_eq!(pty.exit(), 0);
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("sim-token"), "{}", pty.text());
    assert_eq!(mode(&config), 0o600);
    assert_eq!(mode(config.parent().unwrap()), 0o700);
}

#[test]
fn a_status_that_is_wrong_has_its_failure_as_data() {
    let world = World::start(&[]);
    world.configure(&world.config.replace("sim-token", "wrong"));
    let ran = world.run(&["auth", "status", "-o", "json"]);
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!((ran.code, &error["error"]["failures"][0]["connection"]), (4, &"cloudflare".into()), "{ran:?}");
    assert_eq!(error["error"]["failures"][0]["kind"], "auth");
}
