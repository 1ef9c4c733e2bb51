//! What rows look like on the wire.

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

/// An account as the account family shows it. Cloudflare schema: `id`, `name`, `type` are required, all else optional.
pub(super) fn account(rows: &Rows, choices: &Choices, number: u32, one: &Account) -> Value {
    let extras = choices.of(open::EXTRAS) == "some";
    let mut map = Map::new();
    map.insert("id".into(), rows.demo.account_id(number).into());
    map.insert("name".into(), one.name.clone().into());
    map.insert("type".into(), one.plan.word().into());
    if !one.bare {
        map.insert("settings".into(), settings(choices, &one.settings, extras));
    }
    if let Some(maximum) = one.quota.filter(|_| extras) {
        let current = maximum / 3;
        let quota = json!({"maximum": maximum, "current": current, "available": maximum - current});
        map.insert("legacy_flags".into(), json!({"enterprise_zone_quota": quota}));
    }
    let parent = one.parent.and_then(|place| Some((place, rows.organization(place)?)));
    if let Some((place, parent)) = parent {
        let id = rows.demo.organization_id(place);
        map.insert("managed_by".into(), json!({"parent_org_id": id, "parent_org_name": parent.name}));
    }
    if one.dated {
        map.insert("created_on".into(), one.created.to_string().into());
    }
    Value::Object(map)
}

/// Cloudflare schema: two settings, neither nullable. Reported live: six, and nulls.
fn settings(choices: &Choices, settings: &Settings, extras: bool) -> Value {
    let nulls = choices.of(open::SETTINGS_NULLS) == "null";
    let mut map = Map::new();
    let two =
        [("abuse_contact_email", json!(settings.abuse_contact)), ("enforce_twofactor", json!(settings.twofactor))];
    for (key, value) in two {
        if nulls || !value.is_null() {
            map.insert(key.into(), value);
        }
    }
    if extras {
        let expiry = settings.approval_expiry.map(|moment| moment.to_string());
        map.insert("api_access_enabled".into(), json!(settings.api_access));
        map.insert("access_approval_expiry".into(), json!(expiry));
        let nameservers = settings.nameservers.as_deref().unwrap_or("cloudflare.standard");
        map.insert("default_nameservers".into(), nameservers.into());
        let custom = settings.custom_ns.unwrap_or(false);
        map.insert("use_account_custom_ns_by_default".into(), custom.into());
    }
    Value::Object(map)
}

/// An account as the organization family shows it. Cloudflare schema: all five keys and all six settings are required;
/// `name` and every setting are nullable; there is no `managed_by`.
pub(super) fn organization_account(rows: &Rows, number: u32, one: &Account) -> Value {
    let settings = &one.settings;
    let name = (!one.nameless).then_some(one.name.as_str());
    let expiry = settings.approval_expiry.map(|moment| moment.to_string());
    json!({
        "id": rows.demo.account_id(number),
        "created_on": one.created.to_string(),
        "name": name,
        "type": one.plan.word(),
        "settings": {
            "abuse_contact_email": settings.abuse_contact,
            "access_approval_expiry": expiry,
            "api_access_enabled": settings.api_access,
            "default_nameservers": settings.nameservers,
            "enforce_twofactor": settings.twofactor,
            "use_account_custom_ns_by_default": settings.custom_ns,
        },
    })
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
