//! What is made of the command line itself: completions, man pages, docs/commands.md.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::CompleteEnv;
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

use super::args::{Cli, Shell};
use super::stop::{Stop, status};

/// The variable by which a shell asks for candidates.
const ASKED: &str = "ACCTUI_COMPLETE";

/// Answers a shell that asks for candidates; whether one did.
pub(super) fn answered() -> bool {
    let here = std::env::current_dir().ok();
    // An answer that can't be given is none: the shell shows nothing.
    CompleteEnv::with_factory(Cli::command)
        .var(ASKED)
        .try_complete(std::env::args_os(), here.as_deref())
        .unwrap_or(true)
}

/// What zsh finds in its `$fpath` it runs as the first completion itself: the script would end without having offered
/// anything, and the first Tab of each shell would be for nothing.
const FROM_FPATH: &str = "
if [[ \"${funcstack[1]}\" == _acctui ]]; then
    _clap_dynamic_completer_acctui \"$@\"
fi
";

/// `completions SHELL`: the script that has the shell ask this program.
pub(super) fn completions(shell: Shell) -> Result<(), Stop> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut script = Vec::new();
    completer.write_registration(ASKED, "acctui", "acctui", "acctui", &mut script)?;
    if shell == Shell::Zsh {
        script.extend(FROM_FPATH.bytes());
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&script)?;
    Ok(stdout.flush()?)
}

/// `man`: the first page to stdout, or a page for each command into a directory.
pub(super) fn man(directory: Option<&Path>) -> Result<(), Stop> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&page)?;
        return Ok(stdout.flush()?);
    };
    let wrong = |path: &Path, error: std::io::Error| {
        Stop::new(status::FAILED, format!("{}: the page can't be written: {error}", path.display()))
    };
    std::fs::create_dir_all(directory).map_err(|error| wrong(directory, error))?;
    for (words, command) in all(&command) {
        let name = words.join("-");
        let mut page = Vec::new();
        // A built command bears the words that lead to it.
        clap_mangen::Man::new(command.clone()).render(&mut page)?;
        let path = directory.join(format!("{name}.1"));
        std::fs::write(&path, page).map_err(|error| wrong(&path, error))?;
    }
    Ok(())
}

/// Every command with the words that lead to it, each before those below it.
fn all(root: &Command) -> Vec<(Vec<String>, &Command)> {
    let mut found = Vec::new();
    let mut waiting = vec![(vec![root.get_name().to_owned()], root)];
    while let Some((words, command)) = waiting.pop() {
        let below = command.get_subcommands().filter(|below| below.get_name() != "help");
        let mut below: Vec<_> =
            below.map(|below| ([words.clone(), vec![below.get_name().to_owned()]].concat(), below)).collect();
        below.reverse();
        found.push((words, command));
        waiting.extend(below);
    }
    found
}

/// The words that begin a line's usage error, if it asks for JSON: what is wrong is said as JSON, too.
pub(super) fn asks_for_json(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let is = |word: &str| matches!(word, "json" | "ndjson");
    words.windows(2).any(|pair| matches!(&*pair[0], "-o" | "--output") && is(&pair[1]))
        || words.iter().any(|word| word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")).is_some_and(is))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::PathBuf;

    use super::*;

    /// The variable that has docs/commands.md written anew.
    const UPDATE: &str = "ACCTUI_UPDATE_COMMANDS";

    /// Options that every command takes are told once.
    const COMMON: &[&str] = &[
        "connections",
        "output",
        "config",
        "offline",
        "no_cache",
        "read_only",
        "no_color",
        "verbose",
        "log_file",
        "ca_cert",
        "help",
        "version",
    ];

    fn commands() -> String {
        let mut root = Cli::command();
        root.build();
        let mut text = String::from(
            "# Commands\n\nMade from the command line itself; a test holds that it is up to date.\n\n\
             Data goes to stdout, words to stderr. Exit status: 0 ok, 1 failed, 2 usage, 3 partial result, 4 needs \
             authentication, 5 refused by protection or confirmation, 6 outcome unknown, 7 not found, 128+n signal n. With \
             `-o json` or `ndjson` errors are one JSON object on stderr: `{\"error\":{\"exit\",\"message\",\"details\",\
             \"failures\"}}`.\n\n",
        );
        for (words, command) in all(&root) {
            let is_root = words.len() == 1;
            let _ = writeln!(text, "## {}\n", if is_root { "Every command".into() } else { words.join(" ") });
            let about = if is_root { None } else { command.get_about() };
            if let Some(about) = about {
                let _ = writeln!(text, "{about}.\n");
            }
            let arguments = command.get_arguments().filter(|argument| {
                let is_common = COMMON.contains(&argument.get_id().as_str());
                (is_root || !is_common) && !argument.is_hide_set()
            });
            let rows: Vec<String> = arguments.map(row).collect();
            if !rows.is_empty() {
                let _ = writeln!(text, "| argument | what it does |\n|---|---|\n{}\n", rows.join("\n"));
            }
            if let Some(after) = command.get_after_help() {
                let _ = writeln!(text, "{after}\n");
            }
        }
        format!("{}\n", text.trim_end())
    }

    fn row(argument: &clap::Arg) -> String {
        let mut names: Vec<String> = Vec::new();
        names.extend(argument.get_short().map(|short| format!("-{short}")));
        names.extend(argument.get_long().map(|long| format!("--{long}")));
        let values = argument.get_value_names().unwrap_or_default().iter().map(|name| format!("{name}"));
        let value = values.collect::<Vec<_>>().join(" ");
        let name = match (names.is_empty(), argument.get_action().takes_values()) {
            (true, _) => value,
            (false, true) => format!("{} {value}", names.join(", ")),
            (false, false) => names.join(", "),
        };
        let mut help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> =
            argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        if !values.is_empty() && argument.get_action().takes_values() {
            help = format!("{help}: {}", values.join(", "));
        }
        format!("| `{}` | {} |", name.replace('|', "\\|"), help.replace('|', "\\|"))
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the way to write the file anew")]
    fn docs_commands_md_is_what_the_command_line_is() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
        let made = commands();
        if std::env::var(UPDATE).is_ok() {
            std::fs::write(&path, &made).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == made, "docs/commands.md is not up to date: run this test with {UPDATE}=1");
    }

    #[test]
    fn every_command_and_argument_says_what_it_does() {
        let mut root = Cli::command();
        root.build();
        for (words, command) in all(&root) {
            assert!(command.get_about().is_some(), "{words:?}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{words:?} {}", argument.get_id());
            }
        }
    }

    #[test]
    fn a_line_that_asks_for_json_is_known() {
        let asks = |line: &str| asks_for_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["acctui list -o json", "acctui -ojson x", "acctui --output ndjson", "acctui --output=json"] {
            assert!(asks(line), "{line}");
        }
        for line in ["acctui list", "acctui list -o table", "acctui show json"] {
            assert!(!asks(line), "{line}");
        }
    }
}
