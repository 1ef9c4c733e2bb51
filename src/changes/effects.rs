//! What a change brings along beyond its fields: what can't be undone, and what its provider says of it.

use std::collections::HashMap;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use indexmap::IndexMap;

use super::read::SIDE_BY_SIDE;
use super::road::Road;
use crate::domain::{Change, ChangeKind, Failure, PlannedChange, SideEffect, Taken};
use crate::provider::{Capability, Offer};

/// Of so many changes of a plan at most that neither end nor move something the provider is asked one by one.
const ASIDE: usize = 10;

impl Road<'_> {
    /// Adds what can't be undone, and what the provider says that each change brings along; gives what is to be said of
    /// all of them together. Of what ends something each is asked about; of moves those that differ, and what is said of
    /// one holds for those like it; of many others the first.
    pub(super) async fn add_side_effects(&self, planned: &mut [Result<PlannedChange, Failure>]) -> Vec<String> {
        let rows = planned.iter().enumerate().filter_map(|(nth, planned)| Some((nth, planned.as_ref().ok()?)));
        let sent: Vec<(usize, &PlannedChange)> = rows.filter(|(_, planned)| planned.is_sent()).collect();
        let (asked, left) = choose(&sent);
        let ask = asked.iter().map(|Asked { row, .. }| -> BoxFuture<'_, _> {
            let mut change = row.change.clone();
            // What stands now saves the provider from asking for it.
            change.base = (!change.kind.makes()).then(|| row.read.values.clone());
            async move { self.provider.side_effects(&change).await }.boxed()
        });
        let ask: Vec<_> = ask.collect();
        let answers: Vec<Vec<SideEffect>> = stream::iter(ask).buffered(SIDE_BY_SIDE).collect().await;
        let mut whole = totals(answers.iter().flatten().filter_map(|effect| effect.takes));
        if left > 0 {
            whole.push(format!("what {left} of the changes bring along was not looked up: they are many"));
        }
        let mut told: HashMap<usize, Vec<String>> = HashMap::new();
        for (asked, effects) in asked.iter().zip(answers) {
            let words: Vec<String> = effects.into_iter().map(|effect| effect.words).collect();
            told.extend(asked.places.iter().map(|nth| (*nth, words.clone())));
        }
        let sent: Vec<usize> = sent.into_iter().map(|(nth, _)| nth).collect();
        for nth in sent {
            if let Some(Ok(row)) = planned.get_mut(nth) {
                let told = told.remove(&nth).unwrap_or_default();
                row.warnings.extend(self.for_good(&row.change).filter(|words| !is_said(words, &told)));
                row.warnings.extend(told);
            }
        }
        whole
    }

    /// What can't be undone, in a sentence.
    fn for_good(&self, change: &Change) -> Option<String> {
        let offers = |capability| self.provider.spec().offer(capability) == Offer::Yes;
        let words = match change.kind {
            ChangeKind::DeleteAccount => "deleting an account can't be undone",
            ChangeKind::DeleteOrganization => "deleting an organization can't be undone",
            ChangeKind::CloseAccount => "closing an account can't be undone from here",
            ChangeKind::RemoveAccount => {
                "removing an account can't be undone from here: it comes back by an invitation only"
            }
            ChangeKind::MoveAccount if change.values.get(Change::FROM).is_empty() => {
                "this move can't be undone: nothing takes an account out of an organization again"
            }
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone
                if !offers(Capability::DeleteAccount) && !offers(Capability::CloseAccount) =>
            {
                "making an account can't be undone: nothing takes it away again"
            }
            ChangeKind::CreateOrganization if !offers(Capability::DeleteOrganization) => {
                "making it can't be undone: nothing takes it away again"
            }
            ChangeKind::MoveAccount
            | ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::CreateOrganization
            | ChangeKind::Profile
            | ChangeKind::UpdateAccount
            | ChangeKind::RenameOrganization => return None,
        };
        Some(words.to_owned())
    }
}

/// A change that the provider is asked about.
struct Asked<'p> {
    row: &'p PlannedChange,
    /// Its place in the plan, and those of the changes for which the answer holds, too.
    places: Vec<usize>,
}

/// The changes that the provider is asked about, and how many are left out because they are many.
fn choose<'p>(sent: &[(usize, &'p PlannedChange)]) -> (Vec<Asked<'p>>, usize) {
    let mut ways: HashMap<(&str, bool), usize> = HashMap::new();
    let mut others = 0;
    let mut asked: Vec<Asked<'p>> = Vec::new();
    for &(nth, row) in sent {
        let values = &row.change.values;
        if row.change.kind == ChangeKind::MoveAccount {
            let way = (values.get(Change::TO), values.get(Change::FROM).is_empty());
            let first = *ways.entry(way).or_insert(asked.len());
            if let Some(like) = asked.get_mut(first) {
                like.places.push(nth);
                continue;
            }
        } else if !row.change.kind.ends() {
            others += 1;
            if others > ASIDE {
                continue;
            }
        }
        asked.push(Asked { row, places: vec![nth] });
    }
    (asked, others.saturating_sub(ASIDE))
}

/// What several changes take along together: `12 zones in 3 accounts go with them`.
fn totals(taken: impl Iterator<Item = Taken>) -> Vec<String> {
    let mut kinds: IndexMap<&str, Vec<Taken>> = IndexMap::new();
    for taken in taken {
        kinds.entry(taken.many).or_default().push(taken);
    }
    let several = kinds.into_values().filter(|all| all.len() > 1);
    several.map(|all| total(&all)).collect()
}

fn total(all: &[Taken]) -> String {
    let accounts = |count: usize| if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
    let sum: usize = all.iter().filter_map(|taken| taken.count).sum();
    let holders = all.iter().filter(|taken| taken.count.is_some_and(|count| count > 0)).count();
    let unread = all.iter().filter(|taken| taken.count.is_none()).count();
    let (one, many) = all.first().map_or(("", ""), |taken| (taken.one, taken.many));
    let or_more = if all.iter().any(|taken| taken.or_more) { " or more" } else { "" };
    let words = match sum {
        0 => format!("no {many} are known to go with them"),
        1 => format!("1 {one}{or_more} in 1 account goes with them"),
        _ => format!("{sum} {many}{or_more} in {} go with them", accounts(holders)),
    };
    if unread == 0 { words } else { format!("{words}; how many there are in {} can't be read", accounts(unread)) }
}

/// Whether the provider's own words say the same.
fn is_said(words: &str, told: &[String]) -> bool {
    // A mark of our own sentence, and what of the provider's says as much.
    const SAME: [(&str, &str); 6] = [
        ("can't be undone", "can't be undone"),
        ("out of an organization again", "out of an organization again"),
        ("closing", "takes it back"),
        ("closing", "opens it again, then nobody"),
        ("removing", "invitation that the account accepts"),
        ("making", "what is made stays"),
    ];
    SAME.iter().any(|(own, theirs)| words.contains(own) && told.iter().any(|told| told.contains(theirs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_in_its_own_words_is_not_said_again() {
        for (own, theirs, is_same) in [
            ("deleting an account can't be undone", "deleting an account can't be undone: all goes with it", true),
            ("closing an account can't be undone from here", "it stays listed; no call here takes it back", true),
            (
                "removing an account can't be undone from here",
                "only an invitation that the account accepts does it",
                true,
            ),
            ("making an account can't be undone", "Landscape's API deletes no accounts: what is made stays", true),
            ("making an account can't be undone", "you become its administrator", false),
        ] {
            assert_eq!(is_said(own, &[theirs.to_owned()]), is_same, "{own} / {theirs}");
        }
    }

    #[test]
    fn what_several_changes_take_along_is_summed_up() {
        let zones = |count, or_more| Taken { one: "zone", many: "zones", count, or_more };
        let of = |all: &[Taken]| totals(all.iter().copied());
        assert_eq!(of(&[zones(Some(3), false)]), [""; 0], "one says it itself");
        let three = [zones(Some(3), false), zones(Some(8), false), zones(Some(1), false)];
        assert_eq!(of(&three), ["12 zones in 3 accounts go with them"]);
        assert_eq!(of(&[zones(Some(0), false), zones(Some(1), false)]), ["1 zone in 1 account goes with them"]);
        assert_eq!(of(&[zones(Some(0), false); 2]), ["no zones are known to go with them"]);
        let words = "53 zones or more in 2 accounts go with them; how many there are in 1 account can't be read";
        assert_eq!(of(&[zones(Some(50), true), zones(Some(3), false), zones(None, false)]), [words]);
    }
}
