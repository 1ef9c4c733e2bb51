//! The account service: contact information, alternate contacts, names; and what a record is completed with when it is
//! asked for in full.

use futures::future::join;
use serde_json::{Map, Value, json};

use super::refusal::NOT_SET;
use super::rows;
use super::spec::{CONTACT_KINDS, CONTACTS, MESSAGES, TAGS};
use super::wire::{Envelope, filled, next_token, parse};
use super::writes::of_account;
use super::{Aws, Told, account_call, organizations_call};
use crate::domain::{Account, AccountId, AccountKey, Failure, FailureKind, Profile, RawJson, Subject};

/// Pages of tags that are followed: an account has at most 50 tags (AWS documentation).
const TAG_PAGES: usize = 10;

impl Aws {
    /// The organization's management account, if this account is it: its own contacts are asked for without its id, which
    /// the service takes for the key's own account (AWS documentation). That they are the same is made sure of: a
    /// delegated administrator would read and write its own contacts instead.
    ///
    /// # Errors
    /// The failure of asking; `Forbidden` if the key is another account's.
    pub(super) async fn own(&self, id: &AccountId) -> Result<Option<AccountId>, Failure> {
        let management = self.management().await?.filter(|management| management == id);
        let Some(management) = management else { return Ok(None) };
        match self.caller().await? {
            Some(caller) if caller != management => {
                let cause = format!(
                    "the management account's names and contacts are its own to read and write, and this key is of account {caller}"
                );
                let failure = Failure::new(FailureKind::Forbidden, format!("account {id}"), cause);
                Err(failure.with_hint("use a key of the management account"))
            }
            Some(_) | None => Ok(Some(management)),
        }
    }

    /// The account of the key; `None` where the server does not say.
    async fn caller(&self) -> Result<Option<AccountId>, Failure> {
        let known = self.known().caller.clone();
        if let Told::As(caller) = known {
            return Ok(caller);
        }
        let caller = match self.account_service.send(&account_call("getAccountInformation", json!({}))).await {
            Ok(answer) => Envelope::read(answer.json.as_deref()).filled("AccountId").map(|id| AccountId::new(id.raw())),
            // A server that is not AWS's may have no such call.
            Err(failure)
                if matches!(
                    failure.kind,
                    FailureKind::Unsupported | FailureKind::NotFound | FailureKind::Unreadable
                ) =>
            {
                None
            }
            Err(failure) => return Err(failure),
        };
        self.known().caller = Told::As(caller.clone());
        Ok(caller)
    }

    /// An account's contact information.
    pub(super) async fn contact_information(&self, subject: &Subject, key: &AccountKey) -> Result<Profile, Failure> {
        let body = of_account(key, self.own(&key.id).await?.as_ref());
        let answer = match self.account_service.send(&account_call("getContactInformation", body)).await {
            Ok(answer) => answer,
            Err(failure) if is_not_set(&failure) => return Ok(rows::profile(subject, None)),
            Err(failure) => return Err(failure),
        };
        let information = Envelope::read(answer.json.as_deref()).one("ContactInformation").map(parse);
        let information = information.ok_or_else(|| answer.unreadable("the answer holds no ContactInformation"))?;
        Ok(rows::profile(subject, Some(&information)))
    }

    /// The record with what is not asked by default. What of it can't be had is null, and says why; the rest is there.
    pub(super) async fn in_full(&self, account: Account) -> Account {
        let (contacts, tags) = join(self.contacts(&account.key), self.tags(&account.key.id)).await;
        let mut messages = Vec::new();
        let mut part = |name: &str, result: Result<Value, Failure>| {
            result.unwrap_or_else(|failure| {
                messages.push(format!("{name}: {failure}"));
                Value::Null
            })
        };
        let mut parts = vec![(CONTACTS, part("alternate contacts", contacts)), (TAGS, part("tags", tags))];
        if !messages.is_empty() {
            parts.push((MESSAGES, messages.into()));
        }
        Account { raw: with_parts(&account.raw, &parts), has_extra: true, ..account }
    }

    async fn contacts(&self, key: &AccountKey) -> Result<Value, Failure> {
        let body = of_account(key, self.own(&key.id).await?.as_ref());
        let mut contacts = Map::new();
        for kind in CONTACT_KINDS {
            let mut body = body.clone();
            body["AlternateContactType"] = kind.into();
            let contact = match self.account_service.send(&account_call("getAlternateContact", body)).await {
                Ok(answer) => {
                    let contact = Envelope::read(answer.json.as_deref()).one("AlternateContact").map(parse);
                    contact.ok_or_else(|| answer.unreadable("the answer holds no AlternateContact"))?
                }
                Err(failure) if is_not_set(&failure) => Value::Null,
                Err(failure) => return Err(failure),
            };
            contacts.insert(kind.to_owned(), contact);
        }
        Ok(contacts.into())
    }

    /// The tags as one object, so that a filter can name them.
    async fn tags(&self, id: &AccountId) -> Result<Value, Failure> {
        let mut tags = Map::new();
        let mut token: Option<String> = None;
        for _ in 0..TAG_PAGES {
            let mut body = json!({"ResourceId": id.as_str()});
            if let Some(token) = &token {
                body["NextToken"] = token.as_str().into();
            }
            let answer = self.organizations.send(&organizations_call("ListTagsForResource", body)).await?;
            let envelope = Envelope::read(answer.json.as_deref());
            let rows = envelope.rows(TAGS).ok_or_else(|| answer.unreadable("the answer holds no list of Tags"))?;
            for row in rows.into_iter().map(parse) {
                if let Some(key) = filled(&row, "Key") {
                    let value = row.get("Value").cloned().unwrap_or(Value::Null);
                    tags.insert(key.raw().to_owned(), value);
                }
            }
            token = next_token(&envelope);
            if token.is_none() {
                break;
            }
        }
        Ok(if tags.is_empty() { Value::Array(Vec::new()) } else { tags.into() })
    }
}

/// Whether there simply is none.
fn is_not_set(failure: &Failure) -> bool {
    failure.items.iter().any(|item| item.code.as_ref().is_some_and(|code| code.raw() == NOT_SET))
}

/// A record as it came, with more members behind its own.
fn with_parts(record: &RawJson, parts: &[(&str, Value)]) -> RawJson {
    let own = record.text().trim_end();
    let head = own.strip_suffix('}').unwrap_or("{").trim_end();
    let more: Vec<String> = parts.iter().map(|(name, value)| format!("{}:{value}", Value::from(*name))).collect();
    let between = if head.ends_with('{') { "" } else { "," };
    RawJson::parse(&format!("{head}{between}{}}}", more.join(","))).unwrap_or_else(|_| record.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_its_own_members_as_they_came() {
        let parts = [(TAGS, json!({"env": "prod"})), (CONTACTS, Value::Null)];
        for (own, whole) in [
            (
                r#"{"Id":"1", "JoinedTimestamp":1.5E9 }"#,
                r#"{"Id":"1", "JoinedTimestamp":1.5E9,"Tags":{"env":"prod"},"AlternateContacts":null}"#,
            ),
            ("{}", r#"{"Tags":{"env":"prod"},"AlternateContacts":null}"#),
            ("{ }", r#"{"Tags":{"env":"prod"},"AlternateContacts":null}"#),
        ] {
            assert_eq!(with_parts(&RawJson::parse(own).unwrap(), &parts).text(), whole, "{own}");
        }
    }
}
