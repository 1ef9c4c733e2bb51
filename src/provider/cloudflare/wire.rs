//! Cloudflare's JSON. Nothing here fails because a field is missing, null, of another type or unknown: live answers
//! differ from the schema in all of these ways.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{FailureItem, Untrusted};

/// Any scalar as text: a number is its digits, so that an id is text whatever it came as. Null, missing, arrays and
/// objects are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) Option<Untrusted>);

impl Text {
    /// The text; empty for none.
    pub(super) fn or_empty(self) -> Untrusted {
        self.0.unwrap_or_default()
    }

    /// The text if there is one and it is not empty.
    pub(super) fn filled(self) -> Option<Untrusted> {
        self.0.filter(|text| !text.is_empty())
    }

    /// Whether it is this word.
    pub(super) fn is(&self, word: &str) -> bool {
        self.0.as_ref().is_some_and(|text| text.raw() == word)
    }

    /// The number that the text is, also one written like `7.0`.
    fn number(&self) -> Option<u64> {
        let text = self.0.as_ref()?.raw();
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }

    /// The same of a parsed value.
    fn of(value: Option<&Value>) -> Self {
        let Some(value) = value else {
            return Self(None);
        };
        match value.as_str() {
            Some(text) => Self(Some(Untrusted::new(text))),
            None if value.is_number() || value.is_boolean() => Self(Some(Untrusted::from(value.to_string()))),
            None => Self(None),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Some(Untrusted::new(text))))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text(Some(Untrusted::from(number.to_string()))))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text(Some(Untrusted::from(number.to_string()))))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text(Some(Untrusted::from(number.to_string()))))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Text, E> {
                Ok(Text(Some(Untrusted::new(if flag { "true" } else { "false" }))))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Text, A::Error> {
                while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
        }

        from.deserialize_any(Any)
    }
}

/// What is around every answer. All parts stay text until somebody wants them.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(default)]
    success: Text,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result_info: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads an envelope; `None` if the text is none.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether it says that the request failed.
    pub(super) fn says_no(&self) -> bool {
        self.says("false")
    }

    fn says(&self, word: &str) -> bool {
        self.success.is(word)
    }

    /// The paging part, empty where there is none.
    pub(super) fn info(&self) -> PageInfo {
        self.result_info.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    /// The rows of a list; `None` if this is no list. A success may leave an empty result out (Cloudflare schema, account
    /// family).
    pub(super) fn rows(&self) -> Option<Vec<&'a RawValue>> {
        match self.result {
            Some(raw) => serde_json::from_str(raw.get()).ok(),
            None => self.says("true").then(Vec::new),
        }
    }

    /// All errors, flat.
    pub(super) fn failure_items(&self) -> Vec<FailureItem> {
        items(self.errors)
    }

    /// The texts of all messages.
    pub(super) fn message_texts(&self) -> Vec<Untrusted> {
        let texts = items(self.messages).into_iter().map(|item| item.message);
        texts.filter(|text| !text.is_empty()).collect()
    }
}

/// A list of errors or messages, each followed by its chain. An entry of another shape is kept as its text.
fn items(list: Option<&RawValue>) -> Vec<FailureItem> {
    let entries: Vec<&RawValue> = list.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let mut items = Vec::new();
    for raw in entries {
        let item = serde_json::from_str(raw.get()).unwrap_or_else(|_| Item {
            message: Text(Some(
                serde_json::from_str::<String>(raw.get()).map_or_else(|_| Untrusted::new(raw.get()), Untrusted::from),
            )),
            ..Item::default()
        });
        item.flatten(&mut items);
    }
    items
}

/// `result_info` of both paging styles (Cloudflare schema: every key optional). One odd key spoils no other.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct PageInfo {
    page: Text,
    per_page: Text,
    total_count: Text,
    total_pages: Text,
    total_size: Text,
    next_page_token: Text,
}

impl PageInfo {
    /// The page that this is, from 1.
    pub(super) fn page(&self) -> Option<u64> {
        self.page.number()
    }

    /// Rows on a page, as the server understood it.
    pub(super) fn per_page(&self) -> Option<u64> {
        self.per_page.number()
    }

    /// Rows in all, without filters (Cloudflare schema).
    pub(super) fn total_count(&self) -> Option<u64> {
        self.total_count.number()
    }

    /// Pages in all. 0 says nothing.
    pub(super) fn total_pages(&self) -> Option<u64> {
        self.total_pages.number().filter(|pages| *pages > 0)
    }

    /// Rows in all, with filters (Cloudflare schema).
    pub(super) fn total_size(&self) -> Option<u64> {
        self.total_size.number()
    }

    /// Where the next page begins.
    pub(super) fn next_page_token(&self) -> Option<&str> {
        let token = self.next_page_token.0.as_ref().map(Untrusted::raw);
        token.filter(|token| !token.is_empty())
    }
}

/// An error or message.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Item {
    code: Text,
    message: Text,
    documentation_url: Text,
    #[serde(deserialize_with = "or_default")]
    source: Source,
    /// Not in the schema, but in live answers about headers.
    #[serde(deserialize_with = "or_default")]
    error_chain: Vec<Item>,
}

impl Item {
    /// The item and the chain below it, one after the other.
    fn flatten(self, into: &mut Vec<FailureItem>) {
        into.push(FailureItem {
            code: self.code.0,
            message: self.message.or_empty(),
            pointer: self.source.pointer.filled(),
            documentation_url: self.documentation_url.filled(),
        });
        for inner in self.error_chain {
            inner.flatten(into);
        }
    }
}

/// Where an error points.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) pointer: Text,
}

/// What is understood of an account, of both shapes: `/accounts` has `managed_by`; in an organization's listing names
/// and settings may be null.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub(super) struct AccountRow {
    pub(super) id: Text,
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) created_on: Text,
    #[serde(deserialize_with = "or_default")]
    pub(super) managed_by: ManagedBy,
}

/// The organization that holds an account.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub(super) struct ManagedBy {
    pub(super) parent_org_id: Text,
    pub(super) parent_org_name: Text,
}

impl AccountRow {
    /// Reads a row. One that has another shape (a key twice, say) is read for what is there.
    pub(super) fn read(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_else(|_| {
            let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
            let text = |key: &str| Text::of(value.get(key));
            let above = |key: &str| Text::of(value.get("managed_by").and_then(|by| by.get(key)));
            Self {
                id: text("id"),
                name: text("name"),
                kind: text("type"),
                created_on: text("created_on"),
                managed_by: ManagedBy {
                    parent_org_id: above("parent_org_id"),
                    parent_org_name: above("parent_org_name"),
                },
            }
        })
    }
}

/// What is understood of an organization. Its `meta` is an open map whose keys come and go within weeks (`flags`
/// became `tenant_flags`): it stays in the raw text.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub(super) struct OrganizationRow {
    pub(super) id: Text,
    pub(super) name: Text,
    pub(super) create_time: Text,
    #[serde(deserialize_with = "or_default")]
    pub(super) parent: OrganizationParent,
}

/// The organization above one.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub(super) struct OrganizationParent {
    pub(super) id: Text,
    pub(super) name: Text,
}

impl OrganizationRow {
    /// Reads a row as [`AccountRow::read`] does.
    pub(super) fn read(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_else(|_| {
            let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
            let text = |key: &str| Text::of(value.get(key));
            let above = |key: &str| Text::of(value.get("parent").and_then(|by| by.get(key)));
            Self {
                id: text("id"),
                name: text("name"),
                create_time: text("create_time"),
                parent: OrganizationParent { id: above("id"), name: above("name") },
            }
        })
    }
}

/// A token as verifying it shows it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct TokenRow {
    pub(super) id: Text,
    pub(super) status: Text,
    pub(super) expires_on: Text,
}

/// What became of a move. `moved` is in the schema of the call for several only.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct MovedRow {
    pub(super) source_organization_id: Text,
    pub(super) moved: Text,
    pub(super) message: Text,
}

impl MovedRow {
    /// Reads a result; one of another shape says nothing.
    pub(super) fn read(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }
}

/// What became of one account of a call that moves several.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct BatchStatus {
    pub(super) tag: Text,
    pub(super) moved: Text,
    pub(super) message: Text,
}

impl BatchStatus {
    /// Every status of a result: `statuses` is one object in the schema, though several accounts are asked about; a list
    /// is taken, too. `None` where there are none.
    pub(super) fn all(raw: &RawValue) -> Option<Vec<Self>> {
        #[derive(serde::Deserialize)]
        struct Statuses<'a> {
            #[serde(borrow)]
            statuses: &'a RawValue,
        }
        let statuses = serde_json::from_str::<Statuses<'_>>(raw.get()).ok()?.statuses.get();
        let list = serde_json::from_str::<Vec<Self>>(statuses).ok();
        list.or_else(|| serde_json::from_str::<Self>(statuses).ok().map(|one| vec![one]))
    }
}

/// A member of an account, as far as the demand for two-factor authentication concerns them (Cloudflare schema).
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct MemberRow {
    email: Text,
    status: Text,
    #[serde(deserialize_with = "or_default")]
    user: MemberUser,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct MemberUser {
    email: Text,
    two_factor_authentication_enabled: Text,
}

impl MemberRow {
    /// Reads a row; one of another shape says nothing.
    pub(super) fn read(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }

    /// Whether they turned the invitation down.
    pub(super) fn is_rejected(&self) -> bool {
        self.status.is("rejected")
    }

    /// Whether they have two-factor authentication; `None` if it does not say.
    pub(super) fn has_two_factor(&self) -> Option<bool> {
        let has = &self.user.two_factor_authentication_enabled;
        if has.is("true") { Some(true) } else { has.is("false").then_some(false) }
    }

    /// What they are called: their e-mail, of whichever of the two places has it.
    pub(super) fn words(self) -> Untrusted {
        self.email.filled().or_else(|| self.user.email.filled()).unwrap_or_else(|| Untrusted::new("somebody"))
    }
}

/// A part that is null or of another shape is its default.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    let raw = <&RawValue>::deserialize(from)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> AccountRow {
        AccountRow::read(serde_json::from_str(text).unwrap())
    }

    fn text(text: &str) -> Text {
        Text(Some(Untrusted::new(text)))
    }

    #[test]
    fn no_shape_of_a_field_loses_a_row() {
        for row in [
            r#"{"id":"a","name":"N"}"#,
            r#"{"id":"a","name":"N","type":null,"created_on":null,"managed_by":null,"settings":null}"#,
            r#"{"id":"a","name":"N","type":{},"created_on":[1,[2]],"managed_by":"x"}"#,
            r#"{"id":"a","name":"N","managed_by":{"parent_org_id":null}}"#,
            r#"{"id":"a","name":"first","name":"N"}"#,
        ] {
            let row = account(row);
            assert_eq!((row.id, row.name), (text("a"), text("N")));
            assert_eq!(row.managed_by.parent_org_id, Text(None));
        }
    }

    #[test]
    fn numbers_become_text_without_loss() {
        let row = account(r#"{"id":9223372036854775809,"name":null,"type":true}"#);
        assert_eq!(row.id, text("9223372036854775809"));
        assert_eq!(row.name, Text(None));
        assert_eq!(row.kind, text("true"));
        assert_eq!(account("[]"), AccountRow::default());
        assert_eq!(account("null"), AccountRow::default());
    }

    #[test]
    fn paging_parts_may_be_missing_or_null() {
        let pages = |text: &str| Envelope::read(text).unwrap().info().total_pages();
        assert_eq!(pages(r#"{"result":[]}"#), None);
        assert_eq!(pages(r#"{"result_info":null}"#), None);
        assert_eq!(pages(r#"{"result_info":{"total_pages":3,"page":null}}"#), Some(3));
        assert_eq!(pages(r#"{"result_info":{"total_pages":"3","page":{}}}"#), Some(3));
        assert_eq!(pages(r#"{"result_info":{"total_pages":0}}"#), None);
        let envelope = Envelope::read(r#"{"result_info":{"next_page_token":"t","total_size":7.0}}"#).unwrap();
        assert_eq!(envelope.info().next_page_token(), Some("t"));
        assert_eq!(envelope.info().total_size(), Some(7));
    }

    #[test]
    fn an_object_is_no_list_and_a_success_may_leave_its_result_out() {
        let rows = |text: &str| Envelope::read(text).unwrap().rows().map(|rows| rows.len());
        assert_eq!(rows(r#"{"success":true,"result":[1,{}]}"#), Some(2));
        assert_eq!(rows(r#"{"success":true,"result":null}"#), Some(0));
        assert_eq!(rows(r#"{"success":true}"#), Some(0));
        assert_eq!(rows(r#"{"success":true,"result":{}}"#), None);
        assert_eq!(rows(r#"{"hello":"world"}"#), None);
    }
}
