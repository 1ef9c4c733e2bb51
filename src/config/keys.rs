//! Every key of config.toml as data, but for those of credentials, which are the providers' own: what is read, the schema,
//! the file that `config init` writes and the page in docs/ all come from here.

use super::PROVIDERS;
use crate::domain::{Protection, ThemeChoice};

/// The words of `protection`.
pub(super) const LEVELS: [Protection; 4] =
    [Protection::Open, Protection::Confirm, Protection::Typed, Protection::ReadOnly];

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// True or false.
    Flag,
    /// One of the providers.
    Provider,
    /// An https URL, or http on loopback.
    Url,
    /// One of [`LEVELS`].
    Level,
    /// A time with its unit.
    Time,
    /// A number above 0 and at most 1.
    Part,
    /// A whole number from 0.
    Count,
    /// 1 or 2.
    OneOrTwo,
    /// A list of texts.
    Texts,
    /// The path of a file.
    Path,
    /// A proxy's URL, or `none`.
    Proxy,
    /// One of the themes.
    Theme,
    /// One of the terminal's 16 colours by its word, or `#rrggbb`.
    Colour,
}

impl Shape {
    /// In words, as an error says it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text | Self::Provider | Self::Level | Self::Theme => "a text in quotes",
            Self::Flag => "true or false",
            Self::Url => "a URL like \"https://host/path\"",
            Self::Time => "a time like \"15m\", \"6h\" or \"1d\"",
            Self::Part => "a number above 0 and at most 1",
            Self::Count => "a whole number from 0",
            Self::OneOrTwo => "1 or 2",
            Self::Texts => "a list of texts, like [\"name\", \"status\"]",
            Self::Path => "a path in quotes",
            Self::Proxy => "a URL like \"http://host:3128\", or \"none\"",
            Self::Colour => "a colour like \"red\", \"bright-blue\" or \"#1e90ff\"",
        }
    }

    /// The words that a value must be one of.
    pub(super) fn choice(self) -> Option<Vec<&'static str>> {
        match self {
            Self::Provider => Some(PROVIDERS.to_vec()),
            Self::Level => Some(LEVELS.map(Protection::word).to_vec()),
            Self::Theme => Some(ThemeChoice::ALL.map(ThemeChoice::word).to_vec()),
            Self::Text
            | Self::Flag
            | Self::Url
            | Self::Time
            | Self::Part
            | Self::Count
            | Self::OneOrTwo
            | Self::Texts
            | Self::Path
            | Self::Proxy
            | Self::Colour => None,
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// What it does, in a sentence.
    pub(super) words: &'static str,
    /// What holds without it, as TOML; `None` where nothing does.
    pub(super) default: Option<&'static str>,
    /// A value, as TOML.
    pub(super) example: &'static str,
}

const PROXY: Key = Key {
    name: "proxy",
    shape: Shape::Proxy,
    words: "The proxy that requests go through; \"none\" goes past the environment's HTTPS_PROXY.",
    default: None,
    example: "\"http://proxy.example.com:3128\"",
};

const CA_FILE: Key = Key {
    name: "ca_file",
    shape: Shape::Path,
    words: "A file of certificates (PEM) that are trusted beside the system's.",
    default: None,
    example: "\"/etc/ssl/company.pem\"",
};

/// At the top of the file.
pub(super) const TOP: [Key; 3] = [
    Key {
        name: "mouse",
        shape: Shape::Flag,
        words: "Whether the browser listens to the mouse.",
        default: Some("true"),
        example: "false",
    },
    PROXY,
    CA_FILE,
];

/// In `[ui]`.
pub(super) const UI: [Key; 3] = [
    Key {
        name: "theme",
        shape: Shape::Theme,
        words: "The colours; auto asks the terminal for its background.",
        default: Some("\"auto\""),
        example: "\"light\"",
    },
    Key {
        name: "ascii",
        shape: Shape::Flag,
        words: "Whether frames and signs are drawn in ASCII, for terminals without box drawing.",
        default: Some("false"),
        example: "true",
    },
    Key {
        name: "ambiguous_width",
        shape: Shape::OneOrTwo,
        words: "How many columns the terminal gives to characters of ambiguous width, like Greek and Cyrillic letters; with 2 frames and signs are drawn in ASCII, being such characters themselves.",
        default: Some("1"),
        example: "2",
    },
];

/// In `[retention]`.
pub(super) const RETENTION: [Key; 2] = [
    Key {
        name: "history",
        shape: Shape::Time,
        words: "How long observed differences are kept.",
        default: Some("\"400d\""),
        example: "\"90d\"",
    },
    Key {
        name: "entries",
        shape: Shape::Count,
        words: "How many observed differences are kept at most, the newest ones.",
        default: Some("1000000"),
        example: "200000",
    },
];

/// In `[connections.NAME]`, beside the provider's credential.
pub(super) const CONNECTION: [Key; 12] = [
    Key {
        name: "provider",
        shape: Shape::Provider,
        words: "The kind of service. Needed.",
        default: None,
        example: "\"cloudflare\"",
    },
    Key {
        name: "base_url",
        shape: Shape::Url,
        words: "Where the API is, with its path; the provider's public one otherwise.",
        default: None,
        example: "\"https://landscape.example.com/api/v2\"",
    },
    Key {
        name: "protection",
        shape: Shape::Level,
        words: "How writes are asked about: not at all, by a key, by a typed word; read-only refuses them.",
        default: Some("\"confirm\""),
        example: "\"typed\"",
    },
    Key {
        name: "group",
        shape: Shape::Text,
        words: "A word that connections are grouped by.",
        default: None,
        example: "\"edge\"",
    },
    Key {
        name: "colour",
        shape: Shape::Colour,
        words: "The band behind its name: one of the terminal's 16 colours by its word, or any as #rrggbb.",
        default: None,
        example: "\"red\"",
    },
    Key {
        name: "enabled",
        shape: Shape::Flag,
        words: "False leaves the connection out unless -c names it.",
        default: Some("true"),
        example: "false",
    },
    Key {
        name: "refresh_after",
        shape: Shape::Time,
        words: "The browser lists the connection anew when its inventory is older; never by itself otherwise.",
        default: None,
        example: "\"15m\"",
    },
    Key {
        name: "budget",
        shape: Shape::Part,
        words: "The part of the provider's request limit that may be used: others use the same credential.",
        default: Some("0.5"),
        example: "0.25",
    },
    Key {
        name: "max_delete",
        shape: Shape::Count,
        words: "The most accounts that one plan may delete.",
        default: Some("10"),
        example: "3",
    },
    Key {
        name: "columns",
        shape: Shape::Texts,
        words: "The columns of its list, in this order; those that its provider suggests otherwise.",
        default: None,
        example: "[\"name\", \"id\"]",
    },
    PROXY,
    CA_FILE,
];

/// The names of some keys.
pub(super) fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}
