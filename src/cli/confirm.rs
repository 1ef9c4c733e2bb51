//! The confirmation of a plan off the browser: nothing, a yes, or a typed word.

use std::io::{BufRead as _, Write as _};
use std::ops::ControlFlow;

use super::args::WriteArgs;
use super::desk::{Opened, interactive};
use super::pages;
use super::planned::describe;
use super::stop::{Stop, status};
use crate::domain::{Plan, Protection, shown};
use crate::inventory::{Inventory, SyncState};
use crate::provider::ListScope;

/// Asks for what a plan's protection wants. What is dear wants a yes at every level; a person who is asked anyway reads
/// the cost in the plan.
pub(super) async fn confirm(
    plan: &Plan,
    all: &[Opened],
    inventory: &Inventory,
    dear: &[String],
    args: &WriteArgs,
) -> Result<(), Stop> {
    let protection = plan.protection();
    // Nobody is asked what the word is where none is needed.
    let word = match protection {
        Protection::Typed => word(all, inventory, plan).await,
        Protection::Confirm if args.confirm.is_some() && !args.yes => word(all, inventory, plan).await,
        Protection::Confirm | Protection::Open | Protection::ReadOnly => String::new(),
    };
    let is_word = args.confirm.as_deref() == Some(word.as_str());
    let is_given = match protection {
        Protection::Open => true,
        Protection::Confirm | Protection::Typed => is_word,
        Protection::ReadOnly => false,
    };
    match dear.first().filter(|_| is_given && !args.yes) {
        Some(_) if interactive() => return agree(plan, inventory).await,
        Some(_) => {
            let words = format!("nothing was sent: {}; give --yes", dear.join("; "));
            return Err(Stop::new(status::PROTECTED, words));
        }
        None => {}
    }
    match protection {
        Protection::Open => Ok(()),
        Protection::Confirm if args.yes || is_word => Ok(()),
        Protection::Confirm if args.confirm.is_some() => Err(unlike(&word, args)),
        Protection::Confirm if interactive() => agree(plan, inventory).await,
        Protection::Confirm => Err(Stop::new(
            status::PROTECTED,
            "nothing was sent: the connection asks for a confirmation, give --yes (or look first with --dry-run)",
        )),
        Protection::Typed if is_word => Ok(()),
        Protection::Typed if args.confirm.is_none() && interactive() => {
            if asked(plan, inventory, &format!("Type {word} to confirm: ")).await? == word {
                return Ok(());
            }
            Err(Stop::new(status::PROTECTED, "that is another word: nothing was sent"))
        }
        Protection::Typed => Err(unlike(&word, args)),
        Protection::ReadOnly => Err(Stop::new(status::PROTECTED, "the connection is read-only")),
    }
}

/// The refusal for want of the word: none was given, or another one.
fn unlike(word: &str, args: &WriteArgs) -> Stop {
    let mut words = Vec::new();
    if let Some(other) = &args.confirm {
        words.push(format!("`--confirm {}` is not the word", shown(other)));
    }
    // A contract: scripts and people look for this line.
    words.push(format!("Type {word} to confirm"));
    words.push(format!("nothing was sent: give --confirm '{}'", word.replace('\'', "'\\''")));
    Stop { code: status::PROTECTED, words, ..Stop::default() }
}

/// The word that confirms a plan, the same as the browser's: it counts the accounts of all connections in use.
async fn word(all: &[Opened], inventory: &Inventory, plan: &Plan) -> String {
    let (name, otherwise) = (plan.word(|_| true), plan.word(|_| false));
    let [planned] = plan.changes.as_slice() else { return otherwise };
    if name == otherwise {
        return otherwise;
    }
    let subject = &planned.change.subject;
    let mut bearers = 0;
    for it in all {
        match bearers_of(it, inventory, &name).await {
            Some(more) => bearers += more,
            // Of another connection that can't be asked the browser has no rows either.
            None if it.name() != subject.connection() => {}
            None => return otherwise,
        }
    }
    if bearers <= 1 { name } else { otherwise }
}

/// How many of a connection's accounts bear exactly this name; `None` if that can't be learned. Asked by the provider's
/// own search where it has one, else all are listed.
async fn bearers_of(opened: &Opened, inventory: &Inventory, name: &str) -> Option<usize> {
    let snapshot = inventory.snapshot();
    if let Some(SyncState::Complete { .. }) = snapshot.connection(opened.name()).map(|view| &view.sync) {
        let own = snapshot.rows().filter(|account| account.connection() == opened.name());
        return Some(own.filter(|account| account.name() == name).count());
    }
    let mut searches = opened.provider.spec().searches.iter().filter(|search| !search.in_organization);
    let parameter = searches.find_map(|search| search.fields.iter().find(|field| field.name == "name"));
    let parameters = parameter.map(|parameter| (parameter.name.to_owned(), name.to_owned()));
    let scope = ListScope { organization: None, parameters: parameters.into_iter().collect(), extra: false };
    let mut bearers = 0;
    let ended = pages::each(
        async |cursor: &_| opened.provider.accounts(&scope, cursor).await,
        |account| account.key.clone(),
        |rows| {
            // The provider's filter ignores case.
            bearers += rows.iter().filter(|account| account.name.raw() == name).count();
            ControlFlow::Continue(())
        },
    );
    ended.await.ok().map(|()| bearers)
}

async fn agree(plan: &Plan, inventory: &Inventory) -> Result<(), Stop> {
    let answer = asked(plan, inventory, "Send this? [y/N] ").await?;
    if matches!(answer.as_str(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Stop::new(status::PROTECTED, "nothing was sent"))
}

/// Shows the plan and reads a line, both at the terminal. On a thread of its own: signals are heard meanwhile.
async fn asked(plan: &Plan, inventory: &Inventory, question: &str) -> Result<String, Stop> {
    let mut text = describe(plan, inventory).join("\n");
    text.push('\n');
    text.push_str(question);
    line(text).await.map_err(|words| Stop::new(status::PROTECTED, format!("nothing was sent{words}")))
}

/// Writes to the terminal and reads a line from it; words for why not.
pub(super) async fn line(text: String) -> Result<String, String> {
    let read = move || -> std::io::Result<String> {
        let mut stderr = std::io::stderr();
        stderr.write_all(text.as_bytes())?;
        stderr.flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(answer) => answer.map_err(|error| format!(": the answer can't be read: {error}")),
        Err(_) => Err(String::new()),
    }
}
