//! The headless end of every write: plan, confirmation, sending, what became of it.

use std::io::{BufRead as _, Write as _};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use serde::Serialize;

use super::args::{Format, WriteArgs};
use super::desk::{Desk, Opened, interactive, say};
use super::stop::{Stop, lines, status};
use super::{pages, profile};
use crate::changes::{self, FileJournal, Gate, Road, Watch, Way};
use crate::domain::{Applied, Change, ChangeKind, Diff, Plan, PlannedChange, Protection, RequestPreview, Stage, shown};
use crate::inventory::Inventory;
use crate::provider::ListScope;

/// What is said where nothing would be sent.
const NOTHING: &str = "it already is as wanted: nothing to do";

/// One change of `--dry-run -o json`, a contract.
#[derive(Serialize)]
struct ChangeRow<'a> {
    connection: &'a str,
    target: &'a str,
    kind: ChangeKind,
    diff: &'a [Diff],
    request: &'a RequestPreview,
}

impl<'a> ChangeRow<'a> {
    fn of(planned: &'a PlannedChange) -> Self {
        Self {
            connection: planned.change.subject.connection().as_str(),
            target: planned.change.subject.id(),
            kind: planned.change.kind,
            diff: &planned.diff,
            request: &planned.request,
        }
    }
}

/// Plans a change at one of the connections in use, has it confirmed, sends it, and says what became of it.
pub(super) async fn run(
    desk: &Desk,
    all: &[Opened],
    opened: &Opened,
    change: Change,
    args: &WriteArgs,
) -> Result<(), Stop> {
    refuse_read_only(desk, opened)?;
    let journal = FileJournal::new(desk.paths.journal());
    let inventory = Inventory::default();
    let road = Road {
        connection: opened.name(),
        protection: opened.protection,
        provider: &*opened.provider,
        journal: &journal,
        inventory: &inventory,
        clock: &desk.clock,
        reason: args.reason.clone(),
        max_delete: opened.connection.max_delete,
    };
    let roads = [road];
    let plan =
        changes::plan(&roads, vec![change], Way::default()).await.map_err(|why| Stop::failure(opened.name(), &why))?;
    if args.dry_run {
        return print(desk, &plan);
    }
    if plan.is_empty() {
        desk.whisper(NOTHING);
        return Ok(());
    }
    // Nobody is asked what the word is where none is needed.
    let word = match opened.protection {
        Protection::Typed => word(all, opened, &plan).await,
        Protection::Confirm if args.confirm.is_some() && !args.yes => word(all, opened, &plan).await,
        Protection::Confirm | Protection::Open | Protection::ReadOnly => String::new(),
    };
    let dear = changes::dear(&roads[0], plan.changes.iter().map(|planned| &planned.change)).await;
    confirm(&plan, opened.protection, &word, dear.as_deref(), args).await?;
    desk.writing.store(true, Ordering::SeqCst);
    let tell = |stage| {
        if let (Stage::Step(words), true) = (stage, desk.common.verbose > 0) {
            say(words);
        }
    };
    let results = changes::apply(&roads, &plan, Watch { tell: &tell, gate: &Gate::default() }).await;
    desk.writing.store(false, Ordering::SeqCst);
    for (planned, applied) in plan.changes.iter().zip(&results) {
        settle(desk, opened, planned, applied)?;
    }
    if results.is_empty() {
        return Err(Stop::new(status::FAILED, "nothing was sent"));
    }
    Ok(())
}

fn refuse_read_only(desk: &Desk, opened: &Opened) -> Result<(), Stop> {
    if opened.protection != Protection::ReadOnly {
        return Ok(());
    }
    let name = opened.name();
    let words = if desk.common.read_only {
        format!("{name}: nothing is written with --read-only")
    } else if opened.connection.named {
        format!("{name}: the connection is read-only (protection = \"read-only\")")
    } else {
        format!(
            "{name}: connections from environment variables are read-only until {} names them",
            desk.paths.config.display()
        )
    };
    Err(Stop::new(status::PROTECTED, words))
}

/// The word that confirms a plan, the same as the browser's: it counts the accounts of all connections in use.
async fn word(all: &[Opened], opened: &Opened, plan: &Plan) -> String {
    let (name, otherwise) = (plan.word(|_| true), plan.word(|_| false));
    if name == otherwise {
        return otherwise;
    }
    let mut bearers = 0;
    for it in all {
        match bearers_of(it, &name).await {
            Some(more) => bearers += more,
            // Of another connection that can't be asked the browser has no rows either.
            None if it.name() != opened.name() => {}
            None => return otherwise,
        }
    }
    if bearers <= 1 { name } else { otherwise }
}

/// How many of a connection's accounts bear exactly this name; `None` if that can't be asked for.
async fn bearers_of(opened: &Opened, name: &str) -> Option<usize> {
    let mut searches = opened.provider.spec().searches.iter().filter(|search| !search.in_organization);
    let parameter = searches.find_map(|search| search.fields.iter().find(|field| field.name == "name"))?;
    let scope =
        ListScope { organization: None, parameters: vec![(parameter.name.to_owned(), name.to_owned())], extra: false };
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

/// Asks for what the protection level wants: nothing, a yes, or a word. What is dear wants a yes at every level; a person
/// who is asked anyway reads the cost in the plan.
async fn confirm(
    plan: &Plan,
    protection: Protection,
    word: &str,
    dear: Option<&str>,
    args: &WriteArgs,
) -> Result<(), Stop> {
    let is_given = match protection {
        Protection::Open => true,
        Protection::Confirm | Protection::Typed => args.confirm.as_deref() == Some(word),
        Protection::ReadOnly => false,
    };
    match dear.filter(|_| is_given && !args.yes) {
        Some(_) if interactive() => return agree(plan).await,
        Some(dear) => {
            let words = format!("nothing was sent: {dear}; give --yes");
            return Err(Stop::new(status::PROTECTED, words));
        }
        None => {}
    }
    match protection {
        Protection::Open => Ok(()),
        Protection::Confirm if args.yes || args.confirm.as_deref() == Some(word) => Ok(()),
        Protection::Confirm if interactive() => agree(plan).await,
        Protection::Confirm => Err(Stop::new(
            status::PROTECTED,
            "nothing was sent: the connection asks for a confirmation, give --yes (or look first with --dry-run)",
        )),
        Protection::Typed if args.confirm.as_deref() == Some(word) => Ok(()),
        Protection::Typed if args.confirm.is_none() && interactive() => {
            if asked(plan, &format!("Type {word} to confirm: ")).await? == word {
                return Ok(());
            }
            Err(Stop::new(status::PROTECTED, "that is another word: nothing was sent"))
        }
        Protection::Typed => Err(Stop {
            code: status::PROTECTED,
            words: vec![
                format!("Type {word} to confirm"),
                format!("nothing was sent: give --confirm '{}'", word.replace('\'', "'\\''")),
            ],
        }),
        Protection::ReadOnly => Err(Stop::new(status::PROTECTED, "the connection is read-only")),
    }
}

async fn agree(plan: &Plan) -> Result<(), Stop> {
    let answer = asked(plan, "Send this? [y/N] ").await?;
    if matches!(answer.as_str(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Stop::new(status::PROTECTED, "nothing was sent"))
}

/// Shows the plan and reads a line, both at the terminal. On a thread of its own: signals are heard meanwhile.
async fn asked(plan: &Plan, question: &str) -> Result<String, Stop> {
    let mut text = describe(plan).join("\n");
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

/// The plan for people: target, identity, lineage, warnings, request.
fn describe(plan: &Plan) -> Vec<String> {
    let mut text = Vec::new();
    for planned in &plan.changes {
        let PlannedChange { change, name, lineage, request, .. } = planned;
        let subject = &change.subject;
        let Some(part) = plan.part(subject.connection()) else { continue };
        text.push(format!("{} {} {name} ({})", what(change.kind), subject.noun(), shown(subject.id())));
        text.push(format!(
            "at {} as {} ({}, {})",
            part.connection,
            part.identity.user,
            shown(&part.identity.origin),
            part.protection.word()
        ));
        if let Some(lineage) = lineage.as_ref().filter(|lineage| !lineage.steps.is_empty()) {
            text.push(format!("in {}", lineage.crumbs()));
        }
        for diff in &planned.diff {
            let side = |value: &Option<String>| match value {
                None => "(none)".to_owned(),
                Some(text) => format!("\"{}\"", shown(text)),
            };
            text.push(format!("  {}: {} -> {}", shown(&diff.field), side(&diff.from), side(&diff.to)));
        }
        text.extend(planned.warnings.iter().map(|warning| shown(warning).into_owned()));
        text.push(format!("{} {}", request.method, shown(&request.path)));
    }
    text
}

/// What a change does, in words that go before its target.
fn what(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Profile => "edit the profile of",
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone => "create an account in",
        ChangeKind::UpdateAccount => "edit",
        ChangeKind::DeleteAccount | ChangeKind::DeleteOrganization => "delete",
        ChangeKind::CloseAccount => "close",
        ChangeKind::RemoveAccount => "remove from its organization",
        ChangeKind::MoveAccount => "move",
        ChangeKind::CreateOrganization => "create an organization in",
        ChangeKind::RenameOrganization => "rename",
    }
}

/// What `--dry-run` gives.
fn print(desk: &Desk, plan: &Plan) -> Result<(), Stop> {
    // What already is as wanted is not sent, so it is no change.
    let changes = plan.changes.iter().filter(|planned| !planned.diff.is_empty());
    let rows: Vec<ChangeRow<'_>> = changes.map(ChangeRow::of).collect();
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.document(&serde_json::json!({ "changes": rows }))?,
        Format::Ndjson => {
            for row in &rows {
                out.object(row)?;
            }
        }
        Format::Csv => {
            out.csv(["connection", "target", "field", "from", "to"].map(Into::into))?;
            for row in &rows {
                for Diff { field, from, to } in row.diff {
                    let (from, to) = (from.as_deref().unwrap_or(""), to.as_deref().unwrap_or(""));
                    out.csv([row.connection, row.target, field, from, to].map(Into::into))?;
                }
            }
        }
        Format::Table if plan.is_empty() => out.line(NOTHING)?,
        Format::Table => {
            for line in describe(plan) {
                out.line(&line)?;
            }
        }
    }
    out.flush()?;
    drop(out);
    if plan.is_empty() && desk.format() != Format::Table {
        desk.whisper(NOTHING);
    }
    Ok(())
}

/// Says what became of one change.
fn settle(desk: &Desk, opened: &Opened, planned: &PlannedChange, applied: &Applied) -> Result<(), Stop> {
    let subject = &planned.change.subject;
    match applied {
        Applied::Confirmed { read_back, visible, messages, made: _ } => {
            for message in messages {
                desk.whisper(&message.shown());
            }
            desk.whisper(planned.change.kind.done());
            if !visible {
                desk.whisper("the provider does not show the new values yet");
            }
            match read_back {
                Some(profile) if desk.format() != Format::Table => profile::print(desk, opened, &profile.values),
                Some(_) | None => Ok(()),
            }
        }
        Applied::Accepted { messages, .. } => {
            for message in messages {
                desk.whisper(&message.shown());
            }
            desk.whisper(planned.change.kind.running());
            Ok(())
        }
        Applied::NothingToDo => {
            desk.whisper(NOTHING);
            Ok(())
        }
        Applied::Outdated(renewed) => {
            let mut words = vec![format!(
                "{}: {} was changed by somebody else just now: nothing was sent, look again with --dry-run",
                opened.name(),
                planned.name
            )];
            let fields = renewed.changes.iter().flat_map(|planned| &planned.warnings);
            words.extend(fields.map(|warning| format!("  {}", shown(warning))));
            Err(Stop { code: status::FAILED, words })
        }
        Applied::Unknown(failure) => {
            let mut words = lines(opened.name(), failure);
            words.push(format!(
                "nobody knows whether it was done: look with `acctui profile {}` before you send it again",
                shown(subject.id())
            ));
            Err(Stop { code: status::UNKNOWN, words })
        }
        Applied::Refused(failure) | Applied::NotSent(failure) => Err(Stop::failure(opened.name(), failure)),
    }
}
