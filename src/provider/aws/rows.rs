//! From AWS's rows to the program's nouns.

use serde_json::Value;
use serde_json::value::RawValue;

use super::spec::PROFILE_FIELDS;
use super::wire::{above, filled, is_root, parse, raw_json, text, time};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Organization, OrganizationId, OrganizationKey, ParentRef, Profile,
    ProviderId, Subject, Untrusted, Values,
};

/// Makes nouns of rows that one connection sent.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a ConnectionName,
    pub(super) provider: &'a ProviderId,
}

impl Rows<'_> {
    /// An account; `None` for a row without an id. `listed` is the organization whose listing it stands in; else its own
    /// paths say where it stands, if it has any.
    pub(super) fn account(&self, raw: &RawValue, listed: Option<&OrganizationId>) -> Option<Account> {
        let row = parse(raw);
        let id = filled(&row, "Id")?;
        let named = above(&row, id.raw()).and_then(|mut above| above.pop());
        Some(Account {
            key: AccountKey { connection: self.connection.clone(), id: AccountId::new(id.raw()) },
            provider: self.provider.clone(),
            name: text(row.get("Name")).unwrap_or_default(),
            kind: text(row.get("JoinedMethod")),
            status: status(&row),
            email: filled(&row, "Email"),
            created_at: time(row.get("JoinedTimestamp")),
            updated_at: None,
            parent: listed.cloned().or(named).map(parent_ref),
            raw: raw_json(raw),
            secrets: std::collections::BTreeMap::new(),
            has_extra: false,
        })
    }

    /// A root or OU of its own record; `None` for a row without an id.
    pub(super) fn organization(&self, raw: &RawValue, listed: Option<&OrganizationId>) -> Option<Organization> {
        let row = parse(raw);
        let id = filled(&row, "Id")?;
        let named = above(&row, id.raw()).and_then(|mut above| above.pop());
        Some(Organization {
            key: OrganizationKey { connection: self.connection.clone(), id: OrganizationId::new(id.raw()) },
            provider: self.provider.clone(),
            name: text(row.get("Name")).unwrap_or_default(),
            kind: Untrusted::new(kind_by_id(id.raw())),
            parent: listed.cloned().or(named).map(parent_ref),
            account: None,
            created_at: None,
            raw: Some(raw_json(raw)),
        })
    }

    /// An organization of which nothing is known but its id.
    pub(super) fn bare(&self, id: &OrganizationId) -> Organization {
        Organization {
            key: OrganizationKey { connection: self.connection.clone(), id: id.clone() },
            provider: self.provider.clone(),
            name: Untrusted::default(),
            kind: Untrusted::new(kind_by_id(id.as_str())),
            parent: None,
            account: None,
            created_at: None,
            raw: None,
        }
    }
}

/// The state. `Status` is its older form with fewer words, to be retired on 9 September 2026 (AWS announcement).
fn status(row: &Value) -> Option<Untrusted> {
    filled(row, "State").or_else(|| filled(row, "Status"))
}

pub(super) fn parent_ref(id: OrganizationId) -> ParentRef {
    ParentRef { id, name: Untrusted::default() }
}

fn kind_by_id(id: &str) -> &'static str {
    if is_root(id) { "root" } else { "ou" }
}

/// The contact information of an account: every field that is known, empty where it is not set, then what else there is.
/// It is written as a whole, so nothing of it may be lost.
pub(super) fn profile(subject: &Subject, information: Option<&Value>) -> Profile {
    let value = |field: &str| text(information?.get(field)).map(|text| text.raw().to_owned());
    let mut values: Values = PROFILE_FIELDS.iter().map(|field| (*field, value(field).unwrap_or_default())).collect();
    let more = information.and_then(Value::as_object).into_iter().flatten();
    for (name, value) in more.filter(|(name, _)| !PROFILE_FIELDS.contains(&name.as_str())) {
        if let Some(text) = text(Some(value)) {
            values.set(name.clone(), text.raw());
        }
    }
    Profile { subject: subject.clone(), exists: information.is_some(), values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rows<T>(read: impl FnOnce(Rows<'_>) -> T) -> T {
        read(Rows { connection: &ConnectionName::new("prod"), provider: &ProviderId::new("aws") })
    }

    fn account(text: &str) -> Option<Account> {
        with_rows(|rows| rows.account(serde_json::from_str(text).unwrap(), None))
    }

    #[test]
    fn the_state_goes_before_the_status_and_unknown_words_stay() {
        let status = |text: &str| account(text).unwrap().status.map(|status| status.raw().to_owned());
        assert_eq!(status(r#"{"Id":"1","State":"CLOSED","Status":"SUSPENDED"}"#).as_deref(), Some("CLOSED"));
        assert_eq!(status(r#"{"Id":"1","Status":"SUSPENDED"}"#).as_deref(), Some("SUSPENDED"));
        assert_eq!(status(r#"{"Id":"1","State":null,"Status":"ACTIVE"}"#).as_deref(), Some("ACTIVE"));
        assert_eq!(status(r#"{"Id":"1","State":"HIBERNATING"}"#).as_deref(), Some("HIBERNATING"));
        assert_eq!(status(r#"{"Id":"1"}"#), None);
    }

    #[test]
    fn no_shape_of_a_field_loses_a_row() {
        for text in [
            r#"{"Id":"1"}"#,
            r#"{"Id":"1","Name":null,"Email":null,"State":null,"JoinedMethod":null,"JoinedTimestamp":null,"Paths":null}"#,
            r#"{"Id":"1","Name":[1],"Email":{},"State":{},"JoinedMethod":[],"JoinedTimestamp":{},"Paths":[{}],"New":1}"#,
            r#"{"Id":"2","Id":"1"}"#,
        ] {
            let account = account(text).unwrap();
            assert_eq!(account.key.id.as_str(), "1");
            assert!(account.name.is_empty());
            assert_eq!((account.status, account.kind, account.created_at), (None, None, None));
            assert_eq!((account.email, account.parent), (None, None));
            assert_eq!(account.raw.text(), text);
        }
        for text in ["{}", "null", "7", "[]", r#"{"Id":null}"#, r#"{"Id":""}"#] {
            assert_eq!(account(text), None, "{text}");
        }
    }

    #[test]
    fn where_something_stands_is_what_the_listing_or_its_path_says() {
        let row = r#"{"Id":"111","Name":"A","Paths":["o-1/r-1/ou-1-a/111/"]}"#;
        let parent = |account: Account| account.parent.map(|parent| parent.id.as_str().to_owned());
        assert_eq!(parent(account(row).unwrap()).as_deref(), Some("ou-1-a"));
        let listed = OrganizationId::new("ou-1-b");
        let listed = with_rows(|rows| rows.account(serde_json::from_str(row).unwrap(), Some(&listed))).unwrap();
        assert_eq!(parent(listed).as_deref(), Some("ou-1-b"));
        let unit = r#"{"Id":"ou-1-a","Name":"U","Path":"o-1/r-1/ou-1-a/"}"#;
        let unit = with_rows(|rows| rows.organization(serde_json::from_str(unit).unwrap(), None)).unwrap();
        assert_eq!((unit.kind.raw(), unit.parent.unwrap().id.as_str()), ("ou", "r-1"));
        let root = with_rows(|rows| rows.organization(serde_json::from_str(r#"{"Id":"r-1"}"#).unwrap(), None)).unwrap();
        assert_eq!((root.kind.raw(), root.parent), ("root", None));
    }

    #[test]
    fn a_profile_has_all_its_fields_and_keeps_what_else_there_is() {
        let subject = Subject::Connection(ConnectionName::new("prod"));
        let information = serde_json::json!({"City": "Bonn", "PostalCode": 53113, "Planet": "Earth", "Odd": {}});
        let read = profile(&subject, Some(&information));
        assert!(read.exists);
        assert_eq!((read.values.get("City"), read.values.get("PostalCode")), ("Bonn", "53113"));
        assert_eq!((read.values.get("FullName"), read.values.get("Planet")), ("", "Earth"));
        assert_eq!(read.values.0.len(), PROFILE_FIELDS.len() + 1);
        let none = profile(&subject, None);
        assert!(!none.exists && none.values.0.values().all(String::is_empty));
    }
}
