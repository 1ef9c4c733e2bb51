//! A certificate that can't be trusted is named for what is wrong with it, and nothing is sent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A CA, and what it signed a server's certificate for.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server on loopback with a certificate for `name`, which refuses whoever talks to it; its port, and how many
    /// requests reached it.
    fn serve(&self, name: &str, ends: i32) -> (u16, Arc<AtomicUsize>) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(ends, 1, 1));
        let key = KeyPair::generate().unwrap();
        let chain = vec![CertificateDer::from(params.signed_by(&key, &self.issuer).unwrap())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = Arc::new(config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream);
                // A client that does not trust the certificate hangs up.
                if stream.read(&mut [0; 8_192]).is_ok_and(|bytes| bytes > 0) {
                    count.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(
                        b"HTTP/1.1 401 X\r\nconnection: close\r\ncontent-type: application/json\r\n\
                          content-length: 2\r\n\r\n{}",
                    );
                }
            }
        });
        (port, came)
    }
}

/// `list` of a connection to a port of this machine, with the certificates of `trusted` alone: its status, and what it
/// says.
fn list(home: &Path, host: &str, port: u16, trusted: &str) -> (i32, String) {
    let roots = home.join("roots.pem");
    std::fs::write(&roots, trusted).unwrap();
    run(home, host, port, &[], &[("SSL_CERT_FILE", &roots)])
}

/// The same with these arguments and variables.
fn run(home: &Path, host: &str, port: u16, arguments: &[&str], variables: &[(&str, &Path)]) -> (i32, String) {
    let config = home.join("config.toml");
    let text =
        format!("[connections.a]\nprovider = \"cloudflare\"\nbase_url = \"https://{host}:{port}\"\ntoken = \"x\"\n");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&config).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_acctui"))
        .args(["list", "--config"])
        .arg(config)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (ran.status.code().unwrap(), String::from_utf8(ran.stderr).unwrap())
}

#[test]
fn each_bad_certificate_is_named_and_nothing_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let (own, other) = (Authority::new("own"), Authority::new("other"));
    for (name, ends, trusted, words) in [
        ("localhost", 2020, &own.pem, "clock right? else the server's certificate is out of date"),
        ("elsewhere.example", 2099, &own.pem, "the certificate belongs to another name"),
        ("localhost", 2099, &other.pem, "its CA must be installed on this machine"),
    ] {
        let (port, came) = own.serve(name, ends);
        let (status, said) = list(home.path(), "localhost", port, trusted);
        assert!(status == 1 && said.contains("TLS failed") && said.contains(words), "{status} {said}");
        assert_eq!(came.load(Ordering::SeqCst), 0, "no credential goes to whom nobody trusts");
    }
    // The same server with a good certificate is talked to.
    let (port, came) = own.serve("localhost", 2099);
    let (status, said) = list(home.path(), "localhost", port, &own.pem);
    assert!(status == 4 && said.contains("not signed in"), "{status} {said}");
    assert!(came.load(Ordering::SeqCst) > 0);
}

#[test]
fn an_authority_of_ones_own_is_trusted_beside_the_machines() {
    let home = tempfile::tempdir().unwrap();
    let own = Authority::new("own");
    let file = home.path().join("own.pem");
    std::fs::write(&file, &own.pem).unwrap();
    let (port, came) = own.serve("localhost", 2099);
    let (status, said) = run(home.path(), "localhost", port, &[], &[]);
    assert!(status == 1 && said.contains("--ca-cert"), "{status} {said}");
    assert_eq!(came.load(Ordering::SeqCst), 0);
    let (status, said) = run(home.path(), "localhost", port, &["--ca-cert", file.to_str().unwrap()], &[]);
    assert!(status == 4 && said.contains("not signed in"), "{status} {said}");
    assert!(came.load(Ordering::SeqCst) > 0);
}

#[test]
fn a_file_without_certificates_is_no_reason_to_trust_others() {
    let home = tempfile::tempdir().unwrap();
    let (empty, none) = (home.path().join("empty.pem"), home.path().join("none.pem"));
    std::fs::write(&empty, "nothing\n").unwrap();
    for (file, words) in [(&empty, "holds no certificate"), (&none, "can't be read")] {
        let (status, said) = run(home.path(), "localhost", 1, &["--ca-cert", file.to_str().unwrap()], &[]);
        assert!(status == 2 && said.contains("--ca-cert") && said.contains(words), "{status} {said}");
        let (status, said) = run(home.path(), "localhost", 1, &[], &[("SSL_CERT_FILE", file)]);
        assert!(status == 2 && said.contains("SSL_CERT_FILE") && said.contains(words), "{status} {said}");
    }
}

/// A proxy that is asked for a way to somewhere and has none; what it was asked.
fn proxy() -> (u16, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::<std::sync::Mutex<Vec<String>>>::default();
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 4_096];
            let count = stream.read(&mut bytes).unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            heard.lock().unwrap().extend(text.lines().next().map(str::to_owned));
            let _ = stream.write_all(b"HTTP/1.1 502 X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (port, asked)
}

#[test]
fn the_machines_proxy_is_used_but_for_what_no_proxy_names_and_this_machine() {
    let home = tempfile::tempdir().unwrap();
    let (port, asked) = proxy();
    let proxy = format!("http://127.0.0.1:{port}");
    let ask = |host: &str, more: &[(&str, &Path)]| {
        let variables = [&[("HTTPS_PROXY", Path::new(&proxy))][..], more].concat();
        let (status, said) = run(home.path(), host, 443, &[], &variables);
        assert_eq!(status, 1, "{said}");
        (std::mem::take(&mut *asked.lock().unwrap()), said)
    };
    let (asked, said) = ask("api.invalid", &[]);
    assert!(asked.iter().all(|line| line.starts_with("CONNECT api.invalid:443 ")) && !asked.is_empty(), "{asked:?}");
    assert!(said.contains("proxy"), "{said}");
    let (asked, _) = ask("api.invalid", &[("NO_PROXY", Path::new("api.invalid"))]);
    assert!(asked.is_empty(), "{asked:?}");
    let (asked, _) = ask("localhost", &[]);
    assert!(asked.is_empty(), "{asked:?}");
}
