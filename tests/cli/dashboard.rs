//! What only some providers have: sign-in links, switching, what is not asked by default. Where there is none it is said, and
//! no request goes out.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Ran, World};

/// A simulator with connections to all of it.
fn world() -> World {
    let world = World::start(&[]);
    world.configure(&world.whole);
    world
}

/// How many codes were fetched.
fn codes(world: &World) -> usize {
    let is_otp = |request: &&Value| request["path"].as_str().is_some_and(|path| path.contains("/accounts/otp"));
    world.requests().iter().filter(is_otp).count()
}

/// A browser that writes its arguments into a file, and nothing else.
fn browser(folder: &Path) -> (PathBuf, PathBuf) {
    let (program, arguments) = (folder.join("browser"), folder.join("arguments"));
    let script = format!("#!/bin/sh\nprintf '%s' \"$*\" > '{0}.new' && mv '{0}.new' '{0}'\n", arguments.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program, arguments)
}

/// What a GET gives, head and body.
fn get(url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut answer = String::new();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn location(answer: &str) -> &str {
    let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location: "));
    line.unwrap_or_else(|| panic!("no Location: {answer}")).split_once(": ").unwrap().1
}

/// Waits for a file that a child of this process has written; whole when it is there.
fn content(path: &Path, child: &mut Child) -> String {
    loop {
        if let Ok(text) = fs::read_to_string(path) {
            return text;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended, and {} never came", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn what_a_provider_does_not_offer_is_said_and_nothing_is_asked() {
    let world = world();
    for (arguments, words) in [
        (vec!["otp", "-c", "cloudflare"], "cloudflare: Cloudflare has no one-time links"),
        (vec!["otp", "--print", "-c", "cloudflare"], "cloudflare: Cloudflare has no one-time links"),
        (vec!["switch", "a", "-c", "cloudflare"], "nothing to switch"),
        (
            vec!["show", "a", "--servers", "-c", "cloudflare"],
            "cloudflare: Cloudflare has nothing for --servers (Cloudflare gives all it has of an account at once): leave it out\n",
        ),
        (
            vec!["show", "a", "--servers", "-c", "cloudflare", "-c", "huawei"],
            "cloudflare, huawei: not asked, their providers have nothing for --servers: leave it out to ask them\n",
        ),
        (vec!["show", "1", "--contact", "-c", "cloud66"], "for its unmanaged servers give --servers\n"),
        (vec!["list", "--contact", "-c", "cloudflare"], "cloudflare: Cloudflare has nothing for --contact"),
        (vec!["list", "--contact", "-c", "cloud66"], "give --servers"),
        (vec!["otp", "--open", "--print"], "cannot be used with"),
    ] {
        let ran = world.run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains(words), "{arguments:?} {ran:?}");
    }
    assert!(world.requests().is_empty(), "{:?}", world.requests());
}

#[test]
fn a_code_is_printed_alone_and_signs_in_once() {
    let world = world();
    let log = world.home().join("log");
    let ran = world.run(&["otp", "--print", "--log-file", log.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let code = ran.stdout.strip_suffix('\n').unwrap();
    assert!(!code.is_empty() && code.bytes().all(|byte| byte.is_ascii_graphic()), "{ran:?}");
    assert!(!fs::read_to_string(log).unwrap().contains(code), "the log has the code");
    let web = base(&world);
    assert!(get(&format!("{web}/otp?otp={code}")).contains("Signed in"));
    assert!(!get(&format!("{web}/otp?otp={code}")).contains("Signed in"), "it works once");
    let ran = world.run(&["otp", "--print", "-v"]);
    for words in ["works once", "primary account", "/otp?otp=CODE"] {
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    assert!(!ran.stderr.contains(ran.stdout.trim()), "{ran:?}");
}

/// Where the simulated Cloud 66 has its web pages.
fn base(world: &World) -> String {
    let line = world.whole.lines().find(|line| line.contains("/cloud66/api/3")).unwrap();
    let url = line.split('"').nth(1).unwrap();
    url.strip_suffix("/api/3").unwrap().to_owned()
}

#[test]
fn without_a_browser_nothing_is_fetched() {
    let world = world();
    for browser in [None, Some("/no/such/browser")] {
        let mut command = world.command(&["otp"]);
        if let Some(browser) = browser {
            command.env("BROWSER", browser);
        }
        let ran = Ran::of(command.output().unwrap());
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains("nothing was fetched") && ran.stderr.contains("--print"), "{ran:?}");
    }
    assert_eq!(codes(&world), 0);
}

#[test]
fn the_browser_is_given_an_address_without_the_code_which_leads_to_the_dashboard_once() {
    let world = world();
    let (program, arguments) = browser(world.home());
    let mut command = world.command(&["otp", "--open", "-v"]);
    command.env("BROWSER", &program).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let address = content(&arguments, &mut child);
    assert!(address.starts_with("http://127.0.0.1:") && address.len() > 40, "{address}");
    let answer = get(&address);
    let page = location(&answer);
    assert!(page.starts_with(&format!("{}/otp?otp=", base(&world))), "{page}");
    let code = page.rsplit('=').next().unwrap();
    assert!(!address.contains(code));
    assert!(get(page).contains("Signed in"));
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("in your browser: signed in to your primary account"), "{ran:?}");
    assert!(!ran.stderr.contains(code), "{ran:?}");
    assert_eq!(codes(&world), 1);
}

#[test]
fn nothing_read_only_gives_a_code() {
    let world = world();
    for how in ["--open", "--print"] {
        let ran = world.run(&["otp", how, "--read-only"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{ran:?}");
        assert!(ran.stderr.contains("--read-only"), "{ran:?}");
    }
    world.configure(&world.whole.replace("\"confirm\"", "\"read-only\""));
    let ran = world.run(&["otp", "--print"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{ran:?}");
    assert!(ran.stderr.contains("read-only connection"), "{ran:?}");
    assert_eq!(codes(&world), 0);
}

#[test]
fn of_several_connections_with_links_one_has_to_be_named() {
    let world = world();
    let second = format!(
        "[connections.sixty]\nprovider = \"cloud66\"\nbase_url = \"{}/api/3\"\ntoken = \"sim-token\"\n",
        base(&world)
    );
    world.configure(&format!("{}\n{second}", world.whole));
    let ran = world.run(&["otp", "--print"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("cloud66, sixty") && ran.stderr.contains("-c"), "{ran:?}");
    assert_eq!(codes(&world), 0);
    assert_eq!(world.run(&["otp", "--print", "-c", "sixty"]).code, 0);
}

#[test]
fn servers_are_asked_for_by_their_flag_alone() {
    let world = world();
    let accounts = world.json(&["list", "-c", "cloud66"]);
    let is_primary = |account: &&Value| account["raw"]["current_account"] == true;
    let primary = accounts.as_array().unwrap().iter().find(is_primary).unwrap()["id"].as_str().unwrap().to_owned();
    let plain = world.run(&["show", &primary, "-c", "cloud66"]);
    assert!(plain.stdout.contains("not asked (--servers)"), "{plain:?}");
    let asked = world.json(&["show", &primary, "--servers"]);
    assert!(asked["raw"]["unmanaged_servers"].is_array(), "{asked}");
    let with_servers =
        |request: &Value| request["query"].as_str().is_some_and(|query| query.contains("include_servers"));
    let asking: Vec<Value> = world.requests().into_iter().filter(with_servers).collect();
    assert_eq!(asking.len(), 1, "{asking:?}");
    // Nobody else was asked whether it is theirs: none has servers.
    assert!(!world.requests().iter().any(|request| request["path"].as_str().unwrap().contains("/cloudflare/")));
    let ran = world.run(&["show", "999999", "--servers"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("cloud66: there is no account 999999"), "{ran:?}");
    assert!(ran.stderr.contains("cloudflare, ") && ran.stderr.contains("leave it out to ask them"), "{ran:?}");
    assert!(ran.stderr.trim_end().lines().count() <= 2, "{ran:?}");
}

#[test]
fn contact_data_comes_with_its_flag_and_rows_keep_their_organizations() {
    let world = world();
    let plain = world.json(&["list", "-c", "huawei"]);
    let asked = world.json(&["list", "-c", "huawei", "--contact"]);
    let (plain, asked) = (plain.as_array().unwrap(), asked.as_array().unwrap());
    assert_eq!(plain.len(), asked.len());
    for (plain, asked) in plain.iter().zip(asked) {
        assert_eq!((&plain["id"], &plain["parent"]), (&asked["id"], &asked["parent"]));
        assert!(plain["raw"].get("email").is_none(), "not asked: {plain}");
    }
    assert!(asked.iter().any(|account| account["parent"].is_object()));
    let with_email = asked.iter().find(|account| account["email"].is_string()).unwrap();
    let (id, email) = (with_email["id"].as_str().unwrap(), with_email["email"].as_str().unwrap());
    let organization = with_email["parent"]["id"].as_str().unwrap();
    for scope in [vec!["--org", organization], vec!["--org", organization, "--direct"]] {
        let arguments = [vec!["list", "-c", "huawei", "--contact"], scope].concat();
        let rows = world.json(&arguments);
        let row = rows.as_array().unwrap().iter().find(|account| account["id"] == id).unwrap();
        assert_eq!(row["email"], email, "{arguments:?}");
    }
    let table = world.run(&["list", "-c", "huawei", "--contact", "--filter", email]);
    assert!(table.stdout.contains(email), "the filter and the table know it: {table:?}");
    assert_eq!(world.json(&["show", id, "--contact"])["email"], email);
    let plain = world.run(&["show", id, "-c", "huawei", "--live"]);
    assert!(plain.stdout.contains("not asked (--contact)") && !plain.stdout.contains(email), "{plain:?}");
}

#[test]
fn a_sync_with_contact_data_says_first_what_that_costs() {
    let world = world();
    let ran = world.run(&["sync", "-c", "huawei", "--with", "contact", "-v"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let before = world.requests().len();
    let ran = world.run(&["sync", "-c", "huawei", "--with", "contact", "-v"]);
    let asked = world.requests().into_iter().skip(before);
    let paid = asked.filter(|request| request["query"].to_string().contains("with_register_contact_info")).count();
    assert!(paid > 0 && ran.stderr.contains(&format!("cost the listing once more: {paid} requests")), "{paid} {ran:?}");
}

#[test]
fn switching_proves_that_a_login_reaches_an_account() {
    let world = world();
    let accounts = world.json(&["list", "-c", "landscape"]);
    let id = accounts[1]["id"].as_str().unwrap();
    let switched = world.json(&["switch", id]);
    assert_eq!((&switched["id"], &switched["connection"]), (&accounts[1]["id"], &"landscape".into()));
    let ran = world.run(&["switch", id, "-c", "landscape"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains(id), "{ran:?}");
    let ran = world.run(&["switch", "no-such-account", "-c", "landscape"]);
    assert!(matches!(ran.code, 1 | 7) && ran.stdout.is_empty(), "{ran:?}");
    let switches = world.requests();
    let switches = switches.iter().filter(|request| request["path"].as_str().unwrap().ends_with("/switch-account"));
    assert_eq!(switches.count(), 3, "one a command");
}

#[test]
fn a_code_is_data_where_data_is_asked_for_and_a_switch_to_nobody_finds_nothing() {
    let world = world();
    let row = world.json(&["otp", "--print"]);
    assert_eq!(row["connection"], "cloud66");
    assert!(!row["code"].as_str().unwrap().is_empty() && row["page"].as_str().unwrap().contains("/otp"), "{row}");
    let csv = world.run(&["otp", "--print", "-o", "csv"]).stdout;
    assert!(csv.starts_with("connection,code,page,parameter\ncloud66,"), "{csv}");
    world.connect_all();
    let ran = world.run(&["switch", "nope", "-c", "landscape"]);
    assert_eq!(ran.code, 7, "{ran:?}");
}
