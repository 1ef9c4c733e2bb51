//! `profile` and `org profile`: read a profile, or change it.

use serde_json::{Map, Value};

use super::args::{Format, SetOnArgs};
use super::desk::{Desk, Opened};
use super::stop::Stop;
use super::write::{self, Shape, Wish};
use super::{find, set};
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

pub(super) async fn run(desk: &Desk, args: &SetOnArgs, of: Of) -> Result<(), Stop> {
    let opened = desk.open()?;
    let pairs = set::pairs(&args.fields)?;
    if pairs.is_empty() && (args.fields.write.dry_run || args.fields.write.confirm.is_some()) {
        return Err(Stop::usage("there is nothing to change: give --set FIELD=VALUE"));
    }
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
        let change = form.change(subject, set::values(form, pairs).await?, None);
        let wish = Wish { shape: Shape::Profile, ..Wish::of(vec![change]) };
        return write::run(desk, &opened, &desk.scratch().await, wish, &args.fields.write).await;
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
        Stop::usage(format!("{}: {why}", opened.name()))
    })
}
