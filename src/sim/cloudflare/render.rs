//! What rows look like on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;

use super::open;
use super::rows::{Account, Organization, Profile, Rows, Settings};

/// The capability flags of the schema of July 2026.
const FLAGS: [&str; 5] =
    ["account_creation", "account_deletion", "account_migration", "account_mobility", "sub_org_creation"];
/// What the newest clients add to them under the name `tenant_flags`.
const NEWER_FLAGS: [&str; 3] =
    ["account_creation_applies_tenant_defaults", "enterprise_capability", "member_management"];

/// How accounts look under the assumptions in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Whether there is more than the schema's two settings.
    extras: bool,
    /// Whether settings without a value are null, or else absent.
    nulls: bool,
}

impl Look {
    pub(super) fn new(choices: &Choices) -> Self {
        Self { extras: choices.of(open::EXTRAS) == "some", nulls: choices.of(open::SETTINGS_NULLS) == "null" }
    }

    /// An account as the account family shows it.
    pub(super) fn account<'a>(self, rows: &'a Rows, number: u32, one: &'a Account) -> Shown<'a> {
        let parent = one.parent.and_then(|place| Some((place, rows.organization(place)?)));
        let quota = one.quota.filter(|_| self.extras).map(|maximum| {
            let current = maximum / 3;
            Quota { maximum, current, available: maximum - current }
        });
        Shown {
            id: rows.demo.account_id(number),
            name: &one.name,
            plan: one.plan.word(),
            settings: (!one.bare).then(|| self.settings(&one.settings)),
            legacy_flags: quota.map(|quota| Flags { enterprise_zone_quota: quota }),
            managed_by: parent.map(|(place, parent)| ManagedBy {
                parent_org_id: rows.demo.organization_id(place),
                parent_org_name: &parent.name,
            }),
            created_on: one.dated.then_some(one.created),
        }
    }

    /// Cloudflare schema: two settings, neither nullable. Reported live: six, and nulls.
    fn settings(self, settings: &Settings) -> ShownSettings<'_> {
        let shown = |there: bool| there || self.nulls;
        let abuse_contact = settings.abuse_contact.as_deref();
        ShownSettings {
            abuse_contact_email: shown(abuse_contact.is_some()).then_some(abuse_contact),
            enforce_twofactor: shown(settings.twofactor.is_some()).then_some(settings.twofactor),
            extras: self.extras.then(|| Extras {
                api_access_enabled: settings.api_access,
                access_approval_expiry: settings.approval_expiry,
                default_nameservers: settings.nameservers.as_deref().unwrap_or("cloudflare.standard"),
                use_account_custom_ns_by_default: settings.custom_ns.unwrap_or(false),
            }),
        }
    }
}

/// An account of the account family. Cloudflare schema: `id`, `name`, `type` are required, all else optional.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown<'a> {
    id: String,
    name: &'a str,
    #[serde(rename = "type")]
    plan: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<ShownSettings<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legacy_flags: Option<Flags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_by: Option<ManagedBy<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_on: Option<Timestamp>,
}

/// Of two options the outer one says whether the key is there, the inner one whether its value is null.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::option_option, reason = "JSON tells a null from a missing key")]
struct ShownSettings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    abuse_contact_email: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforce_twofactor: Option<Option<bool>>,
    #[serde(flatten)]
    extras: Option<Extras<'a>>,
}

#[derive(Debug, Clone, Serialize)]
struct Extras<'a> {
    api_access_enabled: Option<bool>,
    access_approval_expiry: Option<Timestamp>,
    default_nameservers: &'a str,
    use_account_custom_ns_by_default: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Flags {
    enterprise_zone_quota: Quota,
}

#[derive(Debug, Clone, Serialize)]
struct Quota {
    maximum: u64,
    current: u64,
    available: u64,
}

#[derive(Debug, Clone, Serialize)]
struct ManagedBy<'a> {
    parent_org_id: String,
    parent_org_name: &'a str,
}

/// An account as the organization family shows it. Cloudflare schema: all five keys and all six settings are required;
/// `name` and every setting are nullable; there is no `managed_by`.
pub(super) fn organization_account<'a>(rows: &Rows, number: u32, one: &'a Account) -> OrganizationAccount<'a> {
    let settings = &one.settings;
    OrganizationAccount {
        id: rows.demo.account_id(number),
        created_on: one.created,
        name: (!one.nameless).then_some(one.name.as_str()),
        plan: one.plan.word(),
        settings: AllSettings {
            abuse_contact_email: settings.abuse_contact.as_deref(),
            access_approval_expiry: settings.approval_expiry,
            api_access_enabled: settings.api_access,
            default_nameservers: settings.nameservers.as_deref(),
            enforce_twofactor: settings.twofactor,
            use_account_custom_ns_by_default: settings.custom_ns,
        },
    }
}

/// An account of the organization family.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OrganizationAccount<'a> {
    id: String,
    created_on: Timestamp,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    plan: &'static str,
    settings: AllSettings<'a>,
}

#[derive(Debug, Clone, Serialize)]
struct AllSettings<'a> {
    abuse_contact_email: Option<&'a str>,
    access_approval_expiry: Option<Timestamp>,
    api_access_enabled: Option<bool>,
    default_nameservers: Option<&'a str>,
    enforce_twofactor: Option<bool>,
    use_account_custom_ns_by_default: Option<bool>,
}

/// An organization. Cloudflare schema: `id`, `create_time`, `name`, `meta` are required.
pub(super) fn organization(rows: &Rows, choices: &Choices, place: usize, one: &Organization) -> Value {
    let mut map = Map::new();
    map.insert("id".into(), rows.demo.organization_id(place).into());
    map.insert("create_time".into(), one.created.to_string().into());
    map.insert("name".into(), one.name.clone().into());
    map.insert("meta".into(), meta(rows, choices, place, one));
    let parent = one.parent.and_then(|place| Some((place, rows.organization(place)?)));
    if let Some((place, parent)) = parent {
        let id = rows.demo.organization_id(place);
        map.insert("parent".into(), json!({"id": id, "name": parent.name}));
    }
    if let Some(given) = &one.profile {
        map.insert("profile".into(), profile(given));
    }
    Value::Object(map)
}

/// `meta` is an open map. Its flags are strings without a published list of values; `allowed` and `denied` are made up.
fn meta(rows: &Rows, choices: &Choices, place: usize, one: &Organization) -> Value {
    let mut map = Map::new();
    let root = one.parent.is_none();
    let flag = |name: &&str| {
        let denied = root && *name == "account_mobility";
        let value = if denied { "denied" } else { "allowed" };
        ((*name).to_owned(), Value::from(value))
    };
    let spelling = choices.of(open::META_FLAGS);
    if spelling == "flags" || spelling == "both" {
        let flags: Map<String, Value> = FLAGS.iter().map(flag).collect();
        map.insert("flags".into(), flags.into());
    }
    if spelling == "tenant_flags" || spelling == "both" {
        let flags: Map<String, Value> = FLAGS.iter().chain(&NEWER_FLAGS).map(flag).collect();
        map.insert("tenant_flags".into(), flags.into());
    }
    if choices.of(open::HIERARCHY_TAGS) == "present" {
        let chain = rows.chain(place);
        let tags: Vec<String> = chain.into_iter().map(|one| rows.demo.organization_id(one)).collect();
        map.insert("hierarchy_tags".into(), tags.into());
    }
    if let Some(parent) = one.parent {
        map.insert("managed_by".into(), rows.demo.organization_id(parent).into());
    }
    Value::Object(map)
}

/// A profile: five strings, all required (Cloudflare schema).
pub(super) fn profile(one: &Profile) -> Value {
    json!({
        "business_name": one.name,
        "business_email": one.email,
        "business_phone": one.phone,
        "business_address": one.address,
        "external_metadata": one.metadata,
    })
}
