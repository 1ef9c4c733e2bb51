//! Keys that wait for another one: what may follow stands in a small menu, Esc leaves it, and a key that means nothing
//! there says what would.
//!
//! A further one is a further [`Prefix`], with what may follow and what that does.

use super::{Action, Avail, Effect, Global, Row, Scope, State, all};
use crate::domain::{Key, KeyCode};
use crate::panes::{accounts, activity, copy};

/// A key that was pressed and waits for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// A column's letter is to follow.
    Sort,
    /// What to copy is to follow.
    Copy,
    /// What to copy of a request is to follow.
    CopyRequest,
}

/// What may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// The key.
    pub key: Key,
    /// What it does, safe for a terminal.
    pub words: String,
    /// Whether it applies now.
    pub avail: Avail,
}

/// A menu on screen: which key waits, and what is under the cursor once an arrow moved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What was pressed.
    pub after: Prefix,
    /// The place under the cursor.
    pub cursor: Option<usize>,
}

impl Waiting {
    /// A key was pressed that waits.
    #[must_use]
    pub const fn after(after: Prefix) -> Self {
        Self { after, cursor: None }
    }
}

impl Prefix {
    /// What waits behind a row, if its key does.
    #[must_use]
    pub fn behind(row: &Row) -> Option<Self> {
        let behind = [
            (Action::Accounts(accounts::Act::Sort), Self::Sort),
            (Action::Global(Global::Copy), Self::Copy),
            (Action::Activity(activity::Act::Copy), Self::CopyRequest),
        ];
        behind.into_iter().find(|(action, _)| *action == row.action).map(|(_, prefix)| prefix)
    }

    /// The menu's title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sort => "Sort by",
            Self::Copy | Self::CopyRequest => "Copy",
        }
    }

    /// The rows that may follow, where rows do.
    fn scope(self) -> Option<Scope> {
        match self {
            Self::Sort => None,
            Self::Copy => Some(Scope { title: "After y", rows: copy::ROWS }),
            Self::CopyRequest => Some(Scope { title: "After y in the activity", rows: activity::COPY_ROWS }),
        }
    }

    /// What may follow, in the menu's order.
    #[must_use]
    pub fn follows(self, state: &State) -> Vec<Follow> {
        let Some(scope) = self.scope() else { return accounts::sort_keys(state) };
        let rows = state.setup.keys.rows(&scope);
        let follow = |(row, keys): (&'static Row, &[Key])| {
            Some(Follow { key: *keys.first()?, words: row.words(state).to_string(), avail: row.avail(state) })
        };
        rows.filter_map(follow).collect()
    }

    /// Does what a key asks that may follow; an action that is to be done is given back.
    fn run(self, state: &mut State, key: Key) -> Option<Action> {
        let Some(scope) = self.scope() else {
            accounts::choose_sort(state, key);
            return None;
        };
        let mut rows = state.setup.keys.rows(&scope);
        rows.find(|(_, keys)| keys.contains(&key)).map(|(row, _)| row.action)
    }
}

/// A key that waits for another one elsewhere, and does nothing here, says so: whoever goes on as if it waited would press
/// keys that mean something by themselves.
pub(super) fn elsewhere(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let found = all().into_iter().find_map(|scope| {
        let mut rows = state.setup.keys.rows(&scope);
        let (row, _) = rows.find(|(row, keys)| keys.contains(&key) && Prefix::behind(row).is_some())?;
        Some((if scope.title == "Everywhere" { "the panes" } else { scope.title }, row.text))
    });
    if let Some((place, words)) = found {
        state.refuse_key(format!("{key} does nothing here; in {place} it is: {words}"), effects);
    }
}

/// The key after a prefix: one of those that may follow (case does not count where only one of both means something), or
/// arrows and Enter. What is to be done then is given back.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other key moves nothing")]
pub(super) fn pressed(state: &mut State, waiting: Waiting, key: Key, effects: &mut Vec<Effect>) -> Option<Action> {
    let Waiting { after, cursor } = waiting;
    let follows: Vec<Follow> =
        after.follows(state).into_iter().filter(|follow| follow.avail != Avail::Hidden).collect();
    let last = follows.len().saturating_sub(1);
    let to = match key.code {
        KeyCode::Esc => return None,
        KeyCode::Down => Some(cursor.map_or(0, |at| (at + 1).min(last))),
        KeyCode::Up => Some(cursor.map_or(last, |at| at.saturating_sub(1))),
        _ => None,
    };
    if to.is_some() {
        state.prefix = Some(Waiting { after, cursor: to });
        return None;
    }
    let under = cursor.filter(|_| key == Key::plain(KeyCode::Enter)).and_then(|at| follows.get(at));
    let lower = key.text().map(|char| Key::char(char.to_ascii_lowercase()));
    let named = |wanted: Option<Key>| follows.iter().find(|follow| Some(follow.key) == wanted);
    match under.or_else(|| named(Some(key))).or_else(|| named(lower)) {
        Some(Follow { words, avail: Avail::No(reason), .. }) => {
            let words = format!("{words}: {reason}");
            state.refuse_key(words, effects);
            None
        }
        Some(Follow { key, .. }) => after.run(state, *key),
        None => {
            // It still waits: the menu says what may follow.
            state.prefix = Some(waiting);
            let keys: Vec<String> = follows.iter().map(|follow| follow.key.to_string()).collect();
            let words =
                format!("{key} means nothing after {}: {} or Esc", after.title().to_lowercase(), keys.join(" "));
            state.refuse_key(words, effects);
            None
        }
    }
}
