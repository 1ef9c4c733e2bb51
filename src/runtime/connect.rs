//! From a connection of the config to its provider, and the clock that is handed to it.

use std::sync::Arc;

use crate::config::{Connection, PROVIDERS, Proxy};
use crate::domain::{Failure, FailureKind, Moment, ProviderFacts};
use crate::provider::http::{Net, Route};
use crate::provider::{Clock, CredentialSource, Provider, Recorder, Settings, registry};

/// What `config` must know of the providers of this version.
#[must_use]
pub fn known() -> Vec<ProviderFacts> {
    registry().iter().map(|kind| kind.spec.facts).collect()
}

/// Opens a connection: makes no request and reads no credential. `interactive` says that somebody sits at a terminal,
/// which gives credential commands more time.
///
/// # Errors
/// `Unsupported` for a provider that this version does not have, and what the provider says of an unusable base URL.
pub fn open(
    connection: &Connection,
    recorder: Recorder,
    clock: Clock,
    interactive: bool,
    net: Arc<Net>,
) -> Result<Arc<dyn Provider>, Failure> {
    let sources = connection.credentials.clone();
    let credentials: CredentialSource = Arc::new(move || {
        let sources = sources.clone();
        Box::pin(async move { sources.fetch(interactive).await })
    });
    open_with(connection, credentials, recorder, clock, net)
}

/// The same with a credential from elsewhere than the connection's own sources.
///
/// # Errors
/// As [`open`].
pub fn open_with(
    connection: &Connection,
    credentials: CredentialSource,
    recorder: Recorder,
    clock: Clock,
    net: Arc<Net>,
) -> Result<Arc<dyn Provider>, Failure> {
    let id = connection.provider.as_str();
    let kind = registry().iter().find(|kind| kind.spec.facts.id == id).ok_or_else(|| {
        let cause = if PROVIDERS.contains(&id) {
            format!("provider {id} is not in this version yet")
        } else {
            format!("there is no provider {id}")
        };
        Failure::new(FailureKind::Unsupported, format!("connection {}", connection.name), cause)
    })?;
    let net = way_out(connection, net)?;
    (kind.open)(Settings {
        connection: connection.name.clone(),
        base_url: connection.base_url.clone(),
        budget: connection.budget,
        credentials,
        recorder,
        clock,
        net,
    })
}

/// The way out as the connection's own settings have it.
fn way_out(connection: &Connection, net: Arc<Net>) -> Result<Arc<Net>, Failure> {
    let mut own = match &connection.ca_file {
        None if connection.proxy.is_none() => return Ok(net),
        None => Net::clone(&net),
        Some(path) => {
            let wrong = |why: String| {
                let what = format!("connection {}: ca_file", connection.name);
                Failure::new(FailureKind::Local, what, format!("{}: {why}", path.display()))
            };
            let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            Net::clone(&net).trusting(&pem).map_err(wrong)?
        }
    };
    match &connection.proxy {
        Some(Proxy::Url(url)) => own.route = Route::Through(url.clone()),
        Some(Proxy::None) => own.route = Route::Direct,
        None => {}
    }
    Ok(Arc::new(own))
}

/// The time of day.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(now)
}

#[expect(clippy::disallowed_methods, reason = "the clock that other rooms are handed")]
fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
