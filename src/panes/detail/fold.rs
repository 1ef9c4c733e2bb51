//! Raw in lines that can be folded: what a provider said as indented JSON, and which of its objects and lists are shut.

use std::collections::HashSet;

use serde_json::Value;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// The text, with its indent; not yet safe for a terminal.
    pub(super) text: String,
    /// What stands behind a folded one: how much is in it.
    pub(super) more: String,
    /// Where in the document it is, as a JSON pointer (RFC 6901); a closing bracket's is that of what it closes.
    pub(super) pointer: String,
    /// What it is.
    pub(super) what: What,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// An object or a list begins, or is folded.
    Begin,
    /// It ends.
    End,
    /// A value: its key or place, and the whole of it as text.
    Leaf(String, String),
}

impl Row {
    /// Whether another one, of the same document folded otherwise, is the same line of it.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.pointer == other.pointer && (self.what == What::End) == (other.what == What::End)
    }
}

/// The objects and lists that are shut, by their pointers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Folds(HashSet<String>);

impl Folds {
    /// Shuts what is open and opens what is shut.
    pub(super) fn toggle(&mut self, pointer: &str) {
        if !self.0.remove(pointer) {
            self.0.insert(pointer.to_owned());
        }
    }

    /// Shuts everything below the document itself.
    pub(super) fn all(&mut self, value: &Value) {
        let rows = rows(value, &Self::default());
        let begins = rows.into_iter().filter(|row| row.what == What::Begin && !row.pointer.is_empty());
        self.0 = begins.map(|row| row.pointer).collect();
    }

    /// Opens everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Opens what hides a place: all above it.
    pub(super) fn show(&mut self, pointer: &str) {
        self.0.retain(|folded| pointer == folded || !is_in(pointer, folded));
    }

    /// Whether nothing is shut.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, pointer: &str) -> bool {
        self.0.contains(pointer)
    }
}

/// Whether a place is in another one, or is it.
pub(super) fn is_in(pointer: &str, other: &str) -> bool {
    pointer.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The lines of a document. Where nothing is folded they are those of [`crate::domain::RawJson::pretty`].
pub(super) fn rows(value: &Value, folds: &Folds) -> Vec<Row> {
    let mut rows = Rows { rows: Vec::new(), folds };
    rows.push(value, &Place { depth: 0, key: None, pointer: String::new() }, "");
    rows.rows
}

struct Rows<'f> {
    rows: Vec<Row>,
    folds: &'f Folds,
}

/// Where a value stands.
struct Place {
    depth: usize,
    /// Its key, where it is in an object.
    key: Option<String>,
    pointer: String,
}

impl Place {
    fn below(&self, step: &str, key: Option<String>) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Self { depth: self.depth + 1, key, pointer: format!("{}/{step}", self.pointer) }
    }

    fn indent(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("{}: ", Value::from(key.as_str())));
        format!("{}{}", "  ".repeat(self.depth), key.unwrap_or_default())
    }

    fn name(&self) -> String {
        self.key.clone().unwrap_or_else(|| self.pointer.rsplit('/').next().unwrap_or_default().to_owned())
    }
}

impl Rows<'_> {
    /// A provider's nesting is capped where it is read: this goes as deep as that.
    fn push(&mut self, value: &Value, place: &Place, comma: &str) {
        let (brackets, count, one) = match value {
            Value::Object(map) if !map.is_empty() => (('{', '}'), map.len(), "field"),
            Value::Array(items) if !items.is_empty() => (('[', ']'), items.len(), "item"),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                let whole = if let Value::String(text) = value { text.clone() } else { value.to_string() };
                let what = What::Leaf(place.name(), whole);
                return self.row(format!("{}{value}{comma}", place.indent()), String::new(), &place.pointer, what);
            }
        };
        if self.folds.has(&place.pointer) {
            let text = format!("{}{} … {}{comma}", place.indent(), brackets.0, brackets.1);
            let more = format!("  {count} {one}{}", if count == 1 { "" } else { "s" });
            return self.row(text, more, &place.pointer, What::Begin);
        }
        self.row(format!("{}{}", place.indent(), brackets.0), String::new(), &place.pointer, What::Begin);
        let comma_at = |nth: usize| if nth + 1 < count { "," } else { "" };
        if let Value::Object(map) = value {
            for (nth, (key, value)) in map.iter().enumerate() {
                self.push(value, &place.below(key, Some(key.clone())), comma_at(nth));
            }
        } else if let Value::Array(items) = value {
            for (nth, value) in items.iter().enumerate() {
                self.push(value, &place.below(&nth.to_string(), None), comma_at(nth));
            }
        }
        let end = format!("{}{}{comma}", "  ".repeat(place.depth), brackets.1);
        self.row(end, String::new(), &place.pointer, What::End);
    }

    fn row(&mut self, text: String, more: String, pointer: &str, what: What) {
        self.rows.push(Row { text, more, pointer: pointer.to_owned(), what });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn texts(value: &Value, folds: &Folds) -> Vec<String> {
        rows(value, folds).into_iter().map(|row| format!("{}{}", row.text, row.more)).collect()
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((".{0,4}", inner), 0..5)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn unfolded_it_is_the_indented_document(value in values()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(texts(&value, &Folds::default()).join("\n"), pretty);
        }

        #[test]
        fn every_pointer_leads_to_its_value(value in values()) {
            for row in rows(&value, &Folds::default()) {
                prop_assert!(value.pointer(&row.pointer).is_some(), "{}", row.pointer);
            }
        }
    }

    #[test]
    fn folded_is_one_line_that_says_how_much_is_in_it() {
        let value = json!({"id": 1, "a": {"b": [1, 2, {"c": 3}], "d": {}}, "z": [true]});
        let mut folds = Folds::default();
        folds.toggle("/a/b");
        assert_eq!(texts(&value, &folds)[2..5], ["  \"a\": {", "    \"b\": [ … ],  3 items", "    \"d\": {}"]);
        folds.all(&value);
        let all = ["{", "  \"id\": 1,", "  \"a\": { … },  2 fields", "  \"z\": [ … ]  1 item", "}"];
        assert_eq!(texts(&value, &folds), all);
        folds.show("/a/b/2/c");
        assert!(texts(&value, &folds).contains(&"        \"c\": 3".to_owned()));
        assert!(texts(&value, &folds).contains(&"  \"z\": [ … ]  1 item".to_owned()), "what hides nothing stays shut");
        folds.clear();
        assert!(folds.is_empty());
    }
}
