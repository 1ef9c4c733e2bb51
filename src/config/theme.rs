//! theme.toml, beside config.toml: the user's own look of roles. A broken one is told with its places and not used; it is
//! never written.

use std::path::Path;
use std::sync::Arc;

use toml::de::DeTable;

use super::Environment;
use super::fault::ConfigError;
use super::file;
use super::reader::{Reader, Value, entries};
use crate::domain::{OwnTheme, Role, RoleLook};

/// The file's name.
const NAME: &str = "theme.toml";

/// The keys of a role.
const KEYS: [&str; 7] = ["fg", "bg", "bold", "dim", "italic", "underline", "reverse"];

/// Reads the user's own theme beside a config file; an empty one where there is none.
///
/// # Errors
/// A file that can't be read or understood: every fault with its place.
pub fn own_theme(config: &Path) -> Result<OwnTheme, ConfigError> {
    let path = config.with_file_name(NAME);
    match file::open(&path) {
        Ok(opened) => read(&opened.text, &path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(OwnTheme::default()),
        Err(error) => Err(ConfigError::of_file(&path, format!("the theme file can't be read: {error}"), None)),
    }
}

fn read(text: &str, path: &Path) -> Result<OwnTheme, ConfigError> {
    // A theme holds no secret and names no path: who may read it, and what is at home, do not matter.
    let (environment, home) = (Arc::new(Environment::default()), None);
    let mut reader = Reader { text, private: false, path, home, environment, known: &[], faults: Vec::new() };
    let mut own = OwnTheme::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let start = error.span().map_or(0, |span| span.start);
        reader.fault(start, format!("this is not TOML: {}", error.message()), None);
    }
    if errors.is_empty() {
        reader.own_theme(table.get_ref(), &mut own);
    }
    if reader.faults.is_empty() {
        return Ok(own);
    }
    reader.faults.sort_by_key(|fault| fault.place);
    Err(ConfigError { path: Some(path.to_owned()), faults: reader.faults })
}

impl Reader<'_> {
    fn own_theme(&mut self, table: &DeTable<'_>, own: &mut OwnTheme) {
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "base" => own.base = self.theme("base", value),
                "roles" => self.roles(value, own),
                _ => self.unknown(key, &["base", "roles"]),
            }
        }
    }

    fn roles(&mut self, value: &Value<'_>, own: &mut OwnTheme) {
        let Some(table) = value.get_ref().as_table() else {
            return self.expected("roles", value, "a table: [roles]");
        };
        for (key, value) in entries(table) {
            let word = key.get_ref().as_ref();
            match Role::THEMED.into_iter().find(|(name, _)| *name == word) {
                Some((name, role)) => own.roles.extend(self.look(name, value).map(|look| (role, look))),
                None => self.unknown(key, &Role::THEMED.map(|(name, _)| name)),
            }
        }
    }

    fn look(&mut self, role: &str, value: &Value<'_>) -> Option<RoleLook> {
        let Some(table) = value.get_ref().as_table() else {
            self.expected(role, value, "a table like { fg = \"#ffffff\", bold = true }");
            return None;
        };
        let mut look = RoleLook::default();
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "fg" => look.fg = self.colour("fg", value),
                "bg" => look.bg = self.colour("bg", value),
                "bold" => look.bold = self.flag("bold", value),
                "dim" => look.dim = self.flag("dim", value),
                "italic" => look.italic = self.flag("italic", value),
                "underline" => look.underline = self.flag("underline", value),
                "reverse" => look.reverse = self.flag("reverse", value),
                _ => self.unknown(key, &KEYS),
            }
        }
        Some(look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Colour, Protection, ThemeChoice};

    fn taken(text: &str) -> Result<OwnTheme, String> {
        read(text, Path::new("theme.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_theme_names_its_base_and_how_roles_look() {
        let text = "base = \"dark\"\n[roles]\nselected = { fg = \"#102030\", bg = \"white\", bold = false }\n\
                    read_only = { reverse = true }\n";
        let selected = RoleLook {
            fg: Some(Colour::Rgb(16, 32, 48)),
            bg: Some(Colour::Named(15)),
            bold: Some(false),
            ..RoleLook::default()
        };
        let read_only = RoleLook { reverse: Some(true), ..RoleLook::default() };
        let roles = vec![(Role::Selected, selected), (Role::Level(Protection::ReadOnly), read_only)];
        assert_eq!(taken(text), Ok(OwnTheme { base: Some(ThemeChoice::Dark), roles }));
        assert_eq!(taken(""), Ok(OwnTheme::default()));
    }

    #[test]
    fn every_fault_of_a_theme_is_told_with_its_line() {
        let text = "base = \"drak\"\ncolour = 1\n[roles]\nselcted = { bold = true }\nbad = { fg = \"#12\", bold = 1 }\n\
                    good = { fg = \"gren\", size = 3 }\nwarn = 4\n";
        let faults = taken(text).unwrap_err();
        let lines: Vec<&str> = faults.lines().collect();
        assert_eq!(lines.len(), 8, "{faults}");
        for (line, start) in lines.iter().zip(["1:8", "2:1", "4:1", "5:14", "5:28", "6:15", "6:23", "7:8"]) {
            assert!(line.starts_with(&format!("theme.toml:{start}: ")), "{line}");
        }
        assert!(faults.contains("did you mean dark?") && faults.contains("did you mean `selected`?"), "{faults}");
        assert!(faults.contains("did you mean green?"), "{faults}");
        assert!(taken("[roles\n").unwrap_err().contains("this is not TOML"));
    }

    #[test]
    fn a_theme_is_looked_for_beside_the_config_file_and_left_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config.toml");
        assert_eq!(own_theme(&config), Ok(OwnTheme::default()));
        let path = home.path().join("theme.toml");
        std::fs::write(&path, "[roles]\nbad = 1\n").unwrap();
        assert_eq!(own_theme(&config).unwrap_err().path.as_deref(), Some(path.as_path()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[roles]\nbad = 1\n");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(own_theme(&config).unwrap_err().to_string().contains("can't be read"));
    }
}
