//! What each change sends, and what its answer means.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::rows::{self, Rows};
use super::spec::{ABUSE_CONTACT, SPEC, TWO_FACTOR, TYPE, UNIT};
use super::wire::{BatchStatus, Envelope, MovedRow};
use crate::domain::{
    AccountId, Change, ChangeKind, Delivery, Failure, FailureKind, OrganizationId, Subject, Untrusted, Values,
};
use crate::provider::http::{Answer, Method, Operation};
use crate::provider::{BatchMoved, Capability, Executed, Made, Offer};

/// Under which a creation is made only once (Cloudflare's newest SDKs; creating a standalone account may demand it).
const KEY: &str = "idempotency-key";

/// Where an account is to go, in the bodies of both moves.
const DESTINATION: &str = "destination_organization_id";

/// The request of a change.
///
/// # Errors
/// `Unsupported` with the reason for what Cloudflare does not do; `Refused` for what no request can say.
pub(super) fn operation(change: &Change) -> Result<Operation, Failure> {
    if let Offer::No(reason) = SPEC.offer(Capability::of(change.kind, &change.subject)) {
        return Err(Failure::new(FailureKind::Unsupported, what(change), reason));
    }
    match change.kind {
        ChangeKind::Profile => {
            let [family, id] = super::home(&change.subject);
            Ok(Operation::write(Method::Put, &[family, id, "profile"], Some(rows::profile_body(&change.values))))
        }
        ChangeKind::CreateAccount => create_account(change),
        ChangeKind::UpdateAccount => {
            let id = account(change)?;
            Ok(Operation::write(Method::Put, &["accounts", id], Some(update_body(change, id)?)))
        }
        ChangeKind::DeleteAccount => Ok(Operation::write(Method::Delete, &["accounts", account(change)?], None)),
        ChangeKind::MoveAccount => {
            let to = filled(change, Change::TO, "choose the organization to move it to")?;
            let body = json!({ DESTINATION: to });
            Ok(Operation::write(Method::Post, &["accounts", account(change)?, "move"], Some(body)))
        }
        ChangeKind::CreateOrganization => {
            let mut body = json!({"name": name(change)?});
            match &change.subject {
                Subject::Organization(parent) => body["parent"] = json!({"id": parent.id.as_str()}),
                // Without a parent it stands at the top.
                Subject::Connection(_) => {}
                Subject::Account(_) => return Err(not_here(change, "an account holds no organizations")),
            }
            Ok(Operation::write(Method::Post, &["organizations"], Some(body)))
        }
        ChangeKind::RenameOrganization => {
            // Of all that may be sent only a new name takes effect (Cloudflare documentation).
            let body = json!({"name": name(change)?});
            Ok(Operation::write(Method::Put, &["organizations", organization(change)?], Some(body)))
        }
        ChangeKind::DeleteOrganization => {
            Ok(Operation::write(Method::Delete, &["organizations", organization(change)?], None))
        }
        // Not offered, which was said above.
        ChangeKind::CreateStandalone | ChangeKind::CloseAccount | ChangeKind::RemoveAccount => {
            Err(Failure::new(FailureKind::Unsupported, what(change), "Cloudflare offers no such write"))
        }
    }
}

/// Says always where the account is to stand: what a name alone makes is not documented.
fn create_account(change: &Change) -> Result<Operation, Failure> {
    let values = &change.values;
    let mut body = Map::new();
    body.insert("name".into(), name(change)?.into());
    if !values.get(TYPE).is_empty() {
        body.insert(TYPE.into(), values.get(TYPE).into());
    }
    match unit(change)? {
        Some(unit) => body.insert("unit".into(), json!({"id": unit})),
        None => body.insert("standalone".into(), true.into()),
    };
    let operation = Operation::write(Method::Post, &["accounts"], Some(body.into()));
    Ok(match &change.key {
        Some(key) => operation.with_header(KEY, key),
        None => operation,
    })
}

/// The organization that a new account is made in: the one it is made at, or the one that the form names.
fn unit(change: &Change) -> Result<Option<&str>, Failure> {
    let named = Some(change.values.get(UNIT)).filter(|unit| !unit.is_empty());
    match &change.subject {
        Subject::Organization(key) if named.is_none_or(|unit| unit == key.id.as_str()) => Ok(Some(key.id.as_str())),
        Subject::Organization(key) => {
            let cause = format!("it is made in {}, and {UNIT} names another organization", key.id);
            Err(Failure::new(FailureKind::Refused, what(change), cause).with_hint(format!("leave {UNIT} empty")))
        }
        Subject::Connection(_) => Ok(named),
        Subject::Account(_) => Err(not_here(change, "an account holds no accounts")),
    }
}

/// `type` is left out: sent, it is refused (reported live), though the schema requires it; see [`wants_type`]. A setting
/// is sent if it has a value, or if it had one and is to have none; null is what live answers have for that.
fn update_body(change: &Change, id: &str) -> Result<Value, Failure> {
    let values = &change.values;
    let mut settings = Map::new();
    for (field, key) in [(ABUSE_CONTACT, "abuse_contact_email"), (TWO_FACTOR, "enforce_twofactor")] {
        let had = change.base.as_ref().is_some_and(|base| !base.get(field).is_empty());
        match values.get(field) {
            "" if had && values.0.contains_key(field) => settings.insert(key.into(), Value::Null),
            "" => continue,
            text if field == TWO_FACTOR => settings.insert(key.into(), flag(change, field, text)?.into()),
            text => settings.insert(key.into(), text.into()),
        };
    }
    let mut body = json!({"id": id, "name": name(change)?});
    if !settings.is_empty() {
        body["settings"] = settings.into();
    }
    Ok(body)
}

fn flag(change: &Change, field: &str, text: &str) -> Result<bool, Failure> {
    text.parse().map_err(|_| {
        let cause = format!("{field} takes true or false, not \"{}\"", crate::domain::shown(text));
        Failure::new(FailureKind::Refused, what(change), cause)
    })
}

/// Whether an update was refused because it has no `type`, which this server then requires, as the schema says. A
/// refusal has no effect: the update may be sent with it.
pub(super) fn wants_type(failure: &Failure) -> bool {
    let names_type = |text: &Untrusted| {
        let text = text.raw().to_lowercase();
        text.split(|char: char| !char.is_alphanumeric() && char != '-').any(|word| word == TYPE)
    };
    failure.delivery == Delivery::Answered
        && failure.kind == FailureKind::Refused
        && failure.items.iter().any(|item| names_type(&item.message) || item.pointer.as_ref().is_some_and(names_type))
}

/// The same update with the account's own type, which is no change.
pub(super) fn with_type(mut update: Operation, kind: &Untrusted) -> Operation {
    if let Some(body) = &mut update.body {
        body[TYPE] = kind.raw().into();
    }
    update
}

/// What a change's answer says. It was accepted, so nothing here fails but an account that was not moved.
pub(super) fn executed(rows: Rows<'_>, change: &Change, answer: &Answer) -> Result<Executed, Failure> {
    // 204 without a body (profiles), `result` null (deletions): both are documented.
    let envelope = answer.json.as_deref().and_then(Envelope::read);
    let result = envelope.as_ref().and_then(|envelope| envelope.result);
    let mut executed = Executed {
        messages: envelope.as_ref().map(Envelope::message_texts).unwrap_or_default(),
        resent: answer.resent,
        request_id: answer.request_id.clone(),
        ..Executed::default()
    };
    let unnamed = "it was made, but the answer does not name it: refresh to see it";
    match change.kind {
        ChangeKind::CreateAccount => {
            let at = match &change.subject {
                Subject::Organization(key) => Some(&key.id),
                // Whether a unit is an organization's id is not documented.
                Subject::Connection(_) | Subject::Account(_) => None,
            };
            let account = result.and_then(|raw| rows.account(raw, at));
            executed.made = account.map(|account| Made::Account(Box::new(account)));
            executed.messages.extend(executed.made.is_none().then(|| Untrusted::new(unnamed)));
        }
        ChangeKind::CreateOrganization => {
            let organization = result.and_then(|raw| rows.organization(raw));
            executed.made = organization.map(|organization| Made::Organization(Box::new(organization)));
            executed.messages.extend(executed.made.is_none().then(|| Untrusted::new(unnamed)));
        }
        ChangeKind::MoveAccount => executed.messages.extend(moved(change, result, answer)?),
        ChangeKind::Profile
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => {}
    }
    Ok(executed)
}

/// What the answer to a move says beyond yes: the request names no source, so the account may have come from elsewhere.
fn moved(change: &Change, result: Option<&RawValue>, answer: &Answer) -> Result<Option<Untrusted>, Failure> {
    let row = result.map(MovedRow::read).unwrap_or_default();
    if row.moved.is("false") {
        let cause = row.message.filled().map_or_else(|| NOT_MOVED.into(), |text| text.shown().into_owned());
        let mut failure =
            Failure::new(FailureKind::Refused, answer.what.clone(), cause).with_delivery(Delivery::Answered);
        failure.status = Some(answer.status);
        failure.resent = answer.resent;
        failure.request_id.clone_from(&answer.request_id);
        return Err(failure);
    }
    let source = row.source_organization_id.filled();
    let expected = change.values.get(Change::FROM);
    let other = source.filter(|source| change.values.0.contains_key(Change::FROM) && source.raw() != expected);
    Ok(other.map(|source| Untrusted::from(format!("Cloudflare says that it came from {}", source.raw()))))
}

const NOT_MOVED: &str = "Cloudflare did not move the account, and did not say why";

/// The call that moves several accounts.
pub(super) fn batch(accounts: &[AccountId], to: &OrganizationId) -> Operation {
    let ids: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    let body = json!({"account_ids": ids, DESTINATION: to.as_str()});
    Operation::write(Method::Post, &["accounts", "move"], Some(body))
}

/// What a batch's answer says of each account that it names: one status in every source, or a list of them.
///
/// # Errors
/// An answer without statuses: what became of the accounts is not known.
pub(super) fn batch_moved(answer: &Answer) -> Result<Vec<BatchMoved>, Failure> {
    let envelope = answer.json.as_deref().and_then(Envelope::read);
    let statuses = envelope.and_then(|envelope| envelope.result).and_then(BatchStatus::all);
    let statuses = statuses.ok_or_else(|| {
        answer.unreadable("the answer does not say what became of the accounts").with_delivery(Delivery::Unknown)
    })?;
    let named = statuses.into_iter().filter_map(|status| {
        let account = AccountId::new(status.tag.filled()?.raw());
        let moved = match (status.moved.is("true"), status.moved.is("false")) {
            (true, _) => true,
            (_, true) => false,
            // It does not say.
            (false, false) => return None,
        };
        Some(BatchMoved { account, moved, message: status.message.filled() })
    });
    Ok(named.collect())
}

/// A refusal of the call for several moves that says that there is no such call. One that points at a field knows it.
pub(super) fn without_batch(mut failure: Failure) -> Failure {
    let is_about_a_field = failure.items.iter().any(|item| item.pointer.is_some());
    if failure.kind == FailureKind::NotFound && !is_about_a_field {
        failure.kind = FailureKind::Unsupported;
    }
    if failure.kind == FailureKind::Unsupported {
        failure.cause = "this server has no call that moves several accounts: nothing was moved".into();
        failure.hint = Some("move them one by one".into());
    }
    failure
}

fn name(change: &Change) -> Result<&str, Failure> {
    filled(change, "name", "give it a name")
}

fn filled<'a>(change: &'a Change, field: &str, hint: &str) -> Result<&'a str, Failure> {
    match change.values.get(field) {
        "" => {
            let cause = format!("{field} must not be empty");
            Err(Failure::new(FailureKind::Refused, what(change), cause).with_hint(hint))
        }
        value => Ok(value),
    }
}

fn account(change: &Change) -> Result<&str, Failure> {
    match &change.subject {
        Subject::Account(key) => Ok(key.id.as_str()),
        Subject::Organization(_) | Subject::Connection(_) => Err(not_here(change, "this is done to an account")),
    }
}

fn organization(change: &Change) -> Result<&str, Failure> {
    match &change.subject {
        Subject::Organization(key) => Ok(key.id.as_str()),
        Subject::Account(_) | Subject::Connection(_) => Err(not_here(change, "this is done to an organization")),
    }
}

fn not_here(change: &Change, cause: &str) -> Failure {
    Failure::new(FailureKind::Refused, what(change), cause)
}

fn what(change: &Change) -> String {
    let subject = &change.subject;
    format!("{} {} {}", change.kind.verb(), subject.noun(), subject.id())
}

/// Whether an update turns the demand for two-factor authentication on, as far as the change tells: `None` if what
/// there was before is not in it.
pub(super) fn turns_two_factor_on(values: &Values, base: Option<&Values>) -> Option<bool> {
    if values.get(TWO_FACTOR) != "true" {
        return Some(false);
    }
    base.map(|base| base.get(TWO_FACTOR) != "true")
}
