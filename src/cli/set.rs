//! `--set FIELD=VALUE`: what is set, checked against the form of what it is set in.

use super::args::SetArgs;
use super::stdin;
use super::stop::Stop;
use crate::config::nearest;
use crate::domain::{ChangeKind, ConnectionName, Field, FormSpec, Values, shown};
use crate::provider::Spec;

/// Field names with their values as they were given.
pub(super) fn pairs(args: &SetArgs) -> Result<Vec<(&str, &str)>, Stop> {
    let pair = |text: &'_ String| -> Result<(), Stop> {
        let words = || format!("--set takes FIELD=VALUE, and `{}` has no =", shown(text));
        text.contains('=').then_some(()).ok_or_else(|| Stop::usage(words()))
    };
    args.set.iter().try_for_each(pair)?;
    Ok(args.set.iter().filter_map(|text| text.split_once('=')).collect())
}

/// The same where something must be set.
pub(super) fn some_pairs(args: &SetArgs) -> Result<Vec<(&str, &str)>, Stop> {
    if args.set.is_empty() {
        return Err(Stop::usage("there is nothing to change: give --set FIELD=VALUE"));
    }
    pairs(args)
}

/// The form for what is set: one of several, where fields are written by several calls.
pub(super) fn form(
    spec: &Spec,
    kind: ChangeKind,
    at: &ConnectionName,
    pairs: &[(&str, &str)],
) -> Result<&'static FormSpec, Stop> {
    let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
    let form = spec.form_with(kind, &names);
    let form = form.ok_or_else(|| Stop::usage(format!("{at}: there is no form for it")))?;
    let of = |name: &str| spec.forms_of(kind).find(|form| form.field(name).is_some());
    let Some(stranger) = names.iter().find(|name| form.field(name).is_none()) else { return Ok(form) };
    match (of(stranger), names.iter().find(|name| form.field(name).is_some())) {
        // None of these has both, or the first was taken for want of a better one.
        (Some(_), Some(own)) => {
            let words =
                format!("{} writes {own} and {stranger} by calls of their own: give each a command", spec.title);
            Err(Stop::usage(words))
        }
        (Some(other), None) => Ok(other),
        (None, _) => {
            let fields: Vec<&Field> = spec.forms_of(kind).flat_map(|form| form.fields).collect();
            Err(Stop::usage(unknown(&fields, stranger)))
        }
    }
}

/// Checks fields and values against the form. Secrets are read from where they are.
pub(super) async fn values(form: &FormSpec, pairs: Vec<(&str, &str)>) -> Result<Values, Stop> {
    let mut values = Values::default();
    for (name, value) in pairs {
        let Some(field) = form.field(name) else {
            return Err(Stop::usage(unknown(&form.fields.iter().collect::<Vec<_>>(), name)));
        };
        let value = if field.kind.is_secret() { read_secret(field.name, value).await? } else { value.to_owned() };
        if let Some(fault) = field.fault(&value) {
            return Err(Stop::usage(format!("{name}: {fault}")));
        }
        if values.0.contains_key(name) {
            return Err(Stop::usage(format!("{name} is set twice")));
        }
        values.set(name, value);
    }
    Ok(values)
}

/// The same for what is to be made at a connection: what its form requires must be given, since no fresh read has it.
pub(super) async fn whole(at: &ConnectionName, form: &FormSpec, pairs: Vec<(&str, &str)>) -> Result<Values, Stop> {
    let is_given = |field: &&Field| pairs.iter().any(|(name, _)| *name == field.name);
    let missing: Vec<String> = form
        .fields
        .iter()
        .filter(|field| field.required && !is_given(field))
        .map(|field| format!("--set {}={}", field.name, if field.kind.is_secret() { "@FILE" } else { "…" }))
        .collect();
    let values = values(form, pairs).await?;
    if missing.is_empty() {
        return Ok(values);
    }
    Err(Stop::usage(format!("{at}: it can't be made without {}", missing.join(", "))))
}

fn unknown(fields: &[&Field], name: &str) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => match names.as_slice() {
            [] => "there are none".to_owned(),
            [only] => format!("there is only {only}"),
            names => format!("there are {}", names.join(", ")),
        },
    };
    format!("there is no field {} ({hint})", shown(name))
}

/// A secret comes from a file or from stdin: a command line can be read by everybody on the machine, and is remembered
/// by shells. The newline at the end of a file is not part of it.
pub(super) async fn read_secret(name: &str, value: &str) -> Result<String, Stop> {
    let read = match value.strip_prefix('@') {
        None | Some("") => {
            let words = format!(
                "{name} is secret and never stands on a command line: give --set {name}=@FILE, or --set {name}=@- for \
                 stdin"
            );
            return Err(Stop::usage(words));
        }
        Some("-") => stdin::text().await,
        Some(file) => std::fs::read_to_string(file),
    };
    let mut text = read.map_err(|error| Stop::usage(format!("{name}: {} can't be read: {error}", shown(value))))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
