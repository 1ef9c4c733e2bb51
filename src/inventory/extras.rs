//! What is not asked by default (contact data, tags, servers) costs requests of its own: what came of it once is kept while
//! later records say nothing of it.

use std::sync::{Arc, LazyLock};

use serde_json::Value;
use serde_json::value::RawValue;

use super::disk::StoredFact;
use super::store::State;
use crate::domain::{Account, Moment, RawJson, members};
use crate::provider::{DetailField, UNREAD, registry};

/// The members of a provider's records that come only when they are asked for.
pub(super) fn extras(provider: &str) -> &'static [&'static str] {
    static EXTRAS: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
        let of = |details: &'static [DetailField]| {
            let mut names: Vec<&'static str> = Vec::new();
            for detail in details.iter().filter(|detail| detail.is_extra) {
                let name = detail.path.split('.').next().unwrap_or(detail.path);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        registry().iter().map(|kind| (kind.spec.facts.id, of(kind.spec.details))).collect()
    });
    EXTRAS.iter().find(|(id, _)| *id == provider).map_or(&[], |(_, names)| names.as_slice())
}

impl State {
    /// A record came with what is not asked by default: its time is its own, whatever later records say of the rest. Where
    /// not all of that could be read, what is kept of it is as old as it was.
    pub(super) fn heard_extra(&mut self, account: &Account, at: Moment) {
        let is_part = account.raw.slice(UNREAD).is_some() && self.work.extras.contains_key(&account.key);
        if account.has_extra && !is_part {
            Arc::make_mut(&mut self.work.extras).insert(account.key.clone(), at);
            self.keep_fact(&account.key.connection, || StoredFact::Extra(account.key.id.clone(), at));
        }
    }
}

/// Whether a record leaves out what an earlier one may say: it was not asked for in full, or not all of it could be read.
pub(super) fn is_wanting(later: &Account) -> bool {
    !later.has_extra || later.raw.slice(UNREAD).is_some()
}

/// Completes a record that was not asked for in full, or could not be read in full, with what an earlier one says that
/// was.
pub(super) fn keep(later: &mut Account, earlier: &Account) {
    let names = extras(later.provider.as_str());
    if !is_wanting(later) || !earlier.has_extra || names.is_empty() {
        return;
    }
    let is_asked = later.has_extra;
    let (Some(own), Some(known)) = (members(later.raw.text()), members(earlier.raw.text())) else { return };
    let is_unread = |value: &RawValue| if is_asked { value.get().trim() == "null" } else { is_silent(value) };
    let is_kept = |name: &str, value: &RawValue| names.contains(&name) && !is_unread(value);
    // What could not be read then is no matter where it was asked for again.
    let is_known = |name: &&str| names.contains(name) && (*name != UNREAD || !is_asked);
    let known: Vec<(&str, &RawValue)> =
        known.iter().map(|(name, value)| (&**name, *value)).filter(|(name, _)| is_known(name)).collect();
    let find = |name: &str| known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let mut all: Vec<(&str, &RawValue)> = Vec::with_capacity(own.len() + known.len());
    for (name, value) in &own {
        let value = if is_kept(name, value) { value } else { find(name).unwrap_or(value) };
        all.push((name, value));
    }
    let new = known.iter().filter(|(name, _)| !own.iter().any(|(own, _)| own == name));
    all.extend(new.copied());
    if all.len() != own.len() || all.iter().zip(&own).any(|((_, one), (_, other))| one.get() != other.get()) {
        let texts: Vec<String> = all.iter().map(|(name, value)| format!("{}:{value}", Value::from(*name))).collect();
        // Made of the members of two well-formed objects, so this cannot fail.
        if let Ok(raw) = RawJson::parse(&format!("{{{}}}", texts.join(","))) {
            later.raw = raw;
        }
    }
    if !is_asked && later.email.is_none() && names.contains(&"email") {
        later.email.clone_from(&earlier.email);
    }
    later.has_extra = true;
}

/// What providers write where nobody asked: nothing, or what Huawei's documents show instead.
fn is_silent(value: &RawValue) -> bool {
    matches!(value.get().trim(), "null" | "\"\"" | "\"null\"" | "\"null,\"" | "[]" | "{}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountId, AccountKey, ConnectionName, ProviderId, Untrusted};

    fn account(provider: &str, raw: &str, has_extra: bool) -> Account {
        Account {
            key: AccountKey { connection: ConnectionName::new("prod"), id: AccountId::new("1") },
            provider: ProviderId::new(provider),
            name: Untrusted::new("One"),
            kind: None,
            status: None,
            email: None,
            created_at: None,
            updated_at: None,
            parent: None,
            raw: RawJson::parse(raw).unwrap(),
            secrets: std::collections::BTreeMap::new(),
            has_extra,
        }
    }

    #[test]
    fn what_was_asked_for_stays_until_it_is_asked_for_again() {
        let kept = |provider: &str, earlier: &str, later: (&str, bool)| {
            let mut account_later = account(provider, later.0, later.1);
            keep(&mut account_later, &account(provider, earlier, true));
            assert!(account_later.has_extra);
            account_later.raw.text().to_owned()
        };
        let full = r#"{"Id":"1","Name":"A","AlternateContacts":{"BILLING":null},"Tags":{"env":"prod"}}"#;
        let later = r#"{"Id":"1","Name":"B"}"#;
        let both = full.replace("\"A\"", "\"B\"");
        assert_eq!(kept("aws", full, (later, false)), both);
        assert_eq!(kept("aws", full, (&both, false)), both);
        assert_eq!(kept("aws", full, (r#"{"Id":"1","Tags":[]}"#, true)), r#"{"Id":"1","Tags":[]}"#, "asked again");
        assert_eq!(
            kept("aws", full, (r#"{"Id":"1","AlternateContacts":null,"Tags":[],"Messages":["refused"]}"#, true)),
            r#"{"Id":"1","AlternateContacts":{"BILLING":null},"Tags":[],"Messages":["refused"]}"#,
            "what could not be read is as it was"
        );
        assert_eq!(
            kept("aws", r#"{"AlternateContacts":null,"Tags":{"a":"b"},"Messages":["refused"]}"#, (later, false)),
            r#"{"Id":"1","Name":"B","AlternateContacts":null,"Tags":{"a":"b"},"Messages":["refused"]}"#
        );
        let huawei = r#"{"id":"1","email":"a@b.example","name":"x"}"#;
        assert_eq!(
            kept("huawei", huawei, (r#"{"id":"1","email":null,"name":"y"}"#, false)),
            huawei.replace("\"x\"", "\"y\"")
        );
        assert_eq!(
            kept("huawei", huawei, (r#"{"id":"1","email":"n@e.w","name":"x"}"#, false)),
            huawei.replace("a@b.example", "n@e.w")
        );
    }

    #[test]
    fn nothing_is_made_up_where_nothing_was_asked_for() {
        let mut later = account("aws", r#"{"Id":"1"}"#, false);
        keep(&mut later, &account("aws", r#"{"Id":"1","Tags":{"a":"b"}}"#, false));
        assert_eq!((later.raw.text(), later.has_extra), (r#"{"Id":"1"}"#, false));
        let mut later = account("cloudflare", r#"{"id":"1"}"#, false);
        keep(&mut later, &account("cloudflare", r#"{"id":"1","Tags":{}}"#, true));
        assert_eq!(later.raw.text(), r#"{"id":"1"}"#);
    }
}
