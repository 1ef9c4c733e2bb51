//! `list`, and `org accounts`.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use tokio::sync::{Notify, OnceCell};

use super::accounts::{Stream, found, listed, streams, write, write_found};
use super::args::{Extra, ListArgs, Parameter, Remote, View};
use super::columns::Pick;
use super::confirm::line;
use super::desk::{Desk, Opened, interactive};
use super::find::Noun;
use super::kept::{self, Wanted};
use super::stop::{Stop, Tally, status};
use super::{extra, find, pages};
use crate::domain::{
    Account, Failure, FailureKind, Field, FieldKind, OrganizationId, OrganizationKey, Untrusted, shown,
};
use crate::inventory::{
    self, Consent, Hierarchy, Inventory, Meter, Metered, Scope, Snapshot, SyncState, is_dear_failure,
};
use crate::provider::{Levels, ListScope, Spec};

/// What is listed, and how it is shown.
struct Ask<'a> {
    /// Also what is not asked by default.
    extra: bool,
    /// The provider's own list parameters.
    parameters: Vec<Parameter>,
    /// Whether what is kept is good enough.
    wanted: Wanted,
    view: &'a View,
    pick: &'a Pick,
}

pub(super) async fn run(desk: &Desk, args: &ListArgs) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    let wanted: &[Extra] = if args.contact { &[Extra::Contact] } else { &[] };
    extra::check(&opened, wanted)?;
    let pick = Pick::new(desk, &args.view, &opened, args.contact).await?;
    let ask = Ask {
        extra: args.contact,
        parameters: args.remote.parameters(),
        wanted: Wanted::live(args.live),
        view: &args.view,
        pick: &pick,
    };
    match &args.org {
        Some(org) if args.direct || !ask.parameters.is_empty() => direct(desk, &opened, org, &ask).await,
        None if !ask.parameters.is_empty() => asked(desk, &opened, None, &ask).await,
        Some(org) => subtree(desk, &opened, org, &ask).await,
        None => everything(desk, &opened, &ask).await,
    }
}

/// `org accounts ID`: the same as `list --org ID --direct`.
pub(super) async fn of_organization(
    desk: &Desk,
    id: &str,
    wanted: Wanted,
    view: &View,
    remote: &Remote,
) -> Result<(), Stop> {
    let opened = desk.open_to_read()?;
    let pick = Pick::new(desk, view, &opened, false).await?;
    let ask = Ask { extra: false, parameters: remote.parameters(), wanted, view, pick: &pick };
    direct(desk, &opened, id, &ask).await
}

/// The accounts directly in an organization: as the inventory has them, if a whole listing is kept and nothing is asked
/// that only the provider knows.
async fn direct(desk: &Desk, opened: &[Opened], org: &str, ask: &Ask<'_>) -> Result<(), Stop> {
    let id = OrganizationId::new(org);
    if ask.parameters.is_empty() && !ask.extra {
        let (inventory, answering) = kept::answering(desk, opened, ask.wanted).await;
        let snapshot = inventory.snapshot();
        let key = |it: &Opened| OrganizationKey { connection: it.name().clone(), id: id.clone() };
        let has = |it: &&Opened| snapshot.organization(&key(it)).is_some();
        let holders: Vec<&Opened> = answering.into_iter().filter(has).collect();
        match holders.as_slice() {
            [] if desk.common.offline => return Err(super::show::not_kept(org)),
            [] => {}
            [it] => {
                find::alone(desk, opened, it, org, Noun::Organization).await?;
                if let Some(at) = kept::listed_at(&snapshot, it.name()) {
                    kept::say_age(desk, it.name(), at);
                }
                let one = std::slice::from_ref(*it);
                let accounts = found(&inventory, Scope::Organization(key(it)), one, ask.view, ask.pick, Some(&id));
                return write_found(desk, ask.pick, accounts);
            }
            several => return Err(find::ambiguous("organization", org, several.iter().map(|it| it.name()))),
        }
    }
    asked(desk, opened, Some(org), ask).await
}

/// All that the connections see.
async fn everything(desk: &Desk, opened: &[Opened], ask: &Ask<'_>) -> Result<(), Stop> {
    let Ask { view, pick, .. } = ask;
    let inventory = desk.inventory().await;
    let mut tally = Tally::default();
    // Rows that are kept go out in one piece, as those of a hierarchy do. Where only the walked hierarchy says in which organization an account stands, rows are not whole before its end.
    let is_walked = opened.iter().any(|it| it.provider.spec().levels == Levels::Walked);
    if streams(desk, view, pick) && !ask.extra && !is_walked && inventory.snapshot().ever() == 0 {
        let stream = Mutex::new(Stream::new(desk, view));
        let enough = Notify::new();
        let hear = |snapshot: Arc<Snapshot>| {
            let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
            if stream.snapshot(&inventory, &snapshot).is_break() {
                enough.notify_one();
            }
        };
        let synced = kept::bring(desk, opened, &inventory, ask.wanted, &hear);
        let results = tokio::select! {
            results = synced => Some(results),
            () = enough.notified() => None,
        };
        let mut stream = stream.into_inner().unwrap_or_else(PoisonError::into_inner);
        if results.is_some() {
            stream.rest(&inventory);
        }
        stream.end()?;
        count(desk, &mut tally, opened, &inventory.snapshot(), results.unwrap_or_default());
        return tally.end();
    }
    let results = kept::bring(desk, opened, &inventory, ask.wanted, &|_| ()).await;
    count(desk, &mut tally, opened, &inventory.snapshot(), results);
    if ask.extra {
        extra::fill(desk, opened, &inventory, Consent::Needed, &mut tally).await;
    }
    let accounts = found(&inventory, Scope::All, opened, view, pick, None);
    if tally.is_deliverable() {
        write_found(desk, pick, accounts)?;
    }
    tally.end()
}

/// An organization and all below it. The hierarchy has to be known for that, so the connection is listed first.
async fn subtree(desk: &Desk, opened: &[Opened], org: &str, ask: &Ask<'_>) -> Result<(), Stop> {
    let Ask { view, pick, .. } = ask;
    let inventory = desk.inventory().await;
    let before = inventory.snapshot();
    let id = OrganizationId::new(org);
    let key = |it: &Opened| OrganizationKey { connection: it.name().clone(), id: id.clone() };
    let opened = match opened {
        [one] => one,
        many => match many.iter().filter(|it| before.organization(&key(it)).is_some()).collect::<Vec<_>>()[..] {
            [one] => {
                find::alone(desk, many, one, org, Noun::Organization).await?;
                one
            }
            [] => find::organization(&many.iter().collect::<Vec<_>>(), org).await?.0,
            ref several => return Err(find::ambiguous("organization", org, several.iter().map(|it| it.name()))),
        },
    };
    // What is not in a kept listing may have been made since.
    let is_known = before.organization(&key(opened)).is_some();
    let wanted = if is_known || !kept::is_kept(&before, opened.name()) { ask.wanted } else { Wanted::Live };
    let one = std::slice::from_ref(opened);
    let mut results = kept::bring(desk, one, &inventory, wanted, &|_| ()).await;
    // The subtree hangs on the organizations: their cost may be what is left to agree to.
    let dear = inventory.snapshot().connection(opened.name()).and_then(|view| view.hierarchy.trouble().cloned());
    if let Some(dear) = dear.filter(|why| !desk.common.offline && is_dear_failure(why))
        && agrees(opened, &dear).await
    {
        inventory.agree(opened.name());
        results = kept::bring(desk, one, &inventory, Wanted::Live, &|_| ()).await;
    }
    let snapshot = inventory.snapshot();
    let key = key(opened);
    let mut tally = Tally::default();
    if snapshot.organization(&key).is_none() {
        count(desk, &mut tally, one, &snapshot, results);
        tally.end()?;
        return Err(unknown_organization(opened, org, &snapshot));
    }
    count(desk, &mut tally, one, &snapshot, results);
    if ask.extra {
        extra::fill(desk, one, &inventory, Consent::Needed, &mut tally).await;
    }
    let accounts = found(&inventory, Scope::Organization(key), one, view, pick, None);
    write_found(desk, pick, accounts)?;
    tally.end()
}

/// Why an organization is not in a hierarchy that was listed.
fn unknown_organization(opened: &Opened, org: &str, snapshot: &Snapshot) -> Stop {
    let no = format!("{}: there is no organization {}", opened.name(), shown(org));
    match snapshot.connection(opened.name()).map(|view| &view.hierarchy) {
        Some(Hierarchy::Failed { why }) => Stop::failure(opened.name(), why),
        Some(Hierarchy::Derived { why }) => Stop::new(
            status::NOT_FOUND,
            format!("{no} that an account names as its parent, and organizations can't be listed: {why}"),
        ),
        Some(Hierarchy::Unknown | Hierarchy::Flat | Hierarchy::Listed { .. }) | None => {
            Stop::new(status::NOT_FOUND, no)
        }
    }
}

/// Lists every connection, side by side; one result each.
pub(super) async fn sync_all<'o>(
    desk: &Desk,
    opened: impl IntoIterator<Item = &'o Opened>,
    inventory: &Inventory,
    hear: &(dyn Fn(Arc<Snapshot>) + Sync),
) -> Vec<Result<(), Failure>> {
    let each = opened.into_iter().map(|it| async move {
        let mut published = |snapshot| hear(snapshot);
        sync(desk, it, inventory, &mut published).await
    });
    join_all(each).await
}

/// Lists a connection. What costs more than a tenth of the request budget is asked about at a terminal; off one reads go
/// ahead.
pub(super) async fn sync(
    desk: &Desk,
    opened: &Opened,
    inventory: &Inventory,
    published: &mut (dyn FnMut(Arc<Snapshot>) + Send),
) -> Result<(), Failure> {
    let (provider, name, clock) = (&*opened.provider, opened.name(), &desk.clock);
    if !interactive() {
        inventory.agree(name);
    }
    let listed = inventory::sync(inventory, provider, name, clock, published).await;
    let Some(dear) = listed.as_ref().err().filter(|why| is_dear_failure(why)) else { return listed };
    if !agrees(opened, dear).await {
        return listed;
    }
    inventory.agree(name);
    inventory::sync(inventory, provider, name, clock, published).await
}

/// Whether the person at the terminal agrees to a cost; without one, reads go ahead.
pub(super) async fn agrees(opened: &Opened, dear: &Failure) -> bool {
    if !interactive() {
        return true;
    }
    let question = format!("acctui: {}: {}: {}. Go on? [y/N] ", opened.name(), dear.what, dear.cause);
    matches!(line(question).await.as_deref(), Ok("y" | "Y" | "yes"))
}

/// Whether what a command asks may go on: what is dear is asked about once.
///
/// # Errors
/// The cost, if the person does not agree to it.
pub(super) async fn go_on(opened: &Opened, meter: &mut Meter<'_>, beside: u64) -> Result<(), Failure> {
    let Some(dear) = meter.asks(beside).await else { return Ok(()) };
    if !agrees(opened, &dear).await {
        return Err(dear);
    }
    meter.agree();
    Ok(())
}

/// Says of each connection how its listing ended.
pub(super) fn count<'o>(
    desk: &Desk,
    tally: &mut Tally,
    opened: impl IntoIterator<Item = &'o Opened>,
    snapshot: &Snapshot,
    results: Vec<Result<(), Failure>>,
) {
    for (it, result) in opened.into_iter().zip(results) {
        let view = snapshot.connection(it.name());
        desk.hear(it.name(), view.map_or(&[][..], |view| &view.messages));
        let Err(mut failure) = result else {
            // The accounts came, but where they stand is what the walk over the organizations says.
            let is_walked = it.provider.spec().levels == Levels::Walked;
            match view.filter(|_| is_walked).and_then(|view| view.hierarchy.trouble()) {
                Some(why) => {
                    let rows = view.map_or(0, |view| view.accounts);
                    let words = "all accounts came, but not every one's organization is known";
                    tally.derived(it.name(), words, why, usize::try_from(rows).unwrap_or(usize::MAX));
                }
                None => tally.whole(),
            }
            continue;
        };
        if let Some(SyncState::Partial { page, .. }) = view.map(|view| &view.sync) {
            failure.what = format!("{page}: {}", failure.what);
        }
        let rows = view.map_or(0, |view| view.accounts);
        tally.failed(it.name(), &failure, usize::try_from(rows).unwrap_or(usize::MAX));
    }
}

/// What a provider answers to its own list parameters: one organization's own accounts, or all.
async fn asked(desk: &Desk, opened: &[Opened], org: Option<&str>, ask: &Ask<'_>) -> Result<(), Stop> {
    let Ask { extra, parameters, view, pick, .. } = ask;
    let meant = meant(desk, opened, org, parameters).await?;
    let parameters = parameters.iter().map(|it| (it.wire.to_owned(), it.value.clone())).collect();
    let scope = ListScope { organization: org.map(OrganizationId::new), parameters, extra: *extra };
    let mut tally = Tally::default();
    let mut stream = streams(desk, view, pick).then(|| Stream::new(desk, view));
    // Without a filter or an order nothing beyond the limit has to be known.
    let enough = if view.filter.is_none() && pick.sort.is_empty() { view.limit } else { None };
    let limit = enough.map(|rows| rows as u64);
    let mut accounts = Vec::new();
    let named = OnceCell::new();
    for it in meant {
        let before = accounts.len() + stream.as_ref().map_or(0, Stream::written);
        let mut meter = Meter::new(&*it.provider, Metered::Search, Consent::Needed).up_to(limit);
        let fetch = async |cursor: &_| {
            go_on(it, &mut meter, 0).await?;
            let mut page = it.provider.accounts(&scope, cursor).await?;
            meter.saw(&page);
            desk.hear(it.name(), &page.messages);
            if let Some(organization) = &scope.organization {
                name_parents(it, organization, &named, &mut page.rows).await;
            }
            Ok(page)
        };
        let ended = pages::each(
            fetch,
            |account| account.key.clone(),
            |mut rows| {
                if let Some(stream) = &mut stream {
                    return stream.page(&rows);
                }
                accounts.append(&mut rows);
                if enough.is_some_and(|enough| accounts.len() >= enough) {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            },
        );
        let ended = ended.await;
        let came = accounts.len() + stream.as_ref().map_or(0, Stream::written) - before;
        match ended {
            Ok(()) => tally.whole(),
            Err(failure) => tally.failed(it.name(), &not_there(failure, org), came),
        }
    }
    if let Some(stream) = stream {
        stream.end()?;
    } else if tally.is_deliverable() {
        write(desk, pick, listed(accounts, view, pick))?;
    }
    tally.end()
}

/// Writes an organization's name into the rows that came without it: its listing carries none. It is asked for once, by
/// the first row that wants it; where that fails the rows go without, as they came.
async fn name_parents(
    opened: &Opened,
    organization: &OrganizationId,
    named: &OnceCell<Untrusted>,
    rows: &mut [Account],
) {
    let parents = rows.iter_mut().filter_map(|account| account.parent.as_mut());
    for parent in parents.filter(|parent| parent.id == *organization && parent.name.is_empty()) {
        let ask = async || opened.provider.organization(organization).await.map(|it| it.name).unwrap_or_default();
        parent.name = named.get_or_init(ask).await.clone();
    }
}

/// The accounts of an organization that is not there.
fn not_there(mut failure: Failure, org: Option<&str>) -> Failure {
    if let (FailureKind::NotFound, Some(org)) = (&failure.kind, org) {
        failure.hint.get_or_insert_with(|| format!("there is no organization {org}"));
    }
    failure
}

/// The connections that a question with the provider's own parameters goes to: the one that has the organization, or all
/// whose provider has the parameters.
async fn meant<'o>(
    desk: &Desk,
    opened: &'o [Opened],
    org: Option<&str>,
    parameters: &[Parameter],
) -> Result<Vec<&'o Opened>, Stop> {
    let lacks = |it: &Opened| lacking(it, org.is_some(), parameters);
    let (fitting, others): (Vec<&Opened>, Vec<&Opened>) = opened.iter().partition(|it| lacks(it).is_none());
    let said = |others: &[&Opened]| -> Vec<String> {
        others.iter().filter_map(|it| Some(format!("{}: {}", it.name(), lacks(it)?))).collect()
    };
    let meant = match org {
        _ if fitting.is_empty() => Vec::new(),
        Some(org) if opened.len() > 1 => {
            vec![find::organization(&find::candidates(desk, opened, org).await, org).await?.0]
        }
        Some(_) | None => fitting.clone(),
    };
    if let [only] = meant[..]
        && lacks(only).is_some()
    {
        let names: Vec<&str> = fitting.iter().map(|it| it.name().as_str()).collect();
        let words =
            format!("{}, which has the organization; -c {} has it", said(&meant).join(", "), names.join(" or -c "));
        return Err(Stop::usage(words));
    }
    if meant.is_empty() {
        return Err(Stop { code: status::USAGE, words: said(&others), ..Stop::default() });
    }
    for it in &meant {
        check(it, org.is_some(), parameters)?;
    }
    if org.is_none() {
        for words in said(&others) {
            desk.whisper(&format!("{words}: not asked"));
        }
    }
    Ok(meant)
}

/// The parameter's declaration in a provider's search: of one organization's accounts, or of all.
fn declared<'s>(spec: &'s Spec, within: bool, wire: &str) -> Option<&'s Field> {
    let search = spec.searches.iter().find(|search| search.in_organization == within)?;
    search.fields.iter().find(|field| field.name == wire)
}

/// Why the provider can't be asked with these parameters here; `None` if it can.
fn lacking(opened: &Opened, in_organization: bool, parameters: &[Parameter]) -> Option<String> {
    let spec = opened.provider.spec();
    let missing = parameters.iter().find(|it| declared(spec, in_organization, it.wire).is_none())?;
    let elsewhere = declared(spec, !in_organization, missing.wire).is_some();
    Some(match (elsewhere, in_organization) {
        (true, false) => {
            format!("{} needs --org: {} has it for the accounts of one organization", missing.flag, spec.title)
        }
        (true, true) => format!("{} goes without --org at {}", missing.flag, spec.title),
        (false, _) => format!("{} has no list parameter for {}", spec.title, missing.flag),
    })
}

/// Whether the provider takes these values.
fn check(opened: &Opened, in_organization: bool, parameters: &[Parameter]) -> Result<(), Stop> {
    for parameter in parameters {
        let Some(field) = declared(opened.provider.spec(), in_organization, parameter.wire) else { continue };
        // Any text can be searched for, also such that nobody would type into a form.
        if field.kind == FieldKind::Text {
            continue;
        }
        if let Some(fault) = field.fault(&parameter.value) {
            return Err(Stop::usage(format!("{}: {}: {fault}", opened.name(), parameter.flag)));
        }
    }
    Ok(())
}
