//! `profile` and `org profile`: read a profile, or change it.

use serde_json::{Map, Value};

use super::args::{Format, ProfileArgs};
use super::desk::{Desk, Opened};
use super::find::Noun;
use super::kept::{self, Wanted};
use super::show::not_kept;
use super::stop::Stop;
use super::write::{self, Shape, Wish};
use super::{find, set};
use crate::domain::{
    AccountId, AccountKey, ChangeKind, FormSpec, OrganizationId, OrganizationKey, Profile, Subject, Values, shown,
};
use crate::provider::{Capability, Query, Reply};

/// What kind of thing the id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// An account, or else an organization.
    Any,
    /// An organization.
    Organization,
}

pub(super) async fn run(desk: &Desk, args: &ProfileArgs, of: Of) -> Result<(), Stop> {
    let pairs = set::pairs(&args.fields)?;
    if pairs.is_empty() {
        if args.fields.write.dry_run || args.fields.write.confirm.is_some() {
            return Err(Stop::usage("there is nothing to change: give --set FIELD=VALUE"));
        }
        return read(desk, &args.id, of, (&args.fresh).into()).await;
    }
    let opened = desk.open()?;
    let (it, subject) = subject(&find::candidates(desk, &opened, &args.id).await, &args.id, of).await?;
    let form = form(it)?;
    let change = form.change(subject, set::values(form, pairs).await?, None);
    let wish = Wish { shape: Shape::Profile, ..Wish::of(vec![change]) };
    write::run(desk, &opened, &desk.scratch().await, wish, &args.fields.write).await
}

/// What an id names, as the connections say.
async fn subject<'o>(opened: &[&'o Opened], id: &str, of: Of) -> Result<(&'o Opened, Subject), Stop> {
    match of {
        Of::Any => find::subject(opened, id).await,
        Of::Organization => {
            let (it, organization) = find::organization(opened, id).await?;
            let OrganizationKey { connection, id } = organization.key;
            Ok((it, Subject::Organization(OrganizationKey { connection, id })))
        }
    }
}

/// The profile as the inventory has it, else as the provider says it.
async fn read(desk: &Desk, id: &str, of: Of, wanted: Wanted) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    let (inventory, answering) = kept::answering(desk, &opened, wanted).await;
    let snapshot = inventory.snapshot();
    let mut found = Vec::new();
    for it in answering {
        let connection = it.name();
        let organization = OrganizationKey { connection: connection.clone(), id: OrganizationId::new(id) };
        let account = AccountKey { connection: connection.clone(), id: AccountId::new(id) };
        let may = [(of == Of::Any).then_some(Subject::Account(account)), Some(Subject::Organization(organization))];
        let profile = may.iter().flatten().find_map(|subject| snapshot.profile(subject));
        found.extend(profile.map(|fact| (it, fact)));
    }
    if found.len() > 1 {
        return Err(find::ambiguous("account or organization", id, found.iter().map(|(it, _)| it.name())));
    }
    if let Some((it, fact)) = found.pop() {
        let noun = match of {
            Of::Any => Noun::Any,
            Of::Organization => Noun::Organization,
        };
        find::alone(desk, &opened, it, id, noun).await?;
        kept::say_age(desk, it.name(), fact.at);
        return show(desk, it, &fact.value);
    }
    if desk.common.offline {
        return Err(not_kept(id));
    }
    let (it, subject) = subject(&find::candidates(desk, &opened, id).await, id, of).await?;
    let profile = it.provider.profile(&subject).await.map_err(|why| Stop::failure(it.name(), &why))?;
    let reply = Reply::Profile(profile.clone());
    desk.inventory().await.absorb(it.name(), &Query::Profile(subject), &reply, (desk.clock)());
    show(desk, it, &profile)
}

fn show(desk: &Desk, opened: &Opened, profile: &Profile) -> Result<(), Stop> {
    print(desk, opened, &profile.values)?;
    if !profile.exists {
        desk.whisper(&format!("the {} has no profile yet", profile.subject.noun()));
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
