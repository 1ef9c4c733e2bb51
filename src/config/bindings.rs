//! keys.toml: keys of the user's own, beside config.toml. Read here; which actions there are only the browser knows.

use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::fault::{Fault, Place};
use super::file::open;
use super::reader::{Value, Word, entries};
use crate::domain::{Binding, Key};

/// The file of keys that belongs to a config file.
#[must_use]
pub fn keys_path(config: &Path) -> PathBuf {
    config.with_file_name("keys.toml")
}

/// What a file of keys says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    /// What could be understood: with the faults it is for finding more of them, and does not hold.
    pub found: Vec<Binding>,
    /// Each with its place, in the file's order.
    pub faults: Vec<Fault>,
}

/// Reads the keys that belong to a config file; none where there is no such file.
#[must_use]
pub fn bindings(config: &Path) -> Bindings {
    let opened = match open(&keys_path(config)) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Bindings::default(),
        Err(error) => {
            let problem = format!("the file of keys can't be read: {error}");
            return Bindings { faults: vec![Fault { place: None, problem, hint: None }], ..Bindings::default() };
        }
    };
    let mut reader = Reader { text: &opened.text, faults: Vec::new(), bindings: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(&opened.text);
    for error in &errors {
        reader.fault(error.span().map_or(0, |span| span.start), format!("this is not TOML: {}", error.message()), None);
    }
    if errors.is_empty() {
        reader.top(table.get_ref());
    }
    let Reader { mut faults, bindings, .. } = reader;
    faults.sort_by_key(|fault| fault.place);
    Bindings { found: bindings, faults }
}

struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
    bindings: Vec<Binding>,
}

impl Reader<'_> {
    fn fault(&mut self, byte: usize, problem: impl Into<String>, hint: Option<&str>) {
        let place = Some(Place::of(self.text, byte));
        self.faults.push(Fault { place, problem: problem.into(), hint: hint.map(str::to_owned) });
    }

    fn top(&mut self, table: &DeTable<'_>) {
        for (scope, value) in entries(table) {
            let Some(table) = value.get_ref().as_table() else {
                self.fault(scope.span().start, format!("`{}` stands outside a section", scope.get_ref()), Some(SHAPE));
                continue;
            };
            for (action, value) in entries(table) {
                self.binding(scope, action, value);
            }
        }
    }

    fn binding(&mut self, scope: &Word<'_>, action: &Word<'_>, value: &Value<'_>) {
        let list: Vec<&Value<'_>> = match value.get_ref().as_array() {
            Some(list) => list.iter().collect(),
            // One key needs no list.
            None if value.get_ref().as_str().is_some() => vec![value],
            None => {
                let problem = format!("`{}` must be a list of keys", action.get_ref());
                return self.fault(value.span().start, problem, Some(SHAPE));
            }
        };
        let mut keys = Vec::new();
        for word in list {
            let at = word.span().start;
            let Some(name) = word.get_ref().as_str() else {
                self.fault(at, "a key is a text in quotes", Some(SHAPE));
                continue;
            };
            let Some(key) = Key::parse(name) else {
                self.fault(at, format!("`{name}` is no key"), Some(NAMES));
                continue;
            };
            match key.twin() {
                Some(twin) => {
                    let problem = format!("`{name}` can't be bound: most terminals send it as {twin}");
                    self.fault(at, problem, Some("take another key"));
                }
                None => keys.push(key),
            }
        }
        let place = Place::of(self.text, action.span().start);
        self.bindings.push(Binding {
            scope: scope.get_ref().to_string(),
            action: action.get_ref().to_string(),
            keys,
            place: (place.line, place.column),
        });
    }
}

/// How a binding is written.
const SHAPE: &str = "it is written as in [accounts] and below it mark = [\"Space\", \"x\"]; [] takes all keys away";
/// How keys are written.
const NAMES: &str = "keys are j, G, Space, Ctrl-s, Alt-x, F6, Home, End, PgUp, PgDn, Backspace, Delete";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::KeyCode;

    fn read(text: &str) -> Bindings {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("keys.toml"), text).unwrap();
        bindings(&home.path().join("config.toml"))
    }

    fn words(faults: &[Fault]) -> String {
        faults.iter().map(|fault| fault.problem.as_str()).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn without_a_file_there_are_none() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(bindings(&home.path().join("config.toml")), Bindings::default());
    }

    #[test]
    fn sections_actions_and_keys_are_read_with_their_places() {
        let Bindings { found, faults } =
            read("# mine\n[accounts]\nmark = [\"Space\", \"x\"]\n[everywhere]\ndelete = []\nhelp = \"F7\"\n");
        assert_eq!(faults, []);
        assert_eq!(found[0].keys, [Key::char(' '), Key::char('x')]);
        assert_eq!(
            (found[1].scope.as_str(), found[1].action.as_str(), found[1].place),
            ("everywhere", "delete", (5, 1))
        );
        assert!(found[1].keys.is_empty());
        assert_eq!(found[2].keys, [Key::plain(KeyCode::F(7))]);
    }

    #[test]
    fn what_terminals_cannot_tell_apart_is_refused_and_faults_name_their_lines() {
        let text = "top = 1\n[accounts]\nmark = [\"Ctrl-i\", \"ctrl-m\"]\nsort = [\"Ctrl-h\", \"Ctrl-[\"]\nopen = 7\nlabels = [\"Hyper-q\"]\n";
        let Bindings { found, faults } = read(text);
        let lines: Vec<usize> = faults.iter().filter_map(|fault| fault.place).map(|place| place.line).collect();
        assert_eq!(lines, [1, 3, 3, 4, 4, 5, 6]);
        let said = words(&faults);
        for twin in ["as Tab", "as Enter", "as Backspace", "as Esc", "`Hyper-q` is no key"] {
            assert!(said.contains(twin), "{said}");
        }
        assert_eq!(found.iter().map(|binding| binding.action.as_str()).collect::<Vec<_>>(), ["mark", "sort", "labels"]);
        assert!(words(&read("[accounts\n").faults).contains("this is not TOML"));
    }
}
