//! Questions at a terminal. Nobody is asked without one.

use std::io::{IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::confirm;
use super::desk::interactive;
use super::stop::{Stop, status};
use crate::domain::{Secret, shown};

/// Asks for a line; what stands in brackets is taken where nothing is typed.
pub(super) async fn line(question: &str, default: Option<&str>) -> Result<String, Stop> {
    let brackets = default.map_or_else(String::new, |default| format!(" [{}]", shown(default)));
    let answer = ask(format!("{question}{brackets}: ")).await?;
    Ok(if answer.is_empty() { default.unwrap_or_default().to_owned() } else { answer })
}

/// Asks for a line that must not be empty.
pub(super) async fn some(question: &str, default: Option<&str>) -> Result<String, Stop> {
    loop {
        let answer = line(question, default).await?;
        if !answer.is_empty() {
            return Ok(answer);
        }
    }
}

/// Asks for a secret: what is typed is not shown.
pub(super) async fn secret(question: &str) -> Result<Secret, Stop> {
    loop {
        let answer = {
            let _hidden = Hidden::begin();
            ask(format!("{question} (not shown): ")).await
        };
        // The line break that was typed was not shown either.
        let _ = writeln!(std::io::stderr());
        let answer = answer?;
        if !answer.is_empty() {
            return Ok(Secret::new(answer));
        }
    }
}

/// Asks for one of several, by its number or its word; the first where nothing is typed.
pub(super) async fn choice(question: &str, options: &[(String, String)]) -> Result<usize, Stop> {
    let listed: Vec<String> =
        options.iter().enumerate().map(|(nth, (_, words))| format!("  {}) {}\n", nth + 1, shown(words))).collect();
    loop {
        let answer = ask(format!("{question}\n{}Which one [1]: ", listed.concat())).await?;
        if answer.is_empty() {
            return Ok(0);
        }
        let numbered = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let named = options.iter().position(|(word, _)| *word == answer);
        if let Some(nth) = numbered.filter(|nth| *nth < options.len()).or(named) {
            return Ok(nth);
        }
    }
}

/// Asks for a yes.
pub(super) async fn yes(question: &str) -> Result<bool, Stop> {
    let answer = ask(format!("{question} [y/N] ")).await?;
    Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
}

async fn ask(text: String) -> Result<String, Stop> {
    if !interactive() {
        return Err(Stop::usage("there is no terminal to ask at"));
    }
    match confirm::line(text).await {
        Ok(answer) => Ok(answer),
        Err(words) => Err(Stop::new(status::FAILED, format!("nothing was done{words}"))),
    }
}

/// While it lives the terminal does not show what is typed. Whoever ends the program by a signal drops it, too.
struct Hidden(Option<Termios>);

impl Hidden {
    fn begin() -> Self {
        let stdin = std::io::stdin();
        let Some(before) = stdin.is_terminal().then(|| tcgetattr(&stdin).ok()).flatten() else { return Self(None) };
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(&stdin, OptionalActions::Flush, &hidden);
        Self(Some(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Drain, before);
        }
    }
}
