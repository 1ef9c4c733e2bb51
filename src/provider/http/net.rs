//! How the client goes out: whose certificates it trusts beside the machine's, by which proxy, and who looks on.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::Certificate;

use super::Shape;
use crate::domain::Moment;

/// Hears what an answer looked like: never a value.
pub type Tap = Arc<dyn Fn(Exchange) + Send + Sync>;

/// The way out of all connections. By default the machine's certificates and its proxy (`HTTPS_PROXY`, `NO_PROXY`).
#[derive(Clone, Default)]
pub struct Net {
    authorities: Vec<Certificate>,
    /// By which way.
    pub route: Route,
    /// Where these host names are, in the place of what the name service says: for tests that must not ask it.
    pub hosts: Vec<(String, SocketAddr)>,
    /// Who hears of each answer's shape.
    pub(super) tap: Option<Tap>,
}

/// By which way requests go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// By the machine's proxy, if it names one: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    #[default]
    Machine,
    /// By none.
    Direct,
    /// By the proxy of this URL; what `NO_PROXY` names goes without.
    Through(String),
}

/// One request and the shape of what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The method.
    pub method: &'static str,
    /// The path below the base URL, one text a step: a word of the API, or `None` for what is a value. Where all calls
    /// have one path, the call's name stands behind it.
    pub path: Vec<Option<String>>,
    /// The HTTP status.
    pub status: u16,
    /// What the server's clock said; `None` where it did not say.
    pub server_time: Option<Moment>,
    /// What the body looked like; empty where there was none.
    pub shape: Shape,
}

impl Net {
    /// The same that also trusts the certificates of a PEM file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn trusting(mut self, pem: &[u8]) -> Result<Self, String> {
        let found = Certificate::from_pem_bundle(pem).map_err(|error| format!("it can't be read as PEM: {error}"))?;
        if found.is_empty() {
            return Err("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".into());
        }
        self.authorities.extend(found);
        Ok(self)
    }

    /// The same, and this one hears of each answer's shape.
    #[must_use]
    pub fn heard_by(&self, tap: Tap) -> Self {
        Self { tap: Some(tap), ..self.clone() }
    }

    /// Finishes the building of a client. A place on this machine is never asked for by way of another one.
    pub(super) fn build(
        &self,
        builder: impl Fn() -> reqwest::ClientBuilder,
        is_loopback: bool,
    ) -> Result<reqwest::Client, reqwest::Error> {
        let builder = || -> Result<reqwest::ClientBuilder, reqwest::Error> {
            let mut builder = builder();
            for (host, address) in &self.hosts {
                builder = builder.resolve(host, *address);
            }
            Ok(match &self.route {
                _ if is_loopback || !self.hosts.is_empty() => builder.no_proxy(),
                Route::Machine => builder,
                Route::Direct => builder.no_proxy(),
                Route::Through(proxy) => {
                    let proxy = reqwest::Proxy::all(proxy)?.no_proxy(reqwest::NoProxy::from_env());
                    builder.proxy(proxy)
                }
            })
        };
        builder()?.tls_certs_merge(self.authorities.iter().cloned()).build().or_else(|_| {
            // A machine without any CA certificates: use Mozilla's.
            let roots =
                webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| Certificate::from_der(root).ok());
            builder()?.tls_certs_only(roots.chain(self.authorities.iter().cloned())).build()
        })
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net")
            .field("authorities", &self.authorities.len())
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
