//! What the session does while another program has the terminal, and with what comes of it: the user's editor, sheets,
//! the clipboard.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use super::Session;
use crate::app::{CopyWay, Fact, RequestId};
use crate::domain::{AccountKey, Failure, FailureKind};
use crate::runtime::clipboard::{Carried, End};
use crate::runtime::editor::Editing;
use crate::runtime::guard;
use crate::runtime::input::Keyboard;
use crate::runtime::sheets::{Made, Seen};

/// Whose text the editor has.
pub(super) enum Asked {
    /// A field's.
    Field(RequestId),
    /// Accounts' fields, as they were seen and as they were written.
    Sheet(RequestId, Seen, String),
}

impl Asked {
    /// What came of it where no text did.
    fn failed(self, failure: Failure) -> Fact {
        match self {
            Self::Field(id) => Fact::Edited { id, result: Err(failure) },
            Self::Sheet(id, _, text) => Fact::Sheet { id, result: Err((text, failure)) },
        }
    }
}

impl Session {
    /// Hands the terminal to the user's editor. The loop goes on meanwhile, without keys and frames.
    pub(super) fn edit(&mut self, asked: Asked, text: &str, suffix: &str) -> io::Result<()> {
        if self.editing.is_some() {
            let cause = "it has the terminal already";
            let failure = Failure::new(FailureKind::Stopped, "the editor", cause);
            return self.feed(asked.failed(failure));
        }
        if let Some(keyboard) = self.keyboard.take() {
            keyboard.stop();
        }
        self.signals.lend(true);
        guard::give_back();
        match Editing::start(&self.editor, text, suffix) {
            Ok(editing) => {
                self.editing = Some((asked, editing));
                Ok(())
            }
            Err(failure) => {
                self.take_back()?;
                self.feed(asked.failed(failure))
            }
        }
    }

    /// The editor ended: the terminal is taken back, all of it is drawn.
    pub(super) fn edited(&mut self, ended: io::Result<ExitStatus>) -> io::Result<()> {
        let Some((asked, editing)) = self.editing.take() else { return Ok(()) };
        self.take_back()?;
        match (asked, editing.text(ended)) {
            (Asked::Field(id), result) => self.feed(Fact::Edited { id, result }),
            (asked @ Asked::Sheet(..), Err(failure)) => self.feed(asked.failed(failure)),
            (Asked::Sheet(id, seen, _), Ok(text)) => {
                // Until it is taken it is on the disk: the program may end meanwhile.
                self.sheets.keep(&text, (self.clock)());
                let tell = self.made.0.clone();
                self.executor.aside(move || {
                    let result = seen.changes(&text).map_err(|failure| (text, failure));
                    // A loop that has ended has nobody to tell.
                    let _ = tell.send(Made::Judged(id, result));
                });
                Ok(())
            }
        }
    }

    /// Reads the accounts' fields for the user's editor: as the inventory has them, or as they were saved before.
    pub(super) fn sheet(&mut self, id: RequestId, accounts: Vec<AccountKey>, text: Option<String>) {
        let (inventory, tell, at) = (self.executor.inventory(), self.made.0.clone(), (self.clock)());
        self.executor.aside(move || {
            let seen = Seen::new(inventory, &accounts);
            let text = text.map_or_else(|| seen.text(at), Ok);
            // A loop that has ended has nobody to tell.
            let _ = tell.send(Made::Text(id, seen, text));
        });
    }

    /// A sheet was made, or read: it goes to the editor, or its changes to whoever asked. One that can't be taken is kept.
    pub(super) fn made(&mut self, made: Made) -> io::Result<()> {
        match made {
            Made::Text(id, seen, Ok(text)) => self.edit(Asked::Sheet(id, seen, text.clone()), &text, ".toml"),
            Made::Text(id, _, Err(failure)) => self.feed(Fact::Sheet { id, result: Err((String::new(), failure)) }),
            Made::Judged(id, result) => {
                let result = self.sheets.judged(result, (self.clock)());
                self.feed(Fact::Sheet { id, result })
            }
        }
    }

    /// Something was copied, or is left for the terminal: between two frames, if the terminal is ours.
    pub(super) fn carried(&mut self, Carried { what, missing, end }: Carried) -> io::Result<()> {
        let result = match end {
            End::Taken(program) => Ok(CopyWay::Program(program)),
            End::Failed(why) => Err(why),
            End::Left(_) if self.gone || self.keyboard.is_none() => Err("the terminal is another program's".to_owned()),
            End::Left(text) => match self.clipboard.sequence(&text) {
                Ok((bytes, way)) => {
                    guard::write(&bytes)?;
                    Ok(way)
                }
                Err(why) => Err(why),
            },
        };
        self.feed(Fact::Copied { what, missing, result })
    }

    /// The program is to end while the editor runs: so does that, and what it had saved is the field's. Of
    /// a sheet the plan would come too late to be looked at: it is kept as a file.
    pub(super) fn end_editing(&mut self) -> io::Result<()> {
        let Some((asked, editing)) = self.editing.take() else { return Ok(()) };
        let saved = editing.stop();
        // Who knows what it left: the terminal is ours again, and given back as it was found.
        if let Err(why) = self.take_back() {
            tracing::warn!(%why, "taking the terminal back from the editor");
        }
        match (saved, &asked) {
            (None, _) => Ok(()),
            (Some(text), Asked::Sheet(..)) => {
                self.sheets.keep(&text, (self.clock)());
                Ok(())
            }
            (Some(text), Asked::Field(id)) => self.feed(Fact::Edited { id: *id, result: Ok(text) }),
        }
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.signals.lend(false);
        guard::retake()?;
        self.keyboard = Some(Keyboard::start(Arc::clone(&self.frames), Arc::clone(&self.clock))?);
        self.renew()
    }
}

/// Waits for the editor's end; for ever if there is none.
pub(super) async fn ended(editing: &mut Option<(Asked, Editing)>) -> io::Result<ExitStatus> {
    match editing {
        Some((_, editing)) => editing.ended().await,
        None => std::future::pending().await,
    }
}
