//! `profile` and `org profile`: read a profile, or change it.

use serde_json::{Map, Value};

use super::args::{Format, ProfileArgs};
use super::desk::{Desk, Opened};
use super::stop::Stop;
use super::{find, write};
use crate::config::nearest;
use crate::domain::{ChangeKind, FormSpec, OrganizationKey, Subject, Values, shown};
use crate::provider::Capability;

/// What kind of thing the id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// An account, or else an organization.
    Any,
    /// An organization.
    Organization,
}

pub(super) async fn run(desk: &Desk, args: &ProfileArgs, of: Of) -> Result<(), Stop> {
    let opened = desk.open()?;
    if args.set.is_empty() && (args.write.dry_run || args.write.confirm.is_some()) {
        return Err(Stop::usage("there is nothing to change: give --set FIELD=VALUE"));
    }
    let pairs = args.set.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
    let (it, subject) = match of {
        Of::Any => find::subject(&opened, &args.id).await?,
        Of::Organization => {
            let (it, organization) = find::organization(&opened, &args.id).await?;
            let OrganizationKey { connection, id } = organization.key;
            (it, Subject::Organization(OrganizationKey { connection, id }))
        }
    };
    if !pairs.is_empty() {
        let form = form(it)?;
        let change = form.change(subject, values(form, pairs)?, None);
        return write::run(desk, &opened, it, change, &args.write).await;
    }
    let profile = it.provider.profile(&subject).await.map_err(|why| Stop::failure(it.name(), &why))?;
    print(desk, it, &profile.values)?;
    if !profile.exists {
        desk.whisper(&format!("the {} has no profile yet", subject.noun()));
    }
    Ok(())
}

/// Writes a profile: every field of the form, empty where the provider has nothing, and then every other one that the
/// provider gave.
pub(super) fn print(desk: &Desk, opened: &Opened, values: &Values) -> Result<(), Stop> {
    let form = opened.provider.spec().form(ChangeKind::Profile);
    let edited = form.map_or(&[][..], |form| form.fields).iter().map(|field| field.name);
    let read = values.0.keys().map(String::as_str);
    let read = read.filter(|name| form.is_none_or(|form| form.field(name).is_none()));
    let names: Vec<&str> = edited.chain(read).collect();
    let value = |name: &str| values.get(name);
    let object =
        || -> Map<String, Value> { names.iter().map(|name| ((*name).to_owned(), Value::from(value(name)))).collect() };
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.document(&object())?,
        Format::Ndjson => out.object(&object())?,
        Format::Csv => {
            out.csv(names.iter().map(|name| (*name).into()))?;
            out.csv(names.iter().map(|name| value(name).into()))?;
        }
        Format::Table => {
            let pair = |name: &&str| ((*name).to_owned(), shown(value(name)).into_owned());
            out.pairs(&names.iter().map(pair).collect::<Vec<_>>())?;
        }
    }
    Ok(out.flush()?)
}

fn form(opened: &Opened) -> Result<&'static FormSpec, Stop> {
    let spec = opened.provider.spec();
    spec.form(ChangeKind::Profile).ok_or_else(|| {
        let why = match spec.offer(Capability::WriteAccountProfile) {
            crate::provider::Offer::No(why) => why,
            crate::provider::Offer::Yes => "it has no form for profiles",
        };
        Stop::new(super::stop::status::FAILED, format!("{}: {why}", opened.name()))
    })
}

fn pair(text: &str) -> Result<(&str, &str), Stop> {
    text.split_once('=').ok_or_else(|| Stop::usage(format!("--set takes FIELD=VALUE, and `{}` has no =", shown(text))))
}

/// Checks fields and values against the form.
fn values(form: &FormSpec, pairs: Vec<(&str, &str)>) -> Result<Values, Stop> {
    let mut values = Values::default();
    for (name, value) in pairs {
        let Some(field) = form.field(name) else {
            let names: Vec<&str> = form.fields.iter().map(|field| field.name).collect();
            let hint = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            return Err(Stop::usage(format!("there is no field {} ({hint})", shown(name))));
        };
        if let Some(fault) = field.fault(value) {
            return Err(Stop::usage(format!("{name}: {fault}")));
        }
        if values.0.contains_key(name) {
            return Err(Stop::usage(format!("{name} is set twice")));
        }
        values.set(name, value);
    }
    Ok(values)
}
