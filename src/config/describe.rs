//! What config.toml may hold, in words for machines and people: the JSON Schema, the commented file of `config init`, and
//! the tables of docs/configuration.md. All of it comes from the keys that are read and from the providers' own facts.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::keys::{CONNECTION, Key, RETENTION, Shape, TOP, UI};
use super::shared::FORMAT;
use crate::domain::{COLOUR_WORDS, ProviderFacts};

/// The JSON Schema (draft 2020-12) of config.toml.
#[must_use]
pub fn schema(known: &[ProviderFacts]) -> Value {
    let mut top = properties(&TOP);
    top.insert("ui".into(), table("What the browser looks like.", &properties(&UI), &[]));
    top.insert("retention".into(), table("How much of the history is kept.", &properties(&RETENTION), &[]));
    let kinds: Vec<Value> = known.iter().map(connection).collect();
    top.insert(
        "connections".into(),
        json!({
            "description": "The connections by name.",
            "type": "object",
            "additionalProperties": {"oneOf": kinds},
        }),
    );
    let mut schema = table("The configuration of acctui.", &top, &[]);
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        members.insert("title".into(), "config.toml".into());
        members.insert("$defs".into(), json!({"source": source(), "command": command()}));
    }
    schema
}

fn table(words: &str, properties: &Map<String, Value>, required: &[&str]) -> Value {
    json!({
        "description": words,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    keys.iter().map(|key| (key.name.to_owned(), property(key))).collect()
}

fn property(key: &Key) -> Value {
    let mut value = match key.shape {
        Shape::Text | Shape::Path | Shape::Time => json!({"type": "string", "minLength": 1}),
        Shape::Provider | Shape::Level | Shape::Theme => json!({"enum": key.shape.choice()}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Url => json!({"type": "string", "format": "uri", "pattern": "^https?://"}),
        Shape::Part => json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
        Shape::OneOrTwo => json!({"enum": [1, 2]}),
        Shape::Count => json!({"type": "integer", "minimum": 0}),
        Shape::Texts => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
        Shape::Colour => {
            let words = COLOUR_WORDS.join("|");
            json!({"type": "string", "pattern": format!("^(#[0-9A-Fa-f]{{6}}|{words})$")})
        }
        Shape::Proxy => json!({"type": "string", "pattern": "^(none$|https?://)"}),
    };
    value["description"] = key.words.into();
    let default = key.default.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(default) = default {
        value["default"] = default;
    }
    value
}

/// A connection of one provider.
fn connection(facts: &ProviderFacts) -> Value {
    let mut members = properties(&CONNECTION);
    members.insert("provider".into(), json!({"const": facts.id, "description": "The kind of service."}));
    for set in facts.credentials {
        for field in set.fields {
            let words = format!("Of the {}.", set.words);
            let new = || json!({"$ref": "#/$defs/source", "description": words});
            members.entry(field.name).or_insert_with(new);
        }
    }
    if facts.guide.shared.is_some() {
        members.insert("credentials".into(), whole());
    }
    table(&format!("A connection to {}.", facts.id), &members, &["provider"])
}

fn command() -> Value {
    json!({
        "description": "Program and arguments, without a shell.",
        "type": "array",
        "minItems": 1,
        "items": {"type": "string"},
    })
}

fn source() -> Value {
    let one = |name: &str, value: Value| json!({"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": false});
    json!({
        "description": "Where a value comes from; a literal one is taken from a file that nobody else can read.",
        "oneOf": [
            {"type": "string", "minLength": 1},
            one("env", json!({"type": "string", "minLength": 1})),
            one("command", json!({"$ref": "#/$defs/command"})),
            one("keyring", json!({"type": "string", "pattern": "^[^/]+/.+"})),
            one("file", json!({"type": "string", "minLength": 1})),
        ],
    })
}

fn whole() -> Value {
    json!({
        "description": "One source of all values of the credential.",
        "oneOf": [
            {
                "type": "object",
                "properties": {"profile": {"type": "string", "minLength": 1}},
                "required": ["profile"],
                "additionalProperties": false,
            },
            {
                "type": "object",
                "properties": {"command": {"$ref": "#/$defs/command"}, "format": {"const": FORMAT}},
                "required": ["command", "format"],
                "additionalProperties": false,
            },
        ],
    })
}

/// A config file that says everything and changes nothing: each line is a comment.
#[must_use]
pub fn template(known: &[ProviderFacts]) -> String {
    let mut text = String::from(
        "# The configuration of acctui. A line without its `# ` counts; `acctui config check` looks it over,\n\
         # `acctui auth login` adds connections, and what is written here stays when it does.\n",
    );
    for key in TOP {
        line(&mut text, &key);
    }
    for (heading, keys) in [("[ui]", &UI[..]), ("[retention]", &RETENTION[..])] {
        let _ = write!(text, "\n# {heading}\n");
        for key in keys {
            line(&mut text, key);
        }
    }
    for facts in known {
        let _ = write!(text, "\n# [connections.my-{}]\n# provider = \"{}\"\n", facts.id, facts.id);
        credential(&mut text, facts);
    }
    text.push_str("\n# What every connection can have beside its credential:\n# [connections.NAME]\n");
    CONNECTION.iter().filter(|key| key.name != "provider").for_each(|key| line(&mut text, key));
    text
}

fn line(text: &mut String, key: &Key) {
    let value = key.default.unwrap_or(key.example);
    let _ = write!(text, "\n# {}\n# {} = {value}\n", key.words, key.name);
}

/// The first kind of credential as lines that would count, the others in words.
fn credential(text: &mut String, facts: &ProviderFacts) {
    let guide = &facts.guide;
    let _ = write!(text, "# Where to get one: {}.\n# What it must be allowed: {}.\n", guide.place, guide.needs);
    for (nth, set) in facts.credentials.iter().filter(|set| !set.fields.is_empty()).enumerate() {
        let _ = writeln!(text, "# {}{}:", if nth == 0 { "" } else { "or: " }, set.words);
        for field in set.fields {
            let name = field.env.first().map_or_else(|| field.name.to_uppercase(), |name| (*name).to_owned());
            let mark = if nth == 0 { "# " } else { "#   " };
            let _ = writeln!(text, "{mark}{} = {{ env = \"{name}\" }}", field.name);
        }
    }
    if let Some(shared) = guide.shared {
        let _ = writeln!(text, "# or, all together:\n#   credentials = {{ profile = \"{}\" }}", shared.profile);
        let _ = writeln!(text, "#   credentials = {{ command = [\"PROGRAM\"], format = \"{FORMAT}\" }}");
    }
}

/// The tables of docs/configuration.md: a heading with the keys below it.
#[must_use]
pub fn tables() -> String {
    let mut text = String::new();
    for (heading, keys) in [
        ("At the top", &TOP[..]),
        ("`[ui]`", &UI[..]),
        ("`[retention]`", &RETENTION[..]),
        ("`[connections.NAME]`", &CONNECTION[..]),
    ] {
        let _ = write!(text, "### {heading}\n\n| key | value | without it | what it does |\n|---|---|---|---|\n");
        for key in keys {
            let choice = key.shape.choice().map(|words| words.join(", "));
            let value = choice.unwrap_or_else(|| key.shape.words().to_owned());
            let default = key.default.map_or_else(String::new, |default| format!("`{default}`"));
            let _ = writeln!(text, "| `{}` | {value} | {default} | {} |", key.name, key.words);
        }
        text.push('\n');
    }
    text
}
