//! The user's keys: from keys.toml over the browser's rows.

use std::path::Path;

use crate::app::{BindingFault, Keymap};
use crate::config::{self, ConfigError, Fault, Place};

/// The keys that belong to a config file; the source's where there is no keys.toml.
///
/// # Errors
/// A file that can't be read or understood, or names what there is not: each with its place, the file's own faults
/// before the names.
pub fn keymap(config: &Path) -> Result<Keymap, ConfigError> {
    let bindings = config::bindings(config)?;
    let fault = |fault: BindingFault| Fault {
        place: Some(Place { line: fault.place.0, column: fault.place.1 }),
        problem: fault.problem,
        hint: fault.hint,
    };
    Keymap::resolve(&bindings).map_err(|faults| ConfigError {
        path: Some(config::keys_path(config)),
        faults: faults.into_iter().map(fault).collect(),
    })
}
