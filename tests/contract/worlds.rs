//! The suite, world by world.

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use acctui::domain::FailureKind;
use acctui::provider::registry;
use acctui::sim::{Options, assumptions};
use futures::FutureExt as _;

use crate::absent::{asks_nobody, every_capability_is_answered};
use crate::house::{House, Link, SOURCE, World};
use crate::{landscape, reads, ways, writes};

/// Worlds that are looked at side by side: a few more than there are cores to look with.
const AT_ONCE: usize = 3;

/// Draws of all assumptions.
const DRAWS: u64 = 20;

/// A simulator with these assumptions and as many accounts as each provider wants in it.
pub fn options(seed: u64, assume: &[String]) -> Options {
    let mut options = Options { seed, ..Options::default() };
    options.assume = assume.iter().map(|text| text.parse().unwrap()).collect();
    let world = World::of(&options);
    let counts = ways::ALL.iter().map(|ways| format!("{}={}", ways.id, (ways.accounts)(&world)));
    options.accounts = counts.map(|text| text.parse().unwrap()).collect();
    options
}

/// The whole suite over every connection of one world. Gives the names of those that it failed at.
async fn broken_in(options: Options) -> Vec<String> {
    let house = House::open(options).await;
    let mut broken = Vec::new();
    for link in house.links() {
        if AssertUnwindSafe(keeps_its_contract(&link)).catch_unwind().await.is_err() {
            broken.push(link.name.to_string());
        }
    }
    broken
}

async fn keeps_its_contract(link: &Link) {
    if link.name.as_str() == landscape::NEW {
        return landscape::a_new_server(link).await;
    }
    let ways = ways::of(link);
    let seen = reads::all_agree(link, ways).await;
    asks_nobody(link, ways, &seen.all[0].key).await;
    (ways.more)(link, &seen).await;
    let made = writes::all_work(link, ways, &seen).await;
    (ways.after)(link, &made).await;
    for fields in ways.wrong {
        is_refused(&link.with(fields)).await;
    }
    link.hides_secrets(&(link.records(), &seen.all));
}

/// A wrong credential is called one, and so is where it came from.
pub async fn is_refused(wrong: &Link) {
    let provider = wrong.provider();
    let scope = acctui::provider::ListScope::all();
    let listed = provider.accounts(&scope, &acctui::provider::Cursor::First).await.unwrap_err();
    let kind = (ways::of(wrong).wrong_listed)(&wrong.world);
    for (failure, kind) in [(provider.identity().await.unwrap_err(), FailureKind::Auth), (listed, kind)] {
        assert_eq!(failure.kind, kind, "{failure}");
        let words = format!("{failure} {}", failure.hint.as_deref().unwrap_or_default());
        assert!(wrong.fields.is_empty() || words.contains(SOURCE), "{}: {words}", wrong.name);
        wrong.hides_secrets(&failure);
    }
}

/// Runs the suite in all of these worlds, each in a thread of its own, and says in which it failed.
fn in_all(worlds: impl Iterator<Item = (u64, Vec<String>)>) {
    let waiting = Mutex::new(worlds.collect::<Vec<_>>());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| {
                while let Some((seed, assume)) = next(&waiting) {
                    let options = options(seed, &assume);
                    let broken = std::thread::spawn(|| in_one(options)).join().unwrap();
                    if !broken.is_empty() {
                        let told = format!("{} at seed {seed}: {}", broken.join(", "), assume.join(" "));
                        failed.lock().unwrap().push(told);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} worlds:\n{}", failed.len(), failed.join("\n"));
}

fn next(waiting: &Mutex<Vec<(u64, Vec<String>)>>) -> Option<(u64, Vec<String>)> {
    waiting.lock().unwrap().pop()
}

fn in_one(options: Options) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(broken_in(options))
}

#[test]
fn every_provider_answers_every_capability_and_is_in_the_suite() {
    for kind in registry() {
        every_capability_is_answered(kind.spec);
        assert_eq!(ways::ALL.iter().filter(|ways| ways.id == kind.spec.facts.id).count(), 1);
        let prefix = format!("{}.", kind.spec.facts.id);
        assert!(assumptions().iter().any(|assumption| assumption.name.starts_with(&prefix)));
    }
    assert_eq!(ways::ALL.len(), registry().len());
}

#[test]
fn the_likeliest_world_is_understood() {
    in_all(std::iter::once((1, Vec::new())));
}

/// Each value that is not the default, alone at its provider: the providers share a simulator and nothing else, so a
/// world holds one value of each of them.
#[test]
fn every_value_of_every_assumption_is_understood() {
    let all = assumptions();
    let of = |id: &str| {
        let own = all.iter().filter(|one| one.name.starts_with(&format!("{id}.")));
        own.flat_map(|one| one.values[1..].iter().map(|value| format!("{}={value}", one.name))).collect::<Vec<_>>()
    };
    let of: Vec<Vec<String>> = ways::ALL.iter().map(|ways| of(ways.id)).collect();
    let most = of.iter().map(Vec::len).max().unwrap();
    let alone = (0..most).map(|place| of.iter().filter_map(|values| values.get(place).cloned()).collect());
    // And all second values together, all third ones and so on.
    let widest = all.iter().map(|one| one.values.len()).max().unwrap();
    let nth = |place: usize| all.iter().filter_map(move |one| Some(format!("{}={}", one.name, one.values.get(place)?)));
    let together = (1..widest).map(|place| nth(place).collect());
    in_all(alone.chain(together).map(|assume| (1, assume)));
}

#[test]
fn twenty_draws_of_all_assumptions_are_understood() {
    in_all((0..DRAWS).map(|seed| (seed, vec!["seed".to_owned()])));
}
