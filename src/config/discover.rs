//! Connections from the providers' usual environment variables, where no config names any.

use std::path::Path;
use std::sync::Arc;

use super::shared::{Whole, profiles};
use super::source::Source;
use super::{Config, ConfigError, ConfigOrigin, Connection, CredentialSources, Environment, setting};
use crate::domain::{ConnectionName, CredentialField, CredentialSet, Protection, ProviderFacts, ProviderId, shown};

/// Adds a read-only connection for each provider whose variables make a whole credential, the first such kind if there
/// are several, and says in the notes what was found, what was passed over and what is missing.
pub(super) fn from_environment(
    config: &mut Config,
    place: &Path,
    environment: &Environment,
    known: &[ProviderFacts],
) -> Result<(), ConfigError> {
    let shared = Arc::new(environment.clone());
    for facts in known {
        let mut whole =
            facts.credentials.iter().filter_map(|set| variables(set, environment).map(|names| (set, names)));
        let Some((set, names)) = whole.next() else {
            match profile(facts, environment) {
                Some((variable, name)) => {
                    let mut connection = made(config, facts, environment)?;
                    let whole = Whole::Profile(name.to_owned());
                    connection.credentials = CredentialSources::of_whole(whole, *facts, Arc::clone(&shared));
                    config.notes.push(format!(
                        "connection {}: {}, by {variable}, read-only until {} names it",
                        facts.id,
                        connection.credentials.words(),
                        shown(&place.to_string_lossy()),
                    ));
                    config.connections.push(connection);
                    config.origin = ConfigOrigin::Environment;
                }
                None => config.notes.extend(missing(facts, environment).or_else(|| kept(facts, environment))),
            }
            continue;
        };
        let mut connection = made(config, facts, environment)?;
        connection.credentials.environment = Arc::clone(&shared);
        for (field, name) in set.fields.iter().zip(&names) {
            let source = Source::Env((*name).to_owned());
            connection.credentials.fields.insert(field.name.to_owned(), source);
        }
        config.notes.push(format!(
            "connection {}: {} from {}, read-only until {} names it",
            facts.id,
            set.words,
            names.join(" and "),
            shown(&place.to_string_lossy()),
        ));
        // A kind whose fields are all in the one that is used is not another credential.
        let is_other = |other: &CredentialSet| other.fields.iter().any(|field| !set.fields.contains(field));
        for (other, names) in whole.filter(|(other, _)| is_other(other)) {
            config.notes.push(format!(
                "connection {}: {} in {} is not used",
                facts.id,
                other.words,
                names.join(" and ")
            ));
        }
        config.connections.push(connection);
        config.origin = ConfigOrigin::Environment;
    }
    Ok(())
}

/// A connection that no config names, without its credential.
fn made(config: &Config, facts: &ProviderFacts, environment: &Environment) -> Result<Connection, ConfigError> {
    let mut connection = Connection::new(ConnectionName::new(facts.id), ProviderId::new(facts.id));
    connection.named = false;
    connection.protection = Protection::ReadOnly;
    (connection.proxy, connection.ca_file) = (config.proxy.clone(), config.ca_file.clone());
    if let Some((name, url)) = environment.first(facts.base_url_env) {
        let checked = setting::base_url(url);
        let problem = |problem| ConfigError::general(format!("environment variable {name}: {problem}"));
        connection.base_url = Some(checked.map_err(problem)?);
    }
    Ok(connection)
}

/// The profile that the environment asks for: by its name, or by saying where the file is whose usual profile is meant.
fn profile<'a>(facts: &ProviderFacts, environment: &'a Environment) -> Option<(&'static str, &'a str)> {
    let shared = facts.guide.shared?;
    if let Some(named) = environment.first(shared.profile_env) {
        return Some(named);
    }
    let (file, _) = shared.files.iter().find_map(|file| environment.first(&[file.env]))?;
    let is_there = profiles(shared, environment).iter().any(|name| name == shared.profile);
    is_there.then_some((file, shared.profile))
}

/// The profiles that are in files at their usual places: nobody has asked for them, so they are named only.
fn kept(facts: &ProviderFacts, environment: &Environment) -> Option<String> {
    let shared = facts.guide.shared?;
    let there = profiles(shared, environment);
    let variable = shared.profile_env.first()?;
    let first = there.iter().find(|name| *name == shared.profile).or(there.first())?;
    Some(format!(
        "{} has {} that other programs use ({}): {variable}={} asks for one, or acctui auth login --import",
        facts.id,
        if there.len() == 1 { "a profile" } else { "profiles" },
        shown(&there.join(", ")),
        shown(first),
    ))
}

/// The variables that hold a set's fields, in the fields' order; `None` unless all are set.
pub(super) fn variables(set: &CredentialSet, environment: &Environment) -> Option<Vec<&'static str>> {
    if set.fields.is_empty() {
        return None;
    }
    set.fields.iter().map(|field| environment.first(field.env).map(|(name, _)| name)).collect()
}

/// What to set, if a credential is there in part: the kind that lacks the fewest fields.
fn missing(facts: &ProviderFacts, environment: &Environment) -> Option<String> {
    let begun = facts.credentials.iter().filter(|set| set.fields.iter().any(|field| is_there(field, environment)));
    let set = begun.min_by_key(|set| set.fields.iter().filter(|field| !is_there(field, environment)).count())?;
    let mut there = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for field in set.fields {
        match environment.first(field.env) {
            Some((name, _)) => there.push(name),
            None => missing.extend(field.env.first()),
        }
    }
    Some(format!(
        "{} is set, but not {}: together they make the {} of {}",
        there.join(" and "),
        missing.join(" and "),
        set.words,
        facts.id
    ))
}

fn is_there(field: &CredentialField, environment: &Environment) -> bool {
    environment.first(field.env).is_some()
}
