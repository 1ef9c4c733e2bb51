//! An id on the command line: what it names, and at which connection.
//!
//! The connections are asked side by side: an id that exists at several of them is nobody's in particular.

use futures::future::join_all;

use super::args::Extra;
use super::desk::{Desk, Opened};
use super::stop::{Stop, status};
use super::{extra, kept};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Failure, FailureKind, Lineage, Organization, OrganizationId,
    OrganizationKey, Subject, shown,
};
use crate::inventory::Snapshot;
use crate::provider::{Capability, DetailOptions, Offer};

/// What the connections answered that don't have it.
pub(super) struct Misses<'a> {
    noun: &'static str,
    id: &'a str,
    first: Option<Stop>,
    asked: Vec<String>,
    /// Whether only one connection is in use.
    is_alone: bool,
}

impl<'a> Misses<'a> {
    pub(super) fn new(noun: &'static str, id: &'a str) -> Self {
        Self { noun, id, first: None, asked: Vec::new(), is_alone: true }
    }

    /// The same with so many connections in use.
    fn at(self, connections: usize) -> Self {
        Self { is_alone: connections < 2, ..self }
    }

    pub(super) fn note(&mut self, opened: &Opened, failure: &Failure) {
        self.asked.push(opened.name().to_string());
        if failure.kind != FailureKind::NotFound {
            self.first.get_or_insert_with(|| Stop::failure(opened.name(), failure));
        }
    }

    /// A connection that can't have it.
    fn lacks(&mut self, opened: &Opened) {
        self.asked.push(opened.name().to_string());
    }

    /// A connection that could not answer may have it, so its failure is the answer; else there is no such thing.
    pub(super) fn end(self) -> Stop {
        self.first.unwrap_or_else(|| {
            let words = format!("{}: there is no {} {}", self.asked.join(", "), self.noun, shown(self.id));
            Stop::new(status::NOT_FOUND, words)
        })
    }
}

/// The connections that offer something; the providers' own sentences if none does.
pub(super) fn offering(opened: &[Opened], capability: Capability) -> Result<Vec<&Opened>, Stop> {
    let mut offering = Vec::new();
    let mut words = Vec::new();
    for it in opened {
        match it.provider.spec().offer(capability) {
            Offer::Yes => offering.push(it),
            Offer::No(reason) => words.push(format!("{}: {reason}", it.name())),
        }
    }
    if offering.is_empty() {
        return Err(Stop { code: status::USAGE, words, ..Stop::default() });
    }
    Ok(offering)
}

/// An id that exists at several connections is nobody's in particular: they are named, and nothing is done.
pub(super) fn ambiguous<'n>(noun: &str, id: &str, at: impl IntoIterator<Item = &'n ConnectionName>) -> Stop {
    let names: Vec<String> = at.into_iter().map(ToString::to_string).collect();
    let names = names.join(" and ");
    Stop::usage(format!("the {noun} {} exists at {names}: name one with -c", shown(id)))
}

/// Asks several connections side by side for the same thing. The one that has it is the answer; where several do, nobody
/// knows which is meant; where none does, each miss is noted.
async fn only_one<'o, T>(
    asked: impl IntoIterator<Item = &'o Opened>,
    mut misses: Misses<'_>,
    ask: impl AsyncFn(&'o Opened) -> Result<T, Failure>,
) -> Result<(&'o Opened, T), Stop> {
    let ask = &ask;
    let each = asked.into_iter().map(|it| async move { (it, ask(it).await) });
    let (mut found, alone) = (Vec::new(), misses.is_alone);
    for (it, answer) in join_all(each).await {
        match answer {
            Ok(answer) => found.push((it, answer)),
            // A provider without such things has not this one; alone it says so in its own words.
            Err(failure) if failure.kind == FailureKind::Unsupported && !alone => misses.lacks(it),
            Err(failure) => misses.note(it, &failure),
        }
    }
    match found.len() {
        0 => Err(misses.end()),
        1 => Ok(found.remove(0)),
        _ => Err(ambiguous(misses.noun, misses.id, found.iter().map(|(it, _)| it.name()))),
    }
}

/// Of these connections those that may have an account or organization: where whole listings that are kept say which one
/// has it, the others that are kept need not be asked.
pub(super) async fn candidates<'o>(desk: &Desk, opened: &'o [Opened], id: &str) -> Vec<&'o Opened> {
    let all = || opened.iter().collect();
    if opened.len() < 2 {
        return all();
    }
    let snapshot = desk.inventory().await.snapshot();
    let has = |it: &Opened| is_listed(&snapshot, it, id, Noun::Any);
    if !opened.iter().any(has) {
        return all();
    }
    opened.iter().filter(|it| has(it) || !kept::is_kept(&snapshot, it.name())).collect()
}

/// What kind of thing an id is to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noun {
    Account,
    Organization,
    /// An account, or else an organization.
    Any,
}

impl Noun {
    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organization => "organization",
            Self::Any => "account or organization",
        }
    }
}

/// Refuses an id that what is kept of one connection answers for, and that another connection has, too: as its kept
/// listing says, or where none is kept its provider, which is asked unless `--offline` is given.
pub(super) async fn alone(desk: &Desk, opened: &[Opened], holder: &Opened, id: &str, noun: Noun) -> Result<(), Stop> {
    let snapshot = desk.inventory().await.snapshot();
    let others = opened.iter().filter(|it| it.name() != holder.name()).map(|it| {
        let snapshot = &snapshot;
        async move {
            if is_listed(snapshot, it, id, noun) {
                return Some(it.name());
            }
            if desk.common.offline || kept::is_kept(snapshot, it.name()) {
                return None;
            }
            // Who can't answer keeps nobody from the answer that is there.
            let has = match noun {
                Noun::Account => it.provider.account(&AccountId::new(id), DetailOptions::default()).await.is_ok(),
                Noun::Organization => it.provider.organization(&OrganizationId::new(id)).await.is_ok(),
                Noun::Any => subject_at(it, id).await.is_ok(),
            };
            has.then(|| it.name())
        }
    });
    let others: Vec<&ConnectionName> = join_all(others).await.into_iter().flatten().collect();
    if others.is_empty() {
        return Ok(());
    }
    // In the order of the connections.
    let has = |it: &&Opened| it.name() == holder.name() || others.contains(&it.name());
    Err(ambiguous(noun.word(), id, opened.iter().filter(has).map(Opened::name)))
}

/// Whether what is kept of a connection has such a thing.
fn is_listed(snapshot: &Snapshot, opened: &Opened, id: &str, noun: Noun) -> bool {
    let connection = opened.name();
    let account = AccountKey { connection: connection.clone(), id: AccountId::new(id) };
    let organization = OrganizationKey { connection: connection.clone(), id: OrganizationId::new(id) };
    let is_account = noun != Noun::Organization && snapshot.find(&account).is_some();
    is_account || noun != Noun::Account && snapshot.organization(&organization).is_some()
}

/// The account of an id, with what these flags ask for. Connections whose provider has no such thing are not asked.
pub(super) async fn account<'o>(
    opened: &[&'o Opened],
    id: &str,
    wanted: &[Extra],
) -> Result<(&'o Opened, Account), Stop> {
    let is_plain = wanted.is_empty();
    let (fitting, others): (Vec<&'o Opened>, Vec<&'o Opened>) =
        opened.iter().partition(|it| is_plain || extra::fits(it, wanted));
    let misfits = extra::misfits(&others, wanted);
    if fitting.is_empty() {
        return Err(Stop { code: status::USAGE, words: misfits.into_iter().collect(), ..Stop::default() });
    }
    let account = AccountId::new(id);
    let misses = Misses::new("account", id).at(opened.len());
    let ask = async |it: &'o Opened| it.provider.account(&account, DetailOptions { extra: !is_plain }).await;
    only_one(fitting, misses, ask).await.map_err(|mut stop| {
        stop.words.extend(misfits);
        stop
    })
}

/// The organization of an id.
pub(super) async fn organization<'o>(opened: &[&'o Opened], id: &str) -> Result<(&'o Opened, Organization), Stop> {
    let organization = OrganizationId::new(id);
    let misses = Misses::new("organization", id).at(opened.len());
    let ask = async |it: &'o Opened| it.provider.organization(&organization).await;
    only_one(opened.iter().copied(), misses, ask).await
}

/// What stands above the account of an id.
pub(super) async fn lineage<'o>(opened: &[&'o Opened], id: &str) -> Result<(&'o Opened, Lineage), Stop> {
    let account = AccountId::new(id);
    let ask = async |it: &'o Opened| match it.provider.lineage(&account).await {
        // Whose account it is says whose sentence is the answer.
        Err(failure) if failure.kind == FailureKind::Unsupported => {
            it.provider.account(&account, DetailOptions::default()).await?;
            Ok(Err(failure))
        }
        answer => answer.map(Ok),
    };
    let misses = Misses::new("account", id).at(opened.len());
    let (it, answer) = only_one(opened.iter().copied(), misses, ask).await?;
    answer.map(|lineage| (it, lineage)).map_err(|failure| Stop::failure(it.name(), &failure))
}

/// The account or else the organization of an id.
pub(super) async fn subject<'o>(opened: &[&'o Opened], id: &str) -> Result<(&'o Opened, Subject), Stop> {
    let misses = Misses::new("account or organization", id).at(opened.len());
    only_one(opened.iter().copied(), misses, async |it: &'o Opened| subject_at(it, id).await).await
}

async fn subject_at(opened: &Opened, id: &str) -> Result<Subject, Failure> {
    let account = AccountId::new(id);
    let failure = match opened.provider.account(&account, DetailOptions::default()).await {
        Ok(account) => return Ok(Subject::Account(account.key)),
        Err(failure) => failure,
    };
    // Cloudflare answers 403 for ids that are none of the credential's accounts (reported live).
    let may_be_organization = matches!(failure.kind, FailureKind::NotFound | FailureKind::Forbidden)
        && opened.provider.spec().offer(Capability::Hierarchy) == Offer::Yes;
    if !may_be_organization {
        return Err(failure);
    }
    match opened.provider.organization(&OrganizationId::new(id)).await {
        Ok(organization) => Ok(Subject::Organization(organization.key)),
        // It is no account, and whether it is an organization could not be learned: that is the answer.
        Err(why) if failure.kind == FailureKind::NotFound => Err(why),
        Err(_) => Err(failure),
    }
}
