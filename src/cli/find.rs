//! An id on the command line: what it names, and at which connection.
//!
//! The connections are asked one after the other, in the order of `-c` or of the config, until one has it.

use super::args::Extra;
use super::desk::Opened;
use super::extra;
use super::stop::{Stop, status};
use crate::domain::{Account, AccountId, Failure, FailureKind, Organization, OrganizationId, Subject, shown};
use crate::provider::{Capability, DetailOptions, Offer};

/// What the connections answered that don't have it.
pub(super) struct Misses<'a> {
    noun: &'static str,
    id: &'a str,
    first: Option<Stop>,
    asked: Vec<String>,
}

impl<'a> Misses<'a> {
    pub(super) fn new(noun: &'static str, id: &'a str) -> Self {
        Self { noun, id, first: None, asked: Vec::new() }
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
        return Err(Stop { code: status::USAGE, words });
    }
    Ok(offering)
}

/// The account of an id, with what these flags ask for. Connections whose provider has no such thing are not asked.
pub(super) async fn account<'o>(
    opened: &'o [Opened],
    id: &str,
    wanted: &[Extra],
) -> Result<(&'o Opened, Account), Stop> {
    let is_plain = wanted.is_empty();
    let (fitting, others): (Vec<&Opened>, Vec<&Opened>) =
        opened.iter().partition(|it| is_plain || extra::fits(it, wanted));
    let misfits = extra::misfits(&others, wanted);
    if fitting.is_empty() {
        return Err(Stop { code: status::USAGE, words: misfits.into_iter().collect() });
    }
    let mut misses = Misses::new("account", id);
    let account = AccountId::new(id);
    for it in fitting {
        match it.provider.account(&account, DetailOptions { extra: !is_plain }).await {
            Ok(account) => return Ok((it, account)),
            Err(failure) => misses.note(it, &failure),
        }
    }
    let mut stop = misses.end();
    stop.words.extend(misfits);
    Err(stop)
}

/// The organization of an id.
pub(super) async fn organization<'o>(opened: &'o [Opened], id: &str) -> Result<(&'o Opened, Organization), Stop> {
    let all: Vec<&Opened> = opened.iter().collect();
    organization_at(&all, id).await
}

/// The same at some of the connections.
pub(super) async fn organization_at<'o>(opened: &[&'o Opened], id: &str) -> Result<(&'o Opened, Organization), Stop> {
    let mut misses = Misses::new("organization", id);
    let organization = OrganizationId::new(id);
    for it in opened {
        match it.provider.organization(&organization).await {
            Ok(organization) => return Ok((it, organization)),
            // A provider without organizations has not this one; alone it says so in its own words.
            Err(failure) if failure.kind == FailureKind::Unsupported && opened.len() > 1 => misses.lacks(it),
            Err(failure) => misses.note(it, &failure),
        }
    }
    Err(misses.end())
}

/// The account or else the organization of an id.
pub(super) async fn subject<'o>(opened: &'o [Opened], id: &str) -> Result<(&'o Opened, Subject), Stop> {
    let mut misses = Misses::new("account or organization", id);
    for it in opened {
        match subject_at(it, id).await {
            Ok(subject) => return Ok((it, subject)),
            Err(failure) => misses.note(it, &failure),
        }
    }
    Err(misses.end())
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
