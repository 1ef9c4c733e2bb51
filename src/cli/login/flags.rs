//! What flags and stdin say of a login. Nobody is asked.

use std::collections::BTreeMap;

use super::{Wish, named};
use crate::cli::args::LoginArgs;
use crate::cli::desk::Desk;
use crate::cli::set;
use crate::cli::stop::{Stop, status};
use crate::config::{Environment, Found, Given, Source, Vault, Whole, base_url, found, has_keyring, nearest};
use crate::domain::{ConnectionName, ProviderFacts, Secret, shown};

pub(super) async fn wish(
    desk: &Desk,
    args: &LoginArgs,
    environment: &Environment,
    known: &[ProviderFacts],
) -> Result<Wish, Stop> {
    let facts = provider(desk, args, known)?;
    let name = named(desk)?.unwrap_or_else(|| ConnectionName::new(facts.id));
    let url = args.base_url.as_deref().map(base_url).transpose();
    let base_url = url.map_err(|problem| Stop::usage(format!("--base-url: {problem}")))?;
    let given = given(args, &facts, environment).await?;
    let vault = vault(args, &facts, &given, environment)?;
    Ok(Wish { name, facts, base_url, given, vault })
}

/// The provider that is named, or that of the connection that is there.
pub(super) fn provider(desk: &Desk, args: &LoginArgs, known: &[ProviderFacts]) -> Result<ProviderFacts, Stop> {
    let there = named(desk)?.and_then(|name| Some(desk.config.connection(&name)?.provider.to_string()));
    let Some(word) = args.provider.clone().or(there) else {
        let words: Vec<&str> = known.iter().map(|facts| facts.id).collect();
        return Err(Stop::usage(format!("name the provider: acctui auth login {}", words.join("|"))));
    };
    find(&word, known)
}

pub(super) fn find(word: &str, known: &[ProviderFacts]) -> Result<ProviderFacts, Stop> {
    known.iter().find(|facts| facts.id == word).copied().ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|facts| facts.id).collect();
        let hint = match nearest(word, words.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", words.join(", ")),
        };
        Stop::usage(format!("there is no provider {} ({hint})", shown(word)))
    })
}

async fn given(args: &LoginArgs, facts: &ProviderFacts, environment: &Environment) -> Result<Given, Stop> {
    if let Some(wanted) = &args.import {
        return import(wanted, facts, environment);
    }
    let whole = match (&args.profile, &args.process) {
        (Some(name), _) => Some(Whole::Profile(name.clone())),
        (None, Some(command)) => Some(Whole::Command(argv("--process", command)?)),
        (None, None) => None,
    };
    match whole {
        Some(_) if facts.guide.shared.is_none() => Err(Stop::usage(format!(
            "{} has no profiles and no such commands: use --set, --env or --command",
            facts.id
        ))),
        Some(whole) => Ok(Given::Whole(whole)),
        None => Ok(Given::Fields(fields(args, facts, environment).await?)),
    }
}

fn import(wanted: &str, facts: &ProviderFacts, environment: &Environment) -> Result<Given, Stop> {
    let mut there = found(facts, environment);
    match there.iter().position(|found| found.id == wanted) {
        Some(nth) => Ok(there.swap_remove(nth).given),
        None => Err(Stop::usage(format!("nothing is found as {} ({})", shown(wanted), listed(&there)))),
    }
}

/// What is found, in words, with how to say that it is meant.
pub(super) fn listed(there: &[Found]) -> String {
    if there.is_empty() {
        return "nothing was found on this machine".into();
    }
    let words = there.iter().map(|found| format!("--import {} for {}", shown(&found.id), found.words));
    format!("there is {}", words.collect::<Vec<String>>().join("; "))
}

async fn fields(
    args: &LoginArgs,
    facts: &ProviderFacts,
    environment: &Environment,
) -> Result<BTreeMap<String, Source>, Stop> {
    let mut fields: BTreeMap<String, Source> = BTreeMap::new();
    for (flag, texts) in [("--set", &args.set), ("--env", &args.env), ("--command", &args.command)] {
        for text in texts {
            // The text is not quoted: whoever puts a secret there by mistake has it shown once more.
            let (name, value) = text.split_once('=').ok_or_else(|| Stop::usage(format!("{flag} takes FIELD=…")))?;
            let name = field(name, facts)?;
            let source = match flag {
                "--env" => Source::Env(value.to_owned()),
                "--command" => Source::Command(argv(flag, value)?),
                _ if facts.is_plain(name) => Source::Literal(Secret::new(value)),
                _ => Source::Literal(Secret::new(one_line(name, &set::read_secret(name, value).await?)?)),
            };
            if fields.insert(name.to_owned(), source).is_some() {
                return Err(Stop::usage(format!("{name} is given twice")));
            }
        }
    }
    let is_whole = |set: &&crate::domain::CredentialSet| {
        set.fields.len() == fields.len() && set.fields.iter().all(|field| fields.contains_key(field.name))
    };
    // No credential at all is one that nobody asks for by a login.
    if !fields.is_empty() && facts.credentials.iter().any(|set| is_whole(&set)) {
        return Ok(fields);
    }
    let sets: Vec<String> = facts
        .credentials
        .iter()
        .filter(|set| !set.fields.is_empty())
        .map(|set| set.fields.iter().map(|field| field.name).collect::<Vec<&str>>().join(" and "))
        .collect();
    let there = listed(&found(facts, environment));
    let words = format!(
        "{}: the credential is {} (--set FIELD=@FILE, --set FIELD=@-, --env FIELD=VARIABLE, --command FIELD=COMMAND); {there}",
        facts.id,
        sets.join(", or ")
    );
    Err(Stop {
        code: if fields.is_empty() { status::AUTHENTICATION } else { status::USAGE },
        words: vec![words],
        failures: Vec::new(),
    })
}

fn field(name: &str, facts: &ProviderFacts) -> Result<&'static str, Stop> {
    let known = facts.fields();
    known.iter().find(|known| **known == name).copied().ok_or_else(|| {
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", known.join(", ")),
        };
        Stop::usage(format!("{} has no field {} ({hint})", facts.id, shown(name)))
    })
}

fn one_line(name: &str, text: &str) -> Result<String, Stop> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() || text.contains(char::is_control) {
        return Err(Stop::usage(format!("{name}: one line is expected")));
    }
    Ok(text.to_owned())
}

/// A command's words: there is no shell.
pub(super) fn argv(flag: &str, text: &str) -> Result<Vec<String>, Stop> {
    match shell_words::split(text) {
        Ok(argv) if !argv.is_empty() => Ok(argv),
        Ok(_) => Err(Stop::usage(format!("{flag}: a program is expected"))),
        Err(_) => Err(Stop::usage(format!("{flag}: there is an open quote"))),
    }
}

/// Where secrets go. Nobody guesses: a keyring that is not there would be noticed much later.
fn vault(
    args: &LoginArgs,
    facts: &ProviderFacts,
    given: &Given,
    environment: &Environment,
) -> Result<Option<Vault>, Stop> {
    let is_secret = |(name, source): (&String, &Source)| matches!(source, Source::Literal(_)) && !facts.is_plain(name);
    let needs_one = match given {
        Given::Fields(fields) => fields.iter().any(is_secret),
        Given::Whole(_) => false,
    };
    match args.store {
        Some(store) if needs_one => Ok(Some(store.into())),
        None if needs_one => {
            let keyring = if has_keyring(environment) { "--store keyring, or " } else { "" };
            Err(Stop::usage(format!(
                "say where the secret is put: {keyring}--store file (a file that nobody else can read)"
            )))
        }
        Some(_) => Err(Stop::usage("--store puts away what --set gives: there is no secret among it")),
        None => Ok(None),
    }
}
