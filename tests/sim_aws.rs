//! The simulated AWS Organizations and Account Management, over real HTTP: signed requests get what their documents say.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use acctui::sim::{Options, Sim, assumptions};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const SECRET: &str = "sim-secret-key";
const JSON: &str = "application/x-amz-json-1.1";

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

/// One reply.
struct Reply {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
    json: Value,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the exception, wherever that is named.
    fn code(&self) -> (u16, &str) {
        let header = self.header("x-amzn-errortype").split(':').next().unwrap();
        let body = self.json["__type"].as_str().map_or("", |kind| kind.rsplit('#').next().unwrap());
        (self.status.as_u16(), if body.is_empty() { header } else { body })
    }

    /// The same with the reason of a broken rule.
    fn reason(&self) -> (u16, &str, &str) {
        let (status, kind) = self.code();
        (status, kind, self.json["Reason"].as_str().unwrap_or(""))
    }

    fn message(&self) -> &str {
        self.json["message"].as_str().or(self.json["Message"].as_str()).unwrap_or("")
    }
}

/// Who signs, and how.
#[derive(Clone)]
struct Signer {
    key: &'static str,
    secret: &'static str,
    token: Option<String>,
    /// How far its clock is off.
    skew: i64,
    region: &'static str,
    /// The service in the scope, if it is not the right one.
    service: Option<&'static str>,
    /// The day in the scope, if it is not that of the signature.
    day: Option<&'static str>,
    /// A header that is sent and not signed.
    unsigned: &'static str,
}

const MANAGEMENT: Signer = Signer {
    key: "SIMACCESSKEY",
    secret: SECRET,
    token: None,
    skew: 0,
    region: "us-east-1",
    service: None,
    day: None,
    unsigned: "",
};

fn who(key: &'static str) -> Signer {
    Signer { key, ..MANAGEMENT }
}

impl Signer {
    /// The headers that sign a POST.
    fn sign(&self, host: &str, path: &str, target: Option<&str>, body: &str) -> Vec<(&'static str, String)> {
        let moment = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(self.skew);
        let date = moment.strftime("%Y%m%dT%H%M%SZ").to_string();
        let service = self.service.unwrap_or(if target.is_some() { "organizations" } else { "account" });
        let media = if target.is_some() { JSON } else { "application/json" };
        let mut headers =
            vec![("content-type", media.to_owned()), ("host", host.to_owned()), ("x-amz-date", date.clone())];
        headers.extend(self.token.clone().map(|token| ("x-amz-security-token", token)));
        headers.extend(target.map(|target| ("x-amz-target", format!("AWSOrganizationsV20161128.{target}"))));
        let signed: Vec<&(&str, String)> = headers.iter().filter(|(name, _)| *name != self.unsigned).collect();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: Vec<String> = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let lines = lines.concat();
        let day = self.day.unwrap_or(&date[..8]);
        let scope = format!("{day}/{}/{service}/aws4_request", self.region);
        let canonical = format!("POST\n{path}\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &text));
        let credential = format!("{}/{scope}", self.key);
        let value = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization", value));
        headers
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
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

    async fn assuming(assume: &[&str]) -> Self {
        let assume = assume.iter().map(|text| text.parse().unwrap()).collect();
        Self::open(Options { assume, ..Options::default() }).await
    }

    async fn send(&self, signer: &Signer, path: &str, target: Option<&str>, body: &str) -> Reply {
        let mut request = self.client.post(format!("{}{path}", self.base)).body(body.to_owned());
        for (name, value) in signer.sign(&self.host, path, target, body) {
            request = request.header(name, value);
        }
        let reply = request.send().await.unwrap();
        let (status, headers) = (reply.status(), reply.headers().clone());
        let text = reply.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status, headers, text, json }
    }

    async fn as_signer(&self, signer: &Signer, operation: &str, body: &Value) -> Reply {
        self.send(signer, "/aws/", Some(operation), &body.to_string()).await
    }

    /// An operation of Organizations.
    async fn call(&self, operation: &str, body: &Value) -> Reply {
        self.as_signer(&MANAGEMENT, operation, body).await
    }

    /// An operation of Account Management.
    async fn manage(&self, operation: &str, body: &Value) -> Reply {
        self.manage_as(&MANAGEMENT, operation, body).await
    }

    async fn manage_as(&self, signer: &Signer, operation: &str, body: &Value) -> Reply {
        self.send(signer, &format!("/aws/{operation}"), None, &body.to_string()).await
    }

    /// All pages of a list.
    async fn pages(&self, operation: &str, name: &str, body: &Value) -> Vec<Vec<Value>> {
        let (mut pages, mut body) = (Vec::new(), body.clone());
        loop {
            let reply = self.call(operation, &body).await;
            assert_eq!(reply.status, 200, "{operation}: {}", reply.text);
            pages.push(reply.json[name].as_array().unwrap().clone());
            match reply.json["NextToken"].as_str() {
                None => return pages,
                Some(token) => body["NextToken"] = token.into(),
            }
        }
    }

    async fn all(&self, operation: &str, name: &str, body: &Value) -> Vec<Value> {
        self.pages(operation, name, body).await.concat()
    }

    async fn accounts(&self) -> Vec<Value> {
        self.all("ListAccounts", "Accounts", &json!({})).await
    }

    async fn root(&self) -> String {
        text(&self.all("ListRoots", "Roots", &json!({})).await[0]["Id"])
    }

    async fn parent(&self, id: &str) -> String {
        text(&self.all("ListParents", "Parents", &json!({"ChildId": id})).await[0]["Id"])
    }

    async fn new_unit(&self, name: &str, parent: &str) -> Reply {
        self.call("CreateOrganizationalUnit", &json!({"Name": name, "ParentId": parent})).await
    }

    async fn account(&self, id: &str) -> Value {
        self.call("DescribeAccount", &json!({"AccountId": id})).await.json["Account"].clone()
    }

    /// Creates an account and follows it to its end.
    async fn create(&self, name: &str, email: &str) -> Value {
        let made = self.call("CreateAccount", &json!({"AccountName": name, "Email": email})).await;
        assert_eq!(made.status, 200, "{}", made.text);
        self.followed(&made.json["CreateAccountStatus"]["Id"]).await
    }

    async fn followed(&self, id: &Value) -> Value {
        loop {
            let status = self.call("DescribeCreateAccountStatus", &json!({"CreateAccountRequestId": id})).await;
            let status = status.json["CreateAccountStatus"].clone();
            if status["State"] != "IN_PROGRESS" {
                return status;
            }
        }
    }

    async fn move_to(&self, id: &str, source: &str, destination: &str) -> Reply {
        let body = json!({"AccountId": id, "SourceParentId": source, "DestinationParentId": destination});
        self.call("MoveAccount", &body).await
    }

    async fn close(&self, id: &str) -> Reply {
        self.call("CloseAccount", &json!({"AccountId": id})).await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["Id"])).collect()
}

fn set(rows: &[Value]) -> HashSet<String> {
    ids(rows).into_iter().collect()
}

#[tokio::test]
async fn the_mount_with_and_without_a_slash_is_one_service_and_every_reply_has_an_id() {
    let house = House::plain().await;
    let one = house.call("DescribeOrganization", &json!({})).await;
    let other = house.send(&MANAGEMENT, "/aws", Some("DescribeOrganization"), "").await;
    assert_eq!(one.json, other.json);
    assert_eq!(one.header("content-type"), JSON);
    assert_eq!(one.json["Organization"]["FeatureSet"], "ALL");
    assert_eq!(one.header("x-amzn-requestid").len(), 36);
    assert_ne!(one.header("x-amzn-requestid"), other.header("x-amzn-requestid"));
    assert_eq!(house.call("Nothing", &json!({})).await.code(), (404, "UnknownOperationException"));
    assert_eq!(house.manage("nothing", &json!({})).await.code(), (404, "UnknownOperationException"));
    let wrong = house.call("ListAccountsForParent", &json!({"ParentId": 7})).await;
    assert_eq!(wrong.code(), (400, "SerializationException"));
    let missing = house.call("ListAccountsForParent", &json!({})).await;
    assert_eq!(missing.reason(), (400, "InvalidInputException", "INPUT_REQUIRED"));
}

#[tokio::test]
async fn the_list_is_whole_twenty_a_page_and_fields_without_a_value_are_not_there() {
    let house = House::assuming(&["aws.empty-pages=never"]).await;
    let pages = house.pages("ListAccounts", "Accounts", &json!({})).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 10]);
    let rows = pages.concat();
    assert_eq!(set(&rows).len(), 50);
    assert!(rows.iter().all(|row| text(&row["Id"]).len() == 12 && row["JoinedTimestamp"].is_f64()));
    let organization = house.call("DescribeOrganization", &json!({})).await.json["Organization"].clone();
    assert_eq!(rows.iter().filter(|row| row["Id"] == organization["MasterAccountId"]).count(), 1);
    for state in ["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"] {
        assert!(rows.iter().any(|row| row["State"] == state), "{state}");
    }
    assert!(rows.iter().any(|row| row.get("Name").is_none()) && rows.iter().any(|row| row.get("Email").is_none()));
    assert!(rows.iter().all(|row| row.get("Status").is_none()));
    let shown = house.account(&ids(&rows)[4]).await;
    assert_eq!(shown, rows[4]);
    let paths = text(&shown["Paths"][0]);
    let parts: Vec<&str> = paths.split('/').collect();
    assert_eq!((parts[0], parts[1]), (organization["Id"].as_str().unwrap(), house.root().await.as_str()));
    assert_eq!(parts[parts.len() - 3], house.parent(&ids(&rows)[4]).await);
    assert_eq!((parts[parts.len() - 2], parts[parts.len() - 1]), (ids(&rows)[4].as_str(), ""));
}

#[tokio::test]
async fn older_and_newer_fields_come_as_assumed() {
    let house = House::assuming(&["aws.account-status=status", "aws.paths=absent"]).await;
    let rows = house.accounts().await;
    assert!(rows.iter().all(|row| row.get("State").is_none() && row.get("Paths").is_none()));
    assert_eq!(rows.iter().map(|row| text(&row["Status"])).collect::<HashSet<_>>().len(), 3);
    let units = json!({"ParentId": house.root().await});
    let units = house.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", &units).await;
    assert!(units.iter().all(|unit| unit.get("Path").is_none()));
    let house = House::assuming(&["aws.account-status=both", "aws.unknown-state=present"]).await;
    let rows = house.accounts().await;
    assert!(rows.iter().any(|row| row["State"] == "UNDER_REVIEW"));
    assert!(rows.iter().any(|row| row["State"] == "CLOSED" && row["Status"] == "SUSPENDED"));
}

#[tokio::test]
async fn pages_are_held_to_what_is_documented() {
    let house = House::assuming(&["aws.empty-pages=never"]).await;
    for (most, reason) in [(21, "MAX_VALUE_EXCEEDED"), (0, "MIN_VALUE_EXCEEDED")] {
        let refused = house.call("ListAccounts", &json!({"MaxResults": most})).await;
        assert_eq!(refused.reason(), (400, "InvalidInputException", reason));
    }
    let first = house.call("ListAccounts", &json!({"MaxResults": 2})).await.json;
    assert_eq!(first["Accounts"].as_array().unwrap().len(), 2);
    let token = &first["NextToken"];
    let elsewhere = json!({"NextToken": token, "ParentId": house.root().await});
    for (operation, body) in [("ListAccounts", json!({"NextToken": "never"})), ("ListAccountsForParent", elsewhere)] {
        let refused = house.call(operation, &body).await;
        assert_eq!(refused.reason(), (400, "InvalidInputException", "INVALID_NEXT_TOKEN"), "{operation}");
    }
}

#[tokio::test]
async fn a_page_may_be_empty_with_a_token_and_nothing_is_lost() {
    let wanted = set(&House::plain().await.accounts().await);
    for how in ["rare", "often", "first"] {
        let house = House::assuming(&[&format!("aws.empty-pages={how}")]).await;
        let pages = house.pages("ListAccounts", "Accounts", &json!({"MaxResults": 1})).await;
        assert_eq!(set(&pages.concat()), wanted, "{how}");
        assert!(pages.iter().any(Vec::is_empty), "{how}");
        assert_eq!(pages[0].is_empty(), how == "first", "{how}");
    }
    let house =
        House::assuming(&["aws.full-last-page=has-token", "aws.empty-pages=never", "aws.last-token=null"]).await;
    let pages = house.pages("ListAccounts", "Accounts", &json!({"MaxResults": 10})).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10, 10, 10, 0]);
    let last = house.call("ListRoots", &json!({})).await;
    assert_eq!(last.json.get("NextToken"), Some(&Value::Null));
}

#[tokio::test]
async fn the_tree_is_the_same_by_units_by_children_by_accounts_and_by_paths() {
    let house = House::plain().await;
    let accounts = house.accounts().await;
    let root = house.root().await;
    let (mut held, mut deepest, mut units) = (0, 0, 0);
    let mut open = vec![(root.clone(), 0)];
    while let Some((node, depth)) = open.pop() {
        let parent = json!({"ParentId": node});
        let below = house.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", &parent).await;
        let inside = house.all("ListAccountsForParent", "Accounts", &parent).await;
        for (kind, wanted) in [("ORGANIZATIONAL_UNIT", &below), ("ACCOUNT", &inside)] {
            let children = json!({"ParentId": node, "ChildType": kind});
            let children = house.all("ListChildren", "Children", &children).await;
            assert_eq!(ids(&children), ids(wanted));
            assert!(children.iter().all(|child| child["Type"] == kind));
        }
        for account in &inside {
            assert!(accounts.contains(account));
            assert!(text(&account["Paths"][0]).contains(&format!("/{node}/{}/", text(&account["Id"]))));
        }
        for unit in &below {
            assert_eq!(house.parent(&text(&unit["Id"])).await, node);
            assert!(text(&unit["Path"]).ends_with(&format!("{node}/{}/", text(&unit["Id"]))));
        }
        (held, units, deepest) = (held + inside.len(), units + below.len(), deepest.max(depth));
        open.extend(ids(&below).into_iter().map(|id| (id, depth + 1)));
    }
    assert_eq!((held, units, deepest), (50, 22, 5));
    let parents = house.call("ListParents", &json!({"ChildId": root})).await;
    assert_eq!(parents.reason(), (400, "InvalidInputException", "INVALID_PATTERN"));
}

#[tokio::test]
async fn a_move_names_the_parent_that_holds_the_account() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let (source, root) = (house.parent(&id).await, house.root().await);
    assert_eq!(house.move_to(&id, &root, &source).await.code(), (400, "SourceParentNotFoundException"));
    let lost = format!("ou-{}-00000000", &root[2..]);
    assert_eq!(house.move_to(&id, &lost, &root).await.code(), (400, "SourceParentNotFoundException"));
    assert_eq!(house.move_to(&id, &source, &lost).await.code(), (400, "DestinationParentNotFoundException"));
    assert_eq!(house.move_to(&id, &source, &source).await.code(), (400, "DuplicateAccountException"));
    assert_eq!(house.move_to("000000000000", &source, &root).await.code(), (400, "AccountNotFoundException"));
    let malformed = house.move_to("no-id", &source, &root).await;
    assert_eq!(malformed.reason(), (400, "InvalidInputException", "INVALID_PATTERN"));
    let moved = house.move_to(&id, &source, &root).await;
    assert_eq!((moved.status.as_u16(), moved.text.as_str()), (200, ""));
    assert_eq!(house.parent(&id).await, root);
    assert!(text(&house.account(&id).await["Paths"][0]).contains(&format!("/{root}/{id}/")));
}

#[tokio::test]
async fn units_are_made_renamed_and_deleted_within_their_quotas() {
    let house = House::plain().await;
    let root = house.root().await;
    let (mut parent, mut chain) = (root.clone(), Vec::new());
    for level in 1..=5 {
        let made = house.new_unit(&format!("level {level}"), &parent).await;
        assert_eq!(made.status, 200, "{}", made.text);
        parent = text(&made.json["OrganizationalUnit"]["Id"]);
        chain.push(parent.clone());
    }
    let deep = house.new_unit("level 6", &parent).await;
    assert_eq!(deep.reason(), (400, "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED"));
    assert_eq!(house.new_unit("level 1", &root).await.code(), (400, "DuplicateOrganizationalUnitException"));
    let first = json!({"OrganizationalUnitId": chain[0]});
    let full = house.call("DeleteOrganizationalUnit", &first).await;
    assert_eq!(full.code(), (400, "OrganizationalUnitNotEmptyException"));
    let name = json!({"OrganizationalUnitId": chain[0], "Name": "研发部"});
    assert_eq!(house.call("UpdateOrganizationalUnit", &name).await.json["OrganizationalUnit"]["Name"], "研发部");
    for id in chain.iter().rev() {
        let gone = house.call("DeleteOrganizationalUnit", &json!({"OrganizationalUnitId": id})).await;
        assert_eq!((gone.status.as_u16(), gone.text.as_str()), (200, ""));
    }
    let gone = house.call("DescribeOrganizationalUnit", &first).await;
    assert_eq!(gone.code(), (400, "OrganizationalUnitNotFoundException"));
    for number in 22..2_000 {
        assert_eq!(house.new_unit(&format!("unit {number}"), &root).await.status, 200);
    }
    let many = house.new_unit("one more", &root).await;
    assert_eq!(many.reason(), (400, "ConstraintViolationException", "OU_NUMBER_LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn a_creation_goes_on_after_its_answer_and_ends_in_the_root() {
    let house = House::plain().await;
    let tags = json!([{"Key": "k", "Value": ""}]);
    let body = json!({"AccountName": "Fresh One", "Email": "a@b.example", "Tags": tags});
    let made = house.call("CreateAccount", &body).await.json["CreateAccountStatus"].clone();
    assert_eq!((&made["State"], made.get("AccountId")), (&json!("IN_PROGRESS"), None));
    let look = json!({"CreateAccountRequestId": made["Id"]});
    let mut states = Vec::new();
    for _ in 0..3 {
        let status = house.call("DescribeCreateAccountStatus", &look).await;
        states.push(text(&status.json["CreateAccountStatus"]["State"]));
    }
    assert_eq!(states, ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]);
    let done = house.followed(&made["Id"]).await;
    assert!(done["CompletedTimestamp"].is_f64());
    let id = text(&done["AccountId"]);
    assert_eq!(house.parent(&id).await, house.root().await);
    assert_eq!(house.all("ListTagsForResource", "Tags", &json!({"ResourceId": id})).await, *tags.as_array().unwrap());
    let succeeded = json!({"States": ["SUCCEEDED"]});
    let listed = house.all("ListCreateAccountStatus", "CreateAccountStatuses", &succeeded).await;
    assert_eq!(listed.last(), Some(&done));
    for bad in [
        json!({"AccountName": "x"}),
        json!({"AccountName": "ä", "Email": "a@c.example"}),
        json!({"AccountName": "x".repeat(51), "Email": "a@c.example"}),
        json!({"AccountName": "x", "Email": "nobody"}),
        json!({"AccountName": "x", "Email": "a@c.example", "Tags": [{"Key": "aws:k", "Value": ""}]}),
    ] {
        assert_eq!(house.call("CreateAccount", &bad).await.code(), (400, "InvalidInputException"), "{bad}");
    }
    let unknown = json!({"CreateAccountRequestId": "car-00000000"});
    let unknown = house.call("DescribeCreateAccountStatus", &unknown).await;
    assert_eq!(unknown.code(), (400, "CreateAccountStatusNotFoundException"));
}

#[tokio::test]
async fn a_creation_can_fail_for_every_documented_reason() {
    let house = House::plain().await;
    let named = [
        "ACCOUNT_LIMIT_EXCEEDED",
        "EMAIL_ALREADY_EXISTS",
        "INVALID_ADDRESS",
        "INVALID_EMAIL",
        "CONCURRENT_ACCOUNT_MODIFICATION",
        "INTERNAL_FAILURE",
        "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
        "MISSING_BUSINESS_VALIDATION",
        "FAILED_BUSINESS_VALIDATION",
        "PENDING_BUSINESS_VALIDATION",
        "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
        "UNKNOWN_BUSINESS_VALIDATION",
        "MISSING_PAYMENT_INSTRUMENT",
        "INVALID_PAYMENT_INSTRUMENT",
    ];
    for reason in named {
        let ended = house.create(&format!("x {}", reason.to_lowercase().replace('_', "-")), "n@b.example").await;
        assert_eq!((&ended["State"], &ended["FailureReason"]), (&json!("FAILED"), &json!(reason)));
        assert_eq!(ended.get("AccountId"), None);
    }
    assert_eq!(house.create("does fail", "n@b.example").await["FailureReason"], "INTERNAL_FAILURE");
    assert_eq!(house.create("odd", ".n@b.example").await["FailureReason"], "INVALID_EMAIL");
    let taken = text(&house.accounts().await[4]["Email"]);
    assert_eq!(house.create("same", &taken).await["FailureReason"], "EMAIL_ALREADY_EXISTS");
    assert_eq!(house.accounts().await.len(), 50);
}

#[tokio::test]
async fn of_two_equal_creations_one_holds_and_five_run_at_once() {
    let house = House::plain().await;
    let twin = json!({"AccountName": "Twin", "Email": "t@b.example"});
    let first = house.call("CreateAccount", &twin).await.json["CreateAccountStatus"]["Id"].clone();
    let second = house.call("CreateAccount", &twin).await.json["CreateAccountStatus"]["Id"].clone();
    assert_eq!(house.followed(&second).await["FailureReason"], "CONCURRENT_ACCOUNT_MODIFICATION");
    assert_eq!(house.followed(&first).await["State"], "SUCCEEDED");
    for number in 0..6 {
        let body = json!({"AccountName": format!("n{number}"), "Email": format!("n{number}@b.example")});
        let made = house.call("CreateAccount", &body).await;
        assert_eq!(made.code(), if number < 5 { (200, "") } else { (400, "TooManyRequestsException") });
    }
    let house = House::assuming(&["aws.creation-takes=0-polls"]).await;
    for number in 0..550 {
        let ended = house.create(&format!("n{number}"), &format!("n{number}@b.example")).await;
        assert_eq!(ended["State"], "SUCCEEDED", "{number}");
    }
    let many = house.call("CreateAccount", &json!({"AccountName": "x", "Email": "x@b.example"})).await;
    assert_eq!(many.reason(), (400, "ConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn a_closure_goes_on_after_its_answer_within_its_quotas() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let active: Vec<String> =
        ids(&rows.iter().skip(1).filter(|row| row["State"] == "ACTIVE").cloned().collect::<Vec<_>>());
    let closed = house.close(&active[0]).await;
    assert_eq!((closed.status.as_u16(), closed.text.as_str()), (200, ""));
    assert_eq!(house.close(&active[0]).await.code(), (400, "ConflictException"));
    for id in &active[1..3] {
        assert_eq!(house.close(id).await.status, 200);
    }
    let fourth = house.close(&active[3]).await;
    assert_eq!(fourth.reason(), (400, "ConstraintViolationException", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"));
    let mut states = Vec::new();
    for _ in 0..3 {
        states.push(text(&house.account(&active[0]).await["State"]));
    }
    assert_eq!(states, ["PENDING_CLOSURE", "PENDING_CLOSURE", "CLOSED"]);
    assert_eq!(house.close(&active[0]).await.code(), (400, "AccountAlreadyClosedException"));
    assert_eq!(house.close(&active[3]).await.status, 200);
    let management = house.close(&ids(&rows)[0]).await;
    assert_eq!(management.reason(), (400, "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"));
    assert_eq!(house.close("000000000000").await.code(), (400, "AccountNotFoundException"));
}

#[tokio::test]
async fn in_thirty_days_no_more_than_250_accounts_are_closed() {
    let options = Options {
        accounts: vec!["aws=400".parse().unwrap()],
        assume: vec!["aws.closing-takes=0-polls".parse().unwrap()],
        ..Options::default()
    };
    let house = House::open(options).await;
    let rows = house.accounts().await;
    let mut closed = 0;
    for id in ids(&rows[1..].iter().filter(|row| row["State"] == "ACTIVE").cloned().collect::<Vec<_>>()) {
        let reply = house.close(&id).await;
        if reply.status != 200 {
            assert_eq!(reply.reason(), (400, "ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED"));
            break;
        }
        assert_eq!(house.account(&id).await["State"], "CLOSED");
        closed += 1;
    }
    assert!((200..=250).contains(&closed), "{closed}: some were closed before");
}

#[tokio::test]
async fn a_removed_account_is_gone() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let body = json!({"AccountId": rows[5]["Id"]});
    assert_eq!(house.call("RemoveAccountFromOrganization", &body).await.status, 200);
    assert_eq!(house.call("DescribeAccount", &body).await.code(), (400, "AccountNotFoundException"));
    assert_eq!(house.accounts().await.len(), 49);
    let management = house.call("RemoveAccountFromOrganization", &json!({"AccountId": rows[0]["Id"]})).await;
    assert_eq!(management.code(), (400, "MasterCannotLeaveOrganizationException"));
}

#[tokio::test]
async fn tags_stay_on_accounts_units_and_the_root() {
    let house = House::plain().await;
    let account = ids(&house.accounts().await)[9].clone();
    let root = house.root().await;
    let unit = text(&house.new_unit("tagged", &root).await.json["OrganizationalUnit"]["Id"]);
    for id in [account, root, unit] {
        let tags = json!({"ResourceId": id, "Tags": [{"Key": "项目", "Value": "a"}, {"Key": "e", "Value": ""}]});
        let tagged = house.call("TagResource", &tags).await;
        assert_eq!((tagged.status.as_u16(), tagged.text.as_str()), (200, ""));
        let again = json!({"ResourceId": id, "Tags": [{"Key": "项目", "Value": "b"}]});
        house.call("TagResource", &again).await;
        house.call("UntagResource", &json!({"ResourceId": id, "TagKeys": ["e", "owner"]})).await;
        let left = house.all("ListTagsForResource", "Tags", &json!({"ResourceId": id})).await;
        assert_eq!(left, [json!({"Key": "项目", "Value": "b"})]);
        let many: Vec<Value> = (0..50).map(|number| json!({"Key": format!("k{number}"), "Value": ""})).collect();
        let many = house.call("TagResource", &json!({"ResourceId": id, "Tags": many})).await;
        assert_eq!(many.reason(), (400, "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED"));
        let twice = json!([{"Key": "k", "Value": ""}, {"Key": "k", "Value": ""}]);
        let twice = house.call("TagResource", &json!({"ResourceId": id, "Tags": twice})).await;
        assert_eq!(twice.reason(), (400, "InvalidInputException", "DUPLICATE_TAG_KEY"));
    }
    let lost = house.call("ListTagsForResource", &json!({"ResourceId": "000000000000"})).await;
    assert_eq!(lost.code(), (400, "TargetNotFoundException"));
}

#[tokio::test]
async fn contact_information_is_replaced_as_a_whole() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let full = house.manage("getContactInformation", &json!({"AccountId": id})).await;
    assert_eq!(full.header("content-type"), "application/json");
    assert!(full.json["ContactInformation"]["CompanyName"].is_string());
    let sent = json!({"FullName": "Ada", "AddressLine1": "1 Road", "City": "Paris", "PostalCode": "75002",
        "CountryCode": "FR", "PhoneNumber": "+33 (1) 23-45"});
    let put = house.manage("putContactInformation", &json!({"AccountId": id, "ContactInformation": sent})).await;
    assert_eq!((put.status.as_u16(), put.text.as_str()), (200, ""));
    let now = house.manage("getContactInformation", &json!({"AccountId": id})).await;
    assert_eq!(now.json["ContactInformation"], sent);
    for (field, value) in [
        ("City", json!(null)),
        ("City", json!("")),
        ("CountryCode", json!("fra")),
        ("CountryCode", json!("US")),
        ("PhoneNumber", json!("0033")),
        ("FullName", json!("x".repeat(51))),
    ] {
        let mut bad = sent.clone();
        bad[field] = value;
        let refused = house.manage("putContactInformation", &json!({"AccountId": id, "ContactInformation": bad})).await;
        assert_eq!(refused.code(), (400, "ValidationException"), "{bad}");
        let named = if bad["CountryCode"] == "US" { "StateOrRegion" } else { field };
        assert_eq!(refused.json["fieldList"][0]["name"], named);
    }
    let unset = json!({"AccountId": house.accounts().await[6]["Id"]});
    assert_eq!(house.manage("getContactInformation", &unset).await.code(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn alternate_contacts_are_set_and_deleted_one_by_one() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let get = |kind: &str| {
        let (house, body) = (&house, json!({"AccountId": id, "AlternateContactType": kind}));
        async move { house.manage("getAlternateContact", &body).await }
    };
    assert_eq!(get("BILLING").await.status, 200);
    assert_eq!(get("OPERATIONS").await.code(), (404, "ResourceNotFoundException"));
    assert_eq!(get("OTHER").await.code(), (400, "ValidationException"));
    let contact = json!({"AlternateContactType": "OPERATIONS", "Name": "Ada", "Title": "Captain",
        "EmailAddress": "ada@b.example", "PhoneNumber": "(0) 12-3"});
    let mut body = contact.clone();
    body["AccountId"] = id.clone().into();
    assert_eq!(house.manage("putAlternateContact", &body).await.status, 200);
    assert_eq!(get("OPERATIONS").await.json["AlternateContact"], contact);
    for field in ["Name", "Title", "EmailAddress", "PhoneNumber"] {
        let mut bad = body.clone();
        bad[field] = Value::Null;
        assert_eq!(house.manage("putAlternateContact", &bad).await.code(), (400, "ValidationException"), "{field}");
    }
    let gone = json!({"AccountId": id, "AlternateContactType": "OPERATIONS"});
    assert_eq!(house.manage("deleteAlternateContact", &gone).await.status, 200);
    assert_eq!(house.manage("deleteAlternateContact", &gone).await.code(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn names_and_primary_addresses_change_in_the_other_service_too() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let of = json!({"AccountId": id});
    assert_eq!(house.manage("putAccountName", &json!({"AccountId": id, "AccountName": "New Name"})).await.status, 200);
    assert_eq!(house.account(&id).await["Name"], "New Name");
    let told = house.manage("getAccountInformation", &of).await.json;
    assert_eq!((&told["AccountName"], &told["AccountState"]), (&json!("New Name"), &json!("ACTIVE")));
    assert!(text(&told["AccountCreatedDate"]).contains('T'));
    for bad in ["", "a<b", "ä", &"x".repeat(51)] {
        let refused = house.manage("putAccountName", &json!({"AccountId": id, "AccountName": bad})).await;
        assert_eq!(refused.code(), (400, "ValidationException"), "{bad}");
    }
    let start = json!({"AccountId": id, "PrimaryEmail": "new@b.example"});
    assert_eq!(house.manage("startPrimaryEmailUpdate", &start).await.json["Status"], "PENDING");
    let accept = |code: &str| json!({"AccountId": id, "PrimaryEmail": "new@b.example", "Otp": code});
    assert_eq!(house.manage("acceptPrimaryEmailUpdate", &accept("ABC123")).await.status, 400);
    assert_ne!(house.manage("getPrimaryEmail", &of).await.json["PrimaryEmail"], "new@b.example");
    assert_eq!(house.manage("acceptPrimaryEmailUpdate", &accept("SIM123")).await.json["Status"], "ACCEPTED");
    assert_eq!(house.manage("getPrimaryEmail", &of).await.json["PrimaryEmail"], "new@b.example");
    assert_eq!(house.account(&id).await["Email"], "new@b.example");
}

#[tokio::test]
async fn account_management_says_who_may_not_and_why() {
    let house = House::plain().await;
    let rows = ids(&house.accounts().await);
    let (own, member, none) = (json!({"AccountId": rows[0]}), json!({"AccountId": rows[4]}), json!({}));
    let lost = json!({"AccountId": "000000000000"});
    let table = [
        ("SIMACCESSKEY", &none, None),
        ("SIMACCESSKEY", &own, Some("standalone context")),
        ("SIMACCESSKEY", &lost, Some("must be a member account")),
        ("SIMACCESSKEY-UNTRUSTED", &none, None),
        ("SIMACCESSKEY-UNTRUSTED", &member, Some("trusted access")),
        ("SIMACCESSKEY-NOACCOUNT", &none, Some("account:GetContactInformation")),
        ("SIMACCESSKEY-NOACCOUNT", &member, Some("account:GetContactInformation")),
        ("SIMACCESSKEY-READONLY", &none, None),
        ("SIMACCESSKEY-READONLY", &member, None),
        ("SIMACCESSKEY-MEMBER", &none, None),
        ("SIMACCESSKEY-MEMBER", &member, Some("delegated administrator")),
    ];
    for (key, body, refused) in table {
        let reply = house.manage_as(&who(key), "getContactInformation", body).await;
        match refused {
            None => assert_eq!(reply.status, 200, "{key} {body}: {}", reply.text),
            Some(why) => {
                assert_eq!(reply.code(), (403, "AccessDeniedException"), "{key} {body}");
                assert!(reply.message().contains(why), "{key}: {}", reply.message());
            }
        }
    }
    let name = json!({"AccountId": rows[4], "AccountName": "x"});
    let refused = house.manage_as(&who("SIMACCESSKEY-READONLY"), "putAccountName", &name).await;
    assert_eq!(refused.code(), (403, "AccessDeniedException"));
    let unnamed = house.manage("getPrimaryEmail", &none).await;
    assert_eq!(unnamed.code(), (400, "ValidationException"));
}

#[tokio::test]
async fn each_access_key_may_do_in_organizations_what_its_account_may() {
    let house = House::plain().await;
    let unit = json!({"Name": "x", "ParentId": house.root().await});
    let none = json!({});
    let table = [
        ("SIMACCESSKEY-MEMBER", "DescribeOrganization", &none, (200, "")),
        ("SIMACCESSKEY-MEMBER", "ListAccounts", &none, (400, "AccessDeniedException")),
        ("SIMACCESSKEY-READONLY", "ListAccounts", &none, (200, "")),
        ("SIMACCESSKEY-READONLY", "CreateOrganizationalUnit", &unit, (400, "AccessDeniedException")),
        ("SIMACCESSKEY-UNTRUSTED", "ListAccounts", &none, (200, "")),
        ("SIMACCESSKEY-NOACCOUNT", "CreateOrganizationalUnit", &unit, (200, "")),
    ];
    for (key, operation, body, wanted) in table {
        assert_eq!(house.as_signer(&who(key), operation, body).await.code(), wanted, "{key} {operation}");
    }
}

#[tokio::test]
async fn credentials_are_refused_each_in_its_documented_way() {
    let house = House::plain().await;
    let token = |token: &str| Signer { token: Some(token.to_owned()), ..MANAGEMENT };
    let later = jiff::Timestamp::now().as_second() + 3_600;
    for good in ["sim-session-token".to_owned(), format!("sim-session-token-until-{later}")] {
        assert_eq!(house.as_signer(&token(&good), "ListRoots", &json!({})).await.status, 200, "{good}");
    }
    let unsigned = Signer { unsigned: "x-amz-security-token", ..token("sim-session-token") };
    let table = [
        (who("NOBODY"), "UnrecognizedClientException", "token included in the request is invalid"),
        (token("another"), "UnrecognizedClientException", "token included in the request is invalid"),
        (token("sim-session-token-expired"), "ExpiredTokenException", "is expired"),
        (token("sim-session-token-until-1"), "ExpiredTokenException", "is expired"),
        (unsigned, "InvalidSignatureException", "'x-amz-security-token' must be a 'SignedHeader'"),
        (Signer { secret: "guess", ..MANAGEMENT }, "InvalidSignatureException", "does not match"),
        (Signer { skew: -320, ..MANAGEMENT }, "InvalidSignatureException", "Signature expired: "),
        (Signer { skew: 320, ..MANAGEMENT }, "InvalidSignatureException", "Signature not yet current: "),
        (Signer { region: "eu-west-1", ..MANAGEMENT }, "InvalidSignatureException", "valid region, not 'eu-west-1'"),
        (Signer { service: Some("s3"), ..MANAGEMENT }, "InvalidSignatureException", "correct service: '"),
        (Signer { day: Some("20200101"), ..MANAGEMENT }, "InvalidSignatureException", "Date in Credential scope"),
    ];
    for (signer, kind, words) in table {
        let refused = house.as_signer(&signer, "ListRoots", &json!({})).await;
        assert_eq!(refused.code(), (400, kind));
        assert!(refused.message().contains(words), "{}", refused.message());
        let refused = house.manage_as(&signer, "getContactInformation", &json!({})).await;
        assert_eq!(refused.code(), (403, kind));
        assert!(refused.message().contains(words), "{}", refused.message());
    }
    let bare = house.client.post(format!("{}/aws/", house.base));
    let sent = bare.try_clone().unwrap().send().await.unwrap().text().await.unwrap();
    assert!(sent.contains("MissingAuthenticationTokenException"), "{sent}");
    let sent = bare.header("authorization", "AWS4-HMAC-SHA256 x").send().await.unwrap().text().await.unwrap();
    assert!(sent.contains("IncompleteSignatureException"), "{sent}");
}

#[tokio::test]
async fn faults_are_told_in_the_words_of_each_service() {
    let table = [
        ("429=1", (400, "TooManyRequestsException"), (429, "TooManyRequestsException")),
        ("500=1", (500, "ServiceException"), (500, "InternalServerException")),
        ("success-false=1", (200, "ServiceException"), (200, "InternalServerException")),
        ("no-organizations", (400, "AWSOrganizationsNotInUseException"), (200, "")),
    ];
    for (fault, one, other) in table {
        let house = House::faulty(fault).await;
        assert_eq!(house.call("ListRoots", &json!({})).await.code(), one, "{fault}");
        let reply = house.manage("getContactInformation", &json!({})).await;
        assert_eq!(reply.code(), other, "{fault}");
        assert_eq!(reply.header("x-amzn-requestid").len(), 36, "{fault}");
    }
    let house = House::faulty("500=1@/aws/ListRoots").await;
    assert_eq!(house.call("ListRoots", &json!({})).await.status, 500);
    assert_eq!(house.accounts().await.len(), 50);
    let house = House::faulty("forbid=Security").await;
    let units = json!({"ParentId": house.root().await});
    let units = house.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", &units).await;
    let security = units.iter().find(|unit| unit["Name"] == "Security").unwrap();
    let refused = house.call("ListAccountsForParent", &json!({"ParentId": security["Id"]})).await;
    assert_eq!(refused.code(), (400, "AccessDeniedException"));
    let assume = vec!["aws.throttle=ConcurrentModificationException".parse().unwrap()];
    let house = House::open(Options { assume, faults: vec!["429=1".parse().unwrap()], ..Options::default() }).await;
    assert_eq!(house.call("ListRoots", &json!({})).await.code(), (400, "TooManyRequestsException"));
    let write = house.close("000000000000").await;
    assert_eq!(write.code(), (400, "ConcurrentModificationException"));
}

#[tokio::test]
async fn faults_hit_requests_by_what_they_ask_for() {
    let (one, other) = (House::faulty("500=0.5").await, House::faulty("500=0.5").await);
    for most in 1..=20 {
        other.call("ListRoots", &json!({})).await;
        let body = json!({"MaxResults": most});
        let (here, there) = (one.call("ListAccounts", &body).await, other.call("ListAccounts", &body).await);
        assert_eq!(here.status, there.status, "{most}");
    }
}

#[tokio::test]
async fn pages_that_are_short_shuffled_or_doubled_still_hold_every_row() {
    let wanted = set(&House::plain().await.accounts().await);
    for fault in ["shuffle", "dup", "short-pages"] {
        let rows = House::faulty(fault).await.accounts().await;
        assert_eq!(set(&rows), wanted, "{fault}");
        assert_eq!(rows.len() > 50, fault == "dup", "{fault}");
    }
    let house = House::faulty("repeat-token").await;
    let token = house.call("ListAccounts", &json!({})).await.json["NextToken"].clone();
    let second = house.call("ListAccounts", &json!({"NextToken": token})).await;
    assert_eq!(second.json["NextToken"], token);
}

#[tokio::test]
async fn stale_reads_show_what_was_until_they_have_caught_up() {
    let house = House::faulty("stale-reads=2s").await;
    let id = ids(&house.accounts().await)[4].clone();
    house.manage("putAccountName", &json!({"AccountId": id, "AccountName": "later"})).await;
    assert_ne!(house.account(&id).await["Name"], "later");
    while house.account(&id).await["Name"] != "later" {}
}

#[tokio::test]
async fn the_published_rates_of_account_management_are_held() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let options = Options { limits: true, log: Some(log.path().to_owned()), ..Options::default() };
    let house = House::open(options).await;
    assert_eq!(house.call("ListRoots", &json!({})).await.status, 200);
    let line: Value =
        serde_json::from_str(std::fs::read_to_string(log.path()).unwrap().lines().next().unwrap()).unwrap();
    let wanted = json!({"method": "POST", "path": "/aws/", "query": "", "status": 200, "credential": "access-key"});
    assert_eq!(line, wanted);
    let mut codes = HashSet::new();
    while !codes.contains(&429) {
        codes.insert(house.manage("getAccountInformation", &json!({})).await.status.as_u16());
    }
    assert!(codes.contains(&200));
    while house.manage("getAccountInformation", &json!({})).await.status != 200 {}
}

#[tokio::test]
async fn ten_thousand_accounts_are_listed_half_of_them_with_plain_names() {
    let options = Options { accounts: vec!["aws=10000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let rows = house.accounts().await;
    assert_eq!(set(&rows).len(), 10_000);
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    let count = rows.iter().filter(|row| row["Name"].as_str().is_some_and(plain)).count();
    assert!(count >= 5_000, "{count}");
    let fits = |key: &str, most: usize| {
        rows.iter().filter_map(|row| row[key].as_str()).all(|text| text.chars().count() <= most)
    };
    assert!(fits("Name", 128) && fits("Email", 64));
}

#[tokio::test]
async fn a_page_at_the_end_of_a_million_accounts_costs_no_look_at_the_others() {
    let options = Options { accounts: vec!["aws=1000000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let first = house.call("ListAccounts", &json!({})).await;
    assert_eq!(first.status, 200);
    let made = house.create("The newest", "newest@b.example").await;
    assert_eq!(made["State"], "SUCCEEDED");
    let shown = house.account(&text(&made["AccountId"])).await;
    assert_eq!(shown["Name"], "The newest");
}

/// A walk over everything that holds whatever is assumed.
async fn holds_together(house: &House, what: &str) {
    let rows = house.accounts().await;
    assert_eq!(set(&rows).len(), 50, "{what}");
    let acme = rows.iter().find(|row| row["Name"] == "Acme Retail Staging").unwrap();
    let id = text(&acme["Id"]);
    assert_eq!(house.account(&id).await, *acme, "{what}");
    let (source, root) = (house.parent(&id).await, house.root().await);
    let unit = text(&house.new_unit("made here", &root).await.json["OrganizationalUnit"]["Id"]);
    assert_eq!(house.move_to(&id, &source, &unit).await.status, 200, "{what}");
    assert_eq!(house.parent(&id).await, unit, "{what}");
    let of_unit = json!({"OrganizationalUnitId": unit});
    let full = house.call("DeleteOrganizationalUnit", &of_unit).await;
    assert_eq!(full.code(), (400, "OrganizationalUnitNotEmptyException"), "{what}");
    assert_eq!(house.move_to(&id, &unit, &source).await.status, 200, "{what}");
    assert_eq!(house.call("DeleteOrganizationalUnit", &of_unit).await.status, 200, "{what}");
    let ended = house.create("made here", "m@h.example").await;
    assert_eq!(ended["State"], "SUCCEEDED", "{what}");
    let made = text(&ended["AccountId"]);
    assert_eq!(house.close(&made).await.status, 200, "{what}");
    let is_closed = |account: &Value| {
        account.get("State").is_none_or(|state| state != "PENDING_CLOSURE") && account["Status"] != "PENDING_CLOSURE"
    };
    while !is_closed(&house.account(&made).await) {}
    let tags = json!({"ResourceId": id, "Tags": [{"Key": "k", "Value": "v"}]});
    assert_eq!(house.call("TagResource", &tags).await.status, 200, "{what}");
    let contact = house.manage("getContactInformation", &json!({"AccountId": id})).await;
    let contact = json!({"AccountId": id, "ContactInformation": contact.json["ContactInformation"]});
    assert_eq!(house.manage("putContactInformation", &contact).await.status, 200, "{what}");
    let lost = house.call("DescribeAccount", &json!({"AccountId": "000000000000"})).await;
    assert_eq!(lost.code(), (400, "AccountNotFoundException"), "{what}");
    let wrong = house.as_signer(&Signer { secret: "guess", ..MANAGEMENT }, "ListRoots", &json!({})).await;
    assert_eq!(wrong.code().1, "InvalidSignatureException", "{what}");
}

#[tokio::test]
async fn it_holds_together_under_each_assumption() {
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("aws.")) {
        for value in one.values {
            let what = format!("{}={value}", one.name);
            holds_together(&House::assuming(&[&what]).await, &what).await;
        }
    }
}

#[tokio::test]
async fn it_holds_together_under_twenty_draws() {
    for seed in 1..=20 {
        let options = Options { assume: vec!["seed".parse().unwrap()], seed, ..Options::default() };
        holds_together(&House::open(options).await, &format!("seed {seed}")).await;
    }
}
