//! The command palette: every action that has a row of keys where the user was, every connection and organization, and
//! accounts, found as the list's filter finds them.
//!
//! What can be run is fixed when it opens; whether it applies is asked again when it runs, for the place that has the
//! focus then. Accounts are searched off the UI thread, like the list's rows. It runs the rows' own actions, so that a
//! write takes the very road that its key leads to.

mod draw;
mod items;

use std::sync::Arc;

use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Remote, RequestId, Row, Slot, State, views};
use crate::domain::{AccountKey, Failure, Filter, Key, KeyCode};
use crate::forms::TextField;
use crate::inventory::{Found, ListQuery, Scope};
use crate::panes::{PaneId, accounts, organizations};
use crate::view::scroll_to;

pub use self::draw::draw;
use self::items::{Fit, Item, What};

/// Accounts that are listed: nobody scrolls further, one more letter narrows it.
const ACCOUNTS: usize = 50;
/// How long a dialog must have been on screen before it is answered from here: as long as for its own keys.
const SEEN_MILLIS: u64 = 250;

/// The palette on screen.
#[derive(Clone, Debug)]
pub struct Palette {
    line: TextField,
    /// What was typed last, read.
    read: Filter,
    items: Arc<[Item]>,
    /// What matches, best first.
    hits: Vec<Hit>,
    /// Accounts that match, with how well they do, and how many do.
    accounts: Remote<(Vec<(AccountKey, Fit)>, usize)>,
    /// What is under the cursor, once it was moved; else the first.
    selected: Option<Hit>,
    offset: usize,
    past: Option<Past>,
    /// Whether the dialog below had been on screen long enough to be answered.
    was_seen: bool,
    /// Whether there is none, so that it may lead to somewhere else: what is typed in a dialog is not left behind.
    leads: bool,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Hit {
    /// One of the items, by its place.
    Item(usize),
    /// An account.
    Account(AccountKey),
}

/// An input of the past, as long as the text is still it.
#[derive(Clone, Debug)]
struct Past {
    at: usize,
    /// What stood there before.
    typed: String,
    made: String,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Runs what is under the cursor.
    Run,
    /// What was typed before this.
    Older,
    /// What was typed after this.
    Newer,
    /// Closes it.
    Leave,
}

/// The palette's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Palette(Act::Run), "run, or go there").hint(1).when(has_hit),
    Row::new(&[Key::alt(KeyCode::Up), Key::ctrl('r')], Action::Palette(Act::Older), "what was typed before")
        .hint(3)
        .when(has_past),
    Row::new(&[Key::alt(KeyCode::Down)], Action::Palette(Act::Newer), "what was typed after that").when(has_past),
    Row::new(&[Key::plain(KeyCode::Esc), Key::plain(KeyCode::F(3))], Action::Palette(Act::Leave), "close").hint(2),
    HELP,
];

fn on_top(state: &State) -> Option<&Palette> {
    if let Some(Modal::Palette(palette)) = state.modals.last() { Some(palette) } else { None }
}

fn on_top_mut(state: &mut State) -> Option<&mut Palette> {
    if let Some(Modal::Palette(palette)) = state.modals.last_mut() { Some(palette) } else { None }
}

fn has_hit(state: &State) -> Avail {
    if on_top(state).is_some_and(|palette| !palette.hits.is_empty()) {
        Avail::Yes
    } else {
        Avail::no("nothing matches")
    }
}

fn has_past(state: &State) -> Avail {
    if state.commands.inputs.is_empty() { Avail::no("nothing was typed here yet") } else { Avail::Yes }
}

impl Palette {
    /// The line that is typed into.
    pub fn line(&mut self) -> &mut TextField {
        &mut self.line
    }

    /// Whether accounts are still looked for: keys but text wait for them, so that they act on what was typed.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.accounts.is_loading() || self.read.text() != self.line.value()
    }

    /// The place under the cursor.
    fn cursor(&self) -> usize {
        let place = self.selected.as_ref().and_then(|selected| self.hits.iter().position(|hit| hit == selected));
        place.unwrap_or(0)
    }
}

/// Opens the palette for where the user is. A line that is being typed into is left as Enter leaves it.
pub fn open(state: &mut State) {
    let items: Arc<[Item]> = items::all(state).into();
    let leads = state.modals.is_empty();
    let was_seen = leads || state.has_shown(SEEN_MILLIS);
    state.open(Modal::Palette(Box::new(Palette {
        line: TextField::default(),
        read: Filter::default(),
        hits: (0..items.len()).map(Hit::Item).collect(),
        items,
        accounts: Remote::Idle,
        selected: None,
        offset: 0,
        past: None,
        was_seen,
        leads,
    })));
}

/// Looks for what was typed, if that is new.
pub fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(palette) = on_top(state).filter(|palette| palette.read.text() != palette.line.value()) else { return };
    let read = Filter::parse_with(palette.line.value(), state.accounts.line.vocabulary());
    let asks =
        palette.leads && !read.is_empty() && read.error().is_none() && read.text().chars().any(char::is_alphanumeric);
    let was_loading = palette.accounts.is_loading();
    let id = asks.then(|| state.request_id());
    if let Some(id) = id {
        let query = Arc::new(ListQuery {
            filter: read.clone(),
            scope: Scope::All,
            now: state.now,
            labels: Some(Arc::clone(state.own.labels())),
            marked: Some(Arc::clone(state.accounts.marks.rows())),
            held: state.held.clone(),
            ..ListQuery::default()
        });
        effects.push(Effect::Look { id, snapshot: Arc::clone(&state.snapshot), query });
    } else if was_loading {
        effects.push(Effect::Cancel(Slot::Palette));
    }
    let Some(palette) = on_top_mut(state) else { return };
    palette.read = read;
    palette.selected = None;
    match id {
        Some(id) => palette.accounts.begin(id),
        None => palette.accounts = Remote::Idle,
    }
    rank(state);
}

/// Accounts were found; false if the palette does not wait for them.
pub fn found(state: &mut State, id: RequestId, found: &Found) -> bool {
    let awaits = |modal: &Modal| matches!(modal, Modal::Palette(palette) if palette.accounts.awaits(id));
    let Some(at) = state.modals.iter().position(awaits) else { return false };
    let Modal::Palette(palette) = &mut state.modals[at] else { return false };
    let rows = found.rows.iter().take(ACCOUNTS).filter_map(|row| found.snapshot.get(*row));
    let scored = rows.map(|row| (row.key(), items::fit_account(&palette.read, &row))).collect();
    if palette.accounts.settle(id, Ok((scored, found.matched))) {
        rank(state);
    }
    true
}

/// Searching failed: there are no accounts in the list.
pub fn failed(state: &mut State, id: RequestId, failure: Failure) {
    for modal in &mut state.modals {
        if let Modal::Palette(palette) = modal
            && palette.accounts.awaits(id)
        {
            palette.accounts.settle(id, Err(failure));
            return rank(state);
        }
    }
}

/// Puts what matches in its order; the cursor stays on what it was moved to.
fn rank(state: &mut State) {
    let page = page(state);
    for modal in &mut state.modals {
        if let Modal::Palette(palette) = modal {
            let found = if palette.accounts.is_loading() { None } else { palette.accounts.value() };
            let accounts = found.map_or(&[][..], |(accounts, _)| accounts.as_slice());
            palette.hits = items::ranked(&palette.read, &palette.items, accounts);
            palette.offset = scroll_to(palette.cursor(), palette.offset, page, palette.hits.len());
        }
    }
}

/// Lines of the list that are on screen.
fn page(state: &State) -> usize {
    draw::page(state.size)
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let page = page(state);
    let Some(palette) = on_top_mut(state) else { return };
    let at = motion.apply(palette.cursor(), palette.hits.len(), page);
    palette.selected = palette.hits.get(at).cloned();
    palette.offset = scroll_to(at, palette.offset, page, palette.hits.len());
}

/// Does what a key asks; gives the action that is to be run in its place, now that it is closed.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) -> Option<Action> {
    match act {
        Act::Run => return run(state, effects),
        Act::Older => walk(state, true),
        Act::Newer => walk(state, false),
        Act::Leave => leave(state, effects),
    }
    None
}

fn leave(state: &mut State, effects: &mut Vec<Effect>) {
    if on_top(state).is_some_and(|palette| palette.accounts.is_loading()) {
        effects.push(Effect::Cancel(Slot::Palette));
    }
    state.close();
}

/// Walks what was typed before.
fn walk(state: &mut State, older: bool) {
    let inputs = state.commands.inputs.clone();
    let Some(palette) = on_top_mut(state) else { return };
    let text = palette.line.value().to_owned();
    let past = palette.past.take().filter(|past| past.made == text);
    let (at, typed) = match (past, older) {
        (None, true) => (0, text),
        (None, false) => return,
        (Some(past), true) => (past.at + 1, past.typed),
        (Some(Past { at: 0, typed, .. }), false) => {
            palette.line = TextField::new(&typed);
            return;
        }
        (Some(past), false) => (past.at - 1, past.typed),
    };
    let at = at.min(inputs.len().saturating_sub(1));
    if let Some(made) = inputs.get(at).cloned() {
        palette.line = TextField::new(&made);
        palette.past = Some(Past { at, typed, made });
    }
}

fn run(state: &mut State, effects: &mut Vec<Effect>) -> Option<Action> {
    let palette = on_top(state)?;
    let input = palette.line.value().to_owned();
    let was_seen = palette.was_seen && state.has_shown(SEEN_MILLIS);
    let hit = palette.hits.get(palette.cursor())?.clone();
    let what = match hit {
        Hit::Account(key) => What::Account(key),
        Hit::Item(at) => palette.items.get(at)?.what.clone(),
    };
    match what {
        What::Action(scope, row) => return run_row(state, (scope, row), &input, was_seen, effects),
        What::View(name) => {
            leave(state, effects);
            views::open(state, &name, effects);
        }
        What::Connection(name) => {
            organizations::come_to(state, &name);
            scope_to(state, Scope::Connection(name), effects);
        }
        What::Organization(key) => {
            scope_to(state, Scope::Organization(key.clone()), effects);
            organizations::reveal(state, &key);
        }
        What::Account(key) => {
            if state.snapshot.find(&key).is_none() {
                state.refuse_key(format!("{} is not in the list any more", key.id), effects);
                return None;
            }
            leave(state, effects);
            accounts::show(state, key, effects);
            accounts::act(state, accounts::Act::Open, effects);
        }
    }
    state.commands.typed(&input);
    None
}

fn scope_to(state: &mut State, scope: Scope, effects: &mut Vec<Effect>) {
    leave(state, effects);
    state.accounts.set_scope(scope);
    state.focus = PaneId::Accounts;
}

/// Runs a row's action where the user was. One that does not apply says why, and the palette stays.
fn run_row(
    state: &mut State,
    (scope, row): (&'static str, &'static Row),
    input: &str,
    was_seen: bool,
    effects: &mut Vec<Effect>,
) -> Option<Action> {
    let palette = state.close()?;
    let is_here = items::is_meant(state, scope, row);
    let refusal = match row.avail(state) {
        Avail::Yes if is_here => items::must_be_pressed(row, was_seen),
        Avail::No(reason) if is_here => Some(reason),
        Avail::Yes | Avail::No(_) | Avail::Hidden => Some("it does not apply here any more".to_owned()),
    };
    if let Some(reason) = refusal {
        let words = row.words(state);
        state.open(palette);
        state.refuse_key(format!("{words}: {reason}"), effects);
        return None;
    }
    state.commands.typed(input);
    state.commands.ran(&row.id(scope));
    Some(row.action)
}
