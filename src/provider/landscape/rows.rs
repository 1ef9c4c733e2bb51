//! From Landscape's rows to the program's nouns.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::wire::{Assembly, Object, scalar};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Organization, OrganizationId, OrganizationKey, ParentRef, Profile,
    ProviderId, RawJson, Subject, Untrusted, Values,
};

/// The access group that every account begins with (Landscape documentation).
pub(super) const ROOT: &str = "global";

/// Under which the login's own item stands in an account's record.
pub(super) const LOGIN: &str = "login";

/// Under which the reply to an account's creation stands: no call gives those fields again, and they grow old.
pub(super) const CREATED: &str = "as_of_creation";

/// Under which the account's title stands once more, by the name that it is written by: from the preferences where they
/// were read, else from the login.
pub(super) const TITLE: &str = "title";

/// Makes nouns of rows that one connection sent.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a ConnectionName,
    pub(super) provider: &'a ProviderId,
}

impl Rows<'_> {
    /// The account of a login's item; `None` for an item without a name, which is what everything else asks by.
    /// `created`: the reply to its creation, if it was made in this session.
    pub(super) fn account(&self, item: &str, created: Option<&str>) -> Option<Account> {
        let object = Object::read(item)?;
        let name = object.filled("name")?;
        let kind = if object.flag("default") == Some(true) {
            Some(Untrusted::new("default"))
        } else {
            object.filled("subdomain").map(|_| Untrusted::new("subdomain"))
        };
        let mut assembly = Assembly::default();
        assembly.put(LOGIN, item);
        if let Some(created) = created {
            assembly.put(CREATED, created);
        }
        if let Some(title) = object.raw("title") {
            assembly.put(TITLE, title);
        }
        let title = object.filled("title").unwrap_or_else(|| name.clone());
        let known = Known { id: AccountId::new(name.raw()), title, kind, created };
        Some(self.assembled(known, assembly))
    }

    /// An account whose record is put together.
    pub(super) fn assembled(&self, known: Known<'_>, assembly: Assembly) -> Account {
        let (raw, secrets) = assembly.finish();
        let created_at = known.created.and_then(Object::read).and_then(|reply| reply.text("creation_time"));
        Account {
            key: AccountKey { connection: self.connection.clone(), id: known.id },
            provider: self.provider.clone(),
            name: known.title,
            kind: known.kind,
            status: None,
            email: None,
            created_at,
            updated_at: None,
            parent: None,
            raw,
            secrets,
            has_extra: false,
        }
    }

    /// The account of a creation's reply, whose words for name and title are `account` and `company`.
    pub(super) fn made(&self, reply: &str) -> Option<Account> {
        let object = Object::read(reply)?;
        let id = object.filled("account")?;
        let title = object.filled("company").unwrap_or_else(|| id.clone());
        let mut assembly = Assembly::default();
        assembly.put(CREATED, reply);
        if let Some(title) = object.raw("company") {
            assembly.put(TITLE, title);
        }
        let known = Known { id: AccountId::new(id.raw()), title, kind: None, created: Some(reply) };
        Some(self.assembled(known, assembly))
    }

    /// The one account of an access key that signs: no legacy call names it.
    pub(super) fn unnamed(&self, key: &Untrusted) -> Account {
        let mut assembly = Assembly::default();
        assembly.say("access_key", &Value::from(key.raw()));
        let known = Known {
            id: AccountId::new(key.raw()),
            title: key.clone(),
            kind: Some(Untrusted::new("access key")),
            created: None,
        };
        self.assembled(known, assembly)
    }

    /// The access group that all others of an account are below, as it is known before anybody asks. It has its account's
    /// name: side by side they would all have the same one.
    pub(super) fn root(&self, account: &AccountId, title: &Untrusted) -> Organization {
        self.group(account, ROOT, title.clone(), None, None)
    }

    fn group(
        &self,
        account: &AccountId,
        name: &str,
        title: Untrusted,
        parent: Option<&str>,
        raw: Option<RawJson>,
    ) -> Organization {
        Organization {
            key: OrganizationKey { connection: self.connection.clone(), id: group_id(account, name) },
            provider: self.provider.clone(),
            name: title,
            kind: Untrusted::new("access group"),
            parent: parent.map(|parent| ParentRef { id: group_id(account, parent), name: Untrusted::default() }),
            account: Some(account.clone()),
            created_at: None,
            raw,
        }
    }

    /// An access group as the server sent it.
    pub(super) fn sent(
        &self,
        account: &AccountId,
        account_title: &Untrusted,
        group: &Group<'_>,
        raw: RawJson,
    ) -> Organization {
        let title = if group.name.raw() == ROOT {
            account_title.clone()
        } else {
            group.title.clone().unwrap_or_else(|| group.name.clone())
        };
        let parent = group.parent.as_ref().map(Untrusted::raw);
        self.group(account, group.name.raw(), title, parent, Some(raw))
    }
}

/// What is known of an account beside its record.
pub(super) struct Known<'a> {
    pub(super) id: AccountId,
    pub(super) title: Untrusted,
    pub(super) kind: Option<Untrusted>,
    pub(super) created: Option<&'a str>,
}

/// An access group's id: its name is unique in its account only.
pub(super) fn group_id(account: &AccountId, name: &str) -> OrganizationId {
    OrganizationId::new(format!("{}/{name}", account.as_str()))
}

/// Account and group name of an access group's id.
pub(super) fn split(id: &OrganizationId) -> Option<(AccountId, &str)> {
    let (account, name) = id.as_str().split_once('/')?;
    (!account.is_empty() && !name.is_empty()).then(|| (AccountId::new(account), name))
}

/// One access group.
pub(super) struct Group<'a> {
    pub(super) name: Untrusted,
    /// `None` where it is empty.
    pub(super) title: Option<Untrusted>,
    /// `None` for a root. `children` is not read: it is a text with commas that leaves some out (Landscape's own mocks).
    parent: Option<Untrusted>,
    pub(super) text: &'a str,
}

impl<'a> Group<'a> {
    /// Reads one; `None` without a name.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let object = Object::read(text)?;
        Some(Self {
            name: object.filled("name")?,
            title: object.filled("title"),
            parent: object.filled("parent"),
            text,
        })
    }

    /// Its record, with more members behind its own.
    pub(super) fn raw(&self, more: &[(&str, Value)]) -> RawJson {
        let mut assembly = Assembly::default();
        let own = Object::read(self.text);
        for (key, text) in own.iter().flat_map(Object::members) {
            assembly.put(key, text);
        }
        for (key, value) in more {
            if own.as_ref().is_none_or(|own| own.raw(key).is_none()) {
                assembly.say(key, value);
            }
        }
        assembly.finish().0
    }
}

/// Those of the groups that stand below one, at any depth. The root has all others below it, also those whose parents
/// lead nowhere or in a circle: they would be seen nowhere else.
pub(super) fn below<'g, 'a>(groups: &'g [Group<'a>], name: &str) -> Vec<&'g Group<'a>> {
    let others = groups.iter().filter(|group| group.name.raw() != name);
    if name == ROOT {
        return others.collect();
    }
    let parents: HashMap<&str, &str> =
        groups.iter().filter_map(|group| Some((group.name.raw(), group.parent.as_ref()?.raw()))).collect();
    let is_below = |group: &&Group<'_>| {
        let mut been = HashSet::new();
        let mut at = group.name.raw();
        while been.insert(at) {
            match parents.get(at) {
                Some(parent) if *parent == name => return true,
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    };
    others.filter(is_below).collect()
}

/// The preferences as a profile: the title first, then the rest as text. The registration password is not among them: a
/// profile is kept in places where no secret may be.
pub(super) fn profile(subject: &Subject, preferences: &Object<'_>) -> Profile {
    let mut values = Values::default();
    values.set("title", preferences.text("title").unwrap_or_default().raw());
    for (key, text) in preferences.members() {
        if key != "title" && key != "registration_password" {
            let text = if text == "null" { String::new() } else { scalar(text).unwrap_or_else(|| text.to_owned()) };
            values.set(key, text);
        }
    }
    Profile { subject: subject.clone(), exists: true, values }
}

/// How many computers there are, as a member of a record.
pub(super) fn computers(count: Option<u64>) -> Value {
    count.map_or(Value::Null, |count| json!({ "count": count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rows<T>(read: impl FnOnce(Rows<'_>) -> T) -> T {
        read(Rows { connection: &ConnectionName::new("land"), provider: &ProviderId::new("landscape") })
    }

    fn account(item: &str) -> Option<Account> {
        with_rows(|rows| rows.account(item, None))
    }

    #[test]
    fn every_shape_of_an_item_with_a_name_is_an_account() {
        for (item, name, kind, title) in [
            (
                r#"{"name":"onward","title":"Onward, Inc.","default":true}"#,
                "Onward, Inc.",
                Some("default"),
                r#","title":"Onward, Inc.""#,
            ),
            (r#"{"name":"onward","title":null,"default":null,"subdomain":null}"#, "onward", None, ""),
            (
                r#"{"name":"onward","title":"","default":"true","classic_dashboard_url":""}"#,
                "onward",
                Some("default"),
                r#","title":"""#,
            ),
            (
                r#"{"name":"onward","title":{"odd":1},"subdomain":"own","new":[1]}"#,
                "onward",
                Some("subdomain"),
                r#","title":{"odd":1}"#,
            ),
        ] {
            let account = account(item).unwrap();
            assert_eq!(account.key.id.as_str(), "onward");
            assert_eq!((account.name.raw(), account.kind.as_ref().map(Untrusted::raw)), (name, kind));
            // What the login says is kept as it is; its title stands beside it, as a field of the account's own.
            assert_eq!(account.raw.text(), format!(r#"{{"login":{item}{title}}}"#));
        }
        assert_eq!(account(r#"{"name":7}"#).unwrap().key.id.as_str(), "7");
        for none in ["{}", "[]", "null", r#"{"name":""}"#, r#"{"name":null,"title":"T"}"#] {
            assert_eq!(account(none), None, "{none}");
        }
    }

    #[test]
    fn a_creations_reply_is_marked_as_of_then() {
        let reply = r#"{"account":"8xag1afp","creation_time":"2025-09-15T22:52:11Z","company":"Onward, Inc."}"#;
        let made = with_rows(|rows| rows.made(reply)).unwrap();
        assert_eq!((made.key.id.as_str(), made.name.raw()), ("8xag1afp", "Onward, Inc."));
        assert_eq!(made.created_at.unwrap().raw(), "2025-09-15T22:52:11Z");
        assert_eq!(made.raw.at("as_of_creation.company"), Some("Onward, Inc.".into()));
        assert_eq!(with_rows(|rows| rows.made(r#"{"company":"X"}"#)), None);
    }

    #[test]
    fn ids_of_groups_name_their_account() {
        let id = group_id(&AccountId::new("onward"), "a/b");
        assert_eq!(split(&id), Some((AccountId::new("onward"), "a/b")));
        for none in ["onward", "onward/", "/global", ""] {
            assert_eq!(split(&OrganizationId::new(none)), None, "{none}");
        }
    }

    #[test]
    fn parents_make_the_tree_and_faulty_ones_stay_with_the_root() {
        let texts = [
            r#"{"name":"global","title":"Global","parent":"","children":"desktop"}"#,
            r#"{"name":"test","title":"","parent":"global"}"#,
            r#"{"name":"sub","title":"Sub","parent":"test"}"#,
            r#"{"name":"orphan","title":"O","parent":"hidden"}"#,
            r#"{"name":"x","parent":"y"}"#,
            r#"{"name":"y","parent":"x"}"#,
            r#"{"name":"self","parent":"self"}"#,
        ];
        let groups: Vec<Group<'_>> = texts.iter().filter_map(|text| Group::read(text)).collect();
        let names =
            |name: &str| below(&groups, name).iter().map(|group| group.name.raw().to_owned()).collect::<Vec<_>>();
        assert_eq!(names("global"), ["test", "sub", "orphan", "x", "y", "self"]);
        assert_eq!(names("test"), ["sub"]);
        assert_eq!(names("x"), ["y"]);
        assert!(names("self").is_empty() && names("sub").is_empty());
        let organization = |at: usize| {
            let (account, title) = (AccountId::new("onward"), Untrusted::new("Onward"));
            with_rows(|rows| rows.sent(&account, &title, &groups[at], groups[at].raw(&[])))
        };
        assert_eq!(organization(0).name.raw(), "Onward");
        assert_eq!(organization(0).parent, None);
        assert_eq!(organization(1).name.raw(), "test");
        let sub = organization(2);
        assert_eq!(sub.key.id.as_str(), "onward/sub");
        assert_eq!(sub.parent.unwrap().id.as_str(), "onward/test");
        assert_eq!(sub.account.unwrap().as_str(), "onward");
        assert_eq!(sub.raw.unwrap().text(), texts[2]);
        assert_eq!(organization(3).parent.unwrap().id.as_str(), "onward/hidden");
    }

    #[test]
    fn a_profile_has_the_title_first_and_no_secret() {
        let subject = Subject::Account(AccountKey { connection: ConnectionName::new("l"), id: AccountId::new("a") });
        let text = r#"{"audit_retention_period":-1,"registration_password":"canary","title":"T","ubuntu_one":null,"x":{"a":1}}"#;
        let profile = profile(&subject, &Object::read(text).unwrap());
        let pairs: Vec<(&str, &str)> =
            profile.values.0.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("title", "T"), ("audit_retention_period", "-1"), ("ubuntu_one", ""), ("x", r#"{"a":1}"#)]);
    }
}
