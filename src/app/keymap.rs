//! Which keys each row has: those of the source, and what keys.toml says instead.
//!
//! Rows stay the only table of keys; this lays the user's wishes over it, once, at the start. Arrows, Enter, Esc, Tab and
//! the function keys of the source keep what they mean, so that nobody can lock themselves out.

use std::fmt;

use super::rows::{Row, Scope, all, kebab};
use crate::domain::{Binding, Key, KeyCode};

/// The keys of each row of a scope, where they differ from the source's.
type Others = Vec<Option<Box<[Key]>>>;

/// What holds instead of the source's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// By a scope's title: the keys of each of its rows, where they differ from the source's.
    scopes: Vec<(&'static str, Others)>,
    /// Conflicts and shadows, in sentences for people.
    pub notes: Vec<String>,
}

/// What is wrong with a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingFault {
    /// Where the binding stands: line and column, both from 1.
    pub place: (usize, usize),
    /// What is wrong.
    pub problem: String,
    /// What to do, if anybody knows.
    pub hint: Option<String>,
}

impl fmt::Display for BindingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.place.0, self.problem)
    }
}

/// Scopes that are looked through together, innermost first; dialogs each stand before the rows of all dialogs.
const OUTER_OF_PANES: [&str; 2] = ["Moving", "Everywhere"];
const OUTER_OF_DIALOGS: [&str; 2] = ["Moving", "Dialogs"];
const PANES: [&str; 3] = ["Organizations", "Accounts", "Detail"];

impl Keymap {
    /// The keys of a scope's row, by its place in the scope.
    #[must_use]
    pub fn of(&self, scope: &Scope, at: usize) -> &[Key] {
        let own = || {
            let (_, rows) = self.scopes.iter().find(|(title, _)| *title == scope.title)?;
            rows.get(at)?.as_deref()
        };
        // Nearly everybody keeps the source's keys: nothing is looked up then.
        let changed = if self.scopes.is_empty() { None } else { own() };
        changed.unwrap_or_else(|| scope.rows.get(at).map_or(&[], |row| row.keys))
    }

    /// The rows of a scope with their keys.
    pub fn rows<'m>(&'m self, scope: &Scope) -> impl Iterator<Item = (&'static Row, &'m [Key])> + use<'m> {
        let (title, rows) = (scope.title, scope.rows);
        rows.iter().enumerate().map(move |(at, row)| (row, self.of(&Scope { title, rows }, at)))
    }

    /// Whether it changes anything.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Lays bindings over the rows.
    ///
    /// # Errors
    /// Names that no row has, keys that can't be given away, and keys that are given to two rows of a scope; then nothing
    /// of it holds.
    pub fn resolve(bindings: &[Binding]) -> Result<Self, Vec<BindingFault>> {
        let mut map = Self::default();
        let mut faults: Vec<BindingFault> = Vec::new();
        for (nth, binding) in bindings.iter().enumerate() {
            match place_of(binding) {
                Ok((scope, at)) => {
                    map.bind(&scope, at, binding, &mut faults);
                    faults.extend(given_before(binding, &bindings[..nth]));
                }
                // A section that is not there is said once, whatever stands in it.
                Err(fault) if faults.iter().any(|known| known.problem == fault.problem) => {}
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        map.settle();
        map.find_shadows();
        Ok(map)
    }

    fn bind(&mut self, scope: &Scope, at: usize, binding: &Binding, faults: &mut Vec<BindingFault>) {
        let row = &scope.rows[at];
        let mut keys: Vec<Key> = row.keys.iter().copied().filter(|key| is_fixed(*key)).collect();
        for key in &binding.keys {
            if is_fixed(*key) && !row.keys.contains(key) {
                faults.push(BindingFault {
                    place: binding.place,
                    problem: format!("{key} keeps what it means and can't be given to `{}`", binding.action),
                    hint: Some(
                        "arrows, Enter, Esc, Tab, Ctrl-c, Ctrl-z and the function keys in use always work".into(),
                    ),
                });
            } else if !keys.contains(key) {
                keys.push(*key);
            }
        }
        if !self.scopes.iter().any(|(title, _)| *title == scope.title) {
            self.scopes.push((scope.title, vec![None; scope.rows.len()]));
        }
        if let Some((_, rows)) = self.scopes.iter_mut().find(|(title, _)| *title == scope.title) {
            rows[at] = Some(keys.into());
        }
    }

    /// A key that the user gave to a row is taken from the source's row of that scope. Nobody gave it to two of them.
    fn settle(&mut self) {
        for scope in all() {
            let Some((_, changed)) = self.scopes.iter_mut().find(|(title, _)| *title == scope.title) else { continue };
            let given: Vec<(usize, Key)> = changed
                .iter()
                .enumerate()
                .flat_map(|(at, keys)| keys.iter().flatten().map(move |key| (at, *key)))
                .filter(|(_, key)| !is_fixed(*key))
                .collect();
            for (at, row) in scope.rows.iter().enumerate().filter(|(at, _)| changed[*at].is_none()).collect::<Vec<_>>()
            {
                let taken = |key: &Key| given.iter().find(|(_, it)| it == key);
                let lost: Vec<(usize, Key)> = row.keys.iter().filter_map(taken).copied().collect();
                if lost.is_empty() {
                    continue;
                }
                let section = kebab(scope.title);
                for (by, key) in &lost {
                    let (by, name) = (scope.rows[*by].name(), row.name());
                    self.notes.push(format!("[{section}] {key} is taken from {name} and given to {by}"));
                }
                let kept = row.keys.iter().copied().filter(|key| !lost.iter().any(|(_, it)| it == key));
                changed[at] = Some(kept.collect());
            }
        }
    }

    /// Keys of an inner scope that hide those of an outer one, where the source does not want that itself.
    fn find_shadows(&mut self) {
        let all = all();
        let mut notes = Vec::new();
        for inner in &all {
            let is_outer = OUTER_OF_PANES.contains(&inner.title) || inner.title == "Dialogs";
            let outer = match inner.title {
                "Moving" => &["Everywhere"][..],
                title if PANES.contains(&title) || title == "Welcome" => &OUTER_OF_PANES[..],
                _ if is_outer => &[],
                _ => &OUTER_OF_DIALOGS[..],
            };
            for outer in all.iter().filter(|scope| outer.contains(&scope.title)) {
                self.shadows_of(inner, outer, &mut notes);
            }
        }
        self.notes.append(&mut notes);
    }

    fn shadows_of(&self, inner: &Scope, outer: &Scope, notes: &mut Vec<String>) {
        for (row, keys) in self.rows(inner) {
            for (other, theirs) in self.rows(outer) {
                for key in keys.iter().filter(|key| theirs.contains(key)) {
                    if row.keys.contains(key) && other.keys.contains(key) {
                        continue;
                    }
                    notes.push(format!(
                        "[{}] {key} ({}) hides [{}] {} there",
                        kebab(inner.title),
                        row.name(),
                        kebab(outer.title),
                        other.name(),
                    ));
                }
            }
        }
    }
}

/// Keys of a binding that an earlier one of the same section has: which of the two is meant nobody knows.
fn given_before(binding: &Binding, earlier: &[Binding]) -> Vec<BindingFault> {
    let before = |key: &Key| earlier.iter().find(|other| other.scope == binding.scope && other.keys.contains(key));
    let fault = |key: &Key| {
        let other = before(key).filter(|_| !is_fixed(*key))?;
        let problem = format!("{key} is given to `{}` already, in line {}", other.action, other.place.0);
        Some(BindingFault {
            place: binding.place,
            problem,
            hint: Some(format!("in [{}] a key does one thing", binding.scope)),
        })
    };
    binding.keys.iter().filter_map(fault).collect()
}

/// Keys that keep what they mean: with them alone everything is reached.
fn is_fixed(key: Key) -> bool {
    if key == Key::ctrl('c') || key == Key::ctrl('z') {
        return true;
    }
    if key.ctrl || key.alt {
        return false;
    }
    match key.code {
        KeyCode::Enter
        | KeyCode::Esc
        | KeyCode::Tab
        | KeyCode::BackTab
        | KeyCode::Up
        | KeyCode::Down
        | KeyCode::Left
        | KeyCode::Right => true,
        KeyCode::F(_) => all().iter().any(|scope| scope.rows.iter().any(|row| row.keys.contains(&key))),
        KeyCode::Char(_)
        | KeyCode::Backspace
        | KeyCode::Delete
        | KeyCode::Home
        | KeyCode::End
        | KeyCode::PageUp
        | KeyCode::PageDown => false,
    }
}

/// The row that a binding names.
fn place_of(binding: &Binding) -> Result<(Scope, usize), BindingFault> {
    let fault = |problem: String, known: Vec<String>, word: &str| BindingFault {
        place: binding.place,
        problem,
        hint: Some(near(word, &known)),
    };
    let Some(scope) = all().into_iter().find(|scope| kebab(scope.title) == binding.scope) else {
        let known = all().iter().map(|scope| kebab(scope.title)).collect();
        return Err(fault(format!("there is no section [{}]", binding.scope), known, &binding.scope));
    };
    let Some(at) = scope.rows.iter().position(|row| row.name() == binding.action) else {
        let known = scope.rows.iter().map(|row| row.name().into_owned()).collect();
        let problem = format!("[{}] has no action `{}`", binding.scope, binding.action);
        return Err(fault(problem, known, &binding.action));
    };
    Ok((scope, at))
}

/// What may stand there: those that begin alike, else all.
fn near(word: &str, known: &[String]) -> String {
    let begins = |name: &&String| word.chars().next().is_some_and(|first| name.starts_with(first));
    let alike: Vec<&str> = known.iter().filter(begins).map(String::as_str).collect();
    let names = if alike.is_empty() { known.iter().map(String::as_str).collect() } else { alike };
    format!("there are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(scope: &str, action: &str, keys: &[&str]) -> Binding {
        let keys = keys.iter().map(|key| Key::parse(key).unwrap()).collect();
        Binding { scope: scope.into(), action: action.into(), keys, place: (3, 1) }
    }

    fn keys(map: &Keymap, title: &str, name: &str) -> Vec<String> {
        let scope = all().into_iter().find(|scope| scope.title == title).unwrap();
        let (_, keys) = map.rows(&scope).find(|(row, _)| row.name() == name).unwrap();
        keys.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_action_has_the_keys_that_it_is_given_and_those_that_always_work() {
        let map = Keymap::resolve(&[
            binding("accounts", "mark", &["Space", "x"]),
            binding("everywhere", "delete", &[]),
            binding("everywhere", "help", &["H"]),
        ])
        .unwrap();
        assert_eq!(keys(&map, "Accounts", "mark"), ["Space", "x"]);
        assert_eq!(keys(&map, "Everywhere", "delete"), [""; 0]);
        assert_eq!(keys(&map, "Everywhere", "help"), ["F1", "H"]);
        assert_eq!(keys(&map, "Everywhere", "quit"), ["q"]);
    }

    #[test]
    fn a_key_of_the_source_is_taken() {
        let map = Keymap::resolve(&[binding("accounts", "mark", &["u"]), binding("accounts", "sort", &["w"])]).unwrap();
        assert_eq!(keys(&map, "Accounts", "unmark"), [""; 0]);
        assert_eq!(keys(&map, "Accounts", "sort"), ["w"]);
        assert_eq!(map.notes, ["[accounts] u is taken from unmark and given to mark"]);
    }

    #[test]
    fn a_key_given_to_two_actions_of_a_section_is_a_conflict_and_in_two_sections_is_none() {
        let faults = Keymap::resolve(&[
            binding("accounts", "sort", &["w", "W"]),
            binding("accounts", "labels", &["w", "W", "x"]),
            binding("detail", "times", &["w"]),
        ])
        .unwrap_err();
        let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let expected = ["w", "W"].map(|key| format!("line 3: {key} is given to `sort` already, in line 3"));
        assert_eq!(words, expected);
    }

    #[test]
    fn a_key_that_hides_an_outer_one_is_told_and_the_sources_own_are_not() {
        assert_eq!(Keymap::resolve(&[]).unwrap(), Keymap::default());
        let map = Keymap::resolve(&[binding("accounts", "mark", &["q"])]).unwrap();
        assert_eq!(map.notes, ["[accounts] q (mark) hides [everywhere] quit there"]);
    }

    #[test]
    fn unknown_names_and_keys_that_always_work_are_faults_with_their_places() {
        let faults = Keymap::resolve(&[
            binding("acounts", "mark", &["x"]),
            binding("accounts", "marc", &["x"]),
            binding("accounts", "mark", &["Enter"]),
            binding("accounts", "mark", &["F1"]),
            binding("accounts", "mark", &["F9"]),
        ])
        .unwrap_err();
        let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), 4, "{words:?}");
        assert_eq!(words[0], "line 3: there is no section [acounts]");
        assert!(faults[1].hint.as_ref().unwrap().contains("mark, mark-all"), "{faults:?}");
        assert!(words[2].contains("Enter keeps what it means") && words[3].contains("F1"), "{words:?}");
    }

    #[test]
    fn every_row_has_a_name_of_its_own_in_its_scope() {
        for scope in all() {
            let mut names: Vec<String> = scope.rows.iter().map(|row| row.name().into_owned()).collect();
            names.sort();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}: {names:?}", scope.title);
        }
    }
}
