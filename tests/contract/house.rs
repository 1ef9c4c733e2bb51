//! Worlds: a simulator in this process under some assumptions, and every connection of its configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};

use acctui::domain::{Change, ChangeKind, ConnectionName, Credentials, Moment, Secret, Subject};
use acctui::provider::{Kind, Provider, RequestRecord, Settings, registry};
use acctui::sim::{Options, Sim, assumptions, in_force};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Where the tests' credentials come from, in words: a refused one is named so.
pub const SOURCE: &str = "a test's own hand";

/// The value of every assumption.
#[derive(Debug)]
pub struct World(BTreeMap<&'static str, &'static str>);

impl World {
    /// The world of these options.
    pub fn of(options: &Options) -> Self {
        Self(in_force(options).into_iter().collect())
    }

    /// The value of an assumption, which must exist.
    pub fn value(&self, name: &str) -> &'static str {
        self.0.get(name).copied().unwrap_or_else(|| panic!("there is no assumption {name}"))
    }

    /// Whether every assumption is as it is by default.
    pub fn is_likeliest(&self) -> bool {
        assumptions().iter().all(|one| self.says(one.name, one.values[0]))
    }

    /// Whether an assumption has this value.
    pub fn says(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }
}

/// A simulator that runs as long as this lives.
pub struct House {
    pub origin: String,
    pub world: Arc<World>,
    config: toml::Table,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl House {
    pub async fn open(options: Options) -> Self {
        let world = Arc::new(World::of(&options));
        let sim = Sim::bind(options).await.unwrap();
        let origin = format!("http://{}", sim.address());
        let config = sim.config_toml().parse().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = sim.serve(async move { drop(stopped.await) });
        spawn(async move { serving.await.unwrap() });
        Self { origin, world, config, _stop: stop }
    }

    /// Every connection of the simulator's configuration.
    pub fn links(&self) -> Vec<Link> {
        let connections = self.config["connections"].as_table().unwrap();
        connections.keys().map(|name| self.link(name)).collect()
    }

    /// One connection of the configuration.
    pub fn link(&self, name: &str) -> Link {
        let section = self.config["connections"][name].as_table().unwrap();
        let text = |key: &str| section[key].as_str().unwrap().to_owned();
        let id = text("provider");
        let kind = registry().iter().find(|kind| kind.spec.facts.id == id).unwrap();
        let names = kind.spec.facts.credentials.iter().flat_map(|set| set.fields).map(|field| field.name);
        let fields = names.filter_map(|name| Some((name.to_owned(), section.get(name)?.as_str()?.to_owned())));
        let link = Link {
            kind,
            name: ConnectionName::new(name),
            base_url: text("base_url"),
            origin: self.origin.clone(),
            world: Arc::clone(&self.world),
            fields: fields.collect(),
            behind: 0,
            records: Arc::default(),
            provider: None,
        };
        link.opened()
    }
}

/// One connection, opened by the registry's own function.
#[derive(Clone)]
pub struct Link {
    pub kind: &'static Kind,
    pub name: ConnectionName,
    pub base_url: String,
    pub origin: String,
    pub world: Arc<World>,
    pub fields: BTreeMap<String, String>,
    /// How many milliseconds its clock is behind.
    behind: u64,
    records: Arc<Mutex<Vec<RequestRecord>>>,
    provider: Option<Arc<dyn Provider>>,
}

impl Link {
    fn opened(mut self) -> Self {
        let opened = (self.kind.open)(self.settings());
        self.provider = Some(opened.unwrap_or_else(|failure| panic!("{}: {failure}", self.name)));
        self
    }

    /// The same with another credential.
    pub fn with(&self, fields: &[(&str, &str)]) -> Self {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Self { fields: fields.iter().map(own).collect(), ..self.clone() }.opened()
    }

    /// The same with a clock that is behind by so many milliseconds.
    pub fn behind(&self, millis: u64) -> Self {
        Self { behind: millis, ..self.clone() }.opened()
    }

    pub fn provider(&self) -> &dyn Provider {
        self.provider.as_deref().unwrap()
    }

    /// For those who open a provider with another patience.
    pub fn settings(&self) -> Settings {
        let fields: BTreeMap<String, Secret> =
            self.fields.iter().map(|(name, text)| (name.clone(), Secret::new(text.clone()))).collect();
        let (records, behind) = (Arc::clone(&self.records), self.behind);
        Settings {
            connection: self.name.clone(),
            base_url: Some(self.base_url.clone()),
            budget: 0.5,
            credentials: Arc::new(move || {
                let fields = fields.clone();
                Box::pin(async { Ok(Credentials { fields, source: SOURCE.into(), expires: None }) })
            }),
            recorder: Arc::new(move |record| records.lock().unwrap().push(record)),
            clock: Arc::new(move || Moment(now().0 - behind)),
            net: Arc::default(),
        }
    }

    /// How many records of requests there are so far.
    pub fn heard(&self) -> usize {
        self.records.lock().unwrap().len()
    }

    /// Every record so far.
    pub fn records(&self) -> Vec<RequestRecord> {
        self.records.lock().unwrap().clone()
    }

    /// How many requests there were so far.
    pub fn requests(&self) -> usize {
        self.records().iter().map(|record| record.id).collect::<BTreeSet<_>>().len()
    }

    /// The path of the base URL, which stands before every path of the API.
    pub fn mount(&self) -> &str {
        self.base_url.strip_prefix(&self.origin).unwrap()
    }

    /// Nothing that can be seen holds a secret of this connection.
    pub fn hides_secrets(&self, seen: &dyn Debug) {
        let seen = format!("{seen:?}");
        for (name, text) in &self.fields {
            let is_secret = !matches!(name.as_str(), "email" | "identity" | "access_key" | "access_key_id");
            assert!(!is_secret || !seen.contains(text.as_str()), "{}: {name} can be seen in {seen}", self.name);
        }
    }

    /// The connection as the subject of a change.
    pub fn subject(&self) -> Subject {
        Subject::Connection(self.name.clone())
    }

    /// The status that a plain `GET` of this address on the simulator's origin is answered with.
    pub async fn status_of(&self, target: &str) -> u16 {
        let host = self.origin.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// The simulator holds signatures and tokens against the real time.
fn now() -> Moment {
    Moment(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test is the executor of its own simulator")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

pub fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    Change { subject, kind, values: fields.iter().copied().collect(), secrets: BTreeMap::new(), base: None, key: None }
}
