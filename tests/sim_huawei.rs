//! The simulated Huawei Cloud Organizations, over real HTTP: signed requests get what its documents say.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use acctui::sim::{Options, Sim, assumptions};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const SECRET: &str = "sim-secret-key";
const CONTACT: &str = "with_register_contact_info=true";

/// A simulator that runs as long as this lives, and a client for it.
struct House {
    base: String,
    host: String,
    client: reqwest::Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.take();
    }
}

/// One reply: status, request id, text and JSON (null if there is none).
struct Reply {
    status: StatusCode,
    id: String,
    text: String,
    json: Value,
}

impl Reply {
    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["error_code"].as_str().unwrap_or(""))
    }
}

/// Who signs, and how.
#[derive(Clone)]
struct Signer {
    key: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
    /// How far its clock is off.
    skew: i64,
}

const MANAGEMENT: Signer = Signer { key: "SIMACCESSKEY", secret: SECRET, token: None, skew: 0 };

impl Signer {
    /// The headers that sign a request: its query sorted and encoded already.
    fn sign(&self, method: &Method, host: &str, path: &str, query: &str, body: &str) -> Vec<(&'static str, String)> {
        let moment = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(self.skew);
        let date = moment.strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = vec![("host", host.to_owned()), ("x-sdk-date", date.clone())];
        headers.extend(self.token.map(|token| ("x-security-token", token.to_owned())));
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let lines = lines.concat();
        let body = hex(&Sha256::digest(body));
        let canonical = format!("{method}\n{}/\n{query}\n{lines}\n{names}\n{body}", path.replace(':', "%3A"));
        let text = format!("SDK-HMAC-SHA256\n{date}\n{}", hex(&Sha256::digest(canonical)));
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let value = format!("SDK-HMAC-SHA256 Access={}, SignedHeaders={names}, Signature={signature}", self.key);
        headers.push(("authorization", value));
        headers
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

impl House {
    async fn open(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::bind(options).await.unwrap();
        let host = sim.address().to_string();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move {
            let _ = stopped.await;
        });
        spawn(async move {
            serving.await.unwrap();
        });
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { base: format!("http://{host}"), host, client, stop: Some(stop) }
    }

    async fn plain() -> Self {
        Self::open(Options::default()).await
    }

    async fn faulty(fault: &str) -> Self {
        Self::open(Options { faults: vec![fault.parse().unwrap()], ..Options::default() }).await
    }

    /// Sends a request; `path` with its mount, the query sorted and encoded.
    async fn send(&self, signer: &Signer, method: Method, path: &str, body: &str) -> Reply {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = self.client.request(method.clone(), format!("{}{path}{mark}{query}", self.base));
        for (name, value) in signer.sign(&method, &self.host, path, query, body) {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let reply = request.send().await.unwrap();
        let status = reply.status();
        let id = reply.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
        let text = reply.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status, id: id.unwrap_or_default(), text, json }
    }

    async fn as_signer(&self, signer: &Signer, method: Method, path: &str) -> Reply {
        self.send(signer, method, &format!("/huawei/v1/organizations{path}"), "").await
    }

    async fn get(&self, path: &str) -> Reply {
        self.as_signer(&MANAGEMENT, Method::GET, path).await
    }

    async fn write(&self, method: Method, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(&MANAGEMENT, method, &format!("/huawei/v1/organizations{path}"), &body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.write(Method::POST, path, body).await
    }

    /// All rows of a list, whatever its last page looks like; `query` comes after `limit` and `marker`.
    async fn all(&self, path: &str, name: &str, limit: usize, query: &str) -> Vec<Value> {
        let (mut rows, mut marker) = (Vec::new(), String::new());
        let query = if query.is_empty() { String::new() } else { format!("&{query}") };
        loop {
            let reply = self.get(&format!("{path}?limit={limit}{marker}{query}")).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.text);
            rows.extend(reply.json[name].as_array().unwrap().iter().cloned());
            match reply.json["page_info"]["next_marker"].as_str() {
                None | Some("") => return rows,
                Some(next) => {
                    let next = next.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
                    marker = format!("&marker={next}");
                }
            }
        }
    }

    async fn accounts(&self) -> Vec<Value> {
        self.all("/accounts", "accounts", 20, CONTACT).await
    }

    async fn root(&self) -> String {
        text(&self.get("/roots").await.json["roots"][0]["id"])
    }

    async fn parent(&self, id: &str) -> String {
        text(&self.get(&format!("/entities?child_id={id}")).await.json["entities"][0]["id"])
    }

    async fn new_unit(&self, name: &str, parent: &str) -> Reply {
        self.post("/organizational-units", &json!({"name": name, "parent_id": parent})).await
    }

    /// Creates an account and follows it to its end.
    async fn create(&self, body: &Value) -> Value {
        let made = self.post("/accounts", body).await;
        assert_eq!(made.status, 202, "{}", made.text);
        let id = text(&made.json["create_account_status"]["id"]);
        loop {
            let status = self.get(&format!("/create-account-status/{id}")).await.json["create_account_status"].clone();
            if status["state"] != "in_progress" {
                return status;
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["id"])).collect()
}

#[tokio::test]
async fn both_mounts_are_one_service_and_every_reply_has_an_id() {
    let house = House::plain().await;
    let mounted = house.get("").await;
    let at_root = house.send(&MANAGEMENT, Method::GET, "/v1/organizations", "").await;
    assert_eq!(mounted.json, at_root.json);
    assert_eq!(mounted.json["organization"].as_object().unwrap().len(), 5);
    assert_eq!(mounted.id.len(), 32);
    assert_ne!(mounted.id, at_root.id);
    let lost = house.get("/nothing").await;
    assert_eq!(lost.code(), (404, "APIGW.0101"));
    assert_eq!(lost.json["request_id"], json!(lost.id));
}

#[tokio::test]
async fn the_list_is_whole_and_contact_data_comes_only_when_asked_for() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    assert_eq!(rows.len(), 50);
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 50);
    let management = &house.get("").await.json["organization"]["management_account_id"];
    assert_eq!(rows.iter().filter(|row| row["id"] == *management).count(), 1);
    for status in ["active", "suspended", "pending_closure"] {
        assert!(rows.iter().any(|row| row["status"] == status), "{status}");
    }
    assert!(rows.iter().any(|row| row["mobile_phone"] == "null," && row.get("email") == Some(&Value::Null)));
    assert!(rows.iter().any(|row| row.get("email").is_none()));
    let bare = house.get("/accounts").await;
    assert_eq!(bare.json["page_info"], json!({"next_marker": null, "current_count": 50}));
    let asked = ["email", "mobile_phone", "intl_number_prefix"];
    let rows = bare.json["accounts"].as_array().unwrap();
    assert!(rows.iter().all(|row| asked.iter().all(|key| row.get(key).is_none())));
    let shown = house.get(&format!("/accounts/{}?{CONTACT}", text(&rows[0]["id"]))).await;
    assert!(shown.json["account"]["email"].is_string());
}

#[tokio::test]
async fn limits_are_held_to_what_is_documented() {
    let house = House::plain().await;
    assert_eq!(house.get(&format!("/accounts?limit=200&{CONTACT}")).await.status, 200);
    assert_eq!(house.get("/accounts?limit=2000").await.status, 200);
    for bad in [format!("limit=201&{CONTACT}"), "limit=2001".into(), "limit=0".into(), "limit=x".into()] {
        assert_eq!(house.get(&format!("/accounts?{bad}")).await.status, 400, "{bad}");
    }
    assert_eq!(house.get("/accounts?marker=never").await.status, 400);
    let first = house.get("/accounts?limit=2").await.json;
    assert_eq!(first["page_info"]["next_marker"], first["accounts"][1]["id"]);
}

#[tokio::test]
async fn the_tree_is_the_same_by_units_by_entities_and_by_accounts() {
    let house = House::plain().await;
    let root = house.root().await;
    let every = house.all("/organizational-units", "organizational_units", 7, "").await;
    let (mut units, mut held, mut deepest) = (0, Vec::new(), 0);
    let mut open = vec![(root.clone(), 0)];
    while let Some((node, depth)) = open.pop() {
        let filter = format!("parent_id={node}");
        let entities = house.all("/entities", "entities", 5, &filter).await;
        let below = house.all("/organizational-units", "organizational_units", 5, &filter).await;
        let accounts = house.all("/accounts", "accounts", 5, &filter).await;
        let wanted: Vec<String> = ids(&below).into_iter().chain(ids(&accounts)).collect();
        assert_eq!(ids(&entities), wanted);
        units += below.len();
        held.extend(ids(&accounts));
        deepest = deepest.max(depth);
        open.extend(ids(&below).into_iter().map(|id| (id, depth + 1)));
    }
    assert_eq!((units, deepest), (every.len(), 5));
    let all: HashSet<String> = ids(&house.accounts().await).into_iter().collect();
    assert_eq!(held.iter().cloned().collect::<HashSet<_>>(), all);
    assert_eq!(held.len(), all.len());
    assert_eq!(house.parent(&ids(&every)[0]).await, root);
    assert_eq!(house.get(&format!("/entities?child_id={root}")).await.json["entities"], json!([]));
    let everything = house.all("/entities", "entities", 30, "").await;
    assert_eq!(everything.len(), 1 + units + all.len());
}

#[tokio::test]
async fn a_move_names_the_parent_that_holds_the_account() {
    let house = House::plain().await;
    let id = text(&house.accounts().await[2]["id"]);
    let (source, root) = (house.parent(&id).await, house.root().await);
    let path = format!("/accounts/{id}/move");
    let wrong = json!({"source_parent_id": root, "destination_parent_id": source});
    assert_eq!(house.post(&path, &wrong).await.status, 400);
    let lost = json!({"source_parent_id": source, "destination_parent_id": "ou-00000000"});
    assert_eq!(house.post(&path, &lost).await.code(), (404, "Organizations.1201"));
    let right = json!({"source_parent_id": source, "destination_parent_id": root});
    let moved = house.post(&path, &right).await;
    assert_eq!((moved.status.as_u16(), moved.text.as_str()), (200, ""));
    assert_eq!(house.parent(&id).await, root);
}

#[tokio::test]
async fn only_the_description_of_an_account_changes() {
    let house = House::plain().await;
    let id = text(&house.accounts().await[3]["id"]);
    let path = format!("/accounts/{id}");
    let before = house.get(&path).await.json["account"].clone();
    let same = house.write(Method::PATCH, &path, &json!({"description": null, "name": "no"})).await;
    assert_eq!(same.json["account"], before);
    let changed = house.write(Method::PATCH, &path, &json!({"description": "new"})).await;
    assert_eq!(changed.json["account"]["description"], "new");
    assert_eq!(changed.json["account"]["name"], before["name"]);
    house.write(Method::PATCH, &path, &json!({"description": ""})).await;
    assert_eq!(house.get(&path).await.json["account"]["description"], "");
    assert_eq!(house.write(Method::PATCH, &path, &json!({"description": 7})).await.status, 400);
}

#[tokio::test]
async fn units_are_made_renamed_and_deleted_within_their_quotas() {
    let house = House::plain().await;
    let root = house.root().await;
    let (mut parent, mut chain) = (root.clone(), Vec::new());
    for level in 1..=5 {
        let made = house.new_unit(&format!("level {level}"), &parent).await;
        assert_eq!(made.status, 201, "{}", made.text);
        parent = text(&made.json["organizational_unit"]["id"]);
        chain.push(parent.clone());
    }
    assert_eq!(house.new_unit("level 6", &parent).await.code(), (400, "Organizations.1203"));
    assert_eq!(house.new_unit("level 1", &root).await.code(), (409, "Organizations.1205"));
    let path = format!("/organizational-units/{}", chain[0]);
    assert_eq!(house.write(Method::DELETE, &path, &Value::Null).await.status, 409);
    let renamed = house.write(Method::PATCH, &path, &json!({"name": "研发部"})).await;
    assert_eq!(renamed.json["organizational_unit"]["name"], "研发部");
    for id in chain.iter().rev() {
        let gone = house.write(Method::DELETE, &format!("/organizational-units/{id}"), &Value::Null).await;
        assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
    }
    assert_eq!(house.get(&path).await.status, 404);
    let there = house.all("/organizational-units", "organizational_units", 200, "").await.len();
    for number in there..1_000 {
        assert_eq!(house.new_unit(&format!("unit {number}"), &root).await.status, 201);
    }
    assert_eq!(house.new_unit("one more", &root).await.code(), (400, "Organizations.1204"));
}

#[tokio::test]
async fn a_creation_is_accepted_first_and_ends_well_or_badly_later() {
    let house = House::plain().await;
    let body = json!({"name": "fresh-one", "email": "a@b.example", "tags": [{"key": "k", "value": ""}]});
    let made = house.post("/accounts", &body).await;
    let status = &made.json["create_account_status"];
    assert_eq!((made.status.as_u16(), &status["state"]), (202, &json!("in_progress")));
    assert_eq!((&status["account_id"], &status["completed_at"]), (&Value::Null, &Value::Null));
    let path = format!("/create-account-status/{}", text(&status["id"]));
    let mut states = Vec::new();
    for _ in 0..3 {
        states.push(text(&house.get(&path).await.json["create_account_status"]["state"]));
    }
    assert_eq!(states, ["in_progress", "in_progress", "succeeded"]);
    let id = text(&house.get(&path).await.json["create_account_status"]["account_id"]);
    assert_eq!(house.parent(&id).await, house.root().await);
    let tags = house.get(&format!("/resources/{id}/tags")).await.json["tags"].clone();
    assert_eq!(tags, json!([{"key": "k", "value": ""}]));
    for bad in [
        json!({"name": "Acme Retail", "email": "c@d.example"}),
        json!({"name": "other", "email": "a@b.example"}),
        json!({"name": "does-FAIL", "phone": "1"}),
    ] {
        let ended = house.create(&bad).await;
        assert_eq!((&ended["state"], &ended["account_id"]), (&json!("failed"), &Value::Null), "{bad}");
        assert!(ended["failure_reason"].is_string());
    }
    assert_eq!(house.post("/accounts", &json!({"name": "x"})).await.status, 400);
    let failed = house.get("/create-account-status?states=failed").await;
    assert_eq!(failed.json["create_account_statuses"].as_array().unwrap().len(), 4);
    assert_eq!(house.accounts().await.len(), 51);
}

#[tokio::test]
async fn five_creations_and_three_closures_run_at_once() {
    let house = House::plain().await;
    let create = |number: usize| {
        let body = json!({"name": format!("new-{number}")}).to_string();
        let house = &house;
        async move { house.send(&MANAGEMENT, Method::POST, "/huawei/v2/organizations/accounts", &body).await }
    };
    for number in 0..5 {
        assert_eq!(create(number).await.status, 202);
    }
    assert_eq!(create(5).await.status, 400);
    for _ in 0..3 {
        house.get("/create-account-status").await;
    }
    assert_eq!(create(6).await.status, 202);
    let rows = house.accounts().await;
    let active: Vec<&Value> = rows.iter().skip(1).filter(|row| row["status"] == "active").collect();
    let close = |row: &Value| format!("/accounts/{}/close", text(&row["id"]));
    for row in &active[..3] {
        let closed = house.post(&close(row), &Value::Null).await;
        assert_eq!((closed.status.as_u16(), closed.text.as_str()), (200, ""));
    }
    assert_eq!(house.post(&close(active[3]), &Value::Null).await.status, 400);
    assert_eq!(house.post(&close(active[0]), &Value::Null).await.code(), (400, "Organizations.1325"));
    let path = format!("/accounts/{}", text(&active[0]["id"]));
    assert_eq!(house.get(&path).await.json["account"]["status"], "pending_closure");
    for _ in 0..3 {
        assert!(house.get("/close-account-status").await.json.get("page_info").is_none());
    }
    assert_eq!(house.get(&path).await.json["account"]["status"], "suspended");
    assert_eq!(house.post(&close(active[3]), &Value::Null).await.status, 200);
    assert_eq!(house.post(&close(&rows[0]), &Value::Null).await.status, 400, "the management account");
}

#[tokio::test]
async fn a_removed_account_is_gone() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let invited = rows.iter().skip(1).find(|row| row["join_method"] == "invited").unwrap();
    let id = text(&invited["id"]);
    assert_eq!(house.post(&format!("/accounts/{id}/remove"), &Value::Null).await.status, 200);
    assert_eq!(house.get(&format!("/accounts/{id}")).await.code(), (404, "Organizations.1301"));
    assert_eq!(house.accounts().await.len(), 49);
    let delegate = house.get("/delegated-administrators").await.json["delegated_administrators"][0].clone();
    let path = format!("/accounts/{}", text(&delegate["account_id"]));
    assert_eq!(house.post(&format!("{path}/remove"), &Value::Null).await.status, 400);
    let services = house.get(&format!("{path}/delegated-services")).await;
    assert!(!services.json["delegated_services"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn invitations_are_sent_cancelled_and_declined() {
    let house = House::plain().await;
    let body = json!({"target": {"type": "name", "entity": "kleinwerk"}, "notes": ""});
    let sent = house.post("/accounts/invite", &body).await;
    assert_eq!((sent.status.as_u16(), &sent.json["handshake"]["status"]), (201, &json!("pending")));
    assert_eq!(house.post("/accounts/invite", &body).await.status, 409);
    let path = format!("/handshakes/{}", text(&sent.json["handshake"]["id"]));
    let cancelled = house.post(&format!("{path}/cancel"), &Value::Null).await;
    assert_eq!(cancelled.json["handshake"]["status"], "cancelled");
    assert_eq!(house.post(&format!("{path}/cancel"), &Value::Null).await.code(), (400, "Organizations.1401"));
    assert_eq!(house.get(&path).await.json["handshake"]["status"], "cancelled");
    let received = "/huawei/v1/received-handshakes";
    let listed = house.send(&MANAGEMENT, Method::GET, received, "").await;
    let first = text(&listed.json["handshakes"][0]["id"]);
    let act = |verb: &str| {
        let (house, path) = (&house, format!("{received}/{first}/{verb}"));
        async move { house.send(&MANAGEMENT, Method::POST, &path, "").await }
    };
    assert_eq!(act("accept").await.status, 409);
    assert_eq!(act("decline").await.json["handshake"]["status"], "declined");
}

#[tokio::test]
async fn tags_are_the_same_in_both_styles_and_found_by_a_search() {
    let house = House::plain().await;
    let id = text(&house.accounts().await[1]["id"]);
    let (newer, typed) = (format!("/resources/{id}"), format!("/organizations:accounts/{id}/tags"));
    let tags = json!({"tags": [{"key": "项目", "value": "a"}, {"key": "e", "value": ""}]});
    let tagged = house.post(&format!("{newer}/tag"), &tags).await;
    assert_eq!((tagged.status.as_u16(), tagged.text.as_str()), (204, ""));
    house.post(&format!("{typed}/create"), &json!({"tags": [{"key": "项目", "value": "b"}]})).await;
    let wanted = json!([{"key": "e", "value": ""}, {"key": "项目", "value": "b"}]);
    assert_eq!(house.get(&format!("{newer}/tags")).await.json["tags"], wanted);
    assert_eq!(house.get(&typed).await.json["tags"], wanted);
    let encoded = typed.replace(':', "%3A");
    assert_eq!(house.get(&encoded).await.json["tags"], wanted);
    let search = json!({"tags": [{"key": "项目", "values": ["x", "b"]}, {"key": "e", "values": []}]});
    let instances = "/organizations:accounts/resource-instances";
    let found = house.post(&format!("{instances}/filter?limit=1&offset=0"), &search).await.json;
    assert_eq!((&found["total_count"], &found["resources"][0]["resource_id"]), (&json!(1), &json!(id)));
    assert_eq!(house.post(&format!("{instances}/count"), &search).await.json, json!({"total_count": 1}));
    house.post(&format!("{newer}/untag"), &json!({"tag_keys": ["e"]})).await;
    house.post(&format!("{typed}/delete"), &json!({"tags": [{"key": "项目"}]})).await;
    assert_eq!(house.get(&typed).await.json["tags"], json!([]));
    assert_eq!(house.post(&format!("{newer}/tag"), &json!({"tags": [{"key": "k", "value": null}]})).await.status, 400);
    assert_eq!(house.get(&format!("/organizations:ous/{id}/tags")).await.status, 404);
}

#[tokio::test]
async fn quotas_and_policies_tell_what_there_is() {
    let house = House::plain().await;
    let quotas = house.get("/quotas").await.json["quotas"]["resources"].clone();
    assert_eq!((&quotas[0]["type"], &quotas[0]["used"]), (&json!("account"), &json!(50)));
    let all = house.get("/policies").await.json["policies"].clone();
    let id = text(&all[1]["id"]);
    let shown = house.get(&format!("/policies/{id}")).await.json["policy"].clone();
    assert_eq!(shown["policy_summary"], all[1]);
    let account = text(&house.accounts().await[0]["id"]);
    let bound = house.get(&format!("/policies?attached_entity_id={account}")).await.json["policies"].clone();
    assert_eq!(bound, json!([all[0]]));
    let effective =
        house.get(&format!("/entities/effective-policies?entity_id={account}&policy_type=tag_policy")).await;
    assert_eq!(effective.json["entity_id"], json!(account));
}

#[tokio::test]
async fn each_access_key_may_do_what_its_account_may() {
    let house = House::plain().await;
    let member = Signer { key: "SIMACCESSKEY-MEMBER", ..MANAGEMENT };
    let delegate = Signer { key: "SIMACCESSKEY-READONLY", ..MANAGEMENT };
    let unit = text(&house.get("/organizational-units").await.json["organizational_units"][0]["id"]);
    let unit = format!("/organizational-units/{unit}");
    let table = [
        (&member, Method::GET, "", (200, "")),
        (&member, Method::GET, "/accounts", (401, "Organizations.1002")),
        (&member, Method::DELETE, unit.as_str(), (401, "Organizations.1001")),
        (&delegate, Method::GET, "/accounts", (200, "")),
        (&delegate, Method::POST, "/organizations:ous/resource-instances/count", (200, "")),
        (&delegate, Method::DELETE, unit.as_str(), (401, "Organizations.1001")),
    ];
    for (signer, method, path, wanted) in table {
        let reply = house.as_signer(signer, method, path).await;
        assert_eq!(reply.code(), wanted, "{} {path}", signer.key);
        assert!(reply.json.get("request_id").is_none());
    }
}

#[tokio::test]
async fn temporary_credentials_hold_until_they_expire() {
    let house = House::plain().await;
    let with = |token: &'static str| Signer { token: Some(token), ..MANAGEMENT };
    assert_eq!(house.as_signer(&with("sim-security-token"), Method::GET, "").await.status, 200);
    for bad in ["sim-security-token-expired", "another"] {
        let refused = house.as_signer(&with(bad), Method::GET, "").await;
        assert_eq!(refused.code(), (401, "APIGW.0301"), "{bad}");
        assert_eq!(refused.json["request_id"], json!(refused.id));
    }
    let mut headers = MANAGEMENT.sign(&Method::GET, &house.host, "/v1/organizations", "", "");
    headers.push(("x-security-token", "sim-security-token".to_owned()));
    let request = house.client.get(format!("{}/v1/organizations", house.base));
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    assert_eq!(request.send().await.unwrap().status(), 401, "the token must be signed");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_with_both_times() {
    let house = House::plain().await;
    for skew in [-880, 880] {
        assert_eq!(house.as_signer(&Signer { skew, ..MANAGEMENT }, Method::GET, "").await.status, 200);
    }
    for skew in [-920, 920] {
        let refused = house.as_signer(&Signer { skew, ..MANAGEMENT }, Method::GET, "").await;
        assert_eq!(refused.code(), (401, "APIGW.0301"));
        let message = text(&refused.json["error_msg"]);
        for part in ["signature expired", "signature time:", "server time:"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[tokio::test]
async fn six_wrong_signatures_in_a_row_lock_the_key() {
    let house = House::plain().await;
    let wrong = Signer { secret: "guess", ..MANAGEMENT };
    for _ in 0..5 {
        let refused = house.as_signer(&wrong, Method::GET, "").await;
        assert!(text(&refused.json["error_msg"]).contains("verify aksk signature fail"));
    }
    assert_eq!(house.get("").await.status, 200, "five are not too many");
    for _ in 0..6 {
        assert_eq!(house.as_signer(&wrong, Method::GET, "").await.code(), (401, "APIGW.0301"));
    }
    let locked = house.get("").await;
    assert_eq!(locked.code(), (401, "APIGW.0301"));
    assert!(text(&locked.json["error_msg"]).contains("locked"));
    let other = Signer { key: "SIMACCESSKEY-MEMBER", ..MANAGEMENT };
    assert_eq!(house.as_signer(&other, Method::GET, "").await.status, 200);
    let unknown = house.as_signer(&Signer { key: "NOBODY", ..MANAGEMENT }, Method::GET, "").await;
    assert!(text(&unknown.json["error_msg"]).contains("ak NOBODY not exist"));
    let none = house.client.get(format!("{}/v1/organizations", house.base)).send().await.unwrap();
    assert_eq!(none.status(), 401);
}

#[tokio::test]
async fn faults_are_told_in_huaweis_words() {
    let table = [
        ("429=1", (429, "APIGW.0308")),
        ("500=1", (500, "APIGW.0602")),
        ("success-false=1", (200, "Organizations.1000")),
        ("no-organizations", (401, "Organizations.1015")),
    ];
    for (fault, wanted) in table {
        let reply = House::faulty(fault).await.get("").await;
        assert_eq!(reply.code(), wanted, "{fault}");
        assert_eq!(reply.id.len(), 32, "{fault}");
    }
    let house = House::faulty("forbid=Security").await;
    let units = house.all("/organizational-units", "organizational_units", 200, "").await;
    let security = units.iter().find(|unit| unit["name"] == "Security").unwrap();
    let refused = house.get(&format!("/accounts?parent_id={}", text(&security["id"]))).await;
    assert_eq!(refused.code(), (403, "Organizations.1007"));
    assert_eq!(house.accounts().await.len(), 50);
}

#[tokio::test]
async fn pages_that_are_short_shuffled_or_doubled_still_hold_every_row() {
    let wanted: HashSet<String> = ids(&House::plain().await.accounts().await).into_iter().collect();
    for fault in ["shuffle", "dup", "short-pages"] {
        let rows = House::faulty(fault).await.accounts().await;
        assert_eq!(ids(&rows).into_iter().collect::<HashSet<_>>(), wanted, "{fault}");
        assert_eq!(rows.len() > 50, fault == "dup", "{fault}");
    }
    let house = House::faulty("repeat-token").await;
    let marker = text(&house.get("/accounts?limit=5").await.json["page_info"]["next_marker"]);
    let second = house.get(&format!("/accounts?limit=5&marker={marker}")).await;
    assert_eq!(second.json["page_info"]["next_marker"], json!(marker));
}

#[tokio::test]
async fn stale_reads_show_what_was_until_they_have_caught_up() {
    let house = House::faulty("stale-reads=2s").await;
    let path = format!("/accounts/{}", text(&house.accounts().await[0]["id"]));
    house.write(Method::PATCH, &path, &json!({"description": "later"})).await;
    assert_ne!(house.get(&path).await.json["account"]["description"], "later");
    while house.get(&path).await.json["account"]["description"] != "later" {}
}

#[tokio::test]
async fn limits_change_nothing_and_the_log_names_the_kind_of_credential() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let options = Options { limits: true, log: Some(log.path().to_owned()), ..Options::default() };
    let house = House::open(options).await;
    assert_eq!(house.get("/quotas").await.status, 200);
    let line: Value = serde_json::from_str(&std::fs::read_to_string(log.path()).unwrap()).unwrap();
    let wanted = json!({"method": "GET", "path": "/huawei/v1/organizations/quotas", "query": "", "status": 200,
        "credential": "access-key"});
    assert_eq!(line, wanted);
}

#[tokio::test]
async fn ten_thousand_accounts_are_listed_half_of_them_with_plain_names() {
    let options = Options { accounts: vec!["huawei=10000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let rows = house.all("/accounts", "accounts", 200, CONTACT).await;
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 10_000);
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    let count = rows.iter().filter(|row| plain(row["name"].as_str().unwrap())).count();
    assert!(count >= 5_000, "{count}");
}

/// A walk over everything that holds whatever is assumed.
async fn holds_together(house: &House, what: &str) {
    let rows = house.accounts().await;
    assert_eq!(ids(&rows).iter().collect::<HashSet<_>>().len(), 50, "{what}");
    let acme = rows.iter().find(|row| row["name"] == "Acme Retail Staging").unwrap();
    let id = text(&acme["id"]);
    let shown = house.get(&format!("/accounts/{id}?{CONTACT}")).await;
    assert_eq!(shown.json["account"], *acme, "{what}");
    let (source, root) = (house.parent(&id).await, house.root().await);
    let made = house.new_unit("made here", &root).await;
    assert_eq!(made.status, 201, "{what}");
    let unit = text(&made.json["organizational_unit"]["id"]);
    let to = json!({"source_parent_id": source, "destination_parent_id": unit});
    assert_eq!(house.post(&format!("/accounts/{id}/move"), &to).await.status, 200, "{what}");
    assert_eq!(house.parent(&id).await, unit, "{what}");
    let path = format!("/organizational-units/{unit}");
    let full = house.write(Method::DELETE, &path, &Value::Null).await;
    assert!(full.status.is_client_error(), "{what}");
    let back = json!({"source_parent_id": unit, "destination_parent_id": source});
    assert_eq!(house.post(&format!("/accounts/{id}/move"), &back).await.status, 200, "{what}");
    assert!(house.write(Method::DELETE, &path, &Value::Null).await.status.is_success(), "{what}");
    let ended = house.create(&json!({"name": "made-here", "email": "m@h.example", "phone": "1"})).await;
    assert_eq!(ended["state"], "succeeded", "{what}");
    let path = format!("/accounts/{}", text(&ended["account_id"]));
    assert_eq!(house.post(&format!("{path}/close"), &Value::Null).await.status, 200, "{what}");
    while house.get(&path).await.json["account"]["status"] != "suspended" {}
    let tag = json!({"tags": [{"key": "k", "value": "v"}]});
    assert!(house.post(&format!("/resources/{id}/tag"), &tag).await.status.is_success(), "{what}");
    let lost = house.get("/accounts/0123456789abcdef0123456789abcdef").await;
    assert!(lost.status.is_client_error(), "{what}");
    let wrong = house.as_signer(&Signer { secret: "guess", ..MANAGEMENT }, Method::GET, "").await;
    assert_eq!(wrong.status, 401, "{what}");
    assert!(wrong.text.contains("APIGW.0301"), "{what}");
}

fn assuming(what: &str, seed: u64) -> Options {
    Options { assume: vec![what.parse().unwrap()], seed, ..Options::default() }
}

#[tokio::test]
async fn it_holds_together_under_each_assumption() {
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("huawei.")) {
        for value in one.values {
            let what = format!("{}={value}", one.name);
            holds_together(&House::open(assuming(&what, 1)).await, &what).await;
        }
    }
}

#[tokio::test]
async fn it_holds_together_under_twenty_draws() {
    for seed in 1..=20 {
        holds_together(&House::open(assuming("seed", seed)).await, &format!("seed {seed}")).await;
    }
}
