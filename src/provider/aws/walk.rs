//! Walks over the OUs: where accounts do not say by their paths where they stand, the listings of root and OUs do, one
//! after the other; and so comes the tree itself, for no call gives all OUs at once.
//!
//! A walk goes breadth first and asks each place once. Its cursors are short: what it has found stays here, so that one
//! that is left lying begins anew.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{AccountId, Failure, FailureKind, OrganizationId};
use crate::provider::Cursor;

/// Walks that are kept: more than anybody makes at the same time.
const KEPT: usize = 8;

/// What is asked of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The accounts in it.
    Accounts,
    /// The OUs in it.
    Units,
}

/// Where a walk stands: the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    walk: u64,
    /// The place's number in the order in which they were found.
    at: usize,
    pub(super) ask: Ask,
    /// The page, after the first.
    pub(super) token: Option<String>,
}

/// What a listing's cursor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The plain listing, of which no row has been seen yet: whether accounts have paths is open.
    Open(Option<String>),
    /// The plain listing.
    Listing(String),
    /// A walk.
    Walk(Step),
    /// The plain listing behind a walk that some places were closed to: the walk's number, and the page after the first.
    Rest(u64, Option<String>),
}

impl Place {
    /// Reads a cursor.
    ///
    /// # Errors
    /// `Refused` for one that none of these is.
    pub(super) fn read(cursor: &Cursor) -> Result<Self, Failure> {
        let text = match cursor {
            Cursor::First => return Ok(Self::Open(None)),
            Cursor::Token(text) => text,
            Cursor::Page(_) => return Err(over()),
        };
        let (kind, rest) = text.split_once(':').ok_or_else(over)?;
        match kind {
            "open" => Ok(Self::Open(Some(rest.to_owned()))),
            "list" => Ok(Self::Listing(rest.to_owned())),
            "walk" => Step::read(rest).map(Self::Walk),
            "rest" => {
                let (walk, token) = rest.split_once(':').map_or((rest, None), |(walk, token)| (walk, Some(token)));
                Ok(Self::Rest(walk.parse().map_err(|_| over())?, token.map(str::to_owned)))
            }
            _ => Err(over()),
        }
    }

    /// The cursor.
    pub(super) fn cursor(&self) -> Cursor {
        match self {
            Self::Open(None) => Cursor::First,
            Self::Open(Some(token)) => Cursor::Token(format!("open:{token}")),
            Self::Listing(token) => Cursor::Token(format!("list:{token}")),
            Self::Walk(step) => {
                let ask = match step.ask {
                    Ask::Accounts => 'a',
                    Ask::Units => 'u',
                };
                let token = step.token.as_ref().map(|token| format!(":{token}")).unwrap_or_default();
                Cursor::Token(format!("walk:{}:{}:{ask}{token}", step.walk, step.at))
            }
            Self::Rest(walk, token) => {
                let token = token.as_ref().map(|token| format!(":{token}")).unwrap_or_default();
                Cursor::Token(format!("rest:{walk}{token}"))
            }
        }
    }
}

impl Step {
    /// The walk's number.
    pub(super) fn walk(&self) -> u64 {
        self.walk
    }

    /// Whether it asks of a root, the first place of all: without that there is nothing to walk.
    pub(super) fn is_first(&self) -> bool {
        self.at == 0
    }

    /// Whether it asks the same of the same place: another page.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        (self.walk, self.at, self.ask) == (other.walk, other.at, other.ask)
    }

    fn read(text: &str) -> Result<Self, Failure> {
        let mut parts = text.splitn(4, ':');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (walk, at) = number().zip(number()).ok_or_else(over)?;
        let ask = match parts.next() {
            Some("a") => Ask::Accounts,
            Some("u") => Ask::Units,
            Some(_) | None => return Err(over()),
        };
        let at = usize::try_from(at).map_err(|_| over())?;
        Ok(Self { walk, at, ask, token: parts.next().map(str::to_owned) })
    }
}

fn over() -> Failure {
    let cause = "the listing can't go on here: what it had found is not known any more";
    Failure::new(FailureKind::Refused, "walking the OUs", cause).with_hint("list anew")
}

/// What a walk has found.
#[derive(Debug, Default)]
struct Walk {
    places: Vec<OrganizationId>,
    /// The accounts that came, once a place was closed: the plain listing gives the others.
    seen: HashSet<AccountId>,
    /// Whether a place was closed to this key, so that accounts may be missing.
    is_partial: bool,
}

#[derive(Debug, Default)]
struct State {
    walks: BTreeMap<u64, Walk>,
    last: u64,
}

/// The walks of a connection.
#[derive(Debug, Default)]
pub(super) struct Walks(Mutex<State>);

impl Walks {
    /// Begins at these roots; `None` if there are none.
    pub(super) fn begin(&self, roots: Vec<OrganizationId>, ask: Ask) -> Option<Step> {
        if roots.is_empty() {
            return None;
        }
        let mut state = self.state();
        state.last += 1;
        let walk = state.last;
        state.walks.insert(walk, Walk { places: roots, ..Walk::default() });
        while state.walks.len() > KEPT {
            state.walks.pop_first();
        }
        Some(Step { walk, at: 0, ask, token: None })
    }

    /// The place that a step asks.
    ///
    /// # Errors
    /// `Refused` if the walk is not known any more.
    pub(super) fn place(&self, step: &Step) -> Result<OrganizationId, Failure> {
        let state = self.state();
        state.walks.get(&step.walk).and_then(|walk| walk.places.get(step.at)).cloned().ok_or_else(over)
    }

    /// Notes accounts that came.
    pub(super) fn saw<'a>(&self, walk: u64, accounts: impl Iterator<Item = &'a AccountId>) {
        if let Some(walk) = self.state().walks.get_mut(&walk) {
            walk.seen.extend(accounts.cloned());
        }
    }

    /// Notes that a place is closed to this key.
    pub(super) fn closed(&self, step: &Step) {
        if let Some(walk) = self.state().walks.get_mut(&step.walk) {
            walk.is_partial = true;
        }
    }

    /// Where accounts are listed that stand in places which were closed; `None` if there were none. The walk is kept for it.
    pub(super) fn rest(&self, step: &Step) -> Option<Place> {
        let state = self.state();
        state.walks.get(&step.walk).filter(|walk| walk.is_partial).map(|_| Place::Rest(step.walk, None))
    }

    /// Whether an account came by a walk.
    ///
    /// # Errors
    /// `Refused` if the walk is not known any more.
    pub(super) fn has_seen(&self, walk: u64, account: &AccountId) -> Result<bool, Failure> {
        self.state().walks.get(&walk).map(|walk| walk.seen.contains(account)).ok_or_else(over)
    }

    /// A walk's listing is at its end.
    pub(super) fn end(&self, walk: u64) {
        self.state().walks.remove(&walk);
    }

    /// Notes OUs that were found; those that are known already lead nowhere new.
    pub(super) fn found(&self, step: &Step, units: impl Iterator<Item = OrganizationId>) {
        if let Some(Walk { places, .. }) = self.state().walks.get_mut(&step.walk) {
            for unit in units {
                if !places.contains(&unit) {
                    places.push(unit);
                }
            }
        }
    }

    /// What is asked after a step whose page leads to `token`; `asks` is what is asked of each place, in that order.
    /// `None` at the end.
    pub(super) fn next(&self, step: &Step, token: Option<String>, asks: &[Ask]) -> Option<Step> {
        if token.is_some() {
            return Some(Step { token, ..step.clone() });
        }
        let behind = asks.iter().skip_while(|ask| **ask != step.ask).nth(1);
        let next = match behind {
            Some(ask) => Step { ask: *ask, token: None, ..step.clone() },
            None => Step { at: step.at + 1, ask: *asks.first()?, token: None, ..step.clone() },
        };
        let mut state = self.state();
        let walk = state.walks.get(&next.walk);
        let is_there = walk.is_some_and(|walk| next.at < walk.places.len());
        // One that left something out is needed until the rest is listed.
        let is_done = walk.is_none_or(|walk| !walk.is_partial || step.ask == Ask::Units && asks.len() == 1);
        if !is_there && is_done {
            state.walks.remove(&next.walk);
        }
        is_there.then_some(next)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock leaves it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<OrganizationId> {
        ids.iter().map(OrganizationId::new).collect()
    }

    #[test]
    fn a_walk_asks_each_place_once_even_if_it_leads_in_a_circle() {
        let walks = Walks::default();
        let below = |id: &str| match id {
            "r" => ids(&["a", "b"]),
            "a" => ids(&["c", "r"]),
            "c" => ids(&["a"]),
            _ => Vec::new(),
        };
        let mut asked = Vec::new();
        let mut next = walks.begin(ids(&["r"]), Ask::Accounts);
        while let Some(step) = next {
            let place = walks.place(&step).unwrap();
            asked.push(format!("{}{}", place.as_str(), if step.ask == Ask::Units { "/" } else { "" }));
            if step.ask == Ask::Units {
                walks.found(&step, below(place.as_str()).into_iter());
            }
            next = walks.next(&step, None, &[Ask::Accounts, Ask::Units]);
        }
        assert_eq!(asked, ["r", "r/", "a", "a/", "b", "b/", "c", "c/"]);
        assert!(walks.begin(Vec::new(), Ask::Units).is_none());
    }

    #[test]
    fn cursors_are_read_back_and_a_walk_of_an_earlier_run_is_over() {
        let walks = Walks::default();
        let step = walks.begin(ids(&["r"]), Ask::Units).unwrap();
        let paged = walks.next(&step, Some("to:ken".into()), &[Ask::Units]).unwrap();
        for place in [
            Place::Open(None),
            Place::Open(Some("t:1".into())),
            Place::Listing("t".into()),
            Place::Walk(step),
            Place::Walk(paged),
            Place::Rest(7, None),
            Place::Rest(7, Some("to:ken".into())),
        ] {
            assert_eq!(Place::read(&place.cursor()).unwrap(), place);
        }
        for text in ["", "x", "walk:1", "walk:1:2:z", "walk:a:b:u", "rest:x", "other:1"] {
            assert_eq!(Place::read(&Cursor::Token(text.into())).unwrap_err().kind, FailureKind::Refused, "{text}");
        }
        let Place::Walk(unknown) = Place::read(&Cursor::Token("walk:99:0:u".into())).unwrap() else { panic!() };
        assert_eq!(walks.place(&unknown).unwrap_err().kind, FailureKind::Refused);
    }

    #[test]
    fn old_walks_are_forgotten() {
        let walks = Walks::default();
        let first = walks.begin(ids(&["r"]), Ask::Units).unwrap();
        for _ in 0..KEPT {
            walks.begin(ids(&["r"]), Ask::Units);
        }
        assert!(walks.place(&first).is_err());
    }
}
