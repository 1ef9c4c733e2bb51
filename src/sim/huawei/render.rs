//! What rows look like on the wire.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;

use super::demo::{Demo, PolicyRow};
use super::open;
use super::paging::Load;
use super::rows::{Account, Closing, Creation, Entity, Handshake, Maybe, Outcome, Rows, Tags, Unit};

/// Invitations are valid for 14 days (Huawei documentation).
const INVITATION_DAYS: i64 = 14;

/// A moment, RFC 3339 in UTC.
fn moment(moment: Timestamp) -> Value {
    moment.to_string().into()
}

/// `organizations::{management account}:{kind}:{organization}/{rest}`
fn urn(rows: &Rows, kind: &str, rest: &str) -> String {
    let management = rows.demo.account_id(0);
    let organization = rows.demo.ids.organization();
    let slash = if rest.is_empty() { "" } else { "/" };
    format!("organizations::{management}:{kind}:{organization}{slash}{rest}")
}

fn set(map: &mut Map<String, Value>, key: &str, value: &Maybe) {
    let value = match value {
        Maybe::Set(text) => text.clone().into(),
        Maybe::Null => Value::Null,
        Maybe::Junk => "null,".into(),
        Maybe::Missing => return,
    };
    map.insert(key.into(), value);
}

/// The organization.
pub(super) fn organization(rows: &Rows) -> Value {
    json!({
        "id": rows.demo.ids.organization(),
        "urn": urn(rows, "organization", ""),
        "management_account_id": rows.demo.account_id(0),
        "management_account_name": rows.name(0),
        "created_at": moment(Demo::founded()),
    })
}

/// The root.
pub(super) fn root(rows: &Rows, place: usize, unit: &Unit) -> Value {
    let id = rows.demo.unit_id(place);
    json!({
        "id": id,
        "urn": urn(rows, "root", &id),
        "name": unit.name,
        "policy_types": [
            {"type": "service_control_policy", "status": "enabled"},
            {"type": "tag_policy", "status": "pending_enable"},
        ],
        "created_at": moment(unit.created),
    })
}

/// An organizational unit: no parent.
pub(super) fn unit(rows: &Rows, place: usize, unit: &Unit) -> Value {
    let id = rows.demo.unit_id(place);
    json!({"id": id, "urn": urn(rows, "ou", &id), "name": unit.name, "created_at": moment(unit.created)})
}

/// What a list of entities shows of a unit or an account.
pub(super) fn entity(rows: &Rows, entity: Entity) -> Option<Value> {
    Some(match entity {
        Entity::Account(number) => {
            json!({"name": rows.name(number), "id": rows.demo.account_id(number), "type": "account"})
        }
        Entity::Unit(place) => {
            let unit = rows.unit(place)?;
            let kind = if unit.parent.is_none() { "root" } else { "organizational_unit" };
            json!({"name": unit.name, "id": rows.demo.unit_id(place), "type": kind})
        }
        Entity::Policy(_) => return None,
    })
}

/// An account. Contact data only if it was asked for; neither parent, nor tags, nor path.
pub(super) fn account(rows: &Rows, choices: &Choices, number: u32, one: &Account, load: Load) -> Value {
    let id = rows.demo.account_id(number);
    let management = number == 0 && choices.of(open::MANAGEMENT_JOINED) == "created";
    let mut map = Map::new();
    map.insert("id".into(), id.clone().into());
    map.insert("urn".into(), urn(rows, "account", &id).into());
    map.insert("join_method".into(), if one.invited && !management { "invited" } else { "created" }.into());
    map.insert("status".into(), one.status.word().into());
    map.insert("joined_at".into(), moment(one.joined));
    map.insert("name".into(), one.name.clone().into());
    set(&mut map, "description", &one.description);
    if load == Load::Contact {
        set(&mut map, "mobile_phone", &one.contact.phone);
        set(&mut map, "intl_number_prefix", &prefix(choices, &one.contact.prefix));
        set(&mut map, "email", &one.contact.email);
    } else if choices.of(open::CONTACT_NOT_ASKED) == "null" {
        for key in ["mobile_phone", "intl_number_prefix", "email"] {
            map.insert(key.into(), Value::Null);
        }
    }
    Value::Object(map)
}

fn prefix(choices: &Choices, prefix: &Maybe) -> Maybe {
    match prefix {
        Maybe::Set(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Maybe::Set(match choices.of(open::PREFIX_FORM) {
                "+49" => format!("+{digits}"),
                "49" => digits.clone(),
                _ => format!("00{digits}"),
            })
        }
        Maybe::Set(_) | Maybe::Null | Maybe::Missing | Maybe::Junk => prefix.clone(),
    }
}

/// The status of a creation.
pub(super) fn creation(rows: &Rows, choices: &Choices, place: usize, one: &Creation) -> Value {
    let (state, account, completed) = match &one.outcome {
        Outcome::Waiting(_) => ("in_progress", Value::Null, Value::Null),
        Outcome::Succeeded(number, when) => ("succeeded", rows.demo.account_id(*number).into(), moment(*when)),
        Outcome::Failed(_, when) => ("failed", Value::Null, moment(*when)),
    };
    let mut map = Map::new();
    map.insert("account_id".into(), account);
    map.insert("account_name".into(), one.name.clone().into());
    map.insert("completed_at".into(), completed);
    map.insert("created_at".into(), moment(one.created));
    map.insert("id".into(), rows.demo.ids.creation(place).into());
    map.insert("state".into(), state.into());
    if let Outcome::Failed(reason, _) = &one.outcome {
        let told = match choices.of(open::FAILURE_REASON) {
            "null" => Value::Null,
            "code" => "Organizations.1302".into(),
            _ => reason.clone().into(),
        };
        map.insert("failure_reason".into(), told);
        if choices.of(open::FAILURE_DETAIL) == "present" {
            map.insert("failure_detail_msg".into(), json!({"error_msg": reason}));
        }
    }
    Value::Object(map)
}

/// The status of a closure.
pub(super) fn closing(rows: &Rows, number: u32, one: &Closing) -> Value {
    let mut map = Map::new();
    map.insert("account_id".into(), rows.demo.account_id(number).into());
    map.insert("created_at".into(), moment(one.created));
    map.insert("updated_at".into(), moment(one.updated));
    map.insert("organization_id".into(), rows.demo.ids.organization().into());
    map.insert("state".into(), if one.done { "suspended" } else { "pending_closure" }.into());
    if let Some(reason) = &one.reason {
        map.insert("failure_reason".into(), reason.clone().into());
    }
    Value::Object(map)
}

/// An invitation.
pub(super) fn handshake(rows: &Rows, place: usize, one: &Handshake) -> Value {
    let id = rows.demo.ids.handshake(place);
    let (organization, management, name) = match &one.from {
        None => (rows.demo.ids.organization(), rows.demo.account_id(0), rows.name(0)),
        Some(name) => {
            let (organization, management) = rows.demo.ids.foreign(place);
            (organization, management, name.clone())
        }
    };
    let expired = one.created.checked_add(SignedDuration::from_hours(INVITATION_DAYS * 24)).unwrap_or(one.created);
    json!({
        "urn": format!("organizations::{management}:handshake:{organization}/{id}"),
        "id": id,
        "updated_at": moment(one.updated),
        "created_at": moment(one.created),
        "expired_at": moment(expired),
        "management_account_id": management,
        "management_account_name": name,
        "organization_id": organization,
        "notes": one.notes,
        "target": {"type": one.kind, "entity": one.entity},
        "status": one.status,
    })
}

/// Tags as a list.
pub(super) fn tags(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// What a list shows of a policy.
pub(super) fn policy(rows: &Rows, place: usize, one: &PolicyRow) -> Value {
    let id = rows.demo.ids.policy(place);
    json!({
        "is_builtin": one.builtin,
        "description": one.description,
        "urn": urn(rows, "policy", &format!("{}/{id}", one.kind)),
        "id": id,
        "name": one.name,
        "type": one.kind,
    })
}
