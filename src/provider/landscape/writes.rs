//! Writes: the title, a new account, the first account of a new server.

use serde_json::{Value, json};

use super::entrance::AccountToken;
use super::login::silent;
use super::wire;
use super::{Landscape, SPEC, not_offered};
use crate::domain::{AccountId, Change, ChangeKind, Failure, FailureKind, RequestPreview, Secret, Subject, Untrusted};
use crate::provider::http::{Answer, Method, Operation};
use crate::provider::{Capability, Executed, Made};

/// What stands in a preview in the place of the password.
const MASKED: &str = "<secret>";

/// Why an account may not be made (Landscape documentation); the server may say it in other words, or in none.
const ONE_ACCOUNT: &str = "a server may let nobody make accounts, and nobody who has one make another: \
                           ask whoever runs it";

/// A write, ready to be sent.
enum Write<'a> {
    /// With the account's own token.
    Title(&'a AccountId, Operation),
    /// With the login's token: makes an account.
    Account(Operation),
    /// Without a token: there is no user yet.
    Standalone(Operation, &'a Secret),
}

impl Landscape {
    /// The exact request, the password masked.
    pub(super) fn previewed(&self, change: &Change) -> Result<RequestPreview, Failure> {
        let masked = Secret::new(MASKED);
        let operation = match write(change, Some(&masked))? {
            Write::Title(_, operation) | Write::Account(operation) | Write::Standalone(operation, _) => operation,
        };
        let url = self.entrance.door.endpoint().url(&operation)?;
        Ok(RequestPreview {
            method: operation.method.word().to_owned(),
            path: url.path().to_owned(),
            body: operation.body.unwrap_or(Value::Null),
        })
    }

    /// Sends a change once.
    pub(super) async fn written(&self, change: &Change) -> Result<Executed, Failure> {
        match write(change, change.secrets.get("password"))? {
            Write::Title(id, operation) => {
                let answer = self.client(id).send(&operation).await?;
                // The login's answer has the old title.
                self.entrance.forget().await;
                Ok(Executed { resent: answer.resent, request_id: answer.request_id, ..Executed::default() })
            }
            Write::Account(operation) => {
                let answer = self.entrance.send(&operation).await.map_err(|mut failure| {
                    if matches!(failure.kind, FailureKind::Refused | FailureKind::Forbidden) {
                        failure.hint = Some(ONE_ACCOUNT.into());
                    }
                    failure
                })?;
                // The token knows nothing of the new account.
                self.entrance.forget().await;
                Ok(self.made(&answer, None))
            }
            Write::Standalone(operation, password) => {
                self.expect_new_server().await?;
                let sent = self.entrance.door.send(&operation).await;
                // From now on the config's credential may be good.
                self.entrance.forget().await;
                let answer = sent.map_err(|failure| silent(failure, password))?;
                Ok(self.made(&answer, Some(password)))
            }
        }
    }

    /// The server must say itself that it has no account yet: nothing is sent on a guess.
    async fn expect_new_server(&self) -> Result<(), Failure> {
        let refused = |kind, cause: &str, hint: &str| {
            Err(Failure::new(kind, "making the standalone account", cause).with_hint(hint))
        };
        match self.entrance.has_account().await? {
            Some(false) => Ok(()),
            Some(true) => refused(
                FailureKind::Refused,
                "this server has its standalone account already; nothing was sent",
                "log in with its administrator's e-mail and password",
            ),
            None => refused(
                FailureKind::Unsupported,
                "this server is no standalone deployment, or does not say that it is new; nothing was sent",
                "only a new self-hosted server has a first account to make; elsewhere make an account after logging in",
            ),
        }
    }

    /// Keeps the reply to a creation: no call gives its fields again. A reply that can't be read is a success too.
    fn made(&self, answer: &Answer, password: Option<&Secret>) -> Executed {
        let text = answer.json.as_deref().unwrap_or_default();
        let reply = match password {
            Some(password) => wire::json_without(text, password),
            None => text.to_owned(),
        };
        let executed = Executed { resent: answer.resent, request_id: answer.request_id.clone(), ..Executed::default() };
        let Some(account) = self.rows().made(&reply) else {
            let message = "the account was made, but the answer does not name it: list the accounts to see it";
            let messages = vec![Untrusted::new(message)];
            return Executed { messages, ..executed };
        };
        self.keep_created(account.key.id.clone(), reply);
        let made = Some(Made::Account(Box::new(account)));
        Executed { made, ..executed }
    }

    /// Switches to an account and keeps its token for what is asked of it.
    pub(super) async fn switched(&self, id: &AccountId) -> Result<(), Failure> {
        let ready = self.entrance.switch(id).await?;
        let source = AccountToken::source(&self.entrance, id, Some(ready));
        self.keep_client(id, source);
        Ok(())
    }
}

/// The request of a change. `password` stands for the new administrator's: the real one or the mask.
fn write<'a>(change: &'a Change, password: Option<&'a Secret>) -> Result<Write<'a>, Failure> {
    match change.kind {
        // The title is the one thing of both: the account's own field and its profile's.
        ChangeKind::Profile | ChangeKind::UpdateAccount => {
            let Subject::Account(key) = &change.subject else {
                return Err(not_offered(Capability::WriteOrganizationProfile));
            };
            let title = filled(change, "title")?;
            // A merge patch: what is not in it stays (Landscape documentation).
            let body = Some(json!({ "title": title }));
            Ok(Write::Title(&key.id, Operation::write(Method::Patch, &["v2", "preferences"], body)))
        }
        ChangeKind::CreateAccount => {
            let body = Some(json!({ "title": filled(change, "title")? }));
            Ok(Write::Account(Operation::write(Method::Post, &["v2", "accounts"], body)))
        }
        ChangeKind::CreateStandalone => {
            let password =
                password.filter(|password| !password.expose().is_empty()).ok_or_else(|| missing("password"))?;
            let body = Some(json!({
                "email": filled(change, "email")?,
                "name": filled(change, "name")?,
                "password": password.expose(),
            }));
            Ok(Write::Standalone(Operation::write(Method::Post, &["v2", "standalone-account"], body), password))
        }
        kind @ (ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization) => Err(not_offered(Capability::of(kind, &change.subject))),
    }
}

/// What a change brings along. Nothing has to be asked for it.
pub(super) fn side_effects(change: &Change) -> Vec<String> {
    // The API deletes no accounts (Landscape documentation: it has no such call).
    const STAYS: &str = "Landscape's API deletes no accounts: what is made stays";
    let words: &[&str] = match change.kind {
        // Landscape documentation: who makes an account is its administrator.
        ChangeKind::CreateAccount => &["you become the new account's administrator", STAYS],
        // Landscape documentation: one account, made once.
        ChangeKind::CreateStandalone => {
            &["a server has one standalone account: it is made once, with its first administrator", STAYS]
        }
        ChangeKind::Profile
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => &[],
    };
    words.iter().map(|&words| words.to_owned()).collect()
}

fn filled<'a>(change: &'a Change, field: &str) -> Result<&'a str, Failure> {
    let value = change.values.get(field);
    if value.is_empty() { Err(missing(field)) } else { Ok(value) }
}

fn missing(field: &str) -> Failure {
    Failure::new(FailureKind::Refused, format!("writing to {}", SPEC.title), format!("{field} must not be empty"))
}
