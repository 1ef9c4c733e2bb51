//! The simulator, over real HTTP: what its contract says is what a client gets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use acctui::sim::{Options, Sim, assumptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A simulator that runs as long as this lives, and a client for it.
struct House {
    base: String,
    client: reqwest::Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.take();
    }
}

/// One reply: status, headers and JSON (null if there is none).
struct Reply {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    json: Value,
}

impl House {
    async fn open(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::bind(options).await.unwrap();
        let base = format!("http://{}/cloudflare/client/v4", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move {
            let _ = stopped.await;
        });
        spawn(async move {
            serving.await.unwrap();
        });
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { base, client, stop: Some(stop) }
    }

    async fn plain() -> Self {
        Self::open(Options::default()).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.header("x-auth-email", "admin@example.com").header("x-auth-key", "sim-key")
    }

    async fn send(request: reqwest::RequestBuilder) -> Reply {
        let reply = request.send().await.unwrap();
        let (status, headers) = (reply.status(), reply.headers().clone());
        let text = reply.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status, headers, json }
    }

    async fn get(&self, path: &str) -> Reply {
        Self::send(self.request(Method::GET, path)).await
    }

    async fn write(&self, method: Method, path: &str, body: &Value) -> Reply {
        Self::send(self.request(method, path).json(body)).await
    }

    async fn as_token(&self, token: &str, path: &str) -> Reply {
        let request = self.client.get(format!("{}{path}", self.base));
        Self::send(request.bearer_auth(token)).await
    }

    /// All rows of a list paged by number.
    async fn accounts(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let reply = self.get(&format!("/accounts?per_page=50&page={page}")).await;
            let some = reply.json["result"].as_array().unwrap().clone();
            if some.is_empty() {
                return rows;
            }
            rows.extend(some);
        }
        rows
    }

    /// All rows of a list paged by token.
    async fn tokened(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut token) = (Vec::new(), String::new());
        loop {
            let reply = self.get(&format!("{path}{joint}page_size=50{token}")).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.json);
            rows.extend(reply.json["result"].as_array().unwrap().iter().cloned());
            match reply.json["result_info"]["next_page_token"].as_str() {
                Some(next) => token = format!("&page_token={next}"),
                None => return rows,
            }
        }
    }

    async fn organization(&self, name: &str) -> String {
        let all = self.tokened("/organizations").await;
        let found = all.iter().find(|one| one["name"] == name);
        text(&found.unwrap()["id"])
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["id"])).collect()
}

fn with_faults(faults: &[&str]) -> Options {
    Options { faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(), ..Options::default() }
}

fn assuming(what: &[String]) -> Options {
    Options { assume: what.iter().map(|one| one.parse().unwrap()).collect(), ..Options::default() }
}

fn profile(name: &str) -> Value {
    json!({"business_name": name, "business_email": "a@b.example", "business_phone": "1",
        "business_address": "x", "external_metadata": ""})
}

#[tokio::test]
async fn the_list_of_accounts_is_whole_stable_and_the_same_for_one_seed() {
    let (one, two) = (House::plain().await, House::plain().await);
    let rows = one.accounts().await;
    assert_eq!(rows.len(), 200);
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 200);
    assert_eq!(rows, two.accounts().await);
    assert_eq!(rows[0]["name"], "Acme Retail");
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    let count = rows.iter().filter(|row| plain(row["name"].as_str().unwrap())).count();
    assert!(count >= 100, "{count}");
}

#[tokio::test]
async fn a_page_says_where_it_is_and_one_past_the_end_is_empty() {
    let house = House::plain().await;
    let info = house.get("/accounts").await.json["result_info"].clone();
    let wanted = json!({"page": 1, "per_page": 20, "count": 20, "total_count": 200, "total_pages": 10});
    assert_eq!(info, wanted);
    let past = house.get("/accounts?page=11").await;
    assert_eq!(past.status, 200);
    assert_eq!(past.json["result"], json!([]));
    for bad in ["per_page=51", "per_page=4", "page=0", "page=x", "direction=up"] {
        let refused = house.get(&format!("/accounts?{bad}")).await;
        assert_eq!(refused.status, 400, "{bad}");
        assert_eq!(refused.json["result"], Value::Null);
        let field = format!("/{}", bad.split('=').next().unwrap());
        assert_eq!(refused.json["errors"][0]["source"]["pointer"], json!(field));
    }
}

#[tokio::test]
async fn the_name_filter_narrows_the_list_and_total_count_counts_without_it() {
    let house = House::plain().await;
    let reply = house.get("/accounts?name=acme%20retail").await;
    assert_eq!(reply.json["result"].as_array().unwrap().len(), 2);
    assert_eq!(reply.json["result_info"]["total_count"], 200);
    assert_eq!(reply.json["result_info"]["total_pages"], 1);
    let down = house.get("/accounts?direction=desc&per_page=50").await;
    let up = house.accounts().await;
    assert_eq!(down.json["result"][0]["id"], up[199]["id"]);
}

#[tokio::test]
async fn organizations_form_several_hierarchies_and_the_deepest_holds_most_accounts() {
    let house = House::plain().await;
    let all = house.tokened("/organizations").await;
    let roots = house.tokened("/organizations?parent.id=null").await;
    assert!(all.len() >= 6 && roots.len() >= 2);
    let depth = |one: &Value| one["meta"]["hierarchy_tags"].as_array().unwrap().len();
    assert!(all.iter().any(|one| depth(one) == 5));
    let mut held = 0;
    for one in &all {
        let id = text(&one["id"]);
        let accounts = house.tokened(&format!("/organizations/{id}/accounts")).await;
        let children = house.tokened(&format!("/organizations?parent.id={id}")).await;
        assert!(children.iter().all(|child| child["parent"]["id"] == id.as_str()));
        if one["meta"]["hierarchy_tags"][0] == roots[0]["id"] {
            held += accounts.len();
        }
    }
    assert!(held > 100, "{held}");
}

#[tokio::test]
async fn lineage_runs_from_the_root_to_the_organization_that_holds_the_account() {
    let house = House::plain().await;
    let (mut broken, mut nowhere) = (0, 0);
    for row in house.accounts().await {
        let reply = house.get(&format!("/accounts/{}/organizations", text(&row["id"]))).await;
        let chain = reply.json["result"].as_array().unwrap();
        let last = chain.last().map_or(Value::Null, |one| one["id"].clone());
        assert_eq!(last, row["managed_by"]["parent_org_id"]);
        let linked = chain.windows(2).all(|pair| pair[1]["parent"]["id"] == pair[0]["id"]);
        broken += usize::from(!linked);
        nowhere += usize::from(chain.is_empty());
        assert!(reply.json.get("result_info").is_none());
    }
    assert_eq!(broken, 1, "one account is managed from outside its chain");
    assert!(nowhere > 0, "some accounts are standalone");
}

#[tokio::test]
async fn an_organizations_accounts_are_filtered_ordered_and_counted_with_their_filters() {
    let house = House::plain().await;
    let id = house.organization("Berlin Edge Platform").await;
    let path = format!("/organizations/{id}/accounts");
    let all = house.tokened(&path).await;
    let ordered = house.tokened(&format!("{path}?order_by=account_name&direction=desc")).await;
    let names = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|row| row["name"].as_str().unwrap_or("").to_lowercase()).collect()
    };
    let mut wanted = names(&all);
    wanted.sort();
    wanted.reverse();
    assert_eq!(names(&ordered), wanted);
    let first = house.get(&format!("{path}?name.contains=ACME&page_size=1")).await;
    assert_eq!(first.json["result_info"]["total_size"], 2);
    let token = text(&first.json["result_info"]["next_page_token"]);
    let second = house.get(&format!("{path}?name.contains=ACME&page_size=1&page_token={token}")).await;
    assert_eq!(second.json["result"][0]["name"], "Acme Retail Staging");
    assert!(second.json["result_info"].get("next_page_token").is_none());
    let lost = house.get(&format!("{path}?page_size=1&page_token={token}")).await;
    assert_eq!(lost.status, 400, "a token without its filters");
    for filter in ["name=acme%20retail", "account_pubname.startsWith=acme%20ret", "name.endsWith=STAGING"] {
        assert!(!house.tokened(&format!("{path}?{filter}")).await.is_empty(), "{filter}");
    }
    for key in ["id", "created_on", "name", "settings", "type"] {
        assert!(all.iter().all(|row| row.get(key).is_some()), "{key}");
    }
    assert!(all.iter().all(|row| row["settings"].as_object().unwrap().len() == 6));
}

#[tokio::test]
async fn ids_of_organizations_may_be_repeated() {
    let house = House::plain().await;
    let all = ids(&house.tokened("/organizations").await);
    let some = house.tokened(&format!("/organizations?id={}&id={}", all[1], all[4])).await;
    assert_eq!(ids(&some), [all[1].clone(), all[4].clone()]);
}

#[tokio::test]
async fn a_profile_is_put_whole_or_not_at_all() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let mut without = None;
    for row in &rows {
        let path = format!("/accounts/{}/profile", text(&row["id"]));
        if house.get(&path).await.status == 404 {
            without = Some(path);
            break;
        }
    }
    let path = without.unwrap();
    let put = house.write(Method::PUT, &path, &profile("New")).await;
    assert_eq!((put.status.as_u16(), put.json), (204, Value::Null));
    assert_eq!(house.get(&path).await.json["result"], profile("New"));
    let mut four = profile("Four");
    four.as_object_mut().unwrap().remove("business_phone");
    four["business_name"] = json!(7);
    let refused = house.write(Method::PUT, &path, &four).await;
    assert_eq!((refused.status.as_u16(), &refused.json["result"]), (400, &json!({})));
    let pointers: Vec<&Value> =
        refused.json["errors"].as_array().unwrap().iter().map(|error| &error["source"]["pointer"]).collect();
    assert_eq!(pointers, [&json!("/business_name"), &json!("/business_phone")]);
    assert_eq!(house.get(&path).await.json["result"], profile("New"));
    let organization = house.organization("Harbor Resellers").await;
    let path = format!("/organizations/{organization}/profile");
    assert_eq!(house.get(&path).await.status, 404);
    assert_eq!(house.write(Method::PUT, &path, &profile("Org")).await.status, 204);
    assert_eq!(house.get(&path).await.json["result"], profile("Org"));
}

#[tokio::test]
async fn a_move_stays_in_its_hierarchy_and_managed_by_follows_it() {
    let house = House::plain().await;
    let id = text(&house.accounts().await[0]["id"]);
    let path = format!("/accounts/{id}/move");
    let source = house.organization("Berlin Edge Platform").await;
    let target = house.organization("Nordics").await;
    let moved = house.write(Method::POST, &path, &json!({"destination_organization_id": target})).await;
    let wanted = json!({"account_id": id, "destination_organization_id": target, "source_organization_id": source});
    assert_eq!(moved.json["result"], wanted);
    let account = house.get(&format!("/accounts/{id}")).await.json["result"].clone();
    assert_eq!(account["managed_by"], json!({"parent_org_id": target, "parent_org_name": "Nordics"}));
    assert!(ids(&house.tokened(&format!("/organizations/{target}/accounts")).await).contains(&id));
    assert!(!ids(&house.tokened(&format!("/organizations/{source}/accounts")).await).contains(&id));
    let other = house.organization("Harbor EMEA").await;
    for bad in [other.as_str(), "0123456789abcdef0123456789abcdef", "x"] {
        let refused = house.write(Method::POST, &path, &json!({"destination_organization_id": bad})).await;
        assert_eq!(refused.status, 400, "{bad}");
        assert_eq!(refused.json["errors"][0]["source"]["pointer"], "/destination_organization_id");
    }
    let batch = json!({"account_ids": [id], "destination_organization_id": source});
    assert_eq!(house.write(Method::POST, "/accounts/move", &batch).await.status, 405);
}

#[tokio::test]
async fn an_account_is_created_renamed_and_deleted() {
    let house = House::plain().await;
    let unit = house.organization("US Platform").await;
    let body = json!({"name": "Fresh", "unit": {"id": unit}});
    let post = || house.request(Method::POST, "/accounts").header("idempotency-key", "k1").json(&body);
    let made = House::send(post()).await;
    assert_eq!(made.status, 200);
    assert_eq!(made.json["result"]["managed_by"]["parent_org_id"], json!(unit));
    assert_eq!(House::send(post()).await.json["result"]["id"], made.json["result"]["id"]);
    let path = format!("/accounts/{}", text(&made.json["result"]["id"]));
    assert_eq!(house.get(&format!("{path}/profile")).await.status, 404);
    let put = json!({"id": made.json["result"]["id"], "name": "Renamed", "settings": {"enforce_twofactor": true}});
    let renamed = house.write(Method::PUT, &path, &put).await;
    assert_eq!(renamed.json["result"]["name"], "Renamed");
    assert_eq!(renamed.json["result"]["settings"]["enforce_twofactor"], true);
    let typed = house.write(Method::PUT, &path, &json!({"name": "R", "type": "standard"})).await;
    assert_eq!((typed.status.as_u16(), &typed.json["errors"][0]["code"]), (400, &json!(1001)));
    assert_eq!(House::send(house.request(Method::DELETE, &path)).await.status, 200);
    assert_eq!(house.get(&path).await.status, 404);
    assert_eq!(house.accounts().await.len(), 200);
}

#[tokio::test]
async fn members_and_zones_are_there_to_be_counted_and_an_account_made_here_has_none() {
    let house = House::plain().await;
    let all = house.get("/zones?per_page=50").await.json["result_info"]["total_count"].as_u64().unwrap();
    let (mut zones, mut without) = (0, 0);
    for account in house.accounts().await {
        let id = text(&account["id"]);
        let counted = house.get(&format!("/zones?account.id={id}&per_page=5")).await;
        zones += counted.json["result_info"]["total_count"].as_u64().unwrap();
        assert!(counted.json["result"].as_array().unwrap().iter().all(|zone| zone["account"]["id"] == *id));
        let members = house.get(&format!("/accounts/{id}/members?status=accepted")).await.json["result"].clone();
        let members = members.as_array().unwrap();
        assert_eq!(members[0]["email"], "admin@example.com");
        let lacks = |member: &&Value| member["user"]["two_factor_authentication_enabled"] == false;
        let lacking = members.iter().filter(lacks).count();
        assert!(lacking == 0 || account["settings"]["enforce_twofactor"] != true, "{account}");
        without += lacking;
    }
    assert_eq!(zones, all);
    assert!(without > 20, "{without}");
    assert_eq!(house.get("/zones?per_page=1").await.status, 400, "5 is the smallest page");
    let made = house.write(Method::POST, "/accounts", &json!({"name": "Alone"})).await.json["result"].clone();
    let id = text(&made["id"]);
    assert_eq!(house.get(&format!("/zones?account.id={id}")).await.json["result"], json!([]));
    assert_eq!(house.get(&format!("/accounts/{id}/members")).await.json["result"].as_array().unwrap().len(), 1);
    assert_eq!(house.get("/accounts/0123456789abcdef0123456789abcdef/members").await.status, 404);
    let own = house.as_token("sim-token-account", "/zones?per_page=50").await.json["result"].clone();
    let own: HashSet<String> = own.as_array().unwrap().iter().map(|zone| text(&zone["account"]["id"])).collect();
    assert!(own.len() <= 1);
}

#[tokio::test]
async fn an_account_needs_a_proper_name_and_nothing_else() {
    let house = House::plain().await;
    let path = format!("/accounts/{}", text(&house.accounts().await[0]["id"]));
    for bad in
        [json!({}), json!({"name": "x".repeat(101)}), json!({"name": "a\u{1b}b"}), json!([]), json!({"name": ""})]
    {
        assert_eq!(house.write(Method::PUT, &path, &bad).await.status, 400, "{bad}");
    }
    let bare = house.write(Method::POST, "/accounts", &json!({"name": "Alone"})).await;
    assert!(bare.json["result"].get("managed_by").is_none());
    assert_eq!(house.accounts().await.len(), 201);
}

#[tokio::test]
async fn an_organization_is_deleted_only_when_it_is_empty() {
    let house = House::plain().await;
    let root = house.organization("Harbor Partners").await;
    let path = format!("/organizations/{root}");
    assert_eq!(House::send(house.request(Method::DELETE, &path)).await.status, 409);
    let body = json!({"name": "New place", "parent": {"id": root}, "profile": profile("P")});
    let made = house.write(Method::POST, "/organizations", &body).await.json["result"].clone();
    assert_eq!(made["parent"], json!({"id": root, "name": "Harbor Partners"}));
    assert_eq!(made["profile"], profile("P"));
    let path = format!("/organizations/{}", text(&made["id"]));
    let renamed = house.write(Method::PUT, &path, &json!({"name": "Newer", "parent": {"id": "x"}})).await;
    assert_eq!(renamed.json["result"]["name"], "Newer");
    assert_eq!(renamed.json["result"]["parent"], made["parent"], "only the name takes effect");
    assert_eq!(House::send(house.request(Method::DELETE, &path)).await.json["result"]["id"], made["id"]);
    assert_eq!(house.get(&path).await.status, 404);
}

#[tokio::test]
async fn each_published_credential_may_do_what_it_stands_for() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let (own, other) = (text(&rows[0]["id"]), text(&rows[1]["id"]));
    let organization = house.organization("Nordics").await;
    let table = [
        ("sim-token", "/user/tokens/verify".to_owned(), 200),
        ("sim-token-user", "/organizations".to_owned(), 200),
        ("sim-token-user", format!("/organizations/{organization}"), 403),
        ("sim-token-user", format!("/organizations/{organization}/accounts"), 403),
        ("sim-token-user", format!("/accounts/{own}/organizations"), 200),
        ("sim-token-user", format!("/accounts/{own}/profile"), 200),
        ("sim-token-account", format!("/accounts/{own}"), 200),
        ("sim-token-account", format!("/accounts/{other}"), 403),
        ("sim-token-account", "/organizations".to_owned(), 403),
        ("sim-token-account", "/user/tokens/verify".to_owned(), 401),
        ("sim-token-account", format!("/accounts/{own}/tokens/verify"), 200),
        ("sim-token-readonly", format!("/organizations/{organization}"), 200),
        ("sim-token-noscope", "/accounts".to_owned(), 403),
        ("sim-token-noscope", format!("/accounts/{own}"), 403),
        ("sim-token-noscope", "/user/tokens/verify".to_owned(), 200),
        ("sim-token-expired", "/accounts".to_owned(), 401),
        ("nobody", "/accounts".to_owned(), 401),
    ];
    for (token, path, status) in table {
        assert_eq!(house.as_token(token, &path).await.status, status, "{token} {path}");
    }
}

#[tokio::test]
async fn tokens_of_narrow_scope_are_refused_or_held_to_their_page() {
    let house = House::plain().await;
    let own = text(&house.accounts().await[0]["id"]);
    let wrong = house.as_token("nobody", "/accounts").await;
    assert_eq!(wrong.json["errors"][0]["code"], 10000);
    let first = house.as_token("sim-token-account", "/accounts?page=1").await.json;
    let ninth = house.as_token("sim-token-account", "/accounts?page=9").await.json;
    assert_eq!(first["result"], ninth["result"]);
    assert_eq!(ninth["result_info"]["total_pages"], 1);
    let put = house.client.put(format!("{}/accounts/{own}/profile", house.base));
    let put = House::send(put.bearer_auth("sim-token-readonly").json(&profile("no"))).await;
    assert_eq!(put.status, 403);
}

#[tokio::test]
async fn malformed_headers_ids_and_methods_have_their_own_codes() {
    let house = House::plain().await;
    let accounts = format!("{}/accounts", house.base);
    let header = House::send(house.client.get(&accounts).header("authorization", "Token x")).await;
    assert_eq!(header.status, 400);
    assert_eq!(header.json["errors"][0]["code"], 6003);
    assert_eq!(header.json["errors"][0]["error_chain"][0]["code"], 6111);
    let key = house.client.get(&accounts).header("x-auth-email", "admin@example.com");
    let key = House::send(key.header("x-auth-key", "sim-token")).await;
    assert_eq!(key.json["errors"][0]["error_chain"][0]["code"], 6103);
    let none = House::send(house.client.get(&accounts)).await;
    assert_eq!((none.status.as_u16(), &none.json["errors"][0]["code"]), (400, &json!(9106)));
    let id = house.get("/accounts/not-an-id").await;
    assert_eq!((id.status.as_u16(), &id.json["errors"][0]["code"]), (400, &json!(7003)));
    let unknown = house.get("/accounts/0123456789abcdef0123456789abcdef").await;
    assert_eq!(unknown.status, 404);
    let method = House::send(house.request(Method::PATCH, "/accounts")).await;
    assert_eq!((method.status.as_u16(), &method.json["errors"][0]["code"]), (405, &json!(10405)));
}

#[tokio::test]
async fn a_reset_has_no_effect_and_a_dropped_write_has_one() {
    let plain = House::plain().await;
    let target = plain.organization("Nordics").await;
    let id = text(&plain.accounts().await[0]["id"]);
    let path = format!("/accounts/{id}/move");
    let body = json!({"destination_organization_id": target});
    for (fault, status, holder) in [("reset", 0, "Berlin Edge Platform"), ("drop-after-write", 200, "Nordics")] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let options = Options {
            log: Some(log.path().to_owned()),
            ..with_faults(&[&format!("{fault}=1@/cloudflare/client/v4{path}")])
        };
        let house = House::open(options).await;
        let request = house.request(Method::POST, &path).json(&body);
        let error = request.send().await.unwrap_err();
        assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
        let line = std::fs::read_to_string(log.path()).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["status"], status);
        let account = house.get(&format!("/accounts/{id}")).await;
        assert_eq!(account.json["result"]["managed_by"]["parent_org_name"], holder);
    }
}

#[tokio::test]
async fn a_truncated_reply_ends_in_the_middle_of_its_body() {
    let house = House::open(with_faults(&["truncate=1"])).await;
    let reply = house.request(Method::GET, "/accounts?per_page=50").send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.bytes().await.is_err());
}

#[tokio::test]
async fn refusals_come_as_their_fault_says() {
    let table = [
        ("429=1", 429, "application/json"),
        ("500=1", 500, "application/json"),
        ("html=1", 200, "text/html; charset=utf-8"),
        ("success-false=1", 200, "application/json"),
    ];
    for (fault, status, media) in table {
        let house = House::open(with_faults(&[fault])).await;
        let reply = house.get("/accounts").await;
        assert_eq!(reply.status, status, "{fault}");
        assert_eq!(reply.headers["content-type"], media, "{fault}");
        assert_eq!(reply.headers.contains_key("retry-after"), fault == "429=1");
        assert_ne!(reply.json["success"], true);
    }
    let house = House::open(with_faults(&["500-after-write=1"])).await;
    let made = house.write(Method::POST, "/accounts", &json!({"name": "Made"})).await;
    assert_eq!(made.status, 500);
    assert_eq!(house.accounts().await.len(), 201);
}

#[tokio::test]
async fn pages_that_are_short_shuffled_or_doubled_still_hold_every_row() {
    let house = House::plain().await;
    let wanted: HashSet<String> = ids(&house.accounts().await).into_iter().collect();
    for fault in ["shuffle", "dup", "short-pages"] {
        let house = House::open(with_faults(&[fault])).await;
        let rows = house.accounts().await;
        assert_eq!(ids(&rows).into_iter().collect::<HashSet<_>>(), wanted, "{fault}");
        assert!(house.tokened("/organizations?name.contains=harbor").await.len() >= 3);
        assert_eq!(rows.len() > 200, fault == "dup");
    }
}

#[tokio::test]
async fn a_repeated_token_is_the_one_that_was_sent() {
    let house = House::open(with_faults(&["repeat-token"])).await;
    let first = house.get("/organizations?page_size=5").await.json;
    let token = text(&first["result_info"]["next_page_token"]);
    let second = house.get(&format!("/organizations?page_size=5&page_token={token}")).await.json;
    assert_eq!(second["result_info"]["next_page_token"], json!(token));
}

#[tokio::test]
async fn forbidden_and_missing_organizations_leave_the_accounts_alone() {
    let plain = House::plain().await;
    let id = plain.organization("Nordics").await;
    let house = House::open(with_faults(&["forbid=Nordics"])).await;
    assert_eq!(house.get(&format!("/organizations/{id}/accounts")).await.status, 403);
    assert_eq!(house.organization("Nordics").await, id);
    let house = House::open(with_faults(&["no-organizations"])).await;
    assert_eq!(house.get("/organizations").await.status, 403);
    let rows = house.accounts().await;
    let lineage = house.get(&format!("/accounts/{}/organizations", text(&rows[0]["id"]))).await;
    assert_eq!(lineage.json["result"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn stale_reads_show_what_was_until_they_have_caught_up() {
    let house = House::open(with_faults(&["stale-reads=2s"])).await;
    let id = text(&house.accounts().await[0]["id"]);
    let path = format!("/accounts/{id}");
    let put = house.write(Method::PUT, &path, &json!({"name": "Later"})).await;
    assert_eq!(put.json["result"]["name"], "Later");
    assert_eq!(house.get(&path).await.json["result"]["name"], "Acme Retail");
    while house.get(&path).await.json["result"]["name"] != "Later" {}
}

#[tokio::test]
async fn with_limits_the_request_over_the_budget_is_refused_with_headers_in_both_spellings() {
    let options = Options { limits: true, ..Options::default() };
    let house = House::open(options).await;
    for left in (0..1200).rev() {
        let reply = house.get("/user/tokens/verify").await;
        assert_eq!(reply.headers["x-ratelimit-remaining"], left.to_string().as_str());
    }
    let refused = house.as_token("sim-token", "/accounts").await;
    assert_eq!(refused.status, 429);
    for name in ["x-ratelimit-limit", "x-ratelimit-reset", "ratelimit", "ratelimit-policy", "retry-after"] {
        assert!(refused.headers.contains_key(name), "{name}");
    }
    assert_eq!(refused.headers["ratelimit-policy"], "\"default\";q=1200;w=300");
}

#[tokio::test]
async fn the_log_has_a_line_for_each_request_and_no_secret() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let options = Options { log: Some(log.path().to_owned()), ..Options::default() };
    let house = House::open(options).await;
    house.get("/accounts?per_page=51").await;
    house.as_token("sim-token-user", "/organizations").await;
    House::send(house.client.get(format!("{}/accounts/%41", house.base))).await;
    let lines = std::fs::read_to_string(log.path()).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |path: &str, query: &str, status: u16, credential: &str| {
        json!({"method": "GET", "path": format!("/cloudflare/client/v4{path}"), "query": query,
            "status": status, "credential": credential})
    };
    let wanted = [
        line("/accounts", "per_page=51", 400, "key"),
        line("/organizations", "", 200, "token"),
        line("/accounts/%41", "", 400, "none"),
    ];
    assert_eq!(lines, wanted);
}

/// A walk over everything that holds whatever is assumed.
async fn holds_together(house: &House, what: &str) {
    let rows = house.accounts().await;
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 200, "{what}");
    let id = text(&rows[0]["id"]);
    assert_eq!(house.get(&format!("/accounts/{id}")).await.json["result"], rows[0], "{what}");
    let path = format!("/accounts/{id}/profile");
    assert_eq!(house.write(Method::PUT, &path, &profile("P")).await.status, 204, "{what}");
    assert_eq!(house.get(&path).await.json["result"], profile("P"), "{what}");
    let roots = house.tokened("/organizations?parent.id=null").await;
    assert!(roots.len() >= 2, "{what}");
    let standalone = json!({"name": "S", "standalone": true});
    let post = house.request(Method::POST, "/accounts").header("idempotency-key", "s");
    let made = House::send(post.json(&standalone)).await;
    assert_eq!(made.status, 200, "{what}");
    let made = text(&made.json["result"]["id"]);
    let to = json!({"destination_organization_id": roots[0]["id"]});
    let moved = house.write(Method::POST, &format!("/accounts/{made}/move"), &to).await;
    assert_eq!(moved.json["result"]["account_id"], json!(made), "{what}");
    let wrong = house.as_token("nobody", "/accounts").await;
    assert!(wrong.status.is_client_error() && wrong.json["success"] == false, "{what}");
    let lost = house.get("/accounts/x").await;
    assert_eq!(lost.json["errors"][0]["code"], 7003, "{what}");
    let gone = House::send(house.request(Method::DELETE, &format!("/accounts/{made}"))).await;
    assert_eq!(gone.json["success"], true, "{what}");
}

#[tokio::test]
async fn the_simulator_holds_together_under_each_assumption() {
    // The other providers' own tests go through theirs.
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("cloudflare.")) {
        for value in one.values {
            let what = format!("{}={value}", one.name);
            let house = House::open(assuming(std::slice::from_ref(&what))).await;
            holds_together(&house, &what).await;
        }
    }
}

#[tokio::test]
async fn the_simulator_holds_together_under_twenty_draws() {
    for seed in 1..=20 {
        let options = Options { seed, ..assuming(&["seed".to_owned()]) };
        holds_together(&House::open(options).await, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn a_million_accounts_are_listed_from_the_start_and_from_the_end() {
    let options = Options { accounts: vec!["cloudflare=1000000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let last = house.get("/accounts?per_page=50&page=20000").await.json;
    assert_eq!(last["result"].as_array().unwrap().len(), 50);
    assert_eq!(last["result_info"]["total_count"], 1_000_000);
    let id = text(&last["result"][49]["id"]);
    assert_eq!(house.get(&format!("/accounts/{id}")).await.json["result"], last["result"][49]);
}
