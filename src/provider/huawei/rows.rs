//! From Huawei Cloud's rows to the program's nouns.

use serde_json::value::RawValue;

use super::spec::PROFILE_FIELDS;
use super::wire::{contact, filled, parse, raw_json, text};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Organization, OrganizationId, OrganizationKey, ParentRef, Profile,
    ProviderId, Subject, Untrusted,
};

/// Whether contact data was asked for. Without the flag its fields are null or missing (documented), which then does
/// not mean that they are not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    Asked,
    NotAsked,
}

impl Contact {
    /// Asked if the caller wants what is not asked by default.
    pub(super) fn of(extra: bool) -> Self {
        if extra { Self::Asked } else { Self::NotAsked }
    }
}

/// What a child in a list of entities is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Account(AccountId),
    Organization(Box<Organization>),
    /// Of a type that this version does not know.
    Unknown(Untrusted),
}

/// Makes nouns of rows that one connection sent.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a ConnectionName,
    pub(super) provider: &'a ProviderId,
}

impl Rows<'_> {
    /// An account; `None` for a row without an id. `listed` is the organization whose listing it stands in: no row says
    /// it itself.
    pub(super) fn account(
        &self,
        raw: &RawValue,
        contact_data: Contact,
        listed: Option<&OrganizationId>,
    ) -> Option<Account> {
        let row = parse(raw);
        let email = contact(&row, "email").filter(|_| contact_data == Contact::Asked);
        Some(Account {
            key: AccountKey { connection: self.connection.clone(), id: AccountId::new(filled(&row, "id")?.raw()) },
            provider: self.provider.clone(),
            name: text(row.get("name")).unwrap_or_default(),
            kind: text(row.get("join_method")),
            status: text(row.get("status")),
            email,
            created_at: text(row.get("joined_at")),
            updated_at: None,
            parent: listed.map(|id| ParentRef { id: id.clone(), name: Untrusted::default() }),
            raw: raw_json(raw),
            secrets: std::collections::BTreeMap::new(),
            has_extra: contact_data == Contact::Asked,
        })
    }

    /// A root or OU of its own record; `None` for a row without an id.
    pub(super) fn organization(&self, raw: &RawValue, kind: &str, parent: Option<ParentRef>) -> Option<Organization> {
        let row = parse(raw);
        Some(Organization {
            key: self.organization_key(filled(&row, "id")?.raw()),
            provider: self.provider.clone(),
            name: text(row.get("name")).unwrap_or_default(),
            kind: Untrusted::new(kind),
            parent,
            account: None,
            created_at: text(row.get("created_at")),
            raw: Some(raw_json(raw)),
        })
    }

    /// One of the entities directly below `parent`, or above if that is `None`; `None` without an id.
    pub(super) fn entity(&self, raw: &RawValue, parent: Option<&OrganizationId>) -> Option<Entity> {
        let row = parse(raw);
        let id = filled(&row, "id")?;
        let kind = filled(&row, "type").unwrap_or_else(|| Untrusted::new(kind_by_id(id.raw())));
        Some(match kind.raw() {
            "account" => Entity::Account(AccountId::new(id.raw())),
            ROOT | UNIT => {
                let parent = parent.map(|id| ParentRef { id: id.clone(), name: Untrusted::default() });
                Entity::Organization(Box::new(self.organization(raw, kind.raw(), parent)?))
            }
            _ => Entity::Unknown(kind),
        })
    }

    fn organization_key(&self, id: &str) -> OrganizationKey {
        OrganizationKey { connection: self.connection.clone(), id: OrganizationId::new(id) }
    }
}

/// The kind of a root, as entities call it.
pub(super) const ROOT: &str = "root";
/// The kind of an OU, as entities call it.
pub(super) const UNIT: &str = "organizational_unit";

/// Whether an id is a root's (documented: `r-` and 4 to 32 characters; an OU's begins with `ou-`).
pub(super) fn is_root(id: &str) -> bool {
    id.starts_with("r-")
}

fn kind_by_id(id: &str) -> &'static str {
    if is_root(id) {
        ROOT
    } else if id.starts_with("ou-") {
        UNIT
    } else {
        "account"
    }
}

/// The contact data of an account that was read with it. What is not set is empty.
pub(super) fn profile(subject: &Subject, raw: &RawValue) -> Profile {
    let row = parse(raw);
    let value = |field: &str| contact(&row, field).map(|text| text.raw().to_owned()).unwrap_or_default();
    let values = PROFILE_FIELDS.iter().map(|field| (*field, value(field))).collect();
    Profile { subject: subject.clone(), exists: true, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rows<T>(read: impl FnOnce(Rows<'_>) -> T) -> T {
        read(Rows { connection: &ConnectionName::new("prod"), provider: &ProviderId::new("huawei") })
    }

    fn account(text: &str, contact: Contact) -> Option<Account> {
        with_rows(|rows| rows.account(serde_json::from_str(text).unwrap(), contact, None))
    }

    #[test]
    fn contact_data_is_typed_only_if_it_was_asked_for() {
        let text = r#"{"id":"a","name":"N","email":"x@y.example"}"#;
        let asked = account(text, Contact::Asked).unwrap();
        assert_eq!(asked.email, Some(Untrusted::new("x@y.example")));
        assert!(asked.has_extra);
        let not_asked = account(text, Contact::NotAsked).unwrap();
        assert_eq!((not_asked.email, not_asked.has_extra), (None, false));
        for junk in ["null", "\"null,\"", "\"\"", "\" \"", "[]", "{}"] {
            let text = format!(r#"{{"id":"a","email":{junk}}}"#);
            let account = account(&text, Contact::Asked).unwrap();
            assert_eq!(account.email, None, "{junk}");
            assert_eq!(account.raw.text(), text);
        }
    }

    #[test]
    fn no_shape_of_a_field_loses_a_row() {
        for text in [
            r#"{"id":"a"}"#,
            r#"{"id":"a","name":null,"status":null,"join_method":null,"joined_at":null,"email":null}"#,
            r#"{"id":"a","name":[1],"status":{},"join_method":[],"joined_at":{},"extra":{"x":[1]}}"#,
            r#"{"id":"b","id":"a"}"#,
        ] {
            let account = account(text, Contact::Asked).unwrap();
            assert_eq!(account.key.id.as_str(), "a");
            assert!(account.name.is_empty());
            assert_eq!((account.status, account.kind, account.created_at), (None, None, None));
            assert_eq!(account.raw.text(), text);
        }
        let odd = account(r#"{"id":7,"name":8,"status":"hibernating","joined_at":9}"#, Contact::NotAsked).unwrap();
        assert_eq!((odd.key.id.as_str(), odd.name.raw()), ("7", "8"));
        assert_eq!(odd.status, Some(Untrusted::new("hibernating")));
        for text in ["{}", "null", "7", "[]", r#"{"id":null}"#, r#"{"id":""}"#] {
            assert_eq!(account(text, Contact::NotAsked), None, "{text}");
        }
    }

    #[test]
    fn entities_are_told_apart_by_type_and_else_by_id() {
        let parent = OrganizationId::new("r-1");
        let read = |text: &str| with_rows(|rows| rows.entity(serde_json::from_str(text).unwrap(), Some(&parent)));
        let account = Some(Entity::Account(AccountId::new("ou-odd")));
        assert_eq!(read(r#"{"id":"ou-odd","name":"A","type":"account"}"#), account);
        assert_eq!(read(r#"{"id":"aa","name":"A"}"#), Some(Entity::Account(AccountId::new("aa"))));
        for text in
            [r#"{"id":"ou-1","name":"A","type":"organizational_unit"}"#, r#"{"id":"ou-1","name":"A","type":null}"#]
        {
            let Some(Entity::Organization(organization)) = read(text) else { panic!("{text}") };
            assert_eq!((organization.key.id.as_str(), organization.kind.raw()), ("ou-1", UNIT));
            assert_eq!(organization.parent.unwrap().id, parent);
            assert_eq!(organization.raw.unwrap().text(), text);
        }
        assert_eq!(read(r#"{"id":"x","type":"galaxy"}"#), Some(Entity::Unknown(Untrusted::new("galaxy"))));
        assert_eq!(read(r#"{"name":"A"}"#), None);
    }

    #[test]
    fn a_profile_has_its_three_fields_whatever_came() {
        let subject = Subject::Connection(ConnectionName::new("prod"));
        for (text, expected) in [
            ("{}", ["", "", ""]),
            (r#"{"mobile_phone":"null,","intl_number_prefix":"null,","email":null}"#, ["", "", ""]),
            (
                r#"{"mobile_phone":138,"intl_number_prefix":"0086","email":"a@b.example"}"#,
                ["138", "0086", "a@b.example"],
            ),
        ] {
            let profile = profile(&subject, serde_json::from_str(text).unwrap());
            assert!(profile.exists);
            assert_eq!(profile.values.0.values().collect::<Vec<_>>(), expected);
        }
    }
}
