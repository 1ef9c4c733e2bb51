//! `auth login`: adds a connection, or gives one another credential. The provider is asked who it is before anything is
//! stored; what is found on the machine is named, and used when somebody says so.

mod flags;
mod guided;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{LoginArgs, StoreKind};
use super::desk::{Desk, interactive, refuse_offline};
use super::prompt;
use super::stop::{Stop, status};
use crate::config::{Connection, Editor, Entered, Environment, Given, Source, Store, Vault};
use crate::domain::{ConnectionName, Credentials, FailureKind, Identity, ProviderFacts, ProviderId, shown};
use crate::provider::CredentialSource;
use crate::runtime::connect;

/// What is to be done.
#[derive(Debug)]
struct Wish {
    name: ConnectionName,
    facts: ProviderFacts,
    base_url: Option<String>,
    /// The credential; what was typed or read stands in it literally until it is stored.
    given: Given,
    /// Where that is put.
    vault: Option<Vault>,
}

impl From<StoreKind> for Vault {
    fn from(kind: StoreKind) -> Self {
        match kind {
            StoreKind::Keyring => Self::Keyring,
            StoreKind::File => Self::File,
        }
    }
}

pub(super) async fn run(desk: &Desk, args: &LoginArgs, environment: &Environment) -> Result<(), Stop> {
    if !args.no_verify {
        refuse_offline(&desk.common)?;
    }
    let known = connect::known();
    let is_guided = !args.says_credential() && interactive();
    let wish = if is_guided {
        guided::wish(desk, args, environment, &known).await?
    } else {
        flags::wish(desk, args, environment, &known).await?
    };
    agree(desk, args, &wish, is_guided).await?;
    let identity = if args.no_verify { None } else { verified(desk, &wish, environment, is_guided).await? };
    let given = stored(desk, &wish, environment).await?;
    let editor = Editor { path: &desk.paths.config, environment, known: &known };
    let entered = Entered { name: &wish.name, facts: &wish.facts, base_url: wish.base_url.as_deref(), given: &given };
    editor.sign_in(&entered)?;
    report(desk, &wish, &given, identity.as_ref(), environment);
    Ok(())
}

/// The connection's name as -c gives it.
fn named(desk: &Desk) -> Result<Option<ConnectionName>, Stop> {
    match desk.common.connections.as_slice() {
        [] => Ok(None),
        [name] if name.is_empty() || name.contains(char::is_control) => {
            Err(Stop::usage("a connection's name is a word"))
        }
        [name] => Ok(Some(ConnectionName::new(name))),
        _ => Err(Stop::usage("one connection is signed in at a time: give -c once")),
    }
}

/// The connection that is there already, unless it is from the environment alone.
fn existing<'d>(desk: &'d Desk, name: &ConnectionName) -> Option<&'d Connection> {
    desk.config.connection(name).filter(|connection| connection.named)
}

/// A credential takes another one's place only if somebody says so.
async fn agree(desk: &Desk, args: &LoginArgs, wish: &Wish, is_guided: bool) -> Result<(), Stop> {
    let Some(there) = existing(desk, &wish.name) else { return Ok(()) };
    if there.provider != ProviderId::new(wish.facts.id) {
        let words = format!("connection {} is of {}: give another name with -c", wish.name, there.provider);
        return Err(Stop::usage(words));
    }
    if args.yes || there.credentials.is_signed_out() {
        return Ok(());
    }
    let source = there.credentials.words();
    if is_guided && prompt::yes(&format!("{} has a credential (from {source}). Replace it?", wish.name)).await? {
        return Ok(());
    }
    let words =
        format!("nothing was changed: {} has a credential (from {source}), give --yes to replace it", wish.name);
    Err(Stop::new(status::PROTECTED, words))
}

/// Asks the provider who it is.
async fn verified(
    desk: &Desk,
    wish: &Wish,
    environment: &Environment,
    is_guided: bool,
) -> Result<Option<Identity>, Stop> {
    let mut connection = existing(desk, &wish.name)
        .cloned()
        .unwrap_or_else(|| Connection::new(wish.name.clone(), ProviderId::new(wish.facts.id)));
    if wish.base_url.is_some() {
        connection.base_url.clone_from(&wish.base_url);
    }
    let sources = wish.given.sources(wish.facts, environment);
    let words = given_words(&wish.given);
    let credentials: CredentialSource = Arc::new(move || {
        let sources = sources.clone();
        let words = words.clone();
        Box::pin(async move {
            let fetched = sources.fetch(interactive()).await?;
            Ok(Credentials { source: words.unwrap_or(fetched.source), ..fetched })
        })
    });
    let asked = match desk.open_with(&connection, credentials) {
        Ok(provider) => provider.identity().await,
        Err(failure) => Err(failure),
    };
    let failure = match asked {
        Ok(identity) => return Ok(Some(identity)),
        Err(failure) => failure,
    };
    let mut stop = Stop::failure(&wish.name, &failure);
    if let (FailureKind::NotFound, Some(url)) = (&failure.kind, &connection.base_url) {
        let url = shown(url.as_str());
        stop.words
            .push(format!("nothing of this API is at {url}: base_url includes the API's path (docs/configuration.md)"));
    }
    if is_guided {
        stop.words.iter().for_each(|words| desk.whisper(words));
        if prompt::yes("It could not be verified. Keep it all the same?").await? {
            return Ok(None);
        }
        stop.words.clear();
    }
    stop.words.push("nothing was stored (--no-verify stores without asking)".into());
    Err(stop)
}

/// Where the values come from that were given just now, and stand in no file yet; `None` where none was.
fn given_words(given: &Given) -> Option<String> {
    let Given::Fields(fields) = given else { return None };
    if !fields.values().any(|source| matches!(source, Source::Literal(_))) {
        return None;
    }
    let mut words: Vec<String> = fields
        .values()
        .map(|source| if matches!(source, Source::Literal(_)) { "what was given".into() } else { source.words() })
        .collect();
    words.dedup();
    Some(words.join(" and "))
}

/// Puts the secrets away; the credential as the config names it.
async fn stored(desk: &Desk, wish: &Wish, environment: &Environment) -> Result<Given, Stop> {
    let Given::Fields(fields) = &wish.given else { return Ok(wish.given.clone()) };
    let is_secret = |name: &str, source: &Source| matches!(source, Source::Literal(_)) && !wish.facts.is_plain(name);
    let secrets = fields.iter().filter(|(name, source)| is_secret(name, source)).count();
    let store = Store { config: &desk.paths.config, connection: &wish.name, environment };
    let mut kept: BTreeMap<String, Source> = BTreeMap::new();
    for (name, source) in fields {
        let source = match (source, wish.vault) {
            (Source::Literal(secret), Some(vault)) if is_secret(name, source) => {
                let stored = store.keep(vault, name, secrets == 1, secret).await;
                stored.map_err(|failure| Stop::failure(&wish.name, &failure))?
            }
            _ => source.clone(),
        };
        kept.insert(name.clone(), source);
    }
    Ok(Given::Fields(kept))
}

/// What was done, and what can be done now.
fn report(desk: &Desk, wish: &Wish, given: &Given, identity: Option<&Identity>, environment: &Environment) {
    let who = identity.map_or_else(|| "not verified".to_owned(), Identity::words);
    let source = given.sources(wish.facts, environment).words();
    let name = shown(wish.name.as_str());
    desk.whisper(&format!("signed in: connection {name}, {who}, credential from {source}"));
    desk.whisper(&format!("written to {}", shown(&desk.paths.config.to_string_lossy())));
    let words = shell_words::quote(wish.name.as_str()).into_owned();
    desk.whisper(&format!("next: acctui list -c {}, or acctui for the browser", shown(&words)));
}
