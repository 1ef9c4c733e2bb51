//! What is not asked by default, on the command line: `--servers` and `--contact`, each some providers' own.

use std::ops::ControlFlow;

use super::args::Extra;
use super::desk::{Desk, Opened};
use super::progress::Progress;
use super::stop::{Stop, Tally, status};
use super::{list, pages};
use crate::inventory::{Consent, Inventory, Meter, Metered};
use crate::provider::{Capability, Cursor, ListScope, Offer, Query, Reply, Spec};

/// The flag of a provider's extra: it is one of the words for that.
fn flag(spec: &Spec) -> Option<Extra> {
    if spec.offer(Capability::Extra) != Offer::Yes {
        return None;
    }
    let words = spec.extra?;
    Extra::ALL.into_iter().find(|extra| words.split(' ').any(|word| word == extra.word()))
}

/// The flag that a connection's extra is asked by.
pub(super) fn own(opened: &Opened) -> Option<Extra> {
    flag(opened.provider.spec())
}

/// Whether one of these flags is the connection's own.
pub(super) fn fits(opened: &Opened, wanted: &[Extra]) -> bool {
    own(opened).is_some_and(|own| wanted.contains(&own))
}

/// The flags as they were given, e.g. `--servers`.
fn given(wanted: &[Extra]) -> String {
    wanted.iter().map(|extra| format!("--{}", extra.word())).collect::<Vec<_>>().join(" and ")
}

/// Why none of these flags fits a connection, and what to do.
fn misfit(opened: &Opened, wanted: &[Extra]) -> String {
    let spec = opened.provider.spec();
    let (name, given) = (opened.name(), given(wanted));
    match (flag(spec), spec.offer(Capability::Extra)) {
        (Some(own), _) => {
            let (words, own) = (spec.extra.unwrap_or_default(), own.word());
            format!("{name}: {} has nothing for {given}: for its {words} give --{own}", spec.title)
        }
        (None, Offer::No(reason)) => {
            format!("{name}: {} has nothing for {given} ({reason}): leave it out", spec.title)
        }
        (None, Offer::Yes) => format!("{name}: {} has nothing for {given}: leave it out", spec.title),
    }
}

/// The same of several connections in one line.
pub(super) fn misfits(others: &[&Opened], wanted: &[Extra]) -> Option<String> {
    match others {
        [] => None,
        [only] => Some(misfit(only, wanted)),
        _ => {
            let names: Vec<String> = others.iter().map(|it| it.name().to_string()).collect();
            let (names, given) = (names.join(", "), given(wanted));
            Some(format!("{names}: not asked, their providers have nothing for {given}: leave it out to ask them"))
        }
    }
}

/// Refuses flags that one of the connections has nothing for.
pub(super) fn check(opened: &[Opened], wanted: &[Extra]) -> Result<(), Stop> {
    let misfits: Vec<String> = opened.iter().filter(|it| !fits(it, wanted)).map(|it| misfit(it, wanted)).collect();
    if wanted.is_empty() || misfits.is_empty() {
        return Ok(());
    }
    let mut words = misfits;
    if words.len() < opened.len() {
        words.push("name the connections that have it with -c".into());
    }
    Err(Stop { code: status::USAGE, words, ..Stop::default() })
}

/// Lists the connections once more with their extra, into the rows that are there already: those know in which
/// organization an account stands, which this listing may not say.
///
/// What it costs is counted first: as many pages as the listing had. Above a tenth of the request budget it is asked
/// about, unless `consent` is given.
pub(super) async fn fill(desk: &Desk, opened: &[Opened], inventory: &Inventory, consent: Consent, tally: &mut Tally) {
    let scope = ListScope { extra: true, ..ListScope::all() };
    for it in opened {
        if inventory.snapshot().connection(it.name()).is_none_or(|view| view.accounts == 0) {
            // There is nothing to fill, and why has been said.
            continue;
        }
        let words = it.provider.spec().extra.unwrap_or_default();
        let pages = inventory.pages(it.name());
        if let Some(pages) = pages {
            desk.whisper(&format!("{}: {words} cost the listing once more: {pages} requests", it.name()));
        }
        let rows = inventory.snapshot().connection(it.name()).map(|view| view.accounts);
        let mut bar = Progress::new(desk, format!("{}: {words}", it.name()), rows);
        let mut meter = Meter::new(&*it.provider, Metered::Listing, consent);
        meter.expect(pages);
        let mut came = 0;
        let fetch = async |cursor: &Cursor| {
            list::go_on(it, &mut meter, 0).await?;
            let mut page = it.provider.accounts(&scope, cursor).await?;
            let known = inventory.snapshot();
            for account in page.rows.iter_mut().filter(|account| account.parent.is_none()) {
                account.parent = known.find(&account.key).and_then(|known| known.parent().cloned());
            }
            meter.saw(&page);
            let reply = Reply::Accounts(page.clone());
            inventory.absorb(it.name(), &Query::Accounts(scope.clone(), cursor.clone()), &reply, (desk.clock)());
            Ok(page)
        };
        let ended = pages::each(
            fetch,
            |account| account.key.clone(),
            |rows| {
                came += rows.len();
                bar.at(came as u64);
                ControlFlow::Continue(())
            },
        );
        if let Err(mut failure) = ended.await {
            failure.what = format!("{words}: {}", failure.what);
            tally.failed(it.name(), &failure, came);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::registry;

    #[test]
    fn every_providers_extra_has_its_flag() {
        for kind in registry() {
            let spec = kind.spec;
            assert_eq!(spec.offer(Capability::Extra) == Offer::Yes, spec.extra.is_some(), "{}", spec.title);
            assert_eq!(flag(spec).is_some(), spec.extra.is_some(), "{}", spec.title);
        }
    }
}
