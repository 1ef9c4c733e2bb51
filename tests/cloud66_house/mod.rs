//! A running simulator, and a client of its Cloud 66.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::future::Future;
use std::sync::LazyLock;
use std::time::Duration;

use acctui::sim::{Options, Sim};
use reqwest::Method;
use serde_json::{Value, json};

/// One client for all: making one reads the machine's certificates, which takes longer than most tests here.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap()
});

/// A simulator that runs as long as this lives, and a client for it.
pub struct House {
    pub origin: String,
    pub client: reqwest::Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.take();
    }
}

/// One reply: status, headers, text and JSON (null if there is none).
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl House {
    pub async fn open(options: Options) -> Self {
        let sim = Sim::bind(options).await.unwrap();
        let origin = format!("http://{}", sim.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move {
            let _ = stopped.await;
        });
        spawn(async move {
            serving.await.unwrap();
        });
        Self { origin, client: CLIENT.clone(), stop: Some(stop) }
    }

    pub async fn plain() -> Self {
        Self::open(Options::default()).await
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}/cloud66/api/3{path}", self.origin))
    }

    pub async fn send(request: reqwest::RequestBuilder) -> Reply {
        let reply = request.send().await.unwrap();
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        let text = reply.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status, headers, text, json }
    }

    pub async fn call(&self, token: &str, method: Method, path: &str) -> Reply {
        Self::send(self.request(method, path).bearer_auth(token)).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("sim-token", Method::GET, path).await
    }

    pub async fn write(&self, method: Method, path: &str, body: &Value) -> Reply {
        Self::send(self.request(method, path).bearer_auth("sim-token").json(body)).await
    }

    /// A web page.
    pub async fn page(&self, path: &str) -> Reply {
        Self::send(self.client.get(format!("{}/cloud66{path}", self.origin))).await
    }

    pub async fn otp(&self) -> String {
        let reply = self.call("sim-token", Method::POST, "/accounts/otp").await;
        assert_eq!((reply.status, &reply.json["response"]["ok"]), (200, &json!(true)));
        reply.json["response"]["otp"].as_str().unwrap().to_owned()
    }

    /// All rows of a list, as every known client walks it: on while `next` is larger than `current`.
    pub async fn rows(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut page) = (Vec::new(), 1);
        let joint = if path.contains('?') { '&' } else { '?' };
        loop {
            let reply = self.get(&format!("{path}{joint}page={page}")).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.text);
            rows.extend(reply.json["response"].as_array().unwrap().iter().cloned());
            let pagination = &reply.json["pagination"];
            match (pagination["next"].as_u64(), pagination["current"].as_u64()) {
                (Some(next), Some(current)) if next > current => page = next,
                _ => return rows,
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

pub fn with_faults(faults: &[&str]) -> Options {
    Options { faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(), ..Options::default() }
}

pub fn assuming(what: &[&str]) -> Options {
    Options { assume: what.iter().map(|one| one.parse().unwrap()).collect(), ..Options::default() }
}
