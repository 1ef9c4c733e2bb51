//! From Cloud 66's accounts to the program's.

use std::collections::BTreeMap;

use super::wire::Entries;
use crate::domain::{Account, AccountId, AccountKey, ConnectionName, ProviderId, RawJson, Secret, Untrusted};

/// Fields that are secret wherever they come: the registration script is a shell line that may embed a token (model page),
/// and nobody expects a one-time password in an account.
const SECRET_FIELDS: [&str; 2] = ["server_registration_script", "otp"];

/// What stands in a secret's place.
const MASK: &str = "\"<secret>\"";

/// The word for the account that `current_account` marks: it is the user's primary account (model page), not one that
/// somebody chose.
pub(super) const PRIMARY: &str = "primary";

/// Makes accounts of rows that one connection sent.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a ConnectionName,
    pub(super) provider: &'a ProviderId,
    /// Whether the rows were asked for with their servers.
    pub(super) has_extra: bool,
}

impl Rows<'_> {
    /// An account; `None` for what has no id, which nothing could be done with.
    pub(super) fn account(&self, text: &str) -> Option<Account> {
        let row = Entries::read(text)?;
        let id = row.id()?;
        let owner = row.text("owner");
        let (raw, secrets) = without_secrets(text, &row);
        Some(Account {
            key: AccountKey { connection: self.connection.clone(), id: AccountId::new(id.raw()) },
            provider: self.provider.clone(),
            name: name(&row, owner.as_ref(), &id),
            kind: (row.flag("current_account") == Some(true)).then(|| Untrusted::new(PRIMARY)),
            status: None,
            email: owner,
            created_at: moment(&row, "created_at"),
            updated_at: moment(&row, "updated_at"),
            parent: None,
            raw,
            secrets,
            has_extra: self.has_extra,
        })
    }
}

/// The friendly name can be empty (Cloud 66's command line program has an error for that), the owner null.
fn name(row: &Entries<'_>, owner: Option<&Untrusted>, id: &Untrusted) -> Untrusted {
    let friendly = row.text("friendly_name").filter(|name| !name.raw().trim().is_empty());
    let named = friendly.or_else(|| owner.cloned());
    named.unwrap_or_else(|| Untrusted::from(format!("#{}", id.raw())))
}

/// Times end with `_iso` (model page); without it they stand only in Cloud 66's own library.
fn moment(row: &Entries<'_>, name: &str) -> Option<Untrusted> {
    row.text(&format!("{name}_iso")).or_else(|| row.text(name))
}

/// The record as it came, but for its secrets; those stand beside it.
fn without_secrets(text: &str, row: &Entries<'_>) -> (RawJson, BTreeMap<String, Secret>) {
    let mut secrets = BTreeMap::new();
    let mut masked = Vec::new();
    for (key, value) in row.iter() {
        let is_secret = SECRET_FIELDS.contains(&key) && !matches!(value.get(), "null" | "\"\"");
        if is_secret {
            let exposed = serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned());
            secrets.insert(key.to_owned(), Secret::new(exposed));
        }
        let key = serde_json::Value::from(key);
        masked.push(format!("{key}:{}", if is_secret { MASK } else { value.get() }));
    }
    let masked = if secrets.is_empty() { text.to_owned() } else { format!("{{{}}}", masked.join(",")) };
    // Made of well-formed JSON values, so this cannot fail.
    (RawJson::parse(&masked).unwrap_or_else(|_| RawJson::from(serde_json::Value::Null)), secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Option<Account> {
        let (connection, provider) = (ConnectionName::new("prod"), ProviderId::new("cloud66"));
        Rows { connection: &connection, provider: &provider, has_extra: false }.account(text)
    }

    #[test]
    fn names_fall_back_from_the_friendly_one_to_the_owner_to_the_id() {
        let name = |text: &str| account(text).unwrap().name.raw().to_owned();
        assert_eq!(name(r#"{"id":1,"owner":"o@x.example","friendly_name":"F"}"#), "F");
        assert_eq!(name(r#"{"id":1,"owner":"o@x.example","friendly_name":" "}"#), "o@x.example");
        assert_eq!(name(r#"{"id":1,"owner":"o@x.example","friendly_name":null}"#), "o@x.example");
        assert_eq!(name(r#"{"id":1,"owner":null,"friendly_name":{}}"#), "#1");
        assert_eq!(name(r#"{"id":"1"}"#), "#1");
    }

    #[test]
    fn the_registration_script_is_a_secret_whatever_its_type() {
        for (value, exposed) in [
            (r#""curl | bash -s t\u006fken""#, "curl | bash -s token"),
            (r#"{"cmd":"canary"}"#, r#"{"cmd":"canary"}"#),
            ("7", "7"),
        ] {
            let text = format!(r#"{{"id":1,"server_registration_script":{value},"z":1.50,"é":[1, 2]}}"#);
            let account = account(&text).unwrap();
            assert_eq!(account.raw.text(), r#"{"id":1,"server_registration_script":"<secret>","z":1.50,"é":[1, 2]}"#);
            assert_eq!(account.secrets["server_registration_script"].expose(), exposed);
            assert!(!format!("{account:?}").contains("canary"));
        }
        for value in ["null", "\"\""] {
            let text = format!(r#"{{"id":1, "server_registration_script":{value}}}"#);
            let account = account(&text).unwrap();
            assert_eq!((account.raw.text(), account.secrets.len()), (text.as_str(), 0));
        }
    }

    #[test]
    fn a_script_that_comes_twice_is_masked_twice() {
        let text = r#"{"server_registration_script":"canary-1","id":1,"server_registration_script":"canary-2"}"#;
        let account = account(text).unwrap();
        assert!(!account.raw.text().contains("canary"), "{}", account.raw.text());
        assert_eq!(account.secrets["server_registration_script"].expose(), "canary-2");
    }

    #[test]
    fn no_shape_of_a_field_loses_a_row() {
        for row in [
            r#"{"id":139}"#,
            r#"{"id":"139","owner":{},"friendly_name":7,"current_account":"maybe","created_at_iso":[]}"#,
            r#"{"id":139,"owner":null,"current_account":null,"used_clouds":null,"unmanaged_servers":{}}"#,
        ] {
            let account = account(row).unwrap();
            assert_eq!(account.key.id.as_str(), "139");
            assert_eq!((account.kind, account.email, account.created_at), (None, None, None));
            assert_eq!(account.raw.text(), row);
        }
        for lost in ["{}", r#"{"id":null}"#, r#"{"id":{}}"#, r#"{"id":""}"#, "7", "[]"] {
            assert_eq!(account(lost), None, "{lost}");
        }
    }

    #[test]
    fn the_primary_account_has_its_word_and_times_are_found_under_both_names() {
        let text = r#"{"id":1,"current_account":true,"created_at_iso":"a","created_at":"b","updated_at":"c"}"#;
        let account = account(text).unwrap();
        let texts = [account.kind, account.created_at, account.updated_at].map(Option::unwrap);
        assert_eq!(texts.each_ref().map(Untrusted::raw), [PRIMARY, "a", "c"]);
    }
}
