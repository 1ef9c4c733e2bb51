//! The system's keyring: the Secret Service of a Linux desktop, the Keychain of macOS.
//!
//! Every call is bounded and happens off the loop: a service that is started by the first call, or that waits for
//! somebody to unlock it, may take minutes (reported live of headless machines: 120 s). Nothing is asked where there is
//! no session bus.

use std::time::Duration;

use super::Environment;
use super::source::{Entry, Trouble};
use crate::domain::Secret;

/// How long a keyring may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What to do without one.
const INSTEAD: &str = "use { env = … }, { file = … } or { command = … } instead";

/// Reads an entry.
pub(super) async fn get(entry: &Entry, environment: &Environment) -> Result<String, Trouble> {
    let entry = entry.clone();
    bounded(environment, move || store::get(&entry)).await
}

/// Writes an entry, in the place of an earlier one.
pub(super) async fn set(entry: &Entry, value: &Secret, environment: &Environment) -> Result<(), Trouble> {
    let (entry, value) = (entry.clone(), value.clone());
    bounded(environment, move || store::set(&entry, value.expose())).await
}

/// Removes an entry; one that is not there is gone already.
pub(super) async fn remove(entry: &Entry, environment: &Environment) -> Result<(), Trouble> {
    let entry = entry.clone();
    bounded(environment, move || store::remove(&entry)).await
}

/// Whether one is likely to be there: no service is started for the answer.
pub(super) fn is_likely(environment: &Environment) -> bool {
    cfg!(feature = "keyring") && (cfg!(target_os = "macos") || has_session_bus(environment))
}

async fn bounded<T: Send + 'static>(
    environment: &Environment,
    call: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    if !cfg!(feature = "keyring") {
        let trouble = Trouble::new("this build has no keyring (it was made without the cargo feature `keyring`)");
        return Err(trouble.with_hint(INSTEAD));
    }
    if !is_likely(environment) {
        let trouble =
            Trouble::new("this machine has no keyring: there is no session bus (a headless machine has none)");
        return Err(trouble.with_hint(INSTEAD));
    }
    let called = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(call)).await;
    match called {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Trouble::new("asking the keyring broke off")),
        Err(_) => Err(Trouble::new(format!("the keyring gave no answer within {} s", PATIENCE.as_secs()))
            .with_hint(format!("unlock it and try again, or {INSTEAD}"))),
    }
}

/// Where D-Bus looks for the session's bus (its specification; systemd puts it into the runtime directory).
fn has_session_bus(environment: &Environment) -> bool {
    let socket = environment.get("XDG_RUNTIME_DIR").map(|folder| std::path::Path::new(folder).join("bus"));
    environment.get("DBUS_SESSION_BUS_ADDRESS").is_some() || socket.is_some_and(|socket| socket.exists())
}

#[cfg(feature = "keyring")]
mod store {
    use std::sync::Mutex;

    use keyring_core::{Entry as Kept, Error};

    use super::super::source::{Entry, Trouble};
    use super::INSTEAD;

    /// Held while the store is opened: once is enough, and it may fail now and work later.
    static OPENING: Mutex<()> = Mutex::new(());

    pub(super) fn get(entry: &Entry) -> Result<String, Trouble> {
        find(entry)?.get_password().map_err(|error| words(&error))
    }

    pub(super) fn set(entry: &Entry, value: &str) -> Result<(), Trouble> {
        find(entry)?.set_password(value).map_err(|error| words(&error))
    }

    pub(super) fn remove(entry: &Entry) -> Result<(), Trouble> {
        match find(entry)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(words(&error)),
        }
    }

    fn find(entry: &Entry) -> Result<Kept, Trouble> {
        open().map_err(|error| words(&error))?;
        Kept::new(&entry.service, &entry.name).map_err(|error| words(&error))
    }

    fn open() -> keyring_core::Result<()> {
        let _opening = OPENING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if keyring_core::get_default_store().is_some() {
            return Ok(());
        }
        #[cfg(target_os = "macos")]
        let store = apple_native_keyring_store::keychain::Store::new()?;
        #[cfg(not(target_os = "macos"))]
        let store = dbus_secret_service_keyring_store::Store::new()?;
        keyring_core::set_default_store(store);
        Ok(())
    }

    /// An error in words: those of the store may hold the value.
    #[expect(clippy::wildcard_enum_match_arm, reason = "somebody else's enum, and it grows")]
    fn words(error: &Error) -> Trouble {
        match error {
            Error::NoEntry => Trouble::new("the keyring has no such entry").with_hint("acctui auth login makes it"),
            Error::NoStorageAccess(_) => {
                Trouble::new("the keyring is locked, or may not be read").with_hint("unlock it and try again")
            }
            Error::NoDefaultStore | Error::PlatformFailure(_) => {
                Trouble::new("no keyring answers on this machine").with_hint(INSTEAD)
            }
            Error::BadEncoding(_) => Trouble::new("what the keyring holds there is no text"),
            Error::Ambiguous(_) => Trouble::new("the keyring has several such entries").with_hint("remove all but one"),
            _ => Trouble::new("the keyring refused").with_hint(INSTEAD),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod store {
    //! Nothing: [`super::bounded`] has refused before.

    use super::super::source::{Entry, Trouble};

    pub(super) fn get(_: &Entry) -> Result<String, Trouble> {
        Err(Trouble::new("this build has no keyring"))
    }

    pub(super) fn set(_: &Entry, _: &str) -> Result<(), Trouble> {
        Err(Trouble::new("this build has no keyring"))
    }

    pub(super) fn remove(_: &Entry) -> Result<(), Trouble> {
        Err(Trouble::new("this build has no keyring"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_session_bus_the_word_comes_at_once() {
        let entry = Entry::parse("acctui/prod").unwrap();
        let trouble = get(&entry, &Environment::from_iter([("HOME", "/nowhere")])).await.unwrap_err();
        assert!(trouble.cause.contains("keyring"), "{}", trouble.cause);
        assert_eq!(trouble.hint.as_deref(), Some(INSTEAD));
    }

    #[test]
    fn entries_are_written_with_their_service() {
        assert_eq!(Entry::parse("acctui/prod/key").unwrap().name, "prod/key");
        for bad in ["", "acctui", "/prod", "acctui/", "a/b\nc"] {
            assert_eq!(Entry::parse(bad), None, "{bad}");
        }
    }
}
