//! What people have already: the providers' usual environment variables and the files in which other programs keep what
//! they sign in with. It is named, and nobody uses it before somebody says so.

use std::collections::BTreeMap;

use super::discover::variables;
use super::edit::shown_path;
use super::paths::home;
use super::shared::{self, Whole};
use super::source::Source;
use super::{Environment, Given};
use crate::domain::{ProviderFacts, shown};

/// A credential that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How `auth login --import` names it: `env`, the program that keeps it, or `profile:NAME`.
    pub id: String,
    /// What it is, in words that hold no value.
    pub words: String,
    /// How the config would name it: nothing is copied.
    pub given: Given,
}

/// What is there for a provider, the usual first. Values are not read, only whether there are any.
#[must_use]
pub fn found(facts: &ProviderFacts, environment: &Environment) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for set in facts.credentials {
        let Some(names) = variables(set, environment) else { continue };
        let is_part = |there: &Found| match &there.given {
            Given::Fields(fields) => set.fields.iter().all(|field| fields.contains_key(field.name)),
            Given::Whole(_) => false,
        };
        if found.iter().any(is_part) {
            continue;
        }
        let pairs = set.fields.iter().zip(&names);
        let fields: BTreeMap<String, Source> =
            pairs.map(|(field, name)| (field.name.to_owned(), Source::Env((*name).to_owned()))).collect();
        // Where there are several kinds, each is told apart by its first field.
        let id = if found.is_empty() { "env".to_owned() } else { format!("env:{}", set.fields[0].name) };
        let words = format!("{} in {}", set.words, names.join(" and "));
        found.push(Found { id, words, given: Given::Fields(fields) });
    }
    if let (Some(kept), Some(home)) = (facts.guide.kept, home(environment)) {
        let path = home.join(kept.path);
        if path.is_file() {
            let words = format!("what {} keeps in {}", kept.program, shown_path(&path));
            let fields = BTreeMap::from([(kept.field.to_owned(), Source::File(path))]);
            found.push(Found { id: kept.program.to_owned(), words, given: Given::Fields(fields) });
        }
    }
    if let Some(shared) = facts.guide.shared {
        let usual = environment.first(shared.profile_env).map_or(shared.profile, |(_, name)| name);
        let mut names = shared::profiles(shared, environment);
        names.sort_by_key(|name| name != usual);
        for name in names {
            let whole = Whole::Profile(name.clone());
            let words = shown(&whole.words(facts, environment)).into_owned();
            found.push(Found { id: format!("profile:{name}"), words, given: Given::Whole(whole) });
        }
    }
    found
}
