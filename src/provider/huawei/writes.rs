//! What each change sends, and what its answer means.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::rows::{Contact, Rows, UNIT, is_root};
use super::spec::SPEC;
use super::wire::{Envelope, filled, parse, text};
use crate::domain::{
    AccountId, Change, ChangeKind, Delivery, Failure, FailureItem, FailureKind, ParentRef, Subject, Untrusted, Values,
};
use crate::provider::http::{Answer, Method, Operation};
use crate::provider::{Capability, Executed, Made, Offer, Progress};

/// The request of a change.
///
/// # Errors
/// `Unsupported` with the reason for what Huawei Cloud does not do; `Refused` for what no request can say.
pub(super) fn operation(change: &Change) -> Result<Operation, Failure> {
    if let Offer::No(reason) = SPEC.offer(Capability::of(change.kind, &change.subject)) {
        return Err(Failure::new(FailureKind::Unsupported, what(change), reason));
    }
    let values = &change.values;
    match change.kind {
        ChangeKind::CreateAccount => create_account(change),
        ChangeKind::UpdateAccount => {
            // An empty text clears it, a missing one leaves it (Huawei documentation).
            let body = body(values, &["description"], Empty::Sent);
            Ok(Operation::write(Method::Patch, &account(change, &[])?, Some(body)))
        }
        ChangeKind::CloseAccount => Ok(Operation::write(Method::Post, &account(change, &["close"])?, None)),
        ChangeKind::RemoveAccount => Ok(Operation::write(Method::Post, &account(change, &["remove"])?, None)),
        ChangeKind::MoveAccount => move_account(change),
        ChangeKind::CreateOrganization => {
            let Subject::Organization(parent) = &change.subject else {
                return Err(refused(
                    change,
                    "an OU stands in the root or in another OU",
                    "choose where to make it: in the tree, or with --parent ID",
                ));
            };
            let mut body = body(values, &["name"], Empty::Sent);
            body["parent_id"] = Value::from(parent.id.as_str());
            Ok(Operation::write(Method::Post, &[V1, ORGANIZATIONS, UNITS], Some(body)))
        }
        ChangeKind::RenameOrganization => {
            let body = body(values, &["name"], Empty::Sent);
            Ok(Operation::write(Method::Patch, &[V1, ORGANIZATIONS, UNITS, unit(change)?], Some(body)))
        }
        ChangeKind::DeleteOrganization => {
            Ok(Operation::write(Method::Delete, &[V1, ORGANIZATIONS, UNITS, unit(change)?], None))
        }
        // Not offered, which was said above.
        ChangeKind::Profile | ChangeKind::CreateStandalone | ChangeKind::DeleteAccount => {
            Err(Failure::new(FailureKind::Unsupported, what(change), "Huawei Cloud offers no such write"))
        }
    }
}

pub(super) const V1: &str = "v1";
pub(super) const ORGANIZATIONS: &str = "organizations";
pub(super) const ACCOUNTS: &str = "accounts";
pub(super) const UNITS: &str = "organizational-units";

fn create_account(change: &Change) -> Result<Operation, Failure> {
    // Neither call takes a place (Huawei documentation): a new account stands in the root.
    if let Subject::Organization(key) = &change.subject
        && !is_root(key.id.as_str())
    {
        return Err(refused(
            change,
            "Huawei Cloud makes accounts in the root only",
            "make it in the root, then move it to its OU",
        ));
    }
    let values = &change.values;
    let fields = ["name", "email", "phone", "agency_name", "description"];
    let body = body(values, &fields, Empty::LeftOut);
    // The second version makes an account without contact data and takes none.
    let version = if values.get("email").is_empty() && values.get("phone").is_empty() { "v2" } else { V1 };
    Ok(Operation::write(Method::Post, &[version, ORGANIZATIONS, ACCOUNTS], Some(body)))
}

fn move_account(change: &Change) -> Result<Operation, Failure> {
    let (from, to) = (change.values.get(Change::FROM), change.values.get(Change::TO));
    if from.is_empty() || to.is_empty() {
        return Err(refused(
            change,
            "a move names the root or OU that holds the account now and the one to move to",
            "refresh the account's hierarchy, then choose where to move it",
        ));
    }
    let body = serde_json::json!({"source_parent_id": from, "destination_parent_id": to});
    Ok(Operation::write(Method::Post, &account(change, &["move"])?, Some(body)))
}

/// Whether an empty value is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Sent,
    LeftOut,
}

/// A body of these fields, as far as the change has them.
fn body(values: &Values, fields: &[&str], empty: Empty) -> Value {
    let given = fields.iter().filter_map(|field| Some((*field, values.0.get(*field)?)));
    let sent = given.filter(|(_, value)| empty == Empty::Sent || !value.is_empty());
    sent.map(|(field, value)| (field.to_owned(), Value::from(value.as_str()))).collect::<Map<_, _>>().into()
}

fn account<'a>(change: &'a Change, rest: &[&'a str]) -> Result<Vec<&'a str>, Failure> {
    match &change.subject {
        Subject::Account(key) => Ok([&[V1, ORGANIZATIONS, ACCOUNTS, key.id.as_str()], rest].concat()),
        Subject::Organization(_) | Subject::Connection(_) => {
            Err(refused(change, "this is done to an account", "choose an account"))
        }
    }
}

fn unit(change: &Change) -> Result<&str, Failure> {
    match &change.subject {
        // No call takes a root (Huawei documentation).
        Subject::Organization(key) if is_root(key.id.as_str()) => {
            Err(refused(change, "the root of an organization is neither renamed nor deleted", "choose an OU below it"))
        }
        Subject::Organization(key) => Ok(key.id.as_str()),
        Subject::Account(_) | Subject::Connection(_) => Err(refused(change, "this is done to an OU", "choose an OU")),
    }
}

fn what(change: &Change) -> String {
    let subject = &change.subject;
    format!("{} {} {}", change.kind.verb(), subject.noun(), subject.id())
}

fn refused(change: &Change, cause: &str, hint: &str) -> Failure {
    Failure::new(FailureKind::Refused, what(change), cause).with_hint(hint)
}

/// What a change's answer says. It was accepted, so nothing here fails but an account that was not made.
pub(super) fn executed(rows: Rows<'_>, change: &Change, answer: &Answer) -> Result<Executed, Failure> {
    let envelope = Envelope::read(answer.json.as_deref());
    match change.kind {
        ChangeKind::CreateAccount => match envelope.one("create_account_status") {
            Some(status) => creation_began(rows, status, answer),
            None => Ok(Executed {
                messages: vec![Untrusted::new(
                    "Huawei Cloud accepted it and did not say how to follow it: refresh to see the account",
                )],
                ..Executed::default()
            }),
        },
        // A closed account stays in the list; its status says how far it is.
        ChangeKind::CloseAccount => {
            Ok(Executed { operation: Some(change.subject.id().to_owned()), ..Executed::default() })
        }
        ChangeKind::CreateOrganization => {
            let parent = match &change.subject {
                Subject::Organization(key) => Some(ParentRef { id: key.id.clone(), name: Untrusted::default() }),
                Subject::Account(_) | Subject::Connection(_) => None,
            };
            let unit = envelope.one("organizational_unit").and_then(|raw| rows.organization(raw, UNIT, parent));
            Ok(Executed { made: unit.map(|unit| Made::Organization(Box::new(unit))), ..Executed::default() })
        }
        ChangeKind::Profile
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => Ok(Executed::default()),
    }
}

fn creation_began(rows: Rows<'_>, raw: &RawValue, answer: &Answer) -> Result<Executed, Failure> {
    let status = parse(raw);
    let id = filled(&status, "id").map(|id| id.raw().to_owned());
    let made = |account: &AccountId| {
        let record = serde_json::json!({"id": account.as_str(), "name": status.get("account_name")});
        let record = RawValue::from_string(record.to_string()).ok()?;
        Some(Made::Account(Box::new(rows.account(&record, Contact::NotAsked, None)?)))
    };
    match creation(&status, answer) {
        Progress::Running => Ok(Executed { operation: id, ..Executed::default() }),
        Progress::Done(account) => Ok(Executed { made: account.as_ref().and_then(made), ..Executed::default() }),
        Progress::Failed(failure) => Err(failure),
    }
}

/// How far an account's creation is: `in_progress`, `succeeded` or `failed` (Huawei SDK).
pub(super) fn creation(status: &Value, answer: &Answer) -> Progress {
    let account = filled(status, "account_id").map(|id| AccountId::new(id.raw()));
    let state = text(status.get("state")).unwrap_or_default();
    match state.raw() {
        "succeeded" => Progress::Done(account),
        "failed" => {
            let detail = status.get("failure_detail_msg").and_then(|detail| filled(detail, "error_msg"));
            let reason = filled(status, "failure_reason");
            Progress::Failed(failed("Huawei Cloud did not make the account", reason, detail, answer))
        }
        // Any other word goes on, unless the record says that it is over.
        _ if filled(status, "completed_at").is_some() && account.is_some() => Progress::Done(account),
        _ => Progress::Running,
    }
}

/// How far an account's closing is: `pending_closure` or `suspended`, which Huawei Cloud's Chinese documentation glosses
/// as closed. `statuses` are those of all accounts that were ever closed, perhaps several of one.
pub(super) fn closing(statuses: &[&RawValue], account: &str, answer: &Answer) -> Option<Progress> {
    let own = statuses.iter().map(|raw| parse(raw));
    let own = own.filter(|status| filled(status, "account_id").is_some_and(|id| id.raw() == account));
    let newest = own.max_by_key(|status| text(status.get("updated_at")))?;
    let state = text(newest.get("state")).unwrap_or_default();
    if let Some(reason) = filled(&newest, "failure_reason")
        && state.raw() != "suspended"
    {
        return Some(Progress::Failed(failed("Huawei Cloud did not close the account", Some(reason), None, answer)));
    }
    Some(closed(state.raw(), account))
}

/// The same by a status word, also the account's own.
pub(super) fn closed(state: &str, account: &str) -> Progress {
    if state == "suspended" { Progress::Done(Some(AccountId::new(account))) } else { Progress::Running }
}

fn failed(cause: &str, reason: Option<Untrusted>, detail: Option<Untrusted>, answer: &Answer) -> Failure {
    let said = detail.clone().or_else(|| reason.clone());
    let cause = said.map_or_else(|| cause.to_owned(), |said| format!("{cause}: {}", said.shown()));
    let mut failure = Failure::new(FailureKind::Refused, answer.what.clone(), cause).with_delivery(Delivery::Answered);
    failure.resent = answer.resent;
    failure.request_id.clone_from(&answer.request_id);
    failure.items = vec![FailureItem { code: reason, message: detail.unwrap_or_default(), ..FailureItem::default() }];
    failure
}
