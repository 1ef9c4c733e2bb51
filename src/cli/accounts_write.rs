//! `create`, `standalone`, `update`, `move`, `delete`, `close`, `remove`: writes to accounts.

use super::args::{CreateArgs, End, EndArgs, IdsArgs, MoveArgs, SetArgs, SetOnArgs, WaitArgs};
use super::desk::{Desk, Opened};
use super::stop::Stop;
use super::targets::{self, Given, Targets};
use super::write::{self, Wait, Wish};
use super::{find, set};
use crate::changes::Way;
use crate::domain::{
    AccountKey, Change, ChangeKind, ConnectionName, FormSpec, OrganizationKey, Subject, Values, shown,
};
use crate::provider::Capability;

/// `create`.
pub(super) async fn create(desk: &Desk, args: &CreateArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let pairs = set::pairs(&args.fields)?;
    let (it, subject) = place(&opened, args.org.as_deref(), Capability::CreateAccount).await?;
    let form = form(it, ChangeKind::CreateAccount)?;
    let change = form.change(subject, set::whole(it.name(), form, pairs).await?, None);
    let wish = Wish { wait: wait(args.wait), ..Wish::of(vec![change]) };
    write::run(desk, &opened, &desk.scratch().await, wish, &args.fields.write).await
}

/// `standalone`.
pub(super) async fn standalone(desk: &Desk, args: &SetArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let pairs = set::pairs(args)?;
    let (it, subject) = place(&opened, None, Capability::CreateStandalone).await?;
    let form = form(it, ChangeKind::CreateStandalone)?;
    let change = form.change(subject, set::whole(it.name(), form, pairs).await?, None);
    write::run(desk, &opened, &desk.scratch().await, Wish::of(vec![change]), &args.write).await
}

/// `update`.
pub(super) async fn update(desk: &Desk, args: &SetOnArgs) -> Result<(), Stop> {
    let opened = desk.open()?;
    let pairs = set::some_pairs(&args.fields)?;
    let inventory = desk.scratch().await;
    let ids = [Given::argument(&args.id)];
    let targets = targets::find(desk, &opened, &ids, ChangeKind::UpdateAccount, &inventory).await?;
    let mut changes = Vec::new();
    for key in targets.accounts {
        let spec = at(&opened, &key.connection)?.provider.spec();
        let form = set::form(spec, ChangeKind::UpdateAccount, &key.connection, &pairs)?;
        changes.push(form.change(Subject::Account(key), set::values(form, pairs.clone()).await?, None));
    }
    write::run(desk, &opened, &inventory, Wish::of(changes), &args.fields.write).await
}

/// `move`.
pub(super) async fn relocate(desk: &Desk, args: &MoveArgs) -> Result<(), Stop> {
    let values = Values::from_iter([(Change::TO, args.to.as_str())]);
    let way = Way { batch: args.batch };
    let wish = |changes| Wish { way, ..Wish::of(changes) };
    let moved = on_accounts(desk, &args.accounts, ChangeKind::MoveAccount, &values, wish).await;
    let Err(mut stop) = moved else { return moved };
    stop.words.extend(names_for_ids(desk, &args.accounts.ids, &args.to).await);
    Err(stop)
}

/// What to say of names that were given in the place of ids: what exactly one account or organization is named so.
async fn names_for_ids(desk: &Desk, ids: &[String], to: &str) -> Vec<String> {
    let snapshot = desk.inventory().await.snapshot();
    let said = |noun: &str, name: &str, mut found: Vec<String>| {
        (found.len() == 1)
            .then(|| format!("an id is wanted: the {noun} named {} is {}", shown(name), shown(&found.remove(0))))
    };
    let account = |name: &String| {
        let rows = snapshot.rows().filter(|row| row.is_alive() && row.name() == name.as_str());
        said("account", name, rows.map(|row| row.id().to_owned()).collect())
    };
    let trees = snapshot.connections().flat_map(|(_, view)| view.tree.nodes());
    let named = trees.filter(|node| node.organization.name.raw() == to);
    let organization =
        said("organization", to, named.map(|node| node.organization.key.id.as_str().to_owned()).collect());
    ids.iter().filter_map(account).chain(organization).collect()
}

/// `delete`, `close` and `remove`.
pub(super) async fn finish(desk: &Desk, end: End, args: &EndArgs) -> Result<(), Stop> {
    let wish = |changes| Wish { wait: wait(args.wait), ..Wish::of(changes) };
    on_accounts(desk, &args.accounts, end.kind(), &Values::default(), wish).await
}

/// The same change to each of several accounts.
async fn on_accounts(
    desk: &Desk,
    args: &IdsArgs,
    kind: ChangeKind,
    values: &Values,
    wish: impl FnOnce(Vec<Change>) -> Wish,
) -> Result<(), Stop> {
    let opened = desk.open()?;
    let ids = targets::given(&args.ids).await?;
    let inventory = desk.scratch().await;
    let Targets { accounts, lost } = targets::find(desk, &opened, &ids, kind, &inventory).await?;
    // What ends accounts is not begun with a list that is not as its writer thought.
    if kind.ends() && ids.len() > 1 && !lost.is_empty() {
        return Err(targets::unknown(lost));
    }
    let change = |key: AccountKey| -> Change {
        let (values, secrets) = (values.clone(), std::collections::BTreeMap::new());
        Change { subject: Subject::Account(key), kind, values, secrets, base: None, key: None }
    };
    let wish = wish(accounts.into_iter().map(change).collect());
    write::run(desk, &opened, &inventory, Wish { lost, ..wish }, &args.write).await
}

/// Where something is made: in an organization, or at the only connection that could be meant.
pub(super) async fn place<'o>(
    opened: &'o [Opened],
    organization: Option<&str>,
    capability: Capability,
) -> Result<(&'o Opened, Subject), Stop> {
    let offering = find::offering(opened, capability)?;
    if let Some(id) = organization {
        let (it, organization) = find::organization(&offering, id).await?;
        let OrganizationKey { connection, id } = organization.key;
        return Ok((it, Subject::Organization(OrganizationKey { connection, id })));
    }
    match offering.as_slice() {
        [it] => Ok((it, Subject::Connection(it.name().clone()))),
        several => {
            let names: Vec<String> = several.iter().map(|it| it.name().to_string()).collect();
            Err(Stop::usage(format!("several connections could be meant: name one with -c ({})", names.join(", "))))
        }
    }
}

pub(super) fn at<'o>(opened: &'o [Opened], name: &ConnectionName) -> Result<&'o Opened, Stop> {
    let it = opened.iter().find(|it| it.name() == name);
    it.ok_or_else(|| Stop::usage(format!("the connection {name} is not in use: name it with -c")))
}

/// The form of a kind of change at a connection.
pub(super) fn form(opened: &Opened, kind: ChangeKind) -> Result<&'static FormSpec, Stop> {
    let form = opened.provider.spec().form(kind);
    form.ok_or_else(|| Stop::usage(format!("{}: there is no form for it", opened.name())))
}

fn wait(args: WaitArgs) -> Wait {
    if args.no_wait { Wait::No } else { Wait::ForTheEnd }
}
