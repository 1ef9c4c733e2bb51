//! The user's editor on a text: a file that nobody else can read, a command without a shell, and what came of it.

use std::io::{self, Write as _};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempPath;
use tokio::process::{Child, Command};

use crate::config::Environment;
use crate::domain::{Failure, FailureKind, shown};

/// What is run where the user named none: POSIX has it.
const FALLBACK: &str = "vi";
/// A text beyond this is a mistake, somebody saved another file over it: a sheet of a hundred thousand accounts is shorter.
const MOST_BYTES: u64 = 1 << 26;
/// How long an editor may take to end once it is told to: it saves what it can.
const FOR_THE_EDITOR: Duration = Duration::from_millis(400);

/// Which editor the user has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// The variable that names it; `None` for the fallback.
    variable: Option<&'static str>,
    line: String,
}

impl Editor {
    /// `VISUAL`, else `EDITOR`, else `vi`; an empty variable is none.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
            let line = environment.get(name).filter(|line| !line.trim().is_empty())?;
            Some(Self { variable: Some(name), line: line.to_owned() })
        });
        named.unwrap_or_else(|| Self { variable: None, line: FALLBACK.into() })
    }

    /// The command in words, split as a shell would, without one: nothing in it is expanded or run.
    fn argv(&self) -> Result<Vec<String>, Failure> {
        let words = shell_words::split(&self.line).ok().filter(|words| !words.is_empty());
        words.ok_or_else(|| self.failure(&format!("{} has a quote without its end", self.source())))
    }

    fn source(&self) -> &'static str {
        self.variable.unwrap_or("the usual editor")
    }

    fn failure(&self, cause: &str) -> Failure {
        Failure::new(FailureKind::Local, format!("the editor {}", shown(&self.line)), cause)
            .with_hint("set VISUAL or EDITOR to the command of your editor, e.g. EDITOR=nano")
    }
}

/// An editor that has the terminal.
#[derive(Debug)]
pub struct Editing {
    editor: Editor,
    child: Child,
    /// Removed when this is dropped.
    file: TempPath,
    before: String,
}

impl Editing {
    /// Starts the editor on a text, in the terminal that it is handed. `suffix` is how the file's name ends.
    ///
    /// # Errors
    /// `Local`, in words: the command can't be understood or run, or the file not be made.
    pub fn start(editor: &Editor, text: &str, suffix: &str) -> Result<Self, Failure> {
        let argv = editor.argv()?;
        let file = written(text, suffix).map_err(|error| editor.failure(&format!("no file for the text: {error}")))?;
        let (program, arguments) = argv.split_first().ok_or_else(|| editor.failure("it names no command"))?;
        let child =
            Command::new(program).args(arguments).arg(&file).spawn().map_err(|error| {
                editor.failure(&format!("{} names it, and it can't be run: {error}", editor.source()))
            })?;
        Ok(Self { editor: editor.clone(), child, file, before: text.to_owned() })
    }

    /// Waits for its end. Can be dropped and called again.
    ///
    /// # Errors
    /// None in practice.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// What it left, once it has ended. What was saved and can't be taken stays in its file, which the failure names.
    ///
    /// # Errors
    /// `Local`, in words: it failed, its file is gone or is no text.
    pub fn text(self, ended: io::Result<ExitStatus>) -> Result<String, Failure> {
        let why = match ended {
            Ok(status) if status.success() => None,
            Ok(status) => Some(format!("it ended with {status}")),
            Err(error) => Some(format!("nobody knows how it ended: {error}")),
        };
        let text = self.saved();
        match (why, text) {
            (None, Ok(text)) => Ok(text),
            (None, Err(cause)) => Err(self.kept(&cause)),
            (Some(why), Ok(text)) if text == self.before => Err(self.editor.failure(&why)),
            (Some(why), Ok(_) | Err(_)) => Err(self.kept(&why)),
        }
    }

    fn saved(&self) -> Result<String, String> {
        let length = match self.file.metadata() {
            Ok(about) => about.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err("its file is gone".into()),
            Err(error) => return Err(format!("its file can't be read: {error}")),
        };
        if length > MOST_BYTES {
            return Err(format!("what it saved is too long: {length} bytes"));
        }
        let bytes = std::fs::read(&self.file).map_err(|error| format!("its file can't be read: {error}"))?;
        String::from_utf8(bytes).map_err(|_| "what it saved is no UTF-8 text".into())
    }

    /// A failure that names the file, which is left: nothing that somebody saved is thrown away.
    fn kept(self, cause: &str) -> Failure {
        let failure = self.editor.failure(cause);
        if !self.file.exists() {
            return failure;
        }
        let shown_path = shown(&self.file.to_string_lossy()).into_owned();
        match self.file.keep() {
            Ok(_) => failure.with_hint(format!("what it saved is in {shown_path}")),
            Err(_) => failure,
        }
    }

    /// Tells it to end, because the program does; what it had saved by then, if that is another text.
    pub fn stop(mut self) -> Option<String> {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            let _ = kill_process(pid, Signal::TERM);
            let step = FOR_THE_EDITOR / 40;
            for _ in 0..40 {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    break;
                }
                std::thread::sleep(step);
            }
        }
        self.saved().ok().filter(|text| *text != self.before)
    }
}

/// A file with a text, mode 0600, which editors may write or put another one in the place of.
fn written(text: &str, suffix: &str) -> io::Result<TempPath> {
    let mut file = tempfile::Builder::new().prefix("acctui-").suffix(suffix).tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    Ok(file.into_temp_path())
}

/// Hands a text to the user's editor and waits for it: for commands, which have the terminal as it is.
///
/// # Errors
/// As [`Editing::start`] and [`Editing::text`].
pub async fn edit(editor: &Editor, text: &str, suffix: &str) -> Result<String, Failure> {
    let mut editing = Editing::start(editor, text, suffix)?;
    let ended = editing.ended().await;
    editing.text(ended)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn editor(line: &str) -> Editor {
        Editor::of(&Environment::from_iter([("EDITOR", line)]))
    }

    /// An editor that is a line of shell, with the file as `$1`.
    fn script(line: &str) -> Editor {
        editor(&shell_words::join(["sh", "-c", line, "editor"]))
    }

    #[test]
    fn visual_wins_over_editor_and_vi_is_there_without_either() {
        let of = |pairs: &[(&str, &str)]| Editor::of(&pairs.iter().copied().collect()).line;
        assert_eq!(of(&[("VISUAL", "code --wait"), ("EDITOR", "ed")]), "code --wait");
        assert_eq!(of(&[("VISUAL", "  "), ("EDITOR", "ed")]), "ed");
        assert_eq!(of(&[]), "vi");
    }

    #[test]
    fn the_command_is_split_with_its_quotes_and_nothing_in_it_is_expanded() {
        let argv = editor(r#"'/opt/my editor/ed' --title "a b" $HOME;rm *"#).argv().unwrap();
        assert_eq!(argv, ["/opt/my editor/ed", "--title", "a b", "$HOME;rm", "*"]);
        assert!(editor("ed 'a").argv().unwrap_err().cause.contains("quote"));
    }

    #[tokio::test]
    async fn what_the_editor_saved_is_the_text() {
        let text = edit(&script(r#"cat "$1" >"$1.new"; echo more >>"$1.new"; mv "$1.new" "$1""#), "a\n", ".txt").await;
        assert_eq!(text.unwrap(), "a\nmore\n", "also where it put another file in its place");
    }

    #[tokio::test]
    async fn the_file_is_nobody_elses_has_the_suffix_and_is_gone_afterwards() {
        let text = edit(&script(r#"stat -c %a "$1" >"$1.x"; echo "$1" >>"$1.x"; mv "$1.x" "$1""#), "a", ".json").await;
        let text = text.unwrap();
        let (mode, path) = text.trim_end().split_once('\n').unwrap();
        assert_eq!(mode, "600");
        assert!(std::path::Path::new(path).extension().is_some_and(|ending| ending == "json"), "{path}");
        assert!(!std::path::Path::new(path).exists());
    }

    #[tokio::test]
    async fn each_way_to_fail_has_its_words() {
        for (editor, words) in [
            (editor("/nowhere/editor"), "can't be run"),
            (script("exit 3"), "3"),
            (script(r#"rm "$1""#), "gone"),
            (script(r#"printf '\377\376' >"$1""#), "UTF-8"),
            (script("kill -9 $$"), "signal"),
        ] {
            let failure = edit(&editor, "a", ".txt").await.unwrap_err();
            assert!(failure.cause.contains(words), "{words}: {failure}");
        }
    }

    #[tokio::test]
    async fn what_was_saved_before_a_failure_stays_in_a_file_that_is_named() {
        let failure = edit(&script(r#"echo precious >"$1"; exit 1"#), "a", ".txt").await.unwrap_err();
        let hint = failure.hint.unwrap();
        let path = hint.strip_prefix("what it saved is in ").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "precious\n");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_file(path).unwrap();
    }

    #[tokio::test]
    async fn one_that_is_told_to_end_gives_what_it_had_saved() {
        let line = r#"echo saved >"$1"; touch "$1.ready"; exec sleep 1000"#;
        let editing = Editing::start(&script(line), "a", ".txt").unwrap();
        let ready = format!("{}.ready", editing.file.display());
        while !std::path::Path::new(&ready).exists() {
            tokio::task::yield_now().await;
        }
        assert_eq!(editing.stop().as_deref(), Some("saved\n"));
        std::fs::remove_file(ready).unwrap();
    }
}
