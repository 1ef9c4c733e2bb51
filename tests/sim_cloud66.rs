//! The simulated Cloud 66, over real HTTP: what its documents say is what a client gets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod cloud66_house;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use acctui::sim::{Options, assumptions};
use reqwest::Method;
use serde_json::{Value, json};

use cloud66_house::{House, Reply, assuming, with_faults};

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

const FIELDS: [&str; 11] = [
    "id",
    "owner",
    "created_at_iso",
    "updated_at_iso",
    "stack_count",
    "used_clouds",
    "current_account",
    "friendly_name",
    "unmanaged_servers",
    "server_registration_script",
    "configstore_namespace",
];

#[tokio::test]
async fn accounts_come_thirty_a_page_with_the_documented_envelope_and_fields() {
    let house = House::plain().await;
    let first = house.get("/accounts").await;
    assert_eq!(first.headers["content-type"], "application/json");
    assert_eq!(keys(&first.json), ["response", "count", "pagination"]);
    assert_eq!(first.json["response"].as_array().unwrap().len(), 30);
    let wanted = json!({"previous": null, "next": 2, "current": 1, "per_page": 30, "count": 50, "pages": 2});
    assert_eq!(first.json["pagination"], wanted);
    let last = house.get("/accounts.json?page=2&per_page=5").await.json;
    assert_eq!(last["response"].as_array().unwrap().len(), 20);
    assert_eq!((&last["pagination"]["previous"], &last["pagination"]["next"]), (&json!(1), &Value::Null));
    let rows = house.rows("/accounts").await;
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 50);
    for row in &rows {
        assert_eq!(keys(row), FIELDS);
        assert_eq!(row["unmanaged_servers"], Value::Null);
        assert!(row["created_at_iso"].as_str().unwrap() <= row["updated_at_iso"].as_str().unwrap());
    }
    assert_eq!(rows.iter().filter(|row| row["current_account"] == true).count(), 1);
    assert_eq!((&rows[0]["id"], &rows[0]["owner"]), (&json!(139), &json!("admin@example.com")));
    assert!(rows.iter().any(|row| row["owner"].is_null()) && rows.iter().any(|row| row["friendly_name"] == ""));
    let mut names = HashMap::new();
    for row in &rows {
        *names.entry(row["friendly_name"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(names["Acme Retail"], 2);
    assert!(house.get("/accounts?page=3").await.json["response"].as_array().unwrap().is_empty());
    for bad in ["0", "x", "-1"] {
        assert_eq!(house.get(&format!("/accounts?page={bad}")).await.json["error"], "bad_request");
    }
}

#[tokio::test]
async fn servers_come_only_if_asked_for_and_only_with_the_primary_account() {
    let house = House::open(assuming(&["cloud66.unmanaged-servers=all"])).await;
    let plain = house.get("/accounts/139").await.json;
    assert_eq!(keys(&plain), ["response"]);
    assert_eq!(plain["response"]["unmanaged_servers"], Value::Null);
    let asked = house.get("/accounts/139.json?include_servers=true").await.json;
    let servers = asked["response"]["unmanaged_servers"].as_array().unwrap().clone();
    let shapes: HashSet<Vec<&str>> = servers.iter().map(keys).collect();
    assert_eq!(shapes.len(), 3);
    assert!(servers.iter().any(|one| one["id"].is_u64()) && servers.iter().any(|one| one["id"].is_string()));
    let other = house.rows("/accounts").await[1]["id"].clone();
    let other = house.get(&format!("/accounts/{other}?include_servers=true")).await;
    assert_eq!((other.status, &other.json["response"]["unmanaged_servers"]), (200, &Value::Null));
    assert_eq!(house.get("/accounts/139?include_servers=perhaps").await.status, 400);
    let in_body = house.request(Method::GET, "/accounts/139").bearer_auth("sim-token");
    let in_body = House::send(in_body.json(&json!({"include_servers": true}))).await;
    assert_eq!(in_body.json["response"]["unmanaged_servers"], json!(servers));
    let own = house.call("sim-token-account", Method::GET, "/accounts").await.json["response"][0].clone();
    let path = format!("/accounts/{}?include_servers=true", own["id"]);
    let none = house.call("sim-token-account", Method::GET, &path).await;
    assert_eq!(none.json["response"]["unmanaged_servers"], json!([]), "asked, and there are none");
}

#[tokio::test]
async fn by_default_the_ids_of_servers_are_text_as_the_vendors_library_needs_them() {
    let house = House::plain().await;
    let asked = house.get("/accounts/139?include_servers=true").await.json;
    let servers = asked["response"]["unmanaged_servers"].as_array().unwrap();
    assert!(!servers.is_empty() && servers.iter().all(|one| keys(one) == ["id", "name", "vendor"]));
    assert!(servers.iter().all(|one| one["id"].is_string()));
}

#[tokio::test]
async fn absent_and_foreign_accounts_are_not_found() {
    let house = House::plain().await;
    for id in ["138", "140", "999999999", "x", "otp2", "0", "99999999999999999999999"] {
        let reply = house.get(&format!("/accounts/{id}")).await;
        assert_eq!((reply.status, &reply.json["error"]), (404, &json!("not_found")), "{id}");
        assert!(reply.json["error_description"].is_string());
    }
    let foreign = house.call("sim-token-account", Method::GET, "/accounts/139").await;
    assert_eq!(foreign.status, 404);
}

#[tokio::test]
async fn each_credential_may_what_it_stands_for() {
    let house = House::plain().await;
    let table = [
        ("sim-token", "/accounts", 200),
        ("sim-token", "/users", 200),
        ("sim-token-user", "/accounts", 200),
        ("sim-token-user", "/users", 403),
        ("sim-token-readonly", "/users", 200),
        ("sim-token-noscope", "/accounts", 403),
        ("sim-token-noscope", "/accounts/139", 403),
        ("sim-token-noscope", "/stacks", 200),
        ("sim-token-noscope", "/ping/auth", 200),
        ("sim-token-expired", "/accounts", 401),
        ("sim-token-trial", "/accounts", 402),
        ("nobody", "/ping/auth", 401),
        ("nobody", "/ping", 200),
    ];
    for (token, path, status) in table {
        let reply = house.call(token, Method::GET, path).await;
        assert_eq!(reply.status, status, "{token} {path}");
        assert_eq!(reply.headers.contains_key("www-authenticate"), status == 401);
    }
    let lacking = house.call("sim-token-noscope", Method::GET, "/accounts").await.json;
    assert!(lacking["error_description"].as_str().unwrap().contains("`users`"));
    let table = [("sim-token-readonly", 200), ("sim-token-user", 200), ("sim-token-account", 403)];
    for (token, status) in table.into_iter().chain([("sim-token-noscope", 403), ("sim-token-expired", 401)]) {
        assert_eq!(house.call(token, Method::POST, "/accounts/otp").await.status, status, "{token}");
    }
    for (scheme, status) in [("bearer", 200), ("BEARER", 200), ("Token", 401), ("Basic", 401)] {
        let request = house.request(Method::GET, "/accounts").header("authorization", format!("{scheme} sim-token"));
        assert_eq!(House::send(request).await.status, status, "{scheme}");
    }
    let none = House::send(house.request(Method::GET, "/accounts")).await;
    assert_eq!((none.status, &none.json["error"]), (401, &json!("unauthenticated")));
    let own = house.call("sim-token-account", Method::GET, "/accounts").await.json;
    assert_eq!((&own["pagination"]["count"], &own["response"][0]["current_account"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn a_one_time_password_signs_in_once() {
    let house = House::plain().await;
    let code = house.otp().await;
    assert!(code.len() == 48 && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    let good = house.page(&format!("/otp?otp={code}")).await;
    assert_eq!((good.status, &good.headers["cache-control"]), (200, &"no-store".parse().unwrap()));
    assert!(good.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(good.text.contains("Signed in") && !good.text.contains(&code));
    for bad in [code.as_str(), "unknown", ""] {
        let refused = house.page(&format!("/otp?otp={bad}")).await;
        assert_eq!(refused.status, 403, "{bad}");
        assert!(refused.text.contains("not valid") && !refused.text.contains("Signed in"));
    }
    assert_eq!(house.page("").await.status, 200);
    assert_eq!(house.page("/nowhere").await.status, 404);
    assert_eq!(house.get("/accounts/otp.json").await.json["response"]["ok"], true, "the library sends GET");
    let post_only = House::open(assuming(&["cloud66.otp-method=post"])).await;
    assert_eq!(post_only.get("/accounts/otp").await.status, 404);
    assert_eq!(post_only.otp().await.len(), 48);
}

#[tokio::test]
async fn the_log_never_holds_a_one_time_password() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let house = House::open(Options { log: Some(log.path().to_owned()), ..Options::default() }).await;
    let code = house.otp().await;
    house.page(&format!("/otp?from=x&otp={code}")).await;
    house.page(&format!("/otp?%6ftp={code}")).await;
    let text = std::fs::read_to_string(log.path()).unwrap();
    assert!(!text.contains(&code), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |method: &str, path: &str, query: &str, status: u16, credential: &str| json!({"method": method, "path": path, "query": query, "status": status, "credential": credential});
    let wanted = [
        line("POST", "/cloud66/api/3/accounts/otp", "", 200, "token"),
        line("GET", "/cloud66/otp", "from=x&otp=<secret>", 200, "none"),
        line("GET", "/cloud66/otp", "%6ftp=<secret>", 403, "none"),
    ];
    assert_eq!(lines, wanted);
}

#[tokio::test]
async fn users_belong_to_the_account_that_the_header_names() {
    let house = House::plain().await;
    let users = house.rows("/users").await;
    assert!(users.len() > 30 && users.iter().all(|user| user.get("access_profile").is_none()));
    let me: Vec<&Value> = users.iter().filter(|user| user["primary_account_id"] == 139).collect();
    assert_eq!((me.len(), &me[0]["email"]), (1, &json!("admin@example.com")));
    assert_eq!(ids(&users).iter().collect::<HashSet<_>>().len(), users.len());
    for account in ids(&house.rows("/accounts").await) {
        let request = house.request(Method::GET, "/users.json").bearer_auth("sim-token");
        let reply = House::send(request.header("x-account", account)).await;
        let users = reply.json["response"].as_array().unwrap().clone();
        let owned = users.iter().filter(|user| user["email"] == "admin@example.com").count();
        assert_eq!(owned, 1, "{account}");
        let last = &users[users.len() - 1]["id"];
        let full = house.get(&format!("/users/{last}")).await.json["response"].clone();
        assert_eq!(full["access_profile"]["account_profile"].as_object().unwrap().len(), 19);
    }
    let lost = house.request(Method::GET, "/users").bearer_auth("sim-token").header("x-account", "140");
    assert_eq!(House::send(lost).await.status, 404);
    assert_eq!(house.get("/users/self").await.status, 404);
    let mut user = house.get("/users/2001").await.json["response"].clone();
    user["email"] = json!("other@example.com");
    user["access_profile"]["account_profile"]["can_payment"] = json!(false);
    let put = house.write(Method::PUT, "/users/2001.json", &user).await;
    assert_eq!(put.json["response"]["email"], "admin@example.com", "only the access profile is applied");
    let read = house.get("/users/2001").await.json;
    assert_eq!(read["response"]["access_profile"], user["access_profile"]);
}

#[tokio::test]
async fn gateways_are_made_changed_and_removed() {
    let house = House::plain().await;
    let path = "/accounts/139/gateways";
    let before = house.get(path).await.json;
    assert_eq!((before["response"].as_array().unwrap().len(), &before["pagination"]["pages"]), (2, &json!(1)));
    let wanted = ["id", "name", "username", "address", "private_ip", "ttl", "content", "created_at_iso"];
    assert_eq!(keys(&before["response"][0])[..8], wanted);
    assert!(before["response"][0]["ttl"].is_string());
    let form = house.request(Method::POST, path).bearer_auth("sim-token");
    let made = House::send(form.form(&[("name", "edge"), ("ttl", "60")])).await;
    assert_eq!(made.json, json!({"response": {"ok": true}}));
    assert_eq!(house.write(Method::POST, path, &json!({"address": "192.0.2.1"})).await.status, 400);
    let rows = house.get(path).await.json["response"].clone();
    assert_eq!((&rows[2]["name"], &rows[2]["content"]), (&json!("edge"), &json!("N/A")));
    let one = format!("{path}/{}", rows[2]["id"]);
    assert_eq!(house.write(Method::PUT, &one, &json!({"content": "key", "ttl": 5})).await.status, 200);
    assert_eq!(house.get(path).await.json["response"][2]["content"], "key");
    assert_eq!(house.call("sim-token", Method::DELETE, &one).await.json["response"]["ok"], true);
    assert_eq!(house.call("sim-token", Method::DELETE, &one).await.status, 404);
    assert_eq!(house.get(path).await.json["response"].as_array().unwrap().len(), 2);
    let refused = house.call("sim-token-readonly", Method::DELETE, &format!("{path}/1")).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn each_stack_names_its_account_and_counts_there() {
    let house = House::plain().await;
    let accounts = house.rows("/accounts").await;
    let stacks = house.rows("/stacks.json").await;
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for stack in &stacks {
        *counts.entry(stack["account_id"].as_u64().unwrap()).or_insert(0) += 1;
    }
    for account in &accounts {
        let count = counts.get(&account["id"].as_u64().unwrap()).copied().unwrap_or(0);
        assert_eq!(account["stack_count"], json!(count));
    }
    let uid = stacks[40]["uid"].as_str().unwrap();
    assert_eq!(house.get(&format!("/stacks/{uid}.json")).await.json["response"], stacks[40]);
    let empty = "&filter_environment=&filter_git_repo=&filter_git_branch=";
    let found = house.rows(&format!("/stacks?filter_name=BILL{empty}")).await;
    assert!(!found.is_empty() && found.iter().all(|stack| stack["name"].as_str().unwrap().contains("bill")));
    let scoped = house.request(Method::GET, "/stacks").bearer_auth("sim-token").header("x-account", "139");
    assert_eq!(House::send(scoped).await.json["pagination"]["count"], accounts[0]["stack_count"]);
    let lost = house.get(&format!("/stacks/{uid}/servers")).await;
    assert_eq!((lost.status, &lost.json["error"]), (503, &json!("not_implemented")));
}

#[tokio::test]
async fn refusals_come_in_cloud_66s_words() {
    let table = [("429=1", 503, "throttled"), ("500=1", 500, "internal_server_error")];
    for (fault, status, id) in table {
        let house = House::open(with_faults(&[fault])).await;
        let reply = house.get("/accounts").await;
        assert_eq!((reply.status, &reply.json["error"]), (status, &json!(id)));
        assert!(!reply.headers.contains_key("retry-after"));
        assert!(house.page("/otp?otp=x").await.text.contains("<html"));
    }
    let house = House::open(with_faults(&["success-false=1"])).await;
    let reply = house.call("sim-token", Method::POST, "/accounts/otp").await;
    assert_eq!((reply.status, &reply.json["response"]["ok"]), (200, &json!(false)));
    let house = House::open(assuming(&["cloud66.error-body=details", "cloud66.warning=present"])).await;
    assert!(house.get("/accounts/1").await.json["details"].as_str().unwrap().contains("could not be found"));
    assert!(house.get("/accounts").await.headers.contains_key("x-cloud66-warning"));
    let house = House::open(assuming(&["cloud66.restricted-account=one"])).await;
    let mut refused = Vec::new();
    for id in ids(&house.rows("/accounts").await) {
        let reply = house.get(&format!("/accounts/{id}")).await;
        if reply.status != 200 {
            refused.push(reply);
        }
    }
    assert_eq!(refused.len(), 1);
    assert!(refused[0].status == 400 && refused[0].text.contains("restricted"));
}

#[tokio::test]
async fn faults_of_lists_leave_their_marks() {
    let plain = House::plain().await;
    let wanted: HashSet<u64> = ids(&plain.rows("/accounts").await).into_iter().collect();
    for fault in ["shuffle", "dup", "short-pages"] {
        let house = House::open(with_faults(&[fault])).await;
        let rows = ids(&house.rows("/accounts").await);
        assert_eq!(rows.iter().copied().collect::<HashSet<_>>(), wanted, "{fault}");
        assert_eq!(rows.len() > 50, fault == "dup");
        assert_eq!(house.get("/accounts").await.json["pagination"]["per_page"], 30);
    }
    let house = House::open(with_faults(&["repeat-token"])).await;
    assert_eq!(house.get("/accounts?page=2").await.json["pagination"]["next"], 2);
    let house = House::open(with_faults(&["forbid=Berlin Edge Platform"])).await;
    let rows = house.rows("/accounts").await;
    let berlin = rows.iter().find(|row| row["friendly_name"] == "Berlin Edge Platform").unwrap();
    assert_eq!(house.get(&format!("/accounts/{}", berlin["id"])).await.status, 403);
    let house = House::open(with_faults(&["no-organizations"])).await;
    assert_eq!(house.get(&format!("/accounts/{}/gateways", berlin["id"])).await.status, 403);
    assert_eq!(house.rows("/accounts").await.len(), 50);
}

#[tokio::test]
async fn a_write_may_take_effect_and_not_be_answered_and_reads_may_lag() {
    let path = "/accounts/139/gateways";
    let house = House::open(with_faults(&["500-after-write=1"])).await;
    assert_eq!(house.write(Method::POST, path, &json!({"name": "g"})).await.status, 500);
    assert_eq!(house.get(path).await.json["pagination"]["count"], 3);
    let house = House::open(with_faults(&["stale-reads=2s"])).await;
    assert_eq!(house.write(Method::POST, path, &json!({"name": "g"})).await.status, 200);
    assert_eq!(house.get(path).await.json["pagination"]["count"], 2);
    while house.get(path).await.json["pagination"]["count"] != 3 {}
}

#[tokio::test]
async fn with_limits_three_thousand_requests_an_hour_are_answered() {
    let house = House::open(Options { limits: true, ..Options::default() }).await;
    for left in (0..3_000).rev() {
        let reply = house.get("/ping/auth").await;
        assert_eq!(reply.headers["x-ratelimit-remaining"], left.to_string().as_str());
    }
    let refused = house.call("sim-token-user", Method::GET, "/accounts").await;
    assert_eq!((refused.status, &refused.json["error"]), (503, &json!("throttled")));
    assert!(!refused.headers.contains_key("retry-after"));
    assert_eq!(house.call("sim-token-account", Method::GET, "/accounts").await.status, 200, "another user");
    assert_eq!(house.page("").await.status, 200, "pages are not counted");
}

/// A walk over everything that holds whatever is assumed.
async fn holds_together(house: &House, what: &str) {
    let rows = house.rows("/accounts").await;
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 50, "{what}");
    let primary: Vec<&Value> = rows.iter().filter(|row| row["current_account"] == true).collect();
    assert_eq!(primary.len(), 1, "{what}");
    let path = format!("/accounts/{}", primary[0]["id"]);
    assert_eq!(house.get(&path).await.json["response"], *primary[0], "{what}");
    let asked = house.get(&format!("{path}?include_servers=true")).await.json;
    assert!(!asked["response"]["unmanaged_servers"].as_array().unwrap().is_empty(), "{what}");
    let code = house.otp().await;
    assert_eq!(house.page(&format!("/otp?otp={code}")).await.status, 200, "{what}");
    assert_eq!(house.page(&format!("/otp?otp={code}")).await.status, 403, "{what}");
    assert!(house.rows("/users").await.len() > 30, "{what}");
    assert!(house.rows("/stacks").await.len() >= 9, "{what}");
    assert_eq!(house.get(&format!("{path}/gateways")).await.json["count"], 2, "{what}");
    assert!([400, 404].contains(&house.get("/accounts/x").await.status), "{what}");
    assert_eq!(house.call("nobody", Method::GET, "/accounts").await.status, 401, "{what}");
}

#[tokio::test]
async fn the_simulated_cloud_66_holds_together_under_each_assumption_and_twenty_draws() {
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("cloud66.")) {
        for value in one.values {
            let what = format!("{}={value}", one.name);
            holds_together(&House::open(assuming(&[&what])).await, &what).await;
        }
    }
    for seed in 1..=20 {
        let options = Options { seed, ..assuming(&["seed"]) };
        holds_together(&House::open(options).await, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn every_assumption_changes_what_is_answered() {
    let usual = fingerprint(Options::default()).await;
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("cloud66.")) {
        for value in &one.values[1..] {
            let what = format!("{}={value}", one.name);
            // A password's lifetime shows only to those who wait; the unit tests have a clock of their own.
            let apart = one.name == "cloud66.otp-lifetime";
            let changed = fingerprint(assuming(&[&what])).await != usual;
            assert!(changed || apart, "{what} changes nothing");
        }
    }
}

/// Many answers in one text, with limits and faults in reach of every assumption.
async fn fingerprint(options: Options) -> String {
    let faults =
        ["forbid=Nordics@/cloud66/api/3/accounts/1", "429=1@/cloud66/api/3/ping", "500=1@/cloud66/api/3/stacks/"];
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let house = House::open(Options { faults, limits: true, ..options }).await;
    let budget = house.get("/accounts/138").await;
    let mut text = format!("{:?}\n", budget.headers.get("x-ratelimit-limit"));
    let paths = [
        "/accounts",
        "/accounts?page=0",
        "/accounts?page=9",
        "/accounts?per_page=5",
        "/accounts?page=2",
        "/accounts/x",
        "/accounts/139?include_servers=true",
        "/accounts/139/gateways",
        "/users",
        "/users/2002",
        "/users/self",
        "/stacks",
        "/stacks?filter_name=bill",
        "/ping",
        "/clouds",
    ];
    for path in paths {
        let reply = house.get(path).await;
        writeln!(text, "{path} {} {:?} {}", reply.status, header_names(&reply), reply.text).unwrap();
    }
    let rows = house.get("/accounts").await.json["response"].clone();
    for row in rows.as_array().unwrap().iter().take(10) {
        for path in ["", "/gateways"] {
            let reply = house.get(&format!("/accounts/{}{path}", row["id"])).await;
            writeln!(text, "{} {}", reply.status, reply.text).unwrap();
        }
    }
    let refused = [
        ("sim-token-user", Method::GET, "/users"),
        ("sim-token-readonly", Method::POST, "/accounts/otp"),
        ("sim-token-account", Method::POST, "/accounts/otp"),
        ("sim-token", Method::GET, "/accounts/otp"),
        ("sim-token", Method::DELETE, "/accounts/139"),
        ("sim-token", Method::GET, "/stacks/x"),
    ];
    for (token, method, path) in refused {
        let reply = house.call(token, method, path).await;
        writeln!(text, "{} {}", reply.status, reply.text.len()).unwrap();
    }
    text += &house.write(Method::PUT, "/users/2003", &json!({})).await.text;
    let unknown = house.request(Method::GET, "/stacks").bearer_auth("sim-token").header("x-account", "140");
    text += &House::send(unknown).await.text;
    let body = house.request(Method::GET, "/accounts/139").bearer_auth("sim-token");
    text + &House::send(body.json(&json!({"include_servers": true}))).await.text
}

fn header_names(reply: &Reply) -> Vec<&str> {
    let all = reply.headers.keys().map(reqwest::header::HeaderName::as_str);
    all.filter(|name| !["date", "content-length"].contains(name)).collect()
}

#[tokio::test]
async fn a_million_accounts_are_listed_at_their_end() {
    let options = Options { accounts: vec!["cloud66=1000000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let last = house.get("/accounts?page=33334").await.json;
    assert_eq!((last["response"].as_array().unwrap().len(), &last["pagination"]["next"]), (10, &Value::Null));
    let row = &last["response"][9];
    assert_eq!(house.get(&format!("/accounts/{}", row["id"])).await.json["response"], *row);
    let stacks = house.get("/stacks?page=100000").await.json;
    assert_eq!(stacks["response"].as_array().unwrap().len(), 30);
}
