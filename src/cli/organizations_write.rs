//! `org create`, `org rename`, `org delete`: writes to organizations.

use super::accounts_write::{form, place};
use super::args::{OrgCreateArgs, OrgDeleteArgs, RenameArgs};
use super::desk::{Desk, Opened};
use super::stop::{Stop, status};
use super::write::{self, Wish};
use super::{find, set, targets};
use crate::domain::{ChangeKind, OrganizationKey, Subject, Values};
use crate::inventory::Inventory;
use crate::provider::{Capability, Query, Reply};

/// `org create`.
pub(super) async fn create(desk: &Desk, args: &OrgCreateArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let pairs = set::pairs(&args.fields)?;
    let (it, subject) = place(&opened, args.parent.as_deref(), Capability::CreateOrganization).await?;
    let form = form(it, ChangeKind::CreateOrganization)?;
    let change = form.change(subject, set::whole(it.name(), form, pairs).await?, None);
    write::run(desk, &opened, &desk.scratch().await, Wish::of(vec![change]), &args.fields.write).await
}

/// `org rename`.
pub(super) async fn rename(desk: &Desk, args: &RenameArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let mut pairs = if args.name.is_some() { set::pairs(&args.fields)? } else { set::some_pairs(&args.fields)? };
    let inventory = desk.scratch().await;
    let (it, key) = found(desk, &opened, &args.id, Capability::RenameOrganization, &inventory).await?;
    let form = form(it, ChangeKind::RenameOrganization)?;
    // The name is what its form asks for first.
    pairs.extend(form.fields.first().map(|field| field.name).zip(args.name.as_deref()));
    let change = form.change(Subject::Organization(key), set::values(form, pairs).await?, None);
    write::run(desk, &opened, &inventory, Wish::of(vec![change]), &args.fields.write).await
}

/// `org delete`.
pub(super) async fn delete(desk: &Desk, args: &OrgDeleteArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let inventory = desk.scratch().await;
    let found = found(desk, &opened, &args.id, Capability::DeleteOrganization, &inventory).await;
    let key = match found {
        Ok((_, key)) => key,
        Err(stop) if stop.code == status::USAGE => return Err(stop),
        // An earlier run of this command may have been the one that deleted it.
        Err(stop) => targets::remembered_organization(desk, &opened, &args.id).ok_or(stop)?,
    };
    let it = super::accounts_write::at(&opened, &key.connection)?;
    let form = form(it, ChangeKind::DeleteOrganization)?;
    let change = form.change(Subject::Organization(key), Values::default(), None);
    write::run(desk, &opened, &inventory, Wish::of(vec![change]), &args.write).await
}

/// The organization of an id at the connections that offer what is to be done with it.
async fn found<'o>(
    desk: &Desk,
    opened: &'o [Opened],
    id: &str,
    capability: Capability,
    inventory: &Inventory,
) -> Result<(&'o Opened, OrganizationKey), Stop> {
    let offering = find::offering(opened, capability)?;
    let (it, organization) = find::organization(&offering, id).await?;
    let key = organization.key.clone();
    let reply = Reply::Organization(Box::new(organization));
    inventory.absorb(it.name(), &Query::Organization(key.id.clone()), &reply, (desk.clock)());
    Ok((it, key))
}
