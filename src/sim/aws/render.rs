//! What rows look like on the wire.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;

use super::MANAGEMENT;
use super::open;
use super::rows::{Account, Creation, Outcome, Rows, State, Unit};

/// A moment, as JSON 1.1 has it: seconds of the Unix epoch, with a fraction.
fn moment(moment: Timestamp) -> Value {
    moment.as_duration().as_secs_f64().into()
}

/// `arn:aws:organizations::{management account}:{kind}/{organization}/{rest}`
fn arn(rows: &Rows, kind: &str, rest: &str) -> String {
    let management = rows.demo.ids.account(MANAGEMENT);
    let organization = rows.demo.ids.organization();
    let slash = if rest.is_empty() { "" } else { "/" };
    format!("arn:aws:organizations::{management}:{kind}/{organization}{slash}{rest}")
}

/// `{organization}/{root}/{unit}/…/`
fn path(rows: &Rows, unit: usize) -> String {
    let mut ids: Vec<String> = rows.upwards(unit).map(|place| rows.demo.ids.unit(place)).collect();
    ids.push(rows.demo.ids.organization());
    ids.reverse();
    ids.join("/") + "/"
}

/// The organization.
pub(super) fn organization(rows: &Rows) -> Value {
    let management = rows.demo.ids.account(MANAGEMENT);
    let email = rows.account(MANAGEMENT).and_then(|account| account.email.clone());
    json!({
        "Id": rows.demo.ids.organization(),
        "Arn": arn(rows, "organization", ""),
        "FeatureSet": "ALL",
        "MasterAccountArn": arn(rows, "account", &management),
        "MasterAccountId": management,
        "MasterAccountEmail": email,
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    })
}

/// The root.
pub(super) fn root(rows: &Rows, place: usize, unit: &Unit) -> Value {
    let id = rows.demo.ids.unit(place);
    json!({
        "Arn": arn(rows, "root", &id),
        "Id": id,
        "Name": unit.name,
        "PolicyTypes": [
            {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
            {"Type": "TAG_POLICY", "Status": "PENDING_ENABLE"},
        ],
    })
}

/// An organizational unit.
pub(super) fn unit(rows: &Rows, choices: &Choices, place: usize, unit: &Unit) -> Value {
    let id = rows.demo.ids.unit(place);
    let mut value = json!({"Arn": arn(rows, "ou", &id), "Id": id, "Name": unit.name});
    if choices.of(open::PATHS) == "present" {
        value["Path"] = path(rows, place).into();
    }
    value
}

/// An account's state in the newer field.
pub(super) fn state(choices: &Choices, state: State) -> &'static str {
    match state {
        State::PendingActivation => "PENDING_ACTIVATION",
        State::Suspended => "SUSPENDED",
        State::PendingClosure => "PENDING_CLOSURE",
        State::Closed => choices.of(open::CLOSED_STATE),
        State::Unnamed if choices.of(open::UNKNOWN_STATE) == "present" => "UNDER_REVIEW",
        State::Active | State::Unnamed => "ACTIVE",
    }
}

/// An account's state in the older field, which knows fewer.
fn status(choices: &Choices, one: State) -> &'static str {
    match one {
        State::PendingActivation | State::Active => "ACTIVE",
        State::Suspended | State::Closed => "SUSPENDED",
        State::PendingClosure => "PENDING_CLOSURE",
        State::Unnamed => state(choices, one),
    }
}

/// An account: the same in lists and alone. A field without a value is not there.
pub(super) fn account(rows: &Rows, choices: &Choices, number: u32, one: &Account) -> Value {
    let id = rows.demo.ids.account(number);
    let mut map = Map::new();
    map.insert("Id".into(), id.clone().into());
    map.insert("Arn".into(), arn(rows, "account", &id).into());
    if let Some(email) = &one.email {
        map.insert("Email".into(), email.as_str().into());
    }
    if let Some(name) = &one.name {
        map.insert("Name".into(), name.as_str().into());
    }
    let fields = choices.of(open::ACCOUNT_STATUS);
    if fields != "state" {
        map.insert("Status".into(), status(choices, one.state).into());
    }
    if fields != "status" {
        map.insert("State".into(), state(choices, one.state).into());
    }
    if choices.of(open::PATHS) == "present" {
        map.insert("Paths".into(), json!([format!("{}{id}/", path(rows, one.parent))]));
    }
    map.insert("JoinedMethod".into(), if one.invited { "INVITED" } else { "CREATED" }.into());
    map.insert("JoinedTimestamp".into(), moment(one.joined));
    Value::Object(map)
}

/// The status of a creation.
pub(super) fn creation(rows: &Rows, place: usize, one: &Creation) -> Value {
    let mut map = Map::new();
    map.insert("Id".into(), rows.demo.ids.creation(place).into());
    map.insert("AccountName".into(), one.name.as_str().into());
    map.insert("RequestedTimestamp".into(), moment(one.requested));
    match &one.outcome {
        Outcome::Waiting(_) => {
            map.insert("State".into(), "IN_PROGRESS".into());
        }
        Outcome::Succeeded(number, when) => {
            map.insert("State".into(), "SUCCEEDED".into());
            map.insert("CompletedTimestamp".into(), moment(*when));
            map.insert("AccountId".into(), rows.demo.ids.account(*number).into());
        }
        Outcome::Failed(reason, when) => {
            map.insert("State".into(), "FAILED".into());
            map.insert("CompletedTimestamp".into(), moment(*when));
            map.insert("FailureReason".into(), reason.as_str().into());
        }
    }
    Value::Object(map)
}
