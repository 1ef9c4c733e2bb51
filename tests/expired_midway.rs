//! A credential that ends in the middle of a listing is fetched once more, and the listing goes on at the page that was
//! refused; refused again it ends there, with the connection and the page named, and what came stays.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use acctui::domain::{Credentials, FailureKind, Moment, Secret};
use acctui::inventory::{Inventory, SyncState, sync};
use acctui::provider::http::Policy;
use acctui::provider::{Provider, Settings, cloudflare, huawei};
use provider_support::{CANARY, Heard, Received, Reply, Server, clean, json};
use serde_json::json as value;

/// Whether a server still takes the first credential for pages beyond the first, and the one that is fetched after it.
#[derive(Clone, Copy)]
enum Second {
    Taken,
    Refused,
}

fn good(result: &serde_json::Value, info: &serde_json::Value) -> Reply {
    let body = value!({"success": true, "errors": [], "messages": [], "result": result, "result_info": info});
    json(200, "", &body.to_string())
}

/// Three numbered pages of two accounts each.
fn cloudflare_answer(request: &Received, is_ended: bool) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let refused = |status: u16| {
        json(
            status,
            "",
            r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#,
        )
    };
    match path.strip_prefix("/client/v4").unwrap() {
        "/user/tokens/verify" => good(&value!({"id": "t1", "status": "active"}), &value!(null)),
        "/accounts" => {
            let page: u32 = query.split('&').find_map(|pair| pair.strip_prefix("page=")).unwrap().parse().unwrap();
            if page > 1 && is_ended {
                return refused(401);
            }
            let rows = [page * 2 - 1, page * 2].map(|id| value!({"id": format!("a{id}"), "name": format!("N{id}")}));
            good(&value!(rows), &value!({"page": page, "per_page": 2, "count": 2, "total_count": 6, "total_pages": 3}))
        }
        _ => refused(403),
    }
}

/// Three pages by marker of two accounts each, in an organization without OUs.
fn huawei_answer(request: &Received, is_ended: bool) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    match path.strip_prefix("/v1/organizations").unwrap() {
        "" => json(200, "", r#"{"organization":{"id":"o-1"}}"#),
        "/accounts" => {
            let marker = query.split('&').find_map(|pair| pair.strip_prefix("marker=m"));
            let page: u32 = marker.map_or(1, |number| number.parse().unwrap());
            if page > 1 && is_ended {
                let cause = "Incorrect IAM authentication information: verify aksk signature fail";
                return json(401, "", &value!({"error_code": "APIGW.0301", "error_msg": cause}).to_string());
            }
            let rows = [page * 2 - 1, page * 2].map(|id| value!({"id": format!("a{id}"), "name": format!("N{id}")}));
            let next = (page < 3).then(|| format!("m{}", page + 1));
            json(200, "", &value!({"accounts": rows, "page_info": {"next_marker": next}}).to_string())
        }
        "/roots" => json(200, "", r#"{"roots":[],"page_info":{"next_marker":null}}"#),
        other => panic!("nobody asks for {other}"),
    }
}

/// A connection whose credential is another one each time that it is fetched.
struct Setup {
    server: Server,
    provider: Box<dyn Provider>,
    fetched: Arc<AtomicU32>,
}

impl Setup {
    /// The first credential, `…-1`, ends after the first page; what becomes of the second one is given.
    fn new(name: &'static str, second: Second) -> Self {
        let server = Server::start(move |_, request| {
            let is_first = request.headers.contains(&format!("{CANARY}-1"));
            let is_ended = is_first || matches!(second, Second::Refused);
            if name == "cloudflare" { cloudflare_answer(request, is_ended) } else { huawei_answer(request, is_ended) }
        });
        let fetched = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&fetched);
        let credentials: acctui::provider::CredentialSource = Arc::new(move || {
            let nth = count.fetch_add(1, Ordering::Relaxed) + 1;
            let key = Secret::new(format!("{CANARY}-{nth}"));
            let fields: BTreeMap<String, Secret> = match name {
                "cloudflare" => [("token".to_owned(), key)].into(),
                _ => [("access_key".to_owned(), key), ("secret_key".to_owned(), Secret::new(CANARY))].into(),
            };
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        });
        let heard = Heard::default();
        let at = |path: &str| Settings {
            credentials: Arc::clone(&credentials),
            ..heard.settings(&format!("{}{path}", server.origin))
        };
        let policy = Policy { attempts: 1, ..Policy::DEFAULT };
        let provider: Box<dyn Provider> = match name {
            "cloudflare" => Box::new(cloudflare::Cloudflare::new(at("/client/v4"), policy).unwrap()),
            _ => Box::new(huawei::Huawei::new(at(""), policy).unwrap()),
        };
        Self { server, provider, fetched }
    }

    /// Lists everything as the program does: how often each account came to the screen, and how the listing ended.
    async fn sync(&self) -> (Vec<String>, SyncState) {
        let connection = "test".into();
        let inventory = Inventory::default();
        let clock: acctui::provider::Clock = Arc::new(|| Moment(1));
        // How it ended stands in the state.
        let _ = sync(&inventory, &*self.provider, &connection, &clock, &mut |_| ()).await;
        let snapshot = inventory.snapshot();
        let mut ids: Vec<String> = snapshot.rows().map(|row| row.id().to_owned()).collect();
        ids.sort();
        (ids, snapshot.connection(&connection).unwrap().sync.clone())
    }

    /// Which credential asked for this page of accounts, each time that it was asked for.
    fn asked(&self, page: u32) -> Vec<u32> {
        let mut asked = Vec::new();
        for request in self.server.received() {
            assert!(request.method == "GET" && request.body.is_empty(), "a listing reads: {request:?}");
            let Some((_, query)) = request.target.split_once("/accounts?") else { continue };
            let named = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.parse().ok());
            if named("page=").or_else(|| named("marker=m")).unwrap_or(1) == page {
                asked.push((1..9).find(|nth| request.headers.contains(&format!("{CANARY}-{nth}"))).unwrap());
            }
        }
        asked
    }
}

#[tokio::test]
async fn the_page_that_was_refused_is_asked_again_and_the_listing_is_whole() {
    for name in ["cloudflare", "huawei"] {
        let setup = Setup::new(name, Second::Taken);
        let (ids, state) = setup.sync().await;
        assert_eq!(ids, ["a1", "a2", "a3", "a4", "a5", "a6"], "{name}");
        assert!(matches!(state, SyncState::Complete { .. }), "{name}: {state:?}");
        assert_eq!(setup.fetched.load(Ordering::Relaxed), 2, "{name}: it is fetched once more");
        assert_eq!(setup.asked(1), [1], "{name}: what came is not asked again");
        assert_eq!(setup.asked(2), [1, 2], "{name}");
        assert_eq!(setup.asked(3).last(), Some(&2), "{name}");
    }
}

#[tokio::test]
async fn a_second_refusal_ends_it_there_and_what_came_stays() {
    for (name, page_words) in [("cloudflare", "page 2 of 3"), ("huawei", "page 2")] {
        let setup = Setup::new(name, Second::Refused);
        let (ids, state) = setup.sync().await;
        assert_eq!(ids, ["a1", "a2"], "{name}");
        let SyncState::Partial { page, why, .. } = state else { panic!("{name}: {state:?}") };
        let why = clean(why);
        assert_eq!((page.as_str(), &why.kind), (page_words, &FailureKind::Auth), "{name}: {why}");
        assert_eq!(setup.fetched.load(Ordering::Relaxed), 2, "{name}: it is fetched once more, and not again");
        if name == "huawei" {
            assert_eq!(setup.asked(2), [1, 2], "one page leads to the next");
        }
        // Pages of a known total are asked side by side: the first that is refused again ends the listing.
        let later = [setup.asked(2), setup.asked(3)];
        assert!(later.iter().any(|asked| *asked == [1, 2]), "{name}: {later:?}");
        assert!(later.iter().all(|asked| asked.is_sorted_by(|a, b| a < b)), "{name}: no credential twice: {later:?}");
    }
}

/// The same as a whole program: its words name the connection and the page.
#[test]
fn the_command_line_names_the_connection_and_the_page() {
    let asked = Arc::new(Mutex::new(0));
    for (name, page) in [("cloudflare", "page 2 of 3"), ("huawei", "page 2")] {
        let count = Arc::clone(&asked);
        let server = Server::start(move |_, request| {
            *count.lock().unwrap() += 1;
            if name == "cloudflare" { cloudflare_answer(request, true) } else { huawei_answer(request, true) }
        });
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("acctui.toml");
        let credential = match name {
            "cloudflare" => format!("base_url = \"{}/client/v4\"\ntoken = \"{CANARY}\"", server.origin),
            _ => format!("base_url = \"{}\"\naccess_key = \"AK\"\nsecret_key = \"{CANARY}\"", server.origin),
        };
        fs::write(&path, format!("[connections.mine]\nprovider = \"{name}\"\n{credential}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_acctui"));
        command.env_clear().env("HOME", home.path()).arg("--config").arg(&path).args(["list", "-o", "ndjson"]);
        let output = command.output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{name}: {words}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2, "{name}");
        assert!(words.contains(&format!("only 2 came from mine: {page}: ")), "{name}: {words}");
        assert!(words.contains("not signed in") && !words.contains(CANARY), "{name}: {words}");
    }
    assert!(*asked.lock().unwrap() > 4);
}
