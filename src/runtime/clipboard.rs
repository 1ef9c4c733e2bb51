//! The clipboard: a program of the desktop takes what is copied; where there is none, or the screen is on another machine,
//! the terminal is asked to (OSC 52).
//!
//! Programs are run without a shell, away from the loop, and killed when they take too long: a clipboard whose owner hangs
//! holds up nothing. What is copied is on no command line.

use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::AsyncWriteExt as _;

use crate::app::{Copied, CopyWay, RecordFormat};
use crate::config::Environment;
use crate::domain::{Account, AccountKey, CSV, careful, csv_cell, csv_line, harmless};
use crate::inventory::Inventory;

/// How long a program may take: longer than any that works, short enough to try the other way before the user gives up.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest text in base64 that terminals take: xterm's own limit, which others have at least.
const MOST_BASE64: usize = 74_994;
/// GNU screen takes strings of at most 768 bytes: what is longer goes in pieces.
const SCREEN_PIECE: usize = 240;

/// Programs that put their input into the clipboard, each with its arguments and the variable that names its desktop.
const PROGRAMS: [(&str, &[&str], &str); 3] = [
    ("wl-copy", &["--type", "text/plain;charset=utf-8"], "WAYLAND_DISPLAY"),
    ("xclip", &["-selection", "clipboard", "-in"], "DISPLAY"),
    ("xsel", &["--clipboard", "--input"], "DISPLAY"),
];
/// The one of macOS.
const MACOS: (&str, &[&str]) = ("pbcopy", &[]);

/// What stands between this program and the terminal that is to take what is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Between {
    Nothing,
    Tmux,
    Screen,
}

/// The ways into the clipboard from here.
#[derive(Clone, Debug)]
pub(super) struct Clipboard {
    program: Option<(&'static str, &'static [&'static str])>,
    between: Between,
}

/// What was copied, as far as that goes away from the terminal. Its `Debug` holds nothing of it: it may be a secret.
pub(super) struct Carried {
    /// What it is, in words.
    pub(super) what: String,
    /// How many of its lines there were none for.
    pub(super) missing: usize,
    /// Where it is.
    pub(super) end: End,
}

/// Where a text is that is being copied.
pub(super) enum End {
    /// A program took it.
    Taken(&'static str),
    /// It is left for the terminal.
    Left(String),
    /// There is no text, because of this.
    Failed(String),
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").field("what", &self.what).finish_non_exhaustive()
    }
}

/// Whether the screen is on another machine than this one.
pub(super) fn is_remote(environment: &Environment) -> bool {
    environment.first(&["SSH_TTY", "SSH_CONNECTION"]).is_some()
}

impl Clipboard {
    /// The ways that there are with these variables.
    pub(super) fn of(environment: &Environment) -> Self {
        let path = environment.get("PATH").unwrap_or_default();
        let is_there = |name: &str| {
            let mut folders = path.split(':').map(Path::new).filter(|folder| folder.is_absolute());
            folders.any(|folder| folder.join(name).is_file())
        };
        let program = if is_remote(environment) {
            None
        } else if cfg!(target_os = "macos") {
            Some(MACOS).filter(|(name, _)| is_there(name))
        } else {
            let mut programs = PROGRAMS.into_iter();
            let found = programs.find(|(name, _, desktop)| environment.get(desktop).is_some() && is_there(name));
            found.map(|(name, arguments, _)| (name, arguments))
        };
        let between = if environment.get("TMUX").is_some() {
            Between::Tmux
        } else if environment.get("STY").is_some() {
            Between::Screen
        } else {
            Between::Nothing
        };
        Self { program, between }
    }

    /// Makes the text and hands it to the desktop's program; what that does not take is left for the terminal.
    pub(super) async fn carry(&self, what: String, copied: Copied, inventory: Arc<Inventory>) -> Carried {
        let made = match copied {
            Copied::Text(text) => Ok((text, 0)),
            // It leaves its keeping here: the user asked for it by a key of its own.
            Copied::Secret(secret) => Ok((secret.expose().to_owned(), 0)),
            Copied::Records { accounts, at_hand, format } => {
                let work = move || written(&inventory, &accounts, &at_hand, format);
                tokio::task::spawn_blocking(work).await.map_err(|_| "a bug in acctui stopped it".to_owned())
            }
        };
        match made {
            Err(why) => Carried { what, missing: 0, end: End::Failed(why) },
            Ok((text, missing)) if text.is_empty() => {
                let why = if missing > 0 { "it is not at hand any more" } else { "there is nothing in it" };
                Carried { what, missing, end: End::Failed(why.to_owned()) }
            }
            Ok((text, missing)) => {
                let end = match self.program {
                    Some((name, arguments)) if fed(name, arguments, &text).await => End::Taken(name),
                    Some(_) | None => End::Left(text),
                };
                Carried { what, missing, end }
            }
        }
    }

    /// What makes the terminal take a text, and the way in words.
    ///
    /// # Errors
    /// It is more than terminals take.
    pub(super) fn sequence(&self, text: &str) -> Result<(Vec<u8>, CopyWay), String> {
        let coded = BASE64_STANDARD.encode(text);
        if coded.len() > MOST_BASE64 {
            let (size, most) = (text.len().div_ceil(1_024), MOST_BASE64 / 4 * 3 / 1_024);
            return Err(format!(
                "it is {size} KB, and a terminal takes {most}: mark fewer, or use `acctui list -o json` and a file"
            ));
        }
        let plain = format!("\x1b]52;c;{coded}\x07");
        Ok(match self.between {
            Between::Nothing => (plain.into_bytes(), CopyWay::Terminal),
            // tmux takes the plain one where `set-clipboard` is on, and lets the wrapped one pass where
            // `allow-passthrough` is: with both it is the same text twice.
            Between::Tmux => {
                let wrapped = format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"));
                ([plain, wrapped].concat().into_bytes(), CopyWay::Tmux)
            }
            Between::Screen => {
                let pieces = plain.as_bytes().chunks(SCREEN_PIECE);
                let wrapped = pieces.flat_map(|piece| [b"\x1bP".as_slice(), piece, b"\x1b\\"]).collect::<Vec<_>>();
                (wrapped.concat(), CopyWay::Screen)
            }
        })
    }
}

/// Whether a program took a text from its input in time.
async fn fed(name: &str, arguments: &[&str], text: &str) -> bool {
    let feeding = async {
        let mut child = tokio::process::Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes()).await?;
            input.shutdown().await?;
        }
        child.wait().await
    };
    match tokio::time::timeout(PATIENCE, feeding).await {
        Ok(Ok(status)) if status.success() => true,
        Ok(Ok(status)) => {
            tracing::warn!(program = name, %status, "the clipboard's program failed");
            false
        }
        Ok(Err(why)) => {
            tracing::warn!(program = name, %why, "the clipboard's program failed");
            false
        }
        Err(_) => {
            tracing::warn!(program = name, "the clipboard's program took too long and was ended");
            false
        }
    }
}

/// Whole records, a line each, and how many were not there. Takes the disk's time for each.
fn written(
    inventory: &Inventory,
    accounts: &[AccountKey],
    at_hand: &[Arc<Account>],
    format: RecordFormat,
) -> (String, usize) {
    let record = |key: &AccountKey| {
        let held = at_hand.iter().find(|account| account.key == *key).cloned();
        held.or_else(|| inventory.recall(key))
    };
    let line = |account: Arc<Account>| match format {
        RecordFormat::Json => {
            let text = serde_json::to_string(&*account).ok()?;
            Some(careful(&text).into_owned())
        }
        RecordFormat::Csv => {
            let cells = CSV.map(|name| csv_cell(&account, name).unwrap_or_default());
            Some(csv_line(cells.map(|cell| harmless(&cell).into_owned().into())))
        }
    };
    let lines: Vec<String> = accounts.iter().filter_map(|key| line(record(key)?)).collect();
    let missing = accounts.len() - lines.len();
    (lines.join("\n"), missing)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::domain::Secret;

    fn clipboard(variables: &[(&str, &str)]) -> Clipboard {
        Clipboard::of(&variables.iter().copied().collect())
    }

    /// A folder with a program of this name, which is this script.
    fn with_program(name: &str, script: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        folder
    }

    fn unwrapped(bytes: &[u8]) -> String {
        let text = std::str::from_utf8(bytes).unwrap();
        let coded = text.strip_prefix("\x1b]52;c;").unwrap().strip_suffix('\x07').unwrap();
        String::from_utf8(BASE64_STANDARD.decode(coded).unwrap()).unwrap()
    }

    #[test]
    fn a_terminal_is_asked_in_its_own_way() {
        let (bytes, way) = clipboard(&[]).sequence("株 $(x)").unwrap();
        assert_eq!((unwrapped(&bytes).as_str(), way), ("株 $(x)", CopyWay::Terminal));
        let (bytes, way) = clipboard(&[("TMUX", "/tmp/tmux-1000/default,1,0")]).sequence("a").unwrap();
        let expected = "\x1b]52;c;YQ==\x07\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\";
        assert_eq!((std::str::from_utf8(&bytes).unwrap(), way), (expected, CopyWay::Tmux));
        let (bytes, way) = clipboard(&[("STY", "1.pts-0")]).sequence(&"long ".repeat(200)).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let pieces: Vec<&str> =
            text.split_terminator("\x1b\\").map(|piece| piece.strip_prefix("\x1bP").unwrap()).collect();
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() <= SCREEN_PIECE));
        assert_eq!((unwrapped(pieces.concat().as_bytes()), way), ("long ".repeat(200), CopyWay::Screen));
    }

    #[test]
    fn more_than_a_terminal_takes_is_refused_with_what_to_do() {
        let most = MOST_BASE64 / 4 * 3;
        assert!(clipboard(&[]).sequence(&"x".repeat(most)).is_ok());
        let why = clipboard(&[]).sequence(&"x".repeat(most + 3)).unwrap_err();
        assert!(why.contains("mark fewer") && why.contains("list -o json"), "{why}");
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn a_program_of_the_desktop_is_used_only_on_the_machine_with_the_screen() {
        let folder = with_program("xclip", "");
        let path = folder.path().to_str().unwrap();
        assert!(clipboard(&[("PATH", path), ("DISPLAY", ":0")]).program.is_some());
        for variables in [
            &[("PATH", path)][..],
            &[("PATH", path), ("WAYLAND_DISPLAY", "wayland-0")],
            &[("PATH", path), ("DISPLAY", ":10"), ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")],
            &[("PATH", "/nowhere"), ("DISPLAY", ":0")],
        ] {
            assert!(clipboard(variables).program.is_none(), "{variables:?}");
        }
    }

    #[tokio::test]
    async fn a_program_gets_the_text_on_its_input_and_one_that_fails_or_is_missing_leaves_it_to_the_terminal() {
        let folder = with_program("take", "cat > \"$1\"");
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        assert!(fed(&path("take"), &[&path("taken")], "one\ntwo").await);
        assert_eq!(std::fs::read_to_string(path("taken")).unwrap(), "one\ntwo");
        assert!(!fed(&path("missing"), &[], "x").await);
        let failing = with_program("fail", "exit 3");
        assert!(!fed(failing.path().join("fail").to_str().unwrap(), &[], "x").await);
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended_and_the_terminal_is_asked() {
        let folder = with_program("hang", "exec sleep 600");
        let program: &'static str = folder.path().join("hang").to_str().unwrap().to_owned().leak();
        let clipboard = Clipboard { program: Some((program, &[])), between: Between::Nothing };
        let copied = Copied::Secret(Secret::new("s3cret"));
        let carried = clipboard.carry("the secret".into(), copied, Arc::default()).await;
        assert!(matches!(&carried.end, End::Left(text) if text == "s3cret"));
        assert!(!format!("{carried:?}").contains("s3cret"));
    }
}
