//! The embedded simulator: the providers' services as their documents describe them, over real HTTP on loopback.
//!
//! This room knows no other room of the crate. It writes its JSON and checks credentials with code of its own, so that
//! a field name that is wrong here cannot be wrong in the same way in the client. A provider is one file here (and, if
//! it grows, a folder of the same name) and one line in `PROVIDERS`.
//!
//! The road of a request is in `server`: read, disturb (`fault`), limit (`limits`), answer (the provider), note (`log`),
//! reply. A provider only ever turns an `request::Ask` into an `request::Answer`; it knows no sockets and no clock.

mod assume;
mod aws;
mod chance;
mod clock;
mod cloud66;
mod cloudflare;
mod count;
mod credential;
mod crypto;
mod fault;
mod huawei;
mod landscape;
mod limits;
mod log;
mod parse;
mod request;
mod server;
mod timeline;
mod wire;
mod words;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use assume::{Assume, Assumption, assumptions, in_force};
pub use count::AccountsSpec;
pub use fault::Fault;
pub use parse::SpecError;

use assume::Choices;
use request::Provider;

/// One simulated provider: what the shared machinery must know before it is opened.
struct Entry {
    /// The provider's name, as in a connection's `provider`.
    name: &'static str,
    /// What its documents leave open.
    assumptions: &'static [&'static Assumption],
    /// Makes its state.
    open: fn(&World) -> Result<Box<dyn Provider>, SimError>,
}

/// Every simulated provider: one line each.
const PROVIDERS: &[Entry] = &[cloudflare::ENTRY, cloud66::ENTRY, landscape::ENTRY, huawei::ENTRY, aws::ENTRY];

/// What every provider's state is made from.
struct World {
    /// The seed of all that is drawn.
    seed: u64,
    /// How many accounts the provider holds at the start.
    accounts: u32,
    /// The values in force of what the documents leave open.
    choices: Arc<Choices>,
    /// Whether some fault makes reads lag behind writes, so that the state must remember its past.
    lags: bool,
}

/// How the simulator runs. The default is the plain one: everything allowed, nothing limited, partial or slow.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; a loopback address, port 0 for a free one.
    pub listen: SocketAddr,
    /// How many accounts; later entries win over earlier ones.
    pub accounts: Vec<AccountsSpec>,
    /// The seed of ids, generated rows, faults and drawn assumptions.
    pub seed: u64,
    /// What goes wrong, and where.
    pub faults: Vec<Fault>,
    /// Which of the assumptions differ from the likeliest ones.
    pub assume: Vec<Assume>,
    /// Whether the documented rate limits are in force.
    pub limits: bool,
    /// Where to note each request, one JSON line each.
    pub log: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            accounts: Vec::new(),
            seed: 1,
            faults: Vec::new(),
            assume: Vec::new(),
            limits: false,
            log: None,
        }
    }
}

/// Why the simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The address is reachable from other machines; the published credentials are no protection.
    #[error("the simulator listens on loopback only (127.0.0.1 or [::1]), not on {0}")]
    NotLoopback(SocketAddr),
    /// The address could not be bound.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The request log could not be opened.
    #[error("cannot write the request log {}: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The embedded demo data is not what the simulator expects: a fault of this program.
    #[error("the embedded demo data of {provider} is broken: {reason}")]
    Demo {
        /// Whose data.
        provider: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// How long [`Sim::serve`] waits for requests in flight once it was told to stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// A simulator that is bound to its address and not serving yet.
pub struct Sim {
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    service: Arc<server::Service>,
}

impl Sim {
    /// Makes the state of every provider and binds the address, so that clients can connect from now on (they are
    /// answered once [`Sim::serve`] runs).
    ///
    /// # Errors
    /// A non-loopback address, an address in use, or a log that cannot be written.
    pub async fn bind(options: Options) -> Result<Self, SimError> {
        if !options.listen.ip().is_loopback() {
            return Err(SimError::NotLoopback(options.listen));
        }
        let service = Arc::new(server::Service::open(&options)?);
        let failed = |source| SimError::Listen { address: options.listen, source };
        let listener = tokio::net::TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, service })
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The text of a `config.toml` with one connection for each provider, named as the provider. It holds the published
    /// credentials literally, so it works from a file that only its owner can read (mode 0600).
    #[must_use]
    pub fn config_toml(&self) -> String {
        let origin = self.origin();
        let sections: Vec<String> =
            self.service.providers.iter().map(|provider| provider.connection(&origin)).collect();
        sections.join("\n")
    }

    /// The JSON line that `acctui sim` writes first, without its line end: `{"listening":…,"config":…}`.
    #[must_use]
    pub fn first_line(&self) -> String {
        serde_json::json!({"listening": self.origin(), "config": self.config_toml()}).to_string()
    }

    /// Answers requests until `stop` is done, then lets those in flight end for up to a second.
    ///
    /// # Errors
    /// What the system says when the listener fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let (told, heard) = tokio::sync::oneshot::channel::<()>();
        let stop = async move {
            stop.await;
            drop(told);
        };
        let serving = server::serve(self.listener, self.service, stop);
        let too_long = async {
            let _ = heard.await;
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::select! {
            done = serving => done,
            () = too_long => Ok(()),
        }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_others_can_reach_is_refused() {
        let options = Options { listen: SocketAddr::from(([0, 0, 0, 0], 0)), ..Options::default() };
        let refused = Sim::bind(options).await.err().expect("0.0.0.0 is refused");
        assert!(refused.to_string().contains("loopback"), "{refused}");
    }

    #[tokio::test]
    async fn the_first_line_is_json_with_address_and_config() {
        let sim = Sim::bind(Options::default()).await.unwrap();
        let line: serde_json::Value = serde_json::from_str(&sim.first_line()).unwrap();
        let listening = line["listening"].as_str().unwrap();
        assert_eq!(listening, format!("http://{}", sim.address()));
        let config: toml::Table = line["config"].as_str().unwrap().parse().unwrap();
        let section = &config["connections"]["cloudflare"];
        assert_eq!(section["base_url"].as_str().unwrap(), format!("{listening}/cloudflare/client/v4"));
        assert_eq!(section["provider"].as_str(), Some("cloudflare"));
        assert_eq!(section["token"].as_str(), Some("sim-token"));
    }
}
