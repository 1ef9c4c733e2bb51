//! An account's JSON as a tree whose leaves are texts, so that nothing is written otherwise than it was read.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// A value: an object, or anything else as its text. Arrays are whole values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node<'t> {
    Leaf(Cow<'t, str>),
    Object(Object<'t>),
}

/// An object with its keys in order.
pub(super) type Object<'t> = IndexMap<String, Node<'t>>;

impl<'t> Node<'t> {
    /// Takes a JSON text apart.
    pub(super) fn parse(text: &'t str) -> Result<Self, serde_json::Error> {
        let text = text.trim_ascii();
        if !text.starts_with('{') {
            return Ok(Self::Leaf(text.into()));
        }
        let object: IndexMap<String, &'t RawValue> = serde_json::from_str(text)?;
        let parsed = object.into_iter().map(|(key, value)| Ok((key, Self::parse(value.get())?)));
        parsed.collect::<Result<_, _>>().map(Self::Object)
    }

    /// The same with texts of its own.
    pub(super) fn owned(text: &str) -> Result<Node<'static>, serde_json::Error> {
        Node::parse(text).map(Node::into_owned)
    }

    fn into_owned(self) -> Node<'static> {
        match self {
            Self::Leaf(text) => Node::Leaf(text.into_owned().into()),
            Self::Object(object) => {
                Node::Object(object.into_iter().map(|(key, value)| (key, value.into_owned())).collect())
            }
        }
    }

    /// The JSON text, without blanks between its parts.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Leaf(leaf) => text.push_str(leaf),
            Self::Object(object) => {
                let mut before = '{';
                for (key, value) in object {
                    text.push(before);
                    text.push_str(&quoted(key));
                    text.push(':');
                    value.write(text);
                    before = ',';
                }
                text.push_str(if object.is_empty() { "{}" } else { "}" });
            }
        }
    }

    /// The text of a leaf that is one.
    pub(super) fn string(&self) -> Option<String> {
        match self {
            Self::Leaf(text) => serde_json::from_str(text).ok(),
            Self::Object(_) => None,
        }
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Keys as a JSON array.
pub(super) fn key_list<'k>(keys: impl Iterator<Item = &'k String>) -> String {
    let keys: Vec<String> = keys.map(|key| quoted(key)).collect();
    format!("[{}]", keys.join(","))
}

/// A path with one more key: `raw.settings`. A dot or backslash of the key itself gets a backslash before it.
pub(super) fn below(path: &str, key: &str) -> String {
    let key = key.replace('\\', "\\\\").replace('.', "\\.");
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The keys of a path.
pub(super) fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        match (char, steps.last_mut()) {
            ('.', _) => steps.push(String::new()),
            ('\\', Some(step)) => step.extend(chars.next()),
            (_, Some(step)) => step.push(char),
            (_, None) => {}
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_paths_lead_back_to_their_keys() {
        let text = r#"{"a":{"b":1.50,"":[{"z": 1}]},"c\n":null,"d":{},"e":"\u202e"}"#;
        assert_eq!(Node::parse(text).unwrap().text(), text);
        for keys in [vec!["a", "b"], vec!["a.b", "\\", "c\\."], vec!["a", "", "."]] {
            let path = keys.iter().fold(String::new(), |path, key| below(&path, key));
            assert_eq!(steps(&path), keys, "{path}");
        }
    }
}
