//! What a change would alter: the fresh read, what is wanted, and what the person began with.

use crate::domain::{Before, Change, Conflict, Diff, Failure, FailureItem, FailureKind, FormSpec, Untrusted, Values};

/// A change laid over a fresh read.
pub(super) struct Merged {
    /// Every field of the form, then what else the profile has.
    pub(super) values: Values,
    pub(super) diff: Vec<Diff>,
    pub(super) conflicts: Vec<Conflict>,
}

/// Fields that the change does not set keep what was read. A field that the person left as it was takes what was read,
/// too; one that both altered, differently, is a conflict (and stands as the person wants it).
pub(super) fn merge(form: &FormSpec, change: &Change, read: &Before) -> Merged {
    let mut values: Values = form.fields.iter().map(|field| (field.name, read.values.get(field.name))).collect();
    for (field, theirs) in &read.values.0 {
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
    Merged { diff: diff(&values, read), values, conflicts }
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
/// not take. What the person left as it was is not theirs to mend.
pub(super) fn check_given(form: &FormSpec, change: &Change) -> Result<(), Failure> {
    let unknown = change.values.0.keys().filter(|name| form.field(name).is_none());
    let unknown: Vec<&str> = unknown.map(String::as_str).collect();
    if !unknown.is_empty() {
        let there: Vec<&str> = form.fields.iter().map(|field| field.name).collect();
        let cause = format!("there is no field {}", unknown.join(", "));
        let hint = format!("the fields are {}", there.join(", "));
        return Err(Failure::new(FailureKind::Refused, what(change), cause).with_hint(hint));
    }
    let left = |field: &str, value: &str| {
        let base = change.base.as_ref();
        base.is_some_and(|base| base.get(field) == value)
    };
    let faults = change
        .values
        .0
        .iter()
        .filter(|(name, value)| !left(name, value))
        .filter_map(|(name, value)| Some((name.as_str(), form.field(name)?.fault(value)?)));
    refuse(change, faults.collect())
}

/// What is wrong with the fields of which neither the change nor the fresh read has a value.
pub(super) fn check_whole(form: &FormSpec, change: &Change, values: &Values) -> Result<(), Failure> {
    let faults = form
        .fields
        .iter()
        .filter(|field| values.get(field.name).is_empty())
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
    format!("{verb} of {noun} {}", change.subject.id())
}
