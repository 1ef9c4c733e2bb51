//! The Overview tab: the fields that every account has, those that its provider names, and all else it said.

use serde_json::Value;

use super::lines::{Room, field, moment, paragraph, remark, rows, stands_below, unnoted};
use super::values::{Contact, Lines, contact};
use crate::app::State;
use crate::app::columns::{has_look_alike, has_look_alike_elsewhere};
use crate::domain::{
    Account, AccountKey, ConnectionName, Listed, Organization, OrganizationKey, ParentRef, RawJson, Role, Subject,
    Untrusted, shown, width,
};
use crate::provider::{Capability, DetailField, HierarchyWords, Offer, Reading, Spec, UNREAD};
use crate::view::{Line, wrap};

/// Stands for a secret: always as long, whatever it is.
pub(super) const MASK: &str = "••••••••";

/// What a subject is, in lines.
pub(super) fn overview(state: &State, subject: &Subject, columns: usize, lines: &mut Lines) {
    let spec = state.connection(subject.connection()).map(|setup| setup.spec);
    let room = Room::of(columns, spec.filter(|_| matches!(subject, Subject::Account(_))));
    match subject {
        Subject::Account(key) => {
            let Some(account) = state.whole(key) else {
                // What its list has, while the whole record is being recalled.
                return match state.listed(key) {
                    Some(row) => {
                        account_lines(state, &row, spec, room, lines);
                        own_lines(state, key, room, lines);
                    }
                    None => paragraph(lines, columns, Role::Dim, "This account is no longer listed."),
                };
            };
            account_lines(state, account, spec, room, lines);
            own_lines(state, key, room, lines);
            let shows_secrets = state.detail.shows_secrets();
            details(account, spec, shows_secrets, room, lines);
            rest(&account.raw, spec, columns, lines);
        }
        Subject::Organization(key) => match state.snapshot.organization(key) {
            None => paragraph(lines, columns, Role::Dim, "This organization is no longer listed."),
            Some(organization) => organization_lines(state, &organization, room, lines),
        },
        Subject::Connection(_) => {}
    }
}

/// The fields that its provider names.
fn details(account: &Account, spec: Option<&'static Spec>, shows_secrets: bool, room: Room, lines: &mut Lines) {
    let is_unasked = |detail: &DetailField| detail.reading(account) == Reading::NotAsked;
    let all = spec.map_or(&[][..], |spec| spec.details);
    for part in all.chunk_by(|one, next| is_unasked(one) && is_unasked(next)) {
        if let [_, _, ..] = part {
            unasked(spec.and_then(|spec| spec.extra), room.columns, lines);
        } else {
            for detail in part {
                named(account, detail, shows_secrets, room, lines);
            }
        }
    }
}

/// What every account has.
fn account_lines(state: &State, account: &impl Listed, spec: Option<&'static Spec>, room: Room, lines: &mut Lines) {
    field(lines, room, "Name", account.name());
    field(lines, room, "ID", account.id());
    if has_look_alike(state, &account.key()) {
        remark(lines, room, "≈ another account has this name");
    } else if has_look_alike_elsewhere(state, &account.key()) {
        remark(lines, room, "≈ an account of another connection has this name");
    }
    field(lines, room, "Connection", &account.connection().to_string());
    field(lines, room, "Type", account.kind().unwrap_or_default());
    // A provider may name the address among its own fields, to say whether it was asked for.
    let names_email = spec.is_some_and(|spec| spec.details.iter().any(|detail| detail.path == "email"));
    for (label, value) in [("Status", account.status()), ("E-mail", account.email())] {
        if let Some(value) = value.filter(|_| !(names_email && label == "E-mail")) {
            field(lines, room, label, value);
        }
    }
    field(lines, room, "Created", &moment(state, &account.created_at().unwrap_or_default()));
    if let Some(updated) = account.updated_at() {
        field(lines, room, "Updated", &moment(state, &updated));
    }
    if let Some(words) = container(spec) {
        field(lines, room, &capitalised(words.one), &parent(state, account.connection(), account.parent()));
    }
}

/// What the user has put on it.
fn own_lines(state: &State, key: &AccountKey, room: Room, lines: &mut Lines) {
    let labels: Vec<_> = state.own.labels_of(key).iter().map(|label| shown(label)).collect();
    for (label, value) in [("Labels", labels.join(", ")), ("Note", state.own.note_of(key).to_owned())] {
        if !value.is_empty() {
            field(lines, room, label, &value);
        }
    }
}

/// The words for what contains accounts at this provider, if anything does.
fn container(spec: Option<&'static Spec>) -> Option<HierarchyWords> {
    let spec = spec?;
    (spec.offer(Capability::Lineage) == Offer::Yes).then_some(spec.hierarchy)
}

fn organization_lines(state: &State, organization: &Organization, room: Room, lines: &mut Lines) {
    field(lines, room, "Name", organization.name.raw());
    field(lines, room, "ID", &organization.key.id.to_string());
    field(lines, room, "Type", &organization.kind.shown());
    field(lines, room, "Connection", &organization.key.connection.to_string());
    field(lines, room, "Inside", &parent(state, &organization.key.connection, organization.parent.as_ref()));
    if let Some(account) = &organization.account {
        field(lines, room, "Account", &account.to_string());
    }
    let created = organization.created_at.as_ref().map_or("", Untrusted::raw);
    field(lines, room, "Created", &moment(state, created));
    match &organization.raw {
        Some(raw) => rest(raw, None, room.columns, lines),
        None => paragraph(lines, room.columns, Role::Dim, "The provider has said no more of it yet."),
    }
}

/// What holds it, by its name: as it was said, else as the tree knows it.
fn parent(state: &State, connection: &ConnectionName, parent: Option<&ParentRef>) -> String {
    let known = |parent: &ParentRef| {
        let key = OrganizationKey { connection: connection.clone(), id: parent.id.clone() };
        let known = state.snapshot.organization(&key).map(|known| known.name.shown().into_owned());
        known.filter(|name| !name.is_empty()).unwrap_or_else(|| parent.id.to_string())
    };
    let words = |parent: &ParentRef| {
        if parent.name.is_empty() { known(parent) } else { parent.name.shown().into_owned() }
    };
    parent.map(words).unwrap_or_default()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A field that the provider names. "Not asked", "not set" and an empty list look different.
fn named(account: &Account, detail: &DetailField, shows_secrets: bool, room: Room, lines: &mut Lines) {
    if let Some(secret) = account.secrets.get(detail.path) {
        let value = if shows_secrets { secret.expose() } else { MASK };
        unnoted(lines, room, detail.label, value);
        if !shows_secrets {
            let indent = room.label + 2;
            lines.extend(
                wrap("v shows it for 10 s", room.columns.saturating_sub(indent).max(8))
                    .into_iter()
                    .map(|hint| Line::of(Role::Dim, format!("{:<indent$}{hint}", ""))),
            );
        }
        return;
    }
    match detail.reading(account) {
        Reading::NotAsked => absent(lines, room, detail.label, "not asked: i asks for it"),
        // That all of it was read is no news.
        Reading::NotSet(_) if detail.path == UNREAD => {}
        Reading::NotSet(words) => absent(lines, room, detail.label, words),
        // Why stands once, among what was not read.
        Reading::Unread(_) => absent(lines, room, detail.label, "can't be read"),
        Reading::There(Value::Array(items)) => {
            rows(lines, room, detail.label, &items.iter().map(row).collect::<Vec<_>>());
        }
        Reading::There(Value::Object(map)) => leaves(detail.label, &Value::Object(map), 0, room.columns, lines),
        Reading::There(value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))) => {
            field(lines, room, detail.label, &whole(&value));
        }
    }
}

/// Several fields that nobody asked for: said once for all of them.
fn unasked(what: Option<&str>, columns: usize, lines: &mut Vec<Line>) {
    let what = capitalised(what.unwrap_or("more"));
    paragraph(lines, columns, Role::Dim, &format!("{what}: not asked, i asks for it"));
}

fn absent(lines: &mut Vec<Line>, room: Room, label: &str, words: &str) {
    let wide = room.before(label);
    for (nth, words) in wrap(words, room.columns.saturating_sub(wide).max(8)).into_iter().enumerate() {
        let label = if nth == 0 { label } else { "" };
        lines.push(Line::of(Role::Dim, format!("{label:<wide$}{words}")));
    }
}

/// An item of a list in one line: its values side by side.
fn row(item: &Value) -> String {
    let Value::Object(map) = item else {
        return scalar(item);
    };
    let values = map.values().filter(|value| !value.is_null()).map(scalar);
    values.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A value as it came: its text, without the quotes of JSON.
fn whole(value: &Value) -> String {
    value.as_str().map_or_else(|| scalar(value), str::to_owned)
}

/// A value in one line, safe for a terminal.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::String(text) => shown(text).into_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            items.iter().map(scalar).collect::<Vec<_>>().join(", ")
        }
        Value::Number(_) | Value::Array(_) | Value::Object(_) => shown(&value.to_string()).into_owned(),
    }
}

/// What a provider said beyond the fields above, one line a leaf.
fn rest(raw: &RawJson, spec: Option<&'static Spec>, columns: usize, lines: &mut Lines) {
    const ORGANIZATION: &[&str] = &["id", "name", "create_time", "created_at", "parent", "profile", "type"];
    let told = spec.map_or(ORGANIZATION, |spec| spec.told);
    let details = spec.map_or(&[][..], |spec| spec.details);
    let Value::Object(map) = raw.value() else {
        return;
    };
    let is_told = |key: &str| told.contains(&key) || details.iter().any(|detail| detail.path == key);
    let more: Vec<(&String, &Value)> = map.iter().filter(|(key, _)| !is_told(key)).collect();
    if more.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::of(Role::Title, "More"));
    for (key, value) in more {
        leaves(key, value, 0, columns, lines);
    }
}

fn leaves(key: &str, value: &Value, depth: usize, columns: usize, lines: &mut Lines) {
    let indent = "  ".repeat(depth.min(8));
    let label = format!("{indent}{}", shown(key));
    if let Value::Object(map) = value
        && !map.is_empty()
    {
        lines.push(Line::of(Role::Title, label));
        for (key, value) in map {
            leaves(key, value, depth + 1, columns, lines);
        }
        return;
    }
    let words = scalar(value);
    let words = if words.is_empty() { "–" } else { &words };
    let room = columns.saturating_sub(width(&label) + 2).max(8);
    let (from, role) = (lines.len(), Contact::role(contact(key, words)));
    let below = width(&indent) + 2;
    if stands_below(words, room, columns.saturating_sub(below)) {
        lines.push(Line::of(Role::Dim, label.as_str()));
        let parts = wrap(words, columns.saturating_sub(below)).into_iter().take(6);
        lines.extend(parts.map(|part| Line::of(Role::Text, " ".repeat(below)).and(role, part)));
    } else {
        for (nth, part) in wrap(words, room).into_iter().take(6).enumerate() {
            let label = if nth == 0 { format!("{label}  ") } else { " ".repeat(width(&label) + 2) };
            lines.push(Line::of(Role::Dim, label).and(role, part));
        }
    }
    if !value.is_null() {
        lines.note(from, &shown(key), &whole(value));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{AccountId, AccountKey, ConnectionName, ProviderId, Secret};

    const SERVERS: DetailField = DetailField {
        path: "unmanaged_servers",
        label: "Servers",
        absent: "only the primary account has them",
        none: "none",
        is_extra: true,
    };
    const PHONE: DetailField =
        DetailField { path: "contact.phone", label: "Phone", absent: "not set", none: "none", is_extra: false };

    fn account(raw: Value, has_extra: bool) -> Account {
        Account {
            key: AccountKey { connection: ConnectionName::new("c"), id: AccountId::new("1") },
            provider: ProviderId::new("p"),
            name: Untrusted::new("n"),
            kind: None,
            status: None,
            email: None,
            created_at: None,
            updated_at: None,
            parent: None,
            raw: raw.into(),
            secrets: std::collections::BTreeMap::new(),
            has_extra,
        }
    }

    fn words(account: &Account, detail: &DetailField, shows_secrets: bool) -> String {
        let mut lines = Lines::default();
        named(account, detail, shows_secrets, Room::of(80, None), &mut lines);
        lines.iter().flat_map(|line| line.0.iter().map(|(_, text)| text.as_str())).collect()
    }

    #[test]
    fn not_asked_none_and_a_list_look_different() {
        for (raw, has_extra, expected) in [
            (json!({}), false, "not asked"),
            (json!({"unmanaged_servers": null}), false, "not asked"),
            (json!({"unmanaged_servers": null}), true, "only the primary account"),
            (json!({"unmanaged_servers": []}), true, "none"),
            (json!({"unmanaged_servers": [{"id": 7, "name": "web", "vendor": null}]}), true, "7 · web"),
        ] {
            let words = words(&account(raw, has_extra), &SERVERS, false);
            assert!(words.contains(expected), "{words:?} lacks {expected:?}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_said_once_for_a_whole_section() {
        let aws = crate::provider::registry().iter().map(|kind| kind.spec).find(|spec| spec.id().as_str() == "aws");
        let shown = |raw: Value, has_extra: bool| {
            let mut lines = Lines::default();
            details(&account(raw, has_extra), aws, false, Room { columns: 30, label: 17 }, &mut lines);
            let text = |line: &Line| line.0.iter().map(|(_, text)| text.as_str()).collect::<String>();
            assert!(lines.iter().all(|line| line.width() <= 30 || has_extra), "nothing is cut");
            lines.iter().map(text).collect::<Vec<_>>()
        };
        let plain = shown(json!({"Arn": "arn:1"}), false);
        let said = plain.join(" ");
        assert_eq!(said.matches("not asked").count(), 1, "{plain:?}");
        assert!(said.contains("Contact data and tags") && said.contains("i asks for it"), "{plain:?}");
        assert!(plain.len() <= 4 && said.contains("arn:1"), "{plain:?}");
        let asked = shown(json!({"Arn": "arn:1", "Tags": {"env": "prod"}}), true).join("\n");
        assert!(asked.contains("Billing: phone") && asked.contains("env") && !asked.contains("not asked"), "{asked}");
    }

    #[test]
    fn the_junk_of_documents_is_not_set_and_other_text_is_harmless() {
        for (value, expected) in
            [(json!("null,"), "not set"), (json!(" "), "not set"), (json!(null), "not set"), (json!("\u{1b}[2J1"), "1")]
        {
            let words = words(&account(json!({"contact": {"phone": value}}), false), &PHONE, false);
            assert!(words.contains(expected) && !words.contains('\u{1b}'), "{words:?}");
        }
    }

    #[test]
    fn a_secret_is_masked_until_it_is_asked_for() {
        let mut account = account(json!({"contact": {"phone": "<secret>"}}), false);
        account.secrets.insert("contact.phone".into(), Secret::new("curl | bash -s 5ec3e7"));
        let masked = words(&account, &PHONE, false);
        assert!(masked.contains(MASK) && masked.contains("v shows it") && !masked.contains("5ec3e7"), "{masked}");
        assert!(words(&account, &PHONE, true).contains("5ec3e7"));
    }
}
