//! `edit`: export, the user's editor, apply. What the editor saved is on disk until it is taken.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::args::EditArgs;
use super::confirm::line;
use super::desk::{Desk, Opened, interactive, say};
use super::kept::Wanted;
use super::sheet::{self, Fresh};
use super::stop::{Stop, code};
use super::write::{self, Wish};
use crate::changes::{Sheet, SheetFormat};
use crate::config::Environment;
use crate::domain::{Failure, shown};
use crate::runtime::editor::{Editing, Editor};
use crate::runtime::kept::KeptSheet;

/// A sheet that can't be taken is edited again, or given up: then it stays where `apply` can take it.
pub(super) async fn run(desk: &Desk, args: &EditArgs, environment: &Environment) -> Result<(), Stop> {
    if !interactive() {
        return Err(Stop::usage("an editor needs a terminal: use export and apply instead"));
    }
    let opened = desk.open()?;
    let scratch = Arc::new(desk.scratch().await);
    let made = sheet::ready(desk, &opened, scratch, args.filter.as_deref(), Wanted::Live).await?;
    let mut text: String = made.pieces((desk.clock)(), SheetFormat::Toml).collect();
    let (is_empty, inventory) = (made.rows.is_empty(), made.inventory);
    made.tally.end()?;
    if is_empty {
        desk.whisper("no accounts");
        return Ok(());
    }
    let all: Vec<&Opened> = opened.iter().collect();
    let editor = Editor::of(environment);
    let mut draft = Draft { desk, kept: KeptSheet::new(desk.paths.state.clone()), editing: None };
    loop {
        text = draft.edit(&editor, text).await?;
        // What stood when the sheet was made is what it is compared with: the plan reads again.
        let known = Fresh { inventory: &inventory, opened: &opened, meant: &all };
        let faults = match Sheet::read(&text, SheetFormat::Toml).and_then(|sheet| sheet.changes(&known)) {
            Ok(changes) => {
                write::run(desk, &opened, &inventory, Wish::of(changes), &args.write).await?;
                draft.kept.remove();
                return Ok(());
            }
            Err(faults) => sheet::refused("sheet", &faults),
        };
        for words in &faults.words {
            say(words);
        }
        let again = line("Edit it again? [Y/n] ".into()).await.unwrap_or_else(|_| "n".into());
        if !matches!(again.as_str(), "" | "y" | "Y" | "yes") {
            return Err(Stop { code: faults.code, words: Vec::new(), ..Stop::default() });
        }
    }
}

/// A sheet between the editor and the plan. However this ends, also by a signal: what was typed is kept, and its path
/// said.
struct Draft<'d> {
    desk: &'d Desk,
    kept: KeptSheet,
    /// The editor, while it has the terminal.
    editing: Option<Editing>,
}

impl Draft<'_> {
    /// Hands the text to the editor and waits for it.
    async fn edit(&mut self, editor: &Editor, text: String) -> Result<String, Stop> {
        let editing = Editing::start(editor, &text, ".toml").map_err(|why| failed(&why))?;
        self.desk.lent.store(true, Ordering::SeqCst);
        let ended = self.editing.insert(editing).ended().await;
        self.desk.lent.store(false, Ordering::SeqCst);
        let saved = match self.editing.take() {
            Some(editing) => editing.text(ended).map_err(|why| failed(&why))?,
            None => text.clone(),
        };
        if saved != text {
            self.kept.keep(&saved, (self.desk.clock)());
        }
        Ok(saved)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some(saved) = self.editing.take().and_then(Editing::stop) {
            self.kept.keep(&saved, (self.desk.clock)());
        }
        if let Some(words) = self.kept.words() {
            say(&words);
        }
    }
}

fn failed(why: &Failure) -> Stop {
    let mut words = vec![why.to_string()];
    words.extend(why.hint.iter().map(|hint| shown(hint).into_owned()));
    Stop { code: code(&why.kind), words, ..Stop::default() }
}
