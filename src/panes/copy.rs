//! Copying: the keys after `y`, what each takes, and the words for how it went.
//!
//! What is copied can be pasted into a shell: characters that would act there are escapes. A secret alone is copied as it
//! is, and only while it is shown.

use std::sync::Arc;

use super::{PaneId, accounts, detail, organizations};
use crate::app::{self, Action, Avail, Copied, CopyWay, Effect, RecordFormat, Row, State};
use crate::domain::{Account, AccountKey, Key, Role, Subject, harmless};
use crate::inventory::{Direction, Scope, Sort};
use crate::provider::ColumnValue;

/// What a key after `y` copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The id.
    Id,
    /// The name.
    Name,
    /// The row as JSON.
    Json,
    /// The row as csv.
    Csv,
    /// The command of this program that shows it.
    Command,
    /// The command of this program that gives the list on screen.
    List,
    /// The command of the provider's own tools, or `curl`, that shows it.
    ProviderCommand,
    /// The secret that is shown.
    Secret,
    /// The value under the detail's cursor.
    Value,
}

/// The keys after `y`.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char('i')], Action::Copy(Act::Id), "id").hint(1).when(has_subject),
    Row::new(&[Key::char('n')], Action::Copy(Act::Name), "name").hint(2).when(has_name),
    Row::new(&[Key::char('r')], Action::Copy(Act::Json), "row as JSON").hint(3).when(has_account),
    Row::new(&[Key::char('t')], Action::Copy(Act::Csv), "row as CSV, no header").hint(4).when(has_account),
    Row::new(&[Key::char('c')], Action::Copy(Act::Command), "acctui command").hint(5).when(has_command),
    Row::new(&[Key::char('l')], Action::Copy(Act::List), "acctui command of this list").hint(6).when(has_list),
    Row::new(&[Key::char('p')], Action::Copy(Act::ProviderCommand), "provider's own command, or curl")
        .hint(7)
        .when(has_provider_command),
    Row::new(&[Key::char('v')], Action::Copy(Act::Secret), "secret that is shown").hint(8).when(has_secret),
    Row::new(&[Key::char('y')], Action::Copy(Act::Value), "value under the detail's cursor")
        .hint(9)
        .when(detail::can_copy_value),
];

fn has_subject(state: &State) -> Avail {
    if state.acts_on_marks() || state.subject().is_some() {
        return Avail::Yes;
    }
    match state.organizations.cursor() {
        Some(organizations::Node::Connection(_)) if state.focus == PaneId::Organizations => {
            Avail::no("a connection has no row: y l copies the command of its list")
        }
        Some(_) | None => Avail::no("choose an account or an organization first"),
    }
}

fn has_name(state: &State) -> Avail {
    match has_subject(state) {
        Avail::Yes if !state.acts_on_marks() && names(state).iter().all(String::is_empty) => {
            Avail::no("it has no name")
        }
        avail @ (Avail::Yes | Avail::No(_) | Avail::Hidden) => avail,
    }
}

fn has_account(state: &State) -> Avail {
    if state.acts_on_marks() || matches!(state.subject(), Some(Subject::Account(_))) {
        return Avail::Yes;
    }
    Avail::no("choose an account first: only accounts have rows")
}

/// Several commands are several lines, which a shell would run one after the other: they only read.
fn has_command(state: &State) -> Avail {
    match has_subject(state) {
        Avail::Yes if state.acts_on_marks() => Avail::Yes,
        Avail::Yes => commands(state).map_or_else(Avail::No, |_| Avail::Yes),
        avail @ (Avail::No(_) | Avail::Hidden) => avail,
    }
}

fn has_list(state: &State) -> Avail {
    list_command(state).map_or_else(Avail::No, |_| Avail::Yes)
}

fn has_provider_command(state: &State) -> Avail {
    match has_account(state) {
        Avail::Yes if state.acts_on_marks() => Avail::Yes,
        Avail::Yes => provider_commands(state).map_or_else(Avail::No, |_| Avail::Yes),
        avail @ (Avail::No(_) | Avail::Hidden) => avail,
    }
}

fn has_secret(state: &State) -> Avail {
    match detail::can_reveal(state) {
        Avail::Yes if detail::revealed(state).is_none() => Avail::no("show it first: v"),
        avail @ (Avail::Yes | Avail::No(_) | Avail::Hidden) => avail,
    }
}

/// Copies what a key asks for.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let count = if state.acts_on_marks() { state.accounts.marks.len() } else { 1 };
    let what = |one: &str, many: &str| {
        if count == 1 { one.to_owned() } else { format!("{} {many}", accounts::grouped(count)) }
    };
    match act {
        Act::Id => texts(what("the id", "ids"), &ids(state), effects),
        Act::Name => texts(what("the name", "names"), &names(state), effects),
        Act::Json => records(state, what("the row as JSON", "rows as JSON"), RecordFormat::Json, effects),
        Act::Csv => records(state, what("the row as csv", "rows as csv"), RecordFormat::Csv, effects),
        Act::Command => command(state, what("the command", "commands"), commands(state), effects),
        Act::List => command(state, "the command of this list".into(), list_command(state), effects),
        Act::ProviderCommand => {
            command(state, what("the provider's command", "commands"), provider_commands(state), effects);
        }
        Act::Value => detail::act(state, detail::Act::CopyValue, effects),
        Act::Secret => {
            if let Some((label, secret)) = detail::revealed(state) {
                let what = format!("the secret {label}");
                effects.push(Effect::Copy { what, copied: Copied::Secret(secret) });
            }
        }
    }
}

/// Copies lines, each harmless in a shell; what had to be escaped is said.
pub fn texts(what: String, lines: &[String], effects: &mut Vec<Effect>) {
    let safe: Vec<_> = lines.iter().map(|line| harmless(line)).collect();
    let is_escaped = safe.iter().zip(lines).any(|(safe, line)| safe != line);
    let text = safe.join("\n");
    let what = if is_escaped { format!("{what}, its control characters as escapes") } else { what };
    effects.push(Effect::Copy { what, copied: Copied::Text(text) });
}

/// Copies a command, or says why there is none.
fn command(state: &mut State, what: String, command: Result<String, String>, effects: &mut Vec<Effect>) {
    match command {
        Ok(text) => effects.push(Effect::Copy { what, copied: Copied::Text(text) }),
        Err(why) => state.refuse_key(format!("not copied: {why}"), effects),
    }
}

/// Copies whole records. What a list of its own has goes along: the inventory need not have it.
fn records(state: &State, what: String, format: RecordFormat, effects: &mut Vec<Effect>) {
    let accounts = account_keys(state);
    let at_hand = |key: &AccountKey| -> Option<Arc<Account>> {
        if state.snapshot.find(key).is_some() {
            return None;
        }
        state.accounts.current_whole().filter(|account| account.key == *key).cloned()
    };
    let at_hand = accounts.iter().filter_map(at_hand).collect();
    effects.push(Effect::Copy { what, copied: Copied::Records { accounts, at_hand, format } });
}

fn account_keys(state: &State) -> Vec<AccountKey> {
    let of = |subject| match subject {
        Subject::Account(key) => Some(key),
        Subject::Organization(_) | Subject::Connection(_) => None,
    };
    state.targets().into_iter().filter_map(of).collect()
}

fn ids(state: &State) -> Vec<String> {
    state.targets().iter().map(|subject| subject.id().to_owned()).collect()
}

fn names(state: &State) -> Vec<String> {
    let name = |subject: &Subject| match subject {
        Subject::Account(key) => state.listed(key).map(|row| row.name().to_owned()),
        Subject::Organization(key) => state.snapshot.organization(key).map(|found| found.name.raw().to_owned()),
        Subject::Connection(name) => Some(name.to_string()),
    };
    state.targets().iter().map(|subject| name(subject).unwrap_or_default()).collect()
}

/// The program as its commands begin: with the config that this browser was started on.
fn program(state: &State) -> &str {
    if state.setup.program.is_empty() { "acctui" } else { &state.setup.program }
}

/// Words as a shell takes them, behind the program.
///
/// # Errors
/// One of them holds characters that can't be pasted.
fn shell(state: &State, words: &[String]) -> Result<String, String> {
    if words.iter().any(|word| harmless(word) != *word) {
        return Err("it takes control characters, which no shell lets one paste".to_owned());
    }
    Ok(format!("{} {}", program(state), shell_words::join(words)))
}

/// The commands that show what the cursor is on, or each marked account.
fn commands(state: &State) -> Result<String, String> {
    let command = |subject: &Subject| {
        let of = |words: &[&str], id: &str, connection: &str| {
            let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            words.extend(["-c".to_owned(), connection.to_owned()]);
            // An id may begin like a flag.
            words.extend(id.starts_with('-').then(|| "--".to_owned()));
            words.push(id.to_owned());
            shell(state, &words)
        };
        match subject {
            Subject::Account(key) => of(&["show"], key.id.as_str(), key.connection.as_str()),
            Subject::Organization(key) => of(&["org", "show"], key.id.as_str(), key.connection.as_str()),
            Subject::Connection(_) => Err("a connection has no row".to_owned()),
        }
    };
    let commands: Result<Vec<String>, String> = state.targets().iter().map(command).collect();
    commands.map(|commands| commands.join("\n"))
}

/// The command that gives the list on screen: its connection and organization, its filter and its order.
fn list_command(state: &State) -> Result<String, String> {
    let mut words = vec!["list".to_owned()];
    match &state.accounts.remote {
        Some(remote) => {
            words.extend(["-c".to_owned(), remote.connection.to_string()]);
            if let Some(organization) = &remote.scope.organization {
                words.extend([format!("--org={organization}"), "--direct".to_owned()]);
            }
            words.push("--live".to_owned());
            words.extend(remote.scope.parameters.iter().map(|(name, value)| format!("{}={value}", flag(name))));
        }
        None => match state.scope() {
            Scope::All => {}
            Scope::Connection(name) => words.extend(["-c".to_owned(), name.to_string()]),
            Scope::Organization(key) => {
                words.extend(["-c".to_owned(), key.connection.to_string(), format!("--org={}", key.id)]);
            }
        },
    }
    let filter = &state.accounts.read;
    if let Some(error) = filter.error() {
        return Err(format!("the filter can't be understood: {error}"));
    }
    if !filter.text().trim().is_empty() {
        words.push(format!("--filter={}", filter.text()));
    }
    let sorts: Option<Vec<String>> = state.accounts.sort.iter().map(|sort| order(state, *sort)).collect();
    match sorts {
        Some(sorts) if sorts.is_empty() => {}
        Some(sorts) => words.push(format!("--sort={}", sorts.join(","))),
        None => return Err("no column of it has this order".to_owned()),
    }
    shell(state, &words)
}

/// The flag of a provider's own list parameter: `name.startsWith` is `--name-starts-with`.
fn flag(parameter: &str) -> String {
    let mut flag = "--".to_owned();
    for char in parameter.trim_start_matches("account_").chars() {
        match char {
            '.' | '_' => flag.push('-'),
            upper if upper.is_ascii_uppercase() => flag.extend(['-', upper.to_ascii_lowercase()]),
            other => flag.push(other),
        }
    }
    flag
}

/// An order as `--sort` takes it.
fn order(state: &State, sort: Sort) -> Option<String> {
    let column = match sort.by {
        ColumnValue::Name => "name",
        ColumnValue::Id => "id",
        ColumnValue::Connection => "connection",
        ColumnValue::Provider => "provider",
        ColumnValue::Kind => "type",
        ColumnValue::Status => "status",
        ColumnValue::Email => "email",
        ColumnValue::Created => "created_at",
        ColumnValue::Updated => "updated_at",
        ColumnValue::Parent => "parent",
        by @ ColumnValue::Path(_) => app::columns::columns(state).into_iter().find(|column| column.value == by)?.id,
    };
    Some(match sort.direction {
        Direction::Ascending => column.to_owned(),
        Direction::Descending => format!("{column}:desc"),
    })
}

/// The commands of the provider's tools that show an account, or each marked one.
fn provider_commands(state: &State) -> Result<String, String> {
    let command = |key: &AccountKey| {
        let setup = state.connection(&key.connection).ok_or_else(|| "its connection is not there".to_owned())?;
        let identity = state.snapshot.connection(&key.connection).and_then(|view| view.identity.as_ref());
        let credential = identity.map(|identity| identity.value.credential.as_str());
        if harmless(key.id.as_str()) != key.id.as_str() {
            return Err("its id holds control characters, which no shell lets one paste".to_owned());
        }
        setup.spec.command(key.id.as_str(), &setup.base_url, credential)
    };
    let commands: Result<Vec<String>, String> = account_keys(state).iter().map(command).collect();
    commands.map(|commands| commands.join("\n"))
}

/// Says what was copied and how; or why not, and what else can be done.
pub fn copied(
    state: &mut State,
    what: &str,
    missing: usize,
    result: Result<CopyWay, String>,
    effects: &mut Vec<Effect>,
) {
    match result {
        Ok(way) => {
            let left = match missing {
                0 => String::new(),
                count => format!("; {} not at hand any more and left out", accounts::grouped(count)),
            };
            let role = if missing == 0 { Role::Good } else { Role::Warn };
            state.toast(role, format!("copied {what} ({}){left}", way.words()), effects);
        }
        Err(why) => state.toast(Role::Bad, format!("{what}: not copied: {why}"), effects),
    }
}
