//! What a change would alter: the fresh read, what is wanted, and what the person began with.

use super::read::{NAME, STATUS};
use super::road::Wish;
use crate::domain::{
    Before, Change, ChangeKind, Conflict, Diff, Failure, FailureItem, FailureKind, FormSpec, Untrusted, Values,
};

/// What stands for a secret in a diff.
const MASKED: &str = "<secret>";

/// A change laid over a fresh read.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// What the change will hold: of fields every one of the form, and of a profile what else it has.
    pub(super) values: Values,
    pub(super) diff: Vec<Diff>,
    pub(super) conflicts: Vec<Conflict>,
    /// Where the account was when it was looked at, and where it is, if somebody moved it meanwhile.
    pub(super) meanwhile: Option<Diff>,
}

/// Lays a change over what was read, as its kind asks.
pub(super) fn lay(form: &FormSpec, change: &Change, read: &Before) -> Merged {
    let one = |field: &str, from: Option<&str>, to: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let diff = vec![Diff { field: field.to_owned(), from: owned(from), to: owned(to) }];
        Merged { values: change.values.clone(), diff, ..Merged::default() }
    };
    let known = |field: &str| Some(read.values.get(field)).filter(|text| !text.is_empty());
    match change.kind {
        ChangeKind::Profile | ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => merge(form, change, read),
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => create(change),
        ChangeKind::MoveAccount => shift(change, read),
        ChangeKind::DeleteAccount => one("account", Some(read.values.get(NAME)), None),
        ChangeKind::DeleteOrganization => one("organization", Some(read.values.get(NAME)), None),
        ChangeKind::CloseAccount if read.values.get(STATUS).eq_ignore_ascii_case("closed") => {
            Merged { values: change.values.clone(), ..Merged::default() }
        }
        ChangeKind::CloseAccount => one(STATUS, known(STATUS), Some("closed")),
        ChangeKind::RemoveAccount => one(Diff::PLACE, known(Change::FROM), None),
    }
}

/// A move goes from where the account is found to stand.
fn shift(change: &Change, read: &Before) -> Merged {
    let (from, to) = (read.values.get(Change::FROM), change.values.get(Change::TO));
    let given = change.values.0.get(Change::FROM);
    let base = change.base.as_ref().and_then(|base| base.0.get(Change::FROM)).or(given);
    let place = |id: &str| (!id.is_empty()).then(|| id.to_owned());
    let meanwhile = base.filter(|base| *base != from && !(base.is_empty() && change.base.is_none())).map(|base| Diff {
        field: Diff::PLACE.into(),
        from: place(base),
        to: place(from),
    });
    let diff = Diff { field: Diff::PLACE.into(), from: place(from), to: Some(to.to_owned()) };
    Merged {
        values: Values::from_iter([(Change::FROM, from), (Change::TO, to)]),
        diff: if from == to { Vec::new() } else { vec![diff] },
        conflicts: Vec::new(),
        meanwhile,
    }
}

/// All that is given comes from nothing.
fn create(change: &Change) -> Merged {
    let open = change.values.0.iter().filter(|(_, value)| !value.is_empty());
    let open = open.map(|(field, value)| (field.clone(), value.clone()));
    let secret = change.secrets.keys().map(|field| (field.clone(), MASKED.to_owned()));
    let diff = open.chain(secret).map(|(field, to)| Diff { field, from: None, to: Some(to) }).collect();
    Merged { values: change.values.clone(), diff, ..Merged::default() }
}

/// Fields that the change does not set keep what was read. A field that the person left as it was takes what was read,
/// too; one that both altered, differently, is a conflict (and stands as the person wants it).
fn merge(form: &FormSpec, change: &Change, read: &Before) -> Merged {
    let mut values: Values = form.fields.iter().map(|field| (field.name, read.values.get(field.name))).collect();
    // A profile is written as a whole: what else it has is kept.
    let rest = read.values.0.iter().filter(|(field, _)| change.kind == ChangeKind::Profile && !field.is_empty());
    for (field, theirs) in rest {
        values.set(field.clone(), theirs.clone());
    }
    let mut conflicts = Vec::new();
    for (field, mine) in &change.values.0 {
        let theirs = read.values.get(field);
        let base = change.base.as_ref().map(|base| base.get(field));
        if base == Some(mine) {
            continue;
        }
        if let Some(base) = base.filter(|base| *base != theirs && theirs != mine) {
            conflicts.push(Conflict {
                field: field.clone(),
                base: base.to_owned(),
                theirs: theirs.to_owned(),
                mine: mine.clone(),
            });
        }
        values.set(field.clone(), mine.clone());
    }
    Merged { diff: diff(&values, read), values, conflicts, meanwhile: None }
}

/// An empty field and one that is not there are the same to the provider.
fn diff(values: &Values, read: &Before) -> Vec<Diff> {
    let alters = |(field, to): &(&String, &String)| read.values.get(field) != to.as_str();
    values
        .0
        .iter()
        .filter(alters)
        .map(|(field, to)| Diff { field: field.clone(), from: read.values.0.get(field).cloned(), to: Some(to.clone()) })
        .collect()
}

/// What is wrong with the fields that a change sets, before anything is read: unknown names, values that the form does
/// not take. What the person left as it was is not theirs to mend; nor are the values of what a journal brings back, which
/// stood at the provider or were looked at when they were typed.
pub(super) fn check_given(form: &FormSpec, change: &Change, wish: Wish) -> Result<(), Failure> {
    let given = change.values.0.keys().chain(change.secrets.keys());
    let unknown: Vec<&str> = given.filter(|name| !takes(form, change, name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        let there: Vec<&str> = form.fields.iter().map(|field| field.name).collect();
        let cause = format!("there is no field {}", unknown.join(", "));
        let failure = Failure::new(FailureKind::Refused, what(change), cause);
        return Err(match there.as_slice() {
            [] => failure.with_hint("it takes no fields"),
            there => failure.with_hint(format!("the fields are {}", there.join(", "))),
        });
    }
    let is_secret = |name: &str| form.field(name).is_some_and(|field| field.kind.is_secret());
    if let Some(name) = change.values.0.keys().find(|name| is_secret(name)) {
        let cause = format!("{name} is a secret, and stands among the fields that are kept");
        return Err(Failure::new(FailureKind::Refused, what(change), cause));
    }
    let left = |field: &str, value: &str| {
        let base = change.base.as_ref();
        base.is_some_and(|base| base.get(field) == value)
    };
    let open = change.values.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let secret = change.secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose()));
    let faults = open
        .filter(|(name, value)| !left(name, value) && *name != Change::FROM)
        .chain(secret)
        .filter_map(|(name, value)| Some((name, form.field(name)?.fault(value)?)));
    refuse(change, if wish == Wish::Typed { faults.collect() } else { Vec::new() })?;
    let names_no_place = change.kind == ChangeKind::MoveAccount && change.values.get(Change::TO).is_empty();
    let destination = || vec![(Change::TO, "the organization to move to must be named".to_owned())];
    refuse(change, if names_no_place { destination() } else { Vec::new() })
}

/// Whether a change of this form may name a field. Where an account is taken from may be named everywhere.
fn takes(form: &FormSpec, change: &Change, name: &str) -> bool {
    let is_place = match change.kind {
        ChangeKind::MoveAccount => matches!(name, Change::FROM | Change::TO),
        ChangeKind::DeleteAccount | ChangeKind::CloseAccount | ChangeKind::RemoveAccount => name == Change::FROM,
        ChangeKind::Profile
        | ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => false,
    };
    is_place || form.field(name).is_some()
}

/// What is wrong with the fields of which neither the change nor the fresh read has a value.
pub(super) fn check_whole(form: &FormSpec, change: &Change, values: &Values) -> Result<(), Failure> {
    let is_given = |name: &str| change.secrets.get(name).is_some_and(|secret| !secret.expose().is_empty());
    // Where an account stands, if anywhere, is the fresh read's to say.
    let is_asked = |name: &str| name != Change::FROM || change.kind != ChangeKind::MoveAccount;
    let faults = form
        .fields
        .iter()
        .filter(|field| values.get(field.name).is_empty() && !is_given(field.name) && is_asked(field.name))
        .filter_map(|field| Some((field.name, field.fault("")?)));
    refuse(change, faults.collect())
}

fn refuse(change: &Change, faults: Vec<(&str, String)>) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let sentence = |(name, fault): &(&str, String)| format!("{name}: {fault}");
    let cause = faults.iter().map(sentence).collect::<Vec<_>>().join("; ");
    let mut failure = Failure::new(FailureKind::Refused, what(change), cause);
    failure.items = faults
        .into_iter()
        .map(|(name, fault)| FailureItem {
            message: Untrusted::from(fault),
            pointer: Some(Untrusted::from(format!("/{name}"))),
            ..FailureItem::default()
        })
        .collect();
    Err(failure)
}

/// What was tried, for the head of a failure.
pub(super) fn what(change: &Change) -> String {
    let (verb, noun) = (change.kind.verb(), change.subject.noun());
    match change.kind {
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone => {
            format!("create of an account in {noun} {}", change.subject.id())
        }
        ChangeKind::CreateOrganization => format!("create of an organization in {noun} {}", change.subject.id()),
        ChangeKind::Profile
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => format!("{verb} of {noun} {}", change.subject.id()),
    }
}
