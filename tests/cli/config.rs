//! Where connections come from: a file, the environment, a command; and what is said when there are none.

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
