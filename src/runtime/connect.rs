//! From a connection of the config to its provider, and the clock that is handed to it.

use std::sync::Arc;

use crate::config::{Connection, PROVIDERS};
use crate::domain::{Failure, FailureKind, Moment, ProviderFacts};
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
) -> Result<Arc<dyn Provider>, Failure> {
    let sources = connection.credentials.clone();
    let credentials: CredentialSource = Arc::new(move || {
        let sources = sources.clone();
        Box::pin(async move { sources.fetch(interactive).await })
    });
    open_with(connection, credentials, recorder, clock)
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
    (kind.open)(Settings {
        connection: connection.name.clone(),
        base_url: connection.base_url.clone(),
        budget: connection.budget,
        credentials,
        recorder,
        clock,
    })
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
