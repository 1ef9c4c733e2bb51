//! What a provider wants to be shown, and what it was given: names as data, values as secrets.

use std::collections::BTreeMap;

use super::{Moment, Secret};

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
    /// How people come by one.
    pub guide: Guide,
}

impl ProviderFacts {
    /// Whether a field of the credential is no secret: it may be typed in sight and stand on a command line.
    #[must_use]
    pub fn is_plain(&self, field: &str) -> bool {
        self.guide.plain.contains(&field)
    }

    /// The names of all fields, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for field in self.credentials.iter().flat_map(|set| set.fields) {
            if !names.contains(&field.name) {
                names.push(field.name);
            }
        }
        names
    }
}

/// How people come by a credential: for signing in, and for taking over what other programs keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guide {
    /// Where one is made, in a sentence.
    pub place: &'static str,
    /// What it must be allowed to do, in a sentence.
    pub needs: &'static str,
    /// The fields that are no secrets.
    pub plain: &'static [&'static str],
    /// A file of another program that holds the whole value of one field, as that program writes it.
    pub kept: Option<KeptFile>,
    /// Where other programs keep whole credentials whose values belong together.
    pub shared: Option<&'static SharedCredentials>,
}

impl Guide {
    /// Nothing is known.
    pub const NONE: Self = Self { place: "", needs: "", plain: &[], kept: None, shared: None };
}

/// A file in which another program keeps what it signs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// The program.
    pub program: &'static str,
    /// Below the home directory, e.g. `.cloud66/cx.json`.
    pub path: &'static str,
    /// The field that it holds.
    pub field: &'static str,
}

/// Whole credentials that other programs keep by profile, or that commands print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedCredentials {
    /// The files, in the order in which they are looked into: the first that has a key of a profile gives it.
    pub files: &'static [SharedFile],
    /// Environment variables that name the usual profile.
    pub profile_env: &'static [&'static str],
    /// The usual profile.
    pub profile: &'static str,
    /// What the files call the fields: their key, the field in config.toml. A field that is not there is not given.
    pub keys: &'static [(&'static str, &'static str)],
    /// The key of a command that prints the credential.
    pub command: Option<&'static str>,
    /// Keys of profiles that need more than a file to be read, each with what to do instead.
    pub beyond: &'static [(&'static str, &'static str)],
    /// What `format = "aws-process"` calls the fields: its member, the field in config.toml.
    pub printed: &'static [(&'static str, &'static str)],
}

impl SharedCredentials {
    /// What stands for the profile's name in what is to be done instead.
    pub const NAME: &'static str = "NAME";
}

/// A file with profiles, of `[NAME]` heads and `KEY = VALUE` lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedFile {
    /// The environment variable that says where it is.
    pub env: &'static str,
    /// Where it is otherwise, below the home directory.
    pub path: &'static str,
    /// What stands before a profile's name in its head, but for the usual profile's.
    pub prefix: &'static str,
}

/// A credential's values, fetched from their sources.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Credentials {
    /// Field name to value.
    pub fields: BTreeMap<String, Secret>,
    /// Where they came from, in words that hold no value: `environment variable CLOUDFLARE_API_TOKEN`.
    pub source: String,
    /// When they end, where the source says so: they are fetched anew shortly before.
    pub expires: Option<Moment>,
}

impl Credentials {
    /// The value of a field, if it was given.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Secret> {
        self.fields.get(field)
    }
}
