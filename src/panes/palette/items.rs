//! What the palette lists, and in which order.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::Hit;
use crate::app::pins::Pin;
use crate::app::{Action, Avail, Global, Row, State, scopes, stand_in, synonyms, views};
use crate::domain::filter::{Above, Answer, Atom, letters};
use crate::domain::{
    AccountKey, ConnectionName, Filter, KeyCode, Listed, Organization, OrganizationId, OrganizationKey, TreeNode, shown,
};
use crate::panes::views as pane_views;

/// How well something fits what was typed, the best first: how whole, then its score.
pub(super) type Fit = (Whole, Reverse<u32>);

/// How good a hit is, the best first: how well it fits, its kind, its place.
type Rank = (Fit, (u8, bool), usize);

/// Whether what was typed stands there as it is: whoever types a whole name means it, however well letters fit elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whole {
    /// It is all of the title.
    Title,
    /// It is one of the words, or several side by side.
    Words,
    /// A word begins with it.
    Beginning,
    /// Its letters are there.
    Letters,
}

impl Whole {
    /// How `typed`, in lower case, stands in texts.
    fn of(typed: &str, title: &str, other: &str) -> Self {
        let (title, other) = (title.to_lowercase(), other.to_lowercase());
        if typed.is_empty() {
            return Self::Letters;
        }
        if title == typed {
            return Self::Title;
        }
        let is_part = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
        let of_text = |text: &str| {
            let begins = text.match_indices(typed).filter(|(at, _)| !is_part(text[..*at].chars().next_back()));
            let ends = |at: usize| !is_part(text[at + typed.len()..].chars().next());
            begins.map(|(at, _)| if ends(at) { Self::Words } else { Self::Beginning }).min()
        };
        of_text(&title).into_iter().chain(of_text(&other)).min().unwrap_or(Self::Letters)
    }
}

/// One thing that can be run or gone to.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) what: What,
    /// What it is called; safe for a terminal.
    pub(super) title: String,
    /// What else finds it: an organization's id, an action's name and what people call it, a connection's provider.
    pub(super) id: String,
    /// What is said beside it: keys, or where it is.
    pub(super) more: String,
    /// Why it does not apply where the user is.
    pub(super) reason: Option<String>,
    /// The letters in it: what a word needs and it has not, it cannot match.
    letters: u32,
}

/// What an item is.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// An action, with the title of the scope that its row stands in.
    Action(&'static str, &'static Row),
    /// A saved view.
    View(String),
    /// A connection.
    Connection(ConnectionName),
    /// An organization.
    Organization(OrganizationKey),
    /// A pinned account: others are looked for once something is typed.
    Account(AccountKey),
}

impl What {
    /// Its kind, in a word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Action(..) => "action",
            Self::View(_) => "view",
            Self::Connection(_) => "connection",
            Self::Organization(_) => "organization",
            Self::Account(_) => "account",
        }
    }

    /// Its place among equally good ones; accounts come last.
    fn place(&self) -> u8 {
        match self {
            Self::Action(..) => 0,
            Self::View(_) => 1,
            Self::Connection(_) => 2,
            Self::Organization(_) => 3,
            Self::Account(_) => 4,
        }
    }
}

impl Item {
    fn new(what: What, title: String, id: String, more: String) -> Self {
        let letters = letters(&title) | letters(&id);
        Self { what, title, id, more, reason: None, letters }
    }
}

/// All that can be run or gone to from here: what was run last first, what does not apply after what does.
pub(super) fn all(state: &State) -> Vec<Item> {
    let mut items = actions(state);
    if !state.modals.is_empty() {
        return items;
    }
    items.splice(0..0, pinned(state));
    for (name, view) in views::all(state) {
        let what = What::View(name.to_owned());
        items.push(Item::new(what, shown(name).into_owned(), String::new(), view.words(state)));
    }
    for setup in &state.setup.connections {
        let title = setup.name.to_string();
        let more = setup.spec.title.to_owned();
        let found_by = format!("{} {more}", setup.spec.facts.id);
        items.push(Item::new(What::Connection(setup.name.clone()), title, found_by, more));
    }
    for setup in &state.setup.connections {
        let Some(view) = state.snapshot.connection(&setup.name) else { continue };
        let mut below: Vec<Item> = other(view.tree.nodes(), &state.own.pins.organizations(&setup.name))
            .map(|found| organization(&setup.name, found))
            .collect();
        below.sort_by(|left, right| left.title.cmp(&right.title));
        items.append(&mut below);
    }
    items
}

/// Organizations but those that are pinned: they stand above.
fn other<'t>(
    nodes: impl Iterator<Item = &'t TreeNode>,
    pinned: &HashSet<&OrganizationId>,
) -> impl Iterator<Item = &'t Organization> {
    nodes.map(|node| &*node.organization).filter(|organization| !pinned.contains(&organization.key.id))
}

/// What the user pinned, as far as the inventory has it.
fn pinned(state: &State) -> Vec<Item> {
    let pins = state.own.pins.iter().filter_map(|pin| {
        let mut item = match pin {
            Pin::Account(key) => {
                let row = state.snapshot.find(key)?;
                let name = if row.name().is_empty() { shown(row.id()) } else { shown(row.name()) };
                let what = What::Account(key.clone());
                Item::new(what, name.into_owned(), row.id().to_owned(), key.connection.to_string())
            }
            Pin::Organization(key) => {
                let found = state.snapshot.connection(&key.connection)?.tree.node(&key.id)?;
                organization(&key.connection, &found.organization)
            }
        };
        item.more = format!("★ {}", item.more);
        Some(item)
    });
    pins.collect()
}

fn organization(connection: &ConnectionName, organization: &Organization) -> Item {
    let id = organization.key.id.as_str();
    let name = organization.name.shown();
    let title = if name.is_empty() { shown(id).into_owned() } else { name.into_owned() };
    Item::new(What::Organization(organization.key.clone()), title, id.to_owned(), connection.to_string())
}

fn actions(state: &State) -> Vec<Item> {
    let mut items = Vec::new();
    let scopes = scopes(state);
    for (nth, scope) in scopes.iter().enumerate() {
        for (row, keys) in state.setup.keys.rows(scope) {
            if row.action == Action::Global(Global::Palette) || stand_in(state, &scopes[..nth], row).is_some() {
                continue;
            }
            let reason = match row.avail(state) {
                Avail::Hidden => continue,
                // A number key without a view leads nowhere.
                Avail::No(_) if matches!(row.action, Action::Views(pane_views::Act::Go(_))) => continue,
                Avail::Yes => None,
                Avail::No(reason) => Some(shown(&reason).into_owned()),
            };
            let keys: Vec<String> = keys.iter().take(2).map(ToString::to_string).collect();
            let what = What::Action(scope.title, row);
            let title = row.words(state).to_owned();
            let found_by = format!("{} {}", row.name(), synonyms::others(&title));
            let mut item = Item::new(what, title, found_by.trim_end().to_owned(), keys.join(" "));
            item.reason = reason;
            items.push(item);
        }
    }
    let recent = &state.commands.actions;
    let age = |item: &Item| match item.what {
        What::Action(scope, row) => recent.iter().position(|known| *known == row.id(scope)).unwrap_or(recent.len()),
        What::View(_) | What::Connection(_) | What::Organization(_) | What::Account(_) => recent.len(),
    };
    let moves = |item: &Item| matches!(item.what, What::Action(_, row) if matches!(row.action, Action::Move(_)));
    items.sort_by_cached_key(|item| (item.reason.is_some(), age(item), moves(item)));
    items
}

/// Whether a row may be run where the user is: its scope is there, and no inner row stands for it (`e` is about the marked
/// accounts while there are marks).
pub(super) fn is_meant(state: &State, title: &str, row: &Row) -> bool {
    let scopes = scopes(state);
    let place = scopes.iter().position(|scope| scope.title == title);
    place.is_some_and(|nth| stand_in(state, &scopes[..nth], row).is_none())
}

/// Why an action that answers a dialog is not run from here: its key is pressed in the dialog itself, after that was seen.
/// Where no key does that works everywhere, it is run once the dialog was on screen long enough.
pub(super) fn must_be_pressed(row: &Row, was_seen: bool) -> Option<String> {
    if !row.confirms {
        return None;
    }
    let has_enter = row.keys.iter().any(|key| key.code == KeyCode::Enter);
    if has_enter {
        return Some("it answers the dialog below: close this and press Enter there".to_owned());
    }
    (!was_seen).then(|| "it came before the dialog could be read: try again".to_owned())
}

/// How well an account matches: as in the list. One that is found by its parent or by fields alone comes last.
pub(super) fn fit_account(filter: &Filter, row: &dyn Listed) -> Fit {
    let email = row.email().unwrap_or_default();
    let score = filter.score_line(row.name(), row.id(), email, &Above::default(), &mut |_| Answer::Yes);
    (Whole::of(&typed(filter), row.name(), ""), Reverse(score.unwrap_or_default()))
}

/// What was typed, as it is looked for in one piece.
fn typed(filter: &Filter) -> String {
    filter.text().trim().to_lowercase()
}

/// What matches, best first; all of it while nothing is typed.
pub(super) fn ranked(filter: &Filter, items: &[Item], accounts: &[(AccountKey, Fit)]) -> Vec<Hit> {
    if filter.is_empty() {
        return (0..items.len()).map(Hit::Item).collect();
    }
    let needed = filter.terms().iter().fold(0, |mask, term| match term.0.as_slice() {
        [Atom::Word(word)] if !word.negative => mask | word.letters(),
        _ => mask,
    });
    let matching = items.iter().enumerate().filter(|(_, item)| item.letters & needed == needed);
    let score = |item: &Item| filter.score_line(&item.title, &item.id, "", &Above::default(), &mut |_| Answer::No);
    // What is typed finds accounts by itself, pinned or not.
    let matching = matching.filter(|(_, item)| !matches!(item.what, What::Account(_)));
    let typed = typed(filter);
    let fit = |item: &Item| Some((Whole::of(&typed, &item.title, &item.id), Reverse(score(item)?)));
    let fitting = matching.filter_map(|(at, item)| Some((fit(item)?, item, at)));
    let place = |item: &Item| (item.what.place(), item.reason.is_some());
    let mut hits: Vec<(Rank, Hit)> = fitting.map(|(fit, item, at)| ((fit, place(item), at), Hit::Item(at))).collect();
    let found = accounts.iter().enumerate();
    hits.extend(found.map(|(at, (key, fit))| ((*fit, (u8::MAX, false), at), Hit::Account(key.clone()))));
    hits.sort_by_key(|(rank, _)| *rank);
    hits.into_iter().map(|(_, hit)| hit).collect()
}
