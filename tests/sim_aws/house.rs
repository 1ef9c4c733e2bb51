//! A simulator, a client for it, and the signing that is this test's own.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use acctui::sim::{Options, Sim};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const SECRET: &str = "sim-secret-key";
pub const JSON: &str = "application/x-amz-json-1.1";

/// A simulator that runs as long as this lives, and a client for it.
pub struct House {
    pub base: String,
    pub host: String,
    pub client: reqwest::Client,
    pub stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.take();
    }
}

/// One reply.
pub struct Reply {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the exception, wherever that is named.
    pub fn code(&self) -> (u16, &str) {
        let header = self.header("x-amzn-errortype").split(':').next().unwrap();
        let body = self.json["__type"].as_str().map_or("", |kind| kind.rsplit('#').next().unwrap());
        (self.status.as_u16(), if body.is_empty() { header } else { body })
    }

    /// The same with the reason of a broken rule.
    pub fn reason(&self) -> (u16, &str, &str) {
        let (status, kind) = self.code();
        (status, kind, self.json["Reason"].as_str().unwrap_or(""))
    }

    pub fn message(&self) -> &str {
        self.json["message"].as_str().or(self.json["Message"].as_str()).unwrap_or("")
    }
}

/// Who signs, and how.
#[derive(Clone)]
pub struct Signer {
    pub key: &'static str,
    pub secret: &'static str,
    pub token: Option<String>,
    /// How far its clock is off.
    pub skew: i64,
    pub region: &'static str,
    /// The service in the scope, if it is not the right one.
    pub service: Option<&'static str>,
    /// The day in the scope, if it is not that of the signature.
    pub day: Option<&'static str>,
    /// A header that is sent and not signed.
    pub unsigned: &'static str,
}

pub const MANAGEMENT: Signer = Signer {
    key: "SIMACCESSKEY",
    secret: SECRET,
    token: None,
    skew: 0,
    region: "us-east-1",
    service: None,
    day: None,
    unsigned: "",
};

pub fn who(key: &'static str) -> Signer {
    Signer { key, ..MANAGEMENT }
}

impl Signer {
    /// The headers that sign a POST.
    pub fn sign(&self, host: &str, path: &str, target: Option<&str>, body: &str) -> Vec<(&'static str, String)> {
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

pub fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

impl House {
    pub async fn open(options: Options) -> Self {
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

    pub async fn plain() -> Self {
        Self::open(Options::default()).await
    }

    pub async fn faulty(fault: &str) -> Self {
        Self::open(Options { faults: vec![fault.parse().unwrap()], ..Options::default() }).await
    }

    pub async fn assuming(assume: &[&str]) -> Self {
        let assume = assume.iter().map(|text| text.parse().unwrap()).collect();
        Self::open(Options { assume, ..Options::default() }).await
    }

    pub async fn send(&self, signer: &Signer, path: &str, target: Option<&str>, body: &str) -> Reply {
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

    pub async fn as_signer(&self, signer: &Signer, operation: &str, body: &Value) -> Reply {
        self.send(signer, "/aws/", Some(operation), &body.to_string()).await
    }

    /// An operation of Organizations.
    pub async fn call(&self, operation: &str, body: &Value) -> Reply {
        self.as_signer(&MANAGEMENT, operation, body).await
    }

    /// An operation of Account Management.
    pub async fn manage(&self, operation: &str, body: &Value) -> Reply {
        self.manage_as(&MANAGEMENT, operation, body).await
    }

    pub async fn manage_as(&self, signer: &Signer, operation: &str, body: &Value) -> Reply {
        self.send(signer, &format!("/aws/{operation}"), None, &body.to_string()).await
    }

    /// All pages of a list.
    pub async fn pages(&self, operation: &str, name: &str, body: &Value) -> Vec<Vec<Value>> {
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

    pub async fn all(&self, operation: &str, name: &str, body: &Value) -> Vec<Value> {
        self.pages(operation, name, body).await.concat()
    }

    pub async fn accounts(&self) -> Vec<Value> {
        self.all("ListAccounts", "Accounts", &json!({})).await
    }

    pub async fn root(&self) -> String {
        text(&self.all("ListRoots", "Roots", &json!({})).await[0]["Id"])
    }

    pub async fn parent(&self, id: &str) -> String {
        text(&self.all("ListParents", "Parents", &json!({"ChildId": id})).await[0]["Id"])
    }

    pub async fn new_unit(&self, name: &str, parent: &str) -> Reply {
        self.call("CreateOrganizationalUnit", &json!({"Name": name, "ParentId": parent})).await
    }

    pub async fn account(&self, id: &str) -> Value {
        self.call("DescribeAccount", &json!({"AccountId": id})).await.json["Account"].clone()
    }

    /// Creates an account and follows it to its end.
    pub async fn create(&self, name: &str, email: &str) -> Value {
        let made = self.call("CreateAccount", &json!({"AccountName": name, "Email": email})).await;
        assert_eq!(made.status, 200, "{}", made.text);
        self.followed(&made.json["CreateAccountStatus"]["Id"]).await
    }

    pub async fn followed(&self, id: &Value) -> Value {
        loop {
            let status = self.call("DescribeCreateAccountStatus", &json!({"CreateAccountRequestId": id})).await;
            let status = status.json["CreateAccountStatus"].clone();
            if status["State"] != "IN_PROGRESS" {
                return status;
            }
        }
    }

    pub async fn move_to(&self, id: &str, source: &str, destination: &str) -> Reply {
        let body = json!({"AccountId": id, "SourceParentId": source, "DestinationParentId": destination});
        self.call("MoveAccount", &body).await
    }

    pub async fn close(&self, id: &str) -> Reply {
        self.call("CloseAccount", &json!({"AccountId": id})).await
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["Id"])).collect()
}

pub fn set(rows: &[Value]) -> HashSet<String> {
    ids(rows).into_iter().collect()
}
