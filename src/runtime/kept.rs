//! A sheet on disk until it is taken: nothing that somebody typed in an editor is lost.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::domain::{Change, Failure, Moment, shown};

/// The one sheet of this process that waits for being taken, in the state directory.
#[derive(Debug)]
pub struct KeptSheet {
    state: PathBuf,
    /// Where it is; `None` while there is none.
    path: Option<PathBuf>,
}

impl KeptSheet {
    /// None yet, in this state directory.
    #[must_use]
    pub fn new(state: PathBuf) -> Self {
        Self { state, path: None }
    }

    /// Puts a text there, in the place of an earlier one. Words that say where it is, or why it can't be kept.
    pub fn keep(&mut self, text: &str, at: Moment) -> String {
        // The process tells apart what two of them keep at the same time.
        let fresh = || self.state.join(format!("sheet-{}-{}.toml", at.0, std::process::id()));
        let path = self.path.clone().unwrap_or_else(fresh);
        match save(&path, text) {
            Ok(()) => {
                self.path = Some(path);
                self.words().unwrap_or_default()
            }
            Err(error) => format!("{}: the sheet can't be kept: {error}", shown(&path.to_string_lossy())),
        }
    }

    /// Takes it away: the sheet was taken.
    pub fn remove(&mut self) {
        if let Some(path) = self.path.take() {
            // One that stays behind is a copy of what was taken.
            let _ = fs::remove_file(path);
        }
    }

    /// How it is taken up again, where there is one.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let path = self.path.as_ref()?.to_string_lossy();
        Some(format!("the sheet is kept: acctui apply {}", shown(&shell_words::quote(&path))))
    }

    /// What the editor's text came to in the browser: one that can't be taken is kept, and its failure says where; one
    /// that can takes its place.
    pub(super) fn judged(
        &mut self,
        result: Result<Vec<Change>, (String, Failure)>,
        at: Moment,
    ) -> Result<Vec<Change>, (String, Failure)> {
        match result {
            Err((text, failure)) if !text.is_empty() => {
                let words = self.keep(&text, at);
                let hint = failure.hint.as_ref().map_or(words.clone(), |hint| format!("{hint}; {words}"));
                Err((text, failure.with_hint(hint)))
            }
            Err(nothing) => Err(nothing),
            Ok(changes) => {
                self.remove();
                Ok(changes)
            }
        }
    }
}

/// Whole or not at all; nobody else can read it.
fn save(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_sheet_is_kept_for_its_owner_alone_until_it_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state of mine");
        let mut kept = KeptSheet::new(state.clone());
        assert_eq!(kept.words(), None);
        kept.keep("first", Moment(5));
        let words = kept.keep("second", Moment(6));
        let files: Vec<PathBuf> = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(fs::read_to_string(&files[0]).unwrap(), "second");
        assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(words, format!("the sheet is kept: acctui apply '{}'", files[0].display()));
        kept.remove();
        assert_eq!((fs::read_dir(&state).unwrap().count(), kept.words()), (0, None));
    }

    #[test]
    fn what_cannot_be_kept_says_why() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("no directory");
        fs::write(&file, "").unwrap();
        let mut kept = KeptSheet::new(file);
        assert!(kept.keep("text", Moment(5)).contains("can't be kept"));
        assert_eq!(kept.words(), None);
    }
}
