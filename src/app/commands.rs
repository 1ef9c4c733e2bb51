//! What the palette remembers of what was run, and whether the first-run strip did its work: part of the session.

use serde::{Deserialize, Serialize};

/// Actions that are remembered: about a screen of them come first in an empty palette.
const ACTIONS: usize = 12;
/// Inputs that are remembered: more than anybody walks back through.
const INPUTS: usize = 100;
/// Keys after which the first-run strip has been read, or is in the way.
const FIRST_KEYS: u8 = 6;

/// What was run by the palette, newest first. On disk as a part of the session; names are only added to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Commands {
    /// Actions by their names (see [`super::Row::id`]).
    pub actions: Vec<String>,
    /// What was typed.
    pub inputs: Vec<String>,
    /// Whether the first-run strip was seen.
    pub introduced: bool,
    /// Keys since the start of this run.
    #[serde(skip)]
    keys: u8,
    /// Counts what is new here.
    #[serde(skip)]
    revision: u64,
}

impl Commands {
    /// Counts what changed, so that the session notices.
    #[must_use]
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Remembers an action as the newest.
    pub fn ran(&mut self, action: &str) {
        remember(&mut self.actions, action, ACTIONS);
        self.revision += 1;
    }

    /// Remembers an input as the newest.
    pub fn typed(&mut self, input: &str) {
        if !input.trim().is_empty() {
            remember(&mut self.inputs, input, INPUTS);
            self.revision += 1;
        }
    }

    /// A key was pressed: after a few of them the strip goes.
    pub(super) fn key(&mut self) {
        if !self.introduced {
            self.keys += 1;
            if self.keys >= FIRST_KEYS {
                self.dismiss();
            }
        }
    }

    /// What the strip says was done, or Esc put it away: it is not shown again.
    pub(super) fn dismiss(&mut self) {
        if !self.introduced {
            self.introduced = true;
            self.revision += 1;
        }
    }

    /// What an earlier run kept; what was done since the start is newer.
    pub(super) fn bring_back(&mut self, kept: Self) {
        for (mine, theirs, most) in
            [(&mut self.actions, kept.actions, ACTIONS), (&mut self.inputs, kept.inputs, INPUTS)]
        {
            for one in theirs {
                if !mine.contains(&one) && mine.len() < most {
                    mine.push(one);
                }
            }
        }
        self.introduced |= kept.introduced;
    }
}

fn remember(all: &mut Vec<String>, one: &str, most: usize) {
    all.retain(|known| known != one);
    all.insert(0, one.to_owned());
    all.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_run_last_comes_first_and_stands_once() {
        let mut commands = Commands::default();
        for name in ["a", "b", "a"] {
            commands.ran(name);
            commands.typed(name);
        }
        commands.typed("  ");
        assert_eq!(commands.actions, ["a", "b"]);
        assert_eq!(commands.inputs, ["a", "b"]);
        (0..500).for_each(|at| commands.ran(&at.to_string()));
        assert_eq!(commands.actions.len(), ACTIONS);
    }

    #[test]
    fn what_an_earlier_run_kept_is_older() {
        let mut commands = Commands::default();
        commands.ran("new");
        let kept = Commands { actions: vec!["old".into(), "new".into()], introduced: true, ..Commands::default() };
        commands.bring_back(kept);
        assert_eq!(commands.actions, ["new", "old"]);
        assert!(commands.introduced);
    }
}
