//! Logging in: what the config's credential is, what a login gives, and how its refusal reads.

use std::sync::atomic::AtomicBool;

use serde_json::json;

use super::dialect::TOKEN;
use super::wire::{self, Object};
use crate::domain::{AccountId, Credentials, Failure, FailureKind, Moment, Secret, Untrusted};
use crate::provider::http::{Answer, Client, Method, Operation};

/// Which kind of credential the config gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// `email` and `password`
    Email,
    /// `identity` and `password`: by PAM (Landscape documentation).
    Identity,
    /// `access_key` and `secret_key`: the only way for programs where people sign in by single sign-on, from 24.10 on
    /// (Landscape documentation).
    AccessKey,
    /// None: a new self-hosted server has no user yet.
    Nothing,
}

impl Given {
    /// The kind that was given.
    pub(super) fn of(credentials: &Credentials) -> Self {
        let has = |field: &str| credentials.get(field).is_some_and(|value| !value.expose().is_empty());
        if has("access_key") {
            Self::AccessKey
        } else if has("email") {
            Self::Email
        } else if has("identity") {
            Self::Identity
        } else {
            Self::Nothing
        }
    }

    /// The kind in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Email => "e-mail and password",
            Self::Identity => "identity and password",
            Self::AccessKey => "access key",
            Self::Nothing => "no credential",
        }
    }

    /// The field that names the user, and the one that is secret.
    fn fields(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Email => Some(["email", "password"]),
            Self::Identity => Some(["identity", "password"]),
            Self::AccessKey => Some(["access_key", "secret_key"]),
            Self::Nothing => None,
        }
    }

    /// Who it names.
    pub(super) fn user(self, credentials: &Credentials) -> Untrusted {
        let name = self.fields().and_then(|[user, _]| credentials.get(user));
        Untrusted::new(name.map_or("", Secret::expose))
    }

    /// The request that logs in: a read, though a POST. Its body holds the secret; a refusal is an answer, so that no
    /// wrong password is sent twice.
    pub(super) fn request(self, credentials: &Credentials) -> Option<Operation> {
        let [user, secret] = self.fields()?;
        let value = |field: &str| credentials.get(field).map_or("", Secret::expose);
        let path: &[&str] = if self == Self::AccessKey { &["v2", "login", "access-key"] } else { &["v2", "login"] };
        let body = json!({ user: value(user), secret: value(secret) });
        Some(Operation { method: Method::Post, body: Some(body), ..Operation::read(path) }.probing())
    }

    /// The failure with the words of this kind of credential, and without a secret that the server repeated.
    pub(super) fn explain(self, failure: Failure, credentials: &Credentials) -> Failure {
        let secret = self.fields().and_then(|[_, secret]| credentials.get(secret));
        let mut failure = match secret {
            Some(secret) => silent(failure, secret),
            None => failure,
        };
        if failure.kind == FailureKind::Auth {
            let source = &credentials.source;
            let from = if source.is_empty() { String::new() } else { format!(" (from {source})") };
            failure.cause = format!("Landscape does not accept this {}{from}", self.words());
            failure.hint = Some(match self {
                Self::AccessKey => {
                    "an access key is shown once, under API credentials; regenerating it ends the old one".into()
                }
                Self::Email | Self::Identity | Self::Nothing => {
                    "check it; where people sign in by single sign-on only access_key and secret_key work here".into()
                }
            });
        } else if failure.kind == FailureKind::NotFound {
            failure.cause = "there is no login here: the REST API needs Landscape 24.04 or newer".into();
            failure.hint = Some(match self {
                Self::AccessKey => "is base_url right? it ends in /api/v2".into(),
                Self::Email | Self::Identity | Self::Nothing => {
                    "is base_url right? it ends in /api/v2. An older server takes access_key and secret_key".into()
                }
            });
        }
        failure
    }
}

/// The failure without a secret that the server repeated in its words.
pub(super) fn silent(mut failure: Failure, secret: &Secret) -> Failure {
    failure.cause = wire::without(&failure.cause, secret);
    failure.hint = failure.hint.map(|hint| wire::without(&hint, secret));
    for item in &mut failure.items {
        item.message = Untrusted::from(wire::without(item.message.raw(), secret));
        item.code = item.code.as_ref().map(|code| Untrusted::from(wire::without(code.raw(), secret)));
    }
    failure
}

/// The failure of a connection without a credential: nothing is there yet at a new server, and any other one needs a
/// credential. `has_account` is what the server said; `None` if it is none that has a standalone account.
pub(super) fn nobody(has_account: Option<bool>) -> Failure {
    let (kind, cause) = match has_account {
        Some(false) => {
            let cause = "this new self-hosted server has no account yet";
            return Failure::new(FailureKind::NotFound, "looking for an account", cause)
                .with_hint("create its standalone account first");
        }
        Some(true) => (FailureKind::Auth, "this server has its account, and the connection has no credential"),
        None => (FailureKind::Auth, "the connection has no credential, and the server does not say that it is new"),
    };
    Failure::new(kind, "logging in to Landscape", cause)
        .with_hint("give the connection email and password, identity and password, or access_key and secret_key")
}

/// A login as the server answered it.
pub(super) struct Login {
    /// Counts logins, from 1.
    pub(super) generation: u64,
    /// When.
    pub(super) at: Moment,
    /// Whose it is: an e-mail address; empty where the server says none.
    pub(super) email: Untrusted,
    /// Where the credential came from.
    pub(super) source: String,
    /// The token; bound to [`Login::current`].
    token: Secret,
    /// The account that the token is bound to, if the server says it.
    pub(super) current: Option<AccountId>,
    /// The accounts, each as it came.
    pub(super) accounts: Vec<String>,
    /// Sends with the token.
    pub(super) client: Client,
    /// Whether somebody was given its accounts as a listing.
    pub(super) is_listed: AtomicBool,
}

/// What a login's answer holds, before there is a client for it.
pub(super) struct Entry {
    email: Untrusted,
    token: Secret,
    current: Option<AccountId>,
    accounts: Vec<String>,
}

impl Entry {
    /// Reads an answer. No failure repeats any of it.
    pub(super) fn read(answer: &Answer) -> Result<Self, Failure> {
        let object = answer.json.as_deref().and_then(Object::read);
        let object = object.ok_or_else(|| answer.unreadable("the login's answer is no object"))?;
        let token = object.filled("token").ok_or_else(|| {
            answer
                .unreadable("the login's answer holds no token")
                .with_hint("does this user have to finish signing in on the web page?")
        })?;
        let accounts = object.list("accounts").unwrap_or_default();
        Ok(Self {
            email: object.text("email").unwrap_or_default(),
            token: Secret::new(token.raw()),
            current: object.filled("current_account").map(|name| AccountId::new(name.raw())),
            accounts: accounts.into_iter().map(str::to_owned).collect(),
        })
    }

    /// The token as a credential.
    pub(super) fn credentials(&self, source: &str) -> Credentials {
        bearer(self.token.clone(), source)
    }

    /// The login itself.
    pub(super) fn open(self, generation: u64, at: Moment, source: &str, client: Client) -> Login {
        Login {
            generation,
            at,
            email: self.email,
            source: source.to_owned(),
            token: self.token,
            current: self.current,
            accounts: self.accounts,
            client,
            is_listed: AtomicBool::new(false),
        }
    }
}

impl Login {
    /// The token as a credential.
    pub(super) fn credentials(&self) -> Credentials {
        bearer(self.token.clone(), &self.source)
    }

    /// What it says of an account.
    pub(super) fn item(&self, id: &AccountId) -> Option<&str> {
        let is_it = |item: &&String| {
            let name = Object::read(item).and_then(|object| object.filled("name"));
            name.is_some_and(|name| name.raw() == id.as_str())
        };
        self.accounts.iter().find(is_it).map(String::as_str)
    }
}

/// A token as the credential that [`super::dialect::Way::Token`] sends.
pub(super) fn bearer(token: Secret, source: &str) -> Credentials {
    Credentials { fields: [(TOKEN.to_owned(), token)].into(), source: source.to_owned(), expires: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-5f3a";

    fn credentials(fields: &[(&str, &str)]) -> Credentials {
        Credentials {
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect(),
            source: "a test".into(),
            expires: None,
        }
    }

    #[test]
    fn each_set_logs_in_its_own_way() {
        for (fields, given, path, body) in [
            (
                &[("email", "e@x.example"), ("password", "p")][..],
                Given::Email,
                "POST /v2/login",
                json!({"email": "e@x.example", "password": "p"}),
            ),
            (
                &[("identity", "joan"), ("password", "p")],
                Given::Identity,
                "POST /v2/login",
                json!({"identity": "joan", "password": "p"}),
            ),
            (
                &[("access_key", "A"), ("secret_key", "s")],
                Given::AccessKey,
                "POST /v2/login/access-key",
                json!({"access_key": "A", "secret_key": "s"}),
            ),
        ] {
            let credentials = credentials(fields);
            assert_eq!(Given::of(&credentials), given);
            assert_eq!(given.user(&credentials).raw(), fields[0].1);
            let operation = given.request(&credentials).unwrap();
            assert_eq!((operation.what(), operation.body), (path.to_owned(), Some(body)));
            assert!(operation.is_probe);
        }
        assert_eq!(Given::of(&credentials(&[])), Given::Nothing);
        assert!(Given::Nothing.request(&credentials(&[])).is_none());
    }

    #[test]
    fn the_password_is_in_no_debug_text_and_no_failure() {
        let credentials = credentials(&[("email", "e@x.example"), ("password", CANARY)]);
        let operation = Given::Email.request(&credentials).unwrap();
        assert!(!format!("{operation:?} {}", operation.what()).contains(CANARY));
        for kind in [FailureKind::Auth, FailureKind::NotFound, FailureKind::Server] {
            let mut failure = Failure::new(kind, "POST /v2/login", format!("wrong: {CANARY}"));
            failure.items = vec![crate::domain::FailureItem {
                message: Untrusted::from(format!("{CANARY} is wrong")),
                code: Some(Untrusted::new(CANARY)),
                ..crate::domain::FailureItem::default()
            }];
            let failure = Given::Email.explain(failure, &credentials);
            assert!(!format!("{failure:?} {failure}").contains(CANARY), "{failure:?}");
        }
    }

    #[test]
    fn an_entry_needs_a_token_and_nothing_else() {
        let read = |json: &str| {
            let answer = Answer {
                status: 200,
                json: Some(json.to_owned()),
                content_type: "application/json".into(),
                code: None,
                request_id: None,
                notices: Vec::new(),
                what: "POST /v2/login".into(),
                resent: 0,
            };
            Entry::read(&answer)
        };
        let entry = read(r#"{"token":"t","accounts":{"odd":1},"current_account":"","email":null}"#)
            .unwrap_or_else(|_| panic!());
        assert!(entry.accounts.is_empty() && entry.current.is_none() && entry.email.is_empty());
        for none in ["{}", r#"{"token":null}"#, r#"{"token":""}"#, "[]", "\"canary-5f3a\""] {
            let failure = read(none).map(|_| ()).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unreadable);
            assert!(!format!("{failure:?}").contains(CANARY));
        }
    }
}
