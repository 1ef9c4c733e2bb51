//! A login step by step, at a terminal.

use std::collections::BTreeMap;

use super::flags::{self, argv};
use super::{Wish, existing, named};
use crate::cli::args::LoginArgs;
use crate::cli::desk::{Desk, say};
use crate::cli::prompt;
use crate::cli::stop::Stop;
use crate::config::{Environment, Given, Source, Vault, base_url, found, has_keyring};
use crate::domain::{ConnectionName, CredentialField, CredentialSet, ProviderFacts, Secret};
use crate::provider::registry;

/// How the secrets of a login are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Stored(Vault),
    Env,
    Command,
}

pub(super) async fn wish(
    desk: &Desk,
    args: &LoginArgs,
    environment: &Environment,
    known: &[ProviderFacts],
) -> Result<Wish, Stop> {
    let facts = match flags::provider(desk, args, known) {
        Ok(facts) => facts,
        Err(stop) if args.provider.is_some() => return Err(stop),
        Err(_) => provider(known).await?,
    };
    let name = match named(desk)? {
        Some(name) => name,
        None => name_for(desk, facts.id).await?,
    };
    let base_url = url(desk, args, &facts, &name).await?;
    if let Some(given) = imported(&facts, environment).await? {
        return Ok(Wish { name, facts, base_url, given, vault: None });
    }
    say(&format!("where to get one: {}", facts.guide.place));
    say(&format!("what it must be allowed: {}", facts.guide.needs));
    let set = kind(&facts).await?;
    let is_secret = |field: &&CredentialField| !facts.is_plain(field.name);
    let has_secret = set.fields.iter().any(|field| is_secret(&field));
    let way = if has_secret { way(environment).await? } else { Way::Stored(Vault::File) };
    let mut fields: BTreeMap<String, Source> = BTreeMap::new();
    for field in set.fields {
        let source = if is_secret(&field) { secret(field, way).await? } else { plain(field).await? };
        fields.insert(field.name.to_owned(), source);
    }
    let vault = match way {
        Way::Stored(vault) => Some(vault),
        Way::Env | Way::Command => None,
    };
    Ok(Wish { name, facts, base_url, given: Given::Fields(fields), vault })
}

async fn provider(known: &[ProviderFacts]) -> Result<ProviderFacts, Stop> {
    let title = |facts: &ProviderFacts| {
        let kind = registry().iter().find(|kind| kind.spec.facts.id == facts.id);
        kind.map_or(facts.id, |kind| kind.spec.title).to_owned()
    };
    let options: Vec<(String, String)> = known.iter().map(|facts| (facts.id.to_owned(), title(facts))).collect();
    Ok(known[prompt::choice("A connection to", &options).await?])
}

/// A name that is free, or another that is typed.
async fn name_for(desk: &Desk, provider: &str) -> Result<ConnectionName, Stop> {
    let is_free = |name: &String| existing(desk, &ConnectionName::new(name)).is_none();
    let numbered = (2..).map(|number| format!("{provider}-{number}"));
    let free = std::iter::once(provider.to_owned()).chain(numbered).find(is_free);
    loop {
        let name = prompt::some("Name of the connection", free.as_deref()).await?;
        if !name.contains(char::is_control) {
            return Ok(ConnectionName::new(name));
        }
    }
}

/// Another base URL than the usual one.
async fn url(
    desk: &Desk,
    args: &LoginArgs,
    facts: &ProviderFacts,
    name: &ConnectionName,
) -> Result<Option<String>, Stop> {
    if let Some(text) = &args.base_url {
        return base_url(text).map(Some).map_err(|problem| Stop::usage(format!("--base-url: {problem}")));
    }
    let there = existing(desk, name).and_then(|connection| connection.base_url.clone());
    let public = registry().iter().find(|kind| kind.spec.facts.id == facts.id).map_or("", |kind| kind.spec.base_url);
    let usual = there.as_deref().unwrap_or(public);
    loop {
        let text = prompt::line("Base URL of its API", Some(usual)).await?;
        if text == usual {
            return Ok(None);
        }
        match base_url(&text) {
            Ok(url) => return Ok(Some(url)),
            Err(problem) => say(&problem),
        }
    }
}

/// What is there already, if it is wanted.
async fn imported(facts: &ProviderFacts, environment: &Environment) -> Result<Option<Given>, Stop> {
    let mut there = found(facts, environment);
    if there.is_empty() {
        return Ok(None);
    }
    let mut options = vec![("none".to_owned(), "none of it: give another one".to_owned())];
    options.extend(there.iter().map(|found| (found.id.clone(), found.words.clone())));
    let chosen = prompt::choice("This is on the machine already; use it?", &options).await?;
    Ok(chosen.checked_sub(1).map(|nth| there.swap_remove(nth).given))
}

async fn kind(facts: &ProviderFacts) -> Result<&'static CredentialSet, Stop> {
    let sets = facts.credentials;
    if let [only] = sets {
        return Ok(only);
    }
    let options: Vec<(String, String)> = sets.iter().map(|set| (set.words.to_owned(), set.words.to_owned())).collect();
    Ok(&sets[prompt::choice("Which kind of credential?", &options).await?])
}

async fn way(environment: &Environment) -> Result<Way, Stop> {
    let mut ways = Vec::new();
    if has_keyring(environment) {
        ways.push((Way::Stored(Vault::Keyring), "keyring", "type it now; it is kept in the system's keyring"));
    }
    ways.push((Way::Stored(Vault::File), "file", "type it now; it is kept in a file that nobody else can read"));
    ways.push((Way::Env, "env", "an environment variable has it, each time"));
    ways.push((Way::Command, "command", "a command gives it, each time (a password manager's)"));
    let options: Vec<(String, String)> =
        ways.iter().map(|(_, word, words)| ((*word).to_owned(), (*words).to_owned())).collect();
    Ok(ways[prompt::choice("Where is the secret?", &options).await?].0)
}

async fn plain(field: &CredentialField) -> Result<Source, Stop> {
    Ok(Source::Literal(Secret::new(prompt::some(field.name, None).await?)))
}

async fn secret(field: &CredentialField, way: Way) -> Result<Source, Stop> {
    Ok(match way {
        Way::Stored(_) => Source::Literal(prompt::secret(field.name).await?),
        Way::Env => {
            let question = format!("Environment variable of {}", field.name);
            Source::Env(prompt::some(&question, field.env.first().copied()).await?)
        }
        Way::Command => loop {
            let text = prompt::some(&format!("Command that prints {}", field.name), None).await?;
            match argv("command", &text) {
                Ok(argv) => break Source::Command(argv),
                Err(stop) => stop.words.iter().for_each(|words| say(words)),
            }
        },
    })
}
