//! What a change brings along beyond its fields: what can't be undone, and what its provider says of it.

use std::collections::{HashMap, HashSet};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::read::SIDE_BY_SIDE;
use super::road::Road;
use crate::domain::{Change, ChangeKind, Failure, PlannedChange};
use crate::provider::{Capability, Offer};

/// Of so many changes of a plan at most that neither end nor move something the provider is asked one by one.
const ASIDE: usize = 10;

impl Road<'_> {
    /// Adds what can't be undone, and what the provider says that each change brings along. Of what ends something each
    /// is asked about; of many others those that differ, and of what is like them the first.
    pub(super) async fn add_side_effects(&self, planned: &mut [Result<PlannedChange, Failure>]) {
        let rows = planned.iter().enumerate().filter_map(|(nth, planned)| Some((nth, planned.as_ref().ok()?)));
        let sent: Vec<(usize, &PlannedChange)> = rows.filter(|(_, planned)| planned.is_sent()).collect();
        let (asked, left) = choose(&sent);
        let ask = asked.iter().map(|(nth, row)| -> BoxFuture<'_, _> {
            let mut change = row.change.clone();
            // What stands now saves the provider from asking for it.
            change.base = (!change.kind.makes()).then(|| row.read.values.clone());
            async move { (*nth, self.provider.side_effects(&change).await) }.boxed()
        });
        let ask: Vec<_> = ask.collect();
        let mut told: HashMap<usize, Vec<String>> = stream::iter(ask).buffered(SIDE_BY_SIDE).collect().await;
        if let Some((last, _)) = asked.last().filter(|_| left > 0) {
            let words = format!("what {left} other changes bring along was not looked up: they are many");
            told.entry(*last).or_default().push(words);
        }
        let sent: Vec<usize> = sent.into_iter().map(|(nth, _)| nth).collect();
        for nth in sent {
            if let Some(Ok(row)) = planned.get_mut(nth) {
                let told = told.remove(&nth).unwrap_or_default();
                row.warnings.extend(self.for_good(&row.change).filter(|words| !is_said(words, &told)));
                row.warnings.extend(told);
            }
        }
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

/// A row of a plan with its place in it.
type Row<'p> = (usize, &'p PlannedChange);

/// The changes that the provider is asked about, and how many are left out because they are many.
fn choose<'p>(sent: &[Row<'p>]) -> (Vec<Row<'p>>, usize) {
    let mut ways: HashSet<(&str, bool)> = HashSet::new();
    let mut others = 0;
    let mut asked = Vec::new();
    for (nth, row) in sent {
        let values = &row.change.values;
        let is_asked = if row.change.kind.ends() {
            true
        } else if row.change.kind == ChangeKind::MoveAccount {
            ways.insert((values.get(Change::TO), values.get(Change::FROM).is_empty()))
        } else {
            others += 1;
            others <= ASIDE
        };
        if is_asked {
            asked.push((*nth, *row));
        }
    }
    (asked, others.saturating_sub(ASIDE))
}

/// Whether the provider's own words say the same.
fn is_said(words: &str, told: &[String]) -> bool {
    let said = |mark: &str| words.contains(mark) && told.iter().any(|told| told.contains(mark));
    said("can't be undone") || said("out of an organization again")
}
