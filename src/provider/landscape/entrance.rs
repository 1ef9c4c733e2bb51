//! The way into a server: who the connection is there, and a token for each of its accounts. One login at a time; all
//! who wait for it share what it gave.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use serde_json::json;
use tokio::sync::Mutex;

use super::dialect::{BASE_URL, Way};
use super::login::{Entry, Given, Login, bearer, nobody, silent};
use super::wire::Object;
use crate::domain::{AccountId, Credentials, Failure, FailureKind, Secret, Untrusted};
use crate::provider::http::{Answer, Client, Method, Operation, Policy};
use crate::provider::{Clock, CredentialSource, RequestBudget, Settings, unsupported};

/// How old a login may be, in milliseconds, to be new for somebody who wants a new one: two who ask at once log in once.
const NEW: u64 = 30_000;

/// The version of the legacy API (Landscape documentation: there is only this one).
const LEGACY: &str = "2011-08-01";

/// Who the connection is at the server.
#[derive(Clone)]
pub(super) enum Entered {
    /// Logged in.
    Login(Arc<Login>),
    /// An access key at a server that has no login for it: every legacy request is signed.
    Signed(Arc<Signed>),
    /// The connection has no credential.
    Nobody,
}

/// An access key that signs.
pub(super) struct Signed {
    /// Counts with the logins.
    generation: u64,
    /// The access key: names the one account that it belongs to, because no legacy call does.
    pub(super) key: Untrusted,
    /// Sends with the signature.
    pub(super) client: Client,
}

/// Which login somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The one there is.
    Any,
    /// Not this one or an older one: its token was refused.
    After(u64),
    /// One that is new, for a list of what stands in the login's answer.
    New,
    /// One that is new and was not given as the list of accounts before: asking for the list again asks the server.
    Unlisted,
}

/// What was reached so far.
#[derive(Default)]
struct Held {
    /// The config's credential, until it is refused.
    credentials: Option<Arc<Credentials>>,
    entered: Option<Entered>,
    /// Which kind of credential it was, and whom it names.
    who: Option<(Given, Untrusted)>,
    /// What the last attempt came to: for all who waited for it.
    last: Option<Result<Entered, Failure>>,
}

/// The way into one server.
pub(super) struct Entrance {
    source: CredentialSource,
    clock: Clock,
    /// Asks without a credential.
    pub(super) door: Client,
    held: Mutex<Held>,
    /// Attempts to log in that are over.
    attempts: AtomicU64,
}

impl Entrance {
    /// Checks the base URL. Nothing is asked.
    pub(super) fn new(settings: Settings, policy: Policy) -> Result<Self, Failure> {
        let source = Arc::clone(&settings.credentials);
        let clock = Arc::clone(&settings.clock);
        let base_url = Some(above_version(settings.base_url.as_deref()));
        let settings = Settings { base_url, credentials: fixed(Credentials::default()), ..settings };
        let door = Client::open(settings, Arc::new(Way::Door), policy)?;
        Ok(Self { source, clock, door, held: Mutex::default(), attempts: AtomicU64::new(0) })
    }

    /// Logs in, or gives the login that there is.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn enter(&self, need: Need) -> Result<Entered, Failure> {
        let before = self.attempts.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        if let Some(entered) = &held.entered
            && self.serves(entered, need)
        {
            return Ok(entered.clone());
        }
        if self.attempts.load(Ordering::Acquire) > before
            && let Some(last) = &held.last
        {
            // Somebody tried while this one waited: a wrong password is not tried once more by each.
            if let Ok(Entered::Login(login)) = last
                && need == Need::Unlisted
            {
                login.is_listed.store(true, Ordering::Relaxed);
            }
            return last.clone();
        }
        let result = self.log_in(&mut held).await;
        if let (Ok(Entered::Login(login)), Need::Unlisted) = (&result, need) {
            login.is_listed.store(true, Ordering::Relaxed);
        }
        held.entered = result.as_ref().ok().cloned();
        held.last = Some(result.clone());
        self.attempts.fetch_add(1, Ordering::Release);
        result
    }

    /// Whether a login is what is needed; one that is given as a list is marked so.
    fn serves(&self, entered: &Entered, need: Need) -> bool {
        let (generation, login) = match entered {
            Entered::Login(login) => (login.generation, Some(login)),
            Entered::Signed(signed) => (signed.generation, None),
            Entered::Nobody => return true,
        };
        let is_new = || login.is_none_or(|login| (self.clock)().since(login.at) <= NEW);
        match need {
            Need::Any => true,
            Need::After(refused) => generation > refused && is_new(),
            Need::New => is_new(),
            Need::Unlisted => is_new() && login.is_none_or(|login| !login.is_listed.swap(true, Ordering::Relaxed)),
        }
    }

    async fn log_in(&self, held: &mut Held) -> Result<Entered, Failure> {
        let kept = held.credentials.take();
        let was_kept = kept.is_some();
        let mut credentials = match kept {
            Some(credentials) => credentials,
            None => Arc::new((self.source)().await?),
        };
        let mut result = self.attempt(&credentials).await;
        if was_kept && is_auth(&result) {
            // It may have been changed since it was fetched; the same one is not tried again.
            let anew = Arc::new((self.source)().await?);
            if anew.fields != credentials.fields {
                result = self.attempt(&anew).await;
                credentials = anew;
            }
        }
        let given = Given::of(&credentials);
        held.who = Some((given, given.user(&credentials)));
        if !is_auth(&result) {
            held.credentials = Some(credentials);
        }
        result
    }

    /// Which kind of credential the config gives and whom it names, once somebody tried to enter.
    pub(super) async fn who(&self) -> (Given, Untrusted) {
        self.held.lock().await.who.clone().unwrap_or((Given::Nothing, Untrusted::default()))
    }

    async fn attempt(&self, credentials: &Arc<Credentials>) -> Result<Entered, Failure> {
        let given = Given::of(credentials);
        let Some(operation) = given.request(credentials) else {
            return Ok(Entered::Nobody);
        };
        let generation = self.attempts.load(Ordering::Acquire) + 1;
        let answer = match self.door.send(&operation).await {
            Ok(answer) => answer,
            // Servers before 24.10 have no login by access key (Landscape documentation).
            Err(failure) if given == Given::AccessKey && is_missing(&failure) => {
                return self.sign(credentials, failure, generation).await;
            }
            Err(failure) => return Err(given.explain(failure, credentials)),
        };
        let entry = Entry::read(&answer)?;
        let client = self.door.beside(fixed(entry.credentials(&credentials.source)), Arc::new(Way::Token));
        let login = entry.open(generation, (self.clock)(), &credentials.source, client);
        Ok(Entered::Login(Arc::new(login)))
    }

    /// Goes on with signed legacy requests, if the server takes one: else it is no old server.
    async fn sign(
        &self,
        credentials: &Arc<Credentials>,
        refused: Failure,
        generation: u64,
    ) -> Result<Entered, Failure> {
        let client = self.door.beside(Arc::clone(&self.source), Arc::new(Way::Signed));
        let result = client.send(&legacy("GetAccessGroups").probing()).await;
        match result.map_err(|failure| if failure.kind == FailureKind::Forbidden { None } else { Some(failure) }) {
            // Whom the server forbids something it knows.
            Ok(_) | Err(None) => {
                let key = Given::AccessKey.user(credentials);
                Ok(Entered::Signed(Arc::new(Signed { generation, key, client })))
            }
            Err(Some(failure)) if is_missing(&failure) => Err(Given::AccessKey.explain(refused, credentials)),
            Err(Some(failure)) => {
                let secret = credentials.get("secret_key").cloned().unwrap_or_else(|| Secret::new(""));
                Err(silent(failure, &secret))
            }
        }
    }

    /// The login, for what only logged-in users can ask.
    pub(super) async fn login(&self, need: Need) -> Result<Arc<Login>, Failure> {
        match self.enter(need).await? {
            Entered::Login(login) => Ok(login),
            Entered::Signed(_) => Err(too_old()),
            Entered::Nobody => Err(nobody(self.has_account().await?)),
        }
    }

    /// The next who asks logs in again: what the last login said is out of date.
    pub(super) async fn forget(&self) {
        let mut held = self.held.lock().await;
        held.entered = None;
        held.last = None;
    }

    /// Sends with the login's own token; once more with a new login if that is refused.
    pub(super) async fn send(&self, operation: &Operation) -> Result<Answer, Failure> {
        let login = self.login(Need::Any).await?;
        let probe = operation.clone().probing();
        match login.client.send(&probe).await {
            Err(failure) if failure.kind == FailureKind::Auth => {
                let login = self.login(Need::After(login.generation)).await?;
                login.client.send(&probe).await
            }
            other => other,
        }
    }

    /// Whether a standalone account is there; `None` where there can be none (Landscape documentation: 404 on a server
    /// that is none).
    pub(super) async fn has_account(&self) -> Result<Option<bool>, Failure> {
        let answer = match self.door.send(&Operation::read(&["v2", "standalone-account"])).await {
            Ok(answer) => answer,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let exists = answer.json.as_deref().and_then(Object::read).and_then(|object| object.flag("exists"));
        exists.map(Some).ok_or_else(|| answer.unreadable("the answer does not say whether there is an account"))
    }

    /// A token that is bound to one account. One login has one account; each other one is switched to.
    pub(super) async fn token(&self, id: &AccountId, used: &AtomicU64) -> Result<Credentials, Failure> {
        let login = self.login(Need::Any).await?;
        if login.current.as_ref() != Some(id) {
            return self.switch(id).await;
        }
        let refused = used.load(Ordering::Relaxed);
        let login = if login.generation <= refused { self.login(Need::After(refused)).await? } else { login };
        used.store(login.generation, Ordering::Relaxed);
        if login.current.as_ref() == Some(id) { Ok(login.credentials()) } else { self.switch(id).await }
    }

    /// Asks for a token of one account. The answer holds nothing else (Landscape documentation).
    pub(super) async fn switch(&self, id: &AccountId) -> Result<Credentials, Failure> {
        let body = Some(json!({ "account_name": id.as_str() }));
        let operation = Operation { method: Method::Post, body, ..Operation::read(&["v2", "switch-account"]) };
        let answer = match self.send(&operation).await {
            Ok(answer) => answer,
            Err(failure) => return Err(self.unreached(id, failure).await),
        };
        let token = answer.json.as_deref().and_then(Object::read).and_then(|object| object.filled("token"));
        let token = token.ok_or_else(|| answer.unreadable("the answer holds no token"))?;
        Ok(bearer(Secret::new(token.raw()), ""))
    }

    /// Why an account can't be switched to. Those with a subdomain live at a host of their own, and the vendor's own web
    /// pages offer no switch to them (their source).
    async fn unreached(&self, id: &AccountId, mut failure: Failure) -> Failure {
        let is_no = matches!(
            failure.kind,
            FailureKind::Auth | FailureKind::Forbidden | FailureKind::NotFound | FailureKind::Refused
        );
        if !is_no {
            return failure;
        }
        let login = self.login(Need::Any).await;
        let item = login.as_ref().ok().and_then(|login| login.item(id));
        let own = item.and_then(Object::read).and_then(|item| item.filled("subdomain"));
        failure.hint = Some(match (own, failure.hint) {
            (Some(subdomain), _) => format!(
                "this account lives at its own subdomain, {subdomain}: give it a connection with a base_url of its own"
            ),
            (None, Some(hint)) => hint,
            (None, None) => {
                "an account with a subdomain of its own is reached by a connection with that base_url; else it is gone \
                 or closed to this user"
                    .into()
            }
        });
        failure
    }

    /// How much of the request budget is left, where a limit is known. Asks nobody.
    pub(super) async fn budget(&self) -> Option<RequestBudget> {
        // While somebody logs in nothing is known yet.
        let entered = self.held.try_lock().ok()?.entered.clone()?;
        match entered {
            Entered::Login(login) => login.client.budget().await,
            Entered::Signed(signed) => signed.client.budget().await,
            Entered::Nobody => None,
        }
    }
}

/// A token for one account, as the source of a client's credential.
pub(super) struct AccountToken {
    id: AccountId,
    /// The login whose own token was given out last.
    used: AtomicU64,
    /// A token that was just switched to.
    ready: std::sync::Mutex<Option<Credentials>>,
}

impl AccountToken {
    /// The source for an account; `ready` is given out first.
    pub(super) fn source(entrance: &Arc<Entrance>, id: &AccountId, ready: Option<Credentials>) -> CredentialSource {
        let own = Arc::new(Self { id: id.clone(), used: AtomicU64::new(0), ready: std::sync::Mutex::new(ready) });
        let entrance = Arc::clone(entrance);
        Arc::new(move || {
            let (own, entrance) = (Arc::clone(&own), Arc::clone(&entrance));
            Box::pin(async move {
                let ready = own.ready.lock().unwrap_or_else(PoisonError::into_inner).take();
                match ready {
                    Some(credentials) => Ok(credentials),
                    None => entrance.token(&own.id, &own.used).await,
                }
            })
        })
    }
}

/// A legacy call. They stand beside the versioned API, at its folder.
pub(super) fn legacy(action: &str) -> Operation {
    Operation::read(&[]).folder().with("action", action).with("version", LEGACY)
}

/// The failure of what the REST API alone has, at a server without it.
pub(super) fn too_old() -> Failure {
    unsupported(&super::SPEC, "REST API before 24.10, and this server knows access keys by signature only")
}

/// The base URL without its version: the legacy API is at the folder above. What has none is taken for that folder.
fn above_version(given: Option<&str>) -> String {
    let text = given.unwrap_or(BASE_URL).trim().trim_end_matches('/');
    text.strip_suffix("/v2").unwrap_or(text).to_owned()
}

fn fixed(credentials: Credentials) -> CredentialSource {
    Arc::new(move || {
        let credentials = credentials.clone();
        Box::pin(async { Ok(credentials) })
    })
}

fn is_auth(result: &Result<Entered, Failure>) -> bool {
    result.as_ref().is_err_and(|failure| failure.kind == FailureKind::Auth)
}

/// Whether the server has no such call.
fn is_missing(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::NotFound | FailureKind::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legacy_api_is_above_the_version() {
        for (given, above) in [
            (None, "https://landscape.canonical.com/api"),
            (Some("https://l.example/api/v2"), "https://l.example/api"),
            (Some("https://l.example/api/v2/"), "https://l.example/api"),
            (Some("https://l.example/api/"), "https://l.example/api"),
            (Some("http://127.0.0.1:9/landscape-new/api/v2"), "http://127.0.0.1:9/landscape-new/api"),
        ] {
            assert_eq!(above_version(given), above);
        }
    }
}
