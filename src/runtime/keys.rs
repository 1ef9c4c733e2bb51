//! The user's keys: from keys.toml over the browser's rows.

use std::path::Path;

use crate::app::{BindingFault, Keymap};
use crate::config::{self, Bindings, ConfigError, Fault, Place};

/// The keys that belong to a config file; the source's where there is no keys.toml.
///
/// # Errors
/// A file that can't be read or understood, names what there is not, or gives a key twice: all of it at once, each with
/// its place, in the file's order.
pub fn keymap(config: &Path) -> Result<Keymap, ConfigError> {
    let Bindings { found, mut faults } = config::bindings(config);
    let fault = |fault: BindingFault| Fault {
        place: Some(Place { line: fault.place.0, column: fault.place.1 }),
        problem: fault.problem,
        hint: fault.hint,
    };
    let keymap = Keymap::resolve(&found).unwrap_or_else(|wrong| {
        faults.extend(wrong.into_iter().map(fault));
        Keymap::default()
    });
    if faults.is_empty() {
        return Ok(keymap);
    }
    faults.sort_by_key(|fault| fault.place);
    Err(ConfigError { path: Some(config::keys_path(config)), faults })
}

/// What the browser says where the user's keys have faults. What holds stands first: a fault may name all that could stand
/// there, and there is room for few lines.
pub(super) fn notice(error: &ConfigError) -> String {
    let words = error.to_string();
    let first = words.lines().next().unwrap_or_default();
    format!("your keys do not hold, acctui config check says all: {first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_says_what_holds_before_all_that_could_stand_there() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("keys.toml"), "[keys]\nquit = [\"x\"]\n[x]\ny = [\"z\"]\n").unwrap();
        let words = notice(&keymap(&home.path().join("config.toml")).unwrap_err());
        assert!(words.starts_with("your keys do not hold, acctui config check says all: "), "{words}");
        assert!(words.contains("there is no section [keys]") && words.lines().count() == 1, "{words}");
    }

    #[test]
    fn all_that_is_wrong_with_a_file_of_keys_is_said_at_once_in_its_order() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config.toml");
        let text = "[acounts]\nmark = [\"x\"]\nsort = [\"y\"]\n[accounts]\nmark = [\"Ctrl-i\", \"w\"]\nmarc = [\"z\"]\n\
                    sort = [\"w\"]\nlabels = 7\nopen = [\"F1\"]\n";
        std::fs::write(home.path().join("keys.toml"), text).unwrap();
        let error = keymap(&config).unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 6, "{error}");
        for (line, (place, words)) in lines.iter().zip([
            ("2:1", "there is no section [acounts]"),
            ("5:9", "can't be bound"),
            ("6:1", "has no action `marc`"),
            ("7:1", "w is given to `mark` already, in line 5"),
            ("8:10", "must be a list of keys"),
            ("9:1", "F1 keeps what it means"),
        ]) {
            assert!(line.contains(&format!("keys.toml:{place}: ")) && line.contains(words), "{place} {words}: {line}");
        }
    }
}
