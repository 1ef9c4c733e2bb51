//! What a provider wants to be shown, and what it was given: names as data, values as secrets.

use std::collections::BTreeMap;

use super::Secret;

/// One field of a credential in config.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialField {
    /// The field's name in config.toml, e.g. `token`.
    pub name: &'static str,
    /// Environment variables that usually hold it, most usual first.
    pub env: &'static [&'static str],
}

/// Fields that together make one kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialSet {
    /// The kind in words, e.g. `API token`.
    pub words: &'static str,
    /// All of these are needed.
    pub fields: &'static [CredentialField],
}

/// What `config` must know of a provider to read its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderFacts {
    /// The word in `provider = "…"`.
    pub id: &'static str,
    /// Environment variables that name another base URL.
    pub base_url_env: &'static [&'static str],
    /// The kinds of credential, preferred first.
    pub credentials: &'static [CredentialSet],
}

/// A credential's values, fetched from their sources.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Credentials {
    /// Field name to value.
    pub fields: BTreeMap<String, Secret>,
    /// Where they came from, in words that hold no value: `environment variable CLOUDFLARE_API_TOKEN`.
    pub source: String,
}

impl Credentials {
    /// The value of a field, if it was given.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Secret> {
        self.fields.get(field)
    }
}
