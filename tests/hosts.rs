//! The providers' real hosts: with no `base_url` each call goes where its documents say. A TLS front with a certificate of
//! a test authority stands in for them, found through the client's resolver, and hands each request on to the simulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, ConnectionName, Credentials, FormSpec, Moment, OrganizationId,
    OrganizationKey, Secret, Subject,
};
use acctui::provider::http::Net;
use acctui::provider::{Cursor, DetailOptions, Kind, ListScope, OrganizationScope, Provider, Settings, registry};
use acctui::sim::{Options, Sim};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Each provider's public hosts, and where the simulator has them. Where the path is signed, a mount makes the signature
/// that of another path: what is asked is seen all the same.
const HOSTS: &[(&str, &str, &str)] = &[
    ("cloudflare", "api.cloudflare.com", "/cloudflare"),
    ("cloud66", "app.cloud66.com", "/cloud66"),
    ("landscape", "landscape.canonical.com", "/landscape"),
    ("huawei", "organizations.myhuaweicloud.com", ""),
    ("aws", "organizations.us-east-1.amazonaws.com", "/aws"),
    ("aws", "account.us-east-1.amazonaws.com", "/aws"),
];

/// One request as it came to the front.
struct Came {
    line: String,
    headers: Vec<(String, String)>,
}

/// The TLS front: its address, the authority's certificate, and what came.
struct Front {
    address: SocketAddr,
    pem: String,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Front {
    fn start(simulator: SocketAddr) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let names: Vec<String> = HOSTS.iter().map(|(_, host, _)| (*host).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let chain = vec![CertificateDer::from(leaf)];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = Arc::new(config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::<Mutex<Vec<Came>>>::default();
        let seen = Arc::clone(&came);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, seen) = (Arc::clone(&config), Arc::clone(&seen));
                std::thread::spawn(move || serve(stream, config, simulator, &seen));
            }
        });
        Self { address, pem, came }
    }
}

/// One request a connection: read, noted, handed on with the simulator's mount, and its answer handed back.
fn serve(stream: TcpStream, config: Arc<rustls::ServerConfig>, simulator: SocketAddr, seen: &Mutex<Vec<Came>>) {
    let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(config).unwrap(), stream);
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break at;
        }
        let mut piece = [0; 4_096];
        match stream.read(&mut piece) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&piece[..count]),
            // It hung up without asking.
            Ok(_) | Err(_) => return,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let of = |name: &str| headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value).to_owned();
    let length: usize = of("content-length").parse().unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        let mut piece = vec![0; length - body.len()];
        let count = stream.read(&mut piece).unwrap();
        body.extend_from_slice(&piece[..count]);
    }
    let host = of("host");
    let (_, _, mount) = HOSTS.iter().find(|(_, known, _)| *known == host).unwrap_or_else(|| panic!("{head}"));
    let (method, rest) = line.split_once(' ').unwrap();
    let mut asked = format!("{method} {mount}{rest}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in &headers {
        asked.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    asked.extend(b"\r\n");
    asked.extend(&body);
    seen.lock().unwrap().push(Came { line, headers });
    let mut to = TcpStream::connect(simulator).unwrap();
    to.write_all(&asked).unwrap();
    let mut answer = Vec::new();
    to.read_to_end(&mut answer).unwrap();
    // Whoever gave up listening is not missed.
    let _ = stream.write_all(&answer);
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// The provider as the registry opens it, with no base URL.
fn open(kind: &Kind, front: &Front, config: &toml::Table) -> Arc<dyn Provider> {
    let id = kind.spec.facts.id;
    let section = config["connections"][id].as_table().unwrap().clone();
    let names = kind.spec.facts.credentials.iter().flat_map(|set| set.fields).map(|field| field.name);
    let fields: BTreeMap<String, Secret> =
        names.filter_map(|name| Some((name.to_owned(), Secret::new(section.get(name)?.as_str()?)))).collect();
    let mut net = Net::default().trusting(front.pem.as_bytes()).unwrap();
    net.hosts = HOSTS.iter().map(|(_, host, _)| ((*host).to_owned(), front.address)).collect();
    (kind.open)(Settings {
        connection: ConnectionName::new("prod"),
        base_url: None,
        budget: 0.5,
        credentials: Arc::new(move || {
            let fields = fields.clone();
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        }),
        recorder: Arc::new(drop),
        clock: Arc::new(now),
        net: Arc::new(net),
    })
    .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "no runtime hands the time in here")]
fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Moment(u64::try_from(since.as_millis()).unwrap())
}

/// Every read, about the first account and organization; then every write that can be shown. What they answer is not
/// looked at: other tests do that. Gives the ids, to be left out of what is compared.
async fn ask(provider: &dyn Provider) -> Vec<(String, &'static str)> {
    let connection = ConnectionName::new("prod");
    let _ = provider.identity().await;
    let listed = provider.accounts(&ListScope::all(), &Cursor::First).await;
    let first = listed.ok().and_then(|page| page.rows.into_iter().next());
    let account = first.map_or(AccountId::new("111111111111"), |account| account.key.id);
    let mut ids = vec![(account.as_str().to_owned(), "{account}")];
    let _ = provider.account(&account, DetailOptions::default()).await;
    let _ = provider.account(&account, DetailOptions { extra: true }).await;
    let _ = provider.sign_in().await;
    let _ = provider.switch(&account).await;
    let _ = provider.lineage(&account).await;
    let key = AccountKey { connection: connection.clone(), id: account.clone() };
    let _ = provider.profile(&Subject::Account(key.clone())).await;
    let mut subjects = vec![Subject::Account(key), Subject::Connection(connection.clone())];
    let roots = provider.organizations(&OrganizationScope::Roots, &Cursor::First).await;
    if let Some(organization) = roots.ok().and_then(|page| page.rows.into_iter().next()) {
        let id = organization.key.id;
        ids.push((id.as_str().to_owned(), "{organization}"));
        let _ = provider.organization(&id).await;
        let below = provider.organizations(&OrganizationScope::Below(id.clone()), &Cursor::First).await;
        let scope = ListScope { organization: Some(id.clone()), ..ListScope::all() };
        let _ = provider.accounts(&scope, &Cursor::First).await;
        let subject = Subject::Organization(OrganizationKey { connection: connection.clone(), id });
        let _ = provider.profile(&subject).await;
        // A root is not renamed everywhere.
        let unit = below.ok().and_then(|page| page.rows.into_iter().next()).map(|unit| unit.key);
        ids.extend(unit.iter().map(|unit| (unit.id.as_str().to_owned(), "{unit}")));
        subjects.push(unit.map_or(subject, Subject::Organization));
    }
    write(provider, &subjects, &ids).await;
    ids
}

/// Every write that the provider's forms make; those that end something come last, or nothing else would find its target.
async fn write(provider: &dyn Provider, subjects: &[Subject], ids: &[(String, &'static str)]) {
    let (from, to) = (ids[ids.len() / 2].0.clone(), ids.last().unwrap().0.clone());
    let account = AccountId::new(&ids[0].0);
    let _ = provider.move_batch(&[account], &OrganizationId::new(&to)).await;
    let (ending, other): (Vec<&FormSpec>, Vec<&FormSpec>) =
        provider.spec().forms.iter().partition(|form| form.kind.ends());
    for form in other.into_iter().chain(ending) {
        for subject in subjects {
            let mut values: Vec<(&str, &str)> = vec![("name", "Hosts Ltd"), ("title", "Hosts Ltd")];
            values.extend([("business_name", "Hosts Ltd"), ("description", "Hosts"), ("email", "a@b.example")]);
            values.extend([(Change::FROM, from.as_str()), (Change::TO, to.as_str())]);
            let values = values.into_iter().collect();
            let (kind, subject) = (form.kind, subject.clone());
            let change = Change { subject, kind, values, secrets: BTreeMap::new(), base: None, key: None };
            if fits(&change) && provider.preview(&change).is_ok() {
                let _ = provider.execute(&change).await;
            }
        }
    }
}

/// Whether a change of this kind is about such a thing.
fn fits(change: &Change) -> bool {
    let makes = matches!(
        change.kind,
        ChangeKind::CreateAccount | ChangeKind::CreateOrganization | ChangeKind::CreateStandalone
    );
    match (&change.subject, change.kind) {
        (Subject::Account(_), ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization) => false,
        (Subject::Account(_), _) => !makes,
        (
            Subject::Organization(_),
            ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization | ChangeKind::Profile,
        ) => true,
        (Subject::Connection(_) | Subject::Organization(_), _) => makes,
    }
}

/// Method, absolute URL and headers of every call, each once, in order; ids, times and secrets left out.
fn written(came: &[Came], ids: &[(String, &'static str)]) -> String {
    let mut calls = BTreeSet::new();
    for request in came {
        let mut text = String::new();
        let mut words = request.line.split(' ');
        let (method, mut target) = (words.next().unwrap(), words.next().unwrap().to_owned());
        for (id, name) in ids {
            target = target.replace(id, name);
        }
        let host = request.headers.iter().find(|(name, _)| name == "host").map_or("", |(_, value)| value);
        let _ = writeln!(text, "{method} https://{host}{target}");
        for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
            let _ = writeln!(text, "  {name}: {}", masked(name, value));
        }
        calls.insert(text);
    }
    calls.into_iter().collect()
}

fn masked(name: &str, value: &str) -> String {
    match name {
        "authorization" => {
            let (scheme, rest) = value.split_once(' ').unwrap();
            let signed = rest.split(", ").find(|part| part.starts_with("SignedHeaders="));
            signed.map_or(format!("{scheme} <secret>"), |signed| format!("{scheme} <secret>, {signed}, <secret>"))
        }
        "x-auth-key" | "x-security-token" | "x-amz-security-token" => "<secret>".into(),
        "x-sdk-date" | "x-amz-date" => "<time>".into(),
        "content-length" => {
            if value == "0" {
                "0".into()
            } else {
                "<length>".into()
            }
        }
        "user-agent" => value.replace(env!("CARGO_PKG_VERSION"), "<version>"),
        _ => value.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_goes_to_the_providers_own_host() {
    // It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sim = Sim::bind(Options { seed: 1, ..Options::default() }).await.unwrap();
    let (address, config) = (sim.address(), sim.config_toml().parse::<toml::Table>().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = sim.serve(async move { drop(stopped.await) });
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(serving).unwrap();
    });
    for kind in registry() {
        let id = kind.spec.facts.id;
        assert!(HOSTS.iter().any(|(known, ..)| *known == id), "{id} has a host");
        let front = Front::start(address);
        let provider = open(kind, &front, &config);
        let ids = ask(&*provider).await;
        let came = front.came.lock().unwrap();
        assert!(came.len() >= 3, "{id}");
        insta::assert_snapshot!(id, written(&came, &ids));
    }
    drop(stop);
}
