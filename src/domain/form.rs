//! Forms as data: what may be asked, how it is checked, and which change it makes.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Change, ChangeKind, RawJson, Secret, Subject};

/// Field name (the provider's own) to text, in the provider's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(pub IndexMap<String, String>);

impl Values {
    /// The value of a field; empty if it is not there.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// Sets a field, at the end if it is new.
    pub fn set(&mut self, field: impl Into<String>, value: impl Into<String>) {
        self.0.insert(field.into(), value.into());
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any line.
    Text,
    /// An e-mail address, or nothing.
    Email,
    /// A phone number, or nothing.
    Phone,
    /// JSON or plain text: what starts like JSON must be JSON.
    JsonOrText,
    /// A whole number, or nothing.
    Number,
    /// A secret: never shown as typed, kept on no disk.
    Secret,
    /// A new password: a secret, with advice while it is typed.
    NewPassword,
    /// One of these; the empty word stands for "not set".
    Choice(&'static [&'static str]),
    /// `true` or `false`; the empty word stands for "not set".
    Flag,
    /// Any text, of several lines, too.
    LongText,
    /// Words with commas between them.
    Tags,
    /// The id of the organization that something is made in. Where there is a tree to pick it from, the place itself is
    /// picked there, and nobody types an id.
    Place,
}

/// One field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The provider's own name: FIELD of `--set FIELD=VALUE`.
    pub name: &'static str,
    /// What people read.
    pub label: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must not be empty.
    pub required: bool,
}

impl Field {
    /// What a flag takes.
    pub const FLAG: &'static [&'static str] = &["true", "false"];

    /// A line of text that may stay empty.
    #[must_use]
    pub const fn text(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, kind: FieldKind::Text, required: false }
    }

    /// The same, and it must not be empty.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What is wrong with a value, in words that say what is expected; `None` if nothing is.
    #[must_use]
    pub fn fault(&self, value: &str) -> Option<String> {
        if value.is_empty() {
            return self.required.then(|| format!("{} must not be empty", self.label));
        }
        if value.chars().any(char::is_control) && !self.kind.is_long() {
            return Some("one line without control characters is expected".into());
        }
        match self.kind {
            FieldKind::Text
            | FieldKind::Secret
            | FieldKind::NewPassword
            | FieldKind::LongText
            | FieldKind::Tags
            | FieldKind::Place => None,
            FieldKind::Flag => (!Self::FLAG.contains(&value)).then(|| "true or false is expected".into()),
            FieldKind::Email => email_fault(value),
            FieldKind::Phone => phone_fault(value),
            FieldKind::JsonOrText => json_fault(value),
            FieldKind::Number => value.parse::<u64>().is_err().then(|| "a whole number is expected".into()),
            FieldKind::Choice(words) => {
                (!words.contains(&value)).then(|| format!("one of {} is expected", words.join(", ")))
            }
        }
    }
}

impl FieldKind {
    /// Whether its value is kept as a secret.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::NewPassword)
    }

    /// Whether it takes several lines.
    #[must_use]
    pub fn is_long(self) -> bool {
        matches!(self, Self::JsonOrText | Self::LongText)
    }

    /// The words to choose from, where it is a choice.
    #[must_use]
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Choice(words) => Some(words),
            Self::Flag => Some(Field::FLAG),
            Self::Text
            | Self::Email
            | Self::Phone
            | Self::JsonOrText
            | Self::Number
            | Self::Secret
            | Self::NewPassword
            | Self::LongText
            | Self::Tags
            | Self::Place => None,
        }
    }

    /// What speaks against a value without forbidding it: the provider decides.
    #[must_use]
    pub fn advice(self, value: &str) -> Option<String> {
        (self == Self::NewPassword && !value.is_empty()).then(|| password_advice(value)).flatten()
    }
}

/// Landscape documentation: a password has at least 8 characters, among them an upper and a lower case letter and a
/// digit, unless the server was told otherwise; Landscape's own web pages also stop at 50.
fn password_advice(value: &str) -> Option<String> {
    let mut lacks = Vec::new();
    let length = value.chars().count();
    if length < 8 {
        lacks.push("8 characters");
    }
    if !value.chars().any(char::is_uppercase) {
        lacks.push("an upper case letter");
    }
    if !value.chars().any(char::is_lowercase) {
        lacks.push("a lower case letter");
    }
    if !value.chars().any(|char| char.is_ascii_digit()) {
        lacks.push("a digit");
    }
    if !lacks.is_empty() {
        return Some(format!("servers usually ask for {}", lacks.join(", ")));
    }
    (length > 50).then(|| "servers usually take at most 50 characters".into())
}

/// The weakest rule that catches slips: something, one `@`, a name behind it, no spaces. The provider decides the rest.
fn email_fault(value: &str) -> Option<String> {
    let good = value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && host.contains('.')
            && !value.contains(char::is_whitespace)
    });
    (!good).then(|| "an e-mail address is expected, like name@example.com".into())
}

/// Digits with the usual separators, and an extension.
fn phone_fault(value: &str) -> Option<String> {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let usual = |char: char| char.is_ascii_digit() || " +-()./#*,;xX".contains(char) || "ext".contains(char);
    // With the country's code in front any number of digits may be one (AWS's model).
    let least = if value.starts_with('+') { 1 } else { 3 };
    let good = (least..=20).contains(&digits) && value.chars().all(usual);
    (!good).then(|| "a phone number is expected, like +44 20 7946 0000".into())
}

fn json_fault(value: &str) -> Option<String> {
    if !value.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<serde_json::Value>(value)
        .err()
        .map(|error| format!("this starts like JSON but is none: {error}"))
}

/// One form: it turns values into a [`Change`], nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormSpec {
    /// The form's title.
    pub title: &'static str,
    /// What the change does.
    pub kind: ChangeKind,
    /// The fields from top to bottom.
    pub fields: &'static [Field],
}

impl FormSpec {
    /// The change that these values ask for; those of secret fields go where no disk keeps them. `base` is what the form
    /// was opened on.
    #[must_use]
    pub fn change(&self, subject: Subject, values: Values, base: Option<Values>) -> Change {
        let is_secret = |name: &str| self.field(name).is_some_and(|field| field.kind.is_secret());
        let (secret, open): (Vec<_>, Vec<_>) = values.0.into_iter().partition(|(name, _)| is_secret(name));
        let secrets = secret.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        Change { subject, kind: self.kind, values: open.into_iter().collect(), secrets, base, key: None }
    }

    /// What a record has in this form's fields, whose names are its dotted paths: what a form opens on, and what a fresh
    /// read is compared with. What is missing or null has no value here; secret fields neither.
    #[must_use]
    pub fn values_of(&self, record: &RawJson) -> Values {
        let open = self.fields.iter().filter(|field| !field.kind.is_secret());
        open.filter_map(|field| Some((field.name, plain(&record.at(field.name)?)?))).collect()
    }

    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A JSON value as a field's text: lists of words with commas between them, `None` for null.
#[expect(clippy::wildcard_enum_match_arm, reason = "JSON's own kinds")]
fn plain(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            Some(words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> Field {
        Field { name: "f", label: "F", help: "", kind, required: false }
    }

    #[test]
    fn a_secret_field_leaves_the_values_that_are_kept() {
        const FIELDS: &[Field] = &[
            Field { name: "email", label: "E-mail", help: "", kind: FieldKind::Email, required: true },
            Field { name: "password", label: "Password", help: "", kind: FieldKind::NewPassword, required: true },
        ];
        let spec = FormSpec { title: "New", kind: ChangeKind::CreateStandalone, fields: FIELDS };
        let values = [("email", "a@b.example"), ("password", "5ec3eT-word")].into_iter().collect();
        let change = spec.change(Subject::Connection("new".into()), values, None);
        assert_eq!(change.secrets["password"].expose(), "5ec3eT-word");
        let kept = format!("{change:?}{}", serde_json::to_string(&change).unwrap());
        assert!(kept.contains("a@b.example") && !kept.contains("5ec3eT-word"), "{kept}");
    }

    #[test]
    fn a_form_opens_on_what_the_record_has_at_its_paths() {
        const FIELDS: &[Field] = &[
            Field { name: "name", label: "Name", help: "", kind: FieldKind::Text, required: true },
            Field { name: "settings.two", label: "Two", help: "", kind: FieldKind::Flag, required: false },
            Field { name: "settings.mail", label: "Mail", help: "", kind: FieldKind::Email, required: false },
            Field { name: "tags", label: "Tags", help: "", kind: FieldKind::Tags, required: false },
            Field { name: "key", label: "Key", help: "", kind: FieldKind::Secret, required: false },
            Field { name: "gone.x", label: "Gone", help: "", kind: FieldKind::Text, required: false },
        ];
        let spec = FormSpec { title: "Edit", kind: ChangeKind::UpdateAccount, fields: FIELDS };
        let text = r#"{"name":"A","settings":{"two":true,"mail":null},"tags":["a","b"],"key":"<secret>"}"#;
        let values = spec.values_of(&RawJson::parse(text).unwrap());
        assert_eq!(values, [("name", "A"), ("settings.two", "true"), ("tags", "a, b")].into_iter().collect());
    }

    #[test]
    fn a_weak_password_is_advised_against_and_never_refused() {
        for (value, lacks) in [
            ("short", "8 characters, an upper case letter, a digit"),
            ("longenough1", "an upper case letter"),
            ("Sim-Passw0rd", ""),
        ] {
            assert!(field(FieldKind::NewPassword).fault(value).is_none());
            let advice = FieldKind::NewPassword.advice(value).unwrap_or_default();
            assert!(advice.ends_with(lacks) && advice.is_empty() == lacks.is_empty(), "{advice}");
        }
        assert!(FieldKind::NewPassword.advice(&"Aa1".repeat(20)).unwrap().contains("50"));
    }

    #[test]
    fn slips_are_caught_and_odd_but_possible_values_pass() {
        for (kind, value, good) in [
            (FieldKind::Email, "", true),
            (FieldKind::Email, "a@b.example", true),
            (FieldKind::Email, "a@b", false),
            (FieldKind::Email, "a b@c.example", false),
            (FieldKind::Phone, "+44 20 7946 0000", true),
            (FieldKind::Phone, "(555) 010-0199 ext. 12", true),
            (FieldKind::Phone, "+1", true),
            (FieldKind::Phone, "1", false),
            (FieldKind::Phone, "call me", false),
            (FieldKind::JsonOrText, "plain text", true),
            (FieldKind::JsonOrText, "{\"a\":1}", true),
            (FieldKind::JsonOrText, "{\"a\":", false),
            (FieldKind::Number, "12", true),
            (FieldKind::Number, "twelve", false),
            (FieldKind::Choice(&["asc", "desc"]), "desc", true),
            (FieldKind::Choice(&["asc", "desc"]), "down", false),
            (FieldKind::Flag, "true", true),
            (FieldKind::Flag, "yes", false),
            (FieldKind::Text, "two\nlines", false),
            (FieldKind::LongText, "two\nlines", true),
            (FieldKind::Tags, "one, two", true),
        ] {
            assert_eq!(field(kind).fault(value).is_none(), good, "{kind:?} {value:?}");
        }
    }
}
