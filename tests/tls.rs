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
    let config = home.join("config.toml");
    let text =
        format!("[connections.a]\nprovider = \"cloudflare\"\nbase_url = \"https://{host}:{port}\"\ntoken = \"x\"\n");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&config).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_acctui"))
        .args(["list", "--config"])
        .arg(config)
        .env_clear()
        .env("HOME", home)
        .env("SSL_CERT_FILE", roots)
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
