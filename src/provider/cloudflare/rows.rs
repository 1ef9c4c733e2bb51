//! From Cloudflare's rows to the program's nouns.

use serde_json::Value;
use serde_json::value::RawValue;

use super::spec::PROFILE_FIELDS;
use super::wire::{AccountRow, OrganizationRow, Text};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Organization, OrganizationId, OrganizationKey, ParentRef, Profile,
    ProviderId, RawJson, Subject, Untrusted, Values,
};

/// Makes nouns of rows that one connection sent.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a ConnectionName,
    pub(super) provider: &'a ProviderId,
}

impl Rows<'_> {
    /// An account; `None` for a row without an id, which nothing could be done with. `listed` is the organization whose
    /// listing it stands in: such rows do not say it themselves.
    pub(super) fn account(&self, raw: &RawValue, listed: Option<&OrganizationId>) -> Option<Account> {
        let row = AccountRow::read(raw);
        let id = row.id.filled()?;
        let named = parent(row.managed_by.parent_org_id, row.managed_by.parent_org_name);
        let implied = listed.map(|id| ParentRef { id: id.clone(), name: Untrusted::default() });
        Some(Account {
            key: AccountKey { connection: self.connection.clone(), id: AccountId::new(id.raw()) },
            provider: self.provider.clone(),
            name: row.name.or_empty(),
            kind: row.kind.0,
            status: None,
            // `settings.abuse_contact_email` is where abuse is reported to, not the account's own address.
            email: None,
            created_at: row.created_on.0,
            updated_at: None,
            parent: named.or(implied),
            raw: raw_json(raw),
            secrets: std::collections::BTreeMap::new(),
            has_extra: false,
        })
    }

    /// An organization; `None` for a row without an id.
    pub(super) fn organization(&self, raw: &RawValue) -> Option<Organization> {
        let row = OrganizationRow::read(raw);
        let id = row.id.filled()?;
        Some(Organization {
            key: OrganizationKey { connection: self.connection.clone(), id: OrganizationId::new(id.raw()) },
            provider: self.provider.clone(),
            name: row.name.or_empty(),
            kind: Untrusted::new("organization"),
            parent: parent(row.parent.id, row.parent.name),
            account: None,
            created_at: row.create_time.0,
            raw: Some(raw_json(raw)),
        })
    }
}

fn parent(id: Text, name: Text) -> Option<ParentRef> {
    Some(ParentRef { id: OrganizationId::new(id.filled()?.raw()), name: name.or_empty() })
}

fn raw_json(raw: &RawValue) -> RawJson {
    RawJson::of(raw)
}

/// A profile. The five fields stand first, in their order, whatever came; others follow as text. `None` stands for
/// "there is no profile yet": the same five fields, empty.
pub(super) fn profile(subject: &Subject, found: Option<&Value>) -> Profile {
    let mut values: Values = PROFILE_FIELDS
        .iter()
        .map(|field| {
            let value = found.and_then(|found| found.get(field));
            (*field, value.map(text_of).unwrap_or_default())
        })
        .collect();
    for (field, value) in found.and_then(Value::as_object).into_iter().flatten() {
        if !PROFILE_FIELDS.contains(&field.as_str()) {
            values.set(field, text_of(value));
        }
    }
    Profile { subject: subject.clone(), exists: found.is_some(), values }
}

/// A field's text: null is empty, anything but text is its JSON.
fn text_of(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_null() => String::new(),
        None => value.to_string(),
    }
}

/// The body of a profile's PUT: all five fields (Cloudflare schema: each required), and nothing else.
pub(super) fn profile_body(values: &Values) -> Value {
    PROFILE_FIELDS
        .iter()
        .map(|field| ((*field).to_owned(), Value::from(values.get(field))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rows<T>(read: impl FnOnce(Rows<'_>) -> T) -> T {
        read(Rows { connection: &ConnectionName::new("prod"), provider: &ProviderId::new("cloudflare") })
    }

    fn account(text: &str, listed: Option<&str>) -> Option<Account> {
        let listed = listed.map(OrganizationId::new);
        with_rows(|rows| rows.account(serde_json::from_str(text).unwrap(), listed.as_ref()))
    }

    #[test]
    fn both_shapes_of_an_account_know_their_parent() {
        let named =
            account(r#"{"id":"a","name":"N","managed_by":{"parent_org_id":"o","parent_org_name":"Org"}}"#, None);
        let parent = named.unwrap().parent.unwrap();
        assert_eq!((parent.id.as_str(), parent.name.raw()), ("o", "Org"));
        let listed = account(r#"{"id":"a","name":null}"#, Some("o2")).unwrap();
        assert_eq!(listed.parent.unwrap().id.as_str(), "o2");
        assert!(listed.name.is_empty());
        let alone = account(r#"{"id":"a","name":"N","managed_by":{}}"#, None);
        assert_eq!(alone.unwrap().parent, None);
    }

    #[test]
    fn the_abuse_contact_is_not_the_accounts_address() {
        let text = r#"{"id":"a","name":"N","settings":{"abuse_contact_email":"abuse@x.example"}}"#;
        let account = account(text, None).unwrap();
        assert_eq!(account.email, None);
        assert_eq!(account.raw.text(), text);
    }

    #[test]
    fn rows_without_an_id_are_none() {
        for text in ["{}", "null", "7", r#"{"id":null}"#, r#"{"id":""}"#] {
            assert_eq!(account(text, None), None, "{text}");
        }
    }

    #[test]
    fn organizations_keep_either_spelling_of_their_flags() {
        for flags in ["flags", "tenant_flags"] {
            let text = format!(
                r#"{{"id":"o","create_time":"2026-01-01T00:00:00Z","name":"O","meta":{{"{flags}":{{"account_creation":"x"}},"new":1}},"parent":{{"id":"p","name":"P"}}}}"#
            );
            let row = serde_json::from_str(&text).unwrap();
            let organization = with_rows(|rows| rows.organization(row)).unwrap();
            assert_eq!(organization.raw.unwrap().text(), text);
            assert_eq!(organization.parent.unwrap().id.as_str(), "p");
        }
        let root = serde_json::from_str(r#"{"id":"o","name":"O","parent":null}"#).unwrap();
        assert_eq!(with_rows(|rows| rows.organization(root)).unwrap().parent, None);
    }

    #[test]
    fn profiles_with_missing_null_and_extra_fields_decode() {
        let subject = Subject::Account(AccountKey { connection: ConnectionName::new("prod"), id: AccountId::new("a") });
        let found = serde_json::json!({
            "new_field": {"a": 1},
            "external_metadata": null,
            "business_name": "Acme",
            "business_phone": 5,
        });
        let profile_found = profile(&subject, Some(&found));
        let pairs: Vec<(&str, &str)> =
            profile_found.values.0.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("business_name", "Acme"),
                ("business_email", ""),
                ("business_phone", "5"),
                ("business_address", ""),
                ("external_metadata", ""),
                ("new_field", r#"{"a":1}"#),
            ]
        );
        assert_eq!(
            profile_body(&profile_found.values).to_string(),
            r#"{"business_name":"Acme","business_email":"","business_phone":"5","business_address":"","external_metadata":""}"#
        );
        let none = profile(&subject, None);
        assert!(!none.exists);
        assert_eq!(none.values.0.len(), 5);
    }
}
