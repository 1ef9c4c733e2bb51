//! The simulated Landscape, over real HTTP: what its documents say is what a client gets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use acctui::sim::{Options, Sim, assumptions};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};

/// A simulator that runs as long as this lives, and a client for it.
struct House {
    origin: String,
    client: reqwest::Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.take();
    }
}

/// One reply: its status and JSON (null if there is none).
#[derive(Debug)]
struct Reply {
    status: u16,
    json: Value,
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

impl House {
    async fn open(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::bind(options).await.unwrap();
        let origin = format!("http://{}", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move {
            let _ = stopped.await;
        });
        spawn(async move {
            serving.await.unwrap();
        });
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { origin, client, stop: Some(stop) }
    }

    async fn plain() -> Self {
        Self::open(Options::default()).await
    }

    async fn assuming(what: &str) -> Self {
        Self::open(Options { assume: vec![what.parse().unwrap()], ..Options::default() }).await
    }

    async fn with_fault(fault: &str) -> Self {
        Self::open(Options { faults: vec![fault.parse().unwrap()], ..Options::default() }).await
    }

    async fn send(request: reqwest::RequestBuilder) -> Reply {
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        let text = reply.text().await.unwrap();
        Reply { status, json: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    fn at(&self, method: Method, path: &str, token: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.origin));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    async fn get(&self, path: &str, token: &str) -> Reply {
        Self::send(self.at(Method::GET, &format!("/landscape/api/v2{path}"), token)).await
    }

    async fn write(&self, method: Method, path: &str, token: &str, body: &Value) -> Reply {
        Self::send(self.at(method, &format!("/landscape/api/v2{path}"), token).json(body)).await
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Reply {
        self.write(Method::POST, path, token, body).await
    }

    async fn login(&self) -> Value {
        let reply = self.post("/login", "", &by_email()).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        reply.json
    }

    async fn token(&self) -> String {
        text(&self.login().await["token"])
    }

    /// A token for another account.
    async fn in_account(&self, name: &str) -> String {
        let token = self.token().await;
        text(&self.post("/switch-account", &token, &json!({"account_name": name})).await.json["token"])
    }

    async fn legacy(&self, token: &str, query: &str) -> Reply {
        let path = format!("/landscape/api/?version=2011-08-01&{query}");
        Self::send(self.at(Method::GET, &path, token)).await
    }

    /// A signed legacy request in the vendor's way: a POST of a form.
    async fn signed(&self, key: (&str, &str), action: &[(&str, &str)], time: &str) -> Reply {
        let mut pairs: Vec<(&str, &str)> = action.to_vec();
        pairs.extend([("access_key_id", key.0), ("signature_method", "HmacSHA256"), ("signature_version", "2")]);
        pairs.extend([("timestamp", time), ("version", "2011-08-01")]);
        pairs.sort_unstable();
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", quote(name), quote(value))).collect();
        let query = pairs.join("&");
        let host = self.origin.strip_prefix("http://").unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.1.as_bytes()).unwrap();
        mac.update(format!("POST\n{host}\n/landscape/api/\n{query}").as_bytes());
        let signature = quote(&STANDARD.encode(mac.finalize().into_bytes()));
        let request = self.at(Method::POST, "/landscape/api/", "").body(format!("{query}&signature={signature}"));
        Self::send(request.header("content-type", "application/x-www-form-urlencoded")).await
    }
}

fn quote(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn by_email() -> Value {
    json!({"email": "admin@example.com", "password": "Sim-Passw0rd"})
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn claims(token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap()
}

const KEY: (&str, &str) = ("SIMACCESSKEY", "sim-secret-key");

#[tokio::test]
async fn each_published_credential_logs_in_and_lists_the_same_accounts() {
    let house = House::plain().await;
    let by_email = house.login().await;
    let identity = json!({"identity": "admin", "password": "Sim-Passw0rd"});
    let by_identity = house.post("/login", "", &identity).await.json;
    let key = json!({"access_key": KEY.0, "secret_key": KEY.1});
    let by_key = house.post("/login/access-key", "", &key).await.json;
    let accounts = by_email["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 50);
    for other in [&by_identity, &by_key] {
        assert_eq!(other["accounts"], by_email["accounts"]);
        assert_eq!(other["current_account"], "meridian-group");
        assert_eq!(other["email"], "admin@example.com");
    }
    let names: HashSet<&str> = accounts.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 50);
    assert_eq!(accounts.iter().filter(|one| one["default"] == true).count(), 1);
    let plain = |title: &str| title.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    let count = accounts.iter().filter(|one| plain(one["title"].as_str().unwrap())).count();
    assert!(count >= 25, "{count}");
    let claims = claims(&text(&by_email["token"]));
    assert_eq!((claims["sub"].as_str(), claims["acc"].as_str()), (Some("admin@example.com"), Some("meridian-group")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 86_400);
    assert!(claims["id"].is_u64());
}

#[tokio::test]
async fn a_login_needs_one_name_the_right_password_and_an_own_account() {
    let house = House::plain().await;
    let mut both = by_email();
    both["identity"] = "admin".into();
    let table = [
        (json!({"email": "admin@example.com", "password": "wrong"}), 401),
        (json!({"email": "nobody@example.com", "password": "Sim-Passw0rd"}), 401),
        (json!({"password": "Sim-Passw0rd"}), 400),
        (json!({"email": "admin@example.com"}), 400),
        (both, 400),
        (json!({"email": "admin@example.com", "password": "Sim-Passw0rd", "account": "elsewhere"}), 403),
        (json!({"email": "admin@example.com", "password": "Sim-Passw0rd", "expiry_minutes": 0}), 400),
        (json!({"email": "admin@example.com", "password": "Sim-Passw0rd", "expiry_minutes": "5"}), 400),
        (json!([]), 400),
    ];
    for (body, status) in table {
        let reply = house.post("/login", "", &body).await;
        assert_eq!(reply.status, status, "{body}");
        assert!(reply.json["error"].is_string() && reply.json["message"].is_string(), "{}", reply.json);
    }
    let wrong = json!({"access_key": KEY.0, "secret_key": "no"});
    assert_eq!(house.post("/login/access-key", "", &wrong).await.status, 401);
    let mut short = by_email();
    short["expiry_minutes"] = 5.into();
    short["account"] = "nordics".into();
    let short = house.post("/login", "", &short).await.json;
    let claims = claims(&text(&short["token"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!(short["current_account"], "nordics");
    let older = House::send(house.at(Method::POST, "/landscape/api/login", "").json(&by_email())).await;
    assert_eq!(older.status, 200);
}

#[tokio::test]
async fn one_token_is_one_account_and_another_one_comes_from_a_switch() {
    let house = House::plain().await;
    let token = house.token().await;
    assert_eq!(house.get("/preferences", &token).await.json["title"], "Meridian Group");
    let switched = house.post("/switch-account", &token, &json!({"account_name": "acme-retail"})).await;
    assert_eq!(switched.json.as_object().unwrap().keys().collect::<Vec<_>>(), ["token"]);
    let other = text(&switched.json["token"]);
    assert_eq!(house.get("/preferences", &other).await.json["title"], "Acme Retail");
    assert_eq!(house.get("/me", &other).await.json["current_account"], "acme-retail");
    assert_eq!(house.get("/preferences", &token).await.json["title"], "Meridian Group");
    assert_eq!(house.post("/switch-account", &token, &json!({"account_name": "no"})).await.status, 403);
}

#[tokio::test]
async fn a_token_that_was_not_made_here_or_was_invalidated_is_refused() {
    let house = House::plain().await;
    let token = house.token().await;
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut forged = claims(&token);
    forged["acc"] = "nordics".into();
    parts[1] = URL_SAFE_NO_PAD.encode(forged.to_string());
    for bad in ["", "sim-token", &parts.join("."), &token[..token.len() - 1]] {
        assert_eq!(house.get("/person", bad).await.status, 401, "{bad}");
    }
    assert_eq!(house.get("/me", "").await.json, json!({}));
    assert_eq!(house.get("/me", "sim-token").await.status, 401);
    assert_eq!(house.post("/tokens/invalidate-me", &token, &json!({})).await.status, 204);
    assert_eq!(house.get("/person", &token).await.status, 401);
    let (one, two) = (house.token().await, house.in_account("nordics").await);
    let path = "/tokens/invalidate-system/account/nordics";
    assert_eq!(house.post(path, &one, &json!({})).await.status, 204);
    assert_eq!(house.get("/person", &one).await.status, 200);
    assert_eq!(house.get("/person", &two).await.status, 401);
}

#[tokio::test]
async fn a_token_of_a_disabled_account_is_403() {
    let house = House::plain().await;
    let token = house.in_account("old-harbor-trading").await;
    for path in ["/preferences", "/me", "/computers"] {
        let reply = house.get(path, &token).await;
        assert_eq!((reply.status, reply.json["error"].as_str()), (403, Some("Forbidden")), "{path}");
    }
    let listed = House::assuming("landscape.disabled-listed=yes").await;
    let token = listed.in_account("fabrikam-health").await;
    assert_eq!(listed.get("/preferences", &token).await.status, 403);
    assert_eq!(listed.login().await["accounts"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn writes_need_json_as_their_content_type() {
    let house = House::plain().await;
    let form = |house: &House| {
        let request = house.at(Method::POST, "/landscape/api/v2/login", "").body(by_email().to_string());
        request.header("content-type", "application/x-www-form-urlencoded")
    };
    let refused = House::send(form(&house)).await;
    assert_eq!((refused.status, refused.json["error"].as_str()), (415, Some("UnsupportedMediaType")));
    let older = House::assuming("landscape.content-type=any").await;
    assert_eq!(House::send(form(&older)).await.status, 200);
    let charset = house.at(Method::POST, "/landscape/api/v2/login", "").body(by_email().to_string());
    let charset = charset.header("content-type", "application/json; charset=utf-8");
    assert_eq!(House::send(charset).await.status, 200);
}

#[tokio::test]
async fn a_created_account_is_answered_whole_and_listed_after_it() {
    let house = House::plain().await;
    let token = house.token().await;
    let made = house.post("/accounts", &token, &json!({"title": "Onward, Inc."})).await;
    assert_eq!(made.status, 200);
    let account = made.json;
    let keys: HashSet<&str> = account.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = "account creation_time administrators disabled disabled_reason computers company last_login_time \
        licenses salesforce_account_key enabled_features subdomain";
    assert_eq!(keys, wanted.split_whitespace().collect());
    assert_eq!(account["company"], "Onward, Inc.");
    let admin = json!([{"name": "Ada Admin", "email": "admin@example.com", "openid": null}]);
    assert_eq!(account["administrators"], admin);
    let name = text(&account["account"]);
    let listed = house.get("/me", &token).await.json;
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 51);
    let own = house.in_account(&name).await;
    let groups = house.legacy(&own, "action=GetAccessGroups").await.json;
    assert_eq!(groups, json!([{"name": "global", "title": "Global access", "parent": "", "children": ""}]));
    assert_eq!(house.get("/computers?limit=1", &own).await.json["count"], 0);
    for bad in [json!({}), json!({"title": ""}), json!({"title": 5}), json!("x")] {
        assert_eq!(house.post("/accounts", &token, &bad).await.status, 400, "{bad}");
    }
    assert_eq!(house.post("/accounts", "", &json!({"title": "No"})).await.status, 401);
    let table = [
        ("landscape.create-account=refused-has-account", 400),
        ("landscape.self-service=disabled-403", 403),
        ("landscape.self-service=disabled-400", 400),
        ("landscape.create-account-status=201", 201),
    ];
    for (what, status) in table {
        let house = House::assuming(what).await;
        let token = house.token().await;
        assert_eq!(house.post("/accounts", &token, &json!({"title": "T"})).await.status, status, "{what}");
    }
}

#[tokio::test]
async fn a_user_without_an_account_can_make_the_first_one() {
    let options = Options {
        accounts: vec!["landscape=0".parse().unwrap()],
        assume: vec!["landscape.create-account=refused-has-account".parse().unwrap()],
        ..Options::default()
    };
    let house = House::open(options).await;
    let login = house.login().await;
    assert_eq!((&login["accounts"], &login["current_account"]), (&json!([]), &json!("")));
    let token = text(&login["token"]);
    assert_eq!(house.get("/preferences", &token).await.status, 403);
    assert_eq!(house.post("/accounts", &token, &json!({"title": "First"})).await.status, 200);
    assert_eq!(house.login().await["accounts"][0]["title"], "First");
    assert_eq!(house.post("/accounts", &token, &json!({"title": "Second"})).await.status, 400);
}

#[tokio::test]
async fn a_standalone_account_is_made_once_without_a_token_and_then_logged_into() {
    let house = House::plain().await;
    let at = |method: Method, path: &str, token: &str| house.at(method, &format!("/landscape-new/api/v2{path}"), token);
    let asked = House::send(at(Method::GET, "/standalone-account", "")).await;
    assert_eq!((asked.status, asked.json), (200, json!({"exists": false})));
    assert_eq!(House::send(at(Method::GET, "/about", "")).await.json["self_hosted"], true);
    assert_eq!(House::send(at(Method::POST, "/login", "").json(&by_email())).await.status, 401);
    let new = json!({"email": "john@example.com", "name": "John Doe", "password": "Passw0rd"});
    for (field, bad) in [("email", "john"), ("password", "password"), ("password", "Pass0"), ("name", "")] {
        let mut body = new.clone();
        body[field] = bad.into();
        let reply = House::send(at(Method::POST, "/standalone-account", "").json(&body)).await;
        assert_eq!(reply.status, 400, "{field} {bad}");
    }
    let made = House::send(at(Method::POST, "/standalone-account", "").json(&new)).await;
    assert_eq!(made.status, 201);
    assert_eq!((&made.json["account"], &made.json["company"]), (&json!("standalone"), &json!("Organization")));
    let again = House::send(at(Method::POST, "/standalone-account", "").json(&new)).await;
    let wanted = json!({"error": "BadRequest", "message": "Standalone account already exists"});
    assert_eq!((again.status, again.json), (400, wanted));
    assert_eq!(House::send(at(Method::GET, "/standalone-account", "")).await.json, json!({"exists": true}));
    let login = json!({"email": "john@example.com", "password": "Passw0rd"});
    let login = House::send(at(Method::POST, "/login", "").json(&login)).await;
    let token = text(&login.json["token"]);
    assert_eq!(login.json["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(House::send(at(Method::GET, "/preferences", &token)).await.json["title"], "Organization");
    assert_eq!(house.get("/person", &token).await.status, 401, "the other service knows nothing of it");
    let elsewhere = house.get("/standalone-account", "").await;
    assert_eq!((elsewhere.status, &elsewhere.json["error"]), (404, &json!("NotFound")));
    assert_eq!(elsewhere.json["detail"], Value::Null);
    assert_eq!(house.post("/standalone-account", "", &new).await.status, 404);
}

#[tokio::test]
async fn preferences_change_as_a_merge_patch() {
    let house = House::plain().await;
    let token = house.in_account("nordics").await;
    let before = house.get("/preferences", &token).await.json;
    assert_eq!(before["registration_password"], "nordic-lights-42");
    let clear = json!({"registration_password": null});
    assert_eq!(house.write(Method::PATCH, "/preferences", &token, &clear).await.status, 400);
    let patch = json!({"registration_password": null, "auto_register_new_computers": false, "title": "Nordics AB"});
    let after = house.write(Method::PATCH, "/preferences", &token, &patch).await;
    assert_eq!(after.status, 200);
    assert_eq!(after.json["audit_retention_period"], before["audit_retention_period"]);
    assert_eq!((&after.json["title"], &after.json["registration_password"]), (&json!("Nordics AB"), &Value::Null));
    assert_eq!(house.get("/preferences", &token).await.json, after.json);
    let listed = house.login().await;
    assert!(listed["accounts"].as_array().unwrap().iter().any(|one| one["title"] == "Nordics AB"));
    for bad in [
        json!({"registration_password": "ab"}),
        json!({"registration_password": "two\nlines"}),
        json!({"title": ""}),
        json!({"audit_retention_period": "long"}),
        json!({"auto_register_new_computers": 1}),
    ] {
        assert_eq!(house.write(Method::PATCH, "/preferences", &token, &bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn access_groups_are_a_bare_list_whose_children_miss_two() {
    let house = House::plain().await;
    let token = house.in_account("berlin-edge-platform").await;
    let groups = house.legacy(&token, "action=GetAccessGroups").await.json;
    let groups = groups.as_array().unwrap();
    assert_eq!(groups[0]["children"], "desktop,server,test,windows-xp");
    assert_eq!(groups.iter().filter(|one| one["parent"] == "global").count(), 6);
    let one = house.legacy(&token, "action=GetAccessGroups&names.1=test&names.2=desktop").await.json;
    assert_eq!(one.as_array().unwrap().len(), 2);
    let count = async |query: &str| {
        house.get(&format!("/computers?limit=1&query={query}"), &token).await.json["count"].as_u64().unwrap()
    };
    assert_eq!(count("access-group:singular-access-group").await, 1);
    assert_eq!(count("access-group:empty-access-group").await, 0);
    assert_eq!(count("access-group:%20server").await, count("access-group:server").await);
    let (parent, child) = (count("access-group:test").await, count("access-group:sub-test").await);
    let removed = house.legacy(&token, "action=RemoveAccessGroup&name=sub-test").await;
    assert_eq!((removed.status, &removed.json["name"]), (200, &json!("test")));
    assert_eq!(removed.json["children"], "sub-sub-test");
    assert_eq!(count("access-group:test").await, parent + child);
    let form =
        [("action", "CreateAccessGroup"), ("version", "2011-08-01"), ("title", "New & Shiny"), ("parent", "test")];
    let created = House::send(house.at(Method::POST, "/landscape/api/", &token).form(&form)).await;
    let wanted = json!({"name": "new-shiny", "title": "New  Shiny", "parent": "test", "children": ""});
    assert_eq!((created.status, created.json), (200, wanted));
    let table = [
        ("action=CreateAccessGroup&title=New%20%20Shiny", "DuplicateAccessGroup"),
        ("action=CreateAccessGroup&title=X&parent=nowhere", "UnknownAccessGroup"),
        ("action=CreateAccessGroup&title=%26", "InvalidAccessGroup"),
        ("action=CreateAccessGroup", "MissingParameter"),
        ("action=RemoveAccessGroup&name=nowhere", "UnknownAccessGroup"),
        ("action=RemoveAccessGroup&name=global", "InvalidAccessGroup"),
        ("action=Nothing", "InvalidAction"),
    ];
    for (query, error) in table {
        let reply = house.legacy(&token, query).await;
        assert_eq!((reply.status, reply.json["error"].as_str()), (400, Some(error)), "{query}");
    }
    let cycle = house.in_account("northwind-logistics").await;
    let cycle = house.legacy(&cycle, "action=GetAccessGroups").await.json;
    assert!(cycle.as_array().unwrap().iter().any(|one| one["name"] == one["parent"]));
}

#[tokio::test]
async fn a_signed_request_is_checked_to_the_letter() {
    let house = House::plain().await;
    let action = [("action", "GetAccessGroups"), ("names.1", "global")];
    let reply = house.signed(KEY, &action, &now()).await;
    assert_eq!((reply.status, &reply.json[0]["name"]), (200, &json!("global")));
    let created = house.signed(KEY, &[("action", "CreateAccessGroup"), ("title", "Zoë + Co ~1")], &now()).await;
    assert_eq!((created.status, &created.json["title"]), (200, &json!("Zoë  Co 1")));
    let wrong = house.signed((KEY.0, "other"), &action, &now()).await;
    assert_eq!((wrong.status, wrong.json["error"].as_str()), (403, Some("SignatureDoesNotMatch")));
    let unknown = house.signed(("NOBODY", KEY.1), &action, &now()).await;
    assert_eq!((unknown.status, unknown.json["error"].as_str()), (401, Some("AuthFailure")));
    let old = house.signed(KEY, &action, "2011-08-18T08:07:00Z").await;
    assert_eq!((old.status, old.json["error"].as_str()), (400, Some("RequestExpired")));
    let nobody = house.legacy("", "action=GetAccessGroups").await;
    assert_eq!((nobody.status, nobody.json["error"].as_str()), (401, Some("Unauthorised")));
    let path = "/landscape/api/?action=GetAccessGroups";
    let versionless = House::send(house.at(Method::GET, path, &house.token().await)).await;
    assert_eq!(versionless.json["error"], "MissingParameter");
}

#[tokio::test]
async fn credentials_are_of_every_account_and_a_new_one_kills_the_old() {
    let house = House::plain().await;
    let token = house.token().await;
    let all = house.get("/credentials", &token).await.json;
    let all = all["credentials"].as_array().unwrap();
    assert_eq!(all.len(), 50);
    assert_eq!((all[0]["access_key"].as_str(), all[0]["secret_key"].as_str()), (Some(KEY.0), Some(KEY.1)));
    let (key, secret) = (text(&all[2]["access_key"]), text(&all[2]["secret_key"]));
    let action = [("action", "GetAccessGroups")];
    assert_eq!(house.signed((&key, &secret), &action, &now()).await.status, 200);
    let body = json!({"account": all[2]["account_name"]});
    let new = house.post("/credentials", &token, &body).await.json;
    assert_eq!(house.signed((&key, &secret), &action, &now()).await.status, 401);
    let (key, secret) = (text(&new["access_key"]), text(&new["secret_key"]));
    assert_eq!(house.signed((&key, &secret), &action, &now()).await.status, 200);
    let login = json!({"access_key": key, "secret_key": secret});
    let login = house.post("/login/access-key", "", &login).await.json;
    assert_eq!(login["current_account"], all[2]["account_name"]);
}

#[tokio::test]
async fn computers_are_paged_by_limit_and_offset() {
    let house = House::plain().await;
    let token = house.in_account("us-platform").await;
    let first = house.get("/computers", &token).await.json;
    assert_eq!(first["results"].as_array().unwrap().len(), 1_000, "the default limit");
    let count = first["count"].as_u64().unwrap();
    assert!(count > 1_000);
    let next = text(&first["next"]);
    assert!(next.starts_with(&format!("{}/landscape/api/v2/computers?", house.origin)), "{next}");
    let second = House::send(house.client.get(&next).bearer_auth(&token)).await.json;
    assert_eq!(second["results"].as_array().unwrap().len() as u64, count - 1_000);
    assert_eq!((&second["next"], second["previous"].is_string()), (&Value::Null, true));
    let one = &first["results"][0];
    let path = format!("/computers/{}", one["id"]);
    assert_eq!(house.get(&path, &token).await.json["hostname"], one["hostname"]);
    let all = house.get("/computers?limit=1&root_only=false", &token).await.json;
    assert!(all["count"].as_u64().unwrap() > count, "children of Windows computers");
    assert_eq!(house.get("/computers?limit=x", &token).await.status, 400);
    assert_eq!(house.get("/computers?query=colour:red", &token).await.json["error"], "InvalidQuery");
    let two = house.get("/computers?query=id:1%20OR%20id:2", &token).await.json;
    assert_eq!(two["count"], 2);
}

#[tokio::test]
async fn invitations_come_and_go() {
    let house = House::plain().await;
    let token = house.in_account("nordics").await;
    let before = house.get("/invitations", &token).await.json["count"].as_u64().unwrap();
    let body = json!({"name": "Bobby", "email": "bobby@ubuntu.com", "roles": ["Auditor"]});
    let made = house.post("/invitations", &token, &body).await.json;
    let (path, secure) = (format!("/invitations/{}", made["id"]), text(&made["secure_id"]));
    assert_eq!(house.get("/invitations", &token).await.json["count"], before + 1);
    let one = house.get(&path, &token).await.json;
    assert_eq!((&one["account"], &one["email"]), (&json!("Nordics"), &json!("bobby@ubuntu.com")));
    let again = house.post("/invitations", &token, &body).await;
    assert_eq!((again.status, again.json["error"].as_str()), (400, Some("RepeatedInvitation")));
    let summary = house.get(&format!("/invitations/{secure}/summary"), "").await;
    assert_eq!(summary.json, json!({"account_title": "Nordics", "secure_id": secure}));
    assert_eq!(house.post(&path, &token, &json!({})).await.status, 200);
    let accepted = house.post("/accept-invitation", &token, &json!({"invitation_id": secure})).await;
    assert_eq!((accepted.status, &accepted.json["account_title"]), (200, &json!("Nordics")));
    assert_eq!(house.get(&path, &token).await.status, 404);
    assert_eq!(house.post("/reject-invitation", &token, &json!({"invitation_id": secure})).await.status, 404);
    let other = house.post("/invitations", &token, &body).await.json;
    let path = format!("/landscape/api/v2/invitations/{}", other["id"]);
    assert_eq!(House::send(house.at(Method::DELETE, &path, &token)).await.status, 204);
}

#[tokio::test]
async fn administrators_are_listed_by_the_legacy_half_and_changed_by_the_other() {
    let house = House::plain().await;
    let token = house.in_account("acme-retail").await;
    let all = house.legacy(&token, "action=GetAdministrators").await.json;
    let all = all.as_array().unwrap();
    assert!(all[0]["roles"].as_array().unwrap().contains(&json!("GlobalAdmin")));
    let other = all.iter().find(|one| one["id"] != 1).unwrap();
    let path = format!("/administrators/{}", other["id"]);
    let roles = json!({"roles": ["SupportAnalyst", "Auditor"]});
    let set = house.write(Method::PUT, &path, &token, &roles).await;
    assert_eq!(set.json["roles"], json!(["Auditor", "SupportAnalyst"]));
    let own = house.write(Method::PUT, "/administrators/1", &token, &roles).await;
    assert_eq!((own.status, own.json["error"].as_str()), (400, Some("SelfRevokeGlobalAdmin")));
    let unknown = house.write(Method::PUT, &path, &token, &json!({"roles": ["No"]})).await;
    assert_eq!(unknown.json["error"], "UnknownRole");
    assert_eq!(house.write(Method::PUT, "/administrators/99", &token, &roles).await.status, 404);
    let gone = house.legacy(&token, &format!("action=DisableAdministrator&email={}", text(&other["email"]))).await;
    assert_eq!((gone.status, gone.json), (200, json!({})));
    let left = house.legacy(&token, "action=GetAdministrators").await.json;
    assert_eq!(left.as_array().unwrap().len(), all.len() - 1);
    let roles = house.legacy(&token, "action=GetRoles").await.json;
    assert!(!roles.to_string().contains(&text(&other["email"])));
    let table = [
        ("action=CreateRole&name=Ops", 200),
        ("action=CreateRole&name=Ops", 400),
        ("action=AddPermissionsToRole&name=Ops&permissions.1=ViewComputer&permissions.2=ViewRole", 200),
        ("action=AddAccessGroupsToRole&name=Ops&access_groups.1=server", 200),
        ("action=AddPersonsToRole&name=Ops&persons.1=admin@example.com", 200),
        ("action=AddPermissionsToRole&name=GlobalAdmin&permissions.1=ViewComputer", 400),
        ("action=CopyRole&name=Ops&destination_name=Ops-2", 200),
        ("action=RemoveRole&name=Ops", 200),
        ("action=InviteAdministrator&name=N&email=n@example.com", 200),
    ];
    for (query, status) in table {
        let reply = house.legacy(&token, query).await;
        assert_eq!(reply.status, status, "{query}: {}", reply.json);
    }
    let copy = house.legacy(&token, "action=GetRoles&names.1=Ops-2").await.json;
    assert_eq!(copy[0]["permissions"], json!(["ViewComputer"]));
    assert_eq!(copy[0]["global_permissions"], json!(["ViewRole"]));
    assert_eq!(copy[0]["access_groups"], json!(["server"]));
}

#[tokio::test]
async fn the_user_can_be_changed_and_prefer_an_account() {
    let house = House::plain().await;
    let token = house.token().await;
    let person = house.get("/person", &token).await.json;
    assert_eq!(person["accounts"].as_array().unwrap().len(), 50);
    assert!(person["accounts"][0]["roles"].as_array().unwrap().contains(&json!("GlobalAdmin")));
    let body = json!({"name": "Ada A. Admin", "preferred_account": "acme-retail"});
    let changed = house.post("/person", &token, &body).await.json;
    assert_eq!((&changed["name"], &changed["email"]), (&json!("Ada A. Admin"), &person["email"]));
    let login = house.login().await;
    assert_eq!(login["current_account"], "acme-retail");
    assert_eq!(house.post("/person", &token, &json!({"preferred_account": "no"})).await.status, 400);
    assert_eq!(house.post("/person:test-email", &token, &json!({})).await.status, 204);
    let password = json!({"password": "Sim-Passw0rd", "new_password": "another"});
    assert_eq!(house.write(Method::PUT, "/password", &token, &password).await.status, 204);
    assert_eq!(house.post("/login", "", &by_email()).await.status, 401);
}

#[tokio::test]
async fn licenses_and_contracts_are_lists_without_counts() {
    let house = House::plain().await;
    let (mut licenses, mut contracts) = (0, 0);
    for name in ["acme-retail", "globex-payments", "nordics", "us-platform", "meridian-europe"] {
        let token = house.in_account(name).await;
        for (path, id, seen) in
            [("/legacy-licenses", "id", &mut licenses), ("/contracts", "contract_id", &mut contracts)]
        {
            let list = house.get(path, &token).await.json;
            assert_eq!(list.as_object().unwrap().len(), 1);
            for one in list["results"].as_array().unwrap() {
                let id = one[id].as_str().map_or_else(|| one[id].to_string(), str::to_owned);
                assert_eq!(house.get(&format!("{path}/{id}"), &token).await.json, *one);
                *seen += 1;
            }
        }
    }
    assert!(licenses > 0 && contracts > 0);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_say_so() {
    let house = House::plain().await;
    let token = house.token().await;
    for (method, path, status) in [
        (Method::GET, "/accounts", 405),
        (Method::GET, "/accounts/meridian-group", 404),
        (Method::DELETE, "/person", 405),
        (Method::GET, "/computers/", 200),
        (Method::GET, "/login/methods", 200),
    ] {
        let reply = House::send(house.at(method, &format!("/landscape/api/v2{path}"), &token)).await;
        assert_eq!(reply.status, status, "{path}");
    }
}

#[tokio::test]
async fn faults_show_as_they_say() {
    let plain = House::plain().await;
    let names = |value: &Value| -> Vec<String> {
        value["accounts"].as_array().unwrap().iter().map(|one| text(&one["name"])).collect()
    };
    let wanted = names(&plain.login().await);
    for (fault, many) in [("shuffle", 50), ("dup", 51)] {
        let house = House::with_fault(fault).await;
        let got = names(&house.login().await);
        assert_eq!(got.len(), many, "{fault}");
        assert_eq!(got.iter().collect::<HashSet<_>>().len(), 50);
        assert_ne!(got, wanted, "{fault}");
    }
    let house = House::with_fault("forbid=server").await;
    let token = house.in_account("acme-retail").await;
    assert_eq!(house.get("/computers?query=access-group:server", &token).await.status, 403);
    assert_eq!(house.legacy(&token, "action=GetAccessGroups").await.status, 200);
    let house = House::with_fault("forbid=Acme Retail").await;
    let token = house.in_account("acme-retail").await;
    assert_eq!(house.get("/preferences", &token).await.status, 403);
    let house = House::with_fault("no-organizations").await;
    let token = house.token().await;
    assert_eq!(house.legacy(&token, "action=GetAccessGroups").await.status, 403);
    let house = House::with_fault("short-pages").await;
    let token = house.in_account("us-platform").await;
    assert_eq!(house.get("/computers?limit=30", &token).await.json["results"].as_array().unwrap().len(), 20);
    let house = House::with_fault("repeat-token").await;
    let token = house.in_account("us-platform").await;
    let second = house.get("/computers?limit=10&offset=10", &token).await.json;
    assert!(text(&second["next"]).ends_with("limit=10&offset=10"));
    for (fault, status) in [("429=1", 429), ("500=1", 500), ("success-false=1", 200)] {
        let reply = House::with_fault(fault).await.post("/login", "", &by_email()).await;
        assert_eq!(reply.status, status, "{fault}");
        assert!(reply.json["message"].is_string() && reply.json.get("token").is_none());
    }
    let house = House::with_fault("500-after-write=1").await;
    let token = house.token().await;
    assert_eq!(house.post("/accounts", &token, &json!({"title": "Made"})).await.status, 500);
    assert_eq!(house.login().await["accounts"].as_array().unwrap().len(), 51);
}

#[tokio::test]
async fn stale_reads_show_what_was_until_they_have_caught_up() {
    let house = House::with_fault("stale-reads=2s").await;
    let token = house.token().await;
    let patch = house.write(Method::PATCH, "/preferences", &token, &json!({"title": "Later"})).await;
    assert_eq!(patch.json["title"], "Later");
    assert_eq!(house.get("/preferences", &token).await.json["title"], "Meridian Group");
    let made = house.post("/accounts", &token, &json!({"title": "New"})).await;
    let own = house.in_account(&text(&made.json["account"])).await;
    assert_eq!(house.get("/preferences", &own).await.json["title"], "New");
    while house.get("/preferences", &token).await.json["title"] != "Later" {}
}

#[tokio::test]
async fn the_log_names_the_kind_of_each_credential() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let house = House::open(Options { log: Some(log.path().to_owned()), limits: true, ..Options::default() }).await;
    let token = house.token().await;
    house.get("/person", &token).await;
    house.signed(KEY, &[("action", "GetRoles")], &now()).await;
    house.get("/about", "").await;
    let lines = std::fs::read_to_string(log.path()).unwrap();
    assert!(!lines.contains(&token) && !lines.contains("Passw0rd") && !lines.contains(KEY.1));
    let kinds: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["credential"].clone()).collect();
    assert_eq!(kinds, ["none", "jwt", "access-key", "none"]);
}

#[tokio::test]
async fn ten_thousand_accounts_are_listed_and_entered() {
    let options = Options { accounts: vec!["landscape=10000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let login = house.login().await;
    let accounts = login["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 10_000);
    let last = &accounts[9_999];
    let token = house.in_account(last["name"].as_str().unwrap()).await;
    assert_eq!(house.get("/preferences", &token).await.json["title"], last["title"]);
}

/// A walk over everything that holds whatever is assumed.
async fn holds_together(house: &House, what: &str) {
    let login = house.login().await;
    let accounts = login["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 50, "{what}");
    assert_eq!(accounts.iter().filter(|one| one["default"] == true).count(), 1, "{what}");
    let token = text(&login["token"]);
    assert_eq!(house.get("/me", &token).await.json["current_account"], login["current_account"], "{what}");
    let own = house.in_account("acme-retail").await;
    assert_eq!(house.get("/preferences", &own).await.json["title"], "Acme Retail", "{what}");
    let patch = house.write(Method::PATCH, "/preferences", &own, &json!({"title": "Changed"})).await;
    assert_eq!(patch.status, 200, "{what}");
    assert_eq!(house.get("/preferences", &own).await.json["title"], "Changed", "{what}");
    let groups = house.legacy(&own, "action=GetAccessGroups").await.json;
    assert_eq!(groups[0]["name"], "global", "{what}");
    let signed = house.signed(KEY, &[("action", "GetAccessGroups")], &now()).await;
    assert_eq!(signed.status, 200, "{what}");
    let form = [("action", "CreateAccessGroup"), ("version", "2011-08-01"), ("title", "Made")];
    let made = House::send(house.at(Method::POST, "/landscape/api/", &own).form(&form)).await;
    assert_eq!((made.status, &made.json["title"]), (200, &json!("Made")), "{what}");
    assert!(house.get("/computers?limit=1", &own).await.json["count"].is_u64(), "{what}");
    assert!((400..=403).contains(&house.post("/login", "", &json!({"email": "a", "password": "b"})).await.status));
    let created = house.post("/accounts", &token, &json!({"title": "T"})).await;
    assert!(created.json["account"].is_string() || created.status >= 400, "{what}");
    let new = json!({"email": "john@example.com", "name": "John Doe", "password": "Passw0rd"});
    let new = House::send(house.at(Method::POST, "/landscape-new/api/v2/standalone-account", "").json(&new)).await;
    assert_eq!(new.json["account"], "standalone", "{what}");
    assert_eq!(house.get("/person", "sim-token").await.status, 401, "{what}");
    let dead = house.post("/tokens/invalidate-me", &own, &json!({})).await;
    assert!(dead.status == 204 || dead.status == 200, "{what}");
    assert_eq!(house.get("/preferences", &own).await.status, 401, "{what}");
}

#[tokio::test]
async fn the_simulator_holds_together_under_each_assumption() {
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("landscape.")) {
        for value in one.values {
            let what = format!("{}={value}", one.name);
            holds_together(&House::assuming(&what).await, &what).await;
        }
    }
}

#[tokio::test]
async fn the_simulator_holds_together_under_twenty_draws() {
    for seed in 1..=20 {
        let options = Options { seed, assume: vec!["seed".parse().unwrap()], ..Options::default() };
        holds_together(&House::open(options).await, &format!("seed {seed}")).await;
    }
}
